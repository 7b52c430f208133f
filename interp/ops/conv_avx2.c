/* SPDX-License-Identifier: MIT
 * Convolution for CPUs with AVX2 and FMA; compiled with -mavx2 -mfma.
 */
#define CONV_TABLE conv_loops_avx2
#include "ops/conv_both.h"
