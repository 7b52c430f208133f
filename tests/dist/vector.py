# SPDX-License-Identifier: MIT
"""Distributions over vectors and matrices."""
from oracle import *
from located import normal, normal_tails

K = 3


def symmetric(a):
    m = mp.matrix(a)
    return (m + m.T) / 2


def lower(a):
    return mp.matrix([[v if j <= i else mpf(0) for j, v in enumerate(row)] for i, row in enumerate(a)])


def dot(a, b):
    return fsum(x * y for x, y in zip(a, b))


def log_det(m):
    return log(mp.det(m))


def mahalanobis(d, m):
    return dot(d, mp.lu_solve(m, mp.matrix(d)))


def covariance(scale=True):
    """A well-conditioned covariance matrix of few digits."""
    a = [[rng.gauss(0, 1) for _ in range(K)] for _ in range(K)]
    s = [10 ** rng.uniform(-1, 1) if scale else 1 for _ in range(K)]
    of = lambda i, j: sum(x * y for x, y in zip(a[i], a[j])) / K + (i == j)
    m = [[0.0] * K for _ in range(K)]
    for i in range(K):
        for j in range(i + 1):
            m[i][j] = m[j][i] = short(s[i] * s[j] * of(i, j), 6)
    return m


def factor():
    return [[short(10 ** rng.uniform(-0.5, 0.5) if i == j else 0.5 * rng.gauss(0, 1)) if j <= i else 0.0
             for j in range(K)] for i in range(K)]


def located(name, make, count):
    """Rows of a mean, a matrix and a point at a few of its deviations."""
    for _ in range(count):
        yield {"m": [short(rng.gauss(0, 3)) for _ in range(K)], name: make(), "x": [short(rng.gauss(0, 6)) for _ in range(K)]}


def apart(r):
    return [x - m for x, m in zip(r["x"], r["m"])]


def mean_of_quadratic(f, m, l):
    """E f(x) for x of that mean and covariance l @ l', f a polynomial of degree 2 (or 3)."""
    n = len(m)
    points = [[m[i] + sign * sqrt(mpf(n)) * l[i, k] for i in range(n)] for k in range(n) for sign in (-1, 1)]
    return fsum(f(p) for p in points) / len(points)


def projected(call, of, line, r, tails, **rest):
    """A sample row for one number made of each draw, `of` in terms of `drawn`."""
    return {**sample(call, line, r, tails, **rest), "of": of}


two_s, other_s = [[2.0, 0.5], [0.5, 1.0]], [[1.0, -0.25], [-0.25, 2.0]]


def MultiNormal():
    constant = -mpf(K) / 2 * log(2 * pi)
    by_cov = lambda r: [-mahalanobis(apart(r), symmetric(r["s"])) / 2, -log_det(symmetric(r["s"])) / 2, constant]
    by_chol = lambda r: [-mahalanobis(apart(r), lower(r["l"]) * lower(r["l"]).T) / 2,
                         -fsum(log(r["l"][i][i]) for i in range(K)), constant]
    by_p = lambda r: [-dot(apart(r), symmetric(r["p"]) * mp.matrix(apart(r))) / 2, log_det(symmetric(r["p"])) / 2, constant]
    density = lambda s, m: lambda x: -mahalanobis([a - b for a, b in zip(x, m)], mp.matrix(s)) / 2 - log_det(mp.matrix(s)) / 2 - log(2 * pi)
    p, q = density(two_s, [1, 2]), density(other_s, [0, 0.5])
    over_p = lambda f: mean_of_quadratic(f, [1, 2], mp.cholesky(mp.matrix(two_s)))
    line = Line(lambda r: normal({"m": 0, "s": mpf(2), "x": r["x"]}), -mp.inf, mp.inf, [-30, -10, -3, 0, 3, 10, 30])
    tails = lambda r: normal_tails(r["x"] / 2)
    square = Line(lambda r: [-r["x"] / 2, -log(mpf(2))], 0, mp.inf, [1, 5, 20, 80])
    square_tails = lambda r: (-mp.expm1(-r["x"] / 2), exp(-r["x"] / 2))
    text_s = "[[2, 0.5], [0.5, 1]]"
    return {"case": [case("MultiNormal(m, s)", list(located("s", covariance, POINTS)), by_cov),
                     case("MultiNormal(m, chol = l)", list(located("l", factor, POINTS // 4)), by_chol),
                     case("MultiNormal(m, precision = p)", list(located("p", lambda: covariance(False), POINTS // 4)), by_p)],
            "bad": [["MultiNormal([0, 0], [[1, 2], [2, 1]])", "cov"], ["MultiNormal([0, 0], [[1, 0.5], [0.4, 1]])", "cov"],
                    ["MultiNormal([0, 0], chol = [[1, 0.5], [0, 1]])", "chol"], ["MultiNormal([0, 0], chol = [[1, 0], [1, -1]])", "chol"],
                    ["MultiNormal([0, 0], precision = [[0, 0], [0, 1]])", "precision"], ["MultiNormal(0, [[1, 0], [0, 1]])", "mean"],
                    ["MultiNormal([0, 0, 0], [[1, 0], [0, 1]])", "cov"], ["MultiNormal([0, 0], 1)", "cov"],
                    ["MultiNormal([0, 0], eye(2), chol = eye(2))", "chol"], ["MultiNormal([0, 0], eye(2), precision = eye(2))", "precision"]],
            "summary": [{"call": f"MultiNormal([1, 2], {text_s})", "entropy": text(-over_p(p))}],
            "edge": [[f"max(abs({f}(MultiNormal([1, 2], {text_s})) - {v}))", 0.0] for f, v in (("mean", "[1, 2]"), ("mode", "[1, 2]"), ("var", "[2, 1]"))]
                    + [[f"max(abs(var(MultiNormal([1, 2], precision = inv({text_s}))) - [2, 1]))", 0.0]],
            "kl": [[f"MultiNormal([1, 2], {text_s})", "MultiNormal([0, 0.5], [[1, -0.25], [-0.25, 2]])", text(over_p(lambda x: p(x) - q(x)))],
                   [f"MultiNormal([1, 2], precision = inv({text_s}))", "MultiNormal([0, 0.5], [[1, -0.25], [-0.25, 2]])", text(over_p(lambda x: p(x) - q(x)))]],
            "sample": [row for call in (f"MultiNormal([1, 2], {text_s})", f"MultiNormal([1, 2], precision = inv({text_s}))")
                       for row in (projected(call, "sum(drawn * [1, -2], axis = -1) + 3", line, {}, tails),
                                   projected(call, f"sum(whiten(drawn - [1, 2], cholesky({text_s})) ^ 2, axis = -1)", square, {}, square_tails))]}
