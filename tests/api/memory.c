/* SPDX-License-Identifier: MIT
 * Memory through the host's allocator: everything is given back, a fit's steps take
 * none, and when any one allocation fails the run ends with a status, nothing leaks,
 * and the interpreter can be used further. FAILURES: how many points are tried for each
 * program.
 */
#include "tap.h"
#include "unc.h"

#include <stdlib.h>

/* Counts what is held; refuses call number `fail` (0: none), and with `ever` all after.
 */
typedef struct Heap {
    size_t held;
    uint64_t calls, fail;
    bool ever, wrong_size;
} Heap;

typedef union Head {
    size_t size;
    max_align_t align;
} Head;

static void *heap(void *ud, void *ptr, size_t old_size, size_t new_size)
{
    Heap *h = ud;
    Head *old = ptr ? (Head *)ptr - 1 : NULL;
    if (old && old->size != old_size) h->wrong_size = true;
    if (new_size > 0) {
        h->calls++;
        if (h->fail && (h->ever ? h->calls >= h->fail : h->calls == h->fail))
            return NULL;
    }
    if (old) h->held -= old->size;
    if (new_size == 0) {
        free(old);
        return NULL;
    }
    Head *head = realloc(old, sizeof *head + new_size);
    if (!head) abort();
    head->size = new_size;
    h->held += new_size;
    return head + 1;
}

static void silent(void *ud, const char *text, size_t len)
{
    (void)ud;
    (void)text;
    (void)len;
}

static unc *open_on(Heap *h)
{
    unc_config config = {.size = sizeof config,
                         .ud = h,
                         .alloc = heap,
                         .output = silent,
                         .message = silent,
                         .threads = 1};
    return unc_open(&config);
}

#define LINE                                                                           \
    "x = linspace(-1, 1, 20)\n"                                                        \
    "model m(x: real[N, 1]) {\n"                                                       \
    "  net f = dense(4, tanh) >> dropout(0.1) >> dense(1) >> squeeze\n"                \
    "  prior f.params ~ Normal(0, 1)\n"                                                \
    "  param s: positive\n"                                                            \
    "  likelihood y: real[N] ~ Normal(f(x), s)\n"                                      \
    "}\n"                                                                              \
    "d = {x, y = sin(x)}\n"

static const struct {
    const char *name, *text;
} program[] = {
    {"arithmetic", "x = [1, 2, 3]\ny = x * 2 + 1\nprint(\"{y:.3f} {sum(y)}\")\n"},
    {"functions", "fn f(n) = if n < 2 then n else f(n - 1) + f(n - 2)\nprint(f(12))\n"},
    {"records and lists",
     "r = {a = 1, b = \"x\"}\nr.a = 2\nl = [r, r]\nfor q in l { print(q) }\n"},
    {"wrong text", "x = (1 +\ny = nosuchname\nprint(sun([1]))\n"},
    {"slopes", "print(hessian(fn(x) = sum(x ^ 3))([1.0, 2.0]))\n"},
    {"distributions", "d = mixture([0.5, 0.5], Normal([0, 1], 1))\nprint(logpdf(d, "
                      "0.3), sample(d, 3))\n"},
    {"slopes within slopes",
     "f = fn(x) = x * grad(fn(y) = x * y ^ 2)(3.0)\n"
     "print(grad(f)(2.0), jacobian(fn(x) = x * [1, 2])(1.0))\n"},
    {"minibatches", LINE "p = fit(m, d, vi(dropout_q()), steps = 5, batch = 7)\n"
                         "print(score(predict(p, d, draws = 5), d.y))\n"},
    {"the prior", LINE "print(predict(prior(m), {x}, draws = 3).samples)\n"},
    {"a point", LINE "p = fit(m, d, map(), steps = 5)\nprint(predict(p, d).mean)\n"},
    {"vi", LINE "p = fit(m, d, vi(meanfield()), steps = 5)\nq = predict(p, d, draws = "
                "5)\nprint(q.sd)\n"},
};
enum { PROGRAMS = sizeof program / sizeof *program };

/* Runs text with allocation `fail` refused; false where that broke a promise. */
static bool survives(const char *text, uint64_t fail, bool ever, const char **why)
{
    Heap h = {.fail = fail, .ever = ever};
    unc *u = open_on(&h);
    *why = "";
    if (u) {
        unc_status status = unc_run(u, "test", text);
        if (status == UNC_BUG) *why = "a defect was met";
        h.fail = 0;
        if (unc_run(u, "after", "after = 1 + 1\n") != UNC_OK)
            *why = "cannot be used further";
        unc_close(u);
    }
    if (h.held > 0) *why = "memory was not given back";
    if (h.wrong_size) *why = "memory was given back with another size";
    return !**why;
}

static void test_failures(const char *name, const char *text, uint64_t points)
{
    Heap h = {0};
    const char *why = "";
    unc *u = open_on(&h);
    unc_run(u, "test", text);
    uint64_t calls = h.calls;
    unc_close(u);
    ok(h.held == 0, "%s: all memory is given back (%llu allocations)", name,
       (unsigned long long)calls);
    uint64_t step = calls / points + 1, bad = 0;
    for (uint64_t fail = 1; fail <= calls && !bad; fail += step)
        for (int ever = 0; ever < 2 && !bad; ever++)
            if (!survives(text, fail, ever, &why)) bad = fail;
    if (!ok(!bad, "%s: survives failed allocations", name))
        note("allocation %llu: %s", (unsigned long long)bad, why);
}

/* Allocations of a fit of so many steps, enough to converge. */
static uint64_t fit_allocations(const char *method, int steps)
{
    Heap h = {0};
    char text[1024];
    unc *u = open_on(&h);
    snprintf(text, sizeof text,
             LINE "p = fit(m, d, %s, steps = %d, optimizer = adam(0.2))\n", method,
             steps);
    unc_status status = unc_run(u, "fit", text);
    uint64_t calls = unc_allocations(u);
    if (status != UNC_OK) note("%s", unc_message(u));
    unc_close(u);
    return status == UNC_OK ? calls : 0;
}

int main(void)
{
    static const char *const method[] = {"mle()", "map()", "vi(meanfield())",
                                         "vi(dropout_q())"};
    const char *points = getenv("FAILURES");
    for (int i = 0; i < 4; i++) {
        uint64_t few = fit_allocations(method[i], 300);
        uint64_t many = fit_allocations(method[i], 1000);
        if (!ok(few > 0 && few == many, "%s: 300 and 1,000 steps allocate alike",
                method[i]))
            note("%llu and %llu", (unsigned long long)few, (unsigned long long)many);
    }
    for (int i = 0; i < PROGRAMS; i++)
        test_failures(program[i].name, program[i].text,
                      points ? strtoull(points, NULL, 10) : 1000 / PROGRAMS + 1);
    return done_testing();
}
