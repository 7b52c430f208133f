/* SPDX-License-Identifier: MIT
 * The readers of data/: what good files become, and the one line that each bad file
 * gets, with its name, row and column.
 */
#include "../tap.h"
#include "data/data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void *plain(void *ud, void *ptr, size_t old_size, size_t new_size)
{
    (void)ud, (void)old_size;
    if (new_size) return realloc(ptr, new_size);
    free(ptr);
    return NULL;
}

typedef enum { CSV, TABLE, JSON } Format;

typedef struct Bed {
    Memory memory;
    Arena a;
    Diags d;
    Table t;
    Json j;
    Format format;
    Text bytes;
    bool good;
} Bed;

static void read_inside(void *ctx)
{
    Bed *b = ctx;
    Span span = {1, 0, 1};
    Text name = text_of("f.dat");
    if (b->format == CSV) b->good = csv_read(&b->a, &b->d, span, name, b->bytes, &b->t);
    if (b->format == TABLE)
        b->good = table_read(&b->a, &b->d, span, name, b->bytes, &b->t);
    if (b->format == JSON)
        b->good = json_read(&b->a, &b->d, span, name, b->bytes, &b->j);
}

/* Reads a copy that ends where its heap block ends, so that a sanitizer sees every step
 * too far; the copy is gone when the answer is looked at. */
static MemoryEnd bed_read(Bed *b, Format format, const char *bytes, size_t len)
{
    char *copy = malloc(len ? len : 1);
    memcpy(copy, bytes, len);
    b->format = format;
    b->bytes = (Text){copy, len};
    MemoryEnd end = memory_run(&b->memory, read_inside, b);
    free(copy);
    return end;
}

static void bed_open(Bed *b)
{
    *b = (Bed){.memory = {.alloc = plain}};
    arena_init(&b->a, &b->memory);
    diags_init(&b->d, &b->memory);
}

static void bed_close(Bed *b)
{
    arena_free(&b->a);
    diags_free(&b->d);
}

/* ---- bad files ---- */

typedef struct Bad {
    Format format;
    const char *bytes;
    size_t len; /* 0: up to the NUL */
    const char *code, *message;
} Bad;

static const Bad bads[] = {
    /* every format: bytes */
    {CSV, "", 0, "E0503", "f.dat, row 1: the file is empty"},
    {CSV, "\xEF\xBB\xBF", 0, "E0503", "f.dat, row 1: the file is empty"},
    {CSV, "\n\n", 0, "E0503", "f.dat, row 1: the file is empty"},
    {TABLE, "", 0, "E0503", "f.dat, row 1: the file is empty"},
    {TABLE, "# only this\n", 0, "E0503", "f.dat, row 1: the file is empty"},
    {JSON, " \n", 0, "E0503", "f.dat, row 1: the file is empty"},
    {CSV, "a\n1\n\xE4\n", 0, "E0501",
     "f.dat, row 3, byte 1: not UTF-8 text (byte 0xE4)"},
    {CSV, "a,b\n1,x\xC0\x80\n", 0, "E0501",
     "f.dat, row 2, byte 4: not UTF-8 text (byte 0xC0)"},
    {CSV, "a\n\xED\xA0\x80\n", 0, "E0501",
     "f.dat, row 2, byte 1: not UTF-8 text (byte 0xED)"},
    {TABLE, "1 2\n3 \xFF\n", 0, "E0501",
     "f.dat, row 2, byte 3: not UTF-8 text (byte 0xFF)"},
    {JSON, "{\"\xF5\": 1}", 0, "E0501",
     "f.dat, row 1, byte 3: not UTF-8 text (byte 0xF5)"},
    {JSON, "\"\xE2\x82\"", 0, "E0501",
     "f.dat, row 1, byte 2: not UTF-8 text (byte 0xE2)"},
    {CSV,
     "\xFF\xFE"
     "a\0",
     4, "E0501", "f.dat, row 1, byte 1: not UTF-8 text (byte 0xFF)"},
    {CSV, "a,b\n1,\0\n", 8, "E0502",
     "f.dat, row 2, byte 3: a NUL byte, so this is no text file"},
    {TABLE, "\0", 1, "E0502",
     "f.dat, row 1, byte 1: a NUL byte, so this is no text file"},
    {JSON, "[1,\n\0]", 6, "E0502",
     "f.dat, row 2, byte 1: a NUL byte, so this is no text file"},
    /* CSV: quotes */
    {CSV, "a,b\n1,\"x\n3,4\n", 0, "E0504",
     "f.dat, row 2, column 2 (`b`): the quote that opens this field is never closed"},
    {CSV, "a,\"b", 0, "E0504",
     "f.dat, row 1, column 2: the quote that opens this field is never closed"},
    {CSV, "a\n\"", 0, "E0504",
     "f.dat, row 2, column 1 (`a`): the quote that opens this field is never closed"},
    {CSV, "a\n\"x\"\"\n", 0, "E0504",
     "f.dat, row 2, column 1 (`a`): the quote that opens this field is never closed"},
    {CSV, "a,b\n1,5\" pipe\n", 0, "E0505",
     "f.dat, row 2, column 2 (`b`): a quote in the middle of a field"},
    {CSV, "a,b\n1, \"x\"\n", 0, "E0505",
     "f.dat, row 2, column 2 (`b`): a quote in the middle of a field"},
    {CSV, "a,b\n\"x\"y,1\n", 0, "E0506",
     "f.dat, row 2, column 1 (`a`): text after the closing quote"},
    {CSV, "a,b\n\"x\" ,1\n", 0, "E0506",
     "f.dat, row 2, column 1 (`a`): text after the closing quote"},
    {CSV, "a,b\n\"x\n\"y,1\n", 0, "E0506",
     "f.dat, row 3, column 1 (`a`): text after the closing quote"},
    /* CSV: rows */
    {CSV, "a,b\n1,2\n3\n", 0, "E0507", "f.dat, row 3: 2 fields expected, 1 found"},
    {CSV, "a,b\n1,2,3\n", 0, "E0507", "f.dat, row 2: 2 fields expected, 3 found"},
    {CSV, "a\n1,2\n", 0, "E0507", "f.dat, row 2: 1 field expected, 2 found"},
    {CSV, "a,b\n1,2\n\n3,4\n", 0, "E0507", "f.dat, row 3: 2 fields expected, 0 found"},
    {CSV, "a,b\n1,2\n   \n3,4\n", 0, "E0507",
     "f.dat, row 3: 2 fields expected, 0 found"},
    {CSV, "a,b\n\"1\n\n\",2\n3\n", 0, "E0507",
     "f.dat, row 5: 2 fields expected, 1 found"},
    {CSV, "a,b\r\n1,2\r\n3\r\n", 0, "E0507",
     "f.dat, row 3: 2 fields expected, 1 found"},
    {CSV, "a,b\n1,2,\n", 0, "E0507", "f.dat, row 2: 2 fields expected, 3 found"},
    /* CSV: the header */
    {CSV, "a,,c\n1,2,3\n", 0, "E0508",
     "f.dat, row 1, column 2: the column has no name"},
    {CSV, "a,b,\n1,2,3\n", 0, "E0508",
     "f.dat, row 1, column 3: the column has no name"},
    {CSV, "a,\" \"\n1,2\n", 0, "E0508",
     "f.dat, row 1, column 2: the column has no name"},
    {CSV, "a,b,a\n1,2,3\n", 0, "E0509",
     "f.dat, row 1, column 3: `a` is already the name of column 1"},
    {CSV, "a, a\n1,2\n", 0, "E0509",
     "f.dat, row 1, column 2: `a` is already the name of column 1"},
    {CSV, "1,2\n3,4\n", 0, "E0514",
     "f.dat, row 1: numbers where the names of the columns were expected"},
    {CSV, "a;b\n1;2\n", 0, "E0513",
     "f.dat, row 1: the fields are separated by semicolons, not by commas"},
    {CSV, "a\tb\n1\t2\n", 0, "E0513",
     "f.dat, row 1: the fields are separated by tabs, not by commas"},
    {CSV, "a,b\r1,2\r", 0, "E0510",
     "f.dat, row 1, column 2: a carriage return without a line feed"},
    {CSV, "a,b\n1\r,2\n", 0, "E0510",
     "f.dat, row 2, column 1 (`a`): a carriage return without a line feed"},
    {CSV, "a,b\n1,1e999\n", 0, "E0512",
     "f.dat, row 2, column 2 (`b`): `1e999` is too large for a real"},
    /* tables */
    {TABLE, "1 2\n3\n", 0, "E0507", "f.dat, row 2: 2 fields expected, 1 found"},
    {TABLE, "# x y\n\n1 2\n3 4 5\n", 0, "E0507",
     "f.dat, row 4: 2 fields expected, 3 found"},
    {TABLE, "x y\n1 2\n", 0, "E0511", "f.dat, row 1, column 1: not a number: `x`"},
    {TABLE, "1 2\n3 4x\n", 0, "E0511", "f.dat, row 2, column 2: not a number: `4x`"},
    {TABLE, "1,2\n", 0, "E0511", "f.dat, row 1, column 1: not a number: `1,2`"},
    {TABLE, "1\t0x10\n", 0, "E0511", "f.dat, row 1, column 2: not a number: `0x10`"},
    {TABLE, "1 -1e400\n", 0, "E0512",
     "f.dat, row 1, column 2: `-1e400` is too large for a real"},
    {TABLE, "1 2\r3 4\r", 0, "E0510",
     "f.dat, row 1, column 3: a carriage return without a line feed"},
    /* JSON: structure */
    {JSON, "{\"a\": 1,\n \"b\": [1, 2\n", 0, "E0528",
     "f.dat, row 2, column 7: the list that begins here is never closed"},
    {JSON, "[1, {\"a\": 2", 0, "E0528",
     "f.dat, row 1, column 5: the record that begins here is never closed"},
    {JSON, "[", 0, "E0528",
     "f.dat, row 1, column 1: the list that begins here is never closed"},
    {JSON, "[1, 2,]", 0, "E0520",
     "f.dat, row 1, column 7: a value expected, `]` found"},
    {JSON, "[1 2]", 0, "E0520",
     "f.dat, row 1, column 4: `,` or `]` expected, `2` found"},
    {JSON, "[1}", 0, "E0520", "f.dat, row 1, column 3: `,` or `]` expected, `}` found"},
    {JSON, "{\"a\" 1}", 0, "E0520", "f.dat, row 1, column 6: `:` expected, `1` found"},
    {JSON, "{\"a\": }", 0, "E0520",
     "f.dat, row 1, column 7: a value expected, `}` found"},
    {JSON, "{\"a\":", 0, "E0520",
     "f.dat, row 1, column 6: a value expected, the end of the file found"},
    {JSON, "{a: 1}", 0, "E0520",
     "f.dat, row 1, column 2: a name in double quotes expected, `a` found"},
    {JSON, "{\"a\": 1,}", 0, "E0520",
     "f.dat, row 1, column 9: a name in double quotes expected, `}` found"},
    {JSON, "[True]", 0, "E0520",
     "f.dat, row 1, column 2: a value expected, `True` found"},
    {JSON, "['x']", 0, "E0520", "f.dat, row 1, column 2: a value expected, `'` found"},
    {JSON, "[1] 2", 0, "E0527",
     "f.dat, row 1, column 5: text after the end of the value"},
    {JSON, "{\"a\": 1,\n \"b\": 2,\n \"a\": 3}", 0, "E0525",
     "f.dat, row 3, column 2: the name `a` was used before in this record"},
    {JSON, "{\"\\u0061\": 1, \"a\": 2}", 0, "E0525",
     "f.dat, row 1, column 15: the name `a` was used before in this record"},
    /* JSON: texts */
    {JSON, "[\"a, 2]", 0, "E0521",
     "f.dat, row 1, column 2: the text that begins here is never closed"},
    {JSON, "\"a\\", 0, "E0521",
     "f.dat, row 1, column 1: the text that begins here is never closed"},
    {JSON, "\"a\nb\"", 0, "E0522",
     "f.dat, row 1, column 3: the line ends inside a string"},
    {JSON, "\"a\tb\"", 0, "E0522",
     "f.dat, row 1, column 3: a control character inside a string"},
    {JSON, "\"\xC3\xA4\\q\"", 0, "E0522",
     "f.dat, row 1, column 3: no such escape in a string"},
    {JSON, "\"\\u12g4\"", 0, "E0522",
     "f.dat, row 1, column 2: \\u without four hexadecimal digits"},
    {JSON, "\"\\u12", 0, "E0521",
     "f.dat, row 1, column 1: the text that begins here is never closed"},
    {JSON, "\"\\ud800x\"", 0, "E0522",
     "f.dat, row 1, column 2: half of a surrogate pair"},
    {JSON, "\"\\udc00\"", 0, "E0522",
     "f.dat, row 1, column 2: half of a surrogate pair"},
    {JSON, "\"\\ud800\\u0041\"", 0, "E0522",
     "f.dat, row 1, column 2: half of a surrogate pair"},
    {JSON, "\"\\u0000\"", 0, "E0522",
     "f.dat, row 1, column 2: a NUL character, which no text holds"},
    /* JSON: numbers */
    {JSON, "[01]", 0, "E0523", "f.dat, row 1, column 2: not a JSON number: `01`"},
    {JSON, "[1.]", 0, "E0523", "f.dat, row 1, column 2: not a JSON number: `1.`"},
    {JSON, "[.5]", 0, "E0523", "f.dat, row 1, column 2: not a JSON number: `.5`"},
    {JSON, "[+1]", 0, "E0523", "f.dat, row 1, column 2: not a JSON number: `+1`"},
    {JSON, "[1e]", 0, "E0523", "f.dat, row 1, column 2: not a JSON number: `1e`"},
    {JSON, "[-]", 0, "E0523", "f.dat, row 1, column 2: not a JSON number: `-`"},
    {JSON, "[1_000]", 0, "E0523", "f.dat, row 1, column 2: not a JSON number: `1_000`"},
    {JSON, "[9223372036854775808]", 0, "E0524",
     "f.dat, row 1, column 2: `9223372036854775808` is too large for an int"},
    {JSON, "[1e999]", 0, "E0524",
     "f.dat, row 1, column 2: `1e999` is too large for a real"},
};

static void bad_files(void)
{
    static const char *const format[] = {"csv", "table", "json"};
    for (size_t i = 0; i < sizeof bads / sizeof *bads; i++) {
        const Bad *bad = &bads[i];
        Bed b;
        bed_open(&b);
        bed_read(&b, bad->format, bad->bytes, bad->len ? bad->len : strlen(bad->bytes));
        const char *said =
            !b.good && b.d.count == 1 ? b.d.list[0]->message : "(nothing)";
        const char *code =
            b.d.count == 1 ? diag_code_name(b.d.list[0]->code) : "(none)";
        char title[60];
        snprintf(title, sizeof title, "bad %s %zu: %s", format[bad->format], i,
                 bad->code);
        is_str(said, bad->message, title);
        if (strcmp(code, bad->code) != 0) is_str(code, bad->code, "its code");
        bed_close(&b);
    }
}

/* ---- good files ---- */

static const char *text_is(Text t, char buf[100])
{
    size_t n = t.len < 99 ? t.len : 99;
    if (n) memcpy(buf, t.at, n);
    buf[n] = 0;
    return buf;
}

static void good_csv(void)
{
    Bed b;
    char buf[100];
    bed_open(&b);
    const char *s =
        "\xEF\xBB\xBFx, y ,\"a \"\"b\"\", c\",w,who\r\n1,2.5,,3,\"x,\r\ny\"\r\n"
        "2, -1e-3 ,NA,4,\r\n3,nan,inf,5,z\r\n\r\n\r\n";
    bed_read(&b, CSV, s, strlen(s));
    ok(b.good && b.t.rows == 3 && b.t.columns == 5, "csv: rows and columns");
    if (!b.good) return;
    const Column *c = b.t.column;
    is_str(text_is(c[0].name, buf), "x", "the BOM is no part of a name");
    is_str(text_is(c[1].name, buf), "y", "nor are blanks");
    is_str(text_is(c[2].name, buf), "a \"b\", c", "a quoted name");
    ok(c[0].is_whole && c[3].is_whole && !c[1].is_whole, "whole columns");
    ok(c[1].number[1] == -1e-3 && isnan(c[1].number[2]), "numbers, and nan");
    ok(isnan(c[2].number[0]) && isnan(c[2].number[1]) && isinf(c[2].number[2]),
       "missing values are nan");
    ok(c[4].is_text && !c[2].is_text && c[4].first_text_row == 2 &&
           c[4].first_text == 0,
       "a text column, and where it became one");
    is_str(text_is(c[4].text[0], buf), "x,\r\ny", "a field over two lines");
    is_str(text_is(c[4].text[1], buf), "", "an empty text");
    bed_close(&b);

    bed_open(&b);
    s = "n,m\n1,2\n3,4\nfive,6";
    bed_read(&b, CSV, s, strlen(s));
    ok(b.good && b.t.rows == 3 && b.t.column[0].is_text &&
           b.t.column[0].first_text_row == 4 && b.t.column[0].first_text == 2 &&
           b.t.column[0].number[1] == 3.0,
       "the row of the first field that is no number; no line end at the end");
    bed_close(&b);

    bed_open(&b);
    s = "a,b\n";
    bed_read(&b, CSV, s, strlen(s));
    ok(b.good && b.t.rows == 0 && b.t.columns == 2 && !b.t.column[0].is_whole,
       "a header alone");
    bed_close(&b);
}

static void csv_again(void)
{
    Bed b, again;
    bed_open(&b);
    const char *s =
        "x,\"t, u\",\"3\"\n0.1,\"a\"\"b\",-0\n1e300, lead,2\nnan,\"\",5e-324\n";
    bed_read(&b, CSV, s, strlen(s));
    Out o, p;
    out_init(&o, &b.memory);
    out_init(&p, &b.memory);
    if (ok(b.good, "csv: written and read again")) {
        csv_write(&o, &b.t);
        bed_open(&again);
        bed_read(&again, CSV, o.at, o.len);
        ok(again.good && again.t.rows == 3 && again.t.columns == 3, "rows and columns");
        bool same = again.good;
        for (int i = 0; same && i < 3; i++) {
            same =
                text_same(b.t.column[i].name, again.t.column[i].name) &&
                text_same(b.t.column[1].text[i], again.t.column[1].text[i]) &&
                memcmp(&b.t.column[2].number[i], &again.t.column[2].number[i], 8) == 0;
        }
        ok(same, "the same names, texts and bits");
        csv_write(&p, &again.t);
        is_str(p.at, o.at, "and written alike");
        bed_close(&again);
    }
    out_free(&o);
    out_free(&p);
    bed_close(&b);
}

static void good_table(void)
{
    Bed b;
    bed_open(&b);
    const char *s = "# a comment\n\n 1\t2.5  3 # more\r\n4 nan -5e2\n\n";
    bed_read(&b, TABLE, s, strlen(s));
    ok(b.good && b.t.rows == 2 && b.t.columns == 3, "table: rows and columns");
    if (b.good)
        ok(b.t.column[0].is_whole && b.t.column[2].number[1] == -500.0 &&
               isnan(b.t.column[1].number[1]) && !b.t.column[1].is_whole,
           "its numbers");
    bed_close(&b);
}

static void good_json(void)
{
    Bed b;
    char buf[100];
    bed_open(&b);
    const char *s =
        "\xEF\xBB\xBF{\"N\": 3, \"y\": [1.5, -2e3, NaN, -Infinity, Infinity],\n"
        "\"e\": [], \"r\": {}, \"t\": \"\\u00e4\\n\\ud83d\\ude00\\/\", "
        "\"b\": [true, false, null], \"m\": -9223372036854775808}\n";
    bed_read(&b, JSON, s, strlen(s));
    ok(b.good && b.j.kind == JSON_RECORD && b.j.count == 7, "json: a record");
    if (!b.good) return;
    const Json *i = b.j.item;
    ok(i[0].kind == JSON_INT && i[0].integer == 3 && i[0].real == 3.0, "an int");
    ok(i[1].kind == JSON_LIST && i[1].count == 5 && i[1].item[1].real == -2000.0 &&
           isnan(i[1].item[2].real) && i[1].item[3].real < 0 && i[1].item[4].real > 0,
       "reals, finite or not");
    ok(i[2].kind == JSON_LIST && i[2].count == 0 && i[3].kind == JSON_RECORD &&
           i[3].count == 0 && i[3].line == 2,
       "empty ones, and their line");
    is_str(text_is(i[4].text, buf), "\xC3\xA4\n\xF0\x9F\x98\x80/", "escapes");
    ok(i[5].item[0].kind == JSON_BOOL && i[5].item[0].integer == 1 &&
           i[5].item[1].integer == 0 && i[5].item[2].kind == JSON_NULL,
       "words");
    ok(i[6].kind == JSON_INT && i[6].integer == INT64_MIN, "the least int");
    bed_close(&b);
}

/* 200 lists in lists are read, 201 are not. */
static void deep(void)
{
    char s[500];
    for (int n = 200; n <= 201; n++) {
        Bed b;
        bed_open(&b);
        memset(s, '[', (size_t)n);
        memset(s + n, ']', (size_t)n);
        bed_read(&b, JSON, s, (size_t)n * 2);
        ok(b.good == (n == 200), "json: %d lists in lists", n);
        if (n > 200)
            is_str(b.d.list[0]->message,
                   "f.dat, row 1, column 201: nested more than 200 deep", "says so");
        bed_close(&b);
    }
}

/* Every truncation of good files ends in an answer or one message, and so does a run
 * out of memory at any point. */
static void cut_and_starved(void)
{
    static const struct {
        Format format;
        const char *bytes;
    } file[] = {
        {CSV, "a,\"b\"\"\"\r\n1,\"x\r\ny\"\r\nNA,\xC3\xA4\n"},
        {TABLE, "1 2e3\t# c\r\n\n3 nan\n"},
        {JSON, "{\"a\": [1, -2.5e1, {\"b\": null}], \"c\": \"\\ud83d\\ude00\"}"}};
    for (int k = 0; k < 3; k++) {
        size_t len = strlen(file[k].bytes);
        bool fine = true;
        for (size_t n = 0; n <= len; n++) {
            Bed b;
            bed_open(&b);
            MemoryEnd end = bed_read(&b, file[k].format, file[k].bytes, n);
            fine = fine && end == MEMORY_OK && b.d.count == (b.good ? 0u : 1u);
            bed_close(&b);
        }
        ok(fine, "every truncation of file %d", k);
        MemoryEnd end = MEMORY_EXHAUSTED;
        size_t limit = 0;
        for (; end != MEMORY_OK && limit < 1000000; limit += 97) {
            Bed b;
            bed_open(&b);
            b.memory.limit = limit + 1;
            end = bed_read(&b, file[k].format, file[k].bytes, len);
            bed_close(&b);
            fine = fine && b.memory.used == 0;
        }
        ok(fine && end == MEMORY_OK && limit > 200, "too little memory for file %d", k);
    }
}

int main(void)
{
    bad_files();
    good_csv();
    csv_again();
    good_table();
    good_json();
    deep();
    cut_and_starved();
    return done_testing();
}
