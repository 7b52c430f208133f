/* SPDX-License-Identifier: MIT
 * The upper incomplete beta function where a is small and the lower one nearly 1: from
 * the series DLMF 8.17.7, whose first term is taken from 1 before it is rounded.
 */
#include "ops/special.h"
#include "ops/special_betainc.h"

/* stirling_rest(b + a) - stirling_rest(b) for b >= 10, to digits of a / b. */
static double rest_difference(double a, double b)
{
    if (a > 0.01) return stirling_rest(b + a) - stirling_rest(b);
    double m = b + a / 2, z = 1 / (m * m);
    double third = -z * z * (0.5 - z * (1.0 / 6 - z * (1.0 / 6 - z * 0.3)));
    return a * (stirling_rest_slope(m) + a * a / 24 * third);
}

/* log(gamma(a + b) / gamma(b)) for b >= 10, to digits of a * its slope at 0. */
static double lgamma_difference(double a, double b)
{
    double ratio = a / b;
    double bend = b * stirling_log1pmx(ratio) + (a - 0.5) * log1p(ratio);
    return bend + a * log(b) + rest_difference(a, b);
}

Pair beta_log_small(double a, double b)
{
    Pair ratio = pair_div(pair_sum(a, b), (Pair){b, 0});
    Pair first = b < 1 ? pair_log(ratio) : (Pair){0, 0};
    double sum = a <= 0.5 ? -log1p(stirling_inverse_less_1(a))
                          : -log(stirling_inverse_gamma(a)); /* log gamma(1 + a) */
    if (b < 1) b++;
    for (; b < 10; b++) sum += log1p(a / b);
    return pair_add(first, (Pair){sum - lgamma_difference(a, b), 0});
}

/* J = a * sum over k > 0 of (1 - b)_k x^k / (k! (a + k)), and its slopes. */
static BetaSum later_terms(const BetaAt *at)
{
    double a = at->a, b = at->b, x = at->x.hi, power = 1, power_in_b = 0;
    BetaSum s = {0, 0, 0};
    for (int k = 1; k < 2000; k++) {
        power_in_b = x * (power_in_b * ((k - b) / k) - power / k);
        power *= x * ((k - b) / k);
        s.value += power / (a + k);
        s.in_a += power * (k / (a + k) / (a + k));
        s.in_b += power_in_b / (a + k);
        if (fabs(power) + fabs(power_in_b) <= 1e-17 * fabs(s.in_b)) break;
    }
    return (BetaSum){a * s.value, s.in_a, a * s.in_b};
}

double beta_upper_small(const BetaAt *at)
{
    Pair log_beta = beta_log_small(at->a, at->b);
    double first = at->a * log(at->x.hi) - log_beta.hi - log_beta.lo;
    return -expm1(first + log1p(later_terms(at).value));
}

double beta_inverse_small(const BetaAt *at, double p)
{
    Pair log_p = pair_add(pair_log((Pair){p, 0}), beta_log_small(at->a, at->b));
    Pair log_x = pair_add(log_p, (Pair){-log1p(later_terms(at).value), 0});
    return pair_exp(pair_div(log_x, (Pair){at->a, 0}));
}

void beta_slopes_small(const BetaAt *at, double *in_a, double *in_b)
{
    double a = at->a, b = at->b;
    BetaSum later = later_terms(at);
    double first = log(at->x.hi) - 1 / (a + b) + special_digamma_difference(a + 1, b);
    *in_a = first + later.in_a / (1 + later.value);
    *in_b = special_digamma_difference(b, a) + later.in_b / (1 + later.value);
}
