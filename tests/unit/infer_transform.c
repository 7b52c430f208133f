/* SPDX-License-Identifier: MIT
 * Changes of variables: numbers as the loops of Stan's manual give them, the way back,
 * and log |det| against elimination on the differentiated Jacobian.
 */
#include "infer/infer_int.h"
#include "../tap.h"

#include <math.h>
#include <stdlib.h>

static void *host_alloc(void *ud, void *ptr, size_t old_size, size_t new_size)
{
    (void)ud, (void)old_size;
    if (new_size) return realloc(ptr, new_size);
    free(ptr);
    return NULL;
}

enum { MOST = 6, ALL = 2 * MOST * MOST };

static const Support supports[] = {SUPPORT_SIMPLEX, SUPPORT_ORDERED, SUPPORT_CHOLESKY,
                                   SUPPORT_CORR, SUPPORT_COV};

/* ---- the manual's formulas, one number after the other ---- */

static void manual_simplex(const double *y, int64_t k, double *x)
{
    double left = 1;
    for (int64_t i = 0; i < k - 1; i++) {
        double z = 1 / (1 + exp(-(y[i] + log(1 / (double)(k - 1 - i)))));
        x[i] = left * z;
        left -= x[i];
    }
    x[k - 1] = left;
}

static void manual_factor(Support s, const double *y, int64_t k, double *l)
{
    for (int64_t r = 0; r < k; r++) {
        double squares = 0;
        for (int64_t c = 0; c < k; c++) {
            double *at = &l[r * k + c];
            if (c > r) {
                *at = 0;
            } else if (s != SUPPORT_CORR) {
                *at = c == r ? exp(*y) : *y;
                y++;
            } else {
                *at = c == r ? sqrt(1 - squares) : tanh(*y++) * sqrt(1 - squares);
                squares += *at * *at;
            }
        }
    }
}

static void manual(Support s, const double *y, int64_t k, double *x)
{
    double l[MOST * MOST];
    if (s == SUPPORT_SIMPLEX) {
        manual_simplex(y, k, x);
        return;
    }
    if (s == SUPPORT_ORDERED) {
        for (int64_t i = 0; i < k; i++) x[i] = i ? x[i - 1] + exp(y[i]) : y[0];
        return;
    }
    manual_factor(s, y, k, l);
    for (int64_t r = 0; r < k; r++)
        for (int64_t c = 0; c < k; c++) {
            x[r * k + c] = s == SUPPORT_CHOLESKY ? l[r * k + c] : 0;
            for (int64_t p = 0; s != SUPPORT_CHOLESKY && p < k; p++)
                x[r * k + c] += l[r * k + p] * l[c * k + p];
        }
}

/* ---- one case ---- */

/* Places of the coordinates that are free in a value; their number. */
static int64_t coordinates(Support s, int64_t k, int64_t *at)
{
    int64_t n = 0;
    if (support_rank(s) == 1) {
        for (int64_t i = 0; i < k - (s == SUPPORT_SIMPLEX); i++) at[n++] = i;
        return n;
    }
    for (int64_t r = 0; r < k; r++)
        for (int64_t c = 0; c < r + (s != SUPPORT_CORR); c++) at[n++] = r * k + c;
    return n;
}

static double log_det(double *a, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t best = i;
        for (int64_t r = i; r < n; r++)
            if (fabs(a[r * n + i]) > fabs(a[best * n + i])) best = r;
        for (int64_t c = 0; c < n; c++) {
            double x = a[i * n + c];
            a[i * n + c] = a[best * n + c];
            a[best * n + c] = x;
        }
        sum += log(fabs(a[i * n + i]));
        for (int64_t r = i + 1; r < n; r++)
            for (int64_t c = n - 1; c >= i; c--)
                a[r * n + c] -= a[r * n + i] / a[i * n + i] * a[i * n + c];
    }
    return sum;
}

/* Value and log slope of two events, and the slopes of the first one's coordinates. */
typedef struct Got {
    double x[ALL], log_slope[2], jacobian[ALL * ALL];
} Got;

static bool compute(Memory *m, Support s, int64_t k, double *y, Got *got)
{
    int64_t at[ALL], n = coordinates(s, k, at);
    Shape shape = support_rank(s) == 2 ? shape_of(3, (int64_t[]){2, k, k})
                                       : shape_of(2, (int64_t[]){2, k});
    Shape free = transform_free_shape(s, &shape);
    Graph *g = graph_new(m, NULL);
    Node *in = graph_input(g, TYPE_F64, SUPPORT_ANY, &free, 0), *outs[2 + ALL];
    outs[0] = transform_constrain(g, s, &shape, in);
    outs[1] = transform_log_slope(g, s, &shape, in);
    bool ok = outs[0] && outs[1] && outs[0]->support == s;
    for (int64_t i = 0; ok && i < n; i++) {
        double one[ALL] = {0};
        one[at[i]] = 1;
        Node *pick =
            op2(g, ELEM_mul, outs[0], graph_constant(g, TYPE_F64, &shape, one));
        Node *where, *sum = op_reduce(g, &op_sum, pick, 0, false);
        ok = graph_slope(g, sum, NULL, &in, 1, &outs[2 + i], &where);
    }
    char error[600];
    PlanOptions options = {0};
    Plan *p = ok ? plan_make(m, g, outs, 2 + (int)n, NULL, 0, &options, error) : NULL;
    if (!p) note("%s", ok ? error : g->error);
    ok = p != NULL;
    if (ok) {
        plan_bind(p, in, y);
        ok = plan_run(p, NULL) == PLAN_DONE;
        memcpy(got->x, plan_output(p, 0), (size_t)shape_count(&shape) * sizeof(double));
        memcpy(got->log_slope, plan_output(p, 1), 2 * sizeof(double));
        for (int64_t i = 0; i < n; i++)
            memcpy(got->jacobian + i * n, plan_output(p, 2 + (int)i),
                   (size_t)n * sizeof(double));
        plan_free(p);
    }
    graph_free(g);
    return ok;
}

static double apart(const double *a, const double *b, int64_t n)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++) most = fmax(most, fabs(a[i] - b[i]));
    return most;
}

static void one_case(Memory *m, Support s, int64_t k, double size)
{
    static Got got;
    double y[ALL], x[ALL], back[ALL], work[ALL];
    int64_t n = transform_count(s, k), each = support_rank(s) == 2 ? k * k : k;
    for (int64_t i = 0; i < 2 * n; i++) y[i] = size * sin(1.3 * (double)i + (double)k);
    bool ran = compute(m, s, k, y, &got);
    double values = 0, inverse = 0;
    bool inside = ran;
    for (int e = 0; ran && e < 2; e++) {
        manual(s, y + e * n, k, x);
        values = fmax(values, apart(x, got.x + e * each, each));
        transform_free(s, got.x + e * each, k, work, back);
        inverse = fmax(inverse, apart(y + e * n, back, n));
        inside = inside &&
                 support_fault(s, got.x + e * each, k, 1e-12, work).kind == FAULT_NONE;
    }
    double slope = ran ? log_det(got.jacobian, n) - got.log_slope[0] : 1;
    ok(ran && inside && values < 1e-13 * exp(2 * size) &&
           inverse < 1e-12 * exp(4 * size) && fabs(slope) < 1e-13 * exp(2 * size),
       "%s[%d], free numbers up to %g", support_name(s), (int)k, size);
    if (values + inverse + fabs(slope) > 1e-12)
        note("value %.1e, way back %.1e, log slope %.1e", values, inverse, slope);
}

/* Zero is the middle; and a matrix of 50 is a handful of nodes. */
static void zeros_and_sizes(Memory *m)
{
    static Got got;
    double y[ALL] = {0}, fifth = 0;
    ok(compute(m, SUPPORT_SIMPLEX, 5, y, &got), "zeros");
    for (int i = 0; i < 5; i++) fifth = fmax(fifth, fabs(got.x[i] - 0.2));
    ok(fifth < 1e-15, "zero is the simplex of equal parts");
    for (size_t i = 0; i < sizeof supports / sizeof *supports; i++) {
        Support s = supports[i];
        Shape shape = shape_of(support_rank(s), (int64_t[]){50, 50});
        Shape free = transform_free_shape(s, &shape);
        Graph *g = graph_new(m, NULL);
        Node *in = graph_input(g, TYPE_F64, SUPPORT_ANY, &free, 0);
        bool made = transform_constrain(g, s, &shape, in) &&
                    transform_log_slope(g, s, &shape, in);
        ok(made && g->count < 60, "%s[50] takes %d nodes", support_name(s),
           (int)g->count);
        graph_free(g);
    }
}

int main(void)
{
    Memory memory = {.alloc = host_alloc};
    for (size_t i = 0; i < sizeof supports / sizeof *supports; i++)
        for (int64_t k = 1; k <= MOST; k++)
            for (double size = 0.5; size <= 2; size *= 4)
                one_case(&memory, supports[i], k, size);
    zeros_and_sizes(&memory);
    ok(memory.used == 0, "all memory is given back");
    return done_testing();
}
