/* SPDX-License-Identifier: MIT
 * Distributions: events and batches from the declared types of parameters, members,
 * draws. The formulas are
 * stdlib/dist's.
 */
#include "abstract.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *dist_name(Interp *I, const Instance *d)
{
    return name_cstr(&I->names, d->def->def->name);
}

const char *dist_value_name(Interp *I, const Instance *d)
{
    const Ast *def = d->def->def;
    Name x = name_str(&I->names, "x");
    for (uint32_t i = 0; i < def->count; i++)
        if (def->list[i]->name == x) return "y";
    return "x";
}

static Name word_name_of(Interp *I, const char *s) { return name_str(&I->names, s); }

/* Rank that the type gives to one event of a parameter; −1 for what has no batch. */
static int type_rank(Interp *I, const Ast *type)
{
    return type ? type_event_rank(I, type) : 0;
}

static Node *build_ensure(Graph *g, Node *const *in, int n, void *ctx)
{
    Attr a = {.n = *(Support *)ctx};
    Node *x = op_to_type(g, in[0], TYPE_F64);
    (void)n;
    return x ? graph_node(g, &op_ensure, &x, 1, &a) : NULL;
}

static bool is_dist_type(Interp *I, const Ast *type)
{
    return type && strcmp(name_cstr(&I->names, type->name), "dist") == 0;
}

static bool is_flow_type(Interp *I, const Ast *type)
{
    return type && strcmp(name_cstr(&I->names, type->name), "flow") == 0;
}

static bool is_fn_type(Interp *I, const Ast *type)
{
    return type && strcmp(name_cstr(&I->names, type->name), "fn") == 0;
}

static bool is_int_type(Interp *I, const Ast *type)
{
    Type t;
    Support s;
    return type && type_is_number(I, type, &t, &s) && t == TYPE_I64;
}

/* A recorded vector or matrix of which nothing is known is looked at when it is
 * computed. */
static bool parameter_ensure(Interp *I, Support wanted, Span span, Value *v)
{
    Value old = *v, made;
    if (!apply(I, build_ensure, &wanted, &old, 1, span, &made)) return false;
    *v = value_keep(made);
    value_drop(I, old);
    return true;
}

/* Whether n is an unknown of a model as it was declared (or mapped from there by
 * element): it takes any value of its support, in which no matrix is sound but by
 * chance. */
static bool is_unknown_number(const Node *n)
{
    if (n->n_in == 1 && n->support != SUPPORT_ANY) n = n->in[0];
    return n->op == &op_input && n->user == INPUT_UNKNOWN;
}

/* Whether a recorded number, asked for by a model's author, is known to lie in a
 * support. */
static bool lies_in(Interp *I, const Node *n, Support wanted)
{
    return wanted == SUPPORT_ANY || support_fits(n->support, wanted) ||
           node_within(n, wanted) ||
           (I->abstract && I->upper->abstract_fits(I, n, wanted));
}

/* Tells that it may lie outside: of the data, where it is made of them. */
static bool lies_outside(Interp *I, const char *of, const Ast *p, Node *n,
                         Support wanted, Span span)
{
    if (I->handler->given && I->handler->given(I, I->handler, n, wanted, span))
        return false;
    return support_differs(I, of, name_cstr(&I->names, p->name), n, wanted, span);
}

bool argument_supported(Interp *I, const char *of, const Ast *p, Value v, Span span)
{
    Type t;
    Support wanted;
    if (v.kind != VALUE_NODE || !I->handler || !p->a ||
        !type_is_number(I, p->a, &t, &wanted) || support_rank(wanted) > 0)
        return true;
    Node *n = ((Recorded *)v.object)->node;
    return lies_in(I, n, wanted) || lies_outside(I, of, p, n, wanted, span);
}

static bool parameter_support(Interp *I, Instance *d, const Ast *p, Value *at,
                              Span span)
{
    Value v = *at;
    Type t;
    Support wanted;
    const char *name = name_cstr(&I->names, p->name);
    if (!p->a || !type_is_number(I, p->a, &t, &wanted)) return true;
    if (v.kind != VALUE_NODE) {
        char what[160]; /* the message puts it between backquotes */
        snprintf(what, sizeof what, "%s` of `%s", name, dist_name(I, d));
        return wanted == SUPPORT_ANY || support_check(I, wanted, v, span, what);
    }
    Node *n = ((Recorded *)v.object)->node;
    if (!I->handler || in_library(I) || lies_in(I, n, wanted)) return true;
    bool structured = support_rank(wanted) == 2 || wanted == SUPPORT_ORDERED;
    if (structured && !is_unknown_number(n))
        return parameter_ensure(I, wanted, span, at);
    return lies_outside(I, dist_name(I, d), p, n, wanted, span);
}

/* Where n has the unknown, a real number, of which it is made element by element and
 * not made whole: the nearest node of the program outside of the argument. NULL if no
 * unknown is near. */
static const Node *unknown_real(const Node *n, Span arg, int depth)
{
    static const char *const whole[] = {"floor", "round", "ceil"};
    if (n->op == &op_input)
        return n->user == INPUT_UNKNOWN && type_is_real(n->type) ? n : NULL;
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        if (strcmp(n->op->name, whole[i]) == 0) return NULL;
    if (!depth || !(n->op->flags & (OP_ELEM | OP_VIEW))) return NULL;
    for (int k = 0; k < n->n_in; k++) {
        const Node *from = unknown_real(n->in[k], arg, depth - 1);
        if (from) return n->span.source && span_apart(n->span, arg) ? n : from;
    }
    return NULL;
}

/* A count is no unknown: numbers between the whole ones have no density. */
static bool parameter_counts(Interp *I, Instance *d, const Ast *p, Value v, Span span)
{
    enum { NEAR = 6 };
    if (v.kind != VALUE_NODE || !I->handler || in_library(I)) return true;
    const Node *n = ((Recorded *)v.object)->node;
    const Node *from = type_is_real(n->type) ? unknown_real(n, span, NEAR) : NULL;
    if (!from) return true;
    Diag *g = fail_diag(I, E0206, span, name_cstr(&I->names, p->name), dist_name(I, d),
                        "a whole number", "a fraction");
    if (from->span.source && span_apart(from->span, span))
        diag_label(&I->diags, g, from->span, "this may be a fraction");
    diag_help(&I->diags, g,
              "a count is given, `model m(n: int[N])`, or a number that is known");
    return false;
}

static bool parameter_check(Interp *I, Instance *d, const Ast *p, Value *v, Span span)
{
    Shape s;
    const char *name = name_cstr(&I->names, p->name);
    if (I->abstract && value_has_unknown(*v)) return true;
    if (is_dist_type(I, p->a)) {
        Shape batch;
        Value parts;
        if (v->kind == VALUE_LIST && p->a->count) {
            if (!dist_parts_make(I, *v, span, &parts)) return false;
            value_drop(I, *v);
            *v = value_keep(parts);
        }
        if (!is_instance(*v, DEF_DIST))
            return fail(I, E0334, span, name, "dist", value_kind_text(*v));
        if (!dist_batch(I, (Instance *)v->object, &batch)) return false;
        if (batch.rank < (int)p->a->count)
            return fail(I, E0207, span, name, dist_name(I, d), (int)p->a->count);
        return true;
    }
    if (is_flow_type(I, p->a)) {
        if (may_be_flow(*v)) return true;
        Diag *g = fail_diag(I, E0334, span, name, "flow", value_kind_text(*v));
        if (v->kind == VALUE_NET)
            diag_help(&I->diags, g,
                      "declare it with `flow f = …` in place of `net f = …`");
        return false;
    }
    if (is_fn_type(I, p->a) && v->kind != VALUE_FN && v->kind != VALUE_WORD &&
        v->kind != VALUE_DERIVED)
        return fail(I, E0334, span, name, "fn", value_kind_text(*v));
    int rank = type_rank(I, p->a);
    if (rank < 0) return dist_parts_check(I, p->a, *v, name, span);
    if (v->kind == VALUE_RANGE) return fail(I, E0334, span, name, "real", "a range");
    if (!value_shape(*v, &s)) return no_number(I, "real", *v, span, name);
    if (s.rank == 1 && p->a && p->a->count == 2) {
        Diag *diag = fail_diag(I, E0208, span, name, dist_name(I, d), rank);
        diag_help(&I->diags, diag,
                  "`column(x)` makes real[N, 1] of a vector; a given may be declared "
                  "so: `x: real[N, 1]`");
        return false;
    }
    if (s.rank < rank) return fail(I, E0208, span, name, dist_name(I, d), rank);
    if (is_int_type(I, p->a) && v->kind != VALUE_NODE && type_is_real(value_type(*v)) &&
        !whole_number(I, *v, v))
        return fail(I, E0334, span, name, "int", "a number with a fraction");
    if (is_int_type(I, p->a) && !parameter_counts(I, d, p, *v, span)) return false;
    if (rank > (int)(p->a ? p->a->count : 0) &&
        size_meet(s.dim[s.rank - 1], s.dim[s.rank - 2]) == SIZE_DIFFERENT) {
        char at[SHAPE_TEXT];
        return fail(I, E0452, span, name, dist_name(I, d),
                    shape_text(at, &I->names, &s, false));
    }
    return parameter_support(I, d, p, v, span);
}

/* Every size that the parameter's type names is the one that the name has. */
static bool parameter_sizes(Interp *I, Instance *d, const Ast *p, Value v, Span span)
{
    Shape s;
    int rank = type_rank(I, p->a);
    if (is_dist_type(I, p->a) && is_instance(v, DEF_DIST)) { /* `dist[K]` */
        if (!dist_batch(I, (Instance *)v.object, &s)) return false;
        rank = (int)p->a->count;
    } else if (rank < 1 || !value_shape(v, &s)) {
        return true;
    }
    if (s.rank < rank) return true; /* while it is checked: not known */
    for (uint32_t k = 0; k < p->a->count; k++) {
        const Ast *dim = p->a->list[k];
        int64_t size, has = s.dim[s.rank - rank + (int)k];
        bool found;
        if (dim->kind != AST_NAME) continue;
        if (!instance_size(I, d, dim->name, &found, &size)) return false;
        if (found && size_meet(size, has) == SIZE_DIFFERENT)
            return fail(I, E0453, span, name_cstr(&I->names, p->name), dist_name(I, d),
                        size_text(I, has), name_cstr(&I->names, dim->name),
                        size_text(I, size));
    }
    return true;
}

bool dist_check(Interp *I, Instance *d, const Args *args)
{
    const Ast *def = d->def->def;
    Shape batch;
    for (uint32_t i = 0; i < def->count; i++)
        if (d->argument[i].state == ARGUMENT_GIVEN &&
            !parameter_check(I, d, def->list[i], &d->argument[i].value,
                             args_place(args, (int)i, def->list[i]->name)))
            return false;
    for (uint32_t i = 0; i < def->count; i++)
        if (d->argument[i].state == ARGUMENT_GIVEN &&
            !parameter_sizes(I, d, def->list[i], d->argument[i].value,
                             args_place(args, (int)i, def->list[i]->name)))
            return false;
    I->span = in_library(I) ? I->span : args->call;
    return dist_batch(I, d, &batch) && dist_requires(I, d, args->call);
}

static bool batch_join(Interp *I, Instance *d, Shape *batch, Shape s)
{
    Shape both;
    if (shape_broadcast(batch, &s, &both)) {
        *batch = both;
        return true;
    }
    Out a, b;
    out_init(&a, I->memory);
    out_init(&b, I->memory);
    shape_print(&a, &I->names, batch, false);
    shape_print(&b, &I->names, &s, false);
    fail(I, E0209, (Span){0, 0, 0}, dist_name(I, d), a.at, b.at);
    out_free(&a);
    out_free(&b);
    return false;
}

bool dist_batch(Interp *I, Instance *d, Shape *batch)
{
    const Ast *def = d->def->def;
    *batch = shape_scalar();
    for (uint32_t i = 0; i < def->count; i++) {
        if (d->argument[i].state != ARGUMENT_GIVEN) continue;
        Value v = d->argument[i].value;
        const Ast *type = def->list[i]->a;
        Shape s;
        int rank = type_rank(I, type);
        if (d->argument[i].value.kind == VALUE_LIST && dist_parts(I, d)) {
            if (!dist_parts_batch(I, dist_parts(I, d), &s)) return false;
            rank = 0;
        } else if (is_dist_type(I, type)) {
            if (!is_instance(v, DEF_DIST)) continue;
            if (!dist_batch(I, (Instance *)v.object, &s)) return false;
            rank = (int)type->count;
        } else if (rank < 0 || !value_shape(v, &s)) {
            continue;
        }
        s.rank -= rank;
        if (!batch_join(I, d, batch, s)) return false;
    }
    return true;
}

bool instance_size(Interp *I, Instance *in, Name name, bool *found, int64_t *size)
{
    const Ast *def = in->def->def;
    *found = false;
    for (uint32_t i = 0; i < def->count && !*found; i++) {
        const Ast *type = def->list[i]->a;
        Shape s;
        if (!type || in->argument[i].state != ARGUMENT_GIVEN) continue;
        Value v = in->argument[i].value;
        if (v.kind == VALUE_LIST && dist_parts(I, in)) {
            s = shape_of(1, (int64_t[]){((List *)v.object)->count});
        } else if (is_dist_type(I, type)) {
            if (!is_instance(v, DEF_DIST) || !type->count) continue;
            if (!dist_batch(I, (Instance *)v.object, &s)) return false;
        } else if (!value_shape(v, &s)) {
            continue;
        }
        for (uint32_t k = 0; k < type->count; k++) {
            int rank = is_dist_type(I, type) ? (int)type->count : type_rank(I, type);
            int axis = s.rank - rank + (int)k;
            if (type->list[k]->kind != AST_NAME || type->list[k]->name != name ||
                axis < 0)
                continue;
            *found = true;
            *size = s.dim[axis];
            return true;
        }
    }
    return true;
}

Instance *dist_inner(Interp *I, Instance *d)
{
    const Ast *on = d->def->def->b;
    bool found;
    Value v;
    if (!on || !on->a) return NULL;
    if (!instance_argument(I, d, on->a->name, &found, &v) || !found) return NULL;
    if (v.kind == VALUE_LIST && dist_parts(I, d)) v = dist_parts(I, d)->item[0];
    return is_instance(v, DEF_DIST) ? (Instance *)v.object : NULL;
}

/* The parameter that a size of the event is, given or not: `K: int` of LKJ; −1: none.
 */
static int size_parameter(const Instance *d, const Ast *dim)
{
    const Ast *def = d->def->def;
    for (uint32_t i = 0; i < def->count; i++)
        if (dim->kind == AST_NAME && def->list[i]->name == dim->name) return (int)i;
    return -1;
}

static bool is_open(const Instance *d, const Ast *dim)
{
    int i = size_parameter(d, dim);
    return i >= 0 && d->argument[i].state != ARGUMENT_GIVEN && !d->def->def->list[i]->b;
}

static bool open_size(Interp *I, Instance *d, const Ast *dim)
{
    const char *size = name_cstr(&I->names, dim->name), *of = dist_name(I, d);
    Diag *g = fail_diag(I, E0456, (Span){0, 0, 0}, of, size);
    diag_help(&I->diags, g,
              "give it, `%s(…, %s = 3)`, or declare the type of the unknown, as in "
              "`prior R: corr[3] ~ LKJ(2)`",
              of, size);
    return false;
}

static bool event_dim(Interp *I, Instance *d, const Ast *dim, int64_t *n)
{
    Frame f = {.self = d, .module = d->def->module};
    Value v;
    if (is_open(d, dim)) return open_size(I, d, dim);
    frame_push(I, &f);
    bool ok = eval(I, dim, &v);
    frame_pop(I, &f);
    if (ok && !(I->abstract && value_size(I, v, n))) *n = (int64_t)value_as_real(v);
    return ok;
}

static int event_axes(Interp *I, const Ast *on)
{
    int axes = type_event_rank(I, on);
    return axes < 0 ? (int)on->count : axes; /* `on d[n]` */
}

bool dist_event(Interp *I, Instance *d, Shape *event)
{
    const Ast *on = d->def->def->b;
    *event = shape_scalar();
    if (!on || !on->a) return true;
    int n = (int)on->a->count, axes = event_axes(I, on->a);
    for (int i = 0; i < axes; i++) {
        int k = i < n ? i : n - 1;
        if (!event_dim(I, d, on->a->list[k], &event->dim[i])) return false;
    }
    event->rank = axes;
    Instance *inner = dist_inner(I, d);
    Shape rest;
    if (!inner) return true;
    if (!dist_event(I, inner, &rest)) return false;
    for (int i = 0; i < rest.rank && event->rank < LIMIT_RANK; i++)
        event->dim[event->rank++] = rest.dim[i];
    return true;
}

bool dist_sized(Interp *I, Instance *d, const Shape *declared, Instance **out)
{
    const Ast *on = d->def->def->b;
    Shape rest = shape_scalar();
    *out = d;
    if (!on || !on->a) return true;
    Instance *inner = dist_inner(I, d);
    if (inner && !dist_event(I, inner, &rest)) return false;
    int axes = event_axes(I, on->a) + rest.rank;
    if (declared->rank < axes) return true;
    for (int i = 0; i < (int)on->a->count; i++) {
        const Ast *dim = on->a->list[i];
        int64_t n = declared->dim[declared->rank - axes + i];
        if (is_open(*out, dim) &&
            !instance_with(I, *out, dim->name, size_value(I, n), out))
            return false;
    }
    return true;
}

/* A distribution with a parameter that is a flow lies where the flow takes it. */
static bool through_flow(Interp *I, Instance *d, Support *support)
{
    const Ast *def = d->def->def;
    for (uint32_t i = 0; i < def->count; i++) {
        if (is_flow_type(I, def->list[i]->a) && d->argument[i].state == ARGUMENT_GIVEN)
            return flow_support(I, d->argument[i].value, support);
    }
    return true;
}

/* Whether a parameter, `components` of a mixture, was given what is not known yet. */
static bool argument_unknown(Interp *I, Instance *d, Name name)
{
    bool found;
    Value v;
    return instance_argument(I, d, name, &found, &v) && found && value_has_unknown(v);
}

bool dist_support(Interp *I, Instance *d, Support *support, Type *type)
{
    const Ast *on = d->def->def->b;
    Instance *inner = dist_inner(I, d);
    const List *parts = dist_parts(I, d);
    if (parts) return dist_parts_support(I, parts, support, type);
    if (inner)
        return dist_support(I, inner, support, type) && through_flow(I, d, support);
    *support = SUPPORT_ANY;
    *type = TYPE_F64;
    if (on && on->a && !type_is_number(I, on->a, type, support))
        return I->abstract && argument_unknown(I, d, on->a->name)
                   ? vaguely(I)
                   : fail(I, E0335, on->a->span, name_cstr(&I->names, on->a->name));
    return true;
}

/* An event of the wrong size is no matter of −inf. */
static bool event_fits(Interp *I, Instance *d, Value x, Span span)
{
    Shape event, has;
    if (!value_shape(x, &has)) return true; /* no number: refused later */
    if (!dist_event(I, d, &event)) return false;
    bool fits = has.rank >= event.rank;
    for (int i = 1; i <= event.rank && fits; i++)
        fits = size_meet(has.dim[has.rank - i], event.dim[event.rank - i]) !=
               SIZE_DIFFERENT;
    if (fits) return true;
    char a[SHAPE_TEXT], b[SHAPE_TEXT];
    return fail(I, E0459, span, dist_name(I, d),
                shape_text(a, &I->names, &event, false),
                shape_text(b, &I->names, &has, false));
}

bool dist_logpdf(Interp *I, Instance *d, Value x, Span span, Value *out)
{
    bool missing;
    if (!event_fits(I, d, x, span)) return false;
    if (dist_parts(I, d))
        return dist_parts_at(I, dist_parts(I, d), DIST_LOGPDF, x, span, out);
    if (dist_guarded(I, d, "logpdf", x, -HUGE_VAL, -HUGE_VAL, span, &missing, out))
        return true;
    if (missing && I->abstract) return vaguely(I); /* told of the definition */
    return missing ? fail(I, E0233, span, dist_name(I, d)) : false;
}

static Node *build_broadcast(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)n;
    return op_broadcast(g, in[0], ctx);
}

bool dist_fill(Interp *I, Instance *d, bool event_too, Span span, Value *v)
{
    Shape shape, event, has;
    if (!dist_batch(I, d, &shape) || !dist_event(I, d, &event)) return false;
    for (int i = 0; event_too && i < event.rank && shape.rank < LIMIT_RANK; i++)
        shape.dim[shape.rank++] = event.dim[i];
    if (!value_shape(*v, &has) || shape_agrees(&has, &shape)) return true;
    return apply(I, build_broadcast, &shape, v, 1, span, v);
}

/* What jumps as the parameters move, so that nobody takes its slope for zero. */
static Node *build_draw(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)n, (void)ctx;
    Node *x = op_to_type(g, in[0], TYPE_F64);
    return x ? graph_node(g, &op_draw, &x, 1, NULL) : NULL;
}

static bool draw_of(Interp *I, Instance *d, const Shape *full, Span span, Value *out)
{
    Shape has;
    Support s;
    Type t;
    if (!value_shape(*out, &has) || !shape_agrees(&has, full)) {
        Shape to = *full;
        if (!apply(I, build_broadcast, &to, out, 1, span, out)) return false;
    }
    if (out->kind != VALUE_NODE || !dist_support(I, d, &s, &t)) return true;
    return t != TYPE_I64 || apply(I, build_draw, NULL, out, 1, span, out);
}

bool dist_sample(Interp *I, Instance *d, const Shape *sample, Span span, Value *out)
{
    Shape full = *sample, batch, event;
    bool missing;
    const List *parts = dist_parts(I, d);
    if (!dist_batch(I, d, &batch) || !dist_event(I, d, &event)) return false;
    if (full.rank + batch.rank + event.rank > LIMIT_RANK)
        return fail(I, E0336, span, LIMIT_RANK);
    if (parts) return dist_parts_sample(I, parts, sample, span, out);
    for (int i = 0; i < batch.rank + event.rank; i++) {
        const Shape *from = i < batch.rank ? &batch : &event;
        int k = i < batch.rank ? i : i - batch.rank;
        full.name[full.rank] = from->name[k];
        full.dim[full.rank++] = from->dim[k];
    }
    Name member = word_name_of(I, "sample");
    static const char *const noise[] = {"u", "z", "v"};
    Offer offer[4] = {{.shape = &full}};
    Shape each = full; /* one number a draw */
    int n = 1;
    each.rank -= event.rank;
    for (int k = 0; k < 3; k++) {
        if (!member_wants(I, d, member, noise[k])) continue;
        offer[n].name = noise[k];
        if (!random_noise(I, k == 1, k == 2 ? &each : &full, &offer[n].value))
            return false;
        n++;
    }
    if (!instance_member(I, d, member, offer, n, &missing, out)) {
        Value u;
        if (!missing) return false;
        bool inverts = false;
        if (!event.rank && !dist_inverts(I, d, &inverts)) return false;
        if (!inverts) return fail(I, E0339, span, dist_name(I, d), "sample");
        if (!random_noise(I, false, &full, &u) ||
            !dist_function(I, d, DIST_QUANTILE, u, span, out))
            return false;
    }
    return draw_of(I, d, &full, span, out);
}
