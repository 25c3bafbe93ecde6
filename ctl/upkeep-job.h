/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Scrub and balance as jobs
 *
 * What the two verbs share: the call with its details, progress over both passes, and the end, of
 * which the last line is always how many block groups were skipped.
 */

#include "client.h"
#include "json.h"

typedef struct UpkeepJob {
        const char *method;     /* of the manager */
        const char *filesystem; /* path or NULL */
        const char *device;     /* number, path or NULL */
        const char *filters;    /* or NULL */
        bool read_only;
        /* The figures in btrfs-progs' terms, not printed without a style; how to exit. */
        ExitCode (*print)(const struct json_object *figures, const Style *style);
} UpkeepJob;

ExitCode upkeep_job_run(Client *client, const UpkeepJob *job);

/* 0 if there is none of that name. */
uint64_t upkeep_figure(const struct json_object *figures, const char *name);
