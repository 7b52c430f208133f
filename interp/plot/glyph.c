/* SPDX-License-Identifier: MIT
 * Texts in pictures: how wide they are, where they break, and how they are written to
 * XML. Widths are the larger of Helvetica's and DejaVu Sans's, so whichever font a
 * viewer has, nothing is cut.
 */
#include "plot/plot_int.h"

#include <math.h>
#include <string.h>

/* Advance widths of U+0020 to U+007E in hundredths of the size. */
static const unsigned char ascii_width[] = {
    32, 41, 46, 84, 64, 96, 78, 28, 40, 40, 50, 84, 32, 37,  32, 34, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 34, 34, 84, 84, 84, 56, 102, 69, 69, 73, 77, 67,
    62, 78, 76, 30, 50, 67, 56, 87, 75, 79, 67, 79, 73, 67,  62, 74, 69, 99, 69,
    67, 69, 40, 34, 40, 84, 56, 50, 62, 64, 55, 64, 62, 36,  64, 64, 28, 28, 58,
    28, 98, 64, 62, 64, 64, 42, 53, 40, 64, 60, 82, 60, 60,  53, 64, 34, 64, 84};

/* The character at p and its length; 0 if it is not well formed. */
static size_t decode(const char *p, size_t left, uint32_t *c)
{
    const unsigned char *u = (const unsigned char *)p;
    *c = u[0];
    if (u[0] < 0x80) return 1;
    size_t n = u[0] >= 0xF0 ? 4 : u[0] >= 0xE0 ? 3 : 2;
    if (u[0] < 0xC2 || u[0] > 0xF4 || n > left) return 0;
    *c = u[0] & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((u[i] & 0xC0) != 0x80) return 0;
        *c = *c << 6 | (u[i] & 63u);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    bool surrogate = *c >= 0xD800 && *c < 0xE000;
    return *c < least[n] || *c > 0x10FFFF || surrogate ? 0 : n;
}

static double width_of(uint32_t c)
{
    if (c >= 0x20 && c < 0x7F) return ascii_width[c - 0x20];
    if ((c >= 0x300 && c < 0x370) || (c >= 0x200B && c <= 0x200F)) return 0;
    if (c >= 0x2070 && c < 0x2090) return 53; /* super- and subscripts */
    if (c == 0xB2 || c == 0xB3 || c == 0xB9) return 41;
    if (c >= 0xC0 && c < 0x250) return (c & 1) || c < 0xE0 ? 82 : 80;
    if (c >= 0x370 && c < 0x530) return 80; /* Greek, Cyrillic */
    return (c >= 0x1100 && c < 0x1160) || c >= 0x2E80 ? 105 : 84;
}

double glyph_width(Text t, double size, bool bold)
{
    double w = 0;
    for (size_t i = 0; i < t.len;) {
        uint32_t c;
        size_t n = decode(t.at + i, t.len - i, &c);
        w += n ? width_of(c) : 84;
        i += n ? n : 1;
    }
    return w * size / 100 * (bold ? 1.14 : 1); /* DejaVu Sans Bold to DejaVu Sans */
}

/* A copy without bad bytes and control characters (line ends stay). */
static Text cleaned(Arena *a, const char *s)
{
    size_t len = strlen(s), n = 0;
    char *to = arena_take(a, len * 3 + 1); /* U+FFFD has 3 bytes */
    for (size_t i = 0; i < len;) {
        uint32_t c;
        size_t step = decode(s + i, len - i, &c);
        bool good =
            step && c != 0x7F && (c >= 0x20 || c == '\n') && c != 0xFFFE && c != 0xFFFF;
        if (good)
            memcpy(to + n, s + i, step);
        else if (c == '\t')
            to[n] = ' ';
        else
            memcpy(to + n, "\uFFFD", 3);
        n += good ? step : c == '\t' ? 1 : 3;
        i += step ? step : 1;
    }
    return (Text){to, n};
}

/* Bytes of the first line of t; *next: where the second begins. */
static size_t first_line(Text t, double size, double most, bool bold, size_t *next)
{
    size_t fits = 0;
    for (size_t i = 0; i <= t.len; i++) {
        if (i < t.len && t.at[i] != ' ' && t.at[i] != '\n') continue;
        if (fits && glyph_width((Text){t.at, i}, size, bold) > most) break;
        fits = i;
        if (i == t.len || t.at[i] == '\n') break;
    }
    *next = fits < t.len ? fits + 1 : t.len;
    return fits;
}

Lines glyph_wrap(Arena *a, const char *s, double size, double most, bool bold)
{
    Lines l = {0};
    if (!s || !*s) return l;
    Text t = cleaned(a, s);
    size_t room = 1;
    for (size_t i = 0; i < t.len; i++) room += t.at[i] == ' ' || t.at[i] == '\n';
    l.line = arena_take(a, room * sizeof *l.line);
    while (t.len) {
        size_t next, n = first_line(t, size, most, bold, &next);
        Text line = {t.at, n};
        l.line[l.count++] = line;
        double w = glyph_width(line, size, bold);
        if (w > l.width) l.width = w;
        t = (Text){t.at + next, t.len - next};
    }
    return l;
}

void out_fixed(Out *o, double x)
{
    int64_t n = (int64_t)llround(fmax(fmin(x, 1e9), -1e9) * 100);
    if (n < 0) {
        out_char(o, '-');
        n = -n;
    }
    out_fmt(o, "%lld", (long long)(n / 100));
    int cents = (int)(n % 100);
    if (cents == 0) return;
    out_char(o, '.');
    out_char(o, (char)('0' + cents / 10));
    if (cents % 10) out_char(o, (char)('0' + cents % 10));
}

void out_xml(Out *o, Text t)
{
    for (size_t i = 0; i < t.len; i++) {
        switch (t.at[i]) {
        case '&': out_str(o, "&amp;"); break;
        case '<': out_str(o, "&lt;"); break;
        case '>': out_str(o, "&gt;"); break;
        case '"': out_str(o, "&quot;"); break;
        default: out_char(o, t.at[i]);
        }
    }
}
