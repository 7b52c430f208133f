/* SPDX-License-Identifier: MIT
 * Products of vectors, and of a few columns and rows, by AVX-512, for one type:
 * included with T, V (a vector of LANES), MASK and the operations of gemm_avx512.c. The
 * order of a sum depends on the shape alone.
 */

#define REST(n) ((MASK)((1u << (n)) - 1)) /* the first 1 to LANES lanes */

/* y[i * step] (+)= row i of a times x, both without gaps along k; four rows at once, of
 * which the last ones may be the same. */
static void THIN(dots)(int64_t m, int64_t k, const T *a, int64_t lda, const T *x, T *y,
                       int64_t step, bool add)
{
    const int64_t whole = k / LANES * LANES;
    for (int64_t i = 0; i < m; i += 4, a += 4 * lda, y += 4 * step) {
        const int64_t rows = m - i < 4 ? m - i : 4;
        const T *row[4];
        V s[4];
        T sum[4];
        for (int r = 0; r < 4; r++) {
            row[r] = a + (r < rows ? r : 0) * lda;
            s[r] = SPLAT(0);
        }
        for (int64_t p = 0; p < whole; p += LANES) {
            const V v = LOAD(x + p);
            for (int r = 0; r < 4; r++) s[r] = FMA(LOAD(row[r] + p), v, s[r]);
        }
        if (whole < k) {
            const MASK rest = REST(k - whole);
            const V v = LOAD_PART(rest, x + whole);
            for (int r = 0; r < 4; r++)
                s[r] = FMA(LOAD_PART(rest, row[r] + whole), v, s[r]);
        }
        THIN(sums)(s, sum);
        if (rows == 4 && step == 1 && !add)
            memcpy(y, sum, sizeof sum);
        else
            for (int64_t r = 0; r < rows; r++)
                y[r * step] = add ? y[r * step] + sum[r] : sum[r];
    }
}

/* `rows` rows of y, of w columns in `vectors` vectors: y[r, …] (+)= the sum over p of
 * x[r * xr + p * xp] times row p of b. */
WIDE void THIN(block)(const int rows, const int vectors, int64_t w, int64_t k,
                      const T *x, int64_t xr, int64_t xp, const T *b, int64_t ldb, T *y,
                      int64_t ldy, bool add)
{
    const MASK rest = REST(w - (vectors - 1) * LANES);
    V s[4][4];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) s[r][v] = SPLAT(0);
    for (int64_t p = 0; p < k; p++, b += ldb, x += xp)
        for (int v = 0; v < vectors; v++) {
            const T *from = b + v * LANES;
            const V z = v + 1 < vectors ? LOAD(from) : LOAD_PART(rest, from);
            for (int r = 0; r < rows; r++) s[r][v] = FMA(SPLAT(x[r * xr]), z, s[r][v]);
        }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) {
            T *to = y + r * ldy + v * LANES;
            const MASK part = v + 1 < vectors ? (MASK)-1 : rest;
            if (add) s[r][v] = PLUS(s[r][v], LOAD_PART(part, to));
            STORE_PART(to, part, s[r][v]);
        }
}

static void THIN(rows)(int64_t m, int64_t n, int64_t k, const T *x, int64_t xr,
                       int64_t xp, const T *b, int64_t ldb, T *y, int64_t ldy, bool add)
{
    for (int64_t j = 0; j < n; j += 4 * LANES) {
        const int64_t w = n - j < 4 * LANES ? n - j : 4 * LANES;
        const int64_t vectors = (w + LANES - 1) / LANES;
        const T *from = b + j, *z = x;
        T *to = y + j;
        for (int64_t i = 0; i < m;) {
            const bool four = m - i >= 4;
#define CASE(R, N) THIN(block)(R, N, w, k, z, xr, xp, from, ldb, to, ldy, add)
            switch ((four ? 0 : 4) + vectors) {
            case 1: CASE(4, 1); break;
            case 2: CASE(4, 2); break;
            case 3: CASE(4, 3); break;
            case 4: CASE(4, 4); break;
            case 5: CASE(1, 1); break;
            case 6: CASE(1, 2); break;
            case 7: CASE(1, 3); break;
            default: CASE(1, 4); break;
            }
#undef CASE
            const int64_t rows = four ? 4 : 1;
            i += rows;
            z += rows * xr;
            to += rows * ldy;
        }
    }
}

static void THIN(small)(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const T *a,
                        int64_t lda, const T *b, int64_t ldb, T *y, int64_t ldy,
                        bool add)
{
    const bool a_row = !ta || lda == 1, b_column = tb || ldb == 1; /* without gaps */
    if (n == 1 && !ta && b_column) {
        THIN(dots)(m, k, a, lda, b, y, ldy, add);
    } else if (m == 1 && tb && a_row) {
        THIN(dots)(n, k, b, ldb, a, y, 1, add);
    } else if (m == 1 && !tb && n <= 512) {
        THIN(rows)(1, n, k, a, 0, ta ? lda : 1, b, ldb, y, ldy, add);
    } else if (n == 1 && ta && ldy == 1 && m <= 512) {
        THIN(rows)(1, m, k, b, 0, tb ? 1 : ldb, a, lda, y, 0, add);
    } else if (gemm_is_outer(tb, n, k)) {
        T turned[GEMM_TURN];
        for (int64_t j = 0; j < n; j++)
            for (int64_t p = 0; p < k; p++) turned[p * n + j] = b[j * ldb + p];
        THIN(rows)(m, n, k, a, ta ? 1 : lda, ta ? lda : 1, turned, n, y, ldy, add);
    } else {
        THIN(OTHER)(ta, tb, m, n, k, a, lda, b, ldb, y, ldy, add);
    }
}
#undef REST
