/* SPDX-License-Identifier: MIT
 * The floating-point state of the running thread: rounding, exception flags, what
 * becomes of denormals. Taken before a stranger's code runs, put back behind it.
 */
#ifndef UNC_BASE_FLOATS_H
#define UNC_BASE_FLOATS_H

#include <fenv.h>
#include <stdint.h>

typedef struct Floats {
#if defined(__x86_64__)
    uint32_t sse; /* MXCSR */
    uint16_t control, status;
    uint32_t x87[7]; /* the environment, as fnstenv stores it */
#else
    fenv_t all;
#endif
} Floats;

void floats_take(Floats *f);
/* Writes only what differs, so that it may stand behind every call. */
void floats_restore(const Floats *f);

#endif
