/* SPDX-License-Identifier: MIT
 * What the files of the ops room share.
 */
#ifndef UNC_OPS_OPS_INT_H
#define UNC_OPS_OPS_INT_H

#include "ops/ops.h"

#include <string.h>

/* The faster kernel of a row, made of vector primitives and chosen for this CPU; NULL
 * where there is none. Of ops/vector_*.c. */
ElemKernel *elem_vector_kernel(Elem e, Type type);

const Op *elem_op(Elem e);
int elem_arity(Elem e);
/* How inputs of mixed types are made alike: those from `first` on become the widest
 * type among them and `least`, in the order bool, int, real32, real. */
typedef struct ElemTypes {
    bool mix;
    int first;
    Type least;
} ElemTypes;
ElemTypes elem_types(Elem e);

/* ---- making nodes ---- */
static inline Attr attr_none(void)
{
    Attr a;
    memset(&a, 0, sizeof a);
    return a;
}
/* A scalar constant of x's type. */
Node *op_number_like(Graph *g, const Node *x, double value);
/* The shape with its first axis multiplied into the next, … : s without `k` leading
 * axes, their product in front. */
Shape shape_merge(const Shape *s, int k);
/* In front of s: `size`, then ones up to rank `rank` + 1. */
Shape shape_lift(const Shape *s, int64_t size, int rank);
/* The `batch` of an op of two inputs whose axes in front broadcast: draws go there. */
Node *batch_in_front(Graph *g, const Node *y, Node *const *in, const bool *mapped,
                     int64_t size);
/* Axis from the end (-1 …) to axis from 0; complains unless it is one of s. */
bool axis_at(Infer *c, const Shape *s, int axis, int *at);
/* Whether names of axes must agree in c's graph: shape_meet_axis or the sizes alone. */
bool axes_meet(const Graph *g, const Shape *a, int i, const Shape *b, int j);

/* ---- graphs inside nodes (nest.c) ---- */
/* Makes `inner` ready to be run for these outputs; they must not change after. */
void nest_make(Graph *inner, Node *const *outs, int n_outs);
size_t nest_bytes(const Graph *inner); /* of scratch that a run needs */
typedef struct NestRun NestRun;
/* Lays the values out in scratch. bound[user]: where an input is, dense, until the end
 * of the run; NULL: the input has storage, to be filled through nest_input (NULL: the
 * graph does not read it). */
NestRun *nest_open(const Graph *inner, void *scratch, const void *const *bound);
void *nest_input(NestRun *r, uint32_t user);
const char *nest_run(NestRun *r); /* NULL, or why it failed */
Buffer nest_output(const NestRun *r, int k);
/* The input of a graph inside a node that stands for slot `user`, or NULL. */
Node *nest_slot(const Graph *inner, uint32_t user);
/* Whether that input, if there is one, takes what it is given. */
bool nest_slot_fits(Infer *c, const Graph *inner, uint32_t user, Type type,
                    const Shape *s);

/* ---- calls of C (ffi.c) ---- */
typedef enum { C_NOTHING, C_DOUBLE, C_INT, C_SIZE, C_POINTER } CType;
typedef struct CCall CCall;
/* A call made ready; it lives as long as m. NULL: libffi cannot make it. */
CCall *ccall_new(Memory *m, void (*function)(void), CType result, const CType *arg,
                 int n);
/* arg[i] points to a double, int, size_t or pointer; result to a double, an int or
 * nothing. */
void ccall_run(CCall *c, void **arg, void *result);
/* .run and .scratch of foreign (foreign_call.c). */
void foreign_run(Run *r);
size_t foreign_scratch(const Node *n);

/* ---- numbers ---- */
/* Copies between strided buffers of one shape; to dense storage. */
void buffer_move(const Buffer *to, const Buffer *from);
void buffer_copy(void *to, const Buffer *from);
/* The strides of `to` over the storage of `in`; false where a copy is needed. */
bool buffer_reshape(const Buffer *in, const Shape *to, Buffer *out);

typedef struct GemmLoops {
    void (*f64)(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const double *a,
                int64_t lda, const double *b, int64_t ldb, double *y, int64_t ldy,
                bool add);
    void (*f32)(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float *a,
                int64_t lda, const float *b, int64_t ldb, float *y, int64_t ldy,
                bool add);
} GemmLoops;
extern const GemmLoops gemm_loops_base, gemm_loops_avx2, gemm_loops_avx512;

/* ---- axes in front of matrices (matrix.c) ---- */
/* Joins the axes in front of two matrices, aligned at their ends. */
bool shapes_join(const Shape *a, const Shape *b, Shape *out);
/* Elements from the start to the matrix of batch number i, axes aligned at their ends.
 */
int64_t matrix_offset(const Buffer *x, const Buffer *out, int64_t i);

/* ---- pairs of rows of x[n, d] and z[m, d] (pairs_base.c) ---- */
/* push: y[n, m] = the sum over d of g (x - z), of (x - z)^2 where g is NULL; pull:
 * y[n, d] = the sum over m of w (x - z). */
typedef struct PairLoops {
    void (*push_f64)(int64_t n, int64_t m, int64_t d, const double *g, const double *x,
                     const double *z, double *y);
    void (*push_f32)(int64_t n, int64_t m, int64_t d, const float *g, const float *x,
                     const float *z, float *y);
    void (*pull_f64)(int64_t n, int64_t m, int64_t d, const double *x, const double *z,
                     const double *w, double *y);
    void (*pull_f32)(int64_t n, int64_t m, int64_t d, const float *x, const float *z,
                     const float *w, float *y);
} PairLoops;
extern const PairLoops pair_loops_base, pair_loops_avx2;
const PairLoops *pair_loops(void); /* for this CPU */

/* Whether the library's call and packing would cost more than the product. */
bool gemm_is_small(bool tb, int64_t m, int64_t n, int64_t k);
/* Columns times a transposed side, k so small that stores are most of the work; tb: b
 * is stored [n, k]. */
enum { GEMM_TURN = 1024 }; /* elements of b */
static inline bool gemm_is_outer(bool tb, int64_t n, int64_t k)
{
    return tb && k <= 4 && n <= GEMM_TURN / 4;
}
/* Small products, without a library; row-major, y = a b (+ y where add). */
void gemm_small_f64(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const double *a,
                    int64_t lda, const double *b, int64_t ldb, double *y, int64_t ldy,
                    bool add);
void gemm_small_f32(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float *a,
                    int64_t lda, const float *b, int64_t ldb, float *y, int64_t ldy,
                    bool add);

/* ---- lower triangles of dense row-major doubles (triangle.c) ---- */
/* The factor l of a[n, n] = l lᵀ, of which the lower half is read, in place; the upper
 * half becomes 0. Answers the row at which it ends because the matrix is not positive
 * definite, or -1; then a is spoilt. */
int64_t triangle_factor(double *a, int64_t n);
/* d: slopes in the lower half of l, become those in the lower half of l lᵀ. The upper
 * half is spoilt. */
void triangle_factor_slope(const double *l, double *d, int64_t n);
/* b[n, k] becomes l⁻¹ b, or l⁻ᵀ b where transposed; false: l is singular. */
bool triangle_solve(const double *l, bool transposed, int64_t n, double *b, int64_t k);

/* x read as [outer, n, inner]; a line is the n numbers along the middle axis. */
typedef struct Lines {
    int64_t outer, n, inner;
} Lines;
Lines lines_of(const Shape *s, int axis);
/* y[outer, inner] (cumsum: y like x) from dense x of the type; sums in double, in an
 * order that the shape alone decides. */
typedef void LinesLoop(Lines l, const void *x, void *y, bool backwards);
typedef struct LinesLoops {
    LinesLoop *sum, *prod, *max, *min, *argmax, *argmin, *cumsum, *logsumexp;
} LinesLoops;
extern const LinesLoops lines_f64, lines_f32, lines_i64;

/* The runs of sort and argsort, and their scratch. */
void sort_run(Run *r);
size_t sort_scratch(const Node *n);

#endif
