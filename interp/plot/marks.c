/* SPDX-License-Identifier: MIT
 * What stands in the axes: bands and bars first, then lines, then points, then
 * contours, so that nothing is hidden; each series in a colour of its own, and thinned
 * where the eye would not see it.
 */
#include "plot/plot_int.h"

#include <math.h>
#include <string.h>

int plot_first(const Sketch *s, int part)
{
    const char *label = s->part[part].label;
    for (int i = 0; i < part && label; i++)
        if (!plot_is_panel(&s->part[i]) && s->part[i].label &&
            strcmp(s->part[i].label, label) == 0)
            return i;
    return part;
}

int plot_series(const Sketch *s, int part)
{
    int n = 0, first = plot_first(s, part);
    for (int i = 0; i < first; i++)
        n += !plot_is_panel(&s->part[i]) && plot_first(s, i) == i;
    return n;
}

const char *plot_dash(int series)
{
    static const char *const dash[] = {"", " stroke-dasharray=\"6 3\"",
                                       " stroke-dasharray=\"1.5 2.5\""};
    return dash[series / 7 % 3];
}

static void put_pair(Out *o, double x, double y)
{
    out_fixed(o, x);
    out_char(o, ' ');
    out_fixed(o, y);
}

/* ---- paths ---- */

/* A path under way. Points in one half pixel column are told by their first, lowest,
 * highest and last: that looks the same. */
typedef struct Path {
    Out *o;
    bool open, thin;
    int64_t column, count;
    double low, high, last_x, last_y;
    double first_y;
} Path;

static void path_put(Path *p, double x, double y)
{
    out_char(p->o, p->open ? ' ' : 'M');
    put_pair(p->o, x, y);
    p->open = true;
}

static void path_flush(Path *p)
{
    if (p->count > 1) {
        if (p->low < fmin(p->first_y, p->last_y)) path_put(p, p->last_x, p->low);
        if (p->high > fmax(p->first_y, p->last_y)) path_put(p, p->last_x, p->high);
        path_put(p, p->last_x, p->last_y);
    }
    p->count = 0;
}

static void path_to(Path *p, double x, double y)
{
    int64_t column = (int64_t)floor(x * 2);
    if (p->thin && p->count && column == p->column) {
        p->low = fmin(p->low, y);
        p->high = fmax(p->high, y);
        p->count++;
    } else {
        path_flush(p);
        path_put(p, x, y);
        p->column = column;
        p->count = 1;
        p->first_y = p->low = p->high = y;
    }
    p->last_x = x;
    p->last_y = y;
}

static void path_break(Path *p)
{
    path_flush(p);
    p->open = false;
}

/* ---- bands and lines ---- */

static Keyed *by_x(Sketch *s, const PlotPart *part)
{
    Keyed *k = arena_take(&s->a, (size_t)part->n * sizeof *k);
    for (int64_t i = 0; i < part->n; i++)
        k[i] = (Keyed){plot_finite(part->x[i]) ? part->x[i] : HUGE_VAL, i};
    if (part->kind == PLOT_BAND) keyed_sort(k, part->n);
    return k;
}

static bool band_point(const Panel *p, const PlotPart *part, int64_t i)
{
    return axis_shows(&p->ax, part->x[i]) && axis_shows(&p->ay, part->y[i]) &&
           (part->kind != PLOT_BAND || plot_finite(part->half[i]));
}

/* One closed outline of k[from, to): there along the upper side, back along the lower.
 */
static void band_run(Sketch *s, const Panel *p, const PlotPart *part, const Keyed *k,
                     int64_t from, int64_t to)
{
    Path path = {.o = s->o, .thin = part->n > 2000};
    for (int side = 0; side < 2; side++) {
        for (int64_t j = from; j < to; j++) {
            int64_t i = side ? k[to - 1 - (j - from)].i : k[j].i;
            double half = side ? -fabs(part->half[i]) : fabs(part->half[i]);
            path_to(&path, axis_place(&p->ax, part->x[i]),
                    axis_place(&p->ay, part->y[i] + half));
        }
        path_flush(&path);
    }
    out_char(s->o, 'Z');
}

static void band_fill(Sketch *s, const Panel *p, int number)
{
    const PlotPart *part = &s->part[number];
    Keyed *k = by_x(s, part);
    out_fmt(s->o, "<path fill=\"%s\" fill-opacity=\"0.2\" d=\"",
            plot_color(plot_series(s, number)));
    for (int64_t j = 0; j < part->n;) {
        int64_t from = j;
        while (j < part->n && band_point(p, part, k[j].i)) j++;
        if (j > from)
            band_run(s, p, part, k, from, j);
        else
            j++;
    }
    out_str(s->o, "\"/>\n");
}

static void line_draw(Sketch *s, const Panel *p, int number)
{
    const PlotPart *part = &s->part[number];
    int series = plot_series(s, number);
    Keyed *k = by_x(s, part);
    out_fmt(s->o, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.7\"%s d=\"",
            plot_color(series), plot_dash(series));
    Path path = {.o = s->o, .thin = part->n > 2000};
    for (int64_t j = 0; j < part->n; j++) {
        int64_t i = k[j].i;
        if (!band_point(p, part, i)) {
            path_break(&path);
            continue;
        }
        double x = axis_place(&p->ax, part->x[i]), y = axis_place(&p->ay, part->y[i]);
        bool alone =
            !path.open && (j + 1 == part->n || !band_point(p, part, k[j + 1].i));
        path_to(&path, x, y);
        if (alone) path_put(&path, x, y); /* a dot */
    }
    path_flush(&path);
    out_str(s->o, "\"/>\n");
}

/* ---- histograms ---- */

/* The stairs over the bars, by which histograms that overlap are told apart. */
static void bars_outline(Sketch *s, const Panel *p, int number)
{
    const Bins *b = &s->bins;
    const double *height = s->bar[number];
    double zero = axis_place(&p->ay, 0);
    out_fmt(s->o,
            "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" "
            "stroke-linejoin=\"round\" d=\"",
            plot_color(plot_series(s, number)));
    double before = 0;
    for (int64_t j = 0; j <= b->count; j++) {
        double h = j < b->count ? height[j] : 0;
        double x = axis_place(&p->ax, b->lo + b->width * (double)j);
        if (before > 0) {
            out_char(s->o, 'H');
            out_fixed(s->o, x);
        } else if (h > 0) {
            out_char(s->o, 'M');
            put_pair(s->o, x, zero);
        }
        if (before > 0 || h > 0) {
            out_char(s->o, 'V');
            out_fixed(s->o, axis_place(&p->ay, h));
        }
        before = h;
    }
    out_str(s->o, "\"/>\n");
}

static int histograms_of(const Sketch *s)
{
    int n = 0;
    for (int i = 0; i < s->parts; i++) n += s->part[i].kind == PLOT_HISTOGRAM;
    return n;
}

static void bars_draw(Sketch *s, const Panel *p, int number)
{
    const Bins *b = &s->bins;
    const double *height = s->bar[number];
    const char *color = plot_color(plot_series(s, number));
    int histograms = histograms_of(s);
    double zero = axis_place(&p->ay, 0);
    double gap = histograms == 1 && p->w / (double)(b->count ? b->count : 1) > 5;
    out_fmt(s->o, "<path fill=\"%s\" fill-opacity=\"%s\" d=\"", color,
            histograms > 1 ? "0.3"
            : b->density   ? "0.45"
                           : "0.8");
    for (int64_t j = 0; j < b->count; j++) {
        if (!(height[j] > 0)) continue;
        double from = axis_place(&p->ax, b->lo + b->width * (double)j) + gap / 2;
        double to = axis_place(&p->ax, b->lo + b->width * (double)(j + 1)) - gap / 2;
        out_char(s->o, 'M');
        put_pair(s->o, from, zero);
        out_char(s->o, 'V');
        out_fixed(s->o, axis_place(&p->ay, height[j]));
        out_char(s->o, 'H');
        out_fixed(s->o, to);
        out_char(s->o, 'V');
        out_fixed(s->o, zero);
        out_char(s->o, 'Z');
    }
    out_str(s->o, "\"/>\n");
}

/* ---- points ---- */

static void points_few(Sketch *s, const Panel *p, int number)
{
    const PlotPart *part = &s->part[number];
    int series = plot_series(s, number);
    bool many = part->n > 500, hollow = series >= 7;
    const char *color = plot_color(series), *r = many ? "1.6" : "2.7";
    out_fmt(s->o, "<g fill=\"%s\" stroke=\"%s\" stroke-width=\"%s\" opacity=\"1\">\n",
            hollow ? "none" : color, hollow ? color : "none", hollow ? "1" : "0");
    for (int64_t i = 0; i < part->n; i++) {
        if (!band_point(p, part, i)) continue;
        out_str(s->o, "<circle cx=\"");
        out_fixed(s->o, axis_place(&p->ax, part->x[i]));
        out_str(s->o, "\" cy=\"");
        out_fixed(s->o, axis_place(&p->ay, part->y[i]));
        out_fmt(s->o, "\" r=\"%s\" opacity=\"%s\"/>\n", r, many ? "0.45" : "0.7");
    }
    out_str(s->o, "</g>\n");
}

/* Thousands of points: how many fall on each pixel. */
static uint32_t *points_count(Sketch *s, const Panel *p, const PlotPart *part,
                              int64_t width, int64_t height, uint32_t *most)
{
    uint32_t *seen = arena_take(&s->a, (size_t)(width * height) * sizeof *seen);
    *most = 1;
    for (int64_t i = 0; i < part->n; i++) {
        if (!band_point(p, part, i)) continue;
        int64_t x = (int64_t)(axis_place(&p->ax, part->x[i]) - p->x);
        int64_t y = (int64_t)(axis_place(&p->ay, part->y[i]) - p->y);
        uint32_t *here = &seen[y * width + x];
        if (++*here > *most) *most = *here;
    }
    return seen;
}

/* Each pixel once, denser (by the logarithm) where there are more points. */
static void points_many(Sketch *s, const Panel *p, int number)
{
    enum { LEVELS = 5 };
    static const char *const opacity[LEVELS] = {"0.25", "0.4", "0.55", "0.75", "1"};
    int64_t width = (int64_t)p->w + 1, height = (int64_t)p->h + 1;
    uint32_t most, *seen = points_count(s, p, &s->part[number], width, height, &most);
    double scale = LEVELS / log((double)most + 2);
    for (int level = 0; level < LEVELS; level++) {
        out_fmt(s->o,
                "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" "
                "stroke-linecap=\"round\" opacity=\"%s\" d=\"",
                plot_color(plot_series(s, number)), opacity[level]);
        for (int64_t i = 0; i < width * height; i++) {
            if (seen[i] == 0 || (int)(log((double)seen[i]) * scale) != level) continue;
            out_char(s->o, 'M');
            put_pair(s->o, p->x + 0.5 + (double)(i % width),
                     p->y + 0.5 + (double)(i / width));
            out_str(s->o, "h0");
        }
        out_str(s->o, "\"/>\n");
    }
}

/* ---- contours ---- */

typedef struct Pen {
    Out *o;
    const Panel *p;
} Pen;

static void draw_segment(void *ud, double x0, double y0, double x1, double y1)
{
    const Pen *pen = ud;
    out_char(pen->o, 'M');
    put_pair(pen->o, axis_place(&pen->p->ax, x0), axis_place(&pen->p->ay, y0));
    out_char(pen->o, 'L');
    put_pair(pen->o, axis_place(&pen->p->ax, x1), axis_place(&pen->p->ay, y1));
}

static void contour_draw(Sketch *s, const Panel *p, int number)
{
    Ticks t = ticks_make(p->bar.lo, p->bar.hi, 9, false);
    Pen pen = {s->o, p};
    for (int64_t i = t.first; i <= t.last; i += t.step) {
        unsigned char rgb[3];
        double z = ticks_value(&t, i);
        plot_map((z - p->bar.lo) / (p->bar.hi - p->bar.lo), rgb);
        out_fmt(s->o,
                "<path fill=\"none\" stroke=\"#%02X%02X%02X\" stroke-width=\"1.4\" "
                "stroke-linecap=\"round\" d=\"",
                rgb[0], rgb[1], rgb[2]);
        contour_walk(&s->part[number], z, draw_segment, &pen);
        out_str(s->o, "\"/>\n");
    }
}

/* ---- all ---- */

void marks_draw(Sketch *s, const Panel *p)
{
    enum { DENSE = 5000 };
    for (int i = 0; i < s->parts; i++) {
        if (s->part[i].kind == PLOT_BAND) band_fill(s, p, i);
        if (s->part[i].kind == PLOT_HISTOGRAM) bars_draw(s, p, i);
    }
    for (int i = 0; i < s->parts && histograms_of(s) > 1; i++)
        if (s->part[i].kind == PLOT_HISTOGRAM) bars_outline(s, p, i);
    for (int i = 0; i < s->parts; i++)
        if (s->part[i].kind == PLOT_LINE || s->part[i].kind == PLOT_BAND)
            line_draw(s, p, i);
    for (int i = 0; i < s->parts; i++) {
        if (s->part[i].kind != PLOT_POINTS) continue;
        if (s->part[i].n > DENSE)
            points_many(s, p, i);
        else
            points_few(s, p, i);
    }
    for (int i = 0; i < s->parts; i++)
        if (s->part[i].kind == PLOT_CONTOUR) contour_draw(s, p, i);
}
