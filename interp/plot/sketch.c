/* SPDX-License-Identifier: MIT
 * Where everything of a picture goes, decided before anything is drawn: ranges, ticks,
 * the room that texts need, panels in rows.
 */
#include "plot/plot_int.h"

#include <math.h>

enum {
    AXES_W = 420, /* the field of axes: with its texts it fills a column of a paper */
    AXES_H = 280,
    RASTER_ALONE = 320, /* the longer side of an image */
    RASTER_AMONG = 200,
    RASTER_LEAST = 80,
    ROW = 4, /* panels in a row, unless lists say more */
    EDGE = 10,
    GAP = 22,
    BAR = 12,       /* width of a colour bar */
    TICK = 4,       /* length of a tick */
    LEGEND_KEY = 30 /* the sample before its text */
};

void sketch_run(Sketch *s, void (*draw)(void *sketch))
{
    Memory *m = s->o->memory;
    arena_init(&s->a, m);
    MemoryEnd end = memory_run(m, draw, s);
    arena_free(&s->a);
    if (end == MEMORY_EXHAUSTED) memory_exhausted(m);
    if (end == MEMORY_DEFECT) memory_defect(m, m->bug);
}

/* ---- ranges ---- */

typedef struct Extent {
    double lo, hi;
} Extent;

static void see(Extent *e, double v)
{
    if (v < e->lo) e->lo = v;
    if (v > e->hi) e->hi = v;
}

static void see_series(const PlotPart *p, const Panel *at, Extent *x, Extent *y)
{
    bool band = p->kind == PLOT_BAND;
    for (int64_t i = 0; i < p->n; i++) {
        double half = band ? fabs(p->half[i]) : 0;
        if (!axis_shows(&at->ax, p->x[i]) || !axis_shows(&at->ay, p->y[i]) ||
            !plot_finite(half))
            continue;
        see(x, p->x[i]);
        if (axis_shows(&at->ay, p->y[i] - half)) see(y, p->y[i] - half);
        see(y, p->y[i] + half);
    }
}

static void see_values(const double *v, int64_t n, const Axis *a, Extent *e)
{
    for (int64_t i = 0; i < n; i++)
        if (axis_shows(a, v[i])) see(e, v[i]);
}

/* Bars stand on zero, or, where there is none, below the lowest. */
static void see_bars(Sketch *s, int i, const Panel *at, Extent *x, Extent *y)
{
    s->bar[i] = bins_heights(&s->a, &s->bins, &s->part[i]);
    if (s->bins.count == 0) return;
    double ends[] = {s->bins.lo, s->bins.lo + s->bins.width * (double)s->bins.count};
    see_values(ends, 2, &at->ax, x);
    Extent top = {HUGE_VAL, -HUGE_VAL};
    see_values(s->bar[i], s->bins.count, &at->ay, &top);
    if (top.lo <= top.hi) see(y, top.hi);
    see(y, at->ay.log ? top.lo / 2 : 0);
}

static void see_part(Sketch *s, int i, const Panel *at, Extent *x, Extent *y)
{
    const PlotPart *p = &s->part[i];
    switch (p->kind) {
    case PLOT_POINTS:
    case PLOT_LINE:
    case PLOT_BAND: see_series(p, at, x, y); break;
    case PLOT_HISTOGRAM: see_bars(s, i, at, x, y); break;
    case PLOT_CONTOUR:
        see_values(p->x, p->width, &at->ax, x);
        see_values(p->y, p->height, &at->ay, y);
        break;
    case PLOT_HEATMAP:
    case PLOT_IMAGE: break;
    }
}

/* The colour bar of a heatmap or of contours. */
static void bar_range(Axis *bar, Extent z)
{
    axis_range(bar, z.lo, z.hi, 0); /* one value: it has the middle colour */
}

static void axes_ranges(Sketch *s, Panel *p)
{
    Extent x = {HUGE_VAL, -HUGE_VAL}, y = x, z = x;
    bool bars = false, contours = false;
    p->part = -1;
    p->ticks = true;
    p->ax.log = s->options.xlog;
    p->ay.log = s->options.ylog;
    for (int i = 0; i < s->parts; i++) {
        const PlotPart *part = &s->part[i];
        see_part(s, i, p, &x, &y);
        bars = bars || part->kind == PLOT_HISTOGRAM;
        if (part->kind != PLOT_CONTOUR) continue;
        see_values(part->z, part->width * part->height, &p->bar, &z);
        contours = true;
    }
    p->empty = !(x.lo <= x.hi) || !(y.lo <= y.hi);
    axis_range(&p->ax, x.lo, x.hi, contours ? 0 : 0.04);
    axis_range(&p->ay, y.lo, y.hi, contours ? 0 : 0.05);
    if (bars && y.lo >= 0 && !p->ay.log) p->ay.lo = 0;
    p->ay.whole = bars && !s->bins.density;
    p->has_bar = contours;
    bar_range(&p->bar, z);
}

static void raster_ranges(Sketch *s, Panel *p, int i)
{
    const PlotPart *part = &s->part[i];
    Extent z = {HUGE_VAL, -HUGE_VAL};
    p->part = i;
    p->empty = part->width < 1 || part->height < 1;
    p->ax = (Axis){.lo = -0.5, .hi = (double)part->width - 0.5, .whole = true};
    p->ay = (Axis){.lo = (double)part->height - 0.5, .hi = -0.5, .whole = true};
    if (part->kind != PLOT_HEATMAP) return;
    see_values(part->y, part->width * part->height, &p->bar, &z);
    bar_range(&p->bar, z);
    p->has_bar = true;
}

void sketch_ranges(Sketch *s)
{
    int rasters = 0;
    for (int i = 0; i < s->parts; i++) rasters += plot_is_panel(&s->part[i]);
    bool axes = rasters < s->parts || s->parts == 0;
    s->panels = rasters + axes;
    s->panel = arena_take(&s->a, (size_t)s->panels * sizeof *s->panel);
    s->bar = arena_take(&s->a, (size_t)s->parts * sizeof *s->bar + 1);
    s->bins = bins_make(&s->a, s->part, s->parts);
    Panel *p = s->panel;
    if (axes) axes_ranges(s, p++);
    for (int i = 0; i < s->parts; i++)
        if (plot_is_panel(&s->part[i])) raster_ranges(s, p++, i);
}

/* ---- places ---- */

static double label_width(const Ticks *t, int64_t i)
{
    return glyph_width(text_of(ticks_label(t, i).at), TICK_SIZE, false);
}

static double widest_label(const Ticks *t)
{
    double w = 0;
    for (int64_t i = t->first; i <= t->last; i += t->step)
        w = fmax(w, label_width(t, i));
    return w;
}

/* Between the two nearest ticks of an axis that is `room` long. */
static double least_gap(const Axis *a, double room)
{
    const Ticks *t = &a->ticks;
    Axis here = {a->lo, a->hi, 0, room, a->whole, a->log, *t};
    double gap = room;
    for (int64_t i = t->first; i + t->step <= t->last; i += t->step)
        gap = fmin(gap, fabs(axis_place(&here, ticks_value(t, i + t->step)) -
                             axis_place(&here, ticks_value(t, i))));
    return gap;
}

/* As many ticks as fit side by side. */
static void ticks_across(Axis *a, double room)
{
    for (int most = (int)(room / 55) + 1; most > 0; most--) {
        axis_ticks(a, most);
        if (widest_label(&a->ticks) + 12 <= least_gap(a, room)) return;
    }
}

static void ticks_up(Axis *a, double room) { axis_ticks(a, (int)(room / 45) + 1); }

/* The label of an axis with the note of its ticks: "time (×10⁻³)". */
static Lines axis_title(Sketch *s, const char *label, const Axis *a, bool ticks,
                        double most)
{
    TickText note = ticks ? ticks_note(&a->ticks) : (TickText){""};
    if (!label) label = "";
    if (!note.at[0]) return glyph_wrap(&s->a, label, TEXT_SIZE, most, false);
    size_t n = text_of(label).len, m = text_of(note.at).len;
    char *both = arena_take(&s->a, n + m + 4);
    size_t k = 0;
    for (size_t i = 0; i < n; i++) both[k++] = label[i];
    if (n) both[k++] = ' ', both[k++] = '(';
    for (size_t i = 0; i < m; i++) both[k++] = note.at[i];
    if (n) both[k++] = ')';
    return glyph_wrap(&s->a, both, TEXT_SIZE, most, false);
}

static int row_of(const Sketch *s, int panel)
{
    int part = s->panel[panel].part;
    return part < 0 ? 0 : s->part[part].row;
}

/* How many of the panels around `at` that were given no rows of their own stand in one:
 * ROW at most, and of five three above two. */
static int even_row(const Sketch *s, int at)
{
    int from = at, to = at;
    while (from > 0 && row_of(s, from - 1) == 0) from--;
    while (to < s->panels && row_of(s, to) == 0) to++;
    int rows = (to - from + ROW - 1) / ROW;
    return (to - from + rows - 1) / rows;
}

/* The panel after the last of the row that begins with panel `from`. */
static int row_end(const Sketch *s, int from)
{
    int to = from + 1, row = row_of(s, from),
        most = row ? s->panels : even_row(s, from);
    while (to < s->panels && row_of(s, to) == row && to < from + most) to++;
    return to;
}

/* How many panels stand in the longest row. */
static int columns(const Sketch *s)
{
    int most = 1;
    for (int from = 0, to; from < s->panels; from = to) {
        to = row_end(s, from);
        if (to - from > most) most = to - from;
    }
    return most;
}

static double raster_side(const Sketch *s)
{
    if (s->panels == 1) return RASTER_ALONE;
    return fmax(fmin(RASTER_AMONG, ROW * RASTER_AMONG / columns(s)), RASTER_LEAST);
}

/* The length of an axis; where it would be too short to read, it shows more. */
static double axis_length(Axis *a, double unit)
{
    enum { LEAST = 100 };
    double more = LEAST / unit - (a->hi - a->lo);
    if (more > 0) a->lo -= more / 2, a->hi += more / 2;
    return (a->hi - a->lo) * unit;
}

/* A unit as long across as up, in about the same room. */
static void equal_units(Panel *p)
{
    enum { HIGHEST = 400 };
    double unit = fmin(AXES_W / (p->ax.hi - p->ax.lo), HIGHEST / (p->ay.hi - p->ay.lo));
    p->w = axis_length(&p->ax, unit);
    p->h = axis_length(&p->ay, unit);
}

static void panel_size(const Sketch *s, Panel *p)
{
    if (p->part < 0) {
        p->w = AXES_W;
        p->h = AXES_H;
        if (s->options.equal) equal_units(p);
        return;
    }
    const PlotPart *part = &s->part[p->part];
    double w = fmax(1, (double)part->width), h = fmax(1, (double)part->height);
    double side = raster_side(s), longer = fmax(w, h);
    double cell = longer < side ? floor(side / longer) : side / longer;
    double least = part->kind == PLOT_HEATMAP ? 40 : 4;
    p->w = fmax(w * cell, least);
    p->h = fmax(h * cell, least);
}

static void legend_layout(Sketch *s)
{
    Legend *l = &s->legend;
    l->entry = arena_take(&s->a, (size_t)s->parts * sizeof *l->entry + 1);
    for (int i = 0; i < s->parts; i++) {
        if (plot_is_panel(&s->part[i]) || plot_first(s, i) != i) continue;
        Lines *e = &l->entry[i];
        *e = glyph_wrap(&s->a, s->part[i].label, TEXT_SIZE, 220, false);
        if (e->count == 0) continue;
        l->width = fmax(l->width, LEGEND_KEY + e->width);
        l->height += e->count * LINE_STEP + 4;
    }
}

/* Room for the colour bar right of the field, with its labels. */
static void bar_layout(Panel *p)
{
    Axis *bar = &p->bar;
    ticks_up(bar, p->h);
    bar->from = p->h;
    bar->to = 0;
    TickText note = ticks_note(&bar->ticks);
    double text = widest_label(&bar->ticks) + TICK + 4;
    double over = glyph_width(text_of(note.at), TICK_SIZE, false) - BAR;
    p->right = 8 + BAR + fmax(text, over);
    if (note.at[0]) p->top += LINE_STEP;
}

static void panel_room(Sketch *s, Panel *p)
{
    const PlotPart *part = p->part < 0 ? NULL : &s->part[p->part];
    bool titled = p->part < 0 || s->panel[0].part >= 0;
    bool heat = part && part->kind == PLOT_HEATMAP && s->panels == 1 && !p->empty;
    const char *ylabel = titled ? s->options.ylabel : NULL;
    if (!ylabel && p->part < 0 && s->bins.count)
        ylabel = s->bins.density ? "density" : "count";
    p->ticks = p->ticks || heat;
    if (p->ticks) {
        ticks_across(&p->ax, p->w);
        ticks_up(&p->ay, p->h);
    }
    p->xlabel =
        axis_title(s, titled ? s->options.xlabel : NULL, &p->ax, p->ticks, p->w);
    p->ylabel = axis_title(s, ylabel, &p->ay, p->ticks, p->h);
    if (part) p->title = glyph_wrap(&s->a, part->label, TEXT_SIZE, p->w + 20, false);
    p->top = part ? p->title.count * LINE_STEP : 6;
    p->right = 0;
    if (p->has_bar) bar_layout(p);
    if (p->ticks) {
        const Ticks *t = &p->ax.ticks;
        Axis here = {p->ax.lo, p->ax.hi, 0, p->w, false, p->ax.log, *t};
        double last = axis_place(&here, ticks_value(t, t->last)) +
                      (t->first <= t->last ? label_width(t, t->last) / 2 : 0) - p->w;
        p->right = fmax(p->right, last);
        p->left = TICK + 4 + widest_label(&p->ay.ticks);
        p->bottom = TICK + LINE_STEP;
    }
    p->left += p->ylabel.count * LINE_STEP + (p->ylabel.count ? 4 : 0);
    p->bottom += p->xlabel.count * LINE_STEP + (p->xlabel.count ? 4 : 0);
    double over =
        (fmax(p->xlabel.width, p->title.width) - p->w) / 2; /* one long word */
    p->left = fmax(p->left, over);
    p->right = fmax(p->right, over);
    over = (p->ylabel.width - p->h) / 2;
    p->top = fmax(p->top, over);
    p->bottom = fmax(p->bottom, over);
    if (p->part >= 0 || s->legend.width <= 0) return;
    p->right = (p->has_bar ? p->right : 0) + 16 + s->legend.width;
    p->bottom = fmax(p->bottom, s->legend.height - p->h);
}

/* Panels of numbered rows stand below each other: each takes the room that the widest
 * of its column needs. */
static void align_columns(Sketch *s)
{
    for (int from = 0, to; from < s->panels; from = to) {
        to = row_end(s, from);
        if (row_of(s, from) == 0) continue;
        for (int next = to, end; next < s->panels; next = end) {
            end = row_end(s, next);
            for (int i = from, k = next; i < to && k < end; i++, k++) {
                Panel *a = &s->panel[i], *b = &s->panel[k];
                a->left = b->left = fmax(a->left, b->left);
                a->right = b->right = fmax(a->right, b->right);
            }
        }
    }
}

static double row_width(const Sketch *s, int from, int to)
{
    double w = 0;
    for (int i = from; i < to; i++) {
        const Panel *p = &s->panel[i];
        w += p->left + p->w + p->right + (i > from ? GAP : 0);
    }
    return w;
}

/* The row of panels [from, to), its top at y; the y below it. */
static double place_row(Sketch *s, int from, int to, double y)
{
    double top = 0, bottom = 0, x = EDGE;
    for (int i = from; i < to; i++) top = fmax(top, s->panel[i].top);
    for (int i = from; i < to; i++) {
        Panel *p = &s->panel[i];
        p->x = x + p->left;
        p->y = y + top;
        p->ax.from = p->x;
        p->ax.to = p->x + p->w;
        p->ay.from = p->y + p->h;
        p->ay.to = p->y;
        p->bar.from += p->y;
        p->bar.to += p->y;
        x = p->x + p->w + p->right + GAP;
        bottom = fmax(bottom, p->h + p->bottom);
    }
    s->width = fmax(s->width, x - GAP + EDGE);
    return y + top + bottom;
}

void sketch_layout(Sketch *s)
{
    double y = EDGE, content = 300;
    legend_layout(s);
    for (int i = 0; i < s->panels; i++) {
        panel_size(s, &s->panel[i]);
        panel_room(s, &s->panel[i]);
    }
    align_columns(s);
    for (int from = 0, to; from < s->panels; from = to) {
        to = row_end(s, from);
        content = fmax(content, row_width(s, from, to));
    }
    s->title = glyph_wrap(&s->a, s->options.title, TITLE_SIZE, content, true);
    if (s->title.count) y += s->title.count * (LINE_STEP + 3) + 6;
    for (int from = 0, to; from < s->panels; from = to) {
        to = row_end(s, from);
        y = place_row(s, from, to, y + (from ? GAP : 0));
    }
    s->width = ceil(fmax(s->width, s->title.width + 2 * EDGE));
    s->height = ceil(y + EDGE);
}
