/* bench_compare.c: two files of `bench --json`, row by row. Contract: bench.h. The reader takes
   what bench writes and nothing else: an array of flat objects. Unknown keys are skipped. */
#include "bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "text.h"

#define ROWS_MOST 64

struct file {
    const char *name, *bytes;
    size_t length, at;
    int n;
    struct bench_row rows[ROWS_MOST];
};

/* ---- reading ---- */

static enum error bad(const struct file *f, const char *what)
{
    return error_set(E_BENCH_JSON, "%s: byte %zu: %s", f->name, f->at, what);
}

/* The next byte that is not blank; 0 at the end. It stays there. */
static char peek(struct file *f)
{
    while (f->at < f->length && strchr(" \t\r\n", f->bytes[f->at]) && f->bytes[f->at])
        f->at++;
    return f->at < f->length ? f->bytes[f->at] : '\0';
}

static int take(struct file *f, char c)
{
    int found = peek(f) == c;
    if (found)
        f->at++;
    return found;
}

/* A string without escapes: names hold none. */
static enum error read_string(struct file *f, char *text, size_t room)
{
    if (!take(f, '"'))
        return bad(f, "no string");
    size_t from = f->at;
    while (f->at < f->length && f->bytes[f->at] >= ' ' && f->bytes[f->at] <= '~'
           && !strchr("\"\\", f->bytes[f->at]))
        f->at++;
    size_t length = f->at - from;
    if (f->at == f->length || f->bytes[f->at] != '"' || length >= room)
        return bad(f, "a string that bench does not write");
    memcpy(text, f->bytes + from, length);
    text[length] = '\0';
    f->at++;
    return E_OK;
}

/* A number that is not negative, or null. */
static enum error read_figure(struct file *f, double *figure)
{
    char digits[40], *end, first = peek(f);
    if (f->length - f->at >= 4 && memcmp(f->bytes + f->at, "null", 4) == 0) {
        f->at += 4;
        *figure = BENCH_UNKNOWN;
        return E_OK;
    }
    size_t n = 0;
    while (f->at + n < f->length && n + 1 < sizeof digits
           && f->bytes[f->at + n] && strchr("0123456789.eE+-", f->bytes[f->at + n])) {
        digits[n] = f->bytes[f->at + n];
        n++;
    }
    digits[n] = '\0';
    *figure = strtod(digits, &end);
    if (first < '0' || first > '9' || *end || *figure > 1e300)
        return bad(f, "no number that bench writes");
    f->at += n;
    return E_OK;
}

static enum error read_member(struct file *f, struct bench_row *row)
{
    char key[64], text[sizeof row->text[0]];
    double figure;
    enum error e = read_string(f, key, sizeof key);
    if (!e && !take(f, ':'))
        e = bad(f, "no ':' after a key");
    if (e)
        return e;
    if (peek(f) == '"') {
        e = read_string(f, text, sizeof text);
        for (int i = 0; i < TEXTS && !e; i++)
            if (strcmp(key, bench_text_keys[i]) == 0)
                memcpy(row->text[i], text, sizeof text);
        return e;
    }
    e = read_figure(f, &figure);
    for (int i = 0; i < FIGURES && !e; i++)
        if (strcmp(key, bench_columns[i].key) == 0)
            row->figure[i] = figure;
    return e;
}

static enum error read_row(struct file *f)
{
    if (f->n == ROWS_MOST)
        return bad(f, "more rows than bench writes");
    struct bench_row *row = &f->rows[f->n++];
    memset(row, 0, sizeof *row);
    for (int i = 0; i < FIGURES; i++)
        row->figure[i] = BENCH_UNKNOWN;
    if (!take(f, '{'))
        return bad(f, "no row: '{' is missing");
    enum error e;
    do
        e = read_member(f, row);
    while (!e && take(f, ','));
    if (e)
        return e;
    if (!take(f, '}'))
        return bad(f, "no ',' or '}' after a value");
    if (!row->text[TEXT_PHASE][0] || row->figure[DEPTH] < 0 || row->figure[THREADS] < 1
        || row->figure[TOKENS_PER_SECOND] <= 0)
        return bad(f, "a row without phase, depth, threads or tokens_per_second");
    return E_OK;
}

static enum error read_file(struct file *f, const char *name)
{
    struct text text;
    enum error e = text_read(&text, NULL, name);
    if (e)
        return e;
    *f = (struct file){ .name = name, .bytes = text.bytes, .length = text.length };
    if (!take(f, '['))
        return bad(f, "no list: '[' is missing");
    do
        e = read_row(f);
    while (!e && take(f, ','));
    if (!e && !take(f, ']'))
        e = bad(f, "no ',' or ']' after a row");
    if (!e && (peek(f) || f->at < f->length))
        e = bad(f, "something after the list");
    return e;
}

/* ---- comparing ---- */

static const enum bench_figure compared[] = {
    TOKENS_PER_SECOND, BYTES_PER_TOKEN, BANDWIDTH_SHARE, PEAK_SHARE, JOULES_PER_TOKEN,
    ATTENTION_MS, FFN_MS, HEAD_MS, SAMPLING_MS, BARRIERS_MS, PEAK_MEMORY_BYTES,
};

#define COMPARED (sizeof compared / sizeof compared[0])

static const struct bench_row *find_row(const struct file *f, const struct bench_row *like)
{
    for (const struct bench_row *row = f->rows; row < f->rows + f->n; row++)
        if (strcmp(row->text[TEXT_PHASE], like->text[TEXT_PHASE]) == 0
            && strcmp(row->text[TEXT_MODE], like->text[TEXT_MODE]) == 0
            && row->figure[DEPTH] == like->figure[DEPTH])
            return row;
    return NULL;
}

static void print_file(char letter, const struct file *f)
{
    const struct bench_row *row = f->rows;
    out_text("%c  %s: %s for %s, -t %.0f\n", letter, f->name, row->text[TEXT_MODEL],
             row->text[TEXT_TARGET], row->figure[THREADS]);
}

static void print_name(const struct bench_row *row)
{
    out_text("%-8s %-6s %6.0f", row->text[TEXT_PHASE], row->text[TEXT_MODE], row->figure[DEPTH]);
}

/* What is missing in either file has no ratio, nor has what was 0. */
static void print_ratios(const struct bench_row *a, const struct bench_row *b)
{
    print_name(b);
    for (size_t i = 0; i < COMPARED; i++) {
        double over = a->figure[compared[i]], figure = b->figure[compared[i]];
        if (over > 0 && figure >= 0)
            out_text(" %9.3f", figure / over);
        else
            out_text(" %9s", "-");
    }
    out_text("\n");
}

static void print_rest(const struct file *f, const struct file *other, char letter)
{
    for (const struct bench_row *row = f->rows; row < f->rows + f->n; row++) {
        if (find_row(other, row))
            continue;
        print_name(row);
        out_text("  only in %c\n", letter);
    }
}

enum error bench_compare(const struct options *o)
{
    static struct file a, b;
    enum error e = read_file(&a, o->compare);
    if (!e)
        e = read_file(&b, o->text);
    if (e)
        return e;
    print_file('A', &a);
    print_file('B', &b);
    out_text("\nB / A    mode    depth");
    for (size_t i = 0; i < COMPARED; i++)
        out_text(" %9s", bench_columns[compared[i]].heading);
    out_text("\n");
    for (const struct bench_row *row = b.rows; row < b.rows + b.n; row++)
        if (find_row(&a, row))
            print_ratios(find_row(&a, row), row);
    print_rest(&a, &b, 'A');
    print_rest(&b, &a, 'B');
    return E_OK;
}
