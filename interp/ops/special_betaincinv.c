/* SPDX-License-Identifier: MIT
 * Inverses of the incomplete beta function in x: Halley's steps on the logarithm of the
 * smaller tail over log(x / (1 - x)), where that logarithm is concave, so that they
 * come from anywhere (the density of a logit is log-concave).
 */
#include "ops/special.h"
#include "ops/special_betainc.h"

/* p and 1 - p, the smaller one exact. */
typedef struct Share {
    double p, q;
} Share;

/* x and 1 - x, the smaller one exact. */
typedef struct Spot {
    double x, y;
} Spot;

static Spot spot_moved(Spot s, double delta)
{
    double more = expm1(delta);
    double by = fabs(delta) < 1 ? 1 + s.x * more : s.x * (1 + more) + s.y;
    Spot t = {s.x * (1 + more) / by, s.y / by};
    if (t.x < t.y) return (Spot){t.x, 1 - t.x};
    return (Spot){1 - t.y, t.y};
}

/* By the normal quantile of a logit (Abramowitz and Stegun 26.2.23), or by the first
 * term of the series of either tail. */
static Spot start(double a, double b, const Share *s)
{
    double log_x = (log(s->p) + log(a) + special_lbeta(a, b)) / a;
    double log_y = (log(s->q) + log(b) + special_lbeta(a, b)) / b;
    if (log_x < -1 && log_x < log(a / (a + b)) - 1)
        return (Spot){exp(log_x), -expm1(log_x)};
    if (log_y < -1 && log_y < log(b / (a + b)) - 1)
        return (Spot){-expm1(log_y), exp(log_y)};
    if (a < 1 || b < 1) return (Spot){a / (a + b), b / (a + b)};
    double small = s->p < s->q ? s->p : s->q, t = sqrt(-2 * log(small));
    double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                       (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    double sd = sqrt(1 / a + 1 / b);
    Spot mean =
        a < b ? (Spot){a / (a + b), b / (a + b)} : (Spot){a / (a + b), b / (a + b)};
    return spot_moved(mean, s->p < s->q ? -z * sd : z * sd);
}

/* A step in log(x / y), and whether what is left after it cannot be seen. */
static double step(double a, double b, Spot at, const Share *s, bool *done)
{
    BetaAt place = at.x < at.y ? beta_at_x(a, b, at.x) : beta_at_y(a, b, at.y);
    BetaTail t = beta_tail(&place);
    double want = t.lower ? s->p : s->q, value = term_value(t.term) * t.sum;
    double sign = t.lower ? 1 : -1, slope = t.slope / t.sum; /* of the logarithm */
    double off = value > 0.5 * want && value < 2 * want && value > 1e-290
                     ? log1p((want - value) / value)
                     : log(want) - beta_tail_log(&t, t.lower);
    double newton = sign * off / slope, curve = place.apart - sign * slope;
    double by = 1 + newton * curve / 2;
    double delta = by > 0.3 && by < 3 ? newton / by : newton;
    *done = fabs(delta) * (1 + fabs(place.apart) + slope) < 1e-5;
    return delta > 8 ? 8 : delta < -8 ? -8 : delta;
}

static Spot inverse(double a, double b, const Share *s)
{
    if (!(a > 0 && b > 0 && a < HUGE_VAL && b < HUGE_VAL && s->p >= 0 && s->q >= 0))
        return (Spot){(double)NAN, (double)NAN};
    if (s->p == 0) return (Spot){0, 1};
    if (s->q == 0) return (Spot){1, 0};
    Spot at = start(a, b, s);
    bool done = false;
    for (int i = 0; i < 100 && !done && at.x > 0 && at.y > 0; i++)
        at = spot_moved(at, step(a, b, at, s, &done));
    if (a < 1 && at.x < 0.3 / (1 + b) && at.x > 0) {
        BetaAt place = beta_at_x(a, b, at.x);
        at.x = beta_inverse_small(&place, s->p);
    }
    return at;
}

double special_betaincinv(double a, double b, double p)
{
    return inverse(a, b, &(Share){p, 1 - p}).x;
}

double special_betainccinv(double a, double b, double q)
{
    return inverse(a, b, &(Share){1 - q, q}).x;
}
