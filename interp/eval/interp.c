/* SPDX-License-Identifier: MIT
 * The interpreter's life, its sources and diagnostics, and running a text.
 */
#include "abstract.h"

#include <stdio.h>
#include <string.h>

enum { POOL_ROOM = 256 };

void interp_init(Interp *I, Memory *m, const Host *host)
{
    memset(I, 0, sizeof *I);
    I->memory = m;
    I->host = *host;
    names_init(&I->names, m);
    diags_init(&I->diags, m);
    arena_init(&I->arena, m);
    I->pool_room = POOL_ROOM;
    I->pool = memory_take(m, POOL_ROOM * sizeof(Value));
    I->library = module_new(I, text_of("stdlib"), true);
    I->module = module_new(I, text_of(""), false);
    words_init(I);
    pool_release(I, 0);
}

void interp_free(Interp *I)
{
    recordings_free(I);
    value_drop(I, I->kept);
    pool_release(I, 0);
    value_drop(I, I->result);
    value_drop(I, I->args);
    for (Module *m = I->module_list; m; m = m->next)
        for (Name i = 0; i < m->room; i++)
            if (m->bound[i]) value_drop(I, m->value[i]);
    if (I->threads) pool_free(I->threads);
    foreign_close(I->foreign);
    memory_give_all(I->memory);
}

SourceView interp_source(void *interp, uint32_t number)
{
    Interp *I = interp;
    if (number == 0 || number > I->sources) return (SourceView){{"", 0}, {"", 0}};
    const Source *s = I->source[number - 1];
    return (SourceView){s->name, s->text};
}

void interp_upper(Interp *I, const Upper *upper) { I->upper = upper; }

bool span_of_library(const Interp *I, Span span)
{
    return span.source && I->source[span.source - 1]->name.len > 7 &&
           memcmp(I->source[span.source - 1]->name.at, "stdlib/", 7) == 0;
}

/* The frame of the layer that runs, the innermost of those that the program wrote down;
 * or NULL. */
static const Frame *running_layer(const Interp *I)
{
    for (const Frame *f = I->frame; f; f = f->outer) {
        if (f->closure && !f->module->library) return NULL;
        if (!f->self || (DefKind)(f->self->def->def->flags & AST_LOW) != DEF_LAYER)
            continue;
        if (f->self->span.source && !span_of_library(I, f->self->span)) return f;
    }
    return NULL;
}

/* A place in the library is told as the call that led there. */
static Span told_place(const Interp *I, Span span)
{
    return (!span.source || span_of_library(I, span)) && I->span.source ? I->span
                                                                        : span;
}

/* Of a check: a trial says nothing, and one place is told of once. */
static bool told_already(const Interp *I, Span span)
{
    if (!I->abstract) return false;
    if (I->abstract->silent || I->diags.errors >= LIMIT_ERRORS) return true;
    for (uint32_t i = 0; i < I->diags.count; i++) {
        const Diag *d = I->diags.list[i];
        if (diag_severity(d->code) != SEVERITY_ERROR) continue;
        if (d->span.source == span.source && d->span.from <= span.from &&
            d->span.to >= span.to)
            return true;
        if (d->span.source == span.source && d->span.from >= span.from &&
            d->span.to <= span.to)
            return true;
    }
    return false;
}

bool span_apart(Span a, Span b)
{
    return a.source != b.source || a.to <= b.from || b.to <= a.from;
}

/* Inside a function of the program: where the innermost was called. */
static void label_call(Interp *I, Diag *d)
{
    const Frame *f = I->frame;
    while (f && !f->closure) f = f->outer;
    if (!f || f->module->library || !f->args || !d->span.source) return;
    Span call = f->args->call;
    if (call.source && span_apart(call, d->span))
        diag_label(&I->diags, d, call, "called here");
}

/* Inside a layer: what it was given, and where its net was called. */
static void label_layer(Interp *I, Diag *d)
{
    const Frame *f = running_layer(I);
    if (!f || !d->span.source) return;
    const Ast *def = f->self->def->def;
    char given[SHAPE_TEXT + 100] = "", text[SHAPE_TEXT];
    Value x;
    Shape s;
    if (def->b && frame_get(f, def->b->name, &x) && value_shape(x, &s) && s.rank)
        snprintf(given, sizeof given, "is given %s%s", type_name(value_type(x)),
                 shape_text(text, &I->names, &s, true));
    if (span_apart(f->self->span, d->span))
        diag_label(&I->diags, d, f->self->span, "in this `%s`%s%s",
                   name_cstr(&I->names, def->name), *given ? ", which " : "", given);
    else if (*given)
        d->at = arena_copy(&I->diags.arena, given, strlen(given) + 1);
    Span call = f->args ? f->args->call : (Span){0};
    if (call.source && span_apart(call, d->span) && span_apart(call, f->self->span))
        diag_label(&I->diags, d, call, "called here");
}

static Diag *add(Interp *I, DiagCode code, Span span, va_list args)
{
    span = told_place(I, span);
    if (told_already(I, span)) return arena_take(&I->diags.arena, sizeof(Diag));
    Diag *d = diag_add_list(&I->diags, code, span, args);
    label_call(I, d);
    label_layer(I, d);
    return d;
}

void diag_origin(Interp *I, Diag *d, const Node *n)
{
    char text[SHAPE_TEXT];
    if (!n->span.source || !n->shape.rank || !span_apart(n->span, d->span)) return;
    for (int i = 0; i < d->labels; i++)
        if (!span_apart(d->label[i].span, n->span)) return;
    diag_label(&I->diags, d, n->span, "%s%s", type_name(n->type),
               shape_text(text, &I->names, &n->shape, true));
}

Diag *fail_diag(Interp *I, DiagCode code, Span span, ...)
{
    va_list args;
    va_start(args, span);
    Diag *d = add(I, code, span, args);
    va_end(args);
    return d;
}

bool fail(Interp *I, DiagCode code, Span span, ...)
{
    va_list args;
    va_start(args, span);
    add(I, code, span, args);
    va_end(args);
    return false;
}

bool interp_stopped(Interp *I)
{
    if (!atomic_load_explicit(&I->stop, memory_order_relaxed)) return false;
    if (!I->stopped) fail(I, E0602, I->span);
    I->stopped = true;
    return true;
}

Source *interp_add_source(Interp *I, Text name, Text text)
{
    if (I->sources == I->source_room) {
        uint32_t room = I->source_room ? 2 * I->source_room : 16;
        I->source = memory_grow(I->memory, I->source, I->source_room * sizeof(Source *),
                                room * sizeof(Source *));
        I->source_room = room;
    }
    Source *s = source_new(&I->arena, I->sources + 1, name, text);
    I->source[I->sources++] = s;
    return s;
}

RunEnd interp_run(Interp *I, Module *module, Text name, Text text, bool may_want_more)
{
    Source *s = interp_add_source(I, name, text);
    Ast *ast = NULL;
    ParseEnd end = parse(&I->arena, &I->names, &I->diags, s, may_want_more, &ast);
    if (end == PARSE_MORE) return RUN_MORE;
    if (end == PARSE_WRONG) return RUN_WRONG;
    s->program = ast;
    if (!module->library && I->upper && I->upper->check &&
        !I->upper->check(I, module, s, ast))
        return RUN_WRONG;
    Frame f = {.module = module, .top = true};
    uint32_t mark = pool_mark(I);
    frame_push(I, &f);
    Flow flow = eval_block(I, ast);
    frame_pop(I, &f);
    pool_release(I, mark);
    if (flow == FLOW_BREAK || flow == FLOW_CONTINUE || flow == FLOW_RETURN) {
        value_drop(I, I->result);
        I->result = value_none();
        fail(I, E0016, ast->span,
             flow == FLOW_RETURN  ? "return"
             : flow == FLOW_BREAK ? "break"
                                  : "continue",
             flow == FLOW_RETURN ? "a function" : "a loop");
        return RUN_WRONG;
    }
    return flow == FLOW_FAILED ? RUN_WRONG : RUN_OK;
}

/* After a jump out of the middle: what ran is forgotten, what was defined stays. */
void interp_reset(Interp *I)
{
    I->frame = NULL;
    I->recorder = NULL;
    I->abstract = NULL;
    I->handler = NULL;
    I->path = NULL;
    I->depth = 0;
    I->choosing = 0;
    I->running = NULL;
    I->seeded = false;
    I->span = (Span){0, 0, 0};
    pool_release(I, 0);
}
