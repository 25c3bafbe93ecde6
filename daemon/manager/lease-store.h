/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Leases that outlive the daemon
 *
 * systemd keeps descriptors for a service while it is restarted (FileDescriptorStoreMax=). For each
 * lease that is two, under one name: our end of the client's descriptor, and a file in memory that
 * says what was promised. The next daemon takes them up again. Where nobody keeps them the clients
 * see a hang-up.
 */

#include "manager/leases.h"

void lease_store_put(const Lease *lease);
void lease_store_remove(const Lease *lease);

/*
 * What was kept for us, one call of `restore` for each lease that was understood; `fd` is theirs.
 * Takes all descriptors that systemd has handed over.
 */
void lease_store_restore(void (*restore)(void *userdata, const Lease *lease, int fd),
                         void *userdata);
