/* SPDX-License-Identifier: MIT
 * The one sampling loop: a pass over the model records one draw, the hidden axis makes
 * it a chunk of draws, and chunks are run and reduced. What does not depend on the draw
 * is computed once in a chunk; where nothing does, there is one draw.
 */
#include "chains.h"
#include "predict_int.h"

#include <math.h>
#include <string.h>

/* Bytes of one chunk's plan: about the second-level cache. */
enum { CHUNK_BYTES = 1 << 20 };

static bool discover_prior(Interp *I, Prediction *pred, PredictRun *r)
{
    Pass p = pass_over(pred->post, pred->data, pred->data_span);
    p.sites = &r->found;
    p.no_observed = true;
    p.rows = pred->rows;
    bool ok = pass_discover(I, &p);
    pass_free(I, &p);
    graph_free(p.graph);
    return ok;
}

static bool set_sites(Interp *I, Prediction *pred, PredictRun *r)
{
    Posterior *post = pred->post;
    Pass *p = &r->pass;
    if (post->method != METHOD_PRIOR) {
        if (!posterior_sites(I, post, p, false) || !pass_fitted(I, post, p, &r->fitted))
            return false;
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
    Pass *p = &r->pass;
    Shape one = shape_scalar();
    *p = pass_over(pred->post, pred->data, pred->data_span);
    p->kind = PASS_PREDICT;
    p->graph = r->graph;
    p->mean_masks = pred->mean_masks;
    p->row_masks = pred->row_masks;
    p->rows = pred->rows;
    r->key = p->key = graph_input(r->graph, TYPE_KEY, SUPPORT_ANY, &one, 800001);
    if (pred->post->method == METHOD_CHAINS)
        r->number = p->number =
            graph_input(r->graph, TYPE_I64, SUPPORT_ANY, &one, 800004);
    if (!set_sites(I, pred, r) || !pass_run(I, p)) return false;
    Handler *before = I->handler;
    I->handler = &p->handler;
    bool ok = build(I, pred, p, ctx, outs, &r->outs);
    I->handler = before;
    for (int k = 0; ok && k < r->outs; k++) {
        r->out[k] = op_to_type(r->graph, as_node(I, outs[k]), TYPE_F64);
        if (!r->out[k]) ok = graph_failed(I, I->span, r->graph->error);
    }
    return ok;
}

static bool map_draws(Interp *I, PredictRun *r, int64_t chunk, Node **result)
{
    Graph *g = r->graph;
    Shape many = shape_of(1, &chunk);
    bool mapped[2] = {true, true};
    r->keys = graph_input(g, TYPE_KEY, SUPPORT_ANY, &many, 800003);
    if (r->number) r->numbers = graph_input(g, TYPE_I64, SUPPORT_ANY, &many, 800005);
    Node *from[2] = {r->key, r->number}, *to[2] = {r->keys, r->numbers};
    if (graph_batch(g, chunk, from, to, mapped, r->number ? 2 : 1, r->out, r->outs,
                    result, r->mapped))
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
    Node **from = arena_take(&r->graph->arena, (sites + PASS_GIVEN + 3) * sizeof *from);
    Node **input =
        arena_take(&r->graph->arena, (sites + PASS_GIVEN + 3) * sizeof *from);
    Node *result[RUN_OUTS];
    r->single = graph_new(I->memory, &I->names);
    for (uint32_t i = 0; p->site_input && i < sites; i++)
        if (p->site_input[i]) from[n++] = p->site_input[i];
    for (int i = 0; i < p->givens; i++) from[n++] = p->given[i].node;
    from[n++] = r->keys;
    if (r->numbers) from[n++] = r->numbers;
    if (!graph_single(r->single, r->graph, from, n, outs, r->outs, input, result))
        return graph_failed(I, I->span, r->single->error);
    for (int k = 0; k < r->outs; k++) outs[k] = result[k];
    r->from = from;
    r->input = input;
    r->inputs = n;
    return true;
}

Node *predict_node(PredictRun *r, Node *n)
{
    for (int i = 0; r->single && i < r->inputs; i++)
        if (r->from[i] == n) return r->input[i];
    return n;
}

static void bind_as(Interp *I, PredictRun *r, Plan *plan, Node *n, Tensor *t)
{
    n = predict_node(r, n);
    if (t->type != n->type) {
        t = tensor_cast(I->memory, t, n->type);
        value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = t});
    }
    plan_bind(plan, n, t->data);
}

void predict_bind(Interp *I, Prediction *pred, PredictRun *r, Plan *plan)
{
    Pass *p = &r->pass;
    Posterior *post = pred->post;
    for (uint32_t i = 0; p->site_input && i < post->sites.count; i++)
        if (p->site_input[i]) bind_as(I, r, plan, p->site_input[i], post->point[i]);
    for (uint32_t i = 0; post->guide_point && i < post->guide_sites.count; i++)
        bind_as(I, r, plan, p->site_input[post->sites.count + i], post->guide_point[i]);
    for (int i = 0; i < p->givens; i++)
        bind_as(I, r, plan, p->given[i].node, p->given[i].tensor);
    hoist_bind(&r->fixed, plan);
}

/* ---- what no draw changes is computed once ---- */

typedef struct Binding {
    Interp *I;
    Prediction *pred;
    PredictRun *r;
} Binding;

static void bind_fixed(void *ctx, Plan *p)
{
    Binding *b = ctx;
    predict_bind(b->I, b->pred, b->r, p);
}

static bool hoist(Interp *I, Prediction *pred, PredictRun *r, Node **outs)
{
    Node *on[2] = {predict_node(r, r->keys), NULL};
    if (r->numbers) on[1] = predict_node(r, r->numbers);
    Binding b = {I, pred, r};
    return hoist_fixed(I, r->single ? r->single : r->graph, on, r->numbers ? 2 : 1,
                       outs, r->outs, bind_fixed, &b, &r->fixed);
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
    if (r->draws > 1) { /* a trial tells how many fit into the cache */
        if (!plan_draws(I, r, outs)) return false;
        size_t bytes = plan_bytes(r->plan) / 2 + 1;
        int64_t fit = (int64_t)((size_t)CHUNK_BYTES / bytes);
        r->chunk = fit < 1 ? 1 : fit > r->draws ? r->draws : fit;
        int64_t chunks = (r->draws + r->chunk - 1) / r->chunk;
        r->chunk = (r->draws + chunks - 1) / chunks;
    }
    if (!map_draws(I, r, r->chunk, outs) || !to_single(I, pred, r, outs) ||
        (any && r->draws > r->chunk && !hoist(I, pred, r, outs)) ||
        !plan_draws(I, r, outs))
        return false;
    for (int k = 0; k < r->outs; k++) {
        r->final[k] = outs[k];
        r->out_type[k] = outs[k]->type;
    }
    dump_graph(I, "prediction", r->graph, r->out, r->outs, r->plan, 0);
    return true;
}

/* ---- what is no number ---- */

/* Runs draws one by one with every node watched, up to the first with a number that is
 * not finite: its node, or NULL. */
static const Node *first_bad(Interp *I, Prediction *pred, PredictRun *r, Plan *p,
                             int64_t *element)
{
    uint64_t key, base = key_fold(0x70726564, pred->seed);
    int64_t number;
    Graph *single = r->single;
    r->single = NULL; /* what overflows in double is told by place */
    predict_bind(I, pred, r, p);
    r->single = single;
    plan_bind(p, r->key, &key);
    if (r->number) plan_bind(p, r->number, &number);
    for (int64_t draw = 0; draw < r->draws; draw++) {
        key = key_fold(base, (uint64_t)draw);
        number = r->number ? chains_row(pred->post, draw, r->draws) : 0;
        if (plan_run(p, &I->stop) != PLAN_DONE) return NULL;
        for (int k = 0; k < r->outs; k++) {
            const double *x = plan_output(p, k);
            for (int64_t i = shape_count(&r->out[k]->shape); i-- > 0;)
                if (!isfinite(x[i])) return bad_find(p, element);
        }
    }
    return NULL;
}

/* E0642, unless the NaN is one that the program or a distribution wrote down, as the
 * mean of a Cauchy is. */
static bool tell_nan(Interp *I, Prediction *pred, PredictRun *r, Span span)
{
    char error[600];
    int64_t element = 0;
    BadPlace at = {
        .code = E0642, .what = "prediction", .in = "asked for here", .call = span};
    PlanOptions options = {.watch = true};
    Plan *p = plan_make(I->memory, r->graph, r->out, r->outs, NULL, 0, &options, error);
    if (!p) return graph_failed(I, span, error);
    const Node *n = first_bad(I, pred, r, p, &element);
    bool given = !n || n->op == &op_input;
    if (!given)
        bad_tell(I, p, n, element, &at);
    else if (r->single)
        fail(I, E0642, span, "prediction", "single precision", "nan", "");
    plan_free(p);
    return given && !r->single;
}

bool data_recorded(Value data)
{
    if (data.kind != VALUE_RECORD) return false;
    const Record *r = (const Record *)data.object;
    for (uint32_t i = 0; i < r->count; i++)
        if (r->value[i].kind == VALUE_NODE) return true;
    return false;
}

bool predict_run(Interp *I, Prediction *pred, PredictBuild *build, void *ctx,
                 const Over *over, Span span, Value *result, Value *second)
{
    Value outs[RUN_OUTS];
    Span before = I->span;
    if (pred->post->method == METHOD_ENSEMBLE)
        return ensemble_run(I, pred, build, ctx, over, false, span, result, second);
    PredictRun *r = memory_take(I->memory, sizeof *r);
    if (span.source && !(in_library(I) && before.source)) I->span = span;
    if (data_recorded(pred->data)) {
        memory_give(I->memory, r, sizeof *r);
        bool done = predict_recorded(I, pred, build, ctx, over, result, second);
        I->span = before;
        return done;
    }
    bool ok = pred->post->method != METHOD_PRIOR || discover_prior(I, pred, r);
    if (ok) {
        r->graph = graph_new(I->memory, &I->names);
        recorder_init(I, &r->recorder, r->graph, false, NULL);
        ok = record_draw(I, pred, build, ctx, r, outs) && choose_chunk(I, pred, r);
        recorder_end(I, &r->recorder);
        recorder_free(I, &r->recorder);
    }
    ok = ok && predict_draws(I, pred, r, over, span, result, second);
    for (int k = 0; ok && k < r->outs; k++)
        if (value_has_nan(result[k]) ||
            (second && over[k] == OVER_MEAN_VAR && value_has_nan(second[k]))) {
            ok = tell_nan(I, pred, r, I->span);
            break;
        }
    I->span = before;
    if (r->plan) plan_free(r->plan);
    pass_free(I, &r->pass);
    pass_free(I, &r->fitted);
    sites_free(I, &r->found);
    if (r->single) graph_free(r->single);
    if (r->graph) graph_free(r->graph);
    memory_give(I->memory, r, sizeof *r);
    return ok;
}
