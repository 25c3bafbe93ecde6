/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Exit codes
 *
 * Those of swapoff(8), and a few more for what a client of a daemon can meet. The manual documents
 * them; what the daemon answers is turned into one of them by the tables in exit-code.c alone.
 */

#include <systemd/sd-bus.h>

typedef enum ExitCode {
        EXIT_DONE = 0,
        EXIT_REFUSED = 1,
        EXIT_NO_MEMORY = 2,
        EXIT_NOT_RUNNING = 3,
        EXIT_KERNEL = 4,
        EXIT_BUSY = 5,
        EXIT_SYSTEM = 8,
        EXIT_USAGE = 16,
        EXIT_NOT_ALLOWED = 77,
        EXIT_INTERRUPTED = 130,
} ExitCode;

/* The code for the result of a job. */
ExitCode exit_code_from_result(const char *result);

/*
 * Says on standard error why a call failed, with the remedy where the daemon could not give one,
 * and yields the code. `r` is what sd-bus returned; it counts where `error` is not set.
 */
ExitCode exit_code_report(const sd_bus_error *error, int r);
