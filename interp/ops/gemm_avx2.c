/* SPDX-License-Identifier: MIT
 * Small matrix products for CPUs with AVX2 and FMA; compiled with -mavx2 -mfma.
 */
#define GEMM_TABLE gemm_loops_avx2
#include "ops/gemm_both.h"
