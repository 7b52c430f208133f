/* SPDX-License-Identifier: MIT
 * Inside infer: the sites of a model, a pass over its body, posteriors, predictions.
 */
#ifndef UNC_INFER_INFER_INT_H
#define UNC_INFER_INFER_INT_H

#include "infer.h"
#include "nuts.h"

/* SITE_STATE is no unknown, but lives beside them: `state` of a layer (state.c). */
typedef enum { SITE_PARAM, SITE_PRIOR, SITE_GUIDE, SITE_STATE } SiteKind;

/* An unknown of a model, or a parameter of a guide. Its number lives on the
 * unconstrained
 * ("free") scale; value = constrain(free). */
typedef struct Site {
    const char *path; /* "sigma", "f/0/W" */
    Name name;        /* its last part */
    SiteKind kind;
    Shape shape; /* of value */
    Shape free;  /* of its unconstrained numbers */
    Support support;
    bool bounded; /* between lo and hi: bounds.c has its change of variables */
    bool cut;     /* … which its type narrows: draws of its prior would lie outside */
    Tensor *lo, *hi; /* F64, both one number, or both shaped like value; kept */
    Span span;
    double keep;      /* 1 − p of the dropout in front of it (dropout_q), else 1 */
    bool local, tied; /* its type leads with the row axis; its rows hang together */
    bool function;  /* values of a random function, which a guide of functions draws */
    Tensor *start;  /* free scale; kept; NULL while from_data is not computed */
    bool from_data; /* its start is made of what the model is given (state.c) */
    int64_t offset; /* of its numbers among the random ones */
    Node *input;    /* of a pass that discovers, while its graph is there */
} Site;

typedef struct Sites {
    Site *at;
    uint32_t count, room;
} Sites;

void sites_free(Interp *I, Sites *s);
Site *site_find(const Sites *s, const char *path);
Site *site_add(Interp *I, Sites *s, const char *path, SiteKind kind, Support support,
               const Shape *shape, Span span);
Node *site_constrain(Graph *g, const Site *s, Node *free);
/* log |det d value / d free|, to be summed: by element, or by vector or matrix; NULL:
 * 0.
 */
Node *site_log_slope(Graph *g, const Site *s, Node *free);
int64_t site_count(const Site *s); /* of unconstrained numbers */
/* The free numbers of site s in w[.., dims], the vector of all random ones. */
Node *site_part(Graph *g, const Site *s, Node *w);
bool site_constrain_tensor(Interp *I, const Site *s, Tensor *free, Value *value);
bool site_free_tensor(Interp *I, const Site *s, Value value, Tensor **free);

/* The start, on the user's scale; NONE: where all free numbers are 0, which is 0, 1 for
 * what is positive, the middle between bounds, and what transform.c says. */
bool site_set_start(Interp *I, Site *s, Value start);

/* ---- numbers within bounds (bounds.c) ---- */
Node *bounds_constrain(Graph *g, const Site *s, Node *free);
Node *bounds_log_slope(Graph *g, const Site *s, Node *free);

/* ---- vectors and matrices of a support, support_rank(s) > 0 (transform.c) ---- */
Shape transform_free_shape(Support s, const Shape *shape);
int64_t transform_count(Support s, int64_t k); /* free numbers of one of size k */
Node *transform_constrain(Graph *g, Support s, const Shape *shape, Node *free);
/* Shaped like the axes in front. */
Node *transform_log_slope(Graph *g, Support s, const Shape *shape, Node *free);
/* The inverse, of one vector or matrix inside the support; work: k * k. */
void transform_free(Support s, const double *x, int64_t k, double *work, double *free);

/* FACTOR_FUNCTION: minus the divergence of a function's q from its prior. */
typedef enum { FACTOR_LIKELIHOOD, FACTOR_PRIOR, FACTOR_FUNCTION } FactorKind;
typedef struct Factor {
    FactorKind kind;
    uint32_t site;  /* of a prior */
    Instance *dist; /* pooled */
    Node *logp;     /* by element */
    Span span;
} Factor;

/* `prior f.params ~ dist`, waiting for the net's weights to be made. */
typedef struct Rule {
    Name net;
    int stage; /* −1: all */
    enum { RULE_PARAMS, RULE_WEIGHTS, RULE_BIASES } what;
    Instance *dist;
    Span span;
    bool used;
} Rule;

typedef enum { PASS_DISCOVER, PASS_FIT, PASS_PREDICT } PassKind;
enum { PASS_FACTORS = 4096, PASS_RULES = 32, PASS_OBSERVED = 8, PASS_GIVEN = 32 };

typedef struct Observed {
    Name name;
    Instance *dist; /* kept in the pass's pool */
    Shape shape;
    Span span;
    Value y; /* what was seen, in the pass over the fitted rows; else NONE */
} Observed;

/* "h/0/W" as a program would say it: "h[0].W". */
const char *site_label(Interp *I, const char *path);

/* One run over a model's body in a graph. */
typedef struct Pass {
    Handler handler; /* first: the interpreter's view */
    PassKind kind;
    ModelValue *model;
    Graph *graph;
    Sites *sites;
    Node **site_node; /* [sites->count] constrained; PASS_FIT, PASS_PREDICT */
    Node **site_free; /* [sites->count] of random sites of a posterior */
    bool want_logq;   /* posterior_sites: also log q of the draw */
    Value logq;
    Node **site_input;   /* inputs of sites, for posteriors; may be NULL */
    Node **site_next;    /* [sites->count] of a step: the next values of states */
    bool starting;       /* in this pass starts that are made of data are computed */
    Sites *guide_sites;  /* of the guide, while it runs */
    Node **guide_node;   /* [guide_sites->count]; NULL: they are being found */
    Instance *function;  /* the guide of functions (function.c), or NULL */
    struct Draws *draws; /* of a guide for one model, while it runs */
    uint64_t seed;       /* of initial values */
    Name row_name;
    int64_t rows;    /* rows of this pass (a batch's) */
    Node *row_index; /* [rows] global numbers of the rows; NULL: 0, 1, … */
    Node *key;       /* of all noise; NULL: none is allowed */
    Node *number;    /* of a draw of chains; NULL: one by chance */
    uint64_t noises;
    bool mean_masks, row_masks;
    double pending_keep;
    bool straight;             /* what is in front without a slope has the identity's */
    bool no_observed;          /* likelihoods are not scored */
    bool binds_only;           /* ends when the data is bound */
    int functions;             /* set: how many random functions it met */
    bool spanned;              /* set: a distribution spans the rows (condition.c) */
    bool sees;                 /* keeps what was seen of such ones, to condition on */
    const struct Pass *fitted; /* the pass over the fitted rows, or NULL */
    const struct Learned
        *learned; /* where learned numbers are inputs already; or NULL */
    Factor *factor;
    uint32_t factors, factor_room;
    Rule rule[PASS_RULES];
    int rules;
    Observed observed[PASS_OBSERVED];
    int observeds;
    Frame frame;
    Value data;            /* RECORD */
    const int64_t *chosen; /* [batch] the rows of the first step, where starting */
    const struct Augment
        *augment;  /* what is done to x, not in PASS_DISCOVER; NULL: nothing */
    Node *penalty; /* [rows] taken from the log likelihood by it, or NULL */
    /* inputs of the graph for data: name, node, storage */
    struct Given {
        Name name;
        Node *node;
        Tensor *tensor; /* of the node's type; pooled by the caller or kept */
        bool by_row;
    } given[PASS_GIVEN];
    int givens;
    int64_t batch; /* rows of a minibatch, or 0 */
    int64_t all_rows;
    Span data_span; /* of the data in the call; source 0: the call's */
    Record *reads;  /* outer names that the model read */
    Record *flows;  /* what stands behind each `flow` and `net` */
} Pass;

void pass_handler(Pass *p); /* before anything draws in the pass */
bool pass_run(Interp *I, Pass *p);
bool pass_factor(Interp *I, Pass *p, Factor f); /* keeps f.dist */
bool check_given(Interp *I, Pass *p, int given, Support wanted, Span span);
void pass_free(Interp *I, Pass *p);
/* Of a pass that discovered: whether slopes reach all that moves a likelihood; else the
 * error (reach.c). */
bool slopes_reach(Interp *I, const Pass *p);
bool is_step(const Node *n); /* floor, ceil, round, sign: slope 0 where there is one */

/* ---- what layers keep, and starts made of data (state.c) ---- */
/* Handler: `next NAME = e`. */
bool handle_next(Interp *I, Handler *h, const char *path, const Ast *s);
/* The start of a site whose `init` is made of what the model is given, in the pass that
 * computes starts. */
bool start_now(Interp *I, Pass *p, Site *s, const Ast *init);
/* The number that n is where the pass's data is what the plan of n needs. */
bool node_now(Interp *I, Pass *p, Node *n, Value *out);
/* The error of such a start where nothing is given; false. */
bool start_unknown(Interp *I, const Site *s);
/* The distribution that stands behind a `~`. */
bool pass_dist(Interp *I, const Ast *e, Instance **d);

/* ---- distributions whose event spans the rows (condition.c) ---- */
bool spans_rows(Interp *I, const Instance *d);
/* Notes that d does, if so; the error of a minibatch of it. */
bool refuses_batch(Interp *I, Pass *p, const Instance *d, Span span);
/* Keeps a likelihood's or a prior's distribution, and what was seen or NONE. */
void pass_saw(Pass *p, Name name, Instance *d, const Shape *shape, Span span, Value y);
/* *d given the fitted rows' values of `name`, where p has a pass over these. */
bool condition_on_fitted(Interp *I, Pass *p, Name name, Instance **d);

/* ---- guides `on x: real[N, D]`, of a function at x (function.c) ---- */
bool is_guide_of_functions(Value guide);
/* `NAME: type ~ d` where d is a random function at the rows: its values, drawn from q.
 */
bool function_prior(Interp *I, Pass *p, const Ast *s, Instance *d, const Shape *shape);
/* `likelihood NAME ~ d` of such: its factor; or, to predict, *d is what q says of y. */
bool function_likelihood(Interp *I, Pass *p, Name name, Instance **d, Value y);

/* ---- whether rows depend on a function at their own row alone (apart.c) ---- */
/* Some values of a function, as a constant: before the guide is known. */
Node *function_stand_in(Graph *g, const Shape *shape);
/* Of all densities of a pass over stand-ins; else tells which does not. */
bool functions_apart(Interp *I, Pass *p);

/* ---- declarations `NAME: type ~ dist` (prior.c) ---- */
typedef struct Prior {
    Instance *dist; /* pooled; open sizes taken from the type */
    Shape shape;
    Support support; /* the smaller of the type's and the distribution's */
} Prior;
bool prior_declared(Interp *I, const Ast *s, Instance *d, Prior *p);
/* Whether a type such as `simplex` has the sizes it needs; else the error. */
bool type_has_size(Interp *I, Support support, const Shape *shape, const Ast *type);
/* The shape of what is declared: the type's, which the distribution is repeated to
 * fill; *d with the sizes that it leaves open. */
bool declared_shape(Interp *I, const Ast *type, const Ast *expr, Instance **d,
                    const char *what, Span span, Shape *shape, Type *element);
/* Whether *d is repeated to fill the shape, with the sizes that it leaves open; else
 * the error. */
bool prior_fills(Interp *I, const Shape *shape, const char *what, Span span,
                 const Ast *expr, Instance **d);
/* Sets bounded, lo and hi where the distribution has bounds, within what the declared
 * type leaves of them (bounds.c). */
bool prior_bounds(Interp *I, Site *s, Instance *d);
/* The log density of a site's events, one number each; NULL: reported. */
Node *prior_by_event(Interp *I, Pass *p, uint32_t site, Instance *d, Node *logp);
/* A draw of an unknown from its prior; one without a prior stays at its start. */
bool prior_draw(Interp *I, const Site *s, const Shape *shape, Instance *d, Value *out);

/* ---- priors over weights (rules.c) ---- */
bool pass_add_rule(Interp *I, Pass *p, const Ast *prior);
/* The rule for the weight at path, or NULL; *other: a second one, which is an error. */
Rule *pass_rule(Interp *I, Pass *p, const char *path, const Shape *shape, Rule **other);
/* The error of a rule that no weight has met; false. */
bool pass_no_weights(Interp *I, const Pass *p, const Rule *r);

#include "checked.h" /* while a program is checked */

bool infer_call(Interp *I, int word, Value *arg, const Args *args, Value *out);

bool pass_bind_data(Interp *I, Pass *p);
bool observes_nothing(Interp *I, const Ast *model, Span span); /* the error; false */
/* Whether the data has every given of the model; else an error at `span`. */
bool givens_there(Interp *I, const Ast *model, Value data, Span span);
/* Whether what is observed lies where the distribution has density. */
bool observed_inside(Interp *I, Pass *p, Name name, Instance *d, Value y,
                     Span declared);
bool bind_observed(Interp *I, Pass *p, Name name, Span span, Type type, Support support,
                   const Shape *shape, Value *out);
Node *pass_noise(Interp *I, Pass *p, bool gauss, const Shape *shape, bool rows);
bool is_given(Interp *I, const Ast *param);

/* ---- data that does not fit (misfit.c); all answer false ---- */

/* Where a column stands in the call; the data, or the call itself, where that is not
 * seen. `declared` below is its declaration in the model. */
Span data_place(const Interp *I, const Pass *p, Name name);
bool data_missing(Interp *I, const Ast *model, Value data, Name name, const char *role,
                  Span span, Span declared);
/* Number i of t is not what is needed; `help` goes on after the row. */
bool data_wrong_number(Interp *I, const Pass *p, const Tensor *t, Name name, int64_t i,
                       const char *needed, Span declared, const char *help);
bool data_not_whole(Interp *I, const Pass *p, Value v, Name name, Span declared);
bool data_no_number(Interp *I, const Pass *p, Value v, Name name, Span declared);
bool data_wrong_shape(Interp *I, const Pass *p, const Shape *has, const Shape *want,
                      Name name, Span declared);
/* Whether the number is of the recording under way. */
bool data_recorded_here(Interp *I, const Pass *p, Value v, Name name);
bool data_no_rows(Interp *I, const Pass *p, Name name, Span declared);
/* The line that observes `name`, or the first, where it is 0; NULL: there is none. */
const Ast *model_likelihood(const Ast *model, Name name);

typedef enum {
    METHOD_MLE,
    METHOD_MAP,
    METHOD_VI,
    METHOD_LAPLACE,
    METHOD_DROPOUT,
    METHOD_DROPOUT_GUIDE,
    METHOD_PRIOR,
    METHOD_ENSEMBLE,
    METHOD_CHAINS,
    METHOD_STANDARDIZER,
    METHOD_SEARCH /* what an attack asks of its victim */
} MethodKind;

typedef struct Method {
    Object object;
    MethodKind kind;
    Value guide; /* INSTANCE; ENSEMBLE: the members' method; LAPLACE: RECORD, options */
    int64_t members;       /* ENSEMBLE */
    NutsOptions nuts;      /* CHAINS */
    Value mean, sd;        /* STANDARDIZER: records */
    struct Victim *victim; /* SEARCH */
} Method;
Value method_new(Interp *I, MethodKind kind, Value guide);

/* What is done to x in each step of a fit, or before a posterior answers: a function,
 * an attack, or several of them in turn (a list); how NONE: nothing. */
typedef struct Augment {
    Value how;
    Span span;
} Augment;

typedef struct Posterior {
    Object object;
    MethodKind method;
    ModelValue *model;
    Value data;
    Sites sites;
    Tensor **point;    /* [sites.count] free values; NULL for random sites */
    Value guide;       /* INSTANCE, for vi, and after laplace */
    Value function;    /* INSTANCE, a guide of functions, for vi; or NONE */
    Sites guide_sites; /* CHAINS: one, "draws" */
    Tensor **guide_point;
    int64_t dims; /* free numbers of the random sites */
    Record *reads, *flows;
    Tensor *loss;        /* [steps done] */
    Augment front;       /* of a defence */
    double noise_sd;     /* … that draws noise; certify needs it */
    int64_t noise_draws; /* draws of a prediction unless it says; 0: as ever */
    Pass *live; /* its unknowns are those of this pass, which is being recorded */
    struct Posterior **member; /* ENSEMBLE: what is learned is theirs */
    uint32_t members;
    bool single, stopped;
    enum { FIT_STEPS, FIT_CONVERGED, FIT_LEFT } end; /* LEFT: it says what is left */
    bool spanned;        /* new rows are conditioned on the fitted ones */
    int64_t steps, rows; /* CHAINS: draws of each */
    int64_t chains, divergences, deep, leapfrogs; /* those of the warm-up too */
    double evidence; /* LAPLACE: its estimate of log p(y), given what is a point */
    double fell;     /* by how much the loss fell at last; 0: it was at rest (left.c) */
    uint64_t seed;
} Posterior;

typedef struct Prediction {
    Object object;
    Posterior *post;
    Value data;
    int64_t draws;
    bool mean_masks, row_masks, fitted_rows;
    bool straight;  /* recorded: as of a pass */
    Span data_span; /* of the data in the call */
    int64_t rows;
    uint64_t seed;
    Name observed; /* whose fields these are; 0: the only one */
    Node
        *redraw; /* recorded: folded into the keys of the draws; NULL: they are fixed */
    const struct Learned *learned; /* recorded: as of a pass */
    double shift, scale;           /* restore: y = shift + scale * y */
    Record *cache;
} Prediction;

/* ---- graphs of a guide (guide.c) ---- */
/* Runs body(I, p, ctx) with the pass as handler, whose keys make what a guide draws,
 * and with what it declares as the guide's sites, at `place`. */
typedef bool GuideBody(Interp *I, Pass *p, void *ctx);
bool guide_within(Interp *I, Pass *p, const char *place, GuideBody *body, void *ctx);
/* Its declarations, in the frame f that is running. */
bool guide_declare(Interp *I, Instance *in, Frame *f);
/* Finds what the guide learns, as sites with their starts. */
bool guide_discover(Interp *I, Posterior *post, Tensor *start, uint64_t seed);
/* The same while a program is checked; p is a pass without a model. */
bool guide_try(Interp *I, Pass *p, Posterior *post);
/* A draw of all random unknowns from parameter nodes; also its log density, and the
 * marginal where it has one. Nothing where no unknown has a guide over w. */
typedef struct Guided {
    Value w;      /* [dims] on the free scale; NONE: they are in `value` */
    Node **value; /* by site, on the user's scale; its logq is on that scale too */
    Value logq;   /* only if asked for */
    Instance *marginal; /* or NULL */
} Guided;
bool guide_draw(Interp *I, Pass *p, const Posterior *post, Node **param, bool want_logq,
                Guided *out);
/* The unknown's node of such a draw; *free its free numbers, or NULL. */
Node *guided_site(Graph *g, const Guided *q, const Sites *sites, uint32_t site,
                  Node **free);
Instance *marginal_slice(Interp *I, Instance *marginal, int64_t from,
                         const Shape *shape, int64_t dims);

/* ---- guides that are written for one model (guide_model.c) ---- */
bool guide_is_of_model(const Instance *guide);
/* Whether m is the model that the guide is for; else the error at `span`. */
bool guide_model_same(Interp *I, const Instance *guide, const ModelValue *m, Span span);
/* The body, with the pass's handler for what it learns; sites are the model's. */
bool guide_of_model_run(Interp *I, Pass *p, ModelValue *m, Value data,
                        const Sites *sites, Instance *guide, bool want_logq,
                        Guided *out);

/* ---- fitting ---- */
/* Whether v may be given as `augment`. */
bool augment_check(Interp *I, Value v, Span span);
/* In a check: whether functions that change x keep the shape that m declares: E0516. */
bool augment_checked(Interp *I, ModelValue *m, Value how, Span span);
/* Changes x in the frame of a pass whose data is bound. */
bool augment_apply(Interp *I, Pass *p);

typedef struct FitOptions {
    Value model, data, method, optimizer, schedule;
    Instance *search; /* the optimizer, where it searches over whole data; or NULL */
    const char *by;   /* what takes slopes, not steps: that, or nuts; or NULL */
    Augment augment;
    int64_t steps, batch, draws;
    bool single, progress;
    uint64_t seed;
    Span span, data_span, method_span, batch_span;
} FitOptions;

bool fit_run(Interp *I, const FitOptions *o, Value *out);
/* Everything stands at its start; masks and noise are those of a step, by `what` of
 * their own. */
void pass_from_starts(Pass *p, Posterior *post, uint64_t what, uint64_t seed);
/* Runs the body over the rows of the first step, if a site's start is made of them. */
bool starts_from_data(Interp *I, const FitOptions *o, Posterior *post);
/* Takes the method's guide: of functions, or of the unknowns. */
bool function_split(Interp *I, Posterior *post, Value guide);
/* Runs the body over all rows to find what the guide learns for each function. */
bool function_discover(Interp *I, const FitOptions *o, Posterior *post);
bool ensemble_fit(Interp *I, const FitOptions *o, Value *out);
void ensemble_free(Interp *I, Posterior *post);
void ensemble_add(Interp *I, Posterior *post, Posterior *member);
Value ensemble_trace(Interp *I, const Posterior *post, double sign);

/* The graph of one training step and what it needs. */
typedef struct Trainable {
    Node *input, *next;
    Tensor *value; /* in the plan's type; updated in place */
    bool kept;     /* a layer's state: no slope, no optimizer */
} Trainable;
typedef struct Step {
    Graph *graph;
    Pass pass;
    Trainable *train; /* weights first, then optimiser state */
    uint32_t trains, train_room, weights;
    Node *t; /* number of the step, int */
    Node *loss, *check;
    Node **slope; /* [weights] of a search, outputs 2, 3, … of the plan */
    Plan *plan;
    Node **plan_input; /* inputs of the plan, by train; in single precision others */
    Node *plan_t;
    Graph *single;
    Node *plan_given[PASS_GIVEN], *plan_rows;
    Node *plan_out[2];
} Step;
bool step_build(Interp *I, const FitOptions *o, Posterior *post, Step *s);
bool step_optimizer(Interp *I, const FitOptions *o, Step *s, Node *const *slope);
/* Whether the optimizer has no formula of a step, but searches over whole data. */
bool optimizer_searches(Interp *I, Value optimizer, Span span, bool *yes);
/* ---- searches over whole data (whole.c) ---- */
/* Whether the loss of the step can be searched over; else the error. */
bool whole_fits(Interp *I, const FitOptions *o, const Posterior *post, const Step *s);
/* The error of what a search does not go with; false. */
bool whole_refuses(Interp *I, const char *by, Span span, const char *with,
                   const char *why);
bool whole_refuses_draws(Interp *I, const char *by, Span span);
void step_free(Interp *I, Step *s);
uint32_t step_train(Interp *I, Step *s, Node *input, Tensor *start);
/* Rows of a minibatch; 0: all rows in each step. */
static inline int64_t minibatch(const FitOptions *o, const Posterior *post)
{
    return o->batch < post->rows ? o->batch : 0;
}
/* order[n]: the rows in the order in which an epoch of a fit visits them. */
void epoch_order(int64_t *order, int64_t n, uint64_t seed, uint64_t epoch);

/* ---- defences (defend.c) ---- */
typedef struct Defence {
    Value with; /* a function of x */
    double sd;
    int64_t draws;
    Span span;
} Defence;
/* The same posterior with `with` in front of its model. */
Posterior *defend(Interp *I, const Posterior *from, const Defence *d);

/* ---- posteriors and predictions ---- */
Posterior *posterior_new(Interp *I, ModelValue *model, Value data, MethodKind method);
/* A pass over a posterior's model with data, still without graph and sites. */
Pass pass_over(Posterior *post, Value data, Span data_span);
/* Runs the body over the fitted rows in p's graph, where p's rows are to be conditioned
 * on them: p->fitted. The sites of p are placed. The caller frees `fitted`. */
bool pass_fitted(Interp *I, Posterior *post, Pass *p, Pass *fitted);
/* The first pass, in a graph of its own: finds the sites and their starts. The caller
 * frees the pass and p->graph. */
bool pass_discover(Interp *I, Pass *p);
bool posterior_field(Interp *I, Posterior *p, Name name, Span span, bool *found,
                     Value *out);
bool posterior_net(Interp *I, Net *net, const FlowCall *flow, Value x, Span span,
                   Value *out, Value *change);
bool posterior_summary(Interp *I, Posterior *p, Span span);
/* Site nodes of a posterior in p->graph: inputs for what is learned, draws of p->key.
 * With `constants`, the learned numbers are constants instead. */
bool posterior_sites(Interp *I, Posterior *post, Pass *p, bool constants);
/* What a posterior has learned, as inputs of a graph: each tensor has one. */
typedef struct Learned {
    Tensor **tensor; /* [count], kept */
    Node **node;     /* [count] */
    uint32_t count, room;
} Learned;
/* Takes up the tensors of a posterior and of its members, in a fixed order. */
void learned_add(Interp *I, Learned *l, const Posterior *post);
Node *learned_node(const Learned *l, const Tensor *t); /* NULL: none */
void learned_free(Interp *I, Learned *l);
/* n log importance ratios of draws from q (n a multiple of 20), and Pareto's k of their
 * tail (the ratios are spoilt). */
bool posterior_ratios(Interp *I, Posterior *post, int64_t n, double *ratio);
double pareto_khat(double *ratio, int64_t n);

Prediction *prediction_new(Interp *I, Posterior *post, Value data);
Prediction *prediction_copy(Interp *I, const Prediction *from);
bool data_recorded(Value data); /* whether a column is a node: in a recording */
/* Binds the data of a prediction to its model once, for what is wrong with it. */
bool prediction_binds(Interp *I, Prediction *p);
bool predict_new(Interp *I, Value post, Value data, int64_t draws, Text dropout,
                 Text masks, Value rows, uint64_t seed, Span span, Value *out);
bool prediction_field(Interp *I, Prediction *p, Name name, Span span, bool *found,
                      Value *out);
bool prediction_logpdf(Interp *I, Prediction *p, Value y, Span span, Value *out);
bool prediction_quantile(Interp *I, Prediction *p, Value q, Span span, Value *out);
bool prediction_samples(Interp *I, Prediction *p, int64_t least, Span span, Value *out);

/* What is to be done with each output over the draws. */
typedef enum { OVER_MEAN, OVER_MEAN_VAR, OVER_STACK, OVER_LOG_MEAN_EXP } Over;
enum { RUN_OUTS = 4 };
/* Records per-draw outputs in p's graph from the pass that ran over the body. */
typedef bool PredictBuild(Interp *I, Prediction *pred, Pass *p, void *ctx, Value *outs,
                          int *n);
/* result[k]: the mean, or [draws, …]; second[k]: the variance of OVER_MEAN_VAR. */
bool predict_run(Interp *I, Prediction *pred, PredictBuild *build, void *ctx,
                 const Over *over, Span span, Value *result, Value *second);

/* Whether what is observed is a class. */
bool prediction_classes(Interp *I, Prediction *p);
/* log of the probabilities of classes, averaged over draws, [..., K]; recorded. */
bool prediction_log_probs(Interp *I, Prediction *p, Span span, Value *out);

bool word_attack(Interp *I, int word, Value *arg, const Args *args, Value *out);
/* `at` and `place`: of y, of the two arguments. */
bool score_prediction(Interp *I, Prediction *p, Value y, Span at, Span span,
                      Value *out);
bool auroc_value(Interp *I, const Value *arg, const Span *place, Value *out);
/* E0408 at the first that is no class of 0 to k - 1. */
bool classes_known(Interp *I, const Tensor *y, const char *name, int64_t k, Span span);
/* E0408 at the first NaN of y, or infinity; nothing of what is recorded. */
bool numbers_known(Interp *I, Value y, const char *name, bool infinite, Span span);
bool log_likelihood(Interp *I, Value post, Value data, int64_t draws, uint64_t seed,
                    Span data_span, Span span, Value *out);

bool standardizer_new(Interp *I, Value data, Span span, Value *out);
bool standardizer_apply(Interp *I, Method *z, Value data, bool restore, Span span,
                        Value *out);
bool split_rows(Interp *I, Value data, double fraction, uint64_t seed, Span span,
                Value *out);

/* A method bound to its value: z.scale, p.quantile, … */
typedef enum {
    BOUND_SCALE,
    BOUND_RESTORE,
    BOUND_QUANTILE,
    BOUND_LOGPDF,
    BOUND_LOSS, /* of an attack's members */
    BOUND_LOGITS,
    BOUND_WRONG
} BoundKind;
Value bound_new(Interp *I, BoundKind what, Value self);
bool bound_call(Interp *I, Value v, const Args *args, Value *out);
/* What BOUND_LOSS and its like answer at x. */
bool victim_bound(Interp *I, struct Victim *v, BoundKind what, Value x, Value *out);

/* A number of any kind as a dense real tensor; false for what is no number. */
Tensor *real_tensor(Interp *I, Value v);

#endif
