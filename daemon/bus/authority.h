/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who may change something
 *
 * A gate before all methods of the Manager: what only reads passes; the rest passes for root, and
 * for those whom polkit allows it. Nobody is waited for on the loop: a call is set aside until the
 * bus and polkit have answered, and comes again then; it is forgotten, and polkit told, when the
 * caller leaves before. Without polkit only root may change anything.
 *
 * One user, and one connection whose user is not known yet, has no more than AUTHORITY_USER_MAX
 * calls set aside, all users but root together no more than AUTHORITY_OTHERS_MAX.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"

#define AUTHORITY_MAX 32
#define AUTHORITY_USER_MAX 4
#define AUTHORITY_OTHERS_MAX 24

typedef struct Authority Authority;

/* Before any object is attached to the bus. It must be freed before the bus is. */
int authority_new(sd_bus *bus, Authority **ret);
Authority *authority_free(Authority *a);

DEFINE_CLEANUP(Authority *, authority_free)

/* Of a call that is neither a mere question nor somebody else's: whose it is. */
uint32_t authority_get_uid(const Authority *a, sd_bus_message *m);
