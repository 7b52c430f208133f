/* SPDX-License-Identifier: MIT
 * The normal distribution function, its logarithm, and their inverses. Far left come
 * the asymptotic series (Abramowitz and Stegun 26.2.12) and the continued fraction of
 * Laplace (26.2.14); inverses start from 26.2.23 and are made exact by Halley's
 * iteration.
 */
#include "ops/special.h"
#include "ops/special_pair.h"

static const double root_half = 0.70710678118654752, /* sqrt(1/2) */
    root_half_low = -4.8336466567264565e-17, root_2pi = 2.50662827463100050,
                    log_root_2pi = 0.91893853320467274, ln2 = 0.69314718055994531;

/* exp(-x^2 / 2) / sqrt(2 pi): what x^2 lost in rounding is put back. */
static double density(double x)
{
    Pair square = pair_product(x, x);
    return exp(-square.hi / 2) * (1 - square.lo / 2) / root_2pi;
}

double special_ndtr(double x)
{
    if (!(fabs(x) < 39)) return x != x ? x : x > 0;
    Pair z = pair_scale((Pair){root_half, root_half_low}, -x);
    double slope = -2 * density(x) / root_half; /* of erfc at z: -2/sqrt(pi) e^-z^2 */
    return (erfc(z.hi) + slope * z.lo) / 2;
}

double special_log_ndtr(double x)
{
    if (x > 0) return log1p(-special_ndtr(-x));
    if (!(x < -37)) return log(special_ndtr(x));
    double z = 1 / (x * x);
    double series = -z * (1 - z * (3 - z * (15 - z * (105 - z * 945))));
    return -x * x / 2 - (log(-x) + log_root_2pi) + log1p(series);
}

double special_ndtr_hazard(double x)
{
    if (!(x < -4)) return x > 39 ? 0 : density(x) / special_ndtr(x);
    double t = -x, fraction = t;
    if (t > 1e9) return t;
    for (int k = 12 + (int)(1000 / (t * t)); k >= 1; k--) fraction = t + k / fraction;
    return fraction;
}

/* ---- inverses ---- */

/* x with ndtr(x) = 1/2 + q, |q| <= 1/4. */
static double middle_inverse(double q)
{
    double s = root_2pi * q, z = s * s;
    double x = s * (1 + z * (1.0 / 6 + z * (7.0 / 120 + z * (127.0 / 5040))));
    for (int i = 0; i < 2; i++) {
        double f = (erf(x * root_half) / 2 - q) / density(x);
        x -= f / (1 + x * f / 2);
    }
    return x;
}

/* About the x < 0 with log_ndtr(x) = y, y <= log(1/4). */
static double tail_start(double y)
{
    double t = sqrt(-2 * y);
    return (2.515517 + t * (0.802853 + t * 0.010328)) /
               (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) -
           t;
}

static double tail_inverse_log(double y)
{
    if (y == -HUGE_VAL) return y;
    double x = tail_start(y);
    for (int i = 0; i < 3; i++) {
        double slope = special_ndtr_hazard(x);
        double f = (special_log_ndtr(x) - y) / slope;
        x -= f / (1 + f * (x + slope) / 2);
    }
    return x;
}

/* p <= 1/4 */
static double tail_inverse(double p)
{
    if (p < 1e-290) return tail_inverse_log(log(p));
    double x = tail_start(log(p));
    for (int i = 0; i < 2; i++) {
        double f = (special_ndtr(x) - p) / density(x);
        x -= f / (1 + x * f / 2);
    }
    return x;
}

double special_ndtri(double p)
{
    if (!(p >= 0 && p <= 1)) return (double)NAN;
    if (p < 0.25) return tail_inverse(p);
    return p > 0.75 ? -tail_inverse(1 - p) : middle_inverse(p - 0.5);
}

double special_ndtri_exp(double y)
{
    static const double ln2_low = 2.3190468138462996e-17;
    if (!(y <= 0)) return (double)NAN;
    if (y < -2 * ln2) return tail_inverse_log(y);
    if (y > -0.28) return -tail_inverse(-expm1(y));
    return middle_inverse(expm1((y + ln2) + ln2_low) / 2);
}

double special_erfinv(double y)
{
    double a = fabs(y);
    if (!(a <= 1)) return (double)NAN;
    if (a < 1e-9) return y * 0.88622692545275801; /* sqrt(pi) / 2 */
    if (a <= 0.5) return middle_inverse(y / 2) * root_half;
    return copysign(tail_inverse((1 - a) / 2) * root_half, y);
}

double special_erfcinv(double y)
{
    if (!(y >= 0 && y <= 2)) return (double)NAN;
    if (y < 1e-290) return -tail_inverse_log(log(y) - ln2) * root_half;
    if (y < 0.5) return -tail_inverse(y / 2) * root_half;
    if (y > 1.5) return tail_inverse((2 - y) / 2) * root_half;
    return middle_inverse((1 - y) / 2) * root_half;
}
