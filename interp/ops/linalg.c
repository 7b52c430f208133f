/* SPDX-License-Identifier: MIT
 * Cholesky factors, triangular and general systems, inverses and log determinants of
 * square matrices on the last two axes. Computed in double; a matrix that cannot be
 * worked on makes the run fail. Slopes are closed forms.
 */
#include "ops/ops_int.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>

static const char singular[] = "the matrix is singular";

/* ---- on dense row-major doubles ---- */

enum { LEAF = 24 }; /* to this size elimination by hand is quicker than a call */

/* Gaussian elimination with row exchanges on a[n, n], done to b[n, k] too. Answers the
 * log of the determinant's size, −inf where it is 0, and the determinant itself. */
static double eliminate_leaf(double *a, int64_t n, double *b, int64_t k, double *det)
{
    double log_size = 0;
    *det = 1;
    for (int64_t i = 0; i < n; i++) {
        int64_t best = i;
        for (int64_t r = i + 1; r < n; r++)
            if (fabs(a[r * n + i]) > fabs(a[best * n + i])) best = r;
        for (int64_t c = 0; c < n && best != i; c++) {
            double x = a[i * n + c];
            a[i * n + c] = a[best * n + c];
            a[best * n + c] = x;
        }
        for (int64_t c = 0; c < k && best != i; c++) {
            double x = b[i * k + c];
            b[i * k + c] = b[best * k + c];
            b[best * k + c] = x;
        }
        double d = a[i * n + i];
        log_size += log(fabs(d));
        *det *= best == i ? d : -d;
        if (!(d < 0 || d > 0)) return log_size;
        for (int64_t r = i + 1; r < n; r++) {
            double f = a[r * n + i] / d;
            for (int64_t c = i + 1; c < n; c++) a[r * n + c] -= f * a[i * n + c];
            for (int64_t c = 0; c < k; c++) b[r * k + c] -= f * b[i * k + c];
        }
    }
    return log_size;
}

/* The same without b, of any size; pivot[n] is for what solves with a afterwards. */
static double eliminate(double *a, int64_t n, int *pivot, double *det)
{
    double log_size = 0;
    *det = 1;
    if (n <= LEAF || n > INT_MAX) return eliminate_leaf(a, n, NULL, 0, det);
    bool whole = blas_eliminate_f64(n, a, pivot);
    for (int64_t i = 0; i < n; i++) {
        double d = a[i * n + i];
        log_size += log(fabs(d));
        *det *= pivot[i] == i + 1 ? d : -d;
    }
    if (whole) return log_size;
    *det = 0;
    return -HUGE_VAL;
}

static bool solve(double *a, int64_t n, double *b, int64_t k, int *pivot)
{
    double det, log_size;
    if (n > LEAF && n <= INT_MAX && k <= INT_MAX) {
        log_size = eliminate(a, n, pivot, &det);
        if (log_size - log_size != 0) return false;
        blas_eliminated_solve_f64(n, k, a, pivot, b);
        return true;
    }
    log_size = eliminate_leaf(a, n, b, k, &det);
    if (log_size - log_size != 0) return false;
    for (int64_t i = n - 1; i >= 0; i--) {
        for (int64_t p = i + 1; p < n; p++)
            for (int64_t c = 0; c < k; c++) b[i * k + c] -= a[i * n + p] * b[p * k + c];
        for (int64_t c = 0; c < k; c++) b[i * k + c] /= a[i * n + i];
    }
    return true;
}

/* ---- runs ---- */

/* Matrix number i of n numbers, as doubles; and back. */
static void load(const Buffer *x, int64_t i, int64_t n, double *to)
{
    const void *in[1] = {(const char *)x->data + (size_t)(i * n) * type_size(x->type)};
    cast_kernel(x->type, TYPE_F64)(n, to, in);
}

static void store(const Buffer *y, int64_t i, int64_t n, const double *from)
{
    const void *in[1] = {from};
    cast_kernel(TYPE_F64,
                y->type)(n, (char *)y->data + (size_t)(i * n) * type_size(y->type), in);
}

enum { WHY = 200 }; /* bytes of a reason */

/* Sizes of one problem: a is [n, n], the right side [n, k]; how many there are. */
typedef struct Sizes {
    int64_t n, k, count;
} Sizes;

static Sizes sizes(const Node *y)
{
    const Shape *a = &y->in[0]->shape;
    Sizes s = {.n = a->dim[a->rank - 1], .count = 1};
    for (int i = 0; i < a->rank - 2; i++) s.count *= a->dim[i];
    if (y->n_in == 2) s.k = y->in[1]->shape.dim[y->in[1]->shape.rank - 1];
    return s;
}

static size_t scratch_square(const Node *y)
{
    Sizes s = sizes(y);
    int64_t wide = s.k > s.n ? s.k : s.n;
    return (size_t)(s.n * s.n + s.n * wide + s.n) * sizeof(double);
}

/* Results are made in their place where that holds doubles. */
static size_t scratch_lower(const Node *y)
{
    Sizes s = sizes(y);
    bool narrow = y->type != TYPE_F64;
    int64_t most = s.n * s.n + (narrow ? s.n * (s.k > s.n ? s.k : s.n) : 0);
    return (size_t)most * sizeof(double) + WHY;
}

static double *place_of(const Run *r, int64_t i, int64_t n, double *spare)
{
    return r->out.type == TYPE_F64 ? (double *)r->out.data + i * n : spare;
}

static void keep_place(const Run *r, int64_t i, int64_t n, const double *made)
{
    if (r->out.type != TYPE_F64) store(&r->out, i, n, made);
}

/* Tiles of a matrix that is read by columns too. */
enum { TILE = 32 };

/* The lower half becomes the mean of both, or, where `mirror`, both become half of the
 * lower one, and the diagonal stays. */
static void symmetrize(double *a, int64_t n, bool mirror)
{
    for (int64_t i = 0; i < n; i += TILE)
        for (int64_t j = 0; j <= i; j += TILE)
            for (int64_t p = i; p < n && p < i + TILE; p++)
                for (int64_t q = j; q < p && q < j + TILE; q++) {
                    double *low = a + p * n + q, *high = a + q * n + p;
                    *low = (mirror ? *low : *low + *high) / 2;
                    if (mirror) *high = *low;
                }
}

/* Why the symmetric a[n, n] is not positive definite, whose factor ended at a row: the
 * row before it that it is most alike. */
static const char *why_not(const double *a, int64_t n, int64_t row, char *text)
{
    static const char what[] = "the matrix is not positive definite";
    double d = a[row * n + row], most = 0;
    int64_t other = 0;
    for (int64_t j = 0; j < row && d > 0; j++) {
        double c =
            (a[row * n + j] + a[j * n + row]) / 2 / (sqrt(d) * sqrt(a[j * n + j]));
        if (fabs(c) <= fabs(most)) continue;
        most = c;
        other = j;
    }
    if (most < 0 || most > 0)
        snprintf(text, WHY,
                 "%s: rows %lld and %lld, counted from 0, have correlation %.8g%s",
                 what, (long long)other, (long long)row, most,
                 fabs(most) > 1 + 1e-9 ? ""
                 : fabs(most) > 0.9    ? "; drop one, or add to the diagonal (noise)"
                                       : ", and the second depends on those before it");
    else
        snprintf(text, WHY, "%s: number %lld of its diagonal, counted from 0, is %g",
                 what, (long long)row, d);
    return text;
}

/* The first row of the factor l of a[n, n] whose pivot is but rounding of what it was
 * taken from, as it is where a row depends on those before it; or -1. */
static int64_t rounded_away(const Buffer *x, int64_t i, const double *l, int64_t n)
{
    double least = 4 * sqrt((double)n) * DBL_EPSILON;
    for (int64_t k = 0; k < n; k++) {
        size_t at = (size_t)(i * n * n + k * n + k);
        double a = x->type == TYPE_F64 ? ((const double *)x->data)[at]
                                       : (double)((const float *)x->data)[at];
        if (l[k * n + k] * l[k * n + k] <= least * a) return k;
    }
    return -1;
}

static void run_cholesky(Run *r)
{
    Sizes s = sizes(r->node);
    int64_t n = s.n * s.n;
    double *spare = r->scratch;
    for (int64_t i = 0; i < s.count; i++) {
        double *a = place_of(r, i, n, spare);
        load(&r->in[0], i, n, a);
        symmetrize(a, s.n, false);
        int64_t row = triangle_factor(a, s.n);
        if (row < 0) row = rounded_away(&r->in[0], i, a, s.n);
        if (row >= 0) {
            load(&r->in[0], i, n, spare);
            r->error = why_not(spare, s.n, row, (char *)(spare + n));
            return;
        }
        keep_place(r, i, n, a);
    }
}

/* Of l and the slopes in it, those in l lᵀ. */
static void run_cholesky_slope(Run *r)
{
    Sizes s = sizes(r->node);
    int64_t n = s.n * s.n;
    double *l = r->scratch, *spare = l + n;
    for (int64_t i = 0; i < s.count; i++) {
        double *d = place_of(r, i, n, spare);
        load(&r->in[0], i, n, l);
        load(&r->in[1], i, n, d);
        triangle_factor_slope(l, d, s.n);
        symmetrize(d, s.n, true);
        keep_place(r, i, n, d);
    }
}

static void run_tri_solve(Run *r)
{
    Sizes s = sizes(r->node);
    double *l = r->scratch, *spare = l + s.n * s.n;
    for (int64_t i = 0; i < s.count; i++) {
        double *b = place_of(r, i, s.n * s.k, spare);
        load(&r->in[0], i, s.n * s.n, l);
        load(&r->in[1], i, s.n * s.k, b);
        if (!triangle_solve(l, r->node->attr->n, s.n, b, s.k)) {
            r->error = singular;
            return;
        }
        keep_place(r, i, s.n * s.k, b);
    }
}

static void run_solve(Run *r)
{
    Sizes s = sizes(r->node);
    double *a = r->scratch, *b = a + s.n * s.n;
    for (int64_t i = 0; i < s.count; i++) {
        load(&r->in[0], i, s.n * s.n, a);
        load(&r->in[1], i, s.n * s.k, b);
        if (!solve(a, s.n, b, s.k, (int *)(b + s.n * s.k))) {
            r->error = singular;
            return;
        }
        store(&r->out, i, s.n * s.k, b);
    }
}

static void run_inverse(Run *r)
{
    Sizes s = sizes(r->node);
    double *a = r->scratch, *b = a + s.n * s.n;
    for (int64_t i = 0; i < s.count; i++) {
        load(&r->in[0], i, s.n * s.n, a);
        memset(b, 0, (size_t)(s.n * s.n) * sizeof *b);
        for (int64_t p = 0; p < s.n; p++) b[p * s.n + p] = 1;
        if (!solve(a, s.n, b, s.n, (int *)(b + s.n * s.n))) {
            r->error = singular;
            return;
        }
        store(&r->out, i, s.n * s.n, b);
    }
}

static void run_logdet(Run *r)
{
    Sizes s = sizes(r->node);
    double *a = r->scratch;
    for (int64_t i = 0; i < s.count; i++) {
        load(&r->in[0], i, s.n * s.n, a);
        double det, y = eliminate(a, s.n, (int *)(a + s.n * s.n), &det);
        store(&r->out, i, 1, &y);
    }
}

static void run_det(Run *r)
{
    Sizes s = sizes(r->node);
    double *a = r->scratch;
    for (int64_t i = 0; i < s.count; i++) {
        double y;
        load(&r->in[0], i, s.n * s.n, a);
        eliminate(a, s.n, (int *)(a + s.n * s.n), &y);
        store(&r->out, i, 1, &y);
    }
}

/* ---- shapes ---- */

static bool square(Infer *c)
{
    const Shape *a = &c->in[0]->shape;
    c->type = c->in[0]->type;
    c->shape = *a;
    if (type_is_real(c->type) && a->rank >= 2 &&
        size_meet(a->dim[a->rank - 1], a->dim[a->rank - 2]) != SIZE_DIFFERENT)
        return true;
    char s[SHAPE_TEXT];
    return infer_error(c, "a square matrix of reals is due here, not %s%s",
                       type_name(c->type), shape_text(s, c->graph->names, a, true));
}

static bool infer_cholesky(Infer *c)
{
    c->support = SUPPORT_CHOLESKY;
    return square(c);
}

static bool infer_system(Infer *c)
{
    const Shape *a = &c->in[0]->shape, *b = &c->in[1]->shape;
    if (!square(c)) return false;
    c->shape = *b;
    bool fit = a->rank == b->rank && c->in[1]->type == c->type;
    for (int i = 0; i < a->rank - 1 && fit; i++) fit = axes_meet(c->graph, a, i, b, i);
    if (fit) return true;
    char s[SHAPE_TEXT], t[SHAPE_TEXT];
    return infer_error(c, "a system of shape %s does not fit a right side of shape %s",
                       shape_text(s, c->graph->names, a, true),
                       shape_text(t, c->graph->names, b, true));
}

static bool infer_cholesky_slope(Infer *c)
{
    if (!square(c)) return false;
    return (c->in[1]->type == c->type &&
            shape_same(&c->in[0]->shape, &c->in[1]->shape)) ||
           infer_error(c, "the slope in a factor has another shape");
}

static bool infer_logdet(Infer *c)
{
    if (!square(c)) return false;
    c->shape.rank -= 2;
    return true;
}

/* ---- slopes ---- */

static Node *mul_matrix(Graph *g, Node *a, Node *b)
{
    Node *in[2] = {a, b};
    return graph_node(g, &op_matmul, in, 2, NULL);
}

static Node *solve_lower(Graph *g, Node *l, Node *b, bool transposed)
{
    Attr a = attr_none();
    a.n = transposed;
    Node *in[2] = {l, b};
    return graph_node(g, &op_tri_solve, in, 2, &a);
}

/* x with these axes in front of its last two. */
static Node *with_batch(Graph *g, Node *x, const Shape *batch)
{
    Shape s = *batch;
    for (int i = 2; i > 0; i--) {
        s.name[s.rank] = x->shape.name[x->shape.rank - i];
        s.dim[s.rank++] = x->shape.dim[x->shape.rank - i];
    }
    return op_broadcast(g, x, &s);
}

/* b has `extra` axes in front of those of l: they become columns. */
static Node *solve_folded(Graph *g, Node *l, Node *b, int extra)
{
    int r = b->shape.rank, lead = l->shape.rank - 2;
    Attr a = attr_none(), back = attr_none();
    int64_t many = b->shape.dim[r - 1];
    for (int i = 0; i <= lead; i++) a.perm[i] = extra + i;
    for (int i = 0; i < extra; i++) {
        a.perm[lead + 1 + i] = i;
        many = size_mul(many, b->shape.dim[i]);
    }
    a.perm[r - 1] = r - 1;
    for (int i = 0; i < r; i++) back.perm[a.perm[i]] = i;
    Node *turned = graph_node(g, &op_permute, &b, 1, &a);
    if (!turned) return NULL;
    Shape open = turned->shape, wide = turned->shape;
    wide.rank = lead + 2;
    wide.dim[lead + 1] = many;
    wide.name[lead + 1] = 0;
    Node *y =
        op_to_shape(g, solve_lower(g, l, op_to_shape(g, turned, &wide), false), &open);
    return y ? graph_node(g, &op_permute, &y, 1, &back) : NULL;
}

Node *op_cholesky_of(Graph *g, Node *a)
{
    if (!a) return NULL;
    const Node *b = a->op == &op_matmul ? a->in[1] : NULL;
    int r = b ? b->shape.rank : 0;
    if (b && a->in[0]->support == SUPPORT_CHOLESKY && b->op == &op_permute &&
        b->in[0] == a->in[0] && b->attr->perm[r - 1] == r - 2)
        return a->in[0];
    return graph_node(g, &op_cholesky, &a, 1, NULL);
}

Node *op_solve_lower(Graph *g, Node *l, Node *b)
{
    if (!l || !b) return NULL;
    int lead = l->shape.rank - 2, extra = b->shape.rank - l->shape.rank;
    bool fold = extra > 0;
    for (int i = 0; i < lead && fold; i++)
        fold = l->shape.dim[i] == b->shape.dim[extra + i];
    if (fold) return solve_folded(g, l, b, extra);
    Shape batch = shape_of(lead, l->shape.dim), of_b = b->shape, both;
    of_b.rank -= 2;
    if (extra < -lead || !shape_broadcast_sizes(&of_b, &batch, &both))
        return solve_lower(g, l, b, false);
    return solve_lower(g, with_batch(g, l, &both), with_batch(g, b, &both), false);
}

/* The lower triangle of x, its diagonal times `diagonal`. */
static Node *lower(Graph *g, Node *x, double diagonal)
{
    if (!x) return NULL;
    Attr a = attr_none();
    a.n = x->shape.dim[x->shape.rank - 1];
    a.type = TYPE_I64;
    Node *count = graph_node(g, &op_iota, NULL, 0, &a);
    Shape row = shape_of(2, (int64_t[]){1, a.n}),
          column = shape_of(2, (int64_t[]){a.n, 1});
    Node *i = op_to_shape(g, count, &column), *j = op_to_shape(g, count, &row);
    Node *on = op2(g, ELEM_mul, x, op_number_like(g, x, diagonal));
    Node *rest = op3(g, ELEM_where, op2(g, ELEM_eq, i, j), on, op_number_like(g, x, 0));
    return op3(g, ELEM_where, op2(g, ELEM_gt, i, j), x, rest);
}

static Node *turn_solve(Graph *g, Node *l, Node *x, bool transposed)
{
    return op_transpose(g, solve_lower(g, l, op_transpose(g, x), transposed));
}

static Node *symmetric(Graph *g, Node *x)
{
    Node *both = op2(g, ELEM_add, x, op_transpose(g, x));
    return both ? op2(g, ELEM_mul, both, op_number_like(g, both, 0.5)) : NULL;
}

static bool slope_cholesky(Graph *g, Node *y, Node *dy, Node **dx)
{
    Node *in[2] = {y, dy};
    dx[0] = graph_node(g, &op_cholesky_slope, in, 2, NULL);
    return dx[0] != NULL;
}

/* Of y, the symmetric part of l⁻ᵀ p l⁻¹ for p = Φ(lᵀ d) (Murray 2016, eq. 10), Φ being
 * the lower half with half of the diagonal. With s, the symmetric part of the slope in
 * y, and q = Φ(l⁻¹ s l⁻ᵀ), the slope in d is l q, and in l, −2 y s l⁻ᵀ + d qᵀ. */
static bool slope_cholesky_slope(Graph *g, Node *y, Node *dy, Node **dx)
{
    Node *l = y->in[0], *d = lower(g, y->in[1], 1), *s = symmetric(g, dy);
    Node *q = lower(g, turn_solve(g, l, solve_lower(g, l, s, false), false), 0.5);
    dx[1] = lower(g, mul_matrix(g, lower(g, l, 1), q), 1);
    Node *first = turn_solve(g, l, mul_matrix(g, y, s), false);
    if (!first) return false;
    first = op2(g, ELEM_mul, first, op_number_like(g, first, -2));
    dx[0] = lower(g, op2(g, ELEM_add, first, mul_matrix(g, d, op_transpose(g, q))), 1);
    return dx[0] != NULL;
}

static bool slope_tri_solve(Graph *g, Node *y, Node *dy, Node **dx)
{
    bool transposed = y->attr->n != 0;
    Node *db = solve_lower(g, y->in[0], dy, !transposed);
    dx[1] = db;
    if (!db || !g->wanted[0]) return db != NULL;
    Node *left = transposed ? y : db, *right = transposed ? db : y;
    dx[0] = lower(g, op1(g, ELEM_neg, mul_matrix(g, left, op_transpose(g, right))), 1);
    return dx[0] != NULL;
}

static bool slope_solve(Graph *g, Node *y, Node *dy, Node **dx)
{
    Node *in[2] = {op_transpose(g, y->in[0]), dy};
    Node *db = graph_node(g, &op_solve, in, 2, NULL);
    dx[1] = db;
    if (!db || !g->wanted[0]) return db != NULL;
    dx[0] = op1(g, ELEM_neg, mul_matrix(g, db, op_transpose(g, y)));
    return dx[0] != NULL;
}

static bool slope_inverse(Graph *g, Node *y, Node *dy, Node **dx)
{
    Node *t = op_transpose(g, y);
    dx[0] = op1(g, ELEM_neg, mul_matrix(g, mul_matrix(g, t, dy), t));
    return dx[0] != NULL;
}

static bool slope_logdet(Graph *g, Node *y, Node *dy, Node **dx)
{
    Node *a = y->in[0];
    Node *t = op_transpose(g, graph_node(g, &op_inverse, &a, 1, NULL));
    Shape up = dy->shape;
    up.dim[up.rank] = up.dim[up.rank + 1] = 1;
    up.name[up.rank] = up.name[up.rank + 1] = 0;
    up.rank += 2;
    dx[0] = op2(g, ELEM_mul, t, op_to_shape(g, dy, &up));
    return dx[0] != NULL;
}

/* d det = det · d logdet; where det is 0 the inverse says that there is no slope */
static bool slope_det(Graph *g, Node *y, Node *dy, Node **dx)
{
    return slope_logdet(g, y, op2(g, ELEM_mul, dy, y), dx);
}

/* ---- the descriptors ---- */

static const Attr plain = {.n = 0}, turned = {.n = 1};
static const Probe squares[] = {
    {.dim = {{3, 3, -1}}, .lo = -1, .hi = 1},
    {.dim = {{2, 2, 2, -1}}, .lo = -1, .hi = 1},
    {.dim = {{1, 1, -1}}, .lo = 0.5, .hi = 1},
    {.dim = {{0, 2, 2, -1}}, .lo = -1, .hi = 1},
    {.lo = 0},
};
static const Probe systems[] = {
    {.dim = {{3, 3, -1}, {3, 2, -1}}, .lo = -1, .hi = 1, .attr = &plain},
    {.dim = {{2, 2, 2, -1}, {2, 2, 1, -1}}, .lo = -1, .hi = 1, .attr = &turned},
    {.dim = {{1, 1, -1}, {1, 1, -1}}, .lo = 0.5, .hi = 1, .attr = &plain},
    {.lo = 0},
};

static const Probe slopes[] = {
    {.dim = {{3, 3, -1}, {3, 3, -1}}, .lo = -1, .hi = 1},
    {.dim = {{2, 2, 2, -1}, {2, 2, 2, -1}}, .lo = -1, .hi = 1},
    {.dim = {{1, 1, -1}, {1, 1, -1}}, .lo = 0.5, .hi = 1},
    {.lo = 0},
};

#define SQUARE_OP(text, inputs, infer, bytes, run_name, slope_name, probes)            \
    {                                                                                  \
        .name = text, .arity = inputs, .flags = OP_DOUBLE, .shape = infer,             \
        .scratch = bytes, .run = run_name, .slope = slope_name, .probe = probes        \
    }

const Op op_cholesky = SQUARE_OP("cholesky", 1, infer_cholesky, scratch_lower,
                                 run_cholesky, slope_cholesky, squares);
const Op op_cholesky_slope =
    SQUARE_OP("cholesky_slope", 2, infer_cholesky_slope, scratch_lower,
              run_cholesky_slope, slope_cholesky_slope, slopes);
const Op op_tri_solve = SQUARE_OP("tri_solve", 2, infer_system, scratch_lower,
                                  run_tri_solve, slope_tri_solve, systems);
const Op op_solve = SQUARE_OP("solve", 2, infer_system, scratch_square, run_solve,
                              slope_solve, systems);
const Op op_inverse = SQUARE_OP("inverse", 1, square, scratch_square, run_inverse,
                                slope_inverse, squares);
const Op op_logdet = SQUARE_OP("logdet", 1, infer_logdet, scratch_square, run_logdet,
                               slope_logdet, squares);
const Op op_det =
    SQUARE_OP("det", 1, infer_logdet, scratch_square, run_det, slope_det, squares);
