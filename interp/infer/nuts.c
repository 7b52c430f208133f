/* SPDX-License-Identifier: MIT
 * The No-U-Turn sampler (Hoffman and Gelman 2014) with multinomial choice among the
 * states of a trajectory (Betancourt 2017, appendix A.3). A subtree is walked leaf by
 * leaf; where its own subtrees began is kept by the ones in the leaf's number, so that
 * a tree of depth d takes d places and no recursion.
 */
#include "nuts.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>

/* An energy error beyond which a trajectory has left the density. */
#define DIVERGED 1000.0

/* ---- vectors ---- */

static void copy(double *to, const double *from, int64_t n)
{
    memcpy(to, from, (size_t)n * sizeof *to);
}

static void add(double *to, const double *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) to[i] += x[i];
}

static void move_to(NutsPoint *to, const NutsPoint *from, int64_t n)
{
    copy(to->q, from->q, n);
    copy(to->p, from->p, n);
    copy(to->slope, from->slope, n);
    to->v = from->v;
}

void nuts_open(Memory *m, Nuts *s, int64_t n)
{
    enum { VECTORS = 1 + 5 * 3 + 2 + 2 * NUTS_DEPTH_MOST };
    double *at = memory_take(m, (size_t)(VECTORS * n) * sizeof *at);
    NutsPoint *point[] = {&s->at, &s->now, &s->end[0], &s->end[1], &s->chosen};
    s->n = n;
    s->block = at;
    for (int i = 0; i < 5; i++, at += 3 * n)
        *point[i] = (NutsPoint){at, at + n, at + 2 * n, 0};
    s->var = at;
    s->rho = at + n;
    s->sub = at + 2 * n;
    s->left = at + 3 * n;
    s->left_sum = s->left + NUTS_DEPTH_MOST * n;
    for (int64_t i = 0; i < n; i++) s->var[i] = 1;
    s->step = 1;
}

void nuts_close(Memory *m, Nuts *s)
{
    enum { VECTORS = 1 + 5 * 3 + 2 + 2 * NUTS_DEPTH_MOST };
    if (s->block) memory_give(m, s->block, (size_t)(VECTORS * s->n) * sizeof *s->block);
    s->block = NULL;
}

/* ---- random numbers ---- */

static double unit(Nuts *s)
{
    if (s->used % NUTS_UNITS == 0) rng_unit_f64(s->key, s->used, NUTS_UNITS, s->unit);
    return s->unit[s->used++ % NUTS_UNITS];
}

static void draw_momentum(Nuts *s, NutsPoint *z, uint64_t key)
{
    rng_gauss_f64(key_fold(key, 1), 0, s->n, z->p);
    for (int64_t i = 0; i < s->n; i++) z->p[i] /= sqrt(s->var[i]);
}

/* ---- energy ---- */

static bool look(Nuts *s, NutsPoint *z)
{
    if (s->potential(s->ud, z->q, z->slope, &z->v)) return true;
    s->stopped = true;
    return false;
}

bool nuts_place(Nuts *s)
{
    bool finite = look(s, &s->at) && isfinite(s->at.v);
    for (int64_t i = 0; finite && i < s->n; i++) finite = isfinite(s->at.slope[i]);
    return finite;
}

static double energy(const Nuts *s, const NutsPoint *z)
{
    double k = 0;
    for (int64_t i = 0; i < s->n; i++) k += s->var[i] * z->p[i] * z->p[i];
    double h = z->v + 0.5 * k;
    return isnan(h) ? HUGE_VAL : h;
}

static bool leapfrog(Nuts *s, NutsPoint *z, double step)
{
    int64_t n = s->n;
    for (int64_t i = 0; i < n; i++) {
        z->p[i] -= 0.5 * step * z->slope[i];
        z->q[i] += step * s->var[i] * z->p[i];
    }
    if (!look(s, z)) return false;
    for (int64_t i = 0; i < n; i++) z->p[i] -= 0.5 * step * z->slope[i];
    return true;
}

/* Whether a trajectory from momentum a to momentum b, with the sum rho of all of its
 * momenta, has turned at one of its ends. Each end counts half: else two trajectories
 * side by side could turn without either being seen to. */
static bool turned(const Nuts *s, const double *a, const double *b, const double *rho)
{
    double at_a = 0, at_b = 0;
    for (int64_t i = 0; i < s->n; i++) {
        double way = s->var[i] * (rho[i] - 0.5 * (a[i] + b[i]));
        at_a += way * a[i];
        at_b += way * b[i];
    }
    return at_a <= 0 || at_b <= 0;
}

static double log_add(double a, double b)
{
    double most = fmax(a, b);
    return most == -HUGE_VAL ? most : most + log(exp(a - most) + exp(b - most));
}

/* ---- trees ---- */

static int ones(uint64_t x) { return __builtin_popcountll(x); }

/* Leaf i has come: is there a subtree that ends with it, and that has turned? */
static bool leaf_turns(Nuts *s, uint64_t i, const double *p)
{
    int64_t n = s->n;
    int place = ones(i >> 1);
    if (i % 2 == 0) {
        copy(s->left + place * n, p, n);
        copy(s->left_sum + place * n, s->sub, n);
        return false;
    }
    for (uint64_t rest = i; rest & 1; rest >>= 1, place--) {
        const double *begin = s->left + place * n, *sum = s->left_sum + place * n;
        double at_a = 0, at_b = 0;
        for (int64_t k = 0; k < n; k++) {
            double rho = s->sub[k] - sum[k] + begin[k];
            double way = s->var[k] * (rho - 0.5 * (begin[k] + p[k]));
            at_a += way * begin[k];
            at_b += way * p[k];
        }
        if (at_a <= 0 || at_b <= 0) return true;
    }
    return false;
}

/* 2^depth leaves on from `now`, in s->sub the sum of their momenta, in `chosen` one of
 * them by weight. False: it turned, left the density, or was stopped. */
static bool grow(Nuts *s, int depth, double step, double h0, double *weight)
{
    NutsPoint *z = &s->now;
    *weight = -HUGE_VAL;
    memset(s->sub, 0, (size_t)s->n * sizeof *s->sub);
    for (uint64_t i = 0; i < (uint64_t)1 << depth; i++) {
        if (!leapfrog(s, z, step)) return false;
        double gain = h0 - energy(s, z);
        s->steps++;
        s->accepted += gain > 0 ? 1 : exp(gain);
        if (!(gain > -DIVERGED)) {
            s->diverged = true;
            return false;
        }
        *weight = log_add(*weight, gain);
        if (log(unit(s)) < gain - *weight) move_to(&s->chosen, z, s->n);
        add(s->sub, z->p, s->n);
        if (leaf_turns(s, i, z->p)) return false;
    }
    return true;
}

void nuts_draw(Nuts *s, uint64_t key)
{
    int64_t n = s->n;
    s->key = key_fold(key, 2);
    s->used = s->steps = 0;
    s->accepted = 0;
    s->diverged = s->deep = s->stopped = false;
    draw_momentum(s, &s->at, key);
    move_to(&s->end[0], &s->at, n);
    move_to(&s->end[1], &s->at, n);
    copy(s->rho, s->at.p, n);
    double h0 = energy(s, &s->at), weight = 0, grown;
    bool turns = false;
    int depth = 0;
    for (; !turns && depth < s->depth; depth++) {
        int way = unit(s) < 0.5;
        move_to(&s->now, &s->end[way], n);
        if (!grow(s, depth, way ? s->step : -s->step, h0, &grown)) break;
        move_to(&s->end[way], &s->now, n);
        if (log(unit(s)) < grown - weight) move_to(&s->at, &s->chosen, n);
        weight = log_add(weight, grown);
        add(s->rho, s->sub, n);
        turns = turned(s, s->end[0].p, s->end[1].p, s->rho);
    }
    s->deep = !turns && depth == s->depth;
    if (s->steps) s->accepted /= (double)s->steps;
}

void nuts_find_step(Nuts *s, uint64_t key)
{
    int way = 0;
    const double edge = log(0.8);
    for (uint64_t k = 0; k < 100; k++) {
        move_to(&s->now, &s->at, s->n);
        draw_momentum(s, &s->now, key_fold(key, k));
        double h0 = energy(s, &s->now);
        if (!leapfrog(s, &s->now, s->step)) return;
        int now = h0 - energy(s, &s->now) > edge ? 1 : -1;
        if (way == 0) way = now;
        if (now != way) return;
        s->step *= way > 0 ? 2 : 0.5;
        if (s->step > 1e7 || s->step < 1e-300) return;
    }
}
