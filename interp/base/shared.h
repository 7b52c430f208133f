/* SPDX-License-Identifier: MIT
 * Shared libraries, found while the program runs. Opening and closing one runs code of
 * its own, which may change how the thread computes (one built with -Ofast turns
 * denormals off): that is put back.
 */
#ifndef UNC_BASE_SHARED_H
#define UNC_BASE_SHARED_H

#include <stdbool.h>
#include <stddef.h>

/* A name with a slash is a path, another is looked for where the system keeps
 * libraries. NULL: why[room] tells the reason, unless room is 0. */
void *shared_open(const char *name, char *why, size_t room);
/* Puts the address of a function into the pointer at `function`; false: not there. */
bool shared_find(void *library, const char *symbol, void *function);
void shared_close(void *library);

#endif
