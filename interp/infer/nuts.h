/* SPDX-License-Identifier: MIT
 * The No-U-Turn sampler for a density that is given by its potential and slope
 * (nuts.c), and the adaptation of its step and metric in the warm-up (adapt.c). Numbers
 * alone: nothing here knows models. Inside infer.
 */
#ifndef UNC_INFER_NUTS_H
#define UNC_INFER_NUTS_H

#include "base/memory.h"

#include <stdbool.h>
#include <stdint.h>

/* What `nuts(…)` was told. */
typedef struct NutsOptions {
    int64_t chains, warmup, draws; /* warm-up and draws of each chain */
    int64_t depth;                 /* a trajectory has fewer than 2^depth steps */
    double accept;                 /* mean acceptance that the warm-up aims at */
} NutsOptions;

/* V(q) = −log density and its slope[n]; *v = inf where there is none. False: stop. */
typedef bool Potential(void *ud, const double *q, double *slope, double *v);

typedef struct NutsPoint {
    double *q, *p, *slope; /* [n] position, momentum, slope of V */
    double v;
} NutsPoint;

enum { NUTS_DEPTH_MOST = 20, NUTS_UNITS = 32 };

typedef struct Nuts {
    Potential *potential;
    void *ud;
    int64_t n;
    int64_t depth; /* most doublings */
    double step;
    double *var;                   /* [n] the inverse metric: variances of q */
    NutsPoint at;                  /* the state of the chain */
    NutsPoint now, end[2], chosen; /* of a trajectory: end[0] is its first in time */
    double *rho, *sub;       /* [n] sums of momenta: of all, of a subtree so far */
    double *left, *left_sum; /* [NUTS_DEPTH_MOST, n] where subtrees began */
    double *block;
    uint64_t key; /* of this transition */
    int64_t used; /* of its uniform numbers */
    double unit[NUTS_UNITS];
    /* of the last transition: */
    int64_t steps;
    double accepted; /* mean acceptance over its steps */
    bool diverged, deep, stopped;
} Nuts;

void nuts_open(Memory *m, Nuts *s, int64_t n);
void nuts_close(Memory *m, Nuts *s);
/* V and slope at s->at.q; false: stopped, or not finite. */
bool nuts_place(Nuts *s);
/* One transition from s->at, by random numbers of `key`. */
void nuts_draw(Nuts *s, uint64_t key);
/* A step of which the first acceptance lies about 0.8 (Hoffman and Gelman 2014,
 * algorithm 4). */
void nuts_find_step(Nuts *s, uint64_t key);

/* ---- warm-up ---- */
typedef struct Adapt {
    double aim;                  /* acceptance */
    double centre, lower, mean;  /* of log steps: dual averaging */
    int64_t count;               /* … so far */
    double *place, *squares;     /* [n] Welford's moments of q in this window */
    int64_t seen;                /* draws in it */
    int64_t warmup, first, last; /* windows lie in [first, last) */
    int64_t window, size;        /* the end of this one, its length */
    int64_t n;
} Adapt;

void adapt_open(Memory *m, Adapt *a, const NutsOptions *o, int64_t n);
void adapt_close(Memory *m, Adapt *a);
void adapt_begin(Adapt *a, double step);
/* After transition `t` (from 0) of the warm-up: the step for the next, and the metric
 * at the end of a window. The last one sets the step to keep. */
void adapt_after(Adapt *a, Nuts *s, int64_t t, uint64_t key);

#endif
