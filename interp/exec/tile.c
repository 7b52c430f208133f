/* SPDX-License-Identifier: MIT
 * The inner loop of fused steps: a short program of kernels over tiles that stay in the
 * first-level cache, and the loader that lays broadcast or strided numbers out for
 * them.
 */
#include "exec_int.h"

#include <string.h>

/* Axes of size 1 go; neighbours that are one run of memory become one axis. */
void load_init(Load *l, const Buffer *view)
{
    l->size = type_size(view->type);
    l->rank = 0;
    for (int i = 0; i < view->rank; i++) {
        if (view->dim[i] == 1) continue;
        int k = l->rank - 1;
        if (k >= 0 && l->stride[k] == view->stride[i] * view->dim[i]) {
            l->dim[k] *= view->dim[i];
            l->stride[k] = view->stride[i];
        } else {
            l->dim[l->rank] = view->dim[i];
            l->stride[l->rank++] = view->stride[i];
        }
    }
}

static void fill(char *y, const char *x, int64_t n, size_t size)
{
    if (size == 8) {
        uint64_t v, *to = (uint64_t *)(void *)y;
        memcpy(&v, x, 8);
        for (int64_t i = 0; i < n; i++) to[i] = v;
    } else if (size == 4) {
        uint32_t v, *to = (uint32_t *)(void *)y;
        memcpy(&v, x, 4);
        for (int64_t i = 0; i < n; i++) to[i] = v;
    } else {
        memset(y, *(const unsigned char *)x, (size_t)n);
    }
}

static void gather(char *y, const char *x, int64_t n, int64_t stride, size_t size)
{
    if (size == 8) {
        const uint64_t *from = (const uint64_t *)(const void *)x;
        uint64_t *to = (uint64_t *)(void *)y;
        for (int64_t i = 0; i < n; i++) to[i] = from[i * stride];
    } else if (size == 4) {
        const uint32_t *from = (const uint32_t *)(const void *)x;
        uint32_t *to = (uint32_t *)(void *)y;
        for (int64_t i = 0; i < n; i++) to[i] = from[i * stride];
    } else {
        for (int64_t i = 0; i < n; i++) y[i] = x[i * stride];
    }
}

/* n elements along the last axis. */
static inline void load_run(char *y, const char *x, int64_t n, int64_t stride,
                            size_t size)
{
    if (stride == 1)
        memcpy(y, x, (size_t)n * size);
    else if (stride == 0)
        fill(y, x, n, size);
    else
        gather(y, x, n, stride, size);
}

/* Elements [start, start + n) of the row-major walk over l, into y. */
void tile_load(const Load *l, int64_t start, int64_t n, char *y)
{
    size_t size = l->size;
    int last = l->rank - 1;
    if (last <= 0) {
        int64_t stride = last < 0 ? 0 : l->stride[0];
        load_run(y, l->data + start * stride * (int64_t)size, n, stride, size);
        return;
    }
    int64_t place[LIMIT_RANK], at = 0, rest = start;
    for (int k = last; k >= 0; k--) {
        place[k] = k ? rest % l->dim[k] : rest;
        rest /= l->dim[k];
        at += place[k] * l->stride[k];
    }
    for (;;) {
        int64_t run = l->dim[last] - place[last];
        if (run > n) run = n;
        load_run(y, l->data + at * (int64_t)size, run, l->stride[last], size);
        n -= run;
        if (n <= 0) return;
        y += (size_t)run * size;
        at -= place[last] * l->stride[last];
        place[last] = 0;
        for (int k = last - 1; k >= 0; k--) {
            at += l->stride[k];
            if (++place[k] < l->dim[k] || k == 0) break;
            at -= l->dim[k] * l->stride[k];
            place[k] = 0;
        }
    }
}

/* Where elements [start, start + n) lie, if they are one run of memory; else NULL. */
static char *tile_direct(const Load *l, int64_t start, int64_t n)
{
    int last = l->rank - 1;
    int64_t at = 0, rest = start;
    if (last < 0 || l->stride[last] != 1) return NULL;
    if (last > 0 && start % l->dim[last] + n > l->dim[last]) return NULL;
    for (int k = last; k >= 0; k--) {
        at += (k ? rest % l->dim[k] : rest) * l->stride[k];
        rest /= l->dim[k];
    }
    return l->data + at * (int64_t)l->size;
}

/* Eight running sums, added up in a fixed order: exact to a few ulp over a tile. */
#define TILE_SUM(name, T)                                                              \
    static double name(int64_t n, const T *x)                                          \
    {                                                                                  \
        T s[8] = {0};                                                                  \
        int64_t i = 0;                                                                 \
        for (; i + 8 <= n; i += 8)                                                     \
            for (int k = 0; k < 8; k++) s[k] += x[i + k];                              \
        for (int k = 0; i < n; i++, k++) s[k] += x[i];                                 \
        return (double)((s[0] + s[1]) + (s[2] + s[3])) +                               \
               (double)((s[4] + s[5]) + (s[6] + s[7]));                                \
    }
TILE_SUM(tile_sum_f64, double)
TILE_SUM(tile_sum_f32, float)

static void tile_sum(TileSum *t, int64_t start, int64_t n, const char *x, char *y)
{
    if (start == 0) t->total = 0;
    if (t->type == TYPE_F64) {
        t->total += tile_sum_f64(n, (const double *)(const void *)x);
        memcpy(y, &t->total, sizeof t->total);
    } else {
        t->total += tile_sum_f32(n, (const float *)(const void *)x);
        float total = (float)t->total;
        memcpy(y, &total, sizeof total);
    }
}

/* Elements [start, start + n) of x into the products of the rows they lie in. */
static void tile_dots(TileDots *t, int64_t start, int64_t n, const char *x, char *y)
{
    int64_t size = (int64_t)type_size(t->type);
    while (n > 0) {
        int64_t row = start / t->k, at = start % t->k;
        int64_t run = t->k - at < n ? t->k - at : n;
        const void *w = t->w + (row / t->block * t->k + at) * size, *from = x;
        if (at == 0) t->total = 0;
        t->total +=
            t->type == TYPE_F64 ? row_dot_f64(run, from, w) : row_dot_f32(run, from, w);
        if (t->type == TYPE_F64)
            memcpy(y + row * size, &t->total, sizeof t->total);
        else
            memcpy(y + row * size, &(float){(float)t->total}, sizeof(float));
        x += run * size;
        start += run;
        n -= run;
    }
}

/* A register may stand for memory that was not copied: it is written at its own place.
 */
static inline void tile_op(const TileOp *o, const Tiles *t, char **at, int64_t n)
{
    const void *x[TILE_INPUTS];
    for (int k = 0; k < o->n_in; k++) x[k] = at[o->x[k]];
    if (o->y >= t->first_register) at[o->y] = t->base[o->y];
    o->kernel(n, at[o->y], x);
}

static inline void tile_place(const TileOp *o, const Tiles *t, char **at, int64_t start,
                              int64_t n)
{
    char *direct = o->y >= t->first_register ? tile_direct(o->load, start, n) : NULL;
    if (o->y >= t->first_register) at[o->y] = direct ? direct : t->base[o->y];
    if (!direct) tile_load(o->load, start, n, at[o->y]);
}

static inline void tile_total(const TileOp *o, const Tiles *t, char **at, int64_t start,
                              int64_t n)
{
    const char *x = at[o->x[0]];
    if (o->y >= t->first_register) at[o->y] = t->base[o->y];
    tile_sum(o->sum, start, n, x, at[o->y]);
}

void tiles_run(const Tiles *t)
{
    if (t->count <= 0) return;
    char *at[TILE_SLOTS];
    size_t phase[TILE_TURNS];
    memcpy(at, t->base, (size_t)t->n_slots * sizeof *at);
    for (int i = 0; i < t->n_turns; i++) phase[i] = 0;
    for (int i = 0; i < t->n_once; i++)
        tile_load(t->once[i].load, 0, t->once[i].n, at[t->once[i].slot]);
    int64_t n = t->count < t->tile ? t->count : t->tile;
    for (int64_t start = 0;;) {
        for (const TileOp *o = t->op, *end = o + t->n_ops; o < end; o++) {
            if (o->kernel)
                tile_op(o, t, at, n);
            else if (o->load)
                tile_place(o, t, at, start, n);
            else if (o->dots)
                tile_dots(o->dots, start, n, at[o->x[0]], at[o->y]);
            else
                tile_total(o, t, at, start, n);
        }
        start += n;
        if (start >= t->count) return;
        if (n > t->count - start) n = t->count - start;
        for (int i = 0; i < t->first_register; i++) at[i] += t->move[i];
        for (int i = 0; i < t->n_turns; i++) {
            const Turn *u = &t->turn[i];
            phase[i] += u->move;
            if (phase[i] >= u->period) phase[i] -= u->period;
            at[u->slot] = t->base[u->slot] + phase[i];
        }
    }
}
