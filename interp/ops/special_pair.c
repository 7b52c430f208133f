/* SPDX-License-Identifier: MIT
 * Logarithms in twice the precision: by log m = 2 artanh s with s = (m - 1) / (m + 1),
 * whose series in s^2 (Abramowitz and Stegun 4.1.27) needs the longer numbers in its
 * first terms only.
 */
#include "ops/special_pair.h"

/* s^2 / 5 + s^4 / 7 + …, `terms` of them, over z = s^2. */
static double artanh_rest(double z, int terms)
{
    double sum = 0;
    for (int k = terms; k >= 1; k--) sum = z * (1.0 / (2 * k + 3) + sum);
    return sum;
}

/* artanh(s) / s - 1 */
static Pair artanh_excess(Pair s, int terms)
{
    static const Pair third = {1.0 / 3, 1.850371707708594e-17};
    Pair z = pair_mul(s, s);
    Pair first = pair_mul(z, third);
    return pair_add(first, (Pair){z.hi * artanh_rest(z.hi, terms), 0});
}

Pair pair_log(Pair x)
{
    static const double ln2_hi = 0x1.62e42fefa0000p-1, ln2_lo = 0x1.cf79abc9e3b39p-40;
    int k;
    double m = frexp(x.hi, &k);
    if (m < 0.70710678118654752) {
        m *= 2;
        k--;
    }
    Pair s = pair_div((Pair){m - 1, 0}, pair_sum(m, 1));
    Pair log_m = pair_add(s, pair_mul(s, artanh_excess(s, 12)));
    Pair whole = pair_sum(k * ln2_hi, 2 * log_m.hi);
    double low = whole.lo + (2 * log_m.lo + k * ln2_lo) + x.lo / x.hi;
    return pair_join(whole.hi, low);
}

Pair pair_log1pmx(Pair u, Pair x, double a)
{
    if (fabs(u.hi) < 0.35) {
        Pair s = pair_div(u, pair_add((Pair){2, 0}, u));
        Pair more = pair_mul(s, artanh_excess(s, 17));
        return pair_add(pair_neg(pair_mul(u, s)), pair_scale(more, 2));
    }
    Pair log_a = pair_log((Pair){a, 0});
    return pair_add(pair_add(pair_log(x), pair_neg(log_a)), pair_neg(u));
}
