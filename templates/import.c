/* import.c: writes one GGUF from the tensors of a Hugging Face checkpoint. tritc import makes,
 * compiles and runs it; offsets and shapes were checked by gen/import.lua. First: input and output. */

#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "progress.h"
#include "real.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "both formats are read as they lie on disk");

enum { K_MAX = ${k_max} }; /* elements of the longest row */

static char **paths; /* of the shards */
static int source = -1, source_is = -1;

/* One shard is open at a time. */
static void read_at(int shard, void *to, size_t n, uint64_t offset)
{
    if (shard != source_is) {
        if (source >= 0)
            close(source);
        source = open(paths[shard], O_RDONLY | O_CLOEXEC);
        if (source < 0)
            error_die(error_set(E_OPEN, "%s: %s", paths[shard], strerror(errno)));
        source_is = shard;
    }
    for (uint8_t *p = to; n > 0;) {
        ssize_t got = pread(source, p, n, (off_t)offset);
        if (got <= 0)
            error_die(error_set(E_READ, "%s: %s", paths[shard], got ? strerror(errno) : "it ends early"));
        p += got, n -= (size_t)got, offset += (uint64_t)got;
    }
}
