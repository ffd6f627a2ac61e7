/* real.c: prints runtime/real.h's results as bits for tests/real.t, one argument per line: x expf
   exp log sin cos. log is taken of |x| + 0.01, sin and cos of 16 |x|; x is exact in f32. */
#include <inttypes.h>
#include <stdio.h>

#include "real.h"

int main(void)
{
    for (int i = -4000; i <= 4000; i++) {
        double x = i * 0.17578125, size = x < 0 ? -x : x;
        printf("%" PRId32 " %08" PRIx32 " %016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %016" PRIx64
               "\n",
               (int32_t)i, real_bitsf(real_expf((float)x)), real_bits(real_exp(x)),
               real_bits(real_log(size + 0.01)), real_bits(real_sin(size * 16)),
               real_bits(real_cos(size * 16)));
    }
    return 0;
}
