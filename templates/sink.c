
/* ---- the file to write, from its first byte to its last ---- */

static int sink = -1;
static uint8_t buffer[1 << 20];
static size_t used;
static uint64_t flushed;
static struct progress bar;

static void flush(void)
{
    for (size_t at = 0; at < used;) {
        ssize_t put = write(sink, buffer + at, used - at);
        if (put < 0)
            error_die(error_set(E_OUT_WRITE, "the model file: %s", strerror(errno)));
        at += (size_t)put;
    }
    flushed += used;
    used = 0;
    progress_show(&bar, flushed);
}

/* The next n bytes of the file, n <= sizeof buffer. */
static void put(const void *bytes, size_t n)
{
    if (sizeof buffer - used < n)
        flush();
    memcpy(buffer + used, bytes, n);
    used += n;
}

static void put_zeros(size_t n)
{
    static const uint8_t zeros[32];
    put(zeros, n);
}

static void pad_to_32(void)
{
    put_zeros(-(flushed + used) & 31);
}

/* Opens the output and begins it with the header, a file that the generator wrote. */
static void begin_output(const char *path, const char *header_path)
{
    static uint8_t piece[1 << 16];
    signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is a failed write like any other */
    sink = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (sink < 0)
        error_die(error_set(E_OUT_CREATE, "%s: %s", path, strerror(errno)));
    int header = open(header_path, O_RDONLY | O_CLOEXEC);
    if (header < 0)
        error_die(error_set(E_OPEN, "%s: %s", header_path, strerror(errno)));
    for (ssize_t n; (n = read(header, piece, sizeof piece)) != 0;) {
        if (n < 0)
            error_die(error_set(E_READ, "%s: %s", header_path, strerror(errno)));
        put(piece, (size_t)n);
    }
    close(header);
}

/* total: the bytes that there must be. */
static void end_output(uint64_t total)
{
    flush();
    progress_end(&bar);
    if (flushed != total)
        error_die(error_set(E_INTERNAL, "%llu bytes written, not %llu", (unsigned long long)flushed, (unsigned long long)total));
    if (close(sink) != 0)
        error_die(error_set(E_OUT_WRITE, "the model file: %s", strerror(errno)));
}
