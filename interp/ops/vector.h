/* SPDX-License-Identifier: MIT
 * Vector text of the element-wise rows: what f64x4 and f32x8 need beside base/wide.h,
 * and the functions of vector_f64.h and vector_f32.h. Everything is inlined; the same
 * text gives a baseline and an AVX2 + FMA variant. A lane's value depends on that lane
 * alone.
 */
#ifndef UNC_OPS_VECTOR_H
#define UNC_OPS_VECTOR_H

#include "base/wide.h"

/* a b + c, rounded once where the CPU can. */
WIDE f64x4 f64x4_fma(f64x4 a, f64x4 b, f64x4 c)
{
#if defined(__FMA__)
    return (f64x4)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#else
    return a * b + c;
#endif
}

WIDE f32x8 f32x8_fma(f32x8 a, f32x8 b, f32x8 c)
{
#if defined(__FMA__)
    return (f32x8)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
    return a * b + c;
#endif
}

/* The larger and the smaller one; b where either is NaN. */
WIDE f64x4 f64x4_max(f64x4 a, f64x4 b)
{
#if defined(__AVX2__)
    return (f64x4)_mm256_max_pd((__m256d)a, (__m256d)b);
#else
    return f64x4_select(a > b, a, b);
#endif
}

WIDE f64x4 f64x4_min(f64x4 a, f64x4 b)
{
#if defined(__AVX2__)
    return (f64x4)_mm256_min_pd((__m256d)a, (__m256d)b);
#else
    return f64x4_select(a < b, a, b);
#endif
}

WIDE f32x8 f32x8_max(f32x8 a, f32x8 b)
{
#if defined(__AVX2__)
    return (f32x8)_mm256_max_ps((__m256)a, (__m256)b);
#else
    return f32x8_select(a > b, a, b);
#endif
}

WIDE f32x8 f32x8_min(f32x8 a, f32x8 b)
{
#if defined(__AVX2__)
    return (f32x8)_mm256_min_ps((__m256)a, (__m256)b);
#else
    return f32x8_select(a < b, a, b);
#endif
}

WIDE f64x4 f64x4_abs(f64x4 x) { return (f64x4)((u64x4)x & ~(1ull << 63)); }

WIDE f32x8 f32x8_abs(f32x8 x) { return (f32x8)((u32x8)x & 0x7fffffffu); }

/* x with the sign of s; x is not negative. */
WIDE f64x4 f64x4_signed(f64x4 x, f64x4 s)
{
    return (f64x4)((u64x4)x | ((u64x4)s & (1ull << 63)));
}

WIDE f32x8 f32x8_signed(f32x8 x, f32x8 s)
{
    return (f32x8)((u32x8)x | ((u32x8)s & 0x80000000u));
}

/* Whether any lane of a mask is set. */
WIDE int i64x4_any(i64x4 mask)
{
#if defined(__AVX2__)
    return _mm256_movemask_pd((__m256d)mask) != 0;
#else
    return (mask[0] | mask[1] | mask[2] | mask[3]) != 0;
#endif
}

/* Up to 3 doubles, up to 7 floats: the other lanes are 0, or not stored. */
WIDE i64x4 f64x4_first(int64_t n) { return (i64x4){0, 1, 2, 3} < (i64x4){n, n, n, n}; }

WIDE i32x8 f32x8_first(int64_t n)
{
    return (i32x8){0, 1, 2, 3, 4, 5, 6, 7} < (i32x8){0} + (int32_t)n;
}

WIDE f64x4 f64x4_load_part(const double *p, int64_t n)
{
#if defined(__AVX2__)
    return (f64x4)_mm256_maskload_pd(p, (__m256i)f64x4_first(n));
#else
    f64x4 v = {0, 0, 0, 0};
    memcpy(&v, p, (size_t)n * sizeof *p);
    return v;
#endif
}

WIDE f32x8 f32x8_load_part(const float *p, int64_t n)
{
#if defined(__AVX2__)
    return (f32x8)_mm256_maskload_ps(p, (__m256i)f32x8_first(n));
#else
    f32x8 v = {0, 0, 0, 0, 0, 0, 0, 0};
    memcpy(&v, p, (size_t)n * sizeof *p);
    return v;
#endif
}

WIDE void f64x4_store_part(double *p, int64_t n, f64x4 v)
{
#if defined(__AVX2__)
    _mm256_maskstore_pd(p, (__m256i)f64x4_first(n), (__m256d)v);
#else
    memcpy(p, &v, (size_t)n * sizeof *p);
#endif
}

WIDE void f32x8_store_part(float *p, int64_t n, f32x8 v)
{
#if defined(__AVX2__)
    _mm256_maskstore_ps(p, (__m256i)f32x8_first(n), (__m256)v);
#else
    memcpy(p, &v, (size_t)n * sizeof *p);
#endif
}

#if defined(__AVX2__)
#define EACH_F64(wide, f, x) (f64x4) wide((__m256d)(x))
#define EACH_F32(wide, f, x) (f32x8) wide((__m256)(x))
#else
#define EACH_F64(wide, f, x) ((f64x4){f((x)[0]), f((x)[1]), f((x)[2]), f((x)[3])})
#define EACH_F32(wide, f, x)                                                           \
    ((f32x8){f((x)[0]), f((x)[1]), f((x)[2]), f((x)[3]), f((x)[4]), f((x)[5]),         \
             f((x)[6]), f((x)[7])})
#endif

WIDE f64x4 f64x4_floor(f64x4 x) { return EACH_F64(_mm256_floor_pd, floor, x); }

WIDE f32x8 f32x8_floor(f32x8 x) { return EACH_F32(_mm256_floor_ps, floorf, x); }

WIDE f64x4 f64x4_ceil(f64x4 x) { return EACH_F64(_mm256_ceil_pd, ceil, x); }

WIDE f32x8 f32x8_ceil(f32x8 x) { return EACH_F32(_mm256_ceil_ps, ceilf, x); }

/* To the nearest, halves to the even one. */
#define ROUND_PD(x) _mm256_round_pd(x, _MM_FROUND_CUR_DIRECTION)
#define ROUND_PS(x) _mm256_round_ps(x, _MM_FROUND_CUR_DIRECTION)
WIDE f64x4 f64x4_round(f64x4 x) { return EACH_F64(ROUND_PD, nearbyint, x); }

WIDE f32x8 f32x8_round(f32x8 x) { return EACH_F32(ROUND_PS, nearbyintf, x); }

#include "ops/vector_f64.h"
#include "ops/vector_f32.h"

#endif
