/* check.c: the oracle's parts against answers known from elsewhere; prints a line "ok NAME" or
 * "not ok NAME: why" per check. Contract: docs/NUMERICS.md. */
#include "oracle.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* y is f(x) correctly rounded, computed with 110 decimal digits. */
struct known {
    double x, y;
};

static const struct known known_expf[] = {
    {-0x1.5cp+6, 0x1.666d0ep-126}, {-0x1.15p+6, 0x1.111d9ep-100},
    {-0x1.40ccccp+5, 0x1.1ba48ap-58}, {-0x1.48p+4, 0x1.57a3bp-30},
    {-0x1.49999ap+3, 0x1.1a2282p-15}, {-0x1.777238p+2, 0x1.735a9ep-9},
    {-0x1p+0, 0x1.78b564p-2}, {-0x1p-1, 0x1.368b3p-1},
    {-0x1.62e33ep-2, 0x1.6a0a3cp-1}, {-0x1.99999ap-4, 0x1.cf46dap-1},
    {-0x1.0624dep-10, 0x1.ff7cfep-1}, {0x0p+0, 0x1p+0},
    {0x1.333334p-2, 0x1.59905ap+0}, {0x1p+0, 0x1.5bf0a8p+1},
    {0x1.5bf0a8p+1, 0x1.e4efb4p+3}, {0x1.ab3b66p+4, 0x1.6fd136p+38},
    {0x1.95999ap+5, 0x1.1aff12p+73}, {0x1.6p+6, 0x1.f1056ep+126},
};

/* z / (1 + exp(-z)), and x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))). */
static const struct known known_silu[] = {
    {-0x1.5ap+6, -0x1.8f5968p-119}, {-0x1.4p+4, -0x1.621a7ep-25}, {-0x1.4p+2, -0x1.1223ap-5},
    {-0x1p+0, -0x1.136562p-2}, {-0x1.333334p-2, -0x1.057668p-3}, {-0x1.0624dep-10, -0x1.06035p-11},
    {0x0p+0, 0x0p+0}, {0x1.47ae14p-7, 0x1.495182p-8}, {0x1p-1, 0x1.3eb2fep-2}, {0x1p+0, 0x1.764d5p-1},
    {0x1.5bf09ap+1, 0x1.4666b8p+1}, {0x1.8p+2, 0x1.7f0ceep+2}, {0x1.ep+4, 0x1.ep+4}, {0x1.68p+6, 0x1.68p+6},
};

static const struct known known_gelu[] = {
    {-0x1p+1, -0x1.73ef8ap-5}, {-0x1p+0, -0x1.453d22p-3}, {-0x1.333334p-2, -0x1.d5854ep-4},
    {-0x1.0624dep-10, -0x1.05ef52p-11}, {0x0p+0, 0x0p+0}, {0x1.47ae14p-7, 0x1.4a4b62p-8},
    {0x1p-1, 0x1.6202dap-2}, {0x1p+0, 0x1.aeb0b8p-1}, {0x1.5bf09ap+1, 0x1.5adbd8p+1},
    {0x1.8p+2, 0x1.8p+2}, {0x1.ep+4, 0x1.ep+4},
};

static const struct known known_exp[] = {
    {-0x1.5ep+9, 0x1.14f2b0fb9307fp-1010}, {-0x1.599999999999ap+8, 0x1.52df10f35391fp-499},
    {-0x1.85849efedd656p+6, 0x1.6cd32395e9d61p-141}, {-0x1.9p+5, 0x1.d257d547e083fp-73},
    {-0x1.1aa3f01f48edap+4, 0x1.6dc2d3647681bp-26}, {-0x1.26bb1bbb55516p+3, 0x1.a36e2eb1c4326p-14},
    {-0x1p+0, 0x1.78b56362cef38p-2}, {-0x1.5c28f5c28f5c3p-2, 0x1.6c6d28e50ebb5p-1},
    {-0x1.12e0be826d695p-30, 0x1.fffffff768fa1p-1}, {0x1.999999999999ap-4, 0x1.1aec7b35a00d4p+0},
    {0x1p-1, 0x1.a61298e1e069cp+0}, {0x1p+0, 0x1.5bf0a8b145769p+1},
    {0x1.8cccccccccccdp+1, 0x1.632acef67fe3dp+4}, {0x1.4p+4, 0x1.ceb088b68e804p+28},
    {0x1.edd2f1a9fbe77p+6, 0x1.1428e1cbc0143p+178}, {0x1.5ep+9, 0x1.d945df4f8ec8ep+1009},
};

static const struct known known_log[] = {
    {0x1p-1022, -0x1.6232bdd7abcd2p+9}, {0x1.bff2ee48e053p-333, -0x1.cc845b54b54f2p+7},
    {0x1.0624dd2f1a9fcp-10, -0x1.ba18a998fffap+2}, {0x1p-1, -0x1.62e42fefa39efp-1},
    {0x1.91d14e3bcd35bp-1, -0x1.f048cee9fbcb5p-3}, {0x1.fffffff768fa1p-1, -0x1.12e0be024e4bcp-30},
    {0x1.000001ad7f29bp+0, 0x1.ad7f2847b6492p-24}, {0x1.0841c47eba663p+0, 0x1.040ca3f5b3a97p-5},
    {0x1.2490038c75179p+0, 0x1.116900e9e35f9p-3}, {0x1.6a09e667f3bcdp+0, 0x1.62e42fefa39fp-2},
    {0x1.8p+0, 0x1.9f323ecbf984cp-2}, {0x1p+1, 0x1.62e42fefa39efp-1},
    {0x1.4p+3, 0x1.26bb1bbb55516p+1}, {0x1p+10, 0x1.bb9d3beb8c86bp+2},
    {0x1.388p+13, 0x1.26bb1bbb55516p+3}, {0x1.e848p+18, 0x1.a3ea669a05c01p+3},
    {0x1.e84d4p+19, 0x1.ba1901ad1acep+3}, {0x1.7e43c8800759cp+996, 0x1.5963447f87fb5p+9},
};

static const struct known known_sin[] = {
    {0x1.5798ee2308c3ap-27, 0x1.5798ee2308c3ap-27}, {0x1.999999999999ap-4, 0x1.98eaecb8bcb2cp-4},
    {0x1p-1, 0x1.eaee8744b05fp-2}, {0x1.921fb52713c02p-1, 0x1.6a09e65350e5p-1},
    {0x1p+0, 0x1.aed548f090ceep-1}, {0x1.91eb851eb851fp+0, 0x1.fffff55c67bb1p-1},
    {0x1p+1, 0x1.d18f6ead1b446p-1}, {0x1.8p+1, 0x1.210386db6d55bp-3},
    {0x1.921f9f01b866ep+1, 0x1.6428a6aa44cdp-19}, {0x1.2p+2, -0x1.f47ed3dc7408p-1},
    {0x1.6p+2, -0x1.693c94e0ab057p-1}, {0x1.9p+2, -0x1.0fcddc3f512bcp-5},
    {0x1.4p+3, -0x1.1689ef5f34f52p-1}, {0x1.92p+6, -0x1.fb3f833470ff1p-6},
    {0x1.ffp+8, 0x1.c37768f3b24cp-1}, {0x1.dac7f1df21531p+11, -0x1.00e274d9c74f4p-4},
    {0x1.5364e41bf0498p+14, 0x1.fcfa075944892p-3}, {0x1.ffffp+16, -0x1.268613f60babcp-1},
    {0x1.5fea1p+19, 0x1.fc072e0f0ba7ap-1}, {0x1.ffffep+19, -0x1.3b32b2ca06654p-1},
};

static const struct known known_cos[] = {
    {0x1.5798ee2308c3ap-27, 0x1p+0}, {0x1.999999999999ap-4, 0x1.fd712f9a817c1p-1},
    {0x1p-1, 0x1.c1528065b7d5p-1}, {0x1.921fb52713c02p-1, 0x1.6a09e67c96949p-1},
    {0x1p+0, 0x1.14a280fb5068cp-1}, {0x1.91eb851eb851fp+0, 0x1.a181296fadbfbp-11},
    {0x1p+1, -0x1.aa22657537205p-2}, {0x1.8p+1, -0x1.fae04be85e5d2p-1},
    {0x1.921f9f01b866ep+1, -0x1.fffffffff842p-1}, {0x1.2p+2, -0x1.afb5b54583d6ap-3},
    {0x1.6p+2, 0x1.6ad6c3c07d448p-1}, {0x1.9p+2, 0x1.ffb7d58a8f975p-1},
    {0x1.4p+3, -0x1.ad9ac890c6b1fp-1}, {0x1.92p+6, 0x1.ffc12adaecec2p-1},
    {0x1.ffp+8, -0x1.e2ffc96b2b3bcp-2}, {0x1.dac7f1df21531p+11, -0x1.fefdf94997f5dp-1},
    {0x1.5364e41bf0498p+14, 0x1.efefb87c2dc6dp-1}, {0x1.ffffp+16, -0x1.a2cebbb513e7cp-1},
    {0x1.5fea1p+19, 0x1.fd361e5d21224p-4}, {0x1.ffffep+19, 0x1.937a45bd49642p-1},
};

static void report(int ok, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf(ok ? "ok %s" : "not ok %s: ", name);
    if (!ok)
        vprintf(format, args);
    putchar('\n');
    va_end(args);
}

/* Steps between neighbouring numbers from a to b, -0 and 0 taken as one. */
static int64_t steps_f64(double a, double b)
{
    int64_t i, j;
    memcpy(&i, &a, sizeof i);
    memcpy(&j, &b, sizeof j);
    i = i < 0 ? INT64_MIN - i : i;
    j = j < 0 ? INT64_MIN - j : j;
    return i < j ? j - i : i - j;
}

static int64_t steps_f32(float a, float b)
{
    int32_t i, j;
    memcpy(&i, &a, sizeof i);
    memcpy(&j, &b, sizeof j);
    i = i < 0 ? INT32_MIN - i : i;
    j = j < 0 ? INT32_MIN - j : j;
    return i < j ? (int64_t)j - i : (int64_t)i - j;
}

static void check_f64(const char *name, double (*f)(double), const struct known *known, size_t n,
    int64_t bound)
{
    int64_t worst = 0;
    double at = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t steps = steps_f64(f(known[i].x), known[i].y);
        if (steps > worst) {
            worst = steps;
            at = known[i].x;
        }
    }
    report(worst <= bound, name, "off by %" PRId64 " steps at %a", worst, at);
}

static void check_f32(const char *name, float (*f)(float), const struct known *known, size_t n,
    int64_t bound)
{
    int64_t worst = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t steps = steps_f32(f((float)known[i].x), (float)known[i].y);
        worst = steps > worst ? steps : worst;
    }
    report(worst <= bound, name, "off by %" PRId64 " steps", worst);
}

/* The largest errors of the definitions, measured over millions of arguments, are in steps of the
 * result: expf 0.97, exp 1.15, log 2.8, sin and cos 2.7. The known value adds half a step. */
static void check_functions(void)
{
    check_f32("expf within 1 step", real_expf, known_expf, COUNT(known_expf), 1);
    check_f32("silu within 2 steps", op_silu, known_silu, COUNT(known_silu), 2);
    check_f32("gelu within 4 steps", op_gelu, known_gelu, COUNT(known_gelu), 4);
    check_f64("exp within 1 step", real_exp, known_exp, COUNT(known_exp), 1);
    check_f64("log within 3 steps", real_log, known_log, COUNT(known_log), 3);
    check_f64("sin within 3 steps", real_sin, known_sin, COUNT(known_sin), 3);
    check_f64("cos within 3 steps", real_cos, known_cos, COUNT(known_cos), 3);
    int ends = real_expf(-87.01f) == 0 && real_expf(1000) == real_expf(88)
        && real_exp(-700.1) == 0 && real_exp(1000) == real_exp(700);
    report(ends, "exp beyond its range", "not 0 below and the last value above");
    int exact = real_expf(0) == 1 && real_exp(0) == 1 && real_log(1) == 0 && real_sin(0) == 0
        && real_cos(0) == 1;
    report(exact, "exact values at 0 and 1", "not exact");
}

static void check_f16(void)
{
    static const struct {
        float x;
        uint16_t h;
    } known[] = {
        {0.0f, 0x0000}, {-0.0f, 0x8000}, {1.0f, 0x3c00}, {-2.0f, 0xc000}, {0.1f, 0x2e66},
        /* overflow */
        {65504.0f, 0x7bff}, {65519.996f, 0x7bff}, {65520.0f, 0x7c00}, {-1e30f, 0xfc00},
        /* ties to even */
        {0x1.002p+0f, 0x3c00}, {0x1.006p+0f, 0x3c02}, {0x1.002002p+0f, 0x3c01},
        /* denormals */
        {0x1p-14f, 0x0400}, {0x1.ff8p-15f, 0x03ff}, {0x1.ffep-15f, 0x0400}, {0x1p-24f, 0x0001},
        {0x1p-25f, 0x0000}, {0x1.8p-24f, 0x0002}, {-0x1.000002p-25f, 0x8001}, {1e-30f, 0x0000},
    };
    for (size_t i = 0; i < COUNT(known); i++)
        if (f16_round(known[i].x) != known[i].h) {
            report(0, "f16 rounding", "%a gives %04x", (double)known[i].x,
                f16_round(known[i].x));
            return;
        }
    report(1, "f16 rounding", "");
    int same = f16_widen(0x0001) == 0x1p-24f && f16_widen(0x7bff) == 65504
        && f16_widen(0xc248) == -3.140625f;
    for (unsigned h = 0; h < 0x10000; h++)
        if ((h & 0x7fff) <= 0x7c00)
            same = same && f16_round(f16_widen((uint16_t)h)) == h;
    report(same, "f16 there and back", "not the same");
}

/* Lanes 1 and 3 meet before either meets lane 0, lanes 1 and 2 do not; 2^24 + 1 rounds to 2^24. */
static void check_lanes(void)
{
    float ones[40], a[40] = {0x1p24f}, b[40] = {0x1p24f}, c[40] = {0x1p24f};
    for (int i = 0; i < 40; i++)
        ones[i] = 1;
    a[1] = a[3] = 1;
    b[1] = b[2] = 1;
    c[5] = c[21] = c[37] = 1;
    float got[] = {op_dot(a, ones, 40), op_dot(b, ones, 40), op_dot(c, ones, 40)};
    report(got[0] == 0x1p24f + 2, "lane sum: the tree adds 1 and 3 first", "%a", (double)got[0]);
    report(got[1] == 0x1p24f, "lane sum: the tree adds 0 and 2 first", "%a", (double)got[1]);
    report(got[2] == 0x1p24f + 4, "lane sum: 16 lanes", "%a", (double)got[2]);
}

static void check_quantise(void)
{
    static const float x[8] = {.1f, -.25f, .5f, -1, 0, .00393700787f, .75f, -.333f};
    static const int8_t want[8] = {13, -32, 64, -127, 0, 0, 95, -42};
    static const float zeros[8] = {0};
    static const int8_t none[8] = {0};
    int8_t q[8];
    float s = op_quantise(q, x, 8);
    report(s == 127 && memcmp(q, want, 8) == 0, "quantised example", "s %a", (double)s);
    s = op_quantise(q, zeros, 8);
    report(s == 127 / 1e-5f && memcmp(q, none, 8) == 0, "quantised zeros", "s %a", (double)s);
}

/* The weights w[i] = (((i^2 + 3i + (i >> 4)) mod 7) mod 3) - 1, scale 0.5, in every format, encoded
 * elsewhere; TL1 and TL2 have tiles larger than this. I2_S and Q2_0 in rows of 64: every other one starts
 * mid-block. Binary formats hold the sign, + for 0. */
static const struct vector {
    const char *name;
    uint32_t type;
    uint64_t k, rows;
    const char *hex;
} vectors[] = {
    {"I2_S", 36, 64, 4, "254104640aa884254104640aa884254158894001084a9658894001084a965889"
        "58894001084a9658894001084a9658899506119028a1129506119028a1129506"
        "0000003f00000000000000000000000000000000000000000000000000000000"},
    {"TQ1_0", 34, 256, 1, "475b0b981af8b7475b0b981af8b7475b87c156061371d787c156061371d787c188181d1e534e7e"
        "88181d1e534e7e88186cd792230038"},
    {"TQ2_0", 35, 256, 1, "58411019a02a1258411019a02a1258412562014020a1962562014020a19625622562014020a1962562"
        "014020a196256256904406284a8456904406284a8456900038"},
    {"IQ2_BN", 135, 256, 1, "0000003f6409042100264a6409042100264a6409195801412a8a85195801412a8a85195859024148808952"
        "590241488089525902469640100a62a1469640100a62a14696"},
    {"IQ1_BN", 134, 256, 1, "003820254d11a0983b16c0020d7208d2658db452e1af265c20254d2d11a0983b16c0020d72d2658d03b452e1"
        "af265c20254d11a09848"},
    {"Q2_0", 42, 64, 2, "00384428114a1964069982882022015000140038515a94160a9a82a6054281504428114a"},
    {"PQ2_0", 142, 128, 1, "00384428114a196406998288202201500014515a94160a9a82a6054281504428114a"},
    {"Q2_0 in groups of 128", 42, 128, 1, "00384428114a196406998288202201500014515a94160a9a82a6054281504428114a"},
    {"PTQ1_0", 143, 128, 2, "348f1e6a03dde8348f1e6a03dde8348ff1b60041f7ca94f185170038"
        "9dad593d0997b99dad593d0997b99dad76610543b11b3276b86f0038"},
    {"Q1_0", 41, 128, 1, "00386ab5e7f3a954c160fd7ef3f993c96ab5"},
};

static uint64_t from_hex(const char *hex, unsigned char *bytes)
{
    uint64_t n = 0;
    for (unsigned value; sscanf(hex, "%2x", &value) == 1; hex += 2)
        bytes[n++] = (unsigned char)value;
    return n;
}

static void check_ternary(const struct vector *v)
{
    unsigned char file[256];
    struct tensor t = {.name = {"t", 1}, .type = v->type, .k = v->k, .rows = v->rows, .data = file};
    t.space = from_hex(v->hex, file);
    ternary_read(&t);
    int wrong = *t.scale != 0.5f || t.group != t.k;
    for (int i = 0; i < (int)(v->k * v->rows); i++) {
        int want = (i * i + 3 * i + (i >> 4)) % 7 % 3 - 1;
        wrong += t.w[i] != (v->type == 41 && want == 0 ? 1 : want);
    }
    free(t.w);
    free(t.scale);
    report(wrong == 0, v->name, "%d differences", wrong);
}

/* Group 17 of the first block of STQ1_0, whose lanes are 65, 81, 97 and 113, with three of its states; all
 * other groups are slot 0 of sign 0. */
static void check_stq1_0(void)
{
    static const struct {
        int slot, sign;
        int8_t lanes[4];
    } states[] = {{0, 0, {0, 1, 1, 1}}, {3, 1, {0, -1, 1, 1}}, {13, 0, {1, -1, 1, 0}}};
    int wrong = 0;
    for (size_t i = 0; i < COUNT(states); i++) {
        unsigned char file[42] = {[41] = 0x38};
        struct tensor t = {.name = {"t", 1}, .type = 43, .k = 256, .rows = 1, .space = sizeof file, .data = file};
        file[8] = (unsigned char)(states[i].slot << 4);
        file[34] = (unsigned char)(states[i].sign << 1);
        ternary_read(&t);
        wrong += *t.scale != 0.5f;
        for (int e = 0; e < 256; e++) {
            int lane = e % 64 / 16, other = e / 64 != 1 || e % 16 != 1;
            wrong += t.w[e] != (other ? lane > 0 : states[i].lanes[lane]);
        }
        free(t.w);
        free(t.scale);
    }
    report(wrong == 0, "STQ1_0", "%d differences", wrong);
}

/* Two rows of one block each, d = 0.5: q = 0, 1, ... and then 0, -1, ... */
static void check_q8_0(void)
{
    unsigned char file[68] = {[1] = 0x38, [35] = 0x38};
    struct tensor t = {.name = {"t", 1}, .type = 8, .k = 32, .rows = 2, .space = sizeof file, .data = file};
    int wrong = rows_bytes(&t) != sizeof file;
    for (int i = 0; i < 32; i++) {
        file[2 + i] = (unsigned char)i;
        file[36 + i] = (unsigned char)(256 - i);
    }
    float row[2][32];
    rows_read(&t, 0, row[0]);
    rows_read(&t, 1, row[1]);
    for (int i = 0; i < 32; i++)
        wrong += row[0][i] != (float)i / 2 || row[1][i] != (float)-i / 2;
    report(wrong == 0, "Q8_0", "%d differences", wrong);
}

/* Packs q as ggml lists it: element 128 half + 32 part + l, for four parts side by side. */
static void check_q6_k(void)
{
    unsigned char file[420] = {[208] = 0x00, [209] = 0x38, [418] = 0x00, [419] = 0x38};
    unsigned char *block = file + 210;
    for (int half = 0; half < 2; half++)
        for (int l = 0; l < 32; l++) {
            unsigned q[4];
            for (unsigned part = 0; part < 4; part++)
                q[part] = ((unsigned)(half * 31 + l * 7) + part * 19) & 63;
            block[64 * half + l] = (unsigned char)((q[0] & 15) | (q[2] & 15) << 4);
            block[64 * half + l + 32] = (unsigned char)((q[1] & 15) | (q[3] & 15) << 4);
            block[128 + 32 * half + l] =
                (unsigned char)(q[0] >> 4 | q[1] >> 4 << 2 | q[2] >> 4 << 4 | q[3] >> 4 << 6);
        }
    for (int i = 0; i < 16; i++)
        block[192 + i] = (unsigned char)(i - 8);
    struct tensor t = {.name = {"t", 1}, .type = 14, .k = 256, .rows = 2, .space = sizeof file, .data = file};
    int wrong = rows_bytes(&t) != sizeof file;
    float row[256];
    rows_read(&t, 1, row);
    for (int e = 0; e < 256; e++) {
        int q = (e / 128 * 31 + e % 32 * 7 + e % 128 / 32 * 19) & 63;
        wrong += row[e] != 0.5f * (float)(e / 16 - 8) * (float)(q - 32);
    }
    report(wrong == 0, "Q6_K", "%d differences", wrong);
}

static void check_bf16(void)
{
    static const unsigned char file[8] = {0x80, 0x3f, 0x49, 0xc0, 0x00, 0x80, 0x01, 0x00};
    struct tensor t = {.name = {"t", 1}, .type = 30, .k = 2, .rows = 2, .space = sizeof file, .data = file};
    float a[2], b[2];
    rows_read(&t, 0, a);
    rows_read(&t, 1, b);
    int same = a[0] == 1 && a[1] == -3.140625f && b[0] == 0 && b[1] == 0x1p-133f;
    report(same, "BF16", "%a %a %a %a", (double)a[0], (double)a[1], (double)b[0], (double)b[1]);
}

static void check_hash(void)
{
    static const unsigned char a[] = "a", foobar[] = "foobar";
    int same = score_hash(a, 0) == 0xcbf29ce484222325 && score_hash(a, 1) == 0xaf63dc4c8601ec8c
        && score_hash(foobar, 6) == 0x85944171f73967e8;
    report(same, "FNV-1a 64", "not its published values");
}

/* Four equal logits share the probability; log 4 from a table. */
static void check_score(void)
{
    static const float equal[4] = {2.5f, 2.5f, 2.5f, 2.5f}, steep[3] = {-700, 50, 50};
    int best = score_largest(steep, 3);
    report(best == 1, "greedy takes the smallest id", "%d", best);
    double nll = score_nll(equal, 4, 3);
    report(steps_f64(nll, 0x1.62e42fefa39efp+0) <= 2, "loss of equal logits", "%a", nll);
}

int main(void)
{
    check_functions();
    check_f16();
    check_lanes();
    check_quantise();
    for (size_t i = 0; i < COUNT(vectors); i++)
        check_ternary(&vectors[i]);
    check_stq1_0();
    check_q8_0();
    check_q6_k();
    check_bf16();
    check_hash();
    check_score();
    return 0;
}
