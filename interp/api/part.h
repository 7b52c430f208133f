/* SPDX-License-Identifier: MIT
 * Parts of pictures as values of the language: what `points`, `image` and their like
 * give, and `plot` takes.
 */
#ifndef UNC_API_PART_H
#define UNC_API_PART_H

#include "api_int.h"
#include "plot/plot.h"

enum {
    WORD_PLOT = 40,
    WORD_POINTS,
    WORD_LINE,
    WORD_BAND,
    WORD_HISTOGRAM,
    WORD_HEATMAP,
    WORD_IMAGE,
    WORD_CONTOUR,
    WORD_AXES
};

typedef struct Part {
    Object object;
    int word; /* that made it */
    PlotKind kind;
    Value x, y, label; /* of axes: title, xlabel, ylabel */
    Value third;       /* of a band its half width, of contours z */
    Value scale[3];    /* of axes: xscale, yscale, equal */
    Value written;     /* of a panel: its argument's text, or none */
} Part;

Part *part_new(Interp *I, int word);
/* What the word of data `data`, from WORD_POINTS to WORD_CONTOUR, makes of its
 * arguments. */
bool part_make(Interp *I, int word, Value *arg, const Args *args, Value *out);
/* The same while a program is checked: only shapes and kinds are looked at. */
bool part_checked(Interp *I, int word, const Value *arg, const Args *args);

#endif
