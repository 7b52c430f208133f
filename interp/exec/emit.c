/* SPDX-License-Identifier: MIT
 * From steps with places to steps that run: programs of fused steps (streams,
 * registers, loads), arguments of the other ops, and the fixups that plan_bind follows.
 */
#include "exec_int.h"

#include <string.h>

/* Bytes of first-level cache that a fused step may fill: three quarters of 32 KiB. */
enum { EMIT_CACHE = 24576, EMIT_TILE_LEAST = 128, EMIT_TILE_MOST = 1024 };
/* Longest repeating row that is laid out once a run. */
enum { EMIT_TURN_MOST = 4096 };

/* ---- pointers ---- */

/* Makes *where point into the value's storage, now or at each binding. */
static void point_at(Plan *p, void **where, const Value *v)
{
    const Value *base = &p->value[v->base];
    if (base->place == PLACE_SLAB) {
        size_t at = p->value[base->root].at + v->offset;
        *where =
            at ? p->slab + at : p->slab; /* NULL where all that is in it is empty */
    } else if (base->place == PLACE_CONSTANT) {
        *where = (char *)base->node->attr->data + v->offset;
    } else {
        External *e = &p->external[base->external];
        Fixup *f = arena_take(&p->arena, sizeof *f);
        *f = (Fixup){e->fixups, where, v->offset};
        e->fixups = f;
    }
}

/* ---- programs of fused steps ---- */

typedef enum {
    SLOT_STREAM, /* moves on with the tiles */
    SLOT_TOTAL,  /* one number, the result of a sum */
    SLOT_FILLED, /* a constant, laid out when the plan is made */
    SLOT_TILE,   /* a register: made by an op */
    SLOT_LOAD,   /* a register: laid out for each tile */
    SLOT_ONCE,   /* laid out for each run */
    SLOT_TURN    /* a row that repeats, laid out for each run */
} SlotKind;

/* What a slot holds, while the program is made. */
typedef struct Slot {
    SlotKind kind;
    uint32_t value; /* operand it stands for */
    Load load;
    size_t size;  /* of an element */
    int from, to; /* first and last op that use it */
    int at;       /* its number in the program */
    Load *kept;
} Slot;

typedef struct Program {
    Plan *plan;
    const Step *step;
    Slot *slot;
    int slots, room, turns;
    TileOp *op;
    int ops;
} Program;

static bool same_load(const Load *a, const Load *b)
{
    if (a->rank != b->rank || a->size != b->size) return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i] || a->stride[i] != b->stride[i]) return false;
    return true;
}

static int slot_add(Program *c, SlotKind kind, uint32_t value, size_t size)
{
    UNC_CHECK(c->plan->memory, c->slots < c->room);
    Slot *s = &c->slot[c->slots];
    memset(s, 0, sizeof *s);
    s->kind = kind;
    s->value = value;
    s->size = size;
    s->from = s->to = c->ops;
    return c->slots++;
}

static SlotKind load_kind(const Program *c, const Value *base, const Load *l)
{
    SlotKind even = base->place == PLACE_CONSTANT ? SLOT_FILLED : SLOT_ONCE;
    bool dense = l->rank == 1 && l->stride[0] == 1;
    if (l->rank == 0) return c->step->count == 1 ? SLOT_STREAM : even;
    if (dense) return SLOT_STREAM;
    if (l->rank == 1 && l->stride[0] == 0) return even;
    bool row = l->rank == 2 && l->stride[0] == 0 && l->stride[1] == 1;
    if (row && l->dim[1] <= EMIT_TURN_MOST && c->turns < TILE_TURNS) return SLOT_TURN;
    return SLOT_LOAD;
}

/* The slot through which y reads x. */
static int slot_of(Program *c, const Value *y, uint32_t x_id)
{
    Plan *p = c->plan;
    const Value *x = &p->value[x_id];
    const Value *base = &p->value[x->base];
    Load l;
    Buffer view = operand_view(y, x);
    load_init(&l, &view);
    bool plain = x->offset == 0 && x->count == base->count && y->count == x->count &&
                 (l.rank == 0 || (l.rank == 1 && l.stride[0] == 1));
    for (int i = 0; i < c->slots; i++) {
        Slot *s = &c->slot[i];
        const Value *v = &p->value[s->value];
        if (v->base != x->base) continue;
        bool made_here = s->value == x->base && plain &&
                         (s->kind == SLOT_TILE || s->kind == SLOT_STREAM);
        if (made_here ||
            (s->kind != SLOT_TILE && v->offset == x->offset && same_load(&s->load, &l)))
            return i;
    }
    SlotKind kind = load_kind(c, base, &l);
    if (kind == SLOT_TURN) c->turns++;
    int i = slot_add(c, kind, x_id, type_size(x->type));
    c->slot[i].load = l;
    return i;
}

static void op_add(Program *c, const TileOp *op)
{
    c->op[c->ops] = *op;
    for (int k = 0; k < op->n_in; k++) c->slot[op->x[k]].to = c->ops;
    c->slot[op->y].to = c->ops;
    c->ops++;
}

ElemKernel *value_kernel(const Node *n)
{
    if (n->op == &op_cast) return cast_kernel(n->in[0]->type, n->type);
    Elem e = (Elem)n->op->elem;
    if (e == ELEM_where) return elem_kernel(e, n->in[n->n_in - 1]->type);
    return elem_kernel(e, n->in[0]->type);
}

static int result_slot(Program *c, uint32_t id)
{
    const Value *v = &c->plan->value[id];
    int y = slot_add(c, v->place == PLACE_TILE ? SLOT_TILE : SLOT_STREAM, id,
                     type_size(v->type));
    load_init(&c->slot[y].load, &v->view);
    return y;
}

/* Adds the load of slot i, if it has one and has not had it. */
static void need_load(Program *c, int i)
{
    Slot *s = &c->slot[i];
    if (s->kind != SLOT_LOAD || s->kept) return;
    s->kept = arena_take(&c->plan->arena, sizeof *s->kept);
    *s->kept = s->load;
    TileOp o = {.load = s->kept, .y = (uint16_t)i};
    op_add(c, &o);
}

/* The slot of a member made before. */
static int made_slot(const Program *c, uint32_t base)
{
    int i = 0;
    while (c->slot[i].value != base || c->slot[i].kind > SLOT_TILE) i++;
    return i;
}

/* A copy of what must be laid out anyhow is laid out where it is due. */
static bool copy_by_load(Program *c, uint32_t id)
{
    Plan *p = c->plan;
    const Value *v = &p->value[id], *x = &p->value[v->in[0]];
    Load l;
    load_init(&l, &x->view);
    if (load_kind(c, &p->value[x->base], &l) != SLOT_LOAD) return false;
    TileOp o = {.load = arena_take(&p->arena, sizeof l)};
    *o.load = l;
    point_at(p, (void **)(void *)&o.load->data, x);
    o.y = (uint16_t)result_slot(c, id);
    op_add(c, &o);
    return true;
}

/* The slot of a plain value: made here before, or a stream. */
static int plain_slot(Program *c, uint32_t id)
{
    const Value *x = &c->plan->value[id];
    for (int i = 0; i < c->slots; i++) {
        const Slot *s = &c->slot[i];
        if (s->value == x->base && (s->kind == SLOT_TILE || s->kind == SLOT_STREAM))
            return i;
    }
    int i = slot_add(c, SLOT_STREAM, x->base, type_size(x->type));
    load_init(&c->slot[i].load, &c->plan->value[x->base].view);
    return i;
}

static void dots_op(Program *c, uint32_t id)
{
    Plan *p = c->plan;
    const Value *v = &p->value[id], *w = &p->value[v->in[1]];
    const Shape *a = &v->node->in[0]->shape;
    TileDots *dots = arena_take(&p->arena, sizeof *dots);
    dots->type = v->type;
    dots->k = a->dim[a->rank - 1];
    dots->block = w->count == dots->k ? v->count : a->dim[a->rank - 2];
    point_at(p, (void **)(void *)&dots->w, w);
    TileOp o = {.dots = dots, .n_in = 1};
    o.x[0] = (uint16_t)plain_slot(c, v->in[0]);
    o.y = (uint16_t)slot_add(c, SLOT_TOTAL, id, type_size(v->type));
    op_add(c, &o);
}

static void member_ops(Program *c, uint32_t id)
{
    Plan *p = c->plan;
    const Value *v = &p->value[id];
    if (v->kind == KIND_DOTS) {
        dots_op(c, id);
        return;
    }
    if (v->kind == KIND_SUM) {
        TileOp o = {.sum = arena_take(&p->arena, sizeof *o.sum), .n_in = 1};
        o.sum->type = v->type;
        o.x[0] = (uint16_t)made_slot(c, p->value[v->in[0]].base);
        o.y = (uint16_t)slot_add(c, SLOT_TOTAL, id, type_size(v->type));
        op_add(c, &o);
        return;
    }
    if (v->kind == KIND_COPY && copy_by_load(c, id)) return;
    bool copy = v->kind == KIND_COPY;
    TileOp o = {.n_in = (uint16_t)v->n_in};
    o.kernel = copy ? cast_kernel(v->type, v->type) : value_kernel(v->node);
    UNC_CHECK(p->memory, o.kernel && v->n_in <= TILE_INPUTS);
    for (int k = 0; k < v->n_in; k++) {
        int i = slot_of(c, v, v->in[k]);
        need_load(c, i);
        o.x[k] = (uint16_t)i;
    }
    o.y = (uint16_t)result_slot(c, id);
    op_add(c, &o);
}

/* ---- registers ---- */

static bool in_register(const Slot *s)
{
    return s->kind == SLOT_TILE || s->kind == SLOT_LOAD;
}

/* Numbers the slots: streams, then what is laid out once, then registers that are used
 * again when their content is dead. Returns how many numbers there are. */
static int number_slots(Program *c, int *streams, int *fixed)
{
    int n = 0, busy_until[TILE_SLOTS];
    for (int i = 0; i < c->slots; i++)
        if (c->slot[i].kind <= SLOT_FILLED) c->slot[i].at = n++;
    *streams = n;
    for (int i = 0; i < c->slots; i++)
        if (c->slot[i].kind == SLOT_ONCE || c->slot[i].kind == SLOT_TURN)
            c->slot[i].at = n++;
    *fixed = n;
    for (int i = 0; i < c->slots; i++) { /* in order of first use */
        Slot *s = &c->slot[i];
        if (!in_register(s)) continue;
        int k = *fixed;
        while (k < n && busy_until[k] >= s->from) k++;
        if (k == n) n++;
        busy_until[k] = s->to;
        s->at = k;
    }
    return n;
}

/* Elements of a tile: all slots fit the cache together. */
static int64_t tile_length(const Program *c, int numbers)
{
    size_t widest = 1;
    for (int i = 0; i < c->slots; i++)
        if (c->slot[i].size > widest) widest = c->slot[i].size;
    int64_t tile = (int64_t)(EMIT_CACHE / ((size_t)numbers * widest)) & ~(int64_t)63;
    if (tile < EMIT_TILE_LEAST) tile = EMIT_TILE_LEAST;
    if (tile > EMIT_TILE_MOST) tile = EMIT_TILE_MOST;
    return tile < c->step->count ? tile : c->step->count;
}

static size_t round64(size_t n) { return (n + 63) & ~(size_t)63; }

static int64_t once_length(const Slot *s, const Tiles *t)
{
    if (s->kind == SLOT_ONCE) return t->tile;
    int64_t n = s->load.dim[1] + t->tile;
    return n < t->count ? n : t->count;
}

/* Places what is laid out once: offsets from the start of the registers. */
static size_t emit_once(Program *c, Tiles *t)
{
    Plan *p = c->plan;
    size_t at = 0;
    for (int i = 0; i < c->slots; i++) {
        Slot *s = &c->slot[i];
        if (s->kind != SLOT_ONCE && s->kind != SLOT_TURN) continue;
        struct TileOnce *o = &t->once[t->n_once++];
        o->load = arena_take(&p->arena, sizeof *o->load);
        *o->load = s->load;
        point_at(p, (void **)(void *)&o->load->data, &p->value[s->value]);
        o->slot = s->at;
        o->n = once_length(s, t);
        t->base[s->at] = (char *)at;
        at += round64((size_t)o->n * s->size);
        if (s->kind == SLOT_TURN && t->count > t->tile)
            t->turn[t->n_turns++] =
                (Turn){s->at, (size_t)(t->tile % s->load.dim[1]) * s->size,
                       (size_t)s->load.dim[1] * s->size};
    }
    return at;
}

static char *filled(Plan *p, const Slot *s, int64_t n)
{
    const Value *v = &p->value[s->value];
    uint64_t bits = 0;
    memcpy(&bits, (char *)p->value[v->base].node->attr->data + v->offset, s->size);
    Filled *f = p->filled;
    while (f && (f->bits != bits || f->size != s->size || f->n < n)) f = f->next;
    if (f) return f->data;
    char *data = arena_take(&p->arena, (size_t)n * s->size + 64);
    data += -(uintptr_t)data & 63;
    f = arena_take(&p->arena, sizeof *f);
    *f = (Filled){p->filled, bits, s->size, n, data};
    p->filled = f;
    Load l = {.data = (char *)&bits, .size = s->size};
    if (n) tile_load(&l, 0, n, f->data);
    return f->data;
}

static void emit_slots(Program *c, Tiles *t, int fixed)
{
    Plan *p = c->plan;
    size_t at = emit_once(c, t), widest = 1;
    for (int i = 0; i < c->slots; i++)
        if (in_register(&c->slot[i]) && c->slot[i].size > widest)
            widest = c->slot[i].size;
    size_t room = round64((size_t)t->tile * widest);
    for (int k = fixed; k < t->n_slots; k++)
        t->base[k] = (char *)(at + (size_t)(k - fixed) * room);
    t->register_bytes = at + (size_t)(t->n_slots - fixed) * room;
    for (int i = 0; i < c->slots; i++) {
        Slot *s = &c->slot[i];
        if (s->kind == SLOT_STREAM) {
            t->move[s->at] = (size_t)t->tile * s->size;
            point_at(p, (void **)(void *)&t->base[s->at], &p->value[s->value]);
        } else if (s->kind == SLOT_TOTAL) {
            point_at(p, (void **)(void *)&t->base[s->at], &p->value[s->value]);
        } else if (s->kind == SLOT_FILLED) {
            t->base[s->at] = filled(p, s, t->tile);
        } else if (s->kind == SLOT_LOAD) {
            point_at(p, (void **)(void *)&s->kept->data, &p->value[s->value]);
        }
    }
}

static void emit_tiles(Program *c, Step *step)
{
    Plan *p = c->plan;
    c->step = step;
    c->slots = c->turns = c->ops = 0;
    c->op = arena_take(&p->arena, (size_t)(step->weight + 1) * sizeof *c->op);
    for (uint32_t m = step->first;; m = p->value[m].next) {
        member_ops(c, m);
        if (m == step->final) break;
    }
    Tiles *t = step->tiles = arena_take(&p->arena, sizeof *t);
    int streams, fixed;
    t->n_slots = number_slots(c, &streams, &fixed);
    t->first_register = streams;
    t->count = step->count;
    t->tile = tile_length(c, t->n_slots);
    t->op = c->op;
    t->n_ops = c->ops;
    t->base = arena_take(&p->arena, (size_t)t->n_slots * sizeof *t->base);
    t->move = arena_take(&p->arena, (size_t)t->n_slots * sizeof *t->move);
    size_t once = (size_t)(fixed - streams);
    t->once = arena_take(&p->arena, once * sizeof *t->once);
    t->turn = arena_take(&p->arena, once * sizeof *t->turn);
    emit_slots(c, t, fixed);
    for (int i = 0; i < t->n_ops; i++) {
        TileOp *o = &t->op[i];
        o->y = (uint16_t)c->slot[o->y].at;
        for (int k = 0; k < o->n_in; k++) o->x[k] = (uint16_t)c->slot[o->x[k]].at;
    }
}

/* The registers of all fused steps share one file, since steps run one after another.
 */
static void emit_registers(Plan *p)
{
    size_t most = 0;
    for (int i = 0; i < p->steps; i++) {
        const Tiles *t = p->step[i].tiles;
        if (t && t->register_bytes > most) most = t->register_bytes;
    }
    p->registers_bytes = most;
    if (most == 0) return;
    p->registers = slab_take(p->memory, most);
    for (int i = 0; i < p->steps; i++) {
        Tiles *t = p->step[i].tiles;
        if (!t) continue;
        for (int k = t->first_register; k < t->n_slots; k++)
            t->base[k] = p->registers + (size_t)t->base[k];
    }
}

/* ---- other steps ---- */

static void emit_run(Plan *p, Step *step)
{
    const Value *v = &p->value[step->first];
    Run *r = step->run = arena_take(&p->arena, sizeof *r);
    step->op = v->node->op;
    Buffer *in = arena_take(&p->arena, (size_t)(v->n_in + 1) * sizeof *in);
    for (int i = 0; i < v->n_in; i++) {
        const Value *x = &p->value[v->in[i]];
        in[i] = x->view;
        point_at(p, &in[i].data, x);
    }
    r->node = v->node;
    r->in = in;
    r->out = v->view;
    point_at(p, &r->out.data, v);
    if (step->scratch) r->scratch = p->slab + (step->scratch - 1);
}

static void emit_copies(Plan *p)
{
    for (int i = 0; i < p->n_updates; i++) {
        if (!p->next[i]) continue;
        Copy *c = &p->copy[p->copies++];
        const Value *next = &p->value[p->next[i]];
        const Value *current = &p->value[p->value_of[p->update[i].current->id]];
        if (current->kind == KIND_COPY) current = &p->value[current->in[0]];
        c->bytes = (size_t)next->count * type_size(next->type);
        point_at(p, &c->from, next);
        point_at(p, &c->to, current);
    }
}

void emit(Plan *p)
{
    p->slab = p->slab_bytes ? slab_take(p->memory, p->slab_bytes) : NULL;
    Program c = {.plan = p};
    for (int i = 0; i < p->steps; i++)
        if (p->step[i].weight > c.room) c.room = p->step[i].weight;
    c.slot = memory_take(p->memory, (size_t)c.room * sizeof *c.slot);
    for (int i = 0; i < p->steps; i++) {
        Step *step = &p->step[i];
        if (step->kind == STEP_RUN)
            emit_run(p, step);
        else
            emit_tiles(&c, step);
    }
    memory_give(p->memory, c.slot, (size_t)c.room * sizeof *c.slot);
    emit_registers(p);
    emit_copies(p);
}
