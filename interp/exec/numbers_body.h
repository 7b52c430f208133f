/* SPDX-License-Identifier: MIT
 * The loops of vector_numbers.c over vectors of WIDTH doubles, as the table
 * NUMBERS_TABLE; included once a kind of CPU. None has a branch on a number.
 */
#include "exec_int.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef double Wide __attribute__((vector_size(8 * WIDTH)));
typedef int64_t Mask __attribute__((vector_size(8 * WIDTH)));
typedef float Single __attribute__((vector_size(4 * WIDTH)));

enum { LANES = 4 }; /* vectors that do not wait for each other */

static inline Wide load(const double *x)
{
    Wide v;
    memcpy(&v, x, sizeof v);
    return v;
}

static inline Wide both(Mask m, Wide yes, Wide no)
{
    return (Wide)((m & (Mask)yes) | (~m & (Mask)no));
}

static inline Wide all(double x) { return x - (Wide){0}; }

static bool range(const double *x, int64_t n, double *least, double *most)
{
    Wide lo[LANES], hi[LANES];
    Mask bad = {0};
    int64_t i = 0;
    bool nan = false;
    for (int k = 0; k < LANES; k++) lo[k] = all(HUGE_VAL), hi[k] = all(-HUGE_VAL);
    for (; i + LANES * WIDTH <= n; i += LANES * WIDTH)
        for (int k = 0; k < LANES; k++) {
            Wide v = load(x + i + k * WIDTH);
            bad |= v != v;
            lo[k] = both(v < lo[k], v, lo[k]);
            hi[k] = both(v > hi[k], v, hi[k]);
        }
    *least = HUGE_VAL;
    *most = -HUGE_VAL;
    for (int k = 0; k < LANES * WIDTH; k++) {
        double a = lo[k / WIDTH][k % WIDTH], b = hi[k / WIDTH][k % WIDTH];
        *least = a < *least ? a : *least;
        *most = b > *most ? b : *most;
        nan = nan || bad[k % WIDTH];
    }
    for (; i < n; i++) {
        nan = nan || isnan(x[i]);
        *least = x[i] < *least ? x[i] : *least;
        *most = x[i] > *most ? x[i] : *most;
    }
    return !nan;
}

static inline Wide size(Wide x) { return both(x < all(0), -x, x); }

static double apart(const double *x, const double *x0, int64_t n)
{
    Wide far[LANES] = {{0}};
    double most = 0;
    int64_t i = 0;
    for (; i + LANES * WIDTH <= n; i += LANES * WIDTH)
        for (int k = 0; k < LANES; k++) {
            Wide d = size(load(x + i + k * WIDTH) - load(x0 + i + k * WIDTH));
            far[k] = both(d > far[k], d, far[k]);
        }
    for (int k = 0; k < LANES * WIDTH; k++) {
        double d = far[k / WIDTH][k % WIDTH];
        most = d > most ? d : most;
    }
    for (; i < n; i++) {
        double d = fabs(x[i] - x0[i]);
        most = d > most ? d : most;
    }
    return most;
}

static void narrow(float *restrict to, const double *restrict from, int64_t n)
{
    for (int64_t i = 0; i < n; i++) to[i] = (float)from[i];
}

static void widen(double *restrict to, const float *restrict from, int64_t n)
{
    for (int64_t i = 0; i < n; i++) to[i] = (double)from[i];
}

static inline Wide single(Wide x)
{
    return __builtin_convertvector(__builtin_convertvector(x, Single), Wide);
}

/* A number of single precision is moved to its neighbour by a little more than half of
 * what lies between them, and rounded: 2^-24 of it, but near zero, where they lie
 * 2^-149 apart, three quarters of that. */
static inline Wide towards(Wide x, Wide x0)
{
    const Wide share = all(0x1.00001p-24), least = all(0x1.8p-150),
               most = all((double)FLT_MAX);
    Wide way = both(x > x0, all(1), all(-1)), f = single(x);
    f = both(f > most, most, both(f < -most, -most, f));
    Wide step = size(f) * share;
    step = both(step < least, least, step);
    Wide near = both(way * f > way * x, single(f - way * step), f);
    return both((f != single(x0)) & (way * near > way * x0), near, x0);
}

static void round_towards(double *x, const double *x0, int64_t n)
{
    int64_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        Wide v = towards(load(x + i), load(x0 + i));
        memcpy(x + i, &v, sizeof v);
    }
    for (; i < n; i++) x[i] = towards(all(x[i]), all(x0[i]))[0];
}

static inline Wide load_single(const float *x)
{
    Single v;
    memcpy(&v, x, sizeof v);
    return __builtin_convertvector(v, Wide);
}

/* Welford (1962). */
static inline Wide moments_step(Wide *mean, Wide x, double share)
{
    Wide d = x - *mean;
    *mean += d * share;
    return d * (x - *mean);
}

#define MOMENTS(name, real, load_as)                                                   \
    static void name(double *mean, double *squares, const real *x, int64_t n,          \
                     double share)                                                     \
    {                                                                                  \
        int64_t i = 0;                                                                 \
        for (; i + WIDTH <= n; i += WIDTH) {                                           \
            Wide m = load(mean + i), q = load(squares + i);                            \
            q += moments_step(&m, load_as(x + i), share);                              \
            memcpy(mean + i, &m, sizeof m);                                            \
            memcpy(squares + i, &q, sizeof q);                                         \
        }                                                                              \
        for (; i < n; i++) {                                                           \
            Wide m = all(mean[i]);                                                     \
            squares[i] += moments_step(&m, all((double)x[i]), share)[0];               \
            mean[i] = m[0];                                                            \
        }                                                                              \
    }
MOMENTS(moments_f64, double, load)
MOMENTS(moments_f32, float, load_single)
#undef MOMENTS

const NumberLoops NUMBERS_TABLE = {range,         apart,       narrow,     widen,
                                   round_towards, moments_f64, moments_f32};
