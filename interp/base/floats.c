/* SPDX-License-Identifier: MIT
 * Taking and putting back the floating-point state. On x86-64 by the registers
 * themselves: the fesetenv of C libraries leaves the precision of the x87 as it is.
 */
#include "base/floats.h"

#if defined(__x86_64__)

static uint32_t sse_state(void)
{
    uint32_t s;
    __asm__ volatile("stmxcsr %0" : "=m"(s));
    return s;
}

static uint16_t x87_control(void)
{
    uint16_t c;
    __asm__ volatile("fnstcw %0" : "=m"(c));
    return c;
}

static uint16_t x87_status(void)
{
    uint16_t s;
    __asm__ volatile("fnstsw %0" : "=am"(s));
    return s;
}

void floats_take(Floats *f)
{
    f->sse = sse_state();
    f->control = x87_control();
    f->status = x87_status();
    /* fnstenv masks every exception: what it stored is loaded again. */
    __asm__ volatile("fnstenv %0\n\tfldenv %0" : "=m"(f->x87));
}

void floats_restore(const Floats *f)
{
    if (sse_state() != f->sse) __asm__ volatile("ldmxcsr %0" : : "m"(f->sse));
    if (x87_control() != f->control || x87_status() != f->status)
        __asm__ volatile("fldenv %0" : : "m"(f->x87));
}

#else

void floats_take(Floats *f) { fegetenv(&f->all); }

void floats_restore(const Floats *f) { fesetenv(&f->all); }

#endif
