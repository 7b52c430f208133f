/* SPDX-License-Identifier: MIT
 * Inverses of the incomplete gamma functions in x: a start from the first terms of the
 * series for small x (DiDonato and Morris, ACM TOMS 12, 1986), from the first terms of
 * the fraction for small a and large x, or from the expansion of Cornish and Fisher
 * (Abramowitz and Stegun 26.4.14); then steps of fourth order in log x, whose second
 * and third slopes are polynomials.
 */
#include "ops/special.h"
#include "ops/special_gammainc.h"

/* p and 1 - p, the smaller one exact; log_p = log(p); exact = p. */
typedef struct Share {
    double p, q, log_p;
    Pair exact;
} Share;

/* log gamma(1 + a), also for tiny a. */
static double lgamma_1p(double a)
{
    return a < 0.5 ? -log1p(stirling_inverse_less_1(a)) : special_lgamma(1 + a);
}

/* About the standard normal quantile of a share (Abramowitz and Stegun 26.2.23). */
static double normal_start(const Share *s)
{
    double small = s->p < s->q ? s->p : s->q;
    double t = sqrt(-2 * log(small));
    double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                       (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    return s->p < s->q ? -z : z;
}

static double cornish_fisher(double a, double z)
{
    double r = 1 / sqrt(a), z2 = z * z;
    return a * (1 + r * (z + r * ((z2 - 1) / 3 +
                                  r * (z * (z2 - 7) / 36 -
                                       r * ((3 * z2 + 7) * z2 - 16) / 810))));
}

/* About log x; log_x0 is where x would be if P were x^a / gamma(1 + a). */
static double start(double a, const Share *s, double log_x0)
{
    double x0 = exp(log_x0), b = a + 1;
    if (x0 < 0.25 * b) {
        double more = x0 * (1 + x0 * (3 * a + 5) / (2 * b * (a + 2))) / b;
        return log_x0 + log1p(more);
    }
    if (a < 1) {
        double y = -log(s->q) - special_lgamma(a);
        return y > 1 ? log(y - (1 - a) * log(y)) : log_x0;
    }
    double z = normal_start(s), x = cornish_fisher(a, z);
    if (x > 0.1 * a) return log(x);
    double cube = 1 - 1 / (9 * a) + z / (3 * sqrt(a)); /* Wilson and Hilferty */
    return cube > 0.1 ? log(a) + 3 * log(cube) : log_x0;
}

/* A step in log x, and whether what is left after it cannot be seen. */
static double step(double a, double x, const Share *s, bool *done)
{
    Tail t = gammainc_tail(a, x);
    double value = term_value(t.term) * t.sum, want = t.lower ? s->p : s->q;
    double log_want = t.lower ? s->log_p : 0, bend = a - x;
    double density = t.density / t.sum; /* relative to the tail */
    double sign = t.lower ? 1 : -1, delta;
    if (value > 0.5 * want && value < 2 * want && value > 1e-290) {
        double r = sign * (want - value) / value / density;
        double c2 = bend / 2, c3 = (bend * bend - x) / 6;
        delta = r * (1 - r * (c2 - r * (2 * c2 * c2 - c3)));
        double size = fabs(delta) * (1 + fabs(bend));
        *done = size < 1e-4;
        if (size < 0.5) return delta;
        *done = false;
        delta = r;
    } else {
        if (!t.lower) log_want = log(want);
        double short_of = sign * (log_want - tail_log(&t, t.lower)) / density;
        double curve = bend - sign * density; /* of the logarithm, by its slope */
        double by = 1 + short_of * curve / 2;
        delta = by > 0.3 && by < 3 ? short_of / by : short_of;
        *done = fabs(delta) * (1 + fabs(bend) + density) < 1e-9;
    }
    return delta > 1 ? 1 : delta < -2 ? -2 : delta;
}

/* x, and its logarithm also where x is too small. */
typedef struct Place {
    double x, log_x;
} Place;

/* x from p = x^a e^-x sum / gamma(1 + a), where that of -x and the sum is known. */
static Place by_power(double a, const Share *s, double rest)
{
    Pair log_p = pair_add(pair_log(s->exact), (Pair){lgamma_1p(a) + rest, 0});
    Pair log_x = pair_div(log_p, (Pair){a, 0});
    return (Place){pair_exp(log_x), log_x.hi};
}

static Place inverse(double a, const Share *s)
{
    double log_x0 = (s->log_p + lgamma_1p(a)) / a;
    if (log_x0 < -37 + log1p(a)) return by_power(a, s, 0);
    double x = exp(start(a, s, log_x0));
    bool done = false;
    for (int i = 0; i < 60 && !done; i++) x += x * expm1(step(a, x, s, &done));
    if (x < 0.2 && x < 4 * a) /* P to the last digit is not x to its last one */
        return by_power(a, s, x - log1p(x / (a + 1) * gammainc_series(a + 1, x, NULL)));
    return (Place){x, log(x)};
}

/* The ends of the range; true where `at` is the answer. */
static bool at_end(double a, double p, double q, Place *at)
{
    *at = (Place){(double)NAN, (double)NAN};
    if (!(a > 0 && a < HUGE_VAL && p >= 0 && q >= 0)) return true;
    if (p > 0 && q > 0) return false;
    *at = p > 0 ? (Place){HUGE_VAL, HUGE_VAL} : (Place){0, -HUGE_VAL};
    return true;
}

static Place lower_inverse(double a, double p)
{
    Place at;
    if (at_end(a, p, 1 - p, &at)) return at;
    return inverse(a, &(Share){p, 1 - p, log(p), {p, 0}});
}

double special_gammaincinv(double a, double p) { return lower_inverse(a, p).x; }

double special_log_gammaincinv(double a, double p) { return lower_inverse(a, p).log_x; }

double special_gammainccinv(double a, double q)
{
    Place at;
    if (at_end(a, 1 - q, q, &at)) return at.x;
    return inverse(a, &(Share){1 - q, q, log1p(-q), pair_sum(1, -q)}).x;
}
