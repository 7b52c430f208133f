/* SPDX-License-Identifier: MIT
 * What the functions around gamma share: Stirling's remainder, the gamma function near
 * 1, and the term that their prefactors are made of.
 */
#ifndef UNC_OPS_SPECIAL_STIRLING_H
#define UNC_OPS_SPECIAL_STIRLING_H

#include "ops/special_pair.h"

static const double stirling_constant = 0.91893853320467274; /* log(2 pi) / 2 */

/* Where Stirling's series has 16 digits. */
static const double stirling_from = 10;

/* log gamma(a + 1) - (a + 1/2) log a + a - log(2 pi) / 2, for a >= 10. */
double stirling_rest(double a);
/* Its slope in a. */
double stirling_rest_slope(double a);
/* log(1 + x) - x, x > -1, to 16 digits of itself. */
double stirling_log1pmx(double x);
/* 1 / gamma(1 + t) - 1 for |t| <= 1/2. */
double stirling_inverse_less_1(double t);
/* 1 / gamma(1 + a) for 0 <= a < 20. */
double stirling_inverse_gamma(double a);

/* factor * exp(exponent), which may be too large or small for a double. */
typedef struct Term {
    Pair exponent;
    double factor; /* > 0 */
} Term;
double term_value(Term t);
double term_log(Term t);
/* x^a e^-x / gamma(a + 1), for finite a > 0, x > 0. */
Term term_power(double a, Pair x);

#endif
