/* SPDX-License-Identifier: MIT
 * Checking by abstract recording: a program is evaluated as it stands, but numbers that
 * are not known are nodes, sizes that are not known are forms, and of other values
 * nothing may be known at all. Nothing is computed that takes time, read or written.
 * What is unknown is never complained of.
 */
#ifndef UNC_EVAL_ABSTRACT_H
#define UNC_EVAL_ABSTRACT_H

#include "eval_int.h"

/* Expressions of one check, about 100 ms; beyond, nothing more is known. */
enum { ABSTRACT_MOST = 200000 };
/* Tensors of more elements are not computed with: only their shape is known. */
enum { ABSTRACT_ELEMENTS = 256 };

/* The failure under way says nothing about the program and is not told: the value asked
 * for is unknown. Answers false. */
static inline bool vaguely(const Interp *I)
{
    (void)I;
    return false;
}
static inline bool is_unknown(Value v) { return v.kind == VALUE_UNKNOWN; }
/* Whether a recorded number depends on an unknown of a model or on its data, so that no
 * choice can ever be made from it. */
bool never_known(Interp *I, Value v);
const char *size_text(Interp *I, int64_t n); /* kept with the names */
/* The sizes that a vector holds, such as `[N, 1]`, known or not. */
bool abstract_sizes(Interp *I, Value v, Span span, Shape *shape);
/* Whether a choice by v is left open, so that both ways are gone. */
bool abstract_open(Interp *I, Value v);
/* One value for what may be a or b. */
Value abstract_join(Interp *I, Value a, Value b);

/* Both arms, then what they bound is joined. */
Flow abstract_if(Interp *I, const Ast *s);
/* The body of a loop once, with what it binds again joined; item is its variable's
 * value, for `for`. */
Flow abstract_loop(Interp *I, const Ast *s, Value item);
/* What a statement that failed would have bound becomes unknown. */
void abstract_forget(Interp *I, const Ast *s);

/* A function may have returned before its end: these stand around a body. */
void abstract_enter(Interp *I, Value *outer);
void abstract_leave(Interp *I, Value outer, Flow flow, Value *out);

/* A word with bound arguments; *done is false where its own body answers. */
bool abstract_word(Interp *I, int word, Value *arg, const Args *args, bool *done,
                   Value *out);
/* A call of f in place of running it; *done as above. */
bool abstract_call(Interp *I, Value f, const Args *args, bool *done, Value *out);

#endif
