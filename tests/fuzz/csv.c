/* SPDX-License-Identifier: MIT
 * Fuzzing the reader of CSV: any bytes give data or a diagnostic.
 */
#include "fuzz.h"
#include "data/data.h"

static void work(void *ctx)
{
    Fuzz *f = ctx;
    Arena arena;
    Diags diags;
    arena_init(&arena, &f->memory);
    diags_init(&diags, &f->memory);
    Table table = {0};
    bool read =
        csv_read(&arena, &diags, (Span){0}, text_of("fuzz.csv"), f->bytes, &table);
    if (read == (diags.errors > 0)) abort(); /* one or the other */
    if (read) {
        Out out;
        out_init(&out, &f->memory);
        csv_write(&out, &table);
        out_free(&out);
    }
    table_read(&arena, &diags, (Span){0}, text_of("fuzz.txt"), f->bytes, &table);
    diags_free(&diags);
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_run(work, data, size);
}
