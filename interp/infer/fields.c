/* SPDX-License-Identifier: MIT
 * The names of the fields of posteriors and predictions: which there are, also while a
 * program is checked, and what is said of one that is none of them.
 */
#include "fields.h"

#include <string.h>

static const char *const number_fields[] = {"mean",      "sd",        "var",
                                            "aleatoric", "epistemic", NULL};
static const char *const class_fields[] = {"class",     "probs",     "entropy",
                                           "aleatoric", "epistemic", NULL};
static const char *const any_fields[] = {"samples", "quantile", "logpdf", NULL};
static const char *const more_of_classes[] = {"votes", "mean", NULL};
static const char *const fit_fields[] = {"loss",     "elbo",        "evidence",
                                         "noise_sd", "noise_draws", NULL};
static const char *const chain_fields[] = {"divergences", "leapfrogs", NULL};

static bool is_one_of(const char *s, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(s, *list) == 0) return true;
    return false;
}

bool field_of_numbers(const char *s) { return is_one_of(s, number_fields); }
bool field_of_classes(const char *s) { return is_one_of(s, class_fields); }

/* The definition whose distribution an expression of a model's body is; NULL: it is
 * not to be seen. */
static const Ast *definition_of(Interp *I, const ModelValue *m, const Ast *e)
{
    const Ast *body = m->model->a;
    for (uint32_t i = 0; e->kind == AST_NAME && i < body->count; i++)
        if (body->list[i]->kind == AST_ASSIGN && body->list[i]->a->kind == AST_NAME &&
            body->list[i]->a->name == e->name && body->list[i]->b->kind == AST_CALL)
            e = body->list[i]->b;
    Value v;
    bool found = true;
    if (e->kind != AST_CALL || e->a->kind != AST_NAME) return NULL;
    if (!module_get(m->module, e->a->name, &v) &&
        (!library_find(I, e->a->name, &v, &found) || !found))
        return NULL;
    return v.kind == VALUE_DEF ? ((Def *)v.object)->def : NULL;
}

bool model_of_ints(Interp *I, const ModelValue *m, Name observed)
{
    const Ast *l = model_likelihood(m->model, observed);
    Type t;
    Support s;
    return l && l->b && type_is_number(I, l->b, &t, &s) && t == TYPE_I64;
}

bool model_of_classes(Interp *I, const ModelValue *m, Name observed)
{
    if (!model_of_ints(I, m, observed)) return false;
    const Ast *def = definition_of(I, m, model_likelihood(m->model, observed)->c);
    return !def || ast_has_member(def, name_str(&I->names, "log_probs"));
}

bool no_classes(Interp *I, const char *field, Name observed, Span span)
{
    return fail(I, E0433, span, field, observed ? name_cstr(&I->names, observed) : "y",
                "a class, as in `Categorical`");
}

/* ---- the names of a model ---- */

/* Calls f for each name that the body binds, of what is observed only if `observed`;
 * false: f wants no more. */
typedef bool NameFound(void *ctx, Name name);

static bool each_name(const Ast *s, bool observed, NameFound *f, void *ctx)
{
    if (!s || (s->kind == AST_LIKELIHOOD && !observed)) return true;
    switch ((int)s->kind) {
    case AST_BLOCK:
        for (uint32_t i = 0; i < s->count; i++)
            if (!each_name(s->list[i], observed, f, ctx)) return false;
        return true;
    case AST_FOR:
    case AST_WHILE: return each_name(s->b, observed, f, ctx);
    case AST_IF_STATEMENT:
        return each_name(s->b, observed, f, ctx) && each_name(s->c, observed, f, ctx);
    case AST_ASSIGN:
    case AST_PRIOR:
    case AST_LIKELIHOOD: {
        const Ast *target = s->a;
        while (target->kind == AST_INDEX) target = target->a;
        return target->kind != AST_NAME || f(ctx, target->name);
    }
    case AST_UNPACK:
        for (uint32_t i = 0; i < s->count; i++)
            if (s->list[i]->kind == AST_NAME && !f(ctx, s->list[i]->name)) return false;
        return true;
    case AST_PARAM_DECL:
    case AST_NET:
    case AST_FLOW: return f(ctx, s->name);
    default: return true;
    }
}

static bool is_another(void *ctx, Name name) { return *(Name *)ctx != name; }

static bool model_binds(const Ast *model, bool observed, Name name)
{
    return !each_name(model->a, observed, is_another, &name);
}

/* ---- one that there is not ---- */

typedef struct Nearest {
    Interp *I;
    Text wanted, best;
    int distance;
} Nearest;

static void consider(Nearest *n, Text t)
{
    int d = text_mistaken(n->wanted, t);
    if (text_same(n->wanted, t)) return; /* of another method's */
    if (d == NAMES_APART && t.len > 2 && text_distance(n->wanted, t, 1) == 1) d = 3;
    if (d >= n->distance) return;
    n->distance = d;
    n->best = t;
}

static bool consider_name(void *ctx, Name name)
{
    Nearest *n = ctx;
    consider(n, name_text(&n->I->names, name));
    return true;
}

static void consider_list(Nearest *n, const char *const *list)
{
    for (; *list; list++) consider(n, text_of(*list));
}

typedef struct Listed {
    Interp *I;
    Out out;
    int count;
    Name name[12];
} Listed;

static bool list_name(void *ctx, Name name)
{
    Listed *l = ctx;
    for (int i = 0; i < l->count; i++)
        if (l->name[i] == name) return true;
    if (l->count == 12) {
        out_str(&l->out, ", …");
        return false;
    }
    out_fmt(&l->out, "%s`%s`", l->count ? ", " : "", name_cstr(&l->I->names, name));
    l->name[l->count++] = name;
    return true;
}

void model_names_print(Interp *I, Out *o, const Ast *model, bool observed)
{
    Listed names = {.I = I};
    out_init(&names.out, I->memory);
    each_name(model->a, observed, list_name, &names);
    for (const char *s = names.out.at; s && *s; s++)
        if (*s != '`') out_char(o, *s);
    out_free(&names.out);
}

bool no_field(Interp *I, ValueKind kind, const ModelValue *m, Name observed, Name name,
              Span span)
{
    const Ast *model = m->model;
    bool prediction = kind == VALUE_PREDICTION;
    bool class = prediction && model_of_classes(I, m, observed);
    Nearest n = {I, name_text(&I->names, name), {NULL, 0}, NAMES_APART};
    if (prediction && !class && name == name_str(&I->names, "votes"))
        return fail(I, E0771, span, name_cstr(&I->names, model->name));
    Listed names = {.I = I};
    const char *of = prediction ? "a prediction" : "a posterior";
    Diag *d = fail_diag(I, E0306, span, of, name_cstr(&I->names, name));
    const char *here = foreign_field(name_cstr(&I->names, name));
    each_name(model->a, prediction, consider_name, &n);
    if (!prediction) {
        consider_list(&n, fit_fields);
    } else {
        consider_list(&n, class ? class_fields : number_fields);
        if (class) consider_list(&n, more_of_classes);
        consider_list(&n, any_fields);
    }
    out_init(&names.out, I->memory);
    if (n.best.at)
        out_fmt(&names.out, "did you mean `%.*s`?\n", (int)n.best.len, n.best.at);
    else if (here)
        out_fmt(&names.out, "%s;\n", here);
    out_str(&names.out, "of the model it has ");
    each_name(model->a, prediction, list_name, &names);
    diag_help(&I->diags, d, "%s%s; besides %s", names.out.at,
              names.count ? "" : "nothing",
              !prediction ? "`loss`, after `vi` `elbo`, after `laplace` `evidence`"
              : class ? "`class`, `probs`, `entropy`, `aleatoric`, `epistemic`, `votes`"
                      : "`mean`, `sd`, `var`, `aleatoric`, `epistemic`, `quantile`, "
                        "`samples`, `logpdf`");
    out_free(&names.out);
    return false;
}

/* ---- while a program is checked ---- */

/* An unknown value says of what kind it is (8 bits), of which fit it comes (24 bits,
 * from 1; 0: of none that is known) and what it predicts (a name, or 0). */
enum { KIND_BITS = 8, FIT_BITS = 24 };

Value checked_like(ValueKind kind)
{
    Value v = value_unknown();
    v.integer = kind;
    return v;
}

static ValueKind kind_of(Value v)
{
    return (ValueKind)(v.integer & ((1 << KIND_BITS) - 1));
}

static Name observed_of(Value v) { return (Name)(v.integer >> (KIND_BITS + FIT_BITS)); }

/* The model and the method that an unknown value comes from; false: they are not known.
 */
static bool fit_of(const Interp *I, Value v, ModelValue **model, Value *method)
{
    const List *l = I->abstract ? I->abstract->fits : NULL;
    uint32_t fit = (uint32_t)(v.integer >> KIND_BITS) & ((1u << FIT_BITS) - 1);
    if (v.kind != VALUE_UNKNOWN || fit == 0 || !l || 2 * fit > l->count) return false;
    *model = (ModelValue *)l->item[2 * fit - 2].object;
    *method = l->item[2 * fit - 1];
    return true;
}

bool checked_kind(Value v, ValueKind kind)
{
    return v.kind == VALUE_UNKNOWN && (v.integer == 0 || kind_of(v) == kind);
}

Value checked_posterior(Interp *I, Value model, Value method)
{
    Value v = checked_like(VALUE_POSTERIOR);
    List *l = I->abstract->fits;
    if (model.kind != VALUE_MODEL) return v;
    list_push(I, l, model);
    list_push(I, l, method);
    v.integer |= (int64_t)(l->count / 2) << KIND_BITS;
    return v;
}

Value checked_prediction(Value post)
{
    Value v = checked_like(VALUE_PREDICTION);
    if (post.kind == VALUE_UNKNOWN && kind_of(post) == VALUE_POSTERIOR)
        v.integer |= post.integer & ~(int64_t)((1 << KIND_BITS) - 1);
    return v;
}

ModelValue *checked_model_of(const Interp *I, Value v)
{
    ModelValue *model;
    Value method;
    return fit_of(I, v, &model, &method) ? model : NULL;
}

/* `loss` is the trace of a fit, `elbo` that of one by vi. */
static bool has_trace(const char *s, Value method)
{
    if (method.kind == VALUE_NONE) return false; /* prior(model) */
    if (method.kind != VALUE_METHOD) return true;
    const Method *m = (Method *)method.object;
    if (strcmp(s, "loss") == 0) return m->kind != METHOD_CHAINS;
    if (m->kind == METHOD_ENSEMBLE) m = (Method *)m->guide.object;
    return m->kind == METHOD_VI;
}

/* Whether a fit by the method has chains; of one that is not known it may. */
static bool has_chains(Value method)
{
    return method.kind == VALUE_METHOD
               ? ((Method *)method.object)->kind == METHOD_CHAINS
               : method.kind != VALUE_NONE;
}

static bool posterior_has(const Ast *model, const char *s, Name name, Value method)
{
    bool trace = strcmp(s, "loss") == 0 || strcmp(s, "elbo") == 0;
    if (trace) return has_trace(s, method);
    if (is_one_of(s, chain_fields) && has_chains(method)) return true;
    if (strcmp(s, "evidence") == 0)
        return method.kind == VALUE_METHOD
                   ? ((Method *)method.object)->kind == METHOD_LAPLACE
                   : method.kind != VALUE_NONE;
    return is_one_of(s, fit_fields) || model_binds(model, false, name);
}

bool checked_field(Interp *I, Value v, Name name, Span span, Value *out)
{
    ModelValue *of;
    const char *s = name_cstr(&I->names, name);
    Value method;
    *out = value_unknown();
    if (!fit_of(I, v, &of, &method)) return true;
    const Ast *model = of->model;
    if (kind_of(v) == VALUE_POSTERIOR)
        return posterior_has(model, s, name, method) ||
               no_field(I, VALUE_POSTERIOR, of, 0, name, span);
    bool class = model_of_classes(I, of, observed_of(v));
    if (is_one_of(s, class ? class_fields : number_fields) ||
        is_one_of(s, any_fields) || (class && is_one_of(s, more_of_classes)))
        return true;
    if (model_likelihood(model, name)) {
        *out = v;
        out->integer = (v.integer & (((int64_t)1 << (KIND_BITS + FIT_BITS)) - 1)) |
                       (int64_t)name << (KIND_BITS + FIT_BITS);
        return true;
    }
    if (is_one_of(s, class_fields)) return no_classes(I, s, observed_of(v), span);
    return model_binds(model, true, name) ||
           no_field(I, VALUE_PREDICTION, of, observed_of(v), name, span);
}
