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

/* Whether the type is one of numbers or of other values; else reports it. */
bool type_known(Interp *I, const Ast *type);
bool type_is_kind(Interp *I, const Ast *type); /* string, fn, dist, ...: no numbers */
ValueKind value_known_kind(Value v); /* of an unknown what a check knows it to be */
bool is_function(Value v);           /* a value of the type fn: what can be called */

void closure_free(Interp *I, Object *object);
/* The statements of a function's or a member's body, and what they return. */
bool body_result(Interp *I, const Ast *body, Value *out);
bool call_closure(Interp *I, Closure *c, const Args *args, Value *out);
/* The error of a parameter without a default that is not given; false. */
bool needs_argument(Interp *I, const Ast *def, uint32_t i, Span call, const char *what);
bool args_bind(Interp *I, const Ast *def, const Args *args, const char *what,
               Value *value, bool *given);
bool instance_lookup(Interp *I, Instance *in, Name name, bool *found, Value *out);
/* Whether the definition has a member `name = e`. */
bool instance_has_value(const Instance *in, Name name);
bool call_def(Interp *I, Def *def, const Args *args, Value *out);
bool call_model(Interp *I, ModelValue *m, const Args *args, Value *out);
bool args_eval(Interp *I, const Ast *call, Args *args);
bool interpolate(Interp *I, const Ast *e, Value *out);
bool index_value(Interp *I, Value base, const Ast *e, Value *out);
bool index_store(Interp *I, Value base, const Ast *e, Value v, bool own, Value *out);
bool closure_new(Interp *I, const Ast *fn, Name name, Text doc, Value *out);
/* The sizes of a declared type against those of v, whose shape is s; a name that is not
 * bound in f is bound. */
bool type_bind_sizes(Interp *I, const Ast *type, Support support, Value v,
                     const Shape *s, Span span, const char *what, Frame *f);
/* The error of a value where a number of the type `word` is due; false. */
bool no_number(Interp *I, const char *word, Value v, Span span, const char *what);
/* ---- foreign functions: extern.c declares, foreign.c calls ---- */
bool extern_declare(Interp *I, const Ast *s);
/* Helps one who calls an attack, or asks it for a field: how it is run (call.c). */
void help_attack(Interp *I, Diag *d, const Ast *def);
/* Tells how def, named `what`, is called, where the one error since `told` is of a
 * value of another kind and nothing else helps (call.c). */
void help_kinds(Interp *I, uint32_t told, const Ast *def, const char *what);
/* E0321 of what cannot be called, and what is asked of it instead (call.c); false. */
bool not_callable(Interp *I, Value f, Span call);
bool foreign_call(Interp *I, ForeignValue *v, const Args *args, Value *out);
/* Records the declared derivative at the shapes of `form`, unless that is done. */
bool foreign_derivative(Interp *I, ForeignValue *v, ForeignForm *form);
/* Whether v, or a part of a record, list, chain or definition, is so. */
bool value_any(Value v, bool (*is)(Value));
/* ---- what a recording depends on (record.c) ---- */
/* Of the recordings under way: numbers are drawn or a file is read, so that another
 * time may give another graph; or a name of the program is read. */
void record_once(Interp *I);
void record_read(Interp *I, Module *module, Name name, Value v);
/* ---- NaN in what is computed at once (nan.c); false: E0640 was told ---- */
/* e made NaN of plain scalars; an error unless one of them is NaN. */
bool lost_scalar(Interp *I, Elem e, Span span, const Value *arg, int n);
/* y was made of t by e, or by another op (-1). */
bool lost_tensor(Interp *I, int e, Span span, Tensor *const *t, int n, const Tensor *y);
/* A call has returned v: what was lost on the way matters if it is in v. */
bool lost_returned(Interp *I, const Args *args, Value v);
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
/* The name under which a value is offered to members: x, or y where that is a
 * parameter. */
const char *dist_value_name(Interp *I, const Instance *d);
/* The member `requires`, a condition on the parameters together, where they are known.
 */
bool dist_requires(Interp *I, Instance *d, Span span);
bool span_of_library(const Interp *I, Span span);
bool span_apart(Span a, Span b);     /* no byte is in both */
bool support_is_free(const Node *n); /* an unknown of SUPPORT_ANY, or a part of one */
/* E0206: the argument `name` of `dist` at span is recorded as n, which may lie outside
 * of `wanted`. Answers false. */
bool support_differs(Interp *I, const char *dist, const char *name, const Node *n,
                     Support wanted, Span span);
int word_find_name(Interp *I, Name name);
bool stage_value(Interp *I, Value v, Span span, Value *out);
const char *path_number(Interp *I, const char *prefix, uint32_t i);
/* Stages of a chain, or of a net, whose weights they keep. */
uint32_t stage_count(Value v);
bool stage_slice(Interp *I, Value v, uint32_t from, uint32_t to, Value *out);
/* ---- one flow (stage.c) ---- */
bool flow_has_weights(const Instance *in);
int stage_event(const Instance *in); /* axes of its event */
/* A flow of weights at `path`, or with their initial values where that is NULL. */
bool stage_run(Interp *I, Instance *in, const char *path, const FlowCall *call,
               Value *out, Value *change);
bool flow_fill(Interp *I, const Shape *shape, Span span, Value *v); /* broadcast */
/* The numbers that the first stage takes, and its name. */
bool flow_domain(Interp *I, Value f, Support *wanted, const char **name);
/* E0462: a member that is asked of the flow is not in its definition. */
bool flow_lacks(Interp *I, const Instance *in, const char *member, bool turned,
                Span span);
/* One flow among layers, at its place. */
bool flow_stage(Interp *I, Value f, bool inverse, const char *path, Value at, Span span,
                Value *out);
/* The y with f(y) == x by element, for an f that increases; f is asked through `of`. */
typedef bool Increasing(Interp *I, void *ctx, Value z, Span span, Value *out);
bool solve_increasing(Interp *I, Increasing *of, void *ctx, Value y, Span span,
                      Value *out);
/* The numbers of n nodes of a graph without inputs. */
bool nodes_run(Interp *I, Graph *g, Node *const *y, int n, Span span, Value *out);

/* The distribution whose event `on` names (`on components`), or NULL. */
Instance *dist_inner(Interp *I, Instance *d);
/* *v, a member, in the shape of the batch (event_too: and of the event). */
bool dist_fill(Interp *I, Instance *d, bool event_too, Span span, Value *v);
/* Whether d has a quantile, of its own or through its cdf: then it can be drawn from.
 */
bool dist_inverts(Interp *I, Instance *d, bool *can);
/* ---- quantiles without a formula (dist_quantile.c) ---- */
/* Whether d is of one real number and has a cdf, so that dist_solve can be asked. */
bool dist_solves(Interp *I, Instance *d, bool *can);
/* quantile, inv_log_cdf or inv_log_ccdf at q; slopes are the implicit function's. */
bool dist_solve(Interp *I, Instance *d, DistFunction what, Value q, Span span,
                Value *out);

/* ---- distributions side by side (dist_parts.c) ---- */
/* The list of a distribution that is a list of others, else NULL. */
const List *dist_parts(Interp *I, const Instance *d);
/* Whether the argument v for the parameter `name` is a list of distributions that go
 * together, if the type asks for one. */
bool dist_parts_check(Interp *I, const Ast *type, Value v, const char *name, Span span);
/* `alternatives(list)`. */
bool dist_parts_make(Interp *I, Value list, Span span, Value *out);
bool dist_parts_batch(Interp *I, const List *l, Shape *batch);
bool dist_parts_support(Interp *I, const List *l, Support *support, Type *type);
bool dist_parts_at(Interp *I, const List *l, DistFunction what, Value x, Span span,
                   Value *out);
bool dist_parts_member(Interp *I, const List *l, const char *what, Span span,
                       Value *out);
bool dist_parts_sample(Interp *I, const List *l, const Shape *sample, Span span,
                       Value *out);

#endif
