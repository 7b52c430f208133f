/* SPDX-License-Identifier: MIT
 * How a convolution runs: an image is copied between margins of zeros where it needs
 * them, weights are laid out as the kernels read them, and each line of an output is
 * one call. The way back (convolve_back) is the same walk over the slopes, once for
 * each place of an output within a stride, as its weights are others. A team takes
 * images, or rows of the slopes of weights, each number made as by one thread alone.
 */
#include "ops/conv_int.h"

#include <stdatomic.h>

/* One element of the window: where it looks, from where a position begins, and which
 * it is. */
typedef struct Tap {
    int64_t y, x, k;
} Tap;

/* From images [height, width, channels] to others, through windows. */
typedef struct Walk {
    Window window;
    bool back;
    int64_t size[2], out[2];        /* of the images read and written */
    int64_t channels, out_channels; /* the same */
    int64_t before[2], after[2];    /* margins of the image read */
    int64_t step[2], phases[2];     /* of positions; places within a stride */
    int64_t taps;
} Walk;

static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

/* a / b rounded up, b > 0. */
static int64_t up(int64_t a, int64_t b) { return a > 0 ? (a + b - 1) / b : -(-a / b); }

static void walk_margins(Walk *w, int i)
{
    const Window *v = &w->window;
    int64_t reach = (v->size[i] - 1) * v->dilation[i];
    w->phases[i] = w->back ? v->stride[i] : 1;
    w->step[i] = w->back ? 1 : v->stride[i];
    if (w->back) {
        w->before[i] = most(0, up(reach - v->lo[i], v->stride[i]));
        w->after[i] =
            most(0, (w->out[i] - 1 + v->lo[i]) / v->stride[i] - (w->size[i] - 1));
    } else {
        int64_t end = (w->out[i] - 1) * v->stride[i] + reach + 1;
        w->before[i] = v->lo[i];
        w->after[i] = most(0, end - v->lo[i] - w->size[i]);
    }
}

static Walk walk_of(const Window *window, bool back, const Shape *from, const Shape *to)
{
    Walk w = {.window = *window, .back = back};
    const int64_t *in = from->dim + from->rank - 3, *out = to->dim + to->rank - 3;
    w.channels = in[2];
    w.out_channels = out[2];
    w.taps = window->size[0] * window->size[1];
    for (int i = 0; i < 2; i++) {
        w.size[i] = in[i];
        w.out[i] = out[i];
        walk_margins(&w, i);
    }
    return w;
}

static int64_t padded(const Walk *w, int i)
{
    return w->before[i] + w->size[i] + w->after[i];
}

static bool has_margins(const Walk *w)
{
    return w->before[0] || w->before[1] || w->after[0] || w->after[1];
}

static int64_t group_channels(const Walk *w, bool out)
{
    return (out ? w->out_channels : w->channels) / w->window.groups;
}

/* Outputs of a phase along an axis. */
static int64_t positions(const Walk *w, int i, int64_t phase)
{
    return w->out[i] <= phase ? 0
                              : (w->out[i] - phase + w->phases[i] - 1) / w->phases[i];
}

/* Where element k of the window looks along axis i; false: nowhere in this phase. */
static bool tap_at(const Walk *w, int i, int64_t phase, int64_t k, int64_t *at)
{
    const Window *v = &w->window;
    if (!w->back) {
        *at = k * v->dilation[i];
        return true;
    }
    int64_t place = phase + v->lo[i] - k * v->dilation[i] + w->before[i] * v->stride[i];
    *at = place / v->stride[i];
    return place % v->stride[i] == 0;
}

/* The taps of a phase in the order in which their numbers lie. */
static int64_t find_taps(const Walk *w, const int64_t *phase, Tap *tap)
{
    const int64_t *size = w->window.size;
    int64_t n = 0;
    for (int64_t i = 0; i < size[0]; i++)
        for (int64_t j = 0; j < size[1]; j++) {
            int64_t y = w->back ? size[0] - 1 - i : i,
                    x = w->back ? size[1] - 1 - j : j;
            Tap t = {.k = y * size[1] + x};
            if (tap_at(w, 0, phase[0], y, &t.y) && tap_at(w, 1, phase[1], x, &t.x))
                tap[n++] = t;
        }
    return n;
}

/* The numbers of one group under the taps; neighbouring ones become one segment. */
static int64_t find_segments(const Walk *w, const Tap *tap, int64_t taps, int64_t group,
                             Segment *s)
{
    int64_t n = 0, channels = group_channels(w, false);
    for (int64_t i = 0; i < taps; i++) {
        int64_t at = (tap[i].y * padded(w, 1) + tap[i].x) * w->channels;
        at += group * channels;
        if (n && s[n - 1].at + s[n - 1].n == at)
            s[n - 1].n += channels;
        else
            s[n++] = (Segment){at, channels};
    }
    return n;
}

/* Whether few channels come of many, so that lanes run over those that come in. */
static bool is_few(const Walk *w, const ConvKernel *kernel)
{
    return group_channels(w, true) <= 2 * kernel->few_block &&
           group_channels(w, false) >= kernel->lanes;
}

static int64_t block_of(const Walk *w, const ConvKernel *kernel)
{
    return is_few(w, kernel) ? kernel->few_block : kernel->block;
}

/* ---- scratch ---- */

typedef struct Space {
    char *at;
    size_t used;
} Space;

static void *take(Space *s, size_t size)
{
    char *p = s->at ? s->at + s->used : NULL;
    s->used += (size + 63) & ~(size_t)63;
    return p;
}

/* What one thread works in. */
typedef struct Work {
    Tap *tap;
    Segment *segment;
    char *weights, *image;
} Work;

/* What a walk needs beside its inputs: the kernels' order of weights unless `sums`. */
static Work work_take(Space *s, const Walk *w, Type type, bool sums)
{
    Work k = {0};
    int64_t block = block_of(w, conv_kernel(type));
    int64_t wide = up(group_channels(w, true), block) * block;
    k.tap = take(s, (size_t)w->taps * sizeof(Tap));
    k.segment = take(s, (size_t)w->taps * sizeof(Segment));
    if (!sums)
        k.weights = take(s, (size_t)(w->taps * w->channels * wide) * type_size(type));
    if (has_margins(w))
        k.image = take(s, (size_t)(padded(w, 0) * padded(w, 1) * w->channels) *
                              type_size(type));
    return k;
}

static Work lane_work(const Run *r, int64_t lane, const Walk *w, bool sums)
{
    Space s = {.at = r->scratch};
    if (lane) s.at = r->team->scratch + (size_t)(lane - 1) * r->team->each;
    return work_take(&s, w, r->node->type, sums);
}

/* Multiplications that make up for waking a thread: some tens of microseconds. */
enum { CONV_SHARE = 4000000 };

/* How many threads to take. */
static int lanes_of(const Run *r, const Walk *w, int64_t images)
{
    const int64_t *places = w->back ? w->size : w->out;
    int64_t each = w->taps * group_channels(w, false) * w->out_channels;
    double work = (double)(places[0] * places[1] * images) * (double)each;
    return r->team && work > CONV_SHARE ? r->team->threads : 1;
}

static void run_lanes(const Run *r, int lanes,
                      void (*work)(void *ctx, int64_t lane, int worker), void *ctx)
{
    if (lanes > 1)
        r->team->run(r->team->pool, lanes, work, ctx);
    else
        work(ctx, 0, 0);
}

/* The image between its margins, or as it lies. The margins are zero from the start of
 * the run. */
static const char *with_margins(const Walk *w, const Work *k, const char *image,
                                size_t size)
{
    if (!k->image) return image;
    size_t line = (size_t)(w->size[1] * w->channels) * size;
    char *to =
        k->image +
        (size_t)((w->before[0] * padded(w, 1) + w->before[1]) * w->channels) * size;
    for (int64_t y = 0; y < w->size[0]; y++) {
        memcpy(to, image, line);
        to += (size_t)(padded(w, 1) * w->channels) * size;
        image += line;
    }
    return k->image;
}

static void clear_margins(const Walk *w, const Work *k, size_t size)
{
    if (k->image)
        memset(k->image, 0, (size_t)(padded(w, 0) * padded(w, 1) * w->channels) * size);
}

/* ---- weights as the kernels read them ---- */

#define COPY_STEPS(T)                                                                  \
    for (int64_t i = 0; i < n; i++)                                                    \
        ((T *)(void *)to)[i * to_step] = ((const T *)(const void *)from)[i * from_step];

static void copy_steps(Type type, char *to, int64_t to_step, const char *from,
                       int64_t from_step, int64_t n)
{
    if (type == TYPE_F32)
        COPY_STEPS(float)
    else
        COPY_STEPS(double)
}
#undef COPY_STEPS

/* Where a number of a panel lies: that of row r and column j at r * row + j * column.
 */
typedef struct Panel {
    int64_t row, column, block;
} Panel;

/* Weights [taps, channels / groups, outputs] of convolve, or of convolve_back, whose
 * outputs are those channels, into a panel of `block` outputs from `first`. */
static void pack_block(const Walk *w, const char *from, Type type, const Tap *tap,
                       int64_t taps, int64_t group, int64_t first, const Panel *panel,
                       char *to)
{
    int64_t in = group_channels(w, false), out = group_channels(w, true);
    int64_t last = w->back ? w->channels : w->out_channels;
    int64_t rows = w->back ? out : in;
    int64_t next_out = w->back ? last : 1, next_in = w->back ? 1 : last;
    int64_t base = group * (w->back ? in : out) + first * next_out;
    int64_t width = out - first < panel->block ? out - first : panel->block;
    size_t size = type_size(type);
    if (width < panel->block) memset(to, 0, (size_t)(taps * in * panel->block) * size);
    for (int64_t t = 0; t < taps; t++)
        for (int64_t c = 0; c < in; c++) {
            int64_t at = tap[t].k * rows * last + base + c * next_in;
            int64_t put = (t * in + c) * panel->row;
            copy_steps(type, to + (size_t)put * size, panel->column,
                       from + (size_t)at * size, next_out, width);
        }
}

/* All of them: by phase, group and block. */
static void pack(const Walk *w, const Work *k, const char *weights, Type type)
{
    const ConvKernel *kernel = conv_kernel(type);
    int64_t block = block_of(w, kernel), out = group_channels(w, true);
    char *to = k->weights;
    Tap *tap = k->tap;
    for (int64_t py = 0; py < w->phases[0]; py++)
        for (int64_t px = 0; px < w->phases[1]; px++) {
            int64_t phase[2] = {py, px}, taps = find_taps(w, phase, tap);
            int64_t rows = taps * group_channels(w, false);
            Panel panel = {block, 1, block};
            if (is_few(w, kernel)) panel = (Panel){1, rows, block};
            for (int64_t g = 0; g < w->window.groups; g++)
                for (int64_t at = 0; at < out; at += block) {
                    pack_block(w, weights, type, tap, taps, g, at, &panel, to);
                    to += (size_t)(rows * block) * type_size(type);
                }
        }
}

/* ---- running ---- */

/* The outputs of one group and phase; *weights moves behind its panels. */
static void run_group(const Walk *w, ConvLine *l, Type type, const int64_t *phase,
                      int64_t group, const char *image, char *out, const char **weights)
{
    const ConvKernel *kernel = conv_kernel(type);
    size_t size = type_size(type);
    int64_t rows = 0, channels = group_channels(w, true);
    for (int64_t s = 0; s < l->segments; s++) rows += l->segment[s].n;
    char *to = out + (size_t)((phase[0] * w->out[1] + phase[1]) * w->out_channels +
                              group * channels) *
                         size;
    int64_t block = block_of(w, kernel);
    l->x = image;
    l->x_step = w->step[1] * w->channels;
    l->x_line = w->step[0] * padded(w, 1) * w->channels;
    l->y_step = w->phases[1] * w->out_channels;
    l->y_line = w->phases[0] * w->out[1] * w->out_channels;
    l->positions = positions(w, 1, phase[1]);
    l->lines = positions(w, 0, phase[0]);
    for (int64_t at = 0; at < channels; at += block) {
        l->w = *weights;
        l->y = to + (size_t)at * size;
        l->channels = channels - at < block ? channels - at : block;
        if (is_few(w, kernel))
            kernel->few(l);
        else
            kernel->line(l);
        *weights += (size_t)(rows * block) * size;
    }
}

static void run_image(const Walk *w, const Work *k, Type type, const char *weights,
                      const char *image, char *out)
{
    for (int64_t py = 0; py < w->phases[0]; py++)
        for (int64_t px = 0; px < w->phases[1]; px++) {
            int64_t phase[2] = {py, px}, taps = find_taps(w, phase, k->tap);
            for (int64_t g = 0; g < w->window.groups; g++) {
                ConvLine l = {.segment = k->segment};
                l.segments = find_segments(w, k->tap, taps, g, k->segment);
                run_group(w, &l, type, phase, g, image, out, &weights);
            }
        }
}

/* Elements from the start to batch number i of x, whose own axes are the last `core`;
 * axes aligned at their ends. */
static int64_t batch_offset(const Buffer *x, const Buffer *out, int64_t i)
{
    int64_t at = 0, step = 1, stride[LIMIT_RANK];
    for (int k = x->rank - 1; k >= 0; k--) {
        stride[k] = step;
        step *= x->dim[k];
    }
    for (int axis = out->rank - 5; axis >= 0; axis--) {
        int64_t k = i % out->dim[axis];
        i /= out->dim[axis];
        int own = axis - (out->rank - x->rank);
        if (own >= 0 && x->dim[own] != 1) at += k * stride[own];
    }
    return at;
}

/* Numbers of the last n axes. */
static int64_t last_count(const Shape *s, int n)
{
    int64_t count = 1;
    for (int i = s->rank - n; i < s->rank; i++) count *= s->dim[i];
    return count;
}

static Walk walk_of_node(const Node *y, bool back)
{
    const Shape *w = &y->in[1]->shape;
    Window v = window_of(y->attr, w->dim[w->rank - 4], w->dim[w->rank - 3]);
    return walk_of(&v, back, &y->in[0]->shape, &y->shape);
}

/* Images to walk over; lanes take the next one each. */
typedef struct Images {
    const Run *run;
    const Walk *walk;
    Type type;
    int64_t count, read, made; /* images, bytes of one */
    const char *x, *weights;
    char *y;
    bool again; /* margins are clear */
    _Atomic int64_t next;
} Images;

static void take_images(void *ctx, int64_t lane, int worker)
{
    Images *m = ctx;
    Work k = lane_work(m->run, lane, m->walk, false);
    (void)worker;
    if (!m->again) clear_margins(m->walk, &k, type_size(m->type));
    for (;;) {
        int64_t n = atomic_fetch_add_explicit(&m->next, 1, memory_order_relaxed);
        if (n >= m->count) return;
        const char *image =
            with_margins(m->walk, &k, m->x + n * m->read, type_size(m->type));
        run_image(m->walk, &k, m->type, m->weights, image, m->y + n * m->made);
    }
}

static void run_walk(Run *r, bool back)
{
    const Node *y = r->node;
    Walk w = walk_of_node(y, back);
    Work k = lane_work(r, 0, &w, false);
    int64_t size = (int64_t)type_size(y->type),
            images = y->shape.dim[y->shape.rank - 4];
    int64_t read = last_count(&y->in[0]->shape, 3), made = last_count(&y->shape, 3);
    if (shape_count(&y->shape) == 0) return;
    int64_t batches = shape_count(&y->shape) / (images * made), packed = -1;
    Images m = {.run = r,
                .walk = &w,
                .type = y->type,
                .count = images,
                .read = read * size,
                .made = made * size,
                .weights = k.weights};
    int lanes = lanes_of(r, &w, images);
    for (int64_t b = 0; b < batches; b++) {
        int64_t weights = batch_offset(&r->in[1], &r->out, b);
        m.x = r->in[0].data;
        m.x += batch_offset(&r->in[0], &r->out, b) * size;
        m.y = (char *)r->out.data + b * images * m.made;
        atomic_store_explicit(&m.next, 0, memory_order_relaxed);
        if (weights != packed)
            pack(&w, &k, (const char *)r->in[1].data + weights * size, y->type);
        packed = weights;
        run_lanes(r, lanes, take_images, &m);
        m.again = true;
    }
}

static size_t walk_scratch(const Node *y, bool back)
{
    Walk w = walk_of_node(y, back);
    Space s = {0};
    work_take(&s, &w, y->type, false);
    return s.used;
}

void conv_run(Run *r) { run_walk(r, false); }
void conv_back_run(Run *r) { run_walk(r, true); }
size_t conv_scratch(const Node *y) { return walk_scratch(y, false); }
size_t conv_back_scratch(const Node *y) { return walk_scratch(y, true); }

/* ---- slopes of weights ---- */

static Walk walk_of_weights(const Node *y)
{
    Window v = window_of(y->attr, y->attr->shape.dim[0], y->attr->shape.dim[1]);
    return walk_of(&v, false, &y->in[0]->shape, &y->in[1]->shape);
}

/* Images and their slopes; each lane makes rows of its own of the weights' slopes, a
 * row being what one number under the window meets. */
typedef struct Sums {
    const Run *run;
    const Walk *walk;
    Type type;
    int64_t count, read, slopes; /* images, bytes of one and of its slopes */
    const char *x, *slope;
    char *weights;
    int lanes;
    bool again; /* margins are clear */
} Sums;

/* Rows come to lanes in multiples of this, a kernel's tile or more. */
enum { SUM_ROWS = 12 };

/* The first row of a lane, of all groups' rows. */
static int64_t first_row(const Sums *m, int64_t lane)
{
    int64_t rows = m->walk->taps * m->walk->channels;
    return lane == m->lanes ? rows : rows * lane / m->lanes / SUM_ROWS * SUM_ROWS;
}

/* Adds what one image says to rows [lo, hi) of a segment, whose first is the weights'
 * row `row` in group g. */
static void sum_segment(const Sums *m, const char *image, const char *slope, int64_t at,
                        int64_t row, int64_t g, int64_t lo, int64_t hi)
{
    const Walk *w = m->walk;
    int64_t size = (int64_t)type_size(m->type), out = group_channels(w, true);
    ConvSum s = {.x = image + (at + lo) * size,
                 .y = slope + g * out * size,
                 .w = m->weights + ((row + lo) * w->out_channels + g * out) * size,
                 .x_step = w->step[1] * w->channels,
                 .x_line = w->step[0] * padded(w, 1) * w->channels,
                 .y_step = w->out_channels,
                 .y_line = w->out[1] * w->out_channels,
                 .w_step = w->out_channels,
                 .positions = w->out[1],
                 .lines = w->out[0],
                 .rows = hi - lo,
                 .channels = out};
    conv_kernel(m->type)->sum(&s);
}

/* To rows [from, to), of all groups' rows. */
static void sum_image(const Sums *m, const Work *k, const char *image,
                      const char *slope, int64_t from, int64_t to)
{
    const Walk *w = m->walk;
    int64_t phase[2] = {0, 0}, taps = find_taps(w, phase, k->tap), before = 0;
    for (int64_t g = 0; g < w->window.groups; g++) {
        int64_t n = find_segments(w, k->tap, taps, g, k->segment), row = 0;
        for (int64_t i = 0; i < n; i++) {
            const Segment *s = &k->segment[i];
            int64_t lo = most(0, from - before), hi = to - before;
            if (hi > s->n) hi = s->n;
            if (hi > lo) sum_segment(m, image, slope, s->at, row, g, lo, hi);
            row += s->n;
            before += s->n;
        }
    }
}

static void take_rows(void *ctx, int64_t lane, int worker)
{
    const Sums *m = ctx;
    Work k = lane_work(m->run, lane, m->walk, true);
    int64_t from = first_row(m, lane), to = first_row(m, lane + 1);
    (void)worker;
    if (from == to) return;
    if (!m->again) clear_margins(m->walk, &k, type_size(m->type));
    for (int64_t n = 0; n < m->count; n++)
        sum_image(m, &k,
                  with_margins(m->walk, &k, m->x + n * m->read, type_size(m->type)),
                  m->slope + n * m->slopes, from, to);
}

void conv_weights_run(Run *r)
{
    const Node *y = r->node;
    Walk w = walk_of_weights(y);
    const Shape *x = &y->in[0]->shape, *d = &y->in[1]->shape;
    int64_t size = (int64_t)type_size(y->type), images = x->dim[x->rank - 4];
    int64_t read = last_count(x, 3), slopes = last_count(d, 3);
    int64_t made = last_count(&y->shape, 4);
    memset(r->out.data, 0, (size_t)(shape_count(&y->shape) * size));
    if (made == 0 || shape_count(x) == 0 || shape_count(d) == 0) return;
    Sums m = {.run = r,
              .walk = &w,
              .type = y->type,
              .count = images,
              .read = read * size,
              .slopes = slopes * size,
              .lanes = lanes_of(r, &w, images)};
    for (int64_t b = 0; b < shape_count(&y->shape) / made; b++) {
        m.x = r->in[0].data;
        m.slope = r->in[1].data;
        m.x += batch_offset(&r->in[0], &r->out, b) * size;
        m.slope += batch_offset(&r->in[1], &r->out, b) * size;
        m.weights = (char *)r->out.data + b * made * size;
        run_lanes(r, m.lanes, take_rows, &m);
        m.again = true;
    }
}

size_t conv_weights_scratch(const Node *y)
{
    Walk w = walk_of_weights(y);
    Space s = {0};
    work_take(&s, &w, y->type, true);
    return s.used;
}
