/* SPDX-License-Identifier: MIT
 * The loops of window_base.c for one type: included with T, BITS (an unsigned integer
 * of its size) and WINDOWS(name). The innermost runs over channels, which lie side by
 * side.
 */

/* Numbers from the start of all images to pixel (y, x) of image n. */
static inline int64_t WINDOWS(pixel)(const WindowRun *w, const int64_t *size, int64_t n,
                                     int64_t y, int64_t x)
{
    return ((n * size[0] + y) * size[1] + x) * w->channels;
}

/* The largest of each channel in window (y, x) of image n, or NaN where there is one.
 */
static void WINDOWS(largest)(const WindowRun *w, const T *x, int64_t n, int64_t oy,
                             int64_t ox, T *best)
{
    int64_t y0, y1, x0, x1;
    inside(w, 0, oy, &y0, &y1);
    inside(w, 1, ox, &x0, &x1);
    memcpy(best, x + WINDOWS(pixel)(w, w->size, n, y0, x0),
           (size_t)w->channels * sizeof *best);
    for (int64_t iy = y0; iy < y1; iy++)
        for (int64_t ix = x0; ix < x1; ix++) {
            const T *v = x + WINDOWS(pixel)(w, w->size, n, iy, ix);
            for (int64_t c = 0; c < w->channels; c++)
                best[c] = v[c] > best[c] ? v[c] : v[c] != v[c] ? v[c] : best[c];
        }
}

#define EVERY_WINDOW(w)                                                                \
    for (int64_t n = 0; n < w->images; n++)                                            \
        for (int64_t oy = 0; oy < w->out[0]; oy++)                                     \
            for (int64_t ox = 0; ox < w->out[1]; ox++)

/* to = v where x is largest first; room[2 · channels] to work in. */
static void WINDOWS(take_one)(const WindowRun *w, const T *x, const T *v, int64_t n,
                              int64_t oy, int64_t ox, T *to)
{
    int64_t y0, y1, x0, x1;
    T *best = w->room, *open = best + w->channels;
    WINDOWS(largest)(w, x, n, oy, ox, best);
    inside(w, 0, oy, &y0, &y1);
    inside(w, 1, ox, &x0, &x1);
    for (int64_t c = 0; c < w->channels; c++) open[c] = 1;
    for (int64_t iy = y0; iy < y1; iy++)
        for (int64_t ix = x0; ix < x1; ix++) {
            int64_t at = WINDOWS(pixel)(w, w->size, n, iy, ix);
            for (int64_t c = 0; c < w->channels; c++) {
                bool hit = x[at + c] == best[c] || x[at + c] != x[at + c];
                to[c] = hit && open[c] > 0 ? v[at + c] : to[c];
                open[c] = hit ? 0 : open[c];
            }
        }
}

static void WINDOWS(take)(const WindowRun *w, const void *x, const void *v, void *y)
{
    EVERY_WINDOW(w)
    {
        T *to = (T *)y + WINDOWS(pixel)(w, w->out, n, oy, ox);
        if (v == x)
            WINDOWS(largest)(w, x, n, oy, ox, to);
        else
            WINDOWS(take_one)(w, x, v, n, oy, ox, to);
    }
}

/* x where keep is all ones, 0 where it is 0: a selection that gcc puts on vectors. */
static inline T WINDOWS(only)(BITS keep, T x)
{
    BITS b;
    memcpy(&b, &x, sizeof b);
    b &= keep;
    memcpy(&x, &b, sizeof x);
    return x;
}

/* Adds left where x is the largest or no number, and leaves 0 there. */
static void WINDOWS(put_pixel)(const T *restrict x, const T *restrict best,
                               int64_t channels, T *restrict left, T *restrict y)
{
    for (int64_t c = 0; c < channels; c++) {
        BITS hit = -(BITS)(x[c] == best[c]) | -(BITS)(x[c] != x[c]);
        y[c] += WINDOWS(only)(hit, left[c]);
        left[c] = WINDOWS(only)(~hit, left[c]);
    }
}

/* Adds from, of one window, where x is largest first. */
static void WINDOWS(put_one)(const WindowRun *w, const T *x, const T *from, int64_t n,
                             int64_t oy, int64_t ox, T *y)
{
    int64_t y0, y1, x0, x1;
    T *best = w->room, *left = best + w->channels;
    WINDOWS(largest)(w, x, n, oy, ox, best);
    inside(w, 0, oy, &y0, &y1);
    inside(w, 1, ox, &x0, &x1);
    memcpy(left, from, (size_t)w->channels * sizeof *left);
    for (int64_t iy = y0; iy < y1; iy++)
        for (int64_t ix = x0; ix < x1; ix++) {
            int64_t at = WINDOWS(pixel)(w, w->size, n, iy, ix);
            WINDOWS(put_pixel)(x + at, best, w->channels, left, y + at);
        }
}

static void WINDOWS(put)(const WindowRun *w, const void *x, const void *d, void *y)
{
    EVERY_WINDOW(w)
    {
        const T *from = (const T *)d + WINDOWS(pixel)(w, w->out, n, oy, ox);
        WINDOWS(put_one)(w, x, from, n, oy, ox, y);
    }
}

static void WINDOWS(sum)(const WindowRun *w, const void *x, void *y)
{
    EVERY_WINDOW(w)
    {
        int64_t y0, y1, x0, x1;
        T *to = (T *)y + WINDOWS(pixel)(w, w->out, n, oy, ox);
        inside(w, 0, oy, &y0, &y1);
        inside(w, 1, ox, &x0, &x1);
        for (int64_t iy = y0; iy < y1; iy++)
            for (int64_t ix = x0; ix < x1; ix++) {
                const T *v = (const T *)x + WINDOWS(pixel)(w, w->size, n, iy, ix);
                for (int64_t c = 0; c < w->channels; c++) to[c] += v[c];
            }
    }
}

static void WINDOWS(spread)(const WindowRun *w, const void *d, void *y)
{
    EVERY_WINDOW(w)
    {
        int64_t y0, y1, x0, x1;
        const T *v = (const T *)d + WINDOWS(pixel)(w, w->out, n, oy, ox);
        inside(w, 0, oy, &y0, &y1);
        inside(w, 1, ox, &x0, &x1);
        for (int64_t iy = y0; iy < y1; iy++)
            for (int64_t ix = x0; ix < x1; ix++) {
                T *to = (T *)y + WINDOWS(pixel)(w, w->size, n, iy, ix);
                for (int64_t c = 0; c < w->channels; c++) to[c] += v[c];
            }
    }
}

/* ---- bilinear ---- */

static void WINDOWS(resize)(const WindowRun *w, const void *x, void *y)
{
    EVERY_WINDOW(w)
    {
        int64_t iy, ix, dy, dx;
        double v = between(oy, w->size[0], w->out[0], &iy, &dy);
        double u = between(ox, w->size[1], w->out[1], &ix, &dx);
        const T *a = (const T *)x + WINDOWS(pixel)(w, w->size, n, iy, ix);
        const T *b = a + dx * w->channels, *c = a + dy * w->size[1] * w->channels;
        const T *d = c + dx * w->channels;
        T s[4] = {(T)((1 - v) * (1 - u)), (T)((1 - v) * u), (T)(v * (1 - u)),
                  (T)(v * u)};
        T *to = (T *)y + WINDOWS(pixel)(w, w->out, n, oy, ox);
        for (int64_t k = 0; k < w->channels; k++)
            to[k] = s[0] * a[k] + s[1] * b[k] + s[2] * c[k] + s[3] * d[k];
    }
}

static void WINDOWS(resize_back)(const WindowRun *w, const void *d, void *y)
{
    EVERY_WINDOW(w)
    {
        int64_t iy, ix, dy, dx;
        double v = between(oy, w->size[0], w->out[0], &iy, &dy);
        double u = between(ox, w->size[1], w->out[1], &ix, &dx);
        T *a = (T *)y + WINDOWS(pixel)(w, w->size, n, iy, ix);
        T *b = a + dx * w->channels, *c = a + dy * w->size[1] * w->channels;
        T *e = c + dx * w->channels;
        T s[4] = {(T)((1 - v) * (1 - u)), (T)((1 - v) * u), (T)(v * (1 - u)),
                  (T)(v * u)};
        const T *from = (const T *)d + WINDOWS(pixel)(w, w->out, n, oy, ox);
        for (int64_t k = 0; k < w->channels; k++) {
            a[k] += s[0] * from[k];
            b[k] += s[1] * from[k];
            c[k] += s[2] * from[k];
            e[k] += s[3] * from[k];
        }
    }
}
#undef EVERY_WINDOW
