/* cores.h: how many CPUs are worth a thread each, where they are not all equally fast. */
#ifndef CORES_H
#define CORES_H

/* Of the CPUs that this process may use, how many of the fastest to use: threads get equal shares
   and wait for the slowest, so the number whose product with its slowest one's speed is the
   largest. All of them where their speeds are equal or not known; at least 1. root: "", or a folder
   with a made-up sys/ for tests. */
int cores_fast(const char *root);

/* The numbers of the CPUs that this process may use, at most `most`, the fastest first, equally
   fast ones in order. Returns how many; 0 where the system does not say. */
int cores_order(const char *root, int *cpus, int most);

#endif
