/* SPDX-License-Identifier: MIT
 * Both types of gemm_body.h, as the table GEMM_TABLE; included once a kind of CPU.
 */
#include "base/wide.h"
#include "ops/ops_int.h"

#define T double
#define V f64x4
#define LANES 4
#define LOAD f64x4_load
#define STORE(p, v) memcpy(p, &(v), sizeof(v))
#define SPLAT(x) f64x4_all(x)
#define FMA(x, y, z) ((f64x4)_mm256_fmadd_pd((__m256d)(x), (__m256d)(y), (__m256d)(z)))
#define GEMM(name) name##_f64
#include "ops/gemm_body.h"
#undef T
#undef V
#undef LANES
#undef LOAD
#undef STORE
#undef SPLAT
#undef FMA
#undef GEMM

#define T float
#define V f32x8
#define LANES 8
#define LOAD f32x8_load
#define STORE(p, v) memcpy(p, &(v), sizeof(v))
#define SPLAT(x) f32x8_all(x)
#define FMA(x, y, z) ((f32x8)_mm256_fmadd_ps((__m256)(x), (__m256)(y), (__m256)(z)))
#define GEMM(name) name##_f32
#include "ops/gemm_body.h"

const GemmLoops GEMM_TABLE = {small_f64, small_f32};
