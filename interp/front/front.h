/* SPDX-License-Identifier: MIT
 * The door of front: text to syntax. A Source keeps a text and its lines; parse makes
 * an Ast in the unit's arena, reports every error it finds, and tells "more text
 * needed" apart.
 */
#ifndef UNC_FRONT_FRONT_H
#define UNC_FRONT_FRONT_H

#include "base/diag.h"
#include "base/intern.h"

typedef enum {
#define AST(kind, printed, a, b, c, list) AST_##kind,
#include "front/ast.def"
#undef AST
    AST_COUNT
} AstKind;

/* Operators of UNARY and BINARY. */
typedef enum {
    OP_OR,
    OP_AND,
    OP_NOT,
    OP_EQ,
    OP_NE,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE,
    OP_IN,
    OP_RANGE,
    OP_COMPOSE,
    OP_ADD,
    OP_SUB,
    OP_MUL,
    OP_DIV,
    OP_MOD,
    OP_MATMUL,
    OP_NEG,
    OP_POW
} OpCode;

typedef enum {
    DEF_DIST,
    DEF_LAYER,
    DEF_FLOW,
    DEF_OPTIMIZER,
    DEF_ATTACK,
    DEF_GUIDE
} DefKind;

/* Bits of flags; the low byte is an OpCode or a DefKind. */
/* AST_GROUPED: an expression that stood in parentheses. */
enum { AST_LOW = 255, AST_TILDE = 256, AST_DIMS = 512, AST_GROUPED = 1024 };

typedef struct Ast Ast;
struct Ast {
    AstKind kind;
    uint32_t flags;
    Span span;
    Name name;
    Span name_span; /* of the name that a definition, declaration, argument, field or
                     * DOT writes; of the operator for UNARY and BINARY */
    union {
        int64_t integer;
        double real;
        Text text;
    } lit;
    Ast *a, *b, *c;
    Ast **list;
    uint32_t count;
    uint32_t depth; /* 1 for a leaf; at most LIMIT_AST_DEPTH */
    Text
        doc; /* the comment block right above a definition, `#` and one blank removed */
};

typedef struct Source {
    uint32_t number; /* of its spans; from 1 */
    Text name;       /* a path, "<repl 3>", … */
    Text text;       /* NUL-terminated; the source owns a copy */
    uint32_t *line;  /* offset of the start of each line */
    uint32_t lines;
    const Ast *program; /* once it was parsed without errors; or NULL */
} Source;

/* Copies name and text into the arena. */
Source *source_new(Arena *a, uint32_t number, Text name, Text text);
/* 1-based line and column (in code points) of an offset. */
void source_place(const Source *s, uint32_t offset, uint32_t *line, uint32_t *column);

typedef enum { PARSE_OK, PARSE_WRONG, PARSE_MORE } ParseEnd;

/* Parses a whole source into a BLOCK. All memory comes from `a`; names go to `names`.
 * On PARSE_WRONG the diagnostics are in d (several: recovery at statement ends), and
 * *ast is what could be read. PARSE_MORE: the text ends in the middle of something
 * (only told when `may_want_more`; else it is an error like any other). */
ParseEnd parse(Arena *a, Names *names, Diags *d, const Source *s, bool may_want_more,
               Ast **ast);

/* The tokens of a source, one to a line: place, kind, text. */
void tokens_print(Out *o, Arena *a, Names *names, Diags *d, const Source *s);
/* S-expressions, indented. */
void ast_print(Out *o, const Names *names, const Ast *ast);
const char *ast_kind_name(AstKind k);
const char *ast_def_name(DefKind kind); /* "dist", "layer", … */
/* "f(a, b = 2)", parameters as the header has them; those of which one is given stand
 * as in "Normal(mean: real = 0, sd: positive | var: positive)". def: FN, DEF, MODEL or
 * EXTERN_FN; source: the text that it stands in. */
void ast_signature(Out *o, const char *name, Text source, const Ast *def);
/* Whether it is `guide NAME(…) on MODEL`, written for one model. */
bool ast_guides_one(const Ast *def);
/* Whether it is `guide NAME(…) on x: real[N, D]`, of random functions at the rows x. */
bool ast_guides_function(const Ast *def);
/* Whether the name stands anywhere in e, which may be NULL. */
bool ast_mentions(const Ast *e, Name name);
/* Whether s is the member, and whether a definition's body has it, as `name = e` or
 * `name(…) = e`. */
bool ast_is_member(const Ast *s, Name name);
bool ast_has_member(const Ast *def, Name name);
/* Whether the defaults of parameters i and k come from each other. */
bool ast_alternatives(const Ast *def, uint32_t i, uint32_t k);
/* Whether a parameter is a size of what the definition is `on` (K of `LKJ(eta, K) on
 * corr[K]`): a call may leave it to the declared type. */
bool ast_is_size(const Ast *def, Name parameter);
/* The outermost node with that span; NULL if there is none. `a` may be NULL. */
const Ast *ast_at(const Ast *a, Span span);
const char *op_symbol(OpCode op); /* "+", "and", … */
/* What is written here for a name of other languages, "std" for one, for that of a
 * module, "np", for a field or method, "T", and for an argument, "lr", of what attacks
 * or not; or NULL. */
const char *foreign_name(const char *name, bool called);
const char *foreign_module(const char *name);
const char *foreign_field(const char *name);
const char *foreign_argument(const char *name, bool attacks);

#endif
