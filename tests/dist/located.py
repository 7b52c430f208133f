# SPDX-License-Identifier: MIT
"""Distributions over the real line, moved by a location and stretched by a scale."""
from oracle import *

REAL = lambda terms, cuts: Line(terms, -mp.inf, mp.inf, cuts)
WIDE = [-40, -10, -4, -1, 0, 1, 4, 10, 40]


def spread(n=POINTS, far=37, near=6):
    """Points near and far, at scales from small to large."""
    rows = []
    for i in range(n):
        s = short(10 ** rng.uniform(-3, 3))
        m = short(rng.choice([0.0, rng.gauss(0, 1), rng.gauss(0, 100)]))
        z = rng.uniform(-near, near) if i % 5 else rng.uniform(-far, far)
        rows.append({"m": m, "s": s, "x": short(m + s * z, 7)})
    return rows


def moved(terms, tails):
    """The terms and tails of a standard form z, at (x - m) / s."""
    z = lambda r: (r["x"] - r["m"]) / r["s"]
    return (lambda r: terms(z(r), r) + [-log(r["s"])]), (lambda r: tails(z(r), r))


def normal_tails(z, r=None):
    return erfc(-z / sqrt(mpf(2))) / 2, erfc(z / sqrt(mpf(2))) / 2


normal, normal_two = moved(lambda z, r: [-z ** 2 / 2, -log(2 * pi) / 2], normal_tails)


def Normal():
    rows = spread()
    by_var = lambda r: [-(r["x"] - r["m"]) ** 2 / (2 * r["v"]), -log(r["v"]) / 2, -log(2 * pi) / 2]
    by_p = lambda r: [-(r["x"] - r["m"]) ** 2 * r["p"] / 2, log(r["p"]) / 2, -log(2 * pi) / 2]
    other = lambda f, n: [{"m": r["m"], n: short(f(r)), "x": r["x"]} for r in spread(40)]
    line, one = REAL(normal, WIDE), {"m": 1.5, "s": 2.0}
    return {"case": [case("Normal(m, s)", rows, normal, tails=normal_two, quantiles=40),
                     case("Normal(m, var = v)", other(lambda r: r["s"] ** 2, "v"), by_var),
                     case("Normal(m, precision = p)", other(lambda r: r["s"] ** -2, "p"), by_p)],
            "bad": [["Normal(0, -1)", "sd"], ["Normal(0, 0.0)", "sd"], ["Normal([0, 1], [1, -2])", "sd"],
                    ["Normal(0, var = -1)", "var"], ["Normal(0, precision = -1)", "precision"],
                    ["Normal(0, \"1\")", "sd"], ["Normal(0, sdd = 1)", "sdd"]],
            "summary": [summary("Normal(1.5, 2)", line, one)],
            "kl": [kl("Normal(1.5, 2)", "Normal(0.5, 0.7)", line, one, {"m": 0.5, "s": 0.7})],
            "sample": [sample("Normal(m, s)", line, one, normal_two, ["m", "s"])]}


def laplace_tails(z, r):
    t = exp(-fabs(z)) / 2
    return (t, 1 - t) if z < 0 else (1 - t, t)


def Laplace():
    terms, tails = moved(lambda z, r: [-fabs(z), -log(mpf(2))], laplace_tails)
    one = {"m": -1.0, "s": 2.0}
    line = REAL(terms, [-80, -20, -8, -3, -1, 0, 1, 6, 20, 80])
    return {"case": [case("Laplace(m, s)", spread(), terms, tails=tails, quantiles=40)],
            "bad": [["Laplace(0, -1)", "scale"], ["Laplace(0, 0.0)", "scale"]],
            "summary": [summary("Laplace(-1, 2)", line, one)],
            "kl": [kl("Laplace(-1, 2)", "Laplace(0, 0.7)", line, one, {"m": 0.0, "s": 0.7}),
                   kl("Laplace(-1, 2)", "Laplace(-1, 3)", line, one, {"m": -1.0, "s": 3.0})],
            "sample": [sample("Laplace(m, s)", line, one, tails, ["m", "s"])]}


def Logistic():
    terms, tails = moved(lambda z, r: [-fabs(z), -2 * log1p(exp(-fabs(z)))],
                         lambda z, r: (1 / (1 + exp(-z)), 1 / (1 + exp(z))))
    one = {"m": 0.5, "s": 1.5}
    line = REAL(terms, [-80, -20, -8, -3, 0, 3, 8, 20, 80])
    return {"case": [case("Logistic(m, s)", spread(far=600), terms, tails=tails, quantiles=40)],
            "bad": [["Logistic(0, -1)", "scale"]],
            "edge": [["logpdf(Logistic(0, 1), 1e4)", -1e4], ["logpdf(Logistic(0, 1), -1e4)", -1e4],
                     ["grad(fn(m) = logpdf(Logistic(m, 1), 1e4))(0.0)", 1.0],
                     ["log_ccdf(Logistic(0, 1), 1e4)", -1e4], ["log_cdf(Logistic(0, 1), -1e4)", -1e4]],
            "summary": [summary("Logistic(0.5, 1.5)", line, one)],
            "sample": [sample("Logistic(m, s)", line, one, tails, ["m", "s"])]}


def Gumbel():
    terms, tails = moved(lambda z, r: [-z, -exp(-z)], lambda z, r: (exp(-exp(-z)), -mp.expm1(-exp(-z))))
    one, two = {"m": 0.5, "s": 1.5}, {"m": 1.0, "s": 2.0}
    line = Line(terms, -12, mp.inf, [-6, -3, 0, 3, 8, 20, 80])    # below -12 the density is under 1e-1700
    rows = [r if (r["x"] - r["m"]) / r["s"] > -6 else {**r, "x": short(r["m"] + r["s"] * rng.uniform(-6, 3), 7)} for r in spread(far=300)]
    return {"case": [case("Gumbel(m, s)", rows, terms, tails=tails, quantiles=40)],
            "bad": [["Gumbel(0, -1)", "scale"]],
            "summary": [summary("Gumbel(0.5, 1.5)", line, one)],
            "kl": [kl("Gumbel(0.5, 1.5)", "Gumbel(1, 2)", line, one, two)],
            "sample": [sample("Gumbel(m, s)", line, one, tails, ["m", "s"])]}


def Cauchy():
    def tails(z, r):
        small = mp.atan(1 / fabs(z)) / pi if z else mpf(1) / 2
        return (small, 1 - small) if z < 0 else (1 - small, small)
    terms, both = moved(lambda z, r: [-log(pi), -log1p(z ** 2)], tails)
    one, two = {"m": 0.5, "s": 1.5}, {"m": 1.0, "s": 2.0}
    line = REAL(terms, [-1e6, -1e3, -40, -10, -4, -1, 0, 1, 4, 10, 40, 1e3, 1e6])
    return {"case": [case("Cauchy(m, s)", spread(far=1e5), terms, tails=both, quantiles=40)],
            "bad": [["Cauchy(0, -1)", "scale"]],
            "summary": [summary("Cauchy(0.5, 1.5)", line, one, "entropy mode", mean=mp.nan, var=mp.nan)],
            "edge": [["logpdf(Cauchy(0, 1), 1e200)", float(-log(pi) - 2 * log(mpf(1e200)))],
                     ["grad(fn(x) = logpdf(Cauchy(0, 1), x))(1e200) * 1e200", -2.0]],
            "kl": [kl("Cauchy(0.5, 1.5)", "Cauchy(1, 2)", line, one, two)],
            "sample": [sample("Cauchy(m, s)", line, one, both, ["m", "s"], moments=0)]}


def student_tails(z, r):
    small = mp.betainc(r["d"] / 2, mpf(1) / 2, 0, r["d"] / (r["d"] + z ** 2), regularized=True) / 2
    return (small, 1 - small) if z < 0 else (1 - small, small)


def StudentT():
    standard = lambda z, r: [-log(mp.beta(mpf(1) / 2, r["d"] / 2)), -log(r["d"]) / 2, -(r["d"] + 1) / 2 * log1p(z ** 2 / r["d"])]
    terms, tails = moved(standard, student_tails)
    rows = [{"d": short(10 ** rng.uniform(-1, 3)), **r} for r in spread()]
    one = {"d": 9.0, "m": 0.2, "s": 0.8}
    line = REAL(terms, [-1e4, -100, -20, -5, -2, 0, 2, 5, 20, 100, 1e4])
    huge, x = mpf(10) ** 15, mpf(3) / 2
    at = lambda d, x: fsum(terms(mpr({"d": d, "m": mpf(0), "s": mpf(1), "x": x})))
    return {"case": [case("StudentT(d, m, s)", rows, terms, tails=tails, quantiles=40)],
            "bad": [["StudentT(0.0)", "df"], ["StudentT(-1)", "df"], ["StudentT(3, 0, -1)", "scale"]],
            "edge": [["logpdf(StudentT(4, 0.2, 0.8), 1.5)", "-2.0249650128096524"],
                     ["logpdf(StudentT(1e15), 1.5)", text(at(huge, x))],
                     ["grad(fn(x) = logpdf(StudentT(1e15), x))(1.5)", text(derivative(lambda v: at(huge, v), x))],
                     ["grad(fn(d) = logpdf(StudentT(d), 1.5))(1e15)", text(derivative(lambda v: at(v, x), huge))],
                     ["logpdf(StudentT(3), 1e200)", text(at(mpf(3), mpf(1e200)))]],
            "summary": [summary("StudentT(9, 0.2, 0.8)", line, one),
                        {"call": "StudentT(1)", "mean": "nan", "var": "nan"}, {"call": "StudentT(2)", "mean": "0.0", "var": "inf"},
                        {"call": "StudentT(1.5)", "mean": "0.0", "var": "inf"}],
            "sample": [sample("StudentT(d, m, s)", line, one, tails, ["d", "m", "s"])]}


def SkewNormal():
    skew = lambda z, r: [log(mpf(2)), -z ** 2 / 2, -log(2 * pi) / 2, log(erfc(-r["a"] * z / sqrt(mpf(2))) / 2)]
    def tails(z, r):
        # Owen's T by its integral; the smaller tail by quadrature of the density.
        p = lambda t: exp(fsum(skew(t, r)))
        cuts = sorted({z + k for k in (1, 3, 8, 20)}) if z > 0 else sorted({z - k for k in (1, 3, 8, 20)})
        small = quad(p, [z] + cuts + [mp.inf]) if z > 0 else quad(p, [-mp.inf] + cuts + [z])
        return (1 - small, small) if z > 0 else (small, 1 - small)
    terms, both = moved(skew, tails)
    rows = [{"a": short(rng.gauss(0, 3)), **r} for r in spread()]
    few = [r for r in rows if fabs(r["x"] - r["m"]) < 10 * r["s"]][:40]
    one = {"a": -1.5, "m": 0.5, "s": 2.0}
    line = REAL(terms, WIDE)
    at = {"a": mpf(4), "m": mpf(0), "s": mpf(1)}
    return {"case": [case("SkewNormal(m, s, a)", rows, terms), case("SkewNormal(m, s, a)", few, terms, tails=both, logs=False, quantiles=20)],
            "bad": [["SkewNormal(0, -1)", "scale"]],
            "edge": [["logpdf(SkewNormal(0, 1, 4), -1e4)", text(fsum(terms({**at, "x": mpf(-10 ** 4)})))],
                     ["grad(fn(x) = logpdf(SkewNormal(0, 1, 4), x))(-1e4)", text(derivative(lambda v: fsum(terms({**at, "x": v})), mpf(-10 ** 4)))]],
            "summary": [summary("SkewNormal(0.5, 2, -1.5)", line, one, "mean var mode")],
            "sample": [sample("SkewNormal(m, s, a)", line, one, both, ["a", "m", "s"])]}
