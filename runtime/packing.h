/* packing.h: codes (weight + 1) of a packed matrix, one by one, for checks.
   Layouts: docs/PACKINGS.md. */
#ifndef PACKING_H
#define PACKING_H

#include "kernel.h"

/* The code of row i, column k < k_pad of matrix w, packed for kernel `row`. */
int packing_get(const struct kernel_row *row, const uint8_t *w, int i, int k);

/* Whether whatever bits w holds are weights; packing_put is for the others. */
int packing_takes_all(const struct kernel_row *row);

/* Stores it, 0 <= code <= row->code_max, where w has held 0 since it was cleared. */
void packing_put(const struct kernel_row *row, uint8_t *w, int i, int k, int code);

#endif
