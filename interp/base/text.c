/* SPDX-License-Identifier: MIT
 * Text: see text.h. Numbers go through strtod and printf under the "C" locale, which a
 * host may have changed: the decimal point is put right by hand.
 */
#include "text.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool text_same(Text a, Text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

void out_init(Out *o, Memory *m)
{
    o->memory = m;
    o->room = 64;
    o->len = 0;
    o->at = memory_take(m, o->room);
}

void out_free(Out *o)
{
    memory_give(o->memory, o->at, o->room);
    o->at = NULL;
    o->len = o->room = 0;
}

static void out_reserve(Out *o, size_t more)
{
    if (o->len + more + 1 <= o->room) return;
    size_t room = o->room * 2;
    if (room < o->len + more + 1) room = o->len + more + 1;
    o->at = memory_grow(o->memory, o->at, o->room, room);
    o->room = room;
}

void out_text(Out *o, Text t)
{
    out_reserve(o, t.len);
    if (t.len) memcpy(o->at + o->len, t.at, t.len);
    o->len += t.len;
    o->at[o->len] = 0;
}

void out_str(Out *o, const char *s) { out_text(o, text_of(s)); }

void out_char(Out *o, char c) { out_text(o, (Text){&c, 1}); }

void out_vfmt(Out *o, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    if (n > 0) {
        out_reserve(o, (size_t)n);
        vsnprintf(o->at + o->len, (size_t)n + 1, format, again);
        o->len += (size_t)n;
    }
    va_end(again);
}

void out_fmt(Out *o, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    out_vfmt(o, format, args);
    va_end(args);
}

static char locale_point(void)
{
    const struct lconv *l = localeconv();
    return l && l->decimal_point && l->decimal_point[0] ? l->decimal_point[0] : '.';
}

void out_real(Out *o, double x)
{
    if (isnan(x)) {
        out_str(o, "nan");
        return;
    }
    if (isinf(x)) {
        out_str(o, x < 0 ? "-inf" : "inf");
        return;
    }
    char buf[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buf, sizeof buf, "%.*g", digits, x);
        if (strtod(buf, NULL) == x) break;
    }
    char point = locale_point();
    for (char *p = buf; point != '.' && *p; p++)
        if (*p == point) *p = '.';
    out_str(o, buf);
}

static bool is_number(Text t)
{
    size_t i = 0, digits = 0;
    if (i < t.len && (t.at[i] == '-' || t.at[i] == '+')) i++;
    while (i < t.len && t.at[i] >= '0' && t.at[i] <= '9') i++, digits++;
    if (i < t.len && t.at[i] == '.') i++;
    while (i < t.len && t.at[i] >= '0' && t.at[i] <= '9') i++, digits++;
    if (!digits) return false;
    if (i < t.len && (t.at[i] == 'e' || t.at[i] == 'E')) {
        i++;
        if (i < t.len && (t.at[i] == '-' || t.at[i] == '+')) i++;
        size_t from = i;
        while (i < t.len && t.at[i] >= '0' && t.at[i] <= '9') i++;
        if (i == from) return false;
    }
    return i == t.len;
}

static bool word_is(Text t, const char *word)
{
    size_t n = strlen(word);
    if (t.len != n) return false;
    for (size_t i = 0; i < n; i++) {
        char c = t.at[i];
        if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        if (c != word[i]) return false;
    }
    return true;
}

bool text_to_real(Text t, double *x, bool words)
{
    if (words) {
        bool minus = t.len && t.at[0] == '-';
        Text w = minus ? (Text){t.at + 1, t.len - 1} : t;
        if (word_is(w, "nan") || word_is(w, "na")) return *x = (double)NAN, true;
        if (word_is(w, "inf") || word_is(w, "infinity"))
            return *x = minus ? -HUGE_VAL : HUGE_VAL, true;
    }
    if (!is_number(t)) return false;
    char small[64], *buf = small;
    if (t.len >= sizeof small) {
        buf = malloc(t.len + 1);
        if (!buf) return false;
    }
    char point = locale_point();
    for (size_t i = 0; i < t.len; i++) buf[i] = t.at[i] == '.' ? point : t.at[i];
    buf[t.len] = 0;
    *x = strtod(buf, NULL);
    if (buf != small) free(buf);
    return true;
}

size_t text_columns(Text t)
{
    size_t n = 0;
    for (size_t i = 0; i < t.len;) {
        unsigned char c = (unsigned char)t.at[i];
        uint32_t cp = c;
        size_t step = 1;
        if (c >= 0xF0)
            cp = c & 7u, step = 4;
        else if (c >= 0xE0)
            cp = c & 15u, step = 3;
        else if (c >= 0xC0)
            cp = c & 31u, step = 2;
        for (size_t k = 1; k < step && i + k < t.len; k++)
            cp = cp << 6 | ((unsigned char)t.at[i + k] & 63u);
        i += step;
        bool combining = (cp >= 0x300 && cp < 0x370) || (cp >= 0x200B && cp <= 0x200F);
        bool wide = (cp >= 0x1100 && cp <= 0x115F) ||
                    (cp >= 0x2E80 && cp <= 0xFF60 && cp != 0x303F) ||
                    (cp >= 0x1F300 && cp <= 0x1FAFF);
        n += combining ? 0 : wide ? 2 : 1;
    }
    return n;
}

int text_distance(Text a, Text b, int most)
{
    enum { LONGEST = 64 };
    int row[LONGEST + 1], last[LONGEST + 1] = {0}; /* last: the row before */
    if (a.len > LONGEST || b.len > LONGEST) return most + 1;
    for (size_t j = 0; j <= b.len; j++) row[j] = (int)j;
    for (size_t i = 1; i <= a.len; i++) {
        int corner = row[0], before = 0;
        row[0] = (int)i;
        for (size_t j = 1; j <= b.len; j++) {
            int up = row[j], best = corner + (a.at[i - 1] != b.at[j - 1]);
            bool crossed = i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] &&
                           a.at[i - 2] == b.at[j - 1];
            if (up + 1 < best) best = up + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            if (crossed && before + 1 < best) best = before + 1;
            before = last[j - 1];
            last[j - 1] = corner;
            corner = up;
            row[j] = best;
        }
        last[b.len] = corner;
    }
    return row[b.len];
}

/* A third of the letters may be wrong, and three at most; among equals one of the same
 * length is nearer. */
int text_mistaken(Text a, Text b)
{
    size_t len = a.len > b.len ? a.len : b.len;
    int most = len < 2 ? 0 : len < 8 ? (int)(len + 1) / 3 : 3;
    int d = text_distance(a, b, most);
    return d > most ? NAMES_APART : 2 * d + (d > 0 && a.len != b.len);
}
