/* SPDX-License-Identifier: MIT
 * The judge of a search: success, loss, answer and confidence at what was found, on the
 * victim itself, with draws of its own.
 */
#include "search_int.h"
#include "warn.h"

static bool good(Interp *I, Node *n)
{
    return n || graph_failed(I, I->span, I->recorder->graph->error);
}

/* W0010 of a function that gives probabilities, told once a call: they are read as
 * logits. */
static void probabilities(Interp *I, const AttackOptions *o, const Node *n)
{
    uint32_t errors = I->diags.errors;
    if (n->support != SUPPORT_SIMPLEX || I->abstract || in_library(I) ||
        told_last(I->odds_told, o->span))
        return;
    fit_warns(I, fail_diag(I, W0010, o->victim_span));
    I->diags.errors = errors;
    I->odds_told = o->span;
}

bool judge_record(Interp *I, Judge *j, const AttackOptions *o, const Prey *p,
                  Value loss, int64_t rows)
{
    RowGraph *r = &j->graph;
    Shape one = shape_scalar(), y = shape_drop(&p->y->shape, 0);
    Handler *before = I->handler;
    Value x, v[4];
    int outs = p->classes ? 4 : 3;
    bool single =
        o->subject.kind == VALUE_POSTERIOR && ((Posterior *)o->subject.object)->single;
    j->victim.loss = loss;
    rows_begin(I, r, o->subject);
    j->victim.learned = &r->learned;
    j->x = rows_slot(r, TYPE_F64, &p->x_shape, true);
    j->x0 = j->victim.x0 = rows_slot(r, TYPE_F64, &p->x_shape, true);
    j->y = j->victim.y = rows_slot(r, p->y->type, &y, true);
    j->target = j->victim.target =
        p->target ? rows_slot(r, p->y->type, &y, true) : NULL;
    j->key = j->victim.key = rows_slot(r, TYPE_KEY, &one, true);
    for (int i = 0; i < p->columns; i++)
        if (!p->column[i].attacked)
            j->victim.column[i] =
                rows_slot(r, p->column[i].all->type, &p->column[i].shape, true);
    I->handler = &j->victim.handler;
    x = record_node(I, j->x, value_none());
    bool ok = victim_wrong(I, &j->victim, x, &v[0]) &&
              victim_loss(I, &j->victim, x, &v[1]) &&
              victim_answer(I, &j->victim, x, &v[2]) &&
              (outs < 4 || victim_confidence(I, &j->victim, x, &v[3]));
    I->handler = before;
    if (ok && p->classes && o->subject.kind != VALUE_POSTERIOR &&
        o->success.kind == VALUE_NONE)
        probabilities(I, o, as_node(I, j->victim.seen[0].answer));
    for (int i = 0; ok && i < j->victim.seens; i++) {
        Value z = j->victim.seen[i].logits;
        const Shape *s = z.kind == VALUE_NODE ? &as_node(I, z)->shape : NULL;
        if (s && s->rank) {
            j->kinds = s->dim[s->rank - 1];
            ok = prey_classes(I, o, p, j->kinds);
        }
    }
    for (int k = 0; ok && k < outs; k++) {
        r->out[r->outs++] = op_to_type(r->graph, as_node(I, v[k]), TYPE_F64);
        ok = good(I, r->out[k]);
    }
    if (ok) return rows_finish(I, r, rows, single);
    recorder_end(I, &r->recorder);
    return false;
}
