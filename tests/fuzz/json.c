/* SPDX-License-Identifier: MIT
 * Fuzzing the reader of JSON: any bytes give data or a diagnostic.
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
    Json json;
    bool read =
        json_read(&arena, &diags, (Span){0}, text_of("fuzz.json"), f->bytes, &json);
    if (read == (diags.errors > 0)) abort(); /* one or the other */
    diags_free(&diags);
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_run(work, data, size);
}
