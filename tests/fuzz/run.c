/* SPDX-License-Identifier: MIT
 * Fuzzing the evaluator: any text runs or fails with a status, under limits of memory
 * and time, without files, and the interpreter can be used further.
 */
#include "unc.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unc *volatile running;

static void on_alarm(int number)
{
    (void)number;
    if (running) unc_stop(running);
    alarm(1); /* a program that goes on after a stop is stopped again */
}

static void silent(void *ud, const char *text, size_t len)
{
    (void)ud;
    (void)text;
    (void)len;
}

static int no_read(void *ud, const char *path, char **bytes, size_t *len)
{
    (void)ud;
    (void)path;
    (void)bytes;
    (void)len;
    return ENOENT;
}

static int no_write(void *ud, const char *path, const char *bytes, size_t len)
{
    (void)ud;
    (void)path;
    (void)bytes;
    (void)len;
    return EACCES;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unc_config config = {.size = sizeof config,
                         .output = silent,
                         .message = silent,
                         .read_file = no_read,
                         .write_file = no_write,
                         .threads = 1,
                         .memory = (size_t)256 << 20};
    running = unc_open(&config);
    if (!running) abort();
    struct sigaction act = {.sa_handler =
                                on_alarm}; /* signal would take the first alone */
    sigaction(SIGALRM, &act, NULL);
    alarm(1);
    unc_status status = unc_run_n(running, "fuzz", (const char *)data, size);
    if (status == UNC_BUG) abort();
    if (unc_run(running, "after", "after = 1 + 1\n") != UNC_OK) abort();
    alarm(0);
    unc *last = running;
    running = NULL;
    unc_close(last);
    return 0;
}
