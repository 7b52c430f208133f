# SPDX-License-Identifier: MIT
"""Distributions over the positive half-line."""
from oracle import *
from located import normal_tails, student_tails

POSITIVE = lambda terms, cuts: Line(terms, 0, mp.inf, cuts)
BELOW, BELOW_0 = "[-1e-300, -0.5, -1e10, -inf]", "[-1e-300, -0.5, -1e10, 0.0, -inf]"


def rate_and_scale(n=POINTS, near=1):
    """x times a scale: near it, and at all distances."""
    for i in range(n):
        s = short(10 ** rng.uniform(-3, 3))
        yield s, short(s * abs(rng.gauss(0, near)) * 10 ** (rng.uniform(-3, 1) if i % 5 else 0), 7)


def HalfNormal():
    terms = lambda r: [log(2 / pi) / 2, -log(r["s"]), -(r["x"] / r["s"]) ** 2 / 2]
    tails = lambda r: (erf(r["x"] / r["s"] / sqrt(mpf(2))), erfc(r["x"] / r["s"] / sqrt(mpf(2))))
    line, one = POSITIVE(terms, [1, 2, 5, 10, 20, 40]), {"s": 2.0}
    return {"case": [case("HalfNormal(s)", [{"s": s, "x": x} for s, x in rate_and_scale()], terms, tails=tails, quantiles=40)],
            "outside": [["HalfNormal(2)", BELOW]],
            "bad": [["HalfNormal(-1)", "scale"], ["HalfNormal(0.0)", "scale"]],
            "edge": [["logpdf(HalfNormal(1), 0.0)", text(log(2 / pi) / 2)], ["grad(fn(x) = logpdf(HalfNormal(1), x))(0.0)", 0.0]],
            "summary": [summary("HalfNormal(2)", line, one, "mean var entropy", mode=0)],
            "kl": [kl("HalfNormal(2)", "HalfNormal(0.7)", line, one, {"s": 0.7})],
            "sample": [sample("HalfNormal(s)", line, one, tails, ["s"])]}


def HalfCauchy():
    terms = lambda r: [log(2 / pi), -log(r["s"]), -log1p((r["x"] / r["s"]) ** 2)]
    tails = lambda r: (2 * mp.atan(r["x"] / r["s"]) / pi, 2 * mp.atan2(r["s"], r["x"]) / pi)
    line, one = POSITIVE(terms, [1, 2, 5, 20, 100, 1e4, 1e8]), {"s": 2.0}
    return {"case": [case("HalfCauchy(s)", [{"s": s, "x": x} for s, x in rate_and_scale(near=100)], terms, tails=tails, quantiles=40)],
            "outside": [["HalfCauchy(2)", BELOW]], "bad": [["HalfCauchy(-1)", "scale"]],
            "edge": [["logpdf(HalfCauchy(1), 0.0)", text(log(2 / pi))],
                     ["logpdf(HalfCauchy(1), 1e200)", text(log(2 / pi) - 2 * log(mpf(1e200)))]],
            "summary": [summary("HalfCauchy(2)", line, one, "entropy", mode=0, mean=mp.inf, var=mp.inf)],
            "kl": [kl("HalfCauchy(2)", "HalfCauchy(0.7)", line, one, {"s": 0.7})],
            "sample": [sample("HalfCauchy(s)", line, one, tails, ["s"], moments=0)]}


def HalfStudentT():
    terms = lambda r: [log(mpf(2)), -log(r["s"]), -log(mp.beta(mpf(1) / 2, r["d"] / 2)), -log(r["d"]) / 2,
                       -(r["d"] + 1) / 2 * log1p((r["x"] / r["s"]) ** 2 / r["d"])]
    def tails(r):
        z = (r["x"] / r["s"]) ** 2
        return (mp.betainc(mpf(1) / 2, r["d"] / 2, 0, z / (r["d"] + z), regularized=True),
                mp.betainc(r["d"] / 2, mpf(1) / 2, 0, r["d"] / (r["d"] + z), regularized=True))
    rows = [{"d": short(10 ** rng.uniform(-1, 3)), "s": s, "x": x} for s, x in rate_and_scale(near=3)]
    line, one = POSITIVE(terms, [1, 2, 5, 20, 100, 1e4]), {"d": 9.0, "s": 0.8}
    return {"case": [case("HalfStudentT(d, s)", rows, terms, tails=tails, quantiles=40)],
            "outside": [["HalfStudentT(3, 2)", BELOW]],
            "bad": [["HalfStudentT(-1)", "df"], ["HalfStudentT(2, -1)", "scale"]],
            "summary": [summary("HalfStudentT(9, 0.8)", line, one, "mean var entropy", mode=0),
                        {"call": "HalfStudentT(1)", "mean": "inf", "var": "nan"}, {"call": "HalfStudentT(2)", "var": "inf"}],
            "sample": [sample("HalfStudentT(d, s)", line, one, tails, ["d", "s"])]}


def LogNormal():
    z = lambda r: (log(r["x"]) - r["m"]) / r["s"]
    terms = lambda r: [-log(r["x"]), -z(r) ** 2 / 2, -log(r["s"]), -log(2 * pi) / 2]
    tails = lambda r: normal_tails(z(r))
    rows = []
    for i in range(POINTS):
        m, s = short(rng.gauss(0, 1)), short(10 ** rng.uniform(-0.3, 0.5))
        rows.append({"m": m, "s": s, "x": short(exp(m + s * rng.uniform(-6, 6)), 7)})
    line, one, two = POSITIVE(terms, [0.1, 0.5, 1, 1.5, 3, 6, 20, 100]), {"m": 0.3, "s": 0.5}, {"m": -0.2, "s": 0.8}
    return {"case": [case("LogNormal(m, s)", rows, terms, tails=tails, quantiles=40)],
            "outside": [["LogNormal(0, 1)", BELOW_0]], "bad": [["LogNormal(0, -1)", "sd"]],
            "summary": [summary("LogNormal(0.3, 0.5)", line, one)],
            "kl": [kl("LogNormal(0.3, 0.5)", "LogNormal(-0.2, 0.8)", line, one, two)],
            "sample": [sample("LogNormal(m, s)", line, one, tails, ["m", "s"])]}


def Exponential():
    terms = lambda r: [log(r["l"]), -r["l"] * r["x"]]
    tails = lambda r: (-mp.expm1(-r["l"] * r["x"]), exp(-r["l"] * r["x"]))
    rows = [{"l": short(1 / s), "x": x} for s, x in rate_and_scale(near=5)]
    line, one = POSITIVE(terms, [0.3, 1, 3, 10, 40]), {"l": 1.7}
    return {"case": [case("Exponential(l)", rows, terms, tails=tails, quantiles=40)],
            "outside": [["Exponential(2)", BELOW]], "bad": [["Exponential(-1)", "rate"], ["Exponential(0.0)", "rate"]],
            "edge": [["logpdf(Exponential(2), 0.0)", text(log(mpf(2)))], ["grad(fn(x) = logpdf(Exponential(2), x))(0.0)", -2.0],
                     ["grad(fn(l) = logpdf(Exponential(l), 0.0))(2.0)", 0.5], ["cdf(Exponential(2), 0.0)", 0.0]],
            "summary": [summary("Exponential(1.7)", line, one, "mean var entropy", mode=0)],
            "kl": [kl("Exponential(1.7)", "Exponential(0.4)", line, one, {"l": 0.4})],
            "sample": [sample("Exponential(l)", line, one, tails, ["l"])]}


gamma_terms = lambda r: [r["a"] * log(r["b"]), (r["a"] - 1) * log(r["x"]), -r["b"] * r["x"], -mp.loggamma(r["a"])]


def gamma_tails(a, y):
    return mp.gammainc(a, 0, y, regularized=True), mp.gammainc(a, y, regularized=True)


def gamma_rows(n=POINTS):
    """Shapes small and large, x around the mean and in the tails."""
    rows = []
    for i in range(n):
        a, s = short(10 ** rng.uniform(-1, 4)), short(10 ** rng.uniform(-3, 3))
        y = a * exp(rng.gauss(0, 2 / sqrt(a + 0.5))) if i % 4 else a * 10 ** rng.uniform(-2, 0.5)
        rows.append({"a": a, "b": short(1 / s), "x": short(y * s, 7)})
    return rows


def Gamma():
    tails = lambda r: gamma_tails(r["a"], r["b"] * r["x"])
    line, one, two = POSITIVE(gamma_terms, [0.1, 0.5, 1, 2, 4, 10, 40]), {"a": 2.5, "b": 1.3}, {"a": 1.5, "b": 0.6}
    small = {"a": 0.3, "b": 1.0}
    return {"case": [case("Gamma(a, b)", gamma_rows(), gamma_terms, tails=tails, quantiles=40)],
            "outside": [["Gamma(2, 1)", BELOW]], "bad": [["Gamma(-1, 1)", "shape"], ["Gamma(1, 0.0)", "rate"]],
            "edge": [["logpdf(Gamma(1, 2), 0.0)", text(log(mpf(2)))], ["grad(fn(x) = logpdf(Gamma(1, 2), x))(0.0)", -2.0],
                     ["grad(fn(b) = logpdf(Gamma(1, b), 0.0))(2.0)", 0.5], ["exp(logpdf(Gamma(2, 2), 0.0))", 0.0],
                     edge("logpdf(Gamma(1e6, 1), 1e6)", gamma_terms, a=1e6, b=1.0, x=1e6)],
            "summary": [summary("Gamma(2.5, 1.3)", line, one), {"call": "Gamma(0.5, 2)", "mode": "0.0"}],
            "kl": [kl("Gamma(2.5, 1.3)", "Gamma(1.5, 0.6)", line, one, two)],
            "sample": [sample("Gamma(a, b)", line, one, tails, ["a", "b"]), sample("Gamma(a, b)", line, small, tails, ["a", "b"])]}


def ChiSquared():
    terms = lambda r: [(r["d"] / 2 - 1) * log(r["x"]), -r["x"] / 2, -r["d"] / 2 * log(mpf(2)), -mp.loggamma(r["d"] / 2)]
    tails = lambda r: gamma_tails(r["d"] / 2, r["x"] / 2)
    rows = [{"d": r["a"], "x": short(r["x"] * r["b"], 7)} for r in gamma_rows()]
    line, one = POSITIVE(terms, [0.5, 1, 2, 4, 10, 40, 100]), {"d": 5.0}
    return {"case": [case("ChiSquared(d)", rows, terms, tails=tails, quantiles=20)],
            "outside": [["ChiSquared(2)", BELOW]], "bad": [["ChiSquared(-1)", "df"]],
            "edge": [["logpdf(ChiSquared(2), 0.0)", text(-log(mpf(2)))]],
            "summary": [summary("ChiSquared(5)", line, one)],
            "kl": [kl("ChiSquared(5)", "ChiSquared(3)", line, one, {"d": 3.0})],
            "sample": [sample("ChiSquared(d)", line, one, tails, ["d"])]}


def InvGamma():
    terms = lambda r: [r["a"] * log(r["b"]), -(r["a"] + 1) * log(r["x"]), -r["b"] / r["x"], -mp.loggamma(r["a"])]
    tails = lambda r: gamma_tails(r["a"], r["b"] / r["x"])[::-1]
    rows = [{"a": r["a"], "b": r["b"], "x": short(r["b"] / (r["x"] * r["b"]), 7)} for r in gamma_rows()]
    line, one, two = POSITIVE(terms, [0.02, 0.05, 0.1, 0.2, 0.5, 1, 3, 10, 100, 1e4]), {"a": 6.5, "b": 2.3}, {"a": 3.5, "b": 1.6}
    return {"case": [case("InvGamma(a, b)", rows, terms, tails=tails, quantiles=40)],
            "outside": [["InvGamma(2, 1)", BELOW_0]], "bad": [["InvGamma(-1, 1)", "shape"], ["InvGamma(1, 0.0)", "scale"]],
            "summary": [summary("InvGamma(6.5, 2.3)", line, one), {"call": "InvGamma(1, 2)", "mean": "inf", "var": "inf"},
                        {"call": "InvGamma(2, 2)", "mean": "2.0", "var": "inf"}],
            "kl": [kl("InvGamma(6.5, 2.3)", "InvGamma(3.5, 1.6)", line, one, two)],
            "sample": [sample("InvGamma(a, b)", line, one, tails, ["a", "b"])]}


def Weibull():
    y = lambda r: (r["x"] / r["s"]) ** r["k"]
    terms = lambda r: [log(r["k"]), -log(r["s"]), (r["k"] - 1) * log(r["x"] / r["s"]), -y(r)]
    tails = lambda r: (-mp.expm1(-y(r)), exp(-y(r)))
    rows = []
    for s, x in rate_and_scale():
        k = short(10 ** rng.uniform(-0.5, 1))
        rows.append({"k": k, "s": s, "x": short(s * (abs(rng.gauss(0, 2)) + 1e-3) ** (1 / k) * 10 ** rng.choice([0, rng.uniform(-2, 0)]), 7)})
    line, one, two = POSITIVE(terms, [0.2, 0.5, 1, 2, 3, 5, 10]), {"k": 1.7, "s": 2.0}, {"k": 1.2, "s": 0.9}
    return {"case": [case("Weibull(k, s)", rows, terms, tails=tails, quantiles=40)],
            "outside": [["Weibull(2, 1)", BELOW]], "bad": [["Weibull(-1, 1)", "shape"], ["Weibull(1, 0.0)", "scale"]],
            "edge": [["logpdf(Weibull(1, 2), 0.0)", text(-log(mpf(2)))], ["grad(fn(x) = logpdf(Weibull(1, 2), x))(0.0)", -0.5],
                     ["exp(logpdf(Weibull(2, 2), 0.0))", 0.0]],
            "summary": [summary("Weibull(1.7, 2)", line, one), {"call": "Weibull(0.8, 2)", "mode": "0.0"}],
            "kl": [kl("Weibull(1.7, 2)", "Weibull(1.2, 0.9)", line, one, two)],
            "sample": [sample("Weibull(k, s)", line, one, tails, ["k", "s"])]}
