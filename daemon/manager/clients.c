/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What clients ask for, checked when it comes in. It is carried out in work.c.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/parse.h"
#include "bus/names.h"
#include "config/option.h"
#include "kernel/swap-header.h"
#include "manager/manager-internal.h"

Answer manager_accept_request(Manager *m, const Request *request) {
        watch_look_at(m, 0);
        return (Answer){ .kind = ANSWER_ACCEPTED, .job = request->id };
}

Answer manager_refuse_full_queue(void) {
        return answer_refuse(ANSWER_BUSY, "%d requests are waiting already; try again later",
                             REQUESTS_MAX);
}

Answer manager_refuse_no_pool(const Manager *m) {
        return answer_refuse(ANSWER_REFUSED, "The directory '%s' cannot be used: %s",
                             m->config->directory, m->opening.trouble);
}

void manager_look_now(Manager *m) {
        uint64_t now_usec;

        /* Whoever asks may have mended it just now. */
        opening_hurry(m);
        (void)sd_event_now(m->event, CLOCK_MONOTONIC, &now_usec);
        (void)manager_sample(m, now_usec);
}

Sample manager_sample_without_spare(const Manager *m) {
        Sample sample = m->sample;

        for (unsigned i = 0; i < POOL_SLOTS_MAX; i++) {
                if (sample.slots[i].state != SLOT_SPARE || sample.slots[i].kept)
                        continue;
                sample.filesystem.free_bytes += sample.slots[i].size_bytes;
                sample.slots[i] = (SlotFacts){ .state = SLOT_ABSENT };
        }
        return sample;
}

const char *manager_limit_remedy(Reason limit) {
        switch (limit) {
        case REASON_AT_MAXIMUM:
                return "raise MaximumSize=";
        case REASON_NO_SPACE:
                return "free space on the filesystem or lower KeepFree=";
        default:
                return "turn another swap area off first: the kernel has none left";
        }
}

Answer manager_refuse_obstacle(const Manager *m) {
        if (!m->sample.filesystem.writable)
                return answer_refuse(ANSWER_REFUSED,
                                     "The filesystem of '%s' is read-only; remount "
                                     "it 'rw'",
                                     m->config->directory);
        return answer_refuse(ANSWER_REFUSED,
                             "New data chunks on the filesystem of '%s' do not have the 'single' "
                             "profile; run 'btrfs balance start -dconvert=single' on it",
                             m->config->directory);
}

static Answer on_add(void *userdata, uint64_t size_bytes) {
        Manager *m = userdata;
        uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE), bytes;
        Request *request;
        Sample sample;
        Room room;

        manager_look_now(m);
        if (!m->pool)
                return manager_refuse_no_pool(m);
        if (!m->sample.filesystem.writable || !m->sample.filesystem.single)
                return manager_refuse_obstacle(m);
        if (size_bytes != 0 && size_bytes < SWAP_PAGES_MIN * page_bytes)
                return answer_refuse(ANSWER_INVALID, "%s is too small for a swapfile; at least %s",
                                     FORMAT_SIZE(size_bytes),
                                     FORMAT_SIZE(SWAP_PAGES_MIN * page_bytes));

        sample = manager_sample_without_spare(m);
        room = sizing_room(&m->limits, &sample);
        bytes = size_bytes != 0 ? size_bytes - size_bytes % page_bytes
                                : sizing_next_file(&m->limits, &sample);
        if (bytes == 0 || bytes > room.bytes)
                return answer_refuse(ANSWER_AT_LIMIT,
                                     "%s cannot be added: at most %s can be added now; %s",
                                     bytes ? FORMAT_SIZE(bytes) : "A swapfile",
                                     FORMAT_SIZE(room.bytes), manager_limit_remedy(room.limit));

        request = requests_add(&m->requests, REQUEST_ADD);
        if (!request)
                return manager_refuse_full_queue();
        request->bytes = bytes;
        policy_set_drained(&m->policy, false);
        return manager_accept_request(m, request);
}

static Answer on_remove(void *userdata, const char *name) {
        Manager *m = userdata;
        uint32_t slot = slot_index_from_name(name);
        Request *request;
        SlotState state;

        manager_look_now(m);
        if (!m->pool)
                return manager_refuse_no_pool(m);
        state = slot != SLOT_NONE ? m->sample.slots[slot].state : SLOT_ABSENT;
        if (state == SLOT_ABSENT || state == SLOT_PREPARING)
                return answer_refuse(ANSWER_NO_SUCH_SWAPFILE,
                                     "There is no swapfile '%.64s' in the pool; 'swapctl list' "
                                     "shows those there are",
                                     name);
        if (state == SLOT_FOREIGN)
                return answer_refuse(ANSWER_REFUSED,
                                     "'%s/%s' is not a file of this pool; remove it by hand if it "
                                     "is not needed",
                                     pool_get_path(m->pool), name);

        request = requests_add(&m->requests, REQUEST_REMOVE);
        if (!request)
                return manager_refuse_full_queue();
        request->slot = slot;
        return manager_accept_request(m, request);
}

static Answer on_drain(void *userdata) {
        Manager *m = userdata;
        Request *request;

        manager_look_now(m);
        if (!m->pool)
                return manager_refuse_no_pool(m);
        request = requests_add(&m->requests, REQUEST_DRAIN);
        if (!request)
                return manager_refuse_full_queue();
        request->was_drained = m->policy.drained;
        policy_set_drained(&m->policy, true);
        return manager_accept_request(m, request);
}

static Answer on_cancel(void *userdata, uint64_t job) {
        Manager *m = userdata;

        if (upkeep_cancel(m, job))
                return (Answer){ .kind = ANSWER_ACCEPTED };
        if (!requests_find(&m->requests, job))
                return answer_refuse(ANSWER_INVALID, "There is no job %" PRIu64, job);
        manager_cancel_request(m, job);
        return (Answer){ .kind = ANSWER_ACCEPTED };
}

static Answer on_upkeep(void *userdata, const UpkeepWish *wish) {
        Manager *m = userdata;

        manager_look_now(m);
        return m->pool ? upkeep_request(m, wish) : manager_refuse_no_pool(m);
}

static const UpkeepFigure *on_upkeep_result(void *userdata, uint64_t job) {
        return upkeep_get_result(userdata, job);
}

static bool on_get_config(void *userdata, unsigned i, ConfigLine *ret) {
        static char value[CONFIG_VALUE_MAX], source[CONFIG_SOURCE_MAX];
        const Manager *m = userdata;
        const ConfigOption *option;

        if (i >= config_option_count())
                return false;
        option = config_option_get(i);
        *ret = (ConfigLine){
                .section = option->section,
                .key = option->key,
                .value = config_option_format(option, m->config, value, sizeof(value)),
                .source = config_option_format_source(option, m->config, source, sizeof(source)),
        };
        return true;
}

/* What is open and armed under the old configuration follows the new one. */
static void config_replace(Manager *m, Config *config, int (*warn)(void *to, const char *text),
                           void *to) {
        if (m->pool && strcmp(config->directory, m->config->directory) != 0) {
                (void)warn(to, "A new Directory= takes effect when the daemon is started again");
                (void)snprintf(config->directory, sizeof(config->directory), "%s",
                               m->config->directory);
        }
        (void)config_free(m->config);
        m->config = config;
        watch_pressure(m);
        opening_anew(m);
        manager_look_now(m);
        if (!m->pool)
                (void)warn(to, manager_refuse_no_pool(m).message);
        watch_look_at(m, 0);
}

static Answer on_reload(void *userdata, int (*warn)(void *to, const char *text), void *to) {
        _cleanup_(config_report_clear) ConfigReport report = { 0 };
        Manager *m = userdata;
        Config *config;
        int r;

        r = config_load(NULL, m->config_file, /* strict= */ true, &report, &config);
        for (size_t i = 0; report.lines[i]; i++)
                (void)warn(to, report.lines[i]);
        if (r < 0)
                return answer_refuse(ANSWER_FAILED,
                                     "Cannot read '%s', keeping the configuration in force: %s",
                                     m->config_file ?: CONFIG_MAIN_FILE, strerrordesc_np(-r));
        config_replace(m, config, warn, to);
        log_info("Configuration reloaded");
        return (Answer){ .kind = ANSWER_ACCEPTED };
}

static Answer on_reserve(void *userdata) {
        Manager *m = userdata;
        Answer answer;

        manager_look_now(m);
        if (!m->pool)
                return manager_refuse_no_pool(m);
        answer = hibernation_reserve(m);
        watch_look_at(m, 0);
        return answer;
}

static void on_sleep(void *userdata, bool going) {
        Manager *m = userdata;

        m->sleeping = going;
        hibernation_note_sleep(m, going);
        if (m->api)
                manager_tick(m);
}

/* A second reader within a moment sees the same figures. */
static bool on_refresh(void *userdata) {
        Manager *m = userdata;
        uint64_t now_usec;

        (void)sd_event_now(m->event, CLOCK_MONOTONIC, &now_usec);
        if (now_usec < m->sample.now_usec + 100 * USEC_PER_MSEC)
                return false;
        manager_look_now(m);
        manager_read_pins(m);
        manager_fill_status(m);
        return manager_look(m);
}

const ApiHandlers manager_api_handlers = {
        .add = on_add,
        .remove = on_remove,
        .drain = on_drain,
        .cancel = on_cancel,
        .take = foreign_on_take,
        .adopt = foreign_on_adopt,
        .upkeep = on_upkeep,
        .upkeep_result = on_upkeep_result,
        .reload = on_reload,
        .get_config = on_get_config,
        .reserve = on_reserve,
        .sleep = on_sleep,
        .prepare = leases_prepare,
        .pause_relocation = manager_pause_relocation,
        .resume_relocation = manager_resume_relocation,
        .refresh = on_refresh,
};
