/* SPDX-License-Identifier: MIT
 * Plain loops over many numbers: are they all between bounds, and what are they in the
 * other precision? Rounding goes two by two, without branches.
 */
#include "exec.h"

#include <float.h>
#include <string.h>

typedef double Two __attribute__((vector_size(16)));
typedef int64_t Mask __attribute__((vector_size(16)));
typedef float TwoSingle __attribute__((vector_size(8)));

enum { WIDTH = 2 };

static Two load(const double *x)
{
    Two v;
    memcpy(&v, x, sizeof v);
    return v;
}

static Two both(Mask m, Two yes, Two no)
{
    return (Two)((m & (Mask)yes) | (~m & (Mask)no));
}

static Two all(double x) { return (Two){x, x}; }

bool numbers_within(const double *x, int64_t n, double lo, double hi)
{
    for (int64_t i = 0; i < n; i++)
        if (!(x[i] >= lo && x[i] <= hi)) return false;
    return true;
}

bool numbers_finite(const double *x, int64_t n)
{
    return numbers_within(x, n, -DBL_MAX, DBL_MAX);
}

void numbers_narrow(float *restrict to, const double *restrict from, int64_t n)
{
    for (int64_t i = 0; i < n; i++) to[i] = (float)from[i];
}

void numbers_widen(double *restrict to, const float *restrict from, int64_t n)
{
    for (int64_t i = 0; i < n; i++) to[i] = (double)from[i];
}

static Two single(Two x)
{
    return __builtin_convertvector(__builtin_convertvector(x, TwoSingle), Two);
}

static Two size(Two x) { return both(x < all(0), -x, x); }

/* A number of single precision is moved to its neighbour by a little more than half of
 * what lies between them, and rounded: 2^-24 of it, but near zero, where they lie
 * 2^-149 apart, three quarters of that. */
static Two round_towards(Two x, Two x0)
{
    const Two share = all(0x1.00001p-24), least = all(0x1.8p-150),
              most = all((double)FLT_MAX);
    Two way = both(x > x0, all(1), all(-1)), f = single(x);
    f = both(f > most, most, both(f < -most, -most, f));
    Two step = size(f) * share;
    step = both(step < least, least, step);
    Two near = both(way * f > way * x, single(f - way * step), f);
    return both((f != single(x0)) & (way * near > way * x0), near, x0);
}

void numbers_round_towards(double *x, const double *x0, int64_t n)
{
    int64_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        Two v = round_towards(load(x + i), load(x0 + i));
        memcpy(x + i, &v, sizeof v);
    }
    for (; i < n; i++) x[i] = round_towards(all(x[i]), all(x0[i]))[0];
}
