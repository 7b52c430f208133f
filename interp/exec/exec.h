/* SPDX-License-Identifier: MIT
 * The door of exec: graphs to numbers. A Tensor is counted storage; a Plan is a graph
 * made ready to run again and again without allocating.
 */
#ifndef UNC_EXEC_EXEC_H
#define UNC_EXEC_EXEC_H

#include "graph/graph.h"
#include "ops/ops.h"

#include <stdatomic.h>

/* Counted, dense, row-major; immutable once shared (refs > 1). */
typedef struct Tensor {
    Memory *memory;
    int refs;
    Type type;
    Shape shape;
    size_t bytes;
    void *data; /* aligned to 64 */
} Tensor;

Tensor *tensor_new(Memory *m, Type type, const Shape *shape); /* zeros; refs 1 */
Tensor *tensor_raw(Memory *m, Type type, const Shape *shape); /* to be filled; refs 1 */
Tensor *tensor_keep(Tensor *t);
void tensor_drop(Tensor *t);
Tensor *tensor_cast(Memory *m, const Tensor *t, Type type); /* a new one */
/* As real: number i of what is of that type, any but key. */
double number_at(const void *data, Type type, int64_t i);
double tensor_real_at(const Tensor *t, int64_t i);
/* n numbers of another type, from the `first` on, into t from `at` on; not to or from
 * keys, unless both are. */
void tensor_put(Tensor *t, int64_t at, const void *from, Type type, int64_t first,
                int64_t n);
Buffer tensor_buffer(const Tensor *t);

/* Many numbers at once (vector_numbers.c): the least and the greatest of them (false:
 * a NaN is among them; of none, inf and -inf); are all in [lo, hi], where NaN is not,
 * or finite; how far x is from x0 in the norm inf, both finite; in the other precision;
 * each of x as the number of single precision next to it on the way to x0, or as x0,
 * where there is none that is another in single precision (`to` may be x). */
bool numbers_range(const double *x, int64_t n, double *least, double *most);
bool numbers_within(const double *x, int64_t n, double lo, double hi);
bool numbers_finite(const double *x, int64_t n);
double numbers_apart(const double *x, const double *x0, int64_t n);
void numbers_narrow(float *to, const double *from, int64_t n);
void numbers_widen(double *to, const float *from, int64_t n);
void numbers_round_towards(double *to, const double *x, const double *x0, int64_t n);
/* The k-th draw x (from 0; real) into the means of those before it and the sums of
 * their squared distances from them. */
void numbers_moments(double *mean, double *squares, const void *x, Type type, int64_t n,
                     int64_t k);

/* One op on numbers, now. NULL: `error` (size ≥ 600) says why. Result has refs 1. */
Tensor *exec_op(Memory *m, const Names *names, const Op *op, Tensor *const *in,
                int n_in, const Attr *attr, char *error);
/* The builder of a graph (op_elem, op_reduce, …) on numbers: records `build` over
 * inputs shaped like in[], runs it, returns its result. For composite helpers. */
typedef Node *ExecBuild(Graph *g, Node *const *in, int n_in, void *ctx);
Tensor *exec_build(Memory *m, const Names *names, ExecBuild *build, void *ctx,
                   Tensor *const *in, int n_in, char *error);

/* ---- plans ---- */
/* After a run, `next` is moved into the storage bound to `current` (both same shape).
 */
typedef struct PlanUpdate {
    Node *current; /* an input node */
    Node *next;
} PlanUpdate;

typedef struct PlanOptions {
    bool watch; /* no fusion and no sharing of storage: every node can be read after */
    bool plain; /* no rewriting (tests compare with it) */
    size_t limit; /* bytes of the slab that are too many; 0: none */
} PlanOptions;

typedef struct Plan Plan;
/* NULL: error says why (memory limit). The graph must outlive the plan. */
Plan *plan_make(Memory *m, Graph *g, Node *const *outs, int n_outs,
                const PlanUpdate *update, int n_updates, const PlanOptions *options,
                char *error);
void plan_free(Plan *p);
size_t plan_bytes(const Plan *p);
/* Inputs are dense and of the node's type; the storage stays the caller's, and must
 * live until the next binding. Every input the outputs need must be bound before a run.
 * Binding an input that the plan does not need is allowed. */
void plan_bind(Plan *p, const Node *input, void *data);
bool plan_needs(const Plan *p, const Node *input);
typedef enum { PLAN_DONE, PLAN_STOPPED, PLAN_FAILED } PlanEnd;
/* stop: when it becomes true the run ends between steps; may be NULL. PLAN_FAILED: an
 * op met numbers it cannot work on; plan_failure tells. Allocates nothing. */
PlanEnd plan_run(Plan *p, const atomic_bool *stop);
const char *plan_failure(const Plan *p, const Node **where);
const void *plan_output(const Plan *p, int i); /* dense; valid until the next run */
/* Of a plan with `watch`, after a run: the first node, in program order, with a number
 * that is not finite while all its inputs' are (−inf counts only with `infinite`);
 * NULL: none. Its first such element, and the buffers of its inputs. */
const Node *plan_first_bad(const Plan *p, bool infinite, int64_t *element);
Buffer plan_buffer(const Plan *p, const Node *n);
void plan_print(Out *o, const Plan *p);

/* The same computation in single precision: real nodes become f32; scalars (rank 0)
 * that are sums stay f64, so that log densities are summed in double. Inputs of rank ≥
 * 1 become f32 (bind f32 data); result[k] are the outputs, input[i] the new inputs for
 * from[i]. */
bool graph_single(Graph *into, const Graph *g, Node *const *from, int n,
                  Node *const *outs, int n_outs, Node **input, Node **result);

/* What plans do to a graph before they order it, for those who want it earlier (slopes
 * of log_sigmoid(x) are better than slopes of log(sigmoid(x))): replaces root[0 … n) by
 * nodes of the same value, shape and type in which constants are folded and
 * log(exp(x)), log(1 + exp(x)), log(sigmoid(x)), log(softmax(x)), … have their stable
 * forms. Adds nodes to g. */
void graph_stable(Graph *g, Node **root, int n);

/* ---- threads ---- */
/* Workers that sleep until there is work. Pieces are numbered; any worker takes any
 * piece. */
typedef struct Pool Pool;
Pool *pool_new(Memory *m, int threads); /* threads ≥ 1 counts the caller */
void pool_free(Pool *p);
int pool_threads(const Pool *p);
/* work(ctx, piece, worker) for piece 0 … pieces − 1, worker 0 … threads − 1; returns
 * when all are done. Must not allocate from Memory. */
void pool_run(Pool *p, int64_t pieces,
              void (*work)(void *ctx, int64_t piece, int worker), void *ctx);
/* Whether a plan has steps that gain by threads; and lends it some, once, for its runs,
 * which must then not lie within a pool_run. Its numbers stay the same. */
bool plan_splits(const Plan *p);
void plan_lend(Plan *p, Pool *pool);
#endif
