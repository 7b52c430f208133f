/* SPDX-License-Identifier: MIT
 * Portable grey and colour maps, PGM and PPM: in bytes (P5, P6) or as text (P2, P3).
 */
#include "data/bytes.h"

#include <string.h>

/* A whole number after blanks and `#` comments; -1: none is there or it is above
 * `most`. */
static int64_t head_number(const Bytes *b, size_t *at, int64_t most)
{
    while (*at < b->len && (strchr(" \t\r\n\v\f", b->at[*at]) || b->at[*at] == '#')) {
        if (!b->at[*at]) return -1;
        if (b->at[*at] == '#')
            while (*at < b->len && b->at[*at] != '\n') ++*at;
        else
            ++*at;
    }
    int64_t x = -1;
    while (*at < b->len && b->at[*at] >= '0' && b->at[*at] <= '9') {
        x = (x < 0 ? 0 : x) * 10 + (b->at[*at] - '0');
        if (x > most) return -1;
        ++*at;
    }
    return x;
}

/* The numbers of P2 and P3, as 16 bits. */
static bool text_numbers(const Bytes *b, size_t at, int64_t most, Numbers *out)
{
    int64_t n = numbers_count(out);
    unsigned char *raw = arena_take(b->file.a, (size_t)n * 2 + 1);
    for (int64_t i = 0; i < n; i++) {
        int64_t x = head_number(b, &at, most);
        if (x < 0)
            return bytes_bad(b, at, "number %lld of %lld is due, from 0 to %lld",
                             (long long)i + 1, (long long)n, (long long)most);
        raw[2 * i] = (unsigned char)(x >> 8);
        raw[2 * i + 1] = (unsigned char)(x & 255);
    }
    out->cell = CELL_U16;
    out->raw = raw;
    return true;
}

bool pnm_read(Arena *a, Diags *d, Span span, Text file, Text bytes, Numbers *out)
{
    enum { MOST = 1 << 24 };
    Bytes b = bytes_of(a, d, span, file, bytes);
    size_t at = 2;
    memset(out, 0, sizeof *out);
    if (!bytes_have(&b, 0, 2, "its first word")) return false;
    int kind = b.at[0] == 'P' ? b.at[1] - '0' : 0;
    if (kind != 2 && kind != 3 && kind != 5 && kind != 6)
        return bytes_bad(&b, 0, "no PGM or PPM: it begins with P2, P3, P5 or P6");
    static const char *const what[] = {"the width", "the height", "the largest number"};
    int64_t number[3];
    for (int i = 0; i < 3; i++) {
        number[i] = head_number(&b, &at, i == 2 ? 65535 : MOST);
        if (number[i] < 1)
            return bytes_bad(&b, at, "%s is due, from 1 to %d", what[i],
                             i == 2 ? 65535 : MOST);
    }
    *out = (Numbers){.rank = kind % 3 == 0 ? 3 : 2,
                     .dim = {number[1], number[0], 3},
                     .cell = number[2] > 255 ? CELL_U16 : CELL_U8,
                     .big = true,
                     .most = (double)number[2]};
    if (!bytes_have(&b, at, 1, "the blank before the numbers")) return false;
    if (kind < 4) {
        Numbers least = *out; /* a digit and a blank each */
        least.cell = CELL_U16;
        return numbers_fit(&b, at, b.len - at + 1, false, &least) &&
               text_numbers(&b, at, number[2], out);
    }
    at++;
    out->raw = b.at + at;
    if (!numbers_fit(&b, at, b.len - at, true, out)) return false;
    for (int64_t i = 0; number[2] < 255 && i < numbers_count(out); i++)
        if (out->raw[i] > number[2])
            return bytes_bad(&b, at + (size_t)i, "%d where the largest number is %lld",
                             out->raw[i], (long long)number[2]);
    return true;
}

void pnm_write(Out *o, const Bitmap *b)
{
    out_fmt(o, "P%d\n%lld %lld\n255\n", b->channels == 3 ? 6 : 5, (long long)b->width,
            (long long)b->height);
    out_text(
        o, (Text){(const char *)b->byte, (size_t)(b->height * b->width * b->channels)});
}
