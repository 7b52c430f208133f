/* SPDX-License-Identifier: MIT
 * stop, which has no slope; draw, whose slope is refused; custom, whose slope is a
 * graph; while, a bounded loop whose test and body are graphs.
 */
#include "ops/ops_int.h"

static void *room(Graph *g, int n)
{
    return arena_take(&g->arena, (size_t)(n + 1) * sizeof(Node *));
}

static Node *repeated(Graph *g, Node *x, int64_t size)
{
    if (!x) return NULL;
    Shape one = shape_prepend(&x->shape, 1), all = shape_prepend(&x->shape, size);
    return op_broadcast(g, op_to_shape(g, x, &one), &all);
}

/* ---- stop ---- */

static bool infer_same(Infer *c)
{
    c->type = c->in[0]->type;
    c->shape = c->in[0]->shape;
    c->support = c->in[0]->support;
    return true;
}

static void run_same(Run *r) { buffer_copy(r->out.data, &r->in[0]); }

static bool view_same(const Node *n, const Buffer *in, Buffer *out)
{
    (void)n;
    *out = *in;
    return true;
}

static bool slope_stop(Graph *g, Node *y, Node *dy, Node **dx)
{
    (void)g, (void)y, (void)dy, (void)dx;
    return true;
}

static bool slope_draw(Graph *g, Node *y, Node *dy, Node **dx)
{
    (void)y, (void)dy, (void)dx;
    return graph_jumps(g);
}

/* ---- graphs over draws ---- */

/* Inputs for the slots of `like` (slot i like x[i]) in `inner`: plain ones, numbered
 * from `first`, and those over draws, which are the slots. */
static bool slots(Graph *inner, const Node *const *x, int n, const bool *mapped,
                  int64_t size, uint32_t first, Node **plain, Node **over)
{
    for (int i = 0; i < n; i++) {
        Shape s = x[i]->shape;
        if (s.rank >= LIMIT_RANK) return graph_error(inner, "too many axes over draws");
        plain[i] =
            graph_input(inner, x[i]->type, x[i]->support, &s, first + (uint32_t)i);
        if (mapped[i]) s = shape_prepend(&s, size);
        over[i] = graph_input(inner, x[i]->type, x[i]->support, &s, (uint32_t)i);
    }
    return true;
}

/* Copies the outputs of `from`, its slots read from plain[], and maps them over draws.
 */
static bool over_draws(Graph *inner, const Graph *from, Node *const *outs, int n_outs,
                       Node *const *plain, Node *const *over, const bool *mapped, int n,
                       int64_t size, Node **result, bool *out_mapped)
{
    Node **slot = room(inner, n), **to = room(inner, n), **copy = room(inner, n_outs);
    int k = 0;
    for (int i = 0; i < n; i++) {
        slot[k] = nest_slot(from, (uint32_t)i);
        to[k] = plain[i];
        if (slot[k]) k++;
    }
    return graph_copy(inner, from, slot, to, k, outs, n_outs, copy) &&
           graph_batch(inner, size, plain, over, mapped, n, copy, n_outs, result,
                       out_mapped);
}

/* ---- custom: attr.sub[1] the slope; slots: the xs, y, dy ---- */

static bool infer_custom(Infer *c)
{
    const Attr *a = c->attr;
    if (!a->sub[1] || c->n_in < 1) return infer_error(c, "a slope is due here");
    int n = 0;
    for (int i = 1; i <= c->n_in + 1; i++) {
        const Node *x = c->in[i < c->n_in ? i : 0];
        if (!nest_slot_fits(c, a->sub[1], (uint32_t)i - 1, x->type, &x->shape))
            return false;
        if (i >= c->n_in || !type_is_real(x->type)) continue;
        if (n >= a->sub_outs[1] || !shape_same(&a->sub_out[1][n]->shape, &x->shape) ||
            a->sub_out[1][n]->type != x->type)
            return infer_error(c, "slope %d of a function is not shaped like its input",
                               n);
        n++;
    }
    if (n != a->sub_outs[1])
        return infer_error(c, "a function has %d slopes, not %d", n, a->sub_outs[1]);
    return infer_same(c);
}

static bool slope_custom(Graph *g, Node *y, Node *dy, Node **dx)
{
    const Attr *a = y->attr;
    Node **slot = room(g, y->n_in + 1), **to = room(g, y->n_in + 1);
    Node **slope = room(g, a->sub_outs[1]);
    int n = 0;
    for (int i = 1; i <= y->n_in + 1; i++) {
        slot[n] = nest_slot(a->sub[1], (uint32_t)i - 1);
        to[n] = i < y->n_in ? y->in[i] : i == y->n_in ? y : dy;
        if (slot[n]) n++;
    }
    if (!graph_copy(g, a->sub[1], slot, to, n, a->sub_out[1], a->sub_outs[1], slope))
        return false;
    for (int i = 1, k = 0; i < y->n_in; i++)
        if (type_is_real(y->in[i]->type)) dx[i] = slope[k++];
    return true;
}

Node *op_custom_make(Graph *g, Node *y, Node *const *x, int n, Graph *slope,
                     Node *const *out)
{
    Node **in = room(g, n + 1);
    Attr a = attr_none();
    in[0] = y;
    for (int i = 0; i < n; i++) {
        in[i + 1] = x[i];
        if (!x[i]) return NULL;
        a.sub_outs[1] += type_is_real(x[i]->type);
    }
    a.sub[1] = slope;
    a.sub_out[1] =
        arena_copy(&slope->arena, out, (size_t)a.sub_outs[1] * sizeof *a.sub_out[1]);
    return graph_node(g, &op_custom, in, n + 1, &a);
}

/* The slope of every draw: repeated where it is the same, summed where its input is
 * shared. */
static bool fit_slopes(Graph *inner, const Node *y, const bool *mapped, int64_t size,
                       Node **out, const bool *out_mapped)
{
    for (int i = 1, k = 0; i < y->n_in; i++) {
        if (!type_is_real(y->in[i]->type)) continue;
        if (mapped[i] && !out_mapped[k]) out[k] = repeated(inner, out[k], size);
        if (!mapped[i] && out_mapped[k])
            out[k] = op_reduce(inner, &op_sum, out[k], -out[k]->shape.rank, false);
        if (!out[k++]) return false;
    }
    return true;
}

static Node *batch_custom(Graph *g, const Node *y, Node *const *in, const bool *mapped,
                          int64_t size)
{
    int n = y->n_in + 1, n_outs = y->attr->sub_outs[1];
    Graph *inner = graph_inner(g);
    inner->loose = true;
    const Node **x = room(g, n);
    Node **plain = room(g, n), **over = room(g, n), **out = room(g, n_outs);
    bool *over_map = arena_take(&g->arena, (size_t)n + 1);
    bool *out_mapped = arena_take(&g->arena, (size_t)n_outs + 1);
    for (int i = 0; i < n; i++) {
        x[i] = i + 1 < y->n_in ? y->in[i + 1] : y->in[0];
        over_map[i] = i + 1 < y->n_in ? mapped[i + 1] : true;
    }
    if (!slots(inner, x, n, over_map, size, (uint32_t)n, plain, over) ||
        !over_draws(inner, y->attr->sub[1], y->attr->sub_out[1], n_outs, plain, over,
                    over_map, n, size, out, out_mapped) ||
        !fit_slopes(inner, y, mapped, size, out, out_mapped))
        return graph_error(g, "%.590s", inner->error);
    Node *value = mapped[0] ? in[0] : repeated(g, in[0], size);
    return op_custom_make(g, value, in + 1, y->n_in - 1, inner, out);
}

/* ---- while: attr.n at most, perm[0] states, sub[0] test, sub[1] body ---- */

static bool infer_while(Infer *c)
{
    const Attr *a = c->attr;
    int states = a->perm[0];
    int64_t size = 0;
    if (!a->sub[0] || !a->sub[1] || states < 1 || states > c->n_in ||
        a->sub_outs[0] != 1 || a->sub_outs[1] != states)
        return infer_error(c, "a loop without test, body or state");
    if (a->sub_out[0][0]->type != TYPE_BOOL || a->sub_out[0][0]->shape.rank)
        return infer_error(c, "the test of a loop is one bool");
    c->type = c->in[0]->type;
    for (int i = 0; i < c->n_in; i++) {
        const Node *x = c->in[i];
        for (int k = 0; k < 2; k++)
            if (!nest_slot_fits(c, a->sub[k], (uint32_t)i, x->type, &x->shape))
                return false;
        if (i >= states) continue;
        const Node *next = a->sub_out[1][i];
        if (!type_is_real(x->type) || x->type != c->type || next->type != c->type ||
            !shape_agrees(&next->shape, &x->shape))
            return infer_error(c, "the state of a loop is real, of one type and shape");
        size = size_add(size, shape_count(&x->shape));
    }
    c->shape = shape_of(1, &size);
    nest_make(a->sub[0], a->sub_out[0], 1);
    nest_make(a->sub[1], a->sub_out[1], states);
    return true;
}

static size_t rounded(size_t n) { return (n + 63) & ~(size_t)63; }

/* Where inputs are bound; the two graphs. */
static size_t scratch_while(const Node *y)
{
    return rounded((size_t)y->n_in * sizeof(void *)) +
           rounded(nest_bytes(y->attr->sub[0])) + nest_bytes(y->attr->sub[1]);
}

/* Copies the state in y's own storage to where a graph reads it. */
static void give(NestRun *nest, const Run *r)
{
    const char *at = r->out.data;
    for (int i = 0; i < r->node->attr->perm[0]; i++) {
        size_t size = (size_t)buffer_count(&r->in[i]) * type_size(r->out.type);
        void *to = nest_input(nest, (uint32_t)i);
        if (to) memcpy(to, at, size);
        at += size;
    }
}

static void run_while(Run *r)
{
    const Node *y = r->node;
    const Attr *a = y->attr;
    const void **bound = r->scratch;
    char *at = (char *)r->scratch + rounded((size_t)y->n_in * sizeof(void *));
    char *state = r->out.data;
    for (int i = 0; i < y->n_in; i++) {
        bound[i] = i < a->perm[0] ? NULL : r->in[i].data;
        if (i >= a->perm[0]) continue;
        size_t size = (size_t)buffer_count(&r->in[i]) * type_size(r->out.type);
        memcpy(state, r->in[i].data, size);
        state += size;
    }
    NestRun *test = nest_open(a->sub[0], at, bound);
    NestRun *body = nest_open(a->sub[1], at + rounded(nest_bytes(a->sub[0])), bound);
    for (int64_t n = 0; n < a->n; n++) {
        give(test, r);
        if ((r->error = nest_run(test))) return;
        Buffer go = nest_output(test, 0);
        if (!*(const uint8_t *)go.data) return;
        give(body, r);
        if ((r->error = nest_run(body))) return;
        state = r->out.data;
        for (int k = 0; k < a->perm[0]; k++) {
            Buffer b = nest_output(body, k);
            buffer_copy(state, &b);
            state += (size_t)buffer_count(&b) * type_size(b.type);
        }
    }
}

static Node *while_node(Graph *g, const While *w)
{
    int n = w->states + w->captured;
    Node **in = room(g, n);
    for (int i = 0; i < n; i++)
        in[i] = i < w->states ? w->state[i] : w->capture[i - w->states];
    Attr a = attr_none();
    a.n = w->most;
    a.perm[0] = w->states;
    a.sub[0] = w->test;
    a.sub[1] = w->body;
    a.sub_outs[0] = 1;
    a.sub_outs[1] = w->states;
    a.sub_out[0] = arena_copy(&w->test->arena, &w->test_out, sizeof w->test_out);
    a.sub_out[1] = arena_copy(&w->body->arena, w->body_out,
                              (size_t)w->states * sizeof *w->body_out);
    return graph_node(g, &op_while, in, n, &a);
}

bool op_while_make(Graph *g, const While *w, Node **result)
{
    Node *y = while_node(g, w);
    int64_t at = 0;
    for (int k = 0; k < w->states && y; k++) {
        const Shape *s = &w->state[k]->shape;
        int64_t size = shape_count(s);
        result[k] = op_to_shape(g, op_slice_axis(g, y, -1, at, at + size, 1), s);
        if (!result[k]) return false;
        at += size;
    }
    return y != NULL;
}

/* Draws that are done keep their state while others go on: the test is whether any goes
 * on, the body chooses by draw. */
static bool batch_loop(Graph *test, Graph *body, const Node *y, const bool *mapped,
                       int64_t size, While *w)
{
    const Attr *a = y->attr;
    int n = y->n_in, states = a->perm[0];
    Graph *both[2] = {test, body};
    Node *go[2] = {NULL}, **plain = room(body, n), **over = room(body, n);
    Node **next = room(body, states);
    bool go_mapped, *next_mapped = arena_take(&body->arena, (size_t)states + 1);
    for (int k = 0; k < 2; k++)
        if (!slots(both[k], (const Node *const *)y->in, n, mapped, size, (uint32_t)n,
                   plain, over) ||
            !over_draws(both[k], a->sub[0], a->sub_out[0], 1, plain, over, mapped, n,
                        size, &go[k], &go_mapped))
            return false;
    w->test_out = go_mapped ? op_reduce(test, &op_max, go[0], 0, false) : go[0];
    if (!w->test_out || !over_draws(body, a->sub[1], a->sub_out[1], states, plain, over,
                                    mapped, n, size, next, next_mapped))
        return false;
    for (int k = 0; k < states; k++) {
        Shape one = shape_scalar(), s = shape_lift(&one, size, y->in[k]->shape.rank);
        Node *c = go_mapped ? op_to_shape(body, go[1], &s) : go[1];
        if (!next_mapped[k]) next[k] = repeated(body, next[k], size);
        next[k] = op3(body, ELEM_where, c, next[k], over[k]);
        if (!next[k]) return false;
    }
    w->body_out = next;
    return true;
}

static Node *batch_while(Graph *g, const Node *y, Node *const *in, const bool *mapped,
                         int64_t size)
{
    int states = y->attr->perm[0];
    bool *over = arena_copy(&g->arena, mapped, (size_t)y->n_in);
    Node **use = room(g, y->n_in), **result = room(g, states);
    for (int i = 0; i < y->n_in; i++) {
        over[i] = mapped[i] || i < states;
        use[i] = over[i] && !mapped[i] ? repeated(g, in[i], size) : in[i];
        if (!use[i]) return NULL;
    }
    While w = {.test = graph_inner(g),
               .body = graph_inner(g),
               .most = y->attr->n,
               .states = states,
               .captured = y->n_in - states,
               .state = use,
               .capture = use + states};
    w.test->loose = w.body->loose = true;
    if (!batch_loop(w.test, w.body, y, over, size, &w))
        return graph_error(g, "%.290s%.290s", w.test->error, w.body->error);
    if (!op_while_make(g, &w, result)) return NULL;
    for (int k = 0; k < states; k++) {
        Shape s = shape_of(2, (int64_t[]){size, shape_count(&y->in[k]->shape)});
        result[k] = op_to_shape(g, result[k], &s);
        if (!result[k]) return NULL;
    }
    if (states == 1) return result[0];
    Attr a = attr_none();
    a.axis = -1;
    return graph_node(g, &op_concat, result, states, &a);
}

/* ---- the descriptors ---- */

const Op op_stop = {.name = "stop",
                    .arity = 1,
                    .flags = OP_VIEW | OP_STRIDED | OP_STOPS,
                    .shape = infer_same,
                    .run = run_same,
                    .view = view_same,
                    .slope = slope_stop};
const Op op_draw = {.name = "draw",
                    .arity = 1,
                    .flags = OP_VIEW | OP_STRIDED | OP_JUMPS,
                    .shape = infer_same,
                    .run = run_same,
                    .view = view_same,
                    .slope = slope_draw};
const Op op_custom = {.name = "custom",
                      .arity = -1,
                      .flags = OP_VIEW | OP_STRIDED,
                      .shape = infer_custom,
                      .run = run_same,
                      .view = view_same,
                      .slope = slope_custom,
                      .batch = batch_custom};
const Op op_while = {.name = "while",
                     .arity = -1,
                     .shape = infer_while,
                     .scratch = scratch_while,
                     .run = run_while,
                     .batch = batch_while};
