/* SPDX-License-Identifier: MIT
 * The generator's vector text for any CPU.
 */
#define RNG_TABLE rng_wide_base
#include "base/rng_body.h"
