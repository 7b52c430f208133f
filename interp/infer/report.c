/* SPDX-License-Identifier: MIT
 * summary(post): a table of the unknowns, and how the fit ended.
 */
#include "infer_int.h"
#include "mixing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* `w[3]`, `S[1, 0]` */
static void label_of(const Site *s, int64_t element, char *at, size_t size)
{
    int64_t step = shape_count(&s->shape);
    size_t n = (size_t)snprintf(at, size, "%s", s->path);
    for (int i = 0; i < s->shape.rank && n < size; i++) {
        step /= s->shape.dim[i];
        n += (size_t)snprintf(at + n, size - n, "%s%lld%s", i ? ", " : "[",
                              (long long)(element / step),
                              i == s->shape.rank - 1 ? "]" : "");
        element %= step;
    }
}

/* Of the draws x[n], of so many chains, or of none. */
static void row(Interp *I, Out *o, const char *label, double *x, int64_t n,
                int64_t chains)
{
    Mixing m = {0};
    if (chains) m = mixing(I->memory, x, chains, n / chains);
    double mean = 0, squares = 0;
    for (int64_t i = 0; i < n; i++) mean += x[i] / (double)n;
    if (n == 1) {
        out_fmt(o, "%-16s %12.5g\n", label, mean);
        return;
    }
    for (int64_t i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
    qsort(x, (size_t)n, sizeof *x, ascending);
    out_fmt(o, "%-16s %12.5g %12.5g %12.5g %12.5g %12.5g", label, mean,
            sqrt(squares / (double)(n - 1)), x[(int64_t)(0.05 * (double)n)], x[n / 2],
            x[(int64_t)(0.95 * (double)n)]);
    if (chains) out_fmt(o, " %8.0f %8.0f %7.3f", m.bulk, m.tail, m.rhat);
    out_char(o, '\n');
}

enum { SHOWN = 20 }; /* elements of one unknown: networks have too many to read */

/* Weights of a net: how many, and how large they are. */
static void weights(Interp *I, Out *o, const Site *s, Value v)
{
    Tensor *t = value_as_type(I, v, TYPE_F64);
    int64_t n = shape_count(&t->shape);
    double mean = 0, squares = 0;
    for (int64_t i = 0; i < n; i++) mean += ((double *)t->data)[i] / (double)n;
    for (int64_t i = 0; i < n; i++) {
        double d = ((double *)t->data)[i] - mean;
        squares += d * d;
    }
    out_fmt(o, "%-16s %lld weight%s, mean %.3g, sd %.3g\n", s->path, (long long)n,
            n == 1 ? "" : "s", mean, n > 1 ? sqrt(squares / (double)(n - 1)) : 0.0);
}

static bool rows(Interp *I, Out *o, const Posterior *p, const Site *s, Value v)
{
    Tensor *t = value_as_type(I, v, TYPE_F64);
    int64_t each = shape_count(&s->shape),
            draws = each ? shape_count(&t->shape) / each : 0;
    double *x = memory_take(I->memory, (size_t)draws * sizeof *x);
    for (int64_t i = 0; i < each && i < SHOWN; i++) {
        for (int64_t k = 0; k < draws; k++) x[k] = ((double *)t->data)[k * each + i];
        char label[80];
        label_of(s, i, label, sizeof label);
        row(I, o, label, x, draws, p->chains);
    }
    if (each > SHOWN)
        out_fmt(o, "%-16s … and %lld more\n", s->path, (long long)(each - SHOWN));
    memory_give(I->memory, x, (size_t)draws * sizeof *x);
    return true;
}

/* A fit whose loss still falls in its last tenth, by more than it jitters, says so. */
static void convergence(Interp *I, Out *o, const Posterior *p)
{
    const double *l = p->loss->data;
    int64_t n = p->steps, part = n / 10;
    (void)I;
    out_fmt(o, "%s %.6g after %lld steps%s\n", p->method == METHOD_VI ? "ELBO" : "loss",
            n ? (p->method == METHOD_VI ? -l[n - 1] : l[n - 1]) : 0.0, (long long)n,
            p->stopped                ? " (stopped early)"
            : p->end == FIT_CONVERGED ? " (converged)"
                                      : "");
    if (p->end == FIT_LEFT) out_str(o, "warning: the fit has not converged\n");
    if (p->fell > 0) {
        out_fmt(o,
                "warning: the fit has not converged: its loss fell by %.3g in the last "
                "quarter\n",
                p->fell);
        return;
    }
    if (part < 10 || p->end != FIT_STEPS) return;
    double a = 0, b = 0, va = 0;
    for (int64_t i = 0; i < part; i++) {
        a += l[n - 2 * part + i] / (double)part;
        b += l[n - part + i] / (double)part;
    }
    for (int64_t i = 0; i < part; i++) {
        double d = l[n - 2 * part + i] - a;
        va += d * d / (double)part;
    }
    if (a - b > 3 * sqrt(va / (double)part) && a - b > 1e-3 * (fabs(b) + 1))
        out_fmt(o,
                "warning: the fit has not converged: its loss fell by %.3g in the last "
                "tenth of its steps\n",
                a - b);
}

/* The ELBO over all rows, or Laplace's evidence, and how far q can be trusted. */
static bool trust(Interp *I, Out *o, Posterior *p)
{
    enum { DRAWS = 1000 };
    double *ratio = memory_take(I->memory, DRAWS * sizeof *ratio), elbo = 0,
           squares = 0;
    bool ok = posterior_ratios(I, p, DRAWS, ratio);
    if (ok) {
        for (int i = 0; i < DRAWS; i++) elbo += ratio[i] / DRAWS;
        for (int i = 0; i < DRAWS; i++)
            squares += (ratio[i] - elbo) * (ratio[i] - elbo);
        double k = 0, error = sqrt(squares / DRAWS / (DRAWS - 1));
        if (p->function.kind == VALUE_NONE) {
            k = pareto_khat(ratio, DRAWS);
            if (p->method == METHOD_LAPLACE)
                out_fmt(o, "log evidence %.6g (Laplace)", p->evidence);
            else
                out_fmt(o, "ELBO %.6g (error %.2g)", elbo, error);
            out_fmt(o, ", Pareto k-hat %.2f\n", k);
        } else { /* the function's density is not known: its divergence is */
            out_fmt(o, "ELBO %.6g (error %.2g)\n", elbo, error);
        }
        if (!(k <= 0.7))
            out_str(o, "warning: k-hat is above 0.7: this q misses parts of the "
                       "posterior; its "
                       "sds are likely too small\n");
    }
    memory_give(I->memory, ratio, DRAWS * sizeof *ratio);
    return ok;
}

/* How many draws there are, what they cost, and what is wrong with them. */
static void told_chains(Out *o, const Posterior *p)
{
    long long all = (long long)(p->chains * p->steps);
    out_fmt(o, "%lld chain%s of %lld draws, %lld leapfrog steps%s\n",
            (long long)p->chains, p->chains == 1 ? "" : "s", (long long)p->steps,
            (long long)p->leapfrogs, p->stopped ? " (stopped early)" : "");
    if (p->divergences)
        out_fmt(o, "warning: %lld of %lld draws diverged\n", (long long)p->divergences,
                all);
    if (p->deep)
        out_fmt(o, "warning: %lld of %lld trajectories were cut off at max_depth\n",
                (long long)p->deep, all);
}

/* Each member's in turn. */
static bool members(Interp *I, Posterior *p, Span span)
{
    for (uint32_t i = 0; i < p->members; i++) {
        Out o;
        out_init(&o, I->memory);
        out_fmt(&o, "member %u of %u\n", i + 1, p->members);
        I->host.output(I->host.ud, o.at, o.len);
        out_free(&o);
        if (!posterior_summary(I, p->member[i], span)) return false;
    }
    return true;
}

bool posterior_summary(Interp *I, Posterior *p, Span span)
{
    if (p->members) return members(I, p, span);
    Out o;
    bool ok = true, found;
    out_init(&o, I->memory);
    bool guided = p->method == METHOD_VI || p->method == METHOD_LAPLACE;
    if (guided || p->chains)
        out_fmt(&o, "%-16s %12s %12s %12s %12s %12s%s\n", "", "mean", "sd", "5%", "50%",
                "95%", p->chains ? " ess bulk     tail   R-hat" : "");
    for (uint32_t i = 0; ok && i < p->sites.count; i++) {
        const Site *s = &p->sites.at[i];
        Value v;
        bool point = p->point && p->point[i];
        if (point) {
            ok = site_constrain_tensor(I, s, p->point[i], &v);
            if (ok && strchr(s->path, '/')) {
                weights(I, &o, s, v);
                continue;
            }
        } else if (s->function) {
            out_fmt(&o, "%-16s a function, at %lld rows\n", s->path,
                    (long long)shape_count(&s->shape));
            continue;
        } else if (s->kind == SITE_PRIOR && !strchr(s->path, '/')) {
            ok = posterior_field(I, p, s->name, span, &found, &v);
        } else {
            out_fmt(&o, "%-16s %lld weights with a distribution each\n", s->path,
                    (long long)shape_count(&s->shape));
            continue;
        }
        ok = ok && rows(I, &o, p, s, v);
    }
    if (ok && p->loss) convergence(I, &o, p);
    if (ok && guided && p->loss) ok = trust(I, &o, p);
    if (ok && p->chains) told_chains(&o, p);
    if (ok) I->host.output(I->host.ud, o.at, o.len);
    out_free(&o);
    return ok;
}
