/* SPDX-License-Identifier: MIT
 * Parts of pictures made of values: vectors of one length, matrices, images; what
 * cannot be drawn as it is meant is refused here, by the name of the argument.
 */
#include "part.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void part_free(Interp *I, Object *o)
{
    Part *p = (Part *)o;
    value_drop(I, p->x);
    value_drop(I, p->y);
    value_drop(I, p->third);
    value_drop(I, p->label);
    value_drop(I, p->written);
    for (int i = 0; i < 3; i++) value_drop(I, p->scale[i]);
}

Part *part_new(Interp *I, int word)
{
    Part *p = object_new(I, VALUE_PART, sizeof *p, part_free);
    p->word = word;
    p->x = p->y = p->third = p->label = p->written = value_none();
    for (int i = 0; i < 3; i++) p->scale[i] = value_none();
    return p;
}

/* What each word takes: vectors of one length, unless it is drawn over a grid. */
typedef struct PartRow {
    const char *name;
    PlotKind kind;
    int vectors, matrices;
    const char *arg[3];
} PartRow;

static const PartRow part_row[] = {
    {"points", PLOT_POINTS, 2, 0, {"x", "y", NULL}},
    {"line", PLOT_LINE, 2, 0, {"x", "y", NULL}},
    {"band", PLOT_BAND, 3, 0, {"x", "mid", "half"}},
    {"histogram", PLOT_HISTOGRAM, 1, 0, {"values", NULL, NULL}},
    {"heatmap", PLOT_HEATMAP, 0, 1, {"m", NULL, NULL}},
    {"image", PLOT_IMAGE, 0, 1, {"m", NULL, NULL}},
    {"contour", PLOT_CONTOUR, 2, 1, {"x", "y", "z"}}};

static const PartRow *row_of(int word)
{
    return &part_row[word_data(word) - WORD_POINTS];
}

/* ---- kinds and shapes ---- */

typedef struct What {
    char at[48];
} What;

static What what(const PartRow *row, int i)
{
    What w;
    snprintf(w.at, sizeof w.at, "`%s` of `%s`", row->arg[i], row->name);
    return w;
}

static bool not_numbers(Interp *I, const PartRow *row, int i, Value v, Span span)
{
    if (v.kind == VALUE_LIST && ((List *)v.object)->count == 0)
        return fail(I, E0737, span, what(row, i).at);
    Diag *d = fail_diag(I, E0437, span, what(row, i).at,
                        i < row->vectors ? "a vector" : "a matrix", value_kind_text(v));
    const char *help = NULL;
    if (v.kind == VALUE_RECORD || checked_kind(v, VALUE_RECORD))
        help = "name a column of it: `d.x`";
    else if (v.kind == VALUE_PREDICTION || checked_kind(v, VALUE_PREDICTION))
        help = "ask for one of its fields: `p.mean`";
    else if (v.kind == VALUE_POSTERIOR || checked_kind(v, VALUE_POSTERIOR))
        help = "predict with it: `predict(post, data).mean`";
    else if (v.kind == VALUE_LIST)
        help = "give each a part of its own; `stack` makes one tensor of equal shapes";
    if (help) diag_help(&I->diags, d, "%s", help);
    return false;
}

static bool no_vector(Interp *I, const PartRow *row, int i, const Shape *s, Span span)
{
    char text[SHAPE_TEXT], is[SHAPE_TEXT + 16] = "one number";
    const char *help = "`fill(c, n)` makes a vector of n equal numbers";
    if (s->rank > 0) {
        snprintf(is, sizeof is, "of shape %s", shape_text(text, &I->names, s, false));
        help = row->kind == PLOT_HISTOGRAM ? "`reshape(x, -1)` makes one vector of all"
                                           : "draw a column at a time: `x[:, 0]`";
    }
    Diag *d = fail_diag(I, E0437, span, what(row, i).at, "a vector", is);
    diag_help(&I->diags, d, "%s", help);
    return false;
}

static bool no_picture(Interp *I, const PartRow *row, const Shape *s, Span span)
{
    bool image = row->kind == PLOT_IMAGE;
    char text[SHAPE_TEXT];
    Diag *d =
        fail_diag(I, E0734, span, row->name,
                  image ? "[height, width], or [height, width, 3]: red, green, blue"
                        : "[height, width]",
                  shape_text(text, &I->names, s, false));
    const char *help;
    if (s->rank < 2)
        help = "`reshape(x, height, width)` makes rows of a vector";
    else if (s->rank > 3 || s->dim[0] == 1)
        help = "draw one of them: `x[0]`";
    else if (s->dim[2] == 4 && image)
        help = "leave the transparency out: `x[:, :, :3]`";
    else
        help = "draw one channel: `x[:, :, 0]`; or one of many pictures: `x[0]`";
    diag_help(&I->diags, d, "%s", help);
    return false;
}

static bool axis_is(const Shape *s, int axis, int64_t n)
{
    return s->dim[axis] == n || size_is_form(s->dim[axis]);
}

/* Whether argument i may have that shape; sizes that are not known may be any. */
static bool shape_fits(Interp *I, const PartRow *row, int i, const Shape *s, Span span)
{
    if (i < row->vectors) {
        bool width = row->kind == PLOT_BAND && i == 2 && s->rank == 0;
        if (!width && s->rank != 1 && !(s->rank == 2 && axis_is(s, 1, 1)))
            return no_vector(I, row, i, s, span);
    } else if (s->rank != 2 &&
               !(s->rank == 3 && row->kind != PLOT_CONTOUR &&
                 (axis_is(s, 2, 1) || (row->kind == PLOT_IMAGE && axis_is(s, 2, 3))))) {
        return no_picture(I, row, s, span);
    }
    for (int k = 0; k < s->rank; k++)
        if (s->dim[k] == 0) return fail(I, E0737, span, what(row, i).at);
    return true;
}

static int64_t elements(const Shape *s)
{
    for (int k = 0; k < s->rank; k++)
        if (size_is_form(s->dim[k])) return -1;
    return shape_count(s);
}

/* Vectors of one length, or z with a row for each y and a column for each x; sizes that
 * are not known may be any. */
static bool shapes_meet(Interp *I, const PartRow *row, const Shape s[3], Span span)
{
    int64_t n = row->vectors ? elements(&s[0]) : -1;
    if (row->kind == PLOT_CONTOUR) {
        int64_t m = elements(&s[1]);
        char text[SHAPE_TEXT];
        return n < 0 || m < 0 || (axis_is(&s[2], 0, m) && axis_is(&s[2], 1, n)) ||
               fail(I, E0479, span, shape_text(text, &I->names, &s[2], false),
                    (long long)m, (long long)n);
    }
    for (int i = 1; i < row->vectors; i++) {
        int64_t m = elements(&s[i]);
        if (n >= 0 && m >= 0 && n != m && s[i].rank > 0)
            return fail(I, E0443, span, row->name, row->arg[0], row->arg[i],
                        (long long)n, (long long)m);
    }
    return true;
}

static bool label_text(Interp *I, Value label, Span span)
{
    if (label.kind == VALUE_NONE || label.kind == VALUE_STRING) return true;
    Diag *d = fail_diag(I, E0349, span, "a label", value_kind_text(label));
    diag_help(&I->diags, d, "write `label = \"a\"`, or \"{x}\" with a value in it");
    return false;
}

/* ---- numbers ---- */

static bool half_fits(Interp *I, const PartRow *row, const Tensor *t, Span span)
{
    const double *v = t->data;
    for (int64_t i = 0; i < shape_count(&t->shape); i++)
        if (v[i] < 0) return fail(I, E0736, span, what(row, 2).at, v[i], (long long)i);
    return true;
}

/* Bytes, classes and slopes are no shades of grey; what a search leaves a little
 * outside is drawn as black or white. */
static bool shades_fit(Interp *I, const Tensor *t, Span span)
{
    enum { LEAST = -1, MOST = 2 };
    const double *v = t->data;
    double lo = 0, hi = 1;
    for (int64_t i = 0; i < shape_count(&t->shape); i++) {
        if (!isfinite(v[i])) continue;
        lo = fmin(lo, v[i]);
        hi = fmax(hi, v[i]);
    }
    return (lo >= LEAST && hi <= MOST) || fail(I, E0735, span, lo, hi);
}

/* One half width stands for all. */
static Value spread(Interp *I, Value one, const Shape *shape)
{
    double half = ((double *)one.tensor->data)[0];
    Tensor *t = tensor_new(I->memory, TYPE_F64, shape);
    double *v = t->data;
    for (int64_t i = 0; i < shape_count(shape); i++) v[i] = half;
    return value_tensor(I, t);
}

/* Argument i as a tensor of doubles. */
static bool numbers(Interp *I, const PartRow *row, int i, Value v, Span span,
                    Value *out)
{
    v = range_as_tensor(I, v);
    Shape s;
    if (v.kind == VALUE_NODE)
        return fail(I, E0352, span, row->name, value_kind_text(v));
    if (!value_shape(v, &s)) return not_numbers(I, row, i, v, span);
    if (!shape_fits(I, row, i, &s, span)) return false;
    *out = (Value){.kind = VALUE_TENSOR, .tensor = value_as_type(I, v, TYPE_F64)};
    if (row->kind == PLOT_BAND && i == 2) return half_fits(I, row, out->tensor, span);
    return row->kind != PLOT_IMAGE || shades_fit(I, out->tensor, span);
}

/* The text of a panel's argument in the program, `p.mean[0]`, if it is short enough for
 * a title and says more than numbers do. */
static Value as_written(Interp *I, const PartRow *row, Span span)
{
    enum { LONGEST = 32 };
    if (row->vectors > 0 || in_library(I) || !span.source) return value_none();
    Text t = {I->source[span.source - 1]->text.at + span.from, span.to - span.from};
    if (t.len > LONGEST || t.at[0] == '[' || memchr(t.at, '\n', t.len))
        return value_none();
    return value_string(I, t);
}

bool part_make(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    const PartRow *row = row_of(word);
    Value v[3] = {value_none(), value_none(), value_none()};
    Shape s[3];
    int n = row->vectors + row->matrices;
    for (int i = 0; i < n; i++) {
        if (!numbers(I, row, i, arg[i], word_place(I, word, args, i), &v[i]))
            return false;
        s[i] = v[i].tensor->shape;
    }
    if (!shapes_meet(I, row, s, args->call)) return false;
    if (row->kind == PLOT_BAND && s[2].rank == 0) v[2] = spread(I, v[2], &s[0]);
    if (!label_text(I, arg[n], word_place(I, word, args, n))) return false;
    Part *p = part_new(I, word_data(word));
    p->kind = row->kind;
    p->x = value_keep(n > 1 ? v[0] : value_none());
    p->y = value_keep(n > 1 ? v[1] : v[0]);
    p->third = value_keep(v[2]);
    p->label = value_keep(arg[n]);
    p->written = value_keep(as_written(I, row, word_place(I, word, args, 0)));
    *out = value_object(p);
    return true;
}

bool part_checked(Interp *I, int word, const Value *arg, const Args *args)
{
    const PartRow *row = row_of(word);
    int n = row->vectors + row->matrices;
    bool known = true;
    Shape s[3];
    for (int i = 0; i < n; i++) {
        Span span = word_place(I, word, args, i);
        if (checked_kind(arg[i], VALUE_TENSOR) || arg[i].kind == VALUE_RANGE) {
            known = false;
            continue;
        }
        if (!value_shape(arg[i], &s[i])) return not_numbers(I, row, i, arg[i], span);
        if (!shape_fits(I, row, i, &s[i], span)) return false;
    }
    if (known && !shapes_meet(I, row, s, args->call)) return false;
    return checked_kind(arg[n], VALUE_STRING) ||
           label_text(I, arg[n], word_place(I, word, args, n));
}
