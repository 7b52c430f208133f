/* SPDX-License-Identifier: MIT
 * What the definition of an attack tells the loop: which members it has, how many steps
 * and restarts it takes, in which norm it measures, and what it cannot do without.
 */
#include "search_int.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static Name named(Interp *I, const char *s) { return name_str(&I->names, s); }

static bool has(const Instance *in, Name name)
{
    return ast_has_member(in->def->def, name);
}

/* A parameter that the loop reads: steps, restarts, norm. */
static bool number(Interp *I, Instance *in, const char *name, double otherwise,
                   double *out)
{
    bool found;
    Value v;
    *out = otherwise;
    if (!instance_argument(I, in, named(I, name), &found, &v)) return false;
    if (!found) return true;
    char quoted[40];
    snprintf(quoted, sizeof quoted, "`%s`", name);
    if (!value_is_scalar(v))
        return attack_refuses(I, I->span, quoted, "one number", value_kind_text(v),
                              strcmp(name, "norm") == 0
                                  ? "`norm = inf`, 2 or 1, without quotes"
                              : strcmp(name, "eps") == 0
                                  ? "a search has one radius for all rows; "
                                    "`evaluate(post, data, eps = [0.01, 0.1])` goes "
                                    "over several"
                                  : "it is the same for all rows");
    *out = value_as_real(v);
    return true;
}

static bool count_of(Interp *I, Instance *in, const char *name, int64_t least,
                     int64_t *out)
{
    double x;
    if (!number(I, in, name, 1, &x)) return false;
    *out = (int64_t)x;
    return (x >= (double)least && x <= 1e9 && x == floor(x)) ||
           fail(I, E0486, I->span, name, name_cstr(&I->names, in->def->def->name),
                (int)least, x);
}

/* What a member `needs` says: "classes", "bounds" or "image". */
static bool needed(Interp *I, const Instance *method, const Prey *p, Value v)
{
    Text t;
    char row[SHAPE_TEXT], has_text[SHAPE_TEXT + 40];
    if (!arg_text(I, v, I->span, "`needs`", &t)) return false;
    const char *what = NULL, *but = NULL;
    if (text_same(t, text_of("classes"))) {
        what = p->classes && p->y->shape.rank == 1 ? NULL : "one class a row";
        but = p->classes ? "what is observed has several" : "what is observed is real";
    } else if (text_same(t, text_of("bounds"))) {
        bool finite = p->boxed;
        for (int i = 0; i < p->ons; i++)
            finite = finite && isfinite(p->lo[i]) && isfinite(p->hi[i]);
        what = finite ? NULL : "`bounds = [lowest, highest]`";
        but = "there are none";
    } else if (text_same(t, text_of("image"))) {
        what = p->x_shape.rank == 3 ? NULL : "images [N, height, width, channels]";
        snprintf(has_text, sizeof has_text, "one row of x has shape %s",
                 shape_text(row, &I->names, &p->x_shape, false));
        but = has_text;
    } else
        return attack_refuses(I, I->span, "`needs`", "classes, bounds or image",
                              "another text", "`needs = \"bounds\"`, or a list");
    if (!what) return true;
    Diag *d = fail_diag(I, E0500, I->span, name_cstr(&I->names, method->def->def->name),
                        what, but);
    if (text_same(t, text_of("bounds")))
        diag_help(&I->diags, d, "say how far x may go: `attack(…, bounds = [0, 1])`");
    if (text_same(t, text_of("image")))
        diag_help(&I->diags, d,
                  "give images as they are, and let the model begin with `flatten`");
    return false;
}

bool search_needs(Interp *I, Instance *method, const Prey *p)
{
    Value v;
    if (!instance_part(I, method, "needs", &v)) return false;
    if (v.kind == VALUE_NONE) return true;
    if (v.kind != VALUE_LIST) return needed(I, method, p, v);
    for (uint32_t i = 0; i < ((List *)v.object)->count; i++)
        if (!needed(I, method, p, ((List *)v.object)->item[i])) return false;
    return true;
}

static void print_norms(Out *o, const double *norm, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        out_fmt(o, "%s%g", i == 0 ? "" : i == n - 1 ? " or " : ", ", norm[i]);
}

/* The norm is one of those that the member `norms` tells. */
static bool norm_met(Interp *I, const Search *s)
{
    static const double all[] = {0, 1, 2, HUGE_VAL};
    const double *norm = all;
    int64_t n = 4;
    Value v;
    if (!instance_part(I, s->method, "norms", &v)) return false;
    if (v.kind != VALUE_NONE) {
        if (!value_is_number(v))
            return attack_refuses(I, I->span, "`norms`", "numbers", value_kind_text(v),
                                  "`norms = [inf, 2, 1]`, without quotes");
        Tensor *t = value_as_type(I, v, TYPE_F64);
        n = shape_count(&t->shape);
        norm = t->data;
    }
    for (int64_t i = 0; i < n; i++)
        if (norm[i] == s->norm) return true;
    Out o;
    out_init(&o, I->memory);
    print_norms(&o, norm, n);
    fail(I, E0490, I->span, name_cstr(&I->names, s->method->def->def->name), o.at,
         s->norm);
    out_free(&o);
    return false;
}

static bool bad_radius(Interp *I, double radius, const char *what)
{
    Diag *d = fail_diag(I, E0489, I->span, radius, what);
    if (radius > 0)
        diag_help(&I->diags, d,
                  "as far as the bounds reach is far enough; cw, deepfool and fab look "
                  "for the least change, without a radius");
    return false;
}

bool search_traits(Interp *I, Search *s)
{
    Instance *in = s->method;
    const char *what = name_cstr(&I->names, in->def->def->name);
    double radius;
    s->slopes = ast_mentions(in->def->def->a, named(I, "g"));
    s->wholes = ast_mentions(in->def->def->a, named(I, "all_x")) ||
                ast_mentions(in->def->def->a, named(I, "all_y"));
    s->starts = has(in, named(I, "start"));
    s->keeps = has(in, named(I, "keep"));
    s->dones = has(in, named(I, "done"));
    if (!has(in, named(I, "move"))) return fail(I, E0487, I->span, what);
    if (!in->def->def->b || !in->def->def->b->name)
        return fail(I, E0488, I->span, what);
    if (!search_needs(I, in, s->victim.prey)) return false;
    if (!number(I, in, "eps", 1, &radius) || !number(I, in, "norm", 2, &s->norm))
        return false;
    if (!(radius >= 0 && isfinite(radius))) return bad_radius(I, radius, what);
    if (!norm_met(I, s)) return false;
    int64_t rounds, queries;
    if (!count_of(I, in, "queries", 1, &queries) ||
        !count_of(I, in, "steps", 0, &s->steps) ||
        !count_of(I, in, "rounds", 1, &rounds))
        return false;
    s->steps *= rounds;
    return count_of(I, in, "restarts", 1, &s->restarts);
}
