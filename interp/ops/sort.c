/* SPDX-License-Identifier: MIT
 * Sorting along an axis, and the order that sorts: a stable merge sort of keys. Equal
 * numbers keep their order, NaNs come last.
 */
#include "ops/ops_int.h"

typedef struct Item {
    uint64_t key; /* ordered like the number */
    int64_t at;
} Item;

/* Runs of so many are sorted by insertion. */
enum { RUN = 12 };

static uint64_t real_key(double x)
{
    uint64_t u, top = (uint64_t)1 << 63;
    if (x != x) return UINT64_MAX;
    x += 0.0; /* −0 is 0 */
    memcpy(&u, &x, sizeof u);
    return u & top ? ~u : u | top;
}

static uint64_t key_at(const Buffer *x, int64_t i)
{
    if (x->type == TYPE_F64) return real_key(((const double *)x->data)[i]);
    if (x->type == TYPE_F32) return real_key((double)((const float *)x->data)[i]);
    return (uint64_t)((const int64_t *)x->data)[i] ^ ((uint64_t)1 << 63);
}

static void insertion(Item *x, int64_t n)
{
    for (int64_t i = 1; i < n; i++) {
        Item item = x[i];
        int64_t k = i;
        for (; k > 0 && x[k - 1].key > item.key; k--) x[k] = x[k - 1];
        x[k] = item;
    }
}

static void merge(const Item *x, int64_t middle, int64_t n, Item *y)
{
    int64_t i = 0, k = middle;
    for (int64_t at = 0; at < n; at++) {
        bool first = i < middle && (k >= n || x[i].key <= x[k].key);
        y[at] = first ? x[i++] : x[k++];
    }
}

/* Sorts x[n] with as much room; answers which of both holds the result. */
static Item *merge_sort(Item *x, Item *room, int64_t n)
{
    for (int64_t i = 0; i < n; i += RUN) insertion(x + i, n - i < RUN ? n - i : RUN);
    for (int64_t w = RUN; w < n; w *= 2) {
        for (int64_t i = 0; i < n; i += 2 * w) {
            int64_t m = n - i < 2 * w ? n - i : 2 * w;
            merge(x + i, m < w ? m : w, m, room + i);
        }
        Item *t = x;
        x = room;
        room = t;
    }
    return x;
}

size_t sort_scratch(const Node *n)
{
    Lines l = lines_of(&n->shape, n->attr->axis);
    return (size_t)l.n * 2 * sizeof(Item);
}

static void put(const Buffer *x, int64_t from, const Buffer *y, int64_t to)
{
    size_t size = type_size(x->type);
    memcpy((char *)y->data + (size_t)to * size, (char *)x->data + (size_t)from * size,
           size);
}

void sort_run(Run *r)
{
    const Buffer *x = &r->in[0];
    Lines l = lines_of(&r->node->shape, r->node->attr->axis);
    bool order = r->node->op == &op_argsort;
    Item *item = r->scratch; /* none for lines of no numbers */
    if (l.n == 0) return;
    for (int64_t line = 0; line < l.outer * l.inner; line++) {
        int64_t base = line / l.inner * l.n * l.inner + line % l.inner;
        for (int64_t i = 0; i < l.n; i++) {
            item[i].key = key_at(x, base + i * l.inner);
            item[i].at = i;
        }
        const Item *sorted = merge_sort(item, item + l.n, l.n);
        for (int64_t i = 0; i < l.n; i++) {
            int64_t to = base + i * l.inner;
            if (order)
                ((int64_t *)r->out.data)[to] = sorted[i].at;
            else
                put(x, base + sorted[i].at * l.inner, &r->out, to);
        }
    }
}
