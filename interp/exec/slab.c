/* SPDX-License-Identifier: MIT
 * Large storage, aligned to 64 bytes; from 4 MiB on aligned to 2 MiB and advised to lie
 * on huge pages. The block is found again by the word in front of the start.
 */
#define _DEFAULT_SOURCE /* madvise */
#include "exec_int.h"

#include <string.h>
#include <sys/mman.h>

#define SLAB_LINE ((size_t)64)
#define SLAB_HUGE ((size_t)2 << 20)
/* Below this a huge page would be mostly waste. */
#define SLAB_HUGE_FROM ((size_t)4 << 20)

static size_t slab_align(size_t size)
{
    return size >= SLAB_HUGE_FROM ? SLAB_HUGE : SLAB_LINE;
}

static size_t slab_room(size_t size)
{
    return size + slab_align(size) + sizeof(void *);
}

void *slab_take_raw(Memory *m, size_t size)
{
    if (size > SIZE_MAX / 4) memory_exhausted(m);
    char *block = memory_take_raw(m, slab_room(size));
    size_t align = slab_align(size);
    uintptr_t start = ((uintptr_t)block + sizeof(void *) + align - 1) & ~(align - 1);
    char *p = block + (start - (uintptr_t)block);
#ifdef MADV_HUGEPAGE
    if (align == SLAB_HUGE) (void)madvise(p, size & ~(SLAB_HUGE - 1), MADV_HUGEPAGE);
#endif
    memcpy(p - sizeof(void *), &block, sizeof block);
    return p;
}

void *slab_take(Memory *m, size_t size)
{
    return memset(slab_take_raw(m, size), 0, size);
}

void slab_give(Memory *m, void *p, size_t size)
{
    if (!p) return;
    char *block;
    memcpy(&block, (char *)p - sizeof(void *), sizeof block);
    memory_give(m, block, slab_room(size));
}
