/* SPDX-License-Identifier: MIT
 * Indexing and storing: integers, half-open slices, `..`, masks and vectors of indices,
 * on tensors (recorded ones too), lists, records, strings and nets.
 */
#include "abstract.h"

#include <math.h>
#include <string.h>

typedef enum { PICK_SLICE, PICK_ONE, PICK_VECTOR } PickKind;

/* What one item of the brackets asks of one axis. */
typedef struct Pick {
    PickKind kind;
    int64_t from, to;
    Tensor *index; /* VECTOR: ints, checked */
    Node *node;    /* … that are not known: of a check */
    int axes;      /* that it looks at, as one: those of a mask, else 1 */
} Pick;

/* Axes that a value to be indexed has left: an item looks at the first. */
typedef struct Axes {
    const int64_t *dim;
    int count, first; /* the first's number, for messages */
} Axes;

typedef struct Picks {
    int rank;
    Shape shape; /* the value's, with the axes of a mask joined */
    Pick at[LIMIT_RANK];
} Picks;

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
    p->index = tensor_new(I->memory, TYPE_I64, &s);
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = p->index});
    for (int64_t i = 0, k = 0; i < n; i++)
        if (m[i]) ((int64_t *)p->index->data)[k++] = i;
    return true;
}

/* A mask or indices that are not known: a mask leaves a size of which nothing is known.
 */
static bool open_pick(Interp *I, Value v, const Axes *axes, Span span, Pick *p)
{
    Shape s;
    value_shape(v, &s);
    bool mask = value_type(v) == TYPE_BOOL;
    if (!mask && s.rank != 1)
        return fail(I, E0303, span, "an index", "a tensor of higher rank");
    if (mask) {
        if (!mask_fits(I, &s, axes, span)) return false;
        p->axes = s.rank;
        s = shape_of(1, (int64_t[]){size_fresh(I->abstract->sizes)});
    }
    p->kind = PICK_VECTOR;
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
    if (v.kind == VALUE_NODE && !recorded_choice(I, v, span, "an index", &v))
        return false;
    if (v.kind != VALUE_TENSOR)
        return fail(I, E0303, span, "an index", value_kind_text(v));
    if (v.tensor->type == TYPE_BOOL) return mask_pick(I, v.tensor, axes, span, p);
    if (v.tensor->shape.rank != 1)
        return fail(I, E0303, span, "an index", "a tensor of higher rank");
    int64_t count = v.tensor->shape.dim[0];
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

static bool pick_item(Interp *I, const Ast *item, const Axes *axes, Pick *p)
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

static bool picks_eval(Interp *I, const Ast *e, const Shape *s, Picks *p)
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
        Axes axes = {s->dim + axis, s->rank - axis, axis};
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

static Node *build_pick(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)n;
    const Picks *p = ctx;
    Node *x = p->rank < in[0]->shape.rank ? op_to_shape(g, in[0], &p->shape) : in[0];
    if (!x) return NULL;
    Shape s = x->shape, left = shape_scalar();
    Attr slice = {.shape = s};
    bool whole = true;
    for (int i = 0; i < p->rank; i++) {
        const Pick *k = &p->at[i];
        bool vector = k->kind == PICK_VECTOR;
        slice.from[i] = vector ? 0 : k->from;
        slice.to[i] = vector                ? s.dim[i]
                      : k->kind == PICK_ONE ? size_add(k->from, 1)
                                            : k->to;
        slice.step[i] = 1;
        if (slice.from[i] != 0 || slice.to[i] != s.dim[i]) whole = false;
    }
    if (!whole) x = graph_node(g, &op_slice, &x, 1, &slice);
    for (int i = 0; x && i < p->rank; i++) {
        const Pick *k = &p->at[i];
        if (k->kind == PICK_VECTOR) {
            Node *two[2] = {x, k->node ? k->node
                                       : graph_constant(g, TYPE_I64, &k->index->shape,
                                                        k->index->data)};
            Attr take = {.axis = i - p->rank};
            x = graph_node(g, &op_take, two, 2, &take);
        }
    }
    if (!x) return NULL;
    for (int i = 0; i < p->rank; i++)
        if (p->at[i].kind != PICK_ONE) {
            left.name[left.rank] = x->shape.name[i];
            left.dim[left.rank++] = x->shape.dim[i];
        }
    return left.rank == x->shape.rank ? x : op_to_shape(g, x, &left);
}

/* Plain numbers are copied directly: loops over elements stay cheap. */
static bool fast_one(Interp *I, Value base, const Ast *e, Value *out)
{
    if (base.kind != VALUE_TENSOR || (int)e->count != base.tensor->shape.rank)
        return false;
    int64_t at = 0;
    for (uint32_t i = 0; i < e->count; i++) {
        Value v;
        const Ast *item = e->list[i];
        int64_t n = base.tensor->shape.dim[i];
        if (item->kind == AST_INT)
            v = value_int(item->lit.integer);
        else if (item->kind != AST_NAME || !frame_get(I->frame, item->name, &v))
            return false;
        if (v.kind != VALUE_INT || v.integer < -n || v.integer >= n) return false;
        at = at * n + (v.integer < 0 ? v.integer + n : v.integer);
    }
    const Tensor *t = base.tensor;
    if (t->type == TYPE_F64)
        *out = value_real(((double *)t->data)[at]);
    else if (t->type == TYPE_I64)
        *out = value_int(((int64_t *)t->data)[at]);
    else if (t->type == TYPE_BOOL)
        *out = value_bool(((uint8_t *)t->data)[at]);
    else
        return false;
    return true;
}

/* To an index outside of the program's arguments: where they come from. */
static void advise_arguments(Interp *I)
{
    Diag *d = I->diags.count ? I->diags.list[I->diags.count - 1] : NULL;
    if (d && d->code == E0328)
        diag_help(&I->diags, d,
                  "arguments of the program follow its name, `unc FILE ARG…`; "
                  "`len(args)` counts them");
}

static bool list_index(Interp *I, const Ast *e, List *l, Value *out)
{
    Pick p;
    if (e->count != 1) return fail(I, E0330, e->span, (int)e->count, 1, "axis");
    if (!pick_item(I, e->list[0], &(Axes){&(int64_t){l->count}, 1, 0}, &p)) {
        if (I->args.kind == VALUE_LIST && I->args.object == (void *)l)
            advise_arguments(I);
        return false;
    }
    if (p.node || size_is_form(p.from) || size_is_form(p.to)) return vaguely(I);
    if (p.kind == PICK_ONE) {
        *out = l->item[p.from];
        return true;
    }
    List *part = list_new(I);
    int64_t n = p.kind == PICK_VECTOR ? shape_count(&p.index->shape) : p.to - p.from;
    for (int64_t i = 0; i < n; i++)
        list_push(I, part,
                  l->item[p.kind == PICK_VECTOR ? ((int64_t *)p.index->data)[i]
                                                : p.from + i]);
    *out = value_object(part);
    return true;
}

/* f[i], f[a:b]: stages of a chain, or of a net, which keep their weights. */
static bool stages_index(Interp *I, const Ast *e, Value base, Value *out)
{
    Pick p;
    uint32_t n = stage_count(base);
    if (e->count != 1) return fail(I, E0331, e->a->span, value_kind_text(base));
    if (!pick_item(I, e->list[0], &(Axes){&(int64_t){n}, 1, 0}, &p)) return false;
    if (p.kind == PICK_VECTOR || (p.kind == PICK_SLICE && p.from == p.to))
        return fail(I, E0328, e->list[0]->span, (long long)p.from, 0, (long long)n);
    return stage_slice(I, base, (uint32_t)p.from,
                       (uint32_t)(p.kind == PICK_ONE ? p.from + 1 : p.to), out);
}

/* What is picked is not known before the program runs: base is then recorded, for its
 * numbers cannot be looked up yet. */
static Value picked_later(Interp *I, const Picks *p, Value base)
{
    bool later = false;
    for (int i = 0; i < p->rank; i++)
        later = later || p->at[i].node || size_is_form(p->at[i].from) ||
                size_is_form(p->at[i].to);
    if (!later || !I->abstract || base.kind != VALUE_TENSOR) return base;
    return record_node(I, as_node(I, base), value_none());
}

bool eval_index(Interp *I, const Ast *e, Value base, Value *out)
{
    Shape s;
    Value key;
    if (is_unknown(base)) {
        for (uint32_t i = 0; i < e->count; i++)
            if (e->list[i]->kind != AST_ELLIPSIS && e->list[i]->kind != AST_SLICE &&
                !eval(I, e->list[i], &key))
                return false;
        *out = base;
        return true;
    }
    if (fast_one(I, base, e, out)) return true;
    if (base.kind == VALUE_RANGE) base = range_tensor(I, (Range *)base.object);
    if (base.kind == VALUE_CHAIN || base.kind == VALUE_NET)
        return stages_index(I, e, base, out);
    if (base.kind == VALUE_LIST) return list_index(I, e, (List *)base.object, out);
    if (base.kind == VALUE_RECORD) {
        if (e->count != 1 || !eval(I, e->list[0], &key)) return false;
        if (is_unknown(key)) return vaguely(I);
        if (key.kind != VALUE_STRING)
            return fail(I, E0303, e->list[0]->span, "a field", value_kind_text(key));
        Name n = name_of(&I->names, ((String *)key.object)->text);
        return eval_field(I, base, n, e->span, out);
    }
    if (base.kind == VALUE_CHAIN) {
        List l = {.count = ((Chain *)base.object)->count,
                  .item = ((Chain *)base.object)->stage};
        return list_index(I, e, &l, out);
    }
    if (!value_shape(base, &s) || s.rank == 0)
        return fail(I, E0331, e->a->span, value_kind_text(base));
    Picks p;
    if (!picks_eval(I, e, &s, &p)) return false;
    base = picked_later(I, &p, base);
    return apply(I, build_pick, &p, &base, 1, e->span, out);
}

bool index_first(Interp *I, Value v, int64_t i, Span span, Value *out)
{
    Shape s;
    if (!value_shape(v, &s) || s.rank == 0)
        return fail(I, E0331, span, value_kind_text(v));
    Picks p = {.rank = s.rank, .shape = s};
    for (int k = 0; k < s.rank; k++)
        p.at[k] = (Pick){.kind = PICK_SLICE, .to = s.dim[k]};
    p.at[0] = (Pick){.kind = PICK_ONE, .from = i};
    return apply(I, build_pick, &p, &v, 1, span, out);
}

/* ---- storing ---- */

static Node *build_store(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)n;
    const Picks *p = ctx;
    Node *x = in[0], *v = op_to_type(g, in[1], in[0]->type);
    Attr slice = {.shape = x->shape};
    Shape part = shape_scalar(), full;
    for (int i = 0; i < p->rank; i++) {
        const Pick *k = &p->at[i];
        slice.from[i] = k->from;
        slice.to[i] = k->kind == PICK_ONE ? size_add(k->from, 1) : k->to;
        slice.step[i] = 1;
        if (k->kind != PICK_ONE) part.dim[part.rank++] = size_sub(k->to, k->from);
    }
    full = x->shape;
    for (int i = 0; i < p->rank; i++)
        full.dim[i] = size_sub(slice.to[i], slice.from[i]);
    v = op_broadcast(g, v, &part);
    if (v) v = op_to_shape(g, v, &full);
    Node *two[2] = {x, v};
    return v ? graph_node(g, &op_slice_put, two, 2, &slice) : NULL;
}

static bool store_scalar(Interp *I, Tensor *t, const Picks *p, Value v, Span span)
{
    int64_t at = 0;
    for (int i = 0; i < p->rank; i++) at = at * t->shape.dim[i] + p->at[i].from;
    double x = value_as_real(v);
    if (t->type == TYPE_F64)
        ((double *)t->data)[at] = x;
    else if (t->type == TYPE_BOOL)
        ((uint8_t *)t->data)[at] = x != 0;
    else if (x == floor(x))
        ((int64_t *)t->data)[at] = (int64_t)x;
    else
        return fail(I, E0303, span, "what is stored", value_kind_text(v));
    return true;
}

static bool store_vector(Interp *I, Tensor *t, const Picks *p, Value v, Span span)
{
    /* x[mask] = v, and x[index] = v along a vector */
    if (p->rank != 1) return fail(I, E0333, span);
    const Tensor *index = p->at[0].index;
    int64_t n = shape_count(&index->shape);
    Tensor *value = value_as_tensor(I, v);
    int64_t count = shape_count(&value->shape);
    if (count != 1 && count != n)
        return fail(I, E0329, span, (long long)count, (long long)n);
    for (int64_t i = 0; i < n; i++) {
        Picks one = {.rank = 1,
                     .at = {{.kind = PICK_ONE, .from = ((int64_t *)index->data)[i]}}};
        double x = tensor_real_at(value, count == 1 ? 0 : i);
        if (!store_scalar(I, t, &one, value_real(x), span)) return false;
    }
    return true;
}

static bool store_tensor(Interp *I, Value base, const Ast *e, Value v, bool own,
                         Value *out)
{
    Picks p;
    if (!picks_eval(I, e, &base.tensor->shape, &p)) return false;
    bool all_one = true, vector = false;
    for (int i = 0; i < p.rank; i++) {
        if (p.at[i].node) return vaguely(I);
        if (size_is_form(p.at[i].from) || size_is_form(p.at[i].to)) all_one = false;
        if (p.at[i].kind != PICK_ONE) all_one = false;
        if (p.at[i].kind == PICK_VECTOR) vector = true;
    }
    Tensor *t = base.tensor;
    if (t->type == TYPE_BOOL && value_type(v) != TYPE_BOOL)
        return fail(I, E0332, e->span);
    bool widen = t->type == TYPE_I64 && value_type(v) == TYPE_F64 &&
                 !(value_is_scalar(v) && value_as_real(v) == floor(value_as_real(v)));
    if (widen) {
        base =
            (Value){.kind = VALUE_TENSOR, .tensor = value_as_type(I, base, TYPE_F64)};
        own = false;
        t = base.tensor;
    }
    if (v.kind == VALUE_NODE || (!vector && !(all_one && value_is_scalar(v)))) {
        if (vector) return fail(I, E0333, e->span);
        Value two[2] = {base, v};
        return apply(I, build_store, &p, two, 2, e->span, out);
    }
    if (!own) {
        t = tensor_cast(I->memory, t, t->type);
        value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = t});
    }
    *out = (Value){.kind = VALUE_TENSOR, .tensor = t};
    return vector ? store_vector(I, t, &p, v, e->span)
                  : store_scalar(I, t, &p, v, e->span);
}

bool index_store(Interp *I, Value base, const Ast *e, Value v, bool own, Value *out)
{
    Value key;
    Shape s;
    if (base.kind == VALUE_RECORD) {
        Record *r = (Record *)base.object, *copy = r;
        if (e->count != 1 || !eval(I, e->list[0], &key)) return false;
        if (is_unknown(key)) {
            *out = key;
            return true;
        }
        if (key.kind != VALUE_STRING)
            return fail(I, E0303, e->list[0]->span, "a field", value_kind_text(key));
        if (!own) {
            copy = record_new(I);
            for (uint32_t i = 0; i < r->count; i++)
                record_set(I, copy, r->name[i], r->value[i]);
        }
        record_set(I, copy, name_of(&I->names, ((String *)key.object)->text), v);
        *out = value_object(copy);
        return true;
    }
    if (base.kind == VALUE_LIST && e->count == 1) {
        List *l = (List *)base.object, *copy = list_new(I);
        Pick p;
        if (!pick_item(I, e->list[0], &(Axes){&(int64_t){l->count}, 1, 0}, &p))
            return false;
        if (p.node || size_is_form(p.from)) return vaguely(I);
        if (p.kind != PICK_ONE) return fail(I, E0333, e->span);
        for (uint32_t i = 0; i < l->count; i++)
            list_push(I, copy, i == p.from ? v : l->item[i]);
        *out = value_object(copy);
        return true;
    }
    if (!value_shape(base, &s) || s.rank == 0)
        return fail(I, E0331, e->a->span, value_kind_text(base));
    if (!value_is_number(v)) return fail(I, E0326, e->span, value_kind_text(v));
    if (base.kind == VALUE_TENSOR) return store_tensor(I, base, e, v, own, out);
    Picks p;
    Value two[2] = {base, v};
    if (!picks_eval(I, e, &s, &p)) return false;
    for (int i = 0; I->abstract && i < p.rank; i++)
        if (p.at[i].node) return vaguely(I);
    return apply(I, build_store, &p, two, 2, e->span, out);
}

Value range_as_tensor(Interp *I, Value v)
{
    return v.kind == VALUE_RANGE ? range_tensor(I, (Range *)v.object) : v;
}
