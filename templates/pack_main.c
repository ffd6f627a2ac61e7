
/* ---- what goes where: the image layout, byte by byte; fields in the order of their struct ---- */

static const struct packed matrices[] = {
$ for _, m in ipairs(matrices) do
    {{${m.text}},
        pack_${m.packing}, ${m.to}, ${m.packed}, ${m.scale_to}, ${m.scales}, ${m.factor_from}, ${m.groups_to}, ${m.rows_pad},
        ${m.rows_unit}, ${m.units}, ${m.k_unit}, ${m.k_pad}, ${m.tile}, ${m.tile_bytes}, ${m.lanes}, ${m.padding}},
$ end
};

static const struct norm norms[] = {
$ for _, m in ipairs(norms) do
    {"${m.name}", read_${m.type}, ${m.from}, ${m.to}, ${m.n}, ${m.block}, ${m.block_bytes}},
$ end
};

static const struct rows row_tables[] = {
$ for _, r in ipairs(tables) do
    {"${r.name}", "${r.type}", ${r.from}, ${r.to}, ${r.rows}, ${r.from_bytes}, ${r.to_bytes}, ${r.blocks}, ${r.d_offset},
        ${r.scales}, ${r.widen}},
$ end
};

static void copy_vocabulary(const char *path)
{
    int gguf = source;
    source = open(path, O_RDONLY | O_CLOEXEC);
    if (source < 0)
        error_die(error_set(E_OPEN, "%s: %s", path, strerror(errno)));
    for (uint64_t at = 0, n; at < ${vocab_bytes}; at += n) {
        n = ${vocab_bytes} - at < CHUNK ? ${vocab_bytes} - at : CHUNK;
        read_at(chunk, n, at);
        write_at(chunk, n, ${vocab_offset}ull + at);
    }
    close(source);
    source = gguf;
}

static uint64_t checksum(uint64_t from, uint64_t to)
{
    struct progress bar = progress_start("checking", to - from, "MB", 1e6);
    uint64_t h = HASH_BASIS;
    for (uint64_t at = from, n; at < to; at += n) {
        n = to - at < CHUNK ? to - at : CHUNK;
        read_at(chunk, n, at);
        h = hash_words(h, chunk, n);
        progress_show(&bar, at - from);
    }
    progress_end(&bar);
    return h;
}

/* The checksums cover what was really written: it is read back. */
static void write_header(void)
{
    struct image_header header = {IMAGE_MAGIC, IMAGE_VERSION, IMAGE_HEADER_BYTES, 0x${layout_id}, 0x${model_id},
        ${image_bytes}ull, 0, 0, "${model}", "${target}"};
    source = sink;
    header.checksum = checksum(IMAGE_HEADER_BYTES, ${image_bytes}ull);
    header.vocab_checksum = checksum(${vocab_offset}ull, ${vocab_offset}ull + (${vocab_bytes} + 7) / 8 * 8);
    write_at(&header, sizeof header, 0);
}

static void pack_all(const char *vocabulary)
{
    struct progress bar = progress_start("packing", ${image_bytes}ull, "MB", 1e6);
    if (ftruncate(sink, ${image_bytes}) != 0)
        error_die(error_set(E_OUT_WRITE, "the image: %s", strerror(errno)));
    for (size_t i = 0; i < sizeof matrices / sizeof *matrices; i++) {
        pack_matrix(matrices + i);
        progress_show(&bar, matrices[i].to);
    }
    for (size_t i = 0; i < sizeof norms / sizeof *norms; i++)
        pack_norm(norms + i);
    copy_vocabulary(vocabulary);
    pack_rope(${rope_offset}ull);
$ if screen then
    pack_screen(&bar);
$ end
    for (size_t i = 0; i < sizeof row_tables / sizeof *row_tables; i++)
$ if embd then
        if (row_tables[i].widen)
            pack_quantised(row_tables + i, &bar);
        else
            pack_rows(row_tables + i, &bar);
$ else
        pack_rows(row_tables + i, &bar);
$ end
    progress_end(&bar);
    write_header();
}

/* pack MODEL.gguf VOCABULARY IMAGE | pack append PROGRAM IMAGE OUTPUT */
int main(int argc, char **argv)
{
    int append = argc == 5 && strcmp(argv[1], "append") == 0;
    if (argc != 4 && !append)
        error_die(error_set(E_USAGE, "pack MODEL.gguf VOCABULARY IMAGE | pack append PROGRAM IMAGE OUTPUT"));
    tensor = malloc(SOURCE_MAX);
    packed = malloc(PACKED_MAX);
    chunk = malloc(2 * CHUNK);
    if (!tensor || !packed || !chunk)
        error_die(error_set(E_MEM, "%d bytes for one tensor", SOURCE_MAX));
    if (append) {
        open_output(argv[4], 0777);
        append_image(argv[2], argv[3]);
        close_output(argv[4]);
        return 0;
    }
    open_model(argv[1]);
    open_output(argv[3], 0666);
    pack_all(argv[2]);
    close_output(argv[3]);
    return 0;
}
