/* SPDX-License-Identifier: MIT
 * Sizes by name: equal forms have equal handles, forms meet as they must for all sizes
 * of their axes, and print as one would write them. What is the same and what differs
 * is checked against the arithmetic on small numbers.
 */
#include "graph/size.h"
#include "../reference.h"
#include "../tap.h"

static Memory memory;
static Names names;
static Sizes *sizes;

static int64_t axis(const char *s) { return size_axis(sizes, name_str(&names, s)); }

static void prints(int64_t n, const char *want)
{
    char text[80];
    size_print(text, sizeof text, n);
    if (!ok(!strcmp(text, want), "prints %s", want)) note("got '%s'", text);
}

static void test_forms(void)
{
    int64_t n = axis("N"), k = axis("K");
    ok(n == axis("N"), "an axis has one handle");
    ok(size_add(n, k) == size_add(k, n), "sums commute");
    ok(size_mul(size_add(n, 1), k) == size_add(size_mul(k, n), k),
       "products distribute");
    ok(size_sub(size_add(n, k), n) == k, "differences cancel");
    ok(size_sub(n, n) == 0, "to a number");
    ok(size_div(size_mul(6, n), 3) == size_mul(2, n), "quotients come out even");
    ok(size_div(size_mul(n, k), k) == n, "also of names");
    ok(size_div(n, 2) == size_div(n, 2), "where not, they are one form");
    ok(size_min(n, n) == n && size_min(n, size_add(n, 2)) == n, "minima");
    ok(size_fresh(sizes) != size_fresh(sizes), "what is not known is like no other");
    prints(size_mul(2, k), "2 * K");
    prints(size_sub(n, 1), "N - 1");
    prints(size_add(size_mul(n, k), 3), "N * K + 3");
    prints(size_div(size_add(n, 1), 2), "(N + 1) // 2");
    prints(7, "7");
}

/* For all sizes of N and K from 1 to 6: whether a N + b K + c is always, never or
 * sometimes equal to another such form. */
static SizeMeet by_numbers(const int *f, const int *g)
{
    int same = 0, all = 0;
    for (int n = 1; n <= 6; n++)
        for (int k = 1; k <= 6; k++, all++)
            same += f[0] * n + f[1] * k + f[2] == g[0] * n + g[1] * k + g[2];
    return same == all ? SIZE_SAME : same ? SIZE_OPEN : SIZE_DIFFERENT;
}

static int64_t form(const int *f)
{
    return size_add(size_add(size_mul(f[0], axis("N")), size_mul(f[1], axis("K"))),
                    f[2]);
}

/* What is told different is different for all sizes, what is told the same is the same;
 * a bare axis beside another is different by name, whatever the sizes. */
static void test_meet(void)
{
    int wrong = 0, told = 0;
    for (int i = 0; i < 27 * 27; i++) {
        int d[6];
        for (int k = 0, left = i; k < 6; k++, left /= 3) d[k] = left % 3;
        bool bare = d[2] == 0 && d[5] == 0 && d[0] + d[1] == 1 && d[3] + d[4] == 1;
        if (bare) continue;
        SizeMeet got = size_meet(form(d), form(d + 3)), want = by_numbers(d, d + 3);
        wrong += (got == SIZE_SAME) != (want == SIZE_SAME);
        wrong += got == SIZE_DIFFERENT && want != SIZE_DIFFERENT;
        told += got == SIZE_DIFFERENT;
    }
    ok(wrong == 0, "no pair of forms is told wrong (%d)", wrong);
    ok(told > 100, "%d pairs differ for all sizes", told);
    ok(size_meet(axis("N"), axis("K")) == SIZE_DIFFERENT, "two names never meet");
    ok(size_meet(axis("N"), size_fresh(sizes)) == SIZE_OPEN, "what is not known may");
    ok(size_meet(size_mul(axis("N"), axis("K")), size_mul(axis("M"), axis("N"))) ==
           SIZE_DIFFERENT,
       "an axis that divides both says nothing");
    ok(size_meet(size_mul(axis("N"), axis("K")), axis("M")) == SIZE_OPEN,
       "a product may be an axis");
    ok(size_meet(axis("N"), 0) == SIZE_DIFFERENT, "a declared axis is not empty");
    ok(size_meet(3, 4) == SIZE_DIFFERENT && size_meet(3, 3) == SIZE_SAME, "numbers");
}

int main(void)
{
    memory = reference_memory();
    names_init(&names, &memory);
    sizes = sizes_new(&memory, &names);
    test_forms();
    test_meet();
    sizes_free(sizes);
    names_free(&names);
    ok(memory.used == 0, "all memory is given back");
    return done_testing();
}
