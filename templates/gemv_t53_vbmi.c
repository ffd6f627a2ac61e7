/* ---- t53 by byte permutes ---- */

$ local near, far = 512, 4096   -- bytes from load to prefetch, as in gemv_t2_vnni.c; layers of 2B-4T, one thread: 33.0 ms; near
$ -- alone 37.7, with far 2048 36.5, 8192 39.2 ms
$ local bytes = 40     -- of a vector: ${lanes} rows x 12 k, 64 indices of 5 bits
$ local function list(f)
$   local t = {}
$   for i = 0, 63 do t[i + 1] = f(i) end
$   return numbers(t)
$ end
$ local function spread(first) return list(function(i) return first + i // 8 * 5 + math.min(i % 8, 4) end) end
$ local function field(i) return i % 8 * 5 end
$ local function codes(i)
$   i = i % 32
$   return i < 27 and i % 3 | i // 3 % 3 << 2 | i // 9 << 4 or 0
$ end
/* 40 bytes are spread to eight times 5 of 8, whose fields of 5 bits are shifted to bytes (bits 7..5 hold parts of the next), and
 * looked up by their lower 6 bits: 32 entries twice. The last vector of a step is loaded with the 24 bytes before it, not
 * behind it: nothing beyond the matrix is read. */
typedef uint8_t bytes __attribute__((vector_size(64)));
static const bytes SPREAD = {${spread(0)}};
static const bytes SPREAD_LAST = {${spread(24)}};
static const bytes FIELDS = {${list(field)}};
static const bytes CODES = {${list(codes)}};

/* 12 codes of ${lanes} rows: byte j of a lane = k 4p + j in plane p = 0..2 (bits 2p+1..2p) */
static inline vec load_codes(const uint8_t *p, bytes spread)
{
    __m512i packed = _mm512_permutexvar_epi8((__m512i)spread, (__m512i)load(p));
    return (vec)_mm512_permutexvar_epi8(_mm512_multishift_epi64_epi8((__m512i)FIELDS, packed), (__m512i)CODES);
}

/* The codes of vector g of a step. */
static inline vec codes_of(const uint8_t *step, int g)
{
    return g < ${groups - 1} ? load_codes(step + ${bytes} * g, SPREAD) : load_codes(step + ${bytes * groups - 64}, SPREAD_LAST);
}

/* As in t2, every plane is masked where it lies and shifted once at the end; |sum of plane 2| <= 16 * ${bound // 3 + 254}. */
static void tile_1(const uint8_t *w, const int8_t *x, int32_t *y)
{
    int32_t sum = q8_sum(x);
$ for g = 0, groups - 1 do
    vec a${g} = {0}, b${g} = a${g}, c${g} = a${g};
$ end
$ local function write_step(s, indent)
${indent}{
$   for g = 0, groups - 1 do
${indent}    vec w${g} = codes_of(w + ${s * step_bytes}, ${g});
$   end
$   for line = s * step_bytes // 64 * 64, s * step_bytes + step_bytes - 64, 64 do
${indent}    __builtin_prefetch(w + ${near + line});
${indent}    __builtin_prefetch(w + ${far + line}, 0, 2);
$   end
$   for p, acc in ipairs { "a", "b", "c" } do
${indent}    vec x${p} = four(x + ${12 * s + 4 * (p - 1)});
$     for g = 0, groups - 1 do
${indent}    ${acc}${g} = add_products(${acc}${g}, w${g} & 0x${("03 0c 30"):sub(3 * p - 2, 3 * p - 1):rep(4)}, x${p});
$     end
$   end
${indent}}
$ end
    for (int block = 0; block < ${steps // unroll}; block++) {
$ for s = 0, unroll - 1 do write_step(s, "        ") end
        w += ${step_bytes * unroll};
        x += ${12 * unroll};
    }
$ for s = 0, steps % unroll - 1 do write_step(s, "    ") end
$ for g = 0, groups - 1 do
    store(y + ${lanes * g}, a${g} + (b${g} >> 2) + (c${g} >> 4) - sum);
$ end
}
