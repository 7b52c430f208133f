/* SPDX-License-Identifier: MIT
 * Errors inside the library, told of the program: what it called, and which of the
 * arguments that it gave there is meant.
 */
#include "eval_int.h"

#include <ctype.h>
#include <string.h>

static bool of_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Does the word stand in a text of the language, and not as a field? */
static bool text_names(Text text, Text word)
{
    for (size_t i = 0; i + word.len <= text.len; i++) {
        bool begins = !i || !(of_name(text.at[i - 1]) || text.at[i - 1] == '.');
        bool ends = i + word.len == text.len || !of_name(text.at[i + word.len]);
        if (begins && ends && memcmp(text.at + i, word.at, word.len) == 0) return true;
    }
    return false;
}

static Text text_at(const Interp *I, Span span)
{
    Text all = I->source[span.source - 1]->text;
    return (Text){all.at + span.from, span.to - span.from};
}

/* How many parameters of f's function the text names; *given becomes where the only one
 * was given. */
static int named_in(const Interp *I, const Frame *f, Text text, Span *given)
{
    const Ast *fn = f->closure->fn;
    Span place = *given;
    int named = 0;
    for (uint32_t i = 0; i < fn->count; i++) {
        if (!text_names(text, name_text(&I->names, fn->list[i]->name))) continue;
        place = args_place(f->args, (int)i, fn->list[i]->name);
        named++;
    }
    if (named == 1) *given = place;
    return named;
}

/* Is the function of f written within that of the frame outside, whose names it sees?
 */
static bool is_nested(const Frame *f)
{
    if (!f->outer || !f->outer->closure) return false;
    Span in = f->closure->fn->span, out = f->outer->closure->fn->span;
    return in.source == out.source && in.from >= out.from && in.to <= out.to;
}

Span library_blames(const Interp *I, Span place, Span call)
{
    Span at = place;
    const Frame *f = I->frame;
    for (; f && f->closure && f->args && span_of_library(I, at); f = f->outer) {
        int named = named_in(I, f, text_at(I, at), &at);
        if (named > 1 || (named == 0 && !is_nested(f))) return call;
    }
    return span_of_library(I, at) ? call : at;
}

Name library_called(const Interp *I)
{
    Name name = 0;
    for (const Frame *f = I->frame; f && f->module->library; f = f->outer)
        name = f->self ? f->self->def->def->name : f->closure ? f->closure->name : name;
    return name;
}
