/* team.c: threads and their barrier. Contract: team.h. Linux sleeps on a futex; elsewhere (or with
   TEAM_PORTABLE) on a condition variable shared by all teams. Under WASI there is one thread. */
#define _GNU_SOURCE

#include "team.h"

#include <limits.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

enum phase phases_enter(struct phases *phases, enum phase next)
{
    enum phase before = phases->current;
    int64_t now = clock_ns();
    phases->ns[before] += now - phases->since;
    phases->since = now;
    phases->current = next;
    return before;
}

void team_measure(struct team *team, struct phases *phases)
{
    if (phases)
        *phases = (struct phases){ .current = PHASE_HEAD, .since = clock_ns() };
    atomic_store_explicit(&team->phases, phases, memory_order_relaxed);
}

#if defined(__wasi__)

int team_cpus(void) { return 1; }

enum error team_start(struct team *team, int threads)
{
    memset(team, 0, sizeof *team);
    return threads == 1 ? E_OK : error_set(E_THREAD, "%d threads: WASI has one", threads);
}

void team_run(struct team *team, team_job *job, void *arg)
{
    (void)team;
    job(arg, 0, 1);
}

void team_barrier(struct team *team) { (void)team; }

void team_stop(struct team *team) { (void)team; }

#else

#define SPIN_NS 20000 /* about two switches of a thread: sleeping costs more than this wait */
#define STACK_BYTES (1 << 20) /* the largest frame holds a row of 65536 floats, 256 KB */

#if defined(__linux__) && !defined(TEAM_PORTABLE)

#include <linux/futex.h>
#include <sys/syscall.h>

static void sleep_while(struct team *team, unsigned generation)
{
    syscall(SYS_futex, &team->generation, FUTEX_WAIT_PRIVATE, generation, NULL, NULL, 0);
}

static void wake_all(struct team *team)
{
    syscall(SYS_futex, &team->generation, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

#else

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void sleep_while(struct team *team, unsigned generation)
{
    pthread_mutex_lock(&mutex);
    while (atomic_load(&team->generation) == generation)
        pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
}

static void wake_all(struct team *team)
{
    (void)team;
    pthread_mutex_lock(&mutex);            /* not between a sleeper's check and its wait */
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

#endif

static inline void pause_cpu(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || (defined(__arm__) && __ARM_ARCH >= 7)
    __asm__ volatile("yield");
#endif
}

int team_cpus(void)
{
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
#endif
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > INT_MAX ? INT_MAX : (int)n;
}

/* Returns 1 when the generation has changed, 0 when the time is up. The CPU is offered now and
   then: on a busy machine the thread that is waited for may be queued behind this one (2 threads, 1
   free CPU: 23 us per barrier without). */
static int spin(struct team *team, unsigned generation)
{
    int64_t start = clock_ns();
    do {
        for (int i = 0; i < 32; i++) {
            if (atomic_load_explicit(&team->generation, memory_order_acquire) != generation)
                return 1;
            pause_cpu();
        }
        sched_yield();
    } while (clock_ns() - start < SPIN_NS);
    return 0;
}

/* Both `generation` and `sleepers` are sequentially consistent: either the last thread sees the
   sleeper, or the sleeper, which looks at `generation` after it has counted itself, sees that there
   is nothing to wait for. */
static void meet(struct team *team)
{
    unsigned generation = atomic_load_explicit(&team->generation, memory_order_relaxed);
    int arrived = atomic_fetch_add(&team->arrived, 1) + 1;
    if (arrived == atomic_load(&team->threads)) {
        atomic_store_explicit(&team->arrived, 0, memory_order_relaxed);
        atomic_store(&team->generation, generation + 1);
        if (atomic_load(&team->sleepers) > 0)
            wake_all(team);
        return;
    }
    if (team->spins && spin(team, generation))
        return;
    atomic_fetch_add(&team->sleepers, 1);
    while (atomic_load(&team->generation) == generation)
        sleep_while(team, generation);
    atomic_fetch_sub(&team->sleepers, 1);
}

void team_barrier(struct team *team)
{
    struct phases *phases = atomic_load_explicit(&team->phases, memory_order_relaxed);
    if (!phases || !pthread_equal(pthread_self(), team->first)) {
        meet(team);
        return;
    }
    enum phase before = phases_enter(phases, PHASE_BARRIERS);
    meet(team);
    phases_enter(phases, before);
}

static void *work(void *arg)
{
    struct team *team = arg;
    int thread = atomic_fetch_add(&team->numbered, 1) + 1;
    for (;;) {
        team_barrier(team);                /* a run begins */
        if (!team->job)
            return NULL;
        team->job(team->arg, thread, atomic_load(&team->threads));
        team_barrier(team);                /* and ends */
    }
}

void team_run(struct team *team, team_job *job, void *arg)
{
    team->job = job;
    team->arg = arg;
    team_barrier(team);
    job(arg, 0, atomic_load(&team->threads));
    team_barrier(team);
}

void team_stop(struct team *team)
{
    team->job = NULL;
    team_barrier(team);
    for (int i = 1; i < atomic_load(&team->threads); i++)
        pthread_join(team->worker[i], NULL);
}

enum error team_start(struct team *team, int threads)
{
    memset(team, 0, sizeof *team);
    atomic_store(&team->threads, threads);
    team->spins = threads <= team_cpus();
    team->first = pthread_self();
    pthread_attr_t attributes;
    int failed = pthread_attr_init(&attributes);
    if (failed)
        return error_set(E_THREAD, "thread attributes: %s", strerror(failed));
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    int started = 1;
    while (started < threads && !failed) {
        failed = pthread_create(&team->worker[started], &attributes, work, team);
        started += !failed;
    }
    pthread_attr_destroy(&attributes);
    if (failed) {
        atomic_store(&team->threads, started);    /* workers compare it after they have arrived */
        team_stop(team);
        return error_set(E_THREAD, "thread %d of %d: %s", started + 1, threads, strerror(failed));
    }
    return E_OK;
}

#endif

#if defined(__linux__)

enum error team_pin(struct team *team, const int *cpus, int n)
{
    for (int i = 0; i < atomic_load(&team->threads); i++) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(cpus[i % n], &set);
        int refused =
            pthread_setaffinity_np(i == 0 ? team->first : team->worker[i], sizeof set, &set);
        if (refused)
            return error_set(E_THREAD, "CPU %d for thread %d: %s", cpus[i % n], i + 1,
                             strerror(refused));
    }
    return E_OK;
}

#else

enum error team_pin(struct team *team, const int *cpus, int n)
{
    (void)team, (void)cpus, (void)n;
    return error_set(E_THREAD, "not on this system");
}

#endif
