/* SPDX-License-Identifier: MIT
 * Histograms: one set of bins for all of a picture, so that they can be compared.
 */
#include "plot/plot_int.h"

#include <math.h>

static bool less(Keyed a, Keyed b)
{
    return a.key < b.key || (a.key <= b.key && a.i < b.i);
}

static void sift(Keyed *k, int64_t from, int64_t n)
{
    Keyed v = k[from];
    for (int64_t child; (child = 2 * from + 1) < n; from = child) {
        if (child + 1 < n && less(k[child], k[child + 1])) child++;
        if (!less(v, k[child])) break;
        k[from] = k[child];
    }
    k[from] = v;
}

void keyed_sort(Keyed *k, int64_t n)
{
    for (int64_t i = n / 2 - 1; i >= 0; i--) sift(k, i, n);
    for (int64_t end = n - 1; end > 0; end--) {
        Keyed top = k[0];
        k[0] = k[end];
        k[end] = top;
        sift(k, 0, end);
    }
}

static double quantile(const Keyed *k, int64_t n, double p)
{
    double at = p * (double)(n - 1);
    int64_t i = (int64_t)at;
    double next = k[i + 1 < n ? i + 1 : i].key;
    return k[i].key + (at - (double)i) * (next - k[i].key);
}

static Keyed *pooled(Arena *a, const PlotPart *part, int parts, int64_t *count,
                     bool *density)
{
    int64_t n = 0;
    *density = false;
    for (int i = 0; i < parts; i++) {
        if (part[i].kind == PLOT_HISTOGRAM) n += part[i].n;
        if (part[i].kind == PLOT_LINE || part[i].kind == PLOT_BAND) *density = true;
    }
    Keyed *k = arena_take(a, (size_t)n * sizeof *k);
    *count = 0;
    for (int i = 0; i < parts; i++)
        for (int64_t j = 0; part[i].kind == PLOT_HISTOGRAM && j < part[i].n; j++)
            if (plot_finite(part[i].y[j])) {
                k[*count] = (Keyed){part[i].y[j], *count};
                ++*count;
            }
    keyed_sort(k, *count);
    return k;
}

static bool all_whole(const Keyed *k, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (floor(k[i].key) != k[i].key) return false;
    return true;
}

Bins bins_make(Arena *a, const PlotPart *part, int parts)
{
    enum { MOST = 200, MOST_WHOLE = 40 };
    Bins b = {.count = 0};
    int64_t n;
    Keyed *k = pooled(a, part, parts, &n, &b.density);
    if (n == 0) return b;
    double lo = k[0].key, hi = k[n - 1].key, span = hi - lo;
    double size = fmax(fabs(lo), fabs(hi));
    if (span <= size * 1e-12 || span < 1e-290) { /* one value: one bin around it */
        b.width = size > 1e-290 ? size * 0.1 : 1;
        b.lo = lo - b.width / 2;
        b.count = 1;
        return b;
    }
    if (span <= MOST_WHOLE && size < 1e15 && all_whole(k, n)) {
        b.lo = lo - 0.5;
        b.width = 1;
        b.count = (int64_t)span + 1;
        return b;
    }
    double width = 2 * (quantile(k, n, 0.75) - quantile(k, n, 0.25)) / cbrt((double)n);
    double count = width > span / MOST ? ceil(span / width) : MOST;
    double sturges = ceil(log2((double)n)) + 1;
    if (!(width > 0) || count < sturges) count = sturges;
    if (count > (double)n) count = ceil(sqrt((double)n));
    b.count = (int64_t)fmin(count, MOST);
    b.width = span / (double)b.count;
    b.lo = lo;
    return b;
}

double *bins_heights(Arena *a, const Bins *b, const PlotPart *p)
{
    double *h = arena_take(a, (size_t)b->count * sizeof *h), total = 0;
    for (int64_t i = 0; i < p->n && b->count; i++) {
        if (!plot_finite(p->y[i])) continue;
        int64_t j = (int64_t)((p->y[i] - b->lo) / b->width);
        if (j >= b->count) j = b->count - 1;
        if (j < 0) j = 0;
        h[j] += 1;
        total += 1;
    }
    for (int64_t j = 0; j < b->count && b->density && total > 0; j++)
        h[j] /= total * b->width;
    return h;
}
