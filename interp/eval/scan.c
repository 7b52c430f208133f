/* SPDX-License-Identifier: MIT
 * scan: a function of a state and an element, run along the first axis of tensors. It
 * is recorded once, as the step of one node (ops/scan.c), whatever the length.
 */
#include "abstract.h"
#include "words.h"

typedef struct Scanning {
    Span span, at_state, at_xs;
    Leaves state, x; /* values as given, and the inputs that stand for them */
    int64_t n;
    Value init; /* the state at first, all reals */
    Node **out; /* [outs]: what a step makes of the state */
    uint32_t outs;
    Node **all; /* [outs]: the states after each step, [n, …] */
} Scanning;

static Node *build_real(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)n, (void)ctx;
    return op_to_type(g, in[0], TYPE_F64);
}

static Node *build_same(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)g, (void)n, (void)ctx;
    return in[0];
}

/* ---- the state ---- */

/* Numbers, records and lists of them, all as reals. */
static bool state_value(Interp *I, const Scanning *s, Value v, Value *out)
{
    Value part;
    if (is_unknown(v)) return vaguely(I);
    if (v.kind == VALUE_RECORD) {
        Record *r = (Record *)v.object, *copy = record_new(I);
        *out = value_object(copy);
        for (uint32_t i = 0; i < r->count; i++) {
            if (!state_value(I, s, r->value[i], &part)) return false;
            record_set(I, copy, r->name[i], part);
        }
        return true;
    }
    if (v.kind == VALUE_LIST) {
        List *l = (List *)v.object, *copy = list_new(I);
        *out = value_object(copy);
        for (uint32_t i = 0; i < l->count; i++) {
            if (!state_value(I, s, l->item[i], &part)) return false;
            list_push(I, copy, part);
        }
        return true;
    }
    return apply(I, build_real, NULL, &v, 1, s->at_state, out);
}

static bool other_state(Interp *I, const Scanning *s, Value before, Value after)
{
    Out a, b;
    out_init(&a, I->memory);
    out_init(&b, I->memory);
    value_type_print(I, &a, before);
    value_type_print(I, &b, after);
    Diag *d = fail_diag(I, E0563, s->span, a.at, b.at);
    diag_help(&I->diags, d,
              "start from a state of the shape that a step returns, as zeros(…)");
    out_free(&a);
    out_free(&b);
    return false;
}

/* What a step returned, v, has the form and the shapes of the state. */
static bool next_state(Interp *I, Scanning *s, Value like, Value v)
{
    Shape before, after;
    Value part;
    if (is_unknown(v)) return vaguely(I);
    if (like.kind == VALUE_RECORD) {
        Record *r = (Record *)like.object;
        if (v.kind != VALUE_RECORD || ((Record *)v.object)->count != r->count)
            return other_state(I, s, like, v);
        for (uint32_t i = 0; i < r->count; i++) {
            if (!record_get((Record *)v.object, r->name[i], &part))
                return other_state(I, s, like, v);
            if (!next_state(I, s, r->value[i], part)) return false;
        }
        return true;
    }
    if (like.kind == VALUE_LIST) {
        List *l = (List *)like.object;
        if (v.kind != VALUE_LIST || ((List *)v.object)->count != l->count)
            return other_state(I, s, like, v);
        for (uint32_t i = 0; i < l->count; i++)
            if (!next_state(I, s, l->item[i], ((List *)v.object)->item[i]))
                return false;
        return true;
    }
    v = range_as_tensor(I, v);
    if (!value_shape(like, &before) || !value_shape(v, &after) ||
        !shape_agrees(&before, &after))
        return other_state(I, s, like, v);
    if (!apply(I, build_real, NULL, &v, 1, s->span, &part)) return false;
    s->out[s->outs++] = as_node(I, part);
    return true;
}

/* ---- the elements ---- */

/* Inputs for one element of xs, in its form. */
static bool element(Interp *I, Scanning *s, Value v, Value *out)
{
    Value part;
    Shape shape;
    v = range_as_tensor(I, v);
    if (is_unknown(v)) return vaguely(I);
    if (v.kind == VALUE_RECORD) {
        Record *r = (Record *)v.object, *copy = record_new(I);
        *out = value_object(copy);
        for (uint32_t i = 0; i < r->count; i++) {
            if (!element(I, s, r->value[i], &part)) return false;
            record_set(I, copy, r->name[i], part);
        }
        return true;
    }
    if (!value_shape(v, &shape) || shape.rank == 0)
        return fail(I, E0564, s->at_xs,
                    value_shape(v, &shape) ? "one number" : value_kind_text(v));
    if (s->x.count && size_meet(s->n, shape.dim[0]) == SIZE_DIFFERENT)
        return fail(I, E0565, s->at_xs, size_text(I, s->n), size_text(I, shape.dim[0]));
    if (!s->x.count) s->n = shape.dim[0];
    if (!apply(I, build_same, NULL, &v, 1, s->at_xs, &part)) return false;
    Node *x = as_node(I, part);
    shape = shape_drop(&shape, 0);
    Node *input = graph_input(I->recorder->graph, x->type, x->support, &shape,
                              1000000u + I->recorder->graph->count);
    leaves_add(I, &s->x, part, input);
    *out = record_node(I, input, value_none());
    return true;
}

/* ---- the step as a graph of its own ---- */

/* The nodes that a step reads and that are the same in every step. */
static int find_captures(const Scanning *s, Graph *g, Node **capture)
{
    int count = 0;
    char *varies = arena_take(&g->arena, g->count + 1),
         *needed = arena_take(&g->arena, g->count + 1);
    for (uint32_t i = 0; i < s->state.count; i++) varies[s->state.node[i]->id] = 1;
    for (uint32_t i = 0; i < s->x.count; i++) varies[s->x.node[i]->id] = 1;
    for (uint32_t i = 0; i < s->outs; i++) needed[s->out[i]->id] = 1;
    for (uint32_t i = 0; i < g->count; i++)
        for (int k = 0; k < g->node[i]->n_in; k++)
            varies[i] |= varies[g->node[i]->in[k]->id];
    for (uint32_t i = g->count; i-- > 0;) {
        Node *n = g->node[i];
        if (!needed[i]) continue;
        if (varies[i])
            for (int k = 0; k < n->n_in; k++) needed[n->in[k]->id] = 1;
        else if (!node_is_constant(n))
            capture[count++] = n;
    }
    return count;
}

static Node **room(Graph *g, uint32_t n)
{
    return arena_take(&g->arena, (n + 1) * sizeof(Node *));
}

static bool make_scan(Interp *I, const Scanning *s)
{
    Graph *g = I->recorder->graph;
    uint32_t c = s->state.count, x = s->x.count, n = c + x;
    Node **capture = room(g, g->count), **carry = room(g, c), **along = room(g, x);
    Scan scan = {.step = graph_inner(g),
                 .n = s->n,
                 .carries = (int)c,
                 .xs = (int)x,
                 .outs = (int)c,
                 .carry = carry,
                 .x = along,
                 .capture = capture};
    scan.captured = find_captures(s, g, capture);
    n += (uint32_t)scan.captured;
    Node **from = room(g, n), **to = room(g, n), **out = room(g, 2 * c),
         **result = room(g, 2 * c);
    for (uint32_t i = 0; i < n; i++) {
        from[i] = i < c       ? s->state.node[i]
                  : i < c + x ? s->x.node[i - c]
                              : capture[i - c - x];
        to[i] =
            graph_input(scan.step, from[i]->type, from[i]->support, &from[i]->shape, i);
    }
    for (uint32_t i = 0; i < c; i++) carry[i] = as_node(I, s->state.value[i]);
    for (uint32_t i = 0; i < x; i++) along[i] = as_node(I, s->x.value[i]);
    if (!graph_copy(scan.step, g, from, to, (int)n, s->out, (int)c, out))
        return graph_failed(I, s->span, scan.step->error);
    for (uint32_t i = 0; i < c; i++) out[c + i] = out[i];
    scan.out = out;
    if (!op_scan_make(g, &scan, result)) return graph_failed(I, s->span, g->error);
    for (uint32_t i = 0; i < c; i++) s->all[i] = result[c + i];
    return true;
}

/* ---- the word ---- */

/* Records one step; then the whole as nodes, or while checking their shapes alone. */
static bool record_scan(Interp *I, Scanning *s, const Value *arg)
{
    Value in[2], next;
    if (!state_value(I, s, arg[1], &s->init) ||
        !value_to_inputs(I, s->init, &s->state, in) || !element(I, s, arg[2], in + 1))
        return false;
    for (uint32_t i = 0; I->abstract && i < s->state.count; i++)
        s->state.node[i]->user = INPUT_OPEN;
    for (uint32_t i = 0; I->abstract && i < s->x.count; i++)
        s->x.node[i]->user = INPUT_OPEN;
    Graph *g = I->recorder->graph;
    s->out = room(g, s->state.count);
    s->all = room(g, s->state.count);
    if (!call_with(I, arg[0], in, 2, s->span, &next) ||
        !next_state(I, s, s->init, next))
        return false;
    if (!I->abstract) return make_scan(I, s);
    for (uint32_t i = 0; i < s->state.count; i++) {
        Shape shape = s->state.node[i]->shape;
        if (shape.rank >= LIMIT_RANK) return vaguely(I);
        shape = shape_prepend(&shape, s->n);
        s->all[i] = as_node(I, abstract_number(I, TYPE_F64, SUPPORT_ANY, &shape));
    }
    return true;
}

/* Without a recording around it: recorded in a graph of its own, and run. */
static bool run_scan(Interp *I, Scanning *s, const Value *arg, Value *leaf)
{
    Recorder r;
    Graph *g = graph_new(I->memory, &I->names);
    recorder_init(I, &r, g, false, NULL);
    bool ok = record_scan(I, s, arg);
    recorder_end(I, &r);
    recorder_free(I, &r);
    ok = ok && nodes_run(I, g, s->all, (int)s->state.count, s->span, leaf);
    graph_free(g);
    return ok;
}

bool word_scan(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Scanning s = {.span = args->call,
                  .at_state = word_place(I, word, args, 1),
                  .at_xs = word_place(I, word, args, 2)};
    uint32_t at = 0, most = value_leaves(arg[1]);
    Value *leaf = memory_take(I->memory, (most + 1) * sizeof *leaf);
    arg[1] = range_as_tensor(I, arg[1]);
    bool ok = I->recorder ? record_scan(I, &s, arg) : run_scan(I, &s, arg, leaf);
    for (uint32_t i = 0; ok && I->recorder && i < s.state.count; i++)
        leaf[i] = record_node(I, s.all[i], value_none());
    if (ok) *out = value_from_leaves(I, s.init, leaf, &at);
    memory_give(I->memory, leaf, (most + 1) * sizeof *leaf);
    leaves_free(I, &s.state);
    leaves_free(I, &s.x);
    return ok;
}
