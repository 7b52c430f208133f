/* SPDX-License-Identifier: MIT
 * Copying between strided buffers, and which reshapes of strides need no copy.
 */
#include "ops/ops_int.h"

enum { COPY_SHORT = 256 }; /* bytes */

/* Rows of a few elements: a call of memcpy costs more than they do. */
static void copy_short(char *to, const char *from, size_t n)
{
    size_t i = 0;
    for (; i + 16 <= n; i += 16) memcpy(to + i, from + i, 16);
    for (; i + 4 <= n; i += 4) memcpy(to + i, from + i, 4);
    for (; i < n; i++) to[i] = from[i];
}

/* One axis of n elements; sizes are powers of two up to 8. */
static void copy_line(char *to, int64_t to_step, const char *from, int64_t from_step,
                      int64_t n, size_t size)
{
    if (to_step == 1 && from_step == 1) {
        memcpy(to, from, (size_t)n * size);
    } else if (size == 8) {
        uint64_t *y = (uint64_t *)(void *)to;
        const uint64_t *x = (const uint64_t *)(const void *)from;
        for (int64_t i = 0; i < n; i++) y[i * to_step] = x[i * from_step];
    } else if (size == 4) {
        uint32_t *y = (uint32_t *)(void *)to;
        const uint32_t *x = (const uint32_t *)(const void *)from;
        for (int64_t i = 0; i < n; i++) y[i * to_step] = x[i * from_step];
    } else {
        for (int64_t i = 0; i < n; i++) to[i * to_step] = from[i * from_step];
    }
}

static void copy_axes(char *to, const Buffer *y, const char *from, const Buffer *x,
                      int axis)
{
    int64_t size = (int64_t)type_size(x->type);
    int64_t a = y->stride[axis], b = x->stride[axis], n = x->dim[axis];
    if (axis == x->rank - 1) {
        copy_line(to, a, from, b, n, (size_t)size);
        return;
    }
    const size_t row = (size_t)(x->dim[x->rank - 1] * size);
    if (axis == x->rank - 2 && row <= COPY_SHORT && y->stride[axis + 1] == 1 &&
        x->stride[axis + 1] == 1) {
        for (int64_t i = 0; i < n; i++)
            copy_short(to + i * a * size, from + i * b * size, row);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        copy_axes(to + i * a * size, y, from + i * b * size, x, axis + 1);
}

void buffer_move(const Buffer *to, const Buffer *from)
{
    if (buffer_count(from) == 0) return;
    size_t size = type_size(from->type);
    if (from->rank == 0)
        memcpy(to->data, from->data, size);
    else if (buffer_is_dense(from) && buffer_is_dense(to))
        memcpy(to->data, from->data, (size_t)buffer_count(from) * size);
    else
        copy_axes(to->data, to, from->data, from, 0);
}

void buffer_copy(void *to, const Buffer *from)
{
    Shape s = shape_of(from->rank, from->dim);
    Buffer y = buffer_dense(to, from->type, &s);
    buffer_move(&y, from);
}

/* Axes of size 1 carry no stride that matters. */
static int squeeze(const Buffer *b, int64_t *dim, int64_t *stride)
{
    int r = 0;
    for (int i = 0; i < b->rank; i++) {
        if (b->dim[i] == 1) continue;
        dim[r] = b->dim[i];
        stride[r++] = b->stride[i];
    }
    return r;
}

/* Walks groups of axes of equal size on both sides; within a group the old axes must
 * lie one after the other. */
bool buffer_reshape(const Buffer *in, const Shape *to, Buffer *out)
{
    int64_t dim[LIMIT_RANK], stride[LIMIT_RANK];
    int r = squeeze(in, dim, stride);
    *out = buffer_dense(in->data, in->type, to);
    if (shape_count(to) == 0) return true;
    for (int i = 0, k = 0; i < r;) {
        int from = i, first = k;
        int64_t have = dim[i++], want = 1;
        while (k < to->rank && want < have) {
            want *= to->dim[k++];
            while (have < want && i < r) have *= dim[i++];
        }
        for (int a = from; a + 1 < i; a++)
            if (stride[a] != dim[a + 1] * stride[a + 1]) return false;
        int64_t step = stride[i - 1];
        for (int a = k - 1; a >= first; a--) {
            out->stride[a] = step;
            step *= to->dim[a];
        }
    }
    return true;
}
