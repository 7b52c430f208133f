/* SPDX-License-Identifier: MIT
 * grad, value_and_grad, jacobian, hessian: a function is recorded at its first call
 * with given shapes, and later calls run the plan while everything it read is still the
 * same.
 */
#include "abstract.h"

#include <math.h>
#include <string.h>

typedef enum { DERIVE_GRAD, DERIVE_BOTH, DERIVE_JACOBIAN, DERIVE_HESSIAN } DeriveKind;

typedef struct Derived {
    Object object;
    DeriveKind kind;
    Value f;
} Derived;

enum { OUTS = 32, VALUES = 8 };

/* A recorded function with its plan. */
typedef struct Recording {
    struct Recording *next;
    DeriveKind kind;
    const Ast *fn;
    Value f;    /* kept: its syntax must live */
    Value args; /* LIST: shapes and plain values of the call it was recorded for */
    Graph *graph;
    Recorder recorder; /* what it captured */
    Leaves leaves;     /* inputs, in order; values are not kept */
    Plan *plan;
    uint32_t outs, values; /* outputs; and values, not given out, that are no NaN */
    Node *out[OUTS + 1 + VALUES];
    Shape shape[OUTS + 1];
    Type type[OUTS + 1];
} Recording;

/* Values that slopes were taken of inside of what is recorded: where one is NaN its
 * slope is nothing, though it may be a number, as 1 / x is for log(x) below 0. */
typedef struct Taken {
    const struct Taken *next;
    Node *value;
} Taken;

static const char *const derive_name[] = {"grad", "value_and_grad", "jacobian",
                                          "hessian"};

static void derived_free(Interp *I, Object *o) { value_drop(I, ((Derived *)o)->f); }

bool derived_new(Interp *I, const char *what, Value f, Value *out)
{
    Derived *d = object_new(I, VALUE_DERIVED, sizeof *d, derived_free);
    for (int k = 0; k < 4; k++)
        if (strcmp(what, derive_name[k]) == 0) d->kind = (DeriveKind)k;
    d->f = value_keep(f);
    *out = value_object(d);
    return true;
}

static void recording_free(Interp *I, Recording *r)
{
    if (r->plan) plan_free(r->plan);
    recorder_free(I, &r->recorder);
    leaves_free(I, &r->leaves);
    if (r->graph) graph_free(r->graph);
    value_drop(I, r->f);
    value_drop(I, r->args);
    memory_give(I->memory, r, sizeof *r);
}

void recordings_free(Interp *I)
{
    for (Recording *r = I->recordings, *next; r; r = next) {
        next = r->next;
        recording_free(I, r);
    }
    I->recordings = NULL;
}

/* ---- the graph ---- */

static Node *jacobian_node(Graph *g, Node *y, Node *x)
{
    int64_t n = shape_count(&y->shape);
    Shape shape = y->shape, seed_shape = y->shape;
    Node *dy = graph_input(g, y->type, SUPPORT_ANY, &y->shape, 0), *slope, *where,
         *seed;
    if (!graph_slope(g, y, dy, &x, 1, &slope, &where)) return NULL;
    if (shape.rank + x->shape.rank > LIMIT_RANK) return NULL;
    for (int i = 0; i < x->shape.rank; i++) shape.dim[shape.rank++] = x->shape.dim[i];
    if (y->shape.rank == 0) {
        Node *one = graph_real(g, 1), *result;
        bool mapped = false, out_mapped;
        one = op_to_type(g, one, y->type);
        if (!graph_batch(g, 0, &dy, &one, &mapped, 1, &slope, 1, &result, &out_mapped))
            return NULL;
        return result;
    }
    double *eye = arena_take(&g->arena, (size_t)(n * n) * sizeof *eye);
    for (int64_t i = 0; i < n; i++) eye[i * n + i] = 1;
    seed_shape = shape_prepend(&y->shape, n);
    seed = op_to_type(g, graph_constant(g, TYPE_F64, &seed_shape, eye), y->type);
    Node *result;
    bool mapped = true, out_mapped;
    if (!graph_batch(g, n, &dy, &seed, &mapped, 1, &slope, 1, &result, &out_mapped))
        return NULL;
    if (!out_mapped) {
        Shape wide = shape_prepend(&result->shape, n);
        result = op_broadcast(g, result, &wide);
    }
    return result ? op_to_shape(g, result, &shape) : NULL;
}

static bool not_scalar(Interp *I, DeriveKind kind, Value y, Span span)
{
    Out o;
    out_init(&o, I->memory);
    value_type_print(I, &o, y);
    Diag *d = fail_diag(I, E0340, span, derive_name[kind], o.at);
    diag_help(&I->diags, d,
              "take a `sum(…)` or a `mean(…)`, or ask for the `jacobian`");
    out_free(&o);
    return false;
}

/* The outputs of one kind of derivative of y in the first `n` inputs; behind them, not
 * counted, the value itself. */
static bool derive_nodes(Interp *I, DeriveKind kind, Value y, Node **x, uint32_t n,
                         Span span, Node **outs, uint32_t *count)
{
    Graph *g = I->recorder->graph;
    Node *where = NULL;
    Shape s;
    if (!value_shape(y, &s))
        return fail(I, E0340, span, derive_name[kind], value_kind_text(y));
    Node *v = as_node(I, y);
    graph_stable(g, &v,
                 1); /* before slopes are taken: afterwards it would be too late */
    dump_graph(I, "function", g, &v, 1, NULL, 0);
    if (n > OUTS) return fail(I, E0341, span, OUTS);
    *count = n;
    if (kind == DERIVE_JACOBIAN) {
        for (uint32_t i = 0; i < n; i++)
            if (!(outs[i] = jacobian_node(g, op_to_type(g, v, TYPE_F64), x[i])))
                return graph_failed(I, span, g->error);
        outs[n] = op_to_type(g, v, TYPE_F64);
        return true;
    }
    if (s.rank != 0) return not_scalar(I, kind, y, span);
    v = op_to_type(g, v, TYPE_F64);
    Node **slope = kind == DERIVE_BOTH ? outs + 1 : outs;
    if (!graph_slope(g, v, NULL, x, (int)n, slope, &where))
        return graph_failed(I, where && where->span.source ? where->span : span,
                            g->error);
    if (kind == DERIVE_BOTH) {
        outs[0] = v;
        *count = n + 1;
    }
    outs[*count] = v;
    for (uint32_t i = 0; kind == DERIVE_HESSIAN && i < n; i++)
        if (!(outs[i] = jacobian_node(g, outs[i], x[i])))
            return graph_failed(I, span, g->error);
    return true;
}

static bool finish(Interp *I, DeriveKind kind, Value first, const Value *leaf,
                   Value *out)
{
    uint32_t at = kind == DERIVE_BOTH ? 1 : 0;
    *out = value_from_leaves(I, first, leaf, &at);
    if (kind == DERIVE_BOTH) {
        List *l = list_new(I);
        list_push(I, l, leaf[0]);
        list_push(I, l, *out);
        *out = value_object(l);
    }
    return true;
}

/* ---- inside another recording ---- */

static bool any_node(Value v);

/* A recorded number, or a function that has kept one. */
static bool keeps_node(Value v)
{
    if (v.kind == VALUE_DERIVED) return any_node(((Derived *)v.object)->f);
    if (v.kind == VALUE_FN)
        for (uint32_t i = 0; i < ((Closure *)v.object)->count; i++)
            if (any_node(((Closure *)v.object)->value[i])) return true;
    return v.kind == VALUE_NODE;
}

static bool any_node(Value v) { return value_any(v, keeps_node); }

/* The inputs of a derivative that is being recorded, innermost first. */
typedef struct Standing {
    const struct Standing *outer;
    const Leaves *leaves;
} Standing;

Node *record_stands_for(Interp *I, Node *n)
{
    for (const Standing *s = I->recorder->standing; s; s = s->outer)
        for (uint32_t i = 0; i < s->leaves->count; i++)
            if (s->leaves->node[i] == n) n = as_node(I, s->leaves->value[i]);
    return n;
}

/* The value of a derivative, and those taken inside of it (before `until`), which are
 * made of its inputs too: into outs, n that are there already. How many there are then.
 */
static uint32_t add_taken(const Interp *I, const Taken *until, Node **outs, uint32_t n)
{
    uint32_t most = n + VALUES - 1;
    for (const Taken *t = I->recorder->taken; t != until && n < most; t = t->next)
        outs[n++] = t->value;
    return n;
}

static void keep_taken(Interp *I, const Taken *until, Node **value, uint32_t n)
{
    I->recorder->taken = until;
    for (uint32_t i = 0; i < n && I->recorder->captures; i++) {
        Taken *t = arena_take(&I->recorder->graph->arena, sizeof *t);
        *t = (Taken){I->recorder->taken, value[i]};
        I->recorder->taken = t;
    }
}

static bool derive_inline(Interp *I, Derived *d, const Args *args, Value *out)
{
    Graph *g = I->recorder->graph;
    Leaves leaves = {0};
    Value first = args->value[0], y, leaf[OUTS + 1];
    Node *outs[OUTS + 1 + VALUES], *result[OUTS + 1 + VALUES], *to[OUTS];
    bool mapped[OUTS] = {0}, out_mapped[OUTS + 1 + VALUES];
    uint32_t count = 0, all = 0;
    const Taken *before = I->recorder->taken;
    Args inner = *args;
    Value *value = memory_take(I->memory, (size_t)args->count * sizeof *value);
    memcpy(value, args->value, (size_t)args->count * sizeof *value);
    inner.value = value;
    Standing here = {I->recorder->standing, &leaves};
    bool ok = value_to_inputs(I, first, &leaves, &value[0]);
    I->recorder->standing = &here;
    ok = ok && call_value(I, d->f, &inner, &y);
    I->recorder->standing = here.outer;
    ok = ok && derive_nodes(I, d->kind, y, leaves.node, leaves.count, args->call, outs,
                            &count);
    if (ok) all = add_taken(I, before, outs, count + 1);
    for (uint32_t i = 0; ok && i < leaves.count; i++)
        to[i] = as_node(I, leaves.value[i]);
    if (ok && !graph_batch(g, 0, leaves.node, to, mapped, (int)leaves.count, outs,
                           (int)all, result, out_mapped))
        ok = graph_failed(I, args->call, g->error);
    if (ok) keep_taken(I, before, result + count, all - count);
    for (uint32_t i = 0; ok && i < count; i++)
        leaf[i] = record_node(I, result[i], value_none());
    ok = ok && finish(I, d->kind, first, leaf, out);
    leaves_free(I, &leaves);
    memory_give(I->memory, value, (size_t)args->count * sizeof *value);
    return ok;
}

/* ---- recorded once, run often ---- */

static Value real_leaves(Interp *I, Value v)
{
    if (v.kind == VALUE_INT) return value_real((double)v.integer);
    if (v.kind == VALUE_TENSOR && v.tensor->type == TYPE_I64)
        return (Value){.kind = VALUE_TENSOR, .tensor = value_as_type(I, v, TYPE_F64)};
    if (v.kind == VALUE_RECORD) {
        Record *r = (Record *)v.object, *copy = record_new(I);
        for (uint32_t i = 0; i < r->count; i++)
            record_set(I, copy, r->name[i], real_leaves(I, r->value[i]));
        return value_object(copy);
    }
    if (v.kind == VALUE_RANGE)
        return real_leaves(I, range_tensor(I, (Range *)v.object));
    return v;
}

static bool same_signature(Value a, Value b)
{
    if (a.kind == VALUE_RECORD && b.kind == VALUE_RECORD) {
        Record *x = (Record *)a.object, *y = (Record *)b.object;
        if (x->count != y->count) return false;
        for (uint32_t i = 0; i < x->count; i++)
            if (x->name[i] != y->name[i] || !same_signature(x->value[i], y->value[i]))
                return false;
        return true;
    }
    if (a.kind == VALUE_LIST && b.kind == VALUE_LIST) {
        List *x = (List *)a.object, *y = (List *)b.object;
        if (x->count != y->count) return false;
        for (uint32_t i = 0; i < x->count; i++)
            if (!same_signature(x->item[i], y->item[i])) return false;
        return true;
    }
    Shape s, t;
    if (value_shape(a, &s) && value_shape(b, &t) && a.kind != VALUE_BOOL &&
        b.kind != VALUE_BOOL)
        return value_type(a) == value_type(b) && shape_same(&s, &t);
    return value_same(a, b);
}

static bool captured_now(const Captured *c, Value f, Value *now)
{
    bool found = false;
    if (c->module) {
        found = module_get(c->module, c->name, now);
    } else if (f.kind == VALUE_FN) {
        const Closure *k = (const Closure *)f.object;
        for (uint32_t i = 0; i < k->count && !found; i++)
            if (k->captured[i] == c->name) {
                *now = k->value[i];
                found = true;
            }
    }
    for (uint32_t i = 0; found && i < c->fields; i++)
        found = now->kind == VALUE_RECORD &&
                record_get((Record *)now->object, c->field[i], now);
    return found;
}

static bool still_holds(const Recording *r, Value f)
{
    for (uint32_t i = 0; i < r->recorder.count; i++) {
        const Captured *c = &r->recorder.captured[i];
        Value now;
        if (!captured_now(c, f, &now)) return false;
        if (c->node && !c->pinned ? !same_signature(now, c->value)
                                  : !value_same(now, c->value))
            return false;
    }
    return true;
}

static Recording *find(Interp *I, const Derived *d, Value args)
{
    if (d->f.kind != VALUE_FN) return NULL;
    for (Recording *r = I->recordings; r; r = r->next)
        if (r->kind == d->kind && r->fn == ((Closure *)d->f.object)->fn &&
            same_signature(r->args, args) && still_holds(r, d->f))
            return r;
    return NULL;
}

static void leaf_values(Interp *I, Value v, Value *leaf, uint32_t *count)
{
    if (v.kind == VALUE_RECORD)
        for (uint32_t i = 0; i < ((Record *)v.object)->count; i++)
            leaf_values(I, ((Record *)v.object)->value[i], leaf, count);
    else if (v.kind == VALUE_LIST)
        for (uint32_t i = 0; i < ((List *)v.object)->count; i++)
            leaf_values(I, ((List *)v.object)->item[i], leaf, count);
    else if (value_is_number(v) && v.kind != VALUE_BOOL)
        leaf[(*count)++] = v;
}

/* The plan: what is given out, then the values that must not be NaN. */
static bool plan_both(Interp *I, Recording *r, Node **outs, const Args *args)
{
    char error[600];
    PlanOptions options = {.limit = I->memory_limit};
    memcpy(r->out, outs, (r->outs + 1) * sizeof *outs);
    r->values = r->kind == DERIVE_BOTH ? 0 : 1;
    for (const Taken *t = r->recorder.taken; t && r->values < VALUES; t = t->next)
        r->out[r->outs + r->values++] = t->value;
    int n = (int)(r->outs + r->values);
    r->plan = plan_make(I->memory, r->graph, r->out, n, NULL, 0, &options, error);
    return r->plan || graph_failed(I, args->call, error);
}

static bool record(Interp *I, Derived *d, const Args *args, Value list, Recording *r)
{
    Node *outs[OUTS + 2];
    Value y, *value = memory_take(I->memory, (size_t)args->count * sizeof *value);
    Args inner = *args;
    inner.value = value;
    r->graph = graph_new(I->memory, &I->names);
    Handler *handler = I->handler;
    I->handler = NULL;
    recorder_init(I, &r->recorder, r->graph, true,
                  d->f.kind == VALUE_FN ? (Closure *)d->f.object : NULL);
    uint32_t first = 0;
    bool ok = true;
    for (int i = 0; ok && i < args->count; i++) {
        ok = value_to_inputs(I, ((List *)list.object)->item[i], &r->leaves, &value[i]);
        if (i == 0) first = r->leaves.count;
    }
    if (ok && first == 0)
        ok = fail(I, E0342, args->call, derive_name[d->kind],
                  value_kind_text(args->value[0]));
    ok = ok && call_value(I, d->f, &inner, &y) &&
         derive_nodes(I, d->kind, y, r->leaves.node, first, args->call, outs, &r->outs);
    recorder_end(I, &r->recorder);
    I->handler = handler;
    memory_give(I->memory, value, (size_t)args->count * sizeof *value);
    if (!ok || !plan_both(I, r, outs, args)) return false;
    for (uint32_t i = 0; i < r->outs; i++) {
        r->shape[i] = outs[i]->shape;
        r->type[i] = outs[i]->type;
    }
    dump_graph(I, derive_name[d->kind], r->graph, outs, (int)r->outs, r->plan, 1);
    return true;
}

enum { LEAVES = 256 };

/* The numbers of the call, and what the function captured, into a plan over its graph.
 */
static void bind_call(Interp *I, const Recording *r, Plan *plan, Value f,
                      const Value *value)
{
    for (uint32_t i = 0; i < r->leaves.count; i++)
        plan_bind(plan, r->leaves.node[i],
                  value_as_type(I, value[i], r->leaves.node[i]->type)->data);
    for (uint32_t i = 0; i < r->recorder.count; i++) {
        const Captured *c = &r->recorder.captured[i];
        Value now;
        if (!c->node || !captured_now(c, f, &now)) continue;
        plan_bind(plan, c->node, value_as_type(I, now, c->node->type)->data);
    }
}

/* Whether the slopes are finite; a value beside them may be infinite. */
static bool all_finite(const Recording *r, const Value *leaf)
{
    for (uint32_t i = 0; i < r->outs; i++) {
        Value v = leaf[i];
        bool slope = i > 0 || r->kind != DERIVE_BOTH;
        if (v.kind == VALUE_REAL && (slope ? !isfinite(v.real) : v.real != v.real))
            return false;
        const double *x = v.kind == VALUE_TENSOR && v.tensor->type == TYPE_F64
                              ? v.tensor->data
                              : NULL;
        for (int64_t k = x ? shape_count(&v.tensor->shape) : 0; k-- > 0;)
            if (!isfinite(x[k])) return false;
    }
    return true;
}

static bool any_nan(const Recording *r)
{
    for (uint32_t i = r->outs; i < r->outs + r->values; i++) {
        const double *x = plan_output(r->plan, (int)i);
        for (int64_t k = shape_count(&r->out[i]->shape); k-- > 0;)
            if (x[k] != x[k]) return true;
    }
    return false;
}

/* The call once more with every node watched: E0641 at the first number that is not
 * finite, unless that was given. `finite`: the slopes are, so it is a value without one
 * that is told. */
static bool tell_bad(Interp *I, Recording *r, Value f, const Value *value, Span span,
                     bool finite)
{
    char error[600];
    int64_t element = 0;
    PlanOptions options = {.watch = true};
    int outs = (int)(r->outs + (finite ? r->values : 0));
    Plan *p = plan_make(I->memory, r->graph, r->out, outs, NULL, 0, &options, error);
    if (!p) return graph_failed(I, span, error);
    bind_call(I, r, p, f, value);
    plan_run(p, NULL);
    const Node *n = bad_find(p, &element);
    bool given = !n || n->op == &op_input;
    BadPlace at = {
        .code = E0641, .what = "value", .in = "asked for here", .call = span};
    if (n && (bad_is_slope(n) || (r->kind != DERIVE_BOTH && !finite)))
        at.what = "slope";
    given = given || (finite && !bad_made(p, n));
    if (!given) bad_tell(I, p, n, element, &at);
    plan_free(p);
    return given;
}

static bool run(Interp *I, Recording *r, Value f, Value list, Span span, Value *leaf)
{
    Value value[LEAVES];
    uint32_t count = 0;
    if (r->leaves.count > LEAVES) return fail(I, E0341, span, LEAVES);
    leaf_values(I, list, value, &count);
    bind_call(I, r, r->plan, f, value);
    PlanEnd end = plan_run(r->plan, &I->stop);
    if (end == PLAN_STOPPED) return !interp_stopped(I);
    if (end == PLAN_FAILED) {
        const Node *where;
        const char *why = plan_failure(r->plan, &where);
        return fail(I, E0601, where && where->span.source ? where->span : span, why);
    }
    for (uint32_t i = 0; i < r->outs; i++) {
        Tensor *t = tensor_new(I->memory, r->type[i], &r->shape[i]);
        memcpy(t->data, plan_output(r->plan, (int)i),
               (size_t)shape_count(&r->shape[i]) * type_size(r->type[i]));
        leaf[i] = value_tensor(I, t);
    }
    bool finite = all_finite(r, leaf);
    return I->choosing || in_library(I) || (finite && !any_nan(r)) ||
           tell_bad(I, r, f, value, span, finite);
}

/* While a program is checked: f is called once, and a slope is shaped like what it is
 * taken in. */
static bool derive_checked(Interp *I, Derived *d, const Args *args, Value *out)
{
    Leaves leaves = {0};
    Value first = real_leaves(I, args->value[0]), y, leaf[OUTS + 1];
    Args inner = *args;
    Value value[16];
    Shape s;
    *out = value_unknown();
    if (args->count > 16) return true;
    memcpy(value, args->value, (size_t)args->count * sizeof *value);
    inner.value = value;
    bool ok = value_to_inputs(I, first, &leaves, &value[0]);
    for (uint32_t i = 0; i < leaves.count; i++) leaves.node[i]->user = INPUT_OPEN;
    if (ok && leaves.count == 0 && !value_has_unknown(first))
        ok = fail(I, E0342, args->call, derive_name[d->kind], value_kind_text(first));
    ok = ok && call_value(I, d->f, &inner, &y);
    if (ok && !value_has_unknown(y) && !value_shape(y, &s))
        ok = fail(I, E0340, args->call, derive_name[d->kind], value_kind_text(y));
    else if (ok && !value_has_unknown(y) && d->kind != DERIVE_JACOBIAN && s.rank)
        ok = not_scalar(I, d->kind, y, args->call);
    bool like = d->kind == DERIVE_GRAD || d->kind == DERIVE_BOTH;
    if (ok && like && !value_has_unknown(first) && !value_has_unknown(y) &&
        leaves.count && leaves.count <= OUTS) {
        leaf[0] = y;
        for (uint32_t i = 0; i < leaves.count; i++)
            leaf[i + (d->kind == DERIVE_BOTH)] =
                abstract_number(I, TYPE_F64, SUPPORT_ANY, &leaves.node[i]->shape);
        ok = finish(I, d->kind, first, leaf, out);
    }
    leaves_free(I, &leaves);
    return ok;
}

bool derived_call(Interp *I, Value v, const Args *args, Value *out)
{
    Derived *d = (Derived *)v.object;
    Value leaf[OUTS + 1];
    if (args->count == 0) return fail(I, E0343, args->call, derive_name[d->kind]);
    if (I->abstract) return derive_checked(I, d, args, out);
    if (I->recorder && any_node(d->f)) return derive_inline(I, d, args, out);
    for (int i = 0; I->recorder && i < args->count; i++)
        if (any_node(args->value[i])) return derive_inline(I, d, args, out);
    List *l = list_new(I);
    list_push(I, l, real_leaves(I, args->value[0]));
    for (int i = 1; i < args->count; i++)
        list_push(I, l,
                  args->value[i].kind == VALUE_RANGE
                      ? range_tensor(I, (Range *)args->value[i].object)
                      : args->value[i]);
    Value list = value_object(l);
    Recording *r = find(I, d, list);
    if (!r) {
        r = memory_take(I->memory, sizeof *r);
        r->kind = d->kind;
        r->f = value_keep(d->f);
        r->args = value_keep(list);
        if (!record(I, d, args, list, r)) {
            recording_free(I, r);
            return false;
        }
        bool keep = d->f.kind == VALUE_FN && !r->recorder.once;
        if (keep) {
            r->fn = ((Closure *)d->f.object)->fn;
            r->next = I->recordings;
            I->recordings = r;
        }
        bool ok = run(I, r, d->f, list, args->call, leaf) &&
                  finish(I, d->kind, l->item[0], leaf, out);
        if (!keep) recording_free(I, r);
        return ok;
    }
    return run(I, r, d->f, list, args->call, leaf) &&
           finish(I, d->kind, l->item[0], leaf, out);
}
