/* SPDX-License-Identifier: MIT
 * The door of plot: parts of a picture to SVG (or text). Numbers that are not finite
 * are left out.
 */
#ifndef UNC_PLOT_PLOT_H
#define UNC_PLOT_PLOT_H

#include "base/text.h"

typedef enum {
    PLOT_POINTS,    /* x[n], y[n] */
    PLOT_LINE,      /* x[n], y[n], in the order given */
    PLOT_BAND,      /* x[n], y[n] middle, half[n] */
    PLOT_HISTOGRAM, /* y[n]: values */
    PLOT_HEATMAP,   /* y[height * width]: a panel with a colour bar */
    PLOT_IMAGE,     /* y[height * width * channels], 1 or 3 channels, 0 to 1: a panel */
    PLOT_CONTOUR    /* x[width], y[height], z[height * width]: lines of equal z */
} PlotKind;

typedef struct PlotPart {
    PlotKind kind;
    int64_t n, height, width, channels;
    const double *x, *y, *half, *z;
    const char *label; /* for the legend, above a panel, or NULL; parts of one label
                          are one series: of one colour, once in the legend */
    int row;           /* panels of one number stand in a row; of 0, four in a row */
} PlotPart;

typedef struct PlotOptions {
    const char *title, *xlabel, *ylabel; /* NULL: none */
    bool xlog, ylog; /* logarithmic axes; numbers that are not positive are left out */
    bool equal;      /* a unit is as long across as up (not in a terminal) */
} PlotOptions;

/* Overlays the parts; each heatmap or image starts a panel of its own, beside the
 * others. Bands and lines break where a number is not finite. Histograms share their
 * bins and show counts, or densities of area 1 when a line or a band is there to
 * compare them with. */
void plot_svg(Out *o, const PlotPart *part, int parts, const PlotOptions *options);
/* The same in a terminal: braille dots, `columns` wide. */
void plot_text(Out *o, const PlotPart *part, int parts, const PlotOptions *options,
               int columns);
/* The same as a PNG file, at 2 px a unit of the SVG. Images alone, without titles, need
 * no library, nor do heatmaps where there is none (their texts are left out); for the
 * rest librsvg and cairo are opened now. False, and a line in `error`, if they are not
 * there or fail; `o` is then as it was. */
enum { PLOT_ERROR = 200 };
bool plot_png(Out *o, const PlotPart *part, int parts, const PlotOptions *options,
              char error[PLOT_ERROR]);

#endif
