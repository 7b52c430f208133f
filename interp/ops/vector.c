/* SPDX-License-Identifier: MIT
 * The choice of vector kernels for this CPU.
 */
#include "ops/ops_int.h"
#include "ops/vector_table.h"
#include "base/rng.h"

static void fold(int64_t n, void *y, const void *const *x)
{
    key_fold_rows(n, x[0], x[1], y);
}

static const VectorTable *table(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return &vector_avx2;
#endif
    return &vector_base;
}

ElemKernel *elem_vector_kernel(Elem e, Type type)
{
    if (e == ELEM_fold && type == TYPE_KEY) return fold;
    if (type != TYPE_F64 && type != TYPE_F32) return NULL;
    return table()->kernel[e][type == TYPE_F32];
}

double row_dot_f64(int64_t n, const double *x, const double *w)
{
    return table()->row_dot_f64(n, x, w);
}

double row_dot_f32(int64_t n, const float *x, const float *w)
{
    return table()->row_dot_f32(n, x, w);
}
