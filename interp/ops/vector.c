/* SPDX-License-Identifier: MIT
 * The choice of vector kernels for this CPU.
 */
#include "ops/ops_int.h"
#include "ops/vector_table.h"

ElemKernel *elem_vector_kernel(Elem e, Type type)
{
    if (type != TYPE_F64 && type != TYPE_F32) return NULL;
    const VectorTable *table = &vector_base;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        table = &vector_avx2;
#endif
    return table->kernel[e][type == TYPE_F32];
}
