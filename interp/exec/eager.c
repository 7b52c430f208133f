/* SPDX-License-Identifier: MIT
 * Ops on numbers at once: a graph of one op (or of a helper's few), its shape rule, and
 * either one direct call or a plan whose output is the new tensor.
 */
#include "exec_int.h"

#include <string.h>

static void copy_error(char *error, const char *text)
{
    size_t n = strlen(text);
    if (n > 599) n = 599;
    memcpy(error, text, n);
    error[n] = 0;
}

static void add_inputs(Graph *g, Tensor *const *in, int n_in, Node **node)
{
    for (int i = 0; i < n_in; i++)
        node[i] = graph_input(g, in[i]->type, SUPPORT_ANY, &in[i]->shape, (uint32_t)i);
}

static Tensor *run_plan(Memory *m, Graph *g, Node *y, Node *const *node,
                        Tensor *const *in, int n_in, char *error)
{
    PlanOptions options = {.plain = true};
    Plan *p = plan_make_out(m, g, &y, 1, &options, error);
    if (!p) return NULL;
    Tensor *t = tensor_raw(m, y->type, &y->shape);
    for (int i = 0; i < n_in; i++) plan_bind(p, node[i], in[i]->data);
    plan_bind_out(p, 0, t->data);
    if (plan_run(p, NULL) != PLAN_DONE) {
        copy_error(error, plan_failure(p, NULL));
        tensor_drop(t);
        t = NULL;
    }
    plan_free(p);
    return t;
}

/* True if y is one op over the inputs as they are, run by one call on dense storage. */
static bool is_direct(const Node *y, Node *const *node, int n_in)
{
    if (!y->op->run || y->op->flags & (OP_ELEM | OP_VIEW) || y->n_in != n_in)
        return false;
    for (int i = 0; i < n_in; i++)
        if (y->in[i] != node[i]) return false;
    return true;
}

static Tensor *run_direct(Memory *m, const Node *y, Tensor *const *in, char *error)
{
    Buffer few[8], *buffer = few;
    size_t bytes = (size_t)y->n_in * sizeof *buffer;
    if (y->n_in > 8) buffer = memory_take(m, bytes);
    for (int i = 0; i < y->n_in; i++) buffer[i] = tensor_buffer(in[i]);
    Tensor *t = tensor_raw(m, y->type, &y->shape);
    Run run = {.node = y, .in = buffer, .out = tensor_buffer(t)};
    size_t scratch = y->op->scratch ? y->op->scratch(y) : 0;
    if (scratch) run.scratch = slab_take(m, scratch);
    y->op->run(&run);
    if (run.error) copy_error(error, run.error); /* may lie in scratch */
    slab_give(m, run.scratch, scratch);
    if (y->n_in > 8) memory_give(m, buffer, bytes);
    if (!run.error) return t;
    tensor_drop(t);
    return NULL;
}

/* y is one kernel over inputs of its own size: one call, however large; NULL if it is
 * not. */
static Tensor *run_kernel(Memory *m, const Node *y, Node *const *node,
                          Tensor *const *in, int n_in)
{
    const void *x[TILE_INPUTS];
    int64_t count = shape_count(&y->shape);
    bool elem = (y->op->flags & OP_ELEM) || y->op == &op_cast;
    if (!elem || y->n_in > TILE_INPUTS) return NULL;
    for (int i = 0; i < y->n_in; i++) {
        int k = 0;
        while (k < n_in && node[k] != y->in[i]) k++;
        if (k == n_in || shape_count(&y->in[i]->shape) != count) return NULL;
        x[i] = in[k]->data;
    }
    ElemKernel *kernel = value_kernel(y);
    if (!kernel) return NULL;
    Tensor *t = tensor_raw(m, y->type, &y->shape);
    kernel(count, t->data, x);
    return t;
}

static Tensor *run_node(Memory *m, Graph *g, Node *y, Node *const *node,
                        Tensor *const *in, int n_in, char *error)
{
    if (is_direct(y, node, n_in)) return run_direct(m, y, in, error);
    Tensor *t = run_kernel(m, y, node, in, n_in);
    return t ? t : run_plan(m, g, y, node, in, n_in, error);
}

Tensor *exec_build(Memory *m, const Names *names, ExecBuild *build, void *ctx,
                   Tensor *const *in, int n_in, char *error)
{
    Graph *g = graph_new(m, names);
    Node *few[8], **node = few;
    size_t bytes = (size_t)n_in * sizeof *node;
    if (n_in > 8) node = memory_take(m, bytes);
    add_inputs(g, in, n_in, node);
    Node *y = build(g, node, n_in, ctx);
    Tensor *t = NULL;
    if (y)
        t = run_node(m, g, y, node, in, n_in, error);
    else
        copy_error(error, g->error);
    if (n_in > 8) memory_give(m, node, bytes);
    graph_free(g);
    return t;
}

typedef struct OneOp {
    const Op *op;
    const Attr *attr;
} OneOp;

static Node *build_one(Graph *g, Node *const *in, int n_in, void *ctx)
{
    const OneOp *one = ctx;
    if (one->op->flags & OP_ELEM && one->op->arity == n_in)
        return op_elem(g, (Elem)one->op->elem, in);
    return graph_node(g, one->op, in, n_in, one->attr);
}

Tensor *exec_op(Memory *m, const Names *names, const Op *op, Tensor *const *in,
                int n_in, const Attr *attr, char *error)
{
    OneOp one = {op, attr};
    return exec_build(m, names, build_one, &one, in, n_in, error);
}
