/* SPDX-License-Identifier: MIT
 * The command `unc`: reads its options, opens one interpreter, and does one thing with
 * it. Results go to standard output and nothing else does; exit statuses are in cli.h.
 */
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "unc: a small language for uncertainty in deep learning\n"
    "\n"
    "  unc                     the REPL\n"
    "  unc FILE [ARG...]       run a program ('-': from standard input); `args` holds "
    "ARG...\n"
    "  unc -e 'CODE' [ARG...]  run a piece of code\n"
    "  unc check FILE...       find mistakes with nothing run (--json, --strict)\n"
    "  unc test FILE...        run `check` blocks, TAP on standard output\n"
    "  unc dump --STAGE FILE   print a stage: tokens ast checked graph slope plan\n"
    "  unc doc [NAME]          documentation of a name, or all names\n"
    "  unc explain CODE        what a diagnostic means, such as E0203\n"
    "  unc --version | --help\n"
    "\n"
    "Options, before the rest:\n"
    "  --seed K          the run's seed (0)\n"
    "  --threads K       use at most K threads (the processors there are)\n"
    "  --allow-write DIR let programs write below DIR too; may be repeated\n"
    "  --allow-ffi[=LIB] let programs call C functions, of LIB alone (libm.so.6); may "
    "be\n"
    "                    repeated\n"
    "\n"
    "Exit status: 0; 1 an error in the program; 2 wrong usage; 130 interrupted.\n";

typedef struct Options {
    unc_config config;
    const char *code; /* of -e */
    char *write_dirs; /* DIR:DIR… */
    char *libraries;  /* LIB:LIB…, or with a * among them */
    char **arg;       /* what follows the options */
    int args;
} Options;

static int wrong_usage(const char *what, const char *which)
{
    fprintf(stderr, "unc: %s%s; see `unc --help`\n", what, which);
    return EXIT_USAGE;
}

int cli_report(unc *u, Show *show, unc_status status)
{
    if (status == UNC_OK) return 0;
    show_clear(show);
    fflush(stdout);
    const char *text = unc_message(u);
    if (text && *text)
        fputs(text, stderr);
    else if (status == UNC_STOPPED)
        fputs("interrupted\n", stderr);
    else if (status == UNC_NO_MEMORY)
        fputs("unc: no memory\n", stderr);
    else if (status == UNC_BUG)
        fputs("unc: this is a defect of unc\n", stderr);
    return status == UNC_STOPPED ? EXIT_INTERRUPTED : EXIT_PROGRAM;
}

/* ---- unc FILE, unc -, unc -e ---- */
static int run_stdin(unc *u, Show *show)
{
    char *text = NULL;
    size_t len = 0;
    int error = host_read(NULL, "/dev/stdin", &text, &len);
    if (error) {
        fprintf(stderr, "unc: standard input: %s\n", strerror(error));
        return EXIT_PROGRAM;
    }
    interrupt_begin(u);
    int status = cli_report(u, show, unc_run_n(u, "<stdin>", text, len));
    interrupt_end();
    host_free(NULL, text, len);
    return status;
}

static int run_program(unc *u, Show *show, const Options *o)
{
    int skipped = o->code ? 0 : 1;
    unc_args(u, o->args - skipped, (const char *const *)o->arg + skipped);
    if (!o->code && !strcmp(o->arg[0], "-")) return run_stdin(u, show);
    interrupt_begin(u);
    unc_status status =
        o->code ? unc_run(u, "<-e>", o->code) : unc_run_file(u, o->arg[0]);
    interrupt_end();
    return cli_report(u, show, status);
}

/* ---- unc test ---- */
typedef struct Tap {
    int count, failed, here; /* here: of this file */
    Show *show;
} Tap;

static void print_comment(const char *text)
{
    for (const char *end; *text; text = *end ? end + 1 : end) {
        end = text + strcspn(text, "\n");
        printf("# %.*s\n", (int)(end - text), text);
    }
}

static void tap_line(Tap *t, bool passed, const char *title, const char *why)
{
    show_clear(t->show);
    if (t->show->inside_line) putchar('\n');
    t->show->inside_line = false;
    t->count++;
    t->failed += !passed;
    printf("%s %d - ", passed ? "ok" : "not ok", t->count);
    for (; *title; title++) { /* a `#` would begin a TAP directive */
        if (*title == '#') putchar('\\');
        putchar(*title == '\n' ? ' ' : *title);
    }
    putchar('\n');
    if (!passed && why) print_comment(why);
    fflush(stdout);
}

static void tap_told(void *ud, const char *title, bool passed, const char *why)
{
    Tap *t = ud;
    t->here++;
    tap_line(t, passed, title, why);
}

static unc *open_interpreter(const unc_config *config)
{
    unc *u = unc_open(config);
    if (!u) fputs("unc: no memory\n", stderr);
    return u;
}

static int test_files(const unc_config *config, Show *show, int count, char **path)
{
    Tap t = {.show = show};
    int worst = 0;
    show->as_comment = true;
    for (int i = 0; i < count && worst != EXIT_INTERRUPTED; i++) {
        unc *u = open_interpreter(config);
        if (!u) return EXIT_PROGRAM;
        t.here = 0;
        interrupt_begin(u);
        unc_status status = unc_test_file(u, path[i], tap_told, &t);
        interrupt_end();
        /* Failed checks are told already; what else went wrong is a test of its own. */
        bool broke = status != UNC_OK && (status != UNC_WRONG || unc_diag_count(u) > 0);
        if (broke) worst = cli_report(u, show, status);
        if (broke || t.here == 0) {
            char title[1024];
            snprintf(title, sizeof title, "%s runs", path[i]);
            tap_line(&t, !broke, title, "the program failed; see standard error");
        }
        unc_close(u);
    }
    printf("1..%d\n", t.count);
    return worst ? worst : t.failed > 0 ? EXIT_PROGRAM : 0;
}

/* ---- unc dump, doc, explain ---- */
static int dump(unc *u, Show *show, int count, char **arg)
{
    static const char *const stage[] = {"--tokens", "--ast",   "--checked",
                                        "--graph",  "--slope", "--plan"};
    if (count != 2) return wrong_usage("dump wants a stage and a file", "");
    for (int i = 0; i < (int)(sizeof stage / sizeof *stage); i++) {
        if (strcmp(arg[0], stage[i]) != 0) continue;
        interrupt_begin(u);
        unc_status status = unc_dump_file(u, arg[1], (unc_stage)i);
        interrupt_end();
        return cli_report(u, show, status);
    }
    return wrong_usage("no such stage: ", arg[0]);
}

static int doc(unc *u, int count, char **arg)
{
    if (count == 0) {
        const char *all = unc_overview(u);
        if (all) fputs(all, stdout);
        return all ? 0 : EXIT_PROGRAM;
    }
    int status = 0;
    for (int i = 0; i < count; i++) {
        const char *text = unc_doc(u, arg[i]);
        if (text)
            printf("%s%s", text, *text && text[strlen(text) - 1] == '\n' ? "" : "\n");
        else
            fprintf(stderr, "unc: nothing is known about '%s'\n", arg[i]);
        if (!text) status = EXIT_PROGRAM;
    }
    return status;
}

static void indented(const char *text)
{
    for (const char *end; *text; text = end) {
        size_t n = strcspn(text, "\n");
        end = text + n + (text[n] == '\n');
        printf("%s%.*s\n", n ? "    " : "", (int)n, text);
    }
}

/* A text in lines of up to 80 columns. */
static void wrapped(const char *text)
{
    size_t column = 0;
    while (*text) {
        size_t n = strcspn(text, " "), wide = 0;
        for (size_t i = 0; i < n; i++) wide += (text[i] & 0xC0) != 0x80;
        bool fits = column == 0 || column + 1 + wide <= 80;
        if (column) putchar(fits ? ' ' : '\n');
        column = fits && column ? column + 1 + wide : wide;
        fwrite(text, 1, n, stdout);
        text += n;
        text += *text == ' ';
    }
    putchar('\n');
}

/* A message with … for each thing that it names, as far as it has words of its own. */
static void titled(const char *code, const char *format)
{
    char text[600];
    size_t n = 0;
    bool words = false;
    n += (size_t)snprintf(text, sizeof text, "%s: ", code);
    while (*format && n + 8 < sizeof text) {
        if (*format != '%') {
            words |= isalpha((unsigned char)*format) != 0;
            text[n++] = *format++;
            continue;
        }
        format += 1 + strcspn(format + 1, "sdguxX%c");
        n += (size_t)snprintf(text + n, sizeof text - n, *format == '%' ? "%%" : "…");
        format += *format != 0;
    }
    text[n] = 0;
    if (words) wrapped(text), putchar('\n');
}

static int explain(int count, char **arg)
{
    if (count != 1) return wrong_usage("explain wants a code, such as E0203", "");
    const char *text = unc_explain(arg[0]), *wrong, *mended;
    if (text) titled(arg[0], unc_says(arg[0]));
    if (text)
        wrapped(text);
    else
        fprintf(stderr, "unc: no diagnostic has the code '%s'\n", arg[0]);
    if (text && unc_example(arg[0], &wrong, &mended)) {
        puts("\nA program that shows it:\n");
        indented(wrong);
        puts("\nRepaired:\n");
        indented(mended);
    }
    return text ? 0 : EXIT_PROGRAM;
}

/* ---- options ---- */
static bool whole_number(const char *text, uint64_t most, uint64_t *n)
{
    char *end;
    errno = 0;
    unsigned long long x = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || x > most) return false;
    *n = x;
    return true;
}

/* Adds to a list with ':' between. */
static bool add_to(char **list, const char *what)
{
    size_t had = *list ? strlen(*list) : 0;
    char *all = realloc(*list, had + strlen(what) + 2);
    if (!all) return false;
    snprintf(all + had, strlen(what) + 2, "%s%s", had ? ":" : "", what);
    *list = all;
    return true;
}

/* --allow-ffi, --allow-ffi=LIB: the next word is not its value. 0 or an exit status. */
static int allow_ffi(Options *o, const char *option)
{
    const char *name = strchr(option, '=');
    if (name && !name[1]) return wrong_usage("a library is missing after ", option);
    if (!add_to(&o->libraries, name ? name + 1 : "*"))
        return wrong_usage("no memory", "");
    o->config.allow_ffi = o->libraries;
    return 0;
}

/* One option that takes a value; 0 or an exit status. */
static int option_value(Options *o, const char *name, const char *value)
{
    enum { THREADS_MOST = 1024 }; /* beyond any machine that this runs on */
    uint64_t n = 0;
    if (!value) return wrong_usage("a value is missing after ", name);
    if (!strcmp(name, "-e")) {
        o->code = value;
    } else if (!strcmp(name, "--seed")) {
        if (!whole_number(value, UINT64_MAX, &n))
            return wrong_usage("--seed wants a whole number, not ", value);
        o->config.seed = n;
    } else if (!strcmp(name, "--threads")) {
        if (!whole_number(value, THREADS_MOST, &n) || n == 0)
            return wrong_usage("--threads wants a whole number from 1 on, not ", value);
        o->config.threads = (int)n;
    } else {
        if (!add_to(&o->write_dirs, value)) return wrong_usage("no memory", "");
        o->config.write_dir = o->write_dirs;
    }
    return 0;
}

static bool is_command(const char *word)
{
    static const char *const list[] = {"test", "check", "explain", "doc", "dump"};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (!strcmp(word, list[i])) return true;
    return false;
}

static bool is_option(const char *a) { return a[0] == '-' && a[1]; }

/* An option that concerns how programs run, not one of a command's own. */
static bool is_ours(const char *a)
{
    static const char *const list[] = {"--seed", "--threads", "--allow-write",
                                       "--allow-ffi"};
    size_t n = strcspn(a, "=");
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (strlen(list[i]) == n && !strncmp(a, list[i], n)) return true;
    return false;
}

/* -1: go on; else an exit status. Options end at the first word, at `-` and after -e;
 * a command may stand before them. */
static int read_options(Options *o, int argc, char **argv)
{
    int i = 1;
    char *command = NULL;
    for (; i < argc && !o->code; i++) {
        const char *a = argv[i];
        if (!command && is_command(a) && i + 1 < argc && is_ours(argv[i + 1])) {
            command = argv[i];
            continue;
        }
        if (!is_option(a) || (command && !is_ours(a))) break;
        if (!strcmp(a, "--help") || !strcmp(a, "-h")) {
            fputs(usage, stdout);
            return 0;
        }
        if (!strcmp(a, "--version")) {
            printf("unc %s\n", unc_version());
            return 0;
        }
        char name[32];
        size_t n = strcspn(a, "=");
        snprintf(name, sizeof name, "%.*s", (int)(n < 31 ? n : 31), a);
        if (!strcmp(name, "--allow-ffi")) {
            int wrong = allow_ffi(o, a);
            if (wrong) return wrong;
            continue;
        }
        if (strcmp(name, "-e") && strcmp(name, "--seed") && strcmp(name, "--threads") &&
            strcmp(name, "--allow-write"))
            return wrong_usage("unknown option ", a);
        const char *value = a[n] ? a + n + 1 : i + 1 < argc ? argv[++i] : NULL;
        int wrong = option_value(o, name, value);
        if (wrong) return wrong;
    }
    if (command) argv[--i] = command;
    o->arg = argv + i;
    o->args = argc - i;
    return -1;
}

static bool later(const char *word)
{
    static const char *const list[] = {"fmt", "learn", "lsp"};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (!strcmp(word, list[i])) return true;
    return false;
}

static int with_interpreter(const Options *o, Show *show)
{
    char *word = o->args > 0 && !o->code ? o->arg[0] : NULL;
    unc_config config = o->config;
    config.interactive = !word && !o->code;
    unc *u = open_interpreter(&config);
    if (!u) return EXIT_PROGRAM;
    int status;
    if (config.interactive)
        status = repl_run(u, show);
    else if (word && !strcmp(word, "dump"))
        status = dump(u, show, o->args - 1, o->arg + 1);
    else if (word && !strcmp(word, "doc"))
        status = doc(u, o->args - 1, o->arg + 1);
    else
        status = run_program(u, show, o);
    unc_close(u);
    return status;
}

static int one_thing(Options *o, Show *show)
{
    const char *word = o->args > 0 && !o->code ? o->arg[0] : "";
    if (!strcmp(word, "test")) {
        if (o->args < 2) return wrong_usage("test wants a file", "");
        return test_files(&o->config, show, o->args - 1, o->arg + 1);
    }
    if (!strcmp(word, "check")) return check_files(&o->config, o->args - 1, o->arg + 1);
    if (!strcmp(word, "explain")) return explain(o->args - 1, o->arg + 1);
    if (later(word)) return wrong_usage("this version has no command ", word);
    return with_interpreter(o, show);
}

static bool wants_color(void)
{
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(STDERR_FILENO) && !(none && *none) && term && strcmp(term, "dumb");
}

int main(int argc, char **argv)
{
    Host host = {.show = {.terminal = isatty(STDERR_FILENO)}};
    Options o = {.config = {.size = sizeof(unc_config),
                            .ud = &host,
                            .output = show_output,
                            .message = show_message,
                            .progress = show_progress,
                            .read_file = host_read,
                            .free_file = host_free,
                            .write_file = host_write,
                            .color = wants_color()}};
    setlocale(LC_CTYPE, ""); /* the line editor's letters; numbers keep the C locale */
    interrupt_install();
    int status = read_options(&o, argc, argv);
    if (status < 0) {
        host.write_dirs = o.write_dirs;
        status = one_thing(&o, &host.show);
    }
    free(o.write_dirs);
    free(o.libraries);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "unc: standard output: %s\n", strerror(errno));
        if (status == 0) status = EXIT_PROGRAM;
    }
    return status;
}
