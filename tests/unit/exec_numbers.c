/* SPDX-License-Identifier: MIT
 * Loops over many numbers: rounding towards x0 against nextafterf of the C library,
 * over all magnitudes of single precision; bounds with NaN, infinities and the first
 * and the last number of a block; extremes, distances and moments of any length, for
 * each kind of CPU, beside plain loops.
 */
#include "exec/exec_int.h"

#include "../tap.h"

#include <float.h>
#include <math.h>
#include <string.h>

static uint64_t state = 1;

static uint64_t bits(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return state >> 33;
}

/* Of any magnitude down to below the least of single precision; at times one of its
 * own numbers, a power of two or zero. */
static double some(void)
{
    double m = 1 + (double)bits() / (double)(1u << 31);
    if (bits() % 8 == 0) m = 1;
    if (bits() % 40 == 0) m = 0;
    int e = bits() % 4 ? (int)(bits() % 40) - 30 : (int)(bits() % 282) - 155;
    double x = ldexp(bits() % 2 ? m : -m, e);
    return bits() % 4 ? x : (double)(float)x;
}

static double expected(double x, double x0)
{
    float f = (float)x;
    if (isinf(f)) f = f > 0 ? FLT_MAX : -FLT_MAX;
    if (x > x0 ? (double)f > x : (double)f < x)
        f = nextafterf(f, x > x0 ? -INFINITY : INFINITY);
    if ((double)f == (double)(float)x0) return x0;
    return (x > x0 ? (double)f > x0 : (double)f < x0) ? (double)f : x0;
}

static void test_rounding(void)
{
    enum { N = 4003 };
    static double x[N], x0[N], was[N];
    int wrong = 0, beyond = 0;
    for (int k = 0; k < 100; k++) {
        for (int i = 0; i < N; i++) {
            x0[i] = some();
            x[i] = was[i] =
                bits() % 3 ? x0[i] + some() * ldexp(1, -(int)(bits() % 30)) : some();
        }
        numbers_round_towards(x, x, x0, N);
        for (int i = 0; i < N; i++) {
            wrong += !(x[i] == expected(was[i], x0[i]));
            beyond += !(fabs(x[i] - x0[i]) <= fabs(was[i] - x0[i]));
            if (wrong == 1 && !(x[i] == expected(was[i], x0[i])))
                note("%a towards %a: %a, not %a", was[i], x0[i], x[i],
                     expected(was[i], x0[i]));
        }
    }
    ok(wrong == 0, "rounded towards x0 as by nextafterf");
    ok(beyond == 0, "no change grows");
}

static void test_bounds(void)
{
    enum { N = 1100 };
    static double x[N];
    const double odd[] = {(double)NAN, HUGE_VAL, -HUGE_VAL, 1.5, -0.5};
    for (int i = 0; i < N; i++) x[i] = (double)i / N;
    ok(numbers_within(x, N, 0, 1) && numbers_finite(x, N), "all within");
    ok(numbers_within(x, 0, 0, 1), "none is within");
    int found = 0;
    for (int at = 0; at < N; at += 157)
        for (int k = 0; k < 5; k++) {
            double was = x[at];
            x[at] = odd[k];
            found += !numbers_within(x, N, 0, 1);
            found += numbers_finite(x, N) == (k > 2);
            x[at] = was;
        }
    ok(found == 8 * 5 * 2, "one that is not is found");
}

/* Of each length, with a NaN at any of its places, in the middle and at either end. */
static void test_extremes(const char *name, const NumberLoops *loops)
{
    enum { N = 67 };
    double x[N], x0[N], least, most;
    int wrong = 0, lost = 0;
    for (int n = 0; n <= N; n++) {
        double lo = HUGE_VAL, hi = -HUGE_VAL, far = 0;
        for (int i = 0; i < n; i++) {
            x[i] = some();
            x0[i] = some();
            lo = fmin(lo, x[i]);
            hi = fmax(hi, x[i]);
            far = fmax(far, fabs(x[i] - x0[i]));
        }
        wrong += !loops->range(x, n, &least, &most) || least != lo || most != hi;
        wrong += loops->apart(x, x0, n) != far;
        for (int i = 0; i < n; i++) {
            double was = x[i];
            x[i] = (double)NAN;
            lost += loops->range(x, n, &least, &most);
            x[i] = was;
        }
    }
    ok(wrong == 0, "%s: least, greatest and farthest as by fmin and fmax", name);
    ok(lost == 0, "%s: no NaN is lost", name);
}

/* Of three draws, of each count, beside two passes over them. */
static void test_moments(const char *name, const NumberLoops *loops)
{
    enum { N = 37, DRAWS = 3 };
    int wrong = 0;
    for (int n = 0; n <= N; n++) {
        double x[DRAWS][N], mean[N] = {0}, squares[N] = {0}, f_mean[N] = {0},
                            f_squares[N] = {0};
        float f[DRAWS][N];
        for (int k = 0; k < DRAWS; k++) {
            for (int i = 0; i < n; i++) {
                x[k][i] = (double)bits() / (double)(1u << 31) - 0.3;
                f[k][i] = (float)x[k][i];
            }
            loops->moments_f64(mean, squares, x[k], n, 1.0 / (k + 1));
            loops->moments_f32(f_mean, f_squares, f[k], n, 1.0 / (k + 1));
        }
        for (int i = 0; i < N; i++) {
            double m = 0, q = 0;
            for (int k = 0; k < DRAWS && i < n; k++) m += x[k][i] / DRAWS;
            for (int k = 0; k < DRAWS && i < n; k++) q += (x[k][i] - m) * (x[k][i] - m);
            wrong += !(fabs(mean[i] - m) < 1e-15 && fabs(squares[i] - q) < 1e-15);
            wrong += !(fabs(f_mean[i] - m) < 1e-7 && fabs(f_squares[i] - q) < 1e-6);
        }
    }
    ok(wrong == 0, "%s: means and squares as by two passes", name);
}

int main(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        test_extremes("AVX2", &number_loops_avx2),
            test_moments("AVX2", &number_loops_avx2);
#endif
    test_extremes("any CPU", &number_loops_base);
    test_moments("any CPU", &number_loops_base);
    test_rounding();
    test_bounds();
    return done_testing();
}
