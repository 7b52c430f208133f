/* SPDX-License-Identifier: MIT
 * The vector kernels for CPUs with AVX2 and FMA. Compiled with -mavx2 -mfma; without
 * them (another kind of CPU) they are the baseline once more.
 */
#define VECTOR_TABLE vector_avx2
#include "ops/vector_body.h"
