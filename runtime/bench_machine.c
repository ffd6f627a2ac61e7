/* bench_machine.c: what the machine gives at most. Contract: bench.h. The machine may be shared and
   its speed may change from second to second, so bench measures this before, among and after the
   turns of rows. */
#define _POSIX_C_SOURCE 200809L

#include "bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "engine.h"

#define SWEEP_LEAST (16u << 20)            /* bytes per turn: a small model is read repeatedly */
#define PEAK_SECONDS 0.005                 /* per turn, at least */

/* What a decode reads, as whole blocks for every thread, from where the weights begin in the image
   (docs/DESIGN.md). The last blocks of a small one begin before. */
#define SWEEP_UNIT (512u * MODEL_THREADS)
#define SWEEP_BYTES ((MODEL_BYTES_PER_TOKEN + SWEEP_UNIT - 1) / SWEEP_UNIT * SWEEP_UNIT)
#define SWEEP_MOST (MODEL_IMAGE_BYTES - SWEEP_BYTES)
#define SWEEP_OFFSET (SWEEP_MOST < 2u << 20 ? SWEEP_MOST / 64 * 64 : 2u << 20)

_Static_assert(SWEEP_BYTES <= MODEL_IMAGE_BYTES, "the header's 2 MiB are more than one unit");

struct job {
    const uint8_t *bytes;
    size_t n, ahead;                       /* of the sweep; n bytes for all threads together */
    uint64_t rounds;                       /* of sweep or peak */
    uint64_t results[TEAM_MAX];
};

static void sweep_job(void *arg, int thread, int threads)
{
    struct job *job = arg;
    size_t part = job->n / (size_t)threads / 512 * 512;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < job->rounds; i++)
        sum += model_sweep(job->bytes + part * (size_t)thread, part, job->ahead);
    job->results[thread] = sum;
}

static void peak_job(void *arg, int thread, int threads)
{
    struct job *job = arg;
    (void)threads;
    job->results[thread] = model_peak(job->rounds);
}

static double seconds_of(struct model *m, team_job *run, struct job *job)
{
    double start = clock_seconds();
    model_run(m, run, job);
    return clock_seconds() - start;
}

static void keep_better(double *best, double rate)
{
    if (rate > *best)
        *best = rate;
}

/* Each thread reads its own contiguous part. Which prefetch distance is best depends on the CPU and
   on what else it does: docs/BENCH.md. */
static void measure_sweep(struct model *m, int turn, double *best)
{
    static const size_t distances[] = { 0, 512, 1024, 2048, 4096 };
    struct job job = { .bytes = model_image(m) + SWEEP_OFFSET, .n = (size_t)SWEEP_BYTES };
    job.rounds = 1 + SWEEP_LEAST / SWEEP_BYTES;
    job.ahead = distances[(size_t)turn % (sizeof distances / sizeof distances[0])];
    double bytes = (double)job.rounds * (double)job.n;
    keep_better(best, bytes / seconds_of(m, sweep_job, &job));
}

static void measure_peak(struct model *m, double *best)
{
    static struct job job = { .rounds = 1000 };    /* kept: found once, enough later */
    double seconds, macs = 0;
    while ((seconds = seconds_of(m, peak_job, &job)) < PEAK_SECONDS)
        job.rounds *= 2;
    for (int thread = 0; thread < TEAM_MAX; thread++)
        macs += (double)job.results[thread];
    keep_better(best, macs / seconds);
}

void bench_limits(struct model *m, int turn, struct bench_limits *best)
{
    measure_sweep(m, turn, &best->bytes_per_second);
    measure_peak(m, &best->macs_per_second);
}

/* VmHWM of /proc/self/status, in kB (proc(5)). Not getrusage: its figure survives exec. */
double bench_peak_memory(void)
{
    char text[4096];
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[n < 0 ? 0 : n] = '\0';
    const char *line = strstr(text, "\nVmHWM:");
    double kilobytes;
    return line && sscanf(line, "\nVmHWM: %lf kB", &kilobytes) == 1 ? kilobytes * 1024
                                                                     : BENCH_UNKNOWN;
}

/* Where the kernel refuses, the peak of the self-test remains: it maps the image twice. */
void bench_forget_memory(void)
{
    int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t n = write(fd, "5", 1);         /* "reset the peak resident set size", proc(5) */
    (void)n;
    close(fd);
}
