/* SPDX-License-Identifier: MIT
 * Binding data to a model: its givens and what it observes, checked against the
 * declared types before any number is computed.
 */
#include "infer_int.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

bool is_given(Interp *I, const Ast *param)
{
    Type t;
    Support s;
    return param->a && !param->b && (param->a->flags & AST_DIMS) &&
           type_is_number(I, param->a, &t, &s);
}

static const Ast *observing(const Ast *block, Name name)
{
    const Ast *found = NULL;
    for (uint32_t i = 0; !found && i < block->count; i++) {
        const Ast *s = block->list[i];
        if (s->kind == AST_LIKELIHOOD &&
            (name == 0 || (s->a->kind == AST_NAME && s->a->name == name)))
            found = s;
        else if (s->kind == AST_FOR)
            found = observing(s->b, name);
    }
    return found;
}

const Ast *model_likelihood(const Ast *model, Name name)
{
    return observing(model->a, name);
}

static bool data_value(Interp *I, Pass *p, Name name, const char *role, Span span,
                       Value *v)
{
    if (p->data.kind == VALUE_RECORD && record_get((Record *)p->data.object, name, v))
        return true;
    return data_missing(I, p->model->model, p->data, name, role,
                        p->data_span.source ? p->data_span : I->span, span);
}

bool observes_nothing(Interp *I, const Ast *model, Span span)
{
    Diag *d = fail_diag(I, E0428, span, name_cstr(&I->names, model->name));
    diag_label(&I->diags, d, model->name_span, "this model");
    diag_help(&I->diags, d,
              "say what is observed: `likelihood y: real[N] ~ Normal(mu, sigma)`");
    return false;
}

bool givens_there(Interp *I, const Ast *model, Value data, Span span)
{
    for (uint32_t i = 0; i < model->count; i++) {
        const Ast *param = model->list[i];
        Value v;
        if (is_given(I, param) && data.kind == VALUE_RECORD &&
            !record_get((Record *)data.object, param->name, &v))
            return data_missing(I, model, data, param->name, "given", span,
                                param->span);
    }
    return true;
}

static const char *number_of(Support s)
{
    if (s == SUPPORT_POSITIVE) return "a positive number";
    return s == SUPPORT_UNIT ? "a number from 0 to 1" : "a number of 0 or more";
}

static bool fits(double x, Support wanted)
{
    if (wanted == SUPPORT_POSITIVE) return x > 0 && x < HUGE_VAL;
    if (wanted == SUPPORT_NONNEGATIVE) return x >= 0 && x < HUGE_VAL;
    if (wanted == SUPPORT_UNIT) return x >= 0 && x <= 1;
    return isfinite(x);
}

static bool all_fit(const double *x, int64_t n, Support wanted)
{
    double lo = wanted == SUPPORT_POSITIVE                                ? DBL_TRUE_MIN
                : wanted == SUPPORT_NONNEGATIVE || wanted == SUPPORT_UNIT ? 0
                                                                          : -DBL_MAX;
    return numbers_within(x, n, lo, wanted == SUPPORT_UNIT ? 1 : DBL_MAX);
}

/* The first number that is NaN or infinite, or lies outside of the declared support. */
static bool check_numbers(Interp *I, const Pass *p, const Tensor *t, Name name,
                          Support wanted, Span declared)
{
    int64_t n = shape_count(&t->shape);
    if (t->type == TYPE_F64 && all_fit(t->data, n, wanted)) return true;
    for (int64_t i = 0; i < n; i++) {
        double at = tensor_real_at(t, i);
        if (fits(at, wanted)) continue;
        if (isfinite(at))
            return data_wrong_number(I, p, t, name, i, number_of(wanted), declared, "");
        return data_wrong_number(I, p, t, name, i, "a finite number", declared,
                                 "; leave such rows out, for example with a mask");
    }
    return true;
}

/* A bound of a distribution: one number for all rows, or a number for each, given. */
typedef struct Edge {
    bool there;
    double one;
    const Tensor *each;
} Edge;

static const Tensor *given_tensor(Interp *I, const Pass *p, Value v)
{
    for (int i = 0; i < p->givens && v.kind == VALUE_NODE; i++)
        if (p->given[i].node == as_node(I, v)) return p->given[i].tensor;
    return NULL;
}

/* Of what is observed in the shape of y; left out where it is not known yet. */
static bool find_edge(Interp *I, const Pass *p, Instance *d, const char *member,
                      const Shape *y, Edge *e)
{
    bool missing_member;
    Value v;
    Name name = name_str(&I->names, member);
    if (!dist_has(d, name)) return true;
    if (!instance_member(I, d, name, NULL, 0, &missing_member, &v)) return false;
    e->each = given_tensor(I, p, v);
    e->there = value_is_scalar(v) || (e->each && shape_same(&e->each->shape, y));
    if (value_is_scalar(v)) e->one = value_as_real(v);
    return true;
}

static double edge_at(const Edge *e, int64_t i)
{
    return e->each ? tensor_real_at(e->each, i) : e->one;
}

bool observed_inside(Interp *I, Pass *p, Name name, Instance *d, Value y, Span declared)
{
    Edge lower = {.one = -HUGE_VAL}, upper = {.one = HUGE_VAL};
    const Tensor *t = given_tensor(I, p, y);
    if (!t) return true;
    if (!find_edge(I, p, d, "lower", &t->shape, &lower) ||
        !find_edge(I, p, d, "upper", &t->shape, &upper))
        return false;
    if (!lower.there && !upper.there) return true;
    for (int64_t i = 0, n = shape_count(&t->shape); i < n; i++) {
        double x = tensor_real_at(t, i), lo = edge_at(&lower, i),
               hi = edge_at(&upper, i);
        if (x >= lo && x <= hi) continue;
        char needed[100], help[100];
        if (lower.there && upper.there)
            snprintf(needed, sizeof needed, "a number from %g to %g", lo, hi);
        else
            snprintf(needed, sizeof needed, "at %s %g", lower.there ? "least" : "most",
                     lower.there ? lo : hi);
        snprintf(help, sizeof help, "; `%s` has no density there", dist_name(I, d));
        return data_wrong_number(I, p, t, name, i, needed, declared, help);
    }
    return true;
}

/* A vector may stand where [N, 1] is declared. */
static bool as_declared_rank(Interp *I, Value v, uint32_t rank, Tensor **out)
{
    Tensor *t = value_as_tensor(I, v);
    if (t->shape.rank == 1 && rank == 2) {
        Tensor *column = tensor_cast(I->memory, t, t->type);
        column->shape.rank = 2;
        column->shape.dim[1] = 1;
        value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = column});
        t = column;
    }
    *out = t;
    return true;
}

static bool add_given(Interp *I, Pass *p, Name name, Tensor *t, Support support,
                      const Shape *named, Value *out)
{
    Shape s = *named;
    if (p->givens == PASS_GIVEN) return fail(I, E0318, I->span, PASS_GIVEN);
    bool by_row = s.rank > 0 && p->row_name && s.name[0] == p->row_name;
    if (by_row && p->batch) s.dim[0] = p->batch;
    Node *n = graph_input(p->graph, t->type, support, &s, (uint32_t)p->givens);
    p->given[p->givens++] = (struct Given){name, n, t, by_row};
    value_keep((Value){.kind = VALUE_TENSOR, .tensor = t});
    *out = record_node(I, n, value_none());
    return true;
}

static bool set_rows(Pass *p, const Shape *s)
{
    if (s->rank == 0 || !p->row_name || s->name[0] != p->row_name) return true;
    p->all_rows = s->dim[0];
    p->rows = p->batch ? p->batch : s->dim[0];
    return true;
}

static void name_axes(const Ast *type, Shape *s)
{
    for (int i = 0; i < s->rank && type->count; i++) {
        /* a matrix type has one name for two axes */
        uint32_t k = (uint32_t)i < type->count ? (uint32_t)i : type->count - 1;
        s->name[i] = type->list[k]->kind == AST_NAME ? type->list[k]->name : 0;
    }
}

/* Of the numbers that a model works with: all reals are doubles. */
static Type given_type(Interp *I, const Ast *declared)
{
    Type type;
    Support support;
    type_is_number(I, declared, &type, &support);
    return type_is_real(type) ? TYPE_F64 : type;
}

static bool bind_node(Interp *I, Pass *p, const Ast *param, Value v)
{
    Node *n = as_node(I, v);
    const Ast *type = param->a;
    Shape s = n->shape;
    if (s.rank == 1 && type->count == 2) s.dim[s.rank++] = 1;
    Value bound;
    if (!type_bind(I, type, record_node(I, op_to_shape(p->graph, n, &s), value_none()),
                   I->span, name_cstr(&I->names, param->name), &p->frame, &bound))
        return false;
    name_axes(type, &s);
    n = op_to_type(p->graph, op_to_shape(p->graph, n, &s), given_type(I, type));
    set_rows(p, &s);
    frame_set(I, &p->frame, param->name, record_node(I, n, value_none()));
    return true;
}

static bool bind_given(Interp *I, Pass *p, const Ast *param)
{
    Value v, bound;
    Type type;
    Support support;
    Tensor *t;
    const char *name = name_cstr(&I->names, param->name);
    type_is_number(I, param->a, &type, &support);
    if (!data_value(I, p, param->name, "given", param->span, &v)) return false;
    if (v.kind == VALUE_NODE)
        return data_recorded_here(I, p, v, param->name) && bind_node(I, p, param, v);
    if (v.kind == VALUE_RANGE) v = range_as_tensor(I, v);
    if (!value_is_number(v)) return data_no_number(I, p, v, param->name, param->span);
    as_declared_rank(I, v, param->a->count, &t);
    Value shaped = {.kind = VALUE_TENSOR, .tensor = t};
    if (t->shape.rank == 0) shaped = v;
    if (!type_bind(I, param->a, shaped, data_place(I, p, param->name), name, &p->frame,
                   &bound))
        return false;
    t = value_as_type(I, bound, given_type(I, param->a));
    if (!check_numbers(I, p, t, param->name, support, param->span)) return false;
    Shape s = t->shape;
    name_axes(param->a, &s);
    set_rows(p, &s);
    if (!support_rank(support)) support = support_of_data(t);
    if (!add_given(I, p, param->name, t, support, &s, &bound)) return false;
    frame_set(I, &p->frame, param->name, bound);
    return true;
}

/* In a minibatch the row axis has the batch's size, also by its name. */
static void batch_size(Interp *I, Pass *p)
{
    if (!p->batch || !p->row_name) return;
    Value v;
    if (frame_get(&p->frame, p->row_name, &v) && p->all_rows)
        frame_set(I, &p->frame, p->row_name, value_int(p->batch));
}

/* The first argument of the call that runs, such as the model of `fit`. */
static Span model_place(const Interp *I)
{
    if (!I->span.source) return I->span;
    const Ast *e = ast_at(I->source[I->span.source - 1]->program, I->span);
    return e && e->kind == AST_CALL && e->count ? e->list[0]->span : I->span;
}

static bool no_hyper(Interp *I, const Ast *model, const Ast *param)
{
    const char *name = name_cstr(&I->names, param->name);
    const char *of = name_cstr(&I->names, model->name);
    Diag *d = fail_diag(I, E0409, model_place(I), name, of);
    diag_label(&I->diags, d, param->span, "declared here");
    diag_help(&I->diags, d, "give it by calling the model: `%s(%s = …)`", of, name);
    return false;
}

static bool bind_hyper(Interp *I, Pass *p, uint32_t i)
{
    const Ast *param = p->model->model->list[i];
    Value v = p->model->argument[i].value;
    if (p->model->argument[i].state != ARGUMENT_GIVEN) {
        if (!param->b) return no_hyper(I, p->model->model, param);
        if (!eval(I, param->b, &v)) return false;
    }
    if (param->a && !type_bind(I, param->a, v, I->span,
                               name_cstr(&I->names, param->name), &p->frame, &v))
        return false;
    frame_set(I, &p->frame, param->name, v);
    return true;
}

bool pass_bind_data(Interp *I, Pass *p)
{
    const Ast *m = p->model->model, *l = model_likelihood(m, 0);
    if (l && l->b && l->b->count > 0 && l->b->list[0]->kind == AST_NAME)
        p->row_name = l->b->list[0]->name;
    if (I->abstract) return checked_data(I, p);
    for (uint32_t i = 0; i < m->count; i++)
        if (!is_given(I, m->list[i]) && !bind_hyper(I, p, i)) return false;
    for (uint32_t i = 0; i < m->count; i++)
        if (is_given(I, m->list[i]) && !bind_given(I, p, m->list[i])) return false;
    if (!p->row_name)
        for (int i = 0; i < p->givens && !p->row_name; i++)
            if (p->given[i].node->shape.rank)
                p->row_name = p->given[i].node->shape.name[0];
    Value bound;
    if (p->row_name && !p->all_rows && l &&
        !frame_get(&p->frame, p->row_name, &bound)) { /* no given has the rows */
        Value y;
        Shape s;
        if (p->rows) {
            frame_set(I, &p->frame, p->row_name, value_int(p->rows));
        } else if (p->data.kind == VALUE_RECORD && l->a->kind == AST_NAME &&
                   record_get((Record *)p->data.object, l->a->name, &y) &&
                   value_shape(y, &s) && s.rank > 0) {
            p->all_rows = s.dim[0];
            p->rows = p->batch ? p->batch : s.dim[0];
            frame_set(I, &p->frame, p->row_name, value_int(p->rows));
        }
    }
    batch_size(I, p);
    return true;
}

/* What a likelihood observes: [rows of the data, …], matched with the declared shape.
 */
bool bind_observed(Interp *I, Pass *p, Name name, Span span, Type type, Support support,
                   const Shape *shape, Value *out)
{
    Value v;
    if (I->abstract) return checked_observed(I, p, type, support, shape, out);
    if (!data_value(I, p, name, "observed", span, &v)) return false;
    if (v.kind == VALUE_RANGE) v = range_as_tensor(I, v);
    if (v.kind == VALUE_NODE) {
        *out = v;
        return data_recorded_here(I, p, v, name);
    }
    if (!value_is_number(v)) return data_no_number(I, p, v, name, span);
    if (type == TYPE_I64 && !whole_number(I, v, &v) && type_is_real(value_type(v)))
        return data_not_whole(I, p, v, name, span);
    Tensor *t = value_as_type(I, v, type == TYPE_I64 ? TYPE_I64 : TYPE_F64);
    Shape want = *shape;
    bool by_row = want.rank && p->row_name && want.name[0] == p->row_name;
    if (by_row && p->batch) want.dim[0] = p->all_rows;
    if (!shape_same(&t->shape, &want))
        return data_wrong_shape(I, p, &t->shape, &want, name, span);
    if (by_row && want.dim[0] == 0) return data_no_rows(I, p, name, span);
    if (!check_numbers(I, p, t, name, support, span)) return false;
    if (!support_rank(support))
        support = support_of_data(t);
    else if (!support_check(I, support, v, data_place(I, p, name),
                            name_cstr(&I->names, name)))
        return false;
    return add_given(I, p, name, t, support, &want, out);
}

bool check_given(Interp *I, Pass *p, int given, Support wanted, Span span)
{
    const struct Given *g = &p->given[given];
    return check_numbers(I, p, g->tensor, g->name, wanted, span);
}
