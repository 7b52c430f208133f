/* SPDX-License-Identifier: MIT
 * Inside infer: laplace(), the Normal at the mode (laplace.c), and the curvature of the
 * log joint there (curvature.c).
 */
#ifndef UNC_INFER_LAPLACE_H
#define UNC_INFER_LAPLACE_H

#include "fit_int.h"

/* A definition of the library of that kind by name, with no arguments but one number if
 * that is above 0 (words.c). */
bool library_instance(Interp *I, DefKind kind, const char *name, double number,
                      Span span, Value *out);

/* The word `laplace`: a method whose guide is the record of its options. */
bool word_laplace(Interp *I, int word, Value *arg, const Args *args, Value *out);
/* Of what was discovered: which unknowns are random (the others are kept at the mode,
 * as params are), and whether their Hessian can be had; else the error. */
bool laplace_prepare(Interp *I, const FitOptions *o, Posterior *post);
/* Whether the log joint of the step is one function of the unknowns; else the error. */
bool laplace_fits(Interp *I, const FitOptions *o, const Posterior *post, const Step *s);
/* After the search: the Normal at the point that was found, and the evidence. */
bool laplace_normal(Interp *I, const FitOptions *o, Posterior *post);

/* The log joint of the random unknowns about a point of the unconstrained scale, to
 * second order; all in double, pooled. */
typedef struct Curvature {
    int64_t dims;
    bool diag;        /* of the Hessian the diagonal alone is asked for and kept */
    Tensor *at;       /* [dims] the point */
    double log_joint; /* there, with the log slopes of the change of variables */
    Tensor *slope;    /* [dims] */
    Tensor *hessian;  /* [dims, dims] (its lower half counts) or [dims]; of minus it */
    Tensor *factor;   /* L with L L' = the Hessian's inverse, lower; or its diagonal */
    double half_logdet; /* of the Hessian */
    double distance;    /* from here to the mode of the Normal, in its deviations */
} Curvature;
/* Where the Hessian is not positive: a direction along which it is least. */
typedef struct Unpeaked {
    double *along; /* [dims] */
    bool rises;    /* the log joint does, to both sides; else it is flat */
} Unpeaked;

/* Sets log_joint, slope and hessian; given are dims, diag and at. */
bool curvature_measure(Interp *I, const FitOptions *o, Posterior *post, Curvature *c);
/* Sets factor, half_logdet and distance, in place of the Hessian; false: it is not
 * positive definite. */
bool curvature_invert(Interp *I, Curvature *c, Unpeaked *u);

#endif
