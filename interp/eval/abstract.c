/* SPDX-License-Identifier: MIT
 * Abstract values and control flow: what is known of a value, joins, both arms of an
 * open choice, loops gone through once.
 */
#include "abstract.h"

#include "eval/words.h"

#include <string.h>

enum {
    TRIALS = 2,    /* loops in loops that are tried before they are told about */
    ARM_NAMES = 64 /* bound in one arm or loop; of more, nothing is known */
};

Value value_unknown(void) { return (Value){.kind = VALUE_UNKNOWN, .integer = 0}; }

static bool unknown(Value v) { return is_unknown(v); }

bool value_has_unknown(Value v) { return value_any(v, unknown); }

Value abstract_number(Interp *I, Type type, Support support, const Shape *shape)
{
    Node *n =
        graph_input(I->abstract->recorder.graph, type, support, shape, INPUT_OPEN);
    return n ? record_node(I, n, value_none()) : value_unknown();
}

Value size_value(Interp *I, int64_t n)
{
    if (!I->abstract || !size_is_form(n)) return value_int(n);
    return record_node(I, graph_size(I->abstract->recorder.graph, n), value_none());
}

bool value_size(Interp *I, Value v, int64_t *size)
{
    if (v.kind == VALUE_UNKNOWN) {
        *size = size_fresh(I->abstract->sizes);
        return true;
    }
    if (v.kind != VALUE_NODE) {
        Value whole = v;
        if (v.kind == VALUE_REAL) whole_number(I, v, &whole);
        *size = whole.kind == VALUE_INT ? whole.integer : 0;
        return whole.kind == VALUE_INT;
    }
    Node *n = ((Recorded *)v.object)->node;
    if (n->shape.rank || n->type == TYPE_BOOL) return false;
    if (!node_size(n, size)) *size = size_of_node(I->abstract->sizes, n->id);
    return true;
}

/* The size that element i of a vector is known to be: looked for through what joins and
 * cuts vectors. */
static bool element_size(const Node *v, int64_t i, int64_t *size)
{
    while (v->shape.rank == 1) {
        int k = 0;
        if (size_is_form(v->shape.dim[0]) || i < 0 || i >= v->shape.dim[0])
            return false;
        if (v->op == &op_constant && v->type == TYPE_I64) {
            *size = ((const int64_t *)v->attr->data)[i];
            return true;
        }
        if (v->op == &op_concat) {
            while (!size_is_form(v->in[k]->shape.dim[0]) && i >= v->in[k]->shape.dim[0])
                i -= v->in[k++]->shape.dim[0];
        } else if (v->op == &op_slice) {
            i = v->attr->from[0] + i * v->attr->step[0];
        } else if (v->op != &op_cast && v->op != &op_reshape) {
            return false;
        }
        v = v->in[k];
    }
    return node_size(v, size);
}

bool abstract_sizes(Interp *I, Value v, Span span, Shape *shape)
{
    const Node *vector = as_node(I, v);
    int64_t n = vector->shape.dim[0];
    if (size_is_form(n)) return vaguely(I);
    if (n > LIMIT_RANK) return fail(I, E0336, span, LIMIT_RANK);
    for (int64_t i = 0; i < n; i++)
        if (!element_size(vector, i, &shape->dim[i]))
            shape->dim[i] = size_fresh(I->abstract->sizes);
    shape->rank = (int)n;
    return true;
}

const char *size_text(Interp *I, int64_t n)
{
    char text[80];
    size_print(text, sizeof text, n);
    return name_cstr(&I->names, name_str(&I->names, text));
}

/* ---- choices ---- */

bool never_known(Interp *I, Value v)
{
    const Node *n = ((Recorded *)v.object)->node;
    const Graph *g = I->recorder->graph;
    char *seen = memory_take(I->memory, n->id + 1);
    bool found = false;
    seen[n->id] = 1;
    for (uint32_t i = n->id + 1; i-- > 0 && !found;) {
        const Node *at = g->node[i];
        if (!seen[i]) continue;
        for (int k = 0; k < at->n_in; k++) seen[at->in[k]->id] = 1;
        found = at->op == &op_input && at->user != INPUT_OPEN;
    }
    memory_give(I->memory, seen, n->id + 1);
    return found;
}

bool known_later(Interp *I, Value v)
{
    if (!I->abstract) return false;
    if (v.kind != VALUE_NODE) return v.kind == VALUE_UNKNOWN;
    return !I->handler || !never_known(I, v);
}

bool abstract_open(Interp *I, Value v)
{
    double x;
    if (!known_later(I, v) || v.kind != VALUE_NODE) return known_later(I, v);
    const Node *n = ((Recorded *)v.object)->node;
    return !n->shape.rank && n->type == TYPE_BOOL && !node_constant_value(n, &x);
}

/* ---- joins ---- */

static Support join_support(Support a, Support b)
{
    if (support_fits(a, b)) return b;
    if (support_fits(b, a)) return a;
    bool both =
        support_fits(a, SUPPORT_NONNEGATIVE) && support_fits(b, SUPPORT_NONNEGATIVE);
    return both ? SUPPORT_NONNEGATIVE : SUPPORT_ANY;
}

static Value join_numbers(Interp *I, Value a, Value b)
{
    Shape s, t;
    Node *x = as_node(I, a), *y = as_node(I, b);
    if (!x || !y || x->shape.rank != y->shape.rank ||
        (x->type == TYPE_BOOL) != (y->type == TYPE_BOOL))
        return value_unknown();
    s = x->shape;
    t = y->shape;
    for (int i = 0; i < s.rank; i++) {
        if (s.dim[i] != t.dim[i]) s.dim[i] = size_fresh(I->abstract->sizes);
        if (s.name[i] != t.name[i]) s.name[i] = 0;
    }
    Type type = x->type == y->type ? x->type : TYPE_F64;
    return abstract_number(I, type, join_support(x->support, y->support), &s);
}

static Value join_records(Interp *I, const Record *a, const Record *b)
{
    Record *r = record_new(I);
    if (a->count != b->count) return value_unknown();
    for (uint32_t i = 0; i < a->count; i++) {
        Value v;
        if (!record_get(b, a->name[i], &v)) return value_unknown();
        record_set(I, r, a->name[i], abstract_join(I, a->value[i], v));
    }
    return value_object(r);
}

static Value join_lists(Interp *I, const List *a, const List *b)
{
    List *l = list_new(I);
    if (a->count != b->count) return value_unknown();
    for (uint32_t i = 0; i < a->count; i++)
        list_push(I, l, abstract_join(I, a->item[i], b->item[i]));
    return value_object(l);
}

Value abstract_join(Interp *I, Value a, Value b)
{
    if (a.kind == VALUE_UNKNOWN || b.kind == VALUE_UNKNOWN)
        return a.kind == b.kind && a.integer == b.integer ? a : value_unknown();
    if (value_same(a, b)) return a;
    if (value_is_number(a) && value_is_number(b)) return join_numbers(I, a, b);
    if (a.kind == VALUE_RECORD && b.kind == VALUE_RECORD)
        return join_records(I, (Record *)a.object, (Record *)b.object);
    if (a.kind == VALUE_LIST && b.kind == VALUE_LIST)
        return join_lists(I, (List *)a.object, (List *)b.object);
    return value_unknown();
}

/* ---- what statements bind ---- */

typedef struct Bound {
    bool there;
    Value value; /* kept */
} Bound;

typedef struct Arm {
    int count;
    Name name[ARM_NAMES];
    Bound before[ARM_NAMES], after[ARM_NAMES];
} Arm;

static void add_name(Arm *a, Name name)
{
    for (int i = 0; i < a->count; i++)
        if (a->name[i] == name) return;
    if (name && a->count < ARM_NAMES) a->name[a->count++] = name;
}

static void add_target(Arm *a, const Ast *target)
{
    while (target->kind == AST_INDEX || target->kind == AST_DOT) target = target->a;
    if (target->kind == AST_NAME) add_name(a, target->name);
}

static void collect(Arm *a, const Ast *s)
{
    if (!s) return;
    switch ((int)s->kind) {
    case AST_BLOCK:
        for (uint32_t i = 0; i < s->count; i++) collect(a, s->list[i]);
        break;
    case AST_ASSIGN: add_target(a, s->a); break;
    case AST_UNPACK:
        for (uint32_t i = 0; i < s->count; i++) add_target(a, s->list[i]);
        break;
    case AST_FOR:
        add_name(a, s->name);
        collect(a, s->b);
        break;
    case AST_WHILE: collect(a, s->b); break;
    case AST_IF_STATEMENT:
        collect(a, s->b);
        collect(a, s->c);
        break;
    case AST_PRIOR:
    case AST_LIKELIHOOD:
        if (s->a->kind == AST_NAME) add_name(a, s->a->name);
        break;
    case AST_FN_DEF:
    case AST_MODEL:
    case AST_DEF:
    case AST_IMPORT:
    case AST_PARAM_DECL:
    case AST_STATE:
    case AST_NET:
    case AST_FLOW: add_name(a, s->name); break;
    default: break;
    }
}

static Bound bound_now(Interp *I, Name name)
{
    Bound b = {false, value_none()};
    b.there = I->frame->top ? module_get(I->frame->module, name, &b.value)
                            : frame_get(I->frame, name, &b.value);
    if (b.there) value_keep(b.value);
    return b;
}

static void bound_set(Interp *I, Name name, const Bound *b)
{
    if (b->there)
        bind(I, name, b->value);
    else if (!I->frame->top)
        frame_unset(I, I->frame, name);
    else
        module_unset(I, I->frame->module, name);
}

static void arm_read(Interp *I, Arm *a, Bound *to)
{
    for (int i = 0; i < a->count; i++) to[i] = bound_now(I, a->name[i]);
}

static void arm_write(Interp *I, const Arm *a, const Bound *from)
{
    for (int i = 0; i < a->count; i++) bound_set(I, a->name[i], &from[i]);
}

static void arm_drop(Interp *I, const Arm *a, Bound *b)
{
    for (int i = 0; i < a->count; i++)
        if (b[i].there) value_drop(I, b[i].value);
}

/* What is bound now, joined with `other`. */
static void arm_join(Interp *I, const Arm *a, const Bound *other)
{
    for (int i = 0; i < a->count; i++) {
        Bound now = bound_now(I, a->name[i]);
        if (now.there && other[i].there)
            bind(I, a->name[i], abstract_join(I, other[i].value, now.value));
        else if (other[i].there)
            bind(I, a->name[i], other[i].value);
        if (now.there) value_drop(I, now.value);
    }
}

void abstract_forget(Interp *I, const Ast *s)
{
    Arm *a = memory_take(I->memory, sizeof *a);
    collect(a, s);
    for (int i = 0; i < a->count; i++) bind(I, a->name[i], value_unknown());
    memory_give(I->memory, a, sizeof *a);
}

/* ---- results ---- */

void abstract_enter(Interp *I, Value *outer)
{
    *outer = I->abstract->maybe;
    I->abstract->maybe = value_none();
}

void abstract_leave(Interp *I, Value outer, Flow flow, Value *out)
{
    Value maybe = I->abstract->maybe;
    I->abstract->maybe = outer;
    if (maybe.kind == VALUE_NONE) return;
    value_pool(I, maybe);
    *out = flow == FLOW_RETURN ? abstract_join(I, maybe, *out) : maybe;
}

/* The arm that ran returned, though the function may go on. */
static void returned(Interp *I)
{
    Value r = value_pool(I, I->result), had = I->abstract->maybe;
    I->result = value_none();
    if (r.kind == VALUE_NONE) r = value_unknown();
    if (had.kind != VALUE_NONE) r = abstract_join(I, value_pool(I, had), r);
    I->abstract->maybe = value_keep(r);
}

/* ---- both arms ---- */

static Flow other_arm(Interp *I, const Ast *s)
{
    if (!s) return FLOW_ON;
    return s->kind == AST_BLOCK ? eval_block(I, s) : eval_statement(I, s);
}

Flow abstract_if(Interp *I, const Ast *s)
{
    Arm *a = memory_take(I->memory, sizeof *a);
    collect(a, s->b);
    collect(a, s->c);
    arm_read(I, a, a->before);
    Flow then = eval_block(I, s->b);
    if (then == FLOW_RETURN) returned(I);
    arm_read(I, a, a->after);
    arm_write(I, a, a->before);
    Flow other = other_arm(I, s->c);
    if (other == FLOW_RETURN && then != FLOW_RETURN) {
        returned(I);
        arm_write(I, a, a->after);
    } else if (then != FLOW_RETURN) {
        arm_join(I, a, a->after);
    }
    arm_drop(I, a, a->before);
    arm_drop(I, a, a->after);
    memory_give(I->memory, a, sizeof *a);
    if (then == FLOW_FAILED || other == FLOW_FAILED) return FLOW_FAILED;
    return then == FLOW_RETURN && other == FLOW_RETURN ? FLOW_RETURN : FLOW_ON;
}

/* ---- loops ---- */

static void one_round(Interp *I, const Ast *s, Value item)
{
    if (s->kind == AST_FOR) bind(I, s->name, item);
    if (eval_block(I, s->b) == FLOW_RETURN) returned(I);
}

Flow abstract_loop(Interp *I, const Ast *s, Value item)
{
    Arm *a = memory_take(I->memory, sizeof *a);
    collect(a, s->b);
    arm_read(I, a, a->before);
    if (I->abstract->silent < TRIALS) {
        Value maybe = value_keep(I->abstract->maybe);
        I->abstract->silent++;
        one_round(I, s, item);
        I->abstract->silent--;
        value_drop(I, I->abstract->maybe);
        I->abstract->maybe = maybe;
        arm_join(I, a, a->before);
    } else {
        for (int i = 0; i < a->count; i++)
            if (a->before[i].there) bind(I, a->name[i], value_unknown());
    }
    for (int i = 0; i < a->count; i++)
        if (!a->before[i].there) bound_set(I, a->name[i], &a->before[i]);
    one_round(I, s, item);
    arm_join(I, a, a->before);
    arm_drop(I, a, a->before);
    memory_give(I->memory, a, sizeof *a);
    return FLOW_ON;
}

/* ---- words and calls ---- */

static bool any_unknown(const Value *arg, int n)
{
    for (int i = 0; i < n; i++)
        if (value_has_unknown(arg[i])) return true;
    return false;
}

bool abstract_word(Interp *I, int word, Value *arg, const Args *args, bool *done,
                   Value *out)
{
    const char *name = word_name(word);
    const WordInfo *w = &I->words[word];
    *done = true;
    *out = value_none();
    if (strcmp(name, "print") == 0) {
        *done = I->handler != NULL;
        for (uint32_t i = 0; *done && i < word_rest(I, word, arg)->count; i++)
            if (word_rest(I, word, arg)->item[i].kind == VALUE_NODE)
                return fail(I, E0357, args->call);
        *done = true;
        return true;
    }
    if (word_is_reading(word)) {
        Shape s = shape_of(2, (int64_t[]){size_fresh(I->abstract->sizes),
                                          size_fresh(I->abstract->sizes)});
        bool table = strcmp(name, "read_table") == 0;
        *out = table ? abstract_number(I, TYPE_F64, SUPPORT_ANY, &s) : value_unknown();
        return true;
    }
    if (word_is_writing(word)) return true;
    if (strcmp(name, "time") == 0) {
        Shape s = shape_scalar();
        *out = abstract_number(I, TYPE_F64, SUPPORT_ANY, &s);
        return true;
    }
    if (strcmp(name, "assert") == 0) { /* it may stand where nobody comes */
        *done = !in_library(I) || arg[0].kind != VALUE_BOOL;
        return *done || !is_unknown(arg[1]) || arg[0].boolean || vaguely(I);
    }
    if (word_is_upper(word)) return I->upper->abstract_word(I, word, arg, args, out);
    if (any_unknown(arg, w->count + (w->rest ? 1 : 0))) {
        *out = value_unknown();
        return true;
    }
    *done = false;
    return true;
}

static int active(const Interp *I, const Closure *c)
{
    int n = 0;
    for (const Frame *f = I->frame; f; f = f->outer)
        n += f->closure && f->closure->fn == c->fn;
    return n;
}

bool abstract_call(Interp *I, Value f, const Args *args, bool *done, Value *out)
{
    *done = true;
    *out = value_unknown();
    ValueKind kind = value_known_kind(f);
    if (f.kind == VALUE_UNKNOWN &&
        (kind == VALUE_POSTERIOR || kind == VALUE_PREDICTION))
        return not_callable(I, f, args->call);
    if (f.kind == VALUE_UNKNOWN || f.kind == VALUE_BOUND) return true;
    if (f.kind == VALUE_FN && active(I, (Closure *)f.object) > 1) return true;
    if (f.kind == VALUE_CHAIN && value_has_unknown(f)) return true;
    if ((f.kind == VALUE_CHAIN || f.kind == VALUE_NET || f.kind == VALUE_INSTANCE) &&
        args->count == 1 && value_has_unknown(args->value[0]))
        return true;
    *done = false;
    return true;
}
