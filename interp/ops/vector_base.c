/* SPDX-License-Identifier: MIT
 * The vector kernels for any CPU.
 */
#define VECTOR_TABLE vector_base
#include "ops/vector_body.h"
