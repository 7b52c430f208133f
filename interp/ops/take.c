/* SPDX-License-Identifier: MIT
 * Ops with int indices: take and put along an axis, pick and unpick on the last one,
 * iota. attr.n leading axes (rows) are shared by numbers and indices. Negative indices
 * count from the end; one outside the axis makes the run fail.
 */
#include "ops/ops_int.h"

#include <stdio.h>

/* x read as [rows, outer, n, inner], indices as [rows, k]. */
typedef struct Places {
    int64_t rows, outer, n, k, inner;
} Places;

enum { COMPLAINT = 256 };

static size_t scratch_complaint(const Node *y)
{
    (void)y;
    return COMPLAINT;
}

/* Says which of the run's indices lies outside an axis of n. */
static void outside(Run *r, const int64_t *index, int64_t n)
{
    long long place = index - (const int64_t *)r->in[1].data;
    snprintf(r->scratch, COMPLAINT,
             "index %lld (number %lld of the indices, from 0) lies outside its axis of "
             "size %lld: indices run from 0 to %lld%s",
             (long long)*index, place, (long long)n, (long long)n - 1,
             *index == n ? "; of those that count from 1, take 1 away" : "");
    r->error = r->scratch;
}

static Places places(const Node *node, const Shape *x, int64_t n, int64_t k)
{
    Places p = {1, 1, n, k, 1};
    int at = x->rank + node->attr->axis;
    for (int i = 0; i < x->rank; i++) {
        if (i < node->attr->n) p.rows *= x->dim[i];
        if (i >= node->attr->n && i < at) p.outer *= x->dim[i];
        if (i > at) p.inner *= x->dim[i];
    }
    return p;
}

/* Whether index (input 1) fits input 0 with the rows of attr.n; *at: the axis. */
static bool index_fits(Infer *c, int *at)
{
    const Node *x = c->in[0], *index = c->in[1];
    int64_t rows = c->attr->n;
    if (index->type != TYPE_I64)
        return infer_error(c, "indices are ints, not %s", type_name(index->type));
    if (!axis_at(c, &x->shape, c->attr->axis, at)) return false;
    bool fit = rows >= 0 && rows <= *at && index->shape.rank == rows + 1;
    for (int i = 0; i < rows && fit; i++)
        fit = axes_meet(c->graph, &x->shape, i, &index->shape, i);
    if (fit) return true;
    char s[SHAPE_TEXT], t[SHAPE_TEXT];
    return infer_error(c, "indices of shape %s do not fit %s, where a vector is due",
                       shape_text(s, c->graph->names, &index->shape, false),
                       shape_text(t, c->graph->names, &x->shape, false));
}

/* ---- take, put ---- */

static bool infer_take(Infer *c)
{
    int at;
    if (!index_fits(c, &at)) return false;
    const Shape *k = &c->in[1]->shape;
    c->type = c->in[0]->type;
    c->support = support_moved(c->in[0]->support);
    c->shape = c->in[0]->shape;
    c->shape.dim[at] = k->dim[k->rank - 1];
    c->shape.name[at] = k->name[k->rank - 1];
    return true;
}

static bool infer_put(Infer *c)
{
    int at;
    if (!index_fits(c, &at)) return false;
    const Shape *k = &c->in[1]->shape;
    c->type = c->in[0]->type;
    c->shape = c->in[0]->shape;
    if (size_meet(c->shape.dim[at], k->dim[k->rank - 1]) == SIZE_DIFFERENT)
        return infer_error(c, "%lld numbers and %lld indices",
                           (long long)c->shape.dim[at], (long long)k->dim[k->rank - 1]);
    if (!type_is_real(c->type) && c->type != TYPE_I64)
        return infer_error(c, "%s cannot be added up", type_name(c->type));
    c->shape.dim[at] = c->attr->to[0];
    c->shape.name[at] = 0;
    return true;
}

/* The index wrapped, or -1. */
static int64_t wrapped(int64_t i, int64_t n)
{
    if (i < 0) i += n;
    return i >= 0 && i < n ? i : -1;
}

/* Takes k lines up to the first index that does not fit, whose place is the answer, or
 * k. Inlined, so that a line of one number is one move. */
static inline int64_t take_lines(const char *from, char *to, const int64_t *index,
                                 int64_t k, int64_t n, size_t line)
{
    for (int64_t i = 0; i < k; i++) {
        int64_t at = wrapped(index[i], n);
        if (at < 0) return i;
        memcpy(to + (size_t)i * line, from + (size_t)at * line, line);
    }
    return k;
}

static void run_take(Run *r)
{
    const Shape *x = &r->node->in[0]->shape;
    int64_t k = r->in[1].dim[r->in[1].rank - 1];
    Places p = places(r->node, x, x->dim[x->rank + r->node->attr->axis], k);
    size_t line = (size_t)p.inner * type_size(r->out.type);
    const char *from = r->in[0].data;
    char *to = r->out.data;
    const int64_t *index = r->in[1].data;
    for (int64_t row = 0; row < p.rows; row++, index += k)
        for (int64_t o = 0; o < p.outer; o++) {
            int64_t i = line == sizeof(double)
                            ? take_lines(from, to, index, k, p.n, sizeof(double))
                            : take_lines(from, to, index, k, p.n, line);
            if (i < k) {
                outside(r, index + i, p.n);
                return;
            }
            from += (size_t)p.n * line;
            to += (size_t)k * line;
        }
}

static inline void add_line(Type t, void *to, const void *from, int64_t n)
{
    if (t == TYPE_F64)
        for (int64_t i = 0; i < n; i++) ((double *)to)[i] += ((const double *)from)[i];
    else if (t == TYPE_F32)
        for (int64_t i = 0; i < n; i++) ((float *)to)[i] += ((const float *)from)[i];
    else
        for (int64_t i = 0; i < n; i++)
            ((uint64_t *)to)[i] += ((const uint64_t *)from)[i];
}

/* As take_lines, the other way: each line is added to the one that its index names. */
static inline int64_t put_lines(Type t, const char *from, char *to,
                                const int64_t *index, int64_t k, int64_t n,
                                int64_t inner)
{
    size_t line = (size_t)inner * type_size(t);
    for (int64_t i = 0; i < k; i++) {
        int64_t at = wrapped(index[i], n);
        if (at < 0) return i;
        add_line(t, to + (size_t)at * line, from + (size_t)i * line, inner);
    }
    return k;
}

static void run_put(Run *r)
{
    int64_t k = r->in[1].dim[r->in[1].rank - 1];
    Places p = places(r->node, &r->node->in[0]->shape, r->node->attr->to[0], k);
    size_t line = (size_t)p.inner * type_size(r->out.type);
    const char *from = r->in[0].data;
    char *to = r->out.data;
    const int64_t *index = r->in[1].data;
    memset(to, 0, (size_t)buffer_count(&r->out) * type_size(r->out.type));
    for (int64_t row = 0; row < p.rows; row++, index += k)
        for (int64_t o = 0; o < p.outer; o++) {
            int64_t i = r->out.type == TYPE_F64 && p.inner == 1
                            ? put_lines(TYPE_F64, from, to, index, k, p.n, 1)
                            : put_lines(r->out.type, from, to, index, k, p.n, p.inner);
            if (i < k) {
                outside(r, index + i, p.n);
                return;
            }
            from += (size_t)k * line;
            to += (size_t)p.n * line;
        }
}

static bool slope_take(Graph *g, Node *y, Node *dy, Node **dx)
{
    const Shape *x = &y->in[0]->shape;
    Attr a = attr_none();
    a.axis = y->attr->axis;
    a.n = y->attr->n;
    a.to[0] = x->dim[x->rank + a.axis];
    Node *in[2] = {dy, y->in[1]};
    dx[0] = graph_node(g, &op_put, in, 2, &a);
    return dx[0] != NULL;
}

static bool slope_put(Graph *g, Node *y, Node *dy, Node **dx)
{
    Attr a = attr_none();
    a.axis = y->attr->axis;
    a.n = y->attr->n;
    Node *in[2] = {dy, y->in[1]};
    dx[0] = graph_node(g, &op_take, in, 2, &a);
    return dx[0] != NULL;
}

/* All draws' indices at once, where the first axis of unmapped x is the one taken from.
 */
static Node *take_flat(Graph *g, const Node *y, Node *const *in, int64_t size)
{
    int64_t n = size * shape_count(&y->in[1]->shape);
    Shape flat = shape_of(1, &n), due = shape_prepend(&y->shape, size);
    Node *from[2] = {in[0], op_to_shape(g, in[1], &flat)};
    return op_to_shape(g, graph_node(g, &op_take, from, 2, y->attr), &due);
}

/* Where only the numbers are mapped the op stays; else the draws become one more row
 * axis. */
static Node *batch_index(Graph *g, const Node *y, Node *const *in, const bool *mapped,
                         int64_t size)
{
    if (!mapped[1] && y->attr->n == 0) return graph_node(g, y->op, in, 2, y->attr);
    if (y->op == &op_take && !mapped[0] && y->attr->n == 0 &&
        y->shape.rank + y->attr->axis == 0)
        return take_flat(g, y, in, size);
    Node *all[2];
    for (int i = 0; i < 2; i++) {
        Shape s = shape_prepend(&y->in[i]->shape, size);
        all[i] = mapped[i] ? in[i] : NULL;
        if (mapped[i]) continue;
        Attr a = attr_none();
        a.shape = shape_prepend(&y->in[i]->shape, 1);
        all[i] = op_broadcast(g, op_to_shape(g, in[i], &a.shape), &s);
    }
    Attr a = *y->attr;
    a.n++;
    return graph_node(g, y->op, all, 2, &a);
}

/* ---- pick, unpick ---- */

static bool pick_fits(Infer *c, const Shape *lead)
{
    const Node *index = c->in[1];
    if (index->type != TYPE_I64)
        return infer_error(c, "indices are ints, not %s", type_name(index->type));
    bool fit = lead->rank == index->shape.rank;
    for (int i = 0; i < lead->rank && fit; i++)
        fit = axes_meet(c->graph, lead, i, &index->shape, i);
    if (fit) return true;
    char s[SHAPE_TEXT], t[SHAPE_TEXT];
    return infer_error(c, "indices of shape %s are given where %s are due",
                       shape_text(s, c->graph->names, &index->shape, false),
                       shape_text(t, c->graph->names, lead, false));
}

static bool infer_pick(Infer *c)
{
    const Node *x = c->in[0];
    c->type = x->type;
    c->support = support_moved(x->support);
    if (x->shape.rank == 0)
        return infer_error(c, "nothing can be picked from a scalar");
    c->shape = shape_drop(&x->shape, x->shape.rank - 1);
    return pick_fits(c, &c->shape);
}

static bool infer_unpick(Infer *c)
{
    c->type = c->in[0]->type;
    c->shape = c->in[0]->shape;
    if (!pick_fits(c, &c->shape)) return false;
    if (c->shape.rank >= LIMIT_RANK)
        return infer_error(c, "more than %d axes", LIMIT_RANK);
    c->shape.dim[c->shape.rank++] = c->attr->to[0];
    return true;
}

static void run_pick(Run *r)
{
    size_t size = type_size(r->out.type);
    int64_t k = r->in[0].dim[r->in[0].rank - 1], n = buffer_count(&r->out);
    const int64_t *index = r->in[1].data;
    for (int64_t i = 0; i < n; i++) {
        int64_t at = wrapped(index[i], k);
        if (at < 0) {
            outside(r, index + i, k);
            return;
        }
        memcpy((char *)r->out.data + (size_t)i * size,
               (const char *)r->in[0].data + (size_t)(i * k + at) * size, size);
    }
}

static void run_unpick(Run *r)
{
    size_t size = type_size(r->out.type);
    int64_t k = r->node->attr->to[0], n = buffer_count(&r->in[0]);
    const int64_t *index = r->in[1].data;
    memset(r->out.data, 0, (size_t)(n * k) * size);
    for (int64_t i = 0; i < n; i++) {
        int64_t at = wrapped(index[i], k);
        if (at < 0) {
            outside(r, index + i, k);
            return;
        }
        memcpy((char *)r->out.data + (size_t)(i * k + at) * size,
               (const char *)r->in[0].data + (size_t)i * size, size);
    }
}

static bool slope_pick(Graph *g, Node *y, Node *dy, Node **dx)
{
    const Shape *x = &y->in[0]->shape;
    Attr a = attr_none();
    a.to[0] = x->dim[x->rank - 1];
    Node *in[2] = {dy, y->in[1]};
    dx[0] = graph_node(g, &op_unpick, in, 2, &a);
    return dx[0] != NULL;
}

static bool slope_unpick(Graph *g, Node *y, Node *dy, Node **dx)
{
    Node *in[2] = {dy, y->in[1]};
    dx[0] = graph_node(g, &op_pick, in, 2, NULL);
    return dx[0] != NULL;
}

/* ---- iota ---- */

static bool infer_iota(Infer *c)
{
    c->type = c->attr->type;
    c->support = SUPPORT_NONNEGATIVE;
    c->shape.rank = 1;
    c->shape.dim[0] = c->attr->n;
    c->shape.name[0] = c->attr->shape.name[0];
    return cast_kernel(TYPE_I64, c->type) || infer_error(c, "iota makes numbers");
}

static void run_iota(Run *r)
{
    for (int64_t i = 0; i < r->node->attr->n; i++) {
        const void *in[1] = {&i};
        cast_kernel(TYPE_I64, r->out.type)(
            1, (char *)r->out.data + (size_t)i * type_size(r->out.type), in);
    }
}

/* ---- the descriptors ---- */

static const Attr last = {.axis = -1}, second = {.axis = -2};
static const Attr rows = {.axis = -1, .n = 1};
static const Attr put_last = {.axis = -1, .to = {5}},
                  put_second = {.axis = -2, .to = {4}};
static const Attr put_rows = {.axis = -1, .n = 1, .to = {4}}, five = {.to = {5}};
static const Attr count = {.n = 4, .type = TYPE_I64};

#define INDEXED                                                                        \
    {                                                                                  \
        TYPE_F64, TYPE_I64                                                             \
    }
static const Probe take_probes[] = {
    {{{4, -1}, {3, -1}}, -2, 2, &last, INDEXED, 4, 0},
    {{{4, 3, -1}, {2, -1}}, -2, 2, &second, INDEXED, 4, 0},
    {{{2, 4, -1}, {3, -1}}, -2, 2, &last, INDEXED, 4, 0},
    {{{2, 4, -1}, {2, 3, -1}}, -2, 2, &rows, INDEXED, 4, 0},
    {{{4, 3, -1}, {0, -1}}, -2, 2, &second, INDEXED, 4, 0},
    {.lo = 0},
};
static const Probe put_probes[] = {
    {{{3, -1}, {3, -1}}, -2, 2, &put_last, INDEXED, 5, 0},
    {{{3, 2, -1}, {3, -1}}, -2, 2, &put_second, INDEXED, 4, 0},
    {{{2, 3, -1}, {2, 3, -1}}, -2, 2, &put_rows, INDEXED, 4, 0},
    {.lo = 0},
};
static const Probe pick_probes[] = {
    {{{4, -1}, {-1}}, -2, 2, NULL, INDEXED, 4, 0},
    {{{3, 4, -1}, {3, -1}}, -2, 2, NULL, INDEXED, 4, 0},
    {{{2, 0, 4, -1}, {2, 0, -1}}, -2, 2, NULL, INDEXED, 4, 0},
    {.lo = 0},
};
static const Probe unpick_probes[] = {
    {{{-1}, {-1}}, -2, 2, &five, INDEXED, 5, 0},
    {{{2, 3, -1}, {2, 3, -1}}, -2, 2, &five, INDEXED, 5, 0},
    {.lo = 0},
};
static const Probe iota_probes[] = {{.lo = 0, .hi = 1, .attr = &count}, {.lo = 0}};

const Op op_take = {.name = "take",
                    .arity = 2,
                    .shape = infer_take,
                    .scratch = scratch_complaint,
                    .run = run_take,
                    .slope = slope_take,
                    .batch = batch_index,
                    .probe = take_probes};
const Op op_put = {.name = "put",
                   .arity = 2,
                   .shape = infer_put,
                   .scratch = scratch_complaint,
                   .run = run_put,
                   .slope = slope_put,
                   .batch = batch_index,
                   .probe = put_probes};
const Op op_pick = {.name = "pick",
                    .arity = 2,
                    .shape = infer_pick,
                    .scratch = scratch_complaint,
                    .run = run_pick,
                    .slope = slope_pick,
                    .probe = pick_probes};
const Op op_unpick = {.name = "unpick",
                      .arity = 2,
                      .shape = infer_unpick,
                      .scratch = scratch_complaint,
                      .run = run_unpick,
                      .slope = slope_unpick,
                      .probe = unpick_probes};
const Op op_iota = {.name = "iota",
                    .arity = 0,
                    .shape = infer_iota,
                    .run = run_iota,
                    .probe = iota_probes};
