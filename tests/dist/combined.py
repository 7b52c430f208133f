# SPDX-License-Identifier: MIT
"""Distributions made of others."""
from oracle import *
from located import normal, normal_two, normal_tails, spread


def Flat():
    return {"case": [case("Flat()", [{"x": r["x"]} for r in spread()], lambda r: [0 * r["x"]])]}


def mixture():
    rows = []
    for i in range(POINTS):
        k = [rng.gammavariate(1, 1) + 1e-2 for _ in range(3)]
        w = [short(v / sum(k)) for v in k[:2]]
        rows.append({"w": w + [round(1 - sum(w), 9)], "m": [short(rng.gauss(0, 3)) for _ in range(3)],
                     "s": [short(10 ** rng.uniform(-0.5, 0.5)) for _ in range(3)], "x": short(rng.uniform(-8, 8))})
    part = lambda r, k: {"m": r["m"][k], "s": r["s"][k], "x": r["x"]}
    density = lambda r: fsum(w * exp(fsum(normal(part(r, k)))) for k, w in enumerate(r["w"]))
    both = lambda r: [fsum(w * normal_two(part(r, k))[i] for k, w in enumerate(r["w"])) for i in (0, 1)]
    terms = lambda r: [log(density(r))]
    hidden = lambda r: [t for k in range(len(r["w"])) for t in normal(part(r, k))]
    one = {"w": [0.3, 0.7], "m": [-1.0, 2.0], "s": [0.5, 1.5]}
    line = Line(terms, -mp.inf, mp.inf, [-20, -5, -2, -1, 0, 2, 4, 8, 25])
    return {"case": [case("mixture(w, Normal(m, s))", rows, terms, tails=both, extra=hidden, quantiles=40)],
            "outside": [["mixture([0.3, 0.7], Uniform([0, 2], [1, 3]))", "[1.5, -0.5, 3.5]"]],
            "bad": [["mixture([0.3, 0.3], Normal([0, 1], 1))", "weights"], ["mixture([0.3, 0.7], Normal(0, 1))", "components"],
                    ["mixture([0.3, 0.7], 3)", "components"], ["mixture(0.5, Normal([0, 1], 1))", "weights"]],
            "summary": [summary("mixture([0.3, 0.7], Normal([-1, 2], [0.5, 1.5]))", line, one, "mean var")],
            "sample": [sample("mixture(w, Normal(m, s))", line, one, both)]}


def vector_rows(vector):
    for i in range(POINTS):
        yield {"m": [short(rng.gauss(0, 3)) for _ in range(3)] if vector else 0.7,
               "s": short(10 ** rng.uniform(-0.5, 0.5)) if vector else 1.3, "x": [short(rng.uniform(-8, 8)) for _ in range(3)]}


def iid():
    terms = lambda r: [t for x in r["x"] for t in normal({"m": r["m"], "s": r["s"], "x": x})]
    return {"case": [case("iid(Normal(m[0], s[0]), 3)", list(vector_rows(False)), terms, slopes=["x"])],
            "outside": [["iid(HalfNormal(1), 2)", "[[-1.0, 1.0], [1.0, -1.0]]"]], "bad": [["iid(3, 2)", "d"], ["iid(Normal(0, 1), 1.5)", "n"]]}


def joint():
    terms = lambda r: [t for x, m in zip(r["x"], r["m"]) for t in normal({"m": m, "s": r["s"], "x": x})]
    return {"case": [case("joint(Normal(m, column(s)))", list(vector_rows(True)), terms)],
            "outside": [["joint(Uniform(zeros(2), 1))", "[[-1.0, 0.5], [0.5, 1.5]]"]],
            "bad": [["joint(3)", "d"], ["joint(Normal(0, 1))", "d"]]}


def alternatives():
    return {"outside": [["alternatives([HalfNormal(1), Uniform(1, 2)])", "[-1.0, 0.5]"]],
            "bad": [["alternatives(3)", "parts"], ["alternatives([3, Normal(0, 1)])", "parts"], ["alternatives([])", "parts"]]}


def pushforward():
    """Of a Normal by exp, and by sigmoid: the densities of LogNormal and LogitNormal."""
    rows = [{"m": short(rng.gauss(0, 1)), "s": short(10 ** rng.uniform(-0.3, 0.5)), "z": rng.uniform(-3, 3)} for i in range(POINTS)]
    of = lambda to: [{"m": r["m"], "s": r["s"], "x": short(to(r["m"] + r["s"] * r["z"]), 7)} for r in rows]
    far = lambda r: normal({**r, "x": log(r["x"])})
    exp_terms = lambda r: far(r) + [-log(r["x"])]
    logit = lambda r: normal({**r, "x": log(r["x"]) - log1p(-r["x"])}) + [-log(r["x"]), -log1p(-r["x"])]
    inside = [r for r in of(lambda z: 1 / (1 + exp(-z))) if 1e-3 < r["x"] < 0.999]
    return {"case": [case("pushforward(exp, Normal(m, s))", of(exp), exp_terms), case("pushforward(sigmoid, Normal(m, s))", inside, logit)],
            "outside": [["pushforward(exp, Normal(0, 1))", "[-1.0, 0.0, -1e300]"], ["pushforward(sigmoid, Normal(0, 1))", "[-0.5, 0.0, 1.0, 2.0]"]],
            "bad": [["pushforward(3, Normal(0, 1))", "f"], ["pushforward(exp, 3)", "base"]]}


def kept(two, r):
    """The log of the mass of [a, b] under tails two, from the smaller tails."""
    a, b = two({**r, "x": r["a"]}), two({**r, "x": r["b"]})
    return log(b[0] - a[0] if a[0] < a[1] else a[1] - b[1])


def truncated():
    terms = lambda r: normal(r) + [-kept(normal_two, r)]
    def tails(r):
        low, high = (exp(kept(normal_two, {**r, **ends}) - kept(normal_two, r)) if ends["a"] < ends["b"] else mpf(0)
                     for ends in ({"a": r["a"], "b": r["x"]}, {"a": r["x"], "b": r["b"]}))
        return low, high
    rows, middle = [], []
    for i in range(POINTS):
        m, s = short(rng.gauss(0, 3)), short(10 ** rng.uniform(-1, 1))
        z = rng.uniform(-2, 2) if i % 2 else rng.uniform(-30, 30)
        w = rng.uniform(0.3, 5)
        a, b = short(m + s * z), short(m + s * (z + w))
        (middle if i % 2 else rows).append({"m": m, "s": s, "a": a, "b": b, "x": short(a + (b - a) * rng.uniform(0.05, 0.6), 9)})
    one = {"m": 0.5, "s": 1.2, "a": -0.3, "b": 2.0}
    return {"case": [case("truncated(Normal(m, s), a, b)", rows, terms),
                     case("truncated(Normal(m, s), a, b)", middle, terms, tails=tails, quantiles=40)],
            "outside": [["truncated(Normal(0, 1), -1, 2)", "[-1.001, 2.001, -inf, inf, 1e300]"]],
            "bad": [["truncated(Normal(0, 1), 2, 1)", "lo"], ["truncated(3, 0, 1)", "d"]],
            "summary": [summary("truncated(Normal(0.5, 1.2), -0.3, 2)", Line(terms, -0.3, 2, [1]), one, "mean var")],
            "edge": [["logpdf(truncated(Normal(0, 1), 40, inf), 40.5)", float(fsum(normal(mpr({"m": 0.0, "s": 1.0, "x": 40.5}))) - log(normal_tails(mpf(40))[1]))],
                     ["exp(logpdf(truncated(Geometric(0.5), 1, 2), 1))", 2 / 3]],
            "sample": [sample("truncated(Normal(m, s), a, b)", Line(terms, mpf(-0.3), mpf(2), []), one, tails, ["m", "s"])]}


def ZeroInflated():
    count = lambda r: log(r["g"]) + r["x"] * log1p(-r["g"])
    terms = lambda r: [log1p(-r["p"]), count(r)] if r["x"] else [log(r["p"] + (1 - r["p"]) * r["g"])]
    tails = lambda r: (1 - (1 - r["p"]) * (1 - r["g"]) ** (r["x"] + 1), (1 - r["p"]) * (1 - r["g"]) ** (r["x"] + 1))
    rows = [{"g": short(rng.uniform(0.02, 0.95)), "p": short(rng.uniform(0.01, 0.95)), "x": rng.randrange(0, 30) if i % 3 else 0} for i in range(POINTS)]
    line, one = Whole(terms, 0, 500), {"g": 0.2, "p": 0.3}
    return {"case": [case("ZeroInflated(Geometric(g), p)", rows, terms, slopes=["g", "p"], tails=tails)],
            "outside": [["ZeroInflated(Geometric(0.4), 0.3)", "[-1, -7]"]],
            "bad": [["ZeroInflated(Geometric(0.4), 1.2)", "p"], ["ZeroInflated(3, 0.2)", "d"], ["ZeroInflated(Normal(0, 1), 0.2)", "is_discrete(d)"]],
            "summary": [summary("ZeroInflated(Geometric(0.2), 0.3)", line, one, "mean var")],
            "edge": [["quantile(ZeroInflated(Geometric(0.2), 0.3), 0.3)", 0.0], ["quantile(ZeroInflated(Geometric(0.5), 0.5), 0.75)", 0.0],
                     ["quantile(ZeroInflated(Geometric(0.5), 0.5), 0.76)", 1.0]],
            "sample": [sample("ZeroInflated(Geometric(g), p)", line, one, tails)]}
