/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "job.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "agent.h"
#include "bus/names.h"
#include "json.h"
#include "progress.h"

#define POLL_USEC (200 * USEC_PER_MSEC)

/* Ends that were told before the job's number was; those of other people's jobs among them. */
#define EARLY_MAX 8

typedef struct Job {
        Client *client;
        sd_event *event;
        sd_event_source *timer;
        const char *swapfile;
        const JobView *view;
        Progress progress;
        sd_bus_message *early[EARLY_MAX];
        size_t n_early;
        uint64_t number;
        bool accepted;
        bool interrupted;
        bool ended;
} Job;

static void job_done(Job *job) {
        progress_clear(&job->progress);
        for (size_t i = 0; i < job->n_early; i++)
                (void)sd_bus_message_unref(job->early[i]);
        (void)sd_bus_detach_event(job->client->bus);
        job->timer = sd_event_source_unref(job->timer);
        job->event = sd_event_unref(job->event);
}

static int job_exit(Job *job, ExitCode code) {
        job->ended = true;
        return sd_event_exit(job->event, (int)code);
}

static ExitCode job_report_error(Job *job, const sd_bus_error *error, int r) {
        progress_clear(&job->progress);
        return exit_code_report(error, r);
}

void job_add_json(struct json_object *json, uint64_t number, const char *result,
                  const char *message) {
        (void)json_object_object_add(json, "job", json_object_new_uint64(number));
        (void)json_object_object_add(json, "result", json_object_new_string(result));
        (void)json_object_object_add(json, "message", json_object_new_string(message));
}

static void job_print_json(const Job *job, const char *result, const char *message) {
        struct json_object *json = json_new();

        job_add_json(json, job->number, result, message);
        (void)client_print_json(job->client, json);
}

/* A job that ended otherwise before the cancel reached it ended as it says. */
static ExitCode job_code(const Job *job, const char *result) {
        if (job->interrupted && strcmp(result, BUS_RESULT_CANCELLED) == 0)
                return EXIT_INTERRUPTED;
        return exit_code_from_result(result);
}

static void job_finish(Job *job, const char *result, const char *message) {
        ExitCode code = job_code(job, result);

        progress_clear(&job->progress);
        if (job->view && code != EXIT_INTERRUPTED)
                code = job->view->finish(job->view->data, job->client, job->number, result,
                                         message);
        else if (job->client->json)
                job_print_json(job, result, message);
        else if (code == EXIT_DONE)
                print_line("%s", *message ? message : "Done");
        else
                print_error("%s", *message ? message : result);
        (void)job_exit(job, code);
}

/* Returns 1 if the signal is about this job, which then is finished, 0 if it is not. */
static int job_match(Job *job, sd_bus_message *m) {
        const char *result, *message;
        uint64_t number;
        int r;

        r = sd_bus_message_read(m, "tss", &number, &result, &message);
        if (r < 0)
                return r;
        if (number != job->number)
                return 0;
        job_finish(job, result, message);
        return 1;
}

static int on_finished(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Job *job = userdata;

        if (job->accepted)
                return job_match(job, m);
        if (job->n_early < EARLY_MAX)
                job->early[job->n_early++] = sd_bus_message_ref(m);
        return 0;
}

static int on_cancelled(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Job *job = userdata;

        if (sd_bus_message_is_method_error(m, NULL))
                (void)job_report_error(job, sd_bus_message_get_error(m), 0);
        return 0;
}

static int job_cancel(Job *job) {
        return sd_bus_call_method_async(job->client->bus, NULL, BUS_NAME, BUS_PATH, BUS_MANAGER,
                                        "Cancel", on_cancelled, job, "t", job->number);
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        Job *job = userdata;

        progress_clear(&job->progress);
        if (job->interrupted) {
                print_error("Not waiting; the job may go on in the background");
                return job_exit(job, EXIT_INTERRUPTED);
        }

        print_error("Interrupted, cancelling; once more to leave without waiting");
        job->interrupted = true;
        return job->accepted ? job_cancel(job) : 0;
}

static int on_owner_changed(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Job *job = userdata;
        const char *name, *before;
        int r;

        r = sd_bus_message_read(m, "ss", &name, &before);
        if (r < 0)
                return r;
        /* The call itself may be what starts the daemon. */
        if (!*before)
                return 0;

        progress_clear(&job->progress);
        print_error("btrfs-swapd went away before the work was done. Swap that is on stays on; "
                    "look with 'swapctl status' once it runs again");
        return job_exit(job, EXIT_NOT_RUNNING);
}

static uint64_t job_left_bytes(const Job *job, const PoolInfo *pool) {
        uint64_t left_bytes = 0;

        for (size_t i = 0; i < pool->n_swapfiles; i++) {
                const SwapfileInfo *swapfile = &pool->swapfiles[i];

                if (strcmp(swapfile->state, "foreign") == 0)
                        continue;
                if (!*job->swapfile || strcmp(swapfile->name, job->swapfile) == 0)
                        left_bytes += swapfile->used_bytes;
        }
        return left_bytes;
}

static int job_poll_later(Job *job);

static int on_objects(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        _cleanup_(pool_info_freep) PoolInfo *pool = NULL;
        Job *job = userdata;

        if (sd_bus_message_is_method_error(m, NULL))
                return 0;
        if (pool_info_new(&pool) >= 0 && pool_info_read_swapfiles(pool, m) >= 0)
                progress_update(&job->progress, now_usec(), job_left_bytes(job, pool));
        return job_poll_later(job);
}

static int on_property(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Job *job = userdata;

        if (sd_bus_message_is_method_error(m, NULL))
                return 0;
        (void)job->view->draw(&job->progress, m);
        return job_poll_later(job);
}

static int on_poll(sd_event_source *source, uint64_t usec, void *userdata) {
        Job *job = userdata;

        if (job->view)
                return sd_bus_call_method_async(job->client->bus, NULL, BUS_NAME, BUS_PATH,
                                                "org.freedesktop.DBus.Properties", "Get",
                                                on_property, job, "ss", BUS_MANAGER,
                                                job->view->property);
        return sd_bus_call_method_async(job->client->bus, NULL, BUS_NAME, BUS_PATH,
                                        "org.freedesktop.DBus.ObjectManager", "GetManagedObjects",
                                        on_objects, job, NULL);
}

/* Only after the answer to the last: a daemon that is slow is not asked more often. */
static int job_poll_later(Job *job) {
        int r;

        r = sd_event_source_set_time_relative(job->timer, POLL_USEC);
        if (r < 0)
                return r;
        return sd_event_source_set_enabled(job->timer, SD_EVENT_ONESHOT);
}

static int job_poll_start(Job *job) {
        return sd_event_add_time_relative(job->event, &job->timer, CLOCK_MONOTONIC, 0, 0, on_poll,
                                          job);
}

static int job_accept(Job *job) {
        if (!job->client->wait) {
                if (job->client->json)
                        job_print_json(job, "started", "");
                else
                        print_line("Started as job %" PRIu64, job->number);
                return job_exit(job, EXIT_DONE);
        }

        for (size_t i = 0; i < job->n_early; i++)
                if (job_match(job, job->early[i]) > 0)
                        return 0;
        if (job->interrupted)
                return job_cancel(job);
        if ((job->swapfile || job->view) && job->progress.style.terminal && !job->client->json)
                return job_poll_start(job);
        return 0;
}

static int on_accepted(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Job *job = userdata;
        int r;

        if (sd_bus_message_is_method_error(m, NULL))
                return job_exit(job, job_report_error(job, sd_bus_message_get_error(m), 0));

        r = sd_bus_message_read(m, "t", &job->number);
        if (r < 0)
                return job_exit(job, client_report_answer(r));
        job->accepted = true;
        return job_accept(job);
}

static int job_listen(Job *job) {
        int r;

        r = sd_bus_match_signal(job->client->bus, NULL, BUS_NAME, BUS_PATH, BUS_MANAGER,
                                "JobFinished", on_finished, job);
        if (r < 0)
                return r;
        return sd_bus_add_match(job->client->bus, NULL,
                                "type='signal',sender='org.freedesktop.DBus',"
                                "interface='org.freedesktop.DBus',member='NameOwnerChanged',"
                                "arg0='" BUS_NAME "'",
                                on_owner_changed, job);
}

static int job_catch_signals(Job *job) {
        sigset_t signals;
        int r;

        (void)sigemptyset(&signals);
        (void)sigaddset(&signals, SIGINT);
        (void)sigaddset(&signals, SIGTERM);
        if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
                return -errno;

        r = sd_event_add_signal(job->event, NULL, SIGINT, on_signal, job);
        if (r < 0)
                return r;
        return sd_event_add_signal(job->event, NULL, SIGTERM, on_signal, job);
}

static int job_set_up(Job *job) {
        int r;

        r = sd_event_new(&job->event);
        if (r < 0)
                return r;
        r = job_catch_signals(job);
        if (r < 0)
                return r;
        r = job_listen(job);
        if (r < 0)
                return r;
        r = sd_bus_attach_event(job->client->bus, job->event, SD_EVENT_PRIORITY_NORMAL);
        if (r < 0)
                return r;
        /* Or the loop would wait for ever when the bus itself goes. */
        return sd_bus_set_exit_on_disconnect(job->client->bus, true);
}

static ExitCode run(Client *client, sd_bus_message *call, const char *swapfile,
                    const JobView *view) {
        _cleanup_(job_done) Job job = { .client = client, .swapfile = swapfile, .view = view };
        int r;

        agent_start();
        progress_init(&job.progress, client->style.bytes);
        r = job_set_up(&job);
        if (r >= 0)
                r = sd_bus_call_async(client->bus, NULL, call, on_accepted, &job,
                                      client_change_timeout_usec());
        if (r < 0)
                return exit_code_report(NULL, r);

        r = sd_event_loop(job.event);
        if (r < 0)
                return exit_code_report(NULL, r);
        /* Nobody but sd-bus ends the loop without us, and it does that when the bus is gone. */
        if (!job.ended)
                return job_report_error(&job, NULL, -ECONNRESET);
        return (ExitCode)r;
}

ExitCode job_run(Client *client, sd_bus_message *call, const char *swapfile) {
        return run(client, call, swapfile, NULL);
}

ExitCode job_run_view(Client *client, sd_bus_message *call, const JobView *view) {
        return run(client, call, NULL, view);
}

ExitCode job_run_method(Client *client, const char *method, const char *swapfile) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        ExitCode code;
        int r;

        code = client_connect(client);
        if (code != EXIT_DONE)
                return code;

        r = client_new_call(client, method, &call);
        if (r < 0)
                return exit_code_report(NULL, r);
        return job_run(client, call, swapfile);
}
