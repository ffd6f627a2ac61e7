/* limits.c: drives a generated limits.c, for tests/bench.t. usage: limits NEEDS ROUNDS.
   Prints the CPU feature that is missing, or "same" where the sweep adds up every word at every
   prefetch distance, and the multiply-adds that the peak says it did. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpu.h"
#include "engine.h"

enum { BYTES = 5 * 512 };

int main(int argc, char **argv)
{
    static _Alignas(64) uint8_t bytes[BYTES];
    uint64_t sum = 0, word;
    if (argc != 3)
        return 64;
    const char *missing = cpu_missing(argv[1]);
    if (missing)
        return printf("missing: %s\n", missing) < 0;
    for (int i = 0; i < BYTES; i++)
        bytes[i] = (uint8_t)(i * i + i / 256);
    for (int i = 0; i < BYTES; i += 8) {
        memcpy(&word, bytes + i, sizeof word);
        sum += word;
    }
    int same = 1;
    for (size_t ahead = 0; ahead <= 4096; ahead += 512)
        same &= model_sweep(bytes, BYTES, ahead) == sum;
    uint64_t macs = model_peak((uint64_t)atoi(argv[2]));
    return printf("%s %" PRIu64 "\n", same ? "same" : "different", macs) < 0;
}
