/* SPDX-License-Identifier: MIT
 * Fitting: discover the unknowns, make the step's plan, run it in the loop over steps
 * or in that of whole.c. Nothing is allocated or parsed between the first step and the
 * last.
 */
#include "chains.h"
#include "laplace.h"
#include "warn.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    SNAPSHOT_EVERY = 1000
}; /* steps that are run again at most to find a bad number */

static bool discover(Interp *I, const FitOptions *o, Posterior *post)
{
    Pass p = pass_over(post, post->data, o->data_span);
    p.sites = &post->sites;
    p.seed = o->seed;
    bool ok = pass_discover(I, &p);
    post->spanned = p.spanned;
    post->rows = p.all_rows;
    if (ok && p.observeds == 0) ok = observes_nothing(I, post->model->model, o->span);
    ok = ok && slopes_reach(I, &p);
    pass_free(I, &p);
    graph_free(p.graph);
    return ok;
}

static bool check_names(Interp *I, const Posterior *post)
{
    static const char *const fields[] = {
        "mean",  "sd",      "var",   "aleatoric", "epistemic", "quantile", "samples",
        "class", "entropy", "probs", "elbo",      "loss",      "evidence"};
    for (uint32_t i = 0; i < post->sites.count; i++)
        for (size_t k = 0; k < sizeof fields / sizeof *fields; k++)
            if (strcmp(post->sites.at[i].path, fields[k]) == 0)
                return fail(I, E0436, post->sites.at[i].span, fields[k], fields[k]);
    return true;
}

/* The random unknowns as one vector w, and the guide over it. */
static bool prepare_guide(Interp *I, const FitOptions *o, Posterior *post)
{
    for (uint32_t i = 0; i < post->sites.count; i++) {
        Site *s = &post->sites.at[i];
        if (s->kind != SITE_PRIOR || s->function) continue;
        s->offset = post->dims;
        post->dims += site_count(s);
    }
    if (post->dims == 0 && post->function.kind != VALUE_NONE) return true;
    if (post->dims == 0) {
        Diag *d = fail_diag(I, E0429, o->method_span, "a guide");
        diag_help(&I->diags, d,
                  "give its unknowns priors, such as `prior f.params ~ Normal(0, 1)` "
                  "for a net, or take `mle()`");
        return false;
    }
    Shape shape = shape_of(1, &post->dims);
    Tensor *start = tensor_new(I->memory, TYPE_F64, &shape);
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = start});
    for (uint32_t i = 0; i < post->sites.count; i++) {
        const Site *s = &post->sites.at[i];
        if (s->kind == SITE_PRIOR && !s->function)
            memcpy((double *)start->data + s->offset, s->start->data,
                   (size_t)site_count(s) * sizeof(double));
    }
    return guide_model_same(I, (Instance *)post->guide.object, post->model, o->span) &&
           guide_discover(I, post, start, o->seed);
}

/* ---- the loop ---- */

static Tensor *typed_like(Interp *I, Tensor *t, Type type)
{
    Tensor *copy = tensor_cast(I->memory, t, type);
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = copy});
    return copy;
}

static void bind_all(Loop *l)
{
    Step *s = l->s;
    Interp *I = l->I;
    for (uint32_t i = 0; i < s->trains; i++) {
        l->current[i] = typed_like(I, s->train[i].value, s->plan_input[i]->type);
        l->snapshot[i] = typed_like(I, s->train[i].value, s->plan_input[i]->type);
        plan_bind(s->plan, s->plan_input[i], l->current[i]->data);
    }
    for (int i = 0; i < s->pass.givens; i++) {
        struct Given *g = &s->pass.given[i];
        l->typed[i] = typed_like(I, g->tensor, s->plan_given[i]->type);
        l->batch[i] = NULL;
        if (g->by_row && s->pass.batch) {
            Shape shape = l->typed[i]->shape;
            shape.dim[0] = s->pass.batch;
            l->batch[i] = tensor_new(I->memory, l->typed[i]->type, &shape);
            value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = l->batch[i]});
        }
    }
    loop_bind_data(l, s->plan);
}

void loop_bind_data(Loop *l, Plan *p)
{
    Step *s = l->s;
    for (int i = 0; i < s->pass.givens; i++)
        plan_bind(p, s->plan_given[i],
                  l->batch[i] ? l->batch[i]->data : l->typed[i]->data);
    plan_bind(p, s->plan_t, &l->t);
    if (s->plan_rows) plan_bind(p, s->plan_rows, l->chosen);
}

void epoch_order(int64_t *order, int64_t n, uint64_t seed, uint64_t epoch)
{
    for (int64_t i = 0; i < n; i++) order[i] = i;
    uint64_t key = key_fold(key_fold(0x726f7773, seed), epoch);
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t k = (int64_t)rng_below(key, (uint64_t)i, (uint64_t)i + 1);
        int64_t was = order[i];
        order[i] = order[k];
        order[k] = was;
    }
}

static void shuffle_rows(Loop *l, uint64_t epoch)
{
    epoch_order(l->order, l->n, l->o->seed, epoch);
}

/* The rows of step t: each epoch goes once through all rows, in a new order; what does
 * not fill a batch is left for the next epoch's shuffle. */
static void choose_rows(Loop *l, int64_t t)
{
    int64_t b = l->s->pass.batch, per_epoch = l->n / b, step = t - 1;
    if (step % per_epoch == 0 || l->order[0] < 0)
        shuffle_rows(l, (uint64_t)(step / per_epoch));
    int64_t from = step % per_epoch * b;
    memcpy(l->chosen, l->order + from, (size_t)b * sizeof(int64_t));
    for (int i = 0; i < l->s->pass.givens; i++) {
        if (!l->batch[i]) continue;
        size_t row = (size_t)(shape_count(&l->typed[i]->shape) / l->n) *
                     type_size(l->typed[i]->type);
        for (int64_t k = 0; k < b; k++)
            memcpy((char *)l->batch[i]->data + (size_t)k * row,
                   (char *)l->typed[i]->data + (size_t)l->chosen[k] * row, row);
    }
}

static void copy_state(Loop *l, Tensor **to, Tensor **from)
{
    for (uint32_t i = 0; i < l->s->trains; i++)
        memcpy(to[i]->data, from[i]->data,
               (size_t)shape_count(&from[i]->shape) * type_size(from[i]->type));
}

static double scalar_out(const Step *s, int i)
{
    const void *p = plan_output(s->plan, i);
    return s->plan_out[i]->type == TYPE_F32 ? (double)*(const float *)p
                                            : *(const double *)p;
}

static PlanEnd one_step(Loop *l, int64_t t)
{
    l->t = t;
    if (l->s->pass.batch) choose_rows(l, t);
    return plan_run(l->s->plan, &l->I->stop);
}

void loop_tell(Loop *l, int64_t step, double loss, bool done)
{
    Interp *I = l->I;
    if (!l->o->progress || !I->host.progress) return;
    double now = I->host.clock(I->host.ud), spent = now - l->begun;
    if (!done && now - l->told <= 0.1) return;
    l->told = now;
    double rate = spent > 0 ? (double)step / spent : 0;
    I->host.progress(I->host.ud, name_cstr(&I->names, l->post->model->model->name),
                     step, l->o->steps, loss, l->post->method == METHOD_VI, rate,
                     rate > 0 ? (double)(l->o->steps - step) / rate : 0, done);
}

bool loop_failed(Loop *l)
{
    const Node *where;
    const char *why = plan_failure(l->s->plan, &where);
    return fail(l->I, E0601, where && where->span.source ? where->span : l->o->span,
                why);
}

/* Whether there are numbers that the distribution cannot give, whatever its parameters.
 */
static bool bounded(Interp *I, Instance *d)
{
    Support s;
    Type t;
    return dist_support(I, d, &s, &t) && (t == TYPE_I64 || s != SUPPORT_ANY ||
                                          dist_has(d, name_str(&I->names, "lower")));
}

/* The step once more, every node of outs kept. */
static Plan *watched_run(Loop *l, Graph *g, Node **outs, int n)
{
    Interp *I = l->I;
    Step *s = l->s;
    char error[600];
    PlanOptions options = {.watch = true};
    Plan *p = plan_make(I->memory, g, outs, n, NULL, 0, &options, error);
    if (!p) {
        graph_failed(I, l->o->span, error);
        return NULL;
    }
    for (uint32_t i = 0; i < s->trains; i++)
        plan_bind(p, s->plan_input[i], l->current[i]->data);
    loop_bind_data(l, p);
    plan_run(p, NULL);
    return p;
}

/* Element k of a likelihood's log density in a minibatch. */
static void tell_impossible(Loop *l, const Factor *f, int64_t k)
{
    Interp *I = l->I;
    const Pass *pass = &l->s->pass;
    const Observed *seen = &pass->observed[0];
    const Shape *s = &f->logp->shape;
    int64_t each = shape_count(s) / s->dim[0], row = k / each;
    char what[40] = "this observation";
    for (int o = 0; o < pass->observeds; o++)
        if (pass->observed[o].dist == f->dist) seen = &pass->observed[o];
    if (l->chosen) row = l->chosen[row];
    for (int i = 0; i < pass->givens; i++) {
        const Tensor *t = pass->given[i].tensor;
        bool plain = t->shape.rank && shape_count(&t->shape) == t->shape.dim[0] * each;
        if (pass->given[i].name == seen->name && plain)
            snprintf(what, sizeof what, "%g", tensor_real_at(t, row * each + k % each));
    }
    Diag *d = fail_diag(I, E0446, data_place(I, pass, seen->name),
                        name_cstr(&I->names, seen->name), (long long)row,
                        dist_name(I, f->dist), what);
    diag_label(&I->diags, d, seen->span, "observed here");
    diag_help(&I->diags, d,
              "with the numbers that the fit has now, `%s` leaves it out: look at the "
              "row, or let what bounds it start wider, as in `param b: positive = 100`",
              dist_name(I, f->dist));
}

/* The first element of a likelihood whose log density is −inf; −1: none. */
static int64_t without_density(Loop *l, Node *logp)
{
    if (logp->type != TYPE_F64 || logp->shape.rank == 0) return -1;
    Plan *p = watched_run(l, l->s->graph, &logp, 1);
    if (!p) return -1;
    const double *x = plan_output(p, 0);
    int64_t count = shape_count(&logp->shape), found = -1;
    for (int64_t k = 0; k < count && found < 0; k++)
        if (x[k] == -HUGE_VAL) found = k;
    plan_free(p);
    return found;
}

/* An observation that the distribution cannot have made: named by column and row. */
static bool impossible_row(Loop *l)
{
    const Pass *pass = &l->s->pass;
    for (uint32_t i = 0; i < pass->factors && !l->s->single; i++) {
        const Factor *f = &pass->factor[i];
        if (f->kind != FACTOR_LIKELIHOOD || !bounded(l->I, f->dist)) continue;
        int64_t k = without_density(l, f->logp);
        if (k < 0) continue;
        tell_impossible(l, f, k);
        return true;
    }
    return false;
}

/* Run again, the step is as it should be: its first bad number has no name. */
static bool not_found(Loop *l, int64_t bad)
{
    const char *what = l->post->method == METHOD_VI ? "ELBO" : "loss";
    return fail(l->I, E0603, l->o->span, what, "not finite", (long long)bad, "the step",
                what, ", and nothing else, when it is run again");
}

/* Runs the step once more with every node watched, and names the first bad number. */
bool loop_bad(Loop *l, int64_t bad)
{
    Interp *I = l->I;
    Step *s = l->s;
    int64_t element = 0;
    const char *what = l->post->method == METHOD_VI ? "ELBO" : "loss";
    if (impossible_row(l)) return false;
    Plan *p = watched_run(l, s->single ? s->single : s->graph, s->plan_out, 2);
    if (!p) return false;
    const Node *n = bad_find(p, &element);
    BadPlace at = {E0603, what,      "in this fit", l->o->span,
                   bad,   l->chosen, s->pass.batch};
    if (n && bad_is_slope(n)) at.what = "slope";
    if (n) bad_tell(I, p, n, element, &at);
    plan_free(p);
    return n ? false : not_found(l, bad);
}

/* The step whose numbers were bad is run again from the last snapshot, up to before it.
 */
static bool replay_bad(Loop *l, int64_t bad)
{
    copy_state(l, l->current, l->snapshot);
    if (l->order) l->order[0] = -1;
    for (int64_t t = l->snapshot_t + 1; t < bad; t++) {
        if (l->s->pass.batch && (t - 1) % (l->n / l->s->pass.batch) != 0 &&
            l->order[0] < 0)
            shuffle_rows(l, (uint64_t)((t - 1) / (l->n / l->s->pass.batch)));
        if (one_step(l, t) != PLAN_DONE) return not_found(l, bad);
    }
    l->t = bad;
    if (l->s->pass.batch) choose_rows(l, bad);
    return loop_bad(l, bad);
}

void loop_stopped(Loop *l)
{
    Interp *I = l->I;
    Out out;
    if (!atomic_exchange(&I->stop, false)) return;
    out_init(&out, I->memory);
    out_fmt(&out, "fit stopped after %lld of %lld steps; what was learnt is kept\n",
            (long long)l->post->steps, (long long)l->o->steps);
    I->host.message(I->host.ud, out.at, out.len);
    out_free(&out);
    l->post->stopped = true;
}

static bool run_loop(Loop *l)
{
    double *trace = l->post->loss->data;
    for (int64_t t = 1; t <= l->o->steps; t++) {
        if ((t - 1) % SNAPSHOT_EVERY == 0) {
            copy_state(l, l->snapshot, l->current);
            l->snapshot_t = t - 1;
        }
        PlanEnd end = one_step(l, t);
        if (end == PLAN_STOPPED) break;
        if (end == PLAN_FAILED) return loop_failed(l);
        double loss = scalar_out(l->s, 0), check = scalar_out(l->s, 1);
        if (!isfinite(loss) || !isfinite(check)) return replay_bad(l, t);
        trace[t - 1] = loss;
        l->post->steps = t;
        if ((t & 15) == 0) loop_tell(l, t, loss, false);
    }
    loop_tell(l, l->post->steps, l->post->steps ? trace[l->post->steps - 1] : 0, true);
    loop_stopped(l);
    return true;
}

/* What was learned goes into the posterior, in double. */
static void keep_point(Loop *l)
{
    Posterior *post = l->post;
    Interp *I = l->I;
    uint32_t k = 0;
    bool random = post->method == METHOD_VI;
    post->point = memory_take(I->memory, (post->sites.count + 1) * sizeof *post->point);
    for (uint32_t i = 0; i < post->sites.count; i++)
        if (!random || post->sites.at[i].kind != SITE_PRIOR)
            post->point[i] = tensor_cast(I->memory, l->current[k++], TYPE_F64);
    if (!random) return;
    post->guide_point = memory_take(I->memory, (post->guide_sites.count + 1) *
                                                   sizeof *post->guide_point);
    for (uint32_t i = 0; i < post->guide_sites.count; i++)
        post->guide_point[i] = tensor_cast(I->memory, l->current[k++], TYPE_F64);
}

/* Threads for the operations of a step that gain by them. */
static void lend_threads(Interp *I, Step *s)
{
    if (I->thread_count < 2 || !plan_splits(s->plan)) return;
    if (!I->threads) I->threads = pool_new(I->memory, I->thread_count);
    plan_lend(s->plan, I->threads);
}

static bool train(Interp *I, const FitOptions *o, Posterior *post, Step *s)
{
    Loop *l = memory_take(I->memory, sizeof *l);
    l->I = I;
    l->o = o;
    l->s = s;
    l->post = post;
    l->n = s->pass.all_rows;
    Shape trace = shape_of(1, &o->steps), rows = shape_of(1, &l->n);
    bool chains = post->method == METHOD_CHAINS;
    if (!chains) post->loss = tensor_raw(I->memory, TYPE_F64, &trace); /* as it goes */
    if (s->pass.batch) {
        Tensor *order = tensor_new(I->memory, TYPE_I64, &rows);
        value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = order});
        Tensor *chosen = tensor_new(I->memory, TYPE_I64, &rows);
        value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = chosen});
        l->order = order->data;
        l->chosen = chosen->data;
    }
    bool ok = s->trains <= 4096 || fail(I, E0341, o->span, 4096);
    if (ok) {
        bind_all(l);
        if (!chains) lend_threads(I, s);
        if (l->order) l->order[0] = -1;
        l->begun = l->told = I->host.clock(I->host.ud);
        ok = chains ? chains_run(l) : o->search ? whole_run(l) : run_loop(l);
    }
    if (ok && !chains) keep_point(l);
    memory_give(I->memory, l, sizeof *l);
    return ok && fit_left(I, o, post);
}

static bool nothing_to_learn(Interp *I, const Ast *model, Span span)
{
    Diag *d = fail_diag(I, E0427, span, name_cstr(&I->names, model->name));
    diag_label(&I->diags, d, model->name_span, "this model");
    diag_help(&I->diags, d, "give it a `param`, a `prior` or a `net`");
    return false;
}

/* A distribution over the rows, such as a GP, is conditioned on them also where nothing
 * is unknown: one step, for the loss. */
static bool knows_rows(const Posterior *post)
{
    return post->spanned && (post->method == METHOD_MLE || post->method == METHOD_MAP);
}

static bool fit_posterior(Interp *I, const FitOptions *o, Posterior *post)
{
    Step s;
    memset(&s, 0, sizeof s);
    if (!discover(I, o, post) || !check_names(I, post)) return false;
    FitOptions once = *o;
    if (post->sites.count == 0 && post->function.kind == VALUE_NONE) {
        if (!knows_rows(post)) return nothing_to_learn(I, post->model->model, o->span);
        once.steps = 1;
        once.search = NULL;
        once.by = NULL;
        o = &once;
    }
    if (post->method == METHOD_CHAINS) {
        const NutsOptions *nuts = &((const Method *)o->method.object)->nuts;
        if (!chains_fit(I, o, post)) return false;
        once.steps = nuts->chains * (nuts->warmup + nuts->draws);
        o = &once;
    }
    if (o->batch > post->rows && post->rows)
        return fail(I, E0227, o->batch_span, (long long)o->batch,
                    (long long)post->rows);
    if (!priors_far(I, o, post) || !starts_from_data(I, o, post) ||
        !function_discover(I, o, post) ||
        (post->method == METHOD_VI && !prepare_guide(I, o, post)) ||
        (post->method == METHOD_LAPLACE && !laplace_prepare(I, o, post)))
        return false;
    tied_apart(I, o, post);
    s.pass = pass_over(post, post->data, o->data_span);
    s.pass.kind = PASS_FIT;
    s.pass.sites = &post->sites;
    s.pass.row_masks = true;
    s.pass.augment = &o->augment;
    s.pass.batch = minibatch(o, post);
    for (uint32_t i = 0; s.pass.batch && i < post->sites.count; i++)
        if (post->sites.at[i].local)
            return fail(I, E0431, o->span, post->sites.at[i].path);
    bool ok = step_build(I, o, post, &s) && train(I, o, post, &s);
    step_free(I, &s);
    return ok && (post->method != METHOD_LAPLACE || laplace_normal(I, o, post));
}

bool fit_run(Interp *I, const FitOptions *o, Value *out)
{
    const Method *m = (const Method *)o->method.object;
    if (m->kind == METHOD_ENSEMBLE) return ensemble_fit(I, o, out);
    Posterior *post = posterior_new(I, (ModelValue *)o->model.object, o->data, m->kind);
    post->single = o->single;
    post->seed = o->seed;
    *out = value_object(post);
    return function_split(I, post, m->guide) && fit_posterior(I, o, post);
}
