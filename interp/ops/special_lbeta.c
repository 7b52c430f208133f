/* SPDX-License-Identifier: MIT
 * The logarithm of the beta function and what is made of it, without the cancellation
 * of three large log gammas: by differences of Stirling's remainder (DiDonato and
 * Morris, ACM TOMS 18, 1992; Loader, Fast and accurate computation of binomial
 * probabilities, 2000).
 */
#include "ops/special.h"
#include "ops/special_stirling.h"

#include <stdbool.h>

/* log B(p, q) for p <= q, q >= 10. */
static double lbeta_far(double p, double q)
{
    double ratio = p / q, sum = p + q;
    double rest = stirling_rest(q) - stirling_rest(sum);
    if (p < 10) { /* (q - 1/2) log(q / sum) + p, whose parts cancel */
        double bend = 0.5 * log1p(ratio) - q * stirling_log1pmx(ratio);
        return special_lgamma(p) + (bend + rest) - p * log(sum);
    }
    double log_share = -log1p(q / p); /* log(p / sum) */
    return (stirling_constant - 0.5 * log(q)) + (p - 0.5) * log_share -
           q * log1p(ratio) + (stirling_rest(p) + rest);
}

/* log B(p, q) for p <= q < 10: B(p, q) = B(p, q + n) times the product of
 * 1 + p / (q + i), i < n, which is kept in two doubles. */
static double lbeta_near(double p, double q)
{
    double high = 1, low = 0;
    for (; q < 10; q++) {
        double x = p / q, more = high * x;
        double sum = high + more, rest = fma(high, x, -more) + (more - (sum - high));
        low = low * (1 + x) + rest;
        high = sum;
    }
    return lbeta_far(p, q) + log(high) + low / high;
}

double special_lbeta(double a, double b)
{
    if (!(a >= 0 && b >= 0)) return (double)NAN;
    double p = a < b ? a : b, q = a < b ? b : a;
    if (p == 0) return q == HUGE_VAL ? (double)NAN : HUGE_VAL;
    if (q == HUGE_VAL) return -HUGE_VAL;
    if (q >= 10) return lbeta_far(p, q);
    if (p < 1e-100)
        return special_lgamma(p) + special_lgamma(q) - special_lgamma(p + q);
    return lbeta_near(p, q);
}

double special_lchoose(double n, double k)
{
    double other = n - k;
    if (k == 0 || other == 0) return n - n == 0 ? 0 : (double)NAN;
    if (k > -1 && other > -1 && n > -1) {
        double few = k < other ? k : other, many = k < other ? other : k;
        if (few > 0) return -log(few) - special_lbeta(few, many + 1);
        return -log(n + 1) - special_lbeta(few + 1, many + 1);
    }
    bool whole = n >= 0 && n == floor(n) && k == floor(k);
    if (whole) return -HUGE_VAL;
    return special_lgamma(n + 1) - special_lgamma(k + 1) - special_lgamma(other + 1);
}

/* ---- digamma(a + b) - digamma(a) ---- */

/* Coefficients of z, z^2, … in the series of log x - 1/(2x) - digamma(x), z = 1/x^2
 * (Abramowitz and Stegun 6.3.18). */
static const double series[] = {1.0 / 12,  -1.0 / 120,     1.0 / 252, -1.0 / 240,
                                1.0 / 132, -691.0 / 32760, 1.0 / 12};
enum { SERIES = sizeof series / sizeof *series };

/* For b > 0, a >= 10: the series' difference, divided by that of its arguments. */
static double digamma_difference_far(double a, double b)
{
    double u = 1 / a, v = 1 / (a + b), y = u * u, z = v * v;
    double at_z = 0, slope = 0;
    for (int k = SERIES - 1; k >= 0; k--) {
        slope = slope * y + at_z;
        at_z = at_z * z + series[k];
    }
    slope = slope * y + at_z; /* (S(y) - S(z)) / (y - z), S without a constant */
    double apart = b * u * v; /* u - v */
    return log1p(b / a) + apart / 2 + apart * (u + v) * slope;
}

double special_digamma_difference(double a, double b)
{
    if (!(a > 0 && a + b > 0)) return (double)NAN;
    if (a == HUGE_VAL) return b - b == 0 ? 0 : (double)NAN;
    if (b == HUGE_VAL) return b;
    if (b < 0) return -special_digamma_difference(a + b, -b);
    double sum = 0;
    for (; a < 10; a++) sum += b / (a + b) / a;
    return sum + digamma_difference_far(a, b);
}
