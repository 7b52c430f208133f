/* SPDX-License-Identifier: MIT
 * The walk over expressions and statements, in the order in which they run, and the
 * door. Its depth is that of the syntax, which the parser bounds.
 */
#include "base/limits.h"
#include "check_int.h"

void walk_children(Checker *c, const Ast *s)
{
    if (s->a) walk(c, s->a);
    if (s->b) walk(c, s->b);
    if (s->c) walk(c, s->c);
    for (uint32_t i = 0; i < s->count; i++) walk(c, s->list[i]);
}

/* ---- types ---- */

void type_axes(Checker *c, const Ast *type)
{
    for (uint32_t i = 0; type && i < type->count; i++) {
        const Ast *dim = type->list[i];
        if (dim->kind == AST_NAME && !scope_own(c, dim->name))
            scope_parameter(c, dim->name, SYMBOL_AXIS, dim->span);
    }
}

void type_sizes(Checker *c, const Ast *type)
{
    for (uint32_t i = 0; type && i < type->count; i++) {
        const Ast *dim = type->list[i];
        Symbol *own = dim->kind == AST_NAME ? scope_own(c, dim->name) : NULL;
        if (own && own->place.from == dim->span.from) continue; /* names it first */
        c->size = true;
        walk(c, dim);
        c->size = false;
    }
}

/* ---- functions ---- */

void walk_function(Checker *c, const Ast *fn, const Ast *owner)
{
    scope_open(c, SCOPE_FUNCTION, owner);
    c->inside++;
    for (uint32_t i = 0; i < fn->count; i++)
        scope_parameter(c, fn->list[i]->name, SYMBOL_PARAMETER, fn->list[i]->name_span);
    for (uint32_t i = 0; i < fn->count; i++) type_axes(c, fn->list[i]->a);
    type_axes(c, fn->b);
    if (fn->a->kind == AST_BLOCK) collect(c, fn->a);
    for (uint32_t i = 0; i < fn->count; i++) {
        type_sizes(c, fn->list[i]->a);
        if (fn->list[i]->b) walk(c, fn->list[i]->b);
    }
    walk(c, fn->a);
    type_sizes(c, fn->b);
    c->inside--;
    scope_close(c);
}

/* A name, or a field of one: `np.random.normal` is told at once if `np` is not known.
 */
static Symbol *walk_front(Checker *c, const Ast *e, bool called)
{
    const Ast *front = e;
    while (front->kind == AST_DOT) front = front->a;
    if (front->kind != AST_NAME) {
        walk(c, front);
        return NULL;
    }
    c->field = e->kind == AST_DOT ? e->name : 0;
    c->called = called;
    Symbol *s = scope_use(c, front->name, front->span);
    c->field = 0;
    c->called = false;
    return e->kind == AST_NAME ? s : NULL;
}

/* What is given to a function of another language is part of that mistake. */
static void walk_call(Checker *c, const Ast *e)
{
    bool lenient = c->lenient;
    c->foreign = false;
    Symbol *s = walk_front(c, e->a, true);
    c->lenient |= c->foreign;
    for (uint32_t i = 0; i < e->count; i++) walk(c, e->list[i]);
    c->lenient = lenient;
    if (s) check_call(c, s, e);
}

/* ---- statements ---- */

static void walk_target(Checker *c, const Ast *target)
{
    const Ast *root = target_root(target);
    if (target->kind != AST_NAME) walk(c, target); /* `a[i] = v` reads a */
    if (root->kind == AST_NAME) scope_bind(c, root->name);
}

static void walk_assign(Checker *c, const Ast *s)
{
    walk(c, s->b);
    walk_target(c, s->a);
}

static void walk_unpack(Checker *c, const Ast *s)
{
    walk(c, s->a);
    for (uint32_t i = 0; i < s->count; i++) walk_target(c, s->list[i]);
}

static void walk_for(Checker *c, const Ast *s)
{
    walk(c, s->a);
    collect_bound(c, s);
    walk(c, s->b);
}

static void walk_while(Checker *c, const Ast *s)
{
    collect_bound(c, s);
    walk_children(c, s);
}

static void walk_test(Checker *c, const Ast *s)
{
    bool before = c->testing;
    c->testing = true;
    walk(c, s->a);
    c->testing = before;
}

/* A definition is bound before its body is walked through: it may call itself. */
static void walk_bound(Checker *c, const Ast *s)
{
    scope_bind(c, s->name);
    if (s->kind == AST_FN_DEF) walk_function(c, s->a, s);
    if (s->kind == AST_MODEL) walk_model(c, s);
    if (s->kind == AST_DEF) walk_definition(c, s);
}

/* `param`, `state`: type, then start; `net`, `flow`: layers. */
static void walk_declaration(Checker *c, const Ast *s)
{
    bool typed = s->kind == AST_PARAM_DECL || s->kind == AST_STATE;
    if (typed)
        type_sizes(c, s->a);
    else
        walk(c, s->a);
    if (s->b) walk(c, s->b);
    scope_bind(c, s->name);
}

static void walk_next(Checker *c, const Ast *s)
{
    walk(c, s->a);
    Symbol *state = scope_own(c, s->name);
    if (state) state->uses++;
}

void walk(Checker *c, const Ast *s)
{
    switch (s->kind) {
    case AST_INT:
    case AST_REAL:
    case AST_BOOL:
    case AST_STRING:
    case AST_ELLIPSIS:
    case AST_HOLE:
    case AST_PARAM:
    case AST_TYPE:
    case AST_ON:
    case AST_BREAK:
    case AST_CONTINUE:
    case AST_COUNT: return;
    case AST_INTERP:
    case AST_INTERP_PART:
    case AST_ARRAY:
    case AST_RECORD:
    case AST_FIELD:
    case AST_ARG:
    case AST_INDEX:
    case AST_SLICE:
    case AST_UNARY:
    case AST_BINARY:
    case AST_IF:
    case AST_BLOCK:
    case AST_EXPR:
    case AST_RETURN:
    case AST_IF_STATEMENT: walk_children(c, s); return;
    case AST_NAME: scope_use(c, s->name, s->span); return;
    case AST_DOT: walk_front(c, s, false); return;
    case AST_CALL: walk_call(c, s); return;
    case AST_FN: walk_function(c, s, s); return;
    case AST_ASSIGN: walk_assign(c, s); return;
    case AST_UNPACK: walk_unpack(c, s); return;
    case AST_FOR: walk_for(c, s); return;
    case AST_WHILE: walk_while(c, s); return;
    case AST_CHECK: walk_test(c, s); return;
    case AST_IMPORT:
    case AST_FN_DEF:
    case AST_MODEL:
    case AST_DEF: walk_bound(c, s); return;
    case AST_MEMBER: walk_member(c, s); return;
    case AST_PARAM_DECL:
    case AST_STATE:
    case AST_NET:
    case AST_FLOW: walk_declaration(c, s); return;
    case AST_NEXT: walk_next(c, s); return;
    case AST_PRIOR:
    case AST_LIKELIHOOD: walk_stochastic(c, s); return;
    case AST_EXTERN:
    case AST_EXTERN_FN: walk_extern(c, s); return;
    }
}

bool check_unit(Arena *a, const Names *names, Diags *d, const Ast *program,
                const CheckScope *root, Check **out)
{
    Checker c = {.arena = a, .names = names, .diags = d, .root = root};
    c.check = *out = arena_take(a, sizeof *c.check);
    if (!program) return true;
    if (program->depth > LIMIT_AST_DEPTH) {
        diag_add(d, E0010, program->span);
        return false;
    }
    c.names_count = names->count + 1;
    c.visible = arena_take(a, c.names_count * sizeof(Symbol *));
    scope_open(&c, SCOPE_FILE, program);
    collect(&c, program);
    walk(&c, program);
    scope_close(&c);
    return c.errors == 0;
}
