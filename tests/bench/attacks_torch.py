"""A network trained on Fashion-MNIST in PyTorch, and the formulas of attacks, for `attacks.unc` to
meet on the same weights. Writes weights, images, logits and slopes (.npy, channels last) into the
folder named by the first argument, and prints what each attack leaves: the accuracy, and for
attacks of least change the median length of the changes that fooled."""
import gzip, sys
import numpy as np
import torch, torch.nn as nn, torch.nn.functional as F

OUT, ROWS = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1000
EPS, CLASSES = 0.03, 10
AT = "/usr/share/datasets/fashion-mnist/"
torch.set_num_threads(1)
torch.manual_seed(0)
net = nn.Sequential(nn.Conv2d(1, 8, 4, 2, 1), nn.ReLU(), nn.Conv2d(8, 16, 4, 2, 1), nn.ReLU(),
                    nn.Flatten(), nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, CLASSES))


def images(name):
    raw = gzip.open(AT + name + "-images-idx3-ubyte.gz").read()[16:]
    return torch.tensor(np.frombuffer(raw, np.uint8).reshape(-1, 1, 28, 28).astype("float32") / 255)


def labels(name):
    raw = gzip.open(AT + name + "-labels-idx1-ubyte.gz").read()[8:]
    return torch.tensor(np.frombuffer(raw, np.uint8).astype("int64"))


def train():
    x, y = images("train"), labels("train")
    opt = torch.optim.Adam(net.parameters(), 0.002)
    for step in range(2000):
        i = torch.randint(len(x), (64,))
        opt.zero_grad()
        F.cross_entropy(net(x[i]), y[i]).backward()
        opt.step()


def save(name, t):
    np.save(OUT + "/" + name + ".npy", np.ascontiguousarray(t.detach().numpy().astype("float64")))


def export(x, y):
    for k, layer in enumerate(m for m in net if hasattr(m, "weight")):
        w = layer.weight
        if w.dim() == 4: w = w.permute(2, 3, 1, 0)
        elif w.shape[1] == 784: w = w.view(32, 16, 7, 7).permute(2, 3, 1, 0).reshape(784, 32)
        else: w = w.t()
        save("w%d" % k, w)
        save("b%d" % k, layer.bias)
    save("x", x.permute(0, 2, 3, 1))
    np.save(OUT + "/y.npy", y.numpy())
    save("logits", net(x))
    save("slopes", slope(ce(y), x).permute(0, 2, 3, 1))


# ---- losses and balls ----

def slope(loss, x):
    x = x.detach().requires_grad_()
    return torch.autograd.grad(loss(net(x)).sum(), x)[0]


def wrong(x, y):
    with torch.no_grad():
        return net(x).argmax(1) != y


def ce(y):
    return lambda z: F.cross_entropy(z, y, reduction="none")


def margin(y):
    def f(z):
        own = z.gather(1, y[:, None])[:, 0]
        return z.scatter(1, y[:, None], -1e30).max(1)[0] - own
    return f


def dlr_towards(y, aim):
    """Croce and Hein 2020, equation 7."""
    def f(z):
        s = z.sort(1)[0]
        own, other = z.gather(1, y[:, None])[:, 0], z.gather(1, aim[:, None])[:, 0]
        return -(own - other) / (s[:, -1] - 0.5 * (s[:, -3] + s[:, -4]) + 1e-12)
    return f


def col(v):
    return v.view(-1, 1, 1, 1)


def inside(a, x):
    return a.clamp(min=x - EPS, max=x + EPS).clamp(0, 1)


def anywhere(x):
    return inside(x + EPS * (2 * torch.rand_like(x) - 1), x)


# ---- attacks: x and y to changed x ----

def fgsm(x, y):
    return (x + EPS * slope(ce(y), x).sign()).clamp(0, 1)


def pgd(x, y, steps=40):
    best, a = x.clone(), anywhere(x)
    for _ in range(steps):
        w = wrong(a, y)
        best[w] = a[w]
        a = inside(a + EPS / 4 * slope(margin(y), a).sign(), x)
    w = wrong(a, y)
    best[w] = a[w]
    return best


def apgd(x, y, loss=None, steps=100):
    """Croce and Hein 2020, algorithm 1."""
    loss = loss or ce(y)
    p = [0.0, 0.22]
    while p[-1] < 1: p.append(p[-1] + max(p[-1] - p[-2] - 0.03, 0.06))
    marks = {int(np.ceil(v * steps)) for v in p[1:]}
    a = last = anywhere(x)
    n = len(x)
    eta, best, top, found = torch.full((n,), 2 * EPS), torch.full((n,), -1e30), a.clone(), x.clone()
    rises, before, old_eta, old_best, since = torch.zeros(n), best.clone(), eta.clone(), best.clone(), 0
    for k in range(steps + 1):
        with torch.no_grad():
            z = net(a)
            f, w = loss(z), z.argmax(1) != y
        found[w] = a[w]
        if k == steps: return found
        if k: rises += (f > before).float()
        up = f > best
        top[up], best, before, since = a[up], torch.maximum(best, f), f, since + (k > 0)
        if k in marks:
            worse = (rises < 0.75 * since) | ((eta == old_eta) & (best == old_best))
            old_eta, old_best = eta.clone(), best.clone()
            eta = torch.where(worse, eta / 2, eta)
            a = torch.where(col(worse), top, a)
            rises.zero_()
            since = 0
        m = inside(a + col(eta) * slope(loss, a).sign(), x)
        n = m if k == 0 else inside(a + 0.75 * (m - a) + 0.25 * (a - last), x)
        last, a = a, n


def apgd_t(x, y, targets=3, steps=50):
    """Towards the likeliest other classes in turn, on the rows that still hold."""
    out = x.clone()
    with torch.no_grad():
        order = net(x).scatter(1, y[:, None], -1e30).argsort(1, descending=True)
    for k in range(targets):
        i = (~wrong(out, y)).nonzero()[:, 0]
        out[i] = apgd(x[i], y[i], dlr_towards(y[i], order[i, k]), steps)
    return out


def deepfool(x, y, steps=50, over=0.02):
    """Moosavi-Dezfooli et al. 2016, algorithm 2, in double precision as ours."""
    out, live, r = x.clone(), torch.arange(len(x)), torch.zeros_like(x)
    for _ in range(steps):
        live = live[~wrong(out[live], y[live])]
        a = out[live].detach().requires_grad_()
        z = net(a)
        g = torch.stack([torch.autograd.grad(z[:, k].sum(), a, retain_graph=True)[0] for k in range(CLASSES)], 1)
        i = torch.arange(len(live))
        w, f = g - g[i, y[live]][:, None], (z - z[i, y[live]][:, None]).detach()
        length = w.flatten(2).norm(dim=2)
        near = (f.abs() / length).scatter(1, y[live][:, None], 1e30).argmin(1)
        far = f[i, near].abs() / length[i, near]
        r[live] += col((far + 1e-12) / length[i, near]) * w[i, near]
        out[live] = (x[live] + (1 + over) * r[live]).clamp(0, 1)
    return out


def cw(x, y, steps=50, rounds=3, rate=0.05):
    """Carlini and Wagner 2017, section VI.A: Adam in the numbers that tanh maps into the box."""
    n = len(x)
    out, least = x.clone(), torch.where(wrong(x, y), 0.0, 1e30)
    c, low, high = torch.ones(n), torch.zeros(n), torch.full((n,), 1e10)
    for _ in range(rounds):
        w = torch.atanh((2 * x - 1) * (1 - 1e-6)).detach().requires_grad_()
        opt, hit = torch.optim.Adam([w], rate), torch.zeros(n, dtype=torch.bool)
        for k in range(steps + 1):
            a = (torch.tanh(w) + 1) / 2
            z, d = net(a), (a - x).flatten(1).norm(dim=1)
            fooled = (z.argmax(1) != y)
            hit |= fooled
            better = fooled & (d.detach() < least)
            out[better], least = a.detach()[better], torch.where(better, d.detach(), least)
            if k == steps: break
            opt.param_groups[0]["lr"] = rate * (1 + np.cos(np.pi * (k + 1) / steps)) / 2
            opt.zero_grad()
            (d ** 2 - c * margin(y)(z).clamp(max=0)).sum().backward()
            opt.step()
        low, high = torch.where(hit, low, c), torch.where(hit, c, high)
        c = torch.where(high < 1e10, (low + high) / 2, 10 * c)
    return out


def square(x, y, queries=300, p=0.8):
    """Andriushchenko et al. 2020, algorithms 1 and 2."""
    n, side = len(x), x.shape[-1]
    best_x = (x + EPS * torch.sign(torch.rand(n, 1, 1, side) - 0.5)).clamp(0, 1)
    f = margin(y)
    with torch.no_grad():
        best = f(net(best_x))
        for k in range(1, queries + 1):
            share = p * 0.5 ** sum(10000 * k / queries > m for m in (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000))
            h = min(max(int(round(np.sqrt(share) * side)), 1), side - 1)
            a = best_x.clone()
            for i in (best < 0).nonzero()[:, 0].tolist():
                r, s = np.random.randint(0, side - h + 1, 2)
                a[i, :, r:r + h, s:s + h] = (x[i, :, r:r + h, s:s + h] + EPS * np.random.choice((-1, 1))).clamp(0, 1)
            l = f(net(a))
            up = l > best
            best_x[up], best = a[up], torch.maximum(best, l)
    return best_x


def tell(name, a, x, y, least):
    w, d = wrong(a, y), (a - x).flatten(1).norm(dim=1)
    print(name, "%.4f" % (1 - w.double().mean()), "%.5f" % d[w].median() if least else "", flush=True)


np.random.seed(0)
train()
x, y = images("t10k")[:ROWS], labels("t10k")[:ROWS]
export(x, y)
tell("clean", x, x, y, False)
for attack in (fgsm, pgd, apgd, apgd_t, square, cw): tell(attack.__name__, attack(x, y), x, y, attack == cw)
net.double()
tell("deepfool", deepfool(x.double(), y), x.double(), y, True)
