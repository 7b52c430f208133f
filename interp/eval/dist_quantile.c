/* SPDX-License-Identifier: MIT
 * Quantiles of a distribution that has a cdf and no formula for its inverse: the place
 * where the log odds, log cdf - log ccdf, are those asked for. They increase from -inf
 * to inf and are nearly straight to quadratic in the place, which is sought on the line
 * that the support is mapped to; both tails are as exact as the two logarithms.
 */
#include "eval_int.h"

#include <math.h>

typedef struct Search {
    Instance *d;
    Support support;
} Search;

static Node *build_place(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)n;
    const Search *s = ctx;
    Node *z = op_to_type(g, in[0], TYPE_F64);
    if (s->support == SUPPORT_ANY) return z;
    return op1(g, s->support == SUPPORT_UNIT ? ELEM_sigmoid : ELEM_exp, z);
}

static Node *build_difference(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)n, (void)ctx;
    return op2(g, ELEM_sub, in[0], in[1]);
}

static bool log_odds(Interp *I, void *ctx, Value z, Span span, Value *out)
{
    Search *s = ctx;
    Value x, tail[2];
    return apply(I, build_place, s, &z, 1, span, &x) &&
           dist_function(I, s->d, DIST_LOG_CDF, x, span, &tail[0]) &&
           dist_function(I, s->d, DIST_LOG_CCDF, x, span, &tail[1]) &&
           apply(I, build_difference, NULL, tail, 2, span, out);
}

/* The log odds of a share, of one given by its logarithm, of the logarithm of the rest.
 */
static Node *build_odds(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)n;
    DistFunction what = *(DistFunction *)ctx;
    Node *q = op_to_type(g, in[0], TYPE_F64);
    if (what == DIST_QUANTILE)
        return op2(g, ELEM_sub, op1(g, ELEM_log, q),
                   op1(g, ELEM_log1p, op1(g, ELEM_neg, q)));
    Node *odds = op2(g, ELEM_sub, q, op1(g, ELEM_log1mexp, q));
    return what == DIST_INV_LOG_CDF ? odds : op1(g, ELEM_neg, odds);
}

bool dist_solves(Interp *I, Instance *d, bool *can)
{
    static const char *const tails[] = {"cdf", "ccdf", "log_cdf", "log_ccdf"};
    static const char *const bounds[] = {"lower", "upper"};
    Support support;
    Type type;
    Shape event;
    *can = false;
    if (!dist_support(I, d, &support, &type) || !dist_event(I, d, &event)) return false;
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++)
        *can = *can || dist_has(d, name_str(&I->names, tails[i]));
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++)
        *can = *can && !dist_has(d, name_str(&I->names, bounds[i]));
    bool line = support == SUPPORT_ANY || support == SUPPORT_POSITIVE ||
                support == SUPPORT_NONNEGATIVE || support == SUPPORT_UNIT;
    *can = *can && line && type_is_real(type) && !event.rank;
    return true;
}

bool dist_solve(Interp *I, Instance *d, DistFunction what, Value q, Span span,
                Value *out)
{
    Search s = {.d = d};
    Type type;
    return dist_support(I, d, &s.support, &type) &&
           apply(I, build_odds, &what, &q, 1, span, &q) &&
           solve_increasing(I, log_odds, &s, q, span, out) &&
           apply(I, build_place, &s, out, 1, span, out);
}
