/* SPDX-License-Identifier: MIT
 * The generator's vector text for CPUs with AVX-512 (F, BW, DQ, VL); the same bits as
 * rng_base.c: sixteen blocks of Philox at once, of one long row or of one place in
 * sixteen short rows. Compiled with the flags of the Makefile; without them (another
 * kind of CPU) it is the baseline once more.
 */
#define RNG_TABLE rng_wide_avx512
#if !defined(__AVX512F__) || !defined(__AVX512BW__) || !defined(__AVX512DQ__) ||       \
    !defined(__AVX512VL__)
#include "base/rng_body.h"
#else
#include "base/rng_wide.h"
#include "base/wide.h"

#include <stdbool.h>

typedef uint32_t u32x16 __attribute__((vector_size(64)));
typedef int32_t i32x16 __attribute__((vector_size(64)));
typedef uint64_t u64x8 __attribute__((vector_size(64)));
typedef float f32x16 __attribute__((vector_size(64)));
typedef double f64x8 __attribute__((vector_size(64)));

enum Form { UNIT_F64, UNIT_F32, GAUSS_F64, GAUSS_F32, KEEP_F64, KEEP_F32 };

/* LANES blocks make a vector of each word; two vectors in step, as the rounds of one
 * alone would wait for each other. Rows of less than SHORT blocks are worked on sixteen
 * at a time, others by themselves. */
enum { LANES = 16, SHORT = 64 };

#define EVEN_LANES 0x5555
#define ODD_LANES 0xaaaa

WIDE u32x16 all(uint32_t x) { return (u32x16)_mm512_set1_epi32((int)x); }

/* ---- Philox ---- */

typedef struct Keys { /* of all rounds */
    u32x16 k0[RNG_ROUNDS], k1[RNG_ROUNDS];
} Keys;

typedef struct Words {
    u32x16 w[4];
} Words;

WIDE void keys_of(Keys *k, u32x16 k0, u32x16 k1)
{
    for (int i = 0; i < RNG_ROUNDS; i++, k0 += RNG_KEY_0, k1 += RNG_KEY_1) {
        k->k0[i] = k0;
        k->k1[i] = k1;
    }
}

/* Both halves of the products of all lanes. */
WIDE void product(u32x16 x, u32x16 mul, u32x16 *high, u32x16 *low)
{
    const __m512i even = _mm512_mul_epu32((__m512i)x, (__m512i)mul);
    const __m512i odd =
        _mm512_mul_epu32(_mm512_srli_epi64((__m512i)x, 32), (__m512i)mul);
    *high = (u32x16)_mm512_mask_shuffle_epi32(odd, EVEN_LANES, even, _MM_PERM_DDBB);
    *low = (u32x16)_mm512_mask_shuffle_epi32(even, ODD_LANES, odd, _MM_PERM_CCAA);
}

WIDE void rounds(Words *all_words, const Keys *const *key, const int vectors,
                 const int from)
{
    const u32x16 mul_0 = all(RNG_MUL_0), mul_1 = all(RNG_MUL_1);
    for (int i = from; i < RNG_ROUNDS; i++)
        for (int v = 0; v < vectors; v++) {
            u32x16 *w = all_words[v].w, p, q, pl, ql;
            product(w[0], mul_0, &p, &pl);
            product(w[2], mul_1, &q, &ql);
            w[0] = q ^ w[1] ^ key[v]->k0[i];
            w[1] = ql;
            w[2] = p ^ w[3] ^ key[v]->k1[i];
            w[3] = pl;
        }
}

/* ---- numbers of words ---- */

WIDE f32x16 unit_f32(u32x16 bits)
{
    return (f32x16)(bits >> 9 | RNG_ONE_F32) - (1 - 0x1p-24f);
}

WIDE f64x8 unit_f64(u64x8 a) { return (f64x8)(a >> 12 | RNG_ONE_F64) - (1 - 0x1p-53); }

WIDE f32x16 pick_f32(u32x16 bit, f32x16 yes, f32x16 no)
{
    return (f32x16)_mm512_mask_blend_ps(_mm512_movepi32_mask((__m512i)bit), (__m512)no,
                                        (__m512)yes);
}

WIDE f64x8 pick_f64(u64x8 bit, f64x8 yes, f64x8 no)
{
    return (f64x8)_mm512_mask_blend_pd(_mm512_movepi64_mask((__m512i)bit), (__m512d)no,
                                       (__m512d)yes);
}

/* Box and Muller's pairs: radii from a, angles from c. */
WIDE void gauss_f32(u32x16 a, u32x16 c, u32x16 *z0, u32x16 *z1)
{
    f32x16 u = __builtin_convertvector((i32x16)(a >> 1), f32x16) * 0x1p-31f + 0x1p-32f;
    u32x16 bits = (u32x16)u + (RNG_ONE_F32 - RNG_ROOT_F32);
    f32x16 e = __builtin_convertvector((i32x16)(bits >> 23) - 127, f32x16);
    f32x16 f = (f32x16)((bits & RNG_MANTISSA_F32) + RNG_ROOT_F32) - 1.0f;
    f32x16 s = f / (f + 2.0f), w = s * s;
    f32x16 lg = ((s + s) + (s * w) * RNG_LOG_F32(w)) + e * RNG_LN2_F32;
    f32x16 r = (f32x16)_mm512_sqrt_ps((__m512)(lg * -2.0f));
    f32x16 t = __builtin_convertvector((i32x16)(c << 2), f32x16) * 0x1p-31f;
    f32x16 v = t * t, v2 = v * v;
    f32x16 sn = t * RNG_SIN_F32(v, v2);
    f32x16 co = (f32x16)((u32x16)RNG_COS_F32(v, v2) ^ (c & 0x80000000u));
    u32x16 swap = c << 1;
    *z0 = (u32x16)(r * pick_f32(swap, sn, co));
    *z1 = (u32x16)(r * pick_f32(swap, co, sn));
}

WIDE void gauss_f64(u64x8 a, u64x8 c, u64x8 *z0, u64x8 *z1)
{
    u64x8 bits = (u64x8)unit_f64(a) + (RNG_ONE_F64 - RNG_ROOT_F64);
    f64x8 e = (f64x8)(bits >> 52 | RNG_MAGIC_F64) - (0x1p52 + 1023);
    f64x8 f = (f64x8)((bits & RNG_MANTISSA_F64) + RNG_ROOT_F64) - 1.0;
    f64x8 s = f / (f + 2.0);
    f64x8 w = s * s, w2 = w * w, w4 = w2 * w2;
    f64x8 lg = ((s + s) + (s * w) * RNG_LOG_F64(w, w2, w4)) + e * RNG_LN2_F64;
    f64x8 r = (f64x8)_mm512_sqrt_pd((__m512d)(lg * -2.0));
    f64x8 t = (f64x8)(c >> 12 | RNG_ONE_F64) * 2.0 - 3.0;
    f64x8 v = t * t, v2 = v * v, v4 = v2 * v2;
    f64x8 sn = t * RNG_SIN_F64(v, v2, v4);
    f64x8 co = (f64x8)((u64x8)RNG_COS_F64(v, v2, v4) ^ (c << 63));
    u64x8 swap = c << 62;
    *z0 = (u64x8)(r * pick_f64(swap, sn, co));
    *z1 = (u64x8)(r * pick_f64(swap, co, sn));
}

#define LOW_32(a, b) ((u32x16)_mm512_unpacklo_epi32((__m512i)(a), (__m512i)(b)))
#define HIGH_32(a, b) ((u32x16)_mm512_unpackhi_epi32((__m512i)(a), (__m512i)(b)))
#define LOW_64(a, b) ((u64x8)_mm512_unpacklo_epi64((__m512i)(a), (__m512i)(b)))
#define HIGH_64(a, b) ((u64x8)_mm512_unpackhi_epi64((__m512i)(a), (__m512i)(b)))

/* The numbers of sixteen blocks, 16 bytes each: quarter q of y[v] is lane 4 q + v. */
WIDE void numbers(enum Form form, const u32x16 w[4], u64x8 y[4])
{
    u32x16 z[4] = {w[0], w[1], w[2], w[3]};
    if (form == GAUSS_F32) {
        gauss_f32(w[0], w[1], &z[0], &z[1]);
        gauss_f32(w[2], w[3], &z[2], &z[3]);
    }
    u64x8 a[2] = {(u64x8)LOW_32(z[0], z[1]), (u64x8)HIGH_32(z[0], z[1])};
    u64x8 c[2] = {(u64x8)LOW_32(z[2], z[3]), (u64x8)HIGH_32(z[2], z[3])};
    if (form == GAUSS_F64)
        for (int i = 0; i < 2; i++) gauss_f64(a[i], c[i], &a[i], &c[i]);
    for (int i = 0; i < 2; i++) {
        y[2 * i] = LOW_64(a[i], c[i]);
        y[2 * i + 1] = HIGH_64(a[i], c[i]);
    }
    for (int i = 0; i < 4; i++) {
        if (form == UNIT_F32) y[i] = (u64x8)unit_f32((u32x16)y[i]);
        if (form == UNIT_F64) y[i] = (u64x8)unit_f64(y[i]);
    }
}

/* ---- bits that keep ---- */

/* In bits `at` to at + 7 of each lane's low half and its high half: the even and the
 * odd ones of the block's elements that are kept. */
WIDE u32x16 kept(u32x16 bits, const u32x16 w[4], u32x16 most, const int at)
{
    for (int i = 0; i < 4; i++) {
        const __mmask32 yes = _mm512_cmple_epu16_mask((__m512i)w[i], (__m512i)most);
        const u32x16 bit = all((1u | 2u << 16) << (at + 2 * i));
        bits = (u32x16)_mm512_mask_add_epi16((__m512i)bits, yes, (__m512i)bits,
                                             (__m512i)bit);
    }
    return bits;
}

/* Ones and zeros of 16 bits: all of them, or the first n. */
WIDE void spread(enum Form form, uint32_t bits, char *y)
{
    if (form == KEEP_F32) {
        _mm512_storeu_ps(y, _mm512_maskz_mov_ps((__mmask16)bits, _mm512_set1_ps(1)));
        return;
    }
    const __m512d one = _mm512_set1_pd(1);
    _mm512_storeu_pd(y, _mm512_maskz_mov_pd((__mmask8)(bits & 0xff), one));
    _mm512_storeu_pd(y + 64, _mm512_maskz_mov_pd((__mmask8)(bits >> 8), one));
}

WIDE void spread_part(enum Form form, uint32_t bits, char *y, size_t bytes)
{
    char part[128];
    spread(form, bits, part);
    memcpy(y, part, bytes);
}

/* ---- rows ---- */

/* Sixteen keys, the last one repeated where there are less. */
WIDE void load_keys(Keys *k, const uint64_t *key, int64_t rows)
{
    uint64_t part[LANES];
    for (int i = 0; i < LANES && rows < LANES; i++)
        part[i] = key[i < rows ? i : rows - 1];
    if (rows < LANES) key = part;
    const u32x16 even = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30};
    const __m512i p = _mm512_loadu_si512(key), q = _mm512_loadu_si512(key + 8);
    keys_of(k, (u32x16)_mm512_permutex2var_epi32(p, (__m512i)even, q),
            (u32x16)_mm512_permutex2var_epi32(p, (__m512i)(even + 1), q));
}

/* What is the same for all blocks of short rows: the counter's first word alone
 * differs, and it reaches half of the words after two rounds. */
typedef struct Head {
    u32x16 first, low, x2, x3;
} Head;

WIDE Head head_of(const Keys *k, enum RngKind kind)
{
    const uint64_t q = (uint64_t)RNG_MUL_1 * kind;
    u32x16 p, x3;
    product(k->k0[0] ^ (uint32_t)(q >> 32), all(RNG_MUL_0), &p, &x3);
    return (Head){k->k1[0], k->k0[1] ^ (uint32_t)q, p ^ k->k1[1], x3};
}

/* Two rounds, for block number `block`. */
WIDE void start(Words *x, const Head *h, uint32_t block)
{
    const uint64_t p = (uint64_t)RNG_MUL_0 * block;
    u32x16 q;
    product(h->first ^ (uint32_t)(p >> 32), all(RNG_MUL_1), &q, &x->w[1]);
    x->w[0] = q ^ h->low;
    x->w[2] = h->x2 ^ (uint32_t)p;
    x->w[3] = h->x3;
}

/* At most 16 * vectors rows of `blocks` blocks. What runs over the end of a row is the
 * start of the next one, which is stored later; only the end of y needs care. */
WIDE void keep_short(enum Form form, const int vectors, const uint64_t *key,
                     int64_t rows, int64_t n, uint32_t below, char *y, size_t left)
{
    const size_t size = form == KEEP_F32 ? sizeof(float) : sizeof(double);
    const uint32_t blocks = ((uint32_t)n + RNG_PER_KEEP - 1) / RNG_PER_KEEP;
    const u32x16 most = all((below - 1) * 0x10001u);
    uint16_t bits[SHORT / 2][2 * LANES];
    Keys k[2];
    const Keys *const at[2] = {&k[0], &k[1]};
    Head head[2];
    for (int v = 0; v < vectors; v++) {
        load_keys(&k[v], key + LANES * v, rows - LANES * v);
        head[v] = head_of(&k[v], RNG_KEEP);
    }
    u32x16 acc[2] = {all(0), all(0)};
    for (uint32_t b = 0; b < blocks; b++) {
        Words x[2];
        for (int v = 0; v < vectors; v++) start(&x[v], &head[v], b);
        rounds(x, at, vectors, 2);
        for (int v = 0; v < vectors; v++) {
            acc[v] =
                b & 1 ? kept(acc[v], x[v].w, most, 8) : kept(all(0), x[v].w, most, 0);
            const __m256i two = _mm512_cvtepi32_epi16((__m512i)(acc[v] | acc[v] >> 16));
            memcpy(&bits[b / 2][LANES * v], &two, sizeof two);
        }
    }
    const size_t row_bytes = (size_t)n * size, step = LANES * size;
    for (int64_t r = 0; r < rows; r++, y += row_bytes, left -= row_bytes) {
        size_t to = 0;
        for (uint32_t p = 0; to < row_bytes; p++, to += step)
            if (to + step <= left)
                spread(form, bits[p][r], y + to);
            else
                spread_part(form, bits[p][r], y + to, left - to);
    }
}

/* The same for numbers of 16 bytes a block. */
WIDE void numbers_short(enum Form form, const uint64_t *key, int64_t rows,
                        size_t row_bytes, char *y)
{
    static const enum RngKind kind[] = {RNG_UNIT_F64, RNG_UNIT_F32, RNG_GAUSS_F64,
                                        RNG_GAUSS_F32};
    const uint32_t blocks = (uint32_t)((row_bytes + 15) / 16);
    char part[SHORT * LANES * 16];
    Keys k;
    const Keys *const at = &k;
    load_keys(&k, key, rows);
    const Head head = head_of(&k, kind[form]);
    for (uint32_t b = 0; b < blocks; b++) {
        Words x;
        u64x8 z[4];
        start(&x, &head, b);
        rounds(&x, &at, 1, 2);
        numbers(form, x.w, z);
        for (int i = 0; i < LANES; i++)
            memcpy(part + ((size_t)i * blocks + b) * 16, (char *)&z[i % 4] + i / 4 * 16,
                   16);
    }
    for (int64_t r = 0; r < rows; r++, y += row_bytes)
        memcpy(y, part + (size_t)r * blocks * 16, row_bytes);
}

/* Blocks `first`, first + 1, … of one row. */
WIDE void long_row(enum Form form, uint64_t key, uint64_t first, size_t left,
                   uint32_t below, char *y)
{
    static const enum RngKind kind[] = {RNG_UNIT_F64,  RNG_UNIT_F32, RNG_GAUSS_F64,
                                        RNG_GAUSS_F32, RNG_KEEP,     RNG_KEEP};
    const bool keep = form == KEEP_F32 || form == KEEP_F64;
    const size_t bytes = form == KEEP_F64 ? 64 : keep ? 32 : 16, step = LANES * bytes;
    const u32x16 most = all((below - 1) * 0x10001u);
    /* numbers come out in order where lane 4 q + v is block 4 v + q */
    const u32x16 number =
        keep ? (u32x16){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
             : (u32x16){0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15};
    Keys k;
    const Keys *const at[2] = {&k, &k};
    keys_of(&k, all((uint32_t)key), all((uint32_t)(key >> 32)));
    while (left > 0) {
        const bool two = left > step;
        Words x[2];
        for (int v = 0; v < 2; v++, first += LANES) {
            const u32x16 low = all((uint32_t)first) + number;
            const __mmask16 carry =
                _mm512_cmplt_epu32_mask((__m512i)low, (__m512i)number);
            const __m512i high = _mm512_set1_epi32((int)(first >> 32));
            x[v].w[0] = low;
            x[v].w[1] =
                (u32x16)_mm512_mask_add_epi32(high, carry, high, _mm512_set1_epi32(1));
            x[v].w[2] = all(kind[form]);
            x[v].w[3] = all(0);
        }
        if (two)
            rounds(x, at, 2, 0);
        else
            rounds(x, at, 1, 0);
        for (int v = 0; v < 2 && left > 0; v++) {
            char part[LANES * 64], *to = left < step ? part : y;
            if (keep) {
                const u32x16 q = kept(all(0), x[v].w, most, 0);
                const __m128i q8 = _mm512_cvtepi32_epi8((__m512i)(q | q >> 16));
                uint16_t bits[8];
                memcpy(bits, &q8, sizeof bits);
                for (size_t i = 0; i < 8 && 2 * bytes * i < left; i++)
                    spread(form, bits[i], to + 2 * bytes * i);
            } else {
                u64x8 z[4];
                numbers(form, x[v].w, z);
                memcpy(to, z, sizeof z);
            }
            if (left < step) memcpy(y, part, left);
            y += step;
            left -= left < step ? left : step;
        }
    }
}

WIDE void all_rows(enum Form form, size_t per, size_t size, const uint64_t *key,
                   int64_t rows, uint64_t first, int64_t n, uint32_t below, char *y)
{
    const bool keep = form == KEEP_F32 || form == KEEP_F64;
    const size_t row_bytes = (size_t)n * size;
    if (keep && below == 0) {
        memset(y, 0, (size_t)rows * row_bytes);
        return;
    }
    const bool together = rows > 2 && first == 0 && (uint64_t)n <= (SHORT - 1) * per;
    while (rows > 0) {
        int64_t now = 1;
        if (!together) {
            long_row(form, *key, first, row_bytes, below, y);
        } else if (keep) {
            now = rows < 2 * LANES ? rows : 2 * LANES;
            if (now > LANES)
                keep_short(form, 2, key, now, n, below, y, (size_t)rows * row_bytes);
            else
                keep_short(form, 1, key, now, n, below, y, (size_t)rows * row_bytes);
        } else {
            now = rows < LANES ? rows : LANES;
            numbers_short(form, key, now, row_bytes, y);
        }
        key += now;
        rows -= now;
        y += (size_t)now * row_bytes;
    }
}

/* A few blocks leave most lanes idle: four at once are faster. */
#define ROWS(name, FORM, per, type)                                                    \
    static void name##_rows(const uint64_t *key, int64_t rows, uint64_t first,         \
                            int64_t n, uint32_t below, void *y)                        \
    {                                                                                  \
        if (rows <= 2 && rows * n <= 8 * per)                                          \
            rng_wide_avx2.name(key, rows, first, n, below, y);                         \
        else                                                                           \
            all_rows(FORM, per, sizeof(type), key, rows, first, n, below, y);          \
    }
ROWS(unit_f64, UNIT_F64, RNG_PER_F64, double)
ROWS(unit_f32, UNIT_F32, RNG_PER_F32, float)
ROWS(gauss_f64, GAUSS_F64, RNG_PER_F64, double)
ROWS(gauss_f32, GAUSS_F32, RNG_PER_F32, float)
ROWS(keep_f64, KEEP_F64, RNG_PER_KEEP, double)
ROWS(keep_f32, KEEP_F32, RNG_PER_KEEP, float)
#undef ROWS

/* ---- keys ---- */

static void fold_rows(int64_t n, const uint64_t *key, const uint64_t *number,
                      uint64_t *y)
{
    for (int64_t i = 0; i < n; i += 8) {
        const __mmask8 part = (__mmask8)(n - i < 8 ? (1u << (n - i)) - 1 : 0xff);
        u64x8 z = (u64x8)_mm512_maskz_loadu_epi64(part, number + i);
        RNG_MIX_NUMBER(z);
        z ^= (u64x8)_mm512_maskz_loadu_epi64(part, key + i);
        RNG_MIX_KEY(z);
        _mm512_mask_storeu_epi64(y + i, part, (__m512i)z);
    }
}

const RngWide RNG_TABLE = {unit_f64_rows, unit_f32_rows, gauss_f64_rows, gauss_f32_rows,
                           keep_f64_rows, keep_f32_rows, fold_rows};
#endif
