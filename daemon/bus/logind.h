/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Whether the machine goes to sleep
 *
 * Follows logind's PrepareForSleep, and holds a delay lock, so that what runs can stop first: a
 * swapoff cannot be frozen, and would make the kernel give the sleep up. Without logind the machine
 * does not sleep as far as we know.
 */

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"

typedef struct Logind Logind;

/* Told when it changes. Every `going` asks for one logind_ready(). */
typedef void (*LogindHandler)(void *userdata, bool going);

int logind_new(sd_bus *bus, LogindHandler handler, void *userdata, Logind **ret);
Logind *logind_free(Logind *l);

DEFINE_CLEANUP(Logind *, logind_free)

/* Once, when the bus is connected: listens, and asks how things are. */
int logind_begin(Logind *l);

/* Nothing stands in the way of sleep any more. */
void logind_ready(Logind *l);
