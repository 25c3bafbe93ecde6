/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "manager/leases.h"

#include "manager/manager-internal.h"

void leases_avoid(const Leases *leases, AvoidSet *ret) {
        *ret = (AvoidSet){ 0 };
        for (unsigned i = 0; i < LEASES_MAX; i++)
                if (leases->items[i].state != LEASE_NONE)
                        (void)avoid_add_all(ret, &leases->items[i].terms.avoid);
}

unsigned leases_count(const Leases *leases) {
        unsigned n = 0;

        for (unsigned i = 0; i < LEASES_MAX; i++)
                n += leases->items[i].state != LEASE_NONE;
        return n;
}

void leases_request_ended(Manager *m, const Request *request, const char *result,
                          const char *message) {
}
