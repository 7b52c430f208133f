/* SPDX-License-Identifier: MIT
 * Predictions and their fields, each computed when it is read: moments and their split,
 * classes, samples, quantiles, log predictive densities.
 */
#include "fields.h"

#include <math.h>
#include <string.h>

static void prediction_free(Interp *I, Object *object)
{
    Prediction *p = (Prediction *)object;
    value_drop(I, value_object(p->post));
    value_drop(I, p->data);
    value_drop(I, value_object(p->cache));
}

Prediction *prediction_new(Interp *I, Posterior *post, Value data)
{
    Record *cache = record_new(I);
    Prediction *p = object_new(I, VALUE_PREDICTION, sizeof *p, NULL);
    p->post = post;
    value_keep(value_object(post));
    p->data = value_keep(data);
    p->cache = cache;
    value_keep(value_object(cache));
    p->scale = 1;
    p->object.free = prediction_free;
    return p;
}

Prediction *prediction_copy(Interp *I, const Prediction *from)
{
    Prediction *p = prediction_new(I, from->post, from->data);
    p->draws = from->draws;
    p->mean_masks = from->mean_masks;
    p->row_masks = from->row_masks;
    p->fitted_rows = from->fitted_rows;
    p->data_span = from->data_span;
    p->rows = from->rows;
    p->seed = from->seed;
    p->redraw = from->redraw;
    p->learned = from->learned;
    p->straight = from->straight;
    p->observed = from->observed;
    p->shift = from->shift;
    p->scale = from->scale;
    return p;
}

bool predict_new(Interp *I, Value post, Value data, int64_t draws, Text dropout,
                 Text masks, Value rows, uint64_t seed, Span span, Value *out)
{
    Posterior *q = (Posterior *)post.object;
    bool fitted = data.kind == VALUE_NONE;
    bool mean = text_same(dropout, text_of("mean")),
         row = text_same(masks, text_of("row"));
    if (fitted) data = q->data;
    Prediction *p = prediction_new(I, q, data);
    p->draws = draws;
    p->mean_masks = mean;
    p->row_masks = row;
    p->fitted_rows = fitted;
    p->seed = seed;
    p->data_span = span;
    if (rows.kind != VALUE_NONE && !arg_int(I, rows, span, "rows", &p->rows))
        return false;
    if (!givens_there(I, q->model->model, data, span)) return false;
    *out = value_object(p);
    return true;
}

bool prediction_binds(Interp *I, Prediction *pred)
{
    Pass p = pass_over(pred->post, pred->data, pred->data_span);
    p.rows = pred->rows;
    p.binds_only = true;
    bool ok = pass_discover(I, &p);
    pass_free(I, &p);
    graph_free(p.graph);
    return ok;
}

/* ---- what is recorded ---- */

static Observed *observed_of(Interp *I, Prediction *pred, Pass *p)
{
    for (int i = 0; i < p->observeds; i++)
        if (pred->observed == 0 || p->observed[i].name == pred->observed)
            return &p->observed[i];
    observes_nothing(I, p->model->model, I->span);
    return NULL;
}

static bool filled(Interp *I, Pass *p, const Shape *shape, Value *v)
{
    Node *n =
        op_broadcast(p->graph, op_to_type(p->graph, as_node(I, *v), TYPE_F64), shape);
    if (!n) return graph_failed(I, I->span, p->graph->error);
    *v = record_node(I, n, value_none());
    return true;
}

/* The axes to draw with, so that there is one draw for each number that is observed. */
static bool draws_shape(Interp *I, const Observed *o, Shape *sample)
{
    Shape batch, event;
    if (!dist_batch(I, o->dist, &batch) || !dist_event(I, o->dist, &event))
        return false;
    *sample = o->shape;
    sample->rank -= batch.rank + event.rank;
    if (sample->rank < 0) sample->rank = 0;
    return true;
}

/* The distribution of each row, where one event has all rows: the member `marginal`. */
static bool by_row(Interp *I, Instance **d)
{
    Name marginal = name_str(&I->names, "marginal");
    bool missing;
    Value v;
    if (!dist_has(*d, marginal)) return true;
    if (!instance_member(I, *d, marginal, NULL, 0, &missing, &v)) return false;
    *d = (Instance *)v.object;
    return true;
}

/* Mean and variance; *ctx: also what of the variance is noise, which the member
 * `aleatoric` says where a function is integrated out. */
static bool build_moments(Interp *I, Prediction *pred, Pass *p, void *ctx, Value *outs,
                          int *n)
{
    Observed *o = observed_of(I, pred, p);
    bool *split = ctx;
    *split = o && dist_has(o->dist, name_str(&I->names, "aleatoric"));
    *n = *split ? 3 : 2;
    return o && dist_member(I, o->dist, "mean", I->span, &outs[0]) &&
           filled(I, p, &o->shape, &outs[0]) &&
           dist_member(I, o->dist, "var", I->span, &outs[1]) &&
           filled(I, p, &o->shape, &outs[1]) &&
           (!*split || (dist_member(I, o->dist, "aleatoric", I->span, &outs[2]) &&
                        filled(I, p, &o->shape, &outs[2])));
}

static bool by_word(Interp *I, const char *word, Value x, Value *out)
{
    Value f = {.kind = VALUE_WORD, .word = word_find(word)};
    Value arg[2] = {x, value_int(0)};
    return call_with(I, f, arg, 2, I->span, out);
}

/* Mean and variance of *ctx draws of what is observed. */
static bool build_drawn_moments(Interp *I, Prediction *pred, Pass *p, void *ctx,
                                Value *outs, int *n)
{
    Observed *o = observed_of(I, pred, p);
    Shape sample, full;
    Value x;
    *n = 2;
    if (!o || !draws_shape(I, o, &sample)) return false;
    sample = shape_prepend(&sample, *(int64_t *)ctx);
    full = shape_prepend(&o->shape, *(int64_t *)ctx);
    return dist_sample(I, o->dist, &sample, I->span, &x) && filled(I, p, &full, &x) &&
           by_word(I, "mean", x, &outs[0]) && by_word(I, "var", x, &outs[1]);
}

static bool build_mean(Interp *I, Prediction *pred, Pass *p, void *ctx, Value *outs,
                       int *n)
{
    Observed *o = observed_of(I, pred, p);
    (void)ctx;
    *n = 1;
    return o && dist_member(I, o->dist, "mean", I->span, &outs[0]) &&
           filled(I, p, &o->shape, &outs[0]);
}

/* log of the probabilities of one draw, [..., K] */
static bool class_logs(Interp *I, Prediction *pred, Pass *p, Value *out)
{
    Observed *o = observed_of(I, pred, p);
    Value log_probs;
    bool missing;
    if (!o) return false;
    if (!instance_member(I, o->dist, name_str(&I->names, "log_probs"), NULL, 0,
                         &missing, &log_probs))
        return missing ? fail(I, E0433, I->span, "class", name_cstr(&I->names, o->name),
                              "a class, as in `Categorical`")
                       : false;
    Shape full = o->shape, has;
    value_shape(log_probs, &has);
    full.name[full.rank] = 0;
    full.dim[full.rank++] = has.rank ? has.dim[has.rank - 1] : 1;
    *out = log_probs;
    return filled(I, p, &full, out);
}

static bool build_classes(Interp *I, Prediction *pred, Pass *p, void *ctx, Value *outs,
                          int *n)
{
    Value log_probs;
    (void)ctx;
    *n = 2;
    if (!class_logs(I, pred, p, &log_probs) ||
        !apply_elem(I, ELEM_exp, I->span, &log_probs, &outs[0]))
        return false;
    Graph *g = p->graph;
    Node *probs = as_node(I, outs[0]), *logs = as_node(I, log_probs);
    Node *h = op1(g, ELEM_neg,
                  op_reduce(g, &op_sum, op2(g, ELEM_zmul, probs, logs), -1, false));
    if (!h) return graph_failed(I, I->span, g->error);
    outs[1] = record_node(I, h, value_none());
    return true;
}

typedef struct LogDensity {
    Value y;
    double scale;
} LogDensity;

static bool build_logpdf(Interp *I, Prediction *pred, Pass *p, void *ctx, Value *outs,
                         int *n)
{
    Observed *o = observed_of(I, pred, p);
    LogDensity *c = ctx;
    Shape s;
    *n = 1;
    if (!o) return false;
    value_shape(c->y, &s);
    if (!shape_same(&s, &o->shape)) {
        Out a, b;
        out_init(&a, I->memory);
        out_init(&b, I->memory);
        shape_print(&a, &I->names, &s, false);
        shape_print(&b, &I->names, &o->shape, true);
        fail(I, E0434, I->span, a.at, b.at);
        out_free(&a);
        out_free(&b);
        return false;
    }
    Instance *d = o->dist;
    if (!by_row(I, &d) || !dist_logpdf(I, d, c->y, I->span, &outs[0])) return false;
    Graph *g = p->graph;
    Node *l = as_node(I, outs[0]);
    while (l && l->shape.rank > 1) l = op_reduce(g, &op_sum, l, -1, false);
    if (!l) return graph_failed(I, I->span, g->error);
    outs[0] = record_node(I, l, value_none());
    return true;
}

static bool build_samples(Interp *I, Prediction *pred, Pass *p, void *ctx, Value *outs,
                          int *n)
{
    Observed *o = observed_of(I, pred, p);
    Shape sample;
    (void)ctx;
    *n = 1;
    return o && draws_shape(I, o, &sample) &&
           dist_sample(I, o->dist, &sample, I->span, &outs[0]) &&
           filled(I, p, &o->shape, &outs[0]);
}

static bool build_name(Interp *I, Prediction *pred, Pass *p, void *ctx, Value *outs,
                       int *n)
{
    (void)pred;
    *n = 1;
    if (!frame_get(&p->frame, *(Name *)ctx, &outs[0]) || !value_is_number(outs[0]))
        return fail(I, E0306, I->span, "a prediction",
                    name_cstr(&I->names, *(Name *)ctx));
    return true;
}

/* ---- fields ---- */

static void put(Interp *I, Prediction *p, const char *name, Value v)
{
    record_set(I, p->cache, name_str(&I->names, name), v);
}

/* shift + scale · v, also recorded. */
static bool affine(Interp *I, Value *v, double scale, double shift, Span span)
{
    Value side[2] = {*v, value_real(scale)};
    if (scale != 1 && !apply_elem(I, ELEM_mul, span, side, v)) return false;
    side[0] = *v;
    side[1] = value_real(shift);
    return shift == 0 || apply_elem(I, ELEM_add, span, side, v);
}

static bool put_moments(Interp *I, Prediction *p, Value mean, Value aleatoric,
                        Value epistemic, Span span)
{
    Value sum[2] = {epistemic, aleatoric}, var, sd;
    double v = p->scale * p->scale;
    if (!affine(I, &mean, p->scale, p->shift, span) ||
        !affine(I, &sum[0], v, 0, span) || !affine(I, &sum[1], v, 0, span) ||
        !apply_elem(I, ELEM_add, span, sum, &var) ||
        !apply_elem(I, ELEM_sqrt, span, &var, &sd))
        return false;
    put(I, p, "mean", mean);
    put(I, p, "epistemic", sum[0]);
    put(I, p, "aleatoric", sum[1]);
    put(I, p, "var", var);
    put(I, p, "sd", sd);
    return true;
}

/* Moments without a closed form, such as a flow's: those of 4 draws for each of the
 * posterior, 4000 in all or more. The variance of means of n draws has a share V / n of
 * noise. */
static bool drawn_moments(Interp *I, Prediction *p, Span span)
{
    static const Over over[] = {OVER_MEAN_VAR, OVER_MEAN};
    enum { EACH = 4, LEAST = 4000 };
    Value result[RUN_OUTS], second[RUN_OUTS], side[2];
    int64_t n = p->draws * EACH < LEAST ? (LEAST + p->draws - 1) / p->draws : EACH;
    if (!predict_run(I, p, build_drawn_moments, &n, over, span, result, second))
        return false;
    side[0] = second[0];
    side[1] = result[1];
    if (!affine(I, &side[1], 1 / (double)n, 0, span) ||
        !apply_elem(I, ELEM_sub, span, side, &side[0]))
        return false;
    side[1] = value_real(0);
    return apply_elem(I, ELEM_max, span, side, &side[0]) &&
           put_moments(I, p, result[0], result[1], side[0], span);
}

static bool moments(Interp *I, Prediction *p, Span span)
{
    static const Over over[] = {OVER_MEAN_VAR, OVER_MEAN, OVER_MEAN};
    Value result[RUN_OUTS], second[RUN_OUTS];
    bool split = false;
    uint32_t diags = I->diags.count;
    if (!predict_run(I, p, build_moments, &split, over, span, result, second))
        return diags_retract(&I->diags, E0339, diags) && drawn_moments(I, p, span);
    if (!split) return put_moments(I, p, result[0], result[1], second[0], span);
    /* of the variance in all, what is not noise: that of the means, and some of the
     * rest */
    Value side[2] = {second[0], result[1]};
    if (!apply_elem(I, ELEM_add, span, side, &side[0])) return false;
    side[1] = result[2];
    return apply_elem(I, ELEM_sub, span, side, &side[0]) &&
           put_moments(I, p, result[0], result[2], side[0], span);
}

bool prediction_classes(Interp *I, Prediction *p)
{
    return model_of_classes(I, p->post->model, p->observed);
}

/* The class that a draw finds most probable, as 0 and 1, [..., K]. */
static bool build_votes(Interp *I, Prediction *pred, Pass *p, void *ctx, Value *outs,
                        int *n)
{
    Graph *g = p->graph;
    Value logs;
    Attr attr = {.axis = -1};
    (void)ctx;
    *n = 1;
    if (!class_logs(I, pred, p, &logs)) return false;
    Node *z = as_node(I, logs), *best = graph_node(g, &op_argmax, &z, 1, &attr);
    int64_t k = z->shape.dim[z->shape.rank - 1];
    int64_t *index = arena_take(&g->arena, (size_t)k * sizeof *index);
    for (int64_t i = 0; i < k; i++) index[i] = i;
    Shape classes = shape_of(1, &k), wide = z->shape;
    wide.dim[wide.rank - 1] = 1;
    best = op_broadcast(g, best ? op_to_shape(g, best, &wide) : NULL, &z->shape);
    Node *class =
        op_broadcast(g, graph_constant(g, TYPE_I64, &classes, index), &z->shape);
    best = op_to_type(g, op2(g, ELEM_eq, best, class), TYPE_F64);
    if (!best) return graph_failed(I, I->span, g->error);
    outs[0] = record_node(I, best, value_none());
    return true;
}

static bool build_log_probs(Interp *I, Prediction *pred, Pass *p, void *ctx,
                            Value *outs, int *n)
{
    (void)ctx;
    *n = 1;
    return class_logs(I, pred, p, &outs[0]);
}

bool prediction_log_probs(Interp *I, Prediction *p, Span span, Value *out)
{
    static const Over over[] = {OVER_LOG_MEAN_EXP};
    return predict_run(I, p, build_log_probs, NULL, over, span, out, NULL);
}

/* The fields of classes while something is recorded. */
static bool recorded_classes(Interp *I, Prediction *p, Value probs, Value mean_entropy,
                             Span span)
{
    Graph *g = I->recorder->graph;
    Node *q = as_node(I, probs), *class;
    Node *h = op1(
        g, ELEM_neg,
        op_reduce(g, &op_sum, op2(g, ELEM_zmul, q, op1(g, ELEM_log, q)), -1, false));
    Node *doubt = op2(g, ELEM_sub, h, as_node(I, mean_entropy));
    Attr attr = {.axis = -1};
    class = graph_node(g, &op_argmax, &q, 1, &attr);
    if (!doubt || !class) return graph_failed(I, span, g->error);
    q->support = SUPPORT_SIMPLEX;
    put(I, p, "probs", probs);
    put(I, p, "aleatoric", mean_entropy);
    put(I, p, "class", record_node(I, class, value_none()));
    put(I, p, "entropy", record_node(I, h, value_none()));
    put(I, p, "epistemic", record_node(I, doubt, value_none()));
    return true;
}

/* The entropy of the mean probabilities is the mean entropy (aleatoric) and the rest.
 */
static bool classes(Interp *I, Prediction *p, Span span)
{
    static const Over over[] = {OVER_MEAN, OVER_MEAN};
    Value result[RUN_OUTS];
    if (!predict_run(I, p, build_classes, NULL, over, span, result, NULL)) return false;
    if (result[0].kind == VALUE_NODE) {
        return recorded_classes(I, p, result[0], result[1], span);
    }
    Tensor *probs = value_as_tensor(I, result[0]);
    int64_t k = probs->shape.dim[probs->shape.rank - 1];
    Shape s = shape_drop(&probs->shape, probs->shape.rank - 1);
    int64_t n = shape_count(&s);
    Tensor *class = tensor_new(I->memory, TYPE_I64, &s);
    Tensor *entropy = tensor_new(I->memory, TYPE_F64, &s);
    Tensor *doubt = tensor_new(I->memory, TYPE_F64, &s);
    Tensor *mean = value_as_tensor(I, result[1]);
    for (int64_t i = 0; i < n; i++) {
        const double *q = (double *)probs->data + i * k;
        int64_t best = 0;
        double h = 0;
        for (int64_t j = 0; j < k; j++) {
            if (q[j] > q[best]) best = j;
            if (q[j] > 0) h -= q[j] * log(q[j]);
        }
        ((int64_t *)class->data)[i] = best;
        ((double *)entropy->data)[i] = h;
        double d = h - ((double *)mean->data)[i];
        ((double *)doubt->data)[i] = d > 0 ? d : 0;
    }
    put(I, p, "probs", result[0]);
    put(I, p, "aleatoric", result[1]);
    put(I, p, "class", value_tensor(I, class));
    put(I, p, "entropy", value_tensor(I, entropy));
    put(I, p, "epistemic", value_tensor(I, doubt));
    return true;
}

bool prediction_samples(Interp *I, Prediction *p, int64_t least, Span span, Value *out)
{
    static const Over over[] = {OVER_STACK};
    Prediction *q = p;
    if (p->draws < least) {
        q = prediction_copy(I, p);
        q->draws = least;
    }
    if (!predict_run(I, q, build_samples, NULL, over, span, out, NULL)) return false;
    if (!affine(I, out, p->scale, p->shift, span)) return false;
    if (out->kind != VALUE_NODE && model_of_ints(I, p->post->model, p->observed)) {
        Tensor *t = value_as_type(I, *out, TYPE_I64);
        *out = (Value){.kind = VALUE_TENSOR, .tensor = t};
    }
    return true;
}

bool prediction_logpdf(Interp *I, Prediction *p, Value y, Span span, Value *out)
{
    static const Over over[] = {OVER_LOG_MEAN_EXP};
    if (!value_is_number(y)) return fail(I, E0326, span, value_kind_text(y));
    LogDensity c = {y, p->scale};
    if (!numbers_known(I, y, "y", false, span)) return false;
    if (!affine(I, &c.y, 1 / p->scale, -p->shift / p->scale, span)) return false;
    if (!predict_run(I, p, build_logpdf, &c, over, span, out, NULL)) return false;
    return affine(I, out, 1, p->scale == 1 ? 0 : -log(p->scale), span);
}

bool prediction_quantile(Interp *I, Prediction *p, Value q, Span span, Value *out)
{
    Value samples, word = {.kind = VALUE_WORD, .word = word_find("quantile")};
    if (!prediction_samples(I, p, 2000, span, &samples)) return false;
    Value arg[3] = {samples, q, value_int(0)};
    return call_with(I, word, arg, 3, span, out);
}

bool prediction_field(Interp *I, Prediction *p, Name name, Span span, bool *found,
                      Value *out)
{
    static const Over stack[] = {OVER_STACK}, mean[] = {OVER_MEAN};
    const char *s = name_cstr(&I->names, name);
    *found = true;
    if (record_get(p->cache, name, out)) return true;
    bool class = prediction_classes(I, p);
    if (class && strcmp(s, "votes") == 0)
        return predict_run(I, p, build_votes, NULL, mean, span, out, NULL);
    if (class && strcmp(s, "mean") == 0)
        return predict_run(I, p, build_mean, NULL, mean, span, out, NULL);
    if (class ? field_of_classes(s) : field_of_numbers(s))
        return (class ? classes(I, p, span) : moments(I, p, span)) &&
               (record_get(p->cache, name, out) || fail(I, E0325, span, s));
    if (strcmp(s, "samples") == 0) {
        if (!prediction_samples(I, p, 1, span, out)) return false;
        record_set(I, p->cache, name, *out);
        return true;
    }
    if (strcmp(s, "quantile") == 0 || strcmp(s, "logpdf") == 0) {
        *out =
            bound_new(I, s[0] == 'q' ? BOUND_QUANTILE : BOUND_LOGPDF, value_object(p));
        return true;
    }
    if (model_likelihood(p->post->model->model, name)) {
        Prediction *q = prediction_copy(I, p);
        q->observed = name;
        *out = value_object(q);
        return true;
    }
    if (field_of_classes(s)) return no_classes(I, s, p->observed, span);
    *found = false;
    const Ast *body = p->post->model->model->a;
    bool declared = false;
    for (uint32_t i = 0; i < body->count && !declared; i++) {
        const Ast *a = body->list[i];
        declared = (a->kind == AST_ASSIGN || a->kind == AST_PRIOR) &&
                   a->a->kind == AST_NAME && a->a->name == name;
        declared = declared || (a->kind == AST_PARAM_DECL && a->name == name);
        for (uint32_t k = 0; a->kind == AST_UNPACK && k < a->count; k++)
            declared = declared || a->list[k]->name == name;
    }
    if (!declared) return true;
    *found = true;
    return predict_run(I, p, build_name, &name, stack, span, out, NULL);
}
