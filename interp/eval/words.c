/* SPDX-License-Identifier: MIT
 * The table of words: rows of intrinsic.def, their signatures, and the one way
 * arguments come to them.
 */
#include "words.h"
#include "abstract.h"

#include <stdio.h>
#include <string.h>

static const struct WordRow {
    const char *name, *signature;
    Word *run;
    int data;
    const char *doc;
    int line; /* of intrinsic.def */
} rows[] = {
#define SECTION(title)
#define WORD(name, signature, run, data, doc)                                          \
    {#name, signature, run, data, doc, __LINE__},
#include "intrinsic.def"
#undef SECTION
#undef WORD
};

static const struct Section {
    const char *title;
    int line;
} sections[] = {
#define SECTION(title) {title, __LINE__},
#define WORD(name, signature, run, data, doc)
#include "intrinsic.def"
#undef SECTION
#undef WORD
};

enum { WORDS = sizeof rows / sizeof *rows };

int word_data(int word) { return rows[word].data; }

bool word_is_reading(int word)
{
    return rows[word].run == word_read || rows[word].run == word_read_array;
}

bool word_is_writing(int word)
{
    return rows[word].run == word_write || rows[word].run == word_write_array;
}

bool word_is_upper(int word) { return rows[word].run == word_upper; }

bool word_is_choosing(int word)
{
    int e = rows[word].data;
    return rows[word].run == word_elem &&
           (e == ELEM_where || e == ELEM_is_nan || e == ELEM_is_finite);
}

const char *word_name(int i) { return i >= 0 && i < WORDS ? rows[i].name : NULL; }

const char *word_signature(int i) { return rows[i].signature; }

const char *word_doc(int i) { return rows[i].doc; }

bool word_to_come(int i) { return rows[i].run == word_later; }

const char *word_topic(int i)
{
    const struct Section *s = sections;
    const struct Section *end = sections + sizeof sections / sizeof *sections;
    while (s + 1 < end && s[1].line < rows[i].line) s++;
    return word_to_come(i) ? NULL : s->title;
}

int word_find(const char *name)
{
    for (int i = 0; i < WORDS; i++)
        if (strcmp(rows[i].name, name) == 0) return i;
    return -1;
}

int word_find_name(Interp *I, Name name)
{
    return name < I->word_room ? I->word_of[name] - 1 : -1;
}

static void signature_read(Interp *I, const char *s, WordInfo *w)
{
    while (*s && w->count < WORD_ARGS) {
        while (*s == ' ' || *s == ',') s++;
        if (strncmp(s, "…", 3) == 0) {
            w->rest_at = w->count;
            w->rest = true;
            s += 3;
            continue;
        }
        const char *from = s;
        while (*s && *s != ',' && *s != ' ') s++;
        if (s == from) break;
        w->name[w->count] = name_of(&I->names, (Text){from, (size_t)(s - from)});
        while (*s == ' ') s++;
        w->required[w->count] = *s != '=';
        while (*s && *s != ',') s++;
        w->count++;
    }
}

void words_init(Interp *I)
{
    I->words = memory_take(I->memory, WORDS * sizeof *I->words);
    Name most = 0;
    for (int i = 0; i < WORDS; i++) {
        Name n = name_str(&I->names, rows[i].name);
        most = n > most ? n : most;
        signature_read(I, rows[i].signature, &I->words[i]);
    }
    I->word_room = most + 1;
    I->word_of = memory_take(I->memory, I->word_room * sizeof *I->word_of);
    for (int i = 0; i < WORDS; i++)
        I->word_of[name_str(&I->names, rows[i].name)] = i + 1;
}

Span word_place(const Interp *I, int word, const Args *args, int i)
{
    const WordInfo *w = &I->words[word];
    bool by_name = w->rest && i >= w->rest_at;
    return args_place(args, by_name ? -1 : i, w->name[i]);
}

static bool told_signature(Interp *I, int word, Diag *d)
{
    diag_help(&I->diags, d, "it is %s(%s)", rows[word].name, rows[word].signature);
    return false;
}

static bool unknown_argument(Interp *I, int word, Name name, Span span)
{
    span.to = span.from + (uint32_t)name_text(&I->names, name).len;
    bool attacks = strncmp(rows[word].signature, "victim, data, method", 20) == 0;
    const char *here = foreign_argument(name_cstr(&I->names, name), attacks);
    Diag *d = fail_diag(I, E0314, span, rows[word].name, name_cstr(&I->names, name));
    if (!here && strstr(rows[word].signature, "data = none"))
        here = "data come in one record: `{x = [1, 2]}`";
    if (!here) return told_signature(I, word, d);
    diag_help(&I->diags, d, "%s;\nit is %s(%s)", here, rows[word].name,
              rows[word].signature);
    return false;
}

static bool has_parameter(const Ast *def, Name name)
{
    for (uint32_t i = 0; i < def->count; i++)
        if (def->list[i]->name == name) return true;
    return false;
}

static bool lacks_one(const WordInfo *w, const Args *args)
{
    int required = 0;
    for (int i = 0; i < w->count; i++) required += w->required[i];
    return !w->rest && args->count < required;
}

/* No arguments, or one whose name the word does not know but a definition of the
 * library by the word's name does, as in square(eps = 0.1); or too few, and a flow of
 * the library takes them, as in permute([1, 0]). */
static bool library_instead(Interp *I, int word, const Args *args, bool *found,
                            Value *out)
{
    const WordInfo *w = &I->words[word];
    Value def;
    bool strange = args->count == 0 && w->count > 0 && w->required[0], placed = false;
    Name unknown = 0;
    *found = false;
    for (int k = 0; k < args->count; k++) {
        int i = 0;
        while (i < w->count && w->name[i] != args->name[k]) i++;
        placed = placed || args->name[k] == 0;
        if (args->name[k] && i == w->count && !unknown) unknown = args->name[k];
    }
    bool few = !strange && !unknown && placed && lacks_one(w, args);
    if (!strange && !unknown && !few) return true;
    if (!library_find(I, name_str(&I->names, rows[word].name), &def, found))
        return false;
    if (*found && few &&
        (def.kind != VALUE_DEF ||
         (DefKind)(((Def *)def.object)->def->flags & AST_LOW) != DEF_FLOW))
        *found = false;
    if (*found && placed && unknown &&
        !has_parameter(((Def *)def.object)->def, unknown))
        *found = false; /* what has values by place is meant for the word */
    return !*found || call_value(I, def, args, out);
}

/* To what a word has said of a value that it cannot take: what that may have been meant
 * for. */
static void advise_word(Interp *I, int word, const Value *arg, const Args *args,
                        Diag *d)
{
    if (d->help || (d->code != E0352 && d->code != E0303 && d->code != E0348)) return;
    for (int i = 0; i < I->words[word].count; i++) {
        Span place = word_place(I, word, args, i);
        bool other = d->span.from > args->call.from && place.from != d->span.from;
        if (other) continue; /* what was told is of another argument */
        if (arg[i].kind == VALUE_DEF) {
            help_signature(I, d, ((Def *)arg[i].object)->def);
            return;
        } else if (is_instance(arg[i], DEF_DIST)) {
            diag_help(&I->diags, d,
                      "a distribution is no number: `sample(d)` draws one, `mean(d)` "
                      "is its mean");
            return;
        } else if (arg[i].kind == VALUE_STRING && d->code != E0348) {
            diag_help(&I->diags, d,
                      "`number(text)` reads the number that a text names");
            return;
        }
    }
}

/* Argument k gives parameter i again. */
static bool given_twice(Interp *I, int word, const Args *args, int k, int i)
{
    const WordInfo *w = &I->words[word];
    const char *name = name_cstr(&I->names, w->name[i]);
    Diag *d = fail_diag(I, E0316, args->span[k], name);
    if (!w->rest && i < k && !args->name[i])
        diag_label(&I->diags, d, args->span[i], "this is `%s`, by its place", name);
    return told_signature(I, word, d);
}

/* Positional arguments fill the parameters in order; those after `…` only by name. */
bool word_call(Interp *I, int word, const Args *args, Value *out)
{
    const WordInfo *w = &I->words[word];
    Value arg[WORD_ARGS + 1];
    bool given[WORD_ARGS] = {0};
    List *rest = NULL;
    int next = 0;
    bool library;
    if (word_to_come(word)) return word_later(I, word, NULL, args, out);
    if (!library_instead(I, word, args, &library, out)) return false;
    if (library) return true;
    for (int i = 0; i <= WORD_ARGS; i++) arg[i] = value_none();
    if (w->rest) {
        rest = list_new(I);
        arg[w->count] = value_object(rest);
    }
    for (int k = 0; k < args->count; k++) {
        int i;
        if (args->name[k] == 0) {
            int last = w->rest ? w->rest_at : w->count;
            if (next >= last) {
                if (!rest)
                    return told_signature(I, word,
                                          fail_diag(I, E0313, args->span[k],
                                                    rows[word].name, w->count,
                                                    w->count == 1 ? "" : "s"));
                list_push(I, rest, args->value[k]);
                continue;
            }
            i = next++;
        } else {
            for (i = 0; i < w->count && w->name[i] != args->name[k]; i++) continue;
            if (i == w->count)
                return unknown_argument(I, word, args->name[k], args->span[k]);
        }
        if (given[i]) return given_twice(I, word, args, k, i);
        given[i] = true;
        arg[i] = args->value[k];
    }
    for (int i = 0; i < w->count; i++)
        if (w->required[i] && !given[i])
            return told_signature(I, word,
                                  fail_diag(I, E0315, args->call, rows[word].name,
                                            name_cstr(&I->names, w->name[i])));
    I->word_given = 0;
    for (int i = 0; i < w->count; i++)
        if (given[i]) I->word_given |= 1u << i;
    if (I->abstract) {
        bool done;
        if (!abstract_word(I, word, arg, args, &done, out)) return false;
        if (done) return true;
    }
    uint32_t told = I->diags.count;
    if (rows[word].run(I, word, arg, args, out)) return true;
    if (I->diags.count == told + 1)
        advise_word(I, word, arg, args, I->diags.list[told]);
    return false;
}

List *word_rest(Interp *I, int word, const Value *arg)
{
    return (List *)arg[I->words[word].count].object;
}

/* ---- arguments as plain things ---- */

bool arg_int(Interp *I, Value v, Span span, const char *what, int64_t *out)
{
    if (I->abstract && is_unknown(v)) return vaguely(I);
    if (v.kind == VALUE_NODE && !recorded_choice(I, v, span, what, &v)) return false;
    Value whole = v;
    if (v.kind == VALUE_REAL) whole_number(I, v, &whole);
    if (whole.kind != VALUE_INT) return fail(I, E0303, span, what, value_kind_text(v));
    *out = whole.integer;
    return true;
}

bool arg_real(Interp *I, Value v, Span span, const char *what, double *out)
{
    if (v.kind == VALUE_NODE && !recorded_choice(I, v, span, what, &v)) return false;
    if (!value_is_scalar(v)) return fail(I, E0348, span, what, value_kind_text(v));
    *out = value_as_real(v);
    return true;
}

bool arg_text(Interp *I, Value v, Span span, const char *what, Text *out)
{
    if (v.kind != VALUE_STRING) return fail(I, E0349, span, what, value_kind_text(v));
    *out = ((String *)v.object)->text;
    return true;
}

/* An axis from 0, or from the end; −1 … −rank comes out. */
bool arg_axis(Interp *I, Value v, int rank, Span span, int *axis)
{
    int64_t a = 0;
    if (!arg_int(I, v, span, "an axis", &a)) return false;
    if (a >= rank || a < -rank) return fail(I, E0350, span, (long long)a, rank);
    *axis = (int)(a >= 0 ? a - rank : a);
    return true;
}

bool arg_size(Interp *I, Value v, Span span, const char *what, int64_t *out)
{
    if (I->abstract && v.kind == VALUE_NODE) {
        Shape s;
        if (value_size(I, v, out)) return true;
        return value_shape(v, &s) && s.rank ? fail(I, E0303, span, what, "a tensor")
                                            : vaguely(I);
    }
    if (!arg_int(I, v, span, what, out)) return false;
    return *out < SIZE_FORM || fail(I, E0338, span);
}

/* Sizes: one vector, or ints one by one. */
bool arg_sizes(Interp *I, Value first, const List *rest, Span span, Shape *shape)
{
    *shape = shape_scalar();
    uint32_t n = 1 + (rest ? rest->count : 0);
    for (uint32_t i = 0; i < n; i++) {
        Value v = i == 0 ? first : rest->item[i - 1];
        Shape of;
        if (I->abstract && v.kind == VALUE_NODE && value_shape(v, &of) &&
            of.rank == 1 && n == 1)
            return abstract_sizes(I, v, span, shape);
        if (v.kind == VALUE_TENSOR && n == 1 && v.tensor->shape.rank == 1) {
            int64_t k = v.tensor->shape.dim[0];
            if (k > LIMIT_RANK) return fail(I, E0336, span, LIMIT_RANK);
            for (int64_t j = 0; j < k; j++)
                shape->dim[shape->rank++] = (int64_t)tensor_real_at(v.tensor, j);
        } else {
            if (shape->rank == LIMIT_RANK) return fail(I, E0336, span, LIMIT_RANK);
            if (!arg_size(I, v, span, "a size", &shape->dim[shape->rank++]))
                return false;
        }
    }
    return true;
}

bool sizes_ok(Interp *I, const Shape *s, Span span)
{
    int64_t count = 1;
    for (int i = 0; i < s->rank; i++) {
        if (I->abstract && size_is_form(s->dim[i])) continue;
        if (s->dim[i] < 0) return fail(I, E0351, span, (long long)s->dim[i]);
        if (s->dim[i] && count > LIMIT_ELEMENTS / s->dim[i])
            return fail(I, E0338, span);
        count *= s->dim[i];
    }
    return true;
}

bool word_upper(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    return I->upper->call(I, word, arg, args, out);
}

bool word_later(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    static const char *const what[] = {"Markov chains", "swag", "saving of posteriors",
                                       "this picture"};
    char text[80];
    (void)arg;
    (void)out;
    snprintf(text, sizeof text, "%s (`%s`)", what[word_data(word)], rows[word].name);
    return fail(I, E0701, args->call, text);
}
