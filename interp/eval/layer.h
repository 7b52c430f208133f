/* SPDX-License-Identifier: MIT
 * Layers and nets: chains, the places of their weights, and running them (layer.c).
 * Part of eval.h, which includes it.
 */
#ifndef UNC_EVAL_LAYER_H
#define UNC_EVAL_LAYER_H

/* The layer, flow, guide or attack of the library that the program named and that runs
 * now, or NULL: what it and what it is made of assert is said of it. */
const Instance *library_owner(const Interp *I);
/* What the program, or a model, called of the library (blame.c); 0 if it has no name.
 */
Name library_called(const Interp *I);
/* Where the program gave what stands at a place of the library: the one parameter that
 * the text there names; of what is handed on, that of the function outside. The call,
 * where it cannot be told. */
Span library_blames(const Interp *I, Span place, Span call);
/* A `param`, `state`, `net` or `flow` in a definition's body: bound in the running
 * frame. */
bool is_declaration(const Ast *s);
bool layer_declare(Interp *I, const Ast *s);
bool layer_next(Interp *I, const Ast *s); /* `next NAME = e` */
/* Binds `fitting` in f: whether a step of a fit is recorded, and `also`; open in a
 * check of one, which goes both ways. */
void offer_fitting(Interp *I, Frame *f, bool also);
bool net_apply(Interp *I, Net *net, Value x, Span span, Value *out);
bool layers_apply(Interp *I, Value layers, Value x, Span span, Value *out);
bool net_new(Interp *I, Name name, const char *path, Value layers, bool is_flow,
             Span span, Value *out);
Span net_last(const Ast *layers); /* the stage that gives the result of a chain */
void net_free(Interp *I, Object *object);
const char *path_join(Interp *I, const char *prefix, const char *last);
bool chain_repeat(Interp *I, int64_t n, Value v, Span span, Value *out);
/* Runs a net under the handler that is set. */
bool net_run(Interp *I, Net *net, Value x, Span span, Value *out);
/* What stands in a chain, where it stands: *v, which is called if it is a definition.
 */
bool stage_made(Interp *I, Span span, Value *v);
bool chain_make(Interp *I, Value a, Value b, Span span, Value *out);

#endif
