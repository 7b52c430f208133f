/* SPDX-License-Identifier: MIT
 * The door of data: tables and trees from texts and back. Every complaint is a
 * diagnostic that names the file, the row and the column. Nothing here touches a file:
 * the caller has the bytes.
 */
#ifndef UNC_DATA_DATA_H
#define UNC_DATA_DATA_H

#include "base/diag.h"

typedef struct Column {
    Text name;      /* from the header; empty without one */
    bool is_text;   /* some field is no number: then `text` holds all of them */
    bool is_whole;  /* all numbers are whole and fit an int */
    double *number; /* [rows]; empty fields, NA and nan are NaN */
    Text *text;     /* [rows] when is_text */
    /* the line of the file with the first field that is no number, 0 if there is none:
     * for the message where numbers are needed; the field is text[first_text] */
    int64_t first_text_row, first_text;
} Column;

typedef struct Table {
    int64_t rows, columns;
    Column *column;
} Table;

/* RFC 4180: a header line, quotes, CRLF or LF, a BOM is skipped, and so are blank lines
 * at the end. Ragged rows, repeated or empty names, stray quotes are errors. Blanks
 * around a number or an unquoted name do not count. `span` is where the program asked
 * for the file, `file` its name. The table is in the arena and needs `bytes` no longer.
 */
bool csv_read(Arena *a, Diags *d, Span span, Text file, Text bytes, Table *out);
void csv_write(Out *o,
               const Table *t); /* quotes where needed; numbers read back exactly */
/* Numbers with blanks between, no header, `#` comments and empty lines skipped. Every
 * field is a number (NA and nan are NaN), or the file is refused. */
bool table_read(Arena *a, Diags *d, Span span, Text file, Text bytes, Table *out);

typedef enum {
    JSON_NULL,
    JSON_BOOL,
    JSON_INT,
    JSON_REAL,
    JSON_TEXT,
    JSON_LIST,
    JSON_RECORD
} JsonKind;
typedef struct Json Json;
struct Json {
    JsonKind kind;
    int64_t integer; /* also bool */
    double real;
    Text text;
    Json *item; /* [count] */
    Text *key;  /* [count] of a record */
    int64_t count;
    int64_t line; /* of the file, where it begins */
};
/* RFC 8259, with NaN, Infinity and -Infinity as Stan writes them; repeated keys are
 * errors; line and column in messages; bounded depth. Whole numbers without point or
 * exponent are JSON_INT (`real` is set too) and must fit 64 bits; what a real cannot
 * hold is an error. */
bool json_read(Arena *a, Diags *d, Span span, Text file, Text bytes, Json *out);

#endif
