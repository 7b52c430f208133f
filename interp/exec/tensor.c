/* SPDX-License-Identifier: MIT
 * Tensors: counted, dense storage. Head and numbers are one block.
 */
#include "exec_int.h"

#include <string.h>

/* The numbers begin at the next cache line after the head. */
enum { TENSOR_HEAD = (sizeof(Tensor) + 63) / 64 * 64 };

Tensor *tensor_raw(Memory *m, Type type, const Shape *shape)
{
    size_t bytes = (size_t)shape_count(shape) * type_size(type);
    char *block = slab_take_raw(m, TENSOR_HEAD + bytes);
    Tensor *t = memset(block, 0, TENSOR_HEAD);
    t->memory = m;
    t->refs = 1;
    t->type = type;
    t->shape = *shape;
    t->bytes = bytes;
    t->data = block + TENSOR_HEAD;
    return t;
}

Tensor *tensor_new(Memory *m, Type type, const Shape *shape)
{
    Tensor *t = tensor_raw(m, type, shape);
    memset(t->data, 0, t->bytes);
    return t;
}

Tensor *tensor_keep(Tensor *t)
{
    t->refs++;
    return t;
}

void tensor_drop(Tensor *t)
{
    if (!t || --t->refs > 0) return;
    slab_give(t->memory, t, TENSOR_HEAD + t->bytes);
}

Tensor *tensor_cast(Memory *m, const Tensor *t, Type type)
{
    Tensor *y = tensor_raw(m, type, &t->shape);
    int64_t n = shape_count(&t->shape);
    ElemKernel *kernel = t->type == type ? NULL : cast_kernel(t->type, type);
    const void *x = t->data;
    if (kernel)
        kernel(n, y->data, &x);
    else if (t->type == type)
        memcpy(y->data, t->data, t->bytes);
    else
        memset(y->data, 0, y->bytes);
    return y;
}

double number_at(const void *data, Type type, int64_t i)
{
    switch (type) {
    case TYPE_F64: return ((const double *)data)[i];
    case TYPE_F32: return (double)((const float *)data)[i];
    case TYPE_I64: return (double)((const int64_t *)data)[i];
    case TYPE_BOOL: return (double)((const unsigned char *)data)[i];
    case TYPE_KEY:
    case TYPE_COUNT: break;
    }
    return 0;
}

double tensor_real_at(const Tensor *t, int64_t i)
{
    return number_at(t->data, t->type, i);
}

void tensor_put(Tensor *t, int64_t at, const void *from, Type type, int64_t first,
                int64_t n)
{
    if (t->type == type) {
        size_t size = type_size(type);
        memcpy((char *)t->data + (size_t)at * size,
               (const char *)from + (size_t)first * size, (size_t)n * size);
        return;
    }
    if (t->type == TYPE_F32 && type == TYPE_F64) {
        numbers_narrow((float *)t->data + at, (const double *)from + first, n);
        return;
    }
    if (t->type == TYPE_F64 && type == TYPE_F32) {
        numbers_widen((double *)t->data + at, (const float *)from + first, n);
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        double x = number_at(from, type, first + i);
        if (t->type == TYPE_F32)
            ((float *)t->data)[at + i] = (float)x;
        else if (t->type == TYPE_F64)
            ((double *)t->data)[at + i] = x;
        else if (t->type == TYPE_I64)
            ((int64_t *)t->data)[at + i] = (int64_t)x;
        else
            ((uint8_t *)t->data)[at + i] = x != 0;
    }
}

Buffer tensor_buffer(const Tensor *t)
{
    Buffer b = {.data = t->data, .type = t->type, .rank = t->shape.rank};
    int64_t stride = 1;
    for (int i = b.rank - 1; i >= 0; i--) {
        b.dim[i] = t->shape.dim[i];
        b.stride[i] = stride;
        stride *= b.dim[i];
    }
    return b;
}
