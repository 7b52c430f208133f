/* SPDX-License-Identifier: MIT
 * Graphs that are recorded for one row and run over many: the axis of the rows is a
 * hidden one, so that what is written for a row needs no shapes of batches.
 */
#include "search_int.h"

#include <string.h>

void rows_begin(Interp *I, RowGraph *r, Value subject)
{
    Learned *l = &r->learned;
    r->graph = graph_new(I->memory, &I->names);
    recorder_init(I, &r->recorder, r->graph, false, NULL);
    r->recorder.notes = true;
    if (subject.kind == VALUE_POSTERIOR) learned_add(I, l, (Posterior *)subject.object);
    for (uint32_t i = 0; i < l->count; i++)
        l->node[i] = graph_input(r->graph, l->tensor[i]->type, SUPPORT_ANY,
                                 &l->tensor[i]->shape, 850000u + i);
    if (l->count) r->cast = memory_take(I->memory, l->count * sizeof(Tensor *));
}

Node *rows_slot(RowGraph *r, Type type, const Shape *shape, bool by_row)
{
    Node *n =
        graph_input(r->graph, type, SUPPORT_ANY, shape, 830000u + (uint32_t)r->slots);
    if (n && r->slots < ROW_SLOTS) r->slot[r->slots++] = (Slot){n, NULL, by_row};
    return n;
}

int rows_find(const RowGraph *r, const Node *row)
{
    for (int i = 0; i < r->slots; i++)
        if (r->slot[i].row == row) return i;
    return -1;
}

bool rows_depend(Interp *I, const RowGraph *r, const Node *y, Node *const *on, int n)
{
    size_t size = y->id + 1;
    bool *does = memory_take(I->memory, size);
    memset(does, 0, size);
    for (int k = 0; k < n; k++)
        if (on[k]->id <= y->id) does[on[k]->id] = true;
    for (uint32_t id = 0; id <= y->id; id++)
        for (int i = 0; i < r->graph->node[id]->n_in; i++)
            does[id] = does[id] || does[r->graph->node[id]->in[i]->id];
    bool yes = does[y->id];
    memory_give(I->memory, does, size);
    return yes;
}

static bool map_rows(RowGraph *r, Node **from, Node **to)
{
    Graph *g = r->graph;
    bool mapped[ROW_SLOTS], out_mapped[ROW_OUTS];
    Node *result[ROW_OUTS];
    for (int i = 0; i < r->slots; i++) {
        Slot *s = &r->slot[i];
        Shape wide = shape_prepend(&s->row->shape, r->rows);
        from[i] = s->row;
        mapped[i] = s->by_row;
        to[i] = s->by_row ? graph_input(g, s->row->type, s->row->support, &wide,
                                        840000u + (uint32_t)i)
                          : s->row;
        if (!to[i]) return false;
    }
    if (!graph_batch(g, r->rows, from, to, mapped, r->slots, r->out, r->outs, result,
                     out_mapped))
        return false;
    for (int k = 0; k < r->outs; k++) {
        Shape wide = shape_prepend(&r->out[k]->shape, r->rows);
        if (!out_mapped[k]) {
            Shape one = shape_prepend(&result[k]->shape, 1);
            result[k] = op_broadcast(g, op_to_shape(g, result[k], &one), &wide);
        }
        if (!result[k]) return false;
        r->out[k] = result[k];
    }
    return true;
}

/* The slots (to) and what is learned in single precision. */
static bool to_single(Interp *I, RowGraph *r, Node **to)
{
    Learned *l = &r->learned;
    size_t n = (size_t)r->slots + l->count, bytes = (n + 1) * sizeof(Node *);
    Node **from = arena_take(&r->graph->arena, bytes), *result[ROW_OUTS],
         **input = arena_take(&r->graph->arena, bytes);
    memcpy(from, to, (size_t)r->slots * sizeof *from);
    if (l->count) memcpy(from + r->slots, l->node, l->count * sizeof *from);
    r->single = graph_new(I->memory, &I->names);
    if (!graph_single(r->single, r->graph, from, (int)n, r->out, r->outs, input,
                      result))
        return graph_failed(I, I->span, r->single->error);
    for (int k = 0; k < r->outs; k++) r->out[k] = result[k];
    memcpy(to, input, (size_t)r->slots * sizeof *to);
    if (l->count) memcpy(l->node, input + r->slots, l->count * sizeof *to);
    return true;
}

/* What stands in for a learned tensor in the type of its input. */
static void cast_one(Interp *I, RowGraph *r, uint32_t i)
{
    Tensor *t = r->learned.tensor[i], *was = r->cast[i];
    Type type = r->learned.node[i]->type;
    r->cast[i] = t->type == type ? tensor_keep(t) : tensor_cast(I->memory, t, type);
    if (was) tensor_drop(was);
}

bool rows_finish(Interp *I, RowGraph *r, int64_t rows, bool single)
{
    Node *from[ROW_SLOTS], *to[ROW_SLOTS];
    recorder_end(I, &r->recorder);
    r->rows = rows;
    if (!map_rows(r, from, to)) return graph_failed(I, I->span, r->graph->error);
    if (single && !to_single(I, r, to)) return false;
    for (int i = 0; i < r->slots; i++) r->slot[i].wide = to[i];
    for (uint32_t i = 0; i < r->learned.count; i++) cast_one(I, r, i);
    return true;
}

void rows_bind(const RowGraph *r, Plan *p)
{
    for (uint32_t i = 0; i < r->learned.count; i++)
        plan_bind(p, r->learned.node[i], r->cast[i]->data);
}

/* The first place of what stands at i. */
static uint32_t first_of(const Learned *l, uint32_t i)
{
    uint32_t k = 0;
    while (l->tensor[k] != l->tensor[i]) k++;
    return k;
}

static bool same_places(const Learned *a, const Learned *b)
{
    if (a->count != b->count) return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (a->tensor[i]->type != b->tensor[i]->type ||
            !shape_same(&a->tensor[i]->shape, &b->tensor[i]->shape) ||
            first_of(a, i) != first_of(b, i))
            return false;
    return true;
}

bool rows_learn(Interp *I, RowGraph *r, Value subject)
{
    Learned other = {0};
    if (subject.kind == VALUE_POSTERIOR)
        learned_add(I, &other, (Posterior *)subject.object);
    bool same = same_places(&r->learned, &other);
    for (uint32_t i = 0; same && i < other.count; i++) {
        Tensor *t = r->learned.tensor[i];
        if (t == other.tensor[i]) continue;
        r->learned.tensor[i] = other.tensor[i];
        other.tensor[i] = t;
        cast_one(I, r, i);
    }
    learned_free(I, &other);
    return same;
}

Plan *rows_plan(Interp *I, RowGraph *r, int from, int n, const PlanUpdate *update,
                int updates, bool watch)
{
    char error[600];
    PlanOptions options = {.limit = I->memory_limit, .watch = watch};
    Plan *p = plan_make(I->memory, r->single ? r->single : r->graph, r->out + from, n,
                        update, updates, &options, error);
    if (!p)
        graph_failed(I, I->span, error);
    else
        rows_bind(r, p);
    return p;
}

Node *sloping_as_identity(Graph *g, Node *y, Node *x)
{
    Graph *slope = graph_inner(g); /* slots: x, y, dy */
    Node *dy = graph_input(slope, y->type, SUPPORT_ANY, &y->shape, 2);
    return dy ? op_custom_make(g, y, &x, 1, slope, &dy) : NULL;
}

bool straighten(Graph *g, Node **loss)
{
    for (uint32_t id = 0; id < (*loss)->id; id++) {
        Node *n = g->node[id], *y, *result;
        bool mapped = false, varies;
        if (!is_step(n)) continue;
        y = sloping_as_identity(g, n, n->in[0]);
        if (!y || !graph_batch(g, 0, &n, &y, &mapped, 1, loss, 1, &result, &varies))
            return false;
        *loss = result;
    }
    return true;
}

void rows_free(Interp *I, RowGraph *r)
{
    recorder_free(I, &r->recorder);
    for (uint32_t i = 0; i < r->learned.count; i++)
        if (r->cast[i]) tensor_drop(r->cast[i]);
    memory_give(I->memory, r->cast, r->learned.count * sizeof(Tensor *));
    r->cast = NULL;
    learned_free(I, &r->learned);
    if (r->single) graph_free(r->single);
    if (r->graph) graph_free(r->graph);
    r->single = r->graph = NULL;
}
