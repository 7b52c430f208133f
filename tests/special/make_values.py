#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Writes NAME.json for special functions: values of mpmath at 50 digits or more, which
# tests/special.t compares with unc. Needs python3-mpmath; run it from tests/special, with the
# names to write (all without). The tests themselves need neither. Formulas are written from
# the definitions.
#
# A file holds
#   bound   units in the last place allowed for the value
#   arg     a list of columns of arguments, exact doubles
#   value   the nearest doubles
#   unit    the unit in the last place of each value, or of the largest term that cancels in it
#   slope   for each argument null or a column, and slope_unit likewise, slope_bound
import functools
import json
import random
import sys
from mpmath import mp, mpf, inf, nan, isnan, isinf, log, exp, log1p, expm1, sqrt, pi, fabs
import mpmath as m

mp.dps = 50
FUNCTION = {}


def ulp(x):
    """The distance between doubles at x."""
    x = fabs(mpf(x))
    if x == 0 or isnan(x) or isinf(x):
        return 2.0 ** -1074
    return 2.0 ** max(-1074, int(m.floor(m.log(x, 2))) - 52)


def function(points, bound=4, slope_bound=16, scale=None, slopes=None, slope_scale=None):
    def add(f):
        FUNCTION[f.__name__] = dict(points=points, bound=bound, f=f, scale=scale, slopes=slopes,
                                    slope_bound=slope_bound, slope_scale=slope_scale)
        return f
    return add


# ---- points ----

def uniform(a, b, n, seed=1):
    r = random.Random(seed)
    return [r.uniform(a, b) for _ in range(n)]


def powers(a, b, n, seed=1, sign=1):
    """Evenly spread exponents of ten."""
    return [sign * 10.0 ** e for e in uniform(a, b, n, seed)]


def pairs(xs, ys, seed=1):
    r = random.Random(seed)
    xs, ys = list(xs), list(ys)
    r.shuffle(xs)
    r.shuffle(ys)
    n = max(len(xs), len(ys))
    return [(xs[i % len(xs)], ys[i % len(ys)]) for i in range(n)]


def single(*lists):
    return [(x,) for xs in lists for x in xs]


# ---- sums of exponentials ----

signed = uniform(-40, 40, 60) + powers(-300, 300, 20) + powers(-300, 300, 20, 2, -1)


@function(pairs(signed, uniform(-40, 40, 100, 3)) + [(inf, inf), (-inf, -inf), (-inf, 2.0), (inf, -inf), (nan, 1.0), (3.0, nan)],
          scale=lambda a, b: max(fabs(a), fabs(b)))
def logaddexp(a, b):
    if isinf(a) or isinf(b):
        return max(a, b)
    return max(a, b) + log1p(exp(-fabs(a - b)))


@function([(a + d, a) for a, d in pairs(uniform(-40, 40, 60), powers(-12, 3, 60))]
          + [(2.0, 2.0), (1.0, 3.0), (2.0, -inf), (-inf, -inf), (inf, 3.0), (inf, inf), (nan, 1.0)],
          scale=lambda a, b: fabs(a))
def logsubexp(a, b):
    if isnan(a) or isnan(b) or b > a or a == b == inf:
        return nan
    if a == b:
        return -inf
    return a if isinf(a) or isinf(b) else a + log(-expm1(b - a))


@function(single(uniform(-40, 0, 60), powers(-300, 3, 60, 2, -1), [-0.0, 1.0, -inf, nan]))
def log1mexp(x):
    if x > 0:
        return nan
    return -inf if x == 0 else mpf(0) if isinf(x) else log(-expm1(x)) if x > -1 else log1p(-exp(x))


@function(pairs(powers(-300, 300, 50) + powers(-5, 5, 50, 2, -1), uniform(-1, 3, 50) + powers(-300, 300, 50))
          + [(0.0, -1.0), (0.0, inf), (0.0, nan), (2.0, -1.0), (2.0, -3.0)])
def xlog1py(x, y):
    if isnan(x) or isnan(y) or (x and y < -1):
        return nan
    return mpf(0) if x == 0 else x * log1p(y) if y > -1 else -inf * x


# ---- the normal distribution ----

@function(single(uniform(-38, 9, 150), uniform(-3, 3, 50, 2), powers(-300, 0, 20), [-38.4, -39.0, 40.0, -1e10, inf, -inf, nan, 0.0]))
def ndtr(x):
    return m.erfc(-x / sqrt(mpf(2))) / 2 if not isinf(x) else mpf(x > 0)


def far_fraction(x):
    """density(x) / ndtr(x) far left, by the continued fraction of Laplace."""
    f = -x
    for k in range(400, 0, -1):
        f = -x + k / f
    return f


def density(x):
    return exp(-x * x / 2) / sqrt(2 * pi)


def hazard(x):
    return far_fraction(x) if x < -30 else mpf(0) if x > 1e4 else density(x) / ndtr(x)


@function(single(uniform(-60, 9, 150), uniform(-3, 3, 50, 2), powers(0, 150, 50, 3, -1), [38.0, 39.0, inf, -inf, nan, 0.0]),
          slopes=[lambda x: hazard(x) if x > -inf else inf])
def log_ndtr(x):
    if isinf(x):
        return mpf(0) if x > 0 else -inf
    if x > 0:
        return log1p(-m.erfc(x / sqrt(mpf(2))) / 2)
    return log(ndtr(x)) if x > -30 else -x * x / 2 - log(2 * pi) / 2 - log(far_fraction(x))


def ndtri_log(y):
    """x with log_ndtr(x) = y < log(1/2), by Newton on a scale where it is nearly straight."""
    x = -sqrt(-2 * y)
    for _ in range(60):
        d = (log_ndtr(x) - y) / hazard(x)
        x = min(x - d, mpf(-1) / 10)
        if fabs(d) < mpf(10) ** -45 * fabs(x):
            break
    return x


@function(single(uniform(0, 1, 100), powers(-323, 0, 60), [1 - 2.0 ** -k for k in range(2, 54, 3)], [0.5 + 2.0 ** -k for k in range(3, 53, 3)],
                 [0.5, 0.0, 1.0, -0.1, 1.1, nan, 5e-324]))
def ndtri(p):
    if not 0 <= p <= 1:
        return nan
    if p in (0, 1):
        return inf * (2 * p - 1)
    if fabs(p - 0.5) < 0.3:
        return sqrt(mpf(2)) * m.erfinv(2 * p - 1)
    return ndtri_log(log(p)) if p < 0.5 else -ndtri_log(log(1 - p))


@function(single(uniform(-5, 0, 100), powers(-300, 300, 100, 2, -1), [-0.6931471805599453, -0.0, -inf, 1.0, nan]))
def ndtri_exp(y):
    if not y <= 0:
        return nan
    if y == 0 or isinf(y):
        return inf if y == 0 else -inf
    if y < -1:
        return ndtri_log(y)
    if y > -0.3:
        return -ndtri_log(log(-expm1(y)))
    return sqrt(mpf(2)) * m.erfinv(2 * expm1(y) + 1)


@function(single(uniform(-1, 1, 100), powers(-320, 0, 50), [1 - 2.0 ** -k for k in range(2, 54, 3)], [-1.0, 1.0, 0.0, 1.5, nan]))
def erfinv(y):
    if not -1 <= y <= 1:
        return nan
    if fabs(y) == 1:
        return y * inf
    if fabs(y) < 0.6:
        return m.erfinv(y)
    return -ndtri_log(log((1 - fabs(y)) / 2)) / sqrt(mpf(2)) * m.sign(y)


@function(single(uniform(0, 2, 100), powers(-323, 0, 50), [2 - 2.0 ** -k for k in range(2, 53, 3)], [0.0, 1.0, 2.0, 2.5, nan, 5e-324]))
def erfcinv(y):
    if not 0 <= y <= 2:
        return nan
    if y in (0, 2):
        return inf * (1 - y)
    if 0.5 < y < 1.5:
        return m.erfinv(1 - y)
    return -ndtri_log(log(y / 2)) / sqrt(mpf(2)) if y < 1 else ndtri_log(log((2 - y) / 2)) / sqrt(mpf(2))


# ---- what has a door of its own in the C library, or is made of it ----

@function(single(uniform(-7, 7, 100), powers(-300, 3, 40), powers(-300, 3, 40, 2, -1), [0.0, inf, -inf, nan]), bound=2,
          slopes=[lambda x: 2 / sqrt(pi) * exp(-x * x) if x - x == 0 else nan], slope_bound=64)
def erf(x):
    return m.erf(x)


@function(single(uniform(-7, 27, 150), powers(-300, 1.4, 40), powers(-300, 3, 40, 2, -1), [0.0, 27.5, 40.0, inf, -inf, nan]), bound=8)
def erfc(x):
    return m.erfc(x) if not isinf(x) else mpf(0) if x > 0 else mpf(2)


@function(single(uniform(-40, 40, 100), powers(-300, 3, 30), powers(-300, 2.8, 30, 2, -1), [0.0, inf, -inf, nan]), bound=4,
          slopes=[lambda x: 1 / (1 + exp(-x)) if not isinf(x) else nan], slope_bound=4)
def softplus(x):
    return x if x == inf else mpf(0) if isinf(x) else log1p(exp(x)) if x < 0 else x + log1p(exp(-x))


@function(single(uniform(-40, 40, 100), powers(-300, 3, 30), powers(-300, 3, 30, 2, -1), [0.0, inf, -inf, nan]), bound=4,
          slopes=[lambda x: 1 / (1 + exp(x)) if not isinf(x) else nan], slope_bound=4)
def log_sigmoid(x):
    return x if x == -inf else -softplus(-x)


@function(single(uniform(0, 1, 100), powers(-300, 0, 50), [1 - 2.0 ** -k for k in range(1, 54, 3)], [0.5 + 2.0 ** -k for k in range(3, 50, 4)], [0.5, 0.0, 1.0, -0.1, 1.1, nan]), bound=4)
def logit(p):
    return nan if not 0 <= p <= 1 else -inf if p == 0 else inf if p == 1 else log(p) - log1p(-p)


# ---- log gamma and its kin ----

positive = powers(-300, 300, 40) + powers(-3, 3, 60, 5)


@function(single(positive, uniform(0.5, 2.5, 60), [1 + 2.0 ** -k for k in range(1, 50, 4)], [2 - 2.0 ** -k for k in range(1, 50, 4)],
                 uniform(-30, 0, 100, 7), [1.0, 2.0, 0.0, -3.0, inf, nan]))
def lgamma(x):
    if isnan(x) or isinf(x):
        return fabs(x)
    if x <= 0 and x == m.floor(x):
        return inf
    return log(fabs(m.gamma(x))) if fabs(x) < 1e4 else m.loggamma(x).real


@function(single(positive, uniform(1.1, 1.9, 60), uniform(-30, 0, 100, 7), [inf, nan, -2.0]), bound=8,
          scale=lambda x: m.digamma(1 - x) if x < 0 else 0)
def digamma(x):
    return x if isnan(x) or isinf(x) else nan if x <= 0 and x == m.floor(x) else m.digamma(x)


@function([(n, x) for n in range(0, 12) for x in powers(-10, 10, 20, n) if 1e-10 ** (n + 1) < 1e300] + [(1.5, 2.0), (-1.0, 2.0), (2.0, inf), (1.0, nan)],
          bound=16)
def polygamma(n, x):
    if isnan(x) or n != m.floor(n) or n < 0:
        return nan
    return mpf(0) if isinf(x) else m.polygamma(int(n), x) if n == 0 else (-1) ** (int(n) + 1) * m.factorial(n) * m.zeta(n + 1, x)


far_pairs = pairs(positive, powers(-300, 300, 40, 8) + powers(-3, 3, 80, 9)) + [(0.5, 5e14), (5e14, 0.5), (9.5, 1e15), (5e14, 5e14), (12.0, 1e17)]


def log_beta(a, b):
    mp.dps = 400
    v = m.loggamma(mpf(a)) + m.loggamma(mpf(b)) - m.loggamma(mpf(a) + mpf(b))
    mp.dps = 50
    return +v


def digamma_apart(a, b):
    mp.dps = 400
    v = m.digamma(mpf(a) + mpf(b)) - m.digamma(mpf(a))
    mp.dps = 50
    return +v


@function(far_pairs + [(0.0, 1.0), (inf, 1.0), (-1.0, 2.0), (nan, 1.0)], bound=8,
          scale=lambda a, b: fabs(m.loggamma(min(a, b))) if 0 < a < inf and 0 < b < inf else 0,
          slopes=[lambda a, b: -digamma_apart(a, b), lambda a, b: -digamma_apart(b, a)])
def lbeta(a, b):
    if isnan(a) or a < 0:
        return nan
    return inf if a == 0 else -inf if isinf(a) else log_beta(a, b)


@function([(float(n), float(k)) for n, k in ((5, 2), (5, 0), (5, 5), (52, 5), (1000, 500), (10 ** 9, 3), (10 ** 15, 10 ** 6), (10 ** 15, 5 * 10 ** 14), (5, 7), (5, -1))]
          + [(a + b, a) for a, b in pairs(powers(-3, 15, 100), powers(-3, 15, 100, 2))] + [(0.5, 1.0), (nan, 1.0)], bound=8,
          scale=lambda n, k: max(1, log(n + 2)) if n == n else 0)
def lchoose(n, k):
    if isnan(n):
        return nan
    n, k = mpf(n), mpf(k)
    if k == m.floor(k) and n == m.floor(n) and not 0 <= k <= n:
        return -inf
    mp.dps = 100
    v = m.loggamma(n + 1) - m.loggamma(k + 1) - m.loggamma(n - k + 1)
    mp.dps = 50
    return +v


# ---- incomplete gamma functions ----

STEPS = [mpf(k) for k in (0, 0.5, 1, 2, 3, 4, 6, 8, 11, 15, 20)]


def falling(log_f, width):
    """The integral from 0 of exp(log_f(t)), which falls within a few widths."""
    return m.quad(lambda t: exp(log_f(t)), [k * width for k in STEPS])


def other_log(v):
    """log(1 - exp(v))"""
    return log(-expm1(v)) if v > -1 else log1p(-exp(v))


def log_pq(a, x):
    """(log P, log Q): by series or a fraction for small a, else by quadrature of a tail."""
    log_d = a * log(x) - x - m.loggamma(a + 1)
    if x <= a + 1 or x < 2:
        if a < 1000 or x < a / 2:
            s, t, n = mpf(1), mpf(1), 0
            while t > s * mpf(10) ** -(mp.dps + 5):
                n += 1
                t *= x / (a + n)
                s += t
        else:
            rate = max((a - 1) / x - 1, mpf(10) ** -300)
            width = min(1 / rate, sqrt(a), x / 41) * 2
            s = a / x * falling(lambda t: (a - 1) * log1p(-t / x) + t, width)
        v = log_d + log(s)
        return v, other_log(v)
    if x < 60 and a < 1000:
        v = log(m.gammainc(a, x, regularized=True))
    elif a < 1000 or x > 3 * a:
        f = mpf(0)
        for k in range(int(200 + 20 * mp.dps), 0, -1):
            f = k * (a - k) / (x + 2 * k + 1 - a + f)
        v = log_d + log(a) - log(x + 1 - a + f)
    else:
        width = min(1 / (1 - (a - 1) / x), sqrt(a)) * 2
        v = log_d + log(a / x * falling(lambda t: (a - 1) * log1p(t / x) - t, width))
    return other_log(v), v


def precise(f, digits=60):
    """f, computed with more digits, and kept."""
    memory = {}

    def g(*x):
        if x not in memory:
            mp.dps = digits + max(0, int(-m.log10(min(x)))) if min(x) > 0 else digits
            memory[x] = f(*x)
            mp.dps = 50
        return memory[x]
    return g


kept = precise(log_pq)


def gamma_edge(a, x):
    """P at an edge of its range, or None."""
    if isnan(a) or isnan(x) or a < 0 or x < 0 or a == x == 0 or a == x == inf:
        return nan
    if x == 0 or isinf(a):
        return mpf(0)
    return mpf(1) if a == 0 or isinf(x) else None


def around(a, seed):
    """x near a by its standard deviation, and far."""
    r = random.Random(seed)
    return [(a, max(a + r.uniform(-8, 8) * a ** 0.5, a * 10 ** r.uniform(-3, 0.5))), (a, a * 10 ** r.uniform(-1, 0.7))]


gamma_points = (pairs(powers(-8, 1, 80), powers(-8, 2.3, 80, 2)) + [q for a in powers(-2, 2.9, 50, 3) for q in around(a, a)]
                + [q for a in powers(3, 15, 16, 4) for q in around(a, a)]
                + [(29.9, 30.5), (30.0, 30.0), (30.0, 18.1), (30.0, 17.9), (30.0, 44.9), (31.0, 46.6), (1e-300, 1.0),
                   (1e-20, 1e-300), (0.5, 1.09), (0.5, 1.11), (5.0, 1e-200), (40.0, 1e-9)])
gamma_odd = [(0.0, 1.0), (1.0, 0.0), (0.0, 0.0), (inf, 1.0), (1.0, inf), (inf, inf), (-1.0, 1.0), (1.0, -1.0), (nan, 1.0), (1.0, nan)]


def at_gamma(which, logarithm):
    def f(a, x):
        p = gamma_edge(a, x)
        if p is not None:
            v = p if which == 0 else 1 - p
            return v if not logarithm or isnan(v) else log(v) if v != 0 else -inf
        v = kept(a, x)[which]
        return v if logarithm else exp(v)
    return f


def log_pq_in_a(a, x):
    mp.dps += 20
    h = a * mpf(10) ** -15
    lo, hi, wide_lo, wide_hi = [log_pq(a + k * h, x) for k in (-0.5, 0.5, -1, 1)]
    v = [(4 * (hi[i] - lo[i]) / h - (wide_hi[i] - wide_lo[i]) / (2 * h)) / 3 for i in (0, 1)]
    mp.dps -= 20
    return v


kept_in_a = precise(log_pq_in_a)


def in_a(which, logarithm):
    def f(a, x):
        if gamma_edge(a, x) is not None:
            return nan
        return kept_in_a(a, x)[which] * (1 if logarithm else exp(kept(a, x)[which]))
    return f


def in_x(which, logarithm):
    def f(a, x):
        if gamma_edge(a, x) is not None:
            return nan
        v = (a - 1) * log(x) - x - m.loggamma(a) - (kept(a, x)[which] if logarithm else 0)
        return exp(v) * (-1) ** which
    return f


for which, name in ((0, "gammainc"), (1, "gammaincc")):
    for logarithm in (False, True):
        f = at_gamma(which, logarithm)
        f.__name__ = ("log_" if logarithm else "") + name
        function(gamma_points + gamma_odd, bound=8, slopes=[in_a(which, logarithm), in_x(which, logarithm)], slope_bound=1000)(f)


shares = uniform(0, 1, 60, 8) + powers(-300, 0, 40, 9) + [1 - 2.0 ** -k for k in range(2, 54, 4)] + [0.5]
inverse_points = pairs(powers(-3, 3, 120, 10) + powers(3, 12, 20, 11), shares) + [(0.001, 0.5), (0.001, 1e-300), (1e-5, 0.9999), (1e8, 0.5), (0.3, 1 - 2.0 ** -53), (50.0, 5e-324)]
inverse_odd = [(1.0, 0.0), (1.0, 1.0), (0.0, 0.5), (-1.0, 0.5), (1.0, -0.1), (1.0, 1.1), (nan, 0.5), (2.0, nan)]


def solve(log_tails, slope, t, log_p, log_q):
    """The t where a pair of log tails is (log_p, log_q), by Newton on the smaller one's."""
    i = 0 if log_p < log_q else 1
    for _ in range(200):
        v = log_tails(t)[i]
        d = (v - (log_p, log_q)[i]) / (slope(t) * exp(-v) * (-1) ** i)
        d = min(max(d, mpf(-2)), mpf(2))
        t -= d
        if fabs(d) < mpf(10) ** -30:
            return t
    raise ValueError("no root")


def log_gamma_root(a, p, q):
    """log x with P(a, x) = p."""
    memory = {}
    def tails(t):
        if t not in memory:
            memory[t] = log_pq(a, exp(t))
        return memory[t]
    t0 = (log(p) + m.loggamma(a + 1)) / a
    if t0 < -200:
        return t0 - exp(t0)  # less than 1e-80
    start = t0 if t0 < log(a + 1) - 1 else log(max(a, mpf(1) / 2))
    return solve(tails, lambda t: exp(a * t - exp(t) - m.loggamma(a)), start, log(p), log(q))


kept_root = precise(log_gamma_root)


def gamma_root(a, p, q):
    if isnan(a) or isnan(p) or not a > 0 or not 0 <= p <= 1:
        return nan
    return -inf if p == 0 else inf if p == 1 else kept_root(a, p, q)


def root_in_a(a, t):
    """-(dP/da) / (x dP/dx) at x = e^t"""
    if fabs(t) == inf or isnan(t):
        return nan
    x = exp(t)
    if t < -200:
        return (m.digamma(a + 1) - t) / a
    i = 0 if x < a else 1
    return -kept_in_a(a, x)[i] * exp(kept(a, x)[i]) * (-1) ** i / exp(a * t - x - m.loggamma(a))


def root_in_p(a, t):
    return nan if fabs(t) == inf or isnan(t) else exp(-(a * t - exp(t) - m.loggamma(a)))


@function(inverse_points + inverse_odd, slopes=[lambda a, p: root_in_a(a, gamma_root(a, p, 1 - p)), lambda a, p: root_in_p(a, gamma_root(a, p, 1 - p))],
          scale=lambda a, p: 1 if a > 0 and 0 < p < 1 else 0, slope_scale=lambda v, a, p: 1 if a > 0 and 0 < p < 1 else 0, bound=8, slope_bound=1e5)
def log_gammaincinv(a, p):
    return gamma_root(a, p, 1 - p)


@function(inverse_points + inverse_odd, slopes=[lambda a, p: gammaincinv(a, p) * root_in_a(a, gamma_root(a, p, 1 - p)), None], bound=8, slope_bound=1e5)
def gammaincinv(a, p):
    t = gamma_root(a, p, 1 - p)
    return mpf(0) if t == -inf else exp(t)


@function(inverse_points + inverse_odd, bound=8)
def gammainccinv(a, q):
    t = gamma_root(a, 1 - q, q)
    return mpf(0) if t == -inf else exp(t)


# ---- incomplete beta functions ----

def beta_lower(a, b, x, y):
    """I_x(a, b) over x^a y^b / B(a, b): by the series DLMF 8.17.8, or by quadrature where that is slow."""
    n = a + b
    if a < 2000 or x < 0.5 * a / n:
        s, t, k = mpf(1), mpf(1), 0
        by, least = x * n / (a + 1), mpf(10) ** -(mp.dps + 5)
        while by > 1 or t > s * least * y:
            by = x * (n + k) / (a + 1 + k)
            t *= by
            s += t
            k += 1
        return s / a
    odds = x / y
    rate, curve = (a - 1) - (b - 1) * odds, (a - 1) + (b - 1) * odds ** 2
    width = min([2 / rate] if rate > 0 else [] + [2 / sqrt(fabs(curve))])
    steps = [k * width for k in STEPS + [30, 40, 60] if k * width < 1]
    steps = steps if steps[-1] == 60 * width else steps + [mpf(1)]
    return m.quad(lambda r: exp((a - 1) * log1p(-r) + (b - 1) * log1p(r * odds)), steps) / y


def log_beta_term(a, b, x, y):
    return a * log(x) + b * log(y) - (m.loggamma(a) + m.loggamma(b) - m.loggamma(a + b))


def log_beta_pq(a, b, x, y):
    """(log P, log Q) of I_x(a, b), y being 1 - x."""
    if x < (a + 1) / (a + b + 2):
        v = log_beta_term(a, b, x, y) + log(beta_lower(a, b, x, y))
        return v, other_log(v)
    v = log_beta_term(a, b, x, y) + log(beta_lower(b, a, y, x))
    return other_log(v), v


def difference(f, a):
    """df/da of a pair, by differences that are exact for polynomials of the fourth degree."""
    h = a * mpf(10) ** -15
    lo, hi, wide_lo, wide_hi = [f(a + k * h) for k in (-0.5, 0.5, -1, 1)]
    return [(4 * (hi[i] - lo[i]) / h - (wide_hi[i] - wide_lo[i]) / (2 * h)) / 3 for i in (0, 1)]


kept_beta = precise(lambda a, b, x: log_beta_pq(a, b, x, 1 - x), 80)
kept_beta_in_a = precise(lambda a, b, x: difference(lambda t: log_beta_pq(t, b, x, 1 - x), a), 80)
kept_beta_in_b = precise(lambda a, b, x: difference(lambda t: log_beta_pq(a, t, x, 1 - x), b), 80)


def beta_edge(a, b, x):
    """P at an edge of its range, or None."""
    if any(isnan(t) or t < 0 for t in (a, b, x)) or x > 1 or a == b == 0 or a == b == inf:
        return nan
    if (x == 0 and (a == 0 or b == inf)) or (x == 1 and (b == 0 or a == inf)):
        return nan
    if x == 0 or b == 0 or a == inf:
        return mpf(0)
    return mpf(1) if x == 1 or a == 0 or b == inf else None


def at_beta(which, logarithm):
    def f(a, b, x):
        p = beta_edge(a, b, x)
        if p is not None:
            v = p if which == 0 else 1 - p
            return v if not logarithm or isnan(v) else log(v) if v != 0 else -inf
        v = kept_beta(a, b, x)[which]
        return v if logarithm else exp(v)
    return f


def beta_slope(which, logarithm, kept_slope):
    def f(a, b, x):
        if beta_edge(a, b, x) is not None:
            return nan
        return kept_slope(a, b, x)[which] * (1 if logarithm else exp(kept_beta(a, b, x)[which]))
    return f


def beta_in_x(which, logarithm):
    def f(a, b, x):
        if beta_edge(a, b, x) is not None:
            return nan
        v = log_beta_term(a, b, x, 1 - x) - log(x) - log(1 - x) - (kept_beta(a, b, x)[which] if logarithm else 0)
        return exp(v) * (-1) ** which
    return f


def beta_around(a, b, seed):
    """x near the mean by the standard deviation of its logit, and anywhere."""
    r = random.Random(seed)
    logit = m.log(a / b) + r.uniform(-6, 6) * (1 / a + 1 / b) ** 0.5
    far = m.log(a / b) + r.uniform(-8, 8)
    return [(a, b, x) for x in (float(1 / (1 + exp(-logit))), float(1 / (1 + exp(-far)))) if 0 < x < 1]


beta_points = ([(a, b, x) for (a, b), x in pairs(pairs(powers(-8, 1.5, 60), powers(-8, 1.5, 60, 2)), uniform(0, 1, 40, 3) + powers(-300, 0, 20, 4))]
               + [q for a, b in pairs(powers(-2, 3, 60, 5), powers(-2, 3, 60, 6)) for q in beta_around(a, b, a)]
               + [q for a, b in pairs(powers(2, 15, 16, 7), powers(-2, 15, 16, 8)) for q in beta_around(a, b, a)]
               + [q for a, b in pairs(powers(-2, 15, 16, 9), powers(2, 15, 16, 10)) for q in beta_around(a, b, a)]
               + [(20.0, 20.0, 0.5), (19.9, 20.1, 0.45), (1e6, 1e6, 0.5005), (0.5, 5e14, 3e-15), (5e14, 0.5, 1 - 2.0 ** -50), (1e-300, 2.0, 0.5),
                  (0.5, 2.0, 1e-300), (2.0, 0.5, 1 - 2.0 ** -53), (1.0, 1.0, 0.3), (1e-5, 1e-5, 0.5), (9.99, 10.01, 0.3), (0.5, 1e4, 1e-8), (1e10, 3.0, 0.9999999999)])
beta_odd = [(0.0, 1.0, 0.5), (1.0, 0.0, 0.5), (0.0, 0.0, 0.5), (inf, 1.0, 0.5), (1.0, inf, 0.5), (inf, inf, 0.5), (2.0, 3.0, 0.0), (2.0, 3.0, 1.0),
            (0.0, 3.0, 0.0), (3.0, 0.0, 1.0), (-1.0, 1.0, 0.5), (1.0, -1.0, 0.5), (1.0, 1.0, -0.1), (1.0, 1.0, 1.1), (nan, 1.0, 0.5), (1.0, nan, 0.5),
            (1.0, 1.0, nan)]

for which, name in ((0, "betainc"), (1, "betaincc")):
    for logarithm in (False, True):
        f = at_beta(which, logarithm)
        f.__name__ = ("log_" if logarithm else "") + name
        function(beta_points + beta_odd, bound=12, slope_bound=50,
                 slopes=[beta_slope(which, logarithm, kept_beta_in_a), beta_slope(which, logarithm, kept_beta_in_b), beta_in_x(which, logarithm)])(f)


def beta_logit(a, b, p, q):
    """log(x / (1 - x)) with I_x(a, b) = p."""
    memory = {}
    def ends(t):
        return 1 / (1 + exp(-t)), 1 / (1 + exp(t))
    def tails(t):
        if t not in memory:
            memory[t] = log_beta_pq(a, b, *ends(t))
        return memory[t]
    beta = log_beta(a, b)
    left, right = (log(p) + log(a) + beta) / a, -(log(q) + log(b) + beta) / b
    if left < -200:
        return left
    if right > 200:
        return right
    start = left if left < log(a / b) - 1 and left < -1 else right if right > log(a / b) + 1 and right > 1 else log(a / b)
    return solve(tails, lambda t: exp(log_beta_term(a, b, *ends(t))), start, log(p), log(q))


kept_logit = precise(beta_logit, 80)


def beta_root(a, b, p, q):
    if isnan(a) or isnan(b) or isnan(p) or not (a > 0 and b > 0 and 0 <= p <= 1):
        return nan
    return -inf if p == 0 else inf if q == 0 else kept_logit(a, b, p, q)


def beta_root_in(i, a, b, t):
    """Of x in a, b or p."""
    if isnan(t) or fabs(t) == inf or fabs(t) > 150:
        return nan
    mp.dps = 70 + int(fabs(t) / 2)
    x, y = 1 / (1 + exp(-t)), 1 / (1 + exp(t))
    density = exp(log_beta_term(a, b, x, y)) / x / y
    if i == 2:
        v = 1 / density
    else:
        which = 0 if x < a / (a + b) else 1
        d = difference((lambda s: log_beta_pq(s, b, x, y)) if i == 0 else (lambda s: log_beta_pq(a, s, x, y)), b if i else a)[which]
        v = -d * exp(log_beta_pq(a, b, x, y)[which]) * (-1) ** which / density
    mp.dps = 50
    return +v


def beta_x(t):
    return mpf(0) if t == -inf else mpf(1) if t == inf else 1 / (1 + exp(-t))


def of_root(i):
    def f(a, b, p):
        t = beta_root(a, b, p, 1 - p)
        return nan if float(beta_x(t)) == 1 else beta_root_in(i, a, b, t)
    return f


def rounded_root(v, a, b, p):
    """v, times what a relative change of x does to the density there: the slope is at the double next to x."""
    t = beta_root(a, b, p, 1 - p)
    return v * (a + b * exp(t) + 1 + exp(t)) if a > 0 and b > 0 and fabs(t) < inf else 0


beta_shares = [(a, b, p) for (a, b), p in pairs(pairs(powers(-3, 3, 100, 10) + powers(3, 12, 20, 11), powers(-3, 3, 100, 12) + powers(3, 12, 20, 13)), shares)]
beta_shares += [(0.001, 0.001, 0.5), (0.001, 2.0, 0.5), (0.001, 2.0, 1e-300), (2.0, 0.001, 0.5), (1e8, 1e8, 0.5), (0.3, 0.7, 1 - 2.0 ** -53), (50.0, 3.0, 5e-324), (0.5, 5e14, 0.3),
                (0.5, 0.5, 0.5), (1.0, 1.0, 0.3), (3.0, 1e10, 1e-10)]
share_odd = [(1.0, 2.0, 0.0), (1.0, 2.0, 1.0), (0.0, 1.0, 0.5), (1.0, 0.0, 0.5), (-1.0, 1.0, 0.5), (1.0, 1.0, -0.1), (1.0, 1.0, 1.1), (nan, 1.0, 0.5), (1.0, nan, 0.5), (2.0, 1.0, nan)]


@function(beta_shares + share_odd, slopes=[of_root(0), of_root(1), of_root(2)], slope_scale=rounded_root, bound=32, slope_bound=32)
def betaincinv(a, b, p):
    return beta_x(beta_root(a, b, p, 1 - p))


@function(beta_shares + share_odd, bound=32)
def betainccinv(a, b, q):
    return beta_x(beta_root(a, b, 1 - q, q))


# ---- quantiles of counts ----

def least_count(log_tails, q, start, most=inf):
    """The least k with P(K <= k) >= q; log_tails(k) is (log P(K <= k), log P(K > k))."""
    def reaches(k):
        if k >= most:
            return True
        below, above = log_tails(k)
        apart = below - log(q) if q < 0.5 else log(1 - q) - above
        if fabs(apart) < mpf(10) ** -12:
            raise ValueError("too near to a step")
        return apart > 0
    high = min(max(m.floor(start), mpf(0)), most)
    step, low = mpf(1), mpf(-1)
    if reaches(high):
        while high > 0:
            low = max(high - step, mpf(0))
            if not reaches(low):
                break
            high, low, step = low, mpf(-1), step * 4
    else:
        while True:
            low, high, step = high, min(high + step, most), step * 4
            if reaches(high):
                break
    while high - low > 1:
        middle = m.floor((low + high) / 2)
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high


def at_normal(q, mean, sd, skew):
    z = -ndtri_log(log(1 - q)) if q > 0.6 else ndtri_log(log(q)) if q < 0.4 else sqrt(mpf(2)) * m.erfinv(2 * q - 1)
    return mean + sd * (z + skew * (z * z - 1) / 6)


count_shares = uniform(0.001, 0.999, 60, 21) + powers(-200, -3, 15, 22) + [1 - s for s in powers(-6, -3, 15, 23)]


def bad_share(q, *rest):
    return any(isnan(x) for x in (q, *rest)) or not 0 <= q <= 1


@function(pairs(count_shares, powers(-6, 2.5, 75, 24) + powers(3, 14, 15, 25))
          + [(0.0, 3.0), (1.0, 3.0), (0.5, 0.0), (1.0, 0.0), (-0.1, 1.0), (1.1, 1.0), (0.5, -1.0), (nan, 1.0), (0.5, nan), (0.5, inf)], bound=0)
def poisson_quantile(q, rate):
    if bad_share(q, rate) or rate < 0 or isinf(rate):
        return nan
    if q == 0 or rate == 0:
        return mpf(0)
    return inf if q == 1 else least_count(lambda k: log_pq(k + 1, rate)[::-1], q, at_normal(q, rate, sqrt(rate), 1 / sqrt(rate)))


def beta_pq(a, b, x):
    return log_beta_pq(a, b, x, 1 - x)


@function([(q, float(n), p) for (q, n), p in pairs(pairs(count_shares, [1, 2, 3, 5, 10, 30, 100, 1000, 10 ** 5, 10 ** 8, 10 ** 12]), uniform(0, 1, 60, 26) + powers(-10, -1, 20, 27))]
          + [(0.0, 3.0, 0.5), (1.0, 3.0, 0.5), (0.5, 0.0, 0.5), (0.5, 3.0, 0.0), (0.5, 3.0, 1.0), (-0.1, 3.0, 0.5), (0.5, 3.5, 0.5), (0.5, -1.0, 0.5),
             (0.5, 3.0, 1.1), (0.5, 3.0, nan), (nan, 3.0, 0.5), (0.5, inf, 0.5)], bound=0)
def binomial_quantile(q, n, p):
    if bad_share(q, n, p) or isinf(n) or n < 0 or n != m.floor(n) or not 0 <= p <= 1:
        return nan
    if q == 0 or p in (0, 1) or q == 1:
        return n * p if p in (0, 1) else n * q
    sd = sqrt(n * p * (1 - p)) if n else 1
    return mpf(0) if n == 0 else least_count(lambda k: beta_pq(k + 1, n - k, p)[::-1], q, at_normal(q, n * p, sd, (1 - 2 * p) / sd), n)


@function([(q, size, p) for (q, size), p in pairs(pairs(count_shares, powers(-3, 3, 70, 28) + powers(3, 8, 20, 29)), uniform(0, 1, 60, 30) + powers(-6, -1, 20, 31))]
          + [(0.0, 3.0, 0.5), (1.0, 3.0, 0.5), (0.5, 0.0, 0.5), (0.5, 3.0, 0.0), (0.5, 3.0, 1.0), (-0.1, 3.0, 0.5), (0.5, -1.0, 0.5), (0.5, 3.0, 1.1),
             (0.5, 3.0, nan), (nan, 3.0, 0.5)], bound=0)
def neg_binomial_quantile(q, size, p):
    if bad_share(q, size, p) or size < 0 or not 0 < p <= 1:
        return nan
    if q == 0 or size == 0 or p == 1:
        return mpf(0)
    mean = size * (1 - p) / p
    start = at_normal(q, mean, sqrt(mean / p), (2 - p) / sqrt(size * (1 - p)))
    return inf if q == 1 else least_count(lambda k: beta_pq(size, k + 1, p), q, start)


# ---- Bessel functions and angles ----

orders = [0, 0, 0, 1, 1, 2, 3, 5, 10, 30, 100, 300]


def scaled_bessel(n, x):
    y = exp(-fabs(x)) * m.besseli(fabs(n), fabs(x))
    return -y if x < 0 and n % 2 else y


def scaled_bessel_slope(n, x):
    n, sign = fabs(n), -1 if x < 0 and n % 2 == 0 else 1
    return sign * ((scaled_bessel(n - 1, fabs(x)) + scaled_bessel(n + 1, fabs(x))) / 2 - scaled_bessel(n, fabs(x)))


@function(pairs(orders, powers(-3, 3, 120, 40) + uniform(-40, 40, 60, 41)) + pairs([0, 1, 2, 3], powers(3, 15, 20, 42) + powers(-300, -3, 10, 43))
          + [(0, 0.0), (1, 0.0), (4, 0.0), (-3, 2.0), (0.5, 2.0), (nan, 1.0), (0, nan), (1, inf), (0, -inf)],
          bound=8, scale=lambda n, x: 0 if isinf(x) or isnan(x) or isnan(n) or n != m.floor(n) else scaled_bessel(n, x) * (1 + fabs(n) / 32),
          slopes=[None, lambda n, x: scaled_bessel_slope(n, x) if x and not isinf(x) else nan], slope_bound=32,
          slope_scale=lambda v, n, x: 0 if isinf(x) else scaled_bessel(n, x))
def besseli_scaled(n, x):
    if isnan(n) or isnan(x) or n != m.floor(n):
        return nan
    return mpf(0) if isinf(x) else scaled_bessel(n, x)


def angle_density(s, k):
    return exp(-2 * k * m.sin(s / 2) ** 2) / (2 * pi * scaled_bessel(0, k))


def angle_tail(s, k):
    """The integral of the density of von Mises from -pi to s <= 0."""
    w = 1 / sqrt(k + 1)
    cuts = [s - j * w for j in (0, 0.5, 1, 2, 4, 6, 9, 13)]
    cuts = [c for c in cuts if c > -pi] + [-pi]
    v = m.quad(lambda t: exp(2 * k * m.sin((s + t) / 2) * m.sin((s - t) / 2)), cuts[::-1])
    return v * angle_density(s, k)


def angle_cdf(s, k):
    return angle_tail(s, k) if s <= 0 else 1 - angle_tail(-s, k)


def angle_in_k(s, k):
    h = (k + mpf(10) ** -6) * mpf(10) ** -10
    d = (angle_tail(-fabs(s), k + h) - angle_tail(-fabs(s), k - h)) / (2 * h)
    return d if s <= 0 else -d


concentrations = powers(-4, 4.5, 60, 44) + powers(4.5, 12, 6, 45)


def angles(k, seed):
    r = random.Random(seed)
    return [(s, k) for s in (r.gauss(0, 1) / (k + 0.3) ** 0.5, r.gauss(0, 5) / (k + 0.3) ** 0.5) if fabs(s) < 3.14]


def fits_angle(x, k):
    return not any(isnan(t) or isinf(t) for t in (x, k)) and k >= 0


def angle_exponent(x, k):
    """One unit of the density's exponent is one in its last place."""
    return 1 + 2 * k * m.sin(x / 2) ** 2


@function([p for k in concentrations for p in angles(k, k)] + [(1.0, 0.0), (0.0, 3.0), (7.0, 2.0), (-20.0, 0.5), (nan, 1.0), (1.0, nan), (1.0, -1.0), (1.0, inf), (inf, 1.0)],
          bound=8, slopes=[lambda x, k: angle_density(x, k), lambda x, k: angle_in_k(x, k) if fabs(x) < 3.15 and k else nan], slope_bound=32,
          scale=lambda x, k: von_mises_cdf(x, k) * angle_exponent(x, k) if fits_angle(x, k) else 0, slope_scale=lambda v, x, k: v * angle_exponent(x, k))
def von_mises_cdf(x, k):
    if not fits_angle(x, k):
        return nan
    turns = m.floor((x + pi) / (2 * pi))
    return angle_cdf(x - 2 * pi * turns, k) + turns


@functools.lru_cache(None)
def angle_root(q, k):
    """s with angle_cdf(s, k) = q."""
    if q > 0.5:
        return -angle_root(1 - q, k)
    s = (2 * q - 1) * pi if k < 2 else ndtri_log(log(q)) / sqrt(k) if q < 0.45 else (q - 0.5) / angle_density(0, k)
    s = max(s, -pi + mpf(10) ** -6)
    low, high = -pi, mpf(0)
    for _ in range(300):
        v = angle_tail(s, k)
        low, high = (s, high) if v < q else (low, s)
        t = s - log(v / q) * v / angle_density(s, k)
        t = t if low < t < high else (low + high) / 2
        if fabs(t - s) < mpf(10) ** -22 * fabs(s):
            return t
        s = t
    raise ValueError("no root")


# Near 0 its unit is that of q, times dx/dq.
@function(pairs(shares[::2], powers(-4, 4.5, 50, 46)) + [(0.0, 2.0), (1.0, 2.0), (0.5, 2.0), (0.3, 0.0), (-0.1, 1.0), (1.1, 1.0), (nan, 1.0), (0.5, -1.0), (0.5, inf)], bound=8,
          scale=lambda q, k: q / angle_density(von_mises_quantile(q, k), k) if 0.1 < q < 1 and 0 <= k < inf else 0)
def von_mises_quantile(q, k):
    if not fits_angle(q, k) or not 0 <= q <= 1:
        return nan
    return -pi if q == 0 else pi if q == 1 else mpf(0) if q == 0.5 else angle_root(q, k)


# ---- Owen's T ----

def owens_t(h, a):
    if isnan(h) or isnan(a):
        return nan
    if fabs(h) > 1e5 or a == 0:
        return mpf(0)
    h, sign, a = fabs(h), m.sign(a), fabs(a)
    if a > 1:
        p, q = m.erfc(h / sqrt(mpf(2))) / 2, m.erfc(a * h / sqrt(mpf(2))) / 2 if a < inf else mpf(0) if h else mpf(1) / 2
        if isinf(a):
            return sign * p / 2
        return sign * ((p + q) / 2 - p * q - owens_t(a * h, 1 / a))
    most = min(a, 40 / h) if h else a
    v = m.quad(lambda x: exp(-h * h * x * x / 2) / (1 + x * x), [most * k / 8 for k in range(9)])
    return sign * v * exp(-h * h / 2) / (2 * pi)


function(pairs(powers(-5, 1.5, 70, 47) + powers(-5, 1.5, 30, 48, -1), powers(-5, 3, 70, 49) + powers(-5, 3, 30, 50, -1) + uniform(-2, 2, 60, 51))
         + [(0.0, 1.0), (0.0, 3.0), (1.0, 0.0), (1.0, inf), (1.0, -inf), (inf, 1.0), (nan, 1.0), (1.0, nan), (1e200, 1e200), (1e-200, 1e200)], bound=8,
         slopes=[lambda h, a: -density(h) * m.erf(a * h / sqrt(mpf(2))) / 2 if a - a == 0 else nan,
                 lambda h, a: exp(-h * h * (1 + a * a) / 2) / (2 * pi * (1 + a * a)) if a - a == 0 else nan], slope_bound=8,
         slope_scale=lambda v, h, a: v * (1 + h * h * (1 + a * a)) if a - a == 0 == h - h else 0)(owens_t)


# ---- writing ----

def number(x):
    return float(x)


def add_slopes(out, d, points):
    out.update(slope=[], slope_unit=[], slope_bound=d["slope_bound"])
    for f in d["slopes"]:
        if f is None:
            out["slope"].append(None)
            out["slope_unit"].append(None)
            continue
        column, units = [], []
        for p in points:
            known = not any(isnan(x) for x in p) and not (isnan(d["f"](*[mpf(x) for x in p])))
            try:
                v = f(*[mpf(x) for x in p]) if known else nan
            except (ValueError, ZeroDivisionError):
                v = nan
            column.append(number(v))
            s = d["slope_scale"](v, *[mpf(x) for x in p]) if d["slope_scale"] and not isnan(v) else 0
            units.append(1.0 if isnan(v) or isinf(v) else ulp(max(fabs(v), fabs(s))))
        out["slope"].append(column)
        out["slope_unit"].append(units)


def evaluate(name):
    d = FUNCTION[name]
    points = [tuple(float(x) for x in p) for p in d["points"]]
    out = {"bound": d["bound"], "arg": [list(c) for c in zip(*points)], "value": [], "unit": []}
    for p in points:
        v = d["f"](*[mpf(x) for x in p])
        out["value"].append(number(v))
        s = d["scale"](*[mpf(x) for x in p]) if d["scale"] else 0
        finite = not (isnan(v) or isinf(v) or isnan(s) or isinf(s))
        out["unit"].append(ulp(max(fabs(v), fabs(s))) if finite else 1.0)
    if d["slopes"]:
        add_slopes(out, d, points)
    return out


if __name__ == "__main__":
    for name in sys.argv[1:] or FUNCTION:
        with open(name + ".json", "w") as f:
            json.dump(evaluate(name), f)
            f.write("\n")
