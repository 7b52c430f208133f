/* SPDX-License-Identifier: MIT
 * Rewriting that keeps the value: constants are computed now, logarithms of
 * exponentials become the rows that neither overflow nor cancel. It knows no models.
 */
#include "exec_int.h"

#include <math.h>
#include <string.h>

/* Longest constant that is made by folding: more would be slow to make and to keep. */
enum { FOLD_MOST = 4096 };
/* Columns from which a product of one column and one row is quicker in a fused step. */
enum { OUTER_LEAST = 256 };

/* ---- patterns ---- */

static bool is_elem(const Node *n, Elem e)
{
    return (n->op->flags & OP_ELEM) && n->op->elem == (int)e;
}

static bool is_number(const Node *n, double want)
{
    double x;
    return node_constant_value(n, &x) && x <= want && x >= want; /* not NaN */
}

/* x, where n is 1 + exp(x); NULL else. */
static Node *of_one_plus_exp(const Node *n)
{
    if (!is_elem(n, ELEM_add)) return NULL;
    for (int i = 0; i < 2; i++)
        if (is_number(n->in[i], 1) && is_elem(n->in[1 - i], ELEM_exp))
            return n->in[1 - i]->in[0];
    return NULL;
}

/* x, where n is sigmoid(x), also as 1 / (1 + exp(−x)); NULL else. */
static Node *of_sigmoid(Graph *g, const Node *n)
{
    if (is_elem(n, ELEM_sigmoid)) return n->in[0];
    Node *below = NULL;
    if (is_elem(n, ELEM_div) && is_number(n->in[0], 1)) below = n->in[1];
    if (is_elem(n, ELEM_reciprocal)) below = n->in[0];
    Node *x = below ? of_one_plus_exp(below) : NULL;
    return x ? op1(g, ELEM_neg, x) : NULL;
}

/* log of a sum of exponentials. */
static Node *log_of_sum(Graph *g, Node *x)
{
    if (x->op != &op_sum || !x->attr || !is_elem(x->in[0], ELEM_exp)) return NULL;
    return graph_node(g, &op_logsumexp, x->in[0]->in, 1, x->attr);
}

/* log of a quotient over an exponential: the softmax. */
static Node *log_of_quotient(Graph *g, const Node *n)
{
    Node *a = n->in[0], *b = n->in[1];
    if (!is_elem(a, ELEM_exp)) return NULL;
    Node *log_b = log_of_sum(g, b);
    if (!log_b) log_b = op1(g, ELEM_log, b);
    return op2(g, ELEM_sub, a->in[0], log_b);
}

static Node *log_form(Graph *g, Node *x)
{
    Node *z;
    if (is_elem(x, ELEM_exp)) return x->in[0];
    if ((z = of_sigmoid(g, x))) return op1(g, ELEM_log_sigmoid, z);
    if ((z = of_one_plus_exp(x))) return op1(g, ELEM_softplus, z);
    if (is_elem(x, ELEM_div)) return log_of_quotient(g, x);
    if (is_elem(x, ELEM_sub) && is_number(x->in[0], 1)) {
        z = of_sigmoid(g, x->in[1]); /* log(1 − sigmoid(z)) */
        if (z) return op1(g, ELEM_log_sigmoid, op1(g, ELEM_neg, z));
        return op1(g, ELEM_log1p, op1(g, ELEM_neg, x->in[1]));
    }
    if (is_elem(x, ELEM_add)) {
        if (is_number(x->in[0], 1)) return op1(g, ELEM_log1p, x->in[1]);
        if (is_number(x->in[1], 1)) return op1(g, ELEM_log1p, x->in[0]);
    }
    return log_of_sum(g, x);
}

static Node *log1p_form(Graph *g, Node *x)
{
    if (is_elem(x, ELEM_exp)) return op1(g, ELEM_softplus, x->in[0]);
    if (!is_elem(x, ELEM_neg)) return NULL;
    Node *z = of_sigmoid(g, x->in[0]);
    return z ? op1(g, ELEM_log_sigmoid, op1(g, ELEM_neg, z)) : NULL;
}

static Node *pow_form(Graph *g, Node *x, Node *power)
{
    double p;
    if (!node_constant_value(power, &p)) return NULL;
    if (is_number(power, 1)) return x;
    if (is_number(power, 2)) return op1(g, ELEM_square, x);
    if (is_number(power, -1)) return op1(g, ELEM_reciprocal, x);
    if (is_number(power, 0.5) && support_fits(x->support, SUPPORT_NONNEGATIVE))
        return op1(g, ELEM_sqrt, x);
    return NULL;
}

static bool is_power_of_two(double x)
{
    int exponent;
    double half = frexp(x, &exponent);
    return (!(half < 0.5) && !(half > 0.5)) || (!(half < -0.5) && !(half > -0.5));
}

/* c (d x) as (c d) x, where that rounds the same: c or d is a power of two. */
static Node *mul_form(Graph *g, const Node *n)
{
    for (int i = 0; i < 2; i++) {
        Node *y = n->in[1 - i];
        double c, d;
        if (!node_constant_value(n->in[i], &c) || !is_elem(y, ELEM_mul)) continue;
        for (int k = 0; k < 2; k++) {
            if (!node_constant_value(y->in[k], &d)) continue;
            if (!is_power_of_two(c) && !is_power_of_two(d)) continue;
            Node *cd = graph_fill(g, n->type, c * d, &(Shape){0});
            return op2(g, ELEM_mul, cd, y->in[1 - k]);
        }
    }
    return NULL;
}

/* zmul and zdiv differ from mul and div only where the first number is 0. */
static Node *never_zero(Graph *g, const Node *n, Elem e)
{
    double c;
    if (!node_constant_value(n->in[0], &c) || is_number(n->in[0], 0)) return NULL;
    return op2(g, e, n->in[0], n->in[1]);
}

/* A matrix product of a column and a row, every product once: element-wise, so that it
 * joins a fused step. */
static Node *outer_form(Graph *g, const Node *n)
{
    const Shape *s = &n->shape;
    if (n->in[0]->shape.dim[n->in[0]->shape.rank - 1] != 1 ||
        s->dim[s->rank - 1] < OUTER_LEAST)
        return NULL;
    Node *in[2];
    for (int i = 0; i < 2; i++) {
        Shape lifted = n->in[i]->shape;
        while (lifted.rank < s->rank) lifted = shape_prepend(&lifted, 1);
        in[i] = op_to_shape(g, n->in[i], &lifted);
    }
    return op2(g, ELEM_mul, in[0], in[1]);
}

/* A choice between two that are the same, and f(a) or f(b) as f of a or b. */
static Node *where_form(Graph *g, const Node *n)
{
    Node *a = n->in[1], *b = n->in[2];
    if (a == b) return a;
    bool same = (a->op->flags & OP_ELEM) && a->op == b->op && a->n_in == 1 &&
                a->in[0]->type == b->in[0]->type && type_is_real(a->in[0]->type);
    if (!same) return NULL;
    Node *x = op3(g, ELEM_where, n->in[0], a->in[0], b->in[0]);
    return x ? op1(g, (Elem)a->op->elem, x) : NULL;
}

/* A better node of the same value, or NULL. */
static Node *stable_form(Graph *g, const Node *n)
{
    if (n->op == &op_matmul) return outer_form(g, n);
    if (!(n->op->flags & OP_ELEM) || !type_is_real(n->type)) return NULL;
    Node *x = n->in[0];
    switch (n->op->elem) {
    case ELEM_log: return log_form(g, x);
    case ELEM_log1p: return log1p_form(g, x);
    case ELEM_logit: return of_sigmoid(g, x);
    case ELEM_pow: return pow_form(g, x, n->in[1]);
    case ELEM_sub:
        if (is_number(n->in[1], 1) && is_elem(x, ELEM_exp))
            return op1(g, ELEM_expm1, x->in[0]);
        return NULL;
    case ELEM_exp:
        if (is_elem(x, ELEM_log) &&
            support_fits(x->in[0]->support, SUPPORT_NONNEGATIVE))
            return x->in[0];
        return NULL;
    case ELEM_mul: return mul_form(g, n);
    case ELEM_zmul: return never_zero(g, n, ELEM_mul);
    case ELEM_zdiv: return never_zero(g, n, ELEM_div);
    case ELEM_neg: return is_elem(x, ELEM_neg) ? x->in[0] : NULL;
    case ELEM_where: return where_form(g, n);
    case ELEM_sqrt: return is_elem(x, ELEM_square) ? op1(g, ELEM_abs, x->in[0]) : NULL;
    default: return NULL;
    }
}

/* ---- folding ---- */

/* Dense numbers of a constant; NULL if n is none. */
static void *constant_numbers(Graph *g, const Node *n)
{
    if (n->op == &op_constant) return n->attr->data;
    double x;
    if (!node_constant_value(n, &x)) return NULL;
    const Node *one = n;
    while (one->op != &op_constant) one = one->in[0];
    Load l = {.data = one->attr->data, .size = type_size(n->type)};
    int64_t count = shape_count(&n->shape);
    char *to = arena_take(&g->arena, (size_t)count * l.size);
    if (count) tile_load(&l, 0, count, to);
    return to;
}

static bool fold_elem(Graph *g, const Node *n, const Buffer *in, void *to)
{
    ElemKernel *kernel = value_kernel(n);
    const void *x[TILE_INPUTS];
    if (!kernel || n->n_in > TILE_INPUTS) return false;
    int64_t count = shape_count(&n->shape);
    Value y = {.view = buffer_dense(NULL, n->type, &n->shape)};
    for (int i = 0; i < n->n_in; i++) {
        Value v = {.view = in[i], .type = n->in[i]->type};
        v.view.data = NULL;
        Buffer view = operand_view(&y, &v);
        Load l;
        load_init(&l, &view);
        l.data = in[i].data;
        char *laid = arena_take(&g->arena, (size_t)count * l.size);
        if (count) tile_load(&l, 0, count, laid);
        x[i] = laid;
    }
    kernel(count, to, x);
    return true;
}

static bool fold_run(Graph *g, const Node *n, const Buffer *in, void *to)
{
    if (!n->op->run) return false;
    Run r = {.node = n, .in = in, .out = buffer_dense(to, n->type, &n->shape)};
    size_t scratch = n->op->scratch ? n->op->scratch(n) : 0;
    if (scratch) r.scratch = slab_take(g->memory, scratch);
    n->op->run(&r);
    slab_give(g->memory, r.scratch, scratch);
    return !r.error;
}

static bool foldable(const Node *n)
{
    if (n->op->flags & (OP_SOURCE | OP_NO_SHARE) || n->op == &op_expand ||
        n->op == &op_custom || n->op == &op_stop || n->op == &op_draw)
        return false;
    if (n->attr && (n->attr->sub[0] || n->attr->sub[1])) return false;
    double x;
    if (n->op->flags & OP_VIEW && node_constant_value(n, &x)) return false;
    int64_t most = shape_count(&n->shape);
    for (int i = 0; i < n->n_in; i++) {
        int64_t count = shape_count(&n->in[i]->shape);
        if (n->in[i]->op != &op_constant && !node_constant_value(n->in[i], &x))
            return false;
        if (count > most) most = count;
    }
    return most <= FOLD_MOST && n->n_in <= TILE_INPUTS;
}

/* An op on numbers of one value each, over the shape: the number, then its expansion.
 */
static Node *fold_even(Graph *g, const Node *n)
{
    double x;
    if (!(n->op->flags & OP_ELEM) || n->shape.rank == 0) return NULL;
    Node *in[TILE_INPUTS];
    for (int i = 0; i < n->n_in; i++) {
        if (!node_constant_value(n->in[i], &x)) return NULL;
        in[i] = graph_fill(g, n->in[i]->type, x, &(Shape){0});
    }
    Node *one = graph_node(g, n->op, in, n->n_in, NULL);
    if (!one) return NULL;
    uint64_t number = 0;
    const void *at[TILE_INPUTS];
    for (int i = 0; i < n->n_in; i++) at[i] = in[i]->attr->data;
    ElemKernel *kernel = value_kernel(one);
    if (!kernel) return NULL;
    kernel(1, &number, at);
    Node *made = graph_constant(g, n->type, &(Shape){0}, &number);
    return op_broadcast(g, made, &n->shape);
}

static Node *fold(Graph *g, const Node *n)
{
    if (!foldable(n)) return NULL;
    Node *even = fold_even(g, n);
    if (even) return even;
    Buffer in[TILE_INPUTS];
    for (int i = 0; i < n->n_in; i++) {
        void *data = constant_numbers(g, n->in[i]);
        if (!data) return NULL;
        in[i] = buffer_dense(data, n->in[i]->type, &n->in[i]->shape);
    }
    void *to =
        arena_take(&g->arena, (size_t)shape_count(&n->shape) * type_size(n->type));
    bool elem = (n->op->flags & OP_ELEM) || n->op == &op_cast;
    if (!(elem ? fold_elem(g, n, in, to) : fold_run(g, n, in, to))) return NULL;
    return graph_constant(g, n->type, &n->shape, to);
}

/* ---- the pass ---- */

static bool replaces(const Node *made, const Node *n)
{
    return made && made->type == n->type && shape_same(&made->shape, &n->shape);
}

/* n over what its inputs became. */
static Node *remake(Graph *g, Node *n, Node **map, Node **room)
{
    bool same = true;
    for (int i = 0; i < n->n_in; i++) {
        room[i] = map[n->in[i]->id];
        same = same && room[i] == n->in[i];
    }
    if (same) return n;
    Node *made = graph_node(g, n->op, room, n->n_in, n->attr);
    return replaces(made, n) ? made : NULL;
}

static Node *rewrite_node(Graph *g, Node *n, Node **map, Node **room)
{
    g->span = n->span;
    Node *made = remake(g, n, map, room);
    if (!made) { /* a rule that asks for more than shapes: leave it and what it reads */
        map[n->id] = n;
        return n;
    }
    Node *better = fold(g, made);
    if (!better) better = stable_form(g, made);
    return replaces(better, n) ? better : made;
}

void rewrite(Graph *g, Node **root, int n, Node **map)
{
    uint32_t count = g->count;
    int most = 1;
    unsigned char *need = arena_take(&g->arena, count + 1);
    for (int i = 0; i < n; i++) need[root[i]->id] = 1;
    for (uint32_t id = count; id-- > 0;) {
        const Node *x = g->node[id];
        if (!need[id]) continue;
        for (int k = 0; k < x->n_in; k++) need[x->in[k]->id] = 1;
        if (x->n_in > most) most = x->n_in;
    }
    Node **room = arena_take(&g->arena, (size_t)most * sizeof *room);
    Span span = g->span;
    bool loose = g->loose;
    g->loose = true;
    for (uint32_t id = 0; id < count; id++)
        if (need[id]) map[id] = rewrite_node(g, g->node[id], map, room);
    g->loose = loose;
    g->span = span;
    for (int i = 0; i < n; i++) root[i] = map[root[i]->id];
}

void graph_stable(Graph *g, Node **root, int n)
{
    Node **map = arena_take(&g->arena, (g->count + 1) * sizeof *map);
    rewrite(g, root, n, map);
}
