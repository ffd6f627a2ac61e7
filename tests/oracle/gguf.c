/* gguf.c: reads a GGUF file whole and finds values and tensors by name.
 * Format: ggml-org/ggml, docs/gguf.md. Little-endian files on little-endian hosts. */
#include "oracle.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TYPE_F32 = 6, TYPE_STRING = 8, TYPE_ARRAY = 9, TYPES = 13 };

/* Bytes of a value of each type; strings and arrays carry their length. */
static const unsigned char value_bytes[TYPES] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

_Noreturn void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("oracle: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

void *allocate(size_t n, size_t size)
{
    void *memory = calloc(n ? n : 1, size);
    if (!memory)
        die("no memory for %zu times %zu bytes", n, size);
    return memory;
}

struct cursor {
    const unsigned char *at, *end;
};

static const unsigned char *take(struct cursor *c, uint64_t n)
{
    const unsigned char *bytes = c->at;
    if (n > (uint64_t)(c->end - c->at))
        die("the file ends too early");
    c->at += n;
    return bytes;
}

static uint64_t take_integer(struct cursor *c, size_t bytes)
{
    uint64_t value = 0;
    memcpy(&value, take(c, bytes), bytes);
    return value;
}

static struct gguf_text take_text(struct cursor *c)
{
    struct gguf_text text;
    text.n = take_integer(c, 8);
    text.bytes = (const char *)take(c, text.n);
    return text;
}

static void skip_value(struct cursor *c, uint32_t type)
{
    if (type == TYPE_STRING) {
        take_text(c);
    } else if (type == TYPE_ARRAY) {
        uint32_t element = (uint32_t)take_integer(c, 4);
        uint64_t n = take_integer(c, 8);
        if (element == TYPE_ARRAY)
            die("an array of arrays");
        while (n-- > 0)
            skip_value(c, element);
    } else if (type < TYPES) {
        take(c, value_bytes[type]);
    } else {
        die("value type %u", (unsigned)type);
    }
}

static void read_file(struct gguf *g, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        die("cannot open %s", path);
    if (fseek(file, 0, SEEK_END) != 0)
        die("cannot seek in %s", path);
    long size = ftell(file);
    if (size < 0 || fseek(file, 0, SEEK_SET) != 0)
        die("cannot seek in %s", path);
    g->size = (uint64_t)size;
    g->bytes = allocate(g->size, 1);
    if (fread(g->bytes, 1, g->size, file) != g->size || fclose(file) != 0)
        die("cannot read %s", path);
}

static void read_values(struct gguf *g, struct cursor *c)
{
    g->values = allocate(g->n_values, sizeof *g->values);
    for (uint64_t i = 0; i < g->n_values; i++) {
        g->values[i].key = take_text(c);
        g->values[i].type = (uint32_t)take_integer(c, 4);
        g->values[i].bytes = c->at;
        skip_value(c, g->values[i].type);
    }
}

/* The data section, which offsets count from, starts after the last tensor's description. */
static void read_tensors(struct gguf *g, struct cursor *c)
{
    uint64_t *offsets = allocate(g->n_tensors, sizeof *offsets);
    g->tensors = allocate(g->n_tensors, sizeof *g->tensors);
    for (uint64_t i = 0; i < g->n_tensors; i++) {
        struct tensor *t = &g->tensors[i];
        t->name = take_text(c);
        uint32_t n_dims = (uint32_t)take_integer(c, 4);
        t->k = t->rows = 1;
        for (uint32_t dim = 0; dim < n_dims; dim++)
            *(dim == 0 ? &t->k : &t->rows) *= take_integer(c, 8);
        t->type = (uint32_t)take_integer(c, 4);
        offsets[i] = take_integer(c, 8);
    }
    const struct gguf_value *alignment = gguf_find(g, "general.alignment");
    uint64_t unit = alignment ? gguf_integer(alignment) : 32;
    uint64_t start = ((uint64_t)(c->at - g->bytes) + unit - 1) / unit * unit;
    for (uint64_t i = 0; i < g->n_tensors; i++) {
        struct tensor *t = &g->tensors[i];
        if (start + offsets[i] > g->size)
            die("%.*s begins beyond the end of the file", (int)t->name.n, t->name.bytes);
        t->space = g->size - start - offsets[i];
        for (uint64_t j = 0; j < g->n_tensors; j++)
            if (offsets[j] > offsets[i] && offsets[j] - offsets[i] < t->space)
                t->space = offsets[j] - offsets[i];
        if (!ternary_is(t) && rows_bytes(t) > t->space)
            die("%.*s reaches beyond the end of the file", (int)t->name.n, t->name.bytes);
        t->data = g->bytes + start + offsets[i];
    }
    free(offsets);
}

void gguf_open(struct gguf *g, const char *path)
{
    read_file(g, path);
    struct cursor c = {g->bytes, g->bytes + g->size};
    if (memcmp(take(&c, 4), "GGUF", 4) != 0)
        die("%s is not a GGUF file", path);
    uint64_t version = take_integer(&c, 4);
    if (version != 2 && version != 3)
        die("%s has version %u", path, (unsigned)version);
    g->n_tensors = take_integer(&c, 8);
    g->n_values = take_integer(&c, 8);
    read_values(g, &c);
    read_tensors(g, &c);
}

void gguf_close(struct gguf *g)
{
    for (uint64_t i = 0; i < g->n_tensors; i++)
        free(g->tensors[i].w), free(g->tensors[i].scale);
    free(g->tensors);
    free(g->values);
    free(g->bytes);
}

int gguf_same(struct gguf_text text, const char *string)
{
    return text.n == strlen(string) && memcmp(text.bytes, string, text.n) == 0;
}

const struct gguf_value *gguf_find(const struct gguf *g, const char *key)
{
    for (uint64_t i = 0; i < g->n_values; i++)
        if (gguf_same(g->values[i].key, key))
            return &g->values[i];
    return NULL;
}

uint64_t gguf_integer(const struct gguf_value *v)
{
    uint64_t value = 0;
    if (v->type == TYPE_F32 || value_bytes[v->type] == 0)
        die("%.*s is not an integer", (int)v->key.n, v->key.bytes);
    memcpy(&value, v->bytes, value_bytes[v->type]);
    return value;
}

float gguf_float(const struct gguf_value *v)
{
    float value;
    if (v->type != TYPE_F32)
        die("%.*s is not an f32", (int)v->key.n, v->key.bytes);
    memcpy(&value, v->bytes, sizeof value);
    return value;
}

struct gguf_text gguf_string(const struct gguf_value *v)
{
    struct gguf_text text = {(const char *)v->bytes + 8, 0};
    if (v->type != TYPE_STRING)
        die("%.*s is not a string", (int)v->key.n, v->key.bytes);
    memcpy(&text.n, v->bytes, 8);
    return text;
}

const struct tensor *gguf_tensor_if(const struct gguf *g, const char *name)
{
    for (uint64_t i = 0; i < g->n_tensors; i++)
        if (gguf_same(g->tensors[i].name, name))
            return &g->tensors[i];
    return NULL;
}

const struct tensor *gguf_tensor(const struct gguf *g, const char *name)
{
    const struct tensor *t = gguf_tensor_if(g, name);
    if (!t)
        die("no tensor %s", name);
    return t;
}
