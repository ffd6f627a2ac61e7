/* Codes of rows i .. i + ${tile - 1}, steps from `step` on, one per byte, as a panel. */
static void expand(const uint8_t *w, int i, int step, int steps, uint8_t *panel)
{
    w += (size_t)(i / ${tile}) * ${tile_bytes} + (size_t)step * ${step_bytes};
    for (int s = 0; s < steps; s++, w += ${step_bytes}, panel += ${step_k * tile})
        expand_step(w, panel);
}
