/* SPDX-License-Identifier: MIT
 * What a distribution answers beside its density: moments, and the functions that say
 * where its mass lies. A definition gives those members that it has a formula for; the
 * others are made from these.
 */
#include "eval_int.h"

#include <math.h>
#include <string.h>

/* ---- members without an argument ---- */

static bool member_try(Interp *I, Instance *d, const char *what, bool *missing,
                       Value *out)
{
    Name name = name_str(&I->names, what);
    bool found;
    if (instance_member(I, d, name, NULL, 0, missing, out)) return true;
    if (!*missing) return false;
    if (!instance_argument(I, d, name, &found, out)) return false;
    *missing = !found;
    return found;
}

static bool no_moment(Interp *I, const Instance *d, const char *what, Span span)
{
    Diag *g = fail_diag(I, E0339, span, dist_name(I, d), what);
    if (d->def->module->library && strcmp(what, "mode") != 0)
        diag_help(&I->diags, g,
                  "none is known in closed form; that of draws is "
                  "`%s(sample(d, 10_000), axis = 0)`",
                  what);
    return false;
}

bool dist_member(Interp *I, Instance *d, const char *what, Span span, Value *out)
{
    bool missing;
    if (dist_parts(I, d))
        return dist_parts_member(I, dist_parts(I, d), what, span, out);
    if (!member_try(I, d, what, &missing, out)) {
        if (!missing) return false;
        bool var = strcmp(what, "var") == 0;
        if (!var && strcmp(what, "sd") != 0) return no_moment(I, d, what, span);
        if (!member_try(I, d, var ? "sd" : "var", &missing, out))
            return missing && no_moment(I, d, what, span);
        if (!apply_elem(I, var ? ELEM_square : ELEM_sqrt, span, out, out)) return false;
    }
    return dist_fill(I, d, strcmp(what, "entropy") != 0, span, out);
}

/* ---- members of a value ---- */

static const struct Function {
    const char *member, *argument;
} functions[] = {
    [DIST_LOGPDF] = {"logpdf", "x"},
    [DIST_CDF] = {"cdf", "x"},
    [DIST_CCDF] = {"ccdf", "x"},
    [DIST_LOG_CDF] = {"log_cdf", "x"},
    [DIST_LOG_CCDF] = {"log_ccdf", "x"},
    [DIST_QUANTILE] = {"quantile", "q"},
    [DIST_INV_LOG_CDF] = {"inv_log_cdf", "y"},
    [DIST_INV_LOG_CCDF] = {"inv_log_ccdf", "y"},
};

/* What one function is in terms of another. */
typedef enum { EXP, COMPLEMENT, LOG, LOG_COMPLEMENT, EXP_COMPLEMENT, LOG_OF_EXP } How;

static Node *build_how(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)n;
    Node *x = op_to_type(g, in[0], TYPE_F64), *one = graph_real(g, 1);
    switch (*(How *)ctx) {
    case EXP: return op1(g, ELEM_exp, x);
    case LOG: return op1(g, ELEM_log, x);
    case COMPLEMENT: return op2(g, ELEM_sub, one, x);
    case LOG_COMPLEMENT: return op1(g, ELEM_log1p, op1(g, ELEM_neg, x));
    case EXP_COMPLEMENT: return op1(g, ELEM_neg, op1(g, ELEM_expm1, x));
    case LOG_OF_EXP:
    default: return op1(g, ELEM_log1mexp, x);
    }
}

/* Ways from the function `from` to `what`, the better ones first. Those of the inverses
 * change the argument, the others the result. */
static const struct Way {
    DistFunction what, from;
    How how;
} ways[] = {
    {DIST_CDF, DIST_LOG_CDF, EXP},
    {DIST_CDF, DIST_CCDF, COMPLEMENT},
    {DIST_CDF, DIST_LOG_CCDF, EXP_COMPLEMENT},
    {DIST_CCDF, DIST_LOG_CCDF, EXP},
    {DIST_CCDF, DIST_CDF, COMPLEMENT},
    {DIST_CCDF, DIST_LOG_CDF, EXP_COMPLEMENT},
    {DIST_LOG_CDF, DIST_CDF, LOG},
    {DIST_LOG_CDF, DIST_CCDF, LOG_COMPLEMENT},
    {DIST_LOG_CDF, DIST_LOG_CCDF, LOG_OF_EXP},
    {DIST_LOG_CCDF, DIST_CCDF, LOG},
    {DIST_LOG_CCDF, DIST_CDF, LOG_COMPLEMENT},
    {DIST_LOG_CCDF, DIST_LOG_CDF, LOG_OF_EXP},
    {DIST_QUANTILE, DIST_INV_LOG_CDF, LOG},
    {DIST_INV_LOG_CDF, DIST_QUANTILE, EXP},
    {DIST_INV_LOG_CCDF, DIST_QUANTILE, EXP_COMPLEMENT},
};

static bool has(Interp *I, const Instance *d, DistFunction what)
{
    return dist_has(d, name_str(&I->names, functions[what].member));
}

/* A member, with what it is below and above the support. */
static bool own(Interp *I, Instance *d, DistFunction what, Value x, Span span,
                Value *out)
{
    static const double ends[][2] = {[DIST_CDF] = {0, 1},
                                     [DIST_CCDF] = {1, 0},
                                     [DIST_LOG_CDF] = {-HUGE_VAL, 0},
                                     [DIST_LOG_CCDF] = {0, -HUGE_VAL}};
    bool missing;
    const char *member = functions[what].member;
    Offer offer = {.name = functions[what].argument, .value = x};
    if (what < DIST_QUANTILE)
        return dist_guarded(I, d, member, x, ends[what][0], ends[what][1], span,
                            &missing, out);
    return instance_member(I, d, name_str(&I->names, member), &offer, 1, &missing, out);
}

static bool is_inverse(DistFunction what) { return what >= DIST_QUANTILE; }

static bool find_way(Interp *I, const Instance *d, DistFunction what,
                     const struct Way **way)
{
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (ways[i].what == what && has(I, d, ways[i].from)) {
            *way = &ways[i];
            return true;
        }
    return false;
}

static bool through(Interp *I, Instance *d, const struct Way *way, Value x, Span span,
                    Value *out)
{
    How how = way->how;
    if (!is_inverse(way->what))
        return own(I, d, way->from, x, span, out) &&
               apply(I, build_how, &how, out, 1, span, out);
    return apply(I, build_how, &how, &x, 1, span, &x) &&
           own(I, d, way->from, x, span, out);
}

/* log of a share from both tails, so that it is exact also near 0. in: the tail, the
 * other. */
static Node *build_log_share(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)n, (void)ctx;
    Node *small = op2(g, ELEM_lt, in[0], in[1]), *one = graph_real(g, 1);
    Node *a = op1(g, ELEM_log, op3(g, ELEM_where, small, in[0], one));
    Node *b = op1(g, ELEM_log1p,
                  op1(g, ELEM_neg, op3(g, ELEM_where, small, graph_real(g, 0), in[1])));
    return op3(g, ELEM_where, small, a, b);
}

static bool from_both_tails(Interp *I, Instance *d, bool upper, Value x, Span span,
                            Value *out)
{
    Value tail[2];
    return own(I, d, upper ? DIST_CCDF : DIST_CDF, x, span, &tail[0]) &&
           own(I, d, upper ? DIST_CDF : DIST_CCDF, x, span, &tail[1]) &&
           apply(I, build_log_share, NULL, tail, 2, span, out);
}

static bool shares(Interp *I, Value q, Span span)
{
    if (q.kind == VALUE_NODE) return true;
    const Tensor *t = value_as_tensor(I, q);
    for (int64_t i = 0, n = shape_count(&t->shape); i < n; i++) {
        double x = tensor_real_at(t, i);
        if (!(x >= 0 && x <= 1)) return fail(I, E0355, span, x);
    }
    return true;
}

bool dist_inverts(Interp *I, Instance *d, bool *can)
{
    const struct Way *way;
    *can = has(I, d, DIST_QUANTILE) || find_way(I, d, DIST_QUANTILE, &way);
    return *can || dist_solves(I, d, can);
}

bool dist_function(Interp *I, Instance *d, DistFunction what, Value x, Span span,
                   Value *out)
{
    if (x.kind == VALUE_RANGE) x = range_tensor(I, (Range *)x.object);
    if (!value_is_number(x)) return fail(I, E0326, span, value_kind_text(x));
    const struct Way *way;
    if (dist_parts(I, d)) return dist_parts_at(I, dist_parts(I, d), what, x, span, out);
    if (what == DIST_QUANTILE && !shares(I, x, span)) return false;
    if (has(I, d, what)) return own(I, d, what, x, span, out);
    if ((what == DIST_LOG_CDF || what == DIST_LOG_CCDF) && has(I, d, DIST_CDF) &&
        has(I, d, DIST_CCDF))
        return from_both_tails(I, d, what == DIST_LOG_CCDF, x, span, out);
    if (find_way(I, d, what, &way)) return through(I, d, way, x, span, out);
    bool solves = false;
    if (is_inverse(what) && !dist_solves(I, d, &solves)) return false;
    if (solves) return dist_solve(I, d, what, x, span, out);
    return fail(I, E0339, span, dist_name(I, d), functions[what].member);
}

/* ---- divergence ---- */

bool dist_kl(Interp *I, Instance *p, Instance *q, bool *closed, Value *out)
{
    bool missing = true;
    *closed = false;
    if (p->def->def != q->def->def) return true;
    Offer offer = {.name = "q", .value = value_object(q)};
    if (instance_member(I, p, name_str(&I->names, "kl"), &offer, 1, &missing, out)) {
        *closed = true;
        return true;
    }
    return missing;
}
