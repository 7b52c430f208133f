/* SPDX-License-Identifier: MIT
 * What is read off a definition: how it is called, as its header says it, which of its
 * parameters are ways to say the same, which members it has, which names it mentions.
 */
#include "front.h"

bool ast_mentions(const Ast *e, Name name)
{
    if (!e) return false;
    if (e->kind == AST_NAME && e->name == name) return true;
    for (uint32_t i = 0; i < e->count; i++)
        if (ast_mentions(e->list[i], name)) return true;
    return ast_mentions(e->a, name) || ast_mentions(e->b, name) ||
           ast_mentions(e->c, name);
}

bool ast_guides_one(const Ast *def)
{
    return (DefKind)(def->flags & AST_LOW) == DEF_GUIDE && def->b && def->b->name &&
           !def->b->a;
}

bool ast_guides_function(const Ast *def)
{
    const Ast *on = def->b;
    return (DefKind)(def->flags & AST_LOW) == DEF_GUIDE && on && on->name && on->a &&
           on->a->count == 2 && on->a->list[0]->kind == AST_NAME &&
           on->a->list[1]->kind == AST_NAME;
}

bool ast_is_member(const Ast *s, Name name)
{
    return (s->kind == AST_ASSIGN && s->a->kind == AST_NAME && s->a->name == name) ||
           (s->kind == AST_MEMBER && s->name == name);
}

bool ast_has_member(const Ast *def, Name name)
{
    for (uint32_t i = 0; i < def->a->count; i++)
        if (ast_is_member(def->a->list[i], name)) return true;
    return false;
}

/* Whether the default of parameter i comes from that of k, if i, k and all between are
 * left out. */
static bool comes_from(const Ast *def, uint32_t i, uint32_t k, uint32_t steps)
{
    const Ast *from = def->list[i]->b;
    for (uint32_t n = 0; from && steps && n < def->count; n++)
        if (n != i && ast_mentions(from, def->list[n]->name) &&
            (n == k || comes_from(def, n, k, steps - 1)))
            return true;
    return false;
}

bool ast_alternatives(const Ast *def, uint32_t i, uint32_t k)
{
    return comes_from(def, i, k, def->count) && comes_from(def, k, i, def->count);
}

static void parameter(Out *o, Text source, const Ast *p, bool alternative)
{
    uint32_t to = p->span.to;
    if (alternative) to = p->a ? p->a->span.to : p->name_span.to;
    out_text(o, (Text){source.at + p->span.from, to - p->span.from});
}

void ast_signature(Out *o, const char *name, Text source, const Ast *def)
{
    out_fmt(o, "%s(", name);
    for (uint32_t i = 0, n = 0; i < def->count; i++) {
        const Ast *p = def->list[i];
        bool given = def->kind == AST_MODEL && !p->b && p->a && p->a->flags & AST_DIMS;
        bool other = i && ast_alternatives(def, i - 1, i);
        if (given) continue; /* comes from the data */
        if (n++) out_str(o, other ? " | " : ", ");
        parameter(o, source, p,
                  other || (i + 1 < def->count && ast_alternatives(def, i, i + 1)));
    }
    out_char(o, ')');
}
