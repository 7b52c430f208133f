/* SPDX-License-Identifier: MIT
 * What the files of convolution share: how its attributes are read, and the loops that
 * are compiled once for each kind of CPU.
 */
#ifndef UNC_OPS_CONV_INT_H
#define UNC_OPS_CONV_INT_H

#include "ops/ops_int.h"

/* attr.from, to, step, perm: lo, hi, stride, dilation; attr.n: groups; attr.shape: the
 * sizes that no input tells: of the window (convolve_weights, window_…), of the image
 * (convolve_back), of both (window_spread). */
Window window_of(const Attr *a, int64_t height, int64_t width);
/* Whether sizes, strides and dilations are positive and no padding negative. */
bool window_ok(Infer *c, const Window *w);

/* `n` neighbouring numbers, `at` from where a position begins. */
typedef struct Segment {
    int64_t at, n;
} Segment;

/* y[line, p, 0 … channels) = the sum over the segments' numbers x of x times their row
 * of w, for all lines and positions p; x and y go on by x_step and y_step in a line, by
 * x_line and y_line from line to line. The rows of w have `block` numbers, those from
 * `channels` on zero. */
typedef struct ConvLine {
    const Segment *segment;
    int64_t segments;
    const void *x, *w;
    void *y;
    int64_t x_step, x_line, y_step, y_line;
    int64_t positions, lines, channels;
} ConvLine;

/* w[q, 0 … channels) += the sum over lines and positions of x[q] times
 * y[0 … channels), for q from 0 to rows - 1. */
typedef struct ConvSum {
    const void *x, *y;
    void *w;
    int64_t x_step, x_line, y_step, y_line, w_step;
    int64_t positions, lines, rows, channels;
} ConvSum;

/* `line` takes at most `block` channels; `few` at most `few_block`, and w as a row of
 * all numbers for each channel: it reads `lanes` numbers of a segment at once. */
typedef struct ConvKernel {
    int64_t block, few_block, lanes;
    void (*line)(const ConvLine *l);
    void (*few)(const ConvLine *l);
    void (*sum)(const ConvSum *s);
} ConvKernel;

typedef struct ConvLoops {
    ConvKernel f64, f32;
} ConvLoops;
extern const ConvLoops conv_loops_base, conv_loops_avx2, conv_loops_avx512;
const ConvKernel *conv_kernel(Type t);

/* The runs of the three ops, and their scratch. */
void conv_run(Run *r);
void conv_back_run(Run *r);
void conv_weights_run(Run *r);
size_t conv_scratch(const Node *n);
size_t conv_back_scratch(const Node *n);
size_t conv_weights_scratch(const Node *n);

/* The loops over windows of images [height, width, channels], `images` of them: y = v
 * where x is largest in each window, the first of equals; x = 0 but y there. v may be
 * x. Sums of windows; each y spread over its window and added up. room[2 · channels],
 * of the images' type, is to work in. */
typedef struct WindowRun {
    Window window;
    int64_t images, size[2], out[2], channels;
    void *room;
} WindowRun;
typedef struct WindowLoops {
    void (*take)(const WindowRun *w, const void *x, const void *v, void *y);
    void (*put)(const WindowRun *w, const void *x, const void *d, void *y);
    void (*sum)(const WindowRun *w, const void *x, void *y);
    void (*spread)(const WindowRun *w, const void *d, void *y);
    /* images [size, channels] to [out, channels] by bilinear interpolation, whose
     * corners are those of the outermost pixels' areas; and its transpose */
    void (*resize)(const WindowRun *w, const void *x, void *y);
    void (*resize_back)(const WindowRun *w, const void *d, void *y);
} WindowLoops;
extern const WindowLoops window_loops_f64, window_loops_f32;

#endif
