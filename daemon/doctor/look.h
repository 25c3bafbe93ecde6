/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Looking at the whole machine
 *
 * Opens files on any filesystem and reads the configurations of other programs, which are root's:
 * may block, and belongs in a child.
 */

#include "doctor/machine.h"

/* What the daemon knows better than anybody who looks. */
typedef struct DaemonFacts {
        const char *directory;
        const char *trouble; /* "", or why the directory cannot be used */
        const char *pressure_source;
        uint64_t pinned_bytes;
        uint64_t collateral_bytes;
        bool hibernation_asked; /* Reserve= is set to something else than no */
        ReserveWish reserve;
        Room reserve_room; /* for a file that it makes */
} DaemonFacts;

/* What cannot be looked at is left out. -ENOMEM; -errno where /proc/swaps cannot be read. */
int machine_look(const DaemonFacts *daemon, Machine *ret);
