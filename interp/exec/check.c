/* SPDX-License-Identifier: MIT
 * What must hold of a plan, looked at afresh in debug builds: inputs are made before
 * their readers, no two values that live together share bytes, and what is written over
 * an input or a state is never read too late.
 */
#include "exec_int.h"

#ifdef UNC_CHECKS

/* y, made in its step, is written over b: every reader of b comes before, or reads the
 * same element at or before y's place in the same fused step. */
static void check_overwrite(const Plan *p, uint32_t b, const Value *y)
{
    for (uint32_t id = 1; id < p->values; id++) {
        const Value *r = &p->value[id];
        if (r->kind == KIND_ALIAS || r == y) continue;
        for (int i = 0; i < r->n_in; i++) {
            const Value *x = &p->value[r->in[i]];
            if (x->base != b) continue;
            bool before = r->step < y->step;
            bool beside =
                r->step == y->step && r->index <= y->index && value_in_step(p, r, x);
            UNC_CHECK(p->memory, before || beside);
        }
    }
}

static void check_updates(const Plan *p)
{
    for (int i = 0; i < p->n_updates; i++) {
        uint32_t current = p->value_of[p->update[i].current->id];
        uint32_t external = p->value[current].external;
        if (p->next[i] || p->value[current].kind == KIND_COPY) continue;
        for (uint32_t id = 1; id < p->values; id++) {
            const Value *y = &p->value[id];
            bool written = y->kind != KIND_SOURCE && y->kind != KIND_ALIAS &&
                           y->place == PLACE_EXTERNAL && y->external == external;
            if (written) check_overwrite(p, current, y);
        }
    }
}

static void check_order(const Plan *p)
{
    for (uint32_t id = 1; id < p->values; id++) {
        const Value *y = &p->value[id];
        if (y->kind == KIND_ALIAS) continue;
        for (int i = 0; i < y->n_in; i++) {
            const Value *x = &p->value[y->in[i]], *base = &p->value[x->base];
            bool beside = base->step == y->step && base->index < y->index &&
                          value_in_step(p, y, x);
            UNC_CHECK(p->memory, base->step < y->step || beside);
            UNC_CHECK(p->memory, beside || base->place != PLACE_TILE);
        }
    }
}

static void check_storage(const Plan *p)
{
    for (uint32_t a = 1; a < p->values; a++) {
        const Value *x = &p->value[a];
        if (x->place != PLACE_SLAB) continue;
        if (x->heir) check_overwrite(p, a, &p->value[x->heir]);
        if (x->root != a) continue;
        for (uint32_t b = 1; b < a; b++) {
            const Value *y = &p->value[b];
            if (y->place != PLACE_SLAB || y->root != b) continue;
            bool apart = x->last < y->step || y->last < x->step ||
                         x->at + (size_t)x->count * type_size(x->type) <= y->at ||
                         y->at + (size_t)y->count * type_size(y->type) <= x->at;
            UNC_CHECK(p->memory, apart);
        }
    }
}

void plan_check(const Plan *p)
{
    check_order(p);
    check_updates(p);
    if (p->values < 2000) check_storage(p);
}

#endif
