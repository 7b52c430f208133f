/* SPDX-License-Identifier: MIT
 * Flows: the stages of a chain run one after the other, forwards or backwards, with the
 * log determinant of the whole; and what is known of a chain before it runs.
 */
#include "eval_int.h"

/* ---- stages in order ---- */

bool flow_of_word(Interp *I, int word, bool *found, Value *out)
{
    Value def;
    if (!library_find(I, name_str(&I->names, word_name(word)), &def, found))
        return false;
    *found = *found && def.kind == VALUE_DEF &&
             (DefKind)(((Def *)def.object)->def->flags & AST_LOW) == DEF_FLOW;
    Args none = {0, NULL, NULL, NULL, I->span, 0};
    return !*found || call_def(I, (Def *)def.object, &none, out);
}

/* One stage as an instance: a word such as exp is the library's flow of that name. */
static bool stage_instance(Interp *I, Value f, Span span, Instance **out)
{
    bool found = true;
    if (f.kind == VALUE_WORD && !flow_of_word(I, f.word, &found, &f)) return false;
    if (f.kind == VALUE_DEF && !stage_value(I, f, span, &f)) return false;
    if (found && is_instance(f, DEF_FLOW)) {
        *out = (Instance *)f.object;
        return true;
    }
    Diag *d =
        fail_diag(I, E0461, span,
                  f.kind == VALUE_INSTANCE
                      ? name_cstr(&I->names, ((Instance *)f.object)->def->def->name)
                  : f.kind == VALUE_WORD ? word_name(f.word)
                                         : value_kind_text(f));
    diag_help(&I->diags, d,
              "flows are those of the library, such as `coupling([64, 64])`, the "
              "functions exp, tanh, sigmoid, softplus, logit,\n"
              "and your own: `flow NAME() on z: real[.., D] { forward = …; inverse(x) "
              "= …; logdet = … }`");
    return false;
}

/* What is done with each stage, in the order of the data. */
typedef bool Visit(Interp *I, void *ctx, Value stage, bool inverse, const char *path);

static bool visit_all(Interp *I, Value f, bool inverse, bool backwards,
                      const char *path, Visit *visit, void *ctx);

static bool visit_one(Interp *I, Value f, bool inverse, bool backwards,
                      const char *path, Visit *visit, void *ctx)
{
    const Net *net = f.kind == VALUE_NET ? (const Net *)f.object : NULL;
    if (f.kind == VALUE_CHAIN || (net && net->owner.kind == VALUE_NONE))
        return visit_all(I, f, inverse, backwards, path, visit, ctx);
    return visit(I, ctx, f, inverse, path);
}

static bool visit_all(Interp *I, Value f, bool inverse, bool backwards,
                      const char *path, Visit *visit, void *ctx)
{
    const Net *net = f.kind == VALUE_NET ? (const Net *)f.object : NULL;
    Value layers = net ? net->layers : f;
    const Chain *c = layers.kind == VALUE_CHAIN ? (const Chain *)layers.object : NULL;
    uint32_t from = net ? net->from : 0, to = net && net->to ? net->to
                                              : c            ? c->count
                                                             : 1;
    if (net) path = net->path;
    for (uint32_t k = from; k < to; k++) {
        uint32_t i = inverse != backwards ? to - 1 - (k - from) : k;
        if (!visit_one(I, c ? c->stage[i] : layers,
                       c && c->inverse[i] ? !inverse : inverse, backwards,
                       path ? path_number(I, path, i) : NULL, visit, ctx))
            return false;
    }
    return true;
}

typedef struct Walk {
    FlowCall call;
    Value change; /* so far; NONE: zero */
} Walk;

static bool walk_stage(Interp *I, void *ctx, Value stage, bool inverse,
                       const char *path)
{
    Walk *w = ctx;
    FlowCall call = w->call;
    Instance *in;
    Value out, change = value_none(), two[2];
    call.backwards = call.backwards != inverse;
    call.turned = inverse;
    if (stage.kind == VALUE_NET) {
        if (!I->upper->net(I, (Net *)stage.object, &call, value_none(), call.span, &out,
                           &change))
            return false;
    } else if (!stage_instance(I, stage, call.span, &in) ||
               !stage_run(I, in, path, &call, &out, &change)) {
        return false;
    }
    w->call.at = out;
    if (!call.change) return true;
    two[0] = w->change;
    two[1] = change;
    bool first = w->change.kind == VALUE_NONE;
    if (first && !inverse) {
        w->change = change;
        return true;
    }
    if (first) two[0] = value_real(0);
    return apply_elem(I, inverse ? ELEM_sub : ELEM_add, call.span, two, &w->change);
}

static Node *build_context(Graph *g, Node *const *in, int n, void *ctx)
{
    Shape s = *(Shape *)ctx;
    (void)n;
    Node *c = op_to_type(g, in[0], TYPE_F64);
    Shape own = c->shape;
    int size = own.rank - 1, extra = s.rank - 1 - size;
    if (extra < 0)
        return graph_error(g, "the context has more axes than what it conditions");
    s.dim[s.rank - 1] = own.dim[size];
    s.name[s.rank - 1] = own.name[size];
    return op_broadcast(g, c, &s);
}

static Node *build_shape(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)n;
    return op_to_shape(g, in[0], ctx);
}

/* Context and input with the same axes in front of their last. */
static bool context_meets(Interp *I, FlowCall *c, int event)
{
    Shape at, context, lead;
    if (c->context.kind == VALUE_NONE || event == 0) return true;
    if (!value_shape(c->context, &context) || context.rank == 0)
        return fail(I, E0466, c->span, value_kind_text(c->context));
    Name rows = I->handler ? I->handler->row_name : 0;
    if (rows && context.name[context.rank - 1] == rows)
        return fail(I, E0254, c->span, name_cstr(&I->names, rows));
    value_shape(c->at, &at);
    Shape a = at, b = context;
    a.rank -= event;
    b.rank--;
    if (a.rank < 0) return true; /* the stage will tell */
    if (!shape_broadcast(&a, &b, &lead)) {
        char t[SHAPE_TEXT], u[SHAPE_TEXT];
        return fail(I, E0467, c->span, shape_text(t, &I->names, &b, true),
                    shape_text(u, &I->names, &a, true));
    }
    Shape full = lead;
    for (int i = 0; i < event; i++) full.dim[full.rank++] = at.dim[at.rank - event + i];
    if (!shape_same(&full, &at) && !flow_fill(I, &full, c->span, &c->at)) return false;
    if (event > 1) { /* the context's own axis stands for the last one */
        Shape wide = b;
        for (int i = 1; i < event; i++) wide.dim[wide.rank++] = 1;
        wide.dim[wide.rank++] = context.dim[context.rank - 1];
        if (!apply(I, build_shape, &wide, &c->context, 1, c->span, &c->context))
            return false;
    }
    return apply(I, build_context, &full, &c->context, 1, c->span, &c->context);
}

/* One number for each point of x, also where all of them change alike. */
static bool by_point(Interp *I, Value x, int event, Span span, Value *change)
{
    Shape points, has;
    value_shape(x, &points);
    points.rank -= event;
    value_shape(*change, &has);
    return shape_same(&has, &points) || flow_fill(I, &points, span, change);
}

bool flow_run(Interp *I, Value flow, const FlowCall *call, Value *out, Value *change)
{
    Walk w = {.call = *call, .change = value_none()};
    int event;
    w.call.change = change != NULL;
    if (!flow_event(I, flow, call->span, &event)) return false;
    if (w.call.event < event) w.call.event = event;
    if (!context_meets(I, &w.call, w.call.event) ||
        !visit_one(I, flow, false, call->backwards, NULL, walk_stage, &w))
        return false;
    *out = w.call.at;
    if (!change) return true;
    *change = w.change.kind == VALUE_NONE ? value_real(0) : w.change;
    return by_point(I, *out, w.call.event, call->span, change);
}

bool flow_stage(Interp *I, Value f, bool inverse, const char *path, Value at, Span span,
                Value *out)
{
    Walk w = {.call = {.at = at, .context = value_none(), .span = span}};
    if (!visit_one(I, f, inverse, false, path, walk_stage, &w)) return false;
    *out = w.call.at;
    return true;
}

/* ---- what is known of a flow ---- */

static bool most_axes(Interp *I, void *ctx, Value stage, bool inverse, const char *path)
{
    int *most = ctx;
    Instance *in;
    (void)inverse, (void)path;
    if (stage.kind == VALUE_NET) {
        int rank;
        if (!flow_event(I, ((Net *)stage.object)->layers, I->span, &rank)) return false;
        if (rank > *most) *most = rank;
        return true;
    }
    if (!stage_instance(I, stage, I->span, &in)) return false;
    if (stage_event(in) > *most) *most = stage_event(in);
    return true;
}

bool flow_event(Interp *I, Value f, Span span, int *rank)
{
    Span before = I->span;
    *rank = 0;
    if (!I->span.source) I->span = span;
    bool ok = visit_one(I, f, false, false, NULL, most_axes, rank);
    I->span = before;
    return ok;
}

static bool names_context(Interp *I, void *ctx, Value stage, bool inverse,
                          const char *path)
{
    bool *any = ctx;
    Instance *in;
    (void)path;
    if (stage.kind == VALUE_NET)
        return visit_one(I, ((Net *)stage.object)->layers, inverse, false, NULL,
                         names_context, any);
    if (!stage_instance(I, stage, I->span, &in)) return false;
    *any = *any || ast_mentions(in->def->def->a, name_str(&I->names, "context"));
    return true;
}

bool flow_conditioned(Interp *I, Value f, Value context, Span span)
{
    Shape s;
    bool any = false;
    if (context.kind == VALUE_NONE || in_library(I)) return true;
    if (value_shape(context, &s) && s.rank && s.dim[s.rank - 1] == 0) return true;
    return visit_one(I, f, false, false, NULL, names_context, &any) &&
           (any || fail(I, E0252, span));
}

bool flow_context(Interp *I, int64_t *size)
{
    Value C;
    for (const Frame *f = I->frame; f; f = f->outer)
        if (f->self && (DefKind)(f->self->def->def->flags & AST_LOW) == DEF_FLOW &&
            frame_get(f, name_str(&I->names, "C"), &C) && C.kind == VALUE_INT) {
            *size = C.integer;
            return true;
        }
    return false;
}

/* Backwards a stage needs its inverse, an inverted one its forward. */
static bool has_way_back(Interp *I, void *ctx, Value stage, bool inverse,
                         const char *path)
{
    bool *all = ctx;
    Instance *in;
    (void)path;
    if (stage.kind == VALUE_NET)
        return visit_one(I, ((Net *)stage.object)->layers, inverse, false, NULL,
                         has_way_back, all);
    if (!stage_instance(I, stage, I->span, &in)) return false;
    *all = *all && (stage_event(in) == 0 ||
                    dist_has(in, name_str(&I->names, inverse ? "forward" : "inverse")));
    return true;
}

bool flow_invertible(Interp *I, Value f, bool *all)
{
    *all = true;
    return visit_one(I, f, false, false, NULL, has_way_back, all);
}

static bool no_way_back(Interp *I, void *ctx, Value stage, bool inverse,
                        const char *path)
{
    bool all;
    Instance *in;
    (void)ctx;
    if (stage.kind == VALUE_NET)
        return visit_one(I, ((Net *)stage.object)->layers, inverse, false, NULL,
                         no_way_back, NULL);
    all = true;
    if (!has_way_back(I, &all, stage, inverse, path)) return false;
    return all ||
           (stage_instance(I, stage, I->span, &in) &&
            flow_lacks(I, in, inverse ? "forward" : "inverse", inverse, I->span));
}

bool flow_scores(Interp *I, const Instance *d, Span span)
{
    Span before = I->span;
    bool ok = true;
    I->span = span;
    for (uint32_t i = 0; ok && i < d->def->def->count; i++) {
        Value v = d->argument[i].value;
        if (d->argument[i].state != ARGUMENT_GIVEN) continue;
        if (is_instance(v, DEF_DIST))
            ok = flow_scores(I, (const Instance *)v.object, span);
        else if (is_flow(v))
            ok = visit_one(I, v, false, false, NULL, no_way_back, NULL);
    }
    I->span = before;
    return ok;
}

static bool recorded_argument(const Instance *in)
{
    for (uint32_t i = 0; i < in->def->def->count; i++)
        if (in->argument[i].state == ARGUMENT_GIVEN &&
            in->argument[i].value.kind == VALUE_NODE)
            return true;
    return false;
}

/* The support of what one stage gives, from nodes that stand for its input. */
static bool stage_support(Interp *I, void *ctx, Value stage, bool inverse,
                          const char *path)
{
    Support *s = ctx;
    Instance *in;
    Recorder r;
    Shape one = shape_scalar();
    Value out, none;
    (void)path;
    if (stage.kind == VALUE_NET)
        return flow_support(I, ((Net *)stage.object)->layers, s);
    if (!stage_instance(I, stage, I->span, &in)) return false;
    if (stage_event(in) || flow_has_weights(in) || recorded_argument(in)) {
        *s = SUPPORT_ANY;
        return true;
    }
    Graph *g = graph_new(I->memory, &I->names);
    recorder_init(I, &r, g, false, NULL);
    uint32_t mark = pool_mark(I);
    FlowCall call = {
        .at = record_node(I, graph_input(g, TYPE_F64, *s, &one, 0), value_none()),
        .context = value_none(),
        .backwards = inverse,
        .span = I->span};
    bool ok = stage_run(I, in, NULL, &call, &out, &none);
    *s = ok && out.kind == VALUE_NODE ? ((Recorded *)out.object)->node->support
                                      : SUPPORT_ANY;
    pool_release(I, mark);
    recorder_end(I, &r);
    recorder_free(I, &r);
    graph_free(g);
    return ok;
}

bool flow_support(Interp *I, Value f, Support *s)
{
    return visit_one(I, f, false, false, NULL, stage_support, s);
}

typedef struct Domain {
    Support wanted;
    const char *name;
    bool first;
} Domain;

/* The numbers that the first stage takes: its declared support, or backwards what its
 * forward gives. */
static bool first_domain(Interp *I, void *ctx, Value stage, bool inverse,
                         const char *path)
{
    Domain *d = ctx;
    Instance *in;
    Type type;
    (void)path;
    if (!d->first) return true;
    d->first = false;
    if (stage.kind == VALUE_NET)
        return flow_domain(I, ((Net *)stage.object)->layers, &d->wanted, &d->name);
    if (!stage_instance(I, stage, I->span, &in)) return false;
    const Ast *on = in->def->def->b;
    if (on && on->a) type_is_number(I, on->a, &type, &d->wanted);
    d->name = name_cstr(&I->names, in->def->def->name);
    return !inverse || stage_support(I, &d->wanted, stage, false, NULL);
}

bool flow_domain(Interp *I, Value f, Support *wanted, const char **name)
{
    Domain d = {.wanted = SUPPORT_ANY, .name = "a flow", .first = true};
    bool ok = visit_one(I, f, false, false, NULL, first_domain, &d);
    *wanted = d.wanted;
    *name = d.name;
    return ok;
}
