void model_forward(const struct step *s, int thread, int threads)
{
    struct work *w = &(struct work){s->image, s->arena, s->ids, s->n, s->pos, s->row, s->dense,
        thread, threads, s->team, 0, 1};

    team_mark(w->team, w->thread, PHASE_HEAD);
    embed_f16_128(w, 0x22c240, 0x6b000); /* x = embed(token_embd.weight) */

    /* ---- layer 0 ---- */
    team_mark(w->team, w->thread, PHASE_ATTENTION);
    team_barrier(w->team);
    rms_quant_128(w, 0x6b000, 0x200000, 0x11000); /* l0.hq = rms_quant(x, blk.0.attn_norm.weight) */
    batch_barrier(w);
    matmul_t2_128x128(w, 0x11000, 0x200200, 0x225640, 0x2b000); /* l0.q = matmul(l0.hq, blk.0.attn_q.weight) */
    matmul_t2_64x128(w, 0x11000, 0x201200, 0x225644, 0x3b000);  /* l0.k = matmul(l0.hq, blk.0.attn_k.weight) */
    matmul_t2_64x128(w, 0x11000, 0x201a00, 0x225648, 0x43000);  /* l0.v = matmul(l0.hq, blk.0.attn_v.weight) */
    team_barrier(w->team);
    rope_4x32(w, 0x2b000, 0x228240); /* l0.q = rope(l0.q) */
    rope_2x32(w, 0x3b000, 0x228240); /* l0.k = rope(l0.k) */
    store_2x32(w, 0x3b000, 0x1000);  /* l0.keys = store(l0.k) */
    store_2x32(w, 0x43000, 0x5000);  /* l0.values = store(l0.v) */
    team_barrier(w->team);
    attention_4x32(w, 0x2b000, 0x1000, 0x5000, 0x3b000); /* l0.a = attention(l0.q, l0.keys, l0.values) */
    team_barrier(w->team);
    rms_quant_128(w, 0x3b000, 0x202200, 0x11000); /* l0.aq = rms_quant(l0.a, blk.0.attn_sub_norm.weight) */
    batch_barrier(w);
    first_part(w, 128);
    do {
        matmul_t2_128x128(w, 0x11000, 0x202400, 0x22564c, 0x2b000); /* l0.o = matmul(l0.aq, blk.0.attn_output.weight) */
        add_128(w, 0x6b000, 0x2b000);                               /* x = add(x, l0.o) */
    } while (next_part(w));
    team_mark(w->team, w->thread, PHASE_FFN);
    team_barrier(w->team);
    rms_quant_128(w, 0x6b000, 0x203400, 0x51000); /* l0.fq = rms_quant(x, blk.0.ffn_norm.weight) */
    batch_barrier(w);
    first_part(w, 256);
    do {
        matmul_t2_256x128(w, 0x51000, 0x203600, 0x225650, 0x11000); /* l0.gate = matmul(l0.fq, blk.0.ffn_gate.weight) */
        matmul_t2_256x128(w, 0x51000, 0x205600, 0x225654, 0x31000); /* l0.up = matmul(l0.fq, blk.0.ffn_up.weight) */
        relu2_mul_256(w, 0x11000, 0x31000);                         /* l0.gate = relu2_mul(l0.gate, l0.up) */
    } while (next_part(w));
    team_barrier(w->team);
    rms_quant_256(w, 0x11000, 0x207600, 0x31000); /* l0.dq = rms_quant(l0.gate, blk.0.ffn_sub_norm.weight) */
    batch_barrier(w);
    first_part(w, 128);
    do {
        matmul_t2_128x256(w, 0x31000, 0x207a00, 0x225658, 0x4b000); /* l0.down = matmul(l0.dq, blk.0.ffn_down.weight) */
        add_128(w, 0x6b000, 0x4b000);                               /* x = add(x, l0.down) */
    } while (next_part(w));

    /* ---- layer 1 ---- */
    team_mark(w->team, w->thread, PHASE_ATTENTION);
    team_barrier(w->team);
    rms_quant_128(w, 0x6b000, 0x209a00, 0x11000); /* l1.hq = rms_quant(x, blk.1.attn_norm.weight) */
    batch_barrier(w);
    matmul_t2_128x128(w, 0x11000, 0x209c00, 0x22565c, 0x2b000); /* l1.q = matmul(l1.hq, blk.1.attn_q.weight) */
    matmul_t2_64x128(w, 0x11000, 0x20ac00, 0x225660, 0x3b000);  /* l1.k = matmul(l1.hq, blk.1.attn_k.weight) */
    matmul_t2_64x128(w, 0x11000, 0x20b400, 0x225664, 0x43000);  /* l1.v = matmul(l1.hq, blk.1.attn_v.weight) */
    team_barrier(w->team);
    rope_4x32(w, 0x2b000, 0x228240); /* l1.q = rope(l1.q) */
    rope_2x32(w, 0x3b000, 0x228240); /* l1.k = rope(l1.k) */
    store_2x32(w, 0x3b000, 0x9000);  /* l1.keys = store(l1.k) */
    store_2x32(w, 0x43000, 0xd000);  /* l1.values = store(l1.v) */
    team_barrier(w->team);
    attention_4x32(w, 0x2b000, 0x9000, 0xd000, 0x3b000); /* l1.a = attention(l1.q, l1.keys, l1.values) */
    team_barrier(w->team);
    rms_quant_128(w, 0x3b000, 0x20bc00, 0x11000); /* l1.aq = rms_quant(l1.a, blk.1.attn_sub_norm.weight) */
    batch_barrier(w);
    first_part(w, 128);
    do {
        matmul_t2_128x128(w, 0x11000, 0x20be00, 0x225668, 0x2b000); /* l1.o = matmul(l1.aq, blk.1.attn_output.weight) */
        add_128(w, 0x6b000, 0x2b000);                               /* x = add(x, l1.o) */
    } while (next_part(w));
    team_mark(w->team, w->thread, PHASE_FFN);
    team_barrier(w->team);
    rms_quant_128(w, 0x6b000, 0x20ce00, 0x51000); /* l1.fq = rms_quant(x, blk.1.ffn_norm.weight) */
    batch_barrier(w);
    first_part(w, 256);
    do {
        matmul_t2_256x128(w, 0x51000, 0x20d000, 0x22566c, 0x11000); /* l1.gate = matmul(l1.fq, blk.1.ffn_gate.weight) */
        matmul_t2_256x128(w, 0x51000, 0x20f000, 0x225670, 0x31000); /* l1.up = matmul(l1.fq, blk.1.ffn_up.weight) */
        relu2_mul_256(w, 0x11000, 0x31000);                         /* l1.gate = relu2_mul(l1.gate, l1.up) */
    } while (next_part(w));
    team_barrier(w->team);
    rms_quant_256(w, 0x11000, 0x211000, 0x31000); /* l1.dq = rms_quant(l1.gate, blk.1.ffn_sub_norm.weight) */
    batch_barrier(w);
    first_part(w, 128);
    do {
        matmul_t2_128x256(w, 0x31000, 0x211400, 0x225674, 0x4b000); /* l1.down = matmul(l1.dq, blk.1.ffn_down.weight) */
        add_128(w, 0x6b000, 0x4b000);                               /* x = add(x, l1.down) */
    } while (next_part(w));

    /* ---- output ---- */
    team_mark(w->team, w->thread, PHASE_HEAD);
    team_barrier(w->team);
    rms_128(w, 0x6b000, 0x213400, 0x11000); /* y = rms(x, output_norm.weight) */
}

void model_head(const struct step *s, int thread, int threads)
{
    const struct work *w = &(struct work){s->image, s->arena, s->ids, s->n, s->pos, s->row, s->dense,
        thread, threads, s->team, 0, 1};

    team_mark(w->team, w->thread, PHASE_HEAD);
    head_f16_512x128(w, 0x11000, 0x22c240, 0xb9f800); /* logits = head(y, token_embd.weight) */
}
