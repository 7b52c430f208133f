/* SPDX-License-Identifier: MIT
 * Around the gamma function: Stirling's series (Abramowitz and Stegun 6.1.41), the
 * series of 1 / gamma (6.1.34), and x^a e^-x / gamma(a + 1) as Loader (2000) computes
 * it, by its deviance from x = a, here in twice the precision.
 */
#include "ops/special_stirling.h"

double stirling_rest(double a)
{
    double z = 1 / (a * a);
    return (1.0 / 12 -
            z * (1.0 / 360 -
                 z * (1.0 / 1260 -
                      z * (1.0 / 1680 -
                           z * (1.0 / 1188 -
                                z * (691.0 / 360360 -
                                     z * (1.0 / 156 - z * (3617.0 / 122400)))))))) /
           a;
}

double stirling_rest_slope(double a)
{
    double z = 1 / (a * a);
    double tail = 1.0 / 240 - z * (1.0 / 132 - z * (691.0 / 32760 - z / 12));
    return -z * (1.0 / 12 - z * (1.0 / 120 - z * (1.0 / 252 - z * tail)));
}

double stirling_log1pmx(double x)
{
    if (!(x > -0.4 && x < 1)) return log1p(x) - x;
    double s = x / (2 + x), z = s * s, sum = 0;
    for (int k = 17; k >= 1; k--) sum = z * (1.0 / (2 * k + 1) + sum);
    return s * (2 * sum - x);
}

double stirling_inverse_less_1(double t)
{
    static const double c[] = {0.57721566490153286061,      -0.65587807152025388108,
                               -0.042002635034095235529,    0.1665386113822914895,
                               -0.042197734555544336748,    -0.0096219715278769735621,
                               0.0072189432466630995424,    -0.0011651675918590651121,
                               -0.00021524167411495097282,  0.00012805028238811618615,
                               -0.000020134854780788238656, -1.2504934821426706573e-6,
                               1.1330272319816958824e-6,    -2.0563384169776071035e-7,
                               6.1160951044814158179e-9,    5.0020076444692229301e-9,
                               -1.1812745704870201446e-9,   1.0434267116911005105e-10,
                               7.782263439905071254e-12,    -3.6968056186422057082e-12};
    double sum = 0;
    for (int k = (int)(sizeof c / sizeof *c) - 1; k >= 0; k--) sum = sum * t + c[k];
    return sum * t;
}

double stirling_inverse_gamma(double a)
{
    double n = floor(a + 0.5), t = a - n, below = 1;
    for (int k = 1; k <= (int)n; k++) below *= t + k;
    return (1 + stirling_inverse_less_1(t)) / below;
}

/* ---- terms ---- */

double term_value(Term t) { return t.factor * pair_exp(t.exponent); }

double term_log(Term t) { return t.exponent.hi + (t.exponent.lo + log(t.factor)); }

Term term_power(double a, Pair x)
{
    if (a < stirling_from) {
        Pair e = pair_add(pair_scale(pair_log(x), a), pair_neg(x));
        return (Term){e, stirling_inverse_gamma(a)};
    }
    Pair u = pair_div(pair_add(x, (Pair){-a, 0}), (Pair){a, 0});
    Pair e = pair_scale(pair_log1pmx(u, x, a), a);
    return (Term){pair_add(e, (Pair){-stirling_rest(a), 0}),
                  0.39894228040143268 / sqrt(a)};
}
