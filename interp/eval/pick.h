/* SPDX-License-Identifier: MIT
 * What the items of brackets ask of the axes of a value: `x[2, 1:3, .., g]`.
 */
#ifndef UNC_PICK_H
#define UNC_PICK_H

#include "abstract.h"

typedef enum { PICK_SLICE, PICK_ONE, PICK_VECTOR } PickKind;

/* What one item of the brackets asks of one axis. */
typedef struct Pick {
    PickKind kind;
    int64_t from, to;
    Tensor *index; /* VECTOR: ints, checked … */
    Node *node;    /* … or ints that only a run knows */
    Shape due;     /* … of this shape, which stands in the result for the axis */
    int axes;      /* that it looks at, as one: those of a mask, else 1 */
} Pick;

/* Axes that a value to be indexed has left: an item looks at the first. */
typedef struct Axes {
    const int64_t *dim;
    int count, first; /* the first's number, for messages */
    bool read;        /* of a tensor that is read: indices may have any rank, and be
                         known to a run alone */
} Axes;

typedef struct Picks {
    int rank;
    Shape shape; /* the value's, with the axes of a mask joined */
    Pick at[LIMIT_RANK];
} Picks;

/* One item of brackets, of the first of the axes. */
bool pick_item(Interp *I, const Ast *item, const Axes *axes, Pick *p);

/* The items of e, brackets behind a tensor of shape s that is read, or stored into. */
bool picks_eval(Interp *I, const Ast *e, const Shape *s, bool read, Picks *p);

#endif
