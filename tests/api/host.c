/* SPDX-License-Identifier: MIT
 * What a host provides and is told: output, warnings, progress, files, arguments,
 * tests; the same bits on one thread and two; two interpreters side by side.
 */
#include "tap.h"
#include "unc.h"

#include <errno.h>
#include <stdlib.h>

typedef struct Host {
    char out[8192], message[8192], written[256], path[256];
    size_t out_len, message_len;
    int news, done, freed, passed, failed;
    double last_loss;
} Host;

static void append(char *to, size_t room, size_t *at, const char *text, size_t len)
{
    if (*at + len >= room) return;
    memcpy(to + *at, text, len);
    to[ *at += len] = 0;
}

static void output(void *ud, const char *text, size_t len)
{
    Host *h = ud;
    append(h->out, sizeof h->out, &h->out_len, text, len);
}

static void message(void *ud, const char *text, size_t len)
{
    Host *h = ud;
    append(h->message, sizeof h->message, &h->message_len, text, len);
}

static void progress(void *ud, const unc_progress *p)
{
    Host *h = ud;
    h->news++;
    h->done += p->done;
    h->last_loss = p->loss;
}

static int read_file(void *ud, const char *path, char **bytes, size_t *len)
{
    static char table[] = "a,b\n1,2\n3,4\n";
    static char tested[] =
        "x = 1\ncheck \"holds\" { x == 1 }\ncheck \"fails\" { x == 2 }\n";
    (void)ud;
    *bytes = strstr(path, ".csv") ? table : tested;
    *len = strlen(*bytes);
    return strstr(path, "missing") ? ENOENT : strstr(path, "secret") ? EACCES : 0;
}

static void free_file(void *ud, char *bytes, size_t len)
{
    (void)bytes;
    (void)len;
    ((Host *)ud)->freed++;
}

static int write_file(void *ud, const char *path, const char *bytes, size_t len)
{
    Host *h = ud;
    if (strstr(path, "full")) return ENOSPC;
    snprintf(h->path, sizeof h->path, "%s", path);
    snprintf(h->written, sizeof h->written, "%.*s", (int)len, bytes);
    return 0;
}

static unc *open_host(Host *h, int threads)
{
    unc_config config = {.size = sizeof config,
                         .ud = h,
                         .output = output,
                         .message = message,
                         .progress = progress,
                         .read_file = read_file,
                         .free_file = free_file,
                         .write_file = write_file,
                         .threads = threads};
    return unc_open(&config);
}

static void told(void *ud, const char *title, bool passed, const char *why)
{
    Host *h = ud;
    if (passed)
        h->passed++;
    else
        h->failed += why && *why && strcmp(title, "fails") == 0;
}

static void test_files(unc *u, Host *h)
{
    ok(unc_run(u, "read", "t = read_csv(\"t.csv\")\nprint(t)") == UNC_OK,
       "a file is read through the host");
    is_str(h->out, "{a = [1, 3], b = [2, 4]}\n", "with what it gave");
    ok(h->freed == 1, "which gets it back");
    ok(unc_run(u, "missing", "read_csv(\"missing.csv\")") == UNC_WRONG,
       "an error of the host's is an error");
    ok(strstr(unc_message(u), strerror(ENOENT)) != NULL, "in words");
    ok(unc_run(u, "write", "write_csv({k = [1, 2]}, \"out.csv\")") == UNC_OK,
       "a file is written through the host");
    is_str(h->written, "k\n1\n2\n", "with the bytes");
    ok(strstr(h->path, "out.csv") != NULL, "and the name");
    ok(unc_run(u, "full", "write_csv({k = [1, 2]}, \"full.csv\")") == UNC_WRONG,
       "what cannot be written is told");
    ok(strstr(unc_message(u), strerror(ENOSPC)) != NULL, "in words too");
    ok(unc_test_file(u, "t.unc", told, h) == UNC_OK || h->failed == 1,
       "a file is tested");
    ok(h->passed == 1 && h->failed == 1, "and each check told, with why not");
}

static const char model[] =
    "x = linspace(-1, 1, 300)\n"
    "model m(x: real[N, 1]) {\n"
    "  net f = dense(16, tanh) >> dropout(0.1) >> dense(1) >> squeeze\n"
    "  prior f.params ~ Normal(0, 1)\n"
    "  param s: positive\n"
    "  likelihood y: real[N] ~ Normal(f(x), s)\n"
    "}\n"
    "d = {x, y = sin(3 * x)}\n"
    "post = fit(m, d, vi(meanfield()), steps = 60, batch = 50)\n"
    "p = predict(post, d, draws = 200)\n"
    "v = p.var\nelbo = post.elbo\n";

static bool read_vector(unc *u, const char *name, double *data, int64_t n)
{
    unc_value *v = NULL;
    bool good = unc_get(u, name, &v) == UNC_OK && unc_read(v, data, n) == UNC_OK;
    unc_drop(u, v);
    return good;
}

static void test_threads(void)
{
    static double v[2][300], elbo[2][60];
    bool good = true;
    for (int k = 0; k < 2; k++) {
        Host *h = calloc(1, sizeof *h);
        unc *u = open_host(h, 1 + k);
        good = good && h && unc_run(u, "fit", model) == UNC_OK &&
               read_vector(u, "v", v[k], 300) && read_vector(u, "elbo", elbo[k], 60);
        unc_close(u);
        free(h);
    }
    ok(good, "a fit and a prediction run on one thread and on two");
    ok(memcmp(elbo[0], elbo[1], sizeof elbo[0]) == 0,
       "and give the same bits: the trace");
    ok(memcmp(v[0], v[1], sizeof v[0]) == 0, "and the variances");
}

static void test_two(void)
{
    Host *a = calloc(1, sizeof *a), *b = calloc(1, sizeof *b);
    unc *u = open_host(a, 1), *w = open_host(b, 1);
    double x = 0;
    unc_value *v = NULL;
    ok(unc_run(u, "a", "x = 1") == UNC_OK &&
           unc_run(w, "b", "x = 2\nprint(x)") == UNC_OK,
       "two interpreters run side by side");
    ok(unc_get(u, "x", &v) == UNC_OK && unc_number(v, &x) == UNC_OK && x == 1,
       "each with its own names");
    unc_drop(u, v);
    ok(a->out_len == 0 && b->out_len > 0, "and output");
    unc_close(u);
    ok(unc_run(w, "c", "y = x") == UNC_OK, "one outlives the other");
    unc_close(w);
    free(a);
    free(b);
}

int main(void)
{
    Host *h = calloc(1, sizeof *h);
    unc *u = h ? open_host(h, 1) : NULL;
    if (!ok(u != NULL, "an interpreter opens with a host's functions"))
        return done_testing();
    test_files(u, h);
    unc_args(u, 2, (const char *const[]){"one", "2"});
    h->out_len = 0;
    ok(unc_run(u, "args", "print(args)") == UNC_OK, "arguments are passed");
    is_str(h->out, "[\"one\", \"2\"]\n", "as strings");
    ok(unc_run(u, "fit", model) == UNC_OK, "a model is fitted");
    ok(h->news > 0 && h->done >= 1,
       "and the host told how it stands, and when it is done");
    ok(h->last_loss == h->last_loss || h->done > 0, "with its loss");
    ok(unc_enter(u, "more", "model q() {") == UNC_MORE, "an open brace wants more");
    ok(unc_enter(u, "more", "x = \"open") == UNC_WRONG, "an open string does not");
    ok(unc_enter(u, "more", "fn f(x) =") == UNC_MORE, "nor is `=` an end");
    ok(unc_enter(u, "empty", "") == UNC_OK, "nothing is a whole program");
    unc_close(u);
    free(h);
    test_threads();
    test_two();
    unc_close(NULL);
    ok(true, "closing nothing is allowed");
    return done_testing();
}
