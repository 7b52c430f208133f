/* SPDX-License-Identifier: MIT
 * Small matrix products in registers, for one type: included with T (double or float),
 * V (a vector of LANES), LOAD, STORE, SPLAT and GEMM(name). Row-major; a is read
 * through two strides, so that it may be stored either way; b is read by rows or packed
 * first.
 */

enum { GEMM(PANEL) = 2 * LANES, GEMM(DEPTH) = 128 };

#if defined(__FMA__)
#define MULADD(x, y, z) FMA(x, y, z)
#else
#define MULADD(x, y, z) ((x) * (y) + (z))
#endif

typedef struct GEMM(Tile) {
    const T *a; /* element (i, p) at a[i * ai + p * ap] */
    int64_t ai, ap, k;
    const T *b; /* row p at b + p * ldb */
    int64_t ldb;
    T *y;
    int64_t ldy;
    bool add;
} GEMM(Tile);

/* `rows` rows of `wide` vectors; both are constants wherever this is inlined. */
WIDE void GEMM(tile)(const GEMM(Tile) * t, const int rows, const int wide)
{
    V acc[4][2];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < wide; v++)
            acc[r][v] = t->add ? LOAD(t->y + r * t->ldy + v * LANES) : SPLAT(0);
    const T *b = t->b, *a = t->a;
    for (int64_t p = 0; p < t->k; p++, b += t->ldb, a += t->ap) {
        V b0 = LOAD(b), b1 = wide > 1 ? LOAD(b + LANES) : b0;
        for (int r = 0; r < rows; r++) {
            V x = SPLAT(a[r * t->ai]);
            acc[r][0] = MULADD(x, b0, acc[r][0]);
            if (wide > 1) acc[r][1] = MULADD(x, b1, acc[r][1]);
        }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < wide; v++) STORE(t->y + r * t->ldy + v * LANES, acc[r][v]);
}

/* All m rows of a panel of two vectors. */
static void GEMM(panel)(GEMM(Tile) t, int64_t m)
{
    int64_t i = 0;
    for (; i + 4 <= m; i += 4, t.a += 4 * t.ai, t.y += 4 * t.ldy) GEMM(tile)(&t, 4, 2);
    for (; i < m; i++, t.a += t.ai, t.y += t.ldy) GEMM(tile)(&t, 1, 2);
}

/* The last columns, fewer than two vectors: through a padded copy of four rows of y. */
static void GEMM(edge)(GEMM(Tile) t, int64_t m, int64_t w)
{
    T pad[4 * 2 * LANES] = {0};
    T *y = t.y;
    int64_t ldy = t.ldy;
    t.y = pad;
    t.ldy = 2 * LANES;
    for (int64_t i = 0; i < m; i += 4, t.a += 4 * t.ai) {
        int64_t rows = m - i < 4 ? m - i : 4;
        for (int64_t r = 0; r < rows && t.add; r++)
            memcpy(pad + r * t.ldy, y + (i + r) * ldy, (size_t)w * sizeof(T));
        if (rows == 4 && w <= LANES)
            GEMM(tile)(&t, 4, 1);
        else if (rows == 4)
            GEMM(tile)(&t, 4, 2);
        else
            for (int64_t r = 0; r < rows; r++) {
                GEMM(Tile) one = t;
                one.a += r * t.ai;
                one.y += r * t.ldy;
                GEMM(tile)(&one, 1, 2);
            }
        for (int64_t r = 0; r < rows; r++)
            memcpy(y + (i + r) * ldy, pad + r * t.ldy, (size_t)w * sizeof(T));
    }
}

/* `depth` rows of w columns of b from (p, j), with zeros up to a whole panel. */
static void GEMM(pack)(T *to, bool tb, const T *b, int64_t ldb, int64_t p, int64_t j,
                       int64_t depth, int64_t w)
{
    for (int64_t q = 0; q < depth; q++)
        for (int64_t c = 0; c < 2 * LANES; c++) {
            T x = 0;
            if (c < w) x = tb ? b[(j + c) * ldb + p + q] : b[(p + q) * ldb + j + c];
            to[q * 2 * LANES + c] = x;
        }
}

static void GEMM(general)(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const T *a,
                          int64_t lda, const T *b, int64_t ldb, T *y, int64_t ldy,
                          bool add)
{
    T packed[GEMM(DEPTH) * 2 * LANES];
    for (int64_t j = 0; j < n; j += 2 * LANES) {
        int64_t w = n - j < 2 * LANES ? n - j : 2 * LANES;
        bool pack = tb || w < 2 * LANES;
        int64_t step = pack && k > GEMM(DEPTH) ? GEMM(DEPTH) : k, p = 0;
        do {
            int64_t depth = k - p < step ? k - p : step;
            GEMM(Tile)
            t = {.a = a + (ta ? p * lda : p),
                 .ai = ta ? 1 : lda,
                 .ap = ta ? lda : 1,
                 .k = depth,
                 .b = b + p * ldb + j,
                 .ldb = ldb,
                 .y = y + j,
                 .ldy = ldy,
                 .add = add || p > 0};
            if (pack) {
                GEMM(pack)(packed, tb, b, ldb, p, j, depth, w);
                t.b = packed;
                t.ldb = 2 * LANES;
            }
            if (w == 2 * LANES)
                GEMM(panel)(t, m);
            else
                GEMM(edge)(t, m, w);
            p += step;
        } while (p < k);
    }
}

WIDE T GEMM(lanes)(const V *v)
{
    T lane[LANES], s = 0;
    STORE(lane, *v);
    for (int i = 0; i < LANES; i++) s += lane[i];
    return s;
}

/* y[i * step] = row i of a times x, both without gaps along k; four rows at once. */
static void GEMM(dots)(int64_t m, int64_t k, const T *a, int64_t lda, const T *x, T *y,
                       int64_t step, bool add)
{
    int64_t whole = k / LANES * LANES, i = 0;
    for (; i + 4 <= m; i += 4, a += 4 * lda) {
        V s[4] = {SPLAT(0), SPLAT(0), SPLAT(0), SPLAT(0)};
        for (int64_t p = 0; p < whole; p += LANES) {
            V v = LOAD(x + p);
            for (int r = 0; r < 4; r++) s[r] = MULADD(LOAD(a + r * lda + p), v, s[r]);
        }
        for (int r = 0; r < 4; r++) {
            T sum = GEMM(lanes)(&s[r]);
            for (int64_t p = whole; p < k; p++) sum += a[r * lda + p] * x[p];
            y[(i + r) * step] = add ? y[(i + r) * step] + sum : sum;
        }
    }
    for (; i < m; i++, a += lda) {
        V s = SPLAT(0);
        for (int64_t p = 0; p < whole; p += LANES)
            s = MULADD(LOAD(a + p), LOAD(x + p), s);
        T sum = GEMM(lanes)(&s);
        for (int64_t p = whole; p < k; p++) sum += a[p] * x[p];
        y[i * step] = add ? y[i * step] + sum : sum;
    }
}

/* y[0 … n) = x[p * step] times row p of b, summed: rows of y stay in the nearest cache.
 */
static void GEMM(rows)(int64_t n, int64_t k, const T *x, int64_t step, const T *b,
                       int64_t ldb, T *y, bool add)
{
    enum { SPAN = 1024 };
    for (int64_t j = 0; j < n; j += SPAN) {
        int64_t w = n - j < SPAN ? n - j : SPAN, p = 0;
        if (!add) memset(y + j, 0, (size_t)w * sizeof(T));
        for (; p + 4 <= k; p += 4) {
            const T *r = b + p * ldb + j;
            V x0 = SPLAT(x[p * step]), x1 = SPLAT(x[(p + 1) * step]);
            V x2 = SPLAT(x[(p + 2) * step]), x3 = SPLAT(x[(p + 3) * step]);
            int64_t c = 0;
            for (; c + LANES <= w; c += LANES) {
                V s = MULADD(x0, LOAD(r + c), LOAD(y + j + c));
                s = MULADD(x1, LOAD(r + ldb + c), s);
                s = MULADD(x2, LOAD(r + 2 * ldb + c), s);
                s = MULADD(x3, LOAD(r + 3 * ldb + c), s);
                STORE(y + j + c, s);
            }
            for (; c < w; c++)
                for (int q = 0; q < 4; q++)
                    y[j + c] += x[(p + q) * step] * r[q * ldb + c];
        }
        for (; p < k; p++)
            for (int64_t c = 0; c < w; c++)
                y[j + c] += x[p * step] * b[p * ldb + j + c];
    }
}

static void GEMM(small)(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const T *a,
                        int64_t lda, const T *b, int64_t ldb, T *y, int64_t ldy,
                        bool add)
{
    bool a_row = !ta || lda == 1, b_column = tb || ldb == 1; /* vectors without gaps */
    if (n == 1 && !ta && b_column)
        GEMM(dots)(m, k, a, lda, b, y, ldy, add);
    else if (m == 1 && tb && a_row)
        GEMM(dots)(n, k, b, ldb, a, y, 1, add);
    else if (m == 1 && !tb)
        GEMM(rows)(n, k, a, ta ? lda : 1, b, ldb, y, add);
    else if (n == 1 && ta && ldy == 1)
        GEMM(rows)(m, k, b, tb ? 1 : ldb, a, lda, y, add);
    else
        GEMM(general)(ta, tb, m, n, k, a, lda, b, ldb, y, ldy, add);
}
#undef MULADD
