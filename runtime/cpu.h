/* cpu.h: what this CPU, under this operating system, can execute. Compiled without instruction-set
   flags. Names: x86 as in the compiler's -m flags (avx2, avx512vnni, amx-int8), Arm and RISC-V as
   in Linux' /proc/cpuinfo. */
#ifndef CPU_H
#define CPU_H

/* The first of the space-separated names that is absent or unknown here, NULL if there is none.
   Asking for amx-tile also requests its use from the kernel, for this process and its later
   threads. */
const char *cpu_missing(const char *needs);

/* The name of feature i, NULL behind the last; *present tells whether it can be used. */
const char *cpu_feature(int i, int *present);

#endif
