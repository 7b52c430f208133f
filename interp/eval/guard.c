/* SPDX-License-Identifier: MIT
 * Where a distribution lives. Its formulas are asked inside the support alone: the
 * declared one (`on positive`) and the members `lower` and `upper`. Outside, and so
 * that no slope of an unused formula leaks, the answer is a constant. Also the bounds
 * of what is made of others, and what a definition `requires` of its parameters
 * together.
 */
#include "abstract.h"

#include <math.h>

typedef struct Guard {
    Support support;
    bool from, to, cdf;  /* has lower, upper; is a cdf or the like */
    double below, above; /* the answers outside */
} Guard;

/* Whether x lies below the support; NULL where nothing does. in: x, lower, upper. Of a
 * cdf the answer at infinity is known too. */
static Node *build_low(Graph *g, Node *const *in, const Guard *k)
{
    Node *x = op_to_type(g, in[0], TYPE_F64), *zero = graph_real(g, 0);
    if (k->from) return op2(g, ELEM_lt, x, op_to_type(g, in[1], TYPE_F64));
    if (k->support == SUPPORT_POSITIVE) return op2(g, ELEM_le, x, zero);
    if (k->support == SUPPORT_NONNEGATIVE || k->support == SUPPORT_UNIT)
        return op2(g, ELEM_lt, x, zero);
    return k->cdf ? op2(g, ELEM_eq, x, graph_real(g, -HUGE_VAL)) : NULL;
}

static Node *build_high(Graph *g, Node *const *in, const Guard *k)
{
    Node *x = op_to_type(g, in[0], TYPE_F64);
    if (k->to) return op2(g, ELEM_gt, x, op_to_type(g, in[1 + k->from], TYPE_F64));
    if (k->support == SUPPORT_UNIT) return op2(g, ELEM_gt, x, graph_real(g, 1));
    return k->cdf ? op2(g, ELEM_eq, x, graph_real(g, HUGE_VAL)) : NULL;
}

/* A finite number inside the support. */
static Node *build_inside(Graph *g, Node *const *in, const Guard *k)
{
    Node *x = graph_real(g, k->support == SUPPORT_ANY ? 0 : 0.5);
    for (int i = k->from + k->to; i >= 1; i--) {
        Node *bound = op_to_type(g, in[i], TYPE_F64);
        x = op3(g, ELEM_where, op1(g, ELEM_is_finite, bound), bound, x);
    }
    return x;
}

/* Whether each event of x, vector or matrix, lies in the support. */
static Node *build_within(Graph *g, Node *x, const Guard *k)
{
    Attr a = {.n = k->support};
    x = op_to_type(g, x, TYPE_F64);
    return x ? graph_node(g, &op_inside, &x, 1, &a) : NULL;
}

/* A point of the support, like the last axes of s. */
static Node *build_point(Graph *g, Support support, const Shape *s)
{
    int rank = support_rank(support);
    int64_t k = s->dim[s->rank - 1], n = rank == 2 ? k * k : k;
    double *x = arena_take(&g->arena, (size_t)(n + 1) * sizeof *x);
    for (int64_t i = 0; i < n; i++)
        x[i] = rank == 2                    ? i % (k + 1) == 0
               : support == SUPPORT_ORDERED ? (double)i
                                            : 1 / (double)k;
    Shape event = shape_of(rank, (int64_t[]){k, k});
    return graph_constant(g, TYPE_F64, &event, x);
}

static Node *build_safe_event(Graph *g, Node *x, const Guard *k)
{
    Node *inside = build_within(g, x, k);
    if (!inside) return NULL;
    Shape wide = inside->shape;
    for (int i = 0; i < support_rank(k->support); i++) {
        wide.name[wide.rank] = 0;
        wide.dim[wide.rank++] = 1;
    }
    inside = op_broadcast(g, op_to_shape(g, inside, &wide), &x->shape);
    Node *point = op_broadcast(g, build_point(g, k->support, &x->shape), &x->shape);
    return op3(g, ELEM_where, inside, op_to_type(g, x, TYPE_F64), point);
}

/* x, and a point inside where it lies outside. */
static Node *build_safe(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)n;
    const Guard *k = ctx;
    if (support_rank(k->support)) return build_safe_event(g, in[0], k);
    Node *low = build_low(g, in, k), *high = build_high(g, in, k);
    Node *out = low && high ? op2(g, ELEM_or, low, high) : low ? low : high;
    return out ? op3(g, ELEM_where, out, build_inside(g, in, k), in[0]) : in[0];
}

/* in: x, lower, upper, and what the formula says. */
static Node *build_answer(Graph *g, Node *const *in, int n, void *ctx)
{
    const Guard *k = ctx;
    if (support_rank(k->support))
        return op3(g, ELEM_where, build_within(g, in[0], k), in[n - 1],
                   graph_real(g, k->below));
    Node *y = in[n - 1], *low = build_low(g, in, k), *high = build_high(g, in, k);
    Node *below = graph_real(g, k->below), *above = graph_real(g, k->above);
    if (low) y = op_elem(g, ELEM_where, (Node *[]){low, below, y});
    if (high) y = op_elem(g, ELEM_where, (Node *[]){high, above, y});
    return y;
}

static bool known_inside(Value x, const Guard *k)
{
    if (k->from || k->to || k->cdf) return false;
    if (k->support != SUPPORT_POSITIVE && k->support != SUPPORT_NONNEGATIVE &&
        k->support != SUPPORT_UNIT && !support_rank(k->support))
        return true;
    return x.kind == VALUE_NODE &&
           support_fits(((Recorded *)x.object)->node->support, k->support);
}

/* Reads `lower` and `upper` into v[1] and v[2]; *n counts x and them. */
static bool bounds(Interp *I, Instance *d, Guard *k, Value *v, int *n)
{
    for (int i = 0; i < 2; i++) {
        bool missing, *has = i ? &k->to : &k->from;
        Name name = name_str(&I->names, i ? "upper" : "lower");
        *has = dist_has(d, name);
        if (!*has) continue;
        if (!instance_member(I, d, name, NULL, 0, &missing, &v[*n])) return false;
        ++*n;
    }
    return true;
}

/* A discrete distribution steps at whole numbers alone, and has mass there alone. */
static bool whole_value(Interp *I, Instance *d, bool density, Span span, Value *x)
{
    if (x->kind == VALUE_NODE || !type_is_real(value_type(*x))) return true;
    if (density) return whole_number(I, *x, x) || fail(I, E0210, span, dist_name(I, d));
    return apply_elem(I, ELEM_floor, span, x, x);
}

bool dist_guarded(Interp *I, Instance *d, const char *member, Value x, double below,
                  double above, Span span, bool *missing, Value *out)
{
    Guard k = {.cdf = below < above || below > above, .below = below, .above = above};
    Value v[4] = {x};
    Shape event;
    Type t;
    int n = 1;
    *missing = false;
    if (x.kind == VALUE_RANGE) v[0] = range_tensor(I, (Range *)x.object);
    if (I->abstract && (value_has_unknown(x) || value_has_unknown(value_object(d))))
        return vaguely(I);
    if (!value_is_number(v[0])) return fail(I, E0326, span, value_kind_text(x));
    if (!dist_support(I, d, &k.support, &t) || !dist_event(I, d, &event)) return false;
    if (t == TYPE_I64 && !whole_value(I, d, below == above, span, &v[0])) return false;
    /* What a distribution is made of looks after its own support. */
    if (dist_inner(I, d)) k.support = SUPPORT_ANY;
    bool guard = event.rank == support_rank(k.support);
    if (guard && event.rank == 0 && !bounds(I, d, &k, v, &n)) return false;
    guard = guard && !known_inside(v[0], &k);
    Offer offer = {.name = dist_value_name(I, d), .value = v[0]};
    if (guard && !apply(I, build_safe, &k, v, n, span, &offer.value)) return false;
    if (!instance_member(I, d, name_str(&I->names, member), &offer, 1, missing, out))
        return false;
    if (!guard) return true;
    v[n] = *out;
    return apply(I, build_answer, &k, v, n + 1, span, out);
}

/* ---- bounds on the whole ---- */

/* The least (or greatest) of all numbers of v, if they are known. */
static Value extreme(Interp *I, Value v, bool greatest)
{
    if (v.kind == VALUE_NODE || v.kind == VALUE_UNKNOWN) return v;
    Tensor *t = value_as_type(I, v, TYPE_F64);
    const double *x = t->data;
    double most = greatest ? -HUGE_VAL : HUGE_VAL;
    for (int64_t i = 0, n = shape_count(&t->shape); i < n; i++)
        if (greatest ? x[i] > most : x[i] < most) most = x[i];
    return value_real(most);
}

/* Joins two bounds: the wider interval of both, or what they have in common. */
static bool join(Interp *I, bool wider, const Value other[2], Value bound[2])
{
    for (int i = 0; i < 2; i++) {
        Value both[2] = {bound[i], other[i]};
        if (both[0].kind == VALUE_UNKNOWN || both[1].kind == VALUE_UNKNOWN)
            bound[i] = value_unknown();
        else if (!apply_elem(I, wider == (i == 0) ? ELEM_min : ELEM_max, I->span, both,
                             &bound[i]))
            return false;
    }
    return true;
}

static bool bounds_of_parts(Interp *I, const List *l, Value bound[2])
{
    Value other[2];
    for (uint32_t k = 0; k < l->count; k++) {
        Instance *part = (Instance *)l->item[k].object;
        if (!dist_bounds(I, part, k ? other : bound)) return false;
        if (k && !join(I, true, other, bound)) return false;
    }
    return true;
}

/* Whether d maps its draws by a flow, or has a batch axis of its inner distribution for
 * itself, as a mixture has the components'. */
static bool takes(Interp *I, const Instance *d, const char *word, uint32_t axes)
{
    Name name = name_str(&I->names, word);
    for (uint32_t i = 0; i < d->def->def->count; i++) {
        const Ast *type = d->def->def->list[i]->a;
        if (type && type->name == name && type->count >= axes) return true;
    }
    return false;
}

bool dist_bounds(Interp *I, Instance *d, Value bound[2])
{
    static const char *const member[2] = {"lower", "upper"};
    const List *parts = dist_parts(I, d);
    Instance *inner = dist_inner(I, d);
    Value other[2];
    if (parts) return bounds_of_parts(I, parts, bound);
    for (int i = 0; i < 2; i++) {
        bool missing;
        Name name = name_str(&I->names, member[i]);
        bound[i] = value_real(i ? HUGE_VAL : -HUGE_VAL);
        if (dist_has(d, name) &&
            !instance_member(I, d, name, NULL, 0, &missing, &bound[i]))
            return false;
    }
    if (!inner || takes(I, d, "flow", 0)) return true;
    if (!dist_bounds(I, inner, other)) return false;
    uint32_t event = d->def->def->b->a->count;
    for (int i = 0; i < 2 && takes(I, d, "dist", event + 1); i++)
        other[i] = extreme(I, other[i], i == 1);
    return join(I, false, other, bound);
}

static bool required_wrong(Interp *I, Instance *d, const Ast *condition, Span span)
{
    const Ast *def = d->def->def;
    const Source *s = I->source[condition->span.source - 1];
    Text text = {s->text.at + condition->span.from,
                 condition->span.to - condition->span.from};
    Diag *g = fail_diag(I, E0390, span, dist_name(I, d), (int)text.len, text.at);
    Out o;
    out_init(&o, I->memory);
    for (uint32_t i = 0; i < def->count; i++) {
        if (d->argument[i].state != ARGUMENT_GIVEN) continue;
        Value v = d->argument[i].value;
        if (!value_is_scalar(v)) continue;
        out_fmt(&o, "%s`%s` is %g", o.len ? ", " : "here ",
                name_cstr(&I->names, def->list[i]->name), value_as_real(v));
    }
    if (o.len) diag_help(&I->diags, g, "%s", o.at);
    out_free(&o);
    return false;
}

bool dist_requires(Interp *I, Instance *d, Span span)
{
    Name name = name_str(&I->names, "requires");
    const Ast *condition = member_text(d, name);
    bool missing;
    Value v;
    if (!condition) return true;
    for (uint32_t i = 0; i < d->def->def->count; i++)
        if (d->argument[i].value.kind == VALUE_NODE ||
            value_has_unknown(d->argument[i].value))
            return true; /* not known yet */
    if (!instance_member(I, d, name, NULL, 0, &missing, &v)) return false;
    if (!value_is_number(v) || value_type(v) != TYPE_BOOL || v.kind == VALUE_NODE)
        return fail(I, E0301, condition->span, value_kind_text(v));
    const Tensor *t = value_as_tensor(I, v);
    for (int64_t i = 0, n = shape_count(&t->shape); i < n; i++)
        if (tensor_real_at(t, i) == 0) return required_wrong(I, d, condition, span);
    return true;
}
