/* SPDX-License-Identifier: MIT
 * Shared libraries by dlopen, here and nowhere else.
 */
#include "base/shared.h"

#include "base/floats.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

void *shared_open(const char *name, char *why, size_t room)
{
    Floats before;
    floats_take(&before);
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    floats_restore(&before);
    const char *reason = library ? NULL : dlerror();
    if (room) snprintf(why, room, "%s", reason ? reason : "");
    return library;
}

/* ISO C has no cast from void * to a function; POSIX promises that the bits are the
 * same. */
bool shared_find(void *library, const char *symbol, void *function)
{
    void *address = library ? dlsym(library, symbol) : NULL;
    memcpy(function, &address, sizeof address);
    return address != NULL;
}

void shared_close(void *library)
{
    Floats before;
    floats_take(&before);
    dlclose(library);
    floats_restore(&before);
}
