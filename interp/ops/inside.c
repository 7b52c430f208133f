/* SPDX-License-Identifier: MIT
 * Whether vectors and matrices lie in the supports that no single element can tell:
 * simplexes, ordered vectors, Cholesky factors, correlation and covariance matrices.
 * `inside` answers by event, `ensure` is its input and makes the run fail.
 */
#include "ops/ops_int.h"

#include <math.h>

static Fault fault(FaultKind kind, int64_t row, int64_t column, double x, double y)
{
    return (Fault){kind, row, column, x, y};
}

/* At k = 0 a vector is empty: nothing is wrong with it, but it does not sum to 1. */
static Fault simplex_fault(const double *x, int64_t k, double slack)
{
    double sum = 0;
    for (int64_t i = 0; i < k; i++) {
        if (!(x[i] >= 0 && x[i] <= 1)) return fault(FAULT_SHARE, i, 0, x[i], 0);
        sum += x[i];
    }
    if (!(fabs(sum - 1) <= 100 * slack)) return fault(FAULT_SUM, 0, 0, sum, 0);
    return fault(FAULT_NONE, 0, 0, 0, 0);
}

static Fault ordered_fault(const double *x, int64_t k)
{
    for (int64_t i = 0; i < k; i++) {
        if (!(x[i] - x[i] >= 0)) return fault(FAULT_FINITE, i, 0, x[i], 0);
        if (i && !(x[i] > x[i - 1])) return fault(FAULT_ORDER, i, 0, x[i - 1], x[i]);
    }
    return fault(FAULT_NONE, 0, 0, 0, 0);
}

static Fault cholesky_fault(const double *x, int64_t k)
{
    for (int64_t i = 0; i < k; i++)
        for (int64_t j = 0; j < k; j++) {
            double v = x[i * k + j];
            if (!(v - v >= 0)) return fault(FAULT_FINITE, i, j, v, 0);
            if (j > i && (v < 0 || v > 0)) return fault(FAULT_ABOVE, i, j, v, 0);
            if (j == i && v <= 0) return fault(FAULT_DIAGONAL, i, j, v, 0);
        }
    return fault(FAULT_NONE, 0, 0, 0, 0);
}

static Fault symmetric_fault(const double *x, int64_t k, bool unit, double slack)
{
    for (int64_t i = 0; i < k; i++) {
        double d = x[i * k + i];
        if (!(d > 0 && d - d >= 0)) return fault(FAULT_DIAGONAL, i, i, d, 0);
        if (unit && !(fabs(d - 1) <= slack)) return fault(FAULT_UNIT, i, i, d, 0);
        for (int64_t j = 0; j < i; j++) {
            double a = x[i * k + j], b = x[j * k + i];
            if (!(fabs(a - b) <= slack * sqrt(d * x[j * k + j])))
                return fault(FAULT_SYMMETRY, i, j, a, b);
        }
    }
    return fault(FAULT_NONE, 0, 0, 0, 0);
}

/* The row before i that it is most alike, and their correlation. */
static Fault alike_fault(const double *x, int64_t k, int64_t i)
{
    double most = 0;
    int64_t other = i;
    for (int64_t j = 0; j < i; j++) {
        double c = x[i * k + j] / (sqrt(x[i * k + i]) * sqrt(x[j * k + j]));
        if (fabs(c) <= fabs(most)) continue;
        most = c;
        other = j;
    }
    return fault(FAULT_DEFINITE, i, other, most, 0);
}

/* A factorization without square roots: the first pivot that is not positive. */
static Fault definite_fault(const double *x, int64_t k, double *work)
{
    memcpy(work, x, (size_t)(k * k) * sizeof *x);
    for (int64_t i = 0; i < k; i++) {
        double d = work[i * k + i];
        if (!(d > 0)) return alike_fault(x, k, i);
        for (int64_t r = i + 1; r < k; r++)
            for (int64_t c = i + 1; c <= r; c++)
                work[r * k + c] -= work[r * k + i] / d * work[c * k + i];
    }
    return fault(FAULT_NONE, 0, 0, 0, 0);
}

Fault support_fault(Support s, const double *x, int64_t k, double slack, double *work)
{
    if (s == SUPPORT_SIMPLEX) return simplex_fault(x, k, slack);
    if (s == SUPPORT_ORDERED) return ordered_fault(x, k);
    if (s == SUPPORT_CHOLESKY) return cholesky_fault(x, k);
    Fault f = symmetric_fault(x, k, s == SUPPORT_CORR, slack);
    return f.kind == FAULT_NONE ? definite_fault(x, k, work) : f;
}

/* ---- the ops ---- */

static Support wanted(const Node *n) { return (Support)n->attr->n; }

static bool infer_inside(Infer *c)
{
    const Shape *x = &c->in[0]->shape;
    int rank = support_rank((Support)c->attr->n);
    c->shape = *x;
    c->type = c->in[0]->type;
    if (!type_is_real(c->type) || rank == 0 || x->rank < rank ||
        (rank == 2 && x->dim[x->rank - 1] != x->dim[x->rank - 2])) {
        char s[SHAPE_TEXT];
        return infer_error(c, "%s%s holds no `%s`", type_name(c->type),
                           shape_text(s, c->graph->names, x, true),
                           support_name((Support)c->attr->n));
    }
    return true;
}

static bool infer_answer(Infer *c)
{
    if (!infer_inside(c)) return false;
    c->shape.rank -= support_rank((Support)c->attr->n);
    c->type = TYPE_BOOL;
    return true;
}

static bool infer_ensure(Infer *c)
{
    c->support = (Support)c->attr->n;
    return infer_inside(c);
}

static int64_t event_size(const Node *y)
{
    const Shape *x = &y->in[0]->shape;
    return x->dim[x->rank - 1];
}

static size_t scratch_inside(const Node *y)
{
    int64_t k = event_size(y);
    return (size_t)(support_rank(wanted(y)) == 2 ? 2 * k * k : k) * sizeof(double);
}

/* The fault of event number i of the input. */
static Fault event_fault(Run *r, int64_t i)
{
    const Node *y = r->node;
    int64_t k = event_size(y), n = support_rank(wanted(y)) == 2 ? k * k : k;
    const Buffer *x = &r->in[0];
    const void *in[1] = {(const char *)x->data + (size_t)(i * n) * type_size(x->type)};
    double *event = r->scratch;
    cast_kernel(x->type, TYPE_F64)(n, event, in);
    return support_fault(wanted(y), event, k,
                         x->type == TYPE_F32 ? SUPPORT_SLACK_F32 : SUPPORT_SLACK,
                         event + n);
}

static void run_inside(Run *r)
{
    int64_t count = buffer_count(&r->out);
    for (int64_t i = 0; i < count; i++)
        ((unsigned char *)r->out.data)[i] = event_fault(r, i).kind == FAULT_NONE;
}

static const char *outside_text(Support s)
{
    if (s == SUPPORT_SIMPLEX) return "the vector does not lie in its simplex";
    if (s == SUPPORT_ORDERED) return "the vector is not in increasing order";
    if (s == SUPPORT_CHOLESKY)
        return "the matrix is no Cholesky factor: lower triangular, with a positive "
               "diagonal";
    return s == SUPPORT_CORR ? "the matrix is no correlation matrix"
                             : "the matrix is not symmetric and positive definite";
}

static void run_ensure(Run *r)
{
    int64_t k = event_size(r->node), n = support_rank(wanted(r->node)) == 2 ? k * k : k,
            count = n ? buffer_count(&r->out) / n : 0;
    for (int64_t i = 0; i < count; i++)
        if (event_fault(r, i).kind != FAULT_NONE)
            r->error = outside_text(wanted(r->node));
    memcpy(r->out.data, r->in[0].data,
           (size_t)buffer_count(&r->out) * type_size(r->out.type));
}

static bool slope_ensure(Graph *g, Node *y, Node *dy, Node **dx)
{
    (void)g, (void)y;
    dx[0] = dy;
    return true;
}

static const Attr simplex = {.n = SUPPORT_SIMPLEX}, ordered = {.n = SUPPORT_ORDERED},
                  cov = {.n = SUPPORT_COV}, factor = {.n = SUPPORT_CHOLESKY};
static const Probe inside_probes[] = {
    {.dim = {{3, -1}}, .lo = 0, .hi = 1, .attr = &simplex},
    {.dim = {{4, 2, -1}}, .lo = -1, .hi = 1, .attr = &ordered},
    {.dim = {{2, 2, 2, -1}}, .lo = -1, .hi = 1, .attr = &cov},
    {.lo = 0},
};
static const Probe ensure_probes[] = {
    {.dim = {{1, 1, -1}}, .lo = 0.5, .hi = 2, .attr = &factor},
    {.dim = {{3, 1, 1, -1}}, .lo = 0.5, .hi = 2, .attr = &cov},
    {.lo = 0},
};

const Op op_inside = {.name = "inside",
                      .arity = 1,
                      .shape = infer_answer,
                      .scratch = scratch_inside,
                      .run = run_inside,
                      .probe = inside_probes};
const Op op_ensure = {.name = "ensure",
                      .arity = 1,
                      .shape = infer_ensure,
                      .scratch = scratch_inside,
                      .run = run_ensure,
                      .slope = slope_ensure,
                      .probe = ensure_probes};
