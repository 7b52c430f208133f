/* SPDX-License-Identifier: MIT
 * What the readers of binary forms share: a file's bytes with a place in them, numbers
 * of several bytes, complaints that name a byte, and deflated parts.
 */
#ifndef UNC_DATA_BYTES_H
#define UNC_DATA_BYTES_H

#include "data/data_int.h"

/* A file, or a part of one that was packed: then `packed` says of what, and offsets
 * are into what came out. */
typedef struct Bytes {
    DataFile file;
    const unsigned char *at;
    size_t len;
    const char *packed; /* NULL: the file itself */
} Bytes;

Bytes bytes_of(Arena *a, Diags *d, Span span, Text file, Text bytes);
/* E0556 with the offset; false. */
bool bytes_bad(const Bytes *b, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Whether `need` bytes are there from `offset` on; else the complaint. */
bool bytes_have(const Bytes *b, size_t offset, size_t need, const char *what);

uint64_t bytes_number(const unsigned char *at, int count, bool big);
void put_number(Out *o, uint64_t x, int count, bool big);

size_t cell_size(Cell c);
/* Whether sizes are 0 to 2^40 together and `have` bytes from `offset` on are at least,
 * or if `exact` just, the numbers; else the complaint. */
bool numbers_fit(const Bytes *b, size_t offset, size_t have, bool exact,
                 const Numbers *n);

/* ---- zlib (inflate.c) ---- */
enum { DEFLATE_RATIO = 1032 }; /* deflate makes no more of a byte */
uint32_t crc_of(const unsigned char *at, size_t len);
bool is_gzip(const Bytes *b);
/* The one member of a gzip file; at most `most` bytes come out. */
bool gzip_open(const Bytes *b, size_t most, Bytes *out);
/* `size` bytes from the raw deflated ones at offset. */
bool inflate_raw(const Bytes *b, size_t offset, size_t len, size_t size, Bytes *out);

#endif
