/* SPDX-License-Identifier: MIT
 * Arrays of numbers as they lie in binary files: their checks, and their copy into the
 * numbers of the language.
 */
#include "base/limits.h"
#include "data/bytes.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

Bytes bytes_of(Arena *a, Diags *d, Span span, Text file, Text bytes)
{
    return (Bytes){
        {a, d, span, file}, (const unsigned char *)bytes.at, bytes.len, NULL};
}

bool bytes_bad(const Bytes *b, size_t offset, const char *format, ...)
{
    char what[200];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    diag_add(b->file.d, E0556, b->file.span, DATA_NAME(&b->file),
             b->packed ? b->packed : "", (unsigned long long)offset, what);
    return false;
}

bool bytes_have(const Bytes *b, size_t offset, size_t need, const char *what)
{
    if (offset <= b->len && need <= b->len - offset) return true;
    return bytes_bad(b, b->len, "the file ends within %s", what);
}

uint64_t bytes_number(const unsigned char *at, int count, bool big)
{
    uint64_t x = 0;
    for (int i = 0; i < count; i++) x = x << 8 | at[big ? i : count - 1 - i];
    return x;
}

void put_number(Out *o, uint64_t x, int count, bool big)
{
    for (int i = 0; i < count; i++)
        out_char(o, (char)(x >> 8 * (big ? count - 1 - i : i) & 255));
}

size_t cell_size(Cell c)
{
    static const unsigned char size[] = {1, 1, 1, 2, 2, 4, 4, 8, 8, 2, 4, 8};
    return size[c];
}

NumbersKind numbers_kind(const Numbers *n)
{
    if (n->most > 0) return NUMBERS_REAL;
    return n->cell == CELL_BOOL  ? NUMBERS_BOOL
           : n->cell >= CELL_F16 ? NUMBERS_REAL
                                 : NUMBERS_INT;
}

int64_t numbers_count(const Numbers *n)
{
    int64_t count = 1;
    for (int i = 0; i < n->rank; i++) count *= n->dim[i];
    return count;
}

bool numbers_fit(const Bytes *b, size_t offset, size_t have, bool exact,
                 const Numbers *n)
{
    int64_t count = 1;
    for (int i = 0; i < n->rank; i++) {
        if (n->dim[i] && count > LIMIT_ELEMENTS / n->dim[i])
            return bytes_bad(b, offset, "it would have more than 2^40 numbers");
        count *= n->dim[i];
    }
    size_t need = (size_t)count * cell_size(n->cell);
    if (need > have)
        return bytes_bad(b, offset,
                         "%llu bytes of numbers are due from here, and %llu "
                         "are there",
                         (unsigned long long)need, (unsigned long long)have);
    if (exact && need < have)
        return bytes_bad(b, offset + need, "%llu bytes follow the numbers",
                         (unsigned long long)(have - need));
    return true;
}

static double half(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 31);
    double fraction = (double)(bits & 1023), x;
    if (exponent == 31)
        x = fraction > 0 ? (double)NAN : HUGE_VAL;
    else
        x = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
    return bits >> 15 & 1 ? -x : x;
}

static double real_cell(const Numbers *n, uint64_t bits)
{
    float f;
    double d;
    uint32_t low = (uint32_t)bits;
    switch (n->cell) {
    case CELL_F16: return half(bits);
    case CELL_F32: memcpy(&f, &low, sizeof f); return (double)f;
    case CELL_F64: memcpy(&d, &bits, sizeof d); return d;
    case CELL_BOOL:
    case CELL_U8:
    case CELL_I8:
    case CELL_U16:
    case CELL_I16:
    case CELL_U32:
    case CELL_I32:
    case CELL_U64:
    case CELL_I64:
    default: return n->most > 0 ? (double)bits / n->most : (double)bits;
    }
}

/* The whole number that the bits of a cell are. */
static int64_t whole_cell(Cell c, uint64_t bits)
{
    switch (c) {
    case CELL_I8: return (int8_t)bits;
    case CELL_I16: return (int16_t)bits;
    case CELL_I32: return (int32_t)bits;
    case CELL_BOOL:
    case CELL_U8:
    case CELL_U16:
    case CELL_U32:
    case CELL_U64:
    case CELL_I64:
    case CELL_F16:
    case CELL_F32:
    case CELL_F64:
    default: return (int64_t)bits;
    }
}

/* Cells from the start to number i in the order of C. */
static int64_t cell_at(const Numbers *n, int64_t i)
{
    if (!n->columns) return i;
    int64_t at = 0, step[NUMBERS_RANK], all = 1;
    for (int k = 0; k < n->rank; k++) {
        step[k] = all;
        all *= n->dim[k];
    }
    for (int k = n->rank - 1; k >= 0; k--) {
        at += i % n->dim[k] * step[k];
        i /= n->dim[k];
    }
    return at;
}

bool numbers_copy(const Numbers *n, void *to)
{
    int64_t count = numbers_count(n);
    size_t size = cell_size(n->cell);
    NumbersKind kind = numbers_kind(n);
    for (int64_t i = 0; i < count; i++) {
        const unsigned char *at = n->raw + (size_t)cell_at(n, i) * size;
        uint64_t bits = size == 1 ? *at : bytes_number(at, (int)size, n->big);
        if (kind == NUMBERS_REAL)
            ((double *)to)[i] = real_cell(n, bits);
        else if (kind == NUMBERS_BOOL)
            ((uint8_t *)to)[i] = bits != 0;
        else
            ((int64_t *)to)[i] = whole_cell(n->cell, bits);
        if (n->cell == CELL_U64 && bits > INT64_MAX) return false;
    }
    return true;
}
