/* SPDX-License-Identifier: MIT
 * Calls of functions, definitions and models of the program: their arguments against
 * the parameters, by the rules and with the words of a running call.
 */
#include "check_int.h"

/* More parameters than this are refused elsewhere (E0318). */
enum { MOST_PARAMETERS = 16 };

static void help_parameters(Checker *c, const Ast *def, const char *what, Diag *d)
{
    Out o;
    if (!d) return;
    out_init(&o, c->arena->memory);
    ast_signature(&o, what, c->root->text, def);
    diag_help(c->diags, d, "it is %s", o.at);
    out_free(&o);
}

static void wrong_name(Checker *c, const Ast *def, const Ast *arg, const char *what)
{
    Span span = arg->span;
    span.to = span.from + (uint32_t)name_text(c->names, arg->name).len;
    help_parameters(c, def, what,
                    check_error(c, E0314, span, what, name_cstr(c->names, arg->name)));
}

static uint32_t parameter_index(const Ast *def, Name name)
{
    uint32_t i = 0;
    while (i < def->count && def->list[i]->name != name) i++;
    return i;
}

/* One argument; false once there is nothing more to say about the call. */
static bool argument(Checker *c, const Ast *def, const Ast *arg, const char *what,
                     uint32_t *next, bool *given)
{
    uint32_t i = *next;
    if (arg->flags & AST_TILDE) return false;
    if (arg->name) {
        i = parameter_index(def, arg->name);
        if (i == def->count) {
            wrong_name(c, def, arg, what);
            return false;
        }
    } else if (def->kind == AST_MODEL) {
        check_error(c, E0402, arg->span, what);
        return false;
    } else if (*next >= def->count) {
        help_parameters(c, def, what,
                        check_error(c, E0313, arg->span, what, (int)def->count,
                                    def->count == 1 ? "" : "s"));
        return false;
    } else {
        ++*next;
    }
    if (given[i]) {
        help_parameters(
            c, def, what,
            check_error(c, E0316, arg->span, name_cstr(c->names, def->list[i]->name)));
        return false;
    }
    given[i] = true;
    return true;
}

void check_call(Checker *c, const Symbol *s, const Ast *call)
{
    const Ast *def = s->callable;
    const char *what = name_cstr(c->names, s->name);
    bool given[MOST_PARAMETERS] = {false};
    uint32_t next = 0;
    /* A name bound again, or also known elsewhere, may stand for something else here.
     */
    if (!def || s->binds != 1 || s->shadowed || def->count > MOST_PARAMETERS) return;
    if (c->root->known(c->root->ud, s->name)) return;
    for (uint32_t i = 0; i < call->count; i++)
        if (!argument(c, def, call->list[i], what, &next, given)) return;
    for (uint32_t i = 0; i < def->count && def->kind != AST_MODEL; i++)
        if (!given[i] && !def->list[i]->b && !ast_is_size(def, def->list[i]->name)) {
            Diag *d = check_error(c, E0315, call->span, what,
                                  name_cstr(c->names, def->list[i]->name));
            if (d) diag_label(c->diags, d, def->list[i]->span, "declared here");
            help_parameters(c, def, what, d);
            return;
        }
}
