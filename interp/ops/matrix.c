/* SPDX-License-Identifier: MIT
 * The matrix product over the last two axes; axes in front broadcast. Transposed views
 * are read in place, and draws or rows in front of a plain right side become rows of
 * one product.
 */
#include "ops/ops_int.h"

#include <limits.h>

/* Blocks of operands whose strides no product can read; copied to the stack. */
enum { PACK_M = 32, PACK_N = 32, PACK_K = 128 };

/* ---- shape ---- */

bool shapes_join(const Shape *a, const Shape *b, Shape *out)
{
    int ra = a->rank - 2, rb = b->rank - 2, r = ra > rb ? ra : rb;
    out->rank = r;
    for (int i = 0; i < r; i++) {
        int ia = i - (r - ra), ib = i - (r - rb);
        int64_t n = ia >= 0 ? a->dim[ia] : 1, m = ib >= 0 ? b->dim[ib] : 1;
        if (n != 1 && m != 1 && size_meet(n, m) == SIZE_DIFFERENT) return false;
        out->dim[i] = n == 1 || (m != 1 && !size_is_form(m)) ? m : n;
        Name x = ia >= 0 ? a->name[ia] : 0, y = ib >= 0 ? b->name[ib] : 0;
        out->name[i] = n == 1 && m != 1 ? y : x ? x : y;
    }
    return true;
}

/* A product of Cholesky factors is one; one times its own transpose is a covariance. */
static Support support_of_matmul(const Node *a, const Node *b)
{
    bool factor = a->support == SUPPORT_CHOLESKY;
    int r = b->shape.rank;
    if (factor && b->support == SUPPORT_CHOLESKY) return SUPPORT_CHOLESKY;
    if (factor && b->op == &op_permute && b->in[0] == a &&
        b->attr->perm[r - 1] == r - 2)
        return SUPPORT_COV;
    bool alike =
        support_fits(a->support, SUPPORT_NONNEGATIVE) && a->support == b->support;
    return alike ? SUPPORT_NONNEGATIVE : SUPPORT_ANY;
}

static bool infer_matmul(Infer *c)
{
    const Node *a = c->in[0], *b = c->in[1];
    int ra = a->shape.rank, rb = b->shape.rank;
    c->type = a->type;
    if (a->type != b->type || !type_is_real(a->type))
        return infer_error(c, "a matrix product of %s and %s", type_name(a->type),
                           type_name(b->type));
    bool fit = ra >= 2 && rb >= 2 &&
               axes_meet(c->graph, &a->shape, ra - 1, &b->shape, rb - 2) &&
               shapes_join(&a->shape, &b->shape, &c->shape);
    if (!fit) {
        char s[SHAPE_TEXT], t[SHAPE_TEXT];
        return infer_error(c, "%s @ %s: the shapes do not fit",
                           shape_text(s, c->graph->names, &a->shape, false),
                           shape_text(t, c->graph->names, &b->shape, false));
    }
    int r = c->shape.rank;
    c->shape.rank = r + 2;
    c->shape.dim[r] = a->shape.dim[ra - 2];
    c->shape.name[r] = a->shape.name[ra - 2];
    c->shape.dim[r + 1] = b->shape.dim[rb - 1];
    c->shape.name[r + 1] = b->shape.name[rb - 1];
    c->support = support_of_matmul(a, b);
    return true;
}

/* ---- numbers ---- */

typedef struct Matrix {
    const char *data;
    int64_t rows, columns, row_step, column_step; /* in elements */
} Matrix;

static Matrix matrix_of(const Buffer *b)
{
    int r = b->rank;
    return (Matrix){b->data, b->dim[r - 2], b->dim[r - 1], b->stride[r - 2],
                    b->stride[r - 1]};
}

/* Whether a product can read x, as it is or transposed, and with which leading
 * dimension. */
static bool readable(const Matrix *x, bool *transposed, int64_t *ld)
{
    bool row = x->rows == 1, column = x->columns == 1;
    *transposed = false;
    *ld = row ? x->columns : x->row_step;
    if ((x->column_step == 1 || column) && (row || x->row_step >= x->columns))
        return true;
    *transposed = true;
    *ld = column ? x->rows : x->column_step;
    return (x->row_step == 1 || row) && (column || x->column_step >= x->rows);
}

typedef struct Product {
    Type type;
    int64_t m, n, k;
    char *y;
    int64_t ldy;
    bool add;
} Product;

static void multiply_read(const Product *p, const Matrix *a, bool ta, int64_t lda,
                          const Matrix *b, bool tb, int64_t ldb)
{
    bool small =
        gemm_is_small(tb, p->m, p->n, p->k) || p->n > INT_MAX || p->k > INT_MAX;
    int64_t size = (int64_t)type_size(p->type), most = small ? p->m : INT_MAX / 2;
    for (int64_t i = 0; i < p->m; i += most) {
        int64_t m = p->m - i < most ? p->m - i : most;
        const void *x = a->data + i * a->row_step * size;
        void *y = p->y + i * p->ldy * size;
        if (p->type == TYPE_F64)
            (small ? gemm_small_f64 : blas_gemm_f64)(ta, tb, m, p->n, p->k, x, lda,
                                                     (const void *)b->data, ldb, y,
                                                     p->ldy, p->add);
        else
            (small ? gemm_small_f32 : blas_gemm_f32)(ta, tb, m, p->n, p->k, x, lda,
                                                     (const void *)b->data, ldb, y,
                                                     p->ldy, p->add);
    }
}

/* A dense copy of a block of x. */
static Matrix block(const Matrix *x, Type type, int64_t i, int64_t k, int64_t rows,
                    int64_t columns, double *to)
{
    int64_t size = (int64_t)type_size(type);
    Buffer b = {.data = (char *)(uintptr_t)x->data +
                        (i * x->row_step + k * x->column_step) * size,
                .type = type,
                .rank = 2,
                .dim = {rows, columns},
                .stride = {x->row_step, x->column_step}};
    buffer_copy(to, &b);
    return (Matrix){(const char *)to, rows, columns, columns, 1};
}

static void multiply_packed(const Product *p, const Matrix *a, const Matrix *b)
{
    double pa[PACK_M * PACK_K], pb[PACK_K * PACK_N];
    int64_t size = (int64_t)type_size(p->type);
    for (int64_t j = 0; j < p->n; j += PACK_N)
        for (int64_t q = 0; q == 0 || q < p->k; q += PACK_K) {
            int64_t n = p->n - j < PACK_N ? p->n - j : PACK_N;
            int64_t k = p->k - q < PACK_K ? p->k - q : PACK_K;
            Matrix y = block(b, p->type, q, j, k, n, pb);
            for (int64_t i = 0; i < p->m; i += PACK_M) {
                int64_t m = p->m - i < PACK_M ? p->m - i : PACK_M;
                Matrix x = block(a, p->type, i, q, m, k, pa);
                Product part = {
                    p->type,        m, n, k, p->y + (i * p->ldy + j) * size, p->ldy,
                    p->add || q > 0};
                multiply_read(&part, &x, false, k, &y, false, n);
            }
        }
}

static void multiply(const Product *p, const Matrix *a, const Matrix *b)
{
    bool ta, tb;
    int64_t lda, ldb;
    if (readable(a, &ta, &lda) && readable(b, &tb, &ldb))
        multiply_read(p, a, ta, lda, b, tb, ldb);
    else
        multiply_packed(p, a, b);
}

/* The batch axes of `a` as rows, where b has none and a's strides allow it. */
static bool fold_rows(const Run *r, Buffer *a)
{
    const Buffer *b = &r->in[1];
    for (int i = 0; i < b->rank - 2; i++)
        if (b->dim[i] != 1) return false;
    int64_t columns = r->in[0].dim[r->in[0].rank - 1];
    if (columns == 0 || r->in[0].rank == 2) return false;
    Shape s = {.rank = 2, .dim = {buffer_count(&r->in[0]) / columns, columns}};
    return buffer_reshape(&r->in[0], &s, a);
}

int64_t matrix_offset(const Buffer *x, const Buffer *out, int64_t i)
{
    int64_t at = 0;
    for (int axis = out->rank - 3; axis >= 0; axis--) {
        int64_t k = i % out->dim[axis];
        i /= out->dim[axis];
        int own = axis - (out->rank - x->rank);
        if (own >= 0 && x->dim[own] != 1) at += k * x->stride[own];
    }
    return at;
}

static void run_matmul(Run *r)
{
    const Buffer *out = &r->out;
    int64_t size = (int64_t)type_size(out->type);
    Matrix a = matrix_of(&r->in[0]), b = matrix_of(&r->in[1]);
    Product p = {out->type, a.rows, b.columns, a.columns, out->data, b.columns, false};
    Buffer folded;
    if (buffer_count(out) == 0) return;
    if (fold_rows(r, &folded)) {
        a = matrix_of(&folded);
        p.m = a.rows;
        multiply(&p, &a, &b);
        return;
    }
    int64_t batches = buffer_count(out) / (p.m * p.n);
    for (int64_t i = 0; i < batches; i++) {
        Matrix x = a, y = b;
        x.data += matrix_offset(&r->in[0], out, i) * size;
        y.data += matrix_offset(&r->in[1], out, i) * size;
        p.y = (char *)out->data + i * p.m * p.n * size;
        multiply(&p, &x, &y);
    }
}

/* ---- slope and draws ---- */

static Node *product(Graph *g, Node *a, Node *b)
{
    Node *in[2] = {a, b};
    return graph_node(g, &op_matmul, in, 2, NULL);
}

/* x with all but its last axis as rows. */
static Node *as_rows(Graph *g, Node *x)
{
    Shape s = shape_merge(&x->shape, x->shape.rank - 1);
    return op_to_shape(g, x, &s);
}

static bool slope_matmul(Graph *g, Node *y, Node *dy, Node **dx)
{
    Node *a = y->in[0], *b = y->in[1];
    if (g->wanted[0]) {
        dx[0] = op_sum_to(g, product(g, dy, op_transpose(g, b)), &a->shape);
        if (!dx[0]) return false;
    }
    if (!g->wanted[1]) return true;
    if (b->shape.rank == 2 && a->shape.rank > 2)
        dx[1] = product(g, op_transpose(g, as_rows(g, a)), as_rows(g, dy));
    else
        dx[1] = op_sum_to(g, product(g, op_transpose(g, a), dy), &b->shape);
    return dx[1] != NULL;
}

static const Probe probes[] = {
    {.dim = {{2, 3, -1}, {3, 2, -1}}, .lo = -2, .hi = 2},
    {.dim = {{1, 3, -1}, {3, 1, -1}}, .lo = -2, .hi = 2},
    {.dim = {{2, 1, -1}, {1, 3, -1}}, .lo = -2, .hi = 2},
    {.dim = {{2, 3, 2, -1}, {2, 2, -1}}, .lo = -2, .hi = 2},
    {.dim = {{3, 2, -1}, {2, 2, 2, -1}}, .lo = -2, .hi = 2},
    {.dim = {{2, 2, 3, -1}, {1, 3, 2, -1}}, .lo = -2, .hi = 2},
    {.dim = {{2, 0, -1}, {0, 3, -1}}, .lo = -2, .hi = 2},
    {.dim = {{0, 2, -1}, {2, 3, -1}}, .lo = -2, .hi = 2},
    {.lo = 0},
};

const Op op_matmul = {.name = "matmul",
                      .arity = 2,
                      .flags = OP_STRIDED,
                      .shape = infer_matmul,
                      .run = run_matmul,
                      .slope = slope_matmul,
                      .batch = batch_in_front,
                      .probe = probes};
