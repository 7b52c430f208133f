/* SPDX-License-Identifier: MIT
 * The pass to single precision: real nodes with axes become real32, scalars stay real,
 * so that log densities are added up in double. What factors matrices stays in double,
 * too.
 */
#include "exec_int.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef struct Single {
    Graph *into;
    Node **made; /* by id in the old graph */
    Node **room; /* inputs of the node that is made now */
} Single;

static Type wanted_type(const Node *n) { return n->shape.rank ? TYPE_F32 : TYPE_F64; }

static bool needs_double(const Node *n)
{
    return n->op->flags & OP_DOUBLE ||
           (n->attr && (n->attr->sub[0] || n->attr->sub[1]));
}

static Node *constant_single(Single *s, const Node *n)
{
    if (!type_is_real(n->type) || !n->shape.rank || n->type == TYPE_F32)
        return graph_constant(s->into, n->type, &n->shape, n->attr->data);
    int64_t count = shape_count(&n->shape);
    const double *from = n->attr->data;
    float *to = arena_take(&s->into->arena, (size_t)count * sizeof *to);
    for (int64_t i = 0; i < count; i++) to[i] = (float)from[i];
    return graph_constant(s->into, TYPE_F32, &n->shape, to);
}

static Node *input_single(Single *s, const Node *n)
{
    Type t = type_is_real(n->type) ? wanted_type(n) : n->type;
    return graph_input(s->into, t, n->support, &n->shape, n->user);
}

/* x as type t. A constant that single precision would round to zero is its least normal
 * number: it guards a quotient or a logarithm against zero. */
static Node *real_as(Graph *g, Node *x, Type t)
{
    if (t == TYPE_F32 && x->op == &op_constant && x->type == TYPE_F64 &&
        x->shape.rank == 0) {
        double v = *(const double *)x->attr->data;
        if (v != 0 && (float)v == 0) x = graph_real(g, copysign((double)FLT_MIN, v));
    }
    return op_to_type(g, x, t);
}

/* n over inputs whose reals have type t. */
static Node *make_with(Single *s, const Node *n, Type t)
{
    Graph *g = s->into;
    for (int i = 0; i < n->n_in; i++) {
        Node *x = s->made[n->in[i]->id];
        s->room[i] = type_is_real(x->type) ? real_as(g, x, t) : x;
    }
    Attr attr;
    if (!n->attr) return graph_node(g, n->op, s->room, n->n_in, NULL);
    attr = *n->attr;
    if (type_is_real(n->type) && type_is_real(attr.type)) attr.type = t;
    if (n->op == &op_cast && type_is_real(n->type)) attr.type = t;
    return graph_node(g, n->op, s->room, n->n_in, &attr);
}

/* The sum of everything: in double, number by number; plans fuse the cast. */
static Node *sum_single(Single *s, const Node *n)
{
    Node *x = s->made[n->in[0]->id];
    return op_reduce(s->into, &op_sum, op_to_type(s->into, x, TYPE_F64), 0, false);
}

static Node *node_single(Single *s, const Node *n)
{
    if (n->op == &op_input) return input_single(s, n);
    if (n->op == &op_constant) return constant_single(s, n);
    bool real = type_is_real(n->type), axes = n->shape.rank > 0;
    if (n->op == &op_sum && real && !axes && n->in[0]->shape.rank)
        return sum_single(s, n);
    for (int i = 0; i < n->n_in; i++) axes |= n->in[i]->shape.rank > 0;
    bool twice = !axes || needs_double(n);
    Node *y = make_with(s, n, twice ? TYPE_F64 : TYPE_F32);
    if (!y && !twice) y = make_with(s, n, TYPE_F64);
    return real ? op_to_type(s->into, y, wanted_type(n)) : y;
}

static bool make_all(Single *s, const Graph *g, const unsigned char *need)
{
    for (uint32_t id = 0; id < g->count; id++) {
        if (!need[id] || s->made[id]) continue;
        s->into->span = g->node[id]->span;
        s->made[id] = node_single(s, g->node[id]);
        if (!s->made[id]) return false;
    }
    return true;
}

bool graph_single(Graph *into, const Graph *g, Node *const *from, int n,
                  Node *const *outs, int n_outs, Node **input, Node **result)
{
    Single s = {.into = into};
    int most = 1;
    Span span = into->span;
    bool loose = into->loose;
    unsigned char *need = arena_take(&into->arena, g->count + 1);
    s.made = arena_take(&into->arena, (g->count + 1) * sizeof *s.made);
    for (int i = 0; i < n_outs; i++) need[outs[i]->id] = 1;
    for (uint32_t id = g->count; id-- > 0;) {
        const Node *x = g->node[id];
        if (!need[id]) continue;
        for (int k = 0; k < x->n_in; k++) need[x->in[k]->id] = 1;
        if (x->n_in > most) most = x->n_in;
    }
    s.room = arena_take(&into->arena, (size_t)most * sizeof *s.room);
    into->loose = true;
    for (int i = 0; i < n; i++) {
        into->span = from[i]->span;
        input[i] = s.made[from[i]->id] = input_single(&s, from[i]);
    }
    bool good = make_all(&s, g, need);
    into->loose = loose;
    into->span = span;
    for (int i = 0; i < n_outs && good; i++) result[i] = s.made[outs[i]->id];
    return good;
}
