/* SPDX-License-Identifier: MIT
 * Tables of numbers with blanks between, without a header: walked once to count, once
 * to read.
 */
#include "data/data_int.h"

#include <math.h>
#include <string.h>

typedef struct Walk {
    const char *at, *end;
    int64_t line;
} Walk;

/* The next field of this line; false at its end, with the walk on the next line. */
static bool walk_field(Walk *w, Text *field)
{
    while (w->at < w->end && (*w->at == ' ' || *w->at == '\t')) w->at++;
    if (w->at < w->end && *w->at == '#')
        while (w->at < w->end && *w->at != '\n') w->at++;
    if (w->at < w->end && *w->at == '\r' && w->end - w->at >= 2 && w->at[1] == '\n')
        w->at++;
    if (w->at == w->end) return false;
    if (*w->at == '\n') {
        w->at++;
        w->line++;
        return false;
    }
    const char *from = w->at++;
    while (w->at < w->end && !strchr(" \t\r\n#", *w->at)) w->at++;
    *field = (Text){from, (size_t)(w->at - from)};
    return true;
}

static bool not_number(const DataFile *f, int64_t line, int64_t column, Text field,
                       bool first_row)
{
    ColumnLabel label = data_column_label(column + 1, (Text){"", 0});
    if (field.at[0] == '\r') {
        diag_add(f->d, E0510, f->span, DATA_NAME(f), (long long)line, label.text);
        return false;
    }
    Diag *diag = diag_add(f->d, E0511, f->span, DATA_NAME(f), (long long)line,
                          label.text, DATA_TEXT(field));
    if (memchr(field.at, ',', field.len))
        diag_help(f->d, diag, "read_csv reads fields with commas between");
    else if (first_row)
        diag_help(f->d, diag,
                  "a table has no header: put # before it, or use read_csv");
    return false;
}

static bool count(const DataFile *f, Text body, Table *t)
{
    Walk w = {body.at, body.at + body.len, 1};
    int64_t first = 0;
    while (w.at < w.end) {
        int64_t n = 0, line = w.line;
        for (Text field; walk_field(&w, &field); n++) {
            double x;
            if (!text_to_real(field, &x, true))
                return not_number(f, line, n, field, t->rows == 0);
            if (isinf(x) && text_to_real(field, &x, false)) {
                ColumnLabel label = data_column_label(n + 1, (Text){"", 0});
                diag_add(f->d, E0512, f->span, DATA_NAME(f), (long long)line,
                         label.text, DATA_TEXT(field));
                return false;
            }
        }
        if (n == 0) continue;
        if (t->rows == 0) t->columns = n, first = line;
        if (n != t->columns) {
            long long want = (long long)t->columns;
            Diag *diag = diag_add(f->d, E0507, f->span, DATA_NAME(f), (long long)line,
                                  want, want == 1 ? "" : "s", (long long)n);
            diag_help(f->d, diag, "row %lld, the first with numbers, has %lld",
                      (long long)first, want);
            return false;
        }
        t->rows++;
    }
    return true;
}

bool table_read(Arena *a, Diags *d, Span span, Text file, Text bytes, Table *out)
{
    *out = (Table){0};
    DataFile f = {a, d, span, file};
    Text body;
    if (!data_body(&f, bytes, &body) || !count(&f, body, out)) return false;
    if (out->rows == 0) {
        Diag *diag = diag_add(d, E0503, span, DATA_NAME(&f));
        diag_help(d, diag, "lines of numbers with blanks between were expected");
        return false;
    }
    out->column = arena_take(a, (size_t)out->columns * sizeof *out->column);
    for (int64_t j = 0; j < out->columns; j++) {
        out->column[j].name = (Text){"", 0};
        out->column[j].number = arena_take(a, (size_t)out->rows * sizeof(double));
    }
    Walk w = {body.at, body.at + body.len, 1};
    for (int64_t i = 0; i < out->rows;) {
        int64_t j = 0;
        for (Text field; walk_field(&w, &field); j++)
            text_to_real(field, &out->column[j].number[i], true);
        if (j) i++;
    }
    table_mark_whole(out);
    return true;
}
