/* SPDX-License-Identifier: MIT
 * Ensembles: members fitted one after another from starts and batches of their own, and
 * predictions that average over them. Each member gives an equal share of the draws.
 */
#include "predict_int.h"

#include <math.h>
#include <string.h>

/* ---- fitting ---- */

void ensemble_add(Interp *I, Posterior *post, Posterior *member)
{
    uint32_t n = post->members;
    post->member = memory_grow(I->memory, post->member, n * sizeof *post->member,
                               (n + 1) * sizeof *post->member);
    post->member[post->members++] = member;
    value_keep(value_object(member));
}

bool ensemble_fit(Interp *I, const FitOptions *o, Value *out)
{
    const Method *m = (const Method *)o->method.object;
    Posterior *post =
        posterior_new(I, (ModelValue *)o->model.object, o->data, METHOD_ENSEMBLE);
    post->single = o->single;
    post->seed = o->seed;
    *out = value_object(post);
    for (int64_t i = 0; i < m->members; i++) {
        FitOptions own = *o;
        Value v;
        own.method = m->guide;
        own.seed = key_fold(key_fold(0x656e7365, o->seed), (uint64_t)i);
        if (!fit_run(I, &own, &v)) return false;
        Posterior *member = (Posterior *)v.object;
        ensemble_add(I, post, member);
        post->rows = member->rows;
        post->stopped = member->stopped;
        if (member->stopped) break; /* what is learnt is kept */
    }
    for (uint32_t i = 0; i < post->member[0]->flows->count; i++)
        record_set(I, post->flows, post->member[0]->flows->name[i],
                   post->member[0]->flows->value[i]);
    return true;
}

void ensemble_free(Interp *I, Posterior *post)
{
    for (uint32_t i = 0; i < post->members; i++)
        value_drop(I, value_object(post->member[i]));
    if (post->members)
        memory_give(I->memory, post->member, post->members * sizeof *post->member);
}

/* The traces of the members, [members, steps]; of one that was stopped, what it has. */
Value ensemble_trace(Interp *I, const Posterior *post, double sign)
{
    int64_t steps = post->member[0]->steps;
    for (uint32_t i = 0; i < post->members; i++)
        if (post->member[i]->steps < steps) steps = post->member[i]->steps;
    Shape s = shape_of(2, (int64_t[]){post->members, steps});
    Tensor *t = tensor_new(I->memory, TYPE_F64, &s);
    for (int64_t i = 0; i < post->members; i++)
        for (int64_t k = 0; k < steps; k++)
            ((double *)t->data)[i * steps + k] =
                sign * ((double *)post->member[i]->loss->data)[k];
    return value_tensor(I, t);
}

/* ---- predicting ---- */

/* The members' results along a new first axis. */
static Node *stacked(Graph *g, Node *const *in, int n)
{
    Node **part = arena_take(&g->arena, (size_t)n * sizeof *part);
    Attr attr = {.axis = -in[0]->shape.rank - 1};
    for (int i = 0; i < n; i++) {
        Shape wide = shape_prepend(&in[i]->shape, 1);
        part[i] = op_to_shape(g, in[i], &wide);
        if (!part[i]) return NULL;
    }
    return graph_node(g, &op_concat, part, n, &attr);
}

static Node *build_stack(Graph *g, Node *const *in, int n, void *ctx)
{
    Attr attr = {.axis = -in[0]->shape.rank};
    (void)ctx;
    return graph_node(g, &op_concat, (Node **)in, n, &attr);
}

static Node *mean_of(Graph *g, Node *x)
{
    return x ? op_mean(g, x, -x->shape.rank, false) : NULL;
}

static Node *build_mean(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)ctx;
    return mean_of(g, stacked(g, in, n));
}

/* in: the means, then the variances: V = E[V] + V[E]. */
static Node *build_var(Graph *g, Node *const *in, int n, void *ctx)
{
    Node *mean = stacked(g, in, n / 2), *var = stacked(g, in + n / 2, n / 2);
    (void)ctx;
    if (!mean || !var) return NULL;
    Node *middle = op_mean(g, mean, -mean->shape.rank, true);
    Node *between = op1(g, ELEM_square, op2(g, ELEM_sub, mean, middle));
    return op2(g, ELEM_add, mean_of(g, var), mean_of(g, between));
}

static Node *build_log_mean_exp(Graph *g, Node *const *in, int n, void *ctx)
{
    Node *x = stacked(g, in, n);
    (void)ctx;
    if (!x) return NULL;
    return op2(g, ELEM_sub, op_reduce(g, &op_logsumexp, x, -x->shape.rank, false),
               graph_real(g, log((double)n)));
}

/* Output k of every member (part[member][output]) as one. */
static bool joined(Interp *I, Over over, Value (*part)[RUN_OUTS],
                   Value (*var)[RUN_OUTS], int n, int k, Span span, Value *result,
                   Value *second)
{
    static ExecBuild *const builder[] = {[OVER_MEAN] = build_mean,
                                         [OVER_MEAN_VAR] = build_mean,
                                         [OVER_STACK] = build_stack,
                                         [OVER_LOG_MEAN_EXP] = build_log_mean_exp};
    Value *in = memory_take(I->memory, 2 * (size_t)n * sizeof *in);
    for (int i = 0; i < n; i++) {
        in[i] = part[i][k];
        in[n + i] = var[i][k];
    }
    bool ok = apply(I, builder[over], NULL, in, n, span, result);
    if (ok && second && in[n].kind != VALUE_NONE)
        ok = apply(I, build_var, NULL, in, 2 * n, span, second);
    memory_give(I->memory, in, 2 * (size_t)n * sizeof *in);
    return ok;
}

/* One member's part, by the loop or recorded. */
static bool one_member(Interp *I, const Prediction *pred, uint32_t i,
                       PredictBuild *build, void *ctx, const Over *over, bool recorded,
                       Span span, Value *part, Value *var)
{
    Posterior *post = pred->post;
    Prediction *p = prediction_copy(I, pred);
    value_drop(I, value_object(p->post));
    p->post = post->member[i];
    value_keep(value_object(p->post));
    p->draws = (pred->draws + post->members - 1) / post->members;
    p->seed = key_fold(pred->seed, i);
    for (int k = 0; k < RUN_OUTS; k++) part[k] = var[k] = value_none();
    return recorded ? predict_recorded(I, p, build, ctx, over, part, var)
                    : predict_run(I, p, build, ctx, over, span, part, var);
}

bool ensemble_run(Interp *I, const Prediction *pred, PredictBuild *build, void *ctx,
                  const Over *over, bool recorded, Span span, Value *result,
                  Value *second)
{
    int n = (int)pred->post->members;
    size_t size = (size_t)n * RUN_OUTS * sizeof(Value);
    Value(*part)[RUN_OUTS] = memory_take(I->memory, size);
    Value(*var)[RUN_OUTS] = memory_take(I->memory, size);
    bool ok = true;
    for (int i = 0; ok && i < n; i++)
        ok = one_member(I, pred, (uint32_t)i, build, ctx, over, recorded, span, part[i],
                        var[i]);
    for (int k = 0; ok && k < RUN_OUTS && part[0][k].kind != VALUE_NONE; k++)
        ok = joined(I, over[k], part, var, n, k, I->span, &result[k],
                    second ? &second[k] : NULL);
    memory_give(I->memory, part, size);
    memory_give(I->memory, var, size);
    return ok;
}
