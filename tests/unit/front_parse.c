/* SPDX-License-Identifier: MIT
 * The front room through its door: what texts become, every message with its place,
 * texts that end too early, and texts that nobody would write.
 */
#include "../tap.h"
#include "base/limits.h"
#include "front/front.h"

#include <stdlib.h>

typedef struct Test {
    Memory memory;
    Arena arena;
    Names names;
    Diags diags;
    Source *source;
    Out out;
    ParseEnd end;
} Test;

static void *allocate(void *ud, void *ptr, size_t old_size, size_t new_size)
{
    (void)ud;
    (void)old_size;
    if (new_size) return realloc(ptr, new_size);
    free(ptr);
    return NULL;
}

static const char *end_name(ParseEnd end)
{
    return end == PARSE_OK ? "ok" : end == PARSE_WRONG ? "wrong" : "more";
}

/* The text that was parsed is the title, its newlines written \n and its length
 * bounded. */
static void is_text(Test *t, const char *got, const char *want, const char *text)
{
    Out title;
    out_init(&title, &t->memory);
    for (; *text && title.len < 60; text++) {
        if (*text == '\n')
            out_str(&title, "\\n");
        else if (*text != '#')
            out_char(&title, *text);
    }
    is_str(got, want, title.at);
    out_free(&title);
}

static SourceView view(void *ud, uint32_t number)
{
    const Test *t = ud;
    (void)number;
    return (SourceView){t->source->name, t->source->text};
}

/* Parses; out holds the syntax, then the messages. */
static Ast *read(Test *t, Text text, bool more)
{
    Ast *ast;
    diags_clear(&t->diags);
    t->out.len = 0;
    t->out.at[0] = 0;
    t->source = source_new(&t->arena, 1, text_of("t.unc"), text);
    t->end = parse(&t->arena, &t->names, &t->diags, t->source, more, &ast);
    return ast;
}

/* The one statement of a text, on one line, without the blanks of its layout. */
static void becomes(Test *t, const char *text, const char *want)
{
    Ast *ast = read(t, text_of(text), false);
    if (t->end == PARSE_OK && ast->count == 1)
        ast_print(&t->out, &t->names, ast->list[0]);
    char *to = t->out.at;
    for (const char *from = to; *from; from++) {
        bool blank = *from == ' ' || *from == '\n';
        if (blank && to > t->out.at && to[-1] == ' ') continue;
        *to++ = *from == '\n' ? ' ' : *from;
    }
    while (to > t->out.at && to[-1] == ' ') to--;
    *to = 0;
    is_text(t, t->out.at, want, text);
}

/* The codes and lines of all messages: "E0002:1 E0003:4". */
static void fails(Test *t, const char *text, const char *want)
{
    read(t, text_of(text), false);
    for (uint32_t i = 0; i < t->diags.count; i++) {
        uint32_t line, column;
        const Diag *d = t->diags.list[i];
        source_place(t->source, d->span.from, &line, &column);
        out_fmt(&t->out, "%s%s:%u", i ? " " : "", diag_code_name(d->code), line);
    }
    is_text(t, t->out.at, want, text);
}

static void shows(Test *t, const char *text, const char *want)
{
    read(t, text_of(text), false);
    for (uint32_t i = 0; i < t->diags.count; i++)
        diag_render(&t->out, t->diags.list[i], view, t, false);
    is_text(t, t->out.at, want, text);
}

static void helps(Test *t, const char *text, const char *want)
{
    read(t, text_of(text), false);
    const char *help =
        t->diags.count && t->diags.list[0]->help ? t->diags.list[0]->help : "";
    is_text(t, help, want, text);
}

static void ends(Test *t, const char *text, ParseEnd want)
{
    read(t, text_of(text), true);
    is_text(t, end_name(t->end), end_name(want), text);
}

static void expressions(Test *t)
{
    becomes(t, "2 ^ -x ^ 3",
            "(expression (binary ^ (int 2) (unary - (binary ^ (name x) (int 3)))))");
    becomes(t, "-x ^ 2", "(expression (unary - (binary ^ (name x) (int 2))))");
    becomes(t, "-a * b", "(expression (binary * (unary - (name a)) (name b)))");
    becomes(
        t, "not a == b and c",
        "(expression (binary and (unary not (binary == (name a) (name b))) (name c)))");
    becomes(t, "a + b * c @ d",
            "(expression (binary + (name a) (binary @ (binary * (name b) (name c)) "
            "(name d))))");
    becomes(t, "a in 0..n >> f",
            "(expression (binary in (name a) (binary .. (int 0) (binary >> (name n) "
            "(name f)))))");
    becomes(t, "x |> f(2) |> g",
            "(expression (call (name g) (arg (call (name f) (arg (name x)) (arg (int "
            "2))))))");
    becomes(t, "x\n  |> f\n  >> g",
            "(expression (call (binary >> (name f) (name g)) (arg (name x))))");
    becomes(t, "y = if a then 1 else {x}",
            "(assign y (name y) (if (name a) (int 1) (record (field x (name x)))))");
    becomes(t, "f = fn(x, k = 2) = x ^ k",
            "(assign f (name f) (fn body=(binary ^ (name x) (name k)) (parameter x) "
            "(parameter k default=(int 2))))");
    becomes(t, "map(fn(x) { return x }, y)",
            "(expression (call (name map) (arg (fn body=(block (return (name x))) "
            "(parameter "
            "x))) (arg (name y))))");
    becomes(t, "out[.., 0][:, -1][2:][:k]",
            "(expression (index (index (index (index (name out) (ellipsis) (int 0)) "
            "(slice) "
            "(unary - (int 1))) (slice from=(int 2))) (slice to=(name k))))");
    becomes(t, "f(\n  a,\n  on = 1,\n)",
            "(expression (call (name f) (arg (name a)) (arg on (int 1))))");
    becomes(t, "{a = 1, b,}",
            "(expression (record (field a (int 1)) (field b (name b))))");
    becomes(t, "[[1, 2], []]", "(expression (array (array (int 1) (int 2)) (array)))");
    becomes(t, "1_000 + 0.5 + 1e-3",
            "(expression (binary + (binary + (int 1000) (real 0.5)) (real 0.001)))");
    becomes(t, "0..10", "(expression (binary .. (int 0) (int 10)))");
    becomes(t, "1.5..2", "(expression (binary .. (real 1.5) (int 2)))");
    becomes(t, "???", "(expression (hole))");
    becomes(t, "μ₀ = x̂", "(assign μ₀ (name μ₀) (name x̂))");
    becomes(t, "x # remark", "(expression (name x))");
}

static void strings(Test *t)
{
    becomes(t, "\"a\\tb\\\"\\\\ {{}} \\u{3bc}\"",
            "(expression (string \"a\\x09b\\\"\\\\ {} μ\"))");
    becomes(t, "\"n = {n:>8.3f}!\"",
            "(expression (interpolate (string \"n = \") (part \">8.3f\" (name n)) "
            "(string \"!\")))");
    becomes(t, "\"{f(\"b{1}\", {a = x[1:2]}.a)}\"",
            "(expression (interpolate (part (call (name f) (arg (interpolate (string "
            "\"b\") "
            "(part (int 1)))) (arg (dot a (record (field a (index (name x) (slice (int "
            "1) (int "
            "2)))))))))))");
}

static void statements(Test *t)
{
    becomes(
        t, "a, b = split(h, 2)",
        "(unpack (call (name split) (arg (name h)) (arg (int 2))) (name a) (name b))");
    becomes(t, "a[i].k = v", "(assign (dot k (index (name a) (name i))) (name v))");
    becomes(
        t, "if a { b } else if c { d }\nelse { e }",
        "(if-statement (name a) (block (expression (name b))) (if-statement (name c) "
        "(block (expression (name d))) (block (expression (name e)))))");
    becomes(
        t, "for i in 0..n { if i { break }; continue }",
        "(for i (binary .. (int 0) (name n)) (block (if-statement condition=(name i) "
        "then=(block (break))) (continue)))");
    becomes(t, "while true { }", "(while (bool true) (block))");
    becomes(t, "fn g(x: real[N, 1], f: fn) -> real { return sum(x) }",
            "(fn-definition g (fn (block (return (call (name sum) (arg (name x))))) "
            "(type real) "
            "(parameter x type=(type real (name N) (int 1))) (parameter f type=(type "
            "fn))))");
    becomes(t, "import \"lib.unc\" as lib", "(import lib \"lib.unc\")");
    becomes(t, "check \"it {\" { x == 1 }", "");
    becomes(t, "check \"it\" { x == 1 }",
            "(check \"it\" (block (expression (binary == (name x) (int 1)))))");
    becomes(t,
            "extern \"m\" { fn erf(x: real) -> real derivative 2 * x\n fn j(x: real) "
            "-> real }",
            "(extern \"m\" (extern-fn erf (type real) (binary * (int 2) (name x)) "
            "(parameter x "
            "type=(type real))) (extern-fn j result=(type real) (parameter x "
            "type=(type real))))");
}

static void contextual_words(Test *t)
{
    becomes(t, "attack(post, d, on = \"x\")",
            "(expression (call (name attack) (arg (name post)) (arg (name d)) (arg on "
            "(string "
            "\"x\"))))");
    becomes(t, "next = prior(model) + state * as - on",
            "(assign next (name next) (binary - (binary + (call (name prior) (arg "
            "(name model))) "
            "(binary * (name state) (name as))) (name on)))");
    becomes(t, "flow or dist", "(expression (binary or (name flow) (name dist)))");
    becomes(
        t, "fn m(layers: flow, base: dist, net = guide) = if layer then net else param",
        "(fn-definition m (fn body=(if (name layer) (name net) (name param)) "
        "(parameter "
        "layers type=(type flow)) (parameter base type=(type dist)) (parameter net "
        "default=(name guide))))");
    becomes(
        t, "{state = 1, optimizer}.state",
        "(expression (dot state (record (field state (int 1)) (field optimizer (name "
        "optimizer)))))");
    becomes(t, "check = import + extern * derivative",
            "(assign check (name check) (binary + (name import) (binary * (name "
            "extern) (name "
            "derivative))))");
}

static void definitions(Test *t)
{
    becomes(
        t,
        "model m(x: real[N], H = 3) {\n param s: positive = 1\n prior w: real[P] ~ "
        "Normal(0, 1)\n prior f[0].params ~ q\n net f = dense(1)\n flow g = h\n "
        "likelihood "
        "y[t] ~ d\n}",
        "(model m (block (param s (type positive) (int 1)) (prior w (name w) (type "
        "real "
        "(name P)) (call (name Normal) (arg (int 0)) (arg (int 1)))) (prior f "
        "target=(dot "
        "params (index (name f) (int 0))) dist=(name q)) (net f (call (name dense) "
        "(arg (int "
        "1)))) (flow g (name h)) (likelihood y target=(index (name y) (name t)) "
        "dist=(name "
        "d))) (parameter x type=(type real (name N))) (parameter H default=(int 3)))");
    becomes(t,
            "# Two lines\n#  of words.\ndist D(loc: real) on real[K] {\n sample(u ~ U, "
            "v) = u\n mean = loc\n}",
            "(definition D dist doc=\"Two lines\\n of words.\" (block (member sample "
            "(name u) "
            "(arg u ~ (name U)) (arg v (name v))) (assign mean (name mean) (name "
            "loc))) (on "
            "(type real (name K))) (parameter loc type=(type real)))");
    becomes(
        t, "optimizer o(rate = 1) on w { state v = 0; next v = v; step { return w } }",
        "(definition o optimizer (block (state v init=(int 0)) (next v (name v)) "
        "(member "
        "step (block (return (name w))))) (on w) (parameter rate default=(int 1)))");
    becomes(t, "guide tied() on straight { }",
            "(definition tied guide (block) (on straight))");
    becomes(t, "layer l() on x: real[.., D] { return x }",
            "(definition l layer (block (return (name x))) (on x (type real (ellipsis) "
            "(name "
            "D))))");
    becomes(t, "attack a() on x { move(x) { return x } }",
            "(definition a attack (block (member move (block (return (name x))) (arg x "
            "(name "
            "x)))) (on x))");
    becomes(t, "flow f() { }", "(definition f flow body=(block))");
}

static void errors(Test *t)
{
    fails(t, "x = )", "E0004:1 E0002:1");
    fails(t, "x = a b\ny = = 1\nz = 2", "E0002:1 E0002:2");
    fails(t, "if x = 3 { y = = 1 } else { b c }\nd e",
          "E0002:1 E0002:1 E0002:1 E0002:2");
    fails(t, "model m(x real) {\n y = = 1\n}\nw = f(1", "E0002:1 E0002:2 E0003:4");
    fails(t, "x = f(1, 2\ny = [3\nz = 4\n", "E0003:1 E0003:2");
    fails(t, "x = (1 + [2, 3)", "E0003:1");
    fails(t, "f(a b,\n  c d)\ng h", "E0002:1 E0002:3");
    fails(t, "fn f(x)\n{\n  return x\n}\ny = f(3)", "E0002:1");
    fails(t, "model m()\n  a = 1\n  b = = 2\n}\nc", "E0002:1 E0002:3");
    fails(t, "x = a b + 0x1 && c\ny = .5", "E0002:1 E0006:2");
    fails(t, "f[0] { }", "E0001:1");
    fails(t, "x = \"abc\ny = \"{z\nw = \"a }\" + \"\\q\"",
          "E0005:1 E0005:2 E0020:3 E0012:3");
    fails(t, "1.2.3 + 0x10 + .5 + 1. + 2x", "E0006:1 E0006:1 E0006:1 E0006:1 E0006:1");
    fails(t, "99999999999999999999\n1e999", "E0019:1 E0019:2");
    fails(t, "a && b\na ** b\n!a\n// c\nx += 1\n'q'",
          "E0007:1 E0007:2 E0007:3 E0007:4 E0007:5 E0007:6");
    fails(t, "x = 3²\ny = 1 ? 2 : 3\nz = “a”", "E0007:1 E0007:2 E0007:3");
    fails(t, "a < b < c", "E0011:1");
    fails(t, "3 = x\nf(x)[0] = 1\na, b[0] = c", "E0013:1 E0013:2 E0013:3");
    fails(t, "let x = 1\nf = lambda x: x\nif a { } elif b { }",
          "E0014:1 E0014:2 E0014:3");
    fails(t, "param x: real\nf(x) = 1\nif a { next b = 1 }", "E0015:1 E0015:2 E0015:3");
    fails(t, "break\nreturn 1\nfn f() { for i in x { fn() { continue } } }",
          "E0016:1 E0016:2 E0016:3");
    fails(t, "f(u ~ d)", "E0017:1");
    fails(t, "flow f() on real[N] { g(1) = 2 }", "E0018:1 E0018:1");
    fails(t, "x = \x01 + 😀\ny = 1", "E0008:1");
    fails(t, "x = \"\xff\"\n\xc3(", "E0009:1 E0009:2");
    fails(t, "a\n}\nb", "E0004:2");
}

static void advice(Test *t)
{
    helps(t, "if x = 3 { }", "to compare, write `==`");
    helps(t, "x = 3 y", "a product needs `*`");
    helps(t, "print x", "a function is called with parentheses: `print(x)`");
    helps(t, "for (i in x) { }", "write `for i in 0..n { … }`, without parentheses");
    helps(t, "while x:\n y", "a body stands in braces: `{ … }`");
    helps(t, "{a: 1}", "fields are written `name = value`");
    helps(t, "a[1:2:3]", "slices have no step");
    helps(t, "x = +3", "there is no unary `+`");
    helps(t, "\"{}\"",
          "a string takes values in braces as it is: \"n = {n}\"; `{{` is a brace");
    helps(t, "def f(x) = 3", "functions are defined with `fn f(x) = x ^ 2`");
    helps(t, "model m() { prior a = d }",
          "a distribution follows `~`: `prior w ~ Normal(0, 1)`");
    helps(t, "0..10..2", "a range has no step");
}

static void rendering(Test *t)
{
    shows(t, "x = f(1, [2,\n\t3)\n",
          "error[E0003]: `]` is missing\n"
          "  ┌─ t.unc:2:3\n"
          "  │\n"
          "1 │ x = f(1, [2,\n"
          "  │          - opened here\n"
          "2 │     3)\n"
          "  │      ^\n"
          "  │\n"
          "  = help: close the inner bracket first: `]` before this `)`\n");
    shows(t, "\n\n\n\n\n\n\n\n\n\"σ\" y",
          "error[E0002]: expected the end of the statement, found the name `y`\n"
          "   ┌─ t.unc:10:5\n"
          "   │\n"
          "10 │ \"σ\" y\n"
          "   │     ^\n");
    read(t, text_of("a b"), false);
    Diag *d = t->diags.list[0];
    diag_help(&t->diags, d, "one\ntwo");
    diag_label(&t->diags, d, (Span){1, 0, 1}, "left");
    diag_label(&t->diags, d, (Span){0, 0, 0}, "nowhere");
    diag_render(&t->out, d, view, t, false);
    is_str(t->out.at,
           "error[E0002]: expected the end of the statement, found the name `b`\n"
           "  ┌─ t.unc:1:3\n"
           "  │\n"
           "1 │ a b\n"
           "  │ - ^\n"
           "  │ left\n"
           "  │\n"
           "  = help: one\n"
           "          two\n",
           "labels on the line of the place, help of two lines");
}

static void more(Test *t)
{
    static const char *const unfinished[] = {
        "x = 3 +",     "f(1,\n",  "model m() {\n a = 1\n", "x |>",       "{a = 1",
        "if c then a", "fn f(x)", "if c {\n  x",           "x = [1,\n 2"};
    for (size_t i = 0; i < sizeof unfinished / sizeof *unfinished; i++)
        ends(t, unfinished[i], PARSE_MORE);
    ends(t, "", PARSE_OK);
    ends(t, "# only a remark", PARSE_OK);
    ends(t, "x = 3", PARSE_OK);
    ends(t, "if c { x }\n", PARSE_OK);
    ends(t, "x = \"abc", PARSE_WRONG);
    ends(t, "x = = (", PARSE_WRONG);
    ends(t, "x = )", PARSE_WRONG);
}

static void odd(Test *t)
{
    Out text;
    out_init(&text, &t->memory);
    for (int i = 0; i < 5000; i++) out_char(&text, '(');
    fails(t, text.at, "E0010:1");
    text.len = 0;
    for (int i = 0; i < 5000; i++) out_str(&text, "a + ");
    out_str(&text, "a");
    fails(t, text.at, "E0010:1");
    text.len = 0;
    for (int i = 0; i < 5000; i++) out_str(&text, "a b\n");
    read(t, (Text){text.at, text.len}, false);
    ok(t->diags.errors == LIMIT_ERRORS, "no more errors than teach");
    text.len = 0;
    for (int i = 0; i < 20000; i++) out_str(&text, "a = a + 1\n");
    ok(read(t, (Text){text.at, text.len}, false)->count == 20000, "a long program");
    read(t, (Text){"a\0b = 1", 7}, false);
    ok(t->end == PARSE_WRONG, "NUL is a character like others");
    out_free(&text);
}

static void run(void *context)
{
    Test *t = context;
    arena_init(&t->arena, &t->memory);
    names_init(&t->names, &t->memory);
    diags_init(&t->diags, &t->memory);
    out_init(&t->out, &t->memory);
    expressions(t);
    strings(t);
    statements(t);
    contextual_words(t);
    definitions(t);
    errors(t);
    advice(t);
    rendering(t);
    more(t);
    odd(t);
    out_free(&t->out);
    diags_free(&t->diags);
    names_free(&t->names);
    arena_free(&t->arena);
}

int main(void)
{
    Test t = {.memory = {.alloc = allocate}};
    memory_run(&t.memory, run, &t);
    ok(t.memory.used == 0, "all memory is given back");
    return done_testing();
}
