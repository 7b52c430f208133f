/* SPDX-License-Identifier: MIT
 * What one thread of an attack's search needs: the plans of its start, its step, its
 * projection and its judgement, and storage for what they read.
 */
#include "search_int.h"

static Tensor *slot_storage(Interp *I, Plan *const *plan, int plans, const Slot *s)
{
    Tensor *t = tensor_new(I->memory, s->wide->type, &s->wide->shape);
    for (int i = 0; i < plans; i++)
        if (plan[i]) plan_bind(plan[i], s->wide, t->data);
    return t;
}

/* For `unc dump`: outs [from, from + n) of a graph over the rows, and their plan. */
static void dump_rows(Interp *I, const char *what, const RowGraph *r, int from, int n,
                      const Plan *plan)
{
    dump_graph(I, what, r->single ? r->single : r->graph, r->out + from, n, plan, 1);
}

bool lane_open(Interp *I, Lane *l, Search *s, Judge *judge, int64_t chunk, int64_t n,
               bool first)
{
    RowGraph *g = &s->graph, *k = &s->keeper, *j = &judge->graph;
    PlanUpdate update[ROW_OUTS], begun[ROW_OUTS];
    for (int i = 0; i < s->updates; i++)
        update[i] = (PlanUpdate){g->slot[rows_find(g, s->updated[i])].wide,
                                 g->out[s->step_from + s->step_n + i]};
    for (int i = 0; i < s->start_n; i++) {
        const Node *to = i ? s->state[i - 1].now : s->x;
        begun[i] =
            (PlanUpdate){g->slot[rows_find(g, to)].wide, g->out[s->start_from + i]};
    }
    l->start = rows_plan(I, g, 0, 0, begun, s->start_n, false);
    l->step = l->start
                  ? rows_plan(I, g, s->step_from, s->step_n, update, s->updates, false)
                  : NULL;
    l->judge = l->step ? rows_plan(I, j, 0, j->outs, NULL, 0, false) : NULL;
    if (!l->judge) return false;
    if (first) {
        dump_rows(I, "step of an attack", g, s->step_from, s->step_n + s->updates,
                  l->step);
        dump_rows(I, "judge of an attack", j, 0, j->outs, l->judge);
    }
    if (k->graph) { /* in place: what is kept takes the place of x */
        PlanUpdate kept = {k->slot[0].wide, k->out[0]};
        if (!(l->keep = rows_plan(I, k, 0, 0, &kept, 1, false))) return false;
    }
    Plan *both[2] = {l->start, l->step};
    for (int i = 0; i < g->slots; i++)
        l->search[i] = slot_storage(I, both, 2, &g->slot[i]);
    for (int i = 0; i < k->slots && l->keep; i++)
        l->keeper[i] = slot_storage(I, &l->keep, 1, &k->slot[i]);
    for (int i = 0; i < j->slots; i++)
        l->judged[i] = slot_storage(I, &l->judge, 1, &j->slot[i]);
    Shape x = shape_of(1, &(int64_t){chunk * n}), each = shape_of(1, &chunk);
    Shape row = shape_of(1, &n);
    l->x = tensor_new(I->memory, TYPE_F64, &x);
    l->few =
        l->keep ? tensor_keep(l->keeper[0]) : tensor_new(I->memory, TYPE_F64, &row);
    l->over = tensor_new(I->memory, TYPE_BOOL, &each);
    l->far = tensor_new(I->memory, TYPE_F64, &each);
    return true;
}

static size_t lane_bytes(const Lane *l)
{
    const Plan *plan[] = {l->start, l->step, l->keep, l->judge};
    size_t n = 0;
    for (int i = 0; i < 4; i++) n += plan[i] ? plan_bytes(plan[i]) : 0;
    return n;
}

size_t lanes_bytes(const Lanes *l)
{
    size_t n = 0;
    for (int i = 0; i < l->count; i++) n += lane_bytes(&l->lane[i]);
    return n;
}

static void drop_all(Tensor **slot, int n)
{
    for (int i = 0; i < n; i++)
        if (slot[i]) tensor_drop(slot[i]);
}

void lanes_free(Lanes *lanes, const Search *s, const Judge *j)
{
    for (int i = 0; i < lanes->count; i++) {
        Lane *l = &lanes->lane[i];
        Plan *plan[] = {l->start, l->step, l->keep, l->judge};
        for (int k = 0; k < 4; k++)
            if (plan[k]) plan_free(plan[k]);
        drop_all(l->search, s->graph.slots);
        drop_all(l->keeper, s->keeper.slots);
        drop_all(l->judged, j->graph.slots);
        drop_all(&l->x, 1);
        drop_all(&l->few, 1);
        drop_all(&l->over, 1);
        drop_all(&l->far, 1);
    }
    lanes->count = 0;
}
