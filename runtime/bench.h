/* bench.h: the parts of `bench`. One table of columns makes the printed table, the JSON and their
   comparison: another figure is a row of it. What the figures mean: docs/BENCH.md. */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>

#include "options.h"

struct model;

/* ---- figures (bench_table.c) ---- */

enum bench_text { TEXT_PHASE, TEXT_MODE, TEXT_MODEL, TEXT_TARGET, TEXTS };

enum bench_figure {
    DEPTH, THREADS, TOKENS_PER_SECOND, MS_PER_TOKEN, FASTEST_MS, BYTES_PER_TOKEN,
    BYTES_PER_SECOND, BANDWIDTH_SHARE, MACS_PER_SECOND, PEAK_SHARE, JOULES_PER_TOKEN, FULL_HEADS,
    ATTENTION_MS, FFN_MS, HEAD_MS, SAMPLING_MS, BARRIERS_MS,
    SWEEP_BYTES_PER_SECOND, PEAK_MACS_PER_SECOND, PEAK_MEMORY_BYTES, FIGURES
};

#define BENCH_UNKNOWN (-1.0)               /* null in JSON; every figure is 0 or more */

struct bench_row {
    char text[TEXTS][64];
    double figure[FIGURES];
};

struct bench_column {
    const char *key, *heading;             /* in JSON, in tables */
    double unit;                           /* of the table, in the unit of the key */
    int width, decimals;
};

extern const char *const bench_text_keys[TEXTS];
extern const struct bench_column bench_columns[FIGURES];

/* The speed figures of one row, below their headings. */
void bench_print_headings(void);
void bench_print_row(const struct bench_row *row);

/* Where the time of each row goes. */
void bench_print_phases(const struct bench_row *rows, int n);

/* [{"phase": ..}, ..] */
void bench_print_json(const struct bench_row *rows, int n);

/* ---- what the machine gives (bench_machine.c) ---- */

struct bench_limits {
    double bytes_per_second;               /* read-only sweep of the bytes of a dense decode */
    double macs_per_second;                /* the matmul instruction on registers */
};

/* Measures both once, on the model's own threads, and keeps what is better than *best. The turn, 0
   and up, tells the prefetch distance of the sweep. */
void bench_limits(struct model *m, int turn, struct bench_limits *best);

/* Bytes: the most memory this process has had in use since bench_forget_memory, mapped image
   included. BENCH_UNKNOWN outside Linux. */
double bench_peak_memory(void);
void bench_forget_memory(void);

/* ---- energy (bench_energy.c) ---- */

#define ENERGY_COUNTERS 16
#define ENERGY_PATH_BYTES 512

struct energy {
    char about[256];                       /* the counters' names, or why there is none */
    int n, is_power;                       /* is_power: they show watts, to be summed over time */
    struct energy_counter {
        char path[ENERGY_PATH_BYTES];
        double range;                      /* a counter begins again at 0 there; microjoules */
        double last, joules;
    } counter[ENERGY_COUNTERS];
    double time;                           /* of the last reading, seconds */
};

/* Finds the counters below `root`, which is /sys; n is 0 where there are none. */
void energy_open(struct energy *energy, const char *root);

/* Joules since energy_open, all counters together; BENCH_UNKNOWN without any. A power meter is read
   at every call: call often. */
double energy_joules(struct energy *energy);

/* ---- comparison (bench_compare.c) ---- */

/* Prints the figures of o->text over those of o->compare, two files that bench --json wrote. */
enum error bench_compare(const struct options *o);

#endif
