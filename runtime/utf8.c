/* utf8.c: checks UTF-8 and keeps streamed output well-formed.
   Contract: utf8.h. */

#include "utf8.h"

#include <string.h>

/* Bytes of the character that begins with this byte, 0 if none does. */
static size_t length_from(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* May byte c follow the n >= 1 bytes at s, the start of a longer character? */
static int may_follow(const char *s, size_t n, unsigned char c)
{
    unsigned char low = 0x80, high = 0xbf;
    if (n == 1) {
        switch ((unsigned char)s[0]) {
        case 0xe0: low = 0xa0; break;     /* below: overlong */
        case 0xed: high = 0x9f; break;    /* above: surrogates */
        case 0xf0: low = 0x90; break;     /* below: overlong */
        case 0xf4: high = 0x8f; break;    /* above: beyond U+10FFFF */
        }
    }
    return low <= c && c <= high;
}

size_t utf8_check(const char *text, size_t n)
{
    for (size_t at = 0; at < n;) {
        size_t length = length_from((unsigned char)text[at]);
        if (length == 0 || length > n - at)
            return at;
        for (size_t i = 1; i < length; i++)
            if (!may_follow(text + at, i, (unsigned char)text[at + i]))
                return at;
        at += length;
    }
    return n;
}

static size_t put_replacement(char *out)
{
    memcpy(out, "\xef\xbf\xbd", 3);
    return 3;
}

size_t utf8_stream_put(struct utf8_stream *s, const char *bytes, size_t n, char *out)
{
    size_t written = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (s->n > 0 && !may_follow(s->tail, s->n, c))
            written += utf8_stream_end(s, out + written);
        if (s->n == 0 && length_from(c) == 0) {
            written += put_replacement(out + written);
            continue;
        }
        s->tail[s->n++] = bytes[i];
        if (s->n == length_from((unsigned char)s->tail[0])) {
            memcpy(out + written, s->tail, s->n);
            written += s->n;
            s->n = 0;
        }
    }
    return written;
}

size_t utf8_stream_end(struct utf8_stream *s, char *out)
{
    size_t written = s->n > 0 ? put_replacement(out) : 0;
    s->n = 0;
    return written;
}
