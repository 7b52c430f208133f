# SPDX-License-Identifier: MIT
"""Masked autoregressive and neural spline flows as one writes them in PyTorch, after the papers (Germain et al. 2015,
Papamakarios et al. 2017, Durkan et al. 2019): the peers of w5.unc and of densities.unc.

    python3 tests/bench/flows_torch.py             milliseconds of a step and of 10,000 draws: MAF, then NSF
"""
import math
import statistics
import sys
import time

import torch
from torch.nn import functional as F


class Made(torch.nn.Module):
    """x [N, D] -> [N, D, each]: numbers for each coordinate, made of those before it."""

    def __init__(self, dims, each, hidden):
        super().__init__()
        self.dims, self.each = dims, each
        degrees = [torch.arange(1, dims + 1)]
        for h in hidden:
            degrees.append(1 + torch.arange(h) * (dims - 1) // h)
        last = torch.arange(1, dims + 1).repeat_interleave(each)
        masks = [(b[:, None] >= a[None, :]).float() for a, b in zip(degrees, degrees[1:])]
        masks.append((last[:, None] > degrees[-1][None, :]).float())
        sizes = [dims, *hidden, dims * each]
        self.layers = torch.nn.ModuleList(torch.nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        for i, m in enumerate(masks):
            self.register_buffer(f"mask{i}", m)

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            x = F.linear(x, layer.weight * getattr(self, f"mask{i}"), layer.bias)
            if i + 1 < len(self.layers):
                x = torch.relu(x)
        return x.view(-1, self.dims, self.each)


class Affine(torch.nn.Module):
    """One layer of a MAF: x -> z and log |dz/dx|, and back."""

    def __init__(self, dims, hidden):
        super().__init__()
        self.made = Made(dims, 2, hidden)

    def forward(self, x):
        p = self.made(x)
        s = p[..., 0] / (1 + p[..., 0].abs() / 7)
        return x * s.exp() + p[..., 1], s.sum(-1)

    def back(self, z):
        x = torch.zeros_like(z)
        for _ in range(z.shape[1]):
            p = self.made(x)
            s = p[..., 0] / (1 + p[..., 0].abs() / 7)
            x = (z - p[..., 1]) * torch.exp(-s)
        return x


class Spline(torch.nn.Module):
    """One layer of a neural spline flow, with linear tails."""

    def __init__(self, dims, hidden, bins=8, bound=5.0):
        super().__init__()
        self.bins, self.bound = bins, bound
        self.made = Made(dims, 3 * bins - 1, hidden)

    def knots(self, p):
        k, b, least = self.bins, self.bound, 1e-3
        def edges(raw):
            size = least + (1 - least * k) * torch.softmax(raw, -1)
            e = F.pad(torch.cumsum(size, -1), (1, 0))
            return 2 * b * e - b
        slope = least + F.softplus(p[..., 2 * k:] + math.log(math.expm1(1 - least)))
        return edges(p[..., :k]), edges(p[..., k:2 * k]), F.pad(slope, (1, 1), value=1.0)

    def bin(self, v, edges, other, slope):
        i = (torch.searchsorted(edges.contiguous(), v[..., None].contiguous(), right=True) - 1).clamp(0, self.bins - 1)
        at = lambda e, j: e.gather(-1, j)[..., 0]
        return at(edges, i), at(edges, i + 1), at(other, i), at(other, i + 1), at(slope, i), at(slope, i + 1)

    def forward(self, x):
        xs, ys, slope = self.knots(self.made(x))
        inside = x.abs() < self.bound
        v = x.clamp(-self.bound, self.bound)
        x0, x1, y0, y1, d0, d1 = self.bin(v, xs, ys, slope)
        w, h = x1 - x0, y1 - y0
        t, s = (v - x0) / w, h / w
        below = s + (d1 + d0 - 2 * s) * t * (1 - t)
        y = y0 + h * (s * t * t + d0 * t * (1 - t)) / below
        log = 2 * s.log() + torch.log(d1 * t * t + 2 * s * t * (1 - t) + d0 * (1 - t) ** 2) - 2 * below.log()
        return torch.where(inside, y, x), torch.where(inside, log, torch.zeros_like(log)).sum(-1)

    def back(self, z):
        x = torch.zeros_like(z)
        inside = z.abs() < self.bound
        v = z.clamp(-self.bound, self.bound)
        for _ in range(z.shape[1]):
            xs, ys, slope = self.knots(self.made(x))
            y0, y1, x0, x1, d0, d1 = self.bin(v, ys, xs, slope)
            w, h = x1 - x0, y1 - y0
            s = h / w
            bend = (v - y0) * (d1 + d0 - 2 * s)
            a, b, c = h * (s - d0) + bend, h * d0 - bend, -s * (v - y0)
            t = 2 * c / (-b - torch.sqrt(torch.clamp(b * b - 4 * a * c, min=0)))
            x = torch.where(inside, x0 + t * w, z)
        return x


class Flow(torch.nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = torch.nn.ModuleList(layers)

    def logpdf(self, x):
        total = 0
        for layer in self.layers:
            x, log = layer(x.flip(-1))
            total = total + log
        return total - 0.5 * (x * x).sum(-1) - 0.5 * x.shape[1] * math.log(2 * math.pi)

    def sample(self, n, dims):
        x = torch.randn(n, dims)
        for layer in reversed(self.layers):
            x = layer.back(x).flip(-1)
        return x


def maf(dims, count=5, hidden=(64, 64)):
    return Flow([Affine(dims, hidden) for _ in range(count)])


def nsf(dims, count=3, hidden=(64, 64), bins=8):
    return Flow([Spline(dims, hidden, bins) for _ in range(count)])


def milliseconds(work, times):
    work()
    each = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        each.append(1e3 * (time.perf_counter() - begun))
    return statistics.median(each)


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    mixed = torch.randn(512, 6) @ torch.randn(6, 6) * 0.5
    x = mixed + 0.3 * torch.sin(mixed.roll(1, 1))
    told = []
    for flow in (maf(6), nsf(6)):
        optimizer = torch.optim.Adam(flow.parameters(), 1e-3)

        def step():
            optimizer.zero_grad(set_to_none=True)
            loss = -flow.logpdf(x).mean()
            loss.backward()
            optimizer.step()

        told.append(milliseconds(step, 40))
        with torch.no_grad():
            told.append(milliseconds(lambda: flow.sample(10000, 6), 5))
            z = flow.sample(100, 6)
            assert torch.isfinite(flow.logpdf(z)).all()
    print(" ".join(f"{t:.4f}" for t in told))


if __name__ == "__main__":
    main()
