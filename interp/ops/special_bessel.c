/* SPDX-License-Identifier: MIT
 * The modified Bessel functions of whole order, times e^-|x|: the power series (DLMF
 * 10.25.2) for small x, Miller's recurrence (10.74(iv)) scaled by their sum
 * (10.35.5), and for large x the expansion 10.40.1.
 */
#include "ops/special.h"

#include <math.h>
#include <stdbool.h>

/* e^-x I_n(x) for n - 1, n, n + 1, where n >= 0 (that of -1 is that of 1). */
typedef struct Orders {
    double below, at, above;
} Orders;

/* e^-x (x/2)^n / n! * sum of (x^2/4)^k / (k! (n + 1) … (n + k)) */
static double by_series(double n, double x)
{
    double z = x * x / 4, term = 1, sum = 1;
    for (int k = 1; k < 60 && term > 1e-18 * sum; k++) {
        term *= z / (k * (n + k));
        sum += term;
    }
    double power = 1;
    for (double k = 1; k <= n && power > 0; k++) power *= x / 2 / k;
    return exp(-x) * power * sum;
}

/* All are positive, and e^-x I_0 + 2 (e^-x I_1 + …) = 1. */
static Orders by_recurrence(double n, double x)
{
    double most = n + 30 + 9 * sqrt(x) + 6 * sqrt(n), sum = 0;
    double next = 0, at = 1e-300; /* I_(k + 1), I_k */
    double lost = 1;              /* what the orders are too large by */
    Orders o = {0, 0, 0};
    for (double k = floor(most); k >= 0; k--) {
        if (k == n) o.at = at;
        if (k == n + 1) o.above = at;
        if (k == n - 1) o.below = at;
        sum += k > 0 ? 2 * at : at;
        if (at > 1e250) {
            const double by = 1e-250;
            at *= by, next *= by, sum *= by;
            if (k < n)
                lost *= by;
            else
                o = (Orders){0, o.at * by, o.above * by};
        }
        double before = next + 2 * k / x * at;
        next = at;
        at = before;
    }
    if (n == 0) o.below = o.above;
    return (Orders){o.below / sum * lost, o.at / sum * lost, o.above / sum * lost};
}

/* sqrt(2 pi x) e^-x I_n(x), or with `slope` x times its slope over the root. */
static double by_expansion(double n, double x, bool slope)
{
    double term = 1, sum = slope ? -0.5 : 1;
    for (int k = 1; k < 100; k++) {
        double odd = 2 * k - 1;
        double by = (odd * odd - 4 * n * n) / (8 * k * x);
        if (fabs(by) > 1) break;
        term *= by;
        sum += slope ? -(k + 0.5) * term : term;
        if (fabs(term) * k < 1e-18) break;
    }
    return sum;
}

static bool is_far(double n, double x) { return x > 30 && x > n * n; }

static const double root_2pi = 2.5066282746310005024;

static double scaled(double n, double x)
{
    if (x < 1) return by_series(n, x);
    if (is_far(n, x)) return by_expansion(n, x, false) / (root_2pi * sqrt(x));
    return by_recurrence(n, x).at;
}

/* Its slope in x: (below + above) / 2 - at, DLMF 10.29.1. */
static double slope_of(double n, double x)
{
    if (is_far(n, x)) return by_expansion(n, x, true) / x / (root_2pi * sqrt(x));
    Orders o = {by_series(fabs(n - 1), x), by_series(n, x), by_series(n + 1, x)};
    if (x >= 1) o = by_recurrence(n, x);
    return (o.below + o.above) / 2 - o.at;
}

static bool fits(double order) { return order == floor(order) && fabs(order) <= 1000; }

double special_besseli_scaled(double order, double x)
{
    if (!fits(order) || x != x) return (double)NAN;
    double n = fabs(order), y = fabs(x) == HUGE_VAL ? 0 : scaled(n, fabs(x));
    return x < 0 && fmod(n, 2) > 0 ? -y : y;
}

double special_besseli_scaled_slope(double order, double x)
{
    if (!fits(order) || x != x) return (double)NAN;
    double n = fabs(order), y = fabs(x) == HUGE_VAL ? 0 : slope_of(n, fabs(x));
    return x < 0 && fmod(n, 2) < 1 ? -y : y;
}
