/* SPDX-License-Identifier: MIT
 * Convolution of images [.., N, height, width, channels] with weights [.., height,
 * width, channels / groups, outputs], its transpose, and the product of images and
 * slopes that is the slope of the weights. Each is linear in both of its inputs and has
 * the other two as slopes, so slopes of any order exist. Axes in front broadcast, as a
 * matrix product's do.
 */
#include "ops/conv_int.h"

Window window_of(const Attr *a, int64_t height, int64_t width)
{
    Window w = {.size = {height, width}, .groups = a->n};
    for (int i = 0; i < 2; i++) {
        w.stride[i] = a->step[i];
        w.dilation[i] = a->perm[i];
        w.lo[i] = a->from[i];
        w.hi[i] = a->to[i];
    }
    return w;
}

int64_t window_count(const Window *w, int axis, int64_t n)
{
    int64_t reach = (w->size[axis] - 1) * w->dilation[axis] + 1;
    int64_t room = size_add(n, w->lo[axis] + w->hi[axis] - reach);
    return room < 0 ? 0 : size_add(size_div(room, w->stride[axis]), 1);
}

bool window_ok(Infer *c, const Window *w)
{
    for (int i = 0; i < 2; i++)
        if (w->size[i] < 1 || w->stride[i] < 1 || w->dilation[i] < 1 || w->lo[i] < 0 ||
            w->hi[i] < 0)
            return infer_error(c,
                               "a window's size, stride and dilation are at least 1, "
                               "and its padding at least 0");
    return true;
}

/* ---- shapes ---- */

static bool types_fit(Infer *c)
{
    const Node *a = c->in[0], *b = c->in[1];
    c->type = a->type;
    if (a->type != b->type || !type_is_real(a->type))
        return infer_error(c, "a convolution of %s and %s", type_name(a->type),
                           type_name(b->type));
    if (a->shape.rank >= 4 && b->shape.rank >= 4) return true;
    char s[SHAPE_TEXT], t[SHAPE_TEXT];
    return infer_error(c, "a convolution of %s and %s, where four axes are due",
                       shape_text(s, c->graph->names, &a->shape, true),
                       shape_text(t, c->graph->names, &b->shape, true));
}

/* The axes in front of the last four, joined; the last four left to the caller. */
static bool join_front(Infer *c)
{
    const Shape *a = &c->in[0]->shape, *b = &c->in[1]->shape;
    Shape x = *a, y = *b, both;
    x.rank -= 4;
    y.rank -= 4;
    int rank = x.rank > y.rank ? x.rank : y.rank;
    Shape lx = shape_lift(&x, 1, rank), ly = shape_lift(&y, 1, rank);
    if (!shape_broadcast_sizes(&lx, &ly, &both)) {
        char s[SHAPE_TEXT], t[SHAPE_TEXT];
        return infer_error(c,
                           "a convolution of %s and %s: the axes in front do not fit",
                           shape_text(s, c->graph->names, a, true),
                           shape_text(t, c->graph->names, b, true));
    }
    c->shape = shape_drop(&both, 0);
    c->shape.rank = rank + 4;
    return rank + 4 <= LIMIT_RANK ||
           infer_error(c, "a convolution of more than %d axes", LIMIT_RANK);
}

static int64_t *last_four(Shape *s) { return s->dim + s->rank - 4; }

static const int64_t *tail(const Shape *s) { return s->dim + s->rank - 4; }

static void put(Infer *c, int i, int64_t n, Name name)
{
    last_four(&c->shape)[i] = n;
    c->shape.name[c->shape.rank - 4 + i] = name;
}

static Name tail_name(const Shape *s, int i) { return s->name[s->rank - 4 + i]; }

static bool groups_fit(Infer *c, const Window *v, int64_t channels, int64_t rows,
                       int64_t outputs)
{
    if (v->groups >= 1 &&
        size_meet(channels, size_mul(rows, v->groups)) != SIZE_DIFFERENT &&
        (size_is_form(outputs) || outputs % v->groups == 0))
        return true;
    return infer_error(c,
                       "%lld channels in and %lld out, in %lld groups, do not fit "
                       "weights for %lld channels a group",
                       (long long)channels, (long long)outputs, (long long)v->groups,
                       (long long)rows);
}

static bool infer_conv(Infer *c)
{
    if (!types_fit(c) || !join_front(c)) return false;
    const Shape *x = &c->in[0]->shape;
    const int64_t *image = tail(x), *w = tail(&c->in[1]->shape);
    Window v = window_of(c->attr, w[0], w[1]);
    if (!window_ok(c, &v) || !groups_fit(c, &v, image[3], w[2], w[3])) return false;
    put(c, 0, image[0], tail_name(x, 0));
    for (int i = 0; i < 2; i++) {
        int64_t n = window_count(&v, i, image[1 + i]);
        if (n == 0)
            return infer_error(
                c, "a window of %lld by %lld does not fit an image of %lld by %lld",
                (long long)w[0], (long long)w[1], (long long)image[1],
                (long long)image[2]);
        put(c, 1 + i, n, n == image[1 + i] ? tail_name(x, 1 + i) : 0);
    }
    put(c, 3, w[3], tail_name(&c->in[1]->shape, 3));
    return true;
}

static bool infer_back(Infer *c)
{
    if (!types_fit(c) || !join_front(c)) return false;
    const Shape *d = &c->in[0]->shape;
    const int64_t *image = tail(d), *w = tail(&c->in[1]->shape);
    const Shape *size = &c->attr->shape;
    Window v = window_of(c->attr, w[0], w[1]);
    if (!window_ok(c, &v) ||
        !groups_fit(c, &v, size_mul(w[2], v.groups), w[2], image[3]))
        return false;
    if (size_meet(w[3], image[3]) == SIZE_DIFFERENT)
        return infer_error(c, "%lld channels do not fit weights for %lld",
                           (long long)image[3], (long long)w[3]);
    put(c, 0, image[0], tail_name(d, 0));
    for (int i = 0; i < 2; i++) {
        if (size->rank != 2 || size->dim[i] < 1 ||
            size_meet(window_count(&v, i, size->dim[i]), image[1 + i]) ==
                SIZE_DIFFERENT)
            return infer_error(c, "no image of %lld by %lld has %lld by %lld windows",
                               (long long)size->dim[0], (long long)size->dim[1],
                               (long long)image[1], (long long)image[2]);
        put(c, 1 + i, size->dim[i], size->name[i]);
    }
    put(c, 3, size_mul(w[2], v.groups), 0);
    return true;
}

static bool infer_weights(Infer *c)
{
    if (!types_fit(c) || !join_front(c)) return false;
    const int64_t *image = tail(&c->in[0]->shape), *d = tail(&c->in[1]->shape);
    const Shape *size = &c->attr->shape;
    if (size->rank != 2) return infer_error(c, "the size of the window is due");
    Window v = window_of(c->attr, size->dim[0], size->dim[1]);
    if (!window_ok(c, &v)) return false;
    bool fit = image[0] == d[0] && v.groups >= 1 && image[3] % v.groups == 0 &&
               d[3] % v.groups == 0;
    for (int i = 0; i < 2; i++)
        fit = fit && window_count(&v, i, image[1 + i]) == d[1 + i];
    if (!fit) return infer_error(c, "images and slopes do not fit the windows");
    for (int i = 0; i < 2; i++) put(c, i, size->dim[i], 0);
    put(c, 2, image[3] / v.groups, 0);
    put(c, 3, d[3], tail_name(&c->in[1]->shape, 3));
    return true;
}

/* ---- slopes and draws ---- */

/* The op with the same window and the sizes that `size` has from axis `at` of its last
 * four. */
static Node *same_window(Graph *g, const Op *op, const Node *y, Node *a, Node *b,
                         const Shape *size, int at)
{
    Attr attr = *y->attr;
    Node *in[2] = {a, b};
    attr.shape = shape_scalar();
    if (size) {
        attr.shape = shape_of(2, tail(size) + at);
        for (int i = 0; i < 2; i++) attr.shape.name[i] = tail_name(size, at + i);
    }
    return graph_node(g, op, in, 2, &attr);
}

/* x[.., N, …] with all axes in front as images. */
static Node *as_images(Graph *g, Node *x)
{
    Shape s = shape_merge(&x->shape, x->shape.rank - 3);
    return op_to_shape(g, x, &s);
}

static bool images_shared(const Node *weights)
{
    for (int i = 0; i < weights->shape.rank - 4; i++)
        if (weights->shape.dim[i] != 1) return false;
    return true;
}

/* The slope of weights w: where all images share them, those of all batches at once. */
static Node *of_weights(Graph *g, const Node *y, Node *x, Node *d, const Node *w)
{
    if (images_shared(w) && x->shape.rank == d->shape.rank) {
        bool same = true;
        for (int i = 0; i < x->shape.rank - 3; i++)
            same = same && x->shape.dim[i] == d->shape.dim[i];
        if (same) {
            x = as_images(g, x);
            d = as_images(g, d);
        }
    }
    Node *s = same_window(g, &op_conv_weights, y, x, d, &w->shape, 0);
    return op_sum_to(g, s, &w->shape);
}

static bool slope_conv(Graph *g, Node *y, Node *dy, Node **dx)
{
    Node *x = y->in[0], *w = y->in[1];
    if (g->wanted[0]) {
        Node *s = same_window(g, &op_conv_back, y, dy, w, &x->shape, 1);
        if (!(dx[0] = op_sum_to(g, s, &x->shape))) return false;
    }
    if (!g->wanted[1]) return true;
    dx[1] = of_weights(g, y, x, dy, w);
    return dx[1] != NULL;
}

static bool slope_back(Graph *g, Node *y, Node *dy, Node **dx)
{
    Node *d = y->in[0], *w = y->in[1];
    if (g->wanted[0]) {
        Node *s = same_window(g, &op_conv, y, dy, w, NULL, 0);
        if (!(dx[0] = op_sum_to(g, s, &d->shape))) return false;
    }
    if (!g->wanted[1]) return true;
    dx[1] = of_weights(g, y, dy, d, w);
    return dx[1] != NULL;
}

static bool slope_weights(Graph *g, Node *y, Node *dy, Node **dx)
{
    Node *x = y->in[0], *d = y->in[1];
    if (g->wanted[0]) {
        Node *s = same_window(g, &op_conv_back, y, d, dy, &x->shape, 1);
        if (!(dx[0] = op_sum_to(g, s, &x->shape))) return false;
    }
    if (!g->wanted[1]) return true;
    Node *s = same_window(g, &op_conv, y, x, dy, NULL, 0);
    dx[1] = op_sum_to(g, s, &d->shape);
    return dx[1] != NULL;
}

/* ---- building ---- */

static Attr window_attr(const Window *w)
{
    Attr a = attr_none();
    a.n = w->groups;
    for (int i = 0; i < 2; i++) {
        a.step[i] = w->stride[i];
        a.perm[i] = (int)w->dilation[i];
        a.from[i] = w->lo[i];
        a.to[i] = w->hi[i];
    }
    return a;
}

Node *op_convolve(Graph *g, Node *x, Node *w, const Window *window)
{
    Attr a = window_attr(window);
    Node *in[2] = {x, w};
    return graph_node(g, &op_conv, in, 2, &a);
}

Node *op_convolve_back(Graph *g, Node *d, Node *w, const Window *window,
                       const int64_t *size)
{
    Attr a = window_attr(window);
    Node *in[2] = {d, w};
    a.shape = shape_of(2, size);
    return graph_node(g, &op_conv_back, in, 2, &a);
}

/* ---- the descriptors ---- */

/* Stride, padding, dilation and groups, apart and together. */
#define WINDOW(s0, s1, lo0, lo1, hi0, hi1, d0, d1, g)                                  \
    .step = {s0, s1}, .from = {lo0, lo1}, .to = {hi0, hi1}, .perm = {d0, d1}, .n = g
static const Attr plain = {WINDOW(1, 1, 0, 0, 0, 0, 1, 1, 1)};
static const Attr same = {WINDOW(1, 1, 1, 1, 1, 1, 1, 1, 1)};
static const Attr stride = {WINDOW(2, 3, 1, 0, 0, 1, 1, 1, 1)};
static const Attr grouped = {WINDOW(1, 2, 0, 1, 1, 0, 2, 1, 2)};

static const Probe probes_conv[] = {
    {.dim = {{1, 3, 3, 2}, {2, 2, 2, 2}}, .lo = -2, .hi = 2, .attr = &plain},
    {.dim = {{2, 3, 2, 1}, {3, 3, 1, 2}}, .lo = -2, .hi = 2, .attr = &same},
    {.dim = {{1, 4, 5, 1}, {2, 3, 1, 3}}, .lo = -2, .hi = 2, .attr = &stride},
    {.dim = {{1, 3, 4, 2}, {2, 2, 1, 4}}, .lo = -2, .hi = 2, .attr = &grouped},
    {.dim = {{0, 3, 3, 1}, {2, 2, 1, 1}}, .lo = -2, .hi = 2, .attr = &plain},
    {.lo = 0},
};

#define SIZE(h, w) .shape = {.rank = 2, .dim = {h, w}}
static const Attr back_plain = {WINDOW(1, 1, 0, 0, 0, 0, 1, 1, 1), SIZE(3, 3)};
static const Attr back_same = {WINDOW(1, 1, 1, 1, 1, 1, 1, 1, 1), SIZE(3, 2)};
static const Attr back_stride = {WINDOW(2, 3, 1, 0, 0, 1, 1, 1, 1), SIZE(4, 5)};
static const Attr back_grouped = {WINDOW(1, 2, 0, 1, 1, 0, 2, 1, 2), SIZE(3, 4)};

static const Probe probes_back[] = {
    {.dim = {{1, 2, 2, 2}, {2, 2, 2, 2}}, .lo = -2, .hi = 2, .attr = &back_plain},
    {.dim = {{2, 3, 2, 2}, {3, 3, 1, 2}}, .lo = -2, .hi = 2, .attr = &back_same},
    {.dim = {{1, 2, 2, 3}, {2, 3, 1, 3}}, .lo = -2, .hi = 2, .attr = &back_stride},
    {.dim = {{1, 2, 2, 4}, {2, 2, 1, 4}}, .lo = -2, .hi = 2, .attr = &back_grouped},
    {.lo = 0},
};

static const Attr sum_plain = {WINDOW(1, 1, 0, 0, 0, 0, 1, 1, 1), SIZE(2, 2)};
static const Attr sum_same = {WINDOW(1, 1, 1, 1, 1, 1, 1, 1, 1), SIZE(3, 3)};
static const Attr sum_stride = {WINDOW(2, 3, 1, 0, 0, 1, 1, 1, 1), SIZE(2, 3)};
static const Attr sum_grouped = {WINDOW(1, 2, 0, 1, 1, 0, 2, 1, 2), SIZE(2, 2)};

static const Probe probes_weights[] = {
    {.dim = {{1, 3, 3, 2}, {1, 2, 2, 2}}, .lo = -2, .hi = 2, .attr = &sum_plain},
    {.dim = {{2, 3, 2, 1}, {2, 3, 2, 2}}, .lo = -2, .hi = 2, .attr = &sum_same},
    {.dim = {{1, 4, 5, 1}, {1, 2, 2, 3}}, .lo = -2, .hi = 2, .attr = &sum_stride},
    {.dim = {{1, 3, 4, 2}, {1, 2, 2, 4}}, .lo = -2, .hi = 2, .attr = &sum_grouped},
    {.lo = 0},
};

const Op op_conv = {.name = "convolve",
                    .arity = 2,
                    .flags = OP_SPLITS,
                    .shape = infer_conv,
                    .scratch = conv_scratch,
                    .run = conv_run,
                    .slope = slope_conv,
                    .batch = batch_in_front,
                    .probe = probes_conv};
const Op op_conv_back = {.name = "convolve_back",
                         .arity = 2,
                         .flags = OP_SPLITS,
                         .shape = infer_back,
                         .scratch = conv_back_scratch,
                         .run = conv_back_run,
                         .slope = slope_back,
                         .batch = batch_in_front,
                         .probe = probes_back};
const Op op_conv_weights = {.name = "convolve_weights",
                            .arity = 2,
                            .flags = OP_SPLITS,
                            .shape = infer_weights,
                            .scratch = conv_weights_scratch,
                            .run = conv_weights_run,
                            .slope = slope_weights,
                            .batch = batch_in_front,
                            .probe = probes_weights};
