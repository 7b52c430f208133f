/* SPDX-License-Identifier: MIT
 * Owen's T function (Owen, Annals of Mathematical Statistics 27, 1956), by its integral
 * over |a| <= 1, to which the relation 2.3 there reduces all others.
 */
#include "ops/special.h"
#include "ops/special_pair.h"
#include "ops/special_rule.h"

#include <math.h>

static double inner(const void *context, double x)
{
    double y = *(const double *)context * x;
    return exp(-0.5 * y * y) / (1 + x * x);
}

/* T(h, a) for h >= 0, 0 <= a <= 1: what lies beyond 9 / h adds nothing. */
static double flat(double h, double a)
{
    double width = h * a > 9 ? 9 / h : a;
    Pair square = pair_product(-0.5 * h, h);
    return pair_exp(square) * rule_integral(inner, &h, width) * 0.15915494309189534;
}

static double right(double h, double a)
{
    if (a <= 1) return flat(h, a);
    if (h == 0) return atan(a) * 0.15915494309189534;
    double p = special_ndtr(-h), q = special_ndtr(-a * h);
    return q > 0 ? 0.5 * p + q * (0.5 - p) - flat(a * h, 1 / a) : 0.5 * p;
}

double special_owens_t(double h, double a)
{
    if (h != h || a != a) return (double)NAN;
    if (fabs(h) == HUGE_VAL) return 0;
    double t = right(fabs(h), fabs(a));
    return a < 0 ? -t : t;
}
