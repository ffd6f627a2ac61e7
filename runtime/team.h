/* team.h: a fixed team of threads that run one job together and meet at barriers. The caller is
   thread 0. A waiting thread spins for a bounded time, then sleeps: more threads than CPUs is slow
   but never stuck. */
#ifndef TEAM_H
#define TEAM_H

#include <stdatomic.h>
#include <stdint.h>

#include "error.h"

#if defined(__wasi__)
typedef int pthread_t;                     /* WASI has no threads: the team is the caller alone */
#else
#include <pthread.h>
#endif

#define TEAM_MAX 256

typedef void team_job(void *arg, int thread, int threads);

/* Where the time goes. Thread 0 reads the clock where one phase gives way to the next: twice per
   layer and at barriers, and never while nobody measures. */
enum phase {
    PHASE_ATTENTION,                       /* from the norm before q, k, v to x += o */
    PHASE_FFN,                             /* from the norm before gate and up to x += down */
    PHASE_HEAD,                            /* and the embedding, and the output norm */
    PHASE_SAMPLING,
    PHASE_BARRIERS,                        /* what thread 0 spends in barriers of any phase */
    PHASES
};

struct phases {
    enum phase current;
    int64_t since;                         /* of current; clock_ns */
    int64_t ns[PHASES];                    /* spent in each */
};

struct team {
    /* What every barrier touches, on a cache line of its own. */
    _Alignas(64) atomic_uint generation;   /* barriers completed; the word that sleepers wait on */
    atomic_int arrived;                    /* threads at the barrier that is not complete yet */
    atomic_int sleepers;                   /* threads that may be asleep */
    atomic_int threads;
    int spins;                             /* 0: sleep at once, there are more threads than CPUs */

    _Alignas(64) team_job *job; /* written by thread 0 between runs; NULL: workers return */
    void *arg;
    struct phases *_Atomic phases;         /* NULL: nobody measures */
    pthread_t first;                       /* thread 0 */
    atomic_int numbered;                   /* worker numbers given out */
    pthread_t worker[TEAM_MAX];
};

/* CPUs that this process may use, at least 1. */
int team_cpus(void);

/* Starts threads - 1 workers, 1 <= threads <= TEAM_MAX. E_THREAD when the system refuses; then
   nothing runs. */
enum error team_start(struct team *team, int threads);

/* Thread i stays on CPU cpus[i % n]. E_THREAD when the system refuses. Between runs, by
   thread 0. */
enum error team_pin(struct team *team, const int *cpus, int n);

/* Runs job(arg, thread, threads) once on every thread and returns when all have finished. Only
   thread 0 calls it. */
void team_run(struct team *team, team_job *job, void *arg);

/* Inside a job: waits until every thread has called it. What was written before is seen by all
   after. */
void team_barrier(struct team *team);

void team_stop(struct team *team);

/* Time now counts for `next`. Returns the phase before. */
enum phase phases_enter(struct phases *phases, enum phase next);

/* Clears *phases and counts there from now on; NULL: no longer. Outside of jobs, by thread 0. */
void team_measure(struct team *team, struct phases *phases);

/* Inside a job: what follows belongs to `phase`. Does nothing on other threads and unmeasured. */
static inline void team_mark(struct team *team, int thread, enum phase phase)
{
    struct phases *phases = atomic_load_explicit(&team->phases, memory_order_relaxed);
    if (phases && thread == 0)
        phases_enter(phases, phase);
}

#endif
