/* SPDX-License-Identifier: MIT
 * The generator: the scalar text, which says what every element of a stream is, and the
 * choice of the vector text, which gives the same bits many at a time.
 */
#include "base/rng.h"
#include "base/rng_wide.h"
#include "base/wide.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

void rng_block(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2])
{
    uint32_t x0 = counter[0], x1 = counter[1], x2 = counter[2], x3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int i = 0; i < RNG_ROUNDS; i++) {
        uint64_t p = (uint64_t)RNG_MUL_0 * x0;
        uint64_t q = (uint64_t)RNG_MUL_1 * x2;
        x0 = (uint32_t)(q >> 32) ^ x1 ^ k0;
        x1 = (uint32_t)q;
        x2 = (uint32_t)(p >> 32) ^ x3 ^ k1;
        x3 = (uint32_t)p;
        k0 += RNG_KEY_0;
        k1 += RNG_KEY_1;
    }
    out[0] = x0;
    out[1] = x1;
    out[2] = x2;
    out[3] = x3;
}

/* ---- keys ---- */

uint64_t key_fold(uint64_t key, uint64_t number)
{
    uint64_t z = number;
    RNG_MIX_NUMBER(z);
    z ^= key;
    RNG_MIX_KEY(z);
    return z;
}

uint64_t key_fold_text(uint64_t key, const char *text)
{
    uint64_t hash = 0xCBF29CE484222325u; /* FNV-1a */
    for (; *text != '\0'; text++) hash = (hash ^ (unsigned char)*text) * 0x100000001B3u;
    return key_fold(key, hash);
}

/* ---- elements, scalar ---- */

typedef struct Block {
    uint64_t a, c;
} Block;

static Block block_of(uint64_t key, enum RngKind kind, uint64_t block, uint32_t attempt)
{
    const uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32),
                                 (uint32_t)kind, attempt};
    const uint32_t k[2] = {(uint32_t)key, (uint32_t)(key >> 32)};
    uint32_t w[4];
    rng_block(w, counter, k);
    return (Block){w[0] | (uint64_t)w[1] << 32, w[2] | (uint64_t)w[3] << 32};
}

static double double_of(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint32_t bits_of_float(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* An odd multiple of 2^-53. */
static double unit_f64(uint64_t a)
{
    return double_of(a >> 12 | RNG_ONE_F64) - (1 - 0x1p-53);
}

/* Box and Muller's pair: the radius from a, the angle from c: t quarter-pis about the
 * first axis, then a mirror and a swap of the axes by two more bits. */
static void gauss_f64(uint64_t a, uint64_t c, double z[2])
{
    uint64_t bits = bits_of(unit_f64(a)) + (RNG_ONE_F64 - RNG_ROOT_F64);
    double e = double_of(bits >> 52 | RNG_MAGIC_F64) - (0x1p52 + 1023);
    double f = double_of((bits & RNG_MANTISSA_F64) + RNG_ROOT_F64) - 1.0;
    double s = f / (f + 2.0);
    double w = s * s, w2 = w * w, w4 = w2 * w2;
    double lg = ((s + s) + (s * w) * RNG_LOG_F64(w, w2, w4)) + e * RNG_LN2_F64;
    double r = sqrt(lg * -2.0);
    double t = double_of(c >> 12 | RNG_ONE_F64) * 2.0 - 3.0;
    double v = t * t, v2 = v * v, v4 = v2 * v2;
    double sn = t * RNG_SIN_F64(v, v2, v4), co = RNG_COS_F64(v, v2, v4);
    if (c & 1) co = -co;
    bool swap = c & 2;
    z[0] = r * (swap ? sn : co);
    z[1] = r * (swap ? co : sn);
}

static void gauss_f32(uint64_t both, float z[2])
{
    uint32_t a = (uint32_t)both, c = (uint32_t)(both >> 32);
    float u = (float)(int32_t)(a >> 1) * 0x1p-31f + 0x1p-32f;
    uint32_t bits = bits_of_float(u) + (RNG_ONE_F32 - RNG_ROOT_F32);
    float e = (float)((int32_t)(bits >> 23) - 127);
    float f = float_of((bits & RNG_MANTISSA_F32) + RNG_ROOT_F32) - 1.0f;
    float s = f / (f + 2.0f);
    float w = s * s;
    float lg = ((s + s) + (s * w) * RNG_LOG_F32(w)) + e * RNG_LN2_F32;
    float r = sqrtf(lg * -2.0f);
    float t = (float)(int32_t)(c << 2) * 0x1p-31f;
    float v = t * t, v2 = v * v;
    float sn = t * RNG_SIN_F32(v, v2), co = RNG_COS_F32(v, v2);
    if (c & 0x80000000u) co = -co;
    bool swap = c & 0x40000000u;
    z[0] = r * (swap ? sn : co);
    z[1] = r * (swap ? co : sn);
}

/* The elements of one block, at most 8. */
static void block_unit_f64(uint64_t key, uint64_t block, uint32_t below, double *y)
{
    (void)below;
    Block b = block_of(key, RNG_UNIT_F64, block, 0);
    y[0] = unit_f64(b.a);
    y[1] = unit_f64(b.c);
}

static void block_unit_f32(uint64_t key, uint64_t block, uint32_t below, float *y)
{
    (void)below;
    Block b = block_of(key, RNG_UNIT_F32, block, 0);
    for (int i = 0; i < 4; i++) {
        uint32_t word = (uint32_t)((i < 2 ? b.a : b.c) >> 32 * (i & 1));
        y[i] = float_of(word >> 9 | RNG_ONE_F32) - (1 - 0x1p-24f);
    }
}

static void block_gauss_f64(uint64_t key, uint64_t block, uint32_t below, double *y)
{
    (void)below;
    Block b = block_of(key, RNG_GAUSS_F64, block, 0);
    gauss_f64(b.a, b.c, y);
}

static void block_gauss_f32(uint64_t key, uint64_t block, uint32_t below, float *y)
{
    (void)below;
    Block b = block_of(key, RNG_GAUSS_F32, block, 0);
    gauss_f32(b.a, y);
    gauss_f32(b.c, y + 2);
}

static bool kept(Block b, int i, uint32_t below)
{
    return ((i < 4 ? b.a : b.c) >> 16 * (i & 3) & 0xffff) < below;
}

static void block_keep_f64(uint64_t key, uint64_t block, uint32_t below, double *y)
{
    Block b = block_of(key, RNG_KEEP, block, 0);
    for (int i = 0; i < 8; i++) y[i] = kept(b, i, below) ? 1 : 0;
}

static void block_keep_f32(uint64_t key, uint64_t block, uint32_t below, float *y)
{
    Block b = block_of(key, RNG_KEEP, block, 0);
    for (int i = 0; i < 8; i++) y[i] = kept(b, i, below) ? 1 : 0;
}

/* ---- the door ---- */

static const RngWide *wide(void)
{
#if defined(__x86_64__)
    if (wide_has_avx512()) return &rng_wide_avx512;
    if (__builtin_cpu_supports("avx2")) return &rng_wide_avx2;
#endif
    return &rng_wide_base;
}

/* 65536 keeps every 16 bits, 0 none; NaN none. */
static uint32_t below_of(double keep)
{
    if (keep >= 1) return 65536;
    return keep > 0 ? (uint32_t)(keep * 65536 + 0.5) : 0;
}

/* What is not on the bounds of blocks, and single blocks, by the scalar text; the rest
 * by the vector text. */
#define STREAM(name, per, T)                                                           \
    static void stream_##name(uint64_t key, int64_t from, int64_t n, uint32_t below,   \
                              T *y)                                                    \
    {                                                                                  \
        T part[per];                                                                   \
        while (n > 0 && (from % per != 0 || n <= per)) {                               \
            int64_t skip = from % per, m = per - skip < n ? per - skip : n;            \
            block_##name(key, (uint64_t)(from / per), below, part);                    \
            memcpy(y, part + skip, (size_t)m * sizeof *y);                             \
            from += m;                                                                 \
            n -= m;                                                                    \
            y += m;                                                                    \
        }                                                                              \
        if (n > 0) wide()->name(&key, 1, (uint64_t)(from / per), n, below, y);         \
    }
STREAM(unit_f64, RNG_PER_F64, double)
STREAM(unit_f32, RNG_PER_F32, float)
STREAM(gauss_f64, RNG_PER_F64, double)
STREAM(gauss_f32, RNG_PER_F32, float)
STREAM(keep_f64, RNG_PER_KEEP, double)
STREAM(keep_f32, RNG_PER_KEEP, float)
#undef STREAM

void rng_unit_f64(uint64_t key, int64_t from, int64_t n, double *y)
{
    stream_unit_f64(key, from, n, 0, y);
}

void rng_unit_f32(uint64_t key, int64_t from, int64_t n, float *y)
{
    stream_unit_f32(key, from, n, 0, y);
}

void rng_gauss_f64(uint64_t key, int64_t from, int64_t n, double *y)
{
    stream_gauss_f64(key, from, n, 0, y);
}

void rng_gauss_f32(uint64_t key, int64_t from, int64_t n, float *y)
{
    stream_gauss_f32(key, from, n, 0, y);
}

void rng_keep_f64(uint64_t key, int64_t from, int64_t n, double keep, double *y)
{
    stream_keep_f64(key, from, n, below_of(keep), y);
}

void rng_keep_f32(uint64_t key, int64_t from, int64_t n, double keep, float *y)
{
    stream_keep_f32(key, from, n, below_of(keep), y);
}

void rng_unit_rows_f64(const uint64_t *key, int64_t rows, int64_t n, double *y)
{
    if (rows > 0 && n > 0) wide()->unit_f64(key, rows, 0, n, 0, y);
}

void rng_unit_rows_f32(const uint64_t *key, int64_t rows, int64_t n, float *y)
{
    if (rows > 0 && n > 0) wide()->unit_f32(key, rows, 0, n, 0, y);
}

void rng_gauss_rows_f64(const uint64_t *key, int64_t rows, int64_t n, double *y)
{
    if (rows > 0 && n > 0) wide()->gauss_f64(key, rows, 0, n, 0, y);
}

void rng_gauss_rows_f32(const uint64_t *key, int64_t rows, int64_t n, float *y)
{
    if (rows > 0 && n > 0) wide()->gauss_f32(key, rows, 0, n, 0, y);
}

void rng_keep_rows_f64(const uint64_t *key, int64_t rows, int64_t n, double keep,
                       double *y)
{
    if (rows > 0 && n > 0) wide()->keep_f64(key, rows, 0, n, below_of(keep), y);
}

void rng_keep_rows_f32(const uint64_t *key, int64_t rows, int64_t n, double keep,
                       float *y)
{
    if (rows > 0 && n > 0) wide()->keep_f32(key, rows, 0, n, below_of(keep), y);
}

void key_fold_rows(int64_t n, const uint64_t *key, const uint64_t *number, uint64_t *y)
{
    wide()->fold(n, key, number, y);
}

/* The high part of 64 random bits times n, by Lemire 2019, "Fast random integer
 * generation in an interval": products whose low half is less than 2^64 mod n are drawn
 * again. */
uint64_t rng_below(uint64_t key, uint64_t counter, uint64_t n)
{
    for (uint32_t attempt = 0;; attempt++) {
        Block b = block_of(key, RNG_BELOW, counter, attempt);
        uint64_t draw[2] = {b.a, b.c};
        for (int i = 0; i < 2; i++) {
            /* 64 x 64 -> 128 by halves: __int128 is not ISO C */
            uint64_t al = (uint32_t)draw[i], ah = draw[i] >> 32;
            uint64_t bl = (uint32_t)n, bh = n >> 32;
            uint64_t low = al * bl, mid1 = ah * bl, mid2 = al * bh;
            uint64_t carry = (low >> 32) + (uint32_t)mid1 + (uint32_t)mid2;
            uint64_t high = ah * bh + (mid1 >> 32) + (mid2 >> 32) + (carry >> 32);
            low = draw[i] * n;
            if (low >= n || low >= -n % n) return high;
        }
    }
}
