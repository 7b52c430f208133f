/* SPDX-License-Identifier: MIT
 * A pass over a model's body: what each declaration does. The first pass discovers the
 * sites and their starts; later ones put nodes in their place and collect the factors
 * of the log joint.
 */
#include "infer_int.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static Pass *pass_of(Handler *h) { return (Pass *)h; }

bool pass_factor(Interp *I, Pass *p, Factor f)
{
    value_keep(value_object(f.dist));
    if (p->factors == p->factor_room) {
        uint32_t room = p->factor_room ? 2 * p->factor_room : 16;
        p->factor =
            memory_grow(I->memory, p->factor, p->factor_room * sizeof *p->factor,
                        room * sizeof *p->factor);
        p->factor_room = room;
    }
    p->factor[p->factors++] = f;
    return true;
}

/* ---- noise ---- */

static bool row_axis(const Pass *p, const Shape *s)
{
    return s->rank > 0 && p->rows > 0 && s->dim[0] == p->rows &&
           (s->name[0] == p->row_name || s->name[0] == 0);
}

static Node *row_keys(Pass *p, Node *key)
{
    Node *rows = p->row_index;
    if (!rows) {
        int64_t *index = arena_take(&p->graph->arena, (size_t)p->rows * sizeof *index);
        for (int64_t i = 0; i < p->rows; i++) index[i] = i;
        Shape s = shape_of(1, &p->rows);
        rows = graph_constant(p->graph, TYPE_I64, &s, index);
    }
    return op2(p->graph, ELEM_fold, key, rows);
}

static Node *noise_node(Pass *p, const Op *op, const Shape *shape, bool by_row,
                        Node *keep)
{
    Graph *g = p->graph;
    Node *key = op2(g, ELEM_fold, p->key, graph_int(g, (int64_t)p->noises++));
    Attr attr = {.type = TYPE_F64, .shape = *shape};
    if (by_row) {
        key = row_keys(p, key);
        attr.shape = shape_drop(shape, 0);
    }
    Node *in[2] = {key, keep};
    return key ? graph_node(g, op, in, keep ? 2 : 1, &attr) : NULL;
}

Node *pass_noise(Interp *I, Pass *p, bool gauss, const Shape *shape, bool rows)
{
    (void)I;
    return noise_node(p, gauss ? &op_random_gauss : &op_random_unit, shape,
                      rows && row_axis(p, shape), NULL);
}

/* In a layer that is checked by itself. */
static bool vaguely_noise(Interp *I, bool gauss, const Shape *shape, Value *out)
{
    *out = abstract_number(I, TYPE_F64, gauss ? SUPPORT_ANY : SUPPORT_UNIT, shape);
    return true;
}

static bool handle_noise(Interp *I, Handler *h, bool gauss, const Shape *shape,
                         Value *out)
{
    Pass *p = pass_of(h);
    if (!p->key && I->abstract && !p->model) return vaguely_noise(I, gauss, shape, out);
    if (!p->key) {
        Diag *d = fail_diag(I, E0411, I->span);
        diag_help(&I->diags, d,
                  "an unknown is declared, `prior z ~ …`; noise is part of the "
                  "likelihood");
        return false;
    }
    Node *n = pass_noise(I, p, gauss, shape, true);
    if (!n) return graph_failed(I, I->span, p->graph->error);
    *out = record_node(I, n, value_none());
    return true;
}

static bool handle_mask(Interp *I, Handler *h, Value x, Value drop, Value *out)
{
    Pass *p = pass_of(h);
    Shape s;
    double rate = I->abstract && drop.kind == VALUE_NODE ? 0.5 : value_as_real(drop);
    if (I->abstract && drop.kind == VALUE_UNKNOWN) rate = 0.5;
    if (I->abstract && !value_is_scalar(drop)) drop = value_real(rate);
    if (!value_is_scalar(drop) || !(rate >= 0 && rate < 1)) {
        char has[40];
        snprintf(has, sizeof has, "%g", rate);
        return fail(I, E0412, I->frame->self ? I->frame->self->span : I->span,
                    value_is_scalar(drop) ? has : value_kind_text(drop));
    }
    if (!value_shape(x, &s)) return fail(I, E0326, I->span, value_kind_text(x));
    p->pending_keep = 1 - rate;
    *out = value_real(1 - rate);
    if (p->mean_masks || rate == 0 || p->kind == PASS_DISCOVER) return true;
    bool by_row = row_axis(p, &s);
    if (by_row && !p->row_masks) { /* one mask for all rows, broadcast */
        s.dim[0] = 1;
        s.name[0] = 0;
        by_row = false;
    }
    Node *n =
        noise_node(p, &op_random_keep, &s, by_row, graph_real(p->graph, 1 - rate));
    if (!n) return graph_failed(I, I->span, p->graph->error);
    *out = record_node(I, n, value_none());
    return true;
}

/* A given that does not lie where a distribution needs it: named by column and row. */
static bool handle_given(Interp *I, Handler *h, const Node *n, Support wanted,
                         Span span)
{
    Pass *p = pass_of(h);
    for (int i = 0; i < p->givens; i++)
        if (p->given[i].node == n) return !check_given(I, p, i, wanted, span);
    return false;
}

/* ---- starts ---- */

static bool site_start(Interp *I, Pass *p, Site *s, const Ast *init)
{
    Value v;
    if (I->abstract) return checked_start(I, s, init);
    if (!init) return site_set_start(I, s, value_none());
    if (!start_value(I, p->seed, s->path, init, &s->shape, s->support, &v))
        return false;
    if (v.kind == VALUE_NODE && ((Recorded *)v.object)->known.kind == VALUE_NONE) {
        s->from_data = true;
        return true;
    }
    if (v.kind == VALUE_NODE) v = ((Recorded *)v.object)->known;
    return site_set_start(I, s, v);
}

/* ---- declarations ---- */

/* A net that is called twice has the same weights. */
static Node *stand_in(Interp *I, Pass *p, Site *s)
{
    bool whole =
        I->abstract && support_rank(s->support); /* sizes are not numbers yet */
    if (!s->input)
        s->input = graph_input(p->graph, TYPE_F64, whole ? s->support : SUPPORT_ANY,
                               whole ? &s->shape : &s->free, INPUT_UNKNOWN);
    return whole ? s->input : site_constrain(p->graph, s, s->input);
}

static bool site_value(Interp *I, Pass *p, const char *path, const Shape *shape,
                       Instance *prior, Span span, Value *out)
{
    Site *s = site_find(p->sites, path);
    Node *n;
    if (p->kind == PASS_DISCOVER) {
        n = stand_in(I, p, s);
        if (n && !n->span.source) n->span = span;
    } else if (!s)
        return fail(I, E0414, span, site_label(I, path));
    else
        n = p->site_node[s - p->sites->at];
    if (!n && !prior && !s->start) return start_unknown(I, s);
    if (!n) {
        if (!prior_draw(I, s, shape, prior, out)) return false;
        n = op_to_type(p->graph, as_node(I, *out), TYPE_F64);
        if (n && n->support == SUPPORT_NONNEGATIVE)
            n->support = SUPPORT_POSITIVE;  /* a.s. */
        p->site_node[s - p->sites->at] = n; /* a net that is called twice shares it */
    }
    *out = record_node(I, n, value_none());
    return true;
}

static bool add_prior_factor(Interp *I, Pass *p, uint32_t site, Instance *d, Value v,
                             Span span)
{
    Value logp;
    if (p->kind == PASS_PREDICT) return true;
    if (I->abstract && checked_unknown(value_object(d))) return true;
    if (!dist_logpdf(I, d, v, span, &logp)) return false;
    Node *by_event = prior_by_event(I, p, site, d, as_node(I, logp));
    if (!by_event) return false;
    return pass_factor(I, p, (Factor){FACTOR_PRIOR, site, d, by_event, span});
}

/* Of a flow that was given another number of numbers of context, or none: then is where
 * the site had its shape, NULL if there was no such site. */
static bool other_context(Interp *I, const char *path, const Shape *then,
                          const Shape *now)
{
    int64_t given, had = then && then->rank ? then->dim[0] : 0;
    if (!flow_context(I, &given) || now->rank != 2 || now->dim[0] != given ||
        had == given || (then && (then->rank != 2 || then->dim[1] != now->dim[1])))
        return false;
    char flow[100];
    const char *label = site_label(I, path);
    snprintf(flow, sizeof flow, "%.*s", (int)strcspn(label, ".[/"), label);
    return !fail(I, E0253, I->span, flow, (long long)had, had == 1 ? "" : "s",
                 (long long)given);
}

/* In the same run by another use of its net; else by data of other sizes. */
static bool other_shape(Interp *I, const Pass *p, const Site *s, const char *path,
                        const Shape *shape)
{
    char now[SHAPE_TEXT], then[SHAPE_TEXT];
    const char *name = site_label(I, path);
    if (other_context(I, path, &s->shape, shape)) return false;
    if (p->kind == PASS_DISCOVER) return fail(I, E0416, I->span, name);
    Diag *d = fail_diag(I, E0226, p->data_span.source ? p->data_span : I->span, name,
                        shape_text(now, &I->names, shape, true),
                        shape_text(then, &I->names, &s->shape, true));
    diag_label(&I->diags, d, s->span, "declared here");
    return false;
}

static bool handle_param(Interp *I, Handler *h, const char *path,
                         const Ast *declaration, Type type, Support support,
                         const Shape *shape, bool shaped, const Ast *init, Value *out)
{
    Pass *p = pass_of(h);
    bool state = declaration->kind == AST_STATE;
    Rule *other = NULL, *rule = state ? NULL : pass_rule(I, p, path, shape, &other);
    (void)type;
    (void)shaped;
    if (state && support != SUPPORT_ANY)
        return fail(I, E0663, declaration->span,
                    name_cstr(&I->names, declaration->name));
    if (other) {
        Diag *d = fail_diag(I, E0415, other->span, site_label(I, path));
        diag_label(&I->diags, d, rule->span, "and here");
        return false;
    }
    Site *s = site_find(p->sites, path);
    if (shape_count(shape) == 0 && !s)
        return number_without(I, shape, out); /* nothing to learn: no context, say */
    if (p->kind == PASS_DISCOVER && !s) {
        if (!type_has_size(I, support, shape, declaration->a)) return false;
        SiteKind kind = state ? SITE_STATE : rule ? SITE_PRIOR : SITE_PARAM;
        s = site_add(I, p->sites, path, kind, support, shape, declaration->span);
        if (shape->rank >= 2 && p->pending_keep > 0) {
            s->keep = p->pending_keep;
            p->pending_keep = 0;
        }
        if (!site_start(I, p, s, init)) return false;
    } else if (!s) {
        return !other_context(I, path, NULL, shape) &&
               fail(I, E0414, declaration->span, site_label(I, path));
    } else if (!shape_agrees(&s->shape, shape)) {
        return other_shape(I, p, s, path, shape);
    } else if (p->starting && !s->start && !start_now(I, p, s, init)) {
        return false;
    }
    if (!site_value(I, p, path, shape, rule ? rule->dist : NULL, declaration->span,
                    out))
        return false;
    if (!rule) return true;
    rule->used = true;
    uint32_t at = (uint32_t)(s - p->sites->at);
    for (uint32_t i = 0; i < p->factors; i++)
        if (p->factor[i].kind == FACTOR_PRIOR && p->factor[i].site == at) return true;
    return add_prior_factor(I, p, at, rule->dist, *out, declaration->span);
}

static bool declare_param(Interp *I, Pass *p, const Ast *s)
{
    Type type = TYPE_F64;
    Support support = SUPPORT_ANY;
    Shape shape = shape_scalar();
    bool shaped = false;
    Value v;
    if (s->a && !type_shape(I, s->a, &type, &support, &shape, &shaped)) return false;
    if (type != TYPE_F64) return fail(I, E0417, s->span);
    if (frame_get(&p->frame, s->name, &v))
        return fail(I, E0447, s->name_span, name_cstr(&I->names, s->name));
    const char *path = name_cstr(&I->names, s->name);
    if (!handle_param(I, &p->handler, path, s, type, support, &shape, shaped, s->b, &v))
        return false;
    bind(I, s->name, v);
    return true;
}

bool pass_dist(Interp *I, const Ast *e, Instance **d)
{
    Value v;
    if (!eval(I, e, &v)) return false;
    if (I->abstract && v.kind == VALUE_UNKNOWN) return checked_vaguely(I);
    if (!is_instance(v, DEF_DIST)) {
        Diag *g = fail_diag(I, E0323, e->span, value_kind_text(v));
        if (v.kind == VALUE_DEF)
            help_signature(I, g, ((Def *)v.object)->def);
        else
            diag_help(&I->diags, g,
                      "after `~` stands a distribution, such as `Normal(mean, sd)`");
        return false;
    }
    *d = (Instance *)v.object;
    return true;
}

static bool declare_prior(Interp *I, Pass *p, const Ast *s)
{
    Instance *d;
    Prior prior;
    Value v;
    if (s->a->kind == AST_DOT) return pass_add_rule(I, p, s);
    if (s->a->kind != AST_NAME)
        return fail(I, E0701, s->a->span,
                    "priors set element by element (`prior z[t] ~ …`)");
    const char *path = name_cstr(&I->names, s->a->name);
    if (frame_get(&p->frame, s->a->name, &v)) return fail(I, E0447, s->a->span, path);
    if (!pass_dist(I, s->c, &d) || !flow_scores(I, d, s->c->span) ||
        !prior_declared(I, s, d, &prior))
        return false;
    if (p->function && spans_rows(I, prior.dist))
        return function_prior(I, p, s, prior.dist, &prior.shape);
    Site *site = site_find(p->sites, path);
    if (p->kind == PASS_DISCOVER && !site) {
        site = site_add(I, p->sites, path, SITE_PRIOR, prior.support, &prior.shape,
                        s->span);
        site->tied = spans_rows(I, prior.dist);
        site->local =
            prior.shape.rank > 0 && p->row_name && prior.shape.name[0] == p->row_name;
        if (!prior_bounds(I, site, prior.dist) ||
            !site_set_start(I, site, value_none()))
            return false;
    }
    if (!refuses_batch(I, p, prior.dist, s->span) ||
        !condition_on_fitted(I, p, s->a->name, &prior.dist) ||
        !site_value(I, p, path, &prior.shape, prior.dist, s->span, &v))
        return false;
    bind(I, s->a->name, v);
    if (p->sees && spans_rows(I, prior.dist) && p->observeds < PASS_OBSERVED)
        pass_saw(p, s->a->name, prior.dist, &prior.shape, s->span, v);
    return add_prior_factor(I, p, (uint32_t)(site - p->sites->at), prior.dist, v,
                            s->span);
}

/* A flow's weights are found when its density is asked for: here of nothing in
 * particular. */
static bool find_weights(Interp *I, Pass *p, Instance *d, const Shape *shape, Span span)
{
    Support s;
    Type t;
    Value logp;
    if (!dist_support(I, d, &s, &t)) return false;
    Node *y = graph_input(p->graph, t, s, shape, 900001);
    return dist_logpdf(I, d, record_node(I, y, value_none()), span, &logp);
}

/* A likelihood of a random function under a guide of functions. */
static bool declare_function(Interp *I, Pass *p, const Ast *s, Instance *d,
                             const Shape *shape, Span both, Type type)
{
    Value y = value_none();
    if (p->kind != PASS_PREDICT && !p->no_observed &&
        !bind_observed(I, p, s->a->name, both, type, SUPPORT_ANY, shape, &y))
        return false;
    if (!function_likelihood(I, p, s->a->name, &d, y)) return false;
    pass_saw(p, s->a->name, d, shape, s->span, value_none());
    return true;
}

static bool declare_likelihood(Interp *I, Pass *p, const Ast *s)
{
    Instance *d;
    Shape shape;
    Type type;
    Value y, logp;
    if (s->a->kind != AST_NAME)
        return fail(I, E0701, s->a->span,
                    "likelihoods set element by element (`likelihood y[t] ~ …`)");
    if (!pass_dist(I, s->c, &d) || !flow_scores(I, d, s->c->span)) return false;
    Span both = s->a->span;
    if (s->b) both.to = s->b->span.to;
    if (!declared_shape(I, s->b, s->c, &d, "likelihood", both, &shape, &type))
        return false;
    if (p->observeds == PASS_OBSERVED) return fail(I, E0318, s->span, PASS_OBSERVED);
    if (p->function && spans_rows(I, d))
        return declare_function(I, p, s, d, &shape, both, type);
    if (!refuses_batch(I, p, d, s->span) || !condition_on_fitted(I, p, s->a->name, &d))
        return false;
    if (p->sees && spans_rows(I, d)) {
        if (!bind_observed(I, p, s->a->name, both, type, SUPPORT_ANY, &shape, &y))
            return false;
        pass_saw(p, s->a->name, d, &shape, s->span, y);
        return true;
    }
    pass_saw(p, s->a->name, d, &shape, s->span, value_none());
    if (p->kind == PASS_DISCOVER && p->no_observed)
        return find_weights(I, p, d, &shape, s->span);
    if (p->kind == PASS_PREDICT) return true;
    Support support;
    Type of_dist;
    if (!dist_support(I, d, &support, &of_dist) ||
        !bind_observed(I, p, s->a->name, both, type, support, &shape, &y))
        return false;
    if (I->abstract && checked_unknown(value_object(d))) return true;
    if (p->kind == PASS_DISCOVER && !observed_inside(I, p, s->a->name, d, y, both))
        return false;
    if (!dist_logpdf(I, d, y, s->span, &logp)) return false;
    return pass_factor(I, p,
                       (Factor){FACTOR_LIKELIHOOD, 0, d, as_node(I, logp), s->span});
}

static bool declare_net(Interp *I, Pass *p, const Ast *s)
{
    Value layers, net;
    bool flow = s->kind == AST_FLOW;
    int rank;
    if (!eval(I, s->a, &layers)) return false;
    if (I->abstract && checked_unknown(layers)) return checked_vaguely(I);
    if (!net_new(I, s->name, name_cstr(&I->names, s->name), layers, flow, s->a->span,
                 &net))
        return false;
    ((Net *)net.object)->last = net_last(s->a);
    if (flow && !flow_event(I, net, s->a->span, &rank)) return false;
    if (p->flows && p->kind == PASS_DISCOVER)
        record_set(I, p->flows, s->name, ((Net *)net.object)->layers);
    bind(I, s->name, net);
    return true;
}

static bool declare(Interp *I, Pass *p, const Ast *s)
{
    if (s->kind == AST_PARAM_DECL) return declare_param(I, p, s);
    if (s->kind == AST_PRIOR) return declare_prior(I, p, s);
    if (s->kind == AST_LIKELIHOOD) return declare_likelihood(I, p, s);
    return declare_net(I, p, s);
}

static bool handle_declaration(Interp *I, Handler *h, const Ast *s)
{
    Pass *p = pass_of(h);
    Span before = I->span;
    if (I->frame != &p->frame) return fail(I, E0401, s->span, ast_kind_name(s->kind));
    I->span = s->c ? s->c->span : s->span; /* for what the library computes */
    bool ok = declare(I, p, s);
    I->span = before;
    return ok;
}

/* ---- the pass ---- */

void pass_handler(Pass *p)
{
    p->handler = (Handler){.param = handle_param,
                           .next = handle_next,
                           .fitting = p->kind != PASS_PREDICT && !p->no_observed,
                           .model_declaration = handle_declaration,
                           .keep_mask = handle_mask,
                           .noise = handle_noise,
                           .given = handle_given};
}

bool pass_run(Interp *I, Pass *p)
{
    pass_handler(p);
    for (uint32_t i = 0; p->sites && i < p->sites->count; i++)
        p->sites->at[i].input = NULL;
    p->frame = (Frame){.model = p->model->model, .module = p->model->module};
    Handler *before = I->handler;
    Record *reads = I->reads;
    const char *path = I->path;
    I->handler = &p->handler;
    I->reads = p->reads;
    I->path = NULL;
    frame_push(I, &p->frame);
    bool ok = pass_bind_data(I, p);
    p->handler.row_name = p->row_name;
    ok = ok && (p->binds_only || augment_apply(I, p));
    if (ok && !p->binds_only) {
        Flow flow = eval_block(I, p->model->model->a);
        ok = flow == FLOW_ON;
        if (flow == FLOW_RETURN)
            ok = fail(I, E0016, p->model->model->span, "return", "a function");
    }
    for (int i = 0; ok && i < p->rules; i++)
        if (!p->rule[i].used && p->kind == PASS_DISCOVER)
            ok = pass_no_weights(I, p, &p->rule[i]);
    I->frame = p->frame.outer; /* its names are still read: pass_free drops them */
    I->handler = before;
    I->reads = reads;
    I->path = path;
    return ok;
}

Pass pass_over(Posterior *post, Value data, Span data_span)
{
    Pass p;
    memset(&p, 0, sizeof p);
    p.model = post->model;
    p.data = data;
    p.data_span = data_span;
    p.seed = post->seed;
    p.reads = post->reads;
    p.flows = post->flows;
    p.augment = &post->front;
    if (post->function.kind == VALUE_INSTANCE)
        p.function = (Instance *)post->function.object;
    return p;
}

bool pass_discover(Interp *I, Pass *p)
{
    Recorder r;
    p->kind = PASS_DISCOVER;
    p->graph = graph_new(I->memory, &I->names);
    recorder_init(I, &r, p->graph, false, NULL);
    bool ok = pass_run(I, p);
    recorder_end(I, &r);
    recorder_free(I, &r);
    return ok;
}

void pass_free(Interp *I, Pass *p)
{
    Frame *now = I->frame;
    frame_pop(I, &p->frame);
    I->frame = now;
    for (uint32_t i = 0; i < p->factors; i++)
        value_drop(I, value_object(p->factor[i].dist));
    if (p->factor_room)
        memory_give(I->memory, p->factor, p->factor_room * sizeof *p->factor);
    for (int i = 0; i < p->rules; i++) value_drop(I, value_object(p->rule[i].dist));
    for (int i = 0; i < p->observeds; i++) {
        value_drop(I, value_object(p->observed[i].dist));
        value_drop(I, p->observed[i].y);
    }
    for (int i = 0; i < p->givens; i++) tensor_drop(p->given[i].tensor);
    p->factors = p->factor_room = 0;
    p->factor = NULL;
    p->rules = p->observeds = p->givens = 0;
}
