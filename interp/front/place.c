/* SPDX-License-Identifier: MIT
 * After parsing: declarations stand in models and definitions, members directly in a
 * definition, `break` in a loop, `return` in a function, `~` among a member's
 * arguments.
 */
#include "front/front_int.h"

typedef struct Place {
    Diags *diags;
    uint32_t first, known; /* the errors of the text that were told before */
    bool declares, members, loop, returns;
} Place;

static void walk(Place place, const Ast *node);

static void walk_list(Place place, const Ast *node)
{
    for (uint32_t i = 0; i < node->count; i++) walk(place, node->list[i]);
}

static void declaration(Place place, const Ast *node)
{
    static const struct {
        AstKind kind;
        const char *word, *instead;
    } words[] = {{AST_PARAM_DECL, "`param`", "a parameter"},
                 {AST_PRIOR, "`prior`", "a prior"},
                 {AST_NET, "`net`", "a network"},
                 {AST_FLOW, "`flow`", "a flow"},
                 {AST_LIKELIHOOD, "`likelihood`", "a likelihood"},
                 {AST_STATE, "`state`", "state"},
                 {AST_NEXT, "`next`", "state"}};
    if (place.declares) return;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (words[i].kind != node->kind) continue;
        bool state = node->kind == AST_STATE || node->kind == AST_NEXT;
        Diag *g = diag_add(place.diags, E0015, node->span, words[i].word,
                           state ? "a definition" : "a model or definition");
        if (!state)
            diag_help(place.diags, g,
                      "put it in a model: `model name(x: real[N]) { … }`");
    }
}

static void member(Place place, const Ast *node)
{
    if (!place.members) {
        Diag *g = diag_add(place.diags, E0015, node->name_span,
                           "a member `name(…) = …`", "a definition");
        diag_help(place.diags, g,
                  node->a->kind == AST_BLOCK
                      ? "what is given stands in a model's header, what is learnt in "
                        "its body: `model m(x: real[N]) { … }`; a function is `fn "
                        "name(…) { … }`"
                      : "define a function with `fn name(…) = …`; to compare, write "
                        "`==`");
    }
    place.declares = place.members = place.loop = false;
    place.returns = true;
    walk(place, node->a);
    walk_list(place, node);
}

static void call(Place place, const Ast *node)
{
    for (uint32_t i = 0; i < node->count; i++) {
        if (!(node->list[i]->flags & AST_TILDE)) continue;
        Diag *g = diag_add(place.diags, E0017, node->list[i]->span);
        diag_help(
            place.diags, g,
            node->list[i]->a->kind == AST_CALL
                ? "name an argument with `=`: `f(u = 1)`"
                : "there are no formulas: a regression is `likelihood y: real[N] ~ "
                  "Normal(a + b * x, s)` in a model");
    }
}

static void children(Place place, const Ast *node)
{
    if (node->a) walk(place, node->a);
    if (node->b) walk(place, node->b);
    if (node->c) walk(place, node->c);
    walk_list(place, node);
}

/* Where the head of a function or loop was wrong, what stands in it is not outside. */
static void outside(Place place, const Ast *node, const char *word, const char *what)
{
    for (uint32_t i = place.first; i < place.known; i++)
        if (place.diags->list[i]->span.from < node->span.from) return;
    diag_add(place.diags, E0016, node->span, word, what);
}

static void walk(Place place, const Ast *node)
{
    Place inner = {.diags = place.diags, .first = place.first, .known = place.known};
    switch ((int)node->kind) {
    case AST_MODEL:
        inner.declares = true;
        children(inner, node);
        return;
    case AST_DEF:
        inner.declares = inner.members = inner.returns = true;
        children(inner, node);
        return;
    case AST_FN:
        inner.returns = true;
        children(inner, node);
        return;
    case AST_CHECK: children(inner, node); return;
    case AST_MEMBER: member(place, node); return;
    case AST_FOR:
    case AST_WHILE:
        place.loop = true;
        place.members = false;
        children(place, node);
        return;
    case AST_IF_STATEMENT:
        place.members = false;
        children(place, node);
        return;
    case AST_BREAK:
        if (!place.loop) outside(place, node, "break", "a loop");
        return;
    case AST_CONTINUE:
        if (!place.loop) outside(place, node, "continue", "a loop");
        return;
    case AST_RETURN:
        if (!place.returns) outside(place, node, "return", "a function");
        break;
    case AST_CALL: call(place, node); break;
    case AST_PARAM_DECL:
    case AST_PRIOR:
    case AST_NET:
    case AST_FLOW:
    case AST_LIKELIHOOD:
    case AST_STATE:
    case AST_NEXT: declaration(place, node); break;
    default: break;
    }
    children(place, node);
}

void check_places(Diags *d, const Ast *program, uint32_t first)
{
    walk((Place){.diags = d, .first = first, .known = d->count}, program);
}
