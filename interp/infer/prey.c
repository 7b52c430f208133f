/* SPDX-License-Identifier: MIT
 * What an attack is given: the columns of its data that change and those that do not,
 * what is true, what is wanted, and the box; all of it checked before a search begins.
 */
#include "fields.h"
#include "search_int.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

bool attack_refuses(Interp *I, Span span, const char *what, const char *due,
                    const char *has, const char *help)
{
    Diag *d = fail_diag(I, E0437, span, what, due, has);
    diag_help(&I->diags, d, "%s", help);
    return false;
}

/* ---- the data ---- */

static const Ast *given_of(Interp *I, const AttackOptions *o, Name name)
{
    if (o->subject.kind != VALUE_POSTERIOR) return NULL;
    const Ast *m = ((Posterior *)o->subject.object)->model->model;
    for (uint32_t i = 0; i < m->count; i++)
        if (is_given(I, m->list[i]) && m->list[i]->name == name) return m->list[i];
    return NULL;
}

static Name row_axis_of(const AttackOptions *o)
{
    const Ast *l = model_likelihood(((Posterior *)o->subject.object)->model->model, 0);
    return l && l->b && l->b->count > 0 && l->b->list[0]->kind == AST_NAME
               ? l->b->list[0]->name
               : 0;
}

static bool add_column(Interp *I, const AttackOptions *o, Prey *p, Name name, Value v,
                       bool attacked)
{
    const Ast *given = given_of(I, o, name);
    const char *text = name_cstr(&I->names, name);
    Type type = TYPE_F64;
    Support support;
    if (given) type_is_number(I, given->a, &type, &support);
    if (v.kind == VALUE_RANGE) v = range_as_tensor(I, v);
    if (!value_is_number(v))
        return fail(I, E0334, o->data_span, text, "real", value_kind_text(v));
    if (attacked && type == TYPE_I64) {
        Diag *d = fail_diag(I, E0493, o->on_span, text);
        diag_label(&I->diags, d, given->span, "declared here");
        return false;
    }
    Tensor *t = value_as_type(I, v, type == TYPE_I64 ? TYPE_I64 : TYPE_F64);
    if (p->columns == ATTACK_COLUMNS) return fail(I, E0318, o->span, ATTACK_COLUMNS);
    if (t->shape.rank == 0 || t->shape.dim[0] == 0)
        return fail(I, E0494, o->data_span, text);
    if (p->rows && t->shape.dim[0] != p->rows)
        return fail(I, E0438, o->data_span, text, (long long)t->shape.dim[0],
                    (long long)p->rows);
    p->rows = t->shape.dim[0];
    Column *c = &p->column[p->columns++];
    *c = (Column){.name = name, .all = t, .shape = shape_drop(&t->shape, 0)};
    for (int i = 0; i < c->shape.rank; i++) c->shape.name[i] = 0;
    c->attacked = attacked;
    p->ons += attacked;
    return true;
}

static bool on_names(Interp *I, const AttackOptions *o, Name *name, int *n)
{
    Value v = o->on;
    Text t;
    *n = 0;
    uint32_t count = v.kind == VALUE_LIST ? ((List *)v.object)->count : 1;
    if (count == 0 || count > ATTACK_ONS)
        return attack_refuses(I, o->on_span, "`on`",
                              "a name or a list of up to 8 names",
                              "a list of another length", "`on = [\"x\", \"z\"]`");
    for (uint32_t i = 0; i < count; i++) {
        Value item = v.kind == VALUE_LIST ? ((List *)v.object)->item[i] : v;
        if (!arg_text(I, item, o->on_span, "`on`", &t)) return false;
        name[*n] = name_of(&I->names, t);
        for (int k = 0; k < *n; k++)
            if (name[k] == name[*n])
                return attack_refuses(I, o->on_span, "`on`",
                                      "a list of different names",
                                      "one with a name twice", "name each once");
        (*n)++;
    }
    return true;
}

static bool no_column(Interp *I, const AttackOptions *o, Name name, const char *role)
{
    const char *of = "fn";
    if (o->subject.kind == VALUE_FN && ((Closure *)o->subject.object)->name)
        of = name_cstr(&I->names, ((Closure *)o->subject.object)->name);
    if (o->subject.kind == VALUE_POSTERIOR)
        of = name_cstr(&I->names, ((Posterior *)o->subject.object)->model->model->name);
    Diag *d = fail_diag(I, E0407, o->data_span, name_cstr(&I->names, name), role, of);
    diag_help(&I->diags, d,
              strcmp(role, "given") ? "name what is true: `{x = …, %s = …}`"
                                    : "what changes is called `%s` unless `on` says "
                                      "otherwise: `on = \"image\"`",
              name_cstr(&I->names, name));
    return false;
}

static bool read_columns(Interp *I, const AttackOptions *o, Prey *p)
{
    Record *data = (Record *)o->data.object;
    Name on[ATTACK_ONS];
    int n;
    Value v;
    if (!on_names(I, o, on, &n)) return false;
    for (int i = 0; i < n; i++) {
        if (o->subject.kind == VALUE_POSTERIOR && !given_of(I, o, on[i]))
            return fail(I, E0495, o->on_span, name_cstr(&I->names, on[i]));
        if (!record_get(data, on[i], &v)) return no_column(I, o, on[i], "given");
        if (!add_column(I, o, p, on[i], v, true)) return false;
    }
    if (o->subject.kind != VALUE_POSTERIOR) return true;
    const Ast *m = ((Posterior *)o->subject.object)->model->model;
    Name rows = row_axis_of(o);
    for (uint32_t i = 0; i < m->count; i++) {
        const Ast *g = m->list[i];
        bool taken = false;
        for (int k = 0; k < n; k++) taken = taken || on[k] == g->name;
        if (!is_given(I, g) || taken) continue;
        if (!record_get(data, g->name, &v)) return no_column(I, o, g->name, "given");
        bool by_row = rows && g->a->count > 0 && g->a->list[0]->kind == AST_NAME &&
                      g->a->list[0]->name == rows;
        if (by_row && !add_column(I, o, p, g->name, v, false)) return false;
    }
    return true;
}

static bool not_finite(Interp *I, const AttackOptions *o, const Column *c)
{
    const double *first = c->all->data, *x = first;
    while (isfinite(*x)) x++;
    return fail(I, E0408, o->data_span, name_cstr(&I->names, c->name),
                (long long)((x - first) / shape_count(&c->shape)), *x,
                "a finite number");
}

static bool all_finite(Interp *I, const AttackOptions *o, Column *c)
{
    int64_t n = shape_count(&c->all->shape);
    return (numbers_range(c->all->data, n, &c->least, &c->most) &&
            c->least >= -DBL_MAX && c->most <= DBL_MAX) ||
           not_finite(I, o, c);
}

/* Several columns, side by side. */
static const double *joined(Interp *I, const Prey *p, int64_t n)
{
    Shape all = shape_of(1, &(int64_t){p->rows * n});
    Tensor *t = tensor_raw(I->memory, TYPE_F64, &all);
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = t});
    for (int i = 0; i < p->columns; i++) {
        const Column *c = &p->column[i];
        int64_t each = shape_count(&c->shape);
        if (!c->attacked) continue;
        for (int64_t r = 0; r < p->rows; r++)
            memcpy((double *)t->data + r * n + c->from,
                   (const double *)c->all->data + r * each,
                   (size_t)each * sizeof(double));
    }
    return t->data;
}

/* What is attacked, every number of it finite. */
static bool join_attacked(Interp *I, const AttackOptions *o, Prey *p)
{
    int64_t n = 0;
    for (int i = 0; i < p->columns; i++) {
        Column *c = &p->column[i];
        if (!c->attacked) continue;
        c->from = n;
        n += shape_count(&c->shape);
        p->x_shape = c->shape;
        p->x0 = c->all->data;
        if (!all_finite(I, o, c)) return false;
    }
    if (p->ons == 1) return true;
    p->x_shape = shape_of(1, &n);
    p->x0 = joined(I, p, n);
    return true;
}

/* ---- what is true, and what is wanted ---- */

static bool read_truth(Interp *I, const AttackOptions *o, Prey *p)
{
    Value v, whole;
    bool posterior = o->subject.kind == VALUE_POSTERIOR;
    p->observed = name_str(&I->names, "y");
    if (posterior) {
        const Ast *l =
            model_likelihood(((Posterior *)o->subject.object)->model->model, 0);
        if (!l || l->a->kind != AST_NAME)
            return observes_nothing(I, ((Posterior *)o->subject.object)->model->model,
                                    o->span);
        p->observed = l->a->name;
    }
    if (!record_get((Record *)o->data.object, p->observed, &v))
        return no_column(I, o, p->observed, "observed");
    const char *text = name_cstr(&I->names, p->observed);
    if (!value_is_number(v))
        return fail(I, E0334, o->data_span, text, "real", value_kind_text(v));
    bool counts = value_type(v) == TYPE_I64 || value_type(v) == TYPE_BOOL,
         is_whole = counts || whole_number(I, v, &whole);
    p->classes = is_whole;
    if (posterior) {
        Posterior *post = (Posterior *)o->subject.object;
        p->classes = prediction_classes(I, prediction_new(I, post, o->data));
    }
    if (p->classes && !is_whole)
        return fail(I, E0334, o->data_span, text, "int", "a number with a fraction");
    p->y = value_as_type(I, p->classes && !counts ? whole : v,
                         p->classes ? TYPE_I64 : TYPE_F64);
    if (p->y->shape.rank == 0 || p->y->shape.dim[0] != p->rows)
        return fail(I, E0438, o->data_span, text,
                    (long long)(p->y->shape.rank ? p->y->shape.dim[0] : 1),
                    (long long)p->rows);
    return true;
}

bool prey_classes(Interp *I, const AttackOptions *o, const Prey *p, int64_t k)
{
    if (!p->classes) return true;
    return classes_known(I, p->y, name_cstr(&I->names, p->observed), k, o->data_span) &&
           (!p->target || classes_known(I, p->target, "target", k, o->target_span));
}

/* A row whose target is what it is already. */
static bool distinct(Interp *I, const AttackOptions *o, const Prey *p)
{
    int64_t each = shape_count(&p->y->shape) / p->rows;
    for (int64_t r = 0; r < p->rows && p->classes; r++) {
        int64_t same = 0;
        for (int64_t i = r * each; i < (r + 1) * each; i++)
            same += ((int64_t *)p->y->data)[i] == ((int64_t *)p->target->data)[i];
        if (same == each)
            return fail(I, E0496, o->target_span, (long long)r,
                        (long long)((int64_t *)p->y->data)[r * each]);
    }
    return true;
}

static bool read_target(Interp *I, const AttackOptions *o, Prey *p)
{
    Value v = o->target, whole;
    if (v.kind == VALUE_NONE) return true;
    if (v.kind == VALUE_RANGE) v = range_as_tensor(I, v);
    if (!value_is_number(v))
        return attack_refuses(I, o->target_span, "`target`",
                              "numbers like what is observed", value_kind_text(v),
                              "give the answer that is wanted, for all rows or for "
                              "each: `target = 3`");
    if (p->classes && type_is_real(value_type(v))) {
        if (!whole_number(I, v, &whole))
            return attack_refuses(I, o->target_span, "`target`",
                                  "classes, which are ints", "a number with a fraction",
                                  "classes count from 0: `target = 3`");
        v = whole;
    }
    Tensor *t = value_as_type(I, v, p->y->type), *full;
    int64_t n = shape_count(&p->y->shape), has = shape_count(&t->shape);
    if (has != 1 && !shape_same(&t->shape, &p->y->shape)) {
        char a[SHAPE_TEXT], b[SHAPE_TEXT];
        Diag *d = fail_diag(I, E0497, o->target_span,
                            shape_text(a, &I->names, &t->shape, false),
                            shape_text(b, &I->names, &p->y->shape, false));
        if (p->classes && t->shape.rank == p->y->shape.rank + 1)
            diag_help(&I->diags, d, ONE_CLASS, "target");
        return false;
    }
    full = tensor_new(I->memory, p->y->type, &p->y->shape);
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = full});
    for (int64_t i = 0; i < n; i++)
        memcpy((char *)full->data + (size_t)i * 8,
               (char *)t->data + (size_t)(has == 1 ? 0 : i) * 8, 8);
    p->target = full;
    return distinct(I, o, p);
}

/* ---- the box ---- */

static bool read_bound(Interp *I, const AttackOptions *o, Value v, double *lo,
                       double *hi)
{
    Shape s;
    if (!value_is_number(v) || !value_shape(v, &s) || s.rank != 1 || s.dim[0] != 2)
        return attack_refuses(I, o->bounds_span, "`bounds`",
                              "two numbers, [lowest, highest]",
                              value_is_number(v) && value_shape(v, &s) && s.rank == 1
                                  ? "a vector of another length"
                                  : value_kind_text(v),
                              "the same for all of x, `bounds = [0, 1]`; by name where "
                              "several are attacked, `{x = [0, 1], z = [-1, 1]}`");
    Tensor *t = value_as_tensor(I, v);
    *lo = tensor_real_at(t, 0);
    *hi = tensor_real_at(t, 1);
    return *lo < *hi ||
           attack_refuses(I, o->bounds_span, "`bounds`", "[lowest, highest]",
                          isnan(*lo) || isnan(*hi) ? "not a number"
                          : *lo == *hi             ? "twice the same number"
                                                   : "in another order",
                          "write `bounds = [0, 1]`; one that is open is "
                          "inf or -inf");
}

static bool inside(Interp *I, const AttackOptions *o, const Column *c, double lo,
                   double hi)
{
    int64_t each = shape_count(&c->shape), n = shape_count(&c->all->shape);
    const double *x = c->all->data;
    if (c->least >= lo && c->most <= hi) return true;
    for (int64_t i = 0; i < n; i++)
        if (!(x[i] >= lo && x[i] <= hi)) {
            Diag *d = fail_diag(I, E0498, o->bounds_span, name_cstr(&I->names, c->name),
                                (long long)(i / each), x[i], lo, hi);
            diag_label(&I->diags, d, o->data_span, "in this data");
            bool bytes = c->least >= 0 && c->most > 16 && c->most <= 255;
            if (bytes && lo == 0 && hi == 1)
                diag_help(&I->diags, d,
                          "pixels from 0 to 255 are brought there by `%s / 255`, also "
                          "those of the fit; or give `bounds = [0, 255]`",
                          name_cstr(&I->names, c->name));
            return false;
        }
    return true;
}

/* Bounds by name are of what is attacked. E0787. */
static bool bounds_named(Interp *I, const AttackOptions *o, const Prey *p)
{
    const Record *r = (Record *)o->bounds.object;
    for (uint32_t i = 0; i < r->count; i++) {
        bool found = false;
        for (int k = 0; k < p->columns; k++)
            found = found || (p->column[k].attacked && p->column[k].name == r->name[i]);
        if (!found)
            return fail(I, E0787, o->bounds_span, name_cstr(&I->names, r->name[i]));
    }
    return true;
}

static bool read_bounds(Interp *I, const AttackOptions *o, Prey *p)
{
    p->boxed = o->bounds.kind != VALUE_NONE;
    if (o->bounds.kind == VALUE_RECORD && !bounds_named(I, o, p)) return false;
    for (int i = 0, k = 0; i < p->columns && p->boxed; i++) {
        const Column *c = &p->column[i];
        Value v = o->bounds;
        if (!c->attacked) continue;
        if (v.kind == VALUE_RECORD && !record_get((Record *)v.object, c->name, &v)) {
            p->lo[k] = -HUGE_VAL;
            p->hi[k++] = HUGE_VAL;
            continue;
        }
        if (!read_bound(I, o, v, &p->lo[k], &p->hi[k]) ||
            !inside(I, o, c, p->lo[k], p->hi[k]))
            return false;
        k++;
    }
    return true;
}

bool prey_read(Interp *I, const AttackOptions *o, Prey *p)
{
    if (!read_columns(I, o, p) || !join_attacked(I, o, p) || !read_truth(I, o, p) ||
        !read_target(I, o, p) || !read_bounds(I, o, p))
        return false;
    Shape s = shape_of(1, &p->rows);
    Tensor *t = tensor_new(I->memory, TYPE_I64, &s);
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = t});
    p->index = t->data;
    p->count = p->rows;
    p->seed = o->seed;
    for (int64_t i = 0; i < p->rows; i++) p->index[i] = i;
    return true;
}
