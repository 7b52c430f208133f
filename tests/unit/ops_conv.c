/* SPDX-License-Identifier: MIT
 * Convolutions, windows and resizing with their slopes against PyTorch's, in both
 * precisions, over random shapes, strides, paddings, dilations and groups:
 * image/conv.json, written by image/make_values.py.
 */
#include "../reference.h"
#include "../tap.h"
#include "data/data.h"

enum { SUMS = 3 };

/* The numbers that both sides fill tensors with. */
static double filled(int64_t i, int64_t seed)
{
    return (double)(((i + 1) * 7919 + seed * 104729 + i * i * 31) % 2003) / 1001.5 - 1;
}

static bool text_is(Text t, const char *s) { return text_same(t, text_of(s)); }

static const Json *field(const Json *j, const char *name)
{
    for (int64_t i = 0; i < j->count; i++)
        if (text_is(j->key[i], name)) return &j->item[i];
    return NULL;
}

static void pair(const Json *j, const char *name, int64_t *to)
{
    const Json *f = field(j, name);
    for (int i = 0; f && i < 2; i++) to[i] = f->item[i].integer;
}

static Shape shape_in(const Json *j)
{
    Shape s = {.rank = (int)j->count};
    for (int i = 0; i < s.rank; i++) s.dim[i] = j->item[i].integer;
    return s;
}

static Node *build(Graph *g, const Json *j, Node **in)
{
    Text kind = field(j, "kind")->text;
    Window w = {.stride = {1, 1}, .dilation = {1, 1}, .groups = 1};
    Shape out = shape_in(field(j, "out"));
    if (field(j, "groups")) w.groups = field(j, "groups")->integer;
    pair(j, "stride", w.stride);
    pair(j, "dilation", w.dilation);
    pair(j, "pad", w.lo);
    pair(j, "pad", w.hi);
    pair(j, "size", w.size);
    if (text_is(kind, "conv")) return op_convolve(g, in[0], in[1], &w);
    if (text_is(kind, "back"))
        return op_convolve_back(g, in[0], in[1], &w, out.dim + 1);
    if (text_is(kind, "max")) return op_window_max(g, in[0], &w);
    if (text_is(kind, "avg")) {
        Node *sum = op_window_total(g, in[0], &w);
        return op2(
            g, ELEM_div, sum,
            op_to_type(g, graph_real(g, (double)(w.size[0] * w.size[1])), sum->type));
    }
    return op_to_size(g, in[0], w.size, text_is(kind, "bilinear"));
}

static void fill(Reference *r, const Node *n, int64_t seed)
{
    int64_t count = shape_count(&n->shape);
    double *d = malloc((size_t)(count + 1) * sizeof *d);
    float *f = malloc((size_t)(count + 1) * sizeof *f);
    for (int64_t i = 0; i < count; i++) {
        d[i] = filled(i, seed);
        f[i] = (float)d[i];
    }
    reference_set(r, n, n->type == TYPE_F32 ? (void *)f : (void *)d);
    free(d);
    free(f);
}

/* The largest error of the three sums, as a share of the sums of absolute values. */
static double error_of(Reference *r, const Node *n, const Json *want)
{
    double worst = 0;
    for (int k = 0; k < SUMS; k++) {
        double sum = 0, most = want->item[k].item[1].real;
        for (int64_t i = 0; i < shape_count(&n->shape); i++)
            sum += reference_real(r, n, i) * filled(i, 900 + k);
        double error = fabs(sum - want->item[k].item[0].real) / (most > 0 ? most : 1);
        if (!(error <= worst)) worst = error;
    }
    return worst;
}

/* The largest error of the result and its slopes; infinite where there is none. */
static double case_error(const Json *j, Type type)
{
    Memory memory = reference_memory();
    Graph *g = graph_new(&memory, NULL);
    Reference *r = reference_new(g, true);
    const Json *shapes = field(j, "shapes"), *slopes = field(j, "slopes");
    Text kind = field(j, "kind")->text;
    int64_t seed = text_is(kind, "max") || text_is(kind, "avg")     ? 3
                   : text_is(kind, "conv") || text_is(kind, "back") ? 1
                                                                    : 4;
    Node *in[2], *slope[2], *where;
    double worst = HUGE_VAL;
    for (int64_t i = 0; i < shapes->count; i++) {
        Shape s = shape_in(&shapes->item[i]);
        in[i] = graph_input(g, type, SUPPORT_ANY, &s, (uint32_t)i);
        fill(r, in[i], seed + i);
    }
    Node *y = build(g, j, in);
    Shape out = shape_in(field(j, "out"));
    if (y && shape_same(&y->shape, &out)) {
        Node *dy = graph_input(g, type, SUPPORT_ANY, &out, 9);
        fill(r, dy, 5);
        if (graph_slope(g, y, dy, in, (int)shapes->count, slope, &where) &&
            !reference_run(r, &y, 1) && !reference_run(r, slope, (int)shapes->count)) {
            worst = error_of(r, y, field(j, "y"));
            for (int64_t i = 0; i < shapes->count; i++)
                worst = fmax(worst, error_of(r, slope[i], &slopes->item[i]));
        }
    } else {
        note("%s", y ? "another shape" : g->error);
    }
    reference_free(r);
    graph_free(g);
    return worst;
}

static void test_kind(const Json *all, const char *kind)
{
    double worst[2] = {0, 0};
    int n = 0;
    for (int64_t i = 0; i < all->count; i++) {
        if (!text_is(field(&all->item[i], "kind")->text, kind)) continue;
        n++;
        worst[0] = fmax(worst[0], case_error(&all->item[i], TYPE_F64));
        worst[1] = fmax(worst[1], case_error(&all->item[i], TYPE_F32));
    }
    ok(n > 0 && worst[0] <= 1e-12, "%s as PyTorch's, %d cases, in double precision",
       kind, n);
    note("largest error %.2g", worst[0]);
    ok(n > 0 && worst[1] <= 1e-5, "%s in single precision", kind);
    note("largest error %.2g", worst[1]);
}

int main(void)
{
    Memory memory = reference_memory();
    Arena arena;
    Diags diags;
    Json all;
    static char bytes[1 << 20];
    FILE *f = fopen("tests/image/conv.json", "rb");
    if (!f) {
        ok(false, "tests/image/conv.json is here");
        return done_testing();
    }
    size_t len = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    arena_init(&arena, &memory);
    diags_init(&diags, &memory);
    if (ok(json_read(&arena, &diags, (Span){1, 0, 1}, text_of("conv.json"),
                     (Text){bytes, len}, &all),
           "the values are JSON")) {
        const char *const kinds[] = {"conv", "back",    "max",
                                     "avg",  "nearest", "bilinear"};
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
            test_kind(&all, kinds[k]);
    }
    arena_free(&arena);
    diags_free(&diags);
    return done_testing();
}
