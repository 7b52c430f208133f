/* SPDX-License-Identifier: MIT
 * Defended posteriors: the same unknowns, with functions in front that change x before
 * the model sees it. What they draw is drawn anew for each draw of a prediction, so
 * that predictions, their slopes and attacks go through the defence.
 */
#include "infer_int.h"

#include <string.h>

static void copy_sites(Interp *I, Sites *to, const Sites *from)
{
    if (from->count == 0) return;
    to->room = to->count = from->count;
    to->at = memory_take(I->memory, to->room * sizeof *to->at);
    for (uint32_t i = 0; i < from->count; i++) {
        Site *s = &to->at[i];
        *s = from->at[i];
        if (s->start) tensor_keep(s->start);
        if (!s->bounded) continue;
        tensor_keep(s->lo);
        tensor_keep(s->hi);
    }
}

static Tensor **copy_point(Interp *I, Tensor **from, uint32_t n)
{
    if (!from) return NULL;
    Tensor **to = memory_take(I->memory, (n + 1) * sizeof *to);
    for (uint32_t i = 0; i < n; i++) to[i] = from[i] ? tensor_keep(from[i]) : NULL;
    return to;
}

static void copy_record(Interp *I, Record *to, const Record *from)
{
    for (uint32_t i = 0; i < from->count; i++)
        record_set(I, to, from->name[i], from->value[i]);
}

/* The functions in front: `first`, then those that are there. */
static Value in_front(Interp *I, Value first, Value then)
{
    List *l = list_new(I);
    list_push(I, l, first);
    for (uint32_t i = 0; then.kind == VALUE_LIST && i < ((List *)then.object)->count;
         i++)
        list_push(I, l, ((List *)then.object)->item[i]);
    return value_object(l);
}

Posterior *defend(Interp *I, const Posterior *from, const Defence *d)
{
    Posterior *p = posterior_new(I, from->model, from->data, from->method);
    p->front.how = value_keep(in_front(I, d->with, from->front.how));
    p->front.span = d->span;
    p->noise_sd = d->sd;
    p->noise_draws = d->draws;
    p->guide = value_keep(from->guide);
    p->dims = from->dims;
    p->single = from->single;
    p->stopped = from->stopped;
    p->steps = from->steps;
    p->chains = from->chains;
    p->divergences = from->divergences;
    p->deep = from->deep;
    p->leapfrogs = from->leapfrogs;
    p->rows = from->rows;
    p->seed = from->seed;
    p->evidence = from->evidence;
    if (from->loss) p->loss = tensor_keep(from->loss);
    copy_record(I, p->reads, from->reads);
    copy_record(I, p->flows, from->flows);
    copy_sites(I, &p->sites, &from->sites);
    copy_sites(I, &p->guide_sites, &from->guide_sites);
    p->point = copy_point(I, from->point, from->sites.count);
    p->guide_point = copy_point(I, from->guide_point, from->guide_sites.count);
    for (uint32_t i = 0; i < from->members; i++)
        ensemble_add(I, p, defend(I, from->member[i], d));
    return p;
}
