/* SPDX-License-Identifier: MIT
 * Sizes as normal forms: sums of whole multiples of products of atoms. An atom is an
 * axis name, an int that is not given, a size that nothing is known of, or a quotient
 * or minimum of forms that does not come out even. Forms and atoms are interned.
 */
#include "graph/size.h"

#include "base/limits.h"

#include <stdio.h>
#include <string.h>

enum {
    TERMS = 12, /* of a form; what grows beyond is a size of which nothing is known */
    DEGREE = LIMIT_RANK,
    SLOTS = 256 /* of the table of forms, a list each */
};

typedef enum {
    ATOM_AXIS,
    ATOM_HYPER,
    ATOM_FRESH,
    ATOM_NODE,
    ATOM_DIV,
    ATOM_MIN
} AtomKind;

typedef struct Atom {
    AtomKind kind;
    Name name;
    uint32_t node;
    int64_t a, b;
} Atom;

/* coefficient * atom[0] * … ; atoms ascend. */
typedef struct Term {
    int64_t coefficient;
    uint32_t degree;
    uint32_t atom[DEGREE];
} Term;

typedef struct Form {
    Sizes *sizes;
    struct Form *next;
    int terms; /* at least one has an atom; ordered by compare_terms */
    Term term[];
} Form;

struct Sizes {
    Memory *memory;
    const Names *names;
    Arena arena;
    Atom *atom;
    uint32_t atoms, room;
    Form *slot[SLOTS];
};

/* A form that is being made; `lost`: it does not fit. */
typedef struct Sum {
    int terms;
    bool lost;
    Term term[TERMS + 1];
} Sum;

Sizes *sizes_new(Memory *m, const Names *names)
{
    Sizes *s = memory_take(m, sizeof *s);
    s->memory = m;
    s->names = names;
    arena_init(&s->arena, m);
    return s;
}

void sizes_free(Sizes *s)
{
    if (!s) return;
    memory_give(s->memory, s->atom, s->room * sizeof *s->atom);
    arena_free(&s->arena);
    memory_give(s->memory, s, sizeof *s);
}

/* ---- handles ---- */

static const Form *form_of(int64_t n)
{
    return (const Form *)(uintptr_t)(n & ~SIZE_FORM);
}

static int compare_terms(const Term *a, const Term *b)
{
    if (a->degree != b->degree) return a->degree > b->degree ? -1 : 1;
    for (uint32_t i = 0; i < a->degree; i++)
        if (a->atom[i] != b->atom[i]) return a->atom[i] < b->atom[i] ? -1 : 1;
    return 0;
}

static bool same_term(const Term *a, const Term *b)
{
    return a->coefficient == b->coefficient && compare_terms(a, b) == 0;
}

static uint32_t sum_hash(const Sum *u)
{
    uint64_t h = (uint64_t)u->terms;
    for (int i = 0; i < u->terms; i++) {
        h = (h ^ (uint64_t)u->term[i].coefficient) * 0x9E3779B97F4A7C15u;
        for (uint32_t k = 0; k < u->term[i].degree; k++)
            h = (h ^ u->term[i].atom[k]) * 0x9E3779B97F4A7C15u;
    }
    return (uint32_t)(h >> 40) % SLOTS;
}

static bool same_sum(const Form *f, const Sum *u)
{
    if (f->terms != u->terms) return false;
    for (int i = 0; i < u->terms; i++)
        if (!same_term(&f->term[i], &u->term[i])) return false;
    return true;
}

/* The handle of a sum, or the count that it is. */
static int64_t sum_size(Sizes *s, const Sum *u)
{
    if (u->lost) return size_fresh(s);
    if (u->terms == 0) return 0;
    if (u->terms == 1 && u->term[0].degree == 0) return u->term[0].coefficient;
    uint32_t at = sum_hash(u);
    Form *f = s->slot[at];
    while (f && !same_sum(f, u)) f = f->next;
    if (!f) {
        f = arena_take(&s->arena, sizeof *f + (size_t)u->terms * sizeof(Term));
        f->sizes = s;
        f->terms = u->terms;
        memcpy(f->term, u->term, (size_t)u->terms * sizeof(Term));
        f->next = s->slot[at];
        s->slot[at] = f;
    }
    return SIZE_FORM | (int64_t)(uintptr_t)f;
}

static void sum_add(Sum *u, const Term *t, int64_t factor)
{
    Term term = *t;
    int at = 0;
    if (__builtin_mul_overflow(t->coefficient, factor, &term.coefficient))
        u->lost = true;
    if (u->lost || term.coefficient == 0) return;
    while (at < u->terms && compare_terms(&u->term[at], &term) < 0) at++;
    if (at < u->terms && compare_terms(&u->term[at], &term) == 0) {
        int64_t *c = &u->term[at].coefficient;
        if (__builtin_add_overflow(*c, term.coefficient, c)) u->lost = true;
        if (*c != 0) return;
        u->terms--;
        memmove(&u->term[at], &u->term[at + 1], (size_t)(u->terms - at) * sizeof term);
        return;
    }
    if (u->terms == TERMS) {
        u->lost = true;
        return;
    }
    memmove(&u->term[at + 1], &u->term[at], (size_t)(u->terms - at) * sizeof term);
    u->term[at] = term;
    u->terms++;
}

static void sum_read(Sum *u, int64_t n, int64_t factor)
{
    if (!size_is_form(n)) {
        Term t = {n, 0, {0}};
        sum_add(u, &t, factor);
        return;
    }
    const Form *f = form_of(n);
    for (int i = 0; i < f->terms; i++) sum_add(u, &f->term[i], factor);
}

/* ---- atoms ---- */

static bool same_atom(const Atom *x, const Atom *y)
{
    return x->kind == y->kind && x->name == y->name && x->node == y->node &&
           x->a == y->a && x->b == y->b;
}

static int64_t atom_size(Sizes *s, Atom a)
{
    uint32_t i = 0;
    while (i < s->atoms && (a.kind == ATOM_FRESH || !same_atom(&s->atom[i], &a))) i++;
    if (i == s->atoms) {
        if (s->atoms == s->room) {
            uint32_t room = s->room ? 2 * s->room : 16;
            s->atom = memory_grow(s->memory, s->atom, s->room * sizeof *s->atom,
                                  room * sizeof *s->atom);
            s->room = room;
        }
        s->atom[s->atoms++] = a;
    }
    Sum u = {.terms = 1};
    u.term[0] = (Term){1, 1, {i}};
    return sum_size(s, &u);
}

int64_t size_axis(Sizes *s, Name name)
{
    return atom_size(s, (Atom){.kind = ATOM_AXIS, .name = name});
}

int64_t size_hyper(Sizes *s, Name name)
{
    return atom_size(s, (Atom){.kind = ATOM_HYPER, .name = name});
}

int64_t size_fresh(Sizes *s) { return atom_size(s, (Atom){.kind = ATOM_FRESH}); }

int64_t size_of_node(Sizes *s, uint32_t node)
{
    return atom_size(s, (Atom){.kind = ATOM_NODE, .node = node});
}

static Sizes *owner(int64_t a, int64_t b)
{
    return form_of(size_is_form(a) ? a : b)->sizes;
}

/* ---- arithmetic ---- */

int64_t size_add(int64_t a, int64_t b)
{
    if (!size_is_form(a) && !size_is_form(b)) return a + b;
    Sum u = {0};
    sum_read(&u, a, 1);
    sum_read(&u, b, 1);
    return sum_size(owner(a, b), &u);
}

int64_t size_sub(int64_t a, int64_t b)
{
    if (!size_is_form(a) && !size_is_form(b)) return a - b;
    Sum u = {0};
    sum_read(&u, a, 1);
    sum_read(&u, b, -1);
    return sum_size(owner(a, b), &u);
}

static void add_product(Sum *u, const Term *x, const Term *y)
{
    Term t = {0};
    uint32_t i = 0, k = 0;
    if (x->degree + y->degree > DEGREE ||
        __builtin_mul_overflow(x->coefficient, y->coefficient, &t.coefficient)) {
        u->lost = true;
        return;
    }
    while (i < x->degree || k < y->degree) {
        bool first = k == y->degree || (i < x->degree && x->atom[i] <= y->atom[k]);
        t.atom[t.degree++] = first ? x->atom[i++] : y->atom[k++];
    }
    sum_add(u, &t, 1);
}

int64_t size_mul(int64_t a, int64_t b)
{
    bool form_a = size_is_form(a), form_b = size_is_form(b);
    if (!form_a && !form_b) return a * b;
    Sum u = {0}, x = {0}, y = {0};
    sum_read(&x, a, 1);
    sum_read(&y, b, 1);
    for (int i = 0; i < x.terms; i++)
        for (int k = 0; k < y.terms; k++) add_product(&u, &x.term[i], &y.term[k]);
    return sum_size(owner(a, b), &u);
}

/* x / y where it comes out even. */
static bool term_over(const Term *x, const Term *y, Term *out)
{
    uint32_t k = 0;
    *out = (Term){0};
    if (y->coefficient == 0 || x->coefficient % y->coefficient) return false;
    out->coefficient = x->coefficient / y->coefficient;
    for (uint32_t i = 0; i < x->degree; i++) {
        if (k < y->degree && x->atom[i] == y->atom[k])
            k++;
        else
            out->atom[out->degree++] = x->atom[i];
    }
    return k == y->degree;
}

int64_t size_div(int64_t a, int64_t b)
{
    if (b == 0) return 0;
    if (!size_is_form(a) && !size_is_form(b)) {
        int64_t q = a / b;
        return a % b && (a < 0) != (b < 0) ? q - 1 : q;
    }
    Sum u = {0}, x = {0}, y = {0};
    bool even = true;
    sum_read(&x, a, 1);
    sum_read(&y, b, 1);
    for (int i = 0; i < x.terms && even; i++) {
        Term t;
        even = y.terms == 1 && term_over(&x.term[i], &y.term[0], &t);
        if (even) sum_add(&u, &t, 1);
    }
    if (even) return sum_size(owner(a, b), &u);
    if (a == b) return 1;
    return atom_size(owner(a, b), (Atom){.kind = ATOM_DIV, .a = a, .b = b});
}

int64_t size_min(int64_t a, int64_t b)
{
    int64_t d = size_sub(a, b);
    if (!size_is_form(d)) return d < 0 ? a : b;
    if (size_sign(d) >= 0) return b;
    if (size_sign(size_sub(b, a)) >= 0) return a;
    return atom_size(owner(a, b), (Atom){.kind = ATOM_MIN, .a = a, .b = b});
}

/* ---- comparing ---- */

static AtomKind kind_of(const Form *f, const Term *t, uint32_t i)
{
    return f->sizes->atom[t->atom[i]].kind;
}

bool size_is_axis(int64_t n)
{
    if (!size_is_form(n)) return false;
    const Form *f = form_of(n);
    const Term *t = &f->term[0];
    return f->terms == 1 && t->coefficient == 1 && t->degree == 1 &&
           kind_of(f, t, 0) == ATOM_AXIS;
}

/* Axes are 1 at least, so N * D - 1 is no less than 0: the constant is outweighed by
 * the terms with atoms. */
int size_sign(int64_t n)
{
    if (!size_is_form(n)) return n > 0 ? 1 : n == 0 ? 0 : -1;
    const Form *f = form_of(n);
    int64_t least = 0;
    for (int i = 0; i < f->terms; i++) {
        const Term *t = &f->term[i];
        bool axes = true;
        for (uint32_t k = 0; k < t->degree; k++) axes &= kind_of(f, t, k) == ATOM_AXIS;
        if (t->degree && t->coefficient < 0) return -1;
        if ((axes || t->degree == 0) &&
            __builtin_add_overflow(least, t->coefficient, &least))
            return -1;
    }
    return least > 0 ? 1 : least == 0 ? 0 : -1;
}

/* Whether the axis is a factor of every term. */
static bool divides(const Form *f, uint32_t axis)
{
    for (int i = 0; i < f->terms; i++) {
        uint32_t k = 0;
        while (k < f->term[i].degree && f->term[i].atom[k] != axis) k++;
        if (k == f->term[i].degree) return false;
    }
    return true;
}

/* Takes from both an axis that is a factor of both: N * K and N * M are as K and M. */
static bool cancel(int64_t *a, int64_t *b)
{
    if (!size_is_form(*a) || !size_is_form(*b)) return false;
    const Form *f = form_of(*a), *other = form_of(*b);
    for (uint32_t k = 0; k < f->term[0].degree; k++) {
        uint32_t axis = f->term[0].atom[k];
        if (kind_of(f, &f->term[0], k) != ATOM_AXIS || !divides(f, axis) ||
            !divides(other, axis))
            continue;
        int64_t size = size_axis(f->sizes, f->sizes->atom[axis].name);
        *a = size_div(*a, size);
        *b = size_div(*b, size);
        return true;
    }
    return false;
}

SizeMeet size_meet(int64_t a, int64_t b)
{
    if (a == b) return SIZE_SAME;
    while (cancel(&a, &b)) {}
    if (!size_is_form(a) && !size_is_form(b)) return SIZE_DIFFERENT;
    if (size_is_axis(a) && size_is_axis(b)) return SIZE_DIFFERENT;
    int64_t d = size_sub(a, b);
    if (size_sign(d) > 0 || size_sign(size_sub(b, a)) > 0) return SIZE_DIFFERENT;
    return SIZE_OPEN;
}

/* ---- printing ---- */

static void write_text(Out *o, int64_t n);

static bool is_sum(int64_t n) { return size_is_form(n) && form_of(n)->terms > 1; }

static void write_operand(Out *o, int64_t n)
{
    if (is_sum(n)) out_char(o, '(');
    write_text(o, n);
    if (is_sum(n)) out_char(o, ')');
}

static void write_atom(Out *o, const Sizes *s, const Atom *a)
{
    switch (a->kind) {
    case ATOM_AXIS:
    case ATOM_HYPER: out_str(o, name_cstr(s->names, a->name)); break;
    case ATOM_DIV:
        write_operand(o, a->a);
        out_str(o, " // ");
        write_operand(o, a->b);
        break;
    case ATOM_MIN:
        out_str(o, "min(");
        write_text(o, a->a);
        out_str(o, ", ");
        write_text(o, a->b);
        out_char(o, ')');
        break;
    case ATOM_FRESH:
    case ATOM_NODE:
    default: out_char(o, '?'); break;
    }
}

static void write_text(Out *o, int64_t n)
{
    if (!size_is_form(n)) {
        out_fmt(o, "%lld", (long long)n);
        return;
    }
    const Form *f = form_of(n);
    for (int i = 0; i < f->terms; i++) {
        const Term *t = &f->term[i];
        int64_t c = t->coefficient;
        if (i) out_str(o, c < 0 ? " - " : " + ");
        if (i == 0 && c < 0) out_char(o, '-');
        c = c < 0 ? -c : c;
        if (c != 1 || t->degree == 0) out_fmt(o, "%lld", (long long)c);
        for (uint32_t k = 0; k < t->degree; k++) {
            if (k || c != 1) out_str(o, " * ");
            write_atom(o, f->sizes, &f->sizes->atom[t->atom[k]]);
        }
    }
}

int size_print(char *at, size_t room, int64_t n)
{
    if (!size_is_form(n)) return snprintf(at, room, "%lld", (long long)n);
    Out o;
    out_init(&o, form_of(n)->sizes->memory);
    write_text(&o, n);
    int w = snprintf(at, room, "%s", o.at);
    out_free(&o);
    return w;
}
