/* SPDX-License-Identifier: MIT
 * Types, supports, shapes and buffers: sizes, names, broadcasting, and how they print.
 */
#include "graph/graph.h"

#include <stdio.h>
#include <string.h>

size_t type_size(Type t)
{
    static const size_t size[TYPE_COUNT] = {8, 4, 8, 1, 8};
    return size[t];
}

const char *type_name(Type t)
{
    static const char *const name[TYPE_COUNT] = {"real", "real32", "int", "bool",
                                                 "key"};
    return name[t];
}

const char *support_name(Support s)
{
    static const char *const name[SUPPORT_COUNT] = {
        "real",     "nonnegative", "positive", "unit", "simplex",
        "negative", "ordered",     "cholesky", "corr", "cov"};
    return name[s];
}

const char *support_words(Support s)
{
    static const char *const words[SUPPORT_COUNT] = {
        "any real number",    "0 or more",         "positive",
        "from 0 to 1",        "a simplex",         "negative",
        "in ascending order", "a Cholesky factor", "a correlation matrix",
        "a covariance matrix"};
    return words[s];
}

bool support_fits(Support has, Support wanted)
{
    if (has == wanted || wanted == SUPPORT_ANY) return true;
    if (wanted == SUPPORT_NONNEGATIVE)
        return has == SUPPORT_POSITIVE || has == SUPPORT_UNIT || has == SUPPORT_SIMPLEX;
    if (wanted == SUPPORT_UNIT) return has == SUPPORT_SIMPLEX;
    return wanted == SUPPORT_COV && has == SUPPORT_CORR;
}

int support_rank(Support s)
{
    if (s == SUPPORT_SIMPLEX || s == SUPPORT_ORDERED) return 1;
    return s == SUPPORT_CHOLESKY || s == SUPPORT_CORR || s == SUPPORT_COV ? 2 : 0;
}

Support support_moved(Support s)
{
    if (s == SUPPORT_SIMPLEX) return SUPPORT_UNIT;
    if (s == SUPPORT_NONNEGATIVE || s == SUPPORT_POSITIVE || s == SUPPORT_UNIT ||
        s == SUPPORT_NEGATIVE)
        return s;
    return SUPPORT_ANY;
}

Shape shape_scalar(void) { return (Shape){0}; }

Shape shape_of(int rank, const int64_t *dim)
{
    Shape s = {0};
    s.rank = rank;
    for (int i = 0; i < rank && i < LIMIT_RANK; i++) s.dim[i] = dim[i];
    return s;
}

int64_t shape_count(const Shape *s)
{
    int64_t n = 1;
    for (int i = 0; i < s->rank; i++) n = size_mul(n, s->dim[i]);
    return n;
}

bool shape_is_form(const Shape *s)
{
    for (int i = 0; i < s->rank; i++)
        if (size_is_form(s->dim[i])) return true;
    return false;
}

bool shape_agrees(const Shape *a, const Shape *b)
{
    if (a->rank != b->rank) return false;
    for (int i = 0; i < a->rank; i++)
        if (size_meet(a->dim[i], b->dim[i]) == SIZE_DIFFERENT) return false;
    return true;
}

bool shape_same(const Shape *a, const Shape *b)
{
    if (a->rank != b->rank) return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i]) return false;
    return true;
}

bool shape_meet_axis(const Shape *a, int i, const Shape *b, int j)
{
    if (size_meet(a->dim[i], b->dim[j]) == SIZE_DIFFERENT) return false;
    return a->name[i] == b->name[j] || !a->name[i] || !b->name[j];
}

Shape shape_prepend(const Shape *s, int64_t n)
{
    Shape r = {0};
    r.rank = s->rank < LIMIT_RANK ? s->rank + 1 : LIMIT_RANK;
    r.dim[0] = n;
    for (int i = 1; i < r.rank; i++) {
        r.dim[i] = s->dim[i - 1];
        r.name[i] = s->name[i - 1];
    }
    return r;
}

Shape shape_drop(const Shape *s, int axis)
{
    Shape r = {0};
    for (int i = 0; i < s->rank; i++) {
        if (i == axis) continue;
        r.dim[r.rank] = s->dim[i];
        r.name[r.rank++] = s->name[i];
    }
    return r;
}

const char *shape_text(char at[SHAPE_TEXT], const Names *names, const Shape *s,
                       bool both)
{
    size_t n = 0, room = SHAPE_TEXT - 2;
    at[n++] = '[';
    for (int i = 0; i < s->rank; i++) {
        const char *comma = i ? ", " : "";
        Name name = names ? s->name[i] : 0;
        char size[80];
        int w;
        size_print(size, sizeof size, s->dim[i]);
        if (name && both && !size_is_form(s->dim[i]))
            w = snprintf(at + n, room - n, "%s%.60s = %s", comma,
                         name_cstr(names, name), size);
        else if (name)
            w = snprintf(at + n, room - n, "%s%.60s", comma, name_cstr(names, name));
        else
            w = snprintf(at + n, room - n, "%s%s", comma, size);
        if (w < 0 || (size_t)w >= room - n) {
            n = strlen(at);
            break;
        }
        n += (size_t)w;
    }
    at[n++] = ']';
    at[n] = 0;
    return at;
}

void shape_print(Out *o, const Names *names, const Shape *s, bool both)
{
    char at[SHAPE_TEXT];
    out_str(o, shape_text(at, names, s, both));
}

/* The result of two axes that stand over each other; false if they do not meet. */
static bool join_axis(Shape *out, int i, int64_t n, Name x, int64_t m, Name y,
                      bool names)
{
    if (n == m && (x == y || !x || !y || !names)) {
        out->dim[i] = n;
        out->name[i] = x ? x : y;
    } else if (n != 1 && m != 1 && size_meet(n, m) == SIZE_OPEN &&
               (x == y || !x || !y || !names)) {
        /* a count says most, then an axis */
        bool first = !size_is_form(n) || (size_is_form(m) && size_is_axis(n));
        out->dim[i] = first ? n : m;
        out->name[i] = x ? x : y;
    } else if (n == 1 && (!x || !names)) {
        out->dim[i] = m;
        out->name[i] = y;
    } else if (m == 1 && (!y || !names)) {
        out->dim[i] = n;
        out->name[i] = x;
    } else {
        return false;
    }
    return true;
}

/* Under more axes a size must be the other's own. An axis of size 1 would do only for
 * data that has one: what is declared is taken to be more. */
static bool may_stand_under(int64_t n, int64_t m)
{
    if (size_meet(n, m) != SIZE_OPEN) return false;
    return !(n == 1 && size_is_axis(m)) && !(m == 1 && size_is_axis(n));
}

static bool broadcast(const Shape *a, const Shape *b, Shape *out, bool names)
{
    const Shape *hi = a->rank >= b->rank ? a : b, *lo = hi == a ? b : a;
    Shape r = *hi;
    int d = hi->rank - lo->rank;
    if (lo->rank == 0) {
        *out = r;
        return true;
    }
    for (int i = 0; i < lo->rank; i++) {
        int64_t n = a->dim[i + a->rank - lo->rank], m = b->dim[i + b->rank - lo->rank];
        Name x = a->name[i + a->rank - lo->rank], y = b->name[i + b->rank - lo->rank];
        if (d && n != m && !may_stand_under(n, m)) return false;
        if (!join_axis(&r, i + d, n, x, m, y, names)) return false;
    }
    *out = r;
    return true;
}

bool shape_broadcast(const Shape *a, const Shape *b, Shape *out)
{
    return broadcast(a, b, out, true);
}

bool shape_broadcast_sizes(const Shape *a, const Shape *b, Shape *out)
{
    return broadcast(a, b, out, false);
}

bool buffer_is_dense(const Buffer *b)
{
    int64_t step = 1;
    for (int i = b->rank - 1; i >= 0; i--) {
        if (b->dim[i] == 0) return true;
        if (b->dim[i] != 1 && b->stride[i] != step) return false;
        step *= b->dim[i];
    }
    return true;
}

int64_t buffer_count(const Buffer *b)
{
    int64_t n = 1;
    for (int i = 0; i < b->rank; i++) n *= b->dim[i];
    return n;
}

Buffer buffer_dense(void *data, Type type, const Shape *shape)
{
    Buffer b = {.data = data, .type = type, .rank = shape->rank};
    int64_t step = 1;
    for (int i = shape->rank - 1; i >= 0; i--) {
        b.dim[i] = shape->dim[i];
        b.stride[i] = step;
        step *= shape->dim[i] ? shape->dim[i] : 1;
    }
    return b;
}
