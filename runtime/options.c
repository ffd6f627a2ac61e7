/* options.c: the tables of commands and flags, their parser and their help text. Contract:
   options.h. */
#include "options.h"

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat.h"
#include "cores.h"
#include "model.h"
#include "out.h"

static const struct { const char *name, *argument, *about;
} commands[COMMANDS] = {
    [COMMAND_RUN] = { "run", "PROMPT", "continue a text (no PROMPT or -: from stdin)" },
    [COMMAND_CHAT] = { "chat", NULL, "talk, line by line" },
    [COMMAND_TOKENIZE] = { "tokenize", "TEXT",
                           "show the token ids of a text (no TEXT or -: from stdin)" },
    [COMMAND_PERPLEXITY] = { "perplexity", "FILE",
                             "how well the model predicts a text (-: stdin)" },
    [COMMAND_EMBED] = { "embed", "TEXT",
                        "the unit vector of a text (no TEXT or -: of every line of stdin)" },
    [COMMAND_INFO] = { "info", NULL, "what this program was built from and for" },
    [COMMAND_SELF_TEST] = { "self-test", NULL,
                            "check image, kernels and arithmetic on this machine" },
    [COMMAND_BENCH] = { "bench", "FILE",
                        "measure speed, after a self-test (FILE: only with --compare)" },
};

enum kind { FLAG, INTEGER, SEED, REAL, TEXT, STOP };

#define RUN (1u << COMMAND_RUN)
#define CHAT (1u << COMMAND_CHAT)
#define TOKENIZE (1u << COMMAND_TOKENIZE)
#define PERPLEXITY (1u << COMMAND_PERPLEXITY)
#define EMBED (1u << COMMAND_EMBED)
#define INFO (1u << COMMAND_INFO)
#define SELF_TEST (1u << COMMAND_SELF_TEST)
#define BENCH (1u << COMMAND_BENCH)
#define GENERATES (RUN | CHAT)
#define PREDICTS (RUN | CHAT | PERPLEXITY)    /* what a model for embeddings cannot do */
#define OPENS (PREDICTS | EMBED | BENCH)
#define EVALUATES (PREDICTS | EMBED | SELF_TEST | BENCH)
#define ALL ((1u << COMMANDS) - 1)

struct flag {
    char letter;                           /* 0: none */
    const char *name;                      /* NULL: none */
    enum kind kind;
    unsigned commands;
    size_t offset;                         /* in struct options */
    double min, max;                       /* INTEGER and REAL */
    const char *value, *about;
};

#define AT(field) offsetof(struct options, field)

static const struct flag flags[] = {
    { 'n', NULL, INTEGER, GENERATES, AT(limit), 0, INT_MAX,
      "N", "generate at most N tokens (default: to the end)" },
    { 'f', "file", TEXT, RUN | TOKENIZE | EMBED, AT(file), 0, 0,
      "FILE", "read the text from FILE" },
    { 's', "system", TEXT, CHAT, AT(system), 0, 0,
      "TEXT", "system message, said first" },
    { 0, "chat-template", TEXT, CHAT, AT(chat_template), 0, 0,
      "NAME", "how turns are written: " CHAT_NAMES },
    { 0, "temp", REAL, GENERATES, AT(sampling.temperature), 0, 1e6,
      "T", "sampling temperature; 0 is greedy (0.8)" },
    { 0, "top-k", INTEGER, GENERATES, AT(sampling.top_k), 0, INT_MAX,
      "K", "keep the K most likely tokens; 0 is all (40)" },
    { 0, "top-p", REAL, GENERATES, AT(sampling.top_p), 0, 1,
      "P", "keep the most likely tokens up to probability P (0.95)" },
    { 0, "min-p", REAL, GENERATES, AT(sampling.min_p), 0, 1,
      "P", "drop tokens below P times the most likely one (0.05)" },
    { 0, "repeat-penalty", REAL, GENERATES, AT(sampling.repeat_penalty), 0.01, 100,
      "R", "weaken what the last 64 tokens hold; 1 is off (1)" },
    { 0, "seed", SEED, GENERATES, AT(sampling.seed), 0, 0,
      "S", "seed of the random numbers (0)" },
    { 0, "stop", STOP, GENERATES, 0, 0, 0,
      "TEXT", "end before TEXT would appear; up to 8 times" },
    { 'c', "ctx", INTEGER, PERPLEXITY, AT(ctx), 3, MODEL_CTX,
      "N", "tokens per window (512 or the context)" },
    { 't', "threads", INTEGER, EVALUATES, AT(threads), 1, MODEL_THREADS,
      "N", "threads (the fast CPUs that this process may use)" },
    { 0, "pin", FLAG, OPENS, AT(pin), 0, 0,
      NULL, "each thread stays on a CPU of its own, the fastest first" },
    { 0, "huge", FLAG, OPENS, AT(huge), 0, 0,
      NULL, "the image copied into huge pages: a slower start, its size in memory" },
    { 'b', "batch", INTEGER, PREDICTS | EMBED, AT(batch), 1, MODEL_BATCH,
      "N", "prompt tokens evaluated at once (the most there can be)" },
    { 0, "special", FLAG, RUN | TOKENIZE | EMBED, AT(special), 0, 0,
      NULL, "take special tokens written in the text as such" },
    { 0, "no-bos", FLAG, TOKENIZE, AT(no_bos), 0, 0,
      NULL, "do not begin with the BOS token" },
    { 0, "decode", FLAG, TOKENIZE, AT(decode), 0, 0,
      NULL, "the text is ids: write their bytes" },
    { 0, "clean", FLAG, TOKENIZE, AT(clean), 0, 0,
      NULL, "--decode: no spaces before punctuation, where the tokenizer says so" },
    { 0, "trace", FLAG, GENERATES, AT(trace), 0, 0,
      NULL, "write POS ID HASH per position: FNV-1a 64 of the logits" },
    { 0, "dense", FLAG, RUN, AT(dense), 0, 0,
      NULL, "read all weights, also those that meet zeros: the same bits, slower" },
    { 0, "density", FLAG, RUN, AT(density), 0, 0,
      NULL, "write no text but LAYER rows|columns SHARE: what was read of the matrices that skip" },
    { 0, "compare", TEXT, BENCH, AT(compare), 0, 0,
      "FILE0", "print the figures of FILE over those of FILE0, both from --json" },
    { 0, "json", FLAG, PERPLEXITY | EMBED | INFO | SELF_TEST | BENCH, AT(json), 0, 0,
      NULL, "write JSON" },
    { 'i', "image", TEXT, ALL & ~INFO, AT(image), 0, 0,
      "FILE", "the model's image (beside the program)" },
    { 'h', "help", FLAG, ALL, AT(help), 0, 0,
      NULL, "show this" },
};

#define FLAG_COUNT (sizeof flags / sizeof flags[0])

/* ---- values ---- */

static enum error bad_value(const struct flag *f, const char *text)
{
    const char *dashes = f->name ? "--" : "-";
    char letter[2] = { f->letter, '\0' };
    const char *name = f->name ? f->name : letter;
    if (f->kind == SEED)
        return error_set(E_USAGE, "%s%s '%s': not an integer from 0 to 2^64 - 1", dashes, name,
                         text);
    return error_set(E_USAGE, "%s%s '%s': not %s from %.10g to %.10g", dashes, name, text,
                     f->kind == INTEGER ? "an integer" : "a number", f->min, f->max);
}

/* Decimal digits only: no sign, no space, no base. */
static int parse_integer(const char *text, uint64_t *value)
{
    *value = 0;
    if (!*text)
        return 0;
    for (; *text; text++) {
        unsigned digit = (unsigned)(unsigned char)*text - '0';
        if (digit > 9 || *value > (UINT64_MAX - digit) / 10)
            return 0;
        *value = *value * 10 + digit;
    }
    return 1;
}

/* Decimal fractions and exponents only: strtod alone takes spaces, hexadecimal, inf and nan too. */
static int parse_real(const char *text, double *value)
{
    char *end;
    if (!*text || text[strspn(text, "0123456789.eE+-")])
        return 0;
    *value = strtod(text, &end);
    return *end == '\0';
}

static enum error set_value(struct options *o, const struct flag *f, const char *text)
{
    void *field = (char *)o + f->offset;
    uint64_t integer;
    double real;
    switch (f->kind) {
    case FLAG:
        *(int *)field = 1;
        return E_OK;
    case INTEGER:
        if (!parse_integer(text, &integer) || integer < (uint64_t)f->min
            || integer > (uint64_t)f->max)
            return bad_value(f, text);
        *(int *)field = (int)integer;
        return E_OK;
    case SEED:
        return parse_integer(text, field) ? E_OK : bad_value(f, text);
    case REAL:
        if (!parse_real(text, &real) || !(real >= f->min && real <= f->max))
            return bad_value(f, text);
        *(double *)field = real;
        return E_OK;
    case TEXT:
        *(const char **)field = text;
        return E_OK;
    case STOP:
        if (o->n_stops == OPTIONS_STOPS || !*text || strlen(text) > OPTIONS_STOP_BYTES)
            return error_set(E_USAGE, "--stop: up to %d texts of 1 to %d bytes", OPTIONS_STOPS,
                             OPTIONS_STOP_BYTES);
        o->stops[o->n_stops++] = text;
        return E_OK;
    }
    return error_set(E_INTERNAL, "flag kind %d", (int)f->kind);
}

/* ---- arguments ---- */

static const struct flag *find_flag(enum command command, const char *name, size_t length,
                                    int is_letter)
{
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        const struct flag *f = &flags[i];
        if (!(f->commands >> command & 1))
            continue;
        if (is_letter ? f->letter == *name
                      : f->name && strlen(f->name) == length && memcmp(f->name, name, length) == 0)
            return f;
    }
    return NULL;
}

/* argv[*i] begins with '-'. The value of a flag is the rest of the argument (-n5, --name=value) or
   the next one. */
static enum error parse_flag(struct options *o, int argc, char **argv, int *i)
{
    const char *argument = argv[*i];
    int is_letter = argument[1] != '-';
    const char *name = argument + (is_letter ? 1 : 2);
    size_t length = is_letter ? 1 : strcspn(name, "=");
    const struct flag *f = find_flag(o->command, name, length, is_letter);
    if (!f)
        return error_set(E_USAGE, "%s does not know '%s'; see '%s --help'",
                         commands[o->command].name, argument, commands[o->command].name);
    const char *value = name + length;
    int attached = *value != '\0';
    if (!is_letter && attached)
        value++;
    if (f->kind == FLAG)
        return attached ? error_set(E_USAGE, "'%s': the flag takes no value", argument)
                        : set_value(o, f, NULL);
    if (!attached) {
        if (*i + 1 >= argc)
            return error_set(E_USAGE, "'%s' needs a value: %s", argument, f->value);
        value = argv[++*i];
    }
    return set_value(o, f, value);
}

static enum error parse_argument(struct options *o, const char *argument)
{
    const char *name = commands[o->command].name;
    if (!commands[o->command].argument)
        return error_set(E_USAGE, "%s takes no argument '%s'", name, argument);
    if (o->text)
        return error_set(E_USAGE, "%s takes one %s; a second one is '%s'",
                         name, commands[o->command].argument, argument);
    o->text = argument;
    return E_OK;
}

static enum error parse_command(struct options *o, const char *name)
{
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        o->help = 1;
    else if (strcmp(name, "--version") == 0)
        o->version = 1;
    else
        for (int c = 0; c < COMMANDS; c++)
            if (strcmp(name, commands[c].name) == 0)
                o->command = (enum command)c;
    if (o->command == COMMANDS && !o->help && !o->version)
        return error_set(E_USAGE, "no command '%s'; see --help", name);
    return E_OK;
}

static enum error check_together(const struct options *o)
{
    if (MODEL_POOLED && PREDICTS >> o->command & 1)
        return error_set(E_USAGE, "%s: %s is a model for embeddings: it has no head; see embed",
                         commands[o->command].name, MODEL_NAME);
    if (!MODEL_POOLED && o->command == COMMAND_EMBED)
        return error_set(E_USAGE, "embed: %s is no model for embeddings", MODEL_NAME);
    if (o->file && o->text)
        return error_set(E_USAGE, "%s: both -f and a %s", commands[o->command].name,
                         commands[o->command].argument);
    if (o->command == COMMAND_PERPLEXITY && !o->text)
        return error_set(E_USAGE, "perplexity needs a FILE");
    if (o->command == COMMAND_BENCH && !o->compare != !o->text)
        return error_set(E_USAGE, "bench: a FILE and --compare belong together");
    if (o->compare && o->json)
        return error_set(E_USAGE, "bench: --compare prints a table, not JSON");
    return E_OK;
}

enum error options_parse(struct options *o, int argc, char **argv)
{
    int cpus = cores_fast(""), only_arguments = 0;
    *o = (struct options){
        .command = COMMANDS, .limit = -1, .batch = MODEL_BATCH,
        .threads = cpus < MODEL_THREADS ? cpus : MODEL_THREADS,
        .ctx = MODEL_CTX < 512 ? MODEL_CTX : 512, .sampling = SAMPLE_DEFAULTS,
    };
    if (argc < 2)
        return error_set(E_USAGE, "no command; see --help");
    enum error e = parse_command(o, argv[1]);
    if (e || o->command == COMMANDS)
        return e;
    for (int i = 2; i < argc && !e && !o->help; i++) {
        if (only_arguments || argv[i][0] != '-' || argv[i][1] == '\0')
            e = parse_argument(o, argv[i]);
        else if (strcmp(argv[i], "--") == 0)
            only_arguments = 1;
        else
            e = parse_flag(o, argc, argv, &i);
    }
    return e || o->help ? e : check_together(o);
}

/* ---- help ---- */

static void help_flag(const struct flag *f)
{
    char letter[8] = "    ", left[40];
    if (f->letter)
        snprintf(letter, sizeof letter, "-%c%s", f->letter, f->name ? ", " : "");
    snprintf(left, sizeof left, "%s%s%s %s", letter, f->name ? "--" : "", f->name ? f->name : "",
             f->value ? f->value : "");
    out_text("  %-26s%s\n", left, f->about);
}

void options_help(const struct options *o)
{
    if (o->command == COMMANDS) {
        out_text("usage: %s COMMAND [flags] [argument]\n\n", MODEL_NAME);
        for (int c = 0; c < COMMANDS; c++)
            out_text("  %-12s%s\n", commands[c].name, commands[c].about);
        out_text("\n  COMMAND --help shows its flags; --version says what this program is\n");
        return;
    }
    const char *argument = commands[o->command].argument;
    out_text("usage: %s %s [flags]%s%s\n\n%s\n\n", MODEL_NAME, commands[o->command].name,
             argument ? " " : "", argument ? argument : "", commands[o->command].about);
    for (size_t i = 0; i < FLAG_COUNT; i++)
        if (flags[i].commands >> o->command & 1)
            help_flag(&flags[i]);
}
