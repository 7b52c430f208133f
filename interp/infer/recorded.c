/* SPDX-License-Identifier: MIT
 * A prediction inside a differentiated function: recorded where the function is, with
 * its draws held fixed, so that it has slopes in the data.
 */
#include "chains.h"
#include "predict_int.h"

#include <string.h>

/* Inputs that the pass made of plain givens become constants. */
static bool givens_fixed(Interp *I, Pass *p, Node **outs, int n)
{
    Node *from[PASS_GIVEN], *to[PASS_GIVEN], *result[RUN_OUTS];
    bool mapped[PASS_GIVEN] = {0}, out_mapped[RUN_OUTS];
    if (p->givens == 0) return true;
    for (int i = 0; i < p->givens; i++) {
        const Tensor *t = p->given[i].tensor;
        from[i] = p->given[i].node;
        to[i] = graph_constant(p->graph, t->type, &p->given[i].node->shape, t->data);
    }
    if (!graph_batch(p->graph, 0, from, to, mapped, p->givens, outs, n, result,
                     out_mapped))
        return graph_failed(I, I->span, p->graph->error);
    for (int k = 0; k < n; k++) outs[k] = result[k];
    return true;
}

static Node *first_axis(Graph *g, const Op *op, Node *x, bool keep)
{
    return op_reduce(g, op, x, -x->shape.rank, keep);
}

static Node *log_mean_exp(Graph *g, Node *x, int64_t draws)
{
    return op2(g, ELEM_sub, first_axis(g, &op_logsumexp, x, false),
               op1(g, ELEM_log, graph_real(g, (double)draws)));
}

/* x: [draws, …] where it varies, else one draw. */
static Node *reduce(Graph *g, Over over, Node *x, bool varies, int64_t draws,
                    Node **var)
{
    Shape one = shape_prepend(&x->shape, 1);
    switch (over) {
    case OVER_STACK: return varies ? x : op_to_shape(g, x, &one);
    case OVER_LOG_MEAN_EXP: return varies ? log_mean_exp(g, x, draws) : x;
    case OVER_MEAN:
    case OVER_MEAN_VAR:
    default: break;
    }
    *var = op2(g, ELEM_mul, x, graph_real(g, 0));
    if (!varies) return x;
    Node *mean = op_mean(g, x, -x->shape.rank, true);
    *var = op_mean(g, op1(g, ELEM_square, op2(g, ELEM_sub, x, mean)), -x->shape.rank,
                   false);
    return op_mean(g, x, -x->shape.rank, false);
}

static bool over_draws(Interp *I, Prediction *pred, Pass *p, const Over *over,
                       Node **outs, int n, Value *result, Value *second)
{
    Graph *g = p->graph;
    int64_t draws = pred->draws;
    for (int k = 0; pred->post->live && k < n; k++) { /* the one of the step */
        Node *var = NULL, *y = reduce(g, over[k], outs[k], false, 1, &var);
        if (!y) return graph_failed(I, I->span, g->error);
        result[k] = record_node(I, y, value_none());
        if (second && var) second[k] = record_node(I, var, value_none());
    }
    if (pred->post->live) return true;
    Shape many = shape_of(1, &draws);
    uint64_t *data = arena_take(&g->arena, (size_t)draws * sizeof *data);
    uint64_t base = key_fold(0x70726564, pred->seed);
    for (int64_t i = 0; i < draws; i++) data[i] = key_fold(base, (uint64_t)i);
    Node *keys = graph_constant(g, TYPE_KEY, &many, data), *wide[RUN_OUTS];
    if (pred->redraw) keys = op2(g, ELEM_fold, keys, pred->redraw);
    if (!keys) return graph_failed(I, I->span, g->error);
    bool mapped[2] = {true, true}, out_mapped[RUN_OUTS];
    int64_t *row = arena_take(&g->arena, (size_t)draws * sizeof *row);
    for (int64_t i = 0; p->number && i < draws; i++)
        row[i] = chains_row(pred->post, i, draws);
    Node *from[2] = {p->key, p->number},
         *to[2] = {keys, p->number ? graph_constant(g, TYPE_I64, &many, row) : NULL};
    if (!graph_batch(g, draws, from, to, mapped, p->number ? 2 : 1, outs, n, wide,
                     out_mapped))
        return graph_failed(I, I->span, g->error);
    for (int k = 0; k < n; k++) {
        Node *var = NULL, *y = reduce(g, over[k], wide[k], out_mapped[k], draws, &var);
        if (!y) return graph_failed(I, I->span, g->error);
        result[k] = record_node(I, y, value_none());
        if (second && var) second[k] = record_node(I, var, value_none());
    }
    return true;
}

bool predict_recorded(Interp *I, Prediction *pred, PredictBuild *build, void *ctx,
                      const Over *over, Value *result, Value *second)
{
    Posterior *post = pred->post;
    Pass p = pass_over(post, pred->data, pred->data_span), fitted;
    Shape one = shape_scalar();
    Value outs[RUN_OUTS];
    Node *node[RUN_OUTS];
    int n = 0;
    memset(&fitted, 0, sizeof fitted);
    if (post->method == METHOD_ENSEMBLE)
        return ensemble_run(I, pred, build, ctx, over, true, I->span, result, second);
    if (post->method == METHOD_PRIOR) return fail(I, E0442, I->span);
    p.kind = PASS_PREDICT;
    p.graph = I->recorder->graph;
    p.mean_masks = pred->mean_masks || post->live;
    p.row_masks = pred->row_masks;
    p.straight = pred->straight;
    p.learned = pred->learned;
    p.key = post->live ? post->live->key
                       : graph_input(p.graph, TYPE_KEY, SUPPORT_ANY, &one, 800001);
    if (post->method == METHOD_CHAINS && !pred->redraw)
        p.number = graph_input(p.graph, TYPE_I64, SUPPORT_ANY, &one, 800004);
    bool ok = posterior_sites(I, post, &p, true) && pass_fitted(I, post, &p, &fitted);
    for (uint32_t i = 0; ok && i < post->sites.count; i++)
        if (post->sites.at[i].local && !pred->fitted_rows) p.site_node[i] = NULL;
    ok = ok && pass_run(I, &p);
    Handler *before = I->handler;
    I->handler = &p.handler;
    ok = ok && build(I, pred, &p, ctx, outs, &n);
    I->handler = before;
    for (int k = 0; ok && k < n; k++) node[k] = as_node(I, outs[k]);
    ok = ok && givens_fixed(I, &p, node, n) &&
         over_draws(I, pred, &p, over, node, n, result, second);
    pass_free(I, &p);
    pass_free(I, &fitted);
    return ok;
}
