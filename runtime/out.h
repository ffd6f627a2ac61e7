/* out.h: stdout, buffered in static memory. Whatever cannot be written ends the program as
   E_OUT_WRITE. SIGPIPE keeps its default action: a reader that goes away ends it quietly. */
#ifndef OUT_H
#define OUT_H

#include <stddef.h>

void out_start(void);                      /* before anything is read or written */
void out_bytes(const char *bytes, size_t n);
void out_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
void out_json_string(const char *s);       /* quoted; bytes outside printable ASCII as \u00XX */
void out_flush(void);
int out_is_terminal(void);

#endif
