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

/*
 * Sends `call`, which answers with the number of a job, and waits for its end unless the client
 * is not to. Prints how it ended.
 *
 * `swapfile` is what gives swap back: a name, "" for the whole pool, NULL for nothing.
 */
ExitCode job_run(Client *client, sd_bus_message *call, const char *swapfile);
