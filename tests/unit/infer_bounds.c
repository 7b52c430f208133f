/* SPDX-License-Identifier: MIT
 * Unknowns within bounds: numbers by Stan's formulas, and log |slope| against central
 * differences of them, of elements bounded on four different sides, and on one.
 */
#include "infer/infer_int.h"
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

enum { MOST = 4 };

static double constrained(double lo, double hi, double y)
{
    if (isfinite(lo) && isfinite(hi)) return lo + (hi - lo) / (1 + exp(-y));
    return isfinite(lo) ? lo + exp(y) : isfinite(hi) ? hi - exp(y) : y;
}

static bool compute(Memory *m, const Site *s, double *y, double x[MOST],
                    double slope[MOST], Support *support)
{
    Graph *g = graph_new(m, NULL);
    Node *in = graph_input(g, TYPE_F64, SUPPORT_ANY, &s->free, 0);
    Node *outs[2] = {site_constrain(g, s, in), site_log_slope(g, s, in)};
    char error[600];
    PlanOptions options = {0};
    Plan *p =
        outs[0] && outs[1] ? plan_make(m, g, outs, 2, NULL, 0, &options, error) : NULL;
    bool ok = p && shape_agrees(&outs[0]->shape, &s->shape) &&
              shape_agrees(&outs[1]->shape, &s->shape);
    if (ok) {
        *support = outs[0]->support;
        plan_bind(p, in, y);
        ok = plan_run(p, NULL) == PLAN_DONE;
        for (int i = 0; i < MOST; i++) {
            x[i] = ((const double *)plan_output(p, 0))[i];
            slope[i] = ((const double *)plan_output(p, 1))[i];
        }
    }
    if (p) plan_free(p);
    graph_free(g);
    return ok;
}

static void one_case(Memory *m, const char *name, int count, const double *lo,
                     const double *hi, Support known, double shift)
{
    double y[MOST], x[MOST], slope[MOST], off = 0, slope_off = 0;
    Support support = SUPPORT_ANY;
    Shape shape = shape_of(1, (int64_t[]){MOST}), bounds = shape;
    if (count == 1) bounds = shape_scalar();
    Site s = {.shape = shape, .free = shape, .bounded = true};
    s.lo = tensor_new(m, TYPE_F64, &bounds);
    s.hi = tensor_new(m, TYPE_F64, &bounds);
    for (int i = 0; i < count; i++) {
        ((double *)s.lo->data)[i] = lo[i];
        ((double *)s.hi->data)[i] = hi[i];
    }
    for (int i = 0; i < MOST; i++) y[i] = 1.7 * i - 2 + shift;
    bool ran = compute(m, &s, y, x, slope, &support);
    for (int i = 0; ran && i < MOST; i++) {
        int k = count == 1 ? 0 : i;
        double h = 1e-5, up = constrained(lo[k], hi[k], y[i] + h),
               down = constrained(lo[k], hi[k], y[i] - h);
        off = fmax(off, fabs(x[i] - constrained(lo[k], hi[k], y[i])));
        slope_off = fmax(slope_off, fabs(slope[i] - log(fabs(up - down) / (2 * h))));
    }
    ok(ran && off < 1e-14 * exp(fabs(shift)) && slope_off < 1e-7 && support == known,
       "%s, shifted by %g", name, shift);
    if (off + slope_off > 1e-7 || support != known)
        note("value %.1e, log slope %.1e, %s", off, slope_off, support_name(support));
    tensor_drop(s.lo);
    tensor_drop(s.hi);
}

int main(void)
{
    Memory memory = {.alloc = host_alloc};
    Memory *m = &memory;
    const double inf = HUGE_VAL, lo[MOST] = {-inf, 1, -inf, -2},
                 hi[MOST] = {inf, inf, 3, 7};
    for (double shift = -3; shift <= 3; shift += 3) {
        one_case(m, "four sides", MOST, lo, hi, SUPPORT_ANY, shift);
        one_case(m, "above 1", 1, lo + 1, hi + 1, SUPPORT_POSITIVE, shift);
        one_case(m, "below 3", 1, lo + 2, hi + 2, SUPPORT_ANY, shift);
        one_case(m, "from -2 to 7", 1, lo + 3, hi + 3, SUPPORT_ANY, shift);
        one_case(m, "from 0 to 1", 1, (double[]){0}, (double[]){1}, SUPPORT_UNIT,
                 shift);
        one_case(m, "from 0 to 3", 1, (double[]){0}, hi + 2, SUPPORT_POSITIVE, shift);
    }
    ok(memory.used == 0, "all memory is given back");
    return done_testing();
}
