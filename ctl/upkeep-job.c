/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "upkeep-job.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "bus/names.h"
#include "job.h"
#include "map-fetch.h"

/* ---- progress ---- */

static const char *phase_words(const char *phase) {
        if (strcmp(phase, "rotating") == 0)
                return "moving swap out of the way";
        return strcmp(phase, "second-pass") == 0 ? "what swap kept from it" : "";
}

static int draw(Progress *progress, sd_bus_message *value) {
        const char *operation, *phase;
        uint64_t done, total;
        int r;

        r = sd_bus_message_enter_container(value, 'v', "(tssttt)");
        if (r >= 0)
                r = sd_bus_message_read(value, "(tssttt)", NULL, &operation, &phase, &done, &total,
                                        NULL);
        if (r < 0 || !*operation)
                return r;
        progress_show(progress, done, total, strcmp(operation, "scrub") == 0, phase_words(phase));
        return 0;
}

/* ---- the end ---- */

uint64_t upkeep_figure(const struct json_object *figures, const char *name) {
        struct json_object *value;

        if (!json_object_object_get_ex(figures, name, &value))
                return 0;
        return json_object_get_uint64(value);
}

static int read_figures(sd_bus_message *m, struct json_object *to) {
        const char *name;
        uint64_t value;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{st}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(m, "{st}", &name, &value)) > 0)
                (void)json_object_object_add(to, name, json_object_new_uint64(value));
        return r;
}

static ExitCode fetch_figures(Client *client, uint64_t number, struct json_object *to) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = client_new_call(client, "UpkeepResult", &call);
        if (r >= 0)
                r = sd_bus_message_append(call, "t", number);
        if (r >= 0)
                r = sd_bus_call(client->bus, call, 0, &error, &reply);
        if (r < 0)
                return exit_code_report(&error, r);
        r = read_figures(reply, to);
        return r < 0 ? client_report_answer(r) : EXIT_DONE;
}

static void print_skipped(const struct json_object *figures) {
        uint64_t skipped = upkeep_figure(figures, "skipped");

        printf("skipped: %" PRIu64 " block group%s\n", skipped, skipped == 1 ? "" : "s");
}

static ExitCode finish(const void *data, Client *client, uint64_t number, const char *result,
                       const char *message) {
        const UpkeepJob *job = data;
        _cleanup_(json_object_freep) struct json_object *figures = json_object_new_object();
        ExitCode code = exit_code_from_result(result), printed;
        struct json_object *json;

        if (fetch_figures(client, number, figures) != EXIT_DONE)
                return EXIT_SYSTEM;
        if (client->json) {
                json = json_new();
                job_add_json(json, number, result, message);
                (void)json_object_object_add(json, "figures", json_object_get(figures));
                (void)client_print_json(client, json);
        }
        if (code != EXIT_DONE || upkeep_figure(figures, "skipped") > 0)
                print_error("%s", message);
        printed = job->print(figures, client->json ? NULL : &client->style);
        if (!client->json)
                print_skipped(figures);
        /* Errors that were found weigh more than what was not reached. */
        if (code == EXIT_DONE)
                code = printed;
        if (code == EXIT_DONE && upkeep_figure(figures, "skipped") > 0)
                code = EXIT_REFUSED;
        return code;
}

/* ---- the call ---- */

static int append_text(sd_bus_message *call, const char *name, const char *text) {
        return text ? sd_bus_message_append(call, "{sv}", name, "s", text) : 0;
}

static int append_details(sd_bus_message *call, const UpkeepJob *job, int fd) {
        int r;

        r = sd_bus_message_open_container(call, 'a', "{sv}");
        if (r >= 0 && fd >= 0)
                r = sd_bus_message_append(call, "{sv}", "filesystem", "h", fd);
        if (r >= 0)
                r = append_text(call, "device", job->device);
        if (r >= 0)
                r = append_text(call, "filters", job->filters);
        if (r >= 0 && job->read_only)
                r = sd_bus_message_append(call, "{sv}", "read_only", "b", 1);
        return r < 0 ? r : sd_bus_message_close_container(call);
}

ExitCode upkeep_job_run(Client *client, const UpkeepJob *job) {
        const JobView view = { "Upkeep", draw, finish, job };
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        _cleanup_(close_fdp) int fd = -1;
        ExitCode code = EXIT_DONE;
        int r;

        if (job->filesystem)
                code = map_open(job->filesystem, &fd);
        if (code == EXIT_DONE)
                code = client_connect(client);
        if (code != EXIT_DONE)
                return code;

        r = client_new_call(client, job->method, &call);
        if (r >= 0)
                r = append_details(call, job, fd);
        if (r < 0)
                return exit_code_report(NULL, r);
        return job_run_view(client, call, &view);
}
