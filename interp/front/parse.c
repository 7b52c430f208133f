/* SPDX-License-Identifier: MIT
 * From text to syntax: tokens go to Lemon's parser one by one. After an error the rest
 * of the statement is passed over, its blocks excepted, so that each mistake is told
 * once and many in one run. All memory is the arena's, and nothing can keep parse from
 * returning.
 */
#include "front/front_int.h"
#include "syntax.h"

#include <string.h>

void parse_too_deep(Parse *p)
{
    if (p->stop) return;
    p->stop = true;
    Diag *g = diag_add(p->diags, E0010, p->before.span);
    diag_help(p->diags, g, "give inner parts names, and use them here");
}

void parse_finish(Parse *p, AstList *statements)
{
    Span all = {p->source->number, 0, (uint32_t)p->source->text.len};
    p->program = ast_with(p, ast_make(p, AST_BLOCK, all), NULL, NULL, NULL, statements);
}

static bool too_many(const Parse *p)
{
    return p->diags->errors - p->errors >= LIMIT_ERRORS;
}

static bool at_text_end(const Parse *p, Token t)
{
    return t.kind == TOKEN_END && t.span.from >= p->source->text.len;
}

/* Called by the parser before it recovers; says what shall be passed over. */
void parse_unexpected(Parse *p, void *parser, int kind, Token t)
{
    (void)parser;
    (void)kind;
    if (p->stop) return;
    if (p->may_want_more && p->diags->errors == p->errors && at_text_end(p, t)) {
        p->more = p->stop = true;
        return;
    }
    bool missing = !t.made && missing_bracket(p, t);
    if (!t.made) advise(p, t);
    p->failed = true;
    Bracket *top = p->scan.top;
    if (missing) {
        scan_unwind(&p->scan);
        p->again = true;
    } else if (t.kind == TOKEN_BLOCK_OPEN && !p->whole) {
        top->resume = true; /* read as the wrong statement's block */
    } else if (t.kind != TOKEN_END && t.kind != TOKEN_BLOCK_CLOSE) {
        p->skip = p->whole ? SKIP_WHOLE : SKIP_HEAD;
        p->level = scan_block_depth(t.kind == TOKEN_BLOCK_OPEN ? top->outer : top);
    }
    p->whole = false;
}

/* A token of the parser's own, before t. */
static void feed_made(Parse *p, int kind, Token t)
{
    t.kind = kind;
    t.made = true;
    Syntax(p->parser, kind, t, p);
}

/* Is the token passed over? Blocks of a wrong statement are read, and its end ends it;
 * so does a line that looks like a new statement while a bracket is open. */
static bool skipped(Parse *p, Token t)
{
    if (p->skip == SKIP_NOTHING) return false;
    bool whole = p->skip == SKIP_WHOLE, head = whole || p->skip == SKIP_HEAD;
    if (missing_bracket(p, t) && scan_block_depth(p->scan.top) == p->level) {
        scan_unwind(&p->scan);
        if (head) feed_made(p, TOKEN_WRONG, t);
        feed_made(p, TOKEN_END, t);
        syntax_forgive(p->parser);
        p->skip = SKIP_NOTHING;
        p->opening = t;
        return false;
    }
    uint32_t depth = scan_depth(&p->scan);
    bool ends = t.kind == 0 || (t.kind == TOKEN_END && depth == p->level) ||
                (t.kind == TOKEN_BLOCK_CLOSE && depth + 1 == p->level);
    if (t.kind == TOKEN_BLOCK_OPEN && depth == p->level + 1 && head && !whole) {
        p->scan.top->resume = true;
        p->skip = SKIP_NOTHING;
        return false;
    }
    if (!ends && (t.kind != TOKEN_ELSE || depth != p->level || head)) return true;
    if (ends && head) feed_made(p, TOKEN_WRONG, t);
    syntax_forgive(p->parser);
    p->skip = SKIP_NOTHING;
    return false;
}

/* A token to the parser, and what recovery asked for. */
static void feed(Parse *p, Token t)
{
    p->failed = false;
    p->again = false;
    syntax_states(p->parser, &p->states);
    Syntax(p->parser, t.kind, t, p);
    if (p->failed && !p->stop) {
        bool again = p->again;
        bool ends = t.kind == TOKEN_END || t.kind == TOKEN_BLOCK_CLOSE;
        if (again || ends) feed_made(p, TOKEN_WRONG, t);
        if (again) feed_made(p, TOKEN_END, t);
        if (again) p->opening = t;
        syntax_forgive(p->parser);
        if (again || ends) Syntax(p->parser, t.kind, t, p);
    }
    if (t.kind == TOKEN_BLOCK_CLOSE && t.resume && p->skip == SKIP_NOTHING) {
        p->skip = SKIP_TAIL;
        p->level = scan_block_depth(p->scan.top);
    }
}

/* A line ends where a block must begin. A `{` on the next line is taken, the newline
 * dropped; before a line that stands further in, a block is opened. */
static bool block_on_next_line(Parse *p, Token t)
{
    Token *next = &p->scan.held;
    if (t.kind != TOKEN_END || !next->first || p->skip != SKIP_NOTHING) return false;
    bool inside = line_indent(p->source, next->span.from) >
                  line_indent(p->source, p->opening.span.from);
    if (next->kind != TOKEN_BLOCK_OPEN && !inside) return false;
    syntax_states(p->parser, &p->states);
    if (syntax_accepts(&p->states, TOKEN_END) ||
        !syntax_accepts(&p->states, TOKEN_BLOCK_OPEN))
        return false;
    bool brace = next->kind == TOKEN_BLOCK_OPEN;
    if (!brace && syntax_accepts(&p->states, next->kind)) return false;
    advise(p, t);
    if (brace) {
        p->scan.last = p->before;
        next->first = false;
        return true;
    }
    scan_open_block(&p->scan, t.span);
    p->before = t;
    p->opening = *next;
    feed_made(p, TOKEN_BLOCK_OPEN, t);
    return true;
}

/* The text ends, and brackets are open: what they hold is read all the same. */
static void close_all(Parse *p)
{
    Bracket *b = p->scan.top;
    uint32_t end = (uint32_t)p->source->text.len;
    Token t = {.made = true, .span = {p->source->number, end, end}};
    if (p->may_want_more && p->diags->errors == p->errors) {
        p->more = p->stop = true;
        return;
    }
    Diag *g = diag_add(p->diags, E0003, t.span, token_sign(b->closer));
    g->at =
        arena_copy(&p->diags->arena, "the text ends here", sizeof "the text ends here");
    diag_label(p->diags, g, b->span, "opened here");
    if (p->skip == SKIP_HEAD || p->skip == SKIP_WHOLE) feed_made(p, TOKEN_WRONG, t);
    p->skip = SKIP_NOTHING;
    for (; b && !p->stop; b = b->outer) {
        p->scan.top = b->outer;
        t.kind = b->closer == TOKEN_BLOCK_CLOSE ? TOKEN_BLOCK_CLOSE : TOKEN_UNKNOWN;
        feed(p, t);
        if (p->skip == SKIP_HEAD || p->skip == SKIP_WHOLE) feed_made(p, TOKEN_WRONG, t);
        p->skip = SKIP_NOTHING;
    }
}

/* A line of a body without braces, whose head was told: `for i in x:`, and the lines
 * that stand further in than it, or go on with it. */
static bool in_bare_body(Parse *p, Token t)
{
    if (!p->bare || t.kind == TOKEN_BLOCK_CLOSE || t.kind == 0) return false;
    uint32_t indent = line_indent(p->source, t.span.from);
    if (indent > p->indent) return true;
    Text word = span_text(p->source, t.span);
    p->bare = indent == p->indent &&
              (t.kind == TOKEN_ELSE || (t.kind == TOKEN_NAME && other_goes_on(word)));
    return p->bare;
}

/* `data {`: passed over with all that it holds. */
static bool other_block(Parse *p, Token t)
{
    if (p->skip != SKIP_NOTHING || !report_block(p, t)) return false;
    Token wrong = t;
    wrong.kind = TOKEN_UNKNOWN;
    wrong.made = true;
    p->whole = true;
    feed(p, wrong);
    p->level = scan_block_depth(p->scan.top->outer);
    p->before = t;
    return true;
}

static void run(Parse *p)
{
    Token t = {.kind = TOKEN_START, .span = {p->source->number, 0, 0}};
    bool starts = true;
    Syntax(p->parser, t.kind, t, p);
    do {
        p->scan.wrong = p->skip != SKIP_NOTHING;
        t = scan_next(&p->scan);
        if (t.kind == 0) {
            if (p->scan.top) close_all(p);
            Token end = t;
            end.kind = TOKEN_END;
            if (!p->stop && !skipped(p, end)) feed(p, end);
        }
        if (p->stop || too_many(p)) return;
        if (starts && t.kind != TOKEN_END) {
            p->opening = t;
            p->joint.kind = TOKEN_END;
            starts = false;
            if (p->skip == SKIP_NOTHING && in_bare_body(p, t)) {
                p->skip = SKIP_WHOLE;
                p->level = scan_block_depth(p->scan.top);
            }
        }
        if (other_block(p, t)) continue;
        if (t.first && p->before.kind != TOKEN_END && !p->before.made &&
            p->before.kind != TOKEN_BLOCK_OPEN)
            p->joint = p->before;
        if (block_on_next_line(p, t)) continue;
        starts |= t.kind == TOKEN_END ||
                  (t.kind == TOKEN_BLOCK_OPEN && p->skip != SKIP_WHOLE);
        if (!skipped(p, t)) feed(p, t);
        p->before = t;
    } while (t.kind && !p->stop);
}

/* Diagnostics in the order of the text; those found after parsing come late. */
static void sort(Diags *d, uint32_t from)
{
    for (uint32_t i = from + 1; i < d->count; i++) {
        Diag *g = d->list[i];
        uint32_t k = i;
        for (; k > from && d->list[k - 1]->span.from > g->span.from; k--)
            d->list[k] = d->list[k - 1];
        d->list[k] = g;
    }
}

ParseEnd parse(Arena *a, Names *names, Diags *d, const Source *s, bool may_want_more,
               Ast **ast)
{
    Parse p = {.arena = a, .names = names, .diags = d, .source = s};
    uint32_t first = d->count;
    p.errors = d->errors;
    p.may_want_more = may_want_more;
    p.before.kind = p.joint.kind = TOKEN_END;
    p.before.span.source = s->number;
    if (s->text.len >= UINT32_MAX) {
        diag_add(d, E0001, (Span){0, 0, 0}, "the text is longer than 4 GiB");
    } else if (utf8_check(d, s)) {
        scan_init(&p.scan, a, d, s);
        p.parser = arena_take(a, syntax_size);
        SyntaxInit(p.parser);
        run(&p);
        if (p.program && !p.stop) check_places(d, p.program, first);
        sort(d, first);
    }
    if (!p.program || p.stop) parse_finish(&p, NULL);
    *ast = p.program;
    if (d->errors > p.errors) return PARSE_WRONG;
    return p.more ? PARSE_MORE : PARSE_OK;
}
