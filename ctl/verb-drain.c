/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verb.h"

#include "job.h"

ExitCode verb_drain(Client *client, int argc, char **argv) {
        return job_run_method(client, "Drain", "");
}
