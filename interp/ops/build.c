/* SPDX-License-Identifier: MIT
 * Building helpers over the ops, and the table of all ops.
 */
#include "ops/ops_int.h"

#include <math.h>

/* ---- shapes ---- */

Shape shape_merge(const Shape *s, int k)
{
    Shape r = {0};
    r.rank = 1;
    r.dim[0] = 1;
    for (int i = 0; i < k; i++) r.dim[0] = size_mul(r.dim[0], s->dim[i]);
    for (int i = k; i < s->rank; i++) {
        r.dim[r.rank] = s->dim[i];
        r.name[r.rank++] = s->name[i];
    }
    return r;
}

Shape shape_lift(const Shape *s, int64_t size, int rank)
{
    Shape r = {0};
    r.rank = rank + 1;
    r.dim[0] = size;
    int ones = rank - s->rank;
    for (int i = 0; i < rank; i++) {
        r.dim[i + 1] = i < ones ? 1 : s->dim[i - ones];
        r.name[i + 1] = i < ones ? 0 : s->name[i - ones];
    }
    return r;
}

Node *batch_in_front(Graph *g, const Node *y, Node *const *in, const bool *mapped,
                     int64_t size)
{
    Node *all[3];
    for (int i = 0; i < y->n_in; i++) {
        all[i] = in[i];
        if (!mapped[i]) continue;
        Shape s = shape_drop(&in[i]->shape, 0),
              up = shape_lift(&s, size, y->shape.rank);
        if (!(all[i] = op_to_shape(g, in[i], &up))) return NULL;
    }
    return graph_node(g, y->op, all, y->n_in, y->attr);
}

bool axis_at(Infer *c, const Shape *s, int axis, int *at)
{
    *at = s->rank + axis;
    if (axis < 0 && *at >= 0) return true;
    char t[SHAPE_TEXT];
    return infer_error(c, "there is no axis %d in a tensor of shape %s", axis,
                       shape_text(t, c->graph->names, s, true));
}

bool axes_meet(const Graph *g, const Shape *a, int i, const Shape *b, int j)
{
    if (g->loose) return size_meet(a->dim[i], b->dim[j]) != SIZE_DIFFERENT;
    return shape_meet_axis(a, i, b, j);
}

static bool names_same(const Shape *a, const Shape *b)
{
    for (int i = 0; i < a->rank; i++)
        if (a->name[i] != b->name[i]) return false;
    return true;
}

/* ---- moving ---- */

/* Up to here ints are reals and back: 2^53. */
#define EXACT 9007199254740992.0

Node *op_to_type(Graph *g, Node *a, Type t)
{
    if (!a) return NULL;
    if (a->type == t) return a;
    double x;
    bool reals = type_is_real(a->type) && type_is_real(t);
    if (t != TYPE_KEY && node_constant_value(a, &x) && (reals || fabs(x) < EXACT))
        return graph_fill(g, t, t == TYPE_I64 ? trunc(x) : x, &a->shape);
    Attr attr = attr_none();
    attr.type = t;
    return graph_node(g, &op_cast, &a, 1, &attr);
}

Node *op_to_shape(Graph *g, Node *a, const Shape *shape)
{
    if (!a) return NULL;
    if (shape_same(&a->shape, shape) && (g->loose || names_same(&a->shape, shape)))
        return a;
    if (a->op == &op_reshape) return op_to_shape(g, a->in[0], shape);
    Attr attr = attr_none();
    attr.shape = *shape;
    if (a->op == &op_expand && a->in[0]->shape.rank == 0 &&
        shape_count(&a->shape) == shape_count(shape))
        return op_broadcast(g, a->in[0], shape);
    return graph_node(g, &op_reshape, &a, 1, &attr);
}

Node *op_broadcast(Graph *g, Node *a, const Shape *shape)
{
    if (!a) return NULL;
    if (shape_same(&a->shape, shape))
        return names_same(&a->shape, shape) ? a : op_to_shape(g, a, shape);
    if (a->op == &op_expand) return op_broadcast(g, a->in[0], shape);
    Attr attr = attr_none();
    attr.shape = *shape;
    return graph_node(g, &op_expand, &a, 1, &attr);
}

Node *op_transpose(Graph *g, Node *a)
{
    if (!a) return NULL;
    int r = a->shape.rank;
    if (r < 2)
        return graph_error(g, "only a tensor of two axes or more can be transposed");
    Attr attr = attr_none();
    for (int i = 0; i < r; i++) attr.perm[i] = i;
    attr.perm[r - 2] = r - 1;
    attr.perm[r - 1] = r - 2;
    if (a->op == &op_permute && !memcmp(a->attr->perm, attr.perm, sizeof attr.perm))
        return a->in[0];
    return graph_node(g, &op_permute, &a, 1, &attr);
}

Node *op_axis_last(Graph *g, Node *a, int axis)
{
    if (!a || axis == -1) return a;
    int r = a->shape.rank, from = r + axis;
    if (from < 0) return graph_error(g, "a tensor of %d axes has no axis %d", r, axis);
    Attr attr = attr_none();
    for (int i = 0; i < r; i++) attr.perm[i] = i < from ? i : i + 1;
    attr.perm[r - 1] = from;
    return graph_node(g, &op_permute, &a, 1, &attr);
}

/* The part of a concatenation that holds [from, to) whole, both made relative to it; a
 * itself where there is none. */
static Node *part_with(Node *a, int axis, int64_t *from, int64_t *to)
{
    while (a->op == &op_concat && a->attr->axis == axis) {
        int64_t at = 0, n = 0;
        int i = 0;
        for (; i < a->n_in; i++, at += n) {
            n = a->in[i]->shape.dim[a->shape.rank + axis];
            if (*from >= at && *to <= at + n) break;
        }
        if (i == a->n_in) break;
        a = a->in[i];
        *from -= at;
        *to -= at;
    }
    return a;
}

Node *op_slice_axis(Graph *g, Node *a, int axis, int64_t from, int64_t to, int64_t step)
{
    if (!a) return NULL;
    int at = a->shape.rank + axis;
    if (axis >= 0 || at < 0)
        return graph_error(g, "there is no axis %d in a tensor of %d axes", axis,
                           a->shape.rank);
    if (step == 1 && 0 <= from && from <= to) a = part_with(a, axis, &from, &to);
    if (from == 0 && step == 1 && to == a->shape.dim[at]) return a;
    Attr attr = attr_none();
    attr.shape.rank = -axis;
    for (int i = 0; i < -axis; i++) {
        attr.to[i] = a->shape.dim[at + i];
        attr.step[i] = 1;
    }
    attr.from[0] = from;
    attr.to[0] = to;
    attr.step[0] = step;
    return graph_node(g, &op_slice, &a, 1, &attr);
}

/* ---- reductions ---- */

static bool keeps_axis(const Op *op)
{
    return op == &op_cumsum || op == &op_sort || op == &op_argsort;
}

/* The sum over an axis along which `a` only repeats: a product. NULL where it does not.
 */
static Node *sum_repeated(Graph *g, Node *a, int axis, bool keep)
{
    if (a->op != &op_expand || a->shape.dim[a->shape.rank + axis] == 0) return NULL;
    Node *x = a->in[0];
    int at = x->shape.rank + axis, there = a->shape.rank + axis;
    if (at >= 0 && x->shape.dim[at] != 1) return NULL;
    Shape out = shape_drop(&a->shape, there);
    if (keep) {
        out = a->shape;
        out.dim[there] = 1;
        out.name[there] = 0;
    }
    if (at >= 0 && !keep) {
        Shape s = shape_drop(&x->shape, at);
        x = op_to_shape(g, x, &s);
    }
    Node *n = op_to_type(g, graph_size(g, a->shape.dim[there]), a->type);
    return op_broadcast(g, op2(g, ELEM_mul, x, n), &out);
}

/* bool becomes int where numbers are due, int becomes real. */
static Node *reducible(Graph *g, const Op *op, Node *a)
{
    if (a->type == TYPE_BOOL) a = op_to_type(g, a, TYPE_I64);
    if (a && a->type == TYPE_I64 && op == &op_logsumexp) a = op_to_type(g, a, TYPE_F64);
    return a;
}

static Node *reduce_all(Graph *g, const Op *op, Node *a, bool keep)
{
    Shape flat = shape_merge(&a->shape, a->shape.rank);
    Node *y = op_reduce(g, op, op_to_shape(g, a, &flat), -1, false);
    if (!keep || keeps_axis(op)) return y;
    Shape ones = {0};
    ones.rank = a->shape.rank;
    for (int i = 0; i < ones.rank; i++) ones.dim[i] = 1;
    return op_to_shape(g, y, &ones);
}

Node *op_reduce(Graph *g, const Op *op, Node *a, int axis, bool keep)
{
    if (!a) return NULL;
    bool truth = a->type == TYPE_BOOL && (op == &op_max || op == &op_min);
    if (truth)
        return op_to_type(g, op_reduce(g, op, reducible(g, op, a), axis, keep),
                          TYPE_BOOL);
    a = reducible(g, op, a);
    if (!a) return NULL;
    if (axis == 0) return reduce_all(g, op, a, keep);
    if (op == &op_sum && axis < 0 && a->shape.rank + axis >= 0) {
        Node *known = sum_repeated(g, a, axis, keep);
        if (known) return known;
    }
    Attr attr = attr_none();
    attr.axis = axis;
    attr.keep = keep && !keeps_axis(op);
    return graph_node(g, op, &a, 1, &attr);
}

Node *op_mean(Graph *g, Node *a, int axis, bool keep)
{
    if (!a) return NULL;
    if (!type_is_real(a->type)) a = op_to_type(g, a, TYPE_F64);
    Node *sum = op_reduce(g, &op_sum, a, axis, keep);
    if (!sum) return NULL;
    int64_t n = axis ? a->shape.dim[a->shape.rank + axis] : shape_count(&a->shape);
    return op2(g, ELEM_div, sum, op_to_type(g, graph_size(g, n), a->type));
}

Node *op_sum_to(Graph *g, Node *a, const Shape *shape)
{
    if (!a) return NULL;
    int lead = a->shape.rank - shape->rank;
    if (shape->rank == 0) return a->shape.rank ? op_reduce(g, &op_sum, a, 0, false) : a;
    if (lead > 0) {
        /* one axis in place of the leading ones, summed */
        Shape s = shape_merge(&a->shape, lead);
        a = op_reduce(g, &op_sum, op_to_shape(g, a, &s), -shape->rank - 1, false);
    }
    for (int i = 0; i < shape->rank && a; i++)
        if (shape->dim[i] == 1 && a->shape.dim[i] != 1)
            a = op_reduce(g, &op_sum, a, i - shape->rank, true);
    return a ? op_to_shape(g, a, shape) : NULL;
}

/* ---- sums of slopes ---- */

/* Whether n is zeros but for [*from, *to) of one axis (from the end), where in[1]
 * stands. */
static bool is_part(const Node *n, int *axis, int64_t *from, int64_t *to)
{
    double zero;
    if (n->op != &op_slice_put || !node_constant_value(n->in[0], &zero) ||
        fabs(zero) > 0)
        return false;
    const Attr *a = n->attr;
    int lead = n->shape.rank - a->shape.rank, parts = 0;
    for (int i = 0; i < a->shape.rank; i++) {
        if (a->step[i] != 1) return false;
        if (a->from[i] == 0 && a->to[i] == n->shape.dim[lead + i]) continue;
        *axis = i - a->shape.rank;
        *from = a->from[i];
        *to = a->to[i];
        parts++;
    }
    return parts == 1;
}

/* The slopes of neighbouring slices side by side, in place of a sum over mostly zeros.
 * NULL where they are not that. */
static Node *side_by_side(Graph *g, Node *a, Node *b)
{
    int axis, other;
    int64_t from, middle, begin, to;
    if (!is_part(a, &axis, &from, &middle) || !is_part(b, &other, &begin, &to) ||
        axis != other)
        return NULL;
    if (middle != begin) return to == from ? side_by_side(g, b, a) : NULL;
    Node *in[2] = {a->in[1], b->in[1]};
    Attr join = attr_none(), put = *b->attr;
    join.axis = axis;
    Node *both = graph_node(g, &op_concat, in, 2, &join);
    if (!both || shape_same(&both->shape, &a->shape)) return both;
    put.from[put.shape.rank + axis] = from;
    Node *whole[2] = {a->in[0], both};
    return graph_node(g, &op_slice_put, whole, 2, &put);
}

Node *graph_add(Graph *g, Node *a, Node *b)
{
    Node *joined = side_by_side(g, a, b);
    return joined ? joined : op2(g, ELEM_add, a, b);
}

/* ---- products ---- */

Node *op_dot(Graph *g, Node *a, Node *b)
{
    if (!a || !b) return NULL;
    const Shape *s = &a->shape, *t = &b->shape;
    if (s->rank == 0 || t->rank == 0)
        return graph_error(
            g, "'@' takes vectors and matrices; a scalar is multiplied by '*'");
    int inner = t->rank == 1 ? 0 : t->rank - 2;
    if (!axes_meet(g, s, s->rank - 1, t, inner)) {
        char at[SHAPE_TEXT], bt[SHAPE_TEXT];
        return graph_error(
            g,
            "%s @ %s: the last axis of the left and the %s of the right side "
            "do not meet%s",
            shape_text(at, g->names, s, false), shape_text(bt, g->names, t, false),
            t->rank == 1 ? "axis" : "second last axis",
            s->name[s->rank - 1] && t->name[inner]
                ? "; help: if the two are one size, give it one name"
                : "; help: the left needs as many columns as the right has rows; "
                  "`transpose(x)` exchanges them");
    }
    Type type = a->type == TYPE_F32 && b->type == TYPE_F32 ? TYPE_F32 : TYPE_F64;
    bool row = s->rank == 1, column = t->rank == 1;
    Shape sa = shape_lift(s, 1, s->rank), sb = *t;
    a = op_to_type(g, row ? op_to_shape(g, a, &sa) : a, type);
    if (column) {
        sb.rank = 2;
        sb.dim[1] = 1;
        sb.name[1] = 0;
        b = op_to_shape(g, b, &sb);
    }
    b = op_to_type(g, b, type);
    Node *in[2] = {a, b};
    Node *y = graph_node(g, &op_matmul, in, 2, NULL);
    if (!y) return NULL;
    Shape out = y->shape;
    if (column) out = shape_drop(&out, out.rank - 1);
    if (row) out = shape_drop(&out, out.rank - (column ? 1 : 2));
    return op_to_shape(g, y, &out);
}

/* ---- the table ---- */

static const Op *const others[] = {
    &op_input,
    &op_constant,
    &op_cast,
    &op_sum,
    &op_prod,
    &op_max,
    &op_min,
    &op_logsumexp,
    &op_argmax,
    &op_argmin,
    &op_cumsum,
    &op_sort,
    &op_argsort,
    &op_reshape,
    &op_expand,
    &op_permute,
    &op_slice,
    &op_slice_put,
    &op_concat,
    &op_take,
    &op_put,
    &op_pick,
    &op_unpick,
    &op_iota,
    &op_squared_distances,
    &op_pull,
    &op_push,
    &op_matmul,
    &op_cholesky,
    &op_cholesky_slope,
    &op_tri_solve,
    &op_solve,
    &op_inverse,
    &op_logdet,
    &op_det,
    &op_inside,
    &op_ensure,
    &op_random_unit,
    &op_random_gauss,
    &op_random_keep,
    &op_stop,
    &op_draw,
    &op_scan,
    &op_while,
    &op_custom,
    &op_conv,
    &op_conv_back,
    &op_conv_weights,
    &op_window_take,
    &op_window_put,
    &op_window_sum,
    &op_window_spread,
    &op_resize,
    &op_resize_back,
    &op_foreign,
};

const Op *op_at(int i)
{
    if (i < 0) return NULL;
    if (i < (int)ELEM_COUNT) return elem_op((Elem)i);
    i -= (int)ELEM_COUNT;
    return i < (int)(sizeof others / sizeof *others) ? others[i] : NULL;
}

const Op *op_find(const char *name)
{
    const Op *op;
    for (int i = 0; (op = op_at(i)); i++)
        if (!strcmp(op->name, name)) return op;
    return NULL;
}
