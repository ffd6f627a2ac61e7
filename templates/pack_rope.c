
/* ---- the RoPE table: per position the cos of every pair, then the sin (docs/NUMERICS.md 2.4) ---- */
$ if rope.yarn then

/* The pair that turns n times within the original context, kept within 0 .. HEAD_DIM - 1. */
static double pair_of_turns(double n, double log_base)
{
    double pair = HEAD_DIM * real_log(${rope.original} / (6.283185307179586 * n)) / (2 * log_base);
    return pair < 0 ? 0 : pair > HEAD_DIM - 1 ? HEAD_DIM - 1 : pair;
}

/* 1: the pair turns often, its angle stays; 0: it turns rarely, its angle is divided; between them a ramp. */
static double kept_share(int j, double log_base)
{
    double last = pair_of_turns(1, log_base);
    int low = (int)pair_of_turns(32, log_base), high = (int)last + (last > (int)last);
    double y = (j - low) / (high - low > 0.001 ? high - low : 0.001);
    return 1 - (y < 0 ? 0 : y > 1 ? 1 : y);
}
$ end

static void pack_rope(uint64_t to)
{
    double log_base = real_log((double)real_from_bitsf(${rope.base})), factor = (double)real_from_bitsf(${rope.factor});
    double m = (double)real_from_bitsf(${rope.attn}), frequency[HEAD_DIM / 2];
$ if rope.divisors then
    float divisors[HEAD_DIM / 2];
    read_at(divisors, sizeof divisors, ${rope.divisors});
    check_f32(divisors, HEAD_DIM / 2, "the divisors of RoPE");
$ end
$ if rope.yarn then
    m = m * (1 + 0.1 * real_log(factor));
$ end
    for (int j = 0; j < HEAD_DIM / 2; j++) {
        double f = real_exp(-((2.0 * j) / HEAD_DIM) * log_base);
$ if rope.divisors then
        f = f / (double)divisors[j];
        if (!(f > 0 && (CTX - 1) * f < 1 << 20))
            error_die(error_set(E_MODEL_PARAM, "a divisor of RoPE is %g", (double)divisors[j]));
$ end
$ if rope.yarn then
        double r = kept_share(j, log_base);
        frequency[j] = (f / factor) * (1 - r) + f * r;
$ else
        frequency[j] = f / factor;
$ end
    }
    for (int pos = 0; pos < CTX; pos++) {
        float row[HEAD_DIM];
        for (int j = 0; j < HEAD_DIM / 2; j++) {
            row[j] = (float)(real_cos(pos * frequency[j]) * m);
            row[HEAD_DIM / 2 + j] = (float)(real_sin(pos * frequency[j]) * m);
        }
        write_at(row, sizeof row, to + (uint64_t)pos * sizeof row);
    }
}
