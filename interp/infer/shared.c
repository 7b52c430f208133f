/* SPDX-License-Identifier: MIT
 * One change for all rows (Moosavi-Dezfooli et al. 2017; a patch, Brown et al. 2017):
 * what is sought is the change; the attack that has a `shared` member puts it onto a
 * row by its `move`, and what the search asks is the mean over some rows of the data,
 * drawn anew at each step.
 */
#include "search_int.h"

#include <math.h>
#include <string.h>

enum { JUDGED_ROWS = 1000, ROW_INPUTS = ATTACK_COLUMNS + 4 };

/* How a change is put onto rows, in the graph that is being recorded. */
struct Shared {
    Search outer; /* its move, and the victim of a row */
    const Prey *prey;
    const Instance *seeker; /* the search of the change */
    int64_t rows;           /* over which a mean is taken */
    bool judges;     /* the same rows each time, and the loss ranks by their share */
    const Node *key; /* of the step the inputs below belong to */
    Node *from[ROW_INPUTS], *to[ROW_INPUTS]; /* of a row; of all of them */
    int inputs;
};

static Value recorded(Interp *I, Node *n) { return record_node(I, n, value_none()); }

static bool good(Interp *I, Node *n)
{
    return n || graph_failed(I, I->span, I->recorder->graph->error);
}

/* ---- rows as inputs ---- */

/* Numbers of the drawn rows of a whole tensor. */
static Node *drawn(Graph *g, const Shared *h, Type type, const Shape *row,
                   const void *data, Node *index)
{
    Shape all = shape_prepend(row, h->prey->rows);
    Node *two[2] = {graph_constant(g, type, &all, data), index};
    Attr take = {.axis = -all.rank};
    return two[0] ? graph_node(g, &op_take, two, 2, &take) : NULL;
}

static Node *row_input(Graph *g, Shared *h, Type type, const Shape *row, Node *all)
{
    Node *n = all ? graph_input(g, type, SUPPORT_ANY, row, 810000u + g->count) : NULL;
    if (!n) return NULL;
    h->from[h->inputs] = n;
    h->to[h->inputs++] = all;
    return n;
}

/* Which rows: all of them in order, or evenly among them for a judge, or at random. */
static Node *row_numbers(Graph *g, const Shared *h, Node *key)
{
    int64_t n = h->rows, of = h->prey->rows;
    Shape s = shape_of(1, &n);
    int64_t *even = arena_take(&g->arena, (size_t)n * sizeof *even);
    for (int64_t i = 0; i < n; i++) even[i] = i * of / n;
    if (h->judges || n == of) return graph_constant(g, TYPE_I64, &s, even);
    Attr attr = {.type = TYPE_F64, .shape = s};
    Node *draw = op2(g, ELEM_fold, key, graph_int(g, 0x726f7773));
    Node *u = draw ? graph_node(g, &op_random_unit, &draw, 1, &attr) : NULL;
    Node *i = op1(g, ELEM_floor, op2(g, ELEM_mul, u, graph_real(g, (double)of)));
    i = op2(g, ELEM_min, i, graph_real(g, (double)(of - 1)));
    return i ? op_to_type(g, i, TYPE_I64) : NULL;
}

static bool open_inputs(Interp *I, Shared *h, Node *key)
{
    Graph *g = I->recorder->graph;
    const Prey *p = h->prey;
    Search *s = &h->outer;
    Victim *v = &s->victim;
    Shape one = shape_scalar(), y = shape_drop(&p->y->shape, 0);
    Node *index = row_numbers(g, h, key);
    Node *keys =
        op2(g, ELEM_fold, op2(g, ELEM_fold, key, graph_int(g, 0x6b657973)), index);
    h->inputs = 0;
    h->key = key;
    victim_forget(I, v);
    if (!good(I, keys)) return false;
    s->graph.graph = g;
    s->x0 = v->x0 = row_input(g, h, TYPE_F64, &p->x_shape,
                              drawn(g, h, TYPE_F64, &p->x_shape, p->x0, index));
    s->y = v->y =
        row_input(g, h, p->y->type, &y, drawn(g, h, p->y->type, &y, p->y->data, index));
    if (p->target)
        s->target = v->target = row_input(
            g, h, p->y->type, &y, drawn(g, h, p->y->type, &y, p->target->data, index));
    s->key = v->key = row_input(g, h, TYPE_KEY, &one, keys);
    s->restart = graph_int(g, 0);
    s->t = graph_int(g, 1);
    for (int i = 0; i < p->columns; i++) {
        const Column *c = &p->column[i];
        if (c->attacked) continue;
        v->column[i] =
            row_input(g, h, c->all->type, &c->shape,
                      drawn(g, h, c->all->type, &c->shape, c->all->data, index));
        if (!good(I, v->column[i])) return false;
    }
    return good(I, s->x0) && good(I, s->y) && good(I, s->key) &&
           (!p->target || good(I, s->target));
}

/* ---- what the search asks ---- */

static bool mean_over_rows(Interp *I, Shared *h, Value *v)
{
    Graph *g = I->recorder->graph;
    Node *y = op_to_type(g, as_node(I, *v), TYPE_F64), *wide;
    bool mapped[ROW_INPUTS], varies;
    for (int i = 0; i < h->inputs; i++) mapped[i] = true;
    if (!y || !graph_batch(g, h->rows, h->from, h->to, mapped, h->inputs, &y, 1, &wide,
                           &varies))
        return good(I, NULL);
    y = varies ? op_mean(g, wide, 0, false) : wide;
    if (!good(I, y)) return false;
    *v = recorded(I, y);
    return true;
}

/* The share of wrong rows; of equal shares, which are whole numbers of rows, the larger
 * mean loss is more. */
static Node *standing(Graph *g, const Shared *h, Node *share, Node *loss)
{
    Node *part = op2(g, ELEM_div, op1(g, ELEM_atan, loss), graph_real(g, 4.0));
    part = op2(g, ELEM_add, part, graph_real(g, 0.5)); /* in (0.1, 0.9) */
    part = op2(g, ELEM_div, part, graph_real(g, (double)h->rows));
    return op2(g, ELEM_add, share, part);
}

/* The mean of what a row is asked with the change put onto it. */
static bool mean_at(Interp *I, Shared *h, Value x, bool loss, Value *out)
{
    return (loss ? victim_loss : victim_wrong)(I, &h->outer.victim, x, out) &&
           mean_over_rows(I, h, out);
}

bool shared_ask(Interp *I, Victim *v, BoundKind what, Value change, Value *out)
{
    Shared *h = v->shared;
    Node *x, *n;
    Value loss, share;
    Graph *g = I->recorder->graph;
    Handler *before = I->handler;
    if (what == BOUND_LOGITS)
        return fail(I, E0500, v->o->method_span,
                    name_cstr(&I->names, h->seeker->def->def->name),
                    "the logits of a row", "one change is sought for all of them");
    if (h->key != v->key && !open_inputs(I, h, v->key)) return false;
    h->outer.victim.redraw = v->redraw;
    h->outer.change = change;
    I->handler = &h->outer.victim.handler; /* what is drawn is drawn for each row */
    bool ranks = what == BOUND_LOSS && h->judges;
    bool ok = search_put(I, &h->outer, &x) &&
              (what != BOUND_LOSS || mean_at(I, h, recorded(I, x), true, &loss)) &&
              ((what == BOUND_LOSS && !ranks) ||
               mean_at(I, h, recorded(I, x), false, &share));
    I->handler = before;
    if (!ok) return false;
    n = ranks                ? standing(g, h, as_node(I, share), as_node(I, loss))
        : what == BOUND_LOSS ? as_node(I, loss)
                             : op2(g, ELEM_gt, as_node(I, share), graph_real(g, 0.5));
    if (!good(I, n)) return false;
    *out = recorded(I, n);
    return true;
}

/* ---- the change as what is attacked ---- */

/* A member of the definition that may name x0 and the bounds. */
static bool part(Interp *I, const Prey *p, Instance *in, const char *name, Value *out)
{
    bool missing;
    Tensor *row = tensor_new(I->memory, TYPE_F64, &p->x_shape);
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = row});
    memcpy(row->data, p->x0, (size_t)shape_count(&p->x_shape) * sizeof *p->x0);
    Offer offer[3] = {
        {.name = "x0", .value = {.kind = VALUE_TENSOR, .tensor = row}},
        {.name = "lo", .value = value_real(p->boxed ? p->lo[0] : -HUGE_VAL)},
        {.name = "hi", .value = value_real(p->boxed ? p->hi[0] : HUGE_VAL)}};
    *out = value_none();
    return instance_member(I, in, name_str(&I->names, name), offer, 3, &missing, out) ||
           missing;
}

/* A member's numbers, kept by the pool; NULL: it has none. */
static Tensor *numbers_of(Interp *I, Value v)
{
    return value_is_number(v) ? value_as_type(I, v, TYPE_F64) : NULL;
}

static bool change_box(Interp *I, const Prey *p, Instance *in, Prey *one)
{
    Value v;
    Tensor *t;
    if (!part(I, p, in, "within", &v)) return false;
    if (v.kind == VALUE_NONE) return true;
    t = numbers_of(I, v);
    if (!t || shape_count(&t->shape) != 2)
        return attack_refuses(I, I->span, "`within`", "[lowest, highest]",
                              value_kind_text(v), "`within = [lo, hi]`");
    one->boxed = true;
    one->lo[0] = tensor_real_at(t, 0);
    one->hi[0] = tensor_real_at(t, 1);
    return true;
}

/* A prey of one row: the change, from where it begins. */
static bool change_prey(Interp *I, const Prey *p, Instance *in, Prey *one)
{
    Value v;
    static const Shape single = {.rank = 1, .dim = {1}};
    memset(one, 0, sizeof *one);
    if (!part(I, p, in, "shared", &v)) return false;
    Tensor *start = numbers_of(I, v), *y = tensor_new(I->memory, TYPE_I64, &single),
           *index = tensor_new(I->memory, TYPE_I64, &single);
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = y});
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = index});
    if (!start)
        return attack_refuses(I, I->span, "`shared`",
                              "where the change begins, numbers", value_kind_text(v),
                              "`shared = 0 * x0`");
    memset(y->data, 0, sizeof(int64_t));
    memset(index->data, 0, sizeof(int64_t));
    one->rows = one->count = one->ons = 1;
    one->x_shape = start->shape;
    for (int i = 0; i < one->x_shape.rank; i++) one->x_shape.name[i] = 0;
    one->x0 = start->data;
    one->y = y;
    one->index = index->data;
    one->classes = p->classes;
    one->seed = p->seed;
    return change_box(I, p, in, one);
}

/* ---- the search ---- */

static bool set_up(Interp *I, Shared *h, const AttackOptions *o, const Prey *p,
                   Instance *outer, const Around *around, Value loss)
{
    int64_t batch = 128;
    bool found;
    Value v;
    memset(h, 0, sizeof *h);
    h->outer.change = value_none();
    victim_init(&h->outer.victim, o, p, around->subject);
    h->outer.victim.loss = loss;
    h->outer.victim.view = around->view;
    h->outer.victim.views = around->views;
    h->outer.method = outer;
    h->prey = p;
    I->span = o->method_span;
    if (!search_traits(I, &h->outer) ||
        !instance_argument(I, outer, name_str(&I->names, "batch"), &found, &v))
        return false;
    if (found && (!arg_int(I, v, I->span, "`batch`", &batch) ||
                  (batch < 1 && !fail(I, E0426, I->span, "`batch`", "1 or more"))))
        return false;
    h->rows = batch < p->rows ? batch : p->rows;
    return true;
}

static bool seek(Interp *I, const AttackOptions *o, const Prey *one, Instance *inner,
                 Search *s, Judge *j, bool single, Found *found)
{
    Value none = value_none();
    Lanes *lanes = memory_take(I->memory, sizeof *lanes);
    bool ok = judge_record(I, j, o, one, none, 1) &&
              search_record(I, s, o, one, s->victim.subject, inner, 1, single) &&
              (found_open(I, found, one, 1), hunt(I, s, j, lanes, one, found, o->span));
    lanes_free(lanes, s, j);
    memory_give(I->memory, lanes, sizeof *lanes);
    return ok;
}

bool shared_search(Interp *I, const AttackOptions *o, const Prey *p, Instance *outer,
                   Instance *inner, const Around *around, Found *found, Value *change)
{
    Shared *h = memory_take(I->memory, 2 * sizeof *h);
    Search *s = memory_take(I->memory, sizeof *s);
    Judge *j = memory_take(I->memory, sizeof *j);
    Prey *one = memory_take(I->memory, sizeof *one);
    bool single = around->subject.kind == VALUE_POSTERIOR &&
                  ((Posterior *)around->subject.object)->single;
    Value loss;
    memset(s, 0, sizeof *s);
    memset(j, 0, sizeof *j);
    bool ok = attack_loss(I, o, p, outer, &loss) &&
              set_up(I, &h[0], o, p, outer, around, loss) &&
              set_up(I, &h[1], o, p, outer, around, loss) &&
              change_prey(I, p, outer, one);
    if (ok) {
        h[1].judges = true;
        h[1].rows = p->rows < JUDGED_ROWS ? p->rows : JUDGED_ROWS;
        victim_init(&s->victim, o, one, around->subject);
        victim_init(&j->victim, o, one, around->subject);
        h[0].seeker = h[1].seeker = inner;
        s->victim.shared = &h[0];
        j->victim.shared = &h[1];
        ok = seek(I, o, one, inner, s, j, single, found);
        victim_forget(I, &h[0].outer.victim);
        victim_forget(I, &h[1].outer.victim);
    }
    if (ok) {
        Tensor *t = tensor_new(I->memory, TYPE_F64, &one->x_shape);
        memcpy(t->data, found->x, (size_t)shape_count(&one->x_shape) * sizeof(double));
        *change = value_tensor(I, t);
    }
    victim_forget(I, &j->victim);
    rows_free(I, &j->graph);
    search_free(I, s);
    memory_give(I->memory, one, sizeof *one);
    memory_give(I->memory, j, sizeof *j);
    memory_give(I->memory, s, sizeof *s);
    memory_give(I->memory, h, 2 * sizeof *h);
    return ok;
}
