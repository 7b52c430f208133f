/* SPDX-License-Identifier: MIT
 * Line editing by libedit. Tab completes names, and LaTeX names after a backslash.
 */
#include "line.h"
#include "cli.h"

#include <errno.h>
#include <histedit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    HISTORY_ENTRIES = 2000, /* years of classes; the file stays under 200 KB */
    WORD_ROOM = 256         /* bytes of a name that Tab looks at */
};

struct Line {
    EditLine *edit; /* NULL without a terminal */
    History *history;
    char *history_path;
    const char *prompt;
    LineComplete *complete;
    void *ud;
    char *text; /* the last line */
    size_t room;
};

static char *prompt_of(EditLine *e)
{
    Line *l = NULL;
    el_get(e, EL_CLIENTDATA, &l);
    static char none[] = "";
    return l && l->prompt ? (char *)(uintptr_t)l->prompt : none;
}

/* ---- completion ---- */
static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '.' || (c & 0x80);
}

/* The ways to go on, seen one by one: how many, and what they have in common. */
typedef struct Ways {
    const char *prefix; /* all of it: "post.me" */
    const char *last;   /* after the last dot: "me" */
    bool print;         /* second pass: show them */
    int count;
    size_t column;
    char common[WORD_ROOM]; /* that all of them add to the prefix */
} Ways;

static void way_found(void *ud, const char *name)
{
    Ways *w = ud;
    size_t whole = strlen(w->prefix), part = strlen(w->last);
    const char *rest = NULL;
    if (!strncmp(name, w->prefix, whole))
        rest = name + whole;
    else if (!strncmp(name, w->last, part))
        rest = name + part;
    if (!rest) return;
    if (w->print) {
        int width = printf("%s  ", name);
        w->column += width > 0 ? (size_t)width : 0;
        if (w->column > 60) w->column = (size_t)(putchar('\n') == 0);
    } else if (w->count == 0) {
        snprintf(w->common, sizeof w->common, "%s", rest);
    } else {
        size_t same = 0;
        while (w->common[same] && w->common[same] == rest[same]) same++;
        while (same > 0 && (w->common[same] & 0xC0) == 0x80) same--;
        w->common[same] = 0;
    }
    w->count++;
}

static void complete_greek(const char *prefix, void (*found)(void *, const char *),
                           void *ud)
{
    for (int i = 0; greek_name_at(i); i++)
        if (!strncmp(greek_name_at(i), prefix, strlen(prefix)))
            found(ud, greek_name_at(i));
}

static void all_ways(Line *l, bool greek, const char *prefix, Ways *w)
{
    if (greek)
        complete_greek(prefix, way_found, w);
    else if (l->complete)
        l->complete(l->ud, prefix, way_found, w);
}

static unsigned char on_tab(EditLine *e, int key)
{
    (void)key;
    Line *l = NULL;
    el_get(e, EL_CLIENTDATA, &l);
    const LineInfo *at = el_line(e);
    const char *from = at->cursor;
    while (from > at->buffer && is_word(from[-1])) from--;
    bool greek = from > at->buffer && from[-1] == '\\';
    char prefix[WORD_ROOM];
    size_t len = (size_t)(at->cursor - from);
    if (len >= sizeof prefix) return CC_ERROR;
    if (len == 0 && !greek) { /* nothing to complete: an indentation */
        el_insertstr(e, "  ");
        return CC_REFRESH;
    }
    memcpy(prefix, from, len);
    prefix[len] = 0;
    if (greek && greek_letter(prefix)) {
        el_deletestr(e, (int)len + 1); /* the names are ASCII: bytes are letters */
        el_insertstr(e, greek_letter(prefix));
        return CC_REFRESH;
    }
    const char *dot = strrchr(prefix, '.');
    Ways w = {.prefix = prefix, .last = dot && !greek ? dot + 1 : prefix};
    all_ways(l, greek, prefix, &w);
    if (w.count == 0) return CC_ERROR;
    if (w.common[0]) {
        el_insertstr(e, w.common);
        return CC_REFRESH;
    }
    if (w.count == 1) return CC_NORM;
    w.print = true;
    putchar('\n');
    all_ways(l, greek, prefix, &w);
    putchar('\n');
    return CC_REDISPLAY;
}

/* ---- history ---- */
static bool make_folder(char *path, size_t at)
{
    char kept = path[at];
    path[at] = 0;
    bool made = mkdir(path, 0700) == 0 || errno == EEXIST;
    path[at] = kept;
    return made;
}

bool line_history_path(char *path, size_t room)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int n = state && *state == '/' ? snprintf(path, room, "%s/unc/history", state)
            : home && *home ? snprintf(path, room, "%s/.local/state/unc/history", home)
                            : -1;
    if (n < 0 || (size_t)n >= room) return false;
    for (size_t i = 1; path[i]; i++)
        if (path[i] == '/' && !make_folder(path, i)) return false;
    return true;
}

void line_remember(Line *l, const char *text)
{
    HistEvent ev;
    if (!l->history || !*text) return;
    history(l->history, &ev, H_ENTER, text);
    if (l->history_path) history(l->history, &ev, H_SAVE, l->history_path);
}

/* ---- life ---- */
static bool open_editor(Line *l, const char *history_path)
{
    HistEvent ev;
    l->edit = el_init("unc", stdin, stdout, stderr);
    l->history = history_init();
    if (!l->edit || !l->history) return false;
    el_set(l->edit, EL_CLIENTDATA, l);
    el_set(l->edit, EL_PROMPT, prompt_of);
    el_set(l->edit, EL_EDITOR, "emacs");
    el_set(l->edit, EL_SIGNAL, 1);
    history(l->history, &ev, H_SETSIZE, HISTORY_ENTRIES);
    history(l->history, &ev, H_SETUNIQUE, 1);
    el_set(l->edit, EL_HIST, history, l->history);
    el_set(l->edit, EL_ADDFN, "unc-complete", "complete a name", on_tab);
    el_set(l->edit, EL_BIND, "^I", "unc-complete", NULL);
    el_set(l->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_source(l->edit, NULL); /* the user's ~/.editrc */
    if (history_path) {
        l->history_path = strdup(history_path);
        if (l->history_path) history(l->history, &ev, H_LOAD, l->history_path);
    }
    return true;
}

Line *line_open(const char *history_path, LineComplete *complete, void *ud)
{
    Line *l = calloc(1, sizeof *l);
    if (!l) return NULL;
    l->complete = complete;
    l->ud = ud;
    if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
        !open_editor(l, history_path)) {
        line_close(l);
        return NULL;
    }
    return l;
}

void line_close(Line *l)
{
    if (l->edit) el_end(l->edit);
    if (l->history) history_end(l->history);
    free(l->history_path);
    free(l->text);
    free(l);
}

bool line_is_terminal(const Line *l) { return l->edit != NULL; }

static LineEnd keep(Line *l, const char *text, size_t len, const char **out)
{
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r')) len--;
    if (text == l->text) {
        l->text[len] = 0;
    } else {
        char *copy = realloc(l->text, len + 1);
        if (!copy) return LINE_END;
        memcpy(copy, text, len);
        copy[len] = 0;
        l->text = copy;
        l->room = len + 1;
    }
    *out = l->text;
    return LINE_TEXT;
}

LineEnd line_read(Line *l, const char *prompt, const char **text)
{
    interrupt_taken();
    if (!l->edit) {
        ssize_t n = getline(&l->text, &l->room, stdin);
        if (n < 0) return interrupt_taken() ? LINE_INTERRUPTED : LINE_END;
        return keep(l, l->text, (size_t)n, text);
    }
    int n = 0;
    l->prompt = prompt;
    const char *got = el_gets(l->edit, &n);
    bool broken = n < 0 && errno == EINTR; /* perhaps another thread took the signal */
    if (got && n > 0) return keep(l, got, (size_t)n, text);
    if (!interrupt_taken() && !broken) return LINE_END;
    el_reset(l->edit);
    return LINE_INTERRUPTED;
}
