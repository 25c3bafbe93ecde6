/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Stories for the policy: a row per look, and a sentence that fails
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "policy/policy.h"

#define STEPS_MAX 14

/* What the machine did between two steps. */
typedef enum Event {
        EVENT_NONE,
        EVENT_PREPARED,
        EVENT_PREPARE_FAILED,
        EVENT_ENABLED,
        EVENT_REFUSED, /* swapon, for a reason that passes */
        EVENT_POISONED,
        EVENT_DRAINED,
        EVENT_DRAIN_ENDED, /* cancelled or failed */
        EVENT_REMOVED,
        EVENT_GIVEN_BACK, /* removed, because the disk is low */
        EVENT_REMOVE_FAILED,
        EVENT_FREED,
        EVENT_INTERRUPT_FAILED,
        EVENT_CONTINUE_FAILED,
        EVENT_DRAIN_ALL,
        EVENT_DRAIN_ALL_ENDED,
} Event;

/*
 * One look. Each character of `pool` is a slot with a file of 1 GiB:
 *
 *     A active and empty, H half full, Q with a quarter free, F full
 *       K kept and active, k kept and off
 *     N spare that was refused where it lies, n the same of a kept one
 *     S spare, B broken spare, P preparing, D draining, R removing    . absent
 *     V active and v spare, where the pool must not be
 */
typedef struct Step {
        const char *sentence;
        uint64_t at_msec;
        const char *pool;
        Action action;
        Reason reason;
        uint32_t slot;
        Event before;
        uint64_t available_mib; /* 0: plenty */
        uint64_t free_mib;      /* of the filesystem; 0: plenty */
        uint64_t stalled_msec;  /* PSI's counter */
        unsigned areas_used;    /* by others */
        bool pressed;
        bool urgent;
        bool by_user;
        bool cancelling;
        bool closed;
        bool mirrored;
        bool read_only;
        Exclusive exclusive;
        RelocationState relocation;
        bool held_by_client;
        unsigned leases;
} Step;

typedef struct Story {
        const char *title;
        OnBalance on_balance;
        Step steps[STEPS_MAX];
} Story;

static const PolicyConfig story_config = {
        .minimum_bytes = GIB,
        .maximum_bytes = 6 * GIB,
        .file_bytes = GIB,
        .keep_free_bytes = 10 * GIB,
        .headroom_bytes = 500 * MIB,
        .headroom_max_bytes = 4 * GIB,
        .margin_bytes = 512 * MIB,
        .calm_usec = 60 * USEC_PER_SEC,
        .interval_usec = 30 * USEC_PER_SEC,
        .pressure_permyriad = 1000,
};

#define NO SLOT_NONE

static inline SlotFacts slot_make(char c, int priority) {
        static const SlotState states[] = {
                ['A'] = SLOT_ACTIVE,   ['H'] = SLOT_ACTIVE,   ['F'] = SLOT_ACTIVE,
                ['Q'] = SLOT_ACTIVE,   ['K'] = SLOT_ACTIVE,   ['k'] = SLOT_SPARE,
                ['S'] = SLOT_SPARE,    ['B'] = SLOT_SPARE,    ['P'] = SLOT_PREPARING,
                ['D'] = SLOT_DRAINING, ['R'] = SLOT_REMOVING, ['V'] = SLOT_ACTIVE,
                ['v'] = SLOT_SPARE,    ['N'] = SLOT_SPARE,    ['n'] = SLOT_SPARE,
        };
        SlotFacts slot = {
                .state = c == '.' ? SLOT_ABSENT : states[(unsigned char)c],
                .kept = c == 'K' || c == 'k' || c == 'n',
                .refused = c == 'N' || c == 'n',
                .broken = c == 'B',
                .avoided = c == 'V' || c == 'v',
                .priority = priority,
                .size_bytes = c == '.' ? 0 : GIB,
        };

        if (c == 'H' || c == 'D')
                slot.used_bytes = GIB / 2;
        if (c == 'Q')
                slot.used_bytes = GIB / 4 * 3;
        if (c == 'F')
                slot.used_bytes = GIB;
        return slot;
}

static inline void sample_job(Sample *in, uint32_t slot) {
        static const JobKind jobs[_SLOT_STATE_MAX] = {
                [SLOT_PREPARING] = JOB_PREPARE,
                [SLOT_DRAINING] = JOB_DRAIN,
                [SLOT_REMOVING] = JOB_REMOVE,
        };
        JobKind job = jobs[in->slots[slot].state];

        if (job == JOB_NONE)
                return;
        in->job = job;
        in->job_slot = slot;
}

static inline Sample sample_make(const Step *t) {
        Sample in = {
                .now_usec = t->at_msec * USEC_PER_MSEC,
                .memory = { .total_bytes = 8 * GIB,
                            .available_bytes = (t->available_mib ? t->available_mib : 6000) * MIB },
                .pressure = { .some_total_usec = t->stalled_msec * USEC_PER_MSEC },
                .filesystem = { .size_bytes = TIB,
                                .free_bytes = (t->free_mib ? t->free_mib : 500000) * MIB,
                                .chunk_bytes = GIB,
                                .single = !t->mirrored,
                                .writable = !t->read_only },
                .areas_used = t->areas_used,
                .areas_max = SWAP_AREAS_DEFAULT,
                .pressed = t->pressed,
                .urgent = t->urgent,
                .pool_open = !t->closed,
                .job_by_user = t->by_user,
                .job_cancelling = t->cancelling,
                .operation = { .exclusive = t->exclusive,
                               .relocation = t->relocation,
                               .held_by_client = t->held_by_client,
                               .leases = t->leases },
        };

        for (uint32_t i = 0; t->pool[i]; i++) {
                in.slots[i] = slot_make(t->pool[i], 50 - (int)i);
                sample_job(&in, i);
                if (in.slots[i].state == SLOT_ACTIVE || in.slots[i].state == SLOT_DRAINING)
                        in.areas_used++;
                if (in.slots[i].state != SLOT_ACTIVE)
                        continue;
                in.headroom_bytes += in.slots[i].size_bytes - in.slots[i].used_bytes;
                in.swapped_bytes += in.slots[i].used_bytes;
        }
        return in;
}

static inline void event_note(PolicyState *s, Event event, uint64_t now_usec) {
        switch (event) {
        case EVENT_NONE:
                return;
        case EVENT_PREPARED:
                policy_note_prepared(s, USEC_PER_SEC / 2);
                return;
        case EVENT_PREPARE_FAILED:
                policy_note_refused(s, ACTION_PREPARE, now_usec, true);
                return;
        case EVENT_ENABLED:
                policy_note_enabled(s);
                return;
        case EVENT_REFUSED:
                policy_note_refused(s, ACTION_ENABLE, now_usec, true);
                return;
        case EVENT_POISONED:
                policy_note_refused(s, ACTION_ENABLE, now_usec, false);
                return;
        case EVENT_DRAINED:
                policy_note_drained(s, now_usec);
                return;
        case EVENT_DRAIN_ENDED:
                policy_note_refused(s, ACTION_DRAIN, now_usec, true);
                return;
        case EVENT_REMOVED:
                policy_note_removed(s, REASON_SPARE_SURPLUS, now_usec);
                return;
        case EVENT_GIVEN_BACK:
                policy_note_removed(s, REASON_DISK_LOW, now_usec);
                return;
        case EVENT_REMOVE_FAILED:
                policy_note_refused(s, ACTION_REMOVE, now_usec, true);
                return;
        case EVENT_FREED:
                policy_note_freed(s);
                return;
        case EVENT_INTERRUPT_FAILED:
                policy_note_refused(s, ACTION_INTERRUPT, now_usec, false);
                return;
        case EVENT_CONTINUE_FAILED:
                policy_note_refused(s, ACTION_CONTINUE, now_usec, true);
                return;
        case EVENT_DRAIN_ALL:
                policy_set_drained(s, true);
                return;
        case EVENT_DRAIN_ALL_ENDED:
                policy_set_drained(s, false);
                return;
        }
}

static inline void story_tell(const Story *story) {
        PolicyState state = POLICY_STATE_INIT;
        PolicyConfig config = story_config;

        config.on_balance = story->on_balance;
        for (size_t i = 0; i < STEPS_MAX && story->steps[i].sentence; i++) {
                const Step *t = &story->steps[i];
                Sample in = sample_make(t);
                Decision d;

                event_note(&state, t->before, in.now_usec);
                d = policy_decide(&config, &state, &in);
                if (d.action != t->action || d.reason != t->reason || d.slot != t->slot)
                        fail_msg("%s: %s: %s, %s, slot %d", story->title, t->sentence,
                                 action_to_string(d.action), reason_to_string(d.reason),
                                 (int)d.slot);
                if (d.action == ACTION_NONE && d.next_look_usec <= in.now_usec)
                        fail_msg("%s: %s: looks again at once", story->title, t->sentence);
        }
}
