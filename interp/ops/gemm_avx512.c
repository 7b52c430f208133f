/* SPDX-License-Identifier: MIT
 * Products of vectors and outer products for CPUs with AVX-512; others are those of
 * AVX2. Compiled with the flags of the Makefile; without them (another kind of CPU) it
 * is the baseline once more.
 */
#define GEMM_TABLE gemm_loops_avx512
#if !defined(__AVX512F__)
#include "ops/gemm_both.h"
#else
#include "base/wide.h"
#include "ops/ops_int.h"

#define T float
#define V __m512
#define LANES 16
#define MASK __mmask16
#define LOAD _mm512_loadu_ps
#define LOAD_PART _mm512_maskz_loadu_ps
#define STORE _mm512_storeu_ps
#define STORE_PART _mm512_mask_storeu_ps
#define SPLAT(x) _mm512_set1_ps(x)
#define FMA _mm512_fmadd_ps
#define PLUS _mm512_add_ps
#define THIN(name) name##_f32

/* The sums of the lanes of each of four vectors. */
WIDE void sums_f32(const V *s, T *y)
{
    const V p = PLUS(_mm512_unpacklo_ps(s[0], s[1]), _mm512_unpackhi_ps(s[0], s[1]));
    const V q = PLUS(_mm512_unpacklo_ps(s[2], s[3]), _mm512_unpackhi_ps(s[2], s[3]));
    const V r = PLUS(_mm512_shuffle_ps(p, q, 0x44), _mm512_shuffle_ps(p, q, 0xee));
    const V h = PLUS(r, _mm512_shuffle_f32x4(r, r, 0x4e));
    const V e = PLUS(h, _mm512_shuffle_f32x4(h, h, 0xb1));
    _mm_storeu_ps(y, _mm512_castps512_ps128(e));
}

static void OTHER_f32(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const T *a,
                      int64_t lda, const T *b, int64_t ldb, T *y, int64_t ldy, bool add)
{
    gemm_loops_avx2.f32(ta, tb, m, n, k, a, lda, b, ldb, y, ldy, add);
}

#include "ops/gemm_thin.h"
#undef T
#undef V
#undef LANES
#undef MASK
#undef LOAD
#undef LOAD_PART
#undef STORE
#undef STORE_PART
#undef SPLAT
#undef FMA
#undef PLUS
#undef THIN

#define T double
#define V __m512d
#define LANES 8
#define MASK __mmask8
#define LOAD _mm512_loadu_pd
#define LOAD_PART _mm512_maskz_loadu_pd
#define STORE _mm512_storeu_pd
#define STORE_PART _mm512_mask_storeu_pd
#define SPLAT(x) _mm512_set1_pd(x)
#define FMA _mm512_fmadd_pd
#define PLUS _mm512_add_pd
#define THIN(name) name##_f64

WIDE void sums_f64(const V *s, T *y)
{
    const V p = PLUS(_mm512_unpacklo_pd(s[0], s[1]), _mm512_unpackhi_pd(s[0], s[1]));
    const V q = PLUS(_mm512_unpacklo_pd(s[2], s[3]), _mm512_unpackhi_pd(s[2], s[3]));
    const V r =
        PLUS(_mm512_shuffle_f64x2(p, q, 0x88), _mm512_shuffle_f64x2(p, q, 0xdd));
    const V e =
        PLUS(_mm512_shuffle_f64x2(r, r, 0x08), _mm512_shuffle_f64x2(r, r, 0x0d));
    _mm256_storeu_pd(y, _mm512_castpd512_pd256(e));
}

static void OTHER_f64(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const T *a,
                      int64_t lda, const T *b, int64_t ldb, T *y, int64_t ldy, bool add)
{
    gemm_loops_avx2.f64(ta, tb, m, n, k, a, lda, b, ldb, y, ldy, add);
}

#include "ops/gemm_thin.h"

const GemmLoops GEMM_TABLE = {small_f64, small_f32};
#endif
