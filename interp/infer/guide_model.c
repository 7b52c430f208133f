/* SPDX-License-Identifier: MIT
 * Guides that are written for one model: `guide q() on m` draws each unknown of m once,
 * by its name and on the user's scale, from distributions that may depend on what the
 * guide learns and on what it has drawn above.
 */
#include "infer_int.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A run over such a guide's body. */
struct Draws {
    const Ast *guide;
    const Sites *sites; /* of the model */
    Node **value;       /* [sites->count] drawn, on the user's scale; NULL: not yet */
    Node *logq;
    bool scored; /* logq is asked for */
};

bool guide_is_of_model(const Instance *guide)
{
    return ast_guides_one(guide->def->def);
}

bool guide_model_same(Interp *I, const Instance *guide, const ModelValue *m, Span span)
{
    const Ast *def = guide->def->def;
    Value v;
    if (!guide_is_of_model(guide)) return true;
    const char *name = name_cstr(&I->names, def->name),
               *on = name_cstr(&I->names, def->b->name);
    if (!module_get(guide->def->module, def->b->name, &v) || v.kind != VALUE_MODEL)
        return I->abstract ? true : fail(I, E0439, def->b->span, name);
    if (((ModelValue *)v.object)->model == m->model) return true;
    Diag *d = fail_diag(I, E0230, span, name, on, name_cstr(&I->names, m->model->name));
    diag_label(&I->diags, d, def->b->span, "for `%s` alone", on);
    diag_help(&I->diags, d,
              "a guide `on w: real[D]`, such as `meanfield()`, serves any model");
    return false;
}

/* ---- the names of the model that a guide sees: hyperparameters and sizes ---- */

static bool offer_names(Interp *I, Pass *of, Frame *f)
{
    of->frame = (Frame){.model = of->model->model, .module = of->model->module};
    frame_push(I, &of->frame);
    bool ok = pass_bind_data(I, of);
    I->frame = of->frame.outer;
    for (uint32_t i = 0; ok && i < of->frame.count; i++) {
        bool given = false;
        for (int k = 0; k < of->givens; k++)
            given |= of->given[k].name == of->frame.name[i];
        if (!given) frame_set(I, f, of->frame.name[i], of->frame.value[i]);
    }
    pass_free(I, of);
    return ok;
}

/* The data is bound in a graph that is thrown away: what a guide draws does not depend
 * on the rows. */
static bool offer_model(Interp *I, ModelValue *m, Value data, Frame *f)
{
    Pass of;
    Recorder r;
    memset(&of, 0, sizeof of);
    of.model = m;
    of.data = data;
    if (I->abstract) {
        of.graph = I->abstract->recorder.graph;
        return offer_names(I, &of, f);
    }
    of.graph = graph_new(I->memory, &I->names);
    recorder_init(I, &r, of.graph, false, NULL);
    bool ok = offer_names(I, &of, f);
    recorder_end(I, &r);
    recorder_free(I, &r);
    graph_free(of.graph);
    return ok;
}

/* ---- where a draw lies ---- */

typedef struct Interval {
    double lo, hi;
} Interval;

static Interval range_of(Support s)
{
    bool below = s == SUPPORT_NEGATIVE;
    bool above = support_fits(s, SUPPORT_NONNEGATIVE);
    return (Interval){above ? 0 : -HUGE_VAL, s == SUPPORT_UNIT ? 1
                                             : below           ? 0
                                                               : HUGE_VAL};
}

/* What bounds leave of r; false where they are not plain numbers. */
static bool narrow(Interp *I, Instance *d, Interval *r)
{
    Value bound[2];
    if (!dist_bounds(I, d, bound)) return false;
    for (int i = 0; i < 2; i++) {
        if (!value_is_number(bound[i])) return false;
        const Tensor *t = value_as_type(I, bound[i], TYPE_F64);
        for (int64_t k = 0, n = shape_count(&t->shape); k < n; k++) {
            double x = tensor_real_at(t, k);
            if (i)
                r->hi = fmin(r->hi, x);
            else
                r->lo = fmax(r->lo, x);
        }
    }
    return true;
}

static Interval site_range(const Site *s)
{
    Interval r = range_of(s->support);
    for (int64_t i = 0; s->bounded && i < shape_count(&s->lo->shape); i++) {
        r.lo = fmax(r.lo, tensor_real_at(s->lo, i));
        r.hi = fmin(r.hi, tensor_real_at(s->hi, i));
    }
    return r;
}

static const char *range_words(Interp *I, Support s, Interval r)
{
    char text[80];
    Interval whole = range_of(s);
    if (support_rank(s) || (r.lo == whole.lo && r.hi == whole.hi))
        return support_words(s == SUPPORT_NONNEGATIVE ? SUPPORT_POSITIVE : s);
    if (r.lo == 0 && isinf(r.hi)) return support_words(SUPPORT_POSITIVE);
    if (isinf(r.hi))
        snprintf(text, sizeof text, "above %g", r.lo);
    else if (isinf(r.lo))
        snprintf(text, sizeof text, "below %g", r.hi);
    else
        snprintf(text, sizeof text, "from %g to %g", r.lo, r.hi);
    return name_cstr(&I->names, name_str(&I->names, text));
}

/* What draws such values. */
static const char *drawn_by(Support s, Interval r)
{
    if (s == SUPPORT_SIMPLEX) return "`Dirichlet(a)` draws such vectors";
    if (s == SUPPORT_COV) return "`Wishart(df, scale)` draws such matrices";
    if (s == SUPPORT_CORR) return "`LKJ(eta)` draws such matrices";
    if (support_rank(s))
        return "a guide `on w: real[D]`, such as `meanfield()`, draws such values, "
               "from unconstrained numbers";
    if (isinf(r.lo) && isinf(r.hi))
        return "a guide reaches all values that the unknown may have: `Normal(m, w)`";
    if (r.lo == 0 && r.hi == 1)
        return "`sigmoid` maps real numbers there: `sigmoid(Normal(m, w))`; `Beta(a, "
               "b)` lies there too";
    if (r.lo == 0 && isinf(r.hi))
        return "`exp` makes real numbers positive: `exp(Normal(m, w))`; `LogNormal` "
               "and `Gamma` are positive too";
    return NULL;
}

static void advise(Interp *I, Diag *g, Support s, Interval r)
{
    const char *help = drawn_by(s, r);
    if (help)
        diag_help(&I->diags, g, "%s", help);
    else
        diag_help(&I->diags, g, "cut it there: `truncated(Normal(m, w), %g, %g)`", r.lo,
                  r.hi);
}

/* A guide has density wherever the prior has, and nowhere else. */
static bool covers(Interp *I, const Site *s, Instance *d, Span span)
{
    Support support;
    Type t;
    if (!dist_support(I, d, &support, &t)) return false;
    if (I->abstract && checked_unknown(value_object(d))) return true;
    Interval want = site_range(s), has = range_of(support);
    bool plain = support_rank(s->support) == 0 && support_rank(support) == 0;
    bool known = !plain || narrow(I, d, &has);
    if (!known && I->abstract) return true;
    if (t == TYPE_F64 && known &&
        (plain ? has.lo == want.lo && has.hi == want.hi : support == s->support))
        return true;
    Diag *g = fail_diag(I, E0231, span, name_cstr(&I->names, s->name),
                        range_words(I, s->support, want), dist_name(I, d),
                        t != TYPE_F64 ? "whole numbers"
                        : known       ? range_words(I, support, has)
                                      : "within bounds that move");
    diag_label(&I->diags, g, s->span, "the unknown");
    advise(I, g, s->support, want);
    return false;
}

/* ---- the body ---- */

static Node *stand_in(Interp *I, Pass *p, const Site *s)
{
    if (I->abstract && support_rank(s->support))
        return graph_input(p->graph, TYPE_F64, s->support, &s->shape, INPUT_UNKNOWN);
    return site_constrain(
        p->graph, s,
        graph_input(p->graph, TYPE_F64, SUPPORT_ANY, &s->free, INPUT_UNKNOWN));
}

/* The draw is known to lie where the unknown does. */
static bool draw(Interp *I, Pass *p, const Site *s, Instance *d, Span span, Value *out)
{
    Shape batch, event, sample = s->shape;
    Node *like = stand_in(I, p, s), *n;
    if (!like) return graph_failed(I, span, p->graph->error);
    if (I->abstract) {
        *out = record_node(I, like, value_none());
        return true;
    }
    if (!dist_batch(I, d, &batch) || !dist_event(I, d, &event)) return false;
    sample.rank -= batch.rank + event.rank;
    if (sample.rank < 0) sample.rank = 0;
    if (!dist_sample(I, d, &sample, span, out)) return false;
    n = op_to_type(p->graph, as_node(I, *out), TYPE_F64);
    if (n) n = op_broadcast(p->graph, n, &s->shape);
    if (!n) return graph_failed(I, span, p->graph->error);
    if (!support_fits(n->support, like->support)) n->support = like->support;
    *out = record_node(I, n, value_none());
    return true;
}

static bool score(Interp *I, Pass *p, Instance *d, Value x, Span span)
{
    struct Draws *o = p->draws;
    Value logp;
    Graph *g = p->graph;
    if (!o->scored) return true;
    if (!dist_logpdf(I, d, x, span, &logp)) return false;
    Node *sum =
        op_reduce(g, &op_sum, op_to_type(g, as_node(I, logp), TYPE_F64), 0, false);
    if (!sum) return graph_failed(I, span, g->error);
    o->logq = o->logq ? op2(g, ELEM_add, o->logq, sum) : sum;
    return true;
}

static const Site *drawn_site(Interp *I, const struct Draws *o, const Ast *s)
{
    const char *name = name_cstr(&I->names, s->a->name);
    const Site *site = site_find(o->sites, name);
    if (site && site->kind == SITE_PRIOR) return site;
    if (I->abstract)
        checked_vaguely(I); /* told where names are checked */
    else
        fail(I, E0229, s->name_span, name, name_cstr(&I->names, o->guide->b->name));
    return NULL;
}

static const char *shape_words(Interp *I, const Shape *s)
{
    char text[SHAPE_TEXT], whole[SHAPE_TEXT + 4];
    shape_text(text, &I->names, s, true);
    snprintf(whole, sizeof whole, "real%s", s->rank ? text : "");
    return name_cstr(&I->names, name_str(&I->names, whole));
}

static bool other_shape(Interp *I, const Ast *s, const Site *site, const Shape *shape)
{
    Diag *d = fail_diag(I, E0201, s->b->span, site->path, shape_words(I, &site->shape),
                        shape_words(I, shape));
    diag_label(&I->diags, d, site->span, "the unknown");
    return false;
}

static bool guide_prior(Interp *I, Pass *p, const Ast *s)
{
    struct Draws *o = p->draws;
    Instance *d;
    Shape shape;
    Type type;
    Value v;
    if (s->a->kind != AST_NAME)
        return fail(I, E0701, s->a->span, "guides over parts of an unknown");
    const Site *site = drawn_site(I, o, s);
    if (!site) return false;
    if (frame_get(I->frame, s->a->name, &v))
        return fail(I, E0447, s->a->span, site->path);
    if (!pass_dist(I, s->c, &d) || !flow_scores(I, d, s->c->span)) return false;
    shape = site->shape;
    if (s->b && !declared_shape(I, s->b, s->c, &d, "prior", s->a->span, &shape, &type))
        return false;
    if (!shape_agrees(&shape, &site->shape)) return other_shape(I, s, site, &shape);
    if (!prior_fills(I, &site->shape, "prior", s->a->span, s->c, &d) ||
        !covers(I, site, d, s->c->span) || !draw(I, p, site, d, s->span, &v) ||
        (!(I->abstract && checked_unknown(value_object(d))) &&
         !score(I, p, d, v, s->span)))
        return false;
    frame_set(I, I->frame, s->a->name, v);
    o->value[site - o->sites->at] = as_node(I, v);
    return true;
}

static bool guide_declaration(Interp *I, Handler *h, const Ast *s)
{
    Span before = I->span;
    if (s->kind != AST_PRIOR) return layer_declare(I, s);
    I->span = s->c->span;
    bool ok = guide_prior(I, (Pass *)h, s);
    I->span = before;
    return ok;
}

/* Every unknown of the model is drawn. */
static bool all_drawn(Interp *I, const struct Draws *o)
{
    for (uint32_t i = 0; i < o->sites->count; i++) {
        const Site *s = &o->sites->at[i];
        bool weight = strchr(s->path, '/') != NULL;
        if (s->kind != SITE_PRIOR || o->value[i] || (I->abstract && !weight)) continue;
        Diag *d = fail_diag(
            I, E0228, o->guide->name_span, name_cstr(&I->names, o->guide->name),
            site_label(I, s->path), name_cstr(&I->names, o->guide->b->name));
        if (!weight)
            diag_label(&I->diags, d, s->span, "unknown here");
        else
            diag_help(&I->diags, d,
                      "the weights of nets are drawn by guides `on w: real[D]`, such "
                      "as `meanfield()`");
        return false;
    }
    return true;
}

bool guide_of_model_run(Interp *I, Pass *p, ModelValue *m, Value data,
                        const Sites *sites, Instance *guide, bool want_logq,
                        Guided *out)
{
    Frame f = {.self = guide, .module = guide->def->module};
    struct Draws o = {.guide = guide->def->def, .sites = sites, .scored = want_logq};
    Arena *a = &p->graph->arena;
    o.value = arena_take(a, (sites->count + 1) * sizeof *o.value);
    p->draws = &o;
    p->handler.model_declaration = guide_declaration;
    frame_push(I, &f);
    bool ok = offer_model(I, m, data, &f);
    Flow flow = ok ? eval_block(I, guide->def->def->a) : FLOW_FAILED;
    if (flow == FLOW_RETURN) ok = fail(I, E0016, o.guide->span, "return", "a function");
    ok = ok && flow == FLOW_ON && all_drawn(I, &o);
    frame_pop(I, &f);
    p->draws = NULL;
    *out = (Guided){.w = value_none(), .logq = value_none(), .value = o.value};
    if (ok && want_logq && o.logq) out->logq = record_node(I, o.logq, value_none());
    return ok;
}
