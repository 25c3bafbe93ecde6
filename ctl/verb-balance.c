/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verb.h"

#include <inttypes.h>

#include "upkeep-job.h"

/* As 'btrfs balance start' ends. */
static ExitCode print(const struct json_object *figures, const Style *style) {
        if (!style)
                return EXIT_DONE;
        printf("Done, had to relocate %" PRIu64 " out of %" PRIu64 " chunks\n",
               upkeep_figure(figures, "completed"), upkeep_figure(figures, "considered"));
        printf("Swapfiles moved: %" PRIu64 "\n", upkeep_figure(figures, "files_rotated"));
        return EXIT_DONE;
}

ExitCode verb_balance(Client *client, int argc, char **argv) {
        const UpkeepJob job = {
                .method = "Balance",
                .filesystem = argc > 0 ? argv[0] : NULL,
                .filters = client->filters,
                .print = print,
        };

        return upkeep_job_run(client, &job);
}
