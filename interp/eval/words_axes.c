/* SPDX-License-Identifier: MIT
 * Words that choose among what lies along axes: their order, and the first one at ints.
 */
#include "abstract.h"
#include "words.h"

#include <math.h>

static Node *build_permute(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)n;
    return graph_node(g, &op_permute, in, 1, ctx);
}

bool word_permute(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Shape s, axes;
    Attr a = {0};
    bool seen[LIMIT_RANK] = {false};
    Span span = word_place(I, word, args, 1);
    arg[0] = range_as_tensor(I, arg[0]);
    arg[1] = range_as_tensor(I, arg[1]);
    for (int i = 0; i < 2; i++)
        if (I->abstract && is_unknown(arg[i])) return vaguely(I);
    if (!value_shape(arg[0], &s))
        return fail(I, E0352, word_place(I, word, args, 0), word_name(word),
                    value_kind_text(arg[0]));
    if (I->abstract && known_later(I, arg[1])) return vaguely(I);
    bool fits = arg[1].kind == VALUE_TENSOR && value_shape(arg[1], &axes) &&
                axes.rank == 1 && axes.dim[0] == s.rank;
    for (int i = 0; fits && i < s.rank; i++) {
        double x = tensor_real_at(arg[1].tensor, i);
        fits = x == floor(x) && x >= 0 && x < s.rank && !seen[(int)x];
        if (fits) seen[a.perm[i] = (int)x] = true;
    }
    if (!fits) return fail(I, E0566, span, s.rank, s.rank - 1);
    return apply(I, build_permute, &a, arg, 1, args->call, out);
}

static Node *build_take(Graph *g, Node *const *in, int n, void *ctx)
{
    (void)n, (void)ctx;
    Shape s = in[1]->shape, flat = shape_of(1, (int64_t[]){shape_count(&s)});
    Node *two[2] = {in[0], op_to_shape(g, op_to_type(g, in[1], TYPE_I64), &flat)};
    Attr a = {.axis = -in[0]->shape.rank};
    Node *y = two[1] ? graph_node(g, &op_take, two, 2, &a) : NULL;
    for (int i = 1; i < in[0]->shape.rank; i++) {
        if (s.rank >= LIMIT_RANK) return graph_error(g, "too many axes");
        s.name[s.rank] = in[0]->shape.name[i];
        s.dim[s.rank++] = in[0]->shape.dim[i];
    }
    return y ? op_to_shape(g, y, &s) : NULL;
}

bool word_take(Interp *I, int word, Value *arg, const Args *args, Value *out)
{
    Shape s, index;
    (void)word;
    for (int i = 0; i < 2; i++) {
        arg[i] = range_as_tensor(I, arg[i]);
        if (I->abstract && is_unknown(arg[i])) return vaguely(I);
        Value whole;
        if (i && arg[i].kind == VALUE_TENSOR && whole_number(I, arg[i], &whole))
            arg[i] = whole;
    }
    if (I->abstract && value_shape(arg[1], &index) && type_is_real(value_type(arg[1])))
        return vaguely(I); /* whole numbers, perhaps */
    bool number = value_shape(arg[0], &s) && value_shape(arg[1], &index);
    if (!number || s.rank == 0 || value_type(arg[1]) != TYPE_I64) {
        Out a, b;
        out_init(&a, I->memory);
        out_init(&b, I->memory);
        value_type_print(I, &a, arg[0]);
        value_type_print(I, &b, arg[1]);
        fail(I, E0567, args->call, a.at, b.at);
        out_free(&a);
        out_free(&b);
        return false;
    }
    return apply(I, build_take, NULL, arg, 2, args->call, out);
}
