/* SPDX-License-Identifier: MIT
 * Convolution by AVX-512. Compiled with the flags of the Makefile; without them
 * (another kind of CPU) it is the baseline once more.
 */
#define CONV_TABLE conv_loops_avx512
#if !defined(__AVX512F__)
#include "ops/conv_both.h"
#else
#include "base/wide.h"
#include "ops/conv_int.h"

#define TALL 12
#define REST(type, n) ((type)((1u << (n)) - 1)) /* the first n lanes */

#define T double
#define V __m512d
#define LANES 8
#define LOAD _mm512_loadu_pd
#define STORE _mm512_storeu_pd
#define LOAD_PART(p, n) _mm512_maskz_loadu_pd(REST(__mmask8, n), p)
#define STORE_PART(p, n, v) _mm512_mask_storeu_pd(p, REST(__mmask8, n), v)
#define SPLAT(x) _mm512_set1_pd(x)
#define MULADD _mm512_fmadd_pd
#define CONV(name) name##_f64
#include "ops/conv_body.h"
#undef T
#undef V
#undef LANES
#undef LOAD
#undef STORE
#undef LOAD_PART
#undef STORE_PART
#undef SPLAT
#undef MULADD
#undef CONV

#define T float
#define V __m512
#define LANES 16
#define LOAD _mm512_loadu_ps
#define STORE _mm512_storeu_ps
#define LOAD_PART(p, n) _mm512_maskz_loadu_ps(REST(__mmask16, n), p)
#define STORE_PART(p, n, v) _mm512_mask_storeu_ps(p, REST(__mmask16, n), v)
#define SPLAT(x) _mm512_set1_ps(x)
#define MULADD _mm512_fmadd_ps
#define CONV(name) name##_f32
#include "ops/conv_body.h"

const ConvLoops CONV_TABLE = {
    {BLOCK_f64, FEW_f64, LANES_f64, line_f64, few_f64, sum_f64},
    {BLOCK_f32, FEW_f32, LANES_f32, line_f32, few_f32, sum_f32}};
#endif
