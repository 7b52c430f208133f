/* SPDX-License-Identifier: MIT
 * Distributions side by side: a parameter of type `dists[K]` takes a list of K
 * distributions of any families, whose last batch axis is the list. What is asked of
 * them is asked of each, broadcast, and stacked along that axis.
 */
#include "eval_int.h"

#include <string.h>

static bool is_parts_type(Interp *I, const Ast *type)
{
    return type && strcmp(name_cstr(&I->names, type->name), "dists") == 0;
}

const List *dist_parts(Interp *I, const Instance *d)
{
    const Ast *def = d->def->def;
    for (uint32_t i = 0; i < def->count; i++)
        if (is_parts_type(I, def->list[i]->a) &&
            d->argument[i].value.kind == VALUE_LIST)
            return (const List *)d->argument[i].value.object;
    return NULL;
}

static Instance *part(const List *l, uint32_t k)
{
    return (Instance *)l->item[k].object;
}

/* Draws of one may stand for draws of another. */
static bool alike(Interp *I, Instance *a, Instance *b, Span span)
{
    Shape e, f;
    Support s;
    Type t, u;
    if (!dist_event(I, a, &e) || !dist_event(I, b, &f) || !dist_support(I, a, &s, &t) ||
        !dist_support(I, b, &s, &u))
        return false;
    const char *why = !shape_agrees(&e, &f)            ? "draws of different shapes"
                      : t == TYPE_I64 && u != TYPE_I64 ? "whole numbers and reals"
                      : t != TYPE_I64 && u == TYPE_I64 ? "reals and whole numbers"
                                                       : NULL;
    return !why || fail(I, E0370, span, dist_name(I, a), dist_name(I, b), why);
}

bool dist_parts_check(Interp *I, const Ast *type, Value v, const char *name, Span span)
{
    if (!is_parts_type(I, type)) return true;
    if (v.kind != VALUE_LIST)
        return fail(I, E0334, span, name, "list of dist", value_kind_text(v));
    const List *l = (const List *)v.object;
    if (l->count == 0)
        return fail(I, E0334, span, name, "list of dist", "an empty list");
    for (uint32_t k = 0; k < l->count; k++)
        if (!is_instance(l->item[k], DEF_DIST))
            return fail(I, E0334, span, name, "list of dist",
                        value_kind_text(l->item[k]));
    for (uint32_t k = 1; k < l->count; k++)
        if (!alike(I, part(l, 0), part(l, k), span)) return false;
    return true;
}

bool dist_parts_make(Interp *I, Value list, Span span, Value *out)
{
    bool found;
    Value def;
    const List *l = (const List *)list.object;
    if (l->count == 0) return fail(I, E0645, span);
    for (uint32_t k = 0; k < l->count; k++)
        if (l->item[k].kind != VALUE_UNKNOWN && !is_instance(l->item[k], DEF_DIST))
            return fail(I, E0646, span, k, value_kind_text(l->item[k]));
    return library_find(I, name_str(&I->names, "alternatives"), &def, &found) &&
           call_with(I, def, &list, 1, span, out);
}

bool dist_parts_batch(Interp *I, const List *l, Shape *batch)
{
    *batch = shape_scalar();
    for (uint32_t k = 0; k < l->count; k++) {
        Shape s, both;
        if (!dist_batch(I, part(l, k), &s)) return false;
        if (!shape_broadcast(batch, &s, &both))
            return fail(I, E0370, (Span){0, 0, 0}, dist_name(I, part(l, 0)),
                        dist_name(I, part(l, k)), "batches that do not meet");
        *batch = both;
    }
    if (batch->rank == LIMIT_RANK) return fail(I, E0336, (Span){0, 0, 0}, LIMIT_RANK);
    batch->name[batch->rank] = 0;
    batch->dim[batch->rank++] = l->count;
    return true;
}

bool dist_parts_support(Interp *I, const List *l, Support *support, Type *type)
{
    for (uint32_t k = 0; k < l->count; k++) {
        Support s;
        if (!dist_support(I, part(l, k), &s, type)) return false;
        if (k == 0)
            *support = s;
        else if (*support != s)
            *support = support_fits(*support, s)   ? s
                       : support_fits(s, *support) ? *support
                                                   : SUPPORT_ANY;
    }
    return true;
}

/* Inputs broadcast to one shape, stacked along a new axis in front of the last `event`
 * axes. */
static Node *build_stack(Graph *g, Node *const *in, int n, void *ctx)
{
    int event = *(int *)ctx;
    Shape all = in[0]->shape;
    for (int i = 1; i < n; i++) {
        Shape s = all;
        if (!shape_broadcast(&s, &in[i]->shape, &all))
            return graph_error(g, "the parts have shapes that do not broadcast");
    }
    Type type = in[0]->type;
    for (int i = 1; i < n; i++)
        if (in[i]->type != type) type = TYPE_F64;
    Shape one = all;
    int at = all.rank - event;
    if (at < 0 || all.rank == LIMIT_RANK)
        return graph_error(g, "a tensor has at most %d axes", LIMIT_RANK);
    for (int i = one.rank++; i > at; i--) {
        one.dim[i] = one.dim[i - 1];
        one.name[i] = one.name[i - 1];
    }
    one.dim[at] = 1;
    one.name[at] = 0;
    Node **part = arena_take(&g->arena, (size_t)n * sizeof *part);
    for (int i = 0; i < n; i++) {
        part[i] =
            op_to_shape(g, op_broadcast(g, op_to_type(g, in[i], type), &all), &one);
        if (!part[i]) return NULL;
    }
    Attr attr = {.axis = -1 - event};
    return graph_node(g, &op_concat, part, n, &attr);
}

static bool stack(Interp *I, const Value *v, uint32_t n, int event, Span span,
                  Value *out)
{
    return apply(I, build_stack, &event, v, (int)n, span, out);
}

typedef struct Place {
    int axis; /* from the end */
    int64_t k;
} Place;

static Node *build_select(Graph *g, Node *const *in, int n, void *ctx)
{
    const Place *p = ctx;
    (void)n;
    Node *x = in[0];
    if (x->shape.rank + p->axis < 0) return x;
    int64_t k = x->shape.dim[x->shape.rank + p->axis] == 1 ? 0 : p->k;
    x = op_slice_axis(g, x, p->axis, k, k + 1, 1);
    if (!x) return NULL;
    Shape s = shape_drop(&x->shape, x->shape.rank + p->axis);
    return op_to_shape(g, x, &s);
}

static bool event_rank(Interp *I, const List *l, int *rank)
{
    Shape event;
    if (!dist_event(I, part(l, 0), &event)) return false;
    *rank = event.rank;
    return true;
}

static Value *room(Interp *I, const List *l)
{
    return memory_take(I->memory, l->count * sizeof(Value));
}

static void room_give(Interp *I, const List *l, Value *v)
{
    memory_give(I->memory, v, l->count * sizeof(Value));
}

bool dist_parts_at(Interp *I, const List *l, DistFunction what, Value x, Span span,
                   Value *out)
{
    int event;
    if (!event_rank(I, l, &event)) return false;
    Value *v = room(I, l);
    bool ok = true;
    for (uint32_t k = 0; ok && k < l->count; k++) {
        Place p = {-1 - event, k};
        Value own;
        ok = apply(I, build_select, &p, &x, 1, span, &own) &&
             (what == DIST_LOGPDF
                  ? dist_logpdf(I, part(l, k), own, span, &v[k])
                  : dist_function(I, part(l, k), what, own, span, &v[k]));
    }
    ok = ok && stack(I, v, l->count, 0, span, out);
    room_give(I, l, v);
    return ok;
}

bool dist_parts_member(Interp *I, const List *l, const char *what, Span span,
                       Value *out)
{
    int event;
    if (!event_rank(I, l, &event)) return false;
    Value *v = room(I, l);
    bool ok = true;
    for (uint32_t k = 0; ok && k < l->count; k++)
        ok = dist_member(I, part(l, k), what, span, &v[k]);
    ok = ok &&
         stack(I, v, l->count, strcmp(what, "entropy") == 0 ? 0 : event, span, out);
    room_give(I, l, v);
    return ok;
}

/* Draws of shape sample + batch + event, of which the last batch axis is the list. */
bool dist_parts_sample(Interp *I, const List *l, const Shape *sample, Span span,
                       Value *out)
{
    int event;
    Shape batch, own;
    if (!event_rank(I, l, &event) || !dist_parts_batch(I, l, &batch)) return false;
    Value *v = room(I, l);
    bool ok = true;
    for (uint32_t k = 0; ok && k < l->count; k++) {
        Shape lead = *sample;
        ok = dist_batch(I, part(l, k), &own);
        /* axes of the batch that this part lacks are drawn for besides */
        for (int i = 0; ok && i < batch.rank - 1 - own.rank; i++)
            lead.dim[lead.rank++] = batch.dim[i];
        ok = ok && dist_sample(I, part(l, k), &lead, span, &v[k]);
    }
    ok = ok && stack(I, v, l->count, event, span, out);
    room_give(I, l, v);
    return ok;
}
