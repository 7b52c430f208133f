# SPDX-License-Identifier: MIT
"""Distributions over an interval."""
from oracle import *
from located import normal_tails


def Uniform():
    terms = lambda r: [-log(r["hi"] - r["lo"]) + 0 * r["x"]]
    tails = lambda r: ((r["x"] - r["lo"]) / (r["hi"] - r["lo"]), (r["hi"] - r["x"]) / (r["hi"] - r["lo"]))
    rows = []
    for i in range(POINTS):
        lo = short(rng.gauss(0, 10))
        hi = short(lo + 10 ** rng.uniform(-2, 3), 7)
        rows.append({"lo": lo, "hi": hi, "x": lo + (hi - lo) * rng.uniform(0.001, 0.999)})
    line, one = Line(terms, -1, 3, []), {"lo": -1.0, "hi": 3.0}
    return {"case": [case("Uniform(lo, hi)", rows, terms, tails=tails, quantiles=40)],
            "outside": [["Uniform(1, 3)", "[0.999, 3.001, -5.0, 1e300, -inf, inf]"]],
            "bad": [["Uniform(\"a\", 1)", "lo"], ["Uniform(1, 1)", "hi > lo"], ["Uniform([0, 1], [1, 0.5])", "hi > lo"]],
            "summary": [summary("Uniform(-1, 3)", line, one, "mean var entropy")],
            "kl": [["Uniform(0, 1)", "Uniform(-1, 3)", text(log(mpf(4)))], ["Uniform(-1, 3)", "Uniform(0, 1)", "inf"]],
            "sample": [sample("Uniform(lo, hi)", line, one, tails)]}


def Beta():
    terms = lambda r: [(r["a"] - 1) * log(r["x"]), (r["b"] - 1) * log1p(-r["x"]), -log(mp.beta(r["a"], r["b"]))]
    tails = lambda r: (mp.betainc(r["a"], r["b"], 0, r["x"], regularized=True), mp.betainc(r["b"], r["a"], 0, 1 - r["x"], regularized=True))
    rows = []
    for i in range(POINTS):
        a, b = short(10 ** rng.uniform(-1, 2.5)), short(10 ** rng.uniform(-1, 2.5))
        x = rng.betavariate(a, b) if i % 4 else rng.random()
        rows.append({"a": a, "b": b, "x": short(min(max(x, 1e-6), 0.9999), 7)})
    line, one, two = Line(terms, 0, 1, [0.1, 0.3, 0.6, 0.9]), {"a": 2.5, "b": 4.5}, {"a": 1.5, "b": 1.2}
    return {"case": [case("Beta(a, b)", rows, terms, tails=tails, quantiles=40)],
            "outside": [["Beta(2, 2)", "[-1e-300, -0.5, 1.0000001, inf, -inf]"]], "bad": [["Beta(-1, 1)", "a"], ["Beta(1, 0.0)", "b"]],
            "edge": [["logpdf(Beta(1, 1), 0.0)", 0.0], ["logpdf(Beta(1, 1), 1.0)", 0.0],
                     ["grad(fn(x) = logpdf(Beta(1, 1), x))(0.0)", 0.0], ["grad(fn(x) = logpdf(Beta(1, 1), x))(1.0)", 0.0],
                     ["logpdf(Beta(1, 3), 0.0)", text(log(mpf(3)))], ["exp(logpdf(Beta(2, 2), [0.0, 1.0]))[0]", 0.0],
                     edge("logpdf(Beta(1e6, 1e6), 0.5)", terms, a=1e6, b=1e6, x=0.5),
                     edge("logpdf(Beta(1e6, 2e6), 0.3333)", terms, a=1e6, b=2e6, x=0.3333),
                     ["grad(fn(a) = logpdf(Beta(a, 1e6), 0.5))(1e6)", text(derivative(lambda v: fsum(terms({"a": v, "b": mpf(10) ** 6, "x": mpf(0.5)})), 10 ** 6))]],
            "summary": [summary("Beta(2.5, 4.5)", line, one), {"call": "Beta(0.5, 3)", "mode": "0.0"}, {"call": "Beta(3, 0.5)", "mode": "1.0"}],
            "kl": [kl("Beta(2.5, 4.5)", "Beta(1.5, 1.2)", line, one, two)],
            "sample": [sample("Beta(a, b)", line, one, tails, ["a", "b"]),
                       sample("Beta(a, b)", Line(terms, 0, 1 - mpf(10) ** -45, [1e-6, 0.1, 0.9, 1 - 1e-6]), {"a": 0.3, "b": 0.6}, tails, ["a", "b"])]}


def LogitNormal():
    z = lambda r: (log(r["x"]) - log1p(-r["x"]) - r["m"]) / r["s"]
    terms = lambda r: [-log(r["x"]), -log1p(-r["x"]), -z(r) ** 2 / 2, -log(r["s"]), -log(2 * pi) / 2]
    tails = lambda r: normal_tails(z(r))
    rows = []
    for i in range(POINTS):
        m, s = short(rng.gauss(0, 1.5)), short(10 ** rng.uniform(-0.5, 0.3))
        t = max(-12, min(8, m + s * rng.uniform(-5, 5)))
        rows.append({"m": m, "s": s, "x": short(1 / (1 + exp(-t)), 7)})
    line, one, two = Line(terms, 0, 1, [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98]), {"m": 0.3, "s": 0.8}, {"m": -0.5, "s": 1.1}
    return {"case": [case("LogitNormal(m, s)", rows, terms, tails=tails, quantiles=40)],
            "outside": [["LogitNormal(0, 1)", "[-0.5, 0.0, 1.0, 1.5]"]], "bad": [["LogitNormal(0, -1)", "sd"]],
            "kl": [kl("LogitNormal(0.3, 0.8)", "LogitNormal(-0.5, 1.1)", line, one, two)],
            "sample": [sample("LogitNormal(m, s)", line, one, tails, ["m", "s"])]}


def VonMises():
    # log(I0(k) exp(-k)) and k (cos - 1), so that no term is as large as k.
    terms = lambda r: [-2 * r["k"] * mp.sin((r["x"] - r["m"]) / 2) ** 2, -log(2 * pi), -log(mp.besseli(0, r["k"]) * exp(-r["k"]))]
    def tails(r):
        log_norm = terms({**r, "x": r["m"]})
        p = lambda t: exp(-2 * r["k"] * mp.sin((t - r["m"]) / 2) ** 2 + fsum(log_norm))
        cuts = lambda a, b: [a] + sorted(c for c in {r["m"] + k * w for k in (-8, -3, -1, 0, 1, 3, 8) for w in [1 / sqrt(r["k"] + 1)]} if a < c < b) + [b]
        return quad(p, cuts(-pi, r["x"])), quad(p, cuts(r["x"], pi))
    rows = []
    for i in range(POINTS):
        k = short(10 ** rng.uniform(-2, 4))
        m = short(rng.uniform(-3.1, 3.1))
        x = m + rng.gauss(0, 2) / (k + 0.2) ** 0.5 if i % 3 else rng.uniform(-3.1, 3.1)
        rows.append({"m": m, "k": k, "x": short(float(x - 2 * pi * mp.nint(mpf(x) / 2 / pi)), 7)})
    rows = [r for r in rows if abs(r["x"]) < 3.14]
    line, one, two = Line(terms, -pi, pi, [-2, -1, 0, 0.5, 1, 2]), {"m": 0.5, "k": 2.5}, {"m": -1.0, "k": 0.7}
    return {"case": [case("VonMises(m, k)", rows, terms), case("VonMises(m, k)", [r for r in rows if r["k"] < 100][:40], terms, tails=tails, quantiles=10)],
            "outside": [["VonMises(0, 1)", "[-3.2, 3.2, 100.0, inf]"]], "bad": [["VonMises(0, -1)", "concentration"]],
            "edge": [["logpdf(VonMises(0, 1e8), 1e-4)", text(fsum(terms({"m": mpf(0), "k": mpf(10) ** 8, "x": mpf(1e-4)})))],
                     ["cdf(VonMises(0.5, 2), -pi)", 0.0], ["cdf(VonMises(0.5, 2), pi)", 1.0]],
            "summary": [summary("VonMises(0.5, 2.5)", line, one, "entropy mode")],
            "kl": [kl("VonMises(0.5, 2.5)", "VonMises(-1, 0.7)", line, one, two)],
            "sample": [sample("VonMises(m, k)", line, one, tails, ["m", "k"], moments=0)]}


def Kumaraswamy():
    log_rest = lambda r: log1p(-r["x"] ** r["a"])
    terms = lambda r: [log(r["a"]), log(r["b"]), (r["a"] - 1) * log(r["x"]), (r["b"] - 1) * log_rest(r)]
    tails = lambda r: (-mp.expm1(r["b"] * log_rest(r)), exp(r["b"] * log_rest(r)))
    rows = []
    for i in range(POINTS):
        a, b = short(10 ** rng.uniform(-0.7, 2)), short(10 ** rng.uniform(-0.7, 2))
        x = (1 - (1 - rng.random()) ** (1 / b)) ** (1 / a) if i % 4 else rng.random()
        rows.append({"a": a, "b": b, "x": short(min(max(x, 1e-6), 0.9999), 7)})
    line, one = Line(terms, 0, 1, [0.1, 0.3, 0.6, 0.9]), {"a": 2.5, "b": 4.5}
    return {"case": [case("Kumaraswamy(a, b)", rows, terms, tails=tails, quantiles=40)],
            "outside": [["Kumaraswamy(2, 2)", "[-1e-300, -0.5, 1.0000001, inf, -inf]"]],
            "bad": [["Kumaraswamy(-1, 1)", "a"], ["Kumaraswamy(1, 0.0)", "b"]],
            "edge": [["logpdf(Kumaraswamy(1, 1), 0.0)", 0.0], ["logpdf(Kumaraswamy(1, 1), 1.0)", 0.0],
                     ["logpdf(Kumaraswamy(1, 3), 0.0)", text(log(mpf(3)))], ["exp(logpdf(Kumaraswamy(2, 2), [0.0, 1.0]))[0]", 0.0],
                     edge("logpdf(Kumaraswamy(1e6, 1e6), 0.99999)", terms, a=1e6, b=1e6, x=0.99999)],
            "summary": [summary("Kumaraswamy(2.5, 4.5)", line, one), {"call": "Kumaraswamy(0.5, 3)", "mode": "0.0"}, {"call": "Kumaraswamy(3, 0.5)", "mode": "1.0"}],
            "sample": [sample("Kumaraswamy(a, b)", line, one, tails, ["a", "b"])]}
