/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verb.h"

#include "agent.h"
#include "json.h"

static struct json_object *warnings_to_json(char *const *warnings) {
        struct json_object *json = json_new();
        struct json_object *array = json_object_new_array();

        for (char *const *warning = warnings; warning && *warning; warning++)
                (void)json_object_array_add(array, json_object_new_string(*warning));
        (void)json_object_object_add(json, "warnings", array);
        return json;
}

static char **strings_free(char **strings) {
        for (char **string = strings; *string; string++)
                free(*string);
        free(strings);
        return NULL;
}

DEFINE_CLEANUP(char **, strings_free)

ExitCode verb_reload(Client *client, int argc, char **argv) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = NULL;
        _cleanup_(strings_freep) char **warnings = NULL;
        ExitCode code;
        int r;

        agent_start();
        code = client_call(client, "Reload", &answer);
        if (code != EXIT_DONE)
                return code;

        r = sd_bus_message_read_strv(answer, &warnings);
        if (r < 0)
                return client_report_answer(r);

        if (client->json)
                return client_print_json(client, warnings_to_json(warnings));
        for (char **warning = warnings; warning && *warning; warning++)
                print_error("%s", *warning);
        return EXIT_DONE;
}
