/* cmd_info.c: `info`: the constants of the program. Reads no image, so it also answers where the
   program cannot run. */
#include <inttypes.h>

#include "commands.h"
#include "map.h"
#include "model.h"
#include "out.h"

static void text_row(int json, const char *key, const char *value)
{
    if (json) {
        out_text("  \"%s\": ", key);
        out_json_string(value);
        out_text(",\n");
    } else {
        out_text("%-18s %s\n", key, value);
    }
}

static void hash_row(int json, const char *key, uint64_t value)
{
    out_text(json ? "  \"%s\": \"%016" PRIx64 "\",\n" : "%-18s %016" PRIx64 "\n", key, value);
}

static void number_row(int json, const char *key, uint64_t value)
{
    out_text(json ? "  \"%s\": %" PRIu64 ",\n" : "%-18s %" PRIu64 "\n", key, value);
}

/* No bandwidth is known here, so the bound on tokens per second is null; bench measures both. */
static void last_rows(int json, int fits)
{
    if (json)
        out_text("  \"tokens_per_second_bound\": null,\n  \"fits\": %s\n}\n",
                 fits ? "true" : "false");
    else
        out_text("%-18s %s\n", "fits",
                 fits ? "yes" : "no: image and arena are larger than the memory here");
}

enum error cmd_info(const struct options *o)
{
    int json = o->json;
    if (json)
        out_text("{\n");
    text_row(json, "name", MODEL_NAME);
    text_row(json, "arch", MODEL_ARCH);
    hash_row(json, "model_hash", MODEL_ID);
    hash_row(json, "layout", MODEL_LAYOUT_ID);
    text_row(json, "target", MODEL_TARGET);
    text_row(json, "flags", MODEL_FLAGS);
    text_row(json, "needs", MODEL_NEEDS);
    text_row(json, "rows", MODEL_ROWS);
    text_row(json, "chat", MODEL_CHAT);
    number_row(json, "vocab", MODEL_VOCAB);
    number_row(json, "layers", MODEL_LAYERS);
    number_row(json, "ctx", MODEL_CTX);
    number_row(json, "batch", MODEL_BATCH);
    number_row(json, "threads", MODEL_THREADS);
    number_row(json, "image_bytes", MODEL_IMAGE_BYTES);
    number_row(json, "arena_bytes", MODEL_ARENA_BYTES);
    number_row(json, "kv_bytes", MODEL_KV_BYTES);
    number_row(json, "bytes_per_token", MODEL_BYTES_PER_TOKEN);
    last_rows(json, MODEL_IMAGE_BYTES + MODEL_ARENA_BYTES <= map_physical());
    return E_OK;
}
