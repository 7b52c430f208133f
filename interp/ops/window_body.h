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

#define EVERY_WINDOW(w)                                                                \
    for (int64_t n = 0; n < w->images; n++)                                            \
        for (int64_t oy = 0; oy < w->out[0]; oy++)                                     \
            for (int64_t ox = 0; ox < w->out[1]; ox++)

/* `at`: where each pixel of an area of image n begins. */
#define EVERY_PIXEL(w, n, area)                                                        \
    for (int64_t iy = (area).y0; iy < (area).y1; iy++)                                 \
        for (int64_t ix = (area).x0, at = WINDOWS(pixel)(w, w->size, n, iy, ix);       \
             ix < (area).x1; ix++, at += w->channels)

/* The largest of each channel in an area of image n, or NaN where there is one. */
static void WINDOWS(largest)(const WindowRun *w, const T *x, int64_t n, Area area,
                             T *best)
{
    memcpy(best, x + WINDOWS(pixel)(w, w->size, n, area.y0, area.x0),
           (size_t)w->channels * sizeof *best);
    EVERY_PIXEL(w, n, area)
    {
        const T *v = x + at;
        for (int64_t c = 0; c < w->channels; c++)
            best[c] = v[c] > best[c] ? v[c] : v[c] != v[c] ? v[c] : best[c];
    }
}

/* to = v where x is largest first; room[2 · channels] to work in. */
static void WINDOWS(take_one)(const WindowRun *w, const T *x, const T *v, int64_t n,
                              Area area, T *to)
{
    T *best = w->room, *open = best + w->channels;
    WINDOWS(largest)(w, x, n, area, best);
    for (int64_t c = 0; c < w->channels; c++) open[c] = 1;
    EVERY_PIXEL(w, n, area)
    for (int64_t c = 0; c < w->channels; c++) {
        bool hit = x[at + c] == best[c] || x[at + c] != x[at + c];
        to[c] = hit && open[c] > 0 ? v[at + c] : to[c];
        open[c] = hit ? 0 : open[c];
    }
}

static void WINDOWS(take)(const WindowRun *w, const void *x, const void *v, void *y)
{
    EVERY_WINDOW(w)
    {
        T *to = (T *)y + WINDOWS(pixel)(w, w->out, n, oy, ox);
        if (v == x)
            WINDOWS(largest)(w, x, n, area_of(w, oy, ox), to);
        else
            WINDOWS(take_one)(w, x, v, n, area_of(w, oy, ox), to);
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

/* Adds each of d where x is largest first in its window. */
static void WINDOWS(put)(const WindowRun *w, const void *x, const void *d, void *y)
{
    T *best = w->room, *left = best + w->channels;
    EVERY_WINDOW(w)
    {
        const Area area = area_of(w, oy, ox);
        WINDOWS(largest)(w, x, n, area, best);
        memcpy(left, (const T *)d + WINDOWS(pixel)(w, w->out, n, oy, ox),
               (size_t)w->channels * sizeof *left);
        EVERY_PIXEL(w, n, area)
        WINDOWS(put_pixel)((const T *)x + at, best, w->channels, left, (T *)y + at);
    }
}

static void WINDOWS(sum)(const WindowRun *w, const void *x, void *y)
{
    EVERY_WINDOW(w)
    {
        const Area area = area_of(w, oy, ox);
        T *to = (T *)y + WINDOWS(pixel)(w, w->out, n, oy, ox);
        EVERY_PIXEL(w, n, area)
        for (int64_t c = 0; c < w->channels; c++) to[c] += ((const T *)x)[at + c];
    }
}

static void WINDOWS(spread)(const WindowRun *w, const void *d, void *y)
{
    EVERY_WINDOW(w)
    {
        const Area area = area_of(w, oy, ox);
        const T *v = (const T *)d + WINDOWS(pixel)(w, w->out, n, oy, ox);
        EVERY_PIXEL(w, n, area)
        for (int64_t c = 0; c < w->channels; c++) ((T *)y)[at + c] += v[c];
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
#undef EVERY_PIXEL
