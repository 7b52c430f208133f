/* SPDX-License-Identifier: MIT
 * The counter-based generator: Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011,
 * "Parallel random numbers: as easy as 1, 2, 3"). A key and a counter give the bits;
 * nothing is kept.
 */
#ifndef UNC_BASE_RNG_H
#define UNC_BASE_RNG_H

#include <stdint.h>

/* One block: 4 words from a 128-bit counter and a 64-bit key. */
void rng_block(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2]);

/* A key folded with a number: different numbers give independent keys. */
uint64_t key_fold(uint64_t key, uint64_t number);
/* y[i] = key_fold(key[i], number[i]); y may be either of them. */
void key_fold_rows(int64_t n, const uint64_t *key, const uint64_t *number, uint64_t *y);
uint64_t key_fold_text(uint64_t key, const char *text); /* by a hash of the text */

/* n numbers of the stream of `key`, starting at its element `from`. The same element
 * has the same value whatever n, from, CPU or thread. */
void rng_unit_f64(uint64_t key, int64_t from, int64_t n,
                  double *y); /* (0, 1), 2^-53 grid */
void rng_unit_f32(uint64_t key, int64_t from, int64_t n, float *y); /* (0, 1) */
void rng_gauss_f64(uint64_t key, int64_t from, int64_t n, double *y);
void rng_gauss_f32(uint64_t key, int64_t from, int64_t n, float *y);
/* 1 with probability keep (to 2^-16, from 16 random bits an element), else 0. */
void rng_keep_f64(uint64_t key, int64_t from, int64_t n, double keep, double *y);
void rng_keep_f32(uint64_t key, int64_t from, int64_t n, double keep, float *y);
/* Many short streams at once: row r of y[rows, n] is the first n numbers of the stream
 * of key[r], bit for bit as the functions above give them from 0. */
void rng_unit_rows_f64(const uint64_t *key, int64_t rows, int64_t n, double *y);
void rng_unit_rows_f32(const uint64_t *key, int64_t rows, int64_t n, float *y);
void rng_gauss_rows_f64(const uint64_t *key, int64_t rows, int64_t n, double *y);
void rng_gauss_rows_f32(const uint64_t *key, int64_t rows, int64_t n, float *y);
void rng_keep_rows_f64(const uint64_t *key, int64_t rows, int64_t n, double keep,
                       double *y);
void rng_keep_rows_f32(const uint64_t *key, int64_t rows, int64_t n, double keep,
                       float *y);
/* A number in [0, n), without bias. */
uint64_t rng_below(uint64_t key, uint64_t counter, uint64_t n);

#endif
