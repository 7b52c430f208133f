/* SPDX-License-Identifier: MIT
 * Special functions that the C library lacks: the derivatives of log gamma. Recurrence
 * upwards, then the asymptotic series (Abramowitz and Stegun 6.3.18, 6.4.12, 23.1.30).
 */
#define _DEFAULT_SOURCE /* lgamma_r, which writes no global */
#include "ops/special.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

/* From here on the series has 16 digits. */
static const double far = 10;

double special_lgamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

/* The zero of digamma, in two parts, and digamma near it: the recurrence would cancel.
 */
static double digamma_near_zero(double x)
{
    static const double root = 1.4616321449683623, tail = 9.549995429965697e-17;
    double d = (x - root) - tail;
    /* psi(root + d) - psi(root) = sum over k of d / ((root + k)(x + k)) */
    double sum = 0;
    enum { TERMS = 30 };
    for (int k = TERMS - 1; k >= 0; k--) sum += 1 / ((root + k) * (x + k));
    /* the rest by Euler and Maclaurin, of f(t) = 1 / (t (t + d)) from t = root + TERMS
     */
    double u = root + TERMS, p = 1 / u, q = 1 / (x + TERMS);
    double f = p * q, s = p + q, p2 = p * p, q2 = q * q;
    double integral = d < 0 || d > 0 ? log1p(d * p) / d : p;
    double f1 = -s * f, f3 = -6 * s * f * (p2 + q2);
    double f5 = -120 * s * f * (p2 * p2 + p2 * q2 + q2 * q2);
    double f7 = -5040 * s * f * (p2 * p2 * p2 + p2 * q2 * (p2 + q2) + q2 * q2 * q2);
    sum += integral + f / 2 - f1 / 12 + f3 / 720 - f5 / 30240 + f7 / 1209600;
    return d * sum;
}

double special_digamma(double x)
{
    if (x != x || x == HUGE_VAL) return x;
    if (x <= 0) {
        if (x == floor(x)) return (double)NAN;
        return special_digamma(1 - x) - pi / tan(pi * (x - nearbyint(x)));
    }
    if (fabs(x - 1.4616321449683623) < 0.8) return digamma_near_zero(x);
    double down = 0;
    for (; x < far; x++) down += 1 / x;
    double z = 1 / (x * x);
    double s =
        z * (1.0 / 12 -
             z * (1.0 / 120 -
                  z * (1.0 / 252 -
                       z * (1.0 / 240 -
                            z * (1.0 / 132 - z * (691.0 / 32760 - z * (1.0 / 12)))))));
    return log(x) - 0.5 / x - s - down;
}

/* The Hurwitz zeta function for whole s ≥ 2: sum over k ≥ 0 of (x + k)^-s. */
static double hurwitz(int s, double x)
{
    /* Bernoulli numbers B2, B4, … */
    static const double bernoulli[] = {
        1.0 / 6,       -1.0 / 30, 1.0 / 42,      -1.0 / 30,     5.0 / 66,
        -691.0 / 2730, 7.0 / 6,   -3617.0 / 510, 43867.0 / 798, -174611.0 / 330};
    double sum = 0;
    for (; x < far + s; x++) sum += pow(x, -s);
    double tail = pow(x, 1 - s) / (s - 1) + 0.5 * pow(x, -s);
    double term = s * pow(x, -s - 1) / 2; /* s … (s + 2j − 2) / (2j)! x^(−s−2j+1) */
    for (int j = 1; j <= (int)(sizeof bernoulli / sizeof *bernoulli); j++) {
        tail += bernoulli[j - 1] * term;
        term *= (s + 2 * j - 1) * (double)(s + 2 * j) / (x * x) /
                ((2 * j + 1) * (double)(2 * j + 2));
    }
    return sum + tail;
}

double special_trigamma(double x) { return special_polygamma(1, x); }

double special_polygamma(double order, double x)
{
    double n = nearbyint(order);
    if (order != n) return (double)NAN;
    if (n == 0) return special_digamma(x);
    if (x != x || !(n > 0) || n > 100) return (double)NAN;
    if (x == HUGE_VAL) return 0;
    if (x <= 0 && x == floor(x)) return fmod(n, 2) == 1 ? HUGE_VAL : (double)NAN;
    if (x < -1e6) return (double)NAN; /* the recurrence would be too long */
    double z = tgamma(n + 1) * hurwitz((int)n + 1, x);
    return fmod(n, 2) == 1 ? z : -z;
}
