/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verb.h"

#include <inttypes.h>
#include <signal.h>

#include "agent.h"
#include "json.h"
#include "lease.h"

typedef struct Prepare {
        Client *client;
        sd_event *event;
        const char *operation;
        bool held;
} Prepare;

static struct json_object *report_to_json(const Prepare *prepare, const LeaseReport *report) {
        struct json_object *json = json_new();

        (void)json_object_object_add(json, "operation", json_object_new_string(prepare->operation));
        (void)json_object_object_add(json, "headroom_bytes",
                                     json_object_new_uint64(report->headroom_bytes));
        (void)json_object_object_add(json, "files_rotated",
                                     json_object_new_uint64(report->files_rotated));
        (void)json_object_object_add(json, "files_drained",
                                     json_object_new_uint64(report->files_drained));
        (void)json_object_object_add(json, "chunks_freed",
                                     json_object_new_uint64(report->chunks_freed));
        (void)json_object_object_add(json, "pinned_chunks",
                                     json_object_new_uint64(report->pinned_chunks));
        (void)json_object_object_add(json, "collateral_bytes",
                                     json_object_new_uint64(report->collateral_bytes));
        (void)json_object_object_add(json, "message", json_object_new_string(report->message));
        return json;
}

static void print_report(const Prepare *prepare, const LeaseReport *report) {
        const Style *style = &prepare->client->style;

        print_line("Ready for '%s': %s", prepare->operation, report->message);
        print_line("Moved %" PRIu32 ", given back %" PRIu32 ", chunks freed %" PRIu32
                   ", still pinned %" PRIu32 " with %s of other data, headroom %s",
                   report->files_rotated, report->files_drained, report->chunks_freed,
                   report->pinned_chunks, TEXT_SIZE(style, report->collateral_bytes),
                   TEXT_SIZE(style, report->headroom_bytes));
        print_line("Held until interrupted");
}

/* Whoever reads it through a pipe waits for it. */
static void on_held(void *userdata, const LeaseReport *report) {
        Prepare *prepare = userdata;

        prepare->held = true;
        if (prepare->client->json)
                (void)client_print_json(prepare->client, report_to_json(prepare, report));
        else
                print_report(prepare, report);
        (void)fflush(stdout);
}

static void on_over(void *userdata, ExitCode code) {
        Prepare *prepare = userdata;

        (void)sd_event_exit(prepare->event, (int)code);
}

/* To be interrupted is how holding ends; the daemon sees that nobody waits any more. */
static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        const Prepare *prepare = userdata;

        return sd_event_exit(prepare->event, (int)(prepare->held ? EXIT_DONE : EXIT_INTERRUPTED));
}

static int catch_signals(Prepare *prepare) {
        static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
        sigset_t set;
        int r;

        (void)sigemptyset(&set);
        for (size_t i = 0; i < ELEMENTSOF(signals); i++)
                (void)sigaddset(&set, signals[i]);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        for (size_t i = 0; i < ELEMENTSOF(signals); i++) {
                r = sd_event_add_signal(prepare->event, NULL, signals[i], on_signal, prepare);
                if (r < 0)
                        return r;
        }
        return 0;
}

static ExitCode prepare_hold(Prepare *prepare) {
        static const LeaseHandlers handlers = { on_held, on_over, on_over };
        const LeaseWish wish = { .operation = prepare->operation, .start_daemon = true };
        _cleanup_(lease_freep) Lease *lease = NULL;
        ExitCode code;
        int r;

        r = catch_signals(prepare);
        if (r < 0)
                return exit_code_report(NULL, r);
        code = lease_new(prepare->client, prepare->event, &wish, &handlers, prepare, &lease);
        if (code != EXIT_DONE)
                return code;
        r = sd_event_loop(prepare->event);
        return r < 0 ? exit_code_report(NULL, r) : (ExitCode)r;
}

ExitCode verb_prepare(Client *client, int argc, char **argv) {
        Prepare prepare = { .client = client, .operation = argv[0] };
        ExitCode code;
        int r;

        agent_start();
        r = sd_event_new(&prepare.event);
        if (r < 0)
                return exit_code_report(NULL, r);
        code = prepare_hold(&prepare);
        sd_event_unref(prepare.event);
        return code;
}
