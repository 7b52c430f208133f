/* SPDX-License-Identifier: MIT
 * The names of fields of posteriors and predictions (fields.c). Inside infer.
 */
#ifndef UNC_INFER_FIELDS_H
#define UNC_INFER_FIELDS_H

#include "infer_int.h"

bool field_of_numbers(const char *s); /* of a prediction: `mean` and its like */
bool field_of_classes(const char *s); /* `class` and its like */
bool model_of_ints(Interp *I, const ModelValue *m, Name observed);
/* Whether what is observed (0: by the only likelihood) is one of classes: an int whose
 * distribution has `log_probs`. A count has numbers' fields. */
bool model_of_classes(Interp *I, const ModelValue *m, Name observed);
/* The help where classes come as rows of zeros and a one; takes their name. */
#define ONE_CLASS                                                                      \
    "a class is one int a row, 0, 1, …, not a row of zeros and a one: "              \
    "`argmax(%s, axis = -1)`"
/* What is said where there is no such field; false. */
bool no_classes(Interp *I, const char *field, Name observed, Span span);
bool no_field(Interp *I, ValueKind kind, const ModelValue *m, Name observed, Name name,
              Span span);
/* The names that a model binds, also of what it observes: `a, s, y`. */
void model_names_print(Interp *I, Out *o, const Ast *model, bool observed);
/* While a program is checked: what `fit` (or `prior`, with no method) and `predict`
 * give. */
Value checked_posterior(Interp *I, Value model, Value method);
Value checked_prediction(Value post);
ModelValue *checked_model_of(const Interp *I, Value v); /* NULL: not known */
bool checked_field(Interp *I, Value v, Name name, Span span, Value *out);

#endif
