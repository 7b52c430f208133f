/* SPDX-License-Identifier: MIT
 * Fuzzing the readers of pictures and arrays: the first byte says which; any others
 * give numbers or a diagnostic.
 */
#include "fuzz.h"
#include "data/data.h"

static void copy(const Numbers *n, Memory *m)
{
    size_t bytes = (size_t)numbers_count(n) * sizeof(double);
    void *to = memory_take_raw(m, bytes + 1);
    numbers_copy(n, to);
    memory_give(m, to, bytes + 1);
}

static void work(void *ctx)
{
    Fuzz *f = ctx;
    Arena arena;
    Diags diags;
    Numbers n;
    NamedNumbers *all;
    int64_t count;
    Span span = {0};
    Text name = text_of("fuzz"), bytes = f->bytes;
    if (!bytes.len) return;
    char form = *bytes.at;
    bytes.at++, bytes.len--;
    arena_init(&arena, &f->memory);
    diags_init(&diags, &f->memory);
    bool read = form == 0   ? picture_read(&arena, &diags, span, name, bytes, &n)
                : form == 1 ? idx_read(&arena, &diags, span, name, bytes, &n)
                : form == 2 ? npy_read(&arena, &diags, span, name, bytes, &n)
                            : npz_read(&arena, &diags, span, name, bytes, &all, &count);
    if (read == (diags.errors > 0)) abort(); /* one or the other */
    if (read && form >= 0 && form < 3) copy(&n, &f->memory);
    diags_free(&diags);
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_run(work, data, size);
}
