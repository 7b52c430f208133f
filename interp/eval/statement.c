/* SPDX-License-Identifier: MIT
 * Statements: binding, control flow, definitions and check blocks. Each statement
 * releases what it left in the pool.
 */
#include "abstract.h"

#include <string.h>

bool eval_assign(Interp *I, const Ast *target, Value v)
{
    Value base, changed;
    if (target->kind == AST_NAME) {
        bind(I, target->name, v);
        return true;
    }
    if (target->kind != AST_INDEX && target->kind != AST_DOT)
        return fail(I, E0013, target->span, "this");
    if (!eval(I, target->a, &base)) return false;
    if (is_unknown(base)) return eval_assign(I, target->a, value_unknown());
    bool own = !I->abstract && target->a->kind == AST_NAME &&
               base.kind >= VALUE_TENSOR &&
               (base.kind == VALUE_TENSOR ? base.tensor->refs : base.object->refs) == 1;
    if (is_unknown(v) && value_is_number(base)) {
        changed = v;
    } else if (target->kind == AST_INDEX) {
        if (!index_store(I, base, target, v, own, &changed)) return false;
    } else {
        if (base.kind != VALUE_RECORD)
            return fail(I, E0306, target->span, value_kind_text(base),
                        name_cstr(&I->names, target->name));
        Record *r = (Record *)base.object;
        if (!own) {
            Record *copy = record_new(I);
            for (uint32_t i = 0; i < r->count; i++)
                record_set(I, copy, r->name[i], r->value[i]);
            r = copy;
        }
        record_set(I, r, target->name, v);
        changed = value_object(r);
    }
    return eval_assign(I, target->a, changed);
}

static bool unpack(Interp *I, const Ast *s, Value v)
{
    uint32_t n = s->count;
    if (is_unknown(v)) {
        for (uint32_t i = 0; i < n; i++)
            if (!eval_assign(I, s->list[i], value_unknown())) return false;
        return true;
    }
    if (v.kind == VALUE_LIST) {
        List *l = (List *)v.object;
        if (l->count != n) return fail(I, E0310, s->span, n, (long long)l->count);
        for (uint32_t i = 0; i < n; i++)
            if (!eval_assign(I, s->list[i], l->item[i])) return false;
        return true;
    }
    Shape shape;
    if (!value_shape(v, &shape) || shape.rank == 0)
        return fail(I, E0311, s->span, value_kind_text(v));
    if (size_meet(shape.dim[0], n) == SIZE_DIFFERENT)
        return fail(I, E0310, s->span, n, (long long)shape.dim[0]);
    for (uint32_t i = 0; i < n; i++) {
        Value part;
        if (!index_first(I, v, i, s->span, &part) || !eval_assign(I, s->list[i], part))
            return false;
    }
    return true;
}

static Flow loop_flow(Flow f, bool *leave)
{
    *leave = f == FLOW_BREAK || f == FLOW_RETURN || f == FLOW_FAILED;
    return f == FLOW_RETURN || f == FLOW_FAILED ? f : FLOW_ON;
}

/* Ctrl-C in a loop of the program's own: the place is the loop's head. */
static bool loop_stopped(Interp *I, const Ast *s)
{
    Span before = I->span;
    if (!in_library(I)) I->span = s->a->span;
    bool stopped = interp_stopped(I);
    I->span = before;
    return stopped;
}

static bool loop_item(Interp *I, Value over, int64_t i, Span span, Value *item)
{
    if (over.kind == VALUE_LIST) {
        *item = ((List *)over.object)->item[i];
        return true;
    }
    if (over.kind == VALUE_RANGE) {
        *item = value_int(((Range *)over.object)->from + i);
        return true;
    }
    return index_first(I, over, i, span, item);
}

/* More rounds than this are gone through once while checking. */
enum { ROUNDS = 8 };

/* One item for all rounds of a loop that is only checked. */
static Flow check_for(Interp *I, const Ast *s, Value over)
{
    Value item = value_unknown();
    Shape shape;
    if (over.kind == VALUE_RANGE) {
        int64_t from = ((Range *)over.object)->from;
        shape = shape_scalar();
        item = abstract_number(I, TYPE_I64,
                               size_sign(from) >= 0 ? SUPPORT_NONNEGATIVE : SUPPORT_ANY,
                               &shape);
    } else if (value_shape(over, &shape)) {
        shape = shape_drop(&shape, 0);
        item = abstract_number(I, value_type(over),
                               support_moved(as_node(I, over)->support), &shape);
    }
    return abstract_loop(I, s, item);
}

static Flow eval_for(Interp *I, const Ast *s)
{
    Value over, item;
    Shape shape;
    int64_t n;
    bool leave = false;
    Flow flow = FLOW_ON;
    if (!eval(I, s->a, &over)) return FLOW_FAILED;
    if (is_unknown(over)) return check_for(I, s, over);
    if (over.kind == VALUE_LIST)
        n = ((List *)over.object)->count;
    else if (over.kind == VALUE_RANGE)
        n = size_sub(((Range *)over.object)->to, ((Range *)over.object)->from);
    else if (value_shape(over, &shape) && shape.rank > 0)
        n = shape.dim[0];
    else {
        fail(I, E0312, s->a->span, value_kind_text(over));
        return FLOW_FAILED;
    }
    if (I->abstract && n > ROUNDS) return check_for(I, s, over);
    value_keep(over);
    for (int64_t i = 0; i < n && !leave; i++) {
        uint32_t mark = pool_mark(I);
        if (loop_stopped(I, s) || !loop_item(I, over, i, s->a->span, &item)) {
            flow = FLOW_FAILED;
            break;
        }
        bind(I, s->name, item);
        flow = loop_flow(eval_block(I, s->b), &leave);
        pool_release(I, mark);
    }
    value_drop(I, over);
    return flow;
}

static Flow eval_while(Interp *I, const Ast *s)
{
    bool leave = false, truth;
    Flow flow = FLOW_ON;
    while (!leave) {
        Value c;
        if (I->abstract) {
            if (!eval(I, s->a, &c)) return FLOW_FAILED;
            bool open = abstract_open(I, c);
            if (!open && !eval_truth(I, c, s->a->span, &truth)) return FLOW_FAILED;
            return open || truth ? abstract_loop(I, s, c) : FLOW_ON;
        }
        uint32_t mark = pool_mark(I);
        if (loop_stopped(I, s) || !eval(I, s->a, &c) ||
            !eval_truth(I, c, s->a->span, &truth))
            return FLOW_FAILED;
        if (!truth) break;
        flow = loop_flow(eval_block(I, s->b), &leave);
        pool_release(I, mark);
    }
    return flow;
}

static Flow eval_if_statement(Interp *I, const Ast *s)
{
    Value c;
    bool truth;
    if (!eval(I, s->a, &c)) return FLOW_FAILED;
    if (abstract_open(I, c)) return abstract_if(I, s);
    if (!eval_truth(I, c, s->a->span, &truth)) return FLOW_FAILED;
    if (truth) return eval_block(I, s->b);
    if (!s->c) return FLOW_ON;
    return s->c->kind == AST_BLOCK ? eval_block(I, s->c) : eval_statement(I, s->c);
}

static void print_side(Interp *I, Out *o, const Ast *e)
{
    Value v;
    if (!eval(I, e, &v)) return;
    const Source *src = I->source[e->span.source - 1];
    out_text(o, (Text){src->text.at + e->span.from, e->span.to - e->span.from});
    out_str(o, " is ");
    value_print(I, o, v, true, true);
}

static bool comparison(const Ast *e)
{
    OpCode op = (OpCode)(e->flags & AST_LOW);
    return e->kind == AST_BINARY && op >= OP_EQ && op <= OP_GE;
}

/* One line of a check; why gets what was found. */
static bool check_line(Interp *I, const Ast *s, Out *why, bool *passed)
{
    Value v;
    *passed = true;
    if (s->kind != AST_EXPR) return eval_statement(I, s) == FLOW_ON;
    if (!eval(I, s->a, &v)) return false;
    if (v.kind == VALUE_NONE) return true; /* a print */
    if (!eval_truth(I, v, s->a->span, passed)) return false;
    if (*passed) return true;
    const Source *src = I->source[s->span.source - 1];
    uint32_t line, column;
    source_place(src, s->span.from, &line, &column);
    out_fmt(why, "line %u: ", line);
    out_text(why, (Text){src->text.at + s->span.from, s->span.to - s->span.from});
    out_str(why, " is false");
    if (comparison(s->a)) {
        out_str(why, ": ");
        print_side(I, why, s->a->a);
        if (s->a->b->kind != AST_INT && s->a->b->kind != AST_REAL) {
            out_str(why, ", ");
            print_side(I, why, s->a->b);
        }
    }
    return true;
}

/* An error in a check fails this check; the file goes on after it. */
static void error_is_told(Interp *I, Out *why)
{
    for (uint32_t i = 0; i < I->diags.count; i++)
        diag_render(why, I->diags.list[i], interp_source, I, false);
    diags_clear(&I->diags);
}

static Flow eval_check(Interp *I, const Ast *s)
{
    if (I->abstract)
        return I->abstract->blocks && !in_library(I) ? eval_block(I, s->a) : FLOW_ON;
    if (!I->testing || in_library(I)) return FLOW_ON;
    Out why;
    out_init(&why, I->memory);
    bool passed = true, ok = true;
    for (uint32_t i = 0; ok && passed && i < s->a->count; i++) {
        uint32_t mark = pool_mark(I);
        ok = check_line(I, s->a->list[i], &why, &passed);
        pool_release(I, mark);
    }
    char *title = arena_take(&I->arena, s->lit.text.len + 1);
    memcpy(title, s->lit.text.at, s->lit.text.len);
    bool goes_on = ok || (I->told && !I->stopped);
    if (!ok && goes_on) error_is_told(I, &why);
    if (I->told) I->told(I->told_ud, title, passed && ok, why.at);
    out_free(&why);
    return goes_on ? FLOW_ON : FLOW_FAILED;
}

static bool echo(Interp *I, Value v)
{
    if (!I->interactive || I->abstract || !I->frame->top || v.kind == VALUE_NONE ||
        in_library(I))
        return true;
    Out o;
    out_init(&o, I->memory);
    value_print(I, &o, v, true, true);
    out_char(&o, '\n');
    I->host.output(I->host.ud, o.at, o.len);
    out_free(&o);
    return true;
}

/* In the library definitions of different kinds may share a name. */
static void beside_namesake(Interp *I, const Ast *s, Value v)
{
    Value old;
    if (v.kind != VALUE_DEF || !in_library(I) ||
        !module_get(I->frame->module, s->name, &old) || old.kind != VALUE_DEF)
        return;
    ((Def *)v.object)->other = (Def *)value_keep(old).object;
}

static bool define(Interp *I, const Ast *s)
{
    Value v;
    if (s->kind == AST_FN_DEF) {
        if (!closure_new(I, s->a, s->name, s->doc, &v)) return false;
    } else if (!definition_value(I, s, I->frame->module, &v)) {
        return false;
    }
    beside_namesake(I, s, v);
    bind(I, s->name, v);
    return true;
}

static bool declare(Interp *I, const Ast *s)
{
    if (I->handler && I->handler->model_declaration)
        return I->handler->model_declaration(I, I->handler, s);
    return fail(I, E0401, s->span, ast_kind_name(s->kind));
}

static Flow eval_return(Interp *I, const Ast *s)
{
    Value v = value_none();
    if (s->a && !eval(I, s->a, &v)) return FLOW_FAILED;
    value_drop(I, I->result);
    I->result = value_keep(v);
    return FLOW_RETURN;
}

static Flow flow_of(bool ok) { return ok ? FLOW_ON : FLOW_FAILED; }

static Flow eval_statement_kind(Interp *I, const Ast *s)
{
    Value v = value_none();
    switch (s->kind) {
    case AST_BLOCK: return eval_block(I, s);
    case AST_ASSIGN: return flow_of(eval(I, s->b, &v) && eval_assign(I, s->a, v));
    case AST_UNPACK: return flow_of(eval(I, s->a, &v) && unpack(I, s, v));
    case AST_EXPR: return flow_of(eval(I, s->a, &v) && echo(I, v));
    case AST_IF_STATEMENT: return eval_if_statement(I, s);
    case AST_FOR: return eval_for(I, s);
    case AST_WHILE: return eval_while(I, s);
    case AST_BREAK: return FLOW_BREAK;
    case AST_CONTINUE: return FLOW_CONTINUE;
    case AST_RETURN: return eval_return(I, s);
    case AST_FN_DEF:
    case AST_MODEL:
    case AST_DEF: return flow_of(define(I, s));
    case AST_IMPORT:
        if (I->abstract) bind(I, s->name, value_unknown());
        return flow_of(I->abstract || import_module(I, s));
    case AST_CHECK: return eval_check(I, s);
    case AST_EXTERN: return flow_of(extern_declare(I, s));
    case AST_PARAM_DECL:
    case AST_PRIOR:
    case AST_NET:
    case AST_FLOW:
    case AST_LIKELIHOOD: return flow_of(declare(I, s));
    case AST_INT:
    case AST_REAL:
    case AST_BOOL:
    case AST_STRING:
    case AST_INTERP:
    case AST_INTERP_PART:
    case AST_NAME:
    case AST_ARRAY:
    case AST_RECORD:
    case AST_FIELD:
    case AST_CALL:
    case AST_ARG:
    case AST_INDEX:
    case AST_SLICE:
    case AST_ELLIPSIS:
    case AST_DOT:
    case AST_UNARY:
    case AST_BINARY:
    case AST_IF:
    case AST_FN:
    case AST_PARAM:
    case AST_HOLE:
    case AST_TYPE:
    case AST_ON:
    case AST_STATE:
    case AST_NEXT:
    case AST_EXTERN_FN:
    case AST_COUNT: break;
    case AST_MEMBER:
        if (!I->abstract) break;
        vaguely(I); /* of a layer: that was told (complete.c) */
        return FLOW_FAILED;
    }
    fail(I, E0401, s->span, ast_kind_name(s->kind));
    return FLOW_FAILED;
}

Flow eval_statement(Interp *I, const Ast *s)
{
    uint32_t mark = pool_mark(I);
    Flow f = eval_statement_kind(I, s);
    pool_release(I, mark);
    return f;
}

/* A check goes on after a mistake: what the statement binds is not known then. */
static Flow recover(Interp *I, const Ast *s)
{
    abstract_forget(I, s);
    if (s->kind != AST_RETURN) return FLOW_ON;
    value_drop(I, I->result);
    I->result = value_unknown();
    return FLOW_RETURN;
}

Flow eval_block(Interp *I, const Ast *block)
{
    for (uint32_t i = 0; i < block->count; i++) {
        Flow f = eval_statement(I, block->list[i]);
        if (f == FLOW_FAILED && I->abstract && !I->stopped)
            f = recover(I, block->list[i]);
        if (f != FLOW_ON) return f;
    }
    return FLOW_ON;
}
