/* SPDX-License-Identifier: MIT
 * Both types of pairs_body.h, as the table PAIRS_TABLE; included once a kind of CPU.
 */
#include "ops/ops_int.h"
#include "ops/vector.h"

#include <string.h>

#define T double
#define V f64x4
#define LANES 4
#define VEC(name) f64x4_##name
#define PAIRS(name) name##_f64
#include "ops/pairs_body.h"
#undef T
#undef V
#undef LANES
#undef VEC
#undef PAIRS

#define T float
#define V f32x8
#define LANES 8
#define VEC(name) f32x8_##name
#define PAIRS(name) name##_f32
#include "ops/pairs_body.h"

const PairLoops PAIRS_TABLE = {push_f64, push_f32, pull_f64, pull_f32};
