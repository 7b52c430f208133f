/* SPDX-License-Identifier: MIT
 * Calling flows: f(z) maps, f(base) is the distribution that f makes of the base, an
 * instance of the library's `pushforward`.
 */
#include "eval_int.h"

bool is_flow(Value v)
{
    if (v.kind == VALUE_NET) return ((const Net *)v.object)->is_flow;
    if (v.kind != VALUE_CHAIN) return is_instance(v, DEF_FLOW);
    const Chain *c = (const Chain *)v.object;
    bool any = false;
    for (uint32_t i = 0; i < c->count; i++) {
        if (is_instance(c->stage[i], DEF_LAYER) || c->stage[i].kind == VALUE_FN)
            return false;
        any = any || c->inverse[i] || is_flow(c->stage[i]);
    }
    return any;
}

bool may_be_flow(Value v)
{
    return is_flow(v) || v.kind == VALUE_CHAIN || v.kind == VALUE_DEF ||
           v.kind == VALUE_WORD || is_instance(v, DEF_LAYER);
}

static bool weights_inside(Value v)
{
    if (v.kind == VALUE_CHAIN) {
        const Chain *c = (const Chain *)v.object;
        for (uint32_t i = 0; i < c->count; i++)
            if (weights_inside(c->stage[i])) return true;
        return false;
    }
    return is_instance(v, DEF_FLOW) && flow_has_weights((const Instance *)v.object);
}

/* In a model weights need a place. */
static bool placed(Interp *I, Value f, Span span)
{
    if (!I->handler || in_library(I) || !weights_inside(f)) return true;
    Diag *d = fail_diag(I, E0460, span);
    diag_help(&I->diags, d, "write `flow f = …` in the model; then call `f(…)`");
    return false;
}

static bool library_dist(Interp *I, const char *name, const Value *arg,
                         const char *const *as, int n, Span span, Value *out)
{
    enum { MOST = 3 };
    Value def;
    bool found;
    Value value[MOST]; /* out may be where an argument is */
    Name names[MOST];
    Span spans[MOST];
    if (!library_find(I, name_str(&I->names, name), &def, &found)) return false;
    if (!found) return fail(I, E0101, span, name);
    for (int i = 0; i < n; i++) {
        names[i] = as[i] ? name_str(&I->names, as[i]) : 0;
        spans[i] = span;
        value[i] = arg[i];
    }
    Args args = {n, value, names, spans, span, 0};
    return call_value(I, def, &args, out);
}

/* The base with one event as f takes it: of a vector of densities, their product. */
static bool base_event(Interp *I, Value f, Value *base, Span span)
{
    int rank;
    Shape event, batch;
    Instance *d = (Instance *)base->object;
    Support s;
    Type type;
    if (!dist_support(I, d, &s, &type)) return false;
    if (type != TYPE_F64) return fail(I, E0468, span, dist_name(I, d));
    if (!flow_event(I, f, span, &rank) || !dist_event(I, d, &event)) return false;
    while (event.rank < rank) {
        const char *const none[1] = {NULL};
        if (!dist_batch(I, (Instance *)base->object, &batch)) return false;
        if (batch.rank == 0) {
            Diag *g = fail_diag(I, E0464, span, dist_name(I, d), rank);
            diag_help(&I->diags, g,
                      "a flow mixes the last axis of what it is given: write "
                      "`Normal(zeros(2), 1)` for the plane");
            return false;
        }
        if (!library_dist(I, "joint", base, none, 1, span, base)) return false;
        event.rank++;
    }
    return true;
}

/* Whether a distribution, or what it is made of, is bounded by its parameters. */
static bool is_bounded(Interp *I, const Instance *d)
{
    if (dist_has(d, name_str(&I->names, "lower"))) return true;
    for (uint32_t i = 0; i < d->def->def->count; i++) {
        Value v = d->argument[i].value;
        if (d->argument[i].state == ARGUMENT_GIVEN && is_instance(v, DEF_DIST) &&
            is_bounded(I, (const Instance *)v.object))
            return true;
    }
    return false;
}

/* Whether numbers of s are taken where `wanted` are due; 0 is drawn with probability 0.
 */
static bool support_taken(Support s, Support wanted)
{
    return wanted == SUPPORT_ANY || support_fits(s, wanted) ||
           (wanted == SUPPORT_POSITIVE && s == SUPPORT_NONNEGATIVE);
}

/* Whether every stage gets numbers that it takes. */
static bool base_support(Interp *I, Value f, Instance *base, Span span)
{
    Support s, wanted;
    Type type;
    const char *name;
    if (!dist_support(I, base, &s, &type)) return false;
    if (!flow_domain(I, f, &wanted, &name)) return false;
    if (support_taken(s, wanted) || is_bounded(I, base)) return true;
    Diag *d = fail_diag(I, E0465, span, name, support_name(wanted), dist_name(I, base),
                        support_name(s));
    diag_help(&I->diags, d,
              "put a flow in front that gives such numbers, as in "
              "`softplus >> log`");
    return false;
}

static bool push_forward(Interp *I, Value f, Value base, Value context, Span span,
                         Value *out)
{
    Value arg[3] = {f, base, context};
    const char *const as[3] = {NULL, NULL, "context"};
    return base_event(I, f, &arg[1], span) &&
           base_support(I, f, (Instance *)arg[1].object, span) &&
           library_dist(I, "pushforward", arg, as, context.kind == VALUE_NONE ? 2 : 3,
                        span, out);
}

bool flow_call(Interp *I, Value f, const Args *args, Value *out)
{
    Value at = value_none(), context = value_none();
    Name name = name_str(&I->names, "context");
    Span given = args->call;
    int plain = 0;
    for (int i = 0; i < args->count; i++) {
        if (args->name[i] == name)
            context = args->value[i], given = args->span[i];
        else if (args->name[i])
            return fail(I, E0314, args->span[i], "a flow",
                        name_cstr(&I->names, args->name[i]));
        else if (plain++ == 0)
            at = args->value[i];
    }
    if (plain != 1) {
        Diag *d = fail_diag(I, E0320, args->call, "a flow", plain);
        diag_help(
            &I->diags, d,
            "a point or a distribution: `f(x)`, `f(Normal(zeros(2), 1))`; what it "
            "depends on is named, `f(d, context = h)`");
        return false;
    }
    if (!placed(I, f, args->call) || !flow_conditioned(I, f, context, given))
        return false;
    if (is_instance(at, DEF_DIST))
        return push_forward(I, f, at, context, args->call, out);
    at = range_as_tensor(I, at);
    if (!value_is_number(at)) return fail(I, E0326, args->call, value_kind_text(at));
    FlowCall call = {.at = at, .context = context, .span = args->call};
    return flow_run(I, f, &call, out, NULL);
}
