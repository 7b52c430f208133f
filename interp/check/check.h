/* SPDX-License-Identifier: MIT
 * The door of check: names and calls of a whole program, before anything is run. Every
 * error is reported in one go; a program that could run correctly is not refused. What
 * it learns stands beside the syntax, in a Check.
 */
#ifndef UNC_CHECK_CHECK_H
#define UNC_CHECK_CHECK_H

#include "front/front.h"

/* What is known outside the program: words, definitions of the library, constants, and
 * the names that the module has so far (in the REPL). Both functions are needed. */
typedef struct CheckScope {
    void *ud;
    Text text; /* of the program */
    bool (*known)(void *ud, Name name);
    /* Calls found(ctx, …) with every name, for "did you mean". */
    void (*each)(void *ud, void (*found)(void *ctx, Text name), void *ctx);
} CheckScope;

typedef struct Check Check;

/* Checks a program that parse has accepted. At most LIMIT_ERRORS errors go to d; false
 * if there is one. All memory comes from `a`, and *out, set in both cases, lives there.
 */
bool check_unit(Arena *a, const Names *names, Diags *d, const Ast *program,
                const CheckScope *root, Check **out);

/* Adds warnings: names that nobody uses, forms that lose digits, and what else runs but
 * is likely not meant. For a program without errors, since one may explain another.
 * interactive: values of statements are shown. */
void check_warnings(const Check *check, const Names *names, Diags *d,
                    const Ast *program, bool interactive);

/* The scopes and their symbols, a line each: kind, name, place, number of uses. Places
 * are lines and columns of `source`, or bytes where it is NULL. */
void check_print(Out *o, const Names *names, const Source *source, const Check *c);

#endif
