/* SPDX-License-Identifier: MIT
 * Pictures through the door of plot/: well-formed whatever the numbers, nothing outside
 * its sheet, the same bytes twice and under another locale, ticks as a reader would
 * choose them.
 */
#include "../tap.h"
#include "plot/plot.h"
#include "plot/plot_int.h"

#include <locale.h>
#include <stdlib.h>

/* What fontconfig, which librsvg uses, keeps until the end is not ours to give back. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\nleak:FcValueSave\nleak:libpango\n";
}

static void *plain(void *ud, void *ptr, size_t old_size, size_t new_size)
{
    (void)ud, (void)old_size;
    if (new_size) return realloc(ptr, new_size);
    free(ptr);
    return NULL;
}

typedef struct Bed {
    Memory memory;
    Out o;
    const PlotPart *part;
    int parts;
    PlotOptions options;
    int columns; /* 0: SVG */
} Bed;

static void draw_inside(void *ctx)
{
    Bed *b = ctx;
    if (b->columns)
        plot_text(&b->o, b->part, b->parts, &b->options, b->columns);
    else
        plot_svg(&b->o, b->part, b->parts, &b->options);
}

/* The picture in b->o; closed by bed_close. */
static void bed_draw(Bed *b, const PlotPart *part, int parts, PlotOptions options,
                     int columns)
{
    *b = (Bed){.memory = {.alloc = plain},
               .part = part,
               .parts = parts,
               .options = options,
               .columns = columns};
    out_init(&b->o, &b->memory);
    memory_run(&b->memory, draw_inside, b);
}

static void bed_close(Bed *b) { out_free(&b->o); }

static int count_of(const char *text, const char *what)
{
    int n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what)) n++;
    return n;
}

/* Tags open and close in order, attributes are quoted, nothing is nan. */
static bool well_formed(const char *s)
{
    char open[16][12];
    int depth = 0;
    if (strncmp(s, "<svg ", 5) != 0) return false;
    for (const char *p = s; (p = strchr(p, '<')); p++) {
        const char *end = strchr(p, '>');
        char name[12] = "";
        if (!end) return false;
        int quotes = 0;
        for (const char *q = p; q < end; q++) quotes += *q == '"';
        if (quotes % 2) return false;
        sscanf(p + (p[1] == '/' ? 2 : 1), "%11[a-z]", name);
        if (p[1] == '/') {
            if (depth == 0 || strcmp(open[--depth], name) != 0) return false;
        } else if (end[-1] != '/') {
            if (depth == 16) return false;
            memcpy(open[depth++], name, sizeof name);
        }
    }
    return depth == 0 && !strstr(s, "nan") && !strstr(s, "inf");
}

static double attribute(const char *tag, const char *name)
{
    char key[20];
    snprintf(key, sizeof key, " %s=\"", name);
    const char *at = strstr(tag, key);
    return at ? strtod(at + strlen(key), NULL) : 0;
}

/* Every upright text, at the width of the widest font, is on the sheet. */
static bool texts_inside(const char *s)
{
    double width = attribute(s, "width"), height = attribute(s, "height");
    for (const char *p = s; (p = strstr(p, "<text")); p++) {
        if (p > s && p[-1] == '>') continue; /* turned: in a <g> of its own */
        const char *from = strchr(p, '>') + 1;
        const char *anchor = strstr(p, "text-anchor=\"");
        char plain[200];
        size_t n = 0;
        for (const char *q = from; *q != '<' && n < sizeof plain; q++) {
            if (*q == '&') q = strchr(q, ';'); /* an entity is one character */
            plain[n++] = *q;
        }
        double w = glyph_width((Text){plain, n}, attribute(p, "font-size"), false);
        double x = attribute(p, "x"), y = attribute(p, "y");
        if (anchor && anchor < from) x -= anchor[13] == 'm' ? w / 2 : w;
        if (x < 0 || x + w > width + 0.01 || y < 8 || y > height - 2) {
            note("'%.*s' from %g to %g of %g, at %g of %g",
                 (int)(strchr(from, '<') - from), from, x, x + w, width, y, height);
            return false;
        }
    }
    return true;
}

/* ---- ticks ---- */

static void ticks_are(double lo, double hi, int most, const char *want)
{
    char got[400];
    size_t n = 0;
    Ticks t = ticks_make(lo, hi, most, false);
    for (int64_t i = t.first; i <= t.last; i += t.step)
        n += (size_t)snprintf(got + n, sizeof got - n, "%.20s ", ticks_label(&t, i).at);
    snprintf(got + n, sizeof got - n, "%s", ticks_note(&t).at);
    is_str(got, want, "ticks");
}

static void ticks(void)
{
    ticks_are(0, 1, 5, "0.0 0.2 0.4 0.6 0.8 1.0 ");
    ticks_are(-0.3, 10.2, 6, "0 2 4 6 8 10 ");
    ticks_are(-60, 60, 6, "\u221260 \u221240 \u221220 0 20 40 60 ");
    ticks_are(0, 1e12, 5, "0.0 0.2 0.4 0.6 0.8 1.0 \u00D710\u00B9\u00B2");
    ticks_are(1.02e-9, 4.6e-9, 4, "2 3 4 \u00D710\u207B\u2079");
    ticks_are(1e12, 1e12 + 4, 4, "0 1 2 3 4 + 10\u00B9\u00B2");
    ticks_are(0.001, 0.0051, 5, "0.001 0.002 0.003 0.004 0.005 ");
    ticks_are(1990, 2020, 6, "1990 1995 2000 2005 2010 2015 2020 ");
    ticks_are(-1e300, 1e300, 2, "\u22121 0 1 \u00D710\u00B3\u2070\u2070");
}

/* ---- pictures ---- */

static const double X[] = {0, 1, 2, 3, 4, 5}, Y[] = {1, 3, 2, 5, 4, 6},
                    H[] = {1, 0.5, 0.4, 0.3, 0.5, 1},
                    BAD[] = {(double)NAN, HUGE_VAL, -HUGE_VAL},
                    HUGE_X[] = {-1e300, 0, 1e300}, TINY[] = {1e-320, 2e-320, 3e-310},
                    SAME[] = {7, 7, 7}, FAR[] = {1e12, 1e12 + 1, 1e12 + 2},
                    GRID[] = {0, 1, 2, 3, (double)NAN, 5};

static void check_picture(const char *name, const PlotPart *part, int parts,
                          PlotOptions options)
{
    Bed b, c;
    bed_draw(&b, part, parts, options, 0);
    ok(well_formed(b.o.at), "%s: well formed", name);
    ok(texts_inside(b.o.at), "%s: texts inside", name);
    bed_draw(&c, part, parts, options, 0);
    ok(strcmp(b.o.at, c.o.at) == 0, "%s: the same twice", name);
    bed_close(&b);
    bed_close(&c);
    ok(b.memory.used == 0 && c.memory.used == 0, "%s: all memory given back", name);
    bed_draw(&b, part, parts, options, 60);
    ok(!strstr(b.o.at, "nan") && b.o.len < 100000, "%s: in a terminal", name);
    bed_close(&b);
}

static void pictures(void)
{
    const PlotOptions none = {0},
                      all = {.title = "A title & more",
                             .xlabel = "x <ms>",
                             .ylabel = "y"},
                      logs = {.xlog = true, .ylog = true, .equal = true};
    const char *longest =
        "a label that is rather long, with \"quotes\" & signs < >, broken "
        "into lines, and with onewordthatcannotbebrokensomewhereatallinit";
    PlotPart series[] = {{.kind = PLOT_POINTS, .n = 6, .x = X, .y = Y, .label = "data"},
                         {.kind = PLOT_BAND, .n = 6, .x = X, .y = Y, .half = H},
                         {.kind = PLOT_LINE, .n = 6, .x = X, .y = H, .label = longest}};
    check_picture("series", series, 3, all);
    check_picture(
        "long texts", series, 3,
        (PlotOptions){.title = longest, .xlabel = longest, .ylabel = longest});
    check_picture(
        "bad texts", series, 1,
        (PlotOptions){.title = "\x01\xFF\xC3", .xlabel = "a\nb", .ylabel = "\t"});
    PlotPart other[] = {
        {.kind = PLOT_HISTOGRAM, .n = 6, .y = Y, .label = "h"},
        {.kind = PLOT_HEATMAP, .height = 2, .width = 3, .y = GRID},
        {.kind = PLOT_IMAGE, .height = 2, .width = 3, .channels = 1, .y = X},
        {.kind = PLOT_IMAGE,
         .height = 1,
         .width = 2,
         .channels = 3,
         .y = H,
         .label = longest},
        {.kind = PLOT_CONTOUR, .height = 2, .width = 3, .x = X, .y = Y, .z = Y}};
    check_picture("every kind", other, 5, all);
    for (int i = 0; i < 5; i++) check_picture("one kind", other + i, 1, none);
    check_picture("nothing", NULL, 0, none);
    const struct {
        const char *name;
        const double *v;
        int64_t n;
    } odd[] = {{"not finite", BAD, 3}, {"huge", HUGE_X, 3}, {"tiny", TINY, 3},
               {"constant", SAME, 3},  {"far", FAR, 3},     {"one number", Y, 1},
               {"no numbers", Y, 0}};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        for (int kind = PLOT_POINTS; kind <= PLOT_CONTOUR; kind++) {
            PlotPart p = {(PlotKind)kind, odd[i].n, 1,        odd[i].n, 1, odd[i].v,
                          odd[i].v,       odd[i].v, odd[i].v, "label",  0};
            check_picture(odd[i].name, &p, 1, none);
            check_picture(odd[i].name, &p, 1, logs);
        }
}

static void details(void)
{
    Bed b;
    PlotPart p[] = {{.kind = PLOT_POINTS, .n = 6, .x = X, .y = GRID},
                    {.kind = PLOT_LINE, .n = 6, .x = X, .y = GRID}};
    bed_draw(&b, p, 2, (PlotOptions){.title = "a<b"}, 0);
    ok(count_of(b.o.at, "<circle") == 5, "a NaN is left out");
    const char *line = strstr(b.o.at, "stroke-width=\"1.7\"");
    const char *d = line ? strstr(line, "d=\"") : NULL;
    int moves = 0;
    for (const char *q = d ? d + 3 : ""; *q && *q != '"'; q++) moves += *q == 'M';
    ok(moves == 2, "and breaks a line");
    ok(strstr(b.o.at, ">a&lt;b<") != NULL, "texts are escaped");
    ok(!strstr(b.o.at, "<image"), "no raster");
    bed_close(&b);
    PlotPart h[] = {{.kind = PLOT_HISTOGRAM, .n = 6, .y = Y},
                    {.kind = PLOT_LINE, .n = 6, .x = X, .y = H}};
    bed_draw(&b, h, 1, (PlotOptions){0}, 0);
    ok(strstr(b.o.at, ">count<") != NULL, "a histogram counts");
    bed_close(&b);
    bed_draw(&b, h, 2, (PlotOptions){0}, 0);
    ok(strstr(b.o.at, ">density<") != NULL, "but beside a line it is a density");
    bed_close(&b);
}

/* Bins have the sum of what they hold, and a density has area 1. */
static void bins(void)
{
    enum { N = 1000 };
    static double v[N];
    for (int i = 0; i < N; i++) v[i] = (double)(i * 7919 % N) / N;
    Memory m = {.alloc = plain};
    Arena a;
    arena_init(&a, &m);
    PlotPart p[] = {{.kind = PLOT_HISTOGRAM, .n = N, .y = v}, {.kind = PLOT_LINE}};
    for (int parts = 1; parts <= 2; parts++) {
        Bins b = bins_make(&a, p, parts);
        double *h = bins_heights(&a, &b, p), sum = 0;
        for (int64_t i = 0; i < b.count; i++) sum += h[i] * (parts == 2 ? b.width : 1);
        near(sum, parts == 2 ? 1 : N, 1e-12, "the sum of the bins");
        ok(b.count == 11, "Sturges's number where the other rule gives fewer: %d",
           (int)b.count);
    }
    arena_free(&a);
}

static void png(void)
{
    Memory m = {.alloc = plain};
    Out o, svg;
    char error[PLOT_ERROR] = "";
    PlotPart p = {.kind = PLOT_IMAGE, .height = 2, .width = 3, .channels = 1, .y = H};
    out_init(&o, &m);
    out_init(&svg, &m);
    ok(plot_png(&o, &p, 1, &(PlotOptions){0}, error),
       "an image alone needs no library");
    ok(o.len > 60 && memcmp(o.at, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16) == 0 &&
           memcmp(o.at + o.len - 12, "\0\0\0\0IEND\xAE\x42\x60\x82", 12) == 0,
       "and is a PNG file");
    size_t before = o.len;
    p = (PlotPart){.kind = PLOT_LINE, .n = 6, .x = X, .y = Y};
    bool done = plot_png(&o, &p, 1, &(PlotOptions){0}, error);
    ok(done ? o.len > before : o.len == before && strstr(error, "librsvg2-2") != NULL,
       "a line: drawn, or the package named");
    out_free(&o);
    out_free(&svg);
    ok(m.used == 0, "all memory given back");
}

static void starved(void)
{
    PlotPart p[] = {
        {.kind = PLOT_BAND, .n = 6, .x = X, .y = Y, .half = H, .label = "b"},
        {.kind = PLOT_HISTOGRAM, .n = 6, .y = Y},
        {.kind = PLOT_HEATMAP, .height = 2, .width = 3, .y = GRID}};
    MemoryEnd end = MEMORY_EXHAUSTED;
    int tries = 0;
    for (size_t limit = 100; end != MEMORY_OK && tries < 1000;
         limit += limit / 20, tries++) {
        Bed b = {.memory = {.alloc = plain, .limit = limit}, .part = p, .parts = 3};
        out_init(&b.o, &b.memory);
        end = memory_run(&b.memory, draw_inside, &b);
        bed_close(&b);
        memory_give_all(&b.memory);
    }
    ok(end == MEMORY_OK && tries > 10, "too little memory, %d times", tries - 1);
}

static void other_locale(void)
{
    Bed b, c;
    PlotPart p = {.kind = PLOT_LINE, .n = 6, .x = X, .y = H};
    bed_draw(&b, &p, 1, (PlotOptions){0}, 0);
    const char *set = setlocale(LC_ALL, "de_DE.UTF-8");
    bed_draw(&c, &p, 1, (PlotOptions){0}, 0);
    setlocale(LC_ALL, "C");
    ok(strcmp(b.o.at, c.o.at) == 0, "the same under %s", set ? set : "C");
    bed_close(&b);
    bed_close(&c);
}

int main(void)
{
    ticks();
    pictures();
    details();
    bins();
    png();
    starved();
    other_locale();
    return done_testing();
}
