/* SPDX-License-Identifier: MIT
 * Quantiles of counts: the least k whose distribution function reaches q, by a search
 * from about where the expansion of Cornish and Fisher (Abramowitz and Stegun 26.2.49)
 * puts it.
 */
#include "ops/special.h"

#include <math.h>
#include <stdbool.h>

/* Both tails of a count: P(K <= k) if below, else P(K > k), k from 0 to most. */
typedef struct Count Count;
struct Count {
    double (*tail)(const Count *c, double k, bool below);
    double a, b; /* its parameters */
    double most;
    double mean, sd, skew;
};

/* Whether P(K <= k) is q or more, but for its rounding: by the tail that is small. */
static bool reaches(const Count *c, double k, double q)
{
    static const double slack = 32 * 1.1e-16; /* beside the errors of the tails */
    if (k >= c->most) return true;
    if (q < 0.5) return c->tail(c, k, true) >= q * (1 - slack);
    double above = c->tail(c, k, false);
    return above <= (1 - q) * (1 + slack) || 1 - above >= q;
}

/* A whole number from 0 to most. */
static double whole(const Count *c, double k)
{
    double r = floor(k + 0.5);
    return !(r > 0) ? 0 : r > c->most ? c->most : r;
}

static double quantile(const Count *c, double q)
{
    if (!(q >= 0 && q <= 1) || !(c->mean - c->mean == 0)) return (double)NAN;
    if (q == 0) return 0;
    if (q == 1) return c->most;
    double z = special_ndtri(q);
    double low = whole(c, c->mean + c->sd * (z + c->skew * (z * z - 1) / 6) - 0.5);
    double high = low, step = 1;
    if (reaches(c, low, q)) { /* low - 1 … high: low does not reach it, high does */
        for (; low > 0 && reaches(c, low, q); step *= 4) {
            high = low;
            low = whole(c, low - step);
        }
        if (low == 0 && reaches(c, 0, q)) return 0;
    } else
        for (; !reaches(c, high, q); step *= 4) {
            low = high;
            high = whole(c, high + step);
        }
    for (;;) {
        double middle = floor(low + (high - low) / 2);
        if (middle <= low || middle >= high) return high;
        if (reaches(c, middle, q))
            high = middle;
        else
            low = middle;
    }
}

/* ---- Poisson ---- */

static double poisson_tail(const Count *c, double k, bool below)
{
    return below ? special_gammaincc(k + 1, c->a) : special_gammainc(k + 1, c->a);
}

double special_poisson_quantile(double q, double rate)
{
    if (!(rate >= 0)) return (double)NAN;
    if (rate == 0) return q >= 0 && q <= 1 ? 0 : (double)NAN;
    double sd = sqrt(rate);
    Count c = {poisson_tail, rate, 0, HUGE_VAL, rate, sd, 1 / sd};
    return quantile(&c, q);
}

/* ---- binomial ---- */

static double binomial_tail(const Count *c, double k, bool below)
{
    return below ? special_betaincc(k + 1, c->a - k, c->b)
                 : special_betainc(k + 1, c->a - k, c->b);
}

double special_binomial_quantile(double q, double n, double p)
{
    if (!(n >= 0 && p >= 0 && p <= 1) || n != floor(n)) return (double)NAN;
    if (p == 0 || p == 1 || n == 0) return q >= 0 && q <= 1 ? n * p : (double)NAN;
    double var = n * p * (1 - p), sd = sqrt(var);
    Count c = {binomial_tail, n, p, n, n * p, sd, (1 - 2 * p) / sd};
    return quantile(&c, q);
}

/* ---- negative binomial: failures before the size-th success ---- */

static double neg_binomial_tail(const Count *c, double k, bool below)
{
    return below ? special_betainc(c->a, k + 1, c->b)
                 : special_betaincc(c->a, k + 1, c->b);
}

double special_neg_binomial_quantile(double q, double size, double p)
{
    if (!(size >= 0 && p > 0 && p <= 1)) return (double)NAN;
    if (size == 0 || p == 1) return q >= 0 && q <= 1 ? 0 : (double)NAN;
    double mean = size * (1 - p) / p, sd = sqrt(mean / p);
    double skew = (2 - p) / sqrt(size * (1 - p));
    Count c = {neg_binomial_tail, size, p, HUGE_VAL, mean, sd, skew};
    return quantile(&c, q);
}
