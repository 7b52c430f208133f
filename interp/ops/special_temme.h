/* SPDX-License-Identifier: MIT
 * The series of Temme's expansion, for special_gammainc.c.
 */
#ifndef UNC_OPS_SPECIAL_TEMME_H
#define UNC_OPS_SPECIAL_TEMME_H

/* S(a, eta) = sum over k of c_k(eta) a^-k, a >= 30, |eta| <= 0.48; its slope in eta;
 * and the sum over k of k c_k(eta) a^-k, which is -a times its slope in a. */
typedef struct TemmeSum {
    double value, in_eta, order;
} TemmeSum;
TemmeSum temme_sum(double a, double eta);

#endif
