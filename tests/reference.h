/* SPDX-License-Identifier: MIT
 * Graphs to numbers, the slow and obvious way, for tests of what is faster: every node
 * gets storage of its own, element-wise nodes run the scalar kernels on inputs that are
 * copied out to their shape.
 */
#ifndef UNC_TESTS_REFERENCE_H
#define UNC_TESTS_REFERENCE_H

#include "ops/ops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REFERENCE __attribute__((unused)) static

typedef struct Slot {
    Buffer value;
    void *own; /* storage, or NULL for a view */
    bool set;
} Slot;

typedef struct Reference {
    Graph *graph;
    bool views;
    Slot *slot;
    uint32_t slots;
    const char *error;
    char text[600];  /* an op may have written its error into its scratch */
    void *spare[64]; /* dense copies for one node */
    int spares;
} Reference;

static void *host_alloc(void *ud, void *ptr, size_t old_size, size_t new_size)
{
    (void)ud, (void)old_size;
    if (new_size) return realloc(ptr, new_size);
    free(ptr);
    return NULL;
}

/* malloc and free as a Memory. */
REFERENCE Memory reference_memory(void) { return (Memory){.alloc = host_alloc}; }

static void *take(size_t size)
{
    void *p = NULL;
    if (posix_memalign(&p, 64, size ? size : 1)) abort();
    memset(p, 0xAA, size ? size : 1); /* what was never written shows */
    return p;
}

/* views: views stay strided where the ops that read them allow it; else all is dense.
 */
REFERENCE Reference *reference_new(Graph *g, bool views)
{
    Reference *r = calloc(1, sizeof *r);
    if (!r) abort();
    r->graph = g;
    r->views = views;
    return r;
}

REFERENCE void reference_free(Reference *r)
{
    for (uint32_t i = 0; i < r->slots; i++) free(r->slot[i].own);
    free(r->slot);
    free(r);
}

static Slot *slot_of(Reference *r, const Node *n)
{
    if (n->id >= r->slots) {
        uint32_t slots = r->graph->count;
        r->slot = realloc(r->slot, slots * sizeof *r->slot);
        if (!r->slot) abort();
        memset(r->slot + r->slots, 0, (slots - r->slots) * sizeof *r->slot);
        r->slots = slots;
    }
    return &r->slot[n->id];
}

static size_t bytes(const Node *n)
{
    return (size_t)shape_count(&n->shape) * type_size(n->type);
}

/* The numbers of an input, copied. */
REFERENCE void reference_set(Reference *r, const Node *input, const void *data)
{
    Slot *s = slot_of(r, input);
    if (!s->own) s->own = take(bytes(input));
    if (bytes(input)) memcpy(s->own, data, bytes(input));
    s->value = buffer_dense(s->own, input->type, &input->shape);
    s->set = true;
}

/* Row-major number i of a strided buffer. */
static const char *element(const Buffer *b, int64_t i)
{
    int64_t at = 0;
    for (int axis = b->rank - 1; axis >= 0; axis--) {
        at += i % b->dim[axis] * b->stride[axis];
        i /= b->dim[axis];
    }
    return (const char *)b->data + at * (int64_t)type_size(b->type);
}

/* A dense copy of `b`, repeated to `shape` (equal rank, or b a scalar). */
static Buffer spread(Reference *r, const Buffer *b, const Shape *shape)
{
    Buffer wide = *b;
    size_t size = type_size(b->type);
    int64_t n = shape_count(shape);
    wide.rank = shape->rank;
    for (int i = 0; i < shape->rank; i++) {
        wide.dim[i] = shape->dim[i];
        bool repeat = b->rank == 0 || (b->dim[i] == 1 && shape->dim[i] != 1);
        wide.stride[i] = repeat ? 0 : b->stride[i];
    }
    char *to = take((size_t)n * size);
    r->spare[r->spares++] = to;
    for (int64_t i = 0; i < n; i++)
        memcpy(to + (size_t)i * size, element(&wide, i), size);
    return buffer_dense(to, b->type, shape);
}

static void run_elem(Reference *r, const Node *n, Slot *s)
{
    const void *in[3] = {NULL};
    Type type = n->in[n->n_in - 1]->type;
    for (int i = 0; i < n->n_in; i++)
        in[i] = spread(r, &slot_of(r, n->in[i])->value, &n->shape).data;
    elem_reference((Elem)n->op->elem, type)(shape_count(&n->shape), s->own, in);
}

static void run_op(Reference *r, const Node *n, Slot *s)
{
    Buffer in[64];
    for (int i = 0; i < n->n_in; i++) {
        in[i] = slot_of(r, n->in[i])->value;
        if (!(n->op->flags & OP_STRIDED) && !buffer_is_dense(&in[i]))
            in[i] = spread(r, &in[i], &n->in[i]->shape);
    }
    Run run = {.node = n, .in = in, .out = s->value};
    if (n->op->scratch) {
        run.scratch = take(n->op->scratch(n));
        r->spare[r->spares++] = run.scratch;
    }
    n->op->run(&run);
    if (!run.error) return;
    snprintf(r->text, sizeof r->text, "%s", run.error);
    r->error = r->text;
}

static void compute(Reference *r, Node *n)
{
    slot_of(r, r->graph->node[r->graph->count - 1]); /* no slot moves from here on */
    Slot *s = slot_of(r, n);
    if (n->op == &op_input) {
        if (!s->set) r->error = "an input has no numbers";
        return;
    }
    if (r->views && n->op->view && n->n_in == 1 &&
        n->op->view(n, &slot_of(r, n->in[0])->value, &s->value)) {
        s->value.type = n->type;
        s->set = true;
        return;
    }
    if (!s->own) s->own = take(bytes(n));
    s->value = buffer_dense(s->own, n->type, &n->shape);
    s->set = true;
    if (n->op == &op_constant)
        memcpy(s->own, n->attr->data, bytes(n));
    else if (n->op->flags & OP_ELEM)
        run_elem(r, n, s);
    else
        run_op(r, n, s);
    while (r->spares) free(r->spare[--r->spares]);
}

/* Computes outs; NULL, or what failed. */
REFERENCE const char *reference_run(Reference *r, Node *const *outs, int n)
{
    uint32_t count = r->graph->count;
    bool *need = calloc(count + 1, 1);
    if (!need) abort();
    for (int i = 0; i < n; i++) need[outs[i]->id] = true;
    for (uint32_t id = count; id-- > 0;)
        for (int i = 0; i < r->graph->node[id]->n_in && need[id]; i++)
            need[r->graph->node[id]->in[i]->id] = true;
    r->error = NULL;
    for (uint32_t id = 0; id < count && !r->error; id++)
        if (need[id]) compute(r, r->graph->node[id]);
    for (int i = 0; i < n && !r->error; i++) {
        Slot *s = slot_of(r, outs[i]); /* the caller reads it dense */
        if (buffer_is_dense(&s->value)) continue;
        Buffer b = spread(r, &s->value, &outs[i]->shape);
        r->spares = 0;
        free(s->own);
        s->own = b.data;
        s->value = b;
    }
    free(need);
    return r->error;
}

/* Dense numbers of an output. */
REFERENCE const void *reference_data(Reference *r, const Node *n)
{
    return slot_of(r, n)->value.data;
}

/* One of them, of any type but key. */
REFERENCE double reference_real(Reference *r, const Node *n, int64_t i)
{
    const void *d = reference_data(r, n);
    switch (n->type) {
    case TYPE_F64: return ((const double *)d)[i];
    case TYPE_F32: return (double)((const float *)d)[i];
    case TYPE_I64: return (double)((const int64_t *)d)[i];
    case TYPE_BOOL: return ((const uint8_t *)d)[i];
    case TYPE_KEY:
    case TYPE_COUNT: break;
    }
    return 0;
}

#endif
