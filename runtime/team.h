/* team.h: a fixed team of threads that run one job together and meet at barriers. The caller is
   thread 0. A waiting thread spins for a bounded time, then sleeps: more threads than CPUs is slow
   but never stuck. */
#ifndef TEAM_H
#define TEAM_H

#include <pthread.h>
#include <stdatomic.h>

#include "error.h"

#define TEAM_MAX 256

typedef void team_job(void *arg, int thread, int threads);

struct team {
    /* What every barrier touches, on a cache line of its own. */
    _Alignas(64) atomic_uint generation;   /* barriers completed; the word that sleepers wait on */
    atomic_int arrived;                    /* threads at the barrier that is not complete yet */
    atomic_int sleepers;                   /* threads that may be asleep */
    atomic_int threads;
    int spins;                             /* 0: sleep at once, there are more threads than CPUs */

    _Alignas(64) team_job *job; /* written by thread 0 between runs; NULL: workers return */
    void *arg;
    atomic_int numbered;                   /* worker numbers given out */
    pthread_t worker[TEAM_MAX];
};

/* CPUs that this process may use, at least 1. */
int team_cpus(void);

/* Starts threads - 1 workers, 1 <= threads <= TEAM_MAX. E_THREAD when the system refuses; then
   nothing runs. */
enum error team_start(struct team *team, int threads);

/* Runs job(arg, thread, threads) once on every thread and returns when all have finished. Only
   thread 0 calls it. */
void team_run(struct team *team, team_job *job, void *arg);

/* Inside a job: waits until every thread has called it. What was written before is seen by all
   after. */
void team_barrier(struct team *team);

void team_stop(struct team *team);

#endif
