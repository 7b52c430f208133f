/* SPDX-License-Identifier: MIT
 * Inside check: scopes and their symbols, and the walk. A scope's symbols are all
 * declared when it opens and become bound as the walk passes their places.
 */
#ifndef UNC_CHECK_CHECK_INT_H
#define UNC_CHECK_CHECK_INT_H

#include "check/check.h"

typedef enum {
    SYMBOL_VARIABLE,
    SYMBOL_FUNCTION,
    SYMBOL_MODEL,
    SYMBOL_DEFINITION,
    SYMBOL_IMPORT,
    SYMBOL_PARAMETER,
    SYMBOL_LOOP,
    SYMBOL_AXIS,
    SYMBOL_GIVEN,
    SYMBOL_HYPER,
    SYMBOL_PARAM,
    SYMBOL_PRIOR,
    SYMBOL_NET,
    SYMBOL_FLOW,
    SYMBOL_LIKELIHOOD,
    SYMBOL_DETERMINISTIC,
    SYMBOL_STATE,
    SYMBOL_MEMBER,
    SYMBOL_OFFERED
} SymbolKind;

typedef enum {
    SCOPE_FILE,
    SCOPE_FUNCTION,
    SCOPE_MODEL,
    SCOPE_DEFINITION,
    SCOPE_MEMBER
} ScopeKind;

typedef struct Scope Scope;
typedef struct Symbol Symbol;
struct Symbol {
    Name name;
    SymbolKind kind;
    Span place;
    uint32_t uses, binds;
    bool bound; /* the walk has passed a binding of it */
    bool whole; /* some binding is of the name itself, not of a[i] or r.k */
    bool taken; /* in a model: bound already */
    const Scope *scope;
    const Ast *callable; /* what the name stands for if bound once: FN, MODEL, DEF,
                            EXTERN_FN */
    Symbol *shadowed;    /* the one of this name in a scope further out */
    Symbol *next;        /* in the scope, in the order of declaration */
};

struct Scope {
    Scope *outer, *next; /* next: in the order of opening */
    ScopeKind kind;
    const Ast *owner; /* FN_DEF, FN, MODEL, DEF, MEMBER, EXTERN_FN; the program */
    Symbol *first, *last;
};

struct Check {
    Scope *first, *last;
};

typedef struct Mark Mark;

typedef struct Checker {
    Arena *arena;
    const Names *names;
    Diags *diags;
    const CheckScope *root;
    Check *check;
    Symbol **visible; /* by name: the innermost */
    Name names_count;
    Scope *scope;
    uint32_t inside;    /* functions, models and definitions around: they run later */
    bool testing;       /* in a check block, which may be skipped */
    const char *offers; /* names that the members of the definition may use; or NULL */
    bool lenient;       /* in a guide for what is not seen: its names are unknown */
    bool size;          /* a size of a type is looked for */
    bool called;        /* what is looked for is called */
    bool foreign;       /* what was looked for is of another language, and was told */
    Name field; /* the last one behind the name looked for, as in `np.exp`, or 0 */
    uint32_t errors;
    Mark *marks; /* names bound so far in the model */
} Checker;

/* scope.c */
void scope_open(Checker *c, ScopeKind kind, const Ast *owner);
void scope_close(Checker *c);
/* The symbol of the running scope, made at its first declaration. */
Symbol *scope_declare(Checker *c, Name name, SymbolKind kind, Span place);
/* Declared and bound at once: parameters, axes, what is on offer. */
Symbol *scope_parameter(Checker *c, Name name, SymbolKind kind, Span place);
/* In the running scope only; NULL if it has none. */
Symbol *scope_own(const Checker *c, Name name);
void scope_bind(Checker *c, Name name);
/* Reports an unknown name; NULL then, and for names of the root. */
Symbol *scope_use(Checker *c, Name name, Span span);
/* NULL when there were LIMIT_ERRORS already. */
Diag *check_error(Checker *c, DiagCode code, Span span, ...);

/* collect.c: what statements bind, before the walk goes through them */
void collect(Checker *c, const Ast *s);
void collect_bound(Checker *c, const Ast *s);
const Ast *target_root(const Ast *target);

/* check.c */
void walk(Checker *c, const Ast *s);
void walk_children(Checker *c, const Ast *s);
void walk_function(Checker *c, const Ast *fn, const Ast *owner);
/* The sizes of a type: plain names become axes of the running scope; then all of them
 * are uses, but for the place that names an axis first. */
void type_axes(Checker *c, const Ast *type);
void type_sizes(Checker *c, const Ast *type);

/* call.c */
void check_call(Checker *c, const Symbol *s, const Ast *call);

/* depends.c: every param of a model is one that some likelihood depends on */
void params_matter(Checker *c, const Ast *model);

/* guide.c: the unknowns of a guide are those of its model */
void guide_fits(Checker *c, const Ast *guide, const Ast *model);
void guide_on_nothing(Checker *c, const Ast *guide); /* the error of no such model */
/* Statements that have no meaning in it. */
void guide_body(Checker *c, const Ast *guide);

/* complete.c: the members without which a definition cannot be used */
void definition_complete(Checker *c, const Ast *def);

/* check_decl.c */
void walk_model(Checker *c, const Ast *model);
void walk_definition(Checker *c, const Ast *def);
/* Whether the members of a definition see each other whatever their order. */
bool is_orderless(const Ast *def);
void walk_member(Checker *c, const Ast *member);
void walk_stochastic(Checker *c, const Ast *s);
void walk_extern(Checker *c, const Ast *s);

#endif
