/* SPDX-License-Identifier: MIT
 * Names: frames of calls, modules, and where a name is looked for: the running call,
 * the definition it belongs to, what its closure copied, its file, the library.
 */
#include "eval_int.h"

#include <string.h>

Module *module_new(Interp *I, Text path, bool library)
{
    Module *m = memory_take(I->memory, sizeof *m);
    m->path = path;
    m->library = library;
    m->next = I->module_list;
    I->module_list = m;
    return m;
}

bool module_get(const Module *m, Name name, Value *v)
{
    if (name >= m->room || !m->bound[name])
        return m->below && module_get(m->below, name, v);
    *v = m->value[name];
    return true;
}

void module_set(Interp *I, Module *m, Name name, Value v)
{
    if (name >= m->room) {
        uint32_t room = name + 256;
        m->value = memory_grow(I->memory, m->value, m->room * sizeof *m->value,
                               room * sizeof *m->value);
        m->bound = memory_grow(I->memory, m->bound, m->room * sizeof *m->bound,
                               room * sizeof *m->bound);
        m->room = room;
    }
    value_keep(v);
    if (m->bound[name]) value_drop(I, m->value[name]);
    m->value[name] = v;
    m->bound[name] = true;
}

void module_unset(Interp *I, Module *m, Name name)
{
    if (name >= m->room || !m->bound[name]) return;
    value_drop(I, m->value[name]);
    m->value[name] = value_none();
    m->bound[name] = false;
}

void frame_unset(Interp *I, Frame *f, Name name)
{
    for (uint32_t i = 0; i < f->count; i++) {
        if (f->name[i] != name) continue;
        value_drop(I, f->value[i]);
        f->name[i] = f->name[--f->count];
        f->value[i] = f->value[f->count];
        return;
    }
}

void frame_push(Interp *I, Frame *f)
{
    f->outer = I->frame;
    I->frame = f;
}

void frame_pop(Interp *I, Frame *f)
{
    for (uint32_t i = 0; i < f->count; i++) value_drop(I, f->value[i]);
    if (f->room) {
        memory_give(I->memory, f->name, f->room * sizeof *f->name);
        memory_give(I->memory, f->value, f->room * sizeof *f->value);
    }
    f->count = f->room = 0;
    I->frame = f->outer;
}

void frame_set(Interp *I, Frame *f, Name name, Value v)
{
    value_keep(v);
    for (uint32_t i = 0; i < f->count; i++)
        if (f->name[i] == name) {
            value_drop(I, f->value[i]);
            f->value[i] = v;
            return;
        }
    if (f->count == f->room) {
        uint32_t room = f->room ? 2 * f->room : 8;
        f->name = memory_grow(I->memory, f->name, f->room * sizeof *f->name,
                              room * sizeof *f->name);
        f->value = memory_grow(I->memory, f->value, f->room * sizeof *f->value,
                               room * sizeof *f->value);
        f->room = room;
    }
    f->name[f->count] = name;
    f->value[f->count++] = v;
}

bool frame_get(const Frame *f, Name name, Value *v)
{
    for (uint32_t i = 0; i < f->count; i++)
        if (f->name[i] == name) {
            *v = f->value[i];
            return true;
        }
    return false;
}

void bind(Interp *I, Name name, Value v)
{
    if (I->frame->top)
        module_set(I, I->frame->module, name, v);
    else
        frame_set(I, I->frame, name, v);
}

bool in_library(const Interp *I) { return I->frame && I->frame->module->library; }

static bool closure_name(Interp *I, const Closure *c, Name name, Value *out)
{
    for (uint32_t i = 0; i < c->count; i++)
        if (c->captured[i] == name) {
            Recorder *r = I->recorder;
            *out = r && r->captures && r->closure && r->closure == c
                       ? capture(I, NULL, name, c->value[i])
                       : c->value[i];
            return true;
        }
    if (c->name == name) {
        *out = value_object((void *)(uintptr_t)c);
        return true;
    }
    return false;
}

static bool constant_name(Interp *I, Name name, Value *out)
{
    const char *s = name_cstr(&I->names, name);
    if (strcmp(s, "pi") == 0)
        *out = value_real(3.14159265358979323846);
    else if (strcmp(s, "e") == 0)
        *out = value_real(2.71828182845904523536);
    else if (strcmp(s, "inf") == 0)
        *out = value_real(__builtin_inf());
    else if (strcmp(s, "nan") == 0)
        *out = value_real(__builtin_nan(""));
    else if (strcmp(s, "none") == 0)
        *out = value_none();
    else if (strcmp(s, "args") == 0)
        *out = I->args.kind != VALUE_NONE ? I->args
               : I->abstract              ? value_unknown()
                                          : value_object(list_new(I));
    else
        return false;
    return true;
}

bool lookup(Interp *I, Name name, Value *out, bool *found)
{
    Frame *f = I->frame;
    *found = true;
    if (frame_get(f, name, out)) return true;
    if (f->self) {
        if (!instance_lookup(I, f->self, name, found, out)) return false;
        if (*found) return true;
        *found = true;
    }
    if (f->closure && closure_name(I, f->closure, name, out)) return true;
    int w = word_find_name(I, name);
    if (w >= 0 &&
        f->module->library) { /* the library does not shadow words for itself */
        *out = (Value){.kind = VALUE_WORD, .word = w};
        return true;
    }
    if (module_get(f->module, name, out)) {
        if (f->module->library) return true;
        if (I->reads && !record_get(I->reads, name, out))
            record_set(I, I->reads, name, *out);
        if (!I->reads && I->recorder) record_read(I, f->module, name, *out);
        if (!I->reads && I->recorder && I->recorder->captures)
            *out = capture(I, f->module, name, *out);
        return true;
    }
    if (w >= 0) {
        *out = (Value){.kind = VALUE_WORD, .word = w};
        return true;
    }
    if (!library_find(I, name, out, found)) return false;
    if (*found) return true;
    *found = constant_name(I, name, out);
    return true;
}

typedef struct Nearest {
    Text wanted, best;
    int distance;
} Nearest;

static void consider(Nearest *n, Text t)
{
    int d = text_mistaken(n->wanted, t);
    if (d < n->distance && d > 0) {
        n->distance = d;
        n->best = t;
    }
}

bool name_suggest(Interp *I, Name name, Diag *d)
{
    Text wanted = name_text(&I->names, name);
    Nearest n = {wanted, {NULL, 0}, NAMES_APART};
    const Instance *self = I->frame->self;
    if (self && (DefKind)(self->def->def->flags & AST_LOW) == DEF_FLOW &&
        self->def->def->b && self->def->def->b->name == name) {
        diag_help(&I->diags, d,
                  "backwards a flow is given x and finds %.*s: `inverse(x) = …`",
                  (int)wanted.len, wanted.at);
        return true;
    }
    if (wanted.len == 1) return false;
    for (Frame *f = I->frame; f && f == I->frame; f = f->outer)
        for (uint32_t i = 0; i < f->count; i++)
            consider(&n, name_text(&I->names, f->name[i]));
    const Module *m = I->frame->module;
    for (Name i = 1; i < m->room; i++)
        if (m->bound[i]) consider(&n, name_text(&I->names, i));
    for (int i = 0; word_name(i); i++) consider(&n, text_of(word_name(i)));
    for (int i = 0; library_word(i); i++) consider(&n, text_of(library_word(i)));
    if (!n.best.at) return false;
    diag_help(&I->diags, d, "did you mean `%.*s`?", (int)n.best.len, n.best.at);
    return true;
}
