# SPDX-License-Identifier: MIT
# The values of laplace.unc: logistic regression by SciPy's Newton-CG and NumPy's Hessian, and the
# classifier of a Gaussian process by scikit-learn, whose log_marginal_likelihood is Laplace's
# (Rasmussen and Williams 2006, algorithm 3.1). Run by hand: /usr/bin/python3 tests/closed/laplace.py
import numpy as np
from scipy.optimize import minimize
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF, ConstantKernel

x = np.array([[-1.5, 0.3], [-0.7, -1.1], [-0.2, 0.8], [0.1, -0.4], [0.6, 1.2], [0.9, -0.9],
              [1.4, 0.2], [1.9, -0.6], [-1.1, 1.3], [0.4, 0.5]])
c = np.array([0, 0, 1, 0, 1, 0, 1, 1, 0, 1])
tau = np.array([1.5, 1.5, 3.0])  # of the two weights, and of the intercept
X = np.hstack([x, np.ones((10, 1))])


def minus_log_joint(w):
    z = X @ w
    return np.sum(np.logaddexp(0, z) - c * z) + np.sum(0.5 * (w / tau) ** 2 + np.log(tau) + 0.5 * np.log(2 * np.pi))


def slope(w):
    return X.T @ (1 / (1 + np.exp(-X @ w)) - c) + w / tau ** 2


def hessian(w):
    p = 1 / (1 + np.exp(-X @ w))
    return X.T @ (X * (p * (1 - p))[:, None]) + np.diag(1 / tau ** 2)


w = minimize(minus_log_joint, np.zeros(3), jac=slope, hess=hessian, method='Newton-CG', options={'xtol': 1e-15}).x
for _ in range(5):
    w = w - np.linalg.solve(hessian(w), slope(w))
h = hessian(w)
np.set_printoptions(precision=12, suppress=True, linewidth=120)
print('mode', repr(w))
print('covariance', repr(np.linalg.inv(h)))
print('evidence %.12f' % (-minus_log_joint(w) + 1.5 * np.log(2 * np.pi) - 0.5 * np.linalg.slogdet(h)[1]))
print('diag: sds', repr(1 / np.sqrt(np.diag(h))))
print('diag: evidence %.12f' % (-minus_log_joint(w) + 1.5 * np.log(2 * np.pi) - 0.5 * np.sum(np.log(np.diag(h)))))

at = np.linspace(-2, 2, 12)[:, None]
yes = np.array([0, 0, 1, 0, 0, 1, 0, 1, 1, 1, 1, 0])
gp = GaussianProcessClassifier(ConstantKernel(4.0) * RBF(0.8), optimizer=None, max_iter_predict=1000).fit(at, yes)
print('process: evidence %.8f' % gp.log_marginal_likelihood_value_)
