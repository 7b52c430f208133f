/* SPDX-License-Identifier: MIT
 * The BLAS, behind one file: the only one that includes cblas.h. One thread an
 * operation: unc spreads pieces over its own pool.
 */
#include "ops/ops.h"

#include <cblas.h>

#if defined(OPENBLAS_VERSION) || defined(OPENBLAS_CONFIG_H)
/* OpenBLAS starts threads before main, and they spin for some 30 ms looking for work.
 */
int blas_thread_shutdown_(void);
void blas_one_thread(void)
{
    openblas_set_num_threads(1);
    blas_thread_shutdown_();
}
static void one_thread(void)
{
    if (openblas_get_num_threads() != 1) openblas_set_num_threads(1);
}
#else
void blas_one_thread(void) {}
static void one_thread(void) {}
#endif

/* LAPACK's, which OpenBLAS holds too: by columns, so that UPPER is our lower half. */
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
void dgetrf_(const int *m, const int *n, double *a, const int *lda, int *pivot,
             int *info);

/* Leading dimensions of the BLAS are ints, at least 1. */
static int size(int64_t n) { return n < 1 ? 1 : (int)n; }

void blas_gemm_f64(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const double *a,
                   int64_t lda, const double *b, int64_t ldb, double *y, int64_t ldy,
                   bool add)
{
    one_thread();
    cblas_dgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans,
                tb ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)k, 1, a, size(lda),
                b, size(ldb), add ? 1 : 0, y, size(ldy));
}

void blas_gemm_f32(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float *a,
                   int64_t lda, const float *b, int64_t ldb, float *y, int64_t ldy,
                   bool add)
{
    one_thread();
    cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans,
                tb ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)k, 1, a, size(lda),
                b, size(ldb), add ? 1.0f : 0.0f, y, size(ldy));
}

void blas_subtract_f64(bool ta, int64_t m, int64_t n, int64_t k, const double *a,
                       int64_t lda, const double *b, int64_t ldb, double *y,
                       int64_t ldy)
{
    one_thread();
    cblas_dgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, CblasNoTrans, (int)m,
                (int)n, (int)k, -1, a, size(lda), b, size(ldb), 1, y, size(ldy));
}

void blas_subtract_symmetric_f64(int64_t m, int64_t n, const double *a, int64_t lda,
                                 const double *b, int64_t ldb, double *y, int64_t ldy)
{
    one_thread();
    cblas_dsymm(CblasRowMajor, CblasLeft, CblasLower, (int)m, (int)n, -1, a, size(lda),
                b, size(ldb), 1, y, size(ldy));
}

void blas_solve_lower_f64(bool right, bool transposed, int64_t m, int64_t n,
                          const double *l, int64_t ldl, double *b, int64_t ldb)
{
    one_thread();
    CBLAS_TRANSPOSE turn = transposed ? CblasTrans : CblasNoTrans;
    if (n == 1 && ldb == 1 && !right)
        cblas_dtrsv(CblasRowMajor, CblasLower, turn, CblasNonUnit, (int)m, l, size(ldl),
                    b, 1);
    else
        cblas_dtrsm(CblasRowMajor, right ? CblasRight : CblasLeft, CblasLower, turn,
                    CblasNonUnit, (int)m, (int)n, 1, l, size(ldl), b, size(ldb));
}

void blas_cholesky_f64(int64_t n, double *a, int64_t lda)
{
    one_thread();
    int count = (int)n, step = size(lda), info;
    dpotrf_("U", &count, a, &step, &info);
}

/* By columns a is its transpose: its L is our upper half, with ones on its diagonal,
 * its U our lower half, and what it exchanges are our columns. */
bool blas_eliminate_f64(int64_t n, double *a, int *pivot)
{
    one_thread();
    int count = (int)n, step = size(n), info;
    dgetrf_(&count, &count, a, &step, pivot, &info);
    return info == 0;
}

void blas_eliminated_solve_f64(int64_t n, int64_t k, const double *a, const int *pivot,
                               double *b)
{
    one_thread();
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit,
                (int)n, (int)k, 1, a, size(n), b, size(k));
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasUpper, CblasNoTrans, CblasUnit, (int)n,
                (int)k, 1, a, size(n), b, size(k));
    for (int64_t i = n - 1; i >= 0; i--)
        if (pivot[i] != i + 1)
            cblas_dswap((int)k, b + i * k, 1, b + (pivot[i] - 1) * k, 1);
}
