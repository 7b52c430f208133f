/* SPDX-License-Identifier: MIT
 * The incomplete beta functions and their slopes: which tail is computed, and by which
 * of the sums of special_beta_sum.c.
 */
#include "ops/special.h"
#include "ops/special_betainc.h"

/* Whether the lower one is the one to compute. */
static bool lower_first(const BetaAt *at)
{
    if (at->a >= beta_wide && at->b >= beta_wide) return at->apart > 0;
    double x = at->x.hi, y = at->y.hi;
    if (at->a < 1 && at->b > 1 && x * at->b > 0.3 + 1.2 * at->a) return false;
    if (at->b < 1 && at->a > 1 && y * at->a > 0.3 + 1.2 * at->b) return true;
    return at->apart + 1 > 2 * x; /* x < (a + 1) / (a + b + 2) */
}

static BetaSum sum_of(const BetaAt *at, bool slopes)
{
    if (at->a >= beta_wide && at->b >= beta_wide) return beta_quadrature(at, slopes);
    return at->x.hi <= 0.6 ? beta_series(at, slopes) : beta_fraction(at);
}

BetaTail beta_tail(const BetaAt *at)
{
    bool lower = lower_first(at);
    BetaAt turned = beta_turned(at);
    const BetaAt *side = lower ? at : &turned;
    BetaTail t = {lower, beta_term(at), sum_of(side, false).value, 1};
    double v = term_value(t.term);
    if (side->a >= 1 || v * t.sum <= 0.5) return t;
    return (BetaTail){!lower, {{0, 0}, 1}, beta_upper_small(side), v};
}

double beta_tail_log(const BetaTail *t, bool lower)
{
    if (t->lower == lower)
        return term_log((Term){t->term.exponent, t->term.factor * t->sum});
    return log1p(-term_value(t->term) * t->sum);
}

/* ---- the doors ---- */

/* P or 1 - P at the ends of their ranges; true where `out` is the answer. */
static bool at_end(double a, double b, double x, bool lower, double *out)
{
    bool whole = a > 0 && b > 0 && a < HUGE_VAL && b < HUGE_VAL && x > 0 && x < 1;
    if (whole) return false;
    bool both = (a == 0 && b == 0) || (a == HUGE_VAL && b == HUGE_VAL);
    bool clash = (x == 0 && (a == 0 || b == HUGE_VAL)) ||
                 (x == 1 && (b == 0 || a == HUGE_VAL)); /* no limit */
    bool none = x == 0 || b == 0 || a == HUGE_VAL;      /* P is 0 */
    *out = !(a >= 0 && b >= 0 && x >= 0 && x <= 1) || both || clash ? (double)NAN
           : none == lower                                          ? 0
                                                                    : 1;
    return true;
}

static double incomplete(double a, double b, double x, bool lower)
{
    double end;
    if (at_end(a, b, x, lower, &end)) return end;
    BetaAt at = beta_at_x(a, b, x);
    BetaTail t = beta_tail(&at);
    double v = term_value(t.term) * t.sum;
    return t.lower == lower ? v : 1 - v;
}

static double incomplete_log(double a, double b, double x, bool lower)
{
    double end;
    if (at_end(a, b, x, lower, &end)) return log(end);
    BetaAt at = beta_at_x(a, b, x);
    BetaTail t = beta_tail(&at);
    return beta_tail_log(&t, lower);
}

double special_betainc(double a, double b, double x)
{
    return incomplete(a, b, x, true);
}

double special_betaincc(double a, double b, double x)
{
    return incomplete(a, b, x, false);
}

double special_log_betainc(double a, double b, double x)
{
    return incomplete_log(a, b, x, true);
}

double special_log_betaincc(double a, double b, double x)
{
    return incomplete_log(a, b, x, false);
}

/* ---- slopes ---- */

static double density_at_end(double a, double b, double x)
{
    if (!(a > 0 && b > 0 && x >= 0 && x <= 1) || a == HUGE_VAL || b == HUGE_VAL)
        return (double)NAN;
    double power = x == 0 ? a : b;
    return power < 1 ? HUGE_VAL : power > 1 ? 0 : x == 0 ? b : a;
}

double special_betainc_density(double a, double b, double x)
{
    bool inside = a > 0 && b > 0 && x > 0 && x < 1 && a < HUGE_VAL && b < HUGE_VAL;
    if (!inside) return density_at_end(a, b, x);
    BetaAt at = beta_at_x(a, b, x);
    Term term = beta_term(&at);
    if (x > 1e-20) return term_value(term) / x / at.y.hi;
    term.exponent = pair_add(term.exponent, pair_neg(pair_log(at.x)));
    return term_value(term);
}

/* The density over P or over 1 - P, whose slopes in x the logarithms have. */
static double hazard(double a, double b, double x, bool lower)
{
    if (!(a > 0 && b > 0 && x >= 0 && x <= 1) || a == HUGE_VAL || b == HUGE_VAL)
        return (double)NAN;
    if (x == 0 || x == 1)
        return (x == 0) == lower ? HUGE_VAL : special_betainc_density(a, b, x);
    BetaAt at = beta_at_x(a, b, x);
    BetaTail t = beta_tail(&at);
    if (t.lower == lower) return t.slope / t.sum / x / at.y.hi;
    return special_betainc_density(a, b, x) / (1 - term_value(t.term) * t.sum);
}

double special_betainc_hazard(double a, double b, double x)
{
    return hazard(a, b, x, true);
}

double special_betaincc_hazard(double a, double b, double x)
{
    return hazard(a, b, x, false);
}

/* log x + digamma(a + b) - digamma(a + 1), the slope in a of log(beta_term / a). */
static double term_in_a(const BetaAt *at)
{
    double a = at->a, b = at->b, n = a + b;
    double log_x = at->x.hi < 0.5 ? log(at->x.hi) : log1p(-at->y.hi);
    if (a < 10 || fabs(at->apart) > 0.5 * a)
        return log_x - 1 / n + special_digamma_difference(a + 1, b);
    double rest = stirling_rest_slope(n) - stirling_rest_slope(a);
    return log1p(-at->apart / a) + ((b / n / 2 - 1) / a + rest);
}

/* Both slopes of the tail that is computed, over beta_term; as those of P. */
static void slopes_of(const BetaAt *at, double *in_a, double *in_b)
{
    bool lower = lower_first(at);
    BetaAt turned = beta_turned(at);
    const BetaAt *side = lower ? at : &turned, *other = lower ? &turned : at;
    bool small = side->a < 1;
    BetaSum s = sum_of(side, !small);
    double sign = lower ? 1 : -1, own, cross;
    if (small) {
        beta_slopes_small(side, &own, &cross);
        own *= s.value;
        cross *= s.value;
    } else {
        own = term_in_a(side) * s.value + s.in_a;
        cross = (term_in_a(other) + 1 / other->a) * s.value + s.in_b;
    }
    *in_a = sign * (lower ? own : cross);
    *in_b = sign * (lower ? cross : own);
}

/* Of x where P stays: d log(x / (1 - x)) / da, db. */
static double path(double a, double b, double x, bool of_a)
{
    if (!(a > 0 && b > 0 && x >= 0 && x <= 1) || a == HUGE_VAL || b == HUGE_VAL)
        return (double)NAN;
    if (x == 0) return of_a ? HUGE_VAL : -special_digamma_difference(b, a) / a;
    if (x == 1) return of_a ? special_digamma_difference(a, b) / b : -HUGE_VAL;
    BetaAt at = beta_at_x(a, b, x);
    double in_a, in_b;
    slopes_of(&at, &in_a, &in_b);
    return of_a ? -in_a : -in_b;
}

double special_betainc_path_a(double a, double b, double x)
{
    return path(a, b, x, true);
}

double special_betainc_path_b(double a, double b, double x)
{
    return path(a, b, x, false);
}
