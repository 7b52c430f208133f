/* SPDX-License-Identifier: MIT
 * Names to symbols: scopes open and close over one table by name, so that finding a
 * name is one step and an inner one hides an outer one. What is found nowhere is
 * reported with the nearest name that is known.
 */
#include "base/limits.h"
#include "check_int.h"

#include <stdio.h>
#include <string.h>

Diag *check_error(Checker *c, DiagCode code, Span span, ...)
{
    va_list args;
    if (++c->errors > LIMIT_ERRORS) return NULL;
    va_start(args, span);
    Diag *d = diag_add_list(c->diags, code, span, args);
    va_end(args);
    return d;
}

void scope_open(Checker *c, ScopeKind kind, const Ast *owner)
{
    Scope *s = arena_take(c->arena, sizeof *s);
    s->kind = kind;
    s->owner = owner;
    s->outer = c->scope;
    c->scope = s;
    if (c->check->last)
        c->check->last->next = s;
    else
        c->check->first = s;
    c->check->last = s;
}

void scope_close(Checker *c)
{
    for (Symbol *s = c->scope->first; s; s = s->next) c->visible[s->name] = s->shadowed;
    c->scope = c->scope->outer;
}

Symbol *scope_own(const Checker *c, Name name)
{
    Symbol *s = c->visible[name];
    return s && s->scope == c->scope ? s : NULL;
}

Symbol *scope_declare(Checker *c, Name name, SymbolKind kind, Span place)
{
    Symbol *s = scope_own(c, name);
    if (s) {
        s->binds++;
        return s;
    }
    s = arena_take(c->arena, sizeof *s);
    s->name = name;
    s->kind = kind;
    s->place = place;
    s->binds = 1;
    s->scope = c->scope;
    s->shadowed = c->visible[name];
    c->visible[name] = s;
    if (c->scope->last)
        c->scope->last->next = s;
    else
        c->scope->first = s;
    c->scope->last = s;
    return s;
}

Symbol *scope_parameter(Checker *c, Name name, SymbolKind kind, Span place)
{
    Symbol *s = scope_declare(c, name, kind, place);
    s->bound = s->whole = true;
    return s;
}

void scope_bind(Checker *c, Name name)
{
    Symbol *s = scope_own(c, name);
    if (s) s->bound = true;
}

/* ---- the nearest name ---- */

typedef struct Nearest {
    Text wanted, best;
    int distance;
} Nearest;

static void consider(void *ctx, Text t)
{
    Nearest *n = ctx;
    int d = text_mistaken(n->wanted, t);
    if (d >= n->distance || d == 0) return;
    n->distance = d;
    n->best = t;
}

static bool suggest(Checker *c, Name name, Diag *d)
{
    Text wanted = name_text(c->names, name);
    Nearest n = {wanted, {NULL, 0}, NAMES_APART};
    if (wanted.len == 1) return false;
    for (const Scope *s = c->scope; s; s = s->outer)
        for (const Symbol *y = s->first; y; y = y->next)
            if (y->whole) consider(&n, name_text(c->names, y->name));
    for (const char *w = c->offers; w && *w;) {
        size_t len = strcspn(w, " ");
        consider(&n, (Text){w, len});
        w += len + (w[len] == ' ');
    }
    if (n.best.at) n.distance &= ~1; /* as many letters off, the program's own win */
    c->root->each(c->root->ud, consider, &n);
    if (n.best.at)
        diag_help(c->diags, d, "did you mean `%.*s`?", (int)n.best.len, n.best.at);
    return n.best.at != NULL;
}

/* ---- uses ---- */

/* What runs later, a function or a check, sees all names of the file. */
static bool usable(const Checker *c, const Symbol *s)
{
    return s->bound || (s->scope->kind == SCOPE_FILE && (c->inside || c->testing));
}

static void used_early(Checker *c, const Symbol *later, Span span)
{
    Diag *d = check_error(c, E0102, span, name_cstr(c->names, later->name));
    if (!d) return;
    diag_label(c->diags, d, later->place, "bound here");
    const char *help = "move the line that binds it above this one";
    if (later->scope != c->scope && later->scope->kind != SCOPE_FILE)
        help = "an inner function copies its locals when it is made";
    else if (later->place.from < span.from)
        help = "give it a first value above this line";
    diag_help(c->diags, d, "%s", help);
}

/* A guide is asked before there are rows. */
static void seen_by_guide(Checker *c, const Symbol *s, Span span)
{
    Diag *d = check_error(c, E0232, span, name_cstr(c->names, s->name));
    if (!d) return;
    diag_label(c->diags, d, s->place, "given to the model");
    diag_help(c->diags, d, "a guide sees sizes, hyperparameters and its own params");
}

/* As in an autoregression. */
static void seen_by_model(Checker *c, const Symbol *s, Span span)
{
    const char *name = name_cstr(c->names, s->name);
    Diag *d = check_error(c, E0250, span, name);
    if (!d) return;
    diag_label(c->diags, d, s->place, "observed here");
    diag_help(
        c->diags, d,
        "give what is known before as well, `before: real[N]` in the header; of a "
        "series, fit to `{before = %s[:-1], %s = %s[1:]}`",
        name, name, name);
}

/* What is written here for `np.exp`, `torch.cat` or `True`; in a buffer where what
 * stands behind a module is a name of this language as well. */
static const char *foreign_here(const Checker *c, Name name, char *room, size_t size)
{
    const char *here = foreign_name(name_cstr(c->names, name), c->called);
    if (!here || !c->field) return here;
    const char *field = name_cstr(c->names, c->field), *method = foreign_field(field);
    if (method || !foreign_module(name_cstr(c->names, name)))
        return method ? method : here;
    const char *other = foreign_name(field, c->called);
    if (other || !c->root->known(c->root->ud, c->field)) return other ? other : here;
    snprintf(room, size, "names stand for themselves here: `%.60s`", field);
    return room;
}

/* One name that is not known is one mistake: in the definition around, or in the file,
 * it is told at its first use. */
static void told_once(Checker *c, Name name, Span span)
{
    Scope *running = c->scope, *s = running;
    if (c->visible[name]) return;
    while (s->outer && s->outer->outer) s = s->outer;
    c->scope = s;
    scope_declare(c, name, SYMBOL_VARIABLE, span)->bound = true;
    c->scope = running;
}

Symbol *scope_use(Checker *c, Name name, Span span)
{
    const Symbol *later = NULL;
    if (name == 0 || name >= c->names_count) return NULL;
    for (Symbol *s = c->visible[name]; s; s = s->shadowed) {
        if (usable(c, s)) {
            s->uses++;
            if (s->kind == SYMBOL_GIVEN && s->scope->kind == SCOPE_DEFINITION &&
                s->binds == 1)
                seen_by_guide(c, s, span);
            if (s->kind == SYMBOL_LIKELIHOOD && s->scope->kind == SCOPE_MODEL)
                seen_by_model(c, s, span);
            return s;
        }
        if (s->whole && !later) later = s;
    }
    if (c->root->known(c->root->ud, name) || c->lenient) return NULL;
    if (later) {
        used_early(c, later, span);
        return NULL;
    }
    bool size = c->size && !c->called;
    told_once(c, name, span);
    Diag *d = check_error(c, size ? E0238 : E0101, span, name_cstr(c->names, name));
    if (size) {
        if (d && !suggest(c, name, d))
            diag_help(
                c->diags, d,
                "a size has its name from a type in the header, `x: real[N, %s]`, or "
                "is a number in it, `%s = 10`",
                name_cstr(c->names, name), name_cstr(c->names, name));
        return NULL;
    }
    char room[100];
    const char *here = foreign_here(c, name, room, sizeof room);
    c->foreign = here != NULL;
    if (d && here)
        diag_help(c->diags, d, "%s", here);
    else if (d && !suggest(c, name, d) && c->field &&
             (here = foreign_field(name_cstr(c->names, c->field))))
        diag_help(c->diags, d, "%s", here);
    else if (d && !d->help && c->offers)
        diag_help(c->diags, d, "a member may use, beside what is bound: `%s`",
                  c->offers);
    return NULL;
}
