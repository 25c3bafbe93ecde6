/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "activity.h"

#include <inttypes.h>
#include <string.h>

#include "json.h"

static void add_text(struct json_object *json, const char *key, const char *text) {
        (void)json_object_object_add(json, key, json_object_new_string(text));
}

static void add_count(struct json_object *json, const char *key, uint64_t count) {
        (void)json_object_object_add(json, key, json_object_new_uint64(count));
}

static void print_share(uint64_t done, uint64_t total, FILE *out) {
        if (total > 0)
                (void)fprintf(out, ", %" PRIu64 " of %" PRIu64, done, total);
}

/* ---- the exclusive operation ---- */

static int progress_init(void *where) {
        return string_set(&((ProgressInfo *)where)->meaning, "");
}

static void progress_done(void *where) {
        free(((ProgressInfo *)where)->meaning);
        *(ProgressInfo *)where = (ProgressInfo){ 0 };
}

static int progress_read(sd_bus_message *m, void *where) {
        ProgressInfo *p = where;
        const char *meaning;
        int r;

        r = sd_bus_message_read(m, "(ttts)", &p->since_usec, &p->done, &p->total, &meaning);
        return r < 0 ? r : string_set(&p->meaning, meaning);
}

static void progress_print(const void *where, const Style *style, FILE *out) {
        const ProgressInfo *p = where;

        (void)fprintf(out, "%" PRIu64 " of %" PRIu64, p->done, p->total);
}

static struct json_object *progress_to_json(const void *where) {
        struct json_object *json = json_object_new_object();
        const ProgressInfo *p = where;

        (void)json_object_object_add(json, "since", json_new_time(p->since_usec));
        add_count(json, "done", p->done);
        add_count(json, "total", p->total);
        add_text(json, "meaning", p->meaning);
        return json;
}

const PropertyType progress_type = {
        .signature = "(ttts)",
        .init = progress_init,
        .done = progress_done,
        .read = progress_read,
        .print = progress_print,
        .to_json = progress_to_json,
};

bool operation_write(char *buf, size_t size, const char *operation, const ProgressInfo *progress) {
        char since[64] = "", share[64] = "";

        *buf = '\0';
        if (!*operation || strcmp(operation, "none") == 0)
                return false;
        if (progress->since_usec > 0)
                (void)snprintf(since, sizeof(since), ", for %s", TEXT_AGE(progress->since_usec));
        if (progress->total > 0)
                (void)snprintf(share, sizeof(share),
                               ", %" PRIu64 " of about %" PRIu64 " block groups done",
                               progress->done, progress->total);
        (void)snprintf(buf, size, "%s%s%s%s%s", operation, since, share,
                       *progress->meaning ? "; " : "", progress->meaning);
        return true;
}

/* ---- scrub ---- */

static int scrub_read(sd_bus_message *m, void *where) {
        ScrubInfo *s = where;
        int running, r;

        r = sd_bus_message_read(m, "(bttt)", &running, &s->since_usec, &s->done_bytes,
                                &s->total_bytes);
        s->running = r >= 0 && running;
        return r;
}

static void scrub_print(const void *where, const Style *style, FILE *out) {
        const ScrubInfo *s = where;

        (void)fputs(s->running ? "running" : "none", out);
}

static struct json_object *scrub_to_json(const void *where) {
        struct json_object *json = json_object_new_object();
        const ScrubInfo *s = where;

        (void)json_object_object_add(json, "running", json_object_new_boolean(s->running));
        (void)json_object_object_add(json, "since", json_new_time(s->since_usec));
        add_count(json, "done_bytes", s->done_bytes);
        add_count(json, "total_bytes", s->total_bytes);
        return json;
}

const PropertyType scrub_type = {
        .signature = "(bttt)",
        .read = scrub_read,
        .print = scrub_print,
        .to_json = scrub_to_json,
};

bool scrub_write(char *buf, size_t size, const ScrubInfo *scrub, const Style *style) {
        *buf = '\0';
        if (!scrub->running)
                return false;
        (void)snprintf(buf, size, "running for %s, %s of %s; it skips the pinned chunks",
                       TEXT_AGE(scrub->since_usec), TEXT_SIZE(style, scrub->done_bytes),
                       TEXT_SIZE(style, scrub->total_bytes));
        return true;
}

/* ---- a balance in the daemon's hands ---- */

static int relocation_set(RelocationInfo *relocation, const char *state, const char *filters) {
        if (string_set(&relocation->state, state) < 0 ||
            string_set(&relocation->filters, filters) < 0)
                return -ENOMEM;
        return 0;
}

static int relocation_init(void *where) {
        return relocation_set(where, "", "");
}

static void relocation_done(void *where) {
        RelocationInfo *relocation = where;

        free(relocation->state);
        free(relocation->filters);
        *relocation = (RelocationInfo){ 0 };
}

static int relocation_read(sd_bus_message *m, void *where) {
        const char *state, *filters;
        int r;

        r = sd_bus_message_read(m, "(ss)", &state, &filters);
        return r < 0 ? r : relocation_set(where, state, filters);
}

static void relocation_print(const void *where, const Style *style, FILE *out) {
        const RelocationInfo *relocation = where;

        (void)fprintf(out, "%s", relocation->state);
        if (*relocation->filters)
                (void)fprintf(out, " '%s'", relocation->filters);
}

static struct json_object *relocation_to_json(const void *where) {
        struct json_object *json = json_object_new_object();
        const RelocationInfo *relocation = where;

        add_text(json, "state", relocation->state);
        add_text(json, "filters", relocation->filters);
        return json;
}

const PropertyType relocation_type = {
        .signature = "(ss)",
        .init = relocation_init,
        .done = relocation_done,
        .read = relocation_read,
        .print = relocation_print,
        .to_json = relocation_to_json,
};

bool relocation_write(char *buf, size_t size, const RelocationInfo *relocation) {
        static const struct {
                const char *state;
                const char *words;
        } table[] = {
                { "running", "the daemon runs a balance" },
                { "interrupting", "the daemon is interrupting a balance" },
                { "held", "a balance was interrupted and waits; 'swapctl relocation resume' "
                          "continues it" },
        };

        *buf = '\0';
        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                if (strcmp(table[i].state, relocation->state) == 0)
                        (void)snprintf(buf, size, "%s%s%s%s", table[i].words,
                                       *relocation->filters ? " (" : "", relocation->filters,
                                       *relocation->filters ? ")" : "");
        return *buf != '\0';
}

/* ---- upkeep ---- */

static int upkeep_set(UpkeepInfo *upkeep, const char *operation, const char *phase) {
        if (string_set(&upkeep->operation, operation) < 0 || string_set(&upkeep->phase, phase) < 0)
                return -ENOMEM;
        return 0;
}

static int upkeep_init(void *where) {
        return upkeep_set(where, "", "");
}

static void upkeep_done(void *where) {
        UpkeepInfo *upkeep = where;

        free(upkeep->operation);
        free(upkeep->phase);
        *upkeep = (UpkeepInfo){ 0 };
}

static int upkeep_read(sd_bus_message *m, void *where) {
        const char *operation, *phase;
        UpkeepInfo *u = where;
        int r;

        r = sd_bus_message_read(m, "(tssttt)", &u->job, &operation, &phase, &u->done, &u->total,
                                &u->since_usec);
        return r < 0 ? r : upkeep_set(u, operation, phase);
}

static void upkeep_print(const void *where, const Style *style, FILE *out) {
        const UpkeepInfo *u = where;

        (void)fprintf(out, "%s %s", *u->operation ? u->operation : "none", u->phase);
        print_share(u->done, u->total, out);
}

static struct json_object *upkeep_to_json(const void *where) {
        struct json_object *json = json_object_new_object();
        const UpkeepInfo *u = where;

        (void)json_object_object_add(json, "job", json_object_new_uint64(u->job));
        add_text(json, "operation", u->operation);
        add_text(json, "phase", u->phase);
        add_count(json, "done", u->done);
        add_count(json, "total", u->total);
        (void)json_object_object_add(json, "since", json_new_time(u->since_usec));
        return json;
}

const PropertyType upkeep_type = {
        .signature = "(tssttt)",
        .init = upkeep_init,
        .done = upkeep_done,
        .read = upkeep_read,
        .print = upkeep_print,
        .to_json = upkeep_to_json,
};

/* Who counts what: bytes for a scrub, block groups for a balance. */
bool upkeep_write(char *buf, size_t size, const UpkeepInfo *upkeep, const Style *style) {
        char share[96] = "";

        *buf = '\0';
        if (!*upkeep->operation)
                return false;
        if (upkeep->total > 0 && strcmp(upkeep->operation, "scrub") == 0)
                (void)snprintf(share, sizeof(share), ", %s of %s", TEXT_SIZE(style, upkeep->done),
                               TEXT_SIZE(style, upkeep->total));
        else if (upkeep->total > 0)
                (void)snprintf(share, sizeof(share), ", %" PRIu64 " of %" PRIu64 " block groups",
                               upkeep->done, upkeep->total);
        (void)snprintf(buf, size, "%s by the daemon, %s, for %s%s", upkeep->operation,
                       upkeep->phase, TEXT_AGE(upkeep->since_usec), share);
        return true;
}
