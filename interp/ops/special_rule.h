/* SPDX-License-Identifier: MIT
 * Gauss and Legendre's rule of 30 points, which special functions integrate densities
 * by: over a range where those fall by e^40 like a normal one, to 16 digits.
 */
#ifndef UNC_OPS_SPECIAL_RULE_H
#define UNC_OPS_SPECIAL_RULE_H

/* Nodes t in 0 … 1 and weights, for t and -t, of the integral over -1 … 1. */
typedef struct RulePoint {
    double node, weight;
} RulePoint;
enum { RULE_HALF = 15 };
extern const RulePoint rule[RULE_HALF];

/* The integral of f(context, t) over t from 0 to `width`. */
double rule_integral(double (*f)(const void *, double), const void *context,
                     double width);

#endif
