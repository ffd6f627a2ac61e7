/* commands.h: the commands of the program, one file cmd_*.c each. Results go to stdout, all else to
   stderr. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "error.h"
#include "options.h"

enum error cmd_run(const struct options *o);
enum error cmd_chat(const struct options *o);
enum error cmd_tokenize(const struct options *o);
enum error cmd_perplexity(const struct options *o);
enum error cmd_embed(const struct options *o);
enum error cmd_info(const struct options *o);
enum error cmd_self_test(const struct options *o);
enum error cmd_bench(const struct options *o);

#endif
