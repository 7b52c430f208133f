/* SPDX-License-Identifier: MIT
 * Sizes that are not numbers yet. A size is an int64_t: a count, or (while a program is
 * checked) a handle of a normal form over axis names, such as 2 * K or N - 1. Forms are
 * interned, so that equal handles are equal sizes; a handle is the form's address with
 * a bit set that no count has. Rules that only compare sizes need not know; those that
 * compute with them go through these functions, which on two counts are the arithmetic
 * they are named after.
 */
#ifndef UNC_GRAPH_SIZE_H
#define UNC_GRAPH_SIZE_H

#include "base/intern.h"

/* Where forms live: made for one check and freed after it. */
typedef struct Sizes Sizes;
Sizes *sizes_new(Memory *m, const Names *names);
void sizes_free(Sizes *s);

#define SIZE_FORM ((int64_t)1 << 62)
static inline bool size_is_form(int64_t n) { return n >= SIZE_FORM; }

int64_t size_axis(Sizes *s, Name name);  /* of a declared axis: one form a name */
int64_t size_hyper(Sizes *s, Name name); /* an int that is not given yet */
int64_t size_fresh(Sizes *s);            /* of a file, a mask: like no other */
/* Like size_fresh, but one size for each `node` of a graph. */
int64_t size_of_node(Sizes *s, uint32_t node);

int64_t size_add(int64_t a, int64_t b);
int64_t size_sub(int64_t a, int64_t b);
int64_t size_mul(int64_t a, int64_t b);
int64_t size_div(int64_t a, int64_t b); /* downwards; 0 where b is 0 */
int64_t size_min(int64_t a, int64_t b);

/* Whether two sizes are one. Declared axes are never empty, and two of different names
 * are different; what is left open is found when data is bound. */
typedef enum { SIZE_SAME, SIZE_DIFFERENT, SIZE_OPEN } SizeMeet;
SizeMeet size_meet(int64_t a, int64_t b);
bool size_is_axis(int64_t n); /* the size of a declared axis, and nothing more */
int size_sign(int64_t n);     /* 1: positive; 0: not negative; -1: not known */
/* "50", "2 * K", "N - 1"; "?" where nothing is known. Answers the bytes written. */
int size_print(char *at, size_t room, int64_t n);

#endif
