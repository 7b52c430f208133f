/* SPDX-License-Identifier: MIT
 * Inside eval: what its files share and no other room sees.
 */
#ifndef UNC_EVAL_EVAL_INT_H
#define UNC_EVAL_EVAL_INT_H

#include "eval.h"

typedef bool Word(Interp *I, int word, Value *arg, const Args *args, Value *out);

/* A row of intrinsic.def with its signature read. */
typedef struct WordInfo {
    int count;
    Name name[WORD_ARGS];
    bool required[WORD_ARGS];
    bool rest; /* `…`: any number from place rest_at on, a list behind the others */
    int rest_at;
} WordInfo;

void closure_free(Interp *I, Object *object);
bool call_closure(Interp *I, Closure *c, const Args *args, Value *out);
bool args_bind(Interp *I, Ast *const *param, uint32_t n, const Args *args,
               const char *what, Value *value, bool *given);
bool instance_lookup(Interp *I, Instance *in, Name name, bool *found, Value *out);
bool call_def(Interp *I, Def *def, const Args *args, Value *out);
bool call_model(Interp *I, ModelValue *m, const Args *args, Value *out);
bool args_eval(Interp *I, const Ast *call, Args *args);
bool interpolate(Interp *I, const Ast *e, Value *out);
bool index_value(Interp *I, Value base, const Ast *e, Value *out);
bool index_store(Interp *I, Value base, const Ast *e, Value v, bool own, Value *out);
bool closure_new(Interp *I, const Ast *fn, Name name, Text doc, Value *out);
/* Scalar text of the operators, on plain numbers. */
bool scalar_binary(OpCode op, Value a, Value b, Value *out);
Value range_tensor(Interp *I, const Range *r);
void words_init(Interp *I);
bool member_wants(Interp *I, const Instance *d, Name member, const char *parameter);
/* The expression of a member `name = e`, or NULL. */
const Ast *member_text(const Instance *d, Name member);
/* The distribution whose event `on` names (`on components`), or NULL. */
Instance *dist_inner(Interp *I, Instance *d);
/* The member at x inside the support; `below` and `above` outside it. A discrete one is
 * asked at whole numbers: others are an error where the two agree (a density), else
 * rounded down. */
bool dist_guarded(Interp *I, Instance *d, const char *member, Value x, double below,
                  double above, Span span, bool *missing, Value *out);
/* The member `requires`, a condition on the parameters together, where they are known.
 */
bool dist_requires(Interp *I, Instance *d, Span span);
int word_find_name(Interp *I, Name name);
bool in_library(const Interp *I);

#endif
