/* SPDX-License-Identifier: MIT
 * solve_increasing: the z with f(z) == y, by element, for an f that increases. Newton's
 * method kept within a bracket (every third step halves it) until a step moves less
 * than 1e-9 (1 + |z|), and one step more; nan where that never comes, as where f does
 * not reach y or falls. Slopes are those of the implicit function.
 */
#include "eval_int.h"

#include <math.h>
#include <string.h>

enum { STEPS = 200 }; /* of which a third halve the bracket: enough for any double */
static const double tolerance = 1e-9, start_most = 10;

/* f recorded at z, and what it reads that does not depend on z. */
typedef struct Solve {
    Graph *g;
    Node *z, *y, *f, *slope;
    Node **capture;
    int captures;
} Solve;

static void *room(Graph *g, int n)
{
    return arena_take(&g->arena, (size_t)(n + 1) * sizeof(Node *));
}

static void find_captures(Solve *s)
{
    Graph *g = s->g;
    uint32_t last = s->f->id > s->slope->id ? s->f->id : s->slope->id;
    char *depends = arena_take(&g->arena, last + 1),
         *needed = arena_take(&g->arena, last + 1);
    needed[s->f->id] = needed[s->slope->id] = 1;
    for (uint32_t i = 0; i <= last; i++) {
        depends[i] = g->node[i] == s->z;
        for (int k = 0; k < g->node[i]->n_in; k++)
            depends[i] |= depends[g->node[i]->in[k]->id];
    }
    s->capture = room(g, (int)last + 1);
    for (uint32_t i = last + 1; i-- > 0;) {
        Node *n = g->node[i];
        if (!needed[i] || n == s->z) continue;
        if (depends[i])
            for (int k = 0; k < n->n_in; k++) needed[n->in[k]->id] = 1;
        else if (!node_is_constant(n))
            s->capture[s->captures++] = n;
    }
}

/* f and its slope in a graph of its own, z and what is captured read from slots. */
static bool copy_f(const Solve *s, Graph *inner, uint32_t z_slot, uint32_t first,
                   Node **input, Node **result)
{
    int n = s->captures + 1;
    Node **from = room(s->g, n), *outs[2] = {s->f, s->slope};
    from[0] = s->z;
    input[0] = graph_input(inner, s->z->type, SUPPORT_ANY, &s->z->shape, z_slot);
    for (int i = 1; i < n; i++) {
        from[i] = s->capture[i - 1];
        input[i] = graph_input(inner, from[i]->type, from[i]->support, &from[i]->shape,
                               first + (uint32_t)i - 1);
    }
    return graph_copy(inner, s->g, from, input, n, outs, 2, result);
}

static Node *either(Graph *g, Node *a, Node *b) { return op2(g, ELEM_or, a, b); }

/* The next z, with the bracket and how far there is to go. */
static void next_state(Graph *g, Node *const *in, Node *f, Node *d, Node **out)
{
    Node *z = in[0], *lo = in[1], *hi = in[2], *turn = in[3], *y = in[5];
    Node *zero = graph_real(g, 0), *one = graph_real(g, 1);
    Node *e = op2(g, ELEM_sub, f, y), *below = op2(g, ELEM_lt, e, zero);
    Node *size = op2(g, ELEM_add, op1(g, ELEM_abs, z), one);
    lo = op3(g, ELEM_where, below, z, lo);
    hi = op3(g, ELEM_where, op2(g, ELEM_gt, e, zero), z, hi);
    Node *leap = op2(g, ELEM_mul, size, graph_real(g, 4));
    Node *step = op2(g, ELEM_div, e, d);
    step = op2(g, ELEM_min, op2(g, ELEM_max, step, op1(g, ELEM_neg, leap)), leap);
    Node *newton = op2(g, ELEM_sub, z, step);
    Node *inside =
        op2(g, ELEM_and, op2(g, ELEM_ge, newton, lo), op2(g, ELEM_le, newton, hi));
    Node *width = op2(g, ELEM_sub, hi, lo);
    Node *half = op2(g, ELEM_add, lo, op2(g, ELEM_mul, width, graph_real(g, 0.5)));
    Node *out_of =
        op3(g, ELEM_where, below, op2(g, ELEM_add, z, size), op2(g, ELEM_sub, z, size));
    Node *middle = op3(g, ELEM_where, op1(g, ELEM_is_finite, width), half, out_of);
    Node *left =
        op2(g, ELEM_div, op2(g, ELEM_min, op1(g, ELEM_abs, step), width), size);
    left =
        op3(g, ELEM_where, op1(g, ELEM_is_nan, left), one, left); /* no slope there */
    left = op3(g, ELEM_where, op2(g, ELEM_eq, e, zero), zero, left);
    Node *near = op2(g, ELEM_le, left, graph_real(g, tolerance));
    Node *free =
        op2(g, ELEM_lt, op2(g, ELEM_mod, turn, graph_real(g, 3)), graph_real(g, 2));
    Node *fast = op2(g, ELEM_and, inside, either(g, near, free));
    Node *next = op3(g, ELEM_where, fast, newton, op3(g, ELEM_where, near, z, middle));
    Node *bad = op1(g, ELEM_is_nan, e);
    out[0] = op3(g, ELEM_where, op2(g, ELEM_eq, e, zero), z,
                 op3(g, ELEM_where, bad, e, next));
    out[1] = lo;
    out[2] = hi;
    out[3] = op2(g, ELEM_add, turn, one);
    out[4] = op3(g, ELEM_where, bad, zero, left);
}

static Node *search(Solve *s)
{
    Graph *g = s->g;
    enum { STATES = 5 };
    Node *clipped = op2(g, ELEM_min, op2(g, ELEM_max, s->y, graph_real(g, -start_most)),
                        graph_real(g, start_most));
    Node *state[STATES] = {clipped, graph_fill(g, TYPE_F64, -HUGE_VAL, &s->y->shape),
                           graph_fill(g, TYPE_F64, HUGE_VAL, &s->y->shape),
                           graph_real(g, 0), graph_fill(g, TYPE_F64, 1, &s->y->shape)};
    Node *result[STATES], *out[STATES], *in[STATES + 1], *f[2];
    Node **input = room(g, s->captures + 1), **capture = room(g, s->captures + 1);
    While w = {.test = graph_inner(g),
               .body = graph_inner(g),
               .most = STEPS,
               .states = STATES,
               .captured = s->captures + 1,
               .state = state,
               .capture = capture};
    if (!clipped || !copy_f(s, w.body, 0, STATES + 1, input, f)) return NULL;
    for (uint32_t i = 0; i <= STATES; i++) {
        const Node *like = i < STATES ? state[i] : s->y;
        in[i] =
            i ? graph_input(w.body, TYPE_F64, SUPPORT_ANY, &like->shape, i) : input[0];
    }
    next_state(w.body, in, f[0], f[1], out);
    Node *left = graph_input(w.test, TYPE_F64, SUPPORT_ANY, &state[4]->shape, 4);
    Node *most = op_reduce(w.test, &op_max, left, 0, false);
    w.test_out = op2(w.test, ELEM_gt, most, graph_real(w.test, tolerance));
    w.body_out = out;
    capture[0] = s->y;
    for (int i = 0; i < s->captures; i++) capture[i + 1] = s->capture[i];
    if (!w.test_out || !out[0] || !out[4] || !op_while_make(g, &w, result)) return NULL;
    Node *there = op2(g, ELEM_le, result[4], graph_real(g, tolerance));
    Node *z = op3(g, ELEM_where, there, result[0], graph_real(g, (double)NAN));
    return op3(g, ELEM_where, op1(g, ELEM_is_finite, s->y), z, s->y);
}

/* dz/dy = 1 / f'(z), and for what else f reads −(∂f/∂c) / f'(z). */
static Node *with_slope(Solve *s, Node *z)
{
    Graph *g = s->g, *inner = graph_inner(g);
    int n = s->captures + 1, k = 0;
    Node **input = room(g, n), **x = room(g, n), **out = room(g, n), **wrt = room(g, n);
    Node *f[2], *where = NULL;
    if (!copy_f(s, inner, (uint32_t)n, 1, input, f)) return NULL;
    Node *dy = graph_input(inner, TYPE_F64, SUPPORT_ANY, &z->shape, (uint32_t)n + 1);
    Node *w = op2(inner, ELEM_zdiv, dy, f[1]);
    x[0] = s->y;
    out[0] = w;
    for (int i = 0; i < s->captures; i++) {
        x[i + 1] = s->capture[i];
        if (type_is_real(s->capture[i]->type)) wrt[k++] = input[i + 1];
    }
    if (!w || (k && !graph_slope(inner, f[0], op1(inner, ELEM_neg, w), wrt, k, out + 1,
                                 &where)))
        return graph_error(g, "%.590s", inner->error);
    return op_custom_make(g, z, x, n, inner, out);
}

static bool record_f(Interp *I, Solve *s, Increasing *of, void *ctx, Span span)
{
    Value out;
    Shape shape, wide;
    Node *where = NULL;
    s->z =
        graph_input(s->g, TYPE_F64, SUPPORT_ANY, &s->y->shape, 1000000u + s->g->count);
    if (!of(I, ctx, record_node(I, s->z, value_none()), span, &out)) return false;
    if (!value_is_number(out)) return fail(I, E0326, span, value_kind_text(out));
    value_shape(out, &shape);
    if (!shape_agrees(&shape, &s->y->shape)) {
        char at[SHAPE_TEXT], bt[SHAPE_TEXT];
        if (!shape_broadcast_sizes(&shape, &s->y->shape, &wide) ||
            !shape_agrees(&shape, &wide))
            return fail(I, E0470, span, shape_text(at, &I->names, &shape, false),
                        shape_text(bt, &I->names, &s->y->shape, false));
        s->y = op_broadcast(s->g, s->y, &shape);
        return s->y ? record_f(I, s, of, ctx, span)
                    : graph_failed(I, span, s->g->error);
    }
    s->f = op_to_type(s->g, as_node(I, out), TYPE_F64);
    if (!graph_slope(s->g, s->f, NULL, &s->z, 1, &s->slope, &where))
        return graph_failed(I, span, s->g->error);
    find_captures(s);
    return true;
}

static bool solve_nodes(Interp *I, Increasing *of, void *ctx, Value y, Span span,
                        Node **out)
{
    Solve s = {.g = I->recorder->graph};
    s.y = op_to_type(s.g, as_node(I, y), TYPE_F64);
    if (!record_f(I, &s, of, ctx, span)) return false;
    if (s.g->sizes) { /* a check wants the shape alone */
        *out = op2(s.g, ELEM_add, s.y, s.f);
    } else {
        Node *z = search(&s);
        *out = z ? with_slope(&s, z) : NULL;
    }
    return *out ? true : graph_failed(I, span, s.g->error);
}

bool nodes_run(Interp *I, Graph *g, Node *const *y, int n, Span span, Value *out)
{
    char error[600];
    const Node *where;
    PlanOptions options = {.limit = I->memory_limit};
    Plan *p = plan_make(I->memory, g, y, n, NULL, 0, &options, error);
    if (!p) return graph_failed(I, span, error);
    PlanEnd end = plan_run(p, &I->stop);
    for (int i = 0; end == PLAN_DONE && i < n; i++) {
        Tensor *t = tensor_new(I->memory, y[i]->type, &y[i]->shape);
        if (t->bytes) memcpy(t->data, plan_output(p, i), t->bytes);
        out[i] = value_tensor(I, t);
    }
    if (end == PLAN_FAILED) graph_failed(I, span, plan_failure(p, &where));
    plan_free(p);
    return end == PLAN_DONE || (end == PLAN_STOPPED && !interp_stopped(I));
}

bool solve_increasing(Interp *I, Increasing *of, void *ctx, Value y, Span span,
                      Value *out)
{
    Recorder r;
    Node *n;
    if (I->recorder) {
        if (!solve_nodes(I, of, ctx, y, span, &n)) return false;
        *out = record_node(I, n, value_none());
        return true;
    }
    Graph *g = graph_new(I->memory, &I->names);
    recorder_init(I, &r, g, false, NULL);
    bool ok = solve_nodes(I, of, ctx, y, span, &n);
    recorder_end(I, &r);
    recorder_free(I, &r);
    ok = ok && nodes_run(I, g, &n, 1, span, out);
    graph_free(g);
    return ok;
}
