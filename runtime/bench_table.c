/* bench_table.c: the figures of `bench` as tables and as JSON. Contract: bench.h. */
#include "bench.h"

#include "out.h"

const char *const bench_text_keys[TEXTS] = { "phase", "mode", "model", "target" };

const struct bench_column bench_columns[FIGURES] = {
    [DEPTH] = { "depth", "depth", 1, 6, 0 },
    [THREADS] = { "threads", "threads", 1, 8, 0 },
    [TOKENS_PER_SECOND] = { "tokens_per_second", "tokens/s", 1, 10, 2 },
    [MS_PER_TOKEN] = { "ms_per_token", "ms/token", 1, 10, 3 },
    [FASTEST_MS] = { "fastest_ms_per_token", "fastest", 1, 10, 3 },
    [BYTES_PER_TOKEN] = { "bytes_per_token", "MB/token", 1e6, 10, 2 },
    [BYTES_PER_SECOND] = { "bytes_per_second", "GB/s", 1e9, 8, 2 },
    [BANDWIDTH_SHARE] = { "bandwidth_share", "% sweep", 0.01, 8, 1 },
    [MACS_PER_SECOND] = { "macs_per_second", "GMAC/s", 1e9, 9, 1 },
    [PEAK_SHARE] = { "peak_share", "% peak", 0.01, 8, 1 },
    [JOULES_PER_TOKEN] = { "joules_per_token", "J/token", 1, 9, 3 },
    [FULL_HEADS] = { "full_heads", "full heads", 1, 10, 0 },
    [ATTENTION_MS] = { "attention_ms", "attention", 1, 9, 3 },
    [FFN_MS] = { "ffn_ms", "FFN", 1, 9, 3 },
    [HEAD_MS] = { "head_ms", "head", 1, 9, 3 },
    [SAMPLING_MS] = { "sampling_ms", "sampling", 1, 9, 3 },
    [BARRIERS_MS] = { "barriers_ms", "barriers", 1, 9, 3 },
    [SWEEP_BYTES_PER_SECOND] = { "sweep_bytes_per_second", "sweep", 1e9, 8, 2 },
    [PEAK_MACS_PER_SECOND] = { "peak_macs_per_second", "peak", 1e9, 9, 1 },
    [PEAK_MEMORY_BYTES] = { "peak_memory_bytes", "memory", 1e6, 8, 1 },
};

static void print_name(const struct bench_row *row)
{
    out_text("%-8s %-6s", row->text[TEXT_PHASE], row->text[TEXT_MODE]);
}

/* A space, then the figure or a dash. */
static void print_figure(const struct bench_row *row, enum bench_figure f)
{
    const struct bench_column *c = &bench_columns[f];
    if (row->figure[f] < 0)
        out_text(" %*s", c->width, "-");
    else
        out_text(" %*.*f", c->width, c->decimals, row->figure[f] / c->unit);
}

void bench_print_headings(void)
{
    out_text("phase    mode  ");
    for (int f = DEPTH; f <= FULL_HEADS; f++)
        out_text(" %*s", bench_columns[f].width, bench_columns[f].heading);
    out_text("\n");
}

void bench_print_row(const struct bench_row *row)
{
    print_name(row);
    for (int f = DEPTH; f <= FULL_HEADS; f++)
        print_figure(row, (enum bench_figure)f);
    out_text("\n");
    out_flush();
}

static double sum_of_phases(const struct bench_row *row)
{
    double sum = 0;
    for (int f = ATTENTION_MS; f <= BARRIERS_MS; f++)
        sum += row->figure[f];
    return sum > 0 ? sum : 1;
}

void bench_print_phases(const struct bench_row *rows, int n)
{
    out_text("ms/token        %6s", bench_columns[DEPTH].heading);
    for (int f = ATTENTION_MS; f <= BARRIERS_MS; f++)
        out_text(" %*s       ", bench_columns[f].width, bench_columns[f].heading);
    out_text("\n");
    for (const struct bench_row *row = rows; row < rows + n; row++) {
        print_name(row);
        print_figure(row, DEPTH);
        for (int f = ATTENTION_MS; f <= BARRIERS_MS; f++) {
            print_figure(row, (enum bench_figure)f);
            out_text(" %4.1f %%", 100 * row->figure[f] / sum_of_phases(row));
        }
        out_text("\n");
    }
}

static void print_json_row(const struct bench_row *row)
{
    for (int i = 0; i < TEXTS; i++) {
        out_text("%s\"%s\": ", i ? ", " : "  {", bench_text_keys[i]);
        out_json_string(row->text[i]);
    }
    for (int f = 0; f < FIGURES; f++) {
        out_text(", \"%s\": ", bench_columns[f].key);
        if (row->figure[f] < 0)
            out_text("null");
        else
            out_text("%.12g", row->figure[f]);
    }
    out_text("}");
}

void bench_print_json(const struct bench_row *rows, int n)
{
    out_text("[");
    for (int i = 0; i < n; i++) {
        out_text("%s", i ? ",\n" : "\n");
        print_json_row(&rows[i]);
    }
    out_text("\n]\n");
}
