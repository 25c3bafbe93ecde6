/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A job of the daemon, from its start to its end
 *
 * Listens for the end before it asks for the start, since a job may be over before the answer is
 * here. Shows progress meanwhile. An interrupt cancels the job, as it does with swapoff(8); a
 * second one leaves at once.
 */

#include "client.h"
#include "progress.h"

/* What a job shows while it runs, and when it has ended. NULL: nothing; as any other. */
typedef struct JobView {
        /* Name of the property to ask for again and again, and what is drawn from its value. */
        const char *property;
        int (*draw)(Progress *progress, sd_bus_message *value);

        /* `result` is one of bus/names.h. Prints, and says how to exit. */
        ExitCode (*finish)(const void *data, Client *client, uint64_t number, const char *result,
                           const char *message);
        const void *data;
} JobView;

/*
 * Sends `call`, which answers with the number of a job, and waits for its end unless the client
 * is not to. Prints how it ended.
 *
 * `swapfile` is what gives swap back: a name, "" for the whole pool, NULL for nothing.
 */
ExitCode job_run(Client *client, sd_bus_message *call, const char *swapfile);
/* The same for a method without arguments; connects before. */
ExitCode job_run_method(Client *client, const char *method, const char *swapfile);

ExitCode job_run_view(Client *client, sd_bus_message *call, const JobView *view);

/* The members that every job's end has in JSON. */
void job_add_json(struct json_object *json, uint64_t number, const char *result,
                  const char *message);
