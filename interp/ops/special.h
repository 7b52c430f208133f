/* SPDX-License-Identifier: MIT
 * Special functions in double precision, for the rows of elem.def: named as SciPy names
 * them, NaN outside of their domain and for NaN, limits at infinity. What each is made
 * of is said in the file of its family.
 */
#ifndef UNC_OPS_SPECIAL_H
#define UNC_OPS_SPECIAL_H

/* ---- sums and differences of exponentials (special_log.c) ---- */
double special_logaddexp(double a, double b); /* log(e^a + e^b) */
double special_logsubexp(double a, double b); /* log(e^a - e^b), a >= b */
double special_log1mexp(double x);            /* log(1 - e^x), x <= 0 */
double special_logit(double p);               /* log(p / (1 - p)) */

/* ---- log gamma and its kin (special.c, special_lbeta.c) ---- */
double special_lgamma(double x);
double special_digamma(double x);
double special_trigamma(double x);
double special_polygamma(double order, double x);      /* whole order from 0 to 100 */
double special_lbeta(double a, double b);              /* log B(a, b), a, b >= 0 */
double special_lchoose(double n, double k);            /* log of n over k; reals too */
double special_digamma_difference(double a, double b); /* digamma(a + b) - digamma(a) */

/* ---- the normal distribution (special_normal.c) ---- */
double special_ndtr(double x);
double special_log_ndtr(double x);
double special_ndtr_hazard(double x); /* density / ndtr, the slope of log_ndtr */
double special_ndtri(double p);
double special_ndtri_exp(double y); /* x with log_ndtr(x) == y */
double special_erfinv(double y);
double special_erfcinv(double y);

/* ---- the incomplete gamma functions (special_gammainc.c, special_gammaincinv.c) ----
 */
double special_gammainc(double a, double x);  /* regularised lower: P(a, x) */
double special_gammaincc(double a, double x); /* 1 - P */
double special_log_gammainc(double a, double x);
double special_log_gammaincc(double a, double x);
double special_gammainc_slope(double a, double x);         /* dP/da */
double special_gammainc_log_density(double a, double x);   /* log dP/dx */
double special_gammainc_log_slope(double a, double log_x); /* log dP/d log x */
double special_gammainc_hazard(double a, double x);        /* d log P / dx */
double special_gammaincc_hazard(double a, double x);       /* -d log(1 - P) / dx */
double special_gammainc_path(double a, double log_x); /* d log x / da where P stays */
double special_gammaincinv(double a, double p);       /* x with P(a, x) == p */
double special_gammainccinv(double a, double q);      /* x with 1 - P(a, x) == q */
double special_log_gammaincinv(double a, double p);

/* ---- the incomplete beta functions (special_betainc.c, special_betaincinv.c) ---- */
double special_betainc(double a, double b, double x);  /* regularised: I_x(a, b) = P */
double special_betaincc(double a, double b, double x); /* 1 - P */
double special_log_betainc(double a, double b, double x);
double special_log_betaincc(double a, double b, double x);
double special_betainc_density(double a, double b, double x); /* dP/dx */
double special_betainc_hazard(double a, double b, double x);  /* d log P / dx */
double special_betaincc_hazard(double a, double b, double x); /* -d log(1 - P) / dx */
/* Slopes of log(x / (1 - x)) in a and b where P stays. */
double special_betainc_path_a(double a, double b, double x);
double special_betainc_path_b(double a, double b, double x);
double special_betaincinv(double a, double b, double p);  /* x with P == p */
double special_betainccinv(double a, double b, double q); /* x with 1 - P == q */

/* ---- quantiles of counts: the least k with P(K <= k) >= q (special_counts.c) ---- */
double special_poisson_quantile(double q, double rate);
double special_binomial_quantile(double q, double n, double p);
double special_neg_binomial_quantile(double q, double size, double p);

/* ---- modified Bessel functions, times e^-|x| (special_bessel.c) ---- */
double special_besseli_scaled(double order, double x); /* whole order to 1000 */
double special_besseli_scaled_slope(double order,
                                    double x); /* in x; at 0 to the right */

/* ---- the distribution of von Mises around 0 (special_von_mises.c) ---- */
double special_von_mises_density(double x, double concentration);
double special_von_mises_cdf(double x, double concentration); /* from -pi; and turns */
double special_von_mises_cdf_slope(double x, double concentration); /* in the last */
double special_von_mises_quantile(double q, double concentration);

/* T of Owen: P(X > h, 0 < Y < a X) of two standard normal variables (special_owens.c)
 */
double special_owens_t(double h, double a);

#endif
