/* SPDX-License-Identifier: MIT
 * Plain numbers against the support that is declared for them: the first that does not
 * lie there is named by its place.
 */
#include "eval_int.h"

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
    return fail(I, E0204, span, what, support_words(s), tensor_real_at(t, i), place);
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
            "it is not positive definite (eliminating up to row %lld leaves %.3g on "
            "the diagonal)",
            i, f->x);
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

Support support_of_data(const Tensor *t)
{
    int64_t n = shape_count(&t->shape);
    bool positive = true, nonnegative = true, unit = true;
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
