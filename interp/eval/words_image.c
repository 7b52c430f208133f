/* SPDX-License-Identifier: MIT
 * Words about images [.., N, height, width, channels]: convolution, windows, another
 * size. What does not fit is said of the layer that asked.
 */
#include "abstract.h"
#include "words.h"

#include <string.h>

/* The layer whose body this is, or the word. */
static const char *asker(const Interp *I, int word)
{
    if (I->frame && I->frame->self)
        return name_cstr(&I->names, I->frame->self->def->def->name);
    return word_name(word);
}

static bool image_shape(Interp *I, int word, Value *v, int i, const Args *args,
                        int rank, Shape *s)
{
    *v = range_as_tensor(I, *v);
    if (!value_shape(*v, s))
        return fail(I, E0352, word_place(I, word, args, i), word_name(word),
                    value_kind_text(*v));
    if (s->rank >= rank) return true;
    char text[SHAPE_TEXT];
    Diag *d = fail_diag(I, E0550, word_place(I, word, args, i), asker(I, word),
                        shape_text(text, &I->names, s, true));
    if (s->rank == 3)
        diag_help(&I->diags, d,
                  "several images are real[N, height, width, channels]; "
                  "one alone becomes that by `insert_axis(x, 0)`");
    return false;
}

/* One int for both axes, or a vector of two. */
static bool arg_pair(Interp *I, Value v, Span span, const char *what, int64_t least,
                     int64_t *pair)
{
    enum { MOST = 1 << 20 };
    if (v.kind == VALUE_TENSOR && v.tensor->shape.rank == 1 &&
        v.tensor->shape.dim[0] == 2) {
        for (int i = 0; i < 2; i++) pair[i] = (int64_t)tensor_real_at(v.tensor, i);
    } else {
        uint32_t told = I->diags.count;
        bool ok = arg_int(I, v, span, what, &pair[0]);
        if (!ok && I->diags.count == told + 1 && v.kind == VALUE_STRING)
            diag_help(&I->diags, I->diags.list[told],
                      "without `pad` images of stride 1 keep their size");
        if (!ok) return false;
        pair[1] = pair[0];
    }
    for (int i = 0; i < 2; i++)
        if (pair[i] < least || pair[i] > MOST)
            return fail(I, E0551, span, what, (long long)least, (long long)pair[i]);
    return true;
}

/* A pair that was given, else what it was before. */
static bool arg_given(Interp *I, int word, const Value *arg, const Args *args, int i,
                      const char *what, int64_t least, int64_t *pair)
{
    return arg[i].kind == VALUE_NONE ||
           arg_pair(I, arg[i], word_place(I, word, args, i), what, least, pair);
}

/* Zeros around, so that an output has the input's size divided by the stride. */
static void pad_same(Window *w)
{
    for (int i = 0; i < 2; i++) {
        int64_t reach = (w->size[i] - 1) * w->dilation[i];
        w->lo[i] = reach / 2;
        w->hi[i] = reach - w->lo[i];
    }
}

/* Whether the window fits into an image of that height and width. */
static bool window_fits(Interp *I, int word, const Window *w, const int64_t *size,
                        Span span)
{
    if (window_count(w, 0, size[0]) > 0 && window_count(w, 1, size[1]) > 0) return true;
    Diag *d =
        fail_diag(I, E0552, span, asker(I, word), (long long)w->size[0],
                  (long long)w->size[1], size_text(I, size[0]), size_text(I, size[1]));
    diag_help(&I->diags, d,
              "take a smaller window, fewer layers that halve the size, or "
              "`pad = %lld`",
              (long long)((w->size[0] - 1) * w->dilation[0] + 1) / 2);
    return false;
}

/* ---- convolution ---- */

typedef struct Convolve {
    Window window;
    bool back;
    int64_t size[2];
} Convolve;

static Node *build_convolve(Graph *g, Node *const *in, int n, void *ctx)
{
    const Convolve *c = ctx;
    (void)n;
    Node *x = in[0], *w = in[1];
    if (!type_is_real(x->type)) x = op_to_type(g, x, TYPE_F64);
    if (!type_is_real(w->type)) w = op_to_type(g, w, TYPE_F64);
    if (!x || !w) return NULL;
    Type type = x->type == w->type ? x->type : TYPE_F64;
    x = op_to_type(g, x, type);
    w = op_to_type(g, w, type);
    if (!x || !w) return NULL;
    return c->back ? op_convolve_back(g, x, w, &c->window, c->size)
                   : op_convolve(g, x, w, &c->window);
}

/* The height and width of the transpose: stride times the image's, or what the padding
 * leaves. */
static bool back_size(Interp *I, int word, const Shape *x, bool padded, Convolve *c,
                      Span span)
{
    const Window *w = &c->window;
    const int64_t *image = x->dim + x->rank - 3;
    for (int i = 0; i < 2; i++) {
        int64_t reach = (w->size[i] - 1) * w->dilation[i];
        int64_t strides =
            size_mul(padded ? size_sub(image[i], 1) : image[i], w->stride[i]);
        c->size[i] = padded ? size_add(strides, reach + 1 - 2 * w->lo[i]) : strides;
        if (c->size[i] < 1)
            return fail(I, E0552, span, asker(I, word), (long long)w->size[0],
                        (long long)w->size[1], size_text(I, image[0]),
                        size_text(I, image[1]));
    }
    return true;
}

/* Whether the channels of images x are those of weights w. */
static bool channels_fit(Interp *I, int word, const Shape *x, const Shape *w,
                         const Convolve *c, Span span)
{
    int64_t channels = x->dim[x->rank - 1], outputs = w->dim[w->rank - 1],
            rows = w->dim[w->rank - 2], groups = c->window.groups;
    char text[SHAPE_TEXT];
    if (groups >= 1 && (size_is_form(outputs) || outputs % groups == 0) &&
        size_meet(channels, c->back ? outputs : size_mul(rows, groups)) !=
            SIZE_DIFFERENT)
        return true;
    return fail(I, E0553, span, asker(I, word), size_text(I, channels),
                shape_text(text, &I->names, w, true), (long long)groups);
}

/* Stride, padding, dilation and groups; `padded`: the padding is given. */
static bool convolve_args(Interp *I, int word, const Value *arg, const Args *args,
                          Window *v, bool *padded)
{
    *padded = arg[3].kind != VALUE_NONE;
    if (!arg_given(I, word, arg, args, 2, "a stride", 1, v->stride) ||
        !arg_given(I, word, arg, args, 4, "a dilation", 1, v->dilation) ||
        !arg_given(I, word, arg, args, 3, "the padding", 0, v->lo))
        return false;
    if (arg[5].kind != VALUE_NONE && !arg_int(I, arg[5], word_place(I, word, args, 5),
                                              "the number of groups", &v->groups))
        return false;
    memcpy(v->hi, v->lo, sizeof v->hi);
    if (!*padded) pad_same(v);
    return true;
}

bool word_convolve(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Shape x, w;
    bool padded;
    Convolve c = {.back = word_data(word) == 1,
                  .window = {.stride = {1, 1}, .dilation = {1, 1}, .groups = 1}};
    Window *v = &c.window;
    if (!image_shape(I, word, &arg[0], 0, args, 4, &x) ||
        !image_shape(I, word, &arg[1], 1, args, 4, &w))
        return false;
    for (int i = 0; i < 2; i++) {
        v->size[i] = w.dim[w.rank - 4 + i];
        if (size_is_form(v->size[i])) return vaguely(I);
        if (v->size[i] < 1)
            return fail(I, E0551, args->call, "the size of a window", 1LL,
                        (long long)v->size[i]);
    }
    if (!convolve_args(I, word, arg, args, v, &padded) ||
        !channels_fit(I, word, &x, &w, &c, args->call))
        return false;
    if (c.back ? !back_size(I, word, &x, padded, &c, args->call)
               : !window_fits(I, word, v, x.dim + x.rank - 3, args->call))
        return false;
    return apply(I, build_convolve, &c, arg, 2, args->call, out);
}

/* ---- windows ---- */

static Node *build_window(Graph *g, Node *const *in, int n, void *ctx)
{
    const Convolve *c = ctx;
    const Window *w = &c->window;
    (void)n;
    Node *x = type_is_real(in[0]->type) ? in[0] : op_to_type(g, in[0], TYPE_F64);
    if (!x) return NULL;
    if (!c->back) return op_window_max(g, x, w);
    double count = (double)(w->size[0] * w->size[1]);
    Node *sum = op_window_total(g, x, w);
    if (!sum) return NULL;
    Node *by = op_to_type(g, graph_real(g, 1 / count), sum->type);
    return op2(g, ELEM_mul, sum, by);
}

bool word_window(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Shape x;
    Convolve c = {.back = word_data(word) == 1,
                  .window = {.dilation = {1, 1}, .groups = 1}};
    Window *w = &c.window;
    if (!image_shape(I, word, &arg[0], 0, args, 3, &x) ||
        !arg_pair(I, arg[1], word_place(I, word, args, 1), "the size of a window", 1,
                  w->size))
        return false;
    memcpy(w->stride, w->size, sizeof w->stride);
    if (!arg_given(I, word, arg, args, 2, "a stride", 1, w->stride) ||
        !arg_given(I, word, arg, args, 3, "the padding", 0, w->lo))
        return false;
    memcpy(w->hi, w->lo, sizeof w->hi);
    for (int i = 0; i < 2; i++)
        if (w->lo[i] > w->size[i] / 2)
            return fail(I, E0554, word_place(I, word, args, 3), asker(I, word),
                        (long long)w->lo[i], (long long)w->size[i]);
    return window_fits(I, word, w, x.dim + x.rank - 3, args->call) &&
           apply(I, build_window, &c, arg, 1, args->call, out);
}

/* ---- another size ---- */

typedef struct Resize {
    int64_t size[2];
    bool bilinear;
} Resize;

static Node *build_resize(Graph *g, Node *const *in, int n, void *ctx)
{
    const Resize *r = ctx;
    (void)n;
    Node *x = type_is_real(in[0]->type) ? in[0] : op_to_type(g, in[0], TYPE_F64);
    return op_to_size(g, x, r->size, r->bilinear);
}

bool word_resize(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Shape x;
    Resize r = {0};
    Text how = {"nearest", 7};
    if (!image_shape(I, word, &arg[0], 0, args, 3, &x)) return false;
    for (int i = 0; i < 2; i++) {
        Span span = word_place(I, word, args, 1 + i);
        if (!arg_size(I, arg[1 + i], span, "a size", &r.size[i])) return false;
        if (r.size[i] < 1 || (r.size[i] > LIMIT_ELEMENTS && !size_is_form(r.size[i])))
            return fail(I, E0551, span, "a size", 1LL, (long long)r.size[i]);
    }
    if (arg[3].kind != VALUE_NONE &&
        !arg_text(I, arg[3], word_place(I, word, args, 3), "the method", &how))
        return false;
    r.bilinear = how.len == 8 && memcmp(how.at, "bilinear", 8) == 0;
    if (!r.bilinear && !(how.len == 7 && memcmp(how.at, "nearest", 7) == 0))
        return fail(I, E0555, word_place(I, word, args, 3), (int)how.len, how.at);
    if (x.dim[x.rank - 3] < 1 || x.dim[x.rank - 2] < 1)
        return fail(I, E0551, word_place(I, word, args, 0), "an image's size", 1LL,
                    0LL);
    return apply(I, build_resize, &r, arg, 1, args->call, out);
}
