/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verb.h"

#include <inttypes.h>

#include "upkeep-job.h"

/* As 'btrfs scrub status' has it. */
static void print_summary(const struct json_object *figures) {
        uint64_t errors = upkeep_figure(figures, "errors");

        if (errors == 0) {
                puts("Error summary:    no errors found");
                return;
        }
        printf("Error summary:    %" PRIu64 "\n", errors);
        printf("  Corrected:      %" PRIu64 "\n", upkeep_figure(figures, "corrected"));
        printf("  Uncorrectable:  %" PRIu64 "\n", upkeep_figure(figures, "uncorrectable"));
}

static ExitCode print(const struct json_object *figures, const Style *style) {
        if (style) {
                printf("Data scrubbed:    %s\n",
                       TEXT_SIZE(style, upkeep_figure(figures, "data_bytes")));
                printf("Tree scrubbed:    %s\n",
                       TEXT_SIZE(style, upkeep_figure(figures, "metadata_bytes")));
                printf("Swapfiles moved:  %" PRIu64 "\n", upkeep_figure(figures, "files_rotated"));
                print_summary(figures);
        }
        return upkeep_figure(figures, "uncorrectable") > 0 ? EXIT_KERNEL : EXIT_DONE;
}

ExitCode verb_scrub(Client *client, int argc, char **argv) {
        const UpkeepJob job = {
                .method = "Scrub",
                .filesystem = client->filesystem,
                .device = client->device,
                .read_only = client->read_only,
                .print = print,
        };

        return upkeep_job_run(client, &job);
}
