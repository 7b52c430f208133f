/* SPDX-License-Identifier: MIT
 * Windows over images [.., height, width, channels] without weights: the number at the
 * place of the largest, the sum, and their transposes; and images in another size. All
 * but the choice of the largest is linear, so slopes of any order exist.
 */
#include "ops/conv_int.h"

/* attr.shape: the window's size, and for window_spread the image's behind it. */
static Window window_of_attr(const Attr *a)
{
    return window_of(a, a->shape.dim[0], a->shape.dim[1]);
}

static bool image_fits(Infer *c, int n_in)
{
    for (int i = 0; i < n_in; i++) {
        const Node *x = c->in[i];
        if (type_is_real(x->type) && x->type == c->in[0]->type && x->shape.rank >= 3)
            continue;
        char s[SHAPE_TEXT];
        return infer_error(c, "images [.., height, width, channels] are due, not %s%s",
                           type_name(x->type),
                           shape_text(s, c->graph->names, &x->shape, true));
    }
    c->type = c->in[0]->type;
    c->shape = c->in[0]->shape;
    return true;
}

/* The window of c: less padding than window, so that none lies outside. */
static bool window_fits(Infer *c, Window *w)
{
    if (c->attr->shape.rank < 2) return infer_error(c, "the window's size is due");
    *w = window_of_attr(c->attr);
    if (!window_ok(c, w)) return false;
    for (int i = 0; i < 2; i++)
        if (w->lo[i] >= w->size[i] || w->hi[i] >= w->size[i] || w->dilation[i] != 1)
            return infer_error(c, "the padding of a window is less than its size");
    return true;
}

static bool shape_windows(Infer *c, const Window *w)
{
    Shape *s = &c->shape;
    for (int i = 0; i < 2; i++) {
        int at = s->rank - 3 + i;
        int64_t n = window_count(w, i, s->dim[at]);
        if (n == 0)
            return infer_error(
                c, "a window of %lld by %lld does not fit an image of %lld by %lld",
                (long long)w->size[0], (long long)w->size[1],
                (long long)c->in[0]->shape.dim[s->rank - 3],
                (long long)c->in[0]->shape.dim[s->rank - 2]);
        if (n != s->dim[at]) s->name[at] = 0;
        s->dim[at] = n;
    }
    return true;
}

static bool infer_sum(Infer *c)
{
    Window w;
    return image_fits(c, 1) && window_fits(c, &w) && shape_windows(c, &w);
}

static bool infer_take(Infer *c)
{
    Window w;
    c->support = c->in[1]->support == SUPPORT_SIMPLEX ? SUPPORT_ANY : c->in[1]->support;
    return image_fits(c, 2) &&
           (shape_same(&c->in[0]->shape, &c->in[1]->shape) ||
            infer_error(c, "two images of one shape are due")) &&
           window_fits(c, &w) && shape_windows(c, &w);
}

static bool infer_put(Infer *c)
{
    Window w;
    if (!image_fits(c, 2) || !window_fits(c, &w) || !shape_windows(c, &w)) return false;
    if (!shape_same(&c->shape, &c->in[1]->shape))
        return infer_error(c, "one number for each window is due");
    c->shape = c->in[0]->shape;
    return true;
}

static bool infer_spread(Infer *c)
{
    Window w;
    if (!image_fits(c, 1) || !window_fits(c, &w)) return false;
    const Shape *size = &c->attr->shape;
    for (int i = 0; i < 2; i++) {
        int at = c->shape.rank - 3 + i;
        if (size->rank != 4 ||
            window_count(&w, i, size->dim[2 + i]) != c->shape.dim[at])
            return infer_error(c, "one number for each window is due");
        c->shape.dim[at] = size->dim[2 + i];
        c->shape.name[at] = size->name[2 + i];
    }
    return true;
}

static bool infer_resize(Infer *c)
{
    if (!image_fits(c, 1)) return false;
    for (int i = 0; i < 2; i++) {
        int at = c->shape.rank - 3 + i;
        if (c->shape.dim[at] < 1 || c->attr->shape.rank != 2 ||
            c->attr->shape.dim[i] < 1)
            return infer_error(c, "an image has at least one row and column");
        c->shape.dim[at] = c->attr->shape.dim[i];
        c->shape.name[at] = c->attr->shape.name[i];
    }
    return true;
}

/* ---- numbers ---- */

/* From images like x to images like y. */
static WindowRun run_of(const Run *r, const Shape *x, const Shape *y)
{
    WindowRun w = {.images = 1, .channels = x->dim[x->rank - 1]};
    if (r->node->attr->step[0]) w.window = window_of_attr(r->node->attr);
    for (int i = 0; i < x->rank - 3; i++) w.images *= x->dim[i];
    for (int i = 0; i < 2; i++) {
        w.size[i] = x->dim[x->rank - 3 + i];
        w.out[i] = y->dim[y->rank - 3 + i];
    }
    w.room = r->scratch;
    return w;
}

static size_t scratch_room(const Node *n)
{
    return (size_t)n->shape.dim[n->shape.rank - 1] * 16;
}

static const WindowLoops *loops(const Run *r)
{
    return r->out.type == TYPE_F32 ? &window_loops_f32 : &window_loops_f64;
}

static void clear(const Run *r)
{
    memset(r->out.data, 0, (size_t)buffer_count(&r->out) * type_size(r->out.type));
}

static void run_take(Run *r)
{
    WindowRun w = run_of(r, &r->node->in[0]->shape, &r->node->shape);
    loops(r)->take(&w, r->in[0].data, r->in[1].data, r->out.data);
}

static void run_put(Run *r)
{
    WindowRun w = run_of(r, &r->node->shape, &r->node->in[1]->shape);
    clear(r);
    loops(r)->put(&w, r->in[0].data, r->in[1].data, r->out.data);
}

static void run_sum(Run *r)
{
    WindowRun w = run_of(r, &r->node->in[0]->shape, &r->node->shape);
    clear(r);
    loops(r)->sum(&w, r->in[0].data, r->out.data);
}

static void run_spread(Run *r)
{
    WindowRun w = run_of(r, &r->node->shape, &r->node->in[0]->shape);
    clear(r);
    loops(r)->spread(&w, r->in[0].data, r->out.data);
}

static void run_resize(Run *r)
{
    WindowRun w = run_of(r, &r->node->in[0]->shape, &r->node->shape);
    clear(r);
    loops(r)->resize(&w, r->in[0].data, r->out.data);
}

static void run_resize_back(Run *r)
{
    WindowRun w = run_of(r, &r->node->shape, &r->node->in[0]->shape);
    clear(r);
    loops(r)->resize_back(&w, r->in[0].data, r->out.data);
}

/* ---- slopes ---- */

static Node *again(Graph *g, const Op *op, const Node *y, Node *a, Node *b)
{
    Node *in[2] = {a, b};
    return graph_node(g, op, in, b ? 2 : 1, y->attr);
}

/* The choice itself has no slope but where it changes. */
static bool slope_take(Graph *g, Node *y, Node *dy, Node **dx)
{
    if (g->wanted[1]) dx[1] = again(g, &op_window_put, y, y->in[0], dy);
    return !g->wanted[1] || dx[1];
}

static bool slope_put(Graph *g, Node *y, Node *dy, Node **dx)
{
    if (g->wanted[1]) dx[1] = again(g, &op_window_take, y, y->in[0], dy);
    return !g->wanted[1] || dx[1];
}

static bool slope_sum(Graph *g, Node *y, Node *dy, Node **dx)
{
    Attr a = *y->attr;
    const Shape *x = &y->in[0]->shape;
    a.shape.rank = 4;
    for (int i = 0; i < 2; i++) {
        a.shape.dim[2 + i] = x->dim[x->rank - 3 + i];
        a.shape.name[2 + i] = x->name[x->rank - 3 + i];
    }
    dx[0] = graph_node(g, &op_window_spread, &dy, 1, &a);
    return dx[0] != NULL;
}

static bool slope_spread(Graph *g, Node *y, Node *dy, Node **dx)
{
    Attr a = *y->attr;
    a.shape = shape_of(2, y->attr->shape.dim);
    dx[0] = graph_node(g, &op_window_sum, &dy, 1, &a);
    return dx[0] != NULL;
}

/* resize of y's input, or its transpose, back to the input's size. */
static bool resize_slope(Graph *g, const Op *op, const Node *y, Node *dy, Node **dx)
{
    Attr a = attr_none();
    const Shape *x = &y->in[0]->shape;
    a.shape.rank = 2;
    for (int i = 0; i < 2; i++) {
        a.shape.dim[i] = x->dim[x->rank - 3 + i];
        a.shape.name[i] = x->name[x->rank - 3 + i];
    }
    dx[0] = graph_node(g, op, &dy, 1, &a);
    return dx[0] != NULL;
}

static bool slope_resize(Graph *g, Node *y, Node *dy, Node **dx)
{
    return resize_slope(g, &op_resize_back, y, dy, dx);
}

static bool slope_resize_back(Graph *g, Node *y, Node *dy, Node **dx)
{
    return resize_slope(g, &op_resize, y, dy, dx);
}

/* ---- building ---- */

static Attr attr_of(const Window *w)
{
    Attr a = attr_none();
    a.n = 1;
    a.shape = shape_of(2, w->size);
    for (int i = 0; i < 2; i++) {
        a.step[i] = w->stride[i];
        a.perm[i] = 1;
        a.from[i] = w->lo[i];
        a.to[i] = w->hi[i];
    }
    return a;
}

Node *op_window_max(Graph *g, Node *x, const Window *window)
{
    Attr a = attr_of(window);
    Node *in[2] = {x, x};
    return graph_node(g, &op_window_take, in, 2, &a);
}

Node *op_window_total(Graph *g, Node *x, const Window *window)
{
    Attr a = attr_of(window);
    return graph_node(g, &op_window_sum, &x, 1, &a);
}

/* Axis `axis` of x, not empty, in another size, each place from the nearest one. */
static Node *nearest(Graph *g, Node *x, int axis, int64_t size)
{
    if (!x) return NULL;
    int64_t n = x->shape.dim[x->shape.rank + axis];
    Shape s = shape_of(1, &size);
    if (n == size) return x;
    int64_t *at = arena_take(&g->arena, (size_t)size * sizeof *at);
    for (int64_t i = 0; i < size; i++) at[i] = i * n / size;
    Node *in[2] = {x, graph_constant(g, TYPE_I64, &s, at)};
    Attr a = attr_none();
    a.axis = axis;
    return graph_node(g, &op_take, in, 2, &a);
}

Node *op_to_size(Graph *g, Node *x, const int64_t *size, bool bilinear)
{
    if (!x) return NULL;
    bool open = size_is_form(size[0]) || size_is_form(size[1]) ||
                size_is_form(x->shape.dim[x->shape.rank - 3]) ||
                size_is_form(x->shape.dim[x->shape.rank - 2]);
    if (!bilinear && !open) return nearest(g, nearest(g, x, -3, size[0]), -2, size[1]);
    Attr a = attr_none();
    a.shape = shape_of(2, size);
    return graph_node(g, &op_resize, &x, 1, &a);
}

/* ---- the descriptors ---- */

#define WINDOW(s0, s1, lo0, lo1, hi0, hi1)                                             \
    .step = {s0, s1}, .from = {lo0, lo1}, .to = {hi0, hi1}, .perm = {1, 1}, .n = 1
static const Attr halves = {WINDOW(2, 2, 0, 0, 0, 0),
                            .shape = {.rank = 2, .dim = {2, 2}}};
static const Attr over = {WINDOW(1, 2, 1, 0, 1, 1),
                          .shape = {.rank = 2, .dim = {3, 2}}};
static const Attr halves_back = {WINDOW(2, 2, 0, 0, 0, 0),
                                 .shape = {.rank = 4, .dim = {2, 2, 5, 4}}};
static const Attr over_back = {WINDOW(1, 2, 1, 0, 1, 1),
                               .shape = {.rank = 4, .dim = {3, 2, 3, 4}}};
static const Attr small = {.shape = {.rank = 2, .dim = {2, 3}}};
static const Attr large = {.shape = {.rank = 2, .dim = {5, 4}}};

static const Probe probes_take[] = {
    {.dim = {{5, 4, 2, -1}, {5, 4, 2, -1}}, .lo = -9, .hi = 9, .attr = &halves},
    {.dim = {{2, 3, 4, 1}, {2, 3, 4, 1}}, .lo = -9, .hi = 9, .attr = &over},
    {.lo = 0},
};
static const Probe probes_put[] = {
    {.dim = {{5, 4, 2, -1}, {2, 2, 2, -1}}, .lo = -9, .hi = 9, .attr = &halves},
    {.dim = {{2, 3, 4, 1}, {2, 3, 2, 1}}, .lo = -9, .hi = 9, .attr = &over},
    {.lo = 0},
};
static const Probe probes_sum[] = {
    {.dim = {{5, 4, 2, -1}}, .lo = -2, .hi = 2, .attr = &halves},
    {.dim = {{2, 3, 4, 1}}, .lo = -2, .hi = 2, .attr = &over},
    {.lo = 0},
};
static const Probe probes_spread[] = {
    {.dim = {{2, 2, 2, -1}}, .lo = -2, .hi = 2, .attr = &halves_back},
    {.dim = {{2, 3, 2, 1}}, .lo = -2, .hi = 2, .attr = &over_back},
    {.lo = 0},
};
static const Probe probes_resize[] = {
    {.dim = {{3, 2, 2, -1}}, .lo = -2, .hi = 2, .attr = &large},
    {.dim = {{2, 4, 5, 1}}, .lo = -2, .hi = 2, .attr = &small},
    {.dim = {{2, 3, 1, -1}}, .lo = -2, .hi = 2, .attr = &small},
    {.lo = 0},
};

const Op op_window_take = {.name = "window_take",
                           .arity = 2,
                           .shape = infer_take,
                           .scratch = scratch_room,
                           .run = run_take,
                           .slope = slope_take,
                           .probe = probes_take};
const Op op_window_put = {.name = "window_put",
                          .arity = 2,
                          .shape = infer_put,
                          .scratch = scratch_room,
                          .run = run_put,
                          .slope = slope_put,
                          .probe = probes_put};
const Op op_window_sum = {.name = "window_sum",
                          .arity = 1,
                          .shape = infer_sum,
                          .scratch = scratch_room,
                          .run = run_sum,
                          .slope = slope_sum,
                          .probe = probes_sum};
const Op op_window_spread = {.name = "window_spread",
                             .arity = 1,
                             .shape = infer_spread,
                             .scratch = scratch_room,
                             .run = run_spread,
                             .slope = slope_spread,
                             .probe = probes_spread};
const Op op_resize = {.name = "resize",
                      .arity = 1,
                      .shape = infer_resize,
                      .scratch = scratch_room,
                      .run = run_resize,
                      .slope = slope_resize,
                      .probe = probes_resize};
const Op op_resize_back = {.name = "resize_back",
                           .arity = 1,
                           .shape = infer_resize,
                           .scratch = scratch_room,
                           .run = run_resize_back,
                           .slope = slope_resize_back,
                           .probe = probes_resize};
