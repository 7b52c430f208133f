/* SPDX-License-Identifier: MIT
 * The generator: Random123's known answers; the same bits whatever from, n, rows and
 * CPU; moments and uniformity over 20 fixed seeds. Each statistical check is two-sided
 * at a level of 1e-6 at most and there are under 2,000 of them: a right generator, were
 * the seeds drawn anew, would fail this file once in 500 times. The seeds are fixed, so
 * it never does.
 */
#include "../tap.h"
#include "base/rng.h"
#include "base/rng_wide.h"
#include "base/wide.h"

#include <stdint.h>
#include <stdlib.h>

enum { SEEDS = 20, N = 1 << 16 };

/* ---- known answers ---- */

static void test_known(void)
{
    static const struct {
        uint32_t counter[4], key[2], want[4];
    } known[] = {
        /* kat_vectors of Random123, "philox4x32 10" */
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (int i = 0; i < 3; i++) {
        uint32_t out[4];
        rng_block(out, known[i].counter, known[i].key);
        ok(!memcmp(out, known[i].want, sizeof out), "Philox4x32-10, known answer %d",
           i + 1);
    }
}

/* ---- keys ---- */

static int order(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int bits_in(uint64_t x)
{
    int n = 0;
    for (; x; x &= x - 1) n++;
    return n;
}

static void test_keys(void)
{
    uint64_t *k = malloc(N * sizeof *k);
    if (!k) return;
    for (int i = 0; i < N; i++)
        k[i] = key_fold(key_fold(42, (uint64_t)i / 256), (uint64_t)i % 256);
    qsort(k, N, sizeof *k, order);
    int same = 0;
    for (int i = 1; i < N; i++) same += k[i] == k[i - 1];
    ok(same == 0, "keys of 256 x 256 numbers differ");
    free(k);

    long changed = 0, most = 0, least = N;
    long flip[64] = {0};
    for (int i = 0; i < N; i++) {
        uint64_t a = key_fold(7, (uint64_t)i / 64),
                 b = key_fold(7, (uint64_t)i / 64 ^ (uint64_t)1 << (i & 63));
        changed += bits_in(a ^ b);
        for (int j = 0; j < 64; j++) flip[j] += (long)((a ^ b) >> j & 1);
    }
    for (int j = 0; j < 64; j++) {
        if (flip[j] > most) most = flip[j];
        if (flip[j] < least) least = flip[j];
    }
    ok(fabs((double)changed / N - 32) < 5 * 4 / sqrt((double)N),
       "a bit of the number changes half of the key: %.4f", (double)changed / N);
    ok(least > N / 2 - 700 && most < N / 2 + 700, "… each bit alike: %ld to %ld", least,
       most);
    changed = 0;
    for (int i = 0; i < N; i++)
        changed += bits_in(key_fold((uint64_t)i / 64, 3) ^
                           key_fold((uint64_t)i / 64 ^ (uint64_t)1 << (i & 63), 3));
    ok(fabs((double)changed / N - 32) < 5 * 4 / sqrt((double)N),
       "… and a bit of the key: %.4f", (double)changed / N);
    ok(key_fold(key_fold(1, 2), 3) != key_fold(key_fold(1, 3), 2),
       "folding has an order");
    ok(key_fold_text(1, "w") != key_fold_text(1, "v") && key_fold_text(1, "") != 1,
       "texts give keys");
}

/* ---- the same bits ---- */

typedef void Fill(uint64_t key, int64_t from, int64_t n, void *y);
typedef void FillRows(const uint64_t *key, int64_t rows, int64_t n, void *y);

#define KIND(kind, T)                                                                  \
    static void kind##_one(uint64_t key, int64_t from, int64_t n, void *y)             \
    {                                                                                  \
        rng_##kind(key, from, n, (T *)y);                                              \
    }
#define KIND_KEEP(kind, T)                                                             \
    static void kind##_one(uint64_t key, int64_t from, int64_t n, void *y)             \
    {                                                                                  \
        rng_##kind(key, from, n, 0.7, (T *)y);                                         \
    }
KIND(unit_f64, double)
KIND(unit_f32, float)
KIND(gauss_f64, double)
KIND(gauss_f32, float)
KIND_KEEP(keep_f64, double)
KIND_KEEP(keep_f32, float)

static void unit_f64_all(const uint64_t *k, int64_t rows, int64_t n, void *y)
{
    rng_unit_rows_f64(k, rows, n, y);
}
static void unit_f32_all(const uint64_t *k, int64_t rows, int64_t n, void *y)
{
    rng_unit_rows_f32(k, rows, n, y);
}
static void gauss_f64_all(const uint64_t *k, int64_t rows, int64_t n, void *y)
{
    rng_gauss_rows_f64(k, rows, n, y);
}
static void gauss_f32_all(const uint64_t *k, int64_t rows, int64_t n, void *y)
{
    rng_gauss_rows_f32(k, rows, n, y);
}
static void keep_f64_all(const uint64_t *k, int64_t rows, int64_t n, void *y)
{
    rng_keep_rows_f64(k, rows, n, 0.7, y);
}
static void keep_f32_all(const uint64_t *k, int64_t rows, int64_t n, void *y)
{
    rng_keep_rows_f32(k, rows, n, 0.7, y);
}

typedef struct Kind {
    const char *name;
    size_t size;
    Fill *one;
    FillRows *all;
    RngRows *base, *avx2, *avx512;
} Kind;

/* y, between two bytes that must stay, is what single elements are. */
static bool fits(const Kind *k, uint64_t key, int64_t from, int64_t n,
                 const char *single)
{
    static const char guard = 0x55;
    char y[8 * 260 + 2];
    memset(y, guard, sizeof y);
    k->one(key, from, n, y + 1); /* not aligned either */
    return y[0] == guard && y[1 + (size_t)n * k->size] == guard &&
           !memcmp(y + 1, single + (size_t)from * k->size, (size_t)n * k->size);
}

static void test_same(const Kind *k)
{
    enum { LONG = 700 };
    char single[8 * LONG], whole[8 * LONG];
    for (int64_t i = 0; i < LONG; i++) k->one(99, i, 1, single + (size_t)i * k->size);
    k->one(99, 0, LONG, whole);
    ok(!memcmp(single, whole, LONG * k->size), "%s: at once as one by one", k->name);
    bool passed = true;
    for (int64_t from = 0; from < 20; from++)
        for (int64_t n = 0; n < 140; n++) passed &= fits(k, 99, from, n, single);
    for (int64_t n = 250; n < 260; n++) passed &= fits(k, 99, 300, n, single);
    ok(passed, "%s: whatever from and n", k->name);

    /* far on: counters of more than 32 bits */
    const int64_t far = ((int64_t)1 << 35) - 37;
    for (int64_t i = 0; i < 90; i++)
        k->one(5, far + i, 1, single + (size_t)i * k->size);
    k->one(5, far, 90, whole);
    ok(!memcmp(single, whole, 90 * k->size), "%s: past 2^32 blocks", k->name);

    enum { ROWS = 37, WIDEST = 700 };
    static const int64_t widths[] = {1,  2,  3,  4,  5,  7,   8,   9,   13, 16,
                                     31, 32, 33, 50, 64, 100, 129, 300, 700};
    uint64_t key[ROWS];
    for (int i = 0; i < ROWS; i++) key[i] = key_fold(8, (uint64_t)i);
    char *rows = malloc(ROWS * WIDEST * 8 + 2), *want = malloc(ROWS * WIDEST * 8);
    if (!rows || !want) return;
    passed = true;
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        int64_t n = widths[w];
        size_t bytes = ROWS * (size_t)n * k->size;
        for (int i = 0; i < ROWS; i++)
            for (int64_t j = 0; j < n; j++)
                k->one(key[i], j, 1,
                       want + ((size_t)i * (size_t)n + (size_t)j) * k->size);
        for (int64_t r = 0; r <= ROWS; r += r < 6 ? 1 : 31) {
            size_t part = (size_t)r * (size_t)n * k->size;
            memset(rows, 0x55, bytes + 2);
            k->all(key, r, n, rows + 1);
            passed &= !memcmp(rows + 1, want, part);
            passed &= rows[0] == 0x55 && rows[1 + part] == 0x55;
        }
        memset(rows, 0, bytes);
        k->base(key, ROWS, 0, n, 45875, rows); /* 0.7 of 65536 */
        passed &= !memcmp(rows, want, bytes);
#if defined(__x86_64__)
        if (__builtin_cpu_supports("avx2")) {
            memset(rows, 0, bytes);
            k->avx2(key, ROWS, 0, n, 45875, rows);
            passed &= !memcmp(rows, want, bytes);
        }
        if (wide_has_avx512()) {
            memset(rows, 0, bytes);
            k->avx512(key, ROWS, 0, n, 45875, rows);
            passed &= !memcmp(rows, want, bytes);
        }
#endif
    }
    ok(passed, "%s: rows, baseline, AVX2 and AVX-512 as one by one", k->name);
    free(rows);
    free(want);
}

static void test_all_same(void)
{
    const RngWide *b = &rng_wide_base, *v = &rng_wide_avx2, *w = &rng_wide_avx512;
    const Kind kind[] = {
        {"unit_f64", 8, unit_f64_one, unit_f64_all, b->unit_f64, v->unit_f64,
         w->unit_f64},
        {"unit_f32", 4, unit_f32_one, unit_f32_all, b->unit_f32, v->unit_f32,
         w->unit_f32},
        {"gauss_f64", 8, gauss_f64_one, gauss_f64_all, b->gauss_f64, v->gauss_f64,
         w->gauss_f64},
        {"gauss_f32", 4, gauss_f32_one, gauss_f32_all, b->gauss_f32, v->gauss_f32,
         w->gauss_f32},
        {"keep_f64", 8, keep_f64_one, keep_f64_all, b->keep_f64, v->keep_f64,
         w->keep_f64},
        {"keep_f32", 4, keep_f32_one, keep_f32_all, b->keep_f32, v->keep_f32,
         w->keep_f32},
    };
    for (int i = 0; i < 6; i++) test_same(&kind[i]);
    float f[64];
    double d[64];
    rng_keep_f32(3, 0, 64, 0.4, f);
    rng_keep_f64(3, 0, 64, 0.4, d);
    bool same = true;
    for (int i = 0; i < 64; i++) same &= (double)f[i] == d[i];
    ok(same, "keep: the same choices in both precisions");
}

/* ---- distributions ---- */

enum { Z = 5 }; /* beyond 5 standard errors: 5.7e-7 */

/* Chi-square with k - 1 degrees as a normal number, by Wilson and Hilferty. */
static double chi_z(const long *count, int k, double expected)
{
    double chi = 0, d = k - 1;
    for (int i = 0; i < k; i++) chi += pow((double)count[i] - expected, 2) / expected;
    return (cbrt(chi / d) - (1 - 2 / (9 * d))) / sqrt(2 / (9 * d));
}

typedef struct Sums {
    double one, two, three, four, next; /* of powers, and of neighbours' products */
} Sums;

static Sums sums(const double *x, double centre)
{
    Sums s = {0, 0, 0, 0, 0};
    double last = 0;
    for (int i = 0; i < N; i++) {
        double d = x[i] - centre;
        s.one += d;
        s.two += d * d;
        s.three += d * d * d;
        s.four += d * d * d * d;
        s.next += d * last;
        last = d;
    }
    s.one /= N, s.two /= N, s.three /= N, s.four /= N, s.next /= N;
    return s;
}

static bool unit_passes(const double *x)
{
    enum { BINS = 256 };
    long count[BINS] = {0}, pair[BINS] = {0};
    const double root = sqrt((double)N);
    for (int i = 0; i < N; i++) {
        if (!(x[i] > 0 && x[i] < 1)) return false;
        count[(int)(x[i] * BINS)]++;
        if (i & 1) pair[(int)(x[i - 1] * 16) * 16 + (int)(x[i] * 16)]++;
    }
    Sums s = sums(x, 0.5);
    return fabs(chi_z(count, BINS, (double)N / BINS)) < Z &&
           fabs(chi_z(pair, BINS, (double)N / 2 / BINS)) < Z &&
           fabs(s.one) * root < Z * sqrt(1 / 12.0) &&
           fabs(s.two - 1 / 12.0) * root < Z * sqrt(1 / 180.0) &&
           fabs(s.next) * root < Z / 12.0;
}

static bool gauss_passes(const double *x)
{
    enum { BINS = 128 };
    long count[BINS] = {0}, pair[BINS] = {0};
    const double root = sqrt((double)N);
    long far = 0;
    for (int i = 0; i < N; i++) {
        double p = 0.5 * erfc(-x[i] / sqrt(2.0));
        if (!(p > 0 && p < 1)) return false;
        count[(int)(p * BINS)]++;
        far += fabs(x[i]) > 3;
        if (i & 1) { /* the angle of a pair: were sine and cosine or signs wrong */
            int a = (int)((atan2(x[i], x[i - 1]) / 6.283185307179587 + 0.5) * BINS);
            pair[a == BINS ? 0 : a]++;
        }
    }
    Sums s = sums(x, 0);
    const double tail = erfc(3 / sqrt(2.0));
    return fabs(chi_z(count, BINS, (double)N / BINS)) < Z &&
           fabs(chi_z(pair, BINS, (double)N / 2 / BINS)) < Z &&
           fabs(s.one) * root < Z && fabs(s.two - 1) * root < Z * sqrt(2.0) &&
           fabs(s.three) * root < Z * sqrt(15.0) &&
           fabs(s.four - 3) * root < Z * sqrt(96.0) && fabs(s.next) * root < Z &&
           fabs((double)far - N * tail) < Z * sqrt(N * tail);
}

static bool keep_passes(const double *x, double keep)
{
    const double root = sqrt((double)N), variance = keep * (1 - keep);
    for (int i = 0; i < N; i++)
        if (x[i] != 0 && x[i] != 1) return false;
    Sums s = sums(x, keep);
    return fabs(s.one) * root < Z * sqrt(variance) &&
           fabs(s.next) * root < Z * variance;
}

static void widen(const float *x, double *y)
{
    for (int i = 0; i < N; i++) y[i] = (double)x[i];
}

static void test_distributions(void)
{
    double *x = malloc(N * sizeof *x);
    float *f = malloc(N * sizeof *f);
    int unit = 0, unit32 = 0, gauss = 0, gauss32 = 0, keep = 0, across = 0;
    for (uint64_t seed = 1; x && f && seed <= SEEDS; seed++) {
        const uint64_t key = key_fold(seed, 0);
        rng_unit_f64(key, 0, N, x);
        unit += unit_passes(x);
        rng_unit_f32(key, 0, N, f);
        widen(f, x);
        unit32 += unit_passes(x);
        rng_gauss_f64(key, 0, N, x);
        gauss += gauss_passes(x);
        rng_gauss_f32(key, 0, N, f);
        widen(f, x);
        gauss32 += gauss_passes(x);
        const double p = (double)seed / (SEEDS + 1);
        rng_keep_f32(key, 0, N, p, f);
        widen(f, x);
        keep += keep_passes(x, floor(p * 65536 + 0.5) / 65536);
        for (uint64_t i = 0; i < N; i++) rng_unit_f64(key_fold(key, i), 0, 1, x + i);
        across += unit_passes(x); /* the first numbers of many streams */
    }
    ok(unit == SEEDS, "unit_f64 is uniform for %d seeds of %d", unit, SEEDS);
    ok(unit32 == SEEDS, "unit_f32 is uniform for %d", unit32);
    ok(gauss == SEEDS, "gauss_f64 is normal for %d", gauss);
    ok(gauss32 == SEEDS, "gauss_f32 is normal for %d", gauss32);
    ok(keep == SEEDS, "keep keeps its share for %d", keep);
    ok(across == SEEDS, "streams are independent for %d", across);
    if (f && x) {
        rng_keep_f32(1, 0, N, 1, f);
        widen(f, x);
        Sums s = sums(x, 0);
        rng_keep_f32(1, 0, N, 0, f);
        widen(f, x);
        ok(s.one == 1 && sums(x, 0).one == 0, "keep 1 keeps all, 0 none");
    }
    free(x);
    free(f);
}

static void test_below(void)
{
    long count[10] = {0};
    bool passed = true;
    for (uint64_t i = 0; i < N; i++) {
        uint64_t y = rng_below(3, i, 10);
        passed &= y < 10;
        if (y < 10) count[y]++;
    }
    ok(passed && fabs(chi_z(count, 10, N / 10.0)) < Z, "below 10: each alike");
    passed = true;
    long third[3] = {0};
    const uint64_t big = 3ull << 62; /* a quarter of draws is drawn again */
    for (uint64_t i = 0; i < N; i++) {
        uint64_t y = rng_below(4, i, big);
        passed &= y < big;
        third[y >> 62 < 3 ? y >> 62 : 2]++;
    }
    ok(passed && fabs(chi_z(third, 3, N / 3.0)) < Z, "below 3 * 2^62: without bias");
    ok(rng_below(4, 1, 1) == 0, "below 1: 0");
}

static bool folds(const RngWide *wide)
{
    enum { MOST = 40 };
    uint64_t key[MOST], number[MOST], y[MOST + 1];
    bool passed = true;
    for (uint64_t i = 0; i < MOST; i++) {
        key[i] = key_fold(5, i);
        number[i] = i % 3 ? i : 0 - i;
    }
    for (int64_t n = 0; n <= MOST; n++) {
        y[n] = 1;
        wide->fold(n, key, number, y);
        passed &= y[n] == 1;
        for (int64_t i = 0; i < n; i++) passed &= y[i] == key_fold(key[i], number[i]);
        memcpy(y, key, sizeof key);
        wide->fold(n, y, number, y); /* in place */
        for (int64_t i = 0; i < MOST; i++)
            passed &= y[i] == (i < n ? key_fold(key[i], number[i]) : key[i]);
    }
    return passed;
}

static void test_fold_rows(void)
{
    ok(key_fold(42, 7) == 0xbdf38b95963c1068u, "a folded key stays what it was");
    ok(folds(&rng_wide_base), "fold: many keys, baseline");
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) ok(folds(&rng_wide_avx2), "fold: AVX2");
    if (wide_has_avx512()) ok(folds(&rng_wide_avx512), "fold: AVX-512");
#endif
}

int main(void)
{
    test_known();
    test_keys();
    test_fold_rows();
    test_all_same();
    test_distributions();
    test_below();
    return done_testing();
}
