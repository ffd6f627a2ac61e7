/* real.h: exp, log, sin and cos in defined bits. No libm, no fused multiply-add: docs/NUMERICS.md 3
   is the contract. Every includer is compiled with -ffp-contract=off. */
#ifndef REAL_H
#define REAL_H

#include <float.h>
#include <stdint.h>
#include <string.h>

_Static_assert(FLT_EVAL_METHOD == 0, "f32 and f64 expressions must be evaluated in their own type");

static inline uint32_t real_bitsf(float x) { uint32_t u; memcpy(&u, &x, sizeof u); return u; }
static inline uint64_t real_bits(double x) { uint64_t u; memcpy(&u, &x, sizeof u); return u; }
static inline float real_from_bitsf(uint32_t u) { float x; memcpy(&x, &u, sizeof x); return x; }
static inline double real_from_bits(uint64_t u) { double x; memcpy(&x, &u, sizeof x); return x; }

/* Adding 1.5 * 2^(mantissa bits) rounds to an integer, half to even, and leaves that integer in the
   low bits. */
#define REAL_ROUNDF 12582912.0f            /* 0x1.8p23 */
#define REAL_ROUND 6755399441055744.0      /* 0x1.8p52 */

static inline float real_expf(float x)
{
    if (x < -87.0f)
        return 0.0f;
    if (x > 88.0f)
        x = 88.0f;
    float t = x * 1.44269504f + REAL_ROUNDF;
    float n = t - REAL_ROUNDF;
    float r = x - n * 0.693359375f;
    r = r - n * -2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    float y = p * (r * r) + r;
    y = y + 1.0f;
    uint32_t exponent = real_bitsf(t) - real_bitsf(REAL_ROUNDF) + 127u;    /* -126 <= n <= 127 */
    return y * real_from_bitsf(exponent << 23);
}

/* |x| <= 700: beyond, the result is 0 or exp(700). */
static inline double real_exp(double x)
{
    static const double c[] = {            /* 1/k!, k = 13 .. 0 */
        1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320,
        1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 1.0 / 2, 1.0, 1.0,
    };
    if (x < -700.0)
        return 0.0;
    if (x > 700.0)
        x = 700.0;
    double t = x * 1.4426950408889634 + REAL_ROUND;
    double n = t - REAL_ROUND;
    double r = (x - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10;
    double p = c[0];
    for (int i = 1; i < 14; i++)
        p = p * r + c[i];
    uint64_t exponent = real_bits(t) - real_bits(REAL_ROUND) + 1023u;
    return p * real_from_bits(exponent << 52);
}

/* x positive and normal. */
static inline double real_log(double x)
{
    int e = (int)(real_bits(x) >> 52) - 1023;
    double m = real_from_bits((real_bits(x) & 0xfffffffffffffu) | 0x3ff0000000000000u);
    if (m > 1.4142135623730951) {
        m = m / 2;
        e = e + 1;
    }
    double s = (m - 1) / (m + 1), z = s * s;
    double p = 1.0 / 21;
    for (int k = 19; k >= 1; k -= 2)
        p = p * z + 1.0 / k;
    return e * 6.93147180369123816490e-01 + ((2 * s) * p + e * 1.90821492927058770002e-10);
}

struct real_turn { double sine, cosine; unsigned quadrant; };

/* 0 <= x < 2^20, reduced to [-pi/4, pi/4] plus a quadrant. */
static inline struct real_turn real_reduce(double x)
{
    static const double s[] = {            /* (-1)^((k-1)/2) / k!, k = 19, 17 .. 1 */
        -1.0 / 121645100408832000, 1.0 / 355687428096000, -1.0 / 1307674368000, 1.0 / 6227020800,
        -1.0 / 39916800, 1.0 / 362880, -1.0 / 5040, 1.0 / 120, -1.0 / 6, 1.0,
    };
    static const double c[] = {            /* (-1)^(k/2) / k!, k = 20, 18 .. 0 */
        1.0 / 2432902008176640000, -1.0 / 6402373705728000, 1.0 / 20922789888000,
        -1.0 / 87178291200, 1.0 / 479001600, -1.0 / 3628800, 1.0 / 40320, -1.0 / 720,
        1.0 / 24, -1.0 / 2, 1.0,
    };
    double t = x * 0.63661977236758134308 + REAL_ROUND;
    double n = t - REAL_ROUND;
    double r = ((x - n * 1.57079632673412561417e+00) - n * 6.07710050630396597660e-11)
               - n * 2.02226624871116645580e-21;
    double z = r * r, sine = s[0], cosine = c[0];
    for (int i = 1; i < 10; i++)
        sine = sine * z + s[i];
    for (int i = 1; i < 11; i++)
        cosine = cosine * z + c[i];
    return (struct real_turn){ sine * r, cosine, (unsigned)real_bits(t) & 3u };
}

static inline double real_sin(double x)
{
    struct real_turn t = real_reduce(x);
    double y = t.quadrant & 1 ? t.cosine : t.sine;
    return t.quadrant & 2 ? -y : y;
}

static inline double real_cos(double x)
{
    struct real_turn t = real_reduce(x);
    double y = t.quadrant & 1 ? t.sine : t.cosine;
    return (t.quadrant + 1) & 2 ? -y : y;
}

#endif
