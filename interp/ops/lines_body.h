/* SPDX-License-Identifier: MIT
 * Loops of the reductions over numbers of type T, summed as ACC; included once a type,
 * with T, ACC and LINES(name). The order of every sum is decided by the shape: blocks
 * of fixed size, then halves.
 */

/* Blocks that are summed straight on, in lanes: rounding grows with the logarithm of n.
 */
enum { LINES(BLOCK) = 256, LINES(LANES) = 16, LINES(ROWS) = 64, LINES(WIDE) = 64 };

static ACC LINES(sum_block)(const T *x, int64_t n)
{
    ACC lane[LINES(LANES)] = {0};
    int64_t i = 0;
    for (; i + LINES(LANES) <= n; i += LINES(LANES))
        for (int k = 0; k < LINES(LANES); k++) lane[k] += (ACC)x[i + k];
    for (int k = 0; i < n; i++, k++) lane[k] += (ACC)x[i];
    for (int half = LINES(LANES) / 2; half; half /= 2)
        for (int k = 0; k < half; k++) lane[k] += lane[k + half];
    return lane[0];
}

static ACC LINES(sum_line)(const T *x, int64_t n)
{
    if (n <= 8) {
        ACC s = 0;
        for (int64_t i = 0; i < n; i++) s += (ACC)x[i];
        return s;
    }
    if (n <= LINES(BLOCK)) return LINES(sum_block)(x, n);
    int64_t half = (n / 2 + LINES(BLOCK) - 1) / LINES(BLOCK) * LINES(BLOCK);
    return LINES(sum_line)(x, half) + LINES(sum_line)(x + half, n - half);
}

/* acc[0 … w) = sums of n rows of w numbers, `step` apart. */
static void LINES(sum_rows)(const T *x, int64_t n, int64_t step, int w, ACC *acc)
{
    if (n <= LINES(ROWS)) {
        for (int k = 0; k < w; k++) acc[k] = 0;
        for (int64_t i = 0; i < n; i++)
            for (int k = 0; k < w; k++) acc[k] += (ACC)x[i * step + k];
        return;
    }
    ACC more[LINES(WIDE)];
    int64_t half = (n / 2 + LINES(ROWS) - 1) / LINES(ROWS) * LINES(ROWS);
    LINES(sum_rows)(x, half, step, w, acc);
    LINES(sum_rows)(x + half * step, n - half, step, w, more);
    for (int k = 0; k < w; k++) acc[k] += more[k];
}

/* Few columns: eight rows are read as one. */
static void LINES(sum_narrow)(const T *x, int64_t n, int w, ACC *acc)
{
    ACC wide[LINES(WIDE)];
    int64_t eighth = n / 8;
    LINES(sum_rows)(x, eighth, 8 * w, 8 * w, wide);
    LINES(sum_rows)(x + eighth * 8 * w, n - eighth * 8, w, w, acc);
    for (int i = 0; i < 8; i++)
        for (int k = 0; k < w; k++) acc[k] += wide[i * w + k];
}

static void LINES(sum)(Lines l, const void *from, void *to, bool backwards)
{
    (void)backwards;
    const T *x = from;
    T *y = to;
    for (int64_t o = 0; o < l.outer; o++, x += l.n * l.inner, y += l.inner) {
        if (l.inner == 1) {
            *y = (T)LINES(sum_line)(x, l.n);
            continue;
        }
        for (int64_t j = 0; j < l.inner; j += LINES(WIDE)) {
            ACC acc[LINES(WIDE)];
            int w = (int)(l.inner - j < LINES(WIDE) ? l.inner - j : LINES(WIDE));
            if (l.inner <= LINES(WIDE) / 8 && l.n >= LINES(ROWS))
                LINES(sum_narrow)(x, l.n, w, acc);
            else
                LINES(sum_rows)(x + j, l.n, l.inner, w, acc);
            for (int k = 0; k < w; k++) y[j + k] = (T)acc[k];
        }
    }
}

static void LINES(prod)(Lines l, const void *from, void *to, bool backwards)
{
    (void)backwards;
    const T *x = from;
    T *y = to;
    for (int64_t o = 0; o < l.outer; o++, x += l.n * l.inner, y += l.inner)
        for (int64_t j = 0; j < l.inner; j++) {
            ACC p = 1;
            for (int64_t i = 0; i < l.n; i++) p *= (ACC)x[i * l.inner + j];
            y[j] = (T)p;
        }
}

static void LINES(cumsum)(Lines l, const void *from, void *to, bool backwards)
{
    const T *x = from;
    T *y = to;
    for (int64_t o = 0; o < l.outer; o++, x += l.n * l.inner, y += l.n * l.inner)
        for (int64_t j = 0; j < l.inner; j++) {
            ACC s = 0;
            for (int64_t i = 0; i < l.n; i++) {
                int64_t at = (backwards ? l.n - 1 - i : i) * l.inner + j;
                s += (ACC)x[at];
                y[at] = (T)s;
            }
        }
}

/* As many numbers as a vector of the least CPU holds, and what a comparison tells. */
typedef T LINES(Part) __attribute__((vector_size(16)));
typedef __typeof__((LINES(Part)){0} > (LINES(Part)){0}) LINES(Mask);

/* The extremes; a NaN wins over all. */
#define LINES_EXTREME(name, before)                                                    \
    static T LINES(name##_line)(const T *x, int64_t n)                                 \
    {                                                                                  \
        enum { STEP = sizeof(LINES(Part)) / sizeof(T), PARTS = 4 };                    \
        LINES(Part) lane[PARTS];                                                       \
        T best = x[0];                                                                 \
        int64_t i = 0;                                                                 \
        for (int k = 0; k < PARTS; k++) lane[k] = best - (LINES(Part)){0};             \
        for (; i + PARTS * STEP <= n; i += PARTS * STEP)                               \
            for (int k = 0; k < PARTS; k++) {                                          \
                LINES(Part) a;                                                         \
                memcpy(&a, x + i + k * STEP, sizeof a);                                \
                LINES(Mask) m = (a before lane[k]) | (a != a);                         \
                lane[k] =                                                              \
                    (LINES(Part))((m & (LINES(Mask))a) | (~m & (LINES(Mask))lane[k])); \
            }                                                                          \
        for (int k = 0; k < PARTS * STEP; k++) {                                       \
            T a = lane[k / STEP][k % STEP];                                            \
            best = a before best || a != a ? a : best;                                 \
        }                                                                              \
        for (; i < n; i++) best = x[i] before best || x[i] != x[i] ? x[i] : best;      \
        return best;                                                                   \
    }                                                                                  \
    static void LINES(name)(Lines l, const void *from, void *to, bool backwards)       \
    {                                                                                  \
        (void)backwards;                                                               \
        const T *x = from;                                                             \
        T *y = to;                                                                     \
        for (int64_t o = 0; o < l.outer; o++, x += l.n * l.inner, y += l.inner) {      \
            if (l.inner == 1) {                                                        \
                *y = LINES(name##_line)(x, l.n);                                       \
                continue;                                                              \
            }                                                                          \
            for (int64_t j = 0; j < l.inner; j++) y[j] = x[j];                         \
            for (int64_t i = 1; i < l.n; i++)                                          \
                for (int64_t j = 0; j < l.inner; j++) {                                \
                    T a = x[i * l.inner + j], b = y[j];                                \
                    y[j] = a before b || a != a ? a : b;                               \
                }                                                                      \
        }                                                                              \
    }                                                                                  \
    static void LINES(arg##name)(Lines l, const void *from, void *to, bool backwards)  \
    {                                                                                  \
        (void)backwards;                                                               \
        const T *x = from;                                                             \
        int64_t *y = to;                                                               \
        for (int64_t o = 0; o < l.outer; o++, x += l.n * l.inner, y += l.inner)        \
            for (int64_t j = 0; j < l.inner; j++) {                                    \
                int64_t best = 0;                                                      \
                for (int64_t i = 1; i < l.n; i++) {                                    \
                    T a = x[i * l.inner + j], b = x[best * l.inner + j];               \
                    if (b == b && (a before b || a != a)) best = i;                    \
                }                                                                      \
                y[j] = best;                                                           \
            }                                                                          \
    }

LINES_EXTREME(max, >)
LINES_EXTREME(min, <)
#undef LINES_EXTREME
