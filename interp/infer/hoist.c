/* SPDX-License-Identifier: MIT
 * Computing once what a loop of runs does not change: the part of a graph that does not
 * depend on what varies between the runs becomes inputs of the rest.
 */
#include "hoist.h"

#include <string.h>

enum { HOIST_MOST = 256 };

static bool is_source(const Node *n) { return (n->op->flags & OP_SOURCE) != 0; }

/* Nothing is saved by computing it: a constant, an input, or another look at one. */
static bool is_free(const Node *n)
{
    while ((n->op->flags & OP_VIEW) && n->n_in) n = n->in[0];
    return is_source(n) || node_is_constant(n);
}

/* Fixed nodes that are read by such as vary, or are outputs themselves. */
static int frontier(Interp *I, const Graph *g, Node *const *on, int n_on,
                    Node *const *outs, int n_outs, Node **edge)
{
    char *varies = memory_take(I->memory, g->count),
         *needed = memory_take(I->memory, g->count);
    int n = 0;
    for (int k = 0; k < n_on; k++) varies[on[k]->id] = 1;
    for (int k = 0; k < n_outs; k++) needed[outs[k]->id] = 1;
    for (uint32_t i = 0; i < g->count; i++)
        for (int k = 0; k < g->node[i]->n_in; k++)
            varies[i] |= varies[g->node[i]->in[k]->id];
    for (uint32_t i = g->count; i-- > 0;) {
        Node *x = g->node[i];
        if (!needed[i]) continue;
        if (varies[i]) {
            for (int k = 0; k < x->n_in; k++) needed[x->in[k]->id] = 1;
        } else if (!is_free(x)) {
            if (n < HOIST_MOST) edge[n] = x;
            n++;
        }
    }
    memory_give(I->memory, varies, g->count);
    memory_give(I->memory, needed, g->count);
    return n;
}

static void keep(Interp *I, Graph *g, const Plan *fixed, Node *const *edge, int n,
                 Hoist *h)
{
    h->node = arena_take(&g->arena, (size_t)n * sizeof *h->node);
    h->tensor = arena_take(&g->arena, (size_t)n * sizeof *h->tensor);
    h->count = n;
    for (int i = 0; i < n; i++) {
        h->node[i] = graph_input(g, edge[i]->type, edge[i]->support, &edge[i]->shape,
                                 700000u + (uint32_t)i);
        Tensor *t = tensor_new(I->memory, edge[i]->type, &edge[i]->shape);
        memcpy(t->data, plan_output(fixed, i),
               (size_t)shape_count(&t->shape) * type_size(t->type));
        value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = t});
        h->tensor[i] = t;
    }
}

bool hoist_fixed(Interp *I, Graph *g, Node *const *on, int n_on, Node **outs, int n,
                 HoistBind *binds, void *ctx, Hoist *h)
{
    Node *edge[HOIST_MOST];
    bool mapped[HOIST_MOST] = {0};
    char error[600];
    int edges = frontier(I, g, on, n_on, outs, n, edge);
    *h = (Hoist){0};
    if (edges == 0 || edges > HOIST_MOST) return true;
    PlanOptions options = {.limit = I->memory_limit};
    Plan *fixed = plan_make(I->memory, g, edge, edges, NULL, 0, &options, error);
    if (!fixed) return graph_failed(I, I->span, error);
    binds(ctx, fixed);
    PlanEnd end = plan_run(fixed, &I->stop);
    if (end == PLAN_DONE) keep(I, g, fixed, edge, edges, h);
    const Node *where;
    const char *why = end == PLAN_FAILED ? plan_failure(fixed, &where) : NULL;
    if (why) fail(I, E0601, I->span, why);
    plan_free(fixed);
    if (end != PLAN_DONE) return end == PLAN_FAILED ? false : !interp_stopped(I);
    Node **result = arena_take(&g->arena, (size_t)n * sizeof *result);
    bool *out_mapped = arena_take(&g->arena, (size_t)n * sizeof *out_mapped);
    if (!graph_batch(g, 0, edge, h->node, mapped, edges, outs, n, result, out_mapped))
        return graph_failed(I, I->span, g->error);
    memcpy(outs, result, (size_t)n * sizeof *outs);
    return true;
}

void hoist_bind(const Hoist *h, Plan *p)
{
    for (int i = 0; i < h->count; i++) plan_bind(p, h->node[i], h->tensor[i]->data);
}
