/* SPDX-License-Identifier: MIT
 * Inside infer: one prediction that is being run, shared by recording (predict.c) and
 * by running and reducing (draws.c).
 */
#ifndef UNC_INFER_PREDICT_INT_H
#define UNC_INFER_PREDICT_INT_H

#include "hoist.h"
#include "infer_int.h"

typedef struct PredictRun {
    Pass pass, fitted; /* fitted: only where rows are conditioned (condition.c) */
    Sites found;       /* of a prior, discovered here */
    Graph *graph, *single;
    Recorder recorder;
    Plan *plan;
    Node *key, *keys, *number, *numbers; /* number: of a draw of chains; or NULL */
    Node *out[RUN_OUTS];                 /* one draw's */
    Node *final[RUN_OUTS];               /* a chunk's, of the graph that is planned */
    bool mapped[RUN_OUTS];
    int outs;
    int64_t draws, chunk;
    Type out_type[RUN_OUTS];
    Node **from, **input; /* of the single graph's inputs */
    int inputs;
    Hoist fixed;
} PredictRun;

/* The learned, given and fixed numbers of a plan over r's graph. */
void predict_bind(Interp *I, Prediction *pred, PredictRun *r, Plan *plan);
Node *predict_node(PredictRun *r, Node *n); /* n, or its single precision input */
/* Runs the chunks of outs on the pool and reduces them in the order of the draws. */
bool predict_draws(Interp *I, Prediction *pred, PredictRun *r, const Over *over,
                   Span span, Value *result, Value *second);

/* The same inside a differentiated function: recorded, its draws held fixed. */
bool predict_recorded(Interp *I, Prediction *pred, PredictBuild *build, void *ctx,
                      const Over *over, Value *result, Value *second);

/* The same over the members of an ensemble; `recorded`: in a function. */
bool ensemble_run(Interp *I, const Prediction *pred, PredictBuild *build, void *ctx,
                  const Over *over, bool recorded, Span span, Value *result,
                  Value *second);

#endif
