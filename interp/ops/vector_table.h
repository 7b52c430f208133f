/* SPDX-License-Identifier: MIT
 * The two tables of vector kernels, by row and by whether they are single precision.
 */
#ifndef UNC_OPS_VECTOR_TABLE_H
#define UNC_OPS_VECTOR_TABLE_H

#include "ops/ops.h"

typedef struct VectorTable {
    ElemKernel *kernel[ELEM_COUNT][2]; /* [0]: double; [1]: single; NULL: none */
    double (*row_dot_f64)(int64_t n, const double *x, const double *w);
    double (*row_dot_f32)(int64_t n, const float *x, const float *w);
} VectorTable;
extern const VectorTable vector_base, vector_avx2;

#endif
