/* SPDX-License-Identifier: MIT
 * The one loop of Markov chains: each has a plan of its own of the log joint on the
 * unconstrained scale and of its slope, and they run on several threads. Their numbers
 * depend on the seed and the chain's number alone. What is kept: the draws after the
 * warm-up, chain after chain.
 */
#include "chains.h"
#include "hoist.h"
#include "mixing.h"
#include "warn.h"

#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CHAINS_MOST = 1000, TRIES = 100 };

typedef struct Walk {
    struct Chains *all;
    Nuts nuts;
    Adapt adapt;
    Plan *plan;
    double *q;     /* [n] the plan's unknowns, in the order of the sites */
    double *draws; /* [draws, n] */
    double *v;     /* [draws] minus the log joint there */
    int64_t number, done, diverged, deep, leapfrogs;
    bool begun; /* it found a start */
} Walk;

typedef struct Chains {
    Loop *l;
    const NutsOptions *o;
    Walk *chain;
    Node **outs; /* the loss and its slopes, over what the chains do not change */
    Hoist fixed;
    int64_t n;
    uint64_t seed;
    _Atomic int64_t steps; /* transitions of all chains */
} Chains;

/* ---- the density ---- */

static bool potential(void *ud, const double *q, double *slope, double *v)
{
    Walk *c = ud;
    Step *s = c->all->l->s;
    memcpy(c->q, q, (size_t)c->nuts.n * sizeof *q);
    PlanEnd end = plan_run(c->plan, &c->all->l->I->stop);
    if (end == PLAN_STOPPED) return false;
    *v = HUGE_VAL;
    if (end != PLAN_DONE) return true; /* such as a matrix without a factor */
    double loss = *(const double *)plan_output(c->plan, 0);
    for (uint32_t i = 0; i < s->weights; i++) {
        size_t count = (size_t)shape_count(&s->train[i].input->shape);
        memcpy(slope, plan_output(c->plan, 1 + (int)i), count * sizeof *slope);
        slope += count;
    }
    *v = isnan(loss) ? HUGE_VAL : loss;
    return true;
}

static void bind_data(void *ctx, Plan *p) { loop_bind_data(ctx, p); }

/* What depends on the data alone is computed now. */
static bool open_density(Chains *all)
{
    Loop *l = all->l;
    Step *s = l->s;
    Arena *a = &s->graph->arena;
    Node **unknown = arena_take(a, s->weights * sizeof *unknown);
    all->outs = arena_take(a, (s->weights + 1) * sizeof *all->outs);
    all->outs[0] = s->loss;
    for (uint32_t i = 0; i < s->weights; i++) {
        unknown[i] = s->train[i].input;
        all->outs[1 + i] = s->slope[i];
    }
    return hoist_fixed(l->I, s->graph, unknown, (int)s->weights, all->outs,
                       1 + (int)s->weights, bind_data, l, &all->fixed);
}

static bool chain_open(Chains *all, Walk *c, int64_t number, double *draws, double *v)
{
    Interp *I = all->l->I;
    Step *s = all->l->s;
    char error[600];
    PlanOptions options = {.limit = I->memory_limit};
    *c = (Walk){.all = all, .number = number, .draws = draws, .v = v};
    c->plan = plan_make(I->memory, s->graph, all->outs, 1 + (int)s->weights, NULL, 0,
                        &options, error);
    if (!c->plan) return graph_failed(I, all->l->o->span, error);
    nuts_open(I->memory, &c->nuts, all->n);
    adapt_open(I->memory, &c->adapt, all->o, all->n);
    c->q = memory_take(I->memory, (size_t)all->n * sizeof *c->q);
    c->nuts.potential = potential;
    c->nuts.ud = c;
    c->nuts.depth = all->o->depth;
    double *at = c->q;
    for (uint32_t i = 0; i < s->weights; i++) {
        plan_bind(c->plan, s->train[i].input, at);
        at += shape_count(&s->train[i].input->shape);
    }
    loop_bind_data(all->l, c->plan);
    hoist_bind(&all->fixed, c->plan);
    return true;
}

static void chain_close(Chains *all, Walk *c)
{
    Memory *m = all->l->I->memory;
    if (c->plan) plan_free(c->plan);
    nuts_close(m, &c->nuts);
    adapt_close(m, &c->adapt);
    if (c->q) memory_give(m, c->q, (size_t)all->n * sizeof *c->q);
}

/* ---- one chain ---- */

/* Uniform in (−2, 2) on the unconstrained scale, as Stan begins; nearer to 0 where that
 * has no density. */
static bool begin(Walk *c, uint64_t key)
{
    Nuts *s = &c->nuts;
    double reach = 2;
    for (uint64_t k = 0; k < TRIES && !s->stopped; k++) {
        rng_unit_f64(key_fold(key, k), 0, s->n, s->at.q);
        for (int64_t i = 0; i < s->n; i++) s->at.q[i] = reach * (2 * s->at.q[i] - 1);
        if (nuts_place(s)) return true;
        if (k % 10 == 9) reach *= 0.6;
    }
    return false;
}

static void tell(Walk *c, int worker)
{
    Loop *l = c->all->l;
    int64_t steps = atomic_fetch_add(&c->all->steps, 1) + 1;
    if (worker == 0 && (steps & 7) == 0) loop_tell(l, steps, c->nuts.at.v, false);
}

static void run_chain(void *ctx, int64_t piece, int worker)
{
    Chains *all = ctx;
    Walk *c = &all->chain[piece];
    Nuts *s = &c->nuts;
    const NutsOptions *o = all->o;
    uint64_t key = key_fold(all->seed, (uint64_t)piece);
    if (!(c->begun = begin(c, key_fold(key, 1)))) return;
    nuts_find_step(s, key_fold(key, 2));
    adapt_begin(&c->adapt, s->step);
    for (int64_t t = 0; t < o->warmup + o->draws && !s->stopped; t++) {
        nuts_draw(s, key_fold(key_fold(key, 3), (uint64_t)t));
        c->leapfrogs += s->steps;
        if (s->stopped) return;
        tell(c, worker);
        if (t < o->warmup) {
            adapt_after(&c->adapt, s, t, key_fold(key_fold(key, 4), (uint64_t)t));
            continue;
        }
        c->v[c->done] = s->at.v;
        memcpy(c->draws + c->done++ * s->n, s->at.q, (size_t)s->n * sizeof(double));
        c->diverged += s->diverged;
        c->deep += s->deep;
    }
}

/* ---- what is kept ---- */

static int64_t with(const Chains *all, int64_t draws)
{
    int64_t n = 0;
    for (int64_t i = 0; i < all->o->chains; i++) n += all->chain[i].done >= draws;
    return n;
}

/* So many draws of each chain that has them as are the most in all: chains that were
 * interrupted have more, fewer or none. */
static int64_t common(const Chains *all)
{
    int64_t best = 0;
    for (int64_t i = 0; i < all->o->chains; i++) {
        int64_t draws = all->chain[i].done;
        if (draws * with(all, draws) > best * with(all, best)) best = draws;
    }
    return best;
}

/* Moves the draws that are kept together, to the front of t. */
static void keep(Chains *all, Tensor *t, int64_t draws)
{
    Interp *I = all->l->I;
    Posterior *post = all->l->post;
    double *to = t->data;
    for (int64_t i = 0; i < all->o->chains; i++) {
        const Walk *c = &all->chain[i];
        post->leapfrogs += c->leapfrogs;
        if (c->done < draws) continue;
        memmove(to, c->draws, (size_t)(draws * all->n) * sizeof *to);
        to += draws * all->n;
        post->divergences += c->diverged;
        post->deep += c->deep;
        post->chains++;
    }
    t->shape = shape_of(2, (int64_t[]){post->chains * draws, all->n});
    (void)site_add(I, &post->guide_sites, "draws", SITE_GUIDE, SUPPORT_ANY, &t->shape,
                   all->l->o->span);
    post->guide_point = memory_take(I->memory, 2 * sizeof *post->guide_point);
    post->guide_point[0] = tensor_keep(t);
    post->steps = draws;
    for (uint32_t i = 0; i < post->sites.count; i++) {
        post->sites.at[i].offset = post->dims;
        post->dims += site_count(&post->sites.at[i]);
    }
}

/* Nothing was found to begin from: what is wrong there is told as a fit tells it. */
static bool no_start(Chains *all)
{
    Loop *l = all->l;
    double *at = all->chain[0].q;
    for (uint32_t i = 0; i < l->s->weights; i++) {
        size_t bytes = l->current[i]->bytes;
        memcpy(l->current[i]->data, at, bytes);
        at += bytes / sizeof *at;
    }
    return loop_bad(l, 1);
}

/* Unknown number k of n, in `count` draws, each `every` from the one before. */
static void column(const Tensor *draws, int64_t k, int64_t n, int64_t every,
                   int64_t count, double *x)
{
    const double *from = draws->data;
    for (int64_t i = 0; i < count; i++) x[i] = from[i * every * n + k];
}

/* Draws of a chain that are compared at the end of a fit: of long chains some, evenly.
 */
enum { COMPARED = 5000 };

/* R-hat of unknown number k; −1: of the log joint. */
static double rhat_of(Chains *all, int64_t draws, int64_t k, double *x)
{
    const Posterior *post = all->l->post;
    int64_t every = (draws + COMPARED - 1) / COMPARED, n = draws / every, at = 0;
    for (int64_t i = 0; i < all->o->chains; i++) {
        const Walk *c = &all->chain[i];
        if (c->done < draws) continue;
        for (int64_t t = 0; k < 0 && t < n; t++) x[at * n + t] = c->v[t * every];
        Tensor from = {.data =
                           (double *)post->guide_point[0]->data + at * draws * all->n};
        if (k >= 0) column(&from, k, all->n, every, n, x + at * n);
        at++;
    }
    return mixing_rhat(all->l->I->memory, x, post->chains, n);
}

/* The unknown of which the chains differ most, and by how much. Weights of a net are
 * left out, whose units may change places; the log joint, NULL, stands for them. */
static const Site *worst(Chains *all, int64_t draws, double *rhat)
{
    Memory *m = all->l->I->memory;
    const Posterior *post = all->l->post;
    size_t room = (size_t)(post->chains * COMPARED) * sizeof(double);
    double *x = memory_take(m, room);
    const Site *found = NULL;
    *rhat = rhat_of(all, draws, -1, x);
    for (uint32_t i = 0; i < post->sites.count; i++) {
        const Site *s = &post->sites.at[i];
        for (int64_t k = 0; k < site_count(s) && !strchr(s->path, '/'); k++) {
            double r = rhat_of(all, draws, s->offset + k, x);
            if (r > *rhat) *rhat = r, found = s;
        }
    }
    memory_give(m, x, room);
    return found;
}

/* W0011: chains that have not mixed; W0012: draws that diverged. */
static void warn(Chains *all, int64_t draws)
{
    Interp *I = all->l->I;
    Posterior *post = all->l->post;
    Span at = all->l->o->span;
    const char *model = name_cstr(&I->names, post->model->model->name);
    uint32_t errors = I->diags.errors;
    double rhat;
    const Site *s = worst(all, draws, &rhat);
    if (rhat > 1.01) {
        char what[200], number[40];
        if (s)
            snprintf(what, sizeof what, "`%s`", site_label(I, s->path));
        else
            snprintf(what, sizeof what, "the log joint");
        snprintf(number, sizeof number, rhat < 1.1 ? "%.3f" : "%.1f", rhat);
        Diag *d = fail_diag(I, W0011, at, model, what, number);
        diag_help(
            &I->diags, d,
            "give it more `warmup` and `draws`; where that does not help, the "
            "unknowns hang together: standardize the data, write `a + s * z` with "
            "`z ~ Normal(0, 1)` for `Normal(a, s)`");
        fit_warns(I, d);
    }
    if (post->divergences) {
        Diag *d = fail_diag(I, W0012, at, (long long)post->divergences,
                            (long long)(post->chains * draws), model);
        diag_help(
            &I->diags, d,
            "shorter steps, `nuts(target_accept = 0.95)`; where a scale may be "
            "near 0, write `a + s * z` with `z ~ Normal(0, 1)` for `Normal(a, s)`");
        fit_warns(I, d);
    }
    I->diags.errors = errors;
}

static void tell_stopped(Posterior *post, Interp *I)
{
    Out out;
    out_init(&out, I->memory);
    out_fmt(&out, "fit stopped: %lld draws of %lld chain%s are kept\n",
            (long long)post->steps, (long long)post->chains,
            post->chains == 1 ? "" : "s");
    I->host.message(I->host.ud, out.at, out.len);
    out_free(&out);
    post->stopped = true;
}

static bool finish(Chains *all, Tensor *t)
{
    Loop *l = all->l;
    Interp *I = l->I;
    int64_t draws = common(all);
    loop_tell(l, atomic_load(&all->steps), all->chain[0].nuts.at.v, true);
    for (int64_t i = 0; i < all->o->chains; i++)
        if (!all->chain[i].begun && !all->chain[i].nuts.stopped) return no_start(all);
    if (draws == 0) return !interp_stopped(I); /* still in its warm-up */
    keep(all, t, draws);
    if (atomic_exchange(&I->stop, false)) tell_stopped(l->post, I);
    uint32_t count = I->diags.count;
    if (!in_library(I)) warn(all, draws);
    I->diags.count = count;
    return true;
}

bool chains_run(Loop *l)
{
    Interp *I = l->I;
    const NutsOptions *o = &((const Method *)l->o->method.object)->nuts;
    Chains all = {.l = l, .o = o, .seed = key_fold(0x6e757473, l->o->seed)};
    for (uint32_t i = 0; i < l->s->weights; i++)
        all.n += shape_count(&l->s->train[i].input->shape);
    Tensor *t = tensor_raw(I->memory, TYPE_F64,
                           &(Shape){.rank = 2, .dim = {o->chains * o->draws, all.n}});
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = t});
    Tensor *v = tensor_raw(I->memory, TYPE_F64,
                           &(Shape){.rank = 2, .dim = {o->chains, o->draws}});
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = v});
    all.chain = memory_take(I->memory, (size_t)o->chains * sizeof *all.chain);
    bool ok = open_density(&all);
    for (int64_t i = 0; ok && i < o->chains; i++)
        ok =
            chain_open(&all, &all.chain[i], i, (double *)t->data + i * o->draws * all.n,
                       (double *)v->data + i * o->draws);
    if (ok && o->chains > 1 && I->thread_count > 1) {
        if (!I->threads) I->threads = pool_new(I->memory, I->thread_count);
        pool_run(I->threads, o->chains, run_chain, &all);
    } else {
        for (int64_t i = 0; ok && i < o->chains; i++) run_chain(&all, i, 0);
    }
    ok = ok && finish(&all, t);
    for (int64_t i = 0; i < o->chains; i++) chain_close(&all, &all.chain[i]);
    memory_give(I->memory, all.chain, (size_t)o->chains * sizeof *all.chain);
    return ok;
}

/* ---- what chains cannot do ---- */

static bool no_prior(Interp *I, const FitOptions *o, const Ast *model, const Site *s)
{
    int n = (int)strcspn(s->path, "/");
    Name net = name_of(&I->names, (Text){s->path, (size_t)n});
    Span at = s->span;
    for (uint32_t i = 0; s->path[n] && i < model->a->count; i++)
        if (model->a->list[i]->name == net) at = model->a->list[i]->span;
    Diag *d = fail_diag(I, E0763, o->method_span, site_label(I, s->path));
    diag_label(&I->diags, d, at, "declared here");
    if (s->path[n])
        diag_help(&I->diags, d, "write `prior %.*s.params ~ Normal(0, 1)` below it", n,
                  s->path);
    else
        diag_help(&I->diags, d,
                  "write `prior %s: … ~ …`; `Flat()` is one that says nothing",
                  s->path);
    return false;
}

bool chains_fit(Interp *I, const FitOptions *o, const Posterior *post)
{
    for (uint32_t i = 0; i < post->sites.count; i++) {
        const Site *s = &post->sites.at[i];
        if (s->kind == SITE_PRIOR || s->kind == SITE_STATE) continue;
        return no_prior(I, o, post->model->model, s);
    }
    return true;
}

/* ---- what was drawn ---- */

bool chains_mixing(Interp *I, const Posterior *post, bool rhat, Value *out)
{
    int64_t n = post->dims, chains = post->chains, draws = post->steps;
    size_t room = (size_t)(chains * draws) * sizeof(double);
    Tensor *t = tensor_new(I->memory, TYPE_F64, &(Shape){.rank = 1, .dim = {n}});
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = t});
    double *x = memory_take(I->memory, room);
    for (int64_t k = 0; k < n; k++) {
        column(post->guide_point[0], k, n, 1, chains * draws, x);
        double *to = (double *)t->data + k;
        if (rhat) {
            *to = mixing_rhat(I->memory, x, chains, draws);
            continue;
        }
        Mixing m = mixing(I->memory, x, chains, draws);
        *to = fmin(m.bulk, m.tail);
    }
    memory_give(I->memory, x, room);
    *out = value_tensor(I, tensor_keep(t));
    return true;
}

/* ---- draws in a prediction ---- */

Node *chains_site(Graph *g, const Posterior *post, Node *draws, Node *number,
                  uint32_t site)
{
    Shape one = shape_of(1, &(int64_t){1}), row = shape_of(1, &post->dims);
    Attr attr = {.axis = -2};
    Node *in[2] = {draws, op_to_shape(g, number, &one)};
    Node *w =
        in[1] ? op_to_shape(g, graph_node(g, &op_take, in, 2, &attr), &row) : NULL;
    return w ? site_part(g, &post->sites.at[site], w) : NULL;
}

Node *chains_number(Graph *g, const Posterior *post, Node *key)
{
    double n = (double)(post->chains * post->steps);
    Attr attr = {.type = TYPE_F64, .shape = shape_scalar()};
    Node *draw = op2(g, ELEM_fold, key, graph_int(g, 0x63686169));
    Node *u = draw ? graph_node(g, &op_random_unit, &draw, 1, &attr) : NULL;
    Node *i = op1(g, ELEM_floor, op2(g, ELEM_mul, u, graph_real(g, n)));
    i = op2(g, ELEM_min, i, graph_real(g, n - 1));
    return i ? op_to_type(g, i, TYPE_I64) : NULL;
}

int64_t chains_row(const Posterior *post, int64_t draw, int64_t draws)
{
    int64_t n = post->chains * post->steps;
    return draws <= n ? draw * n / draws : draw % n;
}
