/* SPDX-License-Identifier: MIT
 * Plans: random graphs give the same numbers however they are planned; updates,
 * storage, stopping, failing and the first bad number.
 */
#include "exec/exec.h"

#include "../tap.h"

#include <stdlib.h>

static void *host_alloc(void *ud, void *ptr, size_t old_size, size_t new_size)
{
    (void)ud, (void)old_size;
    if (new_size) return realloc(ptr, new_size);
    free(ptr);
    return NULL;
}

/* ---- a small generator of our own, so that seeds mean the same for ever ---- */

static uint64_t state;

static uint32_t below(uint32_t n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((state >> 33) % n);
}

static double unit(void) { return (below(1u << 30) + 0.5) / (double)(1u << 30); }

enum { INPUTS = 4, GROWN = 40, OUTS = 4, POOL = 200 };

typedef struct Case {
    Graph *g;
    Node *input[INPUTS];
    Node *pool[POOL];
    int count;
    Node *out[OUTS];
    PlanUpdate update[INPUTS];
    int updates;
} Case;

static void keep(Case *c, Node *n)
{
    if (n && c->count < POOL && shape_count(&n->shape) < 40000) c->pool[c->count++] = n;
}

static Node *some(Case *c)
{
    uint32_t late = c->count > 8 && below(2) ? (uint32_t)c->count - 8 : 0;
    return c->pool[late + below((uint32_t)c->count - late)];
}

static Node *elementwise(Case *c, Node *a)
{
    static const Elem one[] = {ELEM_tanh, ELEM_neg,  ELEM_abs,     ELEM_sigmoid,
                               ELEM_sin,  ELEM_relu, ELEM_softplus};
    static const Elem two[] = {ELEM_add, ELEM_sub, ELEM_mul, ELEM_max, ELEM_min};
    Node *b = some(c);
    Graph *g = c->g;
    switch (below(4)) {
    case 0: return op1(g, one[below(7)], a);
    case 1: return op3(g, ELEM_where, op2(g, ELEM_lt, a, b), a, b);
    default: return op2(g, two[below(5)], a, b);
    }
}

static Node *squash(Case *c, Node *a) { return op1(c->g, ELEM_tanh, a); }

static Node *reduction(Case *c, Node *a)
{
    static const Op *const op[] = {&op_sum, &op_max, &op_min, &op_logsumexp, &op_sum};
    if (!a->shape.rank) return NULL;
    int axis = -(int)below((uint32_t)a->shape.rank + 1);
    return squash(c, op_reduce(c->g, op[below(5)], a, axis, below(2)));
}

static Node *moved(Case *c, Node *a)
{
    Graph *g = c->g;
    int rank = a->shape.rank;
    if (!rank) return NULL;
    int64_t last = a->shape.dim[rank - 1];
    Shape flat = {.rank = 1, .dim = {shape_count(&a->shape)}};
    Shape more = shape_prepend(&a->shape, 3);
    switch (below(5)) {
    case 0: return rank > 1 ? op_transpose(g, a) : NULL;
    case 1: return last > 1 ? op_slice_axis(g, a, -1, 1, last, 1) : NULL;
    case 2: return last > 2 ? op_slice_axis(g, a, -1, 0, last, 2) : NULL;
    case 3: return op_to_shape(g, a, &flat);
    default: return op_broadcast(g, a, &more);
    }
}

static Node *product(Case *c, Node *a)
{
    Node *b = some(c);
    if (a->shape.rank != 2 || b->shape.rank != 2) return NULL;
    if (a->shape.dim[1] == b->shape.dim[0]) return squash(c, op_dot(c->g, a, b));
    if (a->shape.dim[1] == b->shape.dim[1])
        return squash(c, op_dot(c->g, a, op_transpose(c->g, b)));
    return NULL;
}

static void grow(Case *c)
{
    for (int i = 0; i < GROWN; i++) {
        Node *a = some(c);
        switch (below(8)) {
        case 0: keep(c, reduction(c, a)); break;
        case 1: keep(c, moved(c, a)); break;
        case 2: keep(c, product(c, a)); break;
        default: keep(c, elementwise(c, a)); break;
        }
    }
}

static void make_case(Case *c, Memory *m, uint64_t seed)
{
    static const int64_t size[] = {1, 2, 3, 5, 50, 7, 64, 33};
    state = seed * 77 + 5;
    memset(c, 0, sizeof *c);
    c->g = graph_new(m, NULL);
    int64_t rows = size[below(8)], cols = size[below(8)];
    if (below(3) == 0) rows *= 10;
    for (int i = 0; i < INPUTS; i++) {
        Shape s = {.rank = (int)below(3)};
        s.dim[0] = s.rank == 1 ? cols : rows;
        s.dim[1] = cols;
        if (s.rank == 2 && below(3) == 0) s.dim[below(2)] = 1;
        keep(c, c->input[i] = graph_input(c->g, TYPE_F64, SUPPORT_ANY, &s, 0));
    }
    grow(c);
    for (int i = 0; i < OUTS; i++)
        c->out[i] = c->pool[(uint32_t)c->count - 1 - below(8)];
    for (int i = 0; i < INPUTS; i++)
        for (int k = c->count - 1; k >= 0 && below(4); k--) {
            if (!shape_same(&c->pool[k]->shape, &c->input[i]->shape)) continue;
            if (c->pool[k]->type != TYPE_F64) continue;
            c->update[c->updates++] = (PlanUpdate){c->input[i], c->pool[k]};
            break;
        }
}

/* ---- running a case ---- */

typedef struct Trial {
    Plan *plan;
    Tensor *bound[INPUTS];
} Trial;

static bool start(Trial *t, Memory *m, Case *c, PlanOptions options)
{
    char error[600] = "";
    t->plan = plan_make(m, c->g, c->out, OUTS, c->update, c->updates, &options, error);
    if (!t->plan) note("no plan: %s", error);
    if (!t->plan) return false;
    state = 99;
    for (int i = 0; i < INPUTS; i++) {
        t->bound[i] = tensor_new(m, TYPE_F64, &c->input[i]->shape);
        double *x = t->bound[i]->data;
        for (int64_t k = 0; k < shape_count(&t->bound[i]->shape); k++)
            x[k] = unit() * 2 - 1;
        plan_bind(t->plan, c->input[i], t->bound[i]->data);
    }
    return true;
}

static void end(Trial *t)
{
    for (int i = 0; i < INPUTS; i++) tensor_drop(t->bound[i]);
    plan_free(t->plan);
}

static double apart(const double *a, const double *b, int64_t n)
{
    double most = 0;
    for (int64_t i = 0; i < n; i++) {
        double d = fabs(a[i] - b[i]) / (1 + fabs(b[i]));
        if (isnan(a[i]) != isnan(b[i])) return HUGE_VAL;
        if (d > most) most = d;
    }
    return most;
}

static double difference(const Trial *a, const Trial *b, const Case *c)
{
    double most = 0;
    for (int i = 0; i < OUTS + INPUTS; i++) {
        Node *n = i < OUTS ? c->out[i] : c->input[i - OUTS];
        const void *x = i < OUTS ? plan_output(a->plan, i) : a->bound[i - OUTS]->data;
        const void *y = i < OUTS ? plan_output(b->plan, i) : b->bound[i - OUTS]->data;
        if (n->type != TYPE_F64) continue;
        double d = apart(x, y, shape_count(&n->shape));
        if (d > most) most = d;
    }
    return most;
}

/* The first node, in order, on which a fused plan disagrees. */
static void show(const Trial *watched, const Trial *fused, const Case *c)
{
    Out o;
    out_init(&o, c->g->memory);
    plan_print(&o, fused->plan);
    for (uint32_t i = 0; i < c->g->count; i++) {
        const Node *n = c->g->node[i];
        Buffer a = plan_buffer(watched->plan, n), b = plan_buffer(fused->plan, n);
        if (!a.data || !b.data || n->type != TYPE_F64) continue;
        if (!buffer_is_dense(&a) || !buffer_is_dense(&b)) continue;
        double d = apart(a.data, b.data, buffer_count(&a));
        if (d > 1e-9) out_fmt(&o, "%%%u %s: apart by %g\n", i, n->op->name, d);
    }
    fputs(o.at, stdout);
    out_free(&o);
}

static void test_case(Memory *m, uint64_t seed, int *wrong, int *allocating)
{
    Case c;
    make_case(&c, m, seed);
    Trial watched, fused, rewritten;
    bool made = start(&watched, m, &c, (PlanOptions){.watch = true, .plain = true}) &&
                start(&fused, m, &c, (PlanOptions){.plain = true}) &&
                start(&rewritten, m, &c, (PlanOptions){0});
    double most = made ? 0 : HUGE_VAL;
    for (int run = 0; run < 3 && made; run++) {
        uint64_t calls = m->calls;
        plan_run(watched.plan, NULL);
        plan_run(fused.plan, NULL);
        plan_run(rewritten.plan, NULL);
        *allocating += m->calls != calls;
        double d = difference(&fused, &watched, &c),
               e = difference(&rewritten, &watched, &c);
        if (d > most) most = d;
        if (e > most) most = e;
    }
    if (most > 1e-9) {
        ++*wrong;
        note("seed %d: apart by %g", (int)seed, most);
        if (getenv("SHOW")) show(&watched, &fused, &c);
    }
    if (made) end(&watched), end(&fused), end(&rewritten);
    graph_free(c.g);
}

static void test_random(Memory *m)
{
    int wrong = 0, allocating = 0;
    const char *from = getenv("SEED");
    uint64_t first = from ? (uint64_t)atoi(from) : 0, last = from ? first + 1 : 400;
    for (uint64_t seed = first; seed < last; seed++)
        test_case(m, seed, &wrong, &allocating);
    ok(wrong == 0, "400 random graphs: watched, fused and rewritten plans agree");
    ok(allocating == 0, "runs allocate nothing");
}

/* ---- single things ---- */

static Node *vector(Graph *g, int64_t n)
{
    return graph_input(g, TYPE_F64, SUPPORT_ANY, &(Shape){.rank = 1, .dim = {n}}, 0);
}

static void test_swap(Memory *m)
{
    Graph *g = graph_new(m, NULL);
    Node *a = vector(g, 3), *b = vector(g, 3);
    PlanUpdate u[2] = {{a, b}, {b, a}};
    char error[600];
    Plan *p = plan_make(m, g, NULL, 0, u, 2, NULL, error);
    double x[3] = {1, 2, 3}, y[3] = {4, 5, 6};
    plan_bind(p, a, x);
    plan_bind(p, b, y);
    plan_run(p, NULL);
    ok(x[0] == 4 && x[2] == 6 && y[0] == 1 && y[2] == 3, "two states change places");
    plan_free(p);
    graph_free(g);
}

static void test_old_value(Memory *m)
{
    Graph *g = graph_new(m, NULL);
    Node *a = vector(g, 1000), *next = op2(g, ELEM_add, a, graph_real(g, 1));
    Node *sum = op_reduce(g, &op_sum, a, 0, false), *outs[2] = {a, sum};
    PlanUpdate u = {a, next};
    char error[600];
    Plan *p = plan_make(m, g, outs, 2, &u, 1, NULL, error);
    double *x = calloc(1000, sizeof *x);
    plan_bind(p, a, x);
    plan_run(p, NULL);
    plan_run(p, NULL);
    const double *old = plan_output(p, 0), *total = plan_output(p, 1);
    ok(x[999] == 2 && old[999] == 1 && *total == 1000,
       "an output shows the state before its update");
    plan_free(p);
    free(x);
    graph_free(g);
}

static void test_limit(Memory *m)
{
    Graph *g = graph_new(m, NULL);
    Node *a = vector(g, 500000);
    Node *y = op_reduce(g, &op_cumsum, op1(g, ELEM_exp, a), -1, true);
    char error[600] = "";
    PlanOptions o = {.limit = 1000000};
    Plan *p = plan_make(m, g, &y, 1, NULL, 0, &o, error);
    ok(!p, "a plan over the limit is not made");
    is_str(error, "this needs 8 MB; the limit is 1 MB", "and says what it needs");
    plan_free(p);
    graph_free(g);
}

static void test_stop(Memory *m)
{
    Graph *g = graph_new(m, NULL);
    Node *a = vector(g, 10), *y = op_reduce(g, &op_sum, op1(g, ELEM_exp, a), 0, false);
    char error[600];
    Plan *p = plan_make(m, g, &y, 1, NULL, 0, NULL, error);
    double x[10] = {0};
    plan_bind(p, a, x);
    atomic_bool stop = true;
    ok(plan_run(p, &stop) == PLAN_STOPPED, "the stop flag ends a run");
    atomic_store(&stop, false);
    ok(plan_run(p, &stop) == PLAN_DONE && *(const double *)plan_output(p, 0) == 10,
       "and the plan can run again");
    ok(plan_needs(p, a) && !plan_needs(p, vector(g, 10)), "a plan knows what it needs");
    plan_free(p);
    graph_free(g);
}

static void test_bad(Memory *m)
{
    Graph *g = graph_new(m, NULL);
    Node *a = vector(g, 4), *root = op1(g, ELEM_sqrt, a);
    Node *y = op_reduce(g, &op_sum, op2(g, ELEM_mul, root, a), 0, false);
    char error[600];
    PlanOptions o = {.watch = true};
    Plan *p = plan_make(m, g, &y, 1, NULL, 0, &o, error);
    double x[4] = {1, 4, -1, -2};
    plan_bind(p, a, x);
    plan_run(p, NULL);
    int64_t at = -1;
    ok(plan_first_bad(p, false, &at) == root && at == 2,
       "the first bad number is found");
    Buffer in = plan_buffer(p, a);
    ok(in.data == x && in.dim[0] == 4, "and what it came from can be read");
    x[2] = x[3] = 0;
    plan_run(p, NULL);
    ok(!plan_first_bad(p, true, &at), "no bad number, none found");
    plan_free(p);
    graph_free(g);
}

static void test_stable(Memory *m)
{
    Graph *g = graph_new(m, NULL);
    Node *a = vector(g, 3);
    Node *e = op1(g, ELEM_exp, a);
    Node *outs[4];
    outs[0] = op1(g, ELEM_log, op2(g, ELEM_add, graph_real(g, 1), e));
    outs[1] = op1(g, ELEM_log, op1(g, ELEM_sigmoid, a));
    Node *sum = op_reduce(g, &op_sum, e, -1, true);
    outs[2] = op1(g, ELEM_log, op2(g, ELEM_div, e, sum));
    outs[3] =
        op1(g, ELEM_log, op2(g, ELEM_sub, graph_real(g, 1), op1(g, ELEM_sigmoid, a)));
    char error[600];
    Plan *p = plan_make(m, g, outs, 4, NULL, 0, NULL, error);
    double x[3] = {1000, -1000, 0};
    plan_bind(p, a, x);
    plan_run(p, NULL);
    const double *y = plan_output(p, 0), *z = plan_output(p, 1);
    ok(y[0] == 1000 && y[1] == 0 && fabs(y[2] - log(2)) < 1e-15,
       "log(1 + exp(x)) is stable");
    ok(z[1] == -1000 && z[0] == 0, "log(sigmoid(x)) is stable");
    y = plan_output(p, 2), z = plan_output(p, 3);
    ok(y[1] == -2000 && y[0] == 0 && y[2] == -1000, "log(softmax(x)) is stable");
    ok(z[0] == -1000 && z[1] == 0, "log(1 - sigmoid(x)) is stable");
    plan_free(p);
    graph_free(g);
}

static void test_single(Memory *m)
{
    Graph *g = graph_new(m, NULL), *s = graph_new(m, NULL);
    Node *a = vector(g, 5000), *t = op1(g, ELEM_tanh, a);
    Node *out[2] = {t, op_reduce(g, &op_sum, op2(g, ELEM_mul, t, t), 0, false)};
    Node *in, *result[2];
    bool made = graph_single(s, g, &a, 1, out, 2, &in, result);
    ok(made && in->type == TYPE_F32 && result[0]->type == TYPE_F32 &&
           result[1]->type == TYPE_F64,
       "single: tensors are real32, their sum is real");
    char error[600];
    Plan *p = plan_make(m, g, out, 2, NULL, 0, NULL, error);
    Plan *q = plan_make(m, s, result, 2, NULL, 0, NULL, error);
    double *x = calloc(5000, sizeof *x);
    float *y = calloc(5000, sizeof *y);
    for (int i = 0; i < 5000; i++) x[i] = (double)(y[i] = (float)(i * 0.001 - 2));
    plan_bind(p, a, x);
    plan_bind(q, in, y);
    plan_run(p, NULL);
    plan_run(q, NULL);
    const double *exact = plan_output(p, 1), *close = plan_output(q, 1);
    near(*close, *exact, 1e-6, "and close to double");
    plan_free(p), plan_free(q);
    free(x), free(y);
    graph_free(g), graph_free(s);
}

static void test_eager(Memory *m)
{
    Tensor *a = tensor_new(m, TYPE_F64, &(Shape){.rank = 2, .dim = {2, 3}});
    Tensor *b = tensor_new(m, TYPE_F64, &(Shape){.rank = 1, .dim = {3}});
    for (int i = 0; i < 6; i++) ((double *)a->data)[i] = i;
    for (int i = 0; i < 3; i++) ((double *)b->data)[i] = 10 * i;
    Tensor *in[2] = {a, b};
    char error[600] = "";
    Tensor *c = exec_op(m, NULL, op_find("add"), in, 2, NULL, error);
    ok(c && c->shape.rank == 2 && tensor_real_at(c, 5) == 25, "exec_op broadcasts");
    Attr by = {.axis = -1};
    Tensor *d = exec_op(m, NULL, &op_sum, &c, 1, &by, error);
    ok(d && d->shape.rank == 1 && tensor_real_at(d, 1) == 42, "exec_op reduces");
    Tensor *wrong = tensor_new(m, TYPE_F64, &(Shape){.rank = 1, .dim = {4}});
    in[1] = wrong;
    error[0] = 0;
    ok(!exec_op(m, NULL, op_find("add"), in, 2, NULL, error) && error[0],
       "exec_op says what does not fit");
    Tensor *f = tensor_cast(m, c, TYPE_F32), *i = tensor_cast(m, c, TYPE_I64);
    ok(tensor_real_at(f, 5) == 25 && tensor_real_at(i, 4) == 14, "tensors are cast");
    tensor_drop(a), tensor_drop(b), tensor_drop(c), tensor_drop(d), tensor_drop(wrong);
    tensor_drop(f), tensor_drop(i);
}

static void add_piece(void *ctx, int64_t piece, int worker)
{
    int64_t *sum = ctx;
    (void)worker;
    sum[piece] += piece;
}

static void test_pool(Memory *m)
{
    Pool *pool = pool_new(m, 4);
    int64_t *sum = calloc(1000, sizeof *sum), total = 0;
    for (int i = 0; i < 200; i++) pool_run(pool, 1000, add_piece, sum);
    for (int i = 0; i < 1000; i++) total += sum[i];
    ok(total == 200 * 999 * 500, "every piece is worked once in every run");
    pool_free(pool);
    free(sum);
}

int main(void)
{
    Memory m = {.alloc = host_alloc};
    test_random(&m);
    test_swap(&m);
    test_old_value(&m);
    test_limit(&m);
    test_stop(&m);
    test_bad(&m);
    test_stable(&m);
    test_single(&m);
    test_eager(&m);
    test_pool(&m);
    ok(m.used == 0, "all memory is given back");
    return done_testing();
}
