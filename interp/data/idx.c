/* SPDX-License-Identifier: MIT
 * IDX, the form of MNIST's files (LeCun): two zeros, the kind of number, how many axes,
 * their sizes, the numbers; all with the first byte counting most.
 */
#include "data/bytes.h"

#include <string.h>

enum { UNPACKED_MOST = 2000000000 };

static bool cell_of(unsigned char code, Cell *cell)
{
    static const struct {
        unsigned char code;
        Cell cell;
    } kinds[] = {{0x08, CELL_U8},  {0x09, CELL_I8},  {0x0B, CELL_I16},
                 {0x0C, CELL_I32}, {0x0D, CELL_F32}, {0x0E, CELL_F64}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].code == code) {
            *cell = kinds[i].cell;
            return true;
        }
    return false;
}

bool idx_read(Arena *a, Diags *d, Span span, Text file, Text bytes, Numbers *out)
{
    Bytes b = bytes_of(a, d, span, file, bytes);
    if (is_gzip(&b) && !gzip_open(&b, UNPACKED_MOST, &b)) return false;
    memset(out, 0, sizeof *out);
    out->big = true;
    if (!bytes_have(&b, 0, 4, "the head of IDX")) return false;
    if (b.at[0] || b.at[1]) return bytes_bad(&b, 0, "no IDX: it begins with two zeros");
    if (!cell_of(b.at[2], &out->cell))
        return bytes_bad(&b, 2, "a kind of number that IDX does not have, %d", b.at[2]);
    if (b.at[3] > NUMBERS_RANK)
        return bytes_bad(&b, 3, "%d axes, where at most %d are read", b.at[3],
                         NUMBERS_RANK);
    out->rank = b.at[3];
    size_t head = 4 + 4 * (size_t)out->rank;
    if (!bytes_have(&b, 4, 4 * (size_t)out->rank, "the sizes")) return false;
    for (int i = 0; i < out->rank; i++)
        out->dim[i] = (int64_t)bytes_number(b.at + 4 + 4 * i, 4, true);
    out->raw = b.at + head;
    return numbers_fit(&b, head, b.len - head, true, out);
}

static bool all_bytes(const Dense *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        int64_t v = x->kind == NUMBERS_INT ? ((const int64_t *)x->data)[i] : 0;
        if (v < 0 || v > 255) return false;
    }
    return x->kind != NUMBERS_REAL;
}

bool idx_write(Out *o, const Dense *x)
{
    int64_t n = 1;
    for (int i = 0; i < x->rank; i++) {
        if (x->dim[i] > UINT32_MAX) return false;
        n *= x->dim[i];
    }
    bool bytes = all_bytes(x, n), ints = x->kind == NUMBERS_INT;
    for (int64_t i = 0; ints && i < n; i++) {
        int64_t v = ((const int64_t *)x->data)[i];
        if (v < INT32_MIN || v > INT32_MAX) return false;
    }
    put_number(o, bytes ? 0x08 : ints ? 0x0C : 0x0E, 3, true);
    out_char(o, (char)x->rank);
    for (int i = 0; i < x->rank; i++) put_number(o, (uint64_t)x->dim[i], 4, true);
    for (int64_t i = 0; i < n; i++) {
        uint64_t v;
        if (x->kind == NUMBERS_REAL)
            memcpy(&v, (const double *)x->data + i, sizeof v);
        else
            v = ints ? (uint64_t)((const int64_t *)x->data)[i]
                     : ((const uint8_t *)x->data)[i];
        put_number(o, v, bytes ? 1 : ints ? 4 : 8, true);
    }
    return true;
}
