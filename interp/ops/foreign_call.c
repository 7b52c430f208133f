/* SPDX-License-Identifier: MIT
 * Calling C: the libraries of an interpreter, and the calls that one run of the op
 * makes. They run one at a time under the interpreter's lock, and behind each the
 * floating-point state is put back.
 */
#include "base/floats.h"
#include "base/shared.h"
#include "ops/ops_int.h"

#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>

/* ---- libraries ---- */

typedef struct Library {
    struct Library *next;
    void *handle; /* NULL: could not be opened */
    char name[];
} Library;

struct ForeignHome {
    Memory *memory;
    Library *libraries;
    pthread_mutex_t lock;
};

ForeignHome *foreign_home(Memory *m)
{
    ForeignHome *h = memory_take(m, sizeof *h);
    h->memory = m;
    pthread_mutex_init(&h->lock, NULL);
    return h;
}

void foreign_close(ForeignHome *h)
{
    if (!h) return;
    for (Library *l = h->libraries; l; l = l->next)
        if (l->handle) shared_close(l->handle);
    pthread_mutex_destroy(&h->lock);
}

void *foreign_library(ForeignHome *h, const char *name, char *why, size_t room)
{
    Library *l = h->libraries;
    while (l && strcmp(l->name, name) != 0) l = l->next;
    if (!l) {
        size_t n = strlen(name) + 1;
        l = memory_take(h->memory, sizeof *l + n);
        memcpy(l->name, name, n);
        l->next = h->libraries;
        h->libraries = l;
    }
    if (!l->handle) l->handle = shared_open(name, why, room);
    return l->handle;
}

/* ---- functions ---- */

static bool add_words(CType *word, int *n, const ForeignType *t)
{
    int need = 1 + t->rank;
    if (*n + need > FOREIGN_WORDS) return false;
    word[(*n)++] = t->rank ? C_POINTER : t->type == TYPE_I64 ? C_INT : C_DOUBLE;
    for (int i = 0; i < t->rank; i++) word[(*n)++] = C_SIZE;
    return true;
}

ForeignEnd foreign_bind(Foreign *f, ForeignHome *h, void *library)
{
    void (*function)(void);
    CType word[FOREIGN_WORDS], result = C_NOTHING;
    int n = 0;
    f->home = h;
    f->memory = h->memory;
    if (!shared_find(library, f->name, &function)) return FOREIGN_NO_SYMBOL;
    for (int i = 0; i < f->params; i++)
        if (!add_words(word, &n, &f->param[i])) return FOREIGN_TOO_MANY;
    if (f->result.rank == 0)
        result = f->result.type == TYPE_I64 ? C_INT : C_DOUBLE;
    else if (!add_words(word, &n, &f->result))
        return FOREIGN_TOO_MANY;
    f->call = ccall_new(h->memory, function, result, word, n);
    return f->call ? FOREIGN_MADE : FOREIGN_TOO_MANY;
}

/* ---- running ---- */

enum { ERROR_TEXT = 320 };

/* One run: what the C function is given, place by place. */
typedef struct Calls {
    const ForeignForm *form;
    Run *run;
    int rank;                                   /* of the axes in front */
    int64_t size[FOREIGN_PARAMS], count;        /* elements of one argument, … */
    int64_t stride[FOREIGN_PARAMS][LIMIT_RANK]; /* … and how they move on */
    int64_t at[FOREIGN_PARAMS];                 /* the argument of this call */
    void *word[FOREIGN_WORDS];
    void *pointer[FOREIGN_PARAMS + 1];
    int integer[FOREIGN_PARAMS];
    size_t length[FOREIGN_PARAMS + 1][LIMIT_RANK];
    int *ints[FOREIGN_PARAMS + 1]; /* tensors of int, in scratch */
} Calls;

static size_t rounded(size_t n) { return (n + 63) & ~(size_t)63; }

static size_t ints_bytes(const ForeignType *t, const Shape *own)
{
    bool ints = t->rank && t->type == TYPE_I64;
    return ints ? rounded((size_t)shape_count(own) * sizeof(int)) : 0;
}

/* The text of an error, then tensors of int. */
size_t foreign_scratch(const Node *n)
{
    const ForeignForm *form = n->attr->own;
    const Foreign *f = form->fn;
    size_t bytes = rounded(ERROR_TEXT) + ints_bytes(&f->result, &form->result);
    for (int i = 0; i < f->params; i++)
        bytes += ints_bytes(&f->param[i], &form->param[i]);
    return bytes;
}

static bool failed(Run *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool failed(Run *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(r->scratch, ERROR_TEXT, format, args);
    va_end(args);
    r->error = r->scratch;
    return false;
}

static int lay_words(Calls *c, int n, int k, const ForeignType *t, const Shape *own)
{
    c->word[n++] = t->rank ? (void *)&c->pointer[k] : NULL;
    for (int i = 0; i < t->rank; i++) {
        c->length[k][i] = (size_t)own->dim[i];
        c->word[n++] = &c->length[k][i];
    }
    return n;
}

static void lay_strides(Calls *c, int i, const Buffer *in, int own)
{
    int rank = in->rank - own;
    int64_t step = c->size[i];
    for (int k = rank; k-- > 0;) {
        int axis = c->rank - rank + k;
        c->stride[i][axis] = in->dim[k] == 1 ? 0 : step;
        step *= in->dim[k];
    }
}

static void calls_begin(Calls *c, Run *r)
{
    const ForeignForm *form = r->node->attr->own;
    const Foreign *f = form->fn;
    int n = 0;
    char *ints = (char *)r->scratch + rounded(ERROR_TEXT);
    memset(c, 0, sizeof *c);
    c->form = form;
    c->run = r;
    c->rank = r->out.rank - form->result.rank;
    c->count = shape_count(&form->result);
    for (int i = 0; i < f->params; i++) {
        c->size[i] = shape_count(&form->param[i]);
        lay_strides(c, i, &r->in[i], form->param[i].rank);
        n = lay_words(c, n, i, &f->param[i], &form->param[i]);
        c->ints[i] = (int *)(void *)ints;
        ints += ints_bytes(&f->param[i], &form->param[i]);
    }
    c->ints[f->params] = (int *)(void *)ints;
    if (f->result.rank) lay_words(c, n, f->params, &f->result, &form->result);
}

static bool in_support(Support s, double x)
{
    switch (s) {
    case SUPPORT_POSITIVE: return x > 0;
    case SUPPORT_NONNEGATIVE: return x >= 0;
    case SUPPORT_UNIT: return x >= 0 && x <= 1;
    case SUPPORT_ANY:
    case SUPPORT_SIMPLEX:
    case SUPPORT_NEGATIVE:
    case SUPPORT_ORDERED:
    case SUPPORT_CHOLESKY:
    case SUPPORT_CORR:
    case SUPPORT_COV:
    case SUPPORT_COUNT: break;
    }
    return true;
}

/* Argument i, of reals: as it lies. */
static bool give_reals(Calls *c, int i, const ForeignType *t)
{
    double *x = (double *)c->run->in[i].data + c->at[i];
    for (int64_t k = 0; k < c->size[i] && t->support != SUPPORT_ANY; k++)
        if (!in_support(t->support, x[k]))
            return failed(c->run,
                          "the foreign function `%s` takes a %s number for "
                          "`%s`, but is given %g",
                          c->form->fn->name, support_name(t->support), t->name, x[k]);
    c->pointer[i] = x;
    return true;
}

/* Argument i, of ints: each must be an int of C. */
static bool give_ints(Calls *c, int i, const ForeignType *t)
{
    const int64_t *x = (const int64_t *)c->run->in[i].data + c->at[i];
    int *to = t->rank ? c->ints[i] : &c->integer[i];
    for (int64_t k = 0; k < c->size[i]; k++) {
        if (x[k] < INT_MIN || x[k] > INT_MAX)
            return failed(c->run,
                          "the foreign function `%s` takes an int of C for "
                          "`%s`, and %lld does not fit into one",
                          c->form->fn->name, t->name, (long long)x[k]);
        to[k] = (int)x[k];
    }
    c->pointer[i] = to;
    return true;
}

static bool give_arguments(Calls *c)
{
    const Foreign *f = c->form->fn;
    for (int i = 0, n = 0; i < f->params; n += 1 + f->param[i++].rank) {
        const ForeignType *t = &f->param[i];
        if (!(t->type == TYPE_I64 ? give_ints(c, i, t) : give_reals(c, i, t)))
            return false;
        if (!t->rank) c->word[n] = c->pointer[i];
    }
    return true;
}

/* Where the result of call number `call` is written. What a function leaves unwritten
 * is not a number; an int that it leaves is 0. */
static void *place_result(Calls *c, int64_t call)
{
    const Foreign *f = c->form->fn;
    int *ints = c->ints[f->params];
    double *reals = (double *)c->run->out.data + call * c->count;
    bool whole = f->result.type == TYPE_I64;
    if (f->result.rank == 0) return whole ? (void *)ints : (void *)reals;
    for (int64_t k = 0; k < c->count; k++) {
        if (whole)
            ints[k] = 0;
        else
            reals[k] = (double)NAN;
    }
    c->pointer[f->params] = whole ? (void *)ints : (void *)reals;
    return NULL;
}

static bool take_result(Calls *c, int64_t call)
{
    const Foreign *f = c->form->fn;
    if (f->result.type == TYPE_I64) {
        int64_t *to = (int64_t *)c->run->out.data + call * c->count;
        for (int64_t k = 0; k < c->count; k++) to[k] = c->ints[f->params][k];
        return true;
    }
    const double *y = (const double *)c->run->out.data + call * c->count;
    for (int64_t k = 0; k < c->count && f->result.support != SUPPORT_ANY; k++)
        if (y[k] == y[k] && !in_support(f->result.support, y[k]))
            return failed(c->run,
                          "the foreign function `%s` is declared to give a %s "
                          "number, but gave %g",
                          f->name, support_name(f->result.support), y[k]);
    return true;
}

/* On to the next call: the last axis first. */
static void move_on(Calls *c, int64_t *index)
{
    const Foreign *f = c->form->fn;
    for (int axis = c->rank; axis-- > 0;) {
        bool wraps = ++index[axis] == c->run->out.dim[axis];
        int64_t steps = wraps ? 1 - c->run->out.dim[axis] : 1;
        for (int i = 0; i < f->params; i++) c->at[i] += steps * c->stride[i][axis];
        if (!wraps) return;
        index[axis] = 0;
    }
}

void foreign_run(Run *r)
{
    Calls c;
    Floats before;
    int64_t index[LIMIT_RANK] = {0}, calls = 1;
    calls_begin(&c, r);
    const Foreign *f = c.form->fn;
    for (int i = 0; i < c.rank; i++) calls *= r->out.dim[i];
    pthread_mutex_lock(&f->home->lock);
    floats_take(&before);
    for (int64_t k = 0; k < calls; k++) {
        if (!give_arguments(&c)) break;
        ccall_run(f->call, c.word, place_result(&c, k));
        floats_restore(&before);
        if (!take_result(&c, k)) break;
        move_on(&c, index);
    }
    pthread_mutex_unlock(&f->home->lock);
}
