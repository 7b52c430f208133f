# SPDX-License-Identifier: MIT
"""The same draws of a wide network by PyTorch, one thread: seconds."""
import time
import torch

torch.set_num_threads(1)
H, best = 10000, 1e9
x = torch.linspace(-3, 3, 200)
for k in range(5):
    start = time.perf_counter()
    f = torch.empty(100, 200)
    for i in range(100):
        w, b, v = torch.randn(3, H)
        f[i] = torch.tanh(torch.addcmul(b, x[:, None], w)) @ v * H ** -0.5
    best = min(best, time.perf_counter() - start)
print(f"{best:.6f}")
