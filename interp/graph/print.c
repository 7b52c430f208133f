/* SPDX-License-Identifier: MIT
 * Graphs as text, a line a node, and as dot for graphviz.
 */
#include "graph/graph.h"

/* Lists up to this long are printed whole. */
enum { PRINT_NUMBERS = 6 };

/* Marks what the outputs need; all of the graph where there are none. Freed by the
 * caller. */
static bool *needed(const Graph *g, Node *const *outs, int n)
{
    bool *need = memory_take(g->memory, g->count + 1);
    for (uint32_t id = 0; id < g->count && !n; id++) need[id] = true;
    for (int i = 0; i < n; i++) need[outs[i]->id] = true;
    for (uint32_t id = g->count; id-- > 0;)
        for (int i = 0; i < g->node[id]->n_in && need[id]; i++)
            need[g->node[id]->in[i]->id] = true;
    return need;
}

static void print_number(Out *o, const Node *n, int64_t i)
{
    const void *d = n->attr->data;
    switch (n->type) {
    case TYPE_F64: out_real(o, ((const double *)d)[i]); break;
    case TYPE_F32: out_real(o, (double)((const float *)d)[i]); break;
    case TYPE_I64: out_fmt(o, "%lld", (long long)((const int64_t *)d)[i]); break;
    case TYPE_BOOL: out_str(o, ((const uint8_t *)d)[i] ? "true" : "false"); break;
    case TYPE_KEY:
        out_fmt(o, "key %016llx", (unsigned long long)((const uint64_t *)d)[i]);
        break;
    case TYPE_COUNT: break;
    }
}

static void print_constant(Out *o, const Node *n)
{
    int64_t count = shape_count(&n->shape);
    for (int64_t i = 0; i < count && i < PRINT_NUMBERS; i++) {
        if (i) out_char(o, ' ');
        print_number(o, n, i);
    }
    if (count > PRINT_NUMBERS) out_str(o, " …");
}

static void print_attr(Out *o, const Graph *g, const Node *n)
{
    const Attr *a = n->attr;
    if (!a || n->op->flags & OP_SOURCE) return;
    if (a->axis) out_fmt(o, " axis %d", a->axis);
    if (a->keep) out_str(o, " keep");
    if (a->n) out_fmt(o, " n %lld", (long long)a->n);
    if (a->x < 0 || a->x > 0) {
        out_str(o, " x ");
        out_real(o, a->x);
    }
    if (a->shape.rank && !a->step[0]) {
        out_str(o, " to ");
        shape_print(o, g->names, &a->shape, false);
    }
    for (int i = 0; i < a->shape.rank; i++)
        if (a->step[i])
            out_fmt(o, " %lld:%lld:%lld", (long long)a->from[i], (long long)a->to[i],
                    (long long)a->step[i]);
}

static void print_node(Out *o, const Graph *g, const Node *n)
{
    out_str(o, n->op->name);
    if (n->op == &op_input) out_fmt(o, " %u", n->user);
    if (n->op == &op_constant) {
        out_char(o, ' ');
        print_constant(o, n);
    }
    for (int i = 0; i < n->n_in; i++) out_fmt(o, " %%%u", n->in[i]->id);
    print_attr(o, g, n);
    out_fmt(o, " : %s", type_name(n->type));
    if (n->shape.rank) shape_print(o, g->names, &n->shape, false);
    if (n->support != SUPPORT_ANY) out_fmt(o, ", %s", support_name(n->support));
}

/* Graphs inside a node, indented under it. */
static void print_subs(Out *o, const Node *n)
{
    for (int k = 0; k < 2 && n->attr; k++) {
        if (!n->attr->sub[k]) continue;
        Out sub;
        out_init(&sub, o->memory);
        graph_print(&sub, n->attr->sub[k], n->attr->sub_out[k], n->attr->sub_outs[k]);
        bool first = true;
        for (size_t i = 0; i < sub.len; i++) {
            if (first) out_str(o, "    | ");
            out_char(o, sub.at[i]);
            first = sub.at[i] == '\n';
        }
        out_free(&sub);
    }
}

void graph_print(Out *o, const Graph *g, Node *const *outs, int n)
{
    bool *need = needed(g, outs, n);
    for (uint32_t id = 0; id < g->count; id++) {
        if (!need[id]) continue;
        out_fmt(o, "%%%u = ", id);
        print_node(o, g, g->node[id]);
        out_char(o, '\n');
        print_subs(o, g->node[id]);
    }
    for (int i = 0; i < n; i++) out_fmt(o, "%s%%%u", i ? ", " : "out ", outs[i]->id);
    if (n) out_char(o, '\n');
    memory_give(g->memory, need, g->count + 1);
}

void graph_print_dot(Out *o, const Graph *g, Node *const *outs, int n)
{
    bool *need = needed(g, outs, n);
    out_str(o, "digraph {\n  node [shape=box, fontname=monospace];\n");
    for (uint32_t id = 0; id < g->count; id++) {
        if (!need[id]) continue;
        const Node *node = g->node[id];
        out_fmt(o, "  n%u [label=\"", id);
        print_node(o, g, node);
        out_str(o, node->op->flags & OP_SOURCE ? "\", style=filled];\n" : "\"];\n");
        for (int i = 0; i < node->n_in; i++)
            out_fmt(o, "  n%u -> n%u;\n", node->in[i]->id, id);
    }
    for (int i = 0; i < n; i++)
        out_fmt(o, "  out%d [shape=plaintext]; n%u -> out%d;\n", i, outs[i]->id, i);
    out_str(o, "}\n");
    memory_give(g->memory, need, g->count + 1);
}
