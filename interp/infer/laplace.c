/* SPDX-License-Identifier: MIT
 * laplace(): the Normal at the mode of the log joint on the unconstrained scale, with
 * the log slopes of the change of variables (MacKay 1992; for networks Daxberger et al.
 * 2021, whose words its options are). The mode is found by the loop of any fit; the
 * precision is the Hessian there; what draws afterwards is a guide of the library.
 */
#include "laplace.h"
#include "warn.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A full Hessian of so many unknowns is 72 MB, and inverted in seconds. */
enum { FULL_MOST = 3000 };

/* Nats from the point found to the mode of the Normal there, above which W0014 is told:
 * about a third of a standard deviation. */
static const double NATS_LEFT = 0.05;

static const double LOG_TWO_PI = 1.8378770664093454836;

/* ---- the word ---- */

static bool is_name(Value v) { return v.kind == VALUE_STRING; }

static bool names_only(Value v)
{
    if (v.kind != VALUE_LIST) return is_name(v);
    const List *l = (const List *)v.object;
    for (uint32_t i = 0; i < l->count; i++)
        if (!is_name(l->item[i])) return false;
    return l->count > 0;
}

static Name option_name(Interp *I, bool subset)
{
    return name_str(&I->names, subset ? "subset_of_weights" : "hessian_structure");
}

bool word_laplace(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Text structure;
    Span place[2] = {word_place(I, word, args, 0), word_place(I, word, args, 1)};
    if (arg[0].kind == VALUE_NONE) arg[0] = value_cstr(I, "full");
    if (arg[1].kind == VALUE_NONE) arg[1] = value_cstr(I, "all");
    if (!arg_text(I, arg[0], place[0], "`hessian_structure`", &structure)) return false;
    if (!text_same(structure, text_of("full")) &&
        !text_same(structure, text_of("diag")))
        return fail(I, E0426, place[0], "`hessian_structure`", "\"full\" or \"diag\"");
    if (!names_only(arg[1]))
        return fail(I, E0437, place[1], "`subset_of_weights`",
                    "\"all\", \"last_layer\", or names of unknowns",
                    value_kind_text(arg[1]));
    Record *options = record_new(I);
    record_set(I, options, option_name(I, false), arg[0]);
    record_set(I, options, option_name(I, true), arg[1]);
    *out = method_new(I, METHOD_LAPLACE, value_object(options));
    return true;
}

static Value option(Interp *I, const FitOptions *o, bool subset)
{
    Value v = value_none();
    const Method *m = (const Method *)o->method.object;
    record_get((const Record *)m->guide.object, option_name(I, subset), &v);
    return v;
}

static bool says(Value v, const char *word)
{
    return is_name(v) && text_same(((String *)v.object)->text, text_of(word));
}

/* ---- which unknowns are random ---- */

/* "f" names f[0].W, as "f[0]" and "f[0].W" do. */
static bool is_part_of(const char *label, Text name)
{
    return strncmp(label, name.at, name.len) == 0 && strchr(".[", label[name.len]);
}

static bool no_subset(Interp *I, const FitOptions *o, const Posterior *post,
                      const char *what, const char *help)
{
    Diag *d = fail_diag(I, E0782, o->method_span,
                        name_cstr(&I->names, post->model->model->name), what);
    diag_help(&I->diags, d, "%s", help);
    return false;
}

static bool names_site(Interp *I, Value name, const Site *s)
{
    return s->kind == SITE_PRIOR &&
           is_part_of(site_label(I, s->path), ((String *)name.object)->text);
}

/* Those that none of the n names names are kept at the mode. */
static bool keep_others(Interp *I, const FitOptions *o, Posterior *post,
                        const Value *name, uint32_t n)
{
    Sites *sites = &post->sites;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t i = 0;
        while (i < sites->count && !names_site(I, name[k], &sites->at[i])) i++;
        if (i < sites->count) continue;
        Text t = ((String *)name[k].object)->text;
        char what[120];
        snprintf(what, sizeof what, "no unknown with a prior is called \"%.*s\"",
                 (int)t.len, t.at);
        return no_subset(I, o, post, what,
                         "say \"all\", \"last_layer\", or which unknowns that have a "
                         "prior: `subset_of_weights = [\"f[2]\", \"sigma\"]`");
    }
    for (uint32_t i = 0; i < sites->count; i++) {
        uint32_t k = 0;
        while (k < n && !names_site(I, name[k], &sites->at[i])) k++;
        if (k == n && sites->at[i].kind == SITE_PRIOR) sites->at[i].kind = SITE_PARAM;
    }
    return true;
}

/* The last stage that has weights of the model's one net whose weights have priors. */
static bool keep_all_but_last(Interp *I, const FitOptions *o, Posterior *post)
{
    Sites *sites = &post->sites;
    const char *net = NULL;
    size_t length = 0;
    int last = -1;
    for (uint32_t i = 0; i < sites->count; i++) {
        const Site *s = &sites->at[i];
        const char *slash = strchr(s->path, '/');
        if (!slash || s->kind != SITE_PRIOR) continue;
        size_t n = (size_t)(slash - s->path);
        if (net && (n != length || strncmp(net, s->path, n) != 0))
            return no_subset(I, o, post,
                             "\"last_layer\" is of one net, and there are several",
                             "name what is to be random, such as `subset_of_weights = "
                             "\"f[2]\"`");
        net = s->path;
        length = n;
    }
    for (uint32_t i = 0; net && i < sites->count; i++) {
        const Site *s = &sites->at[i];
        int stage;
        if (strncmp(s->path, net, length) == 0 && s->path[length] == '/' &&
            sscanf(s->path + length + 1, "%d", &stage) == 1 && stage > last)
            last = stage;
    }
    char name[100];
    snprintf(name, sizeof name, "%.*s[%d]", (int)length, net ? net : "", last);
    if (!net)
        return no_subset(
            I, o, post, "\"last_layer\" is of a net, and none has weights with a prior",
            "give them one: `prior f.params ~ Normal(0, 1)`");
    Value stage_name = value_cstr(I, name);
    return keep_others(I, o, post, &stage_name, 1);
}

static bool too_many(Interp *I, const FitOptions *o, const Posterior *post)
{
    Diag *d = fail_diag(I, E0781, o->method_span, (long long)post->dims, FULL_MOST);
    diag_help(&I->diags, d,
              "`laplace(hessian_structure = \"diag\")` keeps its diagonal alone, "
              "`laplace(subset_of_weights = \"last_layer\")` a net's last layer; the "
              "rest stays at the mode");
    return false;
}

static bool no_prior(Interp *I, const FitOptions *o)
{
    Diag *d = fail_diag(I, E0429, o->method_span, "`laplace()`");
    diag_help(&I->diags, d,
              "give its unknowns priors, such as `prior f.params ~ Normal(0, 1)` for a "
              "net, or take `mle()`");
    return false;
}

bool laplace_prepare(Interp *I, const FitOptions *o, Posterior *post)
{
    Value subset = option(I, o, true);
    const List *l = subset.kind == VALUE_LIST ? (List *)subset.object : NULL;
    bool all = says(subset, "all"), prior = false;
    for (uint32_t i = 0; i < post->sites.count; i++)
        prior = prior || post->sites.at[i].kind == SITE_PRIOR;
    if (!prior) return no_prior(I, o);
    if (says(subset, "last_layer")
            ? !keep_all_but_last(I, o, post)
            : !all && !keep_others(I, o, post, l ? l->item : &subset, l ? l->count : 1))
        return false;
    for (uint32_t i = 0; i < post->sites.count; i++) {
        Site *s = &post->sites.at[i];
        if (s->kind != SITE_PRIOR) continue;
        s->offset = post->dims;
        post->dims += site_count(s);
    }
    return post->dims <= FULL_MOST || says(option(I, o, false), "diag") ||
           too_many(I, o, post);
}

/* ---- what has no one log joint ---- */

static bool refuses(Interp *I, const FitOptions *o, const char *with, const char *why,
                    const char *help)
{
    Diag *d = fail_diag(I, E0581, o->method_span, "laplace()", with, why);
    diag_help(&I->diags, d, "%s", help);
    return false;
}

bool laplace_fits(Interp *I, const FitOptions *o, const Posterior *post, const Step *s)
{
    const char *method = "do without it, or take a method that draws, such as "
                         "vi(meanfield())";
    for (uint32_t i = 0; i < post->sites.count; i++)
        if (post->sites.at[i].kind == SITE_STATE)
            return refuses(I, o, "a layer that keeps a `state`",
                           "what is predicted is another function than was fitted",
                           method);
    if (o->augment.how.kind != VALUE_NONE)
        return refuses(I, o, "`augment`",
                       "the curvature is that of the data as it is, whose mode is "
                       "elsewhere",
                       "do without it");
    return !step_by_chance(I, s, s->loss) ||
           refuses(I, o, "noise in the model (dropout)",
                   "a log joint that is drawn has no mode", method);
}

/* ---- the Normal ---- */

/* Unknown number i of the random ones, as a program would say it: "w[3]". */
static const Site *unknown(Interp *I, const Posterior *post, int64_t i, char *at,
                           size_t size)
{
    const Site *s = NULL;
    for (uint32_t k = 0; k < post->sites.count; k++) {
        const Site *one = &post->sites.at[k];
        if (one->kind == SITE_PRIOR && i >= one->offset &&
            i < one->offset + site_count(one))
            s = one;
    }
    size_t n = (size_t)snprintf(at, size, "%s", site_label(I, s->path));
    if (!shape_same(&s->free, &s->shape)) return s; /* numbers of a simplex are one */
    int64_t element = i - s->offset, step = site_count(s);
    for (int d = 0; d < s->shape.rank && n < size; d++) {
        step /= s->shape.dim[d];
        n += (size_t)snprintf(at + n, size - n, "%s%lld%s", d ? ", " : "[",
                              (long long)(element / step),
                              d == s->shape.rank - 1 ? "]" : "");
        element %= step;
    }
    return s;
}

/* The error of a Hessian that is not positive definite: it names the unknown that goes
 * along most, and another if that goes along more than half as much. */
static bool unpeaked(Interp *I, const FitOptions *o, const Posterior *post,
                     const Unpeaked *u)
{
    int64_t first = 0, second = -1;
    char name[100], other[100], along[240];
    for (int64_t i = 1; i < post->dims; i++)
        if (fabs(u->along[i]) > fabs(u->along[first])) first = i;
    for (int64_t i = 0; i < post->dims; i++)
        if (i != first && fabs(u->along[i]) > 0.5 * fabs(u->along[first]) &&
            (second < 0 || fabs(u->along[i]) > fabs(u->along[second])))
            second = i;
    const Site *s = unknown(I, post, first, name, sizeof name);
    if (second >= 0) unknown(I, post, second, other, sizeof other);
    bool against = second >= 0 && u->along[first] * u->along[second] < 0;
    snprintf(along, sizeof along, second < 0 ? "`%s`" : "`%s` %s `%s`", name,
             against ? "against" : "together with", other);
    Diag *d = fail_diag(I, E0780, o->method_span,
                        name_cstr(&I->names, post->model->model->name),
                        u->rises ? "rises to both sides" : "is flat", along);
    diag_label(&I->diags, d, s->span, "%s", second < 0 ? "the unknown" : "one of them");
    diag_help(&I->diags, d, "%s",
              u->rises
                  ? "it is a saddle, or on the way to the mode: more `steps`, or of "
                    "a net another `seed` to start from; vi(meanfield()) needs no mode"
                  : "the data does not tell it: give it a prior that does, such as "
                    "Normal(0, 1), or leave one of the unknowns out");
    return false;
}

static Tensor *point_of(Interp *I, const Posterior *post)
{
    Shape shape = shape_of(1, &post->dims);
    Tensor *at = tensor_new(I->memory, TYPE_F64, &shape);
    value_pool(I, (Value){.kind = VALUE_TENSOR, .tensor = at});
    for (uint32_t i = 0; i < post->sites.count; i++) {
        const Site *s = &post->sites.at[i];
        if (s->kind == SITE_PRIOR)
            memcpy((double *)at->data + s->offset, post->point[i]->data,
                   (size_t)site_count(s) * sizeof(double));
    }
    return at;
}

/* The guide's numbers: where it begins is the mode, and its scale follows. */
static bool set_guide(Interp *I, const FitOptions *o, Posterior *post,
                      const Curvature *c)
{
    Value guide;
    if (!library_instance(I, DEF_GUIDE, c->diag ? "meanfield" : "laplace_q", 0,
                          o->method_span, &guide))
        return false;
    value_drop(I, post->guide);
    post->guide = value_keep(guide);
    if (!guide_discover(I, post, c->at, o->seed)) return false;
    Sites *sites = &post->guide_sites;
    Tensor **point = memory_take(I->memory, (sites->count + 1) * sizeof *point);
    post->guide_point = point;
    for (uint32_t i = 0; i < sites->count; i++)
        point[i] = tensor_cast(I->memory, sites->at[i].start, TYPE_F64);
    if (!c->diag) {
        tensor_drop(point[1]);
        point[1] = NULL;
        tensor_keep(c->factor);
        return site_free_tensor(I, &sites->at[1], value_tensor(I, c->factor),
                                &point[1]);
    }
    for (int64_t i = 0; i < c->dims; i++)
        ((double *)point[1]->data)[i] = log(((double *)c->factor->data)[i]);
    return true;
}

/* W0014, unless the search has said already that it was cut short. */
static void mode_left(Interp *I, const FitOptions *o, const Posterior *post,
                      const Curvature *c)
{
    double nats = 0.5 * c->distance * c->distance;
    if (!(nats > NATS_LEFT) || post->fell > 0 || I->recorder || in_library(I)) return;
    Diag *d =
        fail_diag(I, W0014, o->span, name_cstr(&I->names, post->model->model->name),
                  c->distance, nats);
    diag_help(&I->diags, d, "%s",
              o->search
                  ? "give it more `steps`"
                  : "give it more `steps`, or on whole data the search that finds "
                    "modes, `optimizer = lbfgs()`");
    fit_warns(I, d);
}

static bool normal_at_point(Interp *I, const FitOptions *o, Posterior *post)
{
    uint32_t count = I->diags.count, errors = I->diags.errors;
    Unpeaked u = {0};
    Curvature c = {.dims = post->dims,
                   .diag = says(option(I, o, false), "diag"),
                   .at = point_of(I, post)};
    if (!curvature_measure(I, o, post, &c)) return false;
    if (!curvature_invert(I, &c, &u)) return unpeaked(I, o, post, &u);
    post->evidence = c.log_joint + 0.5 * (double)c.dims * LOG_TWO_PI - c.half_logdet;
    if (!set_guide(I, o, post, &c)) return false;
    for (uint32_t i = 0; i < post->sites.count; i++) {
        if (post->sites.at[i].kind != SITE_PRIOR) continue;
        tensor_drop(post->point[i]);
        post->point[i] = NULL;
    }
    mode_left(I, o, post, &c);
    I->diags.count = count; /* a warning of a fit is no error of the program */
    I->diags.errors = errors;
    return true;
}

bool laplace_normal(Interp *I, const FitOptions *o, Posterior *post)
{
    uint32_t mark = pool_mark(I);
    bool ok = normal_at_point(I, o, post);
    pool_release(I, mark); /* the Hessian: the next member of an ensemble has its own */
    return ok;
}
