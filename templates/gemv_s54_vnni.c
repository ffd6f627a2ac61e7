$ local near, far = 512, 4096 -- bytes to prefetch as in gemv_t2_vnni.c
/* Part i of a step of 128 k: byte (row, j) has the codes of k = 64 * (i / 4) + 16 * p + 4 * (i % 4) + j in bits 2p+1..2p.
 * As in t2, every plane is masked where it lies and shifted once at the end; |sum of plane 3| <= 64 * ${bound // 4}. */
static void tile_1(const uint8_t *w, const int8_t *x, int32_t *y)
{
    int32_t sum = q8_sum(x);
$ for g = 0, groups - 1 do
    vec a${g} = {0}, b${g} = a${g}, c${g} = a${g}, d${g} = a${g};
$ end
$ local function write_step(s)
$   for i = 0, 7 do
        {
$     for line = (8 * s + i) * step_bytes // 512, (8 * s + i + 1) * step_bytes // 512 - 1 do
            __builtin_prefetch(w + ${near + 64 * line});
            __builtin_prefetch(w + ${far + 64 * line}, 0, 2);
$     end
$     for g = 0, groups - 1 do
            vec w${g} = (vec)codes_of(w + ${s * step_bytes + g * 20 * lanes}, ${i});
$     end
$     for p, acc in ipairs { "a", "b", "c", "d" } do
            vec x${p} = four(x + ${128 * s + 64 * (i // 4) + 16 * (p - 1) + 4 * (i % 4)});
$       for g = 0, groups - 1 do
            ${acc}${g} = add_products(${acc}${g}, w${g} & 0x${("03 0c 30 c0"):sub(3 * p - 2, 3 * p - 1):rep(4)}, x${p});
$       end
$     end
        }
$   end
$ end
    for (int block = 0; block < ${steps // unroll}; block++) {
$ for s = 0, unroll - 1 do write_step(s) end
        w += ${step_bytes * unroll};
        x += ${128 * unroll};
    }
$ for s = 0, steps % unroll - 1 do write_step(s) end
$ for g = 0, groups - 1 do
    store(y + ${lanes * g}, a${g} + (b${g} >> 2) + (c${g} >> 4) + (d${g} >> 6) - sum);
$ end
}
