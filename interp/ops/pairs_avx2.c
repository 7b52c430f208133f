/* SPDX-License-Identifier: MIT
 * Loops over pairs of rows for CPUs with AVX2 and FMA; compiled with -mavx2 -mfma.
 */
#define PAIRS_TABLE pair_loops_avx2
#include "ops/pairs_both.h"
