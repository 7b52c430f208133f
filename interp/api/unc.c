/* SPDX-License-Identifier: MIT
 * unc.h over the rooms: life, programs, diagnostics. Every entry goes through
 * memory_run, so that exhaustion ends in a status and the interpreter can be used
 * further.
 */
#include "api_int.h"

#include "base/shown.h"

#include <stdlib.h>
#include <string.h>

static void *default_alloc(void *ud, void *ptr, size_t old_size, size_t new_size)
{
    (void)ud;
    (void)old_size;
    if (new_size) return realloc(ptr, new_size);
    free(ptr);
    return NULL;
}

static void init(void *ctx)
{
    unc *u = ctx;
    Host host = api_host(u);
    blas_one_thread();
    interp_init(&u->interp, &u->memory, &host);
    out_init(&u->text, &u->memory);
    infer_upper(&u->upper);
    u->upper.call = plot_call;
    u->upper.abstract_word = plot_checked;
    u->upper.check = api_check;
    interp_upper(&u->interp, &u->upper);
    u->interp.seed = u->config.seed;
    u->interp.interactive = u->config.interactive;
    u->interp.color = u->config.color;
    u->interp.thread_count =
        u->config.threads > 0 ? u->config.threads : api_processors();
    u->interp.memory_limit = u->config.memory;
    u->memory.limit = u->config.memory;
    u->open = true;
}

unc *unc_open(const unc_config *config)
{
    unc_config c = {0};
    if (config) memcpy(&c, config, config->size < sizeof c ? config->size : sizeof c);
    MemoryAlloc alloc = c.alloc ? c.alloc : default_alloc;
    unc *u = alloc(c.ud, NULL, 0, sizeof *u);
    if (!u) return NULL;
    memset(u, 0, sizeof *u);
    u->config = c;
    u->memory.alloc = alloc;
    u->memory.ud = c.ud;
    if (memory_run(&u->memory, init, u) == MEMORY_OK) return u;
    unc_close(u);
    return NULL;
}

void unc_close(unc *u)
{
    if (!u) return;
    if (u->open) interp_free(&u->interp);
    memory_give_all(&u->memory);
    u->memory.alloc(u->config.ud, u, sizeof *u, 0);
}

const char *unc_version(void)
{
#ifdef UNC_VERSION
    return UNC_VERSION;
#else
    return "0.1.0";
#endif
}

void unc_stop(unc *u) { atomic_store(&u->interp.stop, true); }

uint64_t unc_allocations(const unc *u) { return u->memory.calls; }

/* ---- running ---- */

typedef struct Job {
    unc *u;
    const char *name, *text;
    size_t len;
    bool may_want_more;
    RunEnd end;
} Job;

static void run_text(void *ctx)
{
    Job *j = ctx;
    Interp *I = &j->u->interp;
    diags_clear(&I->diags);
    j->end = interp_run(I, I->module, text_of(j->name), (Text){j->text, j->len},
                        j->may_want_more);
}

static void reset(void *ctx) { interp_reset(ctx); }

/* Frames and records of the run went with the jump: only its place is still asked for.
 */
static void tell_exhausted(void *ctx)
{
    Interp *I = ctx;
    Span span = I->span;
    interp_reset(I);
    I->span = span;
    fail(I, E0605, span);
}

/* What every entry ends with. */
static unc_status finish(unc *u, MemoryEnd end, RunEnd run)
{
    if (end != MEMORY_OK) {
        if (end == MEMORY_EXHAUSTED) memory_run(&u->memory, tell_exhausted, &u->interp);
        memory_run(&u->memory, reset, &u->interp);
        return end == MEMORY_EXHAUSTED ? UNC_NO_MEMORY : UNC_BUG;
    }
    bool stopped = u->interp.stopped;
    u->interp.stopped = false;
    if (stopped) atomic_store(&u->interp.stop, false);
    if (run == RUN_MORE) return UNC_MORE;
    if (run == RUN_WRONG) return stopped ? UNC_STOPPED : UNC_WRONG;
    return UNC_OK;
}

static unc_status run(unc *u, const char *name, const char *text, size_t len, bool more)
{
    Job j = {u, name, text, len, more, RUN_WRONG};
    MemoryEnd end = memory_run(&u->memory, run_text, &j);
    return finish(u, end, j.end);
}

unc_status unc_run(unc *u, const char *name, const char *text)
{
    return run(u, name, text, strlen(text), false);
}

unc_status unc_run_n(unc *u, const char *name, const char *text, size_t len)
{
    return run(u, name, text, len, false);
}

unc_status unc_enter(unc *u, const char *name, const char *text)
{
    return run(u, name, text, strlen(text), true);
}

static void file_missing(void *ctx)
{
    Job *j = ctx;
    Interp *I = &j->u->interp;
    diags_clear(&I->diags);
    fail(I, E0541, (Span){0, 0, 0}, j->name, j->text);
}

static unc_status with_file(unc *u, const char *path, void (*work)(void *), Job *j)
{
    char *bytes;
    size_t len;
    Host *h = &u->interp.host;
    int error = h->read_file(h->ud, path, &bytes, &len);
    *j = (Job){u, path, strerror(error), 0, false, RUN_WRONG};
    if (error) {
        MemoryEnd end = memory_run(&u->memory, file_missing, j);
        return finish(u, end, RUN_WRONG);
    }
    j->text = bytes;
    j->len = len;
    MemoryEnd end = memory_run(&u->memory, work, j);
    h->free_file(h->ud, bytes, len);
    return finish(u, end, j->end);
}

unc_status unc_run_file(unc *u, const char *path)
{
    Job j;
    return with_file(u, path, run_text, &j);
}

unc_status unc_test_file(unc *u, const char *path,
                         void (*told)(void *ud, const char *title, bool passed,
                                      const char *why),
                         void *ud)
{
    Job j;
    u->interp.testing = true;
    u->interp.told = told;
    u->interp.told_ud = ud;
    unc_status s = with_file(u, path, run_text, &j);
    u->interp.testing = false;
    u->interp.told = NULL;
    return s;
}

static void check_text(void *ctx)
{
    Job *j = ctx;
    Interp *I = &j->u->interp;
    Ast *ast = NULL;
    diags_clear(&I->diags);
    Source *s = interp_add_source(I, text_of(j->name), (Text){j->text, j->len});
    if (parse(&I->arena, &I->names, &I->diags, s, false, &ast) != PARSE_OK) return;
    s->program = ast;
    if (api_check_all(I, I->module, s, ast)) j->end = RUN_OK;
}

unc_status unc_check_file(unc *u, const char *path)
{
    Job j;
    return with_file(u, path, check_text, &j);
}

/* ---- dumping ---- */

static void dump_text(void *ctx)
{
    Job *j = ctx;
    Interp *I = &j->u->interp;
    Arena a;
    Out o;
    Ast *ast = NULL;
    arena_init(&a, I->memory);
    diags_clear(&I->diags);
    out_init(&o, I->memory);
    Source *s = interp_add_source(I, text_of(j->name), (Text){j->text, j->len});
    if (I->dump == UNC_DUMP_TOKENS + 1)
        tokens_print(&o, &a, &I->names, &I->diags, s);
    else {
        ParseEnd end = parse(&I->arena, &I->names, &I->diags, s, false, &ast);
        j->end = end == PARSE_OK ? RUN_OK : RUN_WRONG;
        if (end == PARSE_OK && I->dump == UNC_DUMP_AST + 1)
            ast_print(&o, &I->names, ast);
        if (end == PARSE_OK && I->dump == UNC_DUMP_CHECKED + 1 &&
            !api_dump_checked(I, &o, s, ast))
            j->end = RUN_WRONG;
    }
    if (I->dump == UNC_DUMP_TOKENS + 1) j->end = I->diags.errors ? RUN_WRONG : RUN_OK;
    I->host.output(I->host.ud, o.at, o.len);
    out_free(&o);
    arena_free(&a);
}

unc_status unc_dump_file(unc *u, const char *path, unc_stage stage)
{
    Job j;
    u->interp.dump = (int)stage + 1;
    unc_status s =
        with_file(u, path, stage <= UNC_DUMP_CHECKED ? dump_text : run_text, &j);
    u->interp.dump = 0;
    return s;
}

/* ---- diagnostics ---- */

int unc_diag_count(const unc *u) { return (int)u->interp.diags.count; }

const char *unc_diag_code(const unc *u, int i)
{
    if (i < 0 || (uint32_t)i >= u->interp.diags.count) return "";
    return diag_code_name(u->interp.diags.list[i]->code);
}

bool unc_diag_is_warning(const unc *u, int i)
{
    if (i < 0 || (uint32_t)i >= u->interp.diags.count) return false;
    return diag_severity(u->interp.diags.list[i]->code) == SEVERITY_WARNING;
}

bool unc_diag_place(const unc *u, int i, uint32_t *line, uint32_t *column)
{
    if (i < 0 || (uint32_t)i >= u->interp.diags.count) return false;
    Span span = u->interp.diags.list[i]->span;
    if (!span.source || span.source > u->interp.sources) return false;
    diag_place(u->interp.source[span.source - 1]->text, span.from, line, column);
    return true;
}

static void render_json(void *ctx)
{
    unc *u = ctx;
    u->text.len = 0;
    for (uint32_t i = 0; i < u->interp.diags.count; i++) {
        diag_json(&u->text, u->interp.diags.list[i], interp_source, &u->interp);
        out_char(&u->text, '\n');
    }
    out_str(&u->text, "");
}

const char *unc_message_json(unc *u)
{
    if (memory_run(&u->memory, render_json, u) != MEMORY_OK) return "";
    return u->text.at;
}

static void render(void *ctx)
{
    unc *u = ctx;
    u->text.len = 0;
    for (uint32_t i = 0; i < u->interp.diags.count; i++) {
        if (i) out_char(&u->text, '\n');
        diag_render(&u->text, u->interp.diags.list[i], interp_source, &u->interp,
                    u->config.color);
    }
    out_str(&u->text, "");
}

const char *unc_message(unc *u)
{
    if (memory_run(&u->memory, render, u) != MEMORY_OK) return "out of memory\n";
    return u->text.at;
}

bool unc_example(const char *code, const char **wrong, const char **mended)
{
    const Shown *s = shown;
    while (s->code && strcmp(s->code, code) != 0) s++;
    *wrong = s->wrong;
    *mended = s->mended;
    return s->code != NULL;
}

const char *unc_says(const char *code)
{
    for (int i = 0; i < DIAG_COUNT; i++)
        if (strcmp(diag_code_name((DiagCode)i), code) == 0)
            return diag_says((DiagCode)i);
    return NULL;
}

const char *unc_explain(const char *code)
{
    for (int i = 0; i < DIAG_COUNT; i++)
        if (strcmp(diag_code_name((DiagCode)i), code) == 0)
            return diag_explain((DiagCode)i);
    return NULL;
}
