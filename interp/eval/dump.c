/* SPDX-License-Identifier: MIT
 * `unc dump`: the graphs, slopes and plans that are made while a file runs.
 */
#include "eval_int.h"

/* stage: 0 a graph, 1 with slopes; DUMP numbers are unc.h's stages + 1. */
void dump_graph(Interp *I, const char *what, Graph *g, Node *const *outs, int n,
                const Plan *plan, int stage)
{
    enum { DUMP_GRAPH = 4, DUMP_SLOPE = 5, DUMP_PLAN = 6 };
    if (I->dump < DUMP_GRAPH) return;
    if (I->dump == DUMP_GRAPH && stage != 0) return;
    if (I->dump == DUMP_SLOPE && stage == 0) return;
    if (I->dump == DUMP_PLAN && !plan) return;
    Out o;
    out_init(&o, I->memory);
    out_fmt(&o, "# %s\n", what);
    if (I->dump == DUMP_PLAN)
        plan_print(&o, plan);
    else
        graph_print(&o, g, outs, n);
    I->host.output(I->host.ud, o.at, o.len);
    out_free(&o);
}
