/* SPDX-License-Identifier: MIT
 * Between which two numbers the elements of a node lie, as far as its formula tells:
 * the supports of what goes in, moved through arithmetic and functions that rise or
 * fall (interval arithmetic: Moore, Interval Analysis, 1966). So 0.25 + 0.5 * p is
 * known to lie in the unit interval where p does, which supports alone do not tell.
 */
#include "ops/ops.h"

#include <math.h>

/* From lo to hi; an end that is open is not reached, but by underflow, as that of exp.
 */
typedef struct Interval {
    double lo, hi;
    bool lo_open, hi_open;
} Interval;

/* A walk looks at so many nodes, counted with repetition. */
enum { NODES_MOST = 400 };

static Interval everything(void) { return (Interval){-HUGE_VAL, HUGE_VAL, true, true}; }

static Interval of_support(Support s)
{
    Interval i = everything();
    bool unit = support_fits(s, SUPPORT_UNIT) && s != SUPPORT_ANY;
    if (s == SUPPORT_POSITIVE) i.lo = 0;
    if (s == SUPPORT_NEGATIVE) i.hi = 0;
    if (s == SUPPORT_NONNEGATIVE || s == SUPPORT_COUNT)
        i = (Interval){0, HUGE_VAL, false, true};
    return unit ? (Interval){0, 1, false, false} : i;
}

static Interval common(Interval a, Interval b)
{
    if (b.lo > a.lo || (b.lo == a.lo && b.lo_open)) a.lo = b.lo, a.lo_open = b.lo_open;
    if (b.hi < a.hi || (b.hi == a.hi && b.hi_open)) a.hi = b.hi, a.hi_open = b.hi_open;
    return a;
}

/* The least that holds both. */
static Interval around(Interval a, Interval b)
{
    if (b.lo < a.lo || (b.lo == a.lo && !b.lo_open)) a.lo = b.lo, a.lo_open = b.lo_open;
    if (b.hi > a.hi || (b.hi == a.hi && !b.hi_open)) a.hi = b.hi, a.hi_open = b.hi_open;
    return a;
}

static Interval negated(Interval a)
{
    return (Interval){-a.hi, -a.lo, a.hi_open, a.lo_open};
}

/* Rounding reaches an open end that is not 0: 1 + exp(x) may be 1. */
static Interval added(Interval a, Interval b)
{
    return (Interval){a.lo + b.lo, a.hi + b.hi,
                      a.lo == 0 && b.lo == 0 && (a.lo_open || b.lo_open),
                      a.hi == 0 && b.hi == 0 && (a.hi_open || b.hi_open)};
}

/* One end of a product: 0 times anything is 0, reached where the 0 is. */
static Interval end_product(double x, bool x_open, double y, bool y_open)
{
    bool zero = x == 0 || y == 0;
    bool open = zero ? !((x == 0 && !x_open) || (y == 0 && !y_open)) : x_open || y_open;
    double at = zero ? 0 : x * y;
    return (Interval){at, at, open, open};
}

static Interval multiplied(Interval a, Interval b)
{
    Interval all = end_product(a.lo, a.lo_open, b.lo, b.lo_open);
    all = around(all, end_product(a.lo, a.lo_open, b.hi, b.hi_open));
    all = around(all, end_product(a.hi, a.hi_open, b.lo, b.lo_open));
    return around(all, end_product(a.hi, a.hi_open, b.hi, b.hi_open));
}

/* 1 / a, of numbers of one sign. */
static Interval inverted(Interval a)
{
    bool positive = a.lo > 0 || (a.lo == 0 && a.lo_open);
    bool negative = a.hi < 0 || (a.hi == 0 && a.hi_open);
    if (!positive && !negative) return everything();
    double from = a.hi == 0 ? -HUGE_VAL : 1 / a.hi,
           to = a.lo == 0 ? HUGE_VAL : 1 / a.lo;
    return (Interval){from, to, a.hi_open, a.lo_open};
}

static Interval magnitude(Interval a)
{
    if (a.lo >= 0) return a;
    if (a.hi <= 0) return negated(a);
    Interval up = {0, a.hi, false, a.hi_open}, down = {0, -a.lo, false, a.lo_open};
    return around(up, down);
}

/* Of a function that rises, without bound or towards 0; else the ends are rounded to.
 */
static Interval rising(Interval a, double (*f)(double x))
{
    double lo = f(a.lo), hi = f(a.hi);
    return (Interval){lo, hi, lo == 0 && a.lo_open, hi == 0 && a.hi_open};
}

static double logistic(double x) { return 1 / (1 + exp(-x)); }
static double plus(double x) { return x > 700 ? x : log1p(exp(x)); }
static double rectified(double x) { return x > 0 ? x : 0; }

static Interval least(Interval a, Interval b)
{
    Interval i = around(a, b), top = a.hi < b.hi || (a.hi == b.hi && a.hi_open) ? a : b;
    i.hi = top.hi;
    i.hi_open = top.hi_open;
    return i;
}

static Interval power(Interval a, Interval b)
{
    double p = b.lo;
    if (b.lo == b.hi && fmod(p, 2) == 0) a = magnitude(a);
    if (b.lo != b.hi || a.lo < 0) return everything();
    Interval i = {pow(a.lo, p), pow(a.hi, p), a.lo_open, a.hi_open};
    return p >= 0 ? i : (Interval){i.hi, i.lo, i.hi_open, i.lo_open};
}

/* Of an element-wise op; false: nothing is known. */
static bool of_elem(int elem, const Interval *a, Interval *out)
{
    switch (elem) {
    case ELEM_add: *out = added(a[0], a[1]); return true;
    case ELEM_sub: *out = added(a[0], negated(a[1])); return true;
    case ELEM_mul:
    case ELEM_zmul: *out = multiplied(a[0], a[1]); return true;
    case ELEM_div:
    case ELEM_zdiv: *out = multiplied(a[0], inverted(a[1])); return true;
    case ELEM_reciprocal: *out = inverted(a[0]); return true;
    case ELEM_neg: *out = negated(a[0]); return true;
    case ELEM_abs: *out = magnitude(a[0]); return true;
    case ELEM_square: *out = power(a[0], (Interval){2, 2, false, false}); return true;
    case ELEM_pow: *out = power(a[0], a[1]); return true;
    case ELEM_min: *out = least(a[0], a[1]); return true;
    case ELEM_max: *out = negated(least(negated(a[0]), negated(a[1]))); return true;
    case ELEM_where: *out = around(a[1], a[2]); return true;
    case ELEM_exp: *out = rising(a[0], exp); return true;
    case ELEM_expm1: *out = rising(a[0], expm1); return true;
    case ELEM_sqrt:
        if (a[0].lo < 0) return false;
        *out = rising(a[0], sqrt);
        return true;
    case ELEM_log:
        if (a[0].lo < 0) return false;
        *out = rising(a[0], log);
        return true;
    case ELEM_log1p:
        if (a[0].lo < -1) return false;
        *out = rising(a[0], log1p);
        return true;
    case ELEM_tanh: *out = rising(a[0], tanh); return true;
    case ELEM_atan: *out = rising(a[0], atan); return true;
    case ELEM_sigmoid: /* the unit interval has its ends */
        *out = rising(a[0], logistic);
        out->lo_open = false;
        return true;
    case ELEM_softplus: *out = rising(a[0], plus); return true;
    case ELEM_relu:
        *out = rising(a[0], rectified);
        out->lo_open = out->lo_open && a[0].lo == 0;
        return true;
    case ELEM_sin:
    case ELEM_cos: *out = (Interval){-1, 1, false, false}; return true;
    default: return false;
    }
}

static Interval of_numbers(const Node *n)
{
    Interval i = {HUGE_VAL, -HUGE_VAL, false, false};
    int64_t count = shape_count(&n->shape);
    for (int64_t k = 0; k < count; k++) {
        double x = n->type == TYPE_F64   ? ((const double *)n->attr->data)[k]
                   : n->type == TYPE_I64 ? (double)((const int64_t *)n->attr->data)[k]
                                         : (double)NAN;
        if (x != x) return everything();
        i = around(i, (Interval){x, x, false, false});
    }
    return count > 0 ? i : everything();
}

/* A sum of n numbers; n is not known: their sign. */
static Interval summed(Interval a, int64_t n)
{
    Interval i = everything();
    if (n > 0 && !size_is_form(n))
        return multiplied(a, (Interval){(double)n, (double)n, false, false});
    if (a.lo >= 0) i = (Interval){0, HUGE_VAL, false, true};
    return a.hi <= 0 ? (Interval){-HUGE_VAL, 0, true, false} : i;
}

static Interval of_node(const Node *n, int *left);

static Interval of_formula(const Node *n, int *left)
{
    enum { INS = 3 };
    Interval a[INS], out;
    const Op *op = n->op;
    if (op == &op_constant) return of_numbers(n);
    if (op->flags & OP_ELEM) {
        if (n->n_in > INS) return everything();
        for (int k = 0; k < n->n_in; k++) a[k] = of_node(n->in[k], left);
        return of_elem(op->elem, a, &out) ? out : everything();
    }
    if (op == &op_concat) {
        out = of_node(n->in[0], left);
        for (int k = 1; k < n->n_in; k++) out = around(out, of_node(n->in[k], left));
        return out;
    }
    if (op->flags & OP_VIEW || op == &op_cast || op == &op_max || op == &op_min)
        return n->in[0]->type == TYPE_BOOL ? (Interval){0, 1, false, false}
                                           : of_node(n->in[0], left);
    if (op != &op_sum || !n->in[0]->shape.rank) return everything();
    int axis = n->attr->axis, rank = n->in[0]->shape.rank;
    return summed(of_node(n->in[0], left),
                  n->in[0]->shape.dim[axis < 0 ? axis + rank : axis]);
}

static Interval of_node(const Node *n, int *left)
{
    Interval i = of_support(n->support);
    bool source = n->n_in == 0 && n->op != &op_constant;
    if (source || --*left < 0) return i;
    Interval f = of_formula(n, left);
    return f.lo <= f.hi ? common(i, f) : i;
}

bool node_within(const Node *n, Support wanted)
{
    int left = NODES_MOST;
    Interval i = of_node(n, &left);
    switch ((int)wanted) {
    case SUPPORT_POSITIVE: return i.lo > 0 || (i.lo == 0 && i.lo_open);
    case SUPPORT_NEGATIVE: return i.hi < 0 || (i.hi == 0 && i.hi_open);
    case SUPPORT_NONNEGATIVE: return i.lo >= 0;
    case SUPPORT_UNIT: return i.lo >= 0 && i.hi <= 1;
    default: return false;
    }
}
