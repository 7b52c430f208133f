/* SPDX-License-Identifier: MIT
 * Nodes with graphs inside: scan, while, custom and stop, their numbers, slopes, slopes
 * of slopes and draws, against the same computation written out.
 */
#include "reference.h"
#include "exec/exec.h"
#include "tap.h"

enum { STEPS = 4, DRAWS = 3, INPUTS = 3, OUTS = 3 };

static Memory memory;

/* Something that makes a scalar of h0 [2], x [STEPS, 2] and w [2, 2]. */
typedef Node *Make(Graph *g, Node *h, Node *x, Node *w);

/* ---- one recurrence, as a scan and written out ---- */

static Node *next(Graph *g, Node *h, Node *x, Node *w)
{
    return op1(g, ELEM_tanh, op2(g, ELEM_add, op_dot(g, w, h), x));
}

static Node *scanned(Graph *g, Node *h, Node *x, Node *w, bool backwards, bool collect)
{
    Graph *step = graph_inner(g);
    Node *a = graph_input(step, TYPE_F64, SUPPORT_ANY, &h->shape, 0);
    Shape row = shape_drop(&x->shape, 0);
    Node *b = graph_input(step, TYPE_F64, SUPPORT_ANY, &row, 1);
    Node *c = graph_input(step, TYPE_F64, SUPPORT_ANY, &w->shape, 2);
    Node *new = next(step, a, b, c);
    Node *other = op2(step, ELEM_mul, a, op_reduce(step, &op_sum, new, 0, false));
    Node *out[3] = {new, other, new}, *result[3];
    Scan s = {.step = step,
              .n = STEPS,
              .backwards = backwards,
              .carries = 1,
              .xs = 1,
              .captured = 1,
              .outs = collect ? 2 : 1,
              .carry = &h,
              .x = &x,
              .capture = &w,
              .out = out};
    if (!op_scan_make(g, &s, result)) return NULL;
    Node *y = op_reduce(g, &op_sum, op1(g, ELEM_square, result[0]), 0, false);
    Node *weight = op2(g, ELEM_mul, result[1], x);
    return op2(g, ELEM_add, y, op_reduce(g, &op_sum, weight, 0, false));
}

static Node *written_out(Graph *g, Node *h, Node *x, Node *w, bool backwards)
{
    Node *sum = NULL;
    for (int i = 0; i < STEPS; i++) {
        int t = backwards ? STEPS - 1 - i : i;
        Shape row = shape_drop(&x->shape, 0);
        Node *xt = op_to_shape(g, op_slice_axis(g, x, -2, t, t + 1, 1), &row);
        Node *new = next(g, h, xt, w);
        Node *other = op2(g, ELEM_mul, h, op_reduce(g, &op_sum, new, 0, false));
        Node *part = op_reduce(g, &op_sum, op2(g, ELEM_mul, other, xt), 0, false);
        sum = sum ? op2(g, ELEM_add, sum, part) : part;
        h = new;
    }
    Node *y = op_reduce(g, &op_sum, op1(g, ELEM_square, h), 0, false);
    return y ? op2(g, ELEM_add, y, sum) : NULL;
}

static Node *forward_scan(Graph *g, Node *h, Node *x, Node *w)
{
    return scanned(g, h, x, w, false, false);
}
static Node *forward_loop(Graph *g, Node *h, Node *x, Node *w)
{
    return written_out(g, h, x, w, false);
}
static Node *backward_scan(Graph *g, Node *h, Node *x, Node *w)
{
    return scanned(g, h, x, w, true, true);
}
static Node *backward_loop(Graph *g, Node *h, Node *x, Node *w)
{
    return written_out(g, h, x, w, true);
}

/* ---- a square root by Newton's steps, with the slope of the root ---- */

static Node *root_by_while(Graph *g, Node *a)
{
    Graph *test = graph_inner(g), *body = graph_inner(g);
    Node *x[2], *b[2];
    Graph *both[2] = {test, body};
    for (int k = 0; k < 2; k++) {
        x[k] = graph_input(both[k], TYPE_F64, SUPPORT_ANY, &a->shape, 0);
        b[k] = graph_input(both[k], TYPE_F64, SUPPORT_ANY, &a->shape, 1);
    }
    Node *gap =
        op1(test, ELEM_abs, op2(test, ELEM_sub, op1(test, ELEM_square, x[0]), b[0]));
    Node *most = op_reduce(test, &op_max, gap, 0, false);
    Node *halves = op2(body, ELEM_add, x[1], op2(body, ELEM_div, b[1], x[1]));
    Node *better = op2(body, ELEM_mul, halves, graph_real(body, 0.5));
    Node *start = graph_fill(g, TYPE_F64, 1, &a->shape), *root;
    While w = {.test = test,
               .body = body,
               .most = 60,
               .states = 1,
               .captured = 1,
               .state = &start,
               .capture = &a,
               .test_out = op2(test, ELEM_gt, most, graph_real(test, 1e-14)),
               .body_out = &better};
    if (!op_while_make(g, &w, &root)) return NULL;
    Graph *slope = graph_inner(g);
    Node *y = graph_input(slope, TYPE_F64, SUPPORT_ANY, &a->shape, 1);
    Node *dy = graph_input(slope, TYPE_F64, SUPPORT_ANY, &a->shape, 2);
    Node *out =
        op2(slope, ELEM_div, op2(slope, ELEM_mul, dy, graph_real(slope, 0.5)), y);
    return op_custom_make(g, root, &a, 1, slope, &out);
}

static Node *with_root(Graph *g, Node *h, Node *x, Node *w, bool by_while)
{
    Node *a = op2(g, ELEM_add, op1(g, ELEM_square, w), graph_real(g, 0.5));
    Node *r = by_while ? root_by_while(g, a) : op1(g, ELEM_sqrt, a);
    Node *y = op_reduce(g, &op_sum, op2(g, ELEM_mul, op_dot(g, x, r), x), 0, false);
    return op2(g, ELEM_mul, y, op_reduce(g, &op_sum, h, 0, false));
}

static Node *root_while(Graph *g, Node *h, Node *x, Node *w)
{
    return with_root(g, h, x, w, true);
}
static Node *root_plain(Graph *g, Node *h, Node *x, Node *w)
{
    return with_root(g, h, x, w, false);
}

/* ---- a scan within a scan ---- */

static Node *nested(Graph *g, Node *h, Node *x, Node *w)
{
    Graph *step = graph_inner(g);
    Node *a = graph_input(step, TYPE_F64, SUPPORT_ANY, &h->shape, 0);
    Node *b = graph_input(step, TYPE_F64, SUPPORT_ANY, &x->shape, 1);
    Node *c = graph_input(step, TYPE_F64, SUPPORT_ANY, &w->shape, 2);
    Node *inner = forward_scan(step, a, b, c);
    Node *new = op2(step, ELEM_mul, a, op1(step, ELEM_sigmoid, inner)), *result;
    Node *capture[2] = {x, w};
    Scan s = {.step = step,
              .n = 2,
              .carries = 1,
              .captured = 2,
              .carry = &h,
              .capture = capture,
              .out = &new};
    return op_scan_make(g, &s, &result) ? op_reduce(g, &op_sum, result, 0, false)
                                        : NULL;
}

static Node *nested_loop(Graph *g, Node *h, Node *x, Node *w)
{
    for (int i = 0; i < 2; i++)
        h = op2(g, ELEM_mul, h, op1(g, ELEM_sigmoid, forward_loop(g, h, x, w)));
    return op_reduce(g, &op_sum, h, 0, false);
}

/* ---- comparing ---- */

static const double numbers[INPUTS][DRAWS * 8] = {
    {0.3, -0.2, 0.5, 0.1, -0.7, 0.9},
    {0.5,  -0.4, 0.1,  0.8, -0.9, 0.3,  0.2, -0.6, 0.4,  -0.1, 0.7, 0.6,
     -0.3, 0.9,  -0.5, 0.2, 0.1,  -0.8, 0.6, 0.4,  -0.2, 0.3,  0.5, -0.7},
    {0.4, -0.3, 0.2, 0.6, -0.5, 0.7, 0.1, 0.3, 0.8, -0.1, 0.4, -0.6}};

/* The scalar, its slopes and the slopes of their sum of squares. */
static int expand_all(Graph *g, Node *y, Node *const *in, Node **outs)
{
    Node *where = NULL, *sum = NULL;
    outs[0] = y;
    if (!y || !graph_slope(g, y, NULL, in, INPUTS, outs + 1, &where)) return 0;
    for (int i = 0; i < INPUTS; i++) {
        Node *part = op_reduce(g, &op_sum, op1(g, ELEM_square, outs[1 + i]), 0, false);
        sum = sum ? op2(g, ELEM_add, sum, part) : part;
    }
    if (!graph_slope(g, sum, NULL, in, INPUTS, outs + 1 + INPUTS, &where)) return 0;
    return 1 + 2 * INPUTS;
}

static bool compare(Reference *r, const Node *a, int64_t from, Reference *s,
                    const Node *b)
{
    bool same = true;
    for (int64_t k = 0; k < shape_count(&b->shape); k++) {
        double x = reference_real(r, a, from + k), y = reference_real(s, b, k);
        if (!(fabs(x - y) <= 1e-11 * (1 + fabs(y)))) {
            note("got %.15g, want %.15g", x, y);
            same = false;
        }
    }
    return same;
}

static void set_all(Reference *r, Node *const *in, const bool *mapped, int draw)
{
    for (int i = 0; i < INPUTS; i++)
        reference_set(
            r, in[i],
            numbers[i] + (mapped && mapped[i] ? draw * shape_count(&in[i]->shape) : 0));
}

static void same_outs(Graph *g, Node *const *in, Node **a, Node **b, int n,
                      const char *name)
{
    Reference *r = reference_new(g, false), *s = reference_new(g, true);
    set_all(r, in, NULL, 0);
    set_all(s, in, NULL, 0);
    const char *wrong = reference_run(r, a, n);
    if (!wrong) wrong = reference_run(s, b, n);
    if (wrong) note("%s", wrong);
    for (int k = 0; k < n; k++)
        ok(!wrong && compare(r, a[k], 0, s, b[k]), "%s: %s %d", name,
           k == 0        ? "value"
           : k <= INPUTS ? "slope"
                         : "slope of slope",
           k);
    reference_free(r);
    reference_free(s);
}

static bool same_draws(Graph *g, Node *const *in, Node **a, Node **b, int n,
                       unsigned mask)
{
    Node *to[INPUTS], *result[1 + 2 * INPUTS];
    bool mapped[INPUTS], out_mapped[1 + 2 * INPUTS], same = true;
    for (int i = 0; i < INPUTS; i++) {
        Shape s = shape_prepend(&in[i]->shape, DRAWS);
        mapped[i] = mask >> i & 1;
        to[i] = mapped[i] ? graph_input(g, TYPE_F64, SUPPORT_ANY, &s, 7) : in[i];
    }
    if (!graph_batch(g, DRAWS, in, to, mapped, INPUTS, a, n, result, out_mapped)) {
        note("%s", g->error);
        return false;
    }
    Reference *r = reference_new(g, true), *s = reference_new(g, false);
    set_all(r, to, NULL, 0);
    const char *wrong = reference_run(r, result, n);
    for (int draw = 0; draw < DRAWS && !wrong; draw++) {
        set_all(s, in, mapped, draw);
        wrong = reference_run(s, b, n);
        for (int k = 0; k < n && !wrong; k++) {
            int64_t from = out_mapped[k] ? draw * shape_count(&b[k]->shape) : 0;
            same = compare(r, result[k], from, s, b[k]) && same;
        }
    }
    if (wrong) note("%s", wrong);
    reference_free(r);
    reference_free(s);
    return same && !wrong;
}

/* The same through a plan. */
static bool same_plan(Graph *g, Node *const *in, Node **a, Node **b, int n)
{
    char error[600];
    Plan *p = plan_make(&memory, g, a, n, NULL, 0, NULL, error);
    Reference *r = reference_new(g, false);
    set_all(r, in, NULL, 0);
    double data[INPUTS][DRAWS * 8];
    memcpy(data, numbers, sizeof data);
    for (int i = 0; i < INPUTS && p; i++) plan_bind(p, in[i], data[i]);
    bool same = p && plan_run(p, NULL) == PLAN_DONE && !reference_run(r, b, n);
    for (int k = 0; k < n && same; k++) {
        const double *x = plan_output(p, k);
        for (int64_t i = 0; i < shape_count(&b[k]->shape); i++) {
            double y = reference_real(r, b[k], i);
            same = same && fabs(x[i] - y) <= 1e-11 * (1 + fabs(y));
        }
    }
    if (!p) note("%s", error);
    if (p) plan_free(p);
    reference_free(r);
    return same;
}

static void test_pair(Make *a, Make *b, const char *name)
{
    Graph *g = graph_new(&memory, NULL);
    Shape h = shape_of(1, (int64_t[]){2}), x = shape_of(2, (int64_t[]){STEPS, 2});
    Shape w = shape_of(2, (int64_t[]){2, 2});
    Node *in[INPUTS] = {graph_input(g, TYPE_F64, SUPPORT_ANY, &h, 0),
                        graph_input(g, TYPE_F64, SUPPORT_ANY, &x, 1),
                        graph_input(g, TYPE_F64, SUPPORT_ANY, &w, 2)};
    Node *ours[1 + 2 * INPUTS], *plain[1 + 2 * INPUTS];
    int n = expand_all(g, a(g, in[0], in[1], in[2]), in, ours);
    int m = expand_all(g, b(g, in[0], in[1], in[2]), in, plain);
    if (!ok(n && m, "%s can be made", name)) note("%s", g->error);
    if (n && m) {
        same_outs(g, in, ours, plain, n, name);
        for (unsigned mask = 1; mask < 8; mask++)
            ok(same_draws(g, in, ours, plain, n, mask), "%s: draws of inputs %u", name,
               mask);
        ok(same_plan(g, in, ours, plain, n), "%s: through a plan", name);
        Graph *copy = graph_new(&memory, NULL);
        Node *result[1 + 2 * INPUTS];
        ok(graph_copy(copy, g, NULL, NULL, 0, ours, n, result), "%s: copied", name);
        ok(!graph_verify(g) && !graph_verify(copy), "%s: verified", name);
        graph_free(copy);
    }
    graph_free(g);
}

static void test_stop(void)
{
    Graph *g = graph_new(&memory, NULL);
    Node *x = graph_input(g, TYPE_F64, SUPPORT_ANY, &(Shape){0}, 0), *slope, *where;
    Node *held = graph_node(g, &op_stop, &x, 1, NULL);
    Node *y = op2(g, ELEM_mul, x, held);
    double two = 2;
    Reference *r = reference_new(g, true);
    reference_set(r, x, &two);
    ok(graph_slope(g, y, NULL, &x, 1, &slope, &where) && !reference_run(r, &slope, 1) &&
           reference_real(r, slope, 0) == 2,
       "stop: its input has no slope");
    reference_free(r);
    graph_free(g);
}

int main(void)
{
    memory = reference_memory();
    test_pair(forward_scan, forward_loop, "scan");
    test_pair(backward_scan, backward_loop, "scan backwards, carries collected");
    test_pair(root_while, root_plain, "while and custom");
    test_pair(nested, nested_loop, "scan in a scan");
    test_stop();
    ok(memory.used == 0, "all memory is given back");
    return done_testing();
}
