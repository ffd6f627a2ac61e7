/* map.c: finds, checks and maps the image. Contract: map.h, image.h. */
#define _DEFAULT_SOURCE
#define _FILE_OFFSET_BITS 64

#include "map.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash.h"
#include "image.h"
#include "model.h"

/* ---- memory ---- */

#if defined(__wasi__)

#include <wasi/api.h>

#define WASM_PAGE 65536

uint64_t map_physical(void) { return UINT64_C(1) << 32; }

/* Pages come zeroed, and are never given back: WebAssembly's memory only grows. */
void *map_memory(size_t bytes)
{
    size_t first = __builtin_wasm_memory_grow(0, bytes / WASM_PAGE + 1);
    if (first != SIZE_MAX)
        return (void *)(first * WASM_PAGE);
    error_set(E_MEM, "%zu bytes of memory: more than WebAssembly's 4 GB, or than there is", bytes);
    return NULL;
}

void map_release(void *memory, size_t bytes)
{
    (void)memory;
    (void)bytes;
}

/* An image that is read cannot shrink. */
static void watch(const unsigned char *begin, size_t bytes)
{
    (void)begin;
    (void)bytes;
}

static void unwatch(const unsigned char *begin) { (void)begin; }

#else

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>

uint64_t map_physical(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0;
}

void *map_memory(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED)
        return memory;
    error_set(E_MEM, "%zu bytes of memory: %s", bytes, strerror(errno));
    return NULL;
}

void map_release(void *memory, size_t bytes)
{
    munmap(memory, bytes);
}

/* ---- a file that shrinks under its mapping ---- */

#define WATCHED 8                          /* mappings open at once; others die by SIGBUS */

static struct { const unsigned char *begin, *end; } watched[WATCHED];
static struct sigaction previous;          /* what SIGBUS did before the first map_open */
static atomic_flag told = ATOMIC_FLAG_INIT; /* several threads may meet the end at once */

static void on_bus_error(int signal, siginfo_t *info, void *context)
{
    static const char text[] =
        "error: E_MODEL_SHRANK: " MODEL_NAME ".img: the image was cut short while in use\n";
    (void)context;
    const unsigned char *address = info->si_addr;
    for (int i = 0; info->si_code > 0 && i < WATCHED; i++) {
        if (address >= watched[i].begin && address < watched[i].end) {
            while (atomic_flag_test_and_set(&told))
                pause();                   /* another thread tells it, and ends this one */
            ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
            (void)written;                 /* nobody is left to tell */
            _exit(error_exit(E_MODEL_SHRANK));
        }
    }
    sigaction(SIGBUS, &previous, NULL);    /* not ours: the faulting instruction runs again */
    if (info->si_code <= 0)
        raise(signal);                     /* sent by a process: no instruction would repeat it */
}

static void watch(const unsigned char *begin, size_t bytes)
{
    static int installed;
    if (!installed) {
        struct sigaction action = { .sa_sigaction = on_bus_error,
                                    .sa_flags = SA_SIGINFO | SA_ONSTACK };
        sigemptyset(&action.sa_mask);
        installed = sigaction(SIGBUS, &action, &previous) == 0;
    }
    for (int i = 0; i < WATCHED; i++) {
        if (!watched[i].begin) {
            watched[i].end = begin + bytes;
            watched[i].begin = begin;
            return;
        }
    }
}

static void unwatch(const unsigned char *begin)
{
    for (int i = 0; i < WATCHED; i++)
        if (watched[i].begin == begin)
            watched[i].begin = watched[i].end = NULL;
}

#endif

/* ---- the file ---- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Opens a regular file for reading; O_NONBLOCK keeps a fifo from blocking before it is refused. */
static enum error open_regular(const char *path, int *fd, uint64_t *size)
{
    struct stat status;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0)
        return error_set(E_OPEN, "%s: %s", path, strerror(errno));
    if (fstat(*fd, &status) == 0 && S_ISREG(status.st_mode)) {
        *size = (uint64_t)status.st_size;
        return E_OK;
    }
    close(*fd);
    return error_set(E_NOT_REGULAR, "%s: not a regular file", path);
}

/* Reads up to n bytes at offset; *got is less at the end of the file. */
static enum error read_at(int fd, const char *path, uint64_t offset, void *to, size_t n,
                          size_t *got)
{
    for (*got = 0; *got < n;) {
        ssize_t r = pread(fd, (char *)to + *got, n - *got, (off_t)(offset + *got));
        if (r == 0)
            break;
        if (r < 0 && errno != EINTR)
            return error_set(E_READ, "%s: %s", path, strerror(errno));
        if (r > 0)
            *got += (size_t)r;
    }
    return E_OK;
}

/* The header at `offset` must be the one packed for this program, in a file that holds `size` bytes
   from there. */
static enum error check_header(int fd, const char *path, uint64_t offset, uint64_t size)
{
    struct image_header h = { .magic = "" };
    const char *name = base_name(path);
    size_t got;
    enum error e = read_at(fd, path, offset, &h, sizeof h, &got);
    if (e)
        return e;
    if (got < sizeof h.magic || memcmp(h.magic, IMAGE_MAGIC, sizeof h.magic) != 0)
        return error_set(E_IMAGE_MAGIC, "%s: not a tritc image", name);
    if (got < sizeof h)
        return error_set(E_MODEL_SIZE, "%s: ends inside its header", name);
    if (h.version != IMAGE_VERSION || h.header_bytes != IMAGE_HEADER_BYTES)
        return error_set(E_IMAGE_MAGIC,
                         "%s: image version %" PRIu32 ", this program reads version %d", name,
                         h.version, IMAGE_VERSION);
    if (h.model_id != MODEL_ID || h.layout_id != MODEL_LAYOUT_ID)
        return error_set(
            E_MODEL_HASH,
            "%s: packed from %.*s (%016" PRIx64 ") for %.*s, layout %016" PRIx64
            "; this program was built for %s (%016" PRIx64 ") on %s, layout %016" PRIx64,
            name, (int)sizeof h.model, h.model, h.model_id, (int)sizeof h.target, h.target,
            h.layout_id, MODEL_NAME, (uint64_t)MODEL_ID, MODEL_TARGET, (uint64_t)MODEL_LAYOUT_ID);
    if (size != MODEL_IMAGE_BYTES || h.image_bytes != MODEL_IMAGE_BYTES)
        return error_set(E_MODEL_SIZE, "%s: %" PRIu64 " bytes, this program was built for %" PRIu64,
                         name, size, (uint64_t)MODEL_IMAGE_BYTES);
    return E_OK;
}

/* Damaged weights make wrong numbers, a damaged vocabulary makes wild pointers: so it is read at
   every start. */
static enum error check_vocabulary(const struct map *map)
{
    const struct image_header *h = (const void *)map->image;
    const unsigned char *section = map->image + MODEL_VOCAB_OFFSET;
    if (hash_words(HASH_BASIS, section, (MODEL_VOCAB_BYTES + 7) / 8 * 8) == h->vocab_checksum)
        return E_OK;
    return error_set(E_IMAGE_CHECKSUM, "%s.img: the vocabulary is damaged", MODEL_NAME);
}

#if defined(__wasi__)

/* WASI has no mappings: the image is read. */
static enum error map_pages(int fd, const char *path, uint64_t offset, void **image)
{
    size_t got;
    *image = map_memory((size_t)MODEL_IMAGE_BYTES);
    if (!*image)
        return E_MEM;
    enum error e = read_at(fd, path, offset, *image, (size_t)MODEL_IMAGE_BYTES, &got);
    if (!e && got < MODEL_IMAGE_BYTES)
        e = error_set(E_MODEL_SHRANK, "%s: cut short while it was read", base_name(path));
    return e;
}

#else

static enum error map_pages(int fd, const char *path, uint64_t offset, void **image)
{
    *image = mmap(NULL, (size_t)MODEL_IMAGE_BYTES, PROT_READ, MAP_SHARED, fd, (off_t)offset);
    if (*image != MAP_FAILED)
        return E_OK;
    return error_set(E_MEM, "%s: mapping %" PRIu64 " bytes: %s", base_name(path),
                     (uint64_t)MODEL_IMAGE_BYTES, strerror(errno));
}

#endif

static enum error map_file(struct map *map, int fd, const char *path, uint64_t offset)
{
    if (MODEL_IMAGE_BYTES > SIZE_MAX)
        return error_set(E_MEM, "%s: larger than the address space", base_name(path));
    void *image;
    enum error e = map_pages(fd, path, offset, &image);
    if (e)
        return e;
    *map = (struct map){ image, (size_t)MODEL_IMAGE_BYTES, (size_t)MODEL_IMAGE_BYTES };
    watch(map->image, map->bytes);
    e = check_vocabulary(map);
    if (e)
        map_close(map);
    return e;
}

static enum error open_image(struct map *map, const char *path)
{
    int fd;
    uint64_t size;
    enum error e = open_regular(path, &fd, &size);
    if (e)
        return e;
    e = check_header(fd, path, 0, size);
    if (!e)
        e = map_file(map, fd, path, 0);
    close(fd);
    return e;
}

/* Maps the image appended to the executable; *found is 0 where there is none. */
static enum error open_appended(struct map *map, const char *path, int *found)
{
    struct image_trailer trailer;
    int fd;
    uint64_t size;
    size_t got = 0;
    *found = 0;
    enum error e = open_regular(path, &fd, &size);
    if (e)
        return e;
    if (size > sizeof trailer)
        e = read_at(fd, path, size - sizeof trailer, &trailer, sizeof trailer, &got);
    *found = !e && got == sizeof trailer
             && memcmp(trailer.magic, IMAGE_TRAILER_MAGIC, sizeof trailer.magic) == 0;
    if (*found) {
        uint64_t room = size - sizeof trailer;
        if (trailer.offset > room || trailer.size != room - trailer.offset)
            e = error_set(E_MODEL_SIZE, "%s: the appended image does not end at its trailer",
                          base_name(path));
        if (!e)
            e = check_header(fd, path, trailer.offset, trailer.size);
        if (!e)
            e = map_file(map, fd, path, trailer.offset);
    }
    close(fd);
    return e;
}

#if defined(__APPLE__)

#include <mach-o/dyld.h>

static enum error own_path(char path[PATH_MAX])
{
    uint32_t size = PATH_MAX;
    if (_NSGetExecutablePath(path, &size) != 0)
        return error_set(E_OPEN, "this program's path is too long; name the image with --image");
    return E_OK;
}

#elif defined(__wasi__)

/* The first argument: what runs the program gives its path there. */
static enum error own_path(char path[PATH_MAX])
{
    __wasi_size_t n = 0, bytes = 0;
    uint8_t **arguments = NULL;
    if (__wasi_args_sizes_get(&n, &bytes) == 0 && n > 0)
        arguments = map_memory(n * sizeof *arguments + bytes);
    if (!arguments || __wasi_args_get(arguments, (uint8_t *)(arguments + n)) != 0
        || snprintf(path, PATH_MAX, "%s", (char *)arguments[0]) >= PATH_MAX)
        return error_set(E_OPEN, "this program's path is not known; name the image with --image");
    return E_OK;
}

#else

static enum error own_path(char path[PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", path, PATH_MAX);
    if (n < 0 || n >= PATH_MAX)
        return error_set(E_OPEN, "/proc/self/exe: %s; name the image with --image",
                         n < 0 ? strerror(errno) : "path too long");
    path[n] = '\0';
    return E_OK;
}

#endif

enum error map_open(struct map *map, const char *path)
{
    static char self[PATH_MAX], beside[PATH_MAX];
    if (path)
        return open_image(map, path);
    int found;
    enum error e = own_path(self);
    if (!e)
        e = open_appended(map, self, &found);
    if (e || found)
        return e;
    if (MODEL_EMBED)
        return error_set(E_MODEL_SIZE, "%s: built with its image appended, and cut short",
                         base_name(self));
    int folder = (int)(base_name(self) - self);
    if (snprintf(beside, sizeof beside, "%.*s%s.img", folder, self, MODEL_NAME)
        >= (int)sizeof beside)
        return error_set(E_OPEN, "%s: path too long", self);
    return open_image(map, beside);
}

enum error map_checksum(const struct map *map)
{
    const struct image_header *h = (const void *)map->image;
    const unsigned char *body = map->image + IMAGE_HEADER_BYTES;
    uint64_t found = hash_words(HASH_BASIS, body, map->bytes - IMAGE_HEADER_BYTES);
    if (found == h->checksum)
        return E_OK;
    return error_set(E_IMAGE_CHECKSUM,
                     "image: checksum %016" PRIx64 ", its header says %016" PRIx64, found,
                     h->checksum);
}

void map_close(struct map *map)
{
    unwatch(map->image);
    map_release((void *)map->image, map->mapped);
    map->image = NULL;
}
