/* SPDX-License-Identifier: MIT
 * Warnings: what runs, but is likely not meant. Names that nobody uses come from the
 * scopes that the check has made, the rest from the shape of the syntax alone. Nothing
 * here depends on values.
 */
#include "check_int.h"

#include <string.h>

typedef enum {
#define LINT(id, name) CALL_##id,
#include "lint.def"
#undef LINT
} Called;

static const char *const called_name[] = {
#define LINT(id, name) name,
#include "lint.def"
#undef LINT
};

typedef struct Lint {
    const Names *names;
    Diags *diags;
    const Check *check;
    bool in_model, in_function;
    bool recorded; /* in a model or a definition, whose graph is rewritten */
} Lint;

static const char *text(const Lint *l, Name name) { return name_cstr(l->names, name); }

static Diag *warn(Lint *l, DiagCode code, Span span, const char *what)
{
    return diag_add(l->diags, code, span, what);
}

/* ---- unused names ---- */

static const char *kind_words(SymbolKind kind)
{
    switch ((int)kind) {
    case SYMBOL_IMPORT: return "import";
    case SYMBOL_HYPER: return "hyper";
    case SYMBOL_GIVEN: return "given";
    case SYMBOL_PRIOR: return "prior";
    case SYMBOL_PARAM: return "param";
    case SYMBOL_NET: return "net";
    case SYMBOL_FLOW: return "flow";
    default: return "name";
    }
}

/* A given may be there for its axis alone, as in `model mean(x: real[N])`. */
static bool names_an_axis(const Scope *s, const Symbol *given)
{
    const Ast *model = s->owner;
    for (uint32_t i = 0; i < model->count; i++) {
        const Ast *type = model->list[i]->a;
        if (model->list[i]->name != given->name || !type) continue;
        for (uint32_t k = 0; k < type->count; k++)
            for (const Symbol *y = s->first; y; y = y->next)
                if (y->kind == SYMBOL_AXIS && y->uses &&
                    y->place.from == type->list[k]->span.from)
                    return true;
    }
    return false;
}

static bool is_wanted(const Scope *s, const Symbol *y)
{
    switch (s->kind) {
    case SCOPE_FILE: return y->kind != SYMBOL_IMPORT;
    case SCOPE_FUNCTION: return y->kind != SYMBOL_VARIABLE;
    case SCOPE_MODEL:
        if (y->kind == SYMBOL_GIVEN) return names_an_axis(s, y);
        return y->kind != SYMBOL_HYPER && y->kind != SYMBOL_PRIOR &&
               y->kind != SYMBOL_NET && y->kind != SYMBOL_FLOW;
    case SCOPE_DEFINITION:
        if ((DefKind)(s->owner->flags & AST_LOW) != DEF_LAYER) return true;
        return y->kind != SYMBOL_PARAM && y->kind != SYMBOL_VARIABLE &&
               y->kind != SYMBOL_NET;
    case SCOPE_MEMBER:
    default: return true;
    }
}

static void unused(Lint *l)
{
    for (const Scope *s = l->check->first; s; s = s->next)
        for (const Symbol *y = s->first; y; y = y->next) {
            const char *name = text(l, y->name);
            if (y->uses || name[0] == '_' || is_wanted(s, y)) continue;
            Diag *d = diag_add(l->diags, W0001, y->place, kind_words(y->kind), name);
            diag_help(l->diags, d, "take it out, or use it where it was meant");
        }
}

/* ---- patterns ---- */

static bool alike(const Ast *a, const Ast *b)
{
    if (!a || !b) return a == b;
    bool number = a->kind == AST_INT || a->kind == AST_REAL || a->kind == AST_STRING;
    if (a->kind != b->kind || a->name != b->name || a->flags != b->flags ||
        a->count != b->count || number)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (!alike(a->list[i], b->list[i])) return false;
    return alike(a->a, b->a) && alike(a->b, b->b) && alike(a->c, b->c);
}

static bool is_op(const Ast *e, OpCode op)
{
    return e->kind == AST_BINARY && (OpCode)(e->flags & AST_LOW) == op;
}

static bool is_number(const Ast *e, double want)
{
    double x = e->kind == AST_INT    ? (double)e->lit.integer
               : e->kind == AST_REAL ? e->lit.real
                                     : want + 1;
    return !(x < want) && !(x > want);
}

/* The program's own definition of a name hides the word. */
static bool own(const Lint *l, Name name)
{
    for (const Symbol *y = l->check->first->first; y; y = y->next)
        if (y->name == name) return true;
    return false;
}

/* The first argument of a call of it, or NULL. */
static const Ast *call_of(const Lint *l, const Ast *e, Called what)
{
    if (e->kind != AST_CALL || e->a->kind != AST_NAME || e->count == 0 ||
        e->list[0]->name || strcmp(text(l, e->a->name), called_name[what]) != 0 ||
        own(l, e->a->name))
        return NULL;
    return e->list[0]->a;
}

/* 1 + exp(x): x; NULL else. */
static const Ast *one_plus_exp(const Lint *l, const Ast *e)
{
    if (!is_op(e, OP_ADD)) return NULL;
    if (is_number(e->a, 1)) return call_of(l, e->b, CALL_EXP);
    return is_number(e->b, 1) ? call_of(l, e->a, CALL_EXP) : NULL;
}

static const char *unstable_quotient(const Lint *l, const Ast *e)
{
    const Ast *x = call_of(l, e->a, CALL_EXP), *sum = call_of(l, e->b, CALL_SUM);
    if (!x) return NULL;
    const Ast *y = sum ? call_of(l, sum, CALL_EXP) : NULL;
    if (y && alike(x, y)) return "`softmax(x)` is the same and does not overflow";
    y = one_plus_exp(l, e->b);
    return y && alike(x, y) ? "`sigmoid(x)` is the same and does not overflow" : NULL;
}

static const char *unstable_log(const Lint *l, const Ast *x)
{
    if (is_op(x, OP_ADD) && call_of(l, x->a, CALL_EXP) && call_of(l, x->b, CALL_EXP))
        return "`logsumexp([a, b])` is the same and does not overflow";
    if (call_of(l, x, CALL_CDF)) return "`log_cdf(d, x)` is the same, also far out";
    if (is_op(x, OP_SUB) && is_number(x->a, 1) && call_of(l, x->b, CALL_CDF))
        return "`log_ccdf(d, x)` is the same, also far out";
    if (call_of(l, x, CALL_PROD))
        return "`sum(log(x))` is the same; a product of many soon is 0 or inf";
    const Ast *mean = call_of(l, x, CALL_MEAN);
    if (mean && call_of(l, mean, CALL_EXP))
        return "`logsumexp(x) - log(n)` is the same of n numbers and does not overflow";
    return NULL;
}

/* Logarithms that a graph computes in their better form, and that plain code does not.
 */
static const char *unstable_plain(const Lint *l, const Ast *x)
{
    const Ast *sum = call_of(l, x, CALL_SUM);
    if (call_of(l, x, CALL_DET))
        return "`2 * sum(log(diag(cholesky(a))))` is the same of a covariance; a "
               "determinant of many rows soon is 0 or inf";
    if (call_of(l, x, CALL_SOFTMAX))
        return "`log_softmax(x)` is the same, also far out";
    if (call_of(l, x, CALL_SIGMOID))
        return "`log_sigmoid(x)` is the same, also far out";
    if (sum && call_of(l, sum, CALL_EXP))
        return "`logsumexp(x)` is the same and does not overflow";
    if (one_plus_exp(l, x)) return "`softplus(x)` is the same and does not overflow";
    if (is_op(x, OP_SUB) && is_number(x->a, 1) && call_of(l, x->b, CALL_SIGMOID))
        return "`log_sigmoid(-x)` is the same, also far out";
    if (is_op(x, OP_SUB) && is_number(x->a, 1) && x->b->kind == AST_NAME)
        return "`log1p(-x)` is the same, and exact where x is small";
    return NULL;
}

static const Ast *square_of(const Ast *e)
{
    return e && is_op(e, OP_POW) && is_number(e->b, 2) ? e->a : NULL;
}

/* mean(x ^ 2) - mean(x) ^ 2 */
static bool is_cancelling(const Lint *l, const Ast *e)
{
    const Ast *x = call_of(l, e->a, CALL_MEAN), *m = square_of(e->b);
    const Ast *y = m ? call_of(l, m, CALL_MEAN) : NULL;
    return y && x && square_of(x) && alike(square_of(x), y);
}

static void unstable(Lint *l, const Ast *e)
{
    const char *help = NULL;
    const Ast *x = call_of(l, e, CALL_LOG);
    if (x) help = unstable_log(l, x);
    if (x && !help && !l->recorded) help = unstable_plain(l, x);
    if (is_op(e, OP_DIV)) help = unstable_quotient(l, e);
    if (is_op(e, OP_SUB) && is_number(e->a, 1) && call_of(l, e->b, CALL_EXP))
        help = "`-expm1(x)` is the same, and exact where `exp(x)` is near 1";
    if (is_op(e, OP_SUB) && is_cancelling(l, e))
        help = "`mean((x - mean(x)) ^ 2)` is the same, and does not cancel";
    if (is_op(e, OP_SUB) && is_number(e->b, 1) && call_of(l, e->a, CALL_EXP) &&
        !l->recorded)
        help = "`expm1(x)` is the same, and exact where `exp(x)` is near 1";
    if (is_op(e, OP_MATMUL) && call_of(l, e->a, CALL_INV))
        help = "`solve(a, b)` is the same as `inv(a) @ b`, and more exact";
    if (help) diag_help(l->diags, warn(l, W0005, e->span, NULL), "%s", help);
}

/* ---- a deviation, not a variance ---- */

static bool begins(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

static const char *said_by(const Lint *l, const Ast *e)
{
    if (is_op(e, OP_POW) && is_number(e->b, 2)) return "a square";
    if (e->kind != AST_NAME && e->kind != AST_DOT) return NULL;
    const char *name = text(l, e->name);
    if (begins(name, "prec")) return "a precision";
    if (strcmp(name, "var") == 0 || begins(name, "var_") || begins(name, "variance") ||
        strcmp(name, "sigma2") == 0 || strcmp(name, "s2") == 0)
        return "a variance";
    return NULL;
}

static void second_argument(Lint *l, const Ast *e)
{
    if (!call_of(l, e, CALL_NORMAL) || e->count < 2 || e->list[1]->name) return;
    const char *what = said_by(l, e->list[1]->a);
    if (!what) return;
    Diag *d = warn(l, W0002, e->list[1]->span, what);
    if (strcmp(what, "a precision") == 0)
        diag_help(l->diags, d, "say so: `Normal(mean, precision = p)`");
    else
        diag_help(l->diags, d, "say so: `Normal(mean, var = v)`, or take its `sqrt`");
}

/* ---- words that give nothing ---- */

/* The value of e printed or kept, where e is a call that has none: W0013. */
static void nothing(Lint *l, const Ast *e, const char *wanted)
{
    static const struct {
        Called call;
        const char *help;
    } words[] = {
        {CALL_SUMMARY, "`summary(post)` alone prints its table; numbers of it are "
                       "`mean(post.NAME)`, `post.elbo`, `rhat(post)`"},
        {CALL_PRINT, "`print(x)` alone prints"},
        {CALL_PLOT,
         "`plot(…)` alone shows its picture, and writes it where it is given "
         "`file = \"NAME.svg\"`"},
        {CALL_SAVE,
         "`save(post, file)` alone writes; `load(file)` gives what it wrote"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!call_of(l, e, words[i].call)) continue;
        Diag *d =
            diag_add(l->diags, W0013, e->span, called_name[words[i].call], wanted);
        diag_help(l->diags, d, "%s", words[i].help);
    }
}

static void nothing_printed(Lint *l, const Ast *e)
{
    if (!call_of(l, e, CALL_PRINT)) return;
    for (uint32_t i = 0; i < e->count; i++)
        if (e->list[i]->a) nothing(l, e->list[i]->a, "printed");
}

/* ---- statements ---- */

static bool is_plain_number(const Ast *e)
{
    if (e->kind == AST_UNARY) return is_plain_number(e->a);
    return e->kind == AST_INT || e->kind == AST_REAL;
}

/* `sigma = 1` in a model: likely to be learnt. */
static void constant(Lint *l, const Ast *s)
{
    if (!l->in_model || s->a->kind != AST_NAME || !is_plain_number(s->b)) return;
    Diag *d = warn(l, W0004, s->span, text(l, s->a->name));
    diag_help(l->diags, d,
              "declare it to learn it, `param %s: real`, or let the header fix it: "
              "`model m(…, %s = 1)`",
              text(l, s->a->name), text(l, s->a->name));
}

/* `x ^ 2` as the last line of a body, as where a body gives its last line. */
static void lost(Lint *l, const Ast *s)
{
    int kind = (int)s->a->kind;
    if (kind != AST_NAME && kind != AST_BINARY && kind != AST_UNARY &&
        kind != AST_INT && kind != AST_REAL && kind != AST_INDEX && kind != AST_ARRAY &&
        kind != AST_RECORD && kind != AST_DOT)
        return;
    Diag *d = warn(l, W0008, s->span, NULL);
    diag_help(l->diags, d,
              l->in_function
                  ? "a body in braces gives what `return` says: `return x ^ 2`"
                  : "`print(x)` shows it; `y = x ^ 2` keeps it");
}

static void dropped(Lint *l, const Ast *s)
{
    const Ast *e = s->a;
    if (e->kind != AST_BINARY) {
        lost(l, s);
        return;
    }
    OpCode op = (OpCode)(e->flags & AST_LOW);
    if (op != OP_EQ && op != OP_NE && op != OP_LT && op != OP_LE && op != OP_GT &&
        op != OP_GE) {
        lost(l, s);
        return;
    }
    Diag *d = warn(l, W0006, s->span, NULL);
    diag_help(
        l->diags, d,
        op == OP_EQ
            ? "a name is bound with one `=`; `assert(a == b)` stops where it fails"
            : "`assert(…)` stops where it does not hold");
}

static void look(Lint *l, const Ast *s, bool testing)
{
    bool before = l->in_model, recorded = l->recorded, function = l->in_function;
    if (!s) return;
    if (s->kind == AST_MODEL) l->in_model = true;
    if (s->kind == AST_FN) l->in_model = false;
    if (s->kind == AST_FN || s->kind == AST_MEMBER) l->in_function = true;
    if (s->kind == AST_MODEL || s->kind == AST_DEF) l->recorded = true;
    unstable(l, s);
    second_argument(l, s);
    nothing_printed(l, s);
    if (s->kind == AST_ASSIGN) constant(l, s);
    if (s->kind == AST_ASSIGN) nothing(l, s->b, "kept");
    if (s->kind == AST_EXPR && !testing) dropped(l, s);
    testing = s->kind == AST_CHECK || (testing && s->kind == AST_BLOCK);
    look(l, s->a, testing);
    look(l, s->b, testing);
    look(l, s->c, testing);
    for (uint32_t i = 0; i < s->count; i++) look(l, s->list[i], testing);
    l->in_model = before;
    l->recorded = recorded;
    l->in_function = function;
}

void check_warnings(const Check *check, const Names *names, Diags *d,
                    const Ast *program, bool interactive)
{
    Lint l = {.names = names, .diags = d, .check = check};
    if (!program || !check->first) return;
    unused(&l);
    look(&l, program, interactive);
}
