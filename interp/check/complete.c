/* SPDX-License-Identifier: MIT
 * What a definition needs to be of use: that it says what it works on, and the members
 * without which its kind cannot be asked for anything.
 */
#include "check_int.h"

#include <string.h>

static bool has(const Checker *c, const Ast *def, const char *member)
{
    Name name = name_find(c->names, text_of(member));
    return name && ast_has_member(def, name);
}

/* `if` and loops may bind or return, too. */
static bool returns(const Ast *s)
{
    if (!s) return false;
    if (s->kind == AST_RETURN) return true;
    if (s->kind == AST_BLOCK)
        for (uint32_t i = 0; i < s->count; i++)
            if (returns(s->list[i])) return true;
    bool holds =
        s->kind == AST_FOR || s->kind == AST_WHILE || s->kind == AST_IF_STATEMENT;
    return holds && (returns(s->b) || returns(s->c));
}

/* `dist alternatives(parts: dists[K]) on parts { }` answers by its parts. */
static bool made_of_others(const Checker *c, const Ast *def)
{
    Name dists = name_find(c->names, text_of("dists"));
    for (uint32_t i = 0; dists && i < def->count; i++)
        if (def->list[i]->a && def->list[i]->a->name == dists) return true;
    return false;
}

/* Of random functions at the rows: what it draws and expects depends on where the model
 * has them; their divergence is needed everywhere. */
static void complete_function(Checker *c, const Ast *def, const char *name)
{
    if (has(c, def, "kl")) return;
    Diag *d = check_error(c, E0440, def->name_span, name, "kl");
    if (d)
        diag_help(c->diags, d,
                  "`kl = …` is the divergence of what the guide says of the function "
                  "from the function's distribution");
}

static void complete_guide(Checker *c, const Ast *def, const char *name)
{
    const Ast *on = def->b;
    bool one_size = on && on->a && on->a->count == 1 &&
                    on->a->list[0]->kind == AST_NAME && on->name;
    if (ast_guides_one(def)) return;
    if (ast_guides_function(def))
        complete_function(c, def, name);
    else if (!one_size)
        guide_on_nothing(c, def);
    else if (!has(c, def, "sample"))
        check_error(c, E0440, def->name_span, name, "sample");
}

static void complete_attack(Checker *c, const Ast *def, const char *name)
{
    if (!def->b || !def->b->name)
        check_error(c, E0488, def->name_span, name);
    else if (!has(c, def, "move") && !has(c, def, "search"))
        check_error(c, E0487, def->name_span, name);
}

/* What stands behind `on`, as an example; NULL where nothing needs to. */
static const char *works_on_what(DefKind kind)
{
    switch (kind) {
    case DEF_DIST: return "real";
    case DEF_LAYER: return "x: real[.., D]";
    case DEF_FLOW: return "z: real[.., D]";
    case DEF_OPTIMIZER: return "w";
    case DEF_GUIDE:
    case DEF_ATTACK: break;
    }
    return NULL;
}

static bool says_on(Checker *c, const Ast *def, const char *name)
{
    const char *kind = ast_def_name((DefKind)(def->flags & AST_LOW)),
               *on = works_on_what((DefKind)(def->flags & AST_LOW));
    if (def->b || !on) return true;
    Diag *d = check_error(c, E0234, def->name_span, kind, name);
    if (d)
        diag_help(c->diags, d, "say it behind the parameters: `%s %s(…) on %s { … }`",
                  kind, name, on);
    return false;
}

/* The name and the formula of a line `name = e` or `name(x) = e`. */
static Name line_name(const Ast *s, Span *span, const Ast **formula)
{
    bool member = s->kind == AST_MEMBER;
    if (!member && (s->kind != AST_ASSIGN || s->a->kind != AST_NAME)) return 0;
    *span = member ? s->name_span : s->a->span;
    *formula = member ? s->a : s->b;
    return member ? s->name : s->a->name;
}

static bool serves(const Ast *def, Name name)
{
    for (uint32_t i = 0; i < def->a->count; i++) {
        const Ast *formula = def->a->list[i];
        Span span;
        if (line_name(formula, &span, &formula) != name && ast_mentions(formula, name))
            return true;
    }
    return false;
}

/* A line that nothing uses, and whose name is nearly that of a member that is missing.
 */
static bool misspelt_member(Checker *c, const Ast *def, const char *name)
{
    static const char *const asked[] = {"forward", "inverse", "logdet", "inside"};
    for (uint32_t i = 0; i < def->a->count; i++) {
        const Ast *formula;
        Span span;
        Name line = line_name(def->a->list[i], &span, &formula);
        if (!line || serves(def, line)) continue;
        Text text = name_text(c->names, line);
        for (size_t k = 0; k < sizeof asked / sizeof *asked; k++) {
            int apart = text_mistaken(text, text_of(asked[k]));
            if (apart == 0 || apart >= NAMES_APART || has(c, def, asked[k])) continue;
            Diag *d = check_error(c, E0255, span, name, name_cstr(c->names, line));
            if (d) diag_help(c->diags, d, "did you mean `%s`?", asked[k]);
            return true;
        }
    }
    return false;
}

static void complete_flow(Checker *c, const Ast *def, const char *name)
{
    if (misspelt_member(c, def, name)) return;
    if (has(c, def, "forward") || has(c, def, "inverse")) return;
    Diag *d = check_error(c, E0462, def->name_span, name, "forward");
    if (d)
        diag_help(c->diags, d,
                  "`forward = …` maps z to x, `inverse(x) = …` back; `logdet = …` is "
                  "log |det| of the slopes of forward");
}

/* A layer's body runs as it stands: no member is called. */
static void complete_layer(Checker *c, const Ast *def)
{
    bool members = false;
    for (uint32_t i = 0; i < def->a->count; i++) {
        const Ast *s = def->a->list[i];
        if (s->kind != AST_MEMBER) continue;
        members = true;
        Diag *d = check_error(c, E0264, s->span, name_cstr(c->names, s->name));
        if (!d) return;
        diag_label(c->diags, d, def->name_span, "this layer");
        diag_help(c->diags, d,
                  returns(def->a)
                      ? "write what it does into the body, or as a `fn` outside"
                      : "write `return …` in place of `%s(…) = …`",
                  name_cstr(c->names, s->name));
    }
    if (!members && !returns(def->a)) check_error(c, E0405, def->name_span);
}

void definition_complete(Checker *c, const Ast *def)
{
    const char *name = name_cstr(c->names, def->name);
    if (!says_on(c, def, name)) return;
    switch ((DefKind)(def->flags & AST_LOW)) {
    case DEF_GUIDE: complete_guide(c, def, name); return;
    case DEF_ATTACK: complete_attack(c, def, name); return;
    case DEF_FLOW: complete_flow(c, def, name); return;
    case DEF_LAYER: complete_layer(c, def); return;
    case DEF_OPTIMIZER:
        if (!has(c, def, "step") && !has(c, def, "search"))
            check_error(c, E0430, def->name_span, name);
        return;
    case DEF_DIST:
        if (!has(c, def, "logpdf") && !made_of_others(c, def))
            check_error(c, E0233, def->name_span, name);
        return;
    }
}
