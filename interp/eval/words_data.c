/* SPDX-License-Identifier: MIT
 * Words about text, records and files; and words of distributions.
 */
#include "data/data.h"
#include "words.h"

#include <errno.h>
#include <math.h>
#include <string.h>

bool word_print(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    List *l = word_rest(I, word, arg);
    Out o;
    out_init(&o, I->memory);
    for (uint32_t i = 0; i < l->count; i++) {
        Value v = l->item[i];
        if (v.kind == VALUE_NODE) {
            out_free(&o);
            Diag *d = fail_diag(I, E0357, args->call);
            diag_help(&I->diags, d, "print after the call, from what it returned");
            return false;
        }
        if (i) out_char(&o, ' ');
        value_print(I, &o, v, false, false);
    }
    out_char(&o, '\n');
    I->host.output(I->host.ud, o.at, o.len);
    out_free(&o);
    *out = value_none();
    return true;
}

bool word_record(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    if (arg[0].kind != VALUE_RECORD)
        return fail(I, E0352, word_place(I, word, args, 0), word_name(word),
                    value_kind_text(arg[0]));
    Record *r = (Record *)arg[0].object;
    if (word_data(word) == 1)
        return values_stack(I, r->value, r->count, args->call, out);
    List *l = list_new(I);
    for (uint32_t i = 0; i < r->count; i++)
        list_push(I, l, value_string(I, name_text(&I->names, r->name[i])));
    *out = value_object(l);
    return true;
}

/* A text as a number: an int where it has no point and no exponent, and fits. */
static bool number_of(Interp *I, Value v, Span span, Value *out)
{
    double x;
    Text t;
    if (value_is_number(v)) return *out = v, true;
    if (!arg_text(I, v, span, "what is read as a number", &t)) return false;
    if (!text_to_real(t, &x, true))
        return fail(I, E0363, span, t.len > 40 ? 40 : (int)t.len, t.at);
    bool whole = fabs(x) < 0x1p53;
    for (size_t i = t.at[0] == '-' || t.at[0] == '+'; i < t.len; i++)
        whole = whole && t.at[i] >= '0' && t.at[i] <= '9';
    *out = whole ? value_int((int64_t)x) : value_real(x);
    return true;
}

bool word_number(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Span span = word_place(I, word, args, 0);
    if (arg[0].kind != VALUE_LIST) return number_of(I, arg[0], span, out);
    const List *l = (List *)arg[0].object;
    Value *x = memory_take(I->memory, (l->count + 1) * sizeof *x);
    bool ok = true;
    for (uint32_t i = 0; ok && i < l->count; i++)
        ok = number_of(I, l->item[i], span, &x[i]);
    ok = ok && values_stack(I, x, l->count, args->call, out);
    memory_give(I->memory, x, (l->count + 1) * sizeof *x);
    return ok;
}

/* ---- files ---- */

static Value column_value(Interp *I, const Column *c, int64_t rows, Text file)
{
    if (c->is_text) {
        List *l = list_new(I);
        l->file = name_of(&I->names, file);
        l->column = name_of(&I->names, c->name);
        l->text_at = c->first_text;
        l->text_row = c->first_text_row;
        for (int64_t i = 0; i < rows; i++) list_push(I, l, value_string(I, c->text[i]));
        return value_object(l);
    }
    Shape s = shape_of(1, &rows);
    Tensor *t = tensor_new(I->memory, c->is_whole ? TYPE_I64 : TYPE_F64, &s);
    for (int64_t i = 0; i < rows; i++) {
        if (c->is_whole)
            ((int64_t *)t->data)[i] = (int64_t)c->number[i];
        else
            ((double *)t->data)[i] = c->number[i];
    }
    return value_tensor(I, t);
}

static void columns_matrix(Interp *I, const Table *t, Value *out)
{
    Shape s = shape_of(2, (int64_t[]){t->rows, t->columns});
    Tensor *m = tensor_new(I->memory, TYPE_F64, &s);
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = m});
    for (int64_t j = 0; j < t->columns; j++) {
        for (int64_t i = 0; i < t->rows; i++)
            ((double *)m->data)[i * t->columns + j] = t->column[j].number[i];
    }
    *out = (Value){.kind = VALUE_TENSOR, .tensor = m};
}

static Value json_value(Interp *I, const Json *j, Span span)
{
    switch (j->kind) {
    case JSON_BOOL: return value_bool(j->integer != 0);
    case JSON_INT: return value_int(j->integer);
    case JSON_REAL: return value_real(j->real);
    case JSON_TEXT: return value_string(I, j->text);
    case JSON_NULL: return value_none();
    case JSON_RECORD: {
        Record *r = record_new(I);
        for (int64_t i = 0; i < j->count; i++)
            record_set(I, r, name_of(&I->names, j->key[i]),
                       json_value(I, &j->item[i], span));
        return value_object(r);
    }
    case JSON_LIST:
    default: break;
    }
    Value *v = memory_take(I->memory, (size_t)j->count * sizeof *v), out;
    for (int64_t i = 0; i < j->count; i++) v[i] = json_value(I, &j->item[i], span);
    if (!values_stack(I, v, (uint32_t)j->count, span, &out)) out = value_none();
    memory_give(I->memory, v, (size_t)j->count * sizeof *v);
    return out;
}

char *file_name(Interp *I, Text t)
{
    char *path = arena_take(&I->arena, t.len + 1);
    if (t.len) memcpy(path, t.at, t.len);
    return path;
}

static bool read_bytes(Interp *I, int what, Arena *a, Text path, Text bytes, Span span,
                       Value *out)
{
    Table table;
    Json json;
    if (what == 2) {
        if (!json_read(a, &I->diags, span, path, bytes, &json)) return false;
        *out = json_value(I, &json, span);
        return true;
    }
    bool ok = what == 0 ? csv_read(a, &I->diags, span, path, bytes, &table)
                        : table_read(a, &I->diags, span, path, bytes, &table);
    if (!ok) return false;
    if (what == 1) {
        columns_matrix(I, &table, out);
        return true;
    }
    Record *r = record_new(I);
    for (int64_t i = 0; i < table.columns; i++)
        record_set(I, r, name_of(&I->names, table.column[i].name),
                   column_value(I, &table.column[i], table.rows, path));
    *out = value_object(r);
    return true;
}

bool word_read(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Text t;
    char *bytes;
    size_t len;
    if (I->recorder && I->recorder->captures) return fail(I, E0360, args->call);
    record_once(I);
    if (!arg_text(I, arg[0], word_place(I, word, args, 0), "the file's name", &t))
        return false;
    char *path = file_name(I, t);
    int error = I->host.read_file(I->host.ud, path, &bytes, &len);
    if (error)
        return fail(I, E0541, word_place(I, word, args, 0), path, strerror(error));
    Arena a;
    arena_init(&a, I->memory);
    bool ok = read_bytes(I, word_data(word), &a, (Text){path, t.len},
                         (Text){bytes, len}, args->call, out);
    arena_free(&a);
    I->host.free_file(I->host.ud, bytes, len);
    return ok;
}

bool write_failed(Interp *I, Span span, const char *path, int error)
{
    bool refused = error == EPERM;
    Diag *d = fail_diag(
        I, E0542, span, path,
        refused ? "it is outside of the folder that the program was started in"
                : strerror(error));
    if (refused)
        diag_help(&I->diags, d, "allow a folder with `unc --allow-write DIR …`");
    if (error == ENOENT)
        diag_help(&I->diags, d, "the folder that it names is not there: make it first");
    return false;
}

static bool write_columns(Interp *I, const Record *r, Arena *a, Span span, Table *table)
{
    table->columns = r->count;
    table->column = arena_take(a, r->count * sizeof *table->column);
    for (uint32_t i = 0; i < r->count; i++) {
        Column *c = &table->column[i];
        Value v = r->value[i];
        int64_t rows;
        c->name = name_text(&I->names, r->name[i]);
        if (v.kind == VALUE_LIST) {
            rows = ((List *)v.object)->count;
            c->is_text = true;
            c->text = arena_take(a, (size_t)rows * sizeof *c->text);
            for (int64_t k = 0; k < rows; k++) {
                Value s = ((List *)v.object)->item[k];
                if (s.kind != VALUE_STRING)
                    return fail(I, E0361, span, name_cstr(&I->names, r->name[i]));
                c->text[k] = ((String *)s.object)->text;
            }
        } else if (v.kind == VALUE_TENSOR && v.tensor->shape.rank == 1) {
            rows = v.tensor->shape.dim[0];
            c->number = arena_take(a, (size_t)rows * sizeof *c->number);
            for (int64_t k = 0; k < rows; k++)
                c->number[k] = tensor_real_at(v.tensor, k);
        } else {
            return fail(I, E0361, span, name_cstr(&I->names, r->name[i]));
        }
        if (i && rows != table->rows)
            return fail(I, E0362, span, name_cstr(&I->names, r->name[i]),
                        (long long)rows, (long long)table->rows);
        table->rows = rows;
    }
    return true;
}

bool word_write(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Text t;
    Table table = {0};
    Arena a;
    *out = value_none();
    if (arg[0].kind != VALUE_RECORD)
        return fail(I, E0352, word_place(I, word, args, 0), "write_csv",
                    value_kind_text(arg[0]));
    if (!arg_text(I, arg[1], word_place(I, word, args, 1), "the file's name", &t))
        return false;
    arena_init(&a, I->memory);
    bool ok = write_columns(I, (Record *)arg[0].object, &a, args->call, &table);
    if (ok) {
        Out o;
        out_init(&o, I->memory);
        csv_write(&o, &table);
        char *path = file_name(I, t);
        int error = I->host.write_file(I->host.ud, path, o.at, o.len);
        if (error) ok = write_failed(I, word_place(I, word, args, 1), path, error);
        out_free(&o);
    }
    arena_free(&a);
    return ok;
}

bool word_matrix(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    if (arg[0].kind != VALUE_RECORD)
        return fail(I, E0352, word_place(I, word, args, 0), "matrix",
                    value_kind_text(arg[0]));
    Record *r = (Record *)arg[0].object;
    int64_t from = 0, to = r->count;
    if (arg[1].kind == VALUE_RANGE) {
        from = ((Range *)arg[1].object)->from;
        to = ((Range *)arg[1].object)->to;
    } else if (arg[1].kind != VALUE_NONE) {
        return fail(I, E0303, word_place(I, word, args, 1), "the columns",
                    value_kind_text(arg[1]));
    }
    if (from < 0 || to > r->count || to <= from)
        return fail(I, E0328, word_place(I, word, args, 1), (long long)to - 1, 1,
                    (long long)r->count);
    Shape first, s = shape_scalar();
    if (!value_shape(r->value[from], &first) || first.rank != 1)
        return fail(I, E0361, args->call, name_cstr(&I->names, r->name[from]));
    s = shape_of(2, (int64_t[]){first.dim[0], to - from});
    Tensor *m = tensor_new(I->memory, TYPE_F64, &s);
    *out = value_tensor(I, m);
    for (int64_t j = from; j < to; j++) {
        Value v = r->value[j];
        if (v.kind != VALUE_TENSOR || !shape_same(&v.tensor->shape, &first))
            return fail(I, E0361, args->call, name_cstr(&I->names, r->name[j]));
        for (int64_t i = 0; i < first.dim[0]; i++)
            ((double *)m->data)[i * (to - from) + j - from] =
                tensor_real_at(v.tensor, i);
    }
    return true;
}

bool word_time(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    (void)word;
    (void)arg;
    (void)args;
    record_once(I);
    *out = value_real(I->host.clock(I->host.ud));
    return true;
}

bool word_derive(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Value f = arg[0];
    if (f.kind != VALUE_FN && f.kind != VALUE_WORD && f.kind != VALUE_DERIVED &&
        f.kind != VALUE_BOUND && f.kind != VALUE_FOREIGN && f.kind != VALUE_NET &&
        f.kind != VALUE_CHAIN)
        return fail(I, E0352, word_place(I, word, args, 0), word_name(word),
                    value_kind_text(f));
    return derived_new(I, word_name(word), f, out);
}

/* ---- distributions ---- */

/* Argument i of a word, which must be a distribution. */
static bool need_dist(Interp *I, int word, const Value *arg, const Args *args, int i,
                      Instance **d)
{
    *d = (Instance *)arg[i].object;
    if (is_instance(arg[i], DEF_DIST)) return true;
    Diag *g = fail_diag(I, E0236, word_place(I, word, args, i), word_name(word),
                        value_kind_text(arg[i]));
    if (i == 0 && I->words[word].count > 1 && is_instance(arg[1], DEF_DIST))
        diag_help(&I->diags, g, "the order is turned: the distribution comes first");
    else if (arg[i].kind == VALUE_DEF)
        help_signature(I, g, ((Def *)arg[i].object)->def);
    else
        diag_help(&I->diags, g, "it is %s(%s)", word_name(word), word_signature(word));
    return false;
}

bool word_sample(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Instance *d = NULL;
    Shape s = shape_scalar();
    int64_t seed;
    if (!need_dist(I, word, arg, args, 0, &d)) return false;
    if (I->abstract && I->handler == NULL) I->seeded = true; /* no place is counted */
    if (arg[1].kind != VALUE_NONE && (!arg_sizes(I, arg[1], word_rest(I, word, arg),
                                                 word_place(I, word, args, 1), &s) ||
                                      !sizes_ok(I, &s, word_place(I, word, args, 1))))
        return false;
    bool seeded = I->seeded;
    uint64_t key = I->key, draws = I->draws;
    if (arg[2].kind != VALUE_NONE) {
        if (!arg_int(I, arg[2], word_place(I, word, args, 2), "a seed", &seed))
            return false;
        I->key = key_fold(0x73616d, (uint64_t)seed);
        I->seeded = true;
        I->draws = 0;
    } else if (!I->seeded && !(I->handler && I->handler->noise)) {
        I->key = next_key(I, args->call);
        I->seeded = true;
        I->draws = 0;
    }
    if (!I->handler) record_once(I);
    bool ok = dist_sample(I, d, &s, args->call, out);
    if (arg[2].kind != VALUE_NONE || !seeded) {
        I->seeded = seeded;
        I->key = key;
        I->draws = draws;
    }
    return ok;
}

bool word_logpdf(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Instance *d = NULL;
    if (arg[0].kind == VALUE_PREDICTION) {
        Value method;
        return eval_field(I, arg[0], name_str(&I->names, "logpdf"), args->call,
                          &method) &&
               call_with(I, method, &arg[1], 1, args->call, out);
    }
    return need_dist(I, word, arg, args, 0, &d) &&
           dist_logpdf(I, d, arg[1], word_place(I, word, args, 1), out);
}

static void say_estimate(Interp *I, const Instance *p, const Instance *q, double error)
{
    Out o;
    out_init(&o, I->memory);
    out_fmt(&o, q ? "note: kl of %s and %s" : "note: entropy of %s", dist_name(I, p),
            q ? dist_name(I, q) : "");
    out_fmt(&o,
            " has no closed form here: an estimate by draws, with a standard error of "
            "%.2g\n",
            error);
    I->host.message(I->host.ud, o.at, o.len);
    out_free(&o);
}

/* The largest standard error of means over the first axis, where it is known. */
static bool largest_error(Interp *I, Value terms, int64_t draws, Span span, double *out)
{
    Value sd = {.kind = VALUE_WORD, .word = word_find("sd")};
    Value arg[2] = {terms, value_int(0)}, spread;
    *out = (double)NAN;
    if (!call_with(I, sd, arg, 2, span, &spread)) return false;
    if (spread.kind == VALUE_NODE || !value_is_number(spread)) return true;
    const Tensor *t = value_as_tensor(I, spread);
    for (int64_t i = 0, n = shape_count(&t->shape); i < n; i++)
        *out = fmax(*out, tensor_real_at(t, i) / sqrt((double)draws));
    return true;
}

/* The mean under p of log p - log q, or with q NULL of -log p, over draws; it says how
 * far it may be off. The draws are those of the run's seed. */
static bool mean_by_draws(Interp *I, Instance *p, Instance *q, Value draws, Span at,
                          Span span, Value *out)
{
    Value x, side[2] = {value_real(0)};
    Shape s = shape_of(1, (int64_t[]){100000});
    bool seeded = I->seeded;
    uint64_t key = I->key;
    double error;
    if (draws.kind != VALUE_NONE && !arg_int(I, draws, at, "draws", &s.dim[0]))
        return false;
    if (s.dim[0] < 2) return fail(I, E0351, at, (long long)s.dim[0]);
    I->seeded = true;
    I->key = key_fold(0x6b6c, I->seed);
    bool ok = dist_sample(I, p, &s, span, &x) &&
              dist_logpdf(I, p, x, span, &side[q ? 0 : 1]) &&
              (!q || dist_logpdf(I, q, x, span, &side[1]));
    I->seeded = seeded;
    I->key = key;
    Value mean = {.kind = VALUE_WORD, .word = word_find("mean")};
    Value arg[2] = {value_none(), value_int(0)};
    if (!ok || !apply_elem(I, ELEM_sub, span, side, &arg[0]) ||
        !largest_error(I, arg[0], s.dim[0], span, &error) ||
        !call_with(I, mean, arg, 2, span, out))
        return false;
    if (!isnan(error)) say_estimate(I, p, q, error);
    return true;
}

bool word_dist(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Instance *d = NULL, *q = NULL;
    int what = word_data(word);
    bool closed;
    if (what == 1 && arg[0].kind == VALUE_PREDICTION)
        return eval_field(I, arg[0], name_str(&I->names, "entropy"), args->call, out);
    if (what == 4 && may_be_flow(arg[0])) {
        int rank;
        if (!flow_event(I, arg[0], args->call, &rank)) return false;
        *out = value_int(rank);
        return true;
    }
    if (!need_dist(I, word, arg, args, 0, &d)) return false;
    if (what == 4) {
        Shape event;
        if (!dist_event(I, d, &event)) return false;
        *out = value_int(event.rank);
        return true;
    }
    if (what == 1 && !dist_parts(I, d) && !dist_has(d, name_str(&I->names, "entropy")))
        return mean_by_draws(I, d, NULL, arg[1], word_place(I, word, args, 1),
                             args->call, out);
    if (what == 1 || what == 2)
        return dist_member(I, d, word_name(word), args->call, out);
    if (what == 3) {
        if (!need_dist(I, word, arg, args, 1, &q)) return false;
        if (!dist_kl(I, d, q, &closed, out)) return false;
        return closed || mean_by_draws(I, d, q, arg[2], word_place(I, word, args, 2),
                                       args->call, out);
    }
    if (what == 6) {
        Shape batch;
        return dist_batch(I, d, &batch) && sizes_value(I, &batch, out);
    }
    if (what == 5) {
        Support s;
        Type t;
        if (!dist_support(I, d, &s, &t)) return false;
        *out = value_bool(t == TYPE_I64);
        return true;
    }
    if (!value_is_number(arg[1]) && arg[1].kind != VALUE_RANGE)
        return fail(I, E0352, word_place(I, word, args, 1), word_name(word),
                    value_kind_text(arg[1]));
    return dist_function(I, d, (DistFunction)(what - 10), arg[1], args->call, out);
}
