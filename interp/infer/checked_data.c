/* SPDX-License-Identifier: MIT
 * Data against its model while a program is checked: what is missing, and shapes as far
 * as they are known. What of it depends on files is found when the data is bound.
 */
#include "infer_int.h"

#include <string.h>

static bool observed_there(Interp *I, const Ast *model, const Ast *s, Value data,
                           Span span)
{
    Value v;
    if (s->kind == AST_BLOCK)
        for (uint32_t i = 0; i < s->count; i++)
            if (!observed_there(I, model, s->list[i], data, span)) return false;
    if (s->kind != AST_LIKELIHOOD || s->a->kind != AST_NAME ||
        record_get((Record *)data.object, s->a->name, &v))
        return true;
    return data_missing(I, model, data, s->a->name, "observed", span, s->a->span);
}

/* A column as a node, of which the shape is looked at and nothing else; false: nothing
 * is known of it. `wide`: a vector stands for
 * one column; type: the declared one. */
static bool column_node(Interp *I, Value data, Name name, bool wide, const Ast *type,
                        Value *out)
{
    Value v;
    Shape s;
    if (!record_get((Record *)data.object, name, &v)) return false;
    if (v.kind == VALUE_RANGE) v = range_as_tensor(I, v);
    if (value_has_unknown(v) || !value_shape(v, &s)) return false;
    if (s.rank == 1 && wide) s.dim[s.rank++] = 1;
    memset(s.name, 0, sizeof s.name);
    Type t = TYPE_F64;
    Support support;
    type_is_number(I, type, &t, &support);
    *out = abstract_number(I, t == TYPE_BOOL ? t : value_type(v), SUPPORT_ANY, &s);
    return out->kind == VALUE_NODE;
}

/* Hypers are checked with the model itself: here they are known, or the axes that they
 * name are open. */
static void bind_hypers(Interp *I, const ModelValue *m, Frame *f)
{
    for (uint32_t i = 0; i < m->model->count; i++) {
        const Ast *param = m->model->list[i];
        Value v = value_unknown();
        if (is_given(I, param)) continue;
        I->abstract->silent++;
        if (m->argument[i].state == ARGUMENT_GIVEN)
            v = m->argument[i].value;
        else if (param->b && !eval(I, param->b, &v))
            v = value_unknown();
        I->abstract->silent--;
        frame_set(I, f, param->name, v);
    }
}

static bool givens_fit(Interp *I, Pass *p, Value data)
{
    const Ast *m = p->model->model;
    Value v, bound;
    for (uint32_t i = 0; i < m->count; i++) {
        const Ast *param = m->list[i];
        /* where the type has another number of columns than 1, a vector is told as it
         * is */
        bool wide =
            param->a && param->a->count == 2 &&
            (param->a->list[1]->kind != AST_INT || param->a->list[1]->lit.integer == 1);
        if (is_given(I, param) &&
            column_node(I, data, param->name, wide, param->a, &v) &&
            !type_bind(I, param->a, v, data_place(I, p, param->name),
                       name_cstr(&I->names, param->name), &p->frame, &bound))
            return false;
    }
    return true;
}

/* The type names sizes that the givens have, or numbers: others come of the body. */
static bool sizes_known(const Ast *type, Frame *f)
{
    Value v;
    for (uint32_t i = 0; i < type->count; i++)
        if (type->list[i]->kind != AST_INT &&
            (type->list[i]->kind != AST_NAME || !frame_get(f, type->list[i]->name, &v)))
            return false;
    return true;
}

static bool observed_fit(Interp *I, Pass *p, const Ast *body, Value data)
{
    Value v, want;
    Shape has, due;
    for (uint32_t i = 0; i < body->count; i++) {
        const Ast *s = body->list[i];
        if (s->kind != AST_LIKELIHOOD || s->a->kind != AST_NAME || !s->b ||
            !sizes_known(s->b, &p->frame) ||
            !column_node(I, data, s->a->name, false, s->b, &v) ||
            !abstract_of_type(I, s->b, 0, &want) || !value_shape(want, &due))
            continue;
        value_shape(v, &has);
        bool meets = has.rank == due.rank;
        for (int k = 0; meets && k < due.rank; k++)
            meets = size_meet(has.dim[k], due.dim[k]) != SIZE_DIFFERENT;
        Span declared = s->a->span;
        declared.to = s->b->span.to;
        if (!meets) return data_wrong_shape(I, p, &has, &due, s->a->name, declared);
    }
    return true;
}

static bool shapes_fit(Interp *I, ModelValue *m, Value data, bool observed, Span span)
{
    Pass p;
    memset(&p, 0, sizeof p);
    p.model = m;
    p.data = data;
    p.data_span = span;
    p.frame = (Frame){.model = m->model, .module = m->module};
    Handler *before = I->handler;
    I->handler = NULL;
    frame_push(I, &p.frame);
    bind_hypers(I, m, &p.frame);
    bool ok = givens_fit(I, &p, data) &&
              (!observed || observed_fit(I, &p, m->model->a, data));
    frame_pop(I, &p.frame);
    I->handler = before;
    return ok;
}

bool checked_binding(Interp *I, ModelValue *model, Value data, bool observed, Span span)
{
    if (!model || data.kind != VALUE_RECORD) return true;
    const Ast *m = model->model;
    return givens_there(I, m, data, span) &&
           (!observed || observed_there(I, m, m->a, data, span)) &&
           shapes_fit(I, model, data, observed, span);
}
