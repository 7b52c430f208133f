/* SPDX-License-Identifier: MIT
 * The check room through its door: what it reports with its place, all of it in one go,
 * what it lets pass, the symbol table, and no false report over the library, the
 * examples and the programs that the language was designed by.
 */
#include "../tap.h"
#include "base/limits.h"
#include "check/check.h"

#include <glob.h>
#include <stdlib.h>

/* The words of the language, and those of the design whose files are still to come. */
static const char *const words[] = {
#define SECTION(title)
#define WORD(name, signature, function, data, doc) #name,
#include "eval/intrinsic.def"
#undef WORD
    "pi",
    "e",
    "inf",
    "nan",
    "none",
    "args",
    "coupling",
    "flip",
    "scale",
    "autoregressive",
    "autoregressive_spline",
    "umnn",
    "conv",
    "unet",
    "adversarial",
    "pgd",
    "cw",
    "transfer",
    "HalfCauchy",
    "max_pool",
    "read_npy",
    "depth_scenes",
    "fgsm",
};

typedef struct Test {
    Memory memory;
    Arena arena;
    Names names;
    Diags diags;
    Source *source;
    Out out;
    bool *known; /* by name */
    Name room;
} Test;

static void *allocate(void *ud, void *ptr, size_t old_size, size_t new_size)
{
    (void)ud;
    (void)old_size;
    if (new_size) return realloc(ptr, new_size);
    free(ptr);
    return NULL;
}

static void know(Test *t, Name name)
{
    if (name >= t->room) {
        Name room = name + 1000;
        t->known = memory_grow(&t->memory, t->known, t->room * sizeof(bool),
                               room * sizeof(bool));
        t->room = room;
    }
    t->known[name] = true;
}

static bool known(void *ud, Name name)
{
    const Test *t = ud;
    return name < t->room && t->known[name];
}

static void each(void *ud, void (*found)(void *ctx, Text name), void *ctx)
{
    const Test *t = ud;
    for (Name i = 1; i < t->room; i++)
        if (t->known[i]) found(ctx, name_text(&t->names, i));
}

static Ast *read(Test *t, Text name, Text text)
{
    Ast *ast = NULL;
    diags_clear(&t->diags);
    t->out.len = 0;
    out_str(&t->out, "");
    t->source = source_new(&t->arena, 1, name, text);
    if (parse(&t->arena, &t->names, &t->diags, t->source, false, &ast) != PARSE_OK)
        return NULL;
    return ast;
}

/* Place, message, labels and help of every error, a line each, go to t->out. */
static void tell(Test *t)
{
    for (uint32_t i = 0; i < t->diags.count; i++) {
        const Diag *d = t->diags.list[i];
        uint32_t line, column;
        source_place(t->source, d->span.from, &line, &column);
        out_fmt(&t->out, "%s%u:%u %s %s", i ? "\n" : "", line, column,
                diag_code_name(d->code), d->message);
        for (int k = 0; k < d->labels; k++) {
            source_place(t->source, d->label[k].span.from, &line, &column);
            out_fmt(&t->out, " | %u:%u %s", line, column, d->label[k].text);
        }
        if (diag_advice(d)) out_fmt(&t->out, " = %s", diag_advice(d));
    }
}

static Check *check(Test *t, Text name, Text text)
{
    CheckScope root = {.ud = t, .text = text, .known = known, .each = each};
    Check *c = NULL;
    Ast *ast = read(t, name, text);
    if (ast) {
        bool right = check_unit(&t->arena, &t->names, &t->diags, ast, &root, &c);
        if (right != (t->diags.errors == 0)) out_str(&t->out, "(wrong answer) ");
    } else {
        out_str(&t->out, "(not parsed) ");
    }
    tell(t);
    return c;
}

/* The title is the first line of the text, or the text itself. */
static void gives(Test *t, const char *text, const char *want)
{
    char title[80] = "";
    size_t n = 0;
    for (const char *p = text; *p && n < 70; p++)
        title[n++] = *p == '\n' ? ' ' : *p == '#' ? '.' : *p;
    check(t, text_of("test"), text_of(text));
    is_str(t->out.at, want, title);
}

static void right(Test *t, const char *text) { gives(t, text, ""); }

/* ---- files ---- */

static char *slurp(Test *t, const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    size_t room = 1 << 20;
    char *text = arena_take(&t->arena, room);
    *len = fread(text, 1, room - 1, f);
    fclose(f);
    return text;
}

/* The names that a file of the library defines. */
static void learn(Test *t, const char *path)
{
    size_t len;
    char *text = slurp(t, path, &len);
    Ast *ast = text ? read(t, text_of(path), (Text){text, len}) : NULL;
    for (uint32_t i = 0; ast && i < ast->count; i++)
        if (ast->list[i]->kind == AST_DEF || ast->list[i]->kind == AST_FN_DEF ||
            ast->list[i]->kind == AST_MODEL)
            know(t, ast->list[i]->name);
}

static void no_false_report(Test *t, const char *path)
{
    size_t len;
    char *text = slurp(t, path, &len);
    if (!text || strstr(text, "expect-error: E00") || strstr(text, "expect-error: E01"))
        return; /* a program that is wrong on purpose */
    check(t, text_of(path), (Text){text, len});
    if (!ok(t->out.len == 0, "%s has no false report", path)) note("%s", t->out.at);
}

static void over(Test *t, const char *pattern, void (*f)(Test *, const char *),
                 bool needed)
{
    glob_t found;
    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) f(t, found.gl_pathv[i]);
        globfree(&found);
    } else if (needed) {
        ok(true, "%s # SKIP there are no such files here", pattern);
    }
}

/* ---- tests ---- */

static void unknown_names(Test *t)
{
    gives(t, "print(meen([1, 2]))",
          "1:7 E0101 unknown name `meen` = did you mean `mean`?");
    gives(t, "a = b\nc = q + 1",
          "1:5 E0101 unknown name `b`\n2:5 E0101 unknown name `q`");
    gives(t, "fn f(width) = widht + 1",
          "1:15 E0101 unknown name `widht` = did you mean `width`?");
    gives(t, "print(\"{undefined_thing:.3f}\")",
          "1:9 E0101 unknown name `undefined_thing`");
    gives(t, "x = 1\nr = {x, why = zzzz}\nr.x = x\nr.k.l[zzzzz:] = 1",
          "2:15 E0101 unknown name `zzzz`\n4:7 E0101 unknown name `zzzzz`");
    gives(t, "xxxxx[0] = 1", "1:1 E0101 unknown name `xxxxx`");
    gives(t, "if true { yyyyy } else { for i in 0..vvvvv { i } }",
          "1:11 E0101 unknown name `yyyyy`\n1:38 E0101 unknown name `vvvvv`");
    right(t, "x = mean([1, 2])\nx[0] = 2\nr = {a = 1}\nr.a = x\nkeys(r)");
    right(t, "fn f(n) = if n == 0 then 1 else n * f(n - 1)\nf(3)");
    right(t, "fn f(x: real[N, P]) -> real[N] { return x @ zeros(P) + N }");
    right(t, "fn f(x, k = x) = x + k + later\nlater = 1");
    right(t, "for i in 0..3 { if i > 0 { print(last) }; last = i }");
    right(t, "mean = mean([1, 2])\nprint(mean)");
    right(t, "import \"lib.unc\" as lib\nlib.f(2)\nfn(x) = x + 1");
    right(t, "a, b = split(zeros(4), 2)\na + b |> sum");
    right(t, "extern \"m\" { fn j(x: real) -> real derivative x ^ 2 }\nj(0.5)");
    right(t, "check \"f\" { f(1) == 2 }\nfn f(x) = x + 1");
}

static void early_names(Test *t)
{
    gives(t, "print(total)\ntotal = 3",
          "1:7 E0102 `total` is used before it is bound | 2:1 bound here = "
          "move the line that binds it above this one");
    gives(t, "x = x + 1",
          "1:5 E0102 `x` is used before it is bound | 1:1 bound here = give it a first "
          "value "
          "above this line");
    gives(t, "fn f() {\n  g = fn() = h()\n  h = fn() = 1\n  return g()\n}",
          "2:14 E0102 `h` is used before it is bound | 3:3 bound here = "
          "an inner "
          "function copies its locals when it is made");
    gives(t,
          "model m(x: real[N]) {\n  mu = a * x\n  prior a ~ Normal(0, 1)\n"
          "  likelihood y: real[N] ~ Normal(mu, 1)\n}",
          "2:8 E0102 `a` is used before it is bound | 3:9 bound here = "
          "move the "
          "line that binds it above this one");
    right(t, "fn f() {\n  a = a + 1\n  return a\n}\na = 1");
}

static void calls(Test *t)
{
    const char *f = "fn f(x, k = 2) = x * k\n";
    char text[200];
    static const char *const pairs[][2] = {
        {"f(1, 2, 3)",
         "2:9 E0313 `f` takes 2 arguments, and this is one more = it is f(x, k = 2)"},
        {"f(1, j = 3)", "2:6 E0314 `f` has no parameter `j` = it is f(x, k = 2)"},
        {"f(k = 3)", "2:1 E0315 `f` needs its argument `x` | 1:6 declared here = it is "
                     "f(x, k = 2)"},
        {"f(1, x = 3)",
         "2:6 E0316 the argument `x` is given twice = it is f(x, k = 2)"},
        {"1 |> f(2) |> f", ""},
        {"f = 3\nf(1, 2, 3)", ""},
        {"if true { fn f() = 1 }\nf(1, 2, 3)", ""},
        {"fn g(f) = f(1, 2, 3)", ""},
        {"f(1, k = 3)", ""},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        snprintf(text, sizeof text, "%s%s", f, pairs[i][0]);
        gives(t, text, pairs[i][1]);
    }
    gives(t,
          "model m(x: real[N], H = 1) { likelihood y ~ Normal(x, H) }\nm(K = 2)\nm(2)",
          "2:3 E0314 `m` has no parameter `K` = it is m(H = 1)\n"
          "3:3 E0402 the hyperparameters of `m` are given by name = "
          "write its name in front, as in `m(H = 50)`");
    gives(t, "layer twice(n: int) on x: real[..] { return n * x }\ntwice()",
          "2:1 E0315 `twice` needs its argument `n` | 1:13 declared here = it is "
          "twice(n: int)");
    right(t, "model m(x: real[N], H = 1) { likelihood y ~ Normal(x, H) }\nm(H = 2)");
}

static void models(Test *t)
{
    gives(t,
          "model m(x: real[N]) {\n  a = 1\n  prior a ~ Normal(0, 1)\n  x = a\n  N = 2\n"
          "  likelihood y ~ Normal(x, a)\n}",
          "3:9 E0237 `a` is computed, and cannot have a prior | 2:3 bound here = "
          "what is computed has no distribution of its own: take out one of the two "
          "lines\n"
          "4:3 E0103 in a model a name is bound once, but `x` is bound again | 1:9 "
          "bound here = "
          "give one of them another name\n"
          "5:3 E0103 in a model a name is bound once, but `N` is bound again | 1:17 "
          "the size of "
          "an axis = give one of them another name");
    gives(t,
          "model m(x: real[N]) {\n  param sd: positive\n  likelihood y ~ Normal(x, "
          "sd)\n}",
          "2:9 E0436 the name `sd` is taken by a field of posteriors or predictions = "
          "call it "
          "something else: `post.sd` would have two meanings");
    gives(t, "model m() { prior g.params ~ Normal(0, 1) }",
          "1:19 E0101 unknown name `g`");
    gives(t, "model m() { param w: real[Q] }",
          "1:27 E0238 `Q` is the size of nothing here = a size has its name from a "
          "type in the header, `x: real[N, Q]`, or is a number in it, `Q = 10`");
    right(t, "model m(x: real[N], H = 3, layers: layer) {\n  if H > 2 { k = 1 } else { "
             "k = 2 }\n"
             "  net f = dense(H) >> layers\n  prior f[0].weights ~ Normal(0, k)\n"
             "  for i in 0..2 { s = i }\n  for i in 0..2 { r = s }\n"
             "  likelihood y: real[N] ~ Normal(f(x), 1)\n}");
    right(t, "model walk(T = 10) {\n  prior z[0] ~ Normal(0, 1)\n"
             "  for t in 1..T { prior z[t] ~ Normal(z[t - 1], 1) }\n"
             "  likelihood y: real[T] ~ Normal(z, 1)\n}");
    right(t, "model ar(y: real[N]) {\n  param a: real\n"
             "  for t in 1..N { likelihood y[t] ~ Normal(a * y[t - 1], 1) }\n}");
    right(t, "model open() { prior z: real[N, 2] ~ Normal(0, 1)\n"
             "  likelihood y: real[N, K] ~ Normal(z @ zeros(2, K), 1) }");
    right(t, "model late(x: real[N]) { likelihood y: real[N] ~ Normal(x, noise) "
             "}\nnoise = 2");
}

static void definitions(Test *t)
{
    gives(t, "dist D(loc: real) on real { logpdf(x) = x - lcc\n  mean = loc }",
          "1:45 E0101 unknown name `lcc` = did you mean `loc`?");
    gives(
        t,
        "layer l(n: int) on x: real[.., D] {\n  param W: real[D, m]\n  return x @ W\n}",
        "2:20 E0238 `m` is the size of nothing here = a size has its name from a type "
        "in the header, `x: real[N, m]`, or is a number in it, `m = 10`");
    right(t, "dist D(p: simplex[K]) on int { sample(u) = u * K + mode\n  mode = spare\n"
             "  logpdf(x) = log(p[x])\n  spare = p\n  draw(v ~ Uniform(0, 1)) { w = "
             "v\n    return w } }");
    right(t,
          "flow s(init = 1) on z: real[.., D] {\n  param log_s: real[D] = log(init)\n"
          "  forward = z * exp(log_s) + C\n  inverse(x) = x * exp(-log_s)\n"
          "  logdet = sum(log_s) + sum(context) }");
    right(
        t,
        "optimizer o(rate = 0.1, m = 0.9) on w {\n  state v = 0\n  u = m * v + g / t\n"
        "  next v = u\n  step = w - rate * u }");
    right(t, "attack p(eps = 0.3, step = eps / 4) on x {\n  state best = x0\n"
             "  start(u ~ Uniform(-eps, eps)) = x0 + u\n  move = x + step * sign(g)\n"
             "  next best = where(wrong(x), x, best) + loss(x) + logits(x) + y + "
             "target + t\n"
             "  keep = clip(x, x0 - eps, x0 + eps) }");
    right(t, "fn near(H) = H\nfar = near(H = 3)\n"
             "guide tied() on far { param m: real\n  prior a ~ Normal(m, hidden) }");
    gives(
        t, "guide tied() on far { prior a ~ Normal(0, 1) }",
        "1:14 E0439 the guide `tied` must be `on w: real[D]`, `on x: real[N, D]` or on "
        "a model = a guide for one model names it: `guide tied(…) on MODEL`");
    gives(t,
          "model near_by(x: real[N]) { prior a ~ Normal(0, 1)\n  likelihood y ~ "
          "Normal(a, 1) }\n"
          "guide tied() on near_by { prior a ~ Normal(N, hidden + N) }",
          "3:47 E0101 unknown name `hidden`");
}

static void tables(Test *t)
{
    Check *c = check(
        t, text_of("test"),
        text_of("d = 3\nfn f(x: real[N], k = 2) = x * k + d\n"
                "model m(x: real[N, 1], H = 5) {\n  net h = dense(H)\n  mu = h(x)\n"
                "  likelihood y: real[N] ~ Normal(mu, d)\n}\nd = f(d)\n"));
    t->out.len = 0;
    check_print(&t->out, &t->names, t->source, c);
    is_str(t->out.at,
           "file\n  variable d 1:1, bound 2 times, 3 uses\n  function f 2:4, 1 use\n"
           "  model m 3:7, 0 uses\n"
           "function f 2:1\n  parameter x 2:6, 1 use\n  parameter k 2:18, 1 use\n"
           "  axis N 2:14, 0 uses\n"
           "model m 3:1\n  given x 3:9, 1 use\n  hyper H 3:24, 1 use\n  axis N 3:17, 1 "
           "use\n"
           "  net h 4:7, 1 use\n  deterministic mu 5:3, 1 use\n  likelihood y 6:14, 0 "
           "uses\n",
           "the symbol table");
}

static void limits(Test *t)
{
    Out text;
    out_init(&text, &t->memory);
    for (int i = 0; i < 3 * LIMIT_ERRORS; i++) out_fmt(&text, "missing_%d\n", i);
    check(t, text_of("test"), (Text){text.at, text.len});
    ok(t->diags.count == LIMIT_ERRORS, "no more than %d errors are told", LIMIT_ERRORS);
    text.len = 0;
    out_str(&text, "x = 1\ny = x");
    for (int i = 0; i < 900; i++) out_str(&text, " + x");
    check(t, text_of("test"), (Text){text.at, text.len});
    ok(t->out.len == 0, "a deep expression is walked through");
    out_free(&text);
    right(t, "");
}

int main(void)
{
    Test t = {.memory = {.alloc = allocate}};
    arena_init(&t.arena, &t.memory);
    names_init(&t.names, &t.memory);
    diags_init(&t.diags, &t.memory);
    out_init(&t.out, &t.memory);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        know(&t, name_str(&t.names, words[i]));
    over(&t, "stdlib/*/*.unc", learn, false);
    unknown_names(&t);
    early_names(&t);
    calls(&t);
    models(&t);
    definitions(&t);
    tables(&t);
    limits(&t);
    over(&t, "stdlib/*/*.unc", no_false_report, true);
    over(&t, "examples/*.unc", no_false_report, true);
    over(&t, "tests/lang/*.unc", no_false_report, false);
    over(&t, "tests/bench/*.unc", no_false_report, false);
    over(&t, "../shared/programs/*.unc", no_false_report, true);
    memory_give_all(&t.memory);
    return done_testing();
}
