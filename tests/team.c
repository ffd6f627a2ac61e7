/* team.c: checks of runtime/team.c. Prints TAP for tests/team.t. usage: team THREADS BARRIERS.
   Every thread counts in its own slot; after each barrier all slots must agree. */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "team.h"

struct count { _Alignas(64) int value; };

struct job {
    struct team *team;
    int barriers;
    struct count count[TEAM_MAX];          /* plain memory: only the barrier orders it */
    atomic_int wrong, calls;
};

static void count_together(void *arg, int thread, int threads)
{
    struct job *job = arg;
    atomic_fetch_add(&job->calls, 1);
    for (int round = 1; round <= job->barriers; round++) {
        job->count[thread].value = round;
        team_barrier(job->team);
        for (int i = 0; i < threads; i++)
            if (job->count[i].value != round)
                atomic_fetch_add(&job->wrong, 1);
        team_barrier(job->team);
    }
}

static void mark(void *arg, int thread, int threads)
{
    (void)threads;
    ((int *)arg)[thread]++;
}

enum { NAP_MS = 20 };

static void nap(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = NAP_MS * 1000000 }, NULL);
}

/* Thread 0 naps in one phase; then, where there are others, one of them lets it wait. */
static void nap_in_turn(void *arg, int thread, int threads)
{
    struct team *team = arg;
    team_mark(team, thread, PHASE_FFN);
    if (thread == 0)
        nap();
    team_barrier(team);
    team_mark(team, thread, PHASE_ATTENTION);
    if (thread == threads - 1)
        nap();
    team_barrier(team);
}

/* The naps are counted where they were taken, all other time somewhere, and none twice. */
static int phases_are_right(struct team *team, int threads)
{
    struct phases phases;
    int64_t start = clock_ns(), nap_ns = NAP_MS * 1000000, sum = 0;
    team_measure(team, &phases);
    team_run(team, nap_in_turn, team);
    phases_enter(&phases, PHASE_HEAD);
    team_measure(team, NULL);
    int64_t spent = clock_ns() - start;
    for (int i = 0; i < PHASES; i++)
        sum += phases.ns[i];
    int64_t waited = phases.ns[threads > 1 ? PHASE_BARRIERS : PHASE_ATTENTION];
    return phases.ns[PHASE_FFN] >= nap_ns && waited >= nap_ns / 2 && phases.ns[PHASE_SAMPLING] == 0
        && sum <= spent && sum >= 3 * nap_ns / 2;
}

static int marks_are(const int *marks, int threads, int want)
{
    for (int i = 0; i < TEAM_MAX; i++)
        if (marks[i] != (i < threads ? want : 0))
            return 0;
    return 1;
}

int main(int argc, char **argv)
{
    static struct team team;
    static struct job job;
    static int marks[TEAM_MAX];
    if (argc != 3)
        return 64;
    int threads = atoi(argv[1]), runs = 200, n = 0, failed = 0;
    job.barriers = atoi(argv[2]);
    job.team = &team;
    int64_t start = clock_ns();
    if (team_start(&team, threads) != E_OK)
        error_die(E_THREAD);
    team_run(&team, count_together, &job);
    for (int i = 0; i < runs; i++)
        team_run(&team, mark, marks);
    int64_t counted = clock_ns();
    int right = phases_are_right(&team, threads);
    const int none[] = { 1023 };
    int refused = team_pin(&team, none, 1) == E_THREAD;
    start += clock_ns() - counted;
    team_stop(&team);
    double seconds = 1e-9 * (double)(clock_ns() - start);

#define CHECK(condition, what) do { \
        n++; \
        failed += !(condition); \
        printf("%sok %d - %d threads: %s\n", (condition) ? "" : "not ", n, threads, what); \
    } while (0)
    CHECK(atomic_load(&job.calls) == threads, "the job runs once on each thread");
    CHECK(atomic_load(&job.wrong) == 0, "no thread passes a barrier early");
    CHECK(marks_are(marks, threads, runs), "every run reaches every thread once");
    CHECK(right, "phases and barriers are counted where the time goes");
    CHECK(refused, "a CPU that is not there is refused");
    CHECK(seconds < 20, "barriers do not collapse");
    printf("# %.3f s, %.1f us per barrier\n", seconds,
           1e6 * seconds / (2 * job.barriers + 2 * runs));
    return failed > 0;
}
