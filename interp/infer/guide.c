/* SPDX-License-Identifier: MIT
 * Guides: a definition `guide name() on w: real[D]` over all random unknowns,
 * unconstrained, in the order of declaration. Its parameters are sites; `start` is
 * where w begins.
 */
#include "infer_int.h"

#include <string.h>

static bool guide_frame(Interp *I, Instance *in, int64_t dims, Frame *f)
{
    const Ast *on = in->def->def->b;
    if (!on || !on->a || on->a->count != 1 || on->a->list[0]->kind != AST_NAME)
        return fail(I, E0439, I->span, name_cstr(&I->names, in->def->def->name));
    *f = (Frame){.self = in, .module = in->def->module};
    frame_push(I, f);
    frame_set(I, f, on->a->list[0]->name, value_int(dims));
    return true;
}

static bool declared(Interp *I, const Ast *s, Support *support, Shape *shape)
{
    Type type;
    bool shaped;
    return type_shape(I, s->a, &type, support, shape, &shaped);
}

static bool discover(Interp *I, Sites *sites, const Ast *s)
{
    Support support;
    Shape shape;
    Value v = value_none();
    if (!declared(I, s, &support, &shape) || !type_has_size(I, support, &shape, s->a))
        return false;
    const char *path = path_join(I, "guide", name_cstr(&I->names, s->name));
    Site *site = site_add(I, sites, path, SITE_GUIDE, support, &shape, s->span);
    if (s->b && !eval(I, s->b, &v)) return false;
    return site_set_start(I, site, v);
}

bool guide_discover(Interp *I, Value guide, Sites *sites, Tensor *start)
{
    Instance *in = (Instance *)guide.object;
    const Ast *body = in->def->def->a;
    Frame f;
    if (!guide_frame(I, in, start->shape.dim[0], &f)) return false;
    frame_set(I, &f, name_str(&I->names, "start"),
              (Value){.kind = VALUE_TENSOR, .tensor = start});
    bool ok = true;
    for (uint32_t i = 0; ok && i < body->count; i++)
        if (body->list[i]->kind == AST_PARAM_DECL)
            ok = discover(I, sites, body->list[i]);
    frame_pop(I, &f);
    return ok;
}

/* Members of a guide see its parameters: offered beside what the member asks for. */
enum { OFFERS = 12 };
static int offers(Interp *I, Instance *in, Node **param, Offer *o)
{
    const Ast *body = in->def->def->a;
    int n = 0;
    uint32_t k = 0;
    for (uint32_t i = 0; i < body->count && n < OFFERS - 3; i++)
        if (body->list[i]->kind == AST_PARAM_DECL)
            o[n++] = (Offer){.name = name_cstr(&I->names, body->list[i]->name),
                             .value = record_node(I, param[k++], value_none())};
    return n;
}

static bool draw_members(Interp *I, Pass *p, Value guide, Node **param, int64_t dims,
                         bool want_logq, Guided *out)
{
    Instance *in = (Instance *)guide.object;
    Offer offer[OFFERS];
    bool missing;
    Shape full = shape_of(1, &dims);
    int n = offers(I, in, param, offer);
    const Ast *on = in->def->def->b;
    offer[n++] = (Offer){.name = name_cstr(&I->names, on->a->list[0]->name),
                         .value = value_int(dims),
                         .shape = &full};
    Name sample = name_str(&I->names, "sample"), logpdf = name_str(&I->names, "logpdf");
    Name marginal = name_str(&I->names, "marginal");
    for (int g = 0; g < 2; g++) {
        Node *z = pass_noise(I, p, g == 1, &full, false);
        if (!z) return graph_failed(I, I->span, p->graph->error);
        offer[n++] =
            (Offer){.name = g ? "z" : "u", .value = record_node(I, z, value_none())};
    }
    if (!instance_member(I, in, sample, offer, n, &missing, &out->w))
        return missing ? fail(I, E0440, I->span,
                              name_cstr(&I->names, in->def->def->name), "sample")
                       : false;
    out->marginal = NULL;
    Value m;
    if (instance_member(I, in, marginal, offer, n - 2, &missing, &m)) {
        if (is_instance(m, DEF_DIST)) out->marginal = (Instance *)m.object;
    } else if (!missing) {
        return false;
    }
    if (!want_logq) return true;
    offer[n - 1] = (Offer){.name = name_cstr(&I->names, on->name), .value = out->w};
    if (!instance_member(I, in, logpdf, offer, n, &missing, &out->logq))
        return missing ? fail(I, E0440, I->span,
                              name_cstr(&I->names, in->def->def->name), "logpdf")
                       : false;
    return true;
}

bool guide_draw(Interp *I, Pass *p, Value guide, Node **param, int64_t dims,
                bool want_logq, Guided *out)
{
    Handler *before = I->handler;
    pass_handler(p);
    I->handler = &p->handler; /* what the guide draws itself has the pass's keys */
    bool ok = draw_members(I, p, guide, param, dims, want_logq, out);
    I->handler = before;
    return ok;
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
