# SPDX-License-Identifier: MIT
"""The flows of densities.unc in PyTorch, learnt from the same rows in the same way.

    python3 tests/bench/densities_torch.py FOLDER SET
"""
import math
import sys

import numpy
import torch

from flows_torch import maf, nsf


def learn(make, train, steps, batch=256):
    torch.manual_seed(0)
    flow = make(train.shape[1])
    optimizer = torch.optim.Adam(flow.parameters(), 1e-3)
    order, at = torch.randperm(len(train)), 0
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * 0.5 * (1 + math.cos(math.pi * step / steps))
        if at + batch > len(train):
            order, at = torch.randperm(len(train)), 0
        loss = -flow.logpdf(train[order[at:at + batch]]).mean()
        at += batch
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
    return flow


def main():
    torch.set_num_threads(1)
    folder, name = sys.argv[1:]
    rows = numpy.loadtxt(f"{folder}/{name}/data.txt")[:, :5 if name == "power-plant" else 11]
    turn = numpy.arange(len(rows)) % 10
    learnt = rows[(turn != 4) & (turn != 9) & (turn != 7)]
    part = lambda r: torch.tensor((r - learnt.mean(0)) / learnt.std(0, ddof=1), dtype=torch.float32)
    train, judge, test = part(learnt), part(rows[turn == 7]), part(rows[(turn == 4) | (turn == 9)])
    for told, make in (("maf", maf), ("spline", nsf)):
        best = (-math.inf,)
        for steps in (300, 1000, 3000):
            flow = learn(make, train, steps)
            with torch.no_grad():
                now = (flow.logpdf(judge).mean().item(), flow.logpdf(test).mean().item(), steps)
            best = max(best, now) if math.isfinite(now[0]) else best
        print(told, f"{best[1]:.3f}", best[2])


if __name__ == "__main__":
    main()
