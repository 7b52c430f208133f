/* SPDX-License-Identifier: MIT
 * Distributions whose event spans the rows (`GP`): new rows are conditioned on the
 * fitted ones, by the member `conditional(fitted, seen)`. For that the model's body is
 * run twice in one graph, over the fitted data first.
 */
#include "warn.h"

#include <string.h>

static Name conditional(Interp *I) { return name_str(&I->names, "conditional"); }

bool spans_rows(Interp *I, const Instance *d) { return dist_has(d, conditional(I)); }

bool refuses_batch(Interp *I, Pass *p, const Instance *d, Span span)
{
    if (!spans_rows(I, d)) return true;
    p->spanned = true;
    return !p->batch || fail(I, E0580, span, dist_name(I, d));
}

void tied_apart(Interp *I, const FitOptions *o, const Posterior *post)
{
    const Name meanfield = name_str(&I->names, "meanfield");
    if (post->method != METHOD_VI || post->guide.kind != VALUE_INSTANCE ||
        ((Instance *)post->guide.object)->def->def->name != meanfield || I->recorder ||
        in_library(I))
        return;
    for (uint32_t i = 0; i < post->sites.count; i++) {
        const Site *s = &post->sites.at[i];
        if (!s->tied || s->function || site_count(s) < 2) continue;
        Diag *d = fail_diag(I, W0009, o->span, s->path, (long long)site_count(s));
        diag_label(&I->diags, d, s->span, "ties them together");
        fit_warns(I, d);
        return;
    }
}

void pass_saw(Pass *p, Name name, Instance *d, const Shape *shape, Span span, Value y)
{
    value_keep(value_object(d));
    value_keep(y);
    p->observed[p->observeds++] = (Observed){name, d, *shape, span, y};
}

bool condition_on_fitted(Interp *I, Pass *p, Name name, Instance **d)
{
    bool missing;
    Value v;
    if (!p->fitted || !spans_rows(I, *d)) return true;
    for (int i = 0; i < p->fitted->observeds; i++) {
        const Observed *o = &p->fitted->observed[i];
        if (o->name != name) continue;
        Offer offer[2] = {{.name = "fitted", .value = value_object(o->dist)},
                          {.name = "seen", .value = o->y}};
        if (!instance_member(I, *d, conditional(I), offer, 2, &missing, &v))
            return false;
        *d = (Instance *)v.object;
    }
    return true;
}

/* The inputs of the pass over the fitted rows are fed with those of p. */
static void take_givens(Pass *p, Pass *fitted)
{
    memcpy(p->given, fitted->given, (size_t)fitted->givens * sizeof *p->given);
    p->givens = fitted->givens;
    fitted->givens = 0;
}

bool pass_fitted(Interp *I, Posterior *post, Pass *p, Pass *fitted)
{
    if (!post->spanned || post->method == METHOD_PRIOR) return true;
    *fitted = pass_over(post, post->data, (Span){0, 0, 0});
    fitted->kind = PASS_PREDICT;
    fitted->sees = true;
    fitted->graph = p->graph;
    fitted->sites = p->sites;
    fitted->site_node = p->site_node;
    fitted->key = p->key;
    fitted->mean_masks = p->mean_masks;
    if (!pass_run(I, fitted)) return false;
    take_givens(p, fitted);
    p->fitted = fitted;
    return true;
}
