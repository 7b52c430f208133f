/* SPDX-License-Identifier: MIT
 * Fewer stores between fused steps: a value that only one later fused step reads is
 * made there, if that needs at most as many numbers to be kept as it saves (1 − h²
 * beside the slope that asks for it, not beside h).
 */
#include "exec_int.h"

/* Who reads each value: reader[first[v] … first[v + 1]), through aliases. */
typedef struct Readers {
    uint32_t *first, *reader;
    unsigned char *kept; /* read after the run, or overwritten by it */
    size_t bytes;
} Readers;

static void count_readers(const Plan *p, Readers *r)
{
    for (uint32_t id = 1; id < p->values; id++) {
        const Value *v = &p->value[id];
        if (v->kind == KIND_ALIAS) continue;
        for (int i = 0; i < v->n_in; i++) r->first[p->value[v->in[i]].base + 1]++;
    }
    for (uint32_t id = 0; id < p->values; id++) r->first[id + 1] += r->first[id];
}

static void list_readers(const Plan *p, Readers *r, uint32_t *at)
{
    for (uint32_t id = 1; id < p->values; id++) {
        const Value *v = &p->value[id];
        if (v->kind == KIND_ALIAS) continue;
        for (int i = 0; i < v->n_in; i++) {
            uint32_t base = p->value[v->in[i]].base;
            r->reader[r->first[base] + at[base]++] = id;
        }
    }
}

static Readers readers_make(const Plan *p)
{
    Readers r;
    size_t n = p->values + 2, edges = 0;
    for (uint32_t id = 1; id < p->values; id++) edges += (size_t)p->value[id].n_in;
    r.bytes = (2 * n + edges) * sizeof(uint32_t) + n;
    r.first = memory_take(p->memory, r.bytes);
    uint32_t *at = r.first + n;
    r.reader = at + n;
    r.kept = (unsigned char *)(r.reader + edges);
    count_readers(p, &r);
    list_readers(p, &r, at);
    for (int i = 0; i < p->n_outs; i++) r.kept[p->value[p->out[i]].base] = 1;
    for (int i = 0; i < p->n_updates; i++) {
        uint32_t current = p->value_of[p->update[i].current->id];
        r.kept[p->value[p->next[i]].base] = 1;
        r.kept[p->value[current].base] = 1;
    }
    return r;
}

static bool reads_directly(const Plan *p, const Value *y, uint32_t base)
{
    for (int i = 0; i < y->n_in; i++) {
        const Value *x = &p->value[y->in[i]];
        if (x->base == base && !value_in_step(p, y, x)) return false;
    }
    return true;
}

/* The one later fused step of v's size whose members alone read v; −1: there is none.
 */
static int only_step(const Plan *p, const Readers *r, uint32_t id)
{
    const Value *v = &p->value[id];
    int step = -1;
    if (r->kept[id]) return -1;
    for (uint32_t k = r->first[id]; k < r->first[id + 1]; k++) {
        const Value *y = &p->value[r->reader[k]];
        if (y->step <= v->step || (step >= 0 && y->step != step)) return -1;
        if (!reads_directly(p, y, id)) return -1;
        step = y->step;
    }
    if (step < 0) return -1;
    const Step *s = &p->step[step];
    bool fits = s->kind == STEP_TILES && s->count == v->count &&
                s->weight + 1 + v->n_in <= TILE_SLOTS;
    return fits ? step : -1;
}

/* True if moving v makes its input x live longer or in storage where it would not. */
static bool costs(const Plan *p, const Readers *r, uint32_t v, int step, const Value *x)
{
    const Value *base = &p->value[x->base];
    if (x->count < p->value[v].count || base->kind == KIND_SOURCE) return false;
    for (uint32_t k = r->first[x->base]; k < r->first[x->base + 1]; k++) {
        uint32_t reader = r->reader[k];
        if (reader != v && p->value[reader].step >= step) return false;
    }
    return true;
}

static void try_sink(Plan *p, const Readers *r, uint32_t id)
{
    Value *v = &p->value[id];
    if (v->kind != KIND_ELEM) return;
    int step = only_step(p, r, id), cost = 0;
    if (step < 0) return;
    for (int i = 0; i < v->n_in; i++) {
        const Value *x = &p->value[v->in[i]];
        const Value *base = &p->value[x->base];
        if (base->kind == KIND_SOURCE && r->kept[x->base]) return;
        bool again = false;
        for (int k = 0; k < i; k++) again = again || v->in[k] == v->in[i];
        if (!again && costs(p, r, id, step, x)) cost++;
    }
    if (cost > 1) return;
    p->step[step].weight += 1 + v->n_in;
    v->step = step;
}

/* Steps whose members have all gone go too; the others list theirs anew. */
static void relink(Plan *p)
{
    int *moved = memory_take(p->memory, (size_t)(p->steps + 1) * sizeof *moved);
    for (int s = 0; s < p->steps; s++) p->step[s].members = 0;
    for (uint32_t id = 1; id < p->values; id++)
        if (p->value[id].step >= 0) p->step[p->value[id].step].members++;
    int n = 0;
    for (int s = 0; s < p->steps; s++) {
        moved[s] = n;
        if (!p->step[s].members) continue;
        p->step[n] = p->step[s];
        p->step[n++].members = 0;
    }
    for (uint32_t id = 1; id < p->values; id++) {
        if (p->value[id].step < 0) continue;
        p->value[id].step = moved[p->value[id].step];
        step_append(p, id);
    }
    memory_give(p->memory, moved, (size_t)(p->steps + 1) * sizeof *moved);
    p->steps = n;
}

void sink(Plan *p)
{
    Readers r = readers_make(p);
    for (uint32_t id = p->values; id-- > 1;) try_sink(p, &r, id);
    memory_give(p->memory, r.first, r.bytes);
    relink(p);
}
