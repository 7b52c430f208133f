/* SPDX-License-Identifier: MIT
 * What the files of this room share: ticks, widths of texts, colours, bins, and the
 * sketch, a picture whose places are all decided and which is drawn as SVG or as
 * braille.
 */
#ifndef UNC_PLOT_PLOT_INT_H
#define UNC_PLOT_PLOT_INT_H

#include "plot/plot.h"

/* ---- ticks.c ---- */

/* Ticks at i * 10^power for i = first, first + step, …, last (none if last < first).
 * Labels say (i - origin) * 10^(power - shown), the note says the rest: "×10⁻⁹ + 3".
 * A decade of three (else 0): ticks at 1, 2 and 5 times each power of ten; of one: at
 * 10^i. */
typedef struct Ticks {
    int64_t first, last, step, origin;
    int power, shown, decade;
} Ticks;

typedef struct TickText {
    char at[96];
} TickText;

/* At most about `most` ticks inside [lo, hi], lo < hi; whole: none between whole
 * numbers. */
Ticks ticks_make(double lo, double hi, int most, bool whole);
/* The same from 10^lo to 10^hi, for a logarithmic axis. */
Ticks ticks_log(double lo, double hi, int most);
double ticks_value(const Ticks *t, int64_t i);
TickText ticks_label(const Ticks *t, int64_t i);
TickText ticks_note(const Ticks *t); /* empty when labels say it all */

typedef struct Axis {
    double lo, hi;   /* values at its ends; their logarithms to base 10 if log */
    double from, to; /* their places */
    bool whole, log;
    Ticks ticks;
} Axis;

/* The place of a value; on a logarithmic axis what is not positive is at its end. */
double axis_place(const Axis *a, double v);
bool plot_finite(double x);               /* and small enough to be drawn */
bool axis_shows(const Axis *a, double v); /* finite, and positive if a is log */
/* Widens [lo, hi] (lo > hi: nothing was seen) until it is an interval, and by `pad` of
 * it; both positive if a is logarithmic. */
void axis_range(Axis *a, double lo, double hi, double pad);
void axis_ticks(Axis *a, int most); /* at most about that many */

/* ---- glyph.c ---- */

/* Room for a text, in px: no common font of the picture's family is wider. */
double glyph_width(Text t, double size, bool bold);

typedef struct Lines {
    Text *line; /* UTF-8 without control characters */
    int count;
    double width; /* of the widest */
} Lines;

/* Broken at line ends, and at blanks where a line would be wider than `most`. */
Lines glyph_wrap(Arena *a, const char *s, double size, double most, bool bold);
void out_fixed(Out *o, double x); /* with at most 2 decimals: 12.5 */
void out_xml(Out *o, Text t);     /* with & < > " escaped */

/* ---- raster.c ---- */

const char *plot_color(int i);                 /* Okabe and Ito 2008: "#0072B2", … */
void plot_map(double t, unsigned char rgb[3]); /* 0 to 1: dark blue to yellow */

typedef struct Raster {
    int64_t width, height;
    unsigned char *rgb; /* [height * width * 3] */
} Raster;

/* The colours of an image, or of a heatmap with values from lo to hi; grey where a
 * value is not finite. Pictures beyond 2048 on a side are thinned. */
Raster raster_of(Arena *a, const PlotPart *p, double lo, double hi);
/* Every pixel as across * down equal ones. */
Raster raster_enlarged(Arena *a, const Raster *r, int64_t across, int64_t down);
void raster_png(Out *o, const Raster *r); /* a PNG file */
void raster_base64(Out *o, const char *bytes, size_t n);

/* ---- deflate.c ---- */

/* A zlib stream of p[n]: rows of `row` bytes, of pixels of `pixel` bytes. */
void deflate_rows(Out *o, const unsigned char *p, size_t n, size_t pixel, size_t row);

/* ---- bins.c ---- */

typedef struct Keyed {
    double key;
    int64_t i;
} Keyed;

void keyed_sort(Keyed *k, int64_t n); /* by key, then i */

typedef struct Bins {
    double lo, width;
    int64_t count;
    bool density;
} Bins;

/* Bins that all histograms of the picture share: Freedman and Diaconis 1981, no fewer
 * than Sturges 1926; or one for each whole number when there are few. */
Bins bins_make(Arena *a, const PlotPart *part, int parts);
/* Heights of one histogram, [bins.count]: counts, or a density of area 1. */
double *bins_heights(Arena *a, const Bins *b, const PlotPart *p);

/* ---- sketch.c ---- */

enum { TEXT_SIZE = 12, TICK_SIZE = 11, TITLE_SIZE = 14, LINE_STEP = 15 };

/* One field of the picture, and the room that its texts need around it. */
typedef struct Panel {
    int part; /* its heatmap or image; -1: the axes that all other parts share */
    double x, y, w, h;
    double left, right, top, bottom;
    Axis ax, ay, bar; /* bar: the colours of a heatmap or of contours */
    bool ticks, has_bar, empty;
    Lines title, xlabel, ylabel;
} Panel;

typedef struct Legend {
    Lines *entry; /* [parts]; count 0: none */
    double width, height;
} Legend;

typedef struct Sketch {
    Out *o;
    Arena a;
    const PlotPart *part;
    int parts;
    PlotOptions options;
    Bins bins;
    double **bar; /* [parts]: heights of histograms */
    Panel *panel;
    int panels;
    Legend legend;
    Lines title;
    double width, height;
} Sketch;

static inline bool plot_is_panel(const PlotPart *p)
{
    return p->kind == PLOT_HEATMAP || p->kind == PLOT_IMAGE;
}

/* Ranges and bins; no places yet. */
void sketch_ranges(Sketch *s);
/* Everything's place. */
void sketch_layout(Sketch *s);
/* Runs draw(s) with an arena of its own for what it needs; gives it back in every case.
 */
void sketch_run(Sketch *s, void (*draw)(void *sketch));

/* ---- marks.c, contour.c ---- */

void marks_draw(Sketch *s, const Panel *p); /* all parts of the axes panel */
int plot_first(const Sketch *s, int part);  /* the first part of the same label */
int plot_series(const Sketch *s, int part); /* which colour and dash a part has */
const char *plot_dash(int series);          /* an attribute, or "" */
/* Calls segment for every piece of the level set of part p at z. */
void contour_walk(const PlotPart *p, double z,
                  void (*segment)(void *ud, double x0, double y0, double x1, double y1),
                  void *ud);

#endif
