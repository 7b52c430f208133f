/* SPDX-License-Identifier: MIT
 * Deflated parts of files by zlib: gzip files and members of archives. The only file
 * that knows zlib. What comes out is bounded before it is taken.
 */
#include "data/bytes.h"

#include <zlib.h>

/* zlib's own memory, taken before it runs: nothing may jump through its frames. */
typedef struct Room {
    char *at;
    size_t left;
} Room;

static void *zlib_take(void *room, unsigned n, unsigned size)
{
    Room *r = room;
    size_t bytes = ((size_t)n * size + 63) & ~(size_t)63;
    if (bytes > r->left) return NULL;
    r->left -= bytes;
    r->at += bytes;
    return r->at - bytes;
}

static void zlib_give(void *room, void *p) { (void)room, (void)p; }

uint32_t crc_of(const unsigned char *at, size_t len)
{
    return (uint32_t)crc32_z(0, at, len);
}

/* Inflates to `room` bytes at most. */
static int run(const Bytes *b, size_t offset, size_t len, int window, unsigned char *to,
               size_t room, size_t *got, size_t *read)
{
    enum { STEP = 1 << 30, OWN = 1 << 16 };
    Room own = {arena_take(b->file.a, OWN), OWN};
    z_stream z = {.zalloc = zlib_take, .zfree = zlib_give, .opaque = &own};
    const unsigned char *from = b->at + offset;
    int end = inflateInit2(&z, window);
    *got = *read = 0;
    for (end = end == Z_OK ? Z_OK : Z_MEM_ERROR; end == Z_OK;) {
        size_t more = len - *read < STEP ? len - *read : STEP;
        size_t left = room - *got < STEP ? room - *got : STEP;
        z.next_in = (unsigned char *)(uintptr_t)(from + *read);
        z.avail_in = (unsigned)more;
        z.next_out = to + *got;
        z.avail_out = (unsigned)left;
        end = inflate(&z, Z_NO_FLUSH);
        *read += more - z.avail_in;
        *got += left - z.avail_out;
        if (end == Z_OK && more == z.avail_in && left == z.avail_out) end = Z_BUF_ERROR;
    }
    inflateEnd(&z);
    return end;
}

bool is_gzip(const Bytes *b)
{
    return b->len >= 2 && b->at[0] == 0x1F && b->at[1] == 0x8B;
}

bool gzip_open(const Bytes *b, size_t most, Bytes *out)
{
    if (!bytes_have(b, 0, 18, "the head of gzip")) return false;
    size_t size = (size_t)bytes_number(b->at + b->len - 4, 4, false), got, read;
    if (size > most || size / DEFLATE_RATIO > b->len)
        return bytes_bad(b, b->len - 4, "%llu bytes cannot be packed here",
                         (unsigned long long)size);
    unsigned char *to = arena_take(b->file.a, size + 1);
    int end = run(b, 0, b->len, 15 + 16, to, size + 1, &got, &read);
    if (end == Z_BUF_ERROR && got <= size)
        return bytes_bad(b, b->len, "the file ends within its packed part");
    if (end != Z_STREAM_END || got != size)
        return bytes_bad(b, read, "the packed part is damaged");
    if (read != b->len) return bytes_bad(b, read, "something follows the packed part");
    *out = (Bytes){b->file, to, size, "unpacked, "};
    return true;
}

bool inflate_raw(const Bytes *b, size_t offset, size_t len, size_t size, Bytes *out)
{
    size_t got, read;
    if (size / DEFLATE_RATIO > len)
        return bytes_bad(b, offset, "%llu bytes cannot be packed in %llu",
                         (unsigned long long)size, (unsigned long long)len);
    unsigned char *to = arena_take(b->file.a, size + 1);
    int end = run(b, offset, len, -15, to, size + 1, &got, &read);
    if (end != Z_STREAM_END || got != size)
        return bytes_bad(b, offset + read, "the packed part is damaged");
    *out = (Bytes){b->file, to, size, "unpacked, "};
    return true;
}
