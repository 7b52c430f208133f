/* SPDX-License-Identifier: MIT
 * Plain loops over many numbers: between which bounds are they, how far from others,
 * what are they in the other precision, and what are the moments of many draws? Here
 * for any CPU of this kind, and the choice between the tables.
 */
#define WIDTH 2
#define NUMBERS_TABLE number_loops_base
#include "numbers_body.h"

static const NumberLoops *loops(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return &number_loops_avx2;
#endif
    return &number_loops_base;
}

bool numbers_range(const double *x, int64_t n, double *least, double *most)
{
    return loops()->range(x, n, least, most);
}

bool numbers_within(const double *x, int64_t n, double lo, double hi)
{
    double least, most;
    if (lo <= -DBL_MAX && hi >= DBL_MAX && isfinite(lo) && isfinite(hi))
        return numbers_finite(x, n);
    return numbers_range(x, n, &least, &most) && least >= lo && most <= hi;
}

bool numbers_finite(const double *x, int64_t n) { return loops()->finite(x, n); }

double numbers_apart(const double *x, const double *x0, int64_t n)
{
    return loops()->apart(x, x0, n);
}

void numbers_narrow(float *to, const double *from, int64_t n)
{
    loops()->narrow(to, from, n);
}

void numbers_widen(double *to, const float *from, int64_t n)
{
    loops()->widen(to, from, n);
}

void numbers_round_towards(double *to, const double *x, const double *x0, int64_t n)
{
    loops()->round_towards(to, x, x0, n);
}

void numbers_moments(double *mean, double *squares, const void *x, Type type, int64_t n,
                     int64_t k)
{
    double share = 1 / (double)(k + 1);
    if (type == TYPE_F32)
        loops()->moments_f32(mean, squares, x, n, share);
    else
        loops()->moments_f64(mean, squares, x, n, share);
}
