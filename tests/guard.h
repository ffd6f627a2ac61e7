/* guard.h: the memory that kernels.c checks kernels in: every area ends at a page without access, and touching that becomes a
 * failure that says what was touched. For one program that defines _DEFAULT_SOURCE. */
#ifndef GUARD_H
#define GUARD_H

#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- memory between two pages that nobody may touch ---- */

struct area {
    const char *name;
    uint8_t *from, *end;                         /* whole pages; data is placed to end at `end` */
};

enum { W, X, Y, S, AREAS };
static struct area areas[AREAS] = {
    {"packed weights", 0, 0}, {"activations", 0, 0}, {"output", 0, 0}, {"scratch or list", 0, 0},
};

static _Noreturn void give_up(const char *what)
{
    printf("Bail out! %s\n", what);
    exit(EXIT_FAILURE);
}

static void *new_array(size_t bytes)
{
    void *p = malloc(bytes);
    if (!p)
        give_up("no memory");
    return p;
}

static size_t page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static void area_open(struct area *a, size_t bytes)
{
    size_t page = page_bytes(), room = (bytes + page - 1) / page * page;
    uint8_t *map = mmap(NULL, room + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED || mprotect(map + page, room, PROT_READ | PROT_WRITE))
        give_up("no memory");
    a->from = map + page;
    a->end = a->from + room;
}

static void area_close(struct area *a)
{
    munmap(a->from - page_bytes(), (size_t)(a->end - a->from) + 2 * page_bytes());
}

static void area_protect(const struct area *a, int access)
{
    if (mprotect(a->from, (size_t)(a->end - a->from), access))
        give_up("mprotect");
}

/* ---- signals become failures ---- */

static sigjmp_buf trap;
static const uint8_t *volatile trap_address;

static void on_signal(int number, siginfo_t *info, void *context)
{
    (void)context;
    trap_address = info->si_addr;
    siglongjmp(trap, number);
}

static void catch_signals(void)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (sigaction(numbers[i], &action, NULL))
            give_up("sigaction");
}

static void explain_signal(int number)
{
    const uint8_t *p = trap_address;
    printf("# %s", strsignal(number));
    for (const struct area *a = areas; a < areas + AREAS; a++)
        if (p >= a->end && p < a->end + page_bytes())
            printf(": byte %td behind the %s", p - a->end + 1, a->name);
        else if (p < a->from && p >= a->from - page_bytes())
            printf(": before the %s", a->name);
        else if (p >= a->from && p < a->end)
            printf(": write to the %s", a->name);
    printf("\n");
}

#endif
