/* SPDX-License-Identifier: MIT
 * The sums in the incomplete beta functions: the power series with positive terms
 * (DLMF 8.17.8), the even part of the continued fraction 8.17.22, and for large a and b
 * quadrature of the density's tail by the rule of Gauss and Legendre; with their slopes
 * in a and b. The prefactor is that of Loader (2000), in twice the precision.
 */
#include "ops/special_betainc.h"
#include "ops/special_rule.h"

/* ---- where ---- */

BetaAt beta_at_x(double a, double b, double x)
{
    Pair n = pair_sum(a, b), px = {x, 0}, py = pair_sum(1, -x);
    Pair apart = x < 0.5 ? pair_add((Pair){a, 0}, pair_neg(pair_mul(n, px)))
                         : pair_add(pair_mul(n, py), (Pair){-b, 0});
    return (BetaAt){a, b, px, py, apart.hi};
}

BetaAt beta_turned(const BetaAt *at)
{
    return (BetaAt){at->b, at->a, at->y, at->x, -at->apart};
}

BetaAt beta_at_y(double a, double b, double y)
{
    BetaAt turned = beta_at_x(b, a, y);
    return beta_turned(&turned);
}

/* ---- the prefactor ---- */

/* a < 10 <= b: (n x)^a e^(-n x) and y^b by its deviance from y = b / n, n = a + b. */
static Term term_lopsided(const BetaAt *at)
{
    double a = at->a, b = at->b;
    Pair n = pair_sum(a, b), nx = pair_mul(n, at->x), ny = pair_mul(n, at->y);
    Pair apart = pair_add((Pair){a, 0}, pair_neg(nx));
    Pair bend = pair_scale(pair_log1pmx(pair_div(apart, (Pair){b, 0}), ny, b), b);
    Pair e = pair_add(pair_scale(pair_log(nx), a), pair_neg(nx));
    double rest = stirling_rest(n.hi) - stirling_rest(b);
    return (Term){pair_add(e, pair_add(bend, (Pair){rest, 0})),
                  a * stirling_inverse_gamma(a) * sqrt(b / n.hi)};
}

/* a, b >= 10: x^a y^b by its deviance from x = a / n. */
static Term term_wide(const BetaAt *at)
{
    double a = at->a, b = at->b, big = a > b ? a : b, small = a > b ? b : a;
    Pair n = pair_sum(a, b), nx = pair_mul(n, at->x), ny = pair_mul(n, at->y);
    Pair apart = at->x.hi < at->y.hi ? pair_add(nx, (Pair){-a, 0})
                                     : pair_add((Pair){b, 0}, pair_neg(ny));
    Pair u = pair_div(apart, (Pair){a, 0}), v = pair_div(apart, (Pair){-b, 0});
    Pair e = pair_add(pair_scale(pair_log1pmx(u, nx, a), a),
                      pair_scale(pair_log1pmx(v, ny, b), b));
    double rest = stirling_rest(n.hi) - stirling_rest(b) - stirling_rest(a);
    return (Term){pair_add(e, (Pair){rest, 0}),
                  0.39894228040143268 * sqrt(small) * sqrt(big / n.hi)};
}

Term beta_term(const BetaAt *at)
{
    double a = at->a, b = at->b;
    if (a >= 10 && b >= 10) return term_wide(at);
    if (b >= 10) return term_lopsided(at);
    if (a >= 10) {
        BetaAt turned = beta_turned(at);
        return term_lopsided(&turned);
    }
    Pair e = pair_add(pair_scale(pair_log(at->x), a), pair_scale(pair_log(at->y), b));
    double big = a > b ? a : b, small = a > b ? b : a;
    Pair n = pair_sum(a, b);
    double lost = 1 - n.lo * log(n.hi + 0.56); /* digamma(1 + n) is about that */
    return (Term){e, small * (big / n.hi) * stirling_inverse_gamma(a) *
                         stirling_inverse_gamma(b) /
                         (stirling_inverse_gamma(n.hi) * lost)};
}

/* ---- the series: sum of (a + b)_k / (a + 1)_k x^k, over a ---- */

enum { TERMS_MOST = 2000 };

BetaSum beta_series(const BetaAt *at, bool slopes)
{
    double a = at->a, n = a + at->b, x = at->x.hi, term = 1;
    double log_in_a = 0, log_in_b = 0; /* slopes of log term */
    BetaSum s = {1, 0, 0};
    double least = slopes ? 2e-18 : 3e-17;
    for (int k = 0; k < TERMS_MOST; k++) {
        double up = n + k, below = a + 1 + k;
        if (slopes) {
            log_in_a += (1 - at->b) / up / below;
            log_in_b += 1 / up;
        }
        term *= x * up / below;
        s.value += term;
        s.in_a += term * log_in_a;
        s.in_b += term * log_in_b;
        if (term <= least * s.value && up * x < 0.9 * below) break;
    }
    return (BetaSum){s.value / a, s.in_a / a, s.in_b / a};
}

/* ---- the fraction ---- */

/* A number with its slopes in a and b. */
typedef struct Dual {
    double v, a, b;
} Dual;

static Dual dual_mul(Dual p, Dual q)
{
    return (Dual){p.v * q.v, p.a * q.v + p.v * q.a, p.b * q.v + p.v * q.b};
}

static Dual dual_div(Dual p, Dual q)
{
    double v = p.v / q.v;
    return (Dual){v, (p.a - v * q.a) / q.v, (p.b - v * q.b) / q.v};
}

static Dual dual_add(Dual p, Dual q) { return (Dual){p.v + q.v, p.a + q.a, p.b + q.b}; }

/* d_k of DLMF 8.17.23, of even k = 2 m, and -d_(k + 1). */
static Dual even_part(const BetaAt *at, double m)
{
    double a = at->a, b = at->b, x = at->x.hi;
    Dual up = {m * (b - m) * x, 0, m * x};
    Dual r = dual_div(up, (Dual){a + 2 * m - 1, 1, 0});
    return dual_div(r, (Dual){a + 2 * m, 1, 0});
}

static Dual odd_part(const BetaAt *at, double m)
{
    double a = at->a, n = a + at->b, x = at->x.hi;
    Dual r = dual_div((Dual){a + m, 1, 0}, (Dual){a + 2 * m, 1, 0});
    Dual s = dual_div((Dual){(n + m) * x, x, x}, (Dual){a + 2 * m + 1, 1, 0});
    return dual_mul(r, s);
}

/* 1 - odd_part, where that cancels. */
static Dual odd_rest(const BetaAt *at, double m)
{
    double a = at->a, b = at->b, n = a + b, x = at->x.hi, y = at->y.hi;
    /* ((a + 2 m)(a + 2 m + 1) - (a + m)(n + m) x) / a, of which n y - b is known */
    Dual r = dual_div((Dual){m, 0, 0}, (Dual){a, 1, 0});
    Dual more = dual_mul(r, (Dual){(a + n + m) * y + 3 * m + 2 - b, 2 * y, y - 1});
    /* (n y - b + 2 m + 1) + m / a ((n + a + m) y + 3 m + 2 - b) */
    Dual sum = dual_add((Dual){at->apart + 2 * m + 1, y, -x}, more);
    Dual below =
        dual_mul((Dual){1 + 2 * m / a, -2 * m / a / a, 0}, (Dual){a + 2 * m + 1, 1, 0});
    return dual_div(sum, below);
}

BetaSum beta_fraction(const BetaAt *at)
{
    Dual one = {1, 0, 0}, d = dual_div(one, odd_rest(at, 0)), term = d, sum = d;
    Dual before = odd_part(at, 0);
    for (int m = 1; m < TERMS_MOST; m++) {
        Dual even = even_part(at, m), up = dual_mul(before, even), was = d;
        Dual base = dual_add(even, odd_rest(at, m));
        d = dual_div(one, dual_add(base, dual_mul(up, was)));
        Dual by = dual_mul(dual_mul(up, was), d);
        term = dual_mul(term, (Dual){-by.v, -by.a, -by.b});
        sum = dual_add(sum, term);
        before = odd_part(at, m);
        bool done = fabs(term.v) <= 1e-17 * sum.v &&
                    fabs(term.a) <= 1e-17 * fabs(sum.a) &&
                    fabs(term.b) <= 1e-17 * fabs(sum.b);
        if (done) break;
    }
    return (BetaSum){sum.v / at->a, sum.a / at->a, sum.b / at->a};
}

/* ---- quadrature ---- */

/* The density at x (1 - r) over that at x: exp(line r + …). */
typedef struct Fall {
    double a, b, line, odds; /* odds = x / y */
} Fall;

static double fall_log(const Fall *f, double r)
{
    return f->line * r + ((f->a - 1) * stirling_log1pmx(-r) +
                          (f->b - 1) * stirling_log1pmx(r * f->odds));
}

/* Where the density has fallen to about e^-40. */
static double fall_width(const Fall *f)
{
    double curve = (f->a - 1) + (f->b - 1) * f->odds * f->odds;
    double root = sqrt(f->line * f->line + 80 * curve);
    double w = f->line < 0 ? 80 / (root - f->line) : (root + f->line) / curve;
    for (int k = 0; k < 4; k++) {
        if (!(w < 0.999)) w = 0.999;
        double z = w * f->odds;
        double slope =
            f->line - (f->a - 1) * w / (1 - w) - (f->b - 1) * f->odds * z / (1 + z);
        w -= (fall_log(f, w) + 40) / slope;
    }
    return w < 1 && w > 0 ? w : 1;
}

BetaSum beta_quadrature(const BetaAt *at, bool slopes)
{
    double x = at->x.hi, y = at->y.hi;
    Fall f = {at->a, at->b, -(at->apart - 1 + 2 * x) / y, x / y};
    double half = fall_width(&f) / 2;
    BetaSum s = {0, 0, 0};
    for (int k = 0; k < RULE_HALF; k++)
        for (int side = -1; side <= 1; side += 2) {
            double r = half * (1 + side * rule[k].node);
            double w = rule[k].weight * exp(fall_log(&f, r));
            s.value += w;
            if (!slopes) continue;
            s.in_a += w * log1p(-r);
            s.in_b += w * log1p(r * f.odds);
        }
    double by = half / y;
    return (BetaSum){s.value * by, (s.in_a + s.value / f.a) * by, s.in_b * by};
}
