/* SPDX-License-Identifier: MIT
 * Searches that are kept between calls of `attack`: their graphs and plans serve again
 * where all that they were recorded from is the same, for other rows and for other
 * posteriors of the same form. A search is out of the cache while it runs, and comes
 * back only when it ran to its end.
 */
#include "search_int.h"

#include <string.h>

/* A program attacks in few places at a time; the bytes are those of plans. */
enum { KEPT_MOST = 8 };
#define KEPT_BYTES ((size_t)256 << 20)

/* An object, so that it goes when the interpreter does. */
typedef struct Shelf {
    Object object;
    Kept *first;
} Shelf;

/* ---- what is the same ---- */

static bool same(Value a, Value b);

/* Arguments that were not given follow from those that were, in the library. */
static bool same_instance(const Instance *a, const Instance *b)
{
    if (a == b) return true;
    if (a->def != b->def) return false;
    for (uint32_t i = 0; i < a->def->def->count; i++) {
        bool given = a->argument[i].state == ARGUMENT_GIVEN;
        if (given != (b->argument[i].state == ARGUMENT_GIVEN) ||
            (!given && !a->def->module->library) ||
            (given && !same(a->argument[i].value, b->argument[i].value)))
            return false;
    }
    return true;
}

static bool same_record(const Record *a, const Record *b)
{
    if (a->count != b->count) return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (a->name[i] != b->name[i] || !same(a->value[i], b->value[i])) return false;
    return true;
}

static bool same_list(const List *a, const List *b)
{
    if (a->count != b->count) return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (!same(a->item[i], b->item[i])) return false;
    return true;
}

static bool same(Value a, Value b)
{
    if (a.kind != b.kind) return false;
    switch ((int)a.kind) {
    case VALUE_INSTANCE:
        return same_instance((Instance *)a.object, (Instance *)b.object);
    case VALUE_RECORD: return same_record((Record *)a.object, (Record *)b.object);
    case VALUE_LIST: return same_list((List *)a.object, (List *)b.object);
    default: return value_same(a, b);
    }
}

static bool same_site(const Site *a, const Site *b)
{
    return strcmp(a->path, b->path) == 0 && a->kind == b->kind &&
           a->support == b->support && shape_same(&a->shape, &b->shape) &&
           shape_same(&a->free, &b->free) && !a->bounded && !b->bounded && !a->local &&
           !b->local && !a->function && !b->function;
}

/* Posteriors that differ in learned numbers alone; for those with a q, the same one. */
static bool alike(const Posterior *a, const Posterior *b)
{
    if (a == b) return true;
    bool points = a->method == METHOD_MLE || a->method == METHOD_MAP ||
                  a->method == METHOD_ENSEMBLE || a->method == METHOD_DROPOUT;
    if (!points || a->method != b->method || a->model != b->model ||
        a->single != b->single || a->spanned || b->spanned || a->seed != b->seed ||
        a->members != b->members || a->sites.count != b->sites.count ||
        !same(a->front.how, b->front.how) || !same_record(a->reads, b->reads))
        return false;
    for (uint32_t i = 0; i < a->sites.count; i++)
        if (!same_site(&a->sites.at[i], &b->sites.at[i])) return false;
    for (uint32_t i = 0; i < a->members; i++)
        if (!alike(a->member[i], b->member[i])) return false;
    return true;
}

static bool same_subject(Value a, Value b)
{
    if (a.kind != VALUE_POSTERIOR || b.kind != VALUE_POSTERIOR) return same(a, b);
    return alike((Posterior *)a.object, (Posterior *)b.object);
}

static bool same_span(Span a, Span b)
{
    return a.source == b.source && a.from == b.from && a.to == b.to;
}

static bool same_options(const AttackOptions *a, const AttackOptions *b)
{
    return same_subject(a->subject, b->subject) && same(a->success, b->success) &&
           a->share == b->share && a->draws == b->draws && a->many == b->many &&
           a->fresh == b->fresh && a->straight == b->straight && a->seed == b->seed &&
           same_span(a->span, b->span) && same_span(a->method_span, b->method_span);
}

static bool same_columns(const Prey *a, const Prey *b)
{
    for (int i = 0; i < a->columns; i++) {
        const Column *c = &a->column[i], *d = &b->column[i];
        if (c->name != d->name || c->attacked != d->attacked || c->from != d->from ||
            !shape_same(&c->shape, &d->shape))
            return false;
    }
    return true;
}

static bool same_prey(const Prey *a, const Prey *b)
{
    if (a->columns != b->columns || a->ons != b->ons || a->observed != b->observed ||
        a->classes != b->classes || a->boxed != b->boxed ||
        !shape_same(&a->x_shape, &b->x_shape) || !same_columns(a, b))
        return false;
    for (int i = 0; a->boxed && i < a->ons; i++)
        if (memcmp(&a->lo[i], &b->lo[i], sizeof a->lo[i]) ||
            memcmp(&a->hi[i], &b->hi[i], sizeof a->hi[i]))
            return false;
    return true;
}

/* Types of columns, of y and, where there is one, of the target. */
static bool same_types(const Terms *a, const Terms *b)
{
    return a->targeted == b->targeted && shape_same(&a->y, &b->y) &&
           memcmp(a->type, b->type, sizeof a->type) == 0;
}

static bool same_terms(const Terms *a, const Terms *b)
{
    return a->rows == b->rows && same_types(a, b) &&
           same_instance(a->method, b->method) && same_options(&a->o, &b->o) &&
           same_prey(&a->prey, &b->prey) &&
           same_subject(a->around.subject, b->around.subject) &&
           same(a->around.view, b->around.view) && a->around.views == b->around.views &&
           same(a->loss, b->loss) && same_record(a->whole, b->whole);
}

/* Whether the names of the program that were read have the values that they had. */
static bool holds(const RowGraph *g)
{
    for (uint32_t i = 0; i < g->recorder.count; i++) {
        const Captured *c = &g->recorder.captured[i];
        Value now;
        if (!module_get(c->module, c->name, &now) || !same(now, c->value)) return false;
    }
    return true;
}

/* ---- terms ---- */

static bool takes(Interp *I, Value subject, Name name)
{
    if (subject.kind != VALUE_POSTERIOR) return false;
    const Ast *m = ((Posterior *)subject.object)->model->model;
    for (uint32_t i = 0; i < m->count; i++)
        if (is_given(I, m->list[i]) && m->list[i]->name == name) return true;
    return false;
}

void terms_of(Interp *I, Terms *t, const AttackOptions *o, const Prey *p,
              const Around *around, Instance *method, Value loss, int64_t rows)
{
    const Record *data = (Record *)o->data.object;
    *t = (Terms){.o = *o,
                 .prey = *p,
                 .around = *around,
                 .method = method,
                 .loss = loss,
                 .whole = record_new(I),
                 .rows = rows,
                 .y = shape_drop(&p->y->shape, 0),
                 .targeted = p->target != NULL};
    for (int i = 0; i < p->columns; i++) t->type[i] = p->column[i].all->type;
    t->type[ATTACK_COLUMNS] = p->y->type;
    for (uint32_t i = 0; i < data->count; i++) {
        bool row = false;
        for (int k = 0; k < p->columns; k++)
            row = row || p->column[k].name == data->name[i];
        if (!row && (takes(I, o->subject, data->name[i]) ||
                     takes(I, around->subject, data->name[i])))
            record_set(I, t->whole, data->name[i], data->value[i]);
    }
}

static void terms_each(Terms *t, Value *each)
{
    each[0] = t->o.subject;
    each[1] = t->around.subject;
    each[2] = t->around.view;
    each[3] = t->loss;
    each[4] = t->o.success;
    each[5] = value_object(t->method);
    each[6] = value_object(t->whole);
}
enum { TERMS_VALUES = 7 };

static void terms_keep(Terms *t)
{
    Value each[TERMS_VALUES];
    terms_each(t, each);
    for (int i = 0; i < TERMS_VALUES; i++) value_keep(each[i]);
}

static void terms_drop(Interp *I, Terms *t)
{
    Value each[TERMS_VALUES];
    terms_each(t, each);
    for (int i = 0; i < TERMS_VALUES; i++) value_drop(I, each[i]);
}

/* ---- the cache ---- */

void kept_free(Interp *I, Kept *k)
{
    lanes_free(&k->lanes, &k->search, &k->judge);
    victim_forget(I, &k->judge.victim);
    rows_free(I, &k->judge.graph);
    search_free(I, &k->search);
    if (k->stays) terms_drop(I, &k->terms);
    memory_give(I->memory, k, sizeof *k);
}

static void shelf_free(Interp *I, Object *o)
{
    for (Kept *k = ((Shelf *)o)->first, *next; k; k = next) {
        next = k->next;
        kept_free(I, k);
    }
}

/* The plans, bound to what these terms' posteriors have learned. */
static bool rebind(Interp *I, Kept *k, const Terms *t)
{
    if (!rows_learn(I, &k->search.graph, t->around.subject) ||
        !rows_learn(I, &k->judge.graph, t->o.subject))
        return false;
    for (int i = 0; i < k->lanes.count; i++) {
        Lane *l = &k->lanes.lane[i];
        rows_bind(&k->search.graph, l->start);
        rows_bind(&k->search.graph, l->step);
        rows_bind(&k->judge.graph, l->judge);
    }
    Terms new = *t;
    terms_keep(&new);
    terms_drop(I, &k->terms);
    k->terms = new;
    k->search.method = new.method; /* the one it was recorded with may be gone */
    return true;
}

Kept *kept_take(Interp *I, const Terms *t)
{
    if (I->kept.kind == VALUE_NONE) return NULL;
    Kept **at = &((Shelf *)I->kept.object)->first;
    while (*at && !(same_terms(&(*at)->terms, t) && holds(&(*at)->search.graph) &&
                    holds(&(*at)->search.keeper) && holds(&(*at)->judge.graph)))
        at = &(*at)->next;
    Kept *k = *at;
    if (!k) return NULL;
    *at = k->next;
    if (rebind(I, k, t)) return k;
    kept_free(I, k);
    return NULL;
}

static bool serves_again(const Kept *k)
{
    return !k->search.graph.recorder.once && !k->search.keeper.recorder.once &&
           !k->judge.graph.recorder.once && !k->search.wholes &&
           k->search.change.kind == VALUE_NONE;
}

/* Drops what was used longest ago, until few enough plans are left. */
static void tidy(Interp *I, Shelf *s)
{
    size_t bytes = 0;
    Kept **at = &s->first;
    for (int n = 0; *at && n < KEPT_MOST; n++) {
        bytes += lanes_bytes(&(*at)->lanes);
        if (bytes > KEPT_BYTES) break;
        at = &(*at)->next;
    }
    while (*at) {
        Kept *k = *at;
        *at = k->next;
        kept_free(I, k);
    }
}

void kept_put(Interp *I, Kept *k)
{
    if (!serves_again(k)) {
        kept_free(I, k);
        return;
    }
    if (I->kept.kind == VALUE_NONE)
        I->kept = value_keep(
            value_object(object_new(I, VALUE_METHOD, sizeof(Shelf), shelf_free)));
    Shelf *s = (Shelf *)I->kept.object;
    if (!k->stays) terms_keep(&k->terms);
    k->stays = true;
    k->search.victim.o = k->judge.victim.o = NULL;
    k->search.victim.prey = k->judge.victim.prey = NULL;
    k->next = s->first;
    s->first = k;
    tidy(I, s);
}
