/* SPDX-License-Identifier: MIT
 * What is done to x before a model sees it: `augment = …` in each step of a fit, a
 * defence in front of a posterior. A function is applied to the rows; an attack
 * searches against the weights of the step, unrolled in the step's own graph (Madry et
 * al. 2018), and gets no slope.
 */
#include "search_int.h"

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

static bool one_function(Interp *I, Value f, Span span, Node *x, Node **out)
{
    Value arg = recorded(I, x), y;
    Shape s;
    if (!call_with(I, f, &arg, 1, span, &y)) return false;
    if (value_is_number(y) && value_shape(y, &s) && shape_same(&s, &x->shape)) {
        *out = as_node(I, y);
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

/* A function, or functions in turn. */
static bool by_function(Interp *I, const Augment *a, bool straight, Node *x, Value *out)
{
    const List *l = a->how.kind == VALUE_LIST ? (List *)a->how.object : NULL;
    for (uint32_t i = 0; i < (l ? l->count : 1); i++) {
        Node *y;
        if (!one_function(I, l ? l->item[i] : a->how, a->span, x, &y)) return false;
        Graph *g = I->recorder->graph;
        y = op_to_shape(g, op_to_type(g, y, TYPE_F64), &x->shape);
        if (!good(I, y)) return false;
        x = straight && !moves_with(I, g, y, x) ? sloping_as_identity(g, y, x) : y;
        if (!good(I, x)) return false;
    }
    *out = recorded(I, x);
    return true;
}

/* ---- by an attack ---- */

/* Takes apart adversarial(METHOD, bounds = …). */
static bool unwrap(Interp *I, Value v, Span span, Instance **method, Value *bounds)
{
    *bounds = value_none();
    for (int depth = 0; depth < 20; depth++) {
        Value inner, box;
        if (!attack_method(I, v, span, method) ||
            !attack_part(I, *method, "search", &inner) ||
            !attack_part(I, *method, "box", &box))
            return false;
        if (box.kind != VALUE_NONE) *bounds = box;
        if (inner.kind == VALUE_NONE) return true;
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

/* One row's x after all the steps. */
static Node *unrolled(Search *s, Graph *g)
{
    RowGraph *r = &s->graph;
    Node *now[ROW_SLOTS];
    for (int i = 0; i < r->slots; i++) now[i] = r->slot[i].row;
    now[rows_find(r, s->x)] = r->out[s->start_from];
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

static bool by_attack(Interp *I, const Augment *a, Pass *p, Name on, Node *x,
                      Value *out)
{
    Graph *g = p->graph;
    Instance *method;
    Value bounds, loss;
    Posterior *live = posterior_new(I, p->model, p->data, METHOD_MLE);
    live->live = p;
    I->span = a->span;
    if (!unwrap(I, a->how, a->span, &method, &bounds)) return false;
    AttackOptions o = {.subject = value_object(live),
                       .data = p->data,
                       .method = a->how,
                       .draws = 1,
                       .bounds = bounds,
                       .on = value_cstr(I, name_cstr(&I->names, on)),
                       .span = a->span,
                       .victim_span = a->span,
                       .loss_span = a->span,
                       .data_span = p->data_span,
                       .method_span = a->span,
                       .bounds_span = a->span,
                       .on_span = a->span};
    Prey *prey = memory_take(I->memory, sizeof *prey);
    Search *s = memory_take(I->memory, sizeof *s);
    memset(prey, 0, sizeof *prey);
    memset(s, 0, sizeof *s);
    Node *y = NULL, *row = NULL;
    bool ok = prey_read(I, &o, prey) && attack_loss(I, &o, prey, method, &loss);
    if (ok) {
        victim_init(&s->victim, &o, prey, o.subject);
        s->victim.loss = loss;
        ok = search_inside(I, s, g, prey, method) && observed_node(I, p, prey, &y);
    }
    if (ok) {
        row = unrolled(s, g);
        row = row ? over_rows(I, p, s, g, prey, x, y, row) : NULL;
        row = row ? graph_node(g, &op_stop, &row, 1, NULL) : NULL;
        ok = good(I, row);
    }
    if (ok) *out = recorded(I, row);
    victim_forget(I, &s->victim);
    live->live = NULL;
    memory_give(I->memory, s, sizeof *s);
    memory_give(I->memory, prey, sizeof *prey);
    return ok;
}

/* ---- the door ---- */

bool augment_check(Interp *I, Value v, Span span)
{
    if (v.kind == VALUE_NONE || v.kind == VALUE_FN || v.kind == VALUE_WORD ||
        is_instance(v, DEF_ATTACK))
        return true;
    return fail(I, E0437, span, "`augment`",
                "a function of x, such as noise(0.1), or adversarial(pgd())",
                value_kind_text(v));
}

bool augment_apply(Interp *I, Pass *p)
{
    const Augment *a = p->augment;
    if (p->kind == PASS_DISCOVER || !a || a->how.kind == VALUE_NONE) return true;
    Node *x = NULL;
    Name name = changed_given(I, p, &x);
    if (!name)
        return fail(I, E0518, a->span, name_cstr(&I->names, p->model->model->name));
    Value v;
    bool ok = is_instance(a->how, DEF_ATTACK) ? by_attack(I, a, p, name, x, &v)
                                              : by_function(I, a, p->straight, x, &v);
    if (!ok) return false;
    Node *n = op_to_type(p->graph, as_node(I, v), TYPE_F64);
    if (n) n = op_to_shape(p->graph, n, &x->shape);
    if (!good(I, n)) return false;
    frame_set(I, &p->frame, name, recorded(I, n));
    return true;
}
