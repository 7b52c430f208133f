/* SPDX-License-Identifier: MIT
 * unc.h as a stranger would use it: run a text, read values, keep going after mistakes.
 */
#include "tap.h"
#include "unc.h"

#include <stdlib.h>

typedef struct Heard {
    char text[4096];
    size_t len;
} Heard;

static void hear(void *ud, const char *text, size_t len)
{
    Heard *h = ud;
    if (h->len + len >= sizeof h->text) return;
    memcpy(h->text + h->len, text, len);
    h->len += len;
    h->text[h->len] = 0;
}

static void test_programs(unc *u, Heard *h)
{
    ok(unc_run(u, "one", "x = 2\nprint(x + 1)") == UNC_OK, "a text runs");
    is_str(h->text, "3\n", "and its output comes to the host");
    ok(unc_run(u, "two", "print(nosuchname)") == UNC_WRONG, "a wrong text is told");
    ok(unc_diag_count(u) == 1, "by one diagnostic");
    is_str(unc_diag_code(u, 0), "E0101", "with its code");
    ok(strstr(unc_message(u), "nosuchname") != NULL, "that names the name");
    ok(unc_explain("E0101") != NULL, "and can be explained");
    ok(unc_explain("E9999") == NULL, "unlike a code that is none");
    ok(unc_run_n(u, "three", "y = x * 5 and the rest is cut", 9) == UNC_OK,
       "a part of a text runs");
    ok(unc_diag_count(u) == 0, "and nothing is left of the mistake");
    ok(unc_enter(u, "four", "z = [1,") == UNC_MORE, "an unfinished text wants more");
    ok(unc_enter(u, "four", "z = [1,\n2]") == UNC_OK, "and runs when it is whole");
    ok(unc_enter(u, "five", "z = )") == UNC_WRONG, "a wrong one is not unfinished");
}

static void test_values(unc *u)
{
    unc_value *v = NULL, *field = NULL;
    double number = 0, data[6] = {1, 2, 3, 4, 5, 6}, back[6] = {0};
    ok(unc_get(u, "y", &v) == UNC_OK, "a name of the program is seen");
    ok(unc_number(v, &number) == UNC_OK && number == 10, "and is a number");
    is_str(unc_show(u, v), "10", "shown as print shows it");
    unc_drop(u, v);
    ok(unc_get(u, "nosuchname", &v) != UNC_OK, "a name that is not there is not");

    ok(unc_set_tensor(u, "m", data, 2, (int64_t[]){2, 3}) == UNC_OK,
       "a tensor goes in");
    ok(unc_set_real(u, "k", 10) == UNC_OK, "so does a number");
    ok(unc_run(u, "six", "n = k * m\nr = {a = n, b = 1}") == UNC_OK,
       "they are computed with");
    ok(unc_get(u, "n", &v) == UNC_OK && unc_kind_of(v) == UNC_TENSOR,
       "a tensor comes out");
    ok(unc_rank(v) == 2 && unc_dim(v, 0) == 2 && unc_dim(v, 1) == 3,
       "of the same shape");
    ok(unc_read(v, back, 6) == UNC_OK && back[0] == 10 && back[5] == 60,
       "with its numbers");
    ok(unc_read(v, back, 5) != UNC_OK, "a wrong length is refused");
    unc_drop(u, v);
    ok(unc_get(u, "r", &v) == UNC_OK && unc_kind_of(v) == UNC_RECORD,
       "a record comes out");
    ok(unc_field(u, v, "b", &field) == UNC_OK, "with its fields");
    unc_drop(u, field);
    unc_drop(u, v);
}

static void count(void *ud, const char *name)
{
    (void)name;
    ++*(int *)ud;
}

static void count_typed(void *ud, const char *name, const char *type)
{
    (void)type;
    count(ud, name);
}

static void test_tools(unc *u)
{
    int found = 0;
    const char *type = NULL;
    unc_complete(u, "prin", count, &found);
    ok(found >= 1, "print is completed");
    found = 0;
    unc_vars(u, count_typed, &found);
    ok(found >= 5, "the variables are listed");
    ok(unc_type_of(u, "m", &type) == UNC_OK && strstr(type, "real"), "a type is told");
    ok(unc_doc(u, "Normal") != NULL, "a distribution is documented");
    ok(unc_doc(u, "nosuchname") == NULL, "an unknown name is not");
    found = 0;
    unc_complete(u, "", count, &found);
    ok(found > 400, "all names begin with nothing (%d)", found);
}

int main(void)
{
    Heard h = {.len = 0};
    unc_config config = {.size = sizeof config, .ud = &h, .output = hear, .threads = 1};
    unc *u = unc_open(&config);
    if (!ok(u != NULL, "an interpreter opens")) return done_testing();
    test_programs(u, &h);
    test_values(u);
    test_tools(u);
    unc_close(u);
    u = unc_open(NULL);
    ok(u != NULL, "one with the defaults opens too");
    unc_close(u);
    return done_testing();
}
