/* SPDX-License-Identifier: MIT
 * Binary files that are cut off or damaged: every truncation of each sample, and 200
 * flipped bytes of each, meet one complaint of one line, or numbers.
 */
#include "data/data.h"

#include <stdlib.h>
#include <string.h>

#include "../reference.h"
#include "../tap.h"

enum { MOST = 4096, FLIPS = 200 };

typedef bool Reader(Arena *a, Diags *d, Span span, Text file, Text bytes, Numbers *out);

static bool archive_read(Arena *a, Diags *d, Span span, Text file, Text bytes,
                         Numbers *out)
{
    NamedNumbers *all;
    int64_t count;
    if (!npz_read(a, d, span, file, bytes, &all, &count)) return false;
    *out = count ? all[0].numbers : (Numbers){.rank = 1};
    return true;
}

/* Whether reading said yes and gives numbers, or no with one line. `read`: which. */
static bool fine(Reader *reader, Text bytes, bool *read)
{
    Memory memory = reference_memory();
    Arena arena;
    Diags diags;
    Numbers n;
    char *copy = malloc(bytes.len + 1); /* of this size, so that ASan sees its end */
    memcpy(copy, bytes.at, bytes.len);
    arena_init(&arena, &memory);
    diags_init(&diags, &memory);
    Text own = {copy, bytes.len};
    *read = reader(&arena, &diags, (Span){1, 0, 1}, text_of("sample"), own, &n);
    bool ok = *read ? diags.errors == 0 : diags.errors == 1;
    if (*read) {
        double *to = malloc((size_t)numbers_count(&n) * sizeof *to + 1);
        numbers_copy(&n, to);
        free(to);
    } else if (diags.count == 1) {
        ok = ok && !strchr(diags.list[0]->message, '\n');
    }
    arena_free(&arena);
    diags_free(&diags);
    free(copy);
    return ok;
}

/* spare: bytes at the end that may be missing unseen; checked: all are under a
 * checksum. */
static void test_file(const char *path, Reader *reader, size_t spare, bool checked)
{
    static char bytes[MOST];
    bool read, all = true, none = true;
    FILE *f = fopen(path, "rb");
    size_t len = f ? fread(bytes, 1, sizeof bytes, f) : 0;
    if (f) fclose(f);
    ok(len > 0 && len < MOST && fine(reader, (Text){bytes, len}, &read) && read,
       "%s is read whole", path);
    for (size_t n = 0; n < len - spare; n++) {
        all = fine(reader, (Text){bytes, n}, &read) && all;
        none = none && !read;
    }
    ok(all && none, "each of its %zu truncations meets one line", len);
    uint64_t at = 1;
    all = none = true;
    for (int i = 0; i < FLIPS; i++) {
        at = at * 6364136223846793005u + 1442695040888963407u;
        char *c = &bytes[(at >> 33) % len], before = *c;
        *c = (char)(before ^ (char)(1 + (at >> 20) % 255));
        all = fine(reader, (Text){bytes, len}, &read) && all;
        none = none && !read;
        *c = before;
    }
    ok(all, "a flipped byte gives one line or numbers");
    if (checked) ok(none, "and no flip goes unseen by the checksums");
}

int main(void)
{
#define AT "tests/image/files/"
    test_file(AT "grey.png", png_read, 0, true);
    test_file(AT "wide.png", png_read, 0, true);
    test_file(AT "palette.png", picture_read, 0, true);
    test_file(AT "photo.jpg", jpeg_read, 0, false);
    test_file(AT "text.pgm", pnm_read, 2, false);
    test_file(AT "bytes.ppm", picture_read, 0, false);
    test_file(AT "bytes.idx", idx_read, 0, false);
    test_file(AT "bytes.idx.gz", idx_read, 0, false);
    test_file(AT "real.npy", npy_read, 0, false);
    test_file(AT "columns.npy", npy_read, 0, false);
    test_file(AT "packed.npz", archive_read, 0, false);
    test_file(AT "stored.npz", archive_read, 0, false);
    return done_testing();
}
