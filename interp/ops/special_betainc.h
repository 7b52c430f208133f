/* SPDX-License-Identifier: MIT
 * The incomplete beta functions in the form that all their words are made from.
 */
#ifndef UNC_OPS_SPECIAL_BETAINC_H
#define UNC_OPS_SPECIAL_BETAINC_H

#include "ops/special_stirling.h"

#include <stdbool.h>

/* x and y = 1 - x, both between 0 and 1, with a = mean, b = the rest of a + b. */
typedef struct BetaAt {
    double a, b;
    Pair x, y;
    double apart; /* a - (a + b) x = (a + b) y - b */
} BetaAt;
BetaAt beta_at_x(double a, double b, double x);
BetaAt beta_at_y(double a, double b, double y);
/* The same for the upper one: a and b, x and y exchanged. */
BetaAt beta_turned(const BetaAt *at);

/* x^a y^b / B(a, b), the density of log(x / y), for finite a, b > 0. */
Term beta_term(const BetaAt *at);

/* What beta_term is multiplied by to give I_x(a, b), its slope in b, and that of
 * a * value in a, over a: the slope of value itself cancels where a is small. */
typedef struct BetaSum {
    double value, in_a, in_b;
} BetaSum;
/* By a positive series, for x <= 0.6 and x < (a + 1) / (a + b + 2). */
BetaSum beta_series(const BetaAt *at, bool slopes);
/* By a continued fraction, for x < (a + 1) / (a + b + 2). */
BetaSum beta_fraction(const BetaAt *at);
/* By quadrature, for a, b >= beta_wide, x <= a / (a + b). */
BetaSum beta_quadrature(const BetaAt *at, bool slopes);
static const double beta_wide = 20;
/* log(a B(a, b)) for 0 < a < 1, with an error that is small beside a. */
Pair beta_log_small(double a, double b);
/* 1 - I_x(a, b) for a < 1 and small x. */
double beta_upper_small(const BetaAt *at);
/* The slopes of log I_x(a, b) in a and b there. */
void beta_slopes_small(const BetaAt *at, double *in_a, double *in_b);
/* The x where I_x(a, b) is p, from x to fewer digits. */
double beta_inverse_small(const BetaAt *at, double p);

/* One of P = I_x(a, b) and 1 - P, the one that needs no subtraction: term * sum. Its
 * slope in log(x / (1 - x)) is term * slope, without the sign. */
typedef struct BetaTail {
    bool lower; /* it is P */
    Term term;
    double sum, slope;
} BetaTail;
BetaTail beta_tail(const BetaAt *at);
double beta_tail_log(const BetaTail *t, bool lower);

#endif
