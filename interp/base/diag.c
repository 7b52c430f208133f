/* SPDX-License-Identifier: MIT
 * Diagnostics: the rows of diag.def, the list, and the one way they are shown. Excerpts
 * are made safe to print: control characters and broken UTF-8 are replaced, long lines
 * cut.
 */
#include "diag.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *code;
    Severity severity;
    const char *message, *explain;
} rows[] = {
#define DIAG(code, severity, message, explain)                                         \
    {#code, SEVERITY_##severity, message, explain},
#include "diag.def"
#undef DIAG
};

/* What to do, where the place that tells a message has nothing of its own to say. */
static const char *const help_row[DIAG_COUNT] = {
#define HELP(code, text) [code] = text,
#include "help.def"
#undef HELP
};

/* ---- the list ---- */

void diags_init(Diags *d, Memory *m)
{
    memset(d, 0, sizeof *d);
    arena_init(&d->arena, m);
}

void diags_clear(Diags *d)
{
    Memory *m = d->arena.memory;
    diags_free(d);
    diags_init(d, m);
}

void diags_free(Diags *d)
{
    if (!d->arena.memory) return;
    memory_give(d->arena.memory, d->list, d->room * sizeof(Diag *));
    arena_free(&d->arena);
    d->list = NULL;
    d->count = d->room = d->errors = 0;
}

bool diags_retract(Diags *d, DiagCode code, uint32_t kept)
{
    if (d->count <= kept || d->list[d->count - 1]->code != code) return false;
    d->count--;
    if (rows[code].severity == SEVERITY_ERROR) d->errors--;
    return true;
}

/* The formats are rows of the table, checked there by eye and by tests/bad. */
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#endif
static char *formatted(Arena *a, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    char *text = arena_take(a, n < 0 ? 1 : (size_t)n + 1);
    if (n > 0) vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

Diag *diag_add_list(Diags *d, DiagCode code, Span span, va_list args)
{
    if (d->count == d->room) {
        uint32_t room = d->room ? 2 * d->room : 8;
        d->list = memory_grow(d->arena.memory, d->list, d->room * sizeof(Diag *),
                              room * sizeof(Diag *));
        d->room = room;
    }
    Diag *g = arena_take(&d->arena, sizeof *g);
    g->code = code;
    g->span = span;
    if (help_row[code]) {
        va_list again;
        va_copy(again, args);
        g->usual = formatted(&d->arena, help_row[code], again);
        va_end(again);
    }
    g->message = formatted(&d->arena, rows[code].message, args);
    d->list[d->count++] = g;
    if (rows[code].severity == SEVERITY_ERROR) d->errors++;
    return g;
}

Diag *diag_add(Diags *d, DiagCode code, Span span, ...)
{
    va_list args;
    va_start(args, span);
    Diag *g = diag_add_list(d, code, span, args);
    va_end(args);
    return g;
}

void diag_label(Diags *d, Diag *diag, Span span, const char *format, ...)
{
    if (diag->labels == DIAG_LABELS) return;
    va_list args;
    va_start(args, format);
    diag->label[diag->labels].span = span;
    diag->label[diag->labels++].text = formatted(&d->arena, format, args);
    va_end(args);
}

void diag_help(Diags *d, Diag *diag, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    diag->help = formatted(&d->arena, format, args);
    va_end(args);
}

const char *diag_advice(const Diag *diag)
{
    return diag->help ? diag->help : diag->usual;
}

static bool stands_before(const Diag *a, const Diag *b)
{
    if (a->span.source != b->span.source) return a->span.source < b->span.source;
    return a->span.from < b->span.from;
}

void diags_sort(Diags *d)
{
    for (uint32_t i = 1; i < d->count; i++) {
        Diag *g = d->list[i];
        uint32_t at = i;
        for (; at > 0 && stands_before(g, d->list[at - 1]); at--)
            d->list[at] = d->list[at - 1];
        d->list[at] = g;
    }
}

const char *diag_code_name(DiagCode code) { return rows[code].code; }

Severity diag_severity(DiagCode code) { return rows[code].severity; }

const char *diag_explain(DiagCode code) { return rows[code].explain; }
const char *diag_says(DiagCode code) { return rows[code].message; }

/* ---- showing ---- */

enum {
    TAB = 4,         /* columns of a tab in an excerpt */
    LINE_MOST = 160, /* columns of an excerpt; longer lines are cut around the marks */
    MARKS = DIAG_LABELS + 1
};

static const char bold[] = "\033[1m", red[] = "\033[1;31m", yellow[] = "\033[1;33m",
                  blue[] = "\033[1;34m", plain[] = "\033[0m";

/* A span on its line; mark 0 is the diagnostic's own. */
typedef struct Mark {
    Span span;
    const char *text;
    bool primary;
    uint32_t line;      /* from 1 */
    size_t start, end;  /* of the line, in bytes */
    size_t from, width; /* columns within the shown excerpt */
} Mark;

typedef struct Page {
    Out *out;
    bool color;
    int gutter;
    const Diag *diag;
    Mark mark[MARKS];
    int marks;
} Page;

static void ink(const Page *p, const char *code)
{
    if (p->color) out_str(p->out, code);
}

/* Bytes of the well-formed code point at t, 1 for anything else. */
static size_t step_of(const char *t, size_t left)
{
    unsigned char c = (unsigned char)t[0];
    size_t step = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC2 ? 2 : 1;
    if (c > 0xF4 || step > left) return 1;
    for (size_t i = 1; i < step; i++)
        if (((unsigned char)t[i] & 0xC0) != 0x80) return 1;
    return step;
}

/* Writes one code point as it can be shown (to NULL: only counts); its columns. */
static size_t show_point(Out *o, const char *t, size_t step)
{
    unsigned char c = (unsigned char)t[0];
    if (c == '\t') {
        if (o) out_str(o, "    ");
        return TAB;
    }
    bool c1 = step == 2 && c == 0xC2 && (unsigned char)t[1] < 0xA0;
    if (c < 0x20 || c == 0x7F || (step == 1 && c >= 0x80) || c1) {
        if (o) out_str(o, "\xEF\xBF\xBD");
        return 1;
    }
    if (o) out_text(o, (Text){t, step});
    return text_columns((Text){t, step});
}

static size_t show_piece(Out *o, Text text, size_t from, size_t to)
{
    size_t columns = 0;
    for (size_t i = from, step; i < to && i < text.len; i += step) {
        step = step_of(text.at + i, text.len - i);
        columns += show_point(o, text.at + i, step);
    }
    return columns;
}

static void place_mark(Mark *m, Text text)
{
    if (m->span.from > text.len) m->span.from = (uint32_t)text.len;
    if (m->span.to > text.len) m->span.to = (uint32_t)text.len;
    if (m->span.to < m->span.from) m->span.to = m->span.from;
    m->line = 1;
    m->start = 0;
    for (size_t i = 0; i < m->span.from; i++) {
        if (text.at[i] != '\n') continue;
        m->line++;
        m->start = i + 1;
    }
    m->end = m->start;
    while (m->end < text.len && text.at[m->end] != '\n') m->end++;
    if (m->end > m->start && text.at[m->end - 1] == '\r') m->end--;
}

static void gutter(const Page *p, uint32_t line)
{
    ink(p, blue);
    if (line)
        out_fmt(p->out, "%*u │", p->gutter, line);
    else
        out_fmt(p->out, "%*s │", p->gutter, "");
    ink(p, plain);
}

/* The row of carets and dashes under a line; the text of the last mark follows it. */
static void underline(Page *p, Mark **here, int count)
{
    size_t column = 0, width = 0;
    for (int i = 0; i < count; i++) {
        size_t end = here[i]->from + here[i]->width;
        if (end > width) width = end;
    }
    gutter(p, 0);
    out_str(p->out, " ");
    for (; column < width; column++) {
        char sign = ' ';
        for (int i = 0; i < count; i++) {
            const Mark *m = here[i];
            if (column < m->from || column >= m->from + m->width) continue;
            if (m->primary)
                sign = '^';
            else if (sign == ' ')
                sign = '-';
        }
        if (sign != ' ') ink(p, sign == '^' ? red : blue);
        out_char(p->out, sign);
        if (sign != ' ') ink(p, plain);
    }
    const Mark *last = here[count - 1];
    if (last->text) {
        ink(p, last->primary ? red : blue);
        out_fmt(p->out, " %s", last->text);
        ink(p, plain);
    }
    out_char(p->out, '\n');
    for (int i = count - 2; i >= 0; i--) {
        if (!here[i]->text) continue;
        gutter(p, 0);
        out_fmt(p->out, " %*s", (int)here[i]->from, "");
        ink(p, here[i]->primary ? red : blue);
        out_str(p->out, here[i]->text);
        ink(p, plain);
        out_char(p->out, '\n');
    }
}

/* One line with the marks that stand on it, ordered by column. */
static void excerpt(Page *p, Text text, Mark **here, int count)
{
    size_t start = here[0]->start, end = here[0]->end, from = start, to = end;
    if (show_piece(NULL, text, start, end) > LINE_MOST) {
        if (here[0]->span.from > start + LINE_MOST / 2)
            from = here[0]->span.from - LINE_MOST / 4;
        while (from > start && ((unsigned char)text.at[from] & 0xC0) == 0x80) from--;
        if (to > from + LINE_MOST) to = from + LINE_MOST;
        while (to < end && ((unsigned char)text.at[to] & 0xC0) == 0x80) to++;
    }
    gutter(p, here[0]->line);
    if (to > from) out_char(p->out, ' ');
    if (from > start) out_str(p->out, "…");
    show_piece(p->out, text, from, to);
    out_str(p->out, to < end ? "…\n" : "\n");
    int shown = 0;
    for (int i = 0; i < count; i++) {
        Mark *m = here[i];
        if (m->span.from > to) continue; /* cut away */
        size_t stop = m->span.to < to ? m->span.to : to;
        m->from = show_piece(NULL, text, from, m->span.from) + (from > start);
        m->width = show_piece(NULL, text, m->span.from, stop);
        if (!m->width) m->width = 1;
        here[shown++] = m;
    }
    if (shown) underline(p, here, shown);
}

/* The excerpts of one source, in the order of its lines. */
static void show_source(Page *p, SourceView view, uint32_t source)
{
    Mark *sorted[MARKS];
    int count = 0;
    for (int i = 0; i < p->marks; i++) {
        if (p->mark[i].span.source != source) continue;
        int at = count++;
        while (at > 0 && sorted[at - 1]->span.from > p->mark[i].span.from) {
            sorted[at] = sorted[at - 1];
            at--;
        }
        sorted[at] = &p->mark[i];
    }
    const Mark *head = sorted[0];
    for (int i = 0; i < count; i++)
        if (sorted[i]->primary) head = sorted[i];
    size_t column = 1;
    for (size_t i = head->start; i < head->span.from; i++)
        column += ((unsigned char)view.text.at[i] & 0xC0) != 0x80;
    ink(p, blue);
    out_fmt(p->out, "%*s ┌─", p->gutter, "");
    ink(p, plain);
    out_char(p->out, ' ');
    show_piece(p->out, view.name, 0, view.name.len);
    out_fmt(p->out, ":%u:%zu\n", head->line, column);
    gutter(p, 0);
    out_char(p->out, '\n');
    for (int i = 0, same; i < count; i += same) {
        for (same = 1; i + same < count; same++)
            if (sorted[i + same]->line != sorted[i]->line) break;
        excerpt(p, view.text, sorted + i, same);
    }
}

static void show_help(Page *p)
{
    const char *line = diag_advice(p->diag);
    for (bool first = true; line; first = false) {
        const char *end = strchr(line, '\n');
        size_t len = end ? (size_t)(end - line) : strlen(line);
        ink(p, blue);
        out_fmt(p->out, "%*s %s", p->gutter, "", first ? "=" : " ");
        ink(p, plain);
        out_str(p->out, first ? " help: " : "       ");
        out_text(p->out, (Text){line, len});
        out_char(p->out, '\n');
        line = end && end[1] ? end + 1 : NULL;
    }
}

void diag_render(Out *o, const Diag *d, SourceView (*source)(void *ud, uint32_t number),
                 void *ud, bool color)
{
    static const char *const words[] = {"error", "warning", "note"};
    Page page = {.out = o, .color = color, .gutter = 1, .diag = d};
    Severity severity = rows[d->code].severity;
    ink(&page, severity == SEVERITY_ERROR     ? red
               : severity == SEVERITY_WARNING ? yellow
                                              : blue);
    out_fmt(o, "%s[%s]", words[severity], rows[d->code].code);
    ink(&page, plain);
    ink(&page, bold);
    out_fmt(o, ": %s", d->message);
    ink(&page, plain);
    out_char(o, '\n');

    for (int i = -1; i < d->labels; i++) {
        Span span = i < 0 ? d->span : d->label[i].span;
        if (!span.source) continue;
        Mark *m = &page.mark[page.marks++];
        *m = (Mark){
            .span = span, .text = i < 0 ? d->at : d->label[i].text, .primary = i < 0};
        place_mark(m, source(ud, span.source).text);
        int digits = snprintf(NULL, 0, "%u", m->line);
        if (digits > page.gutter) page.gutter = digits;
    }
    for (int i = 0; i < page.marks; i++) {
        bool seen = false;
        for (int k = 0; k < i; k++)
            seen |= page.mark[k].span.source == page.mark[i].span.source;
        if (!seen)
            show_source(&page, source(ud, page.mark[i].span.source),
                        page.mark[i].span.source);
    }
    if (diag_advice(d)) {
        if (page.marks) {
            gutter(&page, 0);
            out_char(o, '\n');
        }
        show_help(&page);
    }
}
