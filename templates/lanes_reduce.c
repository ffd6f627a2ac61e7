$ local nv = 64 // vec_bytes
$ local per = vec_bytes // 4
/* ---- sixteen lanes to one number, and the functions of one number ---- */

/* The tree: 16 -> 8 -> 4 -> 2 -> 1, always adding the upper half to the lower. Its first half: */
static inline v4 lanes_quarter(struct lanes a)
{
$ if nv == 4 then
    return (a.v0 + a.v2) + (a.v1 + a.v3);
$ elseif nv == 2 then
    vf t = a.v0 + a.v1;
    v4 h[2];
    memcpy(h, &t, sizeof h);
    return h[0] + h[1];
$ else
    v4 h[4];
    memcpy(h, &a.v0, sizeof h);
    return (h[0] + h[2]) + (h[1] + h[3]);
$ end
}

static inline float lanes_sum(struct lanes a)
{
    v4 s = lanes_quarter(a);
    return (s[0] + s[2]) + (s[1] + s[3]);
}

/* {a, b, c, d} of two vectors' elements by number: 0-3 of a, 4-7 of b */
#ifdef __clang__
#define PICK(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#else
#define PICK(a, b, i, j, k, l) __builtin_shuffle(a, b, (v4i){i, j, k, l})
#endif
typedef int32_t v4i __attribute__((vector_size(16)));

/* The sums of four at once, by the same tree: the last two levels are shared. */
static inline v4 lanes_sum4(struct lanes a, struct lanes b, struct lanes c, struct lanes d)
{
    v4 ha = lanes_quarter(a), hb = lanes_quarter(b), hc = lanes_quarter(c), hd = lanes_quarter(d);
    v4 ab = PICK(ha, hb, 0, 1, 4, 5) + PICK(ha, hb, 2, 3, 6, 7);
    v4 cd = PICK(hc, hd, 0, 1, 4, 5) + PICK(hc, hd, 2, 3, 6, 7);
    return PICK(ab, cd, 0, 2, 4, 6) + PICK(ab, cd, 1, 3, 5, 7);
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

/* Values that are integers of at most 127 in magnitude, plus 1.5 * 2^23, as int8; adds them to sum. */
typedef int8_t vb __attribute__((vector_size(${per})));

static inline void lanes_int8(struct lanes a, int8_t *q, vi *sum)
{
$ for i = 0, nv - 1 do
    {
        vi n = (vi)a.v${i} - 0x4b400000;
        vb b = __builtin_convertvector(n, vb);
        memcpy(q + ${i * per}, &b, sizeof b);
        *sum += n;
    }
$ end
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
