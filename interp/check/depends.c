/* SPDX-License-Identifier: MIT
 * What the likelihoods of a model depend on, by the names that they and the statements
 * behind them mention. A param that none depends on is not learnt, whatever is
 * observed.
 */
#include "check_int.h"

typedef struct Depends {
    bool *reached; /* by name */
    bool more;
    const Ast *likelihood; /* the first */
} Depends;

static void mention(Depends *d, const Ast *e)
{
    if (!e) return;
    if (e->kind == AST_NAME && !d->reached[e->name])
        d->reached[e->name] = d->more = true;
    mention(d, e->a);
    mention(d, e->b);
    mention(d, e->c);
    for (uint32_t i = 0; i < e->count; i++) mention(d, e->list[i]);
}

static bool binds_reached(const Depends *d, const Ast *s)
{
    if (s->kind == AST_UNPACK) {
        for (uint32_t i = 0; i < s->count; i++)
            if (d->reached[target_root(s->list[i])->name]) return true;
        return false;
    }
    bool target = s->kind == AST_ASSIGN || s->kind == AST_PRIOR;
    return d->reached[target ? target_root(s->a)->name : s->name];
}

/* One round through the statements: those that matter make what they mention matter. */
static void follow(Depends *d, const Ast *s)
{
    if (!s) return;
    switch ((int)s->kind) {
    case AST_BLOCK:
        for (uint32_t i = 0; i < s->count; i++) follow(d, s->list[i]);
        break;
    case AST_IF_STATEMENT:
    case AST_FOR:
    case AST_WHILE:
        mention(d, s->a);
        follow(d, s->b);
        follow(d, s->c);
        break;
    case AST_LIKELIHOOD:
        if (!d->likelihood) d->likelihood = s;
        mention(d, s);
        break;
    case AST_ASSIGN:
    case AST_UNPACK:
    case AST_PRIOR:
    case AST_NET:
    case AST_FLOW:
    case AST_FN_DEF:
        if (binds_reached(d, s)) mention(d, s);
        break;
    default: break;
    }
}

static void tell(Checker *c, const Depends *d, const Ast *s)
{
    if (s->kind == AST_BLOCK)
        for (uint32_t i = 0; i < s->count; i++) tell(c, d, s->list[i]);
    if (s->kind != AST_PARAM_DECL || d->reached[s->name]) return;
    Diag *g = check_error(c, E0222, s->name_span, name_cstr(c->names, s->name));
    if (!g) return;
    diag_label(c->diags, g, d->likelihood->span, "does not depend on it");
    diag_help(c->diags, g, "use it in what the likelihood expects, or take it out");
}

void params_matter(Checker *c, const Ast *model)
{
    Depends d = {arena_take(c->arena, c->names_count * sizeof(bool)), true, NULL};
    while (d.more) {
        d.more = false;
        follow(&d, model->a);
    }
    if (d.likelihood) tell(c, &d, model->a);
}
