/* SPDX-License-Identifier: MIT
 * Sums and differences of exponentials on the scale of logarithms (Mächler, Accurately
 * computing log(1 - exp(-|a|)), 2012), and the logarithm of odds.
 */
#include "ops/special.h"

#include <math.h>

static const double ln2 = 0.69314718055994531;

double special_logaddexp(double a, double b)
{
    if (a == b) return a + ln2; /* infinite ones too */
    double low = a < b ? a : b, high = a < b ? b : a;
    if (low != low || high != high) return (double)NAN;
    return high + log1p(exp(low - high));
}

double special_log1mexp(double x)
{
    if (x > 0) return (double)NAN;
    return x > -ln2 ? log(-expm1(x)) : log1p(-exp(x));
}

double special_logsubexp(double a, double b)
{
    if (a == b) return a == HUGE_VAL ? (double)NAN : -HUGE_VAL;
    return b == -HUGE_VAL ? a : a + special_log1mexp(b - a);
}

double special_logit(double p)
{
    if (p > 0.25 && p < 0.75) return log1p((2 * p - 1) / (1 - p));
    return log(p) - log1p(-p);
}
