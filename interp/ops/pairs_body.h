/* SPDX-License-Identifier: MIT
 * The loops over pairs of rows of x[n, d] and z[m, d] for numbers of type T, included
 * once a type, with V (a vector of LANES), VEC(name) of base/wide.h and PAIRS(name).
 * All of them are made of differences, so that near points far from the origin keep
 * their digits, and of the same sums in the same order for (i, j) and (j, i).
 */

/* Columns of y at once, and rows of a panel of z that lies in the first-level cache. */
enum { PAIRS(WIDE) = 2 * LANES, PAIRS(DEEP) = 128 };

/* to[k, j] = z[j, k] for j < w; the columns behind are copies of the last. */
static void PAIRS(pack)(T *to, const T *z, int64_t ldz, int64_t deep, int64_t w)
{
    for (int64_t j = 0; j < PAIRS(WIDE); j++)
        for (int64_t k = 0; k < deep; k++)
            to[k * PAIRS(WIDE) + j] = z[(j < w ? j : w - 1) * ldz + k];
}

/* `rows` rows of y, w columns: the sum over k of g (x - z), or of (x - z)^2 where g is
 * NULL, added to what is there where `add`. */
WIDE void PAIRS(block)(const int rows, const bool squares, int64_t deep, int64_t d,
                       const T *g, const T *x, const T *panel, T *y, int64_t ldy,
                       int64_t w, bool add)
{
    V s[4][2];
    const bool whole = w == PAIRS(WIDE);
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < 2; v++) {
            s[r][v] = VEC(all)(0);
            if (add && whole) s[r][v] = VEC(load)(y + r * ldy + v * LANES);
            for (int l = 0; l < LANES && add && !whole; l++)
                if (v * LANES + l < w) s[r][v][l] = y[r * ldy + v * LANES + l];
        }
    for (int64_t k = 0; k < deep; k++) {
        const V z0 = VEC(load)(panel + k * PAIRS(WIDE));
        const V z1 = VEC(load)(panel + k * PAIRS(WIDE) + LANES);
        for (int r = 0; r < rows; r++) {
            const V at = VEC(all)(x[r * d + k]), t0 = at - z0, t1 = at - z1;
            const V by = squares ? at : VEC(all)(g[r * d + k]);
            s[r][0] = VEC(fma)(squares ? t0 : by, t0, s[r][0]);
            s[r][1] = VEC(fma)(squares ? t1 : by, t1, s[r][1]);
        }
    }
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < 2; v++) {
            if (whole) VEC(store)(y + r * ldy + v * LANES, s[r][v]);
            for (int l = 0; l < LANES && !whole; l++)
                if (v * LANES + l < w) y[r * ldy + v * LANES + l] = s[r][v][l];
        }
    }
}

/* y[n, m] of rows of g (or NULL), x and z. */
static void PAIRS(push)(int64_t n, int64_t m, int64_t d, const T *g, const T *x,
                        const T *z, T *y)
{
    T panel[PAIRS(DEEP) * PAIRS(WIDE)];
    for (int64_t j = 0; j < m; j += PAIRS(WIDE)) {
        const int64_t w = m - j < PAIRS(WIDE) ? m - j : PAIRS(WIDE);
        for (int64_t k = 0; k == 0 || k < d; k += PAIRS(DEEP)) {
            const int64_t deep = d - k < PAIRS(DEEP) ? d - k : PAIRS(DEEP);
            PAIRS(pack)(panel, z + j * d + k, d, deep, w);
            for (int64_t i = 0; i < n;) {
                const T *gi = g ? g + i * d + k : NULL, *xi = x + i * d + k;
                T *yi = y + i * m + j;
                const bool four = i + 4 <= n;
                if (four && !g)
                    PAIRS(block)(4, true, deep, d, gi, xi, panel, yi, m, w, k > 0);
                else if (four)
                    PAIRS(block)(4, false, deep, d, gi, xi, panel, yi, m, w, k > 0);
                else if (!g)
                    PAIRS(block)(1, true, deep, d, gi, xi, panel, yi, m, w, k > 0);
                else
                    PAIRS(block)(1, false, deep, d, gi, xi, panel, yi, m, w, k > 0);
                i += four ? 4 : 1;
            }
        }
    }
}

/* Columns of z at once, and how many of its rows lie in the cache turned. */
enum { PAIRS(FEW) = 4, PAIRS(LONG) = 256 };

/* Adds to `columns` numbers of a row of y, at x of it: the sum over j of w (x - z). */
static void PAIRS(line)(int64_t n, int64_t columns, const T *w, const T *x,
                        const T *turned, T *y)
{
    V s[PAIRS(FEW)], at[PAIRS(FEW)];
    for (int64_t c = 0; c < PAIRS(FEW); c++) {
        s[c] = VEC(all)(0);
        at[c] = VEC(all)(x[c < columns ? c : 0]);
    }
    for (int64_t j = 0; j < n; j += LANES) {
        const V by = n - j >= LANES ? VEC(load)(w + j) : VEC(load_part)(w + j, n - j);
        for (int64_t c = 0; c < PAIRS(FEW); c++)
            s[c] = VEC(fma)(by, at[c] - VEC(load)(turned + c * PAIRS(LONG) + j), s[c]);
    }
    for (int64_t c = 0; c < columns; c++)
        for (int l = 0; l < LANES; l++) y[c] += s[c][l];
}

/* y[n, d] from weights w[n, m] of the pairs. */
static void PAIRS(pull)(int64_t n, int64_t m, int64_t d, const T *x, const T *z,
                        const T *w, T *y)
{
    T turned[PAIRS(FEW) * PAIRS(LONG)];
    if (n > 0 && d > 0) memset(y, 0, (size_t)(n * d) * sizeof(T));
    for (int64_t k = 0; k < d; k += PAIRS(FEW)) {
        const int64_t columns = d - k < PAIRS(FEW) ? d - k : PAIRS(FEW);
        for (int64_t j = 0; j < m; j += PAIRS(LONG)) {
            const int64_t some = m - j < PAIRS(LONG) ? m - j : PAIRS(LONG);
            for (int64_t c = 0; c < PAIRS(FEW); c++)
                for (int64_t q = 0; q < PAIRS(LONG); q++)
                    turned[c * PAIRS(LONG) + q] =
                        z[(j + (q < some ? q : 0)) * d + k + (c < columns ? c : 0)];
            for (int64_t i = 0; i < n; i++) PAIRS(line)
            (some, columns, w + i * m + j, x + i * d + k, turned, y + i * d + k);
        }
    }
}
