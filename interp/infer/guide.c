/* SPDX-License-Identifier: MIT
 * Guides: a definition `guide name() on w: real[D]` over all random unknowns,
 * unconstrained, in the order of declaration. Its parameters, and the weights of the
 * flows and nets that it declares, are sites; `start` is where w begins.
 */
#include "infer_int.h"

#include <string.h>

static bool discover(Interp *I, Pass *p, const char *path, const Ast *s,
                     Support support, const Shape *shape, const Ast *init)
{
    Value v = value_none();
    if (!type_has_size(I, support, shape, s->a)) return false;
    Site *site = site_add(I, p->guide_sites, path, SITE_GUIDE, support, shape, s->span);
    if (init && !start_value(I, p->seed, path, init, shape, support, &v)) return false;
    return v.kind == VALUE_NODE ? start_unknown(I, site) : site_set_start(I, site, v);
}

/* A site of the guide: found and put down, or the node that stands for it. */
static bool guide_param(Interp *I, Handler *h, const char *path, const Ast *declaration,
                        Type type, Support support, const Shape *shape, bool shaped,
                        const Ast *init, Value *out)
{
    Pass *p = (Pass *)h;
    (void)type, (void)shaped;
    if (declaration->kind == AST_STATE)
        return fail(I, E0661, declaration->span, site_label(I, path));
    if (shape_count(shape) == 0) return number_without(I, shape, out);
    if (!p->guide_node && !site_find(p->guide_sites, path) &&
        !discover(I, p, path, declaration, support, shape, init))
        return false;
    const Site *s = site_find(p->guide_sites, path);
    if (!s) return fail(I, E0414, declaration->span, site_label(I, path));
    Node *n;
    if (p->guide_node)
        n = p->guide_node[s - p->guide_sites->at];
    else
        n = site_constrain(
            p->graph, s,
            graph_input(p->graph, TYPE_F64, SUPPORT_ANY, &s->free, 900000));
    if (!n) return graph_failed(I, declaration->span, p->graph->error);
    *out = record_node(I, n, value_none());
    return true;
}

/* What the members of a guide see: its parameters, flows and nets, by name, and noise.
 */
enum { OFFERS = 40, NOISES = 3 };
typedef struct Offers {
    Offer at[OFFERS];
    int count, declared; /* those without the noise */
} Offers;

bool guide_declare(Interp *I, Instance *in, Frame *f)
{
    const Ast *body = in->def->def->a;
    for (uint32_t i = 0; i < body->count; i++)
        if (is_declaration(body->list[i]) && !layer_declare(I, body->list[i]))
            return false;
    return f->count <= OFFERS - NOISES ||
           fail(I, E0318, in->def->def->span, OFFERS - NOISES);
}

static bool offer_all(Interp *I, Pass *p, Instance *in, const Frame *f,
                      const Shape *full, Offers *o)
{
    Name dims = in->def->def->b->a->list[0]->name;
    o->count = 0;
    for (uint32_t i = 0; i < f->count; i++)
        o->at[o->count++] = (Offer){.name = name_cstr(&I->names, f->name[i]),
                                    .value = f->value[i],
                                    .shape = f->name[i] == dims ? full : NULL};
    o->declared = o->count;
    for (int g = 0; g < 2; g++) {
        Node *z = pass_noise(I, p, g == 1, full, false);
        if (!z) return graph_failed(I, I->span, p->graph->error);
        o->at[o->count++] =
            (Offer){.name = g ? "z" : "u", .value = record_node(I, z, value_none())};
    }
    return true;
}

static bool needed_member(Interp *I, Instance *in, const char *member, const Offers *o,
                          Value *out)
{
    bool missing;
    return instance_member(I, in, name_str(&I->names, member), o->at, o->count,
                           &missing, out) ||
           (missing &&
            fail(I, E0440, I->span, name_cstr(&I->names, in->def->def->name), member));
}

static bool draw_members(Interp *I, Instance *in, Offers *o, bool want_logq,
                         Guided *out)
{
    bool missing;
    Value m;
    *out = (Guided){.w = value_none(), .logq = value_none()};
    if (!needed_member(I, in, "sample", o, &out->w)) return false;
    if (instance_member(I, in, name_str(&I->names, "marginal"), o->at, o->declared,
                        &missing, &m)) {
        if (is_instance(m, DEF_DIST)) out->marginal = (Instance *)m.object;
    } else if (!missing) {
        return false;
    }
    if (!want_logq) return true;
    o->at[o->count++] =
        (Offer){.name = name_cstr(&I->names, in->def->def->b->name), .value = out->w};
    return needed_member(I, in, "logpdf", o, &out->logq);
}

static bool guide_run(Interp *I, Pass *p, Instance *in, int64_t dims, Tensor *start,
                      bool want_logq, Guided *out)
{
    const Ast *on = in->def->def->b;
    if (!on || !on->a || on->a->count != 1 || on->a->list[0]->kind != AST_NAME)
        return fail(I, E0439, I->span, name_cstr(&I->names, in->def->def->name));
    Frame f = {.self = in, .module = in->def->module};
    Shape full = shape_of(1, &dims);
    Offers o;
    frame_push(I, &f);
    frame_set(I, &f, on->a->list[0]->name, value_int(dims));
    if (start)
        frame_set(I, &f, name_str(&I->names, "start"),
                  (Value){.kind = VALUE_TENSOR, .tensor = start});
    bool ok = guide_declare(I, in, &f) && offer_all(I, p, in, &f, &full, &o) &&
              draw_members(I, in, &o, want_logq, out);
    frame_pop(I, &f);
    return ok;
}

bool guide_within(Interp *I, Pass *p, const char *place, GuideBody *body, void *ctx)
{
    if (!p->handler.param) pass_handler(p);
    Handler *before = I->handler, own = p->handler;
    const char *path = I->path;
    uint32_t calls = I->path_calls;
    p->handler.param = guide_param;
    I->handler = &p->handler;
    I->path = place;
    I->path_calls = 0;
    bool ok = body(I, p, ctx);
    I->handler = before;
    I->path = path;
    I->path_calls = calls;
    p->handler = own;
    return ok;
}

typedef struct Drawing {
    const Posterior *post;
    Tensor *start;
    bool want_logq;
    Guided *out;
} Drawing;

static bool draw_body(Interp *I, Pass *p, void *ctx)
{
    const Drawing *d = ctx;
    const Posterior *post = d->post;
    Instance *guide = (Instance *)post->guide.object;
    return guide_is_of_model(guide)
               ? guide_of_model_run(I, p, post->model, post->data, &post->sites, guide,
                                    d->want_logq, d->out)
               : guide_run(I, p, guide, post->dims, d->start, d->want_logq, d->out);
}

static bool guide_pass(Interp *I, Pass *p, const Posterior *post, Tensor *start,
                       bool want_logq, Guided *out)
{
    Drawing d = {post, start, want_logq, out};
    return guide_within(I, p, "guide", draw_body, &d);
}

bool guide_try(Interp *I, Pass *p, Posterior *post)
{
    Guided unused;
    p->guide_sites = &post->guide_sites;
    return guide_pass(I, p, post, NULL, true, &unused);
}

/* Weights of a flow are found when it is called: one draw is recorded and forgotten. */
bool guide_discover(Interp *I, Posterior *post, Tensor *start, uint64_t seed)
{
    Pass p;
    Recorder r;
    Shape one = shape_scalar();
    Guided q;
    memset(&p, 0, sizeof p);
    p.guide_sites = &post->guide_sites;
    p.seed = seed;
    p.graph = graph_new(I->memory, &I->names);
    p.key = graph_input(p.graph, TYPE_KEY, SUPPORT_ANY, &one, 800001);
    recorder_init(I, &r, p.graph, false, NULL);
    uint32_t mark = pool_mark(I);
    bool ok = guide_pass(I, &p, post, start, true, &q);
    pool_release(I, mark);
    recorder_end(I, &r);
    recorder_free(I, &r);
    graph_free(p.graph);
    return ok;
}

bool guide_draw(Interp *I, Pass *p, const Posterior *post, Node **param, bool want_logq,
                Guided *out)
{
    memset(out, 0, sizeof *out);
    p->guide_sites = (Sites *)(uintptr_t)&post->guide_sites;
    p->guide_node = param;
    return post->dims == 0 || guide_pass(I, p, post, NULL, want_logq, out);
}

Node *guided_site(Graph *g, const Guided *q, const Sites *sites, uint32_t site,
                  Node **free)
{
    const Site *s = &sites->at[site];
    *free = NULL;
    if (q->value) return q->value[site];
    *free = site_part(g, s, ((Recorded *)q->w.object)->node);
    return *free ? site_constrain(g, s, *free) : NULL;
}

typedef struct Piece {
    int64_t from, count;
    const Shape *shape;
} Piece;

static Node *build_piece(Graph *g, Node *const *in, int n, void *ctx)
{
    const Piece *p = ctx;
    (void)n;
    Node *x = op_slice_axis(g, in[0], -1, p->from, p->from + p->count, 1);
    return x ? op_to_shape(g, x, p->shape) : NULL;
}

/* The part of a marginal over w that belongs to one site, in its shape. */
Instance *marginal_slice(Interp *I, Instance *m, int64_t from, const Shape *shape,
                         int64_t dims)
{
    Instance *part = instance_new(I, m->def);
    for (uint32_t i = 0; i < m->def->def->count; i++) {
        Value v = m->argument[i].value;
        Shape s;
        if (m->argument[i].state != ARGUMENT_GIVEN) continue;
        Piece piece = {from, shape_count(shape), shape};
        if (value_shape(v, &s) && s.rank == 1 && s.dim[0] == dims &&
            !apply(I, build_piece, &piece, &v, 1, I->span, &v))
            return NULL;
        part->argument[i].state = ARGUMENT_GIVEN;
        part->argument[i].value = value_keep(v);
    }
    return part;
}
