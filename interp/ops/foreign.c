/* SPDX-License-Identifier: MIT
 * foreign, the op that calls a C function, element by element over the axes in front of
 * the arguments' own. Its slope is a graph that eval made of the declared derivative,
 * mapped over the same axes. foreign_call.c does the calling.
 */
#include "ops/ops_int.h"

/* ---- functions at fixed shapes ---- */

ForeignForm *foreign_form(Foreign *f, const Shape *param, const Shape *result)
{
    for (ForeignForm *at = f->forms; at; at = at->next) {
        bool same = shape_same(&at->result, result);
        for (int i = 0; i < f->params && same; i++)
            same = shape_same(&at->param[i], &param[i]);
        if (same) return at;
    }
    ForeignForm *form = memory_take(f->memory, sizeof *form);
    form->fn = f;
    for (int i = 0; i < f->params; i++) form->param[i] = param[i];
    form->result = *result;
    form->next = f->forms;
    f->forms = form;
    return form;
}

static const ForeignForm *form_of(const Node *n) { return n->attr->own; }

const char *elem_label(Elem e)
{
    switch ((int)e) {
    case ELEM_add: return "+";
    case ELEM_sub: return "-";
    case ELEM_zmul:
    case ELEM_mul: return "*";
    case ELEM_zdiv:
    case ELEM_div: return "/";
    case ELEM_mod: return "%";
    case ELEM_pow: return "^";
    case ELEM_neg: return "-";
    default: return op_at((int)e)->name;
    }
}

const char *node_label(const Node *n)
{
    if (n->op == &op_foreign) return form_of(n)->fn->name;
    if (n->op == &op_matmul) return "@";
    return n->op->flags & OP_ELEM ? elem_label((Elem)n->op->elem) : n->op->name;
}

Node *op_foreign_make(Graph *g, const ForeignForm *form, Node *const *in)
{
    Attr a = attr_none();
    a.own = form;
    return graph_node(g, &op_foreign, in, form->fn->params, &a);
}

/* ---- shape ---- */

/* The axes in front of the own ones, of which there are `rank`. */
static Shape batch_of(const Shape *s, int rank)
{
    Shape b = *s;
    b.rank -= rank;
    return b;
}

static Shape shape_append(const Shape *batch, const Shape *own)
{
    Shape s = *batch;
    for (int i = 0; i < own->rank; i++) {
        s.name[s.rank] = own->name[i];
        s.dim[s.rank++] = own->dim[i];
    }
    return s;
}

static bool argument_fits(const Shape *has, const Shape *own)
{
    int front = has->rank - own->rank;
    for (int i = 0; i < own->rank && front >= 0; i++)
        if (has->dim[front + i] != own->dim[i]) return false;
    return front >= 0;
}

static bool infer_foreign(Infer *c)
{
    const ForeignForm *form = c->attr->own;
    const Foreign *f = form->fn;
    Shape all = shape_scalar();
    for (int i = 0; i < c->n_in; i++) {
        const Node *x = c->in[i];
        const Shape *own = &form->param[i];
        if (x->type != f->param[i].type || !argument_fits(&x->shape, own))
            return infer_error(c, "`%s` of `%s` has another type or shape",
                               f->param[i].name, f->name);
        Shape front = batch_of(&x->shape, own->rank);
        bool meet = c->graph->loose ? shape_broadcast_sizes(&all, &front, &all)
                                    : shape_broadcast(&all, &front, &all);
        char at[SHAPE_TEXT], bt[SHAPE_TEXT];
        if (!meet)
            return infer_error(c,
                               "`%s` is called element by element, but %s and %s do "
                               "not broadcast",
                               f->name, shape_text(at, c->graph->names, &all, true),
                               shape_text(bt, c->graph->names, &front, true));
    }
    if (all.rank + form->result.rank > LIMIT_RANK)
        return infer_error(c, "the result of `%s` has more than %d axes", f->name,
                           LIMIT_RANK);
    c->shape = shape_append(&all, &form->result);
    c->type = f->result.type;
    c->support = f->result.support;
    return true;
}

/* ---- slope ---- */

/* What stands for the inputs of a form's slope: those of y itself, or, where there are
 * axes in front, these made one, with a mark where they are repeated. */
typedef struct Mapped {
    Shape front;
    int64_t calls;
    Node *from[FOREIGN_PARAMS + 2], *hole[FOREIGN_PARAMS + 2], *to[FOREIGN_PARAMS + 2];
    bool mapped[FOREIGN_PARAMS + 2];
    int n;
} Mapped;

static bool map_input(Graph *g, Mapped *m, Node *from, Node *x)
{
    Shape all = shape_append(&m->front, &from->shape);
    Shape flat = shape_prepend(&from->shape, m->calls);
    int i = m->n++;
    m->from[i] = from;
    m->to[i] = m->hole[i] = x;
    if (m->front.rank == 0) return x != NULL;
    /* No slot of a graph inside a node has such a number. */
    m->hole[i] = graph_input(g, from->type, from->support, &from->shape,
                             0x80000000u + (uint32_t)i);
    m->mapped[i] = x->shape.rank > from->shape.rank;
    if (m->mapped[i]) m->to[i] = op_to_shape(g, op_broadcast(g, x, &all), &flat);
    return m->hole[i] && m->to[i];
}

static Node *unmap_slope(Graph *g, const Mapped *m, Node *slope, bool mapped,
                         const Node *x, const Shape *own)
{
    Shape all = shape_append(&m->front, own), flat = shape_prepend(own, m->calls);
    if (m->front.rank && !mapped) slope = op_broadcast(g, slope, &flat);
    if (m->front.rank) slope = op_to_shape(g, slope, &all);
    return op_sum_to(g, slope, &x->shape);
}

static bool no_derivative(Graph *g, const ForeignForm *form, int i)
{
    const char *name = form->fn->name;
    if (form->ready)
        graph_error(g,
                    "no derivative of `%s` in `%s` is given; help: its list of "
                    "derivatives has `none` there",
                    name, form->fn->param[i].name);
    else
        graph_error(g,
                    "no derivative of `%s` is given; help: write it behind the "
                    "result in `extern`: `fn %s(…) -> real derivative …`",
                    name, name);
    return false;
}

static bool slope_foreign(Graph *g, Node *y, Node *dy, Node **dx)
{
    const ForeignForm *form = form_of(y);
    const Foreign *f = form->fn;
    Node *copy[FOREIGN_PARAMS], *result[FOREIGN_PARAMS], *out[FOREIGN_PARAMS];
    bool mapped[FOREIGN_PARAMS] = {false};
    int which[FOREIGN_PARAMS], n = 0;
    Mapped m = {.front = batch_of(&y->shape, form->result.rank)};
    m.calls = shape_count(&m.front);
    for (int i = 0; i < f->params; i++) {
        if (!type_is_real(y->in[i]->type) || !g->wanted[i]) continue;
        if (!form->ready || !form->slope_out[i]) return no_derivative(g, form, i);
        if (m.calls == 0) {
            dx[i] = graph_fill(g, y->in[i]->type, 0, &y->in[i]->shape);
            continue;
        }
        which[n] = i;
        out[n++] = form->slope_out[i];
    }
    if (n == 0) return true;
    for (int i = 0; i < f->params; i++)
        if (!map_input(g, &m, form->x[i], y->in[i])) return false;
    if (!map_input(g, &m, form->y, y) || !map_input(g, &m, form->dy, dy) ||
        !graph_copy(g, form->slope, m.from, m.hole, m.n, out, n, copy))
        return false;
    if (m.front.rank &&
        !graph_batch(g, m.calls, m.hole, m.to, m.mapped, m.n, copy, n, result, mapped))
        return false;
    for (int k = 0; k < n; k++) {
        int i = which[k];
        dx[i] = unmap_slope(g, &m, m.front.rank ? result[k] : copy[k], mapped[k],
                            y->in[i], &form->param[i]);
        if (!dx[i]) return false;
    }
    return true;
}

/* ---- draws ---- */

static Node *batch_foreign(Graph *g, const Node *y, Node *const *in, const bool *mapped,
                           int64_t size)
{
    const ForeignForm *form = form_of(y);
    Node *all[FOREIGN_PARAMS];
    int front = y->shape.rank - form->result.rank;
    for (int i = 0; i < y->n_in; i++) {
        Shape s = y->in[i]->shape;
        bool alone = s.rank == form->param[i].rank && !mapped[i];
        all[i] = in[i];
        if (alone) continue;
        Shape up = shape_lift(&s, mapped[i] ? size : 1, front + form->param[i].rank);
        all[i] = op_to_shape(g, in[i], &up);
        if (!all[i]) return NULL;
    }
    return op_foreign_make(g, form, all);
}

const Op op_foreign = {.name = "foreign",
                       .arity = -1,
                       .flags = OP_DOUBLE,
                       .shape = infer_foreign,
                       .scratch = foreign_scratch,
                       .run = foreign_run,
                       .slope = slope_foreign,
                       .batch = batch_foreign};
