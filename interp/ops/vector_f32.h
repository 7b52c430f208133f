/* SPDX-License-Identifier: MIT
 * Functions of eight floats, within 1.5 units in the last place (2 where two are
 * chained, 7 of tanh); as vector_f64.h with shorter polynomials. Included by vector.h.
 */
#ifndef UNC_OPS_VECTOR_F32_H
#define UNC_OPS_VECTOR_F32_H

#define F32_ONE 0x3f800000u     /* bits of 1.0f */
#define F32_ROOT 0x3f3504f3u    /* bits of sqrt(1/2) */
#define F32_COUNT 0x1.8p23f     /* added to a small whole number, its bits come low */
#define F32_LN2_HI 0x1.62e4p-1f /* 15 bits: its product with an exponent is exact */
#define F32_LN2_LO 0x1.7f7d1cp-20f

typedef struct F32Exp {
    f32x8 r, low;
    i32x8 n; /* in the low 9 bits */
} F32Exp;

WIDE F32Exp f32x8_exp_split(f32x8 x)
{
    f32x8 t = f32x8_fma(x, f32x8_all(0x1.715476p+0f), f32x8_all(F32_COUNT));
    f32x8 n = t - F32_COUNT;
    f32x8 a = f32x8_fma(n, f32x8_all(-F32_LN2_HI), x), b = n * F32_LN2_LO, r = a - b;
    return (F32Exp){r, (a - r) - b, (i32x8)t};
}

/* exp r - 1 - r */
WIDE f32x8 f32x8_exp_rest(f32x8 r)
{
    f32x8 r2 = r * r;
    f32x8 p01 = f32x8_fma(f32x8_all(0x1.555556p-3f), r, f32x8_all(0.5f));
    f32x8 p23 = f32x8_fma(f32x8_all(0x1.1110acp-7f), r, f32x8_all(0x1.5554e8p-5f));
    f32x8 p45 = f32x8_fma(f32x8_all(0x1.a17e54p-13f), r, f32x8_all(0x1.6d4366p-10f));
    return r2 * f32x8_fma(f32x8_fma(p45, r2, p23), r2, p01);
}

WIDE f32x8 f32x8_exp(f32x8 x)
{
    F32Exp e = f32x8_exp_split(f32x8_min(f32x8_all(89), f32x8_max(f32x8_all(-105), x)));
    i32x8 half = e.n >> 1;
    f32x8 y = (e.r + f32x8_exp_rest(e.r)) + 1.0f;
    y = (f32x8)((i32x8)y + (half << 23));
    return y * (f32x8)(((e.n - half) << 23) + (int32_t)F32_ONE);
}

/* Half of exp x - 1, for x up to 89. */
WIDE f32x8 f32x8_expm1_half(f32x8 x)
{
    F32Exp e = f32x8_exp_split(x);
    f32x8 s = (f32x8)((e.n << 23) + (int32_t)(F32_ONE - (1u << 23)));
    f32x8 rest = f32x8_exp_rest(e.r) + e.low;
    return f32x8_fma(s, rest, f32x8_fma(s, e.r, s - 0.5f));
}

WIDE f32x8 f32x8_expm1(f32x8 x)
{
    f32x8 in = f32x8_min(f32x8_all(89), f32x8_max(f32x8_all(-20), x));
    f32x8 y = f32x8_expm1_half(in) * 2.0f;
    return f32x8_select(f32x8_abs(x) < 0x1p-25f, x, y);
}

WIDE f32x8 f32x8_log_split(f32x8 x, f32x8 *f)
{
    u32x8 bits = (u32x8)x + (F32_ONE - F32_ROOT);
    *f = (f32x8)((bits & 0x007fffffu) + F32_ROOT) - 1.0f;
    return __builtin_convertvector((i32x8)(bits >> 23) - 127, f32x8);
}

/* k ln 2 + log(1 + f) + low, log(1 + f) = f - f^2/2 + f^3 P(f): no division. */
WIDE f32x8 f32x8_log_join(f32x8 k, f32x8 f, f32x8 low)
{
    f32x8 f2 = f * f, f4 = f2 * f2;
    f32x8 p01 = f32x8_fma(f32x8_all(-0x1.ffffe6p-3f), f, f32x8_all(0x1.555554p-2f));
    f32x8 p23 = f32x8_fma(f32x8_all(-0x1.55625cp-3f), f, f32x8_all(0x1.999d36p-3f));
    f32x8 p45 = f32x8_fma(f32x8_all(-0x1.fbc4d2p-4f), f, f32x8_all(0x1.23dd1ap-3f));
    f32x8 p67 = f32x8_fma(f32x8_all(-0x1.dd9744p-4f), f, f32x8_all(0x1.dc8e44p-4f));
    f32x8 p48 = f32x8_fma(f32x8_all(0x1.2c573cp-4f), f4, f32x8_fma(p67, f2, p45));
    f32x8 p = f32x8_fma(p48, f4, f32x8_fma(p23, f2, p01));
    f32x8 t = f32x8_fma(f2 * f, p, f32x8_fma(k, f32x8_all(F32_LN2_LO), low));
    return f32x8_fma(k, f32x8_all(F32_LN2_HI), f - f32x8_fma(f2, f32x8_all(0.5f), -t));
}

WIDE f32x8 f32x8_log_ends(f32x8 x, f32x8 y)
{
    f32x8 no = f32x8_select(x < 0.0f, f32x8_all(__builtin_nanf("")), x);
    f32x8 end = f32x8_select(x == 0.0f, f32x8_all(-__builtin_inff()), no);
    return f32x8_select((x > 0.0f) & (x < __builtin_inff()), y, end);
}

WIDE f32x8 f32x8_log(f32x8 x)
{
    i32x8 small = x < 0x1p-126f;
    f32x8 f, in = f32x8_select(small, x * 0x1p25f, x);
    f32x8 k = f32x8_log_split(in, &f) - (f32x8)(small & (i32x8)f32x8_all(25));
    return f32x8_log_ends(x, f32x8_log_join(k, f, f32x8_all(0)));
}

WIDE f32x8 f32x8_log1p(f32x8 x)
{
    f32x8 f, u = x + 1.0f, b = u - 1.0f, c = (1.0f - (u - b)) + (x - b);
    f32x8 k = f32x8_log_split(u, &f);
    f32x8 y = f32x8_log_ends(u, f32x8_log_join(k, f, c / u));
    return f32x8_select(f32x8_abs(x) < 0x1p-25f, x, y);
}

/* x P(x^2) / Q(x^2), the rational function nearest in relative error up to where tanh
 * is 1 to rounding, among those that are x near 0, its coefficients then rounded for
 * the least error. Over all floats: 5.3 units in the last place, 6.4 without FMA. */
WIDE f32x8 f32x8_tanh(f32x8 x)
{
    f32x8 a = f32x8_min(f32x8_all(9.02f), f32x8_max(f32x8_all(-9.02f), x)), s = a * a;
    f32x8 p = f32x8_fma(f32x8_all(0x1.cbdb14p-27f), s, f32x8_all(0x1.5a3378p-16f));
    f32x8 q = f32x8_fma(f32x8_all(0x1.a23784p-21f), s, f32x8_all(0x1.58d1cap-12f));
    p = f32x8_fma(p, s, f32x8_all(0x1.ca69e6p-9f));
    q = f32x8_fma(q, s, f32x8_all(0x1.a8164p-6f));
    p = f32x8_fma(p, s, f32x8_all(0x1.1213aap-3f));
    q = f32x8_fma(q, s, f32x8_all(0x1.de5f26p-2f));
    p = f32x8_fma(p, s, f32x8_all(1));
    q = f32x8_fma(q, s, f32x8_all(1));
    return f32x8_min(f32x8_all(1), f32x8_max(f32x8_all(-1), a * p / q));
}

WIDE f32x8 f32x8_sigmoid_first(f32x8 x) { return f32x8_exp(-f32x8_abs(x)); }

WIDE f32x8 f32x8_sigmoid_then(f32x8 x, f32x8 e)
{
    f32x8 q = e / (e + 1.0f);
    return f32x8_select(x >= 0.0f, 1.0f - q, f32x8_select(e < 0.35f, e - e * q, q));
}

WIDE f32x8 f32x8_softplus_then(f32x8 x, f32x8 e)
{
    f32x8 f, u = e + 1.0f, b = u - 1.0f, c = (1.0f - (u - b)) + (e - b);
    f32x8 k = f32x8_log_split(u, &f);
    f32x8 y = f32x8_select(e < 0x1p-25f, e, f32x8_log_join(k, f, c / u));
    return f32x8_max(f32x8_all(0), x) + y;
}

/* By doubles, rounded once. */
WIDE f64x4 f32x8_half(f32x8 x, int high)
{
    f32x4 low4 = __builtin_shufflevector(x, x, 0, 1, 2, 3);
    f32x4 high4 = __builtin_shufflevector(x, x, 4, 5, 6, 7);
    return __builtin_convertvector(high ? high4 : low4, f64x4);
}

WIDE f32x8 f32x8_join(f64x4 a, f64x4 b)
{
    return __builtin_shufflevector(__builtin_convertvector(a, f32x4),
                                   __builtin_convertvector(b, f32x4), 0, 1, 2, 3, 4, 5,
                                   6, 7);
}

WIDE f32x8 f32x8_sin(f32x8 x)
{
    return f32x8_join(f64x4_sin(f32x8_half(x, 0)), f64x4_sin(f32x8_half(x, 1)));
}

WIDE f32x8 f32x8_cos(f32x8 x)
{
    return f32x8_join(f64x4_cos(f32x8_half(x, 0)), f64x4_cos(f32x8_half(x, 1)));
}

#endif
