/* SPDX-License-Identifier: MIT
 * Random numbers as data: every draw has a key, made from the run's seed, the place in
 * the program and how often that place has run; or from the seed that was given.
 */
#include "eval_int.h"

#include <string.h>

typedef struct Occurrence {
    uint64_t place, count;
} Occurrence;

static uint64_t occurred(Interp *I, uint64_t place)
{
    for (uint32_t i = 0; i < I->occurrences; i++)
        if (I->occurrence[i].place == place) return I->occurrence[i].count++;
    if (I->occurrences == I->occurrence_room) {
        uint32_t room = I->occurrence_room ? 2 * I->occurrence_room : 16;
        I->occurrence = memory_grow(I->memory, I->occurrence,
                                    I->occurrence_room * sizeof *I->occurrence,
                                    room * sizeof *I->occurrence);
        I->occurrence_room = room;
    }
    I->occurrence[I->occurrences++] = (Occurrence){place, 1};
    return 0;
}

uint64_t next_key(Interp *I, Span span)
{
    uint64_t place = (uint64_t)span.source << 32 | span.from;
    return key_fold(key_fold(key_fold(0x756e63, I->seed), place), occurred(I, place));
}

bool random_noise(Interp *I, bool gauss, const Shape *shape, Value *out)
{
    if (I->handler && I->handler->noise)
        return I->handler->noise(I, I->handler, gauss, shape, out);
    if (I->abstract) {
        *out = abstract_number(I, TYPE_F64, gauss ? SUPPORT_ANY : SUPPORT_UNIT, shape);
        return true;
    }
    record_once(I);
    if (!I->seeded) {
        I->key = next_key(I, I->span);
        I->draws = 0;
    }
    uint64_t key = key_fold(I->key, I->draws++);
    Tensor *t = tensor_raw(I->memory, TYPE_F64, shape);
    int64_t n = shape_count(shape);
    if (gauss)
        rng_gauss_f64(key, 0, n, t->data);
    else
        rng_unit_f64(key, 0, n, t->data);
    *out = value_tensor(I, t);
    return true;
}
