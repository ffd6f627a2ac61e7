/* error.c: named errors. Contract: error.h, docs/ERRORS.md. */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ERROR_ROW(name, exit_code, meaning) { #name, exit_code },
static const struct { const char *name; int exit_code; } errors[] = {
    { "E_OK", 0 },
    ERROR_LIST(ERROR_ROW)
};
#undef ERROR_ROW

static char message[512];

const char *error_name(enum error e) { return errors[e].name; }
int error_exit(enum error e) { return errors[e].exit_code; }
const char *error_message(void) { return message; }

enum error error_set(enum error e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (length < 0)
        message[0] = '\0';
    for (char *c = message; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    return e;
}

void error_die(enum error e)
{
    fprintf(stderr, "error: %s: %s\n", error_name(e), message);
    exit(error_exit(e));
}
