/* SPDX-License-Identifier: MIT
 * Line editing behind six functions, so that the library under it can be changed.
 * Without a terminal lines are simply read.
 */
#ifndef UNC_CLI_LINE_H
#define UNC_CLI_LINE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Line Line;
typedef enum { LINE_TEXT, LINE_END, LINE_INTERRUPTED } LineEnd;

/* What Tab asks for: calls found for every way to go on from `prefix`. */
typedef void LineComplete(void *ud, const char *prefix,
                          void (*found)(void *found_ud, const char *name),
                          void *found_ud);

Line *line_open(const char *history_path, LineComplete *complete,
                void *ud); /* NULL: no memory */
void line_close(Line *l);
/* *text, without its newline, lives until the next call. */
LineEnd line_read(Line *l, const char *prompt, const char **text);
void line_remember(Line *l, const char *text); /* in the history and its file */
bool line_is_terminal(const Line *l);
/* Where the history is kept: in $XDG_STATE_HOME or ~/.local/state; makes the folders.
 */
bool line_history_path(char *path, size_t room);

#endif
