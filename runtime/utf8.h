/* utf8.h: UTF-8 as the Unicode Standard defines it (table 3-7: no overlong forms, no surrogates,
   nothing above U+10FFFF): a check for input, a filter for output that arrives in pieces. */
#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The offset of the first byte that begins no well-formed character, or n. */
size_t utf8_check(const char *text, size_t n);

/* Holds back the bytes of a character that is not complete yet. {0} at the start. */
struct utf8_stream {
    char tail[4];
    size_t n;
};

/* Takes n bytes and writes every character that is complete to out, which has room for 3*n + 3.
   What cannot be part of a character becomes U+FFFD, one for each longest start of a character.
   Returns the number of bytes written. */
size_t utf8_stream_put(struct utf8_stream *s, const char *bytes, size_t n, char *out);

/* The end: a tail still held back becomes one U+FFFD. Returns the bytes written, 0 or 3. */
size_t utf8_stream_end(struct utf8_stream *s, char *out);

/* The character at text[*at], well-formed; *at moves behind it. */
static inline uint32_t utf8_next(const char *text, size_t *at)
{
    const unsigned char *s = (const unsigned char *)text + *at;
    if (s[0] < 0x80) {
        *at += 1;
        return s[0];
    }
    if (s[0] < 0xe0) {
        *at += 2;
        return (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu);
    }
    if (s[0] < 0xf0) {
        *at += 3;
        return (s[0] & 0x0fu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
    }
    *at += 4;
    return (s[0] & 0x07u) << 18 | (s[1] & 0x3fu) << 12 | (s[2] & 0x3fu) << 6 | (s[3] & 0x3fu);
}

#endif
