/* SPDX-License-Identifier: MIT
 * Whether each row of a model depends on a random function at its own row alone, as
 * guides of functions take for granted. Told from slopes: where it does, weights on the
 * rows of a density weigh its slopes in the function in the same way. Slopes are those
 * at a few values of the function, up to a thousand: what is seen beyond them is not.
 */
#include "infer_int.h"

#include <math.h>
#include <string.h>

/* Values of a function: those of a pass, then ever wider ones of both signs, since what
 * is seen of other rows may begin at some value (relu(f - 5)). */
static const double widths[] = {1, 3, 10, 30, 100, 1000};
enum { WIDTHS = sizeof widths / sizeof *widths };

static Node *stand_in(Graph *g, const Shape *shape, double middle, double width)
{
    int64_t n = shape_count(shape);
    double *x = arena_take(&g->arena, ((size_t)n + 1) * sizeof *x);
    for (int64_t i = 0; i < n; i++) x[i] = middle + width * sin(7.3 * (double)i);
    return graph_constant(g, TYPE_F64, shape, x);
}

Node *function_stand_in(Graph *g, const Shape *shape)
{
    return stand_in(g, shape, 0.3, 0.2);
}

/* [n] distinct weights in 1 to 2. */
static Node *weights(Graph *g, int64_t n)
{
    Shape s = shape_of(1, &n);
    double *w = arena_take(&g->arena, ((size_t)n + 1) * sizeof *w), whole;
    for (int64_t i = 0; i < n; i++)
        w[i] = 1 + modf(0.6180339887498949 * (double)i, &whole);
    return graph_constant(g, TYPE_F64, &s, w);
}

static Node *slope_in(Graph *g, Node *y, Node *dy, Node *f)
{
    Node *slope;
    Node *where;
    return y && graph_slope(g, y, dy, &f, 1, &slope, &where) ? slope : NULL;
}

/* What is left, row by row, of the slope under weights less the weighed slope; both
 * relative to the larger. NULL where the density has no slope. */
static Node *left_over(Graph *g, Node *logp, Node *f)
{
    Node *w = weights(g, f->shape.dim[0]), *all = w;
    bool by_row = logp->shape.rank && logp->shape.dim[0] == f->shape.dim[0];
    Shape column = shape_of(1, &f->shape.dim[0]);
    for (int i = 1; by_row && i < logp->shape.rank; i++) column.dim[column.rank++] = 1;
    if (by_row && (all = op_to_shape(g, w, &column)))
        all = op_broadcast(g, all, &logp->shape);
    if (!w || !all) return NULL;
    Node *plain = slope_in(g, logp, NULL, f);
    Node *weighed = by_row ? slope_in(g, logp, all, f) : plain;
    if (!plain || !weighed) return NULL;
    plain = op2(g, ELEM_mul, plain, w);
    Node *off = op1(g, ELEM_abs, op2(g, ELEM_sub, weighed, plain));
    Node *size = op2(g, ELEM_add, op1(g, ELEM_abs, weighed), op1(g, ELEM_abs, plain));
    return op2(g, ELEM_sub, off, op2(g, ELEM_mul, size, graph_real(g, 1e-7)));
}

static bool of_other_rows(Interp *I, const Pass *p, const Factor *f, const Site *s,
                          int64_t row)
{
    Diag *d =
        fail_diag(I, E0585, f->span, dist_name(I, f->dist), s->path, (long long)row,
                  name_cstr(&I->names, p->function->def->def->name));
    diag_label(&I->diags, d, s->span, "this function");
    return false;
}

/* What is left over where the function has other values: NULL if it cannot be said. */
static Node *left_over_at(Graph *g, Node *left, Node *at, double width)
{
    Node *other = stand_in(g, &at->shape, 0, width), *result;
    bool mapped = false, out_mapped;
    bool made = other && graph_batch(g, 0, &at, &other, &mapped, 1, &left, 1, &result,
                                     &out_mapped);
    return made ? result : NULL;
}

static bool apart(Interp *I, Pass *p, const Factor *f, const Site *s, Node *at)
{
    Value v;
    Node *left = left_over(p->graph, f->logp, at);
    if (!left) return true; /* the fit tells that there is no slope */
    for (int k = -1; k < WIDTHS; k++) {
        Node *there = k < 0 ? left : left_over_at(p->graph, left, at, widths[k]);
        if (!there) return graph_failed(I, f->span, p->graph->error);
        if (!node_now(I, p, there, &v)) return false;
        const Tensor *t = value_as_type(I, v, TYPE_F64);
        for (int64_t i = 0, n = shape_count(&t->shape); i < n; i++)
            if (tensor_real_at(t, i) > 0) return of_other_rows(I, p, f, s, i);
    }
    return true;
}

bool functions_apart(Interp *I, Pass *p)
{
    for (uint32_t i = 0; i < p->sites->count; i++) {
        const Site *s = &p->sites->at[i];
        for (uint32_t k = 0; s->function && k < p->factors; k++)
            if (p->factor[k].kind != FACTOR_FUNCTION &&
                !apart(I, p, &p->factor[k], s, p->site_node[i]))
                return false;
    }
    return true;
}
