/* SPDX-License-Identifier: MIT
 * Element-wise ops as nodes: a descriptor for each row of elem.def, its slope and its
 * draws. The inputs of such a node have its rank, or rank 0; axes of size 1 are
 * repeated.
 */
#include "ops/ops_int.h"
#include "ops/elem_support.h"

enum Types { REAL, ARITH, COMPARE, LOGIC, TEST, CHOOSE, KEYS };

typedef struct Row {
    int arity;
    enum Types types;
    Support (*support)(Node *const *in, int n);
} Row;

static const Row row[ELEM_COUNT] = {
#define ELEM(name, arity, types, value, slope0, slope1, support, lo, hi)               \
    {arity, types, support_of_##support},
#include "ops/elem.def"
#undef ELEM
};

/* ---- shape, type and support ---- */

static bool types_fit(Infer *c, enum Types types)
{
    Node *const *in = c->in;
    Type a = in[0]->type, z = in[c->n_in - 1]->type;
    bool two = c->n_in < 2 || in[c->n_in - 2]->type == z;
    bool all = two && (c->n_in < 3 || a == z);
    c->type = TYPE_BOOL;
    switch (types) {
    case COMPARE: return two;
    case LOGIC: return two && z == TYPE_BOOL;
    case TEST: return type_is_real(z);
    case REAL: c->type = z; return all && type_is_real(z);
    case ARITH: c->type = z; return two && (type_is_real(z) || z == TYPE_I64);
    case CHOOSE: c->type = z; return a == TYPE_BOOL && two;
    case KEYS: c->type = TYPE_KEY; return a == TYPE_KEY && z == TYPE_I64;
    }
    return false;
}

static bool types_unfit(Infer *c, enum Types types)
{
    const char *a = type_name(c->in[0]->type), *z = type_name(c->in[c->n_in - 1]->type);
    if (types == CHOOSE && c->in[0]->type != TYPE_BOOL)
        return infer_error(c,
                           "`where` chooses by bools, and not by %s; help: a "
                           "comparison makes bools of numbers, as `x > 0`",
                           a);
    return infer_error(c, "an element-wise op cannot take %s%s%s", a,
                       c->n_in > 1 ? " and " : "", c->n_in > 1 ? z : "");
}

static bool elem_shape(Infer *c, Elem e)
{
    const Row *r = &row[e];
    if (!types_fit(c, r->types)) return types_unfit(c, r->types);
    Shape s = c->in[0]->shape;
    for (int i = 1; i < c->n_in; i++) {
        const Shape *t = &c->in[i]->shape;
        bool ranks = !s.rank || !t->rank || s.rank == t->rank;
        if (!ranks || !shape_broadcast_sizes(&s, t, &s)) {
            char at[SHAPE_TEXT], bt[SHAPE_TEXT];
            return infer_error(c, "%s and %s do not broadcast",
                               shape_text(at, c->graph->names, &s, true),
                               shape_text(bt, c->graph->names, t, true));
        }
    }
    c->shape = s;
    if (type_is_real(c->type) || c->type == TYPE_I64)
        c->support = r->support(c->in, c->n_in);
    return true;
}

#define ELEM(name, arity, types, value, slope0, slope1, support, lo, hi)               \
    static bool infer_##name(Infer *c) { return elem_shape(c, ELEM_##name); }
#include "ops/elem.def"
#undef ELEM

/* ---- slopes, as nodes ---- */

static Node *slope_pick(Graph *g, Node *c, Node *p, Node *q)
{
    return op3(g, ELEM_where, c, p, q);
}

#define ADD(p, q) op2(g, ELEM_add, p, q)
#define SUB(p, q) op2(g, ELEM_sub, p, q)
#define MUL(p, q) op2(g, ELEM_mul, p, q)
#define DIV(p, q) op2(g, ELEM_div, p, q)
#define ZMUL(p, q) op2(g, ELEM_zmul, p, q)
#define ZDIV(p, q) op2(g, ELEM_zdiv, p, q)
#define EQ(p, q) op2(g, ELEM_eq, p, q)
#define LT(p, q) op2(g, ELEM_lt, p, q)
#define GT(p, q) op2(g, ELEM_gt, p, q)
#define NEG(p) op1(g, ELEM_neg, p)
#define SIGN(p) op1(g, ELEM_sign, p)
#define SQUARE(p) op1(g, ELEM_square, p)
#define SQRT(p) op1(g, ELEM_sqrt, p)
#define EXP(p) op1(g, ELEM_exp, p)
#define LOG(p) op1(g, ELEM_log, p)
#define LOG1P(p) op1(g, ELEM_log1p, p)
#define EXPM1(p) op1(g, ELEM_expm1, p)
#define SIN(p) op1(g, ELEM_sin, p)
#define COS(p) op1(g, ELEM_cos, p)
#define SINH(p) op1(g, ELEM_sinh, p)
#define COSH(p) op1(g, ELEM_cosh, p)
#define SIGMOID(p) op1(g, ELEM_sigmoid, p)
#define FLOOR(p) op1(g, ELEM_floor, p)
#define DIGAMMA(p) op1(g, ELEM_digamma, p)
#define TRIGAMMA(p) op1(g, ELEM_trigamma, p)
#define NDTR_HAZARD(p) op1(g, ELEM_ndtr_hazard, p)
#define NORMAL(p) MUL(C(ONE_OVER_SQRT_2PI), EXP(MUL(C(-0.5), SQUARE(p))))
#define DIGAMMA_DIFFERENCE(p, q) op2(g, ELEM_digamma_difference, p, q)
#define GAMMAINC_SLOPE(p, q) op2(g, ELEM_gammainc_slope, p, q)
#define GAMMAINC_PATH(p, q) op2(g, ELEM_gammainc_path, p, q)
#define GAMMAINC_HAZARD(p, q) op2(g, ELEM_gammainc_hazard, p, q)
#define GAMMAINCC_HAZARD(p, q) op2(g, ELEM_gammaincc_hazard, p, q)
#define GAMMA_DENSITY(p, q) op2(g, ELEM_gammainc_log_density, p, q)
#define GAMMA_LOG_DENSITY(p, q) op2(g, ELEM_gammainc_log_slope, p, q)
#define BETA_DENSITY(p, q, r) op3(g, ELEM_betainc_density, p, q, r)
#define BETAINC_HAZARD(p, q, r) op3(g, ELEM_betainc_hazard, p, q, r)
#define BETAINCC_HAZARD(p, q, r) op3(g, ELEM_betaincc_hazard, p, q, r)
/* Slopes of x, not of its logit, where betainc stays. */
#define BETA_PATH_A(p, q, r) ZMUL(SPREAD(r), op3(g, ELEM_betainc_path_a, p, q, r))
#define BETA_PATH_B(p, q, r) ZMUL(SPREAD(r), op3(g, ELEM_betainc_path_b, p, q, r))
#define SPREAD(r) MUL(r, SUB(C(1), r))
/* Of log betainc_density in its arguments. */
#define BETA_DENSITY_A(p, q, r) ADD(LOG(r), DIGAMMA_DIFFERENCE(p, q))
#define BETA_DENSITY_B(p, q, r) ADD(LOG1P(NEG(r)), DIGAMMA_DIFFERENCE(q, p))
#define BETA_DENSITY_X(p, q, r)                                                        \
    SUB(DIV(SUB(p, C(1)), r), DIV(SUB(q, C(1)), SUB(C(1), r)))
#define BESSELI_SLOPE(n, p) op2(g, ELEM_besseli_scaled_slope, n, p)
#define VON_MISES_DENSITY(p, q) op2(g, ELEM_von_mises_density, p, q)
#define VON_MISES_SLOPE(p, q) op2(g, ELEM_von_mises_cdf_slope, p, q)
/* The slope of log von_mises_density in q: cos p - 1 + (1 - I_1 / I_0). */
#define VON_MISES_DRIFT(p, q)                                                          \
    SUB(MUL(C(-2), SQUARE(SIN(MUL(C(0.5), p)))),                                       \
        DIV(BESSELI_SLOPE(C(0), q), op2(g, ELEM_besseli_scaled, C(0), q)))
#define ERF(p) op1(g, ELEM_erf, p)
#define POLYGAMMA(n, p) op2(g, ELEM_polygamma, n, p)
#define WHERE(c, p, q) slope_pick(g, c, p, q)
#define C(x) op_number_like(g, dy, x)
#define ZERO (*no = NO_ZERO, (Node *)NULL)
#define NONE (*no = NO_FORMULA, (Node *)NULL)
#define PER(in_b, in_c) (input == 1 ? (in_b) : (in_c))
#define TWO_OVER_SQRT_PI 1.12837916709551257390
#define ONE_OVER_SQRT_2 0.70710678118654752440
#define ONE_OVER_SQRT_2PI 0.39894228040143267794

/* b a^(b−1); 0 where b is 0, also at a = 0. */
static Node *pow_slope_base(Graph *g, Node *a, Node *b, Node *dy)
{
    double x;
    Node *less = op2(g, ELEM_pow, a, SUB(b, C(1)));
    if (node_constant_value(b, &x) && (x < 0 || x > 0)) return ZMUL(dy, MUL(b, less));
    return ZMUL(dy, ZMUL(b, less));
}

/* y log a; 0 at a = 0, its limit for b > 0. */
static Node *pow_slope_exponent(Graph *g, Node *a, Node *y, Node *dy)
{
    return ZMUL(dy, MUL(y, LOG(WHERE(EQ(a, C(0)), C(1), a))));
}

/* All to the one that wins, half to each of two alike. */
static Node *extreme_slope(Graph *g, Node *wins, Node *a, Node *b, Node *dy)
{
    return WHERE(wins, dy, WHERE(EQ(a, b), MUL(dy, C(0.5)), C(0)));
}

/* a - b; 0 where they are alike, also at infinity. */
static Node *apart(Graph *g, Node *a, Node *b)
{
    return op3(g, ELEM_where, op2(g, ELEM_eq, a, b), op_number_like(g, a, 0),
               op2(g, ELEM_sub, a, b));
}

/* Why there are no nodes of a slope. */
typedef enum NoSlope { SOME_NODES, NO_ZERO, NO_FORMULA } NoSlope;

/* The slope of y = row e in its input of that number; NULL with *no where there is
 * none. `later`: it is not the first that has one. */
static Node *slope_text(Graph *g, Elem e, int input, bool later, Node *y, Node *dy,
                        NoSlope *no)
{
    Node *a = y->in[0], *b = y->n_in > 1 ? y->in[1] : NULL;
    Node *c = y->n_in > 2 ? y->in[2] : NULL;
    (void)c;
    (void)input;
    switch (e) {
#define ELEM(name, arity, types, value, slope0, slope1, support, lo, hi)               \
    case ELEM_##name:                                                                  \
        return later ? (slope1) : (slope0);
#include "ops/elem.def"
#undef ELEM
    case ELEM_COUNT: break;
    }
    return NULL;
}

static bool refuse_slope(Graph *g, const char *name, int input)
{
    static const char *const nth[] = {"first", "second", "third"};
    graph_error(g, "`%s` has no slope in its %s argument that is known", name,
                nth[input]);
    return false;
}

static bool elem_slope(Graph *g, Node *y, Node *dy, Node **dx)
{
    Elem e = (Elem)y->op->elem;
    int first = row[e].types == CHOOSE ? 1 : 0;
    for (int i = first; i < y->n_in; i++) {
        if (!g->wanted[i]) continue;
        NoSlope no = SOME_NODES;
        Node *d = slope_text(g, e, i, i > first, y, dy, &no);
        if (no == NO_ZERO) continue;
        if (no == NO_FORMULA) return refuse_slope(g, y->op->name, i);
        dx[i] = op_sum_to(g, d, &y->in[i]->shape);
        if (!dx[i]) return false;
    }
    return true;
}

/* ---- draws ---- */

static Node *elem_batch(Graph *g, const Node *y, Node *const *in, const bool *mapped,
                        int64_t size)
{
    Node *all[3];
    for (int i = 0; i < y->n_in; i++) {
        all[i] = in[i];
        int rank = in[i]->shape.rank - (mapped[i] ? 1 : 0); /* without the axis */
        if (rank == y->shape.rank && mapped[i]) continue;
        if (rank == 0 && !mapped[i]) continue;
        Shape s = in[i]->shape;
        if (mapped[i]) s = shape_drop(&s, 0);
        Shape up = shape_lift(&s, mapped[i] ? size : 1, y->shape.rank);
        all[i] = op_to_shape(g, in[i], &up);
        if (!all[i]) return NULL;
    }
    return graph_node(g, y->op, all, y->n_in, NULL);
}

/* ---- the descriptors ---- */

/* The tests know the shapes of element-wise probes; a row says only where. */
#define PROBES(from, upto)                                                             \
    (const Probe[])                                                                    \
    {                                                                                  \
        {.dim = {{-1}, {-1}, {-1}}, .lo = from, .hi = upto}, { .lo = 0 }               \
    }

#define OP_ROW(text, n, row, from, upto)                                               \
    {                                                                                  \
        .name = text, .arity = n, .flags = OP_ELEM, .elem = ELEM_##row,                \
        .shape = infer_##row, .slope = elem_slope, .batch = elem_batch,                \
        .probe = PROBES(from, upto)                                                    \
    }

static const Op elem_ops[ELEM_COUNT] = {
#define ELEM(name, arity, types, value, slope0, slope1, support, lo, hi)               \
    [ELEM_##name] = OP_ROW(#name, arity, name, lo, hi),
#include "ops/elem.def"
#undef ELEM
};

const Op op_fold = OP_ROW("fold", 2, fold, 0, 1);

const Op *elem_op(Elem e) { return e == ELEM_fold ? &op_fold : &elem_ops[e]; }

int elem_arity(Elem e) { return row[e].arity; }

/* ---- what the builder must know of types ---- */

ElemTypes elem_types(Elem e)
{
    switch (row[e].types) {
    case REAL: return (ElemTypes){.mix = true, .least = TYPE_F64};
    case ARITH: return (ElemTypes){.mix = true, .least = TYPE_I64};
    case TEST: return (ElemTypes){.mix = true, .least = TYPE_F64};
    case COMPARE: return (ElemTypes){.mix = true, .least = TYPE_BOOL};
    case CHOOSE: return (ElemTypes){.mix = true, .first = 1, .least = TYPE_BOOL};
    case LOGIC:
    case KEYS: break;
    }
    return (ElemTypes){.mix = false};
}
