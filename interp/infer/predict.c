/* SPDX-License-Identifier: MIT
 * The one sampling loop: a pass over the model records one draw, the hidden axis makes it a
 * chunk of draws, and chunks are run and reduced. What does not depend on the draw is
 * computed once in a chunk; where nothing does, there is one draw.
 */
#include "infer_int.h"

#include <math.h>
#include <string.h>

/* Bytes of one chunk's plan: about the second-level cache. */
enum { CHUNK_BYTES = 1 << 20 };

typedef struct PredictRun {
    Pass pass;
    Sites found; /* of a prior, discovered here */
    Graph *graph, *single;
    Recorder recorder;
    Plan *plan;
    Node *key, *keys;
    Node *out[RUN_OUTS];
    bool mapped[RUN_OUTS];
    int outs;
    int64_t draws, chunk;
    uint64_t *key_data;
    Type out_type[RUN_OUTS];
    Node **from, **input; /* of the single graph's inputs */
    int inputs;
} PredictRun;

static bool discover_prior(Interp *I, Prediction *pred, PredictRun *r)
{
    Posterior *post = pred->post;
    Pass p;
    Recorder rec;
    memset(&p, 0, sizeof p);
    p.kind = PASS_DISCOVER;
    p.model = post->model;
    p.data = pred->data;
    p.sites = &r->found;
    p.seed = post->seed;
    p.no_observed = true;
    p.rows = pred->rows;
    p.reads = post->reads;
    p.graph = graph_new(I->memory, &I->names);
    recorder_init(I, &rec, p.graph, false, NULL);
    bool ok = pass_run(I, &p);
    recorder_end(I, &rec);
    recorder_free(I, &rec);
    pass_free(I, &p);
    graph_free(p.graph);
    return ok;
}

static bool set_sites(Interp *I, Prediction *pred, PredictRun *r)
{
    Posterior *post = pred->post;
    Pass *p = &r->pass;
    if (post->method != METHOD_PRIOR) {
        if (!posterior_sites(I, post, p, false)) return false;
        for (uint32_t i = 0; i < post->sites.count; i++)
            if (post->sites.at[i].local && !pred->fitted_rows) p->site_node[i] = NULL;
        return true;
    }
    p->sites = &r->found;
    p->site_node = arena_take(&r->graph->arena, (r->found.count + 1) * sizeof(Node *));
    return true;
}

static bool record_draw(Interp *I, Prediction *pred, PredictBuild *build, void *ctx,
                        PredictRun *r, Value *outs)
{
    Posterior *post = pred->post;
    Pass *p = &r->pass;
    Shape one = shape_scalar();
    p->kind = PASS_PREDICT;
    p->model = post->model;
    p->data = pred->data;
    p->graph = r->graph;
    p->mean_masks = pred->mean_masks;
    p->row_masks = pred->row_masks;
    p->rows = pred->rows;
    p->reads = post->reads;
    p->seed = post->seed;
    r->key = p->key = graph_input(r->graph, TYPE_KEY, SUPPORT_ANY, &one, 800001);
    if (!set_sites(I, pred, r) || !pass_run(I, p)) return false;
    Handler *before = I->handler;
    I->handler = &p->handler;
    bool ok = build(I, pred, p, ctx, outs, &r->outs);
    I->handler = before;
    for (int k = 0; ok && k < r->outs; k++) {
        r->out[k] = as_node(I, outs[k]);
        if (!r->out[k]) ok = graph_failed(I, I->span, r->graph->error);
    }
    return ok;
}

static bool map_draws(Interp *I, PredictRun *r, int64_t chunk, Node **result)
{
    Graph *g = r->graph;
    Shape many = shape_of(1, &chunk);
    bool mapped = true;
    r->keys = graph_input(g, TYPE_KEY, SUPPORT_ANY, &many, 800003);
    if (graph_batch(g, chunk, &r->key, &r->keys, &mapped, 1, r->out, r->outs, result,
                    r->mapped))
        return true;
    return graph_failed(I, I->span, g->error);
}

static bool plan_draws(Interp *I, PredictRun *r, Node **outs)
{
    char error[600];
    Graph *g = r->single ? r->single : r->graph;
    PlanOptions options = {.limit = I->memory_limit};
    if (r->plan) plan_free(r->plan);
    r->plan = NULL;
    r->plan = plan_make(I->memory, g, outs, r->outs, NULL, 0, &options, error);
    return r->plan ? true : graph_failed(I, I->span, error);
}

/* The graph once more in single precision, where the fit was. */
static bool to_single(Interp *I, Prediction *pred, PredictRun *r, Node **outs)
{
    Pass *p = &r->pass;
    Posterior *post = pred->post;
    if (!post->single) return true;
    int n = 0;
    uint32_t sites = post->sites.count + post->guide_sites.count;
    Node **from = arena_take(&r->graph->arena, (sites + PASS_GIVEN + 2) * sizeof *from);
    Node **input = arena_take(&r->graph->arena, (sites + PASS_GIVEN + 2) * sizeof *from);
    Node *result[RUN_OUTS];
    r->single = graph_new(I->memory, &I->names);
    for (uint32_t i = 0; p->site_input && i < sites; i++)
        if (p->site_input[i]) from[n++] = p->site_input[i];
    for (int i = 0; i < p->givens; i++) from[n++] = p->given[i].node;
    from[n++] = r->keys;
    if (!graph_single(r->single, r->graph, from, n, outs, r->outs, input, result))
        return graph_failed(I, I->span, r->single->error);
    for (int k = 0; k < r->outs; k++) outs[k] = result[k];
    r->from = from;
    r->input = input;
    r->inputs = n;
    return true;
}

static Node *plan_node(PredictRun *r, Node *n)
{
    for (int i = 0; r->single && i < r->inputs; i++)
        if (r->from[i] == n) return r->input[i];
    return n;
}

static void bind_as(Interp *I, PredictRun *r, Node *n, Tensor *t)
{
    n = plan_node(r, n);
    if (t->type != n->type) {
        t = tensor_cast(I->memory, t, n->type);
        value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = t});
    }
    plan_bind(r->plan, n, t->data);
}

static void bind_run(Interp *I, Prediction *pred, PredictRun *r)
{
    Pass *p = &r->pass;
    Posterior *post = pred->post;
    for (uint32_t i = 0; p->site_input && i < post->sites.count; i++)
        if (p->site_input[i]) bind_as(I, r, p->site_input[i], post->point[i]);
    for (uint32_t i = 0; post->guide_point && i < post->guide_sites.count; i++)
        bind_as(I, r, p->site_input[post->sites.count + i], post->guide_point[i]);
    for (int i = 0; i < p->givens; i++) bind_as(I, r, p->given[i].node, p->given[i].tensor);
    Shape many = shape_of(1, &r->chunk);
    Tensor *keys = tensor_new(I->memory, TYPE_KEY, &many);
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = keys});
    r->key_data = keys->data;
    plan_bind(r->plan, plan_node(r, r->keys), keys->data);
}

/* Draws of one chunk: as many as keep its numbers in the cache. */
static bool choose_chunk(Interp *I, Prediction *pred, PredictRun *r)
{
    Node *outs[RUN_OUTS];
    if (!map_draws(I, r, 2, outs)) return false;
    bool any = false;
    for (int k = 0; k < r->outs; k++) any = any || r->mapped[k];
    r->draws = any ? pred->draws : 1;
    r->chunk = 1;
    if (any) {
        if (!plan_draws(I, r, outs)) return false;
        size_t bytes = plan_bytes(r->plan) / 2 + 1;
        int64_t fit = (int64_t)((size_t)CHUNK_BYTES / bytes);
        r->chunk = fit < 1 ? 1 : fit > r->draws ? r->draws : fit;
        int64_t chunks = (r->draws + r->chunk - 1) / r->chunk;
        r->chunk = (r->draws + chunks - 1) / chunks;
    }
    if (!map_draws(I, r, r->chunk, outs) || !to_single(I, pred, r, outs) ||
        !plan_draws(I, r, outs))
        return false;
    for (int k = 0; k < r->outs; k++) r->out_type[k] = outs[k]->type;
    dump_graph(I, "prediction", r->graph, r->out, r->outs, r->plan, 0);
    return true;
}

/* ---- reducing ---- */

static double number_at(Type t, const void *p, int64_t i)
{
    switch (t) {
    case TYPE_F64: return ((const double *)p)[i];
    case TYPE_F32: return (double)((const float *)p)[i];
    case TYPE_I64: return (double)((const int64_t *)p)[i];
    case TYPE_BOOL: return ((const uint8_t *)p)[i];
    case TYPE_KEY:
    case TYPE_COUNT: break;
    }
    return 0;
}

typedef struct Sum {
    Over over;
    double *a, *b; /* mean and squares; or greatest and sum; or the stack */
    int64_t n;
} Sum;

static void add_draw(Sum *s, Type t, const void *p, int64_t from, int64_t draw)
{
    for (int64_t i = 0; i < s->n; i++) {
        double x = number_at(t, p, from + i);
        if (s->over == OVER_STACK) {
            s->a[draw * s->n + i] = x;
        } else if (s->over == OVER_LOG_MEAN_EXP) {
            double m = s->a[i];
            if (draw == 0) s->a[i] = x, s->b[i] = 1;
            else if (x <= m) s->b[i] += m == -HUGE_VAL ? 1 : exp(x - m);
            else s->a[i] = x, s->b[i] = s->b[i] * exp(m - x) + 1;
        } else { /* Welford */
            double d = x - s->a[i];
            s->a[i] += d / (double)(draw + 1);
            s->b[i] += d * (x - s->a[i]);
        }
    }
}

static void end_sum(Sum *s, int64_t draws)
{
    for (int64_t i = 0; i < s->n; i++) {
        if (s->over == OVER_LOG_MEAN_EXP)
            s->a[i] = s->a[i] + log(s->b[i] / (double)draws);
        else if (s->over == OVER_MEAN_VAR) s->b[i] /= (double)draws;
    }
}

static bool run_chunks(Interp *I, Prediction *pred, PredictRun *r, Sum *sum, Span span)
{
    uint64_t base = key_fold(0x70726564, pred->seed);
    for (int64_t at = 0; at < r->draws; at += r->chunk) {
        for (int64_t i = 0; i < r->chunk; i++)
            r->key_data[i] = key_fold(base, (uint64_t)(at + i));
        PlanEnd end = plan_run(r->plan, &I->stop);
        if (end == PLAN_STOPPED) return !interp_stopped(I);
        if (end == PLAN_FAILED) {
            const Node *where;
            const char *why = plan_failure(r->plan, &where);
            return fail(I, E0601, span, why);
        }
        int64_t here = r->draws - at < r->chunk ? r->draws - at : r->chunk;
        for (int k = 0; k < r->outs; k++)
            for (int64_t i = 0; i < here; i++)
                add_draw(&sum[k], r->out_type[k], plan_output(r->plan, k),
                         r->mapped[k] ? i * sum[k].n : 0, at + i);
    }
    return true;
}

static Tensor *pooled(Interp *I, const Shape *s)
{
    Tensor *t = tensor_new(I->memory, TYPE_F64, s);
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = t});
    return t;
}

static Value kept_value(Interp *I, Tensor *t)
{
    tensor_keep(t);
    return value_tensor(I, t);
}

static bool reduce_run(Interp *I, Prediction *pred, PredictRun *r, const Over *over,
                       Span span, Value *result, Value *second)
{
    Sum sum[RUN_OUTS];
    Tensor *a[RUN_OUTS], *b[RUN_OUTS];
    for (int k = 0; k < r->outs; k++) {
        Shape s = r->out[k]->shape, stack = s;
        if (over[k] == OVER_STACK) {
            if (s.rank + 1 > LIMIT_RANK) return fail(I, E0336, span, LIMIT_RANK);
            stack = shape_prepend(&s, r->draws);
        }
        for (int i = 0; i < stack.rank; i++) stack.name[i] = 0;
        a[k] = pooled(I, &stack);
        b[k] = over[k] == OVER_STACK ? a[k] : pooled(I, &stack);
        sum[k] = (Sum){over[k], a[k]->data, b[k]->data, shape_count(&s)};
    }
    if (!run_chunks(I, pred, r, sum, span)) return false;
    for (int k = 0; k < r->outs; k++) {
        end_sum(&sum[k], r->draws);
        result[k] = kept_value(I, a[k]);
        if (second && over[k] == OVER_MEAN_VAR) second[k] = kept_value(I, b[k]);
    }
    return true;
}

bool predict_run(Interp *I, Prediction *pred, PredictBuild *build, void *ctx,
                 const Over *over, Span span, Value *result, Value *second)
{
    PredictRun *r = memory_take(I->memory, sizeof *r);
    Value outs[RUN_OUTS];
    Span before = I->span;
    if (span.source) I->span = span;
    bool ok = pred->post->method != METHOD_PRIOR || discover_prior(I, pred, r);
    if (ok) {
        r->graph = graph_new(I->memory, &I->names);
        recorder_init(I, &r->recorder, r->graph, false, NULL);
        ok = record_draw(I, pred, build, ctx, r, outs) && choose_chunk(I, pred, r);
        recorder_end(I, &r->recorder);
        recorder_free(I, &r->recorder);
    }
    if (ok) {
        bind_run(I, pred, r);
        ok = reduce_run(I, pred, r, over, span, result, second);
    }
    I->span = before;
    if (r->plan) plan_free(r->plan);
    pass_free(I, &r->pass);
    sites_free(I, &r->found);
    if (r->single) graph_free(r->single);
    if (r->graph) graph_free(r->graph);
    memory_give(I->memory, r, sizeof *r);
    return ok;
}
