/* SPDX-License-Identifier: MIT
 * The check of a whole program by abstract recording: its statements in order, then
 * every function, model and definition for all that it may be given, its axes by their
 * names.
 */
#include "abstract.h"

#include <string.h>

/* ---- values of declared types ---- */

/* Axis names that the type mentions first. `named`: they stand for themselves; else for
 * sizes of which nothing is known. */
static bool bind_axes(Interp *I, const Ast *type, bool named)
{
    for (uint32_t i = 0; i < type->count; i++) {
        const Ast *dim = type->list[i];
        Value v;
        bool found = false;
        if (dim->kind != AST_NAME || frame_get(I->frame, dim->name, &v)) continue;
        if (I->frame->self &&
            !instance_argument(I, I->frame->self, dim->name, &found, &v))
            return false;
        if (found) continue;
        Sizes *s = I->abstract->sizes;
        frame_set(I, I->frame, dim->name,
                  size_value(I, named ? size_axis(s, dim->name) : size_fresh(s)));
    }
    return true;
}

/* `..` is one axis of which nothing is known; a matrix of a support (`cov[K]`) has its
 * last size twice. */
static bool shape_of_type(Interp *I, const Ast *type, Support support, Shape *shape)
{
    *shape = shape_scalar();
    for (uint32_t i = 0; i < type->count && shape->rank < LIMIT_RANK; i++) {
        const Ast *dim = type->list[i];
        Value v = value_unknown();
        if (dim->kind != AST_ELLIPSIS && !eval(I, dim, &v)) return false;
        int64_t n;
        if (!value_size(I, v, &n)) return vaguely(I);
        shape->name[shape->rank] =
            I->frame->model && dim->kind == AST_NAME ? dim->name : 0;
        shape->dim[shape->rank++] = n;
    }
    if (support_rank(support) == 2 && shape->rank > 0 && shape->rank < LIMIT_RANK) {
        shape->name[shape->rank] = shape->name[shape->rank - 1];
        shape->dim[shape->rank] = shape->dim[shape->rank - 1];
        shape->rank++;
    }
    return true;
}

bool abstract_of_type(Interp *I, const Ast *type, Name name, Value *out)
{
    Type t;
    Support support;
    Shape shape;
    *out = value_unknown();
    if (!type) return true;
    if (!type_known(I, type) || !bind_axes(I, type, name != 0)) return false;
    if (!type_is_number(I, type, &t, &support)) return true;
    for (uint32_t i = 0; !name && i < type->count; i++)
        if (type->list[i]->kind == AST_ELLIPSIS) return true;
    if (!shape_of_type(I, type, support, &shape)) return false;
    if (name && t == TYPE_I64 && !(type->flags & AST_DIMS))
        *out = size_value(I, size_hyper(I->abstract->sizes, name));
    else
        *out = abstract_number(I, t, support, &shape);
    return true;
}

/* ---- functions ---- */

static void check_function(Interp *I, Closure *c)
{
    const Ast *fn = c->fn;
    Frame f = {.closure = c, .self = c->self, .module = c->module};
    bool ok = true;
    Value v;
    frame_push(I, &f);
    for (uint32_t i = 0; ok && i < fn->count; i++) {
        ok = abstract_of_type(I, fn->list[i]->a, fn->list[i]->name, &v);
        if (ok && v.kind == VALUE_NODE) as_node(I, v)->span = fn->list[i]->span;
        if (ok) frame_set(I, &f, fn->list[i]->name, v);
    }
    if (ok) {
        ok = fn->a->kind == AST_BLOCK ? body_result(I, fn->a, &v) : eval(I, fn->a, &v);
        if (ok && fn->b) type_bind(I, fn->b, v, fn->b->span, "the result", &f, &v);
    }
    frame_pop(I, &f);
}

/* ---- definitions ---- */

/* Given is what has no default, and what a distribution may be asked by. */
static bool definition_instance(Interp *I, Def *def, Instance **out)
{
    const Ast *ast = def->def;
    Instance *in = *out = instance_new(I, def);
    bool dist = (DefKind)(ast->flags & AST_LOW) == DEF_DIST, ok = true;
    Frame f = {.module = def->module};
    frame_push(I, &f);
    for (uint32_t i = 0; ok && i < ast->count; i++) {
        const Ast *p = ast->list[i];
        Type t;
        Support s;
        Value v;
        if (p->b && !(dist && p->a && type_is_number(I, p->a, &t, &s))) continue;
        ok = abstract_of_type(I, p->a, p->name, &v);
        if (!ok) break;
        in->argument[i].state = ARGUMENT_GIVEN;
        in->argument[i].value = value_keep(v);
    }
    frame_pop(I, &f);
    return ok;
}

static void check_member(Interp *I, Instance *d, Name member)
{
    Shape event, none = shape_scalar();
    Support support;
    Type t;
    bool missing;
    Value v, q = value_object(d);
    const Ast *on = d->def->def->b ? d->def->def->b->a : NULL;
    if (on && !type_is_number(I, on, &t, &support))
        return; /* on draws of a parameter */
    if (!dist_event(I, d, &event) || !dist_support(I, d, &support, &t)) return;
    Value u = abstract_number(I, TYPE_F64, SUPPORT_UNIT, &event);
    bool is_y = strcmp(dist_value_name(I, d), "y") == 0;
    Offer offer[] = {
        {is_y ? NULL : "x", abstract_number(I, t, support, &event), &event},
        {"u", u, NULL},
        {"z", abstract_number(I, TYPE_F64, SUPPORT_ANY, &event), NULL},
        {"v", abstract_number(I, TYPE_F64, SUPPORT_UNIT, &none), NULL},
        {"y", abstract_number(I, TYPE_F64, SUPPORT_ANY, &none), NULL},
        {"q", q, NULL},
        {"fitted", q, NULL},
        {"seen", abstract_number(I, t, support, &event), NULL},
    };
    if (is_y) offer[4].value = offer[0].value;
    /* in `quantile(q)` q is a share, in `kl(q)` another of the kind */
    if (member != name_str(&I->names, "kl")) offer[5].value = u;
    instance_member(I, d, member, offer, sizeof offer / sizeof *offer, &missing, &v);
}

static void check_dist(Interp *I, Instance *d)
{
    const Ast *body = d->def->def->a;
    for (uint32_t i = 0; i < body->count; i++) {
        const Ast *s = body->list[i];
        uint32_t mark = pool_mark(I);
        if (s->kind == AST_MEMBER)
            check_member(I, d, s->name);
        else if (s->kind == AST_ASSIGN && s->a->kind == AST_NAME)
            check_member(I, d, s->a->name);
        pool_release(I, mark);
    }
}

static void check_definition(Interp *I, Def *def)
{
    Instance *in;
    bool dist = (DefKind)(def->def->flags & AST_LOW) == DEF_DIST;
    if (definition_instance(I, def, &in)) {
        if (dist)
            check_dist(I, in);
        else
            I->upper->abstract_definition(I, in);
    }
}

/* ---- programs ---- */

static void count_names(const Ast *s, uint32_t *count, uint32_t each)
{
    const Ast *target = s->a;
    if (s->kind == AST_BLOCK) {
        for (uint32_t i = 0; i < s->count; i++) count_names(s->list[i], count, each);
    } else if (s->kind == AST_ASSIGN) {
        while (target->kind == AST_INDEX || target->kind == AST_DOT) target = target->a;
        if (target->kind == AST_NAME) count[target->name] += each;
    } else if (s->kind == AST_UNPACK) {
        for (uint32_t i = 0; i < s->count; i++)
            if (s->list[i]->kind == AST_NAME) count[s->list[i]->name] += each;
    } else if (s->kind == AST_FOR || s->kind == AST_WHILE ||
               s->kind == AST_IF_STATEMENT) {
        if (s->kind == AST_FOR) count[s->name] += 2;
        count_names(s->b, count, 2);
        if (s->kind == AST_IF_STATEMENT && s->c) count_names(s->c, count, 2);
    } else if (s->name && s->kind != AST_CHECK && s->kind != AST_EXPR) {
        count[s->name] += each;
    }
}

/* Functions run at any time: of a name that is bound several times they know nothing.
 */
static void forget_rebound(Interp *I, Module *m, const Ast *program)
{
    uint32_t n = I->names.count + 1;
    uint32_t *count = memory_take(I->memory, n * sizeof *count);
    count_names(program, count, 1);
    for (Name i = 1; i < n; i++)
        if (count[i] > 1) module_set(I, m, i, value_unknown());
    memory_give(I->memory, count, n * sizeof *count);
}

/* Whether a name of the body was told that changes what others are: one of two parts,
 * or the size of nothing. What comes of it is part of that mistake. */
static bool misnamed(const Interp *I, Span body)
{
    for (uint32_t i = 0; i < I->diags.count; i++) {
        const Diag *d = I->diags.list[i];
        bool names = d->code == E0103 || d->code == E0237 || d->code == E0238;
        if (names && d->span.source == body.source && d->span.from >= body.from &&
            d->span.to <= body.to)
            return true;
    }
    return false;
}

static void check_bodies(Interp *I, const Module *m, const Ast *program)
{
    for (uint32_t i = 0; i < program->count; i++) {
        const Ast *s = program->list[i];
        Value v;
        if (s->kind != AST_FN_DEF && s->kind != AST_MODEL && s->kind != AST_DEF)
            continue;
        if (!module_get(m, s->name, &v) || misnamed(I, s->span)) continue;
        uint32_t mark = pool_mark(I);
        if (s->kind == AST_FN_DEF && v.kind == VALUE_FN)
            check_function(I, (Closure *)v.object);
        else if (s->kind == AST_MODEL && v.kind == VALUE_MODEL)
            I->upper->abstract_model(I, (ModelValue *)v.object);
        else if (s->kind == AST_DEF && v.kind == VALUE_DEF)
            check_definition(I, (Def *)v.object);
        pool_release(I, mark);
    }
}

static void module_clear(Interp *I, Module *m)
{
    for (Name i = 0; i < m->room; i++)
        if (m->bound[i]) value_drop(I, m->value[i]);
    memory_give(I->memory, m->value, m->room * sizeof *m->value);
    memory_give(I->memory, m->bound, m->room * sizeof *m->bound);
}

void abstract_program(Interp *I, Module *module, const Ast *program, bool blocks,
                      bool library)
{
    Abstract a = {.blocks = blocks, .maybe = value_none()};
    Module m = {.below = module, .path = module->path, .library = library};
    Frame f = {.module = &m, .top = true};
    Graph *g = graph_new(I->memory, &I->names);
    uint32_t mark = pool_mark(I);
    bool seeded = I->seeded;
    a.sizes = g->sizes = sizes_new(I->memory, &I->names);
    recorder_init(I, &a.recorder, g, false, NULL);
    a.fits = list_new(I);
    I->abstract = &a;
    frame_push(I, &f);
    eval_block(I, program);
    value_drop(I, I->result);
    I->result = value_none();
    forget_rebound(I, &m, program);
    check_bodies(I, &m, program);
    frame_pop(I, &f);
    pool_release(I, mark);
    module_clear(I, &m);
    I->abstract = NULL;
    I->seeded = seeded;
    recorder_end(I, &a.recorder);
    value_drop(I, a.maybe);
    graph_free(g);
    sizes_free(a.sizes);
}
