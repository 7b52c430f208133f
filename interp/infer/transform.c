/* SPDX-License-Identifier: MIT
 * Changes of variables from unconstrained numbers to vectors and matrices of a support,
 * with log |det| of their slopes: Stan Reference Manual, chapter 10 (versions before
 * 2.37 for simplexes: stick-breaking). All are graph nodes along the last axis, so they
 * have slopes and a draw axis; free numbers of 0 are the simplex of equal parts, 0, 1,
 * 2, … in order, and the identity matrix.
 */
#include "infer_int.h"

#include <math.h>
#include <string.h>

int64_t transform_count(Support s, int64_t k)
{
    switch (s) {
    case SUPPORT_SIMPLEX: return k > 0 ? size_sub(k, 1) : 0;
    case SUPPORT_CORR: return size_div(size_mul(k, size_sub(k, 1)), 2);
    case SUPPORT_CHOLESKY:
    case SUPPORT_COV: return size_div(size_mul(k, size_add(k, 1)), 2);
    case SUPPORT_ANY:
    case SUPPORT_NONNEGATIVE:
    case SUPPORT_POSITIVE:
    case SUPPORT_UNIT:
    case SUPPORT_NEGATIVE:
    case SUPPORT_ORDERED:
    case SUPPORT_COUNT:
    default: return k;
    }
}

Shape transform_free_shape(Support s, const Shape *shape)
{
    Shape f = *shape;
    int rank = support_rank(s);
    if (rank == 0) return f;
    f.rank -= rank - 1;
    f.dim[f.rank - 1] = transform_count(s, shape->dim[shape->rank - 1]);
    f.name[f.rank - 1] = 0;
    return f;
}

/* ---- constants along the last axis ---- */

static double *numbers(Graph *g, int64_t n)
{
    return arena_take(&g->arena, (size_t)(n + 1) * sizeof(double));
}

static Node *vector(Graph *g, int64_t n, const double *x)
{
    Shape s = shape_of(1, &n);
    return graph_constant(g, TYPE_F64, &s, x);
}

static int64_t last_size(const Node *x) { return x->shape.dim[x->shape.rank - 1]; }

static Node *joined(Graph *g, Node *a, Node *b)
{
    Node *in[2] = {a, b};
    Attr attr = {.axis = -1};
    return a && b ? graph_node(g, &op_concat, in, 2, &attr) : NULL;
}

/* A column of zeros to stand beside x. */
static Node *zeros_beside(Graph *g, const Node *x)
{
    Shape s = x->shape;
    s.dim[s.rank - 1] = 1;
    s.name[s.rank - 1] = 0;
    return graph_fill(g, TYPE_F64, 0, &s);
}

static Node *sum_last(Graph *g, Node *x) { return op_reduce(g, &op_sum, x, -1, false); }

static Node *running_sum(Graph *g, Node *x)
{
    Attr attr = {.axis = -1};
    return x ? graph_node(g, &op_cumsum, &x, 1, &attr) : NULL;
}

/* ---- simplex: stick-breaking ---- */

/* logs of z = sigmoid(y + log(1 / (K - k))), the share that is broken off what is left,
 * and the running sums of log(1 - z), what is left afterwards. */
static Node *stick(Graph *g, Node *y, Node **left)
{
    int64_t n = last_size(y);
    double *offset = numbers(g, n);
    for (int64_t i = 0; i < n; i++) offset[i] = -log((double)(n - i));
    Node *at = op2(g, ELEM_add, y, vector(g, n, offset));
    *left = running_sum(g, op1(g, ELEM_log_sigmoid, op1(g, ELEM_neg, at)));
    return op1(g, ELEM_log_sigmoid, at);
}

static Node *simplex(Graph *g, Node *y)
{
    Node *left, *share = stick(g, y, &left), *zero = zeros_beside(g, y);
    return op1(g, ELEM_exp,
               op2(g, ELEM_add, joined(g, share, zero), joined(g, zero, left)));
}

static Node *simplex_log_slope(Graph *g, Node *y)
{
    Node *left, *share = stick(g, y, &left);
    return sum_last(g, op2(g, ELEM_add, share, left));
}

/* ---- ordered ---- */

static Node *steps(Graph *g, Node *y)
{
    return op_slice_axis(g, y, -1, 1, last_size(y), 1);
}

static Node *ordered(Graph *g, Node *y)
{
    if (last_size(y) == 0) return y;
    return running_sum(
        g, joined(g, op_slice_axis(g, y, -1, 0, 1, 1), op1(g, ELEM_exp, steps(g, y))));
}

/* ---- matrices: lower triangles, row by row ---- */

static Node *taken(Graph *g, Node *x, int64_t n, const int64_t *index)
{
    Shape s = shape_of(1, &n);
    Node *in[2] = {x, graph_constant(g, TYPE_I64, &s, index)};
    Attr attr = {.axis = -1};
    return x ? graph_node(g, &op_take, in, 2, &attr) : NULL;
}

static int64_t *places(Graph *g, int64_t n)
{
    return arena_take(&g->arena, (size_t)(n + 1) * sizeof(int64_t));
}

/* y[.., n] as the lower triangles of [.., k, k], zero above. y has no diagonal, which
 * is zero, or has one in whose place the numbers `on` stand. */
static Node *triangle(Graph *g, Node *y, Node *on, int64_t k)
{
    int64_t n = last_size(y), zero = on ? n + k : n, at = 0, *index = places(g, k * k);
    for (int64_t r = 0; r < k; r++, at += on != NULL)
        for (int64_t c = 0; c < k; c++)
            index[r * k + c] = c < r ? at++ : c == r && on ? n + r : zero;
    Shape square = y->shape;
    square.dim[square.rank - 1] = square.dim[square.rank] = k;
    square.name[square.rank - 1] = square.name[square.rank] = 0;
    square.rank++;
    Node *all = joined(g, on ? joined(g, y, on) : y, zeros_beside(g, y));
    Node *t = taken(g, all, k * k, index);
    return t ? op_to_shape(g, t, &square) : NULL;
}

static Node *identity(Graph *g, int64_t k)
{
    double *eye = numbers(g, k * k);
    for (int64_t i = 0; i < k; i++) eye[i * k + i] = 1;
    Shape s = shape_of(2, (int64_t[]){k, k});
    return graph_constant(g, TYPE_F64, &s, eye);
}

/* The diagonal is exp of its free numbers. */
static Node *factor(Graph *g, Node *y, int64_t k)
{
    int64_t *index = places(g, k);
    for (int64_t r = 0; r < k; r++) index[r] = r * (r + 3) / 2;
    Node *on = op1(g, ELEM_exp, taken(g, y, k, index));
    return on ? triangle(g, y, on, k) : NULL;
}

/* log sqrt(1 - tanh²(y)) */
static Node *log_sech(Graph *g, Node *y)
{
    Node *two = op2(g, ELEM_mul, y, graph_real(g, 2));
    return op2(g, ELEM_sub, op2(g, ELEM_add, y, graph_real(g, log(2))),
               op1(g, ELEM_softplus, two));
}

/* The factor of a correlation matrix from partial correlations tanh(y): in its row each
 * is the share of the length that those before it leave. */
static Node *corr_factor(Graph *g, Node *y, int64_t k)
{
    Node *t = triangle(g, y, NULL, k);
    Node *own = log_sech(g, t);
    if (!own) return NULL;
    Node *left = op2(g, ELEM_sub, running_sum(g, own), own);
    return op2(g, ELEM_mul, op2(g, ELEM_add, op1(g, ELEM_tanh, t), identity(g, k)),
               op1(g, ELEM_exp, left));
}

/* Σ weight · x over the triangle's free numbers. */
static Node *weighted_sum(Graph *g, Node *x, Support s, int64_t k)
{
    bool diagonal = s != SUPPORT_CORR;
    double *w = numbers(g, last_size(x));
    int64_t at = 0;
    for (int64_t r = 0; r < k; r++)
        for (int64_t c = 0; c < r + diagonal; c++) {
            double own = s == SUPPORT_COV ? (double)(k - c + 1) : 1;
            w[at++] = s == SUPPORT_CORR ? (double)(k - c) : c == r ? own : 0;
        }
    return sum_last(g, op2(g, ELEM_mul, x, vector(g, at, w)));
}

/* ---- the door ---- */

/* Names of the site's axes, and what is known of the numbers. */
static Node *finished(Graph *g, Node *x, Support s, const Shape *shape)
{
    x = op_to_shape(g, x, shape);
    if (x) x->support = s;
    return x;
}

Node *transform_constrain(Graph *g, Support s, const Shape *shape, Node *free)
{
    if (!free) return NULL;
    int64_t k = shape->dim[shape->rank - 1];
    if (s == SUPPORT_SIMPLEX) return finished(g, simplex(g, free), s, shape);
    if (s == SUPPORT_ORDERED) return finished(g, ordered(g, free), s, shape);
    Node *l = s == SUPPORT_CORR ? corr_factor(g, free, k) : factor(g, free, k);
    l = finished(g, l, SUPPORT_CHOLESKY, shape);
    if (!l || s == SUPPORT_CHOLESKY) return l;
    return finished(g, op_dot(g, l, op_transpose(g, l)), s, shape);
}

Node *transform_log_slope(Graph *g, Support s, const Shape *shape, Node *free)
{
    if (!free) return NULL;
    int64_t k = shape->dim[shape->rank - 1];
    if (s == SUPPORT_SIMPLEX) return simplex_log_slope(g, free);
    if (s == SUPPORT_ORDERED)
        return k ? sum_last(g, steps(g, free)) : sum_last(g, free);
    if (s == SUPPORT_CORR) return weighted_sum(g, log_sech(g, free), s, k);
    Node *sum = weighted_sum(g, free, s, k);
    return s == SUPPORT_COV ? op2(g, ELEM_add, sum, graph_real(g, (double)k * log(2)))
                            : sum;
}

/* ---- inverses, on numbers ---- */

static void simplex_free(const double *x, int64_t k, double *free)
{
    double left = k ? x[k - 1] : 0;
    for (int64_t i = k - 2; i >= 0; i--) {
        free[i] = log(x[i]) - log(left) + log((double)(k - 1 - i));
        left += x[i];
    }
}

static void ordered_free(const double *x, int64_t k, double *free)
{
    for (int64_t i = 0; i < k; i++) free[i] = i ? log(x[i] - x[i - 1]) : x[0];
}

/* The lower factor of x, in place; work as the caller checked it: positive definite. */
static void lower_factor(double *x, int64_t k)
{
    for (int64_t r = 0; r < k; r++)
        for (int64_t c = 0; c <= r; c++) {
            double s = x[r * k + c];
            for (int64_t p = 0; p < c; p++) s -= x[r * k + p] * x[c * k + p];
            x[r * k + c] = r == c ? sqrt(s) : s / x[c * k + c];
        }
}

static void corr_free(const double *l, int64_t k, double *free)
{
    int64_t at = 0;
    for (int64_t r = 0; r < k; r++) {
        double left = l[r * k + r] * l[r * k + r];
        for (int64_t c = r - 1; c >= 0; c--) {
            left += l[r * k + c] * l[r * k + c];
            free[at + c] = atanh(l[r * k + c] / sqrt(left));
        }
        at += r;
    }
}

static void factor_free(const double *l, int64_t k, double *free)
{
    for (int64_t r = 0, at = 0; r < k; r++)
        for (int64_t c = 0; c <= r; c++)
            free[at++] = c == r ? log(l[r * k + c]) : l[r * k + c];
}

void transform_free(Support s, const double *x, int64_t k, double *work, double *free)
{
    if (s == SUPPORT_SIMPLEX) {
        simplex_free(x, k, free);
        return;
    }
    if (s == SUPPORT_ORDERED) {
        ordered_free(x, k, free);
        return;
    }
    memcpy(work, x, (size_t)(k * k) * sizeof *x);
    if (s != SUPPORT_CHOLESKY) lower_factor(work, k);
    if (s == SUPPORT_CORR)
        corr_free(work, k, free);
    else
        factor_free(work, k, free);
}
