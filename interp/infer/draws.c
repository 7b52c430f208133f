/* SPDX-License-Identifier: MIT
 * Running the draws of a prediction and reducing them: moments, stacks, log-mean-exps.
 * Chunks run on several threads; they are reduced in the order of the draws, so that
 * the number of threads does not show.
 */
#include "chains.h"
#include "predict_int.h"

#include <math.h>
#include <string.h>

typedef struct Sum {
    Over over;
    double *a, *b; /* mean and squares; or greatest and sum; or the stack */
    int64_t n;
} Sum;

/* One draw's numbers x[n] into the sums; a macro for its two types, so that the common
 * loops are vectorised. */
#define ADD_DRAW(name, real, type)                                                     \
    static void name(Sum *s, const real *x, int64_t draw)                              \
    {                                                                                  \
        double share = 1 / (double)(draw + 1), *restrict a = s->a, *restrict b = s->b; \
        if (s->over == OVER_STACK) {                                                   \
            for (int64_t i = 0; i < s->n; i++) a[draw * s->n + i] = (double)x[i];      \
        } else if (s->over == OVER_MEAN) {                                             \
            for (int64_t i = 0; i < s->n; i++) a[i] += ((double)x[i] - a[i]) * share;  \
        } else if (s->over == OVER_MEAN_VAR) {                                         \
            numbers_moments(a, b, x, type, s->n, draw);                                \
        } else {                                                                       \
            for (int64_t i = 0; i < s->n; i++)                                         \
                add_log(&a[i], &b[i], (double)x[i], draw);                             \
        }                                                                              \
    }

/* greatest + log(sum) is the log of the sum of exponentials so far */
static void add_log(double *greatest, double *sum, double x, int64_t draw)
{
    double m = *greatest;
    if (draw == 0)
        *greatest = x, *sum = 1;
    else if (x <= m)
        *sum += m == -HUGE_VAL ? 1 : exp(x - m);
    else
        *greatest = x, *sum = *sum * exp(m - x) + 1;
}

ADD_DRAW(add_f64, double, TYPE_F64)
ADD_DRAW(add_f32, float, TYPE_F32)
#undef ADD_DRAW

static void end_sum(Sum *s, int64_t draws)
{
    for (int64_t i = 0; i < s->n; i++) {
        if (s->over == OVER_LOG_MEAN_EXP)
            s->a[i] = s->a[i] + log(s->b[i] / (double)draws);
        else if (s->over == OVER_MEAN_VAR)
            s->b[i] /= (double)draws;
    }
}

/* ---- lanes: chunks run side by side, reduced in the order of the draws ---- */

/* A plan of its own, run for DEPTH chunks before the lanes meet. */
typedef struct Lane {
    Plan *plan;
    uint64_t *key;
    int64_t *number;       /* of chains */
    char *saved[RUN_OUTS]; /* [DEPTH][chunk] draws of each output */
    PlanEnd end;
} Lane;

enum { LANES = 16, DEPTH = 8 };

typedef struct Wave {
    PredictRun *r;
    const Posterior *post;
    Lane lane[LANES];
    int lanes;
    int64_t at; /* first draw of this wave */
    uint64_t base;
    size_t chunk_bytes[RUN_OUTS];
    const atomic_bool *stop;
} Wave;

static void run_lane(void *ctx, int64_t piece, int worker)
{
    Wave *w = ctx;
    PredictRun *r = w->r;
    Lane *l = &w->lane[piece];
    (void)worker;
    l->end = PLAN_DONE;
    for (int64_t d = 0; d < DEPTH && l->end == PLAN_DONE; d++) {
        int64_t at = w->at + (piece * DEPTH + d) * r->chunk;
        if (at >= r->draws) return;
        for (int64_t i = 0; i < r->chunk; i++)
            l->key[i] = key_fold(w->base, (uint64_t)(at + i));
        for (int64_t i = 0; r->number && i < r->chunk; i++)
            l->number[i] = chains_row(w->post, (at + i) % r->draws, r->draws);
        l->end = plan_run(l->plan, w->stop);
        for (int k = 0; k < r->outs; k++)
            memcpy(l->saved[k] + (size_t)d * w->chunk_bytes[k], plan_output(l->plan, k),
                   w->chunk_bytes[k]);
    }
}

static void reduce_lane(Wave *w, int64_t piece, Sum *sum)
{
    PredictRun *r = w->r;
    for (int64_t d = 0; d < DEPTH; d++) {
        int64_t at = w->at + (piece * DEPTH + d) * r->chunk;
        int64_t here = r->draws - at < r->chunk ? r->draws - at : r->chunk;
        for (int k = 0; k < r->outs && here > 0; k++)
            for (int64_t i = 0; i < here; i++) {
                int64_t from = r->mapped[k] ? i * sum[k].n : 0;
                const char *x = w->lane[piece].saved[k] + (size_t)d * w->chunk_bytes[k];
                if (r->out_type[k] == TYPE_F32)
                    add_f32(&sum[k], (const float *)(const void *)x + from, at + i);
                else
                    add_f64(&sum[k], (const double *)(const void *)x + from, at + i);
            }
    }
}

static bool make_lane(Interp *I, Prediction *pred, PredictRun *r, Wave *w, Lane *l,
                      Plan *plan)
{
    char error[600];
    PlanOptions options = {.limit = I->memory_limit};
    Graph *g = r->single ? r->single : r->graph;
    l->plan =
        plan ? plan
             : plan_make(I->memory, g, r->final, r->outs, NULL, 0, &options, error);
    if (!l->plan) return graph_failed(I, I->span, error);
    predict_bind(I, pred, r, l->plan);
    l->key = arena_take(&g->arena, (size_t)r->chunk * sizeof *l->key);
    plan_bind(l->plan, predict_node(r, r->keys), l->key);
    if (r->number) {
        l->number = arena_take(&g->arena, (size_t)r->chunk * sizeof *l->number);
        plan_bind(l->plan, predict_node(r, r->numbers), l->number);
    }
    for (int k = 0; k < r->outs; k++)
        l->saved[k] = arena_take(&g->arena, DEPTH * w->chunk_bytes[k]);
    return true;
}

static bool wave_failed(Interp *I, const Wave *w, Span span)
{
    for (int i = 0; i < w->lanes; i++) {
        const Node *where;
        if (w->lane[i].end == PLAN_STOPPED) return interp_stopped(I);
        if (w->lane[i].end == PLAN_FAILED)
            return !fail(I, E0601, span, plan_failure(w->lane[i].plan, &where));
    }
    return false;
}

static Pool *threads(Interp *I, int wanted)
{
    if (wanted < 2) return NULL;
    if (!I->threads) I->threads = pool_new(I->memory, I->thread_count);
    return I->threads;
}

/* As many lanes as threads, where there is work for them. */
static bool run_lanes(Interp *I, Prediction *pred, PredictRun *r, Sum *sum, Span span)
{
    Wave *w = arena_take(&r->graph->arena, sizeof *w);
    int64_t chunks = (r->draws + r->chunk - 1) / r->chunk;
    int lanes =
        (int)(chunks / DEPTH < I->thread_count ? chunks / DEPTH : I->thread_count);
    w->r = r;
    w->post = pred->post;
    w->base = key_fold(0x70726564, pred->seed);
    w->stop = &I->stop;
    w->lanes = lanes < 1 ? 1 : lanes > LANES ? LANES : lanes;
    for (int k = 0; k < r->outs; k++)
        w->chunk_bytes[k] = (size_t)((r->mapped[k] ? r->chunk : 1) * sum[k].n) *
                            type_size(r->out_type[k]);
    bool ok = true;
    for (int i = 0; ok && i < w->lanes; i++)
        ok = make_lane(I, pred, r, w, &w->lane[i], i == 0 ? r->plan : NULL);
    Pool *pool = ok ? threads(I, w->lanes) : NULL;
    for (w->at = 0; ok && w->at < r->draws; w->at += w->lanes * DEPTH * r->chunk) {
        if (pool)
            pool_run(pool, w->lanes, run_lane, w);
        else
            run_lane(w, 0, 0);
        ok = !wave_failed(I, w, span);
        for (int i = 0; ok && i < w->lanes; i++) reduce_lane(w, i, sum);
    }
    for (int i = 1; i < w->lanes; i++)
        if (w->lane[i].plan) plan_free(w->lane[i].plan);
    return ok;
}

static Tensor *pooled(Interp *I, const Shape *s)
{
    Tensor *t = tensor_new(I->memory, TYPE_F64, s);
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = t});
    return t;
}

static Value kept_value(Interp *I, Tensor *t)
{
    tensor_keep(t);
    return value_tensor(I, t);
}

bool predict_draws(Interp *I, Prediction *pred, PredictRun *r, const Over *over,
                   Span span, Value *result, Value *second)
{
    Sum sum[RUN_OUTS];
    Tensor *a[RUN_OUTS], *b[RUN_OUTS];
    for (int k = 0; k < r->outs; k++) {
        Shape s = r->out[k]->shape, stack = s;
        if (over[k] == OVER_STACK) {
            if (s.rank + 1 > LIMIT_RANK) return fail(I, E0336, span, LIMIT_RANK);
            stack = shape_prepend(&s, r->draws);
        }
        for (int i = 0; i < stack.rank; i++) stack.name[i] = 0;
        a[k] = pooled(I, &stack);
        b[k] = over[k] == OVER_STACK ? a[k] : pooled(I, &stack);
        sum[k] = (Sum){over[k], a[k]->data, b[k]->data, shape_count(&s)};
    }
    if (!run_lanes(I, pred, r, sum, span)) return false;
    for (int k = 0; k < r->outs; k++) {
        end_sum(&sum[k], r->draws);
        result[k] = kept_value(I, a[k]);
        if (second && over[k] == OVER_MEAN_VAR) second[k] = kept_value(I, b[k]);
    }
    return true;
}
