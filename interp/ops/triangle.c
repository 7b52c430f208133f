/* SPDX-License-Identifier: MIT
 * Lower triangles of dense row-major doubles: the Cholesky factor, its slope, and
 * systems. Small ones by the loops here, larger ones by the BLAS.
 */
#include "ops/ops_int.h"

#include <limits.h>
#include <math.h>

/* Up to this many rows the loops are faster than a call. */
enum { LEAF = 32 };

/* Rows of a symmetric product that are made at once: what lies above its diagonal is
 * waste. */
enum { STRIP = 128 };

static void factor_leaf(double *a, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++) {
            double s = a[i * n + j];
            for (int64_t p = 0; p < j; p++) s -= a[i * n + p] * a[j * n + p];
            a[i * n + j] = i > j ? s / a[j * n + j] : sqrt(s);
        }
}

int64_t triangle_factor(double *a, int64_t n)
{
    if (n <= LEAF || n > INT_MAX)
        factor_leaf(a, n);
    else
        blas_cholesky_f64(n, a, n);
    for (int64_t i = 0; i < n; i++) {
        double d = a[i * n + i];
        if (!(d > 0) || d - d != 0) return i;
        memset(a + i * n + i + 1, 0, (size_t)(n - i - 1) * sizeof *a);
    }
    return -1;
}

/* Giles 2008, "Collected matrix derivative results", section 4.2.1. */
static void slope_leaf(const double *l, int64_t ldl, double *d, int64_t ldd, int64_t n)
{
    for (int64_t i = n - 1; i >= 0; i--)
        for (int64_t j = i; j >= 0; j--) {
            double *di = d + i * ldd, *dj = d + j * ldd;
            const double *li = l + i * ldl, *lj = l + j * ldl;
            double s = di[j] / lj[j];
            if (i == j)
                s /= 2;
            else
                dj[j] -= s * li[j];
            di[j] = s;
            for (int64_t k = 0; k < j; k++) di[k] -= s * lj[k];
            for (int64_t k = 0; k < j; k++) dj[k] -= s * li[k];
        }
}

/* By halves, l = [a 0; c b]: Murray 2016, "Differentiation of the Cholesky
 * decomposition", the blocked algorithm of section 4. */
static void slope_halves(const double *l, int64_t ldl, double *d, int64_t ldd,
                         int64_t n)
{
    if (n <= LEAF) {
        slope_leaf(l, ldl, d, ldd, n);
        return;
    }
    int64_t m = n / 2, rest = n - m;
    const double *c = l + m * ldl, *b = c + m;
    double *dc = d + m * ldd, *db = dc + m;
    slope_halves(b, ldl, db, ldd, rest);
    for (int64_t i = 0; i < rest; i++) db[i * ldd + i] *= 2;
    blas_subtract_symmetric_f64(rest, m, db, ldd, c, ldl, dc, ldd);
    for (int64_t i = 0; i < rest; i++) db[i * ldd + i] /= 2;
    blas_solve_lower_f64(true, false, rest, m, l, ldl, dc, ldd);
    for (int64_t i = 0; i < m; i += STRIP) {
        int64_t w = m - i < STRIP ? m - i : STRIP;
        blas_subtract_f64(true, w, i + w, rest, dc + i, ldd, c, ldl, d + i * ldd, ldd);
    }
    slope_halves(l, ldl, d, ldd, m);
}

void triangle_factor_slope(const double *l, double *d, int64_t n)
{
    slope_halves(l, n, d, n, n);
}

static void solve_leaf(const double *l, bool transposed, int64_t n, double *b,
                       int64_t k)
{
    for (int64_t s = 0; s < n; s++) {
        int64_t i = transposed ? n - 1 - s : s;
        for (int64_t p = transposed ? i + 1 : 0; p < (transposed ? n : i); p++) {
            double f = transposed ? l[p * n + i] : l[i * n + p];
            for (int64_t c = 0; c < k; c++) b[i * k + c] -= f * b[p * k + c];
        }
        for (int64_t c = 0; c < k; c++) b[i * k + c] /= l[i * n + i];
    }
}

bool triangle_solve(const double *l, bool transposed, int64_t n, double *b, int64_t k)
{
    for (int64_t i = 0; i < n; i++)
        if (!(l[i * n + i] < 0 || l[i * n + i] > 0)) return false;
    if (n <= LEAF || n > INT_MAX || k > INT_MAX)
        solve_leaf(l, transposed, n, b, k);
    else
        blas_solve_lower_f64(false, transposed, n, k, l, n, b, k);
    return true;
}
