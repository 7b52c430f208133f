/* SPDX-License-Identifier: MIT
 * The operators on two plain numbers, without going through tensors.
 */
#include "eval_int.h"

#include <math.h>

static double floor_mod(double a, double b)
{
    double r = fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

static bool whole(OpCode op, int64_t a, int64_t b, Value *out)
{
    int64_t y;
    switch (op) {
    case OP_ADD:
        if (__builtin_add_overflow(a, b, &y)) return false;
        break;
    case OP_SUB:
        if (__builtin_sub_overflow(a, b, &y)) return false;
        break;
    case OP_MUL:
        if (__builtin_mul_overflow(a, b, &y)) return false;
        break;
    case OP_MOD:
        if (b == 0 || b == -1) return false;
        y = a % b;
        if (y != 0 && (y < 0) != (b < 0)) y += b;
        break;
    case OP_LT: *out = value_bool(a < b); return true;
    case OP_LE: *out = value_bool(a <= b); return true;
    case OP_GT: *out = value_bool(a > b); return true;
    case OP_GE: *out = value_bool(a >= b); return true;
    case OP_EQ: *out = value_bool(a == b); return true;
    case OP_NE: *out = value_bool(a != b); return true;
    case OP_DIV:
    case OP_POW:
    case OP_OR:
    case OP_AND:
    case OP_NOT:
    case OP_IN:
    case OP_RANGE:
    case OP_COMPOSE:
    case OP_MATMUL:
    case OP_NEG:
    default: return false;
    }
    *out = value_int(y);
    return true;
}

/* False: not one of these operators (the general way will say what is wrong). An int
 * that does not fit 64 bits becomes a real. */
bool scalar_binary(OpCode op, Value a, Value b, Value *out)
{
    if (a.kind == VALUE_INT && b.kind == VALUE_INT &&
        whole(op, a.integer, b.integer, out))
        return true;
    double x = value_as_real(a), y = value_as_real(b);
    switch (op) {
    case OP_ADD: *out = value_real(x + y); return true;
    case OP_SUB: *out = value_real(x - y); return true;
    case OP_MUL: *out = value_real(x * y); return true;
    case OP_DIV: *out = value_real(x / y); return true;
    case OP_MOD: *out = value_real(floor_mod(x, y)); return true;
    case OP_POW: *out = value_real(y == 2 ? x * x : pow(x, y)); return true;
    case OP_LT: *out = value_bool(x < y); return true;
    case OP_LE: *out = value_bool(x <= y); return true;
    case OP_GT: *out = value_bool(x > y); return true;
    case OP_GE: *out = value_bool(x >= y); return true;
    case OP_EQ: *out = value_bool(x == y); return true;
    case OP_NE: *out = value_bool(x != y); return true;
    case OP_OR:
    case OP_AND:
    case OP_NOT:
    case OP_IN:
    case OP_RANGE:
    case OP_COMPOSE:
    case OP_MATMUL:
    case OP_NEG:
    default: return false;
    }
}
