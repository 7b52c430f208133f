/* SPDX-License-Identifier: MIT
 * Sites: the unknowns of a model, and the change of variables to unconstrained space:
 * log for what is positive, logit for the unit interval, as in Stan; numbers within
 * bounds as bounds.c, vectors and matrices as transform.c has them.
 */
#include "infer_int.h"

#include <math.h>
#include <string.h>

void sites_free(Interp *I, Sites *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        if (s->at[i].bounded) {
            tensor_drop(s->at[i].lo);
            tensor_drop(s->at[i].hi);
        }
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
                   .free = transform_free_shape(support, shape),
                   .support = support,
                   .span = span,
                   .keep = 1};
    return site;
}

Node *site_constrain(Graph *g, const Site *s, Node *free)
{
    if (s->bounded) return bounds_constrain(g, s, free);
    if (s->support == SUPPORT_POSITIVE || s->support == SUPPORT_NONNEGATIVE)
        return op1(g, ELEM_exp, free);
    if (support_rank(s->support))
        return transform_constrain(g, s->support, &s->shape, free);
    return s->support == SUPPORT_UNIT ? op1(g, ELEM_sigmoid, free) : free;
}

Node *site_log_slope(Graph *g, const Site *s, Node *free)
{
    if (s->bounded) return bounds_log_slope(g, s, free);
    if (s->support == SUPPORT_UNIT)
        return op2(g, ELEM_add, op1(g, ELEM_log_sigmoid, free),
                   op1(g, ELEM_log_sigmoid, op1(g, ELEM_neg, free)));
    if (s->support == SUPPORT_POSITIVE || s->support == SUPPORT_NONNEGATIVE)
        return free;
    if (support_rank(s->support))
        return transform_log_slope(g, s->support, &s->shape, free);
    return NULL;
}

int64_t site_count(const Site *s) { return shape_count(&s->free); }

Node *site_part(Graph *g, const Site *s, Node *w)
{
    Node *part = op_slice_axis(g, w, -1, s->offset, s->offset + site_count(s), 1);
    return part ? op_to_shape(g, part, &s->free) : NULL;
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

static double free_number(const Site *s, double x)
{
    if (s->support == SUPPORT_POSITIVE || s->support == SUPPORT_NONNEGATIVE)
        return log(x);
    return s->support == SUPPORT_UNIT ? log(x) - log1p(-x) : x;
}

/* The vectors or matrices of v, which has the site's shape, one after the other. */
static void free_events(Interp *I, const Site *s, const double *v, double *free)
{
    int64_t k = s->shape.dim[s->shape.rank - 1],
            n = support_rank(s->support) == 2 ? k * k : k;
    int64_t count = n ? shape_count(&s->shape) / n : 0,
            m = transform_count(s->support, k);
    size_t room = (size_t)(k * k + 1) * sizeof(double);
    double *work = memory_take(I->memory, room);
    for (int64_t i = 0; i < count; i++)
        transform_free(s->support, v + i * n, k, work, free + i * m);
    memory_give(I->memory, work, room);
}

/* The inverse; the caller has checked the support and the shape. */
bool site_free_tensor(Interp *I, const Site *s, Value value, Tensor **free)
{
    Tensor *v = value_as_type(I, value, TYPE_F64);
    Tensor *f = tensor_new(I->memory, TYPE_F64, &s->free);
    const double *x = v->data;
    if (support_rank(s->support)) {
        free_events(I, s, x, f->data);
    } else {
        int64_t n = shape_count(&s->shape);
        bool one = shape_count(&v->shape) != n;
        for (int64_t i = 0; i < n; i++)
            ((double *)f->data)[i] = free_number(s, x[one ? 0 : i]);
    }
    *free = f;
    return true;
}

static bool start_shape_wrong(Interp *I, const Site *s, const Shape *has)
{
    char a[SHAPE_TEXT], b[SHAPE_TEXT];
    return fail(I, E0413, s->span, shape_text(a, &I->names, has, false),
                shape_text(b, &I->names, &s->shape, true));
}

bool site_set_start(Interp *I, Site *s, Value v)
{
    const char *name = name_cstr(&I->names, s->name);
    Shape has;
    if (v.kind == VALUE_NONE) {
        if (!I->abstract) s->start = tensor_new(I->memory, TYPE_F64, &s->free);
        return true;
    }
    if (I->abstract && v.kind == VALUE_UNKNOWN) return true;
    value_shape(v, &has);
    if ((has.rank || support_rank(s->support)) && !shape_agrees(&has, &s->shape))
        return start_shape_wrong(I, s, &has);
    if (I->abstract)
        return v.kind == VALUE_NODE || support_check(I, s->support, v, s->span, name);
    if (!support_check(I, s->support, v, s->span, name) ||
        !site_free_tensor(I, s, v, &s->start))
        return false;
    const double *start = s->start->data;
    for (int64_t i = 0, n = site_count(s); i < n; i++)
        if (!isfinite(start[i]))
            return fail(I, E0458, s->span, name, support_name(s->support));
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
