/* SPDX-License-Identifier: MIT
 * Computing once what a loop of runs does not change (hoist.c). Inside infer.
 */
#ifndef UNC_INFER_HOIST_H
#define UNC_INFER_HOIST_H

#include "eval/eval.h"

/* Inputs in the place of what was computed, and its numbers, kept by the pool. */
typedef struct Hoist {
    Node **node;
    Tensor **tensor;
    int count;
} Hoist;

/* Binds the inputs that are there to the plan of the fixed part. */
typedef void HoistBind(void *ctx, Plan *p);

/* Runs what outs[n] need of g and what depends on none of the nodes on[n_on], and puts
 * inputs in its place: outs are remade. Nothing is done where that is very much. */
bool hoist_fixed(Interp *I, Graph *g, Node *const *on, int n_on, Node **outs, int n,
                 HoistBind *binds, void *ctx, Hoist *h);
void hoist_bind(const Hoist *h, Plan *p);

#endif
