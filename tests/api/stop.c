/* SPDX-License-Identifier: MIT
 * unc_stop: a fit keeps what it has, a loop ends, and the interpreter can be used
 * further.
 */
#include "tap.h"
#include "unc.h"

#include <stdlib.h>

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
    return done_testing();
}
