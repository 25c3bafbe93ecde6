/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The daemon looks, because the configurations of other tools are root's. */

#include "verb.h"

#include "json.h"

/* Longer than the daemon gives itself for the machine. */
#define CALL_TIMEOUT_USEC (90 * USEC_PER_SEC)

#define INDENT 10

/* The strings are those of the message. */
typedef struct Finding {
        const char *rule;
        const char *subject;
        const char *found;
        const char *why;
        const char *remedy;
} Finding;

static void finding_print(const Finding *f, const Style *style) {
        printf("%s%s%s ", style_colour(style, COLOUR_YELLOW), f->rule,
               style_colour(style, COLOUR_NONE));
        print_line("'%s'", f->subject);
        print_wrapped("found:  ", INDENT, "%s", f->found);
        print_wrapped("why:  ", INDENT, "%s", f->why);
        if (*f->remedy)
                print_wrapped("remedy:  ", INDENT, "%s", f->remedy);
}

static struct json_object *finding_to_json(const Finding *f) {
        struct json_object *json = json_object_new_object();

        (void)json_object_object_add(json, "rule", json_object_new_string(f->rule));
        (void)json_object_object_add(json, "subject", json_object_new_string(f->subject));
        (void)json_object_object_add(json, "found", json_object_new_string(f->found));
        (void)json_object_object_add(json, "why", json_object_new_string(f->why));
        (void)json_object_object_add(json, "remedy", json_object_new_string(f->remedy));
        return json;
}

static ExitCode doctor_ask(Client *client, sd_bus_message **ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        ExitCode code;
        int r;

        code = client_connect(client);
        if (code != EXIT_DONE)
                return code;
        r = client_new_call(client, "Diagnose", &call);
        if (r >= 0)
                r = sd_bus_call(client->bus, call, CALL_TIMEOUT_USEC, &error, ret);
        return r < 0 ? exit_code_report(&error, r) : EXIT_DONE;
}

/* Prints each, or adds it to the array if there is one. */
static int findings_take(sd_bus_message *m, const Style *style, struct json_object *array,
                         unsigned *ret_n) {
        unsigned n = 0;
        Finding f;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "(sssss)");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(m, "(sssss)", &f.rule, &f.subject, &f.found, &f.why,
                                        &f.remedy)) > 0) {
                if (array)
                        (void)json_object_array_add(array, finding_to_json(&f));
                else
                        finding_print(&f, style);
                n++;
        }
        *ret_n = n;
        return r;
}

static ExitCode print_json(const Client *client, struct json_object *array) {
        struct json_object *json = json_new();

        (void)json_object_object_add(json, "findings", array);
        return client_print_json(client, json);
}

ExitCode verb_doctor(Client *client, int argc, char **argv) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = NULL;
        _cleanup_(json_object_freep) struct json_object *array = NULL;
        unsigned n = 0;
        ExitCode code;
        int r;

        code = doctor_ask(client, &answer);
        if (code != EXIT_DONE)
                return code;
        if (client->json)
                array = json_object_new_array();
        r = findings_take(answer, &client->style, array, &n);
        if (r < 0)
                return client_report_answer(r);

        if (client->json)
                code = print_json(client, STEAL_PTR(array));
        else if (n == 0)
                print_line("Healthy: nothing gets in the way of swap, nor swap of anything else");
        if (code != EXIT_DONE)
                return code;
        return n > 0 ? EXIT_REFUSED : EXIT_DONE;
}
