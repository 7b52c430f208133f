/* SPDX-License-Identifier: MIT
 * The words of models: their arguments read and checked, and handed on.
 */
#include "infer_int.h"

#include <stdio.h>
#include <string.h>

static void method_free(Interp *I, Object *o)
{
    Method *m = (Method *)o;
    value_drop(I, m->guide);
    value_drop(I, m->mean);
    value_drop(I, m->sd);
}

Value method_new(Interp *I, MethodKind kind, Value guide)
{
    Method *m = object_new(I, VALUE_METHOD, sizeof *m, NULL);
    m->kind = kind;
    m->guide = value_keep(guide);
    m->mean = m->sd = value_none();
    m->object.free = method_free;
    return value_object(m);
}

typedef struct Bound {
    Object object;
    BoundKind what;
    Value self;
} Bound;

static void bound_free(Interp *I, Object *o)
{
    value_drop(I, ((Bound *)o)->self);
}

Value bound_new(Interp *I, BoundKind what, Value self)
{
    Bound *b = object_new(I, VALUE_BOUND, sizeof *b, bound_free);
    b->what = what;
    b->self = value_keep(self);
    return value_object(b);
}

bool bound_call(Interp *I, Value v, const Args *args, Value *out)
{
    Bound *b = (Bound *)v.object;
    if (args->count != 1) return fail(I, E0320, args->call, "this method");
    Value x = args->value[0];
    switch (b->what) {
    case BOUND_SCALE:
    case BOUND_RESTORE:
        return standardizer_apply(I, (Method *)b->self.object, x, b->what == BOUND_RESTORE,
                                  args->call, out);
    case BOUND_QUANTILE:
        return prediction_quantile(I, (Prediction *)b->self.object, x, args->call, out);
    case BOUND_LOGPDF:
    default:
        return prediction_logpdf(I, (Prediction *)b->self.object, x, args->call, out);
    }
}

/* ---- fit ---- */

/* A definition of the library by name, with no arguments but one number. */
static bool library_instance(Interp *I, const char *name, double number, Span span, Value *out)
{
    bool found;
    Value def, arg = value_real(number);
    if (!library_find(I, name_str(&I->names, name), &def, &found)) return false;
    if (!found) return fail(I, E0101, span, name);
    return call_with(I, def, &arg, number > 0 ? 1 : 0, span, out);
}

static bool option_int(Interp *I, Value v, int64_t least, const char *name, Span span,
                       int64_t *out)
{
    char what[60];
    if (v.kind == VALUE_NONE) return true;
    snprintf(what, sizeof what, "`%s`", name);
    if (!arg_int(I, v, span, what, out)) return false;
    return *out >= least || fail(I, E0426, span, what, least == 0 ? "0 or more" : "1 or more");
}

static bool fit_schedule(Interp *I, Value v, Span span, Value *out)
{
    bool found;
    *out = v;
    if (v.kind == VALUE_NONE) return true;
    if (v.kind == VALUE_STRING) {
        Name n = name_of(&I->names, ((String *)v.object)->text);
        if (!library_find(I, n, out, &found)) return false;
        if (!found) return fail(I, E0101, span, name_cstr(&I->names, n));
    }
    if (out->kind != VALUE_FN && out->kind != VALUE_WORD)
        return fail(I, E0437, span, "`schedule`", "a function of the share of steps done",
                    value_kind_text(v));
    return true;
}

static bool word_fit(Interp *I, Value *arg, Span span, Value *out)
{
    FitOptions o = {.model = arg[0], .data = arg[1], .method = arg[2], .steps = 1000,
                    .draws = 1, .span = span, .progress = true};
    int64_t seed = 0;
    Text precision;
    if (arg[0].kind != VALUE_MODEL)
        return fail(I, E0423, span, "fit", value_kind_text(arg[0]));
    if (arg[1].kind != VALUE_RECORD) return fail(I, E0425, span, value_kind_text(arg[1]));
    if (arg[2].kind != VALUE_METHOD ||
        ((Method *)arg[2].object)->kind == METHOD_STANDARDIZER)
        return fail(I, E0424, span, value_kind_text(arg[2]));
    if (((Method *)arg[2].object)->kind == METHOD_DROPOUT_GUIDE)
        return fail(I, E0424, span, "dropout_q() without vi(…)");
    if (!option_int(I, arg[3], 0, "steps", span, &o.steps) ||
        !option_int(I, arg[4], 1, "batch", span, &o.batch) ||
        !option_int(I, arg[8], 0, "seed", span, &seed) ||
        !option_int(I, arg[9], 1, "draws", span, &o.draws))
        return false;
    o.seed = (uint64_t)seed;
    o.optimizer = arg[5];
    bool vi = ((Method *)arg[2].object)->kind == METHOD_VI;
    if (o.optimizer.kind == VALUE_NONE &&
        !library_instance(I, "adam", vi ? 0.01 : 0.001, span, &o.optimizer))
        return false;
    if (!is_instance(o.optimizer, DEF_OPTIMIZER))
        return fail(I, E0437, span, "`optimizer`", "an optimizer such as adam(0.01)",
                    value_kind_text(o.optimizer));
    if (!fit_schedule(I, arg[6], span, &o.schedule)) return false;
    if (arg[7].kind != VALUE_NONE) {
        if (!arg_text(I, arg[7], span, "`precision`", &precision)) return false;
        o.single = text_same(precision, text_of("single"));
        if (!o.single && !text_same(precision, text_of("double")))
            return fail(I, E0426, span, "`precision`", "\"single\" or \"double\"");
    }
    if (arg[10].kind == VALUE_BOOL) o.progress = arg[10].boolean;
    uint32_t mark = pool_mark(I);
    if (!fit_run(I, &o, out)) return false;
    pool_return(I, mark, out);
    return true;
}

static bool word_predict(Interp *I, Value *arg, Span span, Value *out)
{
    int64_t draws = 1000, seed = 0;
    Text dropout = text_of("sample"), masks = text_of("shared");
    if (!option_int(I, arg[2], 1, "draws", span, &draws) ||
        !option_int(I, arg[6], 0, "seed", span, &seed))
        return false;
    if (arg[3].kind != VALUE_NONE && !arg_text(I, arg[3], span, "`dropout`", &dropout))
        return false;
    if (arg[4].kind != VALUE_NONE && !arg_text(I, arg[4], span, "`masks`", &masks))
        return false;
    return predict_new(I, arg[0], arg[1], draws, dropout, masks, arg[5], (uint64_t)seed, span,
                       out);
}

static bool word_prior(Interp *I, Value model, Span span, Value *out)
{
    if (model.kind != VALUE_MODEL)
        return fail(I, E0423, span, "prior", value_kind_text(model));
    Record *empty = record_new(I);
    *out = value_object(posterior_new(I, (ModelValue *)model.object, value_object(empty),
                                      METHOD_PRIOR));
    return true;
}

static bool word_vi(Interp *I, Value guide, Span span, Value *out)
{
    if (guide.kind == VALUE_DEF) {
        Args none = {0, NULL, NULL, NULL, span};
        if (!call_value(I, guide, &none, &guide)) return false;
    }
    if (guide.kind == VALUE_METHOD &&
        ((Method *)guide.object)->kind == METHOD_DROPOUT_GUIDE) {
        *out = method_new(I, METHOD_DROPOUT, value_none());
        return true;
    }
    if (!is_instance(guide, DEF_GUIDE))
        return fail(I, E0437, span, "the guide of `vi`", "one such as meanfield()",
                    value_kind_text(guide));
    *out = method_new(I, METHOD_VI, guide);
    return true;
}

static bool word_standardize(Interp *I, Value data, Span span, Value *out)
{
    Value z;
    return standardizer_new(I, data, span, &z) &&
           standardizer_apply(I, (Method *)z.object, data, false, span, out);
}

bool infer_call(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Span span = args->call;
    int64_t draws = 100, seed = 0;
    double fraction;
    switch (word) {
    case 0: return word_fit(I, arg, span, out);
    case 1: return word_predict(I, arg, span, out);
    case 2: return word_prior(I, arg[0], span, out);
    case 3: *out = method_new(I, METHOD_MLE, value_none()); return true;
    case 4: *out = method_new(I, METHOD_MAP, value_none()); return true;
    case 5: return word_vi(I, arg[0], span, out);
    case 6: *out = method_new(I, METHOD_DROPOUT_GUIDE, value_none()); return true;
    case 7:
        if (arg[0].kind != VALUE_PREDICTION)
            return fail(I, E0352, span, "score", value_kind_text(arg[0]));
        return score_prediction(I, (Prediction *)arg[0].object, arg[1], span, out);
    case 8: return auroc_value(I, arg[0], arg[1], span, out);
    case 9:
        if (!option_int(I, arg[2], 1, "draws", span, &draws) ||
            !option_int(I, arg[3], 0, "seed", span, &seed))
            return false;
        return log_likelihood(I, arg[0], arg[1], draws, (uint64_t)seed, span, out);
    case 10:
        if (arg[0].kind != VALUE_POSTERIOR)
            return fail(I, E0432, span, value_kind_text(arg[0]));
        *out = value_none();
        return posterior_summary(I, (Posterior *)arg[0].object, span);
    case 11: return standardizer_new(I, arg[0], span, out);
    case 12: return word_standardize(I, arg[0], span, out);
    case 13:
        if (!arg_real(I, arg[1], span, "the fraction", &fraction) ||
            !option_int(I, arg[2], 0, "seed", span, &seed))
            return false;
        return split_rows(I, arg[0], fraction, (uint64_t)seed, span, out);
    case 14:
        if (!I->handler || !I->handler->keep_mask) return fail(I, E0403, span);
        return I->handler->keep_mask(I, I->handler, arg[0], arg[1], out);
    default: return fail(I, E0701, span, "this word");
    }
}

static bool field(Interp *I, Value v, Name name, Span span, bool *found, Value *out)
{
    *found = false;
    if (v.kind == VALUE_POSTERIOR)
        return posterior_field(I, (Posterior *)v.object, name, span, found, out);
    if (v.kind == VALUE_PREDICTION)
        return prediction_field(I, (Prediction *)v.object, name, span, found, out);
    if (v.kind != VALUE_METHOD || ((Method *)v.object)->kind != METHOD_STANDARDIZER)
        return true;
    Method *z = (Method *)v.object;
    const char *s = name_cstr(&I->names, name);
    *found = true;
    if (strcmp(s, "scale") == 0) *out = bound_new(I, BOUND_SCALE, v);
    else if (strcmp(s, "restore") == 0) *out = bound_new(I, BOUND_RESTORE, v);
    else if (strcmp(s, "mean") == 0) *out = z->mean;
    else if (strcmp(s, "sd") == 0) *out = z->sd;
    else *found = false;
    return true;
}

static bool print(Interp *I, Out *o, Value v)
{
    if (v.kind == VALUE_POSTERIOR) {
        const Posterior *p = (Posterior *)v.object;
        out_fmt(o, "<posterior of %s>", name_cstr(&I->names, p->model->model->name));
        return true;
    }
    if (v.kind == VALUE_PREDICTION) {
        const Prediction *p = (Prediction *)v.object;
        out_fmt(o, "<prediction of %s>",
                name_cstr(&I->names, p->post->model->model->name));
        return true;
    }
    return false;
}

void infer_upper(Upper *u)
{
    u->call = infer_call;
    u->field = field;
    u->bound_call = bound_call;
    u->net = posterior_net;
    u->print = print;
}
