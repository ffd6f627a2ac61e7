/* out.c: checked writing to stdout. Contract: out.h. */
#define _POSIX_C_SOURCE 200809L

#include "out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "error.h"

static char in_buffer[1 << 16], out_buffer[1 << 16];

static void check(int ok)
{
    if (!ok)
        error_die(error_set(E_OUT_WRITE, "stdout: %s", strerror(errno)));
}

/* A closed stdout is found here: later its number could belong to a file that is opened here. */
void out_start(void)
{
    check(fcntl(STDOUT_FILENO, F_GETFD) >= 0);
    setvbuf(stdin, in_buffer, _IOFBF, sizeof in_buffer);
    setvbuf(stdout, out_buffer, _IOFBF, sizeof out_buffer);
}

void out_bytes(const char *bytes, size_t n)
{
    check(fwrite(bytes, 1, n, stdout) == n);
}

void out_text(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int written = vfprintf(stdout, format, args);
    va_end(args);
    check(written >= 0);
}

void out_json_string(const char *s)
{
    out_bytes("\"", 1);
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c < ' ' || c > '~' || c == '"' || c == '\\')
            out_text("\\u%04x", c);
        else
            out_bytes(s, 1);
    }
    out_bytes("\"", 1);
}

void out_flush(void)
{
    check(fflush(stdout) == 0);
}

int out_is_terminal(void)
{
    return isatty(STDOUT_FILENO);
}
