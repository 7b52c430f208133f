/* SPDX-License-Identifier: MIT
 * CSV (RFC 4180). The file is walked twice, or three times if it has text: once to see
 * that it is well formed and to count it, then to read the numbers, then to keep the
 * texts of columns that are not numbers. So nothing grows, and nothing is kept but the
 * table.
 */
#include "data/data_int.h"

#include <math.h>
#include <string.h>

typedef struct Scan {
    const char *at, *end;
    int64_t line;
} Scan;

typedef struct Field {
    Text text;    /* between the quotes when quoted */
    int64_t line; /* where it begins */
    bool quoted, doubled, last;
} Field;

typedef enum { FIELD_OK, FIELD_UNCLOSED, FIELD_STRAY, FIELD_AFTER, FIELD_CR } FieldEnd;

typedef struct Csv {
    DataFile file;
    Scan body; /* after the header */
    Table *t;
} Csv;

/* Steps over what ends a field; false if neither comma, line end nor end of file is
 * there. */
static bool scan_end(Scan *s, Field *f)
{
    f->last = true;
    if (s->at == s->end) return true;
    char c = *s->at;
    if (c == ',') {
        s->at++;
        f->last = false;
        return true;
    }
    if (c == '\r' && s->end - s->at >= 2 && s->at[1] == '\n') s->at++, c = '\n';
    if (c != '\n') return false;
    s->at++;
    s->line++;
    return true;
}

static FieldEnd scan_quoted(Scan *s, Field *f)
{
    const char *from = ++s->at;
    for (;; s->at++) {
        if (s->at == s->end) return FIELD_UNCLOSED;
        if (*s->at == '\n') s->line++;
        if (*s->at != '"') continue;
        if (s->end - s->at < 2 || s->at[1] != '"') break;
        s->at++;
        f->doubled = true;
    }
    f->text = (Text){from, (size_t)(s->at - from)};
    s->at++;
    return scan_end(s, f) ? FIELD_OK : FIELD_AFTER;
}

static FieldEnd scan_field(Scan *s, Field *f)
{
    *f = (Field){.line = s->line};
    if (s->at < s->end && *s->at == '"') {
        f->quoted = true;
        return scan_quoted(s, f);
    }
    const char *from = s->at;
    for (; s->at < s->end; s->at++) {
        char c = *s->at;
        if (c == ',' || c == '\n' || c == '\r') break;
        if (c == '"') break;
    }
    f->text = (Text){from, (size_t)(s->at - from)};
    if (s->at < s->end && *s->at == '"') return FIELD_STRAY;
    return scan_end(s, f) ? FIELD_OK : FIELD_CR;
}

/* A copy in the arena, with doubled quotes made single. */
static Text field_copy(Arena *a, const Field *f)
{
    char *to = arena_take(a, f->text.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < f->text.len; i++) {
        to[n++] = f->text.at[i];
        if (f->doubled && f->text.at[i] == '"') i++;
    }
    return (Text){to, n};
}

static bool field_bad(const Csv *c, FieldEnd end, const Field *f, int64_t column,
                      Text name, const Scan *s)
{
    static const DiagCode code[] = {[FIELD_UNCLOSED] = E0504,
                                    [FIELD_STRAY] = E0505,
                                    [FIELD_AFTER] = E0506,
                                    [FIELD_CR] = E0510};
    const DataFile *file = &c->file;
    ColumnLabel label = data_column_label(column + 1, name);
    long long row = end == FIELD_AFTER ? s->line : f->line;
    Diag *diag =
        diag_add(file->d, code[end], file->span, DATA_NAME(file), row, label.text);
    if (end == FIELD_AFTER && s->line != f->line)
        diag_help(file->d, diag, "the field begins in row %lld", (long long)f->line);
    if (end == FIELD_STRAY && f->text.len > 0 && data_trim(f->text).len == 0)
        diag_help(file->d, diag, "remove the blank before the quote");
    return false;
}

static bool only_blank(const char *at, const char *end)
{
    for (; at < end; at++)
        if (*at != '\n' && *at != '\r' && *at != ' ' && *at != '\t') return false;
    return true;
}

static bool is_real(Text t)
{
    double x;
    return text_to_real(data_trim(t), &x, false);
}

/* Reads the names into the columns of the table. */
static bool read_header(Csv *c, Scan *s)
{
    const DataFile *file = &c->file;
    Scan probe = *s;
    int64_t n = 0;
    bool numbers = true, quoted = false;
    for (Field f = {0}; !f.last; n++) {
        FieldEnd end = scan_field(&probe, &f);
        if (end) return field_bad(c, end, &f, n, (Text){"", 0}, &probe);
        numbers = numbers && !f.quoted && is_real(f.text);
        quoted = quoted || f.quoted;
    }
    Column *column = arena_take(file->a, (size_t)n * sizeof *column);
    Text *name = arena_take(file->a, (size_t)n * sizeof *name);
    for (int64_t i = 0; i < n; i++) {
        Field f;
        scan_field(s, &f);
        name[i] = field_copy(file->a, &f);
        if (!f.quoted) name[i] = data_trim(name[i]);
        column[i].name = name[i];
    }
    bool semicolon = n == 1 && !quoted && memchr(name[0].at, ';', name[0].len);
    bool tab = n == 1 && !quoted && memchr(name[0].at, '\t', name[0].len);
    if (semicolon || tab) {
        diag_add(file->d, E0513, file->span, DATA_NAME(file), 1LL,
                 semicolon ? "semicolons" : "tabs");
        return false;
    }
    if (numbers) {
        Diag *diag = diag_add(file->d, E0514, file->span, DATA_NAME(file));
        diag_help(file->d, diag, "put a line of names first, such as: x,y");
        return false;
    }
    for (int64_t i = 0; i < n; i++)
        if (data_trim(name[i]).len == 0) {
            diag_add(file->d, E0508, file->span, DATA_NAME(file), 1LL,
                     (long long)i + 1);
            return false;
        }
    int64_t before = 0, again = data_repeat(file->a, name, n, &before);
    if (again >= 0) {
        diag_add(file->d, E0509, file->span, DATA_NAME(file), 1LL, (long long)again + 1,
                 DATA_TEXT(name[again]), (long long)before + 1);
        return false;
    }
    c->t->column = column;
    c->t->columns = n;
    return true;
}

static bool ragged(const Csv *c, int64_t row, int64_t found, bool empty)
{
    const DataFile *file = &c->file;
    long long want = (long long)c->t->columns;
    Diag *diag = diag_add(file->d, E0507, file->span, DATA_NAME(file), (long long)row,
                          want, want == 1 ? "" : "s", (long long)(empty ? 0 : found));
    if (empty)
        diag_help(file->d, diag, "the line is empty");
    else if (found > want)
        diag_help(file->d, diag, "a field with a comma in it needs quotes: \"a, b\"");
    else
        diag_help(file->d, diag, "column %s is the first that is missing",
                  data_column_label(found + 1, c->t->column[found].name).text);
    return false;
}

/* Walks the rows once: all that can be wrong with them but the size of a number. */
static bool count_rows(Csv *c)
{
    Scan *body = &c->body, s = *body;
    const Table *t = c->t;
    int64_t rows = 0;
    while (s.at < s.end) {
        if ((*s.at == '\n' || *s.at == '\r' || *s.at == ' ') &&
            only_blank(s.at, s.end)) {
            body->end = s.at; /* blank lines at the end are not rows */
            break;
        }
        int64_t n = 0, row = s.line;
        bool empty = false;
        for (Field f = {0}; !f.last; n++) {
            FieldEnd end = scan_field(&s, &f);
            Text name = n < t->columns ? t->column[n].name : (Text){"", 0};
            if (end) return field_bad(c, end, &f, n, name, &s);
            empty = n == 0 && !f.quoted && data_trim(f.text).len == 0;
        }
        if (n != t->columns) return ragged(c, row, n, empty && n == 1);
        rows++;
    }
    c->t->rows = rows;
    return true;
}

/* One field as a number; false if it is none (or, with *large, too large to be one). */
static bool field_number(const Field *f, double *x, bool *large)
{
    Text t = data_trim(f->text);
    *x = (double)NAN;
    if (t.len == 0) return true;
    if (f->doubled) return false;
    if (text_to_real(t, x, false)) {
        *large = isinf(*x);
        return !*large;
    }
    return text_to_real(t, x, true);
}

static bool read_numbers(Csv *c)
{
    const DataFile *file = &c->file;
    Table *t = c->t;
    for (int64_t j = 0; j < t->columns; j++)
        t->column[j].number = arena_take(file->a, (size_t)t->rows * sizeof(double));
    Scan s = c->body;
    for (int64_t i = 0; i < t->rows; i++)
        for (int64_t j = 0; j < t->columns; j++) {
            Column *col = &t->column[j];
            Field f;
            bool large = false;
            scan_field(&s, &f);
            if (field_number(&f, &col->number[i], &large)) continue;
            if (large) {
                ColumnLabel label = data_column_label(j + 1, col->name);
                diag_add(file->d, E0512, file->span, DATA_NAME(file), (long long)f.line,
                         label.text, DATA_TEXT(f.text));
                return false;
            }
            col->number[i] = (double)NAN;
            if (col->is_text) continue;
            col->is_text = true;
            col->first_text_row = f.line;
            col->first_text = i;
        }
    return true;
}

static void read_texts(Csv *c)
{
    Table *t = c->t;
    bool any = false;
    for (int64_t j = 0; j < t->columns; j++) {
        if (!t->column[j].is_text) continue;
        t->column[j].text = arena_take(c->file.a, (size_t)t->rows * sizeof(Text));
        any = true;
    }
    Scan s = c->body;
    for (int64_t i = 0; any && i < t->rows; i++)
        for (int64_t j = 0; j < t->columns; j++) {
            Field f;
            scan_field(&s, &f);
            if (t->column[j].is_text) t->column[j].text[i] = field_copy(c->file.a, &f);
        }
}

/* 2^53: beyond it a real does not hold every whole number. */
#define MOST_WHOLE 9007199254740992.0

void table_mark_whole(Table *t)
{
    for (int64_t j = 0; j < t->columns; j++) {
        Column *col = &t->column[j];
        col->is_whole = t->rows > 0 && !col->is_text;
        for (int64_t i = 0; i < t->rows && col->is_whole; i++) {
            double x = col->number[i];
            col->is_whole = fabs(x) <= MOST_WHOLE && floor(x) == x; /* false for NaN */
        }
    }
}

bool csv_read(Arena *a, Diags *d, Span span, Text file, Text bytes, Table *out)
{
    *out = (Table){0};
    Csv c = {{a, d, span, file}, {0}, out};
    Text body;
    if (!data_body(&c.file, bytes, &body)) return false;
    if (body.len == 0 || only_blank(body.at, body.at + body.len)) {
        Diag *diag = diag_add(d, E0503, span, DATA_NAME(&c.file));
        diag_help(d, diag, "a line with the names of the columns was expected");
        return false;
    }
    c.body = (Scan){body.at, body.at + body.len, 1};
    if (!read_header(&c, &c.body) || !count_rows(&c) || !read_numbers(&c)) return false;
    read_texts(&c);
    table_mark_whole(out);
    return true;
}

static bool needs_quotes(Text t, bool only_column)
{
    if (t.len == 0) return only_column;
    if (data_trim(t).len != t.len) return true;
    if (t.len >= 3 && memcmp(t.at, "\xEF\xBB\xBF", 3) == 0) return true; /* no BOM */
    for (size_t i = 0; i < t.len; i++)
        if (strchr(",\"\r\n;\t", t.at[i])) return true;
    return false;
}

static void write_field(Out *o, Text t, bool quotes)
{
    if (!quotes) {
        out_text(o, t);
        return;
    }
    out_char(o, '"');
    for (size_t i = 0; i < t.len; i++) {
        if (t.at[i] == '"') out_char(o, '"');
        out_char(o, t.at[i]);
    }
    out_char(o, '"');
}

void csv_write(Out *o, const Table *t)
{
    bool single = t->columns == 1;
    for (int64_t j = 0; j < t->columns; j++) {
        Text name = t->column[j].name;
        if (j) out_char(o, ',');
        if (name.len)
            write_field(o, name, needs_quotes(name, single) || is_real(name));
        else
            out_fmt(o, "c%lld", (long long)j);
    }
    out_char(o, '\n');
    for (int64_t i = 0; i < t->rows; i++) {
        for (int64_t j = 0; j < t->columns; j++) {
            const Column *col = &t->column[j];
            if (j) out_char(o, ',');
            if (col->is_text)
                write_field(o, col->text[i], needs_quotes(col->text[i], single));
            else
                out_real(o, col->number[i]);
        }
        out_char(o, '\n');
    }
}
