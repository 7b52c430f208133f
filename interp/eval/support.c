/* SPDX-License-Identifier: MIT
 * Numbers against the support that is declared for them: of plain ones the first that
 * does not lie there is named by its place, of recorded ones the line where they got
 * the support that they have.
 */
#include "eval_int.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

static bool in_support(Support s, double x)
{
    switch (s) {
    case SUPPORT_POSITIVE: return x > 0;
    case SUPPORT_NONNEGATIVE: return x >= 0;
    case SUPPORT_UNIT: return x >= 0 && x <= 1;
    case SUPPORT_NEGATIVE: return x < 0;
    case SUPPORT_ANY:
    case SUPPORT_SIMPLEX:
    case SUPPORT_ORDERED:
    case SUPPORT_CHOLESKY:
    case SUPPORT_CORR:
    case SUPPORT_COV:
    case SUPPORT_COUNT: break;
    }
    return x == x;
}

static bool not_there(Interp *I, Support s, const Tensor *t, int64_t i, Span span,
                      const char *what)
{
    char place[60] = "";
    if (t->shape.rank) snprintf(place, sizeof place, " (element %lld)", (long long)i);
    double x = tensor_real_at(t, i);
    Diag *d = fail_diag(I, E0204, span, what, support_words(s), x, place);
    if (s == SUPPORT_UNIT && x >= 2 && x <= 100)
        diag_help(&I->diags, d, "a share of %g %% is %g", x, x / 100);
    else if (s == SUPPORT_POSITIVE)
        diag_help(&I->diags, d,
                  "look at its sign; what is computed stays positive by `exp(x)` or "
                  "`softplus(x)`");
    return false;
}

/* What is wrong, as a clause. */
static void fault_text(const Fault *f, char *at, size_t size)
{
    long long i = f->row, j = f->column;
    switch (f->kind) {
    case FAULT_ORDER:
        snprintf(at, size, "element %lld is %g, which does not exceed the %g before it",
                 i, f->y, f->x);
        break;
    case FAULT_ABOVE:
        snprintf(at, size,
                 "row %lld, column %lld lies above the diagonal and is %g, not 0", i, j,
                 f->x);
        break;
    case FAULT_DIAGONAL:
        snprintf(at, size, "row %lld, column %lld of the diagonal is %g, not positive",
                 i, j, f->x);
        break;
    case FAULT_UNIT:
        snprintf(at, size, "row %lld, column %lld of the diagonal is %.9g, not 1", i, j,
                 f->x);
        break;
    case FAULT_SYMMETRY:
        snprintf(at, size,
                 "row %lld, column %lld is %.9g, but row %lld, column %lld is %.9g", i,
                 j, f->x, j, i, f->y);
        break;
    case FAULT_DEFINITE:
        snprintf(
            at, size,
            "it is not positive definite: rows %lld and %lld have correlation %.8g%s",
            j, i, f->x,
            fabs(f->x) > 1 + 1e-9 ? ""
            : fabs(f->x) > 0.9    ? "; drop one, or add to the diagonal (noise)"
                                  : ", and the second depends on those before it");
        break;
    case FAULT_NONE:
    case FAULT_SHARE:
    case FAULT_SUM:
    case FAULT_FINITE:
    default:
        snprintf(at, size, "row %lld, column %lld is %g, not a finite number", i, j,
                 f->x);
        break;
    }
}

/* The shape of an event is due before its numbers are looked at. */
static bool no_event(Interp *I, Support s, const Tensor *t, Span span, const char *what)
{
    char shape[SHAPE_TEXT], why[SHAPE_TEXT + 80];
    snprintf(why, sizeof why, "it has the shape real%s, where %s is due",
             shape_text(shape, &I->names, &t->shape, false),
             support_rank(s) == 2 ? "a square matrix" : "a vector");
    return fail(I, E0451, span, what, support_name(s), "", why);
}

static bool events_check(Interp *I, Support s, const Tensor *t, Span span,
                         const char *what)
{
    int rank = support_rank(s), at = t->shape.rank;
    if (at < rank || (rank == 2 && t->shape.dim[at - 1] != t->shape.dim[at - 2]))
        return no_event(I, s, t, span, what);
    int64_t k = t->shape.dim[at - 1], n = rank == 2 ? k * k : k,
            events = n ? shape_count(&t->shape) / n : 0;
    size_t room = (size_t)(n + k * k) * sizeof(double);
    double *x = memory_take(I->memory, room);
    Fault f = {FAULT_NONE, 0, 0, 0, 0};
    int64_t i = 0;
    for (; i < events && f.kind == FAULT_NONE; i++) {
        for (int64_t j = 0; j < n; j++) x[j] = tensor_real_at(t, i * n + j);
        f = support_fault(s, x, k, SUPPORT_SLACK, x + n);
    }
    memory_give(I->memory, x, room);
    if (f.kind == FAULT_NONE) return true;
    i--;
    if (f.kind == FAULT_SHARE) return not_there(I, s, t, i * n + f.row, span, what);
    if (f.kind == FAULT_SUM) return fail(I, E0205, span, what, f.x);
    char which[60] = "", why[160];
    if (at > rank)
        snprintf(which, sizeof which, " in %s %lld", at == rank + 1 ? "row" : "place",
                 (long long)i);
    fault_text(&f, why, sizeof why);
    return fail(I, E0451, span, what, support_name(s), which, why);
}

bool support_check(Interp *I, Support support, Value v, Span span, const char *what)
{
    Tensor *t = value_as_tensor(I, v);
    if (support_rank(support)) return events_check(I, support, t, span, what);
    int64_t n = shape_count(&t->shape);
    for (int64_t i = 0; i < n; i++)
        if (!in_support(support, tensor_real_at(t, i)))
            return not_there(I, support, t, i, span, what);
    return true;
}

/* ---- recorded numbers ---- */

/* Of what is made elsewhere, the nearest that has not the support wanted. */
static const Node *origin_of(const Node *n, Support wanted, Span arg)
{
    while (n && !(n->span.source && span_apart(n->span, arg))) {
        const Node *next = NULL;
        bool passes = n->n_in && (n->n_in == 1 || (n->op->flags & (OP_ELEM | OP_VIEW)));
        for (int k = 0; passes && k < n->n_in && !next; k++)
            if (n->in[k]->type != TYPE_BOOL && !support_fits(n->in[k]->support, wanted))
                next = n->in[k];
        n = next;
    }
    return n;
}

static const char *may_be(Support s, Support wanted)
{
    if (s == SUPPORT_ANY && support_rank(wanted) == 2) return "any matrix";
    if (s == SUPPORT_POSITIVE) return "any positive number";
    return s == SUPPORT_NEGATIVE ? "any negative number" : support_words(s);
}

static const char *advice(Support has, Support wanted)
{
    switch (wanted) {
    case SUPPORT_POSITIVE:
        if (has == SUPPORT_NONNEGATIVE || has == SUPPORT_UNIT)
            return "it may be 0: add a small number, as in `s + 1e-6`, or declare it "
                   "`positive`";
        return "make it positive with `exp(…)` or `softplus(…)`, or declare it "
               "`positive`";
    case SUPPORT_NONNEGATIVE:
        return "make it positive with `exp(…)` or `softplus(…)`, or declare it "
               "`positive`";
    case SUPPORT_UNIT:
        return "use `logits = …` where there is one, or `sigmoid(…)`, or declare it "
               "`unit`";
    case SUPPORT_SIMPLEX:
        return has == SUPPORT_POSITIVE
                   ? "divide by the sum, `w / sum(w, axis = -1, keep = true)`, or "
                     "declare it `simplex[K]`"
                   : "use `logits = …` where there is one, or `softmax(…)`, or declare "
                     "it `simplex[K]`";
    case SUPPORT_ORDERED: return "declare it `ordered[K]`";
    case SUPPORT_CHOLESKY: return "declare it `cholesky[K]`";
    case SUPPORT_CORR: return "declare it `corr[K]`";
    case SUPPORT_COV:
        return "declare it `cov[K]`, or use `chol = …` with `cholesky[K]`";
    case SUPPORT_NEGATIVE: return "make it negative with `-exp(…)`";
    case SUPPORT_ANY:
    case SUPPORT_COUNT: break;
    }
    return NULL;
}

bool support_differs(Interp *I, const char *dist, const char *name, const Node *n,
                     Support wanted, Span span)
{
    const Node *from = origin_of(n, wanted, span);
    Support has = n->support;
    const char *help = advice(has, wanted);
    Diag *g = fail_diag(I, E0206, span, name, dist, support_words(wanted),
                        may_be(has, wanted));
    if (from)
        diag_label(&I->diags, g, from->span, "this may be %s",
                   may_be(from->support, wanted));
    if (help) diag_help(&I->diags, g, "%s", help);
    return false;
}

Support support_of_data(const Tensor *t)
{
    int64_t n = shape_count(&t->shape);
    bool positive = true, nonnegative = true, unit = true;
    if (t->type == TYPE_F64) {
        double least, most;
        nonnegative = numbers_range(t->data, n, &least, &most) && least >= 0;
        positive = nonnegative && least > 0;
        unit = nonnegative && most <= 1;
        n = 0;
    }
    for (int64_t i = 0; i < n; i++) {
        double x = tensor_real_at(t, i);
        positive = positive && x > 0;
        nonnegative = nonnegative && x >= 0;
        unit = unit && x >= 0 && x <= 1;
    }
    return unit && positive ? SUPPORT_POSITIVE
           : unit           ? SUPPORT_UNIT
           : positive       ? SUPPORT_POSITIVE
           : nonnegative    ? SUPPORT_NONNEGATIVE
                            : SUPPORT_ANY;
}
