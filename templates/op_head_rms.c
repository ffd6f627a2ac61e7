$ local pad = (head_dim + 15) // 16 * 16
/* head_rms: x = x / sqrt(mean(x^2) + eps) * weight for each of ${heads} heads of ${head_dim}. */
static void ${func}(const struct work *w, size_t in, size_t weight)
{
    struct range items = share(w, w->n * ${heads});
    const float *scale = (const float *)(const void *)(w->image + weight);
    for (int i = items.from; i < items.to; i++) {
        int t = i / ${heads}, head = i % ${heads};
        float *x = f32_row(w, in, ${stride}, t) + head * ${head_dim}, y[${pad}] = {0};
        memcpy(y, x, ${4 * head_dim});
        struct lanes r = lanes_set(rms_factor(copy_squares(lanes_set(0.0f), y, ${pad}, y), ${head_dim}));
        for (int k = 0; k < ${pad}; k += 16)
            lanes_store(y + k, lanes_mul(lanes_mul(lanes_load(y + k), r), lanes_load(scale + k)));
        memcpy(x, y, ${4 * head_dim});
    }
}
