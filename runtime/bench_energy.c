/* bench_energy.c: joules, where the kernel counts them. Contract: bench.h. Sources: Linux
   Documentation/power/powercap/powercap.rst; Documentation/hwmon/sysfs-interface.rst, amd_energy,
   ina2xx, ina238. Package and memory of RAPL, else energy counters of hwmon, else power meters of
   the INA family; never two of these, they would see the same watts. */
#define _POSIX_C_SOURCE 200809L

#include "bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

#define NAME_BYTES 64

/* Looked for by number; a folder cannot be listed without allocating. */
enum { ZONES = 16, PARTS = 4, DEVICES = 64, SENSORS = 512 };

/* The first line of a file. Returns 0 where it cannot be read. */
static int read_path(char line[NAME_BYTES], const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, line, NAME_BYTES - 1);
    if (fd >= 0)
        close(fd);
    line[n < 0 ? 0 : n] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return n > 0;
}

/* Returns 0 where the path is too long. */
static int join(char path[ENERGY_PATH_BYTES], const char *folder, const char *file)
{
    return snprintf(path, ENERGY_PATH_BYTES, "%s/%s", folder, file) < ENERGY_PATH_BYTES;
}

static int read_line(char line[NAME_BYTES], const char *folder, const char *file)
{
    char path[ENERGY_PATH_BYTES];
    line[0] = '\0';
    return join(path, folder, file) && read_path(line, path);
}

static int begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static void add(struct energy *e, const char *name, const char *folder, const char *file)
{
    char line[NAME_BYTES];
    size_t length = strlen(e->about);
    if (e->n == ENERGY_COUNTERS)
        return;
    struct energy_counter *c = &e->counter[e->n];
    if (!join(c->path, folder, file) || !read_path(line, c->path))
        return;
    c->last = strtod(line, NULL);
    c->range = read_line(line, folder, "max_energy_range_uj") ? strtod(line, NULL) : 0;
    snprintf(e->about + length, sizeof e->about - length, "%s%s", e->n ? ", " : "", name);
    e->n++;
}

static void add_zone(struct energy *e, const char *folder, const char *kind)
{
    char name[NAME_BYTES];
    if (read_line(name, folder, "name") && begins(name, kind))
        add(e, name, folder, "energy_uj");
}

/* Zone N is a package (or psys, which contains it), zones N:M are its parts: memory is no part of
   the package's own count, cores are. */
static void add_powercap(struct energy *e, const char *root)
{
    char folder[ENERGY_PATH_BYTES];
    for (int zone = 0; zone < ZONES; zone++) {
        snprintf(folder, sizeof folder, "%s/class/powercap/intel-rapl:%d", root, zone);
        add_zone(e, folder, "package");
        for (int part = 0; part < PARTS; part++) {
            snprintf(folder, sizeof folder, "%s/class/powercap/intel-rapl:%d:%d", root, zone, part);
            add_zone(e, folder, "dram");
        }
    }
}

/* Every sensor's energyN_input or powerN_input. amd_energy counts cores, and packages again. */
static void add_hwmon(struct energy *e, const char *root)
{
    const char *kind = e->is_power ? "power" : "energy";
    char folder[ENERGY_PATH_BYTES], name[NAME_BYTES], label[NAME_BYTES], file[NAME_BYTES];
    for (int device = 0; device < DEVICES; device++) {
        snprintf(folder, sizeof folder, "%s/class/hwmon/hwmon%d", root, device);
        if (!read_line(name, folder, "name") || (e->is_power && !begins(name, "ina")))
            continue;
        for (int i = 1; i <= SENSORS; i++) {
            snprintf(file, sizeof file, "%s%d_label", kind, i);
            if (read_line(label, folder, file) && begins(label, "Ecore"))
                continue;
            snprintf(file, sizeof file, "%s%d_input", kind, i);
            add(e, name, folder, file);
        }
    }
}

void energy_open(struct energy *e, const char *root)
{
    memset(e, 0, sizeof *e);
    add_powercap(e, root);
    if (!e->n)
        add_hwmon(e, root);
    e->is_power = !e->n;
    if (!e->n)
        add_hwmon(e, root);
    if (!e->n)
        snprintf(e->about, sizeof e->about, "no counter that this process may read");
    e->time = clock_seconds();
}

/* A counter that stands lower than before has begun again. */
double energy_joules(struct energy *e)
{
    char line[NAME_BYTES];
    double now = clock_seconds(), sum = 0;
    for (struct energy_counter *c = e->counter; c < e->counter + e->n; c++) {
        double value = read_path(line, c->path) ? strtod(line, NULL) : c->last;
        double difference = value - c->last + (value < c->last ? c->range : 0);
        c->joules += 1e-6 * (e->is_power ? value * (now - e->time) : difference);
        c->last = value;
        sum += c->joules;
    }
    e->time = now;
    return e->n ? sum : BENCH_UNKNOWN;
}
