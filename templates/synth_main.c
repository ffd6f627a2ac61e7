
/* ---- the file ---- */

static const struct tensor tensors[] = {
$ for _, t in ipairs(tensors) do
    {${t.writer}, ${t.n}, ${t.dims[1]}, ${t.scale} * 0x1p-24${t.tile}}, /* ${t.name} */
$ end
};

$ for i, bytes in ipairs(header) do
$   if bytes ~= "" then
static const uint8_t header${i}[] = {
${bytes}
};

$   end
$ end
int main(int argc, char **argv)
{
    if (argc != 2 || !(file = fopen(argv[1], "wb")))
        return EXIT_FAILURE;
    put(header1, sizeof header1);
    put_words();
    put(header2, sizeof header2);
    put_scores();
    put(header3, sizeof header3);
    put_types();
$ if not spm then
    put(header4, sizeof header4);
    put_merges();
$ end
    put(header5, sizeof header5);
    pad_to_32();

$ if hole then
    flush();
    if (fflush(file) != 0 || ftruncate(fileno(file), (off_t)(flushed + ${hole})) != 0)
        return EXIT_FAILURE;
    return fclose(file) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
$ end
    bar = progress_start("writing", ${bytes}ull, "MB", 1e6);
    fill_ternary(plain, (const uint64_t[]){296, 432, 296});
$ if direction then
    fill_ternary(biased, (const uint64_t[]){${direction}});
$ end
    for (size_t i = 0; i < sizeof tensors / sizeof tensors[0]; i++) {
        start_stream(i);
        tensors[i].write(&tensors[i]);
        pad_to_32();
    }
    flush();
    progress_end(&bar);
    return fclose(file) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
