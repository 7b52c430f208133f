/* SPDX-License-Identifier: MIT
 * Values for hosts, and what tools ask: completion, types, documentation.
 */
#include "api_int.h"

#include <stdlib.h>
#include <string.h>

struct unc_value {
    Value value;
};

typedef struct Ask {
    unc *u;
    const char *name;
    const unc_value *of;
    Value value;
    unc_value *made;
    bool ok;
} Ask;

static unc_value *hold(unc *u, Value v)
{
    unc_value *h = memory_take(&u->memory, sizeof *h);
    h->value = value_keep(v);
    return h;
}

static void get_named(void *ctx)
{
    Ask *a = ctx;
    Interp *I = &a->u->interp;
    Name n = name_find(&I->names, text_of(a->name));
    a->ok = n && module_get(I->module, n, &a->value);
    if (a->ok) a->made = hold(a->u, a->value);
}

unc_status unc_get(unc *u, const char *name, unc_value **value)
{
    Ask a = {.u = u, .name = name};
    if (memory_run(&u->memory, get_named, &a) != MEMORY_OK) return UNC_NO_MEMORY;
    if (!a.ok) return UNC_WRONG;
    *value = a.made;
    return UNC_OK;
}

typedef struct Set {
    unc *u;
    const char *name;
    const double *data;
    Shape shape;
} Set;

static void set_named(void *ctx)
{
    Set *s = ctx;
    Interp *I = &s->u->interp;
    Tensor *t = tensor_new(&s->u->memory, TYPE_F64, &s->shape);
    memcpy(t->data, s->data, (size_t)shape_count(&s->shape) * sizeof(double));
    module_set(I, I->module, name_str(&I->names, s->name), value_tensor(I, t));
    pool_release(I, 0);
}

unc_status unc_set_tensor(unc *u, const char *name, const double *data, int rank,
                          const int64_t *dim)
{
    if (rank < 0 || rank > LIMIT_RANK) return UNC_WRONG;
    for (int i = 0; i < rank; i++)
        if (dim[i] < 0) return UNC_WRONG;
    Set s = {u, name, data, shape_of(rank, dim)};
    return memory_run(&u->memory, set_named, &s) == MEMORY_OK ? UNC_OK : UNC_NO_MEMORY;
}

unc_status unc_set_real(unc *u, const char *name, double x)
{
    return unc_set_tensor(u, name, &x, 0, NULL);
}

void unc_drop(unc *u, unc_value *value)
{
    if (!value) return;
    value_drop(&u->interp, value->value);
    memory_give(&u->memory, value, sizeof *value);
}

unc_kind unc_kind_of(const unc_value *value)
{
    Value v = value->value;
    switch (v.kind) {
    case VALUE_NONE:
    case VALUE_UNKNOWN: return UNC_NONE;
    case VALUE_BOOL: return UNC_BOOL;
    case VALUE_INT: return UNC_INT;
    case VALUE_REAL: return UNC_REAL;
    case VALUE_STRING: return UNC_STRING;
    case VALUE_TENSOR: return UNC_TENSOR;
    case VALUE_RECORD: return UNC_RECORD;
    case VALUE_LIST: return UNC_LIST;
    case VALUE_FN:
    case VALUE_WORD:
    case VALUE_DERIVED:
    case VALUE_FOREIGN:
    case VALUE_DEF:
    case VALUE_BOUND: return UNC_FUNCTION;
    case VALUE_INSTANCE:
        return is_instance(v, DEF_DIST)    ? UNC_DISTRIBUTION
               : is_instance(v, DEF_LAYER) ? UNC_LAYER
               : is_instance(v, DEF_FLOW)  ? UNC_FLOW
                                           : UNC_OTHER;
    case VALUE_CHAIN:
    case VALUE_NET: return UNC_LAYER;
    case VALUE_MODEL: return UNC_MODEL;
    case VALUE_POSTERIOR: return UNC_POSTERIOR;
    case VALUE_PREDICTION: return UNC_PREDICTION;
    case VALUE_NODE:
    case VALUE_RANGE:
    case VALUE_METHOD:
    case VALUE_PART:
    case VALUE_KINDS: break;
    }
    return UNC_OTHER;
}

unc_status unc_number(const unc_value *value, double *x)
{
    if (!value_is_scalar(value->value)) return UNC_WRONG;
    *x = value_as_real(value->value);
    return UNC_OK;
}

int unc_rank(const unc_value *value)
{
    Shape s;
    return value_shape(value->value, &s) ? s.rank : -1;
}

int64_t unc_dim(const unc_value *value, int axis)
{
    Shape s;
    return value_shape(value->value, &s) && axis >= 0 && axis < s.rank ? s.dim[axis]
                                                                       : -1;
}

unc_status unc_read(const unc_value *value, double *data, int64_t len)
{
    Value v = value->value;
    if (value_is_scalar(v) && len == 1) {
        *data = value_as_real(v);
        return UNC_OK;
    }
    if (v.kind != VALUE_TENSOR || shape_count(&v.tensor->shape) != len)
        return UNC_WRONG;
    for (int64_t i = 0; i < len; i++) data[i] = tensor_real_at(v.tensor, i);
    return UNC_OK;
}

static void get_field(void *ctx)
{
    Ask *a = ctx;
    Interp *I = &a->u->interp;
    Frame f = {.module = I->module, .top = true};
    diags_clear(&I->diags);
    frame_push(I, &f);
    a->ok = eval_field(I, a->of->value, name_str(&I->names, a->name), (Span){0, 0, 0},
                       &a->value);
    frame_pop(I, &f);
    if (a->ok) a->made = hold(a->u, a->value);
    pool_release(I, 0);
}

unc_status unc_field(unc *u, const unc_value *value, const char *name,
                     unc_value **field)
{
    Ask a = {.u = u, .name = name, .of = value};
    if (memory_run(&u->memory, get_field, &a) != MEMORY_OK) return UNC_NO_MEMORY;
    if (!a.ok) return UNC_WRONG;
    *field = a.made;
    return UNC_OK;
}

static void show(void *ctx)
{
    Ask *a = ctx;
    a->u->text.len = 0;
    value_print(&a->u->interp, &a->u->text, a->of->value, false, false);
    a->ok = true;
}

const char *unc_show(unc *u, const unc_value *value)
{
    Ask a = {.u = u, .of = value};
    return memory_run(&u->memory, show, &a) == MEMORY_OK ? u->text.at : "";
}

/* ---- for tools ---- */

typedef struct Complete {
    unc *u;
    const char *prefix;
    void (*found)(void *ud, const char *);
    void *ud;
} Complete;

static void offer(const Complete *c, const char *name, const char *start)
{
    if (strncmp(name, start, strlen(start)) == 0) c->found(c->ud, name);
}

/* What the model declares: posteriors and predictions have it by name. */
static void complete_model(const Complete *c, const Ast *model, bool posterior,
                           const char *start)
{
    const Names *names = &c->u->interp.names;
    for (uint32_t i = 0; i < model->a->count; i++) {
        const Ast *s = model->a->list[i];
        bool named = s->kind == AST_PARAM_DECL || (s->kind == AST_NET && posterior);
        bool target = s->kind == AST_PRIOR || s->kind == AST_ASSIGN ||
                      (s->kind == AST_LIKELIHOOD && !posterior);
        if (named) offer(c, name_cstr(names, s->name), start);
        if (target && s->a->kind == AST_NAME)
            offer(c, name_cstr(names, s->a->name), start);
    }
}

static void complete_fields(const Complete *c, const char *dot)
{
    static const char *const pred[] = {"mean",      "sd",      "var",      "aleatoric",
                                       "epistemic", "samples", "quantile", "logpdf",
                                       "class",     "probs",   "entropy",  NULL};
    static const char *const post[] = {"loss", "elbo", NULL};
    Interp *I = &c->u->interp;
    Value v;
    Name n = name_find(&I->names, (Text){c->prefix, (size_t)(dot - c->prefix)});
    if (!n || !module_get(I->module, n, &v)) return;
    if (v.kind == VALUE_RECORD)
        for (uint32_t i = 0; i < ((Record *)v.object)->count; i++)
            offer(c, name_cstr(&I->names, ((Record *)v.object)->name[i]), dot + 1);
    const ModelValue *of = infer_model(v);
    if (!of) return;
    bool posterior = v.kind == VALUE_POSTERIOR;
    for (const char *const *f = posterior ? post : pred; *f; f++) offer(c, *f, dot + 1);
    complete_model(c, of->model, posterior, dot + 1);
}

void unc_complete(unc *u, const char *prefix, void (*found)(void *ud, const char *),
                  void *ud)
{
    Complete c = {u, prefix, found, ud};
    Interp *I = &u->interp;
    const char *dot = strrchr(prefix, '.');
    if (dot) {
        complete_fields(&c, dot);
        return;
    }
    for (Name i = 1; i < I->module->room; i++)
        if (I->module->bound[i]) offer(&c, name_cstr(&I->names, i), prefix);
    for (int i = 0; word_name(i); i++)
        if (!word_to_come(i)) offer(&c, word_name(i), prefix);
    for (int i = 0; library_word(i); i++)
        if (!i || strcmp(library_word(i), library_word(i - 1)) != 0)
            offer(&c, library_word(i), prefix);
}

typedef struct TypeOf {
    unc *u;
    const char *text;
    RunEnd end;
} TypeOf;

/* The text is run as `it` of a module of its own copy: bindings it makes are the
 * user's. */
static void type_of(void *ctx)
{
    TypeOf *t = ctx;
    Interp *I = &t->u->interp;
    Out o;
    Value v;
    Name it = name_str(&I->names, "__type__");
    diags_clear(&I->diags);
    out_init(&o, I->memory);
    out_fmt(&o, "__type__ = (%s)", t->text);
    t->end = interp_run(I, I->module, text_of("<:type>"), (Text){o.at, o.len}, false);
    out_free(&o);
    if (t->end != RUN_OK || !module_get(I->module, it, &v)) return;
    t->u->text.len = 0;
    value_type_print(I, &t->u->text, v);
    module_set(I, I->module, it, value_none());
    I->module->bound[it] = false;
}

unc_status unc_type_of(unc *u, const char *text, const char **type)
{
    TypeOf t = {u, text, RUN_WRONG};
    if (memory_run(&u->memory, type_of, &t) != MEMORY_OK) return UNC_NO_MEMORY;
    if (t.end != RUN_OK) return UNC_WRONG;
    *type = u->text.at;
    return UNC_OK;
}

typedef struct Vars {
    unc *u;
    void (*found)(void *ud, const char *name, const char *type);
    void *ud;
} Vars;

static void vars(void *ctx)
{
    Vars *v = ctx;
    Interp *I = &v->u->interp;
    for (Name i = 1; i < I->module->room; i++) {
        if (!I->module->bound[i]) continue;
        v->u->text.len = 0;
        value_type_print(I, &v->u->text, I->module->value[i]);
        v->found(v->ud, name_cstr(&I->names, i), v->u->text.at);
    }
}

void unc_vars(unc *u, void (*found)(void *ud, const char *name, const char *type),
              void *ud)
{
    Vars v = {u, found, ud};
    memory_run(&u->memory, vars, &v);
}

typedef struct Doc {
    unc *u;
    const char *name;
    bool ok;
} Doc;

static void doc(void *ctx)
{
    Doc *d = ctx;
    Interp *I = &d->u->interp;
    Out *o = &d->u->text;
    const char *signature, *text = library_doc(I, d->name, 0, &signature);
    int w = word_find(d->name);
    Name n = name_find(&I->names, text_of(d->name));
    Value v;
    o->len = 0;
    if (n && module_get(I->module, n, &v) && v.kind == VALUE_FN &&
        ((Closure *)v.object)->doc.len) {
        out_text(o, ((Closure *)v.object)->doc);
        out_char(o, '\n');
    } else if (w >= 0 && word_to_come(w)) {
        out_fmt(o, "`%s` is not in this version.\n", d->name);
    } else if (w >= 0 || text) { /* `square` is a word, and an attack of the library */
        if (w >= 0)
            out_fmt(o, "%s(%s)\n\n%s\n", d->name, word_signature(w), word_doc(w));
        for (int i = 0; text; text = library_doc(I, d->name, ++i, &signature))
            out_fmt(o, "%s%s\n\n%s\n", o->len ? "\n" : "", signature, text);
    } else {
        return;
    }
    d->ok = true;
}

const char *unc_doc(unc *u, const char *name)
{
    Doc d = {u, name, false};
    return memory_run(&u->memory, doc, &d) == MEMORY_OK && d.ok ? u->text.at : NULL;
}

void unc_args(unc *u, int count, const char *const *arg)
{
    Interp *I = &u->interp;
    List *l = list_new(I);
    for (int i = 0; i < count; i++) list_push(I, l, value_cstr(I, arg[i]));
    value_drop(I, I->args);
    I->args = value_keep(value_object(l));
    pool_release(I, 0);
}
