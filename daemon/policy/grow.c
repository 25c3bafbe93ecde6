/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "policy/grow.h"

#include "policy/decision.h"
#include "policy/interruption.h"
#include "policy/spare.h"

/* One, and one that lies elsewhere. */
#define SPARES_MAX 2

Reason grow_enable_obstacle(const PolicyState *s, const Sample *in) {
        if (in->areas_used >= in->areas_max)
                return REASON_NO_AREAS;
        /* The slot is free before all is known about what was interrupted. */
        if (in->operation.relocation == RELOCATION_INTERRUPTING && interruption_slot_is_taken(in))
                return REASON_BUSY;
        if (interruption_slot_is_taken(in))
                return in->operation.exclusive == EXCLUSIVE_RECLAIM ? REASON_RECLAIM
                                                                    : REASON_OPERATION;
        if (backoff_is_waiting(&s->enable, in->now_usec))
                return REASON_REFUSED;
        return REASON_CALM;
}

Reason grow_prepare_obstacle(const PolicyState *s, const Sample *in) {
        if (!in->filesystem.writable)
                return REASON_READ_ONLY;
        if (!in->filesystem.single)
                return REASON_PROFILE;
        if (backoff_is_waiting(&s->prepare, in->now_usec))
                return REASON_REFUSED;
        return REASON_CALM;
}

static Decision make(const PolicyConfig *c, const PolicyState *s, const Sample *in, Reason why) {
        uint32_t broken = spare_find_broken(in), avoided = spare_find_avoided(in);
        bool may_remove = !backoff_is_waiting(&s->remove, in->now_usec);
        Reason obstacle;
        uint64_t bytes;

        if (in->job != JOB_NONE)
                return stay(REASON_BUSY);
        /* Its space may be all that the next file can have. */
        if (broken != SLOT_NONE && may_remove)
                return act(ACTION_REMOVE, REASON_BROKEN, broken);

        obstacle = grow_prepare_obstacle(s, in);
        if (obstacle != REASON_CALM)
                return stay(obstacle);
        bytes = sizing_next_file(c, in);
        if (bytes > 0)
                return prepare(why, bytes);
        /* This one's place will be good again some day: it goes only if its space is needed. */
        if (avoided != SLOT_NONE && may_remove)
                return act(ACTION_REMOVE, REASON_AVOIDED, avoided);
        return stay(sizing_room(c, in).limit);
}

/*
 * A scrub that gets little of a busy disk may keep a chunk read-only for long: another file lies in
 * another one. If that is refused as well, it is no matter of the place.
 */
static Decision make_elsewhere(const PolicyConfig *c, const PolicyState *s, const Sample *in,
                               Reason why) {
        Decision d = stay(REASON_REFUSED);

        if (spare_count(in) < SPARES_MAX)
                d = make(c, s, in, why);
        return d.action == ACTION_NONE ? stay(REASON_REFUSED) : d;
}

static Decision turn_on(const PolicyConfig *c, const PolicyState *s, const Sample *in, Reason why,
                        uint32_t spare, uint64_t wanted_bytes) {
        Reason obstacle = grow_enable_obstacle(s, in);

        if (obstacle == REASON_CALM)
                return act(ACTION_ENABLE, why, spare);
        if (obstacle == REASON_REFUSED && in->slots[spare].refused)
                return make_elsewhere(c, s, in, why);
        if (obstacle != REASON_OPERATION || !interruption_is_due(c, s, in, wanted_bytes))
                return stay(obstacle);
        return act(ACTION_INTERRUPT,
                   c->on_balance == ON_BALANCE_INTERRUPT ? REASON_LOW_HEADROOM : REASON_CRITICAL,
                   SLOT_NONE);
}

Decision grow_decide(const PolicyConfig *c, const PolicyState *s, const Sample *in, Reason why,
                     uint64_t wanted_bytes) {
        uint32_t spare = spare_find(in);

        /* What was added by hand would be on if only the slot were free: no file has to be made. */
        if (spare == SLOT_NONE && interruption_slot_is_taken(in))
                spare = spare_find_kept(in);
        if (spare != SLOT_NONE)
                return turn_on(c, s, in, why, spare, wanted_bytes);
        return make(c, s, in, why);
}
