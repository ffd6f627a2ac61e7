$ local near, far = 512, 4096   -- bytes from load to prefetch: to the first level, and to the second, a page ahead, where the
$ -- hardware stops; layers of 2B-4T, one thread: 35.3 ms; near 1024 alone 39.0 ms, with far 36.4 ms
/* One packed vector is ${lanes} rows x 16 k: lane = row, byte j of the lane = k 4p + j in plane p (bits 2p+1..2p). Each plane
 * is masked where it lies and has its own sums of 4^p * code * x, which are multiples of 4^p: one shift at the end, none
 * before. |sum of plane 3| <= 64 * ${bound // 4}. */
static void tile_1(const uint8_t *w, const int8_t *x, int32_t *y)
{
    int32_t sum = q8_sum(x);
$ for g = 0, groups - 1 do
    vec a${g} = {0}, b${g} = a${g}, c${g} = a${g}, d${g} = a${g};
$ end
    for (int block = 0; block < ${steps // unroll}; block++) {
$ for s = 0, unroll - 1 do
        {
$   for g = 0, groups - 1 do
            vec w${g} = load(w + ${(s * groups + g) * 4 * lanes});
$   end
$   for line = 0, groups * 4 * lanes - 1, 64 do
            __builtin_prefetch(w + ${near + s * groups * 4 * lanes + line});
            __builtin_prefetch(w + ${far + s * groups * 4 * lanes + line}, 0, 2);
$   end
$   for p, acc in ipairs { "a", "b", "c", "d" } do
            vec x${p} = four(x + ${16 * s + 4 * (p - 1)});
$     for g = 0, groups - 1 do
            ${acc}${g} = add_products(${acc}${g}, w${g} & 0x${("03 0c 30 c0"):sub(3 * p - 2, 3 * p - 1):rep(4)}, x${p});
$     end
$   end
        }
$ end
        w += ${4 * lanes * groups * unroll};
        x += ${16 * unroll};
    }
$ for g = 0, groups - 1 do
    store(y + ${lanes * g}, a${g} + (b${g} >> 2) + (c${g} >> 4) + (d${g} >> 6) - sum);
$ end
}
