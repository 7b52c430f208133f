/* SPDX-License-Identifier: MIT
 * The door of infer: models to answers. Its words (fit, predict, …) are rows of
 * eval/intrinsic.def; api hands them to the interpreter.
 */
#ifndef UNC_INFER_INFER_H
#define UNC_INFER_INFER_H

#include "eval/eval.h"

/* What eval asks of this room. The plotting words are answered by `plot`, which lies
 * beside this room. */
typedef bool PlotCall(Interp *I, int word, Value *arg, const Args *args, Value *out);
void infer_upper(Upper *upper);
/* The model of a posterior or a prediction; NULL for other values. */
const ModelValue *infer_model(Value v);
/* While a program is checked: a value of which the kind alone is known, and whether v
 * may be of a kind. */
Value checked_like(ValueKind kind);
bool checked_kind(Value v, ValueKind kind);
bool checked_word(Interp *I, int word, Value *arg, const Args *args, Value *out);
bool infer_call(Interp *I, int word, Value *arg, const Args *args, Value *out);

#endif
