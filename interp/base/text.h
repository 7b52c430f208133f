/* SPDX-License-Identifier: MIT
 * Slices of UTF-8, and a growing text. Numbers are written and read without the locale.
 */
#ifndef UNC_BASE_TEXT_H
#define UNC_BASE_TEXT_H

#include "memory.h"

#include <stdarg.h>

typedef struct Text {
    const char *at; /* not NUL-terminated unless said */
    size_t len;
} Text;

static inline Text text_of(const char *s)
{
    size_t n = 0;
    while (s[n]) n++;
    return (Text){s, n};
}
bool text_same(Text a, Text b);

/* A text that grows; its storage is given back by out_free. Always NUL-terminated. */
typedef struct Out {
    Memory *memory;
    char *at;
    size_t len, room;
} Out;

void out_init(Out *o, Memory *m);
void out_free(Out *o);
void out_text(Out *o, Text t);
void out_str(Out *o, const char *s);
void out_char(Out *o, char c);
void out_fmt(Out *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
void out_vfmt(Out *o, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
/* The shortest decimal that reads back as x; "nan", "inf", "-inf". A whole real has no
 * point: 12, as the language prints it. */
void out_real(Out *o, double x);

/* Reads a decimal number (no blanks, no hex); false if t is not one. Exactly rounded,
 * and the same under every locale. Accepts nan, NA, inf, -inf only when `words`. */
bool text_to_real(Text t, double *x, bool words);

/* Width in columns of the code points of t (combining marks count 0, wide ones 2). */
size_t text_columns(Text t);
/* Edit distance with a bound, for "did you mean"; two letters crossed count as one. */
int text_distance(Text a, Text b, int most);
/* How far apart they are as names: 0 the same, less is nearer, or NAMES_APART for names
 * that nobody would mistake for each other. */
enum { NAMES_APART = 99 };
int text_mistaken(Text a, Text b);

#endif
