/* SPDX-License-Identifier: MIT
 * `assert`, and what it says where the library asserts: in the library's own words, of
 * what the program called, and at the argument that is wrong where that can be told.
 */
#include "words.h"

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

/* Where the one parameter of f's function that the text names was given; the call where
 * it names several, or none. */
static Span given_at(Interp *I, const Frame *f, Text text)
{
    const Ast *fn = f->closure->fn;
    Span place = f->args->call;
    int named = 0;
    for (uint32_t i = 0; i < fn->count; i++) {
        if (!text_names(text, name_text(&I->names, fn->list[i]->name))) continue;
        place = args_place(f->args, (int)i, fn->list[i]->name);
        named++;
    }
    return named == 1 ? place : f->args->call;
}

/* The argument that a condition of the library speaks of, as the program gave it: of
 * what is handed on, that of the function outside; where it cannot be told, the call.
 */
static Span blamed(Interp *I, Span condition, Span call)
{
    Span at = condition;
    const Frame *f = I->frame;
    while (f && f->closure && f->args && span_of_library(I, at)) {
        at = given_at(I, f, text_at(I, at));
        f = f->outer;
    }
    return span_of_library(I, at) ? call : at;
}

/* What was called of the library by the program, or by a model; 0 if it has no name. */
static Name library_called(const Interp *I)
{
    Name name = 0;
    for (const Frame *f = I->frame; f && f->module->library; f = f->outer)
        name = f->self ? f->self->def->def->name : f->closure ? f->closure->name : name;
    return name;
}

/* What the library asserts: of its arguments a layer, flow or attack says which it is.
 */
static bool library_refuses(Interp *I, Text message, Span condition, Span call)
{
    const Instance *owner = library_owner(I);
    const char *signature;
    const char *name =
        name_cstr(&I->names, owner ? owner->def->def->name : library_called(I));
    Diag *d = owner ? fail_diag(I, E0761, call, name, (int)message.len, message.at)
                    : fail_diag(I, E0762, blamed(I, condition, call), (int)message.len,
                                message.at);
    if (library_doc(I, name, 0, &signature))
        diag_help(&I->diags, d, "`unc doc %s` tells what it takes", name);
    return false;
}

bool word_assert(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    bool truth;
    Text message = {"", 0};
    Span condition = word_place(I, word, args, 0);
    if (!eval_truth(I, arg[0], condition, &truth)) return false;
    if (arg[1].kind != VALUE_NONE &&
        !arg_text(I, arg[1], word_place(I, word, args, 1), "the message", &message))
        return false;
    *out = value_none();
    if (truth) return true;
    if (in_library(I) && message.len)
        return library_refuses(I, message, condition, args->call);
    return fail(I, E0358, args->call, message.len ? ": " : "", (int)message.len,
                message.at);
}
