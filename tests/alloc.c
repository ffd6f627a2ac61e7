/* alloc.c: linked into a program, counts what it allocates after its first evaluated batch; for
   tests/alloc.t. Link with -Wl,--wrap=model_eval. Stands in for malloc and its family, in libc too. */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static int evaluated;                      /* batches; allocations count from the first one on */
static int calls;                          /* of the functions below */
static const char *first = "none";         /* the first of them */
static long pages, pages_more;             /* of address space: at the first batch, added later */

/* ---- the allocator: a static heap that only grows; the size stands before each block ---- */

static _Alignas(64) unsigned char heap[1 << 22];
static size_t top;

static void count(const char *name)
{
    if (evaluated && !calls++)
        first = name;
}

static void *take(size_t align, size_t size)
{
    size_t at = (top + sizeof size + align - 1) / align * align;
    if (size > sizeof heap || at > sizeof heap - size) {
        errno = ENOMEM;
        return NULL;
    }
    memcpy(heap + at - sizeof size, &size, sizeof size);
    top = at + size;
    return heap + at;
}

void free(void *block) { (void)block; }

void *malloc(size_t size)
{
    count("malloc");
    return take(64, size);
}

void *calloc(size_t n, size_t size)
{
    count("calloc");
    return n > SIZE_MAX / (size + 1) ? NULL : take(64, n * size);
}

void *memalign(size_t align, size_t size)
{
    count("memalign");
    return take(align, size);
}

void *aligned_alloc(size_t align, size_t size)
{
    count("aligned_alloc");
    return take(align, size);
}

int posix_memalign(void **block, size_t align, size_t size)
{
    count("posix_memalign");
    *block = take(align, size);
    return *block ? 0 : ENOMEM;
}

void *realloc(void *old, size_t size)
{
    count("realloc");
    size_t old_size = 0;
    if (old)
        memcpy(&old_size, (unsigned char *)old - sizeof old_size, sizeof old_size);
    void *block = take(64, size);
    return block && old_size ? memcpy(block, old, old_size < size ? old_size : size) : block;
}

/* ---- pages ---- */

void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
    count("mmap");
    return (void *)syscall(SYS_mmap, address, size, protection, flags, fd, offset);
}

void *mmap64(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
    return mmap(address, size, protection, flags, fd, offset);
}

void *mremap(void *old, size_t old_size, size_t size, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    void *address = flags & MREMAP_FIXED ? va_arg(more, void *) : NULL;
    va_end(more);
    count("mremap");
    return (void *)syscall(SYS_mremap, old, old_size, size, flags, address);
}

int brk(void *end)
{
    count("brk");
    return syscall(SYS_brk, end) == (long)(intptr_t)end ? 0 : -1;
}

void *sbrk(intptr_t more)
{
    count("sbrk");
    long end = syscall(SYS_brk, 0);
    return more && brk((void *)(end + more)) ? (void *)-1 : (void *)end;
}

/* ---- when to count, and the report ---- */

/* Pages of address space. What libc maps for itself (stacks of threads) passes by the functions above. */
static long pages_now(void)
{
    char text[32] = "";
    int fd = open("/proc/self/statm", O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (n <= 0 || close(fd) != 0)
        abort();
    return strtol(text, NULL, 10);
}

int __real_model_eval(void *model, const int32_t *ids, int n, int pos);

int __wrap_model_eval(void *model, const int32_t *ids, int n, int pos)
{
    int e = __real_model_eval(model, ids, n, pos);
    long now = pages_now();
    if (!evaluated++)
        pages = now;
    if (now - pages > pages_more)
        pages_more = now - pages;
    return e;
}

__attribute__((destructor)) static void report(void)
{
    dprintf(2, "alloc: %d batches, %d calls (%s), %ld pages\n", evaluated, calls, first,
            pages_more);
}
