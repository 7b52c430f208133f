#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Writes NAME.json for every distribution of stdlib/dist: values of mpmath at 50 digits, which
# tests/values.t compares with unc. Needs python3-mpmath; run it from tests/dist. The tests
# themselves need neither. Formulas are written from the definitions, not from stdlib's.
#
# A file holds
#   case    call, parameters (a row a point), x, logpdf, tolerance, slope (by name), cdf
#   outside call and x (as text), where the log density is -inf
#   bad     a call and the name that its complaint must mention
#   sample  call, edges of bins with their probabilities, mean, sd, fourth central moment
import json
import random
from mpmath import mp, mpf, log, exp, sqrt, pi, erf, erfc, erfinv, fabs, findroot

mp.dps = 50
POINTS, BINS, SEEDS = 200, 16, 20


def ulp(x):
    """The distance between doubles at x."""
    return 2.0 ** (int(mp.floor(mp.log(x, 2))) - 52)


def tolerance(terms):
    return 8 * ulp(max([mpf(1)] + [fabs(t) for t in terms]))


number = float


def case(call, rows, names, terms, cdf=None, slopes=None, slope_x=True):
    """rows: [{name: value, 'x': value}]; terms(row) are the summands of the log density."""
    out = {"call": call, "parameter": {n: [r[n] for r in rows] for n in names},
           "x": [r["x"] for r in rows], "logpdf": [], "tolerance": [], "slope": {}}
    for r in rows:
        t = terms(r)
        out["logpdf"].append(number(mp.fsum(t)))
        out["tolerance"].append(tolerance(t))
    for name in (["x"] if slope_x else []) + list(names if slopes is None else slopes):
        got = []
        for r in rows:
            at = {k: v if isinstance(v, (list, int)) else mpf(v) for k, v in r.items()}
            def f(v):
                return mp.fsum(terms({**at, name: v}))
            v = at[name]
            h = mpf(10) ** -15 * max(1, fabs(v))
            d = lambda h: (f(v + h) - f(v - h)) / (2 * h)
            got.append(number((4 * d(h / 2) - d(h)) / 3))
        out["slope"][name] = got
    if cdf:
        out["cdf"] = [number(cdf(r)) for r in rows]
    return out


def continuous_sample(call, quantile, mean, var, fourth):
    return {"call": call, "kind": "continuous",
            "edge": [number(quantile(mpf(k) / BINS)) for k in range(1, BINS)],
            "share": [1.0 / BINS] * BINS,
            "mean": number(mean), "var": number(var), "fourth": number(fourth)}


def discrete_sample(call, p):
    mean = sum(k * q for k, q in enumerate(p))
    return {"call": call, "kind": "discrete", "edge": [k + 0.5 for k in range(len(p) - 1)],
            "share": [number(q) for q in p], "mean": number(mean),
            "var": number(sum((k - mean) ** 2 * q for k, q in enumerate(p))),
            "fourth": number(sum((k - mean) ** 4 * q for k, q in enumerate(p)))}


def normal_terms(x, m, s):
    x, m, s = mpf(x), mpf(m), mpf(s)
    return [-((x - m) / s) ** 2 / 2, -log(s), -log(2 * pi) / 2]


def normal_cdf(x, m, s):
    return erfc((mpf(m) - mpf(x)) / (mpf(s) * sqrt(mpf(2)))) / 2


def normal_quantile(q):
    return sqrt(mpf(2)) * erfinv(2 * q - 1)


rng = random.Random(1)


def spread(n=POINTS, scale=True, far=6):
    """Points near and far, at scales from small to large."""
    for i in range(n):
        s = 10 ** rng.uniform(-3, 3) if scale else 10 ** rng.uniform(-0.5, 0.5)
        m = rng.choice([0.0, rng.gauss(0, 1), rng.gauss(0, 100)])
        z = rng.uniform(-far, far) if i % 5 else rng.uniform(-37, 37)
        yield m, s, m + s * z


def Normal():
    rows = [{"m": m, "s": s, "x": x} for m, s, x in spread()]
    v = [{"m": m, "v": s * s, "x": x} for m, s, x in spread(40)]
    by_var = lambda r: [-(mpf(r["x"]) - mpf(r["m"])) ** 2 / (2 * mpf(r["v"])), -log(mpf(r["v"])) / 2, -log(2 * pi) / 2]
    w = [{"m": m, "p": s, "x": m + (x - m) / s} for m, s, x in spread(40)]
    by_p = lambda r: [-(mpf(r["x"]) - mpf(r["m"])) ** 2 * mpf(r["p"]) / 2, log(mpf(r["p"])) / 2, -log(2 * pi) / 2]
    return {"case": [
        case("Normal(m, s)", rows, ["m", "s"], lambda r: normal_terms(r["x"], r["m"], r["s"]),
             lambda r: normal_cdf(r["x"], r["m"], r["s"])),
        case("Normal(m, var = v)", v, ["m", "v"], by_var),
        case("Normal(m, precision = p)", w, ["m", "p"], by_p)],
        "outside": [], "bad": [["Normal(0, -1)", "sd"], ["Normal(0, 0.0)", "sd"], ["Normal([0, 1], [1, -2])", "sd"],
                               ["Normal(0, var = -1)", "var"], ["Normal(0, precision = -1)", "precision"],
                               ["Normal(0, \"1\")", "sd"], ["Normal(0, sdd = 1)", "sdd"]],
        "sample": [continuous_sample("Normal(1.5, 2)", lambda q: mpf(3) / 2 + 2 * normal_quantile(q), 1.5, 4, 48)]}


def HalfNormal():
    rows = [{"s": s, "x": s * abs(rng.gauss(0, 1)) * 10 ** rng.uniform(-3, 1)} for m, s, x in spread()]
    terms = lambda r: [log(2 / pi) / 2, -log(mpf(r["s"])), -(mpf(r["x"]) / mpf(r["s"])) ** 2 / 2]
    m, v = 2 * sqrt(2 / pi), 4 * (1 - 2 / pi)
    c4 = 16 * (3 - 4 / pi - 12 / pi ** 2)
    return {"case": [case("HalfNormal(s)", rows, ["s"], terms, lambda r: erf(mpf(r["x"]) / (mpf(r["s"]) * sqrt(mpf(2)))))],
            "outside": [["HalfNormal(2)", "[-1e-300, -0.5, -1e10, -inf]"]],
            "bad": [["HalfNormal(-1)", "scale"], ["HalfNormal(0.0)", "scale"]],
            "sample": [continuous_sample("HalfNormal(2)", lambda q: 2 * sqrt(mpf(2)) * erfinv(q), m, v, c4)]}


def LogNormal():
    rows = []
    for i in range(POINTS):
        m, s = rng.gauss(0, 1), 10 ** rng.uniform(-0.3, 0.5)
        rows.append({"m": m, "s": s, "x": float(exp(mpf(m) + mpf(s) * rng.uniform(-6, 6)))})
    terms = lambda r: [-log(mpf(r["x"]))] + normal_terms(log(mpf(r["x"])), r["m"], r["s"])
    s = mpf(1) / 2
    e = exp(s * s)
    mean, var = exp(mpf(3) / 10 + s * s / 2), (e - 1) * exp(mpf(6) / 10 + s * s)
    fourth = var ** 2 * (e ** 4 + 2 * e ** 3 + 3 * e ** 2 - 3)
    return {"case": [case("LogNormal(m, s)", rows, ["m", "s"], terms, lambda r: normal_cdf(log(mpf(r["x"])), r["m"], r["s"]))],
            "outside": [["LogNormal(0, 1)", "[-1e-300, -0.5, -1e10, 0.0, -inf]"]],
            "bad": [["LogNormal(0, -1)", "sd"]],
            "sample": [continuous_sample("LogNormal(0.3, 0.5)", lambda q: exp(mpf(3) / 10 + s * normal_quantile(q)), mean, var, fourth)]}


def laplace_quantile(q):
    return log(2 * q) if q < mpf(1) / 2 else -log(2 - 2 * q)


def Laplace():
    rows = [{"m": m, "s": s, "x": x} for m, s, x in spread()]
    terms = lambda r: [-log(2 * mpf(r["s"])), -fabs(mpf(r["x"]) - mpf(r["m"])) / mpf(r["s"])]
    def cdf(r):
        z = (mpf(r["x"]) - mpf(r["m"])) / mpf(r["s"])
        return exp(z) / 2 if z < 0 else 1 - exp(-z) / 2
    return {"case": [case("Laplace(m, s)", rows, ["m", "s"], terms, cdf)], "outside": [],
            "bad": [["Laplace(0, -1)", "scale"], ["Laplace(0, 0.0)", "scale"]],
            "sample": [continuous_sample("Laplace(-1, 2)", lambda q: -1 + 2 * laplace_quantile(q), -1, 8, 384)]}


def Uniform():
    rows = []
    for i in range(POINTS):
        lo = rng.gauss(0, 10)
        hi = lo + 10 ** rng.uniform(-3, 3)
        rows.append({"lo": lo, "hi": hi, "x": lo + (hi - lo) * rng.uniform(0.001, 0.999)})
    terms = lambda r: [-log(mpf(r["hi"]) - mpf(r["lo"])) + 0 * mpf(r["x"])]
    return {"case": [case("Uniform(lo, hi)", rows, ["lo", "hi"], terms,
                          lambda r: (mpf(r["x"]) - mpf(r["lo"])) / (mpf(r["hi"]) - mpf(r["lo"])))],
            "outside": [["Uniform(1, 3)", "[0.999, 3.001, -5.0, 1e300, -inf, inf]"]],
            "bad": [["Uniform(\"a\", 1)", "lo"]],
            "sample": [continuous_sample("Uniform(-1, 3)", lambda q: -1 + 4 * q, 1, mpf(16) / 12, mpf(256) / 80)]}


def Bernoulli():
    rows, far = [], []
    for i in range(POINTS):
        p = rng.choice([rng.random(), 10 ** rng.uniform(-12, -1), 1 - 10 ** rng.uniform(-12, -1)])
        rows.append({"p": p, "x": i % 2})
        far.append({"l": rng.choice([rng.gauss(0, 3), rng.uniform(-700, 700)]), "x": i % 2})
    terms = lambda r: [log(mpf(r["p"])) if r["x"] else log(1 - mpf(r["p"]))]
    by_logits = lambda r: [-log(1 + exp(-mpf(r["l"]))) if r["x"] else -log(1 + exp(mpf(r["l"])))]
    return {"case": [case("Bernoulli(p)", rows, ["p"], terms, slope_x=False),
                     case("Bernoulli(logits = l)", far, ["l"], by_logits, slope_x=False)],
            "outside": [["Bernoulli(0.3)", "[2, -1, 7]"], ["Bernoulli(0.0)", "[1]"], ["Bernoulli(1.0)", "[0]"]],
            "bad": [["Bernoulli(-0.1)", "p"], ["Bernoulli(1.5)", "p"]],
            "sample": [discrete_sample("Bernoulli(0.3)", [mpf(7) / 10, mpf(3) / 10])]}


def Categorical():
    by_p, by_l = [], []
    for i in range(POINTS):
        k = [rng.gammavariate(0.5, 1) + 1e-6 for _ in range(4)]
        p = [v / sum(k) for v in k]
        by_p.append({"p": p, "x": i % 4})
        by_l.append({"l": [rng.gauss(0, 10) for _ in range(4)], "x": i % 4})
    terms = lambda r: [log(mpf(r["p"][r["x"]]) / mp.fsum(mpf(v) for v in r["p"]))]
    logits = lambda r: [mpf(r["l"][r["x"]]), -log(mp.fsum(exp(mpf(v)) for v in r["l"]))]
    return {"case": [case("Categorical(p)", by_p, ["p"], terms, slopes=[], slope_x=False),
                     case("Categorical(logits = l)", by_l, ["l"], logits, slopes=[], slope_x=False)],
            "outside": [["Categorical([0.2, 0.3, 0.5])", "[3, -1, 100]"]],
            "bad": [["Categorical([0.2, 0.3])", "p"], ["Categorical([-0.5, 1.5])", "p"], ["Categorical(0.5)", "p"]],
            "sample": [discrete_sample("Categorical([0.1, 0.2, 0.3, 0.4])", [mpf(k) / 10 for k in (1, 2, 3, 4)])]}


def Flat():
    rows = [{"x": x} for m, s, x in spread()]
    return {"case": [case("Flat()", rows, [], lambda r: [0 * mpf(r["x"])])], "outside": [], "bad": [], "sample": []}


def mixture():
    rows = []
    for i in range(POINTS):
        k = [rng.gammavariate(1, 1) + 1e-3 for _ in range(3)]
        rows.append({"w": [v / sum(k) for v in k], "m": [rng.gauss(0, 3) for _ in range(3)],
                     "s": [10 ** rng.uniform(-0.5, 0.5) for _ in range(3)], "x": rng.uniform(-8, 8)})
    def density(r):
        return mp.fsum(mpf(r["w"][k]) * exp(mp.fsum(normal_terms(r["x"], r["m"][k], r["s"][k]))) for k in range(3))
    out = case("mixture(w, Normal(m, s))", rows, ["w", "m", "s"], lambda r: [log(density(r))],
               lambda r: mp.fsum(mpf(r["w"][k]) * normal_cdf(r["x"], r["m"][k], r["s"][k]) for k in range(3)), slopes=[])
    for i, r in enumerate(rows):    # the terms under the sum count as terms
        out["tolerance"][i] = tolerance([t for k in range(3) for t in normal_terms(r["x"], r["m"][k], r["s"][k])])
    w, m, s = [mpf(3) / 10, mpf(7) / 10], [mpf(-1), mpf(2)], [mpf(1) / 2, mpf(3) / 2]
    cdf = lambda x: sum(w[k] * normal_cdf(x, m[k], s[k]) for k in range(2))
    mean = sum(a * b for a, b in zip(w, m))
    second = lambda k: s[k] ** 2 + (m[k] - mean) ** 2
    fourth = lambda k: 3 * s[k] ** 4 + 6 * s[k] ** 2 * (m[k] - mean) ** 2 + (m[k] - mean) ** 4
    return {"case": [out], "outside": [["mixture([0.3, 0.7], Uniform([0, 2], [1, 3]))", "[1.5, -0.5, 3.5]"]],
            "bad": [["mixture([0.3, 0.3], Normal([0, 1], 1))", "weights"], ["mixture([0.3, 0.7], Normal(0, 1))", "components"],
                    ["mixture([0.3, 0.7], 3)", "components"], ["mixture(0.5, Normal([0, 1], 1))", "weights"]],
            "sample": [continuous_sample("mixture([0.3, 0.7], Normal([-1, 2], [0.5, 1.5]))",
                                         lambda q: findroot(lambda x: cdf(x) - q, (mpf(-4), mpf(8)), solver="anderson", tol=1e-40),
                                         mean, sum(w[k] * second(k) for k in range(2)), sum(w[k] * fourth(k) for k in range(2)))]}


def vector_rows(vector):
    rows = []
    for i in range(POINTS):
        rows.append({"m": [rng.gauss(0, 3) for _ in range(3)] if vector else rng.gauss(0, 3),
                     "s": 10 ** rng.uniform(-0.5, 0.5), "x": [rng.uniform(-8, 8) for _ in range(3)]})
    return rows


def iid():
    terms = lambda r: [t for x in r["x"] for t in normal_terms(x, r["m"], r["s"])]
    rows = [{**r, "m": 0.7, "s": 1.3} for r in vector_rows(False)]
    return {"case": [case("iid(Normal(m[0], s[0]), 3)", rows, ["m", "s"], terms, slopes=[], slope_x=False)],
            "outside": [["iid(HalfNormal(1), 2)", "[[-1.0, 1.0], [1.0, -1.0]]"]],
            "bad": [["iid(3, 2)", "d"]], "sample": []}


def joint():
    terms = lambda r: [t for x, m in zip(r["x"], r["m"]) for t in normal_terms(x, m, r["s"])]
    return {"case": [case("joint(Normal(m, column(s)))", vector_rows(True), ["m", "s"], terms, slopes=["s"], slope_x=False)],
            "outside": [["joint(Uniform(zeros(2), 1))", "[[-1.0, 0.5], [0.5, 1.5]]"]],
            "bad": [["joint(3)", "d"], ["joint(Normal(0, 1))", "d"]], "sample": []}


def chi_square_limit(dof, alarm):
    """x with P(chi² > x) = alarm."""
    f = lambda x: mp.gammainc(mpf(dof) / 2, x / 2, regularized=True) - alarm
    lo, hi = mpf(dof), mpf(10) * dof + 100
    for _ in range(60):
        mid = (lo + hi) / 2
        lo, hi = (mid, hi) if f(mid) > 0 else (lo, mid)
    return number(hi)


if __name__ == "__main__":
    for make in (Normal, HalfNormal, LogNormal, Laplace, Uniform, Bernoulli, Categorical, Flat, mixture, iid, joint):
        out = make()
        for s in out["sample"]:
            dof = len(s["share"]) - 1
            s["limit"], s["limit_all"] = chi_square_limit(dof, mpf(10) ** -8), chi_square_limit(SEEDS * dof, mpf(10) ** -8)
        with open(make.__name__ + ".json", "w") as f:
            json.dump(out, f, allow_nan=False, separators=(",", ":"))
            f.write("\n")
