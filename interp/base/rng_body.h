/* SPDX-License-Identifier: MIT
 * The vector text of the generator, included by rng_base.c and rng_avx2.c: four blocks
 * of Philox at once, of one long stream or of many short ones packed together.
 */
#include "base/rng_wide.h"
#include "base/wide.h"

#include <stdbool.h>

enum Form { UNIT_F64, UNIT_F32, GAUSS_F64, GAUSS_F32, KEEP_F64, KEEP_F32 };

/* Groups of four blocks worked on together: first the bits of all, then their numbers,
 * so that the CPU always has independent work at hand. */
enum { LOT = 16 };
typedef struct Lot {
    u64x4 key[LOT + 1], block[LOT + 1];
    u64x4 a[LOT + 1], c[LOT + 1]; /* the bits */
    size_t to[LOT]
             [4]; /* where the blocks go, in bytes; [0] alone if they are in a row */
} Lot;

/* Words live in the low halves of lanes; what is in the high halves never reaches a low
 * one. Two groups in step: the rounds of one alone would wait for each other. */
WIDE void philox(Lot *lot, int groups, enum RngKind kind)
{
    const u64x4 none = {0, 0, 0, 0}, mul_0 = none + RNG_MUL_0, mul_1 = none + RNG_MUL_1;
    const u64x4 step_0 = u64x4_hide(none + RNG_KEY_0);
    const u64x4 step_1 = u64x4_hide(none + RNG_KEY_1);
    for (int g = 0; g < groups; g += 2) {
        u64x4 x0[2], x1[2], x2[2], x3[2], k0[2], k1[2];
        for (int j = 0; j < 2; j++) {
            x0[j] = lot->block[g + j];
            x1[j] = x0[j] >> 32;
            x2[j] = none + (uint64_t)kind;
            x3[j] = none;
            k0[j] = lot->key[g + j];
            k1[j] = k0[j] >> 32;
        }
        for (int i = 0; i < RNG_ROUNDS; i++) {
            for (int j = 0; j < 2; j++) {
                u64x4 p = u64x4_mul_low(x0[j], mul_0), q = u64x4_mul_low(x2[j], mul_1);
                x0[j] = (q >> 32) ^ (x1[j] ^ k0[j]);
                x1[j] = q;
                x2[j] = (p >> 32) ^ (x3[j] ^ k1[j]);
                x3[j] = p;
                k0[j] += step_0;
                k1[j] += step_1;
            }
        }
        for (int j = 0; j < 2; j++) {
            lot->a[g + j] = (x0[j] & 0xffffffffu) | (x1[j] << 32);
            lot->c[g + j] = (x2[j] & 0xffffffffu) | (x3[j] << 32);
        }
    }
}

WIDE f64x4 unit_f64(u64x4 a)
{
    return (f64x4)((a >> 12) | RNG_ONE_F64) - (1 - 0x1p-53);
}

/* Box and Muller's radii from a, in its place; in short steps over the whole lot, as
 * each step waits long for the one before. */
WIDE void radii_f64(Lot *lot, int groups)
{
    f64x4 s[LOT], e[LOT];
    for (int g = 0; g < groups; g++) {
        u64x4 bits = (u64x4)unit_f64(lot->a[g]) + (RNG_ONE_F64 - RNG_ROOT_F64);
        e[g] = (f64x4)((bits >> 52) | RNG_MAGIC_F64) - (0x1p52 + 1023);
        f64x4 f = (f64x4)((bits & RNG_MANTISSA_F64) + RNG_ROOT_F64) - 1.0;
        s[g] = f / (f + 2.0);
    }
    for (int g = 0; g < groups; g++) {
        f64x4 w = s[g] * s[g], w2 = w * w, w4 = w2 * w2;
        f64x4 lg =
            ((s[g] + s[g]) + (s[g] * w) * RNG_LOG_F64(w, w2, w4)) + e[g] * RNG_LN2_F64;
        lot->a[g] = (u64x4)f64x4_sqrt(lg * -2.0);
    }
}

WIDE void pair_f64(f64x4 r, u64x4 c, f64x4 *z0, f64x4 *z1)
{
    f64x4 t = (f64x4)((c >> 12) | RNG_ONE_F64) * 2.0 - 3.0;
    f64x4 v = t * t, v2 = v * v, v4 = v2 * v2;
    f64x4 sn = t * RNG_SIN_F64(v, v2, v4);
    f64x4 co = (f64x4)((u64x4)RNG_COS_F64(v, v2, v4) ^ (c << 63));
    u64x4 swap = c << 62;
    *z0 = r * f64x4_pick(swap, sn, co);
    *z1 = r * f64x4_pick(swap, co, sn);
}

/* In single precision a and c are first sorted into words for radii and words for
 * angles. */
WIDE void radii_f32(Lot *lot, int groups)
{
    f32x8 s[LOT], e[LOT];
    for (int g = 0; g < groups; g++) {
        u32x8 p = (u32x8)lot->a[g], q = (u32x8)lot->c[g];
        u32x8 a = __builtin_shufflevector(p, q, 0, 8, 2, 10, 4, 12, 6, 14);
        u32x8 c = __builtin_shufflevector(p, q, 1, 9, 3, 11, 5, 13, 7, 15);
        lot->c[g] = (u64x4)c;
        f32x8 u = __builtin_convertvector((i32x8)(a >> 1), f32x8) * 0x1p-31f + 0x1p-32f;
        u32x8 bits = (u32x8)u + (RNG_ONE_F32 - RNG_ROOT_F32);
        e[g] = __builtin_convertvector((i32x8)(bits >> 23) - 127, f32x8);
        f32x8 f = (f32x8)((bits & RNG_MANTISSA_F32) + RNG_ROOT_F32) - 1.0f;
        s[g] = f / (f + 2.0f);
    }
    for (int g = 0; g < groups; g++) {
        f32x8 w = s[g] * s[g];
        f32x8 lg = ((s[g] + s[g]) + (s[g] * w) * RNG_LOG_F32(w)) + e[g] * RNG_LN2_F32;
        lot->a[g] = (u64x4)f32x8_sqrt(lg * -2.0f);
    }
}

WIDE void pair_f32(f32x8 r, u32x8 c, f32x8 *z0, f32x8 *z1)
{
    f32x8 t = __builtin_convertvector((i32x8)(c << 2), f32x8) * 0x1p-31f;
    f32x8 v = t * t, v2 = v * v;
    f32x8 sn = t * RNG_SIN_F32(v, v2);
    f32x8 co = (f32x8)((u32x8)RNG_COS_F32(v, v2) ^ (c & 0x80000000u));
    u32x8 swap = c << 1;
    *z0 = r * f32x8_pick(swap, sn, co);
    *z1 = r * f32x8_pick(swap, co, sn);
}

/* Lanes of a and c in turn: blocks 0 and 1, then 2 and 3. */
WIDE void interleave(u64x4 a, u64x4 c, u64x4 y[2])
{
    y[0] = __builtin_shufflevector(a, c, 0, 4, 1, 5);
    y[1] = __builtin_shufflevector(a, c, 2, 6, 3, 7);
}

/* 16 bits less than `below`, for two blocks at p. */
WIDE void keep_f32(const u64x4 *p, i32x8 below, float *y)
{
    const f32x8 one = f32x8_all(1);
    u16x8 h[2];
    memcpy(h, p, sizeof h);
    for (int i = 0; i < 2; i++) {
        i32x8 yes = __builtin_convertvector(h[i], i32x8) < below;
        f32x8_store(y + 8 * i, (f32x8)(yes & (i32x8)one));
    }
}

WIDE void keep_f64(const u64x4 *p, i64x4 below, double *y)
{
    const f64x4 one = f64x4_all(1);
    for (int i = 0; i < 4; i++) { /* a lane of p is four elements */
        uint64_t q = (*p)[i];
        i64x4 v = {(int64_t)(q & 0xffff), (int64_t)(q >> 16 & 0xffff),
                   (int64_t)(q >> 32 & 0xffff), (int64_t)(q >> 48)};
        f64x4_store(y + 4 * i, (f64x4)((v < below) & (i64x4)one));
    }
}

/* The elements of four blocks. */
WIDE void numbers(enum Form form, const Lot *lot, int g, uint32_t below, char *y)
{
    const u64x4 a = lot->a[g], c = lot->c[g];
    u64x4 q[2];
    if (form == GAUSS_F64) {
        f64x4 z0, z1;
        pair_f64((f64x4)a, c, &z0, &z1);
        interleave((u64x4)z0, (u64x4)z1, q);
        memcpy(y, q, sizeof q);
        return;
    }
    if (form ==
        GAUSS_F32) { /* lanes are pairs 0 and 1 of block 0, then of block 1, … */
        f32x8 z0, z1;
        pair_f32((f32x8)a, (u32x8)c, &z0, &z1);
        f32x8 low = __builtin_shufflevector(z0, z1, 0, 8, 1, 9, 4, 12, 5, 13);
        f32x8 high = __builtin_shufflevector(z0, z1, 2, 10, 3, 11, 6, 14, 7, 15);
        f32x8_store(y, __builtin_shufflevector(low, high, 0, 1, 2, 3, 8, 9, 10, 11));
        f32x8_store(y + 32,
                    __builtin_shufflevector(low, high, 4, 5, 6, 7, 12, 13, 14, 15));
        return;
    }
    interleave(a, c, q);
    if (form == UNIT_F64) {
        for (int i = 0; i < 2; i++) f64x4_store(y + 32 * i, unit_f64(q[i]));
    } else if (form == UNIT_F32) {
        for (int i = 0; i < 2; i++) {
            u32x8 bits = ((u32x8)q[i] >> 9) | RNG_ONE_F32;
            f32x8_store(y + 32 * i, (f32x8)bits - (1 - 0x1p-24f));
        }
    } else if (form == KEEP_F32) {
        const i32x8 limit = (i32x8){0} + (int32_t)below;
        for (int i = 0; i < 2; i++) keep_f32(q + i, limit, (float *)(void *)y + 16 * i);
    } else {
        const i64x4 limit = (i64x4){0} + (int64_t)below;
        for (int i = 0; i < 2; i++)
            keep_f64(q + i, limit, (double *)(void *)y + 16 * i);
    }
}

/* The shape of the work: y is rows of row_bytes, each of `blocks` blocks of `bytes`. */
typedef struct Work {
    const uint64_t *key;
    uint64_t first, blocks;
    size_t bytes, row_bytes, left; /* left: of y, from the row that is next */
    size_t start;                  /* of the row that is next, in y */
    uint64_t block;                /* that is next in it */
} Work;

/* The next four blocks of one row. */
WIDE void take_run(Work *w, Lot *lot, int g)
{
    lot->key[g] = (u64x4){0, 0, 0, 0} + *w->key;
    lot->block[g] = (u64x4){0, 1, 2, 3} + (w->first + w->block);
    lot->to[g][0] = w->start + w->block * w->bytes;
    w->block += 4;
    if (w->block >= w->blocks) {
        w->block = 0;
        w->key++;
        w->start += w->row_bytes;
        w->left -= w->row_bytes;
    }
}

/* The next four pairs of row and block; after the last one, it again. */
WIDE void take_pairs(Work *w, Lot *lot, int g)
{
    for (int i = 0; i < 4; i++) {
        const bool end = w->block + 1 >= w->blocks, on = w->left > w->row_bytes;
        lot->key[g][i] = *w->key;
        lot->block[g][i] = w->first + w->block;
        lot->to[g][i] = w->start + w->block * w->bytes;
        w->block = end ? (on ? 0 : w->block) : w->block + 1;
        w->key += end && on;
        w->start += end && on ? w->row_bytes : 0;
        w->left -= end && on ? w->row_bytes : 0;
    }
}

/* Whole blocks are stored; what runs over the end of a row is the start of the next
 * one, which is stored later. Only the end of y needs care. */
WIDE void put_run(enum Form form, const Lot *lot, int g, uint32_t below, size_t four,
                  char *y, size_t total)
{
    const size_t to = lot->to[g][0];
    if (to + four <= total) {
        numbers(form, lot, g, below, y + to);
    } else {
        double part[32];
        numbers(form, lot, g, below, (char *)part);
        memcpy(y + to, part, total - to);
    }
}

WIDE void put_pairs(enum Form form, const Lot *lot, int g, uint32_t below, size_t four,
                    char *y, size_t total)
{
    const size_t bytes = four / 4;
    double part[32];
    numbers(form, lot, g, below, (char *)part);
    if (lot->to[g][3] + bytes <= total) {
        for (size_t i = 0; i < 4; i++)
            memcpy(y + lot->to[g][i], (char *)part + i * bytes, bytes);
        return;
    }
    for (size_t i = 0; i < 4; i++) {
        const size_t left = total - lot->to[g][i];
        memcpy(y + lot->to[g][i], (char *)part + i * bytes,
               left < bytes ? left : bytes);
    }
}

WIDE void all_rows(enum Form form, size_t per, size_t size, const uint64_t *key,
                   int64_t rows, uint64_t first, int64_t n, uint32_t below, char *y)
{
    static const enum RngKind kind[] = {RNG_UNIT_F64,  RNG_UNIT_F32, RNG_GAUSS_F64,
                                        RNG_GAUSS_F32, RNG_KEEP,     RNG_KEEP};
    const size_t bytes = per * size, row_bytes = (size_t)n * size;
    const size_t total = (size_t)rows * row_bytes;
    const uint64_t blocks = ((uint64_t)n + per - 1) / per, runs = (blocks + 3) / 4;
    /* packing costs about a seventh, idle lanes cost what they would have made */
    const bool packed = rows > 1 && 4 * runs * 7 > blocks * 8;
    uint64_t groups =
        packed ? ((uint64_t)rows * blocks + 3) / 4 : (uint64_t)rows * runs;
    Work work = {key, first, blocks, bytes, row_bytes, total, 0, 0};
    Lot lot;
    while (groups > 0) {
        const int now = groups < LOT ? (int)groups : LOT;
        groups -= (uint64_t)now;
        lot.key[now] = lot.block[now] =
            (u64x4){0, 0, 0, 0}; /* pairs with an odd last one */
        if (packed)
            for (int g = 0; g < now; g++) take_pairs(&work, &lot, g);
        else
            for (int g = 0; g < now; g++) take_run(&work, &lot, g);
        philox(&lot, now, kind[form]);
        if (form == GAUSS_F64) radii_f64(&lot, now);
        if (form == GAUSS_F32) radii_f32(&lot, now);
        if (packed)
            for (int g = 0; g < now; g++)
                put_pairs(form, &lot, g, below, 4 * bytes, y, total);
        else
            for (int g = 0; g < now; g++)
                put_run(form, &lot, g, below, 4 * bytes, y, total);
    }
}

#define ROWS(name, SHAPE, per, type)                                                   \
    static void name##_rows(const uint64_t *key, int64_t rows, uint64_t first,         \
                            int64_t n, uint32_t below, void *y)                        \
    {                                                                                  \
        all_rows(SHAPE, per, sizeof(type), key, rows, first, n, below, y);             \
    }
ROWS(unit_f64, UNIT_F64, RNG_PER_F64, double)
ROWS(unit_f32, UNIT_F32, RNG_PER_F32, float)
ROWS(gauss_f64, GAUSS_F64, RNG_PER_F64, double)
ROWS(gauss_f32, GAUSS_F32, RNG_PER_F32, float)
ROWS(keep_f64, KEEP_F64, RNG_PER_KEEP, double)
ROWS(keep_f32, KEEP_F32, RNG_PER_KEEP, float)
#undef ROWS

static void fold_rows(int64_t n, const uint64_t *key, const uint64_t *number,
                      uint64_t *y)
{
    for (int64_t i = 0; i < n; i += 4) {
        const size_t bytes = n - i < 4 ? (size_t)(n - i) * sizeof *y : sizeof(u64x4);
        u64x4 z = {0}, k = {0};
        if (bytes == sizeof z) {
            memcpy(&z, number + i, sizeof z);
            memcpy(&k, key + i, sizeof k);
        } else {
            memcpy(&z, number + i, bytes);
            memcpy(&k, key + i, bytes);
        }
        RNG_MIX_NUMBER(z);
        z ^= k;
        RNG_MIX_KEY(z);
        if (bytes == sizeof z)
            memcpy(y + i, &z, sizeof z);
        else
            memcpy(y + i, &z, bytes);
    }
}

const RngWide RNG_TABLE = {unit_f64_rows, unit_f32_rows, gauss_f64_rows, gauss_f32_rows,
                           keep_f64_rows, keep_f32_rows, fold_rows};
