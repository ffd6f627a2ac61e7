/* ten_lines.c: a model in a program of ten lines: the likeliest token after two others.
   gen/tritc build models/shakespeare.gguf -o D
   cc -I D docs/examples/ten_lines.c $(find D -name '*.o' ! -name main.o) -pthread -o ten_lines
   ./ten_lines D/shakespeare.img                         (D/shakespeare tokenize ROMEO: writes 870 58) */
#include <stdio.h>
#include "model.h"

int main(int argc, char **argv)
{
    struct model *m;
    const float *logits;
    int32_t ids[] = { 870, 58 }, best = 0;
    if (argc < 2 || model_open(&m, argv[1], NULL, 1) || model_eval(m, ids, 2, 0) || model_logits(m, 1, &logits))
        return puts(model_error()), 1;
    for (int32_t id = 1; id < MODEL_VOCAB; id++)
        best = logits[id] > logits[best] ? id : best;
    printf("%d\n", (int)best);
    model_close(m);
    return 0;
}
