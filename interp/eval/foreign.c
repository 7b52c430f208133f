/* SPDX-License-Identifier: MIT
 * Calls of foreign functions: arguments to the declared types, sizes found from them,
 * and the derivative, recorded once for each set of sizes as a graph that ops maps over
 * the elements.
 */
#include "eval_int.h"

#include <limits.h>
#include <string.h>

/* ---- the derivative ---- */

/* One that is being recorded calls itself, or another that calls it: the node is made,
 * and its slope is looked for only when somebody asks. */
static bool being_recorded(const Interp *I, const ForeignForm *form)
{
    for (const Recorder *r = I->recorder; r; r = r->outer)
        if (form->slope && r->graph == form->slope) return true;
    return false;
}

static Shape slope_shape(const ForeignForm *form, int i)
{
    Shape s = form->result;
    for (int k = 0; k < form->param[i].rank; k++)
        s.dim[s.rank++] = form->param[i].dim[k];
    return s;
}

static bool slope_wrong(Interp *I, const ForeignForm *form, int i, Value v, Span span)
{
    Out has, wants;
    char text[SHAPE_TEXT];
    Shape want = slope_shape(form, i);
    out_init(&has, I->memory);
    out_init(&wants, I->memory);
    value_type_print(I, &has, v);
    out_fmt(&wants, "real%s",
            want.rank ? shape_text(text, &I->names, &want, false) : "");
    fail(I, E0728, span, form->fn->name, form->fn->param[i].name, wants.at, has.at);
    out_free(&has);
    out_free(&wants);
    return false;
}

/* Σ dy · d over the axes of the result. */
static Node *against(Graph *g, Node *dy, Node *d, const Shape *param)
{
    if (dy->shape.rank == 0) return op2(g, ELEM_mul, dy, d);
    int64_t n[2] = {shape_count(&dy->shape), shape_count(param)};
    Shape flat = shape_of(1, n), wide = shape_of(2, n);
    return op_to_shape(
        g, op_dot(g, op_to_shape(g, dy, &flat), op_to_shape(g, d, &wide)), param);
}

/* The slope in argument i, from the expression for its derivative. */
static bool record_slope(Interp *I, ForeignForm *form, int i, const Ast *e)
{
    Graph *g = form->slope;
    Value v;
    Shape s, want = slope_shape(form, i);
    if (!eval(I, e, &v)) return false;
    if (v.kind == VALUE_NONE) return true;
    v = range_as_tensor(I, v);
    if (want.rank > LIMIT_RANK) return fail(I, E0336, e->span, LIMIT_RANK);
    if (!value_shape(v, &s) || value_type(v) == TYPE_BOOL ||
        (s.rank && !shape_same(&s, &want)))
        return slope_wrong(I, form, i, v, e->span);
    g->span = e->span;
    Node *d = op_broadcast(g, op_to_type(g, as_node(I, v), TYPE_F64), &want);
    form->slope_out[i] = against(g, form->dy, d, &form->param[i]);
    return form->slope_out[i] || graph_failed(I, e->span, g->error);
}

static void bind_sizes(Interp *I, const Ast *type, const Shape *s, Frame *f)
{
    Value v;
    for (uint32_t k = 0; k < type->count; k++)
        if (type->list[k]->kind == AST_NAME && !frame_get(f, type->list[k]->name, &v))
            frame_set(I, f, type->list[k]->name, value_int(s->dim[k]));
}

static bool record_slopes(Interp *I, const ForeignValue *v, ForeignForm *form, Frame *f)
{
    const Foreign *fn = form->fn;
    const Ast *d = v->fn->b;
    int reals = 0, next = 0;
    for (int i = 0; i < fn->params; i++) {
        const ForeignType *t = &fn->param[i];
        const Ast *p = v->fn->list[i];
        form->x[i] =
            graph_input(form->slope, t->type, t->support, &form->param[i], (uint32_t)i);
        frame_set(I, f, p->name, record_node(I, form->x[i], value_none()));
        bind_sizes(I, p->a, &form->param[i], f);
        reals += t->type == TYPE_F64;
    }
    /* Where the derivative calls the function itself, that is y. */
    form->y = op_foreign_make(form->slope, form, form->x);
    form->dy = graph_input(form->slope, TYPE_F64, SUPPORT_ANY, &form->result,
                           (uint32_t)fn->params);
    for (int i = 0; i < fn->params; i++) {
        if (fn->param[i].type != TYPE_F64) continue;
        if (!record_slope(I, form, i, reals > 1 ? d->list[next++] : d)) return false;
    }
    return form->y && form->dy;
}

bool foreign_derivative(Interp *I, ForeignValue *v, ForeignForm *form)
{
    if (!v->fn->b || form->ready || being_recorded(I, form)) return true;
    Recorder r;
    Frame f = {.module = v->module};
    Handler *handler = I->handler;
    form->slope = graph_new(I->memory, &I->names);
    I->handler = NULL;
    recorder_init(I, &r, form->slope, false, NULL);
    frame_push(I, &f);
    form->ready = record_slopes(I, v, form, &f);
    frame_pop(I, &f);
    recorder_end(I, &r);
    recorder_free(I, &r);
    I->handler = handler;
    if (form->ready) return true;
    graph_free(form->slope);
    form->slope = NULL;
    return false;
}

/* ---- the call ---- */

static bool not_whole(Interp *I, const ForeignType *t, Value v, Span span)
{
    Diag *d = fail_diag(I, E0334, span, t->name, "int",
                        v.kind == VALUE_NODE ? "a real" : "a number with a fraction");
    if (v.kind == VALUE_NODE)
        diag_help(&I->diags, d,
                  "C takes an int here: give a whole number that is known");
    return false;
}

static bool fits_int(Interp *I, const ForeignType *t, Value v, Span span)
{
    const Tensor *whole = value_as_type(I, v, TYPE_I64);
    const int64_t *x = whole->data;
    for (int64_t i = 0; i < shape_count(&whole->shape); i++)
        if (x[i] < INT_MIN || x[i] > INT_MAX)
            return fail(I, E0730, span, t->name, (long long)x[i]);
    return true;
}

/* Plain numbers of the parameter's type, checked before C sees them. */
static bool plain_argument(Interp *I, const ForeignType *t, Value *v, Span span)
{
    Type has = value_type(*v);
    if (t->type == TYPE_I64 && type_is_real(has) && !whole_number(I, *v, v))
        return not_whole(I, t, *v, span);
    if (v->kind == VALUE_BOOL) *v = value_int(v->boolean);
    if (t->type == TYPE_F64 && v->kind == VALUE_INT)
        *v = value_real((double)v->integer);
    if (value_type(*v) != t->type)
        *v = (Value){.kind = VALUE_TENSOR, .tensor = value_as_type(I, *v, t->type)};
    return t->type == TYPE_I64 ? fits_int(I, t, *v, span)
                               : t->support == SUPPORT_ANY ||
                                     support_check(I, t->support, *v, span, t->name);
}

/* One argument: its numbers, and the shape that one call sees. */
static bool argument(Interp *I, const ForeignValue *f, int i, Value *v, Span span,
                     Frame *frame, Shape *own)
{
    const ForeignType *t = &f->foreign->param[i];
    const Ast *type = f->fn->list[i]->a;
    Shape s;
    *v = range_as_tensor(I, *v);
    if (!value_shape(*v, &s))
        return fail(I, E0334, span, t->name, t->type == TYPE_I64 ? "int" : "real",
                    value_kind_text(*v));
    if (v->kind != VALUE_NODE) {
        if (!plain_argument(I, t, v, span)) return false;
    } else if (t->type == TYPE_I64 && type_is_real(value_type(*v))) {
        return not_whole(I, t, *v, span);
    }
    *own = s;
    if (s.rank >= t->rank) {
        *own = shape_scalar();
        for (int k = s.rank - t->rank; k < s.rank; k++)
            own->dim[own->rank++] = s.dim[k];
    }
    return type_bind_sizes(I, type, SUPPORT_ANY, *v, own, span, t->name, frame);
}

static bool arguments(Interp *I, const ForeignValue *f, const Args *args, Frame *frame,
                      Value *value, Shape *own)
{
    bool given[FOREIGN_PARAMS];
    const char *name = f->foreign->name;
    uint32_t n = f->fn->count;
    if (!args_bind(I, f->fn, args, name, value, given)) return false;
    for (uint32_t i = 0; i < n; i++) {
        const Ast *p = f->fn->list[i];
        if (!given[i] && !p->b) return needs_argument(I, f->fn, i, args->call, name);
        if (!given[i] && !eval(I, p->b, &value[i])) return false;
        Span span = given[i] ? args_place(args, (int)i, p->name) : p->span;
        if (!argument(I, f, (int)i, &value[i], span, frame, &own[i])) return false;
    }
    return true;
}

static Node *build_call(Graph *g, Node *const *in, int n, void *ctx)
{
    const ForeignForm *form = ctx;
    Node *all[FOREIGN_PARAMS];
    for (int i = 0; i < n; i++) all[i] = op_to_type(g, in[i], form->fn->param[i].type);
    return op_foreign_make(g, form, all);
}

bool foreign_call(Interp *I, ForeignValue *v, const Args *args, Value *out)
{
    if (I->depth >= LIMIT_CALL_DEPTH)
        return fail(I, E0319, args->call, LIMIT_CALL_DEPTH);
    Frame f = {.module = v->module};
    Value value[FOREIGN_PARAMS];
    Shape own[FOREIGN_PARAMS], result;
    Type type;
    Support support;
    bool shaped;
    frame_push(I, &f);
    I->depth++;
    bool ok = arguments(I, v, args, &f, value, own) &&
              type_shape(I, v->fn->a, &type, &support, &result, &shaped);
    ForeignForm *form = ok ? foreign_form(v->foreign, own, &result) : NULL;
    ok = ok && (!I->recorder || foreign_derivative(I, v, form));
    I->depth--;
    frame_pop(I, &f);
    return ok && apply(I, build_call, form, value, (int)v->fn->count, args->call, out);
}
