/* progress.h: a one-line bar on stderr when that is a terminal; silent otherwise. Also used by the
   generated packer. Includer defines _POSIX_C_SOURCE (isatty). */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

struct progress {
    const char *what;
    uint64_t total;
    int percent;                           /* shown last; -1: nothing yet; -2: not a terminal */
};

static inline struct progress progress_start(const char *what, uint64_t total)
{
    return (struct progress){ what, total, isatty(STDERR_FILENO) ? -1 : -2 };
}

/* done may exceed total; the line is redrawn only when the percentage changes. */
static inline void progress_show(struct progress *p, uint64_t done)
{
    static const char bar[] = "########################################";
    int percent = p->total ? (int)(100.0 * (double)done / (double)p->total) : 100;
    if (percent > 100)
        percent = 100;
    if (p->percent == -2 || p->percent == percent)
        return;
    p->percent = percent;
    int filled = percent * 40 / 100;
    fprintf(stderr, "\r%s [%.*s%*s] %3d%%", p->what, filled, bar, 40 - filled, "", percent);
}

/* Wipes the line. */
static inline void progress_end(struct progress *p)
{
    if (p->percent >= 0)
        fputs("\r\033[K", stderr);
}

#endif
