/* SPDX-License-Identifier: MIT
 * Convolution in registers, for one type: included with T (double or float), V (a
 * vector of LANES), LOAD, STORE, LOAD_PART, STORE_PART, SPLAT, MULADD, TALL (rows of a
 * tile) and CONV(name). A tile is some positions by two vectors of channels; numbers of
 * the image are spread over lanes as they are read, so that it stays as it lies. Where
 * few channels come out (the slope of a colour image), a tile is some positions by two
 * channels, and the lanes run over what comes in.
 */

enum { CONV(BLOCK) = 2 * LANES, CONV(FEW) = 2, CONV(LANES) = LANES };

/* Where the positions of a tile lie in the image and in the output. */
typedef struct CONV(Spot) {
    const T *x;
    T *y;
} CONV(Spot);

/* `rows` positions by `wide` vectors, the last of them `part` lanes; constants but for
 * `part` wherever this is inlined. */
WIDE void CONV(tile)(const ConvLine *l, const CONV(Spot) * at, const int rows,
                     const int wide, int64_t part)
{
    V acc[TALL][2];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < wide; v++) acc[r][v] = SPLAT(0);
    const T *w = l->w;
    for (int64_t s = 0; s < l->segments; s++) {
        const int64_t n = l->segment[s].n;
        const T *a[TALL];
        for (int r = 0; r < rows; r++) a[r] = at[r].x + l->segment[s].at;
        for (int64_t q = 0; q < n; q++, w += CONV(BLOCK)) {
            const V b0 = LOAD(w), b1 = wide > 1 ? LOAD(w + LANES) : b0;
            for (int r = 0; r < rows; r++) {
                const V e = SPLAT(a[r][q]);
                acc[r][0] = MULADD(e, b0, acc[r][0]);
                if (wide > 1) acc[r][1] = MULADD(e, b1, acc[r][1]);
            }
        }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < wide; v++) {
            T *y = at[r].y + v * LANES;
            if (v == wide - 1 && part < LANES)
                STORE_PART(y, part, acc[r][v]);
            else
                STORE(y, acc[r][v]);
        }
}

/* The next `rows` spots; *p and *line go on, at the end of a line to the next. */
WIDE void CONV(spots)(const ConvLine *l, CONV(Spot) * at, int rows, int64_t *line,
                      int64_t *p)
{
    for (int r = 0; r < rows; r++) {
        at[r].x = (const T *)l->x + *line * l->x_line + *p * l->x_step;
        at[r].y = (T *)l->y + *line * l->y_line + *p * l->y_step;
        if (++*p == l->positions) {
            *p = 0;
            ++*line;
        }
    }
}

/* ---- few channels out ---- */

WIDE T CONV(lane_sum)(V v)
{
    T x[LANES], sum = 0;
    STORE(x, v);
    for (int i = 0; i < LANES; i++) sum += x[i];
    return sum;
}

/* As a tile, of `outs` channels; w holds a row of `all` numbers for each. */
WIDE void CONV(dot)(const ConvLine *l, const CONV(Spot) * at, const int rows,
                    const int outs, int64_t all)
{
    V acc[TALL][CONV(FEW)];
    T rest[TALL][CONV(FEW)];
    for (int r = 0; r < rows; r++)
        for (int o = 0; o < outs; o++) {
            acc[r][o] = SPLAT(0);
            rest[r][o] = 0;
        }
    const T *w = l->w;
    for (int64_t s = 0; s < l->segments; s++) {
        const int64_t n = l->segment[s].n;
        const T *a[TALL];
        for (int r = 0; r < rows; r++) a[r] = at[r].x + l->segment[s].at;
        int64_t q = 0;
        for (; q + LANES <= n; q += LANES) {
            const V b0 = LOAD(w + q), b1 = outs > 1 ? LOAD(w + all + q) : b0;
            for (int r = 0; r < rows; r++) {
                const V e = LOAD(a[r] + q);
                acc[r][0] = MULADD(e, b0, acc[r][0]);
                if (outs > 1) acc[r][1] = MULADD(e, b1, acc[r][1]);
            }
        }
        for (; q < n; q++)
            for (int r = 0; r < rows; r++)
                for (int o = 0; o < outs; o++) rest[r][o] += a[r][q] * w[o * all + q];
        w += n;
    }
    for (int r = 0; r < rows; r++)
        for (int o = 0; o < outs; o++)
            at[r].y[o] = CONV(lane_sum)(acc[r][o]) + rest[r][o];
}

/* ---- all positions ---- */

/* Runs TILE(rows) over all positions, `left` of them. */
#if TALL > 8
#define EVERY_TILE(TILE) TILE(TALL) TILE(8) TILE(4) TILE(2) TILE(1)
#else
#define EVERY_TILE(TILE) TILE(TALL) TILE(4) TILE(2) TILE(1)
#endif

/* Tiles of `wide` vectors, the last of them `more` lanes; where `few` channels come
 * out, of as many channels over rows of `more` numbers. */
WIDE void CONV(tiles)(const ConvLine *l, const bool few, const int wide, int64_t more)
{
    int64_t left = l->positions * l->lines, line = 0, p = 0;
    CONV(Spot) at[TALL];
#define TILES(rows)                                                                    \
    for (; left >= rows; left -= rows) {                                               \
        CONV(spots)(l, at, rows, &line, &p);                                           \
        if (few)                                                                       \
            CONV(dot)(l, at, rows, wide, more);                                        \
        else                                                                           \
            CONV(tile)(l, at, rows, wide, more);                                       \
    }
    EVERY_TILE(TILES)
#undef TILES
}

static void CONV(line)(const ConvLine *l)
{
    if (l->channels > LANES)
        CONV(tiles)(l, false, 2, l->channels - LANES);
    else
        CONV(tiles)(l, false, 1, l->channels);
}

static void CONV(few)(const ConvLine *l)
{
    int64_t all = 0;
    for (int64_t s = 0; s < l->segments; s++) all += l->segment[s].n;
    if (l->channels > 1)
        CONV(tiles)(l, true, 2, all);
    else
        CONV(tiles)(l, true, 1, all);
}

/* ---- slopes of weights: `rows` numbers of the image by `wide` vectors ---- */

WIDE void CONV(outer)(const ConvSum *s, const T *x, const T *y, T *w, const int rows,
                      const int wide, int64_t part)
{
    V acc[TALL][2];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < wide; v++) acc[r][v] = SPLAT(0);
    for (int64_t line = 0; line < s->lines; line++) {
        const T *a = x + line * s->x_line, *b = y + line * s->y_line;
        for (int64_t p = 0; p < s->positions; p++, a += s->x_step, b += s->y_step) {
            const T *last = b + (wide - 1) * LANES;
            const V b1 = part < LANES ? LOAD_PART(last, part) : LOAD(last);
            const V b0 = wide > 1 ? LOAD(b) : b1;
            for (int r = 0; r < rows; r++) {
                const V e = SPLAT(a[r]);
                acc[r][0] = MULADD(e, b0, acc[r][0]);
                if (wide > 1) acc[r][1] = MULADD(e, b1, acc[r][1]);
            }
        }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < wide; v++) {
            T *at = w + r * s->w_step + v * LANES;
            if (v == wide - 1 && part < LANES)
                STORE_PART(at, part, LOAD_PART(at, part) + acc[r][v]);
            else
                STORE(at, LOAD(at) + acc[r][v]);
        }
}

/* `part` is written out where it is whole, so that the loop has no test in it. */
WIDE void CONV(outers)(const ConvSum *s, const T *y, T *w, const int wide, int64_t part)
{
    const T *x = s->x;
    int64_t left = s->rows;
#define OUTERS(rows)                                                                   \
    for (; left >= rows; left -= rows) {                                               \
        CONV(outer)(s, x, y, w, rows, wide, part);                                     \
        x += rows;                                                                     \
        w += rows * s->w_step;                                                         \
    }
    EVERY_TILE(OUTERS)
#undef OUTERS
}

static void CONV(sum)(const ConvSum *s)
{
    for (int64_t k = 0; k < s->channels; k += CONV(BLOCK)) {
        const T *y = (const T *)s->y + k;
        T *w = (T *)s->w + k;
        int64_t left = s->channels - k;
        if (left >= CONV(BLOCK))
            CONV(outers)(s, y, w, 2, LANES);
        else if (left > LANES)
            CONV(outers)(s, y, w, 2, left - LANES);
        else if (left == LANES)
            CONV(outers)(s, y, w, 1, LANES);
        else
            CONV(outers)(s, y, w, 1, left);
    }
}
#undef EVERY_TILE
