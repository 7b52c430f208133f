/* SPDX-License-Identifier: MIT
 * log_likelihood: the log predictive density of each row, with the draws held fixed;
 * inside a differentiated function it is recorded, so that it has slopes in the data.
 */
#include "infer_int.h"

#include <string.h>

bool log_likelihood(Interp *I, Value v, Value data, int64_t draws, uint64_t seed,
                    Span data_span, Span span, Value *out)
{
    if (data.kind != VALUE_RECORD)
        return no_record(I, data, "log_likelihood", data_span);
    Posterior *post = (Posterior *)v.object;
    const Ast *l = model_likelihood(post->model->model, 0);
    Name name = l && l->a->kind == AST_NAME ? l->a->name : 0;
    Value y, pred;
    if (!name || !record_get((Record *)data.object, name, &y))
        return fail(I, E0407, data_span, name ? name_cstr(&I->names, name) : "y",
                    "observed", name_cstr(&I->names, post->model->model->name));
    if (!numbers_known(I, y, name_cstr(&I->names, name), false, data_span))
        return false;
    return predict_new(I, v, data, draws, text_of("sample"), text_of("shared"),
                       value_none(), seed, data_span, &pred) &&
           (data_recorded(data) || prediction_binds(I, (Prediction *)pred.object)) &&
           prediction_logpdf(I, (Prediction *)pred.object, y, span, out);
}
