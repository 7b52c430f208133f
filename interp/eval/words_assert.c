/* SPDX-License-Identifier: MIT
 * `assert`, and what it says where the library asserts: in the library's own words, of
 * what the program called, and at the argument that is wrong where that can be told.
 */
#include "words.h"

/* What the library asserts: of its arguments a layer, flow, guide or attack says which
 * it is. A guide is asked by a fit, far from where it was made. */
static bool library_refuses(Interp *I, Text message, Span condition, Span call)
{
    const Instance *owner = library_owner(I);
    const char *signature;
    const char *name =
        name_cstr(&I->names, owner ? owner->def->def->name : library_called(I));
    if (owner && (DefKind)(owner->def->def->flags & AST_LOW) == DEF_GUIDE)
        call = owner->span;
    Diag *d = owner ? fail_diag(I, E0761, call, name, (int)message.len, message.at)
                    : fail_diag(I, E0762, library_blames(I, condition, call),
                                (int)message.len, message.at);
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
