$ local near, far = 512, 4096 -- bytes to prefetch as in gemv_t2_vnni.c
/* One packed vector is ${lanes} rows x 32 k: lane = row, byte j of the lane = the signs of k 4p + j in bit p. Planes p and
 * p + 4 share a mask and sums of 2^(p mod 4) * bit * x: one shift for four planes, and one at the end. A weight is twice its bit,
 * less 1. |sum of planes 3 and 7| <= 8 * 127 * ${k_pad} / 4. */
static void tile_1(const uint8_t *w, const int8_t *x, int32_t *y)
{
    int32_t sum = q8_sum(x);
$ for g = 0, groups - 1 do
    vec a${g} = {0}, b${g} = a${g}, c${g} = a${g}, d${g} = a${g};
$ end
$ local function write_step(s)
        {
$   for g = 0, groups - 1 do
            vec w${g} = load(w + ${(s * groups + g) * 4 * lanes});
$   end
$   for line = s * step_bytes, (s + 1) * step_bytes - 64, 64 do
            __builtin_prefetch(w + ${near + line});
            __builtin_prefetch(w + ${far + line}, 0, 2);
$   end
$   for p = 0, 7 do local acc = ("abcd"):sub(p % 4 + 1, p % 4 + 1)
$     if p == 4 then for g = 0, groups - 1 do
            w${g} = w${g} >> 4;
$     end end
            vec x${p} = four(x + ${32 * s + 4 * p});
$     for g = 0, groups - 1 do
            ${acc}${g} = add_products(${acc}${g}, w${g} & 0x${("01020408"):sub(2 * (p % 4) + 1, 2 * (p % 4) + 2):rep(4)}, x${p});
$     end
$   end
        }
$ end
    for (int block = 0; block < ${steps // unroll}; block++) {
$ for s = 0, unroll - 1 do write_step(s) end
        w += ${step_bytes * unroll};
        x += ${32 * unroll};
    }
$ for s = 0, steps % unroll - 1 do write_step(s) end
$ for g = 0, groups - 1 do
    store(y + ${lanes * g}, 2 * a${g} + b${g} + (c${g} >> 1) + (d${g} >> 2) - sum);
$ end
}
