/* SPDX-License-Identifier: MIT
 * zlib streams (RFC 1950, 1951) for rasters: one block with the fixed codes, and
 * matches at two distances only, the pixel to the left and the row above. Enlarged
 * pixels become small.
 */
#include "plot/plot_int.h"

typedef struct Bits {
    Out *o;
    uint32_t held;
    int count;
} Bits;

static void put_bits(Bits *b, uint32_t v, int n)
{
    b->held |= v << b->count;
    for (b->count += n; b->count >= 8; b->count -= 8, b->held >>= 8)
        out_char(b->o, (char)(b->held & 255));
}

/* Huffman codes go with their first bit first. */
static void put_code(Bits *b, uint32_t code, int n)
{
    for (int i = n - 1; i >= 0; i--) put_bits(b, code >> i & 1, 1);
}

static void put_symbol(Bits *b, uint32_t s)
{
    if (s < 144)
        put_code(b, 0x30 + s, 8);
    else if (s < 256)
        put_code(b, 0x190 + s - 144, 9);
    else if (s < 280)
        put_code(b, s - 256, 7);
    else
        put_code(b, 0xC0 + s - 280, 8);
}

/* Lengths 3 to 257, in groups of 4 codes with one extra bit more each. */
static void put_length(Bits *b, uint32_t length)
{
    uint32_t v = length - 3;
    int extra = 0;
    while (v >> extra >= 8) extra++;
    if (v < 8) {
        put_symbol(b, 257 + v);
        return;
    }
    put_symbol(b, 257 + 4 * (uint32_t)extra + (v >> extra));
    put_bits(b, v & ((1u << extra) - 1), extra);
}

static void put_distance(Bits *b, uint32_t distance)
{
    uint32_t v = distance - 1;
    int extra = 0;
    while (v >> extra >= 4) extra++;
    put_code(b, v < 4 ? v : 2 * (uint32_t)extra + (v >> extra), 5);
    put_bits(b, v & ((1u << extra) - 1), extra);
}

static uint32_t match(const unsigned char *p, size_t at, size_t n, size_t distance)
{
    enum { LONGEST = 257 }; /* 258 has a code of its own */
    uint32_t length = 0;
    if (distance > at || distance > 32768) return 0;
    while (length < LONGEST && at + length < n &&
           p[at + length] == p[at + length - distance])
        length++;
    return length;
}

static uint32_t adler(const unsigned char *p, size_t n)
{
    uint32_t low = 1, high = 0;
    for (size_t i = 0; i < n; i++) {
        low = (low + p[i]) % 65521;
        high = (high + low) % 65521;
    }
    return high << 16 | low;
}

void deflate_rows(Out *o, const unsigned char *p, size_t n, size_t pixel, size_t row)
{
    Bits b = {.o = o};
    out_text(o, (Text){"\x78\x01", 2});
    put_bits(&b, 1, 1); /* the last block */
    put_bits(&b, 1, 2); /* fixed codes */
    for (size_t i = 0; i < n;) {
        uint32_t left = match(p, i, n, pixel), above = match(p, i, n, row);
        uint32_t best = left > above ? left : above;
        if (best < 3) {
            put_symbol(&b, p[i++]);
            continue;
        }
        put_length(&b, best);
        put_distance(&b, (uint32_t)(left > above ? pixel : row));
        i += best;
    }
    put_symbol(&b, 256);
    put_bits(&b, 0, 7); /* to the end of a byte */
    uint32_t sum = adler(p, n);
    for (int s = 24; s >= 0; s -= 8) out_char(o, (char)(sum >> s & 255));
}
