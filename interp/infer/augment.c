/* SPDX-License-Identifier: MIT
 * What is done to x before a model sees it: `augment = …` in each step of a fit, a
 * defence in front of a posterior. A function is applied to the rows; an attack
 * searches against the weights of the step, unrolled in the step's own graph (Madry et
 * al. 2018), and gets no slope; with trades it is what the loss gains (Zhang et al.
 * 2019).
 */
#include "search_int.h"

#include <math.h>
#include <string.h>

static Value recorded(Interp *I, Node *n) { return record_node(I, n, value_none()); }

static bool good(Interp *I, Node *n)
{
    return n || graph_failed(I, I->span, I->recorder->graph->error);
}

/* The given that is changed: x, or the first that is real and has rows; 0: none. */
static Name changed_given(Interp *I, const Pass *p, Node **node)
{
    const Ast *m = p->model->model;
    Name x = name_str(&I->names, "x"), first = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        Value v;
        Name name = m->list[i]->name;
        if (!is_given(I, m->list[i]) || !frame_get(&p->frame, name, &v) ||
            v.kind != VALUE_NODE)
            continue;
        Node *n = as_node(I, v);
        bool rows = n->shape.rank > 0 && n->shape.name[0] == p->row_name;
        if (!rows || n->type != TYPE_F64 || (first && name != x)) continue;
        first = name;
        *node = n;
    }
    return first;
}

/* ---- by a function ---- */

/* Whether y has the shape of x; while a program is checked, may have it. */
static bool as_shaped(Interp *I, Value y, const Node *x)
{
    Shape s;
    if (I->abstract && checked_unknown(y)) return true;
    if (!value_is_number(y) || !value_shape(y, &s) || s.rank != x->shape.rank)
        return false;
    for (int k = 0; k < s.rank; k++)
        if (size_meet(s.dim[k], x->shape.dim[k]) == SIZE_DIFFERENT) return false;
    return I->abstract || shape_same(&s, &x->shape);
}

/* Of a check nothing is read but the shape: what is not known counts as x. */
static bool one_function(Interp *I, Value f, Span span, Node *x, Node **out)
{
    Value arg = recorded(I, x), y;
    Shape s;
    if (!call_with(I, f, &arg, 1, span, &y)) return false;
    if (as_shaped(I, y, x)) {
        *out = value_is_number(y) ? as_node(I, y) : x;
        return good(I, *out);
    }
    char was[SHAPE_TEXT], is[SHAPE_TEXT] = "no tensor";
    if (value_shape(y, &s)) shape_text(is, &I->names, &s, false);
    return fail(I, E0516, span, is, shape_text(was, &I->names, &x->shape, false));
}

/* Whether y moves with x: along numbers, of which steps such as round count, for they
 * are straightened; not through comparisons, indices, or what stops slopes. Inputs of a
 * node have smaller numbers than it. */
static bool moves_with(Interp *I, const Graph *g, const Node *y, const Node *x)
{
    if (y->id < x->id) return false;
    size_t size = y->id + 1;
    bool *with = memory_take(I->memory, size);
    memset(with, 0, size);
    with[x->id] = true;
    for (uint32_t id = x->id + 1; id <= y->id; id++) {
        const Node *n = g->node[id];
        bool real = n->type == TYPE_F64 || n->type == TYPE_F32;
        for (int i = 0; real && n->op != &op_stop && i < n->n_in; i++)
            with[id] = with[id] || with[n->in[i]->id];
    }
    bool moves = with[y->id];
    memory_give(I->memory, with, size);
    return moves;
}

static bool by_function(Interp *I, Value f, Span span, bool straight, Node *x,
                        Node **out)
{
    Node *y = NULL;
    if (!one_function(I, f, span, x, &y)) return false;
    Graph *g = I->recorder->graph;
    y = op_to_shape(g, op_to_type(g, y, TYPE_F64), &x->shape);
    if (!good(I, y)) return false;
    *out = straight && !moves_with(I, g, y, x) ? sloping_as_identity(g, y, x) : y;
    return good(I, *out);
}

/* ---- by an attack ---- */

/* What adversarial(METHOD, bounds = …, trades = …) is made of. */
typedef struct Drill {
    Instance *method;
    Value bounds;
    double trades; /* 0: rows are replaced */
} Drill;

static bool read_trades(Interp *I, Value v, Span span, Drill *d)
{
    if (v.kind == VALUE_NONE) return true;
    if (!value_is_scalar(v))
        return fail(I, E0437, span, "`trades`", "a number", value_kind_text(v));
    d->trades = value_as_real(v);
    return (d->trades >= 0 && isfinite(d->trades)) ||
           fail(I, E0426, span, "`trades`", "0 or more");
}

/* A search that counts queries or rounds tries points: its last x is not its answer. */
static bool answers_last(Interp *I, const Instance *method, Span span)
{
    const Ast *def = method->def->def;
    for (uint32_t i = 0; i < def->count; i++) {
        const char *counted = name_cstr(&I->names, def->list[i]->name);
        if (strcmp(counted, "queries") == 0 || strcmp(counted, "rounds") == 0)
            return fail(I, E0772, span, name_cstr(&I->names, def->name), counted);
    }
    return true;
}

/* What a fit trains on is the network itself: no transformation in front of it, and no
 * other network in its place. */
static bool plain_within(Interp *I, Instance *in, Span span)
{
    Value view, source;
    if (!instance_part(I, in, "view", &view) ||
        !instance_part(I, in, "source", &source))
        return false;
    return (view.kind == VALUE_NONE && source.kind == VALUE_NONE) ||
           attack_refuses(I, span, "the method of `adversarial`",
                          "a search of the network that learns",
                          view.kind == VALUE_NONE ? "one of another network"
                                                  : "one through a transformation",
                          "give the method within; a list in `augment` takes "
                          "transformations in turn");
}

static bool unwrap(Interp *I, Value v, Span span, Drill *d)
{
    *d = (Drill){NULL, value_none(), 0};
    for (int depth = 0; depth < 20; depth++) {
        Value inner, box, weight;
        if (!attack_method(I, v, span, &d->method) ||
            !instance_part(I, d->method, "search", &inner) ||
            !instance_part(I, d->method, "box", &box) ||
            !instance_part(I, d->method, "weight", &weight) ||
            !read_trades(I, weight, span, d))
            return false;
        if (box.kind != VALUE_NONE) d->bounds = box;
        if (inner.kind == VALUE_NONE) return answers_last(I, d->method, span);
        if (!plain_within(I, d->method, span)) return false;
        if (ast_has_member(d->method->def->def, name_str(&I->names, "shared")))
            return fail(I, E0437, span, "the method of `adversarial`",
                        "one that changes each row by itself", "one change for all");
        if (inner.kind == VALUE_LIST) break;
        v = inner;
    }
    return fail(I, E0517, span);
}

/* The outs of a step, with its slots replaced by what they are now. */
static bool advance(Search *s, Graph *g, Node *t, Node **now)
{
    Node *from[ROW_SLOTS], *to[ROW_SLOTS], *next[ROW_OUTS];
    bool mapped[ROW_SLOTS] = {0}, varies[ROW_OUTS];
    RowGraph *r = &s->graph;
    for (int i = 0; i < r->slots; i++) {
        from[i] = r->slot[i].row;
        to[i] = from[i] == s->t ? t : now[i];
    }
    if (!graph_batch(g, 0, from, to, mapped, r->slots,
                     r->out + s->step_from + s->step_n, s->updates, next, varies))
        return false;
    for (int i = 0; i < s->updates; i++) now[rows_find(r, s->updated[i])] = next[i];
    return true;
}

/* x and a little noise, as TRADES begins: where it stands the divergence has no slope.
 */
static Node *nudged(const Search *s, Graph *g, Node *x)
{
    Node *key = op2(g, ELEM_fold, s->key, graph_int(g, 0x6e756467));
    Attr attr = {.type = TYPE_F64, .shape = x->shape};
    Node *z = key ? graph_node(g, &op_random_gauss, &key, 1, &attr) : NULL;
    return z ? op2(g, ELEM_add, x, op2(g, ELEM_mul, z, graph_real(g, 1e-3))) : NULL;
}

/* One row's x after all the steps. */
static Node *unrolled(Search *s, Graph *g, bool nudge)
{
    RowGraph *r = &s->graph;
    Node *now[ROW_SLOTS], *first = r->out[s->start_from];
    if (nudge && !(first = nudged(s, g, first))) return NULL;
    for (int i = 0; i < r->slots; i++) now[i] = r->slot[i].row;
    now[rows_find(r, s->x)] = first;
    for (int i = 0; i < s->states; i++)
        now[rows_find(r, s->state[i].now)] = r->out[s->state[i].start];
    now[rows_find(r, s->done)] = graph_real(g, 0);
    now[rows_find(r, s->restart)] = graph_int(g, 0);
    for (int64_t t = 1; t <= s->steps; t++)
        if (!advance(s, g, graph_int(g, t), now)) return NULL;
    return now[rows_find(r, s->x)];
}

static Node *row_keys(Pass *p, Graph *g)
{
    int64_t *index = arena_take(&g->arena, (size_t)p->rows * sizeof *index);
    Shape s = shape_of(1, &p->rows);
    for (int64_t i = 0; i < p->rows; i++) index[i] = i;
    Node *rows = p->row_index ? p->row_index : graph_constant(g, TYPE_I64, &s, index);
    return op2(g, ELEM_fold, op2(g, ELEM_fold, p->key, graph_int(g, 0x61756774)), rows);
}

/* The node of the step that stands for a column of one row. */
static Node *whole_given(const Pass *p, Name name)
{
    for (int i = 0; i < p->givens; i++)
        if (p->given[i].name == name) return p->given[i].node;
    return NULL;
}

/* Over the rows of the step. */
static Node *over_rows(Interp *I, Pass *p, Search *s, Graph *g, const Prey *prey,
                       Node *x, Node *y, Node *row)
{
    Node *from[ROW_SLOTS], *to[ROW_SLOTS], *out;
    bool mapped[ROW_SLOTS], varies;
    int n = 0;
    (void)I;
    from[n] = s->x0, to[n++] = x;
    from[n] = s->y, to[n++] = y;
    from[n] = s->key, to[n++] = row_keys(p, g);
    for (int i = 0; i < prey->columns; i++)
        if (!prey->column[i].attacked) {
            from[n] = s->victim.column[i];
            to[n++] = whole_given(p, prey->column[i].name);
        }
    for (int i = 0; i < n; i++) {
        mapped[i] = true;
        if (!to[i]) return NULL;
    }
    if (!graph_batch(g, p->rows, from, to, mapped, n, &row, 1, &out, &varies))
        return NULL;
    return varies ? out : NULL;
}

/* What is observed, as an input of the step. */
static bool observed_node(Interp *I, Pass *p, const Prey *prey, Node **out)
{
    Shape s = prey->y->shape;
    *out = whole_given(p, prey->observed);
    if (*out) return true;
    if (p->batch) s.dim[0] = p->batch;
    s.name[0] = p->row_name;
    if (p->givens == PASS_GIVEN) return fail(I, E0318, I->span, PASS_GIVEN);
    *out = graph_input(p->graph, prey->y->type, SUPPORT_ANY, &s, (uint32_t)p->givens);
    p->given[p->givens++] = (struct Given){prey->observed, *out, prey->y, true};
    value_keep((Value){.kind = VALUE_TENSOR, .tensor = prey->y});
    return good(I, *out);
}

/* Takes weight times the rows' divergences from the log likelihood of the pass. */
static bool penalize(Interp *I, Pass *p, Node *row, double weight)
{
    Graph *g = p->graph;
    Node *n = op2(g, ELEM_mul, row, graph_real(g, weight));
    p->penalty = p->penalty ? op2(g, ELEM_add, p->penalty, n) : n;
    return good(I, p->penalty);
}

/* What one row gives: x where it was found, or with trades the divergence there. */
static Node *found_row(Interp *I, Search *s, Graph *g, bool trades)
{
    Value v;
    Node *row = unrolled(s, g, trades);
    row = row ? graph_node(g, &op_stop, &row, 1, NULL) : NULL;
    if (!trades || !good(I, row)) return row;
    Handler *before = I->handler;
    I->handler = &s->victim.handler;
    bool ok = victim_loss(I, &s->victim, recorded(I, row), &v);
    I->handler = before;
    return ok ? as_node(I, v) : NULL;
}

/* Each step of the method is written out in the graph of a step of the fit. */
static bool short_enough(Interp *I, const Search *s, Span span)
{
    enum { MOST = 200 };
    return s->steps <= MOST || fail(I, E0770, span, (long long)s->steps, MOST);
}

/* *out is what the model sees: what was found, or with trades x as it was. */
static bool by_attack(Interp *I, Value how, Span span, Pass *p, Name on, Node *x,
                      Node **out)
{
    Graph *g = p->graph;
    Drill d;
    Value loss;
    Posterior *live = posterior_new(I, p->model, p->data, METHOD_MLE);
    live->live = p;
    I->span = span;
    if (!unwrap(I, how, span, &d)) return false;
    bool trades = d.trades > 0;
    AttackOptions o = {.subject = value_object(live),
                       .data = p->data,
                       .method = how,
                       .draws = 1,
                       .bounds = d.bounds,
                       .loss = trades ? value_cstr(I, "kl") : value_none(),
                       .on = value_cstr(I, name_cstr(&I->names, on)),
                       .span = span,
                       .victim_span = span,
                       .loss_span = span,
                       .data_span = p->data_span,
                       .method_span = span,
                       .bounds_span = span,
                       .on_span = span};
    Prey *prey = memory_take(I->memory, sizeof *prey);
    Search *s = memory_take(I->memory, sizeof *s);
    memset(prey, 0, sizeof *prey);
    memset(s, 0, sizeof *s);
    Node *y = NULL, *row = NULL;
    bool ok = prey_read(I, &o, prey) && attack_loss(I, &o, prey, d.method, &loss);
    if (ok) {
        victim_init(&s->victim, &o, prey, o.subject);
        s->victim.loss = loss;
        ok = search_inside(I, s, g, prey, d.method) && short_enough(I, s, span) &&
             observed_node(I, p, prey, &y);
    }
    if (ok) {
        row = found_row(I, s, g, trades);
        row = row ? over_rows(I, p, s, g, prey, x, y, row) : NULL;
        ok = good(I, row);
    }
    *out = trades ? x : row;
    if (ok && trades) ok = penalize(I, p, row, d.trades);
    victim_forget(I, &s->victim);
    live->live = NULL;
    memory_give(I->memory, s, sizeof *s);
    memory_give(I->memory, prey, sizeof *prey);
    return ok;
}

/* ---- the door ---- */

static bool may_augment(Value v)
{
    return v.kind == VALUE_FN || v.kind == VALUE_WORD || is_instance(v, DEF_ATTACK);
}

bool augment_check(Interp *I, Value v, Span span)
{
    const List *l = v.kind == VALUE_LIST ? (List *)v.object : NULL;
    bool ok = v.kind == VALUE_NONE || l || may_augment(v);
    for (uint32_t i = 0; ok && l && i < l->count; i++) {
        if (!may_augment(l->item[i])) v = l->item[i];
        ok = may_augment(l->item[i]);
    }
    return ok || fail(I, E0437, span, "`augment`",
                      "a function of x, such as noise(0.1), or adversarial(pgd()), or "
                      "a list of these",
                      value_kind_text(v));
}

static bool one_change(Interp *I, Value how, Span span, Pass *p, Name name, Node **x)
{
    Shape shape = (*x)->shape;
    if (!(is_instance(how, DEF_ATTACK) ? by_attack(I, how, span, p, name, *x, x)
                                       : by_function(I, how, span, p->straight, *x, x)))
        return false;
    *x = op_to_shape(p->graph, op_to_type(p->graph, *x, TYPE_F64), &shape);
    return good(I, *x);
}

bool augment_checked(Interp *I, ModelValue *m, Value how, Span span)
{
    Sites none = {NULL, 0, 0};
    const List *l = how.kind == VALUE_LIST ? (List *)how.object : NULL;
    Node *x = NULL, *y;
    Pass p;
    checked_pass(I, &p, &none, m);
    p.binds_only = true;
    I->abstract->silent++;
    bool ok = true, binds = pass_run(I, &p) && changed_given(I, &p, &x);
    I->abstract->silent--;
    for (uint32_t i = 0; ok && binds && i < (l ? l->count : 1); i++) {
        Value f = l ? l->item[i] : how;
        ok = (f.kind != VALUE_FN && f.kind != VALUE_WORD) ||
             one_function(I, f, span, x, &y);
    }
    pass_free(I, &p);
    return ok;
}

bool augment_apply(Interp *I, Pass *p)
{
    const Augment *a = p->augment;
    if (p->kind == PASS_DISCOVER || !a || a->how.kind == VALUE_NONE) return true;
    const List *l = a->how.kind == VALUE_LIST ? (List *)a->how.object : NULL;
    Node *x = NULL;
    Name name = changed_given(I, p, &x);
    if (!name)
        return fail(I, E0518, a->span, name_cstr(&I->names, p->model->model->name));
    for (uint32_t i = 0; i < (l ? l->count : 1); i++)
        if (!one_change(I, l ? l->item[i] : a->how, a->span, p, name, &x)) return false;
    frame_set(I, &p->frame, name, recorded(I, x));
    return true;
}
