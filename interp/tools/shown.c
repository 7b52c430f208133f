/* SPDX-License-Identifier: MIT
 * A tool of the build: turns the wrong programs of the tests that have a repaired one
 * in mended/ beside them into C (see base/shown.h), the first of each code. A file of
 * the folder data that a program names is shown below it, in comments. Usage:
 * shown DIR/CODE[_ABOUT].unc … > shown.c, in the order of their names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST = 1 << 16, /* bytes of a program, of a file that it reads, and of a path */
    WIDEST = 100,   /* bytes of a line that are shown */
    FILES = 4       /* files of one program that are shown */
};

static char text[MOST], held[MOST];

/* Reads a file; its bytes, or -1. */
static long read_file(const char *path, char to[MOST])
{
    FILE *f = fopen(path, "rb");
    if (!f) return -1;
    size_t n = fread(to, 1, MOST - 1, f);
    fclose(f);
    to[n] = 0;
    return (long)n;
}

/* The program without the lines that say how the test runs it; false: there is no such
 * file. */
static int read_program(const char *path)
{
    if (read_file(path, text) < 0) return 0;
    while (strncmp(text, "# options:", 10) == 0 ||
           strncmp(text, "# interrupted", 13) == 0) {
        const char *next = strchr(text, '\n');
        memmove(text, next + 1, strlen(next + 1) + 1);
    }
    return 1;
}

static void put_char(char c)
{
    if (c == '"' || c == '\\' || c == '?')
        printf("\\%c", c);
    else if ((unsigned char)c < ' ' || (unsigned char)c > '~')
        printf("\\%03o", (unsigned char)c);
    else
        putchar(c);
}

static void put_line(const char *line, size_t n)
{
    printf("\n \"");
    for (size_t i = 0; i < n && i < WIDEST; i++) put_char(line[i]);
    printf("%s\\n\"", n > WIDEST ? " ..." : "");
}

/* A line of data: bytes that are no text of UTF-8 stand as <0D>. */
static void put_data(const char *line, size_t n)
{
    char out[4 * WIDEST + 8] = "#   ";
    size_t m = strlen(out);
    for (size_t i = 0; i < n && m < 4 * WIDEST; i++) {
        unsigned char c = (unsigned char)line[i];
        int broken = c >= 0x80 &&
                     (i + 1 == n || ((unsigned char)line[i + 1] & 0xC0) != 0x80) &&
                     (i == 0 || (unsigned char)line[i - 1] < 0xC0);
        if (c < ' ' || broken)
            m += (size_t)sprintf(out + m, "<%02X>", c);
        else
            out[m++] = (char)c;
    }
    put_line(out, m);
}

/* Cuts each path in a folder `data` of the tests to the name of its file; the first
 * FILES paths as they were are put into `path`. How many they are. */
static int cut_paths(char *at, char path[FILES][512])
{
    int files = 0;
    while (files < FILES && (at = strstr(at, "\"tests/bad/")) != NULL) {
        char *from = at + 1, *end = strchr(from, '"'), *folder = strstr(from, "data/");
        if (!end || !folder || folder > end) break;
        snprintf(path[files++], 512, "%.*s", (int)(end - from), from);
        memmove(from, folder + 5, strlen(folder + 5) + 1);
        at = from;
    }
    return files;
}

/* Puts the lines of a file below the program. */
static void put_file(const char *path)
{
    char title[512 + 16], named[FILES][512];
    long n = read_file(path, held);
    if (n < 0) return;
    if (cut_paths(held, named) > 0) n = (long)strlen(held);
    snprintf(title, sizeof title, "# %s%s", strrchr(path, '/') + 1,
             n ? ":" : " is empty");
    put_line("", 0);
    put_line(title, strlen(title));
    for (const char *at = held, *end = held + n; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop) stop = end;
        put_data(at, (size_t)(stop - at));
        at = stop + 1;
    }
}

/* The text, and below it the files that it names. */
static void put_text(void)
{
    char path[FILES][512];
    int files = cut_paths(text, path);
    for (const char *at = text; *at;) {
        const char *stop = strchr(at, '\n');
        if (!stop) stop = at + strlen(at);
        put_line(at, (size_t)(stop - at));
        at = *stop ? stop + 1 : stop;
    }
    for (int i = 0; i < files; i++) put_file(path[i]);
}

int main(int count, char **path)
{
    char last[6] = "", mended[MOST];
    printf("#include \"base/shown.h\"\n\nconst Shown shown[] = {\n");
    for (int i = 1; i < count; i++) {
        const char *slash = strrchr(path[i], '/'), *name = slash ? slash + 1 : path[i];
        if (strlen(name) < 5 || strncmp(name, last, 5) == 0) continue;
        snprintf(mended, sizeof mended, "%.*smended/%s", (int)(name - path[i]), path[i],
                 name);
        FILE *there = fopen(mended, "rb");
        if (!there) continue;
        fclose(there);
        if (!read_program(path[i])) return 1;
        snprintf(last, sizeof last, "%.5s", name);
        printf("{\"%s\",\n", last);
        put_text();
        printf(",\n");
        if (!read_program(mended)) return 1;
        put_text();
        printf("},\n");
    }
    printf("{0, 0, 0}};\n");
    return 0;
}
