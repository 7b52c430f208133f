/* SPDX-License-Identifier: MIT
 * Words that read and write pictures and arrays: from the bytes of a file, through the
 * readers of data, to tensors and back.
 */
#include "data/data.h"
#include "words.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef bool Reader(Arena *a, Diags *d, Span span, Text file, Text bytes, Numbers *out);
static Reader *const readers[] = {png_read, jpeg_read, pnm_read, idx_read, npy_read};
enum { FORM_PNG, FORM_JPEG, FORM_PNM, FORM_IDX, FORM_NPY, FORM_NPZ, FORM_PICTURES };

/* ---- reading ---- */

/* Into `to`, or a tensor of their kind. */
static bool numbers_value(Interp *I, const Numbers *n, const char *path, Span span,
                          Value *out)
{
    static const Type types[] = {TYPE_F64, TYPE_I64, TYPE_BOOL};
    Shape s = shape_of(n->rank, n->dim);
    Tensor *t = tensor_raw(I->memory, types[numbers_kind(n)], &s);
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = t});
    if (!numbers_copy(n, t->data)) return fail(I, E0561, span, path);
    *out = n->rank ? (Value){.kind = VALUE_TENSOR, .tensor = t}
                   : value_tensor(I, tensor_keep(t));
    return true;
}

static bool archive_value(Interp *I, Arena *a, Text path, Text bytes, Span span,
                          Value *out)
{
    NamedNumbers *all;
    int64_t count;
    Record *r = record_new(I);
    Value v;
    if (!npz_read(a, &I->diags, span, path, bytes, &all, &count)) return false;
    for (int64_t i = 0; i < count; i++) {
        if (!numbers_value(I, &all[i].numbers, path.at, span, &v)) return false;
        record_set(I, r, name_of(&I->names, all[i].name), v);
    }
    *out = value_object(r);
    return true;
}

typedef struct File {
    char *path, *bytes;
    size_t len;
} File;

static bool file_open(Interp *I, char *path, Span span, File *f)
{
    *f = (File){.path = path};
    int error = I->host.read_file(I->host.ud, path, &f->bytes, &f->len);
    return !error || fail(I, E0541, span, path, strerror(error));
}

static void file_close(Interp *I, File *f)
{
    I->host.free_file(I->host.ud, f->bytes, f->len);
}

static bool read_one(Interp *I, int form, char *path, Span place, Span span, Value *out)
{
    File f;
    Arena a;
    Numbers n;
    if (!file_open(I, path, place, &f)) return false;
    Text name = text_of(path), bytes = {f.bytes, f.len};
    arena_init(&a, I->memory);
    bool ok = form == FORM_NPZ ? archive_value(I, &a, name, bytes, span, out)
                               : readers[form](&a, &I->diags, span, name, bytes, &n) &&
                                     numbers_value(I, &n, path, span, out);
    arena_free(&a);
    file_close(I, &f);
    return ok;
}

/* ---- many pictures ---- */

/* A picture of the same shape as the first goes to its place in t. */
static bool read_into(Interp *I, const char *first, char *path, Span span, int64_t i,
                      int64_t count, Tensor **t)
{
    File f;
    Arena a;
    Numbers n;
    if (!file_open(I, path, span, &f)) return false;
    arena_init(&a, I->memory);
    bool ok =
        picture_read(&a, &I->diags, span, text_of(path), (Text){f.bytes, f.len}, &n);
    if (ok && n.rank == 2) n.dim[n.rank++] = 1;
    Shape s = ok ? shape_of(4, (int64_t[]){count, n.dim[0], n.dim[1], n.dim[2]})
                 : shape_scalar();
    if (ok && !*t) {
        ok = sizes_ok(I, &s, span);
        if (ok) *t = tensor_new(I->memory, TYPE_F64, &s);
    } else if (ok && !shape_same(&(*t)->shape, &s)) {
        char has[SHAPE_TEXT], first_has[SHAPE_TEXT];
        Shape one = shape_drop(&s, 0), other = shape_drop(&(*t)->shape, 0);
        ok = fail(I, E0557, span, path, shape_text(has, &I->names, &one, false), first,
                  shape_text(first_has, &I->names, &other, false));
    }
    if (ok) numbers_copy(&n, (double *)(*t)->data + i * numbers_count(&n));
    arena_free(&a);
    file_close(I, &f);
    return ok;
}

static bool read_pictures(Interp *I, char *pattern, Span span, Value *out)
{
    char *names;
    size_t len;
    int64_t count = 0, i = 0;
    Tensor *t = NULL;
    int error = I->host.list_files(I->host.ud, pattern, &names, &len);
    if (error) return fail(I, E0541, span, pattern, strerror(error));
    for (size_t k = 0; k < len; k++) count += !names[k];
    bool ok = count > 0 || fail(I, E0558, span, pattern);
    char *first = file_name(I, (Text){names, len});
    I->host.free_list(I->host.ud, names, len);
    for (char *at = first; ok && i < count; at += strlen(at) + 1)
        ok = !interp_stopped(I) && read_into(I, first, at, span, i++, count, &t);
    if (t) *out = value_tensor(I, t);
    return ok;
}

bool word_read_array(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Text t;
    Span place = word_place(I, word, args, 0);
    if (I->recorder && I->recorder->captures) return fail(I, E0360, args->call);
    record_once(I);
    if (!arg_text(I, arg[0], place, "the file's name", &t)) return false;
    char *path = file_name(I, t);
    if (word_data(word) == FORM_PICTURES) return read_pictures(I, path, place, out);
    return read_one(I, word_data(word), path, place, args->call, out);
}

/* ---- writing ---- */

static bool not_taken(Interp *I, int word, Value v, Span span)
{
    static const char *const what[] = {
        "a picture, real[height, width] or real[height, width, 1 to 4]",
        "a picture, real[height, width] or real[height, width, 1 or 3]",
        "a picture, real[height, width] or real[height, width, 1 or 3]",
        "numbers",
        "numbers",
        "a record of numbers"};
    Out o;
    out_init(&o, I->memory);
    if (value_is_number(v))
        value_type_print(I, &o, v);
    else
        out_str(&o, value_kind_text(v));
    fail(I, E0559, span, word_name(word), what[word_data(word)], o.at);
    out_free(&o);
    return false;
}

static bool bitmap_of(Interp *I, int word, Arena *a, Value v, Span span, Bitmap *b)
{
    Shape s;
    int form = word_data(word);
    if (v.kind == VALUE_NODE || !value_shape(v, &s) || s.rank < 2 || s.rank > 3)
        return not_taken(I, word, v, span);
    *b = (Bitmap){s.dim[0], s.dim[1], s.rank == 3 ? s.dim[2] : 1, NULL};
    bool fits = b->channels >= 1 && b->channels <= 4 && b->height > 0 && b->width > 0 &&
                (form == FORM_PNG || b->channels % 2 == 1);
    if (!fits) return not_taken(I, word, v, span);
    int64_t n = shape_count(&s);
    unsigned char *to = arena_take(a, (size_t)n);
    const double *x = value_as_type(I, v, TYPE_F64)->data;
    for (int64_t i = 0; i < n; i++) {
        char text[40];
        snprintf(text, sizeof text, "%.6g", x[i]);
        if (!(x[i] >= 0 && x[i] <= 1)) {
            Diag *d = fail_diag(I, E0560, span, text);
            diag_help(&I->diags, d, "`clip(x, 0, 1)` cuts off what lies outside");
            return false;
        }
        to[i] = (unsigned char)(x[i] * 255 + 0.5);
    }
    b->byte = to;
    return true;
}

static bool dense_of(Interp *I, int word, Value v, Span span, Dense *x)
{
    v = range_as_tensor(I, v);
    if (v.kind == VALUE_NODE || !value_is_number(v)) return not_taken(I, word, v, span);
    Tensor *t = value_as_tensor(I, v);
    if (t->type == TYPE_F32) t = value_as_type(I, v, TYPE_F64);
    NumbersKind kind = t->type == TYPE_BOOL  ? NUMBERS_BOOL
                       : t->type == TYPE_I64 ? NUMBERS_INT
                                             : NUMBERS_REAL;
    *x = (Dense){t->shape.rank, t->shape.dim, kind, t->data};
    return true;
}

static bool pack_archive(Interp *I, int word, Arena *a, Value v, Span span, Out *o,
                         bool *small)
{
    if (v.kind != VALUE_RECORD) return not_taken(I, word, v, span);
    const Record *r = (const Record *)v.object;
    Dense *x = arena_take(a, (r->count + 1) * sizeof *x);
    Text *name = arena_take(a, (r->count + 1) * sizeof *name);
    for (uint32_t i = 0; i < r->count; i++) {
        if (!dense_of(I, word, r->value[i], span, &x[i])) return false;
        name[i] = name_text(&I->names, r->name[i]);
    }
    *small = npz_write(o, name, x, r->count);
    return true;
}

static bool pack(Interp *I, int word, Arena *a, const Value *arg, Span span, Out *o,
                 bool *small)
{
    int form = word_data(word);
    int64_t quality = 90;
    Bitmap b;
    Dense x;
    if (form == FORM_NPZ) return pack_archive(I, word, a, arg[0], span, o, small);
    if (form >= FORM_IDX) {
        if (!dense_of(I, word, arg[0], span, &x)) return false;
        *small = form == FORM_NPY || idx_write(o, &x);
        if (form == FORM_NPY) npy_write(o, &x);
        return true;
    }
    if (!bitmap_of(I, word, a, arg[0], span, &b)) return false;
    if (form == FORM_JPEG && arg[2].kind != VALUE_NONE &&
        !arg_int(I, arg[2], span, "the quality", &quality))
        return false;
    if (quality < 1 || quality > 100)
        return fail(I, E0559, span, word_name(word), "a quality from 1 to 100",
                    "another");
    *small = form == FORM_PNG    ? png_write(a, o, &b)
             : form == FORM_JPEG ? jpeg_write(a, o, &b, (int)quality)
                                 : (pnm_write(o, &b), true);
    return true;
}

bool word_write_array(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Text t;
    Out o;
    Arena a;
    bool small = true;
    Span place = word_place(I, word, args, 0);
    *out = value_none();
    if (!arg_text(I, arg[1], word_place(I, word, args, 1), "the file's name", &t))
        return false;
    out_init(&o, I->memory);
    arena_init(&a, I->memory);
    bool ok = pack(I, word, &a, arg, place, &o, &small) &&
              (small || fail(I, E0562, place, word_name(word)));
    if (ok) {
        char *path = file_name(I, t);
        int error = I->host.write_file(I->host.ud, path, o.at, o.len);
        if (error) ok = write_failed(I, word_place(I, word, args, 1), path, error);
    }
    out_free(&o);
    arena_free(&a);
    return ok;
}
