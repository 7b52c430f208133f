/* SPDX-License-Identifier: MIT
 * Posteriors: what a fit learned, and its fields. A point is a plain value; what has a
 * q is given as draws.
 */
#include "chains.h"
#include "predict_int.h"

#include <string.h>

static void posterior_free(Interp *I, Object *object)
{
    Posterior *p = (Posterior *)object;
    for (uint32_t i = 0; p->point && i < p->sites.count; i++)
        if (p->point[i]) tensor_drop(p->point[i]);
    if (p->point)
        memory_give(I->memory, p->point, (p->sites.count + 1) * sizeof *p->point);
    for (uint32_t i = 0; p->guide_point && i < p->guide_sites.count; i++)
        tensor_drop(p->guide_point[i]);
    if (p->guide_point)
        memory_give(I->memory, p->guide_point,
                    (p->guide_sites.count + 1) * sizeof *p->guide_point);
    sites_free(I, &p->sites);
    sites_free(I, &p->guide_sites);
    value_drop(I, p->data);
    value_drop(I, p->guide);
    value_drop(I, p->function);
    value_drop(I, p->front.how);
    value_drop(I, value_object(p->model));
    value_drop(I, value_object(p->reads));
    value_drop(I, value_object(p->flows));
    if (p->loss) tensor_drop(p->loss);
    ensemble_free(I, p);
}

Posterior *posterior_new(Interp *I, ModelValue *model, Value data, MethodKind method)
{
    Record *reads = record_new(I), *flows = record_new(I);
    Posterior *p = object_new(I, VALUE_POSTERIOR, sizeof *p, NULL);
    p->method = method;
    p->model = model;
    value_keep(value_object(model));
    p->data = value_keep(data);
    p->guide = p->function = value_none();
    p->front.how = value_none();
    p->reads = reads;
    value_keep(value_object(reads));
    p->flows = flows;
    value_keep(value_object(flows));
    p->object.free = posterior_free;
    return p;
}

/* ---- what was learned, as inputs ---- */

static void learned_take(Interp *I, Learned *l, Tensor *t)
{
    if (l->count == l->room) {
        uint32_t room = l->room ? 2 * l->room : 16;
        l->tensor = memory_grow(I->memory, l->tensor, l->room * sizeof *l->tensor,
                                room * sizeof *l->tensor);
        l->node = memory_grow(I->memory, l->node, l->room * sizeof *l->node,
                              room * sizeof *l->node);
        l->room = room;
    }
    l->tensor[l->count++] = tensor_keep(t);
}

void learned_add(Interp *I, Learned *l, const Posterior *post)
{
    for (uint32_t i = 0; post->point && i < post->sites.count; i++)
        if (post->point[i]) learned_take(I, l, post->point[i]);
    for (uint32_t i = 0; post->guide_point && i < post->guide_sites.count; i++)
        learned_take(I, l, post->guide_point[i]);
    for (uint32_t i = 0; i < post->members; i++) learned_add(I, l, post->member[i]);
}

Node *learned_node(const Learned *l, const Tensor *t)
{
    for (uint32_t i = 0; i < l->count; i++)
        if (l->tensor[i] == t) return l->node[i];
    return NULL;
}

void learned_free(Interp *I, Learned *l)
{
    for (uint32_t i = 0; i < l->count; i++) tensor_drop(l->tensor[i]);
    memory_give(I->memory, l->tensor, l->room * sizeof *l->tensor);
    memory_give(I->memory, l->node, l->room * sizeof *l->node);
    memset(l, 0, sizeof *l);
}

static Node *learned(Pass *p, Tensor *t, bool constants, uint32_t user)
{
    Node *n = p->learned ? learned_node(p->learned, t) : NULL;
    if (n) return n;
    if (constants) return graph_constant(p->graph, t->type, &t->shape, t->data);
    return graph_input(p->graph, TYPE_F64, SUPPORT_ANY, &t->shape, user);
}

/* One draw of the chains. */
static bool chain_sites(Interp *I, Posterior *post, Pass *p, bool constants)
{
    Graph *g = p->graph;
    Sites *sites = &post->sites;
    Node *draws = learned(p, post->guide_point[0], constants, 0);
    Node *number = p->number ? p->number
                   : p->key  ? chains_number(g, post, p->key)
                             : graph_int(g, 0);
    p->site_input[sites->count] = draws;
    for (uint32_t i = 0; number && i < sites->count; i++) {
        Node *free = chains_site(g, post, draws, number, i);
        p->site_node[i] = free ? site_constrain(g, &sites->at[i], free) : NULL;
        if (!p->site_node[i]) return graph_failed(I, sites->at[i].span, g->error);
    }
    return number ? true : graph_failed(I, I->span, g->error);
}

/* A draw from the prior: its distribution is known only while the body runs, so the
 * pass asks for it then; here the place is left empty. */
bool posterior_sites(Interp *I, Posterior *post, Pass *p, bool constants)
{
    Graph *g = p->graph;
    Sites *sites = &post->sites;
    if (post->live) {
        p->sites = post->live->sites;
        p->site_node = post->live->site_node;
        p->guide_sites = post->live->guide_sites;
        p->guide_node = post->live->guide_node;
        return true;
    }
    p->sites = sites;
    p->site_node = arena_take(&g->arena, (sites->count + 1) * sizeof *p->site_node);
    p->site_input = arena_take(&g->arena, (sites->count + post->guide_sites.count + 1) *
                                              sizeof *p->site_input);
    for (uint32_t i = 0; i < sites->count; i++) {
        Tensor *t = post->point ? post->point[i] : NULL;
        if (!t) continue;
        p->site_input[i] = learned(p, t, constants, i);
        p->site_node[i] = site_constrain(g, &sites->at[i], p->site_input[i]);
    }
    if (post->method == METHOD_CHAINS) return chain_sites(I, post, p, constants);
    if (!post->guide_point) return true;
    Node **param = arena_take(&g->arena, (post->guide_sites.count + 1) * sizeof *param);
    for (uint32_t i = 0; i < post->guide_sites.count; i++) {
        Node *n = learned(p, post->guide_point[i], constants, i);
        p->site_input[sites->count + i] = n;
        param[i] = site_constrain(g, &post->guide_sites.at[i], n);
    }
    Guided q;
    if (!guide_draw(I, p, post, param, p->want_logq, &q)) return false;
    if (p->want_logq) p->logq = q.logq;
    p->site_free = arena_take(&g->arena, (sites->count + 1) * sizeof *p->site_free);
    for (uint32_t i = 0; i < sites->count; i++) {
        if (sites->at[i].kind != SITE_PRIOR || sites->at[i].function) continue;
        p->site_node[i] = guided_site(g, &q, sites, i, &p->site_free[i]);
        if (!p->site_node[i]) return graph_failed(I, sites->at[i].span, g->error);
    }
    return true;
}

/* ---- fields ---- */

int64_t posterior_draws(const Posterior *p)
{
    return p->method == METHOD_CHAINS ? p->chains * p->steps : 1000;
}

static Value trace(Interp *I, const Posterior *p, double sign)
{
    Shape s = shape_of(1, &p->steps);
    Tensor *t = tensor_new(I->memory, TYPE_F64, &s);
    for (int64_t i = 0; i < p->steps; i++)
        ((double *)t->data)[i] = sign * ((double *)p->loss->data)[i];
    return value_tensor(I, t);
}

static const Ast *net_declaration(const Posterior *p, Name name)
{
    const Ast *body = p->model->model->a;
    for (uint32_t i = 0; i < body->count; i++)
        if ((body->list[i]->kind == AST_NET || body->list[i]->kind == AST_FLOW) &&
            body->list[i]->name == name)
            return body->list[i];
    return NULL;
}

static bool draws_of(Interp *I, Posterior *p, Name name, Span span, Value *out)
{
    Value pred;
    bool found;
    return predict_new(I, value_object(p), value_none(), posterior_draws(p),
                       text_of("sample"), text_of("shared"), value_none(), p->seed,
                       span, &pred) &&
           prediction_field(I, (Prediction *)pred.object, name, span, &found, out);
}

static bool is_deterministic(const Posterior *p, Name name)
{
    const Ast *body = p->model->model->a;
    for (uint32_t i = 0; i < body->count; i++) {
        const Ast *s = body->list[i];
        if (s->kind == AST_ASSIGN && s->a->kind == AST_NAME && s->a->name == name)
            return true;
        for (uint32_t k = 0; s->kind == AST_UNPACK && k < s->count; k++)
            if (s->list[k]->name == name) return true;
    }
    return false;
}

/* What is not random has one draw, and no axis of draws; members have one each. */
static bool first_draw(Interp *I, const Posterior *p, Value *v, Span span)
{
    Shape s;
    if (p->method == METHOD_ENSEMBLE || !value_shape(*v, &s) || s.rank == 0 ||
        s.dim[0] != 1)
        return true;
    return index_first(I, *v, 0, span, v);
}

bool posterior_field(Interp *I, Posterior *p, Name name, Span span, bool *found,
                     Value *out)
{
    const char *s = name_cstr(&I->names, name);
    *found = true;
    if (p->members && strcmp(s, "loss") == 0)
        return *out = ensemble_trace(I, p, 1), true;
    if (p->members && strcmp(s, "elbo") == 0 && p->member[0]->method == METHOD_VI)
        return *out = ensemble_trace(I, p, -1), true;
    if (strcmp(s, "loss") == 0 && p->loss) return *out = trace(I, p, 1), true;
    if (strcmp(s, "elbo") == 0 && p->loss && p->method == METHOD_VI)
        return *out = trace(I, p, -1), true;
    bool leapfrogs = strcmp(s, "leapfrogs") == 0;
    if (p->chains && (leapfrogs || strcmp(s, "divergences") == 0))
        return *out = value_int(leapfrogs ? p->leapfrogs : p->divergences), true;
    if (strcmp(s, "evidence") == 0 && p->method == METHOD_LAPLACE)
        return *out = value_real(p->evidence), true;
    bool noise_sd = strcmp(s, "noise_sd") == 0;
    if (noise_sd || strcmp(s, "noise_draws") == 0) {
        *out = noise_sd ? value_real(p->noise_sd) : value_int(p->noise_draws);
        return p->noise_draws > 0 || fail(I, E0519, span);
    }
    const Ast *net = net_declaration(p, name);
    if (net) {
        Net *n = object_new(I, VALUE_NET, sizeof *n, net_free);
        n->name = name;
        n->path = s;
        n->layers = value_none();
        if (record_get(p->flows, name, &n->layers)) value_keep(n->layers);
        n->is_flow = net->kind == AST_FLOW;
        n->owner = value_keep(value_object(p));
        *out = value_object(n);
        return true;
    }
    if (p->members && site_find(&p->member[0]->sites, s))
        return draws_of(I, p, name, span, out);
    Site *site = site_find(&p->sites, s);
    if (site) {
        uint32_t i = (uint32_t)(site - p->sites.at);
        if (p->point && p->point[i])
            return site_constrain_tensor(I, site, p->point[i], out);
        return draws_of(I, p, name, span, out);
    }
    if (is_deterministic(p, name))
        return draws_of(I, p, name, span, out) && first_draw(I, p, out, span);
    *found = false;
    return true;
}

/* ---- a net, or a flow, called through its posterior ---- */

typedef struct NetCall {
    Net *net;
    const FlowCall *flow; /* or NULL */
    Value x;
} NetCall;

/* The net as the pass placed it, or those stages of it that are meant. */
static bool stages_meant(Interp *I, const Net *meant, Value *net)
{
    Value part;
    if (!meant->to) return true;
    if (!net_new(I, meant->name, meant->path, ((Net *)net->object)->layers,
                 meant->is_flow, I->span, &part))
        return false;
    ((Net *)part.object)->from = meant->from;
    ((Net *)part.object)->to = meant->to;
    *net = part;
    return true;
}

static bool build_net(Interp *I, Prediction *pred, Pass *p, void *ctx, Value *outs,
                      int *n)
{
    NetCall *c = ctx;
    Value net;
    (void)pred;
    if (!frame_get(&p->frame, c->net->name, &net))
        return fail(I, E0414, I->span, c->net->path);
    Handler *before = I->handler;
    I->handler = &p->handler;
    p->rows = 0; /* x has rows of its own: masks are shared by them */
    Shape s;
    if (value_shape(c->x, &s) && s.rank > 1) {
        p->rows = s.dim[0];
        p->row_name = 0;
    }
    bool change = c->flow && c->flow->change;
    *n = change ? 2 : 1;
    bool ok = stages_meant(I, c->net, &net) &&
              (c->flow ? flow_run(I, net, c->flow, &outs[0], change ? &outs[1] : NULL)
                       : net_run(I, (Net *)net.object, c->x, I->span, &outs[0]));
    I->handler = before;
    return ok;
}

bool posterior_net(Interp *I, Net *net, const FlowCall *flow, Value x, Span span,
                   Value *out, Value *change)
{
    Posterior *post = (Posterior *)net->owner.object;
    NetCall call = {net, flow, flow ? flow->at : x};
    Over over[2] = {OVER_STACK, OVER_STACK};
    Value pred, both[RUN_OUTS];
    if (!predict_new(I, net->owner, value_none(), posterior_draws(post),
                     text_of("mean"), text_of("shared"), value_none(), post->seed, span,
                     &pred))
        return false;
    Prediction *p = (Prediction *)pred.object;
    /* inside a recorded function it has slopes in x */
    bool ok = call.x.kind == VALUE_NODE
                  ? predict_recorded(I, p, build_net, &call, over, both, NULL)
                  : predict_run(I, p, build_net, &call, over, span, both, NULL);
    if (!ok || !first_draw(I, post, &both[0], span)) return false;
    *out = both[0];
    if (!flow || !flow->change) return true;
    *change = both[1];
    return first_draw(I, post, change, span);
}
