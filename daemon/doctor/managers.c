/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "doctor/managers.h"

#include <assert.h>
#include <glob.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/processes.h"

/* Process and unit have the same name. */
static const char *const names[] = {
        "swapspace",
        "systemd-swap",
        "dphys-swapfile",
};
static_assert(ELEMENTSOF(names) <= OTHER_MANAGERS_MAX, "there is room for all");

/* One that does its work at the start and ends is known by its unit alone. */
static bool unit_enabled(const char *name) {
        glob_t found = { 0 };
        char pattern[128];
        bool enabled;

        (void)snprintf(pattern, sizeof(pattern), "/etc/systemd/system/*.wants/%s.service", name);
        enabled = glob(pattern, GLOB_NOSORT, NULL, &found) == 0;
        globfree(&found);
        return enabled;
}

static void process_take(void *userdata, const char *process) {
        bool *running = userdata;

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                running[i] = running[i] || strcmp(names[i], process) == 0;
}

void managers_read(ManagerFacts ret[OTHER_MANAGERS_MAX + 1]) {
        bool running[ELEMENTSOF(names)] = { false };
        unsigned n = 0;

        (void)processes_walk(process_take, running);
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (running[i] || unit_enabled(names[i]))
                        ret[n++] = (ManagerFacts){ names[i], running[i] };
        ret[n] = (ManagerFacts){ 0 };
}
