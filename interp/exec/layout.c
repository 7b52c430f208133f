/* SPDX-License-Identifier: MIT
 * Where values live. First and last use give each a span of steps; the largest first,
 * each takes the tightest gap of the slab that is free during its span. A fused step
 * may write over an input that dies there; an update may write over what the caller
 * bound.
 */
#include "exec_int.h"

#include <stdio.h>
#include <stdlib.h>

/* Notes that `reader` reads x. */
static void note_use(Plan *p, const Value *reader, const Value *x)
{
    Value *base = &p->value[x->base];
    if (reader->step != base->step) base->outside = true;
    if (reader->step > base->last) {
        base->last = reader->step;
        base->last_index = -1;
        base->strided = false;
    }
    if (reader->step < base->last) return;
    if (!value_in_step(p, reader, x)) base->strided = true;
    if (reader->index > base->last_index) base->last_index = reader->index;
}

static void pin(Plan *p, uint32_t v)
{
    Value *base = &p->value[p->value[v].base];
    base->pinned = base->outside = true;
    base->last = p->steps;
    base->strided = true;
}

/* `next` is made in the current's own storage if nobody reads the current later. */
static bool update_in_place(Plan *p, const Value *current, Value *next)
{
    if (p->options.watch || next->place != PLACE_NONE || current->pinned) return false;
    bool free =
        current->last < next->step ||
        (current->last == next->step && !current->strided &&
         p->step[next->step].kind == STEP_TILES && current->last_index <= next->index);
    if (!free) return false;
    next->place = PLACE_EXTERNAL;
    next->external = current->external;
    if (next->step < p->commit) p->commit = next->step;
    return true;
}

static const Value *source_of(const Plan *p, const Node *input)
{
    const Value *v = &p->value[p->value_of[input->id]];
    return v->kind == KIND_COPY ? &p->value[v->in[0]] : v;
}

/* Outputs of a plan_make_out: slots behind those of the inputs. */
static void place_own_outputs(Plan *p)
{
    if (!p->own_outs) return;
    for (int i = 0; i < p->n_outs; i++) {
        Value *v = &p->value[p->out[i]];
        v->place = PLACE_EXTERNAL;
        v->external = (uint32_t)p->externals++;
    }
    p->commit = 0;
}

static void find_uses(Plan *p)
{
    for (uint32_t id = 1; id < p->values; id++) {
        const Value *v = &p->value[id];
        if (v->kind == KIND_ALIAS) continue;
        for (int i = 0; i < v->n_in; i++) note_use(p, v, &p->value[v->in[i]]);
    }
    for (int i = 0; i < p->n_outs; i++) pin(p, p->out[i]);
    place_own_outputs(p);
    p->copy = arena_take(&p->arena, (size_t)(p->n_updates + 1) * sizeof *p->copy);
    for (int i = 0; i < p->n_updates; i++) {
        Value *next = &p->value[p->next[i]];
        const Value *current = source_of(p, p->update[i].current);
        next->outside = true;
        if (update_in_place(p, current, next)) {
            p->next[i] = VALUE_NONE;
        } else {
            pin(p, p->next[i]);
        }
    }
}

static void place_values(Plan *p)
{
    for (uint32_t id = 1; id < p->values; id++) {
        Value *v = &p->value[id];
        if (v->place != PLACE_NONE || v->kind == KIND_ALIAS) continue;
        bool tile = v->kind != KIND_RUN && !v->outside && !p->options.watch;
        v->place = tile ? PLACE_TILE : PLACE_SLAB;
        if (p->options.watch) v->last = p->steps;
        if (v->last < v->step) v->last = v->step;
    }
}

/* True if y may be written over b in y's step. */
static bool can_inherit(const Value *y, const Value *b)
{
    return b->place == PLACE_SLAB && b->last == y->step && b->step < y->step &&
           !b->pinned && !b->strided && !b->heir && b->count == y->count &&
           type_size(b->type) == type_size(y->type) && b->last_index <= y->index;
}

static void find_heir(Plan *p, const Step *step, uint32_t id)
{
    Value *y = &p->value[id];
    for (uint32_t m = step->first;; m = p->value[m].next) {
        const Value *member = &p->value[m];
        for (int i = 0; i < member->n_in; i++) {
            Value *b = &p->value[p->value[member->in[i]].base];
            if (!can_inherit(y, b)) continue;
            b->heir = id;
            y->root = b->root;
            Value *root = &p->value[b->root];
            if (y->last > root->last) root->last = y->last;
            return;
        }
        if (m == step->final) return;
    }
}

static void find_heirs(Plan *p)
{
    if (p->options.watch) return;
    for (int s = 0; s < p->steps; s++) {
        const Step *step = &p->step[s];
        if (step->kind != STEP_TILES) continue;
        for (uint32_t m = step->first;; m = p->value[m].next) {
            if (p->value[m].place == PLACE_SLAB) find_heir(p, step, m);
            if (m == step->final) break;
        }
    }
}

/* ---- the slab ---- */

typedef struct Block {
    size_t size, at;
    int first, last;
    uint32_t value; /* VALUE_NONE: scratch of step `first` */
} Block;

static int larger_first(const void *a, const void *b)
{
    const Block *x = a, *y = b;
    if (x->size != y->size) return x->size < y->size ? 1 : -1;
    return x->first != y->first ? (x->first < y->first ? -1 : 1)
                                : (x->value < y->value ? -1 : x->value > y->value);
}

/* The tightest gap for b among the placed blocks (sorted by place) that live with it.
 */
static size_t best_gap(Block *const *placed, int n, const Block *b)
{
    size_t end = 0, best = SIZE_MAX, best_room = SIZE_MAX;
    for (int i = 0; i < n; i++) {
        const Block *o = placed[i];
        if (o->last < b->first || b->last < o->first) continue;
        if (o->at > end && o->at - end >= b->size && o->at - end < best_room) {
            best = end;
            best_room = o->at - end;
        }
        if (o->at + o->size > end) end = o->at + o->size;
    }
    return best == SIZE_MAX ? end : best;
}

static size_t place_blocks(Block *block, int n, Block **placed)
{
    size_t total = 0;
    qsort(block, (size_t)n, sizeof *block, larger_first);
    for (int i = 0; i < n; i++) {
        Block *b = &block[i];
        b->at = best_gap(placed, i, b);
        if (b->at + b->size > total) total = b->at + b->size;
        int k = i;
        for (; k > 0 && placed[k - 1]->at > b->at; k--) placed[k] = placed[k - 1];
        placed[k] = b;
    }
    return total;
}

static int collect_blocks(Plan *p, Block *block)
{
    int n = 0;
    for (uint32_t id = 1; id < p->values; id++) {
        const Value *v = &p->value[id];
        if (v->kind == KIND_RUN && v->node->op->scratch) {
            size_t size = v->node->op->scratch(v->node);
            size = (size + 63) & ~(size_t)63;
            if (size) block[n++] = (Block){size, 0, v->step, v->step, VALUE_NONE};
        }
        if (v->place != PLACE_SLAB || v->root != id) continue;
        size_t size = (size_t)v->count * type_size(v->type);
        size = (size + 63) & ~(size_t)63;
        block[n++] = (Block){size, 0, v->step, v->last, id};
    }
    return n;
}

static const char *bytes_text(char *text, size_t room, size_t bytes)
{
    double x = (double)bytes;
    const char *unit = "bytes";
    if (x >= 1e9) {
        x /= 1e9;
        unit = "GB";
    } else if (x >= 1e6) {
        x /= 1e6;
        unit = "MB";
    } else if (x >= 1e3) {
        x /= 1e3;
        unit = "kB";
    }
    snprintf(text, room, "%.3g %s", x, unit);
    return text;
}

bool layout(Plan *p, char *error)
{
    p->commit = p->steps;
    find_uses(p);
    place_values(p);
    find_heirs(p);
    size_t room = 2 * (size_t)p->values;
    size_t bytes = room * (sizeof(Block) + sizeof(Block *));
    Block *block = memory_take(p->memory, bytes);
    int n = collect_blocks(p, block);
    p->slab_bytes = place_blocks(block, n, (Block **)(void *)(block + room));
    for (int i = 0; i < n; i++) {
        if (block[i].value)
            p->value[block[i].value].at = block[i].at;
        else
            p->step[block[i].first].scratch = block[i].at + 1;
    }
    memory_give(p->memory, block, bytes);
    if (p->options.limit && p->slab_bytes > p->options.limit) {
        char need[40], limit[40];
        snprintf(error, 600, "this needs %s; the limit is %s",
                 bytes_text(need, sizeof need, p->slab_bytes),
                 bytes_text(limit, sizeof limit, p->options.limit));
        return false;
    }
    return true;
}
