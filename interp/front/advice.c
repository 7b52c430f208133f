/* SPDX-License-Identifier: MIT
 * What is said when the text is wrong: what was found, what could stand there (asked of
 * the parser's tables), and, for what people bring from other languages, what is
 * written here.
 */
#include "front/front_int.h"
#include "syntax.h"

#include <string.h>

/* ---- other languages ---- */

static const struct {
    const char *sign;
    int kind;
    const char *advice;
} other_signs[] = {
    {"&&", TOKEN_AND, "write `and`"},
    {"&", TOKEN_AND, "write `and`"},
    {"||", TOKEN_OR, "write `or`"},
    {"|", TOKEN_OR, "write `or`"},
    {"!", TOKEN_NOT, "write `not`"},
    {"¬", TOKEN_NOT, "write `not`"},
    {"**", TOKEN_CARET, "powers are written `x ^ 2`"},
    {".^", TOKEN_CARET, "write `^`: it works element by element"},
    {".*", TOKEN_STAR,
     "write `*`: it works element by element; `@` is the matrix product"},
    {"./", TOKEN_SLASH, "write `/`: it works element by element"},
    {"×", TOKEN_STAR, "write `*`"},
    {"·", TOKEN_STAR, "write `*`, or `@` for the matrix product"},
    {"⋅", TOKEN_STAR, "write `*`, or `@` for the matrix product"},
    {"÷", TOKEN_SLASH, "write `/`"},
    {"−", TOKEN_MINUS, "write `-`, the minus of the keyboard"},
    {"–", TOKEN_MINUS, "write `-`, the minus of the keyboard"},
    {"—", TOKEN_MINUS, "write `-`, the minus of the keyboard"},
    {"//", TOKEN_COMMENT,
     "comments begin with `#`; a quotient is made whole by `floor(a / b)`"},
    {"...", TOKEN_RANGE, "write `..`"},
    {"…", TOKEN_RANGE, "write `..`"},
    {"===", TOKEN_EQ, "write `==`"},
    {"!==", TOKEN_NE, "write `!=`"},
    {"<>", TOKEN_NE, "write `!=`"},
    {"≠", TOKEN_NE, "write `!=`"},
    {"≤", TOKEN_LE, "write `<=`"},
    {"≥", TOKEN_GE, "write `>=`"},
    {"∧", TOKEN_AND, "write `and`"},
    {"∨", TOKEN_OR, "write `or`"},
    {"∈", TOKEN_IN, "write `in`"},
    {"∼", TOKEN_TILDE, "write `~`, the tilde of the keyboard"},
    {"→", TOKEN_ARROW, "write `->`"},
    {"←", TOKEN_ASSIGN, "write `=`"},
    {":=", TOKEN_ASSIGN, "a name is bound with `=`"},
    {"=>", TOKEN_ASSIGN, "a function is written `fn(x) = x ^ 2`"},
    {"+=", TOKEN_ASSIGN, "write it out: `x = x + 1`"},
    {"-=", TOKEN_ASSIGN, "write it out: `x = x - 1`"},
    {"*=", TOKEN_ASSIGN, "write it out: `x = x * 2`"},
    {"/=", TOKEN_ASSIGN, "write it out: `x = x / 2`"},
    {"%=", TOKEN_ASSIGN, "write it out: `x = x % 2`"},
    {"^=", TOKEN_ASSIGN, "write it out: `x = x ^ 2`"},
    {"**=", TOKEN_ASSIGN, "write it out: `x = x ^ 2`"},
    {"@=", TOKEN_ASSIGN, "write it out: `x = x @ w`"},
    {"&=", TOKEN_ASSIGN, "write it out: `x = x and y`"},
    {"|=", TOKEN_ASSIGN, "write it out: `x = x or y`"},
    {"++", TOKEN_PLUS, "add one with `x = x + 1`; lists are joined by `concat`"},
    {"<<", 0, "layers and flows are composed from left to right: `f >> g`"},
    {"::", TOKEN_DOT, "fields are written `r.x`"},
    {"²", 0, "write `^ 2`"},
    {"³", 0, "write `^ 3`"},
    {"∞", 0, "write `inf`"},
    {"?", 0, "write `if c then a else b`; a hole is `???`"},
    {"$", 0, "a string takes values in braces: \"n = {n}\""},
    {"`", 0, "names need no marks; strings stand in double quotes"},
    {"\\", 0, "lines go on by themselves inside brackets, and before `|>` and `>>`"},
    {"'", 0, "strings stand in double quotes; a matrix is turned by `transpose(a)`"},
};

int other_sign(Text sign, const char **advice)
{
    for (size_t i = 0; i < sizeof other_signs / sizeof *other_signs; i++) {
        if (!text_same(sign, text_of(other_signs[i].sign))) continue;
        *advice = other_signs[i].advice;
        return other_signs[i].kind;
    }
    *advice = "strings stand in straight double quotes: \"text\""; /* the curly ones */
    return 0;
}

/* Where a word is a sign of another language: found where it cannot stand, before what
 * cannot follow it, or so at the beginning of a statement. */
typedef enum { WORD_FOUND, WORD_BEFORE, WORD_OPENING } WordPlace;

static const struct {
    const char *word;
    WordPlace place;
    const char *advice;
} other_words[] = {
    {"let", WORD_OPENING, "a name is bound with `=` alone: `x = 1`"},
    {"var", WORD_OPENING, "a name is bound with `=` alone: `x = 1`"},
    {"val", WORD_OPENING, "a name is bound with `=` alone: `x = 1`"},
    {"const", WORD_OPENING, "a name is bound with `=` alone: `x = 1`"},
    {"global", WORD_OPENING, "functions read outer names, and bind their own"},
    {"def", WORD_BEFORE, "functions are defined with `fn f(x) = x ^ 2`"},
    {"func", WORD_BEFORE, "functions are defined with `fn f(x) = x ^ 2`"},
    {"fun", WORD_BEFORE, "functions are defined with `fn f(x) = x ^ 2`"},
    {"function", WORD_BEFORE, "functions are defined with `fn f(x) = x ^ 2`"},
    {"lambda", WORD_BEFORE, "a function without a name is `fn(x) = x ^ 2`"},
    {"elif", WORD_FOUND, "write `else if c { … }`"},
    {"elseif", WORD_FOUND, "write `else if c { … }`"},
    {"elsif", WORD_FOUND, "write `else if c { … }`"},
    {"unless", WORD_OPENING, "write `if not c { … }`"},
    {"until", WORD_OPENING, "write `while not c { … }`"},
    {"foreach", WORD_OPENING, "write `for r in list { … }`"},
    {"do", WORD_FOUND, "a body is written in braces: `while c { … }`"},
    {"begin", WORD_FOUND, "a body is written in braces"},
    {"end", WORD_FOUND, "a body ends with `}`"},
    {"pass", WORD_OPENING, "an empty body is `{ }`"},
    {"is", WORD_FOUND, "write `==`"},
    {"from", WORD_OPENING, "write `import \"lib.unc\" as lib`"},
    {"using", WORD_OPENING, "write `import \"lib.unc\" as lib`"},
    {"import", WORD_OPENING, "write `import \"lib.unc\" as lib`"},
    {"class", WORD_BEFORE, "there are no classes; a record is `{x = 1, y = 2}`"},
    {"struct", WORD_BEFORE, "there are no structures; a record is `{x = 1, y = 2}`"},
    {"try", WORD_OPENING, "errors end a program; test what may fail with `if`"},
    {"raise", WORD_OPENING, "write `assert(condition, \"message\")`"},
    {"throw", WORD_OPENING, "write `assert(condition, \"message\")`"},
    {"yield", WORD_OPENING, "functions give one value, with `return`"},
    {"switch", WORD_OPENING, "write `if … { } else if … { }`"},
    {"match", WORD_OPENING, "write `if … { } else if … { }`"},
    {"data", WORD_OPENING,
     "what is given stands in the model's header: `model m(x: real[N]) { … }`"},
    {"observe", WORD_OPENING,
     "what is observed is declared with `likelihood y ~ Normal(mu, s)`"},
    {"parameters", WORD_OPENING,
     "what is learnt stands in the model's body: `prior mu ~ Normal(0, 1)`"},
    {"mod", WORD_FOUND, "write `a % b`"},
    {"div", WORD_FOUND, "write `floor(a / b)`"},
    {"xor", WORD_FOUND, "write `a != b`"},
    {"int", WORD_OPENING,
     "a size has its name from a type, `y: real[N]`; a name is bound with `=` "
     "alone: `n = 1`"},
    {"real", WORD_OPENING,
     "what is given stands in the header, `model m(x: real[N])`; an unknown is "
     "`param x: real`; a name is bound with `=` alone: `x = 1`"},
    {"float", WORD_OPENING, "a name is bound with `=` alone: `x = 1.0`"},
    {"double", WORD_OPENING, "a name is bound with `=` alone: `x = 1.0`"},
    {"vector", WORD_OPENING,
     "an unknown is `param x: real[3]`; a name is bound with `=` alone: `x = [1, "
     "2]`"},
    {"matrix", WORD_OPENING,
     "an unknown is `param x: real[3, 2]`; a name is bound with `=` alone"},
    {"simplex", WORD_OPENING, "an unknown is `param w: simplex[3]`"},
};

/* What is to be written for a word of another language, or NULL. */
static const char *other_word(Text word, WordPlace place)
{
    for (size_t i = 0; i < sizeof other_words / sizeof *other_words; i++)
        if (other_words[i].place <= place &&
            text_same(word, text_of(other_words[i].word)))
            return other_words[i].advice;
    return NULL;
}

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

static bool is_word(const Parse *p, Token t)
{
    Text text = span_text(p->source, t.span);
    if (!text.len) return false;
    unsigned char c = (unsigned char)text.at[0];
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
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
    if (accepts(p, TOKEN_BLOCK_OPEN) && sign_after(p->source, t.span.from) == '{')
        return "the `{` stands at the end of this line, not on the next";
    if (p->opening.kind == TOKEN_PARAM && accepts(p, TOKEN_COLON))
        return "a parameter has a type: `param s: positive`";
    if (accepts(p, TOKEN_ELSE))
        return "`if c then a else b` always has both; `if c { … }` is the statement";
    return NULL;
}

static const char *advice_on_equals(const Parse *p)
{
    int k = p->opening.kind;
    if (k == TOKEN_PRIOR || k == TOKEN_LIKELIHOOD)
        return "a distribution follows `~`: `prior w ~ Normal(0, 1)`";
    if (k == TOKEN_PARAM) return "a parameter has a type: `param s: positive = 1`";
    if (k == TOKEN_IF || k == TOKEN_WHILE || p->scan.top)
        return "to compare, write `==`";
    return "one name is bound at a time; to compare, write `==`";
}

static const char *advice_on(const Parse *p, Token t)
{
    int before = p->before.kind;
    bool value_before = token_ends_operand(before);
    bool closer = t.kind == TOKEN_RPAREN || t.kind == TOKEN_RBRACKET;
    switch (t.kind) {
    case TOKEN_END: return advice_at_end(p, t);
    case TOKEN_ASSIGN: return value_before ? advice_on_equals(p) : NULL;
    case TOKEN_COLON:
        if (p->scan.top && p->scan.top->closer == TOKEN_RECORD_CLOSE)
            return "fields are written `name = value`";
        if (accepts(p, TOKEN_BLOCK_OPEN)) return "a body stands in braces: `{ … }`";
        if (p->scan.top && p->scan.top->closer == TOKEN_RBRACKET)
            return "slices have no step";
        if (p->scan.holes) return "close the brackets before the format";
        return "types are declared in headers and declarations";
    case TOKEN_TILDE:
        return p->scan.top ? "an unknown is `prior mu ~ …`, what is observed "
                             "`likelihood y: real[N] ~ …`"
                           : "`~` stands in a model: `prior mu ~ …`, `likelihood y: "
                             "real[N] ~ …`; a draw is `y = sample(Normal(0, 1))`";
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
    if (closer && before == TOKEN_LBRACKET && p->opening.kind != 0)
        return "an index is needed: `a[0]`";
    if (before == TOKEN_TEXT_OPEN || before == TOKEN_TEXT_MIDDLE)
        return "`{{` is a brace in a string";
    if (before == TOKEN_NAME && p->before.span.to == t.span.from &&
        (t.kind == TOKEN_STRING || t.kind == TOKEN_TEXT_OPEN))
        return "a string takes values in braces as it is: \"n = {n}\"";
    if (before == TOKEN_RPAREN && t.kind == TOKEN_NAME && !t.first &&
        (p->opening.kind == TOKEN_NET || p->opening.kind == TOKEN_FLOW))
        return "layers and flows are composed with `>>`";
    if (before == TOKEN_NAME && token_ends_operand(t.kind) && !t.first &&
        t.kind != TOKEN_RPAREN && t.kind != TOKEN_RBRACKET && accepts(p, TOKEN_PLUS))
        return "a function is called with parentheses: `f(x)`; a product needs `*`";
    if ((before == TOKEN_INT || before == TOKEN_REAL) && t.kind == TOKEN_NAME)
        return "a product needs `*`";
    if (value_before && t.kind == TOKEN_RECORD_OPEN)
        return "statements are parted by a newline or `;`";
    return NULL;
}

/* ---- the report ---- */

static bool report_word(Parse *p, Token t)
{
    if (t.kind == TOKEN_END || t.first) return false;
    Token word = p->before;
    bool opening = word.span.from == p->opening.span.from;
    const char *advice = NULL;
    if (word.kind == TOKEN_NAME)
        advice = other_word(span_text(p->source, word.span),
                            opening ? WORD_OPENING : WORD_BEFORE);
    if (!advice && t.kind == TOKEN_NAME) {
        word = t;
        advice = other_word(span_text(p->source, t.span), WORD_FOUND);
    }
    if (!advice) return false;
    Phrase name = {.len = 0};
    say_text(&name, span_text(p->source, word.span));
    diag_help(p->diags, diag_add(p->diags, E0014, word.span, name.at), "%s", advice);
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

void advise(Parse *p, Token t)
{
    const Bracket *b = p->scan.top;
    if (missing_bracket(p, t)) {
        Span end = {t.span.source, p->before.span.to, p->before.span.to + 1};
        Diag *g = diag_add(p->diags, E0003, end, token_sign(b->closer));
        diag_label(p->diags, g, b->span, "opened here");
        diag_help(p->diags, g, "close it with `%s` before the next line",
                  token_sign(b->closer));
        return;
    }
    if (p->opening.kind == TOKEN_NAME && report_arrow(p, p->opening.span.to)) return;
    if (report_chain(p, t) || report_word(p, t)) return;
    Phrase want = {.len = 0}, found = {.len = 0};
    Diag *g =
        diag_add(p->diags, E0002, t.span, expected(p, &want), in_words(p, &found, t));
    const char *advice = advice_on(p, t);
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
