/* SPDX-License-Identifier: MIT
 * Models while a program is checked: a pass over the body with data of which only the
 * declared types are known, and what the words of fitting answer when nothing is run.
 */
#include "fields.h"
#include "search_int.h"

#include <string.h>

bool checked_unknown(Value v) { return value_has_unknown(v); }

bool checked_vaguely(Interp *I)
{
    (void)I;
    return false;
}

bool checked_start(Interp *I, Site *s, const Ast *init)
{
    Handler *before = I->handler;
    Value v;
    Shape shape;
    if (!init) return true;
    I->handler = NULL; /* what it draws has nothing to do with the model */
    bool ok = eval(I, init, &v);
    I->handler = before;
    return ok && (!value_shape(v, &shape) || site_set_start(I, s, v));
}

/* ---- givens ---- */

/* Axes that only an observed type names are there from the start. */
static void observed_axes(Interp *I, const Ast *s)
{
    Value unused;
    if (s->kind == AST_BLOCK)
        for (uint32_t i = 0; i < s->count; i++) observed_axes(I, s->list[i]);
    if ((s->kind == AST_FOR || s->kind == AST_IF_STATEMENT) && s->b)
        observed_axes(I, s->b);
    if (s->kind == AST_IF_STATEMENT && s->c) observed_axes(I, s->c);
    if (s->kind == AST_LIKELIHOOD && s->b)
        abstract_of_type(I, s->b, s->a->kind == AST_NAME ? s->a->name : s->name,
                         &unused);
}

static bool checked_hyper(Interp *I, Pass *p, uint32_t i)
{
    const Ast *param = p->model->model->list[i];
    Value v = p->model->argument[i].value;
    if (p->model->argument[i].state != ARGUMENT_GIVEN) {
        v = value_none();
        if (param->b && !eval(I, param->b, &v)) return false;
        if (v.kind == VALUE_NONE && !abstract_of_type(I, param->a, param->name, &v))
            return false;
    }
    if (param->a && !type_bind(I, param->a, v, param->span,
                               name_cstr(&I->names, param->name), &p->frame, &v))
        return false;
    frame_set(I, &p->frame, param->name, v);
    return true;
}

static bool checked_given(Interp *I, Pass *p, const Ast *param)
{
    Value v;
    if (!abstract_of_type(I, param->a, param->name, &v)) return false;
    frame_set(I, &p->frame, param->name, v);
    if (v.kind != VALUE_NODE || p->givens == PASS_GIVEN) return true;
    Node *n = as_node(I, v);
    n->user = (uint32_t)p->givens;
    n->span = param->span;
    if (n->shape.rank && n->shape.name[0] == p->row_name) p->rows = n->shape.dim[0];
    p->given[p->givens++] = (struct Given){param->name, n, NULL, false};
    return true;
}

bool checked_data(Interp *I, Pass *p)
{
    const Ast *m = p->model->model;
    bool ok = true;
    for (uint32_t i = 0; i < m->count; i++)
        if (!is_given(I, m->list[i])) ok &= checked_hyper(I, p, i);
    for (uint32_t i = 0; i < m->count; i++)
        if (is_given(I, m->list[i])) ok &= checked_given(I, p, m->list[i]);
    for (int i = 0; i < p->givens && !p->row_name; i++)
        if (p->given[i].node->shape.rank) p->row_name = p->given[i].node->shape.name[0];
    observed_axes(I, m->a);
    return ok;
}

bool checked_observed(Interp *I, Pass *p, Type type, Support support,
                      const Shape *shape, Value *out)
{
    Node *n = graph_input(p->graph, type == TYPE_I64 ? TYPE_I64 : TYPE_F64, support,
                          shape, PASS_GIVEN);
    if (!n) return graph_failed(I, I->span, p->graph->error);
    *out = record_node(I, n, value_none());
    return true;
}

/* Whether n would lie in `wanted` for some data: its support is inferred again, with
 * all that is known of the givens left open. */
static bool fits_with(Graph *g, const Node *n, const char *above, Support wanted,
                      Support assumed, Support *saved)
{
    for (uint32_t id = 0; id <= n->id; id++) {
        Node *at = g->node[id];
        saved[id] = at->support;
        if (!above[id]) continue;
        if (at->op == &op_input) {
            bool open = at->user <= PASS_GIVEN || at->user == INPUT_OPEN;
            if (open && at->support == SUPPORT_ANY) at->support = assumed;
            continue;
        }
        if (at->op->flags & OP_SOURCE) continue;
        Attr a = {0};
        if (at->attr) a = *at->attr;
        Infer c = {.graph = g, .in = at->in, .n_in = at->n_in, .attr = &a};
        if (at->op->shape(&c) && c.support != SUPPORT_ANY) at->support = c.support;
    }
    bool fits = support_fits(n->support, wanted);
    for (uint32_t id = 0; id <= n->id; id++) g->node[id]->support = saved[id];
    return fits;
}

bool checked_may_fit(Interp *I, const Node *n, Support wanted)
{
    static const Support some[] = {SUPPORT_POSITIVE, SUPPORT_UNIT, SUPPORT_NEGATIVE,
                                   SUPPORT_SIMPLEX,  SUPPORT_COV,  SUPPORT_CHOLESKY};
    Graph *g = I->recorder->graph;
    char *above = memory_take(I->memory, n->id + 1);
    Support *saved = memory_take(I->memory, (n->id + 1) * sizeof *saved);
    bool fits = false;
    above[n->id] = 1;
    for (uint32_t i = n->id + 1; i-- > 0;)
        for (int k = 0; above[i] && k < g->node[i]->n_in; k++)
            above[g->node[i]->in[k]->id] = 1;
    for (size_t i = 0; i < sizeof some / sizeof *some && !fits; i++)
        fits = fits_with(g, n, above, wanted, some[i], saved);
    memory_give(I->memory, above, n->id + 1);
    memory_give(I->memory, saved, (n->id + 1) * sizeof *saved);
    return fits;
}

/* ---- models and layers ---- */

void checked_pass(Interp *I, Pass *p, Sites *sites, ModelValue *m)
{
    memset(p, 0, sizeof *p);
    p->kind = PASS_DISCOVER;
    p->model = m;
    p->graph = I->abstract->recorder.graph;
    p->sites = sites;
    p->data = value_none();
}

bool checked_model(Interp *I, ModelValue *m)
{
    Sites sites = {NULL, 0, 0};
    Pass p;
    checked_pass(I, &p, &sites, m);
    bool ok = pass_run(I, &p);
    pass_free(I, &p);
    sites_free(I, &sites);
    return ok;
}

/* The body of a guide that is written for one model, after a pass over that model, of
 * which nothing is told here. */
static bool checked_guide(Interp *I, Instance *guide)
{
    Posterior post;
    Value m;
    Pass p;
    if (!module_get(guide->def->module, guide->def->def->b->name, &m) ||
        m.kind != VALUE_MODEL)
        return true;
    memset(&post, 0, sizeof post);
    post.model = (ModelValue *)m.object;
    post.guide = value_object(guide);
    post.data = value_none();
    checked_pass(I, &p, &post.sites, post.model);
    I->abstract->silent++;
    bool ok = pass_run(I, &p);
    I->abstract->silent--;
    pass_free(I, &p);
    if (ok) {
        checked_pass(I, &p, NULL, NULL);
        ok = guide_try(I, &p, &post);
        pass_free(I, &p);
    }
    sites_free(I, &post.sites);
    sites_free(I, &post.guide_sites);
    return ok;
}

/* A layer on an input of its declared type. Optimizers, and guides for any model, are
 * run by what fits. */
static bool checked_definition(Interp *I, Instance *in)
{
    const Ast *def = in->def->def;
    if ((DefKind)(def->flags & AST_LOW) == DEF_GUIDE && guide_is_of_model(in))
        return checked_guide(I, in);
    Sites sites = {NULL, 0, 0};
    Pass p;
    Value x, y;
    if ((DefKind)(def->flags & AST_LOW) != DEF_LAYER || !def->b || !def->b->a)
        return true;
    Frame f = {.self = in, .module = in->def->module};
    frame_push(I, &f);
    bool ok = abstract_of_type(I, def->b->a, def->b->name, &x);
    frame_pop(I, &f);
    if (!ok) return false;
    if (x.kind == VALUE_NODE) as_node(I, x)->span = def->b->span;
    checked_pass(I, &p, &sites, NULL);
    pass_handler(&p);
    Handler *before = I->handler;
    Span span = I->span;
    I->handler = &p.handler;
    I->path = "layer";
    I->span = def->name_span;
    ok = layers_apply(I, value_object(in), x, def->name_span, &y);
    I->handler = before;
    I->path = NULL;
    I->span = span;
    pass_free(I, &p);
    sites_free(I, &sites);
    return ok;
}

/* ---- words ---- */

bool checked_slopes(Interp *I, Value model)
{
    if (model.kind != VALUE_MODEL) return true;
    Sites sites = {NULL, 0, 0};
    Pass p;
    checked_pass(I, &p, &sites, (ModelValue *)model.object);
    I->abstract->silent++;
    bool ok = pass_run(I, &p);
    I->abstract->silent--;
    ok = !ok || slopes_reach(I, &p);
    pass_free(I, &p);
    sites_free(I, &sites);
    return ok;
}

/* Each column less its mean: of its shape. */
static Value scaled(Interp *I, Value data)
{
    if (data.kind != VALUE_RECORD) return value_unknown();
    const Record *from = (Record *)data.object;
    Record *r = record_new(I);
    for (uint32_t i = 0; i < from->count; i++) {
        Shape s;
        Value v = value_unknown();
        if (value_shape(from->value[i], &s))
            v = abstract_number(I, TYPE_F64, SUPPORT_ANY, &s);
        record_set(I, r, from->name[i], v);
    }
    return value_object(r);
}

static Value some_rows(Interp *I, Value data, int64_t rows)
{
    if (data.kind != VALUE_RECORD) return value_unknown();
    const Record *from = (Record *)data.object;
    Record *r = record_new(I);
    for (uint32_t i = 0; i < from->count; i++) {
        Shape s;
        Value v = value_unknown();
        if (value_shape(from->value[i], &s) && s.rank > 0) {
            s.dim[0] = rows;
            v = abstract_number(I, value_type(from->value[i]), SUPPORT_ANY, &s);
        }
        record_set(I, r, from->name[i], v);
    }
    return value_object(r);
}

static Value halves(Interp *I, Value data)
{
    List *l = list_new(I);
    for (int i = 0; i < 2; i++)
        list_push(I, l, some_rows(I, data, size_fresh(I->abstract->sizes)));
    return value_object(l);
}

static bool observes_once(const Ast *model)
{
    int n = 0;
    for (uint32_t i = 0; i < model->a->count; i++)
        n += model->a->list[i]->kind == AST_LIKELIHOOD;
    return n == 1;
}

/* The kinds of an attack's arguments, as far as they are known. */
static bool checked_attack(Interp *I, int word, const Value *arg, const Args *args)
{
    ValueKind kind = arg[0].kind, method = arg[2].kind;
    if (kind == VALUE_MODEL || kind == VALUE_RECORD || kind == VALUE_DEF ||
        is_instance(arg[0], DEF_ATTACK))
        return fail(I, E0499, word_place(I, word, args, 0), value_kind_text(arg[0]));
    if (arg[1].kind == VALUE_NODE || arg[1].kind == VALUE_TENSOR ||
        arg[1].kind == VALUE_MODEL)
        return no_record(I, arg[1], "attack", word_place(I, word, args, 1));
    if (method == VALUE_STRING)
        return attack_no_method(I, word_place(I, word, args, 2),
                                value_kind_text(arg[2]));
    ModelValue *m = checked_model_of(I, arg[0]);
    return checked_binding(I, m, arg[1], m && observes_once(m->model),
                           word_place(I, word, args, 1));
}

/* What stands in front of a posterior, as far as its model is known. */
static bool checked_defence(Interp *I, const Value *arg, Span place)
{
    ModelValue *m = checked_model_of(I, arg[0]);
    return !m || augment_checked(I, m, arg[1], in_library(I) ? I->span : place);
}

static bool checked_likelihood(Interp *I, int word, const Value *arg, const Args *args)
{
    ModelValue *m = checked_model_of(I, arg[0]);
    Span place = word_place(I, word, args, 1);
    if (!need_posterior(I, arg[0], "log_likelihood", word_place(I, word, args, 0)))
        return false;
    if (arg[1].kind != VALUE_RECORD && !checked_kind(arg[1], VALUE_RECORD))
        return no_record(I, arg[1], "log_likelihood", place);
    return checked_binding(I, m, arg[1], m && observes_once(m->model), place);
}

bool checked_word(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    *out = value_unknown();
    switch (word_data(word)) {
    case 0:
        *out = checked_posterior(I, arg[0], arg[2]);
        return checked_fit(I, word, arg, args);
    case 1:
        *out = checked_prediction(arg[0]);
        return checked_predict(I, word, arg, args);
    case 2:
        *out = checked_posterior(I, arg[0], value_none());
        return checked_prior(I, word, arg, args);
    case 5:
        if (arg[0].kind == VALUE_UNKNOWN) return true;
        return infer_call(I, word, arg, args, out);
    case 3:
    case 4:
    case 6: return infer_call(I, word, arg, args, out);
    case 18:
        if (checked_unknown(arg[0]) || checked_unknown(arg[1])) {
            *out = checked_like(VALUE_METHOD);
            return true;
        }
        return infer_call(I, word, arg, args, out);
    case 12: *out = scaled(I, arg[0]); return true;
    case 13: *out = halves(I, arg[0]); return true;
    case 9: return checked_likelihood(I, word, arg, args);
    case 15: return checked_attack(I, word, arg, args);
    case 16:
        *out = checked_like(VALUE_METHOD);
        known_options(arg, 0, 1);
        return checked_kind(arg[1], VALUE_METHOD) ||
               infer_call(I, word, arg, args, out);
    case 17:
        *out = arg[0];
        return need_posterior(I, arg[0], "defend", word_place(I, word, args, 0)) &&
               checked_defence(I, arg, word_place(I, word, args, 1));
    case 30: known_options(arg, 0, 5); return infer_call(I, word, arg, args, out);
    case 31:
    case 32:
        return need_posterior(I, arg[0], word_name(word), word_place(I, word, args, 0));
    case 14:
        if (arg[0].kind == VALUE_UNKNOWN || !I->handler) return true;
        return infer_call(I, word, arg, args, out);
    default: return true;
    }
}

void checked_upper(Upper *u)
{
    u->abstract_fits = checked_may_fit;
    u->abstract_word = checked_word;
    u->abstract_model = checked_model;
    u->abstract_definition = checked_definition;
}
