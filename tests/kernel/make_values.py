#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes values.json: covariances under the kernels of stdlib/kernel, and slopes of their sum in the
length, by mpmath from the formulas of Rasmussen and Williams (2006, chapter 4), with Matern's through
the Bessel function; and nngp.json: covariances of infinitely wide networks, from the definition
E[h(u) h(v)] by Gauss-Legendre quadrature over the plane of (u, v);
and mcycle.json: Gaussian process regression, in full and from inducing points;
and classified.json: Gaussian process classification. Not needed to test."""
import json
import os
import mpmath as mp
import numpy as np
import sklearn.gaussian_process as gp
from scipy import linalg, optimize, special, stats

mp.mp.dps = 30
X = [[0.1, -0.4], [1.3, 0.2], [-2, 0.7], [0.1, -0.4], [4, 3]]
LENGTH = mp.mpf("1.7")


def d2(x, z, length):
    return sum(((mp.mpf(a) - b) / length) ** 2 for a, b in zip(x, z))


def matern(nu):
    def k(x, z, length=LENGTH):
        t = mp.sqrt(2 * nu * d2(x, z, length))
        return mp.mpf(1) if t == 0 else 2 ** (1 - nu) / mp.gamma(nu) * t ** nu * mp.besselk(nu, t)
    return k


def inner(x, z, length):
    return sum(mp.mpf(a) * b for a, b in zip(x, z)) / length ** 2


KERNELS = {
    "rbf": lambda x, z, length=LENGTH: mp.exp(-d2(x, z, length) / 2),
    "matern12": matern(mp.mpf(1) / 2),
    "matern32": matern(mp.mpf(3) / 2),
    "matern52": matern(mp.mpf(5) / 2),
    "periodic": lambda x, z, length=LENGTH: mp.fprod(
        mp.exp(-2 * mp.sin(mp.pi * abs(mp.mpf(a) - b) / 2.5) ** 2 / length ** 2) for a, b in zip(x, z)),
    "rational_quadratic": lambda x, z, length=LENGTH: (1 + d2(x, z, length) / (2 * mp.mpf("0.8"))) ** mp.mpf("-0.8"),
    "linear": lambda x, z, length=LENGTH: inner(x, z, length) + mp.mpf("0.5"),
    "polynomial": lambda x, z, length=LENGTH: (inner(x, z, length) + mp.mpf("0.5")) ** 3,
}


def values():
    out = {"x": X, "length": float(LENGTH)}
    for name, k in KERNELS.items():
        out[name] = [[float(k(x, z)) for z in X] for x in X]
        out[name + "_slope"] = float(sum(mp.diff(lambda l: k(x, z, l), LENGTH) for x in X for z in X))
    return out


ACTIVATIONS = {
    "tanh": np.tanh, "erf": special.erf, "sin": np.sin, "cos": np.cos, "identity": lambda u: u,
    "sigmoid": special.expit, "softplus": lambda u: np.logaddexp(u, 0), "relu": lambda u: np.maximum(u, 0),
    "step": lambda u: np.where(u > 0, 1.0, 0.0), "sign": np.sign,
}
NODE, WEIGHT = np.polynomial.legendre.leggauss(20)


def rule(cut):
    """Nodes and weights of Gauss-Legendre in panels over -9 to 9 against the Normal density, split at `cut`."""
    edge = np.unique(np.clip(np.concatenate([np.linspace(-9, 9, 61), [cut]]), -9, 9))
    half = np.diff(edge)[:, None] / 2
    z = (edge[:-1, None] + half + half * NODE).ravel()
    return z, (half * WEIGHT).ravel() * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


def moment(h, s, a, b):
    """E[h(u) h(v)]: u = sqrt(a) z; given u, v is Normal(s / a u, b - s^2 / a). Kinks of h are at 0."""
    z, w = rule(0)
    u, sd = np.sqrt(a) * z, np.sqrt(max(b - s * s / a, 0))
    if sd < 1e-9:
        return np.sum(w * h(u) * h(s / a * u))
    total = 0
    for ui, wi in zip(u, w):
        t, v = rule(-s / a * ui / sd)
        total += wi * h(ui) * np.sum(v * h(s / a * ui + sd * t))
    return total


def nngp():
    """Of inputs -0.4, 0.3 and 2 under su, sa, sb, sv = 1.5, 0.7, 0.3, 1.2; and of two and three such layers."""
    x, (su, sa, sb, sv) = [-0.4, 0.3, 2.0], (1.5, 0.7, 0.3, 1.2)
    inside = [[sa ** 2 + su ** 2 * p * q for q in x] for p in x]
    out = {}

    def layer(h, c):
        return [[float(sb ** 2 + sv ** 2 * moment(h, c[i][j], c[i][i], c[j][j])) for j in range(3)] for i in range(3)]

    for name, h in ACTIVATIONS.items():
        out[name] = layer(h, inside)
    out["two"] = {name: layer(h, out[name]) for name, h in ACTIVATIONS.items()}
    out["three"] = {name: layer(h, out["two"][name]) for name, h in ACTIVATIONS.items()}
    # tanh, sd of input weights and hidden biases 1 and 20, others 1: variances at 0, 0.5, 1
    for su in (1, 20):
        out[f"tanh_{su}"] = [float(1 + 2 * mp.quad(lambda z: mp.npdf(z) * mp.tanh(su * mp.sqrt(1 + p * p) * z) ** 2,
                                                   [0, mp.mpf(1) / su, 1, 9])) for p in map(mp.mpf, ("0", "0.5", "1"))]
    return out


def mcycle():
    """Gaussian process regression on mcycle, standardized, at fixed hyper-parameters
    (Rasmussen and Williams 2006, algorithm 2.1)."""
    root = os.path.dirname(os.path.abspath(__file__))
    t, a = np.loadtxt(os.path.join(root, "../../examples/data/mcycle.csv"), delimiter=",", skiprows=1, unpack=True)
    x, y, at = (t - t.mean()) / t.std(ddof=1), (a - a.mean()) / a.std(ddof=1), np.linspace(-2, 2, 9)

    def rbf(p, q):
        return 1.3 ** 2 * np.exp(-0.5 * ((p[:, None] - q) / 0.4) ** 2)

    def matern(p, q):
        d = np.sqrt(5) * abs(p[:, None] - q) / 0.7
        return rbf(p, q) + 0.8 * (1 + d + d ** 2 / 3) * np.exp(-d)

    out = {"at": at.tolist()}
    for name, k in {"rbf": rbf, "sum": matern}.items():
        noise = 0.45
        factor = linalg.cho_factor(k(x, x) + noise ** 2 * np.eye(len(x)), lower=True)
        alpha = linalg.cho_solve(factor, y)
        new = k(at, at) - k(at, x) @ linalg.cho_solve(factor, k(x, at))
        out[name] = {"log_marginal": -0.5 * y @ alpha - np.log(np.diag(factor[0])).sum() - len(x) / 2 * np.log(2 * np.pi),
                     "slope_noise": noise * (alpha @ alpha - np.trace(linalg.cho_solve(factor, np.eye(len(x))))),
                     "mean": (k(at, x) @ alpha).tolist(), "sd": np.sqrt(np.diag(new)).tolist(),
                     "sd_noisy": np.sqrt(np.diag(new) + noise ** 2).tolist(), "cov": new.tolist()}
    out["scikit"] = scikit(x, y, at)
    out["sparse"] = sparse(x, y, at)
    out["spread"] = sparse(x, y, at, spread(x, 12))
    out["noise_apart"] = noise_apart(y[:40])
    return out


def scikit(x, y, at):
    """The same as scikit-learn's GaussianProcessRegressor has it."""
    k, out, noise = gp.kernels, {}, 0.45
    smooth = k.ConstantKernel(1.3 ** 2) * k.RBF(0.4)
    for name, kernel in {"rbf": smooth, "sum": smooth + k.ConstantKernel(0.8) * k.Matern(0.7, nu=2.5)}.items():
        noisy = gp.GaussianProcessRegressor(kernel + k.WhiteKernel(noise ** 2), alpha=0, optimizer=None).fit(x[:, None], y)
        plain = gp.GaussianProcessRegressor(kernel, alpha=noise ** 2, optimizer=None).fit(x[:, None], y)
        mean, cov = plain.predict(at[:, None], return_cov=True)
        value, slope = noisy.log_marginal_likelihood(noisy.kernel_.theta, eval_gradient=True)
        out[name] = {"log_marginal": value, "slope_noise": slope[-1] * 2 / noise, "mean": mean.tolist(),
                     "sd": np.sqrt(np.diag(cov)).tolist(), "sd_noisy": noisy.predict(at[:, None], return_std=True)[1].tolist()}
    return out


def spread(x, n):
    """n of x, each the farthest from those before it, beginning at the middle (Gonzalez 1985)."""
    z = [x[np.argmin(np.abs(x - x.mean()))]]
    while len(z) < n:
        z.append(x[np.argmax(np.min(np.abs(x[:, None] - np.array(z)), axis=1))])
    return np.array(z)


SOME = np.array([-2, -1.5, -1, -0.7, -0.4, -0.1, 0.2, 0.5, 1, 1.6, 2.4])


def sparse(x, y, at, z=SOME):
    """The lower bound of Titsias (2009, eq. 9) and the prediction under it (eq. 6) from dense matrices: Normal
    with covariance Q = Knm Kmm^-1 Kmn + noise^2, less the trace of K - Q in units of 2 noise^2."""
    noise, n = 0.45, len(x)

    def k(p, q):
        return 1.69 * np.exp(-0.5 * ((p[:, None] - q) / 0.4) ** 2)

    kzz = k(z, z) + 1.69e-9 * np.eye(len(z))
    q = k(x, z) @ linalg.solve(kzz, k(z, x))

    def bound(s):
        return stats.multivariate_normal(cov=q + s ** 2 * np.eye(n)).logpdf(y) - (n * 1.69 - np.trace(q)) / (2 * s ** 2)

    precision = linalg.inv(q + noise ** 2 * np.eye(n))
    slope = noise * (y @ precision @ precision @ y - np.trace(precision)) + (n * 1.69 - np.trace(q)) / noise ** 3
    a = kzz + k(z, x) @ k(x, z) / noise ** 2
    less = k(at, z) @ (linalg.inv(kzz) - linalg.inv(a)) @ k(z, at)
    return {"z": z.tolist(), "bound": bound(noise), "slope_noise": slope,
            "mean": (k(at, z) @ linalg.solve(a, k(z, x) @ y) / noise ** 2).tolist(),
            "sd": np.sqrt(1.69 - np.diag(less)).tolist()}


def noise_apart(y):
    """The Normal function and Normal log noise, independent of each other, of largest ELBO for y at even rows under Matern's
    kernel 3/2 and noise ~ LogNormal(-1, 0.5): the function's is in closed form, given the noise's."""
    n = len(y)
    d = abs(np.linspace(-2, 2, n)[:, None] - np.linspace(-2, 2, n)) / 0.4 * 3 ** 0.5
    cov = 1.69 * (1 + d) * np.exp(-d)

    def loss(t):
        mu, tau = t[0], np.exp(t[1])
        rho = np.exp(-2 * mu + 2 * tau ** 2)
        left = np.linalg.inv(cov + np.eye(n) / rho)
        m, s = cov @ left @ y, cov - cov @ left @ cov
        kl = 0.5 * (np.trace(np.linalg.solve(cov, s)) + m @ np.linalg.solve(cov, m) - n
                    + np.linalg.slogdet(cov)[1] - np.linalg.slogdet(s)[1])
        kl += np.log(0.5 / tau) + (tau ** 2 + (mu + 1) ** 2) / 0.5 - 0.5
        return n / 2 * np.log(2 * np.pi) + n * mu + 0.5 * rho * (((y - m) ** 2).sum() + np.trace(s)) + kl

    best = optimize.minimize(loss, [-1, -1], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-11})
    return {"elbo": -best.fun, "log_noise": best.x[0], "sd": np.exp(best.x[1])}


def classified():
    """Gaussian process classification of 30 rows: the Normal of largest ELBO (Opper and Archambeau 2009), its mean and
    covariance found by L-BFGS with Gauss-Hermite quadrature, and what it predicts at rows `at`."""
    n, noise = 30, 1e-3
    x, at = np.linspace(-2, 2, n), np.array([-1.5, -0.3, 0.5, 1.9, 3.0])
    y = ((np.arange(n) * 7) % 5 < 2 + 1.6 * np.sin(2 * x)).astype(float)

    def k(p, q):
        return 2.25 * np.exp(-0.5 * ((p[:, None] - q) / 0.7) ** 2)

    low, lower, sign = np.linalg.cholesky(k(x, x) + noise ** 2 * np.eye(n)), np.tril_indices(n), 2 * y - 1
    node, weight = np.polynomial.hermite_e.hermegauss(60)
    weight = weight / weight.sum()

    def loss(t):
        m, s = t[:n], np.zeros((n, n))
        s[lower] = t[n:]
        root = low @ s
        sd = np.sqrt((root ** 2).sum(1))
        f = (low @ m)[:, None] + sd[:, None] * node
        slope = sign[:, None] * special.expit(-sign[:, None] * f)
        elbo = (weight * special.log_expit(sign[:, None] * f)).sum() - 0.5 * ((s ** 2).sum() + m @ m - n) + np.log(abs(np.diag(s))).sum()
        in_m = low.T @ (weight * slope).sum(1) - m
        in_s = low.T @ (((weight * slope * node).sum(1) / sd)[:, None] * root) - s + np.diag(1 / np.diag(s))
        return -elbo, -np.concatenate([in_m, in_s[lower]])

    best = optimize.minimize(loss, np.concatenate([np.zeros(n), np.eye(n)[lower]]), jac=True, method="L-BFGS-B",
                             options={"maxiter": 3000, "ftol": 1e-15, "gtol": 1e-9})
    m, s = best.x[:n], np.zeros((n, n))
    s[lower] = best.x[n:]
    a = linalg.solve_triangular(low, k(x, at), lower=True)
    mean, sd = a.T @ m, np.sqrt(2.25 - (a ** 2).sum(0) + ((s.T @ a) ** 2).sum(0))
    chance = (weight * special.expit(mean[:, None] + sd[:, None] * node)).sum(1)
    return {"x": x.tolist(), "y": y.tolist(), "at": at.tolist(), "elbo": -best.fun, "mean": mean.tolist(), "sd": sd.tolist(),
            "chance": chance.tolist()}


def write(name, book):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), "w", encoding="utf-8") as f:
        f.write("{" + ",\n ".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in book.items()) + "}\n")


if __name__ == "__main__":
    write("values.json", values())
    write("nngp.json", nngp())
    write("mcycle.json", mcycle())
    write("classified.json", classified())
