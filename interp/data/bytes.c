/* SPDX-License-Identifier: MIT
 * What all readers do: see that a file is UTF-8 text, find repeated names, and name
 * places in messages.
 */
#include "data/data_int.h"

#include <stdio.h>
#include <string.h>

Text data_excerpt(Text t)
{
    enum { MOST = 40 };
    size_t n = 0;
    while (n < t.len && n < MOST && (unsigned char)t.at[n] >= 0x20 && t.at[n] != 0x7f)
        n++;
    if (n < t.len) /* cut inside a character: drop its start */
        while (n && ((unsigned char)t.at[n] & 0xC0) == 0x80) n--;
    return (Text){t.at, n};
}

ColumnLabel data_column_label(int64_t column, Text name)
{
    ColumnLabel l;
    if (name.len)
        snprintf(l.text, sizeof l.text, "%lld (`%.*s`)", (long long)column,
                 DATA_TEXT(name));
    else
        snprintf(l.text, sizeof l.text, "%lld", (long long)column);
    return l;
}

/* Length of the well-formed sequence at p (Unicode, table 3-7), or 0. */
static size_t utf8_step(const unsigned char *p, size_t left)
{
    unsigned char c = p[0], low = 0x80, high = 0xBF;
    size_t n;
    if (c < 0x80) return 1;
    if (c < 0xC2 || c > 0xF4) return 0;
    if (c < 0xE0)
        n = 2;
    else if (c < 0xF0)
        n = 3;
    else
        n = 4;
    if (c == 0xE0) low = 0xA0;
    if (c == 0xED) high = 0x9F;
    if (c == 0xF0) low = 0x90;
    if (c == 0xF4) high = 0x8F;
    if (n > left || p[1] < low || p[1] > high) return 0;
    for (size_t i = 2; i < n; i++)
        if ((p[i] & 0xC0) != 0x80) return 0;
    return n;
}

static bool complain(const DataFile *f, Text bytes, size_t at)
{
    long long row = 1;
    size_t start = 0;
    for (size_t i = 0; i < at; i++)
        if (bytes.at[i] == '\n') row++, start = i + 1;
    long long place = (long long)(at - start + 1);
    unsigned char c = (unsigned char)bytes.at[at];
    Diag *diag =
        c ? diag_add(f->d, E0501, f->span, DATA_NAME(f), row, place, (unsigned)c)
          : diag_add(f->d, E0502, f->span, DATA_NAME(f), row, place);
    const unsigned char *b = (const unsigned char *)bytes.at;
    bool wide = bytes.len >= 2 &&
                ((b[0] == 0xFF && b[1] == 0xFE) || (b[0] == 0xFE && b[1] == 0xFF));
    if (wide)
        diag_help(f->d, diag, "the file is UTF-16: save it as UTF-8");
    else if (bytes.len >= 2 && b[0] == 0x1F && b[1] == 0x8B)
        diag_help(f->d, diag, "the file is compressed: gunzip it first");
    else if (c)
        diag_help(f->d, diag, "save the file as UTF-8");
    return false;
}

bool data_body(const DataFile *f, Text bytes, Text *body)
{
    const unsigned char *p = (const unsigned char *)bytes.at;
    for (size_t i = 0; i < bytes.len;) {
        size_t step = utf8_step(p + i, bytes.len - i);
        if (step == 0 || p[i] == 0) return complain(f, bytes, i);
        i += step;
    }
    *body = bytes;
    if (bytes.len >= 3 && memcmp(bytes.at, "\xEF\xBB\xBF", 3) == 0)
        *body = (Text){bytes.at + 3, bytes.len - 3};
    return true;
}

static uint64_t hash(Text t)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
    for (size_t i = 0; i < t.len; i++)
        h = (h ^ (unsigned char)t.at[i]) * 0x100000001b3u;
    return h ^ h >> 29;
}

int64_t data_repeat(Arena *a, const Text *name, int64_t n, int64_t *before)
{
    uint64_t slots = 16;
    while (slots < (uint64_t)n * 2) slots *= 2;
    int64_t *slot = arena_take(a, slots * sizeof *slot); /* index + 1; 0: free */
    for (int64_t i = 0; i < n; i++) {
        uint64_t s = hash(name[i]) & (slots - 1);
        for (; slot[s]; s = (s + 1) & (slots - 1)) {
            if (!text_same(name[slot[s] - 1], name[i])) continue;
            *before = slot[s] - 1;
            return i;
        }
        slot[s] = i + 1;
    }
    return -1;
}

Text data_trim(Text t)
{
    while (t.len && (t.at[0] == ' ' || t.at[0] == '\t')) t.at++, t.len--;
    while (t.len && (t.at[t.len - 1] == ' ' || t.at[t.len - 1] == '\t')) t.len--;
    return t;
}
