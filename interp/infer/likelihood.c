/* SPDX-License-Identifier: MIT
 * log_likelihood: the log predictive density of each row, with the draws held fixed; inside
 * a differentiated function it is recorded, so that it has slopes in the data.
 */
#include "infer_int.h"

#include <string.h>

typedef struct Target {
    Value y;
    Name name;
} Target;

static bool has_node(const Record *r)
{
    for (uint32_t i = 0; i < r->count; i++)
        if (r->value[i].kind == VALUE_NODE) return true;
    return false;
}

static bool record_rows(Interp *I, Pass *p, Value y, Value *out)
{
    Graph *g = p->graph;
    if (p->observeds == 0)
        return fail(I, E0428, I->span, name_cstr(&I->names, p->model->model->name));
    Observed *o = &p->observed[0];
    Value logp;
    if (!dist_logpdf(I, o->dist, y, I->span, &logp)) return false;
    Node *l = as_node(I, logp);
    while (l && l->shape.rank > 1) l = op_reduce(g, &op_sum, l, -1, false);
    if (!l) return graph_failed(I, I->span, g->error);
    *out = record_node(I, l, value_none());
    return true;
}

/* The mean over draws, inside the log; draws' keys are constants. */
static bool mean_over_draws(Interp *I, Pass *p, int64_t draws, uint64_t seed, Value *out)
{
    Graph *g = p->graph;
    Shape many = shape_of(1, &draws);
    uint64_t *data = arena_take(&g->arena, (size_t)draws * sizeof *data);
    uint64_t base = key_fold(0x70726564, seed);
    for (int64_t i = 0; i < draws; i++) data[i] = key_fold(base, (uint64_t)i);
    Node *keys = graph_constant(g, TYPE_KEY, &many, data), *rows = as_node(I, *out), *wide;
    bool mapped = true, out_mapped;
    if (!graph_batch(g, draws, &p->key, &keys, &mapped, 1, &rows, 1, &wide, &out_mapped))
        return graph_failed(I, I->span, g->error);
    if (!out_mapped) return true;
    Node *l = op_reduce(g, &op_logsumexp, wide, -wide->shape.rank, false);
    l = op2(g, ELEM_sub, l, op1(g, ELEM_log, graph_real(g, (double)draws)));
    if (!l) return graph_failed(I, I->span, g->error);
    *out = record_node(I, l, value_none());
    return true;
}

static bool recorded(Interp *I, Posterior *post, Value data, Value y, int64_t draws,
                     uint64_t seed, Value *out)
{
    Pass p;
    Shape one = shape_scalar();
    memset(&p, 0, sizeof p);
    p.kind = PASS_PREDICT;
    p.model = post->model;
    p.data = data;
    p.graph = I->recorder->graph;
    p.reads = post->reads;
    p.seed = post->seed;
    p.key = graph_input(p.graph, TYPE_KEY, SUPPORT_ANY, &one, 800001);
    bool ok = posterior_sites(I, post, &p, true) && pass_run(I, &p);
    /* givens that are plain were made inputs: their numbers stand instead */
    Node *from[PASS_GIVEN], *to[PASS_GIVEN];
    bool mapped[PASS_GIVEN] = {0}, out_mapped;
    for (int i = 0; ok && i < p.givens; i++) {
        from[i] = p.given[i].node;
        to[i] = graph_constant(p.graph, p.given[i].tensor->type, &p.given[i].node->shape,
                               p.given[i].tensor->data);
    }
    Handler *before = I->handler;
    I->handler = &p.handler;
    ok = ok && record_rows(I, &p, y, out);
    I->handler = before;
    ok = ok && mean_over_draws(I, &p, draws, seed, out);
    if (ok && p.givens) {
        Node *n = as_node(I, *out), *result;
        ok = graph_batch(p.graph, 0, from, to, mapped, p.givens, &n, 1, &result, &out_mapped);
        if (ok) *out = record_node(I, result, value_none());
        else graph_failed(I, I->span, p.graph->error);
    }
    pass_free(I, &p);
    return ok;
}

bool log_likelihood(Interp *I, Value v, Value data, int64_t draws, uint64_t seed, Span span,
                    Value *out)
{
    if (data.kind != VALUE_RECORD)
        return fail(I, E0425, span, "log_likelihood", value_kind_text(data));
    Posterior *post = (Posterior *)v.object;
    const Ast *l = model_likelihood(post->model->model);
    Name name = l && l->a->kind == AST_NAME ? l->a->name : 0;
    Value y, pred;
    if (!name || !record_get((Record *)data.object, name, &y))
        return fail(I, E0407, span, name ? name_cstr(&I->names, name) : "y", "observed",
                    name_cstr(&I->names, post->model->model->name));
    if (I->recorder && has_node((Record *)data.object))
        return recorded(I, post, data, y, draws, seed, out);
    return predict_new(I, v, data, draws, text_of("sample"), text_of("shared"), value_none(),
                       seed, span, &pred) &&
           prediction_logpdf(I, (Prediction *)pred.object, y, span, out);
}
