/* SPDX-License-Identifier: MIT
 * The root scope that eval hands to check, and what comes of it.
 */
#include "api_int.h"

bool api_check(Interp *I, Module *m, const Ast *program)
{
    (void)I;
    (void)m;
    (void)program;
    return true;
}

bool api_dump_checked(Interp *I, Out *o, const Ast *program)
{
    (void)I;
    (void)o;
    (void)program;
    return true;
}
