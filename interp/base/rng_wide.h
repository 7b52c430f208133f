/* SPDX-License-Identifier: MIT
 * What the scalar and the vector text of the generator share: the layout of streams and
 * the polynomials. Both texts do the same operations in the same order, without
 * contraction, so that an element has the same bits on every CPU.
 */
#ifndef UNC_BASE_RNG_WIDE_H
#define UNC_BASE_RNG_WIDE_H

#include <stdint.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF /* gcc: off with -std=c11 */
#endif

/* A stream is made of blocks: block b of kind k is Philox of the counter (b, k, 0). Its
 * four words are read as two 64-bit numbers, A = w0 | w1 << 32 and C = w2 | w3 << 32.
 */
enum RngKind {
    RNG_UNIT_F64,
    RNG_UNIT_F32,
    RNG_GAUSS_F64,
    RNG_GAUSS_F32,
    RNG_KEEP,
    RNG_BELOW
};
/* Elements of a block. */
enum { RNG_PER_F64 = 2, RNG_PER_F32 = 4, RNG_PER_KEEP = 8 };

enum { RNG_ROUNDS = 10 };
#define RNG_MUL_0 0xD2511F53u /* constants of Salmon et al. 2011 */
#define RNG_MUL_1 0xCD9E8D57u
#define RNG_KEY_0 0x9E3779B9u
#define RNG_KEY_1 0xBB67AE85u

/* Numbers [0, n) of the streams of `rows` keys, from block `first` on. */
typedef void RngRows(const uint64_t *key, int64_t rows, uint64_t first, int64_t n,
                     uint32_t below, void *y);
typedef struct RngWide {
    RngRows *unit_f64, *unit_f32, *gauss_f64, *gauss_f32;
    RngRows *keep_f64, *keep_f32; /* 1 where 16 bits are less than `below`, else 0 */
    void (*fold)(int64_t n, const uint64_t *key, const uint64_t *number, uint64_t *y);
} RngWide;
extern const RngWide rng_wide_base, rng_wide_avx2, rng_wide_avx512;

/* Bijections that spread every bit over all others: the finalizers of MurmurHash3, for
 * numbers, and of splitmix64 (Steele, Lea, Flood 2014, "variant 13" of Stafford), for
 * keys, after a step that takes 0 elsewhere. Statements over z, a number or a vector.
 */
#define RNG_MIX_NUMBER(z)                                                              \
    (z += 0x9E3779B97F4A7C15u, z ^= z >> 33, z *= 0xFF51AFD7ED558CCDu, z ^= z >> 33,   \
     z *= 0xC4CEB9FE1A85EC53u, z ^= z >> 33)
#define RNG_MIX_KEY(z)                                                                 \
    (z += 0x9E3779B97F4A7C15u, z ^= z >> 30, z *= 0xBF58476D1CE4E5B9u, z ^= z >> 27,   \
     z *= 0x94D049BB133111EBu, z ^= z >> 31)

/* log m = 2 s + s^3 Q(s^2), s = (m - 1) / (m + 1), for m from sqrt(1/2) to sqrt(2);
 * sine and cosine of t quarter-pis, t from -1 to 1, over t^2. Minimax; errors 2^-52,
 * 2^-58, 2^-54 in double, 2^-30, 2^-28, 2^-25 in single. z2, z4: powers of z; in pairs,
 * to wait less. */
// clang-format off
#define RNG_LOG_F64(z, z2, z4) \
    (((z) * 0x1.5879223bbe3ebp-3 + 0x1.732c046cbf302p-3) * (z4) + \
     (((z) * 0x1.c722790df36cdp-3 + 0x1.2492417612a14p-2) * (z2) + \
      ((z) * 0x1.999999a295d95p-2 + 0x1.555555555395cp-1)))
#define RNG_SIN_F64(z, z2, z4) \
    (((z2) * 0x1.e3eed5ce138cap-38 + \
      ((z) * -0x1.e30063a028d1ap-30 + 0x1.50782fca38b7cp-22)) * (z4) + \
     (((z) * -0x1.32d2cce2d5360p-15 + 0x1.466bc67758700p-9) * (z2) + \
      ((z) * -0x1.4abbce625be41p-4 + 0x1.921fb54442d18p-1)))
#define RNG_COS_F64(z, z2, z4) \
    (((z2) * 0x1.f3c928162d4b3p-34 + \
      ((z) * -0x1.a6c98987e55edp-26 + 0x1.e1f4fae0f3f05p-19)) * (z4) + \
     (((z) * -0x1.55d3c7db78384p-12 + 0x1.03c1f081affa4p-6) * (z2) + \
      ((z) * -0x1.3bd3cc9be4580p-2 + 0x1.fffffffffffffp-1)))
#define RNG_LOG_F32(z) (((z) * 0x1.31e34cp-2f + 0x1.995eb6p-2f) * (z) + 0x1.55557ap-1f)
#define RNG_SIN_F32(z, z2) \
    (((z) * -0x1.2d9302p-15f + 0x1.465e92p-9f) * (z2) + \
     ((z) * -0x1.4abbbap-4f + 0x1.921fb6p-1f))
#define RNG_COS_F32(z, z2) \
    (((z) * -0x1.4e35dap-12f + 0x1.03ae64p-6f) * (z2) + \
     ((z) * -0x1.3bd38cp-2f + 0x1.fffffep-1f))
// clang-format on

#define RNG_ONE_F64 0x3ff0000000000000u  /* bits of 1.0 */
#define RNG_ROOT_F64 0x3fe6a09e667f3bcdu /* bits of sqrt(1/2) */
#define RNG_MAGIC_F64                                                                  \
    0x4330000000000000u /* bits of 2^52, to make doubles of small counts */
#define RNG_MANTISSA_F64 0x000fffffffffffffu
#define RNG_ONE_F32 0x3f800000u
#define RNG_ROOT_F32 0x3f3504f3u
#define RNG_MANTISSA_F32 0x007fffffu
#define RNG_LN2_F64 0x1.62e42fefa39efp-1
#define RNG_LN2_F32 0x1.62e430p-1f

#endif
