/* no_heap.c: a model where nothing may be allocated: every size is fixed when this is compiled, and the linker sees all of it.
   Ids of a prompt in, the ids of 32 greedy tokens out.
   gen/tritc build models/shakespeare.gguf --threads 1 -o D          (leaves model.h, objects, image)
   cc -I D docs/examples/no_heap.c $(find D -name '*.o' ! -name main.o) -pthread -o no_heap
   ./no_heap D/shakespeare.img 870 58                    (the API is described in D/model.h) */
#include <stdio.h>
#include <stdlib.h>
#include "model.h"

#define ROOM (8 << 20)                   /* what this device has for a model */

_Static_assert(MODEL_ARENA_BYTES <= ROOM, "build with a smaller --ctx, --batch or --threads");
static _Alignas(64) unsigned char arena[ROOM];               /* the image is mapped, read-only */

static void check(int error)
{
    if (error) {
        fprintf(stderr, "%s\n", model_error());
        exit(1);
    }
}

int main(int argc, char **argv)
{
    static char line[80];
    struct model *m;
    const float *logits;
    int32_t ids[MODEL_BATCH];
    int n = 0, pos = 0;
    setvbuf(stdout, line, _IOLBF, sizeof line);              /* or stdio would allocate a buffer */
    for (int i = 2; i < argc && n < MODEL_BATCH; i++)
        ids[n++] = atoi(argv[i]);
    check(model_open(&m, argv[1], arena, 1));
    for (int i = 0; i < 32; i++) {
        check(model_eval(m, ids, n, pos));                   /* the prompt first, then single tokens */
        check(model_logits(m, n - 1, &logits));              /* [MODEL_VOCAB], after the last token */
        int32_t best = 0;
        for (int id = 1; id < MODEL_VOCAB; id++)
            best = logits[id] > logits[best] ? id : best;
        printf("%d\n", (int)best);
        pos += n;
        n = 1;
        ids[0] = best;
    }
    model_close(m);
    return 0;
}
