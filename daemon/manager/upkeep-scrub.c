/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>

#include "kernel/devices.h"
#include "manager/upkeep-internal.h"

static const char *scrub_error_words(int error) {
        switch (error) {
        case -EINPROGRESS:
                return "another scrub of it is running";
        case -ECANCELED:
                return "somebody stopped the scrub";
        default:
                return "cannot scrub";
        }
}

static void on_scrubbed(void *userdata, JobOutcome outcome, int error, const ScrubStat *stat) {
        Manager *m = userdata;
        Upkeep *u = &m->upkeep;

        u->scrub = NULL;
        scrub_stat_add(&u->scrub_stat, stat);
        if (outcome == JOB_KILLED)
                error = -EINTR;
        if (error < 0 && !u->cancel) {
                upkeep_fail(m, error, scrub_error_words(error));
                return;
        }
        if (u->stage == STAGE_SECOND && !u->cancel)
                left_drop_reachable(&u->left);
        upkeep_ended(m);
}

static int scrub_start(Manager *m, const ScrubPlan *plan) {
        return scrub_run_start(m->event, pool_get_fd(m->pool), plan, JOB_IO_IDLE, on_scrubbed, m,
                               &m->upkeep.scrub);
}

/* One thread a device, and idle, as 'btrfs scrub' does it. */
int upkeep_scrub_first(Manager *m) {
        Upkeep *u = &m->upkeep;
        ScrubPlan plan = { .parallel = true, .read_only = u->read_only };
        FsDevices devices;
        int r;

        r = fs_devices_read(pool_get_fd(m->pool), &devices);
        if (r < 0)
                return r;
        for (unsigned i = 0; i < devices.n; i++) {
                uint64_t id = devices.items[i].id;

                if (u->device_id == 0 || u->device_id == id)
                        plan.ranges[plan.n++] = (ScrubRange){ id, 0, UINT64_MAX };
        }
        return scrub_start(m, &plan);
}

int upkeep_scrub_second(Manager *m) {
        return scrub_start(m, &m->upkeep.plan);
}
