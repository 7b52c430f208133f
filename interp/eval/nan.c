/* SPDX-License-Identifier: MIT
 * NaN in what a program computes at once: the first operation whose numbers are numbers
 * and whose result is none stops it, with the numbers that went in. What `where` may
 * still leave out, and what the library made on the way, counts only if it comes back.
 */
#include "words.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 256 };
typedef uint64_t Two __attribute__((vector_size(16)));

/* NaN has larger bits than infinity, its sign apart: one subtraction an element. */
static bool block_has_nan(const double *x)
{
    const uint64_t inf = 0x7FF0000000000000;
    const Two most = {INT64_MAX, INT64_MAX}, infinity = {inf, inf};
    Two a = {0}, b = {0};
    for (int k = 0; k < BLOCK; k += 4) {
        Two v, w;
        memcpy(&v, x + k, sizeof v);
        memcpy(&w, x + k + 2, sizeof w);
        a |= infinity - (v & most);
        b |= infinity - (w & most);
    }
    a |= b;
    return (a[0] | a[1]) >> 63;
}

/* The first NaN of t from element `from` on; −1: none. */
static int64_t next_nan(const Tensor *t, int64_t from)
{
    int64_t n = shape_count(&t->shape), k = from;
    if (t->type == TYPE_F64) {
        const double *x = t->data;
        while (k + BLOCK <= n && !block_has_nan(x + k)) k += BLOCK;
        for (; k < n; k++)
            if (x[k] != x[k]) return k;
    } else if (t->type == TYPE_F32) {
        const float *x = t->data;
        for (; k < n; k++)
            if (x[k] != x[k]) return k;
    }
    return -1;
}

/* Where element k of a tensor of shape y takes its number from in one of shape s, which
 * is broadcast to it. */
static int64_t element_of(const Shape *s, const Shape *y, int64_t k)
{
    int64_t at = 0, stride = 1;
    for (int i = y->rank - 1, j = s->rank - 1; i >= 0; i--, j--) {
        int64_t index = k % y->dim[i];
        k /= y->dim[i];
        if (j < 0) break;
        if (s->dim[j] == y->dim[i]) at += index * stride;
        stride *= s->dim[j];
    }
    return at;
}

/* What to do about the NaN that e made of x, or of numbers unknown (e < 0). */
static const char *nan_help(int e, const double *x)
{
    switch (e) {
    case ELEM_log:
        return "only positive numbers have a logarithm: `where(x > 0, log(x), 0)` "
               "chooses by element";
    case ELEM_log1p: return "`log1p(x)` is for x above -1";
    case ELEM_sqrt:
        return "only numbers from 0 on have a root: `where(x > 0, sqrt(x), 0)` chooses "
               "by element";
    case ELEM_pow:
        return "a negative number has no real power that is not whole; the root of odd "
               "order is `sign(x) * abs(x) ^ p`";
    case ELEM_mod: return "there is no remainder of a division by 0";
    case ELEM_div:
        if (x[0] == 0)
            return "0 / 0 is no number: `where(n > 0, a / n, 0)` chooses by element";
        break;
    case ELEM_asin:
    case ELEM_acos:
    case ELEM_erfinv: return "it is defined from -1 to 1";
    case ELEM_logit:
    case ELEM_ndtri: return "it takes probabilities, from 0 to 1";
    default: break;
    }
    for (int i = 0; i < 2; i++)
        if (isinf(x[i]))
            return "an infinity went in: look where it comes from, such as "
                   "`exp(1000)`, "
                   "`log(0)` or `1 / 0`";
    return "if there is to be no number here, say so: `where(condition, x, nan)`";
}

/* The text of an expression, if it is short, else "this". */
static void say_expression(Interp *I, Out *o, Span span)
{
    SourceView s = interp_source(I, span.source);
    size_t n = span.to - span.from;
    bool fits = span.source && n < 32 && !memchr(s.text.at + span.from, '\n', n);
    if (fits)
        out_fmt(o, "`%.*s`", (int)n, s.text.at + span.from);
    else
        out_str(o, "this");
}

static void say_element(Out *o, const Shape *s, int64_t element)
{
    int64_t index[LIMIT_RANK];
    for (int i = s->rank - 1; i >= 0; i--) {
        index[i] = element % s->dim[i];
        element /= s->dim[i];
    }
    for (int i = 0; i < s->rank; i++)
        out_fmt(o, "%s%lld", i ? ", " : " at [", (long long)index[i]);
    if (s->rank) out_str(o, "]");
}

static bool lost_tell(Interp *I, Span span)
{
    const Lost *l = &I->lost;
    Out o;
    out_init(&o, I->memory);
    if (l->library) say_expression(I, &o, span);
    if (l->library) out_str(&o, " gives nan: inside of it ");
    if (l->elem >= 0)
        out_fmt(&o, "`%s`", elem_label((Elem)l->elem));
    else if (l->library)
        out_str(&o, "an operation");
    else
        say_expression(I, &o, l->span);
    out_str(&o, " gives nan");
    say_element(&o, &l->shape, l->element);
    for (int i = 0; i < l->n; i++)
        out_fmt(&o, "%s%.6g", i ? " and " : ", from ", l->in[i]);
    Diag *d = fail_diag(I, E0640, l->library ? span : l->span, o.at);
    diag_help(&I->diags, d, "%s", nan_help(l->elem, l->in));
    out_free(&o);
    I->lost.made = false;
    return false;
}

/* Told at once, or kept until it is known whether it matters: the first one. */
static bool lost_new(Interp *I, Lost lost)
{
    lost.library = in_library(I);
    bool later = I->choosing || lost.library;
    if (later && I->lost.made) return true;
    lost.made = true;
    I->lost = lost;
    return later || lost_tell(I, lost.span);
}

bool lost_scalar(Interp *I, Elem e, Span span, const Value *arg, int n)
{
    Lost lost = {.elem = (int)e, .span = span, .n = n};
    if (I->abstract) return true;
    for (int i = 0; i < n; i++) {
        lost.in[i] = value_as_real(arg[i]);
        if (lost.in[i] != lost.in[i]) return true;
    }
    return lost_new(I, lost);
}

bool lost_tensor(Interp *I, int e, Span span, Tensor *const *t, int n, const Tensor *y)
{
    int64_t k = next_nan(y, 0);
    if (k < 0 || I->abstract) return true;
    Lost lost = {.elem = e, .span = span, .n = e < 0 ? 0 : n, .shape = y->shape};
    for (int i = 0; i < n && e < 0; i++)
        for (int64_t j = shape_count(&t[i]->shape); j-- > 0;) {
            double x = tensor_real_at(t[i], j);
            if (x != x) return true;
            if (isinf(x)) lost.in[0] = x;
        }
    for (; k >= 0; k = next_nan(y, k + 1)) {
        bool given = false;
        for (int i = 0; i < lost.n; i++) {
            int64_t at = element_of(&t[i]->shape, &y->shape, k);
            lost.in[i] = tensor_real_at(t[i], at);
            given |= lost.in[i] != lost.in[i];
        }
        lost.element = k;
        if (!given) return lost_new(I, lost);
    }
    return true;
}

static bool made_of_nan(Value v)
{
    return v.kind == VALUE_TENSOR ? next_nan(v.tensor, 0) >= 0 : value_is_nan(v);
}

bool value_has_nan(Value v) { return value_any(v, made_of_nan); }

/* Whether an argument is NaN by name: `where(ok, x / y, nan)`. */
static bool says_nan(const Args *args)
{
    for (int i = 0; i < args->count; i++)
        if (value_is_nan(args->value[i])) return true;
    return false;
}

bool lost_returned(Interp *I, const Args *args, Value v)
{
    if (I->choosing || in_library(I)) return true;
    if (!says_nan(args) && value_has_nan(v)) return lost_tell(I, args->call);
    I->lost.made = false;
    return true;
}
