/* SPDX-License-Identifier: MIT
 * Expressions: one evaluator, by kind of syntax. What is numeric goes to apply, which
 * computes on numbers and records on nodes.
 */
#include "abstract.h"
#include "words.h"

#include <math.h>
#include <string.h>

bool eval_truth(Interp *I, Value v, Span span, bool *truth)
{
    Value known;
    Shape s;
    if (I->abstract && v.kind == VALUE_UNKNOWN) return vaguely(I);
    bool vector = I->abstract && value_shape(v, &s) && s.rank > 0;
    if (v.kind == VALUE_NODE && !vector) {
        if (!recorded_choice(I, v, span, "a condition", &known)) return false;
        v = known;
    }
    if (v.kind == VALUE_BOOL) {
        *truth = v.boolean;
        return true;
    }
    if (v.kind == VALUE_TENSOR || vector) {
        Out o;
        out_init(&o, I->memory);
        value_type_print(I, &o, v);
        Diag *d = fail_diag(I, E0301, span, o.at);
        diag_help(&I->diags, d,
                  "say `all(…)` or `any(…)` of it; an element each is chosen by "
                  "`where(condition, a, b)`");
        out_free(&o);
        return false;
    }
    return fail(I, E0301, span, value_kind_text(v));
}

static bool eval_logic(Interp *I, const Ast *e, Value *out)
{
    Value a, b;
    bool is_and = (e->flags & AST_LOW) == OP_AND, truth;
    if (!eval(I, e->a, &a)) return false;
    if (a.kind == VALUE_BOOL && a.boolean != is_and) {
        *out = a; /* decided: the other side is not looked at */
        return true;
    }
    if (!eval(I, e->b, &b)) return false;
    if (is_unknown(a) || is_unknown(b)) {
        *out = value_unknown();
        return true;
    }
    if (a.kind == VALUE_BOOL && b.kind == VALUE_BOOL) {
        *out = b;
        return true;
    }
    if (!value_is_number(a)) return eval_truth(I, a, e->a->span, &truth);
    if (!value_is_number(b)) return eval_truth(I, b, e->b->span, &truth);
    Value side[2] = {a, b};
    return apply_elem(I, is_and ? ELEM_and : ELEM_or, e->span, side, out);
}

static bool same_deep(Interp *I, Value a, Value b)
{
    if (value_is_scalar(a) && value_is_scalar(b))
        return value_as_real(a) == value_as_real(b);
    if (a.kind == VALUE_LIST && b.kind == VALUE_LIST) {
        List *x = (List *)a.object, *y = (List *)b.object;
        if (x->count != y->count) return false;
        for (uint32_t i = 0; i < x->count; i++)
            if (!same_deep(I, x->item[i], y->item[i])) return false;
        return true;
    }
    if (a.kind == VALUE_RECORD && b.kind == VALUE_RECORD) {
        Record *x = (Record *)a.object, *y = (Record *)b.object;
        if (x->count != y->count) return false;
        for (uint32_t i = 0; i < x->count; i++) {
            Value v;
            if (!record_get(y, x->name[i], &v) || !same_deep(I, x->value[i], v))
                return false;
        }
        return true;
    }
    return value_same(a, b);
}

static bool eval_in(Interp *I, Value a, Value b, Span span, Value *out)
{
    if (b.kind == VALUE_RECORD && a.kind == VALUE_STRING) {
        Value v;
        Name n = name_of(&I->names, ((String *)a.object)->text);
        *out = value_bool(record_get((Record *)b.object, n, &v));
        return true;
    }
    if (b.kind == VALUE_LIST) {
        List *l = (List *)b.object;
        *out = value_bool(false);
        for (uint32_t i = 0; i < l->count; i++)
            if (same_deep(I, a, l->item[i])) *out = value_bool(true);
        return true;
    }
    if (b.kind == VALUE_RANGE && value_is_scalar(a)) {
        Range *r = (Range *)b.object;
        double x = value_as_real(a);
        *out = value_bool(x == floor(x) && x >= (double)r->from && x < (double)r->to);
        return true;
    }
    if (b.kind == VALUE_TENSOR && value_is_scalar(a)) {
        int64_t n = shape_count(&b.tensor->shape);
        *out = value_bool(false);
        for (int64_t i = 0; i < n; i++)
            if (tensor_real_at(b.tensor, i) == value_as_real(a))
                *out = value_bool(true);
        return true;
    }
    return fail(I, E0302, span, "in", value_kind_text(a), value_kind_text(b));
}

static Elem op_elem_of(OpCode op)
{
    switch (op) {
    case OP_ADD: return ELEM_add;
    case OP_SUB: return ELEM_sub;
    case OP_MUL: return ELEM_mul;
    case OP_DIV: return ELEM_div;
    case OP_MOD: return ELEM_mod;
    case OP_POW: return ELEM_pow;
    case OP_EQ: return ELEM_eq;
    case OP_NE: return ELEM_ne;
    case OP_LT: return ELEM_lt;
    case OP_LE: return ELEM_le;
    case OP_GT: return ELEM_gt;
    case OP_GE: return ELEM_ge;
    case OP_AND: return ELEM_and;
    case OP_OR:
    case OP_NOT:
    case OP_IN:
    case OP_RANGE:
    case OP_COMPOSE:
    case OP_MATMUL:
    case OP_NEG: break;
    }
    return ELEM_or;
}

static Node *build_dot(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)n;
    (void)ctx;
    return op_dot(g, op_to_type(g, in[0], TYPE_F64), op_to_type(g, in[1], TYPE_F64));
}

/* x ^ 2 is a square: exact, and far cheaper than the general power. */
static bool power(Interp *I, Span span, Value *side, Value *out)
{
    if (value_is_scalar(side[1]) && value_as_real(side[1]) == 2)
        return apply_elem(I, ELEM_square, span, side, out);
    return apply_elem(I, ELEM_pow, span, side, out);
}

static bool range_value(Interp *I, Value a, Value b, Span span, Value *out)
{
    Value side[2] = {a, b};
    int64_t end[2];
    for (int i = 0; i < 2; i++) {
        if (I->abstract && side[i].kind == VALUE_NODE) {
            if (!value_size(I, side[i], &end[i])) return vaguely(I);
            continue;
        }
        if (side[i].kind == VALUE_NODE &&
            !recorded_choice(I, side[i], span, "a range", &side[i]))
            return false;
        double x = value_as_real(side[i]);
        if (!value_is_scalar(side[i]) || x != floor(x))
            return fail(I, E0303, span, "the ends of a range",
                        value_kind_text(side[i]));
        end[i] = (int64_t)x;
    }
    Range *r = object_new(I, VALUE_RANGE, sizeof *r, NULL);
    r->from = end[0];
    r->to = !size_is_form(end[0]) && end[1] < end[0] ? end[0] : end[1];
    *out = value_object(r);
    return true;
}

/* A function of two sets of points, from which others are made by + and *. */
static bool is_kernel(Value v)
{
    return v.kind == VALUE_FN && ((Closure *)v.object)->fn->count >= 2;
}

/* k + l, k * l, where a number stands for a constant kernel: by the library. */
static bool kernel_binary(Interp *I, OpCode op, Span span, Value a, Value b, Value *out)
{
    Value side[2] = {a, b}, f;
    bool found;
    for (int i = 0; i < 2; i++) {
        if (is_kernel(side[i])) continue;
        if (!library_find(I, name_str(&I->names, "constant_kernel"), &f, &found) ||
            !call_with(I, f, &side[i], 1, span, &side[i]))
            return false;
    }
    const char *how = op == OP_ADD ? "sum_of_kernels" : "product_of_kernels";
    return library_find(I, name_str(&I->names, how), &f, &found) &&
           call_with(I, f, side, 2, span, out);
}

static bool no_operator(Interp *I, OpCode op, Span span, Value a, Value b)
{
    Diag *d = fail_diag(I, E0302, span, op_symbol(op), value_kind_text(a),
                        value_kind_text(b));
    if ((op == OP_ADD || op == OP_MOD) &&
        (a.kind == VALUE_STRING || b.kind == VALUE_STRING))
        diag_help(&I->diags, d, "a string takes values in braces: \"{x} and more\"");
    else if (a.kind == VALUE_STRING || b.kind == VALUE_STRING)
        diag_help(&I->diags, d, "`number(text)` reads the number that a text names");
    if (a.kind == VALUE_NONE || b.kind == VALUE_NONE)
        diag_help(&I->diags, d,
                  "a function gives none unless it says `return x`, or is one "
                  "expression, `fn f(x) = x + 1`");
    if (is_kernel(a) || is_kernel(b))
        diag_help(&I->diags, d,
                  "kernels are added and multiplied, `k + l`, `0.5 * k`; another "
                  "function gives numbers where it is called, `f(x, z)`");
    if (is_instance(a, DEF_DIST) || is_instance(b, DEF_DIST))
        diag_help(
            &I->diags, d,
            "a distribution is no number: `sample(d)` draws one, `mean(d)` is its "
            "mean, and a flow maps it, `affine(…)(d)` or `exp(d)`");
    return false;
}

bool eval_binary(Interp *I, OpCode op, Span span, Value a, Value b, Value *out)
{
    if (value_is_scalar(a) && value_is_scalar(b) && scalar_binary(op, a, b, out)) {
        Value side[2] = {a, b};
        return !value_is_nan(*out) || lost_scalar(I, op_elem_of(op), span, side, 2);
    }
    if (I->abstract && (value_has_unknown(a) || value_has_unknown(b))) {
        *out = value_unknown();
        return true;
    }
    if (op == OP_COMPOSE) return chain_make(I, a, b, span, out);
    if (op == OP_IN) return eval_in(I, a, b, span, out);
    if (op == OP_RANGE) return range_value(I, a, b, span, out);
    if (op == OP_ADD && a.kind == VALUE_STRING && b.kind == VALUE_STRING) {
        Out o;
        out_init(&o, I->memory);
        out_text(&o, ((String *)a.object)->text);
        out_text(&o, ((String *)b.object)->text);
        *out = value_string(I, (Text){o.at, o.len});
        out_free(&o);
        return true;
    }
    Value side[2] = {a, b};
    for (int i = 0; i < 2; i++)
        if (side[i].kind == VALUE_RANGE)
            side[i] = range_tensor(I, (Range *)side[i].object);
    if (!value_is_number(side[0]) || !value_is_number(side[1])) {
        bool kernels = is_kernel(a) ? is_kernel(b) || value_is_number(side[1])
                                    : is_kernel(b) && value_is_number(side[0]);
        if (kernels && (op == OP_ADD || op == OP_MUL))
            return kernel_binary(I, op, span, a, b, out);
        if (op == OP_EQ || op == OP_NE) {
            *out = value_bool(same_deep(I, a, b) == (op == OP_EQ));
            return true;
        }
        return no_operator(I, op, span, a, b);
    }
    if (op == OP_MATMUL) return apply(I, build_dot, NULL, side, 2, span, out);
    if (op == OP_POW) return power(I, span, side, out);
    return apply_elem(I, op_elem_of(op), span, side, out);
}

static bool eval_unary(Interp *I, const Ast *e, Value *out)
{
    Value v;
    if (!eval(I, e->a, &v)) return false;
    if (is_unknown(v)) {
        *out = value_unknown();
        return true;
    }
    bool is_not = (e->flags & AST_LOW) == OP_NOT;
    if (v.kind == VALUE_BOOL && is_not)
        *out = value_bool(!v.boolean);
    else if (v.kind == VALUE_INT && !is_not && v.integer != INT64_MIN)
        *out = value_int(-v.integer);
    else if (v.kind == VALUE_REAL && !is_not)
        *out = value_real(-v.real);
    else if (value_is_number(v) && (!is_not || value_type(v) == TYPE_BOOL))
        return apply_elem(I, is_not ? ELEM_not : ELEM_neg, e->span, &v, out);
    else
        return fail(I, E0304, e->span, op_symbol((OpCode)(e->flags & AST_LOW)),
                    value_kind_text(v));
    return true;
}

/* A `[…]`: numbers, or tensors of one shape, are a tensor; anything else is a list. */
static Node *build_stack(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)ctx;
    Node *small[64], **part = small;
    if (n > 64) part = arena_take(&g->arena, (size_t)n * sizeof *part);
    Type type = TYPE_BOOL;
    for (int i = 0; i < n; i++) {
        if (in[i]->type == TYPE_F64)
            type = TYPE_F64;
        else if (in[i]->type == TYPE_F32 && type != TYPE_F64)
            type = TYPE_F32;
        else if (in[i]->type == TYPE_I64 && type == TYPE_BOOL)
            type = TYPE_I64;
    }
    for (int i = 0; i < n; i++) {
        Shape s = shape_prepend(&in[i]->shape, 1);
        part[i] = op_to_shape(g, op_to_type(g, in[i], type), &s);
        if (!part[i]) return NULL;
    }
    Attr attr = {.axis = -part[0]->shape.rank};
    return graph_node(g, &op_concat, part, n, &attr);
}

static bool stack_scalars(Interp *I, const Value *v, uint32_t n, Value *out)
{
    Type type = TYPE_BOOL;
    for (uint32_t i = 0; i < n; i++) {
        if (v[i].kind == VALUE_REAL)
            type = TYPE_F64;
        else if (v[i].kind == VALUE_INT && type == TYPE_BOOL)
            type = TYPE_I64;
    }
    int64_t dim = n;
    Shape s = shape_of(1, &dim);
    Tensor *t = tensor_new(I->memory, type, &s);
    for (uint32_t i = 0; i < n; i++) {
        if (type == TYPE_F64)
            ((double *)t->data)[i] = value_as_real(v[i]);
        else if (type == TYPE_I64)
            ((int64_t *)t->data)[i] =
                v[i].kind == VALUE_INT ? v[i].integer : (int64_t)v[i].boolean;
        else
            ((uint8_t *)t->data)[i] = v[i].boolean;
    }
    *out = value_tensor(I, t);
    return true;
}

bool values_stack(Interp *I, const Value *v, uint32_t n, Span span, Value *out)
{
    bool scalars = n > 0, numbers = n > 0;
    Shape first, s;
    for (uint32_t i = 0; i < n; i++) {
        if (is_unknown(v[i])) {
            *out = value_unknown();
            return true;
        }
        scalars = scalars && value_is_scalar(v[i]);
        numbers = numbers && value_shape(v[i], &s);
        if (numbers && i == 0) first = s;
        numbers = numbers && shape_agrees(&first, &s);
    }
    if (scalars) return stack_scalars(I, v, n, out);
    if (numbers) return apply(I, build_stack, NULL, v, (int)n, span, out);
    List *l = list_new(I);
    for (uint32_t i = 0; i < n; i++) list_push(I, l, v[i]);
    *out = value_object(l);
    return true;
}

static bool eval_array(Interp *I, const Ast *e, Value *out)
{
    Value small[32], *v = small;
    size_t bytes = e->count * sizeof *v;
    if (e->count > 32) v = memory_take(I->memory, bytes);
    bool ok = true;
    for (uint32_t i = 0; ok && i < e->count; i++) ok = eval(I, e->list[i], &v[i]);
    ok = ok && values_stack(I, v, e->count, e->span, out);
    if (v != small) memory_give(I->memory, v, bytes);
    return ok;
}

static bool eval_record(Interp *I, const Ast *e, Value *out)
{
    Record *r = record_new(I);
    for (uint32_t i = 0; i < e->count; i++) {
        Value v;
        if (!eval(I, e->list[i]->a, &v)) return false;
        if (record_get(r, e->list[i]->name, &(Value){0}))
            return fail(I, E0305, e->list[i]->span,
                        name_cstr(&I->names, e->list[i]->name));
        record_set(I, r, e->list[i]->name, v);
    }
    *out = value_object(r);
    return true;
}

static bool eval_name(Interp *I, const Ast *e, Value *out)
{
    bool found;
    if (!lookup(I, e->name, out, &found)) return false;
    if (found) return true;
    if (I->abstract) return vaguely(I); /* names were looked at before */
    Diag *d = fail_diag(I, E0101, e->span, name_cstr(&I->names, e->name));
    const char *here = foreign_name(name_cstr(&I->names, e->name), false);
    if (here)
        diag_help(&I->diags, d, "%s", here);
    else
        name_suggest(I, e->name, d);
    return false;
}

static bool eval_if(Interp *I, const Ast *e, Value *out)
{
    Value c;
    bool truth;
    if (!eval(I, e->a, &c)) return false;
    if (abstract_open(I, c)) {
        Value a, b;
        if (!eval(I, e->b, &a) || !eval(I, e->c, &b)) return false;
        *out = abstract_join(I, a, b);
        return true;
    }
    if (!eval_truth(I, c, e->a->span, &truth)) return false;
    return eval(I, truth ? e->b : e->c, out);
}

static bool called_number(Interp *I, const Ast *e, Value f)
{
    const char *here =
        e->kind == AST_NAME ? foreign_name(name_cstr(&I->names, e->name), true) : NULL;
    Diag *d = fail_diag(I, E0321, e->span, value_kind_text(f));
    Shape s;
    if (!here && value_shape(f, &s) && s.rank)
        here = "an element is `x[i]`; a product needs `*`: `b * (x + 1)`";
    diag_help(&I->diags, d, "%s", here ? here : "a product needs `*`: `b * (x + 1)`");
    return false;
}

/* only: the one field of it that is read; 0: all of it. */
static bool eval_call(Interp *I, const Ast *e, Name only, Value *out)
{
    Value f;
    enum { FEW = 12 };
    Value value[FEW];
    Name name[FEW];
    Span span[FEW];
    Args args = {(int)e->count, value, name, span, e->span, only};
    size_t n = e->count;
    int word = I->frame->self && e->a->kind == AST_NAME &&
                       instance_has_value(I->frame->self, e->a->name)
                   ? word_find_name(I, e->a->name)
                   : -1;
    if (word >= 0) /* `mean(d)` beside a member `mean` */
        f = (Value){.kind = VALUE_WORD, .word = word};
    else if (!eval(I, e->a, &f))
        return false;
    if (I->frame->self && e->a->kind == AST_NAME && value_is_number(f)) {
        word = word_find_name(I, e->a->name); /* beside a parameter `mean` */
        if (word >= 0) f = (Value){.kind = VALUE_WORD, .word = word};
    }
    if (value_is_number(f)) return called_number(I, e->a, f);
    if (n > FEW) {
        args.value = memory_take(I->memory, n * sizeof *value);
        args.name = memory_take(I->memory, n * sizeof *name);
        args.span = memory_take(I->memory, n * sizeof *span);
    }
    uint32_t mark = pool_mark(I);
    bool choosing = f.kind == VALUE_WORD && word_is_choosing(f.word);
    I->choosing += choosing;
    bool ok = args_eval(I, e, &args);
    I->choosing -= choosing;
    ok = ok && call_value(I, f, &args, out);
    if (ok && I->lost.made) ok = lost_returned(I, &args, *out);
    if (ok) pool_return(I, mark, out);
    if (n > FEW) {
        memory_give(I->memory, args.value, n * sizeof *value);
        memory_give(I->memory, args.name, n * sizeof *name);
        memory_give(I->memory, args.span, n * sizeof *span);
    }
    return ok;
}

static bool eval_kind(Interp *I, const Ast *e, Value *out)
{
    Value a, b;
    switch (e->kind) {
    case AST_INT: *out = value_int(e->lit.integer); return true;
    case AST_REAL: *out = value_real(e->lit.real); return true;
    case AST_BOOL: *out = value_bool(e->lit.integer != 0); return true;
    case AST_STRING: *out = value_string(I, e->lit.text); return true;
    case AST_INTERP: return interpolate(I, e, out);
    case AST_NAME: return eval_name(I, e, out);
    case AST_ARRAY: return eval_array(I, e, out);
    case AST_RECORD: return eval_record(I, e, out);
    case AST_CALL: return eval_call(I, e, 0, out);
    case AST_INDEX: return eval(I, e->a, &a) && eval_index(I, e, a, out);
    case AST_DOT:
        return (e->a->kind == AST_CALL && !I->abstract ? eval_call(I, e->a, e->name, &a)
                                                       : eval(I, e->a, &a)) &&
               eval_field(I, a, e->name, e->span, out);
    case AST_UNARY: return eval_unary(I, e, out);
    case AST_BINARY:
        if ((e->flags & AST_LOW) <= OP_AND) return eval_logic(I, e, out);
        if (!eval(I, e->a, &a) || !eval(I, e->b, &b)) return false;
        if ((e->flags & AST_LOW) == OP_COMPOSE &&
            !(stage_made(I, e->a->span, &a) && stage_made(I, e->b->span, &b)))
            return false;
        return eval_binary(I, (OpCode)(e->flags & AST_LOW), e->span, a, b, out);
    case AST_IF: return eval_if(I, e, out);
    case AST_FN: return closure_new(I, e, 0, (Text){"", 0}, out);
    case AST_HOLE: return I->abstract ? vaguely(I) : fail(I, E0307, e->span);
    case AST_INTERP_PART:
    case AST_FIELD:
    case AST_ARG:
    case AST_SLICE:
    case AST_ELLIPSIS:
    case AST_PARAM:
    case AST_TYPE:
    case AST_BLOCK:
    case AST_ASSIGN:
    case AST_UNPACK:
    case AST_EXPR:
    case AST_IF_STATEMENT:
    case AST_FOR:
    case AST_WHILE:
    case AST_BREAK:
    case AST_CONTINUE:
    case AST_RETURN:
    case AST_FN_DEF:
    case AST_IMPORT:
    case AST_CHECK:
    case AST_MODEL:
    case AST_DEF:
    case AST_ON:
    case AST_MEMBER:
    case AST_PARAM_DECL:
    case AST_PRIOR:
    case AST_NET:
    case AST_FLOW:
    case AST_LIKELIHOOD:
    case AST_STATE:
    case AST_NEXT:
    case AST_EXTERN:
    case AST_EXTERN_FN:
    case AST_COUNT: break;
    }
    return fail(I, E0001, e->span, "this cannot be used as a value");
}

bool eval(Interp *I, const Ast *e, Value *out)
{
    if (!I->abstract) return eval_kind(I, e, out);
    if (++I->abstract->work > ABSTRACT_MOST) {
        *out = value_unknown();
        return true;
    }
    if (!eval_kind(I, e, out)) *out = value_unknown(); /* the rest is looked at, too */
    return true;
}
