/* SPDX-License-Identifier: MIT
 * What pairs of rows of x[.., n, d] and z[.., m, d] give, without the n times m times d
 * differences: their squared distances, and the two sums that slopes of these are made
 * of, `pull` and `push`, of which each has the other two in its slope. Axes in front
 * broadcast.
 */
#include "ops/ops_int.h"

/* ---- shapes ---- */

/* The axes in front of all inputs, joined; behind them will be `rows` of input r and
 * its axis c from the end. */
static bool pair_shape(Infer *c, int n, int row_of, int column_of, int column)
{
    const Shape *first = &c->in[0]->shape;
    c->shape = *first;
    c->shape.rank -= 2;
    for (int i = 1; i < n; i++) {
        Shape so_far = c->shape;
        so_far.rank += 2;
        if (!shapes_join(&so_far, &c->in[i]->shape, &c->shape)) return false;
    }
    const Shape *row = &c->in[row_of]->shape, *col = &c->in[column_of]->shape;
    int r = c->shape.rank, i = row->rank - 2, j = col->rank + column;
    c->shape.rank = r + 2;
    c->shape.dim[r] = row->dim[i];
    c->shape.name[r] = row->name[i];
    c->shape.dim[r + 1] = col->dim[j];
    c->shape.name[r + 1] = col->name[j];
    return true;
}

static bool pair_types(Infer *c, int n)
{
    c->type = c->in[0]->type;
    for (int i = 0; i < n; i++) {
        if (c->in[i]->shape.rank < 2)
            return infer_error(c, "points are the rows of a matrix, real[N, D], not "
                                  "numbers of a vector; help: `column(x)` makes "
                                  "real[N, 1] of one");
        if (c->in[i]->type != c->type || !type_is_real(c->type))
            return infer_error(c, "distances between %s and %s",
                               type_name(c->in[0]->type), type_name(c->in[i]->type));
    }
    return true;
}

static bool infer_squared_distances(Infer *c)
{
    if (!pair_types(c, 2)) return false;
    const Shape *x = &c->in[0]->shape, *z = &c->in[1]->shape;
    c->support = SUPPORT_NONNEGATIVE;
    if (axes_meet(c->graph, x, x->rank - 1, z, z->rank - 1) &&
        pair_shape(c, 2, 0, 1, -2))
        return true;
    char s[SHAPE_TEXT], t[SHAPE_TEXT];
    return infer_error(c,
                       "distances between the rows of %s and %s: they have other "
                       "columns; help: take the same of both, such as `x[:, :2]`",
                       shape_text(s, c->graph->names, x, false),
                       shape_text(t, c->graph->names, z, false));
}

/* Of x, z and weights w[.., n, m]. */
static bool infer_pull(Infer *c)
{
    return pair_types(c, 3) && pair_shape(c, 3, 0, 0, -1);
}

/* Of g[.., n, d], x and z. */
static bool infer_push(Infer *c)
{
    return pair_types(c, 3) && pair_shape(c, 3, 0, 2, -2);
}

/* ---- runs ---- */

static const void *matrix_at(const Run *r, int k, int64_t i)
{
    const Buffer *x = &r->in[k];
    return (const char *)x->data +
           (size_t)matrix_offset(x, &r->out, i) * type_size(x->type);
}

static int64_t batches(const Buffer *y)
{
    int64_t n = 1;
    for (int i = 0; i < y->rank - 2; i++) n *= y->dim[i];
    return n;
}

/* Sizes of x and z, which are inputs number k and k + 1. */
typedef struct Pairs {
    int64_t n, m, d;
} Pairs;

static Pairs pairs_of(const Run *r, int k)
{
    const Buffer *x = &r->in[k], *z = &r->in[k + 1];
    return (Pairs){x->dim[x->rank - 2], z->dim[z->rank - 2], x->dim[x->rank - 1]};
}

static void *result_at(const Run *r, int64_t i)
{
    int64_t size = r->out.dim[r->out.rank - 2] * r->out.dim[r->out.rank - 1];
    return (char *)r->out.data + (size_t)(i * size) * type_size(r->out.type);
}

/* `first`: which input is x; g, where there is one, is the one before. */
static void run_pushed(const Run *r, int first)
{
    const PairLoops *loops = pair_loops();
    Pairs p = pairs_of(r, first);
    if (buffer_count(&r->out) == 0) return;
    for (int64_t i = 0; i < batches(&r->out); i++) {
        const void *g = first ? matrix_at(r, 0, i) : NULL;
        const void *x = matrix_at(r, first, i), *z = matrix_at(r, first + 1, i);
        if (r->out.type == TYPE_F64)
            loops->push_f64(p.n, p.m, p.d, g, x, z, result_at(r, i));
        else
            loops->push_f32(p.n, p.m, p.d, g, x, z, result_at(r, i));
    }
}

static void run_squared_distances(Run *r) { run_pushed(r, 0); }

static void run_push(Run *r) { run_pushed(r, 1); }

static void run_pull(Run *r)
{
    const PairLoops *loops = pair_loops();
    Pairs p = pairs_of(r, 0);
    if (buffer_count(&r->out) == 0) return;
    for (int64_t i = 0; i < batches(&r->out); i++) {
        const void *x = matrix_at(r, 0, i), *z = matrix_at(r, 1, i),
                   *w = matrix_at(r, 2, i);
        if (r->out.type == TYPE_F64)
            loops->pull_f64(p.n, p.m, p.d, x, z, w, result_at(r, i));
        else
            loops->pull_f32(p.n, p.m, p.d, x, z, w, result_at(r, i));
    }
}

/* ---- slopes ---- */

static Node *pull(Graph *g, Node *x, Node *z, Node *w)
{
    Node *in[3] = {x, z, w};
    return graph_node(g, &op_pull, in, 3, NULL);
}

static Node *push(Graph *g, Node *by, Node *x, Node *z)
{
    Node *in[3] = {by, x, z};
    return graph_node(g, &op_push, in, 3, NULL);
}

static Node *matmul(Graph *g, Node *a, Node *b)
{
    Node *in[2] = {a, b};
    return graph_node(g, &op_matmul, in, 2, NULL);
}

/* The slope in x, or, with z and x exchanged, in z: 2 times the pull of dy. */
static Node *slope_of_squares(Graph *g, Node *x, Node *z, Node *dy)
{
    Node *y =
        pull(g, x, z, op2(g, ELEM_mul, dy, graph_fill(g, dy->type, 2, &(Shape){0})));
    return op_sum_to(g, y, &x->shape);
}

static bool slope_squared_distances(Graph *g, Node *y, Node *dy, Node **dx)
{
    Node *x = y->in[0], *z = y->in[1];
    if (g->wanted[0] && !(dx[0] = slope_of_squares(g, x, z, dy))) return false;
    if (!g->wanted[1]) return true;
    return (dx[1] = slope_of_squares(g, z, x, op_transpose(g, dy))) != NULL;
}

/* x with axes of size 1 in front, up to a rank. */
static Node *lifted(Graph *g, Node *x, int rank)
{
    Shape s = x->shape;
    while (s.rank < rank) s = shape_prepend(&s, 1);
    return op_to_shape(g, x, &s);
}

/* Slopes of a sum over pairs of w (x - z) by: in x, by times the sum of w in its row;
 * in z, less the sum over x of w by. */
static bool slope_of_ends(Graph *g, Node *w, Node *by, Node *x, Node *z, bool want_x,
                          bool want_z, Node **dx, Node **dz)
{
    if (want_x) {
        Node *row = op_reduce(g, &op_sum, w, -1, true);
        if (!row) return false;
        int most = row->shape.rank > by->shape.rank ? row->shape.rank : by->shape.rank;
        Node *y = op2(g, ELEM_mul, lifted(g, by, most), lifted(g, row, most));
        *dx = op_sum_to(g, y, &x->shape);
        if (!*dx) return false;
    }
    if (!want_z) return true;
    Node *y = op1(g, ELEM_neg, matmul(g, op_transpose(g, w), by));
    return (*dz = op_sum_to(g, y, &z->shape)) != NULL;
}

static bool slope_pull(Graph *g, Node *y, Node *dy, Node **dx)
{
    Node *x = y->in[0], *z = y->in[1], *w = y->in[2];
    if (!slope_of_ends(g, w, dy, x, z, g->wanted[0], g->wanted[1], &dx[0], &dx[1]))
        return false;
    if (!g->wanted[2]) return true;
    return (dx[2] = op_sum_to(g, push(g, dy, x, z), &w->shape)) != NULL;
}

static bool slope_push(Graph *g, Node *y, Node *dy, Node **dx)
{
    Node *by = y->in[0], *x = y->in[1], *z = y->in[2];
    if (g->wanted[0] && !(dx[0] = op_sum_to(g, pull(g, x, z, dy), &by->shape)))
        return false;
    return slope_of_ends(g, dy, by, x, z, g->wanted[1], g->wanted[2], &dx[1], &dx[2]);
}

static const Probe squared_probes[] = {
    {.dim = {{3, 2, -1}, {4, 2, -1}}, .lo = -2, .hi = 2},
    {.dim = {{1, 1, -1}, {9, 1, -1}}, .lo = -2, .hi = 2},
    {.dim = {{5, 3, -1}, {1, 3, -1}}, .lo = -2, .hi = 2},
    {.dim = {{2, 3, 2, -1}, {4, 2, -1}}, .lo = -2, .hi = 2},
    {.dim = {{2, 5, -1}, {3, 2, 5, -1}}, .lo = -2, .hi = 2},
    {.dim = {{1, 2, 2, -1}, {2, 3, 2, -1}}, .lo = -2, .hi = 2},
    {.dim = {{2, 0, -1}, {3, 0, -1}}, .lo = -2, .hi = 2},
    {.dim = {{0, 2, -1}, {3, 2, -1}}, .lo = -2, .hi = 2},
    {.lo = 0},
};
static const Probe pull_probes[] = {
    {.dim = {{3, 2, -1}, {4, 2, -1}, {3, 4, -1}}, .lo = -2, .hi = 2},
    {.dim = {{5, 1, -1}, {9, 1, -1}, {5, 9, -1}}, .lo = -2, .hi = 2},
    {.dim = {{2, 3, 5, -1}, {4, 5, -1}, {2, 3, 4, -1}}, .lo = -2, .hi = 2},
    {.dim = {{2, 2, -1}, {0, 2, -1}, {2, 0, -1}}, .lo = -2, .hi = 2},
    {.lo = 0},
};
static const Probe push_probes[] = {
    {.dim = {{3, 2, -1}, {3, 2, -1}, {4, 2, -1}}, .lo = -2, .hi = 2},
    {.dim = {{2, 5, 1, -1}, {5, 1, -1}, {9, 1, -1}}, .lo = -2, .hi = 2},
    {.dim = {{3, 5, -1}, {2, 3, 5, -1}, {4, 5, -1}}, .lo = -2, .hi = 2},
    {.lo = 0},
};

const Op op_squared_distances = {.name = "squared_distances",
                                 .arity = 2,
                                 .shape = infer_squared_distances,
                                 .run = run_squared_distances,
                                 .slope = slope_squared_distances,
                                 .batch = batch_in_front,
                                 .probe = squared_probes};
/* y[n, d] = the sum over j of w[i, j] (x[i] - z[j]). */
const Op op_pull = {.name = "pull",
                    .arity = 3,
                    .shape = infer_pull,
                    .run = run_pull,
                    .slope = slope_pull,
                    .batch = batch_in_front,
                    .probe = pull_probes};
/* y[n, m] = the product of g[i] with x[i] - z[j]. */
const Op op_push = {.name = "push",
                    .arity = 3,
                    .shape = infer_push,
                    .run = run_push,
                    .slope = slope_push,
                    .batch = batch_in_front,
                    .probe = push_probes};
