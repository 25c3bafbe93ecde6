/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The call that asks for a lease, and its answer
 */

#include "lease.h"

/* Opens what the command line names. EXIT_DONE, or a code after having said what is wrong. */
ExitCode lease_call_new(Client *client, const LeaseWish *wish, sd_bus_message **ret);

/* `ret_fd` is the caller's; the report's text is the message's. Negative errno. */
int lease_call_read(sd_bus_message *reply, int *ret_fd, LeaseReport *ret_report);
