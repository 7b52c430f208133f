/* SPDX-License-Identifier: MIT
 * Convolution for any CPU of this kind, and the choice among the tables.
 */
#define CONV_TABLE conv_loops_base
#include "ops/conv_both.h"

const ConvKernel *conv_kernel(Type t)
{
    const ConvLoops *loops = &conv_loops_base;
#if defined(__x86_64__)
    if (wide_has_avx512())
        loops = &conv_loops_avx512;
    else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        loops = &conv_loops_avx2;
#endif
    return t == TYPE_F32 ? &loops->f32 : &loops->f64;
}
