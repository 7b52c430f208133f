/* SPDX-License-Identifier: MIT
 * Start-up: from fork to the end of a program that prints one number, as a user waits
 * for it, and the memory it takes.
 */
#define _XOPEN_SOURCE 700 /* ru_maxrss */
#include "tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RUNS = 20 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Seconds; *printed is what came. Negative: it failed. */
static double run_once(const char *program, char *printed, size_t room)
{
    int end[2];
    double began = now();
    if (pipe(end) != 0) return -1;
    pid_t pid = fork();
    if (pid == 0) {
        dup2(end[1], STDOUT_FILENO);
        close(end[0]);
        close(end[1]);
        execl(program, program, "-e", "print(1)", (char *)NULL);
        _exit(127);
    }
    close(end[1]);
    ssize_t n = read(end[0], printed, room - 1);
    printed[n > 0 ? n : 0] = 0;
    close(end[0]);
    int status = -1;
    waitpid(pid, &status, 0);
    return status == 0 ? now() - began : -1;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void)
{
    const char *program = getenv("UNC"), *build = getenv("BUILD");
    double seconds[RUNS];
    char printed[64] = "";
    bool ran = true;
    if (!program) program = "build/unc";
    for (int i = 0; i < RUNS; i++) {
        seconds[i] = run_once(program, printed, sizeof printed);
        ran = ran && seconds[i] >= 0;
    }
    ok(ran, "unc -e 'print(1)' runs");
    is_str(printed, "1\n", "and prints 1");
    qsort(seconds, RUNS, sizeof *seconds, by_size);
    struct rusage use;
    getrusage(RUSAGE_CHILDREN, &use);
    double mib = (double)use.ru_maxrss / 1024;
    note("best %.2f ms, median %.2f ms, peak %.1f MiB", seconds[0] * 1e3,
         seconds[RUNS / 2] * 1e3, mib);
    if (build && strcmp(build, "release") != 0) return done_testing();
    ok(seconds[0] < 0.010, "in under 10 ms");
    ok(mib < 32, "and under 32 MiB");
    return done_testing();
}
