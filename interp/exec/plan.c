/* SPDX-License-Identifier: MIT
 * The life of a plan: made by rewriting, lowering, fusing, layout and emitting; bound
 * to the caller's storage; read; given back.
 */
#include "exec_int.h"

#include <string.h>

static void plan_rewrite(Plan *p, Node **outs)
{
    int n = p->n_outs + p->n_updates;
    Node **root = arena_take(&p->arena, (size_t)(n + 1) * sizeof *root);
    for (int i = 0; i < p->n_outs; i++) root[i] = outs[i];
    for (int i = 0; i < p->n_updates; i++) root[p->n_outs + i] = p->update[i].next;
    p->mapped = p->graph->count;
    p->map = arena_take(&p->arena, (p->mapped + 1) * sizeof *p->map);
    rewrite(p->graph, root, n, p->map);
    for (int i = 0; i < p->n_outs; i++) outs[i] = root[i];
    for (int i = 0; i < p->n_updates; i++) p->update[i].next = root[p->n_outs + i];
}

static Plan *make(Plan *p, Node *const *given, char *error)
{
    Node **outs = arena_take(&p->arena, (size_t)(p->n_outs + 1) * sizeof *outs);
    for (int i = 0; i < p->n_outs; i++) outs[i] = given[i];
    if (!p->options.plain && !p->options.watch) plan_rewrite(p, outs);
    p->nodes = p->graph->count;
    bool good = lower(p, outs, error);
    if (good) {
        fuse(p);
        good = layout(p, error);
    }
    if (good) {
#ifdef UNC_CHECKS
        plan_check(p);
#endif
        emit(p);
        return p;
    }
    plan_free(p);
    return NULL;
}

static Plan *start(Memory *m, Graph *g, int n_outs, const PlanOptions *options)
{
    Plan *p = memory_take(m, sizeof *p);
    p->memory = m;
    p->graph = g;
    arena_init(&p->arena, m);
    if (options) p->options = *options;
    p->n_outs = n_outs;
    return p;
}

Plan *plan_make(Memory *m, Graph *g, Node *const *outs, int n_outs,
                const PlanUpdate *update, int n_updates, const PlanOptions *options,
                char *error)
{
    Plan *p = start(m, g, n_outs, options);
    p->n_updates = n_updates;
    p->update = arena_take(&p->arena, (size_t)(n_updates + 1) * sizeof *p->update);
    for (int i = 0; i < n_updates; i++) p->update[i] = update[i];
    return make(p, outs, error);
}

Plan *plan_make_out(Memory *m, Graph *g, Node *const *outs, int n_outs,
                    const PlanOptions *options, char *error)
{
    Plan *p = start(m, g, n_outs, options);
    p->own_outs = true;
    return make(p, outs, error);
}

void plan_free(Plan *p)
{
    if (!p) return;
    memory_give(p->memory, p->value, p->value_room * sizeof *p->value);
    slab_give(p->memory, p->slab, p->slab_bytes);
    slab_give(p->memory, p->registers, p->registers_bytes);
    if (p->team.scratch)
        slab_give(p->memory, p->team.scratch,
                  p->team.each * (size_t)(p->team.threads - 1));
    arena_free(&p->arena);
    memory_give(p->memory, p, sizeof *p);
}

bool plan_splits(const Plan *p)
{
    for (int i = 0; i < p->steps; i++)
        if (p->step[i].op && p->step[i].op->flags & OP_SPLITS) return true;
    return false;
}

void plan_lend(Plan *p, Pool *pool)
{
    Team *t = &p->team;
    *t = (Team){.threads = pool_threads(pool), .pool = pool, .run = pool_run};
    for (int i = 0; i < p->steps; i++) {
        const Step *s = &p->step[i];
        if (!s->op || !(s->op->flags & OP_SPLITS)) continue;
        s->run->team = t;
        size_t scratch = (s->op->scratch(s->node) + 63) & ~(size_t)63;
        if (scratch > t->each) t->each = scratch;
    }
    t->scratch = slab_take(p->memory, t->each * (size_t)(t->threads - 1));
}

size_t plan_bytes(const Plan *p) { return p->slab_bytes; }

static void bind(External *e, void *data)
{
    if (e->data == data) return;
    e->data = data;
    for (Fixup *f = e->fixups; f; f = f->next) *f->where = (char *)data + f->offset;
}

/* The slot of an input, or −1. */
static int slot_of_input(const Plan *p, const Node *input)
{
    if (input->id >= p->nodes) return -1;
    uint32_t v = p->value_of[input->id];
    if (!v || p->graph->node[input->id] != input) return -1;
    const Value *x = &p->value[v];
    if (x->kind == KIND_COPY) x = &p->value[x->in[0]];
    return x->place == PLACE_EXTERNAL ? (int)x->external : -1;
}

void plan_bind(Plan *p, const Node *input, void *data)
{
    int slot = slot_of_input(p, input);
    if (slot >= 0) bind(&p->external[slot], data);
}

void plan_bind_out(Plan *p, int i, void *data)
{
    bind(&p->external[p->value[p->out[i]].external], data);
}

bool plan_needs(const Plan *p, const Node *input)
{
    return slot_of_input(p, input) >= 0;
}

void *value_data(const Plan *p, uint32_t v)
{
    const Value *x = &p->value[v], *base = &p->value[x->base];
    switch (base->place) {
    case PLACE_SLAB: return p->slab + p->value[base->root].at + x->offset;
    case PLACE_CONSTANT: return (char *)base->node->attr->data + x->offset;
    case PLACE_EXTERNAL: {
        char *data = p->external[base->external].data;
        return data ? data + x->offset : NULL;
    }
    case PLACE_NONE:
    case PLACE_TILE: break;
    }
    return NULL;
}

const void *plan_output(const Plan *p, int i) { return value_data(p, p->out[i]); }

uint32_t value_of_node(const Plan *p, const Node *n)
{
    if (p->map && n->id < p->mapped && p->graph->node[n->id] == n && p->map[n->id])
        n = p->map[n->id];
    if (n->id >= p->nodes || p->graph->node[n->id] != n) return VALUE_NONE;
    return p->value_of[n->id];
}

Buffer plan_buffer(const Plan *p, const Node *n)
{
    uint32_t v = value_of_node(p, n);
    if (!v) return (Buffer){.type = n->type};
    Buffer b = p->value[v].view;
    b.data = value_data(p, v);
    return b;
}
