/* SPDX-License-Identifier: MIT
 * Inside infer: Markov chains over a model's unknowns (chains.c).
 */
#ifndef UNC_INFER_CHAINS_H
#define UNC_INFER_CHAINS_H

#include "fit_int.h"

/* Runs the chains of the method over the step's log joint: the draws into the
 * posterior. */
bool chains_run(Loop *l);
/* Whether every unknown has a prior; else the error. */
bool chains_fit(Interp *I, const FitOptions *o, const Posterior *post);

/* The free numbers of a site in draw `number` of draws[S, dims]. */
Node *chains_site(Graph *g, const Posterior *post, Node *draws, Node *number,
                  uint32_t site);
/* One of the draws, by chance. */
Node *chains_number(Graph *g, const Posterior *post, Node *key);
/* The place of draw `draw` of `draws`: evenly among those there are. */
int64_t chains_row(const Posterior *post, int64_t draw, int64_t draws);
/* The vector of R-hat of each unknown number, or of effective draws. */
bool chains_mixing(Interp *I, const Posterior *post, bool rhat, Value *out);

/* Of a prediction, unless it says. */
int64_t posterior_draws(const Posterior *p);

/* ---- words (words_chains.c) ---- */
bool option_int(Interp *I, Value v, int64_t least, const char *name, Span span,
                int64_t *out); /* words.c */
/* Refuses the options of `fit` that were given and mean nothing to chains. */
bool nuts_options(Interp *I, const Span *place, FitOptions *o);
bool word_nuts(Interp *I, int word, Value *arg, const Args *args, Value *out);
bool word_mixing(Interp *I, int word, const Value *arg, const Args *args, Value *out);

#endif
