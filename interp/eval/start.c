/* SPDX-License-Identifier: MIT
 * Where what is learned begins: the number, distribution or function that stands behind
 * `param NAME: type =`.
 */
#include "eval_int.h"

/* Draws of d to fill the shape: its own axes are the last of it. */
static bool start_drawn(Interp *I, Instance *d, const Shape *shape, Span span,
                        Value *out)
{
    Shape batch, event, sample = *shape;
    if (!dist_batch(I, d, &batch) || !dist_event(I, d, &event)) return false;
    sample.rank -= batch.rank + event.rank;
    if (sample.rank < 0) sample.rank = 0;
    return dist_sample(I, d, &sample, span, out);
}

bool start_value(Interp *I, uint64_t seed, const char *path, const Ast *init,
                 const Shape *shape, Support support, Value *out)
{
    if (!init) {
        *out =
            value_real(support == SUPPORT_POSITIVE || support == SUPPORT_NONNEGATIVE ? 1
                       : support == SUPPORT_UNIT ? 0.5
                                                 : 0);
        return true;
    }
    Handler *before = I->handler;
    if (!eval(I, init, out)) return false;
    I->handler = NULL; /* drawn now, on numbers */
    bool seeded = I->seeded, ok = true;
    uint64_t key = I->key, draws = I->draws;
    I->seeded = true;
    I->key = key_fold_text(key_fold(0x696e6974, seed), path);
    I->draws = 0;
    if (out->kind == VALUE_FN || out->kind == VALUE_BOUND) {
        Shape rank = shape_of(1, &(int64_t){shape->rank});
        Tensor *t = tensor_new(I->memory, TYPE_I64, &rank);
        for (int i = 0; i < shape->rank; i++) ((int64_t *)t->data)[i] = shape->dim[i];
        Value sizes = value_tensor(I, t);
        ok = call_with(I, *out, &sizes, 1, init->span, out);
    }
    if (ok && is_instance(*out, DEF_DIST))
        ok = start_drawn(I, (Instance *)out->object, shape, init->span, out);
    I->seeded = seeded;
    I->key = key;
    I->draws = draws;
    I->handler = before;
    if (ok && !value_is_number(*out))
        return fail(I, E0326, init->span, value_kind_text(*out));
    return ok;
}
