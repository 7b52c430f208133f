/* SPDX-License-Identifier: MIT
 * Flows: invertible maps with a known log determinant (flow.c, pushforward.c). Part of
 * eval.h, which includes it.
 */
#ifndef UNC_EVAL_FLOW_H
#define UNC_EVAL_FLOW_H

/* What is asked of a flow: x = f(z), or backwards z, and with `change` log |det J_f| at
 * z, one number for each event of `event` axes. */
typedef struct FlowCall {
    Value at;      /* z, or x where backwards */
    Value context; /* [.., C], or NONE */
    bool backwards, change;
    bool turned; /* the stage is asked through inverse(f) */
    int event;
    Span span;
} FlowCall;

/* Runs a flow: *out is x or z, *change (may be NULL) log |det J_f|, infinite where x
 * lies outside of what f reaches. A flow without a place has its initial weights. */
bool flow_run(Interp *I, Value flow, const FlowCall *call, Value *out, Value *change);
/* Axes of one event: 0 where all stages work by element. */
bool flow_event(Interp *I, Value flow, Span span, int *rank);
/* Whether every stage has a way back. */
bool flow_invertible(Interp *I, Value flow, bool *all);
/* Fails where d is made by a flow without a way back, which has no density. */
bool flow_scores(Interp *I, const Instance *d, Span span);
/* Fails where a context is given (not NONE, not empty) that no stage of f names. */
bool flow_conditioned(Interp *I, Value f, Value context, Span span);
/* Whether a stage runs; *size is then the numbers of its context. */
bool flow_context(Interp *I, int64_t *size);
/* A param or state without elements, which is nowhere kept. */
bool number_without(Interp *I, const Shape *shape, Value *out);
bool is_flow(Value v);     /* what is called as a flow, not as layers or a function */
bool may_be_flow(Value v); /* and what turns out to be none when it is run */
/* f(z), or the distribution f(base); `context =` conditions. */
bool flow_call(Interp *I, Value f, const Args *args, Value *out);
/* A library's flow of a word's name, such as exp; *found is false if there is none. */
bool flow_of_word(Interp *I, int word, bool *found, Value *out);
/* inverse(f). */
bool flow_inverse(Interp *I, Value f, Span span, Value *out);
/* Where f takes numbers that lie in *s. */
bool flow_support(Interp *I, Value f, Support *s);

#endif
