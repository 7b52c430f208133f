/* SPDX-License-Identifier: MIT
 * The warm-up of a chain: the step by dual averaging (Nesterov 2009; Hoffman and Gelman
 * 2014, section 3.2), the metric by the variances of the draws in windows that double,
 * between a first stretch that finds the density and a last one for the step alone (the
 * Stan reference manual, "HMC algorithm parameters").
 */
#include "nuts.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>

enum { FIRST = 75, LAST = 50, WINDOW = 25 };
/* Of dual averaging: how hard it shrinks towards the centre, how slowly it begins, how
 * fast it forgets. */
#define SHRINK 0.05
#define BEGIN 10.0
#define FORGET 0.75

static void empty_window(Adapt *a)
{
    a->seen = 0;
    memset(a->place, 0, (size_t)a->n * sizeof *a->place);
    memset(a->squares, 0, (size_t)a->n * sizeof *a->squares);
}

void adapt_open(Memory *m, Adapt *a, const NutsOptions *o, int64_t n)
{
    int64_t first = FIRST, last = LAST, size = WINDOW;
    if (first + last + size > o->warmup) {
        first = o->warmup * 15 / 100;
        last = o->warmup / 10;
        size = o->warmup - first - last;
    }
    *a = (Adapt){.aim = o->accept,
                 .n = n,
                 .warmup = o->warmup,
                 .first = first,
                 .window = first + size,
                 .size = size,
                 .last = o->warmup - last};
    a->place = memory_take(m, 2 * (size_t)n * sizeof *a->place);
    a->squares = a->place + n;
    if (a->window + 2 * size > a->last) a->window = a->last;
}

void adapt_close(Memory *m, Adapt *a)
{
    if (a->place) memory_give(m, a->place, 2 * (size_t)a->n * sizeof *a->place);
    a->place = NULL;
}

void adapt_begin(Adapt *a, double step)
{
    a->centre = log(10 * step);
    a->lower = a->mean = 0;
    a->count = 0;
}

static void adapt_step(Adapt *a, Nuts *s)
{
    double t = (double)++a->count, share = 1 / (t + BEGIN), keep = pow(t, -FORGET);
    double accepted = isfinite(s->accepted) ? s->accepted : 0;
    a->lower = (1 - share) * a->lower + share * (a->aim - accepted);
    double log_step = a->centre - sqrt(t) / SHRINK * a->lower;
    a->mean = keep * log_step + (1 - keep) * a->mean;
    s->step = exp(log_step);
}

/* Welford (1962). */
static void adapt_look(Adapt *a, const double *q)
{
    double share = 1 / (double)++a->seen;
    for (int64_t i = 0; i < a->n; i++) {
        double d = q[i] - a->place[i];
        a->place[i] += d * share;
        a->squares[i] += d * (q[i] - a->place[i]);
    }
}

/* The variances, drawn towards 0.001 where the draws are few. */
static void adapt_metric(const Adapt *a, Nuts *s)
{
    double n = (double)a->seen;
    for (int64_t i = 0; i < a->n; i++)
        s->var[i] = n / (n + 5) * (a->squares[i] / (n - 1)) + 1e-3 * (5 / (n + 5));
}

void adapt_after(Adapt *a, Nuts *s, int64_t t, uint64_t key)
{
    adapt_step(a, s);
    if (t >= a->first && t < a->last) adapt_look(a, s->at.q);
    if (t + 1 == a->window && a->seen > 1) {
        adapt_metric(a, s);
        empty_window(a);
        a->size *= 2;
        a->window += a->size;
        if (a->window + 2 * a->size > a->last) a->window = a->last;
        if (t + 1 == a->last) a->window = 0; /* there is no other */
        nuts_find_step(s, key);
        adapt_begin(a, s->step);
    }
    if (t + 1 == a->warmup && a->count) s->step = exp(a->mean);
}
