/* SPDX-License-Identifier: MIT
 * Inside infer: what an attack is given (prey.c), what it sees of its victim
 * (victim.c, views.c), the graphs of a search (search.c), the running of their plans
 * (hunt.c), the judging of what they find (judge.c), and the word (attack.c).
 * Everything is recorded for one row, and gets the axis of the rows by graph_batch
 * (rows.c).
 */
#ifndef UNC_INFER_SEARCH_INT_H
#define UNC_INFER_SEARCH_INT_H

#include "infer_int.h"

enum { ATTACK_ONS = 8, ATTACK_COLUMNS = 16, ATTACK_SEEN = 200, ATTACK_STATES = 24 };

/* What the words attack and evaluate were told. */
typedef struct AttackOptions {
    Value subject; /* a posterior, or a function from x to logits */
    Value data;    /* a record */
    Value method;  /* an attack */
    Value target, on, bounds, loss, success;
    double share; /* of several a row that must be fooled; 0: more than half */
    int64_t draws;
    int fresh;     /* 1: other draws at each step, 0: the same; −1: the same for the
                      least change, whose boundary then stays where it is */
    bool many;     /* the search takes as many draws as the judge */
    bool only_x;   /* of the record, nothing else is read */
    bool straight; /* round, floor, ceil, sign, and what is in front without a slope,
                      have the identity's (BPDA) */
    uint64_t seed;
    Span span, victim_span, data_span, target_span, on_span, bounds_span, method_span;
    Span loss_span; /* of `loss`, or of the method that has one */
    Span success_span;
} AttackOptions;

/* A column of the data: of one row, unless the model takes it whole. */
typedef struct Column {
    Name name;
    Tensor *all; /* [rows, …]; kept by the pool */
    Shape shape; /* of one row */
    bool attacked;
    double least, most; /* of its numbers, where it is attacked */
    int64_t from;       /* of its numbers in x, where several are attacked */
    Node *node;         /* one row; NULL for what is attacked */
} Column;

/* The data of an attack: which columns have rows, which are changed. */
typedef struct Prey {
    int64_t rows;
    Column column[ATTACK_COLUMNS];
    int columns, ons;
    Shape x_shape; /* of one row of what is changed */
    Name observed;
    Tensor *y, *target; /* [rows, …]; target NULL: any other answer will do */
    bool classes;
    double lo[ATTACK_ONS], hi[ATTACK_ONS]; /* by attacked column */
    bool boxed;
    const double *x0; /* [rows, n]: what is changed, side by side */
    uint64_t seed;
    int64_t *index; /* rows that are attacked, `count` of them */
    int64_t count;
} Prey;

/* E0437: what must be `due`, but is `has`; and what to do. */
bool attack_refuses(Interp *I, Span span, const char *what, const char *due,
                    const char *has, const char *help);
/* Of what stands where a method is due. */
bool attack_no_method(Interp *I, Span span, const char *has);

/* Reads and checks what the call gives; its numbers are kept by the pool. */
bool prey_read(Interp *I, const AttackOptions *o, Prey *p);
/* Whether what is true and what is wanted are classes of 0 to k − 1. */
bool prey_classes(Interp *I, const AttackOptions *o, const Prey *p, int64_t k);

/* An answer of the victim at one x. */
typedef struct Seen {
    Node *x, *at; /* at: x, or where the slope in x is taken */
    Value answer; /* a prediction, or logits [1, …] */
    Value logits; /* of the row; NONE: not asked for yet */
    bool counted; /* among the queries */
} Seen;

/* The victim while something is recorded about it. */
typedef struct Victim {
    Handler handler; /* first: whose noise the members and functions draw */
    const AttackOptions *o;
    const Prey *prey;
    Value subject;
    Value view;    /* a transformation in front, or NONE */
    int64_t views; /* over which the loss is averaged */
    int64_t draws;
    Node *y, *target; /* one row; target NULL: none */
    Node *column[ATTACK_COLUMNS];
    Node *x0;
    Node *key;              /* of this step and row */
    const Learned *learned; /* inputs of what the posterior has learned; or NULL */
    Node *redraw; /* folded into the keys of the draws; NULL: they are fixed */
    uint64_t noises;
    Node *aim;  /* a class that the loss heads for where no target is given; or NULL */
    Value loss; /* what the search wants to be large: a name or a function */
    Seen seen[ATTACK_SEEN];
    int seens;
    bool counting;
    int64_t queries;       /* at different x, while counting */
    struct Shared *shared; /* what is sought is one change for all rows; or NULL */
} Victim;

void victim_init(Victim *v, const AttackOptions *o, const Prey *prey, Value subject);
/* Forgets the answers; before another graph is begun, and at the end. */
void victim_forget(Interp *I, Victim *v);
/* Numbers of one row, recorded: logits [.., K] (means where there are no classes),
 * the loss, whether the attack has succeeded (a bool), the answer (class or mean), the
 * probability of that class. */
bool victim_logits(Interp *I, Victim *v, Value x, Value *out);
bool victim_loss(Interp *I, Victim *v, Value x, Value *out);
bool victim_wrong(Interp *I, Victim *v, Value x, Value *out);
bool victim_answer(Interp *I, Victim *v, Value x, Value *out);
bool victim_confidence(Interp *I, Victim *v, Value x, Value *out);
/* One of these questions, at x as it is. */
typedef bool VictimAsk(Interp *I, Victim *v, Value x, Value *out);
/* The mean of f over views of x (expectation over transformation, Athalye et al. 2018),
 * each with draws of its own, each a query; f itself where there is no view. Of a bool:
 * most (views.c). */
bool victim_through(Interp *I, Victim *v, VictimAsk *f, Value x, Value *out);
/* Whether the search goes on after a success, because more is better. */
bool victim_pushes(Interp *I, const Victim *v);

/* ---- graphs of one row, run over many (rows.c) ---- */
enum { ROW_SLOTS = 64, ROW_OUTS = 64 };

/* An input of a graph of one row. */
typedef struct Slot {
    Node *row;  /* as recorded */
    Node *wide; /* over the rows; of the graph that is planned */
    bool by_row;
} Slot;

typedef struct RowGraph {
    Graph *graph, *single;
    Recorder recorder;
    Slot slot[ROW_SLOTS];
    int slots;
    Learned learned; /* its tensors are bound to every plan */
    Tensor **cast;   /* [learned.count] what is bound where they are of another type */
    Node *out[ROW_OUTS]; /* of a row; after rows_finish over the rows */
    int outs;
    int64_t rows;
} RowGraph;

/* Begins a recording; what a posterior has learned is given to it as inputs. */
void rows_begin(Interp *I, RowGraph *r, Value subject);
Node *rows_slot(RowGraph *r, Type type, const Shape *shape, bool by_row);
/* Whether y depends on one of these nodes. */
bool rows_depend(Interp *I, const RowGraph *r, const Node *y, Node *const *on, int n);
/* y, shaped like x, with the identity's slope in x. */
Node *sloping_as_identity(Graph *g, Node *y, Node *x);
/* loss with round, floor, ceil and sign sloping as the identity does. */
bool straighten(Graph *g, Node **loss);
/* Ends the recording and maps everything over `rows` rows. */
bool rows_finish(Interp *I, RowGraph *r, int64_t rows, bool single);
void rows_free(Interp *I, RowGraph *r);
/* A plan of outs [from, from + n), with updates of slots by later outs; watch: every
 * node can be read after it ran. */
Plan *rows_plan(Interp *I, RowGraph *r, int from, int n, const PlanUpdate *update,
                int updates, bool watch);
/* What is learned, into a plan; rows_plan has done so. */
void rows_bind(const RowGraph *r, Plan *p);
/* Takes the tensors of another posterior of the same form in place of those bound so
 * far; false: their order is another. */
bool rows_learn(Interp *I, RowGraph *r, Value subject);
/* The place of a recorded slot. */
int rows_find(const RowGraph *r, const Node *row);

/* ---- a search, recorded (search.c) ---- */
typedef struct SearchState {
    Name name;
    Node *now;
    int start; /* place among the outs of the start */
} SearchState;

typedef struct Search {
    Victim victim;
    Instance *method;
    Value change;           /* one for all rows that was found before; or NONE */
    RowGraph graph, keeper; /* keeper: `keep` in double */
    SearchState state[ATTACK_STATES];
    int states;
    Node *x, *x0, *y, *target, *key, *t, *restart, *done;
    Node *frozen;                            /* truth of `done` in this step */
    Node *best_x, *best, *best_loss, *found; /* of the row; NULL: not tracked */
    bool slopes, pushes, starts, keeps, dones, inside;
    bool draws;              /* in a ball by slopes, of what is drawn anew */
    bool wholes;             /* members name all_x or all_y */
    bool apart;              /* it sees another network than the judge */
    int start_from, start_n; /* outs of the start: x, then states */
    int step_from, step_n;   /* outs of a step: loss, done, flat; then updates */
    int updates;
    Node *updated[ROW_OUTS]; /* slots, in the order of the updates */
    int64_t steps, restarts, start_queries, step_queries;
    double norm; /* which: 0, 1, 2 or inf */
} Search;

/* ---- what a definition tells the loop (traits.c) ---- */
/* Reads steps, rounds, restarts, norm and which members there are; refuses a method
 * that cannot search here. */
bool search_traits(Interp *I, Search *s);
/* Has the data what the method's member `needs` asks for? E0500. */
bool search_needs(Interp *I, Instance *method, const Prey *p);

/* Records the searching of `method` for a victim. */
bool search_record(Interp *I, Search *s, const AttackOptions *o, const Prey *prey,
                   Value subject, Instance *method, int64_t rows, bool single);
/* The same in the graph that is being recorded, for one row, without the axis of rows;
 * no row is frozen. The victim is set up by the caller. */
bool search_inside(Interp *I, Search *s, Graph *g, const Prey *prey, Instance *method);
/* The row x0 with `change` put onto it: what the members make of it in one step. */
bool search_put(Interp *I, Search *s, Node **x);
void search_free(Interp *I, Search *s);

/* Judges what was found: success, loss, answer and, of classes, confidence at x. */
typedef struct Judge {
    Victim victim;
    RowGraph graph;
    Node *x, *x0, *y, *target, *key;
    int64_t kinds; /* classes that it tells apart; 0: it was not asked for such */
} Judge;
bool judge_record(Interp *I, Judge *j, const AttackOptions *o, const Prey *prey,
                  Value loss, int64_t rows);

/* ---- running (hunt.c) ---- */
typedef struct Found {
    Tensor *all; /* the numbers of x */
    double *x;   /* [rows, n] */
    double *norm, *loss;
    bool *success, *any; /* any: something is there */
    bool *begun, *flat;  /* not done at once; at a slope of zero */
    bool *lost;          /* the search saw a success, the judge saw none */
    double *answer;      /* [rows, answer_n] */
    double *confidence;  /* [rows, answer_n], of classes */
    int64_t answer_n;
    int64_t *queries;
    double *trace; /* [steps] */
    int64_t steps;
    bool only_x; /* nobody reads what the judge says: not asked where it decides nothing
                  */
} Found;
/* What one thread needs: plans, and storage for the slots of each graph. */
typedef struct Lane {
    Plan *start, *step, *keep, *judge;
    Tensor *search[ROW_SLOTS], *keeper[ROW_SLOTS], *judged[ROW_SLOTS];
    Tensor *few;  /* [few, n]: rows of x as they are projected, in double */
    Tensor *x;    /* [chunk, n]: what the judge is to say of rows that have an x */
    Tensor *over; /* [chunk]: the row is done */
    Tensor *far;  /* [chunk]: the norm of what was found */
} Lane;
enum { LANES = 16 };
typedef struct Lanes {
    Lane lane[LANES];
    int count;
} Lanes;
/* Hunts the rows of prey->index and keeps what is better than what was found. Lanes are
 * made where there are too few; they serve the same search again. */
bool hunt(Interp *I, Search *s, Judge *j, Lanes *lanes, const Prey *prey, Found *found,
          Span span);
/* Makes the plans of a lane for chunks of rows, n numbers each (lanes.c); the first one
 * is shown by `unc dump`. */
bool lane_open(Interp *I, Lane *l, Search *s, Judge *judge, int64_t chunk, int64_t n,
               bool first);
size_t lanes_bytes(const Lanes *l);
void lanes_free(Lanes *l, const Search *s, const Judge *j);

/* Takes its arrays from the pool, for the rows of p and answers of that size. */
void found_open(Interp *I, Found *f, const Prey *p, int64_t answer_n);

/* ---- one change for all rows (shared.c) ---- */
typedef struct Shared Shared;
/* What stands around a search: set by the methods that hold others. */
typedef struct Around {
    Value subject, view, change;
    int64_t views;
    bool transfers; /* subject is not the victim */
} Around;
/* What the search of a change asks at it: the mean loss over rows, or whether most of
 * them are wrong. */
bool shared_ask(Interp *I, Victim *v, BoundKind what, Value change, Value *out);
/* Seeks, by `inner`, the change that `outer` puts onto the rows of p. */
bool shared_search(Interp *I, const AttackOptions *o, const Prey *p, Instance *outer,
                   Instance *inner, const Around *around, Found *found, Value *change);

/* ---- searches that are kept between calls (kept.c) ---- */
/* All that the graphs of a search depend on, beside what is bound to their plans. */
typedef struct Terms {
    AttackOptions o;
    Prey prey;
    Around around;
    Instance *method;
    Value loss;
    Record *whole; /* columns that the models take as they are */
    int64_t rows;
    Shape y;                       /* of a row */
    Type type[ATTACK_COLUMNS + 1]; /* of the columns; last: of y */
    bool targeted;
} Terms;
/* A search that was recorded, ready to be run. */
typedef struct Kept {
    struct Kept *next;
    Terms terms;
    bool stays; /* it holds what its terms point to */
    Search search;
    Judge judge;
    Lanes lanes;
} Kept;
/* Those of a call. */
void terms_of(Interp *I, Terms *t, const AttackOptions *o, const Prey *p,
              const Around *around, Instance *method, Value loss, int64_t rows);
/* Takes one of the same terms from the cache, its plans bound to what the posterior of
 * these has learned; or NULL. */
Kept *kept_take(Interp *I, const Terms *t);
/* Puts one that ran into the cache, or frees it, where it may not serve again. */
void kept_put(Interp *I, Kept *k);
void kept_free(Interp *I, Kept *k);

bool attack_run(Interp *I, const AttackOptions *o, Value *out);
/* v as an attack, called without arguments where it waits for them. */
bool attack_method(Interp *I, Value v, Span span, Instance **out);
/* The loss: as the call says, else as the method, else by what is observed. */
bool attack_loss(Interp *I, const AttackOptions *o, const Prey *p, Instance *in,
                 Value *out);

/* ---- while a program is checked ---- */
/* A pass over m, of which the declared types are known (checked.c). */
void checked_pass(Interp *I, Pass *p, Sites *sites, ModelValue *m);
/* Whether functions that change x, one or a list, keep its shape as m declares it:
 * E0516 (augment.c). */
bool augment_checked(Interp *I, ModelValue *m, Value how, Span span);

#endif
