/* SPDX-License-Identifier: MIT
 * For this room and the generated files only: tokens, the scanner that feeds the
 * parser, the state of one parse, and the constructors that the grammar's actions call.
 */
#ifndef UNC_FRONT_FRONT_INT_H
#define UNC_FRONT_FRONT_INT_H

#include "base/limits.h"
#include "front/front.h"

/* ---- tokens.re: the text as bytes ---- */

typedef struct Lexer {
    const unsigned char *start, *at, *limit, *marker, *context;
} Lexer;

/* Each gives the kind of the token [start, at); 0 at the end. */
int lex(Lexer *l);
int lex_string(Lexer *l); /* from after a quote, or after the `}` of a hole */
int lex_format(Lexer *l); /* from the `:` in a hole */

/* ---- token.c: what the parser sees ---- */

typedef struct Token {
    int kind;    /* TOKEN_…, 0 at the end of the text */
    bool first;  /* the first on its line */
    bool made;   /* stands for one that is missing, and was reported */
    bool resume; /* closes a block in the middle of a wrong statement */
    Span span;
} Token;

/* An open bracket: `(`, `[`, a block's or record's `{`, or a string's hole. */
typedef struct Bracket Bracket;
struct Bracket {
    Bracket *outer;
    int closer;     /* the kind of token that closes it; TEXT_CLOSE for a hole */
    uint32_t depth; /* from 1 */
    uint32_t thens; /* `then`s inside that still wait for their `else` */
    bool resume;
    Span span;
};

typedef struct Scan {
    Lexer lexer;
    Arena *arena;
    Diags *diags;
    const Source *source;
    Bracket *top;
    uint32_t thens, holes; /* outside all brackets; holes of strings that are open */
    uint32_t forgiven;     /* closing brackets that may come, theirs given up already */
    bool wrong;            /* the statement is passed over: its line ends it */
    bool after_then;       /* the last `else` answers a `then` */
    Token last;            /* handed out last */
    Token held;            /* read but not handed out; kind -1: none */
} Scan;

void scan_init(Scan *s, Arena *a, Diags *d, const Source *source);
Token scan_next(Scan *s);
uint32_t scan_depth(const Scan *s);
uint32_t
scan_block_depth(const Bracket *b);       /* of the innermost block, 0 for the file */
void scan_open_block(Scan *s, Span span); /* as if a `{` stood there */
void scan_unwind(Scan *s); /* gives up the brackets inside the innermost block */
bool token_ends_operand(int kind);
Text span_text(const Source *s, Span span);
const char *token_name(int kind); /* "lparen" */
const char *token_sign(int kind); /* ")", or NULL for a kind with many texts */

/* ---- source.c ---- */

bool utf8_check(Diags *d, const Source *s); /* reports where the text is not UTF-8 */
uint32_t line_indent(const Source *s, uint32_t offset);
void comment_above(Arena *a, const Source *s, uint32_t offset, Text *doc);

/* ---- parse.c, advice.c ---- */

/* Of a wrong statement is passed over: nothing; what stands before its block, then what
 * follows that; its blocks as well. */
typedef enum { SKIP_NOTHING, SKIP_HEAD, SKIP_TAIL, SKIP_WHOLE } Skip;

/* What the parser has on its stack, as the tables know it. */
typedef struct States {
    int top;
    uint16_t state[LIMIT_PARSE_DEPTH];
} States;

typedef struct Parse {
    Scan scan;
    Arena *arena;
    Names *names;
    Diags *diags;
    const Source *source;
    void *parser;
    States states;   /* before the present token */
    uint32_t errors; /* in diags before this parse */
    Token before;    /* the token before the present one */
    Token opening;   /* the first token of the statement */
    Token joint;     /* the last of a line that goes on in the next; kind END: none */
    bool may_want_more;
    bool more, stop;    /* ends in the middle; no more can be read */
    bool failed, again; /* the parser did not take this token; it begins a statement */
    Skip skip;          /* what of a wrong statement is passed over */
    uint32_t level;     /* depth of the block in which it stands */
    bool whole;         /* what was told is the statement's whole block */
    bool bare;          /* its body has no braces: the lines further in than indent */
    uint32_t indent;
    Ast *program;
} Parse;

typedef struct AstList {
    Ast **at;
    uint32_t count, room;
} AstList;

void parse_unexpected(Parse *p, void *parser, int kind, Token t);
void parse_too_deep(Parse *p);
void parse_finish(Parse *p, AstList *statements);
bool report_block(Parse *p, Token t); /* `data {` */
void advise(Parse *p, Token t); /* reports a token that the grammar does not take */
bool missing_bracket(const Parse *p, Token t);
/* Reports a `<-` at this byte of the text, or after blanks; false where none is. */
bool report_arrow(Parse *p, uint32_t at);

/* habits.c: signs and words of other languages */

/* Where a word is told: found where it cannot stand, before what cannot follow it, or
 * so at the beginning of a statement; before a block of its own, or (a type) with
 * brackets before a name. */
typedef enum { WORD_FOUND, WORD_BEFORE, WORD_OPENING, WORD_BLOCK, WORD_TYPE } WordPlace;

/* What the sign that stands there is here: a kind of token, or 0 for none. */
int other_sign(const Scan *s, Span span, const char **advice);
/* What is to be written for the word, if it is one of those places up to this; or NULL.
 */
const char *other_word(Text word, WordPlace place);
bool other_word_is(Text word, WordPlace place); /* just this place */
bool other_goes_on(Text word); /* begins a line that goes on with the body above */

void report_bad_number(Diags *d, Span span, Text text);

/* syntax.y */
extern const size_t syntax_size;
void SyntaxInit(void *parser);
void SyntaxFinalize(void *parser);
void Syntax(void *parser, int kind, Token t, Parse *p);
void syntax_forgive(void *parser);
void syntax_states(const void *parser, States *s);
bool syntax_accepts(const States *s, int token);

/* place.c: declarations, members, break and return stand where they may; first: of the
 * errors of this text in d. */
void check_places(Diags *d, const Ast *program, uint32_t first);

/* ---- ast.c, ast_define.c: one constructor for each action ---- */

Ast *ast_make(Parse *p, AstKind kind, Span span);
Ast *ast_with(Parse *p, Ast *node, Ast *a, Ast *b, Ast *c, const AstList *list);
AstList *list_add(Parse *p, AstList *list, Ast *item);
Span span_join(Span a, Span b);

Ast *ast_leaf(Parse *p, AstKind kind, Token t);
Ast *ast_name(Parse *p, Token t);
Ast *ast_bool(Parse *p, Token t, bool value);
Ast *ast_number(Parse *p, Token t);
Ast *ast_string(Parse *p, Token t);
Text string_text(Parse *p, Token t);
Ast *ast_part(Parse *p, Ast *value, const Token *format);
AstList *ast_parts(Parse *p, AstList *parts, Token between, Ast *part);
Ast *ast_interpolation(Parse *p, Token open, AstList *parts, Token close);
Ast *ast_grouped(Parse *p, Token open, Ast *value, Token close);
Ast *ast_sequence(Parse *p, AstKind kind, Token open, AstList *items, Token close);
Ast *ast_unary(Parse *p, OpCode op, Token t, Ast *a);
Ast *ast_binary(Parse *p, OpCode op, Ast *a, Token t, Ast *b);
Ast *ast_pipe(Parse *p, Ast *a, Ast *b);
Ast *ast_call(Parse *p, Ast *callee, AstList *args, Token close);
Ast *ast_arg(Parse *p, const Token *name, Ast *value, uint32_t flags);
Ast *ast_index(Parse *p, Ast *base, AstList *items, Token close);
Ast *ast_slice(Parse *p, Ast *from, Token colon, Ast *to);
Ast *ast_dot(Parse *p, Ast *base, Token name);
Ast *ast_if(Parse *p, AstKind kind, Token k, Ast *condition, Ast *then, Ast *otherwise);
Ast *ast_type(Parse *p, Token name, AstList *dims, Token end);

Ast *ast_block(Parse *p, Token open, AstList *statements, Token close);
Ast *ast_statement(Parse *p, Ast *value);
Ast *ast_assign(Parse *p, Ast *target, Ast *value);
Ast *ast_unpack(Parse *p, Ast *first, AstList *others, Ast *value);
Ast *ast_member(Parse *p, Ast *head, Ast *body);
Ast *ast_keyword(Parse *p, AstKind kind, Token k, Ast *a, Ast *b);
Ast *ast_for(Parse *p, Token k, Token name, Ast *over, Ast *body);
Ast *ast_import(Parse *p, Token k, Token path, Token name);
Ast *ast_check(Parse *p, Token k, Token title, Ast *body);
Ast *ast_fn(Parse *p, Token k, AstList *params, Ast *result, Ast *body);
Ast *ast_fn_def(Parse *p, Token k, Token name, AstList *params, Ast *result, Ast *body);
Ast *ast_model(Parse *p, Token k, Token name, AstList *params, Ast *body);
Ast *ast_header(Parse *p, Token name, AstList *params, Ast *on, Ast *body);
Ast *ast_definition(Parse *p, Token k, DefKind kind, Ast *header);
Ast *ast_on(Parse *p, Token k, const Token *name, Ast *type);
/* KIND name with children a and b; `from` is where it begins. */
Ast *ast_named(Parse *p, AstKind kind, Token from, Token name, Ast *a, Ast *b);
Ast *ast_stochastic(Parse *p, AstKind kind, Token k, Ast *target, Ast *type, Ast *dist);
Ast *ast_extern(Parse *p, Token k, Token library, AstList *functions, Token close);
Ast *ast_foreign(Parse *p, Token k, Token name, AstList *params, Ast *type, Ast *slope);

#endif
