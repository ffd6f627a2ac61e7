/* text.c: reads and tokenizes a whole text. Contract: text.h. */
#define _POSIX_C_SOURCE 200809L

#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "map.h"
#include "utf8.h"

enum error text_check(const char *what, const char *bytes, size_t length)
{
    size_t bad = utf8_check(bytes, length);
    if (bad == length)
        return E_OK;
    return error_set(E_UTF8, "%s: byte %zu: 0x%02x does not belong to well-formed UTF-8",
                     what, bad, (unsigned)(unsigned char)bytes[bad]);
}

/* Reads to the end of the file; memory doubles as the text grows, so a pipe needs no size
   beforehand. */
static enum error read_all(struct text *text, const char *name, int fd)
{
    size_t room = 1 << 16, length = 0;
    struct stat status;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > TEXT_MAX)
        return error_set(E_PROMPT_SIZE, "%s: more than %u bytes", name, TEXT_MAX);
    char *bytes = map_memory(room);
    while (bytes) {
        ssize_t n = read(fd, bytes + length, room - length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(E_READ, "%s: %s", name, strerror(errno));
        length += (size_t)n;
        if (length > TEXT_MAX)
            return error_set(E_PROMPT_SIZE, "%s: more than %u bytes", name, TEXT_MAX);
        if (n == 0) {
            *text = (struct text){ bytes, length };
            return E_OK;
        }
        if (length == room) {
            char *larger = map_memory(2 * room);
            if (larger)
                memcpy(larger, bytes, length);
            map_release(bytes, room);
            bytes = larger;
            room *= 2;
        }
    }
    return E_MEM;
}

enum error text_read(struct text *text, const char *argument, const char *file)
{
    if (argument && strcmp(argument, "-") != 0) {
        *text = (struct text){ argument, strlen(argument) };
        return text_check("the text", text->bytes, text->length);
    }
    int from_file = file && strcmp(file, "-") != 0;
    const char *name = from_file ? file : "stdin";
    int fd = from_file ? open(file, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (fd < 0)
        return error_set(E_OPEN, "%s: %s", file, strerror(errno));
    enum error e = read_all(text, name, fd);
    if (from_file)
        close(fd);
    return e ? e : text_check(name, text->bytes, text->length);
}

enum error text_encode(const struct text *text, const struct tok *tok, int flags, int32_t **ids,
                       long *n)
{
    size_t max = TOK_IDS_MAX(text->length);
    size_t id_bytes = (max * sizeof **ids + 63) / 64 * 64,
           scratch = tok_scratch_bytes(text->length);
    if (scratch > SIZE_MAX - id_bytes)
        return error_set(E_MEM, "a text of %zu bytes is more than this address space holds",
                         text->length);
    char *memory = map_memory(id_bytes + scratch);
    if (!memory)
        return E_MEM;
    *ids = (int32_t *)(void *)memory;
    *n = tok_encode(tok, text->bytes, text->length, flags, *ids, max, memory + id_bytes);
    return E_OK;
}
