/* SPDX-License-Identifier: MIT
 * The distribution of angles of von Mises, around 0: its density integrated by Gauss
 * and Legendre's rule from where it has vanished, or from 0, so that nothing cancels.
 */
#include "ops/special.h"
#include "ops/special_rule.h"

#include <math.h>
#include <stdbool.h>

static const double pi = 3.14159265358979323846;

/* exp(k (cos s - 1)) / (2 pi e^-k I_0(k)) is the density. */
static double density(double s, double k)
{
    double half = sin(s / 2);
    return exp(-2 * k * half * half) / (2 * pi * special_besseli_scaled(0, k));
}

double special_von_mises_density(double x, double k)
{
    return k >= 0 && k < HUGE_VAL ? density(x, k) : (double)NAN;
}

/* The density at s0 - r over that at s0, and with `drift` times the slope of its
 * logarithm in k, cos s - I_1 / I_0. */
typedef struct Arc {
    double s0, k, spread; /* 1 - I_1 / I_0 */
    bool drift;
} Arc;

static double arc_at(const void *context, double r)
{
    const Arc *arc = context;
    double fall = sin(arc->s0 - r / 2) * sin(r / 2);
    double f = exp(2 * arc->k * fall), half = sin((arc->s0 - r) / 2);
    return arc->drift ? f * (arc->spread - 2 * half * half) : f;
}

/* How far below s0 <= 0 the density has fallen to e^-40 of that at s0, or -pi is. */
static double width(double s0, double k)
{
    double half = sin(s0 / 2), deep = half * half + 20 / k;
    return deep < 1 ? s0 + 2 * asin(sqrt(deep)) : s0 + pi;
}

/* 1 - I_1(k) / I_0(k) */
static double spread_of(double k)
{
    return -special_besseli_scaled_slope(0, k) / special_besseli_scaled(0, k);
}

/* The integral of the density from -pi to s <= 0. */
static double tail(double s, double k)
{
    Arc arc = {s, k, 0, false};
    double f = density(s, k);
    return f > 0 ? f * rule_integral(arc_at, &arc, width(s, k)) : 0;
}

/* s of an angle in -pi … pi, and whole turns. */
static double in_turn(double x, double *turns)
{
    double s = remainder(x, 2 * pi);
    *turns = floor((x - s) / (2 * pi) + 0.5);
    return s;
}

double special_von_mises_cdf(double x, double k)
{
    if (!(k >= 0 && k < HUGE_VAL) || x - x != 0) return (double)NAN;
    double turns, s = in_turn(x, &turns);
    double v = s > 0 ? 1 - tail(-s, k) : tail(s, k);
    return turns + v;
}

double special_von_mises_cdf_slope(double x, double k)
{
    if (!(k >= 0 && k < HUGE_VAL) || x - x != 0) return (double)NAN;
    double turns, s = in_turn(x, &turns), t = fabs(s);
    double spread = spread_of(k), half = sin(t / 2);
    Arc arc = {-t, k, spread, true};
    double v = 0, f = density(t, k);
    if (2 * half * half < spread) { /* all between -t and 0 gain */
        arc.s0 = 0;
        v = -density(0, k) * rule_integral(arc_at, &arc, t);
    } else if (f > 0)
        v = f * rule_integral(arc_at, &arc, width(-t, k));
    return s > 0 ? -v : v;
}

/* s <= 0 with tail(s) = q <= 1/2, by Halley's steps on the logarithm, kept in a range.
 */
static double inverse(double q, double k)
{
    double low = -pi, high = 0, z = special_ndtri(q) / sqrt(k + 0.1);
    double s = z > -1.9 ? 2 * asin(z / 2) : (2 * q - 1) * pi;
    double norm = 2 * pi * special_besseli_scaled(0, k);
    bool done = false;
    for (int i = 0; i < 100 && !done; i++) {
        double half = sin(s / 2), f = exp(-2 * k * half * half) / norm;
        Arc arc = {s, k, 0, false};
        double ratio = rule_integral(arc_at, &arc, width(s, k)), value = f * ratio;
        if (value < q)
            low = s;
        else
            high = s;
        bool near = value > 0.5 * q && value < 2 * q;
        double off = near ? log1p((q - value) / value) : log(q / value);
        double newton = off * ratio, curve = -k * sin(s) - 1 / ratio;
        double by = 1 + newton * curve / 2;
        double to = s + (by > 0.3 && by < 3 ? newton / by : newton);
        bool inside = to > low && to < high;
        if (!inside) to = low + (high - low) / 2;
        done = inside ? fabs(to - s) * (fabs(curve) + 2 / ratio) < 1e-5
                      : high - low <= 4e-16 * fabs(high);
        s = to;
    }
    return s;
}

double special_von_mises_quantile(double q, double k)
{
    if (!(q >= 0 && q <= 1 && k >= 0 && k < HUGE_VAL)) return (double)NAN;
    if (q == 0 || q == 1) return q == 0 ? -pi : pi;
    if (q == 0.5) return 0;
    return q < 0.5 ? inverse(q, k) : -inverse(1 - q, k);
}
