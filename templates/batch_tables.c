$ for first = 0, 1 do
$   local name, from, part = "add_sums", "low[%d]", 16
$   if first == 1 then name, from, part = "first_sums", "p0", 81 * 32
/* low = the sums of the first four lines */
$   else
/* low += the sums of four lines. One is at most 4 * 127: the 64 lines of a chunk reach 32512, and with 255 that are left of
 * the one before 32767. (Inlined, its pointers are spilled: 68 instead of 76 % of the peak.) */
$   end
static __attribute__((noinline)) void ${name}(const struct tables *s, int line, int rows, row_sums *low)
{
    const char *sums = (const char *)s->sums;
    const uint16_t *places = s->places[line / 4][0];
    for (int r = 0; r < rows; r += 2, low += 2, places += 8) {
$   for row = 0, 1 do
        {
            uint32_t a, b;
            memcpy(&a, places + ${4 * row}, sizeof a);
            memcpy(&b, places + ${4 * row + 2}, sizeof b);
            const char *p0 = sums + (uint16_t)a, *p1 = sums + (a >> 16), *p2 = sums + (uint16_t)b, *p3 = sums + (b >> 16);
$     for half = 0, 1 do
            int16x16 sum${half}, more${half};
            memcpy(&sum${half}, ${from:format(row)} + ${half * part}, sizeof sum${half});
$       for p = first, 3 do
            memcpy(&more${half}, p${p} + ${half * 81 * 32}, sizeof more${half});
            sum${half} += more${half};
$       end
            memcpy(low[${row}] + ${16 * half}, &sum${half}, sizeof sum${half});
$     end
        }
$   end
    }
}

$ end
/* What is beyond 0 .. 255 goes on to high: as much to read and write as int32 sums would be, and no widening. */
static void carry(row_sums *low, row_sums *high, int rows, int first)
{
    for (int r = 0; r < rows; r++)
        for (int t = 0; t < 32; t += 16) {
            int16x16 l, h;
            memcpy(&l, low[r] + t, sizeof l);
            memcpy(&h, high[r] + t, sizeof h);
            h = first ? l >> 8 : h + (l >> 8);
            l &= 255;
            memcpy(low[r] + t, &l, sizeof l);
            memcpy(high[r] + t, &h, sizeof h);
        }
}

/* Sums of 8 rows and of tokens t .. t + 3 and t + 8 .. t + 11, in whose order interleaving leaves them */
static inline void turn_sums(int32x8 a[8], int32_t *y, size_t y_stride, int t, int n)
{
    int32x8 b[8];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 8; i += 4)
            for (int row = i; row < i + 2; row++) {
                b[2 * row - i] = LOWER32(a[row], a[row + 2]);
                b[2 * row - i + 1] = UPPER32(a[row], a[row + 2]);
            }
        memcpy(a, b, sizeof b);
    }
    for (int i = 0; i < 4; i++) {
        b[i] = TURN(a[i], a[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        b[i + 4] = TURN(a[i], a[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
    for (int i = 0; i < 8 && t + i / 4 * 8 + i % 4 < n; i++)
        memcpy(y + (size_t)(t + i / 4 * 8 + i % 4) * y_stride, &b[i], sizeof b[i]);
}

static void put_sums(row_sums *low, row_sums *high, int rows, int n, int32_t *y, size_t y_stride)
{
    for (int t = 0; t < n; t += 16)
        for (int r = 0; r < rows; r += 8) {
            int32x8 a[8], b[8];
            for (int i = 0; i < 8; i++) {
                int16x16 l, h;
                memcpy(&l, low[r + i] + t, sizeof l);
                memcpy(&h, high[r + i] + t, sizeof h);
                a[i] = (int32x8)LOWER16(l << 8, h) >> 8;
                b[i] = (int32x8)UPPER16(l << 8, h) >> 8;
            }
            turn_sums(a, y + r, y_stride, t, n);
            turn_sums(b, y + r, y_stride, t + 4, n);
        }
}

$ local most_rows = tables.rows
/* At most 128 tokens and ${most_rows} rows */
static void look_up(const uint8_t *w, const int8_t *x, size_t x_stride, int n, int from, int rows, int32_t *y, size_t y_stride,
    struct tables *s)
{
    memset(s->panel, 1, sizeof s->panel); /* behind the last line x is 0, and codes need only be some */
    for (int step = 0; step < ${steps}; step += ${tables.steps}) {
        int steps = ${steps} - step < ${tables.steps} ? ${steps} - step : ${tables.steps}, lines = steps * ${step_k // 4};
$ if at_once > tile then
        for (int i = 0, now; i < rows; i += now) {
            now = ${at_once} - (from + i) % ${at_once} < rows - i ? ${at_once} - (from + i) % ${at_once} : rows - i;
            expand(w, from + i, now, step, steps, s->panel);
            for (int j = 0; j < now; j += ${tile})
                for (int line = 0; line < lines; line += 4)
                    find_places(s->panel + j * ${panel_bytes // tile} + line * ${4 * tile}, s->places[line / 4] + i + j);
        }
$ else
        for (int i = 0; i < rows; i += ${tile}) {
            expand(w, from + i, step, steps, s->panel);
            for (int line = 0; line < lines; line += 4)
                find_places(s->panel + line * ${4 * tile}, s->places[line / 4] + i);
        }
$ end
        for (int t = 0; t < n; t += 32) {
            row_sums *low = s->low[t / 32];
            const int8_t *from_x = x + (size_t)t * x_stride + step * ${step_k};
            for (int line = 0; line < lines; line += 4)
                turn_x(from_x + 4 * line, x_stride, n - t, s->x + 4 * line);
            for (int line = 0; line < lines; line += 4) {
                for (int i = 0; i < 4; i++)
                    fill_table(s->x + 4 * (line + i), s->sums[i]);
                (step + line == 0 ? first_sums : add_sums)(s, line, rows, low);
            }
            carry(low, s->high[t / 32], rows, step == 0);
        }
    }
    for (int t = 0; t < n; t += 32)
        put_sums(s->low[t / 32], s->high[t / 32], rows, n - t < 32 ? n - t : 32, y + (size_t)t * y_stride + from, y_stride);
}

/* Rows in equal parts: each makes the tables anew, which 1024 rows repay (74 % of the peak; 512: 67, 256: 58). */
static void many(const uint8_t *w, const int8_t *x, size_t x_stride, int n, int from, int to, int32_t *y, size_t y_stride,
    void *scratch)
{
    _Static_assert(sizeof(struct tables) <= ${scratch}, "scratch");
    for (int t = 0; t < n; t += 128)
        for (int i = from, rows; i < to; i += rows) {
            int parts = (to - i + ${most_rows - 1}) / ${most_rows};
            rows = ((to - i) / parts + ${tile - 1}) / ${tile} * ${tile};
            look_up(w, x + (size_t)t * x_stride, x_stride, n - t < 128 ? n - t : 128, i, rows, y + (size_t)t * y_stride,
                y_stride, scratch);
        }
}
