/* SPDX-License-Identifier: MIT
 * What is said when the text is wrong: what was found, what could stand there (asked of
 * the parser's tables), and what is to be done.
 */
#include "front/front_int.h"
#include "syntax.h"

#include <string.h>

/* ---- what was found, what was expected ---- */

/* A few words on the stack: messages are short, and nothing is left when memory ends.
 */
typedef struct Phrase {
    char at[256];
    size_t len;
} Phrase;

static void say_text(Phrase *o, Text t)
{
    size_t room = sizeof o->at - 1 - o->len;
    if (t.len > room) t.len = room;
    memcpy(o->at + o->len, t.at, t.len);
    o->len += t.len;
    o->at[o->len] = 0;
}

static void say(Phrase *o, const char *words) { say_text(o, text_of(words)); }

static bool is_comparison(int kind)
{
    return kind == TOKEN_EQ || kind == TOKEN_NE || kind == TOKEN_LT ||
           kind == TOKEN_LE || kind == TOKEN_GT || kind == TOKEN_GE || kind == TOKEN_IN;
}

static bool begins_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           ((unsigned char)c & 0x80);
}

static bool is_word(const Parse *p, Token t)
{
    Text text = span_text(p->source, t.span);
    return text.len && begins_name(text.at[0]);
}

static const char *in_words(const Parse *p, Phrase *o, Token t)
{
    Text text = span_text(p->source, t.span);
    if (t.kind == TOKEN_END && text.len && text.at[0] == ';')
        say(o, "`;`");
    else if (t.kind == TOKEN_END && t.span.from >= p->source->text.len)
        say(o, "the end of the text");
    else if (t.kind == TOKEN_END)
        say(o, "the end of the line");
    else if (t.kind == TOKEN_STRING || t.kind == TOKEN_TEXT_OPEN)
        say(o, "a string");
    else if (t.kind == TOKEN_TEXT_CLOSE || t.kind == TOKEN_TEXT_MIDDLE)
        say(o, "`}`");
    else {
        if (t.kind == TOKEN_NAME)
            say(o, "the name ");
        else if (t.kind == TOKEN_INT || t.kind == TOKEN_REAL)
            say(o, "the number ");
        else if (is_word(p, t))
            say(o, "the keyword ");
        bool cut = text.len > 40;
        while (cut && ((unsigned char)text.at[40] & 0xC0) == 0x80)
            text.len--, cut = text.len > 40;
        if (cut) text.len = 40;
        say(o, "`");
        say_text(o, text);
        say(o, cut ? "…`" : "`");
    }
    return o->at;
}

/* Adds one of several: "a", "a or b", "a, b or c" come of adding in turn. */
typedef struct Choice {
    Phrase *out;
    const char *kept; /* not written yet, so that the last can follow an "or" */
    int count;
} Choice;

static void choose(Choice *c, const char *words)
{
    if (c->kept) {
        if (c->count > 1) say(c->out, ", ");
        say(c->out, c->kept);
    }
    c->kept = words;
    c->count++;
}

static const char *chosen(Choice *c)
{
    if (!c->kept) return "something else";
    if (c->count > 1) say(c->out, " or ");
    say(c->out, c->kept);
    return c->out->at;
}

static bool accepts(const Parse *p, int kind)
{
    return syntax_accepts(&p->states, kind);
}

/* What may follow a value that is complete, its operators not counted. */
static void expected_after(const Parse *p, Choice *c)
{
    static const struct {
        int kind;
        const char *words;
    } signs[] = {{TOKEN_COMMA, "`,`"},        {TOKEN_COLON, "`:`"},
                 {TOKEN_RPAREN, "`)`"},       {TOKEN_RBRACKET, "`]`"},
                 {TOKEN_RECORD_CLOSE, "`}`"}, {TOKEN_TEXT_CLOSE, "`}`"},
                 {TOKEN_LPAREN, "`(`"},       {TOKEN_ARROW, "`->`"},
                 {TOKEN_TILDE, "`~`"},        {TOKEN_ASSIGN, "`=`"},
                 {TOKEN_THEN, "`then`"},      {TOKEN_ELSE, "`else`"},
                 {TOKEN_IN, "`in`"},          {TOKEN_ON, "`on`"},
                 {TOKEN_AS, "`as`"},          {TOKEN_BLOCK_OPEN, "`{`"}};
    bool operand = accepts(p, TOKEN_PLUS), closes = c->count > 0;
    for (size_t i = 0; i < sizeof signs / sizeof *signs && c->count < 4; i++) {
        int kind = signs[i].kind;
        bool postfix = kind == TOKEN_LPAREN && (operand || accepts(p, TOKEN_DOT));
        bool names = operand && closes && (kind == TOKEN_TILDE || kind == TOKEN_ASSIGN);
        if (postfix || names || (kind == TOKEN_IN && operand) || !accepts(p, kind))
            continue;
        choose(c, signs[i].words);
        closes |= kind == TOKEN_RPAREN;
    }
}

static const char *expected(const Parse *p, Phrase *o)
{
    Choice c = {o, NULL, 0};
    bool name = accepts(p, TOKEN_NAME), value = accepts(p, TOKEN_INT);
    if (value && accepts(p, TOKEN_BREAK)) return "a statement";
    if (accepts(p, TOKEN_END)) return "the end of the statement";
    if (value)
        choose(&c, "an expression");
    else if (name)
        choose(&c, accepts(p, TOKEN_FN) ? "a type" : "a name");
    else if (accepts(p, TOKEN_STRING))
        choose(&c, "a string");
    if (!name)
        expected_after(p, &c);
    else if (accepts(p, TOKEN_RPAREN))
        choose(&c, "`)`");
    else if (accepts(p, TOKEN_RBRACKET))
        choose(&c, "`]`");
    else if (accepts(p, TOKEN_RECORD_CLOSE))
        choose(&c, "`}`");
    return chosen(&c);
}

/* ---- the bracket that is missing ---- */

/* The token begins a line that is not inside the open bracket, by its looks. */
bool missing_bracket(const Parse *p, Token t)
{
    const Bracket *b = p->scan.top;
    if (!t.first || !b || b->closer == TOKEN_BLOCK_CLOSE ||
        b->closer == TOKEN_TEXT_CLOSE)
        return false;
    if (t.kind != TOKEN_NAME && t.kind != TOKEN_INT && t.kind != TOKEN_REAL &&
        t.kind != TOKEN_STRING && !is_word(p, t))
        return false;
    return line_indent(p->source, t.span.from) <= line_indent(p->source, b->span.from);
}

/* ---- advice for the rest ---- */

/* The first sign after an offset, over blanks, comments and newlines. */
static char sign_after(const Source *s, uint32_t at)
{
    for (; at < s->text.len; at++) {
        char c = s->text.at[at];
        if (c == '#')
            while (at + 1 < s->text.len && s->text.at[at + 1] != '\n') at++;
        else if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            return c;
    }
    return 0;
}

static const char *advice_at_end(const Parse *p, Token t)
{
    if (accepts(p, TOKEN_AS))
        return "its names stand behind one of yours: `import \"lib.unc\" as lib`, then "
               "`lib.f(x)`";
    if (accepts(p, TOKEN_BLOCK_OPEN) && sign_after(p->source, t.span.from) == '{')
        return "the `{` stands at the end of this line, not on the next";
    if (p->opening.kind == TOKEN_PARAM && accepts(p, TOKEN_COLON))
        return "a parameter has a type: `param s: positive`";
    if (p->opening.kind == TOKEN_FOR && accepts(p, TOKEN_IN))
        return "write `for i in 0..n { … }`";
    if (accepts(p, TOKEN_ELSE))
        return "`if c then a else b` always has both; `if c { … }` is the statement";
    return NULL;
}

static const char *advice_on_equals(const Parse *p)
{
    int k = p->opening.kind;
    if (k == TOKEN_FOR) return "write `for i in 0..n { … }`";
    if (k == TOKEN_PRIOR || k == TOKEN_LIKELIHOOD)
        return "a distribution follows `~`: `prior w ~ Normal(0, 1)`";
    if (k == TOKEN_PARAM) return "a parameter has a type: `param s: positive = 1`";
    if (k == TOKEN_IF || k == TOKEN_WHILE || p->scan.top)
        return "to compare, write `==`";
    return "one name is bound at a time; to compare, write `==`";
}

/* A value stands right behind a name. */
static bool applies(const Parse *p, Token t)
{
    return p->before.kind == TOKEN_NAME && token_ends_operand(t.kind) && !t.first &&
           t.kind != TOKEN_RPAREN && t.kind != TOKEN_RBRACKET && accepts(p, TOKEN_PLUS);
}

/* `print x`: how it is written, from the rest of the line; NULL where that is long. */
static const char *as_call(const Parse *p, Token t, Phrase *o)
{
    enum { LONG = 40 };
    const Text *text = &p->source->text;
    if (!applies(p, t) || p->before.span.from != p->opening.span.from) return NULL;
    Text rest = {text->at + t.span.from, 0};
    while (t.span.from + rest.len < text->len && rest.len <= LONG &&
           !strchr("\n;#`{}", rest.at[rest.len]))
        rest.len++;
    if (rest.len > LONG) return NULL;
    if (t.span.from + rest.len < text->len && strchr("`{}", rest.at[rest.len]))
        return NULL; /* it may go on */
    while (rest.len && (rest.at[rest.len - 1] == ' ' || rest.at[rest.len - 1] == '\r'))
        rest.len--;
    say(o, "a function is called with parentheses: `");
    say_text(o, span_text(p->source, p->before.span));
    say(o, "(");
    say_text(o, rest);
    say(o, ")`");
    return o->at;
}

static const char *advice_on_comma(const Parse *p)
{
    if (p->opening.kind == TOKEN_FOR && accepts(p, TOKEN_IN))
        return "one name is bound: count with `for i in 0..len(x) { … }`, and take "
               "`x[i]`";
    if (p->opening.kind == TOKEN_RETURN && accepts(p, TOKEN_END))
        return "a function gives one value: a record, or a list that `a, b = f(x)` "
               "takes "
               "apart, `return [x, y]`";
    if (accepts(p, TOKEN_RPAREN))
        return "several values stand in a list, `[1, 2]`, or a record, `{x = 1, y = "
               "2}`";
    return NULL;
}

static const char *advice_on_colon(const Parse *p)
{
    const Bracket *top = p->scan.top;
    if (top && top->closer == TOKEN_RECORD_CLOSE)
        return "fields are written `name = value`";
    if (p->opening.kind == TOKEN_FOR && p->before.kind == TOKEN_INT)
        return "a range is `0..n`: from 0, its end not included";
    if (accepts(p, TOKEN_BLOCK_OPEN)) return "a body stands in braces: `{ … }`";
    if (top && top->closer == TOKEN_RBRACKET) return "slices have no step";
    if (p->scan.holes) return "close the brackets before the format";
    if (p->opening.kind == TOKEN_NAME && top && top->closer == TOKEN_RPAREN)
        return "a function has `fn` in front; what a layer, flow or `dist` works on "
               "stands in its header: `layer gated(n: int) on x: real[.., D] { … }`";
    return "types are declared in headers and declarations";
}

/* Is what follows the `~` a formula, `x + z`, and no call of a distribution? */
static bool formula_after(const Source *s, uint32_t at)
{
    while (at < s->text.len && s->text.at[at] == ' ') at++;
    while (at < s->text.len && (s->text.at[at] == '.' || begins_name(s->text.at[at]) ||
                                (s->text.at[at] >= '0' && s->text.at[at] <= '9')))
        at++;
    while (at < s->text.len && s->text.at[at] == ' ') at++;
    return at >= s->text.len || s->text.at[at] != '(';
}

static const char *advice_on_tilde(const Parse *p, Token t)
{
    if (formula_after(p->source, t.span.to))
        return "there are no formulas: a regression is `likelihood y: real[N] ~ "
               "Normal(a + "
               "b * x, s)` in a model";
    return p->scan.top ? "an unknown is `prior mu ~ …`, what is observed "
                         "`likelihood y: real[N] ~ …`"
                       : "`~` stands in a model: `prior mu ~ …`, `likelihood y: "
                         "real[N] ~ …`; a draw is `y = sample(Normal(0, 1))`";
}

/* By what stands before it. */
static const char *advice_behind(const Parse *p, Token t)
{
    int before = p->before.kind;
    bool value_before = token_ends_operand(before);
    bool closer = t.kind == TOKEN_RPAREN || t.kind == TOKEN_RBRACKET;
    if (closer && before == TOKEN_LBRACKET && p->opening.kind != 0)
        return "an index is needed: `a[0]`";
    if ((before == TOKEN_TEXT_OPEN || before == TOKEN_TEXT_MIDDLE) &&
        (t.kind == TOKEN_TEXT_CLOSE || t.kind == TOKEN_TEXT_MIDDLE))
        return "a string takes values in braces as it is: \"n = {n}\"; `{{` is a brace";
    if (before == TOKEN_TEXT_OPEN || before == TOKEN_TEXT_MIDDLE)
        return "`{{` is a brace in a string";
    if (before == TOKEN_NAME && p->before.span.to == t.span.from &&
        (t.kind == TOKEN_STRING || t.kind == TOKEN_TEXT_OPEN))
        return "a string takes values in braces as it is: \"n = {n}\"";
    if (before == TOKEN_RPAREN && t.kind == TOKEN_NAME && !t.first &&
        (p->opening.kind == TOKEN_NET || p->opening.kind == TOKEN_FLOW))
        return "layers and flows are composed with `>>`";
    if (applies(p, t))
        return "a function is called with parentheses: `f(x)`; a product needs `*`";
    if ((before == TOKEN_INT || before == TOKEN_REAL) && t.kind == TOKEN_NAME)
        return "a product needs `*`";
    if (value_before && t.kind == TOKEN_RECORD_OPEN)
        return "statements are parted by a newline or `;`";
    return NULL;
}

static const char *advice_on(const Parse *p, Token t)
{
    int before = p->before.kind;
    bool value_before = token_ends_operand(before);
    switch (t.kind) {
    case TOKEN_END: return advice_at_end(p, t);
    case TOKEN_ASSIGN: return value_before ? advice_on_equals(p) : NULL;
    case TOKEN_COLON: return advice_on_colon(p);
    case TOKEN_COMMA: return advice_on_comma(p);
    case TOKEN_TILDE: return advice_on_tilde(p, t);
    case TOKEN_AT:
        return value_before ? NULL
                            : "a model is `model m(x: real[N]) { … }`, a function `fn "
                              "f(x) = x ^ 2`; nothing stands in front of them";
    case TOKEN_ARROW:
        return p->before.span.from == p->opening.span.from
                   ? "the name stands on the left: `y = x`"
                   : NULL;
    case TOKEN_BLOCK_OPEN:
        return accepts(p, TOKEN_THEN)
                   ? "a choice that is a value is written `if c then a else b`"
                   : NULL;
    case TOKEN_STRING:
        if (before == TOKEN_RECORD_OPEN)
            return "fields are written `name = value`, their names without quotes";
        break;
    case TOKEN_RANGE: return value_before ? "a range has no step" : NULL;
    case TOKEN_LT:
        return "a type says where a number lives: `positive`, `unit`, `simplex[K]`, "
               "`ordered[K]`, `cov[K]`";
    case TOKEN_IF:
        return value_before ? "the condition comes first: `if c then a else b`" : NULL;
    case TOKEN_FOR:
        return value_before ? "there are no comprehensions: work on whole vectors, as "
                              "in `2 * x`, or fill one in a `for`"
                            : NULL;
    case TOKEN_STAR:
    case TOKEN_PERCENT:
        return before == TOKEN_PERCENT
                   ? "the remainder is `a % b`, the matrix product `a @ b`"
                   : NULL;
    case TOKEN_PLUS: return value_before ? NULL : "there is no unary `+`";
    case TOKEN_LPAREN:
        if (before == TOKEN_FOR)
            return "write `for i in 0..n { … }`, without parentheses";
        break;
    case TOKEN_ON: return "`on` follows the parameters: `flow f() on z { … }`";
    default: break;
    }
    return advice_behind(p, t);
}

/* ---- the report ---- */

/* A word such as `function` in front of a bracket, in the statement before t. */
static bool other_callee(const Parse *p, Token t, Token *word)
{
    const Text *text = &p->source->text;
    Lexer l = {.at = (const unsigned char *)text->at + p->opening.span.from,
               .limit = (const unsigned char *)text->at + text->len};
    const unsigned char *end = (const unsigned char *)text->at + t.span.from;
    for (int kind = 1, last = 0; l.at < end && kind; last = kind) {
        const unsigned char *from = l.start, *to = l.at;
        do kind = lex(&l);
        while (kind == TOKEN_BLANK);
        if (kind != TOKEN_LPAREN || last != TOKEN_NAME || !from) continue;
        Text found = {(const char *)from, (size_t)(to - from)};
        if (!other_word_is(found, WORD_BEFORE)) continue;
        word->span.from = (uint32_t)(found.at - text->at);
        word->span.to = word->span.from + (uint32_t)found.len;
        return true;
    }
    return false;
}

/* This language may have the word too, written otherwise. */
static DiagCode code_of(Text word)
{
    static const char *const ours[] = {"import", "model",   "real",    "int",
                                       "bool",   "simplex", "ordered", "matrix"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (text_same(word, text_of(ours[i]))) return E0007;
    return E0014;
}

static bool report_word(Parse *p, Token t)
{
    Token word = p->before;
    Text opening = span_text(p->source, p->opening.span);
    bool opens = word.span.from == p->opening.span.from;
    const char *advice = NULL;
    if (p->opening.kind == TOKEN_NAME && !t.first && t.kind == TOKEN_NAME &&
        word.kind == TOKEN_RBRACKET && other_word_is(opening, WORD_TYPE)) {
        word = p->opening; /* `vector[N] y` */
        opens = true;
    }
    if (other_callee(p, t, &word))
        advice = other_word(span_text(p->source, word.span), WORD_BEFORE);
    else if (t.kind == TOKEN_END || t.first)
        return false;
    else if (word.kind == TOKEN_NAME)
        advice = other_word(span_text(p->source, word.span),
                            opens ? WORD_TYPE : WORD_BEFORE);
    if (!advice && t.kind == TOKEN_NAME) {
        word = t;
        advice = other_word(span_text(p->source, t.span), WORD_FOUND);
    }
    if (!advice) return false;
    Text at = span_text(p->source, word.span);
    Phrase name = {.len = 0};
    say_text(&name, at);
    diag_help(p->diags, diag_add(p->diags, code_of(at), word.span, name.at), "%s",
              advice);
    p->whole = opens && other_word_is(at, WORD_BLOCK);
    return true;
}

bool report_block(Parse *p, Token t)
{
    Token word = p->before;
    Text at = span_text(p->source, word.span);
    if (t.kind != TOKEN_BLOCK_OPEN || word.kind != TOKEN_NAME ||
        word.span.from != p->opening.span.from || !other_word_is(at, WORD_BLOCK))
        return false;
    Phrase name = {.len = 0};
    say_text(&name, at);
    diag_help(p->diags, diag_add(p->diags, code_of(at), word.span, name.at), "%s",
              other_word(at, WORD_BLOCK));
    return true;
}

/* `i--` */
static bool report_decrement(Parse *p, Token t)
{
    Span sign = p->before.span;
    if (t.kind != TOKEN_END || p->before.kind != TOKEN_MINUS || sign.from == 0 ||
        p->source->text.at[sign.from - 1] != '-')
        return false;
    sign.from--;
    diag_help(p->diags, diag_add(p->diags, E0007, sign, "--"),
              "take one away with `x = x - 1`");
    return true;
}

/* `x <- 3` is a comparison with -3. */
bool report_arrow(Parse *p, uint32_t at)
{
    const Text *text = &p->source->text;
    while (at < text->len && text->at[at] == ' ') at++;
    if (at + 1 >= text->len || memcmp(text->at + at, "<-", 2) != 0) return false;
    Span span = {p->source->number, at, at + 2};
    for (uint32_t i = p->errors; i < p->diags->count; i++)
        if (p->diags->list[i]->code == E0007 && p->diags->list[i]->span.from == at)
            return true; /* told already */
    diag_help(p->diags, diag_add(p->diags, E0007, span, "<-"),
              "a name is bound with `=`");
    return true;
}

static bool report_chain(Parse *p, Token t)
{
    if (!is_comparison(t.kind) || !token_ends_operand(p->before.kind)) return false;
    if (p->opening.kind == TOKEN_FOR && t.kind == TOKEN_IN) return false;
    bool compared = p->opening.kind != TOKEN_PARAM && p->opening.kind != TOKEN_PRIOR &&
                    p->opening.kind != TOKEN_LIKELIHOOD;
    if (!compared && !accepts(p, TOKEN_PLUS)) return false; /* `real<lower=0>` */
    Diag *g = diag_add(p->diags, E0011, t.span);
    diag_help(p->diags, g, "join two with `and`: `a < b and b < c`");
    return true;
}

/* Of a statement whose body has no braces, the body is passed over: it is told with the
 * head. */
static void note_bare_body(Parse *p, Token t)
{
    const Text *text = &p->source->text;
    if (p->scan.top && p->scan.top->closer != TOKEN_BLOCK_CLOSE) return;
    uint32_t at = t.span.from, blocks = 0;
    char last = 0;
    for (; at < text->len && text->at[at] != '\n' && text->at[at] != '#'; at++) {
        if (!strchr(" \t\r", text->at[at])) last = text->at[at];
        blocks += text->at[at] == '{';
    }
    Text opening = span_text(p->source, p->opening.span);
    bool word = p->opening.kind == TOKEN_NAME && other_word_is(opening, WORD_BEFORE);
    if (last != ':' && (!word || blocks)) return;
    p->bare = true;
    p->indent = line_indent(p->source, p->opening.span.from);
}

void advise(Parse *p, Token t)
{
    const Bracket *b = p->scan.top;
    note_bare_body(p, t);
    if (missing_bracket(p, t)) {
        Span end = {t.span.source, p->before.span.to, p->before.span.to + 1};
        Diag *g = diag_add(p->diags, E0003, end, token_sign(b->closer));
        diag_label(p->diags, g, b->span, "opened here");
        diag_help(p->diags, g, "close it with `%s` before the next line",
                  token_sign(b->closer));
        return;
    }
    if (p->opening.kind == TOKEN_NAME && report_arrow(p, p->opening.span.to)) return;
    if (report_chain(p, t) || report_word(p, t) || report_decrement(p, t)) return;
    Phrase want = {.len = 0}, found = {.len = 0}, call = {.len = 0};
    Diag *g =
        diag_add(p->diags, E0002, t.span, expected(p, &want), in_words(p, &found, t));
    const char *advice = as_call(p, t, &call);
    if (!advice) advice = advice_on(p, t);
    if (advice) diag_help(p->diags, g, "%s", advice);
    bool near = t.first || p->before.first; /* an error where lines were joined */
    if (near && p->joint.kind != TOKEN_END && (!b || b->closer == TOKEN_BLOCK_CLOSE))
        diag_label(p->diags, g, p->joint.span, "the line goes on after this");
    bool inside = b && b->closer != TOKEN_BLOCK_CLOSE &&
                  b->closer != TOKEN_TEXT_CLOSE && b->span.from != t.span.from;
    if (inside && !advice)
        diag_label(p->diags, g, b->span, "`%s` was opened here",
                   b->closer == TOKEN_RPAREN     ? "("
                   : b->closer == TOKEN_RBRACKET ? "["
                                                 : "{");
}
