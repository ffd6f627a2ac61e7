${banner}
/* What this machine can give, for `bench`: memory read by the target's widest loads, multiply-adds on registers. */
$ for _, header in ipairs(includes) do
#include ${header}
$ end
#include <stddef.h>
#include <stdint.h>

#include "engine.h"

$ local block = 512                    -- bytes written out straight-line
typedef uint64_t vector __attribute__((vector_size(${vec_bytes}), may_alias));

uint64_t model_sweep(const uint8_t *bytes, size_t n, size_t ahead)
{
    vector s0 = {0}, s1 = s0, s2 = s0, s3 = s0;
    for (const uint8_t *end = bytes + n; bytes < end; bytes += ${block}) {
        const vector *v = (const vector *)(const void *)bytes;
        if (ahead)
            for (size_t line = 0; line < ${block}; line += 64)
                __builtin_prefetch(bytes + ahead + line);
$ for i = 0, block // vec_bytes - 1 do
        s${i % 4} += v[${i}];
$ end
    }
    s0 += s1 + s2 + s3;
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof s0 / 8; i++)
        sum += s0[i];
    return sum;
}

${peak}
