/* SPDX-License-Identifier: MIT
 * scan: a step that is a graph, run n times. The node's numbers are one vector: the
 * last carries, then each out's n values. Its slope is a scan the other way over the
 * carries that were; over draws the step is remade with a draw axis. attr: n steps,
 * keep = backwards, perm[0] carries, perm[1] xs, sub[0] the step.
 */
#include "ops/ops_int.h"

/* ---- shape ---- */

static int carries(const Node *y) { return y->attr->perm[0]; }

static int elements(const Node *y) { return y->attr->perm[1]; }

static int outs(const Node *y) { return y->attr->sub_outs[0] - y->attr->perm[0]; }

static bool inputs_fit(Infer *c)
{
    const Attr *a = c->attr;
    for (int i = 0; i < c->n_in; i++) {
        Shape s = c->in[i]->shape;
        bool element = i >= a->perm[0] && i < a->perm[0] + a->perm[1];
        if (element && (s.rank == 0 || size_meet(s.dim[0], a->n) == SIZE_DIFFERENT))
            return infer_error(
                c, "a loop of %lld steps runs over a tensor of other length",
                (long long)a->n);
        if (element) s = shape_drop(&s, 0);
        if (!nest_slot_fits(c, a->sub[0], (uint32_t)i, c->in[i]->type, &s))
            return false;
    }
    return true;
}

static bool infer_scan(Infer *c)
{
    const Attr *a = c->attr;
    int64_t size = 0;
    if (!a->sub[0] || a->n < 1 || a->sub_outs[0] < 1 ||
        a->perm[0] + a->perm[1] > c->n_in)
        return infer_error(c, "a loop without steps or results");
    if (!inputs_fit(c)) return false;
    c->type = a->sub_out[0][0]->type;
    for (int k = 0; k < a->sub_outs[0]; k++) {
        const Node *out = a->sub_out[0][k];
        bool carry = k < a->perm[0];
        if (out->type != c->type || !type_is_real(out->type))
            return infer_error(c,
                               "what a loop carries and collects is real, of one type");
        if (carry && (!shape_agrees(&out->shape, &c->in[k]->shape) ||
                      out->type != c->in[k]->type)) {
            char s[SHAPE_TEXT], t[SHAPE_TEXT];
            return infer_error(c, "a loop carries %s%s but its step makes %s%s of it",
                               type_name(c->in[k]->type),
                               shape_text(s, c->graph->names, &c->in[k]->shape, true),
                               type_name(out->type),
                               shape_text(t, c->graph->names, &out->shape, true));
        }
        size = size_add(size, size_mul(shape_count(&out->shape), carry ? 1 : a->n));
    }
    c->shape = shape_of(1, &size);
    nest_make(a->sub[0], a->sub_out[0], a->sub_outs[0]);
    return true;
}

/* ---- run ---- */

static size_t rounded(size_t n) { return (n + 63) & ~(size_t)63; }

static size_t out_bytes(const Node *y, int k)
{
    const Node *out = y->attr->sub_out[0][k];
    return (size_t)shape_count(&out->shape) * type_size(out->type);
}

static size_t carry_bytes(const Node *y)
{
    size_t n = 0;
    for (int k = 0; k < carries(y); k++) n += out_bytes(y, k);
    return n;
}

/* In front: where captured inputs are bound, where the step reads; then the carries. */
static size_t pointer_bytes(const Node *y)
{
    return rounded((size_t)y->n_in * sizeof(void *));
}

static size_t scratch_scan(const Node *y)
{
    return 2 * pointer_bytes(y) + rounded(carry_bytes(y)) + nest_bytes(y->attr->sub[0]);
}

typedef struct Loop {
    const Node *y;
    NestRun *nest;
    void **slot; /* where the step reads input i, or NULL */
    char *carry; /* one after the other */
    Run *run;
} Loop;

static void open_loop(Loop *l, Run *r)
{
    const Node *y = r->node;
    char *at = r->scratch;
    const void **bound = (const void **)(void *)at;
    l->y = y;
    l->run = r;
    l->slot = (void **)(void *)(at + pointer_bytes(y));
    l->carry = at + 2 * pointer_bytes(y);
    for (int i = 0; i < y->n_in; i++)
        bound[i] = i < carries(y) + elements(y) ? NULL : r->in[i].data;
    l->nest = nest_open(y->attr->sub[0], l->carry + rounded(carry_bytes(y)), bound);
    char *carry = l->carry;
    for (int i = 0; i < carries(y) + elements(y); i++) {
        l->slot[i] = nest_input(l->nest, (uint32_t)i);
        if (i >= carries(y)) continue;
        memcpy(carry, r->in[i].data, out_bytes(y, i));
        carry += out_bytes(y, i);
    }
}

static const char *one_step(Loop *l, int64_t t)
{
    const Node *y = l->y;
    char *carry = l->carry;
    for (int i = 0; i < carries(y) + elements(y); i++) {
        size_t size = 0;
        const char *from = carry;
        if (i < carries(y)) {
            size = out_bytes(y, i);
            carry += size;
        } else {
            const Buffer *x = &l->run->in[i];
            size = (size_t)(buffer_count(x) / y->attr->n) * type_size(x->type);
            from = (const char *)x->data + (size_t)t * size;
        }
        if (l->slot[i]) memcpy(l->slot[i], from, size);
    }
    const char *error = nest_run(l->nest);
    if (error) return error;
    carry = l->carry;
    char *to = (char *)l->run->out.data + carry_bytes(y);
    for (int k = 0; k < y->attr->sub_outs[0]; k++) {
        Buffer b = nest_output(l->nest, k);
        size_t size = out_bytes(y, k);
        if (k < carries(y)) {
            buffer_copy(carry, &b);
            carry += size;
        } else {
            buffer_copy(to + (size_t)t * size, &b);
            to += (size_t)y->attr->n * size;
        }
    }
    return NULL;
}

static void run_scan(Run *r)
{
    Loop l;
    open_loop(&l, r);
    int64_t n = r->node->attr->n;
    for (int64_t i = 0; i < n && !r->error; i++)
        r->error = one_step(&l, r->node->attr->keep ? n - 1 - i : i);
    memcpy(r->out.data, l.carry, carry_bytes(r->node));
}

/* ---- packing ---- */

/* The parts of v, which is like y's numbers: the carries, then outs with n in front. */
static bool unpack(Graph *g, const Node *y, Node *v, Node **part)
{
    int64_t at = 0;
    for (int k = 0; k < y->attr->sub_outs[0]; k++) {
        Shape s = y->attr->sub_out[0][k]->shape;
        if (k >= carries(y)) {
            if (s.rank >= LIMIT_RANK) return graph_error(g, "a loop of too many axes");
            s = shape_prepend(&s, y->attr->n);
        }
        int64_t size = shape_count(&s);
        part[k] = op_to_shape(g, op_slice_axis(g, v, -1, at, at + size, 1), &s);
        if (!part[k]) return false;
        at += size;
    }
    return true;
}

/* The scan node itself; inputs in the order carries, xs, captured. */
static Node *scan_node(Graph *g, const Scan *s)
{
    int n = s->carries + s->xs + s->captured, n_out = s->carries + s->outs;
    Node **in = arena_take(&g->arena, (size_t)(n + 1) * sizeof *in);
    for (int i = 0; i < s->carries; i++) in[i] = s->carry[i];
    for (int i = 0; i < s->xs; i++) in[s->carries + i] = s->x[i];
    for (int i = 0; i < s->captured; i++) in[s->carries + s->xs + i] = s->capture[i];
    Attr a = attr_none();
    a.n = s->n;
    a.keep = s->backwards;
    a.perm[0] = s->carries;
    a.perm[1] = s->xs;
    a.sub[0] = s->step;
    a.sub_outs[0] = n_out;
    a.sub_out[0] = arena_copy(&s->step->arena, s->out, (size_t)n_out * sizeof *s->out);
    return graph_node(g, &op_scan, in, n, &a);
}

bool op_scan_make(Graph *g, const Scan *s, Node **result)
{
    if (s->n > 0) {
        Node *y = scan_node(g, s);
        return y && unpack(g, y, y, result);
    }
    for (int k = 0; k < s->carries; k++) result[k] = s->carry[k];
    for (int k = s->carries; k < s->carries + s->outs; k++) {
        Shape none = shape_prepend(&s->out[k]->shape, 0);
        result[k] = graph_fill(g, s->out[k]->type, 0, &none);
    }
    return true;
}

/* y's own parts as a Scan over the given inputs. */
static Scan scan_of(const Node *y, Node *const *in)
{
    int c = carries(y), x = elements(y);
    return (Scan){.step = y->attr->sub[0],
                  .n = y->attr->n,
                  .backwards = y->attr->keep != 0,
                  .carries = c,
                  .xs = x,
                  .captured = y->n_in - c - x,
                  .outs = outs(y),
                  .carry = in,
                  .x = in + c,
                  .capture = in + c + x,
                  .out = y->attr->sub_out[0]};
}

static void *room(Graph *g, int n)
{
    return arena_take(&g->arena, (size_t)(n + 1) * sizeof(Node *));
}

/* Copies y's step into `into`, slot i read from input i of `to` (NULL: not there). */
static bool copy_step(Graph *into, const Node *y, Node *const *to, Node **out)
{
    const Graph *step = y->attr->sub[0];
    Node **from = room(into, y->n_in), **by = room(into, y->n_in);
    int n = 0;
    for (int i = 0; i < y->n_in; i++) {
        from[n] = nest_slot(step, (uint32_t)i);
        by[n] = to[i];
        if (from[n]) n++;
    }
    return graph_copy(into, step, from, by, n, y->attr->sub_out[0],
                      y->attr->sub_outs[0], out);
}

/* Inputs of `inner` like the slots of y's step, numbered from `first`. */
static void step_inputs(Graph *inner, const Node *y, uint32_t first, Node **made)
{
    for (int i = 0; i < y->n_in; i++) {
        const Node *x = y->in[i];
        bool element = i >= carries(y) && i < carries(y) + elements(y);
        Shape s = element ? shape_drop(&x->shape, 0) : x->shape;
        made[i] = graph_input(inner, x->type, x->support, &s, first + (uint32_t)i);
    }
}

static bool blame(Graph *g, const Graph *inner)
{
    graph_error(g, "%.590s", inner->error);
    return false;
}

/* ---- slope ---- */

/* Every carry after each step, stacked: y's own outs where they are carries, else the
 * loop runs again and collects them. */
static bool histories(Graph *g, Node *y, Node **history)
{
    int c = carries(y), n_out = y->attr->sub_outs[0];
    Node **part = room(g, n_out + c);
    Node *const *out = y->attr->sub_out[0];
    bool all = true;
    if (!unpack(g, y, y, part)) return false;
    for (int k = 0; k < c; k++) {
        history[k] = NULL;
        for (int j = c; j < n_out; j++)
            if (out[j] == out[k]) history[k] = part[j];
        all = all && history[k];
    }
    if (all) return true;
    Scan s = scan_of(y, y->in);
    s.step = graph_inner(g);
    Node **made = room(g, y->n_in), **more = room(g, n_out + c);
    step_inputs(s.step, y, 0, made);
    if (!copy_step(s.step, y, made, more)) return blame(g, s.step);
    for (int k = 0; k < c; k++) more[c + k] = more[k];
    s.out = more;
    s.outs = c;
    if (!op_scan_make(g, &s, part)) return false;
    for (int k = 0; k < c; k++) history[k] = part[c + k];
    return true;
}

/* The carries that each step began with. */
static Node *before(Graph *g, const Node *y, int k, Node *history)
{
    int64_t n = y->attr->n;
    bool backwards = y->attr->keep != 0;
    int axis = -history->shape.rank;
    Shape one = shape_prepend(&y->in[k]->shape, 1);
    Node *init = op_to_shape(g, y->in[k], &one);
    if (n == 1) return init;
    Node *rest = op_slice_axis(g, history, axis, backwards, backwards ? n : n - 1, 1);
    Node *in[2] = {backwards ? rest : init, backwards ? init : rest};
    Attr a = attr_none();
    a.axis = axis;
    return graph_node(g, &op_concat, in, 2, &a);
}

/* The step of the way back: carries dc and sums over captured; elements: carries
 * before, xs, slopes of outs; captured. Slots in that order. */
typedef struct Back {
    Graph *g, *inner;
    Node *y;
    const bool *wanted;
    int sums;     /* captured inputs whose slopes are wanted */
    int *sum_of;  /* [sums]: input of y */
    int x_slopes; /* xs whose slopes are wanted */
    int *x_of;    /* [x_slopes]: input of y */
    Node **out;   /* of inner */
} Back;

static void choose(Back *b)
{
    int c = carries(b->y), x = elements(b->y);
    b->sum_of = arena_take(&b->g->arena, (size_t)(b->y->n_in + 1) * sizeof(int));
    b->x_of = arena_take(&b->g->arena, (size_t)(b->y->n_in + 1) * sizeof(int));
    for (int i = c; i < b->y->n_in; i++) {
        if (!b->wanted[i] || !nest_slot(b->y->attr->sub[0], (uint32_t)i)) continue;
        if (i < c + x)
            b->x_of[b->x_slopes++] = i;
        else
            b->sum_of[b->sums++] = i;
    }
}

/* The sum of every output times its slope. */
static Node *paired(Graph *inner, Node *const *out, Node *const *d, int n)
{
    Node *z = graph_fill(inner, out[0]->type, 0, &(Shape){0});
    for (int k = 0; k < n; k++) {
        Node *p = op2(inner, ELEM_mul, out[k], d[k]);
        z = op2(inner, ELEM_add, z, op_reduce(inner, &op_sum, p, 0, false));
    }
    return z;
}

static bool back_step(Back *b)
{
    Graph *in = b->inner;
    const Node *y = b->y;
    int c = carries(y), n_out = y->attr->sub_outs[0];
    Node **slot = room(in, y->n_in), **d = room(in, n_out), **sum = room(in, b->sums);
    uint32_t at = 0;
    for (int k = 0; k < c; k++)
        d[k] = graph_input(in, y->type, SUPPORT_ANY, &y->in[k]->shape, at++);
    for (int k = 0; k < b->sums; k++) {
        const Node *x = y->in[b->sum_of[k]];
        sum[k] = graph_input(in, x->type, SUPPORT_ANY, &x->shape, at++);
    }
    /* carries before and xs, slopes of outs between them and what is captured */
    step_inputs(in, y, at, slot);
    at += (uint32_t)(c + elements(y));
    for (int k = c; k < n_out; k++) {
        const Node *o = y->attr->sub_out[0][k];
        d[k] = graph_input(in, o->type, SUPPORT_ANY, &o->shape, at++);
    }
    for (int i = c + elements(y); i < y->n_in; i++) slot[i]->user = at++;
    Node **out = room(in, n_out), **wrt = room(in, y->n_in),
         **slope = room(in, y->n_in);
    if (!copy_step(in, y, slot, out)) return false;
    int n = 0;
    for (int k = 0; k < c; k++) wrt[n++] = slot[k];
    for (int k = 0; k < b->sums; k++) wrt[n++] = slot[b->sum_of[k]];
    for (int k = 0; k < b->x_slopes; k++) wrt[n++] = slot[b->x_of[k]];
    Node *z = paired(in, out, d, n_out), *where;
    if (!z || !graph_slope(in, z, NULL, wrt, n, slope, &where)) return false;
    for (int k = 0; k < b->sums; k++) {
        slope[c + k] = op2(in, ELEM_add, sum[k], slope[c + k]);
        if (!slope[c + k]) return false;
    }
    b->out = slope;
    return true;
}

static bool slope_scan(Graph *g, Node *y, Node *dy, Node **dx)
{
    int c = carries(y), x = elements(y), n_out = y->attr->sub_outs[0];
    Back b = {.g = g, .y = y, .inner = graph_inner(g)};
    b.wanted = arena_copy(&g->arena, g->wanted, (size_t)y->n_in * sizeof *g->wanted);
    b.inner->loose = true;
    choose(&b);
    if (!back_step(&b)) return blame(g, b.inner);
    Node **history = room(g, c), **d = room(g, n_out), **carry = room(g, c + b.sums);
    Node **along = room(g, c + x + n_out), **result = room(g, c + b.sums + b.x_slopes);
    if (!histories(g, y, history) || !unpack(g, y, dy, d)) return false;
    for (int k = 0; k < c; k++) carry[k] = d[k];
    for (int k = 0; k < b.sums; k++) {
        const Node *s = y->in[b.sum_of[k]];
        carry[c + k] = graph_fill(g, s->type, 0, &s->shape);
    }
    int n = 0;
    for (int k = 0; k < c; k++) along[n++] = before(g, y, k, history[k]);
    for (int i = 0; i < x; i++) along[n++] = y->in[c + i];
    for (int k = c; k < n_out; k++) along[n++] = d[k];
    Scan s = {.step = b.inner,
              .n = y->attr->n,
              .backwards = !y->attr->keep,
              .carries = c + b.sums,
              .xs = n,
              .captured = y->n_in - c - x,
              .outs = b.x_slopes,
              .carry = carry,
              .x = along,
              .capture = y->in + c + x,
              .out = b.out};
    if (!op_scan_make(g, &s, result)) return false;
    for (int k = 0; k < c; k++) dx[k] = result[k];
    for (int k = 0; k < b.sums; k++) dx[b.sum_of[k]] = result[c + k];
    for (int k = 0; k < b.x_slopes; k++) dx[b.x_of[k]] = result[c + b.sums + k];
    return true;
}

/* ---- draws ---- */

/* x repeated over `size` in front. */
static Node *repeated(Graph *g, Node *x, int64_t size)
{
    if (!x) return NULL;
    Shape one = shape_prepend(&x->shape, 1), all = shape_prepend(&x->shape, size);
    return op_broadcast(g, op_to_shape(g, x, &one), &all);
}

/* The first two axes exchanged. */
static Node *exchange(Graph *g, Node *x)
{
    if (!x) return NULL;
    Attr a = attr_none();
    for (int i = 0; i < x->shape.rank; i++) a.perm[i] = i;
    a.perm[0] = 1;
    a.perm[1] = 0;
    return graph_node(g, &op_permute, &x, 1, &a);
}

/* y's step over draws, in a graph of its own; its outputs all have the axis. */
static bool batch_step(Graph *inner, const Node *y, const bool *mapped, int64_t size,
                       Node **out)
{
    int n_out = y->attr->sub_outs[0];
    Node **one = room(inner, y->n_in), **all = room(inner, y->n_in),
         **plain = room(inner, n_out);
    bool *out_mapped = arena_take(&inner->arena, (size_t)n_out);
    step_inputs(inner, y, (uint32_t)y->n_in, one); /* numbers that nothing reads */
    for (int i = 0; i < y->n_in; i++) {
        Shape s = mapped[i] ? shape_prepend(&one[i]->shape, size) : one[i]->shape;
        if (one[i]->shape.rank >= LIMIT_RANK)
            return graph_error(inner, "too many axes");
        all[i] = graph_input(inner, one[i]->type, one[i]->support, &s, (uint32_t)i);
    }
    if (!copy_step(inner, y, one, plain) ||
        !graph_batch(inner, size, one, all, mapped, y->n_in, plain, n_out, out,
                     out_mapped))
        return false;
    for (int k = 0; k < n_out; k++) {
        if (!out_mapped[k]) out[k] = repeated(inner, out[k], size);
        if (!out[k]) return false;
    }
    return true;
}

/* The parts of a scan over draws, each [draws, its numbers], side by side. */
static Node *pack_draws(Graph *g, const Node *y, Node **part, int64_t size)
{
    int n_out = y->attr->sub_outs[0];
    for (int k = 0; k < n_out; k++) {
        if (k >= carries(y)) part[k] = exchange(g, part[k]);
        if (!part[k]) return NULL;
        Shape s = shape_of(2, (int64_t[]){size, shape_count(&part[k]->shape) / size});
        part[k] = op_to_shape(g, part[k], &s);
    }
    if (n_out == 1) return part[0];
    Attr a = attr_none();
    a.axis = -1;
    return graph_node(g, &op_concat, part, n_out, &a);
}

static Node *batch_scan(Graph *g, const Node *y, Node *const *in, const bool *mapped,
                        int64_t size)
{
    int c = carries(y), x = elements(y), n_out = y->attr->sub_outs[0];
    if (size == 0) {
        Shape none = shape_prepend(&y->shape, 0);
        return graph_fill(g, y->type, 0, &none);
    }
    Graph *inner = graph_inner(g);
    inner->loose = true;
    bool *over = arena_copy(&g->arena, mapped, (size_t)y->n_in);
    Node **use = room(g, y->n_in), **out = room(g, n_out), **part = room(g, n_out);
    for (int i = 0; i < y->n_in; i++) {
        use[i] = in[i];
        if (i < c && !mapped[i]) use[i] = repeated(g, in[i], size);
        if (i >= c && i < c + x && mapped[i]) use[i] = exchange(g, in[i]);
        over[i] = mapped[i] || i < c;
        if (!use[i]) return NULL;
    }
    if (!batch_step(inner, y, over, size, out)) return blame(g, inner), NULL;
    Scan s = scan_of(y, use);
    s.step = inner;
    s.out = out;
    return op_scan_make(g, &s, part) ? pack_draws(g, y, part, size) : NULL;
}

const Op op_scan = {.name = "scan",
                    .arity = -1,
                    .shape = infer_scan,
                    .scratch = scratch_scan,
                    .run = run_scan,
                    .slope = slope_scan,
                    .batch = batch_scan};
