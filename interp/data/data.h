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

/* ---- arrays of numbers from binary files, where each complaint names a byte ---- */
enum { NUMBERS_RANK = 8 };
typedef enum {
    CELL_BOOL,
    CELL_U8,
    CELL_I8,
    CELL_U16,
    CELL_I16,
    CELL_U32,
    CELL_I32,
    CELL_U64,
    CELL_I64,
    CELL_F16,
    CELL_F32,
    CELL_F64
} Cell;
typedef struct Numbers {
    int rank;
    int64_t dim[NUMBERS_RANK];
    Cell cell;
    bool big;                 /* the first byte of a cell counts most */
    bool columns;             /* the first axis moves fastest, as in Fortran */
    double most;              /* of a picture: what is 1; 0: numbers are as they are */
    const unsigned char *raw; /* in the file's bytes or the arena */
} Numbers;
typedef enum { NUMBERS_REAL, NUMBERS_INT, NUMBERS_BOOL } NumbersKind;
NumbersKind numbers_kind(const Numbers *n);
int64_t numbers_count(const Numbers *n);
/* To double, int64_t or uint8_t [count] in the order of C. False: a whole number that
 * an int does not hold. */
bool numbers_copy(const Numbers *n, void *to);

/* Pictures [height, width] of one channel, else [height, width, channels], 0 to 1. */
bool png_read(Arena *a, Diags *d, Span span, Text file, Text bytes, Numbers *out);
bool jpeg_read(Arena *a, Diags *d, Span span, Text file, Text bytes, Numbers *out);
bool pnm_read(Arena *a, Diags *d, Span span, Text file, Text bytes, Numbers *out);
/* By what the file begins with. */
bool picture_read(Arena *a, Diags *d, Span span, Text file, Text bytes, Numbers *out);
/* IDX, the form of MNIST's files, also within gzip. */
bool idx_read(Arena *a, Diags *d, Span span, Text file, Text bytes, Numbers *out);
/* NumPy's arrays (version 1 to 3 of the form), and named ones in a ZIP archive. */
bool npy_read(Arena *a, Diags *d, Span span, Text file, Text bytes, Numbers *out);
typedef struct NamedNumbers {
    Text name;
    Numbers numbers;
} NamedNumbers;
bool npz_read(Arena *a, Diags *d, Span span, Text file, Text bytes, NamedNumbers **out,
              int64_t *count);

/* A picture's bytes [height, width, channels], channels 1 or 3 (PNG also 2 and 4). */
typedef struct Bitmap {
    int64_t height, width, channels;
    const unsigned char *byte;
} Bitmap;
/* False: it is too large for the form. quality: 1 to 100. */
bool png_write(Arena *a, Out *o, const Bitmap *b);
bool jpeg_write(Arena *a, Out *o, const Bitmap *b, int quality);
void pnm_write(Out *o, const Bitmap *b);
/* Dense arrays in the order of C: double, int64_t or uint8_t. */
typedef struct Dense {
    int rank;
    const int64_t *dim;
    NumbersKind kind;
    const void *data;
} Dense;
void npy_write(Out *o, const Dense *x);
/* False: it takes the 64-bit form of archives. */
bool npz_write(Out *o, const Text *name, const Dense *x, int64_t count);
/* False: more than 255 axes or sizes beyond 32 bits. Ints from 0 to 255 are bytes. */
bool idx_write(Out *o, const Dense *x);

#endif
