/* SPDX-License-Identifier: MIT
 * The graph of one training step: the pass over the model, the objective, its slopes,
 * the optimiser's step, all in one plan; or no step, where a search takes the slopes.
 */
#include "laplace.h"

#include <string.h>

uint32_t step_train(Interp *I, Step *s, Node *input, Tensor *start)
{
    if (s->trains == s->train_room) {
        uint32_t room = s->train_room ? 2 * s->train_room : 16;
        s->train = memory_grow(I->memory, s->train, s->train_room * sizeof *s->train,
                               room * sizeof *s->train);
        s->train_room = room;
    }
    s->train[s->trains] =
        (Trainable){input, NULL, tensor_cast(I->memory, start, TYPE_F64), false};
    return s->trains++;
}

static Node *sum_all(Graph *g, Node *x)
{
    return x ? op_reduce(g, &op_sum, op_to_type(g, x, TYPE_F64), 0, false) : NULL;
}

static Node *accumulate(Graph *g, Node *total, Node *x)
{
    return total ? op2(g, ELEM_add, total, x) : x;
}

/* Sums over the rows of a step, a minibatch scaled to all rows. */
static Node *row_sum(Step *s, Node *x)
{
    const Pass *p = &s->pass;
    Node *l = sum_all(s->graph, x);
    if (!p->batch || !p->all_rows) return l;
    double scale = (double)p->all_rows / (double)p->batch;
    return op2(s->graph, ELEM_mul, l, graph_real(s->graph, scale));
}

/* Σ log p(y | x, ω), less what augmenting takes from it. */
static Node *likelihood_sum(Step *s)
{
    const Pass *p = &s->pass;
    Node *total = NULL;
    for (uint32_t i = 0; i < p->factors; i++)
        if (p->factor[i].kind == FACTOR_LIKELIHOOD)
            total = accumulate(s->graph, total, row_sum(s, p->factor[i].logp));
    if (!total || !p->penalty) return total;
    return op2(s->graph, ELEM_sub, total, row_sum(s, p->penalty));
}

static Node *prior_sum(Step *s, bool kept_share)
{
    Graph *g = s->graph;
    Pass *p = &s->pass;
    Node *total = NULL;
    for (uint32_t i = 0; i < p->factors; i++) {
        const Factor *f = &p->factor[i];
        if (f->kind != FACTOR_PRIOR) continue;
        Node *l = sum_all(g, f->logp);
        double keep = p->sites->at[f->site].keep;
        if (kept_share && keep < 1) l = op2(g, ELEM_mul, l, graph_real(g, keep));
        total = accumulate(g, total, l);
    }
    return total;
}

/* On the unconstrained scale: with the log slopes of the way to the user's. */
static Node *free_prior_sum(Step *s, Node *const *free)
{
    Graph *g = s->graph;
    Pass *p = &s->pass;
    Node *total = prior_sum(s, false);
    for (uint32_t i = 0; i < p->factors; i++) {
        uint32_t at = p->factor[i].site;
        if (p->factor[i].kind != FACTOR_PRIOR) continue;
        Node *slope = site_log_slope(g, &p->sites->at[at], free[at]);
        if (slope) total = accumulate(g, total, sum_all(g, slope));
    }
    return total;
}

/* One unknown's share of E log prior − log q: closed where the prior's file knows it.
 */
static bool closed_kl(Interp *I, Step *s, const Factor *f, Instance *marginal,
                      int64_t dims, bool *closed, Node **total)
{
    const Site *site = &s->pass.sites->at[f->site];
    Value kl;
    *closed = false;
    if (!marginal || site->bounded || site->support != SUPPORT_ANY) return true;
    Instance *q = marginal_slice(I, marginal, site->offset, &site->shape, dims);
    if (!q || !dist_kl(I, q, f->dist, closed, &kl)) return false;
    if (!*closed) return true;
    Graph *g = s->graph;
    Node *n = sum_all(g, op_broadcast(g, as_node(I, kl), &site->shape));
    *total = accumulate(g, *total, op1(g, ELEM_neg, n));
    return true;
}

static bool open_kl(Interp *I, Step *s, const Factor *f, Instance *marginal,
                    int64_t dims, Node *free, Node **total)
{
    const Site *site = &s->pass.sites->at[f->site];
    Graph *g = s->graph;
    Node *l = sum_all(g, f->logp);
    Node *slope = free ? site_log_slope(g, site, free) : NULL;
    if (slope) l = op2(g, ELEM_add, l, sum_all(g, slope));
    if (marginal) {
        Value logq;
        Instance *q = marginal_slice(I, marginal, site->offset, &site->free, dims);
        if (!q ||
            !dist_logpdf(I, q, record_node(I, free, value_none()), site->span, &logq))
            return false;
        l = op2(g, ELEM_sub, l, sum_all(g, as_node(I, logq)));
    }
    *total = accumulate(g, *total, l);
    return true;
}

/* ---- the unknowns' nodes ---- */

static Node *point_input(Interp *I, Step *s, const Site *site)
{
    Node *n = graph_input(s->graph, TYPE_F64, SUPPORT_ANY, &site->free, s->trains);
    step_train(I, s, n, site->start);
    return n;
}

typedef struct Draw {
    Guided guided;
    Node **free; /* by site; of the random ones */
    int64_t dims;
} Draw;

static bool place_sites(Interp *I, Posterior *post, Step *s, Draw *d)
{
    Sites *sites = &post->sites;
    Graph *g = s->graph;
    bool random = post->method == METHOD_VI;
    Pass *p = &s->pass;
    p->site_node = arena_take(&g->arena, (sites->count + 1) * sizeof *p->site_node);
    p->site_next = arena_take(&g->arena, (sites->count + 1) * sizeof *p->site_next);
    d->free = arena_take(&g->arena, (sites->count + 1) * sizeof *d->free);
    for (uint32_t i = 0; i < sites->count; i++) {
        const Site *site = &sites->at[i];
        if (random && site->kind == SITE_PRIOR) continue;
        d->free[i] = point_input(I, s, site);
        s->train[s->trains - 1].kept = site->kind == SITE_STATE;
        p->site_node[i] = site_constrain(g, site, d->free[i]);
    }
    if (!random) return true;
    Node **param = arena_take(&g->arena, (post->guide_sites.count + 1) * sizeof *param);
    for (uint32_t i = 0; i < post->guide_sites.count; i++) {
        const Site *site = &post->guide_sites.at[i];
        param[i] = site_constrain(g, site, point_input(I, s, site));
    }
    if (!guide_draw(I, p, post, param, true, &d->guided)) return false;
    for (uint32_t i = 0; i < sites->count; i++) {
        if (sites->at[i].kind != SITE_PRIOR || sites->at[i].function) continue;
        p->site_node[i] = guided_site(g, &d->guided, sites, i, &d->free[i]);
        if (!p->site_node[i]) return graph_failed(I, sites->at[i].span, g->error);
    }
    return true;
}

static bool elbo(Interp *I, Step *s, Draw *d, Node **objective)
{
    Pass *p = &s->pass;
    bool all_marginal = d->guided.marginal != NULL;
    Node *total = likelihood_sum(s);
    for (uint32_t i = 0; i < p->factors; i++) {
        const Factor *f = &p->factor[i];
        bool closed;
        if (f->kind == FACTOR_FUNCTION)
            total = accumulate(s->graph, total, sum_all(s->graph, f->logp));
        if (f->kind != FACTOR_PRIOR) continue;
        if (!closed_kl(I, s, f, d->guided.marginal, d->dims, &closed, &total))
            return false;
        if (!closed &&
            !open_kl(I, s, f, d->guided.marginal, d->dims, d->free[f->site], &total))
            return false;
    }
    if (!all_marginal && d->dims)
        total = op2(s->graph, ELEM_sub, total,
                    sum_all(s->graph, as_node(I, d->guided.logq)));
    *objective = total;
    return true;
}

static bool objective(Interp *I, Posterior *post, Step *s, Draw *d, Node **out)
{
    Graph *g = s->graph;
    Node *prior = NULL;
    if (post->method == METHOD_VI) return elbo(I, s, d, out);
    *out = likelihood_sum(s);
    if (post->method == METHOD_MAP) prior = prior_sum(s, false);
    if (post->method == METHOD_DROPOUT) prior = prior_sum(s, true);
    if (post->method == METHOD_CHAINS || post->method == METHOD_LAPLACE)
        prior = free_prior_sum(s, d->free);
    if (prior) *out = op2(g, ELEM_add, *out, prior);
    return true;
}

/* The means of y[n], the objective and the next states, over `draws` keys, by the
 * hidden axis. */
static bool over_draws(Interp *I, Step *s, int64_t draws, Node *base, Node **y, int n)
{
    Graph *g = s->graph;
    if (draws <= 1) return true;
    Node **batched = arena_take(&g->arena, (size_t)n * sizeof *batched);
    bool mapped = true, *out_mapped = arena_take(&g->arena, (size_t)n);
    int64_t *index = arena_take(&g->arena, (size_t)draws * sizeof *index);
    for (int64_t i = 0; i < draws; i++) index[i] = i + 1;
    Shape many = shape_of(1, &draws);
    Node *keys = op2(g, ELEM_fold, base, graph_constant(g, TYPE_I64, &many, index));
    if (!graph_batch(g, draws, &s->pass.key, &keys, &mapped, 1, y, n, batched,
                     out_mapped))
        return graph_failed(I, I->span, g->error);
    for (int i = 0; i < n; i++) {
        int first = -batched[i]->shape.rank;
        y[i] = out_mapped[i] ? op_mean(g, batched[i], first, false) : batched[i];
    }
    return true;
}

/* The objective and the next states, over the draws of a step. */
static bool step_outs(Interp *I, Posterior *post, Step *s, int64_t draws, Node *base,
                      Node **y)
{
    Graph *g = s->graph;
    uint32_t count = post->sites.count;
    Node **outs = arena_take(&g->arena, (count + 1) * sizeof *outs);
    int n = 0;
    outs[n++] = *y;
    for (uint32_t i = 0; i < count; i++) {
        const Site *site = &post->sites.at[i];
        if (site->kind != SITE_STATE) continue;
        if (!s->pass.site_next[i])
            return fail(I, E0662, site->span, name_cstr(&I->names, site->name));
        outs[n++] = s->pass.site_next[i];
    }
    if (!over_draws(I, s, draws, base, outs, n)) return false;
    *y = outs[0];
    for (uint32_t i = 0, k = 1; i < s->weights; i++)
        if (s->train[i].kept) s->train[i].next = outs[k++];
    return true;
}

static bool find_slopes(Interp *I, Step *s, Node ***slope)
{
    Graph *g = s->graph;
    Node **wrt = arena_take(&g->arena, s->weights * sizeof *wrt), *where = NULL;
    *slope = arena_take(&g->arena, s->weights * sizeof **slope);
    int n = 0;
    for (uint32_t i = 0; i < s->weights; i++)
        if (!s->train[i].kept) wrt[n++] = s->train[i].input;
    graph_stable(g, &s->loss,
                 1); /* before slopes are taken: afterwards it would be too late */
    if (graph_slope(g, s->loss, NULL, wrt, n, *slope, &where)) return true;
    return graph_failed(I, where && where->span.source ? where->span : I->span,
                        g->error);
}

/* A number that is finite only when all new weights, or the slopes, are. */
static Node *finite_check(Step *s)
{
    Graph *g = s->graph;
    Node *total = s->loss;
    for (uint32_t i = 0; i < s->weights; i++)
        total = op2(g, ELEM_add, total,
                    sum_all(g, s->slope ? s->slope[i] : s->train[i].next));
    return total;
}

static bool plan_single(Interp *I, Step *s, Node **from, Node **outs, int n, int outs_n,
                        Node **input, Node **result)
{
    s->single = graph_new(I->memory, &I->names);
    if (graph_single(s->single, s->graph, from, n, outs, outs_n, input, result))
        return true;
    return graph_failed(I, I->span, s->single->error);
}

static bool make_plan(Interp *I, const FitOptions *o, Step *s)
{
    Graph *g = s->graph;
    Pass *p = &s->pass;
    int n = 0, outs_n = 2 + (int)s->trains;
    size_t room = s->trains + 2 + (size_t)p->givens;
    Node **from = arena_take(&g->arena, room * sizeof *from), **input = from;
    Node **outs = arena_take(&g->arena, (size_t)outs_n * sizeof *outs), **result = outs;
    char error[600];
    for (uint32_t i = 0; i < s->trains; i++) {
        from[n++] = s->train[i].input;
        outs[2 + i] = s->slope ? s->slope[i] : s->train[i].next;
    }
    from[n++] = s->t;
    for (int i = 0; i < p->givens; i++) from[n++] = p->given[i].node;
    if (p->row_index) from[n++] = p->row_index;
    outs[0] = s->loss;
    outs[1] = s->check;
    if (o->single) {
        input = arena_take(&g->arena, room * sizeof *input);
        result = arena_take(&g->arena, (size_t)outs_n * sizeof *result);
        if (!plan_single(I, s, from, outs, n, outs_n, input, result)) return false;
    }
    PlanUpdate *update = arena_take(&g->arena, s->trains * sizeof *update);
    s->plan_input = arena_take(&g->arena, s->trains * sizeof *s->plan_input);
    for (uint32_t i = 0; i < s->trains; i++) {
        update[i] = (PlanUpdate){input[i], result[2 + i]};
        s->plan_input[i] = input[i];
    }
    s->plan_t = input[s->trains];
    for (int i = 0; i < p->givens; i++)
        s->plan_given[i] = input[s->trains + 1 + (uint32_t)i];
    s->plan_rows = p->row_index ? input[n - 1] : NULL;
    s->plan_out[0] = result[0];
    s->plan_out[1] = result[1];
    PlanOptions options = {.limit = I->memory_limit};
    dump_graph(I, "model", g, outs, 1, NULL, 0);
    dump_graph(I, "training step", g, outs, outs_n, NULL, 1);
    s->plan =
        plan_make(I->memory, o->single ? s->single : g, result, s->slope ? outs_n : 2,
                  update, s->slope ? 0 : (int)s->trains, &options, error);
    if (!s->plan) return graph_failed(I, I->span, error);
    dump_graph(I, "training step", g, outs, outs_n, s->plan, 1);
    return true;
}

static bool step_nodes(Interp *I, const FitOptions *o, Posterior *post, Step *s)
{
    Graph *g = s->graph;
    Pass *p = &s->pass;
    Shape one = shape_scalar();
    Node **slope, *y = NULL, *base;
    Draw d = {.dims = post->dims};
    s->t = graph_input(g, TYPE_I64, SUPPORT_ANY, &one, 800000);
    uint64_t seed = key_fold(0x666974, o->seed);
    base = op2(g, ELEM_fold, graph_constant(g, TYPE_KEY, &one, &seed), s->t);
    p->key = o->draws > 1 ? graph_input(g, TYPE_KEY, SUPPORT_ANY, &one, 800001) : base;
    if (p->batch) {
        Shape rows = shape_of(1, &p->batch);
        p->row_index = graph_input(g, TYPE_I64, SUPPORT_ANY, &rows, 800002);
    }
    if (!place_sites(I, post, s, &d)) return false;
    s->weights = s->trains;
    if (!pass_run(I, p) || !objective(I, post, s, &d, &y)) return false;
    if (!y)
        return g->error[0] ? graph_failed(I, I->span, g->error)
                           : observes_nothing(I, post->model->model, I->span);
    if (!step_outs(I, post, s, o->draws, base, &y)) return false;
    s->loss = op1(g, ELEM_neg, y);
    if (post->method == METHOD_LAPLACE && !laplace_fits(I, o, post, s)) return false;
    if (o->by && !whole_fits(I, o, post, s)) return false;
    if (!find_slopes(I, s, &slope)) return false;
    if (o->by)
        s->slope = slope;
    else if (!step_optimizer(I, o, s, slope))
        return false;
    s->check = finite_check(s);
    return s->check ? true : graph_failed(I, I->span, g->error);
}

bool step_build(Interp *I, const FitOptions *o, Posterior *post, Step *s)
{
    Recorder r;
    s->graph = graph_new(I->memory, &I->names);
    recorder_init(I, &r, s->graph, false, NULL);
    s->pass.graph = s->graph;
    bool ok = step_nodes(I, o, post, s);
    recorder_end(I, &r);
    recorder_free(I, &r);
    return ok && make_plan(I, o, s);
}

void step_free(Interp *I, Step *s)
{
    if (s->plan) plan_free(s->plan);
    for (uint32_t i = 0; i < s->trains; i++) tensor_drop(s->train[i].value);
    if (s->train_room)
        memory_give(I->memory, s->train, s->train_room * sizeof *s->train);
    pass_free(I, &s->pass);
    if (s->single) graph_free(s->single);
    if (s->graph) graph_free(s->graph);
}
