/* huge.c: huge pages for the image and the cache. Contract: map.h. */
#define _GNU_SOURCE

#include "map.h"

#if defined(__linux__)

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_PAGE ((size_t)2 << 20)        /* the usual size */

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25                   /* Linux 6.1 */
#endif

/* Whether the kernel makes huge pages of free memory for those who ask: "always", "madvise" or
   "never" stands in brackets (Documentation/admin-guide/mm/transhuge.rst). */
static int is_made(void)
{
    char text[64];
    int fd = open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[n < 0 ? 0 : n] = '\0';
    return n > 0 && !strstr(text, "[never]");
}

static void *reserved_pages(size_t bytes)
{
    void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
    return pages == MAP_FAILED ? NULL : pages;
}

/* Whole huge pages out of a page more. */
static void *made_pages(size_t bytes)
{
    unsigned char *all = mmap(NULL, bytes + HUGE_PAGE, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED)
        return NULL;
    size_t before = HUGE_PAGE - (uintptr_t)all % HUGE_PAGE;
    munmap(all, before);
    if (before < HUGE_PAGE)
        munmap(all + before + bytes, HUGE_PAGE - before);
    if (is_made() && madvise(all + before, bytes, MADV_HUGEPAGE) == 0)
        return all + before;
    munmap(all + before, bytes);
    return NULL;
}

enum error map_huge(struct map *map)
{
    size_t bytes = (map->bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    uint64_t memory = map_physical();
    if (memory > 0 && bytes > memory / 2)
        return error_set(E_MEM, "a copy of the image takes %zu of %" PRIu64 " MB of memory",
                         bytes / 1000000, memory / 1000000);
    void *copy = reserved_pages(bytes);
    if (!copy)
        copy = made_pages(bytes);
    if (!copy)
        return error_set(E_MEM, "there are no huge pages; the image stays in its file's");
    memcpy(copy, map->image, map->bytes);
    size_t size = map->bytes;
    map_close(map);
    *map = (struct map){ copy, size, bytes };
    return E_OK;
}

void map_collapse(void *memory, size_t bytes)
{
    if (bytes <= map_physical() / 8 && is_made())
        madvise(memory, bytes, MADV_COLLAPSE);
}

#else

enum error map_huge(struct map *map)
{
    (void)map;
    return error_set(E_MEM, "not on this system");
}

void map_collapse(void *memory, size_t bytes)
{
    (void)memory;
    (void)bytes;
}

#endif
