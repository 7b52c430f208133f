/* SPDX-License-Identifier: MIT
 * Values: making, counting, comparing. The pool holds what a running statement made;
 * storing a value elsewhere keeps it. Values are immutable, so counts never form a
 * cycle.
 */
#include "eval_int.h"

#include <math.h>
#include <string.h>

Value value_keep(Value v)
{
    if (v.kind == VALUE_TENSOR)
        v.tensor->refs++;
    else if (v.kind >= VALUE_STRING)
        v.object->refs++;
    return v;
}

void value_drop(Interp *I, Value v)
{
    if (v.kind == VALUE_TENSOR) {
        tensor_drop(v.tensor);
    } else if (v.kind >= VALUE_STRING && --v.object->refs == 0) {
        if (v.object->free) v.object->free(I, v.object);
        memory_give(I->memory, v.object, v.object->size);
    }
}

/* Room is made ahead, so that what is pushed is registered before growing can fail. */
Value value_pool(Interp *I, Value v)
{
    if (v.kind < VALUE_TENSOR) return v;
    I->pool[I->pool_count++] = v;
    if (I->pool_count + 16 > I->pool_room) {
        I->pool = memory_grow(I->memory, I->pool, I->pool_room * sizeof(Value),
                              2 * I->pool_room * sizeof(Value));
        I->pool_room *= 2;
    }
    return v;
}

uint32_t pool_mark(const Interp *I) { return I->pool_count; }

void pool_release(Interp *I, uint32_t mark)
{
    while (I->pool_count > mark) value_drop(I, I->pool[--I->pool_count]);
}

void pool_return(Interp *I, uint32_t mark, Value *v)
{
    value_keep(*v);
    pool_release(I, mark);
    value_pool(I, *v);
}

void *object_new(Interp *I, ValueKind kind, size_t size,
                 void (*free)(Interp *, Object *))
{
    Object *o = memory_take(I->memory, size);
    o->kind = kind;
    o->refs = 1;
    o->size = size;
    o->free = free;
    value_pool(I, value_object(o));
    return o;
}

Value value_tensor(Interp *I, Tensor *t)
{
    if (t->shape.rank > 0) {
        Value v = {.kind = VALUE_TENSOR, .tensor = t};
        return value_pool(I, v);
    }
    Value v = value_none();
    switch (t->type) {
    case TYPE_BOOL: v = value_bool(*(uint8_t *)t->data != 0); break;
    case TYPE_I64: v = value_int(*(int64_t *)t->data); break;
    case TYPE_F64: v = value_real(*(double *)t->data); break;
    case TYPE_F32: v = value_real((double)*(float *)t->data); break;
    case TYPE_KEY: v = value_int((int64_t) * (uint64_t *)t->data); break;
    case TYPE_COUNT: break;
    }
    tensor_drop(t);
    return v;
}

static void string_free(Interp *I, Object *o)
{
    String *s = (String *)o;
    memory_give(I->memory, (void *)(uintptr_t)s->text.at, s->text.len + 1);
}

Value value_string(Interp *I, Text t)
{
    char *copy = memory_take(I->memory, t.len + 1);
    if (t.len) memcpy(copy, t.at, t.len);
    String *s = object_new(I, VALUE_STRING, sizeof *s, string_free);
    s->text = (Text){copy, t.len};
    return value_object(s);
}

Value value_cstr(Interp *I, const char *s) { return value_string(I, text_of(s)); }

static void record_free(Interp *I, Object *o)
{
    Record *r = (Record *)o;
    for (uint32_t i = 0; i < r->count; i++) value_drop(I, r->value[i]);
    memory_give(I->memory, r->name, r->room * sizeof *r->name);
    memory_give(I->memory, r->value, r->room * sizeof *r->value);
}

Record *record_new(Interp *I)
{
    Record *r = object_new(I, VALUE_RECORD, sizeof *r, NULL);
    r->room = 4;
    r->name = memory_take(I->memory, r->room * sizeof *r->name);
    r->value = memory_take(I->memory, r->room * sizeof *r->value);
    r->object.free = record_free;
    return r;
}

void record_set(Interp *I, Record *r, Name name, Value v)
{
    value_keep(v);
    for (uint32_t i = 0; i < r->count; i++)
        if (r->name[i] == name) {
            value_drop(I, r->value[i]);
            r->value[i] = v;
            return;
        }
    if (r->count == r->room) {
        size_t old = r->room, now = 2 * old;
        r->name = memory_grow(I->memory, r->name, old * sizeof *r->name,
                              now * sizeof *r->name);
        r->value = memory_grow(I->memory, r->value, old * sizeof *r->value,
                               now * sizeof *r->value);
        r->room = (uint32_t)now;
    }
    r->name[r->count] = name;
    r->value[r->count++] = v;
}

bool record_get(const Record *r, Name name, Value *v)
{
    for (uint32_t i = 0; i < r->count; i++)
        if (r->name[i] == name) {
            *v = r->value[i];
            return true;
        }
    return false;
}

static void list_free(Interp *I, Object *o)
{
    List *l = (List *)o;
    for (uint32_t i = 0; i < l->count; i++) value_drop(I, l->item[i]);
    memory_give(I->memory, l->item, l->room * sizeof *l->item);
}

List *list_new(Interp *I)
{
    List *l = object_new(I, VALUE_LIST, sizeof *l, NULL);
    l->room = 4;
    l->item = memory_take(I->memory, l->room * sizeof *l->item);
    l->object.free = list_free;
    return l;
}

void list_push(Interp *I, List *l, Value v)
{
    if (l->count == l->room) {
        l->item = memory_grow(I->memory, l->item, l->room * sizeof *l->item,
                              2 * l->room * sizeof *l->item);
        l->room *= 2;
    }
    l->item[l->count++] = value_keep(v);
}

bool value_is_number(Value v)
{
    return v.kind == VALUE_BOOL || v.kind == VALUE_INT || v.kind == VALUE_REAL ||
           v.kind == VALUE_TENSOR || v.kind == VALUE_NODE;
}

bool value_is_scalar(Value v)
{
    return v.kind == VALUE_BOOL || v.kind == VALUE_INT || v.kind == VALUE_REAL;
}

bool value_shape(Value v, Shape *shape)
{
    if (!value_is_number(v)) return false;
    if (v.kind == VALUE_TENSOR)
        *shape = v.tensor->shape;
    else if (v.kind == VALUE_NODE)
        *shape = ((Recorded *)v.object)->node->shape;
    else
        *shape = shape_scalar();
    return true;
}

Type value_type(Value v)
{
    if (v.kind == VALUE_TENSOR) return v.tensor->type;
    if (v.kind == VALUE_NODE) return ((Recorded *)v.object)->node->type;
    if (v.kind == VALUE_BOOL) return TYPE_BOOL;
    return v.kind == VALUE_INT ? TYPE_I64 : TYPE_F64;
}

double value_as_real(Value v)
{
    if (v.kind == VALUE_BOOL) return v.boolean;
    if (v.kind == VALUE_INT) return (double)v.integer;
    if (v.kind == VALUE_REAL) return v.real;
    return (double)NAN;
}

Tensor *value_as_tensor(Interp *I, Value v)
{
    if (v.kind == VALUE_TENSOR) return v.tensor;
    Shape scalar = shape_scalar();
    Tensor *t = tensor_new(I->memory, value_type(v), &scalar);
    if (v.kind == VALUE_BOOL)
        *(uint8_t *)t->data = v.boolean;
    else if (v.kind == VALUE_INT)
        *(int64_t *)t->data = v.integer;
    else
        *(double *)t->data = v.real;
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = t});
    return t;
}

Tensor *value_as_type(Interp *I, Value v, Type type)
{
    Tensor *t = value_as_tensor(I, v);
    if (t->type == type) return t;
    t = tensor_cast(I->memory, t, type);
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = t});
    return t;
}

static bool same_tensor(const Tensor *a, const Tensor *b)
{
    return a == b || (a->type == b->type && shape_same(&a->shape, &b->shape) &&
                      memcmp(a->data, b->data,
                             (size_t)shape_count(&a->shape) * type_size(a->type)) == 0);
}

bool value_same(Value a, Value b)
{
    if (a.kind != b.kind) return false;
    switch (a.kind) {
    case VALUE_NONE: return true;
    case VALUE_BOOL: return a.boolean == b.boolean;
    case VALUE_INT: return a.integer == b.integer;
    case VALUE_REAL: return memcmp(&a.real, &b.real, sizeof a.real) == 0;
    case VALUE_WORD: return a.word == b.word;
    case VALUE_UNKNOWN: return false;
    case VALUE_TENSOR: return same_tensor(a.tensor, b.tensor);
    case VALUE_STRING:
        return text_same(((String *)a.object)->text, ((String *)b.object)->text);
    case VALUE_NODE:
    case VALUE_RECORD:
    case VALUE_LIST:
    case VALUE_RANGE:
    case VALUE_FN:
    case VALUE_DERIVED:
    case VALUE_FOREIGN:
    case VALUE_DEF:
    case VALUE_INSTANCE:
    case VALUE_CHAIN:
    case VALUE_NET:
    case VALUE_MODEL:
    case VALUE_METHOD:
    case VALUE_POSTERIOR:
    case VALUE_PREDICTION:
    case VALUE_PART:
    case VALUE_BOUND:
    case VALUE_KINDS: break;
    }
    return a.object == b.object;
}

static const char *const kind_text[VALUE_KINDS] = {
    [VALUE_NONE] = "none",
    [VALUE_BOOL] = "a bool",
    [VALUE_INT] = "an int",
    [VALUE_REAL] = "a real",
    [VALUE_WORD] = "a function",
    [VALUE_UNKNOWN] = "not known",
    [VALUE_TENSOR] = "a tensor",
    [VALUE_STRING] = "a string",
    [VALUE_NODE] = "a number",
    [VALUE_RECORD] = "a record",
    [VALUE_LIST] = "a list",
    [VALUE_RANGE] = "a range",
    [VALUE_FN] = "a function",
    [VALUE_DERIVED] = "a function",
    [VALUE_FOREIGN] = "a function",
    [VALUE_DEF] = "a definition",
    [VALUE_INSTANCE] = "a definition with arguments",
    [VALUE_CHAIN] = "a chain of layers",
    [VALUE_NET] = "a network",
    [VALUE_MODEL] = "a model",
    [VALUE_METHOD] = "a method of fit",
    [VALUE_POSTERIOR] = "a posterior",
    [VALUE_PREDICTION] = "a prediction",
    [VALUE_PART] = "a part of a plot",
    [VALUE_BOUND] = "a function",
};

ValueKind value_known_kind(Value v)
{
    int64_t like = v.integer & 0xFF; /* what checked_like knows of it */
    return v.kind == VALUE_UNKNOWN && like && like < VALUE_KINDS ? (ValueKind)like
                                                                 : v.kind;
}

const char *value_kind_text(Value v)
{
    if (v.kind == VALUE_INSTANCE) {
        static const char *const def[] = {"a distribution", "a layer",   "a flow",
                                          "an optimizer",   "an attack", "a guide"};
        return def[((Instance *)v.object)->def->def->flags & AST_LOW];
    }
    return kind_text[value_known_kind(v)];
}

bool value_any(Value v, bool (*is)(Value))
{
    if (is(v)) return true;
    if (v.kind == VALUE_RECORD)
        for (uint32_t i = 0; i < ((Record *)v.object)->count; i++)
            if (value_any(((Record *)v.object)->value[i], is)) return true;
    if (v.kind == VALUE_LIST)
        for (uint32_t i = 0; i < ((List *)v.object)->count; i++)
            if (value_any(((List *)v.object)->item[i], is)) return true;
    if (v.kind == VALUE_CHAIN)
        for (uint32_t i = 0; i < ((Chain *)v.object)->count; i++)
            if (value_any(((Chain *)v.object)->stage[i], is)) return true;
    if (v.kind == VALUE_INSTANCE) {
        const Instance *in = (const Instance *)v.object;
        for (uint32_t i = 0; i < in->def->def->count; i++)
            if (in->argument[i].state == ARGUMENT_GIVEN &&
                value_any(in->argument[i].value, is))
                return true;
    }
    return false;
}
