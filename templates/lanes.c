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

/* from the int32 that lie where floats will */
static inline struct lanes lanes_from_int(const float *p)
{
    struct lanes r = lanes_load(p);
$ for i = 0, nv - 1 do
    r.v${i} = __builtin_convertvector((vi)r.v${i}, vf);
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
/* sum + a*b where products are exact, as those of two f16 are (22 bits): fused or not, there is one rounding. */
static inline struct lanes lanes_add_exact(struct lanes sum, struct lanes a, struct lanes b)
{
$ for i = 0, nv - 1 do
$   if f16 == "f16c" then
    sum.v${i} = _mm${vec_bytes == 64 and "512" or "256"}_fmadd_ps(a.v${i}, b.v${i}, sum.v${i});
$   elseif f16 == "neon" then
    sum.v${i} = vfmaq_f32(sum.v${i}, a.v${i}, b.v${i});
$   else
    sum.v${i} += a.v${i} * b.v${i};
$   end
$ end
    return sum;
}

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

/* g > 0 ? a : +0 */
static inline struct lanes lanes_positive(struct lanes g, struct lanes a)
{
$ for i = 0, nv - 1 do
    a.v${i} = (vf)((vi)a.v${i} & (g.v${i} > 0.0f));
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
