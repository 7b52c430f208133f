/* SPDX-License-Identifier: MIT
 * Recording: the universal way of numeric functions (run on numbers, record on nodes),
 * what a recorded function captured, and choices made from captured numbers.
 */
#include "abstract.h"

#include <string.h>

static void recorded_free(Interp *I, Object *o)
{
    value_drop(I, ((Recorded *)o)->known);
}

Value record_node(Interp *I, Node *n, Value known)
{
    Recorded *r = object_new(I, VALUE_NODE, sizeof *r, NULL);
    r->recorder = I->recorder;
    r->node = n;
    r->known = value_keep(known);
    r->object.free = recorded_free;
    return value_object(r);
}

void recorder_init(Interp *I, Recorder *r, Graph *g, bool captures, const Closure *c)
{
    memset(r, 0, sizeof *r);
    r->graph = g;
    r->captures = captures;
    r->closure = c;
    r->outer = I->recorder;
    I->recorder = r;
}

void recorder_end(Interp *I, Recorder *r) { I->recorder = r->outer; }

void recorder_free(Interp *I, Recorder *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        value_drop(I, r->captured[i].value);
        memory_give(I->memory, r->captured[i].field,
                    r->captured[i].fields * sizeof(Name));
    }
    if (r->room) memory_give(I->memory, r->captured, r->room * sizeof *r->captured);
    r->count = r->room = 0;
    r->captured = NULL;
}

static Captured *captured_new(Interp *I, Recorder *r)
{
    if (r->count == r->room) {
        uint32_t room = r->room ? 2 * r->room : 8;
        r->captured = memory_grow(I->memory, r->captured, r->room * sizeof *r->captured,
                                  room * sizeof *r->captured);
        r->room = room;
    }
    return &r->captured[r->count++];
}

static bool capture_known(const Recorder *r, const Captured *like, Value v,
                          Captured **at)
{
    for (uint32_t i = 0; i < r->count; i++) {
        Captured *c = &r->captured[i];
        if (c->module == like->module && c->name == like->name &&
            c->fields == like->fields &&
            (!c->fields ||
             memcmp(c->field, like->field, c->fields * sizeof(Name)) == 0) &&
            value_same(c->value, v)) {
            *at = c;
            return true;
        }
    }
    return false;
}

enum { CAPTURE_DEPTH = 6 };

static Value capture_at(Interp *I, Captured *path, Value v);

static Value capture_record(Interp *I, Captured *path, Record *r)
{
    Record *copy = record_new(I);
    for (uint32_t i = 0; i < r->count; i++) {
        path->field[path->fields++] = r->name[i];
        record_set(I, copy, r->name[i], capture_at(I, path, r->value[i]));
        path->fields--;
    }
    return value_object(copy);
}

static Value capture_at(Interp *I, Captured *path, Value v)
{
    Recorder *r = I->recorder;
    Captured *c;
    if (v.kind == VALUE_RECORD && path->fields < CAPTURE_DEPTH)
        return capture_record(I, path, (Record *)v.object);
    if (!capture_known(r, path, v, &c)) {
        c = captured_new(I, r);
        *c = (Captured){
            .module = path->module, .name = path->name, .fields = path->fields};
        if (path->fields) {
            c->field = memory_take(I->memory, path->fields * sizeof(Name));
            memcpy(c->field, path->field, path->fields * sizeof(Name));
        }
        c->value = value_keep(v);
        bool number =
            value_is_number(v) && v.kind != VALUE_NODE && v.kind != VALUE_BOOL;
        if (number) {
            Shape s;
            value_shape(v, &s);
            c->node = graph_input(r->graph, value_type(v), SUPPORT_ANY, &s, r->count);
        }
    }
    return c->node ? record_node(I, c->node, v) : v;
}

Value capture(Interp *I, Module *module, Name name, Value v)
{
    Name field[CAPTURE_DEPTH];
    Captured path = {.module = module, .name = name, .field = field};
    return capture_at(I, &path, v);
}

void record_once(Interp *I)
{
    for (Recorder *r = I->recorder; r; r = r->outer) r->once = true;
}

void record_read(Interp *I, Module *module, Name name, Value v)
{
    Captured like = {.module = module, .name = name}, *at;
    for (Recorder *r = I->recorder; r; r = r->outer) {
        if (!r->notes || capture_known(r, &like, v, &at)) continue;
        at = captured_new(I, r);
        *at = like;
        at->value = value_keep(v);
    }
}

/* Pins the captured inputs that n depends on. */
static void pin(Interp *I, Recorder *r, const Node *n)
{
    Graph *g = r->graph;
    char *seen = memory_take(I->memory, n->id + 1);
    seen[n->id] = 1;
    for (uint32_t i = n->id + 1; i-- > 0;) {
        if (!seen[i]) continue;
        for (int k = 0; k < g->node[i]->n_in; k++) seen[g->node[i]->in[k]->id] = 1;
    }
    for (uint32_t i = 0; i < r->count; i++) {
        const Node *c = r->captured[i].node;
        if (c && c->id <= n->id && seen[c->id]) r->captured[i].pinned = true;
    }
    memory_give(I->memory, seen, n->id + 1);
}

bool recorded_choice(Interp *I, Value v, Span span, const char *where, Value *known)
{
    Recorded *r = (Recorded *)v.object;
    double x;
    if (r->known.kind != VALUE_NONE) {
        pin(I, r->recorder, r->node);
        *known = r->known;
        return true;
    }
    if (node_constant_value(r->node, &x)) {
        *known = r->node->type == TYPE_BOOL  ? value_bool(x != 0)
                 : r->node->type == TYPE_I64 ? value_int((int64_t)x)
                                             : value_real(x);
        return true;
    }
    if (known_later(I, v)) return vaguely(I);
    Diag *d = fail_diag(I, E0325, span, where);
    diag_help(&I->diags, d,
              "inside a differentiated function or a model, choose by element with "
              "`where(condition, a, b)`");
    return false;
}

Node *as_node(Interp *I, Value v)
{
    Graph *g = I->recorder->graph;
    if (v.kind == VALUE_NODE) return ((Recorded *)v.object)->node;
    if (v.kind == VALUE_INT) return graph_int(g, v.integer);
    if (v.kind == VALUE_REAL) return graph_real(g, v.real);
    Tensor *t = value_as_tensor(I, v);
    if (I->abstract && shape_count(&t->shape) > ABSTRACT_ELEMENTS)
        return graph_input(g, t->type,
                           type_is_real(t->type) ? support_of_data(t) : SUPPORT_ANY,
                           &t->shape, INPUT_OPEN);
    return graph_constant(g, t->type, &t->shape, t->data);
}

static bool begins_with(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* What kind of failure a room below tells: most are of shapes. */
static DiagCode failure_code(const char *message)
{
    bool numbers = begins_with(message, "the matrix ") ||
                   begins_with(message, "the foreign function ");
    if (numbers) return E0601;
    if (begins_with(message, "no derivative of ")) return E0726;
    return strstr(message, " has no slope") ? E0380 : E0202;
}

static Diag *told_failure(Interp *I, Span span, const char *message)
{
    const char *help = strstr(message, "; help: ");
    Out o;
    out_init(&o, I->memory);
    out_text(&o, (Text){message, help ? (size_t)(help - message) : strlen(message)});
    Diag *d = fail_diag(I, failure_code(message), span, o.at);
    if (help) diag_help(&I->diags, d, "%s", help + 8);
    out_free(&o);
    return d;
}

bool graph_failed(Interp *I, Span span, const char *message)
{
    told_failure(I, span, message);
    return false;
}

enum { ERROR_TEXT = 600 };

static Node *build_elem(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)n;
    return op_elem(g, *(const Elem *)ctx, in);
}

/* Numbers at once; none if it failed: error says why, or, where NaN is looked for (span
 * is not NULL), it was told. */
static bool computed(Interp *I, ExecBuild *build, void *ctx, const Value *arg, int n,
                     const Span *span, char *error, Value *out)
{
    enum { FEW = 64 };
    Tensor *small[FEW] = {NULL}, **t = small;
    size_t bytes = (size_t)n * sizeof(Tensor *);
    if (n > FEW) t = memory_take(I->memory, bytes);
    for (int i = 0; i < n; i++) t[i] = value_as_tensor(I, arg[i]);
    Tensor *y = exec_build(I->memory, &I->names, build, ctx, t, n, error);
    int e = build == build_elem ? (int)*(const Elem *)ctx : -1;
    bool ok = y && (!span || lost_tensor(I, e, *span, t, n, y));
    if (n > FEW) memory_give(I->memory, t, bytes);
    *out = y ? value_tensor(I, y) : value_none();
    return ok;
}

static bool other_recording(Interp *I, Span span)
{
    Diag *d = fail_diag(I, E0327, span);
    diag_help(&I->diags, d,
              "a function that is differentiated may not fit a model with its "
              "numbers; `log_likelihood` has slopes in its data");
    return false;
}

bool apply(Interp *I, ExecBuild *build, void *ctx, const Value *arg, int n, Span span,
           Value *out)
{
    bool recorded = false, known = true;
    for (int i = 0; i < n; i++) {
        if (I->abstract && is_unknown(arg[i])) return vaguely(I);
        if (I->abstract && arg[i].kind == VALUE_TENSOR &&
            shape_count(&arg[i].tensor->shape) > ABSTRACT_ELEMENTS)
            recorded = true, known = false;
        if (arg[i].kind == VALUE_RANGE) {
            Value v[16];
            if (n > 16) return fail(I, E0326, span, value_kind_text(arg[i]));
            for (int k = 0; k < n; k++)
                v[k] = arg[k].kind == VALUE_RANGE
                           ? range_tensor(I, (Range *)arg[k].object)
                           : arg[k];
            return apply(I, build, ctx, v, n, span, out);
        }
        if (!value_is_number(arg[i]))
            return fail(I, E0326, span, value_kind_text(arg[i]));
        if (arg[i].kind != VALUE_NODE) continue;
        recorded = true;
        if (((Recorded *)arg[i].object)->known.kind == VALUE_NONE) known = false;
        if (((Recorded *)arg[i].object)->recorder != I->recorder)
            return other_recording(I, span);
    }
    Value plain = value_none();
    char error[ERROR_TEXT] = "";
    if (!recorded && !I->abstract)
        return computed(I, build, ctx, arg, n, &span, error, out) ||
               (error[0] && graph_failed(I, span, error));
    if (known) {
        Value *v = memory_take(I->memory, (size_t)n * sizeof *v);
        for (int i = 0; i < n; i++)
            v[i] =
                arg[i].kind == VALUE_NODE ? ((Recorded *)arg[i].object)->known : arg[i];
        bool ok = computed(I, build, ctx, v, n, NULL, error, &plain);
        memory_give(I->memory, v, (size_t)n * sizeof *v);
        if (!ok && !I->abstract) return graph_failed(I, span, error);
        if (ok && !recorded) {
            *out = plain;
            return true;
        }
    }
    Graph *g = I->recorder->graph;
    Span before = g->span;
    g->span = in_library(I) && I->span.source ? I->span : span;
    Node **node = arena_take(&g->arena, (size_t)n * sizeof *node);
    for (int i = 0; i < n; i++) node[i] = as_node(I, arg[i]);
    Node *y = build(g, node, n, ctx);
    g->span = before;
    if (!y) {
        Diag *d = told_failure(I, span, g->error);
        for (int i = 0; i < n; i++)
            if (node[i] && arg[i].kind == VALUE_NODE) diag_origin(I, d, node[i]);
        return false;
    }
    /* Numbers of a size that is not known yet could not be computed: not an error. */
    if (error[0] && !shape_is_form(&y->shape)) return graph_failed(I, span, error);
    *out = record_node(I, y, plain);
    return true;
}

static const struct ElemRow {
    int arity;
    const char *types;
} elem_row[] = {
#define ELEM(name, arity, types, value, slope0, slope1, support, lo, hi)               \
    {arity, #types},
#include "ops/elem.def"
#undef ELEM
};

bool apply_elem(Interp *I, Elem e, Span span, const Value *arg, Value *out)
{
    int n = elem_row[e].arity;
    bool keeps = strcmp(elem_row[e].types, "ARITH") == 0;
    if (n == 1 && (arg[0].kind == VALUE_REAL || arg[0].kind == VALUE_INT) &&
        (keeps || strcmp(elem_row[e].types, "REAL") == 0)) {
        double x = value_as_real(arg[0]), y;
        const void *in[1] = {&x};
        elem_kernel(e, TYPE_F64)(1, &y, in);
        *out =
            keeps && arg[0].kind == VALUE_INT ? value_int((int64_t)y) : value_real(y);
        return !value_is_nan(*out) || lost_scalar(I, e, span, arg, 1);
    }
    return apply(I, build_elem, &e, arg, n, span, out);
}

void leaves_add(Interp *I, Leaves *l, Value v, Node *n)
{
    if (l->count == l->room) {
        uint32_t room = l->room ? 2 * l->room : 4;
        l->value = memory_grow(I->memory, l->value, l->room * sizeof *l->value,
                               room * sizeof *l->value);
        l->node = memory_grow(I->memory, l->node, l->room * sizeof(Node *),
                              room * sizeof(Node *));
        l->room = room;
    }
    l->value[l->count] = v;
    l->node[l->count++] = n;
}

bool value_to_inputs(Interp *I, Value v, Leaves *leaves, Value *out)
{
    *out = v;
    if (v.kind == VALUE_RECORD) {
        Record *r = (Record *)v.object, *copy = record_new(I);
        for (uint32_t i = 0; i < r->count; i++) {
            Value part;
            if (!value_to_inputs(I, r->value[i], leaves, &part)) return false;
            record_set(I, copy, r->name[i], part);
        }
        *out = value_object(copy);
    } else if (v.kind == VALUE_LIST) {
        List *l = (List *)v.object, *copy = list_new(I);
        for (uint32_t i = 0; i < l->count; i++) {
            Value part;
            if (!value_to_inputs(I, l->item[i], leaves, &part)) return false;
            list_push(I, copy, part);
        }
        *out = value_object(copy);
    } else if (value_is_number(v) && v.kind != VALUE_BOOL) {
        Shape s;
        value_shape(v, &s);
        Type t = value_type(v);
        Node *n = graph_input(I->recorder->graph, t, SUPPORT_ANY, &s,
                              1000000u + I->recorder->graph->count);
        leaves_add(I, leaves, v, n);
        *out = record_node(I, n, value_none());
    }
    return true;
}

uint32_t value_leaves(Value v)
{
    uint32_t n = 0;
    if (v.kind == VALUE_RECORD)
        for (uint32_t i = 0; i < ((Record *)v.object)->count; i++)
            n += value_leaves(((Record *)v.object)->value[i]);
    else if (v.kind == VALUE_LIST)
        for (uint32_t i = 0; i < ((List *)v.object)->count; i++)
            n += value_leaves(((List *)v.object)->item[i]);
    else
        n = value_is_number(v) && v.kind != VALUE_BOOL;
    return n;
}

Value value_from_leaves(Interp *I, Value like, const Value *leaf, uint32_t *at)
{
    if (like.kind == VALUE_RECORD) {
        Record *r = (Record *)like.object, *copy = record_new(I);
        for (uint32_t i = 0; i < r->count; i++)
            record_set(I, copy, r->name[i],
                       value_from_leaves(I, r->value[i], leaf, at));
        return value_object(copy);
    }
    if (like.kind == VALUE_LIST) {
        List *l = (List *)like.object, *copy = list_new(I);
        for (uint32_t i = 0; i < l->count; i++)
            list_push(I, copy, value_from_leaves(I, l->item[i], leaf, at));
        return value_object(copy);
    }
    return value_is_number(like) && like.kind != VALUE_BOOL ? leaf[(*at)++] : like;
}

void leaves_free(Interp *I, Leaves *l)
{
    if (!l->room) return;
    memory_give(I->memory, l->value, l->room * sizeof *l->value);
    memory_give(I->memory, l->node, l->room * sizeof(Node *));
    l->room = l->count = 0;
}
