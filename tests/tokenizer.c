/* tokenizer.c: lets tests/tokenizer.t call the tokenizer and the UTF-8 functions.
   tokenizer SECTION < commands: "NAME FLAGS BYTES\n" and as many bytes; each writes one line.
   Every buffer has exactly the promised size, so that sanitizers see one byte too many. */

#include "tok.h"
#include "utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *allocate(size_t n)
{
    void *p = malloc(n ? n : 1);
    if (!p)
        abort();
    return p;
}

static char *read_bytes(FILE *f, size_t n)
{
    char *bytes = allocate(n);
    if (fread(bytes, 1, n, f) != n)
        abort();
    return bytes;
}

static unsigned char *read_section(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0)
        abort();
    long n = ftell(f);
    rewind(f);
    unsigned char *section = (unsigned char *)read_bytes(f, (size_t)n);
    fclose(f);
    return section;
}

static void print_hex(const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        printf("%02x", (unsigned char)bytes[i]);
    putchar('\n');
}

/* Ids of the text, or the return value where there are none; "count" and "tight" print less. */
static void encode(const struct tok *t, const char *name, int flags, const char *text, size_t n)
{
    size_t max = strcmp(name, "tight") == 0 ? n / 2 : TOK_IDS_MAX(n);
    int32_t *ids = allocate(max * sizeof *ids);
    void *scratch = allocate(tok_scratch_bytes(n));
    long count = tok_encode(t, text, n, flags, ids, max, scratch);
    if (strcmp(name, "encode") != 0)
        printf("%ld", count);
    else
        for (long i = 0; i < count; i++)
            printf(i ? " %" PRId32 : "%" PRId32, ids[i]);
    putchar('\n');
    free(scratch);
    free(ids);
}

/* For every id in the text: its bytes in hex, then / and c for control, e for end of generation. */
static void pieces(const struct tok *t, const char *text, size_t n_text)
{
    char *list = allocate(n_text + 1), *at = list, *end;
    memcpy(list, text, n_text);
    list[n_text] = '\0';
    for (long id = strtol(at, &end, 10); end != at; id = strtol(at, &end, 10)) {
        const char *bytes;
        size_t n = tok_piece(t, (int32_t)id, &bytes);
        for (size_t i = 0; i < n; i++)
            printf("%02x", (unsigned char)bytes[i]);
        printf("/%s%s ", tok_is_control(t, (int32_t)id) ? "c" : "",
               tok_is_eog(t, (int32_t)id) ? "e" : "");
        at = end;
    }
    putchar('\n');
    free(list);
}

/* What the output filter makes of the text when it comes in parts of `step` bytes. */
static void stream(const char *text, size_t n, size_t step)
{
    struct utf8_stream s = {0};
    char *out = allocate(3 * n + 3);
    size_t written = 0;
    for (size_t at = 0; at < n; at += step) {
        size_t part = n - at < step ? n - at : step;
        char *bound = allocate(3 * part + 3);
        size_t k = utf8_stream_put(&s, text + at, part, bound);
        memcpy(out + written, bound, k);
        written += k;
        free(bound);
    }
    written += utf8_stream_end(&s, out + written);
    print_hex(out, written);
    free(out);
}

/* The text as tok_clean leaves it. */
static void clean(char *text, size_t n) { print_hex(text, tok_clean(text, n)); }

int main(int argc, char **argv)
{
    if (argc != 2)
        return 64;
    unsigned char *section = read_section(argv[1]);
    struct tok t;
    tok_open(&t, section);
    char name[16];
    int flags;
    size_t n;
    while (scanf("%15s %d %zu", name, &flags, &n) == 3 && getchar() == '\n') {
        char *text = read_bytes(stdin, n);
        if (strcmp(name, "pieces") == 0)
            pieces(&t, text, n);
        else if (strcmp(name, "check") == 0)
            printf("%zu\n", utf8_check(text, n));
        else if (strcmp(name, "clean") == 0)
            clean(text, n);
        else if (strcmp(name, "stream") == 0)
            stream(text, n, (size_t)flags);
        else
            encode(&t, name, flags, text, n);
        free(text);
    }
    free(section);
    return 0;
}
