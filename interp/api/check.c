/* SPDX-License-Identifier: MIT
 * The root scope that check is handed: words, the library, constants, and what the
 * module has bound so far.
 */
#include "api_int.h"
#include "check/check.h"

#include <string.h>

typedef struct Root {
    Interp *I;
    Module *module;
} Root;

static const char *const constants[] = {"pi", "e", "inf", "nan", "none", "args", NULL};

static bool is_constant(const char *s)
{
    for (int i = 0; constants[i]; i++)
        if (strcmp(s, constants[i]) == 0) return true;
    return false;
}

static bool known(void *ud, Name name)
{
    Root *r = ud;
    Value v;
    const char *s = name_cstr(&r->I->names, name), *signature;
    return module_get(r->module, name, &v) || word_find(s) >= 0 || is_constant(s) ||
           library_doc(r->I, s, 0, &signature) != NULL;
}

static void each(void *ud, void (*found)(void *ctx, Text name), void *ctx)
{
    Root *r = ud;
    for (Name i = 1; i < r->module->room; i++)
        if (r->module->bound[i]) found(ctx, name_text(&r->I->names, i));
    for (int i = 0; word_name(i); i++) found(ctx, text_of(word_name(i)));
    for (int i = 0; library_word(i); i++) found(ctx, text_of(library_word(i)));
    for (int i = 0; constants[i]; i++) found(ctx, text_of(constants[i]));
}

static bool check(Interp *I, Module *m, const Source *s, const Ast *program, Arena *a,
                  Check **out)
{
    Root root = {I, m};
    CheckScope scope = {.ud = &root, .text = s->text, .known = known, .each = each};
    return check_unit(a, &I->names, &I->diags, program, &scope, out);
}

static bool check_all(Interp *I, Module *m, const Source *s, const Ast *program,
                      bool blocks)
{
    uint32_t errors = I->diags.errors;
    Arena a;
    Check *c = NULL;
    arena_init(&a, I->memory);
    check(I, m, s, program, &a, &c);
    abstract_program(I, m, program, blocks, library_text(s->text));
    if (I->diags.errors == errors)
        check_warnings(c, &I->names, &I->diags, program, I->interactive);
    arena_free(&a);
    diags_sort(&I->diags);
    return I->diags.errors == errors;
}

/* Warnings are told at once: the program runs. */
static void tell_warnings(Interp *I)
{
    uint32_t kept = 0;
    Out o;
    out_init(&o, I->memory);
    for (uint32_t i = 0; i < I->diags.count; i++) {
        Diag *d = I->diags.list[i];
        if (diag_severity(d->code) != SEVERITY_WARNING) {
            I->diags.list[kept++] = d;
            continue;
        }
        if (o.len) out_char(&o, '\n');
        diag_render(&o, d, interp_source, I, I->color);
    }
    I->diags.count = kept;
    if (o.len) I->host.message(I->host.ud, o.at, o.len);
    out_free(&o);
}

bool api_check(Interp *I, Module *m, const Source *s, const Ast *program)
{
    if (!check_all(I, m, s, program, false)) return false;
    tell_warnings(I);
    return true;
}

bool api_check_all(Interp *I, Module *m, const Source *s, const Ast *program)
{
    return check_all(I, m, s, program, true);
}

bool api_dump_checked(Interp *I, Out *o, const Source *s, const Ast *program)
{
    Arena a;
    Check *c = NULL;
    arena_init(&a, I->memory);
    bool ok = check(I, I->module, s, program, &a, &c);
    if (c) check_print(o, &I->names, s, c);
    arena_free(&a);
    return ok;
}
