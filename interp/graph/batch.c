/* SPDX-License-Identifier: MIT
 * Remaking a piece of a graph: with inputs replaced, over a further axis in front that
 * no program sees, or in another graph. What nothing replaced reaches is left alone.
 */
#include "graph/graph.h"

#include <string.h>

typedef struct Remake {
    Graph *into;
    const Graph *from;
    uint32_t count; /* nodes up to the last output */
    bool *needed;   /* an output depends on it */
    Node **made;    /* by id: the node in its place; NULL: itself */
    bool *mapped;   /* made has the axis */
    Node **in;      /* of the node at hand */
    bool *in_mapped;
} Remake;

static void begin(Remake *r, Graph *into, const Graph *from, Node *const *outs,
                  int n_outs)
{
    r->into = into;
    r->from = from;
    for (int i = 0; i < n_outs; i++)
        if (outs[i]->id >= r->count) r->count = outs[i]->id + 1;
    Arena *a = &into->arena;
    r->needed = arena_take(a, r->count * sizeof *r->needed);
    r->made = arena_take(a, r->count * sizeof *r->made);
    r->mapped = arena_take(a, r->count * sizeof *r->mapped);
    int most = 1;
    for (uint32_t id = 0; id < r->count; id++)
        if (from->node[id]->n_in > most) most = from->node[id]->n_in;
    r->in = arena_take(a, (size_t)most * sizeof *r->in);
    r->in_mapped = arena_take(a, (size_t)most * sizeof *r->in_mapped);
}

Node *graph_batch_by_expand(Graph *g, const Node *y, Node *const *in,
                            const bool *mapped, int64_t size)
{
    Node **all = arena_take(&g->arena, (size_t)(y->n_in + 1) * sizeof *all);
    for (int i = 0; i < y->n_in; i++) {
        all[i] = in[i];
        if (mapped[i]) continue;
        Attr a;
        memset(&a, 0, sizeof a);
        a.shape = shape_prepend(&in[i]->shape, 1);
        if (in[i]->shape.rank >= LIMIT_RANK)
            return graph_error(g, "more than %d axes over draws", LIMIT_RANK);
        a.shape.dim[0] = size;
        all[i] = graph_node(g, &op_expand, &in[i], 1, &a);
    }
    return graph_node(g, y->op, all, y->n_in, y->attr);
}

static Node *batch_one(Remake *r, const Node *n, int64_t size)
{
    Graph *g = r->into;
    if (n->shape.rank >= LIMIT_RANK)
        return graph_error(g, "'%s' over draws would have more than %d axes",
                           n->op->name, LIMIT_RANK);
    Node *b = n->op->batch ? n->op->batch(g, n, r->in, r->in_mapped, size)
                           : graph_batch_by_expand(g, n, r->in, r->in_mapped, size);
    if (!b) return NULL;
    Shape due = shape_prepend(&n->shape, size);
    if (shape_same(&b->shape, &due) && b->type == n->type) return b;
    char s[SHAPE_TEXT], t[SHAPE_TEXT];
    return graph_error(g, "'%s' over draws has shape %s, not %s", n->op->name,
                       shape_text(s, NULL, &b->shape, false),
                       shape_text(t, NULL, &due, false));
}

/* Remakes node n if one of its inputs was. */
static bool remake(Remake *r, Node *n, int64_t size)
{
    bool changed = false, mapped = false;
    for (int i = 0; i < n->n_in; i++) {
        uint32_t id = n->in[i]->id;
        r->in[i] = r->made[id] ? r->made[id] : n->in[i];
        r->in_mapped[i] = r->mapped[id];
        changed |= r->made[id] != NULL;
        mapped |= r->mapped[id];
    }
    if (!changed) return true;
    r->into->span = n->span;
    Node *m = mapped ? batch_one(r, n, size)
                     : graph_node(r->into, n->op, r->in, n->n_in, n->attr);
    r->made[n->id] = m;
    r->mapped[n->id] = mapped;
    return m != NULL;
}

static bool replaced(const Remake *r, const Node *n)
{
    return n->id < r->count && r->made[n->id] != NULL;
}

/* Sets the replacements; a mapped one must have the axis in front. */
static bool replace(Remake *r, Node *const *from, Node *const *to, const bool *mapped,
                    int n, int64_t size)
{
    for (int i = 0; i < n; i++) {
        if (from[i]->id >= r->count) continue;
        bool m = mapped && mapped[i];
        Shape due = m ? shape_prepend(&from[i]->shape, size) : from[i]->shape;
        if (!shape_same(&to[i]->shape, &due) || to[i]->type != from[i]->type) {
            char s[SHAPE_TEXT], t[SHAPE_TEXT];
            graph_error(r->into, "a replacement of shape %s stands for shape %s",
                        shape_text(s, NULL, &to[i]->shape, false),
                        shape_text(t, NULL, &due, false));
            return false;
        }
        r->made[from[i]->id] = to[i];
        r->mapped[from[i]->id] = m;
    }
    return true;
}

/* What the outputs are made of, up to what is replaced: above that nothing is read. */
static void find_needed(Remake *r, Node *const *outs, int n_outs)
{
    for (int i = 0; i < n_outs; i++) r->needed[outs[i]->id] = true;
    for (uint32_t id = r->count; id-- > 0;) {
        const Node *n = r->from->node[id];
        if (!r->needed[id] || replaced(r, n)) continue;
        for (int i = 0; i < n->n_in; i++) r->needed[n->in[i]->id] = true;
    }
}

static bool batch_all(Remake *r, int64_t size)
{
    for (uint32_t id = 0; id < r->count; id++) {
        Node *n = r->from->node[id];
        if (r->needed[id] && !replaced(r, n) && !remake(r, n, size)) return false;
    }
    return true;
}

bool graph_batch(Graph *g, int64_t size, Node *const *from, Node *const *to,
                 const bool *mapped, int n, Node *const *outs, int n_outs,
                 Node **result, bool *out_mapped)
{
    Remake r = {0};
    begin(&r, g, g, outs, n_outs);
    Span span = g->span;
    bool loose = g->loose;
    g->loose = true;
    bool good = replace(&r, from, to, mapped, n, size);
    if (good) find_needed(&r, outs, n_outs);
    good = good && batch_all(&r, size);
    g->loose = loose;
    g->span = span;
    for (int k = 0; k < n_outs && good; k++) {
        Node *made = r.made[outs[k]->id];
        result[k] = made ? made : outs[k];
        if (out_mapped) out_mapped[k] = r.mapped[outs[k]->id];
    }
    return good;
}

/* ---- into another graph ---- */

static Graph *copy_sub(Graph *into, const Graph *sub, Node *const *outs, int n_outs,
                       Node ***sub_out);

/* The attr of a copied node: graphs inside are copied too. */
static bool copy_attr(Graph *into, const Node *n, Attr *a)
{
    *a = *n->attr;
    for (int k = 0; k < 2; k++) {
        if (!a->sub[k]) continue;
        a->sub[k] = copy_sub(into, n->attr->sub[k], n->attr->sub_out[k], a->sub_outs[k],
                             &a->sub_out[k]);
        if (!a->sub[k]) return false;
    }
    return true;
}

static Node *copy_one(Remake *r, const Node *n)
{
    Graph *g = r->into;
    g->span = n->span;
    if (n->op == &op_input)
        return graph_input(g, n->type, n->support, &n->shape, n->user);
    if (n->op == &op_constant)
        return graph_constant(g, n->type, &n->shape, n->attr->data);
    for (int i = 0; i < n->n_in; i++) r->in[i] = r->made[n->in[i]->id];
    if (!n->attr) return graph_node(g, n->op, r->in, n->n_in, NULL);
    Attr a;
    if (!copy_attr(g, n, &a)) return NULL;
    return graph_node(g, n->op, r->in, n->n_in, &a);
}

static bool copy_all(Remake *r)
{
    for (uint32_t id = 0; id < r->count; id++) {
        if (!r->needed[id] || r->made[id]) continue;
        r->made[id] = copy_one(r, r->from->node[id]);
        if (!r->made[id]) return false;
    }
    return true;
}

bool graph_copy(Graph *into, const Graph *g, Node *const *from, Node *const *to, int n,
                Node *const *outs, int n_outs, Node **result)
{
    Remake r = {0};
    begin(&r, into, g, outs, n_outs);
    Span span = into->span;
    bool loose = into->loose;
    into->loose = true;
    bool good = replace(&r, from, to, NULL, n, 0);
    if (good) find_needed(&r, outs, n_outs);
    good = good && copy_all(&r);
    into->loose = loose;
    into->span = span;
    for (int k = 0; k < n_outs && good; k++) result[k] = r.made[outs[k]->id];
    return good;
}

/* Inputs of a graph inside a node are known by their `user`, so they are all copied. */
static Graph *copy_sub(Graph *into, const Graph *sub, Node *const *outs, int n_outs,
                       Node ***sub_out)
{
    Graph *s = graph_inner(into);
    *sub_out = arena_take(&into->arena, (size_t)(n_outs + 1) * sizeof **sub_out);
    if (graph_copy(s, sub, NULL, NULL, 0, outs, n_outs, *sub_out)) return s;
    graph_error(into, "%s", s->error);
    return NULL;
}
