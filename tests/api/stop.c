/* SPDX-License-Identifier: MIT
 * unc_stop: a fit keeps what it has, a loop ends, and the interpreter can be used
 * further; an attack that was stopped in the middle, whose plans were kept from a call
 * before, finds afterwards what it found then, to the last bit.
 */
#include "tap.h"
#include "unc.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

static unc *stopped;
static int told;

static void stop_at_news(void *ud, const unc_progress *p)
{
    (void)ud;
    told++;
    if (!p->done && p->step > 0) unc_stop(stopped);
}

static void stop_at_output(void *ud, const char *text, size_t len)
{
    (void)ud;
    (void)text;
    (void)len;
    unc_stop(stopped);
}

static void silent(void *ud, const char *text, size_t len)
{
    (void)ud;
    (void)text;
    (void)len;
}

static const char fit[] =
    "x = linspace(-1, 1, 50)\n"
    "model line(x: real[N]) {\n"
    "  param a: real\n"
    "  param s: positive\n"
    "  likelihood y: real[N] ~ Normal(a * x, s)\n"
    "}\n"
    "post = fit(line, {x, y = 3 * x}, mle(), steps = 100000000)\n";

/* ---- an attack tells how it stands ---- */

static int odd; /* news that were not of it */

static void hear(void *ud, const unc_progress *p)
{
    (void)ud;
    told += !p->done;
    odd += !p->done && (strcmp(p->what, "nes") != 0 || p->step < 1 ||
                        p->step > p->steps || p->steps != 400000);
}

static void test_news(void)
{
    static const char text[] = "fn never(z, y) = z[0, 0] > 1e9\n"
                               "a = attack(fn(x) = x, {x = [[1.0, 0.0]], y = [0]}, "
                               "nes(eps = 0.1, queries = 400000), success = never)\n";
    unc_config config = {
        .size = sizeof config, .progress = hear, .message = silent, .threads = 1};
    stopped = unc_open(&config);
    told = 0;
    ok(unc_run(stopped, "long", text) == UNC_OK, "a long attack runs");
    ok(told > 0 && odd == 0, "and tells by its name how it stands");
    unc_close(stopped);
    config.progress = stop_at_news;
    stopped = unc_open(&config);
    ok(unc_run(stopped, "long", text) == UNC_STOPPED, "who is told may stop it");
    unc_close(stopped);
}

/* ---- an attack ---- */

/* Rows of which none is ever fooled, two chunks of them, from one place. */
static const char attack[] =
    "x = sample(Normal(0, 1), 200, 20, seed = 1)\n"
    "W = sample(Normal(0, 1), 20, 3, seed = 2)\n"
    "fn logits(x) = tanh(x @ W)\n"
    "fn never(z, y) = z[0, 0] > 1e9\n"
    "fn found() {\n"
    "  a = attack(logits, {x, y = argmax(logits(x), axis = -1)}, "
    "pgd(eps = 0.3, steps = 400, restarts = 3), success = never)\n"
    "  return sum(a.x * sin(linspace(1, 20, 20))) + sum(a.trace) + sum(a.queries)\n"
    "}\n";

static void alarmed(int signal)
{
    (void)signal;
    unc_stop(stopped);
}

static void set_alarm(double seconds)
{
    struct itimerval t = {.it_value = {0, (suseconds_t)(1e6 * seconds)}};
    setitimer(ITIMER_REAL, &t, NULL);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double found(void)
{
    double a = (double)NAN;
    unc_value *v = NULL;
    if (unc_run(stopped, "found", "r = found()") == UNC_OK &&
        unc_get(stopped, "r", &v) == UNC_OK)
        unc_number(v, &a);
    unc_drop(stopped, v);
    return a;
}

/* Stopped at shares of the time that it takes; one or another may come too late. */
static void test_attack(void)
{
    unc_config config = {.size = sizeof config, .message = silent, .threads = 1};
    int ended = 0, wrong = 0;
    stopped = unc_open(&config);
    ok(unc_run(stopped, "attack", attack) == UNC_OK, "an attack is set up");
    double fresh = found(), before = now(), again = found(), took = now() - before;
    ok(isfinite(fresh) && again == fresh, "plans that were kept find the same");
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = alarmed}, NULL);
    for (int k = 1; k < 8; k++) {
        set_alarm(fmin(took, 0.9) * k / 9);
        ended += unc_run(stopped, "stopped", "found()") == UNC_STOPPED;
        set_alarm(0);
        wrong += found() != fresh && found() != fresh; /* an alarm may have come late */
    }
    ok(ended > 0, "an attack is stopped in the middle");
    ok(wrong == 0, "what it finds afterwards is what it found before");
    unc_close(stopped);
}

int main(void)
{
    unc_config config = {
        .size = sizeof config, .progress = stop_at_news, .message = silent};
    double a = 0;
    unc_value *v = NULL;
    stopped = unc_open(&config);
    if (!ok(stopped != NULL, "an interpreter opens")) return done_testing();
    unc_status status = unc_run(stopped, "fit", fit);
    ok(status == UNC_OK || status == UNC_STOPPED, "a long fit ends when it is stopped");
    ok(told > 0, "and told how it stood");
    ok(unc_run(stopped, "after", "a = post.a") == UNC_OK, "what it learnt is kept");
    ok(unc_get(stopped, "a", &v) == UNC_OK && unc_number(v, &a) == UNC_OK,
       "as a number");
    unc_drop(stopped, v);
    unc_close(stopped);

    config.progress = NULL;
    config.output = stop_at_output;
    stopped = unc_open(&config);
    status = unc_run(stopped, "loop", "while true { print(1) }");
    ok(status == UNC_STOPPED, "an endless loop is stopped");
    ok(unc_run(stopped, "after", "x = 1") == UNC_OK, "and the next text runs");
    unc_close(stopped);
    test_news();
    test_attack();
    return done_testing();
}
