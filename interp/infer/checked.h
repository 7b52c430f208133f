/* SPDX-License-Identifier: MIT
 * While a program is checked (checked.c, checked_data.c): of data only the types are
 * known. Part of infer_int.h, which includes it.
 */
#ifndef UNC_INFER_CHECKED_H
#define UNC_INFER_CHECKED_H

bool checked_data(Interp *I, Pass *p);
bool checked_observed(Interp *I, Pass *p, Type type, Support support,
                      const Shape *shape, Value *out);
/* Whether n lies in `wanted` for some data at least. */
bool checked_may_fit(Interp *I, const Node *n, Support wanted);
/* What `= init` gives is looked at as far as it is known. */
bool checked_start(Interp *I, Site *s, const Ast *init);
bool checked_unknown(Value v);   /* nothing is known of v or of a part of it */
bool checked_vaguely(Interp *I); /* gives up without a word; false */
bool checked_model(Interp *I, ModelValue *m);
bool checked_fit(Interp *I, int word, Value *arg, const Args *args);
/* Options that are not known while a program is checked are as good as left out. */
void known_options(Value *arg, int from, int to);
bool need_posterior(Interp *I, Value v, const char *what, Span span);
bool no_record(Interp *I, Value v, const char *what, Span span); /* E0425; false */
bool checked_predict(Interp *I, int word, Value *arg, const Args *args);
bool checked_prior(Interp *I, int word, Value *arg, const Args *args);
bool checked_slopes(Interp *I, Value model); /* as slopes_reach, of what is fitted */
/* What of the data is missing or has another shape, as far as that is known (model: or
 * NULL). */
bool checked_binding(Interp *I, ModelValue *model, Value data, bool observed,
                     Span span);
void checked_upper(Upper *u);

#endif
