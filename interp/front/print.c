/* SPDX-License-Identifier: MIT
 * Tokens and syntax as text, for `unc dump` and the tests.
 */
#include "front/front_int.h"
#include "syntax.h"

#include <string.h>

static const struct {
    const char *name, *a, *b, *c;
} kinds[] = {
#define AST(kind, printed, a, b, c, list) {printed, a, b, c},
#include "front/ast.def"
#undef AST
};

const char *ast_kind_name(AstKind k) { return kinds[k].name; }

const char *op_symbol(OpCode op)
{
    static const char *const signs[] = {
        [OP_OR] = "or", [OP_AND] = "and",  [OP_NOT] = "not",  [OP_EQ] = "==",
        [OP_NE] = "!=", [OP_LT] = "<",     [OP_LE] = "<=",    [OP_GT] = ">",
        [OP_GE] = ">=", [OP_IN] = "in",    [OP_RANGE] = "..", [OP_COMPOSE] = ">>",
        [OP_ADD] = "+", [OP_SUB] = "-",    [OP_MUL] = "*",    [OP_DIV] = "/",
        [OP_MOD] = "%", [OP_MATMUL] = "@", [OP_NEG] = "-",    [OP_POW] = "^",
    };
    return signs[op];
}

static void quoted(Out *o, Text t)
{
    out_char(o, '"');
    for (size_t i = 0; i < t.len; i++) {
        char c = t.at[i];
        if (c == '\n')
            out_str(o, "\\n");
        else if (c == '"' || c == '\\')
            out_fmt(o, "\\%c", c);
        else if ((unsigned char)c < 0x20)
            out_fmt(o, "\\x%02x", (unsigned)c);
        else
            out_char(o, c);
    }
    out_char(o, '"');
}

void tokens_print(Out *o, Arena *a, Names *names, Diags *d, const Source *s)
{
    (void)names;
    Scan scan;
    if (s->text.len >= UINT32_MAX || !utf8_check(d, s)) return;
    scan_init(&scan, a, d, s);
    for (Token t = scan_next(&scan); t.kind; t = scan_next(&scan)) {
        uint32_t line, column;
        source_place(s, t.span.from, &line, &column);
        out_fmt(o, "%u:%u %s ", line, column, token_name(t.kind));
        quoted(o, span_text(s, t.span));
        out_char(o, '\n');
    }
}

static void named_text(Out *o, Text t)
{
    out_char(o, ' ');
    quoted(o, t);
}

const char *ast_def_name(DefKind kind)
{
    static const char *const words[] = {
        [DEF_DIST] = "dist",           [DEF_LAYER] = "layer",   [DEF_FLOW] = "flow",
        [DEF_OPTIMIZER] = "optimizer", [DEF_ATTACK] = "attack", [DEF_GUIDE] = "guide",
    };
    return words[kind];
}

/* What a node says of itself, besides its children. */
static void head(Out *o, const Names *names, const Ast *node)
{
    out_str(o, kinds[node->kind].name);
    if (node->name) {
        out_char(o, ' ');
        out_text(o, name_text(names, node->name));
    }
    switch ((int)node->kind) {
    case AST_INT: out_fmt(o, " %lld", (long long)node->lit.integer); break;
    case AST_BOOL: out_str(o, node->lit.integer ? " true" : " false"); break;
    case AST_REAL:
        out_char(o, ' ');
        out_real(o, node->lit.real);
        break;
    case AST_INTERP_PART:
        if (node->lit.text.len) named_text(o, node->lit.text);
        break;
    case AST_STRING:
    case AST_IMPORT:
    case AST_CHECK:
    case AST_EXTERN: named_text(o, node->lit.text); break;
    case AST_UNARY:
    case AST_BINARY:
        out_fmt(o, " %s", op_symbol((OpCode)(node->flags & AST_LOW)));
        break;
    case AST_DEF:
        out_fmt(o, " %s", ast_def_name((DefKind)(node->flags & AST_LOW)));
        break;
    case AST_ARG:
        if (node->flags & AST_TILDE) out_str(o, " ~");
        break;
    default: break;
    }
    if (node->doc.len) {
        out_str(o, " doc=");
        quoted(o, node->doc);
    }
}

static void print(Out *o, const Names *names, const Ast *node, int indent);

/* A child on a line of its own, or behind a blank; named where another one is missing.
 */
static void child(Out *o, const Names *names, const Ast *node, const char *role,
                  int indent)
{
    if (!node) return;
    if (indent >= 0)
        out_fmt(o, "\n%*s", indent + 2, "");
    else
        out_char(o, ' ');
    if (role) out_fmt(o, "%s=", role);
    print(o, names, node, indent < 0 ? -1 : indent + 2);
}

static void print(Out *o, const Names *names, const Ast *node, int indent)
{
    const char *a = kinds[node->kind].a, *b = kinds[node->kind].b,
               *c = kinds[node->kind].c;
    bool named = (*a && !node->a) || (*b && !node->b) || (*c && !node->c);
    bool small = node->depth <= 2 && node->count <= 4;
    if (small || (node->depth <= 3 && node->count <= 1 && !node->b)) indent = -1;
    out_char(o, '(');
    head(o, names, node);
    child(o, names, node->a, named ? a : NULL, indent);
    child(o, names, node->b, named ? b : NULL, indent);
    child(o, names, node->c, named ? c : NULL, indent);
    for (uint32_t i = 0; i < node->count; i++)
        child(o, names, node->list[i], NULL, indent);
    out_char(o, ')');
}

void ast_print(Out *o, const Names *names, const Ast *ast)
{
    print(o, names, ast, 0);
    out_char(o, '\n');
}
