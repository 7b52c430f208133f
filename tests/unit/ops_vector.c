/* SPDX-License-Identifier: MIT
 * Every vector kernel, of the baseline and of AVX2: exact rows give the reference's
 * bits; the others lie within a stated number of units in the last place of long double
 * libm, over the whole range of arguments; special values; tails, places and arrays
 * used in place.
 */
#include "../tap.h"
#include "ops/ops_int.h"
#include "ops/vector_table.h"

#include <stdint.h>
#include <stdlib.h>

enum { POINTS = 100000, EDGES = 64 };

static const char *const row_name[] = {
#define ELEM(name, arity, types, value, slope0, slope1, support, lo, hi) #name,
#include "ops/elem.def"
#undef ELEM
};

static const int row_arity[] = {
#define ELEM(name, arity, types, value, slope0, slope1, support, lo, hi) arity,
#include "ops/elem.def"
#undef ELEM
};

/* ---- the oracle ---- */

static long double softplus(long double x)
{
    return (x > 0 || x != x ? x : 0) + log1pl(expl(-fabsl(x)));
}

static long double sigmoid(long double x)
{
    long double e = expl(-fabsl(x));
    return (x < 0 ? e : 1) / (1 + e);
}

/* The bound is in ulps of the result. */
typedef struct Smooth {
    Elem row;
    double bound[2]; /* double, single */
} Smooth;

static const Smooth smooth[] = {
    {ELEM_exp, {1, 1}},       {ELEM_expm1, {1.5, 1.5}},   {ELEM_log, {1, 1}},
    {ELEM_log1p, {1.5, 1.5}}, {ELEM_tanh, {2, 7}},        {ELEM_sigmoid, {2, 2}},
    {ELEM_softplus, {2, 2}},  {ELEM_log_sigmoid, {2, 2}}, {ELEM_sin, {1.5, 0.51}},
    {ELEM_cos, {1.5, 0.51}},
};
enum { SMOOTH = sizeof smooth / sizeof *smooth };

static long double oracle(Elem row, long double x)
{
    switch ((int)row) {
    case ELEM_exp: return expl(x);
    case ELEM_expm1: return x == 0 ? x : expm1l(x);
    case ELEM_log: return logl(x);
    case ELEM_log1p: return log1pl(x);
    case ELEM_tanh: return tanhl(x);
    case ELEM_sigmoid: return x != x ? x : sigmoid(x);
    case ELEM_softplus: return softplus(x);
    case ELEM_log_sigmoid: return -softplus(-x);
    case ELEM_sin: return sinl(x);
    default: return cosl(x);
    }
}

/* |y - want| in units of the last place that want has in a format of `bits` bits and
 * least exponent `least`; a result past the largest number counts from there. */
static double ulps(double y, long double want, int bits, int least, double largest)
{
    if (want != want || y != y) return (want != want) == (y != y) ? 0 : HUGE_VAL;
    if (isinf(y) && fabsl(want) > (long double)largest)
        return (y > 0) == (want > 0) ? 0 : HUGE_VAL;
    if (isinf(y) || isinf(want)) return (long double)y == want ? 0 : HUGE_VAL;
    int e;
    frexpl(want, &e);
    e = e - bits < least ? least : e - bits;
    return (double)(fabsl((long double)y - want) / ldexpl(1, e));
}

/* ---- arguments ---- */

static uint64_t next_bits(uint64_t *state)
{
    *state += 0x9E3779B97F4A7C15u;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static double unit(uint64_t *state)
{
    return (double)(next_bits(state) >> 11) * 0x1p-53;
}

static const double edge[EDGES] = {0.0,
                                   -0.0,
                                   HUGE_VAL,
                                   -HUGE_VAL,
                                   (double)NAN,
                                   1,
                                   -1,
                                   2,
                                   -2,
                                   0.5,
                                   -0.5,
                                   1.5,
                                   -1.5,
                                   2.5,
                                   -2.5,
                                   5e-324,
                                   -5e-324,
                                   1e-310,
                                   -1e-310,
                                   0x1p-1022,
                                   0x1p-126,
                                   0x1p-149,
                                   -0x1p-149,
                                   1e-40,
                                   0x1p-53,
                                   -0x1p-53,
                                   0x1p-54,
                                   -0x1p-54,
                                   0x1p-24,
                                   -0x1p-24,
                                   0x1p-25,
                                   -0x1p-25,
                                   709.78,
                                   709.79,
                                   -708.39,
                                   -708.4,
                                   -745.13,
                                   -745.14,
                                   -746,
                                   -750,
                                   88.72,
                                   88.73,
                                   -87.33,
                                   -87.34,
                                   -103.97,
                                   -103.98,
                                   -104.5,
                                   -106,
                                   19,
                                   20,
                                   -20,
                                   9,
                                   10,
                                   -10,
                                   1e15,
                                   -1e15,
                                   1e300,
                                   -1e300,
                                   1e38,
                                   -1e38,
                                   1.0000000000000002,
                                   0.9999999999999999,
                                   3.141592653589793,
                                   1.5707963267948966};

/* A mix of ranges: whole exponents, near 0, near 1, where exp lives, and where results
 * are subnormal. */
static double argument(int i, uint64_t *state, bool single)
{
    double sign = next_bits(state) & 1 ? 1 : -1, u = unit(state);
    if (i < EDGES) return edge[i];
    switch (i % 6) {
    case 0: return sign * exp2((u * 2 - 1) * (single ? 148 : 1070));
    case 1: return sign * u;
    case 2: return sign * exp2(u * 40 - 35);
    case 3: return 1 + sign * exp2(-u * 50);
    case 4: return sign * u * (single ? 105 : 746);
    default: return sign * u * 20;
    }
}

static void fill(int n, uint64_t seed, bool single, void *x)
{
    uint64_t state = seed;
    for (int i = 0; i < n; i++) {
        double a = argument(i, &state, single);
        if (single)
            ((float *)x)[i] = (float)a;
        else
            ((double *)x)[i] = a;
    }
}

/* ---- tests ---- */

static void test_smooth(const VectorTable *t, const char *cpu, const Smooth *s,
                        int single, void *x, void *y)
{
    const void *in[1] = {x};
    fill(POINTS, 7 + (uint64_t)s->row, single, x);
    t->kernel[s->row][single](POINTS, y, in);
    double worst = 0, at = 0;
    bool zeros = true;
    for (int i = 0; i < POINTS; i++) {
        double a = single ? (double)((float *)x)[i] : ((double *)x)[i];
        double b = single ? (double)((float *)y)[i] : ((double *)y)[i];
        long double want = oracle(s->row, (long double)a);
        double u = single ? ulps(b, want, 24, -149, 3.4028234663852886e38)
                          : ulps(b, want, 53, -1074, 1.7976931348623157e308);
        if (u > worst) worst = u, at = a;
        if (want == 0 && (signbit(want) != 0) != (signbit(b) != 0)) zeros = false;
    }
    ok(worst <= s->bound[single], "%s %s %s: worst error %.3f ulp at %.17g", cpu,
       row_name[s->row], single ? "real32" : "real", worst, at);
    ok(zeros, "%s %s %s keeps the sign of zero", cpu, row_name[s->row],
       single ? "real32" : "real");
}

static bool is_smooth(Elem row)
{
    for (int i = 0; i < SMOOTH; i++)
        if (smooth[i].row == row) return true;
    return row == ELEM_xlogy; /* by log */
}

static bool same_numbers(const void *y, const void *z, int n, size_t size)
{
    for (int i = 0; i < n; i++) {
        const char *p = (const char *)y + (size_t)i * size;
        const char *q = (const char *)z + (size_t)i * size;
        if (!memcmp(p, q, size)) continue;
        double a = 0, b = 0;
        float f, g;
        if (size == 8) memcpy(&a, p, 8), memcpy(&b, q, 8);
        if (size == 4) memcpy(&f, p, 4), memcpy(&g, q, 4), a = (double)f, b = (double)g;
        if (size == 1 || a == a || b == b) return false; /* NaNs are alike */
    }
    return true;
}

/* Rows of +, -, *, /, comparisons and choices have one right answer. */
static void test_exact(const VectorTable *t, const char *cpu, Elem row, int single,
                       void *x, void *y)
{
    size_t size = single ? sizeof(float) : sizeof(double);
    char *a = x, *b = a + (size_t)POINTS * size, *c = b + (size_t)POINTS * size;
    char *got = y, *want = got + (size_t)POINTS * size;
    bool truth = row == ELEM_where;
    fill(POINTS, 3, single, a);
    fill(POINTS, 3, single, b);
    for (int i = 0; i < POINTS / 2;
         i += 3) /* every edge meets others, many are equal */
        memcpy(b + (size_t)i * size, a + (size_t)((i * 7 + i / EDGES) % POINTS) * size,
               size);
    if (truth)
        for (int i = 0; i < POINTS; i++) c[i] = (char)((i * 5 / 3) & 1);
    const void *in[3] = {truth ? c : a, truth ? a : b, b};
    size_t of = row >= ELEM_eq && row <= ELEM_is_nan ? 1 : size;
    t->kernel[row][single](POINTS, got, in);
    elem_reference(row, single ? TYPE_F32 : TYPE_F64)(POINTS, want, in);
    ok(same_numbers(got, want, POINTS, of), "%s %s %s is the reference", cpu,
       row_name[row], single ? "real32" : "real");
}

/* An element is the same whatever its place, n, and whether y is an input; nothing past
 * y is written. */
static void test_places(const VectorTable *t, const char *cpu, Elem row, int single,
                        char *x, char *y)
{
    enum { N = 41 };
    size_t size = single ? sizeof(float) : sizeof(double);
    size_t of = row >= ELEM_eq && row <= ELEM_is_nan ? 1 : size;
    bool choose = row == ELEM_where, passed = true;
    char *a = x, *b = x + 1000, truth[N];
    char *all = y, *part = y + 1000;
    fill(EDGES, 5, single, a);
    memcpy(b, a + 20 * size, N * size);
    for (int i = 0; i < N; i++) truth[i] = (char)(i % 3 == 0);
    const void *in[3] = {choose ? truth : a, choose ? a : b, b};
    t->kernel[row][single](N, all, in);
    for (int from = 0; from < 9; from++) {
        for (int n = 0; n + from <= N; n++) {
            const char *p[3] = {in[0], in[1], in[2]};
            for (int j = 0; j < 3; j++)
                p[j] += (size_t)from * (choose && j == 0 ? 1 : size);
            const void *shifted[3] = {p[0], p[1], p[2]};
            memset(part, 0x5a, 1000);
            t->kernel[row][single](n, part + size, shifted);
            passed &= same_numbers(part + size, all + (size_t)from * of, n, of);
            passed &= part[size + (size_t)n * of] == 0x5a && part[size - 1] == 0x5a;
        }
    }
    for (int j = 0; j < row_arity[row] && of == size; j++) { /* in place */
        if (choose && j == 0) continue;
        const void *with[3] = {in[0], in[1], in[2]};
        memcpy(part, in[j], N * size);
        with[j] = part;
        t->kernel[row][single](N, part, with);
        passed &= same_numbers(part, all, N, size);
    }
    ok(passed, "%s %s %s: places, tails, in place", cpu, row_name[row],
       single ? "real32" : "real");
}

static void test_table(const VectorTable *t, const char *cpu, void *x, void *y)
{
    for (int single = 0; single < 2; single++) {
        for (int i = 0; i < SMOOTH; i++) test_smooth(t, cpu, &smooth[i], single, x, y);
        for (int row = 0; row < ELEM_COUNT; row++) {
            if (!t->kernel[row][single]) continue;
            if (!is_smooth((Elem)row)) test_exact(t, cpu, (Elem)row, single, x, y);
            test_places(t, cpu, (Elem)row, single, x, y);
        }
    }
}

static void test_xlogy(const VectorTable *t, const char *cpu)
{
    const double a[] = {0, 0, 0, 0, 2, 2, -1, (double)NAN},
                 b[] = {0, -1, HUGE_VAL, (double)NAN, 1, 0, 0, 1};
    const double want[] = {0, 0, 0, (double)NAN, 0, -HUGE_VAL, HUGE_VAL, (double)NAN};
    const void *in[] = {a, b};
    double y[8];
    t->kernel[ELEM_xlogy][0](8, y, in);
    ok(same_numbers(y, want, 8, 8), "%s xlogy: 0 where a is 0 and b a number", cpu);
}

int main(void)
{
    void *x = malloc(3 * POINTS * sizeof(double)),
         *y = malloc(2 * POINTS * sizeof(double));
    if (!x || !y) return 1;
    test_table(&vector_base, "baseline", x, y);
    test_xlogy(&vector_base, "baseline");
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        test_table(&vector_avx2, "avx2", x, y);
        test_xlogy(&vector_avx2, "avx2");
    }
#endif
    ok(elem_vector_kernel(ELEM_exp, TYPE_F64) != NULL, "exp has a vector kernel");
    ok(elem_vector_kernel(ELEM_fold, TYPE_KEY) != NULL, "so does fold");
    ok(elem_vector_kernel(ELEM_lgamma, TYPE_F64) == NULL, "lgamma has none");
    ok(elem_vector_kernel(ELEM_add, TYPE_I64) == NULL, "nor have ints");
    free(x);
    free(y);
    return done_testing();
}
