/* SPDX-License-Identifier: MIT
 * For the exec room alone: how a graph becomes steps. lower.c makes Values of nodes,
 * fuse.c puts them into steps, layout.c gives them places in one slab, emit.c makes the
 * steps that run.c runs; tile.c is the inner loop of fused steps.
 */
#ifndef UNC_EXEC_INT_H
#define UNC_EXEC_INT_H

#include "exec.h"

/* ---- storage (tensor.c, slab.c) ---- */
/* Like memory_take, but aligned to 64; large ones lie on huge pages. */
void *slab_take(Memory *m, size_t size);     /* zeroed */
void *slab_take_raw(Memory *m, size_t size); /* not set */
void slab_give(Memory *m, void *p, size_t size);

/* ---- values ---- */
typedef enum {
    KIND_SOURCE, /* input or constant */
    KIND_ALIAS,  /* other strides over another value's storage */
    KIND_ELEM,   /* element-wise: a kernel over tiles */
    KIND_COPY,   /* a dense copy of another value, over tiles */
    KIND_SUM,    /* the sum of all elements of a value of the same fused step */
    KIND_DOTS,   /* the products of each row of a large value with one column */
    KIND_RUN     /* one call of op->run */
} Kind;

typedef enum {
    PLACE_NONE,
    PLACE_TILE,     /* lives in its group's registers only */
    PLACE_SLAB,     /* at an offset in the slab */
    PLACE_EXTERNAL, /* bound by the caller */
    PLACE_CONSTANT  /* in the graph */
} Place;

enum { VALUE_NONE = 0 }; /* values are numbered from 1 */

typedef struct Value {
    Node *node; /* of a copy: the node it copies */
    Kind kind;
    Place place;
    Type type;
    bool pinned;    /* read after the run */
    bool outside;   /* read by another step than its own */
    bool strided;   /* its own step reads it other than element by element */
    int step;       /* that makes it; −1: before the run */
    int index;      /* place in its fused step */
    int last;       /* last step that reads it, through aliases too */
    int last_index; /* last place in that fused step */
    int64_t count;
    Buffer view;       /* shape and strides over the base; data NULL */
    uint32_t base;     /* the value that has the storage; itself if no alias */
    size_t offset;     /* bytes from the start of the base */
    uint32_t dense;    /* its dense copy, once made */
    uint32_t next;     /* next member of its step */
    uint32_t heir;     /* the value that takes over its storage in place */
    uint32_t root;     /* first owner of its storage */
    uint32_t external; /* slot, for PLACE_EXTERNAL */
    size_t at;         /* offset in the slab, of roots */
    int n_in;
    uint32_t *in;
} Value;

/* ---- fused steps ---- */
typedef struct Load {
    char *data;
    int rank; /* after merging axes */
    int64_t dim[LIMIT_RANK], stride[LIMIT_RANK];
    size_t size; /* of an element */
} Load;

/* Slots of a fused step (2 KiB of pointers on the stack), inputs of a kernel, and rows
 * that are laid out once. */
enum { TILE_SLOTS = 256, TILE_INPUTS = 6, TILE_TURNS = 24 };

typedef struct TileSum {
    double total;
    Type type;
} TileSum;

/* y[i] = row i of x times column i / block of w, both of k numbers. */
typedef struct TileDots {
    double total; /* of the row so far */
    Type type;
    int64_t k, block;
    char *w;
} TileDots;

typedef struct TileOp {
    ElemKernel *kernel; /* or one of these three */
    Load *load;
    TileSum *sum;
    TileDots *dots;
    uint16_t y, x[TILE_INPUTS];
    uint16_t n_in;
} TileOp;

/* A row that repeats, laid out once with a tile more: a tile begins somewhere in it. */
typedef struct Turn {
    int slot;
    size_t move, period; /* bytes */
} Turn;

/* A program over tiles: slots are pointers, of streams (that move on by `move` bytes a
 * tile) or of registers (that stay). */
typedef struct Tiles {
    int64_t count, tile;
    int n_once, n_ops, n_turns, n_slots;
    int first_register;
    TileOp *op;
    struct TileOnce { /* loads that hold for all tiles */
        Load *load;
        int slot;
        int64_t n;
    } * once;
    Turn *turn;
    char **base;
    size_t *move;
    size_t register_bytes;
} Tiles;

void tile_load(const Load *l, int64_t start, int64_t n, char *y);
void tiles_run(const Tiles *t);
/* Merges axes of a view; what is read element by element has rank 1 and stride 1 (or
 * rank 0 where there is one element), what is one number everywhere stride 0. */
void load_init(Load *l, const Buffer *view);

/* ---- steps ---- */
typedef enum { STEP_TILES, STEP_RUN } StepKind;
typedef struct Step {
    StepKind kind;
    const Node *node;
    const Op *op;
    Tiles *tiles;
    Run *run;
    size_t scratch;        /* its place in the slab and 1 more; 0: none */
    int64_t count;         /* of the iteration, while grouping */
    uint32_t first, final; /* members */
    int members, weight;
} Step;

typedef struct Fixup {
    struct Fixup *next;
    void **where;
    size_t offset;
} Fixup;

typedef struct External {
    const Node *node;
    void *data;
    Fixup *fixups;
} External;

/* A constant number, laid out as long as a tile; shared by fused steps. */
typedef struct Filled {
    struct Filled *next;
    uint64_t bits;
    size_t size;
    int64_t n;
    char *data;
} Filled;

typedef struct Copy { /* after the run: updates that could not be made in place */
    void *to;
    void *from;
    size_t bytes;
} Copy;

struct Plan {
    Memory *memory;
    Graph *graph;
    Arena arena;
    PlanOptions options;
    Node **map; /* what a node became by rewriting; NULL: itself */
    uint32_t mapped;
    uint32_t nodes;
    uint32_t *value_of; /* by node id */
    Value *value;       /* [values], 0 unused */
    uint32_t values, value_room;
    Step *step;
    int steps;
    int commit; /* first step that writes what the caller bound */
    External *external;
    int externals;
    Filled *filled;
    uint32_t *out;
    int n_outs;
    Copy *copy;
    int copies;
    PlanUpdate *update;
    uint32_t *next; /* [n_updates], value moved into the current's storage */
    int n_updates;
    bool own_outs; /* outputs go to storage that exec binds */
    char *slab;
    size_t slab_bytes;
    char *registers; /* of the fused step that runs */
    size_t registers_bytes;
    Team team;
    const char *failure;
    const Node *failed;
};

/* ---- passes ---- */
/* Remakes what root[0 … n) need by constant folding and stable forms, and replaces the
 * roots. New nodes are added to g. map: [g->count at the call], what each node became.
 */
void rewrite(Graph *g, Node **root, int n, Node **map);

bool lower(Plan *p, Node *const *outs, char *error);
uint32_t value_dense(Plan *p, uint32_t v);
static inline bool value_is_plain(const Plan *p, const Value *v)
{
    return v->offset == 0 && v->count == p->value[v->base].count &&
           buffer_is_dense(&v->view);
}
/* What an element-wise value of shape like y reads of its input x. */
Buffer operand_view(const Value *y, const Value *x);
/* True if y may read x within one fused step: element by element, or, of products, row
 * by row. */
bool value_in_step(const Plan *p, const Value *y, const Value *x);
void fuse(Plan *p);
void step_append(Plan *p, uint32_t v); /* v as the last member of its step */
void sink(Plan *p);
bool layout(Plan *p, char *error);
void emit(Plan *p);
ElemKernel *value_kernel(const Node *n); /* of an element-wise node or a cast */
#ifdef UNC_CHECKS
void plan_check(const Plan *p);
#endif
void *value_data(const Plan *p, uint32_t v);
/* The value of a node of the plan's graph (of what it became); VALUE_NONE if not
 * needed. */
uint32_t value_of_node(const Plan *p, const Node *n);
/* A plan whose outputs go to storage bound by plan_bind_out. */
Plan *plan_make_out(Memory *m, Graph *g, Node *const *outs, int n_outs,
                    const PlanOptions *options, char *error);
void plan_bind_out(Plan *p, int i, void *data);

/* Loops over many numbers (numbers_body.h), for the least CPU and for those that have
 * more. */
typedef struct NumberLoops {
    bool (*range)(const double *x, int64_t n, double *least, double *most);
    bool (*finite)(const double *x, int64_t n);
    double (*apart)(const double *x, const double *x0, int64_t n);
    void (*narrow)(float *to, const double *from, int64_t n);
    void (*widen)(double *to, const float *from, int64_t n);
    void (*round_towards)(double *to, const double *x, const double *x0, int64_t n);
    void (*moments_f64)(double *mean, double *squares, const double *x, int64_t n,
                        double share);
    void (*moments_f32)(double *mean, double *squares, const float *x, int64_t n,
                        double share);
} NumberLoops;
extern const NumberLoops number_loops_base, number_loops_avx2;

#endif
