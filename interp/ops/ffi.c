/* SPDX-License-Identifier: MIT
 * libffi, and the only file that knows it: a C call whose signature is known at run
 * time, made ready once.
 */
#include "ops/ops_int.h"

#include <ffi.h>

struct CCall {
    ffi_cif cif;
    void (*function)(void);
    CType result;
    ffi_type *arg[];
};

static ffi_type *type_of(CType t)
{
    switch (t) {
    case C_NOTHING: return &ffi_type_void;
    case C_DOUBLE: return &ffi_type_double;
    case C_INT: return &ffi_type_sint;
    case C_SIZE: return sizeof(size_t) == 8 ? &ffi_type_uint64 : &ffi_type_uint32;
    case C_POINTER: break;
    }
    return &ffi_type_pointer;
}

CCall *ccall_new(Memory *m, void (*function)(void), CType result, const CType *arg,
                 int n)
{
    size_t bytes = sizeof(CCall) + (size_t)(n + 1) * sizeof(ffi_type *);
    CCall *c = memory_take(m, bytes);
    c->function = function;
    c->result = result;
    for (int i = 0; i < n; i++) c->arg[i] = type_of(arg[i]);
    if (ffi_prep_cif(&c->cif, FFI_DEFAULT_ABI, (unsigned)n, type_of(result), c->arg) ==
        FFI_OK)
        return c;
    memory_give(m, c, bytes);
    return NULL;
}

/* A result narrower than a register comes widened to one. */
void ccall_run(CCall *c, void **arg, void *result)
{
    ffi_sarg wide = 0;
    if (c->result != C_INT) {
        ffi_call(&c->cif, c->function, result, arg);
        return;
    }
    ffi_call(&c->cif, c->function, &wide, arg);
    *(int *)result = (int)wide;
}
