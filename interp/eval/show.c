/* SPDX-License-Identifier: MIT
 * Values as text: what print and string interpolation write, and the types that the
 * REPL and diagnostics name. Large tensors are shortened to their edges, or their
 * range.
 */
#include "eval_int.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SHOW_ALL = 200, SHOW_SOME = 60, SHOW_EDGE = 3, SHOW_LINE = 100 };

static void show_element(Out *o, const Tensor *t, int64_t i)
{
    switch (t->type) {
    case TYPE_BOOL: out_str(o, ((uint8_t *)t->data)[i] ? "true" : "false"); return;
    case TYPE_I64: out_fmt(o, "%lld", (long long)((int64_t *)t->data)[i]); return;
    case TYPE_KEY:
        out_fmt(o, "%016llx", (unsigned long long)((uint64_t *)t->data)[i]);
        return;
    case TYPE_F64:
    case TYPE_F32:
    case TYPE_COUNT: break;
    }
    double x = tensor_real_at(t, i);
    if (!isfinite(x)) {
        out_real(o, x);
        return;
    }
    char text[40];
    snprintf(text, sizeof text, "%.6g", x);
    out_str(o, strcmp(text, "-0") == 0 ? "0" : text);
}

static void show_axis(Out *o, const Tensor *t, int axis, int64_t from, bool brief)
{
    int64_t n = t->shape.dim[axis], step = 1;
    for (int k = axis + 1; k < t->shape.rank; k++) step *= t->shape.dim[k];
    out_char(o, '[');
    for (int64_t i = 0; i < n; i++) {
        if (brief && n > 2 * SHOW_EDGE && i == SHOW_EDGE) {
            out_str(o, ", …");
            i = n - SHOW_EDGE;
        }
        if (i) out_str(o, ", ");
        if (axis + 1 < t->shape.rank)
            show_axis(o, t, axis + 1, from + i * step, brief);
        else
            show_element(o, t, from + i);
    }
    out_char(o, ']');
}

static void show_tensor(Interp *I, Out *o, const Tensor *t, bool brief)
{
    bool large = shape_count(&t->shape) > SHOW_ALL ||
                 (brief && shape_count(&t->shape) > SHOW_SOME);
    show_axis(o, t, 0, 0, large);
    if (large) {
        out_str(o, "  # ");
        Value v = {.kind = VALUE_TENSOR, .tensor = (Tensor *)(uintptr_t)t};
        value_type_print(I, o, v);
    }
}

/* Whether more numbers than these lie in what a record or a list holds. */
static bool is_long(const Value *v, uint32_t n, int64_t most)
{
    int64_t numbers = 0;
    for (uint32_t i = 0; i < n; i++)
        if (v[i].kind == VALUE_TENSOR) numbers += shape_count(&v[i].tensor->shape);
    return numbers > most;
}

static void show_list(Interp *I, Out *o, const List *l, bool brief)
{
    brief = brief || is_long(l->item, l->count, SHOW_ALL);
    out_char(o, '[');
    for (uint32_t i = 0; i < l->count; i++) {
        if (i) out_str(o, ", ");
        value_print(I, o, l->item[i], brief, true);
    }
    out_char(o, ']');
}

/* <real[100, 28, 28, 1] from 0 to 1> */
static void show_range(Interp *I, Out *o, Value v)
{
    double lo = HUGE_VAL, hi = -HUGE_VAL;
    int64_t n = shape_count(&v.tensor->shape), unknown = 0;
    for (int64_t i = 0; i < n; i++) {
        double x = tensor_real_at(v.tensor, i);
        unknown += isnan(x);
        lo = x < lo ? x : lo;
        hi = x > hi ? x : hi;
    }
    out_char(o, '<');
    value_type_print(I, o, v);
    if (lo <= hi) out_fmt(o, " from %.6g to %.6g", lo, hi);
    if (unknown) out_fmt(o, ", %lld nan", (long long)unknown);
    out_char(o, '>');
}

/* A field on a line of its own: a tensor that is longer by its edges, or by its range;
 * lines within it are set in. */
static void show_field(Interp *I, Out *o, Value v)
{
    Out text;
    bool tensor = v.kind == VALUE_TENSOR, large = false;
    out_init(&text, I->memory);
    value_print(I, &text, v, true, true);
    if (tensor && (text.len > SHOW_LINE || shape_count(&v.tensor->shape) > SHOW_SOME)) {
        text.len = 0;
        show_axis(&text, v.tensor, 0, 0, true);
        large = text.len <= SHOW_LINE;
        if (!large) text.len = 0, show_range(I, &text, v);
    }
    for (size_t i = 0; i < text.len; i++) {
        out_char(o, text.at[i]);
        if (text.at[i] == '\n') out_str(o, "  ");
    }
    out_char(o, ',');
    if (large) {
        out_str(o, "  # ");
        value_type_print(I, o, v);
    }
    out_free(&text);
}

static void show_lines(Interp *I, Out *o, const Record *r)
{
    out_str(o, "{\n");
    for (uint32_t i = 0; i < r->count; i++) {
        out_str(o, "  ");
        out_text(o, name_text(&I->names, r->name[i]));
        out_str(o, " = ");
        show_field(I, o, r->value[i]);
        out_char(o, '\n');
    }
    out_char(o, '}');
}

/* On a line each where there are too many numbers for one. */
static void show_record(Interp *I, Out *o, const Record *r, bool brief)
{
    if (is_long(r->value, r->count, brief ? SHOW_SOME : SHOW_ALL)) {
        show_lines(I, o, r);
        return;
    }
    out_char(o, '{');
    for (uint32_t i = 0; i < r->count; i++) {
        if (i) out_str(o, ", ");
        out_text(o, name_text(&I->names, r->name[i]));
        out_str(o, " = ");
        value_print(I, o, r->value[i], brief, true);
    }
    out_char(o, '}');
}

static void show_instance(Interp *I, Out *o, Instance *in, bool brief)
{
    out_text(o, name_text(&I->names, in->def->def->name));
    out_char(o, '(');
    const char *between = "";
    for (uint32_t i = 0; i < in->def->def->count; i++) {
        if (in->argument[i].state != ARGUMENT_GIVEN) continue;
        out_str(o, between);
        out_text(o, name_text(&I->names, in->def->def->list[i]->name));
        out_str(o, " = ");
        value_print(I, o, in->argument[i].value, brief, true);
        between = ", ";
    }
    out_char(o, ')');
}

static void show_string(Out *o, Text text, bool quote)
{
    if (quote) out_char(o, '"');
    out_text(o, text);
    if (quote) out_char(o, '"');
}

static void show_chain(Interp *I, Out *o, const Chain *c, bool brief)
{
    for (uint32_t i = 0; i < c->count; i++) {
        if (i) out_str(o, " >> ");
        value_print(I, o, c->stage[i], brief, true);
    }
}

void value_print(Interp *I, Out *o, Value v, bool brief, bool quote)
{
    if (++I->depth > LIMIT_AST_DEPTH) {
        out_str(o, "…");
        I->depth--;
        return;
    }
    switch (v.kind) {
    case VALUE_NONE: out_str(o, "none"); break;
    case VALUE_BOOL: out_str(o, v.boolean ? "true" : "false"); break;
    case VALUE_INT: out_fmt(o, "%lld", (long long)v.integer); break;
    case VALUE_REAL: out_real(o, v.real == 0 ? 0 : v.real); break;
    case VALUE_WORD: out_fmt(o, "<function %s>", word_name(v.word)); break;
    case VALUE_TENSOR: show_tensor(I, o, v.tensor, brief); break;
    case VALUE_STRING: show_string(o, ((String *)v.object)->text, quote); break;
    case VALUE_RECORD: show_record(I, o, (Record *)v.object, brief); break;
    case VALUE_LIST: show_list(I, o, (List *)v.object, brief); break;
    case VALUE_RANGE:
        out_fmt(o, "%lld..%lld", (long long)((Range *)v.object)->from,
                (long long)((Range *)v.object)->to);
        break;
    case VALUE_INSTANCE: show_instance(I, o, (Instance *)v.object, brief); break;
    case VALUE_CHAIN: show_chain(I, o, (Chain *)v.object, brief); break;
    case VALUE_FN:
        out_str(o, "<function");
        if (((Closure *)v.object)->name) {
            out_char(o, ' ');
            out_text(o, name_text(&I->names, ((Closure *)v.object)->name));
        }
        out_char(o, '>');
        break;
    case VALUE_FOREIGN:
        out_fmt(o, "<foreign function %s>", ((ForeignValue *)v.object)->foreign->name);
        break;
    case VALUE_DEF:
        out_fmt(o, "<definition %s>",
                name_cstr(&I->names, ((Def *)v.object)->def->name));
        break;
    case VALUE_MODEL:
        out_fmt(o, "<model %s>",
                name_cstr(&I->names, ((ModelValue *)v.object)->model->name));
        break;
    case VALUE_UNKNOWN:
    case VALUE_NODE:
    case VALUE_DERIVED:
    case VALUE_NET:
    case VALUE_METHOD:
    case VALUE_POSTERIOR:
    case VALUE_PREDICTION:
    case VALUE_PART:
    case VALUE_BOUND:
    case VALUE_KINDS:
        if (!I->upper || !I->upper->print(I, o, v))
            out_fmt(o, "<%s>", value_kind_text(v));
        break;
    }
    I->depth--;
}

void value_type_print(Interp *I, Out *o, Value v)
{
    Shape s;
    if (value_shape(v, &s)) {
        Type t = value_type(v);
        out_str(o, t == TYPE_F32 ? "real" : type_name(t));
        if (s.rank) shape_print(o, &I->names, &s, false);
        return;
    }
    if (v.kind == VALUE_STRING) {
        out_str(o, "string");
    } else if (v.kind == VALUE_RECORD) {
        const Record *r = (const Record *)v.object;
        out_char(o, '{');
        for (uint32_t i = 0; i < r->count && i < 20; i++) {
            if (i) out_str(o, ", ");
            out_fmt(o, "%s: ", name_cstr(&I->names, r->name[i]));
            value_type_print(I, o, r->value[i]);
        }
        out_str(o, r->count > 20 ? ", …}" : "}");
    } else if (v.kind == VALUE_LIST) {
        out_fmt(o, "list of %u", ((List *)v.object)->count);
    } else {
        const char *text = value_kind_text(v);
        out_str(o, strncmp(text, "a ", 2) == 0    ? text + 2
                   : strncmp(text, "an ", 3) == 0 ? text + 3
                                                  : text);
    }
}
