/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verb.h"

#include <string.h>

#include "map-fetch.h"
#include "map-json.h"
#include "map-print.h"
#include "map-resume.h"
#include "map-svg.h"

static ExitCode check_options(const Client *client) {
        if (client->resume_offset && (client->svg || client->filesystem)) {
                print_error("--resume-offset goes with neither --svg nor --filesystem");
                return EXIT_USAGE;
        }
        if (client->svg && client->json) {
                print_error("Give one of --json and --svg");
                return EXIT_USAGE;
        }
        return EXIT_DONE;
}

static ExitCode report_writing(const char *path, int error) {
        print_error("Cannot write '%s': %s", path, strerror(error));
        return EXIT_SYSTEM;
}

static ExitCode write_picture(const Client *client, const Map *map) {
        bool to_stdout = strcmp(client->svg, "-") == 0;
        FILE *out = to_stdout ? stdout : fopen(client->svg, "we");
        int r;

        if (!out)
                return report_writing(client->svg, errno);
        r = map_svg_write(out, map, &client->style);
        if (to_stdout)
                return r < 0 ? report_writing(client->svg, -r) : EXIT_DONE;

        if (fclose(out) != 0 && r >= 0)
                r = -errno;
        return r < 0 ? report_writing(client->svg, -r) : EXIT_DONE;
}

ExitCode verb_map(Client *client, int argc, char **argv) {
        _cleanup_(close_fdp) int fd = -1;
        _cleanup_(map_freep) Map *map = NULL;
        ExitCode code;

        code = check_options(client);
        if (code != EXIT_DONE)
                return code;
        if (client->resume_offset)
                return map_resume(client, client->resume_offset);

        code = client->filesystem ? map_open(client->filesystem, &fd) : map_open_pool(client, &fd);
        if (code != EXIT_DONE)
                return code;
        code = map_fetch(client, fd, &map);
        if (code != EXIT_DONE)
                return code;

        if (client->json)
                return client_print_json(client, map_to_json(map));
        if (client->svg)
                return write_picture(client, map);
        map_print(map, &client->style);
        return EXIT_DONE;
}
