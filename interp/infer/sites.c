/* SPDX-License-Identifier: MIT
 * Sites: the unknowns of a model, and the change of variables to unconstrained space:
 * log for what is positive, logit for the unit interval and for bounded priors, as in
 * Stan.
 */
#include "infer_int.h"

#include <math.h>
#include <string.h>

void sites_free(Interp *I, Sites *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        value_drop(I, s->at[i].lo);
        value_drop(I, s->at[i].hi);
        if (s->at[i].start) tensor_drop(s->at[i].start);
    }
    if (s->room) memory_give(I->memory, s->at, s->room * sizeof *s->at);
    *s = (Sites){NULL, 0, 0};
}

Site *site_find(const Sites *s, const char *path)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (strcmp(s->at[i].path, path) == 0) return &s->at[i];
    return NULL;
}

Site *site_add(Interp *I, Sites *s, const char *path, SiteKind kind, Support support,
               const Shape *shape, Span span)
{
    if (s->count == s->room) {
        uint32_t room = s->room ? 2 * s->room : 8;
        s->at = memory_grow(I->memory, s->at, s->room * sizeof *s->at,
                            room * sizeof *s->at);
        s->room = room;
    }
    Site *site = &s->at[s->count++];
    const char *slash = strrchr(path, '/');
    *site = (Site){.path = path,
                   .name = name_str(&I->names, slash ? slash + 1 : path),
                   .kind = kind,
                   .shape = *shape,
                   .support = support,
                   .span = span,
                   .keep = 1};
    site->lo = site->hi = value_none();
    return site;
}

static Node *plain_node(Graph *g, Value v)
{
    if (v.kind != VALUE_TENSOR) return graph_real(g, value_as_real(v));
    return op_to_type(
        g, graph_constant(g, v.tensor->type, &v.tensor->shape, v.tensor->data),
        TYPE_F64);
}

Node *site_constrain(Graph *g, const Site *s, Node *free)
{
    if (s->bounded) {
        Node *lo = plain_node(g, s->lo), *hi = plain_node(g, s->hi);
        return op2(
            g, ELEM_add, lo,
            op2(g, ELEM_mul, op2(g, ELEM_sub, hi, lo), op1(g, ELEM_sigmoid, free)));
    }
    if (s->support == SUPPORT_POSITIVE || s->support == SUPPORT_NONNEGATIVE)
        return op1(g, ELEM_exp, free);
    return s->support == SUPPORT_UNIT ? op1(g, ELEM_sigmoid, free) : free;
}

Node *site_log_slope(Graph *g, const Site *s, Node *free)
{
    if (s->bounded || s->support == SUPPORT_UNIT) {
        Node *d = op2(g, ELEM_add, op1(g, ELEM_log_sigmoid, free),
                      op1(g, ELEM_log_sigmoid, op1(g, ELEM_neg, free)));
        if (!s->bounded) return d;
        Node *width = op2(g, ELEM_sub, plain_node(g, s->hi), plain_node(g, s->lo));
        return op2(g, ELEM_add, d, op1(g, ELEM_log, width));
    }
    if (s->support == SUPPORT_POSITIVE || s->support == SUPPORT_NONNEGATIVE)
        return free;
    return NULL;
}

static Node *build_constrain(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)n;
    return site_constrain(g, ctx, in[0]);
}

bool site_constrain_tensor(Interp *I, const Site *s, Tensor *free, Value *value)
{
    char error[600];
    Tensor *y = exec_build(I->memory, &I->names, build_constrain, (void *)(uintptr_t)s,
                           &free, 1, error);
    if (!y) return graph_failed(I, s->span, error);
    *value = value_tensor(I, y);
    return true;
}

/* The inverse, by element; the caller has checked the support. */
bool site_free_tensor(Interp *I, const Site *s, Value value, Tensor **free)
{
    Tensor *v = value_as_type(I, value, TYPE_F64);
    Tensor *f = tensor_new(I->memory, TYPE_F64, &s->shape);
    int64_t n = shape_count(&s->shape);
    for (int64_t i = 0; i < n; i++) {
        double x = ((double *)v->data)[shape_count(&v->shape) == n ? i : 0];
        if (s->bounded) {
            double lo = value_as_real(s->lo), hi = value_as_real(s->hi);
            double u = (x - lo) / (hi - lo);
            x = log(u) - log1p(-u);
        } else if (s->support == SUPPORT_POSITIVE ||
                   s->support == SUPPORT_NONNEGATIVE) {
            x = log(x);
        } else if (s->support == SUPPORT_UNIT) {
            x = log(x) - log1p(-x);
        }
        ((double *)f->data)[i] = x;
    }
    *free = f;
    return true;
}

const char *site_label(Interp *I, const char *path)
{
    Out o;
    out_init(&o, I->memory);
    for (const char *part = path; *part;) {
        size_t n = strcspn(part, "/");
        if (part == path)
            out_text(&o, (Text){part, n});
        else if (*part >= '0' && *part <= '9')
            out_fmt(&o, "[%.*s]", (int)n, part);
        else
            out_fmt(&o, ".%.*s", (int)n, part);
        part += n + (part[n] == '/');
    }
    Name name = name_of(&I->names, (Text){o.at, o.len});
    out_free(&o);
    return name_cstr(&I->names, name);
}
