/* SPDX-License-Identifier: MIT
 * Names that are not known here, but that people use: those of other languages.
 */
#include "front.h"

#include <string.h>

typedef enum {
    FOREIGN_MODULES,
    FOREIGN_NAMES,
    FOREIGN_CALLS,
    FOREIGN_FIELDS,
    FOREIGN_ARGUMENTS,
    FOREIGN_ATTACKS
} Foreigner;

static const struct {
    Foreigner what;
    const char *name, *here;
} foreign[] = {
#define FOREIGN_MODULE(name, here) {FOREIGN_MODULES, name, here},
#define FOREIGN_NAME(name, here) {FOREIGN_NAMES, name, here},
#define FOREIGN_CALL(name, here) {FOREIGN_CALLS, name, here},
#define FOREIGN_FIELD(name, here) {FOREIGN_FIELDS, name, here},
#define FOREIGN_ARGUMENT(name, here) {FOREIGN_ARGUMENTS, name, here},
#define FOREIGN_ATTACK(name, here) {FOREIGN_ATTACKS, name, here},
#include "front/foreign.def"
#undef FOREIGN_MODULE
#undef FOREIGN_NAME
#undef FOREIGN_CALL
#undef FOREIGN_FIELD
#undef FOREIGN_ARGUMENT
#undef FOREIGN_ATTACK
};

static const char *find(Foreigner what, const char *name)
{
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (foreign[i].what == what && strcmp(foreign[i].name, name) == 0)
            return foreign[i].here;
    return NULL;
}

const char *foreign_module(const char *name) { return find(FOREIGN_MODULES, name); }

const char *foreign_name(const char *name, bool called)
{
    const char *here = find(FOREIGN_NAMES, name);
    if (!here) here = foreign_module(name);
    return here || !called ? here : find(FOREIGN_CALLS, name);
}

const char *foreign_field(const char *name) { return find(FOREIGN_FIELDS, name); }

const char *foreign_argument(const char *name, bool attacks)
{
    const char *here = attacks ? find(FOREIGN_ATTACKS, name) : NULL;
    return here ? here : find(FOREIGN_ARGUMENTS, name);
}
