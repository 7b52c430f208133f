/* SPDX-License-Identifier: MIT
 * What is said of the first number of a plan that is not finite, in a fit, a slope or a
 * prediction: the expression, the row, the numbers that it was made from, and the
 * likely cause. The plan was run with every node watched.
 */
#include "eval_int.h"

#include <math.h>

/* ---- which ---- */

static bool inputs_are(const Plan *p, const Node *n, bool (*right)(double x))
{
    for (int i = 0; i < n->n_in; i++) {
        Buffer b = plan_buffer(p, n->in[i]);
        int64_t count = b.data && buffer_is_dense(&b) ? buffer_count(&b) : 0;
        for (int64_t k = 0; k < count; k++)
            if ((b.type == TYPE_F64 && !right(((double *)b.data)[k])) ||
                (b.type == TYPE_F32 && !right((double)((float *)b.data)[k])))
                return false;
    }
    return true;
}

static bool finite(double x) { return isfinite(x); }
static bool number(double x) { return x == x; }

static bool inputs_finite(const Plan *p, const Node *n)
{
    return inputs_are(p, n, finite);
}

bool bad_made(const Plan *p, const Node *n) { return inputs_are(p, n, number); }

const Node *bad_find(const Plan *p, int64_t *element)
{
    const Node *n = plan_first_bad(p, false, element);
    return n && inputs_finite(p, n) ? n : plan_first_bad(p, true, element);
}

/* ---- of what ---- */

/* What element `element` of n was made from in its input i; false where that is no real
 * number or was not kept. Inputs broadcast along leading axes and axes of size 1. */
static bool input_at(const Plan *p, const Node *n, int64_t element, int i, double *x)
{
    Buffer b = plan_buffer(p, n->in[i]);
    const Shape *s = &n->shape;
    int64_t rest = element, at = 0;
    if (!type_is_real(b.type) || !b.data) return false;
    for (int k = s->rank - 1, j = b.rank - 1; j >= 0 && k >= 0; k--, j--) {
        if (b.dim[j] == s->dim[k]) at += rest % s->dim[k] * b.stride[j];
        rest /= s->dim[k] ? s->dim[k] : 1;
    }
    *x = b.type == TYPE_F32 ? (double)((float *)b.data)[at] : ((double *)b.data)[at];
    return true;
}

static const char *number_text(const Plan *p, const Node *n, int64_t element)
{
    Buffer b = plan_buffer(p, n);
    double x = !b.data              ? 0
               : b.type == TYPE_F32 ? (double)((float *)b.data)[element]
                                    : ((double *)b.data)[element];
    return x != x ? "nan" : x > 0 ? "inf" : "-inf";
}

static void describe(Out *o, const Plan *p, const Node *bad, int64_t element,
                     const int64_t *chosen, int64_t batch)
{
    const Shape *s = &bad->shape;
    double x;
    if (s->rank && s->dim[0] > 0) {
        int64_t row = element / (shape_count(s) / s->dim[0]);
        if (chosen && s->dim[0] == batch) row = chosen[row];
        out_fmt(o, ", in row %lld", (long long)row);
    }
    for (int i = 0; i < bad->n_in && i < 3; i++)
        if (input_at(p, bad, element, i, &x))
            out_fmt(o, "%s%.6g", i == 0 ? ", from " : " and ", x);
}

/* ---- why ---- */

static bool is_op(const Node *n, Elem e) { return n->op == op_at((int)e); }

static const char *cause_of_quotient(const double *x, bool slope)
{
    if (x[1] < 0 || x[1] > 0) return NULL;
    if (slope)
        return "the slope is infinite at 0, as that of `sqrt` or `log` is: keep the "
               "number away from it, as in `sqrt(x + 1e-6)`";
    return "a division by zero: if it is a scale that went to zero, keep it up with "
           "`softplus(s) + 1e-3`, or give it a prior";
}

/* NULL: the usual advice of the message will do. step: of a fit; 0: none. */
static const char *cause_of(const Plan *p, const Node *n, int64_t element, int64_t step)
{
    double x[2] = {1, 1};
    const char *cause = NULL;
    bool large = false;
    for (int i = 0; i < n->n_in && i < 2; i++)
        if (input_at(p, n, element, i, &x[i])) large |= fabs(x[i]) > 1e15;
    if (is_op(n, ELEM_log) && !(x[0] > 0))
        cause = x[0] < 0 ? "only positive numbers have a logarithm: declare what it is "
                           "taken of `positive`, or model its logarithm"
                         : "the logarithm of zero is -inf: `log(x + 1e-6)` keeps away "
                           "from it, `log1p(x)` is finite there";
    else if (is_op(n, ELEM_sqrt) && x[0] < 0)
        cause = "only numbers from 0 on have a root: declare what it is taken of "
                "`positive`";
    else if (is_op(n, ELEM_exp) || is_op(n, ELEM_expm1))
        cause = "`exp` overflows above 709 (above 88 in single precision): `softplus` "
                "grows slowly, `logsumexp` and `softmax` stay finite; or standardize "
                "what goes in";
    else if (is_op(n, ELEM_div) || is_op(n, ELEM_zdiv))
        cause = cause_of_quotient(x, is_op(n, ELEM_zdiv));
    if (!cause && large && step > 1)
        return "the numbers grew from step to step: take a smaller rate, as in "
               "`optimizer = adam(0.001)`, and standardize the data";
    return cause;
}

bool bad_is_slope(const Node *n) { return is_op(n, ELEM_zdiv) || is_op(n, ELEM_zmul); }

Diag *bad_tell(Interp *I, const Plan *p, const Node *n, int64_t element,
               const BadPlace *at)
{
    Out row;
    out_init(&row, I->memory);
    describe(&row, p, n, element, at->chosen, at->batch);
    Diag *d =
        at->step ? fail_diag(I, at->code, n->span.source ? n->span : at->call, at->what,
                             "not finite", (long long)at->step, node_label(n),
                             number_text(p, n, element), row.at)
                 : fail_diag(I, at->code, n->span.source ? n->span : at->call, at->what,
                             node_label(n), number_text(p, n, element), row.at);
    if (span_apart(at->call, d->span)) diag_label(&I->diags, d, at->call, "%s", at->in);
    const char *cause = cause_of(p, n, element, at->code == E0603 ? at->step : 0);
    if (cause) diag_help(&I->diags, d, "%s", cause);
    out_free(&row);
    return d;
}
