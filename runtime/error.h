/* error.h: the named errors of the program and the message of the last one. The names, exit codes
   and meanings come from gen/errors.lua through the generated errors.h (docs/ERRORS.md). */
#ifndef ERROR_H
#define ERROR_H

#include "errors.h"

#define ERROR_NAME(name, exit_code, meaning) name,
enum error { E_OK, ERROR_LIST(ERROR_NAME) };
#undef ERROR_NAME

const char *error_name(enum error e);
int error_exit(enum error e);    /* the exit code, as in sysexits.h */

/* Keeps a one-line message (bytes that are not printable ASCII become '?') and returns e. */
enum error error_set(enum error e, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *error_message(void);

/* Prints "error: NAME: message" on stderr and exits with the code of e. */
_Noreturn void error_die(enum error e);

#endif
