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

enum { CHUNK = 1 << 20, SOURCE_MAX = ${source_max}, TILE_MAX = ${tile_max}, K_MAX = ${k_max}, CTX = ${ctx}, HEAD_DIM = ${head_dim} };

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

/* ---- matrices: unpacked from the file's format to codes (weight + 1), packed for the kernel, a tile of rows at a time ---- */

struct matrix {
    const char *name;
    void (*unpack)(const struct matrix *, int row, uint8_t *codes);
    float (*scale)(const struct matrix *);
    void (*pack)(const uint8_t *codes, const struct matrix *, uint8_t *out);
    uint64_t from, bytes, to, scale_to;
    int rows, rows_pad, k, k_pad, tile, row_bytes;      /* row_bytes: of one packed row */
};
${unpackers}${packers}
static void pack_matrix(const struct matrix *m)
{
    static uint8_t codes[TILE_MAX][K_MAX], packed[TILE_MAX * K_MAX];
    float scale;
    read_at(tensor, m->bytes, m->from);
    for (int row = 0; row < m->rows_pad; row += m->tile) {
        memset(codes, 1, sizeof codes);
        for (int i = 0; i < m->tile && row + i < m->rows; i++)
            m->unpack(m, row + i, codes[i]);
        m->pack(codes[0], m, packed);
        write_at(packed, (size_t)m->tile * (size_t)m->row_bytes, m->to + (uint64_t)row * (uint64_t)m->row_bytes);
    }
    scale = m->scale(m);
    check_f32(&scale, 1, m->name);
    write_at(&scale, sizeof scale, m->scale_to);
}

/* ---- norms, rows, tables ---- */

struct norm { const char *name; uint64_t from, to; int n, f16; };

/* f32 norms as they are; f16 norms widened: exponent and fraction moved into place are 2^112 too small. */
static void pack_norm(const struct norm *m)
{
    float *out = (float *)(void *)chunk;
    read_at(tensor, (size_t)m->n * (m->f16 ? 2 : 4), m->from);
    if (m->f16)
        check_u16(tensor, (uint64_t)m->n, 2, 0x7c00, m->name);
    else
        check_f32(tensor, (uint64_t)m->n, m->name);
    for (int i = 0; i < m->n; i++)
        if (m->f16) {
            uint32_t h = tensor[2 * i] | (uint32_t)tensor[2 * i + 1] << 8;
            float f = real_from_bitsf((h & 0x7fff) << 13) * 0x1p112f;
            out[i] = h & 0x8000 ? -f : f;
        } else
            memcpy(out + i, tensor + 4 * i, 4);
    write_at(out, (size_t)m->n * 4, m->to);
}

struct rows { const char *name, *type; uint64_t from, to; int rows, from_bytes, to_bytes, blocks, d_offset; };

/* Embedding and head rows keep their format; plain rows are padded with zeros to whole lanes. */
static void pack_rows(const struct rows *r, struct progress *bar)
{
    int at_once = CHUNK / r->to_bytes > 0 ? CHUNK / r->to_bytes : 1;
    for (int row = 0; row < r->rows; row += at_once) {
        int n = r->rows - row < at_once ? r->rows - row : at_once;
        uint64_t stored = (uint64_t)n * (uint64_t)r->from_bytes, units = (uint64_t)n * (uint64_t)r->blocks;
        read_at(tensor, stored, r->from + (uint64_t)row * (uint64_t)r->from_bytes);
        if (strcmp(r->type, "f32") == 0)
            check_f32(tensor, units, r->name);
        else
            check_u16(tensor + r->d_offset, units, stored / units, strcmp(r->type, "bf16") ? 0x7c00 : 0x7f80, r->name);
        memset(chunk, 0, (size_t)n * (size_t)r->to_bytes);
        for (int i = 0; i < n; i++)
            memcpy(chunk + (size_t)i * (size_t)r->to_bytes, tensor + (size_t)i * (size_t)r->from_bytes, (size_t)r->from_bytes);
        write_at(chunk, (size_t)n * (size_t)r->to_bytes, r->to + (uint64_t)row * (uint64_t)r->to_bytes);
        progress_show(bar, r->to + (uint64_t)row * (uint64_t)r->to_bytes);
    }
}

/* Per position: cos of every pair, then sin (docs/NUMERICS.md 2.4). */
static void pack_rope(uint64_t to)
{
    double base = (double)real_from_bitsf(${rope_base_bits}), frequency[HEAD_DIM / 2];
    for (int j = 0; j < HEAD_DIM / 2; j++)
        frequency[j] = real_exp(-((2.0 * j) / HEAD_DIM) * real_log(base));
    for (int pos = 0; pos < CTX; pos++) {
        float row[HEAD_DIM];
        for (int j = 0; j < HEAD_DIM / 2; j++) {
            row[j] = (float)real_cos(pos * frequency[j]);
            row[HEAD_DIM / 2 + j] = (float)real_sin(pos * frequency[j]);
        }
        write_at(row, sizeof row, to + (uint64_t)pos * sizeof row);
    }
}
${main}
