
/* ---- the image at the end of the executable: page-aligned, then a trailer that says where ---- */

static void copy_file(const char *path, uint64_t *at)
{
    source = open(path, O_RDONLY | O_CLOEXEC);
    if (source < 0)
        error_die(error_set(E_OPEN, "%s: %s", path, strerror(errno)));
    for (ssize_t n; (n = read(source, chunk, CHUNK)) != 0; *at += (uint64_t)n) {
        if (n < 0)
            error_die(error_set(E_READ, "%s: %s", path, strerror(errno)));
        write_at(chunk, (size_t)n, *at);
    }
    close(source);
}

static void append_image(const char *program, const char *image)
{
    struct image_trailer trailer = {IMAGE_TRAILER_MAGIC, 0, ${image_bytes}ull};
    uint64_t at = 0;
    copy_file(program, &at);
    trailer.offset = at = (at + IMAGE_APPEND_ALIGN - 1) / IMAGE_APPEND_ALIGN * IMAGE_APPEND_ALIGN;
    copy_file(image, &at);
    write_at(&trailer, sizeof trailer, at);
}
