/* unit: e = y / |y|, ${n} wide; zeros stay zeros. */
static void ${func}(const struct work *w, size_t in, size_t out)
{
    const float *y = f32_row(w, in, ${stride}, w->row);
    float *e = (float *)(void *)(w->arena + out), square;
    struct lanes sum = lanes_set(0.0f), r;
    if (w->thread > 0)
        return;
    for (int k = 0; k < ${n_lanes}; k += 16)
        sum = lanes_add(sum, lanes_mul(lanes_load(y + k), lanes_load(y + k)));
    square = lanes_sum(sum);
    r = lanes_set(square > 0.0f ? 1.0f / __builtin_sqrtf(square) : 0.0f);
    for (int k = 0; k < ${n_lanes}; k += 16)
        lanes_store(e + k, lanes_mul(lanes_load(y + k), r));
}
