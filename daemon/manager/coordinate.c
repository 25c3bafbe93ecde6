/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What goes on with the filesystem besides the pool: noticed here, and a balance that is in the way
 * interrupted and continued.
 */

#include "kernel/balance.h"
#include "manager/manager-internal.h"

void manager_read_operation(Manager *m) {
        Exclusive exclusive = EXCLUSIVE_NONE;

        if (m->pool && m->watch.exclop_fd >= 0)
                (void)exclusive_read(m->watch.exclop_fd, pool_get_fd(m->pool), &exclusive);
        m->sample.operation.exclusive = exclusive;
        m->status.operation.name = exclusive_to_string(exclusive);
        m->status.operation.meaning = exclusive_to_sentence(exclusive);
}
