/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the parts of the manager share
 */

#include <systemd/sd-event.h>

#include "bus/api.h"
#include "kernel/exclop.h"
#include "kernel/psi.h"
#include "manager/coordinate.h"
#include "manager/leases.h"
#include "manager/manager.h"
#include "manager/requests.h"
#include "manager/sampler.h"
#include "manager/upkeep.h"
#include "policy/backoff.h"
#include "policy/history.h"
#include "policy/policy.h"
#include "pool/pool.h"
#include "pool/relocation.h"

/* Events that make the manager look (watch.c). */
typedef struct Watch {
        PsiTrigger *some;
        PsiTrigger *full;
        sd_event_source *some_source;
        sd_event_source *full_source;
        sd_event_source *swaps_source;
        sd_event_source *exclop_source;
        sd_event_source *look; /* the next look of our own */
        int exclop_fd;
} Watch;

/* The way to a pool, while there is none (opening.c). */
typedef struct Opening {
        char trouble[STATUS_TEXT_MAX]; /* why there is none, and what helps */
        Backoff retry;
        uint64_t tried_usec;
        uint64_t opened_usec;
        int mounts_fd;
        sd_event_source *mounts_source;
} Opening;

/* The file for the image of a hibernation (hibernation.c). */
/* One file may not have gone yet when the next is made. */
typedef struct Hibernation {
        uint32_t files;   /* a bit for the slot of each */
        bool over;        /* the machine is awake again: they can go */
        uint64_t request; /* that is giving one back; 0: none */
        Backoff patience; /* after one that did not end well */
} Hibernation;

struct Manager {
        sd_event *event;
        const char *config_file;
        Config *config;

        Watch watch;
        Sampler sampler;
        PressureSource pressure_source;
        Pool *pool; /* NULL while the directory cannot be used */
        Opening opening;
        uint64_t spares_checked_usec;
        unsigned areas_max;

        PolicyConfig limits; /* the configuration in bytes, for the machine as it is now */
        PolicyState policy;
        History history;
        Sample sample;

        Relocation *relocation; /* NULL while there is no pool */
        Coordination coordination;
        Leases leases;
        Upkeep upkeep;
        AvoidSet avoid; /* of leases, requests and upkeep, when last sampled */

        Hibernation hibernation;
        Requests requests;
        bool job_by_user;
        Reason job_reason; /* of the policy's own job */
        uint64_t job_realtime_usec;
        bool cancelled_by_client;

        /* Since the last tick. */
        bool pressed;
        bool urgent;
        uint64_t woken_usec;

        bool sleeping; /* so logind says */
        bool stopping;
        Api *api;
        Status status;
};

/* ---- manager.c ---- */

/* Looks, decides, acts, until there is nothing left to do now. */
void manager_tick(Manager *m);

/* Reads everything into m->sample. */
int manager_sample(Manager *m, uint64_t now_usec);

/* Where nothing may be placed now. */
void manager_avoid(const Manager *m, AvoidSet *ret);

/* ---- opening.c ---- */

/* Whether there is a pool afterwards or not: that is no failure. */
void opening_start(Manager *m);
void opening_stop(Manager *m);

/* Opens the directory if there is no pool and it is time. */
void opening_retry(Manager *m, uint64_t now_usec);

/* When that will be; USEC_INFINITY: there is one. */
uint64_t opening_next_look(const Manager *m);

/* Something has happened, or somebody asks: it is time, unless that was just now. */
void opening_hurry(Manager *m);

/* All that was tried is of the past. */
void opening_anew(Manager *m);

/* The directory is of no use any more. */
void opening_lose(Manager *m, int error);

/* ---- apply.c ---- */

void manager_apply(Manager *m, const Decision *d);
int manager_enable(Manager *m, uint32_t slot, const char *why);

/* The same, and says what the kernel said; SWAP_ACCEPTED with 0: the file is broken. */
int manager_try_enable(Manager *m, uint32_t slot, const char *why, SwapRefusal *ret_refusal);

/* The same with a priority of its own, instead of the next one down. */
int manager_enable_at(Manager *m, uint32_t slot, int priority, const char *why,
                      SwapRefusal *ret_refusal);

/* What a new file may take, where it is best, and whether there is time to find that. */
PlaceWish manager_place_wish(const Manager *m);

void manager_on_job(void *userdata, const PoolJob *job, JobOutcome outcome, int error,
                    uint64_t took_usec);

/* ---- clients.c ---- */

extern const ApiHandlers manager_api_handlers;

/* A sample of now, for who is about to answer. */
void manager_look_now(Manager *m);

/* The machine as it would be without the spare, which gives way to what somebody asks for. */
Sample manager_sample_without_spare(const Manager *m);

/* Why there is nothing to be done with the pool now: it is not there, it is read-only, ... */
Answer manager_refuse_no_pool(const Manager *m);
Answer manager_refuse_obstacle(const Manager *m);
const char *manager_limit_remedy(Reason limit);

/* The answer goes out before the work begins, so that nobody hears of a job's end before its id. */
Answer manager_accept_request(Manager *m, const Request *request);
Answer manager_refuse_full_queue(void);

/* ---- work.c ---- */

/* Tells the client and forgets the request; `result` is one of bus/names.h. */
void manager_finish_request(Manager *m, const Request *request, const char *result,
                            const char *message);

void manager_request_failed(Manager *m, const Request *request, const PoolJob *job,
                            JobOutcome outcome, int error);

/* Stops it, by whatever it is doing; its end is told as any other is. */
void manager_cancel_request(Manager *m, uint64_t id);

/*
 * Ends a request whose time is up, asleep or not; false when there is none. A job of its own is
 * told to end by the next step.
 */
bool manager_give_up_overdue(Manager *m);

/* Takes the first request one step further; false when there is nothing to do for any now. */
bool manager_step_request(Manager *m);
void manager_request_job_ended(Manager *m, const PoolJob *job, JobOutcome outcome, int error);

/* When the requests want the next look. */
uint64_t manager_request_look(const Manager *m);

int manager_step_prepare(Manager *m, uint64_t bytes, bool kept);
int manager_step_remove(Manager *m, Request *request, uint32_t slot);

/* ---- evacuation-work.c ---- */

/*
 * Queues a request to leave what is to be avoided, as of the last sample: what is online now stays
 * so. The caller may set the rest of it before it returns to the loop. NULL: the queue is full.
 */
Request *manager_evacuate(Manager *m, const AvoidSet *avoid);

/* 1 when something was done, 0 when it has to wait, or a negative errno. */
int evacuation_take_step(Manager *m, Request *request, const Step *step);
void evacuation_job_ended(Manager *m, Request *request, const PoolJob *job, JobOutcome outcome,
                          int error);

/* ---- leases.c ---- */

/* Answers the call: at once, or when the request for it is over. */
void leases_prepare(void *userdata, ApiCall *call, const PrepareWish *wish);
void leases_fill_status(Manager *m);

/* Takes up what the daemon before has promised; before the first look. */
void leases_restore(Manager *m);
/* ---- foreign.c: Take and Adopt ---- */

Answer foreign_on_take(void *userdata, int fd);
Answer foreign_on_adopt(void *userdata, const char *path);
int foreign_take(Manager *m, const Request *request);
int foreign_retire(Manager *m, Request *request);
void foreign_job_ended(Manager *m, Request *request, const PoolJob *job, JobOutcome outcome,
                       int error);
void foreign_format_done(const Manager *m, const Request *request, char *buf, size_t size);

/* ---- hibernation.c ---- */

/* At the start: a file that an earlier daemon made for the image is known by its priority. */
void hibernation_adopt(Manager *m);

/* The machine goes to sleep, or is awake again. */
void hibernation_note_sleep(Manager *m, bool going);

/* It is going to hibernate: queues a request that makes room for the image, if there is none. */
Answer hibernation_reserve(Manager *m);

/*
 * May the first request be worked on? While the machine goes to sleep, only one that the sleep
 * needs, which is then put first.
 */
bool hibernation_lets_step(Manager *m);

/* 0, or a negative errno. */
int hibernation_take_step(Manager *m, Request *request, const Step *step);
void hibernation_job_failed(Manager *m, const Request *request, JobOutcome outcome, int error);

/* Queues the removal of the file when it has served and memory has room for what is in it. */
void hibernation_give_back(Manager *m);

/* When that wants the next look. */
uint64_t hibernation_look(const Manager *m);

/* ---- leases.c, upkeep.c: a request of theirs is over; others are none of their business ---- */

void leases_request_ended(Manager *m, const Request *request, const char *result,
                          const char *message);
void upkeep_request_ended(Manager *m, const Request *request, const char *result,
                          const char *message);

/* ---- upkeep.c ---- */

/*
 * From coordinate.c. What upkeep itself began is known to it, and ignored in the second of these:
 * a scrub or a balance of somebody else's is over, and may have left something out.
 */
void upkeep_relocation_ended(Manager *m, int error, const BalancePlan *plan);
void upkeep_note_ended(Manager *m, Operation operation, const UpkeepEnded *ended);

/* ---- operation.c ---- */

/* Into the sample: what has the exclusive slot. */
void manager_read_operation(Manager *m);

/*
 * Has a child look how far it is, unless that was done a moment ago; api_refreshed() when it is
 * back. False: nothing is on its way.
 */
bool manager_look(Manager *m);

/* Something has begun or ended: what was seen is of the past. */
void manager_look_anew(Manager *m);

/* Into the status, as last seen. */
void manager_fill_operation(Manager *m);

/* To whom it concerns: an operation of somebody else's is over. */
void manager_tell_ended(Manager *m);

/* ---- coordinate.c ---- */

/* With the pool: what the last daemon left is taken up. */
void coordinate_start(Manager *m);
void coordinate_stop(Manager *m);

void manager_interrupt(Manager *m, Reason reason);
void manager_continue(Manager *m);

/* The balance is being stopped, for this reason or, with REASON_CALM, for a client. */
void coordinate_interrupting(Manager *m, Reason reason);
int coordinate_continue(Manager *m);

/* What somebody should know about it, or "". */
const char *coordinate_message(const Manager *m);

/* ---- kernel-log.c ---- */

void kernel_log_watch(Manager *m);
void kernel_log_stop(Coordination *c);
void kernel_log_catch_up(Manager *m);

/* ---- pauses.c ---- */

void manager_pause_relocation(void *userdata, ApiCall *call);
Answer manager_resume_relocation(void *userdata);

bool pauses_any(const Manager *m);

/* The balance stands still and is to stay so, for a client or because its owner had paused it. */
bool pauses_hold(const Manager *m);

/* For those who wait: it stands still now; it will not. */
void pauses_grant(Manager *m);
void pauses_refuse(Manager *m, const Answer *answer);

/* Whoever holds it hears a hang-up. */
void pauses_end(Manager *m);

/* ---- watch.c ---- */

int watch_start(Manager *m);
void watch_stop(Watch *w);
void watch_pressure(Manager *m);
void watch_exclop(Manager *m);
void watch_look_at(Manager *m, uint64_t when_usec);

/* ---- report.c ---- */

void manager_fill_status(Manager *m);

/* What the pool pins: read when somebody asks, and when a file was turned on or off. */
void manager_read_pins(Manager *m);
