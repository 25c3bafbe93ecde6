/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verb.h"

#include "json.h"
#include "table.h"

#define OPTION_FIELDS 4

/* clang-format off */
static const TableColumn columns[OPTION_FIELDS] = {
        { "SECTION", 0 },
        { "OPTION",  0 },
        { "VALUE",   0 },
        { "FROM",    0 },
};
/* clang-format on */

static const char *const keys[OPTION_FIELDS] = { "section", "key", "value", "origin" };

static int add_json(struct json_object *array, const char *const *fields) {
        struct json_object *object = json_object_new_object();

        for (size_t i = 0; i < OPTION_FIELDS; i++)
                (void)json_object_object_add(object, keys[i], json_object_new_string(fields[i]));
        return json_object_array_add(array, object);
}

/* Into `table`, or into `array` where there is no table. */
static int read_options(sd_bus_message *m, Table *table, struct json_object *array) {
        const char *fields[OPTION_FIELDS];
        int r;

        r = sd_bus_message_enter_container(m, 'a', "(ssss)");
        if (r < 0)
                return r;

        while ((r = sd_bus_message_read(m, "(ssss)", &fields[0], &fields[1], &fields[2],
                                        &fields[3])) > 0) {
                r = table ? table_add(table, fields, OPTION_FIELDS, COLOUR_NONE)
                          : add_json(array, fields);
                if (r < 0)
                        return -ENOMEM;
        }
        return r;
}

static ExitCode print_json(const Client *client, sd_bus_message *answer) {
        _cleanup_(json_object_freep) struct json_object *json = json_new();
        struct json_object *array = json_object_new_array();
        int r;

        (void)json_object_object_add(json, "options", array);
        r = read_options(answer, NULL, array);
        if (r < 0)
                return client_report_answer(r);
        return client_print_json(client, STEAL_PTR(json));
}

static ExitCode print_table(const Client *client, sd_bus_message *answer) {
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        table = table_new(&client->style, columns, OPTION_FIELDS);
        r = table ? read_options(answer, table, NULL) : -ENOMEM;
        if (r < 0)
                return client_report_answer(r);
        return scols_print_table(table) < 0 ? EXIT_SYSTEM : EXIT_DONE;
}

ExitCode verb_config(Client *client, int argc, char **argv) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = NULL;
        ExitCode code;

        code = client_call(client, "GetConfiguration", &answer);
        if (code != EXIT_DONE)
                return code;
        return client->json ? print_json(client, answer) : print_table(client, answer);
}
