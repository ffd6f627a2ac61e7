
/* ---- all matrices ---- */

static const struct matrix matrices[] = {
$ for _, m in ipairs(matrices) do
    {${m.text}},
$ end
};

/* ask MODEL.gguf */
int main(int argc, char **argv)
{
    struct progress bar;
    uint64_t done = 0;
    if (argc != 2)
        error_die(error_set(E_USAGE, "ask MODEL.gguf"));
    tensor = malloc(${source_max});
    if (!tensor)
        error_die(error_set(E_MEM, "${source_max} bytes for one tensor"));
    open_model(argv[1]);
    bar = progress_start("reading", ${total}ull, "MB", 1e6);
    for (const struct matrix *m = matrices; m < matrices + sizeof matrices / sizeof *matrices; m++) {
        read_at(tensor, m->bytes, m->from);
        answer(m);
        progress_show(&bar, done += m->bytes);
    }
    progress_end(&bar);
    return fflush(stdout) == 0 ? 0 : EXIT_FAILURE;
}
