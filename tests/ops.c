/* SPDX-License-Identifier: MIT
 * Every op of the table, over its probes: slopes against extrapolated differences,
 * slopes of slopes, draws against one at a time, single against double precision, views
 * against copies.
 */
#include "reference.h"
#include "tap.h"

#include <stdlib.h>

enum { INPUTS = 3, DRAWS = 3, MOST = 64 };

/* One op on one probe. */
typedef struct Case {
    const Op *op;
    const Probe *probe;
    Type type[INPUTS];
    Shape shape[INPUTS];
    int n_in;
    double number[INPUTS][MOST * DRAWS]; /* of the inputs; ints and keys too */
    uint64_t state;
} Case;

static Memory memory;
static int failures; /* of the case at hand */

static void fail(const Case *c, const char *what, double got, double want)
{
    if (failures++ < 3)
        note("%s: %s: got %.15g, want %.15g", c->op->name, what, got, want);
}

/* ---- numbers ---- */

static double random_unit(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    uint64_t x = *state ^ (*state >> 29);
    return (double)((x * 0x9E3779B97F4A7C15u) >> 11) * 0x1p-53;
}

/* An order, or a number of trials. */
static bool takes_whole(int e, int input)
{
    bool order = e == ELEM_polygamma || e == ELEM_besseli_scaled ||
                 e == ELEM_besseli_scaled_slope;
    return order ? input == 0 : e == ELEM_binomial_quantile && input == 1;
}

static void draw_numbers(Case *c)
{
    for (int i = 0; i < c->n_in; i++)
        for (int k = 0; k < MOST * DRAWS; k++) {
            double u = random_unit(&c->state);
            double x = c->probe->lo + u * (c->probe->hi - c->probe->lo);
            int e = c->op->flags & OP_ELEM ? c->op->elem : -1;
            bool apart = e == ELEM_mod || e == ELEM_logsubexp;
            if (apart && i == 0) x += 1; /* far from a whole quotient; the larger one */
            if (takes_whole(e, i)) x = 1 + floor(3 * u);
            if (c->type[i] == TYPE_I64)
                x = floor(u * (double)(c->probe->below ? c->probe->below : 4));
            if (c->type[i] == TYPE_BOOL) x = u < 0.5;
            if (c->type[i] == TYPE_KEY) x = floor(u * 1e6);
            c->number[i][k] = x;
        }
}

/* Numbers from..from+n of input i, as type t, into the reference. */
static void set_input(Reference *r, const Node *n, const double *from)
{
    union {
        double f64[MOST * DRAWS];
        float f32[MOST * DRAWS];
        int64_t i64[MOST * DRAWS];
        uint8_t bit[MOST * DRAWS];
    } data;
    for (int64_t k = 0; k < shape_count(&n->shape); k++) {
        if (n->type == TYPE_F64) data.f64[k] = from[k];
        if (n->type == TYPE_F32) data.f32[k] = (float)from[k];
        if (n->type == TYPE_I64 || n->type == TYPE_KEY) data.i64[k] = (int64_t)from[k];
        if (n->type == TYPE_BOOL) data.bit[k] = from[k] != 0;
    }
    reference_set(r, n, &data);
}

/* ---- making ---- */

/* c I + x, or for a positive definite matrix I + x x'. */
static Node *well_behaved(Graph *g, const Op *op, Node *x)
{
    int64_t n = x->shape.dim[x->shape.rank - 1];
    double eye[MOST] = {0};
    Shape s = shape_of(2, (int64_t[]){n, n});
    bool definite = op == &op_cholesky;
    for (int64_t i = 0; i < n; i++) eye[i * n + i] = definite ? 1 : 3;
    Node *one = graph_constant(g, TYPE_F64, &s, eye);
    if (x->type == TYPE_F32) one = op_to_type(g, one, TYPE_F32);
    Node *y = definite ? op_dot(g, x, op_transpose(g, x)) : x;
    return op2(g, ELEM_add, y, one);
}

static Node *make(Graph *g, const Case *c, Node *const *in)
{
    Node *use[INPUTS] = {in[0], in[1], in[2]};
    if (c->op->flags & OP_ELEM) return op_elem(g, (Elem)c->op->elem, use);
    if (c->op->flags & OP_DOUBLE && c->op != &op_foreign)
        use[0] = well_behaved(g, c->op, in[0]);
    return graph_node(g, c->op, use, c->n_in, c->probe->attr);
}

static void inputs(Graph *g, const Case *c, bool single, Node **in)
{
    for (int i = 0; i < c->n_in; i++) {
        Type t = single && c->type[i] == TYPE_F64 ? TYPE_F32 : c->type[i];
        in[i] = graph_input(g, t, SUPPORT_ANY, &c->shape[i], (uint32_t)i);
    }
}

/* Fixed weights shaped like y, so that sum(y * w) sees every element. */
static Node *weights(Graph *g, const Node *y, double phase)
{
    double w[MOST * DRAWS];
    int64_t n = shape_count(&y->shape);
    for (int64_t i = 0; i < n && i < MOST * DRAWS; i++)
        w[i] = cos((double)i * 1.7 + phase);
    return op_to_type(g, graph_constant(g, TYPE_F64, &y->shape, w), y->type);
}

static Node *weighted(Graph *g, Node *y, double phase)
{
    return op_reduce(g, &op_sum, op2(g, ELEM_mul, y, weights(g, y, phase)), 0, false);
}

/* The real inputs. */
static int real_inputs(const Case *c, Node *const *in, Node **real, int *which)
{
    int n = 0;
    for (int i = 0; i < c->n_in; i++)
        if (type_is_real(c->type[i])) {
            which[n] = i;
            real[n++] = in[i];
        }
    return n;
}

/* ---- slopes ---- */

static double value_at(Reference *r, Node *in, double *x, int64_t k, double to, Node *f)
{
    double was = x[k];
    x[k] = to;
    set_input(r, in, x);
    const char *wrong = reference_run(r, &f, 1);
    x[k] = was;
    set_input(r, in, x);
    return wrong ? (double)NAN : reference_real(r, f, 0);
}

/* Richardson: central differences at h and h / 2, their errors cancelled. */
static double difference(Reference *r, Node *in, double *x, int64_t k, Node *f)
{
    double h = 2e-3, a = x[k];
    double wide = value_at(r, in, x, k, a + h, f) - value_at(r, in, x, k, a - h, f);
    double near_by =
        value_at(r, in, x, k, a + h / 2, f) - value_at(r, in, x, k, a - h / 2, f);
    return (4 * near_by / h - wide / (2 * h)) / 3;
}

static void compare_slopes(Case *c, Reference *r, Node *f, int n, Node **real,
                           const int *which, Node **slope, const char *what,
                           double tolerance)
{
    double got[INPUTS][MOST];
    const char *wrong = reference_run(r, slope, n);
    if (wrong) {
        fail(c, wrong, 0, 0);
        return;
    }
    for (int i = 0; i < n; i++)
        for (int64_t k = 0; k < shape_count(&real[i]->shape); k++)
            got[i][k] = reference_real(r, slope[i], k);
    for (int i = 0; i < n; i++)
        for (int64_t k = 0; k < shape_count(&real[i]->shape); k++) {
            double want = difference(r, real[i], c->number[which[i]], k, f);
            double scale = fabs(want) > 1 ? fabs(want) : 1;
            if (!(fabs(got[i][k] - want) <= tolerance * scale))
                fail(c, what, got[i][k], want);
        }
}

/* Whether f has a slope in x; an error that says "has no slope" is an answer, too. */
static bool has_slope(const Case *c, Graph *g, Node *f, Node *x, Node **slope)
{
    if (graph_slope(g, f, NULL, &x, 1, slope, NULL)) return true;
    if (!strstr(g->error, "has no slope")) fail(c, g->error, 0, 0);
    return false;
}

/* Of the inputs that have them, and of those slopes the slopes. */
static void test_slopes(Case *c, Graph *g, Node *const *in, Node *y)
{
    Node *real[INPUTS], *slope[INPUTS], *second;
    int which[INPUTS], n = 0, all = real_inputs(c, in, real, which);
    if (!all || !type_is_real(y->type)) return;
    Node *f = weighted(g, y, 0.3);
    Reference *r = reference_new(g, true);
    for (int i = 0; i < all; i++) {
        real[n] = real[i];
        which[n] = which[i];
        if (has_slope(c, g, f, real[i], &slope[n])) n++;
    }
    for (int i = 0; i < c->n_in; i++) set_input(r, in[i], c->number[i]);
    compare_slopes(c, r, f, n, real, which, slope, "slope", 1e-7);
    for (int j = 0; j < n; j++) {
        Node *along = NULL;
        for (int i = 0; i < n; i++) {
            Node *part = weighted(g, slope[i], 1.1 + i);
            if (!has_slope(c, g, part, real[j], &second)) continue;
            along = along ? op2(g, ELEM_add, along, part) : part;
        }
        if (!along || !has_slope(c, g, along, real[j], &second)) continue;
        compare_slopes(c, r, along, 1, &real[j], &which[j], &second, "slope of slope",
                       1e-6);
    }
    const char *wrong = graph_verify(g);
    if (wrong) {
        note("%s: %s", c->op->name, wrong);
        failures++;
    }
    reference_free(r);
}

/* ---- draws ---- */

static void same_numbers(const Case *c, Reference *a, const Node *x, int64_t from,
                         Reference *b, const Node *y, const char *what,
                         double tolerance)
{
    for (int64_t k = 0; k < shape_count(&y->shape); k++) {
        double got = reference_real(a, x, from + k), want = reference_real(b, y, k);
        double scale = fabs(want) > 1 ? fabs(want) : 1;
        bool same = !(got < want) && !(got > want) && (got == got) == (want == want);
        if (!same && !(fabs(got - want) <= tolerance * scale)) fail(c, what, got, want);
    }
}

/* outs over draws with the inputs of `mask` mapped, against each draw alone. */
static void test_mask(const Case *c, Graph *g, Node *const *in, Node *const *outs,
                      int n, unsigned mask)
{
    Node *to[INPUTS], *result[1 + INPUTS];
    bool mapped[INPUTS], out_mapped[1 + INPUTS];
    for (int i = 0; i < c->n_in; i++) {
        Shape s = shape_prepend(&c->shape[i], DRAWS);
        mapped[i] = mask >> i & 1;
        to[i] = mapped[i] ? graph_input(g, c->type[i], SUPPORT_ANY, &s, 9) : in[i];
    }
    if (!graph_batch(g, DRAWS, in, to, mapped, c->n_in, outs, n, result, out_mapped)) {
        note("%s: draws %u: %s", c->op->name, mask, g->error);
        failures++;
        return;
    }
    Reference *all = reference_new(g, true), *one = reference_new(g, false);
    for (int i = 0; i < c->n_in; i++) set_input(all, to[i], c->number[i]);
    const char *wrong = reference_run(all, result, n);
    for (int draw = 0; draw < DRAWS && !wrong; draw++) {
        for (int i = 0; i < c->n_in; i++) {
            int64_t count = shape_count(&c->shape[i]);
            set_input(one, in[i], c->number[i] + (mapped[i] ? draw * count : 0));
        }
        wrong = reference_run(one, outs, n);
        for (int k = 0; k < n && !wrong; k++) {
            int64_t from = out_mapped[k] ? draw * shape_count(&outs[k]->shape) : 0;
            same_numbers(c, all, result[k], from, one, outs[k], "draws", 1e-12);
        }
    }
    if (wrong) fail(c, wrong, 0, 0);
    wrong = graph_verify(g);
    if (wrong) {
        note("%s: draws: %s", c->op->name, wrong);
        failures++;
    }
    reference_free(all);
    reference_free(one);
}

static void test_draws(const Case *c, Graph *g, Node *const *in, Node *y)
{
    Node *outs[1 + INPUTS] = {y}, *real[INPUTS];
    int which[INPUTS], n = real_inputs(c, in, real, which), n_outs = 1;
    if (y->type == TYPE_KEY) return;
    for (int i = 0; i < n && type_is_real(y->type); i++)
        if (has_slope(c, g, weighted(g, y, 0.3), real[i], &outs[n_outs])) n_outs++;
    for (unsigned mask = 1; mask < 1u << c->n_in; mask++)
        test_mask(c, g, in, outs, n_outs, mask);
}

/* ---- precision, views ---- */

static void test_numbers(const Case *c, Graph *g, Node *const *in, Node *y)
{
    Node *in32[INPUTS] = {NULL}, *y32;
    Reference *copies = reference_new(g, false), *views = reference_new(g, true);
    inputs(g, c, true, in32);
    y32 = make(g, c, in32);
    for (int i = 0; i < c->n_in; i++) {
        set_input(copies, in[i], c->number[i]);
        set_input(views, in[i], c->number[i]);
        set_input(views, in32[i], c->number[i]);
    }
    const char *wrong = reference_run(copies, &y, 1);
    if (!wrong) wrong = reference_run(views, &y, 1);
    if (!wrong && y->type != TYPE_KEY)
        same_numbers(c, views, y, 0, copies, y, "views", 0);
    /* what is drawn in single precision is another stream */
    bool drawn = c->type[0] == TYPE_KEY;
    if (!wrong && !drawn && y32 && type_is_real(y->type)) {
        wrong = reference_run(views, &y32, 1);
        if (!wrong) same_numbers(c, views, y32, 0, copies, y, "single precision", 2e-5);
    }
    if (!y32) wrong = g->error;
    if (wrong) fail(c, wrong, 0, 0);
    reference_free(copies);
    reference_free(views);
}

/* ---- over the table ---- */

static void run_case(Case *c)
{
    Graph *g = graph_new(&memory, NULL);
    Node *in[INPUTS] = {NULL};
    draw_numbers(c);
    inputs(g, c, false, in);
    Node *y = make(g, c, in);
    if (!y) {
        note("%s: %s", c->op->name, g->error);
        failures++;
    } else {
        test_slopes(c, g, in, y);
        test_draws(c, g, in, y);
        test_numbers(c, g, in, y);
    }
    graph_free(g);
}

static Shape probe_shape(const int64_t *dim)
{
    Shape s = {0};
    while (s.rank < 4 && dim[s.rank] >= 0) {
        s.dim[s.rank] = dim[s.rank];
        s.rank++;
    }
    return s;
}

static void elem_case_types(Case *c)
{
    Elem e = (Elem)c->op->elem;
    for (int i = 0; i < INPUTS; i++) c->type[i] = TYPE_F64;
    if (e == ELEM_and || e == ELEM_or || e == ELEM_not)
        c->type[0] = c->type[1] = TYPE_BOOL;
    if (e == ELEM_where) c->type[0] = TYPE_BOOL;
    if (e == ELEM_fold) {
        c->type[0] = TYPE_KEY;
        c->type[1] = TYPE_I64;
    }
}

/* Scalars, vectors, matrices, broadcasts, sizes 1 and 0. */
static const int64_t elem_shapes[][3][4] = {
    {{-1}, {-1}, {-1}},
    {{3, -1}, {3, -1}, {3, -1}},
    {{2, 3, -1}, {2, 3, -1}, {2, 3, -1}},
    {{2, 1, -1}, {1, 3, -1}, {-1}},
    {{2, 3, -1}, {3, -1}, {1, 3, -1}},
    {{-1}, {3, -1}, {1, -1}},
    {{1, 1, -1}, {2, 1, -1}, {2, 2, -1}},
    {{0, -1}, {0, -1}, {0, -1}},
    {{0, 2, -1}, {1, 2, -1}, {2, -1}},
};

static void test_elem(const Op *op)
{
    failures = 0;
    for (size_t k = 0; k < sizeof elem_shapes / sizeof *elem_shapes; k++) {
        Case c = {.op = op, .probe = op->probe, .n_in = op->arity, .state = 7 + k};
        elem_case_types(&c);
        for (int i = 0; i < INPUTS; i++) c.shape[i] = probe_shape(elem_shapes[k][i]);
        run_case(&c);
    }
    ok(failures == 0, "%s (element-wise)", op->name);
}

static void test_op(const Op *op)
{
    failures = 0;
    int probes = 0;
    for (const Probe *p = op->probe; p && (p->lo < p->hi || p->lo > p->hi);
         p++, probes++) {
        Case c = {.op = op, .probe = p, .n_in = op->arity, .state = 11};
        if (op->arity < 0) c.n_in = p->n_in;
        for (int i = 0; i < c.n_in; i++) {
            c.type[i] = p->type[i];
            c.shape[i] = probe_shape(p->dim[i]);
        }
        run_case(&c);
    }
    ok(failures == 0 && probes, "%s, %d probes", op->name, probes);
}

static bool without_probes(const Op *op)
{
    return op->flags & OP_SOURCE || op == &op_stop || op == &op_draw ||
           op == &op_scan || op == &op_while || op == &op_custom || op == &op_foreign;
}

int main(void)
{
    memory = reference_memory();
    const Op *op;
    for (int i = 0; (op = op_at(i)); i++) {
        if (without_probes(op)) continue;
        if (op->flags & OP_ELEM)
            test_elem(op);
        else
            test_op(op);
    }
    ok(memory.used == 0, "all memory is given back");
    return done_testing();
}
