/* SPDX-License-Identifier: MIT
 * extern "library" { fn … }: whether it is allowed, the library, and each function's
 * signature, checked before anything is called. Derivatives whose shapes are known are
 * recorded at once, so that what is wrong with them is told where they stand.
 */
#include "eval_int.h"

#include <string.h>

/* ---- the library ---- */

/* Whether `name` is one of a list with ':' between; "*" is every name. */
static bool is_listed(const char *list, const char *name)
{
    size_t n = strlen(name);
    if (!list) return false;
    for (const char *at = list;; at++) {
        size_t len = strcspn(at, ":");
        if ((len == n && memcmp(at, name, n) == 0) || (len == 1 && *at == '*'))
            return true;
        at += len;
        if (!*at) return false;
    }
}

static bool refused(Interp *I, const Ast *s, const char *name)
{
    Diag *d = fail_diag(I, E0720, s->name_span, name);
    diag_help(
        &I->diags, d,
        "C code can do whatever you can; if you trust it, run `unc --allow-ffi=%s "
        "…`,\nor `unc --allow-ffi …` for every library",
        name);
    return false;
}

static bool not_opened(Interp *I, const Ast *s, const char *name, const char *why)
{
    Diag *d = fail_diag(I, E0721, s->name_span, name, why);
    if (strchr(name, '/'))
        diag_help(&I->diags, d,
                  "a path starts from the folder the program was started in");
    else
        diag_help(
            &I->diags, d,
            "it was looked for where the system keeps libraries; `./%s` is a file "
            "of this folder",
            name);
    return false;
}

static bool open_library(Interp *I, const Ast *s, const char *name, void **library)
{
    char why[400];
    if (strlen(name) != s->lit.text.len)
        return not_opened(I, s, name, "the name holds a NUL");
    if (!is_listed(I->host.allow_ffi, name)) return refused(I, s, name);
    if (!I->foreign) I->foreign = foreign_home(I->memory);
    *library = foreign_library(I->foreign, name, why, sizeof why);
    return *library || not_opened(I, s, name, why);
}

/* ---- signatures ---- */

static bool not_for_c(Interp *I, const Ast *type)
{
    Diag *d = fail_diag(I, E0723, type->span, name_cstr(&I->names, type->name));
    diag_help(
        &I->diags, d,
        "`real` is a double of C, `int` an int, `real[N]` a pointer to doubles and "
        "a size_t");
    return false;
}

static bool foreign_type(Interp *I, const Ast *type, const char *name, ForeignType *out)
{
    Type element;
    Support support;
    Shape shape;
    bool shaped;
    if (!type_is_number(I, type, &element, &support))
        return type_is_kind(I, type)
                   ? not_for_c(I, type)
                   : type_shape(I, type, &element, &support, &shape, &shaped);
    bool plain = support == SUPPORT_ANY || support == SUPPORT_POSITIVE ||
                 support == SUPPORT_NONNEGATIVE || support == SUPPORT_UNIT;
    if (!plain || (element != TYPE_F64 && element != TYPE_I64))
        return not_for_c(I, type);
    if (type->count > LIMIT_RANK) return fail(I, E0336, type->span, LIMIT_RANK);
    for (uint32_t i = 0; i < type->count; i++)
        if (type->list[i]->kind == AST_ELLIPSIS)
            return fail(I, E0337, type->list[i]->span);
    *out = (ForeignType){name, element, support, (int)type->count};
    return true;
}

/* A size of the result that is a name must be one of the arguments', or of the file. */
static bool result_sizes(Interp *I, const Ast *fn)
{
    for (uint32_t k = 0; k < fn->a->count; k++) {
        const Ast *dim = fn->a->list[k];
        bool found = dim->kind != AST_NAME;
        Value v;
        for (uint32_t i = 0; i < fn->count && !found; i++)
            for (uint32_t j = 0; j < fn->list[i]->a->count && !found; j++)
                found = fn->list[i]->a->list[j]->kind == AST_NAME &&
                        fn->list[i]->a->list[j]->name == dim->name;
        if (!found && !lookup(I, dim->name, &v, &found)) return false;
        if (!found) return fail(I, E0724, dim->span, name_cstr(&I->names, dim->name));
    }
    return true;
}

/* As many expressions as there are real arguments, where that can be seen. */
static bool derivative_counts(Interp *I, const Ast *fn, const Foreign *f)
{
    int reals = 0;
    if (!fn->b) return true;
    for (int i = 0; i < f->params; i++) reals += f->param[i].type == TYPE_F64;
    if (f->result.type != TYPE_F64 || reals == 0)
        return fail(I, E0731, fn->b->span, f->name,
                    reals ? "its result is an int" : "it has no real argument");
    if (reals == 1 || (fn->b->kind == AST_ARRAY && (int)fn->b->count == reals))
        return true;
    Diag *d = fail_diag(I, E0727, fn->b->span, f->name, reals);
    diag_help(&I->diags, d,
              "in the order of the arguments; `none` stands for one that is not known");
    return false;
}

static bool signature(Interp *I, const Ast *fn, Foreign *f)
{
    f->name = name_cstr(&I->names, fn->name);
    if (fn->count > FOREIGN_PARAMS)
        return fail(I, E0318, fn->name_span, FOREIGN_PARAMS);
    f->params = (int)fn->count;
    for (int i = 0; i < f->params; i++) {
        const Ast *p = fn->list[i];
        const char *name = name_cstr(&I->names, p->name);
        if (!p->a) return fail(I, E0725, p->span, name);
        if (!foreign_type(I, p->a, name, &f->param[i])) return false;
    }
    return foreign_type(I, fn->a, "the result", &f->result) && result_sizes(I, fn) &&
           derivative_counts(I, fn, f);
}

/* ---- declaring ---- */

static bool declare_function(Interp *I, const Ast *fn, const char *name, void *library)
{
    Foreign *f = memory_take(I->memory, sizeof *f);
    if (!signature(I, fn, f)) return false;
    switch (foreign_bind(f, I->foreign, library)) {
    case FOREIGN_NO_SYMBOL: return fail(I, E0722, fn->name_span, name, f->name);
    case FOREIGN_TOO_MANY: return fail(I, E0732, fn->name_span, f->name, FOREIGN_WORDS);
    case FOREIGN_MADE: break;
    }
    ForeignValue *v = object_new(I, VALUE_FOREIGN, sizeof *v, NULL);
    v->fn = fn;
    v->module = I->frame->module;
    v->foreign = f;
    bind(I, fn->name, value_object(v));
    return true;
}

/* The shape of a type whose sizes are written as numbers. */
static bool known_shape(const Ast *type, Shape *s)
{
    *s = shape_scalar();
    for (uint32_t i = 0; i < type->count; i++) {
        const Ast *dim = type->list[i];
        if (dim->kind != AST_INT || dim->lit.integer < 0) return false;
        s->dim[s->rank++] = dim->lit.integer;
    }
    return true;
}

static bool known_derivative(Interp *I, const Ast *fn)
{
    Shape param[FOREIGN_PARAMS], result;
    Value v;
    bool found;
    if (!fn->b || !known_shape(fn->a, &result)) return true;
    for (uint32_t i = 0; i < fn->count; i++)
        if (!known_shape(fn->list[i]->a, &param[i])) return true;
    if (!lookup(I, fn->name, &v, &found)) return false;
    ForeignValue *f = (ForeignValue *)v.object;
    return foreign_derivative(I, f, foreign_form(f->foreign, param, &result));
}

/* While a program is checked no library is opened: signatures are read, and what the
 * functions give is not known. */
static bool check_functions(Interp *I, const Ast *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        Foreign f = {0};
        if (!signature(I, s->list[i], &f)) return false;
        bind(I, s->list[i]->name, value_unknown());
    }
    return true;
}

bool extern_declare(Interp *I, const Ast *s)
{
    void *library;
    Text t = s->lit.text;
    char *name = arena_take(&I->arena, t.len + 1);
    if (t.len) memcpy(name, t.at, t.len);
    if (!I->frame->top) {
        bool model = I->handler && I->handler->model_declaration;
        return fail(I, E0729, s->span, model ? "a model" : "a function");
    }
    if (I->abstract) return check_functions(I, s);
    if (!open_library(I, s, name, &library)) return false;
    for (uint32_t i = 0; i < s->count; i++)
        if (!declare_function(I, s->list[i], name, library)) return false;
    for (uint32_t i = 0; i < s->count; i++)
        if (!known_derivative(I, s->list[i])) return false;
    return true;
}
