/* SPDX-License-Identifier: MIT
 * Ctrl-C. While a program runs the first one asks it to stop (a fit keeps what it has),
 * the second one kills; at the prompt it is only noted.
 */
#include "cli.h"

#include <signal.h>

/* Written here and by the handler; the command is no library, so it may have them. */
static unc *volatile running;
static volatile sig_atomic_t asked; /* stops asked for since interrupt_begin */
static volatile sig_atomic_t taken;

static void on_interrupt(int number)
{
    taken = 1;
    if (!running) return;
    if (asked) {
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    asked = 1;
    unc_stop(running);
}

void interrupt_install(void)
{
    struct sigaction act = {.sa_handler = on_interrupt}; /* no SA_RESTART: reads end */
    sigemptyset(&act.sa_mask);
    sigaction(SIGINT, &act, NULL);
}

void interrupt_begin(unc *u)
{
    asked = 0;
    taken = 0;
    running = u;
}

void interrupt_end(void) { running = NULL; }

void interrupt_served(void) { asked = 0; }

bool interrupt_taken(void)
{
    bool was = taken;
    taken = 0;
    return was;
}
