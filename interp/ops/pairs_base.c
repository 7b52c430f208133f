/* SPDX-License-Identifier: MIT
 * Loops over pairs of rows for any CPU of this kind, and the choice among the tables.
 */
#define PAIRS_TABLE pair_loops_base
#include "ops/pairs_both.h"

const PairLoops *pair_loops(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return &pair_loops_avx2;
#endif
    return &pair_loops_base;
}
