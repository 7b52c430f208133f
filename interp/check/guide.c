/* SPDX-License-Identifier: MIT
 * What a guide may hold: one that is written for one model draws every unknown of that
 * model, and no other, by `prior`; one for any model has members.
 */
#include "check_int.h"

/* The statements `prior NAME ~ …` of a body, also those in loops and arms. */
static void each_prior(const Ast *s, void (*found)(void *ctx, const Ast *prior),
                       void *ctx)
{
    if (!s) return;
    if (s->kind == AST_PRIOR && target_root(s->a)->kind == AST_NAME &&
        s->a->kind != AST_DOT)
        found(ctx, s);
    if (s->kind == AST_BLOCK)
        for (uint32_t i = 0; i < s->count; i++) each_prior(s->list[i], found, ctx);
    if (s->kind == AST_FOR || s->kind == AST_WHILE || s->kind == AST_IF_STATEMENT) {
        each_prior(s->b, found, ctx);
        each_prior(s->c, found, ctx);
    }
}

typedef struct Search {
    Name name;
    bool found;
} Search;

static void same_name(void *ctx, const Ast *prior)
{
    Search *s = ctx;
    s->found |= target_root(prior->a)->name == s->name;
}

static bool has_prior(const Ast *body, Name name)
{
    Search s = {name, false};
    each_prior(body, same_name, &s);
    return s.found;
}

typedef struct Compared {
    Checker *c;
    const Ast *guide, *model;
} Compared;

static void in_guide(void *ctx, const Ast *prior)
{
    const Compared *x = ctx;
    Name name = target_root(prior->a)->name;
    if (has_prior(x->guide->a, name)) return;
    Diag *d = check_error(
        x->c, E0228, x->guide->name_span, name_cstr(x->c->names, x->guide->name),
        name_cstr(x->c->names, name), name_cstr(x->c->names, x->model->name));
    if (!d) return;
    diag_label(x->c->diags, d, prior->span, "unknown here");
    diag_help(x->c->diags, d, "add `prior %s ~ …` to the guide",
              name_cstr(x->c->names, name));
}

static void in_model(void *ctx, const Ast *prior)
{
    const Compared *x = ctx;
    Name name = target_root(prior->a)->name;
    if (has_prior(x->model->a, name)) return;
    Diag *d = check_error(x->c, E0229, prior->name_span, name_cstr(x->c->names, name),
                          name_cstr(x->c->names, x->model->name));
    if (!d) return;
    diag_label(x->c->diags, d, x->model->name_span, "this model");
    diag_help(x->c->diags, d,
              "a guide draws what has a `prior` in its model, by the same names");
}

void guide_fits(Checker *c, const Ast *guide, const Ast *model)
{
    Compared x = {c, guide, model};
    each_prior(model->a, in_guide, &x);
    each_prior(guide->a, in_model, &x);
}

void guide_on_nothing(Checker *c, const Ast *guide)
{
    Diag *d = check_error(c, E0439, guide->b ? guide->b->span : guide->name_span,
                          name_cstr(c->names, guide->name));
    if (d)
        diag_help(c->diags, d, "a guide for one model names it: `guide %s(…) on MODEL`",
                  name_cstr(c->names, guide->name));
}

void guide_body(Checker *c, const Ast *guide)
{
    bool own = ast_guides_one(guide);
    for (uint32_t i = 0; i < guide->a->count; i++) {
        const Ast *s = guide->a->list[i];
        if (s->kind == AST_LIKELIHOOD)
            check_error(c, E0015, s->span, "`likelihood`", "a model");
        if (s->kind == AST_MEMBER && own)
            check_error(c, E0015, s->name_span, "a member `name(…) = …`",
                        "a guide for any model, `on w: real[D]`");
        if (s->kind == AST_PRIOR && !own)
            check_error(c, E0015, s->span, "`prior`",
                        "a model, or of a guide for one model, `on MODEL`");
    }
}
