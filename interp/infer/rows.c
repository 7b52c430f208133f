/* SPDX-License-Identifier: MIT
 * Graphs that are recorded for one row and run over many: the axis of the rows is a
 * hidden one, so that what is written for a row needs no shapes of batches.
 */
#include "search_int.h"

void rows_begin(Interp *I, RowGraph *r)
{
    r->graph = graph_new(I->memory, &I->names);
    recorder_init(I, &r->recorder, r->graph, false, NULL);
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

bool rows_finish(Interp *I, RowGraph *r, int64_t rows, bool single)
{
    Node *from[ROW_SLOTS], *to[ROW_SLOTS], *input[ROW_SLOTS], *result[ROW_OUTS];
    recorder_end(I, &r->recorder);
    r->rows = rows;
    if (!map_rows(r, from, to)) return graph_failed(I, I->span, r->graph->error);
    if (single) {
        r->single = graph_new(I->memory, &I->names);
        if (!graph_single(r->single, r->graph, to, r->slots, r->out, r->outs, input,
                          result))
            return graph_failed(I, I->span, r->single->error);
        for (int k = 0; k < r->outs; k++) r->out[k] = result[k];
    }
    for (int i = 0; i < r->slots; i++) r->slot[i].wide = single ? input[i] : to[i];
    return true;
}

Plan *rows_plan(Interp *I, RowGraph *r, int from, int n, const PlanUpdate *update,
                int updates, bool watch)
{
    char error[600];
    PlanOptions options = {.limit = I->memory_limit, .watch = watch};
    Plan *p = plan_make(I->memory, r->single ? r->single : r->graph, r->out + from, n,
                        update, updates, &options, error);
    if (!p) graph_failed(I, I->span, error);
    return p;
}

static bool is_step(const Node *n)
{
    return (n->op->flags & OP_ELEM) &&
           (n->op->elem == ELEM_round || n->op->elem == ELEM_floor ||
            n->op->elem == ELEM_ceil || n->op->elem == ELEM_sign);
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
    if (r->single) graph_free(r->single);
    if (r->graph) graph_free(r->graph);
    r->single = r->graph = NULL;
}
