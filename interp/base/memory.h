/* SPDX-License-Identifier: MIT
 * All memory of unc: taken from a host's allocator, never NULL. Exhaustion (and a
 * defect found by UNC_CHECK) jumps once, into memory_run; everything else is a returned
 * value.
 */
#ifndef UNC_BASE_MEMORY_H
#define UNC_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* realloc in one function: ptr NULL takes, size 0 gives back; NULL on failure. */
typedef void *(*MemoryAlloc)(void *ud, void *ptr, size_t old_size, size_t new_size);

typedef struct Landing Landing;
typedef struct MemoryBlock MemoryBlock;

typedef struct Memory {
    MemoryAlloc alloc;
    void *ud;
    size_t used;        /* bytes held now */
    size_t limit;       /* 0: none */
    uint64_t calls;     /* allocations so far; tests compare it between fits */
    Landing *landing;   /* innermost memory_run */
    MemoryBlock *first; /* every block held: what a jump left behind goes at the end */
    const char *bug;    /* where a defect was found, or NULL */
} Memory;

typedef enum { MEMORY_OK, MEMORY_EXHAUSTED, MEMORY_DEFECT } MemoryEnd;

/* Runs f(ctx); the landing place of exhaustion and of UNC_CHECK. Nests. */
MemoryEnd memory_run(Memory *m, void (*f)(void *), void *ctx);

void *memory_take(Memory *m, size_t size);     /* zeroed; jumps when there is no more */
void *memory_take_raw(Memory *m, size_t size); /* the same, but not zeroed */
void *memory_grow(Memory *m, void *ptr, size_t old_size, size_t new_size);
void memory_give(Memory *m, void *ptr, size_t size);
void memory_give_all(Memory *m); /* at close: whatever is still held */
_Noreturn void memory_exhausted(Memory *m);
_Noreturn void memory_defect(Memory *m, const char *where);

#define UNC_STR2(x) #x
#define UNC_STR(x) UNC_STR2(x)
/* A condition that only a defect of unc can break. */
#define UNC_CHECK(m, cond)                                                             \
    ((cond) ? (void)0 : memory_defect((m), __FILE__ ":" UNC_STR(__LINE__)))

/* A region whose parts go together. */
typedef struct ArenaChunk ArenaChunk;
typedef struct Arena {
    Memory *memory;
    ArenaChunk *chunk;
} Arena;

void arena_init(Arena *a, Memory *m);
void *arena_take(Arena *a, size_t size); /* zeroed, aligned to 16; never NULL */
void *arena_copy(Arena *a, const void *from, size_t size);
void arena_free(Arena *a);

#endif
