/* SPDX-License-Identifier: MIT
 * What must hold of every graph, checked after each pass in debug builds and in tests:
 * inputs come first and belong to the graph, and shapes and types are what the op says.
 */
#include "graph/graph.h"

static bool inputs_fit(Graph *g, const Node *n)
{
    for (int i = 0; i < n->n_in; i++) {
        const Node *in = n->in[i];
        if (!in || in->id >= n->id || g->node[in->id] != in) {
            graph_error(g, "node %u (%s): input %d is not an earlier node", n->id,
                        n->op->name, i);
            return false;
        }
    }
    return true;
}

static bool shape_fits(Graph *g, const Node *n)
{
    Attr a = {0};
    if (n->attr) a = *n->attr;
    Infer c = {.graph = g, .in = n->in, .n_in = n->n_in, .attr = &a, .type = TYPE_F64};
    if (!n->op->shape(&c)) return false;
    if (shape_same(&c.shape, &n->shape) && c.type == n->type) return true;
    char s[SHAPE_TEXT], t[SHAPE_TEXT];
    graph_error(g, "node %u (%s) is %s%s, but its op says %s%s", n->id, n->op->name,
                type_name(n->type), shape_text(s, NULL, &n->shape, false),
                type_name(c.type), shape_text(t, NULL, &c.shape, false));
    return false;
}

static bool subs_fit(Graph *g, const Node *n)
{
    for (int k = 0; k < 2 && n->attr; k++) {
        Graph *s = n->attr->sub[k];
        if (!s) continue;
        const char *wrong = graph_verify(s);
        if (wrong) {
            graph_error(g, "within node %u (%s): %.400s", n->id, n->op->name, wrong);
            return false;
        }
    }
    return true;
}

const char *graph_verify(Graph *g)
{
    bool loose = g->loose, good = true;
    g->loose = true;
    for (uint32_t id = 0; id < g->count && good; id++) {
        Node *n = g->node[id];
        good = n->id == id;
        if (!good) graph_error(g, "node %u has the number %u", id, n->id);
        if (good && !(n->op->flags & OP_SOURCE))
            good = inputs_fit(g, n) && shape_fits(g, n) && subs_fit(g, n);
    }
    g->loose = loose;
    return good ? NULL : g->error;
}
