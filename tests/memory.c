/* memory.c: what a decode at full context has in memory. Arguments: image, threads, bytes of rows at
   the image's end that are read one by one. Fills the context in whole batches, decodes the last
   token alone, chooses the next, and prints the bytes in use: without those rows, and of them. A
   page counts that /proc/self/pagemap has, so those count too that the system mapped around the
   ones that were read. Two more numbers: bytes in huge pages, and of four megabytes those that
   the system puts there when asked at once. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine.h"
#include "map.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25                   /* Linux 6.1 */
#endif

enum { PAGE = 4096 };

static void check(int error)
{
    if (error) {
        fprintf(stderr, "%s\n", model_error());
        exit(1);
    }
}

/* Bytes in memory of [from, to), whole pages. */
static long long resident(const unsigned char *from, const unsigned char *to)
{
    int f = open("/proc/self/pagemap", O_RDONLY);
    long long bytes = 0;
    uint64_t entry;
    for (uintptr_t at = (uintptr_t)from / PAGE; at < (uintptr_t)to / PAGE; at++) {
        if (pread(f, &entry, sizeof entry, (off_t)(at * sizeof entry)) != sizeof entry)
            exit(1);
        bytes += entry >> 63 ? PAGE : 0;
    }
    close(f);
    return bytes;
}

static long long in_use(void)
{
    long long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%*d %lld", &pages) != 1)
        exit(1);
    fclose(f);
    return pages * PAGE;
}

/* Bytes in huge pages, of all that is not a file's. */
static long long huge(void)
{
    char line[256];
    long long kb = 0;
    FILE *f = fopen("/proc/self/smaps_rollup", "r");
    while (f && fgets(line, sizeof line, f))
        sscanf(line, "AnonHugePages: %lld", &kb);
    if (f)
        fclose(f);
    return 1024 * kb;
}

/* There is a whole huge page in four megabytes, wherever they begin. */
static long long can_be_huge(void)
{
    size_t bytes = 4 << 20;
    long long before = huge();
    void *memory = map_memory(bytes);
    if (memory)
        madvise(memset(memory, 1, bytes), bytes, MADV_COLLAPSE);
    return huge() - before;
}

int main(int argc, char **argv)
{
    static const struct sample_options options = SAMPLE_DEFAULTS;
    const struct sample_need need = sample_need(&options, NULL, 0);
    static int32_t ids[MODEL_BATCH];
    struct candidate *list;
    struct model *m;
    int count, n = 0;
    if (argc != 4)
        return 1;
    check(model_open(&m, argv[1], NULL, atoi(argv[2])));
    for (int pos = 0; pos < MODEL_CTX; pos += n) {
        n = MODEL_CTX - pos < MODEL_BATCH ? MODEL_CTX - pos : MODEL_BATCH;
        for (int i = 0; i < n; i++)
            ids[i] = (pos + i) % MODEL_VOCAB;
        check(model_eval(m, ids, n, pos));
    }
    check(model_eval(m, ids + n - 1, 1, MODEL_CTX - 1));
    check(model_candidates(m, 0, &need, &list, &count));
    const unsigned char *end = model_image(m) + MODEL_IMAGE_BYTES;
    long long rows = resident(end - atoll(argv[3]), end);
    printf("%lld %lld %lld", in_use() - rows, rows, huge());
    printf(" %lld\n", can_be_huge());
    model_close(m);
    return 0;
}
