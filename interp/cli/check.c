/* SPDX-License-Identifier: MIT
 * unc check: the mistakes of programs with nothing run, on standard error as a run
 * tells them, or as JSON on standard output. Each file has an interpreter of its own.
 */
#include "cli.h"

#include <stdio.h>
#include <string.h>

typedef struct CheckOptions {
    bool json, strict;
} CheckOptions;

/* Tells what is found in one file; whether that is wrong. */
static bool check_file(const unc_config *config, const CheckOptions *o,
                       const char *path)
{
    unc *u = unc_open(config);
    if (!u) {
        fputs("unc: no memory\n", stderr);
        return true;
    }
    unc_status status = unc_check_file(u, path);
    if (o->json)
        fputs(unc_message_json(u), stdout);
    else
        fputs(unc_message(u), stderr);
    bool wrong = status != UNC_OK;
    for (int i = 0; o->strict && i < unc_diag_count(u); i++)
        wrong = wrong || unc_diag_is_warning(u, i);
    if (status == UNC_BUG) fputs("unc: this is a defect of unc\n", stderr);
    unc_close(u);
    return wrong;
}

int check_files(const unc_config *config, int count, char **arg)
{
    CheckOptions o = {false, false};
    int first = 0;
    for (; first < count && !strncmp(arg[first], "--", 2); first++) {
        if (!strcmp(arg[first], "--json"))
            o.json = true;
        else if (!strcmp(arg[first], "--strict"))
            o.strict = true;
        else {
            fprintf(stderr, "unc: unknown option %s; see `unc --help`\n", arg[first]);
            return EXIT_USAGE;
        }
    }
    if (first == count) {
        fputs("unc: check wants a file; see `unc --help`\n", stderr);
        return EXIT_USAGE;
    }
    bool wrong = false;
    for (int i = first; i < count; i++) wrong |= check_file(config, &o, arg[i]);
    return wrong ? EXIT_PROGRAM : 0;
}
