/* SPDX-License-Identifier: MIT
 * The curvature of the log joint: its Hessian through the graph, as slopes of slopes, a
 * few rows at a time by the hidden axis; its inverse's factor; and where it has no
 * peak, the direction that says so.
 */
#include "laplace.h"

#include <math.h>
#include <string.h>

enum {
    HELD = 1 << 22, /* numbers of the graph that a run holds beside each other */
    ROWS = 64,      /* of the Hessian, in a run */
    BLOCK = 16,     /* rows that are inverted together */
    TURNS = 50      /* of a direction towards the least curvature */
};

/* A pivot of less than this share of what it was made from is rounding. */
static const double FLAT = 1e-11;

static Node *sum_all(Graph *g, Node *x)
{
    return x ? op_reduce(g, &op_sum, op_to_type(g, x, TYPE_F64), 0, false) : NULL;
}

/* ---- the graph ---- */

typedef struct Measuring {
    Pass pass;
    Recorder recorder;
    Node *w;       /* [dims] the random unknowns, unconstrained */
    Node *out[3];  /* the log joint, its slope, and rows of the Hessian */
    Node *units;   /* [rows, dims] the unit vectors whose rows these are */
    int64_t rows;  /* of one run */
    bool constant; /* the slope does not depend on w: the Hessian is 0 */
    Plan *plan;
} Measuring;

static Tensor *pooled(Interp *I, int rank, const int64_t *dim)
{
    Shape s = shape_of(rank, dim);
    Tensor *t = tensor_new(I->memory, TYPE_F64, &s);
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = t});
    return t;
}

/* Random unknowns are parts of w, the others numbers. */
static bool place_sites(Interp *I, Posterior *post, Measuring *m)
{
    Pass *p = &m->pass;
    Graph *g = p->graph;
    Sites *sites = p->sites = &post->sites;
    p->site_node = arena_take(&g->arena, (sites->count + 1) * sizeof *p->site_node);
    p->site_free = arena_take(&g->arena, (sites->count + 1) * sizeof *p->site_free);
    for (uint32_t i = 0; i < sites->count; i++) {
        const Site *s = &sites->at[i];
        const Tensor *t = post->point[i];
        p->site_free[i] = s->kind == SITE_PRIOR
                              ? site_part(g, s, m->w)
                              : graph_constant(g, t->type, &t->shape, t->data);
        if (p->site_free[i]) p->site_node[i] = site_constrain(g, s, p->site_free[i]);
        if (!p->site_node[i]) return graph_failed(I, s->span, g->error);
    }
    return true;
}

/* Σ log p(y | x, ω) + log p(ω) + log |dω / dw| over what is random: given the rest. */
static Node *log_joint(const Posterior *post, const Pass *p)
{
    Graph *g = p->graph;
    Node *total = graph_real(g, 0);
    for (uint32_t i = 0; i < p->factors; i++) {
        const Factor *f = &p->factor[i];
        const Site *s = &post->sites.at[f->site];
        if (f->kind == FACTOR_PRIOR && s->kind != SITE_PRIOR) continue;
        total = op2(g, ELEM_add, total, sum_all(g, f->logp));
        Node *slope = f->kind == FACTOR_PRIOR
                          ? site_log_slope(g, s, p->site_free[f->site])
                          : NULL;
        if (slope) total = op2(g, ELEM_add, total, sum_all(g, slope));
    }
    return total;
}

/* As many as keep the numbers of a run few, the graph having `each` for one. */
static int64_t rows_at_once(const Graph *g, int64_t dims)
{
    int64_t each = 1, rows;
    for (uint32_t i = 0; i < g->count; i++) each += shape_count(&g->node[i]->shape);
    rows = HELD / each;
    if (rows > ROWS) rows = ROWS;
    return rows < 1 ? 1 : rows < dims ? rows : dims;
}

static bool second_slopes(Interp *I, Measuring *m, Span span)
{
    Graph *g = m->pass.graph;
    Node *where = NULL, *along, *row;
    bool mapped = true, out_mapped;
    if (!graph_slope(g, m->out[0], NULL, &m->w, 1, &m->out[1], &where))
        return graph_failed(I, where && where->span.source ? where->span : span,
                            g->error);
    along = graph_input(g, TYPE_F64, SUPPORT_ANY, &m->w->shape, 1);
    if (!graph_slope(g, m->out[1], along, &m->w, 1, &row, &where))
        return graph_failed(I, where && where->span.source ? where->span : span,
                            g->error);
    m->rows = rows_at_once(g, m->w->shape.dim[0]);
    Shape many = shape_prepend(&m->w->shape, m->rows);
    m->units = graph_input(g, TYPE_F64, SUPPORT_ANY, &many, 2);
    if (!graph_batch(g, m->rows, &along, &m->units, &mapped, 1, &row, 1, &m->out[2],
                     &out_mapped))
        return graph_failed(I, span, g->error);
    m->constant = !out_mapped;
    return true;
}

static bool record(Interp *I, const FitOptions *o, Posterior *post, int64_t dims,
                   Measuring *m)
{
    Shape s = shape_of(1, &dims);
    Pass *p = &m->pass;
    m->w = graph_input(p->graph, TYPE_F64, SUPPORT_ANY, &s, 0);
    if (!place_sites(I, post, m) || !pass_run(I, p)) return false;
    m->out[0] = log_joint(post, p);
    if (!m->out[0]) return graph_failed(I, o->span, p->graph->error);
    graph_stable(p->graph, m->out, 1); /* before slopes are taken */
    return second_slopes(I, m, o->span);
}

/* ---- the numbers ---- */

static Plan *planned(Interp *I, Measuring *m, const Curvature *c, Tensor *units,
                     bool watch, Span span)
{
    char error[600];
    PlanOptions options = {.limit = I->memory_limit, .watch = watch};
    Plan *p = plan_make(I->memory, m->pass.graph, m->out, 3, NULL, 0, &options, error);
    if (!p) {
        graph_failed(I, span, error);
        return NULL;
    }
    for (int i = 0; i < m->pass.givens; i++)
        plan_bind(p, m->pass.given[i].node, m->pass.given[i].tensor->data);
    plan_bind(p, m->w, c->at->data);
    plan_bind(p, m->units, units->data);
    return p;
}

/* A number of the Hessian that is none, named by what made it. */
static bool not_finite(Interp *I, const FitOptions *o, Measuring *m, const Curvature *c,
                       Tensor *units)
{
    int64_t element = 0;
    Plan *p = planned(I, m, c, units, true, o->span);
    if (!p) return false;
    plan_run(p, NULL);
    const Node *n = bad_find(p, &element);
    BadPlace at = {.code = E0642,
                   .what = "curvature at the mode",
                   .in = "asked for here",
                   .call = o->span};
    if (n)
        bad_tell(I, p, n, element, &at);
    else
        fail(I, E0642, o->span, at.what, "the log joint", "not finite", "");
    plan_free(p);
    return false;
}

static bool run_rows(Interp *I, const FitOptions *o, Measuring *m, Curvature *c)
{
    int64_t n = c->dims;
    Tensor *units = pooled(I, 2, (int64_t[]){m->rows, n});
    double *unit = units->data, *h = c->hessian->data;
    m->plan = planned(I, m, c, units, false, o->span);
    for (int64_t at = 0; m->plan && at < n; at += m->rows) {
        int64_t here = n - at < m->rows ? n - at : m->rows;
        memset(unit, 0, (size_t)(m->rows * n) * sizeof *unit);
        for (int64_t i = 0; i < here; i++) unit[i * n + at + i] = 1;
        PlanEnd end = plan_run(m->plan, &I->stop);
        if (end == PLAN_STOPPED) return !interp_stopped(I);
        if (end == PLAN_FAILED) {
            const Node *where;
            return fail(I, E0601, o->span, plan_failure(m->plan, &where));
        }
        const double *row = plan_output(m->plan, 2);
        c->log_joint = *(const double *)plan_output(m->plan, 0);
        memcpy(c->slope->data, plan_output(m->plan, 1), (size_t)n * sizeof *row);
        bool finite = isfinite(c->log_joint) && numbers_finite(c->slope->data, n) &&
                      numbers_finite(row, m->constant ? n : here * n);
        if (!finite) return not_finite(I, o, m, c, units);
        for (int64_t i = 0; i < here; i++, row += m->constant ? 0 : n)
            for (int64_t k = 0; k < n; k++)
                if (!c->diag)
                    h[(at + i) * n + k] = -row[k];
                else if (k == at + i)
                    h[k] = -row[k];
    }
    return m->plan != NULL;
}

bool curvature_measure(Interp *I, const FitOptions *o, Posterior *post, Curvature *c)
{
    Measuring *m = memory_take(I->memory, sizeof *m);
    c->slope = pooled(I, 1, &c->dims);
    c->hessian = pooled(I, c->diag ? 1 : 2, (int64_t[]){c->dims, c->dims});
    m->pass = pass_over(post, post->data, o->data_span);
    m->pass.kind = PASS_FIT;
    m->pass.graph = graph_new(I->memory, &I->names);
    recorder_init(I, &m->recorder, m->pass.graph, false, NULL);
    bool ok = record(I, o, post, c->dims, m);
    recorder_end(I, &m->recorder);
    recorder_free(I, &m->recorder);
    ok = ok && run_rows(I, o, m, c);
    if (m->plan) plan_free(m->plan);
    pass_free(I, &m->pass);
    graph_free(m->pass.graph);
    memory_give(I->memory, m, sizeof *m);
    return ok;
}

/* ---- the inverse ---- */

static void axpy(double *restrict y, double a, const double *restrict x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) y[i] += a * x[i];
}

/* Of rows k + 1… H is V'V: with a step along number k and none before it, the direction
 * of least curvature, which is pivot k's. */
static void pivot_direction(const double *v, int64_t n, int64_t k, double *along)
{
    memset(along, 0, (size_t)n * sizeof *along);
    along[k] = 1;
    for (int64_t j = k + 1; j < n; j++) {
        double left = -v[j * n + k];
        for (int64_t i = k + 1; i < j; i++) left -= v[j * n + i] * along[i];
        along[j] = left / v[j * n + j];
    }
}

/* Turns it towards the eigenvector of the least eigenvalue: powers of a multiple of the
 * identity less H, of which diagonal and upper half are as they were. */
static void turn_down(const double *h, const double *diagonal, int64_t n, double *along,
                      double *next)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++) next[i] = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i; j < n; j++) {
            double x = fabs(j == i ? diagonal[i] : h[i * n + j]);
            next[i] += x;
            if (j > i) next[j] += x;
        }
    for (int64_t i = 0; i < n; i++) most = fmax(most, next[i]); /* of all eigenvalues */
    for (int t = 0; t < TURNS; t++) {
        double length = 0;
        for (int64_t i = 0; i < n; i++) next[i] = (most - diagonal[i]) * along[i];
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = i + 1; j < n; j++) {
                next[i] -= h[i * n + j] * along[j];
                next[j] -= h[i * n + j] * along[i];
            }
        for (int64_t i = 0; i < n; i++) length += next[i] * next[i];
        for (int64_t i = 0; i < n && length > 0; i++) along[i] = next[i] / sqrt(length);
    }
}

/* H = V'V from the last row to the first, V lower, in place of H's lower half: then
 * V⁻¹ is the lower factor of the inverse. −1, or the row whose pivot is not positive.
 * Rows go in blocks, which stay in the cache while what is before them is changed;
 * `diagonal` is H's. */
static int64_t factorize(double *h, const double *diagonal, int64_t n, bool *rises)
{
    for (int64_t to = n, from; to > 0; to = from) {
        from = to < BLOCK ? 0 : to - BLOCK;
        for (int64_t k = to - 1; k >= from; k--) {
            double *row = h + k * n, least = FLAT * fabs(diagonal[k]);
            if (!(row[k] > least)) {
                *rises = row[k] < -least;
                return k;
            }
            row[k] = sqrt(row[k]);
            for (int64_t i = 0; i < k; i++) row[i] /= row[k];
            for (int64_t i = from; i < k; i++) axpy(h + i * n, -row[i], row, i + 1);
        }
        for (int64_t i = 0; i < from; i++)
            for (int64_t k = from; k < to; k++)
                axpy(h + i * n, -h[k * n + i], h + k * n, i + 1);
    }
    return -1;
}

/* l = v⁻¹, both lower; l is 0 before. */
static void invert_lower(const double *v, double *l, int64_t n)
{
    for (int64_t from = 0, to; from < n; from = to) {
        to = from + BLOCK < n ? from + BLOCK : n;
        for (int64_t j = 0; j < from; j++)
            for (int64_t i = from; i < to; i++)
                axpy(l + i * n, -v[i * n + j], l + j * n, j + 1);
        for (int64_t i = from; i < to; i++) {
            double *row = l + i * n, pivot = v[i * n + i];
            for (int64_t j = from; j < i; j++)
                axpy(row, -v[i * n + j], l + j * n, j + 1);
            for (int64_t j = 0; j < i; j++) row[j] /= pivot;
            row[i] = 1 / pivot;
        }
    }
}

static bool invert_diagonal(Curvature *c, Unpeaked *u)
{
    double *h = c->hessian->data, *sd = c->factor->data, most = 0;
    const double *slope = c->slope->data;
    for (int64_t i = 0; i < c->dims; i++) most = fmax(most, fabs(h[i]));
    for (int64_t i = 0; i < c->dims; i++) {
        if (!(h[i] > 0)) {
            u->along[i] = 1;
            u->rises = h[i] < -FLAT * most;
            return false;
        }
        sd[i] = 1 / sqrt(h[i]);
        c->half_logdet -= log(sd[i]);
        c->distance += slope[i] * sd[i] * slope[i] * sd[i];
    }
    c->distance = sqrt(c->distance);
    return true;
}

bool curvature_invert(Interp *I, Curvature *c, Unpeaked *u)
{
    int64_t n = c->dims;
    double *h = c->hessian->data;
    c->factor = pooled(I, c->diag ? 1 : 2, (int64_t[]){n, n});
    u->along = pooled(I, 1, &n)->data;
    c->half_logdet = c->distance = 0;
    if (c->diag) return invert_diagonal(c, u);
    double *diagonal = pooled(I, 1, &n)->data, *step = pooled(I, 1, &n)->data;
    for (int64_t i = 0; i < n; i++) diagonal[i] = h[i * n + i];
    int64_t bad = factorize(h, diagonal, n, &u->rises);
    if (bad >= 0) {
        pivot_direction(h, n, bad, u->along);
        turn_down(h, diagonal, n, u->along, step);
        return false;
    }
    double *l = c->factor->data;
    invert_lower(h, l, n);
    for (int64_t i = 0; i < n; i++) {
        c->half_logdet += log(h[i * n + i]);
        axpy(step, ((double *)c->slope->data)[i], l + i * n, i + 1); /* L' slope */
    }
    for (int64_t i = 0; i < n; i++) c->distance += step[i] * step[i];
    c->distance = sqrt(c->distance);
    return true;
}
