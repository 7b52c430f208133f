/* SPDX-License-Identifier: MIT
 * What the targets over rooms share: memory with a limit, and a check that all of it
 * was given back.
 */
#ifndef UNC_TESTS_FUZZ_H
#define UNC_TESTS_FUZZ_H

#include "base/text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Fuzz {
    Memory memory;
    Text bytes;
} Fuzz;

static void *fuzz_alloc(void *ud, void *ptr, size_t old_size, size_t new_size)
{
    (void)ud;
    (void)old_size;
    if (new_size > 0) return realloc(ptr, new_size);
    free(ptr);
    return NULL;
}

/* Every input ends well, in 64 MiB. */
static int fuzz_run(void (*work)(void *), const uint8_t *data, size_t size)
{
    Fuzz f = {.memory = {.alloc = fuzz_alloc, .limit = (size_t)64 << 20},
              .bytes = {(const char *)data, size}};
    if (memory_run(&f.memory, work, &f) != MEMORY_OK || f.memory.used > 0) abort();
    return 0;
}

#endif
