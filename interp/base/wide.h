/* SPDX-License-Identifier: MIT
 * Vectors of 32 bytes over the extensions of gcc and clang: types, loads, stores,
 * select, square root, and the one product that Philox needs. The same text compiles
 * for a baseline (two halves of 16 bytes) and for AVX2. Vectors are passed by value
 * only among functions that are always inlined.
 */
#ifndef UNC_BASE_WIDE_H
#define UNC_BASE_WIDE_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

#pragma GCC diagnostic ignored "-Wpsabi" /* nothing here crosses a call */

#define WIDE static inline __attribute__((always_inline, unused))

/* Whether what *_avx512.c is compiled for is here. */
WIDE bool wide_has_avx512(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
}

typedef double f64x4 __attribute__((vector_size(32)));
typedef float f32x8 __attribute__((vector_size(32)));
typedef uint64_t u64x4 __attribute__((vector_size(32)));
typedef int64_t i64x4 __attribute__((vector_size(32)));
typedef uint32_t u32x8 __attribute__((vector_size(32)));
typedef int32_t i32x8 __attribute__((vector_size(32)));
typedef float f32x4 __attribute__((vector_size(16)));
typedef int32_t i32x4 __attribute__((vector_size(16)));
typedef uint16_t u16x8 __attribute__((vector_size(16)));

WIDE f64x4 f64x4_load(const void *p)
{
    f64x4 v;
    memcpy(&v, p, sizeof v);
    return v;
}

WIDE f32x8 f32x8_load(const void *p)
{
    f32x8 v;
    memcpy(&v, p, sizeof v);
    return v;
}

WIDE void f64x4_store(void *p, f64x4 v) { memcpy(p, &v, sizeof v); }

WIDE void f32x8_store(void *p, f32x8 v) { memcpy(p, &v, sizeof v); }

WIDE f64x4 f64x4_all(double x) { return (f64x4){x, x, x, x}; }

WIDE f32x8 f32x8_all(float x) { return (f32x8){x, x, x, x, x, x, x, x}; }

/* yes where the mask is all ones, no where it is 0. */
WIDE f64x4 f64x4_select(i64x4 mask, f64x4 yes, f64x4 no)
{
#if defined(__AVX2__)
    return (f64x4)_mm256_blendv_pd((__m256d)no, (__m256d)yes, (__m256d)mask);
#else
    return (f64x4)((mask & (i64x4)yes) | (~mask & (i64x4)no));
#endif
}

WIDE f32x8 f32x8_select(i32x8 mask, f32x8 yes, f32x8 no)
{
#if defined(__AVX2__)
    return (f32x8)_mm256_blendv_ps((__m256)no, (__m256)yes, (__m256)mask);
#else
    return (f32x8)((mask & (i32x8)yes) | (~mask & (i32x8)no));
#endif
}

/* yes where the highest bit is set. */
WIDE f64x4 f64x4_pick(u64x4 bit, f64x4 yes, f64x4 no)
{
#if defined(__AVX2__)
    return (f64x4)_mm256_blendv_pd((__m256d)no, (__m256d)yes, (__m256d)bit);
#else
    return f64x4_select((i64x4) - (bit >> 63), yes, no);
#endif
}

WIDE f32x8 f32x8_pick(u32x8 bit, f32x8 yes, f32x8 no)
{
#if defined(__AVX2__)
    return (f32x8)_mm256_blendv_ps((__m256)no, (__m256)yes, (__m256)bit);
#else
    return f32x8_select((i32x8)bit >> 31, yes, no);
#endif
}

WIDE f64x4 f64x4_sqrt(f64x4 x)
{
#if defined(__AVX2__)
    return (f64x4)_mm256_sqrt_pd((__m256d)x);
#else
    return (f64x4){sqrt(x[0]), sqrt(x[1]), sqrt(x[2]), sqrt(x[3])};
#endif
}

WIDE f32x8 f32x8_sqrt(f32x8 x)
{
#if defined(__AVX2__)
    return (f32x8)_mm256_sqrt_ps((__m256)x);
#else
    return (f32x8){sqrtf(x[0]), sqrtf(x[1]), sqrtf(x[2]), sqrtf(x[3]),
                   sqrtf(x[4]), sqrtf(x[5]), sqrtf(x[6]), sqrtf(x[7])};
#endif
}

/* The 64-bit products of the low halves; the high halves may hold anything. */
WIDE u64x4 u64x4_mul_low(u64x4 a, u64x4 b)
{
#if defined(__AVX2__)
    return (u64x4)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
    __m128i a2[2], b2[2];
    u64x4 y;
    memcpy(a2, &a, sizeof a);
    memcpy(b2, &b, sizeof b);
    a2[0] = _mm_mul_epu32(a2[0], b2[0]);
    a2[1] = _mm_mul_epu32(a2[1], b2[1]);
    memcpy(&y, a2, sizeof y);
    return y;
#else
    return (a & 0xffffffffu) * (b & 0xffffffffu);
#endif
}

/* v, of which the compiler may assume nothing: sums of constants stay one register and
 * an addition a round, where gcc would make each of them anew. */
WIDE u64x4 u64x4_hide(u64x4 v)
{
#if defined(__AVX2__)
    __asm__("" : "+x"(v));
#endif
    return v;
}

#endif
