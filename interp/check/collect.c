/* SPDX-License-Identifier: MIT
 * What the statements of a body bind: gone through when its scope opens, so that the
 * scope has all its symbols before the walk meets their uses. Functions, models and
 * definitions inside have scopes of their own and are passed over.
 */
#include "check_int.h"

const Ast *target_root(const Ast *target)
{
    while (target->kind == AST_INDEX || target->kind == AST_DOT) target = target->a;
    return target;
}

static Symbol *add(Checker *c, Name name, SymbolKind kind, Span place)
{
    Symbol *s = scope_declare(c, name, kind, place);
    s->whole = true;
    return s;
}

/* `x = e`, `x[i] = e`; a part of a symbol is no binding of its own. */
static void add_target(Checker *c, const Ast *target, const Ast *value)
{
    const Ast *root = target_root(target);
    SymbolKind kind = SYMBOL_VARIABLE;
    if (root->kind != AST_NAME) return;
    if (c->scope->kind == SCOPE_MODEL) kind = SYMBOL_DETERMINISTIC;
    if (c->scope->kind == SCOPE_DEFINITION && is_orderless(c->scope->owner))
        kind = SYMBOL_MEMBER;
    Symbol *s = scope_declare(c, root->name, kind, root->span);
    if (target->kind != AST_NAME) return;
    if (!s->whole) s->place = root->span;
    s->whole = true;
    if (value && value->kind == AST_FN) s->callable = value;
}

/* `prior z`, `prior z[t]`; `prior f.params` binds nothing. */
static void add_stochastic(Checker *c, const Ast *s)
{
    SymbolKind kind = s->kind == AST_PRIOR ? SYMBOL_PRIOR : SYMBOL_LIKELIHOOD;
    if (s->a->kind == AST_DOT || target_root(s->a)->kind != AST_NAME) return;
    add(c, s->name, kind, s->name_span);
}

void collect(Checker *c, const Ast *s)
{
    if (!s) return;
    switch ((int)s->kind) {
    case AST_BLOCK:
        for (uint32_t i = 0; i < s->count; i++) collect(c, s->list[i]);
        break;
    case AST_ASSIGN: add_target(c, s->a, s->b); break;
    case AST_UNPACK:
        for (uint32_t i = 0; i < s->count; i++) add_target(c, s->list[i], NULL);
        break;
    case AST_IF_STATEMENT:
        collect(c, s->b);
        collect(c, s->c);
        break;
    case AST_FOR:
        add(c, s->name, SYMBOL_LOOP, s->name_span);
        collect(c, s->b);
        break;
    case AST_WHILE: collect(c, s->b); break;
    case AST_CHECK: collect(c, s->a); break;
    case AST_FN_DEF:
        add(c, s->name, SYMBOL_FUNCTION, s->name_span)->callable = s->a;
        break;
    case AST_MODEL: add(c, s->name, SYMBOL_MODEL, s->name_span)->callable = s; break;
    case AST_DEF: add(c, s->name, SYMBOL_DEFINITION, s->name_span)->callable = s; break;
    case AST_IMPORT: add(c, s->name, SYMBOL_IMPORT, s->name_span); break;
    case AST_EXTERN:
        for (uint32_t i = 0; i < s->count; i++) collect(c, s->list[i]);
        break;
    case AST_EXTERN_FN:
        add(c, s->name, SYMBOL_FUNCTION, s->name_span)->callable = s;
        break;
    case AST_MEMBER: add(c, s->name, SYMBOL_MEMBER, s->name_span); break;
    case AST_PARAM_DECL: add(c, s->name, SYMBOL_PARAM, s->name_span); break;
    case AST_NET: add(c, s->name, SYMBOL_NET, s->name_span); break;
    case AST_FLOW: add(c, s->name, SYMBOL_FLOW, s->name_span); break;
    case AST_STATE: add(c, s->name, SYMBOL_STATE, s->name_span); break;
    case AST_PRIOR:
    case AST_LIKELIHOOD: add_stochastic(c, s); break;
    default: break;
    }
}

/* The body of a loop runs again: what it binds is there from its second round on. */
void collect_bound(Checker *c, const Ast *s)
{
    if (!s) return;
    switch ((int)s->kind) {
    case AST_BLOCK:
        for (uint32_t i = 0; i < s->count; i++) collect_bound(c, s->list[i]);
        break;
    case AST_ASSIGN:
        if (s->a->kind == AST_NAME) scope_bind(c, s->a->name);
        break;
    case AST_UNPACK:
        for (uint32_t i = 0; i < s->count; i++)
            if (s->list[i]->kind == AST_NAME) scope_bind(c, s->list[i]->name);
        break;
    case AST_IF_STATEMENT:
        collect_bound(c, s->b);
        collect_bound(c, s->c);
        break;
    case AST_FOR:
        scope_bind(c, s->name);
        collect_bound(c, s->b);
        break;
    case AST_WHILE: collect_bound(c, s->b); break;
    case AST_CHECK: collect_bound(c, s->a); break;
    case AST_PRIOR:
        if (s->a->kind != AST_DOT) scope_bind(c, s->name);
        break;
    case AST_FN_DEF:
    case AST_MODEL:
    case AST_DEF:
    case AST_IMPORT:
    case AST_PARAM_DECL:
    case AST_NET:
    case AST_FLOW:
    case AST_STATE: scope_bind(c, s->name); break;
    default: break;
    }
}
