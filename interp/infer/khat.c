/* SPDX-License-Identifier: MIT
 * How far q can be trusted: log importance ratios of draws, and the shape k of the
 * generalized Pareto law of their tail (Vehtari, Simpson, Gelman, Yao, Gabry 2024; the
 * fit after Zhang and Stephens 2009). k above 0.7 says that q misses the posterior.
 */
#include "infer_int.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Zhang and Stephens' estimate of the shape from ascending exceedances x > 0. */
static double pareto_shape(const double *x, int64_t n)
{
    int64_t m = 30 + (int64_t)sqrt((double)n);
    double quarter = x[(int64_t)((double)n / 4 + 0.5) - 1], total = 0, mean = 0;
    double theta[30 + 64], profile[30 + 64], largest = -HUGE_VAL;
    if (m > 94) m = 94;
    for (int64_t i = 0; i < m; i++) {
        theta[i] =
            1 / x[n - 1] + (1 - sqrt((double)m / ((double)i + 0.5))) / (3 * quarter);
        double k = 0;
        for (int64_t j = 0; j < n; j++) k += log1p(-theta[i] * x[j]) / (double)n;
        profile[i] = (double)n * (log(-theta[i] / k) - k - 1);
        if (profile[i] > largest) largest = profile[i];
    }
    for (int64_t i = 0; i < m; i++) {
        double w = exp(profile[i] - largest);
        total += w;
        mean += w * theta[i];
    }
    mean /= total;
    double k = 0;
    for (int64_t j = 0; j < n; j++) k += log1p(-mean * x[j]) / (double)n;
    return ((double)n * k + 10 * 0.5) / ((double)n + 10); /* a weak prior towards 0.5 */
}

/* The shape of the tail of exp(ratio); the ratios are sorted on the way. */
double pareto_khat(double *ratio, int64_t n)
{
    int64_t tail = (int64_t)(3 * sqrt((double)n));
    if (tail > n / 5) tail = n / 5;
    if (tail < 5) return (double)NAN;
    qsort(ratio, (size_t)n, sizeof *ratio, ascending);
    if (ratio[n - 1] - ratio[0] < 1e-9) return 0; /* q is the posterior */
    double largest = ratio[n - 1], cut = exp(ratio[n - tail - 1] - largest);
    double *x = ratio + n - tail;
    for (int64_t i = 0; i < tail; i++) x[i] = exp(x[i] - largest) - cut;
    if (!(x[tail - 1] > 0)) return (double)NAN;
    int64_t from = 0;
    while (from < tail - 5 && x[from] <= 0) from++;
    return pareto_shape(x + from, tail - from);
}

static Node *sum_all(Graph *g, Node *x)
{
    return x ? op_reduce(g, &op_sum, op_to_type(g, x, TYPE_F64), 0, false) : NULL;
}

/* log p(y, ω) + log |dω / dw| − log q(w) of one draw */
static Node *log_ratio(Interp *I, Posterior *post, Pass *p)
{
    Graph *g = p->graph;
    Node *total = post->dims ? op1(g, ELEM_neg, sum_all(g, as_node(I, p->logq)))
                             : graph_real(g, 0);
    for (uint32_t i = 0; i < p->factors; i++) {
        const Factor *f = &p->factor[i];
        const Site *s = &post->sites.at[f->site];
        total = op2(g, ELEM_add, total, sum_all(g, f->logp));
        if (f->kind != FACTOR_PRIOR) continue;
        Node *free = p->site_free[f->site];
        Node *slope = free ? site_log_slope(g, s, free) : NULL;
        if (slope) total = op2(g, ELEM_add, total, sum_all(g, slope));
    }
    return total;
}

static bool run_ratios(Interp *I, Pass *p, Node *one, int64_t n, uint64_t seed,
                       double *out)
{
    Graph *g = p->graph;
    enum { CHUNK = 20 };
    int64_t chunk = CHUNK;
    Shape many = shape_of(1, &chunk);
    Node *keys = graph_input(g, TYPE_KEY, SUPPORT_ANY, &many, 800003), *all;
    bool mapped = true, out_mapped;
    char error[600];
    uint64_t key[CHUNK];
    if (!graph_batch(g, CHUNK, &p->key, &keys, &mapped, 1, &one, 1, &all, &out_mapped))
        return graph_failed(I, I->span, g->error);
    PlanOptions options = {.limit = I->memory_limit};
    Plan *plan = plan_make(I->memory, g, &all, 1, NULL, 0, &options, error);
    if (!plan) return graph_failed(I, I->span, error);
    for (int i = 0; i < p->givens; i++)
        plan_bind(plan, p->given[i].node, p->given[i].tensor->data);
    plan_bind(plan, keys, key);
    bool ok = true;
    for (int64_t at = 0; ok && at < n; at += CHUNK) {
        for (int64_t i = 0; i < CHUNK; i++)
            key[i] = key_fold(key_fold(0x6b686174, seed), (uint64_t)(at + i));
        ok = plan_run(plan, &I->stop) == PLAN_DONE;
        const double *x = plan_output(plan, 0);
        for (int64_t i = 0; ok && i < CHUNK; i++) out[at + i] = x[out_mapped ? i : 0];
    }
    plan_free(plan);
    return ok || !interp_stopped(I);
}

bool posterior_ratios(Interp *I, Posterior *post, int64_t n, double *ratio)
{
    Pass p = pass_over(post, post->data, (Span){0, 0, 0});
    Recorder r;
    Shape one = shape_scalar();
    p.kind = PASS_FIT;
    p.graph = graph_new(I->memory, &I->names);
    recorder_init(I, &r, p.graph, false, NULL);
    p.key = graph_input(p.graph, TYPE_KEY, SUPPORT_ANY, &one, 800001);
    p.want_logq = true;
    bool ok = posterior_sites(I, post, &p, true) && pass_run(I, &p);
    Node *y = ok ? log_ratio(I, post, &p) : NULL;
    if (ok && !y) ok = graph_failed(I, I->span, p.graph->error);
    ok = ok && run_ratios(I, &p, y, n, post->seed, ratio);
    recorder_end(I, &r);
    recorder_free(I, &r);
    pass_free(I, &p);
    graph_free(p.graph);
    return ok;
}
