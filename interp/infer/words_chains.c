/* SPDX-License-Identifier: MIT
 * The words of Markov chains: nuts, rhat and ess, and what of `fit` they have no use
 * for.
 */
#include "chains.h"

/* What the options of `fit` say that chains have no use for. */
bool nuts_options(Interp *I, const Span *place, FitOptions *o)
{
    static const struct {
        int at;
        const char *what, *why;
    } no[] = {
        {3, "`steps`", "`nuts(warmup = …, draws = …)` says how long its chains are"},
        {4, "`batch`", "each look at the density needs all rows"},
        {5, "`optimizer`", "it draws, where an optimizer seeks the greatest density"},
        {6, "`schedule`", "there is no rate that could be multiplied"},
        {7, "`precision`", "its steps keep an energy, which takes double precision"},
        {9, "`draws`", "`nuts(draws = …)` says how many a chain has"},
        {11, "`augment`", "the density must be the same each time"},
    };
    o->by = "nuts";
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (I->word_given & 1u << no[i].at)
            return whole_refuses(I, o->by, place[no[i].at], no[i].what, no[i].why);
    return true;
}

bool word_nuts(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    NutsOptions o = {
        .chains = 4, .warmup = 1000, .draws = 1000, .depth = 10, .accept = 0.8};
    Span place[5];
    for (int i = 0; i < 5; i++) place[i] = word_place(I, word, args, i);
    if (!option_int(I, arg[0], 1, "chains", place[0], &o.chains) ||
        !option_int(I, arg[1], 0, "warmup", place[1], &o.warmup) ||
        !option_int(I, arg[2], 1, "draws", place[2], &o.draws) ||
        !option_int(I, arg[4], 1, "max_depth", place[4], &o.depth))
        return false;
    if (arg[3].kind != VALUE_NONE &&
        !arg_real(I, arg[3], place[3], "`target_accept`", &o.accept))
        return false;
    if (!(o.accept > 0 && o.accept < 1))
        return fail(I, E0426, place[3], "`target_accept`", "between 0 and 1");
    if (o.depth > NUTS_DEPTH_MOST)
        return fail(I, E0426, place[4], "`max_depth`", "at most 20");
    if (o.chains > 1000 || o.warmup > 10000000 || o.draws > 10000000)
        return fail(I, E0426, args->call, "`nuts`",
                    "at most 1,000 chains of 10,000,000 draws");
    *out = method_new(I, METHOD_CHAINS, value_none());
    ((Method *)out->object)->nuts = o;
    return true;
}

/* rhat and ess. */
bool word_mixing(Interp *I, int word, const Value *arg, const Args *args, Value *out)
{
    Span at = word_place(I, word, args, 0);
    if (!need_posterior(I, arg[0], word_name(word), at)) return false;
    const Posterior *post = (Posterior *)arg[0].object;
    if (post->method != METHOD_CHAINS) return fail(I, E0764, at, word_name(word));
    return chains_mixing(I, post, word_data(word) == 31, out);
}
