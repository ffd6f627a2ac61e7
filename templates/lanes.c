$ local nv = 64 // vec_bytes
$ local per = vec_bytes // 4
/* ---- the 16 lanes: all f32 arithmetic, in one fixed order (docs/NUMERICS.md 1) ---- */

_Static_assert(FLT_EVAL_METHOD == 0, "f32 expressions must be evaluated in f32");

typedef float vf __attribute__((vector_size(${vec_bytes})));
typedef int32_t vi __attribute__((vector_size(${vec_bytes})));
typedef float v4 __attribute__((vector_size(16)));

struct lanes {
$ for i = 0, nv - 1 do
    vf v${i};
$ end
};

static inline vf load_vf(const float *p)
{
    vf v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline struct lanes lanes_set(float x)
{
    struct lanes r;
$ for i = 0, nv - 1 do
    r.v${i} = x - (vf){0};
$ end
    return r;
}

static inline struct lanes lanes_load(const float *p)
{
    struct lanes r;
$ for i = 0, nv - 1 do
    r.v${i} = load_vf(p + ${i * per});
$ end
    return r;
}

static inline void lanes_store(float *p, struct lanes a)
{
$ for i = 0, nv - 1 do
    memcpy(p + ${i * per}, &a.v${i}, sizeof a.v${i});
$ end
}

$ for _, op in ipairs { { "add", "+" }, { "sub", "-" }, { "mul", "*" }, { "div", "/" } } do
static inline struct lanes lanes_${op[1]}(struct lanes a, struct lanes b)
{
$   for i = 0, nv - 1 do
    a.v${i} = a.v${i} ${op[2]} b.v${i};
$   end
    return a;
}

$ end
/* a > b ? a : b; never NaN where it is used */
static inline vf max_vf(vf a, vf b)
{
    vi m = a > b;
    return (vf)(((vi)a & m) | ((vi)b & ~m));
}

static inline struct lanes lanes_max(struct lanes a, struct lanes b)
{
$ for i = 0, nv - 1 do
    a.v${i} = max_vf(a.v${i}, b.v${i});
$ end
    return a;
}

static inline struct lanes lanes_abs(struct lanes a)
{
$ for i = 0, nv - 1 do
    a.v${i} = (vf)((vi)a.v${i} & 0x7fffffff);
$ end
    return a;
}

/* The tree: 16 -> 8 -> 4 -> 2 -> 1, always adding the upper half to the lower. */
static inline float lanes_sum(struct lanes a)
{
$ if nv == 4 then
    v4 s = (a.v0 + a.v2) + (a.v1 + a.v3);
$ elseif nv == 2 then
    vf t = a.v0 + a.v1;
    v4 h[2];
    memcpy(h, &t, sizeof h);
    v4 s = h[0] + h[1];
$ else
    v4 h[4];
    memcpy(h, &a.v0, sizeof h);
    v4 s = (h[0] + h[2]) + (h[1] + h[3]);
$ end
    return (s[0] + s[2]) + (s[1] + s[3]);
}

static inline float lanes_maximum(struct lanes a)
{
    float s[16], m;
    lanes_store(s, a);
    m = s[0];
    for (int i = 1; i < 16; i++)
        m = s[i] > m ? s[i] : m;
    return m;
}

/* exp of docs/NUMERICS.md 3.1 for x <= 88; the clamp keeps the integer part in range, the mask at the end makes the zeros */
static inline vf exp_vf(vf exact)
{
    vf x = max_vf(exact, (vf){0} - 88.0f);
    vf n = (x * 1.44269504f + 12582912.0f) - 12582912.0f;
    vf r = x - n * 0.693359375f;
    r = r - n * -2.12194440e-4f;
    vf p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    vf y = p * (r * r) + r;
    y = y + 1.0f;
    vf power = (vf)((__builtin_convertvector(n, vi) + 127) << 23);
    return (vf)((vi)(y * power) & (exact >= -87.0f));
}

static inline struct lanes lanes_exp(struct lanes a)
{
$ for i = 0, nv - 1 do
    a.v${i} = exp_vf(a.v${i});
$ end
    return a;
}
