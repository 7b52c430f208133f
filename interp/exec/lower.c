/* SPDX-License-Identifier: MIT
 * From nodes to values: what is a view becomes an alias, what an op must have dense
 * gets a copy, what the caller reads afterwards gets storage of its own.
 */
#include "exec_int.h"

#include <stdio.h>
#include <string.h>

/* Views are asked where their numbers would lie if the base began here; only the
 * distance is kept. Far from both ends of the address space. */
#define LOWER_FAKE ((uintptr_t)1 << 46)

static Buffer dense_view(Type type, int rank, const int64_t *dim)
{
    Buffer b = {.type = type, .rank = rank};
    int64_t stride = 1;
    for (int i = rank - 1; i >= 0; i--) {
        b.dim[i] = dim[i];
        b.stride[i] = stride;
        stride *= dim[i];
    }
    return b;
}

static uint32_t value_add(Plan *p, Node *node, Kind kind, int n_in)
{
    if (p->values == p->value_room) {
        uint32_t room = p->value_room + p->value_room / 2;
        p->value = memory_grow(p->memory, p->value, p->value_room * sizeof *p->value,
                               room * sizeof *p->value);
        p->value_room = room;
    }
    uint32_t id = p->values++;
    Value *v = &p->value[id];
    v->node = node;
    v->kind = kind;
    v->type = node->type;
    v->count = shape_count(&node->shape);
    v->view = dense_view(node->type, node->shape.rank, node->shape.dim);
    v->base = v->root = id;
    v->step = v->last = v->last_index = -1;
    v->n_in = n_in;
    if (n_in) v->in = arena_take(&p->arena, (size_t)n_in * sizeof *v->in);
    return id;
}

static uint32_t copy_of(Plan *p, uint32_t from)
{
    const Value *x = &p->value[from];
    uint32_t id = value_add(p, x->node, KIND_COPY, 1);
    Value *v = &p->value[id];
    x = &p->value[from];
    v->view = dense_view(x->type, x->view.rank, x->view.dim);
    v->in[0] = from;
    return id;
}

uint32_t value_dense(Plan *p, uint32_t v)
{
    if (buffer_is_dense(&p->value[v].view)) return v;
    if (!p->value[v].dense) {
        uint32_t copy = copy_of(p, v);
        p->value[v].dense = copy;
    }
    return p->value[v].dense;
}

Buffer operand_view(const Value *y, const Value *x)
{
    Buffer b = y->view;
    b.type = x->type;
    int behind = y->view.rank - x->view.rank;
    for (int i = 0; i < b.rank; i++) {
        int j = i - behind;
        bool one = j < 0 || x->view.dim[j] == 1;
        b.stride[i] = one ? 0 : x->view.stride[j];
    }
    return b;
}

static uint32_t lower_source(Plan *p, Node *n)
{
    uint32_t id = value_add(p, n, KIND_SOURCE, 0);
    Value *v = &p->value[id];
    if (n->op == &op_input) {
        v->place = PLACE_EXTERNAL;
        v->external = (uint32_t)p->externals;
        p->external[p->externals++].node = n;
    } else {
        v->place = PLACE_CONSTANT;
    }
    if (!p->options.watch || n->op != &op_input) return id;
    for (int i = 0; i < p->n_updates; i++)
        if (p->update[i].current == n) return copy_of(p, id);
    return id;
}

/* An alias of `in` by the op's own rule, or VALUE_NONE. */
static uint32_t lower_view(Plan *p, Node *n, uint32_t in)
{
    Buffer from = p->value[in].view, to = {0};
    from.data = (void *)LOWER_FAKE;
    if (!n->op->view(n, &from, &to)) return VALUE_NONE;
    uint32_t id = value_add(p, n, KIND_ALIAS, 1);
    Value *v = &p->value[id], *x = &p->value[in];
    v->offset = x->offset + (size_t)((uintptr_t)to.data - LOWER_FAKE);
    to.data = NULL;
    to.type = n->type;
    v->view = to;
    v->base = x->base;
    v->in[0] = in;
    return id;
}

static uint32_t lower_identity(Plan *p, Node *n, uint32_t in)
{
    uint32_t id = value_add(p, n, KIND_ALIAS, 1);
    Value *v = &p->value[id], *x = &p->value[in];
    v->offset = x->offset;
    v->view = x->view;
    v->base = x->base;
    v->in[0] = in;
    return id;
}

static uint32_t lower_node(Plan *p, Node *n)
{
    const Op *op = n->op;
    if (op == &op_input || op == &op_constant) return lower_source(p, n);
    if (op == &op_cast && n->in[0]->type == n->type)
        return lower_identity(p, n, p->value_of[n->in[0]->id]);
    bool elem = (op->flags & OP_ELEM) || op == &op_cast;
    if ((op->flags & OP_VIEW) && op->view) {
        uint32_t in = p->value_of[n->in[0]->id];
        uint32_t v = lower_view(p, n, in);
        if (!v && !buffer_is_dense(&p->value[in].view))
            v = lower_view(p, n, value_dense(p, in));
        if (v) return v;
    }
    bool strided = elem || (op->flags & OP_STRIDED);
    for (int i = 0; i < n->n_in && !strided; i++)
        value_dense(p, p->value_of[n->in[i]->id]); /* copies come before their user */
    uint32_t id = value_add(p, n, elem ? KIND_ELEM : KIND_RUN, n->n_in);
    for (int i = 0; i < n->n_in; i++) {
        uint32_t in = p->value_of[n->in[i]->id];
        p->value[id].in[i] = strided ? in : value_dense(p, in);
    }
    return id;
}

/* Marks what the roots need; returns how many nodes that are. */
static uint32_t mark_needed(Plan *p, Node *const *root, int n, unsigned char *need)
{
    uint32_t count = 0;
    for (int i = 0; i < n; i++) need[root[i]->id] = 1;
    for (uint32_t id = p->nodes; id-- > 0;) {
        if (!need[id]) continue;
        count++;
        const Node *node = p->graph->node[id];
        for (int k = 0; k < node->n_in; k++) need[node->in[k]->id] = 1;
    }
    return count;
}

typedef struct Visit {
    Node *node;
    int next; /* input to look at */
} Visit;

/* The needed nodes in the order of the program: what rewriting made takes the place of
 * what it replaced, so that numbers do not wait in memory for each other. */
typedef struct Order {
    unsigned char *need; /* by id; 0 when done */
    Node **node;
    uint32_t count;
    Visit *stack;
} Order;

static void visit(Order *o, Node *from)
{
    uint32_t depth = 0;
    if (o->need[from->id] != 1) return;
    o->stack[depth++] = (Visit){from, 0};
    while (depth) {
        Visit *top = &o->stack[depth - 1];
        if (top->next < top->node->n_in) {
            Node *in = top->node->in[top->next++];
            if (o->need[in->id] == 1) o->stack[depth++] = (Visit){in, 0};
        } else {
            o->need[top->node->id] = 0;
            o->node[o->count++] = top->node;
            depth--;
        }
    }
}

static Order order_of(Plan *p, unsigned char *need, uint32_t count)
{
    Order o = {.need = need};
    o.node = arena_take(&p->arena, (count + 1) * sizeof *o.node);
    o.stack = memory_take(p->memory, (count + 1) * sizeof *o.stack);
    for (uint32_t id = 0; p->map && id < p->mapped; id++)
        if (p->map[id]) visit(&o, p->map[id]);
    for (uint32_t id = 0; id < p->nodes; id++)
        if (need[id]) visit(&o, p->graph->node[id]);
    memory_give(p->memory, o.stack, (count + 1) * sizeof *o.stack);
    return o;
}

static bool is_current(const Plan *p, uint32_t v)
{
    const Value *base = &p->value[p->value[v].base];
    if (base->place != PLACE_EXTERNAL) return false;
    for (int i = 0; i < p->n_updates; i++)
        if (p->update[i].current == base->node) return true;
    return false;
}

static void lower_outputs(Plan *p, Node *const *outs)
{
    for (int i = 0; i < p->n_outs; i++) {
        uint32_t v = value_dense(p, p->value_of[outs[i]->id]);
        bool copy = is_current(p, v);
        if (p->own_outs) {
            copy = copy || p->value[v].kind == KIND_SOURCE ||
                   p->value[v].kind == KIND_ALIAS;
            for (int k = 0; k < i; k++) copy = copy || p->out[k] == v;
        }
        p->out[i] = copy ? copy_of(p, v) : v;
    }
    for (int i = 0; i < p->n_updates; i++) {
        uint32_t v = p->value_of[p->update[i].next->id];
        Kind kind = p->value[v].kind;
        bool copy = kind == KIND_SOURCE || kind == KIND_ALIAS;
        p->next[i] = copy ? copy_of(p, v) : v;
    }
}

/* The roots, with updates that change nothing left out. */
static Node **lower_roots(Plan *p, Node *const *outs, int *n)
{
    Node **root = arena_take(&p->arena,
                             (size_t)(p->n_outs + 2 * p->n_updates + 1) * sizeof *root);
    int count = 0, updates = 0;
    for (int i = 0; i < p->n_outs; i++) root[count++] = outs[i];
    for (int i = 0; i < p->n_updates; i++) {
        PlanUpdate u = p->update[i];
        if (u.current == u.next) continue;
        UNC_CHECK(p->memory, u.current->op == &op_input);
        UNC_CHECK(p->memory, u.current->type == u.next->type &&
                                 shape_same(&u.current->shape, &u.next->shape));
        root[count++] = u.current;
        root[count++] = u.next;
        p->update[updates++] = u;
    }
    p->n_updates = updates;
    *n = count;
    return root;
}

bool lower(Plan *p, Node *const *outs, char *error)
{
    int n = 0;
    Node **root = lower_roots(p, outs, &n);
    unsigned char *need = arena_take(&p->arena, p->nodes + 1);
    uint32_t count = mark_needed(p, root, n, need);
    if (count > LIMIT_NODES) {
        snprintf(error, 600, "the computation has %u operations, which is too many",
                 count);
        return false;
    }
    p->value_room = count + count / 4 + 4; /* some more for copies */
    p->value = memory_take(p->memory, p->value_room * sizeof *p->value);
    p->values = 1;
    p->value_of = arena_take(&p->arena, (p->nodes + 1) * sizeof *p->value_of);
    p->external =
        arena_take(&p->arena, (count + (uint32_t)p->n_outs + 1) * sizeof *p->external);
    p->out = arena_take(&p->arena, (size_t)(p->n_outs + 1) * sizeof *p->out);
    p->next = arena_take(&p->arena, (size_t)(p->n_updates + 1) * sizeof *p->next);
    Order o = order_of(p, need, count);
    for (uint32_t i = 0; i < o.count; i++)
        p->value_of[o.node[i]->id] = lower_node(p, o.node[i]);
    lower_outputs(p, outs);
    return true;
}
