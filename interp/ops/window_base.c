/* SPDX-License-Identifier: MIT
 * The loops over windows of images and over images of another size, in both types.
 */
#include "ops/conv_int.h"

/* The pixels of a window that lie in the image: [y0, y1) by [x0, x1). */
typedef struct Area {
    int64_t y0, y1, x0, x1;
} Area;

static void inside(const WindowRun *w, int i, int64_t o, int64_t *from, int64_t *to)
{
    int64_t first = o * w->window.stride[i] - w->window.lo[i];
    int64_t last = first + w->window.size[i];
    *from = first < 0 ? 0 : first;
    *to = last > w->size[i] ? w->size[i] : last;
}

static Area area_of(const WindowRun *w, int64_t oy, int64_t ox)
{
    Area a;
    inside(w, 0, oy, &a.y0, &a.y1);
    inside(w, 1, ox, &a.x0, &a.x1);
    return a;
}

/* Where output `at` of `out` looks in an axis of n: between *low and *low + *next, the
 * share of the latter. The areas of the outermost pixels meet. */
static double between(int64_t at, int64_t n, int64_t out, int64_t *low, int64_t *next)
{
    double x = ((double)at + 0.5) * (double)n / (double)out - 0.5;
    if (x < 0) x = 0;
    *low = (int64_t)x;
    if (*low > n - 1) *low = n - 1;
    *next = *low + 1 < n ? 1 : 0;
    return x - (double)*low;
}

#define T double
#define BITS uint64_t
#define WINDOWS(name) name##_f64
#include "ops/window_body.h"
#undef T
#undef BITS
#undef WINDOWS
#define T float
#define BITS uint32_t
#define WINDOWS(name) name##_f32
#include "ops/window_body.h"

const WindowLoops window_loops_f64 = {take_f64,   put_f64,    sum_f64,
                                      spread_f64, resize_f64, resize_back_f64};
const WindowLoops window_loops_f32 = {take_f32,   put_f32,    sum_f32,
                                      spread_f32, resize_f32, resize_back_f32};
