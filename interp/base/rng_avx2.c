/* SPDX-License-Identifier: MIT
 * The generator's vector text for CPUs with AVX2; the same bits as rng_base.c. Compiled
 * with -mavx2; without it (another kind of CPU) it is the baseline once more.
 */
#define RNG_TABLE rng_wide_avx2
#include "base/rng_body.h"
