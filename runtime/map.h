/* map.h: the image, mapped read-only and shared, after every check that makes its constant offsets
   safe. Also the one way to get memory: there is no malloc in this program. */
#ifndef MAP_H
#define MAP_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct map {
    const unsigned char *image;            /* [MODEL_IMAGE_BYTES] */
    size_t bytes, mapped;                  /* of the image; of the memory that it lies in */
};

/* path NULL: the image appended to the running executable, else MODEL_NAME.img beside it. Errors:
   E_OPEN, E_NOT_REGULAR, E_READ, E_IMAGE_MAGIC, E_MODEL_HASH, E_MODEL_SIZE, E_MEM. From here on a
   SIGBUS inside the mapping (the file was cut short) ends the process as E_MODEL_SHRANK. */
enum error map_open(struct map *map, const char *path);

/* Puts a copy of the image in huge pages in its place: the system's reserved ones, else those that
   it makes of free memory. E_MEM, with the image left where it is, if there are none, or if the
   copy would fill more than half of the memory. */
enum error map_huge(struct map *map);

/* Puts the first `bytes` of what map_memory gave in huge pages, now, with what they hold, if such
   pages can be had and `bytes` are at most an eighth of the memory; else nothing changes. */
void map_collapse(void *memory, size_t bytes);
void map_close(struct map *map);

/* E_OK, or E_IMAGE_CHECKSUM. Reads the whole image. */
enum error map_checksum(const struct map *map);

/* Bytes of physical memory; 0 where the system does not say. */
uint64_t map_physical(void);

/* Zeroed pages, or NULL and E_MEM set. */
void *map_memory(size_t bytes);
void map_release(void *memory, size_t bytes);

#endif
