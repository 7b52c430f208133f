/* SPDX-License-Identifier: MIT
 * The graphs of a search, from the members of an `attack`: its start, and one step
 * (the slope if a member names g, the move, what is kept, the states, who is done).
 * Nothing here knows a method.
 */
#include "search_int.h"

#include <math.h>
#include <string.h>

static Value recorded(Interp *I, Node *n) { return record_node(I, n, value_none()); }

static bool good(Interp *I, Node *n)
{
    return n || graph_failed(I, I->span, I->recorder->graph->error);
}

static Name named(Interp *I, const char *s) { return name_str(&I->names, s); }

/* The box: a number, or one for each where several columns are attacked. */
static Node *bound_node(const Prey *p, Graph *g, const double *bound, double none)
{
    if (!p->boxed) return graph_real(g, none);
    if (p->ons == 1) return graph_real(g, bound[0]);
    double *by = arena_take(&g->arena, (size_t)p->x_shape.dim[0] * sizeof *by);
    for (int i = 0, k = 0; i < p->columns; i++) {
        const Column *c = &p->column[i];
        if (!c->attacked) continue;
        for (int64_t e = 0; e < shape_count(&c->shape); e++) by[c->from + e] = bound[k];
        k++;
    }
    return graph_constant(g, TYPE_F64, &p->x_shape, by);
}

/* Into the box. */
static Node *boxed(Search *s, Graph *g, Node *x)
{
    const Prey *p = s->victim.prey;
    if (!p->boxed || !x) return x;
    return op2(g, ELEM_min, op2(g, ELEM_max, x, bound_node(p, g, p->lo, -HUGE_VAL)),
               bound_node(p, g, p->hi, HUGE_VAL));
}

/* ---- members ---- */

typedef struct Body {
    Search *s;
    Frame frame;
} Body;

static void set(Interp *I, Body *b, const char *name, Value v)
{
    frame_set(I, &b->frame, named(I, name), v);
}

static Value method_of(Interp *I, Search *s, BoundKind what)
{
    Method *m = (Method *)method_new(I, METHOD_SEARCH, value_none()).object;
    m->victim = &s->victim;
    return bound_new(I, what, value_object(m));
}

/* All rows of what is attacked, and what is observed of them. */
static void offer_wholes(Interp *I, Body *b, const Prey *p, Graph *g)
{
    Shape all = shape_prepend(&p->x_shape, p->rows), y = p->y->shape;
    for (int i = 0; i < y.rank; i++) y.name[i] = 0;
    set(I, b, "all_x", recorded(I, graph_constant(g, TYPE_F64, &all, p->x0)));
    set(I, b, "all_y", recorded(I, graph_constant(g, p->y->type, &y, p->y->data)));
}

static void open_body(Interp *I, Body *b, Search *s, Value x)
{
    memset(b, 0, sizeof *b);
    b->s = s;
    b->frame.self = s->method;
    b->frame.module = s->method->def->module;
    frame_push(I, &b->frame);
    frame_set(I, &b->frame, s->method->def->def->b->name, x);
    set(I, b, "x0", recorded(I, s->x0));
    set(I, b, "y", recorded(I, s->y));
    set(I, b, "target", s->target ? recorded(I, s->target) : value_none());
    set(I, b, "restart",
        recorded(I, op_to_type(I->recorder->graph, s->restart, TYPE_F64)));
    const Prey *p = s->victim.prey;
    Graph *g = I->recorder->graph;
    set(I, b, "lo", recorded(I, bound_node(p, g, p->lo, -HUGE_VAL)));
    set(I, b, "hi", recorded(I, bound_node(p, g, p->hi, HUGE_VAL)));
    if (s->wholes) offer_wholes(I, b, p, g);
    if (s->change.kind != VALUE_NONE) set(I, b, "change", s->change);
    set(I, b, "loss", method_of(I, s, BOUND_LOSS));
    set(I, b, "logits", method_of(I, s, BOUND_LOGITS));
    set(I, b, "wrong", method_of(I, s, BOUND_WRONG));
}

static void close_body(Interp *I, Body *b) { frame_pop(I, &b->frame); }

/* A member with everything that the body knows on offer; x in the place of x. */
static bool member(Interp *I, Body *b, const char *name, Value x, Value *out)
{
    enum { MOST = 120 };
    Offer offer[MOST];
    bool missing;
    int n = 0;
    const Shape *shape = &b->s->victim.prey->x_shape;
    Name at = b->s->method->def->def->b->name;
    for (uint32_t i = 0; i < b->frame.count && n < MOST; i++)
        offer[n++] = (Offer){.name = name_cstr(&I->names, b->frame.name[i]),
                             .value = b->frame.name[i] == at ? x : b->frame.value[i]};
    offer[n - 1].shape = shape; /* `u ~ d` is drawn like x */
    if (instance_member(I, b->s->method, named(I, name), offer, n, &missing, out))
        return true;
    return missing ? fail(I, E0487, I->span,
                          name_cstr(&I->names, b->s->method->def->def->name))
                   : false;
}

/* A result of a member as a real node like x. */
static bool like_x(Interp *I, Search *s, Value v, const char *what, Node **out)
{
    const Shape *due = &s->victim.prey->x_shape;
    Shape has_shape;
    if (value_is_number(v) && value_shape(v, &has_shape)) {
        for (int i = 0; i < has_shape.rank; i++) has_shape.name[i] = 0;
        if (shape_same(&has_shape, due)) {
            *out = op_to_type(I->recorder->graph, as_node(I, v), TYPE_F64);
            return good(I, *out);
        }
    }
    Out o;
    char text[SHAPE_TEXT];
    out_init(&o, I->memory);
    value_type_print(I, &o, v);
    fail(I, E0491, I->span, what, name_cstr(&I->names, s->method->def->def->name), o.at,
         shape_text(text, &I->names, due, false));
    out_free(&o);
    return false;
}

/* keep, then the box. */
static bool keep(Interp *I, Body *b, Node *x, Node **out)
{
    Search *s = b->s;
    Value v;
    if (s->keeps) {
        if (!member(I, b, "keep", recorded(I, x), &v) || !like_x(I, s, v, "keep", &x))
            return false;
    }
    *out = boxed(s, I->recorder->graph, x);
    return good(I, *out);
}

/* ---- the start ---- */

/* In their order with what is asserted of the parameters. */
static bool start_states(Interp *I, Body *b)
{
    Search *s = b->s;
    const Ast *body = s->method->def->def->a;
    for (uint32_t i = 0; i < body->count; i++) {
        const Ast *a = body->list[i];
        Value v;
        if (a->kind == AST_EXPR && eval_statement(I, a) != FLOW_ON) return false;
        if (a->kind != AST_STATE) continue;
        if (s->states == ATTACK_STATES) return fail(I, E0318, a->span, ATTACK_STATES);
        if (!eval(I, a->b, &v)) return false;
        if (v.kind == VALUE_NONE) { /* a state that is not kept here */
            frame_set(I, &b->frame, a->name, v);
            continue;
        }
        if (!value_is_number(v))
            return attack_refuses(I, a->span, "where a state begins", "numbers",
                                  value_kind_text(v), "begin as `state v = 0 * x`");
        Node *n = op_to_type(s->graph.graph, as_node(I, v), TYPE_F64);
        if (!good(I, n)) return false;
        frame_set(I, &b->frame, a->name, v);
        s->state[s->states++] = (SearchState){a->name, NULL, s->graph.outs};
        s->graph.out[s->graph.outs++] = n;
    }
    return true;
}

static bool record_start(Interp *I, Search *s)
{
    Body b;
    Value v;
    Node *x = s->x0;
    s->victim.noises = 0;
    open_body(I, &b, s, recorded(I, x));
    bool ok = !s->starts || (member(I, &b, "start", recorded(I, x), &v) &&
                             like_x(I, s, v, "start", &x) && keep(I, &b, x, &x));
    if (ok) {
        s->start_from = s->graph.outs;
        s->graph.out[s->graph.outs++] = x;
        frame_set(I, &b.frame, s->method->def->def->b->name, recorded(I, x));
        s->victim.counting = true;
        s->victim.queries = 0;
        ok = start_states(I, &b);
        s->victim.counting = false;
        s->start_queries = s->victim.queries;
        s->start_n = s->graph.outs - s->start_from;
    }
    close_body(I, &b);
    return ok;
}

/* ---- one step ---- */

static bool add_update(Search *s, Node *slot, Node *next)
{
    s->updated[s->updates++] = slot;
    s->graph.out[s->graph.outs++] = next;
    return true;
}

/* The state's next value has another shape than it began with. */
static bool other_shape(Interp *I, const Ast *a, const Shape *now, const Shape *next)
{
    char was[SHAPE_TEXT], is[SHAPE_TEXT];
    if (shape_same(now, next) || next->rank == 0) return true;
    return fail(I, E0515, a->span, name_cstr(&I->names, a->name),
                shape_text(was, &I->names, now, false),
                shape_text(is, &I->names, next, false));
}

static bool state_next(Interp *I, Body *b, const Ast *a)
{
    Search *s = b->s;
    Value v;
    Shape shape;
    Graph *g = s->graph.graph;
    if (!eval(I, a->a, &v)) return false;
    Value kept;
    if (v.kind == VALUE_NONE && frame_get(&b->frame, a->name, &kept) &&
        kept.kind == VALUE_NONE)
        return true; /* of a state that is not kept here */
    for (int i = 0; i < s->states; i++) {
        if (s->state[i].name != a->name) continue;
        if (!value_is_number(v) || !value_shape(v, &shape))
            return attack_refuses(I, a->span, "a state", "numbers", value_kind_text(v),
                                  "it keeps the shape that it began with");
        Node *now = s->state[i].now;
        if (!other_shape(I, a, &now->shape, &shape)) return false;
        Node *n = op_broadcast(g, op_to_type(g, as_node(I, v), TYPE_F64), &now->shape);
        n = n ? op3(g, ELEM_where, s->frozen, now, n) : NULL;
        return good(I, n) && add_update(s, now, n);
    }
    return fail(I, E0441, a->span, name_cstr(&I->names, a->name));
}

static bool step_statement(Interp *I, Body *b, const Ast *a, Value x)
{
    Value v;
    const char *name;
    if (a->kind == AST_STATE || a->kind == AST_EXPR ||
        ast_is_member(a, named(I, "keep")) || ast_is_member(a, named(I, "start")))
        return true;
    if (a->kind == AST_NEXT) return state_next(I, b, a);
    if (a->kind != AST_MEMBER) return eval_statement(I, a) == FLOW_ON;
    name = name_cstr(&I->names, a->name);
    if (!member(I, b, name, x, &v)) return false;
    frame_set(I, &b->frame, a->name, v);
    return true;
}

/* d loss / d x: x is an input, so that no slope of weights is built. */
static bool slope_at(Interp *I, Search *s, Node *loss, Node **out)
{
    Node *where = NULL;
    Graph *g = s->graph.graph;
    graph_stable(g, &loss, 1);
    if (s->victim.o->straight && !straighten(g, &loss)) return good(I, NULL);
    if (graph_slope(g, loss, NULL, &s->x, 1, out, &where)) return true;
    graph_failed(I, where && where->span.source ? where->span : I->span, g->error);
    if (I->diags.count == 0) return false;
    Diag *d = I->diags.list[I->diags.count - 1];
    if (d->labels < DIAG_LABELS)
        diag_label(&I->diags, d, s->victim.o->method_span,
                   "needs slopes; square, nes, spsa, simba, boundary and "
                   "hop_skip_jump do not");
    return false;
}

static Node *norm_node(Graph *g, Node *d, double p)
{
    Node *a = op1(g, ELEM_abs, d);
    if (d->shape.rank == 0)
        return p == 0 ? op_to_type(g, op2(g, ELEM_gt, a, graph_real(g, 0)), TYPE_F64)
                      : a;
    if (p == HUGE_VAL) return op_reduce(g, &op_max, a, 0, false);
    if (p == 1) return op_reduce(g, &op_sum, a, 0, false);
    if (p == 0)
        return op_reduce(g, &op_sum,
                         op_to_type(g, op2(g, ELEM_gt, a, graph_real(g, 0)), TYPE_F64),
                         0, false);
    return op1(g, ELEM_sqrt, op_reduce(g, &op_sum, op2(g, ELEM_mul, d, d), 0, false));
}

/* The best x so far: the smallest change that succeeds, or the greatest loss where more
 * is better, where one success may be by luck, or nothing has succeeded. */
static bool track(Interp *I, Search *s, Node *wrong, Node *loss)
{
    Graph *g = s->graph.graph;
    Node *norm = norm_node(g, op2(g, ELEM_sub, s->x, s->x0), s->norm);
    Node *was = op2(g, ELEM_gt, s->found, graph_real(g, 0.5));
    Node *louder = op2(g, ELEM_gt, loss, s->best_loss);
    Node *first = op2(g, ELEM_and, wrong, op1(g, ELEM_not, was));
    Node *same = op2(g, ELEM_eq, wrong, was);
    Node *smaller = s->pushes || s->draws ? louder : op2(g, ELEM_lt, norm, s->best);
    Node *improves = op3(g, ELEM_where, was, op_to_type(g, smaller, TYPE_F64),
                         op_to_type(g, louder, TYPE_F64));
    improves = op2(g, ELEM_and, same, op2(g, ELEM_gt, improves, graph_real(g, 0.5)));
    Node *better = op2(g, ELEM_or, first, improves);
    Node *either = op2(g, ELEM_or, wrong, was);
    if (!good(I, better) || !good(I, either)) return false;
    return add_update(s, s->best_x, op3(g, ELEM_where, better, s->x, s->best_x)) &&
           add_update(s, s->best, op3(g, ELEM_where, better, norm, s->best)) &&
           add_update(s, s->best_loss,
                      op3(g, ELEM_where, better, loss, s->best_loss)) &&
           add_update(s, s->found, op_to_type(g, either, TYPE_F64));
}

static Node *truth(Graph *g, Node *n)
{
    return n->type == TYPE_BOOL
               ? n
               : op2(g, ELEM_ne, n, op_to_type(g, graph_int(g, 0), n->type));
}

/* The statements in their order, then keep; *moved is the next x. */
static bool run_members(Interp *I, Body *b, Value x, Node **moved, Node **over)
{
    Search *s = b->s;
    const Ast *body = s->method->def->def->a;
    Value v;
    for (uint32_t i = 0; i < body->count; i++)
        if (!step_statement(I, b, body->list[i], x)) return false;
    if (!frame_get(&b->frame, named(I, "move"), &v) || !like_x(I, s, v, "move", moved))
        return false;
    /* The only step's x is projected in double, where it is found. */
    bool last = s->steps == 1 && s->keeper.graph && !s->found && !s->inside;
    if (!last && !keep(I, b, *moved, moved)) return false;
    *over = NULL;
    if (!s->dones) return true;
    Shape one;
    bool number = frame_get(&b->frame, named(I, "done"), &v) && value_is_number(v) &&
                  value_shape(v, &one);
    if (!number || one.rank > 0)
        return attack_refuses(I, I->span, "`done`", "true or false, of the row",
                              number ? "one for each number" : value_kind_text(v),
                              "ask once, as `done = wrong(x)` or `done = all(x > 0)`");
    *over = truth(s->graph.graph, as_node(I, v));
    return good(I, *over);
}

bool search_put(Interp *I, Search *s, Node **x)
{
    Body b;
    Node *over;
    Value at = recorded(I, s->x0);
    s->victim.noises = 0;
    open_body(I, &b, s, at);
    set(I, &b, "t", recorded(I, op_to_type(I->recorder->graph, s->t, TYPE_F64)));
    bool ok = run_members(I, &b, at, x, &over);
    close_body(I, &b);
    return ok;
}

/* Those that began at none are none. */
static void offer_states(Interp *I, Body *b)
{
    const Search *s = b->s;
    const Ast *body = s->method->def->def->a;
    for (uint32_t i = 0; i < body->count; i++)
        if (body->list[i]->kind == AST_STATE)
            frame_set(I, &b->frame, body->list[i]->name, value_none());
    for (int i = 0; i < s->states; i++)
        frame_set(I, &b->frame, s->state[i].name, recorded(I, s->state[i].now));
}

static bool record_members(Interp *I, Search *s, Node *loss, Node *wrong, Node **moved,
                           Node **over)
{
    Body b;
    Graph *g = s->graph.graph;
    Value x = recorded(I, s->x);
    Node *slope = NULL;
    s->victim.noises = 1000000;
    open_body(I, &b, s, x);
    set(I, &b, "t", recorded(I, op_to_type(g, s->t, TYPE_F64)));
    offer_states(I, &b);
    s->victim.counting = true;
    s->victim.queries = 0;
    bool ok = !s->slopes || slope_at(I, s, loss, &slope);
    if (ok && s->slopes) {
        set(I, &b, "g", recorded(I, slope));
        Value again; /* the slope asks the victim at x */
        ok = victim_loss(I, &s->victim, x, &again);
    }
    ok = ok && run_members(I, &b, x, moved, over);
    s->victim.counting = false;
    s->step_queries = s->victim.queries;
    close_body(I, &b);
    if (!ok) return false;
    Node *flat = slope
                     ? op2(g, ELEM_le, norm_node(g, slope, HUGE_VAL), graph_real(g, 0))
                     : graph_constant(g, TYPE_BOOL, &(Shape){0}, &(uint8_t){0});
    s->graph.out[s->step_from + 2] = op_to_type(g, flat, TYPE_F64);
    (void)wrong;
    return good(I, flat);
}

/* A state called aim is the class that the loss heads for. */
static bool take_aim(Interp *I, Search *s)
{
    s->victim.aim = NULL;
    for (int i = 0; i < s->states; i++)
        if (s->state[i].name == named(I, "aim") && s->victim.prey->classes) {
            s->victim.aim = op_to_type(s->graph.graph, s->state[i].now, TYPE_I64);
            return good(I, s->victim.aim);
        }
    return true;
}

/* No change at all is needed: nothing smaller can be found. */
static Node *unchanged(Graph *g, const Search *s, Node *wrong)
{
    Node *far = norm_node(g, op2(g, ELEM_sub, s->x, s->x0), HUGE_VAL);
    return op2(g, ELEM_and, wrong, op2(g, ELEM_le, far, graph_real(g, 0)));
}

/* Room for the best x so far, where the last is not the answer. */
static void open_best(Search *s)
{
    Shape one = shape_scalar();
    if (s->inside || !(s->dones || s->pushes || s->draws)) return;
    s->best_x = rows_slot(&s->graph, TYPE_F64, &s->x->shape, true);
    s->best = rows_slot(&s->graph, TYPE_F64, &one, true);
    s->best_loss = rows_slot(&s->graph, TYPE_F64, &one, true);
    s->found = rows_slot(&s->graph, TYPE_F64, &one, true);
}

static bool record_step(Interp *I, Search *s)
{
    Graph *g = s->graph.graph;
    Node *loss, *wrong, *moved, *over;
    Value x = recorded(I, s->x), v;
    if (!take_aim(I, s) || !victim_loss(I, &s->victim, x, &v)) return false;
    loss = as_node(I, v);
    if (!victim_wrong(I, &s->victim, x, &v)) return false;
    wrong = as_node(I, v);
    Node *const drawn[] = {s->key, s->t};
    s->draws = s->slopes && s->keeps && !s->dones && !s->inside &&
               rows_depend(I, &s->graph, wrong, drawn, 2);
    open_best(s);
    s->step_from = s->graph.outs;
    s->graph.outs += 3;
    Node *before = s->done;
    Node *was = op2(g, ELEM_gt, before, graph_real(g, 0.5));
    Node *ends = s->pushes || s->draws ? NULL : wrong;
    /* A row is frozen by its success (with `done`, by one without a change; not where
     * other draws may find it right), or by `done` of this very x. */
    if (ends && s->dones) ends = unchanged(g, s, ends);
    s->frozen = ends ? op2(g, ELEM_or, was, ends) : was;
    if (!good(I, s->frozen) || !record_members(I, s, loss, wrong, &moved, &over))
        return false;
    Node *frozen = over ? op2(g, ELEM_or, s->frozen, over) : s->frozen;
    s->graph.out[s->step_from] = loss;
    s->graph.out[s->step_from + 1] = op_to_type(g, frozen, TYPE_F64);
    if (!good(I, frozen) ||
        !add_update(s, s->x, op3(g, ELEM_where, frozen, s->x, moved)) ||
        !add_update(s, before, op_to_type(g, frozen, TYPE_F64)) ||
        (s->found && !track(I, s, wrong, loss)))
        return false;
    s->step_n = s->graph.outs - s->step_from - s->updates;
    for (int i = 0; i < s->graph.outs; i++)
        if (!good(I, s->graph.out[i])) return false;
    return true;
}

/* ---- the door ---- */

static void open_slots(Interp *I, Search *s, const Prey *p, RowGraph *r)
{
    Shape one = shape_scalar();
    (void)I;
    s->x = rows_slot(r, TYPE_F64, &p->x_shape, true);
    s->x0 = rows_slot(r, TYPE_F64, &p->x_shape, true);
    Shape y = shape_drop(&p->y->shape, 0);
    s->y = rows_slot(r, p->y->type, &y, true);
    s->target = p->target ? rows_slot(r, p->y->type, &y, true) : NULL;
    s->key = rows_slot(r, TYPE_KEY, &one, true);
    s->t = rows_slot(r, TYPE_I64, &one, false);
    s->restart = rows_slot(r, TYPE_I64, &one, false);
    for (int i = 0; i < p->columns; i++)
        if (!p->column[i].attacked)
            s->victim.column[i] =
                rows_slot(r, p->column[i].all->type, &p->column[i].shape, true);
    s->victim.y = s->y;
    s->victim.target = s->target;
    s->victim.x0 = s->x0;
}

/* Numbers that are projected at a time: they stay in the second-level cache. */
enum { KEEPER_NUMBERS = 8192 };

static bool record_keeper(Interp *I, Search *s, const Prey *p, int64_t rows)
{
    int64_t few = KEEPER_NUMBERS / (1 + shape_count(&p->x_shape));
    RowGraph *r = &s->keeper;
    Body b;
    Node *kept = NULL;
    rows_begin(I, r, value_none());
    open_slots(I, s, p, r);
    open_body(I, &b, s, recorded(I, s->x));
    bool ok = keep(I, &b, s->x, &kept);
    close_body(I, &b);
    r->out[r->outs++] = kept;
    if (ok) return rows_finish(I, r, few < 1 ? 1 : few < rows ? few : rows, false);
    recorder_end(I, &r->recorder);
    return false;
}

static bool record_all(Interp *I, Search *s)
{
    Graph *g = s->graph.graph;
    Shape one = shape_scalar();
    uint64_t step = 0x73746570;
    s->victim.key = s->key;
    if (!record_start(I, s)) return false;
    for (int i = 0; i < s->states; i++)
        s->state[i].now = rows_slot(&s->graph, TYPE_F64,
                                    &s->graph.out[s->state[i].start]->shape, true);
    s->done = rows_slot(&s->graph, TYPE_F64, &one, true);
    s->victim.key =
        op2(g, ELEM_fold, op2(g, ELEM_fold, s->key, graph_int(g, (int64_t)step)), s->t);
    int fresh = s->victim.o->fresh;
    if (fresh < 0 ? !s->dones : fresh) s->victim.redraw = s->t;
    victim_forget(I, &s->victim);
    return good(I, s->victim.key) && record_step(I, s);
}

bool search_record(Interp *I, Search *s, const AttackOptions *o, const Prey *prey,
                   Value subject, Instance *method, int64_t rows, bool single)
{
    Handler *before = I->handler;
    s->method = method;
    s->victim.subject = subject;
    I->span = o->method_span;
    if (!search_traits(I, s)) return false;
    s->pushes = !s->dones && victim_pushes(I, &s->victim);
    I->handler = &s->victim.handler;
    bool ok = !s->keeps && !prey->boxed ? true : record_keeper(I, s, prey, rows);
    if (ok) {
        rows_begin(I, &s->graph, subject);
        s->victim.learned = &s->graph.learned;
        victim_forget(I, &s->victim);
        open_slots(I, s, prey, &s->graph);
        ok = record_all(I, s);
        if (!ok)
            recorder_end(I, &s->graph.recorder);
        else
            ok = rows_finish(I, &s->graph, rows, single);
    }
    I->handler = before;
    return ok;
}

bool search_inside(Interp *I, Search *s, Graph *g, const Prey *prey, Instance *method)
{
    Handler *before = I->handler;
    s->method = method;
    s->inside = s->pushes = true;
    if (!search_traits(I, s)) return false;
    s->graph.graph = g;
    I->handler = &s->victim.handler;
    open_slots(I, s, prey, &s->graph);
    bool ok = record_all(I, s);
    I->handler = before;
    return ok;
}

void search_free(Interp *I, Search *s)
{
    victim_forget(I, &s->victim);
    rows_free(I, &s->graph);
    rows_free(I, &s->keeper);
}
