/* SPDX-License-Identifier: MIT
 * Declared types: what a value must be, the sizes that a type names, and the shape of
 * what is declared.
 */
#include "abstract.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct TypeWord {
    const char *word;
    Type type;
    Support support;
    bool number;
} type_words[] = {
    {"real", TYPE_F64, SUPPORT_ANY, true},
    {"int", TYPE_I64, SUPPORT_ANY, true},
    {"bool", TYPE_BOOL, SUPPORT_ANY, true},
    {"positive", TYPE_F64, SUPPORT_POSITIVE, true},
    {"nonnegative", TYPE_F64, SUPPORT_NONNEGATIVE, true},
    {"unit", TYPE_F64, SUPPORT_UNIT, true},
    {"simplex", TYPE_F64, SUPPORT_SIMPLEX, true},
    {"ordered", TYPE_F64, SUPPORT_ORDERED, true},
    {"cholesky", TYPE_F64, SUPPORT_CHOLESKY, true},
    {"corr", TYPE_F64, SUPPORT_CORR, true},
    {"cov", TYPE_F64, SUPPORT_COV, true},
};

static const struct TypeWord *type_word(Interp *I, Name name)
{
    const char *s = name_cstr(&I->names, name);
    for (size_t i = 0; i < sizeof type_words / sizeof *type_words; i++)
        if (strcmp(s, type_words[i].word) == 0) return &type_words[i];
    return NULL;
}

bool type_is_number(Interp *I, const Ast *type, Type *element, Support *support)
{
    const struct TypeWord *w = type_word(I, type->name);
    if (!w || !w->number) return false;
    *element = w->type;
    *support = w->support;
    return true;
}

/* The axes of a type: its sizes, the last of them twice for a matrix (`cov[K]`). */
static int type_axes(const Ast *type, Support s)
{
    return (int)type->count + (support_rank(s) == 2 && type->count);
}

static int size_of_axis(const Ast *type, int axis)
{
    return axis < (int)type->count ? axis : (int)type->count - 1;
}

int type_event_rank(Interp *I, const Ast *type)
{
    Type t;
    Support s;
    if (!type_is_number(I, type, &t, &s)) return -1;
    return type_axes(type, s);
}

/* Whether images come with their channels first: their number, which the type has last,
 * lies behind the rows. */
static bool channels_first(const Ast *type, Value v)
{
    Shape s;
    if (!value_shape(v, &s) || s.rank != 4 || type->count != 4) return false;
    const Ast *last = type->list[3];
    return last->kind == AST_INT && s.dim[1] == last->lit.integer &&
           s.dim[3] != last->lit.integer;
}

static bool shape_wrong(Interp *I, const Ast *type, Value v, Span span,
                        const char *what, const char *help)
{
    Out has, wants;
    out_init(&has, I->memory);
    out_init(&wants, I->memory);
    value_type_print(I, &has, v);
    const Source *s = I->source[type->span.source - 1];
    out_text(&wants,
             (Text){s->text.at + type->span.from, type->span.to - type->span.from});
    Diag *d = fail_diag(I, E0201, span, what, wants.at, has.at);
    if (!span_of_library(I, type->span) && span_apart(type->span, span))
        diag_label(&I->diags, d, type->span, "declared here");
    if (help) diag_help(&I->diags, d, "%s", help);
    if (channels_first(type, v))
        diag_help(&I->diags, d,
                  "`permute(x, [0, 2, 3, 1])` puts the channels of images last");
    out_free(&has);
    out_free(&wants);
    return false;
}

/* The type names another number of axes, which is n, or with `..` at least n - 1. */
static bool rank_wrong(Interp *I, const Ast *type, int n, bool dots, Value v,
                       const Shape *s, Span span, const char *what)
{
    char help[200];
    int due = dots ? n - 1 : n;
    const char *more =
        "declare what goes in like that, or give the same numbers another "
        "shape with `reshape(x, [...])`";
    if (s->rank == 0)
        more = "numbers in brackets are a tensor, as in [1, 2] or [[1, 2], [3, 4]]";
    else if (s->rank == due + 1 && s->dim[s->rank - 1] == 1)
        more = "`x[.., 0]` drops a last axis of size 1";
    snprintf(help, sizeof help, "the type has %s%d ax%ss, this has %d: %s",
             dots ? "at least " : "", due, due == 1 ? "i" : "e", s->rank, more);
    return shape_wrong(I, type, v, span, what, help);
}

/* One size of a type against an axis; a name not yet bound is bound. */
static bool size_meets(Interp *I, const Ast *dim, int64_t n, Frame *f, bool *meets)
{
    Value v;
    *meets = true;
    if (dim->kind == AST_NAME && !frame_get(f, dim->name, &v)) {
        bool found = false;
        if (f->self && !instance_argument(I, f->self, dim->name, &found, &v))
            return false;
        if (!found) {
            frame_set(I, f, dim->name, size_value(I, n));
            return true;
        }
    } else if (dim->kind != AST_NAME && !eval(I, dim, &v)) {
        return false;
    }
    int64_t size;
    if (I->abstract)
        *meets = value_size(I, v, &size) && size_meet(size, n) != SIZE_DIFFERENT;
    else
        *meets = value_is_scalar(v) && value_as_real(v) == (double)n;
    return true;
}

/* The parameter whose type has the axis first, of what the frame runs; or NULL. */
static const Ast *first_with_axis(const Frame *f, Name axis)
{
    const Ast *of = f->closure ? f->closure->fn
                    : f->self  ? f->self->def->def
                               : f->model;
    for (uint32_t i = 0; of && i < of->count; i++) {
        const Ast *type = of->list[i]->a;
        for (uint32_t k = 0; type && k < type->count; k++)
            if (type->list[k]->kind == AST_NAME && type->list[k]->name == axis)
                return of->list[i];
    }
    return NULL;
}

/* Images of a size that is declared in numbers. */
static bool image_wrong(Interp *I, const Ast *type, Value v, Span span,
                        const char *what)
{
    char help[160];
    const Ast *high = type->list[1], *wide = type->list[2];
    Span last = type->list[3]->span;
    if (high->kind != AST_INT || wide->kind != AST_INT || channels_first(type, v))
        return shape_wrong(I, type, v, span, what, NULL);
    snprintf(
        help, sizeof help,
        "`resize(x, %lld, %lld)` makes images of that size; declared `real[N, H, W, "
        "%.*s]`, any will do",
        (long long)high->lit.integer, (long long)wide->lit.integer,
        (int)(last.to - last.from), I->source[last.source - 1]->text.at + last.from);
    return shape_wrong(I, type, v, span, what, help);
}

/* Size i of the type is not that of the value: a name is told with the size it has. */
static bool size_wrong(Interp *I, const Ast *type, int i, Value v, Span span,
                       const char *what, Frame *f)
{
    char help[160];
    const Ast *dim = type->list[i], *from;
    Value has;
    if (type->count == 4 && (i == 1 || i == 2) && dim->kind == AST_INT)
        return image_wrong(I, type, v, span, what);
    if (dim->kind != AST_NAME || !frame_get(f, dim->name, &has) ||
        has.kind != VALUE_INT)
        return shape_wrong(I, type, v, span, what, NULL);
    from = first_with_axis(f, dim->name);
    if (from && from->a != type)
        snprintf(help, sizeof help, "`%s` is %lld already, by `%s`",
                 name_cstr(&I->names, dim->name), (long long)has.integer,
                 name_cstr(&I->names, from->name));
    else
        snprintf(help, sizeof help, "`%s` is %lld already, from what was given before",
                 name_cstr(&I->names, dim->name), (long long)has.integer);
    return shape_wrong(I, type, v, span, what, help);
}

bool type_bind_sizes(Interp *I, const Ast *type, Support support, Value v,
                     const Shape *s, Span span, const char *what, Frame *f)
{
    int dots = -1, n = type_axes(type, support);
    for (int i = 0; i < (int)type->count; i++)
        if (type->list[i]->kind == AST_ELLIPSIS) dots = i;
    if (dots < 0 ? s->rank != n : s->rank < n - 1)
        return rank_wrong(I, type, n, dots >= 0, v, s, span, what);
    for (int i = 0; i < n; i++) {
        bool meets;
        if (i == dots) continue;
        int axis = dots >= 0 && i > dots ? s->rank - (n - i) : i;
        int k = size_of_axis(type, i);
        if (!size_meets(I, type->list[k], s->dim[axis], f, &meets)) return false;
        if (!meets) return size_wrong(I, type, k, v, span, what, f);
    }
    return true;
}

bool is_function(Value v)
{
    return v.kind == VALUE_DEF || v.kind == VALUE_NET || v.kind == VALUE_CHAIN ||
           is_instance(v, DEF_LAYER) || is_instance(v, DEF_FLOW) ||
           v.kind == VALUE_FN || v.kind == VALUE_WORD || v.kind == VALUE_DERIVED ||
           v.kind == VALUE_BOUND || v.kind == VALUE_FOREIGN;
}

static bool kind_meets(const char *word, Value v)
{
    if (strcmp(word, "string") == 0) return v.kind == VALUE_STRING;
    if (strcmp(word, "fn") == 0) return is_function(v);
    if (strcmp(word, "dist") == 0) return is_instance(v, DEF_DIST);
    if (strcmp(word, "layer") == 0)
        return v.kind == VALUE_CHAIN || is_instance(v, DEF_LAYER) ||
               v.kind == VALUE_FN || v.kind == VALUE_WORD || v.kind == VALUE_DEF;
    if (strcmp(word, "flow") == 0)
        return is_flow(v) || v.kind == VALUE_CHAIN || v.kind == VALUE_WORD ||
               v.kind == VALUE_DEF;
    return true;
}

bool no_number(Interp *I, const char *word, Value v, Span span, const char *what)
{
    double x;
    Diag *d = fail_diag(I, E0334, span, what, word, value_kind_text(v));
    if (is_instance(v, DEF_DIST))
        diag_help(&I->diags, d,
                  "a distribution is no number: in a model `prior s ~ …` draws one, "
                  "elsewhere `sample(d)`");
    if (v.kind == VALUE_STRING && text_to_real(((String *)v.object)->text, &x, true))
        diag_help(&I->diags, d, "a number stands without quotes");
    return false;
}

static bool no_bool(Interp *I, Value v, Span span, const char *what)
{
    Out o;
    out_init(&o, I->memory);
    value_type_print(I, &o, v);
    Diag *d = fail_diag(I, E0334, span, what, "bool", o.at);
    diag_help(&I->diags, d, "a comparison makes bools of numbers, as `x == 1`");
    out_free(&o);
    return false;
}

static bool wrong_kind(Interp *I, const char *word, Value v, Span span,
                       const char *what)
{
    bool function = strcmp(word, "fn") == 0;
    Diag *d = fail_diag(I, E0334, span, what, function ? "a function" : word,
                        value_kind_text(v));
    if (function && v.kind == VALUE_STRING)
        diag_help(&I->diags, d, "a function is named without quotes, as in `tanh`");
    return false;
}

bool whole_number(Interp *I, Value v, Value *out)
{
    if (v.kind == VALUE_REAL && v.real == floor(v.real) && fabs(v.real) < 9e15) {
        *out = value_int((int64_t)v.real);
        return true;
    }
    if (v.kind != VALUE_TENSOR || !type_is_real(v.tensor->type)) return false;
    int64_t n = shape_count(&v.tensor->shape);
    for (int64_t i = 0; i < n; i++) {
        double x = tensor_real_at(v.tensor, i);
        if (x != floor(x)) return false;
    }
    out->kind = VALUE_TENSOR;
    out->tensor = value_as_type(I, v, TYPE_I64);
    return true;
}

bool type_bind(Interp *I, const Ast *type, Value v, Span span, const char *what,
               Frame *f, Value *out)
{
    const struct TypeWord *w = type_word(I, type->name);
    Shape s;
    *out = v;
    if (I->abstract && value_has_unknown(v))
        return !w || !is_unknown(v) || abstract_of_type(I, type, 0, out);
    if (!w)
        return kind_meets(name_cstr(&I->names, type->name), v) ||
               wrong_kind(I, name_cstr(&I->names, type->name), v, span, what);
    if (v.kind == VALUE_RANGE) *out = v = range_tensor(I, (Range *)v.object);
    if (!value_shape(v, &s)) return no_number(I, w->word, v, span, what);
    Type t = value_type(v);
    if (w->type == TYPE_I64 && type_is_real(t) && v.kind != VALUE_NODE &&
        !whole_number(I, v, out))
        return fail(I, E0334, span, what, "int", "a number with a fraction");
    if (w->type == TYPE_F64 && t == TYPE_I64 && v.kind == VALUE_INT)
        *out = value_real((double)v.integer);
    if (w->type == TYPE_BOOL && t != TYPE_BOOL) return no_bool(I, v, span, what);
    if (w->support != SUPPORT_ANY && v.kind != VALUE_NODE &&
        !support_check(I, w->support, *out, span, what))
        return false;
    if (!(type->flags & AST_DIMS) && !f->self) {
        if (s.rank == 0 || w->support != SUPPORT_ANY) return true;
        return shape_wrong(I, type, v, span, what, NULL);
    }
    return !(type->flags & AST_DIMS) ||
           type_bind_sizes(I, type, w->support, v, &s, span, what, f);
}

static bool unknown_type(Interp *I, const Ast *type)
{
    Diag *d = fail_diag(I, E0335, type->span, name_cstr(&I->names, type->name));
    Text wanted = name_text(&I->names, type->name);
    for (size_t i = 0; i < sizeof type_words / sizeof *type_words; i++)
        if (text_mistaken(wanted, text_of(type_words[i].word)) != NAMES_APART) {
            diag_help(&I->diags, d, "did you mean `%s`?", type_words[i].word);
            return false;
        }
    const char *word = name_cstr(&I->names, type->name);
    bool vector = strcmp(word, "vector") == 0 || strcmp(word, "array") == 0 ||
                  strcmp(word, "matrix") == 0 || strcmp(word, "tensor") == 0;
    diag_help(&I->diags, d,
              vector
                  ? "a vector is `real[N]`, a matrix `real[N, P]`"
                  : "numbers are `real`, `int`, `positive`, `unit`, with sizes as in "
                    "`real[N, 2]`");
    return false;
}

bool type_is_kind(Interp *I, const Ast *type)
{
    static const char *const kinds[] = {"string", "fn",    "dist",
                                        "dists",  "layer", "flow"};
    const char *word = name_cstr(&I->names, type->name);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i], word) == 0) return true;
    return false;
}

bool type_known(Interp *I, const Ast *type)
{
    return type_is_kind(I, type) || type_word(I, type->name) || unknown_type(I, type);
}

/* Of an axis that a layer or the like declares: where it was made. */
static bool negative_size(Interp *I, const Ast *dim, double n)
{
    const Instance *self = I->frame ? I->frame->self : NULL;
    const char *what =
        dim->kind == AST_NAME ? name_cstr(&I->names, dim->name) : "a size";
    Span at = self && self->span.source ? self->span : dim->span;
    Diag *d = fail_diag(I, E0644, at, what, (long long)n);
    if (span_apart(at, dim->span) && !in_library(I))
        diag_label(&I->diags, d, dim->span, "declared here");
    return false;
}

bool type_shape(Interp *I, const Ast *type, Type *element, Support *support,
                Shape *shape, bool *shaped)
{
    const struct TypeWord *w = type_word(I, type->name);
    if (!w) return unknown_type(I, type);
    *element = w->type;
    *support = w->support;
    *shape = shape_scalar();
    *shaped = (type->flags & AST_DIMS) != 0;
    int axes = type_axes(type, *support);
    if (axes > LIMIT_RANK) return fail(I, E0336, type->span, LIMIT_RANK);
    for (int i = 0; i < axes; i++) {
        const Ast *dim = type->list[size_of_axis(type, i)];
        Value v;
        if (dim->kind == AST_ELLIPSIS) return fail(I, E0337, dim->span);
        if (!eval(I, dim, &v)) return false;
        int64_t size = 0;
        double n = value_as_real(v);
        if (I->abstract && (v.kind == VALUE_NODE || is_unknown(v))) {
            if (!value_size(I, v, &size))
                return fail(I, E0303, dim->span, "a size", "a tensor");
        } else if (value_is_scalar(v) && n < 0) {
            return negative_size(I, dim, n);
        } else if (!value_is_scalar(v) || n != floor(n)) {
            return fail(I, E0303, dim->span, "a size", value_kind_text(v));
        } else if (n > (double)LIMIT_ELEMENTS) {
            return fail(I, E0338, type->span);
        } else {
            size = (int64_t)n;
        }
        shape->name[shape->rank] =
            I->frame->model && dim->kind == AST_NAME ? dim->name : 0;
        shape->dim[shape->rank++] = size;
    }
    if (!shape_is_form(shape) && shape_count(shape) > LIMIT_ELEMENTS)
        return fail(I, E0338, type->span);
    return true;
}
