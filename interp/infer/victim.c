/* SPDX-License-Identifier: MIT
 * What an attack sees of its victim, recorded for one row: logits, the loss that the
 * search wants to be large, and whether it has succeeded. A posterior answers by its
 * predictive distribution, the average over its draws; a function answers by logits.
 */
#include "fields.h"
#include "search_int.h"

#include <stdio.h>
#include <string.h>

static Value recorded(Interp *I, Node *n) { return record_node(I, n, value_none()); }

static bool good(Interp *I, Node *n)
{
    return n || graph_failed(I, I->span, I->recorder->graph->error);
}

/* ---- noise: a key for each step and row ---- */

static bool noise(Interp *I, Handler *h, bool gauss, const Shape *shape, Value *out)
{
    Victim *v = (Victim *)h;
    Graph *g = I->recorder->graph;
    Node *key = op2(g, ELEM_fold, v->key, graph_int(g, (int64_t)v->noises++));
    Attr attr = {.type = TYPE_F64, .shape = *shape};
    Node *n =
        key ? graph_node(g, gauss ? &op_random_gauss : &op_random_unit, &key, 1, &attr)
            : NULL;
    if (!good(I, n)) return false;
    *out = recorded(I, n);
    return true;
}

void victim_init(Victim *v, const AttackOptions *o, const Prey *prey, Value subject)
{
    memset(v, 0, sizeof *v);
    v->handler.noise = noise;
    v->o = o;
    v->prey = prey;
    v->subject = subject;
    v->view = value_none();
    v->loss = value_none();
    v->draws = o->draws;
    v->views = 1;
}

void victim_forget(Interp *I, Victim *v)
{
    for (int i = 0; i < v->seens; i++) {
        value_drop(I, v->seen[i].answer);
        value_drop(I, v->seen[i].logits);
    }
    v->seens = 0;
}

/* ---- one row as rows of one ---- */

static Node *as_rows(Graph *g, Node *n, const Shape *row)
{
    Shape s = shape_prepend(row, 1);
    return op_to_shape(g, n, &s);
}

static Node *first_row(Graph *g, Node *n)
{
    Shape s = n->shape;
    if (s.rank == 0 || s.dim[0] != 1) return n;
    s = shape_drop(&s, 0);
    return op_to_shape(g, n, &s);
}

/* The part of x that is column c, [1, …]. */
static Node *attacked_part(Graph *g, const Prey *p, const Column *c, Node *x)
{
    if (p->ons > 1)
        x = op_slice_axis(g, x, -1, c->from, c->from + shape_count(&c->shape), 1);
    return x ? as_rows(g, x, &c->shape) : NULL;
}

static bool row_data(Interp *I, Victim *v, Node *x, Value *out)
{
    const Prey *p = v->prey;
    Graph *g = I->recorder->graph;
    Record *whole = (Record *)v->o->data.object, *r = record_new(I);
    for (uint32_t i = 0; i < whole->count; i++)
        record_set(I, r, whole->name[i], whole->value[i]);
    for (int i = 0; i < p->columns; i++) {
        const Column *c = &p->column[i];
        Node *n = c->attacked ? attacked_part(g, p, c, x)
                              : as_rows(g, v->column[i], &c->shape);
        if (!good(I, n)) return false;
        record_set(I, r, c->name, recorded(I, n));
    }
    *out = value_object(r);
    return true;
}

/* E0315: a function is given what is attacked, nothing else of the data. */
static bool takes_attacked(Interp *I, const Victim *v, uint32_t given)
{
    if (v->subject.kind != VALUE_FN) return true;
    const Ast *fn = ((Closure *)v->subject.object)->fn;
    if (fn->count <= given || fn->list[given]->b) return true;
    Name own = ((Closure *)v->subject.object)->name;
    const char *name = name_cstr(&I->names, fn->list[given]->name);
    Diag *d = fail_diag(I, E0315, v->o->victim_span,
                        own ? name_cstr(&I->names, own) : "fn", name);
    diag_help(&I->diags, d,
              "it is given what is attacked alone: attack it too, `on = [\"%s\", "
              "\"%s\"]`, or fix it, `fn(x) = f(x, 0)`",
              name_cstr(&I->names, fn->list[0]->name), name);
    return false;
}

static bool ask_function(Interp *I, Victim *v, Node *x, Value *out)
{
    const Prey *p = v->prey;
    Value arg[ATTACK_ONS];
    int n = 0;
    for (int i = 0; i < p->columns; i++) {
        if (!p->column[i].attacked) continue;
        Node *part = attacked_part(I->recorder->graph, p, &p->column[i], x);
        if (!good(I, part)) return false;
        arg[n++] = recorded(I, part);
    }
    if (!takes_attacked(I, v, (uint32_t)n) ||
        !call_with(I, v->subject, arg, n, v->o->victim_span, out))
        return false;
    Shape s;
    bool logits = p->classes && v->o->success.kind == VALUE_NONE;
    if (value_is_number(*out) && value_shape(*out, &s) && s.dim[0] == 1 &&
        s.rank >= (logits ? 2 : 1) && !(logits && s.dim[s.rank - 1] == 1))
        return *out = recorded(I, as_node(I, *out)), true;
    Out o;
    out_init(&o, I->memory);
    value_type_print(I, &o, *out);
    fail(I, E0480, v->o->victim_span, o.at);
    out_free(&o);
    return false;
}

static bool ask_posterior(Interp *I, Victim *v, Node *x, Value *out)
{
    Value data;
    if (!row_data(I, v, x, &data) ||
        !predict_new(I, v->subject, data, v->draws, text_of("sample"),
                     text_of("shared"), value_none(), v->o->seed, v->o->data_span, out))
        return false;
    ((Prediction *)out->object)->redraw = v->redraw;
    ((Prediction *)out->object)->learned = v->learned;
    ((Prediction *)out->object)->straight = v->o->straight;
    return true;
}

/* A slope is of the same query as its point. */
static void count_point(Victim *v, Seen *s)
{
    bool counted = false;
    for (int i = 0; i < v->seens; i++)
        counted = counted || (v->seen[i].at == s->at && v->seen[i].counted);
    v->queries += !counted;
    s->counted = true;
}

/* The victim's answer at x; asked once for each x. */
static bool see(Interp *I, Victim *v, Value x, Seen **out)
{
    Node *n = as_node(I, x);
    Seen *s = NULL;
    for (int i = 0; i < v->seens && !s; i++)
        if (v->seen[i].x == n) s = &v->seen[i];
    if (!s) {
        if (!shape_same(&n->shape, &v->prey->x_shape)) {
            char has[SHAPE_TEXT], due[SHAPE_TEXT];
            return fail(I, E0481, I->span, shape_text(has, &I->names, &n->shape, false),
                        shape_text(due, &I->names, &v->prey->x_shape, false));
        }
        if (v->seens == ATTACK_SEEN) return fail(I, E0482, I->span, ATTACK_SEEN);
        Seen new = {n, record_stands_for(I, n), value_none(), value_none(), false};
        n = op_to_type(I->recorder->graph, n, TYPE_F64);
        if (!(v->subject.kind == VALUE_POSTERIOR ? ask_posterior
                                                 : ask_function)(I, v, n, &new.answer))
            return false;
        value_keep(new.answer);
        s = &v->seen[v->seens++];
        *s = new;
    }
    if (v->counting) count_point(v, s);
    *out = s;
    return true;
}

static bool logits_of(Interp *I, Victim *v, Seen *s, Value *out)
{
    *out = s->logits;
    if (out->kind != VALUE_NONE) return true;
    bool found;
    *out = s->answer;
    if (v->subject.kind == VALUE_POSTERIOR &&
        !(v->prey->classes
              ? prediction_log_probs(I, (Prediction *)s->answer.object, v->o->span, out)
              : prediction_field(I, (Prediction *)s->answer.object,
                                 name_str(&I->names, "mean"), v->o->span, &found, out)))
        return false;
    Node *n = first_row(I->recorder->graph, as_node(I, *out));
    if (!good(I, n)) return false;
    *out = recorded(I, n);
    s->logits = value_keep(*out);
    return true;
}

/* ---- the loss ---- */

static bool sum_of(Interp *I, const Victim *v, Value x, Value *out)
{
    Shape s;
    if (!value_is_number(x) || !value_shape(x, &s))
        return attack_refuses(I, v->o->loss_span, "the loss of an attack", "numbers",
                              value_kind_text(x),
                              "make large what fools: `-p.probs[0, 3]`");
    Graph *g = I->recorder->graph;
    Node *n = op_to_type(g, as_node(I, x), TYPE_F64);
    if (s.rank) n = op_reduce(g, &op_sum, n, 0, false);
    if (!good(I, n)) return false;
    *out = recorded(I, n);
    return true;
}

static bool negative(Interp *I, bool minus, Value *v)
{
    return !minus || apply_elem(I, ELEM_neg, I->span, v, v);
}

/* y, or the target where there is one, as rows of one. */
static bool wanted_row(Interp *I, const Victim *v, Value *out)
{
    Node *n = v->target ? v->target : v->y;
    n = as_rows(I->recorder->graph, n, &n->shape);
    if (!good(I, n)) return false;
    *out = recorded(I, n);
    return true;
}

static bool field_sum(Interp *I, const Victim *v, const Seen *s, const char *field,
                      Value *out)
{
    bool found;
    if (v->subject.kind != VALUE_POSTERIOR)
        return fail(I, E0483, v->o->loss_span, field);
    return prediction_field(I, (Prediction *)s->answer.object,
                            name_str(&I->names, field), v->o->span, &found, out) &&
           sum_of(I, v, *out, out);
}

static bool density(Interp *I, const Victim *v, const Seen *s, Value *out)
{
    Value y;
    if (v->subject.kind != VALUE_POSTERIOR)
        return fail(I, E0483, v->o->loss_span, "log density");
    return wanted_row(I, v, &y) &&
           prediction_logpdf(I, (Prediction *)s->answer.object, y, v->o->span, out) &&
           sum_of(I, v, *out, out) && negative(I, v->target == NULL, out);
}

/* E0484. */
static bool no_loss(Interp *I, const Victim *v, const char *name)
{
    Diag *d = fail_diag(I, E0484, v->o->loss_span, name);
    if (!v->prey->classes)
        diag_help(&I->diags, d,
                  "of numbers there are \"density\", \"distance\", \"doubt\", \"calm\" "
                  "and \"kl\", or "
                  "`loss = fn(p, y) = (p.mean - y) ^ 2`");
    return false;
}

/* A loss of the library, NAME_loss(logits, y); its negative at the target, unless there
 * is a NAME_target_loss(logits, y, target). */
static bool library_loss(Interp *I, Victim *v, Seen *s, const char *name, Value *out)
{
    char full[80];
    Value f, arg[3];
    bool found = false, own = false;
    if (!logits_of(I, v, s, &arg[0])) return false;
    arg[1] = recorded(I, v->y);
    Node *target = v->target ? v->target : v->aim;
    if (target) {
        arg[2] = recorded(I, target);
        snprintf(full, sizeof full, "%.40s_target_loss", name);
        if (!library_find(I, name_str(&I->names, full), &f, &own)) return false;
        if (!own) arg[1] = arg[2];
    }
    snprintf(full, sizeof full, "%.40s_loss", name);
    if (!own && !library_find(I, name_str(&I->names, full), &f, &found)) return false;
    if (!own && !found) return no_loss(I, v, name);
    return call_with(I, f, arg, own ? 3 : 2, v->o->span, out) &&
           sum_of(I, v, *out, out) && negative(I, target && !own, out);
}

/* The predictive mean and standard deviation of a row of numbers. */
static bool moments_of(Interp *I, Victim *v, Seen *s, Value *mean, Value *sd)
{
    bool found;
    if (!logits_of(I, v, s, mean) ||
        !prediction_field(I, (Prediction *)s->answer.object, name_str(&I->names, "sd"),
                          v->o->span, &found, sd))
        return false;
    Node *n = first_row(I->recorder->graph, as_node(I, *sd));
    if (!good(I, n)) return false;
    *sd = recorded(I, n);
    return true;
}

/* How far the answer is from that at x0: of classes the divergence of their
 * probabilities, of numbers that of Normals with their moments. */
static bool divergence(Interp *I, Victim *v, Seen *s, Value *out)
{
    Seen *start;
    Value f, arg[4];
    bool found, classes = v->prey->classes;
    if (!classes && v->subject.kind != VALUE_POSTERIOR)
        return fail(I, E0483, v->o->loss_span, "divergence");
    if (!see(I, v, recorded(I, v->x0), &start)) return false;
    if (classes ? !logits_of(I, v, s, &arg[0]) || !logits_of(I, v, start, &arg[1])
                : !moments_of(I, v, s, &arg[0], &arg[1]) ||
                      !moments_of(I, v, start, &arg[2], &arg[3]))
        return false;
    const char *name = classes ? "kl_of_answers" : "kl_of_moments";
    return library_find(I, name_str(&I->names, name), &f, &found) &&
           call_with(I, f, arg, classes ? 2 : 4, v->o->span, out) &&
           sum_of(I, v, *out, out);
}

static bool named_loss(Interp *I, Victim *v, Seen *s, const char *name, Value *out)
{
    if (strcmp(name, "density") == 0) return density(I, v, s, out);
    if (strcmp(name, "doubt") == 0) return field_sum(I, v, s, "epistemic", out);
    if (strcmp(name, "calm") == 0)
        return field_sum(I, v, s, "epistemic", out) && negative(I, true, out);
    return strcmp(name, "kl") == 0 ? divergence(I, v, s, out)
                                   : library_loss(I, v, s, name, out);
}

/* What a function of prediction and y gives: one number, or one for each that is
 * observed, of a row. E0788. */
static bool by_observed(Interp *I, const Victim *v, Value given, const char *what,
                        Span span)
{
    Shape s, y = shape_prepend(&v->y->shape, 1);
    if (!value_shape(given, &s) || shape_count(&s) == 1) return true;
    for (int i = 0; i < s.rank; i++) s.name[i] = 0;
    if (shape_same(&s, &y)) return true;
    char has[SHAPE_TEXT];
    return fail(I, E0788, span, what, shape_text(has, &I->names, &s, false));
}

static bool loss_at(Interp *I, Victim *v, Value x, Value *out)
{
    Seen *s;
    Value arg[2];
    if (!see(I, v, x, &s)) return false;
    if (v->loss.kind == VALUE_STRING)
        return named_loss(I, v, s, ((String *)v->loss.object)->text.at, out);
    arg[0] = s->answer;
    return wanted_row(I, v, &arg[1]) &&
           call_with(I, v->loss, arg, 2, v->o->loss_span, out) &&
           by_observed(I, v, *out, "loss", v->o->loss_span) && sum_of(I, v, *out, out);
}

/* ---- success ---- */

/* Of several a row the share that was asked for, or more than half of them. */
static Node *enough(Graph *g, const Victim *v, Node *yes)
{
    if (!yes || yes->shape.rank == 0) return yes;
    double n = (double)shape_count(&yes->shape), share = v->o->share;
    Node *sum = op_reduce(g, &op_sum, op_to_type(g, yes, TYPE_F64), 0, false);
    return share > 0 ? op2(g, ELEM_ge, sum, graph_real(g, share * n * (1 - 1e-12)))
                     : op2(g, ELEM_gt, sum, graph_real(g, 0.5 * n));
}

static bool own_success(Interp *I, Victim *v, const Seen *s, Value *out)
{
    Value arg[2] = {s->answer};
    Shape shape;
    if (!wanted_row(I, v, &arg[1]) ||
        !call_with(I, v->o->success, arg, 2, v->o->success_span, out))
        return false;
    bool number = value_is_number(*out) && value_shape(*out, &shape);
    if (!number || value_type(*out) != TYPE_BOOL)
        return attack_refuses(I, v->o->success_span, "the success of an attack",
                              "true or false",
                              number ? "a number" : value_kind_text(*out),
                              "compare: `fn(p, y) = p.class != y`");
    if (!by_observed(I, v, *out, "success", v->o->success_span)) return false;
    Graph *g = I->recorder->graph;
    Node *n = as_node(I, *out);
    if (n && shape.rank)
        n = op2(g, ELEM_gt, op_reduce(g, &op_min, op_to_type(g, n, TYPE_F64), 0, false),
                graph_real(g, 0.5));
    if (!good(I, n)) return false;
    *out = recorded(I, n);
    return true;
}

/* Are there as many classes in y as the logits tell? E0789. */
static bool classes_match(Interp *I, const Victim *v, const Node *logits)
{
    Shape s = shape_drop(&logits->shape, logits->shape.rank - 1), y = v->y->shape;
    char told[SHAPE_TEXT], has[SHAPE_TEXT];
    for (int i = 0; i < s.rank; i++) s.name[i] = 0;
    for (int i = 0; i < y.rank; i++) y.name[i] = 0;
    if (shape_same(&s, &y)) return true;
    const char *name = name_cstr(&I->names, v->prey->observed);
    Diag *d = fail_diag(I, E0789, v->o->data_span, name,
                        shape_text(has, &I->names, &y, false),
                        shape_text(told, &I->names, &logits->shape, false));
    if (shape_same(&y, &logits->shape)) diag_help(&I->diags, d, ONE_CLASS, name);
    return false;
}

/* Classes: another one than y, or the target. */
static bool class_success(Interp *I, Victim *v, Seen *s, Value *out)
{
    Value z;
    if (!logits_of(I, v, s, &z) || !classes_match(I, v, as_node(I, z))) return false;
    Graph *g = I->recorder->graph;
    Attr attr = {.axis = -1};
    Node *n = as_node(I, z), *class = graph_node(g, &op_argmax, &n, 1, &attr);
    Node *yes =
        v->target ? op2(g, ELEM_eq, class, v->target) : op2(g, ELEM_ne, class, v->y);
    yes = enough(g, v, yes);
    if (!good(I, yes)) return false;
    *out = recorded(I, yes);
    return true;
}

/* Numbers: the truth lies two predictive standard deviations off, or the target within
 * one. */
static bool number_success(Interp *I, Victim *v, Seen *s, Value *out)
{
    Value mean, sd;
    if (v->subject.kind != VALUE_POSTERIOR) return fail(I, E0485, v->o->span);
    if (!moments_of(I, v, s, &mean, &sd)) return false;
    Graph *g = I->recorder->graph;
    Node *scale = as_node(I, sd);
    Node *off = op1(g, ELEM_abs,
                    op2(g, ELEM_sub, as_node(I, mean), v->target ? v->target : v->y));
    Node *yes = v->target
                    ? op2(g, ELEM_lt, off, scale)
                    : op2(g, ELEM_gt, off, op2(g, ELEM_mul, graph_real(g, 2), scale));
    yes = enough(g, v, yes);
    if (!good(I, yes)) return false;
    *out = recorded(I, yes);
    return true;
}

/* Doubt raised (or lowered) over what it is at x0. */
static bool doubt_success(Interp *I, Victim *v, const Seen *s, bool calm, Value *out)
{
    Seen *start;
    Value here, there;
    if (!field_sum(I, v, s, "epistemic", &here) ||
        !see(I, v, recorded(I, v->x0), &start) ||
        !field_sum(I, v, start, "epistemic", &there))
        return false;
    Value side[2] = {calm ? there : here, calm ? here : there};
    return apply_elem(I, ELEM_gt, I->span, side, out);
}

static bool is_loss(const Victim *v, const char *name)
{
    return v->loss.kind == VALUE_STRING &&
           strcmp(((String *)v->loss.object)->text.at, name) == 0;
}

bool victim_pushes(Interp *I, const Victim *v)
{
    (void)I;
    return v->shared || !v->prey->classes || is_loss(v, "density") ||
           is_loss(v, "doubt") || is_loss(v, "calm") || is_loss(v, "confident");
}

static bool wrong_at(Interp *I, Victim *v, Value x, Value *out)
{
    Seen *s;
    if (!see(I, v, x, &s)) return false;
    if (v->o->success.kind != VALUE_NONE) return own_success(I, v, s, out);
    if (is_loss(v, "doubt") || is_loss(v, "calm"))
        return doubt_success(I, v, s, is_loss(v, "calm"), out);
    return (v->prey->classes ? class_success : number_success)(I, v, s, out);
}

/* ---- what members ask, through a transformation where there is one ---- */

static bool logits_at(Interp *I, Victim *v, Value x, Value *out)
{
    Seen *s;
    return see(I, v, x, &s) && logits_of(I, v, s, out);
}

static bool answer_at(Interp *I, Victim *v, Value x, Value *out)
{
    if (!logits_at(I, v, x, out)) return false;
    if (!v->prey->classes) return true;
    Attr attr = {.axis = -1};
    Node *n = as_node(I, *out);
    n = graph_node(I->recorder->graph, &op_argmax, &n, 1, &attr);
    if (!good(I, n)) return false;
    *out = recorded(I, n);
    return true;
}

/* The probability of the likeliest class: exp(max z) over the sum of exp(z). */
static bool confidence_at(Interp *I, Victim *v, Value x, Value *out)
{
    if (!logits_at(I, v, x, out)) return false;
    Graph *g = I->recorder->graph;
    Node *z = as_node(I, *out);
    Node *n = op_reduce(g, &op_max, z, -1, false);
    n = op1(g, ELEM_exp,
            op2(g, ELEM_sub, n, op_reduce(g, &op_logsumexp, z, -1, false)));
    if (!good(I, n)) return false;
    *out = recorded(I, n);
    return true;
}

/* Asked of one change for all rows; a query of each. */
static bool about_change(Interp *I, Victim *v, BoundKind what, Value x, Value *out)
{
    Node *n = as_node(I, x);
    Seen *s = NULL;
    for (int i = 0; i < v->seens && !s; i++)
        if (v->seen[i].x == n) s = &v->seen[i];
    if (!s && v->seens == ATTACK_SEEN) return fail(I, E0482, I->span, ATTACK_SEEN);
    if (!s) {
        s = &v->seen[v->seens++];
        *s = (Seen){n, record_stands_for(I, n), value_none(), value_none(), false};
    }
    if (v->counting) count_point(v, s);
    return shared_ask(I, v, what, x, out);
}

bool victim_logits(Interp *I, Victim *v, Value x, Value *out)
{
    return v->shared ? about_change(I, v, BOUND_LOGITS, x, out)
                     : victim_through(I, v, logits_at, x, out);
}

bool victim_loss(Interp *I, Victim *v, Value x, Value *out)
{
    return v->shared ? about_change(I, v, BOUND_LOSS, x, out)
                     : victim_through(I, v, loss_at, x, out);
}

bool victim_wrong(Interp *I, Victim *v, Value x, Value *out)
{
    return v->shared ? about_change(I, v, BOUND_WRONG, x, out)
                     : victim_through(I, v, wrong_at, x, out);
}

bool victim_answer(Interp *I, Victim *v, Value x, Value *out)
{
    if (!v->shared) return answer_at(I, v, x, out);
    *out = value_real(0); /* a change is no answer */
    return true;
}

bool victim_confidence(Interp *I, Victim *v, Value x, Value *out)
{
    if (!v->shared) return confidence_at(I, v, x, out);
    *out = value_real(0);
    return true;
}

bool victim_bound(Interp *I, Victim *v, BoundKind what, Value x, Value *out)
{
    if (!I->recorder || !value_is_number(x))
        return fail(I, E0326, I->span, value_kind_text(x));
    return what == BOUND_LOSS     ? victim_loss(I, v, x, out)
           : what == BOUND_LOGITS ? victim_logits(I, v, x, out)
                                  : victim_wrong(I, v, x, out);
}
