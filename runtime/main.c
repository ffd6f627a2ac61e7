/* main.c: the command-line program: parses the arguments and runs one command. Exit codes: 0, or
   the one of the error that is printed as "error: NAME: message" (docs/ERRORS.md). */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "commands.h"
#include "model.h"
#include "out.h"

static enum error (*const run[COMMANDS])(const struct options *) = {
    [COMMAND_RUN] = cmd_run,
    [COMMAND_CHAT] = cmd_chat,
    [COMMAND_TOKENIZE] = cmd_tokenize,
    [COMMAND_PERPLEXITY] = cmd_perplexity,
    [COMMAND_EMBED] = cmd_embed,
    [COMMAND_INFO] = cmd_info,
    [COMMAND_SELF_TEST] = cmd_self_test,
    [COMMAND_BENCH] = cmd_bench,
};

/* WASI starts every program in "/"; what runs it says in PWD where the user is. */
static void enter_folder(void)
{
#if defined(__wasi__)
    const char *folder = getenv("PWD");
    if (folder && chdir(folder) != 0)
        error_die(error_set(E_OPEN, "%s: no such folder", folder));
#endif
}

int main(int argc, char **argv)
{
    static struct options options;
    enter_folder();
    out_start();
    enum error e = options_parse(&options, argc, argv);
    if (!e && options.help)
        options_help(&options);
    else if (!e && options.version)
        out_text("%s %016" PRIx64 " for %s, built by tritc\n", MODEL_NAME, (uint64_t)MODEL_ID,
                 MODEL_TARGET);
    else if (!e)
        e = run[options.command](&options);
    out_flush();
    if (e)
        error_die(e);
    return 0;
}
