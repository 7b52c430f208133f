/* SPDX-License-Identifier: MIT
 * One flow, forwards or backwards: what it computes is its definition's, `forward`,
 * `inverse(x)`, `logdet`, and `inside(x)` where it does not reach every x.
 */
#include "abstract.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- weights of a flow without a place: their initial values ---- */

static Node *build_fill(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)n;
    return op_broadcast(g, op_to_type(g, in[0], TYPE_F64), ctx);
}

bool flow_fill(Interp *I, const Shape *shape, Span span, Value *v)
{
    Shape to = *shape;
    if (I->recorder && value_is_number(*v) && v->kind != VALUE_NODE &&
        shape_is_form(shape))
        *v = record_node(I, as_node(I, *v), value_none()); /* sizes are not numbers */
    return apply(I, build_fill, &to, v, 1, span, v);
}

static bool initial_param(Interp *I, Handler *h, const char *path,
                          const Ast *declaration, Type type, Support support,
                          const Shape *shape, bool shaped, const Ast *init, Value *out)
{
    Shape full = *shape;
    (void)h, (void)type, (void)shaped;
    if (shape_count(shape) == 0) return number_without(I, shape, out);
    return start_value(I, I->seed, path, init, shape, support, out) &&
           flow_fill(I, &full, declaration->span, out);
}

static bool initial_declaration(Interp *I, Handler *h, const Ast *s)
{
    (void)h;
    return fail(I, E0401, s->span, ast_kind_name(s->kind));
}

static bool initial_mask(Interp *I, Handler *h, Value x, Value drop, Value *out)
{
    (void)I, (void)h, (void)x;
    *out = value_real(1 - (value_is_scalar(drop) ? value_as_real(drop) : 0));
    return true;
}

static bool initial_noise(Interp *I, Handler *h, bool gauss, const Shape *shape,
                          Value *out)
{
    (void)h, (void)gauss, (void)shape, (void)out;
    return fail(I, E0411, I->span);
}

static Handler initial_handler(void)
{
    return (Handler){.param = initial_param,
                     .model_declaration = initial_declaration,
                     .keep_mask = initial_mask,
                     .noise = initial_noise};
}

/* ---- one stage ---- */

int stage_event(const Instance *in)
{
    const Ast *type = in->def->def->b ? in->def->def->b->a : NULL;
    int rank = 0;
    for (uint32_t i = 0; type && i < type->count; i++)
        rank += type->list[i]->kind != AST_ELLIPSIS;
    return rank;
}

bool flow_has_weights(const Instance *in)
{
    const Ast *body = in->def->def->a;
    for (uint32_t i = 0; i < body->count; i++)
        if (is_declaration(body->list[i])) return true;
    return false;
}

/* A definition that runs: what its members see is bound in `frame`. */
typedef struct Stage {
    Instance *in;
    Frame frame;
    const FlowCall *call;
} Stage;

static Name stage_input(const Stage *s) { return s->in->def->def->b->name; }

enum { NAMES = 40 };

/* Evaluates a member with every name of the stage on offer. */
static bool stage_member(Interp *I, Stage *s, const char *member, bool *missing,
                         Value *out)
{
    Offer offer[NAMES];
    int n = 0;
    for (uint32_t i = 0; i < s->frame.count && n < NAMES; i++)
        offer[n++] = (Offer){.name = name_cstr(&I->names, s->frame.name[i]),
                             .value = s->frame.value[i]};
    if (s->frame.count > NAMES) return fail(I, E0318, s->in->def->def->span, NAMES);
    return instance_member(I, s->in, name_str(&I->names, member), offer, n, missing,
                           out);
}

bool flow_lacks(Interp *I, const Instance *in, const char *member, bool turned,
                Span span)
{
    const char *name = name_cstr(&I->names, in->def->def->name);
    Diag *d = fail_diag(I, E0462, span, name, member);
    if (strcmp(member, "inverse") == 0 && turned)
        diag_help(&I->diags, d,
                  "turned around by `inverse`, it has a density in a likelihood, but "
                  "cannot be drawn from");
    else if (strcmp(member, "inverse") == 0)
        diag_help(&I->diags, d,
                  "what it makes can be sampled, and be q in `vi(flow_q(…))`, but has "
                  "no density at a given point;\n`inverse(%s)` has the density, and "
                  "cannot be sampled",
                  name);
    else
        diag_help(&I->diags, d, "add a line `%s = …` to its definition", member);
    return false;
}

static bool no_member(Interp *I, const Stage *s, const char *member)
{
    return flow_lacks(I, s->in, member, s->call->turned, s->call->span);
}

static bool not_number(Interp *I, const Stage *s, Value v)
{
    if (I->abstract && is_unknown(v)) return vaguely(I);
    return fail(I, E0326, s->call->span, value_kind_text(v));
}

static bool shape_kept(Interp *I, const Stage *s, const char *member, Value from,
                       Value *to)
{
    Shape a, b;
    if (!value_shape(*to, &b)) return not_number(I, s, *to);
    value_shape(from, &a);
    if (shape_agrees(&a, &b)) return true;
    char at[SHAPE_TEXT], bt[SHAPE_TEXT];
    value_shape(*to, &b);
    return fail(
        I, E0463, s->call->span, member, name_cstr(&I->names, s->in->def->def->name),
        shape_text(bt, &I->names, &b, false), shape_text(at, &I->names, &a, false));
}

static bool forward_at(Interp *I, void *ctx, Value z, Span span, Value *out)
{
    Stage *s = ctx;
    bool missing;
    (void)span;
    frame_set(I, &s->frame, stage_input(s), z);
    return stage_member(I, s, "forward", &missing, out) ||
           (missing && no_member(I, s, "forward"));
}

static Node *build_behind(Graph *g, Node *const *in, int n, void *ctx)
{
    Shape s = in[0]->shape;
    (void)n;
    for (int i = 0; i < *(int *)ctx && s.rank < LIMIT_RANK; i++) {
        s.name[s.rank] = 0;
        s.dim[s.rank++] = 1;
    }
    return op_to_shape(g, in[0], &s);
}

/* x, moved to a point that f reaches where it lies outside; *inside is NONE where all
 * of them do reach. */
static bool stage_inside(Interp *I, Stage *s, Value *x, Value *inside)
{
    bool missing;
    Shape shape;
    Value choice[3];
    *inside = value_none();
    if (!stage_member(I, s, "inside", &missing, inside)) {
        *inside = value_none();
        return missing;
    }
    value_shape(*x, &shape);
    const Ast *type = s->in->def->def->b->a;
    Type t;
    Support domain = SUPPORT_ANY;
    if (type) type_is_number(I, type, &t, &domain);
    Value z = value_real(domain == SUPPORT_ANY ? 0 : domain == SUPPORT_UNIT ? 0.5 : 1);
    if (!flow_fill(I, &shape, s->call->span, &z) ||
        !forward_at(I, s, z, s->call->span, &choice[2]))
        return false;
    int event = stage_event(s->in);
    if (!apply(I, build_behind, &event, inside, 1, s->call->span, &choice[0]))
        return false;
    choice[1] = *x;
    if (!apply_elem(I, ELEM_where, s->call->span, choice, x)) return false;
    frame_set(I, &s->frame, name_str(&I->names, "x"), *x);
    return true;
}

static bool stage_backwards(Interp *I, Stage *s, Value *x, Value *inside, Value *z)
{
    bool missing;
    if (!stage_inside(I, s, x, inside)) return false;
    if (!stage_member(I, s, "inverse", &missing, z)) {
        if (!missing) return false;
        if (stage_event(s->in)) return no_member(I, s, "inverse");
        if (!solve_increasing(I, forward_at, s, *x, s->call->span, z)) return false;
    }
    return shape_kept(I, s, "inverse", *x, z);
}

typedef struct Sum {
    Shape over; /* what is summed: the input less the axes of the stage's own event */
    int axes;
} Sum;

static Node *build_sum(Graph *g, Node *const *in, int n, void *ctx)
{
    const Sum *s = ctx;
    (void)n;
    Node *x = op_to_type(g, in[0], TYPE_F64);
    if (s->axes) x = op_broadcast(g, x, &s->over);
    for (int i = 0; i < s->axes && x; i++) x = op_reduce(g, &op_sum, x, -1, false);
    return x;
}

/* log |det J_f| of the stage at z, summed over the event. */
static bool stage_change(Interp *I, Stage *s, Value z, Value x, Value inside,
                         Value *out)
{
    bool missing;
    Sum sum = {.axes = s->call->event - stage_event(s->in)};
    frame_set(I, &s->frame, stage_input(s), z);
    frame_set(I, &s->frame, name_str(&I->names, "x"), x);
    if (!stage_member(I, s, "logdet", &missing, out))
        return missing && no_member(I, s, "logdet");
    if (!value_is_number(*out)) return not_number(I, s, *out);
    if (inside.kind != VALUE_NONE) {
        Value choice[3] = {inside, *out, value_real(HUGE_VAL)};
        if (!apply_elem(I, ELEM_where, s->call->span, choice, out)) return false;
    }
    value_shape(z, &sum.over);
    sum.over.rank -= stage_event(s->in);
    Shape has;
    value_shape(*out, &has);
    if (!shape_broadcast_sizes(&has, &sum.over, &has) ||
        !shape_agrees(&has, &sum.over)) {
        char at[SHAPE_TEXT], bt[SHAPE_TEXT];
        value_shape(*out, &has);
        return fail(I, E0463, s->call->span, "logdet",
                    name_cstr(&I->names, s->in->def->def->name),
                    shape_text(bt, &I->names, &has, false),
                    shape_text(at, &I->names, &sum.over, false));
    }
    return apply(I, build_sum, &sum, out, 1, s->call->span, out);
}

/* Starts see what the flow is asked about, x backwards, else z, and the other as none;
 * outside of a fit both are none. */
static bool stage_declare(Interp *I, Stage *s, Value at)
{
    const Ast *body = s->in->def->def->a;
    Name own = stage_input(s), x = name_str(&I->names, "x");
    bool fitting = I->handler && I->handler->fitting, back = s->call->backwards;
    frame_set(I, &s->frame, own, fitting && !back ? at : value_none());
    frame_set(I, &s->frame, x, fitting && back ? at : value_none());
    for (uint32_t i = 0; i < body->count; i++)
        if (is_declaration(body->list[i]) && !layer_declare(I, body->list[i]))
            return false;
    frame_unset(I, &s->frame, own);
    frame_unset(I, &s->frame, x);
    frame_set(I, &s->frame, back ? x : own, at);
    return true;
}

/* Binds the sizes of the declared type. It says which numbers z may be, not x. */
static bool stage_bind(Interp *I, Stage *s, const char *what, Value *at)
{
    const Ast *type = s->in->def->def->b->a;
    Span span = s->call->span;
    Shape shape;
    if (!type) return true;
    if (!s->call->backwards || !value_is_number(*at))
        return type_bind(I, type, *at, span, what, &s->frame, at);
    value_shape(*at, &shape);
    return !(type->flags & AST_DIMS) ||
           type_bind_sizes(I, type, SUPPORT_ANY, *at, &shape, span, what, &s->frame);
}

static bool stage_open(Interp *I, Stage *s)
{
    const Ast *def = s->in->def->def;
    const char *name = name_cstr(&I->names, def->name);
    char what[100];
    Value at = s->call->at, context = s->call->context;
    Shape c;
    if (!def->b || !def->b->name) return fail(I, E0461, def->span, name);
    snprintf(what, sizeof what, "the input of %s", name);
    if (!stage_bind(I, s, what, &at)) return false;
    if (context.kind == VALUE_NONE) {
        int64_t none = 0;
        Shape empty = shape_of(1, &none);
        context = value_tensor(I, tensor_new(I->memory, TYPE_F64, &empty));
    }
    if (!value_shape(context, &c) || c.rank == 0)
        return fail(I, E0466, s->call->span, value_kind_text(context));
    frame_set(I, &s->frame, name_str(&I->names, "context"), context);
    frame_set(I, &s->frame, name_str(&I->names, "C"), value_int(c.dim[c.rank - 1]));
    offer_fitting(I, &s->frame, s->call->backwards);
    return stage_declare(I, s, at);
}

/* `next` lines: in a fit, where the flow is asked backwards, since there data comes in.
 */
static bool stage_next(Interp *I, const Stage *s)
{
    const Ast *body = s->in->def->def->a;
    if (!s->call->backwards) return true;
    for (uint32_t i = 0; i < body->count; i++)
        if (body->list[i]->kind == AST_NEXT && !layer_next(I, body->list[i]))
            return false;
    return true;
}

/* Without a log determinant to tell it, what f does not reach comes from nan. */
static bool stage_unreached(Interp *I, const Stage *s, Value inside, Value *z)
{
    int event = stage_event(s->in);
    Value choice[3] = {inside, *z, value_real((double)NAN)};
    return apply(I, build_behind, &event, &choice[0], 1, s->call->span, &choice[0]) &&
           apply_elem(I, ELEM_where, s->call->span, choice, z);
}

static bool stage_ask(Interp *I, Stage *s, Value *out, Value *change)
{
    Value at = s->call->at, inside = value_none();
    bool back = s->call->backwards;
    if (!stage_open(I, s)) return false;
    if (back ? !stage_backwards(I, s, &at, &inside, out)
             : !forward_at(I, s, at, s->call->span, out))
        return false;
    if (!back && !shape_kept(I, s, "forward", at, out)) return false;
    if (inside.kind != VALUE_NONE && !s->call->change &&
        !stage_unreached(I, s, inside, out))
        return false;
    return stage_next(I, s) &&
           (!s->call->change ||
            stage_change(I, s, back ? *out : at, back ? at : *out, inside, change));
}

/* The call's event counts from the axes of the stage: its own are at least as many. */
bool stage_run(Interp *I, Instance *in, const char *path, const FlowCall *call,
               Value *out, Value *change)
{
    FlowCall own = *call;
    if (own.event < stage_event(in)) own.event = stage_event(in);
    Stage s = {
        .in = in, .frame = {.self = in, .module = in->def->module}, .call = &own};
    const char *before = I->path;
    uint32_t calls = I->path_calls;
    Handler *handler = I->handler, initial = initial_handler();
    if (I->depth >= LIMIT_CALL_DEPTH)
        return fail(I, E0319, call->span, LIMIT_CALL_DEPTH);
    if (!path) I->handler = &initial;
    I->path = path ? path : "flow";
    I->path_calls = 0;
    frame_push(I, &s.frame);
    I->depth++;
    bool ok = stage_ask(I, &s, out, change);
    I->depth--;
    frame_pop(I, &s.frame);
    I->path = before;
    I->path_calls = calls;
    I->handler = handler;
    return ok;
}
