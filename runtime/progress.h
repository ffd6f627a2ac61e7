/* progress.h: a one-line bar with rate and time left on stderr when that is a terminal; silent
   otherwise. No colour, no escape sequence: NO_COLOR and dumb terminals need nothing. Also used by
   the generated packer, import and synth. Includer defines _POSIX_C_SOURCE. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"

#define PROGRESS_REDRAW 0.1                /* seconds between two drawings */
#define PROGRESS_LINE 100                  /* columns used at most */
#define PROGRESS_BAR 40                    /* of these by the bar at most */

struct progress {
    const char *what, *unit;
    double scale;                          /* of `total` per unit: 1e6 for bytes shown as MB */
    uint64_t total;
    int width;                             /* columns that may be used; 0: not a terminal */
    double began, drawn;                   /* seconds; drawn is 0 before the first drawing */
};

static inline int progress_columns(void)
{
    int columns = 80;
#ifdef TIOCGWINSZ
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        columns = size.ws_col;
#endif
    return columns - 1 < PROGRESS_LINE ? columns - 1 : PROGRESS_LINE;
}

static inline struct progress progress_start(const char *what, uint64_t total, const char *unit,
                                             double scale)
{
    int width = isatty(STDERR_FILENO) ? progress_columns() : 0;
    return (struct progress){ what, unit, scale, total, width, clock_seconds(), 0 };
}

/* "what  40 % [####    ]  152.3 MB/s  1:07 left", of these as much as there is room for. */
static inline void progress_draw(const struct progress *p, double share, double rate, double left)
{
    static const char marks[] = "########################################";
    char head[64], tail[64] = "", line[256];
    int n = snprintf(head, sizeof head, "%s %3.0f %%", p->what, 100 * share), tail_n = 0;
    int seconds = left < 359999 ? (int)left : 359999;
    if (rate > 0)
        tail_n = snprintf(tail, sizeof tail, "  %.1f %s/s  %d:%02d left", rate / p->scale, p->unit,
                          seconds / 60, seconds % 60);
    if (n + tail_n > p->width)
        tail[0] = '\0', tail_n = 0;
    int room = p->width - n - tail_n - 3, bar = room < PROGRESS_BAR ? room : PROGRESS_BAR;
    int filled = (int)(share * bar);
    if (bar < 4)
        snprintf(line, sizeof line, "%s%s", head, tail);
    else
        snprintf(line, sizeof line, "%s [%.*s%*s]%s", head, filled, marks, bar - filled, "", tail);
    fprintf(stderr, "\r%-*.*s", p->width, p->width, line);
}

/* done may exceed total. */
static inline void progress_show(struct progress *p, uint64_t done)
{
    double now = p->width ? clock_seconds() : 0;
    if (!p->width || (p->drawn > 0 && now - p->drawn < PROGRESS_REDRAW))
        return;
    double share = p->total && done < p->total ? (double)done / (double)p->total : 1;
    double rate = now > p->began ? (double)done / (now - p->began) : 0;
    p->drawn = now;
    progress_draw(p, share, rate, rate > 0 ? (1 - share) * (double)p->total / rate : 0);
}

/* Wipes the line. */
static inline void progress_end(const struct progress *p)
{
    if (p->width && p->drawn > 0)
        fprintf(stderr, "\r%*s\r", p->width, "");
}

#endif
