/* SPDX-License-Identifier: MIT
 * Loops over many numbers for CPUs with AVX2 and FMA; compiled with -mavx2 -mfma.
 */
#define WIDTH 4
#define NUMBERS_TABLE number_loops_avx2
#include "numbers_body.h"
