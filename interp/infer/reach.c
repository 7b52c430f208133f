/* SPDX-License-Identifier: MIT
 * Whether slopes reach what a fit is to learn. An unknown that only comparisons and
 * roundings read moves the likelihood in steps: its slope is 0 wherever there is one,
 * so that no method here would ever move it.
 */
#include "infer_int.h"

#include <string.h>

bool is_step(const Node *n)
{
    return (n->op->flags & OP_ELEM) &&
           (n->op->elem == ELEM_round || n->op->elem == ELEM_floor ||
            n->op->elem == ELEM_ceil || n->op->elem == ELEM_sign);
}

static bool steps(const Node *n) { return !type_is_real(n->type) || is_step(n); }

/* What the likelihoods of p are made of: by any way, and by ways that have slopes. */
typedef struct Reached {
    char *value, *slope; /* [nodes] */
    uint32_t nodes;
} Reached;

static void mark(const Graph *g, char *seen, bool slopes)
{
    for (uint32_t i = g->count; i-- > 0;) {
        const Node *n = g->node[i];
        if (!seen[i] || (slopes && steps(n))) continue;
        for (int k = 0; k < n->n_in; k++) seen[n->in[k]->id] = 1;
    }
}

/* Where the numbers of `from` first go over into steps on the way to a likelihood. */
static const Node *first_step(Interp *I, const Graph *g, const Reached *r,
                              const Node *from)
{
    char *after = memory_take(I->memory, r->nodes);
    const Node *found = NULL;
    after[from->id] = 1;
    for (uint32_t i = from->id + 1; i < g->count && !found; i++) {
        const Node *n = g->node[i];
        for (int k = 0; k < n->n_in; k++) after[i] |= after[n->in[k]->id];
        if (after[i] && r->value[i] && steps(n)) found = n;
    }
    memory_give(I->memory, after, r->nodes);
    return found;
}

/* Of a weight: the net in the model that has it. */
static Span place(const Pass *p, const Site *s, Interp *I)
{
    const Ast *body = p->model->model->a;
    const char *end = strchr(s->path, '/');
    for (uint32_t i = 0; end && i < body->count; i++) {
        const Ast *d = body->list[i];
        const char *name = d->name ? name_cstr(&I->names, d->name) : "";
        if (strncmp(name, s->path, (size_t)(end - s->path)) == 0 &&
            strlen(name) == (size_t)(end - s->path))
            return d->span;
    }
    return s->span;
}

bool slopes_reach(Interp *I, const Pass *p)
{
    const Graph *g = p->graph;
    Reached r = {.nodes = g->count + 1};
    r.value = memory_take(I->memory, r.nodes);
    r.slope = memory_take(I->memory, r.nodes);
    for (uint32_t i = 0; i < p->factors; i++)
        if (p->factor[i].kind == FACTOR_LIKELIHOOD)
            r.value[p->factor[i].logp->id] = r.slope[p->factor[i].logp->id] = 1;
    mark(g, r.value, false);
    mark(g, r.slope, true);
    bool ok = true;
    for (uint32_t i = 0; i < p->sites->count && ok; i++) {
        const Site *s = &p->sites->at[i];
        const Node *n = s->input, *step;
        if (!n || s->kind == SITE_STATE || !r.value[n->id] || r.slope[n->id]) continue;
        if (!(step = first_step(I, g, &r, n))) continue;
        Span at = place(p, s, I);
        Diag *d = fail_diag(I, E0251, at, site_label(I, s->path));
        if (step->span.source == at.source && step->span.from >= at.to)
            diag_label(&I->diags, d, step->span, "in steps here");
        ok = false;
    }
    memory_give(I->memory, r.value, r.nodes);
    memory_give(I->memory, r.slope, r.nodes);
    return ok;
}
