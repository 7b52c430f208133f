/* SPDX-License-Identifier: MIT
 * The fitting loop of a search over whole data: L-BFGS by liblbfgs (Liu and Nocedal
 * 1989), along each line by the search of Moré and Thuente (1994). The step's plan
 * gives loss and slopes and changes no weight. liblbfgs takes its vectors from malloc;
 * nothing that it calls here jumps or allocates.
 */
#include "fit_int.h"

#include <lbfgs.h>
#include <math.h>
#include <string.h>

enum { PAST = 3 }; /* iterations over which the loss must still fall */

typedef struct Search {
    Loop *l;
    int64_t n;         /* numbers that are learnt */
    double *best;      /* [n] weights of the last iteration */
    double *slope;     /* [n] of the loss there */
    double loss;       /* there */
    double past[PAST]; /* losses of the iterations before, in turn */
    double change;     /* `tolerance_change` */
    double gain;       /* what the step tried last promised to take from the loss */
    bool begun, stopped;
    PlanEnd first; /* how the run at the start ended */
    bool bad;      /* … with a number that is not finite */
} Search;

static double length(const double *x, int64_t n)
{
    double squares = 0;
    for (int64_t i = 0; i < n; i++) squares += x[i] * x[i];
    return sqrt(squares);
}

static void put_weights(Loop *l, const double *w)
{
    for (uint32_t i = 0; i < l->s->weights; i++) {
        size_t count = (size_t)shape_count(&l->current[i]->shape);
        memcpy(l->current[i]->data, w, count * sizeof *w);
        w += count;
    }
}

static void get_weights(const Loop *l, double *w)
{
    for (uint32_t i = 0; i < l->s->weights; i++) {
        size_t count = (size_t)shape_count(&l->current[i]->shape);
        memcpy(w, l->current[i]->data, count * sizeof *w);
        w += count;
    }
}

/* The loss and its slopes at w; false where one of them is not finite. */
static bool look(Search *s, const double *w, double *slope, double *loss, PlanEnd *end)
{
    Loop *l = s->l;
    put_weights(l, w);
    *end = plan_run(l->s->plan, &l->I->stop);
    if (*end != PLAN_DONE) return false;
    *loss = *(const double *)plan_output(l->s->plan, 0);
    bool finite = isfinite(*loss);
    for (uint32_t i = 0; i < l->s->weights; i++) {
        int64_t count = shape_count(&l->current[i]->shape);
        memcpy(slope, plan_output(l->s->plan, 2 + (int)i),
               (size_t)count * sizeof *slope);
        for (int64_t k = 0; k < count; k++) finite = finite && isfinite(slope[k]);
        slope += count;
    }
    return finite;
}

/* Where the model has no number, as far along a line, the line search is shown a wall:
 * a loss that rises ten times as steeply as it falls at the beginning, so that it
 * turns back. */
static double wall(const Search *s, const double *w, double *slope)
{
    double fall = 0, squares = 0;
    for (int64_t i = 0; i < s->n; i++) {
        double d = w[i] - s->best[i];
        fall += s->slope[i] * d;
        squares += d * d;
    }
    double rise = 10 * fabs(fall) + 1e-300;
    for (int64_t i = 0; i < s->n; i++)
        slope[i] = squares > 0 ? rise / squares * (w[i] - s->best[i]) : 0;
    return s->loss + rise;
}

static void keep(Search *s, const double *w, const double *slope, double loss)
{
    memcpy(s->best, w, (size_t)s->n * sizeof *w);
    memcpy(s->slope, slope, (size_t)s->n * sizeof *slope);
    s->loss = loss;
}

static lbfgsfloatval_t evaluate(void *ud, const lbfgsfloatval_t *w,
                                lbfgsfloatval_t *slope, const int n,
                                const lbfgsfloatval_t step)
{
    Search *s = ud;
    double loss = 0, fall = 0;
    PlanEnd end = PLAN_STOPPED;
    (void)n;
    bool finite = !s->stopped && look(s, w, slope, &loss, &end);
    s->stopped = s->stopped || end == PLAN_STOPPED;
    if (!s->begun) { /* at the start */
        s->begun = true;
        s->first = end;
        s->bad = !finite;
        if (!finite) memset(slope, 0, (size_t)s->n * sizeof *slope);
        keep(s, w, slope, loss);
        return loss;
    }
    for (int64_t i = 0; i < s->n; i++) fall += s->slope[i] * (w[i] - s->best[i]);
    s->gain = step > 0 ? fabs(fall / step) : 0;
    return finite ? loss : wall(s, w, slope);
}

/* Whether the loss fell by less than `change` of itself in PAST iterations. liblbfgs's
 * own test takes every fall of a negative loss for one that is too small. */
static bool levelled(Search *s, int k, double loss)
{
    double *past = &s->past[k % PAST], fall = *past - loss;
    *past = loss;
    return k > PAST && fabs(fall) < s->change * fabs(loss);
}

static int progress(void *ud, const lbfgsfloatval_t *w, const lbfgsfloatval_t *slope,
                    const lbfgsfloatval_t loss, const lbfgsfloatval_t w_length,
                    const lbfgsfloatval_t slope_length, const lbfgsfloatval_t step,
                    int n, int k, int looks)
{
    Search *s = ud;
    (void)w_length, (void)slope_length, (void)step, (void)n, (void)looks;
    if (s->stopped) return 1;
    keep(s, w, slope, loss);
    ((double *)s->l->post->loss->data)[k - 1] = loss;
    s->l->post->steps = k;
    loop_tell(s->l, k, loss, false);
    return levelled(s, k, loss) ? LBFGS_STOP : 0;
}

/* A parameter of the optimizer that is a number from `least`. */
static bool number(Interp *I, const FitOptions *o, const char *name, double least,
                   const char *range, double *out)
{
    bool found;
    Value v;
    char what[60] = "`";
    if (!instance_argument(I, o->search, name_str(&I->names, name), &found, &v))
        return false;
    if (!found) return fail(I, E0582, o->span, name);
    strcat(strcat(what, name), "`");
    return arg_real(I, v, o->search->span, what, out) &&
           ((*out >= least && *out <= 1e6) ||
            fail(I, E0426, o->search->span, what, range));
}

static bool parameters(Interp *I, const FitOptions *o, lbfgs_parameter_t *p,
                       double *change)
{
    double history;
    lbfgs_parameter_init(p);
    p->max_iterations = (int)o->steps;
    if (!number(I, o, "history", 1, "an int from 1 to 1,000,000", &history) ||
        !number(I, o, "tolerance_grad", 0, "0 or more", &p->epsilon) ||
        !number(I, o, "tolerance_change", 0, "0 or more", change))
        return false;
    p->m = (int)history;
    return p->m == history ||
           fail(I, E0426, o->search->span, "`history`", "an int from 1 to 1,000,000");
}

/* A line search ends without a lower loss where all that is left to gain is less than
 * the loss's rounding: then the search has arrived. */
static bool arrived(const Search *s, int end)
{
    return end == LBFGS_CONVERGENCE || end == LBFGS_STOP ||
           end == LBFGS_ALREADY_MINIMIZED ||
           (end != LBFGSERR_MAXIMUMITERATION &&
            s->gain <= 1e-12 * fmax(1, fabs(s->loss)));
}

static void tell_left(Search *s, int end)
{
    Interp *I = s->l->I;
    Out o;
    out_init(&o, I->memory);
    out_fmt(
        &o,
        "the fit has not converged: %s; the slope's length is %.3g, the loss %.9g\n",
        end == LBFGSERR_MAXIMUMITERATION ? "it took all of its `steps`"
                                         : "no lower loss was found along the slope",
        length(s->slope, s->n), s->loss);
    I->host.message(I->host.ud, o.at, o.len);
    out_free(&o);
}

static bool finish(Search *s, int end)
{
    Loop *l = s->l;
    Posterior *post = l->post;
    put_weights(l, s->best);
    if (s->first == PLAN_FAILED) return loop_failed(l);
    if (s->first == PLAN_DONE && s->bad) return loop_bad(l, 1);
    if (end == LBFGS_ALREADY_MINIMIZED && !s->stopped && l->o->steps > 0) {
        ((double *)post->loss->data)[0] = s->loss;
        post->steps = 1;
    }
    loop_tell(l, post->steps, s->loss, true);
    loop_stopped(l);
    post->end = s->stopped ? FIT_STEPS : arrived(s, end) ? FIT_CONVERGED : FIT_LEFT;
    if (post->end == FIT_LEFT) tell_left(s, end);
    return true;
}

bool whole_run(Loop *l)
{
    Interp *I = l->I;
    lbfgs_parameter_t p;
    Search s = {.l = l};
    if (!parameters(I, l->o, &p, &s.change)) return false;
    for (uint32_t i = 0; i < l->s->weights; i++)
        s.n += shape_count(&l->current[i]->shape);
    if (s.n > 1 << 28)
        return fail(I, E0426, l->o->span, "the numbers to learn", "fewer");
    if (l->o->steps == 0) return true;
    size_t room = (size_t)s.n * sizeof(double), need = (size_t)(2 * p.m + 6) * room;
    if (I->memory->limit && I->memory->used + need > I->memory->limit)
        memory_exhausted(I->memory);
    s.best = memory_take(I->memory, room);
    s.slope = memory_take(I->memory, room);
    lbfgsfloatval_t *w = lbfgs_malloc((int)s.n), loss;
    if (!w) memory_exhausted(I->memory);
    get_weights(l, w);
    int end = lbfgs((int)s.n, w, &loss, evaluate, progress, &s, &p);
    lbfgs_free(w);
    if (end == LBFGSERR_OUTOFMEMORY) memory_exhausted(I->memory);
    bool ok = finish(&s, end);
    memory_give(I->memory, s.best, room);
    memory_give(I->memory, s.slope, room);
    return ok;
}

/* ---- what cannot be searched over ---- */

bool step_by_chance(Interp *I, const Step *s, const Node *n)
{
    bool *on = memory_take(I->memory, s->graph->count * sizeof *on);
    for (uint32_t i = s->t->id; i <= n->id; i++) {
        const Node *x = s->graph->node[i];
        on[i] = x == s->t;
        for (int k = 0; k < x->n_in; k++) on[i] = on[i] || on[x->in[k]->id];
    }
    bool yes = on[n->id];
    memory_give(I->memory, on, s->graph->count * sizeof *on);
    return yes;
}

bool whole_refuses(Interp *I, const char *by, Span span, const char *with,
                   const char *why)
{
    Diag *d = fail_diag(I, E0581, span, by, with, why);
    diag_help(&I->diags, d, "do without it, or take %s",
              strcmp(by, "nuts") == 0
                  ? "a method of single steps, such as vi()"
                  : "an optimizer of single steps, such as adam(0.01)");
    return false;
}

bool whole_refuses_draws(Interp *I, const char *by, Span span)
{
    return whole_refuses(I, by, span, "a vi(…) that draws its unknowns",
                         "its objective is another at each draw");
}

bool whole_fits(Interp *I, const FitOptions *o, const Posterior *post, const Step *s)
{
    for (uint32_t i = 0; i < post->sites.count; i++)
        if (post->sites.at[i].kind == SITE_STATE)
            return whole_refuses(I, o->by, o->span, "a layer that keeps a `state`",
                                 "each look at the loss would move it on");
    if (!step_by_chance(I, s, s->loss)) return true;
    if (o->augment.how.kind != VALUE_NONE)
        return whole_refuses(I, o->by, o->span, "an `augment` that draws",
                             "the loss must be the same each time");
    if (post->method == METHOD_VI) return whole_refuses_draws(I, o->by, o->method_span);
    return whole_refuses(I, o->by, o->span, "noise in the model (dropout)",
                         "the loss must be the same each time");
}
