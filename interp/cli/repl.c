/* SPDX-License-Identifier: MIT
 * The REPL: reads lines until the parser has a whole statement, runs it, and goes on
 * whatever happened. Works without a terminal too: then it prompts for nothing.
 */
#include "cli.h"
#include "line.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Repl {
    unc *u;
    Show *show;
    Line *line;
    char *text; /* the statement so far */
    size_t len, room;
    int number; /* of the statement, for diagnostics */
    bool timed, failed, leave;
} Repl;

static const char help[] =
    "Type a statement; an expression shows its value. Tab completes names (\\sigma: "
    "σ).\n"
    "  :doc           all names by topic; :doc NAME, or :help NAME: what NAME is\n"
    "  :type EXPR     the type and shape of an expression\n"
    "  :time STATEMENT   run it and tell how long it took\n"
    "  :vars          the names defined here\n"
    "  :load FILE     run a file here\n"
    "  :quit          leave (or Ctrl-D)\n"
    "Ctrl-C clears the line, or ends a fit and keeps what it has.\n";

static bool append(Repl *r, const char *text)
{
    size_t n = strlen(text);
    if (!r->text || r->len + n + 2 > r->room) {
        size_t room = (r->len + n + 2) * 2;
        char *more = realloc(r->text, room);
        if (!more) return false;
        r->text = more;
        r->room = room;
    }
    memcpy(r->text + r->len, text, n);
    r->len += n;
    r->text[r->len] = 0;
    return true;
}

static void told(Repl *r, unc_status status)
{
    fflush(stdout);
    if (cli_report(r->u, r->show, status) != 0) r->failed = true;
    if (status == UNC_BUG) r->leave = true;
}

/* ---- statements ---- */
static unc_status enter(Repl *r, bool may_want_more)
{
    char name[32];
    snprintf(name, sizeof name, "<repl %d>", r->number);
    double began = show_now();
    interrupt_begin(r->u);
    unc_status status = may_want_more ? unc_enter(r->u, name, r->text)
                                      : unc_run_n(r->u, name, r->text, r->len);
    interrupt_end();
    if (status == UNC_MORE) return status;
    told(r, status);
    if (r->timed) fprintf(stderr, "%.4g s\n", show_now() - began);
    return status;
}

static void forget(Repl *r)
{
    r->len = 0;
    r->timed = false;
}

static void statement(Repl *r, bool may_want_more)
{
    if (enter(r, may_want_more) == UNC_MORE) {
        append(r, "\n");
        return;
    }
    r->number++;
    while (r->len > 0 && r->text[r->len - 1] == '\n') r->text[--r->len] = 0;
    line_remember(r->line, r->text);
    forget(r);
}

/* ---- commands ---- */
static void print_variable(void *ud, const char *name, const char *type)
{
    (void)ud;
    printf("%s: %s\n", name, type);
}

static void command_doc(Repl *r, const char *name)
{
    const char *text = *name ? unc_doc(r->u, name) : unc_overview(r->u);
    if (text)
        printf("%s%s", text, *text && text[strlen(text) - 1] == '\n' ? "" : "\n");
    else
        fprintf(stderr, "nothing is known about '%s'\n", name);
}

static void command_type(Repl *r, const char *text)
{
    const char *type = NULL;
    unc_status status = unc_type_of(r->u, text, &type);
    if (status == UNC_OK && type)
        puts(type);
    else
        told(r, status == UNC_MORE ? UNC_WRONG : status);
}

static void command_load(Repl *r, const char *path)
{
    interrupt_begin(r->u);
    unc_status status = unc_run_file(r->u, path);
    interrupt_end();
    told(r, status);
}

/* A line that begins with `:`. True: the rest of it is a statement to be timed. */
static bool command(Repl *r, char *line, const char **rest)
{
    char *word = line + 1;
    size_t n = strcspn(word, " \t");
    char *arg = word + n;
    while (*arg == ' ' || *arg == '\t') *arg++ = 0;
    for (size_t k = strlen(arg); k > 0 && isspace((unsigned char)arg[k - 1]);)
        arg[--k] = 0;
    bool has_arg = *arg != 0;
    if (!strcmp(word, "time") && has_arg) {
        *rest = arg;
        return true;
    }
    if (!strcmp(word, "quit") || !strcmp(word, "q"))
        r->leave = true;
    else if (!has_arg && (!strcmp(word, "help") || !strcmp(word, "h")))
        fputs(help, stdout);
    else if (!strcmp(word, "help") || !strcmp(word, "h") || !strcmp(word, "doc"))
        command_doc(r, arg);
    else if (!strcmp(word, "vars"))
        unc_vars(r->u, print_variable, NULL);
    else if (!strcmp(word, "type") && has_arg)
        command_type(r, arg);
    else if (!strcmp(word, "load") && has_arg)
        command_load(r, arg);
    else
        fprintf(stderr, "':%s' is no command, or wants something after it; see :help\n",
                word);
    return false;
}

static void one_line(Repl *r, const char *text)
{
    const char *blank = text + strspn(text, " \t");
    if (r->len == 0 && *blank == ':') {
        char *copy = strdup(blank);
        const char *rest = NULL;
        if (!copy) return;
        line_remember(r->line, copy);
        r->timed = command(r, copy, &rest);
        if (r->timed && append(r, rest)) statement(r, true);
        free(copy);
    } else if (r->len > 0 || *blank) {
        if (append(r, text)) statement(r, true);
    }
    fflush(stdout);
}

static void complete(void *ud, const char *prefix, void (*found)(void *, const char *),
                     void *found_ud)
{
    unc_complete(ud, prefix, found, found_ud);
}

static void loop(Repl *r)
{
    const char *text = NULL;
    while (!r->leave) {
        switch (line_read(r->line, r->len > 0 ? "...> " : "unc> ", &text)) {
        case LINE_TEXT: one_line(r, text); break;
        case LINE_INTERRUPTED:
            if (!line_is_terminal(r->line)) r->leave = true;
            putchar('\n');
            forget(r);
            break;
        case LINE_END:
            if (r->len > 0) statement(r, false);
            r->leave = true;
            if (line_is_terminal(r->line)) putchar('\n');
            break;
        }
    }
}

int repl_run(unc *u, Show *show)
{
    char path[4096];
    Repl r = {.u = u, .show = show, .number = 1};
    r.line = line_open(line_history_path(path, sizeof path) ? path : NULL, complete, u);
    if (!r.line) {
        fputs("unc: no memory\n", stderr);
        return EXIT_PROGRAM;
    }
    bool terminal = line_is_terminal(r.line);
    if (terminal)
        printf("unc %s. :help tells more, :quit or Ctrl-D leaves.\n", unc_version());
    loop(&r);
    line_close(r.line);
    free(r.text);
    return !terminal && r.failed ? EXIT_PROGRAM : 0;
}
