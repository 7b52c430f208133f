# SPDX-License-Identifier: MIT
"""Distributions over whole numbers. log_choose and its like are written with loggamma."""
from oracle import *

lg = mp.loggamma
choose = lambda n, k: lg(n + 1) - lg(k + 1) - lg(n - k + 1)
xlog = lambda x, y: x * log(y) if x else mpf(0)


def whole_tails(terms, lo, hi):
    """Both tails by sums; hi(r) is where the mass is gone."""
    def tails(r):
        p = lambda k: exp(fsum(terms({**r, "x": k})))
        return fsum(p(k) for k in range(lo, int(r["x"]) + 1)), fsum(p(k) for k in range(int(r["x"]) + 1, hi(r) + 1))
    return tails


def quantile_table(call, rows, tails, lo, names):
    """For rows of parameters: q and the smallest k with F(k) >= q."""
    out = []
    for r in rows:
        q = short(rng.uniform(0.001, 0.999), 4)
        k = lo
        while tails({**mpr(r), "x": k})[0] < mpf(q):
            k += 1
        where = call
        for n in names:
            where = where.replace(f"<{n}>", repr(r[n]))
        out.append([f"quantile({where}, {q})", float(k)])
    return out


def Bernoulli():
    rows, far = [], []
    for i in range(POINTS):
        p = short(rng.choice([rng.random(), 10 ** rng.uniform(-12, -1), 1 - 10 ** rng.uniform(-4, -1)]))
        rows.append({"p": p, "x": i % 2})
        far.append({"l": short(rng.choice([rng.gauss(0, 3), rng.uniform(-700, 700)])), "x": i % 2})
    terms = lambda r: [log(r["p"]) if r["x"] else log1p(-r["p"])]
    by_logits = lambda r: [-log1p(exp(-r["l"])) if r["x"] else -log1p(exp(r["l"]))]
    line, one = Whole(terms, 0, 1), {"p": 0.3}
    return {"case": [case("Bernoulli(p)", rows, terms, slopes=["p"]), case("Bernoulli(logits = l)", far, by_logits, slopes=["l"])],
            "outside": [["Bernoulli(0.3)", "[2, -1, 7]"], ["Bernoulli(0.0)", "[1]"], ["Bernoulli(1.0)", "[0]"]],
            "bad": [["Bernoulli(-0.1)", "p"], ["Bernoulli(1.5)", "p"]],
            "edge": [["logpdf(Bernoulli(logits = -800.0), 1)", -800.0], ["logpdf(Bernoulli(logits = 1e4), 0)", -1e4],
                     ["grad(fn(l) = logpdf(Bernoulli(logits = l), 0))(1e4)", -1.0], ["grad(fn(l) = logpdf(Bernoulli(logits = l), 1))(-1e4)", 1.0],
                     ["logpdf(Bernoulli(0.0), 0)", 0.0], ["logpdf(Bernoulli(1.0), 1)", 0.0], ["entropy(Bernoulli(0.0))", 0.0],
                     ["cdf(Bernoulli(0.3), 0.5)", 0.7], ["quantile(Bernoulli(0.3), 0.69)", 0.0], ["quantile(Bernoulli(0.3), 0.71)", 1.0],
                     ["sum(logpdf(Bernoulli([[0.5, 0.25], [0.5, 0.5]]), [[1, 1], [0, 1]]))", text(-5 * log(mpf(2)))]],
            "summary": [summary("Bernoulli(0.3)", line, one)],
            "kl": [kl("Bernoulli(0.3)", "Bernoulli(0.4)", line, one, {"p": 0.4})],
            "sample": [sample("Bernoulli(p)", line, one, whole_tails(terms, 0, lambda r: 1))]}


def class_rows(name, make, low=0):
    return [{name: make(), "x": i % 4} for i in range(POINTS)]


def simplex(k=4):
    w = [rng.gammavariate(0.5, 1) + 1e-3 for _ in range(k)]
    w = [short(v / sum(w), 6) for v in w]
    return w[:-1] + [float(round(1 - sum(w[:-1]), 9))]


def Categorical():
    terms = lambda r: [log(r["p"][r["x"]] / fsum(r["p"]))]
    logits = lambda r: [r["l"][r["x"]], -log(fsum(exp(v) for v in r["l"]))]
    line, one, two = Whole(terms, 0, 3), {"p": [0.1, 0.2, 0.3, 0.4]}, {"p": [0.4, 0.3, 0.2, 0.1]}
    return {"case": [case("Categorical(p)", class_rows("p", simplex), terms, slopes=["p"]),
                     case("Categorical(logits = l)", class_rows("l", lambda: [short(rng.gauss(0, 10)) for _ in range(4)]), logits, slopes=["l"])],
            "outside": [["Categorical([0.2, 0.3, 0.5])", "[3, -1, 100]"]],
            "bad": [["Categorical([0.2, 0.3])", "p"], ["Categorical([-0.5, 1.5])", "p"], ["Categorical(0.5)", "p"]],
            "edge": [["logpdf(Categorical(logits = [1e4, 0.0, -1e4]), 2)", -2e4], ["sum(abs(grad(fn(l) = logpdf(Categorical(logits = l), 2))([1e4, 0.0, -1e4]) - [-1, 0, 1]))", 0.0],
                     ["cdf(Categorical([0.2, 0.3, 0.5]), 1)", 0.5], ["quantile(Categorical([0.2, 0.3, 0.5]), 0.45)", 1.0]],
            "summary": [summary("Categorical([0.1, 0.2, 0.3, 0.4])", line, one)],
            "kl": [kl("Categorical([0.1, 0.2, 0.3, 0.4])", "Categorical([0.4, 0.3, 0.2, 0.1])", line, one, two)],
            "sample": [sample("Categorical(p)", line, one, whole_tails(terms, 0, lambda r: 3))]}


def OneHot():
    hot = lambda x: [int(k == x) for k in range(4)]
    rows = lambda name, make: [{**r, "x": hot(r["x"])} for r in class_rows(name, make)]
    terms = lambda r: [log(fsum(p * x for p, x in zip(r["p"], r["x"])) / fsum(r["p"]))]
    logits = lambda r: [fsum(l * x for l, x in zip(r["l"], r["x"])), -log(fsum(exp(v) for v in r["l"]))]
    p, q = [mpf(k) / 10 for k in (1, 2, 3, 4)], [mpf(k) / 10 for k in (4, 3, 2, 1)]
    return {"case": [case("OneHot(p)", rows("p", simplex), terms, slopes=["p"]),
                     case("OneHot(logits = l)", rows("l", lambda: [short(rng.gauss(0, 10)) for _ in range(4)]), logits, slopes=["l"])],
            "outside": [["OneHot([0.2, 0.3, 0.5])", "[[1, 1, 0], [0, 0, 0], [2, -1, 0], [0, 0, 2]]"]],
            "bad": [["OneHot([0.2, 0.3])", "p"]],
            "edge": [["logpdf(OneHot(logits = [1e4, 0.0, -1e4]), [0, 0, 1])", -2e4], ["sum(abs(mean(OneHot([0.2, 0.3, 0.5])) - [0.2, 0.3, 0.5]))", 0.0],
                     ["sum(abs(mode(OneHot([0.2, 0.3, 0.5])) - [0, 0, 1]))", 0.0],
                     ["sum(var(OneHot([0.2, 0.3, 0.5])))", 0.16 + 0.21 + 0.25]],
            "summary": [{"call": "OneHot([0.1, 0.2, 0.3, 0.4])", "entropy": text(-fsum(a * log(a) for a in p))}],
            "kl": [["OneHot([0.1, 0.2, 0.3, 0.4])", "OneHot([0.4, 0.3, 0.2, 0.1])", text(fsum(a * log(a / b) for a, b in zip(p, q)))]]}


def Poisson():
    terms = lambda r: [xlog(r["x"], r["l"]), -r["l"], -lg(mpf(r["x"]) + 1)]
    tails = whole_tails(terms, 0, lambda r: int(3 * r["l"]) + 2 * int(r["x"]) + 100)
    rows = []
    for i in range(POINTS):
        l = short(10 ** rng.uniform(-2, 4 if i > 40 else 1.7))
        x = int(max(0, round(l + rng.gauss(0, 2) * l ** 0.5))) if i % 4 else int(l * rng.uniform(0, 4))
        rows.append({"l": l, "x": x})
    line, one, two = Whole(terms, 0, 80), {"l": 3.7}, {"l": 2.2}
    return {"case": [case("Poisson(l)", rows, terms, slopes=["l"]), case("Poisson(l)", rows[:40], terms, slopes=["l"], tails=tails)],
            "outside": [["Poisson(3)", "[-1, -100]"], ["Poisson(0)", "[-1, 1, 2]"]], "bad": [["Poisson(-1)", "rate"]],
            "edge": [["logpdf(Poisson(0), 0)", 0.0], ["grad(fn(l) = logpdf(Poisson(l), 0))(0.0)", -1.0], ["cdf(Poisson(0), 0)", 1.0], ["quantile(Poisson(0), 0.7)", 0.0],
                     ["entropy(Poisson(0))", 0.0], edge("logpdf(Poisson(1e8), 100000000)", terms, l=1e8, x=10 ** 8)]
                    + quantile_table("Poisson(<l>)", rows[:20], tails, 0, ["l"]),
            "summary": [summary("Poisson(3.7)", line, one), summary("Poisson(0.4)", line, {"l": 0.4}, "entropy"),
                        summary("Poisson(40.5)", Whole(terms, 0, 300), {"l": 40.5}, "entropy mode")],
            "kl": [kl("Poisson(3.7)", "Poisson(2.2)", line, one, two)],
            "sample": [sample("Poisson(l)", line, one, tails), sample("Poisson(l)", Whole(terms, 0, 400), {"l": 120.0}, tails)]}


def Binomial():
    terms = lambda r: [choose(mpf(r["n"]), r["x"]), xlog(r["x"], r["p"]), (r["n"] - r["x"]) * log1p(-r["p"]) if r["n"] > r["x"] else mpf(0)]
    logits = lambda r: [choose(mpf(r["n"]), r["x"]), -r["x"] * log1p(exp(-r["l"])), -(r["n"] - r["x"]) * log1p(exp(r["l"]))]
    tails = whole_tails(terms, 0, lambda r: r["n"])
    rows, far = [], []
    for i in range(POINTS):
        n = int(10 ** rng.uniform(0, 4 if i > 40 else 2))
        p = short(rng.choice([rng.random(), 10 ** rng.uniform(-5, -1), 1 - 10 ** rng.uniform(-3, -1)]))
        x = min(n, max(0, int(round(n * p + rng.gauss(0, 2) * (n * p * (1 - p)) ** 0.5)))) if i % 4 else rng.randint(0, n)
        rows.append({"n": n, "p": p, "x": x})
        far.append({"n": n, "l": short(rng.uniform(-30, 30)), "x": x})
    line, one, two = Whole(terms, 0, 20), {"n": 20, "p": 0.3}, {"n": 20, "p": 0.45}
    return {"case": [case("Binomial(n, p)", rows, terms, slopes=["p"]), case("Binomial(n, logits = l)", far, logits, slopes=["l"]),
                     case("Binomial(n, p)", [r for r in rows if r["x"] < r["n"]][:40], terms, slopes=["p"], tails=tails)],
            "outside": [["Binomial(10, 0.3)", "[-1, 11, 100]"], ["Binomial(10, 0.0)", "[1, 10]"], ["Binomial(10, 1.0)", "[0, 9]"]],
            "bad": [["Binomial(10, 1.5)", "p"], ["Binomial(2.5, 0.5)", "n"], ["Binomial(-1, 0.5)", "n >= 0"]],
            "edge": [["logpdf(Binomial(10, 0.0), 0)", 0.0], ["logpdf(Binomial(10, 1.0), 10)", 0.0], ["grad(fn(p) = logpdf(Binomial(10, p), 0))(0.0)", -10.0],
                     ["grad(fn(p) = logpdf(Binomial(10, p), 10))(1.0)", 10.0], ["logpdf(Binomial(3, logits = 1e4), 1)", text(log(mpf(3)) - 20000)],
                     ["grad(fn(l) = logpdf(Binomial(3, logits = l), 1))(1e4)", -2.0], ["grad(fn(l) = logpdf(Binomial(3, logits = l), 1))(-1e4)", 1.0],
                     ["logpdf(Binomial(0, 0.3), 0)", 0.0]] + quantile_table("Binomial(<n>, <p>)", rows[:20], tails, 0, ["n", "p"]),
            "summary": [summary("Binomial(20, 0.3)", line, one)],
            "kl": [kl("Binomial(20, 0.3)", "Binomial(20, 0.45)", line, one, two), ["Binomial(20, 0.3)", "Binomial(10, 0.3)", "inf"]],
            "sample": [sample("Binomial(n, p)", line, one, tails)]}


def NegBinomial():
    log_c = lambda r: [lg(r["x"] + r["n"]) - lg(r["n"]) - lg(mpf(r["x"]) + 1)]
    terms = lambda r: log_c(r) + [r["n"] * log(r["p"]), xlog(r["x"], 1 - r["p"])]
    by_mean = lambda r: log_c(r) + [-r["n"] * log1p(r["m"] / r["n"]), -r["x"] * log1p(r["n"] / r["m"])]
    tails = whole_tails(terms, 0, lambda r: int(r["x"] + 200 / -log1p(-r["p"])) + 50)
    rows, means = [], []
    for i in range(POINTS):
        n, p = short(10 ** rng.uniform(-1, 3 if i > 40 else 1)), short(rng.uniform(0.02 if i > 40 else 0.2, 0.98))
        x = int(n * (1 - p) / p * rng.uniform(0, 3))
        rows.append({"n": n, "p": p, "x": x})
        means.append({"n": short(10 ** rng.uniform(-1, 6)), "m": short(10 ** rng.uniform(-2, 3)), "x": x})
    line, one = Whole(terms, 0, 150), {"n": 3.5, "p": 0.4}
    return {"case": [case("NegBinomial(n, p)", rows, terms, slopes=["n", "p"]), case("NegBinomial(n, mean = m)", means, by_mean, slopes=["n", "m"]),
                     case("NegBinomial(n, p)", rows[:40], terms, slopes=["n", "p"], tails=tails)],
            "outside": [["NegBinomial(3, 0.4)", "[-1, -7]"], ["NegBinomial(3, 1.0)", "[1, 2]"]],
            "bad": [["NegBinomial(-1, 0.4)", "size"], ["NegBinomial(1, 1.4)", "p"], ["NegBinomial(1, mean = -2)", "mean"]],
            "edge": [["logpdf(NegBinomial(3, 1.0), 0)", 0.0], edge("logpdf(NegBinomial(1e15, mean = 3), 4)", by_mean, n=1e15, m=3.0, x=4)]
                    + quantile_table("NegBinomial(<n>, <p>)", rows[:20], tails, 0, ["n", "p"]),
            "summary": [summary("NegBinomial(3.5, 0.4)", line, one, "mean var mode"), {"call": "NegBinomial(0.5, 0.4)", "mode": "0.0"}],
            "sample": [sample("NegBinomial(n, p)", line, one, tails)]}


def Geometric():
    terms = lambda r: [log(r["p"]), r["x"] * log1p(-r["p"]) if r["x"] else mpf(0)]
    tails = lambda r: (-mp.expm1((r["x"] + 1) * log1p(-r["p"])), (1 - r["p"]) ** (r["x"] + 1))
    rows = []
    for i in range(POINTS):
        p = short(rng.choice([rng.uniform(0.01, 0.99), 10 ** rng.uniform(-6, -1)]))
        rows.append({"p": p, "x": int(rng.expovariate(1) / p * rng.choice([0.1, 1, 5]))})
    few = [r for r in rows if r["p"] > 0.05][:20]
    line, one, two = Whole(terms, 0, 600), {"p": 0.2}, {"p": 0.35}
    return {"case": [case("Geometric(p)", rows, terms, slopes=["p"], tails=tails)],
            "outside": [["Geometric(0.4)", "[-1, -7]"], ["Geometric(1.0)", "[1, 2]"]], "bad": [["Geometric(1.4)", "p"], ["Geometric(-0.1)", "p"]],
            "edge": [["logpdf(Geometric(1.0), 0)", 0.0], ["cdf(Geometric(1.0), 0)", 1.0], ["quantile(Geometric(1.0), 0.5)", 0.0], ["quantile(Geometric(0.3), 0.0)", 0.0],
                     ["quantile(Geometric(0.5), 0.5)", 0.0], ["quantile(Geometric(0.5), 0.75)", 1.0]]
                    + quantile_table("Geometric(<p>)", few, tails, 0, ["p"]),
            "summary": [summary("Geometric(0.2)", line, one)],
            "kl": [kl("Geometric(0.2)", "Geometric(0.35)", line, one, two)],
            "sample": [sample("Geometric(p)", line, one, tails)]}


def BetaBinomial():
    lbeta = lambda a, b: lg(a) + lg(b) - lg(a + b)
    terms = lambda r: [choose(mpf(r["n"]), r["x"]), lbeta(r["x"] + r["a"], r["n"] - r["x"] + r["b"]), -lbeta(r["a"], r["b"])]
    tails = whole_tails(terms, 0, lambda r: r["n"])
    rows = []
    for i in range(POINTS):
        n = int(10 ** rng.uniform(0, 3 if i > 40 else 1.5))
        rows.append({"n": n, "a": short(10 ** rng.uniform(-1, 2)), "b": short(10 ** rng.uniform(-1, 2)), "x": rng.randint(0, n)})
    line, one = Whole(terms, 0, 12), {"n": 12, "a": 2.5, "b": 4.0}
    return {"case": [case("BetaBinomial(n, a, b)", rows, terms, slopes=["a", "b"])],
            "outside": [["BetaBinomial(10, 2, 3)", "[-1, 11]"]],
            "bad": [["BetaBinomial(10, -1, 1)", "a"], ["BetaBinomial(10, 1, -1)", "b"], ["BetaBinomial(-1, 1, 1)", "n >= 0"]],
            "edge": [edge("logpdf(BetaBinomial(3, 1e9, 2e9), 1)", terms, n=3, a=1e9, b=2e9, x=1)],
            "summary": [summary("BetaBinomial(12, 2.5, 4)", line, one, "mean var")],
            "sample": [sample("BetaBinomial(n, a, b)", line, one, tails)]}


def Ordinal():
    def terms(r):
        c, e = r["c"], r["e"]
        up = lambda k: -log1p(exp(-(c[k] - e)))            # log P(x <= k)
        down = lambda k: -log1p(exp(c[k] - e))
        if r["x"] == 0:
            return [up(0)]
        if r["x"] == len(c):
            return [down(len(c) - 1)]
        return [up(r["x"]), down(r["x"] - 1), log(-mp.expm1(c[r["x"] - 1] - c[r["x"]]))]
    def tails(r):
        p = [exp(fsum(terms({**r, "x": k}))) for k in range(len(r["c"]) + 1)]
        return fsum(p[:r["x"] + 1]), fsum(p[r["x"] + 1:])
    rows = []
    for i in range(POINTS):
        c = sorted(rng.gauss(0, 2) for _ in range(3))
        rows.append({"e": short(rng.gauss(0, 3 if i % 5 else 30)), "c": [short(v) for v in c], "x": i % 4})
    line, one = Whole(terms, 0, 3), {"e": 0.4, "c": [-1.0, 0.2, 1.5]}
    return {"case": [case("Ordinal(e, c)", rows, terms, slopes=["e", "c"]),
                     case("Ordinal(e, c)", [r for r in rows if r["x"] < 3], terms, slopes=["e", "c"], tails=tails)],
            "outside": [["Ordinal(0.5, [-1, 1])", "[-1, 3, 10]"]], "bad": [["Ordinal(0.5, [1, -1])", "cutpoints"]],
            "edge": [["logpdf(Ordinal(1e4, [-1, 1]), 0)", -10001.0], ["logpdf(Ordinal(-1e4, [-1, 1]), 2)", -10001.0],
                     ["logpdf(Ordinal(1e4, [-1, 1]), 1)", text(fsum(terms(mpr({"e": 1e4, "c": [-1.0, 1.0], "x": 1}))))],
                     ["grad(fn(e) = logpdf(Ordinal(e, [-1, 1]), 0))(1e4)", -1.0], ["grad(fn(e) = logpdf(Ordinal(e, [-1, 1]), 1))(1e4)", -1.0],
                     ["quantile(Ordinal(0.4, [-1.0, 0.2, 1.5]), 0.3)", 1.0]],
            "summary": [summary("Ordinal(0.4, [-1.0, 0.2, 1.5])", line, one)],
            "sample": [sample("Ordinal(e, c)", line, one, tails)]}


def Multinomial():
    terms = lambda r: [lg(mpf(fsum(r["x"])) + 1)] + [-lg(mpf(k) + 1) for k in r["x"]] + [xlog(k, p) for k, p in zip(r["x"], r["p"])] + [-fsum(r["x"]) * log(fsum(r["p"]))]
    logits = lambda r: [lg(mpf(fsum(r["x"])) + 1)] + [-lg(mpf(k) + 1) for k in r["x"]] + [k * l for k, l in zip(r["x"], r["l"])] + [-fsum(r["x"]) * log(fsum(exp(v) for v in r["l"]))]
    rows, far = [], []
    for i in range(POINTS):
        p = simplex()
        n = int(10 ** rng.uniform(0, 3))
        x = [0] * 4
        for k in rng.choices(range(4), weights=p, k=n):
            x[k] += 1
        rows.append({"n": n, "p": p, "x": x})
        far.append({"n": n, "l": [short(rng.gauss(0, 5)) for _ in range(4)], "x": x})
    return {"case": [case("Multinomial(n, p)", rows, terms, slopes=["p"]), case("Multinomial(n, logits = l)", far, logits, slopes=["l"])],
            "outside": [["Multinomial(4, [0.2, 0.3, 0.5])", "[[1, 1, 1], [5, 0, 0], [-1, 3, 2]]"], ["Multinomial(2, [0.0, 0.5, 0.5])", "[[1, 1, 0]]"]],
            "bad": [["Multinomial(3, [0.5, 0.6])", "p"], ["Multinomial(-1, [0.5, 0.5])", "n >= 0"]],
            "edge": [["logpdf(Multinomial(2, [0.0, 0.5, 0.5]), [0, 1, 1])", text(-log(mpf(2)))],
                     ["sum(abs(mean(Multinomial(4, [0.2, 0.3, 0.5])) - [0.8, 1.2, 2.0]))", 0.0],
                     ["sum(abs(var(Multinomial(4, [0.2, 0.3, 0.5])) - [0.64, 0.84, 1.0]))", 0.0],
                     ["sum(sample(Multinomial(7, [0.2, 0.3, 0.5]), 100, seed = 1))", 700.0]]}
