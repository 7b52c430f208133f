/* SPDX-License-Identifier: MIT
 * R-hat and effective numbers of draws, of chains that are split in halves (Vehtari,
 * Gelman, Simpson, Carpenter and Bürkner 2021: "Rank-normalization, folding, and
 * localization").
 */
#include "mixing.h"

#include "ops/ops.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Halves of chains, side by side: x[m, n]. */
typedef struct Halves {
    double *x;
    int64_t m, n;
} Halves;

/* The middle draw of an odd number is left out. */
static Halves halves(Memory *mem, const double *x, int64_t chains, int64_t draws)
{
    Halves h = {NULL, 2 * chains, draws / 2};
    h.x = memory_take(mem, (size_t)(h.m * h.n) * sizeof *h.x);
    for (int64_t c = 0; c < chains; c++)
        for (int half = 0; half < 2; half++)
            memcpy(h.x + (2 * c + half) * h.n, x + c * draws + (half ? draws - h.n : 0),
                   (size_t)h.n * sizeof *h.x);
    return h;
}

static void halves_free(Memory *mem, Halves *h)
{
    memory_give(mem, h->x, (size_t)(h->m * h->n) * sizeof *h->x);
}

static double mean_of(const double *x, int64_t n)
{
    double s = 0;
    for (int64_t i = 0; i < n; i++) s += (x[i] - s) / (double)(i + 1);
    return s;
}

static double var_of(const double *x, int64_t n, double mean)
{
    double s = 0;
    for (int64_t i = 0; i < n; i++) s += (x[i] - mean) * (x[i] - mean);
    return s / (double)(n - 1);
}

/* ---- ranks ---- */

typedef struct Ranked {
    double x;
    int64_t at;
} Ranked;

static int by_value(const void *a, const void *b)
{
    double x = ((const Ranked *)a)->x, y = ((const Ranked *)b)->x;
    return (x > y) - (x < y);
}

/* Normal scores of the ranks, equal numbers sharing theirs (Blom 1958). */
static void normal_scores(Memory *mem, Halves *h)
{
    int64_t n = h->m * h->n;
    Ranked *r = memory_take(mem, (size_t)n * sizeof *r);
    for (int64_t i = 0; i < n; i++) r[i] = (Ranked){h->x[i], i};
    qsort(r, (size_t)n, sizeof *r, by_value);
    for (int64_t i = 0, k; i < n; i = k) {
        for (k = i + 1; k < n && !(r[k].x > r[i].x); k++) continue;
        double rank = 0.5 * (double)(i + 1 + k);
        double score, share = (rank - 0.375) / ((double)n + 0.25);
        elem_kernel(ELEM_ndtri, TYPE_F64)(1, &score, (const void *[]){&share});
        for (; i < k; i++) h->x[r[i].at] = score;
    }
    memory_give(mem, r, (size_t)n * sizeof *r);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Between the two nearest numbers, as R's type 7. */
static double quantile_of(const double *sorted, int64_t n, double q)
{
    double at = q * (double)(n - 1);
    int64_t i = (int64_t)at;
    double next = sorted[i + 1 < n ? i + 1 : i];
    return sorted[i] + (at - (double)i) * (next - sorted[i]);
}

static double *sorted_copy(Memory *mem, const double *x, int64_t n)
{
    double *y = memory_take(mem, (size_t)n * sizeof *y);
    memcpy(y, x, (size_t)n * sizeof *y);
    qsort(y, (size_t)n, sizeof *y, ascending);
    return y;
}

/* ---- R-hat ---- */

static double split_rhat(Memory *mem, const Halves *h)
{
    double *mean = memory_take(mem, (size_t)h->m * sizeof *mean), within = 0;
    for (int64_t c = 0; c < h->m; c++) {
        mean[c] = mean_of(h->x + c * h->n, h->n);
        within += var_of(h->x + c * h->n, h->n, mean[c]) / (double)h->m;
    }
    double n = (double)h->n, between = var_of(mean, h->m, mean_of(mean, h->m));
    memory_give(mem, mean, (size_t)h->m * sizeof *mean);
    return sqrt((n - 1) / n + between / within);
}

static bool is_constant(const Halves *h)
{
    for (int64_t i = 1; i < h->m * h->n; i++)
        if (h->x[i] < h->x[0] || h->x[i] > h->x[0]) return false;
    return true;
}

double mixing_rhat(Memory *mem, const double *x, int64_t chains, int64_t draws)
{
    if (draws < 4) return (double)NAN;
    Halves h = halves(mem, x, chains, draws);
    int64_t n = h.m * h.n;
    double rhat = (double)NAN;
    if (!is_constant(&h)) {
        Halves folded = halves(mem, x, chains, draws);
        double *sorted = sorted_copy(mem, h.x, n), middle = quantile_of(sorted, n, 0.5);
        for (int64_t i = 0; i < n; i++) folded.x[i] = fabs(folded.x[i] - middle);
        normal_scores(mem, &h);
        normal_scores(mem, &folded);
        rhat = fmax(split_rhat(mem, &h), split_rhat(mem, &folded));
        memory_give(mem, sorted, (size_t)n * sizeof *sorted);
        halves_free(mem, &folded);
    }
    halves_free(mem, &h);
    return rhat;
}

/* ---- effective numbers of draws ---- */

/* The mean over halves of the products `lag` apart, by n. */
static double lagged(const Halves *h, const double *mean, int64_t lag)
{
    double all = 0;
    for (int64_t c = 0; c < h->m; c++) {
        const double *x = h->x + c * h->n;
        double s = 0;
        for (int64_t i = 0; i + lag < h->n; i++)
            s += (x[i] - mean[c]) * (x[i + lag] - mean[c]);
        all += s / (double)h->n;
    }
    return all / (double)h->m;
}

/* Twice the sum of the autocorrelations, less that of lag 0: as far as they come in
 * pairs of a positive sum, none of which is greater than the one before (Geyer 1992);
 * of the pair after them the first, where it is positive. */
static double correlation_time(const Halves *h, const double *mean, double within,
                               double all)
{
    double even = 1, odd = 1 - (within - lagged(h, mean, 1)) / all;
    double pair = HUGE_VAL, sum = 0;
    for (int64_t t = 2; t - 2 < h->n - 5 && even + odd > 0; t += 2) {
        pair = fmin(pair, even + odd);
        sum += pair;
        even = 1 - (within - lagged(h, mean, t)) / all;
        odd = 1 - (within - lagged(h, mean, t + 1)) / all;
    }
    return 2 * sum - 1 + (even > 0 || even + odd >= 0 ? even : 0);
}

static double split_draws(Memory *mem, const Halves *h)
{
    if (is_constant(h)) return (double)NAN;
    double *mean = memory_take(mem, (size_t)h->m * sizeof *mean);
    double n = (double)h->n, count = (double)(h->m * h->n);
    for (int64_t c = 0; c < h->m; c++) mean[c] = mean_of(h->x + c * h->n, h->n);
    double within = lagged(h, mean, 0) * n / (n - 1);
    double all = within * (n - 1) / n + var_of(mean, h->m, mean_of(mean, h->m));
    double time = correlation_time(h, mean, within, all);
    memory_give(mem, mean, (size_t)h->m * sizeof *mean);
    return count / fmax(time, 1 / log10(count));
}

/* Of whether x lies at or below its quantile q. */
static double tail_draws(Memory *mem, const double *x, int64_t chains, int64_t draws,
                         double q)
{
    int64_t n = chains * draws;
    double *sorted = sorted_copy(mem, x, n), cut = quantile_of(sorted, n, q);
    Halves h = halves(mem, x, chains, draws);
    for (int64_t i = 0; i < h.m * h.n; i++) h.x[i] = h.x[i] <= cut;
    double found = split_draws(mem, &h);
    halves_free(mem, &h);
    memory_give(mem, sorted, (size_t)n * sizeof *sorted);
    return found;
}

Mixing mixing(Memory *mem, const double *x, int64_t chains, int64_t draws)
{
    Mixing y = {(double)NAN, (double)NAN, (double)NAN};
    if (draws < 4) return y;
    Halves h = halves(mem, x, chains, draws);
    if (!is_constant(&h)) {
        y.rhat = mixing_rhat(mem, x, chains, draws);
        normal_scores(mem, &h);
        y.bulk = split_draws(mem, &h);
        y.tail = fmin(tail_draws(mem, x, chains, draws, 0.05),
                      tail_draws(mem, x, chains, draws, 0.95));
    }
    halves_free(mem, &h);
    return y;
}
