/* main.c: the oracle's command line: token ids in; hashes, ids, logits or a perplexity out.
 * Contract: tests/oracle/README.md. */
#include "oracle.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int number(const char *text)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < 0 || value > 1 << 30)
        die("not a number: %s", text);
    return (int)value;
}

/* Evaluates ids[0..n) at positions 0 and up. */
static void eval_all(struct model *m, char **ids, int n)
{
    for (int t = 0; t < n; t++)
        model_eval(m, number(ids[t]), t);
}

/* ID... */
static void trace(struct model *m, const char *path, char **ids, int n)
{
    model_open(m, path, n);
    for (int t = 0; t < n; t++) {
        int id = number(ids[t]);
        model_eval(m, id, t);
        const void *logits = model_logits(m);
        uint64_t hash = score_hash(logits, (size_t)m->n_vocab * sizeof(float));
        printf("%d %d %016" PRIx64 "\n", t, id, hash);
    }
}

/* N ID... */
static void greedy(struct model *m, const char *path, char **args, int n)
{
    int count = number(args[0]), prompt = n - 1;
    model_open(m, path, prompt + count);
    eval_all(m, args + 1, prompt);
    for (int i = 0; i < count; i++) {
        int id = score_largest(model_logits(m), m->n_vocab);
        printf("%s%d", i == 0 ? "" : " ", id);
        if (i + 1 < count)
            model_eval(m, id, prompt + i);
    }
    putchar('\n');
}

/* ID... Logits are finite, so an infinity strikes out what has been printed. */
static void logits(struct model *m, const char *path, char **ids, int n)
{
    model_open(m, path, n);
    eval_all(m, ids, n);
    model_logits(m);
    for (int i = 0; i < 5 && i < m->n_vocab; i++) {
        int id = score_largest(m->logits, m->n_vocab);
        printf("%d %.9g\n", id, (double)m->logits[id]);
        m->logits[id] = -__builtin_inff();
    }
}

/* ID... */
static void embed(struct model *m, const char *path, char **ids, int n)
{
    model_open(m, path, n);
    eval_all(m, ids, n);
    float e[m->n_embd];
    op_unit(e, m->y, m->n_embd);
    for (int i = 0; i < m->n_embd; i++)
        printf("%s%.9g", i == 0 ? "" : " ", (double)e[i]);
    putchar('\n');
}

/* ID... */
static void hidden(struct model *m, const char *path, char **ids, int n)
{
    model_open(m, path, n);
    eval_all(m, ids, n);
    for (int i = 0; i < m->n_layer; i++) {
        const float *x = m->residual + (size_t)i * m->n_embd;
        float mean = op_dot(x, x, m->n_embd) / (float)m->n_embd;
        printf("%d %.6g ", i, (double)__builtin_sqrtf(mean));
        for (int j = 0; j < 4 && j < m->n_embd; j++)
            printf(" %.6g", (double)x[j]);
        putchar('\n');
    }
}

/* Scores the next window of the file; 0 where less than a window is left. */
static int score_window(struct model *m, int window, FILE *file, double *sum)
{
    int ids[window], bos = model_bos(m);
    for (int t = 0; t < window; t++)
        if (fscanf(file, "%d", &ids[t]) != 1)
            return 0;
    if (bos >= 0)
        ids[0] = bos;
    for (int t = 0; t + 1 < window; t++) {
        model_eval(m, ids[t], t);
        if (t >= window / 2)
            *sum += score_nll(model_logits(m), m->n_vocab, ids[t + 1]);
    }
    return window - 1 - window / 2;
}

/* WINDOW FILE_OF_IDS */
static void perplexity(struct model *m, const char *path, char **args, int n)
{
    int window = number(args[0]), scored = 0, more;
    double sum = 0;
    FILE *file = fopen(args[1], "r");
    if (n != 2 || window < 3)
        die("perplexity takes a window of 3 tokens or more and a file");
    if (!file)
        die("cannot open %s", args[1]);
    model_open(m, path, window);
    while ((more = score_window(m, window, file, &sum)) > 0)
        scored += more;
    if (!feof(file) || fclose(file) != 0)
        die("%s: cannot read, or not a number", args[1]);
    if (scored == 0)
        die("%s: no window of %d tokens", args[1], window);
    printf("%.17g %d\n", real_exp(sum / scored), scored);
}

static const struct command {
    const char *name;
    int least; /* arguments */
    void (*run)(struct model *m, const char *path, char **args, int n);
} commands[] = {
    {"trace", 1, trace},
    {"greedy", 2, greedy},
    {"logits", 1, logits},
    {"hidden", 1, hidden},
    {"embed", 1, embed},
    {"perplexity", 2, perplexity},
};

int main(int argc, char **argv)
{
    struct model m = {0};
    if (argc > 2 && strcmp(argv[1], "--embd") == 0) {
        rows_requantised = strcmp(argv[2], "q8_0") == 0 ? 8 : 14;
        argc -= 2, argv += 2;
    }
    if (argc > 2 && strcmp(argv[1], "--act") == 0) {
        model_activations = argv[2];
        argc -= 2, argv += 2;
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        const struct command *c = &commands[i];
        if (argc < 3 + c->least || strcmp(argv[2], c->name) != 0)
            continue;
        c->run(&m, argv[1], argv + 3, argc - 3);
        model_close(&m);
        if (fflush(stdout) != 0)
            die("cannot write");
        return 0;
    }
    fputs("usage: oracle [--embd q8_0|q6_k] [--act token|group32]\n"
        "       MODEL.gguf trace|logits|hidden|embed ID...\n"
        "       oracle MODEL.gguf greedy N ID...\n"
        "       oracle MODEL.gguf perplexity WINDOW FILE_OF_IDS\n", stderr);
    return 64;
}
