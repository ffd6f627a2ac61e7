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

enum { CHUNK = 1 << 20, SOURCE_MAX = ${source_max}, TILE_MAX = ${tile_max}, K_MAX = ${k_max} };
enum { CTX = ${ctx}, HEAD_DIM = ${head_dim} };

static int source, sink;
static uint8_t *tensor, *chunk;              /* one whole matrix as stored; one piece of anything */

static void read_at(void *to, size_t n, uint64_t offset)
{
    for (uint8_t *p = to; n > 0;) {
        ssize_t got = pread(source, p, n, (off_t)offset);
        if (got <= 0)
            error_die(error_set(E_READ, "the model file: %s", got ? strerror(errno) : "it ends early"));
        p += got, n -= (size_t)got, offset += (uint64_t)got;
    }
}

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

/* All-ones exponents are infinities and NaNs. */
static void check_f32(const void *bytes, uint64_t count, const char *name)
{
    const uint8_t *p = bytes;
    for (uint64_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, p + 4 * i, 4);
        if ((bits & 0x7f800000) == 0x7f800000)
            error_die(error_set(E_MODEL_SCALE, "%s: value %llu is not finite", name, (unsigned long long)i));
    }
}

static void check_u16(const uint8_t *p, uint64_t count, uint64_t stride, unsigned exponent, const char *name)
{
    unsigned bad = 0;
    for (uint64_t i = 0; i < count; i++)
        bad |= ((p[i * stride] | (unsigned)p[i * stride + 1] << 8) & exponent) == exponent;
    if (bad)
        error_die(error_set(E_MODEL_SCALE, "%s holds a value that is not finite", name));
}

/* ---- matrices: unpacked from the file's format to codes (weight + 1), packed for the kernel, tile by tile ---- */

struct matrix {
    const char *name;
    void (*unpack)(const struct matrix *, int row, uint8_t *codes);
    float (*scale)(const struct matrix *);
    void (*pack)(const uint8_t *codes, const struct matrix *, uint8_t *out);
    uint64_t from, bytes, to, scale_to, factor_from;   /* factor_from: of an f32 that multiplies the scale; 0: none */
    int rows, rows_pad, k, k_pad, tile, tile_bytes;
};
${unpackers}${packers}
static void pack_matrix(const struct matrix *m)
{
    static uint8_t codes[TILE_MAX][K_MAX], packed[TILE_MAX * K_MAX];
    float scale, factor;
    read_at(tensor, m->bytes, m->from);
    for (int row = 0; row < m->rows_pad; row += m->tile) {
        memset(codes, 1, sizeof codes);
        for (int i = 0; i < m->tile && row + i < m->rows; i++)
            m->unpack(m, row + i, codes[i]);
        m->pack(codes[0], m, packed);
        write_at(packed, (size_t)m->tile_bytes, m->to + (uint64_t)(row / m->tile) * (uint64_t)m->tile_bytes);
    }
    scale = m->scale(m);
    if (m->factor_from) {
        read_at(&factor, sizeof factor, m->factor_from);
        scale *= factor;
    }
    check_f32(&scale, 1, m->name);
    write_at(&scale, sizeof scale, m->scale_to);
}
