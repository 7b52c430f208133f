/* SPDX-License-Identifier: MIT
 * Numbers of twice the precision, as the unevaluated sum of two doubles (Dekker 1971;
 * Knuth, The Art of Computer Programming 2, 4.2.2), and the logarithms that special
 * functions need in it: what is large in an exponent must be known to more digits than
 * a double has, or the exponential is wrong in its last ones.
 */
#ifndef UNC_OPS_SPECIAL_PAIR_H
#define UNC_OPS_SPECIAL_PAIR_H

#include <math.h>

typedef struct Pair {
    double hi, lo; /* |lo| is at most half a unit in the last place of hi */
} Pair;

/* a + b exactly, where |a| >= |b|, and for any order. */
static inline Pair pair_join(double a, double b)
{
    double s = a + b;
    return (Pair){s, b - (s - a)};
}

static inline Pair pair_sum(double a, double b)
{
    double s = a + b, t = s - a;
    return (Pair){s, (a - (s - t)) + (b - t)};
}

static inline Pair pair_product(double a, double b)
{
    double p = a * b;
    return (Pair){p, fma(a, b, -p)};
}

static inline Pair pair_add(Pair a, Pair b)
{
    Pair s = pair_sum(a.hi, b.hi);
    return pair_join(s.hi, s.lo + (a.lo + b.lo));
}

static inline Pair pair_mul(Pair a, Pair b)
{
    Pair p = pair_product(a.hi, b.hi);
    return pair_join(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

static inline Pair pair_scale(Pair a, double b)
{
    Pair p = pair_product(a.hi, b);
    return pair_join(p.hi, p.lo + a.lo * b);
}

static inline Pair pair_div(Pair a, Pair b)
{
    double q = a.hi / b.hi;
    if (!(q - q == 0)) return (Pair){q, 0};
    double rest = fma(-q, b.hi, a.hi) + (a.lo - q * b.lo);
    return pair_join(q, rest / b.hi);
}

static inline Pair pair_neg(Pair a) { return (Pair){-a.hi, -a.lo}; }

static inline double pair_exp(Pair a)
{
    double e = exp(a.hi);
    return a.lo - a.lo == 0 ? e + e * a.lo : e;
}

/* log x for finite x > 0, to 19 digits. */
Pair pair_log(Pair x);
/* log(1 + u) - u for u = (x - a) / a, x, a > 0, to 18 digits of itself. */
Pair pair_log1pmx(Pair u, Pair x, double a);

#endif
