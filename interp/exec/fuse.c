/* SPDX-License-Identifier: MIT
 * From values to steps. An element-wise value joins the latest fused step of its size
 * in which all that it needs is there or made before; else it opens a step at the end.
 */
#include "exec_int.h"

bool value_in_step(const Plan *p, const Value *y, const Value *x)
{
    if (y->kind == KIND_RUN) return false;
    return (y->kind == KIND_SUM || x->count == y->count) && value_is_plain(p, x);
}

static int slots_needed(const Value *v) { return 1 + v->n_in; }

/* The first step in which v can be made. */
static int first_possible(const Plan *p, const Value *v)
{
    int low = 0;
    for (int i = 0; i < v->n_in; i++) {
        const Value *x = &p->value[v->in[i]], *base = &p->value[x->base];
        if (base->step < 0) continue;
        bool within = p->step[base->step].kind == STEP_TILES && value_in_step(p, v, x);
        int after = base->step + (within ? 0 : 1);
        if (after > low) low = after;
    }
    return low;
}

static int open_step(Plan *p, StepKind kind, const Value *v)
{
    Step *s = &p->step[p->steps];
    s->kind = kind;
    s->count = v->count;
    return p->steps++;
}

/* A sum over all of what a fused step makes joins that step. */
static bool join_sum(const Plan *p, Value *v)
{
    if (v->kind != KIND_RUN || v->node->op != &op_sum || v->count != 1 ||
        !type_is_real(v->type) || p->options.watch)
        return false;
    const Value *x = &p->value[v->in[0]], *base = &p->value[x->base];
    if (x->count < 2 || base->step < 0 || !value_is_plain(p, x)) return false;
    const Step *s = &p->step[base->step];
    if (s->kind != STEP_TILES || s->weight + 2 > TILE_SLOTS) return false;
    v->kind = KIND_SUM;
    return true;
}

static int find_step(Plan *p, Value *v)
{
    if (join_sum(p, v)) return p->value[p->value[v->in[0]].base].step;
    if (v->kind == KIND_RUN) return open_step(p, STEP_RUN, v);
    if (!p->options.watch) {
        int low = first_possible(p, v), need = slots_needed(v);
        for (int s = p->steps - 1; s >= low; s--) {
            const Step *step = &p->step[s];
            if (step->kind == STEP_TILES && step->count == v->count &&
                step->weight + need <= TILE_SLOTS)
                return s;
        }
    }
    return open_step(p, STEP_TILES, v);
}

void step_append(Plan *p, uint32_t id)
{
    Value *v = &p->value[id];
    Step *step = &p->step[v->step];
    if (step->members)
        p->value[step->final].next = id;
    else
        step->first = id;
    step->final = id;
    v->next = VALUE_NONE;
    v->index = step->members++;
    step->node = p->value[step->first].node;
}

void fuse(Plan *p)
{
    p->step = arena_take(&p->arena, (p->values + 1) * sizeof *p->step);
    for (uint32_t id = 1; id < p->values; id++) {
        Value *v = &p->value[id];
        if (v->kind == KIND_SOURCE || v->kind == KIND_ALIAS) continue;
        v->step = find_step(p, v);
        p->step[v->step].weight += slots_needed(v);
        step_append(p, id);
    }
    if (!p->options.watch) sink(p);
}
