/* SPDX-License-Identifier: MIT
 * Scores of a prediction against what was observed: errors, log score, CRPS, coverage;
 * accuracy, calibration error and Brier score for classes; the area under the ROC
 * curve.
 */
#include "infer_int.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool numbers_known(Interp *I, Value y, const char *name, bool infinite, Span span)
{
    if (y.kind == VALUE_NODE || !value_is_number(y)) return true;
    const Tensor *t = value_as_type(I, y, TYPE_F64);
    int64_t n = shape_count(&t->shape), rows = t->shape.rank ? t->shape.dim[0] : 1;
    for (int64_t i = 0; i < n; i++) {
        double x = ((double *)t->data)[i];
        if (infinite ? isfinite(x) : !isnan(x)) continue;
        int64_t row = i / (n / rows);
        Diag *d = fail_diag(I, E0408, span, name, (long long)row, x,
                            infinite ? "a finite number" : "a number");
        diag_help(&I->diags, d,
                  "rows count from 0; leave such rows out, for example with a mask");
        return false;
    }
    return true;
}

/* Numbers without NaN, one or more. */
static bool some_numbers(Interp *I, Value v, const char *word, const char *name,
                         bool infinite, Span span)
{
    bool none = v.kind == VALUE_LIST && ((List *)v.object)->count == 0;
    if (!none && !value_is_number(v)) return fail(I, E0326, span, value_kind_text(v));
    if (none || shape_count(&value_as_tensor(I, v)->shape) == 0)
        return fail(I, E0354, span, word, 1, 0LL);
    return numbers_known(I, v, name, infinite, span);
}

static bool field(Interp *I, Prediction *p, const char *name, Span span, Tensor **out)
{
    Value v;
    bool found;
    if (!prediction_field(I, p, name_str(&I->names, name), span, &found, &v))
        return false;
    *out = value_as_type(I, v, TYPE_F64);
    return true;
}

static void set(Interp *I, Record *r, const char *name, double x)
{
    record_set(I, r, name_str(&I->names, name), value_real(x));
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* CRPS of a sorted sample: E|X − y| − E|X − X'| / 2 (Gneiting and Raftery 2007, eq.
 * 21). */
static double crps_sorted(const double *x, int64_t n, double y)
{
    double near = 0, spread = 0;
    for (int64_t i = 0; i < n; i++) {
        near += fabs(x[i] - y);
        spread += x[i] * (double)(2 * i + 1 - n);
    }
    double m = (double)n;
    return near / m - spread / (m * m);
}

static bool nll_of(Interp *I, Prediction *p, Value y, Span span, double *nll)
{
    Value logp;
    if (!prediction_logpdf(I, p, y, span, &logp)) return false;
    Tensor *t = value_as_tensor(I, logp);
    int64_t n = shape_count(&t->shape);
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += ((double *)t->data)[i];
    *nll = -sum / (double)(n > 0 ? n : 1);
    return true;
}

static bool other_shape(Interp *I, const Tensor *y, Shape p, int dropped, Span span)
{
    Out a, b;
    out_init(&a, I->memory);
    out_init(&b, I->memory);
    for (; dropped > 0; dropped--) p = shape_drop(&p, p.rank - 1);
    shape_print(&a, &I->names, &y->shape, false);
    shape_print(&b, &I->names, &p, false);
    fail(I, E0434, span, a.at, b.at);
    out_free(&a);
    out_free(&b);
    return false;
}

/* coverage: the share of observations inside the central 95 % interval */
static bool score_numbers(Interp *I, Prediction *p, Tensor *y, Span span, Record *r)
{
    Tensor *mean;
    Value drawn;
    if (!field(I, p, "mean", span, &mean) ||
        !prediction_samples(I, p, 400, span, &drawn))
        return false;
    Tensor *s = value_as_type(I, drawn, TYPE_F64);
    int64_t n = shape_count(&y->shape), draws = n ? shape_count(&s->shape) / n : 0;
    if (!shape_same(&mean->shape, &y->shape))
        return other_shape(I, y, mean->shape, 0, span);
    double square = 0, crps = 0, inside = 0;
    double *x = memory_take(I->memory, (size_t)draws * sizeof *x);
    for (int64_t i = 0; i < n; i++) {
        double d = ((double *)mean->data)[i] - ((double *)y->data)[i];
        square += d * d;
        for (int64_t k = 0; k < draws; k++) x[k] = ((double *)s->data)[k * n + i];
        qsort(x, (size_t)draws, sizeof *x, ascending);
        crps += crps_sorted(x, draws, ((double *)y->data)[i]);
        int64_t lo = (int64_t)(0.025 * (double)draws), hi = draws - 1 - lo;
        inside += ((double *)y->data)[i] >= x[lo] && ((double *)y->data)[i] <= x[hi];
    }
    memory_give(I->memory, x, (size_t)draws * sizeof *x);
    set(I, r, "rmse", sqrt(square / (double)n));
    set(I, r, "crps", crps / (double)n);
    set(I, r, "coverage", inside / (double)n);
    return true;
}

/* Expected calibration error over 15 bins of confidence (Guo et al. 2017). */
static double calibration(const double *confidence, const bool *right, int64_t n)
{
    enum { BINS = 15 };
    double sum[BINS] = {0}, hit[BINS] = {0}, ece = 0;
    for (int64_t i = 0; i < n; i++) {
        int b = (int)(confidence[i] * BINS);
        b = b >= BINS ? BINS - 1 : b;
        sum[b] += confidence[i];
        hit[b] += right[i];
    }
    for (int b = 0; b < BINS; b++) ece += fabs(sum[b] - hit[b]);
    return ece / (double)n;
}

bool classes_known(Interp *I, const Tensor *y, const char *name, int64_t k, Span span)
{
    int64_t n = shape_count(&y->shape);
    for (int64_t i = 0; i < n; i++) {
        double c = tensor_real_at(y, i);
        if (c >= 0 && c < (double)k) continue;
        char needed[60];
        snprintf(needed, sizeof needed, "a class from 0 to %lld", (long long)k - 1);
        Diag *d = fail_diag(I, E0408, span, name,
                            (long long)(i / (n / y->shape.dim[0])), c, needed);
        diag_help(&I->diags, d, "classes count from 0, and here there are %lld",
                  (long long)k);
        return false;
    }
    return true;
}

static bool score_classes(Interp *I, Prediction *p, Tensor *y, Span at, Span span,
                          Record *r)
{
    Tensor *probs;
    if (!field(I, p, "probs", span, &probs)) return false;
    int64_t n = shape_count(&y->shape), k = probs->shape.dim[probs->shape.rank - 1];
    if (shape_count(&probs->shape) != n * k)
        return other_shape(I, y, probs->shape, 1, span);
    if (!classes_known(I, y, "y", k, at)) return false;
    double *sure = memory_take(I->memory, (size_t)n * sizeof *sure), brier = 0,
           hits = 0;
    bool *right = memory_take(I->memory, (size_t)n * sizeof *right);
    for (int64_t i = 0; i < n; i++) {
        const double *q = (double *)probs->data + i * k;
        int64_t best = 0, truth = (int64_t)((double *)y->data)[i];
        for (int64_t j = 0; j < k; j++) {
            if (q[j] > q[best]) best = j;
            brier += (q[j] - (j == truth)) * (q[j] - (j == truth));
        }
        sure[i] = q[best];
        right[i] = best == truth;
        hits += right[i];
    }
    set(I, r, "accuracy", hits / (double)n);
    set(I, r, "ece", calibration(sure, right, n));
    set(I, r, "brier", brier / (double)n);
    memory_give(I->memory, sure, (size_t)n * sizeof *sure);
    memory_give(I->memory, right, (size_t)n * sizeof *right);
    return true;
}

bool score_prediction(Interp *I, Prediction *p, Value y, Span at, Span span, Value *out)
{
    Record *r = record_new(I);
    double nll;
    if (!some_numbers(I, y, "score", "y", true, at)) return false;
    if (!nll_of(I, p, y, span, &nll)) return false;
    Tensor *t = value_as_type(I, y, TYPE_F64);
    bool ok = prediction_classes(I, p) ? score_classes(I, p, t, at, span, r)
                                       : score_numbers(I, p, t, span, r);
    set(I, r, "nll", nll);
    *out = value_object(r);
    return ok;
}

/* `auroc(score, y)`, as of other systems: y is labels, not scores. */
static bool are_labels(Interp *I, Value v, Value other)
{
    Tensor *t = value_as_tensor(I, v);
    if (t->type == TYPE_BOOL) return true;
    if (t->type != TYPE_I64 || value_as_tensor(I, other)->type == TYPE_I64)
        return false;
    for (int64_t i = 0; i < shape_count(&t->shape); i++)
        if (((int64_t *)t->data)[i] != 0 && ((int64_t *)t->data)[i] != 1) return false;
    return true;
}

static bool no_labels(Interp *I, const Value *arg, const Span *place)
{
    static const char *const what[] = {"`negatives` of `auroc`",
                                       "`positives` of `auroc`"};
    for (int i = 1; i >= 0; i--) {
        if (!are_labels(I, arg[i], arg[1 - i])) continue;
        Diag *d = fail_diag(I, E0437, place[i], what[i], "scores", "labels");
        diag_help(&I->diags, d,
                  "the scores of both kinds, chosen by the labels: `auroc(s[y == 0], "
                  "s[y == 1])`");
        return false;
    }
    return true;
}

/* The chance that a positive scores above a negative, ties counting half
 * (Mann-Whitney). */
bool auroc_value(Interp *I, const Value *arg, const Span *place, Value *out)
{
    if (!some_numbers(I, arg[0], "auroc", "negatives", false, place[0]) ||
        !some_numbers(I, arg[1], "auroc", "positives", false, place[1]) ||
        !no_labels(I, arg, place))
        return false;
    Tensor *a = value_as_type(I, arg[0], TYPE_F64),
           *b = value_as_type(I, arg[1], TYPE_F64);
    int64_t n = shape_count(&a->shape), m = shape_count(&b->shape);
    double *x = memory_take(I->memory, (size_t)n * sizeof *x), above = 0;
    memcpy(x, a->data, (size_t)n * sizeof *x);
    qsort(x, (size_t)n, sizeof *x, ascending);
    for (int64_t i = 0; i < m; i++) {
        double v = ((double *)b->data)[i];
        int64_t lo = 0, hi = n;
        while (lo < hi) {
            int64_t mid = (lo + hi) / 2;
            if (x[mid] < v)
                lo = mid + 1;
            else
                hi = mid;
        }
        int64_t ties = lo;
        while (ties < n && x[ties] == v) ties++;
        above += (double)lo + 0.5 * (double)(ties - lo);
    }
    memory_give(I->memory, x, (size_t)n * sizeof *x);
    *out = value_real(above / ((double)n * (double)m));
    return true;
}
