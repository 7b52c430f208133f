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

/* Of what is too small or too large for the bits below: a number of single precision is
 * moved to its neighbour by a little more than half of what lies between them, and
 * rounded: 2^-24 of it, but near zero, where they lie 2^-149 apart, three quarters of
 * that. */
static inline Wide towards_by_steps(Wide x, Wide x0)
{
    const Wide share = all(0x1.00001p-24), least = all(0x1.8p-150),
               most = all((double)FLT_MAX);
    Wide way = both(x > x0, all(1), all(-1)), f = single(x);
    f = both(f > most, most, both(f < -most, -most, f));
    Wide step = size(f) * share;
    step = both(step < least, least, step);
    return both(way * f > way * x, single(f - way * step), f);
}

static inline bool any(Mask m)
{
    int64_t some = 0;
    for (int k = 0; k < WIDTH; k++) some |= m[k];
    return some != 0;
}

/* Those for which the bits below will not do. */
static inline Mask is_odd(Wide x)
{
    Wide far = size(x);
    return ((far < all(0x1p-126)) & (x != all(0))) | (far >= all((double)FLT_MAX));
}

/* The number of single precision at x or the next one towards x0. A double has 29 bits
 * more: without them it lies nearer to zero, with one more in front of them further
 * off. */
static inline Wide towards(Wide x, Wide x0, bool odd)
{
    const int64_t more = ((int64_t)1 << 29) - 1;
    Mask above = x > x0, bits = (Mask)x;
    Mask outwards = (above == (x < all(0))) & ((bits & more) != 0);
    Wide near = (Wide)((bits & ~more) + (outwards & (more + 1)));
    if (odd) near = towards_by_steps(x, x0);
    Mask beyond = (above & (near > x0)) | (~above & (near < x0));
    return both((near != single(x0)) & beyond, near, x0);
}

static void round_towards(double *to, const double *x, const double *x0, int64_t n)
{
    int64_t i = 0;
    for (; i + LANES * WIDTH <= n; i += LANES * WIDTH) {
        Mask bad = {0};
        for (int k = 0; k < LANES; k++) bad |= is_odd(load(x + i + k * WIDTH));
        bool odd = any(bad);
        for (int k = 0; k < LANES; k++) {
            int64_t at = i + k * WIDTH;
            Wide v = towards(load(x + at), load(x0 + at), odd);
            memcpy(to + at, &v, sizeof v);
        }
    }
    for (; i < n; i++)
        to[i] = towards(all(x[i]), all(x0[i]), any(is_odd(all(x[i]))))[0];
}

/* Nought times what is finite is nought. */
static bool finite(const double *x, int64_t n)
{
    Wide sum[LANES] = {{0}}, s = {0};
    int64_t i = 0;
    for (; i + LANES * WIDTH <= n; i += LANES * WIDTH)
        for (int k = 0; k < LANES; k++) sum[k] += load(x + i + k * WIDTH) * 0;
    for (int k = 0; k < LANES; k++) s += sum[k];
    for (; i < n; i++) s += all(x[i]) * 0;
    return !any(s != s);
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

const NumberLoops NUMBERS_TABLE = {range, finite,        apart,       narrow,
                                   widen, round_towards, moments_f64, moments_f32};
