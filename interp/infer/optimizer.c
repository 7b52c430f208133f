/* SPDX-License-Identifier: MIT
 * An optimiser's body, recorded once for each weight: its state, what it computes, the
 * step.
 */
#include "infer_int.h"

#include <string.h>

static Node *real_step(Step *s) { return op_to_type(s->graph, s->t, TYPE_F64); }

/* rate · schedule(share of the steps done) */
static bool scheduled(Interp *I, const FitOptions *o, Step *s, Value *out)
{
    Instance *opt = (Instance *)o->optimizer.object, *with;
    Graph *g = s->graph;
    Name rate = name_str(&I->names, "rate");
    Value base, factor, side[2];
    bool found;
    *out = o->optimizer;
    if (o->schedule.kind == VALUE_NONE) return true;
    if (!instance_argument(I, opt, rate, &found, &base) || !found) return !found;
    Node *done = op2(g, ELEM_div, op2(g, ELEM_sub, real_step(s), graph_real(g, 1)),
                     graph_real(g, (double)(o->steps > 0 ? o->steps : 1)));
    Value share = record_node(I, done, value_none());
    if (!call_with(I, o->schedule, &share, 1, o->span, &factor)) return false;
    side[0] = base;
    side[1] = factor;
    if (!apply_elem(I, ELEM_mul, o->span, side, &base)) return false;
    instance_with(I, opt, rate, base, &with);
    *out = value_object(with);
    return true;
}

static bool declare_state(Interp *I, Step *s, Frame *f, const Ast *a,
                          const Shape *shape)
{
    Value init = value_real(0);
    if (a->b && !eval(I, a->b, &init)) return false;
    if (!value_is_scalar(init)) return fail(I, E0348, a->span, "a start", "not one");
    Tensor *start = tensor_new(I->memory, TYPE_F64, shape);
    for (int64_t i = 0; i < shape_count(shape); i++)
        ((double *)start->data)[i] = value_as_real(init);
    Node *n = graph_input(s->graph, TYPE_F64, SUPPORT_ANY, shape, s->trains);
    step_train(I, s, n, start);
    tensor_drop(start);
    s->train[s->trains - 1].next = n;
    frame_set(I, f, a->name, record_node(I, n, value_none()));
    return true;
}

/* `next v = e`: e becomes the state's next value; v itself stays the current one. */
static bool declare_next(Interp *I, Step *s, uint32_t first, const Ast *body,
                         const Ast *a)
{
    Value v;
    uint32_t k = first;
    if (!eval(I, a->a, &v)) return false;
    for (uint32_t i = 0; i < body->count; i++) {
        if (body->list[i]->kind != AST_STATE) continue;
        if (body->list[i]->name == a->name) {
            Node *n = op_broadcast(s->graph, as_node(I, v), &s->train[k].input->shape);
            if (!n) return graph_failed(I, a->span, s->graph->error);
            s->train[k].next = n;
            return true;
        }
        k++;
    }
    return fail(I, E0441, a->span, name_cstr(&I->names, a->name));
}

static bool run_statement(Interp *I, Step *s, Frame *f, uint32_t first, const Ast *body,
                          const Ast *a, const Shape *shape)
{
    if (a->kind == AST_STATE) return declare_state(I, s, f, a, shape);
    if (a->kind == AST_NEXT) return declare_next(I, s, first, body, a);
    return eval_statement(I, a) == FLOW_ON;
}

static bool step_weight(Interp *I, const FitOptions *o, Step *s, uint32_t k,
                        Value optimizer, Node *slope)
{
    Instance *in = (Instance *)optimizer.object;
    const Ast *def = in->def->def;
    Frame f = {.self = in, .module = in->def->module};
    Value next;
    (void)o;
    frame_push(I, &f);
    frame_set(I, &f, def->b->name, record_node(I, s->train[k].input, value_none()));
    frame_set(I, &f, name_str(&I->names, "g"), record_node(I, slope, value_none()));
    frame_set(I, &f, name_str(&I->names, "t"),
              record_node(I, real_step(s), value_none()));
    bool ok = true;
    uint32_t first = s->trains;
    Shape shape = s->train[k].input->shape;
    for (uint32_t i = 0; ok && i < def->a->count; i++)
        ok = run_statement(I, s, &f, first, def->a, def->a->list[i], &shape);
    if (ok && !frame_get(&f, name_str(&I->names, "step"), &next))
        ok = fail(I, E0430, o->span, name_cstr(&I->names, def->name));
    if (ok) {
        s->train[k].next = op_broadcast(s->graph, as_node(I, next), &shape);
        if (!s->train[k].next) ok = graph_failed(I, o->span, s->graph->error);
    }
    frame_pop(I, &f);
    return ok;
}

bool step_optimizer(Interp *I, const FitOptions *o, Step *s, Node *const *slope)
{
    Value optimizer;
    if (!scheduled(I, o, s, &optimizer)) return false;
    for (uint32_t k = 0; k < s->weights; k++)
        if (!s->train[k].kept && !step_weight(I, o, s, k, optimizer, *slope++))
            return false;
    return true;
}

bool optimizer_searches(Interp *I, Value optimizer, Span span, bool *yes)
{
    Value v;
    Text t;
    if (!instance_part(I, (Instance *)optimizer.object, "search", &v)) return false;
    *yes = v.kind != VALUE_NONE;
    return !*yes || (arg_text(I, v, span, "`search`", &t) &&
                     (text_same(t, text_of("line")) ||
                      fail(I, E0437, span, "`search`", "\"line\"", "another text")));
}
