/* SPDX-License-Identifier: MIT
 * Numeric words: by element, over elements, matrices. Each is a building of nodes,
 * which apply runs on numbers and records on nodes.
 */
#include "words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* exp(Normal(0, 1)): the function as a flow, applied to a distribution. */
static bool of_dist(Interp *I, int word, Value d, const Args *args, bool *done,
                    Value *out)
{
    Value flow;
    *done = is_instance(d, DEF_DIST);
    if (!*done) return true;
    if (!flow_of_word(I, word, done, &flow)) return false;
    return !*done || flow_call(I, flow, args, out);
}

bool word_elem(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    bool done;
    if (!of_dist(I, word, arg[0], args, &done, out)) return false;
    if (done) return true;
    for (int i = 0; i < 3 && arg[i].kind != VALUE_NONE; i++) {
        if (arg[i].kind == VALUE_RANGE)
            arg[i] = range_tensor(I, (Range *)arg[i].object);
        if (!value_is_number(arg[i]))
            return fail(I, E0352, word_place(I, word, args, i), word_name(word),
                        value_kind_text(arg[i]));
    }
    return apply_elem(I, (Elem)word_data(word), args->call, arg, out);
}

static Node *build_stop(Graph *g, Node *const *in)
{
    return graph_node(g, &op_stop, in, 1, NULL);
}

static Node *build_jumping(Graph *g, Node *const *in)
{
    Node *x = op_to_type(g, in[0], TYPE_F64);
    return x ? graph_node(g, &op_draw, &x, 1, NULL) : NULL;
}

static Node *build_clip(Graph *g, Node *const *in)
{
    return op2(g, ELEM_min, op2(g, ELEM_max, in[0], in[1]), in[2]);
}

static Node *build_covariance(Graph *g, Node *const *in)
{
    Node *x = op_to_type(g, in[0], TYPE_F64);
    if (x->shape.rank != 2) return NULL;
    Node *d = op2(g, ELEM_sub, x, op_mean(g, x, -2, true));
    Node *n = op_to_type(g, graph_size(g, size_sub(x->shape.dim[0], 1)), TYPE_F64);
    return op2(g, ELEM_div, op_dot(g, op_transpose(g, d), d), n);
}

static Node *build_transpose(Graph *g, Node *const *in)
{
    return in[0]->shape.rank < 2 ? in[0] : op_transpose(g, in[0]);
}

static Node *real(Graph *g, Node *x) { return op_to_type(g, x, TYPE_F64); }

typedef Node *System(Graph *g, Node *a, Node *b);

/* The right side is a vector, or a matrix of columns. */
static Node *build_system(Graph *g, Node *const *in, System *solve)
{
    Node *a = real(g, in[0]), *b = real(g, in[1]);
    bool vector = b && b->shape.rank == 1;
    if (vector) {
        Shape s = b->shape;
        s.dim[s.rank++] = 1;
        b = op_to_shape(g, b, &s);
    }
    Node *y = a && b ? solve(g, a, b) : NULL;
    if (!vector || !y) return y;
    Shape s = shape_drop(&y->shape, y->shape.rank - 1);
    return op_to_shape(g, y, &s);
}

static Node *general(Graph *g, Node *a, Node *b)
{
    Node *in[2] = {a, b};
    return graph_node(g, &op_solve, in, 2, NULL);
}

static Node *build_solve(Graph *g, Node *const *in)
{
    return build_system(g, in, general);
}

static Node *build_solve_lower(Graph *g, Node *const *in)
{
    return build_system(g, in, op_solve_lower);
}

static Node *unary(Graph *g, const Op *op, Node *x)
{
    x = real(g, x);
    return x ? graph_node(g, op, &x, 1, NULL) : NULL;
}

/* x[n], of which each row of a matrix has one number, on its diagonal; made when read.
 */
static Node *on_diagonal(Graph *g, Node *x)
{
    int64_t n = x->shape.dim[0];
    Shape row = shape_of(2, (int64_t[]){1, n}), column = shape_of(2, (int64_t[]){n, 1});
    Attr a;
    memset(&a, 0, sizeof a);
    a.n = n;
    a.type = TYPE_I64;
    Node *count = graph_node(g, &op_iota, NULL, 0, &a);
    Node *on =
        op2(g, ELEM_eq, op_to_shape(g, count, &column), op_to_shape(g, count, &row));
    column.name[0] = row.name[1] = x->shape.name[0];
    return op3(g, ELEM_where, on, op_to_shape(g, x, &column), graph_real(g, 0));
}

/* Every (n + 1)st number of a matrix that is read as one row. */
static Node *diagonal_of(Graph *g, Node *x)
{
    Shape s = shape_drop(&x->shape, x->shape.rank - 1);
    int64_t n = x->shape.dim[s.rank];
    Shape row = s;
    row.dim[s.rank - 1] = n * n;
    row.name[s.rank - 1] = 0;
    Node *y = op_slice_axis(g, op_to_shape(g, x, &row), -1, 0, n * n, n + 1);
    return op_to_shape(g, y, &s);
}

/* Of a vector, the matrix with it: a Cholesky factor where it is positive. */
static Node *build_diag(Graph *g, Node *const *in)
{
    Node *x = real(g, in[0]);
    int rank = x->shape.rank;
    int64_t n = x->shape.dim[rank - 1];
    bool factor =
        rank == 1 ? x->support == SUPPORT_POSITIVE : x->support == SUPPORT_CHOLESKY;
    if (rank > 1 && size_meet(n, x->shape.dim[rank - 2]) == SIZE_DIFFERENT) {
        char s[SHAPE_TEXT];
        return graph_error(g, "a square matrix is due here, not real%s",
                           shape_text(s, g->names, &x->shape, true));
    }
    Node *y;
    if (size_is_form(n)) {
        Shape s = shape_of(2, (int64_t[]){n, n});
        if (rank > 1) s = shape_drop(&x->shape, rank - 1);
        y = graph_input(g, TYPE_F64, SUPPORT_ANY, &s, INPUT_OPEN);
    } else {
        y = rank == 1 ? on_diagonal(g, x) : diagonal_of(g, x);
    }
    if (y && factor) y->support = rank == 1 ? SUPPORT_CHOLESKY : SUPPORT_POSITIVE;
    return y;
}

/* a with zeros above its diagonal. */
static Node *build_tril(Graph *g, Node *const *in)
{
    Node *a = real(g, in[0]);
    int rank = a->shape.rank;
    int64_t m = a->shape.dim[rank - 2], n = a->shape.dim[rank - 1];
    if (size_is_form(m) || size_is_form(n))
        return graph_input(g, TYPE_F64, SUPPORT_ANY, &a->shape, INPUT_OPEN);
    double *on = arena_take(&g->arena, (size_t)(m * n + 1) * sizeof *on);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j <= i && j < n; j++) on[i * n + j] = 1;
    Shape s = shape_of(2, (int64_t[]){m, n});
    Node *below =
        op2(g, ELEM_gt, graph_constant(g, TYPE_F64, &s, on), graph_real(g, 0));
    return op3(g, ELEM_where, op_broadcast(g, below, &a->shape), a, graph_real(g, 0));
}

/* Of x to itself where it is alone. */
static Node *build_squared_distances(Graph *g, Node *const *in)
{
    Node *x = real(g, in[0]), *pair[2] = {x, in[1] ? real(g, in[1]) : x};
    return x && pair[1] ? graph_node(g, &op_squared_distances, pair, 2, NULL) : NULL;
}

typedef Node *Build(Graph *g, Node *const *in);

static Node *build_inverse(Graph *g, Node *const *in)
{
    return unary(g, &op_inverse, in[0]);
}

static Node *build_cholesky(Graph *g, Node *const *in)
{
    return op_cholesky_of(g, real(g, in[0]));
}

static Node *build_det(Graph *g, Node *const *in) { return unary(g, &op_det, in[0]); }

static Node *build_trace(Graph *g, Node *const *in)
{
    return op_reduce(g, &op_sum, build_diag(g, in), -1, false);
}

static Build *const builds[] = {build_solve_lower, build_stop,
                                build_clip,        build_covariance,
                                build_transpose,   build_jumping,
                                build_inverse,     build_solve,
                                build_cholesky,    build_det,
                                build_diag,        build_trace,
                                build_tril,        build_squared_distances};

static Node *build_run(Graph *g, Node *const *in, int n, void *ctx)
{
    Node *all[3] = {in[0], n > 1 ? in[1] : NULL, n > 2 ? in[2] : NULL};
    Node *y = builds[*(int *)ctx](g, all);
    if (!y && !g->error[0])
        snprintf(g->error, sizeof g->error, "these shapes do not fit here");
    return y;
}

bool word_build(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    int data = word_data(word), n = 0;
    bool done;
    if (!of_dist(I, word, arg[0], args, &done, out)) return false;
    if (done) return true;
    for (; n < 3 && arg[n].kind != VALUE_NONE; n++)
        if (!value_is_number(arg[n]) && arg[n].kind != VALUE_RANGE)
            return fail(I, E0352, word_place(I, word, args, n), word_name(word),
                        value_kind_text(arg[n]));
    Shape s;
    bool matrix = data == 0 || data == 3 || data == 6 || data == 8 || data == 9 ||
                  data == 11 || data == 12;
    if (matrix && value_shape(arg[0], &s) && s.rank < 2)
        return fail(I, E0353, word_place(I, word, args, 0), word_name(word), s.rank);
    return apply(I, build_run, &data, arg, n, args->call, out);
}

bool word_identity(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    (void)I;
    (void)word;
    (void)args;
    *out = arg[0];
    return true;
}

/* in: x and the index; the axis, from the end, goes. */
static Node *build_pick(Graph *g, Node *const *in, int n, void *ctx)
{
    int behind = -1 - *(int *)ctx; /* axes behind it */
    (void)n;
    Node *two[2] = {op_axis_last(g, in[0], -1 - behind),
                    op_to_type(g, in[1], TYPE_I64)};
    if (!two[0] || !two[1]) return NULL;
    Shape rest = two[0]->shape, both, up = two[1]->shape;
    if (rest.rank > 0) rest.rank--;
    for (int i = 0; i < behind && up.rank < LIMIT_RANK; i++) up.dim[up.rank++] = 1;
    two[1] = op_to_shape(g, two[1], &up);
    if (!two[1]) return NULL;
    if (!shape_broadcast(&rest, &two[1]->shape, &both))
        return graph_error(g, "the index does not fit the axes in front of the one "
                              "that is picked from");
    two[1] = op_broadcast(g, two[1], &both);
    Shape full = both;
    full.name[full.rank] = 0;
    full.dim[full.rank++] =
        two[0]->shape.rank ? two[0]->shape.dim[two[0]->shape.rank - 1] : 1;
    two[0] = op_broadcast(g, two[0], &full);
    return two[0] && two[1] ? graph_node(g, &op_pick, two, 2, NULL) : NULL;
}

bool word_pick(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    int axis = -1;
    Shape s;
    for (int k = 0; k < 2; k++) {
        arg[k] = range_as_tensor(I, arg[k]);
        if (!value_shape(arg[k], &s))
            return fail(I, E0352, word_place(I, word, args, k), "pick",
                        value_kind_text(arg[k]));
    }
    value_shape(arg[0], &s);
    if (arg[2].kind != VALUE_NONE &&
        !arg_axis(I, arg[2], s.rank, word_place(I, word, args, 2), &axis))
        return false;
    return apply(I, build_pick, &axis, arg, 2, args->call, out);
}

/* ---- reductions ---- */

typedef struct Reduce {
    int what, axis;
    bool keep;
} Reduce;

static Node *centred_squares(Graph *g, Node *x, const Reduce *r)
{
    Node *d = op2(g, ELEM_sub, x, op_mean(g, x, r->axis, r->axis != 0));
    return op_reduce(g, &op_sum, op1(g, ELEM_square, d), r->axis, r->keep);
}

static Node *variance(Graph *g, Node *x, const Reduce *r)
{
    int64_t n =
        r->axis ? x->shape.dim[x->shape.rank + r->axis] : shape_count(&x->shape);
    if (n < 2) return NULL;
    Node *less = op_to_type(g, graph_size(g, size_sub(n, 1)), TYPE_F64);
    return op2(g, ELEM_div, centred_squares(g, x, r), less);
}

static Node *truth(Graph *g, const Op *op, Node *x, const Reduce *r)
{
    Node *y = op_reduce(g, op, op_to_type(g, x, TYPE_I64), r->axis, r->keep);
    return op_to_type(g, y, TYPE_BOOL);
}

static Node *build_reduce(Graph *g, Node *const *in, int n, void *ctx)
{
    const Reduce *r = ctx;
    (void)n;
    Node *x = in[0];
    if (x->type == TYPE_BOOL && r->what != 6 && r->what != 7)
        x = op_to_type(g, x, TYPE_I64);
    switch (r->what) {
    case 0: return op_reduce(g, &op_sum, x, r->axis, r->keep);
    case 1: return op_mean(g, real(g, x), r->axis, r->keep);
    case 2: return op1(g, ELEM_sqrt, variance(g, real(g, x), r));
    case 3: return variance(g, real(g, x), r);
    case 4: return op_reduce(g, &op_prod, x, r->axis, r->keep);
    case 5: return op_reduce(g, &op_logsumexp, real(g, x), r->axis, r->keep);
    case 6: return truth(g, &op_min, x, r);
    case 7: return truth(g, &op_max, x, r);
    case 8: return op_reduce(g, &op_argmax, x, r->axis, r->keep);
    case 9: return op_reduce(g, &op_argmin, x, r->axis, r->keep);
    case 10:
        return op1(
            g, ELEM_sqrt,
            op_reduce(g, &op_sum, op1(g, ELEM_square, real(g, x)), r->axis, r->keep));
    case 11: return op_reduce(g, &op_max, x, r->axis, r->keep);
    default: return op_reduce(g, &op_min, x, r->axis, r->keep);
    }
}

static bool reduce(Interp *I, int what, Value x, Value axis, Value keep, int word,
                   const Args *args, Value *out)
{
    Reduce r = {.what = what};
    Shape s;
    if (x.kind == VALUE_RANGE) x = range_tensor(I, (Range *)x.object);
    if (!value_shape(x, &s))
        return fail(I, E0352, word_place(I, word, args, 0), word_name(word),
                    value_kind_text(x));
    Span place = args_place(args, what >= 11 ? 2 : 1, name_str(&I->names, "axis"));
    if (axis.kind != VALUE_NONE && !arg_axis(I, axis, s.rank, place, &r.axis))
        return false;
    place = args_place(args, what >= 11 ? 3 : 2, name_str(&I->names, "keep"));
    if (keep.kind != VALUE_NONE && keep.kind != VALUE_BOOL)
        return fail(I, E0437, place, "`keep`", "true or false", value_kind_text(keep));
    r.keep = keep.kind == VALUE_BOOL && keep.boolean;
    r.keep = r.keep && r.axis != 0;
    int64_t count = r.axis ? s.dim[s.rank + r.axis] : shape_count(&s);
    bool needs_two = what == 2 || what == 3, needs_one = what == 1 || what >= 8;
    if ((needs_two && count < 2) || (needs_one && what != 10 && count < 1))
        return fail(I, E0354, word_place(I, word, args, 0), word_name(word),
                    needs_two ? 2 : 1, (long long)count);
    return apply(I, build_reduce, &r, &x, 1, args->call, out);
}

bool word_reduce(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    int what = word_data(word);
    if (what >= 1 && what <= 3 && is_instance(arg[0], DEF_DIST))
        return dist_member(I, (Instance *)arg[0].object, word_name(word), args->call,
                           out);
    if (arg[0].kind == VALUE_PREDICTION)
        return eval_field(I, arg[0], name_str(&I->names, word_name(word)), args->call,
                          out);
    return reduce(I, what, arg[0], arg[1], arg[2], word, args, out);
}

bool word_extreme(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    bool max = word_data(word) == 0;
    if (arg[1].kind == VALUE_NONE)
        return reduce(I, max ? 11 : 12, arg[0], arg[2], arg[3], word, args, out);
    if (arg[2].kind != VALUE_NONE)
        return fail(I, E0733, word_place(I, word, args, 2), word_name(word));
    for (int i = 0; i < 2; i++)
        if (!value_is_number(arg[i]))
            return fail(I, E0352, word_place(I, word, args, i), word_name(word),
                        value_kind_text(arg[i]));
    return apply_elem(I, max ? ELEM_max : ELEM_min, args->call, arg, out);
}

/* ---- along an axis ---- */

typedef struct Along {
    int what, axis;
} Along;

static Node *build_along(Graph *g, Node *const *in, int n, void *ctx)
{
    const Along *a = ctx;
    (void)n;
    Node *x = a->what >= 3 ? real(g, in[0]) : in[0], *shifted;
    Attr attr = {.axis = a->axis};
    switch (a->what) {
    case 0: return graph_node(g, &op_sort, &x, 1, &attr);
    case 1: return graph_node(g, &op_argsort, &x, 1, &attr);
    case 2: return graph_node(g, &op_cumsum, &x, 1, &attr);
    default:
        shifted = op2(g, ELEM_sub, x, op_reduce(g, &op_logsumexp, x, a->axis, true));
        if (a->what == 4) return shifted;
        shifted = op1(g, ELEM_exp, shifted);
        if (shifted && a->axis == -1) shifted->support = SUPPORT_SIMPLEX;
        return shifted;
    }
}

bool word_along(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Along a = {.what = word_data(word), .axis = -1};
    Shape s;
    arg[0] = range_as_tensor(I, arg[0]);
    if (!value_shape(arg[0], &s) || s.rank == 0)
        return fail(I, E0352, word_place(I, word, args, 0), word_name(word),
                    value_kind_text(arg[0]));
    if (arg[1].kind != VALUE_NONE &&
        !arg_axis(I, arg[1], s.rank, word_place(I, word, args, 1), &a.axis))
        return false;
    return apply(I, build_along, &a, arg, 1, args->call, out);
}

typedef struct Quantile {
    int axis;
    double q;
} Quantile;

/* Linear interpolation between order statistics (type 7 of Hyndman and Fan 1996). */
static Node *build_quantile(Graph *g, Node *const *in, int n, void *ctx)
{
    const Quantile *k = ctx;
    (void)n;
    Node *x = real(g, in[0]);
    int axis = k->axis;
    if (axis == 0) {
        Shape flat = shape_of(1, (int64_t[]){shape_count(&x->shape)});
        x = op_to_shape(g, x, &flat);
        axis = -1;
    }
    Attr attr = {.axis = axis};
    Node *s = graph_node(g, &op_sort, &x, 1, &attr);
    int64_t count = x->shape.dim[x->shape.rank + axis];
    if (size_is_form(count)) return op_mean(g, x, axis, false); /* the shape alone */
    double place = k->q * (double)(count - 1), low = floor(place);
    if (low > (double)(count - 2)) low = count > 1 ? (double)(count - 2) : 0;
    int64_t i = (int64_t)low, j = count > 1 ? i + 1 : i;
    Node *a = op_slice_axis(g, s, axis, i, i + 1, 1);
    Node *b = op_slice_axis(g, s, axis, j, j + 1, 1);
    Node *w = graph_real(g, place - low);
    Node *y = op2(g, ELEM_add, a, op2(g, ELEM_mul, w, op2(g, ELEM_sub, b, a)));
    if (!y) return NULL;
    Shape shape = shape_drop(&y->shape, y->shape.rank + axis);
    return op_to_shape(g, y, &shape);
}

/* A vector of shares: the quantiles of each, stacked in front. */
static bool each_quantile(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    List *l = list_new(I);
    const Tensor *q = arg[1].tensor;
    for (int64_t i = 0; i < q->shape.dim[0]; i++) {
        Value one[4] = {arg[0], value_real(tensor_real_at(q, i)), arg[2], value_none()},
              v;
        if (!word_quantile(I, word, one, args, &v)) return false;
        list_push(I, l, v);
    }
    return values_stack(I, l->item, l->count, args->call, out);
}

bool word_quantile(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Quantile k = {.q = 0.5};
    bool median = word_data(word) == 1;
    Shape s;
    arg[0] = range_as_tensor(I, arg[0]);
    if (!median && is_instance(arg[0], DEF_DIST))
        return dist_function(I, (Instance *)arg[0].object, DIST_QUANTILE, arg[1],
                             word_place(I, word, args, 1), out);
    if (!median && arg[1].kind == VALUE_TENSOR && arg[1].tensor->shape.rank == 1)
        return each_quantile(I, word, arg, args, out);
    if (!median && arg[0].kind == VALUE_PREDICTION) {
        Value method;
        return eval_field(I, arg[0], name_str(&I->names, "quantile"), args->call,
                          &method) &&
               call_with(I, method, &arg[1], 1, args->call, out);
    }
    if (!median &&
        !arg_real(I, arg[1], word_place(I, word, args, 1), "a quantile", &k.q))
        return false;
    if (!(k.q >= 0 && k.q <= 1))
        return fail(I, E0355, word_place(I, word, args, 1), k.q);
    Value axis = arg[median ? 1 : 2];
    if (!value_shape(arg[0], &s))
        return fail(I, E0352, word_place(I, word, args, 0), word_name(word),
                    value_kind_text(arg[0]));
    if (axis.kind != VALUE_NONE &&
        !arg_axis(I, axis, s.rank, word_place(I, word, args, median ? 1 : 2), &k.axis))
        return false;
    if ((k.axis ? s.dim[s.rank + k.axis] : shape_count(&s)) < 1)
        return fail(I, E0354, word_place(I, word, args, 0), word_name(word), 1, 0LL);
    return apply(I, build_quantile, &k, arg, 1, args->call, out);
}
