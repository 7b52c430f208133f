/* SPDX-License-Identifier: MIT
 * The scalar kernels: the texts of elem.def in loops, the oracle that faster kernels
 * are tested against, and casts. Single precision is computed in double and rounded
 * once.
 */
#include "ops/ops_int.h"
#include "ops/special.h"
#include "base/rng.h"

#include <math.h>

static double floor_mod(double a, double b)
{
    double r = fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

static double fmax_nan(double a, double b) { return a > b || a != a ? a : b; }

static double sigmoid(double a)
{
    if (a >= 0) return 1 / (1 + exp(-a));
    double e = exp(a);
    return e / (1 + e);
}

/* A loop over n numbers of types A, B, C, computed as V, kept as R. */
#define LOOP_1(fn, R, A, B, C, V, value)                                               \
    static void fn(int64_t n, void *y, const void *const *x)                           \
    {                                                                                  \
        R *py = y;                                                                     \
        const A *pa = x[0];                                                            \
        for (int64_t i = 0; i < n; i++) {                                              \
            const V a = (V)pa[i];                                                      \
            py[i] = (R)(value);                                                        \
        }                                                                              \
    }
#define LOOP_2(fn, R, A, B, C, V, value)                                               \
    static void fn(int64_t n, void *y, const void *const *x)                           \
    {                                                                                  \
        R *py = y;                                                                     \
        const A *pa = x[0];                                                            \
        const B *pb = x[1];                                                            \
        for (int64_t i = 0; i < n; i++) {                                              \
            const V a = (V)pa[i], b = (V)pb[i];                                        \
            py[i] = (R)(value);                                                        \
        }                                                                              \
    }
#define LOOP_3_AS(fn, R, A, A_AS, B, C, V, value)                                      \
    static void fn(int64_t n, void *y, const void *const *x)                           \
    {                                                                                  \
        R *py = y;                                                                     \
        const A *pa = x[0];                                                            \
        const B *pb = x[1];                                                            \
        const C *pc = x[2];                                                            \
        for (int64_t i = 0; i < n; i++) {                                              \
            const A_AS a = (A_AS)pa[i];                                                \
            const V b = (V)pb[i], c = (V)pc[i];                                        \
            py[i] = (R)(value);                                                        \
        }                                                                              \
    }
#define LOOP_3(fn, R, A, B, C, V, value) LOOP_3_AS(fn, R, A, V, B, C, V, value)
/* The first is a bool. */
#define LOOP_IF(fn, R, A, B, C, V, value) LOOP_3_AS(fn, R, A, A, B, C, V, value)

#define LOOPS_REAL(name, arity, value)                                                 \
    LOOP_##arity(ref_f64_##name, double, double, double, double, double, value)        \
        LOOP_##arity(ref_f32_##name, float, float, float, float, double, value)
#define LOOPS_ARITH(name, arity, value) LOOPS_REAL(name, arity, value)
#define LOOPS_COMPARE(name, arity, value)                                              \
    LOOP_2(ref_f64_##name, uint8_t, double, double, double, double, value)             \
    LOOP_2(ref_f32_##name, uint8_t, float, float, float, float, value)                 \
    LOOP_2(ref_i64_##name, uint8_t, int64_t, int64_t, int64_t, int64_t, value)         \
    LOOP_2(ref_bool_##name, uint8_t, uint8_t, uint8_t, uint8_t, uint8_t, value)        \
    LOOP_2(ref_key_##name, uint8_t, uint64_t, uint64_t, uint64_t, uint64_t, value)
#define LOOPS_LOGIC(name, arity, value)                                                \
    LOOP_##arity(ref_bool_##name, uint8_t, uint8_t, uint8_t, uint8_t, uint8_t, value)
#define LOOPS_TEST(name, arity, value)                                                 \
    LOOP_1(ref_f64_##name, uint8_t, double, double, double, double, value)             \
    LOOP_1(ref_f32_##name, uint8_t, float, float, float, double, value)
#define LOOPS_CHOOSE(name, arity, value)                                               \
    LOOP_IF(ref_f64_##name, double, uint8_t, double, double, double, value)            \
    LOOP_IF(ref_f32_##name, float, uint8_t, float, float, float, value)                \
    LOOP_IF(ref_i64_##name, int64_t, uint8_t, int64_t, int64_t, int64_t, value)        \
    LOOP_IF(ref_bool_##name, uint8_t, uint8_t, uint8_t, uint8_t, uint8_t, value)       \
    LOOP_IF(ref_key_##name, uint64_t, uint8_t, uint64_t, uint64_t, uint64_t, value)
#define LOOPS_KEYS(name, arity, value)                                                 \
    LOOP_2(ref_key_##name, uint64_t, uint64_t, int64_t, int64_t, uint64_t, value)

#define ELEM(name, arity, types, value, slope0, slope1, support, lo, hi)               \
    LOOPS_##types(name, arity, value)
#include "ops/elem.def"
#undef ELEM

/* ---- ints: as two's complement, without overflow ---- */

static int64_t int_mod(int64_t a, int64_t b)
{
    if (b == 0 || b == -1) return 0;
    int64_t r = a % b;
    return r && (r < 0) != (b < 0) ? r + b : r;
}

#define INT_1(name, V, value)                                                          \
    LOOP_1(ref_i64_##name, int64_t, int64_t, int, int, V, value)
#define INT_2(name, V, value)                                                          \
    LOOP_2(ref_i64_##name, int64_t, int64_t, int64_t, int, V, value)
INT_2(add, uint64_t, a + b)
INT_2(sub, uint64_t, a - b)
INT_2(mul, uint64_t, a *b)
INT_2(min, int64_t, a < b ? a : b)
INT_2(max, int64_t, a > b ? a : b)
INT_2(mod, int64_t, int_mod(a, b))
INT_1(neg, uint64_t, 0 - a)
INT_1(abs, uint64_t, (int64_t)a < 0 ? 0 - a : a)
INT_1(sign, int64_t, (a > 0) - (a < 0))
INT_1(square, uint64_t, a *a)
INT_1(relu, int64_t, a > 0 ? a : 0)

/* ---- choosing ---- */

#define KERNELS_REAL(name)                                                             \
    {                                                                                  \
        [TYPE_F64] = ref_f64_##name, [TYPE_F32] = ref_f32_##name                       \
    }
#define KERNELS_TEST(name) KERNELS_REAL(name)
#define KERNELS_ARITH(name)                                                            \
    {                                                                                  \
        [TYPE_F64] = ref_f64_##name, [TYPE_F32] = ref_f32_##name,                      \
        [TYPE_I64] = ref_i64_##name                                                    \
    }
#define KERNELS_COMPARE(name)                                                          \
    {                                                                                  \
        [TYPE_F64] = ref_f64_##name, [TYPE_F32] = ref_f32_##name,                      \
        [TYPE_I64] = ref_i64_##name, [TYPE_BOOL] = ref_bool_##name,                    \
        [TYPE_KEY] = ref_key_##name                                                    \
    }
#define KERNELS_CHOOSE(name) KERNELS_COMPARE(name)
#define KERNELS_LOGIC(name)                                                            \
    {                                                                                  \
        [TYPE_BOOL] = ref_bool_##name                                                  \
    }
#define KERNELS_KEYS(name)                                                             \
    {                                                                                  \
        [TYPE_KEY] = ref_key_##name, [TYPE_I64] = ref_key_##name                       \
    }

ElemKernel *elem_reference(Elem e, Type type)
{
    static ElemKernel *const kernel[ELEM_COUNT][TYPE_COUNT] = {
#define ELEM(name, arity, types, value, slope0, slope1, support, lo, hi)               \
    [ELEM_##name] = KERNELS_##types(name),
#include "ops/elem.def"
#undef ELEM
    };
    return kernel[e][type];
}

ElemKernel *elem_kernel(Elem e, Type type)
{
    ElemKernel *fast = elem_vector_kernel(e, type);
    return fast ? fast : elem_reference(e, type);
}

/* ---- casts ---- */

/* Towards zero; NaN is 0, and what lies outside is the nearest int. */
static int64_t real_to_int(double a)
{
    if (a != a) return 0;
    if (a >= 9223372036854775807.0) return INT64_MAX;
    if (a <= -9223372036854775808.0) return INT64_MIN;
    return (int64_t)a;
}

LOOP_1(cast_f64_f32, float, double, int, int, double, a)
LOOP_1(cast_f64_i64, int64_t, double, int, int, double, real_to_int(a))
LOOP_1(cast_f64_bool, uint8_t, double, int, int, double, a != 0)
LOOP_1(cast_f32_f64, double, float, int, int, double, a)
LOOP_1(cast_f32_i64, int64_t, float, int, int, double, real_to_int(a))
LOOP_1(cast_f32_bool, uint8_t, float, int, int, double, a != 0)
LOOP_1(cast_i64_f64, double, int64_t, int, int, int64_t, a)
LOOP_1(cast_i64_f32, float, int64_t, int, int, int64_t, a)
LOOP_1(cast_i64_bool, uint8_t, int64_t, int, int, int64_t, a != 0)
LOOP_1(cast_bool_f64, double, uint8_t, int, int, uint8_t, a)
LOOP_1(cast_bool_f32, float, uint8_t, int, int, uint8_t, a)
LOOP_1(cast_bool_i64, int64_t, uint8_t, int, int, uint8_t, a)

static void cast_8(int64_t n, void *y, const void *const *x)
{
    memcpy(y, x[0], (size_t)n * 8);
}

static void cast_4(int64_t n, void *y, const void *const *x)
{
    memcpy(y, x[0], (size_t)n * 4);
}

static void cast_1(int64_t n, void *y, const void *const *x)
{
    memcpy(y, x[0], (size_t)n);
}

ElemKernel *cast_kernel(Type from, Type to)
{
    static ElemKernel *const kernel[TYPE_COUNT][TYPE_COUNT] = {
        [TYPE_F64] = {cast_8, cast_f64_f32, cast_f64_i64, cast_f64_bool, NULL},
        [TYPE_F32] = {cast_f32_f64, cast_4, cast_f32_i64, cast_f32_bool, NULL},
        [TYPE_I64] = {cast_i64_f64, cast_i64_f32, cast_8, cast_i64_bool, NULL},
        [TYPE_BOOL] = {cast_bool_f64, cast_bool_f32, cast_bool_i64, cast_1, NULL},
        [TYPE_KEY] = {NULL, NULL, NULL, NULL, cast_8},
    };
    return kernel[from][to];
}
