/* SPDX-License-Identifier: MIT
 * The words of models: their arguments read and checked, and handed on.
 */
#include "chains.h"
#include "fields.h"
#include "laplace.h"

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

static void bound_free(Interp *I, Object *o) { value_drop(I, ((Bound *)o)->self); }

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
    if (args->count != 1) return fail(I, E0320, args->call, "this method", args->count);
    Value x = args->value[0];
    switch (b->what) {
    case BOUND_SCALE:
    case BOUND_RESTORE:
        return standardizer_apply(I, (Method *)b->self.object, x,
                                  b->what == BOUND_RESTORE, args->call, out);
    case BOUND_QUANTILE:
        return prediction_quantile(I, (Prediction *)b->self.object, x, args->call, out);
    case BOUND_LOSS:
    case BOUND_LOGITS:
    case BOUND_WRONG:
        return victim_bound(I, ((Method *)b->self.object)->victim, b->what, x, out);
    case BOUND_LOGPDF:
    default:
        return prediction_logpdf(I, (Prediction *)b->self.object, x, args->call, out);
    }
}

/* ---- fit ---- */

bool library_instance(Interp *I, DefKind kind, const char *name, double number,
                      Span span, Value *out)
{
    bool found;
    Value def, arg = value_real(number);
    if (!library_find(I, name_str(&I->names, name), &def, &found)) return false;
    if (!found) return fail(I, E0101, span, name);
    return instance_as(I, kind, &def) &&
           call_with(I, def, &arg, number > 0 ? 1 : 0, span, out);
}

bool option_int(Interp *I, Value v, int64_t least, const char *name, Span span,
                int64_t *out)
{
    char what[60];
    if (v.kind == VALUE_NONE) return true;
    snprintf(what, sizeof what, "`%s`", name);
    if (!arg_int(I, v, span, what, out)) return false;
    return *out >= least ||
           fail(I, E0426, span, what, least == 0 ? "0 or more" : "1 or more");
}

enum { STEPS_MOST = 100000000 }; /* the trace of the loss has a number for each */

static bool fit_schedule(Interp *I, Value v, Span span, Value *out)
{
    bool found;
    if (v.kind == VALUE_NONE) v = value_cstr(I, "cosine");
    *out = v;
    if (v.kind == VALUE_STRING) {
        Name n = name_of(&I->names, ((String *)v.object)->text);
        if (!library_find(I, n, out, &found)) return false;
        if (!found)
            return fail(I, E0437, span, "`schedule`",
                        "`cosine`, or a function of the share of "
                        "steps done",
                        "a string that names none");
    }
    if (out->kind != VALUE_FN && out->kind != VALUE_WORD)
        return fail(I, E0437, span, "`schedule`",
                    "a function of the share of steps done", value_kind_text(v));
    return true;
}

static bool not_a_method(Interp *I, Value v, Span span)
{
    bool guide = v.kind == VALUE_METHOD, optimizer = is_instance(v, DEF_OPTIMIZER);
    Diag *d = fail_diag(I, E0424, span,
                        guide && ((Method *)v.object)->kind == METHOD_DROPOUT_GUIDE
                            ? "dropout_q() without vi(…)"
                            : value_kind_text(v));
    if (guide || is_instance(v, DEF_GUIDE))
        diag_help(&I->diags, d, "write `vi(…)` around it");
    else if (optimizer)
        diag_help(&I->diags, d,
                  "it goes to `optimizer = …`; the method says what is fitted, "
                  "such as `mle()`");
    else if (v.kind == VALUE_WORD || v.kind == VALUE_DEF)
        diag_help(&I->diags, d, "call it: `%s()`",
                  v.kind == VALUE_WORD
                      ? word_name(v.word)
                      : name_cstr(&I->names, ((Def *)v.object)->def->name));
    else
        diag_help(&I->diags, d,
                  "methods are mle(), map(), laplace(), vi(meanfield()), "
                  "vi(dropout_q()), nuts()");
    return false;
}

static bool is_method(Value v)
{
    if (v.kind != VALUE_METHOD) return false;
    MethodKind kind = ((Method *)v.object)->kind;
    return kind != METHOD_STANDARDIZER && kind != METHOD_SEARCH &&
           kind != METHOD_DROPOUT_GUIDE;
}

/* Iterations of the search for a mode, which ends where it is there: a net of two
 * thousand weights took as many. */
enum { MODE_STEPS = 10000 };

/* The optimizer that is given, or the method's own: laplace() searches for its mode
 * where a search can be. */
static bool fit_optimizer(Interp *I, Value v, const Method *m, FitOptions *o, Span span,
                          Value *out)
{
    bool steps = o->batch || o->single || I->word_given & 1u << 6;
    *out = v;
    if (v.kind == VALUE_NONE && m && m->kind == METHOD_LAPLACE && !steps) {
        if (!(I->word_given & 1u << 3)) o->steps = MODE_STEPS;
        return library_instance(I, DEF_OPTIMIZER, "lbfgs", 0, span, out);
    }
    if (v.kind == VALUE_NONE)
        return library_instance(I, DEF_OPTIMIZER, "adam",
                                m && m->kind == METHOD_VI ? 0.01 : 0.001, span, out);
    if (!instance_as(I, DEF_OPTIMIZER, out)) return false;
    if (out->kind == VALUE_DEF && !call_with(I, *out, NULL, 0, span, out)) return false;
    return is_instance(*out, DEF_OPTIMIZER) ||
           fail(I, E0437, span, "`optimizer`", "an optimizer such as adam(0.01)",
                value_kind_text(v));
}

/* What an optimizer that searches cannot do, by its options. */
static bool fit_search(Interp *I, const Span *place, const Method *vi, FitOptions *o)
{
    bool yes;
    if (!optimizer_searches(I, o->optimizer, place[5], &yes) || !yes)
        return yes == false;
    o->search = (Instance *)o->optimizer.object;
    o->by = name_cstr(&I->names, o->search->def->def->name);
    if (vi && !is_guide_of_functions(vi->guide)) /* of those, the step tells */
        return whole_refuses_draws(I, o->by, place[2]);
    if (o->batch)
        return whole_refuses(I, o->by, place[4], "`batch`",
                             "the loss must be over the same rows each time");
    if (I->word_given & 1u << 6)
        return whole_refuses(I, o->by, place[6], "`schedule`",
                             "there is no rate that could be multiplied");
    return !o->single ||
           whole_refuses(I, o->by, place[7], "`precision = \"single\"`",
                         "it compares losses that differ in their last digits");
}

static bool fit_precision(Interp *I, Value v, Span span, bool *single)
{
    Text precision;
    if (v.kind == VALUE_NONE) return true;
    if (!arg_text(I, v, span, "`precision`", &precision)) return false;
    *single = text_same(precision, text_of("single"));
    return *single || text_same(precision, text_of("double")) ||
           fail(I, E0426, span, "`precision`", "\"single\" or \"double\"");
}

/* The arguments of `fit`, checked. */
static bool fit_options(Interp *I, int word, Value *arg, const Args *args,
                        FitOptions *o)
{
    Span place[12];
    for (int i = 0; i < 12; i++) place[i] = word_place(I, word, args, i);
    *o = (FitOptions){.model = arg[0],
                      .data = arg[1],
                      .method = arg[2],
                      .steps = 1000,
                      .draws = 1,
                      .span = args->call,
                      .data_span = place[1],
                      .method_span = place[2],
                      .augment = {arg[11], place[11]},
                      .batch_span = place[4],
                      .progress = true};
    int64_t seed = 0;
    if (arg[0].kind != VALUE_MODEL && !checked_kind(arg[0], VALUE_MODEL))
        return fail(I, E0423, place[0], "fit", value_kind_text(arg[0]));
    if (arg[1].kind != VALUE_RECORD && !checked_kind(arg[1], VALUE_RECORD))
        return no_record(I, arg[1], "fit", place[1]);
    if (!is_method(arg[2]) && !checked_kind(arg[2], VALUE_METHOD))
        return not_a_method(I, arg[2], place[2]);
    if (!option_int(I, arg[3], 0, "steps", place[3], &o->steps) ||
        (o->steps > STEPS_MOST &&
         !fail(I, E0426, place[3], "`steps`", "at most 100,000,000")) ||
        !option_int(I, arg[4], 1, "batch", place[4], &o->batch) ||
        !option_int(I, arg[8], 0, "seed", place[8], &seed) ||
        !option_int(I, arg[9], 1, "draws", place[9], &o->draws))
        return false;
    o->seed = (uint64_t)seed;
    const Method *m = is_method(arg[2]) ? (Method *)arg[2].object : NULL;
    while (m && m->kind == METHOD_ENSEMBLE) m = (Method *)m->guide.object;
    if (m && m->kind == METHOD_CHAINS && !nuts_options(I, place, o)) return false;
    bool vi = m && m->kind == METHOD_VI;
    if (!fit_precision(I, arg[7], place[7], &o->single) ||
        !fit_optimizer(I, arg[5], m, o, place[5], &o->optimizer) ||
        !fit_schedule(I, arg[6], place[6], &o->schedule) ||
        !fit_search(I, place, vi ? m : NULL, o))
        return false;
    if (!instance_as(I, DEF_ATTACK, &o->augment.how) ||
        !augment_check(I, o->augment.how, place[11]))
        return false;
    if (arg[10].kind == VALUE_BOOL)
        o->progress = arg[10].boolean;
    else if (arg[10].kind != VALUE_NONE)
        return fail(I, E0437, place[10], "`progress`", "true or false",
                    value_kind_text(arg[10]));
    return true;
}

static bool word_fit(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    FitOptions o;
    if (!fit_options(I, word, arg, args, &o)) return false;
    uint32_t mark = pool_mark(I);
    if (!fit_run(I, &o, out)) return false;
    pool_return(I, mark, out);
    return true;
}

void known_options(Value *arg, int from, int to)
{
    for (int i = from; i < to; i++)
        if (arg[i].kind == VALUE_NODE || value_has_unknown(arg[i]))
            arg[i] = value_none();
}

/* Whether the guide of a method may draw the unknowns of m. */
static bool guide_of_method(Interp *I, const Method *method, const ModelValue *m,
                            Span span)
{
    while (method->kind == METHOD_ENSEMBLE) method = (Method *)method->guide.object;
    return method->kind != METHOD_VI ||
           guide_model_same(I, (Instance *)method->guide.object, m, span);
}

bool checked_fit(Interp *I, int word, Value *arg, const Args *args)
{
    FitOptions o;
    known_options(arg, 3, 12);
    return fit_options(I, word, arg, args, &o) &&
           (arg[0].kind != VALUE_MODEL || !is_method(arg[2]) ||
            guide_of_method(I, (Method *)arg[2].object, (ModelValue *)arg[0].object,
                            word_place(I, word, args, 2))) &&
           checked_binding(
               I, arg[0].kind == VALUE_MODEL ? (ModelValue *)arg[0].object : NULL,
               arg[1], true, o.data_span) &&
           checked_slopes(I, arg[0]) &&
           (arg[0].kind != VALUE_MODEL ||
            augment_checked(I, (ModelValue *)arg[0].object, arg[11], o.augment.span));
}

/* "sample" or "mean", "shared" or "row": one of two words. */
static bool option_word(Interp *I, Value v, const char *name, const char *first,
                        const char *second, Span span, Text *out)
{
    char what[40], list[60];
    snprintf(what, sizeof what, "`%s`", name);
    snprintf(list, sizeof list, "\"%s\" or \"%s\"", first, second);
    *out = text_of(first);
    if (v.kind == VALUE_NONE) return true;
    return arg_text(I, v, span, what, out) &&
           (text_same(*out, text_of(first)) || text_same(*out, text_of(second)) ||
            fail(I, E0426, span, what, list));
}

/* Who asked for an argument that is wrong, the word, or what the program called of the
 * library; *place becomes where the program gave it. */
static const char *asked_by(Interp *I, const char *word, Span *place)
{
    Name called = in_library(I) ? library_called(I) : 0;
    if (called) *place = library_blames(I, *place, I->span);
    return called ? name_cstr(&I->names, called) : word;
}

bool no_record(Interp *I, Value v, const char *what, Span span)
{
    what = asked_by(I, what, &span);
    return fail(I, E0425, span, what, value_kind_text(v));
}

bool need_posterior(Interp *I, Value v, const char *what, Span span)
{
    if (v.kind == VALUE_POSTERIOR || checked_kind(v, VALUE_POSTERIOR)) return true;
    what = asked_by(I, what, &span);
    Diag *d = fail_diag(I, E0432, span, what, value_kind_text(v));
    if (v.kind == VALUE_MODEL)
        diag_help(&I->diags, d,
                  "fit it first: `fit(model, data, method)`; `prior(model)` is "
                  "what it says before any data");
    else
        diag_help(&I->diags, d,
                  "`fit(model, data, method)` and `prior(model)` give one");
    return false;
}

typedef struct PredictOptions {
    int64_t draws, seed;
    Text dropout, masks;
} PredictOptions;

static bool predict_options(Interp *I, int word, Value *arg, const Args *args,
                            PredictOptions *o)
{
    Span place[7];
    for (int i = 0; i < 7; i++) place[i] = word_place(I, word, args, i);
    *o = (PredictOptions){.draws = 1000};
    if (!need_posterior(I, arg[0], "predict", place[0])) return false;
    if (arg[1].kind != VALUE_RECORD && arg[1].kind != VALUE_NONE &&
        !checked_kind(arg[1], VALUE_RECORD))
        return no_record(I, arg[1], "predict", place[1]);
    return option_int(I, arg[2], 1, "draws", place[2], &o->draws) &&
           option_word(I, arg[3], "dropout", "sample", "mean", place[3], &o->dropout) &&
           option_word(I, arg[4], "masks", "shared", "row", place[4], &o->masks) &&
           option_int(I, arg[6], 0, "seed", place[6], &o->seed);
}

static bool word_predict(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    PredictOptions o;
    bool draws = I->word_given & 1u << 2;
    if (!predict_options(I, word, arg, args, &o)) return false;
    const Posterior *post = (Posterior *)arg[0].object;
    if (!draws) o.draws = post->noise_draws ? post->noise_draws : posterior_draws(post);
    if (!predict_new(I, arg[0], arg[1], o.draws, o.dropout, o.masks, arg[5],
                     (uint64_t)o.seed, word_place(I, word, args, 1), out))
        return false;
    return arg[1].kind == VALUE_NONE || data_recorded(arg[1]) ||
           prediction_binds(I, (Prediction *)out->object);
}

bool checked_predict(Interp *I, int word, Value *arg, const Args *args)
{
    PredictOptions o;
    known_options(arg, 2, 7);
    return predict_options(I, word, arg, args, &o) &&
           checked_binding(I, checked_model_of(I, arg[0]), arg[1], false,
                           word_place(I, word, args, 1));
}

static bool prior_options(Interp *I, int word, Value *arg, const Args *args,
                          bool *single)
{
    *single = false;
    if (arg[0].kind != VALUE_MODEL && !checked_kind(arg[0], VALUE_MODEL))
        return fail(I, E0423, word_place(I, word, args, 0), "prior",
                    value_kind_text(arg[0]));
    return fit_precision(I, arg[1], word_place(I, word, args, 1), single);
}

static bool word_prior(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    bool single;
    if (!prior_options(I, word, arg, args, &single)) return false;
    Record *empty = record_new(I);
    Posterior *post = posterior_new(I, (ModelValue *)arg[0].object, value_object(empty),
                                    METHOD_PRIOR);
    post->single = single;
    *out = value_object(post);
    return true;
}

bool checked_prior(Interp *I, int word, Value *arg, const Args *args)
{
    bool single;
    known_options(arg, 1, 2);
    return prior_options(I, word, arg, args, &single);
}

static bool word_vi(Interp *I, Value guide, Span span, Value *out)
{
    if (guide.kind == VALUE_NONE &&
        !library_instance(I, DEF_GUIDE, "meanfield", 0, span, &guide))
        return false;
    if (guide.kind == VALUE_DEF) {
        Args none = {0, NULL, NULL, NULL, span, 0};
        if (!call_value(I, guide, &none, &guide)) return false;
    }
    if (guide.kind == VALUE_METHOD &&
        ((Method *)guide.object)->kind == METHOD_DROPOUT_GUIDE) {
        *out = method_new(I, METHOD_DROPOUT, value_none());
        return true;
    }
    if (!is_instance(guide, DEF_GUIDE)) {
        Diag *d = fail_diag(I, E0437, span, "the guide of `vi`",
                            "one such as meanfield()", value_kind_text(guide));
        if (may_be_flow(guide))
            diag_help(&I->diags, d,
                      "a flow is made a guide by `flow_q`: `vi(flow_q(f))`");
        return false;
    }
    *out = method_new(I, METHOD_VI, guide);
    return true;
}

static bool word_ensemble(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    int64_t k = 0;
    if (!option_int(I, arg[0], 1, "members", word_place(I, word, args, 0), &k))
        return false;
    if (!is_method(arg[1]))
        return not_a_method(I, arg[1], word_place(I, word, args, 1));
    *out = method_new(I, METHOD_ENSEMBLE, arg[1]);
    ((Method *)out->object)->members = k;
    return true;
}

static bool word_defend(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Defence d = {.with = arg[1],
                 .span = in_library(I) ? I->span : word_place(I, word, args, 1)};
    Span first = word_place(I, word, args, 0), sd = word_place(I, word, args, 2);
    if (!need_posterior(I, arg[0], "defend", first)) return false;
    if (arg[1].kind != VALUE_FN && arg[1].kind != VALUE_WORD)
        return fail(I, E0437, d.span, "`with`", "a function of x",
                    value_kind_text(arg[1]));
    if (arg[2].kind != VALUE_NONE && !arg_real(I, arg[2], sd, "`sd`", &d.sd))
        return false;
    if (!(d.sd >= 0)) return fail(I, E0426, sd, "`sd`", "0 or more");
    if (!option_int(I, arg[3], 1, "draws", word_place(I, word, args, 3), &d.draws))
        return false;
    *out = value_object(defend(I, (Posterior *)arg[0].object, &d));
    return true;
}

static bool word_standardize(Interp *I, Value data, Span span, Value *out)
{
    Value z;
    return standardizer_new(I, data, span, &z) &&
           standardizer_apply(I, (Method *)z.object, data, false, span, out);
}

static bool no_prediction(Interp *I, Value v, Span span)
{
    Diag *d = fail_diag(I, E0352, span, "score", value_kind_text(v));
    diag_help(&I->diags, d,
              v.kind == VALUE_POSTERIOR
                  ? "a prediction and the truth: `score(predict(post, data), y)`"
                  : "it judges predictions: `score(predict(post, data), y)`; of two "
                    "vectors write `sqrt(mean((y - f) ^ 2))`");
    return false;
}

bool infer_call(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Span span = args->call, first = word_place(I, word, args, 0);
    int64_t draws = 100, seed = 0;
    double fraction;
    switch (word_data(word)) {
    case 0: return word_fit(I, word, arg, args, out);
    case 1: return word_predict(I, word, arg, args, out);
    case 2: return word_prior(I, word, arg, args, out);
    case 3: *out = method_new(I, METHOD_MLE, value_none()); return true;
    case 4: *out = method_new(I, METHOD_MAP, value_none()); return true;
    case 5: return word_vi(I, arg[0], first, out);
    case 6: *out = method_new(I, METHOD_DROPOUT_GUIDE, value_none()); return true;
    case 7:
        if (arg[0].kind != VALUE_PREDICTION) return no_prediction(I, arg[0], first);
        return score_prediction(I, (Prediction *)arg[0].object, arg[1],
                                word_place(I, word, args, 1), span, out);
    case 8:
        return auroc_value(I, arg, (Span[]){first, word_place(I, word, args, 1)}, out);
    case 9:
        if (!need_posterior(I, arg[0], "log_likelihood", first) ||
            !option_int(I, arg[2], 1, "draws", word_place(I, word, args, 2), &draws) ||
            !option_int(I, arg[3], 0, "seed", word_place(I, word, args, 3), &seed))
            return false;
        return log_likelihood(I, arg[0], arg[1], draws, (uint64_t)seed,
                              word_place(I, word, args, 1), span, out);
    case 10:
        if (!need_posterior(I, arg[0], "summary", first)) return false;
        *out = value_none();
        return posterior_summary(I, (Posterior *)arg[0].object, span);
    case 11: return standardizer_new(I, arg[0], span, out);
    case 12: return word_standardize(I, arg[0], span, out);
    case 13:
        if (!arg_real(I, arg[1], word_place(I, word, args, 1), "the fraction",
                      &fraction) ||
            !option_int(I, arg[2], 0, "seed", word_place(I, word, args, 2), &seed))
            return false;
        return split_rows(I, arg[0], fraction, (uint64_t)seed, span, out);
    case 14:
        if (!I->handler || !I->handler->keep_mask) return fail(I, E0403, span);
        return I->handler->keep_mask(I, I->handler, arg[0], arg[1], out);
    case 15: return word_attack(I, word, arg, args, out);
    case 16: return word_ensemble(I, word, arg, args, out);
    case 17: return word_defend(I, word, arg, args, out);
    case 18: return word_laplace(I, word, arg, args, out);
    case 30: return word_nuts(I, word, arg, args, out);
    case 31:
    case 32: return word_mixing(I, word, arg, args, out);
    default: return fail(I, E0701, span, word_name(word));
    }
}

const ModelValue *infer_model(Value v)
{
    if (v.kind == VALUE_POSTERIOR) return ((Posterior *)v.object)->model;
    if (v.kind == VALUE_PREDICTION) return ((Prediction *)v.object)->post->model;
    return NULL;
}

static bool field(Interp *I, Value v, Name name, Span span, bool *found, Value *out)
{
    *found = v.kind == VALUE_UNKNOWN;
    if (*found) return checked_field(I, v, name, span, out);
    if (v.kind == VALUE_POSTERIOR || v.kind == VALUE_PREDICTION)
        return (v.kind == VALUE_POSTERIOR
                    ? posterior_field(I, (Posterior *)v.object, name, span, found, out)
                    : prediction_field(I, (Prediction *)v.object, name, span, found,
                                       out)) &&
               (*found ||
                no_field(I, v.kind, infer_model(v),
                         v.kind == VALUE_PREDICTION ? ((Prediction *)v.object)->observed
                                                    : 0,
                         name, span));
    if (v.kind != VALUE_METHOD || ((Method *)v.object)->kind != METHOD_STANDARDIZER)
        return true;
    Method *z = (Method *)v.object;
    const char *s = name_cstr(&I->names, name);
    *found = true;
    if (strcmp(s, "scale") == 0)
        *out = bound_new(I, BOUND_SCALE, v);
    else if (strcmp(s, "restore") == 0)
        *out = bound_new(I, BOUND_RESTORE, v);
    else if (strcmp(s, "mean") == 0)
        *out = z->mean;
    else if (strcmp(s, "sd") == 0)
        *out = z->sd;
    else
        *found = false;
    return true;
}

static bool print(Interp *I, Out *o, Value v)
{
    if (v.kind != VALUE_POSTERIOR && v.kind != VALUE_PREDICTION) return false;
    const Ast *model = infer_model(v)->model;
    out_fmt(o, "<%s of %s: ", v.kind == VALUE_POSTERIOR ? "posterior" : "prediction",
            name_cstr(&I->names, model->name));
    model_names_print(I, o, model, v.kind == VALUE_PREDICTION);
    out_char(o, '>');
    return true;
}

void infer_upper(Upper *u)
{
    checked_upper(u);
    u->call = infer_call;
    u->field = field;
    u->bound_call = bound_call;
    u->net = posterior_net;
    u->print = print;
}
