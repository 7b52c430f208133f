/* SPDX-License-Identifier: MIT
 * Preparing data: standardizing columns (and back), and splitting rows at random.
 */
#include "infer_int.h"

#include <math.h>
#include <string.h>

static bool column_moments(Interp *I, Value v, Span span, Value *mean, Value *sd)
{
    if (!value_is_number(v) || v.kind == VALUE_NODE)
        return fail(I, E0352, span, "standardizer", value_kind_text(v));
    Tensor *t = value_as_type(I, v, TYPE_F64);
    int64_t rows = t->shape.rank ? t->shape.dim[0] : 1;
    int64_t p = rows ? shape_count(&t->shape) / rows : 1;
    if (rows < 2) return fail(I, E0354, span, "standardizer", 2, (long long)rows);
    Shape s = shape_of(1, &p);
    if (t->shape.rank < 2) s = shape_scalar();
    Tensor *m = tensor_new(I->memory, TYPE_F64, &s),
           *d = tensor_new(I->memory, TYPE_F64, &s);
    for (int64_t j = 0; j < p; j++) {
        double sum = 0, squares = 0;
        for (int64_t i = 0; i < rows; i++) sum += ((double *)t->data)[i * p + j];
        double mu = sum / (double)rows;
        for (int64_t i = 0; i < rows; i++) {
            double x = ((double *)t->data)[i * p + j] - mu;
            squares += x * x;
        }
        double sigma = sqrt(squares / (double)(rows - 1));
        ((double *)m->data)[j] = mu;
        ((double *)d->data)[j] = sigma > 0 ? sigma : 1; /* a constant column stays */
    }
    *mean = value_tensor(I, m);
    *sd = value_tensor(I, d);
    return true;
}

bool standardizer_new(Interp *I, Value data, Span span, Value *out)
{
    if (data.kind != VALUE_RECORD)
        return fail(I, E0352, span, "standardizer", value_kind_text(data));
    Record *r = (Record *)data.object, *means = record_new(I), *sds = record_new(I);
    for (uint32_t i = 0; i < r->count; i++) {
        Value mean, sd;
        if (!column_moments(I, r->value[i], span, &mean, &sd)) return false;
        record_set(I, means, r->name[i], mean);
        record_set(I, sds, r->name[i], sd);
    }
    *out = method_new(I, METHOD_STANDARDIZER, value_none());
    Method *z = (Method *)out->object;
    z->mean = value_keep(value_object(means));
    z->sd = value_keep(value_object(sds));
    return true;
}

static bool scale_column(Interp *I, Value v, Value mean, Value sd, bool restore,
                         Span span, Value *out)
{
    Value side[2] = {v, restore ? sd : mean};
    if (!apply_elem(I, restore ? ELEM_mul : ELEM_sub, span, side, out)) return false;
    side[0] = *out;
    side[1] = restore ? mean : sd;
    return apply_elem(I, restore ? ELEM_add : ELEM_div, span, side, out);
}

static bool restore_prediction(Interp *I, Method *z, Prediction *p, Span span,
                               Value *out)
{
    const Ast *l = model_likelihood(p->post->model->model, 0);
    Value mean, sd;
    Name name = p->observed ? p->observed : l ? l->a->name : 0;
    if (!record_get((Record *)z->mean.object, name, &mean) ||
        !record_get((Record *)z->sd.object, name, &sd) || !value_is_scalar(mean))
        return fail(I, E0306, span, "this standardizer",
                    name ? name_cstr(&I->names, name) : "y");
    Prediction *q = prediction_copy(I, p);
    q->shift = value_as_real(mean) + value_as_real(sd) * p->shift;
    q->scale = value_as_real(sd) * p->scale;
    *out = value_object(q);
    return true;
}

bool standardizer_apply(Interp *I, Method *z, Value data, bool restore, Span span,
                        Value *out)
{
    if (restore && data.kind == VALUE_PREDICTION)
        return restore_prediction(I, z, (Prediction *)data.object, span, out);
    if (data.kind != VALUE_RECORD)
        return fail(I, E0352, span, restore ? "restore" : "scale",
                    value_kind_text(data));
    Record *r = (Record *)data.object, *copy = record_new(I);
    for (uint32_t i = 0; i < r->count; i++) {
        Value v = r->value[i], mean, sd;
        if (record_get((Record *)z->mean.object, r->name[i], &mean) &&
            record_get((Record *)z->sd.object, r->name[i], &sd) &&
            !scale_column(I, v, mean, sd, restore, span, &v))
            return false;
        record_set(I, copy, r->name[i], v);
    }
    *out = value_object(copy);
    return true;
}

/* ---- splitting ---- */

static Value take_rows(Interp *I, Value v, const int64_t *rows, int64_t n)
{
    if (v.kind == VALUE_LIST) {
        List *l = list_new(I);
        for (int64_t i = 0; i < n; i++)
            list_push(I, l, ((List *)v.object)->item[rows[i]]);
        return value_object(l);
    }
    const Tensor *t = v.tensor;
    Shape s = t->shape;
    size_t row = (size_t)(shape_count(&s) / s.dim[0]) * type_size(t->type);
    s.dim[0] = n;
    Tensor *part = tensor_new(I->memory, t->type, &s);
    for (int64_t i = 0; i < n; i++)
        memcpy((char *)part->data + (size_t)i * row,
               (char *)t->data + (size_t)rows[i] * row, row);
    return value_tensor(I, part);
}

static bool common_rows(Interp *I, const Record *r, Span span, int64_t *rows)
{
    *rows = -1;
    for (uint32_t i = 0; i < r->count; i++) {
        Value v = r->value[i];
        int64_t n = v.kind == VALUE_LIST ? ((List *)v.object)->count
                    : v.kind == VALUE_TENSOR && v.tensor->shape.rank
                        ? v.tensor->shape.dim[0]
                        : -1;
        if (n < 0) return fail(I, E0352, span, "split_rows", value_kind_text(v));
        if (*rows >= 0 && n != *rows)
            return fail(I, E0438, span, name_cstr(&I->names, r->name[i]), (long long)n,
                        (long long)*rows);
        *rows = n;
    }
    return *rows > 0 || fail(I, E0354, span, "split_rows", 1, 0LL);
}

bool split_rows(Interp *I, Value data, double fraction, uint64_t seed, Span span,
                Value *out)
{
    int64_t n;
    if (data.kind != VALUE_RECORD)
        return fail(I, E0352, span, "split_rows", value_kind_text(data));
    if (!(fraction >= 0 && fraction <= 1))
        return fail(I, E0426, span, "the fraction", "between 0 and 1");
    Record *r = (Record *)data.object;
    if (!common_rows(I, r, span, &n)) return false;
    int64_t first = (int64_t)floor(fraction * (double)n + 0.5);
    size_t bytes = (size_t)n * sizeof(int64_t);
    int64_t *order = memory_take(I->memory, bytes);
    uint64_t key = key_fold(0x73706c6974, seed);
    for (int64_t i = 0; i < n; i++) order[i] = i;
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t k = (int64_t)rng_below(key, (uint64_t)i, (uint64_t)i + 1),
                was = order[i];
        order[i] = order[k];
        order[k] = was;
    }
    List *l = list_new(I);
    for (int part = 0; part < 2; part++) {
        Record *copy = record_new(I);
        for (uint32_t i = 0; i < r->count; i++)
            record_set(I, copy, r->name[i],
                       take_rows(I, r->value[i], order + (part ? first : 0),
                                 part ? n - first : first));
        list_push(I, l, value_object(copy));
    }
    memory_give(I->memory, order, bytes);
    *out = value_object(l);
    return true;
}
