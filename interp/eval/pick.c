/* SPDX-License-Identifier: MIT
 * Items of brackets: integers, half-open slices, `..`, masks and tensors of indices,
 * which a model may be given and which a check does not know.
 */
#include "pick.h"

#include <math.h>
#include <string.h>

Value range_tensor(Interp *I, const Range *r)
{
    int64_t n = size_sub(r->to, r->from);
    Shape s = shape_of(1, &n);
    if (size_is_form(n) || size_is_form(r->from))
        return abstract_number(I, TYPE_I64, SUPPORT_ANY, &s);
    Tensor *t = tensor_new(I->memory, TYPE_I64, &s);
    for (int64_t i = 0; i < n; i++) ((int64_t *)t->data)[i] = r->from + i;
    return value_tensor(I, t);
}

static bool plain_int(Interp *I, Value v, Span span, int64_t *out)
{
    if (I->abstract && is_unknown(v)) return vaguely(I);
    if (known_later(I, v))
        return value_size(I, v, out) || fail(I, E0303, span, "an index", "a tensor");
    if (v.kind == VALUE_NODE && !recorded_choice(I, v, span, "an index", &v))
        return false;
    double x = value_as_real(v);
    if (!value_is_scalar(v) || v.kind == VALUE_BOOL || x != floor(x) || fabs(x) > 1e15)
        return fail(I, E0303, span, "an index", value_kind_text(v));
    *out = (int64_t)x;
    return true;
}

static bool outside(Interp *I, int64_t i, int64_t n, int axis, Span span)
{
    Diag *d = fail_diag(I, E0328, span, (long long)i, axis, (long long)n);
    if (i == n && n > 0)
        diag_help(&I->diags, d,
                  "indices run from 0, so that the last is %lld; -1 is the last too",
                  (long long)n - 1);
    return false;
}

static bool axis_index(Interp *I, int64_t i, int64_t n, int axis, Span span,
                       int64_t *out)
{
    if (size_is_form(i) || size_is_form(n)) {
        *out = !size_is_form(i) && i < 0 ? size_add(i, n) : i;
        return true;
    }
    *out = i < 0 ? i + n : i;
    return (*out >= 0 && *out < n) || outside(I, i, n, axis, span);
}

/* Whether a mask of shape m stands before the axes; else the error. */
static bool mask_fits(Interp *I, const Shape *m, const Axes *axes, Span span)
{
    bool fits = m->rank <= axes->count;
    for (int i = 0; fits && i < m->rank; i++)
        fits = size_meet(m->dim[i], axes->dim[i]) != SIZE_DIFFERENT;
    if (fits) return true;
    char has[SHAPE_TEXT], needs[SHAPE_TEXT];
    Shape s = shape_of(m->rank < axes->count ? m->rank : axes->count, axes->dim);
    return fail(I, E0220, span, shape_text(has, &I->names, m, false),
                shape_text(needs, &I->names, &s, false));
}

static bool mask_pick(Interp *I, Tensor *mask, const Axes *axes, Span span, Pick *p)
{
    if (!mask_fits(I, &mask->shape, axes, span)) return false;
    const uint8_t *m = mask->data;
    int64_t count = 0, n = shape_count(&mask->shape);
    for (int64_t i = 0; i < n; i++) count += m[i];
    Shape s = shape_of(1, &count);
    p->axes = mask->shape.rank;
    p->due = s;
    p->index = tensor_new(I->memory, TYPE_I64, &s);
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = p->index});
    for (int64_t i = 0, k = 0; i < n; i++)
        if (m[i]) ((int64_t *)p->index->data)[k++] = i;
    return true;
}

static bool rank_fits(Interp *I, const Shape *index, const Axes *axes, Span span)
{
    return axes->read || index->rank == 1 ||
           fail(I, E0303, span, "an index", "a tensor of higher rank");
}

/* Whether v holds ints that only a run knows: what a model is given or observes. */
static bool known_to_run(Interp *I, Value v)
{
    double x;
    if (v.kind != VALUE_NODE || known_later(I, v)) return false;
    const Recorded *r = (Recorded *)v.object;
    return r->known.kind == VALUE_NONE && r->node->type == TYPE_I64 &&
           !node_constant_value(r->node, &x);
}

static void run_pick(Interp *I, Value v, Pick *p)
{
    p->kind = PICK_VECTOR;
    p->node = as_node(I, v);
    p->due = p->node->shape;
    p->to = 0;
}

/* A mask or indices that are not known: a mask leaves a size of which nothing is known.
 */
static bool open_pick(Interp *I, Value v, const Axes *axes, Span span, Pick *p)
{
    Shape s;
    value_shape(v, &s);
    bool mask = value_type(v) == TYPE_BOOL;
    if (!mask && !rank_fits(I, &s, axes, span)) return false;
    if (mask) {
        if (!mask_fits(I, &s, axes, span)) return false;
        p->axes = s.rank;
        s = shape_of(1, (int64_t[]){size_fresh(I->abstract->sizes)});
    }
    p->kind = PICK_VECTOR;
    p->due = s;
    p->node = graph_input(I->recorder->graph, TYPE_I64, SUPPORT_ANY, &s, INPUT_OPEN);
    return true;
}

static bool vector_pick(Interp *I, Value v, const Axes *axes, Span span, Pick *p)
{
    int64_t n = axes->dim[0];
    p->kind = PICK_VECTOR;
    if (v.kind == VALUE_RANGE) v = range_tensor(I, (Range *)v.object);
    if (I->abstract && is_unknown(v)) return vaguely(I);
    if (known_later(I, v) || (v.kind == VALUE_TENSOR && size_is_form(n)))
        return open_pick(I, v, axes, span, p);
    if (v.kind == VALUE_NODE && type_is_real(value_type(v))) {
        Diag *d = fail_diag(I, E0303, span, "an index", "real");
        diag_help(&I->diags, d, "indices are ints: a model takes them as `g: int[N]`");
        return false;
    }
    if (v.kind == VALUE_NODE && !recorded_choice(I, v, span, "an index", &v))
        return false;
    if (v.kind != VALUE_TENSOR)
        return fail(I, E0303, span, "an index", value_kind_text(v));
    if (v.tensor->type == TYPE_BOOL) return mask_pick(I, v.tensor, axes, span, p);
    if (!rank_fits(I, &v.tensor->shape, axes, span)) return false;
    int64_t count = shape_count(&v.tensor->shape);
    p->due = v.tensor->shape;
    p->index = tensor_new(I->memory, TYPE_I64, &v.tensor->shape);
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = p->index});
    for (int64_t i = 0; i < count; i++) {
        double x = tensor_real_at(v.tensor, i);
        if (x != floor(x)) return fail(I, E0303, span, "an index", "a broken number");
        if (!axis_index(I, (int64_t)x, n, axes->first, span,
                        &((int64_t *)p->index->data)[i]))
            return false;
    }
    return true;
}

/* The ends of a slice where sizes are not known in numbers. */
static void open_slice(int64_t n, Pick *p)
{
    if (!size_is_form(p->from) && p->from < 0) p->from = size_add(n, p->from);
    if (!size_is_form(p->to) && p->to < 0) p->to = size_add(n, p->to);
    p->to = size_min(p->to, n);
}

bool pick_item(Interp *I, const Ast *item, const Axes *axes, Pick *p)
{
    Value v;
    int64_t n = axes->dim[0];
    *p = (Pick){.kind = PICK_SLICE, .to = n, .axes = 1};
    if (item->kind == AST_SLICE) {
        if (item->a &&
            (!eval(I, item->a, &v) || !plain_int(I, v, item->a->span, &p->from)))
            return false;
        if (item->b &&
            (!eval(I, item->b, &v) || !plain_int(I, v, item->b->span, &p->to)))
            return false;
        if (size_is_form(n) || size_is_form(p->from) || size_is_form(p->to)) {
            open_slice(n, p);
            return true;
        }
        p->from = p->from < 0 ? p->from + n : p->from;
        p->to = p->to < 0 ? p->to + n : p->to;
        p->from = p->from < 0 ? 0 : p->from > n ? n : p->from;
        p->to = p->to < p->from ? p->from : p->to > n ? n : p->to;
        return true;
    }
    if (!eval(I, item, &v)) return false;
    if (v.kind == VALUE_RANGE) {
        Range *r = (Range *)v.object;
        if (size_is_form(r->from) || size_is_form(r->to) || size_is_form(n)) {
            p->from = r->from;
            p->to = r->to;
            return true;
        }
        if (r->from < 0 || r->to > n)
            return outside(I, r->from < 0 ? r->from : r->to - 1, n, axes->first,
                           item->span);
        p->from = r->from;
        p->to = r->to;
        return true;
    }
    if (axes->read && known_to_run(I, v)) {
        run_pick(I, v, p);
        return true;
    }
    Shape s;
    if (value_shape(v, &s) && s.rank == 0 && value_type(v) != TYPE_BOOL) {
        p->kind = PICK_ONE;
        if (!plain_int(I, v, item->span, &p->from)) return false;
        p->to = 0;
        return axis_index(I, p->from, n, axes->first, item->span, &p->from);
    }
    return vector_pick(I, v, axes, item->span, p);
}

static bool too_many(Interp *I, const Ast *e, int items, int rank)
{
    return fail(I, E0330, e->span, items, rank, rank == 1 ? "axis" : "axes");
}

static void pick_whole(Picks *p, int64_t n)
{
    p->at[p->rank++] = (Pick){.kind = PICK_SLICE, .to = n, .axes = 1};
}

/* `count` axes of s from `at` on become one. */
static void join_axes(Shape *s, int at, int count)
{
    Shape joined = shape_scalar();
    for (int i = 0; i < s->rank; i++) {
        if (i > at && i < at + count) {
            joined.dim[at] = size_mul(joined.dim[at], s->dim[i]);
            joined.name[at] = 0;
            continue;
        }
        joined.name[joined.rank] = s->name[i];
        joined.dim[joined.rank++] = s->dim[i];
    }
    *s = joined;
}

bool picks_eval(Interp *I, const Ast *e, const Shape *s, bool read, Picks *p)
{
    int items = 0, dots = 0, axis = 0;
    for (uint32_t i = 0; i < e->count; i++) {
        if (e->list[i]->kind == AST_ELLIPSIS)
            dots++;
        else
            items++;
    }
    if (items > s->rank || dots > 1) return too_many(I, e, items, s->rank);
    p->rank = 0;
    p->shape = *s;
    for (uint32_t i = 0; i < e->count; i++) {
        if (e->list[i]->kind == AST_ELLIPSIS) {
            for (int skip = s->rank - items; skip > 0; skip--)
                pick_whole(p, s->dim[axis++]);
            continue;
        }
        Axes axes = {s->dim + axis, s->rank - axis, axis, read};
        Pick *pick = &p->at[p->rank];
        if (axes.count == 0) return too_many(I, e, items, s->rank);
        if (!pick_item(I, e->list[i], &axes, pick)) return false;
        axis += pick->axes;
        if (pick->axes != 1) join_axes(&p->shape, p->rank, pick->axes);
        p->rank++;
    }
    while (axis < s->rank) pick_whole(p, s->dim[axis++]);
    return true;
}
