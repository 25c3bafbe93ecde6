/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "policy/tidy.h"

#include "base/u64.h"
#include "policy/decision.h"
#include "policy/grow.h"
#include "policy/interruption.h"
#include "policy/pace.h"
#include "policy/spare.h"
#include "policy/victim.h"

static uint32_t least_useful(const Sample *in) {
        uint32_t refused = spare_find_refused(in);

        return refused != SLOT_NONE ? refused : spare_find(in);
}

/* A spare that is one too many. Not while a lease is held: what is to be avoided changes with it.
 */
static Decision tidy_surplus(const PolicyConfig *c, const Sample *in) {
        uint32_t spare = spare_find(in), avoided = spare_find_avoided(in);
        bool too_much = sizing_on_disk_bytes(in) > c->maximum_bytes;

        if (in->operation.leases > 0)
                return stay(REASON_CALM);
        if (avoided != SLOT_NONE && (spare != SLOT_NONE || too_much))
                return act(ACTION_REMOVE, REASON_AVOIDED, avoided);
        if (spare != SLOT_NONE && (spare_count(in) > 1 || too_much))
                return act(ACTION_REMOVE, REASON_SPARE_SURPLUS, least_useful(in));
        return stay(REASON_CALM);
}

/* A spare that should not be there, and why. */
static Decision tidy_spares(const PolicyConfig *c, const PolicyState *s, const Sample *in) {
        uint32_t broken = spare_find_broken(in), avoided = spare_find_avoided(in);
        uint32_t spare = avoided != SLOT_NONE ? avoided : least_useful(in);
        Decision d;

        if (backoff_is_waiting(&s->remove, in->now_usec))
                return stay(REASON_CALM);
        if (broken != SLOT_NONE)
                return act(ACTION_REMOVE, REASON_BROKEN, broken);

        d = tidy_surplus(c, in);
        if (d.action != ACTION_NONE)
                return d;
        if (spare != SLOT_NONE && in->filesystem.free_bytes < c->keep_free_bytes)
                return act(ACTION_REMOVE, REASON_DISK_LOW, spare);
        return stay(REASON_CALM);
}

/*
 * A spare in advance wants a little more room than KeepFree= asks for, or the next file that
 * somebody writes would cost the spare its place again. Where a large one does not fit, a small
 * one is better than none.
 */
static Decision refill_spare(const PolicyConfig *c, const PolicyState *s, const Sample *in) {
        uint64_t room = u64_subtract(in->filesystem.free_bytes, c->keep_free_bytes) / 5 * 4;
        uint64_t bytes = sizing_next_file(c, in);

        if (spare_find(in) != SLOT_NONE || grow_prepare_obstacle(s, in) != REASON_CALM)
                return stay(REASON_CALM);
        if (in->now_usec < s->refill_after_usec)
                return stay(REASON_CALM);

        if (bytes > room)
                bytes = u64_min(sizing_unit(c, in), bytes);
        return bytes > 0 && bytes <= room ? prepare(REASON_NO_SPARE, bytes) : stay(REASON_CALM);
}

static Decision shrink(const PolicyConfig *c, const PolicyState *s, const Sample *in,
                       uint64_t wanted_bytes) {
        Victim victim = victim_choose(c, in, wanted_bytes);

        if (victim.slot == SLOT_NONE)
                return stay(victim.reason);
        if (in->operation.leases > 0)
                return stay(REASON_LEASE);
        if (interruption_slot_is_taken(in))
                return stay(REASON_NO_RETURN);
        if (s->calm_since_usec == 0 || in->now_usec < pace_shrink_not_before(c, s))
                return stay(REASON_SETTLING);
        return act(ACTION_DRAIN, REASON_SURPLUS, victim.slot);
}

Decision tidy_decide(const PolicyConfig *c, const PolicyState *s, const Sample *in,
                     uint64_t wanted_bytes) {
        Decision d;

        if (in->job != JOB_NONE)
                return stay(REASON_BUSY);
        d = tidy_spares(c, s, in);
        if (d.action != ACTION_NONE)
                return d;
        d = refill_spare(c, s, in);
        if (d.action != ACTION_NONE)
                return d;
        if (s->pressed)
                return stay(REASON_HEADROOM);
        return shrink(c, s, in, wanted_bytes);
}
