/* SPDX-License-Identifier: MIT
 * The one loop of attacks: rows in chunks of one size, each chunk searched from its
 * start, step by step, once for each restart; what is found is projected in double,
 * judged, and kept where it is better. Chunks run on several threads, a row's numbers
 * depend on its data and its number alone.
 */
#include "search_int.h"

#include <math.h>
#include <string.h>

typedef struct Hunt {
    Interp *I;
    Search *s;
    Judge *j;
    const Prey *prey;
    Found *found;
    Lane *lane;
    int64_t chunk, chunks, n; /* n: numbers of x in a row */
    double *trace;            /* [chunks, steps] */
    PlanEnd *end;             /* by chunk */
    const char **why;
    int64_t *bad;       /* by chunk: a row whose numbers are not finite, or −1 */
    Span span;          /* the call */
    double begun, news; /* by the host's clock: the start, and when it was told last */
    int64_t done;       /* steps of the caller's own chunks */
    int lanes;
    bool telling; /* the chunk is searched again, to say which number it was */
    bool told;
} Hunt;

/* ---- storage ---- */

static void *room(Interp *I, int64_t n, size_t size)
{
    Shape s = shape_of(1, &(int64_t){(n * (int64_t)size + 7) / 8 + 1});
    Tensor *t = tensor_new(I->memory, TYPE_F64, &s);
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = t});
    return t->data;
}

void found_open(Interp *I, Found *f, const Prey *p, int64_t answer_n)
{
    int64_t n = p->rows;
    if (f->x) return;
    f->all = tensor_raw(I->memory, TYPE_F64,
                        &(Shape){.rank = 1, .dim = {n * shape_count(&p->x_shape)}});
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = f->all});
    f->x = f->all->data;
    f->norm = room(I, n, sizeof(double));
    f->loss = room(I, n, sizeof(double));
    f->success = room(I, n, 1);
    f->begun = room(I, n, 1);
    f->flat = room(I, n, 1);
    f->any = room(I, n, 1);
    f->lost = room(I, n, 1);
    f->queries = room(I, n, sizeof(int64_t));
    f->answer = room(I, n * answer_n, sizeof(double));
    f->confidence = room(I, n * answer_n, sizeof(double));
    f->answer_n = answer_n;
}

/* ---- numbers in and out ---- */

static int64_t row_of(const Hunt *h, int64_t piece, int64_t r)
{
    int64_t at = piece * h->chunk + r;
    return h->prey->index[at < h->prey->count ? at : h->prey->count - 1];
}

static void load_rows(const Hunt *h, int64_t piece, Tensor *to, const void *from,
                      Type type, int64_t each)
{
    for (int64_t r = 0; r < h->chunk; r++)
        tensor_put(to, r * each, from, type, row_of(h, piece, r) * each, each);
}

/* The data of a chunk's rows into one graph's slots; few judges ask for x0. */
static void load(const Hunt *h, const Lane *l, int64_t piece, const RowGraph *g,
                 Tensor *const *slot, const Node *x0, const Node *y, const Node *target,
                 const Node *key, Node *const *column, uint64_t seed)
{
    const Prey *p = h->prey;
    int64_t each = shape_count(&p->y->shape) / p->rows;
    const Slot *begun = &g->slot[rows_find(g, x0)];
    if (h->telling || g != &h->j->graph || plan_needs(l->judge, begun->wide))
        load_rows(h, piece, slot[begun - g->slot], p->x0, TYPE_F64, h->n);
    load_rows(h, piece, slot[rows_find(g, y)], p->y->data, p->y->type, each);
    if (target)
        load_rows(h, piece, slot[rows_find(g, target)], p->target->data,
                  p->target->type, each);
    for (int i = 0; i < p->columns; i++)
        if (!p->column[i].attacked)
            load_rows(h, piece, slot[rows_find(g, column[i])], p->column[i].all->data,
                      p->column[i].all->type, shape_count(&p->column[i].shape));
    uint64_t *keys = slot[rows_find(g, key)]->data;
    for (int64_t r = 0; r < h->chunk; r++)
        keys[r] = key_fold(seed, (uint64_t)row_of(h, piece, r));
}

static void fill(Tensor *t, double x)
{
    for (int64_t i = 0, n = shape_count(&t->shape); i < n; i++)
        tensor_put(t, i, &x, TYPE_F64, 0, 1);
}

static Tensor *slot_of(const Hunt *h, Lane *l, const Node *n)
{
    return l->search[rows_find(&h->s->graph, n)];
}

/* ---- the first number that is not finite ---- */

/* What is run at one time: a start, a step, a projection or a judgement. */
typedef struct Stage {
    RowGraph *graph;
    Tensor *const *slot;
    int from, n, outs; /* of `graph`: what the plan gives, and what it updates too */
    int x, loss;       /* outs after `from`: must be finite, no NaN; −1: neither */
    const char *what;
    int64_t step;        /* of the attack; 0: none */
    int64_t first, rows; /* of the chunk */
} Stage;

static Stage stage_start(const Hunt *h, Lane *l)
{
    Search *s = h->s;
    return (Stage){&s->graph, l->search, s->start_from, s->start_n, s->start_n,
                   0,         -1,        "start",       0,          0,
                   h->chunk};
}

static Stage stage_step(const Hunt *h, Lane *l, int64_t t)
{
    Search *s = h->s;
    int x = -1;
    for (int i = 0; i < s->updates; i++)
        if (s->updated[i] == s->x) x = s->step_n + i;
    return (Stage){
        &s->graph, l->search, s->step_from, s->step_n, s->step_n + s->updates,
        x,         0,         "search",     t,         0,
        h->chunk};
}

static Stage stage_keep(const Hunt *h, Lane *l, int64_t first)
{
    RowGraph *g = &h->s->keeper;
    return (Stage){g,  l->keeper,           0, 0,     1,      0,
                   -1, "projection `keep`", 0, first, g->rows};
}

static Stage stage_judge(const Hunt *h, Lane *l)
{
    int n = h->j->graph.outs;
    return (Stage){&h->j->graph, l->judged, 0, n, n, -1, 1, "loss", 0, 0, h->chunk};
}

static bool is_bad(const Plan *p, const Stage *s, int out, bool infinite)
{
    if (out < 0) return false;
    const Node *n = s->graph->out[s->from + out];
    for (int64_t i = 0, count = shape_count(&n->shape); i < count; i++) {
        double x = number_at(plan_output(p, out), n->type, i);
        if (isnan(x) || (infinite && isinf(x))) return true;
    }
    return false;
}

/* Runs a stage with every node watched; whether a number was bad, and was told. */
static bool tell_bad(Hunt *h, int64_t piece, const Stage *s)
{
    Interp *I = h->I;
    int64_t element = 0, *chosen = room(I, s->rows, sizeof *chosen);
    Plan *p = rows_plan(I, s->graph, s->from, s->outs, NULL, 0, true);
    if (!p) return h->told = true;
    for (int i = 0; i < s->graph->slots; i++)
        plan_bind(p, s->graph->slot[i].wide, s->slot[i]->data);
    for (int64_t r = 0; r < s->rows; r++) chosen[r] = row_of(h, piece, s->first + r);
    bool done = plan_run(p, &I->stop) == PLAN_DONE;
    h->told = done && (is_bad(p, s, s->x, true) || is_bad(p, s, s->loss, false));
    if (h->told) {
        const Node *n = bad_find(p, &element);
        BadPlace at = {s->step ? E0492 : E0643,
                       s->what,
                       "in this attack",
                       h->span,
                       s->step,
                       chosen,
                       s->rows};
        if (n && bad_is_slope(n)) at.what = "slope";
        if (n && n->op != &op_input)
            bad_tell(I, p, n, element, &at);
        else
            fail(I, E0643, h->span, s->what, "single precision", "inf", "");
    }
    plan_free(p);
    return h->told;
}

/* ---- one chunk ---- */

static bool ran(Hunt *h, int64_t piece, Plan *p, Stage stage)
{
    const Node *where;
    if (h->telling && tell_bad(h, piece, &stage)) return false;
    h->end[piece] = plan_run(p, &h->I->stop);
    if (h->end[piece] == PLAN_FAILED) h->why[piece] = plan_failure(p, &where);
    return h->end[piece] == PLAN_DONE;
}

static double norm_of(const double *x, const double *x0, int64_t n, double p)
{
    double s = 0;
    if (p == HUGE_VAL) return numbers_apart(x, x0, n);
    for (int64_t i = 0; i < n; i++) {
        double d = fabs(x[i] - x0[i]);
        s += p == 0 ? d > 0 : p == 1 ? d : d * d;
    }
    return p == 2 ? sqrt(s) : s;
}

/* Whether x is better than what was found for the row. */
static bool better(const Found *f, int64_t row, bool success, double norm, double loss,
                   bool pushes)
{
    if (!f->any[row]) return true;
    if (success != f->success[row]) return success;
    return success && !pushes ? norm < f->norm[row] : loss > f->loss[row];
}

static void keep_row(Hunt *h, Lane *l, int64_t piece, int64_t r)
{
    Found *f = h->found;
    int64_t row = row_of(h, piece, r);
    const RowGraph *g = &h->j->graph;
    const void *wrong = plan_output(l->judge, 0), *loss = plan_output(l->judge, 1),
               *answer = plan_output(l->judge, 2);
    bool success = number_at(wrong, g->out[0]->type, r) > 0.5;
    double value = number_at(loss, g->out[1]->type, r);
    if (isnan(value)) h->bad[piece] = row;
    double norm = ((double *)l->far->data)[r];
    if (!better(f, row, success, norm, value, h->s->pushes || h->s->draws)) return;
    if (f->any[row])
        memcpy(f->x + row * h->n, (double *)l->x->data + r * h->n,
               (size_t)h->n * sizeof *f->x);
    f->any[row] = true;
    f->success[row] = success;
    f->norm[row] = norm;
    f->loss[row] = value;
    for (int64_t i = 0, n = f->answer_n; i < n; i++) {
        f->answer[row * n + i] = number_at(answer, g->out[2]->type, r * n + i);
        if (h->prey->classes)
            f->confidence[row * n + i] =
                number_at(plan_output(l->judge, 3), g->out[3]->type, r * n + i);
    }
}

/* Row r of x to the judge, and how far it is. Of a victim in single precision: a change
 * that is rounded towards nothing grows in no norm, and stays in the box; what single
 * precision cannot tell from x0 has not changed. The first x of a row is what is found
 * so far, whatever the judge will say. */
static void offer_x(Hunt *h, Lane *l, int64_t r, int64_t row, const double *x)
{
    Found *f = h->found;
    double *to = f->any[row] ? (double *)l->x->data + r * h->n : f->x + row * h->n;
    const double *x0 = h->prey->x0 + row * h->n;
    if (h->j->graph.single)
        numbers_round_towards(to, x, x0, h->n);
    else
        memcpy(to, x, (size_t)h->n * sizeof *to);
    if (f->only_x) return;
    ((double *)l->far->data)[r] = norm_of(to, x0, h->n, h->s->norm);
    tensor_put(l->judged[rows_find(&h->j->graph, h->j->x)], r * h->n, to, TYPE_F64, 0,
               h->n);
}

/* Rows of a chunk from `first` on where they lie, if they lie side by side; else a copy
 * of them in the slot. */
static void *rows_at(const Hunt *h, int64_t piece, int64_t first, int64_t rows,
                     Tensor *slot, double *from)
{
    const int64_t start = row_of(h, piece, first);
    bool beside = !h->telling;
    for (int64_t r = 1; r < rows && beside; r++)
        beside = row_of(h, piece, first + r) == start + r;
    if (beside) return from + start * h->n;
    for (int64_t r = 0; r < rows; r++)
        tensor_put(slot, r * h->n, from, TYPE_F64, row_of(h, piece, first + r) * h->n,
                   h->n);
    return slot->data;
}

/* Projects the few rows of x. The keeper's slots are made as the search's are: x, x0,
 * y, and the target. */
static bool keep_few(Hunt *h, Lane *l, int64_t piece, int64_t first)
{
    const Prey *p = h->prey;
    const RowGraph *g = &h->s->keeper;
    const Tensor *of[2] = {p->y, p->target};
    int64_t each = shape_count(&p->y->shape) / p->rows;
    plan_bind(l->keep, g->slot[1].wide,
              rows_at(h, piece, first, g->rows, l->keeper[1], (double *)p->x0));
    for (int k = 0; k < 2; k++)
        for (int64_t r = 0; r < g->rows && of[k]; r++)
            tensor_put(l->keeper[2 + k], r * each, of[k]->data, of[k]->type,
                       row_of(h, piece, first + r) * each, each);
    return ran(h, piece, l->keep, stage_keep(h, l, first));
}

static bool all_finite(Hunt *h, const Lane *l, int64_t piece, int64_t first,
                       int64_t rows)
{
    const double *x = l->few->data;
    for (int64_t r = 0; r < rows; r++, x += h->n)
        if (!numbers_finite(x, h->n)) {
            h->bad[piece] = row_of(h, piece, first + r);
            return false;
        }
    return true;
}

/* x of `from`, projected in double: few rows at a time, which stay in the cache. */
static bool project(Hunt *h, Lane *l, int64_t piece, const Tensor *from)
{
    int64_t rows = l->keep ? h->s->keeper.rows : 1;
    for (int64_t k = 0; k < h->chunk; k += rows) {
        int64_t first = k + rows <= h->chunk ? k : h->chunk - rows;
        tensor_put(l->few, 0, from->data, from->type, first * h->n, rows * h->n);
        if (!all_finite(h, l, piece, first, rows) ||
            (l->keep &&
             (!keep_few(h, l, piece, first) || !all_finite(h, l, piece, first, rows))))
            return false;
        for (int64_t r = 0; r < rows; r++)
            offer_x(h, l, first + r, row_of(h, piece, first + r),
                    (double *)l->few->data + r * h->n);
    }
    return true;
}

/* x of `from`, projected, judged and kept where it is better. */
static bool judge(Hunt *h, Lane *l, int64_t piece, const Tensor *from)
{
    if (!project(h, l, piece, from)) return false;
    if (h->found->only_x) return true;
    if (!ran(h, piece, l->judge, stage_judge(h, l))) return false;
    for (int64_t r = 0; r < h->chunk && piece * h->chunk + r < h->prey->count; r++)
        keep_row(h, l, piece, r);
    return h->bad[piece] < 0;
}

static bool begin(Hunt *h, Lane *l, int64_t piece, int64_t restart)
{
    Search *s = h->s;
    uint64_t seed = key_fold(key_fold(0x61747461, h->prey->seed), (uint64_t)restart);
    load(h, l, piece, &s->graph, l->search, s->x0, s->y, s->target, s->key,
         s->victim.column, seed);
    load(h, l, piece, &h->j->graph, l->judged, h->j->x0, h->j->y, h->j->target,
         h->j->key, h->j->victim.column, key_fold(seed, 1));
    *(int64_t *)slot_of(h, l, s->restart)->data = restart;
    if (restart == 0 && (s->starts || s->apart) &&
        !judge(h, l, piece, slot_of(h, l, s->x0)))
        return false;
    if (!ran(h, piece, l->start, stage_start(h, l))) return false;
    fill(slot_of(h, l, s->done), 0);
    memset(l->over->data, 0, (size_t)h->chunk);
    if (!s->found) return true;
    Tensor *best = slot_of(h, l, s->best_x), *x = slot_of(h, l, s->x);
    tensor_put(best, 0, x->data, x->type, 0, shape_count(&x->shape));
    fill(slot_of(h, l, s->best), HUGE_VAL);
    fill(slot_of(h, l, s->best_loss), -HUGE_VAL);
    fill(slot_of(h, l, s->found), 0);
    return true;
}

/* Reads what a step told; false when every row is done. */
static bool told(Hunt *h, Lane *l, int64_t piece, int64_t t, bool first, double *mean)
{
    const RowGraph *g = &h->s->graph;
    int from = h->s->step_from;
    const void *loss = plan_output(l->step, 0), *done = plan_output(l->step, 1),
               *flat = plan_output(l->step, 2);
    bool all = true, *done_before = l->over->data;
    *mean = 0;
    for (int64_t r = 0; r < h->chunk && piece * h->chunk + r < h->prey->count; r++) {
        int64_t row = row_of(h, piece, r);
        double x = number_at(loss, g->out[from]->type, r);
        if (isnan(x)) h->bad[piece] = row;
        bool over = number_at(done, g->out[from + 1]->type, r) > 0.5;
        if (first) { /* a row that is wrong from the start needs no slope */
            h->found->begun[row] = !over;
            h->found->flat[row] =
                !over && number_at(flat, g->out[from + 2]->type, r) > 0.5;
        }
        bool was = done_before[r];
        int64_t asked = h->s->step_queries;
        h->found->queries[row] += was ? 0 : over && asked > 0 ? 1 : asked;
        done_before[r] = over;
        all = all && over;
        *mean += x;
    }
    h->trace[piece * h->s->steps + t - 1] += *mean;
    return !all;
}

/* For the rows that go on. */
static void add_queries(Hunt *h, const Lane *l, int64_t piece, int64_t n)
{
    for (int64_t r = 0; r < h->chunk && piece * h->chunk + r < h->prey->count; r++)
        h->found->queries[row_of(h, piece, r)] += ((bool *)l->over->data)[r] ? 0 : n;
}

/* Of the least change: where the judge, by draws of its own, does not see the success
 * that the search saw, as on a boundary half of the draws do not, x goes on along its
 * way until the judge does. */
static bool stretch(Hunt *h, Lane *l, int64_t piece)
{
    const Plan *p = l->judge;
    Type type = h->j->graph.out[0]->type;
    Tensor *x = slot_of(h, l, h->s->best_x), *seen = slot_of(h, l, h->s->found);
    for (double more = 0.01;; more *= 2) {
        bool any = false, ends = more > 2;
        for (int64_t r = 0; r < h->chunk && piece * h->chunk + r < h->prey->count;
             r++) {
            if (number_at(seen->data, seen->type, r) < 0.5 ||
                number_at(plan_output(p, 0), type, r) > 0.5)
                continue;
            int64_t row = row_of(h, piece, r);
            const double *x0 = h->prey->x0 + row * h->n;
            for (int64_t i = 0; i < h->n && !ends; i++) {
                double at = number_at(x->data, x->type, r * h->n + i);
                at += more * (at - x0[i]);
                tensor_put(x, r * h->n + i, &at, TYPE_F64, 0, 1);
            }
            h->found->queries[row] += !ends;
            h->found->lost[row] = ends;
            any = true;
        }
        if (!any || ends) return true;
        if (!judge(h, l, piece, x)) return false;
    }
}

/* Tells the host, ten times a second, how it stands: the caller's thread alone, which
 * takes the others to be as far. */
static void tell_progress(Hunt *h, const Lane *l, int64_t steps)
{
    Interp *I = h->I;
    if (!I->host.progress || l != h->lane) return;
    int64_t all = h->chunks * h->s->restarts * h->s->steps;
    double now = I->host.clock(I->host.ud);
    h->done += steps;
    if (now - h->news <= 0.1) return;
    int64_t step = h->done * h->lanes < all ? h->done * h->lanes : all;
    double rate = now > h->begun ? (double)step / (now - h->begun) : 0;
    h->news = now;
    I->host.progress(I->host.ud, name_cstr(&I->names, h->s->method->def->def->name),
                     step, all, (double)NAN, false, rate,
                     rate > 0 ? (double)(all - step) / rate : 0, false);
}

static bool search_chunk(Hunt *h, Lane *l, int64_t piece, int64_t restart)
{
    Search *s = h->s;
    int64_t steps = s->steps, t = 1;
    if (!begin(h, l, piece, restart)) return false;
    add_queries(h, l, piece, s->start_queries);
    double last = 0;
    int64_t *slot_t = slot_of(h, l, s->t)->data;
    for (bool on = true; t <= steps && on; t++) {
        *slot_t = t;
        if (!ran(h, piece, l->step, stage_step(h, l, t))) return false;
        on = told(h, l, piece, t, t == 1 && restart == 0, &last);
        if (h->bad[piece] >= 0) return false;
        tell_progress(h, l, on ? 1 : steps - t + 1);
    }
    double *trace = h->trace + piece * steps;
    for (; t <= steps; t++) trace[t - 1] += last;
    add_queries(h, l, piece, steps > 0); /* the last point is asked too */
    return judge(h, l, piece, slot_of(h, l, s->x)) &&
           (!s->found || (judge(h, l, piece, slot_of(h, l, s->best_x)) &&
                          (!s->dones || s->apart || stretch(h, l, piece))));
}

static void work(void *ctx, int64_t piece, int worker)
{
    Hunt *h = ctx;
    for (int64_t k = 0; k < h->s->restarts; k++)
        if (!search_chunk(h, &h->lane[worker], piece, k)) return;
}

/* ---- the door ---- */

/* Which number of a chunk it was: the chunk is searched once more. */
static bool tell_chunk(Hunt *h, int64_t piece)
{
    const RowGraph *g = &h->j->graph;
    h->telling = true;
    h->bad[piece] = -1;
    for (int64_t k = 0; k < h->s->restarts && !h->told; k++)
        search_chunk(h, &h->lane[0], piece, k);
    if (h->told || h->end[piece] == PLAN_STOPPED)
        return h->told ? false : !interp_stopped(h->I);
    return fail(h->I, E0643, h->span, "change", g->single ? "single precision" : "it",
                "no number", "");
}

static bool hunted(Interp *I, Hunt *h, Span span)
{
    for (int64_t c = 0; c < h->chunks; c++) {
        if (h->end[c] == PLAN_STOPPED) return !interp_stopped(I);
        if (h->end[c] == PLAN_FAILED) return fail(I, E0601, span, h->why[c]);
        if (h->bad[c] >= 0) return tell_chunk(h, c);
    }
    return true;
}

/* Whether the last x of a row is what is found, whatever the judge says. */
static bool is_alone(const Search *s)
{
    return s->restarts == 1 && !s->starts && !s->apart && !s->found;
}

bool hunt(Interp *I, Search *s, Judge *j, Lanes *made, const Prey *prey, Found *found,
          Span span)
{
    Hunt *h = memory_take(I->memory, sizeof *h);
    bool ok = true;
    *h = (Hunt){.I = I, .s = s, .j = j, .prey = prey, .found = found, .span = span};
    h->lane = made->lane;
    h->chunk = s->graph.rows;
    h->chunks = (prey->count + h->chunk - 1) / h->chunk;
    h->n = shape_count(&prey->x_shape);
    found->only_x = found->only_x && is_alone(s);
    h->trace = room(I, h->chunks * (s->steps + 1), sizeof(double));
    h->end = room(I, h->chunks, sizeof *h->end);
    h->why = room(I, h->chunks, sizeof *h->why);
    h->bad = room(I, h->chunks, sizeof *h->bad);
    for (int64_t c = 0; c < h->chunks; c++) h->bad[c] = -1, h->end[c] = PLAN_DONE;
    bool many = h->chunks > 1 && I->thread_count > 1 && I->thread_count <= LANES;
    int lanes = many ? I->thread_count : 1;
    for (; ok && made->count < lanes; made->count++)
        ok = lane_open(I, &made->lane[made->count], s, j, h->chunk, h->n,
                       made->count == 0);
    if (ok && many && !I->threads) I->threads = pool_new(I->memory, I->thread_count);
    h->lanes = lanes;
    if (I->host.progress) h->begun = h->news = I->host.clock(I->host.ud);
    if (ok && many)
        pool_run(I->threads, h->chunks, work, h);
    else
        for (int64_t c = 0; ok && c < h->chunks; c++) work(h, c, 0);
    if (I->host.progress && h->news > h->begun)
        I->host.progress(I->host.ud, "", 0, 0, (double)NAN, false, 0, 0, true);
    ok = ok && hunted(I, h, span);
    found->steps = s->steps;
    found->trace = room(I, s->steps + 1, sizeof(double));
    for (int64_t c = 0; c < h->chunks; c++)
        for (int64_t t = 0; t < s->steps; t++)
            found->trace[t] += h->trace[c * s->steps + t] /
                               ((double)prey->count * (double)s->restarts);
    memory_give(I->memory, h, sizeof *h);
    return ok;
}
