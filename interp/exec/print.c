/* SPDX-License-Identifier: MIT
 * A plan as text: its steps, what each makes and reads, and where that lies in the
 * slab.
 */
#include "exec_int.h"

static void print_value(Out *o, const Plan *p, uint32_t id)
{
    const Value *v = &p->value[id], *base = &p->value[v->base];
    out_fmt(o, "%%%u:%s", (unsigned)v->node->id, type_name(v->type));
    shape_print(o, p->graph->names, &v->node->shape, false);
    switch (base->place) {
    case PLACE_TILE: out_str(o, " in tile"); break;
    case PLACE_SLAB: out_fmt(o, " @%zu", p->value[base->root].at + v->offset); break;
    case PLACE_EXTERNAL:
        out_fmt(o, " bound #%u", (unsigned)base->external);
        if (v->offset) out_fmt(o, "+%zu", v->offset);
        break;
    case PLACE_CONSTANT: {
        double x;
        out_str(o, " constant");
        if (node_constant_value(v->node, &x)) {
            out_char(o, ' ');
            out_real(o, x);
        }
        break;
    }
    case PLACE_NONE: break;
    }
    if (!buffer_is_dense(&v->view)) out_str(o, " strided");
}

static void print_member(Out *o, const Plan *p, uint32_t id)
{
    const Value *v = &p->value[id];
    out_str(o, "    ");
    print_value(o, p, id);
    out_fmt(o, " = %s(", v->kind == KIND_COPY ? "copy" : v->node->op->name);
    for (int i = 0; i < v->n_in; i++) {
        if (i) out_str(o, ", ");
        print_value(o, p, v->in[i]);
    }
    out_str(o, ")\n");
}

void plan_print(Out *o, const Plan *p)
{
    out_fmt(o, "plan: %d steps, %zu bytes\n", p->steps, p->slab_bytes);
    for (int i = 0; i < p->steps; i++) {
        const Step *s = &p->step[i];
        if (s->kind == STEP_TILES)
            out_fmt(o, "%4d fused over %lld by %lld, %d slots%s\n", i,
                    (long long)s->count, (long long)s->tiles->tile, s->tiles->n_slots,
                    i == p->commit ? ", updates begin" : "");
        else
            out_fmt(o, "%4d %s%s\n", i, s->op->name,
                    i == p->commit ? ", updates begin" : "");
        for (uint32_t v = s->first;; v = p->value[v].next) {
            print_member(o, p, v);
            if (v == s->final) break;
        }
    }
    for (int i = 0; i < p->n_outs; i++) {
        out_fmt(o, "out %d: ", i);
        print_value(o, p, p->out[i]);
        out_char(o, '\n');
    }
    for (int i = 0; i < p->n_updates; i++) {
        out_fmt(o, "update of %%%u: ", (unsigned)p->update[i].current->id);
        if (p->next[i])
            print_value(o, p, p->next[i]);
        else
            out_str(o, "in place");
        out_char(o, '\n');
    }
}
