/* SPDX-License-Identifier: MIT
 * Fuzzing the lexer and the parser: any bytes give a tree or diagnostics. Printing
 * costs ten times as much as parsing, so only some of the texts are printed.
 */
#include "fuzz.h"
#include "front/front.h"

static SourceView no_source(void *ud, uint32_t number)
{
    const Source *s = ud;
    (void)number;
    return (SourceView){s->name, s->text};
}

static void work(void *ctx)
{
    Fuzz *f = ctx;
    Arena arena;
    Names names;
    Diags diags;
    Out out;
    Ast *ast = NULL;
    arena_init(&arena, &f->memory);
    names_init(&names, &f->memory);
    diags_init(&diags, &f->memory);
    out_init(&out, &f->memory);
    Source *s = source_new(&arena, 1, text_of("fuzz"), f->bytes);
    parse(&arena, &names, &diags, s, f->bytes.len % 2 == 0, &ast);
    if (f->bytes.len % 8 < 2) {
        if (ast) ast_print(&out, &names, ast);
        for (uint32_t i = 0; i < diags.count; i++)
            diag_render(&out, diags.list[i], no_source, s, i % 2 == 0);
        tokens_print(&out, &arena, &names, &diags, s);
    }
    out_free(&out);
    diags_free(&diags);
    names_free(&names);
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_run(work, data, size);
}
