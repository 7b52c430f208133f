/* SPDX-License-Identifier: MIT
 * What is asked of distributions (dist.c, dist_member.c). Part of eval.h, which
 * includes it.
 */
#ifndef UNC_EVAL_DIST_H
#define UNC_EVAL_DIST_H

/* Whether what is recorded in a model lies where a parameter of `of` wants it; else
 * E0206. */
bool argument_supported(Interp *I, const char *of, const Ast *p, Value v, Span span);
bool dist_check(Interp *I, Instance *d, const Args *args);
bool dist_batch(Interp *I, Instance *d, Shape *batch);
bool dist_event(Interp *I, Instance *d, Shape *event);
/* d with the sizes of its event that its arguments leave open (K of `LKJ(2)`) taken
 * from the shape that is declared for a draw. */
bool dist_sized(Interp *I, Instance *d, const Shape *declared, Instance **out);
bool dist_support(Interp *I, Instance *d, Support *support, Type *type);
/* Between which numbers draws lie, -inf and inf where nothing bounds them: `lower` and
 * `upper` of d and of what it is made of. They broadcast against a draw. */
bool dist_bounds(Interp *I, Instance *d, Value bound[2]);
bool dist_logpdf(Interp *I, Instance *d, Value x, Span span, Value *out);
bool dist_member(Interp *I, Instance *d, const char *what, Span span, Value *out);
bool dist_has(const Instance *d, Name member);
/* Draws with `sample` in front; noise comes from the handler or the running key. */
bool dist_sample(Interp *I, Instance *d, const Shape *sample, Span span, Value *out);
/* What is asked at a value: log density, cdf, its complement, their logs, and the
 * inverses of cdf and of both logs (of x, or of q, y, y). */
typedef enum {
    DIST_LOGPDF,
    DIST_CDF,
    DIST_CCDF,
    DIST_LOG_CDF,
    DIST_LOG_CCDF,
    DIST_QUANTILE,
    DIST_INV_LOG_CDF,
    DIST_INV_LOG_CCDF
} DistFunction;
/* One of the functions after DIST_LOGPDF: the member of that name, else from another
 * one that says as much. Outside the support cdfs are 0 or 1. */
bool dist_function(Interp *I, Instance *d, DistFunction what, Value x, Span span,
                   Value *out);
bool dist_kl(Interp *I, Instance *p, Instance *q, bool *closed, Value *out);
const char *dist_name(Interp *I, const Instance *d);

#endif
