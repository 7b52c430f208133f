/* SPDX-License-Identifier: MIT
 * The vector kernels, included by vector_base.c and vector_avx2.c. Inputs and result
 * may be the same array. The last few elements go through the same text in part of a
 * vector, so an element's value depends on neither its place nor n.
 */
#include "ops/vector.h"
#include "ops/vector_table.h"

/* y = f(a), where f is an expression over the vector a. */
#define MAP_1(name, T, V, W, value)                                                    \
    static void name(int64_t n, void *y, const void *const *x)                         \
    {                                                                                  \
        T *to = y;                                                                     \
        const T *p = x[0];                                                             \
        int64_t i = 0;                                                                 \
        for (; i + W <= n; i += W) {                                                   \
            const V a = V##_load(p + i);                                               \
            V##_store(to + i, value);                                                  \
        }                                                                              \
        if (i < n) {                                                                   \
            const V a = V##_load_part(p + i, n - i);                                   \
            V##_store_part(to + i, n - i, value);                                      \
        }                                                                              \
    }
#define MAP_2(name, T, V, W, value)                                                    \
    static void name(int64_t n, void *y, const void *const *x)                         \
    {                                                                                  \
        T *to = y;                                                                     \
        const T *p = x[0], *q = x[1];                                                  \
        int64_t i = 0;                                                                 \
        for (; i + W <= n; i += W) {                                                   \
            const V a = V##_load(p + i), b = V##_load(q + i);                          \
            V##_store(to + i, value);                                                  \
        }                                                                              \
        if (i < n) {                                                                   \
            const V a = V##_load_part(p + i, n - i), b = V##_load_part(q + i, n - i);  \
            V##_store_part(to + i, n - i, value);                                      \
        }                                                                              \
    }

/* y = then(a, e), e = first(a), for 8 vectors at a time. */
#define MAP_STEPS(name, T, V, W, first, then)                                          \
    static void name(int64_t n, void *y, const void *const *x)                         \
    {                                                                                  \
        T *to = y;                                                                     \
        const T *p = x[0];                                                             \
        int64_t i = 0;                                                                 \
        while (i + W <= n) {                                                           \
            const int64_t vectors = (n - i) / W < 8 ? (n - i) / W : 8;                 \
            V es[8];                                                                   \
            for (int64_t j = 0; j < vectors; j++) {                                    \
                const V a = V##_load(p + i + j * W);                                   \
                es[j] = first;                                                         \
            }                                                                          \
            for (int64_t j = 0; j < vectors; j++, i += W) {                            \
                const V a = V##_load(p + i), e = es[j];                                \
                V##_store(to + i, then);                                               \
            }                                                                          \
        }                                                                              \
        if (i < n) {                                                                   \
            const V a = V##_load_part(p + i, n - i), e = first;                        \
            V##_store_part(to + i, n - i, then);                                       \
        }                                                                              \
    }

/* Rows said alike for both widths; V is f64x4 or f32x8, I its mask, and V##_f
 * functions. */
#define ROWS_OF(MAP1, MAP2, STEPS, V, I)                                               \
    MAP2(add, a + b)                                                                   \
    MAP2(sub, a - b)                                                                   \
    MAP2(mul, a *b)                                                                    \
    MAP2(div, a / b)                                                                   \
    MAP2(min, V##_select((a < b) | (a != a), a, b))                                    \
    MAP2(max, V##_select((a > b) | (a != a), a, b))                                    \
    MAP2(xlogy, V##_select((a == 0) & (b == b), V##_all(0), a * V##_log(b)))           \
    MAP2(zmul, V##_select(a == 0, V##_all(0), a * b))                                  \
    MAP2(zdiv, V##_select(a == 0, V##_all(0), a / b))                                  \
    MAP1(neg, -a)                                                                      \
    MAP1(abs, V##_abs(a))                                                              \
    MAP1(sign, V##_select(a > 0, V##_all(1), V##_select(a < 0, V##_all(-1), a)))       \
    MAP1(sqrt, V##_sqrt(a))                                                            \
    MAP1(square, a *a)                                                                 \
    MAP1(reciprocal, 1 / a)                                                            \
    MAP1(relu, (V)(~(I)(a <= 0) & (I)a))                                               \
    MAP1(floor, V##_floor(a))                                                          \
    MAP1(ceil, V##_ceil(a))                                                            \
    MAP1(round, V##_round(a))                                                          \
    MAP1(exp, V##_exp(a))                                                              \
    MAP1(expm1, V##_expm1(a))                                                          \
    MAP1(log, V##_log(a))                                                              \
    MAP1(log1p, V##_log1p(a))                                                          \
    STEPS(sigmoid, V##_sigmoid_first(a), V##_sigmoid_then(a, e))                       \
    STEPS(softplus, V##_sigmoid_first(a), V##_softplus_then(a, e))                     \
    STEPS(log_sigmoid, V##_sigmoid_first(a), -V##_softplus_then(-a, e))                \
    MAP1(sin, V##_sin(a))                                                              \
    MAP1(cos, V##_cos(a))

#define F64_1(name, value) MAP_1(f64_##name, double, f64x4, 4, value)
#define F64_2(name, value) MAP_2(f64_##name, double, f64x4, 4, value)
#define F32_1(name, value) MAP_1(f32_##name, float, f32x8, 8, value)
#define F32_2(name, value) MAP_2(f32_##name, float, f32x8, 8, value)
#define F64_STEPS(name, first, then)                                                   \
    MAP_STEPS(f64_##name, double, f64x4, 4, first, then)
#define F32_STEPS(name, first, then) MAP_STEPS(f32_##name, float, f32x8, 8, first, then)
ROWS_OF(F64_1, F64_2, F64_STEPS, f64x4, i64x4)
ROWS_OF(F32_1, F32_2, F32_STEPS, f32x8, i32x8)
F64_STEPS(tanh, f64x4_tanh_first(a), f64x4_tanh_then(a, e))
F32_1(tanh, f32x8_tanh(a))

/* To and from bytes: plain loops, exact, that compilers make vectors of once they are
 * told that elements do not depend on each other. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed" /* without optimisation */
#define FREE_LOOP _Pragma("clang loop vectorize(assume_safety)")
#else
#define FREE_LOOP _Pragma("GCC ivdep")
#endif

#define TRUTH(name, T, value)                                                          \
    static void name(int64_t n, void *y, const void *const *x)                         \
    {                                                                                  \
        uint8_t *to = y;                                                               \
        const T *p = x[0], *q = x[1];                                                  \
        FREE_LOOP for (int64_t i = 0; i < n; i++)                                      \
        {                                                                              \
            const T a = p[i], b = q[i];                                                \
            to[i] = value;                                                             \
        }                                                                              \
    }
#define TEST(name, T, value)                                                           \
    static void name(int64_t n, void *y, const void *const *x)                         \
    {                                                                                  \
        uint8_t *to = y;                                                               \
        const T *p = x[0];                                                             \
        FREE_LOOP for (int64_t i = 0; i < n; i++)                                      \
        {                                                                              \
            const T a = p[i];                                                          \
            to[i] = value;                                                             \
        }                                                                              \
    }
#define WHERE(name, T)                                                                 \
    static void name(int64_t n, void *y, const void *const *x)                         \
    {                                                                                  \
        T *to = y;                                                                     \
        const uint8_t *c = x[0];                                                       \
        const T *p = x[1], *q = x[2];                                                  \
        FREE_LOOP for (int64_t i = 0; i < n; i++)                                      \
        {                                                                              \
            const T a = p[i], b = q[i]; /* both read: no branch */                     \
            to[i] = c[i] ? a : b;                                                      \
        }                                                                              \
    }
#define TRUTHS(kind, T)                                                                \
    TRUTH(kind##_eq, T, a == b)                                                        \
    TRUTH(kind##_ne, T, a != b)                                                        \
    TRUTH(kind##_lt, T, a < b)                                                         \
    TRUTH(kind##_le, T, a <= b)                                                        \
    TRUTH(kind##_gt, T, a > b)                                                         \
    TRUTH(kind##_ge, T, a >= b)                                                        \
    TEST(kind##_is_finite, T, a - a == 0)                                              \
    TEST(kind##_is_nan, T, a != a)                                                     \
    WHERE(kind##_where, T)
TRUTHS(f64, double)
TRUTHS(f32, float)

/* The sum of x[i] w[i], by four running vectors. */
#define ROW_DOT(name, T, V, W)                                                         \
    static double name(int64_t n, const T *x, const T *w)                              \
    {                                                                                  \
        V s[4] = {V##_all(0), V##_all(0), V##_all(0), V##_all(0)};                     \
        int64_t i = 0;                                                                 \
        for (; i + 4 * W <= n; i += 4 * W)                                             \
            for (int k = 0; k < 4; k++)                                                \
                s[k] =                                                                 \
                    V##_fma(V##_load(x + i + k * W), V##_load(w + i + k * W), s[k]);   \
        for (int k = 0; i < n; i += W, k = (k + 1) % 4) {                              \
            const int64_t m = n - i < W ? n - i : W;                                   \
            s[k] = V##_fma(V##_load_part(x + i, m), V##_load_part(w + i, m), s[k]);    \
        }                                                                              \
        const V all = (s[0] + s[1]) + (s[2] + s[3]);                                   \
        double sum = 0;                                                                \
        for (int k = 0; k < W; k++) sum += (double)all[k];                             \
        return sum;                                                                    \
    }
ROW_DOT(row_dot_of_f64, double, f64x4, 4)
ROW_DOT(row_dot_of_f32, float, f32x8, 8)

#define BOTH(name) [ELEM_##name] = {f64_##name, f32_##name}
const VectorTable VECTOR_TABLE = {
    {BOTH(add),       BOTH(sub),         BOTH(mul),   BOTH(div),    BOTH(min),
     BOTH(max),       BOTH(xlogy),       BOTH(zmul),  BOTH(zdiv),   BOTH(neg),
     BOTH(abs),       BOTH(sign),        BOTH(sqrt),  BOTH(square), BOTH(reciprocal),
     BOTH(relu),      BOTH(floor),       BOTH(ceil),  BOTH(round),  BOTH(exp),
     BOTH(expm1),     BOTH(log),         BOTH(log1p), BOTH(tanh),   BOTH(sigmoid),
     BOTH(softplus),  BOTH(log_sigmoid), BOTH(sin),   BOTH(cos),    BOTH(eq),
     BOTH(ne),        BOTH(lt),          BOTH(le),    BOTH(gt),     BOTH(ge),
     BOTH(is_finite), BOTH(is_nan),      BOTH(where)},
    row_dot_of_f64,
    row_dot_of_f32};
