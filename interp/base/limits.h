/* SPDX-License-Identifier: MIT
 * Every bound in the program, with its reason.
 */
#ifndef UNC_BASE_LIMITS_H
#define UNC_BASE_LIMITS_H

enum {
    LIMIT_RANK = 8, /* axes of a tensor; images with draws and chains need 6 */
    LIMIT_PARSE_DEPTH =
        400, /* Lemon's stack; deeper text is a mistake, not a program */
    LIMIT_AST_DEPTH =
        1000, /* walks over syntax recurse; 1000 frames are about 200 KiB */
    LIMIT_CALL_DEPTH =
        2000, /* calls of the language in calls: 2000 fit a C stack of 8 MiB */
    LIMIT_JSON_DEPTH = 200, /* lists in lists of a JSON file; data has 8 axes at most */
    LIMIT_ERRORS = 20       /* more errors than this teach nothing */
};
/* Nodes of one graph: a recorded loop that never ends is stopped before memory is. */
#define LIMIT_NODES 2000000u
/* Elements of one tensor: 2^40 reals are 8 TiB, beyond any machine, and products of two
 * such counts still fit 64 bits where they are checked. */
#define LIMIT_ELEMENTS ((int64_t)1 << 40)

#endif
