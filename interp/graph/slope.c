/* SPDX-License-Identifier: MIT
 * Reverse mode, from graph to graph: walks back from y, asks each op on the way for its
 * slopes, and adds up what arrives at a node. The result is ordinary nodes, so slopes
 * have slopes.
 */
#include "graph/graph.h"

#include <string.h>

typedef struct Back {
    Graph *g;
    uint32_t count; /* nodes up to y */
    bool *needs;    /* lies between a wrt and y */
    Node **adjoint; /* by id; NULL: nothing has arrived */
    Node **dx;      /* of the op at hand, room for its inputs */
    bool *wanted;
} Back;

/* Marks the real nodes that depend on a wrt. */
static int mark(Back *b, const Node *y, Node *const *wrt, int n)
{
    int most = 1;
    for (int i = 0; i < n; i++)
        if (wrt[i]->id <= y->id && type_is_real(wrt[i]->type))
            b->needs[wrt[i]->id] = true;
    for (uint32_t id = 0; id < b->count; id++) {
        const Node *node = b->g->node[id];
        if (node->n_in > most) most = node->n_in;
        if (!type_is_real(node->type) || node->op->flags & OP_STOPS) continue;
        for (int i = 0; i < node->n_in && !b->needs[id]; i++)
            b->needs[id] = b->needs[node->in[i]->id];
    }
    return most;
}

bool graph_jumps(Graph *g)
{
    graph_error(g, "a draw that moves in jumps has no slope in the parameters of its "
                   "distribution; help: take `expectation(d, f)`, whose slope is that "
                   "of the mean (by score functions), or `stop(…)` the draw");
    return false;
}

/* Whether y was computed from a node that jumps with a wrt; where it is. Reals carry
 * slopes, but ints and comparisons would lose one without a word. */
static bool jumps_on_the_way(Back *b, const Node *y, Node *const *wrt, int n,
                             Node **where)
{
    enum { MOVES = 1, JUMPED = 2 };
    char *is = arena_take(&b->g->arena, b->count);
    bool any = false;
    for (int i = 0; i < n; i++)
        if (wrt[i]->id < b->count) is[wrt[i]->id] = MOVES;
    for (uint32_t id = 0; id < b->count; id++) {
        const Node *node = b->g->node[id];
        if (node->op->flags & OP_STOPS) continue;
        for (int i = 0; i < node->n_in; i++) is[id] |= is[node->in[i]->id];
        if (!(node->op->flags & OP_JUMPS) || !(is[id] & MOVES)) continue;
        is[id] |= JUMPED;
        any = true;
    }
    if (!any || !(is[y->id] & JUMPED)) return false;
    for (uint32_t id = b->count; id-- > 0;)
        if (b->g->node[id]->op->flags & OP_JUMPS && is[id] & JUMPED)
            *where = b->g->node[id];
    return true;
}

static bool arrive(Back *b, Node *at, Node *d)
{
    Node **sum = &b->adjoint[at->id];
    if (!shape_same(&d->shape, &at->shape) || d->type != at->type) {
        char s[SHAPE_TEXT], t[SHAPE_TEXT];
        graph_error(b->g, "a slope of shape %s arrived at '%s' of shape %s",
                    shape_text(s, NULL, &d->shape, false), at->op->name,
                    shape_text(t, NULL, &at->shape, false));
        return false;
    }
    *sum = *sum ? graph_add(b->g, *sum, d) : d;
    return *sum != NULL;
}

/* Sends the adjoint of y on to its inputs. */
static bool step_back(Back *b, Node *y)
{
    bool any = false;
    for (int i = 0; i < y->n_in; i++) {
        b->dx[i] = NULL;
        b->wanted[i] = b->needs[y->in[i]->id];
        any |= b->wanted[i];
    }
    if (!any) return true;
    if (!y->op->slope) {
        graph_error(b->g, "'%s' has no slope", y->op->name);
        return false;
    }
    b->g->span = y->span;
    b->g->wanted = b->wanted;
    if (!y->op->slope(b->g, y, b->adjoint[y->id], b->dx)) return false;
    for (int i = 0; i < y->n_in; i++)
        if (b->wanted[i] && b->dx[i] && !arrive(b, y->in[i], b->dx[i])) return false;
    return true;
}

static bool walk(Back *b, Node *y, Node *dy, Node *const *wrt, int n, Node **slope,
                 Node **where)
{
    Graph *g = b->g;
    *where = y;
    if (!dy) dy = graph_fill(g, y->type, 1, &y->shape);
    if (!dy || !arrive(b, y, dy)) return false;
    for (uint32_t id = b->count; id-- > 0;) {
        if (!b->adjoint[id] || !b->needs[id]) continue;
        *where = g->node[id];
        if (!step_back(b, g->node[id])) return false;
    }
    for (int i = 0; i < n; i++) {
        *where = wrt[i];
        Node *s = wrt[i]->id < b->count ? b->adjoint[wrt[i]->id] : NULL;
        slope[i] = s ? s : graph_fill(g, wrt[i]->type, 0, &wrt[i]->shape);
        if (!slope[i]) return false;
    }
    return true;
}

bool graph_slope(Graph *g, Node *y, Node *dy, Node *const *wrt, int n, Node **slope,
                 Node **where)
{
    Node *nowhere;
    if (!where) where = &nowhere;
    *where = y;
    bool real = type_is_real(y->type);
    for (int i = 0; i < n; i++) real = real && type_is_real(wrt[i]->type);
    if (!real) {
        graph_error(g, "only reals have slopes");
        return false;
    }
    Back b = {.g = g, .count = y->id + 1};
    b.needs = arena_take(&g->arena, b.count * sizeof *b.needs);
    b.adjoint = arena_take(&g->arena, b.count * sizeof *b.adjoint);
    int most = mark(&b, y, wrt, n);
    b.dx = arena_take(&g->arena, (size_t)most * sizeof *b.dx);
    b.wanted = arena_take(&g->arena, (size_t)most * sizeof *b.wanted);
    Span span = g->span;
    const bool *wanted =
        g->wanted; /* slope rules of nodes with graphs inside come here */
    bool loose = g->loose;
    if (jumps_on_the_way(&b, y, wrt, n, where)) return graph_jumps(g);
    g->loose = true;
    bool good = walk(&b, y, dy, wrt, n, slope, where);
    g->loose = loose;
    g->wanted = wanted;
    g->span = span;
    return good;
}
