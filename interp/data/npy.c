/* SPDX-License-Identifier: MIT
 * NumPy's arrays: .npy (a head that is a Python dict, then the numbers), and .npz, a
 * ZIP archive of them. Archives are read by their central directory.
 */
#include "data/bytes.h"

#include <string.h>

/* ---- .npy ---- */

typedef struct Head {
    const Bytes *b;
    size_t at, end;
    unsigned seen; /* of the three entries */
} Head;

static void skip(Head *h)
{
    while (h->at < h->end && strchr(" \t\n,", h->b->at[h->at]) && h->b->at[h->at])
        h->at++;
}

static bool sign(Head *h, char c)
{
    skip(h);
    if (h->at >= h->end || h->b->at[h->at] != (unsigned char)c) return false;
    h->at++;
    return true;
}

static bool quoted(Head *h, Text *t)
{
    char quote = '\'';
    skip(h);
    if (h->at < h->end && h->b->at[h->at] == '"') quote = '"';
    if (!sign(h, quote)) return false;
    *t = (Text){(const char *)h->b->at + h->at, 0};
    while (h->at + t->len < h->end && t->at[t->len] != quote) t->len++;
    h->at += t->len;
    return sign(h, quote);
}

static bool head_bad(const Head *h, const char *what)
{
    return bytes_bad(h->b, h->at, "%s is due in the head", what);
}

static bool read_kind(Head *h, Numbers *out)
{
    static const struct {
        char code[3];
        Cell cell;
    } kinds[] = {{"b1", CELL_BOOL}, {"u1", CELL_U8},  {"i1", CELL_I8},
                 {"u2", CELL_U16},  {"i2", CELL_I16}, {"u4", CELL_U32},
                 {"i4", CELL_I32},  {"u8", CELL_U64}, {"i8", CELL_I64},
                 {"f2", CELL_F16},  {"f4", CELL_F32}, {"f8", CELL_F64}};
    Text t;
    size_t from = h->at;
    if (!quoted(h, &t)) return head_bad(h, "a kind of number such as '<f8'");
    for (size_t i = 0; t.len == 3 && i < sizeof kinds / sizeof *kinds; i++)
        if (memcmp(t.at + 1, kinds[i].code, 2) == 0 && strchr("<>|=", t.at[0])) {
            out->cell = kinds[i].cell;
            out->big = t.at[0] == '>';
            return true;
        }
    return bytes_bad(h->b, from,
                     "numbers of kind '%.*s', which is none of bool, int and "
                     "real",
                     DATA_TEXT(t));
}

static bool read_order(Head *h, Numbers *out)
{
    skip(h);
    const char *at = (const char *)h->b->at + h->at;
    size_t left = h->end - h->at;
    if (left >= 4 && memcmp(at, "True", 4) == 0) {
        out->columns = true;
        h->at += 4;
    } else if (left >= 5 && memcmp(at, "False", 5) == 0) {
        h->at += 5;
    } else {
        return head_bad(h, "True or False");
    }
    return true;
}

static bool read_shape(Head *h, Numbers *out)
{
    if (!sign(h, '(')) return head_bad(h, "a shape");
    while (!sign(h, ')')) {
        int64_t n = -1;
        for (; h->at < h->end && h->b->at[h->at] >= '0' && h->b->at[h->at] <= '9';
             h->at++) {
            if (n > INT64_MAX / 100) return head_bad(h, "a size below 2^56");
            n = (n < 0 ? 0 : n) * 10 + (h->b->at[h->at] - '0');
        }
        if (n < 0) return head_bad(h, "a size");
        if (out->rank == NUMBERS_RANK)
            return bytes_bad(h->b, h->at, "more than %d axes", NUMBERS_RANK);
        out->dim[out->rank++] = n;
    }
    return true;
}

static bool read_entries(Head *h, Numbers *out)
{
    static const char *const names[] = {"descr", "fortran_order", "shape"};
    if (!sign(h, '{')) return head_bad(h, "a dict");
    while (!sign(h, '}')) {
        Text key;
        unsigned k = 0;
        if (!quoted(h, &key) || !sign(h, ':')) return head_bad(h, "a name");
        while (k < 3 && !text_same(key, text_of(names[k]))) k++;
        if (k == 3 || h->seen >> k & 1)
            return head_bad(h, "each of descr, fortran_order and shape once");
        h->seen |= 1u << k;
        if (!(k == 0   ? read_kind(h, out)
              : k == 1 ? read_order(h, out)
                       : read_shape(h, out)))
            return false;
    }
    return h->seen == 7 || head_bad(h, "each of descr, fortran_order and shape");
}

static bool read_npy(const Bytes *b, Numbers *out)
{
    memset(out, 0, sizeof *out);
    if (!bytes_have(b, 0, 10, "its head")) return false;
    if (memcmp(b->at, "\x93NUMPY", 6) != 0)
        return bytes_bad(b, 0, "no array of NumPy: it begins with \\x93NUMPY");
    int version = b->at[6], width = version == 1 ? 2 : 4;
    if (version < 1 || version > 3 || b->at[7])
        return bytes_bad(b, 6, "version %d.%d of the form, where 1.0 to 3.0 are read",
                         version, b->at[7]);
    size_t from = 8 + (size_t)width;
    if (!bytes_have(b, 8, (size_t)width, "its head")) return false;
    size_t len = (size_t)bytes_number(b->at + 8, width, false);
    if (!bytes_have(b, from, len, "its head")) return false;
    Head h = {b, from, from + len, 0};
    if (!read_entries(&h, out)) return false;
    out->raw = b->at + from + len;
    return numbers_fit(b, from + len, b->len - from - len, true, out);
}

bool npy_read(Arena *a, Diags *d, Span span, Text file, Text bytes, Numbers *out)
{
    Bytes b = bytes_of(a, d, span, file, bytes);
    return read_npy(&b, out);
}

void npy_write(Out *o, const Dense *x)
{
    static const char *const kinds[] = {"<f8", "<i8", "|b1"};
    static const int sizes[] = {8, 8, 1};
    Out head;
    int64_t n = 1;
    out_init(&head, o->memory);
    out_fmt(&head, "{'descr': '%s', 'fortran_order': False, 'shape': (",
            kinds[x->kind]);
    for (int i = 0; i < x->rank; i++) {
        n *= x->dim[i];
        out_fmt(&head, i ? " %lld," : "%lld,", (long long)x->dim[i]);
    }
    out_str(&head, "), }");
    while ((head.len + 11) % 64) out_char(&head, ' ');
    out_char(&head, '\n');
    out_text(o, (Text){"\x93NUMPY\x01\x00", 8});
    put_number(o, head.len, 2, false);
    out_text(o, (Text){head.at, head.len});
    out_free(&head);
    for (int64_t i = 0; i < n; i++) {
        uint64_t v = 0;
        memcpy(&v, (const char *)x->data + i * sizes[x->kind], (size_t)sizes[x->kind]);
        put_number(o, v, sizes[x->kind], false);
    }
}

/* ---- .npz ---- */

/* What the central directory says of a member. */
typedef struct Member {
    size_t at, packed, size, offset;
    uint32_t crc;
    int method;
    Text name;
} Member;

static size_t field(const Bytes *b, size_t at, int count)
{
    return (size_t)bytes_number(b->at + at, count, false);
}

/* Where the end record is; it may have a comment behind it. */
static bool find_end(const Bytes *b, size_t *end)
{
    if (b->len >= 22)
        for (size_t at = b->len - 22, tries = 0; tries < 65536; at--, tries++) {
            if (memcmp(b->at + at, "PK\5\6", 4) == 0 &&
                at + 22 + field(b, at + 20, 2) == b->len) {
                *end = at;
                return true;
            }
            if (at == 0) break;
        }
    return bytes_bad(b, b->len,
                     "no archive of NumPy, or one that is cut off: it has no "
                     "end record");
}

static bool read_member(const Bytes *b, size_t at, Member *m)
{
    if (!bytes_have(b, at, 46, "the directory")) return false;
    if (memcmp(b->at + at, "PK\1\2", 4) != 0)
        return bytes_bad(b, at, "an entry of the directory is due");
    *m = (Member){.at = at,
                  .method = (int)field(b, at + 10, 2),
                  .crc = (uint32_t)field(b, at + 16, 4),
                  .packed = field(b, at + 20, 4),
                  .size = field(b, at + 24, 4),
                  .offset = field(b, at + 42, 4),
                  .name = {(const char *)b->at + at + 46, field(b, at + 28, 2)}};
    if (!bytes_have(b, at + 46, m->name.len, "the directory")) return false;
    if (field(b, at + 8, 2) & 1) return bytes_bad(b, at, "an encrypted member");
    if (m->method != 0 && m->method != 8)
        return bytes_bad(b, at, "a member packed by method %d", m->method);
    if (m->name.len < 5 || memcmp(m->name.at + m->name.len - 4, ".npy", 4) != 0)
        return bytes_bad(b, at, "a member that is no .npy: `%.*s`", DATA_TEXT(m->name));
    m->name.len -= 4;
    return true;
}

/* The member's bytes, with their checksum looked at. */
static bool open_member(const Bytes *b, const Member *m, Bytes *out)
{
    size_t at = m->offset;
    if (!bytes_have(b, at, 30, "a member")) return false;
    if (memcmp(b->at + at, "PK\3\4", 4) != 0)
        return bytes_bad(b, at, "a member is due");
    size_t from = at + 30 + field(b, at + 26, 2) + field(b, at + 28, 2);
    if (field(b, at + 26, 2) != m->name.len + 4 ||
        !bytes_have(b, at + 30, m->name.len, "a member") ||
        memcmp(b->at + at + 30, m->name.at, m->name.len) != 0)
        return bytes_bad(b, at, "the member has another name than in the directory");
    if (!bytes_have(b, from, m->packed, "a member")) return false;
    if (m->method == 0 && m->packed != m->size)
        return bytes_bad(b, m->at, "sizes that differ, of what is not packed");
    *out = (Bytes){b->file, b->at + from, m->size, NULL};
    if (m->method == 8 && !inflate_raw(b, from, m->packed, m->size, out)) return false;
    out->packed = "in a member, ";
    return crc_of(out->at, out->len) == m->crc ||
           bytes_bad(b, at, "the checksum of this member is wrong");
}

bool npz_read(Arena *a, Diags *d, Span span, Text file, Text bytes, NamedNumbers **out,
              int64_t *count)
{
    Bytes b = bytes_of(a, d, span, file, bytes);
    size_t end = 0, members;
    if (!find_end(&b, &end)) return false;
    members = field(&b, end + 10, 2);
    size_t at = field(&b, end + 16, 4);
    if (members == 0xFFFF || at == 0xFFFFFFFF)
        return bytes_bad(&b, end, "an archive in the 64-bit form");
    NamedNumbers *all = arena_take(a, (members + 1) * sizeof *all);
    for (size_t i = 0, size = 0; i < members; i++) {
        Member m = {0};
        Bytes part;
        if (!read_member(&b, at, &m)) return false;
        size += m.size;
        if (size / DEFLATE_RATIO > b.len) /* members that share their bytes */
            return bytes_bad(&b, at, "%llu bytes cannot be packed in the file's %llu",
                             (unsigned long long)size, (unsigned long long)b.len);
        if (!open_member(&b, &m, &part) || !read_npy(&part, &all[i].numbers))
            return false;
        all[i].name = m.name;
        for (size_t k = 0; k < i; k++)
            if (text_same(all[k].name, m.name))
                return bytes_bad(&b, m.at, "a second member `%.*s`", DATA_TEXT(m.name));
        at += 50 + m.name.len + field(&b, m.at + 30, 2) + field(&b, m.at + 32, 2);
    }
    *out = all;
    *count = (int64_t)members;
    return at == end || bytes_bad(&b, at, "the end record is due here");
}

/* The fields that a member's head and its entry in the directory share. */
static void put_member(Out *o, uint32_t crc, size_t size, size_t name)
{
    put_number(o, 20, 2, false);         /* version */
    put_number(o, 0, 4, false);          /* flags, method: as it is */
    put_number(o, 0x00210000, 4, false); /* 1980-01-01 00:00 */
    put_number(o, crc, 4, false);
    put_number(o, size, 4, false);
    put_number(o, size, 4, false);
    put_number(o, name + 4, 2, false);
    put_number(o, 0, 2, false);
}

bool npz_write(Out *o, const Text *name, const Dense *x, int64_t count)
{
    Out directory, part;
    bool large = count >= UINT16_MAX;
    out_init(&directory, o->memory);
    for (int64_t i = 0; i < count; i++) {
        size_t offset = o->len;
        out_init(&part, o->memory);
        npy_write(&part, &x[i]);
        large = large || offset + part.len >= UINT32_MAX;
        uint32_t crc = crc_of((const unsigned char *)part.at, part.len);
        out_text(o, (Text){"PK\3\4", 4});
        put_member(o, crc, part.len, name[i].len);
        out_fmt(o, "%.*s.npy", (int)name[i].len, name[i].at);
        out_text(o, (Text){part.at, part.len});
        out_text(&directory, (Text){"PK\1\2\x14\0", 6});
        put_member(&directory, crc, part.len, name[i].len);
        put_number(&directory, 0, 6, false); /* comment, disk, attributes */
        put_number(&directory, 0, 4, false);
        put_number(&directory, offset, 4, false);
        out_fmt(&directory, "%.*s.npy", (int)name[i].len, name[i].at);
        out_free(&part);
    }
    size_t from = o->len;
    out_text(o, (Text){directory.at, directory.len});
    out_text(o, (Text){"PK\5\6\0\0\0\0", 8});
    put_number(o, (uint64_t)count, 2, false);
    put_number(o, (uint64_t)count, 2, false);
    put_number(o, directory.len, 4, false);
    put_number(o, from, 4, false);
    put_number(o, 0, 2, false);
    out_free(&directory);
    return !large;
}
