/* SPDX-License-Identifier: MIT
 * The door of eval: values, scopes, and the one evaluator, which computes on numbers
 * and records on nodes. Ownership: a function returns values that the interpreter's
 * pool holds until the running statement ends; whoever stores one longer calls
 * value_keep.
 */
#ifndef UNC_EVAL_EVAL_H
#define UNC_EVAL_EVAL_H

#include "base/rng.h"
#include "exec/exec.h"
#include "front/front.h"

typedef struct Interp Interp;
struct Upper;
struct WordInfo;
typedef struct Object Object;
typedef struct Value Value;

typedef enum {
    VALUE_NONE,
    VALUE_BOOL,
    VALUE_INT,
    VALUE_REAL,
    VALUE_WORD,    /* a function of the language, a row of intrinsic.def */
    VALUE_UNKNOWN, /* while a program is checked: nothing is known but that it is */
    VALUE_TENSOR,  /* counted by Tensor */
    /* objects */
    VALUE_STRING,
    VALUE_NODE, /* a number being recorded */
    VALUE_RECORD,
    VALUE_LIST,
    VALUE_RANGE,
    VALUE_FN,      /* a closure */
    VALUE_DERIVED, /* grad(f) and its like */
    VALUE_FOREIGN, /* a C function, declared by `extern` */
    VALUE_DEF,     /* dist, layer, flow, optimizer, attack, guide as defined */
    VALUE_INSTANCE, /* … with its arguments: a distribution, a layer, an optimiser … */
    VALUE_CHAIN,    /* a >> b */
    VALUE_NET,      /* a chain placed in a model: it has weights */
    VALUE_MODEL,
    VALUE_METHOD,    /* of fit: mle(), vi(…) */
    VALUE_POSTERIOR, /* and prior(model) */
    VALUE_PREDICTION,
    VALUE_PART,  /* of a plot */
    VALUE_BOUND, /* a method of a value: z.scale, p.quantile */
    VALUE_KINDS
} ValueKind;

struct Value {
    ValueKind kind;
    union {
        bool boolean;
        int64_t integer;
        double real;
        int word;
        Tensor *tensor;
        Object *object;
    };
};

struct Object {
    ValueKind kind;
    int refs;
    void (*free)(Interp *I, Object *o); /* drops what it holds */
    size_t size;
};

typedef struct String {
    Object object;
    Text text; /* NUL-terminated, owned */
} String;

typedef struct Record {
    Object object;
    uint32_t count, room;
    Name *name;
    Value *value;
} Record;

typedef struct List {
    Object object;
    uint32_t count, room;
    Value *item;
    Name file, column; /* of a column of text, else 0: where its first no-number is */
    int64_t text_at, text_row;
} List;

typedef struct Range {
    Object object;
    int64_t from, to;
} Range;

/* A number that is recorded. `known`: also its value, when it depends on captured
 * numbers alone (NONE otherwise): choices may be made from it, which pins those
 * numbers. */
typedef struct Recorded {
    Object object;
    struct Recorder *recorder;
    Node *node;
    Value known;
} Recorded;

/* The names of one file (or of the REPL, or of the library). By name, so a table. */
typedef struct Module {
    Value *value; /* [room], by Name; NONE with !bound is unknown */
    bool *bound;
    uint32_t room;
    struct Module *next;
    const struct Module *below; /* of a check: what is bound already; or NULL */
    Text path;
    bool library, loading;
} Module;

/* A closure: its syntax, and a copy of the locals around it. */
typedef struct Closure {
    Object object;
    const Ast *fn; /* AST_FN */
    Name name;     /* of fn f(…), so that it can call itself; or 0 */
    Module *module;
    Text doc;
    uint32_t count, room; /* captured */
    Name *captured;
    Value *value;
    struct Instance *self; /* made inside a definition's body: its names are seen */
} Closure;

/* A function of `extern`. */
typedef struct ForeignValue {
    Object object;
    const Ast *fn; /* AST_EXTERN_FN */
    Module *module;
    Foreign *foreign; /* lives as long as the interpreter */
} ForeignValue;

typedef struct Def {
    Object object;
    const Ast *def; /* AST_DEF */
    Module *module;
    struct Def *other; /* of the library: one of another kind with the same name */
} Def;

typedef struct Argument {
    enum { ARGUMENT_GIVEN, ARGUMENT_DEFAULT, ARGUMENT_RUNNING } state;
    Value value; /* NONE while a default is not computed */
} Argument;

/* A definition with arguments. Defaults are computed when first read. */
typedef struct Instance {
    Object object;
    const Def *def;
    Argument *argument; /* [def->def->count] */
    int placed;         /* the first so many were given by position */
    Span span;          /* the call that made it */
} Instance;

typedef struct Chain {
    Object object;
    uint32_t count;
    Value *stage;  /* instances, functions, nets; flattened */
    bool *inverse; /* [count]: the stage is a flow that runs backwards */
} Chain;

/* Layers or flows placed at a site: where their weights live. */
typedef struct Net {
    Object object;
    Name name;
    const char *path; /* "f" */
    Value layers;     /* CHAIN, INSTANCE or function; NONE for a net of a posterior */
    bool is_flow;
    uint32_t from, to; /* the stages meant; to is 0 where all are */
    Value owner;       /* a posterior, or none */
    Span last;         /* of its last stage, in the declaration */
} Net;

typedef struct ModelValue {
    Object object;
    const Ast *model;
    Module *module;
    Argument *argument; /* [count]: hypers given by calling */
} ModelValue;

/* One function call's names. Blocks make no scope. */
typedef struct Frame {
    struct Frame *outer;
    uint32_t count, room;
    Name *name;
    Value *value;
    const Closure *closure; /* whose captured names are seen; or NULL */
    Instance *self;         /* whose parameters and members are seen; or NULL */
    const Ast *model; /* of a pass: types name the axes of what is declared; or NULL */
    Module *module;
    bool top;                /* statements at top level bind in the module */
    const struct Args *args; /* of a closure or a layer: its call; or NULL */
} Frame;

/* What a recording collects. */
typedef struct Captured {
    Module *module; /* of a global; NULL: captured by the closure that is recorded */
    Name name;
    uint32_t fields; /* names of fields that lead from there */
    Name *field;
    Value value; /* kept: compared on reuse */
    Node *node;  /* an input; or NULL: a value that must be the same */
    bool pinned; /* a choice was made from it: must be the same number */
} Captured;

typedef struct Recorder {
    Graph *graph;
    struct Recorder *outer;
    bool captures; /* a function: outer numbers become inputs; a model: constants */
    const Closure *closure;
    Captured *captured;
    uint32_t count, room;
    bool notes, once; /* names that are read are captured; draws: not used again */
    const struct Standing *standing; /* what inputs of derivatives stand for; or NULL */
    const struct Taken *taken;       /* values that slopes were taken of on the way */
} Recorder;

/* What a model's declarations do while its body runs; infer provides them. */
typedef struct Handler Handler;
struct Handler {
    bool (*param)(Interp *I, Handler *h, const char *path, const Ast *declaration,
                  Type type, Support support, const Shape *shape, bool shaped,
                  const Ast *init, Value *out);
    /* `next NAME = e` of a layer or flow at path: what its state is in the next step;
     * NULL: nothing is kept. The expression is evaluated only where it is wanted. */
    bool (*next)(Interp *I, Handler *h, const char *path, const Ast *next);
    bool (*model_declaration)(Interp *I, Handler *h, const Ast *declaration);
    /* x * this drops units: a mask like x, or the number 1 − p */
    bool (*keep_mask)(Interp *I, Handler *h, Value x, Value p, Value *out);
    bool (*noise)(Interp *I, Handler *h, bool gauss, const Shape *shape, Value *out);
    /* n does not lie in `wanted`: true if it is a given, and was reported by its row */
    bool (*given)(Interp *I, Handler *h, const Node *n, Support wanted, Span span);
    Name row_name; /* the axis of the rows; 0: none */
    bool fitting;  /* a step of a fit is recorded, not a prediction */
};

/* A check under way (abstract.h): recorded in one graph, not run. */
typedef struct Abstract {
    Recorder recorder;
    Sizes *sizes;
    bool blocks;     /* check blocks are gone through, too */
    uint32_t silent; /* above 0: a trial, whose errors are not told */
    uint32_t work;   /* expressions so far: beyond a bound all is unknown */
    Value maybe;     /* what the running function may have returned; NONE: nothing */
    List *fits;      /* that values are of: their models and methods in turn */
} Abstract;

typedef struct Host {
    void *ud;
    void (*output)(void *ud, const char *text, size_t len);
    void (*message)(void *ud, const char *text, size_t len);
    void (*progress)(void *ud, const char *what, int64_t step, int64_t steps,
                     double loss, bool is_elbo, double rate, double left, bool done);
    int (*read_file)(void *ud, const char *path, char **bytes, size_t *len);
    void (*free_file)(void *ud, char *bytes, size_t len);
    /* names with a NUL behind each */
    int (*list_files)(void *ud, const char *pattern, char **names, size_t *len);
    void (*free_list)(void *ud, char *names, size_t len);
    int (*write_file)(void *ud, const char *path, const char *bytes, size_t len);
    double (*clock)(void *ud);
    const char *write_dir;
    const char *allow_ffi; /* libraries that may be called, ':' between; "*": any */
} Host;

typedef enum { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE, FLOW_RETURN, FLOW_FAILED } Flow;

/* The first NaN that an operation made, while it is open whether it matters (nan.c). */
typedef struct Lost {
    bool made;
    bool library; /* inside of a function of the library */
    int elem;     /* Elem, or -1: another op */
    Span span;
    int n;
    double in[3]; /* what it was made of */
    Shape shape;  /* of the result, and which element */
    int64_t element;
} Lost;

struct Interp {
    Memory *memory;
    Names names;
    Diags diags;
    Arena arena; /* sources and syntax: open to close */
    Host host;
    Source **source;
    uint32_t sources, source_room;
    Module *module;  /* the user's */
    Module *library; /* stdlib */
    Module *module_list;
    Frame *frame;
    Recorder *recorder;
    Abstract *abstract; /* NULL: programs run */
    Handler *handler;
    const char *path;    /* site path prefix inside layers */
    uint32_t path_calls; /* chains called so far in the running layer */
    Value *pool;
    uint32_t pool_count, pool_room;
    Value result; /* of return */
    int depth;
    Span span; /* of the call that runs */
    uint64_t seed;
    bool seeded;  /* inside sample(…, seed = k) and the like: use `key` */
    uint64_t key; /* then the key, folded by `draws` */
    uint64_t draws;
    struct Occurrence *occurrence; /* how often each place drew */
    uint32_t occurrences, occurrence_room;
    Pool *threads;
    int thread_count;
    size_t memory_limit;
    atomic_bool stop;
    bool interactive, color;
    bool testing; /* check blocks run */
    void (*told)(void *ud, const char *title, bool passed, const char *why);
    void *told_ud;
    int dump;                     /* unc_stage + 1, or 0 */
    struct Recording *recordings; /* cache of grad and its like */
    Value args, kept; /* those of the program (LIST); infer's cache of searches */
    Record *reads; /* outer names that the running model read: a posterior keeps them */
    const struct Running *running; /* members that are being computed */
    bool stopped;                  /* the stop was reported */
    char *loaded;                  /* library files, by index */
    const struct Upper *upper;
    ForeignHome *foreign; /* NULL until the first `extern` */
    struct WordInfo *words;
    int *word_of; /* [word_room], by Name: its word + 1 */
    Name word_room;
    int choosing; /* inside of the arguments of `where` and the like */
    Lost lost;
    Span far_told, left_told, odds_told; /* calls: W0003, W0007, W0010 told of last */
    uint32_t word_given; /* which arguments the running word was given, by bit */
};

/* ---- life (interp.c) ---- */
void interp_init(Interp *I, Memory *m, const Host *host);
void interp_free(Interp *I);
void interp_reset(Interp *I); /* after a jump */
SourceView interp_source(void *interp, uint32_t number);
/* Reads, parses and runs a text as statements of `module`. */
typedef enum { RUN_OK, RUN_WRONG, RUN_MORE } RunEnd;
RunEnd interp_run(Interp *I, Module *module, Text name, Text text, bool may_want_more);
Source *interp_add_source(Interp *I, Text name, Text text);
Module *module_new(Interp *I, Text path, bool library);
bool module_get(const Module *m, Name name, Value *v);
void module_set(Interp *I, Module *m, Name name, Value v);
void module_unset(Interp *I, Module *m, Name name);

/* ---- failing ---- */
/* Labels the place that n comes from with its shape, if that is another one. */
void diag_origin(Interp *I, Diag *d, const Node *n);
/* Adds a diagnostic at span (0: where the running call stands) and returns false. */
bool fail(Interp *I, DiagCode code, Span span, ...);
Diag *fail_diag(Interp *I, DiagCode code, Span span, ...); /* for labels and help */
bool interp_stopped(Interp *I); /* Ctrl-C: reports and returns true */

/* ---- values (value.c) ---- */
static inline Value value_none(void)
{
    return (Value){.kind = VALUE_NONE, .integer = 0};
}
static inline Value value_bool(bool b)
{
    return (Value){.kind = VALUE_BOOL, .boolean = b};
}
static inline Value value_int(int64_t i)
{
    return (Value){.kind = VALUE_INT, .integer = i};
}
static inline Value value_real(double x)
{
    return (Value){.kind = VALUE_REAL, .real = x};
}
static inline Value value_object(void *o)
{
    Object *object = o;
    return (Value){.kind = object->kind, .object = object};
}
Value value_keep(Value v);
void value_drop(Interp *I, Value v);
Value value_pool(Interp *I, Value owned); /* the pool takes over one count */
void *object_new(Interp *I, ValueKind kind, size_t size,
                 void (*free)(Interp *, Object *));
Value value_tensor(Interp *I, Tensor *owned); /* a scalar for rank 0 */
Value value_string(Interp *I, Text t);
Value value_cstr(Interp *I, const char *s);
Record *record_new(Interp *I);
void record_set(Interp *I, Record *r, Name name, Value v);
bool record_get(const Record *r, Name name, Value *v);
List *list_new(Interp *I);
void list_push(Interp *I, List *l, Value v);
uint32_t pool_mark(const Interp *I);
void pool_release(Interp *I, uint32_t mark);
/* Releases to the mark but keeps *v in the pool. */
void pool_return(Interp *I, uint32_t mark, Value *v);

bool value_is_number(Value v);           /* bool, int, real, tensor, node */
bool value_is_scalar(Value v);           /* rank 0 number, not a node */
bool value_shape(Value v, Shape *shape); /* of a number */
Type value_type(Value v);                /* of a number */
static inline bool value_is_nan(Value v)
{
    return v.kind == VALUE_REAL && v.real != v.real;
}
double value_as_real(Value v);               /* of a plain scalar */
Tensor *value_as_tensor(Interp *I, Value v); /* of a plain number; held by the pool */
Tensor *value_as_type(Interp *I, Value v, Type t);
bool value_same(Value a, Value b);    /* identity, or equal numbers */
const char *value_kind_text(Value v); /* "a number", "a record" … */
void value_print(Interp *I, Out *o, Value v, bool brief, bool quote);
void value_type_print(Interp *I, Out *o, Value v); /* "real[50, 2]" */

/* ---- evaluating (eval.c, call.c) ---- */
bool eval(Interp *I, const Ast *e, Value *out);
Flow eval_block(Interp *I, const Ast *block);
Flow eval_statement(Interp *I, const Ast *s);
bool eval_binary(Interp *I, OpCode op, Span span, Value a, Value b, Value *out);
bool eval_truth(Interp *I, Value v, Span span, bool *truth);
bool eval_field(Interp *I, Value base, Name name, Span span, Value *out);
bool eval_index(Interp *I, const Ast *e, Value base, Value *out);
bool eval_assign(Interp *I, const Ast *target, Value v);
bool lookup(Interp *I, Name name, Value *out, bool *found);
void bind(Interp *I, Name name, Value v);
void frame_push(Interp *I, Frame *f);
void frame_pop(Interp *I, Frame *f);
void frame_set(Interp *I, Frame *f, Name name, Value v);
void frame_unset(Interp *I, Frame *f, Name name);
bool frame_get(const Frame *f, Name name, Value *v);
bool name_suggest(Interp *I, Name name, Diag *d);

/* A call's arguments: positional ones first, then by name. */
typedef struct Args {
    int count;
    Value *value;
    Name *name; /* 0: positional */
    Span *span;
    Span call;
    Name only; /* the one field of the result that is read; 0: all of it */
} Args;
/* Of the argument for parameter `name`, the position-th from 0; the call's without. */
Span args_place(const Args *args, int position, Name name);
Value range_as_tensor(Interp *I, Value v);
bool index_first(Interp *I, Value v, int64_t i, Span span, Value *out);
bool values_stack(Interp *I, const Value *v, uint32_t n, Span span, Value *out);
bool call_value(Interp *I, Value f, const Args *args, Value *out);
bool call_with(Interp *I, Value f, const Value *arg, int n, Span span, Value *out);
/* Adds to a diagnostic how def (FN, DEF, MODEL, EXTERN_FN) is called. */
void help_signature(Interp *I, Diag *d, const Ast *def);
/* Member of a dist, layer … evaluated with offered names; false with *missing when the
 * definition has no such member. */
typedef struct Offer {
    const char *name; /* NULL: only the shape that `u ~ d` is drawn with */
    Value value;
    const Shape *shape; /* sample + batch + event */
} Offer;
bool instance_member(Interp *I, Instance *in, Name member, const Offer *offer, int n,
                     bool *missing, Value *out);
/* A member that a definition may have; NONE: it has not. */
bool instance_part(Interp *I, Instance *in, const char *name, Value *out);
bool instance_argument(Interp *I, Instance *in, Name name, bool *found, Value *out);
Instance *instance_new(Interp *I, const Def *def);
bool instance_with(Interp *I, Instance *in, Name name, Value v, Instance **out);
bool is_instance(Value v, DefKind kind);
/* Where the library has definitions of several kinds by the name of *v, a definition
 * with or without arguments: that of the kind which is needed, with the same arguments.
 */
bool instance_as(Interp *I, DefKind kind, Value *v);
bool type_bind(Interp *I, const Ast *type, Value v, Span span, const char *what,
               Frame *f, Value *out);
/* A declared type in the running scope: its element type, support and shape. *shaped is
 * false for a bare `real`; an unknown axis name is bound to nothing and is an error
 * unless `sizes` gives it. */
bool type_shape(Interp *I, const Ast *type, Type *element, Support *support,
                Shape *shape, bool *shaped);
bool type_is_number(Interp *I, const Ast *type, Type *element, Support *support);
/* Axes of a value of the type: `simplex[3]` 1, `cov[3]` 2; −1 for what is no number. */
int type_event_rank(Interp *I, const Ast *type);
/* ---- plain numbers against a support (support.c) ---- */
bool support_check(Interp *I, Support support, Value v, Span span, const char *what);
Support support_of_data(const Tensor *t);
bool whole_number(Interp *I, Value v, Value *out); /* a real that is whole, as int */
bool definition_value(Interp *I, const Ast *s, Module *module, Value *out);

/* ---- recording (record.c) ---- */
Value record_node(Interp *I, Node *n, Value known);
/* n, or, where it is the input of a function that is differentiated while something is
 * recorded, the node at which the derivative is taken. */
Node *record_stands_for(Interp *I, Node *n);
Node *as_node(Interp *I, Value v); /* of a number, in the running recording */
/* The universal way of numeric functions: runs `build` on numbers, records it on nodes.
 */
bool apply(Interp *I, ExecBuild *build, void *ctx, const Value *arg, int n, Span span,
           Value *out);
bool apply_elem(Interp *I, Elem e, Span span, const Value *arg, Value *out);
bool recorded_choice(Interp *I, Value v, Span span, const char *where, Value *known);
bool graph_failed(Interp *I, Span span, const char *message);
Value capture(Interp *I, Module *module, Name name, Value v);
void recorder_init(Interp *I, Recorder *r, Graph *g, bool captures, const Closure *c);
void recorder_end(Interp *I, Recorder *r);
void recorder_free(Interp *I, Recorder *r);
/* Numeric leaves of a value (records, lists), replaced by inputs in order. */
typedef struct Leaves {
    Value *value;
    Node **node;
    uint32_t count, room;
} Leaves;
bool value_to_inputs(Interp *I, Value v, Leaves *leaves, Value *out);
void leaves_add(Interp *I, Leaves *l, Value v, Node *n);
uint32_t value_leaves(Value v); /* how many there are */
/* leaf, from *at on, in the structure of `like`. */
Value value_from_leaves(Interp *I, Value like, const Value *leaf, uint32_t *at);
void leaves_free(Interp *I, Leaves *l);
void dump_graph(Interp *I, const char *what, Graph *g, Node *const *outs, int n,
                const Plan *plan, int stage);

/* ---- checking (abstract.c, abstract_run.c) ---- */
Value value_unknown(void);
bool value_has_unknown(Value v); /* nothing is known of v or of a part of it */
/* A number of which only this is known; a size where it is an int that is one. */
Value abstract_number(Interp *I, Type type, Support support, const Shape *shape);
Value size_value(Interp *I, int64_t n); /* an int: plain, or a node of a form */
/* The size that an int is, known or not; false for what is no int. */
bool value_size(Interp *I, Value v, int64_t *size);
/* Statements of a program in `module`, then its functions and definitions for all that
 * they may be given; `blocks`: also check blocks; `library`: as a file of the library.
 * Errors go to I->diags. */
void abstract_program(Interp *I, Module *module, const Ast *program, bool blocks,
                      bool library);
/* Whether v is a number, or anything, that is not known before a run but then. */
bool known_later(Interp *I, Value v);
/* A value of a declared type, whose new axis names are bound in the running frame. */
bool abstract_of_type(Interp *I, const Ast *type, Name name, Value *out);

/* ---- words (words.c and its parts) ---- */
bool word_call(Interp *I, int word, const Args *args, Value *out);
int word_find(const char *name); /* −1 */
const char *word_name(int i);    /* NULL past the end */
int word_data(int word);         /* the function's own number in its row */
/* The error of a file that could not be written: error is an errno. */
bool write_failed(Interp *I, Span span, const char *path, int error);
/* Where the argument for parameter i stands in the call, as args_place. */
Span word_place(const Interp *I, int word, const Args *args, int i);
const char *word_signature(int i);
const char *word_doc(int i);
/* The arguments in the order of the word's signature, NONE where left out. */
enum { WORD_ARGS = 16 };
bool arg_int(Interp *I, Value v, Span span, const char *what, int64_t *out);
bool arg_real(Interp *I, Value v, Span span, const char *what, double *out);
bool arg_text(Interp *I, Value v, Span span, const char *what, Text *out);

/* Names of sizes in the types of a definition's parameters, from its arguments. */
bool instance_size(Interp *I, Instance *in, Name name, bool *found, int64_t *size);
bool random_noise(Interp *I, bool gauss, const Shape *shape, Value *out);
uint64_t next_key(Interp *I, Span span);

/* ---- starts (start.c) ---- */
/* What `= init` gives for a weight at `path`: a number, a draw of a distribution, or
 * what a function of the shape gives; the draw depends on seed and path alone. Without
 * init 0, or the middle of the support. */
bool start_value(Interp *I, uint64_t seed, const char *path, const Ast *init,
                 const Shape *shape, Support support, Value *out);

#include "eval/bad.h"
#include "eval/layer.h"
#include "eval/dist.h"
#include "eval/flow.h"
#include "eval/topics.h"

/* ---- functions of functions (derive.c) ---- */
bool derived_new(Interp *I, const char *what, Value f, Value *out);
bool derived_call(Interp *I, Value d, const Args *args, Value *out);
void recordings_free(Interp *I);

/* ---- hooks that infer fills in (higher rooms are not known here) ---- */
typedef struct Upper {
    bool (*call)(Interp *I, int word, Value *arg, const Args *args, Value *out);
    bool (*field)(Interp *I, Value v, Name name, Span span, bool *found, Value *out);
    bool (*bound_call)(Interp *I, Value v, const Args *args, Value *out);
    /* A net of a posterior called on x; or, with `flow`, a flow. */
    bool (*net)(Interp *I, Net *net, const FlowCall *flow, Value x, Span span,
                Value *out, Value *change);
    bool (*print)(Interp *I, Out *o, Value v);
    bool (*check)(Interp *I, Module *m, const Source *s, const Ast *program);
    /* while a program is checked: */
    bool (*abstract_word)(Interp *I, int word, Value *arg, const Args *args,
                          Value *out);
    bool (*abstract_fits)(Interp *I, const Node *n, Support wanted);
    bool (*abstract_model)(Interp *I, ModelValue *m);
    bool (*abstract_definition)(Interp *I, Instance *in);
} Upper;
void interp_upper(Interp *I, const Upper *upper);

/* ---- the library (module.c) ---- */
bool library_find(Interp *I, Name name, Value *out, bool *found);
bool in_library(const Interp *I); /* whether a file of the library is being run */
bool library_text(Text text);     /* whether a file of the library is this text */
const char *library_doc(Interp *I, const char *name, int which, const char **signature);
bool import_module(Interp *I, const Ast *s);

#endif
