/* SPDX-License-Identifier: MIT
 * The loops of the reductions, for each type.
 */
#include "ops/ops_int.h"

#include <math.h>
#include <string.h>

#define T double
#define ACC double
#define LINES(name) name##_f64
#include "ops/lines_body.h"
#undef T
#undef ACC
#undef LINES

#define T float
#define ACC double
#define LINES(name) name##_f32
#include "ops/lines_body.h"
#undef T
#undef ACC
#undef LINES

#define T int64_t
#define ACC uint64_t
#define LINES(name) name##_i64
#include "ops/lines_body.h"
#undef T
#undef ACC
#undef LINES

/* Numbers of a line whose exponentials are taken at once. */
enum { TILE = 256 };

static double exp_sum_f64(const double *x, int64_t n, int64_t step, double most)
{
    double d[TILE], e[TILE], sum = 0;
    ElemKernel *kernel = elem_kernel(ELEM_exp, TYPE_F64);
    const void *in[1] = {d};
    for (int64_t i = 0; i < n; i += TILE) {
        int64_t w = n - i < TILE ? n - i : TILE;
        for (int64_t k = 0; k < w; k++) d[k] = x[(i + k) * step] - most;
        kernel(w, e, in);
        sum += sum_line_f64(e, w);
    }
    return sum;
}

static double exp_sum_f32(const float *x, int64_t n, int64_t step, float most)
{
    float d[TILE], e[TILE];
    double sum = 0;
    ElemKernel *kernel = elem_kernel(ELEM_exp, TYPE_F32);
    const void *in[1] = {d};
    for (int64_t i = 0; i < n; i += TILE) {
        int64_t w = n - i < TILE ? n - i : TILE;
        for (int64_t k = 0; k < w; k++) d[k] = x[(i + k) * step] - most;
        kernel(w, e, in);
        sum += sum_line_f32(e, w);
    }
    return sum;
}

/* most + log of the sum of exp(x − most); where most is infinite or NaN it is the
 * answer, so a line of −inf gives −inf. An empty line does too. */
static void logsumexp_f64(Lines l, const void *from, void *to, bool backwards)
{
    const double *x = from;
    double *y = to;
    if (l.n) max_f64(l, from, to, backwards);
    for (int64_t o = 0; o < l.outer; o++, x += l.n * l.inner, y += l.inner)
        for (int64_t j = 0; j < l.inner; j++) {
            if (!l.n) y[j] = -HUGE_VAL;
            if (y[j] - y[j] == 0) y[j] += log(exp_sum_f64(x + j, l.n, l.inner, y[j]));
        }
}

static void logsumexp_f32(Lines l, const void *from, void *to, bool backwards)
{
    const float *x = from;
    float *y = to;
    if (l.n) max_f32(l, from, to, backwards);
    for (int64_t o = 0; o < l.outer; o++, x += l.n * l.inner, y += l.inner)
        for (int64_t j = 0; j < l.inner; j++) {
            if (!l.n) y[j] = -HUGE_VALF;
            if (y[j] - y[j] == 0)
                y[j] =
                    (float)((double)y[j] + log(exp_sum_f32(x + j, l.n, l.inner, y[j])));
        }
}

const LinesLoops lines_f64 = {sum_f64,    prod_f64,   max_f64,    min_f64,
                              argmax_f64, argmin_f64, cumsum_f64, logsumexp_f64};
const LinesLoops lines_f32 = {sum_f32,    prod_f32,   max_f32,    min_f32,
                              argmax_f32, argmin_f32, cumsum_f32, logsumexp_f32};
const LinesLoops lines_i64 = {sum_i64,    prod_i64,   max_i64,    min_i64,
                              argmax_i64, argmin_i64, cumsum_i64, NULL};
