/* SPDX-License-Identifier: MIT
 * Signs and words of other languages: what is written for them here.
 */
#include "front/front_int.h"
#include "syntax.h"

#include <string.h>

static const struct {
    const char *sign;
    int kind;
    const char *advice;
} signs[] = {
#define SIGN(sign, kind, advice) {sign, kind, advice},
#define WORD(word, place, advice)
#include "front/habits.def"
#undef SIGN
#undef WORD
};

static const struct {
    const char *word;
    WordPlace place;
    const char *advice;
} words[] = {
#define SIGN(sign, kind, advice)
#define WORD(word, place, advice) {word, place, advice},
#include "front/habits.def"
#undef SIGN
#undef WORD
};

static bool ends_line(const Source *s, uint32_t at)
{
    while (at < s->text.len && (s->text.at[at] == ' ' || s->text.at[at] == '\t')) at++;
    return at >= s->text.len || strchr("\n\r;)}#", s->text.at[at]);
}

/* Signs that mean different things by what stands around them. */
static const char *sign_by_place(const Scan *s, Text sign, Span span, int *kind)
{
    bool after_name = s->last.kind == TOKEN_NAME && s->last.span.to == span.from;
    if (text_same(sign, text_of("::")) && s->top && s->top->closer == TOKEN_RBRACKET) {
        *kind = 0;
        return "slices have no step: `x[a]` takes the elements of a vector of indices";
    }
    if (text_same(sign, text_of("$")) && (after_name || s->last.kind == TOKEN_RPAREN ||
                                          s->last.kind == TOKEN_RBRACKET)) {
        *kind = TOKEN_DOT;
        return "fields are written `r.x`";
    }
    if (text_same(sign, text_of("++")) && ends_line(s->source, span.to)) {
        *kind = 0;
        return "add one with `x = x + 1`";
    }
    if (text_same(sign, text_of("+=")) && s->last.kind == TOKEN_NAME &&
        text_same(span_text(s->source, s->last.span), text_of("target"))) {
        *kind = 0;
        return "a likelihood adds to the log density: `likelihood y: real[N] ~ "
               "Normal(mu, "
               "s)`";
    }
    return NULL;
}

int other_sign(const Scan *s, Span span, const char **advice)
{
    int kind = 0;
    Text sign = span_text(s->source, span);
    *advice = sign_by_place(s, sign, span, &kind);
    if (*advice) return kind;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (!text_same(sign, text_of(signs[i].sign))) continue;
        *advice = signs[i].advice;
        return signs[i].kind;
    }
    *advice = "strings stand in straight double quotes: \"text\""; /* the curly ones */
    return 0;
}

const char *other_word(Text word, WordPlace place)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].place <= place && text_same(word, text_of(words[i].word)))
            return words[i].advice;
    return NULL;
}

bool other_word_is(Text word, WordPlace place)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].place == place && text_same(word, text_of(words[i].word)))
            return true;
    return false;
}

bool other_goes_on(Text word)
{
    static const char *const on[] = {"elif",    "elseif", "elsif", "except",
                                     "finally", "catch",  "end"};
    for (size_t i = 0; i < sizeof on / sizeof *on; i++)
        if (text_same(word, text_of(on[i]))) return true;
    return false;
}
