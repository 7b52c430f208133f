/* SPDX-License-Identifier: MIT
 * Between lexer and parser: brackets are matched, a newline becomes the end of a
 * statement where it is one, `{` becomes a block or a record, strings with holes come
 * in pieces, and signs of other languages are reported and read as what was meant.
 */
#include "front/front_int.h"
#include "syntax.h"

#include <stdio.h>
#include <string.h>

enum { NONE = -1 };

static const struct {
    const char *name, *sign;
} kinds[] = {
    [0] = {"end-of-text", NULL},
    [TOKEN_NAME] = {"name", NULL},
    [TOKEN_INT] = {"int", NULL},
    [TOKEN_REAL] = {"real", NULL},
    [TOKEN_STRING] = {"string", NULL},
    [TOKEN_TEXT_OPEN] = {"text-open", NULL},
    [TOKEN_TEXT_MIDDLE] = {"text-middle", NULL},
    [TOKEN_TEXT_CLOSE] = {"text-close", NULL},
    [TOKEN_FORMAT] = {"format", NULL},
    [TOKEN_END] = {"end", NULL},
    [TOKEN_LPAREN] = {"lparen", "("},
    [TOKEN_RPAREN] = {"rparen", ")"},
    [TOKEN_LBRACKET] = {"lbracket", "["},
    [TOKEN_RBRACKET] = {"rbracket", "]"},
    [TOKEN_BLOCK_OPEN] = {"block-open", "{"},
    [TOKEN_BLOCK_CLOSE] = {"block-close", "}"},
    [TOKEN_RECORD_OPEN] = {"record-open", "{"},
    [TOKEN_RECORD_CLOSE] = {"record-close", "}"},
    [TOKEN_COMMA] = {"comma", ","},
    [TOKEN_COLON] = {"colon", ":"},
    [TOKEN_DOT] = {"dot", "."},
    [TOKEN_RANGE] = {"range", ".."},
    [TOKEN_TILDE] = {"tilde", "~"},
    [TOKEN_ASSIGN] = {"assign", "="},
    [TOKEN_ARROW] = {"arrow", "->"},
    [TOKEN_HOLE] = {"hole", "???"},
    [TOKEN_PIPE] = {"pipe", "|>"},
    [TOKEN_EQ] = {"eq", "=="},
    [TOKEN_NE] = {"ne", "!="},
    [TOKEN_LT] = {"lt", "<"},
    [TOKEN_LE] = {"le", "<="},
    [TOKEN_GT] = {"gt", ">"},
    [TOKEN_GE] = {"ge", ">="},
    [TOKEN_COMPOSE] = {"compose", ">>"},
    [TOKEN_PLUS] = {"plus", "+"},
    [TOKEN_MINUS] = {"minus", "-"},
    [TOKEN_STAR] = {"star", "*"},
    [TOKEN_SLASH] = {"slash", "/"},
    [TOKEN_PERCENT] = {"percent", "%"},
    [TOKEN_AT] = {"at", "@"},
    [TOKEN_CARET] = {"caret", "^"},
    [TOKEN_AND] = {"and", "and"},
    [TOKEN_BREAK] = {"break", "break"},
    [TOKEN_CONTINUE] = {"continue", "continue"},
    [TOKEN_ELSE] = {"else", "else"},
    [TOKEN_FALSE] = {"false", "false"},
    [TOKEN_FN] = {"fn", "fn"},
    [TOKEN_FOR] = {"for", "for"},
    [TOKEN_IF] = {"if", "if"},
    [TOKEN_IN] = {"in", "in"},
    [TOKEN_NOT] = {"not", "not"},
    [TOKEN_OR] = {"or", "or"},
    [TOKEN_RETURN] = {"return", "return"},
    [TOKEN_THEN] = {"then", "then"},
    [TOKEN_TRUE] = {"true", "true"},
    [TOKEN_WHILE] = {"while", "while"},
    [TOKEN_ATTACK] = {"attack", "attack"},
    [TOKEN_DIST] = {"dist", "dist"},
    [TOKEN_FLOW] = {"flow", "flow"},
    [TOKEN_GUIDE] = {"guide", "guide"},
    [TOKEN_LAYER] = {"layer", "layer"},
    [TOKEN_LIKELIHOOD] = {"likelihood", "likelihood"},
    [TOKEN_MODEL] = {"model", "model"},
    [TOKEN_NET] = {"net", "net"},
    [TOKEN_NEXT] = {"next", "next"},
    [TOKEN_OPTIMIZER] = {"optimizer", "optimizer"},
    [TOKEN_PARAM] = {"param", "param"},
    [TOKEN_PRIOR] = {"prior", "prior"},
    [TOKEN_STATE] = {"state", "state"},
    [TOKEN_CHECK] = {"check", "check"},
    [TOKEN_EXTERN] = {"extern", "extern"},
    [TOKEN_IMPORT] = {"import", "import"},
    [TOKEN_AS] = {"as", "as"},
    [TOKEN_ON] = {"on", "on"},
    [TOKEN_DERIVATIVE] = {"derivative", "derivative"},
    [TOKEN_UNKNOWN] = {"unknown", NULL},
    [TOKEN_BAD_STRING] = {"bad-string", NULL},
};

const char *token_name(int kind)
{
    bool known = kind >= 0 && (size_t)kind < sizeof kinds / sizeof *kinds;
    return known && kinds[kind].name ? kinds[kind].name : "?";
}

const char *token_sign(int kind)
{
    bool known = kind >= 0 && (size_t)kind < sizeof kinds / sizeof *kinds;
    return known ? kinds[kind].sign : NULL;
}

/* An operand may end here, so that a `{` that follows is a block. */
bool token_ends_operand(int kind)
{
    switch (kind) {
    case TOKEN_NAME:
    case TOKEN_INT:
    case TOKEN_REAL:
    case TOKEN_STRING:
    case TOKEN_TEXT_CLOSE:
    case TOKEN_HOLE:
    case TOKEN_TRUE:
    case TOKEN_FALSE:
    case TOKEN_RPAREN:
    case TOKEN_RBRACKET:
    case TOKEN_BLOCK_CLOSE:
    case TOKEN_RECORD_CLOSE:
    case TOKEN_DERIVATIVE: return true;
    default: return false;
    }
}

static bool ends_statement(int kind)
{
    return token_ends_operand(kind) || kind == TOKEN_BREAK || kind == TOKEN_CONTINUE ||
           kind == TOKEN_RETURN || kind == TOKEN_BAD_STRING || kind == TOKEN_UNKNOWN;
}

void scan_init(Scan *s, Arena *a, Diags *d, const Source *source)
{
    memset(s, 0, sizeof *s);
    s->arena = a;
    s->diags = d;
    s->source = source;
    s->lexer.at = (const unsigned char *)source->text.at;
    s->lexer.limit = s->lexer.at + source->text.len;
    s->last.kind = TOKEN_END;
    s->last.span.source = source->number;
    s->held.kind = NONE;
}

uint32_t scan_depth(const Scan *s) { return s->top ? s->top->depth : 0; }

uint32_t scan_block_depth(const Bracket *b)
{
    while (b && b->closer != TOKEN_BLOCK_CLOSE) b = b->outer;
    return b ? b->depth : 0;
}

static uint32_t offset(const Scan *s, const unsigned char *at)
{
    return (uint32_t)(at - (const unsigned char *)s->source->text.at);
}

static void push(Scan *s, int closer, Span span)
{
    Bracket *b = arena_take(s->arena, sizeof *b);
    b->outer = s->top;
    b->closer = closer;
    b->depth = scan_depth(s) + 1;
    b->span = span;
    s->top = b;
    s->holes += closer == TOKEN_TEXT_CLOSE;
}

static void pop(Scan *s)
{
    s->holes -= s->top->closer == TOKEN_TEXT_CLOSE;
    s->top = s->top->outer;
}

void scan_open_block(Scan *s, Span span) { push(s, TOKEN_BLOCK_CLOSE, span); }

void scan_unwind(Scan *s)
{
    while (s->top && s->top->closer != TOKEN_BLOCK_CLOSE) {
        s->forgiven += s->top->closer != TOKEN_TEXT_CLOSE;
        pop(s);
    }
}

/* ---- raw tokens ---- */

/* A character that begins no token: reported and passed over. */
static void unknown(Scan *s, Token *t)
{
    const unsigned char *c = s->lexer.start;
    uint32_t point = c[0] < 0x80   ? c[0]
                     : c[0] < 0xE0 ? c[0] & 31u
                     : c[0] < 0xF0 ? c[0] & 15u
                                   : c[0] & 7u;
    s->lexer.at = c + 1;
    for (; s->lexer.at < s->lexer.limit && (*s->lexer.at & 0xC0) == 0x80; s->lexer.at++)
        point = point << 6 | (*s->lexer.at & 0x3Fu);
    t->span.to = offset(s, s->lexer.at);
    bool hidden = point < 0x20 || (point >= 0x7F && point < 0xA0) ||
                  (point >= 0x2000 && point < 0x2070) || point >= 0xFFF0;
    char sign[16];
    Text text = span_text(s->source, t->span);
    if (hidden && point < 0x1F000)
        snprintf(sign, sizeof sign, "U+%04X", (unsigned)point);
    else
        snprintf(sign, sizeof sign, "`%.*s`", (int)text.len, text.at);
    if (!s->wrong) diag_add(s->diags, E0008, t->span, sign);
}

/* To the end of the line, or behind the end of a comment that may have several. */
static void pass_comment(Scan *s, bool several)
{
    const unsigned char *at = s->lexer.at, *limit = s->lexer.limit;
    if (several) {
        while (at + 1 < limit && memcmp(at, "*/", 2) != 0) at++;
        if (at + 1 < limit) {
            s->lexer.at = at + 2;
            return;
        }
        at = s->lexer.at;
    }
    while (at < limit && *at != '\n') at++;
    s->lexer.at = at;
}

/* Text between triple quotes: reported, and read as a string. */
static void long_string(Scan *s, Token *t)
{
    const unsigned char *at = s->lexer.at + 2, *limit = s->lexer.limit;
    while (at + 3 <= limit && memcmp(at, "\"\"\"", 3) != 0) at++;
    s->lexer.at = at + 3 <= limit ? at + 3 : limit;
    if (!s->wrong)
        diag_help(
            s->diags, diag_add(s->diags, E0007, t->span, "\"\"\""),
            "comments begin with `#`; a string stands on one line, with `\\n` for "
            "a new one");
    t->kind = TOKEN_STRING;
}

/* A sign of another language: reported, and read as what is meant. False: passed over.
 */
static bool foreign_sign(Scan *s, Token *t)
{
    const char *advice = NULL;
    Text text = span_text(s->source, t->span);
    char sign[8];
    memcpy(sign, text.at, text.len);
    sign[text.len] = 0;
    t->kind = other_sign(s, t->span, &advice);
    if (!s->wrong) {
        Diag *g = diag_add(s->diags, E0007, t->span, sign);
        diag_help(s->diags, g, "%s", advice);
    }
    if (t->kind == TOKEN_COMMENT) {
        pass_comment(s, text.at[1] == '*');
        return false;
    }
    if (!t->kind) { /* the statement cannot be read */
        t->kind = TOKEN_UNKNOWN;
        t->made = true;
    }
    return true;
}

/* Gives up a string, and with it the brackets around on this line. */
static Token bad_string(Scan *s, Token t)
{
    while (s->lexer.at < s->lexer.limit && *s->lexer.at != '\n') s->lexer.at++;
    uint32_t end = offset(s, s->lexer.at);
    if (t.span.to > end || t.kind != TOKEN_BAD_STRING) end = t.span.to;
    const char *at = s->source->text.at;
    const Bracket *hole = s->holes ? s->top : NULL;
    while (hole && hole->closer != TOKEN_TEXT_CLOSE) hole = hole->outer;
    Diag *g = diag_add(s->diags, E0005, (Span){t.span.source, t.span.from, end});
    if (hole && hole->span.from < t.span.from) {
        diag_label(s->diags, g, hole->span, "`{` in a string begins a value");
        diag_help(s->diags, g, "a brace in a string is written `{{`");
    } else {
        diag_help(
            s->diags, g,
            "end it with `\"`; a new line inside is written `\\n`, a quote `\\\"`");
    }
    while (end > t.span.from && (at[end - 1] == ' ' || at[end - 1] == '\r')) end--;
    s->forgiven += at[end - 1] == '{'; /* a block's, most likely: its end will come */
    t.span.to = end;
    t.kind = TOKEN_BAD_STRING;
    t.made = true;
    while (s->holes) pop(s);
    scan_unwind(s);
    return t;
}

/* From after a quote, or after the end of a hole. */
static Token string_piece(Scan *s, Token t, bool opens)
{
    int kind = lex_string(&s->lexer);
    t.span.to = offset(s, s->lexer.at);
    if (kind == TOKEN_BAD_STRING) {
        s->lexer.at = s->lexer.start;
        t.kind = kind;
        return bad_string(s, t);
    }
    if (kind == TOKEN_STRING) {
        t.kind = opens ? TOKEN_STRING : TOKEN_TEXT_CLOSE;
        if (!opens) pop(s);
    } else {
        t.kind = opens ? TOKEN_TEXT_OPEN : TOKEN_TEXT_MIDDLE;
        if (opens) push(s, TOKEN_TEXT_CLOSE, t.span);
    }
    return t;
}

/* The line ends in a hole of a string, at token t. */
static Token open_hole(Scan *s, Token t)
{
    while (s->holes > 1) pop(s);
    while (s->top->closer != TOKEN_TEXT_CLOSE) pop(s);
    s->lexer.at = s->lexer.start; /* the newline shall end the statement */
    t.span.to = t.span.from;
    t.span.from = s->top->span.from;
    t.kind = TOKEN_STRING;
    return bad_string(s, t);
}

/* The next token but blanks and comments; `first` tells of a newline before it. */
static Token raw(Scan *s)
{
    Token t = {.span = {s->source->number, 0, 0}};
    for (;;) {
        t.kind = lex(&s->lexer);
        t.span.from = offset(s, s->lexer.start);
        t.span.to = offset(s, s->lexer.at);
        switch (t.kind) {
        case TOKEN_BLANK:
        case TOKEN_COMMENT: break;
        case TOKEN_NEWLINE:
        case 0:
            if (s->holes) return open_hole(s, t);
            if (!t.kind) return t;
            t.first = true;
            break;
        case TOKEN_UNKNOWN:
            unknown(s, &t);
            t.made = true;
            return t;
        case TOKEN_OTHER:
            if (foreign_sign(s, &t)) return t;
            break;
        case TOKEN_OTHER_STRING:
            if (!s->wrong)
                diag_help(s->diags, diag_add(s->diags, E0007, t.span, "'"),
                          "strings are written in double quotes: \"text\"");
            t.kind = TOKEN_STRING;
            return t;
        case TOKEN_BAD_NUMBER:
            if (!s->wrong)
                report_bad_number(s->diags, t.span, span_text(s->source, t.span));
            t.kind = TOKEN_INT;
            t.made = true;
            return t;
        case TOKEN_QUOTE:
            if (s->lexer.limit - s->lexer.at < 2 || memcmp(s->lexer.at, "\"\"", 2) != 0)
                return string_piece(s, t, true);
            t.span.to += 2;
            long_string(s, &t);
            return t;
        default: return t;
        }
    }
}

/* ---- the parser's tokens ---- */

/* A closing bracket that nothing answers; `)` for `]` and the like is read as meant. */
static bool wrong_closer(Scan *s, Token *t)
{
    int meant = s->top ? s->top->closer : 0;
    bool other = t->kind != TOKEN_BLOCK_CLOSE && meant != TOKEN_BLOCK_CLOSE &&
                 meant != TOKEN_TEXT_CLOSE && meant;
    const char *sign = token_sign(t->kind);
    if (!other) {
        diag_add(s->diags, E0004, t->span, sign);
        return false;
    }
    Diag *g = diag_add(s->diags, E0003, t->span, token_sign(meant));
    diag_label(s->diags, g, s->top->span, "opened here");
    diag_help(s->diags, g, "`%s` stands in its place", sign);
    t->kind = meant;
    t->resume = s->top->resume;
    pop(s);
    return true;
}

/* A closing bracket that does not close the innermost one. False: dropped. */
static bool mismatch(Scan *s, Token *t)
{
    const Bracket *b = s->top;
    while (b && b->closer != TOKEN_TEXT_CLOSE && b->closer != t->kind &&
           !(t->kind == TOKEN_BLOCK_CLOSE && b->closer == TOKEN_RECORD_CLOSE))
        b = b->outer;
    bool opened = b && (b->closer != TOKEN_TEXT_CLOSE || t->kind == TOKEN_BLOCK_CLOSE);
    if (!opened) {
        if (s->forgiven) {
            s->forgiven--;
            return false;
        }
        return wrong_closer(s, t);
    }
    const char *sign = token_sign(s->top->closer);
    Diag *g = diag_add(s->diags, E0003, t->span, sign);
    diag_label(s->diags, g, s->top->span, "opened here");
    diag_help(s->diags, g, "close the inner bracket first: `%s` before this `%s`", sign,
              token_sign(t->kind));
    s->held = *t;
    t->kind = s->top->closer;
    t->made = true;
    t->span.to = t->span.from;
    t->resume = s->top->resume;
    pop(s);
    return true;
}

/* Matches a closing bracket with the innermost open one. False: dropped. */
static bool close(Scan *s, Token *t)
{
    bool brace = t->kind == TOKEN_BLOCK_CLOSE;
    if (!s->top) return mismatch(s, t);
    int closer = s->top->closer;
    if (brace && closer == TOKEN_TEXT_CLOSE) {
        *t = string_piece(s, *t, false);
        return true;
    }
    if (closer != t->kind && !(brace && closer == TOKEN_RECORD_CLOSE))
        return mismatch(s, t);
    t->kind = closer;
    t->resume = s->top->resume;
    pop(s);
    return true;
}

/* `{`: a block after an operand, a header or `else`; else a record. */
static void open_brace(Scan *s, Token *t)
{
    bool block = token_ends_operand(s->last.kind) || s->last.kind == TOKEN_FN ||
                 (s->last.kind == TOKEN_ELSE && !s->after_then);
    if (!block) t->kind = TOKEN_RECORD_OPEN;
    push(s, block ? TOKEN_BLOCK_CLOSE : TOKEN_RECORD_CLOSE, t->span);
}

static void count_then(Scan *s, int kind)
{
    uint32_t *thens = s->top ? &s->top->thens : &s->thens;
    if (kind == TOKEN_THEN) {
        ++*thens;
    } else if (kind == TOKEN_ELSE) {
        s->after_then = *thens > 0;
        if (*thens) --*thens;
    } else if (kind == TOKEN_END) {
        *thens = 0;
    }
}

static bool goes_on(int kind)
{
    return kind == TOKEN_PIPE || kind == TOKEN_COMPOSE || kind == TOKEN_ELSE;
}

/* Does the newline before t end the statement? */
static bool newline_ends(const Scan *s, Token t)
{
    if (!t.first || !t.kind || goes_on(t.kind)) return false;
    if (!ends_statement(s->last.kind) && (!s->wrong || s->last.kind == TOKEN_END))
        return false;
    return !s->top || s->top->closer == TOKEN_BLOCK_CLOSE;
}

Token scan_next(Scan *s)
{
    for (;;) {
        Token t = s->held;
        s->held.kind = NONE;
        if (t.kind == NONE) t = raw(s);
        if (newline_ends(s, t)) {
            s->held = t;
            t.kind = TOKEN_END;
            t.first = false;
            t.span.from = s->last.span.to;
            t.span.to = t.span.from + 1;
        }
        switch (t.kind) {
        case TOKEN_LPAREN: push(s, TOKEN_RPAREN, t.span); break;
        case TOKEN_LBRACKET: push(s, TOKEN_RBRACKET, t.span); break;
        case TOKEN_BLOCK_OPEN: open_brace(s, &t); break;
        case TOKEN_RPAREN:
        case TOKEN_RBRACKET:
        case TOKEN_BLOCK_CLOSE:
            if (!close(s, &t)) continue;
            break;
        case TOKEN_COLON:
            if (s->top && s->top->closer == TOKEN_TEXT_CLOSE) {
                s->lexer.at = (const unsigned char *)s->source->text.at + t.span.from;
                t.kind = lex_format(&s->lexer);
                t.span.to = offset(s, s->lexer.at);
            }
            break;
        case TOKEN_THEN:
        case TOKEN_ELSE:
        case TOKEN_END: count_then(s, t.kind); break;
        default: break;
        }
        s->last = t;
        return t;
    }
}
