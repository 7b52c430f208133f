/* SPDX-License-Identifier: MIT
 * The door of ops: every op by name, and building helpers over them. A helper returns
 * NULL when its inputs are NULL or do not fit (graph->error says why), so calls may be
 * nested.
 */
#ifndef UNC_OPS_OPS_H
#define UNC_OPS_OPS_H

#include "graph/graph.h"

/* Element-wise rows, in the order of elem.def: ELEM_add, ELEM_exp, … */
typedef enum {
#define ELEM(name, arity, types, value, slope0, slope1, support, lo, hi) ELEM_##name,
#include "ops/elem.def"
#undef ELEM
    ELEM_COUNT
} Elem;

const Op *op_find(const char *name); /* NULL if there is none */
/* Whether all elements of n are known to lie in `wanted` (positive, unit and the like),
 * by the numbers in its formula (interval.c). */
bool node_within(const Node *n, Support wanted);
const Op *op_at(int i); /* NULL past the last; for tests over the table */

extern const Op op_input, op_constant; /* graph sources */
extern const Op op_cast;               /* attr.type */
extern const Op op_sum, op_prod, op_max, op_min, op_logsumexp, op_argmax, op_argmin,
    op_cumsum, op_sort, op_argsort; /* attr.axis, attr.keep */
extern const Op op_reshape, op_expand, op_permute, op_slice, op_slice_put, op_concat,
    op_take, op_put, op_pick, op_unpick, op_iota;
extern const Op op_conv, op_conv_back, op_conv_weights; /* attr: ops/conv_int.h */
extern const Op op_window_take, op_window_put, op_window_sum, op_window_spread,
    op_resize, op_resize_back;
extern const Op op_squared_distances, op_pull, op_push;
extern const Op op_matmul, op_cholesky, op_cholesky_slope, op_tri_solve, op_solve,
    op_inverse, op_logdet, op_det;
extern const Op op_inside, op_ensure; /* attr.n: a Support of vectors or matrices */
extern const Op op_random_unit, op_random_gauss, op_random_keep, op_fold;
extern const Op op_stop, op_draw, op_scan, op_while, op_custom, op_foreign;

/* ---- building ---- */
Node *op_elem(Graph *g, Elem e,
              Node *const *in); /* broadcasts by the language's rule,
      mixes int and real (the int is cast), as many inputs as the row has */
Node *op1(Graph *g, Elem e, Node *a);
Node *op2(Graph *g, Elem e, Node *a, Node *b);
Node *op3(Graph *g, Elem e, Node *a, Node *b, Node *c);
Node *op_to_type(Graph *g, Node *a, Type t);
/* Reductions over one axis (from the end, -1 …) or, with axis 0, over all axes. */
Node *op_reduce(Graph *g, const Op *op, Node *a, int axis, bool keep);
Node *op_mean(Graph *g, Node *a, int axis, bool keep);
Node *op_sum_to(Graph *g, Node *a, const Shape *shape);   /* the slope of a broadcast */
Node *op_to_shape(Graph *g, Node *a, const Shape *shape); /* reshape */
Node *op_broadcast(Graph *g, Node *a, const Shape *shape); /* by the language's rule */
Node *op_transpose(Graph *g, Node *a);                     /* last two axes */
Node *op_axis_last(Graph *g, Node *a, int axis);           /* moved to the end */
Node *op_dot(Graph *g, Node *a, Node *b);                  /* a @ b, vectors too */
/* The lower Cholesky factor; l itself where a is l @ transpose(l). */
Node *op_cholesky_of(Graph *g, Node *a);
/* l⁻¹ b, l[.., k, k] lower triangular, b[.., k, m]; batches in front broadcast, and
 * those that l has not are solved for at once. */
Node *op_solve_lower(Graph *g, Node *l, Node *b);
/* Trailing slice of one axis: [from, to) with a step; axis from the end. */
Node *op_slice_axis(Graph *g, Node *a, int axis, int64_t from, int64_t to,
                    int64_t step);

/* ---- supports of vectors and matrices (inside.c) ---- */

/* What keeps an event out of its support: where, and the numbers that show it. */
typedef enum {
    FAULT_NONE,
    FAULT_SHARE,    /* x is no share of a simplex */
    FAULT_SUM,      /* they sum to x, not to 1 */
    FAULT_FINITE,   /* x is no number */
    FAULT_ORDER,    /* y does not exceed x before it */
    FAULT_ABOVE,    /* x above the diagonal of a lower triangle */
    FAULT_DIAGONAL, /* x is not positive */
    FAULT_UNIT,     /* x is not 1 */
    FAULT_SYMMETRY, /* x, and y in the mirrored place */
    FAULT_DEFINITE  /* up to this row not positive definite; the row most alike it, and
                       how much */
} FaultKind;
typedef struct Fault {
    FaultKind kind;
    int64_t row, column;
    double x, y;
} Fault;
/* How far rounding may take a sum (a hundredfold), a diagonal of ones or a symmetry, as
 * Stan's 1e-8. */
#define SUPPORT_SLACK 1e-8
#define SUPPORT_SLACK_F32 1e-4
/* The first fault of a vector x[k] or matrix x[k, k], support_rank(s) > 0; work: k * k
 * for matrices. */
Fault support_fault(Support s, const double *x, int64_t k, double slack, double *work);

/* ---- images [.., height, width, channels] ---- */
/* Along height (0) and width (1). Element o of an output looks at places
 * o * stride + k * dilation - lo of the image, for k from 0 to size - 1. */
typedef struct Window {
    int64_t size[2], stride[2], dilation[2], lo[2], hi[2];
    int64_t groups;
} Window;
/* How many outputs an axis of n places has; 0 where the window does not fit. */
int64_t window_count(const Window *w, int axis, int64_t n);
/* Weights [height, width, channels / groups, outputs]; the window's size is theirs. */
Node *op_convolve(Graph *g, Node *x, Node *w, const Window *window);
/* The transpose: images of `size` whose convolution would have the shape of d. */
Node *op_convolve_back(Graph *g, Node *d, Node *w, const Window *window,
                       const int64_t *size);
/* The largest of each window, and the sum; what lies outside of the image is left out.
 */
Node *op_window_max(Graph *g, Node *x, const Window *window);
Node *op_window_total(Graph *g, Node *x, const Window *window);
/* Another height and width, by bilinear interpolation or the nearest pixel. */
Node *op_to_size(Graph *g, Node *x, const int64_t *size, bool bilinear);

/* ---- graphs inside nodes ----
 * An inner graph is made by graph_inner; its inputs have slot numbers (`user`) from 0,
 * and those it does not read may be missing. It must not change once it is in a node.
 */

/* A loop of n steps. Slots of `step`: carries, then one element of each xs, then
 * captured. Its outputs: the next carries, then outs; all reals of one type. xs[i] has
 * n elements along its first axis. backwards: from the last element to the first.
 * result: the last carries, then for each out its n values along a new first axis, at
 * the place of its element. An out that is the very node of a carry spares the slope a
 * second run. */
typedef struct Scan {
    Graph *step;
    int64_t n;
    bool backwards;
    int carries, xs, captured, outs;
    Node *const *carry, *const *x, *const *capture;
    Node *const *out; /* of step: [carries + outs] */
} Scan;
bool op_scan_make(Graph *g, const Scan *s, Node **result);

/* state = body(state, captured) while test(state, captured), at most `most` times.
 * Slots: states, then captured. States are reals of one type. It has no slope of its
 * own. */
typedef struct While {
    Graph *test, *body;
    int64_t most;
    int states, captured;
    Node *const *state, *const *capture;
    Node *test_out;
    Node *const *body_out; /* [states] */
} While;
bool op_while_make(Graph *g, const While *w, Node **result);

/* y, whose slope is what `slope` says. Slots: the n nodes x, then y, then dy; outputs:
 * the slope of each real x, in order. */
Node *op_custom_make(Graph *g, Node *y, Node *const *x, int n, Graph *slope,
                     Node *const *out);

/* ---- foreign functions (foreign.c, foreign_call.c) ----
 * A C function as an op. It is taken to be a function: the same arguments give the same
 * result, so that calls are shared, repeated and left out like any other node.
 */

/* The libraries of one interpreter, and the lock under which all their functions run:
 * one call at a time, from whichever thread. */
typedef struct ForeignHome ForeignHome;
ForeignHome *foreign_home(Memory *m);
void foreign_close(ForeignHome *h); /* NULL does nothing */
/* Opens a library, or finds it open; NULL: why[room] tells the reason. */
void *foreign_library(ForeignHome *h, const char *name, char *why, size_t room);

enum {
    FOREIGN_PARAMS = 16, /* of a definition (E0318) */
    FOREIGN_WORDS = 64   /* values that one C call passes, sizes among them */
};

/* A parameter or a result. rank 0: one number, double (F64) or int (I64). rank > 0: a
 * pointer to row-major numbers, then its sizes, each a size_t; a result of that kind
 * is written through such a pointer, which comes last, and the C function is void. */
typedef struct ForeignType {
    const char *name; /* of the parameter */
    Type type;
    Support support; /* checked: of arguments before, of results after the call */
    int rank;
} ForeignType;

typedef struct Foreign {
    const char *name;
    int params;
    ForeignType param[FOREIGN_PARAMS], result;
    Memory *memory; /* the home's */
    ForeignHome *home;
    struct CCall *call;
    struct ForeignForm *forms;
} Foreign;

typedef enum { FOREIGN_MADE, FOREIGN_NO_SYMBOL, FOREIGN_TOO_MANY } ForeignEnd;
/* Fills memory, home and call of f, whose other fields are given. */
ForeignEnd foreign_bind(Foreign *f, ForeignHome *h, void *library);

/* A foreign function at fixed shapes of one call: what a node holds. `slope` is made by
 * whoever knows the derivative: a graph over the inputs x (each shaped like one call's
 * argument), y and dy, whose outputs are the slopes of the real x; NULL where that one
 * has none. Not `ready`: there is no derivative (yet). */
typedef struct ForeignForm {
    const Foreign *fn;
    Shape param[FOREIGN_PARAMS], result;
    bool ready;
    Graph *slope;
    Node *x[FOREIGN_PARAMS], *y, *dy, *slope_out[FOREIGN_PARAMS];
    struct ForeignForm *next;
} ForeignForm;
ForeignForm *foreign_form(Foreign *f, const Shape *param, const Shape *result);
/* The call for every element of the axes in front of the arguments' own, broadcast. The
 * inputs have the parameters' types. */
Node *op_foreign_make(Graph *g, const ForeignForm *form, Node *const *in);
/* The op's name, or that of the foreign function that is called. */
const char *node_label(const Node *n);
const char *elem_label(Elem e); /* "+" of add, else its name */

/* ---- kernels ---- */
/* y[0..n) from dense x; for BOOL results y is bytes. Chosen for this CPU on first use
 * (a constant after that). NULL: the row has no kernel of that type. `type`: of the
 * inputs (of the last input for where). */
typedef void ElemKernel(int64_t n, void *y, const void *const *x);
ElemKernel *elem_kernel(Elem e, Type type);
ElemKernel *elem_reference(Elem e,
                           Type type); /* the scalar text: the oracle of tests */
ElemKernel *cast_kernel(Type from, Type to);

/* The sum of x[i] w[i] over n dense numbers; the order of the sum depends on n alone.
 */
double row_dot_f64(int64_t n, const double *x, const double *w);
double row_dot_f32(int64_t n, const float *x, const float *w);

/* BLAS behind one file. Row-major, y[m, n] = a[m, k] b[k, n] (+ y where `add`); strides
 * of the rows; ta: a is stored [k, m]. One thread. */
/* Ends the threads that the BLAS started by itself; call it once, before any product.
 */
void blas_one_thread(void);
void blas_gemm_f64(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const double *a,
                   int64_t lda, const double *b, int64_t ldb, double *y, int64_t ldy,
                   bool add);
void blas_gemm_f32(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float *a,
                   int64_t lda, const float *b, int64_t ldb, float *y, int64_t ldy,
                   bool add);
/* y[m, n] −= a[m, k] b[k, n]; ta: a is stored [k, m]. */
void blas_subtract_f64(bool ta, int64_t m, int64_t n, int64_t k, const double *a,
                       int64_t lda, const double *b, int64_t ldb, double *y,
                       int64_t ldy);
/* y[m, n] −= a b of a symmetric a[m, m], of which the lower half is read. */
void blas_subtract_symmetric_f64(int64_t m, int64_t n, const double *a, int64_t lda,
                                 const double *b, int64_t ldb, double *y, int64_t ldy);
/* b[m, n] becomes l⁻¹ b, or b l⁻¹ where `right`; l lower, or its transpose. */
void blas_solve_lower_f64(bool right, bool transposed, int64_t m, int64_t n,
                          const double *l, int64_t ldl, double *b, int64_t ldb);
/* The Cholesky factor in place of the lower half of a[n, n]; where a is not positive
 * definite, what is left has a number on its diagonal that is not positive. */
void blas_cholesky_f64(int64_t n, double *a, int64_t lda);
/* Elimination with exchanges in place of a[n, n]; pivot[n]: with which column, from 1,
 * each was exchanged in turn. The determinant's size is the product of what is then on
 * the diagonal; false where one of these is 0. */
bool blas_eliminate_f64(int64_t n, double *a, int *pivot);
/* b[n, k] becomes a⁻¹ b of what was so eliminated. */
void blas_eliminated_solve_f64(int64_t n, int64_t k, const double *a, const int *pivot,
                               double *b);

/* ---- keys (base/rng.h has the bits) ---- */
#endif
