/* cores.c: drives runtime/cores.c for tests/boards.t.
   usage: cores SPEED...: how many of CPUs of these speeds; cores -r ROOT: how many of this process's, over a made-up sys/. */
#include "../runtime/cores.c"

#include <string.h>

int main(int argc, char **argv)
{
    long speeds[CPUS];
    int n = argc - 1;
    if (n == 2 && strcmp(argv[1], "-r") == 0)
        return printf("%d\n", cores_fast(argv[2])) < 0;
    for (int i = 0; i < n; i++)
        speeds[i] = strtol(argv[i + 1], NULL, 10);
    return n < 1 || printf("%d\n", best_count(speeds, n)) < 0;
}
