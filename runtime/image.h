/* image.h: the head of an image file and the trailer of an executable that carries one; shared with
   the packer. Little-endian; the tensors, tables and vocabulary follow at the constant offsets of
   the generated model.h. */
#ifndef IMAGE_H
#define IMAGE_H

#include <stdint.h>

#define IMAGE_MAGIC "TRITCIMG"             /* 8 bytes, no terminator in the file */
#define IMAGE_TRAILER_MAGIC "TRITCEMB"
#define IMAGE_VERSION 1
#define IMAGE_HEADER_BYTES 4096            /* the header, padded with zeros to a page */

struct image_header {
    char magic[8];
    uint32_t version, header_bytes;
    uint64_t layout_id;                    /* hash of offsets, packings and context */
    uint64_t model_id;                     /* identity of the GGUF, docs/NUMERICS.md 6 */
    uint64_t image_bytes;                  /* whole file, a multiple of 4096 */
    uint64_t checksum;                     /* hash_words from HASH_BASIS over [4096, image_bytes) */
    uint64_t vocab_checksum;               /* the same over the vocabulary, padded to 8 bytes */
    char model[64], target[32];            /* names, zero-terminated, for messages only */
};

/* The last bytes of an executable with an image appended, at a boundary of the largest page size in
   use (64 KiB on Arm). */
#define IMAGE_APPEND_ALIGN 65536

struct image_trailer {
    char magic[8];
    uint64_t offset, size;                 /* of the image in the file */
};

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "images are read as they lie on disk");
_Static_assert(sizeof(struct image_header) == 152, "image header layout");
_Static_assert(sizeof(struct image_trailer) == 24, "image trailer layout");

#endif
