/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is not even looked at
 *
 * Calls that bring more than any method takes, or cannot be read: a call may have to wait for
 * others, and its memory with it. Questions that want no answer: the bus holds back who waits for
 * too many, and not these. And signals that somebody sent to the daemon alone: whom a signal comes
 * from is ensured by the bus for those that it hands to all who asked for them, and for no others.
 */

#include <systemd/sd-bus.h>

/* Of strings in a call, and values of any kind. */
#define SIEVE_BYTES_MAX (16 * 1024)
#define SIEVE_VALUES_MAX 256

/* After all others: sd-bus asks the filter first that was added last. */
int sieve_attach(sd_bus *bus);
