/* SPDX-License-Identifier: MIT
 * Models, definitions and their members: which names their bodies see, and what a model
 * may not do with its own (bind one twice, take one of a posterior's fields).
 */
#include "check_int.h"

#include <string.h>

/* ---- models: a name is bound once ---- */

struct Mark {
    Symbol *symbol;
    Mark *next;
};

static const char *const taken_fields[] = {
    "mean",    "sd",    "var",     "aleatoric", "epistemic", "quantile",
    "samples", "class", "entropy", "probs",     "elbo",      "loss",
};

static bool is_field(const char *name)
{
    for (size_t i = 0; i < sizeof taken_fields / sizeof *taken_fields; i++)
        if (strcmp(name, taken_fields[i]) == 0) return true;
    return false;
}

static void take(Checker *c, Symbol *s)
{
    Mark *m = arena_take(c->arena, sizeof *m);
    m->symbol = s;
    m->next = c->marks;
    c->marks = m;
    s->taken = true;
}

/* A likelihood may be of what is also given: its earlier values. */
static bool may_meet(const Symbol *s, SymbolKind kind)
{
    return kind == SYMBOL_LIKELIHOOD && s->kind == SYMBOL_GIVEN;
}

static const char *part_of(SymbolKind kind)
{
    switch ((int)kind) {
    case SYMBOL_GIVEN: return "given";
    case SYMBOL_HYPER: return "a hyperparameter";
    case SYMBOL_DETERMINISTIC: return "computed";
    case SYMBOL_PRIOR:
    case SYMBOL_PARAM: return "an unknown";
    case SYMBOL_LIKELIHOOD: return "observed";
    default: return NULL;
    }
}

static const char *part_made(SymbolKind kind)
{
    switch ((int)kind) {
    case SYMBOL_PRIOR: return "have a prior";
    case SYMBOL_PARAM: return "be learnt";
    case SYMBOL_LIKELIHOOD: return "be observed";
    default: return NULL;
    }
}

/* What to do about a name that is one thing and made another: an unknown or observed.
 */
static const char *part_advice(SymbolKind is, bool observed)
{
    switch ((int)is) {
    case SYMBOL_GIVEN:
        return "what is given is known: an unknown does not stand in the header; what "
               "is observed has a `likelihood`";
    case SYMBOL_HYPER:
        return observed ? "what is observed has the name of its column in the data"
                        : "a hyperparameter is set by calling the model: an unknown "
                          "does not stand in the header";
    case SYMBOL_DETERMINISTIC:
        return observed ? "observe what the data have, around it: `likelihood y: "
                          "real[N] ~ Normal(mu, s)`"
                        : "what is computed has no distribution of its own: take "
                          "out one of the two lines";
    case SYMBOL_LIKELIHOOD:
        return "a `likelihood` says all of what is observed; an unknown has another "
               "name";
    default:
        return "what is observed has the name of its column in the data, and is no "
               "unknown";
    }
}

/* A name has one part in a model: given, unknown, computed or observed. */
static Diag *other_part(Checker *c, const Symbol *s, SymbolKind kind, Span place)
{
    const char *text = name_cstr(c->names, s->name), *is = part_of(s->kind),
               *made = part_made(kind);
    bool unknown = s->kind == SYMBOL_PRIOR || s->kind == SYMBOL_PARAM,
         observed = kind == SYMBOL_LIKELIHOOD;
    bool two = is && made && s->kind != kind && (!unknown || observed);
    Diag *d = two ? check_error(c, E0237, place, text, is, made)
                  : check_error(c, E0103, place, text);
    if (d)
        diag_help(
            c->diags, d, "%s",
            two ? part_advice(s->kind, observed)
            : s->kind == SYMBOL_NET && kind == SYMBOL_PRIOR
                ? "a prior on the weights of a net is `prior f.params ~ Normal(0, "
                  "1)`, or of one stage `f[0].params`, `f.weights`, `f.biases`"
                : "give one of them another name");
    return d;
}

static void once(Checker *c, Name name, SymbolKind kind, Span place)
{
    Symbol *s = scope_own(c, name);
    const char *text = name_cstr(c->names, name);
    if (!s || may_meet(s, kind)) return;
    if (kind == SYMBOL_LOOP) {
        if (!s->taken) return; /* loops may share a variable */
    } else if (!s->taken) {
        take(c, s);
        if (kind == SYMBOL_FUNCTION || !is_field(text)) return;
        Diag *d = check_error(c, E0436, place, text);
        if (d)
            diag_help(c->diags, d,
                      "call it something else: `post.%s` would have two meanings",
                      text);
        return;
    }
    Diag *d = other_part(c, s, kind, place);
    if (!d) return;
    diag_label(c->diags, d, s->place,
               s->kind == SYMBOL_AXIS ? "the size of an axis" : "bound here");
}

static void once_all(Checker *c, const Ast *s);

/* Of two arms only one is gone through: each may bind the name. */
static void once_if(Checker *c, const Ast *s)
{
    Mark *before = c->marks;
    once_all(c, s->b);
    Mark *then = c->marks;
    for (Mark *m = then; m != before; m = m->next) m->symbol->taken = false;
    if (s->c) once_all(c, s->c);
    for (Mark *m = then; m != before; m = m->next) m->symbol->taken = true;
}

static void once_all(Checker *c, const Ast *s)
{
    switch ((int)s->kind) {
    case AST_BLOCK:
        for (uint32_t i = 0; i < s->count; i++) once_all(c, s->list[i]);
        break;
    case AST_ASSIGN:
        if (s->a->kind == AST_NAME)
            once(c, s->a->name, SYMBOL_DETERMINISTIC, s->a->span);
        break;
    case AST_UNPACK:
        for (uint32_t i = 0; i < s->count; i++)
            if (s->list[i]->kind == AST_NAME)
                once(c, s->list[i]->name, SYMBOL_DETERMINISTIC, s->list[i]->span);
        break;
    case AST_IF_STATEMENT: once_if(c, s); break;
    case AST_FOR:
        once(c, s->name, SYMBOL_LOOP, s->name_span);
        once_all(c, s->b);
        break;
    case AST_WHILE: once_all(c, s->b); break;
    case AST_PRIOR:
    case AST_LIKELIHOOD: /* z[t] ~ … fills one vector */
        if (s->a->kind == AST_NAME)
            once(c, s->name, s->kind == AST_PRIOR ? SYMBOL_PRIOR : SYMBOL_LIKELIHOOD,
                 s->name_span);
        break;
    case AST_PARAM_DECL: once(c, s->name, SYMBOL_PARAM, s->name_span); break;
    case AST_NET: once(c, s->name, SYMBOL_NET, s->name_span); break;
    case AST_FLOW: once(c, s->name, SYMBOL_FLOW, s->name_span); break;
    case AST_FN_DEF: once(c, s->name, SYMBOL_FUNCTION, s->name_span); break;
    default: break;
    }
}

/* ---- models ---- */

static bool is_given(const Checker *c, const Ast *param)
{
    static const char *const kinds[] = {"string", "fn", "dist", "layer", "flow"};
    if (!param->a || param->b || !(param->a->flags & AST_DIMS)) return false;
    const char *type = name_cstr(c->names, param->a->name);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(type, kinds[i]) == 0) return false;
    return true;
}

/* What is observed brings the sizes of its axes, and is seen from the start: y[t - 1].
 */
static void likelihoods(Checker *c, const Ast *s)
{
    if (s->kind == AST_LIKELIHOOD) {
        type_axes(c, s->b);
        scope_bind(c, s->name);
    }
    if (s->kind == AST_BLOCK)
        for (uint32_t i = 0; i < s->count; i++) likelihoods(c, s->list[i]);
    if ((s->kind == AST_FOR || s->kind == AST_IF_STATEMENT) && s->b)
        likelihoods(c, s->b);
    if (s->kind == AST_IF_STATEMENT && s->c) likelihoods(c, s->c);
}

static void parameters_use(Checker *c, const Ast *def)
{
    for (uint32_t i = 0; i < def->count; i++) {
        type_sizes(c, def->list[i]->a);
        if (def->list[i]->b) walk(c, def->list[i]->b);
    }
}

void walk_model(Checker *c, const Ast *model)
{
    uint32_t errors = c->errors;
    scope_open(c, SCOPE_MODEL, model);
    c->inside++;
    for (uint32_t i = 0; i < model->count; i++) {
        const Ast *p = model->list[i];
        SymbolKind kind = is_given(c, p) ? SYMBOL_GIVEN : SYMBOL_HYPER;
        scope_parameter(c, p->name, kind, p->name_span);
    }
    for (uint32_t i = 0; i < model->count; i++) type_axes(c, model->list[i]->a);
    Mark *before = c->marks;
    for (Symbol *s = c->scope->first; s; s = s->next) take(c, s);
    collect(c, model->a);
    likelihoods(c, model->a);
    once_all(c, model->a);
    parameters_use(c, model);
    walk(c, model->a);
    if (c->errors == errors) params_matter(c, model);
    c->marks = before;
    c->inside--;
    scope_close(c);
}

/* ---- priors and likelihoods ---- */

void walk_stochastic(Checker *c, const Ast *s)
{
    const Ast *root = target_root(s->a);
    bool element = s->a->kind == AST_INDEX;
    if (element) scope_bind(c, s->name); /* z[t] ~ Normal(z[t - 1], s) */
    if (s->a->kind != AST_NAME) walk(c, s->a);
    type_sizes(c, s->b);
    walk(c, s->c);
    if (root->kind == AST_NAME && s->a->kind == AST_NAME) scope_bind(c, s->name);
}

/* ---- definitions ---- */

/* Names that the members of a kind may use beside those of the definition. */
static const char *const on_offer[] = {
    [DEF_DIST] = "x u z q",
    [DEF_LAYER] = "fitting",
    [DEF_FLOW] = "x z context C fitting",
    [DEF_OPTIMIZER] = "w g t",
    [DEF_ATTACK] =
        "x x0 g y target t u z lo hi restart loss logits wrong all_x all_y change",
    [DEF_GUIDE] = "w z u start",
};

static void offer(Checker *c, const char *words, Span place)
{
    while (*words) {
        size_t n = strcspn(words, " ");
        Name name = name_find(c->names, (Text){words, n});
        if (name && !scope_own(c, name))
            scope_parameter(c, name, SYMBOL_OFFERED, place);
        words += n + (words[n] == ' ');
    }
}

/* `guide q() on MODEL` sees the hyperparameters and sizes of the model; false where
 * that is not known. */
static bool offer_model(Checker *c, const Ast *guide, const Ast *on)
{
    const Symbol *s = scope_use(c, on->name, on->name_span);
    if (s && s->callable && s->callable->kind != AST_MODEL) s = NULL;
    if (!s && !c->root->known(c->root->ud, on->name)) guide_on_nothing(c, guide);
    if (!s || !s->callable || s->binds != 1) return false;
    const Ast *model = s->callable;
    guide_fits(c, guide, model);
    for (uint32_t i = 0; i < model->count; i++) {
        const Ast *p = model->list[i];
        SymbolKind kind = is_given(c, p) ? SYMBOL_GIVEN : SYMBOL_OFFERED;
        if (!scope_own(c, p->name)) scope_parameter(c, p->name, kind, p->span);
    }
    for (uint32_t i = 0; i < model->count; i++) type_axes(c, model->list[i]->a);
    return true;
}

/* What the definition works on: `x: real[.., D]`, `w`, a model, `real`, `d[K]`. */
static void works_on(Checker *c, const Ast *def)
{
    const Ast *on = def->b;
    if (!on) return;
    if (ast_guides_one(def)) {
        bool lenient = c->lenient;
        c->lenient = true;
        if (offer_model(c, def, on)) c->lenient = lenient;
        return;
    }
    c->lenient |= ast_guides_function(def); /* the distribution's parameters are seen */
    if (on->name && !scope_own(c, on->name))
        scope_parameter(c, on->name, SYMBOL_PARAMETER, on->name_span);
    if (on->name) type_axes(c, on->a);
}

static void works_on_use(Checker *c, const Ast *on)
{
    if (!on || !on->a) return;
    Symbol *inner = on->name ? NULL : scope_own(c, on->a->name);
    if (inner) inner->uses++; /* `on components` */
    type_sizes(c, on->a);
}

/* Members of these see each other whatever their order; other bodies run downwards. */
bool is_orderless(const Ast *def)
{
    DefKind kind = (DefKind)(def->flags & AST_LOW);
    return kind != DEF_LAYER && kind != DEF_OPTIMIZER;
}

void walk_definition(Checker *c, const Ast *def)
{
    DefKind kind = (DefKind)(def->flags & AST_LOW);
    bool lenient = c->lenient;
    const char *offers = c->offers;
    scope_open(c, SCOPE_DEFINITION, def);
    c->offers = ast_guides_one(def) ? NULL : on_offer[kind];
    c->inside++;
    for (uint32_t i = 0; i < def->count; i++)
        scope_parameter(c, def->list[i]->name, SYMBOL_PARAMETER,
                        def->list[i]->name_span);
    for (uint32_t i = 0; i < def->count; i++) type_axes(c, def->list[i]->a);
    works_on(c, def);
    collect(c, def->a);
    definition_complete(c, def);
    if (kind == DEF_GUIDE) guide_body(c, def);
    if (!ast_guides_one(def)) offer(c, on_offer[kind], def->name_span);
    for (Symbol *s = c->scope->first; s && is_orderless(def); s = s->next)
        s->bound = true;
    parameters_use(c, def);
    works_on_use(c, def->b);
    walk(c, def->a);
    c->inside--;
    c->lenient = lenient;
    c->offers = offers;
    scope_close(c);
}

/* name(x, u ~ dist) = e: its arguments are names of its own. */
void walk_member(Checker *c, const Ast *m)
{
    scope_bind(c, m->name);
    for (uint32_t i = 0; i < m->count; i++)
        if (m->list[i]->flags & AST_TILDE) walk(c, m->list[i]->a);
    scope_open(c, SCOPE_MEMBER, m);
    for (uint32_t i = 0; i < m->count; i++)
        if (m->list[i]->name)
            scope_parameter(c, m->list[i]->name, SYMBOL_PARAMETER,
                            m->list[i]->name_span);
    if (m->a->kind == AST_BLOCK) collect(c, m->a);
    walk(c, m->a);
    scope_close(c);
}

/* ---- foreign functions ---- */

static void walk_foreign(Checker *c, const Ast *fn)
{
    scope_bind(c, fn->name);
    scope_open(c, SCOPE_FUNCTION, fn);
    c->inside++;
    for (uint32_t i = 0; i < fn->count; i++)
        scope_parameter(c, fn->list[i]->name, SYMBOL_PARAMETER, fn->list[i]->name_span);
    for (uint32_t i = 0; i < fn->count; i++) type_axes(c, fn->list[i]->a);
    type_axes(c, fn->a);
    parameters_use(c, fn);
    if (fn->b) walk(c, fn->b);
    c->inside--;
    scope_close(c);
}

void walk_extern(Checker *c, const Ast *s)
{
    if (s->kind == AST_EXTERN_FN) {
        walk_foreign(c, s);
        return;
    }
    for (uint32_t i = 0; i < s->count; i++) walk_foreign(c, s->list[i]);
}
