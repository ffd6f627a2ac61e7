/* real.c: exp, log, sin and cos in plain additions and multiplications.
 * Contract: docs/NUMERICS.md 3, formula by formula. */
#include "oracle.h"

#include <float.h>
#include <string.h>

_Static_assert(FLT_EVAL_METHOD == 0, "float expressions must not carry extra precision");

/* Exact up to 20!. */
static double factorial(int k)
{
    double product = 1;
    while (k > 1)
        product *= k--;
    return product;
}

/* 2^n, a normal number. */
static float f32_power_of_two(int n)
{
    uint32_t bits = (uint32_t)(n + 127) << 23;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static double f64_power_of_two(int n)
{
    uint64_t bits = (uint64_t)(n + 1023) << 52;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* 3.1 */
float real_expf(float x)
{
    if (x < -87)
        return 0;
    if (x > 88)
        x = 88;
    float t = x * 1.44269504f + 12582912.0f;
    float n = t - 12582912.0f;
    float r = x - n * 0.693359375f;
    r = r - n * -2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    float y = p * (r * r) + r;
    y = y + 1;
    return y * f32_power_of_two((int)n);
}

/* 3.2 */
double real_exp(double x)
{
    if (x < -700)
        return 0;
    if (x > 700)
        x = 700;
    double t = x * 1.4426950408889634 + 6755399441055744.0;
    double n = t - 6755399441055744.0;
    double r = (x - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10;
    double p = 1 / factorial(13);
    for (int k = 12; k >= 0; k--)
        p = p * r + 1 / factorial(k);
    return p * f64_power_of_two((int)n);
}

/* 3.3 */
double real_log(double x)
{
    uint64_t bits;
    double m;
    memcpy(&bits, &x, sizeof bits);
    int exponent = (int)(bits >> 52) - 1023;
    bits = (bits & 0x000fffffffffffff) | 0x3ff0000000000000;
    memcpy(&m, &bits, sizeof m);
    if (m > 1.4142135623730951) {
        m = m / 2;
        exponent++;
    }
    double e = exponent;
    double s = (m - 1) / (m + 1);
    double z = s * s;
    double p = 1.0 / 21;
    for (int k = 19; k >= 1; k -= 2)
        p = p * z + 1.0 / k;
    return e * 6.93147180369123816490e-01 + ((2 * s) * p + e * 1.90821492927058770002e-10);
}

/* 3.4: the quadrant n mod 4 of x, and sine and cosine of what remains. */
static int reduce(double x, double *sine, double *cosine)
{
    double t = x * 0.63661977236758134308 + 6755399441055744.0;
    double n = t - 6755399441055744.0;
    double r = ((x - n * 1.57079632673412561417e+00) - n * 6.07710050630396597660e-11)
        - n * 2.02226624871116645580e-21;
    double z = r * r;
    double s = -1 / factorial(19);
    for (int k = 17; k >= 1; k -= 2)
        s = s * z + (k % 4 == 1 ? 1 : -1) / factorial(k);
    double c = 1 / factorial(20);
    for (int k = 18; k >= 0; k -= 2)
        c = c * z + (k % 4 == 0 ? 1 : -1) / factorial(k);
    *sine = s * r;
    *cosine = c;
    return (int)n % 4;
}

double real_sin(double x)
{
    double sine, cosine;
    switch (reduce(x, &sine, &cosine)) {
    case 0: return sine;
    case 1: return cosine;
    case 2: return -sine;
    default: return -cosine;
    }
}

double real_cos(double x)
{
    double sine, cosine;
    switch (reduce(x, &sine, &cosine)) {
    case 0: return cosine;
    case 1: return -sine;
    case 2: return -cosine;
    default: return sine;
    }
}
