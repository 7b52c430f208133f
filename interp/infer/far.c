/* SPDX-License-Identifier: MIT
 * Before a fit that uses priors: is the data where they expect it? W0003 is told if
 * more than nine tenths of the observations lie more than ten predictive standard
 * deviations from their predictive means. For data that the model itself drew, with
 * parameters from the priors, that has a probability below 1.2 % whatever the
 * distributions were mean and variance known (Chebyshev's inequality for one
 * observation, Markov's for their share). With those of 30 draws in their place it was
 * 0 for Normals, 1.4 % for a HalfCauchy, 2.2 % for an InvGamma(1/2), whose mean is
 * infinite.
 */
#include "warn.h"

#include <math.h>

/* What is larger is not looked at, so that it costs little beside the fit. */
enum { DRAWS = 30, MOST_SEEN = 10000, MOST_UNKNOWN = 1000, MOST_GIVEN = 100000 };

typedef struct Middle {
    double mean, sd;
} Middle;

static bool is_small(const Posterior *post)
{
    int64_t unknown = 0, given = 0;
    const Record *data = (const Record *)post->data.object;
    if (post->function.kind != VALUE_NONE) return false; /* its rows are many */
    for (uint32_t i = 0; i < post->sites.count; i++) {
        if (post->sites.at[i].kind != SITE_PRIOR)
            return false; /* starts where it may */
        unknown += shape_count(&post->sites.at[i].shape);
    }
    for (uint32_t i = 0; i < data->count; i++)
        if (data->value[i].kind == VALUE_TENSOR)
            given += shape_count(&data->value[i].tensor->shape);
    return unknown <= MOST_UNKNOWN && given <= MOST_GIVEN;
}

/* The observed reals of the model's likelihood; NULL where they are something else. */
static const Tensor *seen(Interp *I, const Posterior *post, Name *name)
{
    const Ast *l = model_likelihood(post->model->model, 0);
    Value v;
    if (!l || l->a->kind != AST_NAME) return NULL;
    *name = l->a->name;
    if (!record_get((Record *)post->data.object, *name, &v) || !value_is_number(v) ||
        v.kind == VALUE_NODE)
        return NULL;
    const Tensor *t = value_as_type(I, v, TYPE_F64);
    int64_t n = shape_count(&t->shape);
    return n >= 3 && n <= MOST_SEEN ? t : NULL;
}

/* Mean and variance of each observation under the priors; false: they have none. */
static bool expected(Interp *I, const FitOptions *o, const Posterior *post,
                     Tensor **mean, Tensor **var)
{
    Value pred, m, v;
    bool found;
    Posterior *before = posterior_new(I, post->model, post->data, METHOD_PRIOR);
    before->seed = o->seed;
    if (!predict_new(I, value_object(before), post->data, DRAWS, text_of("sample"),
                     text_of("shared"), value_none(), o->seed, o->data_span, &pred))
        return false;
    Prediction *p = (Prediction *)pred.object;
    if (prediction_classes(I, p) ||
        !prediction_field(I, p, name_str(&I->names, "mean"), o->span, &found, &m) ||
        !prediction_field(I, p, name_str(&I->names, "var"), o->span, &found, &v))
        return false;
    *mean = value_as_type(I, m, TYPE_F64);
    *var = value_as_type(I, v, TYPE_F64);
    return true;
}

static bool is_far(const double *y, const double *mean, const double *var, int64_t n,
                   Middle *data, Middle *prior)
{
    int64_t far = 0;
    double spread = 0;
    *data = *prior = (Middle){0, 0};
    for (int64_t i = 0; i < n; i++) {
        double d = y[i] - mean[i];
        far += d * d > 100 * var[i];
        data->mean += y[i] / (double)n;
        prior->mean += mean[i] / (double)n;
        spread += var[i] / (double)n;
    }
    for (int64_t i = 0; i < n; i++) {
        double d = y[i] - data->mean, e = mean[i] - prior->mean;
        data->sd += d * d / (double)n;
        spread += e * e / (double)n;
    }
    data->sd = sqrt(data->sd);
    prior->sd = sqrt(spread);
    return (double)far > 0.9 * (double)n;
}

void fit_warns(Interp *I, const Diag *d)
{
    Out out;
    out_init(&out, I->memory);
    diag_render(&out, d, interp_source, I, I->color);
    I->host.message(I->host.ud, out.at, out.len);
    out_free(&out);
    I->diags.count--;
}

static void tell(Interp *I, const FitOptions *o, Posterior *post, Name name,
                 const Middle *data, const Middle *prior)
{
    Pass p = pass_over(post, post->data, o->data_span);
    Diag *d = fail_diag(I, W0003, data_place(I, &p, name),
                        name_cstr(&I->names, post->model->model->name),
                        name_cstr(&I->names, name), prior->mean, prior->sd, data->mean,
                        data->sd);
    for (uint32_t i = 0; i < post->sites.count && i < 3; i++)
        diag_label(&I->diags, d, post->sites.at[i].span, "a prior");
    diag_help(&I->diags, d,
              "give the priors the scale of the data, or the data that of the priors: "
              "`z = standardizer(data)`, then fit `z.scale(data)`");
    fit_warns(I, d);
    I->far_told = o->span;
}

bool priors_far(Interp *I, const FitOptions *o, Posterior *post)
{
    uint32_t count = I->diags.count, errors = I->diags.errors;
    bool same = told_last(I->far_told, o->span);
    bool used = post->method == METHOD_MAP || post->method == METHOD_VI ||
                post->method == METHOD_CHAINS || post->method == METHOD_LAPLACE;
    Name name;
    Tensor *mean, *var;
    Middle data, prior;
    if (!used || same || I->recorder || in_library(I) || !is_small(post)) return true;
    const Tensor *y = seen(I, post, &name);
    if (y && expected(I, o, post, &mean, &var) && shape_same(&mean->shape, &y->shape) &&
        is_far(y->data, mean->data, var->data, shape_count(&y->shape), &data, &prior))
        tell(I, o, post, name, &data, &prior);
    if (I->stopped) return false;
    I->diags.count = count; /* what the priors cannot do is no error of this fit */
    I->diags.errors = errors;
    return true;
}
