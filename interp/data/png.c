/* SPDX-License-Identifier: MIT
 * PNG by libpng's simplified interface, which returns its errors. The file's chunks and
 * their checksums are looked at first, so that complaints name a byte. The only file
 * that knows libpng.
 */
#include "data/bytes.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

/* Signature, IHDR, whole chunks with right checksums, IEND at the end. */
static bool chunks_ok(const Bytes *b)
{
    size_t at = 8;
    bool end = false, first = true;
    if (!bytes_have(b, 0, 8, "its signature")) return false;
    if (memcmp(b->at, signature, 8) != 0)
        return bytes_bad(b, 0, "no PNG: the signature is not there");
    for (; !end; first = false) {
        if (!bytes_have(b, at, 12, "a chunk")) return false;
        size_t len = (size_t)bytes_number(b->at + at, 4, true);
        const unsigned char *type = b->at + at + 4;
        if (!bytes_have(b, at + 8, len + 4, "a chunk")) return false;
        if (crc_of(type, len + 4) != bytes_number(type + 4 + len, 4, true))
            return bytes_bad(b, at, "the checksum of this chunk is wrong");
        if (first && (len != 13 || memcmp(type, "IHDR", 4) != 0))
            return bytes_bad(b, at, "the chunk IHDR is due here");
        end = memcmp(type, "IEND", 4) == 0;
        at += 12 + len;
    }
    return at == b->len || bytes_bad(b, at, "something follows the picture");
}

/* Whether its pixels can be packed in so few bytes (deflate: 1032 to one). */
static bool size_ok(const Bytes *b, const png_image *image, int64_t bytes_a_pixel)
{
    uint64_t pixels = (uint64_t)image->width * image->height;
    if (pixels <= (1u << 30) && pixels / 8 / DEFLATE_RATIO <= b->len &&
        pixels * (uint64_t)bytes_a_pixel <= (1ull << 32))
        return true;
    return bytes_bad(b, 16, "%u by %u pixels cannot be packed in %llu bytes",
                     image->width, image->height, (unsigned long long)b->len);
}

bool png_read(Arena *a, Diags *d, Span span, Text file, Text bytes, Numbers *out)
{
    Bytes b = bytes_of(a, d, span, file, bytes);
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!chunks_ok(&b)) return false;
    if (!png_image_begin_read_from_memory(&image, b.at, b.len))
        return bytes_bad(&b, 8, "%s", image.message);
    bool wide = (image.format & PNG_FORMAT_FLAG_LINEAR) != 0;
    unsigned channels =
        PNG_IMAGE_SAMPLE_CHANNELS(image.format & ~PNG_FORMAT_FLAG_COLORMAP);
    image.format = (channels > 2 ? PNG_FORMAT_FLAG_COLOR : 0u) |
                   (channels % 2 == 0 ? PNG_FORMAT_FLAG_ALPHA : 0u) |
                   (wide ? PNG_FORMAT_FLAG_LINEAR : 0u);
    png_uint_32 format = image.format;
    bool fits = size_ok(&b, &image, (int64_t)channels * (wide ? 2 : 1));
    png_image_free(&image);
    if (!fits) return false;
    /* Taking memory may jump, so none is taken while libpng holds some. */
    unsigned char *raw = arena_take(a, PNG_IMAGE_SIZE(image));
    image = (png_image){.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_memory(&image, b.at, b.len))
        return bytes_bad(&b, 8, "%s", image.message);
    image.format = format;
    if (!png_image_finish_read(&image, NULL, raw, 0, NULL))
        return bytes_bad(&b, 8, "%s", image.message);
    const uint16_t one = 1;
    *out = (Numbers){.rank = channels == 1 ? 2 : 3,
                     .dim = {image.height, image.width, channels},
                     .cell = wide ? CELL_U16 : CELL_U8,
                     .big = *(const unsigned char *)&one == 0,
                     .most = wide ? 65535 : 255,
                     .raw = raw};
    return true;
}

bool png_write(Arena *a, Out *o, const Bitmap *b)
{
    static const png_uint_32 formats[] = {PNG_FORMAT_GRAY, PNG_FORMAT_GA,
                                          PNG_FORMAT_RGB, PNG_FORMAT_RGBA};
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)b->width,
                       .height = (png_uint_32)b->height,
                       .format = formats[b->channels - 1]};
    png_alloc_size_t size = 0;
    if (b->width > 1 << 24 || b->height > 1 << 24) return false;
    if (!png_image_write_get_memory_size(image, size, 0, b->byte, 0, NULL))
        return false;
    char *to = arena_take(a, size + 1);
    bool ok = png_image_write_to_memory(&image, to, &size, 0, b->byte, 0, NULL) != 0;
    if (ok) out_text(o, (Text){to, size});
    return ok;
}
