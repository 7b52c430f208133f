/* SPDX-License-Identifier: MIT
 * Guides of functions: `guide NAME(…) on x: real[N, D]` says for vi what is known of a
 * random function (`GP`) from what it learns at a few points, so that rows may come in
 * minibatches. The function's distribution is not asked for a density: the guide has
 * its divergence.
 */
#include "infer_int.h"

#include <string.h>

/* What the guide is asked for one function, and its answers. */
typedef struct Ask {
    const char *name; /* of the unknown, or of what is observed */
    Instance *prior;
    Value y;                /* for `expected`; else NONE */
    const char *members[3]; /* up to a NULL */
    Value answer[3];
} Ask;

bool is_guide_of_functions(Value guide)
{
    if (!is_instance(guide, DEF_GUIDE)) return false;
    return ast_guides_function(((Instance *)guide.object)->def->def);
}

/* The rows: plain numbers while the guide's starts are made of them. */
static bool rows_of(Interp *I, Pass *p, const Ask *a, Name name, Value *x, Shape *s)
{
    bool found;
    if (!instance_argument(I, a->prior, name, &found, x)) return false;
    if (found && !p->guide_node && x->kind == VALUE_NODE &&
        !node_now(I, p, as_node(I, *x), x))
        return false;
    return (found && value_shape(*x, s) && s->rank == 2) ||
           fail(I, E0583, I->span, name_cstr(&I->names, p->function->def->def->name),
                name_cstr(&I->names, name), dist_name(I, a->prior));
}

/* The frame of the guide: sizes and rows, and what else the distribution is made of. */
static bool offer(Interp *I, Pass *p, const Ask *a, Frame *f)
{
    const Ast *on = p->function->def->def->b, *of = a->prior->def->def;
    Value v;
    Shape s;
    bool found;
    if (!rows_of(I, p, a, on->name, &v, &s)) return false;
    frame_set(I, f, on->name, v);
    for (int i = 0; i < 2; i++)
        frame_set(I, f, on->a->list[i]->name, value_int(s.dim[i]));
    for (uint32_t i = 0; i < of->count; i++) {
        if (of->list[i]->name == on->name) continue;
        if (!instance_argument(I, a->prior, of->list[i]->name, &found, &v))
            return false;
        frame_set(I, f, of->list[i]->name, v);
    }
    if (a->y.kind != VALUE_NONE) frame_set(I, f, name_str(&I->names, "y"), a->y);
    return true;
}

static bool answer(Interp *I, Pass *p, Ask *a, const Frame *f)
{
    enum { OFFERS = 40 };
    Offer at[OFFERS];
    bool missing;
    if (f->count > OFFERS) return fail(I, E0318, p->function->def->def->span, OFFERS);
    for (uint32_t i = 0; i < f->count; i++)
        at[i] = (Offer){.name = name_cstr(&I->names, f->name[i]), .value = f->value[i]};
    for (int k = 0; k < 3 && a->members[k]; k++)
        if (!instance_member(I, p->function, name_str(&I->names, a->members[k]), at,
                             (int)f->count, &missing, &a->answer[k]))
            return missing && fail(I, E0440, I->span,
                                   name_cstr(&I->names, p->function->def->def->name),
                                   a->members[k]);
    return true;
}

static bool ask_body(Interp *I, Pass *p, void *ctx)
{
    Ask *a = ctx;
    Frame f = {.self = p->function, .module = p->function->def->module};
    frame_push(I, &f);
    bool ok = offer(I, p, a, &f) && guide_declare(I, p->function, &f) &&
              (!p->guide_node || answer(I, p, a, &f));
    frame_pop(I, &f);
    return ok;
}

static bool ask(Interp *I, Pass *p, Ask *a)
{
    Out place;
    out_init(&place, I->memory);
    out_fmt(&place, "guide/%s", a->name);
    bool ok = guide_within(I, p, place.at, ask_body, a);
    out_free(&place);
    return ok;
}

/* Whether q is known in this pass, or is to be found; else any numbers do. */
static bool asks(const Pass *p)
{
    return p->kind != PASS_DISCOVER && p->guide_sites != NULL;
}

static bool add_divergence(Interp *I, Pass *p, Instance *d, Value kl)
{
    Graph *g = p->graph;
    Node *n = op_to_type(g, as_node(I, kl), TYPE_F64);
    n = n ? op1(g, ELEM_neg, n) : NULL;
    if (!n) return graph_failed(I, I->span, g->error);
    return pass_factor(I, p, (Factor){FACTOR_FUNCTION, 0, d, n, I->span});
}

bool function_prior(Interp *I, Pass *p, const Ast *s, Instance *d, const Shape *shape)
{
    const char *path = name_cstr(&I->names, s->a->name);
    Site *site = site_find(p->sites, path);
    bool fit = p->kind == PASS_FIT;
    Ask a = {.name = path,
             .prior = d,
             .y = value_none(),
             .members = {fit ? "rows" : "sample", fit ? "kl" : NULL}};
    if (p->kind == PASS_DISCOVER && !site) {
        site = site_add(I, p->sites, path, SITE_PRIOR, SUPPORT_ANY, shape, s->span);
        site->function = true;
    }
    if (!site) return fail(I, E0414, s->span, site_label(I, path));
    p->functions++;
    if (asks(p) && !ask(I, p, &a)) return false;
    Value v = a.answer[0];
    if (!asks(p) || !p->guide_node) {
        bool known = asks(p);
        Node *n =
            known ? function_stand_in(p->graph, shape)
                  : graph_input(p->graph, TYPE_F64, SUPPORT_ANY, shape, INPUT_UNKNOWN);
        if (!n) return graph_failed(I, s->span, p->graph->error);
        if (known) p->site_node[site - p->sites->at] = n;
        v = record_node(I, n, value_none());
    }
    bind(I, s->a->name, v);
    return !fit || !p->guide_node || add_divergence(I, p, d, a.answer[1]);
}

bool function_likelihood(Interp *I, Pass *p, Name name, Instance **d, Value y)
{
    bool fit = p->kind == PASS_FIT;
    Ask a = {.name = name_cstr(&I->names, name),
             .prior = *d,
             .y = y,
             .members = {fit ? "expected" : "predictive", fit ? "kl" : NULL}};
    p->functions++;
    if (!asks(p)) return true;
    if (!ask(I, p, &a)) return false;
    if (!p->guide_node) return true;
    if (!fit) {
        *d = (Instance *)a.answer[0].object;
        return is_instance(a.answer[0], DEF_DIST) ||
               fail(I, E0323, I->span, value_kind_text(a.answer[0]));
    }
    return pass_factor(
               I, p,
               (Factor){FACTOR_LIKELIHOOD, 0, *d, as_node(I, a.answer[0]), I->span}) &&
           add_divergence(I, p, *d, a.answer[1]);
}

/* ---- what a fit does first ---- */

bool function_split(Interp *I, Posterior *post, Value guide)
{
    bool found;
    Value rest = guide;
    if (is_guide_of_functions(guide)) {
        post->function = value_keep(guide);
        if (!instance_argument(I, (Instance *)guide.object, name_str(&I->names, "rest"),
                               &found, &rest))
            return false;
        if (!found) rest = value_none();
        if (rest.kind == VALUE_DEF && !call_with(I, rest, NULL, 0, I->span, &rest))
            return false;
        if (found && (!is_instance(rest, DEF_GUIDE) || is_guide_of_functions(rest)))
            return fail(I, E0437, ((Instance *)guide.object)->span, "`rest`",
                        "a guide of all other unknowns, such as meanfield()",
                        value_kind_text(rest));
    }
    post->guide = value_keep(rest);
    return true;
}

bool function_discover(Interp *I, const FitOptions *o, Posterior *post)
{
    Recorder r;
    if (post->function.kind == VALUE_NONE) return true;
    Pass p = pass_over(post, post->data, o->data_span);
    p.graph = graph_new(I->memory, &I->names);
    recorder_init(I, &r, p.graph, false, NULL);
    pass_from_starts(&p, post, 0x66756e63, o->seed);
    p.guide_sites = &post->guide_sites;
    bool ok = pass_run(I, &p);
    if (ok && !p.functions)
        ok = fail(I, E0584, o->span, name_cstr(&I->names, p.function->def->def->name),
                  name_cstr(&I->names, post->model->model->name));
    ok = ok && functions_apart(I, &p);
    recorder_end(I, &r);
    recorder_free(I, &r);
    pass_free(I, &p);
    graph_free(p.graph);
    return ok;
}
