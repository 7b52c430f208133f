/* SPDX-License-Identifier: MIT
 * The incomplete gamma functions in the form that all their words are made from.
 */
#ifndef UNC_OPS_SPECIAL_GAMMAINC_H
#define UNC_OPS_SPECIAL_GAMMAINC_H

#include "ops/special_stirling.h"

#include <stdbool.h>
#include <stddef.h>

/* One of P(a, x) and Q(a, x), the one that needs no subtraction: term * sum. */
typedef struct Tail {
    bool lower; /* it is P */
    Term term;
    double sum;
    double density; /* x dP/dx is term * density */
} Tail;

/* P(a, x) over x^a e^-x / gamma(a + 1), and its slope in a if wanted. */
double gammainc_series(double a, double x, double *in_a);
/* For finite a > 0, x > 0. */
Tail gammainc_tail(double a, double x);
/* P or Q from it. */
double tail_value(const Tail *t, bool lower);
/* Its logarithm. */
double tail_log(const Tail *t, bool lower);

#endif
