/* options.h: the command line, parsed. The tables in options.c are the one list of commands and
   flags. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "error.h"
#include "sample.h"

#define OPTIONS_STOPS 8
#define OPTIONS_STOP_BYTES 256             /* length of one stop string, at most */

enum command {
    COMMAND_RUN, COMMAND_CHAT, COMMAND_TOKENIZE, COMMAND_PERPLEXITY,
    COMMAND_EMBED, COMMAND_INFO, COMMAND_SELF_TEST, COMMAND_BENCH, COMMANDS
};

struct options {
    enum command command;
    const char *text;                      /* the PROMPT, TEXT or FILE argument, NULL if absent */
    const char *file, *image, *system, *chat_template, *compare;
    const char *stops[OPTIONS_STOPS];
    int n_stops;
    int limit;                             /* -n: tokens to generate; -1: no limit */
    int threads, batch, ctx;
    int help, version, pin, huge, special, no_bos, decode, clean, trace, json, dense, density;
    struct sample_options sampling;
};

/* argv as main got it. E_USAGE with a message that names the argument. --help and --version end the
   parsing. */
enum error options_parse(struct options *o, int argc, char **argv);

/* The help text of o->command, or of the program where there is none (COMMANDS), on stdout. */
void options_help(const struct options *o);

#endif
