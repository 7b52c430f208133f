/* SPDX-License-Identifier: MIT
 * Small matrix products for any CPU of this kind, and the choice among the tables.
 */
#define GEMM_TABLE gemm_loops_base
#include "ops/gemm_both.h"

static const GemmLoops *loops(void)
{
#if defined(__x86_64__)
    if (wide_has_avx512()) return &gemm_loops_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return &gemm_loops_avx2;
#endif
    return &gemm_loops_base;
}

/* OpenBLAS has kernels for small products where there is AVX-512, and most win. */
bool gemm_is_small(bool tb, int64_t m, int64_t n, int64_t k)
{
    if (m == 1 || n == 1 || k == 0) return true;
    return loops() == &gemm_loops_avx512 ? gemm_is_outer(tb, n, k) : m * n * k < 25000;
}

void gemm_small_f64(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const double *a,
                    int64_t lda, const double *b, int64_t ldb, double *y, int64_t ldy,
                    bool add)
{
    loops()->f64(ta, tb, m, n, k, a, lda, b, ldb, y, ldy, add);
}

void gemm_small_f32(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float *a,
                    int64_t lda, const float *b, int64_t ldb, float *y, int64_t ldy,
                    bool add)
{
    loops()->f32(ta, tb, m, n, k, a, lda, b, ldb, y, ldy, add);
}
