/* SPDX-License-Identifier: MIT
 * Files for the interpreter: read whole; written whole beside the old one and renamed,
 * so that no reader and no crash ever sees half of one. Where a program may write at
 * all (unc_config.write_dir) is the interpreter's affair.
 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    READ_AT_LEAST = 1 << 16
}; /* pipes tell no size; a page or two would be many calls */

static int read_descriptor(int fd, char **bytes, size_t *len)
{
    struct stat st;
    if (fstat(fd, &st) != 0) return errno;
    if (S_ISDIR(st.st_mode)) return EISDIR;
    size_t room = READ_AT_LEAST, n = 0;
    if (S_ISREG(st.st_mode) && st.st_size > 0) room = (size_t)st.st_size + 1;
    char *text = malloc(room);
    if (!text) return ENOMEM;
    for (;;) {
        ssize_t got = read(fd, text + n, room - n);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            int error = errno;
            free(text);
            return error;
        }
        n += (size_t)got;
        if (got == 0) break;
        if (n < room) continue;
        char *more = room > SIZE_MAX / 2 ? NULL : realloc(text, room *= 2);
        if (!more) {
            free(text);
            return ENOMEM;
        }
        text = more;
    }
    *bytes = text;
    *len = n;
    return 0;
}

int host_read(void *ud, const char *path, char **bytes, size_t *len)
{
    (void)ud;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno;
    int error = read_descriptor(fd, bytes, len);
    close(fd);
    return error;
}

void host_free(void *ud, char *bytes, size_t len)
{
    (void)ud;
    (void)len;
    free(bytes);
}

static int write_descriptor(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t put = write(fd, bytes, len);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return errno;
        bytes += put;
        len -= (size_t)put;
    }
    return 0;
}

/* A device or a pipe: there is nothing to rename. */
static int write_plain(const char *path, const char *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return errno;
    int error = write_descriptor(fd, bytes, len);
    if (close(fd) != 0 && !error) error = errno;
    return error;
}

static int write_beside(const char *target, mode_t mode, const char *bytes, size_t len)
{
    size_t room = strlen(target) + sizeof ".XXXXXX";
    char *name = malloc(room);
    if (!name) return ENOMEM;
    snprintf(name, room, "%s.XXXXXX", target);
    int fd = mkstemp(name);
    int error = fd < 0 ? errno : write_descriptor(fd, bytes, len);
    if (fd >= 0) {
        if (!error && fchmod(fd, mode) != 0) error = errno;
        if (!error && fsync(fd) != 0 && errno != EINVAL) error = errno;
        if (close(fd) != 0 && !error) error = errno;
        if (!error && rename(name, target) != 0) error = errno;
        if (error) unlink(name);
    }
    free(name);
    return error;
}

/* What is there keeps its mode. */
static int write_over(const char *target, const struct stat *st, const char *bytes,
                      size_t len)
{
    if (S_ISDIR(st->st_mode)) return EISDIR;
    if (!S_ISREG(st->st_mode)) return write_plain(target, bytes, len);
    if (access(target, W_OK) != 0) return errno; /* a rename would not ask */
    return write_beside(target, st->st_mode & 0777, bytes, len);
}

/* ---- where a program may write ---- */
static bool is_below(const char *folder, const char *base)
{
    size_t n = strlen(base);
    if (n == 1) return true; /* "/" */
    return !strncmp(folder, base, n) && (folder[n] == 0 || folder[n] == '/');
}

/* The folder that a file of this path would be in, links resolved; NULL: errno says
 * why. */
static char *folder_of(const char *path)
{
    char *copy = strdup(path), *folder;
    if (!copy) return NULL;
    char *slash = strrchr(copy, '/');
    if (slash) slash[slash == copy] = 0;
    folder = realpath(slash ? copy : ".", NULL);
    free(copy);
    return folder;
}

/* 0, EPERM, or why it cannot be told. */
static int may_write(const char *path, const char *dirs)
{
    char *folder = folder_of(path);
    if (!folder) return errno;
    char *here = realpath(".", NULL);
    bool allowed = here && is_below(folder, here);
    free(here);
    while (!allowed && dirs && *dirs) {
        size_t n = strcspn(dirs, ":");
        char *dir = strndup(dirs, n), *base = dir ? realpath(dir, NULL) : NULL;
        allowed = base && is_below(folder, base);
        free(base);
        free(dir);
        dirs += n + (dirs[n] == ':');
    }
    free(folder);
    return allowed ? 0 : EPERM;
}

int host_write(void *ud, const char *path, const char *bytes, size_t len)
{
    const Host *host = ud;
    struct stat st;
    mode_t mask = umask(0);
    umask(mask);
    bool is_there = stat(path, &st) == 0;
    char *target = is_there ? realpath(path, NULL) : strdup(path);
    if (!target) return errno; /* a link stays one: its target is replaced */
    int error = may_write(target, host->write_dirs);
    if (!error && is_there)
        error = write_over(target, &st, bytes, len);
    else if (!error)
        error = write_beside(target, 0666 & ~mask, bytes, len);
    free(target);
    return error;
}
