/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The manager
 *
 * Brings the parts together: facts from below become a sample, the policy says what to do, the
 * pool does it, the bus tells. One tick does all of that; whatever happens only calls it.
 */

#include "base/cleanup.h"
#include "config/config.h"

typedef struct Manager Manager;

/*
 * Builds everything and touches nothing outside yet. `config_file` as given by the user, or NULL;
 * `config` is taken over.
 */
int manager_new(const char *config_file, Config *config, Manager **ret);
Manager *manager_free(Manager *m);

DEFINE_CLEANUP(Manager *, manager_free)

/*
 * Arms the watches and opens the pool. A directory that cannot be used is no failure: that has been
 * logged, with the remedy, and it is looked for.
 */
int manager_start(Manager *m);

/* Until a signal ends it. What is on stays on. */
int manager_run(Manager *m);
