/* SPDX-License-Identifier: MIT
 * Numbers at sizes that the probes do not reach: products through every way they are
 * computed, long sums, sorting, factors, special functions, and runs that must fail.
 */
#include "../reference.h"
#include "base/wide.h"
#include "ops/ops_int.h"
#include "../tap.h"

static Memory memory;
static Graph *g;
static uint64_t state = 5;

static double random_real(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    uint64_t x = state ^ (state >> 29);
    return (double)((x * 0x9E3779B97F4A7C15u) >> 11) * 0x1p-53 - 0.5;
}

static Node *input(Type t, int rank, int64_t a, int64_t b, int64_t c)
{
    Shape s = shape_of(rank, (int64_t[]){a, b, c});
    return graph_input(g, t, SUPPORT_ANY, &s, 0);
}

/* Random numbers in the type of n; kept for the comparison. */
static double *fill(Reference *r, const Node *n)
{
    int64_t count = shape_count(&n->shape);
    double *x = malloc((size_t)(count + 1) * sizeof *x);
    float *f = malloc((size_t)(count + 1) * sizeof *f);
    for (int64_t i = 0; i < count; i++) {
        f[i] = (float)random_real();
        x[i] = n->type == TYPE_F32 ? (double)f[i] : random_real();
    }
    reference_set(r, n, n->type == TYPE_F32 ? (const void *)f : (const void *)x);
    free(f);
    return x;
}

/* ---- products ---- */

typedef enum { PLAIN, TURNED, REVERSED, REPEATED } Layout;

/* x as stored for a layout, and the view of it that is [rows, columns]. */
static Node *laid_out(Type t, int64_t rows, int64_t columns, Layout l, Node **stored)
{
    Shape s = shape_of(2, (int64_t[]){rows, columns});
    if (l == TURNED) {
        *stored = input(t, 2, columns, rows, 0);
        return op_transpose(g, *stored);
    }
    if (l == REPEATED) {
        *stored = input(t, 2, rows, 1, 0);
        return op_broadcast(g, *stored, &s);
    }
    *stored = input(t, 2, rows, columns, 0);
    return l == PLAIN ? *stored : op_slice_axis(g, *stored, -1, columns - 1, -1, -1);
}

static double entry(const double *x, int64_t rows, int64_t columns, Layout l, int64_t i,
                    int64_t k)
{
    if (l == TURNED) return x[k * rows + i];
    if (l == REPEATED) return x[i];
    return l == PLAIN ? x[i * columns + k] : x[i * columns + columns - 1 - k];
}

static double product_error(Type t, int64_t m, int64_t n, int64_t k, Layout la,
                            Layout lb)
{
    Node *sa, *sb, *a = laid_out(t, m, k, la, &sa), *b = laid_out(t, k, n, lb, &sb);
    Node *in[2] = {a, b}, *y = graph_node(g, &op_matmul, in, 2, NULL);
    Reference *r = reference_new(g, true);
    double *x = fill(r, sa), *z = fill(r, sb), worst = 0;
    if (!y || reference_run(r, &y, 1)) worst = 1;
    for (int64_t i = 0; i < m && y; i++)
        for (int64_t j = 0; j < n; j++) {
            double want = 0;
            for (int64_t p = 0; p < k; p++)
                want += entry(x, m, k, la, i, p) * entry(z, k, n, lb, p, j);
            double off = fabs(reference_real(r, y, i * n + j) - want);
            if (!(off <= worst)) worst = off;
        }
    free(x);
    free(z);
    reference_free(r);
    return worst;
}

static void test_products(void)
{
    static const int64_t size[][3] = {
        {1, 1, 1},    {1, 7, 5},    {7, 1, 5},    {3, 2, 1},    {100, 50, 1},
        {100, 2, 50}, {50, 2, 100}, {5, 17, 9},   {4, 8, 300},  {6, 16, 2},
        {1, 3000, 9}, {130, 1, 70}, {1, 40, 130}, {33, 34, 35}, {64, 70, 150}};
    for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
        double worst = 0, single = 0;
        for (int la = PLAIN; la <= REPEATED; la++)
            for (int lb = PLAIN; lb <= REPEATED; lb++) {
                const int64_t *s = size[i];
                double e =
                    product_error(TYPE_F64, s[0], s[1], s[2], (Layout)la, (Layout)lb);
                double f =
                    product_error(TYPE_F32, s[0], s[1], s[2], (Layout)la, (Layout)lb);
                if (!(e <= worst)) worst = e;
                if (!(f <= single)) single = f;
            }
        ok(worst < 1e-13 && single < 3e-5, "[%lld, %lld] @ [%lld, %lld]: %.2g, %.2g",
           (long long)size[i][0], (long long)size[i][2], (long long)size[i][2],
           (long long)size[i][1], worst, single);
    }
}

/* The room's own small products, for every kind of CPU that this one can be. */
static double small_error(const GemmLoops *loops, bool ta, bool tb, int64_t m,
                          int64_t n, int64_t k)
{
    static double a[4000], b[4000], y[4000];
    static float fa[4000], fb[4000], fy[4000];
    double worst = 0;
    for (int i = 0; i < 4000; i++) {
        a[i] = (double)(fa[i] = (float)random_real());
        b[i] = (double)(fb[i] = (float)random_real());
        y[i] = (double)(fy[i] = 1);
    }
    loops->f64(ta, tb, m, n, k, a, ta ? m : k, b, tb ? k : n, y, n, true);
    loops->f32(ta, tb, m, n, k, fa, ta ? m : k, fb, tb ? k : n, fy, n, true);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            double want = 1;
            for (int64_t p = 0; p < k; p++)
                want += a[ta ? p * m + i : i * k + p] * b[tb ? j * k + p : p * n + j];
            double off = fabs(y[i * n + j] - want) * 1e8;
            double single = fabs((double)fy[i * n + j] - want);
            if (!(off <= worst)) worst = off;
            if (!(single <= worst)) worst = single;
        }
    return worst;
}

static void test_small_products(void)
{
    static const int64_t size[][3] = {
        {1, 1, 1},   {5, 7, 3},   {4, 16, 9},   {6, 2, 200}, {3, 9, 300}, {1, 33, 20},
        {33, 1, 20}, {8, 24, 0},  {9, 2, 50},   {7, 3, 17},  {50, 4, 33}, {3, 70, 19},
        {2, 50, 3},  {30, 70, 2}, {10, 130, 1}, {6, 4, 4},   {1, 4, 1},   {13, 1, 50}};
    const GemmLoops *loops[3] = {&gemm_loops_base, &gemm_loops_base, &gemm_loops_base};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        loops[1] = &gemm_loops_avx2;
    if (wide_has_avx512()) loops[2] = &gemm_loops_avx512;
#endif
    double worst[3] = {0, 0, 0};
    for (size_t i = 0; i < sizeof size / sizeof *size; i++)
        for (int t = 0; t < 12; t++) {
            const int64_t *s = size[i];
            double e = small_error(loops[t / 4], t & 1, t & 2, s[0], s[1], s[2]);
            if (!(e <= worst[t / 4])) worst[t / 4] = e;
        }
    ok(worst[0] < 2e-5, "small products, any CPU: %.2g", worst[0]);
    ok(worst[1] < 2e-5, "small products, AVX2: %.2g", worst[1]);
    ok(worst[2] < 2e-5, "small products, AVX-512: %.2g", worst[2]);
}

/* Draws and rows in front: as one product, or one by one. */
static void test_many_products(void)
{
    Node *a = input(TYPE_F64, 3, 5, 40, 30), *b = input(TYPE_F64, 2, 30, 20, 0);
    Node *c = input(TYPE_F64, 3, 5, 20, 3);
    Node *y = op_dot(g, op_dot(g, a, b), c), *slope[3], *where, *wrt[3] = {a, b, c};
    Reference *r = reference_new(g, true);
    double *x = fill(r, a), *z = fill(r, b), *w = fill(r, c), worst = 0;
    bool made =
        graph_slope(g, y, NULL, wrt, 3, slope, &where) && !reference_run(r, &y, 1);
    for (int64_t i = 0; i < 5 * 40 * 3 && made; i++) {
        double want = 0;
        for (int64_t k = 0; k < 20; k++)
            for (int64_t p = 0; p < 30; p++)
                want +=
                    x[i / 3 * 30 + p] * z[p * 20 + k] * w[i / 120 * 60 + k * 3 + i % 3];
        double off = fabs(reference_real(r, y, i) - want);
        if (!(off <= worst)) worst = off;
    }
    ok(made && worst < 1e-13, "products over rows in front: %.2g", worst);
    made = made && !reference_run(r, slope, 3);
    worst = 0;
    for (int64_t p = 0; p < 30 && made; p++) {
        double want = 0;
        for (int64_t i = 0; i < 200; i++)
            for (int64_t j = 0; j < 3; j++) want += x[i * 30 + p] * w[i / 40 * 60 + j];
        double off = fabs(reference_real(r, slope[1], p * 20) - want);
        if (!(off <= worst)) worst = off;
    }
    ok(made && worst < 1e-12, "the slope of what they share: %.2g", worst);
    free(x);
    free(z);
    free(w);
    reference_free(r);
}

/* ---- along an axis ---- */

static double sum_error(Type t, int64_t outer, int64_t n, int64_t inner)
{
    Node *x = input(t, 3, outer, n, inner);
    Node *y = op_reduce(g, &op_sum, x, -2, false);
    Reference *r = reference_new(g, true);
    double *v = fill(r, x), worst = 0;
    if (reference_run(r, &y, 1)) worst = 1;
    for (int64_t o = 0; o < outer; o++)
        for (int64_t j = 0; j < inner; j++) {
            long double want = 0;
            for (int64_t i = 0; i < n; i++)
                want += (long double)v[(o * n + i) * inner + j];
            double off = fabs(reference_real(r, y, o * inner + j) - (double)want);
            if (!(off <= worst)) worst = off;
        }
    free(v);
    reference_free(r);
    return worst;
}

static void test_sums(void)
{
    static const int64_t size[][3] = {{1, 100000, 1}, {1000, 7, 1}, {3, 1000, 1},
                                      {1, 10000, 2},  {1, 999, 8},  {2, 500, 50},
                                      {1, 300, 130},  {4, 0, 3},    {1, 63, 3}};
    for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
        double e = sum_error(TYPE_F64, size[i][0], size[i][1], size[i][2]);
        double f = sum_error(TYPE_F32, size[i][0], size[i][1], size[i][2]);
        ok(e < 1e-12 && f < 2e-5, "sum of [%lld, %lld, %lld]: %.2g, %.2g",
           (long long)size[i][0], (long long)size[i][1], (long long)size[i][2], e, f);
    }
}

static double of_three(const Op *op, double a, double b, double c)
{
    Node *x = input(TYPE_F64, 1, 3, 0, 0), *y = op_reduce(g, op, x, -1, false);
    Reference *r = reference_new(g, true);
    reference_set(r, x, (double[]){a, b, c});
    double v = reference_run(r, &y, 1) ? -99 : reference_real(r, y, 0);
    reference_free(r);
    return v;
}

static void test_edges(void)
{
    double inf = HUGE_VAL, nan = (double)NAN;
    near(of_three(&op_logsumexp, -inf, -inf, -inf), -inf, 0, "logsumexp of nothing");
    near(of_three(&op_logsumexp, -inf, 2, -inf), 2, 0, "logsumexp of one");
    near(of_three(&op_logsumexp, 1000, 1000, -inf), 1000 + log(2), 1e-15, "far above");
    near(of_three(&op_logsumexp, inf, 1, 1), inf, 0, "logsumexp of inf");
    near(of_three(&op_logsumexp, nan, 1, 1), nan, 0, "logsumexp of NaN");
    near(of_three(&op_max, 1, nan, 3), nan, 0, "a NaN is not lost by max");
    near(of_three(&op_min, 1, -inf, 3), -inf, 0, "min");
    near(of_three(&op_argmax, 1, 3, 3), 1, 0, "the first of the largest");
    near(of_three(&op_argmin, 1, nan, -3), 1, 0, "a NaN is found by argmin");
    near(of_three(&op_prod, 2, -3, 0.5), -3, 0, "prod");
}

/* Whether the extreme of n numbers is found at each place of them, a NaN too. */
static bool extreme_found(const Op *op, Type type, int64_t n, double extreme)
{
    double v[80];
    float single[80];
    bool all = true;
    Node *x = input(type, 1, n, 0, 0), *y = op_reduce(g, op, x, -1, false);
    Reference *r = reference_new(g, true);
    for (int64_t at = 0; at < n; at++) {
        for (int64_t i = 0; i < n; i++) v[i] = floor(random_real() * 40) - 20;
        v[at] = extreme;
        for (int64_t i = 0; i < n; i++) single[i] = (float)v[i];
        reference_set(r, x, type == TYPE_F32 ? (const void *)single : v);
        double has = reference_run(r, &y, 1) ? -99 : reference_real(r, y, 0);
        all = all && (isnan(extreme) ? isnan(has) : has == extreme);
    }
    reference_free(r);
    return all;
}

static void test_extremes(void)
{
    bool found = true, kept = true;
    const Type type[] = {TYPE_F64, TYPE_F32};
    for (int t = 0; t < 2; t++)
        for (int64_t n = 1; n < 80; n += n < 20 ? 1 : 13) {
            found = found && extreme_found(&op_max, type[t], n, 50) &&
                    extreme_found(&op_min, type[t], n, -50) &&
                    extreme_found(&op_max, type[t], n, HUGE_VAL);
            kept = kept && extreme_found(&op_max, type[t], n, (double)NAN) &&
                   extreme_found(&op_min, type[t], n, (double)NAN);
        }
    ok(found, "the extreme is found at each place, of any count");
    ok(kept, "a NaN is kept from each place");
}

static void test_sort(void)
{
    enum { N = 1000 };
    Node *x = input(TYPE_F64, 1, N, 0, 0), *out[2];
    out[0] = op_reduce(g, &op_sort, x, -1, false);
    out[1] = op_reduce(g, &op_argsort, x, -1, false);
    Reference *r = reference_new(g, true);
    double v[N];
    for (int i = 0; i < N; i++) v[i] = floor(random_real() * 100);
    v[17] = (double)NAN;
    v[18] = -HUGE_VAL;
    reference_set(r, x, v);
    bool good = !reference_run(r, out, 2), stable = true;
    for (int i = 0; i + 1 < N && good; i++) {
        double a = reference_real(r, out[0], i), b = reference_real(r, out[0], i + 1);
        double p = reference_real(r, out[1], i), q = reference_real(r, out[1], i + 1);
        good = a <= b || (i == N - 2 && b != b);
        stable = stable && (a < b || a != a || b != b || p < q) && v[(int)p] == a;
    }
    ok(good && reference_real(r, out[1], 0) == 18, "sorted, NaN last");
    ok(stable, "equal numbers keep their order");
    reference_free(r);
}

/* ---- matrices ---- */

static void test_factors(void)
{
    enum { N = 101 };
    Node *x = input(TYPE_F64, 2, N, N, 0), *b = input(TYPE_F64, 2, N, 40, 0);
    Shape s = shape_of(2, (int64_t[]){N, N});
    double *eye = calloc(N * N, sizeof *eye);
    for (int i = 0; i < N; i++) eye[i * N + i] = 1;
    Node *one = graph_constant(g, TYPE_F64, &s, eye);
    Node *a = op2(g, ELEM_add, op_dot(g, x, op_transpose(g, x)), one);
    Node *l = graph_node(g, &op_cholesky, &a, 1, NULL);
    Attr back = {.n = 1};
    Node *in[2] = {l, b}, *half = graph_node(g, &op_tri_solve, in, 2, NULL);
    in[1] = half;
    Node *whole = graph_node(g, &op_tri_solve, in, 2, &back);
    in[0] = a;
    in[1] = b;
    Node *direct = graph_node(g, &op_solve, in, 2, NULL);
    Node *inverse = graph_node(g, &op_inverse, &a, 1, NULL);
    Node *off[4] = {op2(g, ELEM_sub, op_dot(g, l, op_transpose(g, l)), a),
                    op2(g, ELEM_sub, op_dot(g, a, whole), b),
                    op2(g, ELEM_sub, whole, direct),
                    op2(g, ELEM_sub, op_dot(g, a, inverse), one)};
    for (int i = 0; i < 4; i++)
        off[i] = op_reduce(g, &op_max, op1(g, ELEM_abs, off[i]), 0, false);
    Reference *r = reference_new(g, true);
    free(fill(r, x));
    free(fill(r, b));
    const char *wrong = reference_run(r, off, 4);
    static const char *const title[] = {"cholesky", "triangular systems",
                                        "general systems", "inverse"};
    for (int i = 0; i < 4; i++)
        ok(!wrong && reference_real(r, off[i], 0) < 1e-12, "%s of %d rows", title[i],
           N);
    free(eye);
    reference_free(r);
}

/* The slope of 101 rows by halves, against the derivative of the factor in a direction
 * s, l Φ(l⁻¹ s l⁻ᵀ) with Φ the lower half and half of the diagonal: one inner product.
 */
static void test_factor_slope(void)
{
    enum { N = 101 };
    Node *x = input(TYPE_F64, 2, N, N, 0), *d = input(TYPE_F64, 2, N, N, 0);
    Shape s = shape_of(2, (int64_t[]){N, N});
    double *eye = calloc(N * N, sizeof *eye), *half = calloc(N * N, sizeof *half);
    for (int i = 0; i < N; i++) eye[i * N + i] = 10;
    for (int i = 0; i < N; i++)
        for (int j = 0; j <= i; j++) half[i * N + j] = i == j ? 0.5 : 1;
    Node *a = op2(g, ELEM_add, op_dot(g, x, op_transpose(g, x)),
                  graph_constant(g, TYPE_F64, &s, eye));
    Node *l = graph_node(g, &op_cholesky, &a, 1, NULL), *in[2] = {l, d};
    Node *back = graph_node(g, &op_cholesky_slope, in, 2, NULL);
    Node *toward = op2(g, ELEM_add, x, op_transpose(g, x));
    Node *left = op_transpose(g, op_solve_lower(g, l, toward));
    Node *phi = op2(g, ELEM_mul, op_solve_lower(g, l, left),
                    graph_constant(g, TYPE_F64, &s, half));
    Node *two[2] = {op2(g, ELEM_mul, back, toward),
                    op2(g, ELEM_mul, d, op_dot(g, l, phi))};
    for (int i = 0; i < 2; i++) two[i] = op_reduce(g, &op_sum, two[i], 0, false);
    Reference *r = reference_new(g, true);
    free(fill(r, x));
    free(fill(r, d));
    const char *wrong = reference_run(r, two, 2);
    double one = reference_real(r, two[0], 0), other = reference_real(r, two[1], 0);
    ok(!wrong && fabs(one - other) < 1e-12 * fabs(other),
       "slope in a factor of %d rows", N);
    free(eye);
    free(half);
    reference_free(r);
}

static const char *failure(const Op *op, Node *const *in, int n_in, const Attr *a,
                           const void *x, const void *y)
{
    Node *node = graph_node(g, op, in, n_in, a);
    Reference *r = reference_new(g, true);
    reference_set(r, in[0], x);
    if (n_in > 1) reference_set(r, in[1], y);
    const char *wrong = node ? reference_run(r, &node, 1) : g->error;
    static char kept[600]; /* an op may have written into its scratch */
    snprintf(kept, sizeof kept, "%s", wrong ? wrong : "");
    reference_free(r);
    return wrong ? kept : NULL;
}

static void test_failures(void)
{
    Node *a = input(TYPE_F64, 2, 2, 2, 0), *v = input(TYPE_F64, 1, 3, 0, 0);
    Node *i = input(TYPE_I64, 1, 2, 0, 0), *in[2] = {v, i};
    double bad[4] = {1, 2, 2, 1}, flat[4] = {1, 2, 2, 4}, x[3] = {1, 2, 3};
    Attr last = {.axis = -1};
    is_str(failure(&op_cholesky, &a, 1, NULL, bad, NULL),
           "the matrix is not positive definite: rows 0 and 1, counted from 0, have "
           "correlation 2",
           "cholesky");
    is_str(failure(&op_inverse, &a, 1, NULL, flat, NULL), "the matrix is singular",
           "inverse");
    is_str(failure(&op_take, in, 2, &last, x, (int64_t[]){0, 3}),
           "index 3 (number 1 of the indices, from 0) lies outside its axis of size 3: "
           "indices run from 0 to 2; of those that count from 1, take 1 away",
           "take");
    is_str(failure(&op_take, in, 2, &last, x, (int64_t[]){0, -3}), NULL,
           "from the end");
}

/* ---- element-wise ---- */

static double of(Elem e, double a, double b)
{
    double y = 0;
    const void *x[2] = {&a, &b};
    elem_reference(e, TYPE_F64)(1, &y, x);
    return y;
}

/* By mpmath at 40 digits. */
static void test_special(void)
{
    near(of(ELEM_digamma, 1.5, 0), 0.036489973978576521, 1e-16, "digamma 1.5");
    near(of(ELEM_digamma, 1e-8, 0), -100000000.57721565, 1e-15, "digamma near 0");
    near(of(ELEM_digamma, -2.5, 0), 1.1031566406452432, 1e-15, "digamma -2.5");
    near(of(ELEM_digamma, 1.46163, 0) * 1e6, -2.0756283887224572, 1e-13,
         "digamma at its zero");
    near(of(ELEM_trigamma, 0.3, 0), 12.245364546107731, 1e-15, "trigamma 0.3");
    near(of(ELEM_trigamma, 50, 0), 0.020201333226697126, 1e-17, "trigamma 50");
    near(of(ELEM_polygamma, 2, -2.5), -0.1082040516417274, 1e-14, "polygamma 2, -2.5");
    near(of(ELEM_polygamma, 3, 1.2), 3.2449948647257806, 1e-15, "polygamma 3, 1.2");
    near(of(ELEM_mod, -7, 3), 2, 0, "mod has the divisor's sign");
    near(of(ELEM_mod, 7, -3), -2, 0, "below zero too");
    near(of(ELEM_round, 2.5, 0), 2, 0, "round to even");
    near(of(ELEM_softplus, 800, 0), 800, 0, "softplus far above");
    near(of(ELEM_max, (double)NAN, 1), (double)NAN, 0, "max keeps NaN on the left");
    near(of(ELEM_max, 1, (double)NAN), (double)NAN, 0, "and on the right");
    int64_t i[2] = {INT64_MIN, -1}, y;
    const void *x[2] = {&i[0], &i[1]};
    elem_reference(ELEM_mod, TYPE_I64)(1, &y, x);
    ok(y == 0, "the smallest int mod -1");
    double far[3] = {1e30, -1e30, (double)NAN};
    int64_t cut[3];
    const void *from[1] = {far};
    cast_kernel(TYPE_F64, TYPE_I64)(3, cut, from);
    ok(cut[0] == INT64_MAX && cut[1] == INT64_MIN && cut[2] == 0, "casts beyond ints");
}

int main(void)
{
    memory = reference_memory();
    g = graph_new(&memory, NULL);
    test_products();
    test_small_products();
    test_many_products();
    test_sums();
    test_edges();
    test_extremes();
    test_sort();
    test_factors();
    test_factor_slope();
    test_failures();
    test_special();
    graph_free(g);
    return done_testing();
}
