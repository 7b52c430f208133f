/* SPDX-License-Identifier: MIT
 * Syntax is made here: nodes, and the constructors of expressions. Every node knows its
 * depth, so that no walk over syntax can exhaust the C stack.
 */
#include "front/front_int.h"
#include "syntax.h"

#include <string.h>

Span span_join(Span a, Span b)
{
    return (Span){a.source, a.from, b.to > a.to ? b.to : a.to};
}

Ast *ast_make(Parse *p, AstKind kind, Span span)
{
    Ast *node = arena_take(p->arena, sizeof *node);
    node->kind = kind;
    node->span = span;
    node->depth = 1;
    return node;
}

static void deepen(Ast *node, const Ast *child)
{
    if (child && child->depth >= node->depth) node->depth = child->depth + 1;
}

Ast *ast_with(Parse *p, Ast *node, Ast *a, Ast *b, Ast *c, const AstList *list)
{
    node->a = a;
    node->b = b;
    node->c = c;
    deepen(node, a);
    deepen(node, b);
    deepen(node, c);
    if (list) {
        node->list = list->at;
        node->count = list->count;
        for (uint32_t i = 0; i < list->count; i++) deepen(node, list->at[i]);
    }
    if (node->depth > LIMIT_AST_DEPTH && !p->stop) {
        p->before.span = node->span;
        parse_too_deep(p);
    }
    return node;
}

/* A NULL list is an empty one, a NULL item is none. */
AstList *list_add(Parse *p, AstList *list, Ast *item)
{
    if (!list) list = arena_take(p->arena, sizeof *list);
    if (!item) return list;
    if (list->count == list->room) {
        uint32_t room = list->room ? 2 * list->room : 4;
        Ast **at = arena_take(p->arena, room * sizeof *at);
        if (list->count) memcpy(at, list->at, list->count * sizeof *at);
        list->at = at;
        list->room = room;
    }
    list->at[list->count++] = item;
    return list;
}

static void set_name(Parse *p, Ast *node, Token name)
{
    node->name = name_of(p->names, span_text(p->source, name.span));
    node->name_span = name.span;
}

/* ---- leaves ---- */

Ast *ast_leaf(Parse *p, AstKind kind, Token t) { return ast_make(p, kind, t.span); }

Ast *ast_name(Parse *p, Token t)
{
    Ast *node = ast_make(p, AST_NAME, t.span);
    set_name(p, node, t);
    return node;
}

Ast *ast_bool(Parse *p, Token t, bool value)
{
    Ast *node = ast_make(p, AST_BOOL, t.span);
    node->lit.integer = value;
    return node;
}

/* ---- operators ---- */

Ast *ast_grouped(Parse *p, Token open, Ast *value, Token close)
{
    (void)p;
    value->span = span_join(open.span, close.span);
    value->flags |= AST_GROUPED;
    return value;
}

Ast *ast_sequence(Parse *p, AstKind kind, Token open, AstList *items, Token close)
{
    Ast *node = ast_make(p, kind, span_join(open.span, close.span));
    return ast_with(p, node, NULL, NULL, NULL, items);
}

Ast *ast_unary(Parse *p, OpCode op, Token t, Ast *a)
{
    Ast *node = ast_make(p, AST_UNARY, span_join(t.span, a->span));
    node->flags = op;
    node->name_span = t.span;
    return ast_with(p, node, a, NULL, NULL, NULL);
}

Ast *ast_binary(Parse *p, OpCode op, Ast *a, Token t, Ast *b)
{
    Ast *node = ast_make(p, AST_BINARY, span_join(a->span, b->span));
    node->flags = op;
    node->name_span = t.span;
    return ast_with(p, node, a, b, NULL, NULL);
}

Ast *ast_if(Parse *p, AstKind kind, Token k, Ast *condition, Ast *then, Ast *otherwise)
{
    Ast *node =
        ast_make(p, kind, span_join(k.span, (otherwise ? otherwise : then)->span));
    return ast_with(p, node, condition, then, otherwise, NULL);
}

/* ---- calls, indices, fields ---- */

Ast *ast_arg(Parse *p, const Token *name, Ast *value, uint32_t flags)
{
    Ast *node =
        ast_make(p, AST_ARG, name ? span_join(name->span, value->span) : value->span);
    if (name) set_name(p, node, *name);
    node->flags = flags;
    return ast_with(p, node, value, NULL, NULL, NULL);
}

Ast *ast_call(Parse *p, Ast *callee, AstList *args, Token close)
{
    Ast *node = ast_make(p, AST_CALL, span_join(callee->span, close.span));
    return ast_with(p, node, callee, NULL, NULL, args);
}

/* x |> f is f(x), and x |> f(2) is f(x, 2); a call in parentheses is a value like
 * others. */
Ast *ast_pipe(Parse *p, Ast *a, Ast *b)
{
    AstList *args = list_add(p, NULL, ast_arg(p, NULL, a, 0));
    Ast *node = ast_make(p, AST_CALL, span_join(a->span, b->span));
    if (b->kind != AST_CALL || (b->flags & AST_GROUPED))
        return ast_with(p, node, b, NULL, NULL, args);
    for (uint32_t i = 0; i < b->count; i++) list_add(p, args, b->list[i]);
    return ast_with(p, node, b->a, NULL, NULL, args);
}

Ast *ast_index(Parse *p, Ast *base, AstList *items, Token close)
{
    Ast *node = ast_make(p, AST_INDEX, span_join(base->span, close.span));
    return ast_with(p, node, base, NULL, NULL, items);
}

Ast *ast_slice(Parse *p, Ast *from, Token colon, Ast *to)
{
    Span span = span_join(from ? from->span : colon.span, to ? to->span : colon.span);
    return ast_with(p, ast_make(p, AST_SLICE, span), from, to, NULL, NULL);
}

Ast *ast_dot(Parse *p, Ast *base, Token name)
{
    Ast *node = ast_make(p, AST_DOT, span_join(base->span, name.span));
    set_name(p, node, name);
    return ast_with(p, node, base, NULL, NULL, NULL);
}

Ast *ast_type(Parse *p, Token name, AstList *dims, Token end)
{
    Ast *node = ast_make(p, AST_TYPE, span_join(name.span, end.span));
    set_name(p, node, name);
    if (dims) node->flags = AST_DIMS;
    return ast_with(p, node, NULL, NULL, NULL, dims);
}

/* ---- functions ---- */

Ast *ast_fn(Parse *p, Token k, AstList *params, Ast *result, Ast *body)
{
    Ast *node = ast_make(p, AST_FN, span_join(k.span, body->span));
    return ast_with(p, node, body, result, NULL, params);
}

Ast *ast_named(Parse *p, AstKind kind, Token from, Token name, Ast *a, Ast *b)
{
    Span span = span_join(from.span, name.span);
    if (a) span = span_join(span, a->span);
    if (b) span = span_join(span, b->span);
    Ast *node = ast_make(p, kind, span);
    set_name(p, node, name);
    return ast_with(p, node, a, b, NULL, NULL);
}

bool ast_is_size(const Ast *def, Name parameter)
{
    const Ast *on = def->kind == AST_DEF ? def->b : NULL;
    for (uint32_t i = 0; on && on->a && i < on->a->count; i++)
        if (on->a->list[i]->kind == AST_NAME && on->a->list[i]->name == parameter)
            return true;
    return false;
}

const Ast *ast_at(const Ast *a, Span span)
{
    if (!a || (a->span.from == span.from && a->span.to == span.to)) return a;
    const Ast *part[3] = {a->a, a->b, a->c}, *found = NULL;
    for (int i = 0; i < 3 && !found; i++)
        if (part[i]) found = ast_at(part[i], span);
    for (uint32_t i = 0; i < a->count && !found; i++) found = ast_at(a->list[i], span);
    return found;
}
