/* SPDX-License-Identifier: MIT
 * What a fit or an attack warns of (far.c, left.c, condition.c, judge.c). Inside infer.
 */
#ifndef UNC_INFER_WARN_H
#define UNC_INFER_WARN_H

#include "infer_int.h"

/* Says a warning, the last diagnostic, while a program runs, and takes it back from the
 * list: it is no error of the program. */
void fit_warns(Interp *I, const Diag *d);
/* Whether a warning was told last of this call, which runs again. */
static inline bool told_last(Span last, Span call)
{
    return last.source == call.source && last.from == call.from;
}
/* W0003 if the data is far from what the priors expect; false: stopped. */
bool priors_far(Interp *I, const FitOptions *o, Posterior *post);
/* W0007 if a fit by steps has far to go; sets `fell`; false: stopped. */
bool fit_left(Interp *I, const FitOptions *o, Posterior *post);
/* W0009 if a guide of single numbers is to learn values that hang together. */
void tied_apart(Interp *I, const FitOptions *o, const Posterior *post);

#endif
