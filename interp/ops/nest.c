/* SPDX-License-Identifier: MIT
 * Runs a graph inside a node, node by node, in the scratch storage of that node: every
 * value has a place of its own, views stay views. Nothing is allocated while running.
 */
#include "ops/ops_int.h"

/* Where layouts are tried out before there is storage: never read. */
#define NOWHERE ((char *)(uintptr_t)(1 << 20))

typedef struct Nest {
    const Graph *graph;
    Node *const *outs;
    int n_outs;
    uint32_t count;  /* needed nodes */
    uint32_t inputs; /* of all needed nodes together */
    Node **node;     /* needed, in order */
    uint32_t *place; /* by id: where it is in `node` */
    size_t bytes;    /* of scratch */
} Nest;

typedef struct Cell {
    Buffer value;
    Buffer *from; /* [n_in]: the inputs where they are, … */
    Buffer *in;   /* … and as the op takes them: copied where the data differ */
    bool runs;    /* not a source, not a view */
} Cell;

struct NestRun {
    const Nest *nest;
    Cell *cell;
    void *work; /* scratch of the op at hand */
    char *base;
    size_t used;
};

/* ---- storage ---- */

static void *take(NestRun *r, size_t size)
{
    char *p = r->base + r->used;
    r->used += (size + 63) & ~(size_t)63;
    return p;
}

static Buffer store(NestRun *r, Type type, const Shape *s)
{
    return buffer_dense(take(r, (size_t)shape_count(s) * type_size(type)), type, s);
}

/* b read as if it had the shape of y: axes of size 1, and scalars, repeat. */
static Buffer spread(const Buffer *b, const Shape *y)
{
    Buffer w = *b;
    w.rank = y->rank;
    for (int i = 0; i < y->rank; i++) {
        bool repeat = b->rank == 0 || (b->dim[i] == 1 && y->dim[i] != 1);
        w.dim[i] = y->dim[i];
        w.stride[i] = repeat ? 0 : b->stride[i];
    }
    return w;
}

static bool is_elem(const Node *n)
{
    return n->op->flags & OP_ELEM || n->op == &op_cast;
}

static void lay_input(NestRun *r, const Node *n, const Buffer *value, Buffer *from,
                      Buffer *in)
{
    *from = is_elem(n) ? spread(value, &n->shape) : *value;
    *in = *from;
    bool strided = !is_elem(n) && n->op->flags & OP_STRIDED;
    if (strided || buffer_is_dense(from)) return;
    Shape s = shape_of(from->rank, from->dim);
    *in = store(r, from->type, &s);
}

/* Gives node number i its place; inputs to `bound` where that is not NULL. */
static void lay(NestRun *r, uint32_t i, const void *const *bound)
{
    Node *n = r->nest->node[i];
    Cell *c = &r->cell[i];
    if (n->op == &op_constant || (n->op == &op_input && bound && bound[n->user])) {
        const void *data = n->op == &op_constant ? n->attr->data : bound[n->user];
        c->value = buffer_dense((void *)(uintptr_t)data, n->type, &n->shape);
        return;
    }
    const Cell *first = n->n_in ? &r->cell[r->nest->place[n->in[0]->id]] : NULL;
    if (n->op->view && n->op->view(n, &first->value, &c->value)) {
        c->value.type = n->type;
        return;
    }
    c->value = store(r, n->type, &n->shape);
    c->runs = n->op != &op_input;
    for (int k = 0; k < n->n_in; k++) {
        const Cell *x = &r->cell[r->nest->place[n->in[k]->id]];
        lay_input(r, n, &x->value, &c->from[k], &c->in[k]);
    }
}

/* Lays out everything from r->base; cells may be elsewhere while the size is found. */
static void lay_all(NestRun *r, Cell *cell, Buffer *uses, const void *const *bound)
{
    const Nest *nest = r->nest;
    size_t work = 0;
    r->cell = cell;
    for (uint32_t i = 0; i < nest->count; i++) {
        const Node *n = nest->node[i];
        cell[i].from = uses;
        cell[i].in = uses + n->n_in;
        uses += 2 * n->n_in;
        size_t size = n->op->scratch ? n->op->scratch(n) : 0;
        if (size > work) work = size;
        lay(r, i, bound);
    }
    r->work = take(r, work);
}

/* ---- making ready ---- */

static void find_needed(Nest *nest, Arena *arena)
{
    const Graph *g = nest->graph;
    bool *need = arena_take(arena, g->count + 1);
    nest->place = arena_take(arena, (g->count + 1) * sizeof *nest->place);
    for (int i = 0; i < nest->n_outs; i++) need[nest->outs[i]->id] = true;
    for (uint32_t id = g->count; id-- > 0;)
        for (int k = 0; k < g->node[id]->n_in && need[id]; k++)
            need[g->node[id]->in[k]->id] = true;
    for (uint32_t id = 0; id < g->count; id++) nest->count += need[id];
    nest->node = arena_take(arena, (nest->count + 1) * sizeof *nest->node);
    uint32_t at = 0;
    for (uint32_t id = 0; id < g->count; id++) {
        if (!need[id]) continue;
        nest->place[id] = at;
        nest->inputs += (uint32_t)g->node[id]->n_in;
        nest->node[at++] = g->node[id];
    }
}

void nest_make(Graph *inner, Node *const *outs, int n_outs)
{
    const Nest *old = inner->ready;
    if (old && old->outs == outs && old->n_outs == n_outs) return;
    Arena *a = &inner->arena;
    Nest *nest = arena_take(a, sizeof *nest);
    nest->graph = inner;
    nest->outs = outs;
    nest->n_outs = n_outs;
    find_needed(nest, a);
    Cell *cell = arena_take(a, (nest->count + 1) * sizeof *cell);
    Buffer *uses = arena_take(a, (2 * nest->inputs + 1) * sizeof *uses);
    NestRun r = {.nest = nest, .base = NOWHERE};
    take(&r, sizeof(NestRun));
    take(&r, nest->count * sizeof(Cell));
    take(&r, 2 * nest->inputs * sizeof(Buffer));
    lay_all(&r, cell, uses, NULL);
    nest->bytes = r.used;
    inner->ready = nest;
}

size_t nest_bytes(const Graph *inner) { return ((const Nest *)inner->ready)->bytes; }

Node *nest_slot(const Graph *inner, uint32_t user)
{
    for (uint32_t id = 0; id < inner->count; id++) {
        Node *n = inner->node[id];
        if (n->op == &op_input && n->user == user) return n;
    }
    return NULL;
}

bool nest_slot_fits(Infer *c, const Graph *inner, uint32_t user, Type type,
                    const Shape *s)
{
    const Node *n = nest_slot(inner, user);
    if (!n || (n->type == type && shape_same(&n->shape, s))) return true;
    char at[SHAPE_TEXT], bt[SHAPE_TEXT];
    return infer_error(c, "a loop gets %s%s where its step takes %s%s", type_name(type),
                       shape_text(at, c->graph->names, s, true), type_name(n->type),
                       shape_text(bt, c->graph->names, &n->shape, true));
}

/* ---- running ---- */

NestRun *nest_open(const Graph *inner, void *scratch, const void *const *bound)
{
    const Nest *nest = inner->ready;
    NestRun at = {.nest = nest, .base = scratch};
    NestRun *r = take(&at, sizeof *r);
    Cell *cell = take(&at, nest->count * sizeof *cell);
    Buffer *uses = take(&at, 2 * nest->inputs * sizeof *uses);
    memset(cell, 0, nest->count * sizeof *cell);
    *r = at;
    lay_all(r, cell, uses, bound);
    return r;
}

void *nest_input(NestRun *r, uint32_t user)
{
    for (uint32_t i = 0; i < r->nest->count; i++) {
        const Node *n = r->nest->node[i];
        if (n->op == &op_input && n->user == user) return r->cell[i].value.data;
    }
    return NULL;
}

Buffer nest_output(const NestRun *r, int k)
{
    return r->cell[r->nest->place[r->nest->outs[k]->id]].value;
}

static void run_elem(const Node *n, const Cell *c)
{
    const void *x[3] = {NULL, NULL, NULL};
    for (int k = 0; k < n->n_in; k++) x[k] = c->in[k].data;
    Type t = n->in[n->n_in - 1]->type;
    ElemKernel *kernel =
        n->op == &op_cast ? cast_kernel(t, n->type) : elem_kernel((Elem)n->op->elem, t);
    kernel(buffer_count(&c->value), c->value.data, x);
}

const char *nest_run(NestRun *r)
{
    for (uint32_t i = 0; i < r->nest->count; i++) {
        const Node *n = r->nest->node[i];
        const Cell *c = &r->cell[i];
        if (!c->runs) continue;
        for (int k = 0; k < n->n_in; k++)
            if (c->in[k].data != c->from[k].data) buffer_move(&c->in[k], &c->from[k]);
        if (is_elem(n)) {
            run_elem(n, c);
            continue;
        }
        Run run = {.node = n, .in = c->in, .out = c->value, .scratch = r->work};
        n->op->run(&run);
        if (run.error) return run.error;
    }
    return NULL;
}
