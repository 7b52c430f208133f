/* SPDX-License-Identifier: MIT
 * A picture in a terminal: axes in braille dots, two across and four down in a
 * character, with the numbers at their ends; heatmaps and images in shades.
 */
#include "plot/plot_int.h"

#include <math.h>

typedef struct Dots {
    unsigned char *at; /* [rows * columns]: the eight dots of each character */
    int64_t columns, rows;
} Dots;

static void set_dot(Dots *d, double x, double y)
{
    static const unsigned char bit[4][2] = {{1, 8}, {2, 16}, {4, 32}, {64, 128}};
    int64_t i = (int64_t)floor(y), j = (int64_t)floor(x);
    if (i < 0 || j < 0 || i >= d->rows * 4 || j >= d->columns * 2) return;
    d->at[i / 4 * d->columns + j / 2] |= bit[i % 4][j % 2];
}

static void set_line(Dots *d, double x0, double y0, double x1, double y1)
{
    double steps = ceil(fmax(fabs(x1 - x0), fabs(y1 - y0)));
    for (double i = 0; i <= steps; i++) {
        double t = steps > 0 ? i / steps : 0;
        set_dot(d, x0 + t * (x1 - x0), y0 + t * (y1 - y0));
    }
}

/* A line through the points; offset: that many halves of a band off its middle, in
 * dots. */
static void series(Dots *d, const Panel *p, const PlotPart *part, int side)
{
    bool before = false;
    double last_x = 0, last_y = 0;
    for (int64_t i = 0; i < part->n; i++) {
        double v = part->y[i];
        if (side && part->kind == PLOT_BAND) v += side * fabs(part->half[i]);
        if (!axis_shows(&p->ax, part->x[i]) || !axis_shows(&p->ay, v)) {
            before = false;
            continue;
        }
        double x = axis_place(&p->ax, part->x[i]), y = axis_place(&p->ay, v);
        if (before && (part->kind == PLOT_LINE || (part->kind == PLOT_BAND && !side)))
            set_line(d, last_x, last_y, x, y);
        else
            set_dot(d, x, y);
        before = true;
        last_x = x;
        last_y = y;
    }
}

static void bars(Sketch *s, Dots *d, const Panel *p, int number)
{
    const Bins *b = &s->bins;
    for (int64_t j = 0; j < b->count; j++) {
        double from = axis_place(&p->ax, b->lo + b->width * (double)j);
        double to = axis_place(&p->ax, b->lo + b->width * (double)(j + 1));
        double top = axis_place(&p->ay, s->bar[number][j]);
        for (double x = ceil(from); s->bar[number][j] > 0 && x < to; x++)
            set_line(d, x, top, x, p->ay.from);
    }
}

typedef struct DotPen {
    Dots *d;
    const Panel *p;
} DotPen;

static void segment(void *ud, double x0, double y0, double x1, double y1)
{
    const DotPen *pen = ud;
    const Panel *p = pen->p;
    set_line(pen->d, axis_place(&p->ax, x0), axis_place(&p->ay, y0),
             axis_place(&p->ax, x1), axis_place(&p->ay, y1));
}

static void contours(Dots *d, const Panel *p, const PlotPart *part)
{
    DotPen pen = {d, p};
    Ticks t = ticks_make(p->bar.lo, p->bar.hi, 5, false);
    for (int64_t i = t.first; i <= t.last; i += t.step)
        contour_walk(part, ticks_value(&t, i), segment, &pen);
}

static void draw_parts(Sketch *s, Dots *d, const Panel *p)
{
    for (int i = 0; i < s->parts; i++) {
        const PlotPart *part = &s->part[i];
        if (part->kind == PLOT_HISTOGRAM)
            bars(s, d, p, i);
        else if (part->kind == PLOT_CONTOUR)
            contours(d, p, part);
        else if (!plot_is_panel(part))
            series(d, p, part, 0);
        if (part->kind != PLOT_BAND) continue;
        series(d, p, part, 1);
        series(d, p, part, -1);
    }
}

/* ---- which is which: a letter at one place of each part that has a label ---- */

typedef struct Letters {
    char *at; /* [rows * columns]: 0 or a letter */
    int *of;  /* [parts]: 0, or the letter of its label */
} Letters;

/* Where point i of a part is, if it is shown. */
static bool cell_of(const Sketch *s, const Panel *p, int number, int64_t i, double *x,
                    double *y)
{
    const PlotPart *part = &s->part[number];
    double from, to;
    if (part->kind == PLOT_HISTOGRAM) {
        from = s->bins.lo + s->bins.width * ((double)i + 0.5);
        to = s->bar[number][i];
        if (!(to > 0)) return false;
    } else {
        from = part->x[i];
        to = part->y[i];
    }
    if (!axis_shows(&p->ax, from) || !axis_shows(&p->ay, to)) return false;
    *x = axis_place(&p->ax, from);
    *y = axis_place(&p->ay, to);
    return true;
}

/* From the end of the part backwards to the first cell where no other letter is. */
static void put_letter(const Sketch *s, const Panel *p, const Dots *d, int number,
                       const Letters *l)
{
    const PlotPart *part = &s->part[number];
    int64_t n = part->kind == PLOT_HISTOGRAM ? s->bins.count : part->n;
    for (int64_t i = n - 1; i >= 0; i--) {
        double x, y;
        if (!cell_of(s, p, number, i, &x, &y)) continue;
        int64_t row = (int64_t)floor(y) / 4, column = (int64_t)floor(x) / 2;
        if (row < 0 || row >= d->rows || column < 0 || column >= d->columns) continue;
        char *cell = &l->at[row * d->columns + column];
        if (*cell) continue;
        *cell = (char)l->of[number];
        return;
    }
}

static Letters letters_make(Sketch *s, const Panel *p, const Dots *d)
{
    Letters l = {arena_take(&s->a, (size_t)(d->rows * d->columns)),
                 arena_take(&s->a, (size_t)s->parts * sizeof(int) + 1)};
    int next = 'a';
    for (int i = 0; i < s->parts; i++) {
        const PlotPart *part = &s->part[i];
        if (plot_is_panel(part) || !part->label || part->kind == PLOT_CONTOUR) continue;
        int first = plot_first(s, i);
        l.of[i] = first < i ? l.of[first] : next <= 'z' ? next++ : 0;
        if (l.of[i]) put_letter(s, p, d, i, &l);
    }
    return l;
}

static void letters_explain(Sketch *s, const Letters *l)
{
    for (int i = 0; i < s->parts; i++)
        if (l->of[i] && plot_first(s, i) == i)
            out_fmt(s->o, "  %c: %s\n", l->of[i], s->part[i].label);
}

/* ---- characters ---- */

static void put_dots(Out *o, unsigned char dots)
{
    if (dots == 0) {
        out_char(o, ' ');
        return;
    }
    out_char(o, (char)0xE2); /* U+2800 and the dots */
    out_char(o, (char)(0xA0 | dots >> 6));
    out_char(o, (char)(0x80 | (dots & 63)));
}

static void blanks(Out *o, int64_t n)
{
    for (int64_t i = 0; i < n; i++) out_char(o, ' ');
}

static int64_t columns_of(const char *s) { return (int64_t)text_columns(text_of(s)); }

/* A text in the middle of `columns`, after `indent`. */
static void put_middle(Out *o, const char *s, int64_t indent, int64_t columns)
{
    if (!s || !*s) return;
    Text t = text_of(s);
    int64_t free_columns = columns - (int64_t)text_columns(t);
    blanks(o, indent + (free_columns > 0 ? free_columns / 2 : 0));
    for (size_t i = 0; i < t.len; i++)
        out_char(o, (unsigned char)t.at[i] < 0x20 || t.at[i] == 0x7F ? ' ' : t.at[i]);
    out_char(o, '\n');
}

/* The row of characters in which tick i of the vertical axis is. */
static int64_t tick_row(const Panel *p, int64_t i)
{
    return (int64_t)floor(axis_place(&p->ay, ticks_value(&p->ay.ticks, i)) / 4);
}

static void label_left(Out *o, const Panel *p, int64_t row, int64_t width)
{
    const Ticks *t = &p->ay.ticks;
    for (int64_t i = t->first; i <= t->last; i += t->step) {
        if (tick_row(p, i) != row) continue;
        TickText label = ticks_label(t, i);
        blanks(o, width - columns_of(label.at));
        out_str(o, label.at);
        out_str(o, " \u2524"); /* ┤ */
        return;
    }
    blanks(o, width);
    out_str(o, " \u2502"); /* │ */
}

/* The foot: the axis with its ticks, and their labels below. */
static void label_below(Out *o, const Panel *p, int64_t columns, int64_t width)
{
    const Ticks *t = &p->ax.ticks;
    int64_t at = 0;
    blanks(o, width);
    out_str(o, " \u2514");
    for (int64_t j = 0; j < columns; j++) {
        bool tick = false;
        for (int64_t i = t->first; i <= t->last && !tick; i += t->step)
            tick = (int64_t)floor(axis_place(&p->ax, ticks_value(t, i)) / 2) == j;
        out_str(o, tick ? "\u252C" : "\u2500");
    }
    out_char(o, '\n');
    for (int64_t i = t->first; i <= t->last; i += t->step) {
        TickText label = ticks_label(t, i);
        int64_t n = columns_of(label.at);
        int64_t from = width + 2 +
                       (int64_t)floor(axis_place(&p->ax, ticks_value(t, i)) / 2) -
                       n / 2;
        if (from < at + (at > 0)) continue;
        blanks(o, from - at);
        out_str(o, label.at);
        at = from + n;
    }
    out_char(o, '\n');
}

static void put_note(Out *o, const char *name, const Ticks *t, const char *label)
{
    TickText note = ticks_note(t);
    if (!note.at[0] && !label) return;
    out_fmt(o, "  %s: %s%s%s\n", name, label ? label : "",
            label && note.at[0] ? ", " : "", note.at);
}

static void axes_text(Sketch *s, Panel *p, int columns)
{
    Out *o = s->o;
    int64_t width = 0, rows = columns / 4 < 8 ? 8 : columns / 4 > 20 ? 20 : columns / 4;
    p->ay.from = (double)rows * 4 - 0.5;
    p->ay.to = 0.5;
    axis_ticks(&p->ay, (int)rows / 3);
    const Ticks *t = &p->ay.ticks;
    for (int64_t i = t->first; i <= t->last; i += t->step) {
        int64_t n = columns_of(ticks_label(t, i).at);
        if (n > width) width = n;
    }
    Dots d = {.rows = rows, .columns = columns - width - 3};
    if (d.columns < 10) d.columns = 10;
    d.at = arena_take(&s->a, (size_t)(d.rows * d.columns));
    p->ax.from = 0.5;
    p->ax.to = (double)d.columns * 2 - 0.5;
    axis_ticks(&p->ax, (int)d.columns / 11 + 1);
    draw_parts(s, &d, p);
    Letters l = letters_make(s, p, &d);
    for (int64_t i = 0; i < rows; i++) {
        label_left(o, p, i, width);
        for (int64_t j = i * d.columns; j < (i + 1) * d.columns; j++)
            if (l.at[j])
                out_char(o, l.at[j]);
            else
                put_dots(o, d.at[j]);
        while (o->len && o->at[o->len - 1] == ' ') o->at[--o->len] = 0;
        out_char(o, '\n');
    }
    label_below(o, p, d.columns, width);
    put_note(o, "x", &p->ax.ticks, s->options.xlabel);
    put_note(o, "y", &p->ay.ticks, s->options.ylabel);
    letters_explain(s, &l);
}

/* The mean of the part's pixels in one character cell, from 0 to 1; NaN if there is
 * none. */
static double shade(const PlotPart *part, const Panel *p, int64_t i, int64_t j,
                    int64_t rows, int64_t columns)
{
    int64_t channels = part->kind == PLOT_IMAGE && part->channels == 3 ? 3 : 1;
    int64_t top = i * part->height / rows, left = j * part->width / columns;
    int64_t bottom = (i + 1) * part->height / rows,
            right = (j + 1) * part->width / columns;
    double sum = 0, n = 0;
    for (int64_t r = top; r < (bottom > top ? bottom : top + 1); r++)
        for (int64_t c = left * channels;
             c < (right > left ? right : left + 1) * channels; c++) {
            double v = part->y[r * part->width * channels + c];
            if (part->kind == PLOT_HEATMAP)
                v = (v / 2 - p->bar.lo / 2) / (p->bar.hi / 2 - p->bar.lo / 2);
            if (!isfinite(v)) continue;
            sum += v;
            n += 1;
        }
    return sum / n;
}

/* x with four digits. */
static void put_short(Out *o, double x)
{
    double unit = x < 0 || x > 0 ? pow(10, floor(log10(fabs(x))) - 3) : 1;
    out_real(o, isnormal(unit) && unit < 1 ? round(x / unit) / round(1 / unit) : x);
}

static void raster_text(Sketch *s, const Panel *p, int columns)
{
    static const char *const shades[] = {" ", "\u2591", "\u2592", "\u2593", "\u2588"};
    const PlotPart *part = &s->part[p->part];
    if (p->empty) return;
    int64_t width = part->width * 2 < columns - 2 ? part->width * 2 : columns - 2;
    if (width < 1) width = 1;
    int64_t rows =
        (int64_t)ceil((double)part->height * (double)width / (double)part->width / 2);
    if (rows > part->height) rows = part->height;
    if (rows > 100) rows = 100;
    put_middle(s->o, part->label, 0, width);
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t j = 0; j < width; j++) {
            double v = shade(part, p, i, j, rows, width);
            int level = v >= 1 ? 4 : v > 0 ? (int)(v * 5) : 0;
            out_str(s->o, isfinite(v) ? shades[level] : "\u00B7");
        }
        out_char(s->o, '\n');
    }
    if (part->kind != PLOT_HEATMAP) return;
    out_str(s->o, "from ");
    put_short(s->o, p->bar.lo);
    out_str(s->o, " to ");
    put_short(s->o, p->bar.hi);
    out_char(s->o, '\n');
}

typedef struct TextSketch {
    Sketch s;
    int columns;
} TextSketch;

static void draw(void *sketch)
{
    TextSketch *text = sketch; /* its first member is the sketch */
    Sketch *s = &text->s;
    int columns = text->columns < 20 ? 20 : text->columns;
    sketch_ranges(s);
    put_middle(s->o, s->options.title, 0, columns);
    for (int i = 0; i < s->panels; i++) {
        if (i) out_char(s->o, '\n');
        if (s->panel[i].part < 0)
            axes_text(s, &s->panel[i], columns);
        else
            raster_text(s, &s->panel[i], columns);
    }
}

void plot_text(Out *o, const PlotPart *part, int parts, const PlotOptions *options,
               int columns)
{
    TextSketch t = {.s = {.o = o, .part = part, .parts = parts}, .columns = columns};
    if (options) t.s.options = *options;
    sketch_run(&t.s, draw);
}
