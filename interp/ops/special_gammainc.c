/* SPDX-License-Identifier: MIT
 * The incomplete gamma functions, as DiDonato and Morris (ACM TOMS 12, 1986) divide the
 * plane: the power series (DLMF 8.7.1), Legendre's continued fraction (8.9.2), the
 * series for small a and x where P is nearly 1, and Temme's expansion (8.12) for large
 * a. Slopes in a come from the same series and fractions, term by term.
 */
#include "ops/special.h"
#include "ops/special_gammainc.h"
#include "ops/special_temme.h"

static const double tiny = 1.1e-16;

enum { TERMS_MOST = 2000 };

/* ---- the lower one by its series ---- */

/* sum of x^n / ((a + 1) … (a + n)), and its slope in a. */
double gammainc_series(double a, double x, double *in_a)
{
    double term = 1, sum = 1, harmonic = 0, slope = 0;
    for (int n = 1; n < TERMS_MOST; n++) {
        double below = a + n;
        term *= x / below;
        sum += term;
        if (in_a) {
            harmonic += 1 / below;
            slope -= term * harmonic;
        }
        if (term <= tiny * (in_a ? 0.02 : 0.25) * sum && below > x) break;
    }
    if (in_a) *in_a = slope;
    return sum;
}

/* ---- the upper one by its continued fraction ---- */

/* F in gamma(a, x) = x^a e^-x F, and its slope in a; x > 1 or x > a. By Steed's
 * algorithm (Barnett et al., Comput. Phys. Commun. 8, 1974): a sum of falling terms,
 * which gathers little rounding. */
static double fraction(double a, double x, double *in_a)
{
    double b = x + 1 - a, d = 1 / b, term = d, sum = d;
    double dd = d * d, dterm = dd, dsum = dd; /* their slopes in a */
    for (int n = 1; n < TERMS_MOST; n++) {
        double by = n * (a - n), was = d;
        b += 2;
        d = 1 / (b + by * was);
        if (in_a) {
            double dwas = dd;
            dd = d * d * (1 - n * was - by * dwas);
            dterm = -by * was * d * dterm -
                    (n * was * d + by * (dwas * d + was * dd)) * term;
            dsum += dterm;
        }
        term *= -by * was * d;
        sum += term;
        bool done = fabs(term) <= tiny * 0.02 * sum;
        if (in_a) done = done && fabs(dterm) <= tiny * 0.1 * fabs(dsum);
        if (done) break;
    }
    if (in_a) *in_a = dsum;
    return sum;
}

/* ---- Q where a is small and P nearly 1 ---- */

/* 1 - x^a (1 - J) / gamma(1 + a), J = a sum over n > 0 of -(-x)^n / ((a + n) n!). */
static double upper_small(double a, double x)
{
    double power = -1, sum = 0;
    for (int n = 1; n < 60; n++) {
        power *= -x / n;
        sum += power / (a + n);
        if (fabs(power) < tiny * 0.1) break;
    }
    double less = expm1(a * log(x)), t = a < 0.5 ? a : a - 1;
    double inverse = stirling_inverse_less_1(t);
    if (a >= 0.5) inverse = (inverse - t) / a;
    return (1 + less) * (1 + inverse) * a * sum - less - inverse * (1 + less);
}

/* ---- both near x = a, for large a ---- */

typedef struct Near {
    Pair y;    /* a (mu - log(1 + mu)) = a eta^2 / 2 */
    double mu; /* x / a - 1 */
    double eta;
} Near;

static Near near_of(double a, double x)
{
    Pair u = pair_div(pair_sum(x, -a), (Pair){a, 0});
    Pair y = pair_neg(pair_scale(pair_log1pmx(u, (Pair){x, 0}, a), a));
    return (Near){y, u.hi, copysign(sqrt(2 * y.hi / a), u.hi)};
}

/* e^(z^2) erfc(z) for z = sqrt(y): far out by the continued fraction, DLMF 7.9.1. */
static double scaled_erfc(Pair y)
{
    double z = sqrt(y.hi);
    if (z < 10) {
        double rest = z > 0 ? (fma(-z, z, y.hi) + y.lo) / (2 * z) : 0;
        return erfc(z) * pair_exp(y) - 1.1283791670955126 * rest;
    }
    double f = z;
    for (int k = 20; k >= 1; k--) f = z + 0.5 * k / f;
    return 0.56418958354775629 / f;
}

static Tail near_tail(double a, double x)
{
    Near at = near_of(a, x);
    double more = temme_sum(a, at.eta).value * 0.39894228040143268 / sqrt(a);
    Tail t = {at.mu < 0, {pair_neg(at.y), 1}, scaled_erfc(at.y) / 2, 0};
    t.sum += t.lower ? -more : more;
    t.density = 0.39894228040143268 * sqrt(a) * exp(-stirling_rest(a));
    return t;
}

/* The slope of Q in a, divided by x^a e^-x / gamma(a). */
static double near_path(double a, double x)
{
    Near at = near_of(a, x);
    TemmeSum s = temme_sum(a, at.eta);
    double log_lambda = log1p(at.mu), bend = 1,
           slant = 1; /* mu / eta, log lambda / eta */
    if (at.mu < 0 || at.mu > 0) {
        bend = at.mu / at.eta;
        slant = log_lambda / at.eta;
    }
    double sum =
        slant + log_lambda * s.value - (s.order + s.value / 2 + bend * s.in_eta) / a;
    return exp(stirling_rest(a)) * sum / a;
}

static bool is_near(double a, double x)
{
    return a >= 30 && x > 0.6 * a && x < 1.5 * a;
}

/* ---- the doors ---- */

static bool by_series(double a, double x) { return x <= (a < 1 ? 1.1 : a + 1); }

Tail gammainc_tail(double a, double x)
{
    if (is_near(a, x)) return near_tail(a, x);
    Term term = term_power(a, (Pair){x, 0});
    if (by_series(a, x)) {
        Tail t = {true, term, gammainc_series(a, x, NULL), a};
        if (a < 1 && term_value(term) * t.sum > 0.5)
            return (Tail){false, {{0, 0}, 1}, upper_small(a, x), a * term_value(term)};
        return t;
    }
    return (Tail){false, term, a * fraction(a, x, NULL), a};
}

double tail_value(const Tail *t, bool lower)
{
    double v = term_value(t->term) * t->sum;
    return t->lower == lower ? v : 1 - v;
}

double tail_log(const Tail *t, bool lower)
{
    if (t->lower == lower)
        return term_log((Term){t->term.exponent, t->term.factor * t->sum});
    return log1p(-term_value(t->term) * t->sum);
}

/* P and Q at the ends of their ranges; true where `at` is the answer. */
static bool at_end(double a, double x, bool lower, double *at)
{
    bool whole = a > 0 && x > 0 && a < HUGE_VAL && x < HUGE_VAL;
    if (whole) return false;
    bool none = x == 0 || a == HUGE_VAL;              /* P is 0 */
    bool clash = x == a && (x == 0 || x == HUGE_VAL); /* no limit */
    *at = !(a >= 0 && x >= 0) || clash ? (double)NAN : none == lower ? 0 : 1;
    return true;
}

static double incomplete(double a, double x, bool lower)
{
    double at;
    if (at_end(a, x, lower, &at)) return at;
    Tail t = gammainc_tail(a, x);
    return tail_value(&t, lower);
}

static double incomplete_log(double a, double x, bool lower)
{
    double at;
    if (at_end(a, x, lower, &at)) return log(at);
    Tail t = gammainc_tail(a, x);
    return tail_log(&t, lower);
}

double special_gammainc(double a, double x) { return incomplete(a, x, true); }

double special_gammaincc(double a, double x) { return incomplete(a, x, false); }

double special_log_gammainc(double a, double x) { return incomplete_log(a, x, true); }

double special_log_gammaincc(double a, double x) { return incomplete_log(a, x, false); }

/* ---- slopes ---- */

static double log_density_at_log(double a, double x)
{
    return term_log(term_power(a, (Pair){x, 0})) + log(a);
}

double special_gammainc_log_density(double a, double x)
{
    if (!(a > 0 && x >= 0)) return (double)NAN;
    if (a == HUGE_VAL || x == HUGE_VAL) return a == x ? (double)NAN : -HUGE_VAL;
    if (x == 0) return a < 1 ? HUGE_VAL : a > 1 ? -HUGE_VAL : 0;
    return log_density_at_log(a, x) - log(x);
}

double special_gammainc_log_slope(double a, double log_x)
{
    if (!(a > 0 && a < HUGE_VAL) || log_x != log_x) return (double)NAN;
    double x = exp(log_x);
    if (x == HUGE_VAL) return -HUGE_VAL;
    if (x < 1e-300) return a * log_x - x - special_lgamma(a); /* x may be 0 */
    return log_density_at_log(a, x);
}

/* -(dP/da) / (x dP/dx), for log_x = log x, of which x is the exponential. */
static double path(double a, double x, double log_x)
{
    if (is_near(a, x)) return near_path(a, x);
    double in_a, value;
    if (by_series(a, x)) {
        value = gammainc_series(a, x, &in_a);
        return ((special_digamma(a + 1) - log_x) * value - in_a) / a;
    }
    value = fraction(a, x, &in_a);
    return (log_x - special_digamma(a)) * value + in_a;
}

double special_gammainc_path(double a, double log_x)
{
    if (!(a > 0 && a < HUGE_VAL) || log_x != log_x) return (double)NAN;
    double x = exp(log_x);
    return x == HUGE_VAL ? 0 : path(a, x, log_x);
}

double special_gammainc_slope(double a, double x)
{
    if (!(a > 0 && a < HUGE_VAL && x >= 0)) return (double)NAN;
    if (x == 0 || x == HUGE_VAL) return 0;
    return -path(a, x, log(x)) * term_value(term_power(a, (Pair){x, 0})) * a;
}

/* The density over P or over Q, whose slopes in x the logarithms have. */
static double hazard(double a, double x, bool lower)
{
    if (!(a > 0 && a < HUGE_VAL && x >= 0)) return (double)NAN;
    if (x == HUGE_VAL) return lower ? 0 : 1;
    if (x == 0) return lower ? HUGE_VAL : exp(special_gammainc_log_density(a, x));
    Tail t = gammainc_tail(a, x);
    if (t.lower == lower) return t.density / t.sum / x;
    double term = term_value(t.term);
    return term * t.density / x / (1 - term * t.sum);
}

double special_gammainc_hazard(double a, double x) { return hazard(a, x, true); }

double special_gammaincc_hazard(double a, double x) { return hazard(a, x, false); }
