/* progress.c: the bar of runtime/progress.h over 0.7 seconds of nothing. Argument: of how many steps. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <time.h>

#include "progress.h"

int main(int argc, char **argv)
{
    uint64_t steps = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    struct progress bar = progress_start("counting", steps, "MB", 1e6);
    for (uint64_t i = 0; i <= 7; i++) {
        progress_show(&bar, steps * i / 7);
        nanosleep(&(struct timespec){ 0, 100000000 }, NULL);
    }
    progress_end(&bar);
    return 0;
}
