/* SPDX-License-Identifier: MIT
 * Numbers, strings with their escapes, and strings with holes.
 */
#include "front/front_int.h"
#include "syntax.h"

#include <math.h>
#include <string.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* ---- numbers ---- */

static void too_large(Parse *p, Token t, Text digits)
{
    Diag *g = diag_add(p->diags, E0019, t.span, digits.at);
    if (t.kind == TOKEN_INT)
        diag_help(p->diags, g, "write it as a real: `%s.0`", digits.at);
}

Ast *ast_number(Parse *p, Token t)
{
    Ast *node = ast_leaf(p, t.kind == TOKEN_INT ? AST_INT : AST_REAL, t);
    if (t.made) return node; /* malformed, and reported */
    Text text = span_text(p->source, t.span);
    char *digits = arena_take(p->arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] != '_') digits[len++] = text.at[i];
    Text number = {digits, len};
    if (t.kind == TOKEN_REAL) {
        if (!text_to_real(number, &node->lit.real, false) || isinf(node->lit.real))
            too_large(p, t, number);
        return node;
    }
    int64_t value = 0;
    for (size_t i = 0; i < len; i++) {
        int digit = digits[i] - '0';
        if (value > (INT64_MAX - digit) / 10) {
            too_large(p, t, number);
            return node;
        }
        value = 10 * value + digit;
    }
    node->lit.integer = value;
    return node;
}

void report_bad_number(Diags *d, Span span, Text text)
{
    char shown[48];
    size_t len = text.len < sizeof shown ? text.len : sizeof shown - 1, i = 0;
    memcpy(shown, text.at, len);
    shown[len] = 0;
    Diag *g = diag_add(d, E0006, span, shown);
    while (i < len && (is_digit(shown[i]) || shown[i] == '_')) i++;
    if (shown[0] == '.') {
        diag_help(d, g, "a digit stands before the point: `0%s`", shown);
    } else if (i + 1 == len && shown[i] == '.') {
        diag_help(d, g, "a digit follows the point: `%s0`; a range is `%s.n`", shown,
                  shown);
    } else if (i == 1 && shown[0] == '0' && strchr("xXbBoO", shown[1])) {
        diag_help(d, g, "numbers are decimal");
    } else if (i < len && shown[i - 1] == '_') {
        diag_help(d, g, "`_` stands between digits: 1_000");
    } else if (i < len && shown[i] != '.' && shown[i] != 'e' && shown[i] != 'E') {
        diag_help(d, g, "a name begins with a letter; a product needs `*`: `%.*s * %s`",
                  (int)i, shown, shown + i);
    } else {
        diag_help(d, g, "numbers are written 1, 1_000, 0.5 or 1e-3");
    }
}

/* ---- strings ---- */

static size_t put_point(char *to, uint32_t point)
{
    if (point < 0x80) {
        to[0] = (char)point;
        return 1;
    }
    size_t n = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n - 1; i > 0; i--) {
        to[i] = (char)(0x80u | (point & 0x3Fu));
        point >>= 6;
    }
    to[0] = (char)(lead[n] | point);
    return n;
}

/* `{1F600}` after `\u`: bytes read, 0 if it is not one. */
static size_t code_point(Text t, uint32_t *point)
{
    size_t i = 1;
    *point = 0;
    if (!t.len || t.at[0] != '{') return 0;
    for (; i < t.len && t.at[i] != '}'; i++) {
        char c = t.at[i];
        uint32_t digit = is_digit(c)            ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A') + 10
                                                : 16;
        if (digit == 16 || i > 6) return 0;
        *point = *point << 4 | digit;
    }
    bool half = *point >= 0xD800 && *point < 0xE000;
    return i == 1 || i == t.len || *point > 0x10FFFF || half ? 0 : i + 1;
}

/* The escape at from (after its backslash); writes to `to`, gives the bytes read. */
static size_t escape(Parse *p, Span span, Text text, char *to, size_t *len)
{
    static const char names[] = "ntre0\"\\{}'", values[] = "\n\t\r\033\0\"\\{}'";
    const char *known = text.at[0] ? strchr(names, text.at[0]) : NULL;
    uint32_t point;
    if (known) {
        to[(*len)++] = values[known - names];
        return 1;
    }
    size_t used =
        text.at[0] == 'u' ? code_point((Text){text.at + 1, text.len - 1}, &point) : 0;
    if (used) {
        *len += put_point(to + *len, point);
        return used + 1;
    }
    size_t step = 1;
    while (step < text.len && ((unsigned char)text.at[step] & 0xC0) == 0x80) step++;
    char shown[8] = "\\";
    memcpy(shown + 1, text.at, step < 6 ? step : 1);
    span.to = span.from + (uint32_t)step + 1;
    Diag *g = diag_add(p->diags, E0012, span, shown);
    diag_help(p->diags, g, "a backslash itself is written `\\\\`");
    return step;
}

/* The text of a piece, without what encloses it. */
static Text decode(Parse *p, Span span)
{
    Text text = span_text(p->source, span);
    char *to = arena_take(p->arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len;) {
        char c = text.at[i];
        Span here = {span.source, span.from + (uint32_t)i, span.from + (uint32_t)i + 1};
        bool twice = i + 1 < text.len && text.at[i + 1] == c;
        if (c == '\\' && i + 1 < text.len) {
            Text rest = {text.at + i + 1, text.len - i - 1};
            i += 1 + escape(p, here, rest, to, &len);
            continue;
        }
        if (c == '}' && !twice) {
            Diag *g = diag_add(p->diags, E0020, here);
            diag_help(p->diags, g, "write `}}` for a brace, `{{` for an opening one");
        }
        to[len++] = c;
        i += (c == '{' || c == '}') && twice ? 2 : 1;
    }
    return (Text){to, len};
}

static Span inside(Token t)
{
    return (Span){t.span.source, t.span.from + 1, t.span.to - 1};
}

Text string_text(Parse *p, Token t)
{
    Text text = span_text(p->source, t.span);
    if (text.len < 2) return (Text){"", 0};
    if (text.at[0] == '\'') return span_text(p->source, inside(t));
    return decode(p, inside(t));
}

Ast *ast_string(Parse *p, Token t)
{
    Ast *node = ast_leaf(p, AST_STRING, t);
    node->lit.text = string_text(p, t);
    return node;
}

Ast *ast_part(Parse *p, Ast *value, const Token *format)
{
    Span span = format ? span_join(value->span, format->span) : value->span;
    Ast *node = ast_make(p, AST_INTERP_PART, span);
    node->lit.text = (Text){"", 0};
    if (format) {
        Text text = span_text(p->source, format->span);
        node->lit.text = (Text){text.at + 1, text.len - 1};
    }
    return ast_with(p, node, value, NULL, NULL, NULL);
}

static AstList *add_piece(Parse *p, AstList *parts, Token t)
{
    if (t.span.to - t.span.from <= 2) return parts;
    return list_add(p, parts, ast_string(p, t));
}

AstList *ast_parts(Parse *p, AstList *parts, Token between, Ast *part)
{
    return list_add(p, add_piece(p, parts, between), part);
}

Ast *ast_interpolation(Parse *p, Token open, AstList *parts, Token close)
{
    AstList *all = add_piece(p, list_add(p, NULL, NULL), open);
    for (uint32_t i = 0; i < parts->count; i++) list_add(p, all, parts->at[i]);
    add_piece(p, all, close);
    Ast *node = ast_make(p, AST_INTERP, span_join(open.span, close.span));
    return ast_with(p, node, NULL, NULL, NULL, all);
}
