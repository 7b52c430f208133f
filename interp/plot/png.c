/* SPDX-License-Identifier: MIT
 * Pictures as PNG: images alone by our own raster, the rest by librsvg and cairo,
 * opened when first needed, so that nobody else has to have them.
 */
#include "base/shared.h"
#include "plot/plot_int.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- without a library: rasters side by side ---- */

typedef enum { OTHER, RASTERS, IMAGES } Content;

static Content content_of(const PlotPart *part, int parts, const PlotOptions *options)
{
    bool bare = !options || (!options->title && !options->xlabel && !options->ylabel);
    Content c = parts > 0 ? IMAGES : OTHER;
    for (int i = 0; i < parts; i++) {
        if (!plot_is_panel(&part[i]) || part[i].width < 1 || part[i].height < 1)
            return OTHER;
        if (part[i].kind == PLOT_HEATMAP || part[i].label || !bare) c = RASTERS;
    }
    return c;
}

enum { SCALE = 2 };

static void copy_scaled(Raster *to, const Raster *from, const Panel *p, int64_t x,
                        int64_t y)
{
    int64_t w = (int64_t)ceil(p->w * SCALE), h = (int64_t)ceil(p->h * SCALE);
    for (int64_t i = 0; i < h && y + i < to->height; i++)
        for (int64_t j = 0; j < w && x + j < to->width; j++) {
            int64_t row = i * from->height / h, column = j * from->width / w;
            memcpy(to->rgb + ((y + i) * to->width + x + j) * 3,
                   from->rgb + (row * from->width + column) * 3, 3);
        }
}

static void draw_rasters(void *sketch)
{
    Sketch *s = sketch;
    s->options = (PlotOptions){0};
    sketch_ranges(s);
    sketch_layout(s);
    Raster all = {(int64_t)s->width * SCALE, (int64_t)s->height * SCALE, NULL};
    size_t bytes = (size_t)(all.width * all.height) * 3;
    all.rgb = arena_take(&s->a, bytes);
    memset(all.rgb, 0xFF, bytes);
    for (int i = 0; i < s->panels; i++) {
        const Panel *p = &s->panel[i];
        Raster r = raster_of(&s->a, &s->part[p->part], p->bar.lo, p->bar.hi);
        copy_scaled(&all, &r, p, (int64_t)(p->x * SCALE), (int64_t)(p->y * SCALE));
    }
    raster_png(s->o, &all);
}

/* ---- with librsvg ---- */

typedef struct GError {
    uint32_t domain;
    int code;
    char *message;
} GError;

typedef struct Rect {
    double x, y, width, height;
} Rect;

/* The functions used, as librsvg 2.54 and cairo 1.16 declare them. */
typedef struct Renderer {
    void *rsvg, *cairo, *gobject;
    void *(*handle_new)(const uint8_t *data, size_t size, GError **error);
    int (*render)(void *handle, void *cr, const Rect *viewport, GError **error);
    void *(*surface_create)(int format, int width, int height);
    void *(*create)(void *surface);
    int (*status)(void *cr);
    void (*destroy)(void *cr);
    void (*surface_destroy)(void *surface);
    int (*write)(void *surface, int (*put)(void *, const unsigned char *, unsigned),
                 void *ud);
    void (*unref)(void *object);
} Renderer;

/* The libraries stay open: GLib registers its types for good. */
static bool renderer_open(Renderer *r)
{
    r->rsvg = shared_open("librsvg-2.so.2", NULL, 0);
    r->cairo = shared_open("libcairo.so.2", NULL, 0);
    r->gobject = shared_open("libgobject-2.0.so.0", NULL, 0);
    return shared_find(r->rsvg, "rsvg_handle_new_from_data", &r->handle_new) &&
           shared_find(r->rsvg, "rsvg_handle_render_document", &r->render) &&
           shared_find(r->cairo, "cairo_image_surface_create", &r->surface_create) &&
           shared_find(r->cairo, "cairo_create", &r->create) &&
           shared_find(r->cairo, "cairo_status", &r->status) &&
           shared_find(r->cairo, "cairo_destroy", &r->destroy) &&
           shared_find(r->cairo, "cairo_surface_destroy", &r->surface_destroy) &&
           shared_find(r->cairo, "cairo_surface_write_to_png_stream", &r->write) &&
           shared_find(r->gobject, "g_object_unref", &r->unref);
}

/* What cairo writes into: taken beforehand, since nothing of ours may jump through
 * cairo. */
typedef struct Sink {
    unsigned char *at;
    size_t len, room;
} Sink;

static int sink_put(void *ud, const unsigned char *bytes, unsigned n)
{
    enum { CAIRO_STATUS_WRITE_ERROR = 11 };
    Sink *sink = ud;
    if (n > sink->room - sink->len) return CAIRO_STATUS_WRITE_ERROR;
    memcpy(sink->at + sink->len, bytes, n);
    sink->len += n;
    return 0;
}

static bool render(const Renderer *r, const Out *svg, int width, int height, Sink *sink)
{
    enum { ARGB32 = 0 };
    GError *error = NULL;
    void *handle = r->handle_new((const uint8_t *)svg->at, svg->len, &error);
    if (!handle) return false;
    void *surface = r->surface_create(ARGB32, width, height), *cr = r->create(surface);
    Rect viewport = {0, 0, width, height};
    bool done = r->render(handle, cr, &viewport, &error) && r->status(cr) == 0;
    r->destroy(cr);
    done = done && r->write(surface, sink_put, sink) == 0;
    r->surface_destroy(surface);
    r->unref(handle);
    return done;
}

static void measure(void *sketch)
{
    sketch_ranges(sketch);
    sketch_layout(sketch);
}

bool plot_png(Out *o, const PlotPart *part, int parts, const PlotOptions *options,
              char error[PLOT_ERROR])
{
    Content content = content_of(part, parts, options);
    Sketch s = {.o = o, .part = part, .parts = parts};
    Renderer r = {0};
    if (content == IMAGES || (!renderer_open(&r) && content == RASTERS)) {
        sketch_run(&s, draw_rasters);
        return true;
    }
    if (!r.unref) {
        snprintf(error, PLOT_ERROR,
                 "a PNG of this picture needs librsvg: install the Debian package "
                 "librsvg2-2, or write .svg");
        return false;
    }
    if (options) s.options = *options;
    sketch_run(&s, measure);
    int width = (int)s.width * SCALE, height = (int)s.height * SCALE;
    Out svg;
    out_init(&svg, o->memory);
    plot_svg(&svg, part, parts, options);
    size_t room = (size_t)width * (size_t)height * 4 + 65536;
    Sink sink = {memory_take(o->memory, room), 0, room};
    bool done = render(&r, &svg, width, height, &sink);
    if (done)
        out_text(o, (Text){(const char *)sink.at, sink.len});
    else
        snprintf(error, PLOT_ERROR, "librsvg could not draw the picture");
    memory_give(o->memory, sink.at, room);
    out_free(&svg);
    return done;
}
