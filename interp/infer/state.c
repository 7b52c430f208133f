/* SPDX-License-Identifier: MIT
 * What layers and flows have beside what is learned: `state NAME = start`, which `next`
 * moves on in each step of a fit (running averages), and starts that are made of the
 * data, which are computed from the rows of the first step (Salimans and Kingma 2016).
 */
#include "infer_int.h"

#include <string.h>

/* ---- next ---- */

static bool next_shape(Interp *I, const Ast *s, const Site *site, Value v)
{
    Shape has;
    char is[SHAPE_TEXT], due[SHAPE_TEXT];
    if (!value_is_number(v) || !value_shape(v, &has))
        return fail(I, E0348, s->span, "a state", value_kind_text(v));
    if (has.rank == 0 || shape_agrees(&has, &site->shape)) return true;
    return fail(I, E0664, s->span, name_cstr(&I->names, s->name),
                shape_text(is, &I->names, &has, false),
                shape_text(due, &I->names, &site->shape, true));
}

/* No slope goes through a state; a second use of the net in the same step goes on from
 * what the first has left. */
bool handle_next(Interp *I, Handler *h, const char *path, const Ast *s)
{
    Pass *p = (Pass *)h;
    Graph *g = p->graph;
    Site *site = site_find(p->sites, path);
    Value v;
    if (p->kind == PASS_PREDICT) return true;
    if (!site || site->kind != SITE_STATE)
        return fail(I, E0441, s->span, name_cstr(&I->names, s->name));
    if (!eval(I, s->a, &v)) return false;
    if (I->abstract && checked_unknown(v)) return true;
    if (!next_shape(I, s, site, v)) return false;
    if (!p->site_next) return true;
    Node *n = op_broadcast(g, op_to_type(g, as_node(I, v), TYPE_F64), &site->shape);
    n = n ? graph_node(g, &op_stop, &n, 1, NULL) : NULL;
    if (!n) return graph_failed(I, s->span, g->error);
    p->site_next[site - p->sites->at] = n;
    p->site_node[site - p->sites->at] = n;
    return true;
}

/* ---- starts ---- */

bool start_unknown(Interp *I, const Site *s)
{
    return fail(I, E0660, s->span, name_cstr(&I->names, s->name));
}

/* The rows [batch] of t that the first step sees. */
static Tensor *first_rows(Interp *I, const Pass *p, Tensor *t)
{
    Shape s = t->shape;
    size_t row = (size_t)(shape_count(&s) / p->all_rows) * type_size(t->type);
    s.dim[0] = p->batch;
    Tensor *part = tensor_new(I->memory, t->type, &s);
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = part});
    for (int64_t k = 0; k < p->batch; k++)
        memcpy((char *)part->data + (size_t)k * row,
               (char *)t->data + (size_t)p->chosen[k] * row, row);
    return part;
}

bool node_now(Interp *I, Pass *p, Node *n, Value *out)
{
    char error[600];
    PlanOptions options = {.limit = I->memory_limit};
    n = op_to_type(p->graph, n, TYPE_F64);
    Plan *plan = plan_make(I->memory, p->graph, &n, 1, NULL, 0, &options, error);
    if (!plan) return graph_failed(I, I->span, error);
    for (int i = 0; i < p->givens; i++) {
        struct Given *g = &p->given[i];
        Tensor *t = g->by_row && p->batch ? first_rows(I, p, g->tensor) : g->tensor;
        plan_bind(plan, g->node, t->data);
    }
    if (p->row_index) plan_bind(plan, p->row_index, (void *)(uintptr_t)p->chosen);
    PlanEnd end = plan_run(plan, &I->stop);
    if (end == PLAN_DONE) {
        Tensor *t = tensor_new(I->memory, TYPE_F64, &n->shape);
        memcpy(t->data, plan_output(plan, 0),
               (size_t)shape_count(&t->shape) * sizeof(double));
        *out = value_tensor(I, t);
    } else if (end == PLAN_FAILED) {
        const Node *where;
        fail(I, E0601, n->span.source ? n->span : I->span, plan_failure(plan, &where));
    }
    plan_free(plan);
    return end == PLAN_DONE || (end == PLAN_STOPPED && !interp_stopped(I));
}

static Node *site_started(Pass *p, const Site *s)
{
    Graph *g = p->graph;
    Node *free = graph_constant(g, TYPE_F64, &s->free, s->start->data);
    return free ? site_constrain(g, s, free) : NULL;
}

bool start_now(Interp *I, Pass *p, Site *s, const Ast *init)
{
    Value v;
    if (!start_value(I, p->seed, s->path, init, &s->shape, s->support, &v))
        return false;
    if (v.kind == VALUE_NODE && !node_now(I, p, as_node(I, v), &v)) return false;
    if (!site_set_start(I, s, v)) return false;
    p->site_node[s - p->sites->at] = site_started(p, s);
    return true;
}

static bool any_from_data(const Posterior *post)
{
    for (uint32_t i = 0; i < post->sites.count; i++)
        if (post->sites.at[i].from_data) return true;
    return false;
}

void pass_from_starts(Pass *p, Posterior *post, uint64_t what, uint64_t seed)
{
    Graph *g = p->graph;
    Shape one = shape_scalar();
    uint64_t key = key_fold(what, seed);
    p->kind = PASS_FIT;
    p->row_masks = true;
    p->sites = &post->sites;
    p->seed = seed;
    p->augment = NULL;
    p->key = graph_constant(g, TYPE_KEY, &one, &key);
    p->site_node =
        arena_take(&g->arena, (post->sites.count + 1) * sizeof *p->site_node);
    for (uint32_t i = 0; i < post->sites.count; i++)
        if (post->sites.at[i].start)
            p->site_node[i] = site_started(p, &post->sites.at[i]);
}

/* Over the rows of the first step. */
static bool starting_pass(Interp *I, const FitOptions *o, Posterior *post, Pass *p)
{
    pass_from_starts(p, post, 0x73746172, o->seed);
    p->starting = true;
    p->batch = minibatch(o, post);
    if (p->batch) {
        Shape rows = shape_of(1, &post->rows), batch = shape_of(1, &p->batch);
        Tensor *order = tensor_new(I->memory, TYPE_I64, &rows);
        value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = order});
        epoch_order(order->data, post->rows, o->seed, 0);
        p->chosen = order->data;
        p->row_index = graph_input(p->graph, TYPE_I64, SUPPORT_ANY, &batch, 800002);
    }
    return pass_run(I, p);
}

bool starts_from_data(Interp *I, const FitOptions *o, Posterior *post)
{
    Recorder r;
    if (!any_from_data(post)) return true;
    Pass p = pass_over(post, post->data, o->data_span);
    p.graph = graph_new(I->memory, &I->names);
    recorder_init(I, &r, p.graph, false, NULL);
    bool ok = starting_pass(I, o, post, &p);
    recorder_end(I, &r);
    recorder_free(I, &r);
    pass_free(I, &p);
    graph_free(p.graph);
    return ok;
}
