/* SPDX-License-Identifier: MIT
 * Words about shapes: asking, changing, joining, splitting, filling.
 */
#include "abstract.h"
#include "words.h"

#include <math.h>

bool sizes_value(Interp *I, const Shape *s, Value *out)
{
    int64_t n = s->rank;
    if (shape_is_form(s)) {
        List *l = list_new(I);
        for (int i = 0; i < s->rank; i++) list_push(I, l, size_value(I, s->dim[i]));
        return values_stack(I, l->item, l->count, I->span, out);
    }
    Shape vector = shape_of(1, &n);
    Tensor *t = tensor_new(I->memory, TYPE_I64, &vector);
    for (int i = 0; i < s->rank; i++) ((int64_t *)t->data)[i] = s->dim[i];
    *out = value_tensor(I, t);
    return true;
}

bool word_shape(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Shape s;
    int64_t none = 0;
    if (arg[0].kind == VALUE_LIST && ((List *)arg[0].object)->count == 0)
        s = shape_of(1, &none);
    else if (!value_shape(arg[0], &s))
        return fail(I, E0352, word_place(I, word, args, 0), "shape",
                    value_kind_text(arg[0]));
    return sizes_value(I, &s, out);
}

bool word_len(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Shape s;
    Value v = arg[0];
    if (v.kind == VALUE_LIST)
        *out = value_int(((List *)v.object)->count);
    else if (v.kind == VALUE_RECORD)
        *out = value_int(((Record *)v.object)->count);
    else if (v.kind == VALUE_CHAIN)
        *out = value_int(((Chain *)v.object)->count);
    else if (v.kind == VALUE_RANGE)
        *out =
            size_value(I, size_sub(((Range *)v.object)->to, ((Range *)v.object)->from));
    else if (v.kind == VALUE_STRING)
        *out = value_int((int64_t)((String *)v.object)->text.len);
    else if (value_shape(v, &s) && s.rank > 0)
        *out = size_value(I, s.dim[0]);
    else
        return fail(I, E0352, word_place(I, word, args, 0), "len", value_kind_text(v));
    return true;
}

static Node *build_reshape(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)n;
    return op_to_shape(g, in[0], ctx);
}

bool word_reshape(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Shape s, has;
    int free_axis = -1;
    int64_t count = 1;
    arg[0] = range_as_tensor(I, arg[0]);
    if (!value_shape(arg[0], &has))
        return fail(I, E0352, word_place(I, word, args, 0), "reshape",
                    value_kind_text(arg[0]));
    if (!arg_sizes(I, arg[1], word_rest(I, word, arg), word_place(I, word, args, 1),
                   &s))
        return false;
    for (int i = 0; i < s.rank; i++) {
        if (s.dim[i] == -1 && free_axis < 0)
            free_axis = i;
        else
            count = size_mul(count, s.dim[i]);
    }
    if (free_axis >= 0)
        s.dim[free_axis] = count > 0 ? size_div(shape_count(&has), count) : 0;
    if (!sizes_ok(I, &s, args->call)) return false;
    return apply(I, build_reshape, &s, arg, 1, args->call, out);
}

bool word_insert_axis(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Shape s, has;
    int axis = -1;
    arg[0] = range_as_tensor(I, arg[0]);
    if (!value_shape(arg[0], &has))
        return fail(I, E0352, word_place(I, word, args, 0), word_name(word),
                    value_kind_text(arg[0]));
    if (word_data(word) == 1 && has.rank == 2) {
        *out = arg[0];
        return true;
    }
    if (word_data(word) == 0 && arg[1].kind != VALUE_NONE &&
        !arg_axis(I, arg[1], has.rank + 1, word_place(I, word, args, 1), &axis))
        return false;
    if (has.rank + 1 > LIMIT_RANK) return fail(I, E0336, args->call, LIMIT_RANK);
    s = shape_scalar();
    int at = has.rank + 1 + axis;
    for (int i = 0; i <= has.rank; i++) {
        int from = i < at ? i : i - 1;
        s.dim[i] = i == at ? 1 : has.dim[from];
        s.name[i] = i == at ? 0 : has.name[from];
    }
    s.rank = has.rank + 1;
    return apply(I, build_reshape, &s, arg, 1, args->call, out);
}

typedef struct Spread {
    Shape one, wide;
} Spread;

static Node *build_spread(Graph *g, Node *const *in, int n, void *ctx)
{
    Spread *s = ctx;
    (void)n;
    Node *x = op_to_shape(g, in[0], &s->one);
    return x ? op_broadcast(g, x, &s->wide) : NULL;
}

bool word_spread(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Shape has;
    Spread s;
    int axis = -1;
    int64_t n;
    if (!value_shape(arg[0], &has))
        return fail(I, E0352, word_place(I, word, args, 0), word_name(word),
                    value_kind_text(arg[0]));
    if (!arg_size(I, arg[1], word_place(I, word, args, 1), "the count", &n))
        return false;
    if (n < 0) return fail(I, E0351, word_place(I, word, args, 1), (long long)n);
    if (has.rank + 1 > LIMIT_RANK) return fail(I, E0336, args->call, LIMIT_RANK);
    if (arg[2].kind != VALUE_NONE &&
        !arg_axis(I, arg[2], has.rank + 1, word_place(I, word, args, 2), &axis))
        return false;
    int at = has.rank + 1 + axis;
    s.one = shape_prepend(&has, 1);
    for (int i = 0; i <= has.rank; i++) {
        s.one.dim[i] = i == at ? 1 : has.dim[i < at ? i : i - 1];
        s.one.name[i] = i == at ? 0 : has.name[i < at ? i : i - 1];
    }
    s.wide = s.one;
    s.wide.dim[at] = n;
    return apply(I, build_spread, &s, arg, 1, args->call, out);
}

typedef struct Join {
    int axis;
    bool stack;
} Join;

/* Whether b may stand beside a along a new axis; what is said where it may not. */
static bool stackable(Graph *g, const Node *a, const Node *b)
{
    bool same = a->shape.rank == b->shape.rank;
    for (int k = 0; same && k < a->shape.rank; k++)
        same = size_meet(a->shape.dim[k], b->shape.dim[k]) != SIZE_DIFFERENT;
    if (same) return true;
    char s[SHAPE_TEXT], t[SHAPE_TEXT];
    graph_error(g, "tensors of shapes %s and %s cannot be stacked; help: %s",
                shape_text(s, g->names, &a->shape, false),
                shape_text(t, g->names, &b->shape, false),
                b->shape.rank == 0
                    ? "an axis is given by its name: `stack(a, b, axis = 1)`"
                    : "`stack` takes tensors of one shape; `concat` joins those whose "
                      "sizes differ along an axis");
    return false;
}

static Node *build_join(Graph *g, Node *const *in, int n, void *ctx)
{
    const Join *j = ctx;
    Node **part = arena_take(&g->arena, (size_t)n * sizeof *part);
    Type type = TYPE_BOOL;
    for (int i = 0; i < n; i++) {
        if (type_is_real(in[i]->type))
            type = TYPE_F64;
        else if (in[i]->type == TYPE_I64 && type == TYPE_BOOL)
            type = TYPE_I64;
    }
    for (int i = 0; i < n; i++) {
        part[i] = op_to_type(g, in[i], type);
        if (!j->stack) continue;
        if (!part[i] || !stackable(g, in[0], in[i])) return NULL;
        Shape s = part[i]->shape, wide = s;
        int at = s.rank + 1 + j->axis;
        for (int k = s.rank; k > at; k--) {
            wide.dim[k] = wide.dim[k - 1];
            wide.name[k] = wide.name[k - 1];
        }
        wide.dim[at] = 1;
        wide.name[at] = 0;
        wide.rank++;
        part[i] = op_to_shape(g, part[i], &wide);
        if (!part[i]) return NULL;
    }
    Attr attr = {.axis = j->axis};
    return graph_node(g, &op_concat, part, n, &attr);
}

static bool layer_like(Value v)
{
    return v.kind == VALUE_CHAIN || v.kind == VALUE_DEF || is_instance(v, DEF_LAYER) ||
           v.kind == VALUE_FN || v.kind == VALUE_WORD;
}

/* concat(a, b) of layers is the layer of that name in the library. */
static bool concat_layers(Interp *I, const Args *args, Value *out)
{
    Value layer;
    bool found;
    if (!library_find(I, name_str(&I->names, "concat"), &layer, &found)) return false;
    return found ? call_value(I, layer, args, out)
                 : fail(I, E0352, args->call, "concat", "layers");
}

bool word_concat(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Join j = {.stack = word_data(word) == 1};
    List *all = list_new(I), *rest = word_rest(I, word, arg);
    Shape s;
    if (!j.stack && layer_like(arg[0])) return concat_layers(I, args, out);
    if (arg[0].kind == VALUE_LIST && rest->count == 0)
        all = (List *)arg[0].object;
    else {
        list_push(I, all, range_as_tensor(I, arg[0]));
        for (uint32_t i = 0; i < rest->count; i++)
            list_push(I, all, range_as_tensor(I, rest->item[i]));
    }
    if (all->count == 1 && value_shape(all->item[0], &s) && s.rank > 0) {
        Value whole = all->item[0]; /* [a, b] of equal shapes became one tensor */
        all = list_new(I);
        if (size_is_form(s.dim[0])) return vaguely(I);
        for (int64_t i = 0; i < s.dim[0]; i++) {
            Value part;
            if (!index_first(I, whole, i, args->call, &part)) return false;
            list_push(I, all, part);
        }
    }
    for (uint32_t i = 0; i < all->count; i++)
        if (!value_is_number(all->item[i]))
            return fail(I, E0352, args->call, word_name(word),
                        value_kind_text(all->item[i]));
    if (all->count == 0)
        return fail(I, E0354, word_place(I, word, args, 0), word_name(word), 1, 0LL);
    value_shape(all->item[0], &s);
    Value axis = arg[1].kind == VALUE_NONE ? value_int(0) : arg[1];
    if (!arg_axis(I, axis, s.rank + (j.stack ? 1 : 0), word_place(I, word, args, 1),
                  &j.axis))
        return false;
    return apply(I, build_join, &j, all->item, (int)all->count, args->call, out);
}

typedef struct Cut {
    int axis;
    int64_t from, to;
} Cut;

static Node *build_cut(Graph *g, Node *const *in, int n, void *ctx)
{
    const Cut *c = ctx;
    (void)n;
    return op_slice_axis(g, in[0], c->axis, c->from, c->to, 1);
}

bool word_split(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Shape s;
    int axis = -1;
    int64_t parts;
    arg[0] = range_as_tensor(I, arg[0]);
    if (!value_shape(arg[0], &s) || s.rank == 0) {
        Diag *d = fail_diag(I, E0352, word_place(I, word, args, 0), "split",
                            value_kind_text(arg[0]));
        if (arg[0].kind == VALUE_RECORD)
            diag_help(&I->diags, d,
                      "rows of a record: `train, test = split_rows(data, 0.8)`");
        return false;
    }
    if (!arg_int(I, arg[1], word_place(I, word, args, 1), "the number of parts",
                 &parts))
        return false;
    if (arg[2].kind != VALUE_NONE &&
        !arg_axis(I, arg[2], s.rank, word_place(I, word, args, 2), &axis))
        return false;
    int64_t n = s.dim[s.rank + axis], each = size_div(n, parts);
    if (parts < 1 || (!size_is_form(n) && n % parts))
        return fail(I, E0356, word_place(I, word, args, 1), (long long)n,
                    (long long)parts);
    List *l = list_new(I);
    for (int64_t i = 0; i < parts; i++) {
        Cut c = {axis, size_mul(i, each), size_mul(i + 1, each)};
        Value part;
        if (!apply(I, build_cut, &c, arg, 1, args->call, &part)) return false;
        list_push(I, l, part);
    }
    *out = value_object(l);
    return true;
}

/* While a program is checked: of what is filled with numbers from `least` on only the
 * shape is known, where it is large or not known in numbers, or they are `open`. False:
 * make it. */
static bool abstract_tensor(Interp *I, Type type, double least, const Shape *s,
                            bool open, Value *out)
{
    if (!I->abstract) return false;
    if (!open && !shape_is_form(s) && shape_count(s) <= ABSTRACT_ELEMENTS) return false;
    *out = abstract_number(I, type,
                           least > 0    ? SUPPORT_POSITIVE
                           : least >= 0 ? SUPPORT_NONNEGATIVE
                                        : SUPPORT_ANY,
                           s);
    return true;
}

bool word_linspace(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    double from = -1, to = 1;
    int64_t n;
    if ((!known_later(I, arg[0]) &&
         !arg_real(I, arg[0], word_place(I, word, args, 0), "the start", &from)) ||
        (!known_later(I, arg[1]) &&
         !arg_real(I, arg[1], word_place(I, word, args, 1), "the end", &to)) ||
        !arg_size(I, arg[2], word_place(I, word, args, 2), "the count", &n))
        return false;
    Shape s = shape_of(1, &n);
    if (!sizes_ok(I, &s, args->call)) return false;
    bool open = known_later(I, arg[0]) || known_later(I, arg[1]);
    if (abstract_tensor(I, TYPE_F64, from < to ? from : to, &s, open, out)) return true;
    Tensor *t = tensor_new(I->memory, TYPE_F64, &s);
    for (int64_t i = 0; i < n; i++)
        ((double *)t->data)[i] =
            i == n - 1 && n > 1
                ? to
                : from + (to - from) * (double)i / (double)(n > 1 ? n - 1 : 1);
    *out = value_tensor(I, t);
    return true;
}

bool word_fill(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    int what = word_data(word);
    double x = what;
    Shape s;
    bool open = what == 2 && known_later(I, arg[0]);
    if (what == 2 && !open &&
        !arg_real(I, arg[0], word_place(I, word, args, 0), "the value", &x))
        return false;
    if (!arg_sizes(I, arg[what == 2], word_rest(I, word, arg), args->call, &s))
        return false;
    if (!sizes_ok(I, &s, args->call)) return false;
    Type type = TYPE_F64;
    if (what == 2 && arg[0].kind == VALUE_INT) type = TYPE_I64;
    if (what == 2 && arg[0].kind == VALUE_BOOL) type = TYPE_BOOL;
    if (abstract_tensor(I, type, open ? -1 : x, &s, open, out)) return true;
    Tensor *t = tensor_new(I->memory, type, &s);
    int64_t n = shape_count(&s);
    for (int64_t i = 0; i < n; i++) {
        if (type == TYPE_I64)
            ((int64_t *)t->data)[i] = arg[0].integer;
        else if (type == TYPE_BOOL)
            ((uint8_t *)t->data)[i] = arg[0].boolean;
        else
            ((double *)t->data)[i] = x;
    }
    *out = value_tensor(I, t);
    return true;
}

bool word_eye(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    int64_t n;
    if (!arg_size(I, arg[0], word_place(I, word, args, 0), "the size", &n))
        return false;
    Shape s = shape_of(2, (int64_t[]){n, n});
    if (!sizes_ok(I, &s, args->call)) return false;
    if (abstract_tensor(I, TYPE_F64, 0, &s, false, out)) return true;
    Tensor *t = tensor_new(I->memory, TYPE_F64, &s);
    for (int64_t i = 0; i < n; i++) ((double *)t->data)[i * n + i] = 1;
    *out = value_tensor(I, t);
    return true;
}

bool word_repeat(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    int64_t n;
    Span at = word_place(I, word, args, 0);
    if (may_be_flow(arg[0])) {
        Diag *d = fail_diag(I, E0303, at, "the count", value_kind_text(arg[0]));
        diag_help(&I->diags, d, "the count stands first: `repeat(4, layers)`");
        return false;
    }
    if (!arg_int(I, arg[0], at, "the count", &n)) return false;
    if (n < 1 || n > 10000)
        return fail(I, E0351, word_place(I, word, args, 0), (long long)n);
    return chain_repeat(I, n, arg[1], word_place(I, word, args, 1), out);
}
