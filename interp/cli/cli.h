/* SPDX-License-Identifier: MIT
 * What the files of the command share. All of them see unc.h and nothing else of unc.
 */
#ifndef UNC_CLI_CLI_H
#define UNC_CLI_CLI_H

#include "unc.h"

/* Exit statuses of the command, as language.md freezes them. */
enum { EXIT_PROGRAM = 1, EXIT_USAGE = 2, EXIT_INTERRUPTED = 130 };

/* ---- show.c: what a run says ---- */
typedef struct Show {
    bool terminal;      /* standard error is one: a progress line may be drawn */
    bool drawn;         /* and is there now */
    double last, began; /* seconds: of the last drawing, of the task's first news */
    bool as_comment;    /* unc test: what a program prints becomes TAP comments */
    bool inside_line;   /* the last output did not end its line */
} Show;

/* `ud` of unc_config. */
typedef struct Host {
    Show show;
    const char *write_dirs; /* of --allow-write, ':' between, or NULL */
} Host;

void show_output(void *ud, const char *text, size_t len);
void show_message(void *ud, const char *text, size_t len);
void show_progress(void *ud, const unc_progress *p);
void show_clear(Show *s); /* takes the progress line away */
/* The line itself, for a terminal of `columns`; returns its length. */
size_t show_line(char *line, size_t room, const unc_progress *p, int columns);
double show_now(void); /* seconds of a clock that only goes forward */

/* ---- hostfile.c: files, for unc_config ---- */
int host_read(void *ud, const char *path, char **bytes, size_t *len);
void host_free(void *ud, char *bytes, size_t len);
/* EPERM where a program may not write: neither below the working folder nor below a
 * folder of --allow-write, links resolved. */
int host_write(void *ud, const char *path, const char *bytes, size_t len);

/* ---- interrupt.c: Ctrl-C ---- */
void interrupt_install(void);
void interrupt_begin(unc *u); /* from now on Ctrl-C stops u; the second one kills */
void interrupt_end(void);     /* from now on Ctrl-C is only noted */
void interrupt_served(void);  /* a stop was obeyed: the next Ctrl-C is a first one */
bool interrupt_taken(void);   /* was there one since the last call? */

/* ---- main.c ---- */
/* Tells what went wrong (nothing on UNC_OK) and gives the exit status. */
int cli_report(unc *u, Show *show, unc_status status);

/* ---- check.c ---- */
/* unc check [--json] [--strict] FILE…; the exit status. */
int check_files(const unc_config *config, int count, char **arg);

/* ---- repl.c ---- */
int repl_run(unc *u, Show *show);

/* ---- greek.c ---- */
/* The letter of a LaTeX name ("sigma" gives "σ"), or NULL. */
const char *greek_letter(const char *name);
const char *greek_name_at(int i); /* NULL past the last */

#endif
