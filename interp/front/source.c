/* SPDX-License-Identifier: MIT
 * A text and its lines: offsets to lines and columns, the comment above a definition,
 * and whether the text is UTF-8 at all.
 */
#include "front/front_int.h"

#include <string.h>

Source *source_new(Arena *a, uint32_t number, Text name, Text text)
{
    Source *s = arena_take(a, sizeof *s);
    s->number = number;
    char *n = arena_take(a, name.len + 1), *t = arena_take(a, text.len + 1);
    if (name.len) memcpy(n, name.at, name.len);
    if (text.len) memcpy(t, text.at, text.len);
    s->name = (Text){n, name.len};
    s->text = (Text){t, text.len};
    s->lines = 1;
    for (size_t i = 0; i < text.len; i++) s->lines += t[i] == '\n';
    s->line = arena_take(a, s->lines * sizeof *s->line);
    uint32_t line = 1;
    for (size_t i = 0; i < text.len; i++)
        if (t[i] == '\n') s->line[line++] = (uint32_t)i + 1;
    return s;
}

/* The line (from 0) of an offset. */
static uint32_t line_of(const Source *s, uint32_t offset)
{
    uint32_t low = 0, high = s->lines;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (s->line[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

void source_place(const Source *s, uint32_t offset, uint32_t *line, uint32_t *column)
{
    if (offset > s->text.len) offset = (uint32_t)s->text.len;
    uint32_t number = line_of(s, offset);
    *line = number + 1;
    *column = 1;
    for (uint32_t i = s->line[number]; i < offset; i++)
        *column += ((unsigned char)s->text.at[i] & 0xC0u) != 0x80u;
}

/* How far the line of an offset stands in. */
uint32_t line_indent(const Source *s, uint32_t offset)
{
    uint32_t n = 0;
    for (uint32_t from = s->line[line_of(s, offset)]; from < s->text.len; from++, n++)
        if (s->text.at[from] != ' ' && s->text.at[from] != '\t') break;
    return n;
}

Text span_text(const Source *s, Span span)
{
    if (span.to > s->text.len || span.from > span.to) return (Text){"", 0};
    return (Text){s->text.at + span.from, span.to - span.from};
}

/* The line without its blanks in front and its end. */
static Text bare_line(const Source *s, uint32_t line)
{
    uint32_t from = s->line[line];
    uint32_t to = line + 1 < s->lines ? s->line[line + 1] : (uint32_t)s->text.len;
    const char *t = s->text.at;
    while (from < to && (t[from] == ' ' || t[from] == '\t')) from++;
    while (from < to && (t[to - 1] == '\n' || t[to - 1] == '\r')) to--;
    return (Text){t + from, to - from};
}

void comment_above(Arena *a, const Source *s, uint32_t offset, Text *doc)
{
    uint32_t line = line_of(s, offset), first = line;
    if (bare_line(s, line).at < s->text.at + offset)
        return; /* something stands before */
    size_t room = 0;
    while (first > 0) {
        Text above = bare_line(s, first - 1);
        if (!above.len || above.at[0] != '#') break;
        room += above.len;
        first--;
    }
    if (first == line) return;
    char *text = arena_take(a, room + 1);
    size_t len = 0;
    for (uint32_t i = first; i < line; i++) {
        Text one = bare_line(s, i);
        size_t skip = one.len > 1 && one.at[1] == ' ' ? 2 : 1;
        if (i > first) text[len++] = '\n';
        memcpy(text + len, one.at + skip, one.len - skip);
        len += one.len - skip;
    }
    *doc = (Text){text, len};
}

/* Bytes of the code point at t, 0 if there is none. */
static size_t utf8_step(const unsigned char *t, size_t left)
{
    if (t[0] < 0x80) return 1;
    size_t step = t[0] >= 0xF0 ? 4 : t[0] >= 0xE0 ? 3 : 2;
    if (t[0] < 0xC2 || t[0] > 0xF4 || step > left) return 0;
    for (size_t i = 1; i < step; i++)
        if ((t[i] & 0xC0) != 0x80) return 0;
    if (t[0] == 0xE0 && t[1] < 0xA0) return 0; /* longer than need be */
    if (t[0] == 0xED && t[1] > 0x9F) return 0; /* half of a UTF-16 pair */
    if (t[0] == 0xF0 && t[1] < 0x90) return 0;
    if (t[0] == 0xF4 && t[1] > 0x8F) return 0; /* beyond Unicode */
    return step;
}

bool utf8_check(Diags *d, const Source *s)
{
    const unsigned char *t = (const unsigned char *)s->text.at;
    size_t i = 0, n = s->text.len;
    uint32_t found = 0;
    while (i < n && found < 3) {
        size_t step = utf8_step(t + i, n - i), from = i;
        if (step) {
            i += step;
            continue;
        }
        while (i < n && !utf8_step(t + i, n - i)) i++;
        Diag *g = diag_add(d, E0009, (Span){s->number, (uint32_t)from, (uint32_t)i});
        diag_help(d, g, "save the file as UTF-8");
        found++;
    }
    return found == 0;
}
