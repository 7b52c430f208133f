/* SPDX-License-Identifier: MIT
 * Definitions with arguments. Parameters without an argument take their default when
 * they are first read, so that defaults may refer to each other; members are evaluated
 * with the names on offer.
 */
#include "abstract.h"

#include <string.h>

static void instance_free(Interp *I, Object *object)
{
    Instance *in = (Instance *)object;
    uint32_t n = in->def->def->count;
    for (uint32_t i = 0; i < n; i++) value_drop(I, in->argument[i].value);
    memory_give(I->memory, in->argument, n * sizeof *in->argument);
    value_drop(I, value_object((void *)(uintptr_t)in->def));
}

Instance *instance_new(Interp *I, const Def *def)
{
    Instance *in = object_new(I, VALUE_INSTANCE, sizeof *in, NULL);
    in->def = def;
    value_keep(value_object((void *)(uintptr_t)def));
    in->argument = memory_take(I->memory, def->def->count * sizeof *in->argument);
    for (uint32_t i = 0; i < def->def->count; i++)
        in->argument[i].state = ARGUMENT_DEFAULT;
    in->object.free = instance_free;
    return in;
}

bool is_instance(Value v, DefKind kind)
{
    return v.kind == VALUE_INSTANCE &&
           (DefKind)(((Instance *)v.object)->def->def->flags & AST_LOW) == kind;
}

/* ---- parameters that are ways to say one thing ---- */

static bool no_default(Interp *I, const Instance *in, Span span)
{
    const Ast *ast = in->def->def;
    Out o;
    out_init(&o, I->memory);
    const char *between = "";
    for (uint32_t i = 0; i < ast->count; i++)
        if (in->argument[i].state != ARGUMENT_GIVEN) {
            out_fmt(&o, "%s`%s`", between, name_cstr(&I->names, ast->list[i]->name));
            between = " or ";
        }
    fail(I, E0322, span, name_cstr(&I->names, ast->name), o.at);
    out_free(&o);
    return false;
}

/* Whether what is not given follows from what is: of `p` and `logits`, each of which
 * has its default from the other, one is. */
static bool all_follow(Interp *I, const Instance *in, Span span)
{
    const Ast *ast = in->def->def;
    uint64_t known = 0, before;
    if (ast->count > 63) return true; /* are told where they are needed */
    for (uint32_t i = 0; i < ast->count; i++)
        if (in->argument[i].state == ARGUMENT_GIVEN || !ast->list[i]->b)
            known |= 1ull << i;
    do {
        before = known;
        for (uint32_t i = 0; i < ast->count; i++) {
            bool follows = ast->list[i]->b != NULL;
            for (uint32_t k = 0; k < ast->count && follows; k++)
                follows = known >> k & 1 ||
                          !ast_mentions(ast->list[i]->b, ast->list[k]->name);
            if (follows) known |= 1ull << i;
        }
    } while (known != before);
    return known + 1 == 1ull << ast->count || no_default(I, in, span);
}

/* Of parameters whose defaults come from each other (a deviation, a variance) one is
 * given. */
static bool one_way(Interp *I, const Instance *in, const Args *args)
{
    const Ast *def = in->def->def;
    for (uint32_t i = 0; i < def->count; i++) {
        const Ast *p = def->list[i];
        if (in->argument[i].state != ARGUMENT_GIVEN || !p->b || p->b->depth == 1)
            continue;
        for (uint32_t k = i + 1; k < def->count; k++) {
            Name other = def->list[k]->name;
            if (in->argument[k].state != ARGUMENT_GIVEN || !ast_alternatives(def, i, k))
                continue;
            const char *a = name_cstr(&I->names, p->name),
                       *b = name_cstr(&I->names, other);
            Diag *d = fail_diag(I, E0221, args_place(args, (int)k, other),
                                name_cstr(&I->names, def->name), a, b);
            diag_label(&I->diags, d, args_place(args, (int)i, p->name), "`%s`", a);
            d->at = arena_copy(&I->diags.arena, b, strlen(b) + 1);
            diag_help(&I->diags, d, "each follows from the other: give one of them");
            help_signature(I, d, def);
            return false;
        }
    }
    return true;
}

/* What is given to a layer, an optimizer … is of the declared types. */
static bool types_fit(Interp *I, Instance *in, const Args *args)
{
    const Ast *def = in->def->def;
    Frame f = {.self = in, .module = in->def->module};
    for (uint32_t i = 0; i < def->count; i++) {
        const Ast *p = def->list[i];
        Value v = in->argument[i].value;
        if (in->argument[i].state == ARGUMENT_GIVEN && p->a &&
            !(p->a->flags & AST_DIMS) &&
            !type_bind(I, p->a, v, args_place(args, (int)i, p->name),
                       name_cstr(&I->names, p->name), &f, &v))
            return false;
    }
    return true;
}

enum { FEW = 16 }; /* parameters of a definition */

/* `fgsm(post, data, 0.1)`, as other libraries call their attacks: a search of the
 * library says how, and is given neither whom it attacks nor the data. */
static bool is_victim(Value v)
{
    ValueKind kind = value_known_kind(v);
    return kind == VALUE_POSTERIOR || kind == VALUE_MODEL || kind == VALUE_RECORD ||
           kind == VALUE_FN || kind == VALUE_NET || kind == VALUE_BOUND;
}

static bool attacks_nobody(Interp *I, const Def *def, const Args *args)
{
    const Ast *ast = def->def;
    if ((DefKind)(ast->flags & AST_LOW) != DEF_ATTACK || ast->count == 0 ||
        args->count == 0 || args->name[0] || !is_victim(args->value[0]) ||
        !span_of_library(I, ast->span))
        return true;
    Out what;
    out_init(&what, I->memory);
    out_fmt(&what, "`%s` of `%s`", name_cstr(&I->names, ast->list[0]->name),
            name_cstr(&I->names, ast->name));
    Diag *d = fail_diag(I, E0437, args->span[0], what.at, "an option of the search",
                        value_kind_text(args->value[0]));
    help_attack(I, d, ast);
    out_free(&what);
    return false;
}

static bool with_arguments(Interp *I, const Def *def, const Args *args, Value *out)
{
    Value value[FEW];
    bool given[FEW];
    const Ast *ast = def->def;
    const char *what = name_cstr(&I->names, ast->name);
    if (ast->count > FEW) return fail(I, E0318, ast->name_span, FEW);
    if (!attacks_nobody(I, def, args)) return false;
    if (!args_bind(I, ast, args, what, value, given)) return false;
    Instance *in = instance_new(I, def);
    for (uint32_t i = 0; i < ast->count; i++) {
        if (!given[i]) {
            if (!ast->list[i]->b && !ast_is_size(ast, ast->list[i]->name))
                return needs_argument(I, ast, i, args->call, what);
            continue;
        }
        in->argument[i].state = ARGUMENT_GIVEN;
        in->argument[i].value = value_keep(value[i]);
    }
    *out = value_object(in);
    in->span = args->call;
    for (int i = 0; i < args->count; i++) in->placed += !args->name[i];
    if (!one_way(I, in, args)) return false;
    if (I->abstract && !all_follow(I, in, args->call)) return false; /* else `force` */
    bool dist = (DefKind)(ast->flags & AST_LOW) == DEF_DIST;
    uint32_t told = I->diags.count;
    if (dist ? dist_check(I, in, args) : types_fit(I, in, args)) return true;
    help_kinds(I, told, ast, what);
    return false;
}

/* ---- definitions that share a name: lbfgs is an optimizer and an attack ---- */

static bool takes(const Ast *def, const Args *args)
{
    for (int i = 0; i < args->count; i++) {
        uint32_t k = 0;
        while (k < def->count && args->name[i] && def->list[k]->name != args->name[i])
            k++;
        if (args->name[i] ? k == def->count : (uint32_t)i >= def->count) return false;
    }
    return true;
}

bool call_def(Interp *I, Def *def, const Args *args, Value *out)
{
    const Def *suited = def;
    while (suited && !takes(suited->def, args)) suited = suited->other;
    return with_arguments(I, suited ? suited : def, args, out);
}

/* The definition of that kind with the name of `def`, or NULL. */
static const Def *namesake(const Def *def, DefKind kind)
{
    Value v;
    if (!module_get(def->module, def->def->name, &v) || v.kind != VALUE_DEF)
        return NULL;
    const Def *d = (Def *)v.object;
    while (d && (DefKind)(d->def->flags & AST_LOW) != kind) d = d->other;
    return d;
}

bool instance_as(Interp *I, DefKind kind, Value *v)
{
    if (v->kind == VALUE_DEF) {
        const Def *d = namesake((Def *)v->object, kind);
        if (d) *v = value_object((void *)(uintptr_t)d);
        return true;
    }
    if (v->kind != VALUE_INSTANCE || is_instance(*v, kind)) return true;
    const Instance *in = (Instance *)v->object;
    const Def *def = namesake(in->def, kind);
    Value value[FEW];
    Name name[FEW];
    Span span[FEW];
    Args args = {0, value, name, span, in->span, 0};
    if (!def) return true;
    for (uint32_t i = 0; i < in->def->def->count; i++) {
        if (in->argument[i].state != ARGUMENT_GIVEN) continue;
        value[args.count] = in->argument[i].value;
        name[args.count] = (int)i < in->placed ? 0 : in->def->def->list[i]->name;
        span[args.count++] = in->span;
    }
    return with_arguments(I, def, &args, v);
}

bool instance_with(Interp *I, Instance *in, Name name, Value v, Instance **out)
{
    Instance *copy = instance_new(I, in->def);
    const Ast *ast = in->def->def;
    bool found = false;
    for (uint32_t i = 0; i < ast->count; i++) {
        Argument a = in->argument[i];
        if (ast->list[i]->name == name) {
            a = (Argument){ARGUMENT_GIVEN, v};
            found = true;
        }
        if (a.state == ARGUMENT_GIVEN) {
            copy->argument[i].state = ARGUMENT_GIVEN;
            copy->argument[i].value = value_keep(a.value);
        }
    }
    *out = copy;
    return found;
}

static bool force(Interp *I, Instance *in, uint32_t i, Value *out)
{
    Argument *a = &in->argument[i];
    if (a->state == ARGUMENT_RUNNING) return no_default(I, in, (Span){0, 0, 0});
    if (a->state == ARGUMENT_GIVEN || a->value.kind != VALUE_NONE) {
        *out = a->value;
        return true;
    }
    const Ast *p = in->def->def->list[i];
    if (!p->b) return no_default(I, in, (Span){0, 0, 0});
    Frame f = {.self = in, .module = in->def->module};
    a->state = ARGUMENT_RUNNING;
    frame_push(I, &f);
    bool ok = eval(I, p->b, out);
    frame_pop(I, &f);
    a->state = ARGUMENT_DEFAULT;
    if (ok && out->kind != VALUE_NODE) a->value = value_keep(*out);
    return ok;
}

bool instance_argument(Interp *I, Instance *in, Name name, bool *found, Value *out)
{
    const Ast *ast = in->def->def;
    *found = false;
    for (uint32_t i = 0; i < ast->count; i++)
        if (ast->list[i]->name == name) {
            *found = true;
            return force(I, in, i, out);
        }
    return true;
}

/* A member in the form `name = e`, or NULL. */
static const Ast *plain_member(const Ast *def, Name name)
{
    for (uint32_t i = 0; i < def->a->count; i++) {
        const Ast *s = def->a->list[i];
        if (s->kind == AST_ASSIGN && s->a->kind == AST_NAME && s->a->name == name)
            return s;
    }
    return NULL;
}

const Ast *member_text(const Instance *d, Name member)
{
    const Ast *plain = plain_member(d->def->def, member);
    return plain ? plain->b : NULL;
}

static const Ast *called_member(const Ast *def, Name name)
{
    for (uint32_t i = 0; i < def->a->count; i++) {
        const Ast *s = def->a->list[i];
        if (s->kind == AST_MEMBER && s->name == name) return s;
    }
    return NULL;
}

typedef struct Running {
    const Instance *in;
    const Ast *member;
    const struct Running *outer;
} Running;

bool instance_has_value(const Instance *in, Name name)
{
    return plain_member(in->def->def, name) != NULL;
}

/* Names seen from inside a definition: its parameters, then its plain members; a member
 * that is being computed is not seen by itself. */
bool instance_lookup(Interp *I, Instance *in, Name name, bool *found, Value *out)
{
    if (!instance_argument(I, in, name, found, out)) return false;
    if (*found) return true;
    DefKind kind = (DefKind)(in->def->def->flags & AST_LOW);
    if (kind != DEF_DIST && kind != DEF_GUIDE && kind != DEF_FLOW) return true;
    int64_t size;
    if (!instance_size(I, in, name, found, &size)) return false;
    if (*found) {
        *out = size_value(I, size);
        return true;
    }
    const Ast *member = plain_member(in->def->def, name);
    if (!member) return true;
    for (const Running *r = I->running; r; r = r->outer)
        if (r->in == in && r->member == member) return true;
    Running now = {in, member, I->running};
    I->running = &now;
    bool ok = eval(I, member->b, out);
    I->running = now.outer;
    *found = ok;
    return ok;
}

bool dist_has(const Instance *d, Name member)
{
    return ast_has_member(d->def->def, member);
}

static bool offers_bind(Interp *I, Frame *f, const Offer *offer, int n)
{
    for (int i = 0; i < n; i++)
        if (offer[i].name)
            frame_set(I, f, name_str(&I->names, offer[i].name), offer[i].value);
    return true;
}

/* How many batch axes of d, if it is a parameter of `in`, are used up: those of its
 * type
 * (`dist[K]`) less those that return in the event (`on d[K]`). */
static int axes_used(const Instance *in, const Instance *d)
{
    const Ast *def = in->def->def, *on = def->b ? def->b->a : NULL;
    for (uint32_t i = 0; i < def->count; i++) {
        if (in->argument[i].value.kind != VALUE_INSTANCE ||
            (Instance *)in->argument[i].value.object != d || !def->list[i]->a)
            continue;
        int used = (int)def->list[i]->a->count;
        return on && on->name == def->list[i]->name ? used - (int)on->count : used;
    }
    return 0;
}

/* The axes to draw d with, so that there is one draw for each element of what is drawn
 * of `in`: sample + batch + event, less what d brings itself. */
static bool draw_axes(Interp *I, Instance *in, Instance *d, const Offer *offer, int n,
                      Shape *lead)
{
    Shape batch, event;
    *lead = shape_scalar();
    if (!dist_batch(I, d, &batch) || !dist_event(I, d, &event)) return false;
    for (int k = 0; k < n; k++)
        if (offer[k].shape) *lead = *offer[k].shape;
    int used = axes_used(in, d);
    lead->rank += (used > 0 ? used : 0) - event.rank - batch.rank;
    if (lead->rank < 0) lead->rank = 0;
    return true;
}

static bool not_offered(Interp *I, const Instance *in, const Ast *m, Name name,
                        Span span, const Frame *f)
{
    Diag *d = fail_diag(I, E0324, span, name_cstr(&I->names, in->def->def->name),
                        name_cstr(&I->names, m->name), name_cstr(&I->names, name));
    if ((DefKind)(in->def->def->flags & AST_LOW) != DEF_FLOW) return false;
    Value x;
    bool back = frame_get(f, name_str(&I->names, "x"), &x);
    diag_help(&I->diags, d,
              back ? "what comes out of the flow is called x in every flow: `%s(x) = …`"
                   : "what goes in has the name behind `on`; a number of your own goes "
                     "into the header: `flow %s(a = 1) on …`",
              name_cstr(&I->names, back ? m->name : in->def->def->name));
    return false;
}

/* Parameters of a member: a name on offer, or `u ~ dist`, which draws. */
static bool member_parameters(Interp *I, Instance *in, const Ast *m, Frame *f,
                              const Offer *offer, int n)
{
    for (uint32_t i = 0; i < m->count; i++) {
        const Ast *p = m->list[i];
        Value v;
        if (p->flags & AST_TILDE) {
            if (!eval(I, p->a, &v)) return false;
            if (I->abstract && value_has_unknown(v)) return vaguely(I);
            if (!is_instance(v, DEF_DIST))
                return fail(I, E0323, p->span, value_kind_text(v));
            Shape shape;
            if (!draw_axes(I, in, (Instance *)v.object, offer, n, &shape)) return false;
            if (!dist_sample(I, (Instance *)v.object, &shape, p->span, &v))
                return false;
            frame_set(I, f, p->name, v);
            continue;
        }
        Name name = p->name ? p->name : p->a->kind == AST_NAME ? p->a->name : 0;
        if (!frame_get(f, name, &v)) return not_offered(I, in, m, name, p->span, f);
    }
    return true;
}

bool instance_member(Interp *I, Instance *in, Name member, const Offer *offer, int n,
                     bool *missing, Value *out)
{
    const Ast *def = in->def->def;
    const Ast *plain = plain_member(def, member);
    const Ast *called = plain ? NULL : called_member(def, member);
    *missing = !plain && !called;
    if (*missing) return false;
    if (I->depth >= LIMIT_CALL_DEPTH)
        return fail(I, E0319, def->span, LIMIT_CALL_DEPTH);
    Frame f = {.self = in, .module = in->def->module};
    frame_push(I, &f);
    I->depth++;
    offers_bind(I, &f, offer, n);
    bool ok = true;
    if (plain) {
        ok = eval(I, plain->b, out);
    } else {
        ok = member_parameters(I, in, called, &f, offer, n);
        if (ok && called->a->kind == AST_BLOCK) {
            ok = body_result(I, called->a, out);
        } else if (ok) {
            ok = eval(I, called->a, out);
        }
    }
    I->depth--;
    if (ok) value_keep(*out);
    frame_pop(I, &f);
    if (ok) value_pool(I, *out);
    return ok;
}

bool instance_part(Interp *I, Instance *in, const char *name, Value *out)
{
    bool missing;
    *out = value_none();
    return instance_member(I, in, name_str(&I->names, name), NULL, 0, &missing, out) ||
           missing;
}

/* Whether a member has a parameter of that name. */
bool member_wants(Interp *I, const Instance *d, Name member, const char *parameter)
{
    const Ast *m = called_member(d->def->def, member);
    Name name = name_str(&I->names, parameter);
    for (uint32_t i = 0; m && i < m->count; i++) {
        const Ast *p = m->list[i];
        if (p->flags & AST_TILDE) continue;
        if (p->name == name || (p->a && p->a->kind == AST_NAME && p->a->name == name))
            return true;
    }
    return false;
}
