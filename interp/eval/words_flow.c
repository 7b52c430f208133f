/* SPDX-License-Identifier: MIT
 * The words of flows: inverse, push, pull, logdet, and solve_increasing; and what a
 * value is, made_by and is_function.
 */
#include "words.h"

static bool flow_argument(Interp *I, int word, Value v, Span span)
{
    return may_be_flow(v) || fail(I, E0469, span, word_name(word), value_kind_text(v));
}

bool word_inverse(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Span span = word_place(I, word, args, 0);
    if (value_is_number(arg[0])) {
        Diag *d = fail_diag(I, E0469, span, word_name(word), value_kind_text(arg[0]));
        diag_help(&I->diags, d, "the inverse of a matrix is `inv(a)`");
        return false;
    }
    if (is_instance(arg[0], DEF_DIST)) {
        Diag *d = fail_diag(I, E0469, span, word_name(word), value_kind_text(arg[0]));
        diag_help(
            &I->diags, d,
            "what the inverse of a flow makes of a distribution is `inverse(f)(d)`; "
            "that of a cdf is `quantile(d, q)`");
        return false;
    }
    return flow_argument(I, word, arg[0], span) && flow_inverse(I, arg[0], span, out);
}

bool word_invertible(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    bool all;
    Span span = word_place(I, word, args, 0);
    if (!flow_argument(I, word, arg[0], span) || !flow_invertible(I, arg[0], &all))
        return false;
    *out = value_bool(all);
    return true;
}

bool word_made_by(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    if (arg[1].kind != VALUE_DEF) {
        Span span = word_place(I, word, args, 1);
        Diag *d = fail_diag(I, E0437, span, "what made a value", "a definition",
                            value_kind_text(arg[1]));
        diag_help(&I->diags, d, "its name alone, as in `made_by(d, mixture)`");
        return false;
    }
    const Instance *in = (const Instance *)arg[0].object;
    *out = value_bool(arg[0].kind == VALUE_INSTANCE &&
                      in->def->def == ((const Def *)arg[1].object)->def);
    return true;
}

bool word_is_function(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    (void)I, (void)word, (void)args;
    *out = value_bool(is_function(arg[0]));
    return true;
}

/* push, pull: both results; logdet: the second. */
bool word_flow(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    enum { PUSH, PULL, LOGDET };
    int what = word_data(word);
    Value change;
    int64_t event = 0;
    arg[1] = range_as_tensor(I, arg[1]);
    if (!flow_argument(I, word, arg[0], word_place(I, word, args, 0))) return false;
    if (!value_is_number(arg[1]))
        return fail(I, E0352, word_place(I, word, args, 1), word_name(word),
                    value_kind_text(arg[1]));
    if (what == PULL && arg[3].kind != VALUE_NONE &&
        !arg_int(I, arg[3], word_place(I, word, args, 3), "the axes of an event",
                 &event))
        return false;
    if (!flow_conditioned(I, arg[0], arg[2], word_place(I, word, args, 2)))
        return false;
    FlowCall call = {.at = arg[1],
                     .context = arg[2],
                     .backwards = what == PULL,
                     .event = (int)event,
                     .span = args->call};
    if (!flow_run(I, arg[0], &call, out, &change)) return false;
    if (what == LOGDET) {
        *out = change;
        return true;
    }
    List *both = list_new(I);
    list_push(I, both, *out);
    list_push(I, both, change);
    *out = value_object(both);
    return true;
}

static bool call_increasing(Interp *I, void *ctx, Value z, Span span, Value *out)
{
    return call_with(I, *(Value *)ctx, &z, 1, span, out);
}

bool word_solve_increasing(Interp *I, int word, Value *arg, const Args *args,
                           Value *out)
{
    arg[1] = range_as_tensor(I, arg[1]);
    if (!value_is_number(arg[1]))
        return fail(I, E0352, word_place(I, word, args, 1), word_name(word),
                    value_kind_text(arg[1]));
    return solve_increasing(I, call_increasing, &arg[0], arg[1], args->call, out);
}
