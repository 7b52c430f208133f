/* SPDX-License-Identifier: MIT
 * What the readers of this room share: the file that they read, the check of its bytes,
 * and how its parts are named in messages.
 */
#ifndef UNC_DATA_DATA_INT_H
#define UNC_DATA_DATA_INT_H

#include "data/data.h"

/* A file being read, and where its complaints go. */
typedef struct DataFile {
    Arena *a;
    Diags *d;
    Span span;
    Text name;
} DataFile;

/* The first two arguments of every row of E05. */
#define DATA_NAME(f) (int)(f)->name.len, (f)->name.at

/* A printf argument pair for "%.*s": the start of t, without control characters, at
 * most 40 bytes and whole characters. */
Text data_excerpt(Text t);
#define DATA_TEXT(t) (int)data_excerpt(t).len, data_excerpt(t).at

/* How a column is called in messages: `3`, or `3 (`age`)` when it has a name. */
typedef struct ColumnLabel {
    char text[80];
} ColumnLabel;
ColumnLabel data_column_label(int64_t column, Text name);

/* The bytes without a BOM; false with a diagnostic if they are not UTF-8 or hold NUL.
 */
bool data_body(const DataFile *f, Text bytes, Text *body);

/* The first index whose name was there before (and `*before`, where), or -1. */
int64_t data_repeat(Arena *a, const Text *name, int64_t n, int64_t *before);

/* Sets is_whole of every column. */
void table_mark_whole(Table *t);

Text data_trim(Text t); /* without blanks and tabs around it */

#endif
