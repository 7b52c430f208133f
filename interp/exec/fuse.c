/* SPDX-License-Identifier: MIT
 * From values to steps. An element-wise value joins the latest fused step of its size
 * in which all that it needs is there or made before; else it opens a step at the end.
 * So do sums over all of it, and the products of many wide rows with one column.
 */
#include "exec_int.h"

/* Products with one column join a fused step from rows of so many numbers on, and where
 * the rows are so many in all that they would not stay in the cache. */
enum { DOTS_ROW = 256, DOTS_LEAST = 1 << 17 };

bool value_in_step(const Plan *p, const Value *y, const Value *x)
{
    if (y->kind == KIND_RUN) return false;
    bool fit = y->kind == KIND_SUM || x->count == y->count;
    if (y->kind == KIND_DOTS) fit = x->count == shape_count(&y->node->in[0]->shape);
    return fit && value_is_plain(p, x);
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

static int open_step(Plan *p, StepKind kind, int64_t count)
{
    Step *s = &p->step[p->steps];
    s->kind = kind;
    s->count = count;
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
    if (s->kind != STEP_TILES || s->count != x->count || s->weight + 2 > TILE_SLOTS)
        return false;
    v->kind = KIND_SUM;
    return true;
}

/* Whether v is a product of the rows of a large element-wise value with one column (or
 * with one for each batch): the rows then need not be kept. */
static bool is_dots(const Plan *p, const Value *v)
{
    if (v->kind != KIND_RUN || v->node->op != &op_matmul || p->options.watch)
        return false;
    const Value *x = &p->value[v->in[0]], *w = &p->value[v->in[1]];
    const Shape *a = &v->node->in[0]->shape, *b = &v->node->in[1]->shape;
    int64_t k = a->dim[a->rank - 1], batches = 1, own = 1;
    for (int i = 0; i < a->rank - 2; i++) batches *= a->dim[i];
    for (int i = 0; i < b->rank - 2; i++) own *= b->dim[i];
    return b->dim[b->rank - 1] == 1 && a->dim[a->rank - 2] > 1 && k >= DOTS_ROW &&
           x->count >= DOTS_LEAST && (own == 1 || own == batches) &&
           v->count == x->count / k && p->value[x->base].kind == KIND_ELEM &&
           value_is_plain(p, x) && buffer_is_dense(&w->view);
}

static int find_step(Plan *p, Value *v)
{
    if (join_sum(p, v)) return p->value[p->value[v->in[0]].base].step;
    if (is_dots(p, v)) v->kind = KIND_DOTS;
    if (v->kind == KIND_RUN) return open_step(p, STEP_RUN, v->count);
    int64_t count = v->kind == KIND_DOTS ? p->value[v->in[0]].count : v->count;
    if (!p->options.watch) {
        int low = first_possible(p, v), need = slots_needed(v);
        for (int s = p->steps - 1; s >= low; s--) {
            const Step *step = &p->step[s];
            if (step->kind == STEP_TILES && step->count == count &&
                step->weight + need <= TILE_SLOTS)
                return s;
        }
    }
    return open_step(p, STEP_TILES, count);
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
