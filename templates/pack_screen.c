
/* ---- the head's int8 screen: groups of 64 rows, bytes [k/4][64][4], then s, e, n (f32) and the sum of q (i32) of each ---- */

enum {
    SCREEN_K = ${screen.k},
    SCREEN_K_PAD = ${screen.k_pad},
    GROUP_BYTES = ${screen.group_bytes},
};

/* An f32 that is not below the root of x, which may be 2^-35 too small. Newton's steps stay above the root, and six reach it from
 * half of the exponent: the packer needs no libm. */
static float root_above(double x)
{
    double y = real_from_bits((real_bits(x) >> 1) + (1023ull << 51));
    for (int i = 0; i < 6; i++)
        y = (y + x / y) / 2;
    uint32_t bits = real_bitsf((float)(y * (1 + 0x1p-30)));
    return x > 0 ? real_from_bitsf(bits < 0x7f800000 ? bits + 1 : bits) : 0;
}

/* q = round(w / s), s = absmax / 127. Stored: s, the size of the error w - s*q, which is exact in f64, and the larger of those
 * of w and s*q. The sums of squares lose less than (k + 1) * 2^-53. */
static void screen_row(const uint8_t *row, int8_t *group, int i, float *size_max)
{
    float *s = (float *)(void *)(group + 64 * SCREEN_K_PAD) + i, peak = 0;
    double error = 0, size = 0, size_q = 0;
    int32_t sum = 0;
    for (int k = 0; k < SCREEN_K; k++) {
        float w = widen_${screen.type}(row + ${screen.size} * k), a = w < 0 ? -w : w;
        peak = a > peak ? a : peak;
    }
    *s = peak / 127;
    for (int k = 0; k < SCREEN_K; k++) {
        double w = widen_${screen.type}(row + ${screen.size} * k), t = *s > 0 ? w / *s : 0;
        int q = (int)(t + (t < 0 ? -0.5 : 0.5));
        q = q > 127 ? 127 : (q < -127 ? -127 : q);
        double near = (double)*s * q, e = w - near;
        error += e * e, size += w * w, size_q += near * near;
        group[256 * (k / 4) + 4 * i + k % 4] = (int8_t)q;
        sum += q;
    }
    s[64] = root_above(error);
    s[128] = root_above(size > size_q ? size : size_q);
    memcpy(s + 192, &sum, sizeof sum);
    *size_max = s[128] > *size_max ? s[128] : *size_max;
}

static void pack_screen(struct progress *bar)
{
    static int8_t group[GROUP_BYTES];
    uint64_t to = ${screen.to}ull + 64;
    float size_max = 0;
    for (int row = 0; row < ${screen.rows}; row += 64, to += GROUP_BYTES) {
        int n = ${screen.rows} - row < 64 ? ${screen.rows} - row : 64;
        read_at(tensor, (size_t)n * ${screen.from_bytes}, ${screen.from}ull + (uint64_t)row * ${screen.from_bytes});
        memset(group, 0, sizeof group);
        for (int i = 0; i < n; i++)
            screen_row(tensor + (size_t)i * ${screen.from_bytes}, group, i, &size_max);
        write_at(group, sizeof group, to);
        progress_show(bar, to);
    }
    write_at(&size_max, sizeof size_max, ${screen.to}ull);
}
