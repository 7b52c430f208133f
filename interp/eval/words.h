/* SPDX-License-Identifier: MIT
 * Inside eval: the bodies of words, and how they read their arguments.
 */
#ifndef UNC_EVAL_WORDS_H
#define UNC_EVAL_WORDS_H

#include "eval_int.h"

Word word_elem, word_build, word_identity, word_reduce, word_extreme, word_quantile,
    word_along, word_shape, word_len, word_reshape, word_insert_axis, word_spread,
    word_concat, word_split, word_linspace, word_fill, word_eye, word_repeat,
    word_derive, word_pick, word_print, word_assert, word_record, word_read, word_write,
    word_matrix, word_time, word_number, word_sample, word_logpdf, word_dist,
    word_inverse, word_invertible, word_made_by, word_is_function, word_flow,
    word_solve_increasing, word_scan, word_permute, word_take, word_upper, word_later;
Word word_convolve, word_window, word_resize;
Word word_read_array, word_write_array;

List *word_rest(Interp *I, int word, const Value *arg);  /* what `…` took */
bool sizes_value(Interp *I, const Shape *s, Value *out); /* a vector of ints */
/* An int that is a size: while a program is checked also one that is not known. */
bool arg_size(Interp *I, Value v, Span span, const char *what, int64_t *out);
char *file_name(Interp *I, Text t); /* with a NUL; kept to the end of the run */
bool word_is_reading(int word);
bool word_is_writing(int word);
bool word_is_upper(int word);
bool word_is_choosing(int word); /* where, is_nan, is_finite: takes NaN in its stride */
bool sizes_ok(Interp *I, const Shape *s, Span span);
bool arg_axis(Interp *I, Value v, int rank, Span span, int *axis);
bool arg_sizes(Interp *I, Value first, const List *rest, Span span, Shape *shape);

#endif
