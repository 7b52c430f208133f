/* SPDX-License-Identifier: MIT
 * The symbol table as text, for `unc dump --checked`: scopes in the order in which they
 * open, each with its symbols.
 */
#include "check_int.h"

static const char *const kind_names[] = {
    [SYMBOL_VARIABLE] = "variable",
    [SYMBOL_FUNCTION] = "function",
    [SYMBOL_MODEL] = "model",
    [SYMBOL_DEFINITION] = "definition",
    [SYMBOL_IMPORT] = "import",
    [SYMBOL_PARAMETER] = "parameter",
    [SYMBOL_LOOP] = "loop variable",
    [SYMBOL_AXIS] = "axis",
    [SYMBOL_GIVEN] = "given",
    [SYMBOL_HYPER] = "hyper",
    [SYMBOL_PARAM] = "param",
    [SYMBOL_PRIOR] = "prior",
    [SYMBOL_NET] = "net",
    [SYMBOL_FLOW] = "flow",
    [SYMBOL_LIKELIHOOD] = "likelihood",
    [SYMBOL_DETERMINISTIC] = "deterministic",
    [SYMBOL_STATE] = "state",
    [SYMBOL_MEMBER] = "member",
    [SYMBOL_OFFERED] = "offered",
};

static void print_place(Out *o, const Source *source, Span span)
{
    uint32_t line, column;
    if (!source || source->number != span.source) {
        out_fmt(o, "byte %u", span.from);
        return;
    }
    source_place(source, span.from, &line, &column);
    out_fmt(o, "%u:%u", line, column);
}

static const char *scope_word(const Scope *s)
{
    switch (s->kind) {
    case SCOPE_FILE: return "file";
    case SCOPE_FUNCTION: return "function";
    case SCOPE_MODEL: return "model";
    case SCOPE_DEFINITION: return ast_def_name((DefKind)(s->owner->flags & AST_LOW));
    case SCOPE_MEMBER: break;
    }
    return "member";
}

static void print_scope(Out *o, const Names *names, const Source *source,
                        const Scope *s)
{
    out_str(o, scope_word(s));
    if (s->kind != SCOPE_FILE) {
        out_char(o, ' ');
        if (s->owner->name) out_fmt(o, "%s ", name_cstr(names, s->owner->name));
        print_place(o, source, s->owner->span);
    }
    out_char(o, '\n');
    for (const Symbol *y = s->first; y; y = y->next) {
        if (y->kind == SYMBOL_OFFERED && !y->uses) continue;
        out_fmt(o, "  %s %s ", kind_names[y->kind], name_cstr(names, y->name));
        print_place(o, source, y->place);
        if (y->binds > 1) out_fmt(o, ", bound %u times", y->binds);
        out_fmt(o, ", %u use%s\n", y->uses, y->uses == 1 ? "" : "s");
    }
}

void check_print(Out *o, const Names *names, const Source *source, const Check *c)
{
    for (const Scope *s = c->first; s; s = s->next)
        if (s->first || s->kind == SCOPE_FILE) print_scope(o, names, source, s);
}
