/* SPDX-License-Identifier: MIT
 * Indexing and storing: integers, half-open slices, `..`, masks and vectors of indices,
 * on tensors (recorded ones too), lists, records, strings and nets; fields by name.
 */
#include "pick.h"
#include "words.h"

#include <math.h>
#include <string.h>

/* The indices of a pick, as a vector. */
static Node *indices(Graph *g, const Pick *p)
{
    Shape flat =
        p->due.rank == 1 ? p->due : shape_of(1, (int64_t[]){shape_count(&p->due)});
    return p->node ? op_to_shape(g, p->node, &flat)
                   : graph_constant(g, TYPE_I64, &flat, p->index->data);
}

static Shape axis_shape(const Shape *s, int axis)
{
    Shape one = shape_of(1, &s->dim[axis]);
    one.name[0] = s->name[axis];
    return one;
}

static bool append_axes(Shape *s, const Shape *more)
{
    if (s->rank + more->rank > LIMIT_RANK) return false;
    for (int i = 0; i < more->rank; i++) {
        s->name[s->rank] = more->name[i];
        s->dim[s->rank++] = more->dim[i];
    }
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
            Node *two[2] = {x, indices(g, k)};
            Attr take = {.axis = i - p->rank};
            x = two[1] ? graph_node(g, &op_take, two, 2, &take) : NULL;
        }
    }
    if (!x) return NULL;
    for (int i = 0; i < p->rank; i++) {
        Shape one = axis_shape(&x->shape, i);
        const Shape *due = p->at[i].kind == PICK_VECTOR ? &p->at[i].due : &one;
        if (p->at[i].kind == PICK_ONE) continue;
        if (!append_axes(&left, due)) return graph_error(g, "too many axes");
    }
    return op_to_shape(g, x, &left);
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
    if (!pick_item(I, e->list[0], &(Axes){&(int64_t){l->count}, 1, 0, false}, &p)) {
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
    if (!pick_item(I, e->list[0], &(Axes){&(int64_t){n}, 1, 0, false}, &p))
        return false;
    if (p.kind == PICK_VECTOR || (p.kind == PICK_SLICE && p.from == p.to))
        return fail(I, E0328, e->list[0]->span, (long long)p.from, 0, (long long)n);
    return stage_slice(I, base, (uint32_t)p.from,
                       (uint32_t)(p.kind == PICK_ONE ? p.from + 1 : p.to), out);
}

/* What is picked is known to a run alone, or not before the program runs: base is then
 * recorded, for its numbers cannot be looked up yet. */
static Value picked_later(Interp *I, const Picks *p, Value base)
{
    bool later = false;
    for (int i = 0; i < p->rank; i++)
        later = later || p->at[i].node || size_is_form(p->at[i].from) ||
                size_is_form(p->at[i].to);
    if (!later || base.kind != VALUE_TENSOR) return base;
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
        *out = value_unknown();
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
    if (!picks_eval(I, e, &s, true, &p)) return false;
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
    if (!picks_eval(I, e, &base.tensor->shape, false, &p)) return false;
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
        if (!pick_item(I, e->list[0], &(Axes){&(int64_t){l->count}, 1, 0, false}, &p))
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
    if (!picks_eval(I, e, &s, false, &p)) return false;
    for (int i = 0; I->abstract && i < p.rank; i++)
        if (p.at[i].node) return vaguely(I);
    return apply(I, build_store, &p, two, 2, e->span, out);
}

Value range_as_tensor(Interp *I, Value v)
{
    return v.kind == VALUE_RANGE ? range_tensor(I, (Range *)v.object) : v;
}

bool eval_field(Interp *I, Value base, Name name, Span span, Value *out)
{
    bool found = false;
    if (is_unknown(base)) {
        *out = value_unknown();
        return !I->upper || I->upper->field(I, base, name, span, &found, out);
    }
    if (base.kind == VALUE_RECORD && record_get((Record *)base.object, name, out))
        return true;
    if (base.kind == VALUE_INSTANCE &&
        !instance_argument(I, (Instance *)base.object, name, &found, out))
        return false;
    if (!found && I->upper && !I->upper->field(I, base, name, span, &found, out))
        return false;
    if (found) return true;
    Diag *d =
        fail_diag(I, E0306, span, value_kind_text(base), name_cstr(&I->names, name));
    const char *word = name_cstr(&I->names, name), *here = foreign_field(word);
    if (here && base.kind != VALUE_RECORD)
        diag_help(&I->diags, d, "%s", here);
    else if ((value_is_number(base) || is_instance(base, DEF_DIST)) &&
             word_find(word) >= 0)
        diag_help(&I->diags, d, "functions stand before what they work on: `%s(%s)`",
                  word, value_is_number(base) ? "x" : word_signature(word_find(word)));
    else if (is_instance(base, DEF_ATTACK))
        help_attack(I, d, ((Instance *)base.object)->def->def);
    else if (base.kind == VALUE_INSTANCE)
        help_signature(I, d, ((Instance *)base.object)->def->def);
    if (base.kind == VALUE_RECORD && ((Record *)base.object)->count) {
        Out o;
        out_init(&o, I->memory);
        Record *r = (Record *)base.object;
        for (uint32_t i = 0; i < r->count && i < 12; i++)
            out_fmt(&o, "%s`%s`", i ? ", " : "", name_cstr(&I->names, r->name[i]));
        if (r->count > 12) out_str(&o, ", …");
        if (r->count) diag_help(&I->diags, d, "it has %s", o.at);
        out_free(&o);
    }
    return false;
}
