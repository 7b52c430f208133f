/* SPDX-License-Identifier: MIT
 * JPEG by libjpeg-turbo's TurboJPEG interface, which returns its errors. The only file
 * that knows it.
 */
#include "data/bytes.h"

#include <string.h>
#include <turbojpeg.h>

/* The end marker, which the decoder would make up. */
static bool ends(const Bytes *b)
{
    return (b->len >= 4 && b->at[b->len - 2] == 0xFF && b->at[b->len - 1] == 0xD9) ||
           bytes_bad(b, b->len, "the file ends before the picture does");
}

typedef struct Head {
    int width, height, channels;
} Head;

static bool read_head(tjhandle tj, const Bytes *b, Head *h)
{
    enum { MOST = 65500, A_BYTE = 4096 };
    int sampling, space;
    if (tjDecompressHeader3(tj, b->at, b->len, &h->width, &h->height, &sampling,
                            &space) != 0)
        return bytes_bad(b, 0, "%s", tjGetErrorStr2(tj));
    if (h->width < 1 || h->height < 1 || h->width > MOST || h->height > MOST ||
        (size_t)h->width * (size_t)h->height / A_BYTE > b->len)
        return bytes_bad(b, 0, "%d by %d pixels cannot be packed in %llu bytes",
                         h->width, h->height, (unsigned long long)b->len);
    if (space == TJCS_CMYK || space == TJCS_YCCK)
        return bytes_bad(b, 0, "a picture in CMYK, where grey or RGB is due");
    h->channels = space == TJCS_GRAY ? 1 : 3;
    return true;
}

static bool read_pixels(tjhandle tj, const Bytes *b, const Head *h, unsigned char *to)
{
    enum { FLAGS = TJFLAG_STOPONWARNING | TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS };
    int format = h->channels == 1 ? TJPF_GRAY : TJPF_RGB;
    if (tjDecompress2(tj, b->at, b->len, to, h->width, 0, h->height, format, FLAGS) ==
        0)
        return true;
    return bytes_bad(b, 0, "%s", tjGetErrorStr2(tj));
}

/* Taking memory may jump, so none is taken while the decoder is open. */
bool jpeg_read(Arena *a, Diags *d, Span span, Text file, Text bytes, Numbers *out)
{
    Bytes b = bytes_of(a, d, span, file, bytes);
    Head h = {0, 0, 0};
    unsigned char *to = NULL;
    if (!bytes_have(&b, 0, 4, "its first marker")) return false;
    if (b.at[0] != 0xFF || b.at[1] != 0xD8)
        return bytes_bad(&b, 0, "no JPEG: the first marker is not there");
    if (!ends(&b)) return false;
    for (int pixels = 0; pixels < 2; pixels++) {
        tjhandle tj = tjInitDecompress();
        if (!tj) return bytes_bad(&b, 0, "no memory to read it");
        bool ok = pixels ? read_pixels(tj, &b, &h, to) : read_head(tj, &b, &h);
        tjDestroy(tj);
        if (!ok) return false;
        if (!pixels)
            to = arena_take(a, (size_t)h.width * (size_t)h.height * (size_t)h.channels);
    }
    *out = (Numbers){.rank = h.channels == 1 ? 2 : 3,
                     .dim = {h.height, h.width, h.channels},
                     .cell = CELL_U8,
                     .most = 255,
                     .raw = to};
    return true;
}

bool jpeg_write(Arena *a, Out *o, const Bitmap *b, int quality)
{
    if (b->width > 65500 || b->height > 65500) return false;
    bool grey = b->channels == 1;
    int width = (int)b->width, height = (int)b->height,
        sampling = grey ? TJSAMP_GRAY : TJSAMP_444;
    unsigned long size = tjBufSize(width, height, sampling);
    unsigned char *to = arena_take(a, size);
    tjhandle tj = tjInitCompress();
    if (!tj) return false;
    int end =
        tjCompress2(tj, b->byte, width, 0, height, grey ? TJPF_GRAY : TJPF_RGB, &to,
                    &size, sampling, quality, TJFLAG_ACCURATEDCT | TJFLAG_NOREALLOC);
    tjDestroy(tj);
    if (end == 0) out_text(o, (Text){(const char *)to, size});
    return end == 0;
}
