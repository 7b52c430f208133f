/* SPDX-License-Identifier: MIT
 * Diagnostics as data: a row of diag.def, a place, further places, and what to do. The
 * text is made once, by diag_render, with excerpts of the sources.
 */
#ifndef UNC_BASE_DIAG_H
#define UNC_BASE_DIAG_H

#include "text.h"

/* A piece of a source: bytes [from, to) of source number `source` (0: no place). */
typedef struct Span {
    uint32_t source, from, to;
} Span;

typedef enum {
#define DIAG(code, severity, message, explain) code,
#include "diag.def"
#undef DIAG
    DIAG_COUNT
} DiagCode;

typedef enum { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE } Severity;

enum { DIAG_LABELS = 6 };
typedef struct Diag {
    DiagCode code;
    Span span;
    char *message; /* in the list's arena, like all the rest */
    char *at;      /* said under the caret, or NULL */
    struct {
        Span span;
        char *text;
    } label[DIAG_LABELS];
    int labels;
    const char *help;  /* one or more lines, or NULL */
    const char *usual; /* said in its place: the row of help.def, or NULL */
} Diag;

typedef struct Diags {
    Arena arena;
    Diag **list;
    uint32_t count, room, errors;
} Diags;

/* A source as the renderer needs it; front keeps them. */
typedef struct SourceView {
    Text name, text;
} SourceView;

void diags_init(Diags *d, Memory *m);
void diags_clear(Diags *d);
void diags_free(Diags *d);
/* Takes the last one back if it has that code and more than `kept` are there. */
bool diags_retract(Diags *d, DiagCode code, uint32_t kept);
/* Adds a diagnostic; the arguments fill the row's message (printf). Never NULL. */
Diag *diag_add(Diags *d, DiagCode code, Span span, ...);
Diag *diag_add_list(Diags *d, DiagCode code, Span span, va_list args);
void diag_label(Diags *d, Diag *diag, Span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void diag_help(Diags *d, Diag *diag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
const char *diag_advice(const Diag *diag); /* what to do, or NULL */
const char *diag_code_name(DiagCode code); /* "E0203" */
Severity diag_severity(DiagCode code);
const char *diag_explain(DiagCode code);
const char *diag_says(DiagCode code); /* its message, a format */
/* The form of language.md: header, place, excerpt with carets and labels, help.
 * `source` gives the text of a source number; it may answer an empty one. `color`: ANSI
 * colours. */
void diag_render(Out *o, const Diag *d, SourceView (*source)(void *ud, uint32_t number),
                 void *ud, bool color);
/* The same as a JSON object without a line end. */
void diag_json(Out *o, const Diag *d, SourceView (*source)(void *ud, uint32_t number),
               void *ud);
/* Line and column, both from 1, of a byte of a text; columns are code points. */
void diag_place(Text text, uint32_t offset, uint32_t *line, uint32_t *column);
/* Puts the list in the order of the program, equal places as they were found. */
void diags_sort(Diags *d);

#endif
