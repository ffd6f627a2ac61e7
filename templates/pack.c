${banner}
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "hash.h"
#include "image.h"
#include "progress.h"
#include "real.h"

/* At most: bytes of a matrix or a chunk as stored, of a matrix as packed; rows of a tile, rows that are padded together; columns
 * with their padding. */
enum {
    CHUNK = 1 << 20,
    SOURCE_MAX = ${source_max},
    PACKED_MAX = ${packed_max},
    TILE_MAX = ${tile_max},
    ROWS_MAX = ${rows_max},
    K_MAX = ${k_max},
};
enum {
    CTX = ${ctx},
    HEAD_DIM = ${head_dim},
};

static int sink;
static uint8_t *packed, *chunk; /* one whole matrix; one piece of anything */

static void write_at(const void *from, size_t n, uint64_t offset)
{
    for (const uint8_t *p = from; n > 0;) {
        ssize_t put = pwrite(sink, p, n, (off_t)offset);
        if (put < 0)
            error_die(error_set(E_OUT_WRITE, "the image: %s", strerror(errno)));
        p += put, n -= (size_t)put, offset += (uint64_t)put;
    }
}

static char temp[4096];

static void remove_temp(void)
{
    if (*temp)
        unlink(temp);
}

/* The output appears under its name when it is complete. */
static void open_output(const char *path, mode_t mode)
{
    if (snprintf(temp, sizeof temp, "%s.%ld.tmp", path, (long)getpid()) >= (int)sizeof temp)
        error_die(error_set(E_OUT_CREATE, "the name of the output is too long"));
    atexit(remove_temp);
    sink = open(temp, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (sink < 0)
        error_die(error_set(E_OUT_CREATE, "%s: %s", temp, strerror(errno)));
}

static void close_output(const char *path)
{
    if (close(sink) != 0 || rename(temp, path) != 0)
        error_die(error_set(E_OUT_WRITE, "%s: %s", path, strerror(errno)));
    *temp = 0;
}

static void check_u16(const uint8_t *p, uint64_t count, uint64_t stride, unsigned exponent, const char *name)
{
    unsigned bad = 0;
    for (uint64_t i = 0; i < count; i++)
        bad |= ((p[i * stride] | (unsigned)p[i * stride + 1] << 8) & exponent) == exponent;
    if (bad)
        error_die(error_set(E_MODEL_SCALE, "%s holds a value that is not finite", name));
}
