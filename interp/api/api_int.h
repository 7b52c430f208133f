/* SPDX-License-Identifier: MIT
 * Inside api: the interpreter behind the handle, and the plotting words.
 */
#ifndef UNC_API_API_INT_H
#define UNC_API_API_INT_H

#include "infer/infer.h"
#include "unc.h"

struct unc {
    Memory memory;
    Interp interp;
    unc_config config;
    Upper upper;
    Out text;  /* what the last call returned as text */
    bool open; /* text and interp are made */
};

bool plot_call(Interp *I, int word, Value *arg, const Args *args, Value *out);
/* The same while a program is checked: nothing is drawn. */
bool plot_checked(Interp *I, int word, Value *arg, const Args *args, Value *out);
/* What the host did not provide. */
Host api_host(unc *u);
int api_processors(void);
/* All that is known of a program before it runs: names and calls, then what recording
 * it abstractly finds. `all`: in its check blocks, too; dump: also the symbols, as
 * text. */
bool api_check(Interp *I, Module *m, const Source *s, const Ast *program);
bool api_check_all(Interp *I, Module *m, const Source *s, const Ast *program);
bool api_dump_checked(Interp *I, Out *o, const Source *s, const Ast *program);

#endif
