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

/* Elements of two vectors by number: those of b follow those of a. `ints`: the type of as many integers */
#ifdef __clang__
#define PICK(ints, a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define PICK(ints, a, b, ...) __builtin_shuffle(a, b, (ints){__VA_ARGS__})
#endif
typedef int32_t v4i __attribute__((vector_size(16)));

/* The sums of four at once, by the same tree: they share a level as soon as they fit into one vector. */
static inline v4 lanes_sum4(struct lanes a, struct lanes b, struct lanes c, struct lanes d)
{
$ if nv == 1 then
$   local function pick(f)
$     local t = {}
$     for i = 0, 15 do t[i + 1] = f(i) end
$     return join(t, ", ")
$   end
$   local low, high = pick(function(i) return i % 8 + i // 8 * 16 end), pick(function(i) return i % 8 + i // 8 * 16 + 8 end)
$   local first, second = pick(function(i) return i % 4 + i // 4 * 8 end), pick(function(i) return i % 4 + i // 4 * 8 + 4 end)
    vf ab = PICK(vi, a.v0, b.v0, ${low})
        + PICK(vi, a.v0, b.v0, ${high});
    vf cd = PICK(vi, c.v0, d.v0, ${low})
        + PICK(vi, c.v0, d.v0, ${high});
    vf s = PICK(vi, ab, cd, ${first})
        + PICK(vi, ab, cd, ${second});
    s += PICK(vi, s, s, ${pick(function(i) return i // 4 * 4 + (i + 2) % 4 end)});
    s += PICK(vi, s, s, ${pick(function(i) return i // 4 * 4 + (i + 1) % 4 end)});
    s = PICK(vi, s, s, ${pick(function(i) return i % 4 * 4 end)});
    v4 sums;
    memcpy(&sums, &s, sizeof sums);
    return sums;
$ else
    v4 ha = lanes_quarter(a), hb = lanes_quarter(b), hc = lanes_quarter(c), hd = lanes_quarter(d);
    v4 ab = PICK(v4i, ha, hb, 0, 1, 4, 5) + PICK(v4i, ha, hb, 2, 3, 6, 7);
    v4 cd = PICK(v4i, hc, hd, 0, 1, 4, 5) + PICK(v4i, hc, hd, 2, 3, 6, 7);
    return PICK(v4i, ab, cd, 0, 2, 4, 6) + PICK(v4i, ab, cd, 1, 3, 5, 7);
$ end
}

/* Of numbers that are not NaN, in any order. */
static inline float lanes_maximum(struct lanes a)
{
    v4 s[4], m;
    memcpy(s, &a, sizeof s);
    for (int i = 1; i < 4; i++) {
        v4i larger = s[i] > s[0];
        s[0] = (v4)(((v4i)s[i] & larger) | ((v4i)s[0] & ~larger));
    }
    m = s[0];
    for (int i = 1; i < 4; i++)
        m[0] = m[i] > m[0] ? m[i] : m[0];
    return m[0];
}

$ local function every(step, count)
$   local list = {}
$   for i = 1, count do list[i] = (i - 1) * step end
$   return join(list, ", ")
$ end
typedef int8_t vb __attribute__((vector_size(${nv == 2 and 32 or 16})));
$ if nv == 4 then
typedef int16_t shorts __attribute__((vector_size(16)));
$ end

/* Values that are integers of at most 127 in magnitude, plus 1.5 * 2^23, as int8; adds them to sum. */
static inline void lanes_int8(struct lanes a, int8_t *q, vi *sum)
{
$ for i = 0, nv - 1 do
    vi n${i} = (vi)a.v${i} - 0x4b400000;
$ end
$ if nv == 1 then
    vb b = __builtin_convertvector(n0, vb);
$ elseif nv == 2 then   -- __builtin_convertvector would fetch bytes one by one: 70 instructions
    vb b = PICK(vb, (vb)n0, (vb)n1, ${every(4, 16)},
        ${every(4, 16)});
$ else
    shorts low = PICK(shorts, (shorts)n0, (shorts)n1, ${every(2, 8)});
    shorts high = PICK(shorts, (shorts)n2, (shorts)n3, ${every(2, 8)});
    vb b = PICK(vb, (vb)low, (vb)high, ${every(2, 16)});
$ end
    memcpy(q, &b, 16);
$ for i = 0, nv - 1 do
    *sum += n${i};
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
