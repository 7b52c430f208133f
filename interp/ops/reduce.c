/* SPDX-License-Identifier: MIT
 * Ops along one axis: sums, products, extremes, log of summed exponentials, running
 * sums, sorting. The axis counts from the end, so that axes in front change nothing.
 */
#include "ops/ops_int.h"

#include <math.h>

Lines lines_of(const Shape *s, int axis)
{
    Lines l = {1, 1, 1};
    int at = s->rank + axis;
    for (int i = 0; i < s->rank; i++) {
        if (i < at) l.outer *= s->dim[i];
        if (i == at) l.n = s->dim[i];
        if (i > at) l.inner *= s->dim[i];
    }
    return l;
}

/* ---- shapes ---- */

static bool numbers(Infer *c)
{
    Type t = c->in[0]->type;
    if (type_is_real(t) || t == TYPE_I64) return true;
    return infer_error(c, "numbers are due here, not %s", type_name(t));
}

/* One axis goes, or stays with size 1. */
static bool reduced(Infer *c, bool empty)
{
    int at;
    const Shape *s = &c->in[0]->shape;
    if (!numbers(c) || !axis_at(c, s, c->attr->axis, &at)) return false;
    if (!empty && s->dim[at] == 0)
        return infer_error(c, "an axis of size 0 has no largest or smallest number");
    c->type = c->in[0]->type;
    c->shape = shape_drop(s, at);
    if (c->attr->keep) {
        c->shape = *s;
        c->shape.dim[at] = 1;
        c->shape.name[at] = 0;
    }
    return true;
}

static bool infer_sum(Infer *c)
{
    Support s = support_moved(c->in[0]->support);
    c->support = s == SUPPORT_UNIT ? SUPPORT_NONNEGATIVE : s;
    if (!reduced(c, true)) return false;
    const Shape *x = &c->in[0]->shape;
    if (x->dim[x->rank + c->attr->axis] == 0) c->support = SUPPORT_NONNEGATIVE;
    return true;
}

static bool infer_prod(Infer *c)
{
    Support s = support_moved(c->in[0]->support);
    c->support = s == SUPPORT_NEGATIVE ? SUPPORT_ANY : s;
    return reduced(c, true);
}

static bool infer_extreme(Infer *c)
{
    c->support = support_moved(c->in[0]->support);
    return reduced(c, false);
}

static bool infer_logsumexp(Infer *c)
{
    if (!reduced(c, true)) return false;
    return type_is_real(c->type) || infer_error(c, "logsumexp takes reals");
}

static bool infer_arg(Infer *c)
{
    if (!reduced(c, false)) return false;
    c->type = TYPE_I64;
    return true;
}

static bool like_input(Infer *c)
{
    int at;
    if (!numbers(c) || !axis_at(c, &c->in[0]->shape, c->attr->axis, &at)) return false;
    c->attr->keep = 0;
    c->type = c->in[0]->type;
    c->shape = c->in[0]->shape;
    return true;
}

static bool infer_cumsum(Infer *c)
{
    Support s = support_moved(c->in[0]->support);
    c->support = s == SUPPORT_UNIT ? SUPPORT_NONNEGATIVE : s;
    return like_input(c);
}

static bool infer_sort(Infer *c)
{
    c->support = support_moved(c->in[0]->support);
    return like_input(c);
}

static bool infer_argsort(Infer *c)
{
    if (!like_input(c)) return false;
    c->type = TYPE_I64;
    return true;
}

/* ---- runs ---- */

static const LinesLoops *loops(Type t)
{
    return t == TYPE_F64 ? &lines_f64 : t == TYPE_F32 ? &lines_f32 : &lines_i64;
}

#define REDUCE_RUN(name)                                                               \
    static void run_##name(Run *r)                                                     \
    {                                                                                  \
        const Node *x = r->node->in[0];                                                \
        loops(x->type)->name(lines_of(&x->shape, r->node->attr->axis), r->in[0].data,  \
                             r->out.data, r->node->attr->n != 0);                      \
    }
REDUCE_RUN(sum)
REDUCE_RUN(prod)
REDUCE_RUN(max)
REDUCE_RUN(min)
REDUCE_RUN(logsumexp)
REDUCE_RUN(argmax)
REDUCE_RUN(argmin)
REDUCE_RUN(cumsum)

/* ---- slopes ---- */

/* z, shaped like the result y, repeated along the axis that y lacks. */
static Node *along(Graph *g, const Node *y, Node *z)
{
    const Shape *x = &y->in[0]->shape;
    if (!z) return NULL;
    Shape one = *x;
    int at = x->rank + y->attr->axis;
    one.dim[at] = 1;
    one.name[at] = 0;
    return op_broadcast(g, op_to_shape(g, z, &one), x);
}

static Node *zero(Graph *g, const Node *like) { return op_number_like(g, like, 0); }

static bool slope_sum(Graph *g, Node *y, Node *dy, Node **dx)
{
    dx[0] = along(g, y, dy);
    return dx[0] != NULL;
}

/* The product of the others: of all but the zero where there is one, 0 where more. */
static bool slope_prod(Graph *g, Node *y, Node *dy, Node **dx)
{
    Node *x = y->in[0], *none = zero(g, x), *one = op_number_like(g, x, 1);
    Node *is_zero = op2(g, ELEM_eq, x, none);
    Node *safe = op3(g, ELEM_where, is_zero, one, x);
    int axis = y->attr->axis;
    bool keep = y->attr->keep != 0;
    Node *count = op_reduce(g, &op_sum, op_to_type(g, is_zero, x->type), axis, keep);
    Node *rest = along(g, y, op_reduce(g, &op_prod, safe, axis, keep));
    Node *zeros = along(g, y, count);
    Node *if_zero = op3(g, ELEM_where, op2(g, ELEM_eq, zeros, one), rest, none);
    Node *if_not = op3(g, ELEM_where, op2(g, ELEM_eq, zeros, none),
                       op2(g, ELEM_div, rest, safe), none);
    dx[0] = op2(g, ELEM_zmul, along(g, y, dy),
                op3(g, ELEM_where, is_zero, if_zero, if_not));
    return dx[0] != NULL;
}

/* Shared evenly by those that are extreme. */
static bool slope_extreme(Graph *g, Node *y, Node *dy, Node **dx)
{
    Node *x = y->in[0];
    Node *here = op2(g, ELEM_eq, x, along(g, y, y));
    Node *count = op_reduce(g, &op_sum, op_to_type(g, here, x->type), y->attr->axis,
                            y->attr->keep != 0);
    Node *share = along(g, y, op2(g, ELEM_zdiv, dy, count));
    dx[0] = op3(g, ELEM_where, here, share, zero(g, x));
    return dx[0] != NULL;
}

/* exp(x − y); 0 where all of a line is −inf. */
static bool slope_logsumexp(Graph *g, Node *y, Node *dy, Node **dx)
{
    Node *empty = op2(g, ELEM_eq, y, op_number_like(g, y, -HUGE_VAL));
    Node *level = op3(g, ELEM_where, empty, zero(g, y), y);
    Node *w = op1(g, ELEM_exp, op2(g, ELEM_sub, y->in[0], along(g, y, level)));
    dx[0] = op2(g, ELEM_zmul, along(g, y, dy), w);
    return dx[0] != NULL;
}

static bool slope_cumsum(Graph *g, Node *y, Node *dy, Node **dx)
{
    Attr a = attr_none();
    a.axis = y->attr->axis;
    a.n = y->attr->n ? 0 : 1;
    dx[0] = graph_node(g, &op_cumsum, &dy, 1, &a);
    return dx[0] != NULL;
}

/* x with axis `at` moved last, or (back) the last axis moved to `at`. */
static Node *move_axis(Graph *g, Node *x, int at, bool back)
{
    int last = x->shape.rank - 1;
    if (at == last) return x;
    Attr a = attr_none();
    a.shape.rank = x->shape.rank;
    for (int i = 0, k = 0; i <= last; i++) {
        if (i == at) continue;
        a.perm[back ? i : k] = back ? k : i;
        k++;
    }
    a.perm[back ? at : last] = back ? last : at;
    return graph_node(g, &op_permute, &x, 1, &a);
}

/* What arrived at a place of the sorted line goes where its number came from. */
static bool slope_sort(Graph *g, Node *y, Node *dy, Node **dx)
{
    int axis = y->attr->axis, at = y->shape.rank + axis, last = y->shape.rank - 1;
    Node *order = op_reduce(g, &op_argsort, y->in[0], axis, false);
    Node *place = op_reduce(g, &op_argsort, order, axis, false);
    if (!place) return false;
    Node *in[2] = {move_axis(g, dy, at, false), move_axis(g, place, at, false)};
    if (!in[0] || !in[1]) return false;
    Shape moved = in[0]->shape, rows = {0};
    rows.rank = 2;
    rows.dim[1] = moved.dim[last];
    rows.dim[0] = 1;
    for (int i = 0; i < last; i++) rows.dim[0] = size_mul(rows.dim[0], moved.dim[i]);
    for (int i = 0; i < 2; i++) in[i] = op_to_shape(g, in[i], &rows);
    Attr a = attr_none();
    a.axis = -1;
    a.n = 1;
    Node *d = op_to_shape(g, graph_node(g, &op_take, in, 2, &a), &moved);
    dx[0] = d ? move_axis(g, d, at, true) : NULL;
    return dx[0] != NULL;
}

/* ---- the descriptors ---- */

/* Axes -1, -2 and, where there are three, -3. */
static const Attr last = {.axis = -1}, second = {.axis = -2, .keep = 1},
                  third = {.axis = -3};
static const Probe probes[] = {
    {.dim = {{3, -1}}, .lo = 0.2, .hi = 2, .attr = &last},
    {.dim = {{2, 3, -1}}, .lo = -2, .hi = 2, .attr = &last},
    {.dim = {{4, 3, -1}}, .lo = -2, .hi = 2, .attr = &second},
    {.dim = {{2, 3, 2, -1}}, .lo = -2, .hi = 2, .attr = &third},
    {.dim = {{1, 1, -1}}, .lo = -2, .hi = 2, .attr = &last},
    {.dim = {{0, 2, -1}}, .lo = -2, .hi = 2, .attr = &last},
    {.lo = 0},
};

#define REDUCTION(text, infer, run_name, slope_name)                                   \
    {                                                                                  \
        .name = text, .arity = 1, .shape = infer, .run = run_name,                     \
        .slope = slope_name, .probe = probes                                           \
    }

const Op op_sum = REDUCTION("sum", infer_sum, run_sum, slope_sum);
const Op op_prod = REDUCTION("prod", infer_prod, run_prod, slope_prod);
const Op op_max = REDUCTION("amax", infer_extreme, run_max, slope_extreme);
const Op op_min = REDUCTION("amin", infer_extreme, run_min, slope_extreme);
const Op op_logsumexp =
    REDUCTION("logsumexp", infer_logsumexp, run_logsumexp, slope_logsumexp);
const Op op_argmax = REDUCTION("argmax", infer_arg, run_argmax, NULL);
const Op op_argmin = REDUCTION("argmin", infer_arg, run_argmin, NULL);
const Op op_cumsum = REDUCTION("cumsum", infer_cumsum, run_cumsum, slope_cumsum);
const Op op_sort = {.name = "sort",
                    .arity = 1,
                    .shape = infer_sort,
                    .scratch = sort_scratch,
                    .run = sort_run,
                    .slope = slope_sort,
                    .probe = probes};
const Op op_argsort = {.name = "argsort",
                       .arity = 1,
                       .shape = infer_argsort,
                       .scratch = sort_scratch,
                       .run = sort_run,
                       .probe = probes};
