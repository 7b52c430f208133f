/* SPDX-License-Identifier: MIT
 * A program for each diagnostic that shows it, and the same program repaired: those of
 * tests/bad, put here by tools/shown.c.
 */
#ifndef UNC_BASE_SHOWN_H
#define UNC_BASE_SHOWN_H

typedef struct Shown {
    const char *code; /* "E0203"; NULL ends the list */
    const char *wrong, *mended;
} Shown;

extern const Shown shown[];

#endif
