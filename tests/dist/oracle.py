# SPDX-License-Identifier: MIT
"""What tests/dist/*.py share: values of mpmath at 50 digits as rows of NAME.json.

A density is given by its terms: terms(r) are the summands of the log density at the row r, a
dict of the parameters and x, written from the definition. Everything else (moments, entropy,
mode, divergences, slopes) is found from them by quadrature, sums and differences, so that no
closed form of the library is checked by the same closed form. Only cdfs are given as well:
tails(r) is (P(X <= x), P(X > x)), each exact by itself far out.
"""
import random
from mpmath import mp, mpf, log, log1p, exp, sqrt, pi, erf, erfc, fabs, floor, fsum, quad

mp.dps = 50
POINTS, BINS, SEEDS = 200, 16, 20


def mpr(r):
    """A row with the numbers that are not whole as mpf."""
    up = lambda v: [up(e) for e in v] if isinstance(v, list) else mpf(v) if isinstance(v, float) else v
    return {k: up(v) for k, v in r.items()}


def bits(x):
    """The power of two below |x|, of 1 at least: an ulp is 2^(bits - 52)."""
    return int(floor(log(max(mpf(1), fabs(x)), 2)))


def short(x, digits=5):
    """A double with few digits, to keep the files small."""
    return float(f"{float(x):.{digits}g}")


def derivative(f, v):
    """f' at v by Richardson's differences; of a list of values where f gives one."""
    with mp.workdps(80):
        v = mpf(v)
        h = mpf(10) ** -20 * (fabs(v) if v else 1)
        at = [f(v + k * h) for k in (-2, -1, 1, 2)]
        one = lambda a, b, c, d: (8 * (c - b) - (d - a)) / (12 * h)
        return [one(*t) for t in zip(*at)] if isinstance(at[0], list) else one(*at)


def slopes_of(terms, r, name):
    """The slope of the sum in r[name], like it in shape, and the largest slope of a term."""
    def at(change, v):
        if isinstance(v, list):
            both = [at(lambda e, i=i: change(v[:i] + [e] + v[i + 1:]), v[i]) for i in range(len(v))]
            return [b[0] for b in both], max(b[1] for b in both)
        got = derivative(lambda w: terms({**r, name: change(w)}), v)
        return fsum(got), max(fabs(t) for t in got)
    return at(lambda v: v, r[name])


def numbers(v):
    return [numbers(e) for e in v] if isinstance(v, list) else float(v)


def case(call, rows, terms, names=None, slopes=None, tails=None, extra=None, quantiles=0, logs=True):
    """Rows against logpdf(call, x): the log density within 8 ulp of its largest term; its
    slopes in x and in the parameters (`slopes`: those of them that have one; extra(r) are
    terms hidden in one of `terms`, which count for the tolerance); with `tails`, cdf and (`logs`)
    the logarithms of both tails; and for the first `quantiles` rows quantile and its slopes in
    numbers."""
    names = [n for n in rows[0] if n != "x"] if names is None else names
    out = {"call": call, "parameter": {n: [r[n] for r in rows] for n in names},
           "x": [r["x"] for r in rows], "logpdf": [], "bits": [], "slope": {}}
    full = [mpr(r) for r in rows]
    for r in full:
        t = terms(r)
        out["logpdf"].append(float(fsum(t)))
        out["bits"].append(max(bits(v) for v in t + (extra(r) if extra else [])))
    slopes = ["x"] + names if slopes is None else slopes
    for name in slopes:
        both = [slopes_of(terms, r, name) for r in full]
        out["slope"][name] = {"value": [numbers(b[0]) for b in both], "bits": [bits(b[1]) for b in both]}
    if tails:
        both = [tails(r) for r in full]
        out["cdf"] = [float(f) for f, c in both]
    if tails and logs:
        out["log_cdf"] = [float(log(f) if f < c else log1p(-c)) for f, c in both]
        out["log_ccdf"] = [float(log(c) if c < f else log1p(-f)) for f, c in both]
    if quantiles:
        out["quantile"] = quantile_rows(full, terms, tails, [s for s in slopes if s != "x" and not isinstance(full[0][s], list)], quantiles)
    return out


def quantile_rows(full, terms, tails, names, count):
    """q, quantile(q) by Newton's steps from x, its slopes -dF/dtheta / p, and tolerances."""
    out = {"row": [], "q": [], "value": [], "tolerance": [], "slope": {n: [] for n in names}}
    for i, r in enumerate(full):
        if len(out["q"]) == count:
            break
        f, c = tails(r)
        q = short(f, 6)
        if not 1e-8 < q < 1 - 1e-5:
            continue
        for _ in range(6):
            f, c = tails(r)
            r = {**r, "x": r["x"] - (f - mpf(q)) / exp(fsum(terms(r)))}
        p = exp(fsum(terms(r)))
        out["row"].append(i)
        out["q"].append(q)
        out["value"].append(float(r["x"]))
        out["tolerance"].append(short(1e-12 * max(fabs(r["x"]), min(q, 1 - q) / p), 2))
        for n in names:
            out["slope"][n].append(float(-derivative(lambda v: tails({**r, n: v})[0], r[n]) / p))
    return out


def text(x):
    """A number as unc writes it, inf and nan as well."""
    return repr(float(x))


class Line:
    """A distribution over [lo, hi]; `cuts` are where to part the quadrature."""

    def __init__(self, terms, lo, hi, cuts):
        self.terms, self.ends = terms, [lo] + list(cuts) + [hi]
        finite = [mpf(e) for e in self.ends if mp.isfinite(e)]
        self.lo, self.hi = finite[0], finite[-1]

    def mean_of(self, g, r):
        return quad(lambda x: g(x) * self.p(r, x), self.ends)

    def log_p(self, r, x):
        return fsum(self.terms({**r, "x": x}))

    def p(self, r, x):
        return exp(self.log_p(r, x))

    def mode(self, r):
        """By sections of three: enough where the density has one hill."""
        lo, hi = self.lo, self.hi
        for _ in range(400):
            a, b = lo + (hi - lo) / 3, hi - (hi - lo) / 3
            lo, hi = (a, hi) if self.log_p(r, a) < self.log_p(r, b) else (lo, b)
        return lo


class Whole(Line):
    """A distribution over the whole numbers lo, lo + 1, … hi; hi is where the mass is gone."""

    def __init__(self, terms, lo, hi):
        self.terms, self.lo, self.hi = terms, lo, hi

    def mean_of(self, g, r):
        return fsum(g(x) * self.p(r, x) for x in range(self.lo, self.hi + 1))

    def mode(self, r):
        return max(range(self.lo, self.hi + 1), key=lambda x: self.log_p(r, x))


def summary(call, line, r, what="mean var entropy mode", **given):
    """Moments, entropy and mode; `given` overrides where there is no such number."""
    r = mpr(r)
    out = {"call": call}
    m = line.mean_of(lambda x: x, r) if "mean" in what else 0
    for w in what.split():
        out[w] = text(m if w == "mean" else
                      line.mean_of(lambda x: (x - m) ** 2, r) if w == "var" else
                      -line.mean_of(lambda x: line.log_p(r, x), r) if w == "entropy" else line.mode(r))
    return {**out, **{k: text(v) for k, v in given.items()}}


def edge(call, terms, **r):
    """A log density that many large terms make: [expression, its value, the largest term]."""
    t = terms(mpr(r))
    return [call, text(fsum(t)), float(max(fabs(v) for v in t))]


def kl(p_call, q_call, line, r, s):
    """KL(p | q), p with the parameters r, q of the same family with s."""
    r, s = mpr(r), mpr(s)
    return [p_call, q_call, text(line.mean_of(lambda x: line.log_p(r, x) - line.log_p(s, x), r))]


def invert(f, q, lo, hi):
    """x with f(x) = q, f increasing, lo and hi finite."""
    with mp.workdps(25):
        for _ in range(70):
            mid = (lo + hi) / 2
            lo, hi = (mid, hi) if f(mid) < q else (lo, mid)
    return (lo + hi) / 2


def chi_square_limit(dof, alarm):
    """x with P(chi² > x) = alarm."""
    return float(invert(lambda x: alarm - mp.gammainc(mpf(dof) / 2, x / 2, regularized=True), 0, mpf(dof), mpf(10) * dof + 100))


def sample(call, line, r, tails, slopes=(), moments=4):
    """Bins of equal probability (about, of whole numbers), moments, and d/dtheta of
    E tanh(x) for pathwise slopes. moments: how many there are."""
    F = lambda x: tails({**r, "x": x})[0]
    out = {"call": call, "parameter": dict(r)}
    r = mpr(r)
    if isinstance(line, Whole):
        edge, last = [], mpf(0)
        for x in range(line.lo, line.hi + 1):
            if F(x) - last >= mpf(1) / BINS and 1 - F(x) >= mpf(1) / BINS:
                edge.append(x + 0.5)
                last = F(x)
        at = [F(int(e)) for e in edge]
    else:
        edge = [invert(F, mpf(k) / BINS, line.lo, line.hi) for k in range(1, BINS)]
        at = [mpf(k) / BINS for k in range(1, BINS)]
    out["edge"] = [float(e) for e in edge]
    out["share"] = [float(b - a) for a, b in zip([mpf(0)] + at, at + [mpf(1)])]
    dof = len(edge)
    out["limit"], out["limit_all"] = (chi_square_limit(k * dof, mpf(10) ** -8) for k in (1, SEEDS))
    if moments >= 2:
        m = line.mean_of(lambda x: x, r)
        out["mean"], out["var"] = float(m), float(line.mean_of(lambda x: (x - m) ** 2, r))
    if moments >= 4:
        out["fourth"] = float(line.mean_of(lambda x: (x - m) ** 4, r))
    out["slope"] = {n: float(line.mean_of(lambda x: mp.tanh(x) * slopes_of(line.terms, {**r, "x": x}, n)[0], r)) for n in slopes}
    return out


rng = random.Random(1)
