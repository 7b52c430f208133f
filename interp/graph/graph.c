/* SPDX-License-Identifier: MIT
 * Making nodes: every node infers its shape through its op, equal nodes are shared, and
 * the order of making is the order of computing.
 */
#include "graph/graph.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Constants of at most so many bytes are compared by value, so that what is computed
 * from equal ones (the masks of a network that is called twice) is computed once. */
enum { SHARE_BYTES = 1 << 20, TABLE_FIRST = 64, ROOM_FIRST = 32 };

Graph *graph_new(Memory *m, const Names *names)
{
    Graph *g = memory_take(m, sizeof *g);
    g->memory = m;
    g->names = names;
    arena_init(&g->arena, m);
    return g;
}

Graph *graph_inner(Graph *g)
{
    Graph *inner = graph_new(g->memory, g->names);
    inner->next_owned = g->owned;
    inner->span = g->span;
    g->owned = inner;
    return inner;
}

void graph_free(Graph *g)
{
    if (!g) return;
    for (Graph *s = g->owned, *next; s; s = next) {
        next = s->next_owned;
        graph_free(s);
    }
    memory_give(g->memory, g->node, g->room * sizeof *g->node);
    memory_give(g->memory, g->table, g->table_size * sizeof *g->table);
    arena_free(&g->arena);
    memory_give(g->memory, g, sizeof *g);
}

Node *graph_error(Graph *g, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(g->error, sizeof g->error, format, args);
    va_end(args);
    return NULL;
}

bool infer_error(Infer *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(c->graph->error, sizeof c->graph->error, format, args);
    va_end(args);
    return false;
}

/* ---- equality ---- */

static uint64_t mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * 0x9E3779B97F4A7C15u;
    return h ^ (h >> 29);
}

static uint64_t hash_bytes(uint64_t h, const void *at, size_t n)
{
    const unsigned char *p = at;
    uint64_t w;
    for (; n >= 8; n -= 8, p += 8) {
        memcpy(&w, p, 8);
        h = mix(h, w);
    }
    w = n;
    for (size_t i = 0; i < n; i++) w = w << 8 | p[i];
    return mix(h, w);
}

static size_t data_size(const Shape *shape, Type type)
{
    return (size_t)shape_count(shape) * type_size(type);
}

static uint64_t hash_attr(uint64_t h, const Attr *a)
{
    uint64_t x;
    memcpy(&x, &a->x, 8);
    h = mix(mix(h, (uint64_t)a->n ^ x), (uint64_t)(a->axis * 64 + a->keep));
    h = mix(h, (uintptr_t)a->own);
    h = mix(h, (uint64_t)a->shape.rank * 8 + (uint64_t)a->type);
    for (int i = 0; i < a->shape.rank; i++)
        h = mix(h, (uint64_t)a->shape.dim[i] * 31 + (uint64_t)a->shape.name[i]);
    h = hash_bytes(h, a->from, sizeof a->from);
    h = hash_bytes(h, a->to, sizeof a->to);
    h = hash_bytes(h, a->step, sizeof a->step);
    return hash_bytes(h, a->perm, sizeof a->perm);
}

static bool same_attr(const Attr *a, const Attr *b)
{
    if (a->axis != b->axis || a->keep != b->keep || a->n != b->n ||
        a->type != b->type || a->own != b->own || memcmp(&a->x, &b->x, sizeof a->x) ||
        !shape_same(&a->shape, &b->shape))
        return false;
    for (int i = 0; i < a->shape.rank; i++)
        if (a->shape.name[i] != b->shape.name[i]) return false;
    return !memcmp(a->from, b->from, sizeof a->from) &&
           !memcmp(a->to, b->to, sizeof a->to) &&
           !memcmp(a->step, b->step, sizeof a->step) &&
           !memcmp(a->perm, b->perm, sizeof a->perm) && !a->sub[0] && !b->sub[0] &&
           !a->sub[1] && !b->sub[1];
}

static uint64_t node_hash(const Node *n)
{
    uint64_t h = mix((uintptr_t)n->op, (uint64_t)n->n_in * 8 + (uint64_t)n->type);
    for (int i = 0; i < n->n_in; i++) h = mix(h, n->in[i]->id);
    if (n->attr) h = hash_attr(h, n->attr);
    if (n->attr && n->op == &op_constant)
        h = hash_bytes(h, n->attr->data, data_size(&n->shape, n->type));
    return h;
}

static bool node_same(const Node *a, const Node *b)
{
    if (a->op != b->op || a->n_in != b->n_in || a->type != b->type) return false;
    for (int i = 0; i < a->n_in; i++)
        if (a->in[i] != b->in[i]) return false;
    if ((a->attr == NULL) != (b->attr == NULL)) return false;
    if (a->attr && !same_attr(a->attr, b->attr)) return false;
    if (a->op != &op_constant) return true;
    return shape_same(&a->shape, &b->shape) &&
           !memcmp(a->attr->data, b->attr->data, data_size(&a->shape, a->type));
}

static bool sharable(const Node *n)
{
    if (n->op->flags & OP_NO_SHARE) return false;
    return n->op != &op_constant || data_size(&n->shape, n->type) <= SHARE_BYTES;
}

/* The place of an equal node, or the free place where it would be. */
static uint32_t table_place(const Graph *g, const Node *n)
{
    uint32_t at = (uint32_t)node_hash(n) & (g->table_size - 1);
    while (g->table[at] && !node_same(g->node[g->table[at] - 1], n))
        at = (at + 1) & (g->table_size - 1);
    return at;
}

static void table_grow(Graph *g)
{
    uint32_t old_size = g->table_size, size = old_size ? old_size * 2 : TABLE_FIRST;
    uint32_t *old = g->table;
    g->table = memory_take(g->memory, size * sizeof *old);
    g->table_size = size;
    for (uint32_t i = 0; i < old_size; i++)
        if (old[i]) g->table[table_place(g, g->node[old[i] - 1])] = old[i];
    memory_give(g->memory, old, old_size * sizeof *old);
}

/* ---- adding ---- */

static bool size_fits(Graph *g, const Shape *s)
{
    if (s->rank > LIMIT_RANK) {
        graph_error(g, "a tensor of %d axes: at most %d are possible", s->rank,
                    LIMIT_RANK);
        return false;
    }
    int64_t n = 1;
    for (int i = 0; i < s->rank; i++) {
        char text[SHAPE_TEXT];
        if (g->sizes && size_is_form(s->dim[i])) continue;
        if (s->dim[i] < 0) {
            graph_error(g, "a tensor of shape %s: a size is negative",
                        shape_text(text, NULL, s, false));
            return false;
        }
        if (s->dim[i] > 0 && n > LIMIT_ELEMENTS / s->dim[i]) {
            graph_error(g, "a tensor of shape %s has more than 2^40 elements",
                        shape_text(text, NULL, s, false));
            return false;
        }
        if (s->dim[i] > 0) n *= s->dim[i];
    }
    return true;
}

/* Puts `n` (on the caller's stack, its arrays borrowed) into the graph, or finds its
 * equal. */
static Node *add(Graph *g, const Node *n)
{
    if (g->table_size / 2 <= g->count) table_grow(g);
    uint32_t place = 0;
    bool share = sharable(n);
    if (share) {
        place = table_place(g, n);
        if (g->table[place]) return g->node[g->table[place] - 1];
    }
    if (g->count >= LIMIT_NODES)
        return graph_error(
            g,
            "the computation has more than %u operations: a loop that is "
            "recorded may be too long",
            LIMIT_NODES);
    if (g->count == g->room) {
        uint32_t room = g->room ? g->room * 2 : ROOM_FIRST;
        g->node = memory_grow(g->memory, g->node, g->room * sizeof *g->node,
                              room * sizeof *g->node);
        g->room = room;
    }
    Node *made = arena_copy(&g->arena, n, sizeof *n);
    made->in =
        n->n_in ? arena_copy(&g->arena, n->in, (size_t)n->n_in * sizeof *n->in) : NULL;
    if (n->attr) made->attr = arena_copy(&g->arena, n->attr, sizeof *n->attr);
    if (n->op == &op_constant)
        made->attr->data =
            arena_copy(&g->arena, n->attr->data, data_size(&n->shape, n->type));
    made->id = g->count;
    made->span = g->span;
    g->node[g->count++] = made;
    if (share) g->table[place] = made->id + 1;
    return made;
}

Node *graph_node(Graph *g, const Op *op, Node *const *in, int n_in, const Attr *attr)
{
    for (int i = 0; i < n_in; i++)
        if (!in[i]) return NULL;
    if (op->arity >= 0 && op->arity != n_in)
        return graph_error(g, "'%s' takes %d inputs, not %d", op->name, op->arity,
                           n_in);
    Attr copy;
    if (attr)
        copy = *attr;
    else
        memset(&copy, 0, sizeof copy);
    Infer c = {.graph = g, .in = in, .n_in = n_in, .attr = &copy, .type = TYPE_F64};
    if (!op->shape(&c) || !size_fits(g, &c.shape)) return NULL;
    Node n = {.op = op,
              .type = c.type,
              .support = c.support,
              .shape = c.shape,
              .n_in = n_in,
              .in = (Node **)(uintptr_t)in,
              .attr = op->flags & OP_ELEM ? NULL : &copy};
    return add(g, &n);
}

/* ---- inputs and constants ---- */

static bool source_shape(Infer *c)
{
    return infer_error(c,
                       "inputs and constants are made by graph_input, graph_constant");
}

const Op op_input = {.name = "input",
                     .arity = 0,
                     .flags = OP_SOURCE | OP_NO_SHARE,
                     .shape = source_shape};
const Op op_constant = {
    .name = "constant", .arity = 0, .flags = OP_SOURCE, .shape = source_shape};

Node *graph_input(Graph *g, Type type, Support support, const Shape *shape,
                  uint32_t user)
{
    if (!size_fits(g, shape)) return NULL;
    Node n = {.op = &op_input,
              .type = type,
              .support = support,
              .shape = *shape,
              .user = user};
    return add(g, &n);
}

static bool infer_size(Infer *c)
{
    int64_t n = c->attr->n;
    c->type = TYPE_I64;
    c->support = size_sign(n) > 0    ? SUPPORT_POSITIVE
                 : size_sign(n) == 0 ? SUPPORT_NONNEGATIVE
                                     : SUPPORT_ANY;
    return true;
}

/* Of checks alone: nothing plans a graph with it. */
const Op op_size = {
    .name = "size", .arity = 0, .flags = OP_SOURCE, .shape = infer_size};

Node *graph_size(Graph *g, int64_t n)
{
    if (!g->sizes || !size_is_form(n)) return graph_int(g, n);
    Attr a;
    memset(&a, 0, sizeof a);
    a.n = n;
    return graph_node(g, &op_size, NULL, 0, &a);
}

bool node_size(const Node *n, int64_t *size)
{
    double x;
    if (n->op == &op_size) {
        *size = n->attr->n;
        return true;
    }
    if (n->op == &op_cast && n->in[0]->op == &op_size) return node_size(n->in[0], size);
    if (n->shape.rank || n->type == TYPE_BOOL || !node_constant_value(n, &x) ||
        !(x > -9e15 && x < 9e15))
        return false;
    *size = (int64_t)x;
    return !((double)*size < x) && !((double)*size > x);
}

static double data_real(const void *data, Type type, int64_t i)
{
    switch (type) {
    case TYPE_F64: return ((const double *)data)[i];
    case TYPE_F32: return (double)((const float *)data)[i];
    case TYPE_I64: return (double)((const int64_t *)data)[i];
    case TYPE_BOOL: return ((const uint8_t *)data)[i];
    case TYPE_KEY:
    case TYPE_COUNT: break;
    }
    return (double)NAN;
}

/* The smallest of the sign supports that holds all numbers. */
static Support data_support(const void *data, Type type, int64_t n)
{
    double lo = HUGE_VAL, hi = -HUGE_VAL;
    for (int64_t i = 0; i < n; i++) {
        double x = data_real(data, type, i);
        if (!(x == x)) return SUPPORT_ANY;
        if (x < lo) lo = x;
        if (x > hi) hi = x;
    }
    if (n == 0 || type == TYPE_BOOL) return SUPPORT_ANY;
    if (lo > 0) return SUPPORT_POSITIVE;
    if (lo >= 0) return hi <= 1 ? SUPPORT_UNIT : SUPPORT_NONNEGATIVE;
    return hi < 0 ? SUPPORT_NEGATIVE : SUPPORT_ANY;
}

Node *graph_constant(Graph *g, Type type, const Shape *shape, const void *data)
{
    if (!size_fits(g, shape)) return NULL;
    Attr a;
    memset(&a, 0, sizeof a);
    a.data = (void *)(uintptr_t)data;
    Node n = {.op = &op_constant,
              .type = type,
              .support = type == TYPE_KEY
                             ? SUPPORT_ANY
                             : data_support(data, type, shape_count(shape)),
              .shape = *shape,
              .attr = &a};
    return add(g, &n);
}

Node *graph_real(Graph *g, double x)
{
    Shape s = shape_scalar();
    return graph_constant(g, TYPE_F64, &s, &x);
}

Node *graph_int(Graph *g, int64_t x)
{
    Shape s = shape_scalar();
    return graph_constant(g, TYPE_I64, &s, &x);
}

Node *graph_fill(Graph *g, Type type, double x, const Shape *shape)
{
    Shape s = shape_scalar();
    float f = (float)x;
    int64_t i = x >= -9e18 && x <= 9e18 ? (int64_t)x : 0;
    uint8_t b = x != 0;
    const void *data = type == TYPE_F64    ? (const void *)&x
                       : type == TYPE_F32  ? (const void *)&f
                       : type == TYPE_BOOL ? (const void *)&b
                                           : (const void *)&i;
    Node *n = graph_constant(g, type, &s, data);
    if (shape->rank == 0) return n;
    Attr a;
    memset(&a, 0, sizeof a);
    a.shape = *shape;
    return graph_node(g, &op_expand, &n, 1, &a);
}

bool node_is_constant(const Node *n) { return n->op == &op_constant; }

bool node_constant_value(const Node *n, double *x)
{
    while (n->op->flags & OP_VIEW && n->n_in == 1) n = n->in[0];
    if (n->op != &op_constant || n->type == TYPE_KEY || shape_count(&n->shape) != 1)
        return false;
    *x = data_real(n->attr->data, n->type, 0);
    return true;
}
