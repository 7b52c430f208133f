/* SPDX-License-Identifier: MIT
 * Unknowns within bounds: between which numbers a prior leaves them, and their change
 * of variables, as Stan has it (Reference Manual, chapter 10): above lo, lo + exp(y);
 * below hi, hi - exp(y); between both, lo + (hi - lo) sigmoid(y). The elements of an
 * unknown may be bounded on different sides.
 */
#include "infer_int.h"

#include <math.h>
#include <stdio.h>

/* Which of an element's bounds are finite. */
typedef enum { NEITHER, LOWER, UPPER, BOTH, SIDES } Side;
typedef enum { LO, HI, WIDTH } Number;

static int64_t count_of(const Site *s) { return shape_count(&s->lo->shape); }

static double low(const Site *s, int64_t i) { return ((double *)s->lo->data)[i]; }

static double high(const Site *s, int64_t i) { return ((double *)s->hi->data)[i]; }

static Side side_of(const Site *s, int64_t i)
{
    bool lower = isfinite(low(s, i)), upper = isfinite(high(s, i));
    return lower && upper ? BOTH : lower ? LOWER : upper ? UPPER : NEITHER;
}

/* ---- the change of variables ---- */

/* That number of the elements on this side; 1 for the others, whom nobody asks. */
static Node *numbers(Graph *g, const Site *s, Side side, Number what)
{
    int64_t n = count_of(s);
    double *x = arena_take(&g->arena, (size_t)(n + 1) * sizeof *x);
    for (int64_t i = 0; i < n; i++)
        x[i] = side_of(s, i) != side ? 1
               : what == LO          ? low(s, i)
               : what == HI          ? high(s, i)
                                     : high(s, i) - low(s, i);
    return graph_constant(g, TYPE_F64, &s->lo->shape, x);
}

static Node *value_on(Graph *g, const Site *s, Side side, Node *free)
{
    if (side == NEITHER) return free;
    if (side == LOWER)
        return op2(g, ELEM_add, numbers(g, s, side, LO), op1(g, ELEM_exp, free));
    if (side == UPPER)
        return op2(g, ELEM_sub, numbers(g, s, side, HI), op1(g, ELEM_exp, free));
    return op2(
        g, ELEM_add, numbers(g, s, side, LO),
        op2(g, ELEM_mul, numbers(g, s, side, WIDTH), op1(g, ELEM_sigmoid, free)));
}

static Node *log_slope_on(Graph *g, const Site *s, Side side, Node *free)
{
    if (side == NEITHER) return op2(g, ELEM_mul, free, graph_real(g, 0));
    if (side != BOTH) return free;
    Node *both = op2(g, ELEM_add, op1(g, ELEM_log_sigmoid, free),
                     op1(g, ELEM_log_sigmoid, op1(g, ELEM_neg, free)));
    return op2(g, ELEM_add, both, op1(g, ELEM_log, numbers(g, s, side, WIDTH)));
}

static Node *is_on(Graph *g, const Site *s, Side side)
{
    int64_t n = count_of(s);
    bool *on = arena_take(&g->arena, (size_t)(n + 1) * sizeof *on);
    for (int64_t i = 0; i < n; i++) on[i] = side_of(s, i) == side;
    return graph_constant(g, TYPE_BOOL, &s->lo->shape, on);
}

typedef Node *OnSide(Graph *g, const Site *s, Side side, Node *free);

/* What `of` says of each element's own side. */
static Node *by_side(Graph *g, const Site *s, Node *free, OnSide *of)
{
    Node *all = NULL;
    for (int side = NEITHER; side < SIDES; side++) {
        int64_t i = 0, n = count_of(s);
        while (i < n && side_of(s, i) != (Side)side) i++;
        if (i == n) continue;
        Node *own = of(g, s, (Side)side, free);
        all = all ? op3(g, ELEM_where, is_on(g, s, (Side)side), own, all) : own;
    }
    return all;
}

Node *bounds_constrain(Graph *g, const Site *s, Node *free)
{
    if (count_of(s) == 0) return free;
    Node *x = by_side(g, s, free, value_on);
    double least = HUGE_VAL, most = -HUGE_VAL;
    for (int64_t i = 0; i < count_of(s); i++) {
        least = fmin(least, low(s, i));
        most = fmax(most, high(s, i));
    }
    if (!x) return NULL;
    bool unit = least >= 0 && most <= 1;
    if (s->support == SUPPORT_UNIT || (unit && least == 0))
        x->support = s->support == SUPPORT_POSITIVE ? SUPPORT_POSITIVE : SUPPORT_UNIT;
    else if (least >= 0)
        x->support = SUPPORT_POSITIVE; /* the ends are not reached */
    return x;
}

Node *bounds_log_slope(Graph *g, const Site *s, Node *free)
{
    return count_of(s) ? by_side(g, s, free, log_slope_on) : NULL;
}

/* ---- the bounds of a prior ---- */

static bool not_known(Interp *I, const Site *s)
{
    Diag *g = fail_diag(I, E0420, s->span, name_cstr(&I->names, s->name));
    diag_help(&I->diags, g,
              "between 0 and another unknown `a`, declare the share, "
              "`prior u ~ Uniform(0, 1)`, then `b = a * u`; a number that is computed "
              "from the data can be a hyperparameter");
    return false;
}

/* *v as a plain number or tensor. */
static bool known(Interp *I, const Site *s, Value *v)
{
    double x;
    if (v->kind == VALUE_UNKNOWN) return checked_vaguely(I);
    if (v->kind != VALUE_NODE) return true;
    if (!node_constant_value(as_node(I, *v), &x))
        return known_later(I, *v) ? checked_vaguely(I) : not_known(I, s);
    *v = value_real(x);
    return true;
}

static Node *build_fill(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)n;
    return op_broadcast(g, op_to_type(g, in[0], TYPE_F64), ctx);
}

/* What the declared type leaves of the interval. */
static bool narrow(Interp *I, Site *s, Value bound[2])
{
    if (!support_fits(s->support, SUPPORT_NONNEGATIVE)) return true;
    for (int i = 0; i < 1 + (s->support == SUPPORT_UNIT); i++) {
        Value both[2] = {bound[i], value_real(i)}, to;
        if (!apply_elem(I, i ? ELEM_min : ELEM_max, s->span, both, &to)) return false;
        Tensor *was = value_as_type(I, bound[i], TYPE_F64),
               *now = value_as_type(I, to, TYPE_F64);
        for (int64_t k = 0; k < shape_count(&was->shape); k++)
            if (tensor_real_at(was, k) != tensor_real_at(now, k)) s->cut = true;
        bound[i] = to;
    }
    return true;
}

/* Both bounds in one shape. */
static bool keep_bounds(Interp *I, Site *s, Value bound[2])
{
    Shape a, b, both;
    value_shape(bound[0], &a);
    value_shape(bound[1], &b);
    if (!shape_broadcast(&a, &b, &both))
        return graph_failed(I, s->span, "the bounds have shapes that do not broadcast");
    for (int i = 0; i < 2; i++) {
        Value full;
        if (!apply(I, build_fill, &both, &bound[i], 1, s->span, &full)) return false;
        *(i ? &s->hi : &s->lo) = tensor_keep(value_as_type(I, full, TYPE_F64));
        s->bounded = i == 1;
    }
    return true;
}

/* There is no map onto vectors and matrices within bounds, nor onto an empty interval.
 */
static bool check_bounds(Interp *I, const Site *s, const Instance *d,
                         const Value drawn[2])
{
    for (int64_t i = 0; i < count_of(s); i++) {
        char text[80];
        double end[2];
        if (!support_rank(s->support) && low(s, i) < high(s, i)) continue;
        for (int k = 0; k < 2; k++) {
            const Tensor *t = value_as_type(I, drawn[k], TYPE_F64);
            end[k] = tensor_real_at(t, i < shape_count(&t->shape) ? i : 0);
        }
        snprintf(text, sizeof text, "[%g, %g]", end[0], end[1]);
        const char *name = name_cstr(&I->names, s->name);
        Diag *g = fail_diag(I, E0454, s->span, name, support_name(s->support),
                            dist_name(I, d), text);
        if (end[0] == end[1])
            diag_help(&I->diags, g, "one number is no unknown: write `%s = %g`", name,
                      end[0]);
        return false;
    }
    return true;
}

bool prior_bounds(Interp *I, Site *s, Instance *d)
{
    Value bound[2];
    bool any = false;
    if (!dist_bounds(I, d, bound)) return false;
    for (int i = 0; i < 2; i++) {
        if (!known(I, s, &bound[i])) return false;
        Tensor *t = value_as_type(I, bound[i], TYPE_F64);
        for (int64_t k = 0; k < shape_count(&t->shape) && !any; k++)
            any = isfinite(tensor_real_at(t, k));
    }
    if (!any) return true;
    const Value drawn[2] = {bound[0], bound[1]};
    return narrow(I, s, bound) && keep_bounds(I, s, bound) &&
           check_bounds(I, s, d, drawn);
}
