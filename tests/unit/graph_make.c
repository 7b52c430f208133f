/* SPDX-License-Identifier: MIT
 * Making nodes: sharing, broadcasting by sizes and names and its messages, supports,
 * what is known beforehand, slopes at the edges, and what the draw axis leaves alone.
 */
#include "../reference.h"
#include "../tap.h"

static Memory memory;
static Names names;
static Graph *g;

static Node *input(int rank, int64_t a, int64_t b, const char *na, const char *nb)
{
    Shape s = shape_of(rank, (int64_t[]){a, b});
    if (na) s.name[0] = name_str(&names, na);
    if (nb) s.name[1] = name_str(&names, nb);
    return graph_input(g, TYPE_F64, SUPPORT_ANY, &s, 0);
}

static Node *supported(Support s)
{
    return graph_input(g, TYPE_F64, s, &(Shape){0}, 0);
}

static void shape_is(const Node *n, const char *want, const char *title)
{
    char text[SHAPE_TEXT];
    is_str(n ? shape_text(text, &names, &n->shape, true) : g->error, want, title);
}

static void error_has(const Node *n, const char *part, const char *title)
{
    if (!ok(!n && strstr(g->error, part), "%s", title))
        note("%s", n ? "made" : g->error);
}

/* ---- shapes ---- */

static void test_broadcast(void)
{
    Node *n = input(1, 50, 0, "N", NULL), *m = input(1, 50, 0, "M", NULL);
    Node *plain = input(1, 50, 0, NULL, NULL), *column = input(2, 50, 1, "N", NULL);
    Node *nd = input(2, 50, 3, "N", "D"), *d = input(1, 3, 0, "D", NULL);
    Node *row = input(2, 1, 3, NULL, "D"), *one = graph_real(g, 2);
    shape_is(op2(g, ELEM_add, n, plain), "[N = 50]", "a name meets no name");
    shape_is(op2(g, ELEM_add, nd, d), "[N = 50, D = 3]", "trailing axes");
    shape_is(op2(g, ELEM_add, column, row), "[N = 50, D = 3]", "axes of size 1");
    shape_is(op2(g, ELEM_mul, one, nd), "[N = 50, D = 3]", "a scalar meets anything");
    error_has(op2(g, ELEM_add, n, column), "[N] and [N, 1] do not broadcast",
              "[N] and [N, 1] do not meet");
    error_has(op2(g, ELEM_add, n, m),
              "[N] and [M] do not broadcast: axes of different names",
              "two names of one size do not meet");
    error_has(op2(g, ELEM_add, nd, input(2, 4, 3, NULL, NULL)), "sizes of an axis",
              "sizes that differ");
    error_has(op_dot(g, nd, nd), "do not meet", "a product's inner axes");
    shape_is(op_dot(g, nd, d), "[N = 50]", "matrix times vector");
    shape_is(op_dot(g, n, nd), "[D = 3]", "vector times matrix");
    shape_is(op_dot(g, n, n), "[]", "vector times vector");
    error_has(op2(g, ELEM_and, n, n), "cannot take real", "types that do not fit");
    ok(op2(g, ELEM_add, NULL, n) == NULL, "NULL gives NULL");
    error_has(op_reduce(g, &op_sum, nd, -3, false), "no axis -3",
              "an axis that is not there");
    error_has(op_slice_axis(g, d, -1, 1, 4, 1), "beyond an axis of size 3",
              "a slice too far");
}

static void test_types(void)
{
    Node *i = graph_input(g, TYPE_I64, SUPPORT_ANY, &(Shape){0}, 0);
    Node *f = graph_input(g, TYPE_F32, SUPPORT_ANY, &(Shape){0}, 0);
    Node *b = graph_input(g, TYPE_BOOL, SUPPORT_ANY, &(Shape){0}, 0), *x = supported(0);
    ok(op2(g, ELEM_add, i, i)->type == TYPE_I64, "int + int is int");
    ok(op2(g, ELEM_div, i, i)->type == TYPE_F64, "int / int is real");
    ok(op2(g, ELEM_add, i, x)->type == TYPE_F64, "int + real is real");
    ok(op2(g, ELEM_add, f, graph_real(g, 1))->type == TYPE_F32,
       "a constant follows real32");
    ok(op2(g, ELEM_add, f, x)->type == TYPE_F64, "real32 + real is real");
    ok(op2(g, ELEM_mul, f, graph_int(g, 2))->type == TYPE_F32, "int follows real32");
    ok(op2(g, ELEM_add, b, b)->type == TYPE_I64, "bools are counted");
    ok(op1(g, ELEM_exp, i)->type == TYPE_F64, "a function of an int is real");
    ok(op2(g, ELEM_lt, i, x)->type == TYPE_BOOL, "comparing gives bool");
    ok(op3(g, ELEM_where, b, i, x)->type == TYPE_F64, "where joins types");
    ok(op_reduce(g, &op_sum, input(1, 3, 0, NULL, NULL), 0, true)->shape.rank == 1,
       "keep keeps axes");
}

/* ---- sharing and knowing ---- */

static void test_simple(void)
{
    Node *x = input(2, 2, 3, NULL, NULL), *y = input(2, 2, 3, NULL, NULL);
    Node *zero = graph_real(g, 0), *one = graph_real(g, 1), *two = graph_real(g, 2);
    double v;
    ok(op2(g, ELEM_add, x, y) == op2(g, ELEM_add, x, y), "equal nodes are one");
    ok(x != y && graph_real(g, 2) == two, "inputs are not shared, constants are");
    ok(op2(g, ELEM_add, x, zero) == x && op2(g, ELEM_mul, one, x) == x, "x + 0, 1 * x");
    ok(op1(g, ELEM_neg, op1(g, ELEM_neg, x)) == x, "two minuses");
    ok(op2(g, ELEM_pow, x, two) == op1(g, ELEM_square, x), "x ^ 2");
    ok(node_constant_value(op2(g, ELEM_mul, x, zero), &v) && v == 0, "x * 0");
    ok(node_constant_value(op1(g, ELEM_log, one), &v) && v == 0,
       "constants are computed");
    ok(op2(g, ELEM_mul, two, graph_int(g, 3))->type == TYPE_F64 &&
           node_constant_value(op2(g, ELEM_mul, two, graph_int(g, 3)), &v) && v == 6,
       "mixed constants");
    Node *fill = graph_fill(g, TYPE_F64, 0.5, &x->shape);
    ok(node_constant_value(op_reduce(g, &op_sum, fill, -1, false), &v) && v == 1.5,
       "a sum of equal numbers");
    ok(op2(g, ELEM_mul, x, fill)->in[1]->shape.rank == 0,
       "a repeated scalar stays scalar");
    ok(op_transpose(g, op_transpose(g, x)) == x, "two transposes");
    Node *in[2] = {x, y};
    Attr a = {.axis = -1};
    ok(op_slice_axis(g, graph_node(g, &op_concat, in, 2, &a), -1, 3, 6, 1) == y,
       "a part of a concatenation");
    Shape flat = shape_of(1, (int64_t[]){6});
    ok(op_to_shape(g, op_to_shape(g, x, &flat), &x->shape) == x, "there and back");
}

static void test_supports(void)
{
    Node *p = supported(SUPPORT_POSITIVE), *u = supported(SUPPORT_UNIT),
         *x = supported(0);
    Node *one = graph_real(g, 1);
    ok(op1(g, ELEM_exp, x)->support == SUPPORT_POSITIVE, "exp");
    ok(op1(g, ELEM_sigmoid, x)->support == SUPPORT_UNIT, "sigmoid");
    ok(op1(g, ELEM_square, x)->support == SUPPORT_NONNEGATIVE, "square");
    ok(op2(g, ELEM_mul, p, p)->support == SUPPORT_POSITIVE, "positive * positive");
    ok(op2(g, ELEM_add, p, u)->support == SUPPORT_POSITIVE, "positive + unit");
    ok(op2(g, ELEM_sub, one, u)->support == SUPPORT_UNIT, "1 - unit");
    ok(op2(g, ELEM_sub, p, u)->support == SUPPORT_ANY, "positive - unit");
    ok(op1(g, ELEM_sqrt, p)->support == SUPPORT_POSITIVE, "sqrt");
    ok(op1(g, ELEM_neg, p)->support == SUPPORT_NEGATIVE, "neg");
    ok(op2(g, ELEM_div, one, p)->support == SUPPORT_POSITIVE, "1 / positive");
    ok(op2(g, ELEM_mul, u, u)->support == SUPPORT_UNIT, "unit * unit");
    Shape s = shape_of(2, (int64_t[]){4, 3});
    Node *simplex = graph_input(g, TYPE_F64, SUPPORT_SIMPLEX, &s, 0);
    ok(op_slice_axis(g, simplex, -2, 0, 2, 1)->support == SUPPORT_SIMPLEX,
       "rows of simplexes");
    ok(op_slice_axis(g, simplex, -1, 0, 2, 1)->support == SUPPORT_UNIT,
       "parts of simplexes");
    ok(support_fits(SUPPORT_SIMPLEX, SUPPORT_NONNEGATIVE) &&
           !support_fits(SUPPORT_UNIT, SUPPORT_POSITIVE),
       "fitting");
}

/* ---- slopes at the edges ---- */

/* d of y at x = `at`, where y was made of x; NAN if it cannot be computed. */
static double slope_at(Node *y, Node *x, double at)
{
    Node *d, *where;
    if (!y || !graph_slope(g, y, NULL, &x, 1, &d, &where)) return (double)NAN;
    Reference *r = reference_new(g, true);
    reference_set(r, x, &at);
    const char *wrong = reference_run(r, &d, 1);
    double v = wrong ? (double)NAN : reference_real(r, d, 0);
    reference_free(r);
    return v;
}

static void test_edges(void)
{
    Node *x = supported(0), *zero = graph_real(g, 0), *two = graph_real(g, 2);
    Node *above = op2(g, ELEM_gt, x, zero);
    Node *log_or = op3(g, ELEM_where, above, op1(g, ELEM_log, x), zero);
    Node *root_or = op3(g, ELEM_where, above, op1(g, ELEM_sqrt, x), zero);
    Node *below = op2(g, ELEM_lt, x, zero);
    Node *exp_or =
        op3(g, ELEM_where, below, op2(g, ELEM_mul, x, op1(g, ELEM_exp, x)), x);
    near(slope_at(log_or, x, 0), 0, 0, "where does not see log 0");
    near(slope_at(root_or, x, 0), 0, 0, "where does not see the slope of sqrt 0");
    near(slope_at(exp_or, x, 1000), 1, 0, "where does not see exp 1000");
    near(slope_at(op1(g, ELEM_relu, x), x, 0), 0, 0, "relu at 0");
    near(slope_at(op1(g, ELEM_abs, x), x, 0), 0, 0, "abs at 0");
    near(slope_at(op2(g, ELEM_max, x, zero), x, 0), 0.5, 0, "max at a tie");
    near(slope_at(op2(g, ELEM_pow, zero, x), x, 2), 0, 0, "0 ^ x in its exponent");
    near(slope_at(op2(g, ELEM_pow, x, graph_real(g, 3)), x, 0), 0, 0, "x ^ 3 at 0");
    near(slope_at(op2(g, ELEM_pow, x, op2(g, ELEM_mul, two, zero)), x, 0), 0, 0,
         "x ^ 0 at 0");
    near(slope_at(op2(g, ELEM_xlogy, zero, x), x, 0), 0, 0, "0 log x at 0");
    near(slope_at(op1(g, ELEM_softplus, x), x, -800), 0, 0, "softplus far below");
    near(slope_at(op1(g, ELEM_log_sigmoid, x), x, -800), 1, 0, "log sigmoid far below");
    Shape s = shape_of(1, (int64_t[]){3});
    Node *none = op2(g, ELEM_add, graph_fill(g, TYPE_F64, -HUGE_VAL, &s), x);
    near(slope_at(op_reduce(g, &op_logsumexp, none, -1, false), x, 0), 0, 0,
         "logsumexp of -inf alone");
    near(slope_at(op_to_type(g, op_to_type(g, x, TYPE_I64), TYPE_F64), x, 1), 0, 0,
         "no slope through ints");
    Node *y = supported(0), *d, *where;
    double v;
    ok(graph_slope(g, x, NULL, &y, 1, &d, &where) && node_constant_value(d, &v) &&
           v == 0,
       "no way to an input: 0");
    error_has(graph_slope(g, above, NULL, &x, 1, &d, &where) ? x : NULL, "only reals",
              "a bool has no slope");
}

/* The slopes of all slices of x come back as one concatenation. */
static void test_split(void)
{
    Node *x = input(2, 3, 5, NULL, NULL), *d, *where, *sum = NULL;
    static const int64_t cut[] = {0, 2, 3, 5};
    for (int i = 0; i < 3; i++) {
        Node *part = op_slice_axis(g, x, -1, cut[i], cut[i + 1], 1);
        Node *f = op_reduce(g, &op_sum, op2(g, ELEM_mul, part, graph_real(g, i + 1)), 0,
                            false);
        sum = sum ? op2(g, ELEM_add, sum, op1(g, ELEM_square, f)) : f;
    }
    Reference *r = reference_new(g, true);
    double v[15], want[15];
    for (int i = 0; i < 15; i++) v[i] = 1;
    for (int i = 0; i < 15; i++) want[i] = i % 5 < 2 ? 1 : i % 5 < 3 ? 24 : 108;
    reference_set(r, x, v);
    bool good =
        graph_slope(g, sum, NULL, &x, 1, &d, &where) && !reference_run(r, &d, 1);
    for (int i = 0; i < 15 && good; i++)
        good = fabs(reference_real(r, d, i) - want[i]) < 1e-12;
    ok(good && d->op == &op_concat, "slopes of slices side by side");
    reference_free(r);
}

/* ---- draws ---- */

static void test_hoisting(void)
{
    Node *x = input(2, 5, 2, "N", NULL), *w = input(2, 2, 3, NULL, NULL);
    Node *b = input(1, 3, 0, NULL, NULL);
    Node *fixed = op1(g, ELEM_tanh, op_dot(g, x, w));
    Node *y = op2(g, ELEM_add, fixed, b), *outs[2] = {y, fixed}, *result[2];
    Shape s = shape_prepend(&b->shape, 7);
    Node *many = graph_input(g, TYPE_F64, SUPPORT_ANY, &s, 0);
    bool mapped = true, out_mapped[2];
    ok(graph_batch(g, 7, &b, &many, &mapped, 1, outs, 2, result, out_mapped),
       "over draws");
    ok(out_mapped[0] && !out_mapped[1] && result[1] == fixed,
       "what is not reached stays");
    shape_is(result[0], "[7, N = 5, 3]", "the axis is in front");
    Node *over =
        graph_input(g, TYPE_F64, SUPPORT_ANY, &(Shape){.rank = 3, .dim = {7, 2, 3}}, 0);
    ok(graph_batch(g, 7, &w, &over, &mapped, 1, outs, 1, result, out_mapped),
       "over weights");
    shape_is(result[0], "[7, N = 5, 3]", "many networks, one input");
    Node *other = input(1, 3, 0, NULL, NULL);
    mapped = false;
    ok(graph_batch(g, 0, &b, &other, &mapped, 1, outs, 1, result, out_mapped) &&
           result[0] == op2(g, ELEM_add, fixed, other),
       "plain substitution");
}

/* ---- printing ---- */

static void test_print(void)
{
    Graph *own = graph_new(&memory, &names);
    Shape s = shape_of(1, (int64_t[]){4});
    s.name[0] = name_str(&names, "N");
    Node *x = graph_input(own, TYPE_F64, SUPPORT_ANY, &s, 3);
    Node *y = op_reduce(own, &op_sum,
                        op2(own, ELEM_mul, op1(own, ELEM_exp, x), graph_real(own, 2.5)),
                        -1, false);
    Out o;
    out_init(&o, &memory);
    graph_print(&o, own, &y, 1);
    is_str(o.at,
           "%0 = input 3 : real[N]\n"
           "%1 = constant 2.5 : real, positive\n"
           "%2 = exp %0 : real[N], positive\n"
           "%3 = mul %2 %1 : real[N], positive\n"
           "%4 = sum %3 axis -1 : real, positive\n"
           "out %4\n",
           "a graph as text");
    out_free(&o);
    ok(!graph_verify(own), "verified");
    y->in[0]->shape.dim[0] = 5;
    ok(graph_verify(own) != NULL, "a wrong shape is found");
    graph_free(own);
}

int main(void)
{
    memory = reference_memory();
    names_init(&names, &memory);
    g = graph_new(&memory, &names);
    test_broadcast();
    test_types();
    test_simple();
    test_supports();
    test_edges();
    test_split();
    test_hoisting();
    const char *wrong = graph_verify(g);
    if (!ok(!wrong, "verified")) note("%s", wrong);
    graph_free(g);
    test_print();
    names_free(&names);
    ok(memory.used == 0, "all memory is given back");
    return done_testing();
}
