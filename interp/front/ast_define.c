/* SPDX-License-Identifier: MIT
 * Constructors of statements, declarations and definitions, for the actions of
 * syntax.y. What the grammar leaves open is decided here: what `=` assigns to, what a
 * member is.
 */
#include "front/front_int.h"
#include "syntax.h"

/* ---- assignments and members ---- */

static const char *called(const Ast *node)
{
    switch ((int)node->kind) {
    case AST_CALL: return "the result of a call";
    case AST_INT:
    case AST_REAL:
    case AST_BOOL: return "a constant";
    case AST_STRING:
    case AST_INTERP: return "a string";
    case AST_RECORD: return "a record";
    case AST_ARRAY: return "a list";
    default: return "this expression";
    }
}

/* `real<lower=0> sigma`: the declaration of another language. */
static bool constrained(Parse *p, const Ast *target)
{
    static const char *const types[] = {"real", "int", "vector", "row_vector",
                                        "matrix"};
    if (target->kind != AST_BINARY || (OpCode)(target->flags & AST_LOW) != OP_LT ||
        target->a->kind != AST_NAME)
        return false;
    const char *name = name_cstr(p->names, target->a->name);
    size_t i = 0, n = sizeof types / sizeof *types;
    while (i < n && !text_same(text_of(name), text_of(types[i]))) i++;
    if (i == n) return false;
    bool ours = i < 2 || i == n - 1; /* but not in this form */
    Diag *g = diag_add(p->diags, ours ? E0007 : E0014, target->a->span, name);
    diag_help(p->diags, g,
              "an unknown is `param sigma: positive`; other types are `real`, `unit`, "
              "`simplex[K]`, `ordered[K]`, `cov[K]`");
    return true;
}

static void not_assignable(Parse *p, const Ast *target)
{
    if (constrained(p, target)) return;
    Diag *g = diag_add(p->diags, E0013, target->span, called(target));
    diag_help(p->diags, g, "assign to a name, `a[i]` or `r.k`; to compare, write `==`");
}

static bool assignable(const Ast *target)
{
    while (target->kind == AST_INDEX || target->kind == AST_DOT) target = target->a;
    return target->kind == AST_NAME;
}

/* name(x, u ~ d) as the head of a member; its arguments are names. */
static Ast *member(Parse *p, Ast *head, Ast *body)
{
    const Ast *name = head->kind == AST_CALL ? head->a : head;
    Ast *node = ast_make(p, AST_MEMBER, span_join(head->span, body->span));
    node->name = name->name;
    node->name_span = name->span;
    AstList *params = list_add(p, NULL, NULL);
    for (uint32_t i = 0; i < head->count; i++) {
        Ast *arg = head->list[i];
        if (!(arg->flags & AST_TILDE)) {
            if (arg->name || arg->a->kind != AST_NAME) {
                Diag *g = diag_add(p->diags, E0018, arg->span,
                                   "this is not an argument of a member");
                diag_help(p->diags, g,
                          "members take names, and `u ~ distribution`;\n"
                          "a function is defined with `fn %s(…) = …`",
                          name_cstr(p->names, name->name));
                continue;
            }
            arg->name = arg->a->name;
            arg->name_span = arg->a->span;
        }
        list_add(p, params, arg);
    }
    return ast_with(p, node, body, NULL, NULL, params);
}

static bool member_head(const Ast *head)
{
    if (head->flags & AST_GROUPED) return false;
    return head->kind == AST_CALL && head->a->kind == AST_NAME &&
           !(head->a->flags & AST_GROUPED);
}

Ast *ast_assign(Parse *p, Ast *target, Ast *value)
{
    if (member_head(target)) return member(p, target, value);
    if (!assignable(target)) not_assignable(p, target);
    Ast *node = ast_make(p, AST_ASSIGN, span_join(target->span, value->span));
    if (target->kind == AST_NAME) {
        node->name = target->name;
        node->name_span = target->span;
    }
    return ast_with(p, node, target, value, NULL, NULL);
}

/* `a < …`, of which `a <- …` may be meant. */
static bool compares(const Ast *e)
{
    return e->kind == AST_BINARY && (OpCode)(e->flags & AST_LOW) == OP_LT &&
           e->a->kind == AST_NAME;
}

Ast *ast_member(Parse *p, Ast *head, Ast *body)
{
    if (member_head(head) || (head->kind == AST_NAME && !(head->flags & AST_GROUPED)))
        return member(p, head, body);
    if (compares(head) && report_arrow(p, head->a->span.to)) return NULL;
    Diag *g = diag_add(p->diags, E0001,
                       (Span){body->span.source, body->span.from, body->span.from + 1},
                       "a block cannot stand here");
    diag_label(p->diags, g, head->span, "this is not the head of a member");
    return NULL;
}

Ast *ast_unpack(Parse *p, Ast *first, AstList *others, Ast *value)
{
    AstList *targets = list_add(p, NULL, first);
    for (uint32_t i = 0; i < others->count; i++) list_add(p, targets, others->at[i]);
    for (uint32_t i = 0; i < targets->count; i++) {
        if (targets->at[i]->kind == AST_NAME) continue;
        Diag *g =
            diag_add(p->diags, E0013, targets->at[i]->span, called(targets->at[i]));
        diag_help(p->diags, g,
                  "several values are taken apart into names: `a, b = split(h, 2)`");
    }
    Ast *node = ast_make(p, AST_UNPACK, span_join(first->span, value->span));
    return ast_with(p, node, value, NULL, NULL, targets);
}

/* ---- statements ---- */

Ast *ast_block(Parse *p, Token open, AstList *statements, Token close)
{
    Ast *node = ast_make(p, AST_BLOCK, span_join(open.span, close.span));
    return ast_with(p, node, NULL, NULL, NULL, statements);
}

Ast *ast_statement(Parse *p, Ast *value)
{
    if (compares(value)) report_arrow(p, value->a->span.to);
    return ast_with(p, ast_make(p, AST_EXPR, value->span), value, NULL, NULL, NULL);
}

Ast *ast_keyword(Parse *p, AstKind kind, Token k, Ast *a, Ast *b)
{
    Span end = b ? b->span : a ? a->span : k.span;
    return ast_with(p, ast_make(p, kind, span_join(k.span, end)), a, b, NULL, NULL);
}

Ast *ast_for(Parse *p, Token k, Token name, Ast *over, Ast *body)
{
    return ast_named(p, AST_FOR, k, name, over, body);
}

Ast *ast_import(Parse *p, Token k, Token path, Token name)
{
    Ast *node = ast_named(p, AST_IMPORT, k, name, NULL, NULL);
    node->lit.text = string_text(p, path);
    return node;
}

Ast *ast_check(Parse *p, Token k, Token title, Ast *body)
{
    Ast *node = ast_keyword(p, AST_CHECK, k, body, NULL);
    node->lit.text = string_text(p, title);
    node->name_span = title.span;
    return node;
}

Ast *ast_fn_def(Parse *p, Token k, Token name, AstList *params, Ast *result, Ast *body)
{
    Ast *node =
        ast_named(p, AST_FN_DEF, k, name, ast_fn(p, k, params, result, body), NULL);
    comment_above(p->arena, p->source, k.span.from, &node->doc);
    return node;
}

/* ---- definitions ---- */

Ast *ast_model(Parse *p, Token k, Token name, AstList *params, Ast *body)
{
    Ast *node = ast_named(p, AST_MODEL, k, name, body, NULL);
    comment_above(p->arena, p->source, k.span.from, &node->doc);
    return ast_with(p, node, body, NULL, NULL, params);
}

Ast *ast_header(Parse *p, Token name, AstList *params, Ast *on, Ast *body)
{
    Ast *node = ast_named(p, AST_DEF, name, name, body, on);
    node->span = span_join(name.span, body->span);
    return ast_with(p, node, body, on, NULL, params);
}

Ast *ast_definition(Parse *p, Token k, DefKind kind, Ast *header)
{
    header->flags = kind;
    header->span = span_join(k.span, header->span);
    comment_above(p->arena, p->source, k.span.from, &header->doc);
    Ast *on = header->b;
    if (!on || on->name || kind == DEF_DIST) return header;
    if (on->a->flags & AST_DIMS) {
        Diag *g = diag_add(p->diags, E0018, on->span, "what this works on has no name");
        diag_help(p->diags, g, "name it: `on x: real[.., D]`");
        return header;
    }
    on->name = on->a->name; /* `on w`: the name alone */
    on->name_span = on->a->span;
    on->a = NULL;
    return header;
}

Ast *ast_on(Parse *p, Token k, const Token *name, Ast *type)
{
    if (name) return ast_named(p, AST_ON, k, *name, type, NULL);
    return ast_keyword(p, AST_ON, k, type, NULL);
}

Ast *ast_stochastic(Parse *p, AstKind kind, Token k, Ast *target, Ast *type, Ast *dist)
{
    const Ast *root = target;
    if (!assignable(target)) {
        Diag *g = diag_add(p->diags, E0018, target->span,
                           "this is not a name that can be declared");
        diag_help(p->diags, g,
                  "declare a name, an element `z[t]` or the parameters `f.params`");
    }
    while (root->kind == AST_INDEX || root->kind == AST_DOT) root = root->a;
    Ast *node = ast_make(p, kind, span_join(k.span, dist->span));
    node->name = root->name;
    node->name_span = root->span;
    return ast_with(p, node, target, type, dist, NULL);
}

Ast *ast_extern(Parse *p, Token k, Token library, AstList *functions, Token close)
{
    Ast *node = ast_make(p, AST_EXTERN, span_join(k.span, close.span));
    node->lit.text = string_text(p, library);
    node->name_span = library.span;
    return ast_with(p, node, NULL, NULL, NULL, functions);
}

Ast *ast_foreign(Parse *p, Token k, Token name, AstList *params, Ast *type, Ast *slope)
{
    Ast *node = ast_named(p, AST_EXTERN_FN, k, name, type, slope);
    comment_above(p->arena, p->source, k.span.from, &node->doc);
    return ast_with(p, node, type, slope, NULL, params);
}
