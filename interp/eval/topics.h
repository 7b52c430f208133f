/* SPDX-License-Identifier: MIT
 * What the names of the language are for: a list to read, by topic.
 */
#ifndef UNC_EVAL_TOPICS_H
#define UNC_EVAL_TOPICS_H

#include <stdbool.h>

/* The definitions of stdlib, sorted; NULL past the end. */
const char *library_word(int i);
/* Whether word i is refused by name: a later version has it. */
bool word_to_come(int i);
/* The section of intrinsic.def in which word i stands; NULL of one to come. */
const char *word_topic(int i);
/* The folder of stdlib that has definition i, "dist"; NULL for a part of others, whose
 * comment shows no use of it. Whether it is a function, not of the folder's kind. */
const char *library_topic(int i);
bool library_is_fn(int i);

#endif
