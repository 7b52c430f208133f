/* SPDX-License-Identifier: MIT
 * A tool of the build: turns stdlib/…/NAME.unc into C (see eval/embed.h), with an index
 * of every definition that begins a line. Usage: embed FILE… > stdlib.c
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Word {
    char *name, *kind, *signature, *doc;
    int file;
} Word;

static Word *words;
static size_t word_count, word_room;

static void *taken(void *p)
{
    if (p) return p;
    fputs("embed: no memory\n", stderr);
    exit(1);
}

static char *copy(const char *at, size_t len)
{
    char *s = taken(malloc(len + 1));
    memcpy(s, at, len);
    s[len] = 0;
    return s;
}

static char *read_all(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        fprintf(stderr, "embed: cannot read %s\n", path);
        exit(1);
    }
    char *text = NULL;
    size_t n = 0, room = 0;
    do {
        room += 1 << 16;
        text = taken(realloc(text, room + 1));
        n += fread(text + n, 1, room - n, f);
    } while (n == room);
    fclose(f);
    text[n] = 0;
    *len = n;
    return text;
}

/* ---- finding definitions ---- */
/* The keyword of a definition that begins here, or NULL; *name is where its name is. */
static const char *keyword_at(const char *s, const char **name)
{
    static const char *const list[] = {"dist",   "layer", "flow", "optimizer",
                                       "attack", "guide", "fn",   "model"};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        size_t n = strlen(list[i]);
        if (strncmp(s, list[i], n) || s[n] != ' ') continue;
        s += n;
        while (*s == ' ') s++;
        if (!isalpha((unsigned char)*s) && *s != '_' && !(*s & 0x80)) return NULL;
        *name = s;
        return list[i];
    }
    return NULL;
}

static size_t name_length(const char *s)
{
    size_t n = 0;
    while (isalnum((unsigned char)s[n]) || s[n] == '_' || (s[n] & 0x80)) n++;
    return n;
}

/* From the keyword to `{` or `=` outside brackets, blanks and comments drawn together.
 */
static char *signature_at(const char *s)
{
    char *out = taken(malloc(strlen(s) + 1));
    size_t n = 0;
    int depth = 0;
    for (; *s; s++) {
        if (depth == 0 && (*s == '{' || *s == '=')) break;
        if (*s == '(' || *s == '[' || *s == '{') depth++;
        if (*s == ')' || *s == ']' || *s == '}') depth--;
        if (*s == '#') s += strcspn(s, "\n");
        if (*s == '\n' && depth == 0) break;
        if (*s == '"') {
            do out[n++] = *s++;
            while (*s && *s != '"' && *s != '\n');
        }
        if (!*s) break;
        if (!isspace((unsigned char)*s))
            out[n++] = *s;
        else if (n && out[n - 1] != ' ' && out[n - 1] != '(')
            out[n++] = ' ';
    }
    while (n && out[n - 1] == ' ') n--;
    out[n] = 0;
    return out;
}

/* The comment block above line `at` of text; one empty line may stand between. */
static char *doc_above(const char *text, const char *at)
{
    if (at > text + 1 && at[-1] == '\n' && at[-2] == '\n') at--;
    const char *from = at;
    while (from > text) {
        const char *line = from - 1;
        while (line > text && line[-1] != '\n') line--;
        if (*line != '#') break;
        from = line;
    }
    char *out = taken(malloc((size_t)(at - from) + 1));
    size_t n = 0;
    while (from < at) {
        from++; /* the # */
        if (*from == ' ') from++;
        while (*from != '\n') out[n++] = *from++;
        out[n++] = *from++;
    }
    while (n && out[n - 1] == '\n') n--;
    out[n] = 0;
    return out;
}

static void index_file(const char *text, int file)
{
    for (const char *s = text; *s;) {
        const char *name = NULL;
        const char *kind = keyword_at(s, &name);
        if (kind) {
            if (word_count == word_room) {
                word_room = word_room ? word_room * 2 : 64;
                words = taken(realloc(words, word_room * sizeof *words));
            }
            words[word_count++] =
                (Word){copy(name, name_length(name)), copy(kind, strlen(kind)),
                       signature_at(s), doc_above(text, s), file};
        }
        s += strcspn(s, "\n");
        if (*s) s++;
    }
}

static int by_name(const void *a, const void *b)
{
    const Word *x = a, *y = b;
    int c = strcmp(x->name, y->name);
    return c ? c : (x->file > y->file) - (x->file < y->file);
}

/* ---- writing ---- */
static void print_string(const char *s)
{
    putchar('"');
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '\n')
            printf(s[1] ? "\\n\"\n    \"" : "\\n");
        else if (c == '"' || c == '\\' || c == '?')
            printf("\\%c", c);
        else if (c < 32 || c > 126)
            printf("\\%03o", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void print_file(const char *path, size_t len, int i)
{
    const char *inner = strncmp(path, "stdlib/", 7) ? path : path + 7;
    const char *slash = strrchr(inner, '/');
    const char *base = slash ? slash + 1 : inner;
    char *name = copy(base, strcspn(base, "."));
    char *kind = copy(inner, slash ? (size_t)(slash - inner) : 0);
    const char *signature = "";
    for (size_t k = word_count; k-- > 0;)
        if (words[k].file == i && !strcmp(words[k].name, name))
            signature = words[k].signature;
    printf("    {\"%s\", text_%d, %zu, \"%s\", \"%s\", ", inner, i, len, kind, name);
    print_string(signature);
    puts("},");
    free(name);
    free(kind);
}

int main(int argc, char **argv)
{
    size_t *len = taken(calloc((size_t)argc, sizeof *len));
    puts("/* Made by interp/tools/embed.c from stdlib/. */\n#include "
         "\"eval/embed.h\"\n");
    for (int i = 1; i < argc; i++) {
        char *text = read_all(argv[i], &len[i]);
        index_file(text, i - 1);
        printf("static const char text_%d[] =\n    ", i - 1);
        print_string(text);
        puts(";\n");
        free(text);
    }
    puts("const EmbedFile embed_files[] = {");
    for (int i = 1; i < argc; i++) print_file(argv[i], len[i], i - 1);
    printf("    {0, 0, 0, 0, 0, 0}};\nconst int embed_count = %d;\n\n", argc - 1);

    if (word_count) qsort(words, word_count, sizeof *words, by_name);
    puts("const EmbedWord embed_words[] = {");
    for (size_t i = 0; i < word_count; i++) {
        printf("    {\"%s\", \"%s\", ", words[i].name, words[i].kind);
        print_string(words[i].signature);
        printf(", %d,\n    ", words[i].file);
        print_string(words[i].doc);
        puts("},");
    }
    printf("    {0, 0, 0, 0, 0}};\nconst int embed_word_count = %zu;\n", word_count);
    free(len);
    return fflush(stdout) || ferror(stdout);
}
