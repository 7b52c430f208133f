/* SPDX-License-Identifier: MIT
 * Have chains mixed, and how many draws are they worth? (mixing.c) Numbers alone.
 * Inside infer.
 */
#ifndef UNC_INFER_MIXING_H
#define UNC_INFER_MIXING_H

#include "base/memory.h"

#include <stdint.h>

/* Of x[chains, draws]: the rank-normalised split R-hat, the greater of that of the
 * place and that of the spread, and effective numbers of draws, of the middle and the
 * smaller of the 5 % and the 95 % tail (Vehtari, Gelman, Simpson, Carpenter and Bürkner
 * 2021). NaN where a chain has fewer than 4 draws, or x is one number throughout. */
typedef struct Mixing {
    double rhat, bulk, tail;
} Mixing;

Mixing mixing(Memory *m, const double *x, int64_t chains, int64_t draws);
double mixing_rhat(Memory *m, const double *x, int64_t chains, int64_t draws);

#endif
