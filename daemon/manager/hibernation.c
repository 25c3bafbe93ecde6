/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Room for the image of a hibernation: a file that is turned on before, and goes afterwards.
 *
 * logind tells that the machine goes to sleep, not how; so on its word alone a file is made only
 * for whoever gave a size. The units that hibernate tell more: their drop-ins call Reserve. By then
 * logind's lock is given up, but systemd-sleep looks for a place only after that call.
 *
 * If the daemon is killed meanwhile, the next one knows the file by its priority.
 */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/parse.h"
#include "bus/names.h"
#include "kernel/area-place.h"
#include "kernel/power.h"
#include "kernel/swaps.h"
#include "manager/manager-internal.h"
#include "policy/victim.h"

/* logind waits for 5 s (InhibitDelayMaxSec=); what is not ready by then is not used. */
#define SLEEP_TIMEOUT_USEC (4 * USEC_PER_SEC)

/* Nobody likes to wait longer before the screen goes dark. */
#define RESERVE_TIMEOUT_USEC (20 * USEC_PER_SEC)

#define GIVE_BACK_LOOK_USEC (30 * USEC_PER_SEC)
#define GIVE_BACK_LOOK_MAX_USEC (10 * USEC_PER_MINUTE)

/* By then a daemon that has just started has heard whether the machine goes to sleep. */
#define ADOPTED_USEC (10 * USEC_PER_SEC)

/* ---- the plan ---- */

static bool is_of_pool(const Manager *m, const SwapArea *area) {
        const char *path = pool_get_path(m->pool);
        size_t length = strlen(path);

        return strncmp(area->path, path, length) == 0 && area->path[length] == '/';
}

/* Of other people's files it only counts that they are there: looking may take long. */
static void read_place(const Manager *m, const SwapArea *area, HibernationArea *ret) {
        struct stat st;

        ret->device = 1;
        ret->offset_pages = 0;
        if (is_of_pool(m, area)) {
                ret->pool = true;
                (void)area_place_read(area->path, ret);
        } else if (!area->file && stat(area->path, &st) >= 0 && S_ISBLK(st.st_mode)) {
                ret->device = st.st_rdev;
        }
}

static unsigned read_areas(const Manager *m, HibernationArea areas[HIBERNATION_AREAS_MAX]) {
        const char *cursor = m->sampler.swaps;
        SwapArea area;
        unsigned n = 0;
        int r;

        while (n < HIBERNATION_AREAS_MAX && (r = swaps_next(&cursor, &area)) != 0) {
                if (r < 0 || area.zram || area.deleted)
                        continue;
                areas[n] = (HibernationArea){
                        .file = area.file,
                        .priority = area.priority,
                        .size_bytes = area.size_bytes,
                        .used_bytes = area.used_bytes,
                };
                read_place(m, &area, &areas[n++]);
        }
        return n;
}

static int make_plan(const Manager *m, HibernationPlan *ret) {
        HibernationArea areas[HIBERNATION_AREAS_MAX];
        ReserveWish wish = m->config->reserve;
        PowerFacts power;
        int r;

        r = power_read("", &power);
        if (r < 0)
                return r;
        wish.above = m->config->priority;
        *ret = hibernation_plan(&wish, &m->sample.memory, &power, areas, read_areas(m, areas),
                                pool_get_identity(m->pool)->devices > 1);
        return 0;
}

/* ---- the beginning ---- */

static bool verdict_is_fine(HibernationVerdict verdict) {
        return verdict == HIBERNATION_RESERVE || verdict == HIBERNATION_READY ||
               verdict == HIBERNATION_UNWANTED || verdict == HIBERNATION_NAMED;
}

static Answer reserve(Manager *m, uint64_t timeout_usec) {
        HibernationPlan plan;
        Request *request;
        int r;

        r = make_plan(m, &plan);
        if (r < 0)
                return answer_refuse(ANSWER_FAILED, "Cannot read the state of memory: %s",
                                     strerrordesc_np(-r));
        if (!verdict_is_fine(plan.verdict))
                return answer_refuse(ANSWER_REFUSED, "No room is made for hibernation: %s; %s",
                                     hibernation_verdict_to_sentence(plan.verdict),
                                     hibernation_verdict_to_remedy(plan.verdict));
        request = requests_add(&m->requests, REQUEST_RESERVE);
        if (!request)
                return answer_refuse(ANSWER_BUSY, "%d requests are waiting already", REQUESTS_MAX);
        request->verdict = plan.verdict;
        request->bytes = plan.bytes;
        request->priority = plan.priority;
        request->deadline_usec = m->sample.now_usec + timeout_usec;
        return (Answer){ .kind = ANSWER_ACCEPTED, .job = request->id };
}

static const Request *find_reserve(const Manager *m) {
        for (unsigned i = 0; i < m->requests.count; i++)
                if (m->requests.items[i].kind == REQUEST_RESERVE)
                        return &m->requests.items[i];
        return NULL;
}

Answer hibernation_reserve(Manager *m) {
        const Request *request = find_reserve(m);

        if (request)
                return (Answer){ .kind = ANSWER_ACCEPTED, .job = request->id };
        return reserve(m, RESERVE_TIMEOUT_USEC);
}

static void going(Manager *m) {
        Answer answer;
        uint64_t now_usec;

        m->hibernation.over = false;
        if (!m->pool || !m->config->reserve.wanted || m->config->reserve.bytes == 0 ||
            find_reserve(m))
                return;
        (void)sd_event_now(m->event, CLOCK_MONOTONIC, &now_usec);
        if (manager_sample(m, now_usec) < 0 || !m->pool)
                return;
        answer = reserve(m, SLEEP_TIMEOUT_USEC);
        if (answer.kind != ANSWER_ACCEPTED)
                log_notice("%s", answer.message);
}

/* ---- the steps ---- */

bool hibernation_lets_step(Manager *m) {
        const Request *first;

        if (m->sample.job == JOB_NONE)
                requests_prefer(&m->requests, REQUEST_RESERVE);
        if (!m->sleeping)
                return true;
        first = requests_first(&m->requests);
        return first && first->kind == REQUEST_RESERVE;
}

static void reserve_failed(Manager *m, const Request *request, const char *why,
                           const char *remedy) {
        char text[ANSWER_TEXT_MAX];

        (void)snprintf(text, sizeof(text),
                       "there is no swapfile of %s for the image of the hibernation: %s; %s",
                       FORMAT_SIZE(request->bytes), why, remedy);
        log_warning("Cannot make room for hibernation: %s", why);
        manager_finish_request(m, request, BUS_RESULT_REFUSED, text);
}

static void reserve_done(Manager *m, const Request *request, const Slot *slot) {
        char text[ANSWER_TEXT_MAX];

        (void)snprintf(text, sizeof(text),
                       "'%s' is on, %s, for the image of the hibernation; it goes afterwards",
                       slot->name, FORMAT_SIZE(slot->size_bytes));
        manager_finish_request(m, request, BUS_RESULT_DONE, text);
}

/*
 * With somebody waiting: rather in a few more parts than late. How many there are is all the same
 * to the kernel, which knows where each page of an area lies; only the first one's place has to be
 * told to the next start.
 */
static int reserve_prepare(Manager *m, const Request *request) {
        PlaceWish wish = manager_place_wish(m);

        wish.now = true;
        return pool_prepare(m->pool, request->bytes, /* kept= */ false, &wish,
                            RESERVE_TIMEOUT_USEC);
}

static bool is_reserve(const Manager *m, uint32_t slot) {
        return m->hibernation.files >> slot & 1;
}

static void point_resume(uint64_t offset_pages) {
        int r;

        r = offset_pages == RESUME_OFFSET_NONE ? -ENODATA : power_point_resume("", offset_pages);
        if (r < 0)
                (void)log_warning_errno(r, "Cannot write to /sys/power/resume_offset where the "
                                           "image of the next hibernation has to go; it may fail");
}

/* Once something is named, systemd looks nowhere else. */
static void point_resume_at(const Manager *m, const Slot *slot) {
        HibernationArea area = { .offset_pages = RESUME_OFFSET_NONE };
        char path[PATH_MAX];
        PowerFacts power = { 0 };

        power_read_resume("", &power);
        if (power.resume_device == 0)
                return;
        (void)snprintf(path, sizeof(path), "%.*s/%s", (int)(PATH_MAX - SLOT_NAME_MAX - 1),
                       pool_get_path(m->pool), slot->name);
        (void)area_place_read(path, &area);
        point_resume(area.offset_pages);
}

static void reserve_enable(Manager *m, const Request *request, uint32_t index) {
        const Slot *slot = pool_get_slot(m->pool, index);
        SwapRefusal refusal = SWAP_ACCEPTED;
        int r;

        r = manager_enable_at(m, index, request->priority, "the machine is going to hibernate",
                              &refusal);
        if (r <= 0) {
                reserve_failed(m, request, r == 0 ? slot->message : strerrordesc_np(-r),
                               "try again later");
                return;
        }
        m->hibernation.files |= UINT32_C(1) << index;
        m->hibernation.over = false;
        point_resume_at(m, slot);
        reserve_done(m, request, slot);
}

int hibernation_take_step(Manager *m, Request *request, const Step *step) {
        switch (step->kind) {
        case STEP_PREPARE:
                return reserve_prepare(m, request);
        case STEP_REMOVE:
                return manager_step_remove(m, request, step->slot);
        case STEP_ENABLE:
                reserve_enable(m, request, step->slot);
                return 0;
        case STEP_STUCK:
                reserve_failed(m, request, hibernation_limit_to_sentence(step->reason),
                               hibernation_limit_to_remedy(step->reason));
                return 0;
        default:
                manager_finish_request(m, request, BUS_RESULT_DONE,
                                       hibernation_verdict_to_sentence(request->verdict));
                return 0;
        }
}

void hibernation_job_failed(Manager *m, const Request *request, JobOutcome outcome, int error) {
        if (outcome == JOB_FAILED)
                reserve_failed(m, request, strerrordesc_np(-error), "free space or memory first");
        else
                reserve_failed(m, request, "it was not ready in time",
                               "try again when the disk is less busy");
}

/* ---- the end ---- */

/* The oldest file, which stays longest. Without one that is on, logind would refuse the next time.
 */
static void leave_resume(Manager *m) {
        HibernationArea areas[HIBERNATION_AREAS_MAX];
        const Slot *oldest = NULL;
        PowerFacts power = { 0 };

        power_read_resume("", &power);
        if (!hibernation_resume_is_ours(&power, areas, read_areas(m, areas)))
                return;
        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++) {
                const Slot *slot = pool_get_slot(m->pool, i);

                if (slot->state == SLOT_ACTIVE && !is_reserve(m, i) &&
                    (!oldest || slot->priority > oldest->priority))
                        oldest = slot;
        }
        if (oldest)
                point_resume_at(m, oldest);
}

static void awake(Manager *m) {
        const Request *request = find_reserve(m);

        if (request)
                manager_cancel_request(m, request->id);
        m->hibernation.over = true;
        backoff_reset(&m->hibernation.patience);
}

/*
 * What lies above Priority=, with others that do not. If all do, or one that was added by hand,
 * Priority= was lowered since, and there is no telling.
 */
void hibernation_adopt(Manager *m) {
        uint32_t files = 0, kept = 0, others = 0;
        uint64_t now_usec;

        for (uint32_t i = 0; i < POOL_SLOTS_MAX; i++) {
                const Slot *slot = pool_get_slot(m->pool, i);
                bool above = slot->priority > m->config->priority;

                if (slot->state == SLOT_ACTIVE)
                        *(!above ? &others : slot->kept ? &kept : &files) |= UINT32_C(1) << i;
        }
        if (kept != 0 || (others == 0 && __builtin_popcount(files) > 1))
                files = 0;
        (void)sd_event_now(m->event, CLOCK_MONOTONIC, &now_usec);
        m->hibernation = (Hibernation){
                .files = files,
                .over = true,
                .patience.until_usec = now_usec + ADOPTED_USEC,
        };
}

void hibernation_note_sleep(Manager *m, bool is_going) {
        if (is_going)
                going(m);
        else
                awake(m);
}

/* As in victim_choose(): until its pages are back, they need room in the rest. */
static bool rest_is_enough(const Manager *m, const SlotFacts *slot) {
        return m->sample.headroom_bytes >= slot->size_bytes + m->limits.headroom_bytes &&
               victim_memory_holds(&m->limits, &m->sample, slot->used_bytes);
}

/*
 * The one with the least to bring back, or SLOT_NONE. Its slot may be another file's tomorrow: what
 * is not on any more is not known any more.
 */
static uint32_t find_reserve_file(Manager *m) {
        const SlotFacts *slots = m->sample.slots;
        uint32_t found = SLOT_NONE;

        for (uint32_t i = 0; m->pool && i < POOL_SLOTS_MAX; i++) {
                SlotState state = slots[i].state;

                if (!is_reserve(m, i))
                        continue;
                if (state == SLOT_ACTIVE) {
                        if (found == SLOT_NONE || slots[i].used_bytes < slots[found].used_bytes)
                                found = i;
                } else if (state != SLOT_DRAINING) {
                        m->hibernation.files &= ~(UINT32_C(1) << i);
                        backoff_reset(&m->hibernation.patience);
                }
        }
        return found;
}

/* The end of the request says nothing here: as long as the file is on, it is tried again. */
void hibernation_give_back(Manager *m) {
        Hibernation *h = &m->hibernation;
        uint64_t now_usec = m->sample.now_usec;
        uint32_t file = find_reserve_file(m);
        Request *request;

        if (file == SLOT_NONE || m->sleeping || !h->over ||
            backoff_is_waiting(&h->patience, now_usec) || requests_find(&m->requests, h->request) ||
            !rest_is_enough(m, &m->sample.slots[file]))
                return;
        request = requests_add(&m->requests, REQUEST_REMOVE);
        if (!request)
                return;
        request->slot = file;
        h->request = request->id;
        backoff_fail(&h->patience, now_usec, GIVE_BACK_LOOK_USEC, GIVE_BACK_LOOK_MAX_USEC);
        leave_resume(m);
}

uint64_t hibernation_look(const Manager *m) {
        const Hibernation *h = &m->hibernation;

        if (m->sleeping || !h->over || h->files == 0)
                return USEC_INFINITY;
        if (backoff_is_waiting(&h->patience, m->sample.now_usec))
                return h->patience.until_usec;
        return m->sample.now_usec + GIVE_BACK_LOOK_USEC;
}
