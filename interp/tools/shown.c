/* SPDX-License-Identifier: MIT
 * A tool of the build: turns the wrong programs of the tests that have a repaired one
 * in mended/ beside them into C (see base/shown.h), the first of each code. Usage:
 * shown DIR/CODE[_ABOUT].unc … > shown.c, in the order of their names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1 << 16 }; /* bytes of a program, and of a path */

static char text[MOST];

/* The program without the line that holds its options; false: there is no such file. */
static int read_program(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) return 0;
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = 0;
    if (strncmp(text, "# options:", 10) == 0) {
        const char *next = strchr(text, '\n');
        memmove(text, next + 1, strlen(next + 1) + 1);
    }
    return 1;
}

static void put_text(void)
{
    printf(" \"");
    for (const char *s = text; *s; s++) {
        if (*s == '\n')
            printf("\\n\"%s", s[1] ? "\n \"" : "");
        else if (*s == '"' || *s == '\\')
            printf("\\%c", *s);
        else if ((unsigned char)*s < ' ' || (unsigned char)*s > '~')
            printf("\\%03o", (unsigned char)*s);
        else
            putchar(*s);
    }
    if (!*text || text[strlen(text) - 1] != '\n') putchar('"');
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
