/* SPDX-License-Identifier: MIT
 * JSON (RFC 8259, and NaN, Infinity, -Infinity). A first walk counts the items of every
 * list and record, so that the second, a recursive descent of bounded depth, takes each
 * array once and at its size.
 */
#include "data/data_int.h"
#include "base/limits.h"

#include <math.h>
#include <string.h>

typedef struct Reader {
    DataFile file;
    const char *at, *end, *start, *line_start;
    int64_t line;
    uint32_t *items; /* of each list and record, in the order in which they open */
    size_t next;     /* the next of them */
    int depth;
} Reader;

static long long column_of(const Reader *r, const char *at)
{
    long long n = 1;
    for (const char *p = r->line_start; p < at; p++)
        n += ((unsigned char)*p & 0xC0) != 0x80;
    return n;
}

/* The first four arguments of every message: file, row, column. */
#define PLACE(r, p) DATA_NAME(&(r)->file), (long long)(r)->line, column_of((r), (p))

/* What stands at `at`, for "… expected, … found". */
static const char *found(const Reader *r, char buf[48])
{
    if (r->at == r->end) return "the end of the file";
    unsigned char c = (unsigned char)*r->at;
    if (c < 0x20 || c == 0x7f) return "a control character";
    size_t n = 1;
    bool word = (c | 32) >= 'a' && (c | 32) <= 'z';
    while (r->at + n < r->end && n < 40) {
        unsigned char e = (unsigned char)r->at[n];
        if (!((e & 0xC0) == 0x80 || (word && (e | 32) >= 'a' && (e | 32) <= 'z')))
            break;
        n++;
    }
    buf[0] = '`';
    memcpy(buf + 1, r->at, n);
    memcpy(buf + 1 + n, "`", 2);
    return buf;
}

static bool expected(Reader *r, const char *what)
{
    char buf[48];
    diag_add(r->file.d, E0520, r->file.span, PLACE(r, r->at), what, found(r, buf));
    return false;
}

static void skip_blanks(Reader *r)
{
    for (; r->at < r->end; r->at++) {
        if (*r->at == '\n')
            r->line++, r->line_start = r->at + 1;
        else if (*r->at != ' ' && *r->at != '\t' && *r->at != '\r')
            return;
    }
}

/* ---- the walk that counts ---- */

static size_t count_open(Text t)
{
    size_t n = 0;
    for (size_t i = 0; i < t.len; i++) n += t.at[i] == '[' || t.at[i] == '{';
    return n;
}

static const char *skip_text(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        if (*p == '\\' && p + 1 < end) p++;
    return p;
}

/* Of text that is not JSON the counts are wrong, but the descent stops before using
 * them. */
static void count_items(Reader *r)
{
    size_t open[LIMIT_JSON_DEPTH], n = 0;
    int depth = 0;
    for (const char *p = r->at; p < r->end; p++) {
        if (*p == '"')
            p = skip_text(p, r->end);
        else if (*p == '[' || *p == '{') {
            if (depth == LIMIT_JSON_DEPTH) return;
            r->items[n] = 1;
            open[depth++] = n++;
        } else if (*p == ',' && depth)
            r->items[open[depth - 1]]++;
        else if ((*p == ']' || *p == '}') && depth)
            depth--;
    }
}

/* ---- texts ---- */

static int hex4(const char *p, const char *end)
{
    int v = 0;
    if (end - p < 4) return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int d = c >= '0' && c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
        if (!((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f')))
            return -1;
        v = v * 16 + d;
    }
    return v;
}

static size_t put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6) to[i] = (char)(0x80 | (c & 63));
    to[0] = (char)((n == 2 ? 0xC0 : n == 3 ? 0xE0 : 0xF0) | c);
    return n;
}

static bool text_bad(Reader *r, const char *at, const char *what)
{
    diag_add(r->file.d, E0522, r->file.span, PLACE(r, at), what);
    return false;
}

/* \uXXXX at p (after the u), with its second half if it has one; steps p over them. */
static bool unicode(Reader *r, const char **p, char *to, size_t *n)
{
    const char *from = *p - 2;
    int high = hex4(*p, r->end), low;
    if (high < 0) return text_bad(r, from, "\\u without four hexadecimal digits");
    *p += 4;
    uint32_t c = (uint32_t)high;
    if (c == 0) return text_bad(r, from, "a NUL character, which no text holds");
    if (c >= 0xDC00 && c < 0xE000) return text_bad(r, from, "half of a surrogate pair");
    if (c >= 0xD800 && c < 0xDC00) {
        bool more = r->end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u';
        low = more ? hex4(*p + 2, r->end) : -1;
        if (low < 0xDC00 || low >= 0xE000)
            return text_bad(r, from, "half of a surrogate pair");
        *p += 6;
        c = 0x10000 + ((c - 0xD800) << 10) + ((uint32_t)low - 0xDC00);
    }
    *n += put_utf8(to + *n, c);
    return true;
}

static bool escape(Reader *r, const char **p, char *to, size_t *n)
{
    static const char from[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    char c = *(*p)++;
    if (c == 'u') return unicode(r, p, to, n);
    const char *which = memchr(from, c, sizeof from - 1);
    if (!which) return text_bad(r, *p - 2, "no such escape in a string");
    to[(*n)++] = meant[which - from];
    return true;
}

static bool read_text(Reader *r, Text *out)
{
    const char *from = r->at, *p = from + 1, *close = skip_text(from, r->end);
    if (close >= r->end) {
        diag_add(r->file.d, E0521, r->file.span, PLACE(r, from));
        return false;
    }
    char *to = arena_take(r->file.a, (size_t)(close - p) + 1);
    size_t n = 0;
    while (p < close) {
        if ((unsigned char)*p < 0x20)
            return text_bad(r, p,
                            *p == '\n' ? "the line ends inside a string"
                                       : "a control character inside a string");
        if (*p != '\\') {
            to[n++] = *p++;
            continue;
        }
        p++;
        if (!escape(r, &p, to, &n)) return false;
    }
    r->at = close + 1;
    *out = (Text){to, n};
    return true;
}

/* ---- numbers and words ---- */

/* The shape of RFC 8259; sets *whole when neither point nor exponent is there. */
static bool number_shape(Text t, bool *whole)
{
    size_t i = t.at[0] == '-', from = i;
    while (i < t.len && t.at[i] >= '0' && t.at[i] <= '9') i++;
    if (i == from || (t.at[from] == '0' && i > from + 1)) return false;
    *whole = i == t.len;
    if (i < t.len && t.at[i] == '.') {
        from = ++i;
        while (i < t.len && t.at[i] >= '0' && t.at[i] <= '9') i++;
        if (i == from) return false;
    }
    if (i < t.len && (t.at[i] | 32) == 'e') {
        i++;
        if (i < t.len && (t.at[i] == '+' || t.at[i] == '-')) i++;
        from = i;
        while (i < t.len && t.at[i] >= '0' && t.at[i] <= '9') i++;
        if (i == from) return false;
    }
    return i == t.len;
}

static bool to_int(Text t, int64_t *out)
{
    bool minus = t.at[0] == '-';
    uint64_t v = 0, most = (uint64_t)INT64_MAX + minus;
    for (size_t i = minus; i < t.len; i++) {
        uint64_t d = (uint64_t)(t.at[i] - '0');
        if (v > (most - d) / 10) return false;
        v = v * 10 + d;
    }
    *out = minus ? (v > (uint64_t)INT64_MAX ? INT64_MIN : -(int64_t)v) : (int64_t)v;
    return true;
}

static bool read_number(Reader *r, Json *out)
{
    const char *p = r->at;
    while (p < r->end && (strchr("+-._", *p) || (*p >= '0' && *p <= '9') ||
                          ((*p | 32) >= 'a' && (*p | 32) <= 'z')))
        p++;
    Text t = {r->at, (size_t)(p - r->at)};
    bool whole = false;
    if (text_same(t, text_of("-Infinity"))) {
        *out = (Json){.kind = JSON_REAL, .real = -HUGE_VAL};
    } else if (!number_shape(t, &whole) || !text_to_real(t, &out->real, false)) {
        diag_add(r->file.d, E0523, r->file.span, PLACE(r, t.at), DATA_TEXT(t));
        return false;
    } else if (whole ? !to_int(t, &out->integer) : isinf(out->real)) {
        diag_add(r->file.d, E0524, r->file.span, PLACE(r, t.at), DATA_TEXT(t),
                 whole ? "an int" : "a real");
        return false;
    } else {
        out->kind = whole ? JSON_INT : JSON_REAL;
    }
    r->at = p;
    return true;
}

static bool read_word(Reader *r, Json *out)
{
    static const struct {
        const char *word;
        Json value;
    } words[] = {{"true", {.kind = JSON_BOOL, .integer = 1}},
                 {"false", {.kind = JSON_BOOL}},
                 {"null", {.kind = JSON_NULL}},
                 {"NaN", {.kind = JSON_REAL, .real = (double)NAN}},
                 {"Infinity", {.kind = JSON_REAL, .real = HUGE_VAL}}};
    const char *p = r->at;
    while (p < r->end && (*p | 32) >= 'a' && (*p | 32) <= 'z') p++;
    Text t = {r->at, (size_t)(p - r->at)};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!text_same(t, text_of(words[i].word))) continue;
        *out = words[i].value;
        r->at = p;
        return true;
    }
    return expected(r, "a value");
}

/* ---- lists and records ---- */

static bool read_value(Reader *r, Json *out);

typedef struct KeyPlace {
    const char *at;
    int64_t line;
} KeyPlace;

static bool read_key(Reader *r, Text *key, KeyPlace *place)
{
    skip_blanks(r);
    if (r->at == r->end || *r->at != '"') return expected(r, "a name in double quotes");
    *place = (KeyPlace){r->at, r->line};
    if (!read_text(r, key)) return false;
    skip_blanks(r);
    if (r->at == r->end || *r->at != ':') return expected(r, "`:`");
    r->at++;
    return true;
}

static bool keys_differ(Reader *r, const Json *record, const KeyPlace *place)
{
    int64_t before = 0,
            again = data_repeat(r->file.a, record->key, record->count, &before);
    if (again < 0) return true;
    r->line = place[again].line;
    r->line_start = place[again].at;
    while (r->line_start > r->start && r->line_start[-1] != '\n') r->line_start--;
    Diag *diag = diag_add(r->file.d, E0525, r->file.span, PLACE(r, place[again].at),
                          DATA_TEXT(record->key[again]));
    diag_help(r->file.d, diag, "it is first used in row %lld",
              (long long)place[before].line);
    return false;
}

static bool unclosed(Reader *r, const Reader *opened, const char *what)
{
    diag_add(r->file.d, E0528, r->file.span, PLACE(opened, opened->at), what);
    return false;
}

/* After a value: `,` goes on, the closing bracket ends (*done). */
static bool read_separator(Reader *r, const Reader *opened, bool record, bool *done)
{
    skip_blanks(r);
    if (r->at == r->end) return unclosed(r, opened, record ? "record" : "list");
    if (*r->at == (record ? '}' : ']')) {
        r->at++;
        return *done = true;
    }
    if (*r->at != ',') return expected(r, record ? "`,` or `}`" : "`,` or `]`");
    r->at++;
    return true;
}

/* A list or record, from its bracket to the matching one. */
static bool read_items(Reader *r, Json *out)
{
    Reader opened = *r;
    bool record = *r->at == '{', done = false;
    size_t room = r->items[r->next++];
    KeyPlace *place = NULL;
    *out = (Json){.kind = record ? JSON_RECORD : JSON_LIST};
    r->at++;
    skip_blanks(r);
    if (r->at < r->end && *r->at == (record ? '}' : ']')) {
        r->at++;
        return true;
    }
    out->item = arena_take(r->file.a, room * sizeof *out->item);
    if (record) {
        out->key = arena_take(r->file.a, room * sizeof *out->key);
        place = arena_take(r->file.a, room * sizeof *place);
    }
    while (!done) {
        size_t n = (size_t)out->count;
        skip_blanks(r);
        if (r->at == r->end) return unclosed(r, &opened, record ? "record" : "list");
        UNC_CHECK(r->file.a->memory, n < room);
        if (record && !read_key(r, &out->key[n], &place[n])) return false;
        if (!read_value(r, &out->item[n])) return false;
        out->count++;
        if (!read_separator(r, &opened, record, &done)) return false;
    }
    return !record || keys_differ(r, out, place);
}

static bool read_value(Reader *r, Json *out)
{
    skip_blanks(r);
    int64_t line = r->line;
    if (r->at == r->end) return expected(r, "a value");
    char c = *r->at;
    bool ok;
    if (c == '[' || c == '{') {
        if (r->depth == LIMIT_JSON_DEPTH) {
            diag_add(r->file.d, E0526, r->file.span, PLACE(r, r->at), LIMIT_JSON_DEPTH);
            return false;
        }
        r->depth++;
        ok = read_items(r, out);
        r->depth--;
    } else if (c == '"') {
        *out = (Json){.kind = JSON_TEXT};
        ok = read_text(r, &out->text);
    } else if (c == '-' || c == '+' || c == '.' || (c >= '0' && c <= '9')) {
        *out = (Json){0};
        ok = read_number(r, out);
    } else {
        ok = read_word(r, out);
    }
    out->line = line;
    return ok;
}

bool json_read(Arena *a, Diags *d, Span span, Text file, Text bytes, Json *out)
{
    *out = (Json){0};
    Reader r = {.file = {a, d, span, file}, .line = 1};
    Text body;
    if (!data_body(&r.file, bytes, &body)) return false;
    r.at = r.start = r.line_start = body.at;
    r.end = body.at + body.len;
    skip_blanks(&r);
    if (r.at == r.end) {
        Diag *diag = diag_add(d, E0503, span, DATA_NAME(&r.file));
        diag_help(d, diag, "a JSON value was expected");
        return false;
    }
    r.items = arena_take(a, count_open(body) * sizeof *r.items);
    count_items(&r);
    if (!read_value(&r, out)) return false;
    skip_blanks(&r);
    if (r.at == r.end) return true;
    diag_add(d, E0527, span, PLACE(&r, r.at));
    return false;
}
