/* SPDX-License-Identifier: MIT
 * What a declaration `NAME: type ~ dist` says: its shape, the support of the unknown,
 * which is the smaller of the type's and the distribution's, and how it is drawn.
 */
#include "infer_int.h"

bool type_has_size(Interp *I, Support support, const Shape *shape, const Ast *type)
{
    if (shape->rank >= support_rank(support)) return true;
    const char *s = support_name(support);
    return fail(I, E0450, type->span, s, s);
}

static void sizes_text(Interp *I, Out *o, const Shape *s)
{
    out_init(o, I->memory);
    if (s->rank) {
        out_str(o, "real");
        shape_print(o, &I->names, s, true);
    } else {
        out_str(o, "one number");
    }
}

/* The argument of a distribution that has the shape which does not fit: its syntax and
 * value; NULL where it is not seen in the call. */
static const Ast *wrong_argument(const Ast *expr, const Instance *d,
                                 const Shape *of_dist, Value *v)
{
    const Ast *def = d->def->def;
    if (expr->kind != AST_CALL) return NULL;
    for (uint32_t i = 0; i < expr->count; i++) {
        const Ast *arg = expr->list[i];
        Shape s;
        uint32_t k = arg->name ? 0 : i;
        while (arg->name && k < def->count && def->list[k]->name != arg->name) k++;
        if (k >= def->count || d->argument[k].state != ARGUMENT_GIVEN) continue;
        *v = d->argument[k].value;
        if (value_shape(*v, &s) && s.rank == of_dist->rank && shape_agrees(&s, of_dist))
            return arg->a;
    }
    return NULL;
}

/* The net that the expression calls, `f(x)`. */
static bool frame_net(const Interp *I, const Ast *e, Value *net)
{
    return e->kind == AST_CALL && e->a->kind == AST_NAME &&
           frame_get(I->frame, e->a->name, net) && net->kind == VALUE_NET;
}

/* Where the shape on the right comes from: the argument, and the net that gave it. */
static bool label_right(Interp *I, Diag *g, const Ast *expr, const Instance *d,
                        const Shape *of_dist, const char *text)
{
    Value v, net;
    const Ast *arg = wrong_argument(expr, d, of_dist, &v);
    bool only = !arg && expr->kind == AST_CALL && expr->count == 1;
    if (only && frame_net(I, expr->list[0]->a, &net))
        diag_label(&I->diags, g, ((Net *)net.object)->last,
                   "made from what this gives");
    diag_label(&I->diags, g, arg ? arg->span : expr->span, "%s", text);
    if (!arg) return false;
    bool placed = frame_net(I, arg, &net);
    if (placed)
        diag_label(&I->diags, g, ((Net *)net.object)->last, "gives %s", text);
    else if (v.kind == VALUE_NODE)
        diag_origin(I, g, as_node(I, v));
    return placed;
}

static bool sides_differ(Interp *I, const Shape *shape, const Shape *of_dist,
                         const char *what, Span span, const Ast *expr,
                         const Instance *d)
{
    Out a, b;
    sizes_text(I, &a, shape);
    sizes_text(I, &b, of_dist);
    Diag *g = fail_diag(I, E0203, span, what);
    g->at = arena_copy(&I->diags.arena, a.at, a.len + 1);
    bool net = label_right(I, g, expr, d, of_dist, b.at);
    if (of_dist->rank == shape->rank + 1 && of_dist->dim[of_dist->rank - 1] == 1)
        diag_help(&I->diags, g,
                  net ? "end the net with `>> squeeze` to drop the last axis"
                      : "take the one column, `h[:, 0]`, to drop the last axis");
    else if (of_dist->rank > shape->rank + 1)
        diag_help(
            &I->diags, g,
            "`>> flatten` in front of the last layers makes one axis of those of an "
            "image");
    out_free(&a);
    out_free(&b);
    return false;
}

/* Batch and event of a distribution, as one shape. */
static bool draw_shape(Interp *I, Instance *d, Shape *shape)
{
    Shape event;
    if (!dist_batch(I, d, shape) || !dist_event(I, d, &event)) return false;
    for (int i = 0; i < event.rank && shape->rank < LIMIT_RANK; i++) {
        shape->name[shape->rank] = 0;
        shape->dim[shape->rank++] = event.dim[i];
    }
    return true;
}

bool prior_fills(Interp *I, const Shape *shape, const char *what, Span span,
                 const Ast *expr, Instance **d)
{
    Shape of_dist, full;
    if (!dist_sized(I, *d, shape, d)) return false;
    if (I->abstract && checked_unknown(value_object(*d))) return true;
    if (!draw_shape(I, *d, &of_dist)) return false;
    if (shape_broadcast(shape, &of_dist, &full) && shape_agrees(&full, shape) &&
        of_dist.rank <= shape->rank)
        return true;
    return sides_differ(I, shape, &of_dist, what, span, expr, *d);
}

bool declared_shape(Interp *I, const Ast *type, const Ast *expr, Instance **d,
                    const char *what, Span span, Shape *shape, Type *element)
{
    Support s;
    Type declared;
    bool shaped = false;
    if (!dist_support(I, *d, &s, element)) return false;
    if (type && !type_shape(I, type, &declared, &s, shape, &shaped)) return false;
    if (shaped) return prior_fills(I, shape, what, span, expr, d);
    if (I->abstract && checked_unknown(value_object(*d))) return checked_vaguely(I);
    return draw_shape(I, *d, shape);
}

static bool supports_differ(Interp *I, const Ast *s, Instance *d, Support declared,
                            Support of_dist)
{
    Diag *g = fail_diag(I, E0454, s->b->span, name_cstr(&I->names, s->a->name),
                        support_name(declared), dist_name(I, d), support_name(of_dist));
    diag_label(&I->diags, g, s->c->span, "draws `%s`", support_name(of_dist));
    diag_help(&I->diags, g,
              "declared `real[…]`, the unknown lives where the distribution draws");
    return false;
}

/* A matrix has elements that depend on each other: they have no densities of their own.
 */
static bool by_element(Interp *I, const Ast *s, Instance *d, Support declared)
{
    Diag *g = fail_diag(I, E0455, s->c->span, dist_name(I, d), support_name(declared));
    diag_label(&I->diags, g, s->b->span, "declared here");
    diag_help(&I->diags, g,
              "`LKJ(2)` is a prior of correlation matrices, `Wishart(df, scale)` of "
              "covariance matrices; `cholesky(R)` is a matrix's factor");
    return false;
}

/* The smaller of two supports that lie in one another. */
static bool prior_support(Interp *I, const Ast *s, Instance *d, const Shape *shape,
                          Support *support)
{
    Type t;
    Support declared = SUPPORT_ANY;
    Shape event;
    if (!dist_support(I, d, support, &t) || !dist_event(I, d, &event)) return false;
    if (s->b) type_is_number(I, s->b, &t, &declared);
    if (!type_has_size(I, declared, shape, s->b)) return false;
    bool inside = support_fits(*support, declared) ||
                  (*support == SUPPORT_NONNEGATIVE && declared == SUPPORT_POSITIVE) ||
                  (*support == SUPPORT_SIMPLEX && declared == SUPPORT_POSITIVE);
    if (inside) return true;
    if (!support_fits(declared, *support))
        return supports_differ(I, s, d, declared, *support);
    if (support_rank(declared) == 2 && event.rank == 0)
        return by_element(I, s, d, declared);
    *support = declared;
    return true;
}

bool prior_declared(Interp *I, const Ast *s, Instance *d, Prior *p)
{
    Type type;
    p->dist = d;
    if (!declared_shape(I, s->b, s->c, &p->dist, "prior", s->a->span, &p->shape, &type))
        return false;
    if (type == TYPE_F64) return prior_support(I, s, p->dist, &p->shape, &p->support);
    Diag *g = fail_diag(I, E0421, s->c->span, dist_name(I, d));
    diag_help(&I->diags, g,
              "slopes cannot learn a discrete unknown; "
              "`mixture(weights, components)` sums one out");
    return false;
}

/* ---- densities and draws ---- */

Node *prior_by_event(Interp *I, Pass *p, uint32_t site, Instance *d, Node *logp)
{
    Shape shape = p->sites->at[site].shape, event;
    if (!dist_event(I, d, &event)) return NULL;
    shape.rank -= event.rank;
    Node *n = logp ? op_broadcast(p->graph, logp, &shape) : NULL;
    if (!n) graph_failed(I, p->sites->at[site].span, p->graph->error);
    return n;
}

/* The type cuts a part out of where the distribution draws. */
static bool is_cut(Interp *I, const Site *s, Instance *d)
{
    Support of_dist;
    Type t;
    if (!dist_support(I, d, &of_dist, &t)) return true;
    if (s->bounded) return s->cut;
    return s->support != of_dist && support_fits(s->support, of_dist);
}

bool prior_draw(Interp *I, const Site *s, const Shape *shape, Instance *d, Value *out)
{
    Shape batch, event, sample = *shape;
    if (!d) return site_constrain_tensor(I, s, s->start, out);
    if (is_cut(I, s, d))
        return fail(I, E0457, s->span, name_cstr(&I->names, s->name), dist_name(I, d),
                    support_name(s->support));
    if (!dist_batch(I, d, &batch) || !dist_event(I, d, &event)) return false;
    sample.rank -= batch.rank + event.rank;
    if (sample.rank < 0) sample.rank = 0;
    return dist_sample(I, d, &sample, s->span, out);
}
