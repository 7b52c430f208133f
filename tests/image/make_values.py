#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Writes conv.json: convolutions, windows and resizing by PyTorch, for tests/unit/ops_conv.c.
# Numbers of inputs follow a rule both sides know (`fill`); of each result the sums with
# three more such fillings are kept, and the sums of absolute values they are judged by.
import json
import os
import random

import torch
import torch.nn.functional as F

torch.set_num_threads(1)


def fill(n, seed):
    i = torch.arange(n, dtype=torch.int64)
    return (((i + 1) * 7919 + seed * 104729 + i * i * 31) % 2003).double() / 1001.5 - 1


def tensor(shape, seed):
    n = 1
    for k in shape:
        n *= k
    return fill(n, seed).reshape(shape).requires_grad_(True)


def sums(t):
    flat = t.detach().reshape(-1)
    out = []
    for k in range(3):
        w = fill(flat.numel(), 900 + k)
        out.append([float((flat * w).sum()), float((flat * w).abs().sum())])
    return out


def chw(x):
    return x.permute(0, 3, 1, 2)


def hwc(y):
    return y.permute(0, 2, 3, 1)


def record(kind, attr, inputs, y):
    dy = fill(y.numel(), 5).reshape(y.shape)
    slopes = torch.autograd.grad(y, inputs, dy)
    return dict(attr, kind=kind, shapes=[list(t.shape) for t in inputs], out=list(y.shape),
                y=sums(y), slopes=[sums(s) for s in slopes])


def conv_case(r, back):
    while True:
        groups = r.choice([1, 1, 1, 2, 3])
        channels, outputs = groups * r.randint(1, 9), groups * r.randint(1, 11)
        size = [r.randint(1, 5), r.randint(1, 5)]
        stride = [r.randint(1, 3), r.randint(1, 3)]
        pad = [r.randint(0, 3), r.randint(0, 3)]
        dilation = [r.randint(1, 2), r.randint(1, 2)]
        image = [r.randint(1, 3), r.randint(1, 15), r.randint(1, 15), channels]
        x = tensor(image, 1)
        attr = dict(stride=stride, pad=pad, dilation=dilation, groups=groups)
        try:
            if back:
                w = tensor(size + [outputs // groups, channels], 2)
                y = F.conv_transpose2d(chw(x), w.permute(3, 2, 0, 1), None, stride, pad, 0,
                                       groups, dilation)
            else:
                w = tensor(size + [channels // groups, outputs], 2)
                y = F.conv2d(chw(x), w.permute(3, 2, 0, 1), None, stride, pad, dilation, groups)
        except RuntimeError:  # the window does not fit
            continue
        if y.numel() == 0:
            continue
        return record("back" if back else "conv", attr, [x, w], hwc(y))


def window_case(r, kind):
    while True:
        size = [r.randint(1, 4), r.randint(1, 4)]
        attr = dict(size=size, stride=[r.randint(1, 4), r.randint(1, 4)],
                    pad=[r.randint(0, k // 2) for k in size])
        x = tensor([r.randint(1, 3), r.randint(1, 12), r.randint(1, 12), r.randint(1, 9)], 3)
        pool = F.max_pool2d if kind == "max" else F.avg_pool2d
        try:
            y = pool(chw(x), size, attr["stride"], attr["pad"])
        except RuntimeError:
            continue
        if y.numel() == 0:
            continue
        return record(kind, attr, [x], hwc(y))


def resize_case(r, kind):
    size = [r.randint(1, 17), r.randint(1, 17)]
    x = tensor([r.randint(1, 2), r.randint(1, 9), r.randint(1, 9), r.randint(1, 5)], 4)
    more = dict(align_corners=False) if kind == "bilinear" else {}
    y = F.interpolate(chw(x), size=size, mode=kind, **more)
    return record(kind, dict(size=size), [x], hwc(y))


r = random.Random(6)
cases = [conv_case(r, False) for _ in range(50)] + [conv_case(r, True) for _ in range(50)]
for kind in ("max", "avg"):
    cases += [window_case(r, kind) for _ in range(20)]
for kind in ("nearest", "bilinear"):
    cases += [resize_case(r, kind) for _ in range(10)]
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "conv.json")
with open(path, "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
