# SPDX-License-Identifier: MIT
# The least changes that attack_curved.unc compares with, by exhausting the plane: along each
# of 4,000 directions from a point the first crossing of its class's boundary, by steps of 2e-3
# and then bisection. Run by hand: python3 tests/closed/attack_curved.py
import numpy as np

X = np.array([[0.3, 0.2], [-0.7, 0.1], [1.1, -0.4], [0.2, -1.3], [-1.2, -0.8],
              [0.9, 0.9], [-0.3, 1.4], [1.6, 0.5], [-1.5, 1.0], [0.05, -0.45]])


def logits(x, y):
    return np.stack([0.5 * np.sin(2 * x), 1.5 * x - 0.3 * np.sin(3 * y), -2 * y], axis=-1)


def classes(p):
    return np.argmax(logits(p[..., 0], p[..., 1]), axis=-1)


def first_crossing(x, ways, most, target=None):
    """For each way the least s in (0, most] at which x + s way has another class, or the
    target, or inf."""
    fooled = (lambda c: c != classes(x)) if target is None else (lambda c: c == target)
    s = np.arange(1, int(most / 2e-3) + 1) * 2e-3
    other = fooled(classes(x + s[:, None, None] * ways))
    high = s[np.argmax(other, axis=0)]
    low = high - 2e-3
    for _ in range(40):
        mid = (low + high) / 2
        crossed = fooled(classes(x + mid[:, None] * ways))
        high = np.where(crossed, mid, high)
        low = np.where(crossed, low, mid)
    return np.where(other.any(axis=0), high, np.inf)


angle = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
ways = np.stack([np.cos(angle), np.sin(angle)], axis=1)
length = {"2": 1 + 0 * angle, "inf": np.abs(ways).max(axis=1), "1": np.abs(ways).sum(axis=1)}
print("y =", classes(X).tolist())
for norm, unit in length.items():
    least = [first_crossing(x, ways / unit[:, None], 3).min() for x in X]
    told = [first_crossing(x, ways / unit[:, None], 3, (classes(x) + 1) % 3).min() for x in X]
    print("norm", norm, "to the next class =", np.array2string(np.array(told), precision=6, separator=", "))
    print("norm", norm, "=", np.array2string(np.array(least), precision=6, separator=", "))
ends = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
room = [[2 - x[0], 2 + x[0], 2 - x[1], 2 + x[1]] for x in X]
one = [int((first_crossing(x, ends, 4) <= r).any()) for x, r in zip(X, room)]
print("one number within [-2, 2] will do:", one)
