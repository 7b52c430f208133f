#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""W9 by SciPy and by PyTorch, one thread: the marginal likelihood of a Gaussian process of 2,000 rows in three columns and
its slopes in log length, log amplitude and log noise. Prints the median milliseconds of both (PyTorch's: 0 where it is
missing). SciPy's slopes are written by hand; the squared distances are made once, outside of what is timed."""
import os
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
import time
import numpy as np
from scipy import linalg

N, RUNS = 2000, 5
rng = np.random.default_rng(0)
x = rng.normal(size=(N, 3))
y = np.sin(x.sum(1)) + 0.1 * rng.normal(size=N)
d2 = np.maximum((x * x).sum(1)[:, None] + (x * x).sum(1) - 2 * x @ x.T, 0)
start = np.log([1.0, 1.0, 0.1])


def by_scipy(log_parameters):
    length, amplitude, noise = np.exp(2 * log_parameters)
    smooth = amplitude * np.exp(d2 * (-0.5 / length))
    cov = smooth.copy()
    cov[np.diag_indices(N)] += noise
    factor = linalg.cholesky(cov, lower=True, overwrite_a=True, check_finite=False)
    alpha = linalg.cho_solve((factor, True), y, check_finite=False)
    value = -0.5 * y @ alpha - np.log(np.diag(factor)).sum() - N / 2 * np.log(2 * np.pi)
    low = np.tril(linalg.lapack.dpotri(factor, lower=1)[0])
    inverse = low + low.T
    inverse[np.diag_indices(N)] /= 2
    slope = np.outer(alpha, alpha) - inverse
    return value, 0.5 * np.array([np.vdot(slope, smooth * d2) / length, 2 * np.vdot(slope, smooth), 2 * noise * np.trace(slope)])


def by_torch(log_parameters):
    import torch
    torch.set_num_threads(1)
    td2, ty = torch.tensor(d2), torch.tensor(y)

    def run():
        t = torch.tensor(log_parameters, requires_grad=True)
        length, amplitude, noise = (2 * t).exp()
        cov = amplitude * torch.exp(td2 * (-0.5 / length)) + noise * torch.eye(N, dtype=torch.float64)
        factor = torch.linalg.cholesky(cov)
        alpha = torch.cholesky_solve(ty[:, None], factor)[:, 0]
        value = -0.5 * ty @ alpha - factor.diagonal().log().sum() - N / 2 * np.log(2 * np.pi)
        value.backward()
        return value.item(), t.grad.numpy()
    return run


def median_ms(run):
    run()
    seconds = []
    for _ in range(RUNS):
        began = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - began)
    return 1e3 * sorted(seconds)[RUNS // 2]


if __name__ == "__main__":
    times = [median_ms(lambda: by_scipy(start))]
    try:
        other = by_torch(start)
        assert np.allclose(other()[1], by_scipy(start)[1])
        times.append(median_ms(other))
    except ImportError:
        times.append(0)
    print(*times)
