/* SPDX-License-Identifier: MIT
 * Random numbers as data: an input of keys K and an event shape E give numbers K + E,
 * each key's stream from its first element. The same key gives the same numbers
 * everywhere.
 */
#include "ops/ops_int.h"
#include "base/rng.h"

static bool infer_random(Infer *c)
{
    const Node *key = c->in[0];
    const Shape *event = &c->attr->shape;
    c->type = c->attr->type;
    c->shape = key->shape;
    if (key->type != TYPE_KEY)
        return infer_error(c, "a key is due here, not %s", type_name(key->type));
    if (!type_is_real(c->type))
        return infer_error(c, "random numbers are real, not %s", type_name(c->type));
    if (key->shape.rank + event->rank > LIMIT_RANK)
        return infer_error(c, "random numbers of more than %d axes", LIMIT_RANK);
    for (int i = 0; i < event->rank; i++) {
        c->shape.dim[c->shape.rank] = event->dim[i];
        c->shape.name[c->shape.rank++] = event->name[i];
    }
    return true;
}

static bool infer_unit(Infer *c)
{
    c->support = SUPPORT_UNIT;
    return infer_random(c);
}

static bool infer_keep(Infer *c)
{
    const Node *key = c->in[0], *p = c->in[1];
    c->support = SUPPORT_UNIT;
    if (!infer_random(c)) return false;
    if (!type_is_real(p->type))
        return infer_error(c, "a probability is real, not %s", type_name(p->type));
    bool fit = p->shape.rank == 0 || shape_agrees(&p->shape, &key->shape);
    return fit || infer_error(c, "a probability for each key, or one for all");
}

/* Numbers of one key. */
static int64_t event_size(const Run *r) { return shape_count(&r->node->attr->shape); }

static void run_unit(Run *r)
{
    const uint64_t *key = r->in[0].data;
    int64_t keys = buffer_count(&r->in[0]), n = event_size(r);
    if (r->out.type == TYPE_F64)
        rng_unit_rows_f64(key, keys, n, r->out.data);
    else
        rng_unit_rows_f32(key, keys, n, r->out.data);
}

static void run_gauss(Run *r)
{
    const uint64_t *key = r->in[0].data;
    int64_t keys = buffer_count(&r->in[0]), n = event_size(r);
    if (r->out.type == TYPE_F64)
        rng_gauss_rows_f64(key, keys, n, r->out.data);
    else
        rng_gauss_rows_f32(key, keys, n, r->out.data);
}

static void run_keep(Run *r)
{
    const uint64_t *key = r->in[0].data;
    const Buffer *p = &r->in[1];
    int64_t keys = buffer_count(&r->in[0]), n = event_size(r);
    int64_t rows = p->rank ? 1 : keys; /* of one probability */
    for (int64_t i = 0; i < keys; i += rows) {
        double keep = p->type == TYPE_F64 ? ((const double *)p->data)[i]
                                          : (double)((const float *)p->data)[i];
        if (r->out.type == TYPE_F64)
            rng_keep_rows_f64(key + i, rows, n, keep, (double *)r->out.data + i * n);
        else
            rng_keep_rows_f32(key + i, rows, n, keep, (float *)r->out.data + i * n);
    }
}

/* Numbers drawn do not move with what they were drawn from. */
static bool slope_none(Graph *g, Node *y, Node *dy, Node **dx)
{
    (void)g, (void)y, (void)dy, (void)dx;
    return true;
}

/* A probability shared by all keys stays shared. */
static Node *batch_keep(Graph *g, const Node *y, Node *const *in, const bool *mapped,
                        int64_t size)
{
    if (mapped[0] && !mapped[1] && in[1]->shape.rank == 0)
        return graph_node(g, y->op, in, 2, y->attr);
    if (!mapped[1] || y->in[1]->shape.rank == y->in[0]->shape.rank)
        return graph_batch_by_expand(g, y, in, mapped, size);
    /* one probability a draw, for all of a draw's keys */
    Shape keys = shape_prepend(&y->in[0]->shape, size), one = shape_scalar();
    Shape up = shape_lift(&one, size, y->in[0]->shape.rank);
    Node *all[2] = {in[0], op_broadcast(g, op_to_shape(g, in[1], &up), &keys)};
    if (!mapped[0]) {
        Shape lifted = shape_prepend(&y->in[0]->shape, 1);
        all[0] = op_broadcast(g, op_to_shape(g, in[0], &lifted), &keys);
    }
    return graph_node(g, y->op, all, 2, y->attr);
}

static const Attr numbers = {.type = TYPE_F64, .shape = {.rank = 2, .dim = {2, 3}}};
static const Probe probes[] = {
    {.dim = {{-1}, {-1}}, .lo = 0.4, .hi = 0.6, .attr = &numbers, .type = {TYPE_KEY}},
    {.dim = {{3, -1}, {-1}},
     .lo = 0.4,
     .hi = 0.6,
     .attr = &numbers,
     .type = {TYPE_KEY}},
    {.dim = {{3, -1}, {3, -1}},
     .lo = 0.4,
     .hi = 0.6,
     .attr = &numbers,
     .type = {TYPE_KEY}},
    {.lo = 0},
};

const Op op_random_unit = {.name = "random_unit",
                           .arity = 1,
                           .shape = infer_unit,
                           .run = run_unit,
                           .slope = slope_none,
                           .probe = probes};
const Op op_random_gauss = {.name = "random_gauss",
                            .arity = 1,
                            .shape = infer_random,
                            .run = run_gauss,
                            .slope = slope_none,
                            .probe = probes};
const Op op_random_keep = {.name = "random_keep",
                           .arity = 2,
                           .shape = infer_keep,
                           .run = run_keep,
                           .slope = slope_none,
                           .batch = batch_keep,
                           .probe = probes};
