/* SPDX-License-Identifier: MIT
 * Runs a plan step by step. Allocates nothing; ends early only at a stop, or where an
 * op met numbers that it cannot work on. Once a step has written what the caller bound,
 * a stop waits for the end, so that nobody sees half an update.
 */
#include "exec_int.h"

#include <math.h>
#include <string.h>

static PlanEnd run_op(Plan *p, const Step *s)
{
    s->run->error = NULL;
    s->op->run(s->run);
    if (!s->run->error) return PLAN_DONE;
    p->failure = s->run->error;
    p->failed = s->node;
    return PLAN_FAILED;
}

#ifdef UNC_CHECKS
static void check_bound(const Plan *p)
{
    for (int i = 0; i < p->externals; i++)
        UNC_CHECK(p->memory, p->external[i].data || !p->external[i].fixups);
}
#endif

PlanEnd plan_run(Plan *p, const atomic_bool *stop)
{
    p->failure = NULL;
    p->failed = NULL;
#ifdef UNC_CHECKS
    check_bound(p);
#endif
    for (int i = 0; i < p->steps; i++) {
        const Step *s = &p->step[i];
        if (stop && i <= p->commit && atomic_load_explicit(stop, memory_order_relaxed))
            return PLAN_STOPPED;
        if (s->kind == STEP_TILES)
            tiles_run(s->tiles);
        else if (run_op(p, s) != PLAN_DONE)
            return PLAN_FAILED;
    }
    for (int i = 0; i < p->copies; i++)
        if (p->copy[i].bytes) memmove(p->copy[i].to, p->copy[i].from, p->copy[i].bytes);
    return PLAN_DONE;
}

const char *plan_failure(const Plan *p, const Node **where)
{
    if (where) *where = p->failed;
    return p->failure;
}

/* ---- bad numbers ---- */

static bool bad_number(double x, bool infinite)
{
    return x != x || x == (double)INFINITY || (infinite && x == -(double)INFINITY);
}

/* The first bad element of a buffer, or −1. */
static int64_t first_bad_element(const Buffer *b, bool infinite)
{
    enum { ROOM = 256 };
    union {
        double f64[ROOM];
        float f32[ROOM];
    } tile;
    if (!type_is_real(b->type) || !b->data) return -1;
    Load l;
    load_init(&l, b);
    l.data = b->data;
    int64_t count = buffer_count(b);
    for (int64_t start = 0; start < count; start += ROOM) {
        int64_t n = count - start < ROOM ? count - start : ROOM;
        tile_load(&l, start, n, (char *)&tile);
        for (int64_t i = 0; i < n; i++) {
            double x = b->type == TYPE_F64 ? tile.f64[i] : (double)tile.f32[i];
            if (bad_number(x, infinite)) return start + i;
        }
    }
    return -1;
}

static bool has_bad(const Plan *p, const Node *n, bool infinite, int64_t *element)
{
    if (n->op == &op_constant) return false; /* the program said so itself */
    Buffer b = plan_buffer(p, n);
    *element = first_bad_element(&b, infinite);
    return *element >= 0;
}

const Node *plan_first_bad(const Plan *p, bool infinite, int64_t *element)
{
    for (uint32_t id = 0; id < p->nodes; id++) {
        if (!p->value_of[id]) continue;
        const Node *n = p->graph->node[id];
        int64_t at, ignored;
        if (!has_bad(p, n, infinite, &at)) continue;
        bool inherited = false;
        for (int k = 0; k < n->n_in && !inherited; k++)
            inherited = has_bad(p, n->in[k], infinite, &ignored);
        if (inherited) continue;
        *element = at;
        return n;
    }
    return NULL;
}
