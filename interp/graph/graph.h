/* SPDX-License-Identifier: MIT
 * The door of graph: computation as data. A Graph holds Nodes in topological order by
 * construction (inputs precede users); equal nodes are shared. Slopes and draw axes are
 * made by adding nodes to the same graph. Nothing here holds a number but constants.
 */
#ifndef UNC_GRAPH_GRAPH_H
#define UNC_GRAPH_GRAPH_H

#include "base/diag.h"
#include "base/intern.h"
#include "base/limits.h"
#include "graph/size.h"

/* Element types. KEY is a 64-bit random key, stored as uint64_t; BOOL one byte 0 or 1.
 */
typedef enum { TYPE_F64, TYPE_F32, TYPE_I64, TYPE_BOOL, TYPE_KEY, TYPE_COUNT } Type;
size_t type_size(Type t);
const char *type_name(Type t); /* "real", "real32", "int", "bool", "key" */
static inline bool type_is_real(Type t) { return t == TYPE_F64 || t == TYPE_F32; }

/* Where the numbers of a node are known to lie. SUPPORT_ANY: nothing is known.
 * UNIT: [0, 1]; OPEN rows on the last axis: SIMPLEX. POSITIVE: > 0; NONNEGATIVE: >= 0.
 */
typedef enum {
    SUPPORT_ANY,
    SUPPORT_NONNEGATIVE,
    SUPPORT_POSITIVE,
    SUPPORT_UNIT,
    SUPPORT_SIMPLEX,
    SUPPORT_NEGATIVE,
    SUPPORT_ORDERED,
    SUPPORT_CHOLESKY,
    SUPPORT_CORR,
    SUPPORT_COV,
    SUPPORT_COUNT
} Support;
const char *support_name(Support s); /* "real", "positive", … as users write them */
const char *
support_words(Support s); /* what a number of it is: "positive", "from 0 to 1" */
bool support_fits(Support has, Support wanted); /* every `has` is a `wanted` */
/* The axes that one value takes: 0, 1 (simplex, ordered), 2 (square matrices). */
int support_rank(Support s);

/* Axes with their names (0: none). A named axis meets one of the same name or an
 * unnamed one of the same size. */
typedef struct Shape {
    int rank;
    int64_t dim[LIMIT_RANK];
    Name name[LIMIT_RANK];
} Shape;

Shape shape_scalar(void);
Shape shape_of(int rank, const int64_t *dim);
int64_t shape_count(const Shape *s);             /* 1 for a scalar */
bool shape_same(const Shape *a, const Shape *b); /* sizes only */
/* Of one rank, and no axis is known to have two sizes: what sizes that are not numbers
 * leave open is found later. On numbers the same as shape_same. */
bool shape_agrees(const Shape *a, const Shape *b);
bool shape_is_form(const Shape *s); /* some size is not a number (see size.h) */
bool shape_meet_axis(const Shape *a, int i, const Shape *b,
                     int j);                    /* sizes and names */
Shape shape_prepend(const Shape *s, int64_t n); /* a new first axis */
Shape shape_drop(const Shape *s, int axis);     /* axis from 0 */
/* "[N, 3]", with sizes in place of missing names; both: "[N = 50, 3]". */
void shape_print(Out *o, const Names *names, const Shape *s, bool both);
/* The language's broadcasting: a scalar meets anything; equal ranks broadcast where an
 * axis is 1; a lower rank meets a higher one only if its whole shape equals the other's
 * trailing axes. False where they do not meet. */
bool shape_broadcast(const Shape *a, const Shape *b, Shape *out);
/* The same by sizes alone: names do not clash, a's go first. For passes over graphs
 * whose program has been checked already. */
bool shape_broadcast_sizes(const Shape *a, const Shape *b, Shape *out);
/* shape_print into at[size]; answers `at`, so that it can stand in a message. */
enum { SHAPE_TEXT = 200 };
const char *shape_text(char at[SHAPE_TEXT], const Names *names, const Shape *s,
                       bool both);

typedef struct Op Op;
typedef struct Node Node;
typedef struct Graph Graph;

/* What an op is told beside its inputs. Axes count from the end: -1 is the last, so
 * that an axis in front (draws, chains) changes nothing. */
typedef struct Attr {
    int axis;    /* -1 … -rank */
    int keep;    /* reductions: keep the axis with size 1 */
    int64_t n;   /* op's own: count, number of leading row axes, … */
    double x;    /* op's own number */
    Type type;   /* cast, random ops: type of the result */
    Shape shape; /* reshape, expand, random event: the target */
    int64_t from[LIMIT_RANK], to[LIMIT_RANK],
        step[LIMIT_RANK]; /* slice, by axis from 0 of
                      the trailing `shape.rank` axes */
    int perm[LIMIT_RANK]; /* permute: result axis i is input axis perm[i] */
    Graph *sub[2];        /* graphs inside nodes */
    Node **sub_out[2];    /* their outputs, counts below */
    int sub_outs[2];
    void *data;      /* constant: the elements; owned by the graph's arena */
    const void *own; /* op's own: compared by address, outlives the graph */
} Attr;

struct Node {
    const Op *op;
    uint32_t id; /* place in graph->node; inputs have smaller ones */
    Type type;
    Support support;
    Shape shape;
    int n_in;
    Node **in;
    Attr *attr;    /* NULL where the op needs none */
    Span span;     /* of the program, for messages */
    uint32_t user; /* free for the maker: slot of an input, site, … */
};

struct Graph {
    Memory *memory;
    Arena arena;
    const Names *names; /* of axes, for messages; may be NULL */
    Node **node;
    uint32_t count, room;
    uint32_t *table; /* equal nodes are shared: open addressing over ids + 1 */
    uint32_t table_size;
    Span span;    /* given to nodes made now */
    Sizes *sizes; /* of a check: then sizes may be forms; else NULL */
    bool loose; /* names of axes do not clash now: set within graph_slope, _batch, _copy
                 */
    const bool *wanted; /* within .slope: which inputs' slopes are asked for */
    Graph *owned; /* graphs inside nodes, freed with this one; a list by next_owned */
    Graph *next_owned;
    void *ready;     /* of a graph inside a node: how ops runs it */
    char error[600]; /* why the last making failed */
};

Graph *graph_new(Memory *m, const Names *names);
void graph_free(Graph *g);
/* A graph for inside a node of g: made empty, freed with g. */
Graph *graph_inner(Graph *g);

/* `user` of an input that stands for numbers which a check does not know, and for those
 * of a model's unknown, of which only the support is known. */
enum { INPUT_OPEN = 700000, INPUT_UNKNOWN = 900000 };

/* ---- making nodes. NULL: g->error says why (a shape or type that does not fit), or an
 * input was NULL. graph_node makes the op asked for, or answers an equal older node;
 * only the helpers of ops.h simplify. ---- */
Node *graph_input(Graph *g, Type type, Support support, const Shape *shape,
                  uint32_t user);
Node *graph_constant(Graph *g, Type type, const Shape *shape,
                     const void *data); /* copied */
Node *graph_real(Graph *g, double x);
Node *graph_int(Graph *g, int64_t x);
/* A size as an int: a constant, or a node that stands for a form. */
Node *graph_size(Graph *g, int64_t n);
/* The form (or count) that a number is known to be, an int or a whole real; false for
 * any other number. */
bool node_size(const Node *n, int64_t *size);
Node *graph_fill(Graph *g, Type type, double x,
                 const Shape *shape); /* expanded scalar */
Node *graph_node(Graph *g, const Op *op, Node *const *in, int n_in, const Attr *attr);
bool node_is_constant(const Node *n);
/* The value if n is a constant (also an expanded one) of one value. */
bool node_constant_value(const Node *n, double *x);

/* Writes g->error; answers NULL. */
Node *graph_error(Graph *g, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The weaker support that is left when the numbers of the last axis are moved about. */
Support support_moved(Support s);

/* What passes need of ops; defined there. */
extern const Op op_input, op_constant, op_size, op_cast, op_expand;
Node *graph_add(Graph *g, Node *a, Node *b);

/* ---- reverse mode, graph to graph ---- */
/* slope[i] = d (sum of y * dy) / d wrt[i], shaped like wrt[i] (a zero constant where y
 * does not depend on it). dy NULL: ones. Only real nodes have slopes. False: an op on
 * the way has no slope; g->error names it, *where is that node. */
bool graph_slope(Graph *g, Node *y, Node *dy, Node *const *wrt, int n, Node **slope,
                 Node **where);

/* Says that a slope was asked for through a node that jumps; false. */
bool graph_jumps(Graph *g);

/* ---- the hidden draw axis, graph to graph ---- */
/* Remakes outs with every from[i] replaced by to[i]. to[i]'s shape is from[i]'s with
 * `size` in front where mapped[i], else the same. out_mapped[k] tells whether result[k]
 * has the axis; what no mapped input reaches stays as it is. size 0 with nothing
 * mapped: plain substitution. */
bool graph_batch(Graph *g, int64_t size, Node *const *from, Node *const *to,
                 const bool *mapped, int n, Node *const *outs, int n_outs,
                 Node **result, bool *out_mapped);
/* For .batch of ops whose axes count from the end: unmapped inputs get the axis by
 * expand, then the op is made again. */
Node *graph_batch_by_expand(Graph *g, const Node *y, Node *const *in,
                            const bool *mapped, int64_t size);
/* Copies outs (and all that they need) from another graph; from[i] is replaced by
 * to[i], other inputs become inputs of `into`. */
bool graph_copy(Graph *into, const Graph *g, Node *const *from, Node *const *to, int n,
                Node *const *outs, int n_outs, Node **result);

/* ---- checking and printing ---- */
/* What must hold of a graph; NULL or a complaint in g->error. */
const char *graph_verify(Graph *g);
void graph_print(Out *o, const Graph *g, Node *const *outs, int n);
void graph_print_dot(Out *o, const Graph *g, Node *const *outs, int n);

/* ---- what an op is ---- */
typedef struct Buffer {
    void *data;
    Type type;
    int rank;
    int64_t dim[LIMIT_RANK];
    int64_t stride[LIMIT_RANK]; /* in elements; 0 where broadcast */
} Buffer;
bool buffer_is_dense(const Buffer *b); /* row-major without gaps */
int64_t buffer_count(const Buffer *b);
Buffer buffer_dense(void *data, Type type, const Shape *shape);

/* For .shape: fill out_*; or write a message and return false. */
typedef struct Infer {
    Graph *graph;
    Node *const *in;
    int n_in;
    Attr *attr; /* a copy the op may complete; never NULL */
    Shape shape;
    Type type;
    Support support;
} Infer;
bool infer_error(Infer *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Threads over which a run may split its work: run(pool, lanes, work, ctx) calls
 * work(ctx, lane, …) for each lane on whichever thread is free and returns when all are
 * done. Lane 0 has the run's scratch, lane k as much at scratch + (k - 1) * each. What
 * a run writes must not depend on how many there are. */
typedef struct Team {
    int threads;
    char *scratch;
    size_t each;
    struct Pool *pool;
    void (*run)(struct Pool *pool, int64_t lanes,
                void (*work)(void *ctx, int64_t lane, int worker), void *ctx);
} Team;

/* For .run: inputs are dense unless the op has OP_STRIDED; out is dense. */
typedef struct Run {
    const Node *node;
    const Buffer *in;
    Buffer out;
    void *scratch;     /* scratch(node) bytes, aligned to 64 */
    const Team *team;  /* NULL: the caller's thread alone */
    const char *error; /* set by run: a failure that the numbers caused ("matrix is not
                          positive definite"); NULL otherwise. May lie in scratch */
} Run;

/* For .probe: shapes and ranges of the generic tests; an entry with lo == hi ends. */
typedef struct Probe {
    int64_t dim[3][4]; /* shape of up to three inputs, ended by -1 */
    double lo, hi;     /* numbers are drawn from there */
    const Attr *attr;  /* NULL: none */
    Type type[3];      /* of the inputs; 0 is real */
    int64_t below;     /* int inputs are drawn from [0, below) */
    int n_in;          /* where the arity is -1 */
} Probe;

enum OpFlags {
    OP_ELEM = 1,      /* element-wise: fused; kernels in the table of elem.def */
    OP_VIEW = 2,      /* moves no number when its input allows */
    OP_STRIDED = 4,   /* run takes strided inputs */
    OP_SOURCE = 8,    /* input or constant */
    OP_NO_SHARE = 16, /* two equal ones are not the same */
    OP_STOPS = 32,    /* no slope passes */
    OP_JUMPS = 64,    /* its value jumps as what it came from moves: a slope in that is
                         refused, also where it would be lost in a comparison or an int */
    OP_DOUBLE = 128,  /* in double also where the rest is in single precision */
    OP_SPLITS = 256   /* run makes use of a team */
};

struct Op {
    const char *name;
    int arity; /* -1: any */
    uint32_t flags;
    int elem; /* row of elem.def, for OP_ELEM */
    bool (*shape)(Infer *c);
    size_t (*scratch)(const Node *n);
    void (*run)(Run *r);
    bool (*view)(const Node *n, const Buffer *in, Buffer *out); /* false: run copies */
    /* Adds the slopes: dx[i] for every real input i that has one, NULL for none. */
    bool (*slope)(Graph *g, Node *y, Node *dy, Node **dx);
    /* The op over a mapped axis of `size` in front of inputs with mapped[i]. */
    Node *(*batch)(Graph *g, const Node *y, Node *const *in, const bool *mapped,
                   int64_t size);
    const Probe *probe;
};

#endif
