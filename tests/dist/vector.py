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


# ---- Dirichlet ----

def beta_line(a, b):
    """The beta law of x in [0, 1], and its tails."""
    norm = log(mp.beta(a, b))
    line = Line(lambda r: [(a - 1) * log(r["x"]), (b - 1) * log1p(-r["x"]), -norm], 0, 1, [mpf(1) / 100, mpf(1) / 2, mpf(99) / 100])
    tails = lambda r: (mp.betainc(a, b, 0, r["x"], regularized=True), mp.betainc(a, b, r["x"], 1, regularized=True))
    return line, tails


def log_beta_of(a):
    return fsum(mp.loggamma(v) for v in a) - mp.loggamma(fsum(a))


def dirichlet_integral(a, f):
    """E f(x1, x2, x3) by nested quadrature."""
    norm = exp(-log_beta_of(a))
    weight = lambda x: x[0] ** (a[0] - 1) * x[1] ** (a[1] - 1) * x[2] ** (a[2] - 1)
    def at(x, share):    # the rest of x is parted by the share
        point = [x, (1 - x) * share, (1 - x) * (1 - share)]
        return f(point) * weight(point) * (1 - x)
    with mp.workdps(20):
        return norm * quad(lambda x: quad(lambda share: at(x, share), [0, mpf(1) / 2, 1]), [0, mpf(1) / 2, 1])


def Dirichlet():
    def terms(r):    # the beta function of several, class by class
        a, sums = r["a"], [fsum(r["a"][:i]) for i in range(1, K)]
        return [(v - 1) * log(x) for v, x in zip(a, r["x"])] + [-log(mp.beta(v, s)) for v, s in zip(a[1:], sums)]
    rows = []
    for i in range(POINTS):
        g = [rng.gammavariate(1, 1) + 1e-3 for _ in range(K)]
        x = [short(v / sum(g)) for v in g[:2]]
        rows.append({"a": [short(10 ** rng.uniform(-2, 3 if i % 2 else 0.5)) for _ in range(K)], "x": x + [1 - sum(x)]})
    a, b = [mpf(3) / 2, mpf(2), mpf(7) / 2], [mpf(2), mpf(3), mpf(1)]
    density = lambda a, x: fsum((v - 1) * log(u) for v, u in zip(a, x)) - log_beta_of(a)
    total = 7
    moments = lambda v: (v / total, v * (total - v) / total ** 2 / (total + 1))
    texts = lambda of: "[" + ", ".join(text(v) for v in of) + "]"
    call = "Dirichlet([1.5, 2, 3.5])"
    first, two = beta_line(a[0], a[1] + a[2]), beta_line(a[0] + a[1], a[2])
    small = beta_line(mpf(1) / 20, mpf(1) / 5)
    return {"case": [case("Dirichlet(a)", rows, terms)],
            "outside": [["Dirichlet([1.5, 2, 3.5])", "[[0.2, 0.3, 0.6], [-0.2, 0.7, 0.5]]"]],
            "bad": [["Dirichlet([1, 0, 1])", "concentration"], ["Dirichlet(2)", "concentration"], ["Dirichlet([1, -1])", "concentration"]],
            "summary": [{"call": call, "entropy": text(-dirichlet_integral(a, lambda x: density(a, x)))}],
            "kl": [[call, "Dirichlet([2, 3, 1])", text(dirichlet_integral(a, lambda x: density(a, x) - density(b, x)))]],
            "edge": [[f"max(abs(mean({call}) - {texts(moments(v)[0] for v in a)}))", 0.0], [f"max(abs(var({call}) - {texts(moments(v)[1] for v in a)}))", 0.0],
                     [f"max(abs(mode({call}) - {texts((v - 1) / 4 for v in a)}))", 0.0], ["logpdf(Dirichlet([1, 1, 1]), [0, 0, 1])", float(log(2))],
                     ["sum(where(is_nan(mode(Dirichlet([0.5, 2, 3]))), 1, 0))", 3.0]],
            "sample": [projected(call, "drawn[:, 0]", first[0], {}, first[1]), projected(call, "drawn[:, 0] + drawn[:, 1]", two[0], {}, two[1]),
                       projected("Dirichlet([0.05, 0.2])", "drawn[:, 0]", small[0], {}, small[1], moments=2)]}


# ---- MultiStudentT ----

def MultiStudentT():
    def terms(r, det, q):
        v = r["v"]
        return [mp.loggamma((v + K) / 2), -mp.loggamma(v / 2), -log(pi * v) * K / 2, -det / 2, -(v + K) / 2 * log1p(q / v)]
    by_scale = lambda r: terms(r, log_det(symmetric(r["s"])), mahalanobis(apart(r), symmetric(r["s"])))
    by_chol = lambda r: terms(r, 2 * fsum(log(r["l"][i][i]) for i in range(K)), mahalanobis(apart(r), lower(r["l"]) * lower(r["l"]).T))
    by_p = lambda r: terms(r, -log_det(symmetric(r["p"])), dot(apart(r), symmetric(r["p"]) * mp.matrix(apart(r))))
    def rows(*args):
        return [{**r, "v": short(10 ** rng.uniform(-1, 2)) if i % 10 else 1e15} for i, r in enumerate(located(*args))]
    call = "MultiStudentT(4, [1, 2], [[2, 0.5], [0.5, 1]])"
    norm = log(mp.beta(mpf(2), mpf(1) / 2))
    def one(s):    # Student's t of 4 degrees with scale s
        return Line(lambda r: [-log(s) - log(mpf(4)) / 2 - norm, -mpf(5) / 2 * log1p((r["x"] / s) ** 2 / 4)], -mp.inf, mp.inf, [-1000, -30, -3, 0, 3, 30, 1000])
    def tails(s):
        def of(r):
            far = mp.betainc(2, mpf(1) / 2, 0, 4 / (4 + (r["x"] / s) ** 2), regularized=True) / 2
            return (1 - far, far) if r["x"] > 0 else (far, 1 - far)
        return of
    radius = lambda r, q: [log(q) / 2 * 0, -3 * log1p(q / 4), -log(mpf(2))]    # of q = |whitened|^2 in the plane: (1 + q / 4)^-3 / 2
    square = Line(lambda r: radius(r, r["x"]), 0, mp.inf, [1, 5, 20, 100, 1000])
    square_tails = lambda r: (1 - (1 + r["x"] / 4) ** -2, (1 + r["x"] / 4) ** -2)
    entropy = quad(lambda q: (3 * log1p(q / 4) + log(2 * pi)) * exp(fsum(radius(None, q))), [0, 1, 5, 20, 100, 1000, 10 ** 5, mp.inf]) + log_det(mp.matrix(two_s)) / 2
    return {"case": [case("MultiStudentT(v, m, s)", rows("s", covariance, POINTS), by_scale),
                     case("MultiStudentT(v, m, chol = l)", rows("l", factor, POINTS // 4), by_chol),
                     case("MultiStudentT(v, m, precision = p)", rows("p", lambda: covariance(False), POINTS // 4), by_p)],
            "bad": [["MultiStudentT(0, [0, 0], eye(2))", "df"], ["MultiStudentT(3, [0, 0], [[1, 2], [2, 1]])", "scale"], ["MultiStudentT(3, 0, eye(2))", "loc"],
                    ["MultiStudentT(3, [0, 0], chol = -eye(2))", "chol"], ["MultiStudentT(3, [0, 0, 0], eye(2))", "scale"]],
            "summary": [{"call": call, "entropy": text(entropy)}],
            "edge": [[f"max(abs(mean({call}) - [1, 2]))", 0.0], [f"max(abs(mode({call}) - [1, 2]))", 0.0], [f"max(abs(var({call}) / [4, 2] - 1))", 0.0],
                     ["sum(where(is_nan(mean(MultiStudentT(1, [1, 2], eye(2)))), 1, 0))", 2.0], ["min(var(MultiStudentT(1.5, [1, 2], eye(2))))", "inf"]],
            "sample": [projected(call, "sum(drawn * [1, -2], axis = -1) + 3", one(mpf(2)), {}, tails(mpf(2)), moments=2),
                       projected(call, "sum(whiten(drawn - [1, 2], cholesky([[2, 0.5], [0.5, 1]])) ^ 2, axis = -1)", square, {}, square_tails, moments=0)]}


# ---- matrices ----

def vine_mass(eta, n):
    """Lewandowski, Kurowicka and Joe (2009), equation 16: the integral of det^(eta - 1), its logarithm in terms."""
    out = []
    for k in range(1, n):
        b = eta + mpf(n - k - 1) / 2
        out += [(2 * eta - 2 + n - k) * (n - k) * log(mpf(2)), (n - k) * log(mp.beta(b, b))]
    return out


def correlation():
    c = covariance(False)
    m = [[1.0 if i == j else short(c[i][j] / (c[i][i] * c[j][j]) ** 0.5, 4) for j in range(K)] for i in range(K)]
    for i in range(K):
        for j in range(i):
            m[i][j] = m[j][i]
    return m


def LKJ():
    terms = lambda r: [(r["e"] - 1) * log_det(symmetric(r["x"]))] + [-t for t in vine_mass(r["e"], K)]
    rows = [{"e": short(10 ** rng.uniform(-1, 1.5)), "x": correlation()} for _ in range(POINTS)]
    # of three: the partial correlations in order are independent, 2 beta - 1; the determinant is their product
    eta = mpf(5) / 2
    alpha = eta + mpf(1) / 2
    norm = log(mp.beta(alpha, alpha)) + (2 * alpha - 1) * log(mpf(2))
    line = Line(lambda r: [(alpha - 1) * log1p(-r["x"] ** 2), -norm], -1, 1, [mpf(-9) / 10, 0, mpf(9) / 10])
    tails = lambda r: tuple(mp.betainc(alpha, alpha, *ends, regularized=True) for ends in ((0, (1 + r["x"]) / 2), ((1 + r["x"]) / 2, 1)))
    partial, partial_tails = beta_line(eta, eta)
    log_square = lambda b: mp.digamma(b) + log(mpf(4)) + mp.digamma(b) - 2 * mp.digamma(2 * b)    # E log(1 - p^2), p of 2 beta(b, b) - 1
    logdet = 2 * log_square(alpha) + log_square(eta)
    mass = lambda e: fsum(vine_mass(mpf(e), 3))
    return {"case": [case("LKJ(e, 3)", rows, terms, names=["e"])],
            "outside": [["LKJ(2, 2)", "[[1.0, 2.0], [2.0, 1.0]]"], ["LKJ(2, 2)", "[[1.0, 0.5], [0.5, 1.1]]"]],
            "bad": [["LKJ(0, 3)", "eta"], ["LKJ(2)", "K"], ["LKJ(2, 2.5)", "K"]],
            "summary": [{"call": "LKJ(2.5, 3)", "entropy": text(mass(eta) - (eta - 1) * logdet)}],
            "kl": [["LKJ(2.5, 3)", "LKJ(1, 3)", text((eta - 1) * logdet + mass(1) - mass(eta))]],
            "edge": [["max(abs(mean(LKJ(2.5, 3)) - eye(3)))", 0.0], ["max(abs(mode(LKJ(2.5, 3)) - eye(3)))", 0.0],
                     ["var(LKJ(2.5, 3))[0, 1]", float(1 / (2 * alpha + 1))], ["var(LKJ(2.5, 3))[1, 1]", 0.0],
                     ["exp(-logpdf(LKJ(1.7, 2), eye(2)))", float(quad(lambda x: (1 - x ** 2) ** mpf(0.7), [-1, 0, 1]))]],
            "sample": [projected("LKJ(2.5, 3)", f"drawn[:, {at}]", line, {}, tails) for at in ("1, 0", "0, 2", "2, 1")]
                      + [projected("LKJ(2.5, 3)", "0.5 + 0.5 * (drawn[:, 2, 1] - drawn[:, 1, 0] * drawn[:, 2, 0]) / sqrt((1 - drawn[:, 1, 0] ^ 2) * (1 - drawn[:, 2, 0] ^ 2))",
                                   partial, {}, partial_tails)]}


def multigamma_terms(a, n):
    return [n * mpf(n - 1) / 4 * log(pi)] + [mp.loggamma(a - mpf(i) / 2) for i in range(n)]


def chi_square(df, scale=1):
    """The law of scale times a chi-square, and its tails."""
    df, scale = mpf(df), mpf(scale)
    line = Line(lambda r: [(df / 2 - 1) * log(r["x"] / scale), -r["x"] / scale / 2, -df / 2 * log(mpf(2)) - mp.loggamma(df / 2) - log(scale)],
                0, mp.inf, [scale * c for c in (mpf(1) / 10, 1, 4, 15, 60, 200)])
    tails = lambda r: (mp.gammainc(df / 2, 0, r["x"] / scale / 2, regularized=True), mp.gammainc(df / 2, r["x"] / scale / 2, regularized=True))
    return line, tails


def Wishart():
    def terms(r, det, trace):
        d = r["d"]
        return [(d - K - 1) / 2 * log_det(symmetric(r["x"])), -d * K / 2 * log(mpf(2)), -d / 2 * det] + [-t / 2 for t in trace] + [-t for t in multigamma_terms(d / 2, K)]
    def trace(v, r):
        inverse, x = mp.inverse(v), symmetric(r["x"])
        return [inverse[i, j] * x[j, i] for i in range(K) for j in range(K)]
    by_scale = lambda r: terms(r, log_det(symmetric(r["s"])), trace(symmetric(r["s"]), r))
    by_chol = lambda r: terms(r, 2 * fsum(log(r["l"][i][i]) for i in range(K)), trace(lower(r["l"]) * lower(r["l"]).T, r))
    def parts(r):    # the logarithm of the determinant is a sum
        l = mp.cholesky(symmetric(r["x"]))
        return [(r["d"] - K - 1) * log(l[i, i]) for i in range(K)]
    rows = lambda name, make, count: [{"d": short(K - 1 + 10 ** rng.uniform(-1.5, 1.5)), name: make(), "x": covariance()} for _ in range(count)]
    call, df, s = "Wishart(4.5, [[2, 0.5], [0.5, 1]])", mpf(9) / 2, mp.matrix(two_s)
    whole, rest = chi_square(df, mpf("4")), chi_square(df - 1)    # c = [1, -2]: c' s c = 4
    # the last of a factor's squares: 1 / inverse(x)[1, 1] is a chi-square of df - 1 times 1 / inverse(s)[1, 1]
    schur = 1 / mp.inverse(s)[1, 1]
    logdet = lambda d, v: mp.digamma(d / 2) + mp.digamma((d - 1) / 2) + 2 * log(mpf(2)) + log_det(v)
    norm = lambda d, v: d * log(mpf(2)) + d / 2 * log_det(v) + fsum(multigamma_terms(d / 2, 2))
    q, e = mp.matrix(other_s), mpf(3)
    along = lambda v: df * fsum((mp.inverse(v) * s)[i, i] for i in range(2))
    minus_mean_log = lambda d, v: norm(d, v) - (d - 3) / 2 * logdet(df, s) + along(v) / 2
    matrix = lambda f: "[" + ", ".join("[" + ", ".join(text(f(i, j)) for j in range(2)) + "]" for i in range(2)) + "]"
    return {"case": [case("Wishart(d, s)", rows("s", covariance, POINTS), by_scale, extra=lambda r: parts(r) + [fsum(by_scale(r))]),
                     case("Wishart(d, chol = l)", rows("l", factor, POINTS // 4), by_chol, extra=lambda r: parts(r) + [fsum(by_chol(r))])],
            "outside": [[call, "[[1.0, 2.0], [2.0, 1.0]]"]],
            "bad": [["Wishart(0.5, eye(2))", "df > K - 1"], ["Wishart(3, [[1, 2], [2, 1]])", "scale"], ["Wishart(3, chol = -eye(2))", "chol"], ["Wishart(3, 1)", "scale"]],
            "summary": [{"call": call, "entropy": text(minus_mean_log(df, s))}],
            "kl": [[call, "Wishart(3, [[1, -0.25], [-0.25, 2]])", text(minus_mean_log(e, q) - minus_mean_log(df, s))]],
            "edge": [[f"max(abs(mean({call}) - {matrix(lambda i, j: df * s[i, j])}))", 0.0], [f"max(abs(mode({call}) - {matrix(lambda i, j: (df - 3) * s[i, j])}))", 0.0],
                     [f"max(abs(var({call}) - {matrix(lambda i, j: df * (s[i, j] ** 2 + s[i, i] * s[j, j]))}))", 0.0]],
            "sample": [projected(call, "sum([1, -2] * (drawn @ [1, -2]), axis = -1)", whole[0], {}, whole[1]),
                       projected(call, f"det(drawn) / drawn[:, 0, 0] / {text(schur)}", rest[0], {}, rest[1])]}


def Delta():
    return {"outside": [["Delta(2)", "[1.999, 2.001, -inf, inf]"]], "bad": [["Delta(none)", "value"]],
            "edge": [["logpdf(Delta(-3), -3)", 0.0], ["cdf(Delta(2), 2)", 1.0], ["cdf(Delta(2), 1.9)", 0.0], ["quantile(Delta(2), 0.3)", 2.0],
                     ["mean(Delta(2))", 2.0], ["var(Delta(2))", 0.0], ["mode(Delta(2))", 2.0], ["entropy(Delta(2))", 0.0],
                     ["kl(Delta(2), Delta(2))", 0.0], ["kl(Delta(2), Delta(3))", "inf"], ["max(abs(sample(Delta([1, 2]), 5) - [1, 2]))", 0.0],
                     ["grad(fn(a) = sum(sample(Delta(a), 5)))(2.0)", 5.0]]}


def GP():
    """Values at three points, of the squared exponential and of another kernel; gradients are those in x."""
    at = [mpf("0.1"), mpf("0.5"), mpf("1.2")]
    smooth = mp.matrix([[4 * exp(-((a - b) / mpf("0.7")) ** 2 / 2) + (mpf("0.09") if a == b else 0) for b in at] for a in at])
    rough = mp.matrix([[exp(-abs(a - b) / mpf("0.4")) + (mpf("0.25") if a == b else 0) for b in at] for a in at])
    terms = lambda s, m: lambda r: [-mahalanobis([x - m for x in r["x"]], s) / 2, -log_det(s) / 2, -mpf(3) / 2 * log(2 * pi)]
    rows = [{"x": [short(rng.gauss(0, 3)) for _ in range(3)]} for _ in range(POINTS)]
    calls = ["GP(4 * rbf(0.7), column([0.1, 0.5, 1.2]), 0.3)", "GP(matern(0.5, 0.4), column([0.1, 0.5, 1.2]), 0.5, [0.2, 0.2, 0.2])"]
    return {"case": [case(calls[0], rows, terms(smooth, 0)), case(calls[1], rows, terms(rough, mpf("0.2")))],
            "bad": [["GP(3, [[0.1], [0.5]])", "kernel"], ["GP(rbf(), [[0.1], [0.5]], -1)", "noise"]],
            "edge": [[f"entropy({c})", text(log_det(s) / 2 + mpf(3) / 2 * (1 + log(2 * pi)))] for c, s in zip(calls, (smooth, rough))]}


def SparseGP():
    """The bound of Titsias (2009, eq. 9) at three rows from two points, by dense matrices; gradients are those in x."""
    at, z = [mpf("0.1"), mpf("0.5"), mpf("1.2")], [mpf("0.2"), mpf("1.0")]
    k = lambda p, q: mp.matrix([[4 * exp(-((a - b) / mpf("0.7")) ** 2 / 2) for b in q] for a in p])
    known = k(at, z) * mp.inverse(k(z, z) + mpf("4e-9") * mp.eye(2)) * k(z, at)
    s = known + mpf("0.09") * mp.eye(3)
    trace = sum(known[i, i] for i in range(3)) / (2 * mpf("0.09"))
    terms = lambda r: [-mahalanobis(r["x"], s) / 2, -log_det(s) / 2, -mpf(3) / 2 * log(2 * pi), -mpf(6) / mpf("0.09"), trace]
    rows = [{"x": [short(rng.gauss(0, 3)) for _ in range(3)]} for _ in range(POINTS)]
    return {"case": [case("SparseGP(4 * rbf(0.7), column([0.1, 0.5, 1.2]), column([0.2, 1.0]), 0.3)", rows, terms)],
            "bad": [["SparseGP(3, [[0.1], [0.5]], [[0.1]])", "kernel"], ["SparseGP(rbf(), [[0.1], [0.5]], [[0.1]], 0)", "noise"]]}
