/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "decision.h"

#include <inttypes.h>
#include <string.h>

#include "json.h"

/* ---- the decision ---- */

static int decision_set(DecisionInfo *decision, const char *action, const char *reason,
                        const char *sentence) {
        if (string_set(&decision->action, action) < 0 ||
            string_set(&decision->reason, reason) < 0 ||
            string_set(&decision->sentence, sentence) < 0)
                return -ENOMEM;
        return 0;
}

static int decision_init(void *where) {
        return decision_set(where, "", "", "");
}

static void decision_done(void *where) {
        DecisionInfo *decision = where;

        free(decision->action);
        free(decision->reason);
        free(decision->sentence);
        *decision = (DecisionInfo){ 0 };
}

static int decision_read(sd_bus_message *m, void *where) {
        const char *action, *reason, *sentence;
        DecisionInfo *decision = where;
        int r;

        r = sd_bus_message_read(m, "(ssst)", &action, &reason, &sentence, &decision->at_usec);
        if (r < 0)
                return r;
        return decision_set(decision, action, reason, sentence);
}

static void decision_print(const void *where, const Style *style, FILE *out) {
        const DecisionInfo *decision = where;

        (void)fprintf(out, "%s (%s: %s)", decision->action, decision->reason, decision->sentence);
}

static struct json_object *decision_to_json(const void *where) {
        struct json_object *json = json_object_new_object();
        const DecisionInfo *decision = where;

        (void)json_object_object_add(json, "action", json_object_new_string(decision->action));
        (void)json_object_object_add(json, "reason", json_object_new_string(decision->reason));
        (void)json_object_object_add(json, "at", json_new_time(decision->at_usec));
        (void)json_object_object_add(json, "sentence", json_object_new_string(decision->sentence));
        return json;
}

const PropertyType decision_type = {
        .signature = "(ssst)",
        .init = decision_init,
        .done = decision_done,
        .read = decision_read,
        .print = decision_print,
        .to_json = decision_to_json,
};

/* ---- the job ---- */

static int job_set(JobInfo *job, const char *kind, const char *swapfile) {
        if (string_set(&job->kind, kind) < 0 || string_set(&job->swapfile, swapfile) < 0)
                return -ENOMEM;
        return 0;
}

static int job_init(void *where) {
        return job_set(where, "", "");
}

static void job_done(void *where) {
        JobInfo *job = where;

        free(job->kind);
        free(job->swapfile);
        *job = (JobInfo){ 0 };
}

static int job_read(sd_bus_message *m, void *where) {
        const char *kind, *swapfile;
        JobInfo *job = where;
        int r;

        r = sd_bus_message_read(m, "(tsst)", &job->number, &kind, &swapfile, &job->since_usec);
        if (r < 0)
                return r;
        return job_set(job, kind, swapfile);
}

static void job_print(const void *where, const Style *style, FILE *out) {
        const JobInfo *job = where;

        if (!*job->kind || strcmp(job->kind, "none") == 0) {
                (void)fputs("none", out);
                return;
        }
        (void)fprintf(out, "%s", job->kind);
        if (*job->swapfile)
                (void)fprintf(out, " '%s'", job->swapfile);
        if (job->number != 0)
                (void)fprintf(out, " (job %" PRIu64 ")", job->number);
}

static struct json_object *job_to_json(const void *where) {
        struct json_object *json = json_object_new_object();
        const JobInfo *job = where;

        (void)json_object_object_add(json, "number", json_object_new_uint64(job->number));
        (void)json_object_object_add(json, "kind", json_object_new_string(job->kind));
        (void)json_object_object_add(json, "swapfile", json_object_new_string(job->swapfile));
        (void)json_object_object_add(json, "since", json_new_time(job->since_usec));
        return json;
}

const PropertyType job_type = {
        .signature = "(tsst)",
        .init = job_init,
        .done = job_done,
        .read = job_read,
        .print = job_print,
        .to_json = job_to_json,
};
