/* SPDX-License-Identifier: MIT
 * After a fit that took all of its steps: had it the time for its way? W0007 is told if
 * the last quarter of the time brought more than a tenth of all that was gained, and
 * more than a fifth of a nat, and a hundredth of a nat a row. An exponential approach
 * is told where more than about a seventh of the way is left. A network is never at
 * rest, and gains most at first: it is not told.
 *
 * Time is counted as the schedule lets it pass, so that short steps at the end are no
 * sign of rest. Losses are means over a fiftieth of the steps, and count where they
 * differ by more than four standard errors.
 */
#include "warn.h"

#include <math.h>

/* Fewer steps show no trend; a window has a fiftieth of the steps. */
enum { FEWEST = 100, WINDOWS = 50, POINTS = 100 };

typedef struct Stretch {
    double mean, error; /* standard error, squared */
} Stretch;

/* What of the scheduled time each of POINTS equal shares of the steps takes. */
static bool passing(Interp *I, const FitOptions *o, double *share)
{
    double all = 0;
    for (int i = 0; i < POINTS; i++) {
        Value at = value_real((i + 0.5) / POINTS), rate = value_real(1);
        if (o->schedule.kind != VALUE_NONE &&
            !call_with(I, o->schedule, &at, 1, o->span, &rate))
            return false;
        share[i] = value_is_scalar(rate) ? fmax(value_as_real(rate), 0) : 0;
        all += share[i];
    }
    for (int i = 0; i < POINTS && all > 0; i++) share[i] /= all;
    return all > 0;
}

/* The step by which the part `of` of the time has passed. */
static int64_t step_at(const double *share, double of, int64_t steps)
{
    double passed = 0;
    int i = 0;
    while (i < POINTS && passed + share[i] < of) passed += share[i++];
    return (int64_t)((double)steps * i / POINTS);
}

static Stretch stretch(const double *loss, int64_t from, int64_t n)
{
    Stretch w = {0, 0};
    for (int64_t i = 0; i < n; i++) w.mean += loss[from + i] / (double)n;
    for (int64_t i = 0; i < n; i++) {
        double d = loss[from + i] - w.mean;
        w.error += d * d / (double)(n * n);
    }
    return w;
}

/* From what to what the loss fell in the last quarter; false: it has come to rest. */
static bool falls(const Posterior *post, const double *share, double *from, double *to)
{
    const double *loss = post->loss->data;
    int64_t steps = post->steps, n = steps / WINDOWS,
            late = step_at(share, 0.75, steps) - n / 2;
    if (late < n || late + n > steps - n) return false;
    Stretch b = stretch(loss, late, n), c = stretch(loss, steps - n, n);
    double last = b.mean - c.mean;
    *from = b.mean;
    *to = c.mean;
    return last > 0.1 * (loss[0] - c.mean) && last > 0.2 &&
           last > 0.01 * (double)post->rows && last * last > 16 * (b.error + c.error);
}

static void tell(Interp *I, const FitOptions *o, const Posterior *post, double from,
                 double to)
{
    Diag *d = fail_diag(I, W0007, o->span,
                        name_cstr(&I->names, post->model->model->name), from, to);
    diag_help(
        &I->diags, d,
        post->method == METHOD_VI || o->batch
            ? "give it more `steps`, or a higher rate: `optimizer = adam(0.03)`"
            : "give it more `steps`, a higher rate, `optimizer = adam(0.03)`, or on "
              "whole data without noise `optimizer = lbfgs()`");
    fit_warns(I, d);
    I->left_told = o->span;
}

bool fit_left(Interp *I, const FitOptions *o, Posterior *post)
{
    uint32_t count = I->diags.count, errors = I->diags.errors;
    double share[POINTS], from, to;
    if (post->end != FIT_STEPS || post->stopped || post->steps < FEWEST || o->by)
        return true;
    bool timed = passing(I, o, share);
    if (timed && falls(post, share, &from, &to)) {
        post->fell = from - to;
        bool same = told_last(I->left_told, o->span);
        if (!same && !I->recorder && !in_library(I)) tell(I, o, post, from, to);
    }
    I->diags.count = count; /* a warning of a fit is no error of the program */
    I->diags.errors = errors;
    return timed || !I->stopped;
}
