/* probe.c: prints the name of every CPU feature that can be used here, one per line.
   The generator compiles and runs it, with cpu.c alone, to choose the target `native`. */
#include "cpu.h"

#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    const char *name;
    int present;
    for (int i = 0; (name = cpu_feature(i, &present)); i++)
        if (present)
            puts(name);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
