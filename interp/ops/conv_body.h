/* SPDX-License-Identifier: MIT
 * Convolution in registers, for one type: included with T (double or float), V (a
 * vector of LANES), LOAD, STORE, LOAD_PART, STORE_PART, SPLAT, MULADD, TALL (rows of a
 * tile) and CONV(name). A tile is some positions by two vectors of channels; numbers of
 * the image are spread over lanes as they are read, so that it stays as it lies.
 */

enum { CONV(BLOCK) = 2 * LANES };

/* `rows` positions by `wide` vectors, the last of them `part` lanes; constants but for
 * `part` wherever this is inlined. */
WIDE void CONV(tile)(const ConvLine *l, const T *x, T *y, const int rows,
                     const int wide, int64_t part)
{
    V acc[TALL][2];
    const int64_t step = l->x_step;
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < wide; v++) acc[r][v] = SPLAT(0);
    const T *w = l->w;
    for (int64_t s = 0; s < l->segments; s++) {
        const T *a = x + l->segment[s].at;
        for (const T *end = a + l->segment[s].n; a < end; a++, w += CONV(BLOCK)) {
            const V b0 = LOAD(w), b1 = wide > 1 ? LOAD(w + LANES) : b0;
            for (int r = 0; r < rows; r++) {
                const V e = SPLAT(a[r * step]);
                acc[r][0] = MULADD(e, b0, acc[r][0]);
                if (wide > 1) acc[r][1] = MULADD(e, b1, acc[r][1]);
            }
        }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < wide; v++) {
            T *at = y + r * l->y_step + v * LANES;
            if (v == wide - 1 && part < LANES)
                STORE_PART(at, part, acc[r][v]);
            else
                STORE(at, acc[r][v]);
        }
}

WIDE void CONV(tiles)(const ConvLine *l, const int wide, int64_t part)
{
    const T *x = l->x;
    T *y = l->y;
    int64_t left = l->positions;
#define TILES(rows)                                                                    \
    for (; left >= rows; left -= rows) {                                               \
        CONV(tile)(l, x, y, rows, wide, part);                                         \
        x += rows * l->x_step;                                                         \
        y += rows * l->y_step;                                                         \
    }
    TILES(TALL)
#if TALL > 8
    TILES(8)
#endif
    TILES(4)
    TILES(2)
    TILES(1)
#undef TILES
}

static void CONV(line)(const ConvLine *l)
{
    if (l->channels > LANES)
        CONV(tiles)(l, 2, l->channels - LANES);
    else
        CONV(tiles)(l, 1, l->channels);
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
    OUTERS(TALL)
#if TALL > 8
    OUTERS(8)
#endif
    OUTERS(4)
    OUTERS(2)
    OUTERS(1)
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
