/* SPDX-License-Identifier: MIT
 * The allocator, the arenas over it, and the one landing place of exhaustion.
 */
#include "memory.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

struct Landing {
    jmp_buf place;
    Landing *outer;
};

struct ArenaChunk {
    ArenaChunk *next;
    size_t size, used;
    _Alignas(16) unsigned char bytes[];
};

struct MemoryBlock {
    _Alignas(16) MemoryBlock *prev;
    MemoryBlock *next;
    size_t size;
};

/* The first chunk of an arena: most functions and graphs fit into one. */
enum { CHUNK_MIN = 4096 };

MemoryEnd memory_run(Memory *m, void (*f)(void *), void *ctx)
{
    Landing here;
    here.outer = m->landing;
    m->landing = &here;
    int came = setjmp(here.place);
    if (came == 0) f(ctx);
    m->landing = here.outer;
    return (MemoryEnd)came;
}

_Noreturn void memory_exhausted(Memory *m)
{
    if (!m->landing) abort(); /* outside every API entry: cannot happen */
    longjmp(m->landing->place, MEMORY_EXHAUSTED);
}

_Noreturn void memory_defect(Memory *m, const char *where)
{
    m->bug = where;
#ifdef UNC_CHECKS
    abort();
#else
    if (!m->landing) abort();
    longjmp(m->landing->place, MEMORY_DEFECT);
#endif
}

/* As memory_grow, but what is new is not set. */
static void *grow(Memory *m, void *ptr, size_t new_size)
{
    m->calls++;
    MemoryBlock *b = ptr ? (MemoryBlock *)ptr - 1 : NULL;
    /* The block's own size: of arrays that grow together one may be longer. */
    size_t head = sizeof(MemoryBlock), held = b ? b->size : 0;
    if (new_size > SIZE_MAX / 2) memory_exhausted(m);
    if (m->limit && m->used - held + new_size > m->limit) memory_exhausted(m);
    b = m->alloc(m->ud, b, b ? held + head : 0, new_size + head);
    if (!b) memory_exhausted(m);
    if (!ptr) b->next = m->first, b->prev = NULL;
    if (b->next) b->next->prev = b;
    if (b->prev)
        b->prev->next = b;
    else
        m->first = b;
    b->size = new_size;
    m->used += new_size - held;
    return b + 1;
}

void *memory_grow(Memory *m, void *ptr, size_t old_size, size_t new_size)
{
    unsigned char *p = grow(m, ptr, new_size);
    if (new_size > old_size) memset(p + old_size, 0, new_size - old_size);
    return p;
}

void *memory_take(Memory *m, size_t size)
{
    return memory_grow(m, NULL, 0, size ? size : 1);
}

void *memory_take_raw(Memory *m, size_t size) { return grow(m, NULL, size ? size : 1); }

void memory_give(Memory *m, void *ptr, size_t size)
{
    if (!ptr) return;
    MemoryBlock *b = (MemoryBlock *)ptr - 1;
    size = b->size;
    if (b->next) b->next->prev = b->prev;
    if (b->prev)
        b->prev->next = b->next;
    else
        m->first = b->next;
    m->alloc(m->ud, b, size + sizeof *b, 0);
    m->used -= size;
}

void memory_give_all(Memory *m)
{
    for (MemoryBlock *b = m->first, *next; b; b = next) {
        next = b->next;
        m->alloc(m->ud, b, b->size + sizeof *b, 0);
    }
    m->first = NULL;
    m->used = 0;
}

void arena_init(Arena *a, Memory *m)
{
    a->memory = m;
    a->chunk = NULL;
}

void *arena_take(Arena *a, size_t size)
{
    size = (size + 15) & ~(size_t)15;
    ArenaChunk *c = a->chunk;
    if (!c || c->size - c->used < size) {
        size_t room = c ? c->size * 2 : CHUNK_MIN;
        if (room > (size_t)1 << 20) room = (size_t)1 << 20;
        if (room < size) room = size;
        c = memory_take(a->memory, sizeof(ArenaChunk) + room);
        c->size = room;
        c->next = a->chunk;
        a->chunk = c;
    }
    void *p = c->bytes + c->used;
    c->used += size;
    return p;
}

void *arena_copy(Arena *a, const void *from, size_t size)
{
    void *p = arena_take(a, size);
    if (size) memcpy(p, from, size);
    return p;
}

void arena_free(Arena *a)
{
    for (ArenaChunk *c = a->chunk, *next; c; c = next) {
        next = c->next;
        memory_give(a->memory, c, sizeof(ArenaChunk) + c->size);
    }
    a->chunk = NULL;
}
