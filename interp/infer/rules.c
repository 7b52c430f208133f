/* SPDX-License-Identifier: MIT
 * Priors over the weights of a net: `prior f.params ~ d` is a rule, which the weights
 * meet when the net is called.
 */
#include "infer_int.h"

#include <stdlib.h>
#include <string.h>

Rule *pass_rule(Interp *I, Pass *p, const char *path, const Shape *shape, Rule **other)
{
    Rule *found = NULL;
    const char *slash = strchr(path, '/');
    *other = NULL;
    if (!slash) return NULL;
    Name net = name_find(&I->names, (Text){path, (size_t)(slash - path)});
    int stage = atoi(slash + 1);
    for (int i = 0; i < p->rules; i++) {
        Rule *r = &p->rule[i];
        bool weight = shape->rank >= 2;
        if (r->net != net || (r->stage >= 0 && r->stage != stage)) continue;
        if ((r->what == RULE_WEIGHTS && !weight) || (r->what == RULE_BIASES && weight))
            continue;
        if (found) *other = found;
        found = r;
    }
    return found;
}

bool pass_add_rule(Interp *I, Pass *p, const Ast *s)
{
    const Ast *t = s->a, *net = t->a;
    Rule r = {.stage = -1, .span = t->span};
    const char *what = name_cstr(&I->names, t->name);
    Value v;
    if (net->kind == AST_INDEX && net->count == 1) {
        double stage;
        if (!eval(I, net->list[0], &v)) return false;
        stage = value_as_real(v);
        if (!value_is_scalar(v) || stage < 0)
            return fail(I, E0303, net->span, "a stage", value_kind_text(v));
        r.stage = (int)stage;
        net = net->a;
    }
    if (net->kind != AST_NAME || !frame_get(I->frame, net->name, &v))
        return fail(I, E0418, t->span);
    if (I->abstract && checked_unknown(v)) return checked_vaguely(I);
    if (v.kind != VALUE_NET) return fail(I, E0418, t->span);
    if (strcmp(what, "params") == 0)
        r.what = RULE_PARAMS;
    else if (strcmp(what, "weights") == 0)
        r.what = RULE_WEIGHTS;
    else if (strcmp(what, "biases") == 0)
        r.what = RULE_BIASES;
    else
        return fail(I, E0418, t->span);
    if (s->b) return fail(I, E0419, s->b->span);
    if (!pass_dist(I, s->c, &r.dist)) return false;
    value_keep(value_object(r.dist));
    r.net = net->name;
    if (p->rules == PASS_RULES) return fail(I, E0318, s->span, PASS_RULES);
    p->rule[p->rules++] = r;
    return true;
}

bool pass_no_weights(Interp *I, const Pass *p, const Rule *r)
{
    Value v;
    Diag *d = fail_diag(I, E0422, r->span);
    if (!frame_get(&p->frame, r->net, &v) || v.kind != VALUE_NET) return false;
    Value layers = ((Net *)v.object)->layers;
    int stages = layers.kind == VALUE_CHAIN ? (int)((Chain *)layers.object)->count : 1;
    const char *name = name_cstr(&I->names, r->net);
    if (r->stage >= stages)
        diag_help(&I->diags, d, "the stages of `%s` are `%s[0]` to `%s[%d]`", name,
                  name, name, stages - 1);
    else
        diag_help(&I->diags, d,
                  "only some layers have weights, such as `dense`, and only where "
                  "`%s` is called",
                  name);
    return false;
}
