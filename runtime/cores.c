/* cores.c: big and little CPUs. Contract: cores.h. Sources: Linux
   Documentation/ABI/testing/sysfs-devices-system-cpu; hw.perflevel0 of macOS' sysctl(3). */
#define _GNU_SOURCE

#include "cores.h"

#include "team.h"

#if defined(__APPLE__)

#include <sys/sysctl.h>

int cores_fast(const char *root)
{
    (void)root;
    int n = 0;
    size_t size = sizeof n;
    int known = sysctlbyname("hw.perflevel0.logicalcpu", &n, &size, NULL, 0) == 0 && n > 0;
    return known ? n : team_cpus();
}

int cores_order(const char *root, int *cpus, int most)
{
    (void)root, (void)cpus, (void)most;
    return 0;
}

#elif defined(__linux__)

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CPUS 1024                          /* of cpu_set_t */

/* Speed of a CPU in units that only compare: the scheduler's capacity (Arm, RISC-V), else the
   highest clock. 0 where the system does not say. */
static long speed_of(const char *root, int cpu)
{
    static const char *const names[] = { "cpu_capacity", "cpufreq/cpuinfo_max_freq" };
    long speed = 0;
    for (int i = 0; i < 2 && speed <= 0; i++) {
        char path[512], text[32];
        snprintf(path, sizeof path, "%s/sys/devices/system/cpu/cpu%d/%s", root, cpu, names[i]);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
        if (fd >= 0)
            close(fd);
        text[length > 0 ? length : 0] = '\0';
        speed = strtol(text, NULL, 10);
    }
    return speed > 0 ? speed : 0;
}

static int slower(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;
    return (x < y) - (x > y);
}

static int best_count(long *speeds, int n)
{
    int best = n;
    qsort(speeds, (size_t)n, sizeof *speeds, slower);
    for (int i = n - 1; i >= 1; i--)
        if (speeds[i - 1] * i > speeds[best - 1] * best)
            best = i;
    return best;
}

int cores_fast(const char *root)
{
    long speeds[CPUS];
    int n = 0;
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return team_cpus();
    for (int cpu = 0; cpu < CPUS; cpu++) {
        if (!CPU_ISSET(cpu, &set))
            continue;
        speeds[n] = speed_of(root, cpu);
        if (speeds[n++] == 0)
            return team_cpus();
    }
    return n > 0 ? best_count(speeds, n) : team_cpus();
}

int cores_order(const char *root, int *cpus, int most)
{
    static long speeds[CPUS];
    int n = 0;
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 0;
    for (int cpu = 0; cpu < CPUS && n < most; cpu++) {
        if (!CPU_ISSET(cpu, &set))
            continue;
        long speed = speed_of(root, cpu);
        int at = n++;
        for (; at > 0 && speeds[at - 1] < speed; at--) {
            speeds[at] = speeds[at - 1];
            cpus[at] = cpus[at - 1];
        }
        speeds[at] = speed;
        cpus[at] = cpu;
    }
    return n;
}

#else

int cores_fast(const char *root)
{
    (void)root;
    return team_cpus();
}

int cores_order(const char *root, int *cpus, int most)
{
    (void)root, (void)cpus, (void)most;
    return 0;
}

#endif
