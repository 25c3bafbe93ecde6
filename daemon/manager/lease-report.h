/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is told of leases: to the client that gets one, and to all in the status
 */

#include "manager/manager-internal.h"

/* Which chunks in `avoid` the pool pins now. */
void lease_count_pinned(const Manager *m, const AvoidSet *avoid, AvoidSet *ret);

/* `request` is what was done for it, or NULL. */
void lease_report(Manager *m, const Lease *lease, const Request *request, ApiReport *ret);
