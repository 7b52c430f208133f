/* SPDX-License-Identifier: MIT
 * Calls: arguments to parameters, closures, definitions and models.
 */
#include "abstract.h"

#include <string.h>

static const char nameless[] = "this function";

bool args_eval(Interp *I, const Ast *call, Args *args)
{
    for (uint32_t i = 0; i < call->count; i++) {
        const Ast *a = call->list[i];
        if (a->flags & AST_TILDE) return fail(I, E0017, a->span);
        args->name[i] = a->name;
        args->span[i] = a->span;
        if (!eval(I, a->a, &args->value[i])) return false;
    }
    return true;
}

Span args_place(const Args *args, int position, Name name)
{
    int next = 0;
    for (int k = 0; k < args->count; k++) {
        if (args->name[k] ? args->name[k] == name : next == position)
            return args->span[k];
        next += !args->name[k];
    }
    return args->call;
}

/* As help_signature, of what is called `what` by who calls it, or is nameless. */
static void help_call(Interp *I, Diag *d, const Ast *def, const char *what)
{
    Out o;
    out_init(&o, I->memory);
    ast_signature(&o, what == nameless ? "fn" : what,
                  I->source[def->span.source - 1]->text, def);
    diag_help(&I->diags, d, "it is %s", o.at);
    out_free(&o);
}

void help_signature(Interp *I, Diag *d, const Ast *def)
{
    help_call(I, d, def, def->name ? name_cstr(&I->names, def->name) : nameless);
}

void help_attack(Interp *I, Diag *d, const Ast *def)
{
    diag_help(&I->diags, d,
              "a search is run by the word: `attack(post, {x = …, y = …}, %s(…))`",
              name_cstr(&I->names, def->name));
}

void help_kinds(Interp *I, uint32_t told, const Ast *def, const char *what)
{
    Diag *d = I->diags.count == told + 1 ? I->diags.list[told] : NULL;
    if (d && d->code == E0334 && !d->help) help_call(I, d, def, what);
}

static bool wrong_name(Interp *I, const Ast *def, Name name, Span span,
                       const char *what)
{
    span.to = span.from + (uint32_t)name_text(&I->names, name).len;
    bool attacks =
        def->kind == AST_DEF && (DefKind)(def->flags & AST_LOW) == DEF_ATTACK;
    const char *here = foreign_argument(name_cstr(&I->names, name), attacks);
    Diag *d = fail_diag(I, E0314, span, what, name_cstr(&I->names, name));
    help_call(I, d, def, what);
    if (here) diag_help(&I->diags, d, "%s;\n%s", here, d->help);
    return false;
}

static bool given_twice(Interp *I, const Ast *def, Name name, Span span,
                        const char *what, Span before)
{
    Diag *d = fail_diag(I, E0316, span, name_cstr(&I->names, name));
    diag_label(&I->diags, d, before, "this is `%s` already",
               name_cstr(&I->names, name));
    help_call(I, d, def, what);
    return false;
}

/* Does a distribution call what gives a kernel for one, as in `GP(rbf, x)`? The frame
 * is that of the function called. */
static bool kernel_unmade(const Interp *I, const Ast *def)
{
    static const char folder[] = "stdlib/kernel/";
    const Frame *caller = I->frame ? I->frame->outer : NULL;
    Text file = I->source[def->span.source - 1]->name;
    return caller && caller->module->library && file.len > sizeof folder - 1 &&
           memcmp(file.at, folder, sizeof folder - 1) == 0;
}

static bool too_many(Interp *I, const Ast *def, Span span, const char *what)
{
    Diag *d =
        fail_diag(I, E0313, span, what, (int)def->count, def->count == 1 ? "" : "s");
    help_call(I, d, def, what);
    if (def->kind == AST_DEF && (DefKind)(def->flags & AST_LOW) == DEF_LAYER)
        diag_help(&I->diags, d,
                  "%s, a layer: in a chain, such as `f >> %s`,\nit is given what comes "
                  "in; numbers come behind its parameters, as in `%s(…)(x)`",
                  d->help, what, what);
    else if (kernel_unmade(I, def))
        diag_help(&I->diags, d, "%s;\na kernel is what it makes, `%s(…)`", d->help,
                  what);
    return false;
}

bool args_bind(Interp *I, const Ast *def, const Args *args, const char *what,
               Value *value, bool *given)
{
    uint32_t n = def->count, next = 0;
    for (uint32_t i = 0; i < n; i++) given[i] = false;
    for (int k = 0; k < args->count; k++) {
        uint32_t i = 0;
        if (args->name[k] == 0) {
            if (next >= n) return too_many(I, def, args->span[k], what);
            i = next++;
        } else {
            while (i < n && def->list[i]->name != args->name[k]) i++;
            if (i == n) return wrong_name(I, def, args->name[k], args->span[k], what);
        }
        if (given[i])
            return given_twice(I, def, def->list[i]->name, args->span[k], what,
                               args_place(args, (int)i, def->list[i]->name));
        given[i] = true;
        value[i] = args->value[k];
    }
    return true;
}

bool needs_argument(Interp *I, const Ast *def, uint32_t i, Span call, const char *what)
{
    Diag *d = fail_diag(I, E0315, call, what, name_cstr(&I->names, def->list[i]->name));
    help_call(I, d, def, what);
    return false;
}

bool closure_new(Interp *I, const Ast *fn, Name name, Text doc, Value *out)
{
    Closure *c = object_new(I, VALUE_FN, sizeof *c, closure_free);
    c->fn = fn;
    c->name = name;
    c->doc = doc;
    c->module = I->frame->module;
    const Frame *f = I->frame;
    const Closure *o = f->closure;
    uint32_t outer = o ? o->count : 0, total = f->top ? 0 : f->count + outer;
    if (f->self) {
        c->self = f->self;
        f->self->object.refs++;
    }
    if (total) {
        c->captured = memory_take(I->memory, total * sizeof *c->captured);
        c->value = memory_take(I->memory, total * sizeof *c->value);
        c->room = total;
        for (uint32_t i = 0; i < f->count; i++) {
            c->captured[c->count] = f->name[i];
            c->value[c->count++] = value_keep(f->value[i]);
        }
        for (uint32_t i = 0; i < outer; i++) {
            c->captured[c->count] = o->captured[i];
            c->value[c->count++] = value_keep(o->value[i]);
        }
    }
    *out = value_object(c);
    return true;
}

void closure_free(Interp *I, Object *object)
{
    Closure *c = (Closure *)object;
    for (uint32_t i = 0; i < c->count; i++) value_drop(I, c->value[i]);
    if (c->room) {
        memory_give(I->memory, c->captured, c->room * sizeof *c->captured);
        memory_give(I->memory, c->value, c->room * sizeof *c->value);
    }
    if (c->self) value_drop(I, value_object(c->self));
}

static const char *closure_label(Interp *I, const Closure *c)
{
    return c->name ? name_cstr(&I->names, c->name) : nameless;
}

static bool bind_parameters(Interp *I, Closure *c, const Args *args, Frame *f)
{
    uint32_t n = c->fn->count;
    enum { FEW = 16 };
    Value value[FEW];
    bool given[FEW];
    if (n > FEW) return fail(I, E0318, c->fn->span, FEW);
    const char *what = closure_label(I, c);
    bool by_library = f->outer && f->outer->module->library;
    uint32_t told = I->diags.count;
    if (!args_bind(I, c->fn, args, what, value, given)) return false;
    for (uint32_t i = 0; i < n; i++) {
        const Ast *p = c->fn->list[i];
        if (!given[i]) {
            if (!p->b) return needs_argument(I, c->fn, i, args->call, what);
            if (!eval(I, p->b, &value[i])) return false;
        }
        if (p->a && !type_bind(I, p->a, value[i],
                               given[i] ? args_place(args, (int)i, p->name) : p->span,
                               name_cstr(&I->names, p->name), f, &value[i])) {
            if (!by_library) help_kinds(I, told, c->fn, what);
            return false;
        }
        if (given[i] && !by_library &&
            !argument_supported(I, what, p, value[i],
                                args_place(args, (int)i, p->name)))
            return false;
        frame_set(I, f, p->name, value[i]);
    }
    return true;
}

bool body_result(Interp *I, const Ast *body, Value *out)
{
    Value outer = value_none();
    if (I->abstract) abstract_enter(I, &outer);
    Flow flow = eval_block(I, body);
    *out = value_none();
    if (flow == FLOW_RETURN) {
        *out = value_pool(I, I->result);
        I->result = value_none();
    }
    if (I->abstract) abstract_leave(I, outer, flow, out);
    return flow != FLOW_FAILED;
}

static bool run_body(Interp *I, const Ast *body, Value *out)
{
    if (body->kind != AST_BLOCK) return eval(I, body, out);
    return body_result(I, body, out);
}

bool call_closure(Interp *I, Closure *c, const Args *args, Value *out)
{
    if (I->depth >= LIMIT_CALL_DEPTH)
        return fail(I, E0319, args->call, LIMIT_CALL_DEPTH);
    Frame f = {.closure = c, .self = c->self, .module = c->module, .args = args};
    uint32_t mark = pool_mark(I);
    /* Defaults and sizes of types are seen from inside; arguments were computed
     * outside. */
    frame_push(I, &f);
    I->depth++;
    bool ok = bind_parameters(I, c, args, &f) && run_body(I, c->fn->a, out);
    if (ok && c->fn->b)
        ok = type_bind(I, c->fn->b, *out, c->fn->span, "the result", &f, out);
    I->depth--;
    if (ok) value_keep(*out);
    frame_pop(I, &f);
    pool_release(I, mark);
    if (ok) value_pool(I, *out);
    return ok;
}

static void model_free(Interp *I, Object *object)
{
    ModelValue *m = (ModelValue *)object;
    for (uint32_t i = 0; i < m->model->count; i++) value_drop(I, m->argument[i].value);
    memory_give(I->memory, m->argument, m->model->count * sizeof *m->argument);
}

static ModelValue *model_new(Interp *I, const Ast *ast, Module *module)
{
    ModelValue *m = object_new(I, VALUE_MODEL, sizeof *m, NULL);
    m->model = ast;
    m->module = module;
    m->argument = memory_take(I->memory, ast->count * sizeof *m->argument);
    for (uint32_t i = 0; i < ast->count; i++) m->argument[i].state = ARGUMENT_DEFAULT;
    m->object.free = model_free;
    return m;
}

/* Hyperparameter i of a model, of one number or of another kind than numbers. */
static bool hyper_fits(Interp *I, const ModelValue *m, uint32_t i, Value v, Span span)
{
    const Ast *p = m->model->list[i];
    Frame f = {.module = m->module};
    Type t;
    Support s;
    if (!p->a) return true;
    bool number = type_is_number(I, p->a, &t, &s), sized = p->a->flags & AST_DIMS;
    if (number && sized && !p->b) {
        const char *name = name_cstr(&I->names, p->name);
        Diag *d = fail_diag(I, E0235, span, name, name_cstr(&I->names, m->model->name));
        diag_label(&I->diags, d, p->span, "declared here");
        diag_help(&I->diags, d, "give it to the fit: `fit(%s, {%s = …, …}, method)`",
                  name_cstr(&I->names, m->model->name), name);
        return false;
    }
    uint32_t told = I->diags.count;
    if ((number && sized) ||
        type_bind(I, p->a, v, span, name_cstr(&I->names, p->name), &f, &v))
        return true;
    help_kinds(I, told, m->model, name_cstr(&I->names, m->model->name));
    return false;
}

static bool hyper_unnamed(Interp *I, const char *model, Value v, Span span)
{
    Shape s;
    Diag *d = fail_diag(I, E0402, span, model);
    if (v.kind == VALUE_RECORD || (value_shape(v, &s) && s.rank))
        diag_help(&I->diags, d,
                  "a model is not called with data: `post = fit(%s, {x = …, y = …}, "
                  "mle())`, then `predict(post, {x = …})`",
                  model);
    return false;
}

/* name(hyper = value) is the model with that hyper fixed. */
bool call_model(Interp *I, ModelValue *m, const Args *args, Value *out)
{
    const char *what = name_cstr(&I->names, m->model->name);
    ModelValue *fixed = model_new(I, m->model, m->module);
    for (uint32_t i = 0; i < m->model->count; i++) {
        fixed->argument[i] = m->argument[i];
        value_keep(m->argument[i].value);
    }
    for (int k = 0; k < args->count; k++) {
        uint32_t i = 0, n = m->model->count;
        if (!args->name[k])
            return hyper_unnamed(I, what, args->value[k], args->span[k]);
        while (i < n && m->model->list[i]->name != args->name[k]) i++;
        if (i == n) return wrong_name(I, m->model, args->name[k], args->span[k], what);
        if (!hyper_fits(I, m, i, args->value[k], args->span[k])) return false;
        value_drop(I, fixed->argument[i].value);
        fixed->argument[i].value = value_keep(args->value[k]);
        fixed->argument[i].state = ARGUMENT_GIVEN;
    }
    *out = value_object(fixed);
    return true;
}

static void def_free(Interp *I, Object *o)
{
    Def *other = ((Def *)o)->other;
    if (other) value_drop(I, value_object(other));
}

bool definition_value(Interp *I, const Ast *s, Module *module, Value *out)
{
    if (s->kind == AST_MODEL) {
        *out = value_object(model_new(I, s, module));
        return true;
    }
    Def *d = object_new(I, VALUE_DEF, sizeof *d, def_free);
    d->def = s;
    d->module = module;
    *out = value_object(d);
    return true;
}

static bool one_argument(Interp *I, Value f, const Args *args)
{
    Diag *d = fail_diag(I, E0320, args->call, value_kind_text(f), args->count);
    if (is_instance(f, DEF_ATTACK))
        help_attack(I, d, ((Instance *)f.object)->def->def);
    else if (args->count > 1)
        diag_help(&I->diags, d, "join what it takes: `concat(a, b, axis = -1)`");
    return false;
}

bool not_callable(Interp *I, Value f, Span call)
{
    ValueKind kind = value_known_kind(f);
    Diag *d = fail_diag(I, E0321, call, value_kind_text(f));
    if (kind == VALUE_POSTERIOR)
        diag_help(
            &I->diags, d,
            "`predict(post, {x = …})` predicts; a net of its model can be called: "
            "`post.NAME(x)`");
    if (kind == VALUE_PREDICTION)
        diag_help(&I->diags, d,
                  "it says `p.mean`, `p.sd`, of classes `p.class`, `p.probs`; "
                  "`predict(post, {x = …})` is for other data");
    return false;
}

bool call_value(Interp *I, Value f, const Args *args, Value *out)
{
    Span before = I->span;
    bool ok, done;
    if (I->abstract) {
        if (!abstract_call(I, f, args, &done, out)) return false;
        if (done) return true;
    }
    if (!in_library(I) || !I->span.source) I->span = args->call;
    switch (f.kind) {
    case VALUE_FN: ok = call_closure(I, (Closure *)f.object, args, out); break;
    case VALUE_WORD: ok = word_call(I, f.word, args, out); break;
    case VALUE_DERIVED: ok = derived_call(I, f, args, out); break;
    case VALUE_DEF: ok = call_def(I, (Def *)f.object, args, out); break;
    case VALUE_FOREIGN:
        ok = foreign_call(I, (ForeignValue *)f.object, args, out);
        break;
    case VALUE_MODEL: ok = call_model(I, (ModelValue *)f.object, args, out); break;
    case VALUE_BOUND: ok = I->upper->bound_call(I, f, args, out); break;
    case VALUE_INSTANCE:
    case VALUE_CHAIN:
    case VALUE_NET:
        if (is_flow(f) || (args->count && is_instance(args->value[0], DEF_DIST)))
            ok = flow_call(I, f, args, out);
        else if (args->count != 1)
            ok = one_argument(I, f, args);
        else if (f.kind == VALUE_NET)
            ok = net_apply(I, (Net *)f.object, args->value[0], args->call, out);
        else
            ok = layers_apply(I, f, args->value[0], args->call, out);
        break;
    case VALUE_NONE:
    case VALUE_UNKNOWN:
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_REAL:
    case VALUE_TENSOR:
    case VALUE_STRING:
    case VALUE_NODE:
    case VALUE_RECORD:
    case VALUE_LIST:
    case VALUE_RANGE:
    case VALUE_METHOD:
    case VALUE_POSTERIOR:
    case VALUE_PREDICTION:
    case VALUE_PART:
    case VALUE_KINDS:
    default: ok = not_callable(I, f, args->call); break;
    }
    I->span = before;
    return ok;
}

bool call_with(Interp *I, Value f, const Value *arg, int n, Span span, Value *out)
{
    enum { FEW = 8 };
    Value value[FEW];
    Name name[FEW] = {0};
    Span spans[FEW];
    for (int i = 0; i < n && i < FEW; i++) {
        value[i] = arg[i];
        spans[i] = span;
    }
    Args args = {n, value, name, spans, span, 0};
    return call_value(I, f, &args, out);
}
