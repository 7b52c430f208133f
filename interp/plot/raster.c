/* SPDX-License-Identifier: MIT
 * Colours, and pictures of them: rasters of images and heatmaps, as PNG files (stored,
 * not compressed) and as base64 inside SVG.
 */
#include "plot/plot_int.h"

#include <math.h>
#include <string.h>

/* Okabe and Ito 2008, told apart by the colour-blind; without yellow, too faint for
 * lines. */
const char *plot_color(int i)
{
    static const char *const color[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                        "#E69F00", "#56B4E9", "#000000"};
    return color[i % 7];
}

/* Nine points of viridis (van der Walt and Smith 2015, CC0), even to the eye in
 * lightness. */
void plot_map(double t, unsigned char rgb[3])
{
    static const unsigned char point[9][3] = {
        {68, 1, 84},    {71, 45, 123}, {59, 82, 139},  {44, 114, 142}, {33, 145, 140},
        {39, 173, 129}, {94, 201, 98}, {170, 220, 50}, {253, 231, 37}};
    double at = fmax(0, fmin(1, t)) * 8;
    int i = at >= 8 ? 7 : (int)at;
    for (int c = 0; c < 3; c++)
        rgb[c] = (unsigned char)lround(point[i][c] +
                                       (at - i) * (point[i + 1][c] - point[i][c]));
}

static void cell_color(const PlotPart *p, int64_t cell, double lo, double hi,
                       unsigned char rgb[3])
{
    int64_t channels = p->kind == PLOT_IMAGE && p->channels == 3 ? 3 : 1;
    const double *v = p->y + cell * channels;
    bool finite = true;
    for (int64_t c = 0; c < channels; c++) finite = finite && isfinite(v[c]);
    if (!finite) {
        memset(rgb, 0xD0, 3);
    } else if (p->kind == PLOT_HEATMAP) {
        plot_map((v[0] / 2 - lo / 2) / (hi / 2 - lo / 2), rgb);
    } else {
        for (int64_t c = 0; c < 3; c++)
            rgb[c] =
                (unsigned char)lround(255 * fmax(0, fmin(1, v[channels == 3 ? c : 0])));
    }
}

Raster raster_of(Arena *a, const PlotPart *p, double lo, double hi)
{
    enum { MOST = 2048 };
    int64_t side = p->width > p->height ? p->width : p->height;
    int64_t step = (side + MOST - 1) / MOST;
    if (step < 1) step = 1;
    Raster r = {(p->width + step - 1) / step, (p->height + step - 1) / step, NULL};
    r.rgb = arena_take(a, (size_t)(r.width * r.height) * 3);
    for (int64_t i = 0; i < r.height; i++)
        for (int64_t j = 0; j < r.width; j++)
            cell_color(p, i * step * p->width + j * step, lo, hi,
                       r.rgb + (i * r.width + j) * 3);
    return r;
}

Raster raster_enlarged(Arena *a, const Raster *r, int64_t across, int64_t down)
{
    Raster to = {r->width * across, r->height * down, NULL};
    to.rgb = arena_take(a, (size_t)(to.width * to.height) * 3);
    for (int64_t i = 0; i < to.height; i++)
        for (int64_t j = 0; j < to.width; j++)
            memcpy(to.rgb + (i * to.width + j) * 3,
                   r->rgb + (i / down * r->width + j / across) * 3, 3);
    return to;
}

/* ---- PNG (RFC 2083) ---- */

static uint32_t crc(const char *p, size_t n)
{
    uint32_t c = 0xFFFFFFFFu;
    for (size_t i = 0; i < n; i++) {
        c ^= (unsigned char)p[i];
        for (int k = 0; k < 8; k++) c = c >> 1 ^ (c & 1 ? 0xEDB88320u : 0);
    }
    return ~c;
}

static void put32(Out *o, uint32_t v)
{
    for (int s = 24; s >= 0; s -= 8) out_char(o, (char)(v >> s & 255));
}

/* Ends the chunk whose type begins at `from`: puts its length before and its sum after.
 */
static void end_chunk(Out *o, size_t from)
{
    uint32_t n = (uint32_t)(o->len - from - 4);
    for (int k = 0; k < 4; k++)
        o->at[from - 4 + (size_t)k] = (char)(n >> (24 - 8 * k) & 255);
    put32(o, crc(o->at + from, o->len - from));
}

static size_t begin_chunk(Out *o, const char *type)
{
    put32(o, 0);
    size_t from = o->len;
    out_str(o, type);
    return from;
}

/* The rows, each with its filter byte 0, compressed. */
static void put_rows(Out *o, const Raster *r)
{
    size_t stride = (size_t)r->width * 3, bytes = (stride + 1) * (size_t)r->height;
    unsigned char *rows = memory_take(o->memory, bytes);
    for (int64_t i = 0; i < r->height; i++)
        memcpy(rows + (size_t)i * (stride + 1) + 1, r->rgb + (size_t)i * stride,
               stride);
    deflate_rows(o, rows, bytes, 3, stride + 1);
    memory_give(o->memory, rows, bytes);
}

void raster_png(Out *o, const Raster *r)
{
    out_text(o, (Text){"\x89PNG\r\n\x1a\n", 8});
    size_t chunk = begin_chunk(o, "IHDR");
    put32(o, (uint32_t)r->width);
    put32(o, (uint32_t)r->height);
    out_text(o, (Text){"\x08\x02\0\0\0", 5}); /* 8 bits, RGB, no interlacing */
    end_chunk(o, chunk);
    chunk = begin_chunk(o, "IDAT");
    put_rows(o, r);
    end_chunk(o, chunk);
    end_chunk(o, begin_chunk(o, "IEND"));
}

void raster_base64(Out *o, const char *bytes, size_t n)
{
    static const char digit[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = (const unsigned char *)bytes;
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)p[i] << 16;
        if (i + 1 < n) v |= (uint32_t)p[i + 1] << 8;
        if (i + 2 < n) v |= p[i + 2];
        out_char(o, digit[v >> 18 & 63]);
        out_char(o, digit[v >> 12 & 63]);
        out_char(o, i + 1 < n ? digit[v >> 6 & 63] : '=');
        out_char(o, i + 2 < n ? digit[v & 63] : '=');
    }
}
