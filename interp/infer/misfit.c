/* SPDX-License-Identifier: MIT
 * What is said of data that does not fit its model: the place in the call, the column
 * and the row, or the line of the file, and what the model declares.
 */
#include "fields.h"

/* The field of that name, if the data stands in the call as `{x = …, y = …}`. */
Span data_place(const Interp *I, const Pass *p, Name name)
{
    Span span = p->data_span;
    if (!span.source) return I->span;
    const Ast *e = ast_at(I->source[span.source - 1]->program, span);
    if (e && e->kind == AST_ARG) e = e->a;
    for (uint32_t i = 0; e && e->kind == AST_RECORD && i < e->count; i++)
        if (e->list[i]->name == name) return e->list[i]->span;
    return span;
}

bool data_missing(Interp *I, const Ast *model, Value data, Name name, const char *role,
                  Span span, Span declared)
{
    Diag *d = fail_diag(I, E0407, span, name_cstr(&I->names, name), role,
                        name_cstr(&I->names, model->name));
    diag_label(&I->diags, d, declared, "declared here");
    if (data.kind != VALUE_RECORD) return false;
    const Record *r = (Record *)data.object;
    Out o;
    out_init(&o, I->memory);
    for (uint32_t i = 0; i < r->count && i < 12; i++)
        out_fmt(&o, "%s`%s`", i ? ", " : "", name_cstr(&I->names, r->name[i]));
    if (r->count > 12) out_str(&o, ", …");
    if (r->count)
        diag_help(&I->diags, d, "the data has %s", o.at);
    else
        diag_help(&I->diags, d, "the data is empty");
    out_free(&o);
    return false;
}

bool data_wrong_number(Interp *I, const Pass *p, const Tensor *t, Name name, int64_t i,
                       const char *needed, Span declared, const char *help)
{
    int64_t rows = t->shape.rank ? t->shape.dim[0] : 1,
            each = shape_count(&t->shape) / rows;
    const char *s = name_cstr(&I->names, name);
    Diag *d = fail_diag(I, E0408, data_place(I, p, name), s, (long long)(i / each),
                        tensor_real_at(t, i), needed);
    diag_label(&I->diags, d, declared, "declared here");
    if (t->shape.rank)
        diag_help(&I->diags, d, "rows count from 0: this one is `%s[%lld]`%s", s,
                  (long long)(i / each), help);
    return false;
}

bool data_not_whole(Interp *I, const Pass *p, Value v, Name name, Span declared)
{
    const Tensor *t = value_as_tensor(I, v);
    Value whole;
    int64_t i = 0;
    while (whole_number(I, value_real(tensor_real_at(t, i)), &whole)) i++;
    return data_wrong_number(I, p, t, name, i, "a whole number", declared, "");
}

bool data_no_rows(Interp *I, const Pass *p, Name name, Span declared)
{
    Diag *d = fail_diag(I, E0225, data_place(I, p, name), name_cstr(&I->names, name));
    diag_label(&I->diags, d, declared, "declared here");
    diag_help(
        &I->diags, d,
        "look where the rows got lost: a table with a header alone, or a mask that "
        "is false everywhere");
    return false;
}

/* A column of a file is told by its first text that is no number. */
bool data_no_number(Interp *I, const Pass *p, Value v, Name name, Span declared)
{
    const List *l = v.kind == VALUE_LIST ? (List *)v.object : NULL;
    if (l && l->count == 0) return data_no_rows(I, p, name, declared);
    bool text = l && l->count && l->item[0].kind == VALUE_STRING;
    Span span = data_place(I, p, name);
    Diag *d;
    if (text && l->file) {
        const String *t = (String *)l->item[l->text_at].object;
        d = fail_diag(I, E0224, span, name_cstr(&I->names, l->file),
                      (long long)l->text_row, name_cstr(&I->names, l->column),
                      (int)t->text.len, t->text.at);
        diag_help(
            &I->diags, d,
            "mend the file, or leave that row out; an empty field, NA and nan are "
            "missing numbers");
    } else {
        d = fail_diag(I, E0334, span, name_cstr(&I->names, name), "real",
                      text ? "a list of strings" : value_kind_text(v));
    }
    diag_label(&I->diags, d, declared, "declared here");
    return false;
}

/* ---- sizes ---- */

static const Ast *given_with_axis(const Ast *model, Name axis)
{
    for (uint32_t i = 0; i < model->count; i++) {
        const Ast *type = model->list[i]->a;
        for (uint32_t k = 0; type && k < type->count; k++)
            if (type->list[k]->kind == AST_NAME && type->list[k]->name == axis)
                return model->list[i];
    }
    return NULL;
}

bool data_wrong_shape(Interp *I, const Pass *p, const Shape *has, const Shape *want,
                      Name name, Span declared)
{
    char is[SHAPE_TEXT], due[SHAPE_TEXT];
    const char *has_text = shape_text(is, &I->names, has, false);
    const char *want_text = shape_text(due, &I->names, want, true);
    Diag *d = fail_diag(
        I, E0410, data_place(I, p, name), name_cstr(&I->names, name),
        has->rank ? "has the shape " : "is one number", has->rank ? has_text : "",
        want->rank ? "the shape " : "one number", want->rank ? want_text : "");
    for (int i = 0; i < want->rank && i < has->rank; i++) {
        const Ast *from =
            want->dim[i] != has->dim[i] && want->name[i] && !size_is_form(want->dim[i])
                ? given_with_axis(p->model->model, want->name[i])
                : NULL;
        if (from)
            diag_label(&I->diags, d, from->span, "`%s` is %lld by `%s`",
                       name_cstr(&I->names, want->name[i]), (long long)want->dim[i],
                       name_cstr(&I->names, from->name));
    }
    diag_label(&I->diags, d, declared, "declared here");
    if (has->rank == want->rank + 1 && model_of_classes(I, p->model, name))
        diag_help(&I->diags, d, ONE_CLASS, name_cstr(&I->names, name));
    return false;
}

bool data_recorded_here(Interp *I, const Pass *p, Value v, Name name)
{
    if (((Recorded *)v.object)->recorder == I->recorder) return true;
    Diag *d = fail_diag(I, E0327, data_place(I, p, name));
    diag_help(&I->diags, d,
              "a function that is differentiated may not fit a model with its numbers; "
              "`log_likelihood` has slopes in its data");
    return false;
}
