/* SPDX-License-Identifier: MIT
 * Layers: chains made by >>, and running them at a place where their weights live. The
 * place is a path, "f/0/W": net, stage, parameter; one inside another adds its own
 * number.
 */
#include "abstract.h"

#include <stdio.h>
#include <string.h>

static void chain_free(Interp *I, Object *object)
{
    Chain *c = (Chain *)object;
    for (uint32_t i = 0; i < c->count; i++) value_drop(I, c->stage[i]);
    memory_give(I->memory, c->stage, c->count * sizeof *c->stage);
    memory_give(I->memory, c->inverse, c->count * sizeof *c->inverse);
}

static uint32_t stages(Value v)
{
    return v.kind == VALUE_CHAIN ? ((Chain *)v.object)->count : 1;
}

static bool stage_ok(Value v)
{
    return v.kind == VALUE_CHAIN || v.kind == VALUE_FN || v.kind == VALUE_WORD ||
           v.kind == VALUE_NET || v.kind == VALUE_BOUND || v.kind == VALUE_DERIVED ||
           v.kind == VALUE_FOREIGN || is_instance(v, DEF_LAYER) ||
           is_instance(v, DEF_FLOW);
}

const Instance *library_owner(const Interp *I)
{
    const Instance *owner = NULL;
    for (const Frame *f = I->frame; f && f->module->library; f = f->outer) {
        if (!f->self) continue;
        DefKind kind = (DefKind)(f->self->def->def->flags & AST_LOW);
        if (kind == DEF_LAYER || kind == DEF_FLOW || kind == DEF_GUIDE ||
            kind == DEF_ATTACK)
            owner = f->self;
    }
    return owner;
}

/* A definition without required arguments may stand without (). */
bool stage_value(Interp *I, Value v, Span span, Value *out)
{
    *out = v;
    if (v.kind == VALUE_DEF) {
        Args none = {0, NULL, NULL, NULL, span, 0};
        if (!call_def(I, (Def *)v.object, &none, out)) return false;
    }
    return stage_ok(*out) || fail(I, E0211, span, value_kind_text(v));
}

bool stage_made(Interp *I, Span span, Value *v)
{
    return value_has_unknown(*v) || stage_value(I, *v, span, v);
}

static void add_stages(Chain *c, Value v)
{
    if (v.kind != VALUE_CHAIN) {
        c->stage[c->count++] = value_keep(v);
        return;
    }
    const Chain *from = (const Chain *)v.object;
    for (uint32_t i = 0; i < from->count; i++) {
        c->inverse[c->count] = from->inverse[i];
        c->stage[c->count++] = value_keep(from->stage[i]);
    }
}

static Chain *chain_new(Interp *I, uint32_t room)
{
    Chain *c = object_new(I, VALUE_CHAIN, sizeof *c, NULL);
    c->stage = memory_take(I->memory, room * sizeof *c->stage);
    c->inverse = memory_take(I->memory, room * sizeof *c->inverse);
    c->object.free = chain_free;
    return c;
}

bool chain_make(Interp *I, Value a, Value b, Span span, Value *out)
{
    if (!stage_value(I, a, span, &a) || !stage_value(I, b, span, &b)) return false;
    Chain *c = chain_new(I, stages(a) + stages(b));
    add_stages(c, a);
    add_stages(c, b);
    *out = value_object(c);
    return true;
}

bool chain_repeat(Interp *I, int64_t n, Value v, Span span, Value *out)
{
    if (!stage_value(I, v, span, &v)) return false;
    Chain *c = chain_new(I, (uint32_t)n * stages(v));
    for (int64_t i = 0; i < n; i++) add_stages(c, v);
    *out = value_object(c);
    return true;
}

uint32_t stage_count(Value v)
{
    if (v.kind != VALUE_NET) return stages(v);
    const Net *n = (const Net *)v.object;
    return (n->to ? n->to : stages(n->layers)) - n->from;
}

static void net_slice(Interp *I, const Net *of, uint32_t from, uint32_t to, Value *out)
{
    Net *n = object_new(I, VALUE_NET, sizeof *n, net_free);
    n->name = of->name;
    n->path = of->path;
    n->layers = value_keep(of->layers);
    n->is_flow = of->is_flow;
    n->from = of->from + from;
    n->to = of->from + to;
    n->owner = value_keep(of->owner);
    *out = value_object(n);
}

bool stage_slice(Interp *I, Value v, uint32_t from, uint32_t to, Value *out)
{
    if (v.kind == VALUE_NET) {
        net_slice(I, (const Net *)v.object, from, to, out);
        return true;
    }
    const Chain *of = (const Chain *)v.object;
    Chain *c = chain_new(I, to - from);
    for (uint32_t i = from; i < to; i++) {
        c->inverse[c->count] = of->inverse[i];
        c->stage[c->count++] = value_keep(of->stage[i]);
    }
    *out = value_object(c);
    return true;
}

bool flow_inverse(Interp *I, Value f, Span span, Value *out)
{
    if (!stage_value(I, f, span, &f)) return false;
    uint32_t n = stages(f);
    Chain *c = chain_new(I, n);
    for (uint32_t i = n; i-- > 0;) {
        const Chain *of = f.kind == VALUE_CHAIN ? (const Chain *)f.object : NULL;
        c->inverse[c->count] = of ? !of->inverse[i] : true;
        c->stage[c->count++] = value_keep(of ? of->stage[i] : f);
    }
    *out = value_object(c);
    return true;
}

/* "prefix/last", kept with the names, which are few and used again. */
const char *path_join(Interp *I, const char *prefix, const char *last)
{
    Out o;
    out_init(&o, I->memory);
    out_fmt(&o, "%s/%s", prefix, last);
    Name n = name_of(&I->names, (Text){o.at, o.len});
    out_free(&o);
    return name_cstr(&I->names, n);
}

const char *path_number(Interp *I, const char *prefix, uint32_t i)
{
    char digits[16];
    snprintf(digits, sizeof digits, "%u", i);
    return path_join(I, prefix, digits);
}

bool number_without(Interp *I, const Shape *shape, Value *out)
{
    *out = value_tensor(I, tensor_new(I->memory, TYPE_F64, shape));
    return true;
}

/* `param` and `state`: both have a type and a start, and live at a place. */
static bool declare_number(Interp *I, const Ast *s)
{
    Type type = TYPE_F64;
    Support support = SUPPORT_ANY;
    Shape shape = shape_scalar();
    bool shaped = false;
    Value v;
    if (!I->handler) {
        Diag *d = fail_diag(I, E0403, I->span);
        diag_help(&I->diags, d,
                  "place it in a model with `net f = …`; after a fit it is `post.f`");
        return false;
    }
    if (s->a && !type_shape(I, s->a, &type, &support, &shape, &shaped)) return false;
    const char *path = path_join(I, I->path, name_cstr(&I->names, s->name));
    if (!I->handler->param(I, I->handler, path, s, type, support, &shape, shaped, s->b,
                           &v))
        return false;
    frame_set(I, I->frame, s->name, v);
    return true;
}

Span net_last(const Ast *layers)
{
    bool chain =
        layers->kind == AST_BINARY && (OpCode)(layers->flags & AST_LOW) == OP_COMPOSE;
    return chain ? net_last(layers->b) : layers->span;
}

bool net_new(Interp *I, Name name, const char *path, Value layers, bool is_flow,
             Span span, Value *out)
{
    if (!stage_value(I, layers, span, &layers)) return false;
    Net *n = object_new(I, VALUE_NET, sizeof *n, NULL);
    n->name = name;
    n->path = path;
    n->layers = value_keep(layers);
    n->is_flow = is_flow;
    n->last = span;
    n->owner = value_none();
    n->object.free = net_free;
    *out = value_object(n);
    return true;
}

void net_free(Interp *I, Object *object)
{
    value_drop(I, ((Net *)object)->layers);
    value_drop(I, ((Net *)object)->owner);
}

static bool declare_net(Interp *I, const Ast *s)
{
    Value layers, net;
    const char *path = path_join(I, I->path, name_cstr(&I->names, s->name));
    if (!eval(I, s->a, &layers)) return false;
    if (value_has_unknown(layers)) {
        frame_set(I, I->frame, s->name, value_unknown());
        return true;
    }
    if (!net_new(I, s->name, path, layers, s->kind == AST_FLOW, s->a->span, &net))
        return false;
    ((Net *)net.object)->last = net_last(s->a);
    frame_set(I, I->frame, s->name, net);
    return true;
}

bool is_declaration(const Ast *s)
{
    return s->kind == AST_PARAM_DECL || s->kind == AST_STATE || s->kind == AST_NET ||
           s->kind == AST_FLOW;
}

bool layer_declare(Interp *I, const Ast *s)
{
    uint32_t mark = pool_mark(I);
    bool number = s->kind == AST_PARAM_DECL || s->kind == AST_STATE;
    bool ok = number ? declare_number(I, s) : declare_net(I, s);
    pool_release(I, mark);
    return ok;
}

bool layer_next(Interp *I, const Ast *s)
{
    if (!I->handler || !I->handler->next) return true;
    uint32_t mark = pool_mark(I);
    const char *path = path_join(I, I->path, name_cstr(&I->names, s->name));
    bool ok = I->handler->next(I, I->handler, path, s);
    pool_release(I, mark);
    return ok;
}

void offer_fitting(Interp *I, Frame *f, bool also)
{
    bool fitting = I->handler && I->handler->fitting && also;
    Value v = I->abstract && fitting ? value_unknown() : value_bool(fitting);
    frame_set(I, f, name_str(&I->names, "fitting"), v);
}

static bool layer_statements(Interp *I, const Ast *body, Flow *ends, Value *out)
{
    *ends = FLOW_ON;
    *out = value_none();
    for (uint32_t i = 0; i < body->count; i++) {
        const Ast *s = body->list[i];
        if (is_declaration(s)) {
            if (!layer_declare(I, s)) return false;
            continue;
        }
        if (s->kind == AST_NEXT) {
            if (!layer_next(I, s)) return false;
            continue;
        }
        Flow flow = eval_statement(I, s);
        if (flow == FLOW_FAILED) return false;
        if (flow == FLOW_RETURN) {
            *ends = flow;
            *out = value_pool(I, I->result);
            I->result = value_none();
            return true;
        }
    }
    return true;
}

static bool layer_body(Interp *I, const Ast *def, Value *out)
{
    const Ast *body = def->a;
    Flow ends;
    Value outer = value_none();
    if (I->abstract) abstract_enter(I, &outer);
    bool ok = layer_statements(I, body, &ends, out);
    if (I->abstract) abstract_leave(I, outer, ends, out);
    if (ok && ends != FLOW_RETURN && out->kind == VALUE_NONE)
        return fail(I, E0405, def->name_span);
    return ok;
}

/* A layer mixes the last axis of its input: were that the rows, it would mix
 * observations. */
static bool mixes_rows(Interp *I, const Ast *type, Value x, Span span, const char *name)
{
    Shape s;
    Name rows = I->handler ? I->handler->row_name : 0;
    if (!rows || !type || !type->count ||
        type->list[type->count - 1]->kind == AST_ELLIPSIS)
        return false;
    if (x.kind != VALUE_NODE || !value_shape(x, &s) || s.rank == 0 ||
        s.name[s.rank - 1] != rows)
        return false;
    const char *axis = name_cstr(&I->names, rows);
    Diag *d = fail_diag(I, E0212, span, name, axis);
    diag_help(&I->diags, d,
              "declare the input `real[%s, 1]`, or pass `column(…)` of it", axis);
    return true;
}

/* Axis of s with the name of size i of the type; −1: none. */
static int axis_named(const Ast *type, uint32_t i, const Shape *s)
{
    for (int k = 0; k < s->rank; k++)
        if (type->list[i]->kind == AST_NAME && s->name[k] == type->list[i]->name)
            return k;
    return -1;
}

/* The order in which the input's axes are those of the type, such as "0, 2, 3, 1": by
 * name, the others as they come. */
static void axes_in_order(const Ast *type, const Shape *s, char *text, size_t room)
{
    bool taken[LIMIT_RANK] = {0};
    size_t len = 0;
    for (uint32_t i = 0; i < type->count; i++) {
        int k = axis_named(type, i, s);
        if (k >= 0) taken[k] = true;
    }
    for (uint32_t i = 0; i < type->count && len < room; i++) {
        int k = axis_named(type, i, s);
        for (int free = 0; k < 0 && free < s->rank; free++)
            if (!taken[free]) taken[k = free] = true;
        len += (size_t)snprintf(text + len, room - len, "%s%d", i ? ", " : "", k);
    }
}

/* Nor may it mix what it walks along: images with their channels first have another
 * axis of the declared ones in the last place. */
static bool mixes_axis(Interp *I, const Ast *type, Value x, Span span, const char *name)
{
    Shape s;
    char order[80];
    if (!type || !value_shape(x, &s) || s.rank < 2 || s.rank != (int)type->count)
        return false;
    for (uint32_t i = 0; i + 1 < type->count; i++) {
        if (axis_named(type, i, &s) != s.rank - 1) continue;
        axes_in_order(type, &s, order, sizeof order);
        Diag *d =
            fail_diag(I, E0760, span, name, name_cstr(&I->names, s.name[s.rank - 1]));
        diag_help(&I->diags, d, "%s`permute(x, [%s])` makes them so",
                  s.rank == 4 ? "images are real[N, height, width, channels]: "
                              : "sequences are real[N, time, numbers]: ",
                  order);
        return true;
    }
    return false;
}

/* An input that is declared int: numbers that a model declares real never are. */
static bool must_be_int(Interp *I, const Ast *type, Value x, Span span,
                        const char *what)
{
    Type t;
    Support support;
    if (!type_is_number(I, type, &t, &support) || t != TYPE_I64 ||
        x.kind != VALUE_NODE || !type_is_real(value_type(x)))
        return false;
    Diag *d = fail_diag(I, E0334, span, what, "int", value_kind_text(x));
    diag_help(
        &I->diags, d,
        "declare what is given as int, such as `x: int[N, T]`: the data may still "
        "be whole reals");
    return true;
}

static bool layer_input(Interp *I, const Ast *input, Value x, Span span,
                        const char *name, Frame *f)
{
    char what[100];
    const Ast *type = input->a;
    Shape s;
    snprintf(what, sizeof what, "the input of %s", name);
    if (!type) return frame_set(I, f, input->name, x), true;
    if (mixes_rows(I, type, x, span, name) || mixes_axis(I, type, x, span, name) ||
        must_be_int(I, type, x, span, what))
        return false;
    uint32_t told = I->diags.count;
    if (!type_bind(I, type, x, span, what, f, &x)) {
        if (I->diags.count == told + 1 && value_shape(x, &s) && type->count == 4 &&
            s.rank == 3)
            diag_help(
                &I->diags, I->diags.list[told],
                "images of one channel have an axis for it: `insert_axis(x, -1)`");
        return false;
    }
    frame_set(I, f, input->name, x);
    return true;
}

static bool layer_run(Interp *I, Instance *in, Value x, const char *path, Span span,
                      Value *out)
{
    const Ast *def = in->def->def;
    Span called = I->span;
    const Args call = {.call = called};
    Frame f = {.self = in, .module = in->def->module, .args = &call};
    const char *before = I->path;
    uint32_t calls = I->path_calls;
    if (I->depth >= LIMIT_CALL_DEPTH) return fail(I, E0319, span, LIMIT_CALL_DEPTH);
    I->path = path;
    I->path_calls = 0;
    frame_push(I, &f);
    offer_fitting(I, &f, true);
    I->depth++;
    bool ok =
        !def->b || layer_input(I, def->b, x, span, name_cstr(&I->names, def->name), &f);
    if (in->span.source && !span_of_library(I, in->span)) I->span = in->span;
    ok = ok && layer_body(I, def, out);
    I->span = called;
    I->depth--;
    frame_pop(I, &f);
    I->path = before;
    I->path_calls = calls;
    return ok;
}

static bool run_stages(Interp *I, Value layers, uint32_t from, uint32_t to, Value x,
                       const char *path, Span span, Value *out)
{
    for (uint32_t i = from; i < to; i++) {
        const Chain *c = layers.kind == VALUE_CHAIN ? (Chain *)layers.object : NULL;
        Value stage = c ? c->stage[i] : layers;
        const char *place = path ? path_number(I, path, i) : NULL;
        bool ok, flow = is_instance(stage, DEF_FLOW) || (c && c->inverse[i]);
        if (flow)
            ok = flow_stage(I, stage, c && c->inverse[i], place, x, span, &x);
        else if (is_instance(stage, DEF_LAYER))
            ok = layer_run(I, (Instance *)stage.object, x, place, span, &x);
        else
            ok = call_with(I, stage, &x, 1, span, &x);
        if (!ok) return false;
    }
    *out = x;
    return true;
}

bool net_apply(Interp *I, Net *net, Value x, Span span, Value *out)
{
    if (net->owner.kind != VALUE_NONE)
        return I->upper->net(I, net, NULL, x, span, out, NULL);
    return net_run(I, net, x, span, out);
}

bool net_run(Interp *I, Net *net, Value x, Span span, Value *out)
{
    return run_stages(I, net->layers, net->from,
                      net->to ? net->to : stages(net->layers), x, net->path, span, out);
}

/* A chain called as a function: inside a layer its weights live under that layer. */
bool layers_apply(Interp *I, Value layers, Value x, Span span, Value *out)
{
    const char *path = I->path ? path_number(I, I->path, I->path_calls++) : NULL;
    if (!path && !I->handler)
        return run_stages(I, layers, 0, stages(layers), x, NULL, span, out);
    if (!path) {
        Diag *d = fail_diag(I, E0406, span);
        diag_help(&I->diags, d, "write `net f = …` in place of `f = …`");
        return false;
    }
    return run_stages(I, layers, 0, stages(layers), x, path, span, out);
}
