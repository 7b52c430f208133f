/* SPDX-License-Identifier: MIT
 * The plotting words: plot, which hands parts of a picture to the plot room and the
 * text to the host.
 */
#include "part.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PARTS = 64 };

#define COUNT_OF_PARTS "the number of parts of a plot", "from 1 to 64"

static void fill_part(const Part *p, PlotPart *out)
{
    const Tensor *y = p->y.tensor;
    *out = (PlotPart){.kind = p->kind, .y = y->data, .n = shape_count(&y->shape)};
    if (p->x.kind == VALUE_TENSOR) out->x = p->x.tensor->data;
    if (p->kind == PLOT_BAND) out->half = p->third.tensor->data;
    if (p->kind == PLOT_CONTOUR) {
        out->z = p->third.tensor->data;
        out->height = p->third.tensor->shape.dim[0];
        out->width = p->third.tensor->shape.dim[1];
    }
    if (p->label.kind == VALUE_STRING)
        out->label = ((String *)p->label.object)->text.at;
    if (y->shape.rank >= 2 && (p->kind == PLOT_HEATMAP || p->kind == PLOT_IMAGE)) {
        out->height = y->shape.dim[0];
        out->width = y->shape.dim[1];
        out->channels = y->shape.rank == 3 ? y->shape.dim[2] : 1;
    }
}

static bool no_part(Interp *I, Value v, Span span)
{
    Diag *d = fail_diag(I, E0352, span, "plot", value_kind_text(v));
    diag_help(
        &I->diags, d,
        v.kind == VALUE_STRING
            ? "a file is named: `plot(points(x, y), file = \"a.svg\")`"
        : is_instance(v, DEF_DIST)
            ? "a density is a line: `x = linspace(-4, 4, 200)`, then "
              "`plot(line(x, exp(logpdf(d, x))))`; draws are `histogram(sample(d, "
              "1000))`"
            : "a picture has parts: `plot(points(x, y), line(x, y))`");
    return false;
}

static bool option_text(Interp *I, Value v, Span span, const char *what,
                        const char **out)
{
    Text t;
    *out = NULL;
    if (v.kind == VALUE_NONE) return true;
    if (!arg_text(I, v, span, what, &t)) return false;
    *out = t.at;
    return true;
}

/* What plot and axes may be told of what stands at the axes. */
enum { TITLE, XLABEL, YLABEL, XSCALE, YSCALE, EQUAL, OPTIONS };

static const char *const option_name[OPTIONS] = {"`title`",  "`xlabel`", "`ylabel`",
                                                 "`xscale`", "`yscale`", "`equal`"};

static bool is_text(Value v, const char *text)
{
    return v.kind == VALUE_STRING && strcmp(((String *)v.object)->text.at, text) == 0;
}

static bool option_fits(Interp *I, int i, Value v, Span span)
{
    const char *text;
    if (v.kind == VALUE_NONE) return true;
    if (i <= YLABEL) return option_text(I, v, span, option_name[i], &text);
    if (i == EQUAL)
        return v.kind == VALUE_BOOL || fail(I, E0437, span, option_name[i],
                                            "true or false", value_kind_text(v));
    return is_text(v, "log") || is_text(v, "linear") ||
           fail(I, E0426, span, option_name[i], "\"linear\" or \"log\"");
}

/* All of them, from argument `first` on. */
static bool options_fit(Interp *I, int word, const Value *arg, const Args *args,
                        int first)
{
    for (int i = 0; i < OPTIONS; i++)
        if (!option_fits(I, i, arg[first + i], word_place(I, word, args, first + i)))
            return false;
    return true;
}

/* What stands at the axes where plot is not told. */
static bool make_axes(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    if (!options_fit(I, word, arg, args, 0)) return false;
    Part *p = part_new(I, WORD_AXES);
    p->x = value_keep(arg[TITLE]);
    p->y = value_keep(arg[XLABEL]);
    p->label = value_keep(arg[YLABEL]);
    for (int i = 0; i < 3; i++) p->scale[i] = value_keep(arg[XSCALE + i]);
    *out = value_object(p);
    return true;
}

/* What plot draws: the parts in their order, and what stands at its axes. */
typedef struct Drawing {
    PlotPart part[PARTS];
    const char *written[PARTS]; /* of a panel without a label; or NULL */
    int parts, rows;
    Value option[OPTIONS];
} Drawing;

static void fill_axes(const Part *p, Drawing *d)
{
    const Value from[OPTIONS] = {p->x,        p->y,        p->label,
                                 p->scale[0], p->scale[1], p->scale[2]};
    for (int i = 0; i < OPTIONS; i++)
        if (d->option[i].kind == VALUE_NONE) d->option[i] = from[i];
}

static PlotOptions options_of(const Drawing *d)
{
    const char *text[] = {NULL, NULL, NULL};
    for (int i = TITLE; i <= YLABEL; i++)
        if (d->option[i].kind == VALUE_STRING)
            text[i] = ((String *)d->option[i].object)->text.at;
    return (PlotOptions){.title = text[TITLE],
                         .xlabel = text[XLABEL],
                         .ylabel = text[YLABEL],
                         .xlog = is_text(d->option[XSCALE], "log"),
                         .ylog = is_text(d->option[YSCALE], "log"),
                         .equal = d->option[EQUAL].kind == VALUE_BOOL &&
                                  d->option[EQUAL].boolean};
}

/* A part; or a list, which stands for what is in it: the parts of a list within a list
 * are a row of panels. */
static bool gather(Interp *I, Value v, int depth, Span span, Drawing *d, int row)
{
    enum { NESTED_MOST = 2 * PARTS };
    if (v.kind == VALUE_LIST && depth < NESTED_MOST) {
        const List *l = (List *)v.object;
        if (depth > 0) row = ++d->rows;
        for (uint32_t i = 0; i < l->count; i++)
            if (!gather(I, l->item[i], depth + 1, span, d, row)) return false;
        return true;
    }
    if (v.kind != VALUE_PART) return no_part(I, v, span);
    const Part *p = (Part *)v.object;
    if (p->word == WORD_AXES) {
        fill_axes(p, d);
        return true;
    }
    if (d->parts == PARTS) return fail(I, E0426, span, COUNT_OF_PARTS);
    fill_part(p, &d->part[d->parts]);
    if (p->written.kind == VALUE_STRING && p->label.kind == VALUE_NONE)
        d->written[d->parts] = ((String *)p->written.object)->text.at;
    d->part[d->parts++].row = row;
    return true;
}

/* Of several panels one without a label is called what is written for it, unless that
 * tells it from no other. */
static void name_panels(Drawing *d)
{
    int panels = 0;
    for (int i = 0; i < d->parts; i++) {
        panels += d->part[i].kind == PLOT_HEATMAP || d->part[i].kind == PLOT_IMAGE;
        for (int k = 0; k < i && d->written[i]; k++)
            if (d->written[k] && strcmp(d->written[i], d->written[k]) == 0) return;
    }
    for (int i = 0; i < d->parts && panels > 1; i++)
        if (d->written[i]) d->part[i].label = d->written[i];
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

static bool ending_known(Interp *I, const char *file, Span span)
{
    return ends_with(file, ".txt") || ends_with(file, ".svg") ||
           ends_with(file, ".png") || fail(I, E0444, span, file);
}

static bool all_positive(Interp *I, const double *v, int64_t n, const char *axis,
                         Span span)
{
    for (int64_t i = 0; i < n; i++)
        if (v[i] <= 0) return fail(I, E0739, span, axis, v[i], (long long)i);
    return true;
}

/* A logarithmic axis has no place for zero. */
static bool logarithms_fit(Interp *I, const Drawing *d, const PlotOptions *o, Span span)
{
    for (int i = 0; i < d->parts; i++) {
        const PlotPart *p = &d->part[i];
        if (p->kind == PLOT_HEATMAP || p->kind == PLOT_IMAGE) continue;
        bool bars = p->kind == PLOT_HISTOGRAM, grid = p->kind == PLOT_CONTOUR;
        const double *x = bars ? p->y : p->x, *y = bars ? NULL : p->y;
        if (o->xlog && !all_positive(I, x, grid ? p->width : p->n, "x", span))
            return false;
        if (o->ylog && y && !all_positive(I, y, grid ? p->height : p->n, "y", span))
            return false;
    }
    return true;
}

/* Lines and bands break where a number is not finite, which is seen; a dot, or a number
 * of a histogram, that is not there is not. */
static void tell_left_out(Interp *I, const Drawing *d)
{
    int64_t all = 0, out = 0;
    for (int i = 0; i < d->parts; i++) {
        const PlotPart *p = &d->part[i];
        if (p->kind != PLOT_POINTS && p->kind != PLOT_HISTOGRAM) continue;
        for (int64_t k = 0; k < p->n; k++)
            out += !isfinite(p->y[k]) || (p->x && !isfinite(p->x[k]));
        all += p->n;
    }
    if (out == 0) return;
    char text[120];
    int n = snprintf(text, sizeof text,
                     "plot: %lld of %lld points are not finite, and left out\n",
                     (long long)out, (long long)all);
    I->host.message(I->host.ud, text, (size_t)n);
}

static bool draw(Interp *I, Out *o, const char *file, const Drawing *d,
                 const PlotOptions *options, Span span)
{
    char error[PLOT_ERROR];
    if (file && !ending_known(I, file, span)) return false;
    if (!file || ends_with(file, ".txt"))
        plot_text(o, d->part, d->parts, options, 78);
    else if (ends_with(file, ".svg"))
        plot_svg(o, d->part, d->parts, options);
    else if (!plot_png(o, d->part, d->parts, options, error))
        return fail(I, E0445, span, error);
    return true;
}

/* The arguments of plot: its file, what stands at the axes, then the parts. */
enum { PLOT_FILE, PLOT_OPTION, PLOT_PARTS = PLOT_OPTION + OPTIONS };

static bool plot(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    const List *l = (List *)arg[PLOT_PARTS].object;
    Drawing d = {.parts = 0};
    const char *file;
    Span place = word_place(I, word, args, PLOT_FILE);
    *out = value_none();
    if (!option_text(I, arg[PLOT_FILE], place, "`file`", &file) ||
        !options_fit(I, word, arg, args, PLOT_OPTION))
        return false;
    memcpy(d.option, arg + PLOT_OPTION, sizeof d.option);
    for (uint32_t i = 0; i < l->count; i++)
        if (!gather(I, l->item[i], 0, args_place(args, (int)i, 0), &d, 0)) return false;
    if (d.parts == 0) return fail(I, E0738, args->call);
    name_panels(&d);
    PlotOptions options = options_of(&d);
    if (!logarithms_fit(I, &d, &options, args->call)) return false;
    tell_left_out(I, &d);
    Out o;
    out_init(&o, I->memory);
    bool ok = draw(I, &o, file, &d, &options, place);
    if (ok && !file) I->host.output(I->host.ud, o.at, o.len);
    if (ok && file) {
        int error = I->host.write_file(I->host.ud, file, o.at, o.len);
        if (error) ok = write_failed(I, place, file, error);
    }
    out_free(&o);
    return ok;
}

bool plot_call(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    int data = word_data(word);
    if (data < WORD_PLOT) return infer_call(I, word, arg, args, out);
    if (data == WORD_PLOT) return plot(I, word, arg, args, out);
    if (data == WORD_AXES) return make_axes(I, word, arg, args, out);
    return part_make(I, word, arg, args, out);
}

/* ---- while a program is checked ---- */

static bool checked_drawn(Interp *I, Value v, Span span)
{
    const List *l = v.kind == VALUE_LIST ? (List *)v.object : NULL;
    for (uint32_t i = 0; l && i < l->count; i++)
        if (!checked_drawn(I, l->item[i], span)) return false;
    return l || checked_kind(v, VALUE_PART) || no_part(I, v, span);
}

static bool checked_options(Interp *I, int word, const Value *arg, const Args *args,
                            int first)
{
    for (int i = 0; i < OPTIONS; i++) {
        Value v = arg[first + i];
        if (v.kind == VALUE_UNKNOWN || v.kind == VALUE_NODE) continue;
        if (!option_fits(I, i, v, word_place(I, word, args, first + i))) return false;
    }
    return true;
}

static bool checked_plot(Interp *I, int word, const Value *arg, const Args *args)
{
    const List *l = (List *)arg[PLOT_PARTS].object;
    Span place = word_place(I, word, args, PLOT_FILE);
    const char *file;
    if (!checked_kind(arg[0], VALUE_STRING) &&
        (!option_text(I, arg[0], place, "`file`", &file) ||
         (file && !ending_known(I, file, place))))
        return false;
    if (!checked_options(I, word, arg, args, PLOT_OPTION)) return false;
    for (uint32_t i = 0; i < l->count; i++)
        if (!checked_drawn(I, l->item[i], args_place(args, (int)i, 0))) return false;
    return l->count > 0 || fail(I, E0738, args->call);
}

bool plot_checked(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    int data = word_data(word);
    if (data < WORD_PLOT) return checked_word(I, word, arg, args, out);
    *out = data == WORD_PLOT ? value_none() : checked_like(VALUE_PART);
    if (data == WORD_PLOT) return checked_plot(I, word, arg, args);
    if (data == WORD_AXES) return checked_options(I, word, arg, args, 0);
    return part_checked(I, word, arg, args);
}
