/* SPDX-License-Identifier: MIT
 * Names as small integers: equal names have equal numbers, and 0 is no name.
 */
#ifndef UNC_BASE_INTERN_H
#define UNC_BASE_INTERN_H

#include "text.h"

typedef uint32_t Name;

typedef struct Names {
    Arena arena;
    Text *text; /* [count], by name; NUL-terminated */
    uint32_t count, room;
    Name *slot; /* open addressing, a power of two */
    uint32_t slots;
} Names;

void names_init(Names *n, Memory *m);
void names_free(Names *n);
Name name_of(Names *n, Text t);
Name name_str(Names *n, const char *s);
Name name_find(const Names *n, Text t); /* 0 if never seen */
Text name_text(const Names *n, Name name);
const char *name_cstr(const Names *n, Name name);

#endif
