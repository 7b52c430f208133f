/* SPDX-License-Identifier: MIT
 * Functions of four doubles, within 1.5 units in the last place (2 where two are
 * chained): argument reductions of Cody and Waite, and minimax polynomials found for
 * them. Included by vector.h.
 */
#ifndef UNC_OPS_VECTOR_F64_H
#define UNC_OPS_VECTOR_F64_H

#define F64_ONE 0x3ff0000000000000u  /* bits of 1.0 */
#define F64_ROOT 0x3fe6a09e667f3bcdu /* bits of sqrt(1/2) */
#define F64_COUNT 0x1.8p52 /* added to a small whole number, its bits come low */
#define F64_LN2_HI                                                                     \
    0x1.62e42feep-1 /* 32 bits: its product with an exponent is exact                  \
                     */
#define F64_LN2_LO 0x1.a39ef35793c76p-33

/* x = n ln 2 + r, |r| <= ln 2 / 2; what r could not hold is in low. */
typedef struct F64Exp {
    f64x4 r, low;
    i64x4 n; /* in the low 12 bits */
} F64Exp;

WIDE F64Exp f64x4_exp_split(f64x4 x)
{
    f64x4 t = f64x4_fma(x, f64x4_all(0x1.71547652b82fep+0), f64x4_all(F64_COUNT));
    f64x4 n = t - F64_COUNT;
    f64x4 a = f64x4_fma(n, f64x4_all(-F64_LN2_HI), x), b = n * F64_LN2_LO, r = a - b;
    return (F64Exp){r, (a - r) - b, (i64x4)t};
}

/* exp r - 1 - r, by r^2 times a polynomial. */
WIDE f64x4 f64x4_exp_rest(f64x4 r)
{
    f64x4 r2 = r * r, r4 = r2 * r2;
    f64x4 p01 = f64x4_fma(f64x4_all(0x1.5555555555557p-3), r, f64x4_all(0.5));
    f64x4 p23 =
        f64x4_fma(f64x4_all(0x1.11111111100cep-7), r, f64x4_all(0x1.5555555555558p-5));
    f64x4 p45 = f64x4_fma(f64x4_all(0x1.a01a01abef657p-13), r,
                          f64x4_all(0x1.6c16c16c151e6p-10));
    f64x4 p67 = f64x4_fma(f64x4_all(0x1.71de021a2c52cp-19), r,
                          f64x4_all(0x1.a01a01ad02d99p-16));
    f64x4 p89 = f64x4_fma(f64x4_all(0x1.af4e1a1952a20p-26), r,
                          f64x4_all(0x1.27e4ccba81d91p-22));
    f64x4 p03 = f64x4_fma(p23, r2, p01), p47 = f64x4_fma(p67, r2, p45);
    f64x4 p8a = f64x4_fma(f64x4_all(0x1.1f8b6d2da97b3p-29), r2, p89);
    return r2 * f64x4_fma(f64x4_fma(p8a, r4, p47), r4, p03);
}

/* Underflow is gradual: the power of two comes in two halves, the first into the
 * exponent of a number near 1, the second by a product that rounds once. */
WIDE f64x4 f64x4_exp(f64x4 x)
{
    F64Exp e =
        f64x4_exp_split(f64x4_min(f64x4_all(710), f64x4_max(f64x4_all(-746), x)));
    i64x4 half = (i64x4)((i32x8)e.n >> 1);
    f64x4 y = e.r + 1.0, low = ((1.0 - y) + e.r) + e.low;
    y += f64x4_exp_rest(e.r) + low;
    y = (f64x4)((i64x4)y + (half << 52));
    return y * (f64x4)(((e.n - half) << 52) + (int64_t)F64_ONE);
}

/* Half of exp x - 1, for x up to 710: the half does not overflow. */
WIDE f64x4 f64x4_expm1_half(f64x4 x)
{
    F64Exp e = f64x4_exp_split(x);
    f64x4 s = (f64x4)((e.n << 52) + (int64_t)(F64_ONE - (1ull << 52)));
    f64x4 rest = f64x4_exp_rest(e.r) + e.low;
    return f64x4_fma(s, rest, f64x4_fma(s, e.r, s - 0.5));
}

WIDE f64x4 f64x4_expm1(f64x4 x)
{
    f64x4 in = f64x4_min(f64x4_all(710), f64x4_max(f64x4_all(-40), x));
    f64x4 y = f64x4_expm1_half(in) * 2.0;
    return f64x4_select(f64x4_abs(x) < 0x1p-54, x, y);
}

/* x = 2^k (1 + f), 1 + f from sqrt(1/2) to sqrt(2), for x > 0 and not subnormal. */
WIDE f64x4 f64x4_log_split(f64x4 x, f64x4 *f)
{
    u64x4 bits = (u64x4)x + (F64_ONE - F64_ROOT);
    *f = (f64x4)((bits & 0x000fffffffffffffu) + F64_ROOT) - 1.0;
    return (f64x4)((bits >> 52) | 0x4330000000000000u) - (0x1p52 + 1023);
}

/* k ln 2 + log(1 + f) + low: with s = f / (2 + f), log(1 + f) = 2 s + s^3 Q(s^2), said
 * as f - (f^2/2 - s (f^2/2 + s^2 Q)), whose large part is exact. */
WIDE f64x4 f64x4_log_join(f64x4 k, f64x4 f, f64x4 low)
{
    f64x4 s = f / (f + 2.0), z = s * s, z2 = z * z, z4 = z2 * z2;
    f64x4 q01 =
        f64x4_fma(f64x4_all(0x1.999999997fd77p-2), z, f64x4_all(0x1.5555555555592p-1));
    f64x4 q23 =
        f64x4_fma(f64x4_all(0x1.c71c520608037p-3), z, f64x4_all(0x1.24924941f4fb6p-2));
    f64x4 q45 =
        f64x4_fma(f64x4_all(0x1.39a1a6f745433p-3), z, f64x4_all(0x1.74663fa224b4ep-3));
    f64x4 q6 = f64x4_fma(f64x4_all(0x1.2f0634861e4f6p-3), z2, q45);
    f64x4 q = z * f64x4_fma(q6, z4, f64x4_fma(q23, z2, q01));
    f64x4 h = f * f * 0.5;
    f64x4 t = f64x4_fma(s, h + q, f64x4_fma(k, f64x4_all(F64_LN2_LO), low));
    return f64x4_fma(k, f64x4_all(F64_LN2_HI), f - (h - t));
}

/* y for positive finite x; else what log gives. */
WIDE f64x4 f64x4_log_ends(f64x4 x, f64x4 y)
{
    f64x4 no =
        f64x4_select(x < 0.0, f64x4_all(__builtin_nan("")), x); /* inf and NaN stay */
    f64x4 end = f64x4_select(x == 0.0, f64x4_all(-__builtin_inf()), no);
    return f64x4_select((x > 0.0) & (x < __builtin_inf()), y, end);
}

WIDE f64x4 f64x4_log(f64x4 x)
{
    i64x4 small = x < 0x1p-1022;
    f64x4 f, in = f64x4_select(small, x * 0x1p54, x);
    f64x4 k = f64x4_log_split(in, &f) - (f64x4)(small & (i64x4)f64x4_all(54));
    return f64x4_log_ends(x, f64x4_log_join(k, f, f64x4_all(0)));
}

/* log u + c / u, u = 1 + x and c what its rounding lost. */
WIDE f64x4 f64x4_log1p(f64x4 x)
{
    f64x4 f, u = x + 1.0, b = u - 1.0, c = (1.0 - (u - b)) + (x - b);
    f64x4 k = f64x4_log_split(u, &f);
    f64x4 y = f64x4_log_ends(u, f64x4_log_join(k, f, c / u));
    return f64x4_select(f64x4_abs(x) < 0x1p-54, x, y);
}

/* The bends are said in two steps, of which the first gives e; a kernel does each for
 * several vectors in turn, as either waits long for itself. */

/* e = (exp(2 |x|) - 1) / 2; tanh is e / (e + 1); 1 from 20 on. */
WIDE f64x4 f64x4_tanh_first(f64x4 x)
{
    f64x4 a = f64x4_min(f64x4_all(20), f64x4_abs(x));
    return f64x4_expm1_half(a + a);
}

/* Below 0.35 x + x^3 T(x^2), as 1 + e loses some of e there. */
WIDE f64x4 f64x4_tanh_then(f64x4 x, f64x4 e)
{
    f64x4 a = f64x4_abs(x), z = a * a, z2 = z * z;
    f64x4 p01 =
        f64x4_fma(f64x4_all(0x1.11111110fe218p-3), z, f64x4_all(-0x1.55555555554c3p-2));
    f64x4 p23 =
        f64x4_fma(f64x4_all(0x1.664f3f4196cdcp-6), z, f64x4_all(-0x1.ba1ba19f34409p-5));
    f64x4 p45 =
        f64x4_fma(f64x4_all(0x1.d66ef2f2579dbp-9), z, f64x4_all(-0x1.226c717ec92d4p-7));
    f64x4 p67 = f64x4_fma(f64x4_all(0x1.f1b8d2862574ep-12), z,
                          f64x4_all(-0x1.770d407e8e71ap-10));
    f64x4 p = f64x4_fma(f64x4_fma(f64x4_fma(p67, z2, p45), z2, p23), z2, p01);
    return f64x4_signed(f64x4_select(a < 0.35, f64x4_fma(a * z, p, a), e / (e + 1.0)),
                        x);
}

/* exp(-|x|), which cannot overflow. */
WIDE f64x4 f64x4_sigmoid_first(f64x4 x) { return f64x4_exp(-f64x4_abs(x)); }

/* e / (e + 1), where e is small, is better e - e (e / (e + 1)): 1 + e has lost some of
 * it. */
WIDE f64x4 f64x4_sigmoid_then(f64x4 x, f64x4 e)
{
    f64x4 q = e / (e + 1.0);
    return f64x4_select(x >= 0.0, 1.0 - q, f64x4_select(e < 0.35, e - e * q, q));
}

WIDE f64x4 f64x4_softplus_then(f64x4 x, f64x4 e)
{
    f64x4 f, u = e + 1.0, b = u - 1.0, c = (1.0 - (u - b)) + (e - b);
    f64x4 k = f64x4_log_split(u, &f);
    f64x4 y = f64x4_select(e < 0x1p-54, e, f64x4_log_join(k, f, c / u));
    return f64x4_max(f64x4_all(0), x) + y; /* NaN stays: the second one */
}

/* x = q pi/2 + r, |r| <= pi/4, for |x| < 2^19: the products of q and the first two
 * parts of pi/2, of 33 bits each, are exact. */
#define F64_CIRCLE 0x1p19
WIDE i64x4 f64x4_quarter(f64x4 x, f64x4 *r)
{
    f64x4 t = f64x4_fma(x, f64x4_all(0x1.45f306dc9c883p-1), f64x4_all(F64_COUNT));
    f64x4 q = t - F64_COUNT;
    f64x4 a = f64x4_fma(q, f64x4_all(-0x1.921fb544p+0), x);
    a = f64x4_fma(q, f64x4_all(-0x1.0b4611a6p-34), a);
    *r = f64x4_fma(q, f64x4_all(-0x1.3198a2e037073p-69), a);
    return (i64x4)t;
}

/* The sine of q quarter turns and r. */
WIDE f64x4 f64x4_turn(i64x4 q, f64x4 r)
{
    f64x4 z = r * r, z2 = z * z;
    f64x4 s01 =
        f64x4_fma(f64x4_all(0x1.111111110f842p-7), z, f64x4_all(-0x1.5555555555549p-3));
    f64x4 s23 = f64x4_fma(f64x4_all(0x1.71de3570fcda9p-19), z,
                          f64x4_all(-0x1.a01a019c0a282p-13));
    f64x4 s45 = f64x4_fma(f64x4_all(0x1.5d915df36fdd4p-33), z,
                          f64x4_all(-0x1.ae5e60c4225eap-26));
    f64x4 sine = f64x4_fma(r * z, f64x4_fma(f64x4_fma(s45, z2, s23), z2, s01), r);
    f64x4 c01 = f64x4_fma(f64x4_all(-0x1.6c16c16c15140p-10), z,
                          f64x4_all(0x1.555555555554cp-5));
    f64x4 c23 = f64x4_fma(f64x4_all(-0x1.27e4f80533824p-22), z,
                          f64x4_all(0x1.a01a019cab73dp-16));
    f64x4 c45 = f64x4_fma(f64x4_all(-0x1.8facd1464278fp-37), z,
                          f64x4_all(0x1.1ee9e890935d3p-29));
    f64x4 h = z * 0.5, one = 1.0 - h; /* what 1 - h lost: (1 - one) - h */
    f64x4 c =
        f64x4_fma(z2, f64x4_fma(f64x4_fma(c45, z2, c23), z2, c01), (1.0 - one) - h);
    f64x4 y = f64x4_pick((u64x4)q << 63, one + c, sine);
    return (f64x4)((u64x4)y ^ (((u64x4)q >> 1) << 63));
}

/* Rare lanes, far out or not finite, are libm's. */
WIDE f64x4 f64x4_sin(f64x4 x)
{
    f64x4 r;
    i64x4 q = f64x4_quarter(x, &r), far = ~(f64x4_abs(x) < F64_CIRCLE);
    f64x4 y = f64x4_signed(f64x4_all(0), x); /* the sign of zero */
    y = f64x4_select(x == 0.0, y, f64x4_turn(q, r));
    if (__builtin_expect(i64x4_any(far), 0))
        for (int i = 0; i < 4; i++)
            if (far[i]) y[i] = sin(x[i]);
    return y;
}

WIDE f64x4 f64x4_cos(f64x4 x)
{
    f64x4 r;
    i64x4 q = f64x4_quarter(x, &r), far = ~(f64x4_abs(x) < F64_CIRCLE);
    f64x4 y = f64x4_turn(q + 1, r);
    if (__builtin_expect(i64x4_any(far), 0))
        for (int i = 0; i < 4; i++)
            if (far[i]) y[i] = cos(x[i]);
    return y;
}

#endif
