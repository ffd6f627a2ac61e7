
/* ---- the file ---- */

$ for i, t in ipairs(tensors) do
$   if t.bits then
static const uint32_t constants${i}[] = { ${t.bits} }; /* f32 */

$   end
$ end
static const struct tensor tensors[] = {
$ for i, t in ipairs(tensors) do
    {"${t.name}", ${t.writer}, ${t.rows}, ${t.k}, ${t.halves}, {${t.from}}, {${t.scale}}, ${t.bits and "constants" .. i or "0"}},
$ end
};

/* import HEADER OUTPUT SHARD... */
int main(int argc, char **argv)
{
    if (argc < 4)
        error_die(error_set(E_USAGE, "import HEADER OUTPUT SHARD..."));
    signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is a failed write like any other */
    paths = argv + 3;
    sink = open(argv[2], O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (sink < 0)
        error_die(error_set(E_OUT_CREATE, "%s: %s", argv[2], strerror(errno)));
    bar = progress_start("importing", ${total}ull, "MB", 1e6);
    copy_header(argv[1]);
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) {
        tensors[i].write(&tensors[i]);
        put_zeros(-(flushed + used) & 31);
    }
    flush();
    progress_end(&bar);
    if (flushed != ${total}ull)
        error_die(error_set(E_INTERNAL, "%llu bytes written, not ${total}", (unsigned long long)flushed));
    if (close(sink) != 0)
        error_die(error_set(E_OUT_WRITE, "the model file: %s", strerror(errno)));
    return 0;
}
