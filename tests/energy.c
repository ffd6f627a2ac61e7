/* energy.c: drives runtime/bench_energy.c over a made-up /sys, for tests/bench.t.
   usage: energy ROOT [FILE VALUE]...: opens; writes each VALUE 20 ms later; prints joules and about. */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <time.h>

#include "bench.h"

int main(int argc, char **argv)
{
    static struct energy energy;
    if (argc < 2)
        return 64;
    energy_open(&energy, argv[1]);
    double joules = energy_joules(&energy);
    for (int i = 2; i + 1 < argc; i += 2) {
        nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
        FILE *f = fopen(argv[i], "w");
        if (!f || fprintf(f, "%s\n", argv[i + 1]) < 0 || fclose(f))
            return 74;
        joules = energy_joules(&energy);
    }
    printf("%.3f %s\n", joules, energy.about);
    return 0;
}
