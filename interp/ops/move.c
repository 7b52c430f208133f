/* SPDX-License-Identifier: MIT
 * Ops that move numbers: reshape, expand, permute, slice (views wherever strides can
 * say it), slice_put, concat and casts.
 */
#include "ops/ops_int.h"

/* The run of ops that are views of any strides. */
static void run_view(Run *r)
{
    Buffer b;
    r->node->op->view(r->node, &r->in[0], &b);
    buffer_copy(r->out.data, &b);
}

/* What stays true of the numbers where the last `whole` axes are as they were. */
static Support kept(const Node *x, int whole)
{
    Support s = x->support;
    return whole >= support_rank(s) ? s : support_moved(s);
}

/* How many axes at the end have the same sizes. */
static int same_end(const Shape *a, const Shape *b)
{
    int n = 0;
    while (n < a->rank && n < b->rank &&
           a->dim[a->rank - 1 - n] == b->dim[b->rank - 1 - n])
        n++;
    return n;
}

/* ---- cast ---- */

static bool infer_cast(Infer *c)
{
    const Node *x = c->in[0];
    c->type = c->attr->type;
    c->shape = x->shape;
    if (!cast_kernel(x->type, c->type))
        return infer_error(c, "%s cannot become %s", type_name(x->type),
                           type_name(c->type));
    c->support = x->type == TYPE_BOOL ? SUPPORT_UNIT : x->support;
    if (c->type == TYPE_I64 && type_is_real(x->type))
        c->support = support_fits(c->support, SUPPORT_NONNEGATIVE) ? SUPPORT_NONNEGATIVE
                                                                   : SUPPORT_ANY;
    if (c->type == TYPE_BOOL || c->type == TYPE_KEY) c->support = SUPPORT_ANY;
    return true;
}

static void run_cast(Run *r)
{
    const void *in[1] = {r->in[0].data};
    cast_kernel(r->in[0].type, r->out.type)(buffer_count(&r->out), r->out.data, in);
}

static bool slope_cast(Graph *g, Node *y, Node *dy, Node **dx)
{
    dx[0] = op_to_type(g, dy, y->in[0]->type);
    return dx[0] != NULL;
}

/* ---- reshape ---- */

static bool infer_reshape(Infer *c)
{
    const Node *x = c->in[0];
    c->type = x->type;
    c->shape = c->attr->shape;
    c->support = kept(x, same_end(&x->shape, &c->shape));
    int64_t has = shape_count(&x->shape), wants = shape_count(&c->shape);
    if (c->shape.rank <= LIMIT_RANK && size_meet(has, wants) != SIZE_DIFFERENT)
        return true;
    char s[SHAPE_TEXT], t[SHAPE_TEXT], n[80];
    size_print(n, sizeof n, has);
    return infer_error(
        c,
        "%s numbers of shape %s cannot be read as %s; help: a reshape keeps the "
        "numbers: the new sizes must multiply to %s",
        n, shape_text(s, c->graph->names, &x->shape, true),
        shape_text(t, c->graph->names, &c->shape, true), n);
}

static bool view_reshape(const Node *n, const Buffer *in, Buffer *out)
{
    return buffer_reshape(in, &n->shape, out);
}

static void run_reshape(Run *r) { buffer_copy(r->out.data, &r->in[0]); }

static bool slope_reshape(Graph *g, Node *y, Node *dy, Node **dx)
{
    dx[0] = op_to_shape(g, dy, &y->in[0]->shape);
    return dx[0] != NULL;
}

static Node *batch_reshape(Graph *g, const Node *y, Node *const *in, const bool *mapped,
                           int64_t size)
{
    (void)mapped;
    Shape s = shape_prepend(&y->shape, size);
    return op_to_shape(g, in[0], &s);
}

/* ---- expand ---- */

static bool infer_expand(Infer *c)
{
    const Node *x = c->in[0];
    Shape s;
    c->type = x->type;
    c->shape = c->attr->shape;
    c->support = kept(x, same_end(&x->shape, &c->shape));
    bool fit = c->shape.rank <= LIMIT_RANK && x->shape.rank <= c->shape.rank &&
               shape_broadcast_sizes(&x->shape, &c->shape, &s) &&
               shape_agrees(&s, &c->shape);
    if (fit) return true;
    char at[SHAPE_TEXT], bt[SHAPE_TEXT];
    return infer_error(c, "%s cannot be repeated to %s",
                       shape_text(at, c->graph->names, &x->shape, true),
                       shape_text(bt, c->graph->names, &c->shape, true));
}

static bool view_expand(const Node *n, const Buffer *in, Buffer *out)
{
    *out = buffer_dense(in->data, in->type, &n->shape);
    int lead = out->rank - in->rank;
    for (int i = 0; i < out->rank; i++) {
        bool one = i < lead || in->dim[i - lead] == 1;
        out->stride[i] = one ? 0 : in->stride[i - lead];
    }
    return true;
}

static bool slope_expand(Graph *g, Node *y, Node *dy, Node **dx)
{
    dx[0] = op_sum_to(g, dy, &y->in[0]->shape);
    return dx[0] != NULL;
}

static Node *batch_expand(Graph *g, const Node *y, Node *const *in, const bool *mapped,
                          int64_t size)
{
    (void)mapped;
    Shape x = shape_drop(&in[0]->shape, 0), s = shape_prepend(&y->shape, size);
    Shape up = shape_lift(&x, size, y->shape.rank);
    return op_broadcast(g, op_to_shape(g, in[0], &up), &s);
}

/* ---- permute ---- */

static bool infer_permute(Infer *c)
{
    const Node *x = c->in[0];
    bool seen[LIMIT_RANK] = {false};
    c->type = x->type;
    c->shape.rank = x->shape.rank;
    c->support = kept(x, 0);
    for (int i = 0; i < x->shape.rank; i++) {
        int p = c->attr->perm[i];
        if (p < 0 || p >= x->shape.rank || seen[p])
            return infer_error(c, "the axes of a permutation are not 0 … %d, each once",
                               x->shape.rank - 1);
        seen[p] = true;
        c->shape.dim[i] = x->shape.dim[p];
        c->shape.name[i] = x->shape.name[p];
    }
    return true;
}

static bool view_permute(const Node *n, const Buffer *in, Buffer *out)
{
    *out = *in;
    for (int i = 0; i < in->rank; i++) {
        out->dim[i] = in->dim[n->attr->perm[i]];
        out->stride[i] = in->stride[n->attr->perm[i]];
    }
    return true;
}

static bool slope_permute(Graph *g, Node *y, Node *dy, Node **dx)
{
    Attr a = attr_none();
    for (int i = 0; i < y->shape.rank; i++) a.perm[y->attr->perm[i]] = i;
    dx[0] = graph_node(g, &op_permute, &dy, 1, &a);
    return dx[0] != NULL;
}

static Node *batch_permute(Graph *g, const Node *y, Node *const *in, const bool *mapped,
                           int64_t size)
{
    (void)mapped, (void)size;
    Attr a = attr_none();
    for (int i = 0; i < y->shape.rank; i++) a.perm[i + 1] = y->attr->perm[i] + 1;
    return graph_node(g, &op_permute, in, 1, &a);
}

/* ---- slice ---- */

/* Elements of from, from + step, … before `to`. */
static int64_t steps(int64_t from, int64_t to, int64_t step)
{
    int64_t far = step > 0 ? size_sub(to, from) : size_sub(from, to),
            by = step > 0 ? step : -step;
    if (size_is_form(far)) return by == 1 ? far : size_div(size_add(far, by - 1), by);
    return far <= 0 ? 0 : (far + by - 1) / by;
}

/* The shape that attr cuts out of s. */
static bool cut(Infer *c, const Shape *s, Shape *out)
{
    const Attr *a = c->attr;
    int lead = s->rank - a->shape.rank;
    if (lead < 0) return infer_error(c, "a slice of more axes than there are");
    *out = *s;
    for (int i = 0; i < a->shape.rank; i++) {
        int64_t n = s->dim[lead + i], from = a->from[i], step = a->step[i];
        if (step == 0) return infer_error(c, "a slice needs a step that is not 0");
        int64_t count = steps(from, a->to[i], step);
        if (size_is_form(n) || size_is_form(from) || size_is_form(count)) {
            if (count == n) continue;
            out->dim[lead + i] = count;
            out->name[lead + i] = 0;
            continue;
        }
        int64_t end = from + (count - 1) * step;
        if (count && (from < 0 || from >= n || end < 0 || end >= n))
            return infer_error(
                c, "the slice %lld:%lld reaches beyond an axis of size %lld",
                (long long)from, (long long)a->to[i], (long long)n);
        if (count == n) continue;
        out->dim[lead + i] = count;
        out->name[lead + i] = 0;
    }
    return true;
}

static bool infer_slice(Infer *c)
{
    const Node *x = c->in[0];
    c->type = x->type;
    if (!cut(c, &x->shape, &c->shape)) return false;
    int whole = same_end(&x->shape, &c->shape);
    for (int i = 0; i < c->attr->shape.rank; i++)
        if (c->attr->step[i] != 1 && whole > c->attr->shape.rank - 1 - i)
            whole = c->attr->shape.rank - 1 - i;
    c->support = kept(x, whole);
    return true;
}

static bool view_slice(const Node *n, const Buffer *in, Buffer *out)
{
    const Attr *a = n->attr;
    int lead = in->rank - a->shape.rank;
    int64_t offset = 0;
    *out = *in;
    for (int i = 0; i < a->shape.rank; i++) {
        out->dim[lead + i] = steps(a->from[i], a->to[i], a->step[i]);
        out->stride[lead + i] = in->stride[lead + i] * a->step[i];
        if (out->dim[lead + i]) offset += in->stride[lead + i] * a->from[i];
    }
    out->data = (char *)in->data + offset * (int64_t)type_size(in->type);
    return true;
}

static bool slope_slice(Graph *g, Node *y, Node *dy, Node **dx)
{
    Node *in[2] = {graph_fill(g, dy->type, 0, &y->in[0]->shape), dy};
    dx[0] = graph_node(g, &op_slice_put, in, 2, y->attr);
    return dx[0] != NULL;
}

/* Of concatenated draws the part alone is taken, where it is one. */
static Node *batch_slice(Graph *g, const Node *y, Node *const *in, const bool *mapped,
                         int64_t size)
{
    (void)mapped, (void)size;
    const Attr *a = y->attr;
    if (a->shape.rank != 1) return graph_node(g, y->op, in, 1, a);
    return op_slice_axis(g, in[0], -1, a->from[0], a->to[0], a->step[0]);
}

/* ---- slice_put ---- */

static bool infer_slice_put(Infer *c)
{
    const Node *x = c->in[0], *v = c->in[1];
    Shape part;
    c->type = x->type;
    c->shape = x->shape;
    if (x->type != v->type)
        return infer_error(c, "a %s cannot be put into a tensor of %s",
                           type_name(v->type), type_name(x->type));
    if (!cut(c, &x->shape, &part)) return false;
    Support s = support_moved(x->support);
    c->support = s == support_moved(v->support) ? s : SUPPORT_ANY;
    if (shape_agrees(&part, &v->shape)) return true;
    char at[SHAPE_TEXT], bt[SHAPE_TEXT];
    return infer_error(c, "%s is put where there is room for %s",
                       shape_text(at, c->graph->names, &v->shape, true),
                       shape_text(bt, c->graph->names, &part, true));
}

static void run_slice_put(Run *r)
{
    Buffer part;
    if (r->out.data != r->in[0].data) buffer_copy(r->out.data, &r->in[0]);
    view_slice(r->node, &r->out, &part);
    buffer_move(&part, &r->in[1]);
}

static bool slope_slice_put(Graph *g, Node *y, Node *dy, Node **dx)
{
    Node *in[2] = {dy, graph_fill(g, dy->type, 0, &y->in[1]->shape)};
    if (g->wanted[0]) dx[0] = graph_node(g, &op_slice_put, in, 2, y->attr);
    if (g->wanted[1]) dx[1] = graph_node(g, &op_slice, &dy, 1, y->attr);
    return (dx[0] || !g->wanted[0]) && (dx[1] || !g->wanted[1]);
}

/* ---- concat ---- */

static const Node *unmoved(const Node *n)
{
    while (n->op == &op_reshape || n->op == &op_expand) n = n->in[0];
    return n;
}

/* b is 1 - a. */
static bool complements(const Node *a, const Node *b)
{
    double one;
    b = unmoved(b);
    return (b->op->flags & OP_ELEM) && b->op->elem == ELEM_sub &&
           node_constant_value(unmoved(b->in[0]), &one) && one == 1 &&
           unmoved(b->in[1]) == unmoved(a);
}

/* [p, 1 - p], of a p from 0 to 1. */
static bool two_shares(const Infer *c, int at)
{
    const Node *a = c->in[0], *b = c->in[1];
    return c->n_in == 2 && at == c->shape.rank - 1 && a->shape.dim[at] == 1 &&
           b->shape.dim[at] == 1 && support_fits(a->support, SUPPORT_UNIT) &&
           support_fits(b->support, SUPPORT_UNIT) &&
           (complements(a, b) || complements(b, a));
}

static bool infer_concat(Infer *c)
{
    int at;
    c->type = c->in[0]->type;
    c->shape = c->in[0]->shape;
    c->support = support_moved(c->in[0]->support);
    if (!axis_at(c, &c->shape, c->attr->axis, &at)) return false;
    for (int i = 1; i < c->n_in; i++) {
        const Node *x = c->in[i];
        bool fit = x->type == c->type && x->shape.rank == c->shape.rank;
        for (int k = 0; k < c->shape.rank && fit; k++)
            fit = k == at || axes_meet(c->graph, &c->shape, k, &x->shape, k);
        if (!fit) {
            char s[SHAPE_TEXT], t[SHAPE_TEXT];
            return infer_error(
                c, "%s%s and %s%s cannot be joined along axis %d; help: %s",
                type_name(c->type), shape_text(s, c->graph->names, &c->shape, false),
                type_name(x->type), shape_text(t, c->graph->names, &x->shape, false),
                at,
                x->shape.rank == 0
                    ? "an axis is given by its name, `axis = 1`; a number alone is "
                      "joined as `[1.0]`"
                : x->shape.rank != c->shape.rank
                    ? "both need as many axes: `column(v)` is a vector as a column, "
                      "`[v]` as a row"
                    : "sizes may differ along that axis alone; `axis = -1` is the "
                      "last");
        }
        c->shape.dim[at] = size_add(c->shape.dim[at], x->shape.dim[at]);
        c->shape.name[at] = 0;
        if (support_moved(x->support) != c->support) c->support = SUPPORT_ANY;
    }
    if (two_shares(c, at)) c->support = SUPPORT_SIMPLEX;
    return true;
}

static void run_concat(Run *r)
{
    int at = r->out.rank + r->node->attr->axis;
    Buffer part = r->out;
    size_t size = type_size(r->out.type);
    for (int i = 0; i < r->node->n_in; i++) {
        part.dim[at] = r->in[i].dim[at];
        buffer_move(&part, &r->in[i]);
        part.data = (char *)part.data + (size_t)(part.dim[at] * part.stride[at]) * size;
    }
}

static bool slope_concat(Graph *g, Node *y, Node *dy, Node **dx)
{
    int axis = y->attr->axis;
    int64_t from = 0;
    for (int i = 0; i < y->n_in; i++) {
        int64_t to = from + y->in[i]->shape.dim[y->shape.rank + axis];
        if (g->wanted[i]) {
            dx[i] = op_slice_axis(g, dy, axis, from, to, 1);
            if (!dx[i]) return false;
        }
        from = to;
    }
    return true;
}

/* ---- the descriptors ---- */

static const Attr to_real = {.type = TYPE_F64};
static const Attr to_matrix = {.shape = {.rank = 2, .dim = {3, 2}}};
static const Attr to_longer = {.shape = {.rank = 3, .dim = {2, 3, 4}}};
static const Attr turned = {.perm = {2, 0, 1}}, swapped = {.perm = {1, 0}};
static const Attr part = {
    .shape = {.rank = 2}, .from = {1, 0}, .to = {3, 3}, .step = {1, 2}};
static const Attr mirrored = {
    .shape = {.rank = 1}, .from = {2}, .to = {-1}, .step = {-1}};
static const Attr last = {.axis = -1}, second = {.axis = -2};

const Op op_cast = {.name = "cast",
                    .arity = 1,
                    .shape = infer_cast,
                    .run = run_cast,
                    .slope = slope_cast,
                    .probe = (const Probe[]){
                        {.dim = {{2, 3, -1}}, .hi = 1, .attr = &to_real}, {.lo = 0}}};
const Op op_reshape = {.name = "reshape",
                       .arity = 1,
                       .flags = OP_VIEW | OP_STRIDED,
                       .shape = infer_reshape,
                       .run = run_reshape,
                       .view = view_reshape,
                       .slope = slope_reshape,
                       .batch = batch_reshape,
                       .probe = (const Probe[]){
                           {.dim = {{6, -1}}, .lo = -2, .hi = 2, .attr = &to_matrix},
                           {.dim = {{2, 3, -1}}, .lo = -2, .hi = 2, .attr = &to_matrix},
                           {.lo = 0}}};
const Op op_expand = {
    .name = "expand",
    .arity = 1,
    .flags = OP_VIEW | OP_STRIDED,
    .shape = infer_expand,
    .run = run_view,
    .view = view_expand,
    .slope = slope_expand,
    .batch = batch_expand,
    .probe =
        (const Probe[]){{.dim = {{-1}}, .lo = -2, .hi = 2, .attr = &to_longer},
                        {.dim = {{4, -1}}, .lo = -2, .hi = 2, .attr = &to_longer},
                        {.dim = {{3, 4, -1}}, .lo = -2, .hi = 2, .attr = &to_longer},
                        {.dim = {{2, 1, 4, -1}}, .lo = -2, .hi = 2, .attr = &to_longer},
                        {.dim = {{1, 3, 1, -1}}, .lo = -2, .hi = 2, .attr = &to_longer},
                        {.lo = 0}}};
const Op op_permute = {.name = "permute_axes",
                       .arity = 1,
                       .flags = OP_VIEW | OP_STRIDED,
                       .shape = infer_permute,
                       .run = run_view,
                       .view = view_permute,
                       .slope = slope_permute,
                       .batch = batch_permute,
                       .probe = (const Probe[]){
                           {.dim = {{2, 3, 4, -1}}, .lo = -2, .hi = 2, .attr = &turned},
                           {.dim = {{2, 3, -1}}, .lo = -2, .hi = 2, .attr = &swapped},
                           {.dim = {{0, 3, -1}}, .lo = -2, .hi = 2, .attr = &swapped},
                           {.lo = 0}}};
const Op op_slice = {.name = "slice",
                     .arity = 1,
                     .flags = OP_VIEW | OP_STRIDED,
                     .shape = infer_slice,
                     .run = run_view,
                     .view = view_slice,
                     .slope = slope_slice,
                     .batch = batch_slice,
                     .probe = (const Probe[]){
                         {.dim = {{4, 3, -1}}, .lo = -2, .hi = 2, .attr = &part},
                         {.dim = {{2, 4, 3, -1}}, .lo = -2, .hi = 2, .attr = &part},
                         {.dim = {{2, 3, -1}}, .lo = -2, .hi = 2, .attr = &mirrored},
                         {.lo = 0}}};
const Op op_slice_put = {
    .name = "slice_put",
    .arity = 2,
    .flags = OP_STRIDED,
    .shape = infer_slice_put,
    .run = run_slice_put,
    .slope = slope_slice_put,
    .probe = (const Probe[]){
        {.dim = {{4, 3, -1}, {2, 2, -1}}, .lo = -2, .hi = 2, .attr = &part},
        {.dim = {{2, 3, -1}, {2, 3, -1}}, .lo = -2, .hi = 2, .attr = &mirrored},
        {.lo = 0}}};
const Op op_concat = {
    .name = "concat",
    .arity = -1,
    .flags = OP_STRIDED,
    .shape = infer_concat,
    .run = run_concat,
    .slope = slope_concat,
    .probe = (const Probe[]){
        {.dim = {{2, -1}, {3, -1}}, .lo = -2, .hi = 2, .attr = &last, .n_in = 2},
        {.dim = {{2, 3, -1}, {1, 3, -1}, {0, 3, -1}},
         .hi = 2,
         .attr = &second,
         .n_in = 3},
        {.lo = 0}}};
