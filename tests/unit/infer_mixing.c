/* SPDX-License-Identifier: MIT
 * R-hat and effective numbers of draws beside the R package posterior 1.4.0 (rhat,
 * ess_bulk, ess_tail), of chains that mix well, badly and not at all, with an odd
 * number of draws, equal numbers, and negative correlations.
 */
#include "infer/mixing.h"

#include "../tap.h"

#include <math.h>
#include <stdlib.h>

static void *host_alloc(void *ud, void *ptr, size_t old_size, size_t new_size)
{
    (void)ud, (void)old_size;
    if (new_size) return realloc(ptr, new_size);
    free(ptr);
    return NULL;
}

typedef struct Case {
    int64_t chains, draws;
    double keep, shift,
        grid; /* x = keep * x before + noise; + shift * chain; rounded */
    double rhat, bulk, tail;
} Case;

static const Case cases[] = {
    {4, 100, 0.7, 0, 0, 1.07838271546, 73.0195790181, 135.605111791},
    {4, 101, 0.7, 0.3, 0, 1.26770346528, 15.1423907134, 114.877378898},
    {2, 51, -0.5, 0, 0, 1.02761906086, 200, 65.5316021558},
    {3, 200, 0.9, 0, 0.1, 1.2744263818, 9.19148187679, 56.5956144349},
    {1, 40, 0.2, 0, 0, 1.02359359396, 22.9785168307, 51.0067114094},
    {4, 1000, 0.95, 0, 0, 1.03963879138, 92.2346009712, 229.311415113},
    {4, 500, -0.9, 0, 0, 1.01049025806, 6602.05999133, 704.504976028},
};

static void fill(const Case *c, double *x)
{
    int64_t k = 0;
    for (int64_t i = 0; i < c->chains; i++) {
        double last = 0;
        for (int64_t t = 0; t < c->draws; t++) {
            double u = sin((double)++k * 12.9898) * 437.585453;
            last = c->keep * last + (u - floor(u)) - 0.5;
            double v = last + c->shift * (double)i;
            if (c->grid > 0) v = nearbyint(v / c->grid) * c->grid;
            x[i * c->draws + t] = v;
        }
    }
}

int main(void)
{
    static double x[5000];
    Memory memory = {.alloc = host_alloc}, *m = &memory;
    char title[80];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Case *c = &cases[i];
        fill(c, x);
        Mixing y = mixing(m, x, c->chains, c->draws);
        snprintf(title, sizeof title, "%lld chains of %lld draws, %g",
                 (long long)c->chains, (long long)c->draws, c->keep);
        near(y.rhat, c->rhat, 1e-9, title);
        near(y.bulk / c->bulk, 1, 1e-9, title);
        near(y.tail / c->tail, 1, 1e-9, title);
    }
    for (int i = 0; i < 400; i++) x[i] = 3;
    Mixing y = mixing(m, x, 4, 100);
    ok(isnan(y.rhat) && isnan(y.bulk) && isnan(y.tail),
       "of one number throughout none");
    ok(isnan(mixing_rhat(m, x, 4, 3)), "of three draws none");
    return done_testing();
}
