/* SPDX-License-Identifier: MIT
 * What is told of the first number that is not finite in a plan that ran with `watch`:
 * in a step of a fit, a slope or a prediction (bad.c), and whether a value has one
 * (nan.c). Part of eval.h, which includes it.
 */
#ifndef UNC_EVAL_BAD_H
#define UNC_EVAL_BAD_H

typedef struct BadPlace {
    DiagCode code; /* E0603 in a step of a fit, else one of words alone */
    const char *what, *in;
    Span call;             /* the fit or the like, labelled with `in` */
    int64_t step;          /* of the fit, from 1; 0: there are none */
    const int64_t *chosen; /* [batch] the rows of the minibatch, or NULL */
    int64_t batch;
} BadPlace;

bool value_has_nan(Value v); /* or a part of it */
/* The first that counts, NULL: none; −inf only where nothing else is wrong. */
const Node *bad_find(const Plan *p, int64_t *element);
bool bad_made(const Plan *p, const Node *n); /* nan is not among what it is made of */
bool bad_is_slope(const Node *n);            /* an op that slopes alone are made of */
Diag *bad_tell(Interp *I, const Plan *p, const Node *n, int64_t element,
               const BadPlace *at);

#endif
