/* SPDX-License-Identifier: MIT
 * What the host did not provide: standard output and error, files, a clock.
 */
#include "api_int.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void to_stdout(void *ud, const char *text, size_t len)
{
    (void)ud;
    fwrite(text, 1, len, stdout);
}

static void to_stderr(void *ud, const char *text, size_t len)
{
    (void)ud;
    fwrite(text, 1, len, stderr);
}

static int read_file(void *ud, const char *path, char **bytes, size_t *len)
{
    (void)ud;
    FILE *f = fopen(path, "rb");
    if (!f) return errno;
    size_t room = 1 << 16, n = 0, got;
    char *buf = malloc(room);
    while (buf && (got = fread(buf + n, 1, room - n, f)) > 0) {
        n += got;
        if (n < room) continue;
        char *more = realloc(buf, room *= 2);
        if (!more) free(buf);
        buf = more;
    }
    int error = !buf ? ENOMEM : ferror(f) ? (errno ? errno : EIO) : 0;
    fclose(f);
    if (error) {
        free(buf);
        return error;
    }
    *bytes = buf;
    *len = n;
    return 0;
}

static void free_file(void *ud, char *bytes, size_t len)
{
    (void)ud;
    (void)len;
    free(bytes);
}

static int list_files(void *ud, const char *pattern, char **names, size_t *len)
{
    (void)ud;
    glob_t g;
    int end = glob(pattern, 0, NULL, &g);
    size_t n = 0;
    if (end != 0 && end != GLOB_NOMATCH) return end == GLOB_NOSPACE ? ENOMEM : EIO;
    size_t found = end == 0 ? g.gl_pathc : 0;
    for (size_t i = 0; i < found; i++) n += strlen(g.gl_pathv[i]) + 1;
    char *to = malloc(n + 1);
    *names = to;
    *len = n;
    for (size_t i = 0; to && i < found; i++) {
        size_t each = strlen(g.gl_pathv[i]) + 1;
        memcpy(to, g.gl_pathv[i], each);
        to += each;
    }
    globfree(&g);
    return *names ? 0 : ENOMEM;
}

static int no_write(void *ud, const char *path, const char *bytes, size_t len)
{
    (void)ud;
    (void)path;
    (void)bytes;
    (void)len;
    return EACCES;
}

static double seconds(void *ud)
{
    (void)ud;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void progress(void *ud, const char *what, int64_t step, int64_t steps,
                     double loss, bool is_elbo, double rate, double left, bool done)
{
    unc *u = ud;
    unc_progress p = {what, step, steps, loss, is_elbo, rate, left, done};
    if (u->config.progress) u->config.progress(u->config.ud, &p);
}

static void output(void *ud, const char *text, size_t len)
{
    unc *u = ud;
    (u->config.output ? u->config.output : to_stdout)(u->config.ud, text, len);
}

static void message(void *ud, const char *text, size_t len)
{
    unc *u = ud;
    (u->config.message ? u->config.message : to_stderr)(u->config.ud, text, len);
}

static int read_any(void *ud, const char *path, char **bytes, size_t *len)
{
    unc *u = ud;
    return (u->config.read_file ? u->config.read_file : read_file)(u->config.ud, path,
                                                                   bytes, len);
}

static void free_any(void *ud, char *bytes, size_t len)
{
    unc *u = ud;
    (u->config.free_file ? u->config.free_file : free_file)(u->config.ud, bytes, len);
}

static int write_any(void *ud, const char *path, const char *bytes, size_t len)
{
    unc *u = ud;
    return (u->config.write_file ? u->config.write_file : no_write)(u->config.ud, path,
                                                                    bytes, len);
}

static int list_any(void *ud, const char *pattern, char **names, size_t *len)
{
    unc *u = ud;
    return (u->config.list_files ? u->config.list_files
                                 : list_files)(u->config.ud, pattern, names, len);
}

static void free_list(void *ud, char *names, size_t len)
{
    unc *u = ud;
    bool own = u->config.list_files && u->config.free_file;
    (own ? u->config.free_file : free_file)(u->config.ud, names, len);
}

int api_processors(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > 16 ? 16 : (int)n;
}

Host api_host(unc *u)
{
    return (Host){u,
                  output,
                  message,
                  u->config.progress ? progress : NULL,
                  read_any,
                  free_any,
                  list_any,
                  free_list,
                  write_any,
                  seconds,
                  u->config.write_dir,
                  u->config.allow_ffi};
}
