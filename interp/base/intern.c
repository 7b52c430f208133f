/* SPDX-License-Identifier: MIT
 * The table of names: FNV-1a, open addressing.
 */
#include "intern.h"

#include <string.h>

static uint32_t hash(Text t)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < t.len; i++) h = (h ^ (unsigned char)t.at[i]) * 16777619u;
    return h;
}

void names_init(Names *n, Memory *m)
{
    memset(n, 0, sizeof *n);
    arena_init(&n->arena, m);
    n->room = 512;
    n->text = memory_take(m, n->room * sizeof *n->text);
    n->slots = 1024;
    n->slot = memory_take(m, n->slots * sizeof *n->slot);
    n->text[0] = (Text){"", 0};
    n->count = 1;
}

void names_free(Names *n)
{
    Memory *m = n->arena.memory;
    if (!m) return;
    memory_give(m, n->text, n->room * sizeof *n->text);
    memory_give(m, n->slot, n->slots * sizeof *n->slot);
    arena_free(&n->arena);
}

static uint32_t place(const Names *n, Text t)
{
    uint32_t i = hash(t) & (n->slots - 1);
    while (n->slot[i] && !text_same(n->text[n->slot[i]], t))
        i = (i + 1) & (n->slots - 1);
    return i;
}

Name name_find(const Names *n, Text t) { return n->slot[place(n, t)]; }

static void grow(Names *n)
{
    Memory *m = n->arena.memory;
    n->text = memory_grow(m, n->text, n->room * sizeof *n->text,
                          2 * n->room * sizeof *n->text);
    n->room *= 2;
    Name *fresh = memory_take(m, 2 * n->slots * sizeof *fresh);
    memory_give(m, n->slot, n->slots * sizeof *n->slot);
    n->slot = fresh;
    n->slots *= 2;
    for (Name i = 1; i < n->count; i++) n->slot[place(n, n->text[i])] = i;
}

Name name_of(Names *n, Text t)
{
    uint32_t i = place(n, t);
    if (n->slot[i]) return n->slot[i];
    char *copy = arena_take(&n->arena, t.len + 1);
    if (t.len) memcpy(copy, t.at, t.len);
    if (n->count == n->room) {
        grow(n);
        i = place(n, t);
    }
    n->text[n->count] = (Text){copy, t.len};
    n->slot[i] = n->count;
    return n->count++;
}

Name name_str(Names *n, const char *s) { return name_of(n, text_of(s)); }

Text name_text(const Names *n, Name name) { return n->text[name]; }

const char *name_cstr(const Names *n, Name name) { return n->text[name].at; }
