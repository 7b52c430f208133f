# SPDX-License-Identifier: MIT
"""The networks of w6b.unc in PyTorch, weights at random: milliseconds of fgsm, of fgsm
and the classes of what it found (which `attack` tells where they are read), and of a step of cw
(Carlini and Wagner 2017: tanh of w, the margin, Adam)."""
import statistics
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)
torch.manual_seed(0)
mlp = nn.Sequential(nn.Linear(784, 400), nn.ReLU(), nn.Linear(400, 400), nn.ReLU(), nn.Linear(400, 10))
cnn = nn.Sequential(nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
                    nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
                    nn.Flatten(), nn.Linear(3136, 1024), nn.ReLU(), nn.Linear(1024, 10))
for net in mlp, cnn:
    for p in net.parameters():
        p.requires_grad_(False)
x = torch.rand(128, 784)
image = x.reshape(128, 1, 28, 28)
y, kind = mlp(x).argmax(1), cnn(image).argmax(1)


def fgsm():
    a = x.clone().requires_grad_()
    g, = torch.autograd.grad(F.cross_entropy(mlp(a), y), a)
    return (x + 0.3 * g.sign()).clamp(0, 1)


def judged():
    a = fgsm()
    with torch.no_grad():
        return a, mlp(a).argmax(1) != y


w = torch.atanh((2 * image - 1) * 0.999999).clone().requires_grad_()
adam = torch.optim.Adam([w], lr=0.01)
best, found = torch.full((128,), float("inf")), image.clone()


def cw():
    a = (torch.tanh(w) + 1) / 2
    logits = cnn(a)
    own = logits.gather(1, kind[:, None])[:, 0]
    other = logits.scatter(1, kind[:, None], -1e9).max(1).values
    far = ((a - image) ** 2).flatten(1).sum(1)
    adam.zero_grad()
    (far + (own - other).clamp(min=0)).sum().backward()
    adam.step()
    better = (logits.argmax(1) != kind) & (far < best)
    best[better] = far.detach()[better]
    found[better] = a.detach()[better]


def milliseconds(f, n):
    f()
    times = []
    for _ in range(n):
        t = time.perf_counter()
        f()
        times.append(time.perf_counter() - t)
    return 1e3 * statistics.median(times)


print(milliseconds(fgsm, 60), milliseconds(judged, 60), milliseconds(cw, 12))
