/* SPDX-License-Identifier: MIT
 * W1 by hand: one Adam step of a heteroscedastic MLP 1-50-2 with tanh over 100 points,
 * and a step of Bayes by Backprop 784-400-400-10 over a batch of 128 (W2). Prints the
 * time of a step in double and single precision; with an argument, the plans too.
 */
#include "exec/exec.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void *host_alloc(void *ud, void *ptr, size_t old_size, size_t new_size)
{
    (void)ud, (void)old_size;
    if (new_size) return realloc(ptr, new_size);
    free(ptr);
    return NULL;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

enum { MOST = 64 };

typedef struct Net {
    Graph *g;
    Node *input[MOST]; /* all inputs: data, then parameters and their states */
    int inputs;
    Node *param[MOST];
    int params;
    PlanUpdate update[MOST];
    int updates;
    Node *loss;
} Net;

static Node *input(Net *n, Type t, int rank, int64_t a, int64_t b)
{
    Shape s = {.rank = rank, .dim = {a, b}};
    return n->input[n->inputs++] = graph_input(n->g, t, SUPPORT_ANY, &s, 0);
}

static Node *param(Net *n, int rank, int64_t a, int64_t b)
{
    return n->param[n->params++] = input(n, TYPE_F64, rank, a, b);
}

static Node *num(Net *n, double x) { return graph_real(n->g, x); }
static Node *add(Net *n, Node *a, Node *b) { return op2(n->g, ELEM_add, a, b); }
static Node *sub(Net *n, Node *a, Node *b) { return op2(n->g, ELEM_sub, a, b); }
static Node *mul(Net *n, Node *a, Node *b) { return op2(n->g, ELEM_mul, a, b); }
static Node *quo(Net *n, Node *a, Node *b) { return op2(n->g, ELEM_div, a, b); }
static Node *fun(Net *n, Elem e, Node *a) { return op1(n->g, e, a); }
static Node *sum(Net *n, Node *a) { return op_reduce(n->g, &op_sum, a, 0, false); }

static void update(Net *n, Node *current, Node *next)
{
    n->update[n->updates++] = (PlanUpdate){current, next};
}

static void adam(Net *n, double rate)
{
    Node *slope[MOST], *where;
    if (!graph_slope(n->g, n->loss, NULL, n->param, n->params, slope, &where)) {
        printf("no slope: %s\n", n->g->error);
        exit(1);
    }
    Node *t = input(n, TYPE_F64, 0, 0, 0), *next = add(n, t, num(n, 1));
    update(n, t, next);
    Node *c1 = sub(n, num(n, 1), op2(n->g, ELEM_pow, num(n, 0.9), next));
    Node *c2 = sub(n, num(n, 1), op2(n->g, ELEM_pow, num(n, 0.999), next));
    for (int i = 0; i < n->params; i++) {
        Node *w = n->param[i], *g = slope[i];
        const Shape *s = &w->shape;
        Node *m = input(n, TYPE_F64, s->rank, s->dim[0], s->dim[1]);
        Node *v = input(n, TYPE_F64, s->rank, s->dim[0], s->dim[1]);
        Node *m1 = add(n, mul(n, num(n, 0.9), m), mul(n, num(n, 0.1), g));
        Node *v1 = add(n, mul(n, num(n, 0.999), v),
                       mul(n, num(n, 0.001), fun(n, ELEM_square, g)));
        Node *down = add(n, fun(n, ELEM_sqrt, quo(n, v1, c2)), num(n, 1e-8));
        Node *step = mul(n, num(n, rate), quo(n, quo(n, m1, c1), down));
        update(n, w, sub(n, w, step));
        update(n, m, m1);
        update(n, v, v1);
    }
}

static void make_w1(Net *n)
{
    enum { N = 100, H = 50 };
    Node *x = input(n, TYPE_F64, 2, N, 1), *y = input(n, TYPE_F64, 1, N, 0);
    Node *w1 = param(n, 2, 1, H), *b1 = param(n, 1, H, 0);
    Node *w2 = param(n, 2, H, 2), *b2 = param(n, 1, 2, 0);
    Node *h = fun(n, ELEM_tanh, add(n, op_dot(n->g, x, w1), b1));
    Node *o = add(n, op_dot(n->g, h, w2), b2);
    Shape row = {.rank = 1, .dim = {N}};
    Node *mean = op_to_shape(n->g, op_slice_axis(n->g, o, -1, 0, 1, 1), &row);
    Node *raw = op_to_shape(n->g, op_slice_axis(n->g, o, -1, 1, 2, 1), &row);
    Node *sd = add(n, fun(n, ELEM_softplus, raw), num(n, 1e-3));
    Node *z = quo(n, sub(n, y, mean), sd);
    Node *nll =
        add(n, mul(n, num(n, 0.5), fun(n, ELEM_square, z)), fun(n, ELEM_log, sd));
    n->loss = op_mean(n->g, nll, 0, false);
    adam(n, 0.01);
}

/* A weight drawn from its normal guide; its part of the KL is added to *kl. */
static Node *drawn(Net *n, Node *key, int *site, int rank, int64_t a, int64_t b,
                   Node **kl)
{
    Node *mu = param(n, rank, a, b), *rho = param(n, rank, a, b);
    Attr attr = {.type = TYPE_F64, .shape = mu->shape};
    Node *own[2] = {key, graph_int(n->g, ++*site)};
    Node *k = op_elem(n->g, ELEM_fold, own);
    Node *noise = graph_node(n->g, &op_random_gauss, &k, 1, &attr);
    Node *sd = fun(n, ELEM_softplus, rho);
    Node *w = add(n, mu, mul(n, sd, noise));
    Node *part = sub(
        n, mul(n, num(n, 0.5), fun(n, ELEM_square, w)),
        add(n, mul(n, num(n, 0.5), fun(n, ELEM_square, noise)), fun(n, ELEM_log, sd)));
    part = sum(n, part);
    *kl = *kl ? add(n, *kl, part) : part;
    return w;
}

static void make_w2(Net *n)
{
    enum { N = 128 };
    static const int64_t size[] = {784, 400, 400, 10};
    Node *x = input(n, TYPE_F64, 2, N, 784), *hot = input(n, TYPE_F64, 2, N, 10);
    Node *key = input(n, TYPE_KEY, 0, 0, 0), *h = x, *kl = NULL;
    int site = 0;
    for (int i = 0; i < 3; i++) {
        Node *w = drawn(n, key, &site, 2, size[i], size[i + 1], &kl);
        Node *b = drawn(n, key, &site, 1, size[i + 1], 0, &kl);
        h = add(n, op_dot(n->g, h, w), b);
        if (i < 2) h = fun(n, ELEM_relu, h);
    }
    Node *fit = sum(n, mul(n, hot, h));
    fit = sub(n, fit, sum(n, op_reduce(n->g, &op_logsumexp, h, -1, false)));
    n->loss = sub(n, mul(n, num(n, 1.0 / 469), kl), fit);
    adam(n, 0.001);
}

/* The same net in single precision. */
static void single(Net *n)
{
    Net s = {.g = graph_new(n->g->memory, NULL), .inputs = n->inputs};
    Node *out[MOST + 1], *made[MOST + 1];
    for (int i = 0; i < n->updates; i++) out[i] = n->update[i].next;
    out[n->updates] = n->loss;
    if (!graph_single(s.g, n->g, n->input, n->inputs, out, n->updates + 1, s.input,
                      made)) {
        printf("not single: %s\n", s.g->error);
        exit(1);
    }
    s.updates = n->updates;
    for (int i = 0; i < n->updates; i++)
        for (int k = 0; k < n->inputs; k++)
            if (n->input[k] == n->update[i].current)
                s.update[i] = (PlanUpdate){s.input[k], made[i]};
    s.loss = made[n->updates];
    graph_free(n->g);
    *n = s;
}

static void run(Net *n, const char *name, int steps, bool show)
{
    Memory *m = n->g->memory;
    char error[600];
    double start = seconds();
    Plan *p = plan_make(m, n->g, &n->loss, 1, n->update, n->updates, NULL, error);
    double planning = seconds() - start;
    if (!p) {
        printf("%s: %s\n", name, error);
        return;
    }
    Tensor *bound[MOST];
    for (int i = 0; i < n->inputs; i++) {
        bound[i] = tensor_new(m, n->input[i]->type, &n->input[i]->shape);
        for (int64_t k = 0; k < shape_count(&bound[i]->shape) && i < 8; k++) {
            double value =
                sin(0.37 * (double)k + i) * (n->input[i]->shape.rank > 1 ? 0.1 : 1);
            if (bound[i]->type == TYPE_F64) ((double *)bound[i]->data)[k] = value;
            if (bound[i]->type == TYPE_F32) ((float *)bound[i]->data)[k] = (float)value;
        }
        plan_bind(p, n->input[i], bound[i]->data);
    }
    if (show) {
        Out o;
        out_init(&o, m);
        plan_print(&o, p);
        fputs(o.at, stdout);
        out_free(&o);
    }
    double best = 1e9, first = 0;
    for (int round = 0; round < 7; round++) {
        start = seconds();
        for (int i = 0; i < steps; i++) {
            plan_run(p, NULL);
            if (!round && !i) first = *(const double *)plan_output(p, 0);
        }
        double took = (seconds() - start) / steps;
        if (took < best) best = took;
    }
    printf("%-12s %8.1f us a step; planning %.0f us; slab %zu; loss %.6f -> %.6f\n",
           name, best * 1e6, planning * 1e6, plan_bytes(p), first,
           *(const double *)plan_output(p, 0));
    for (int i = 0; i < n->inputs; i++) tensor_drop(bound[i]);
    plan_free(p);
}

static void bench(Memory *m, void (*make)(Net *n), const char *name, int steps,
                  bool show)
{
    char title[40];
    Net n = {.g = graph_new(m, NULL)};
    make(&n);
    snprintf(title, sizeof title, "%s double", name);
    run(&n, title, steps, show);
    single(&n);
    snprintf(title, sizeof title, "%s single", name);
    run(&n, title, steps, show);
    graph_free(n.g);
}

int main(int argc, char **argv)
{
    Memory m = {.alloc = host_alloc};
    (void)argv;
    bench(&m, make_w1, "W1", 2000, argc > 1);
    bench(&m, make_w2, "W2", 3, argc > 1);
    return 0;
}
