/* SPDX-License-Identifier: MIT
 * Inside fitting: what the two loops, over steps of an optimizer's formula (fit.c) and
 * of a search over whole data (whole.c), share.
 */
#ifndef UNC_INFER_FIT_INT_H
#define UNC_INFER_FIT_INT_H

#include "infer_int.h"

typedef struct Loop {
    Interp *I;
    const FitOptions *o;
    Step *s;
    Posterior *post;
    int64_t t, n;
    int64_t *order;            /* a permutation of the rows */
    int64_t *chosen;           /* rows of the batch */
    Tensor *typed[PASS_GIVEN]; /* all rows, in the plan's type */
    Tensor *batch[PASS_GIVEN]; /* the batch's rows */
    Tensor *current[4096];     /* storage of weights and state, in the plan's type */
    Tensor *snapshot[4096];
    int64_t snapshot_t;
    double begun, told; /* by the host's clock */
} Loop;

/* Binds all rows of the data, and the number of the step, to a plan of the step. */
void loop_bind_data(Loop *l, Plan *p);
/* Where the fit is, to the host; before it is done ten times a second at most. */
void loop_tell(Loop *l, int64_t step, double loss, bool done);
/* The error of an operation that could not work on its numbers; false. */
bool loop_failed(Loop *l);
/* Names the first bad number of step `bad`, at the weights as they are; false. */
bool loop_bad(Loop *l, int64_t bad);
/* The message of a fit that Ctrl-C ended, if one did. */
void loop_stopped(Loop *l);

/* Whether n depends on the number of the step, from which all chance comes. */
bool step_by_chance(Interp *I, const Step *s, const Node *n);

/* The search of l->o->search: leaves in l->current the weights of least loss. */
bool whole_run(Loop *l);

#endif
