/* SPDX-License-Identifier: MIT
 * A victim seen through a random transformation, and several draws of a posterior: the
 * mean of what is asked over views, each with noise and draws of its own.
 */
#include "search_int.h"

static bool good(Interp *I, Node *n)
{
    return n || graph_failed(I, I->span, I->recorder->graph->error);
}

static Node *viewed_mean(Graph *g, Node *y, int64_t views, Node *const one[2],
                         Node *key)
{
    int64_t *index = arena_take(&g->arena, (size_t)views * sizeof *index);
    for (int64_t i = 0; i < views; i++) index[i] = i;
    Shape many = shape_of(1, &views);
    Node *wide, *from[2] = {one[0], one[1]}, *to[2];
    to[1] = graph_constant(g, TYPE_I64, &many, index);
    to[0] = op2(g, ELEM_fold, key, to[1]);
    bool mapped[2] = {true, true}, varies;
    if (!to[0] || !graph_batch(g, views, from, to, mapped, 2, &y, 1, &wide, &varies))
        return NULL;
    return varies ? op_mean(g, wide, -wide->shape.rank, false) : wide;
}

/* What is folded into the keys of a posterior's draws: another number in each view. */
static Node *redrawn(Graph *g, Node *redraw, Node *turn)
{
    enum { VIEWS_MOST = 1 << 20 };
    Node *t = redraw ? redraw : graph_int(g, 0);
    return op2(g, ELEM_add, op2(g, ELEM_mul, t, graph_int(g, VIEWS_MOST)), turn);
}

/* E0481 where a transformation gives something else than a row like the one it got. */
static bool like_a_row(Interp *I, const Victim *v, Value seen)
{
    Shape s = {0};
    const Shape *row = &v->prey->x_shape;
    char has[SHAPE_TEXT], due[SHAPE_TEXT];
    bool number = value_is_number(seen) && value_shape(seen, &s);
    for (int i = 0; i < s.rank; i++) s.name[i] = 0;
    if (number && shape_same(&s, row)) return true;
    Diag *d = fail_diag(I, E0481, v->o->method_span,
                        number ? shape_text(has, &I->names, &s, false)
                               : value_kind_text(seen),
                        shape_text(due, &I->names, row, false));
    diag_help(&I->diags, d,
              "a transformation of one row gives a row of the same shape: "
              "`fn(x) = x + 0.1 * sample(Normal(0, 1))`");
    return false;
}

bool victim_through(Interp *I, Victim *v, VictimAsk *f, Value x, Value *out)
{
    if (v->view.kind == VALUE_NONE) return f(I, v, x, out);
    Graph *g = I->recorder->graph;
    Shape one = shape_scalar();
    Node *outer = v->key, *redraw = v->redraw, *in[2];
    uint64_t noises = v->noises;
    int64_t queries = v->queries;
    Value seen = x;
    in[0] = v->key = graph_input(g, TYPE_KEY, SUPPORT_ANY, &one, 820000u + g->count);
    in[1] = graph_input(g, TYPE_I64, SUPPORT_ANY, &one, 820000u + g->count);
    v->redraw = redrawn(g, redraw, in[1]);
    v->noises = 0;
    victim_forget(I, v); /* answers here are of this key: not of views that return x */
    bool ok = v->key && v->redraw && call_with(I, v->view, &x, 1, v->o->span, &seen) &&
              like_a_row(I, v, seen) && f(I, v, seen, out);
    Node *y = ok ? as_node(I, *out) : NULL;
    bool truth = y && y->type == TYPE_BOOL;
    victim_forget(I, v);
    v->key = outer;
    v->redraw = redraw;
    v->noises = noises;
    v->queries = queries + (v->queries - queries) * v->views;
    if (!ok) return false;
    if (y->type != TYPE_F64) y = op_to_type(g, y, TYPE_F64);
    y = viewed_mean(g, y, v->views, in, op2(g, ELEM_fold, outer, graph_int(g, 7919)));
    if (y && truth) y = op2(g, ELEM_gt, y, graph_real(g, 0.5));
    if (!good(I, y)) return false;
    *out = record_node(I, y, value_none());
    return true;
}
