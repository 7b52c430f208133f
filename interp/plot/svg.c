/* SPDX-License-Identifier: MIT
 * A sketch as SVG: fields, axes, texts, legend, colour bars. The text is the same on
 * every machine: no locale, coordinates with two decimals.
 */
#include "plot/plot_int.h"

#include <math.h>

typedef enum { LEFT, MIDDLE, RIGHT } Anchor;

static void number(Out *o, const char *name, double v)
{
    out_fmt(o, " %s=\"", name);
    out_fixed(o, v);
    out_char(o, '"');
}

static void put_text(Out *o, Text t, double x, double y, double size, Anchor anchor)
{
    static const char *const where[] = {"", " text-anchor=\"middle\"",
                                        " text-anchor=\"end\""};
    out_str(o, "<text");
    number(o, "x", x);
    number(o, "y", y);
    number(o, "font-size", size);
    out_fmt(o, "%s>", where[anchor]);
    out_xml(o, t);
    out_str(o, "</text>\n");
}

/* Lines one below the other; y is the base of the first. */
static void put_lines(Out *o, const Lines *l, double x, double y, Anchor anchor)
{
    for (int i = 0; i < l->count; i++)
        put_text(o, l->line[i], x, y + i * LINE_STEP, TEXT_SIZE, anchor);
}

static void put_segment(Out *o, double x0, double y0, double x1, double y1)
{
    out_char(o, 'M');
    out_fixed(o, x0);
    out_char(o, ' ');
    out_fixed(o, y0);
    out_char(o, x0 < x1 || x0 > x1 ? 'H' : 'V');
    out_fixed(o, x0 < x1 || x0 > x1 ? x1 : y1);
}

static void put_rect(Out *o, double x, double y, double w, double h, const char *style)
{
    out_str(o, "<rect");
    number(o, "x", x);
    number(o, "y", y);
    number(o, "width", w);
    number(o, "height", h);
    out_fmt(o, " %s/>\n", style);
}

/* ---- axes ---- */

static void grid(Out *o, const Panel *p)
{
    const Ticks *x = &p->ax.ticks, *y = &p->ay.ticks;
    out_str(o, "<path fill=\"none\" stroke=\"#E8E8E8\" stroke-width=\"1\" d=\"");
    for (int64_t i = x->first; i <= x->last; i += x->step) {
        double at = axis_place(&p->ax, ticks_value(x, i));
        put_segment(o, at, p->y, at, p->y + p->h);
    }
    for (int64_t i = y->first; i <= y->last; i += y->step) {
        double at = axis_place(&p->ay, ticks_value(y, i));
        put_segment(o, p->x, at, p->x + p->w, at);
    }
    out_str(o, "\"/>\n");
}

static void axes(Out *o, const Panel *p)
{
    enum { TICK = 4 };
    const Ticks *x = &p->ax.ticks, *y = &p->ay.ticks;
    double bottom = p->y + p->h;
    out_str(o, "<path fill=\"none\" stroke=\"#333333\" stroke-width=\"1\" "
               "stroke-linecap=\"square\" d=\"");
    put_segment(o, p->x, bottom, p->x + p->w, bottom);
    put_segment(o, p->x, p->y, p->x, bottom);
    for (int64_t i = x->first; i <= x->last; i += x->step) {
        double at = axis_place(&p->ax, ticks_value(x, i));
        put_segment(o, at, bottom, at, bottom + TICK);
    }
    for (int64_t i = y->first; i <= y->last; i += y->step) {
        double at = axis_place(&p->ay, ticks_value(y, i));
        put_segment(o, p->x, at, p->x - TICK, at);
    }
    out_str(o, "\"/>\n");
    for (int64_t i = x->first; i <= x->last; i += x->step)
        put_text(o, text_of(ticks_label(x, i).at),
                 axis_place(&p->ax, ticks_value(x, i)), bottom + TICK + 11, TICK_SIZE,
                 MIDDLE);
    for (int64_t i = y->first; i <= y->last; i += y->step)
        put_text(o, text_of(ticks_label(y, i).at), p->x - TICK - 3,
                 axis_place(&p->ay, ticks_value(y, i)) + 4, TICK_SIZE, RIGHT);
}

static void axis_titles(Out *o, const Panel *p)
{
    double below = p->y + p->h + (p->ticks ? 19 : 0) + 13;
    put_lines(o, &p->xlabel, p->x + p->w / 2, below, MIDDLE);
    double x = p->x - p->left + 11, y = p->y + p->h / 2;
    for (int i = 0; i < p->ylabel.count; i++) {
        out_str(o, "<g transform=\"translate(");
        out_fixed(o, x + i * LINE_STEP);
        out_char(o, ' ');
        out_fixed(o, y);
        out_str(o, ") rotate(-90)\">");
        put_text(o, p->ylabel.line[i], 0, 0, TEXT_SIZE, MIDDLE);
        out_str(o, "</g>\n");
    }
}

/* ---- legend ---- */

/* A sample of the part's mark, 22 wide, its middle at y. */
static void legend_key(Sketch *s, int part, double x, double y)
{
    Out *o = s->o;
    int series = plot_series(s, part);
    const char *color = plot_color(series);
    PlotKind kind = s->part[part].kind;
    if (kind == PLOT_POINTS) {
        bool hollow = series >= 7;
        out_fmt(o, "<circle fill=\"%s\" stroke=\"%s\"", hollow ? "none" : color,
                hollow ? color : "none");
        number(o, "cx", x + 11);
        number(o, "cy", y);
        out_str(o, " r=\"3\"/>\n");
        return;
    }
    if (kind == PLOT_BAND || kind == PLOT_HISTOGRAM) {
        out_fmt(o, "<rect fill=\"%s\" fill-opacity=\"%s\"", color,
                kind == PLOT_BAND ? "0.2" : "0.3");
        number(o, "x", x);
        number(o, "y", y - 5);
        out_str(o, " width=\"22\" height=\"10\"");
        if (kind == PLOT_HISTOGRAM) out_fmt(o, " stroke=\"%s\"", color);
        out_str(o, "/>\n");
    }
    if (kind == PLOT_HISTOGRAM) return;
    out_fmt(o, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.7\"%s d=\"",
            kind == PLOT_CONTOUR ? "#21918C" : color, plot_dash(series));
    put_segment(o, x, y, x + 22, y);
    out_str(o, "\"/>\n");
}

static void legend(Sketch *s, const Panel *p)
{
    double x = p->x + p->w + p->right - s->legend.width, y = p->y + 4;
    for (int i = 0; i < s->parts; i++) {
        const Lines *l = &s->legend.entry[i];
        if (l->count == 0) continue;
        for (int j = i; j < s->parts; j++)
            if (!plot_is_panel(&s->part[j]) && plot_first(s, j) == i)
                legend_key(s, j, x, y + LINE_STEP / 2.0 - 3);
        put_lines(s->o, l, x + 30, y + 8.5, LEFT);
        y += l->count * LINE_STEP + 4;
    }
}

/* ---- panels ---- */

static void image_tag(Out *o, Arena *a, const Raster *r, double x, double y, double w,
                      double h)
{
    Out png;
    out_init(&png, a->memory);
    raster_png(&png, r);
    out_str(o, "<image");
    number(o, "x", x);
    number(o, "y", y);
    number(o, "width", w);
    number(o, "height", h);
    out_str(o, " preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" "
               "xlink:href=\"data:image/png;base64,");
    raster_base64(o, png.at, png.len);
    out_str(o, "\"/>\n");
    out_free(&png);
}

static void color_bar(Sketch *s, const Panel *p)
{
    enum { STEPS = 64, WIDTH = 12, TICK = 4 };
    Out *o = s->o;
    const Ticks *t = &p->bar.ticks;
    unsigned char rgb[STEPS * 3];
    for (int i = 0; i < STEPS; i++) plot_map(1 - (i + 0.5) / STEPS, rgb + i * 3);
    Raster r = {1, STEPS, rgb};
    double x = p->x + p->w + 8;
    image_tag(o, &s->a, &r, x, p->y, WIDTH, p->h);
    out_str(o, "<path fill=\"none\" stroke=\"#333333\" stroke-width=\"1\" d=\"");
    for (int64_t i = t->first; i <= t->last; i += t->step) {
        double at = axis_place(&p->bar, ticks_value(t, i));
        put_segment(o, x + WIDTH, at, x + WIDTH + TICK, at);
    }
    out_str(o, "\"/>\n");
    for (int64_t i = t->first; i <= t->last; i += t->step)
        put_text(o, text_of(ticks_label(t, i).at), x + WIDTH + TICK + 2,
                 axis_place(&p->bar, ticks_value(t, i)) + 4, TICK_SIZE, LEFT);
    TickText note = ticks_note(t);
    if (note.at[0]) put_text(o, text_of(note.at), x, p->y - 5, TICK_SIZE, LEFT);
}

static void raster_panel(Sketch *s, const Panel *p)
{
    const PlotPart *part = &s->part[p->part];
    double above = p->y - 5 - (p->title.count - 1) * LINE_STEP;
    put_lines(s->o, &p->title, p->x + p->w / 2, above, MIDDLE);
    if (!p->empty) {
        Raster r = raster_of(&s->a, part, p->bar.lo, p->bar.hi);
        /* enlarged, because many viewers blur pixels that they enlarge themselves */
        int64_t across = (int64_t)ceil(2 * p->w / (double)r.width);
        int64_t down = (int64_t)ceil(2 * p->h / (double)r.height);
        r = raster_enlarged(&s->a, &r, across, down);
        image_tag(s->o, &s->a, &r, p->x, p->y, p->w, p->h);
    }
    put_rect(s->o, p->x, p->y, p->w, p->h,
             "fill=\"none\" stroke=\"#333333\" stroke-width=\"0.75\"");
}

static void panel(Sketch *s, const Panel *p)
{
    if (p->part < 0) {
        grid(s->o, p);
        marks_draw(s, p);
        if (p->empty)
            put_text(s->o, text_of("no finite numbers"), p->x + p->w / 2,
                     p->y + p->h / 2, TEXT_SIZE, MIDDLE);
        legend(s, p);
    } else {
        raster_panel(s, p);
    }
    if (p->ticks) axes(s->o, p);
    if (p->has_bar && !p->empty) color_bar(s, p);
    axis_titles(s->o, p);
}

/* The middle of a lone field, or of the whole, as far as the title does not leave it.
 */
static double title_middle(const Sketch *s)
{
    double half = s->title.width / 2, middle = s->width / 2;
    if (s->panels == 1) middle = s->panel[0].x + s->panel[0].w / 2;
    middle = fmin(middle, s->width - 10 - half);
    return fmax(middle, 10 + half);
}

static void draw(void *sketch)
{
    Sketch *s = sketch;
    Out *o = s->o;
    sketch_ranges(s);
    sketch_layout(s);
    out_str(o, "<svg xmlns=\"http://www.w3.org/2000/svg\" "
               "xmlns:xlink=\"http://www.w3.org/1999/xlink\"");
    number(o, "width", s->width);
    number(o, "height", s->height);
    out_str(o, " viewBox=\"0 0 ");
    out_fixed(o, s->width);
    out_char(o, ' ');
    out_fixed(o, s->height);
    out_str(o, "\" font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\" "
               "fill=\"#222222\">\n");
    out_str(o, "<rect width=\"100%\" height=\"100%\" fill=\"#FFFFFF\"/>\n");
    if (s->title.count) out_str(o, "<g font-weight=\"bold\">\n");
    for (int i = 0; i < s->title.count; i++)
        put_text(o, s->title.line[i], title_middle(s), 10 + 13 + i * (LINE_STEP + 3),
                 TITLE_SIZE, MIDDLE);
    if (s->title.count) out_str(o, "</g>\n");
    for (int i = 0; i < s->panels; i++) panel(s, &s->panel[i]);
    out_str(o, "</svg>\n");
}

void plot_svg(Out *o, const PlotPart *part, int parts, const PlotOptions *options)
{
    Sketch s = {.o = o, .part = part, .parts = parts};
    if (options) s.options = *options;
    sketch_run(&s, draw);
}
