/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The daemon tells its decisions newest first. For people the newest comes last, as in a log, where
 * the eye is when the command ends; in JSON the order is the daemon's.
 */

#include "verb.h"

#include <inttypes.h>
#include <string.h>

#include "json.h"

/* As wide as a time, and two spaces. */
#define INDENT 21

/* clang-format off */
static const struct {
        const char *name;
        const char *label;
        PropertyKind kind;
        bool hide_zero; /* 0 is not a figure, but that there is none */
} figures[] = {
        { "headroom_bytes",         "headroom",         PROPERTY_BYTES   },
        { "wanted_bytes",           "wanted",           PROPERTY_BYTES   },
        { "fill_bytes_per_second",  "filling at",       PROPERTY_RATE,   true },
        { "memory_available_bytes", "memory available", PROPERTY_BYTES   },
        { "swap_free_bytes",        "all swap free",    PROPERTY_BYTES   },
        { "zswapped_bytes",         "in zswap",         PROPERTY_BYTES,  true },
        { "pool_bytes",             "pool",             PROPERTY_BYTES   },
        { "collateral_bytes",       "collateral",       PROPERTY_BYTES,  true },
        { "filesystem_free_bytes",  "filesystem free",  PROPERTY_BYTES   },
        { "some_avg10_permyriad",   "pressure some",    PROPERTY_PERCENT },
        { "full_avg10_permyriad",   "full",             PROPERTY_PERCENT },
        { "bytes",                  "new file",         PROPERTY_BYTES,  true },
};
/* clang-format on */

#define FIGURES_MAX 16

typedef struct Figure {
        const char *name;
        uint64_t value;
} Figure;

/* The strings are those of the message. */
typedef struct Entry {
        uint64_t at_usec;
        uint64_t times;
        const char *action;
        const char *reason;
        const char *sentence;
        const char *swapfile;
        Figure figures[FIGURES_MAX];
        size_t n_figures;
} Entry;

typedef struct Entries {
        Entry *list;
        size_t n;
} Entries;

static void entries_done(Entries *entries) {
        free(entries->list);
}

static int figures_read(sd_bus_message *m, Entry *entry) {
        Figure figure;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{st}");
        if (r < 0)
                return r;

        while ((r = sd_bus_message_read(m, "{st}", &figure.name, &figure.value)) > 0)
                if (entry->n_figures < FIGURES_MAX)
                        entry->figures[entry->n_figures++] = figure;
        if (r < 0)
                return r;
        return sd_bus_message_exit_container(m);
}

static int entry_read(sd_bus_message *m, Entry *entry) {
        int r;

        *entry = (Entry){ 0 };
        r = sd_bus_message_read(m, "ttssss", &entry->at_usec, &entry->times, &entry->action,
                                &entry->reason, &entry->sentence, &entry->swapfile);
        if (r < 0)
                return r;
        return figures_read(m, entry);
}

static int entries_read(sd_bus_message *m, Entries *entries) {
        Entry *more;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "(ttssssa{st})");
        if (r < 0)
                return r;

        while ((r = sd_bus_message_enter_container(m, 'r', "ttssssa{st}")) > 0) {
                more = realloc(entries->list, (entries->n + 1) * sizeof(*more));
                if (!more)
                        return -ENOMEM;
                entries->list = more;

                r = entry_read(m, &entries->list[entries->n]);
                if (r < 0)
                        return r;
                entries->n++;

                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        return r;
}

static bool figure_hidden(const Figure *figure) {
        for (size_t i = 0; i < ELEMENTSOF(figures); i++)
                if (strcmp(figures[i].name, figure->name) == 0)
                        return figures[i].hide_zero && figure->value == 0;
        return false;
}

static void figure_print(FILE *out, const Style *style, const Figure *figure) {
        for (size_t i = 0; i < ELEMENTSOF(figures); i++) {
                if (strcmp(figures[i].name, figure->name) != 0)
                        continue;
                (void)fprintf(out, "%s ", figures[i].label);
                if (figures[i].kind == PROPERTY_PERCENT)
                        (void)fprintf(out, "%s %%", TEXT_PERCENT((uint32_t)figure->value));
                else
                        (void)fputs(TEXT_SIZE(style, figure->value), out);
                if (figures[i].kind == PROPERTY_RATE)
                        (void)fputs("/s", out);
                return;
        }
        (void)fprintf(out, "%s %" PRIu64, figure->name, figure->value);
}

static void figures_print(const Entry *entry, const Style *style) {
        _cleanup_(freep) char *text = NULL;
        const char *separator = "";
        size_t length;
        FILE *out;

        if (entry->n_figures == 0)
                return;
        out = open_memstream(&text, &length);
        if (!out)
                return;

        for (size_t i = 0; i < entry->n_figures; i++) {
                if (figure_hidden(&entry->figures[i]))
                        continue;
                (void)fputs(separator, out);
                figure_print(out, style, &entry->figures[i]);
                separator = ", ";
        }
        if (fclose(out) == 0)
                print_wrapped("", INDENT, "%s", text);
}

static void entry_print(const Entry *entry, const Style *style) {
        char swapfile[256] = "";
        char times[48] = "";

        if (*entry->swapfile)
                (void)snprintf(swapfile, sizeof(swapfile), " '%s'", entry->swapfile);
        if (entry->times > 1)
                (void)snprintf(times, sizeof(times), ", %" PRIu64 " times", entry->times);

        print_wrapped(TEXT_TIME(entry->at_usec), INDENT, "%s%s: %s (%s%s)", entry->action, swapfile,
                      entry->sentence, entry->reason, times);
        figures_print(entry, style);
}

/* Shares are named without their unit, as in the other objects. */
static void figure_add_json(struct json_object *json, const Figure *figure) {
        const char *suffix = strstr(figure->name, "_permyriad");
        char name[64];

        if (!suffix) {
                (void)json_object_object_add(json, figure->name,
                                             json_object_new_uint64(figure->value));
                return;
        }
        (void)snprintf(name, sizeof(name), "%.*s", (int)(suffix - figure->name), figure->name);
        (void)json_object_object_add(json, name, json_new_percent((uint32_t)figure->value));
}

static struct json_object *entry_to_json(const Entry *entry) {
        struct json_object *json = json_object_new_object();
        struct json_object *group;

        (void)json_object_object_add(json, "action", json_object_new_string(entry->action));
        (void)json_object_object_add(json, "reason", json_object_new_string(entry->reason));
        (void)json_object_object_add(json, "at", json_new_time(entry->at_usec));
        (void)json_object_object_add(json, "sentence", json_object_new_string(entry->sentence));
        (void)json_object_object_add(json, "times", json_object_new_uint64(entry->times));
        (void)json_object_object_add(json, "swapfile", json_object_new_string(entry->swapfile));

        group = json_group(json, "figures");
        for (size_t i = 0; i < entry->n_figures; i++)
                figure_add_json(group, &entry->figures[i]);
        return json;
}

static struct json_object *entries_to_json(const Entries *entries) {
        struct json_object *json = json_new();
        struct json_object *array = json_object_new_array();

        for (size_t i = 0; i < entries->n; i++)
                (void)json_object_array_add(array, entry_to_json(&entries->list[i]));
        (void)json_object_object_add(json, "decisions", array);
        return json;
}

ExitCode verb_why(Client *client, int argc, char **argv) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = NULL;
        _cleanup_(entries_done) Entries entries = { 0 };
        ExitCode code;
        int r;

        code = client_call(client, "Why", &answer);
        if (code != EXIT_DONE)
                return code;
        r = entries_read(answer, &entries);
        if (r < 0)
                return client_report_answer(r);

        if (client->json)
                return client_print_json(client, entries_to_json(&entries));
        for (size_t i = entries.n; i > 0; i--)
                entry_print(&entries.list[i - 1], &client->style);
        return EXIT_DONE;
}
