/* SPDX-License-Identifier: MIT
 * Tests in C, TAP on standard output. End main with `return done_testing();`.
 */
#ifndef UNC_TAP_H
#define UNC_TAP_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

/* ok(x == 3, "the third of %d", n): one test; the format is its title. */
__attribute__((format(printf, 2, 3), unused)) static bool ok(bool passed,
                                                             const char *title, ...)
{
    va_list args;
    tap_failed += !passed;
    printf("%s %d - ", passed ? "ok" : "not ok", ++tap_count);
    va_start(args, title);
    vprintf(title, args);
    va_end(args);
    putchar('\n');
    return passed;
}

/* A remark under the last test. */
__attribute__((format(printf, 1, 2), unused)) static void note(const char *format, ...)
{
    va_list args;
    fputs("# ", stdout);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

__attribute__((unused)) static bool is_str(const char *got, const char *want,
                                           const char *title)
{
    bool same = got && want ? !strcmp(got, want) : got == want;
    ok(same, "%s", title);
    if (!same)
        note("got '%s', want '%s'", got ? got : "(none)", want ? want : "(none)");
    return same;
}

/* |got - want| <= tolerance * max(1, |want|); two NaNs and equal infinities are near.
 */
__attribute__((unused)) static bool near(double got, double want, double tolerance,
                                         const char *title)
{
    double scale = fabs(want) > 1 ? fabs(want) : 1;
    bool same = !(got < want) && !(got > want) && isnan(got) == isnan(want);
    bool passed = same || fabs(got - want) <= tolerance * scale;
    ok(passed, "%s", title);
    if (!passed) note("got %.17g, want %.17g", got, want);
    return passed;
}

__attribute__((unused)) static int done_testing(void)
{
    printf("1..%d\n", tap_count);
    return tap_failed > 0;
}

#endif
