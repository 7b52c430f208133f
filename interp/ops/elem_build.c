/* SPDX-License-Identifier: MIT
 * Building element-wise nodes by the language's rules: mixed types are cast, shapes
 * broadcast through explicit reshapes, and what is known beforehand is not computed.
 */
#include "ops/ops_int.h"

/* ---- types ---- */

/* bool < int < real32 < real; keys stand apart. */
static int width(Type t)
{
    static const int w[TYPE_COUNT] = {3, 2, 1, 0, 4};
    return w[t];
}

/* Makes v[first …] of one type. A real constant of one value takes the type of the
 * rest. */
static bool same_types(Graph *g, const Op *op, ElemTypes rule, Node **v)
{
    if (!rule.mix) return true;
    Type to = TYPE_BOOL;
    bool weak = false;
    for (int i = rule.first; i < op->arity; i++) {
        double x;
        bool constant = v[i]->type == TYPE_F64 && node_constant_value(v[i], &x);
        weak |= constant;
        if (!constant && width(v[i]->type) > width(to)) to = v[i]->type;
    }
    if (weak && width(to) < width(TYPE_F32)) to = TYPE_F64;
    if (width(to) < width(rule.least) && to != TYPE_F32) to = rule.least;
    for (int i = rule.first; i < op->arity; i++) {
        v[i] = op_to_type(g, v[i], to);
        if (!v[i]) return false;
    }
    return true;
}

/* ---- shapes ---- */

/* Whether declared axes of two names stand over each other. */
static bool two_axes(const Shape *a, const Shape *b)
{
    for (int i = 0; a->rank == b->rank && i < a->rank; i++)
        if (a->dim[i] != b->dim[i] && size_is_axis(a->dim[i]) &&
            size_is_axis(b->dim[i]))
            return true;
    return false;
}

/* What brings two shapes of different ranks together. */
static const char *help_of_ranks(const Shape *a, const Shape *b)
{
    const Shape *more = a->rank > b->rank ? a : b, *less = more == a ? b : a;
    bool leads = less->rank == more->rank - 1;
    for (int i = 0; leads && i < less->rank; i++)
        leads = size_meet(less->dim[i], more->dim[i]) == SIZE_SAME;
    if (less->rank == 1 && more->dim[more->rank - 1] == 1)
        return "`x[:, 0]` is a column as a vector; a column and a row, `[v]`, meet in "
               "all pairs";
    if (leads)
        return "`column(v)` puts an axis of size 1 behind a vector, and a reduction "
               "keeps its axis by `keep = true`: `x - mean(x, axis = 1, keep = true)`";
    return "drop or add an axis of size 1: `x[:, 0]`, `column(v)`, or `[v]` for a row";
}

static Node *broadcast_error(Graph *g, const Shape *a, const Shape *b)
{
    char at[SHAPE_TEXT], bt[SHAPE_TEXT];
    shape_text(at, g->names, a, false);
    shape_text(bt, g->names, b, false);
    Shape any;
    if (shape_broadcast_sizes(a, b, &any) || two_axes(a, b))
        return graph_error(
            g,
            "%s and %s do not broadcast: axes of different names do not "
            "meet, even where their sizes agree; help: if the two are one "
            "size, give it one name",
            at, bt);
    if (a->rank != b->rank)
        return graph_error(g,
                           "%s and %s do not broadcast: the shape with fewer axes must "
                           "equal the other's last ones; help: %s",
                           at, bt, help_of_ranks(a, b));
    return graph_error(
        g,
        "%s and %s do not broadcast: the sizes of an axis must agree, or one "
        "of them be 1%s",
        at, bt,
        a->rank == 1 ? "; help: a column and a row meet in all pairs: `column(a) * [b]`"
                     : "");
}

static bool shapes_meet(Graph *g, Node *const *v, int n, Shape *out)
{
    *out = v[0]->shape;
    for (int i = 1; i < n; i++) {
        Shape s = *out;
        bool fit = g->loose ? shape_broadcast_sizes(&s, &v[i]->shape, out)
                            : shape_broadcast(&s, &v[i]->shape, out);
        if (!fit) {
            broadcast_error(g, &s, &v[i]->shape);
            return false;
        }
    }
    return true;
}

static bool shape_equal(const Shape *a, const Shape *b)
{
    if (!shape_same(a, b)) return false;
    for (int i = 0; i < a->rank; i++)
        if (a->name[i] != b->name[i]) return false;
    return true;
}

/* Ones in front of lower ranks; then a repeated input is replaced by what it repeats,
 * where another input has the whole shape. */
static bool level(Graph *g, Node **v, int n, const Shape *out)
{
    for (int i = 0; i < n; i++) {
        if (v[i]->shape.rank == 0 || v[i]->shape.rank == out->rank) continue;
        Shape up = shape_lift(&v[i]->shape, 1, out->rank - 1);
        v[i] = op_to_shape(g, v[i], &up);
        if (!v[i]) return false;
    }
    for (int i = 0; i < n; i++) {
        if (v[i]->op != &op_expand) continue;
        Node *was = v[i], *source = was->in[0];
        if (source->shape.rank && source->shape.rank != out->rank) continue;
        v[i] = source;
        Shape s = v[0]->shape;
        bool same = true;
        for (int k = 1; k < n && same; k++)
            same = shape_broadcast_sizes(&s, &v[k]->shape, &s);
        if (!same || !shape_equal(&s, out)) v[i] = was;
    }
    return true;
}

/* ---- what is known beforehand ---- */

typedef union Value {
    double f64;
    float f32;
    int64_t i64;
    uint8_t bit;
} Value;

static Value value_of(Type t, double x)
{
    Value v = {0};
    if (t == TYPE_F64) v.f64 = x;
    if (t == TYPE_F32) v.f32 = (float)x;
    if (t == TYPE_I64) v.i64 = (int64_t)x;
    if (t == TYPE_BOOL) v.bit = x != 0;
    return v;
}

/* The row over constants of one value each, computed now; NULL if they are not. */
static Node *computed(Graph *g, Elem e, Node *const *v, int n, const Shape *out)
{
    Value x[3], y = {0};
    const void *at[3];
    for (int i = 0; i < n; i++) {
        double c;
        if (!node_constant_value(v[i], &c)) return NULL;
        if (v[i]->type == TYPE_I64 && !(c > -9e15 && c < 9e15)) return NULL;
        x[i] = value_of(v[i]->type, c);
        at[i] = &x[i];
    }
    ElemKernel *kernel = elem_reference(e, v[n - 1]->type);
    if (!kernel) return NULL;
    kernel(1, &y, at);
    Infer c = {.graph = g, .in = v, .n_in = n};
    if (!elem_op(e)->shape(&c)) return NULL;
    Shape scalar = shape_scalar();
    Node *made = graph_constant(g, c.type, &scalar, &y);
    return op_broadcast(g, made, out);
}

/* Sums, differences, products and even quotients of sizes that are not numbers yet are
 * sizes, of the type that their arithmetic has; NULL where they are not all known as
 * sizes. */
static Node *computed_size(Graph *g, Elem e, Node *const *v, int n)
{
    int64_t a, b, c;
    if (!g->sizes || n != 2 || !node_size(v[0], &a) || !node_size(v[1], &b))
        return NULL;
    switch ((int)e) {
    case ELEM_add: c = size_add(a, b); break;
    case ELEM_sub: c = size_sub(a, b); break;
    case ELEM_mul: c = size_mul(a, b); break;
    case ELEM_min: c = size_min(a, b); break;
    case ELEM_div:
        c = size_div(a, b);
        if (size_mul(c, b) != a) return NULL;
        break;
    default: return NULL;
    }
    return op_to_type(g, graph_size(g, c), v[0]->type);
}

/* Whether v is a constant of the one value x. */
static bool is(const Node *v, double x)
{
    double c;
    return node_constant_value(v, &c) && c <= x && c >= x; /* not NaN */
}

static bool is_neg(const Node *v) { return v->op == elem_op(ELEM_neg); }

static Node *simple_1(Graph *g, Elem e, Node *a)
{
    (void)g;
    if (e == ELEM_neg && is_neg(a)) return a->in[0];
    if ((e == ELEM_abs || e == ELEM_square) && is_neg(a)) return op1(g, e, a->in[0]);
    return NULL;
}

static Node *zeros(Graph *g, Node *like, const Shape *out)
{
    return graph_fill(g, like->type, 0, out);
}

static Node *simple_add(Graph *g, Elem e, Node *a, Node *b)
{
    if (is(b, 0)) return a;
    if (e == ELEM_add && is(a, 0)) return b;
    if (e == ELEM_sub && is(a, 0)) return op1(g, ELEM_neg, b);
    if (is_neg(b)) return op2(g, e == ELEM_add ? ELEM_sub : ELEM_add, a, b->in[0]);
    if (e == ELEM_add && is_neg(a)) return op2(g, ELEM_sub, b, a->in[0]);
    return NULL;
}

/* mul, and zmul, whose first factor may also be exchanged for a product when the second
 * is a finite constant. */
static Node *simple_mul(Graph *g, Elem e, Node *a, Node *b, const Shape *out)
{
    double x;
    if (is(a, 0) || is(b, 0)) return zeros(g, a, out);
    if (is(b, 1)) return a;
    if (is(a, 1)) return b;
    if (is(b, -1)) return op1(g, ELEM_neg, a);
    if (is(a, -1)) return op1(g, ELEM_neg, b);
    if (is_neg(a) && is_neg(b)) return op2(g, e, a->in[0], b->in[0]);
    if (e == ELEM_zmul && (node_constant_value(b, &x) || node_constant_value(a, &x)) &&
        x - x == 0)
        return op2(g, ELEM_mul, a, b);
    if (e == ELEM_mul && a == b) return op1(g, ELEM_square, a);
    return NULL;
}

static Node *simple_div(Graph *g, Elem e, Node *a, Node *b, const Shape *out)
{
    double x;
    if (is(b, 1)) return a;
    if (is(b, -1)) return op1(g, ELEM_neg, a);
    if (e == ELEM_zdiv && is(a, 0)) return zeros(g, a, out);
    if (e == ELEM_zdiv && node_constant_value(b, &x) && (x < 0 || x > 0))
        return op2(g, ELEM_div, a, b);
    return NULL;
}

static Node *simple_pow(Graph *g, Node *a, Node *b, const Shape *out)
{
    if (is(b, 0)) return graph_fill(g, a->type, 1, out);
    if (is(b, 1)) return a;
    if (is(b, 2)) return op1(g, ELEM_square, a);
    if (is(b, -1)) return op1(g, ELEM_reciprocal, a);
    return NULL;
}

/* An equal node that is simpler, or NULL. */
static Node *simpler(Graph *g, Elem e, Node *const *v, int n, const Shape *out)
{
    if (n == 1) return simple_1(g, e, v[0]);
    if (e == ELEM_where) {
        if (v[1] == v[2]) return v[1];
        if (is(v[0], 0)) return v[2];
        return node_constant_value(v[0], &(double){0}) ? v[1] : NULL;
    }
    if (n == 3) return NULL;
    if (e == ELEM_add || e == ELEM_sub) return simple_add(g, e, v[0], v[1]);
    if (e == ELEM_mul || e == ELEM_zmul) return simple_mul(g, e, v[0], v[1], out);
    if (e == ELEM_div || e == ELEM_zdiv) return simple_div(g, e, v[0], v[1], out);
    if (e == ELEM_pow) return simple_pow(g, v[0], v[1], out);
    if ((e == ELEM_max || e == ELEM_min) && v[0] == v[1]) return v[0];
    return NULL;
}

/* ---- the door ---- */

Node *op_elem(Graph *g, Elem e, Node *const *in)
{
    const Op *op = elem_op(e);
    Node *v[3] = {NULL, NULL, NULL};
    for (int i = 0; i < op->arity; i++) {
        if (!in[i]) return NULL;
        v[i] = in[i];
    }
    Shape out;
    if (!same_types(g, op, elem_types(e), v) || !shapes_meet(g, v, op->arity, &out) ||
        !level(g, v, op->arity, &out))
        return NULL;
    Node *known = computed_size(g, e, v, op->arity);
    if (!known) known = computed(g, e, v, op->arity, &out);
    if (!known) {
        known = simpler(g, e, v, op->arity, &out);
        /* an operand left alone may lack the shape that the others gave */
        if (known && !shape_equal(&known->shape, &out))
            known = op_broadcast(g, known, &out);
    }
    return known ? known : graph_node(g, op, v, op->arity, NULL);
}

Node *op1(Graph *g, Elem e, Node *a) { return op_elem(g, e, &a); }

Node *op2(Graph *g, Elem e, Node *a, Node *b)
{
    Node *in[2] = {a, b};
    return op_elem(g, e, in);
}

Node *op3(Graph *g, Elem e, Node *a, Node *b, Node *c)
{
    Node *in[3] = {a, b, c};
    return op_elem(g, e, in);
}

Node *op_number_like(Graph *g, const Node *x, double value)
{
    Shape s = shape_scalar();
    return graph_fill(g, x->type, value, &s);
}
