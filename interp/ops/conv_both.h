/* SPDX-License-Identifier: MIT
 * Both types of conv_body.h over vectors of 32 bytes, as the table CONV_TABLE; included
 * once a kind of CPU.
 */
#include "base/wide.h"
#include "ops/conv_int.h"

#define TALL 6

#define T double
#define V f64x4
#define LANES 4
#define LOAD f64x4_load
#define STORE f64x4_store
#define SPLAT(x) f64x4_all(x)
#define CONV(name) name##_f64
#if defined(__FMA__)
#define MULADD(x, y, z)                                                                \
    ((f64x4)_mm256_fmadd_pd((__m256d)(x), (__m256d)(y), (__m256d)(z)))
#else
#define MULADD(x, y, z) ((x) * (y) + (z))
#endif

WIDE f64x4 load_part_f64(const double *p, int64_t n)
{
    f64x4 v = {0};
    for (int64_t i = 0; i < n; i++) v[i] = p[i];
    return v;
}

WIDE void store_part_f64(double *p, int64_t n, f64x4 v)
{
    for (int64_t i = 0; i < n; i++) p[i] = v[i];
}

#define LOAD_PART load_part_f64
#define STORE_PART store_part_f64
#include "ops/conv_body.h"
#undef T
#undef V
#undef LANES
#undef LOAD
#undef STORE
#undef SPLAT
#undef CONV
#undef MULADD
#undef LOAD_PART
#undef STORE_PART

#define T float
#define V f32x8
#define LANES 8
#define LOAD f32x8_load
#define STORE f32x8_store
#define SPLAT(x) f32x8_all(x)
#define CONV(name) name##_f32
#if defined(__FMA__)
#define MULADD(x, y, z) ((f32x8)_mm256_fmadd_ps((__m256)(x), (__m256)(y), (__m256)(z)))
#else
#define MULADD(x, y, z) ((x) * (y) + (z))
#endif

WIDE f32x8 load_part_f32(const float *p, int64_t n)
{
    f32x8 v = {0};
    for (int64_t i = 0; i < n; i++) v[i] = p[i];
    return v;
}

WIDE void store_part_f32(float *p, int64_t n, f32x8 v)
{
    for (int64_t i = 0; i < n; i++) p[i] = v[i];
}

#define LOAD_PART load_part_f32
#define STORE_PART store_part_f32
#include "ops/conv_body.h"

const ConvLoops CONV_TABLE = {
    {BLOCK_f64, FEW_f64, LANES_f64, line_f64, few_f64, sum_f64},
    {BLOCK_f32, FEW_f32, LANES_f32, line_f32, few_f32, sum_f32}};
