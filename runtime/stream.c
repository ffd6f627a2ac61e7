/* stream.c: stop texts and incomplete characters. Contract: stream.h. */
#include "stream.h"

#include <string.h>

#include "out.h"

void stream_start(struct stream *s, const struct options *o)
{
    *s = (struct stream){ .stops = o->stops, .n_stops = o->n_stops };
    s->silent = o->trace || o->density;
}

/* Lets the first n held bytes go. */
static void release(struct stream *s, size_t n)
{
    char text[3 * OPTIONS_STOP_BYTES + 3];
    if (!s->silent)
        out_bytes(text, utf8_stream_put(&s->utf8, s->held, n, text));
    memmove(s->held, s->held + n, s->n_held - n);
    s->n_held -= n;
}

/* Length of the longest suffix of the held bytes that is the beginning of a stop. */
static size_t suffix_in_stops(const struct stream *s)
{
    size_t longest = 0;
    for (int i = 0; i < s->n_stops; i++) {
        size_t n = strlen(s->stops[i]);
        if (n > s->n_held)
            n = s->n_held;
        while (n > longest && memcmp(s->held + s->n_held - n, s->stops[i], n) != 0)
            n--;
        if (n > longest)
            longest = n;
    }
    return longest;
}

int stream_put(struct stream *s, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        s->held[s->n_held++] = bytes[i];
        for (int k = 0; k < s->n_stops; k++) {
            size_t length = strlen(s->stops[k]);
            if (length <= s->n_held
                && memcmp(s->held + s->n_held - length, s->stops[k], length) == 0) {
                release(s, s->n_held - length);
                s->n_held = 0;
                return 1;
            }
        }
        release(s, s->n_held - suffix_in_stops(s));
    }
    if (!s->silent)
        out_flush();
    return 0;
}

void stream_end(struct stream *s)
{
    char text[3];
    release(s, s->n_held);
    if (!s->silent) {
        out_bytes(text, utf8_stream_end(&s->utf8, text));
        out_flush();
    }
}
