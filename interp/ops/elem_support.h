/* SPDX-License-Identifier: MIT
 * Where results of element-wise ops lie, from where their inputs lie: a function for
 * each word of the support column of elem.def. Included by elem.c alone.
 */
#ifndef UNC_OPS_ELEM_SUPPORT_H
#define UNC_OPS_ELEM_SUPPORT_H

#include "ops/ops.h"

static bool is_positive(const Node *n) { return n->support == SUPPORT_POSITIVE; }

static bool is_negative(const Node *n) { return n->support == SUPPORT_NEGATIVE; }

static bool is_nonnegative(const Node *n)
{
    return is_positive(n) || support_fits(n->support, SUPPORT_NONNEGATIVE);
}

static bool is_unit(const Node *n)
{
    double x;
    if (support_fits(n->support, SUPPORT_UNIT)) return n->support != SUPPORT_ANY;
    return node_constant_value(n, &x) && x >= 0 && x <= 1;
}

static Support support_of_anything(Node *const *in, int n)
{
    (void)in, (void)n;
    return SUPPORT_ANY;
}

static Support support_of_positive(Node *const *in, int n)
{
    (void)in, (void)n;
    return SUPPORT_POSITIVE;
}

static Support support_of_nonnegative(Node *const *in, int n)
{
    (void)in, (void)n;
    return SUPPORT_NONNEGATIVE;
}

static Support support_of_unit(Node *const *in, int n)
{
    (void)in, (void)n;
    return SUPPORT_UNIT;
}

static Support support_of_negative(Node *const *in, int n)
{
    (void)in, (void)n;
    return SUPPORT_NEGATIVE;
}

static Support support_of_sum(Node *const *in, int n)
{
    (void)n;
    if (is_negative(in[0]) && is_negative(in[1])) return SUPPORT_NEGATIVE;
    if (!is_nonnegative(in[0]) || !is_nonnegative(in[1])) return SUPPORT_ANY;
    return is_positive(in[0]) || is_positive(in[1]) ? SUPPORT_POSITIVE
                                                    : SUPPORT_NONNEGATIVE;
}

static Support support_of_difference(Node *const *in, int n)
{
    (void)n;
    double x;
    if (is_nonnegative(in[0]) && is_negative(in[1])) return SUPPORT_POSITIVE;
    if (is_negative(in[0]) && is_nonnegative(in[1])) return SUPPORT_NEGATIVE;
    if (!node_constant_value(in[0], &x) || !is_unit(in[1])) return SUPPORT_ANY;
    if (x > 1) return SUPPORT_POSITIVE;
    return x >= 1 ? SUPPORT_UNIT : SUPPORT_ANY;
}

static Support support_of_product(Node *const *in, int n)
{
    (void)n;
    bool p = is_positive(in[0]), q = is_positive(in[1]);
    bool r = is_negative(in[0]), s = is_negative(in[1]);
    if ((p && q) || (r && s)) return SUPPORT_POSITIVE;
    if ((p && s) || (q && r)) return SUPPORT_NEGATIVE;
    /* positive multiples of rows or elements keep a triangle and its diagonal's sign */
    if ((p && in[1]->support == SUPPORT_CHOLESKY) ||
        (q && in[0]->support == SUPPORT_CHOLESKY))
        return SUPPORT_CHOLESKY;
    if (is_unit(in[0]) && is_unit(in[1])) return SUPPORT_UNIT;
    return is_nonnegative(in[0]) && is_nonnegative(in[1]) ? SUPPORT_NONNEGATIVE
                                                          : SUPPORT_ANY;
}

/* x / sum(x) along the last axis. */
static bool is_share(const Node *x, const Node *sum)
{
    if (sum->op != &op_sum || sum->in[0] != x || !x->shape.rank) return false;
    return sum->attr->axis == -1 && (sum->attr->keep || x->shape.rank == 1);
}

static Support support_of_quotient(Node *const *in, int n)
{
    (void)n;
    if (is_positive(in[0]) && is_share(in[0], in[1])) return SUPPORT_SIMPLEX;
    bool p = is_positive(in[0]), q = is_positive(in[1]);
    bool r = is_negative(in[0]), s = is_negative(in[1]);
    if ((p && q) || (r && s)) return SUPPORT_POSITIVE;
    if ((p && s) || (q && r)) return SUPPORT_NEGATIVE;
    return is_nonnegative(in[0]) && q ? SUPPORT_NONNEGATIVE : SUPPORT_ANY;
}

static Support support_of_power(Node *const *in, int n)
{
    (void)n;
    if (is_positive(in[0])) return SUPPORT_POSITIVE;
    return is_nonnegative(in[0]) ? SUPPORT_NONNEGATIVE : SUPPORT_ANY;
}

/* One of the last two inputs. */
static Support support_of_either(Node *const *in, int n)
{
    const Node *a = in[n - 2], *b = in[n - 1];
    if (is_positive(a) && is_positive(b)) return SUPPORT_POSITIVE;
    if (is_negative(a) && is_negative(b)) return SUPPORT_NEGATIVE;
    if (is_unit(a) && is_unit(b)) return SUPPORT_UNIT;
    return is_nonnegative(a) && is_nonnegative(b) ? SUPPORT_NONNEGATIVE : SUPPORT_ANY;
}

static Support support_of_maximum(Node *const *in, int n)
{
    const Node *a = in[0], *b = in[1];
    if (is_positive(a) || is_positive(b)) return SUPPORT_POSITIVE;
    if (is_nonnegative(a) != is_nonnegative(b)) return SUPPORT_NONNEGATIVE;
    return support_of_either(in, n);
}

static Support support_of_negated(Node *const *in, int n)
{
    (void)n;
    if (is_positive(in[0])) return SUPPORT_NEGATIVE;
    return is_negative(in[0]) ? SUPPORT_POSITIVE : SUPPORT_ANY;
}

static Support support_of_magnitude(Node *const *in, int n)
{
    (void)n;
    if (is_positive(in[0]) || is_negative(in[0])) return SUPPORT_POSITIVE;
    return is_unit(in[0]) ? SUPPORT_UNIT : SUPPORT_NONNEGATIVE;
}

/* Goes through zero with the sign of its input, but may round to zero from below. */
static Support support_of_same(Node *const *in, int n)
{
    (void)n;
    if (is_positive(in[0])) return SUPPORT_POSITIVE;
    if (is_unit(in[0])) return SUPPORT_UNIT;
    return is_nonnegative(in[0]) ? SUPPORT_NONNEGATIVE : SUPPORT_ANY;
}

static Support support_of_signed(Node *const *in, int n)
{
    (void)n;
    if (is_positive(in[0]) || is_negative(in[0])) return in[0]->support;
    return is_nonnegative(in[0]) ? SUPPORT_NONNEGATIVE : SUPPORT_ANY;
}

static Support support_of_root(Node *const *in, int n)
{
    (void)n;
    if (is_positive(in[0])) return SUPPORT_POSITIVE;
    return is_unit(in[0]) ? SUPPORT_UNIT : SUPPORT_NONNEGATIVE;
}

static Support support_of_squared(Node *const *in, int n)
{
    return support_of_magnitude(in, n);
}

static Support support_of_inverted(Node *const *in, int n)
{
    (void)n;
    return is_positive(in[0]) || is_negative(in[0]) ? in[0]->support : SUPPORT_ANY;
}

static Support support_of_rectified(Node *const *in, int n)
{
    return support_of_root(in, n);
}

static Support support_of_stepped(Node *const *in, int n)
{
    (void)n;
    if (is_unit(in[0])) return SUPPORT_UNIT;
    return is_nonnegative(in[0]) ? SUPPORT_NONNEGATIVE : SUPPORT_ANY;
}

#endif
