/* SPDX-License-Identifier: MIT
 * The word `attack`: its arguments read and checked, methods made of others (in turn,
 * on another network, through transformations) taken apart, and the record of what was
 * found.
 */
#include "search_int.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK_ROWS = 128 }; /* rows that are searched together */

/* ---- methods ---- */

bool attack_no_method(Interp *I, Span span, const char *has)
{
    return attack_refuses(I, span, "the method of an attack", "one such as pgd()", has,
                          "`unc doc pgd` tells more; own ones are written "
                          "`attack name(…) on x { move = … }`");
}

bool attack_method(Interp *I, Value v, Span span, Instance **out)
{
    if (!instance_as(I, DEF_ATTACK, &v)) return false;
    if ((v.kind == VALUE_DEF || v.kind == VALUE_WORD) &&
        !call_with(I, v, NULL, 0, span, &v))
        return false;
    if (!is_instance(v, DEF_ATTACK)) {
        return attack_no_method(I, span, value_kind_text(v));
    }
    *out = (Instance *)v.object;
    return true;
}

/* The loss: as the call says, else as the method, else by what is observed. */
bool attack_loss(Interp *I, const AttackOptions *o, const Prey *p, Instance *in,
                 Value *out)
{
    bool found = false;
    *out = o->loss;
    if (out->kind == VALUE_NONE && in && p->classes &&
        !instance_argument(I, in, name_str(&I->names, "loss"), &found, out))
        return false;
    if (out->kind == VALUE_NONE)
        *out = value_cstr(I, p->classes                           ? "margin"
                             : o->subject.kind == VALUE_POSTERIOR ? "density"
                                                                  : "distance");
    if (out->kind == VALUE_STRING || out->kind == VALUE_FN || out->kind == VALUE_WORD)
        return true;
    return attack_refuses(
        I, o->loss_span, "`loss`", "a name, or a function of prediction and y",
        value_kind_text(*out), "such as `loss = \"ce\"`, or `loss = fn(p, y) = …`");
}

static int64_t chunk_rows(int64_t count)
{
    int64_t chunks = (count + CHUNK_ROWS - 1) / CHUNK_ROWS;
    return (count + chunks - 1) / chunks;
}

typedef struct Attack {
    const AttackOptions *o;
    Prey prey;
    Found found;
    Value change; /* one for all rows; or NONE */
} Attack;

/* What a method says of rows that it did not get the better of: its member `unfound`.
 */
static bool tell_unfound(Interp *I, const Attack *a, Instance *in)
{
    Value v;
    Text t;
    Out o;
    int64_t n = 0;
    for (int64_t i = 0; i < a->prey.count; i++)
        n += !a->found.success[a->prey.index[i]];
    if (n == 0 || in_library(I)) return true;
    if (!instance_part(I, in, "unfound", &v)) return false;
    if (v.kind == VALUE_NONE) return true;
    if (!arg_text(I, v, I->span, "`unfound`", &t)) return false;
    out_init(&o, I->memory);
    out_fmt(&o, "attack: %s, for %lld of %lld rows: %.*s\n",
            name_cstr(&I->names, in->def->def->name), (long long)n,
            (long long)a->prey.count, (int)t.len, t.at);
    I->host.message(I->host.ud, o.at, o.len);
    out_free(&o);
    return true;
}

/* Records the search of these terms and its judge. */
static bool record_search(Interp *I, Kept *k)
{
    Search *s = &k->search;
    Judge *j = &k->judge;
    const AttackOptions *o = &k->terms.o;
    const Prey *p = &k->terms.prey;
    const Around *around = &k->terms.around;
    /* A change for all rows is put onto them in double: sums of single precision could
     * leave the ball. */
    bool single = around->subject.kind == VALUE_POSTERIOR &&
                  ((Posterior *)around->subject.object)->single &&
                  around->change.kind == VALUE_NONE;
    victim_init(&s->victim, o, p, around->subject);
    victim_init(&j->victim, o, p, o->subject);
    if (o->many) s->victim.draws = 10 * o->draws;
    s->victim.view = j->victim.view = around->view;
    s->victim.views = j->victim.views = around->views;
    j->victim.draws = 10 * o->draws;
    s->victim.loss = k->terms.loss;
    s->change = around->change;
    s->apart = around->transfers;
    bool ok = judge_record(I, j, o, p, k->terms.loss, k->terms.rows) &&
              search_record(I, s, o, p, around->subject, k->terms.method, k->terms.rows,
                            single);
    victim_forget(I, &j->victim);
    victim_forget(I, &s->victim);
    return ok;
}

/* One search of the rows of prey->index. */
static bool run_search(Interp *I, Attack *a, Instance *in, const Around *around)
{
    const AttackOptions *o = a->o;
    Value loss;
    Terms t;
    if (!attack_loss(I, o, &a->prey, in, &loss)) return false;
    terms_of(I, &t, o, &a->prey, around, in, loss, chunk_rows(a->prey.count));
    Kept *k = kept_take(I, &t);
    bool ok = true;
    if (k) {
        I->span = o->method_span;
        ok = !k->judge.kinds || prey_classes(I, o, &a->prey, k->judge.kinds);
    } else {
        k = memory_take(I->memory, sizeof *k);
        k->terms = t;
        ok = record_search(I, k);
    }
    if (ok) {
        Shape answer = shape_drop(&k->judge.graph.out[2]->shape, 0);
        found_open(I, &a->found, &a->prey, shape_count(&answer));
        ok = hunt(I, &k->search, &k->judge, &k->lanes, &a->prey, &a->found, o->span);
    }
    if (ok)
        kept_put(I, k);
    else
        kept_free(I, k);
    return ok;
}

/* Rows where the search saw a success that the judge, who has more draws, did not. */
static int64_t lost_rows(Attack *a)
{
    Prey *p = &a->prey;
    int64_t n = 0;
    for (int64_t i = 0; i < p->count; i++) {
        int64_t row = p->index[i];
        if (a->found.lost[row] && !a->found.success[row]) p->index[n++] = row;
        a->found.lost[row] = false;
    }
    return p->count = n;
}

/* One method on the rows of prey->index; once more, with the judge's draws, on those
 * that were lost. */
static bool run_one(Interp *I, Attack *a, Instance *in, const Around *around)
{
    const AttackOptions *o = a->o;
    AttackOptions with_many = *o;
    Prey *p = &a->prey;
    int64_t count = p->count, *index = p->index;
    Shape s = shape_of(1, &count);
    if (!run_search(I, a, in, around)) return false;
    Tensor *some = tensor_new(I->memory, TYPE_I64, &s);
    memcpy(some->data, index, (size_t)count * sizeof *index);
    p->index = some->data;
    with_many.many = true;
    a->o = &with_many;
    bool ok = lost_rows(a) == 0 || run_search(I, a, in, around);
    a->o = o;
    p->index = index;
    p->count = count;
    tensor_drop(some);
    return ok && (around->transfers || tell_unfound(I, a, in));
}

static bool is_callable(Value v)
{
    return v.kind == VALUE_FN || v.kind == VALUE_NET || v.kind == VALUE_WORD;
}

static bool can_be_victim(Value v)
{
    return v.kind == VALUE_POSTERIOR || is_callable(v);
}

/* Is this the second transformation, or network, around one search? E0786. */
static bool only_one(Interp *I, const Instance *in, bool first, const char *what,
                     const char *help)
{
    if (first) return true;
    Diag *d =
        fail_diag(I, E0786, I->span, name_cstr(&I->names, in->def->def->name), what);
    diag_help(&I->diags, d, "%s", help);
    return false;
}

static bool read_view(Interp *I, Instance *in, Around *around)
{
    bool found;
    Value v;
    if (!instance_part(I, in, "view", &v)) return false;
    if (v.kind == VALUE_NONE) return true;
    if (!is_callable(v))
        return attack_refuses(I, I->span, "what a search looks through", "a function",
                              value_kind_text(v), "give one of a row, `fn(x) = …`");
    if (!only_one(I, in, around->view.kind == VALUE_NONE, "transformation",
                  "give one that does both, `fn(x) = g(f(x))`"))
        return false;
    around->view = v;
    around->views = 10;
    if (!instance_argument(I, in, name_str(&I->names, "views"), &found, &v))
        return false;
    return !found ||
           (arg_int(I, v, I->span, "`views`", &around->views) &&
            (around->views >= 1 || fail(I, E0426, I->span, "`views`", "1 or more")));
}

static bool read_source(Interp *I, Instance *in, Around *around)
{
    Value v;
    if (!instance_part(I, in, "source", &v)) return false;
    if (v.kind == VALUE_NONE) return true;
    if (!can_be_victim(v)) return fail(I, E0499, I->span, value_kind_text(v));
    if (!only_one(I, in, !around->transfers, "network",
                  "a search sees one network: give `from` once"))
        return false;
    around->transfers = true;
    around->subject = v;
    return true;
}

/* `augment = adversarial(…)` brings bounds that an attack would not read. */
static bool searches(Interp *I, const Instance *in)
{
    return !ast_has_member(in->def->def, name_str(&I->names, "box")) ||
           attack_refuses(I, I->span, "the method of an attack", "a search",
                          "what a fit trains on",
                          "attack with the method within, and the bounds of `attack`");
}

/* One method: *inner is the method that it holds, or none, and what it puts around that
 * is set. */
static bool open_method(Interp *I, const Prey *p, Value method, Span span,
                        Instance **in, Value *inner, Around *around)
{
    if (!attack_method(I, method, span, in) || !instance_part(I, *in, "search", inner))
        return false;
    if (inner->kind == VALUE_NONE) return true;
    Span before = I->span;
    I->span = span;
    bool ok = searches(I, *in) && search_needs(I, *in, p) &&
              read_source(I, *in, around) && read_view(I, *in, around);
    I->span = before;
    return ok;
}

static bool is_shared(Interp *I, const Instance *in)
{
    return ast_has_member(in->def->def, name_str(&I->names, "shared"));
}

/* Rows that no search has got the better of. */
static void leave_rest(Attack *a)
{
    Prey *p = &a->prey;
    p->count = 0;
    for (int64_t i = 0; i < p->rows; i++)
        if (!a->found.any || !a->found.success[i]) p->index[p->count++] = i;
}

enum { NESTED_MOST = 20 };

/* The search of one change that a method comes to in the end. */
static bool innermost(Interp *I, const Attack *a, Value method, Instance **in,
                      Around *around)
{
    Span span = a->o->method_span;
    for (int depth = 0; depth < NESTED_MOST; depth++) {
        Value inner;
        bool transfers = around->transfers;
        if (!open_method(I, &a->prey, method, span, in, &inner, around)) return false;
        if (inner.kind == VALUE_NONE) return true;
        if (inner.kind == VALUE_LIST || around->transfers != transfers ||
            is_shared(I, *in)) {
            return attack_refuses(I, span, "the method within",
                                  "one search, such as pgd()", "made of others",
                                  "what is made of others goes around it: "
                                  "`transfer(universal(pgd(…)), from = …)`");
        }
        method = inner;
    }
    return fail(I, E0319, span, NESTED_MOST);
}

/* One change for all rows: sought, then put onto each. */
static bool run_shared(Interp *I, Attack *a, Instance *in, Value method, Around around)
{
    Found sought = {0}, *f = &a->found;
    Instance *inner;
    const AttackOptions *o = a->o;
    if (!innermost(I, a, method, &inner, &around)) return false;
    if (!shared_search(I, o, &a->prey, in, inner, &around, &sought, &a->change))
        return false;
    around.change = a->change;
    if (!run_one(I, a, in, &around)) return false;
    f->trace = sought.trace;
    f->steps = sought.steps;
    for (int64_t i = 0; i < a->prey.rows; i++) {
        f->queries[i] += sought.queries[0];
        f->begun[i] = sought.begun[0];
        f->flat[i] = sought.flat[0];
    }
    return true;
}

static bool run_method(Interp *I, Attack *a, Value method, Around around, int depth)
{
    Instance *in;
    Value inner;
    Span span = a->o->method_span;
    if (depth > NESTED_MOST) return fail(I, E0319, a->o->span, NESTED_MOST);
    if (!open_method(I, &a->prey, method, span, &in, &inner, &around)) return false;
    if (inner.kind == VALUE_NONE) {
        a->found.only_x = a->o->only_x && depth == 0 &&
                          !ast_has_member(in->def->def, name_str(&I->names, "unfound"));
        return run_one(I, a, in, &around);
    }
    if (is_shared(I, in)) return run_shared(I, a, in, inner, around);
    if (inner.kind != VALUE_LIST) return run_method(I, a, inner, around, depth + 1);
    if (((List *)inner.object)->count == 0)
        return attack_refuses(I, span, "`search`", "an attack, or a list of them",
                              "an empty list", "`search = [pgd(), square()]`");
    for (uint32_t i = 0; i < ((List *)inner.object)->count; i++) {
        if (a->found.x) leave_rest(a);
        if (a->prey.count == 0) break;
        if (!run_method(I, a, ((List *)inner.object)->item[i], around, depth + 1))
            return false;
    }
    return true;
}

/* ---- the record ---- */

static Value tensor_from(Interp *I, const void *data, Type type, const Shape *s)
{
    Tensor *t = tensor_new(I->memory, type, s);
    memcpy(t->data, data, (size_t)shape_count(s) * type_size(type));
    return value_tensor(I, t);
}

static Value changed_column(Interp *I, const Attack *a, const Column *c)
{
    const Prey *p = &a->prey;
    int64_t n = shape_count(&p->x_shape), each = shape_count(&c->shape);
    if (p->ons == 1) {
        a->found.all->shape = c->all->shape;
        return value_tensor(I, tensor_keep(a->found.all));
    }
    Tensor *t = tensor_raw(I->memory, TYPE_F64, &c->all->shape);
    for (int64_t r = 0; r < p->rows; r++)
        memcpy((double *)t->data + r * each, a->found.x + r * n + c->from,
               (size_t)each * sizeof(double));
    return value_tensor(I, t);
}

static Value changed(Interp *I, const Attack *a)
{
    const Prey *p = &a->prey;
    Record *r = record_new(I);
    for (int i = 0; i < p->columns; i++) {
        if (!p->column[i].attacked) continue;
        Value v = changed_column(I, a, &p->column[i]);
        if (p->ons == 1) return v;
        record_set(I, r, p->column[i].name, v);
    }
    return value_object(r);
}

/* That of y, where the answers have as many numbers. */
static Shape answer_shape(const Attack *a)
{
    const Prey *p = &a->prey;
    int64_t n = a->found.answer_n;
    return shape_count(&p->y->shape) == p->rows * n
               ? p->y->shape
               : shape_of(2, (int64_t[]){p->rows, n});
}

static Value answers(Interp *I, const Attack *a)
{
    const Prey *p = &a->prey;
    Shape s = answer_shape(a);
    int64_t n = shape_count(&s);
    if (!p->classes) return tensor_from(I, a->found.answer, TYPE_F64, &s);
    Tensor *t = tensor_new(I->memory, TYPE_I64, &s);
    for (int64_t i = 0; i < n; i++)
        ((int64_t *)t->data)[i] = (int64_t)a->found.answer[i];
    return value_tensor(I, t);
}

static double share(const bool *b, int64_t n)
{
    int64_t k = 0;
    for (int64_t i = 0; i < n; i++) k += b[i];
    return (double)k / (double)n;
}

/* Of the rows that began where the slope was asked for, the share with none. */
static double flat_share(const Attack *a)
{
    double begun = share(a->found.begun, a->prey.rows);
    return begun > 0 ? share(a->found.flat, a->prey.rows) / begun : 0;
}

static void warn_flat(Interp *I, const Attack *a)
{
    double flat = flat_share(a);
    Out o;
    if (flat <= 0.1 || in_library(I)) return; /* the library reads the field */
    out_init(&o, I->memory);
    out_fmt(&o,
            "attack: the slope of the loss is exactly zero for %.0f %% of the rows; a "
            "masked gradient hides weaknesses, it does not mend them\n",
            100 * flat);
    I->host.message(I->host.ud, o.at, o.len);
    out_free(&o);
}

static void set(Interp *I, Record *r, const char *name, Value v)
{
    record_set(I, r, name_str(&I->names, name), v);
}

static Value record_of(Interp *I, const Attack *a)
{
    const Found *f = &a->found;
    Record *r = record_new(I);
    Shape rows = shape_of(1, &a->prey.rows), steps = shape_of(1, &f->steps);
    set(I, r, "x", changed(I, a));
    if (f->only_x) return value_object(r);
    set(I, r, "success", tensor_from(I, f->success, TYPE_BOOL, &rows));
    set(I, r, "success_rate", value_real(share(f->success, a->prey.rows)));
    set(I, r, "norm", tensor_from(I, f->norm, TYPE_F64, &rows));
    set(I, r, "queries", tensor_from(I, f->queries, TYPE_I64, &rows));
    set(I, r, a->prey.classes ? "class" : "mean", answers(I, a));
    if (a->prey.classes) {
        Shape s = answer_shape(a);
        set(I, r, "confidence", tensor_from(I, f->confidence, TYPE_F64, &s));
    }
    set(I, r, "trace", tensor_from(I, f->trace, TYPE_F64, &steps));
    set(I, r, "flat", value_real(flat_share(a)));
    if (a->change.kind != VALUE_NONE) set(I, r, "change", a->change);
    return value_object(r);
}

/* `success = 0.9` of what is one number or class a row. */
static bool share_of_several(Interp *I, const Attack *a)
{
    return a->o->share == 0 || a->prey.y->shape.rank > 1 ||
           attack_refuses(I, a->o->success_span, "`success`",
                          "a function where a row has one answer", "a share",
                          "`success = fn(p, y) = max(p.probs) > 0.9` asks the "
                          "confidence, `success_rate` of the answer is the share of "
                          "rows");
}

bool attack_run(Interp *I, const AttackOptions *o, Value *out)
{
    Attack *a = memory_take(I->memory, sizeof *a);
    Around around = {o->subject, value_none(), value_none(), 1, false};
    memset(a, 0, sizeof *a);
    a->o = o;
    a->change = value_none();
    uint32_t mark = pool_mark(I);
    bool ok = prey_read(I, o, &a->prey) && share_of_several(I, a) &&
              run_method(I, a, o->method, around, 0);
    if (ok) {
        *out = record_of(I, a);
        warn_flat(I, a);
        pool_return(I, mark, out);
    }
    memory_give(I->memory, a, sizeof *a);
    return ok;
}

static bool option_bool(Interp *I, Value v, const char *name, Span span, bool *out)
{
    if (v.kind == VALUE_NONE) return true;
    if (v.kind != VALUE_BOOL)
        return fail(I, E0437, span, name, "true or false", value_kind_text(v));
    *out = v.boolean;
    return true;
}

static bool option_least(Interp *I, Value v, int64_t least, const char *name, Span span,
                         int64_t *out)
{
    if (v.kind == VALUE_NONE) return true;
    return arg_int(I, v, span, name, out) &&
           (*out >= least ||
            fail(I, E0426, span, name, least ? "1 or more" : "0 or more"));
}

/* What may say whether an attack has succeeded: a function, or of several a row the
 * share that must be fooled. */
static bool can_succeed(Interp *I, Value v, Span span)
{
    char number[40];
    const char *help = "`success = fn(p, y) = …`, true where the attack has what it "
                       "wants; of several a row also the share: `success = 0.9`";
    if (v.kind == VALUE_NONE || v.kind == VALUE_FN) return true;
    if (!value_is_scalar(v) || v.kind == VALUE_BOOL)
        return attack_refuses(I, span, "`success`", "a function of prediction and y",
                              value_kind_text(v), help);
    double x = value_as_real(v);
    snprintf(number, sizeof number, "%g", x);
    return (x > 0 && x <= 1) ||
           attack_refuses(I, span, "`success`", "a share above 0, 1 at most", number,
                          help);
}

bool word_attack(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Span place[12];
    int64_t seed = 0;
    bool fresh = true;
    for (int i = 0; i < 12; i++) place[i] = word_place(I, word, args, i);
    AttackOptions o = {.subject = arg[0],
                       .data = arg[1],
                       .method = arg[2],
                       .target = arg[3],
                       .on = arg[4].kind == VALUE_NONE ? value_cstr(I, "x") : arg[4],
                       .bounds = arg[5],
                       .loss = arg[6],
                       .success = arg[7],
                       .draws = 10,
                       .fresh = -1,
                       .span = args->call,
                       .victim_span = place[0],
                       .loss_span = place[arg[6].kind == VALUE_NONE ? 2 : 6],
                       .data_span = place[1],
                       .method_span = place[2],
                       .target_span = place[3],
                       .on_span = place[4],
                       .bounds_span = place[5],
                       .success_span = place[7]};
    if (!can_be_victim(arg[0]))
        return fail(I, E0499, place[0], value_kind_text(arg[0]));
    if (arg[1].kind != VALUE_RECORD) return no_record(I, arg[1], "attack", place[1]);
    if (!can_succeed(I, arg[7], place[7])) return false;
    if (value_is_scalar(arg[7])) {
        o.share = value_as_real(arg[7]);
        o.success = value_none();
    }
    if (!option_least(I, arg[8], 1, "`draws`", place[8], &o.draws) ||
        !option_bool(I, arg[9], "`fresh`", place[9], &fresh) ||
        !option_bool(I, arg[10], "`straight`", place[10], &o.straight) ||
        !option_least(I, arg[11], 0, "`seed`", place[11], &seed))
        return false;
    o.seed = (uint64_t)seed;
    o.only_x = args->only == name_str(&I->names, "x");
    if (arg[9].kind != VALUE_NONE) o.fresh = fresh;
    if (arg[0].kind == VALUE_POSTERIOR) {
        Prediction *p = prediction_new(I, (Posterior *)arg[0].object, arg[1]);
        p->data_span = place[1];
        if (!prediction_binds(I, p)) return false;
    }
    return attack_run(I, &o, out);
}
