"""Small random networks, and the formulas of the attacks that attacks_torch.py has none of, from
their papers, for `attacks_small.unc` to meet on the same weights. Writes weights, rows and classes
(.npy) into the folder named by the first argument, for the seed that is the second, and prints
what each attack leaves: the accuracy, and for attacks of least change the median length."""
import sys
import numpy as np
import torch
import torch.nn.functional as F

OUT, SEED = sys.argv[1], int(sys.argv[2])
INPUTS, HIDDEN, CLASSES, ROWS, EPS = 20, 32, 4, 300, 0.04
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
torch.manual_seed(SEED)
W0, b0 = torch.randn(INPUTS, HIDDEN) * 2 / INPUTS ** 0.5, torch.randn(HIDDEN) / 10
W1, b1 = torch.randn(HIDDEN, HIDDEN) * 1.6 / HIDDEN ** 0.5, torch.randn(HIDDEN) / 10
W2, b2 = torch.randn(HIDDEN, CLASSES) * 1.6 / HIDDEN ** 0.5, torch.randn(CLASSES) / 10
x0 = torch.rand(ROWS, INPUTS)
EACH = torch.arange(ROWS)


def net(x):
    return torch.tanh(torch.relu(x @ W0 + b0) @ W1 + b1) @ W2 + b2


y = net(x0).argmax(1)


def wrong(x):
    return net(x).argmax(1) != y


def ce(x):
    return F.cross_entropy(net(x), y, reduction="none")


def margin(x):
    z = net(x)
    return z.scatter(1, col(y), -1e30).max(1)[0] - z[EACH, y]


def slope(loss, x):
    x = x.detach().requires_grad_()
    return torch.autograd.grad(loss(x).sum(), x)[0]


def col(v):
    return v.view(-1, 1)


def inside(x):
    return x.clamp(x0 - EPS, x0 + EPS).clamp(0, 1)


# ---- in a ball: which rows were fooled ----

def search(step, steps):
    """x moved by step(x, t) in each row until it is wrong."""
    x, done = x0.clone(), wrong(x0)
    for t in range(1, steps + 1):
        x = torch.where(col(done), x, inside(step(x, t)))
        done = done | wrong(x)
    return done


def mim(steps=20, decay=1):
    """Dong et al. 2018, algorithm 1."""
    sum_g = torch.zeros_like(x0)

    def step(x, t):
        g = slope(ce, x)
        sum_g.mul_(decay).add_(g / g.abs().sum(1, keepdim=True))
        return x + EPS / 10 * sum_g.sign()
    return search(step, steps)


def probed(x, draw, size, samples):
    g = torch.zeros_like(x)
    for _ in range(samples // 2):
        u = draw()
        g += u * col(margin(x + size * u) - margin(x - size * u)) / (size * samples)
    return g


def nes(queries=1000, samples=20):
    """Ilyas et al. 2018, section 2.2."""
    draw = lambda: torch.randn_like(x0)
    return search(lambda x, t: x + EPS / 4 * probed(x, draw, 0.01, samples).sign(), queries // samples)


def spsa(queries=1000, samples=20):
    """Uesato et al. 2018, algorithm 1, with Adam."""
    m, v = torch.zeros_like(x0), torch.zeros_like(x0)

    def step(x, t):
        g = probed(x, lambda: torch.randn_like(x0).sign(), 0.01, samples)
        m.mul_(0.9).add_(0.1 * g)
        v.mul_(0.999).add_(0.001 * g * g)
        return x + EPS / 4 * m / (1 - 0.9 ** t) / ((v / (1 - 0.999 ** t)).sqrt() + 1e-8)
    return search(step, queries // samples)


def simba(radius=0.3, queries=100, step=0.2):
    """Guo et al. 2019, algorithm 1, on the margin, in a ball of the norm 2."""
    x, best, done = x0.clone(), margin(x0), wrong(x0)
    order = torch.rand_like(x0).argsort(1)
    used, k = torch.zeros(ROWS), 0
    while (used < queries).any():
        e = torch.zeros_like(x0)
        e[EACH, order[:, k % INPUTS]] = step
        moved = torch.zeros(ROWS, dtype=torch.bool)
        for side in (1, -1):
            asked = (used < queries) & ~done & ~moved
            d = x + side * e - x0
            a = (x0 + d * (radius / col(d.norm(dim=1)).clamp(min=1e-30)).clamp(max=1)).clamp(0, 1)
            rises = asked & (margin(a) > best)
            x, best = torch.where(col(rises), a, x), torch.where(rises, margin(a), best)
            used, moved = used + asked, moved | rises
        done, k = done | wrong(x), k + 1
        used[done] = queries
    return done


# ---- least changes: how long they are ----

def ead(steps=200, rounds=5, rate=0.01, beta=0.01):
    """Chen et al. 2018, equations 5 and 6, with their momentum."""
    c, low, high = torch.ones(ROWS), torch.zeros(ROWS), torch.full((ROWS,), 1e10)
    best = torch.full((ROWS,), np.inf)
    for _ in range(rounds):
        x, ahead, hit = x0.clone(), x0.clone(), torch.zeros(ROWS, dtype=torch.bool)
        for k in range(steps):
            g = slope(lambda v: c * (-margin(v)).clamp(min=0) + ((v - x0) ** 2).sum(1), ahead)
            d = ahead - rate * g - x0
            new = (x0 + d.sign() * (d.abs() - beta).clamp(min=0)).clamp(0, 1)
            ahead, x = new + k / (k + 3) * (new - x), new
            length = (x - x0).abs().sum(1)
            best = torch.where(wrong(x) & (length < best), length, best)
            hit = hit | wrong(x)
        low, high = torch.where(hit, low, c), torch.where(hit, c, high)
        c = torch.where(high < 1e10, (low + high) / 2, 10 * c)
    return best


def onto(x, w, b, norm):
    """x moved by the least change within [0, 1] onto w.x + b = 0, by bisecting its size."""
    value = (x * w).sum(1) + b
    w = w * col(value.sign())
    way = w if norm == 2 else w.sign()
    low, high = torch.zeros(ROWS), torch.full((ROWS,), 1e3)
    for _ in range(80):
        middle = (low + high) / 2
        enough = ((x - (x - col(middle) * way).clamp(0, 1)) * w).sum(1) >= value.abs()
        low, high = torch.where(enough, low, middle), torch.where(enough, middle, high)
    return (x - col(high) * way).clamp(0, 1)


def fab(norm, steps=100, most=0.1, eta=1.05, back=0.9):
    """Croce and Hein 2020, algorithm 1."""
    size = (lambda d: d.norm(dim=1)) if norm == 2 else (lambda d: d.abs().max(1)[0])
    x, best = x0.clone(), torch.full((ROWS,), np.inf)
    for _ in range(steps):
        z = net(x)
        w = torch.stack([slope(lambda v: net(v)[:, j], x) for j in range(CLASSES)], 1)
        f, w = z - z[EACH, y].view(-1, 1), w - w[EACH, y].unsqueeze(1)
        far = f.abs() / (w.norm(dim=2) if norm == 2 else w.abs().sum(2)).clamp(min=1e-12)
        near = far.scatter(1, col(y), np.inf).argmin(1)
        w, f = w[EACH, near], f[EACH, near]
        b = f - (w * x).sum(1)
        there, start = onto(x, w, b, norm) - x, onto(x0, w, b, norm) - x0
        alpha = col((size(there) / (size(there) + size(start)).clamp(min=1e-20)).clamp(0, most))
        x = ((1 - alpha) * (x + eta * there) + alpha * (x0 + eta * start)).clamp(0, 1)
        length = size(x - x0)
        best = torch.where(wrong(x) & (length < best), length, best)
        x = torch.where(col(wrong(x)), x0 + back * (x - x0), x)
    return best


def begin(queries, halvings):
    """A random point of the box that is wrong, led back to the boundary; what is left to ask."""
    x, found, left = x0.clone(), torch.zeros(ROWS, dtype=torch.bool), torch.full((ROWS,), queries - halvings)
    while not found.all():
        u = torch.rand_like(x0)
        new = wrong(u) & ~found
        left -= (~found).long()
        x, found = torch.where(col(new), u, x), found | new
    return halved(x, halvings), left


def halved(x, halvings):
    low, high = torch.zeros(ROWS), torch.ones(ROWS)
    for _ in range(halvings):
        middle = (low + high) / 2
        yes = wrong(x0 + col(middle) * (x - x0))
        low, high = torch.where(yes, low, middle), torch.where(yes, middle, high)
    return x0 + col(high) * (x - x0)


def boundary(queries):
    """Brendel et al. 2018, with sizes that follow each try."""
    x, left = begin(queries, 10)
    side, forth = torch.full((ROWS,), 0.1), torch.full((ROWS,), 0.1)
    while (left > 0).any():
        d = x - x0
        length = col(d.norm(dim=1))
        u = torch.randn_like(x0)
        u -= (u * d).sum(1, keepdim=True) * d / length ** 2
        d = d + u / col(u.norm(dim=1)) * length * col(side)
        around = (x0 + d * length / col(d.norm(dim=1))).clamp(0, 1)
        yes = wrong(around) & (left > 0)
        x, side = torch.where(col(yes), around, x), (side * torch.where(yes, 1.1, 0.9)).clamp(1e-6, 1)
        nearer = x - col(forth) * (x - x0)
        yes = wrong(nearer) & (left > 1)
        x, forth = torch.where(col(yes), nearer, x), (forth * torch.where(yes, 1.2, 0.9)).clamp(1e-8, 0.5)
        left -= 2
    return (x - x0).norm(dim=1)


def hop_skip_jump(queries, samples=20, halvings=15):
    """Chen et al. 2020, algorithm 2, in the norm 2."""
    x, left = begin(queries, halvings)
    t = 1
    while (left > 0).any():
        length, on = (x - x0).norm(dim=1), left > 0
        u = F.normalize(torch.randn(int(samples * t ** 0.5), ROWS, INPUTS), dim=2)
        sides = torch.stack([wrong((x + 0.1 * col(length) / INPUTS ** 0.5 * a).clamp(0, 1)) for a in u])
        sides = torch.where(sides, 1.0, -1.0)
        mean = sides.mean(0)
        way = torch.where(mean.abs() == 1, mean, sides - mean)
        way = F.normalize((way.unsqueeze(2) * u).mean(0), dim=1)
        size, at, found = length / t ** 0.5, x, torch.zeros(ROWS, dtype=torch.bool)
        left = left - len(u) - halvings
        for _ in range(halvings):
            a = (x + col(size) * way).clamp(0, 1)
            new = wrong(a) & ~found
            left = left - (~found).long()
            at, found, size = torch.where(col(new), a, at), found | new, size / 2
        x = torch.where(col(on & found), halved(at, halvings), x)
        t += 1
    return (x - x0).norm(dim=1)


# ---- the table ----

for name in ["W0", "b0", "W1", "b1", "W2", "b2", "x0", "y"]:
    np.save("%s/%s.npy" % (OUT, name), globals()[name].numpy())
for name, fooled in [("mim", mim()), ("nes", nes()), ("spsa", spsa()), ("simba", simba())]:
    print("%s %.4f" % (name, 1 - fooled.double().mean()))
for name, length in [("ead", ead()), ("fab_2", fab(2)), ("fab_inf", fab(np.inf)), ("boundary", boundary(2000)),
                     ("hop", hop_skip_jump(2000)), ("boundary_400", boundary(400)), ("hop_400", hop_skip_jump(400))]:
    print("%s %.4f %.5f" % (name, length.isinf().double().mean(), length[~length.isinf()].median()))
